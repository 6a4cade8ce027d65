"""Lower bounds by class: of all units, never of those found, and a bound under any search."""

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

from doorgroeien.data.rounding import bounds
from doorgroeien.data.tables import load_all
from doorgroeien.measurement.poststratification import coverage, lower_bounds, rates


def towns(small, large):
    """Return small and large towns; each argument has how many there are, were found, and say so."""
    rows = []
    for name, (units, found, says) in (("small", small), ("large", large)):
        for number in range(units):
            rows.append({"size": name, "found": number < found, "goals": number < says})
    return pd.DataFrame(rows)


def test_a_bound_is_of_all_units_of_a_class_and_classes_weigh_by_their_size():
    bound = lower_bounds(towns((80, 8, 2), (20, 16, 12)), "size", "found", ["goals"]).loc["goals"]
    assert bound["count"] == 14
    assert (bound["small"], bound["large"]) == (pytest.approx(2.5), pytest.approx(60))
    assert bound["all"] == pytest.approx(0.8 * 2.5 + 0.2 * 60) == pytest.approx(14)


def test_where_all_units_are_found_the_bound_is_the_share_itself():
    bound = lower_bounds(towns((6, 6, 3), (4, 4, 4)), "size", "found", ["goals"]).loc["goals"]
    assert bound["all"] == pytest.approx(70)


def test_a_class_of_which_nothing_was_found_has_nought_as_its_bound():
    bound = lower_bounds(towns((5, 0, 0), (5, 2, 1)), "size", "found", ["goals"]).loc["goals"]
    assert bound["small"] == 0 and bound["all"] == pytest.approx(10)


def test_a_search_that_finds_those_who_say_so_more_often_never_lifts_the_bound_above_the_truth():
    """Selection on what is said, which no size class repairs: the bound stays below, whatever was found."""
    whole = towns((400, 400, 80), (100, 100, 90))
    chance = np.where(whole["goals"], 0.6, 0.05)
    generator = np.random.default_rng(7)
    for _ in range(50):
        found = generator.random(len(whole)) < chance
        units = whole.assign(found=found, goals=whole["goals"] & found)
        assert lower_bounds(units, "size", "found", ["goals"]).loc["goals", "all"] <= 34
        assert 100 * units["goals"].sum() / found.sum() > 34, "a share of those found would not"


def test_a_unit_that_was_not_found_and_says_something_is_an_error():
    with pytest.raises(ValueError, match="not found say goals"):
        lower_bounds(towns((5, 1, 2), (5, 2, 1)), "size", "found", ["goals"])


def test_rates_lie_between_what_rounding_and_estimate_allow():
    events = pd.DataFrame({"value": [100.0], "low": [95.0], "high": [105.0]}, index=["small"])
    found = rates(events, pd.Series({"small": 200_000}), within=0.05).loc["small"]
    assert found.tolist() == pytest.approx([5, 95 / 21, 105 / 19])
    with pytest.raises(ValueError, match="different classes: large, small"):
        rates(events, pd.Series({"large": 1}))
    with pytest.raises(ValueError, match="from 0 to below 1"):
        rates(events, pd.Series({"small": 1}), within=1)


def test_the_corpus_leans_to_large_places_and_so_do_registered_cases():
    tables = load_all(ROOT)
    units = tables["municipalities_2007"]
    units = units.assign(found=units["cbs_code"].isin(tables["documents"]["cbs_code"]))
    share = coverage(units, "size_class", "found")["share"].reindex(["<20k", "20k-50k", "50k-100k", ">=100k"])
    assert share.is_monotonic_increasing and share["<20k"] < 10 and share[">=100k"] > 30
    figures = tables["figures"].set_index("id")
    figures = figures[figures.index.str.startswith("fraud.cases.size.")]
    classes = pd.Series({"100k-150k": ">=100k", "150k-250k": ">=100k", ">=250k": ">=100k"})
    known = bounds(figures).groupby(figures["category"].replace(classes)).sum()
    rate = rates(known, units.groupby("size_class")["inhabitants_estimate"].sum(), within=0.08)
    rate = rate.reindex(share.index)
    assert (rate["low"].iloc[1:].to_numpy() > rate["high"].iloc[:-1].to_numpy()).all(), "beyond both bounds"
    assert rate.at["<20k", "value"] == pytest.approx(4.5, abs=0.5)
