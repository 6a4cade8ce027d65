"""What the validation found: rates are worked out from sums over draws, and say how sure they are."""

import numpy as np
import pandas as pd
import pytest

from doorgroeien import load
from doorgroeien.results.validated import ASIDE, GOAL, apart, decided, groups, rates

DRAWS = 400


def summed(error, se, covered, **about):
    """Return the row that sums over draws make of these errors and standard errors."""
    row = {"study": "unselective", "estimand": "score.1", "wave": "2007", "domain": "all"}
    row |= {"per": "municipality", "n": len(error), "covered": covered, "n_allowed": 0, "covered_allowed": 0}
    row |= {"sum_error": sum(error), "sum_error2": sum(error**2), "sum_se": len(error) * se}
    return row | about


@pytest.fixture
def errors():
    """Return errors of many draws around a bias of a half, with a spread of two."""
    return 0.5 + 2 * np.random.default_rng(1).standard_normal(DRAWS)


def test_bias_spread_and_ratio_are_those_of_the_errors(errors):
    found = rates(pd.DataFrame([summed(errors, 1.5, 380)])).iloc[0]
    assert found["bias"] == pytest.approx(errors.mean())
    assert found["spread"] == pytest.approx(errors.std(ddof=1))
    assert found["ratio"] == pytest.approx(1.5 / errors.std(ddof=1))
    assert found["coverage"] == 95
    assert found["low"] < 95 < found["high"]
    assert np.isnan(found["allowed"])


def test_a_coverage_is_apart_only_as_far_as_the_draws_can_tell(errors):
    few, many = (rates(pd.DataFrame([summed(errors[:n], 2, round(0.9 * n))])) for n in (20, DRAWS))
    assert few["coverage"].iloc[0] == many["coverage"].iloc[0] == 90 < GOAL[0]
    assert apart(few).empty
    assert len(apart(many)) == 1
    high = rates(pd.DataFrame([summed(errors, 2, DRAWS)]))
    assert len(apart(high)) == 1


def test_bounds_and_ranks_are_no_part_of_the_goal(errors):
    rows = [summed(errors, 2, DRAWS, estimand=name) for name in ("bounds.towns.1", "rank.1", "score.1")]
    assert list(apart(rates(pd.DataFrame(rows)))["estimand"]) == ["score.1"]


def test_groups_hold_every_estimand_once_and_count_them():
    found = rates(load("validation_coverage"))
    left = set(found.loc[found["group"].isna(), "estimand"])
    assert left == {"rank.outside"}, "an estimand without a group"
    assert set(ASIDE) < set(found["group"].dropna())
    table = groups(found)
    of = found[found["group"].notna()].groupby("study").size()
    assert table["estimands"].groupby("study").sum().to_dict() == of.to_dict()
    assert (table["least"] <= table["coverage"]).all() and (table["coverage"] <= table["most"]).all()


def test_false_verdicts_are_counted_among_the_draws_that_could_be_false():
    row = {"study": "edge", "finding": 4, "n": 100, "supported": 8, "contradicted": 1, "not_supported": 5}
    row |= {"inconclusive": 86, "holds": 60, "opposite": 0, "false_supported": 2, "false_contradicted": 1}
    row |= {"limit_supported": 6, "limit_contradicted": 4}
    found = decided(pd.DataFrame([row])).loc[("edge", 4)]
    assert found["false_supported"] == 5, "two of the forty draws in which it does not hold"
    assert found["false_contradicted"] == 1
    assert (found["supported"], found["limit_supported"], found["n"]) == (8, 6, 100)
    always = decided(pd.DataFrame([row | {"holds": 100, "false_supported": 0}])).loc[("edge", 4)]
    assert np.isnan(always["false_supported"])
