"""Rank intervals: against Tukey's table, in what they promise, and where they refuse."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import studentized_range
from scipy.stats import t as student

from doorgroeien.estimation.estimates import Covariance
from doorgroeien.estimation.ranking import rank_intervals


def table(estimates, covariance, df=1e6):
    frame = pd.DataFrame({"estimate": estimates, "se": np.sqrt(np.diag(covariance)), "df": float(df)})
    frame.attrs["covariance"] = Covariance(covariance)
    return frame


@pytest.mark.parametrize(("count", "df"), [(2, 12), (5, 1e6), (8, 30)])
def test_the_critical_value_of_equal_independent_estimates_is_tukeys(count, df):
    found = rank_intervals(table(np.zeros(count), np.eye(count), df), draws=400_000).attrs["critical"]
    expected = student.ppf(0.975, df) if count == 2 else studentized_range.ppf(0.95, count, df) / np.sqrt(2)
    assert found == pytest.approx(expected, abs=0.02)


def test_a_common_part_of_all_estimates_changes_nothing():
    frame = table([0, 3, 9], np.eye(3)), table([0, 3, 9], np.eye(3) + 50)
    found = [rank_intervals(part) for part in frame]
    assert found[0].attrs["critical"] == pytest.approx(found[1].attrs["critical"])
    assert found[0]["rank_low"].tolist() == found[1]["rank_low"].tolist()


def test_ranks_follow_from_the_pairs_that_are_ordered():
    found = rank_intervals(table([50.0, 70.0, 51.0, 20.0], np.eye(4)))
    assert found["rank"].tolist() == [3, 1, 2, 4]
    assert list(zip(found["rank_low"], found["rank_high"], strict=True)) == [(2, 3), (1, 1), (2, 3), (4, 4)]
    assert found.attrs["ordered"] == 5
    assert "critical" not in table([1.0, 2.0], np.eye(2)).attrs


def test_rows_of_a_larger_table_and_estimates_known_exactly():
    part = table([5.0, 1.0, 1.0, 3.0], np.zeros((4, 4))).loc[[3, 1, 2]]
    found = rank_intervals(part)
    assert found["rank"].tolist() == [1, 2, 2]
    assert list(zip(found["rank_low"], found["rank_high"], strict=True)) == [(1, 1), (2, 3), (2, 3)]


def test_intervals_hold_all_true_ranks_at_once_as_often_as_promised():
    rng = np.random.default_rng(1)
    truth, lower = np.array([0.0, 0.0, 0.0, 1.0, 4.0]), np.tril(rng.normal(size=(5, 5)))
    covariance = lower @ lower.T
    low = 1 + (truth[:, None] < truth).sum(axis=1)
    high = 5 - (truth[:, None] > truth).sum(axis=1)
    held = 0
    for estimates in rng.multivariate_normal(truth, covariance, 400):
        found = rank_intervals(table(estimates, covariance), draws=4_000)
        held += ((found["rank_low"] <= low) & (found["rank_high"] >= high)).all()
    assert held / 400 > 0.93


def test_refuses_what_has_no_rank():
    with pytest.raises(ValueError, match="1 rows, expected two or more"):
        rank_intervals(table([1.0], np.eye(1)))
    with pytest.raises(ValueError, match="each with an estimate"):
        rank_intervals(table([1.0, np.nan], np.eye(2)))
