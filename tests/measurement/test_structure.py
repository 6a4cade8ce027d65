"""What variables have in common, against numpy and samples whose structure is known."""

import numpy as np
import pandas as pd
import pytest

from doorgroeien.measurement.structure import correlations, effective_size, parallel_analysis


def sample(rows, loading, seed=1, columns=6):
    random = np.random.default_rng(seed)
    common, own = random.normal(size=(rows, 1)), random.normal(size=(rows, columns))
    return pd.DataFrame(loading * common + np.sqrt(1 - loading**2) * own, columns=list("abcdefgh")[:columns])


def test_without_gaps_correlations_are_the_weighted_ones():
    values = sample(80, 0.6)
    weight = pd.Series(np.random.default_rng(2).uniform(1, 5, 80))
    covariance = np.cov(values, rowvar=False, aweights=weight)
    spread = np.sqrt(np.diag(covariance))
    found = correlations(values, weight)
    np.testing.assert_allclose(found, covariance / np.outer(spread, spread), atol=1e-9)
    assert list(found.index) == list(found.columns) == list(values)


def test_weights_are_taken_by_label_and_gaps_are_allowed():
    values, weight = sample(400, 0.6), pd.Series(1.0, range(400))
    gaps = values.mask(np.random.default_rng(3).random(values.shape) < 0.1)
    found = correlations(gaps, weight.iloc[::-1])
    assert np.abs(found - correlations(values, weight)).max(axis=None) < 0.08
    np.testing.assert_allclose(np.diag(found), 1)


def test_equal_weights_count_every_case_and_one_heavy_case_counts_nearly_alone():
    assert effective_size([2.0] * 10) == pytest.approx(10)
    assert effective_size([1000.0, 1, 1, 1]) == pytest.approx(1, abs=0.01)
    assert effective_size([1, 2, 3]) == pytest.approx(36 / 14)


def test_one_common_factor_is_one_component_and_independent_variables_hold_none():
    values, found = parallel_analysis(sample(300, 0.7).corr(), 300)
    assert found == 1 and values[0] > values[1] and values.sum() == pytest.approx(6)
    assert parallel_analysis(np.eye(6), 300)[1] == 0
    pairs = pd.concat([sample(300, 0.8, 4, 3), sample(300, 0.8, 5, 3)], axis=1)
    assert parallel_analysis(np.corrcoef(pairs, rowvar=False), 300)[1] == 2


def test_a_component_after_a_weak_one_does_not_count():
    weak_then_all = np.diag([1.0] * 4)
    assert parallel_analysis(weak_then_all, 50, draws=50)[1] == 0


def test_in_few_cases_chance_alone_makes_the_eigenvalue_that_many_cases_would_not():
    correlation = sample(10_000, 0.35).corr()
    assert [parallel_analysis(correlation, size, draws=100)[1] for size in (25, 2000)] == [0, 1]
