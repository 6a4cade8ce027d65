"""What chapters on a dimension share: each table against a computation of its own."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student
from scipy.stats import ttest_ind
from smaller import write_smaller

from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.intake.loading import load_survey
from doorgroeien.survey.dimension import Dimension, all_pairs, comparison, foremost, holm, in_percent
from doorgroeien.survey.weighting import design_of, municipal_design


@pytest.fixture(scope="module")
def cycle(root):
    return Dimension(load_survey(root=root), "1", 2005, 2007)


def test_names_for_pictures_and_sentences_come_from_the_tables(cycle):
    assert set(cycle.items.index) | {*cycle.parts, "1"} == set(cycle.labels)
    turned = {name for name, label in cycle.labels.items() if label.endswith("*")}
    assert turned == set(cycle.items.index[cycle.items["direction"] == -1]) != set()
    assert cycle.phrases["1d"] == ("measuring and evaluating", "meten en evalueren")


def test_a_dimension_that_nobody_was_asked_about_is_not_estimable(tmp_path, root):
    alone = load_survey(write_smaller(tmp_path, root / "data/survey", "one role"), root)
    assert Dimension(alone, "1", 2005, 2007).parts == ["1a", "1b", "1c", "1d"]
    support = Dimension(alone, "3", 2005, 2007)
    for ask in (lambda: support.parts, lambda: support.scored, support.levels, support.item_levels):
        with pytest.raises(NotEstimableError) as found:
            ask()
        assert found.value.reason == "absent"


def test_holm_corrects_within_a_family():
    frame = pd.DataFrame({"estimate": [3.0, 2.0, 1.0, 3.0], "se": 1.0, "df": 50, "kind": list("aaab")})
    found = holm(frame, "kind")
    p = 2 * student.sf([3, 2, 1, 3], 50)
    expected = [3 * p[0], 2 * p[1], max(2 * p[1], p[2]), p[3]]
    np.testing.assert_allclose(found["p_holm"], expected)
    assert holm(frame)["p_holm"].iloc[0] == pytest.approx(4 * p[0])
    lost = holm(frame.assign(estimate=[np.nan, 2.0, 1.0, 3.0]))
    assert np.isnan(lost["p_holm"].iloc[0]) and lost["p_holm"].iloc[1] == pytest.approx(2 * p[1])


def test_no_test_is_made_without_degrees_of_freedom_or_on_too_few_to_publish():
    frame = pd.DataFrame({"estimate": 9.0, "se": [1.0, 0.0, 1.0], "df": [20, 0, 20], "n": [9, 9, 4]})
    found = holm(frame)
    assert found["p_holm"].isna().to_list() == [False, True, True]
    assert found["p_holm"].iloc[0] == pytest.approx(2 * student.sf(9, 20))


def test_a_part_is_the_mean_of_its_items_and_the_dimension_of_its_parts(cycle):
    levels = cycle.levels().set_index("variable")["estimate"]
    items = cycle.item_levels().set_index("variable")["estimate"]
    for part, rows in cycle.scored.groupby("dimension"):
        assert levels[part] == pytest.approx(items[rows.index].mean())
    assert levels["1"] == pytest.approx(levels[cycle.parts].mean())


def test_scores_of_municipalities_are_those_of_one_wave(root, cycle):
    early = Dimension(load_survey(root=root), "1", 2005, 2005).municipalities.table.data
    late, raw = cycle.municipalities.table.data, municipal_design(load_survey(root=root)).table.data
    for data, wave in ((early, 2005), (late, 2007)):
        now = data["wave"] == wave
        assert now.any() and not now.all() and data.loc[now, "d1d_goals"].equals(raw.loc[now, "d1d_goals"])
        assert data.loc[now, "d1d_goals"].notna().any() and data.loc[
            ~now, ["d1d_goals", "1d", "1", "total"]
        ].isna().all(axis=None)
        assert data["quick_1"].equals(raw["quick_1"])


def test_changes_hold_items_parts_and_dimension(cycle):
    found = cycle.changes().set_index("variable")
    assert found["level"].value_counts().to_dict() == {"item": 9, "part": 4, "dimension": 1}
    waves = cycle.quick_levels().pivot(index="variable", columns="wave", values="estimate")
    np.testing.assert_allclose(found["estimate"], (waves[2007] - waves[2005])[found.index])
    assert (found["p_holm"] >= found["p_value"]).all()


def test_a_naive_change_is_the_one_of_two_independent_samples(cycle):
    found = cycle.naive_changes().set_index("variable").loc["d1d_goals"]
    data = cycle.design.table.data
    new, old = (data.loc[data["wave"] == wave, "d1d_goals"].dropna().astype(float) for wave in (2007, 2005))
    test = ttest_ind(new, old, equal_var=False)
    interval = test.confidence_interval()
    assert found["p_value"] == pytest.approx(test.pvalue)
    assert (found["ci_low"], found["ci_high"]) == pytest.approx((interval.low, interval.high))


def test_bounds_hold_every_view_of_who_did_not_answer(cycle):
    found = cycle.nonresponse()
    for name in ("estimate", "reluctant", "ci_low", "ci_high"):
        assert found[name].between(found["least"], found["most"]).all()
    np.testing.assert_allclose(found["most"] - found["least"], 100 - found["answered"])
    np.testing.assert_allclose(found["all_most"] - found["all_least"], 100 - found["heard"])
    assert (found["all_least"] <= found["least"]).all() and (found["most"] <= found["all_most"]).all()


def test_bounds_over_towns_and_over_people_are_those_worked_out_by_hand(cycle):
    """A part of one item of staff, in three towns: two of four answered, one of eight, and none of five."""
    towns = ["t1", "t2", "t3"]
    groups = pd.DataFrame({"wave": 2007, "municipality": towns, "role": "staff", "population": [4, 8, 5]})
    data = pd.DataFrame({"wave": 2007, "municipality": ["t1", "t1", "t2"], "skills_full": [100, 50, 25]})
    tiny = Dimension(cycle.survey, "3", 2005, 2007)
    tiny.survey = SimpleNamespace(groups=groups)
    tiny.put = pd.DataFrame({"role": ["staff"]}, index=["skills"])
    tiny.design = SimpleNamespace(table=SimpleNamespace(data=data))
    level = pd.DataFrame(
        {"variable": ["3c"], "estimate": 50, "ci_low": 40, "ci_high": 60, "df": 1, "n": 2, "units": 2}
    )
    tiny.levels = lambda stands_in="class": level
    tiny._score_columns = lambda form, items: {"3c": {"skills_full": 1.0}}
    found = tiny.nonresponse().iloc[0]
    assert found["answered"] == pytest.approx(200 / 3) and found["df"] == 1
    assert (found["least"], found["most"]) == pytest.approx(((75 + 25) / 3, (75 + 25 + 100) / 3))
    assert found["heard"] == pytest.approx(100 * (2 / 4 + 1 / 8) / 3)
    least = (150 / 4 + 25 / 8) / 3
    assert (found["all_least"], found["all_most"]) == pytest.approx((least, least + 100 - found["heard"]))


def test_shares_are_per_cent_and_add_up(cycle):
    found = cycle.shares(["d1d_goals", "d1a_plan"])
    np.testing.assert_allclose(found.groupby("item")["estimate"].sum(), 100)
    assert set(found["wave"]) == {2007} and (found["ci_low"] <= found["estimate"]).all()


def test_reliability_names_each_part(cycle):
    found = cycle.reliability().set_index("part")
    assert list(found.index) == ["1a", "1b", "1c", "1d", "1"]
    assert found["alpha"].between(found["ci_low"], found["ci_high"]).all()
    items = cycle.item_analysis()
    assert set(items["item"]) == set(cycle.scored.index)


def test_the_dimension_can_count_dont_know_as_any_score(cycle):
    asked = cycle.survey.endings.xs(2007, level="wave").loc[cycle.scored.index]
    assert asked["dont_know"].any()
    plain, lowest, highest = (
        cycle.levels(unknown=score).set_index("variable")["estimate"] for score in (None, 0.0, 100.0)
    )
    assert (lowest < plain).all() and (plain < highest).all()
    data, answers = cycle.design.table.data, cycle.survey.answers
    said = (answers["d1d_goals"] == -8).fillna(False).to_numpy(bool)
    filled = cycle.design.assign(goals=data["d1d_goals"].mask(said, 0.0))
    found = filled.mean("goals", by="wave").set_index("wave").at[2007, "estimate"]
    others = cycle.scored.index[cycle.scored["dimension"] == "1d"].drop("d1d_goals")
    harsh = [
        cycle.design.assign(one=data[item].mask((answers[item] == -8).fillna(False).to_numpy(bool), 0.0))
        .mean("one", by="wave")
        .set_index("wave")
        .at[2007, "estimate"]
        for item in others
    ]
    assert lowest["1d"] == pytest.approx(np.mean([found, *harsh]))


@pytest.mark.slow
def test_a_question_that_nobody_could_answer_counts_as_put_and_in_no_score(tmp_path, root):
    survey = load_survey(write_smaller(tmp_path, root / "data/survey", "don't know"), root)
    cycle, whole = Dimension(survey, "1", 2005, 2007), Dimension(load_survey(root=root), "1", 2005, 2007)
    assert survey.unknown >= {"d1d_goals", "d2a_intake"} and survey.unknown <= survey.absent
    assert "d1d_goals" in cycle.put.index and "d1d_goals" not in cycle.items.index
    assert set(survey.put.index) == set(whole.survey.items.index)
    ended = survey.endings.loc["d1d_goals", 2007]
    assert ended["answer"] == 0 and ended["dont_know"] > 0
    asked = whole.survey.endings.loc["d1d_goals", 2007]
    assert ended["not_reached"] == asked["not_reached"] and ended.sum() == asked.sum()
    others = cycle.scored.index[cycle.scored["dimension"] == "1d"]
    low = cycle.levels(unknown=0.0).set_index("variable")["estimate"]
    alone = replace(survey, asked=survey.instrument)  # as if nobody had been asked
    short = Dimension(alone, "1", 2005, 2007).levels(unknown=0.0).set_index("variable")["estimate"]
    assert low["1d"] == pytest.approx(short["1d"] * len(others) / (len(others) + 1))
    bounds, full = (one.nonresponse().set_index("variable").loc["1d"] for one in (cycle, whole))
    assert bounds["most"] - bounds["least"] == pytest.approx(100 - bounds["answered"])
    assert bounds["answered"] < full["answered"] and bounds["least"] <= full["least"] + 1e-9
    assert bounds["most"] >= full["most"] - 1e-9


def test_a_change_can_be_that_if_the_missing_are_like_the_reluctant(cycle):
    plain, other = (cycle.changes(stands_in=who).set_index("variable") for who in ("class", "reluctant"))
    pd.testing.assert_frame_equal(plain, cycle.changes().set_index("variable"))
    design = design_of(cycle.survey, stands_in="reluctant")
    goals = design.mean("d1d_goals", by="wave").set_index("wave")["estimate"]
    assert other.at["d1d_goals", "estimate"] == pytest.approx(goals[2007] - goals[2005])
    assert abs(other.at["1", "estimate"] - plain.at["1", "estimate"]) > 0.01


def test_scales_hold_each_part_above_its_items_and_the_dimension_last(cycle):
    found = cycle.scales()
    assert list(found["name"].iloc[[0, -1]]) == ["1a", "1"]
    assert set(found["name"]) == {*cycle.scored.index, *cycle.parts, "1"}
    under = found["name"].where(found["name"].str.len() == 2).ffill()
    assert (found["part"] == under)[found["part"].notna()].all()
    assert set(found.loc[found["part"].isna(), "name"]) == {*cycle.parts, "1"}
    alphas = cycle.reliability().set_index("part")["alpha"]
    pd.testing.assert_series_equal(found.set_index("name")["alpha"].dropna(), alphas, check_names=False)


def test_all_pairs_are_each_row_minus_each_row_below(cycle):
    levels = cycle.levels()
    found = all_pairs(cycle.design, levels[1:])
    assert list(zip(found["of"], found["minus"], strict=True))[:2] == [
        (levels.index[1], levels.index[2]),
        (levels.index[1], levels.index[3]),
    ]
    value = levels["estimate"]
    np.testing.assert_allclose(
        found["estimate"], [value[a] - value[b] for a, b in found[["of", "minus"]].values]
    )
    assert len(found) == 6 and (found["p_holm"] >= found["p_value"]).all()


def test_the_foremost_row_is_clear_only_where_it_differs_from_every_other(cycle):
    levels = cycle.levels().query("variable != '1'")
    top, clear = foremost(cycle.design, levels)
    assert top["estimate"] == levels["estimate"].max()
    bottom, _ = foremost(cycle.design, levels, -1)
    assert bottom["estimate"] == levels["estimate"].min()
    place = list(levels["variable"]).index(top["variable"])
    others = [row for row in range(len(levels)) if row != place]
    apart = {f"{row}": [(i == place) - (i == row) for i in range(len(levels))] for row in others}
    alone = cycle.design.contrast(levels, apart)
    # With fewer tests to correct for, what is clear among all pairs is clear among these.
    assert not clear or (holm(alone)["p_holm"] < 0.05).all()


def test_shares_in_percent_keep_their_errors_beside_them():
    shares = pd.DataFrame({"estimate": [0.2], "se": [0.01], "ci_low": [0.18], "ci_high": [0.22], "n": [90]})
    assert in_percent(shares).iloc[0].to_list() == pytest.approx([20, 1, 18, 22, 90])
    assert in_percent(shares[["estimate", "n"]]).iloc[0].to_list() == pytest.approx([20, 90])


def test_without_a_code_it_is_all_of_embedding_with_the_total_as_its_score(root, cycle):
    whole = Dimension(load_survey(root=root), "", 2005, 2007)
    assert len(whole.parts) == 15 and {"1", "2", "3", "4"} < set(whole.phrases)
    levels = whole.levels().set_index("variable")["estimate"]
    assert levels["total"] == pytest.approx(levels[["1", "2", "3", "4"]].mean())
    assert levels["1"] == pytest.approx(cycle.levels().set_index("variable").loc["1", "estimate"])
    changes = whole.changes().set_index("variable")
    assert changes.loc["total", "level"] == "whole"
    assert changes.loc["total", "p_holm"] == pytest.approx(changes.loc["total", "p_value"])
    four = changes[changes["level"] == "dimension"]
    assert len(four) == 4 and (four["p_holm"].min() == pytest.approx(4 * four["p_value"].min()))


def test_one_answer_in_each_municipality_is_too_few_and_not_unasked(root, tmp_path):
    survey = load_survey(write_smaller(tmp_path, root / "data" / "survey", "one respondent each"), root)
    with pytest.raises(NotEstimableError) as raised:
        Dimension(survey, "1", 2005, 2007).item_analysis()
    assert raised.value.reason == "few"


def test_no_difference_is_told_of_a_side_that_tells_what_nearly_all_said():
    class Weighted:
        def contrast(self, table, whole):
            return pd.DataFrame({"estimate": [table["estimate"] @ weights for weights in whole.values()]})

    rows = pd.DataFrame({"estimate": [63.0, 10.7, 55.0], "n": 12, "units": 12})
    sides = {"told by the other": [1, -1, 0], "open": [1, 0, -1]}
    found = comparison(Weighted(), rows, sides)
    assert np.isnan(found["estimate"].iat[0]) and found["estimate"].iat[1] == 8.0
    assert found["reason"].iat[0] == "telling" and pd.isna(found["reason"].iat[1])
    assert comparison(Weighted(), rows.assign(units=40, n=40), sides)["estimate"].notna().all()
