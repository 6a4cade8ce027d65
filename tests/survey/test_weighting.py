"""The weights of the survey: they meet the frame, and on complete answers every estimate is the truth."""

from copy import copy
from dataclasses import replace

import numpy as np
import pytest
from statsmodels.regression.linear_model import OLS

from doorgroeien import load
from doorgroeien.intake.loading import load_survey
from doorgroeien.survey.answers import SIZE_CLASSES
from doorgroeien.survey.weighting import design_of, municipal_design, score_columns

ORDER = list(SIZE_CLASSES)


@pytest.fixture(scope="module")
def survey(root):
    return load_survey(root=root)


@pytest.fixture(scope="module")
def design(survey):
    return design_of(survey)


def scored(survey, form="full"):
    items = survey.instrument.items
    return [item for item in survey.instrument.asked(form) if items.at[item, "scored"]]


def known(frame, truth, name, per="municipality"):
    """Return the truth of each row of a table of estimates; ``name`` makes an estimand of a variable."""
    waves = frame["wave"] if "wave" in frame else frame["minus"].astype(str) + "-" + frame["of"].astype(str)
    return [
        truth[name(variable), str(wave), per] for variable, wave in zip(frame["variable"], waves, strict=True)
    ]


@pytest.mark.parametrize("per", ["municipality", "person"])
def test_complete_answers_give_the_truth_without_error(complete, per):
    survey, truth = complete
    design, items = design_of(survey, per), scored(survey)
    asked = design.mean(items, by="wave").dropna(subset="estimate")
    several = survey.instrument.items["role"].isin(["councillor", "manager", "staff"])
    if per == "person":
        asked = asked[asked["variable"].map(several)]
    found = known(asked, truth, lambda item: f"{item}.mean", per)
    np.testing.assert_allclose(asked["estimate"], found, atol=6e-5)  # the truth has four decimals
    assert asked["se"].max() < 1e-6


def test_scores_of_complete_answers_are_the_truth_in_both_designs(complete):
    survey, truth = complete
    people, towns = design_of(survey), municipal_design(survey)
    for form, name, prefix in (("full", "score", ""), ("quick_scan", "quick", "quick_")):
        columns = score_columns(survey.instrument, form)
        levels = people.average(people.mean(list(columns["total"]), by="wave"), columns)
        direct = towns.mean([prefix + score for score in columns], by="wave")
        for found in (levels, direct.assign(variable=direct["variable"].str.removeprefix(prefix))):
            found = found.dropna(subset="estimate")
            wanted = known(found, truth, lambda score, name=name: f"{name}.{score}")
            # A part whose only item does not apply has no score; the whole is then a mean of fewer.
            sure = found["variable"].str.len().le(2) & ~found["variable"].isin(["4"])
            np.testing.assert_allclose(found["estimate"][sure], np.array(wanted)[sure], atol=6e-5)


def test_relations_are_about_municipalities_like_these_and_levels_about_those_there_were(complete):
    survey, _ = complete
    people, towns = design_of(survey), municipal_design(survey)
    data = towns.table.data
    now = towns.assign(**{name: data[name].where(data["wave"] == 2007) for name in ("1", "3a")})
    fit = now.regress("`1` ~ size_class + `3a`")
    kept = now.table.data.dropna(subset=["1", "3a"])
    x = np.column_stack([np.ones(len(kept)), *(kept["size_class"] == c for c in ORDER[1:]), kept["3a"]])
    found = OLS(kept["1"].to_numpy(), x.astype(float)).fit(cov_type="HC1")
    np.testing.assert_allclose(fit["estimate"], found.params, rtol=1e-6)
    np.testing.assert_allclose(fit["se"], found.bse, rtol=0.05)  # all answered: no weights are left
    levels = people.mean("d1a_vision", by=["wave", "size_class"])
    assert levels["se"].max() < 1e-6


def test_changes_of_complete_answers_are_the_truth(complete):
    survey, truth = complete
    found = design_of(survey).change(scored(survey, "quick_scan"))
    wanted = known(found, truth, lambda item: f"{item}.mean")
    np.testing.assert_allclose(found["estimate"], wanted, atol=2e-4)
    assert found["se"].max() < 1e-6


@pytest.mark.parametrize("stands_in", ["class", "reluctant"])
@pytest.mark.parametrize("per", ["municipality", "person"])
def test_weights_meet_the_frame(survey, per, stands_in):
    design = design_of(survey, per, stands_in)
    data = design.table.data.assign(w=design.weights)
    frame = survey.groups.merge(survey.municipalities, on=["wave", "municipality"])
    frame["counts"] = frame["population"] if per == "person" else 1
    frame["log"] = np.log(frame["inhabitants"].astype(float)) * frame["counts"]
    data["log"] = data["log_inhabitants"] * data["w"]
    keys = ["wave", "role", "size_class"]
    data["size_class"] = data["size_class"].astype(str)
    found = data.groupby(keys)["w"].sum()
    np.testing.assert_allclose(found, frame.groupby(keys)["counts"].sum()[found.index])
    sizes = frame.groupby(["wave", "role"])["log"].sum()
    np.testing.assert_allclose(data.groupby(["wave", "role"])["log"].sum().sort_index(), sizes.sort_index())
    assert (design.weights > 0).all()


def test_roles_of_one_municipality_are_not_independent(survey, design):
    manager, staff = "d3b_priority_manager", "d3c_priority_staff"
    table = design.mean([manager, staff], by="wave")
    covariance = np.asarray(table.attrs["covariance"])
    rows = table.index[table["wave"] == 2007]
    assert covariance[rows[0], rows[1]] > 0
    gap = design.contrast(table.loc[rows], {"gap": [1, -1]})["se"].iloc[0]
    assert gap < np.hypot(*table.loc[rows, "se"])


def test_who_is_alone_among_several_is_not_sure(survey, design):
    data = design.table.data
    alone = data[(data["responded"] == 1) & (data["population"] > 1) & (data["wave"] == 2007)]
    bare = copy(design)
    bare.stages, bare.collapsed = tuple(replace(stage, lent=0.0) for stage in design.stages), ()
    for role, item in (("councillor", "d3a_execution"), ("manager", "d3b_priority_manager")):
        assert (alone["role"] == role).sum() > 50
        found, without = (each.mean(item, by="wave").query("wave == 2007")["se"] for each in (design, bare))
        assert found.iloc[0] > 1.04 * without.iloc[0]
    # No municipality shows how managers differ; where there is one, nothing is left to know.
    several = data.groupby(["wave", "municipality", "role"]).size().xs("manager", level="role")
    assert several.max() == 1
    borrowed = data.loc[design.collapsed[0].factor > 0]
    assert set(borrowed["role"]) == {"manager"} and borrowed["population"].min() > 1


def test_an_item_that_does_not_apply_is_not_lost(survey, design):
    item = "d4b_police_quality"
    everyone, nobody = copy(design), copy(design)
    everyone.items, nobody.items = design.items.like({item: "d1a_vision"}), None
    some, all_lost, none_lost = (
        each.mean(item, by="wave").query("wave == 2007")["se"].iloc[0] for each in (design, everyone, nobody)
    )
    assert none_lost < some < 0.99 * all_lost


def test_the_reluctant_speak_for_those_who_did_not_take_part(survey, design):
    other = design_of(survey, stands_in="reluctant")
    data = design.table.data
    asked = survey.groups.groupby(["wave", "municipality"])[["responded", "invited"]].sum()
    share = (asked["responded"] / asked["invited"]).rename("share")
    willing = data[["wave", "municipality"]].join(share, on=["wave", "municipality"])["share"].astype(float)
    assert np.average(willing, weights=other.weights) < np.average(willing, weights=design.weights) - 0.01


def test_a_class_with_fewer_than_two_joins_its_neighbour(survey):
    data = survey.respondents
    frame = survey.municipalities
    large = frame.loc[(frame["wave"] == 2007) & (frame["size_class"] == ">=100k"), "municipality"]
    out = (data["wave"] == 2007) & (data["role"] == "alderman") & data["municipality"].isin(large[1:])
    kept = data[~out].reset_index(drop=True)
    counts = kept.groupby(["wave", "municipality", "role"]).size().rename("responded")
    groups = survey.groups.drop(columns="responded").merge(
        counts, how="left", on=["wave", "municipality", "role"]
    )
    groups["responded"] = groups["responded"].fillna(0).astype(int)
    fewer = type(survey)(
        survey.edition,
        survey.instrument,
        survey.waves,
        survey.municipalities,
        groups,
        kept,
        survey.answers[~out].reset_index(drop=True),
    )
    design = design_of(fewer)
    rows = design.table.data.assign(w=design.weights)
    rows = rows[(rows["wave"] == 2007) & (rows["role"] == "alderman")]
    assert rows["response_class"].nunique() == 3
    assert rows["w"].sum() == pytest.approx((frame["wave"] == 2007).sum())


def test_a_missing_role_does_not_shift_a_municipal_score(survey):
    towns = municipal_design(survey)
    data = towns.table.data
    now = data[data["wave"] == 2007]
    absent = now["d1a_clear_alderman"].isna() & now["d1a_clear_staff"].notna()
    assert absent.sum() > 50 and now.loc[absent, "1a"].notna().all()
    items = [item for item in scored(survey) if survey.instrument.items.at[item, "dimension"] == "1a"]
    means = now[items].mean()
    expected = means.mean() + (now[items] - means).mean(axis=1)
    filled = now[items].apply(
        lambda column: column.fillna(means[column.name] + (now[items] - means).mean(axis=1))
    )
    np.testing.assert_allclose(now["1a"].dropna(), filled.mean(axis=1)[now["1a"].notna()])
    assert np.corrcoef(now["1a"].dropna(), expected[now["1a"].notna()])[0, 1] > 0.99


def test_score_columns_weigh_items_parts_and_dimensions_equally(survey):
    columns = score_columns(survey.instrument, "full")
    assert list(columns)[-5:] == ["1", "2", "3", "4", "total"] and len(columns) == 20
    for weights in columns.values():
        assert sum(weights.values()) == pytest.approx(1)
    assert columns["total"]["d4d_others_quality_full"] == pytest.approx(1 / 4 / 4 / 2)


def test_what_is_unknown_is_refused(survey):
    with pytest.raises(ValueError, match="per='people' is unknown. Choose one of municipality, person"):
        design_of(survey, "people")
    with pytest.raises(ValueError, match="stands_in='none' is unknown"):
        design_of(survey, stands_in="none")


def test_the_reference_frame_is_the_one_that_ships(root, survey):
    """The tests above say nothing if the survey in use is another."""
    assert len(load("municipalities", root)) == len(survey.municipalities)
