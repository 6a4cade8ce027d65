"""What a chapter asks for that nobody answered, before it is computed."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from doorgroeien.intake.suspicions import COMPARED
from doorgroeien.publishing.estimability import named
from doorgroeien.publishing.words import phrase
from doorgroeien.results.formats import LANGUAGES
from doorgroeien.results.register import records
from doorgroeien.survey.answers import SIZE_CLASSES, Survey
from doorgroeien.survey.instrument import ROLES, load_instrument
from doorgroeien.survey.ledger import TESTED

__all__ = ["chapters_carried", "with_chapters"]


def with_chapters(root: Path, survey: Survey, carried: pd.DataFrame) -> pd.DataFrame:
    """Return the table of :func:`doorgroeien.survey.carrying.carried` with a row for each chapter below it.

    Of a finding that no answers can speak to it says that, and not that nobody was asked.
    """
    untested = carried["what"].eq("finding") & ~carried["code"].isin(map(str, TESTED))
    table = carried.copy()
    for language in LANGUAGES:
        table.loc[untested, f"reason_{language}"] = phrase("check.untested", language)
    return pd.concat([table, chapters_carried(root, survey, table)], ignore_index=True)


def chapters_carried(root: Path, survey: Survey, carried: pd.DataFrame) -> pd.DataFrame:
    """Return of each chapter on survey answers whether these have all that its code asks for: a row for each.

    ``carried`` is what they carry of parts and findings, and has the same columns. ``code`` is the name of a
    chapter, ``name_en, name_nl`` its title; it ``can`` be computed as far as questions, parts, roles,
    classes, years and findings go, and ``reason_en, reason_nl`` name those that lack. Too few answers for a
    model, say, are only found when the chapter is computed.
    """
    years = {str(year) for year in set(COMPARED) - set(survey.waves["wave"])}
    parts = {code for code in survey.absent if re.fullmatch(r"\d[a-d]?", code)}
    # Names of scales are words that code has for other things too.
    names = parts | survey.absent & {*load_instrument().items.index, *ROLES, *SIZE_CLASSES}
    lost = carried[carried["what"].eq("finding") & ~carried["can"] & carried["code"].isin(map(str, TESTED))]
    rows = []
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        said = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        if "load_survey()" not in said:
            continue
        together, about = _put_together(said), " ".join(_about(cells))
        asked = {code for code in names if named(said, code) or re.fullmatch(together, code)}
        asked |= survey.absent & {"quality", "contact"} if "Partners(" in said else set()
        whole = re.search(r"\b(composite|score_columns)\b", said)  # of all dimensions together
        asked |= {part for part in parts if whole or f'Dimension(survey, "{part[0]}"' in said}
        lacking = sorted(asked | {year for year in years if year in about})
        if "estimands(" in said:
            lacking += list("finding " + lost["code"])
        reasons = _lacking(lacking, years) if lacking else [phrase("check.whole", lang) for lang in LANGUAGES]
        row = {"what": "chapter", "code": path.stem, "question": "whole", "can": not lacking}
        row |= dict(zip(("name_en", "name_nl"), _titles(root, path.stem, cells), strict=True))
        rows.append(row | dict(zip(("reason_en", "reason_nl"), reasons, strict=True)))
    return pd.DataFrame(rows, columns=carried.columns).astype(carried.dtypes)


def _put_together(code: str) -> str:
    """Return a pattern of the codes that code puts together of parts, such as an item for each role."""
    joined = (node.values for node in ast.walk(ast.parse(code)) if isinstance(node, ast.JoinedStr))
    patterns = (
        "".join(re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+" for part in parts)
        for parts in joined
    )
    return "|".join(pattern for pattern in patterns if re.match(r"d\d", pattern)) or "(?!)"


def _about(cells: list[Any]) -> Iterator[str]:
    """Give of what period each stored result on answers is, or what its caption says of it."""
    for cell in cells:
        for record in records(cell.get("outputs", [])):
            if record["edition"]:
                about = record["period"] if record["kind"] == "number" else record["caption"]["en"]
                yield about or ""


def _titles(root: Path, name: str, cells: list[Any]) -> list[str]:
    """Return the titles of a chapter in English and in Dutch."""
    dutch = root / "book" / "nl" / f"{name}.md"
    texts = "".join(cells[0]["source"]), dutch.read_text(encoding="utf-8") if dutch.is_file() else ""
    titles = [re.search("^# (.*)", text, re.MULTILINE) for text in texts]
    return [title[1] if title else name for title in titles]


def _lacking(names: list[str], years: set[str]) -> tuple[str, str]:
    """Return in words, English and Dutch, what is lacking."""
    dutch = [name.replace("finding", "bevinding") for name in names]
    said = [
        [phrase("check.measurement", lang, year=name) if name in years else name for name in words]
        for lang, words in zip(LANGUAGES, (names, dutch), strict=True)
    ]
    one, other = (
        phrase("check.lacking", lang, names=", ".join(words))
        for lang, words in zip(LANGUAGES, said, strict=True)
    )
    return one, other
