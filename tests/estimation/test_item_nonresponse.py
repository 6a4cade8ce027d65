"""Single missing answers: a last phase in the variance, beside its closed form and by drawing it."""

import numpy as np
import pandas as pd
import pytest

from doorgroeien.estimation.design import Design


def sample(answered, size=40, units=50, seed=1):
    """Return a simple random sample of which the first ``answered`` gave an answer."""
    y = np.random.default_rng(seed).normal(50, 10, size)
    y[answered:] = np.nan
    return pd.DataFrame({"y": y, "units": units, "class": "c"})


def test_the_variance_is_that_of_two_phases():
    data = sample(answered=30)
    design = Design(data, population="units")
    found, domain = (each.mean("y").iloc[0] for each in (design.item_nonresponse("class", "y"), design))
    y = data["y"].dropna()
    squares = ((y - y.mean()) ** 2).sum() / 30**2
    # First phase 40 of 50, second 30 of 40: the fraction that was sampled, and the answers it lost.
    assert found["se"] ** 2 == pytest.approx(domain["se"] ** 2 + 40 / 50 * (1 - 30 / 40) * squares)
    # In all 30 of 50, as if drawn at once (Särndal, Swensson and Wretman 1992, sec. 9.4), but for 1 / n.
    assert found["se"] ** 2 == pytest.approx((1 - 30 / 50) * y.var() / 30, rel=1 / 30)
    assert domain["se"] ** 2 < 0.6 * found["se"] ** 2
    assert found["estimate"] == domain["estimate"]


def drawn(rng, times):
    """Return samples of 160 of one population of 200; some lose both answers and some one, by class."""
    low = np.arange(200) < 100
    y = rng.normal(50, 10, 200) + 5 * low
    x = 0.7 * y + rng.normal(15, 6, 200)
    who = np.argsort(rng.random((times, 200)), axis=1)[:, :160].ravel()
    stopped = rng.random(len(who)) > np.where(low, 0.55, 0.9)[who]
    lost = {name: stopped | (rng.random(len(who)) > 0.85) for name in "yx"}
    answers = {name: np.where(lost[name], np.nan, all_of[who]) for name, all_of in (("y", y), ("x", x))}
    return pd.DataFrame({"time": np.arange(times).repeat(160), "low": low[who], "units": 200, **answers})


def test_the_variance_is_that_of_drawing_again():
    times = 500
    design = Design(drawn(np.random.default_rng(5), times), stratum="time", population="units")
    ratios = []
    for each in (design.item_nonresponse(["time", "low"], ["y", "x"]), design):
        table = each.mean(["y", "x"], by="time")
        spread = np.cov(table["estimate"].to_numpy().reshape(2, times))
        covariance = np.asarray(table.attrs["covariance"]).reshape(2, times, 2, times)
        ratios.append(np.einsum("itjt->ij", covariance) / times / spread)
    assert np.abs(ratios[0] - 1).max() < 0.15
    assert ratios[1].max() < 0.7, "without the phase it would be far too small"


def test_who_needs_not_answer_lost_nothing():
    data = sample(answered=30)
    design, outside = Design(data, population="units"), data["y"].isna()
    exempt = design.item_nonresponse("class", "y", exempt=pd.DataFrame({"y": outside}))
    assert exempt.mean("y")["se"].iloc[0] == design.mean("y")["se"].iloc[0]
    some = design.item_nonresponse("class", "y", exempt=pd.DataFrame({"y": outside & (data.index < 35)}))
    all_lost = design.item_nonresponse("class", "y").mean("y")["se"].iloc[0]
    assert design.mean("y")["se"].iloc[0] < some.mean("y")["se"].iloc[0] < all_lost
    half = data.assign(half=np.where(outside, None, "here"))
    design = Design(half, population="units")
    inside = design.item_nonresponse("class", "y").mean("y", by="half")
    assert inside["se"].iloc[0] == design.mean("y", by="half")["se"].iloc[0]


def test_the_phase_is_in_means_shares_and_quantiles_with_replicates_or_without():
    data = sample(answered=30).assign(high=lambda table: (table["y"] > 50).where(table["y"].notna()))
    plain = Design(data, population="units")
    for design in (plain, plain.replicate("jackknife")):
        counted = design.item_nonresponse("class", ["y", "high"])
        for estimate in (
            lambda each: each.mean("y"),
            lambda each: each.proportion("high"),
            lambda each: each.quantile("y"),
        ):
            assert estimate(counted)["se"].iloc[0] > 1.2 * estimate(design)["se"].iloc[0]
        assert counted.total("y")["se"].iloc[0] == design.total("y")["se"].iloc[0]
        other = counted.assign(part=data["y"].where(data["y"] > 45))
        assert (
            other.mean("part")["se"].iloc[0]
            == design.assign(part=other.table.data["part"]).mean("part")["se"].iloc[0]
        )


def test_nothing_is_added_where_nothing_is_lost_or_units_are_drawn_with_replacement():
    for design in (Design(sample(40), population="units"), Design(sample(30))):
        same = design.item_nonresponse("class", "y")
        assert same.mean("y")["se"].iloc[0] == pytest.approx(design.mean("y")["se"].iloc[0], rel=1e-12)


def test_response_of_whole_units_leaves_less_to_lose():
    data = sample(answered=30).assign(came=[1] * 35 + [0] * 5)
    answered = Design(data, population="units").nonresponse("class", "came")
    gain = answered.item_nonresponse("class", "y").mean("y")["se"].iloc[0] ** 2
    gain -= answered.mean("y")["se"].iloc[0] ** 2
    y = data["y"].dropna()
    assert gain == pytest.approx(35 / 50 * (1 - 30 / 35) * ((y - y.mean()) ** 2).sum() / 30**2)


def test_domains_and_items_of_others_do_not_mix():
    data = pd.concat([sample(30).assign(role="a"), sample(25, seed=2).assign(role="b")], ignore_index=True)
    design = Design(data, stratum="role", population="units").item_nonresponse("role", "y")
    both = design.mean("y", by="role")
    one = Design(data[data["role"] == "b"], population="units").item_nonresponse("class", "y").mean("y")
    assert both["se"].iloc[1] == pytest.approx(one["se"].iloc[0])
    assert np.asarray(both.attrs["covariance"])[0, 1] == pytest.approx(0, abs=1e-12)


def test_what_does_not_fit_is_refused():
    design = Design(sample(30), population="units")
    with pytest.raises(ValueError, match="column 'class': 1 missing values"):
        Design(sample(30).assign(**{"class": ["c"] * 39 + [None]})).item_nonresponse("class", "y")
    with pytest.raises(ValueError, match="column 'z' is not in the data"):
        design.item_nonresponse("class", ["y", "z"])
    with pytest.raises(ValueError, match="exempt 'z' is none of the items"):
        design.item_nonresponse("class", "y", exempt=pd.DataFrame({"z": [True] * 40}))
    with pytest.raises(ValueError, match="exempt 'y': 40 values of int64, expected True or False"):
        design.item_nonresponse("class", "y", exempt=pd.DataFrame({"y": [1] * 40}))
