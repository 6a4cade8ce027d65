"""How numbers are written, in both languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorgroeien.results.formats import UNITS, write, write_digits, write_in


@pytest.mark.parametrize(
    ("value", "unit", "en", "nl"),
    [
        (63.44, "percent", "63.4%", "63,4%"),
        (32520, "cases", "32,520", "32.520"),
        (122.4, "EUR million", "EUR\u00a0122.4\u00a0million", "€\u00a0122,4\u00a0miljoen"),
        (3765, "EUR", "EUR\u00a03,765", "€\u00a03.765"),
        (-6.9, "percent", "\u22126.9%", "\u22126,9%"),
        (1.14, "points", "1.1\u00a0points", "1,1\u00a0punt"),
        (-0.7, "points", "\u22120.7\u00a0points", "\u22120,7\u00a0punt"),
        (10.2, "points", "10.2\u00a0points", "10,2\u00a0punten"),
        (-1.25, "percentage points", "\u22121.3\u00a0percentage points", "\u22121,3\u00a0procentpunt"),
    ],
)
def test_numbers_in_english_and_dutch(value, unit, en, nl):
    record = {"value": value, "unit": unit, "decimals": None}
    assert write(record, "en") == en
    assert write(record, "nl") == nl


@pytest.mark.parametrize(
    ("value", "en", "nl"),
    [
        (0.0, "<\u00a00.001", "<\u00a00,001"),
        (0.00049, "<\u00a00.001", "<\u00a00,001"),
        (0.0005, "0.001", "0,001"),
        (0.0449, "0.045", "0,045"),
        (1.0, "1.000", "1,000"),
    ],
)
def test_no_p_value_is_written_as_nought(value, en, nl):
    record = {"value": value, "unit": "p-value", "decimals": None}
    assert (write(record, "en"), write(record, "nl")) == (en, nl)
    assert write_in(0.004, "p-value", "en", 2) == "<\u00a00.01"
    assert write_in(0.0, "ratio", "en") == "0.00", "other units may be nought"


def test_bounds_of_rounding_are_written_as_they_are():
    share = {
        "value": 60.0,
        "low": 59.5,
        "high": 60.5,
        "unit": "percent",
        "decimals": 0,
        "interval": "rounding",
    }
    assert write(share, "en") == "60%" and write(share, "nl", "range") == "59,5 tot 60,5%"
    computed = share | {"low": 59.5123, "high": 60.4877}
    assert write(computed, "en", "range") == "60 to 60%", "no digit more than the figure has"
    assert write(share | {"interval": "confidence"}, "en", "range") == "60 to 61%"


def test_size_number_range_and_words():
    record = {"value": -6.87, "low": -6.9, "high": -6.84, "unit": "percent", "decimals": 2}
    assert write(record, "en", "size") == "6.87%"
    assert write(record, "nl", "number") == "\u22126,87"
    assert write(record, "nl", "range") == "\u22126,90 tot \u22126,84%"
    word = {"value": {"en": "fell", "nl": "daalde"}, "unit": "word"}
    assert (write(word, "en"), write(word, "nl")) == ("fell", "daalde")


@pytest.mark.parametrize("value", [-0.043, 0.0499])
def test_a_difference_too_small_for_its_decimals_is_less_than_the_smallest(value):
    small = {"value": value, "unit": "points", "low": -0.31, "high": 0.22}
    for form in ("value", "size"):
        assert write(small, "en", form) == "less than 0.1\u00a0points"
        assert write(small, "nl", form) == "minder dan 0,1\u00a0punt"
    assert write(small | {"decimals": 2, "value": 0.043}) == "0.04\u00a0points"
    assert write(small | {"value": 0.0}) == "0.0\u00a0points" and write(small, "en", "number") == "0.0"
    assert write(small | {"value": 0.06}, "en", "range") == "\u22120.3 to 0.2\u00a0points"


@pytest.mark.parametrize(
    ("record", "form", "message"),
    [
        ({"value": 1, "unit": "cases"}, "percent", "not one of"),
        ({"value": 1, "unit": "cases", "low": None, "high": None}, "range", "needs an interval"),
        ({"value": {"en": "a", "nl": "b"}, "unit": "word"}, "size", "no format"),
        ({"value": float("nan"), "unit": "cases"}, "value", "missing"),
    ],
)
def test_what_cannot_be_written_so_is_an_error(record, form, message):
    with pytest.raises(ValueError, match=message):
        write(record, "en", form)


@given(st.floats(-1e9, 1e9), st.integers(0, 4))
def test_both_languages_write_the_same_number(value, decimals):
    english, dutch = (write_digits(value, decimals, language) for language in ("en", "nl"))
    back = float(english.replace(",", "").replace("\u2212", "-"))
    assert abs(back - value) <= 0.5 * 10**-decimals * (1 + 1e-6) + 1e-6 * abs(value) * 1e-6
    assert dutch.translate(str.maketrans(",.", ".,")) == english
    assert english != "\u22120"


def test_halves_round_away_from_zero():
    assert [write_digits(value, 0, "en") for value in (0.5, 1.5, 2.5, -2.5)] == ["1", "2", "3", "\u22123"]


def test_every_unit_has_names_in_both_languages():
    assert all(
        unit.name_en and unit.name_nl and "{}" in unit.en and "{}" in unit.nl for unit in UNITS.values()
    )
