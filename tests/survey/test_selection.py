"""Selective response: intervals that hold the truth of the reference survey, and rates worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from doorgroeien import load
from doorgroeien.estimation.design import Design
from doorgroeien.intake.loading import load_survey
from doorgroeien.survey import ledger
from doorgroeien.survey.dimension import Dimension
from doorgroeien.survey.persons import person_shares
from doorgroeien.survey.selection import DELTA, r_indicator, response_rates, sensitivity
from doorgroeien.survey.weighting import design_of, score_columns


@pytest.fixture(scope="module")
def survey(root):
    return load_survey(root=root)


@pytest.fixture(scope="module")
def embedding(survey):
    return Dimension(survey, "", 2005, 2007)


@pytest.fixture(scope="module")
def truth(root):
    table = load("truth", root).query("domain == 'all'")
    return table.set_index(["estimand", "wave", "per"])["value"]


def holds(found, low, high, true):
    return (found[low] <= true) & (true <= found[high])


@pytest.mark.slow
def test_the_longer_interval_holds_the_truth_of_every_level_where_the_shorter_mostly_does_not(
    embedding, truth
):
    found = embedding.selection()
    true = pd.Series({name: truth[f"score.{name}", "2007", "municipality"] for name in found.index})
    assert len(found) == 20
    assert holds(found, "sens_low", "sens_high", true).all()
    assert holds(found, "ci_low", "ci_high", true).mean() < 0.5


@pytest.mark.slow
def test_it_holds_the_truth_of_the_findings_that_are_levels(survey, truth):
    found = ledger.selection(survey, ledger.estimands(survey, 2005, 2007), 2007)
    assert set(found["finding"]) == {3, 4, 5, 6, 8, 9}
    true = pd.Series({name: truth[f"finding.{name}", "2007", row["per"]] for name, row in found.iterrows()})
    assert holds(found, "sens_low", "sens_high", true).all()
    assert (found["sens_high"] <= 100).all()


def test_the_interval_is_longer_by_half_a_standard_deviation_times_who_gave_no_answer(survey, embedding):
    data = embedding.design.table.data
    one, name = "d1d_goals", "goals"  # one person in each municipality
    level = embedding.design.mean(one, by="wave").query("wave == 2007").set_axis([name])
    found = sensitivity(survey, embedding.design, 2007, level, {name: {one: 1}}).loc[name]
    given = data.loc[data["wave"] == 2007, one].dropna()
    weights = embedding.design.weights[data.index.get_indexer(given.index)]
    sd = np.sqrt(np.cov(given, aweights=weights, ddof=0))
    missed = 1 - len(given) / 443
    assert found["missed"] == pytest.approx(100 * missed)
    assert found["ci_low"] - found["sens_low"] == pytest.approx(DELTA * sd * missed)
    assert found["sens_high"] - found["ci_high"] == pytest.approx(DELTA * sd * missed)
    half = sensitivity(survey, embedding.design, 2007, level, {name: {one: 1}}, delta=0.25).loc[name]
    assert half["sens_high"] - half["ci_high"] == pytest.approx(DELTA * sd * missed / 2)


def test_of_persons_each_counts_once(survey):
    found = person_shares(survey, 2007, {"role": ("d3a_role", ["mainly execution"])}).loc["role"]
    assert found["missed"] == pytest.approx(100 - found["answered"])
    share = found["estimate"] / 100
    assert found["sd"] == pytest.approx(100 * np.sqrt(share * (1 - share)), rel=1e-3)


def test_a_difference_of_scores_can_be_negative_and_a_score_cannot(survey, embedding):
    lean = embedding.selection(lean={"2a": 1, "2b": -1}).loc["lean"]
    assert lean["n"] > 0 and lean["sens_low"] < lean["ci_low"]
    low = pd.DataFrame({"estimate": 1.0, "ci_low": 0.5, "ci_high": 1.5}, index=["a"])
    columns = {"a": {"d1d_goals": 1, "d1d_evaluate": -1}}, {"a": {"d1d_goals": 1}}
    apart, alone = (sensitivity(survey, embedding.design, 2007, low, parts).loc["a"] for parts in columns)
    assert apart["sens_low"] < 0 and alone["sens_low"] == 0


def test_a_question_that_nobody_answers_was_missed_by_all(survey, embedding):
    data = embedding.design.table.data
    none = data.assign(d1d_goals=data["d1d_goals"].where(data["wave"] != 2007))
    level = pd.DataFrame({"estimate": np.nan, "ci_low": np.nan, "ci_high": np.nan}, index=["a"])
    design = Design(none.assign(one=1.0), weight="one")
    found = sensitivity(survey, design, 2007, level, {"a": {"d1d_goals": 0.5, "d1d_evaluate": 0.5}}).loc["a"]
    some = sensitivity(survey, design, 2007, level, {"a": {"d1d_evaluate": 1}}).loc["a"]
    assert found["missed"] == pytest.approx((100 + some["missed"]) / 2)


@pytest.mark.slow
def test_where_all_answer_both_intervals_are_one(complete):
    found = Dimension(complete[0], "1", 2005, 2007).selection()
    np.testing.assert_allclose(found["missed"], 0, atol=1e-9)
    np.testing.assert_allclose(found["sens_low"], found["ci_low"])


def test_response_rates_count_the_complete_and_the_partial(survey):
    found = response_rates(survey)
    groups = survey.groups.groupby(["wave", "role"], sort=False)[["invited", "responded"]].sum()
    assert (found["invited"] == groups["invited"]).all()
    assert (found["complete"] + found["partial"] <= groups["responded"]).all()
    # The quick scan is so short that nobody stops; on the full form some do.
    both = [table.loc[2005].to_numpy(dtype=float) for table in (found["complete"], groups["responded"])]
    np.testing.assert_array_equal(*both)
    assert found.loc[2007, "partial"].sum() > 0
    assert (found["RR2"] - found["RR1"]).to_numpy() == pytest.approx(
        (100 * found["partial"] / found["invited"]).to_numpy()
    )


def test_response_is_representative_where_all_are_as_likely_to_answer():
    assert r_indicator(np.array([0.3, 0.3, 0.3])) == 1
    assert r_indicator(np.array([0.2, 0.8])) == pytest.approx(0.4)
    assert r_indicator(np.array([0.2, 0.8]), np.array([3, 1])) == pytest.approx(1 - 2 * 0.6 * np.sqrt(3) / 4)


@pytest.mark.slow
def test_classes_of_the_panel_weigh_up_those_whose_earlier_score_is_rare(survey):
    size, panel = (design_of(survey, classes=name) for name in ("size", "panel"))
    assert isinstance(panel, Design)
    data = panel.table.data
    for sample, rows in data.groupby("sample"):  # each sample still stands for all
        total = (survey.municipalities["wave"] == rows["wave"].iloc[0]).sum()
        assert panel.weights[data.index.isin(rows.index)].sum() == pytest.approx(total), sample
    first = (data["wave"] == 2005).to_numpy()
    np.testing.assert_allclose(panel.weights[first], size.weights[first])
    assert not np.allclose(panel.weights[~first], size.weights[~first])
    classes = data.loc[~first, "response_class"].astype("str")
    assert classes.str.endswith(" low").any() and classes.str.endswith(" high").any()
    columns = score_columns(survey.instrument, "full")
    both = [
        design.average(design.mean(list(columns["total"]), by="wave"), columns)
        .query("wave == 2007 and variable == 'total'")["estimate"]
        .iloc[0]
        for design in (size, panel)
    ]
    assert both[1] < both[0]  # here the panel repairs a little of the selection
    with pytest.raises(ValueError, match="classes='score' is unknown. Choose one of size, panel"):
        design_of(survey, classes="score")
