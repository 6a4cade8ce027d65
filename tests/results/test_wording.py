"""Tested estimates become words, the same in every chapter."""

from math import inf

import numpy as np
import pandas as pd
import pytest

from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.results.wording import (
    amount,
    capital,
    chosen,
    clear,
    counted,
    direction,
    gridded,
    grouped,
    joined,
    limited,
    listed,
    moved,
    side,
    spoken,
    which,
)


@pytest.mark.parametrize(
    ("estimate", "p", "expected"),
    [
        (2.0, 0.049, "up"),
        (-2.0, 0.049, "down"),
        (2.0, 0.05, "same"),
        (-2.0, 0.9, "same"),
    ],
)
def test_an_estimate_has_a_direction_only_where_its_corrected_test_is_clear(estimate, p, expected):
    row = pd.Series({"estimate": estimate, "p_holm": p})
    assert direction(row) == expected
    assert chosen(row, "up", "down", "same") == expected


def test_no_word_fits_an_estimate_that_is_missing():
    for row in ({"estimate": 2.0, "p_holm": float("nan")}, {"estimate": float("nan"), "p_holm": 0.01}):
        with pytest.raises(NotEstimableError):
            direction(row)
    for counts in ({"n": 4}, {"df": 0}):
        with pytest.raises(NotEstimableError) as caught:
            direction({"estimate": 2.0, "p_holm": float("nan"), **counts})
        assert caught.value.reason == "few"
    with pytest.raises(NotEstimableError):
        side(float("nan"), 2.0)


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
    assert spoken(table, "part", {"1a": "vision"}) == "vision 61 (58 to 64); 1b 3 (−1 to 7)"
    assert spoken(table.head(1), "part", decimals=1) == "1a 61.2 (58.0 to 64.4)"


def test_named_values_are_listed_in_their_order():
    values = pd.Series({"3a": 40.6, "3b": 55})
    assert listed(values, {"3a": "board"}) == "board 41, 3b 55"
    assert listed(values, decimals=1) == "3a 40.6, 3b 55.0"
    assert listed(-values * 100, {"3a": "board, all"}) == "board, all −4,060; 3b −5,500"


def test_what_is_missing_is_not_read_aloud():
    values = pd.Series({"small": float("nan"), "large": 41.0})
    assert (listed(values), listed(values.head(1))) == ("large 41", "–")
    grid = pd.DataFrame({"small": [40.6, None], "large": [None, None]}, index=["3a", "3b"])
    assert gridded(grid) == "3a: small 41"
    table = pd.DataFrame(
        {"part": ["1a", "1b"], "estimate": [0.4, None], "ci_low": [-0.001, 1], "ci_high": 1.0}
    )
    assert spoken(table, "part", decimals=2) == "1a 0.40 (0.00 to 1.00)"
    assert spoken(table.tail(1), "part").startswith("1b –")


def test_a_grid_is_told_row_by_row():
    grid = pd.DataFrame({"small": [40.6, 55], "large": [1, 2]}, index=["3a", "3b"])
    assert gridded(grid, {"3b": "management"}) == "3a: small 41, large 1; management: small 55, large 2"


def test_one_name_of_several_things_has_a_plural_verb():
    elements, cycle = ("the four elements", "de vier elementen"), ("the cycle", "de cyclus")
    assert moved(["same"], PARTS, [elements])[1] == "De vier elementen veranderden niet duidelijk"
    assert moved(["up"], PARTS, [elements])[1] == "De vier elementen stegen duidelijk"
    assert moved(["same"], PARTS, [cycle])[1] == "De cyclus veranderde niet duidelijk"
    assert moved(["up", "same", "same"], PARTS, [elements, cycle, cycle])[1] == (
        "Van de drie onderdelen stegen de vier elementen duidelijk; geen enkele daalde duidelijk"
    )


@pytest.mark.parametrize(("interval", "said"), [((1.1, 2), "up"), ((0.2, 0.9), "down"), ((1, 2), "same")])
def test_an_interval_lies_on_a_side_of_a_limit_or_holds_it(interval, said):
    assert side(*interval, limit=1) == said


@pytest.mark.parametrize(("count", "said"), [(0, "none"), (1, "one"), (2, "some"), (4, "all")])
def test_an_amount_is_none_one_some_or_all(count, said):
    assert amount(count, 4) == said


@pytest.mark.parametrize(("count", "of"), [(5, 4), (-1, 4), (0, 0)])
def test_an_amount_of_more_than_there_are_is_refused(count, of):
    with pytest.raises(ValueError, match=f"{count} of {of}"):
        amount(count, of)


def test_limits_are_words_in_both_languages_and_infinite_ones_are_left_out():
    names = {"3c": ("staff", "de medewerkers"), "total": ("the whole index", "de hele index")}
    limits = {"3c": (40, 60), "total": (-inf, 55)}
    assert limited(limits, names) == (
        "staff above 40 and at most 60; the whole index at most 55",
        "de medewerkers boven 40 en hoogstens 60; de hele index hoogstens 55",
    )
    assert limited({"3c": (40, inf)}, names) == ("staff above 40", "de medewerkers boven 40")
    assert limited({}, names) == ("anything", "alles")


PARTS = ("parts", "onderdelen")
NAMES = [("the board", "het bestuur"), ("staff", "de medewerkers"), ("management", "het management")]


@pytest.mark.parametrize(
    ("sides", "english", "dutch"),
    [
        (
            "same same",
            "Neither of the two parts changed clearly",
            "Geen van beide onderdelen veranderde duidelijk",
        ),
        ("up up", "Both parts rose clearly", "Beide onderdelen stegen duidelijk"),
        ("down down down", "All three parts fell clearly", "Alle drie de onderdelen daalden duidelijk"),
        (
            "up same same",
            "One of the three parts rose clearly and none fell clearly",
            "Eén van de drie onderdelen steeg duidelijk en geen enkele daalde duidelijk",
        ),
        (
            "down same down",
            "Two of the three parts fell clearly and none rose clearly",
            "Twee van de drie onderdelen daalden duidelijk en geen enkele steeg duidelijk",
        ),
        (
            "up down down",
            "One of the three parts rose clearly and two fell clearly",
            "Eén van de drie onderdelen steeg duidelijk en twee daalden duidelijk",
        ),
    ],
)
def test_what_rose_and_fell_is_counted_in_one_sentence(sides, english, dutch):
    assert moved(sides.split(), PARTS) == (english, dutch)


@pytest.mark.parametrize(
    ("sides", "english", "dutch"),
    [
        (
            "same same same",
            "None of the three parts changed clearly",
            "Geen van de drie onderdelen veranderde duidelijk",
        ),
        ("up up up", "All three parts rose clearly", "Alle drie de onderdelen stegen duidelijk"),
        (
            "up same up",
            "Of the three parts the board and management rose clearly; none fell clearly",
            "Van de drie onderdelen stegen het bestuur en het management duidelijk; "
            "geen enkele daalde duidelijk",
        ),
        (
            "down down up",
            "Of the three parts management rose clearly; the board and staff fell clearly",
            "Van de drie onderdelen steeg het management duidelijk; "
            "het bestuur en de medewerkers daalden duidelijk",
        ),
    ],
)
def test_what_rose_and_fell_is_named_unless_all_or_none_did(sides, english, dutch):
    assert moved(sides.split(), PARTS, NAMES) == (english, dutch)


def test_one_alone_is_named_whether_it_moved_or_not():
    name = [("support", "draagvlak")]
    assert moved(["same"], PARTS, name) == (
        "Support did not change clearly",
        "Draagvlak veranderde niet duidelijk",
    )
    assert moved(["down"], PARTS, name) == ("Support fell clearly", "Draagvlak daalde duidelijk")


def test_one_thing_with_the_name_of_several_takes_the_plural():
    name = [("the four elements", "de vier elementen")]
    assert moved(["same"], PARTS, name)[1] == "De vier elementen veranderden niet duidelijk"
    assert moved(["down"], PARTS, name)[1] == "De vier elementen daalden duidelijk"
    two = [*name, ("support", "draagvlak")]
    assert moved(["up", "down"], PARTS, two)[1] == (
        "Van de twee onderdelen stegen de vier elementen duidelijk; draagvlak daalde duidelijk"
    )


def test_a_test_that_could_not_be_done_is_not_one_that_finds_nothing():
    assert clear(0.01) is True
    assert clear(pd.Series({"a": 0.01, "b": None, "c": 0.2})).to_dict() == {"a": True, "c": False}
    for missing in (np.nan, pd.Series([np.nan, np.nan]), pd.Series(dtype=float)):
        with pytest.raises(NotEstimableError) as raised:
            clear(missing)
        assert raised.value.reason == "undefined"


def test_of_two_things_it_is_said_of_which_something_holds():
    assert [which(*pair) for pair in ((True, True), (False, False), (True, False), (False, True))] == [
        "both",
        "neither",
        "first",
        "second",
    ]


def test_of_what_the_same_is_said_the_names_stand_together():
    said = {
        "up": ("clearer to {names}", "helderder voor {names}"),
        "down": ("less clear to {names}", "minder helder voor {names}"),
    }
    names = dict(zip("abc", NAMES, strict=True))
    sides = {"a": "down", "b": "up", "c": "down"}
    assert grouped(sides, said, names) == (
        "clearer to staff, and less clear to the board and management",
        "helderder voor de medewerkers, en minder helder voor het bestuur en het management",
    )
    assert grouped(dict.fromkeys("ab", "up"), said, names)[0] == "clearer to the board and staff"


def test_a_text_gets_a_capital_as_dutch_writes_it():
    assert [capital(text) for text in ("one", "één van de twee", "één", "EUR 5", "")] == [
        "One",
        "Eén van de twee",
        "Eén",
        "EUR 5",
        "",
    ]
