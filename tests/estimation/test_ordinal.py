"""Proportional odds: what must hold for any sample, an independent route to the variance, and refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import t as student

from doorgroeien.estimation.design import Design
from doorgroeien.estimation.ordinal import coarsened, odds_ratios

VALUES = ["estimate", "se", "ci_low", "ci_high", "df", "n", "deff"]
TESTS = ["statistic", "df_num", "df_den", "p_value", "n"]
GRADES = ["poor", "fair", "good", "best"]
TWO_STAGES = {"stratum": "stratum", "unit": ["unit", "person"], "population": ["units", "people"]}
seeds = st.integers(0, 10_000)
many = settings(max_examples=15, deadline=None)


def draw(seed, units=25, missing=0.1):
    """Return a two-stage sample of three strata, whose ``code`` 1 to 4 follows a proportional-odds model."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"unit": np.arange(3 * units).repeat(4)})
    count = len(frame)
    frame["stratum"] = np.array(list("abc"))[frame["unit"] % 3]
    frame["person"] = np.arange(count)
    frame["units"], frame["people"] = units + 2, 9
    frame["weight"] = rng.uniform(0.5, 4, count)
    frame["x"] = rng.gamma(3, 2, count)
    frame["role"] = rng.choice(["alderman", "manager", "staff"], count)
    latent = 0.2 * frame["x"] + rng.normal(0, 0.5, 3 * units)[frame["unit"]] + rng.logistic(size=count)
    frame["code"] = 1.0 + np.digitize(latent, [0, 1.2, 2.4])
    frame.loc[rng.uniform(size=count) < missing, "code"] = np.nan
    frame["grade"] = pd.Categorical.from_codes(frame["code"].fillna(0).astype(int) - 1, GRADES, ordered=True)
    return frame


def same(one, other, columns=VALUES, rtol=1e-9):
    np.testing.assert_allclose(one[columns], other[columns], rtol=rtol, atol=1e-9)


@many
@given(seeds, st.floats(1e-3, 1e6))
def test_the_scale_of_weights_does_not_matter(seed, factor):
    data = draw(seed)
    scaled = data.assign(weight=data["weight"] * factor)
    one, other = (Design(part, "weight", "stratum", "unit") for part in (data, scaled))
    same(one.ordinal("grade ~ x + role"), other.ordinal("grade ~ x + role"))
    same(one.parallel("grade ~ x + role"), other.parallel("grade ~ x + role"), TESTS, 1e-8)


@many
@given(seeds)
def test_the_order_of_rows_and_the_names_of_strata_units_and_categories_do_not_matter(seed):
    data = draw(seed)
    renamed = data.sample(frac=1, random_state=seed).assign(
        stratum=lambda frame: frame["stratum"].map({"a": 9, "b": 2, "c": 5}),
        unit=lambda frame: frame["unit"].astype(str) + "z",
    )
    one, other = Design(data, weight="weight", **TWO_STAGES), Design(renamed, weight="weight", **TWO_STAGES)
    named, coded = one.ordinal("grade ~ x + role"), other.ordinal("code ~ x + role")
    same(named, coded)
    assert list(named["term"][-3:]) == ["poor|fair", "fair|good", "good|best"]
    assert list(coded["term"][-3:]) == ["1|2", "2|3", "3|4"]
    same(one.parallel("grade ~ x + role"), other.parallel("code ~ x + role"), TESTS, 1e-8)


@many
@given(seeds)
def test_turning_the_order_round_turns_the_signs(seed):
    data = draw(seed)
    design = Design(data.assign(turned=5 - data["code"]), weight="weight", **TWO_STAGES)
    there, back = design.ordinal("code ~ x + role"), design.ordinal("turned ~ x + role")
    order = [0, 1, 2, 5, 4, 3]
    np.testing.assert_allclose(back["estimate"], -there["estimate"].to_numpy()[order], rtol=1e-9)
    np.testing.assert_allclose(
        back.attrs["covariance"], there.attrs["covariance"][np.ix_(order, order)], rtol=1e-8, atol=1e-12
    )
    same(design.parallel("code ~ x + role"), design.parallel("turned ~ x + role"), TESTS, 1e-8)


@many
@given(seeds, st.floats(1e-4, 1e4), st.floats(-5, 5))
def test_units_of_a_term_scale_its_slope_and_shift_the_cut_points(seed, factor, shift):
    data = draw(seed)
    other = data.assign(x=(data["x"] + shift) * factor)
    one, other = (Design(part, weight="weight", **TWO_STAGES) for part in (data, other))
    before, after = one.ordinal("code ~ x"), other.ordinal("code ~ x")
    slope = before["estimate"][0]
    np.testing.assert_allclose(after["estimate"][0] * factor, slope, rtol=1e-9)
    np.testing.assert_allclose(after["estimate"][1:], before["estimate"][1:] + slope * shift, rtol=1e-8)
    np.testing.assert_allclose(after["se"][0] * factor, before["se"][0], rtol=1e-9)
    same(one.parallel("code ~ x"), other.parallel("code ~ x"), TESTS, 1e-8)


@pytest.mark.parametrize("calibrated", [False, True])
def test_without_terms_the_cut_points_are_log_odds_of_shares(calibrated):
    design = Design(draw(1), weight="weight", **TWO_STAGES)
    if calibrated:
        design = design.calibrate({"stratum": {"a": 200, "b": 250, "c": 300}})
    shares = design.mean("grade")
    odds = {
        str(cut): lambda share, cut=cut: np.log(share[:cut].sum() / share[cut:].sum()) for cut in (1, 2, 3)
    }
    expected, found = design.contrast(shares, odds), design.ordinal("grade ~ 1")
    same(expected, found, ["estimate", "se", "ci_low", "df"], 1e-9)
    np.testing.assert_allclose(found.attrs["covariance"], expected.attrs["covariance"], rtol=1e-9)
    assert (found["n"] == shares["n"][0]).all()


def test_a_positive_slope_goes_with_higher_categories():
    found = Design(draw(2, units=400)).ordinal("grade ~ x")
    assert found["estimate"][0] == pytest.approx(0.2, abs=0.05)
    np.testing.assert_array_less(found["estimate"][1:3], found["estimate"][2:])


def probabilities(theta, x, y):
    """Return the probability of each answer as the model defines it; also for complex numbers."""
    width = x.shape[1]
    at_most = 1 / (1 + np.exp((x @ theta[:width])[:, None] - theta[width:]))
    padded = np.hstack([np.zeros((len(x), 1)), at_most, np.ones((len(x), 1))])
    return padded[np.arange(len(x)), y + 1] - padded[np.arange(len(x)), y]


def test_the_variance_is_the_sandwich_of_numeric_derivatives():
    data = draw(3)
    found = Design(data, "weight", "stratum", "unit").ordinal("code ~ x + role")
    theta, used = found["estimate"].to_numpy(), data.dropna(subset="code")
    x = np.column_stack([used["x"], used["role"] == "manager", used["role"] == "staff"]).astype(float)
    y, weight = used["code"].to_numpy(dtype=int) - 1, used["weight"].to_numpy()

    def scores(at):
        return np.array(
            [
                weight * np.log(probabilities(at + 1e-30j * step, x, y)).imag / 1e-30
                for step in np.eye(len(at))
            ]
        ).T

    assert np.abs(scores(theta).sum(axis=0)).max() < 1e-9
    width = 1e-5
    hessian = np.array(
        [
            (scores(theta + width * step) - scores(theta - width * step)).sum(axis=0) / (2 * width)
            for step in np.eye(len(theta))
        ]
    )
    z = pd.DataFrame(scores(theta) @ np.linalg.inv(-hessian), index=used.index).reindex(data.index).fillna(0)
    units = z.groupby([data["stratum"], data["unit"]]).sum()
    covariance = sum(rows.cov() * len(rows) for _, rows in units.groupby(level=0))
    np.testing.assert_allclose(
        found.attrs["covariance"], covariance, rtol=1e-6, atol=1e-6 * np.abs(covariance.to_numpy()).max()
    )


def test_replicates_come_near_the_linearised_variance():
    design = Design(draw(4, units=40), weight="weight", **TWO_STAGES)
    linear = design.ordinal("grade ~ x + role")
    for replicated in (design.replicate("jackknife"), design.replicate("bootstrap", replicates=300, seed=1)):
        found = replicated.ordinal("grade ~ x + role")
        same(linear, found, ["estimate", "n"])
        np.testing.assert_allclose(found["se"], linear["se"], rtol=0.15)
        tests, own = replicated.parallel("grade ~ x + role"), design.parallel("grade ~ x + role")
        np.testing.assert_allclose(tests["statistic"], own["statistic"], rtol=0.4, atol=0.05)


def test_missing_values_and_weights_of_zero_make_a_domain():
    data = draw(5)
    lost = data["code"].isna()
    zero = data.assign(weight=data["weight"].mask(lost, 0), code=data["code"].fillna(9))
    one, other = (Design(part, weight="weight", **TWO_STAGES) for part in (data, zero))
    for method, columns in (("ordinal", VALUES), ("parallel", TESTS)):
        same(getattr(one, method)("code ~ x"), getattr(other, method)("code ~ x"), columns, 1e-9)
    fewer = Design(data[~lost], weight="weight", **TWO_STAGES).ordinal("code ~ x")
    assert (fewer["se"] != one.ordinal("code ~ x")["se"]).all(), "who does not answer stays in the sample"


def test_slopes_on_a_steep_scale_keep_their_digits():
    rng = np.random.default_rng(6)
    x = rng.normal(0, 30, 2000)
    code = np.digitize(x + rng.logistic(size=2000), [-40, 0, 40])
    found = Design(pd.DataFrame({"x": x, "code": code})).ordinal("code ~ x")
    assert found["estimate"][0] == pytest.approx(1, abs=0.2)
    turned = Design(pd.DataFrame({"x": -x, "code": 3 - code})).ordinal("code ~ x")
    slope, *cuts = turned["estimate"]
    np.testing.assert_allclose(found["estimate"], [slope, *np.negative(cuts[::-1])], rtol=1e-9)


def test_the_test_of_parallel_slopes_keeps_its_level_and_has_power():
    rng = np.random.default_rng(7)
    found = []
    for _ in range(300):
        frame = pd.DataFrame({"unit": np.arange(60).repeat(6), "x": rng.normal(size=360)})
        latent = frame["x"] + rng.normal(0, 0.5, 60)[frame["unit"]] + rng.logistic(size=360)
        design = Design(frame.assign(y=np.digitize(latent, [-1, 1])), unit="unit")
        found.append(design.parallel("y ~ x")["p_value"].iloc[-1])
    assert 0.02 < np.mean(np.array(found) < 0.05) < 0.09
    chance = expit(np.outer([0.2, 1.5], frame["x"]) + [[1.5], [-1.5]])
    crossed = (rng.uniform(size=360) < chance).sum(axis=0)
    tests = Design(frame.assign(y=crossed), unit="unit").parallel("y ~ x")
    assert list(tests["term"]) == ["x", "all"] and (tests["p_value"] < 0.01).all()


def test_too_few_units_leave_the_test_of_all_slopes_missing():
    data = draw(8)
    tests = Design(data.assign(unit=data["unit"] % 5), "weight", unit="unit").parallel("code ~ x + role")
    assert list(tests["df_num"]) == [2, 2, 2, 6] and (tests["df_den"] == 5 - 1 - 3).all()
    assert tests["p_value"][:3].between(0, 1).all()
    assert tests.loc[3, ["statistic", "p_value"]].isna().all()


def test_outcomes_that_have_no_order_are_refused_with_the_remedy():
    data = draw(9)
    data["unordered"] = data["grade"].cat.as_unordered()
    data["two"] = (data["code"] > 2).astype(int)
    data["gap"] = data["grade"].cat.add_categories("never")
    data["part"] = data["code"] + 0.5
    design = Design(data, weight="weight")
    for method in (design.ordinal, design.parallel):
        for outcome, message in (
            ("role", "column 'role' has no order, expected ordered categories or whole numbers. Make it"),
            ("unordered", "column 'unordered' has no order"),
            ("two", "2 categories, expected three or more. For two, use regress with family='logit'"),
            (
                "gap",
                "column 'gap': no answers in never among rows that have all variables, expected some in each",
            ),
            ("part", "column 'part' holds 1.5, expected whole numbers. Recode it"),
            ("grad", "column 'grad' is not in the data. Choose one such as grade"),
            ("np.round(code)", "is not in the data"),
        ):
            with pytest.raises(ValueError, match=message.replace("(", r"\(").replace(")", r"\)")):
                method(f"{outcome} ~ x")


def test_models_without_an_answer_are_refused_with_the_reason():
    data = draw(10)
    data["twice"] = data["x"] * 2
    data["sure"], data["best"] = data["code"], data["code"] == 4
    data["x0"] = data["x"].where(data["x"] > data["x"].median(), 0.0)
    design = Design(data, weight="weight")
    for method in (design.ordinal, design.parallel):
        with pytest.raises(ValueError, match=r"terms (x|twice) follow from the others"):
            method("code ~ x + twice")
        with pytest.raises(ValueError, match="cut points are intercepts. Leave out 0"):
            method("code ~ 0 + x")
        for sure in ("sure", "best"):
            with pytest.raises(ValueError, match=f"no finite estimates within reach.*Look at .*{sure}"):
                method(f"code ~ {sure}")
        with pytest.raises(ValueError, match="has no outcome"):
            method("~ x")
        with pytest.raises(ValueError, match="not finite in some row"):
            method("code ~ np.log(x0)")
    with pytest.raises(ValueError, match=r"cut point 1\|2: the model has no finite"):
        design.parallel("code ~ sure")
    with pytest.raises(ValueError, match="has no terms, expected one or more"):
        design.parallel("code ~ 1")


def test_a_replicate_without_a_category_is_refused():
    data = draw(11, missing=0)
    data.loc[data["unit"] != 0, "code"] = data["code"].clip(upper=3)
    data.loc[data["unit"] == 0, "code"] = 4
    design = Design(data, "weight", "stratum", "unit").replicate("jackknife")
    for method in (design.ordinal, design.parallel):
        with pytest.raises(ValueError, match="category 4 has no weight .* Merge it with its neighbour"):
            method("code ~ x")


def test_a_cut_point_without_finite_slopes_is_left_out_of_the_comparison():
    data = draw(5, missing=0).assign(z=lambda frame: frame["x"] > frame["x"].median())
    rng = np.random.default_rng(5)
    data["code"] = rng.integers(1, 4, len(data))
    data.loc[data.index[data["z"]][:2], "code"] = 4  # the highest answer occurs on one side of z alone
    design = Design(data, weight="weight", unit="unit")
    merged = Design(data.assign(code=data["code"].clip(upper=3)), weight="weight", unit="unit")
    found, other = design.parallel("code ~ z"), merged.parallel("code ~ z")
    np.testing.assert_allclose(found[["statistic", "p_value"]], other[["statistic", "p_value"]], rtol=1e-6)
    assert found["df_num"].tolist() == [1, 1]


def test_odds_ratios_are_the_exponents_of_the_slopes_with_the_tests_of_their_assumption():
    design = Design(draw(4), weight="weight", **TWO_STAGES)
    model, check = design.ordinal("grade ~ x + role"), design.parallel("grade ~ x + role")["p_value"]
    found = odds_ratios(design, "grade ~ x + role")
    assert list(found["term"]) == ["x", "role[T.manager]", "role[T.staff]"]
    for name in ("estimate", "ci_low", "ci_high"):
        np.testing.assert_allclose(np.log(found[name]), model[name][:3])
    np.testing.assert_allclose(
        found["p_value"], 2 * student.sf(abs(model["estimate"] / model["se"])[:3], model["df"][:3])
    )
    np.testing.assert_allclose(found["parallel"], check[:3])
    assert (found["parallel_all"] == check[3]).all()


def test_odds_ratios_have_no_check_where_a_term_tells_answers_apart_at_each_cut_point():
    data = draw(4, missing=0)
    data["code"] = data["code"].clip(upper=3)
    middle = data["code"] == 2
    data["known"] = middle * (np.arange(len(data)) % 2.0)
    found = odds_ratios(Design(data, weight="weight", **TWO_STAGES), "code ~ known")
    assert found["parallel"].isna().all() and np.isfinite(found["estimate"]).all()


def test_answers_are_joined_with_neighbours_until_each_group_has_its_share():
    names = ["never", "rarely", "often", "usually", "always"]
    given = ["never"] * 3 + ["rarely"] * 3 + ["often"] * 50 + ["usually"] * 40 + ["always"] * 4
    answers = pd.Series(pd.Categorical([*given, None], names, ordered=True))
    groups = dict(zip(answers[:-1], coarsened(answers)[:-1], strict=True))
    assert groups == {"never": 0, "rarely": 0, "often": 1, "usually": 2, "always": 2}
    assert np.isnan(coarsened(answers).iloc[-1])
    assert coarsened(answers, least=0.01).nunique() == 5
