"""Scales and their reliability."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.multivariate.factor import Factor

from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.estimation.newton import newton
from doorgroeien.measurement import scores
from doorgroeien.measurement.scores import (
    alpha,
    composite_reliability,
    icc,
    item_rest,
    omega,
    one_factor,
    scale,
)


def answers(seed=1, count=200, items=5):
    rng = np.random.default_rng(seed)
    latent = rng.normal(size=(count, 1))
    values = np.clip(np.round(3 + latent + rng.normal(size=(count, items))), 1, 5)
    return pd.DataFrame(values, columns=[f"q{number}" for number in range(1, items + 1)])


def test_a_score_runs_from_0_to_100_in_one_direction():
    items = pd.DataFrame({"a": [1, 5, 3, 1, None], "b": [5, 1, 3, None, None], "c": [1.0, 5, 3, None, 5]})
    score = scale(items, 1, 5, reverse=["b"])
    assert score.tolist()[:3] == [0, 100, 50]
    assert score.iloc[3:].isna().all(), "one of three answers is too few"
    assert scale(items, 1, 5, reverse=["b"], answered=1 / 3).tolist()[3:] == [0, 100]
    assert scale(items, 1, 5, answered=0).notna().all()
    assert scale(items.iloc[:0], 1, 5).empty


def test_answers_outside_the_scale_and_unknown_items_are_named():
    with pytest.raises(ValueError, match="q2: answers outside 1 to 5"):
        scale(answers().assign(q2=9), 1, 5)
    with pytest.raises(ValueError, match="reverse: q9 not among the items. Choose from q1, q2"):
        scale(answers(), 1, 5, reverse=["q9"])


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.floats(0.1, 10))
def test_reliability_does_not_depend_on_units_or_the_scale_of_weights(seed, factor):
    items, weight = answers(seed), np.random.default_rng(seed).uniform(0.5, 2, 200)
    for measure in (alpha, omega):
        one, other = measure(items, weight), measure(items * factor + 3, weight * factor)
        np.testing.assert_allclose(one["estimate"], other["estimate"], rtol=1e-10)
    np.testing.assert_allclose(item_rest(items)["r_rest"], item_rest(items * factor)["r_rest"], rtol=1e-9)


def test_omega_finds_the_factor_and_is_alpha_for_equal_loadings():
    rng = np.random.default_rng(5)
    latent, noise = rng.normal(size=(200_000, 1)), rng.normal(size=(200_000, 4))
    equal = pd.DataFrame(latent + noise)
    assert omega(equal)["estimate"].iloc[0] == pytest.approx(16 / 20, abs=0.005)
    assert alpha(equal)["estimate"].iloc[0] == pytest.approx(16 / 20, abs=0.005)
    loadings = np.array([0.3, 0.6, 0.9, 1.2])
    uneven = pd.DataFrame(latent * loadings + noise)
    assert omega(uneven)["estimate"].iloc[0] == pytest.approx(9 / 13, abs=0.005)
    assert alpha(uneven)["estimate"].iloc[0] < omega(uneven)["estimate"].iloc[0]


def test_weights_say_less_than_equal_ones_and_whole_weights_repeat_respondents():
    items, weight = answers(), np.repeat([1, 3], 100)
    repeated = items.loc[items.index.repeat(weight)]
    assert alpha(items, weight)["estimate"].iloc[0] == pytest.approx(
        alpha(repeated)["estimate"].iloc[0], rel=1e-9
    )
    plain, weighted = alpha(items), alpha(items, weight)
    width = (weighted["ci_high"] - weighted["ci_low"]) / (1 - weighted["estimate"])
    assert width.iloc[0] > ((plain["ci_high"] - plain["ci_low"]) / (1 - plain["estimate"])).iloc[0]


def test_who_misses_an_item_is_left_out():
    items = answers()
    gaps = items.mask(np.arange(200)[:, None] == np.arange(5) * 10)
    kept = items.drop(index=[0, 10, 20, 30, 40])
    pd.testing.assert_frame_equal(item_rest(gaps), item_rest(kept))
    assert alpha(gaps)["n"].iloc[0] == 195


def test_items_that_cannot_be_measured_are_refused():
    items = answers()
    with pytest.raises(ValueError, match="1 items, 200 respondents with all of them; expected two items"):
        alpha(items[["q1"]])
    with pytest.raises(ValueError, match="2 items, expected three or more"):
        omega(items[["q1", "q2"]])
    with pytest.raises(ValueError, match="q3: the same answer from everyone"):
        item_rest(items.assign(q3=4))
    with pytest.raises(ValueError, match="0 respondents"):
        alpha(items.assign(q3=np.nan))


def test_intraclass_correlation_of_groups():
    rng = np.random.default_rng(2)
    group = np.repeat(np.arange(2000), 4)
    values = rng.normal(size=2000)[group] + rng.normal(size=8000)
    found = icc(values, group).iloc[0]
    assert found["estimate"] == pytest.approx(0.5, abs=0.03) and found["ci_low"] < 0.5 < found["ci_high"]
    assert found["reliability"] == pytest.approx(0.8, abs=0.03) and found["group_size"] == pytest.approx(4)
    values[3] = np.nan
    assert icc(values, group)["n"].iloc[0] == 7999
    with pytest.raises(ValueError, match="4 values in 4 groups, expected two groups or more"):
        icc([1, 2, 3, 4], list("abcd"))


def test_one_factor_fits_what_one_factor_made_and_agrees_with_statsmodels():
    loading = np.array([0.8, 0.7, 0.6, 0.5])
    exact = np.outer(loading, loading)
    np.fill_diagonal(exact, 1)
    found = one_factor(exact, 300)
    assert found[["chi2", "df", "cfi", "rmsea", "srmr"]].to_list() == pytest.approx([0, 2, 1, 0, 0], abs=1e-5)
    other = exact.copy()
    other[0, 1] = other[1, 0] = 0.8
    model = Factor(corr=other, n_factor=1, method="ml", nobs=300).fit()
    implied = model.loadings @ model.loadings.T + np.diag(model.uniqueness)
    misfit = np.linalg.slogdet(implied)[1] - np.linalg.slogdet(other)[1]
    misfit += np.trace(np.linalg.solve(implied, other)) - 4
    found, null = one_factor(other, 300), -299 * np.linalg.slogdet(other)[1]
    assert found["chi2"] == pytest.approx(299 * misfit, rel=1e-4)  # statsmodels stops there
    assert found["cfi"] == pytest.approx(1 - (found["chi2"] - 2) / (null - 6))
    assert found["rmsea"] == pytest.approx(np.sqrt((found["chi2"] - 2) / 2 / 299))
    assert found["srmr"] == pytest.approx(
        np.sqrt(((other - implied)[np.tril_indices(4)] ** 2).mean()), rel=1e-3
    )


def test_no_factor_fits_more_items_than_respondents():
    answers = np.random.default_rng(1).normal(size=(6, 8))
    with pytest.raises(NotEstimableError, match="follow from the others") as found:
        one_factor(np.corrcoef(answers, rowvar=False), 6)
    assert found.value.reason == "dependent"


def searched(correlation, monkeypatch):
    """Return the likelihood of unique variances in logarithms, and what the search for its top returns."""
    seen = []

    def spy(likelihood, *arguments):
        seen.append(likelihood)
        seen.append(newton(likelihood, *arguments))
        return seen[1]

    monkeypatch.setattr(scores, "newton", spy)
    scores._unique_variances(correlation)
    return seen


def test_unique_variances_are_where_the_derivatives_of_the_likelihood_are_nought(monkeypatch):
    likelihood, (place, information) = searched(np.corrcoef(answers(), rowvar=False), monkeypatch)
    assert np.abs(likelihood(place)[1]).max() < 1e-14
    for at in (place, place - 0.3, place + np.linspace(-0.2, 0.1, 5)):
        for step in 1e-5 * np.eye(5):
            high, low, (_, score, curve) = likelihood(at + step), likelihood(at - step), likelihood(at)
            assert (high[0] - low[0]) / 2e-5 == pytest.approx(score @ step / 1e-5, abs=1e-8)
            np.testing.assert_allclose((low[1] - high[1]) / 2e-5, curve @ step / 1e-5, atol=1e-8)


def test_an_item_without_variance_of_its_own_keeps_the_least():
    latent = np.random.default_rng(1).normal(size=(60, 1))
    items = latent * [1, 1, 1, 1] + np.random.default_rng(2).normal(size=(60, 4)) * [1e-3, 1, 1, 1]
    correlation = np.corrcoef(items, rowvar=False)
    unique = scores._unique_variances(correlation)
    assert unique[0] == pytest.approx(0.005, rel=1e-12) and (unique[1:] > 0.1).all()
    noise = np.random.default_rng(3).normal(size=(4, 4)) * 1e-13
    again = scores._unique_variances(correlation + noise + noise.T - 2 * np.diag(np.diag(noise)))
    np.testing.assert_allclose(again, unique, rtol=1e-10)


def test_the_reliability_of_a_difference_is_the_share_of_true_differences_in_its_variance():
    rng = np.random.default_rng(3)
    true = rng.normal(0, [4, 3], (200_000, 2)) + rng.normal(0, 5, (200_000, 1))
    error = np.array([2.0, 1.5])
    seen = true + rng.normal(0, error, true.shape)
    variance = seen.var(axis=0)
    reliability = 1 - error**2 / variance
    found = composite_reliability(reliability, variance, [1, -1], (seen[:, 0] - seen[:, 1]).var())
    assert found == pytest.approx((true[:, 0] - true[:, 1]).var() / (seen[:, 0] - seen[:, 1]).var(), abs=0.01)
    assert found < reliability.min(), "what scores share is no part of their difference"
