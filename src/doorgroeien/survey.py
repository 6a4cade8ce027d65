"""One object for the analysis: the survey answers with their design, whoever gave them and whenever.

The reference survey in ``data/survey`` stands in by default; ``SURVEY`` names a folder with the same tables.
Waves are rows: nothing here knows a year.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from doorgroeien.consistency import SIZE_CLASSES, TABLES, inconsistencies, rows_of
from doorgroeien.instrument import Instrument, load_instrument
from doorgroeien.tables import DataError, load_all

__all__ = [
    "ENDINGS",
    "SIZE_CLASSES",
    "TABLES",
    "Edition",
    "Survey",
    "inconsistencies",
    "load_survey",
    "survey_of",
]

ENDINGS = ("answer", "dont_know", "not_applicable", "refused", "not_reached")


@dataclass(frozen=True)
class Edition:
    """What the answers are; ``names`` (English, Dutch) stands wherever a result rests on them."""

    edition: str
    names: tuple[str, str]
    synthetic: bool
    scenario: str | None
    seed: int | None


@dataclass(frozen=True)
class Survey:
    """The survey: its edition, instrument and tables, all consistent with each other.

    ``waves``: one row per wave, in order. ``municipalities``: one row per wave and municipality, with
    ``unit``, the municipality that holds its territory in the last wave, and ``responded``, whether anybody
    there answered. ``groups``: one row per wave, municipality and role, with ``population``, ``invited`` and
    ``responded`` in persons. ``respondents`` and ``answers``: one row per respondent, in the same order;
    answers hold integer codes (missing codes included), and are blank where an item was not asked or reached.
    """

    edition: Edition
    instrument: Instrument
    waves: pd.DataFrame
    municipalities: pd.DataFrame
    groups: pd.DataFrame
    respondents: pd.DataFrame
    answers: pd.DataFrame

    @property
    def items(self) -> pd.DataFrame:
        """Return the items, with the waves in which each was asked (``waves``, such as ``2005;2007``)."""
        form = self.waves.set_index("wave")["form"]
        asked = {wave: set(self.instrument.asked(form[wave])) for wave in form.index}
        waves = [
            ";".join(str(wave) for wave in asked if item in asked[wave])
            for item in self.instrument.items.index
        ]
        return self.instrument.items.assign(waves=waves)

    @property
    def endings(self) -> pd.DataFrame:
        """Return how each question put ended: counts by ``item`` and ``wave`` (index) and kind (columns).

        The kinds are ``answer``, the missing codes ``dont_know``, ``not_applicable`` and ``refused``, and
        ``not_reached`` for a question that the respondent should have got and left blank.
        """
        forms = self.respondents["wave"].map(self.waves.set_index("wave")["form"])
        counts = {}
        for item, spec in self.instrument.items.iterrows():
            put = self.respondents["role"] == spec["role"]
            put &= (forms == "full") | (spec["quick_scan"] == 1)
            codes = self.answers.loc[put, item]
            kinds = codes.map(self.instrument.missing_codes[spec["scale"]]).fillna("answer")
            kinds = kinds.mask(codes.isna(), "not_reached")
            counts[item] = kinds.groupby(self.respondents.loc[put, "wave"]).value_counts()
        table = pd.concat(counts, names=["item", "wave", "kind"]).unstack("kind", fill_value=0)
        return table.reindex(columns=list(ENDINGS), fill_value=0)

    @property
    def provenance(self) -> dict:
        """Return what ``publish``, ``publish_figure`` and ``publish_table`` need to know of the evidence."""
        return {"evidence": "survey answers", "sources": (), "edition": self.edition.names}


def load_survey(path: Path | str | None = None, root: Path | None = None) -> Survey:
    """Return the survey in the folder ``path``, else in the one ``SURVEY`` names, else the reference survey.

    The folder holds the tables of ``consistency.TABLES`` as CSV, with the schema that stands in
    ``data/datapackage.json``; a relative path counts from the root of the book. Raises ``DataError`` with all
    problems: first those of single tables, then, where there are none, what is inconsistent between tables.
    """
    path = path or os.environ.get("SURVEY") or None
    tables = load_all(root, only=("scales", "codes", "items", *TABLES), survey=path and Path(path))
    return survey_of(tables, load_instrument(tables=tables), f"{path or 'data/survey'}/{{}}.csv")


def survey_of(tables: dict[str, pd.DataFrame], instrument: Instrument, file: str = "{}") -> Survey:
    """Return the survey made of tables that fit the schema; raise ``DataError`` where they are inconsistent.

    ``file`` turns the name of a table into the name of its file in messages.
    """
    problems = inconsistencies(tables, instrument, file)
    if problems:
        raise DataError(problems)
    edition = tables["edition"].iloc[0]
    known = edition.where(edition.notna(), None)
    edition = Edition(
        edition["edition"],
        (edition["name_en"], edition["name_nl"]),
        bool(edition["synthetic"]),
        known["scenario"],
        None if known["seed"] is None else int(known["seed"]),
    )
    respondents = tables["respondents"]
    municipalities, groups = tables["municipalities"].copy(), tables["groups"].copy()
    municipalities["unit"] = _units(municipalities)
    keys = ["wave", "municipality", "role"]
    group = rows_of(respondents, groups, keys)
    groups["responded"] = np.bincount(group, minlength=len(groups))
    town = rows_of(groups[groups["responded"] > 0], municipalities, keys[:2])
    municipalities["responded"] = np.isin(np.arange(len(municipalities)), town).astype(int)
    answers = tables["answers"]
    place = pd.Index(answers["respondent"]).get_indexer(respondents["respondent"])
    return Survey(
        edition,
        instrument,
        tables["waves"].sort_values("wave", ignore_index=True),
        municipalities,
        groups,
        respondents,
        answers.take(place).reset_index(drop=True),
    )


def _units(municipalities):
    """Follow each municipality from wave to wave to the one that holds its territory in the last."""
    unit = municipalities["successor"].copy()
    later = None
    for _, rows in sorted(municipalities.groupby("wave"), reverse=True):
        if later is not None:
            unit[rows.index] = rows["successor"].map(later)
        later = dict(zip(rows["municipality"], unit[rows.index], strict=True))
    return unit
