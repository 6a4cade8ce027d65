"""The intraclass correlation and shares in groups, against textbook formulas and statsmodels itself."""

import warnings
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy.optimize import brentq
from scipy.special import betaln, expit
from scipy.stats import beta, chi2, multivariate_normal
from scipy.stats import f as f_distribution
from statsmodels.tools.sm_exceptions import ConvergenceWarning

from doorgroeien.measurement import multilevel
from doorgroeien.measurement.multilevel import (
    Profile,
    beta_binomial,
    beta_binomial_curve,
    intraclass,
    pair_products,
)


def drawn(rho, groups=60, size=5, seed=1):
    random = np.random.default_rng(seed)
    town = np.repeat(np.arange(groups), size)
    score = np.sqrt(rho) * random.standard_normal(groups)[town] + np.sqrt(1 - rho) * random.standard_normal(
        len(town)
    )
    return pd.DataFrame({"town": town, "role": np.tile(list("aabbb"), groups), "score": score})


def test_in_balanced_data_it_is_that_of_the_analysis_of_variance():
    frame, size = drawn(0.4), 5
    means = frame.groupby("town")["score"].mean()
    within = ((frame["score"] - frame["town"].map(means)) ** 2).sum() / (len(frame) - len(means))
    between = size * ((means - means.mean()) ** 2).sum() / len(means)  # by maximum likelihood
    found = intraclass(frame, "score ~ 1", "town")
    assert found["estimate"] == pytest.approx((between - within) / (between + (size - 1) * within), rel=1e-9)
    assert found["refused"] == "" and found["people"] == size and found["n"] == len(frame)
    assert 0 < found["ci_low"] < found["estimate"] < found["ci_high"] < 1


def test_means_of_groups_vary_by_the_design_effect_and_are_as_reliable_as_the_rest_of_it_is_truth():
    found = intraclass(drawn(0.4, groups=4000), "score ~ 1", "town")
    variance = drawn(0.4, groups=4000).groupby("town")["score"].mean().var()
    assert 5 * variance == pytest.approx(found["effect"], rel=0.05)  # people have a variance of one
    assert found["reliability"] == pytest.approx(0.4 / variance, rel=0.05)


def profile(frame, role=True):
    x = np.column_stack([np.ones(len(frame)), *([frame["role"] == "b"] if role else [])])
    return Profile(frame["score"].to_numpy(), x, pd.factorize(frame["town"])[0])


def test_the_likelihood_is_that_of_statsmodels_at_its_maximum():
    frame = drawn(0.3).sample(frac=0.8, random_state=2)
    fit = smf.mixedlm("score ~ role", frame, groups="town").fit(reml=False)
    variance = float(fit.cov_re.iloc[0, 0])
    assert profile(frame)(variance / (variance + fit.scale)) == pytest.approx(fit.llf, abs=1e-6)


def test_the_estimate_is_the_highest_point_of_the_likelihood_and_not_where_statsmodels_stops():
    frame = drawn(0.3).sample(frac=0.8, random_state=2)
    found, likelihood = intraclass(frame, "score ~ role", "town"), profile(frame)
    step = 1e-4
    rise, fall = (likelihood.slope(found["estimate"] + way * step) for way in (-1, 1))
    assert abs(likelihood.slope(found["estimate"])) < 1e-9 * (rise - fall) / step
    for rho in (0.05, 0.3, 0.7):
        numeric = (likelihood(rho + step) - likelihood(rho - step)) / (2 * step)
        assert likelihood.slope(rho) == pytest.approx(numeric, rel=1e-4)


def test_the_interval_falls_by_as_much_as_chi_square_asks():
    frame = drawn(0.3)
    found, likelihood = intraclass(frame, "score ~ role", "town", level=0.9), profile(frame)
    for end in ("ci_low", "ci_high"):
        drop = likelihood(found["estimate"]) - likelihood(found[end])
        assert 2 * drop == pytest.approx(2.705543454095404, rel=1e-9)


def with_ratio(ratio, rho, groups=60, size=5):
    """Return balanced data with this ratio of the sums of squares between and within groups.

    Each sum is over what an ICC of ``rho`` makes of its squares.
    """
    frame = drawn(rho, groups, size)
    means = frame.groupby("town")["score"].transform("mean")
    between, within = means - means.mean(), frame["score"] - means
    between *= np.sqrt(ratio * (1 + (size - 1) * rho) / (between**2).sum())
    within *= np.sqrt((1 - rho) / (within**2).sum())
    return frame.assign(score=(between + within) * np.sqrt(groups * (size - 1)))


@pytest.mark.parametrize("rho", [0.2, 0.3, 0.6])
def test_it_covers_the_truth_as_often_as_it_promises(rho):
    # In balanced data the likelihood depends on the ratio r of both sums alone, and whatever the ICC,
    # r (n - k) / (k - 1) has the distribution F(k - 1, n - k). With x = r / (1 + r), twice the log-likelihood
    # of the true ICC is k log(x) + (n - k) log(1 - x) plus a constant, highest at x = k / n. The interval
    # holds the truth between the two x where that is lower by the quantile of chi-square, so how often it
    # does so is known exactly.
    k, n = 60, 300

    def height(x):
        return k * np.log(x) + (n - k) * np.log1p(-x)

    def gap(x):
        return height(x) - height(k / n) + chi2.ppf(0.95, 1)

    low, high = (x / (1 - x) for x in (brentq(gap, 1e-9, k / n), brentq(gap, k / n, 1 - 1e-9)))
    below, above = f_distribution.cdf(np.array([low, high]) * (n - k) / (k - 1), k - 1, n - k)
    assert above - below == pytest.approx(0.947, abs=5e-4)  # of 0.95, which it has with ever more groups
    # These are the data in which the interval ends at the truth; a little nearer to the middle it holds it.
    assert intraclass(with_ratio(low, rho), "score ~ 1", "town")["ci_high"] == pytest.approx(rho, abs=1e-6)
    assert intraclass(with_ratio(high, rho), "score ~ 1", "town")["ci_low"] == pytest.approx(rho, abs=1e-6)
    for ratio in (low * 1.01, high / 1.01):
        found = intraclass(with_ratio(ratio, rho), "score ~ 1", "town")
        assert found["ci_low"] < rho < found["ci_high"]


def test_a_fit_on_the_boundary_is_refused():
    frame = drawn(0.0)
    frame["score"] -= frame["town"].map(frame.groupby("town")["score"].mean())
    found = intraclass(frame, "score ~ 1", "town")
    assert found["refused"] == "variance of groups at nought" and found["ci_low"] == 0


@pytest.mark.parametrize(("away", "llf"), [(0.01, -1.0), (0.0, np.nan)])
def test_a_fit_of_statsmodels_that_ends_elsewhere_or_nowhere_is_refused(monkeypatch, away, llf):
    frame = drawn(0.5)
    best = intraclass(frame, "score ~ 1", "town")["estimate"]
    elsewhere = SimpleNamespace(llf=llf, cov_re=[[best - away]], scale=1 - best + away)
    monkeypatch.setattr(multilevel.MixedLM, "fit", lambda model, reml: elsewhere)
    assert intraclass(frame, "score ~ 1", "town")["refused"] == "not the maximum of the likelihood"


def test_what_statsmodels_warns_of_is_judged_by_where_it_ends_and_stops_no_build(monkeypatch):
    """Near the boundary it warns also where it found the maximum."""
    fitted = multilevel.MixedLM.fit

    def warning(self, **options):
        text = "The MLE may be on the boundary of the parameter space."
        warnings.warn(text, ConvergenceWarning, stacklevel=2)
        return fitted(self, **options)

    monkeypatch.setattr(multilevel.MixedLM, "fit", warning)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert intraclass(drawn(0.4), "score ~ 1", "town")["refused"] == ""


def test_an_outcome_without_variation_beside_the_terms_is_refused_and_groups_may_be_all_alike():
    frame = drawn(0.3)
    with pytest.raises(ValueError, match="the terms leave nothing of the outcome. Leave some out"):
        intraclass(frame.assign(score=frame["role"] == "a"), "score ~ role", "town")
    alike = frame.assign(score=frame["town"] % 7 + 1e-3 * frame["score"])
    found = intraclass(alike, "score ~ 1", "town")
    assert found["estimate"] > 0.999 or found["ci_high"] == 1


def test_groups_of_one_say_nothing_of_how_alike_they_are():
    frame = drawn(0.3).drop_duplicates("town")
    found = intraclass(frame, "score ~ 1", "town")
    assert found["refused"] == "variance of groups at nought"
    assert [found[end] for end in ("estimate", "ci_low", "ci_high")] == [0, 0, 1]


def test_who_misses_a_variable_or_the_group_is_left_out():
    frame = drawn(0.3).assign(town=lambda frame: frame["town"].astype(float))
    gaps = frame.copy()
    gaps.loc[0, "score"], gaps.loc[7, "role"], gaps.loc[11, "town"] = np.nan, None, np.nan
    found, expected = (
        intraclass(one, "score ~ role", "town") for one in (gaps, frame.drop(index=[0, 7, 11]))
    )
    assert found.pop("refused") == expected.pop("refused") == ""
    assert found == pytest.approx(expected, rel=1e-12)


def test_the_product_of_a_group_is_that_of_all_its_pairs_of_people():
    frame = drawn(0.3).sample(frac=0.7, random_state=3)
    frame.loc[frame.index[0], "score"] = np.nan
    found = pair_products(frame.sort_values("role", kind="stable"), "score", "role", "town")
    known = frame.dropna()
    spread = known.groupby("role")["score"]
    z = (known["score"] - spread.transform("mean")) / spread.transform("std")
    assert list(found) == [("a", "b"), ("a", "a"), ("b", "b")]
    for town, people in known.groupby("town"):
        pairs = {pair: [] for pair in found}
        for one, other in combinations(sorted(people.index, key=known["role"].get), 2):
            pairs[known["role"][one], known["role"][other]].append(z[one] * z[other])
        for pair, products in pairs.items():
            expected = np.mean(products) if products else np.nan
            assert found.at[town, pair] == pytest.approx(expected, nan_ok=True)


def test_the_mean_product_is_the_correlation_of_two_people_and_roles_of_one_person_have_none():
    products = pair_products(drawn(0.3, groups=20_000), "score", "role", "town")
    np.testing.assert_allclose(products.mean(), 0.3, atol=0.02)
    alone = pair_products(drawn(0.3).drop_duplicates(["town", "role"]), "score", "role", "town")
    assert list(alone) == [("a", "b")]


def shares(seed, count=80):
    random = np.random.default_rng(seed)
    asked = random.integers(1, 6, count)
    return random.binomial(asked, random.beta(1.5, 3, count)), asked, random.uniform(1, 3, count)


def test_the_spread_of_shares_is_where_the_beta_binomial_likelihood_is_highest():
    yes, asked, weight = shares(1)

    def likelihood(place):
        a, b = expit(place[0]) * np.exp(place[1]), expit(-place[0]) * np.exp(place[1])
        return weight @ (betaln(yes + a, asked - yes + b) - betaln(a, b))

    best = beta_binomial(yes, asked, weight)
    for start in ((-3.0, 4.0), (3.0, -2.0)):
        np.testing.assert_allclose(beta_binomial(yes, asked, weight, start), best, rtol=1e-10)
    around = best + 1e-3 * multivariate_normal(np.zeros(2)).rvs(50, random_state=1)
    assert likelihood(best) > max(map(likelihood, around))
    slope = [(likelihood(best + step) - likelihood(best - step)) / 2e-4 for step in 1e-4 * np.eye(2)]
    assert np.abs(slope).max() < 1e-4


def test_the_spread_of_shares_finds_the_distribution_they_were_drawn_from():
    mean, total = beta_binomial(*shares(2, 20_000))
    assert expit(mean) == pytest.approx(1 / 3, abs=0.01) and np.exp(total) == pytest.approx(4.5, abs=0.4)


def test_the_spread_of_shares_stays_within_its_bounds_and_needs_groups_of_two():
    ones = np.ones(9)
    assert beta_binomial(np.tile([0, 1, 2], 3), 2 * ones, ones + [0, 9, 0] * 3)[1] == 6
    assert beta_binomial(2 * ones, 2 * ones, ones)[0] == 7
    with pytest.raises(ValueError, match="no group with two answers or more"):
        beta_binomial(ones, ones, ones)


def test_the_curve_is_the_tail_of_the_fitted_distribution_whatever_the_order_of_groups():
    yes, asked, weight = shares(1)
    at = np.array([0, 0.25, 0.5, 1])
    curve = beta_binomial_curve(yes, asked, weight, at, seed=1, draws=20)
    place = beta_binomial(yes, asked, weight)
    a, b = expit(place[0]) * np.exp(place[1]), expit(-place[0]) * np.exp(place[1])
    np.testing.assert_allclose(curve["estimate"], beta.sf(at, a, b), rtol=1e-9)
    assert (curve["ci_low"] <= curve["estimate"]).all() and (curve["estimate"] <= curve["ci_high"]).all()
    again = beta_binomial_curve(yes[::-1], asked[::-1], weight[::-1], at, seed=1, draws=20)
    np.testing.assert_allclose(again, curve, rtol=1e-9)


def test_the_band_of_the_curve_is_as_wide_as_samples_differ():
    at, found = np.array([0.3, 0.6]), [shares(seed, 300) for seed in range(40)]
    ones = [(yes, asked, np.ones(300)) for yes, asked, _ in found]
    estimates = [beta_binomial_curve(*one, at, seed=1, draws=1)["estimate"] for one in ones]
    band = beta_binomial_curve(*ones[0], at, seed=1, draws=200)
    width = (band["ci_high"] - band["ci_low"]) / (2 * 1.96)
    np.testing.assert_allclose(width, np.std(estimates, axis=0), rtol=0.4)
