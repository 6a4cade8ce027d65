"""Whoever draws a sample need not know who works in the municipalities that were not drawn."""

import pandas as pd
import pytest
from conftest import ROOT

from doorgroeien.data.tables import load_all
from doorgroeien.intake.unasked import with_unasked

KEYS = ["wave", "municipality", "role"]


@pytest.fixture(scope="module")
def tables():
    return load_all(ROOT, only=("municipalities", "groups"))


def test_groups_of_municipalities_that_were_not_asked_are_filled_in(tables):
    groups, towns = tables["groups"], tables["municipalities"]
    asked = groups.merge(towns.loc[towns["sampled"] == 1, KEYS[:2]], on=KEYS[:2])
    assert len(asked) < len(groups)
    whole = with_unasked(asked, towns)
    pd.testing.assert_frame_equal(whole.head(len(asked)), asked)
    pd.testing.assert_frame_equal(
        whole[KEYS].sort_values(KEYS, ignore_index=True), groups[KEYS].sort_values(KEYS, ignore_index=True)
    )
    added = whole.iloc[len(asked) :].merge(towns, on=KEYS[:2])
    assert (added["invited"] == 0).all()
    assert (added.loc[added["role"] == "municipality", "population"] == 1).all()
    staff = added.query("role == 'staff'").groupby("size_class")["population"].agg(["min", "max"])
    mean = asked.merge(towns, on=KEYS[:2]).query("role == 'staff' and wave == 2005").groupby("size_class")
    assert (staff["min"] == staff["max"]).all()
    assert (staff["min"] == mean["population"].mean().round()[staff.index]).all()


def test_nothing_is_added_where_all_are_there_and_a_class_that_nobody_has_takes_the_mean_of_all(tables):
    groups, towns = tables["groups"], tables["municipalities"]
    pd.testing.assert_frame_equal(with_unasked(groups, towns), groups)
    towns = pd.DataFrame(
        {
            "wave": [2007] * 3,
            "municipality": ["a", "b", "c"],
            "size_class": ["<20k", "<20k", ">=100k"],
            "sampled": [1, 1, 0],
        }
    )
    few = pd.DataFrame(
        {
            "wave": [2007] * 2,
            "municipality": ["a", "b"],
            "role": ["staff"] * 2,
            "population": pd.array([4, 7], "Int64"),
            "invited": pd.array([4, 2], "Int64"),
        }
    )
    assert with_unasked(few, towns).iloc[2].to_list() == [2007, "c", "staff", 6, 0]
