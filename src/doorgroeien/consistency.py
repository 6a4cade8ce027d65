"""What no schema can say of a survey: its tables must not contradict themselves or each other."""

import numpy as np
import pandas as pd

from doorgroeien.instrument import Instrument
from doorgroeien.tables import Problem

__all__ = ["SIZE_CLASSES", "TABLES", "inconsistencies", "rows_of"]

TABLES = ("edition", "waves", "municipalities", "groups", "respondents", "answers")
# Upper limits of the size classes, in inhabitants.
SIZE_CLASSES = {"<20k": 20_000, "20k-50k": 50_000, "50k-100k": 100_000, ">=100k": np.inf}
TOWN, GROUP = ["wave", "municipality"], ["wave", "municipality", "role"]


def inconsistencies(tables, instrument: Instrument, file: str = "{}") -> list[Problem]:
    """Return all contradictions inside and between the tables of a survey, in their order.

    ``tables`` fit the schema one by one and hold every table of :data:`TABLES`. Rows are counted as in
    their files; ``file`` turns the name of a table into the name of its file.
    """
    problems = [Problem(file.format(table), None, None, None, *text) for table, *text in _absent(tables)]
    for rules in (_edition, _municipalities, _groups, _respondents):
        for table, wrong, columns, expected, remedy in rules(tables):
            for row, values in tables[table].loc[np.asarray(wrong, dtype=bool), columns].iterrows():
                found = ", ".join(map(str, values))
                problems.append(
                    Problem(file.format(table), row + 2, "+".join(columns), found, expected, remedy)
                )
    remedy = "Empty the cell, or correct the table respondents."
    for item, wrong, expected in _unasked(tables, instrument):
        for row, value in tables["answers"].loc[wrong, item].items():
            problems.append(Problem(file.format("answers"), row + 2, item, str(value), expected, remedy))
    return problems


def rows_of(frame: pd.DataFrame, other: pd.DataFrame, keys: list[str]) -> np.ndarray:
    """Return, for each row of ``frame``, the position in ``other`` of the row with its keys; -1 for none."""
    index = pd.MultiIndex.from_frame(other[keys])
    return index.get_indexer(pd.MultiIndex.from_frame(frame[keys]))


def _absent(tables):
    """Yield what a table lacks as a whole."""
    count = len(tables["edition"])
    if count != 1:
        yield "edition", f"one row, not {count}", "Say in one row what these answers are."
    for wave in tables["waves"]["wave"]:
        for table in ("municipalities", "groups", "respondents"):
            if not (tables[table]["wave"] == wave).any():
                remedy = "Add them, or remove the wave from the table waves."
                yield table, f"rows for the wave {wave}", remedy


def _edition(tables):
    edition = tables["edition"]
    wrong = (edition["synthetic"] == 1) & (edition["scenario"].isna() | edition["seed"].isna())
    yield "edition", wrong, ["synthetic"], "a scenario and a seed", "Give both, or 0 for real answers."


def _municipalities(tables):
    frame = tables["municipalities"]
    limits = list(SIZE_CLASSES.values())[:-1]
    right = np.array(list(SIZE_CLASSES))[np.searchsorted(limits, frame["inhabitants"], side="right")]
    wrong, columns = frame["size_class"] != right, ["size_class", "inhabitants"]
    yield "municipalities", wrong, columns, "a size class that fits", "Correct one of them."

    waves = sorted(tables["waves"]["wave"])
    following = frame["wave"].map(dict(zip(waves, [*waves[1:], -1], strict=True)))
    later = frame.assign(wave=following, municipality=frame["successor"])
    # Nothing follows the last wave.
    itself = (following == -1) & (frame["successor"] == frame["municipality"])
    wrong = (rows_of(later, frame, TOWN) == -1) & ~itself
    expected = "a municipality of the next wave, and in the last wave the municipality itself"
    yield "municipalities", wrong, ["successor"], expected, "Name the one that holds the territory."


def _groups(tables):
    groups, frame = tables["groups"], tables["municipalities"]
    wrong, columns = groups["invited"] > groups["population"], ["invited", "population"]
    yield "groups", wrong, columns, "no more invited than there are", "Correct one of them."
    sampled = frame["sampled"].to_numpy()[rows_of(groups, frame, TOWN)]
    wrong = (groups["invited"] > 0) & (sampled == 0)
    yield "groups", wrong, ["invited"], "0 where the municipality is not sampled", "Correct it, or sampled."


def _respondents(tables):
    respondents, groups = tables["respondents"], tables["groups"]
    group = rows_of(respondents, groups, GROUP)
    remedy = "Add the group: how many people, how many invited."
    yield "respondents", group == -1, GROUP, "a row of the table groups", remedy
    number = respondents.groupby(group).cumcount().to_numpy() + 1
    wrong = (group != -1) & (number > groups["invited"].to_numpy()[group])
    expected = "no more respondents than were invited"
    remedy = "Remove a duplicate, or correct the table groups."
    yield "respondents", wrong, ["respondent", *GROUP], expected, remedy
    wrong = pd.Index(tables["answers"]["respondent"]).get_indexer(respondents["respondent"]) == -1
    remedy = "Add it, or remove the respondent."
    yield "respondents", wrong, ["respondent"], "a row of the table answers", remedy


def _unasked(tables, instrument):
    """Yield answers to items that the respondent's role, or the form of the wave, does not have."""
    respondents, answers = tables["respondents"], tables["answers"]
    place = pd.Index(respondents["respondent"]).get_indexer(answers["respondent"])
    roles, role = pd.factorize(respondents["role"].take(place))
    quick = respondents["wave"].map(tables["waves"].set_index("wave")["form"]) == "quick_scan"
    quick = quick.to_numpy()[place]
    for item, spec in instrument.items.iterrows():
        given = answers[item].notna().to_numpy()
        mine = roles == role.get_loc(spec["role"]) if spec["role"] in role else np.False_
        yield item, given & ~mine, f"blank: the item is asked of the role {spec['role']}"
        if not spec["quick_scan"]:
            expected = "blank: the item is not in the quick scan, the form of that wave"
            yield item, given & quick, expected
