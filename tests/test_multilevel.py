"""The intraclass correlation, against textbook formulas and statsmodels itself."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from doorgroeien.multilevel import intraclass, profile


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
    assert found["estimate"] == pytest.approx((between - within) / (between + (size - 1) * within), abs=1e-4)
    assert found["refused"] == "" and found["people"] == size and found["n"] == len(frame)
    assert 0 < found["ci_low"] < found["estimate"] < found["ci_high"] < 1


def test_the_likelihood_is_that_of_statsmodels_at_its_maximum():
    frame = drawn(0.3).sample(frac=0.8, random_state=2)
    model = smf.mixedlm("score ~ role", frame, groups="town")
    fit = model.fit(reml=False)
    variance = float(fit.cov_re.iloc[0, 0])
    assert profile(model)(variance / (variance + fit.scale)) == pytest.approx(fit.llf, abs=1e-6)


def test_the_interval_falls_by_as_much_as_chi_square_asks():
    frame = drawn(0.3)
    found = intraclass(frame, "score ~ role", "town", level=0.9)
    likelihood = profile(smf.mixedlm("score ~ role", frame, groups="town"))
    for end in ("ci_low", "ci_high"):
        drop = likelihood(found["estimate"]) - likelihood(found[end])
        assert 2 * drop == pytest.approx(2.70554, abs=1e-3)


def test_it_covers_the_truth_as_often_as_it_promises():
    ends = [intraclass(drawn(0.3, seed=seed), "score ~ 1", "town") for seed in range(100)]
    assert sum(end["ci_low"] < 0.3 < end["ci_high"] for end in ends) >= 88


def test_a_fit_on_the_boundary_is_refused():
    frame = drawn(0.0)
    frame["score"] -= frame["town"].map(frame.groupby("town")["score"].mean())
    found = intraclass(frame, "score ~ 1", "town")
    assert found["refused"] == "variance of groups at nought" and found["ci_low"] == 0
