"""Order and ties by the digits that every machine gives."""

import numpy as np
import pandas as pd
import pytest

from doorgroeien.estimation.arrays import certain
from doorgroeien.measurement.multiverse import aggregate, standing

# The same three tenths, as sums in another order have it.
NEARLY = np.array([0.1 + 0.2, 0.3, 0.4 - 0.1])


def test_sums_in_another_order_are_equal_and_others_are_not():
    assert len(set(NEARLY)) > 1
    assert len(set(certain(NEARLY))) == 1
    assert len(set(certain(np.array([1, 1 + 1e-8, 1 - 1e-8])))) == 3


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e12])
def test_what_is_equal_does_not_depend_on_the_unit(unit):
    values = unit * np.array([0.1 + 0.2, 0.3, 5.0, 5.00001])
    assert len(set(certain(values))) == 3


def test_missing_and_empty_and_nought_stay_and_tables_stay_tables():
    np.testing.assert_array_equal(certain(np.array([np.nan, 2.0])), [np.nan, 2.0])
    np.testing.assert_array_equal(certain(np.array([np.inf, 2.0])), [np.inf, 2.0])
    assert certain(np.array([])).size == 0 and certain(np.zeros(2)).tolist() == [0, 0]
    series = pd.Series(NEARLY, list("abc"))
    assert certain(series).idxmax() == "a" and certain(-series).idxmax() == "a"
    assert certain(series.to_frame("x")).nunique()["x"] == 1
    assert certain(pd.Series([7, 12])).tolist() == [7, 12]


def test_scores_that_are_equal_but_for_rounding_share_a_standing_and_no_duel():
    assert standing(NEARLY, np.ones(3)).tolist() == [50, 50, 50]
    scores = np.column_stack([NEARLY, NEARLY[::-1]])
    duels = aggregate(scores, np.array([0.5, 0.5]), "copeland", np.ones(3), ["1", "2"])
    assert duels.tolist() == [0, 0, 0]


def test_equal_numbers_between_two_digits_stay_equal_with_noise():
    ties = 100 * np.arange(1, 2048, 2) / 2048  # of nine decimals, the last of them a five
    noise = 1 + 1e-13 * np.random.default_rng(1).choice([-1, 1], (2, len(ties)))
    assert (certain(ties * noise[0]) == certain(ties * noise[1])).all()
