"""What is withheld in one place is found wherever else it stands."""

import pandas as pd
import pytest

from doorgroeien.results.disclosure import RULES
from doorgroeien.results.held import Held, Mark, marks

COLUMNS = ["label", "estimate", "ci_low", "ci_high", "n", "units"]
MARK = Mark(85.53212, 3.1, 31.0, 20.0, "alike", 70.0, 90.0)


def table(*rows, columns=COLUMNS, kind="table"):
    return {"kind": kind, "id": "a.b", "edition": {}, "data": {"columns": columns, "rows": list(rows)}}


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (["all", 85.53212, 70.0, 90.0, 31, 20], True),
        (["all", RULES.rounded(85.53212, 3.1, 20), 70.0, 90.0, 31, 20], True),  # on answers that are given
        (["all", 85.4, 70.0, 90.0, 31, 20], False),
        (["all", 85.53212, 70.0, 90.0, 32, 20], False),
        (["all", 85.53212, 70.0, 90.0, 31, 19], False),
        (["gap", 85.53212, 20.0, 90.0, 31, 20], False),  # something else with another interval
    ],
)
def test_an_estimate_is_the_same_where_value_and_counts_are(row, found):
    assert Held([MARK]).rows(table(["other", 51.0, 40.0, 60.0, 31, 20], row)) == (
        {1: "alike"} if found else {}
    )


def test_a_bound_that_is_withheld_is_found_as_the_end_of_an_interval_too():
    row = ["all", None, 85.53212, 90.0, 31, 20]
    assert Held([MARK._replace(low=None, high=None)]).rows(table(row)) == {0: "alike"}


def test_a_difference_is_no_share_of_the_same_size():
    row = ["gap", 85.53212, -3.0, 90.0, 31, 20]
    assert Held([MARK._replace(low=None, high=None)]).rows(table(row)) == {}


def test_rows_without_counts_are_compared_by_value_but_not_whole_numbers():
    held = Held([MARK, Mark(50.0, None, 31.0, 20.0, "few")])
    drawn = table(["a", 85.53212], ["b", 50.0], columns=["label", "score of all"], kind="figure")
    assert held.rows(drawn) == {0: "alike"}


def test_numbers_are_found_as_rows_are():
    number = {"kind": "number", "id": "a.b", "edition": {}, "value": 85.53212, "unit": "percent", "se": None}
    number |= {
        "n": 31,
        "interval": None,
        "low": None,
        "high": None,
        "rests": {"municipalities": 20, "respondents": 31},
    }
    assert Held([MARK]).rows(number) == {0: "alike"}
    assert Held([MARK]).rows(number | {"unit": "EUR"}) == {} and Held([MARK]).rows(number | {"n": 30}) == {}


def test_a_table_that_is_rounded_by_its_intervals_is_found_as_well():
    rows = pd.DataFrame({"estimate": [51.37], "se": [0.4], "ci_low": [31.0], "ci_high": [71.0], "n": 4})
    held = Held(marks(rows.assign(units=4), pd.Series(["few"])))
    shown = RULES.applied(rows[["estimate", "ci_low", "ci_high", "n"]]).to_numpy().tolist()[0]
    assert shown[0] != 51.37 and held.rows(table(["a", *shown, 4])) == {0: "few"}


def test_an_estimate_behind_a_word_is_exact_and_may_be_kept_as_it_was_published():
    exact = Mark(51.369, 1.83, 11.0, 11.0)
    held = Held([Mark(RULES.rounded(51.369, 1.83, 11), None, 11.0, 11.0, "linked")])
    assert held.rule(exact, exact=True) == "linked" and held.rule(exact) is None
    assert held.rule(exact._replace(value=57.1), exact=True) is None
