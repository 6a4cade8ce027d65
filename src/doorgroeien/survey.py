"""One object for the analysis: the survey answers with their design, whoever gave them and whenever.

The reference survey in ``data/survey`` stands in by default; ``SURVEY`` names a folder with the same tables.
Waves are rows: nothing here knows a year.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from doorgroeien.instrument import Instrument, load_instrument
from doorgroeien.tables import DataError, Problem, load_all

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

TABLES = ("edition", "waves", "municipalities", "groups", "respondents", "answers")
ENDINGS = ("answer", "dont_know", "not_applicable", "refused", "not_reached")
# Upper limits of the size classes, in inhabitants.
SIZE_CLASSES = {"<20k": 20_000, "20k-50k": 50_000, "50k-100k": 100_000, ">=100k": np.inf}


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

    The folder holds the tables of :data:`TABLES` as CSV, with the schema of ``data/datapackage.json``; a
    relative path counts from the root of the book. Raises ``DataError`` with all problems: first those of
    single tables, then, where there are none, what is inconsistent between tables.
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
    counts = respondents.groupby(keys).size().rename("responded").reset_index()
    groups = groups.merge(counts, how="left", on=keys).fillna({"responded": 0}).astype({"responded": int})
    taking_part = _keys(municipalities, keys[:2]).isin(_keys(respondents, keys[:2]))
    municipalities["responded"] = taking_part.astype(int)
    return Survey(
        edition,
        instrument,
        tables["waves"].sort_values("wave", ignore_index=True),
        municipalities,
        groups,
        respondents,
        tables["answers"].set_index("respondent").loc[respondents["respondent"]].reset_index(),
    )


def inconsistencies(tables, instrument: Instrument, file: str = "{}") -> list[Problem]:
    """Return what no schema can say: all contradictions inside and between the tables of a survey.

    ``tables`` fit the schema and hold every table of :data:`TABLES`; rows are counted as in their files.
    """
    problems, keys = [], ["wave", "municipality", "role"]

    def report(table, wrong, column, expected, remedy):
        rows = tables[table][wrong]
        for row, values in rows[column if isinstance(column, list) else [column]].iterrows():
            value = ", ".join(str(value) for value in values)
            name = "+".join(values.index)
            problems.append(Problem(file.format(table), row + 2, name, value, expected, remedy))

    def whole(table, expected, remedy):
        problems.append(Problem(file.format(table), None, None, None, expected, remedy))

    waves, edition = tables["waves"], tables["edition"]
    municipalities, groups = tables["municipalities"], tables["groups"]
    respondents, answers = tables["respondents"], tables["answers"]
    if len(edition) != 1:
        whole("edition", f"one row, not {len(edition)}", "Say in one row what these answers are.")
    synthetic = (edition["synthetic"] == 1) & (edition["scenario"].isna() | edition["seed"].isna())
    report("edition", synthetic, "synthetic", "a scenario and a seed", "Give both, or 0 for real answers.")
    for wave in waves["wave"]:
        for table in ("municipalities", "groups", "respondents"):
            if not (tables[table]["wave"] == wave).any():
                whole(
                    table, f"rows for the wave {wave}", "Add them, or remove the wave from the table waves."
                )

    limits = list(SIZE_CLASSES.values())[:-1]
    right = np.array(list(SIZE_CLASSES))[np.searchsorted(limits, municipalities["inhabitants"], side="right")]
    wrong = municipalities["size_class"] != right
    report(
        "municipalities",
        wrong,
        ["size_class", "inhabitants"],
        "a size class that fits",
        "Correct one of them.",
    )
    order = sorted(waves["wave"])
    following = municipalities["wave"].map(dict(zip(order, order[1:], strict=False)))
    later = municipalities.assign(wave=following, municipality=municipalities["successor"])
    wrong = ~_keys(later, keys[:2]).isin(_keys(municipalities, keys[:2]))
    # Nothing follows the last wave.
    wrong = wrong.where(following.notna(), municipalities["successor"] != municipalities["municipality"])
    expected = "a municipality of the next wave, and in the last wave the municipality itself"
    report("municipalities", wrong, "successor", expected, "Name the one that holds the territory.")
    sampled = municipalities.set_index(keys[:2])["sampled"]
    sampled = sampled.reindex(pd.MultiIndex.from_frame(groups[keys[:2]])).to_numpy()
    wrong = groups["invited"] > groups["population"]
    report(
        "groups", wrong, ["invited", "population"], "no more invited than there are", "Correct one of them."
    )
    wrong = (groups["invited"] > 0) & (sampled == 0)
    report("groups", wrong, "invited", "0 where the municipality is not sampled", "Correct it, or sampled.")
    known = _keys(groups, keys)
    wrong = ~_keys(respondents, keys).isin(known)
    report(
        "respondents",
        wrong,
        keys,
        "a row of the table groups",
        "Add the group: how many people, how many invited.",
    )
    number = respondents.groupby(keys).cumcount() + 1
    invited = groups.set_index(keys)["invited"].reindex(pd.MultiIndex.from_frame(respondents[keys]))
    wrong = number.to_numpy() > invited.to_numpy(dtype="float64", na_value=np.inf)
    expected, remedy = (
        "no more respondents than were invited",
        "Remove a duplicate, or correct the table groups.",
    )
    report("respondents", wrong, ["respondent", *keys], expected, remedy)

    wrong = ~respondents["respondent"].isin(answers["respondent"])
    report(
        "respondents", wrong, "respondent", "a row of the table answers", "Add it, or remove the respondent."
    )
    return problems + _unasked(tables, instrument, file)


def _unasked(tables, instrument, file):
    """Return the answers to items that the respondent's role, or the form of the wave, does not have."""
    respondents = tables["respondents"].set_index("respondent")
    forms = respondents["wave"].map(tables["waves"].set_index("wave")["form"])
    answers = tables["answers"]
    role = respondents["role"].reindex(answers["respondent"]).to_numpy()
    form = forms.reindex(answers["respondent"]).to_numpy()
    problems = []
    for item, spec in instrument.items.iterrows():
        given = answers[item].notna().to_numpy()
        cases = {f"blank: the item is asked of the role {spec['role']}": given & (role != spec["role"])}
        if not spec["quick_scan"]:
            cases["blank: the item is not in the quick scan, the form of that wave"] = given & (
                form == "quick_scan"
            )
        for expected, wrong in cases.items():
            for row, value in answers.loc[wrong, item].items():
                remedy = "Empty the cell, or correct the table respondents."
                problems.append(Problem(file.format("answers"), row + 2, item, str(value), expected, remedy))
    return problems


def _keys(frame, columns):
    return pd.Series(
        list(zip(*(frame[name] for name in columns), strict=True)), index=frame.index, dtype=object
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
