"""Contradictions inside and between the tables of a survey: each is named with its place, all at once."""

import numpy as np
import pandas as pd
import pytest
from conftest import edit_table, put

from doorgroeien.consistency import TABLES, rows_of
from doorgroeien.survey import load_survey
from doorgroeien.tables import DataError


@pytest.fixture(scope="module")
def survey(root):
    return load_survey(root=root)


def problems_of(folder, root):
    with pytest.raises(DataError) as caught:
        load_survey(folder, root)
    return [str(problem).removeprefix(f"{folder}/") for problem in caught.value.problems]


CASES = [
    ("municipalities", 5, "inhabitants", "0", "1 or more"),
    ("municipalities", 5, "inhabitants", "-4", "1 or more"),
    ("municipalities", 5, "size_class", "20-50k", "one of <20k"),
    ("municipalities", 5, "size_class", ">=100k", "a size class that fits"),
    ("municipalities", 5, "successor", "syn-999", "a municipality of the next wave"),
    ("municipalities", 900, "successor", "syn-001", "in the last wave the municipality itself"),
    ("municipalities", 5, "wave", "2006", "a key of table waves"),
    ("groups", 6, "invited", "99", "no more invited than there are"),
    ("groups", 6, "role", "mayor", "one of municipality"),
    ("respondents", 5, "municipality", "syn-999", "a key of table municipalities"),
    ("respondents", 5, "municipality", "", "a value"),
    ("respondents", 5, "role", "mayor", "one of municipality"),
    ("respondents", 5, "respondent", "p-00001", "a value that occurs once"),
    ("answers", 2, "d1a_vision", "6", "one of "),
    ("answers", 2, "d1a_vision", "mee eens", "a whole number"),
    ("answers", 2, "d1a_vision", "4.0", "a whole number"),
    ("answers", 2, "d3c_priority_staff", "4", "blank: the item is asked of the role staff"),
    ("answers", 2, "d1a_plan", "4", "blank: the item is not in the quick scan"),
    ("answers", 2, "respondent", "nobody", "a key of table respondents"),
    ("edition", 2, "seed", "", "a scenario and a seed"),
    ("waves", 2, "form", "half", "one of quick_scan, full"),
]


@pytest.mark.parametrize(("table", "row", "column", "value", "expected"), CASES)
def test_each_contradiction_is_named_with_its_place(survey_copy, root, table, row, column, value, expected):
    put(survey_copy, table, row, column, value)
    found = problems_of(survey_copy, root)
    place = [line for line in found if line.startswith(f"{table}.csv, row {row}, column")]
    assert any(expected in line for line in place), found


def test_more_respondents_than_invited_and_invitations_outside_the_sample_are_named(
    survey_copy, root, survey
):
    alone = survey.groups[(survey.groups["role"] == "alderman") & (survey.groups["responded"] == 1)].iloc[0]
    same = survey.respondents[["wave", "municipality", "role"]].eq(alone[["wave", "municipality", "role"]])
    row = int(same.all(axis=1).idxmax()) + 2

    def twice(name):
        return lambda frame: pd.concat([frame, frame.iloc[[row - 2]].assign(respondent=name)])

    for table in ("respondents", "answers"):
        edit_table(survey_copy, table, twice("again"))
    outside = int((survey.groups["invited"] == 0).idxmax()) + 2
    put(survey_copy, "groups", outside, "invited", "1")
    found = "\n".join(problems_of(survey_copy, root))
    assert (
        f"respondents.csv, row {len(survey.respondents) + 2}, column respondent+wave+municipality+role"
        in found
    )
    assert "no more respondents than were invited" in found
    assert f"groups.csv, row {outside}, column invited: found '1', expected 0" in found


def test_tables_that_lack_rows_or_have_too_many_are_named(survey_copy, root, survey):
    first = survey.respondents.iloc[0]
    same = (
        survey.groups[["wave", "municipality", "role"]]
        .eq(first[["wave", "municipality", "role"]])
        .all(axis=1)
    )
    edit_table(survey_copy, "groups", lambda frame: frame[~same])
    wave = {
        "wave": "2009",
        "label_en": "x",
        "label_nl": "x",
        "date": "2009-12-31",
        "boundaries": "2009-01-01",
    }
    edit_table(
        survey_copy, "waves", lambda frame: pd.concat([frame, pd.DataFrame([wave | {"form": "full"}])])
    )
    edit_table(survey_copy, "answers", lambda frame: frame.iloc[1:])
    edit_table(survey_copy, "edition", lambda frame: pd.concat([frame, frame.assign(edition="second")]))
    found = problems_of(survey_copy, root)
    assert "respondents.csv: expected rows for the wave 2009. Add them" in "\n".join(found)
    assert any(line.startswith("respondents.csv, row 2, column respondent:") for line in found)
    assert any("row 2" in line and "expected a row of the table groups" in line for line in found)
    assert any(line.startswith("edition.csv: expected one row, not 2") for line in found)


def test_all_problems_are_reported_at_once_and_nothing_is_changed(survey_copy, root):
    put(survey_copy, "municipalities", 5, "successor", "syn-999")
    put(survey_copy, "respondents", 5, "role", "manager")
    put(survey_copy, "answers", 2, "d3c_priority_staff", "4")
    before = {path.name: path.read_bytes() for path in survey_copy.iterdir()}
    found = "\n".join(problems_of(survey_copy, root))
    for place in ("municipalities.csv, row 5", "answers.csv, row 2"):
        assert place in found
    assert {path.name: path.read_bytes() for path in survey_copy.iterdir()} == before


def test_rows_are_found_by_their_keys():
    frame = pd.DataFrame({"a": ["x", "y", "x"], "b": [1, 1, 2]})
    other = pd.DataFrame({"a": ["x", "x"], "b": [2, 1]})
    assert np.array_equal(rows_of(frame, other, ["a", "b"]), [1, -1, 0])


@pytest.mark.parametrize("table", TABLES)
def test_a_missing_and_an_empty_table_are_named(survey_copy, root, table):
    (survey_copy / f"{table}.csv").write_text("", encoding="utf-8")
    assert any(line.startswith(f"{table}.csv, row 1") for line in problems_of(survey_copy, root))
    (survey_copy / f"{table}.csv").unlink()
    assert any(f"{table}.csv: expected a readable file" in line for line in problems_of(survey_copy, root))
