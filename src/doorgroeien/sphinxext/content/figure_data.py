"""The data behind a figure as its page shows them: nearly as the file has them, and on a Dutch page in Dutch.

CSV keeps the names and codes of the notebook, which programs read, and all digits. A page and the workbook
that it offers name questions, parts and dimensions; the page shows as many digits as tell something. In Dutch
columns have a heading, codes the words that pictures have for them, and works their authors; on the page
decimals have a comma, in a workbook whoever opens it chooses.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path

from doorgroeien.data.tables import load_all
from doorgroeien.estimation.estimable import REASONS
from doorgroeien.publishing.words import in_dutch, phrase, section
from doorgroeien.results.chapter import Chapter, words_file
from doorgroeien.results.dutch import NAMED, named_in_tables, translated
from doorgroeien.results.formats import UNITS, write_in
from doorgroeien.results.linked import CODES
from doorgroeien.results.records import Data, Figure, Language, with_values
from doorgroeien.results.size_classes import sizes_in_words
from doorgroeien.results.wording import VERDICTS
from doorgroeien.sphinxext.content.sources import short_references

__all__ = ["data_in_dutch", "data_in_english", "data_table", "scrolling"]

# Columns of names, which are the same in any language.
COLUMNS = {*CODES, "code"}  # of codes of what is measured
NAMES = {"municipality", "province", "place", "source"}
CODED = re.compile(r"\S*\d\S*")  # of a package's own question: the same in any language
PART = re.compile(r"\d[a-z]")
DIMENSION = re.compile(r"\d")  # in a column of codes; elsewhere it may be that of a finding
P_VALUE = re.compile(r"(^|.*_)p(_.*)?")  # names of columns with p-values
Cell = str | float | bool | None
ENGLISH = ' lang="en"'  # of what has no Dutch, as a copy of the book on other answers may have
MARKED = {language: f"_{language}" for language in ("en", "nl")}


def data_table(record: Figure, lang: Language, root: Path) -> str:
    """Return the data behind a figure as a table in HTML, for a page in ``lang``; the book is in ``root``.

    A column without a value, as of changes where nothing was measured before, is left out.
    """
    dutch = lang == "nl" and "language" not in record
    known = with_values(record["data"])
    places = [record["data"]["columns"].index(name) for name in known]
    data: Data = {"columns": known, "rows": [[row[at] for at in places] for row in record["data"]["rows"]]}
    record = {**record, "data": data}
    columns, rows = record["data"]["columns"], record["data"]["rows"]
    units = [_unit(name, [row[place] for row in rows]) for place, name in enumerate(columns)]
    if not dutch:
        heads = [f'<th scope="col">{escape(name)}</th>' for name in columns]
        # By their names, columns in another language say which.
        marks = [' lang="nl"' if name.endswith(MARKED["nl"]) else "" for name in columns]
        cells = []
        for told in data_in_english(record, root):
            texts = [_as_read(cell, unit, "en") for cell, unit in zip(told, units, strict=True)]
            cells.append([f"<td{mark}>{escape(text)}</td>" for mark, text in zip(marks, texts, strict=True)])
        return scrolling(_table(heads, cells))
    said = data_in_dutch(record, root)
    units = [units[place] for place in _shown(columns)]
    marked = [
        f'<th scope="col"{"" if known else ENGLISH}>{escape(str(name))}</th>' for name, known in said[0]
    ]
    cells = [
        [_cell(value, known, unit) for (value, known), unit in zip(row, units, strict=True)]
        for row in said[1:]
    ]
    return scrolling(_table(marked, cells))


def data_in_english(record: Figure, root: Path) -> list[list[Cell]]:
    """Return the rows behind a figure with names of questions, parts and dimensions for their codes.

    A figure in another language has the names that its notebook gave.
    """
    named = {} if "language" in record else _parts(root, "short_en")
    data = record["data"]
    return [
        [_named(name, cell, named) for name, cell in zip(data["columns"], row, strict=True)]
        for row in data["rows"]
    ]


def data_in_dutch(record: Figure, root: Path) -> list[list[tuple[Cell, bool]]]:
    """Return the data behind a figure in Dutch: its heads, and then its rows.

    Beside each stands whether it has Dutch, or is left as it is; numbers have. Of a column in both languages
    the Dutch one is there.
    """
    words, named = _words(record["id"].partition(".")[0], root), _parts(root, "short_nl")
    columns = record["data"]["columns"]
    shown = _shown(columns)
    heads = [_head(columns[place], words) for place in shown]
    rows = [
        [_told(columns[place], row[place], words, named) for place in shown] for row in record["data"]["rows"]
    ]
    return [heads, *rows]


def scrolling(rows: str) -> str:
    """Return rows of a table in a frame that scrolls, which the keyboard can reach."""
    return f'<div class="table-scroll" tabindex="0"><table>{rows}</table></div>'


def _table(heads, cells):
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in cells)
    return f"<thead><tr>{''.join(heads)}</tr></thead><tbody>{body}</tbody>"


def _shown(columns: list[str]) -> list[int]:
    """Return the places of the columns that are shown in Dutch: of two languages the Dutch one."""
    return [
        place
        for place, name in enumerate(columns)
        if f"{name.removesuffix(MARKED['en'])}{MARKED['nl']}" not in columns
    ]


def _unit(name: str, cells: Sequence[Cell]) -> tuple[str, int] | None:
    """Return a unit and decimals for the numbers in a column of data, which does not say its unit.

    One decimal, as scores and shares have on pages; two where all are below ten, as of a correlation, and
    more where two would show no digit of any. Whole numbers have none and are left as they are.
    """
    found = [abs(cell) for cell in cells if isinstance(cell, int | float) and not isinstance(cell, bool)]
    if all(float(size).is_integer() for size in found):
        return None
    if P_VALUE.fullmatch(name) and max(found) <= 1:
        return "p-value", UNITS["p-value"].decimals
    largest = max(found)
    if largest >= 10:
        return "score", 1
    return "score", 2 if largest >= 0.1 else 3 if largest >= 0.01 else 4


def _head(name, words):
    said = _said(name.removesuffix(MARKED["en"]).removesuffix(MARKED["nl"]), {**words, **in_dutch("column")})
    return (name, False) if said is None else (said, True)


def _named(name: str, cell: Cell, named: Mapping[str, str]) -> Cell:
    """Return a cell with the name of the question, part or dimension whose code stands in it."""
    return named.get(cell, cell) if isinstance(cell, str) and name in COLUMNS else cell


def _told(name, cell, words, named):
    if name in COLUMNS and cell in named:
        return named[cell], True
    if not isinstance(cell, str) or name.endswith(MARKED["nl"]):
        return cell, True
    said = cell if name in NAMES and cell not in words else _said(cell, words)
    return (cell, False) if said is None else (said, True)


def _cell(value, known, unit):
    text = _as_read(value, unit, "nl")
    return f"<td{'' if known else ENGLISH}>{escape(text)}</td>"


def _said(text, words):
    """Return a name or code in Dutch, if it has any; an unknown code is the same in any language."""
    if text in words:
        return words[text]
    spelled = sizes_in_words(text)
    said = translated(spelled, words)
    return text if said is None and CODED.fullmatch(text) else said


@cache
def _parts(root: Path, column: str) -> Mapping[str, str]:
    """Return the names of questions, parts and dimensions, by their codes."""
    tables = load_all(root, only=NAMED)
    items, parts = tables["items"], tables["dimensions"]
    names = dict(zip(items["item"], items[column], strict=True))
    names |= {f"{item}_answer": name for item, name in names.items()}
    coded = parts["code"].str.fullmatch(f"{PART.pattern}|{DIMENSION.pattern}")
    return names | dict(zip(parts.loc[coded, "code"], parts.loc[coded, column], strict=True))


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


def _as_read(cell: Cell, unit: tuple[str, int] | None, lang: Language) -> str:
    """Return a cell of data as text, a number in the unit of its column.

    A whole number that shares its column with missing ones is a float.
    """
    if cell is None:
        return ""
    if unit is None or not isinstance(cell, int | float) or isinstance(cell, bool):
        return str(int(cell)) if isinstance(cell, float) else str(cell)
    return write_in(cell, unit[0], lang, unit[1])
