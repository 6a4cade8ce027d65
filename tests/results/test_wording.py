"""Tested estimates become words, the same in every chapter."""

from math import inf

import pandas as pd
import pytest

from doorgroeien.results.wording import (
    chosen,
    counted,
    direction,
    gridded,
    joined,
    limited,
    listed,
    side,
    spoken,
)


@pytest.mark.parametrize(
    ("estimate", "p", "expected"),
    [
        (2.0, 0.049, "up"),
        (-2.0, 0.049, "down"),
        (2.0, 0.05, "same"),
        (-2.0, 0.9, "same"),
        (2.0, float("nan"), "same"),
    ],
)
def test_an_estimate_has_a_direction_only_where_its_corrected_test_is_clear(estimate, p, expected):
    row = pd.Series({"estimate": estimate, "p_holm": p})
    assert direction(row) == expected
    assert chosen(row, "up", "down", "same") == expected


def test_a_list_has_its_last_word_joined_in_both_languages():
    none, pairs = ("none", "geen"), [("a", "een"), ("b", "twee"), ("c", "drie")]
    assert joined(pairs, none) == ("a, b and c", "een, twee en drie")
    assert joined(pairs[:2], none, ("or", "of")) == ("a or b", "een of twee")
    assert joined(pairs[:1], none) == ("a", "een")
    assert joined([], none) == none


def test_a_count_is_a_word_up_to_twelve():
    assert [counted(number) for number in (0, 3, 12)] == [("none", "geen"), ("three", "drie")] + [
        ("twelve", "twaalf")
    ]
    assert counted(1300) == ("1,300", "1.300")


def test_estimates_are_spoken_with_their_intervals():
    table = pd.DataFrame(
        {"part": ["1a", "1b"], "estimate": [61.2, 3], "ci_low": [58.04, -1], "ci_high": [64.4, 7]}
    )
    assert spoken(table, "part", {"1a": "vision"}) == "vision 61 (58 to 64); 1b 3 (-1 to 7)"
    assert spoken(table.head(1), "part", decimals=1) == "1a 61.2 (58.0 to 64.4)"


def test_named_values_are_listed_in_their_order():
    values = pd.Series({"3a": 40.6, "3b": 55})
    assert listed(values, {"3a": "board"}) == "board 41, 3b 55"
    assert listed(values, decimals=1) == "3a 40.6, 3b 55.0"
    assert listed(-values * 100, {"3a": "board, all"}) == "board, all −4,060; 3b −5,500"


def test_a_grid_is_told_row_by_row():
    grid = pd.DataFrame({"small": [40.6, 55], "large": [1, 2]}, index=["3a", "3b"])
    assert gridded(grid, {"3b": "management"}) == "3a: small 41, large 1; management: small 55, large 2"


@pytest.mark.parametrize(("interval", "said"), [((1.1, 2), "up"), ((0.2, 0.9), "down"), ((1, 2), "same")])
def test_an_interval_lies_on_a_side_of_a_limit_or_holds_it(interval, said):
    assert side(*interval, limit=1) == said


def test_limits_are_words_in_both_languages_and_infinite_ones_are_left_out():
    names = {"3c": ("staff", "de medewerkers"), "total": ("the whole index", "de hele index")}
    limits = {"3c": (40, 60), "total": (-inf, 55)}
    assert limited(limits, names) == (
        "staff above 40 and at most 60; the whole index at most 55",
        "de medewerkers boven 40 en hoogstens 60; de hele index hoogstens 55",
    )
    assert limited({"3c": (40, inf)}, names) == ("staff above 40", "de medewerkers boven 40")
    assert limited({}, names) == ("anything", "alles")
