"""Rounding bounds: the interval of a derived figure holds every value its sources allow."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from doorgroeien import bounds, propagate


def test_bounds_are_half_a_step_and_open_on_the_side_a_source_leaves_open():
    figures = pd.DataFrame(
        {
            "value": [32520.0, 443.0, 1200.0, 2.0],
            "rounding": [10.0, 0.0, 0.0, 0.0],
            "qualifier": ["rounded", "exact", "lower_bound", "upper_bound"],
        }
    )
    result = bounds(figures)
    assert result["low"].tolist() == [32515, 443, 1200, -np.inf]
    assert result["high"].tolist() == [32525, 443, np.inf, 2]


def test_a_ratio_takes_its_extremes_at_opposite_corners():
    one = pd.DataFrame({"value": [10.0], "low": [9.0], "high": [11.0]})
    other = pd.DataFrame({"value": [4.0], "low": [3.0], "high": [5.0]})
    result = propagate(lambda a, b: a / b, one, other).iloc[0]
    assert (result["value"], result["low"], result["high"]) == (2.5, 9 / 5, 11 / 3)


@given(
    st.tuples(st.floats(1, 1e6), st.floats(1, 1e6)),
    st.tuples(st.floats(0, 1), st.floats(0, 1)),
    st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
)
def test_any_true_values_within_the_bounds_give_a_result_within_them(values, shares, places):
    halves = [value * share * 0.5 for value, share in zip(values, shares, strict=True)]
    frames = [
        pd.DataFrame({"value": [value], "low": [value - half], "high": [value + half]})
        for value, half in zip(values, halves, strict=True)
    ]
    truth = [value + half * place for value, half, place in zip(values, halves, places, strict=True)]
    result = propagate(lambda a, b: (a - b) / b, *frames).iloc[0]
    true = (truth[0] - truth[1]) / truth[1]
    slack = 1e-9 * max(1, abs(true))
    assert result["low"] - slack <= true <= result["high"] + slack
