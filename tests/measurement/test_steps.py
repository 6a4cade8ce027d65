"""Steps in an order: what every case must add up to, and coefficients worked out by hand."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from doorgroeien.measurement.steps import dropouts, guttman_errors, reached, scalability, shapley

STEPS = ["vision", "plan", "goals", "figures"]


@pytest.fixture
def has():
    rows = [[1, 1, 1, 1], [0, 0, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [np.nan] * 4]
    return pd.DataFrame(rows, columns=STEPS)


def test_a_case_reaches_the_steps_before_the_first_that_it_lacks(has):
    assert reached(has).to_numpy()[:4].tolist() == [[1, 1, 1, 1], [0] * 4, [1, 0, 0, 0], [0] * 4]
    assert dropouts(has).to_numpy()[:4].tolist() == [[0] * 4, [1, 0, 0, 0], [0, 1, 0, 0], [1, 0, 0, 0]]
    assert reached(has).iloc[4].isna().all() and dropouts(has).iloc[4].isna().all()


def test_a_share_of_the_dropout_is_its_mean_over_all_orders(has):
    orders = [dropouts(has[list(order)])[STEPS] for order in permutations(STEPS)]
    np.testing.assert_allclose(shapley(has), sum(orders) / len(orders))
    assert shapley(has).sum(axis=1, min_count=1).iloc[:4].tolist() == [0, 1, 1, 1]


def test_errors_count_each_pair_whose_later_step_comes_without_the_earlier(has):
    assert guttman_errors(has).iloc[:4].tolist() == [0, 0, 1, 3]
    assert np.isnan(guttman_errors(has).iloc[4])


def test_steps_are_scalable_where_errors_are_fewer_than_unrelated_steps_would_make(has):
    whole = has.iloc[:4]
    shares, errors = whole.mean().to_numpy(), guttman_errors(whole).mean()
    assert scalability(shares, errors) == pytest.approx(1 - 1.0 / (6 * 0.25))
    rng = np.random.default_rng(1)
    unrelated = pd.DataFrame(rng.uniform(size=(50_000, 4)) < [0.9, 0.7, 0.5, 0.2], columns=STEPS).astype(
        float
    )
    nested = pd.DataFrame(rng.uniform(size=(500, 1)) < [[0.9, 0.7, 0.5, 0.2]], columns=STEPS).astype(float)
    for cases, expected in ((unrelated, 0), (nested, 1)):
        found = scalability(cases.mean().to_numpy(), guttman_errors(cases).mean())
        assert found == pytest.approx(expected, abs=0.01)
