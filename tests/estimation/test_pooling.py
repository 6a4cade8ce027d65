"""Lonely units: the variance that strata of their kind lend them, beside one computed by hand."""

import numpy as np
import pandas as pd
import pytest

from doorgroeien.estimation.design import Design

HOW = {"weight": "weight", "stratum": "stratum", "population": "units", "lonely": "pooled"}
# Of 6, 4 and 5 units three, two and one: weights 2, 2 and 5.
ONE = pd.DataFrame(
    {
        "stratum": list("aaabbc"),
        "units": [6, 6, 6, 4, 4, 5],
        "weight": [2.0, 2, 2, 2, 2, 5],
        "y": [1.0, 2, 6, 3, 5, 7],
        "kind": "x",
        "class": ["s", "s", "s", "t", "t", "t"],
    }
)
OWN = 6**2 * (1 - 3 / 6) * 7 / 3 + 4**2 * (1 - 2 / 4) * 2 / 2  # the variance of the total over a and b
SPREADS = {"a": 14, "b": 2}  # sums of squared deviations of y, with 2 and 1 degrees of freedom
DUE = 5**2 * (1 - 1 / 5)  # what the variance of y in c counts for


def variance(data, pool, variable="y"):
    return Design(data, **HOW, pool=pool).total(variable)["se"].iloc[0] ** 2


@pytest.mark.parametrize(
    ("pool", "lent"),
    [
        (None, DUE * (SPREADS["a"] + SPREADS["b"]) / 3),
        ("kind", DUE * (SPREADS["a"] + SPREADS["b"]) / 3),
        (["kind", "class"], DUE * SPREADS["b"] / 1),
        (["kind", "stratum"], DUE * (SPREADS["a"] + SPREADS["b"]) / 3),  # none in its own, so the wider one
        ("stratum", DUE * 7**2),  # nothing wider: from zero
    ],
)
def test_a_lonely_unit_is_lent_the_variance_within_its_pool(pool, lent):
    assert variance(ONE, pool) == pytest.approx(OWN + lent)


def test_strata_that_are_all_alone_are_collapsed():
    data = pd.DataFrame({"stratum": list("abc"), "units": 4, "weight": 4.0, "y": [1.0, 2, 6], "kind": "x"})
    # Three units, four of whose values z are apart by y: n / (n - 1) times the squares around their mean.
    assert variance(data, "kind") == pytest.approx((1 - 1 / 4) * 3 / 2 * 4**2 * 14)


def test_a_stratum_that_lies_in_two_pools_lends_in_neither():
    mixed = ONE.assign(**{"class": ["s", "t", "t", "t", "t", "t"]})
    for rows in (mixed, mixed.iloc[::-1]):
        assert variance(rows, ["kind", "class"]) == pytest.approx(OWN + DUE * SPREADS["b"])


def test_weights_within_a_pool_may_differ():
    heavier = ONE.assign(units=[60, 60, 60, 4, 4, 5], weight=[20.0, 20, 20, 2, 2, 5])
    own = 60**2 * (1 - 3 / 60) * 7 / 3 + 4**2 * (1 - 2 / 4)
    assert variance(heavier, "kind") == pytest.approx(own + DUE * 16 / 3)


def towns(seed=1, alone=20):
    """Return two samples of thirty towns with six people each, of whom three answer, or one in many towns."""
    rng = np.random.default_rng(seed)
    rows = [
        (sample, f"t{town}", person, rng.normal(50 + town, 5), "one" if town % 2 else "other")
        for sample in ("a", "b")
        for town in range(30)
        for person in range(1 if town < alone else 3)
    ]
    data = pd.DataFrame(rows, columns=["sample", "town", "person", "y", "half"])
    data["label"] = data["sample"] + data["town"] + data["person"].astype(str)
    return data.assign(towns=30, people=6, count=6 / data.groupby(["sample", "town"])["y"].transform("size"))


def two_stages(data, lonely="pooled", **how):
    unit, size = ["town", "label"], ["towns", "people"]
    return Design(data, "count", "sample", unit, size, lonely, **how).samples("sample")


def test_people_who_are_alone_in_a_town_count_as_those_of_other_towns_vary():
    data = towns()
    found = two_stages(data, pool="sample").total("y", by="sample")
    several = data[data.groupby(["sample", "town"])["y"].transform("size") > 1]
    groups = several.groupby(["sample", "town"])["y"]
    within = ((several["y"] - groups.transform("mean")) ** 2).groupby(several["sample"]).sum()
    spread = within / (groups.size() - 1).groupby("sample").sum()
    left = (1 - 1 / 6) * 6**2 * 20 + (1 - 3 / 6) * 6**2 / 3 * 10  # a census of towns: the second stage alone
    np.testing.assert_allclose(found["se"] ** 2, left * spread)


def test_calibration_that_changes_nothing_leaves_standard_errors_as_they_are():
    design = two_stages(towns(), pool="sample")
    totals = design.total("sample").set_index("category")["estimate"].to_dict()
    for by in ("sample", ["sample", "half"]):
        plain, calibrated = (each.mean("y", by=by) for each in (design, design.calibrate({"sample": totals})))
        np.testing.assert_allclose(calibrated[["estimate", "se"]], plain[["estimate", "se"]], rtol=1e-9)


def test_domains_in_one_pass_equal_each_by_itself():
    design = two_stages(towns(), pool="sample")
    both = design.mean("y", by="half").set_index("half")
    for half, row in both.iterrows():
        alone = design.assign(y=design.table.data["y"].where(design.table.data["half"] == half)).mean("y")
        assert alone["se"].iloc[0] == pytest.approx(row["se"], rel=1e-9)


def test_who_is_alone_has_no_variance_of_nought():
    design = two_stages(towns(alone=30), pool="sample")
    assert design.mean("y", by="sample")["se"].min() > 0
    assert two_stages(towns(alone=30), "certainty").mean("y", by="sample")["se"].max() < 1e-9


def test_replicates_lend_as_well():
    design = two_stages(towns(), pool="sample")
    linear, jackknife = design.total("y"), design.replicate("jackknife").total("y")
    np.testing.assert_allclose(jackknife["se"], linear["se"], rtol=1e-9)
    boot = design.replicate("bootstrap", replicates=4000, seed=3).total("y")
    np.testing.assert_allclose(boot["se"], linear["se"], rtol=0.05)
    with pytest.raises(ValueError, match="alone in its pool under 'pooled'"):
        Design(ONE, **HOW, pool="stratum").replicate("jackknife")


def test_a_pool_without_pooling_is_refused():
    with pytest.raises(ValueError, match="pool with lonely='certainty': nothing is pooled"):
        Design(ONE, **HOW | {"lonely": "certainty"}, pool="kind")
    with pytest.raises(ValueError, match="class a 'c': fewer than two respondents"):
        data = ONE.assign(a=list("bbbbcc"), answered=[1, 1, 1, 1, 1, 0])
        Design(data, weight="weight", lonely="pooled").nonresponse("a", "answered")
