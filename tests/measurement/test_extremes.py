"""Highest and lowest scores: ties are divided, and noise alone has its share."""

import pandas as pd
import pytest
from scipy.stats import norm

from doorgroeien.measurement.extremes import extremes, extremes_of_noise


def test_scores_that_tie_share_the_highest_place():
    scores = pd.DataFrame({"a": [3.0, 0.1 + 0.2, 1], "b": [1.0, 0.3, 1], "c": [2.0, 0.0, 1]})
    found = extremes(scores)
    assert found["strongest"].to_numpy().tolist() == [[1, 0, 0], [0.5, 0.5, 0], [1 / 3] * 3]
    assert found["weakest"].to_numpy().tolist() == [[0, 1, 0], [0, 0, 1], [1 / 3] * 3]


def test_noise_makes_the_higher_of_two_levels_strongest_as_often_as_a_normal_difference_is_positive():
    levels, noise = pd.Series({"a": 50.0, "b": 52.0}), pd.Series({"a": 3.0, "b": 1.0})
    found = extremes_of_noise(levels, noise, seed=5)
    assert found["strongest", "b"] == pytest.approx(norm.cdf(2 / 2), abs=0.005)
    assert found["weakest", "a"] == found["strongest", "b"]
    assert found["strongest"].sum() == pytest.approx(1)
