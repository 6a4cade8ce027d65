"""How often intervals of proportions hold the truth, against published numbers and a simulation."""

import numpy as np
import pytest

from doorgroeien.estimation.intervals import METHODS, TEXTBOOK, coverage, proportion_interval


@pytest.mark.parametrize(
    ("share", "n", "expected"), [(0.2, 30, 0.946), (0.2, 98, 0.928), (0.5, 17, 0.951), (0.5, 18, 0.904)]
)
def test_the_textbook_interval_covers_as_published(share, n, expected):
    # Brown, Cai and DasGupta (2001), examples one and two.
    assert coverage([share], n, TEXTBOOK) == pytest.approx([expected], abs=5e-4)


def test_the_exact_interval_never_covers_less_than_it_promises_and_the_textbook_one_does_near_one():
    truths = np.linspace(0.8, 0.995, 40)
    assert coverage(truths, 30, "beta").min() >= 0.95 and coverage(truths, 30, "beta", 0.8).min() >= 0.8
    assert coverage(truths, 30, TEXTBOOK).min() < 0.2


@pytest.mark.parametrize("method", METHODS)
def test_the_coverage_is_the_share_of_samples_whose_interval_holds_the_truth(method):
    n, truth = 25, 0.87
    yes = np.random.default_rng(1).binomial(n, truth, 20_000)
    share, size = yes / n, np.full(len(yes), float(n))
    low, high = proportion_interval(share, share * (1 - share) / n, size, size, size - 1, method)
    expected = ((low <= truth) & (truth <= high)).mean()
    assert coverage([truth], n, method) == pytest.approx([expected], abs=0.01)


def test_an_unknown_method_is_an_error():
    with pytest.raises(ValueError, match="method 'walt' is unknown"):
        coverage([0.5], 10, "walt")
