"""Lower bounds by class: the lean of what was found goes, and what is a bound stays one."""

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


def test_classes_weigh_by_their_size_and_not_by_what_was_found_of_them():
    bound = lower_bounds(towns((80, 8, 2), (20, 16, 12)), "size", "found", ["goals"]).loc["goals"]
    assert bound["count"] == 14
    assert bound["least"] == pytest.approx(14)
    assert bound["raw"] == pytest.approx(100 * 14 / 24)
    assert bound["poststratified"] == pytest.approx(0.8 * 25 + 0.2 * 75)


def test_where_all_classes_are_found_alike_weighing_changes_nothing():
    bound = lower_bounds(towns((40, 10, 4), (20, 5, 3)), "size", "found", ["goals"]).loc["goals"]
    assert bound["poststratified"] == pytest.approx(bound["raw"]) and bound["least"] < bound["raw"]


def test_where_all_units_are_found_all_bounds_are_the_share_itself():
    bound = lower_bounds(towns((6, 6, 3), (4, 4, 4)), "size", "found", ["goals"]).loc["goals"]
    assert bound["least"] == bound["raw"] == pytest.approx(bound["poststratified"]) == pytest.approx(70)


def test_weighing_takes_away_the_lean_of_a_search_that_favours_large_places():
    """The mean over many searches is the share of the whole, where the raw share is far off."""
    whole = towns((400, 400, 80), (100, 100, 90))
    chance = np.where(whole["size"] == "large", 0.4, 0.1)
    generator, seen = np.random.default_rng(7), []
    for _ in range(300):
        found = generator.random(len(whole)) < chance
        units = whole.assign(found=found, goals=whole["goals"] & found)
        seen.append(lower_bounds(units, "size", "found", ["goals"]).loc["goals"])
    mean = pd.DataFrame(seen).mean()
    assert mean["poststratified"] == pytest.approx(34, abs=1)
    assert mean["raw"] > 50 and mean["least"] < 15


@pytest.mark.parametrize(
    ("units", "message"),
    [
        (towns((5, 0, 0), (5, 2, 1)), "no unit was found of small; join the class"),
        (towns((5, 1, 2), (5, 2, 1)), "not found say goals"),
    ],
)
def test_what_no_bound_can_be_made_of_is_an_error(units, message):
    with pytest.raises(ValueError, match=message):
        lower_bounds(units, "size", "found", ["goals"])


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
