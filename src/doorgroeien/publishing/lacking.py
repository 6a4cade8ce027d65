"""What a chapter asks for that nobody answered, before it is computed."""

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd

from doorgroeien.intake.suspicions import COMPARED
from doorgroeien.publishing.estimability import named
from doorgroeien.publishing.words import phrase
from doorgroeien.results.formats import LANGUAGES
from doorgroeien.survey.answers import Survey
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
    absent = survey.absent | years
    parts = {code for code in survey.absent if re.fullmatch(r"\d[a-d]?", code)}
    lost = carried[carried["what"].eq("finding") & ~carried["can"] & carried["code"].isin(map(str, TESTED))]
    rows = []
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        said = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        if "load_survey()" not in said:
            continue
        lacking = sorted(code for code in absent if named(said, code))
        if re.search(r"\b(composite|score_columns)\b", said):  # of all dimensions together
            lacking = sorted({*lacking, *parts})
        if "estimands(" in said:
            lacking += list("finding " + lost["code"])
        reasons = _lacking(lacking, years) if lacking else [phrase("check.whole", lang) for lang in LANGUAGES]
        row = {"what": "chapter", "code": path.stem, "question": "whole", "can": not lacking}
        row |= dict(zip(("name_en", "name_nl"), _titles(root, path.stem, cells), strict=True))
        rows.append(row | dict(zip(("reason_en", "reason_nl"), reasons, strict=True)))
    return pd.DataFrame(rows, columns=carried.columns).astype(carried.dtypes)


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
