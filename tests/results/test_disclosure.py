"""What may be published of real answers: rounding, and what is left of an attack on exact shares."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorgroeien.results import register
from doorgroeien.results.disclosure import RULES
from doorgroeien.results.pictures import new_figure
from doorgroeien.results.register import MIME, publish, publish_figure, publish_table

ABOUT = {
    "population": ("all", "alle"),
    "evidence": "survey answers",
    "sources": (),
    "edition": ("a survey", "een enquête"),
}
PAIR = ("a share", "een aandeel")


@pytest.fixture
def published(monkeypatch):
    """Return the list to which what is published comes, as bundles."""
    found = []
    monkeypatch.setattr(register, "display", lambda bundle, raw: found.append(bundle))
    return found


def answers_that_fit(weight, share, written):
    """Return how many sets of yes and no give a share of the weight that is ``written`` alike."""
    kinds = np.array(np.meshgrid(*[[0, 1]] * len(weight))).reshape(len(weight), -1)
    shares = 100 * weight @ kinds / weight.sum()
    return sum(written(one) == written(share) for one in shares)


@pytest.mark.parametrize("count", [6, 10, 16])
def test_a_rounded_share_leaves_many_sets_of_answers_where_ten_digits_leave_one(count):
    random = np.random.default_rng(count)
    weight = np.exp(random.normal(11.5, 0.6, count))  # inhabitants of large municipalities, known to anybody
    yes = random.random(count) < 0.4
    share = 100 * weight @ yes / weight.sum()
    among = weight / weight.sum()
    se = 100 * np.sqrt((among**2 * (yes - share / 100) ** 2).sum())
    assert answers_that_fit(weight, share, lambda one: round(one, 8)) == 1
    assert answers_that_fit(weight, share, lambda one: RULES.rounded(one, se)) > 2


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e3))
def test_rounding_moves_a_number_by_less_than_its_standard_error_and_keeps_their_order(value, se):
    assert abs(RULES.rounded(value, se) - value) <= se / 2
    assert RULES.rounded(value - se, se) <= RULES.rounded(value, se) <= RULES.rounded(value + se, se)


def test_numbers_tables_and_figures_are_rounded_in_every_form(published):
    row = pd.Series({"value": 51.36914233, "low": 47.70216, "high": 55.0361, "se": 1.83112, "n": 160})
    publish("a.level", row, unit="score", definition=PAIR, interval="confidence", rules=RULES, **ABOUT)
    frame = pd.DataFrame({"class": ["x", "y"], "share": [33.33333333, 12.5678], "n": [160, 35]})
    told = {"caption": "Shares in two classes.", "rules": RULES, **ABOUT}
    publish_table("a.table", frame, columns={"class": "Class", "share": ("Share", "percent")}, **told)
    figure, axes = new_figure()
    axes.plot(frame["class"], frame["share"], "o")
    alt = "Two points, the second is lower."
    publish_figure("a.figure", figure, data=frame, alt=alt, **told)
    level, table, drawn = (bundle[MIME]["records"][0] for bundle in published)
    assert [level[name] for name in ("value", "low", "high", "se", "n")] == [51.4, 47.7, 55.0, 1.8, 160]
    assert table["data"]["rows"] == drawn["data"]["rows"] == [["x", 33.3, 160], ["y", 12.6, 35]]
    for form, text in published[2].items():
        if form.startswith("image/svg"):
            assert not re.search(r"\d\.\d{2,}", re.sub(r"scale\([^)]*\)", "", text)), form
    everything = json.dumps(published)
    assert not re.search(r"51\.36|47\.70|33\.33|12\.56", everything)


def test_without_rules_nothing_is_rounded(published):
    publish("a.level", 51.36914233, unit="score", definition=PAIR, **ABOUT)
    assert published[0][MIME]["records"][0]["value"] == 51.36914233


def test_counts_stay_and_what_is_missing_stays_missing():
    frame = pd.DataFrame({"n": [1234.0, 5.0], "estimate": [51.369, np.nan], "se": [22.4, np.nan]})
    found = RULES.applied(frame)
    assert found["n"].tolist() == [1234, 5]
    assert found.loc[0, "estimate"] == 50 and found.loc[0, "se"] == 22
    assert found.loc[1].drop("n").isna().all()
