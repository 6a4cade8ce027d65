"""Effective weights, outliers and the whole uncertainty of a composite index, against what they must be."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.weightstats import DescrStatsW

from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.measurement.importance import effective_weights, mixture_interval, outlying

ONES = pd.Series(1.0, range(4000))


def parts(rows=4000, common=0.0):
    rng = np.random.default_rng(2)
    shared, own = rng.normal(size=(rows, 1)), rng.normal(size=(rows, 3))
    values = np.sqrt(common) * shared + np.sqrt(1 - common) * own
    return pd.DataFrame(50 + values * [10, 20, 5], columns=list("abc"))


def test_of_independent_parts_the_main_effect_is_their_share_of_the_variance():
    values, nominal = parts(), np.array([0.5, 0.25, 0.25])
    found = effective_weights(values, values @ nominal, nominal, ONES)
    shares = nominal**2 * values.var()
    np.testing.assert_allclose(found["main"], shares / shares.sum(), atol=0.02)
    assert found["effective"].sum() == pytest.approx(1) and found["nominal"].tolist() == list(nominal)


def test_the_main_effect_sees_what_a_correlation_does_not():
    values = parts()
    index = (values["a"] - 50) ** 2 + 0 * values["b"]
    found = effective_weights(values, index, [1, 0, 0], ONES)["main"]
    assert found["a"] > 0.99 and abs(np.corrcoef(values["a"], index)[0, 1]) < 0.1
    linear = effective_weights(values, values["a"] * 3 + 1, [1, 0, 0], ONES)["main"]
    assert linear["a"] == pytest.approx(1) and linear[["b", "c"]].max() < 0.01


def test_weights_count_as_repeated_cases():
    values, weight = parts(200, 0.4), pd.Series(np.resize([1, 2, 3], 200), range(200))
    index = np.exp(values.mean(axis=1) / 20)
    again = values.loc[np.repeat(values.index, weight)].reset_index(drop=True)
    one = effective_weights(values, index, [1 / 3] * 3, weight)
    other = effective_weights(again, np.exp(again.mean(axis=1) / 20), [1 / 3] * 3, ONES)
    pd.testing.assert_frame_equal(one, other)
    pd.testing.assert_frame_equal(outlying(values, weight), outlying(again, ONES))


def test_moments_are_those_of_scipy_and_a_part_is_outlying_where_both_are_large():
    values = parts(300)
    values["long"] = np.exp(2 * (values["a"] - 50) / 10)
    values.loc[::7, "c"] = np.nan
    found = outlying(values, ONES)
    for name, column in values.items():
        known = column.dropna()
        assert found.loc[name, "skewness"] == pytest.approx(stats.skew(known))
        assert found.loc[name, "kurtosis"] == pytest.approx(stats.kurtosis(known))
    assert found["outlying"].to_dict() == {"a": False, "b": False, "c": False, "long": True}
    peaked = pd.DataFrame({"two-sided": stats.t.ppf(np.linspace(0.001, 0.999, 999), 2.5)})
    assert not outlying(peaked, ONES)["outlying"].iloc[0], "heavy tails on both sides are no outliers"


def test_the_interval_holds_sampling_alone_choice_alone_and_both():
    alone = mixture_interval([50.0, 50.0], 2.0, 30)
    np.testing.assert_allclose(alone, 50 + 2 * stats.t.ppf([0.025, 0.975], 30))
    choices = np.linspace(40, 60, 2001)
    np.testing.assert_allclose(mixture_interval(choices, 1e-6, 30), [40.5, 59.5], atol=0.01)
    both = mixture_interval([50.0, 53.0, 47.0], 2.0, 30)
    drawn = np.random.default_rng(1).choice([50.0, 53.0, 47.0], 400_000) + 2 * stats.t.rvs(
        30, size=400_000, random_state=2
    )
    np.testing.assert_allclose(both, np.quantile(drawn, [0.025, 0.975]), atol=0.05)
    assert DescrStatsW(drawn).std > 2


def test_what_does_not_vary_is_refused():
    values = parts(50)
    with pytest.raises(NotEstimableError, match="part a does not vary"):
        outlying(values.assign(a=3.0), ONES)
    with pytest.raises(NotEstimableError, match="part b does not vary"):
        effective_weights(values.assign(b=3.0), values["a"], [1, 0, 0], ONES)
    with pytest.raises(NotEstimableError, match="the index does not vary"):
        effective_weights(values, values["a"] * 0, [1, 0, 0], ONES)
    with pytest.raises(NotEstimableError, match="4 municipalities, expected 5 or more"):
        effective_weights(values[:4], values["a"], [1, 0, 0], ONES)
