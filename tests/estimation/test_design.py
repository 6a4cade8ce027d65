"""Estimation: what must hold for any sample, and the rules at the edges."""

import math
import warnings
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from scipy.stats import f as f_distribution
from scipy.stats import t as student
from statsmodels.regression.linear_model import WLS
from statsmodels.stats.multitest import multipletests

from doorgroeien.estimation.arrays import aligned, product, sums
from doorgroeien.estimation.columns import Domains, Table
from doorgroeien.estimation.correlation import correlation
from doorgroeien.estimation.design import Design
from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.estimation.estimates import Estimates, average
from doorgroeien.estimation.regression import FAMILIES, fit
from doorgroeien.estimation.significance import corrected, joint, wald
from doorgroeien.estimation.stages import LONELY

TWO_STAGES = {"stratum": "stratum", "unit": ["unit", "person"], "population": ["units", "people"]}
VALUES = ["estimate", "se", "ci_low", "ci_high", "df", "n", "deff"]


def draw(seed, missing=0.1, units=(4, 9), extra=3):
    """Return a two-stage sample of three strata."""
    rng = np.random.default_rng(seed)
    rows = []
    for stratum in "abc":
        count = rng.integers(*units)
        for unit in range(count):
            asked = rng.integers(2, 5)
            level = rng.normal(50, 10)
            for person in range(asked):
                rows.append(
                    (
                        stratum,
                        f"{stratum}{unit}",
                        person,
                        count + extra,
                        asked + rng.integers(0, 1) + 2,
                        level,
                    )
                )
    frame = pd.DataFrame(rows, columns=["stratum", "unit", "person", "units", "people", "level"])
    count = len(frame)
    frame["y"] = frame.pop("level") + rng.normal(0, 5, count)
    frame["x"] = rng.gamma(3, 2, count)
    frame["yes"] = rng.integers(0, 2, count)
    frame["role"] = rng.choice(["alderman", "manager", "staff"], count)
    frame["weight"] = rng.uniform(0.5, 4, count)
    frame.loc[rng.uniform(size=count) < missing, "y"] = np.nan
    return frame


seeds = st.integers(0, 10_000)
many = settings(max_examples=25, deadline=None)


def same(one, other, columns=VALUES, rtol=1e-9):
    np.testing.assert_allclose(one[columns], other[columns], rtol=rtol, atol=1e-12)


@many
@given(seeds, st.floats(1e-3, 1e6))
def test_the_scale_of_weights_changes_totals_and_nothing_else(seed, factor):
    data = draw(seed)
    one = Design(data, weight="weight", stratum="stratum", unit="unit")
    other = Design(
        data.assign(weight=data["weight"] * factor), weight="weight", stratum="stratum", unit="unit"
    )
    same(one.mean(["y", "role"], by="stratum"), other.mean(["y", "role"], by="stratum"))
    same(one.ratio("x", "yes", by="role"), other.ratio("x", "yes", by="role"))
    same(one.quantile("x", by="role"), other.quantile("x", by="role"), ["estimate", "se", "ci_low", "df"])
    same(one.regress("y ~ x + role"), other.regress("y ~ x + role"), rtol=1e-9)
    np.testing.assert_allclose(one.total("y")["se"] * factor, other.total("y")["se"], rtol=1e-9)
    same(one.association("yes", "role"), other.association("yes", "role"), ["statistic", "p_value"], 1e-9)


@many
@given(seeds)
def test_the_order_of_rows_and_the_names_of_strata_and_units_do_not_matter(seed):
    data = draw(seed)
    renamed = data.sample(frac=1, random_state=seed).assign(
        stratum=lambda frame: frame["stratum"].map({"a": 9, "b": 2, "c": 5}),
        unit=lambda frame: frame["unit"] + "z",
    )
    one, other = Design(data, weight="weight", **TWO_STAGES), Design(renamed, weight="weight", **TWO_STAGES)
    for method in ("mean", "total", "proportion"):
        columns = "yes" if method == "proportion" else ["y", "yes"]
        same(getattr(one, method)(columns, by="role"), getattr(other, method)(columns, by="role"))
    same(one.quantile("y", [0.25, 0.5]), other.quantile("y", [0.25, 0.5]))
    same(one.regress("yes ~ x", "logit"), other.regress("yes ~ x", "logit"), rtol=1e-9)
    same(one.compare("x", "yes"), other.compare("x", "yes"), ["statistic", "p_value"], 1e-9)


@many
@given(seeds)
def test_totals_over_domains_add_up_and_so_do_their_covariances(seed):
    design = Design(draw(seed), weight="weight", **TWO_STAGES)
    parts, whole = design.total(["y", "x"], by=["role", "stratum"]), design.total(["y", "x"])
    for variable, rows in parts.groupby("variable", sort=False):
        total = whole[whole["variable"] == variable].iloc[0]
        assert rows["estimate"].sum() == pytest.approx(total["estimate"], rel=1e-12)
        covariance = np.asarray(parts.attrs["covariance"])[np.ix_(rows.index, rows.index)]
        assert covariance.sum() == pytest.approx(total["se"] ** 2, rel=1e-9)
    assert np.linalg.eigvalsh(parts.attrs["covariance"]).min() > -1e-9 * whole["se"].max() ** 2


@many
@given(seeds, st.sampled_from(["poststratify", "rake", "linear", "raking", "logit"]))
def test_calibrated_totals_are_met_without_error_and_the_rest_is_estimated(seed, method):
    data = draw(seed, units=(6, 9))
    base = Design(data, weight="weight", **TWO_STAGES)
    rng = np.random.default_rng(seed)
    margins = {}
    for name in ["role"] if method == "poststratify" else ["role", "stratum"]:
        now = base.total(name)
        margins[name] = dict(
            zip(now["category"], now["estimate"] * rng.uniform(0.95, 1.05, len(now)), strict=True)
        )
        factor = data["weight"].sum() / sum(margins[name].values())
        margins[name] = {key: total * factor for key, total in margins[name].items()}
    design = base.calibrate(margins, method, (0.3, 3) if method == "logit" else None)
    for name, totals in margins.items():
        met = design.total(name)
        np.testing.assert_allclose(met["estimate"], [totals[key] for key in met["category"]], rtol=1e-9)
        assert (met["se"] < 1e-9 * met["estimate"]).all()
    assert design.mean("x")["se"].iloc[0] > 0
    assert (design.weights > 0).all() or method == "linear"


@many
@given(seeds)
def test_a_census_of_units_has_the_variance_of_the_second_stage_alone(seed):
    data = draw(seed, extra=0)
    census = Design(data, **TWO_STAGES)
    within = Design(data, stratum="unit", unit="person", population="people")
    same(census.mean(["y", "yes"], by="role"), within.mean(["y", "yes"], by="role"), ["estimate", "se"])
    everyone = Design(data.assign(people=data.groupby("unit")["person"].transform("size")), **TWO_STAGES)
    assert (everyone.total(["y", "x"], by="role")["se"] == 0).all()


@many
@given(seeds)
def test_all_domains_in_one_pass_equal_each_domain_by_itself(seed):
    data = draw(seed)
    for arguments in (TWO_STAGES, {"stratum": "stratum"}, {"unit": "unit"}, {}):
        design = Design(data, weight="weight", **arguments)
        together = design.mean(["y", "x"], by="role")
        for number, role in enumerate(["alderman", "manager", "staff"]):
            apart = data.assign(
                weight=data["weight"].where(data["role"] == role, 0.0),
                y=data["y"].where(data["role"] == role),
            )
            alone = Design(apart, weight="weight", **arguments).mean(["y", "x"])
            same(alone, together.iloc[[number, number + 3]])
        wide = {
            f"{role} {name}": np.where(data["role"] == role, data[name], np.nan)
            for name in ("y", "x")
            for role in ("alderman", "manager", "staff")
        }
        side_by_side = Design(data.assign(**wide), weight="weight", **arguments).mean(list(wide))
        np.testing.assert_allclose(
            side_by_side.attrs["covariance"], together.attrs["covariance"], rtol=1e-9, atol=1e-14
        )


@pytest.mark.parametrize("replicated", [False, True])
def test_averages_at_once_are_those_of_means_one_by_one(replicated):
    data = draw(5).assign(z=lambda table: 2 * table["x"] + table["yes"])
    plain = Design(data, **TWO_STAGES, lonely="remove")
    design = (
        plain.replicate("jackknife") if replicated else plain.samples("yes").item_nonresponse("role", "y")
    )
    groups = {"one": {"y": 1.0}, "two": {"x": 0.25, "y": 0.75}, "gap": {"z": 1, "x": -1}}
    for by in (None, ["role", "yes"]):
        whole = design.average(design.mean(["y", "x", "z"], by), groups)
        found = design.averages(groups, by)
        pd.testing.assert_frame_equal(found, whole, rtol=1e-10)
        covariances = found.attrs["covariance"], whole.attrs["covariance"]
        np.testing.assert_allclose(*map(np.asarray, covariances), rtol=1e-9, atol=1e-12)
        changes = design.average(design.change(["y", "x", "z"], "yes", "role" if by else None), groups)
        found = design.change(groups, "yes", "role" if by else None)
        pd.testing.assert_frame_equal(found, changes, rtol=1e-10)
        covariances = found.attrs["covariance"], changes.attrs["covariance"]
        np.testing.assert_allclose(*map(np.asarray, covariances), rtol=1e-9, atol=1e-12)
    with pytest.raises(ValueError, match="categories have no average"):
        Design(data, **TWO_STAGES).averages({"one": {"role": 1}})


@many
@given(seeds)
def test_a_difference_is_a_contrast_and_a_smooth_function_has_the_delta_method(seed):
    design = Design(draw(seed), weight="weight", **TWO_STAGES)
    means = design.mean("x", by="role")
    gap = design.difference("x", {"role": ("staff", "alderman")})
    made = design.contrast(
        means, {"gap": [-1, 0, 1], "ratio": lambda e: e[2] / e[0], "same": lambda e: e[2] - e[0]}
    )
    for row in (0, 2):
        same(made.iloc[[row]], gap, ["estimate", "se", "ci_low"])
    counts = means["n"].to_numpy()
    assert made["n"].to_list() == [min(counts[0], counts[2])] * 3 == 3 * gap["n"].to_list()
    assert design.contrast(made, {"twice": [2, 0, 0]})["n"].iloc[0] == made["n"].iloc[0]
    a, _, c = means["estimate"]
    gradient = np.array([-c / a**2, 0, 1 / a])
    variance = gradient @ np.asarray(means.attrs["covariance"]) @ gradient
    assert made["se"].iloc[1] == pytest.approx(np.sqrt(variance), rel=1e-12)
    some = means.iloc[[2, 0]]
    same(design.contrast(some, {"gap": [1, -1]}), gap, ["estimate", "se"])


def test_replicates_agree_with_linearisation():
    design = Design(draw(1, missing=0), weight="weight", **TWO_STAGES)
    linear = design.total(["y", "x"], by="role")
    jackknife = design.replicate("jackknife").total(["y", "x"], by="role")
    np.testing.assert_allclose(jackknife["se"], linear["se"], rtol=0.02)
    boot = design.replicate("bootstrap", replicates=4000, seed=3)
    assert (boot.replicates.weights >= 0).all()
    np.testing.assert_allclose(boot.total(["y", "x"], by="role")["se"], linear["se"], rtol=0.06)
    again = design.replicate("bootstrap", replicates=4000, seed=3)
    assert (again.replicates.weights == boot.replicates.weights).all(), "the seed fixes the replicates"
    single = Design(draw(1, missing=0), weight="weight", stratum="stratum", unit="unit")
    same(single.replicate("jackknife").total("y"), single.total("y"), ["estimate", "se"])


def test_replicates_are_calibrated_again_in_either_order():
    data = draw(2)
    totals = {"role": {"alderman": 50.0, "manager": 60.0, "staff": 70.0}}
    design = Design(data, weight="weight", stratum="stratum", unit="unit")
    one = design.calibrate(totals).replicate(replicates=50, seed=1)
    other = design.replicate(replicates=50, seed=1).calibrate(totals)
    np.testing.assert_allclose(one.replicates.weights, other.replicates.weights)
    assert (one.total("role")["se"] < 1e-10).all()


# --- waves


def waves(seed, both):
    """Return two waves of units, of which ``both`` are in both."""
    rng = np.random.default_rng(seed)
    level = rng.normal(50, 10, 60)
    order = rng.permutation(60)
    one, other = order[:20], np.concatenate([order[:both], order[20 : 40 - both]])
    frames = [
        pd.DataFrame(
            {"wave": wave, "unit": units, "y": level[units] + rng.normal(0, 3, len(units)), "size": 60}
        )
        for wave, units in ((2005, one), (2007, other))
    ]
    return pd.concat(frames, ignore_index=True)


def test_a_panel_gains_from_its_overlap_and_independent_samples_do_not():
    se = [
        Design(waves(1, both), unit="unit", population="size").change("y")["se"].iloc[0]
        for both in (0, 10, 20)
    ]
    assert se[0] > se[1] > se[2]
    data = waves(1, 0)
    apart = [Design(data[data["wave"] == wave], unit="unit").mean("y")["se"].iloc[0] for wave in (2005, 2007)]
    found = Design(data, unit="unit").change("y").iloc[0]
    assert found["se"] == pytest.approx(np.hypot(*apart), rel=1e-12)
    assert (found["of"], found["minus"]) == (2007, 2005)
    # It rests on no more than the wave with fewest.
    assert Design(data[:25], unit="unit").change("y")["n"].iloc[0] == 5


def test_strata_by_wave_give_the_same_change_and_may_differ_between_waves():
    data = waves(2, 12).assign(stratum=lambda frame: np.where(frame["unit"] % 2, "odd", "even"))
    data = data.assign(size=30, weight=np.arange(len(data)) + 9.0)
    crossed = data.assign(stratum=data["stratum"] + data["wave"].astype(str))
    arguments = {"weight": "weight", "stratum": "stratum", "unit": "unit", "population": "size"}
    one, other = Design(data, **arguments), Design(crossed, **arguments)
    same(one.change("y"), other.change("y"), ["estimate", "se", "df"])
    same(other.mean("y", by="wave").iloc[[1]], Design(data[data["wave"] == 2007], **arguments).mean("y"))
    last = crossed["unit"] == crossed["unit"].iloc[0]
    moved = crossed.assign(
        stratum=crossed["stratum"].mask(last & (crossed["wave"] == 2007), crossed["stratum"].iloc[-1])
    )
    assert np.isfinite(Design(moved, stratum="stratum", unit="unit").change("y")["se"].iloc[0])


@pytest.mark.parametrize(("few", "known"), [(6, False), (40, True)])
def test_a_share_of_nought_among_few_does_not_make_its_change_sure(few, known):
    said = {2005: ["no"] * few, 2007: ["yes", "no"] * 20}
    data = pd.DataFrame([(wave, answer) for wave, answers in said.items() for answer in answers])
    data = data.set_axis(["wave", "answer"], axis=1).assign(unit=range(few + 40), weight=4.0)
    found = Design(data, weight="weight", unit="unit").change("answer")
    assert found["estimate"].abs().tolist() == pytest.approx([0.5, 0.5])
    assert found["se"].notna().tolist() == [known] * 2
    everybody = Design(data.assign(weight=1.0), weight="weight", unit="unit").change("answer")
    assert everybody["se"].notna().all(), "where all were asked a share of nought is certain"


@pytest.mark.parametrize("raked", [False, True])
def test_levels_by_wave_give_the_changes_that_are_estimated_from_the_answers(raked):
    waves = pd.concat([draw(seed).assign(wave=year, unit=lambda d: d["unit"] + "x") for seed, year in PANEL])
    design = Design(waves, weight="weight", stratum="stratum", unit=["unit", "person"]).samples("wave")
    if raked:
        totals = waves.assign(cell=waves["stratum"] + waves["wave"].astype(str))
        design = design.assign(cell=totals["cell"]).calibrate(
            {"cell": totals.groupby("cell")["weight"].sum() * [1, 2, 1, 1, 3, 1]}
        )
    for columns in (["y", "x", "role"], {"x": {"x": 1.0}, "both": {"x": 0.5, "yes": 0.5}}):
        levels = (
            design.averages(columns, "wave") if isinstance(columns, dict) else design.mean(columns, "wave")
        )
        expected = design.change(columns, between=(2007, 2005))
        pd.testing.assert_frame_equal(design.change(levels, between=(2007, 2005)), expected)
        np.testing.assert_allclose(
            design.change(levels).attrs["covariance"], expected.attrs["covariance"], rtol=1e-9, atol=1e-12
        )
    with pytest.raises(NotEstimableError, match="expected 2007 and 2003"):
        design.change(levels, between=(2007, 2003))
    with pytest.raises(ValueError, match="not those of the covariance"):
        design.change(levels.assign(se=1.0))


PANEL = (1, 2005), (2, 2007)


def test_what_nobody_in_one_domain_answered_leaves_other_domains_as_they_are():
    """Domains that share no stratum and no total are calibrated together, also where one is empty."""
    waves = pd.concat([draw(seed).assign(wave=year) for seed, year in PANEL])
    waves.loc[waves["wave"] == 2005, "y"] = np.nan
    waves["cell"] = waves["stratum"] + waves["wave"].astype(str)
    totals = {"cell": waves.groupby("cell")["weight"].sum()}
    whole, later = (
        Design(data, weight="weight", stratum="stratum", unit="unit")
        .samples("wave")
        .calibrate({"cell": totals["cell"][data["cell"].unique()]})
        .mean(["x", "y"], by="wave")
        for data in (waves, waves[waves["wave"] == 2007])
    )
    same = ["estimate", "se", "df", "n"]
    now = whole[whole["wave"] == 2007].reset_index(drop=True)
    pd.testing.assert_frame_equal(now[same], later[same])
    assert now["se"].notna().all() and whole["se"].isna().sum() == 1


def test_a_variable_among_groups_keeps_its_design_effect():
    design = Design(draw(3), weight="weight", stratum="stratum", unit="unit")
    means, groups = design.mean("x", by="role"), {"x": {"x": 1.0}, "half": {"x": 0.5}}
    for found in (design.averages(groups, by="role"), design.average(means, groups)):
        np.testing.assert_allclose(found["deff"][:3], means["deff"])
        assert found["deff"][3:].isna().all()


def test_three_waves_change_twice_and_by_domain():
    data = pd.concat([waves(3, 20), waves(3, 20).query("wave == 2007").assign(wave=2010)], ignore_index=True)
    data["half"] = np.where(data["unit"] < 30, "low", "high")
    found = Design(data, unit="unit").change("y", by="half")
    assert found[["half", "of", "minus"]].to_numpy().tolist() == [
        ["high", 2007, 2005],
        ["high", 2010, 2007],
        ["low", 2007, 2005],
        ["low", 2010, 2007],
    ]
    assert (found["se"].iloc[[1, 3]] < 1e-6).all(), "the third wave repeats the second"


def test_any_two_waves_can_be_compared_and_waves_in_text_have_no_order_in_time():
    names = {2005: "wave 9", 2007: "wave 10", 2010: "wave 11"}
    data = pd.concat([waves(3, 20), waves(5, 20).query("wave == 2007").assign(wave=2010)], ignore_index=True)
    design = Design(data.assign(text=data["wave"].map(names)), unit="unit")
    steps, whole = design.change("y"), design.change("y", between=(2010, 2005))
    assert whole[["of", "minus"]].to_numpy().tolist() == [[2010, 2005]]
    assert whole["estimate"].iloc[0] == pytest.approx(steps["estimate"].sum())
    with pytest.raises(ValueError, match="'text' holds text such as 'wave 10', which has no order in time"):
        design.change("y", wave="text")
    same(design.change("y", wave="text", between=("wave 11", "wave 9")), whole)
    ordered = pd.Categorical(data["wave"].map(names), list(names.values()), ordered=True)
    same(design.assign(text=ordered).change("y", wave="text"), steps)
    with pytest.raises(NotEstimableError, match="3 waves, expected 2010 and 2003; found 2005, 2007, 2010"):
        design.change("y", between=(2010, 2003))


def test_a_variance_below_nought_is_a_standard_error_of_nought_and_can_be_averaged():
    keys, value, nine = {"variable": ["a", "b"]}, np.array([1.0, 3.0]), np.array([9.0, 9.0])
    found = Estimates(keys, value, np.diag([-1e-3, 4.0]), *[nine] * 5).frame(0.95)
    assert found["se"].tolist() == [0, 2]
    mean = average(found, {"all": {"a": 0.5, "b": 0.5}}).iloc[0]
    assert mean["estimate"] == 2 and mean["se"] == pytest.approx(np.sqrt((4 - 1e-3) / 4))
    with pytest.raises(ValueError, match="not those of the covariance"):
        average(found.assign(se=[1e-3, 2.0]), {"all": {"a": 0.5, "b": 0.5}})


def test_rows_in_another_order_are_known_by_their_keys_and_estimates():
    data = draw(8, missing=0)
    design = Design(data.assign(z=data["y"] + 3), weight="weight", **TWO_STAGES)
    found = design.mean(["y", "z", "x"])
    assert found["se"].iloc[0] == pytest.approx(found["se"].iloc[1], rel=1e-12), "the errors cannot tell"
    turned = found.iloc[[1, 0, 2]]
    one, other = design.contrast(found, {"a": [1, 2, -1]}), design.contrast(turned, {"a": [2, 1, -1]})
    same(one, other, ["estimate", "se"])
    for mixed in (turned.reset_index(drop=True), turned.drop(columns="variable").reset_index(drop=True)):
        with pytest.raises(ValueError, match="the rows are not those of the covariance the table carries: "):
            design.contrast(mixed, {"a": [1, 2, -1]})
    halves = design.assign(no=1 - data["yes"] / 2).mean(["yes", "no"]).assign(estimate=0.5)
    with pytest.raises(ValueError, match="carries: estimate"):
        design.contrast(halves, {"a": [1, 1]})


# --- edges


def frame(**columns):
    return pd.DataFrame(columns)


def test_a_lonely_unit_is_refused_by_name_or_treated_as_asked():
    data = frame(s=["a", "a", "b"], y=[1.0, 2.0, 3.0], n=[4, 4, 4])
    with pytest.raises(
        ValueError, match=r"stage 1, s 'b': one unit sampled; expected two or more. Merge strata"
    ):
        Design(data, stratum="s", population="n")
    for rule in set(LONELY) - {"fail"}:
        assert Design(data, stratum="s", lonely=rule).mean("y")["se"].iloc[0] >= 0
    with pytest.raises(ValueError, match="lonely='ignore' is unknown. Choose one of fail, remove"):
        Design(data, lonely="ignore")
    census = Design(data.assign(n=[4, 4, 1]), stratum="s", population="n")
    assert census.total("y")["se"].iloc[0] == pytest.approx(np.sqrt(4**2 * (1 - 2 / 4) * 0.5 / 2))


def test_a_sampling_fraction_of_95_per_cent_leaves_a_twentieth_of_the_variance():
    data = frame(y=np.arange(95.0), n=100)
    finite, infinite = Design(data, population="n").mean("y"), Design(data).mean("y")
    assert finite["se"].iloc[0] ** 2 == pytest.approx(infinite["se"].iloc[0] ** 2 / 20, rel=1e-12)
    assert finite["population_n"].iloc[0] == pytest.approx(100)


@pytest.mark.parametrize("method", ["logit", "beta", "wilson", "mean"])
def test_proportions_of_0_and_1_have_an_exact_interval(method):
    data = frame(none=[0] * 20, all=[True] * 20, y=range(20))
    found = Design(data).proportion(["none", "all"], method=method)
    exact = [binomtest(count, 20).proportion_ci() for count in (0, 20)]
    assert found["ci_low"].tolist() == pytest.approx([ends.low for ends in exact])
    assert found["ci_high"].tolist() == pytest.approx([ends.high for ends in exact])
    uneven = Design(data.assign(w=np.linspace(1, 9, 20)), weight="w").proportion("none", method=method)
    assert uneven["ci_high"].iloc[0] > found["ci_high"].iloc[0], "unequal weights say less"
    assert uneven["estimate"].iloc[0] == 0


def test_proportions_take_0_and_1_only_and_a_census_has_no_width():
    design = Design(frame(y=[0, 1, 1, 0], z=[1, 2, 3, 4], n=4), population="n")
    found = design.proportion("y").iloc[0]
    assert (found["ci_low"], found["ci_high"]) == (0.5, 0.5)
    with pytest.raises(ValueError, match="column 'z' holds 2, expected 0 and 1"):
        design.proportion("z")
    with pytest.raises(ValueError, match="method 'exact' is unknown. Choose one of logit"):
        design.proportion("y", method="exact")


def test_a_domain_of_one_unit_has_an_estimate_and_no_interval():
    data = frame(u=list("aabbcc"), d=list("ppqqqq"), y=[1.0, 2, 3, 4, 5, 6], yes=[1, 1, 0, 1, 0, 1])
    design = Design(data, unit="u")
    found = design.mean("y", by="d").iloc[0]
    assert found["estimate"] == 1.5 and found["df"] == 0 and found["se"] >= 0 and np.isnan(found["ci_low"])
    found = design.proportion("yes", by="d").iloc[0]
    assert (found["estimate"], found["ci_low"], found["ci_high"]) == (1, 0, 1)


def test_a_column_without_values_is_missing_and_harms_no_other():
    data = draw(5).assign(empty=np.nan, none=pd.Series([None] * len(draw(5)), dtype=object))
    design = Design(data, weight="weight", **TWO_STAGES)
    both, alone = design.mean(["empty", "none", "x"], by="role"), design.mean("x", by="role")
    same(both.iloc[6:], alone)
    assert (
        both.iloc[:6][["estimate", "se", "ci_low"]].isna().all(axis=None) and (both["n"].iloc[:6] == 0).all()
    )
    apart = design.difference(["empty", "x"], {"role": ("staff", "manager")})
    assert np.isnan(apart["estimate"].iloc[0]) and np.isfinite(apart["se"].iloc[1])
    assert np.isnan(design.quantile("empty")["estimate"].iloc[0])


def test_a_categorical_column_without_categories_gives_no_rows():
    data = frame(y=pd.Categorical([None, None, None]), z=[1.0, 2, 3])
    assert Design(data).mean("y").empty
    assert len(Design(data, unit="z").mean(["y", "z"])) == 1
    assert Design(data.assign(u=[1, 1, 2]), unit="u").mean("y", by="z").empty
    with pytest.raises(ValueError, match="y: no row has a value in each"):
        Design(data).mean("z", by="y")


def test_missing_values_are_a_domain_and_leave_the_design_whole():
    data = draw(6, missing=0.3)
    design = Design(data, weight="weight", **TWO_STAGES)
    answered = data.assign(weight=data["weight"].where(data["y"].notna(), 0.0), y=data["y"].fillna(-99))
    same(design.mean("y", by="role"), Design(answered, weight="weight", **TWO_STAGES).mean("y", by="role"))
    fewer = Design(data[data["y"].notna()], weight="weight", stratum="stratum", unit="unit", lonely="remove")
    whole = Design(data, weight="weight", stratum="stratum", unit="unit")
    assert whole.mean("y")["estimate"].iloc[0] == pytest.approx(fewer.mean("y")["estimate"].iloc[0])


def test_weights_of_zero_stay_in_the_sample_and_others_must_be_positive():
    data = frame(y=[1.0, 2, 3, 4], w=[1.0, 1, 1, 0])
    found = Design(data, weight="w").total("y").iloc[0]
    assert found["estimate"] == 6 and found["n"] == 3
    values = np.array([1.0, 2, 3, 0])
    assert found["se"] == pytest.approx(np.sqrt(4 / 3 * ((values - values.mean()) ** 2).sum()))
    for wrong in (-1, np.nan):
        with pytest.raises(
            ValueError, match=r"weight 'w': 1 missing or negative, first .* in row 2; expected 0"
        ):
            Design(data.assign(w=[1, 1, wrong, 1]), weight="w")
    with pytest.raises(ValueError, match="column 'w': infinite in row 0"):
        Design(data.assign(w=[np.inf, 1, 1, 1]), weight="w")


def test_categories_that_do_not_occur_have_a_row():
    data = frame(y=pd.Categorical(["no", "yes", "no"], ["no", "yes", "perhaps"]), z=[1, 2, 3])
    found = Design(data).mean(["y", "z"])
    assert found["category"].tolist()[:3] == ["no", "yes", "perhaps"]
    assert found["estimate"].tolist() == pytest.approx([2 / 3, 1 / 3, 0, 2])
    assert found["n"].tolist() == [3, 3, 3, 3]
    assert Design(data).proportion("y")["ci_high"].iloc[2] > 0


def test_keys_come_first_and_domains_keep_their_type_and_order():
    data = frame(
        y=[1.0, 2, 3, 4],
        size=pd.Categorical(["s", "l", "s", "l"], ["s", "m", "l"], ordered=True),
        wave=[2007, 2005] * 2,
    )
    found = Design(data).mean("y", by=["size", "wave"])
    expected = [
        "variable",
        "size",
        "wave",
        "estimate",
        "se",
        "ci_low",
        "ci_high",
        "df",
        "n",
        "units",
        "population_n",
        "deff",
    ]
    assert found.columns.tolist() == expected
    assert found["size"].tolist() == ["s", "l"] and found["size"].dtype == data["size"].dtype
    assert found["wave"].tolist() == [2007, 2005]


def test_names_are_checked():
    data = frame(y=[1.0, 2, 3], z=[1, 2, 3])
    with pytest.raises(ValueError, match="column 'yy' is not in the data. Choose one such as y"):
        Design(data).mean("yy")
    with pytest.raises(ValueError, match="y named twice, expected one or more different columns"):
        Design(data).mean(["y", "z", "y"])
    with pytest.raises(ValueError, match="no column named"):
        Design(data).mean([])
    twice = data.set_axis(["y", "y"], axis=1)
    with pytest.raises(ValueError, match="column 'y' occurs 2 times, expected once. Rename or drop one"):
        Design(twice).mean("y")
    with pytest.raises(ValueError, match="column 'z': 1 missing values, first in row 1"):
        Design(data.assign(z=[1, None, 2]), stratum="z")
    with pytest.raises(ValueError, match="n, se: also a column of the result"):
        Design(data.assign(n=1, se=2)).mean("y", by=["n", "se"])
    with pytest.raises(ValueError, match="the data have no rows"):
        Design(data.iloc[:0])
    with pytest.raises(ValueError, match="infinite in row 2"):
        Design(data.assign(y=[1, 2, np.inf])).mean("y")


def test_all_wrong_population_sizes_are_named_at_once():
    data = frame(s=list("aabbccdd"), n=[1, 1, 5, 6, np.nan, np.nan, 2, 2])
    with pytest.raises(ValueError) as caught:
        Design(data, stratum="s", population="n")
    message = str(caught.value)
    for place in ("s 'a': population 1, sampled 2", "s 'b': population 5", "s 'c': population nan"):
        assert place in message
    assert "expected one population size per stratum" in message and "'d'" not in message
    with pytest.raises(ValueError, match="1 stages of units, 2 of strata"):
        Design(data.assign(n=9), stratum=["s", "n"], unit="s")
    with pytest.raises(ValueError, match="weights do not follow"):
        Design(data.assign(n=np.inf), stratum="s", population="n")
    many_strata = frame(s=range(30), n=9)
    with pytest.raises(ValueError, match="and 25 more; expected two or more"):
        Design(many_strata, stratum="s", population="n")


def test_tables_can_be_combined_cut_and_sorted_and_contrasts_notice_the_rest():
    design = Design(draw(7), weight="weight", **TWO_STAGES)
    one, other = design.mean("x", by="role"), design.mean("y", by="role")
    both = pd.concat([one, other])
    assert len(both) == 6
    assert one.attrs["covariance"] == design.mean("x", by="role").attrs["covariance"]
    assert isinstance(one.attrs["covariance"] * 2, np.ndarray)
    with pytest.raises(ValueError, match="read-only"):
        one.attrs["covariance"][0, 0] = 1
    rule = {"gap": [1, -1]}
    expected = design.contrast(one.iloc[[0, 1]], rule)["se"].iloc[0]
    assert design.contrast(one.sort_values("estimate").loc[[0, 1]], rule)["se"].iloc[0] == expected
    for wrong, message in (
        (one.iloc[[1, 0]].reset_index(drop=True), "standard errors are not those"),
        (one.iloc[[0, 1]].set_axis([7, 8]), "rows are not those"),
        (pd.DataFrame(one.iloc[:2].to_dict("list")), "carries no covariance"),
        (one, "contrast 'gap': 2 weights, expected one for each of 3 rows"),
    ):
        with pytest.raises(ValueError, match=message):
            design.contrast(wrong, rule)
    with pytest.raises(ValueError, match="expected a differentiable function"):
        design.contrast(one, {"size": lambda e: np.abs(e[0])})
    with pytest.raises(ValueError, match="numpy functions of complex numbers"):
        design.contrast(one, {"size": lambda e: math.log(e[0])})


def test_a_column_added_later_is_estimated_as_one_that_was_there():
    frame = draw(3)
    design = Design(frame, weight="weight", **TWO_STAGES)
    wider = design.assign(twice=lambda data: 2 * data["y"], old=frame["x"] > 5)
    there = Design(frame.assign(twice=2 * frame["y"], old=frame["x"] > 5), weight="weight", **TWO_STAGES)
    same(wider.mean("twice", by="old"), there.mean("twice", by="old"))
    with pytest.raises(ValueError, match="'twice' is not in the data"):
        design.mean("twice")


def test_many_columns_are_added_without_a_warning():
    design = Design(draw(3), weight="weight")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        wider = design.assign(**{f"y{number}": design.table.data["y"] for number in range(150)})
        assert wider.mean(["y149"])["estimate"].iloc[0] == design.mean(["y"])["estimate"].iloc[0]


def test_a_later_change_of_the_data_does_not_change_the_design():
    data = frame(y=[1.0, 2, 3, 4])
    design = Design(data)
    data.loc[:, "y"] = 0.0
    assert design.mean("y")["estimate"].iloc[0] == 2.5
    assert repr(design) == "Design of 4 rows: 4 units in 1 strata, 1 stage"


@pytest.mark.parametrize(
    ("totals", "method", "bounds", "message"),
    [
        ({"g": {"a": 5, "b": 5}}, "post", None, "method 'post' is unknown. Choose one of poststratify"),
        ({"g": {"a": 5}}, "poststratify", None, "margin 'g' cannot be met: 'b' has no total"),
        ({"g": {"a": 5, "b": 4, "c": 1}}, "poststratify", None, "'c' has a total and is not in the data"),
        ({"g": {"a": 5, "b": 0}}, "poststratify", None, "'b' has total 0"),
        ({"g": {"a": 5, "b": 5}, "h": {"p": 5, "q": 5}}, "poststratify", None, "2 margins, expected one"),
        ({"g": {"a": 5, "b": 5}, "h": {"p": 5, "q": 6}}, "rake", None, "different populations: g 10, h 11"),
        ({"y": 7}, "rake", None, "margin 'y': one number, expected a total per category"),
        ({"g": {"a": 5, "b": 5}}, "rake", (0.5, 2), "has no bounds"),
        ({"g": {"a": 5, "b": 5}}, "logit", None, "both finite"),
        ({"g": {"a": 5, "b": 5}}, "linear", (1.2, 2), "expected a lower one below 1"),
        (
            {"g": {"a": 9, "b": 1}},
            "logit",
            (0.9, 1.1),
            "cannot meet the total of g = 'b': 1 asked, .* reached",
        ),
        ({"y": 1e6}, "raking", (0.5, 2), "cannot meet the total of y: 1000000 asked"),
        ({"m": 7}, "linear", None, "column 'm': 1 missing values, first in row 0"),
    ],
)
def test_a_margin_that_cannot_be_met_is_named(totals, method, bounds, message):
    data = frame(g=list("aaabbb"), h=list("ppqqpq"), y=[1.0, 2, 3, 4, 5, 6], m=[None, 1, 1, 1, 1, 1])
    with pytest.raises(ValueError, match=message):
        Design(data).calibrate(totals, method, bounds)


def test_linear_calibration_may_give_negative_weights_that_quantiles_refuse():
    design = Design(frame(y=[1.0, 2, 3, 4, 50], one=1)).calibrate({"y": 8, "one": 5}, "linear")
    assert (design.weights < 0).any() and design.total("y")["estimate"].iloc[0] == pytest.approx(8)
    with pytest.raises(ValueError, match="negative weights have no quantiles. Calibrate with bounds"):
        design.quantile("y")


def test_response_classes_raise_weights_and_must_have_respondents():
    data = frame(c=list("aaaabbbb"), responded=[1, 1, 0, 0, 1, 1, 1, 0], y=[1.0, 3, 9, 9, 2, 4, 6, 9])
    design = Design(data).nonresponse("c")
    assert design.weights.tolist() == pytest.approx([2, 2, 0, 0, 4 / 3, 4 / 3, 4 / 3, 0])
    assert design.mean("y")["estimate"].iloc[0] == pytest.approx(3) and design.mean("y")["n"].iloc[0] == 5
    for answers, message in (
        ([0, 0, 0, 0, 1, 1, 1, 1], "class c 'a': fewer than two respondents"),
        ([1, 0, 0, 0, 1, 1, 1, 1], "class c 'a': fewer than two respondents"),
        ([2, 1, 1, 1, 1, 1, 1, 1], "expected True or False"),
    ):
        with pytest.raises(ValueError, match=message):
            Design(data.assign(responded=answers)).nonresponse("c")
    with pytest.raises(ValueError, match="replicates do not show the variance from non-response"):
        design.replicate()
    with pytest.raises(ValueError, match="replicates do not show the variance from non-response"):
        Design(data).replicate(replicates=9).nonresponse("c")


def test_replicates_are_refused_where_they_would_mislead():
    data = frame(s=list("aab"), y=[1.0, 2, 3])
    with pytest.raises(ValueError, match="lonely unit under lonely='adjust'"):
        Design(data, stratum="s", lonely="adjust").replicate()
    with pytest.raises(ValueError, match="kind 'brr' is unknown"):
        Design(data).replicate("brr")
    with pytest.raises(ValueError, match="1 replicates, expected two or more"):
        Design(data).replicate(replicates=1)
    with pytest.raises(ValueError, match="GB of memory. Ask for fewer"):
        Design(data).replicate(replicates=2**40)
    with pytest.raises(ValueError, match="missing values"):
        Design(data.assign(r=[1, None, 2])).use_replicates(["r"], 1)


def test_regressions_without_an_answer_are_refused_with_the_reason():
    data = draw(8, missing=0)
    design = Design(data.assign(twice=data["x"] * 2, sure=data["x"] > data["x"].median()), weight="weight")
    with pytest.raises(ValueError, match=r"terms (x|twice) follow from the others"):
        design.regress("y ~ x + twice")
    with pytest.raises(ValueError, match="no finite estimates"):
        design.regress("sure ~ x", "logit")
    with pytest.raises(ValueError, match="no finite estimates"):
        Design(data.assign(some=(data["yes"] == 1) & (data["x"] > 9))).regress("yes ~ some", "logit")
    with pytest.raises(ValueError, match="outcome .*, expected 0 to 1. Recode it"):
        design.regress("y ~ x", "logit")
    for formula in ("y", "~ x"):
        with pytest.raises(ValueError, match="has no outcome. Write outcome ~ terms"):
            design.regress(formula)
    with pytest.raises(ValueError, match="0 rows have all variables"):
        Design(data.assign(empty=np.nan)).regress("y ~ empty")
    with pytest.raises(ValueError, match="outcome is categorical"):
        design.regress("role ~ x")
    with pytest.raises(ValueError, match="family 'probit' is unknown. Choose one of linear, logit, poisson"):
        design.regress("yes ~ x", "probit")
    with pytest.raises(ValueError, match="column 'zz' is not in the data"):
        design.regress("yes ~ zz", "logit")
    with pytest.raises(ValueError, match="not finite in some row"):
        Design(data.assign(x=0.0)).regress("y ~ np.log(x + yes)")


def test_a_regression_on_a_category_gives_its_means():
    design = Design(draw(9), weight="weight", **TWO_STAGES)
    means, found = design.mean("y", by="role"), design.regress("y ~ 0 + role")
    same(means, found, ["estimate", "se"])


def solved(x, y, weights):
    """Return the coefficients of weighted least squares, in fractions without rounding."""
    x, (y, weights) = (np.vectorize(Fraction)(x), map(np.vectorize(Fraction), (y, weights)))
    rows = np.column_stack([x.T @ (x * weights[:, None]), x.T @ (y * weights)])
    for place in range(len(rows)):
        rows[place] /= rows[place, place]
        for other in range(len(rows)):
            if other != place:
                rows[other] -= rows[other, place] * rows[place]
    return rows[:, -1].astype(float)


@pytest.mark.parametrize("far", [0, 1e6])
def test_a_regression_on_large_amounts_is_exact_and_has_the_errors_of_statsmodels(far):
    rng = np.random.default_rng(177)
    data = frame(merged=rng.integers(0, 2, 177), weight=rng.uniform(1, 3, 177))
    data["income"] = far + 19_500 + 170 * data["merged"] + rng.normal(0, 400, 177)
    data["inhabitants"] = far + np.round(rng.lognormal(10, 1, 177))
    terms = np.column_stack([np.ones(177), data[["merged", "inhabitants"]]])
    found = Design(data, "weight").regress("income ~ merged + inhabitants")
    exact = solved(terms, data["income"], data["weight"])
    np.testing.assert_allclose((found["estimate"] - exact) / found["se"], 0, atol=1e-11)
    other = WLS(data["income"], terms, data["weight"]).fit(cov_type="HC0", method="qr")
    np.testing.assert_allclose(found["se"], other.bse * np.sqrt(177 / 176), rtol=1e-9)


@pytest.mark.parametrize("family", ["linear", "logit", "poisson"])
def test_a_model_does_not_depend_on_where_its_search_begins(family):
    rng = np.random.default_rng(3)
    x = np.column_stack([np.ones(200), rng.normal(40, 3, 200), rng.gamma(2, 2, 200)])
    y, weights = rng.integers(0, 2, 200).astype(float), rng.uniform(1, 3, 200)
    chosen, terms = FAMILIES[family], ["Intercept", "one", "other"]
    best = fit(y, x, weights, chosen, terms)
    residual = weights * (y - chosen.mean(x @ best.coefficients))
    assert np.abs(residual @ x / (np.abs(residual) @ np.abs(x))).max() < 1e-12
    for start in rng.normal(size=(5, 3)) * [3, 0.1, 1]:
        found = fit(y, x, weights, chosen, terms, start)
        np.testing.assert_allclose(found.coefficients, best.coefficients, rtol=1e-11)
        np.testing.assert_allclose(found.inverse, best.inverse, rtol=1e-10, atol=1e-14)


def test_a_term_that_hardly_differs_from_another_is_kept_and_one_that_does_not_is_refused():
    data = draw(8, missing=0)
    rng = np.random.default_rng(1)
    for apart, kept in ((1e-5, True), (1e-9, False)):
        near = data.assign(near=data["x"] + apart * rng.normal(size=len(data)))
        if kept:
            assert np.isfinite(Design(near).regress("y ~ x + near")["se"]).all()
        else:
            with pytest.raises(ValueError, match="terms near follow from the others"):
                Design(near).regress("y ~ x + near")
    for shift, kept in ((1e6, True), (1e12, False)):
        far = data.assign(x=data["x"] + shift)
        if kept:
            slope = Design(far).regress("y ~ x")["estimate"][1]
            assert slope == pytest.approx(Design(data).regress("y ~ x")["estimate"][1], rel=1e-6)
        else:
            with pytest.raises(ValueError, match="terms x follow from the others"):
                Design(far).regress("y ~ x")


def test_counts_that_are_all_nought_have_no_model():
    data = draw(8).assign(none=0)
    for family in ("logit", "poisson"):
        with pytest.raises(ValueError, match="no finite estimates within reach"):
            Design(data).regress("none ~ x", family)


def test_values_that_only_rounding_tells_apart_are_ties():
    rng = np.random.default_rng(2)
    data = frame(y=rng.integers(0, 5, 60) / 3, g=rng.integers(0, 3, 60), w=rng.uniform(1, 2, 60))
    noisy = data.assign(y=data["y"] * (1 + 1e-13 * rng.normal(size=60)))
    one, other = Design(data, "w"), Design(noisy, "w")
    same(one.compare("y", "g"), other.compare("y", "g"), ["statistic", "p_value"])
    same(
        one.quantile("y", [0.3, 0.5], "g"), other.quantile("y", [0.3, 0.5], "g"), ["estimate", "se", "ci_low"]
    )


def test_a_series_is_taken_by_its_labels_and_an_array_as_it_is():
    index, series = pd.Index(list("abc")), pd.Series([1, 2, 3], list("cab"))
    assert aligned(series, index).tolist() == [2, 3, 1]
    assert aligned([1, 2, 3], index).tolist() == [1, 2, 3]
    twice = pd.Series([1, 2, 3], list("aab"))
    assert aligned(twice, twice.index).tolist() == [1, 2, 3]
    for wrong, label in ((twice, "a"), (pd.Series([1, 2], list("ab")), "c")):
        with pytest.raises(ValueError, match=f"label '{label}': no value, or several, expected one"):
            aligned(wrong, index)


def test_a_total_of_nought_and_totals_far_from_nought_are_met():
    rng = np.random.default_rng(5)
    data = frame(y=rng.normal(0, 3, 50), one=1, far=1e9 + rng.normal(size=50), w=rng.uniform(1, 2, 50))
    mass = data["w"].sum()
    met = Design(data, "w").calibrate({"one": mass, "y": 0, "far": mass * (1e9 + 0.1)}, "linear")
    assert met.total("y")["estimate"][0] == pytest.approx(0, abs=1e-9)
    assert met.mean("far")["estimate"][0] - 1e9 == pytest.approx(0.1, abs=1e-6)
    with pytest.raises(ValueError, match="cannot meet the total of far: 5.0000005e.10 asked, .* reached"):
        Design(data).calibrate({"one": 50, "far": 50 * (1e9 + 100)}, "raking", (0.5, 2))


@pytest.mark.parametrize("dtype", ["bool", "boolean", "bool[pyarrow]", "object", "Int64", "int8[pyarrow]"])
def test_booleans_and_numbers_are_numeric_however_they_are_kept_unless_they_are_categories(dtype):
    data = frame(y=pd.Series([True, False, True, True]).astype(dtype), z=[1, 2, 3, 4])
    assert Design(data).mean("y").columns[1] == "estimate"
    assert Design(data).mean("y")["estimate"].tolist() == [0.75]
    kinds = Design(data.assign(y=data["y"].astype("category"))).mean("y")
    assert kinds["estimate"].tolist() == [0.25, 0.75]


def test_tests_need_groups_that_vary():
    design = Design(frame(one=[1, 1, 1, 1], two=list("aabb"), y=[1.0, 2, 3, 4]))
    with pytest.raises(ValueError, match="1 x 2 values occur, expected two or more of each"):
        design.association("one", "two")
    with pytest.raises(ValueError, match="1 group has answers, expected two or more"):
        design.compare("y", "one")
    with pytest.raises(ValueError, match="a categorical column has no location"):
        design.compare("two", "one")
    for by, column in (("two", [0.1, 0.1, 0.1, 0.1]), ("two", [0.1, 0.1, 0.3, 0.3])):
        with pytest.raises(NotEstimableError, match="no group has two different values"):
            design.assign(constant=column).compare("constant", by)
    with pytest.raises(ValueError, match="expected two values that occur"):
        design.difference("y", {"two": ("a", "c")})
    with pytest.raises(ValueError, match="1 wave, expected two or more"):
        design.change("y", wave="one")
    with pytest.raises(ValueError, match="a categorical column has no quantiles"):
        design.quantile("two")
    with pytest.raises(ValueError, match="quantile 50.0, expected shares between 0 and 1"):
        design.quantile("y", 50)
    with pytest.raises(ValueError, match="2 numerators, 1 denominators"):
        design.ratio(["one", "y"], "y")


def test_a_two_by_two_association_without_design_is_pearsons():
    from scipy.stats import chi2_contingency

    rng = np.random.default_rng(4)
    data = frame(a=rng.integers(0, 2, 5000), b=rng.integers(0, 2, 5000))
    found = Design(data).association("a", "b").iloc[0]
    plain = chi2_contingency(pd.crosstab(data["a"], data["b"]), correction=False)
    assert found["statistic"] == pytest.approx(plain.statistic, rel=0.01)
    assert found["df_num"] == pytest.approx(1)


def test_products_do_not_depend_on_their_blocks():
    rng = np.random.default_rng(1)
    for rows, one, other in ((5, 2, 3), (4000, 20, 20), (300, 150, 260), (0, 2, 2)):
        left, right = rng.normal(size=(rows, one)), rng.normal(size=(rows, other))
        np.testing.assert_allclose(product(left, right), left.T @ right, atol=1e-10)


@pytest.mark.parametrize(
    "values",
    [
        pd.array([True, False, None, True], dtype="bool[pyarrow]"),
        pd.array([1, 0, None, 1], dtype="int64[pyarrow]"),
        [True, False, None, 1],
        [np.True_, 0, pd.NA, np.float32(1)],
        [Decimal(1), 0.0, np.nan, Fraction(1)],
    ],
    ids=["bool[pyarrow]", "int64[pyarrow]", "with booleans", "numpy's", "decimals and fractions"],
)
def test_numbers_are_numbers_whatever_holds_them(values):
    column = pd.Series(values, dtype=getattr(values, "dtype", object)).repeat(5).reset_index(drop=True)
    data = pd.DataFrame({"y": column, "x": np.arange(20.0) ** 2})
    plain = data.assign(y=np.repeat([1, 0, np.nan, 1], 5))
    assert data["y"].dtype == getattr(values, "dtype", object)
    same(Design(data).mean("y"), Design(plain).mean("y"))
    same(Design(data).regress("x ~ y"), Design(plain).regress("x ~ y"))


def test_sums_and_domains():
    groups, values = np.array([0, 2, 2, 0]), np.arange(8.0).reshape(4, 2)
    assert sums(groups, values, 3).tolist() == [[6, 8], [0, 0], [6, 8]]
    assert sums(groups, values[:, :1], 3, np.array([1.0, 2, 3, 4])).tolist() == [[24], [0], [16]]
    domains = Table(frame(a=["x", None, "y", "x"], b=[1, 1, 2, 1])).domains(["a", "b"])
    assert domains.count == 2 and domains.codes.tolist() == [0, 2, 1, 0]
    assert [rows.tolist() for rows in domains.rows] == [[0, 3], [2]]
    assert Domains.one(np.array([True, False])).spread_out(np.ones((2, 1))).tolist() == [[1], [0]]


@pytest.mark.parametrize(
    "p_values",
    [[0.01], [0.04, 0.01, 0.03, 0.5], [0.02, 0.02, 0.9, 0.9], [0.0, 1.0], list(np.linspace(1, 0, 9))],
)
def test_p_values_corrected_for_their_number_are_those_of_statsmodels(p_values):
    np.testing.assert_allclose(corrected(p_values), multipletests(p_values, method="holm")[1], rtol=1e-15)


@many
@given(seeds)
def test_a_correlation_is_that_of_the_weighted_rows_that_have_both_columns(seed):
    data = draw(seed)
    design = Design(data, weight="weight", **TWO_STAGES)
    kept = data[data["y"].notna()]
    covariance = np.cov(kept["x"], kept["y"], aweights=kept["weight"])
    found = correlation(design, "x", "y").iloc[0]
    assert found["estimate"] == pytest.approx(covariance[0, 1] / np.sqrt(np.diag(covariance).prod()))
    assert correlation(design.assign(z=-2 * data["x"]), "z", "y").iloc[0]["se"] == pytest.approx(found["se"])


def test_the_error_of_a_correlation_is_that_of_the_jackknife():
    data = draw(5, units=(40, 50), extra=10_000)
    design = Design(data, weight="weight", stratum="stratum", unit="unit")
    found, again = (correlation(one, "x", "y").iloc[0] for one in (design, design.replicate("jackknife")))
    assert found["se"] == pytest.approx(again["se"], rel=0.05)


def test_terms_are_tested_together_and_one_alone_as_its_t_test():
    design = Design(draw(7), weight="weight", **TWO_STAGES)
    fit = design.regress("y ~ role + x")
    row = fit[fit["term"] == "x"].iloc[0]
    alone = 2 * student.sf(abs(row["estimate"] / row["se"]), row["df"])
    assert joint(fit, fit["term"] == "x") == pytest.approx(alone)
    of = fit["term"].str.startswith("role")
    values, covariance = fit["estimate"][of], np.asarray(fit.attrs["covariance"])[np.ix_(of, of)]
    statistic = values @ np.linalg.inv(covariance) @ values / 2
    assert joint(fit, of) == pytest.approx(f_distribution.sf(statistic, 2, row["df"]))


def test_a_joint_test_that_rests_on_a_group_of_a_few_is_missing():
    fit = pd.DataFrame({"estimate": [9.0, 40.0], "df": 30.0, "n": 40.0, "units": [20.0, 1.0]})
    fit.attrs["covariance"] = np.diag([4.0, 1e-9])  # a model fits one of a kind exactly
    assert np.isnan(joint(fit, [True, True]))
    assert 0 < joint(fit, [True, False]) < 0.001
    assert joint(fit.assign(units=20.0), [True, True]) < 0.001


def test_tests_of_several_are_missing_where_they_cannot_be_told_apart():
    assert np.isnan(wald(np.array([1.0, 2.0]), np.zeros((2, 2)))), "nothing varies"
    assert np.isnan(wald(np.array([1.0, 2.0]), np.ones((2, 2)))), "two that vary as one"
    units = np.diag([1.0, 1e-12])
    gap, spread = np.array([1.0, 2.0]), np.array([[2.0, 1.0], [1.0, 3.0]])
    assert wald(units @ gap, units @ spread @ units) == pytest.approx(wald(gap, spread))


@pytest.mark.parametrize("name", ["1", "0", "2a", "a b"])
def test_a_quoted_name_is_a_column_whatever_it_looks_like(name):
    data = draw(3, missing=0)
    data["grade"] = pd.cut(data["y"], [0, 45, 55, 200], labels=["low", "middle", "high"])
    plain = Design(data, weight="weight", **TWO_STAGES)
    design = plain.assign(**{name: data["x"]})
    for formula in ("y ~ {}", "y ~ role + {}", "y ~ 0 + role:{}", "y ~ np.log({})", "{} ~ y"):
        one, other = (d.regress(formula.format(x)) for d, x in ((plain, "x"), (design, f"`{name}`")))
        same(one, other)
        said = [term.replace(f"`{name}`", "x").replace(name, "x") for term in other["term"]]
        assert said == list(one["term"])
    same(plain.ordinal("grade ~ x"), design.ordinal(f"grade ~ `{name}`"))
    whole = plain.assign(order=data["yes"] + 1 + (data["x"] > 6), **{name: data["yes"] + 1 + (data["x"] > 6)})
    same(whole.ordinal("order ~ y"), whole.ordinal(f"`{name}` ~ y"))
    with pytest.raises(ValueError, match="column '9' is not in the data"):
        design.regress("y ~ `9`")


def test_units_are_counted_once_however_many_observations_samples_and_strata_they_are_in():
    rows = [(wave, town, role, 1.0) for wave in (1, 2) for town in "abcd"[: 2 * wave] for role in "xyy"]
    data = pd.DataFrame(rows, columns=["wave", "town", "role", "y"]).assign(z=lambda frame: frame["y"] * 2)
    design = Design(data, stratum=["role"], unit=["town"]).samples(["wave", "role"])
    found = design.mean(["y", "z"])
    assert found["n"].tolist() == [18, 18] and found["units"].tolist() == [4, 4]
    by_wave = design.mean("y", by="wave")
    assert by_wave["units"].tolist() == [2, 4]
    assert design.change("y", between=(2, 1))["units"].tolist() == [2]  # of a comparison the side with fewest
    assert design.contrast(by_wave, {"gap": [-1, 1]})["units"].tolist() == [2]
    assert design.averages({"both": {"y": 0.5, "z": 0.5}}, by="wave")["units"].tolist() == [2, 4]
