"""The data behind a figure as its page shows them: as the file has them, and on a Dutch page in Dutch.

A file keeps the names and codes of the notebook, which programs read. On a Dutch page columns have a heading
in Dutch, codes the words that pictures have for them, works their authors, and decimals a comma.
"""

import re
from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path

from doorgroeien.data.tables import load_all
from doorgroeien.estimation.estimable import REASONS
from doorgroeien.publishing.words import in_dutch, phrase, section
from doorgroeien.results.chapter import Chapter, words_file
from doorgroeien.results.dutch import NAMED, named_in_tables, translated
from doorgroeien.results.formats import UNITS
from doorgroeien.results.records import Figure, Language
from doorgroeien.results.size_classes import sizes_in_words
from doorgroeien.results.wording import VERDICTS
from doorgroeien.sphinxext.content.sources import short_references

__all__ = ["data_table", "scrolling"]

# Columns of names, which are the same in any language.
NAMES = {"municipality", "province", "place", "source", "event_id"}
CODED = re.compile(r"\S*\d\S*")  # of a package's own question: the same in any language
PART = re.compile(r"\d[a-z]")  # a number alone may be that of a finding
ENGLISH = ' lang="en"'  # of what has no Dutch, as a copy of the book on other answers may have
MARKED = {language: f"_{language}" for language in ("en", "nl")}


def data_table(record: Figure, lang: Language, root: Path) -> str:
    """Return the data behind a figure as a table in HTML, for a page in ``lang``; the book is in ``root``."""
    dutch = lang == "nl" and "language" not in record
    columns, rows = record["data"]["columns"], record["data"]["rows"]
    if not dutch:
        heads = [f'<th scope="col">{escape(name)}</th>' for name in columns]
        # By their names, columns in another language say which.
        marks = [' lang="nl"' if name.endswith(MARKED["nl"]) else "" for name in columns]
        cells = [
            [f"<td{mark}>{escape(_as_read(cell))}</td>" for mark, cell in zip(marks, row, strict=True)]
            for row in rows
        ]
        return scrolling(_table(heads, cells))
    words = _words(record["id"].partition(".")[0], root)
    # Of a column in both languages the Dutch one.
    shown = [
        place
        for place, name in enumerate(columns)
        if f"{name.removesuffix(MARKED['en'])}{MARKED['nl']}" not in columns
    ]
    heads = [_head(columns[place], words) for place in shown]
    cells = [[_cell(columns[place], row[place], words) for place in shown] for row in rows]
    return scrolling(_table(heads, cells))


def scrolling(rows: str) -> str:
    """Return rows of a table in a frame that scrolls, which the keyboard can reach."""
    return f'<div class="table-scroll" tabindex="0"><table>{rows}</table></div>'


def _table(heads, cells):
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in cells)
    return f"<thead><tr>{''.join(heads)}</tr></thead><tbody>{body}</tbody>"


def _head(name, words):
    said = _said(name.removesuffix(MARKED["en"]).removesuffix(MARKED["nl"]), {**words, **in_dutch("column")})
    return f'<th scope="col"{ENGLISH if said is None else ""}>{escape(name if said is None else said)}</th>'


def _cell(name, cell, words):
    if isinstance(cell, str) and not name.endswith(MARKED["nl"]):
        said = cell if name in NAMES and cell not in words else _said(cell, words)
        return f"<td{ENGLISH if said is None else ''}>{escape(cell if said is None else said)}</td>"
    text = _as_read(cell)
    number = isinstance(cell, float)
    return f"<td>{escape(text.replace('.', ',') if number else text)}</td>"


def _said(text, words):
    """Return a name or code in Dutch, if it has any; an unknown code is the same in any language."""
    if text in words:
        return words[text]
    spelled = sizes_in_words(text)
    said = translated(spelled, words)
    return text if said is None and CODED.fullmatch(text) else said


@cache
def _words(chapter: str, root: Path) -> Mapping[str, str]:
    """Return the Dutch of what stands in the data of a chapter: words, codes and names in tables."""
    tables = load_all(root, only=NAMED)
    items, parts = tables["items"], tables["dimensions"]
    names = dict(zip(items["item"], items["short_nl"], strict=True))
    names |= {f"{item}_answer": name for item, name in names.items()}
    parts = parts[parts["code"].str.fullmatch(PART)]
    names |= dict(zip(parts["code"], parts["short_nl"], strict=True))
    names |= short_references(root, "nl")
    if not (root / words_file(chapter)).is_file():
        return names | named_in_tables() | in_dutch("code")
    own = Chapter(chapter, root=root)
    told: dict[str, set[str]] = {}
    for words in own.sections.values():
        for code, (english, dutch) in words.items():
            for known in (code, english):
                told.setdefault(known, set()).add(dutch)
    # A code that means several things is none of them here.
    codes = {
        code: dutch
        for code, meanings in told.items()
        if len(meanings) == 1 and not CODED.fullmatch(code)
        for dutch in meanings
    }
    units = {name: unit.name("nl") for name, unit in UNITS.items()}
    sizes = {code: pair["nl"] for code, pair in section("size-class").items()}
    reasons = {english: dutch for english, dutch in REASONS.values()}
    reasons["not_estimable"] = phrase("result.not-estimable", "nl").lower()
    general = {**names, **named_in_tables(), **VERDICTS, **units, **codes, **own.shared, **sizes, **reasons}
    return general | own.words.get("dutch", {}) | in_dutch("code")


def _as_read(cell: str | float | bool | None) -> str:
    """Return a cell of data as text; a whole number that shares its column with missing ones is a float."""
    if cell is None:
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
