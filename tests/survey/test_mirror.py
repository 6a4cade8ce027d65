"""What a municipality sees of itself is its own, and nothing of another can be reckoned from it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student
from smaller import write_smaller

from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.intake.loading import load_survey
from doorgroeien.results.disclosure import RULES
from doorgroeien.survey.dimension import Dimension
from doorgroeien.survey.mirror import EVERYBODY, PERSONAL, PERSONS, QUARTERS, Mirrors


@pytest.fixture(scope="module")
def survey():
    return load_survey()


@pytest.fixture(scope="module")
def mirrors(survey):
    return Mirrors(survey, before=2005, wave=2007)


@pytest.fixture(scope="module")
def scores(mirrors):
    return pd.concat({town: mirrors.scores(town) for town in mirrors.towns}, names=["town", "score"])


def people_of(survey, town, wave=2007):
    asked = (survey.respondents["municipality"] == town) & (survey.respondents["wave"] == wave)
    return survey.respondents[asked], survey.scored[asked]


def test_a_score_is_the_mean_of_the_items_over_its_people(survey, scores):
    items = survey.instrument.parts["full"]["2d"]
    checked = 0
    for town in scores.index.unique("town")[:40]:
        _, given = people_of(survey, town)
        means = given[[f"{item}_full" for item in items]].mean()
        own = scores.loc[(town, "2d"), "own"]
        alone = [name for name in given if survey.instrument.rows.get(name, {}).get("role") in PERSONAL]
        few = given[[item for item in items if item in alone]].notna().sum() < PERSONS
        if means.notna().all() and not few.any():  # else it is filled in from the other municipalities
            checked += 1
            assert own == pytest.approx(means.mean())
    assert checked > 20


def test_the_error_is_that_of_a_sample_of_the_staff_with_their_spread_pooled_over_the_class(survey, mirrors):
    found = mirrors._errors(pd.DataFrame({"score": {"d3c_everyone_full": 1.0}}), 2007).xs(
        "score", level="score"
    )
    staff = (survey.respondents["wave"] == 2007) & (survey.respondents["role"] == "staff")
    town = survey.respondents.loc[staff, "municipality"]
    given = survey.scored.loc[staff, "d3c_everyone_full"]
    counts = (given.groupby(town).transform("count") >= PERSONS) & given.notna()
    given, town = given[counts], town[counts]
    inside = given[town.map(survey.frame(2007)["size_class"]) == "20k-50k"].groupby(town)
    spare = inside.size() - 1
    pooled = (inside.var(ddof=1).fillna(0) * spare).sum() / spare.sum()
    people = survey.groups.query("wave == 2007 and role == 'staff'").set_index("municipality")["population"]
    number = inside.size()
    expected = np.sqrt(pooled * (1 - number / people[number.index].astype(float)) / number)
    assert np.allclose(found.loc[number.index, "se"], expected)
    assert np.allclose(found.loc[number.index, "df"], spare.sum())
    assert (found.loc[[*set(mirrors.towns) - set(town)], "se"] == 0).all()


def test_who_is_asked_and_answers_as_the_whole_of_a_role_leaves_no_error(scores):
    of_one = scores.xs("4a", level="score").dropna(subset="own")
    assert (of_one["n"] == 1).all() and (of_one["own_low"] == of_one["own"]).all()


def test_intervals_are_those_of_student_and_keep_to_the_scale(scores):
    known = scores.dropna(subset=["own", "df"])
    half = known["se"] * student.ppf(0.975, known["df"])
    assert np.allclose(known["own_low"], (known["own"] - half).clip(lower=0))
    assert np.allclose(known["own_high"], (known["own"] + half).clip(upper=100))


def test_peers_are_those_of_the_class_where_each_class_may_be_shown_and_all_elsewhere(survey, scores):
    classes = survey.frame(2007)["size_class"]
    of_class = scores["peers_are"] == scores.index.get_level_values("town").map(classes)
    assert of_class.any() and (scores.loc[~of_class, "peers_are"] == EVERYBODY).all()
    levels = Dimension(survey, "", 2005, 2007).levels(by=["size_class"])
    least = levels.groupby("variable")["units"].min() - 1
    shown = scores[of_class].index.unique("score")
    assert (least[shown] * QUARTERS[0] >= RULES.least).all()
    hidden = scores[~of_class].index.unique("score").difference(shown)
    assert (least[hidden] * QUARTERS[0] < RULES.least).any()


def test_what_is_said_of_a_class_is_what_the_book_publishes_of_it_rounded(survey, scores):
    levels = Dimension(survey, "", 2005, 2007).levels(by=["size_class"]).set_index(["size_class", "variable"])
    rows = scores[scores["peers_are"] != EVERYBODY].groupby(["peers_are", "score"]).first()
    for (name, score), row in rows.iterrows():
        level = levels.loc[(name, score)]
        assert row["peers"] == RULES.rounded(level["estimate"], level["se"], level["units"])
    assert len(rows) > 20


@pytest.mark.parametrize(("units", "shown"), [(5, False), (6, True)])
def test_a_change_of_few_is_not_shown_beside_that_of_one_of_them(survey, mirrors, units, shown, monkeypatch):
    changes = mirrors._all.changes().assign(units=units, n=units)
    of_few = Mirrors(survey, 2005, 2007)
    monkeypatch.setattr(of_few._all, "changes", lambda: changes)
    peers = of_few.changes(of_few.towns[0])["peers"]
    assert len(peers) and (peers.notna().all() if shown else peers.isna().all())


def test_what_the_gate_holds_back_of_a_class_is_shown_of_nobody_in_it(survey, mirrors):
    """The peers are then all municipalities, unless these are held back too."""

    towns = [
        next(iter(rows)) for _, rows in mirrors.frame.loc[mirrors.towns].groupby("size_class").groups.items()
    ]
    by_class = mirrors.scores(towns[0]).query("peers_are != @EVERYBODY").index
    one, two = by_class[:2]

    def gate(compared):
        of_class = compared["variable"].eq(one) & compared["size_class"].eq(
            mirrors.frame.at[towns[0], "size_class"]
        )
        return of_class | compared["variable"].isin([two, "d1a_policy"])

    gated = Mirrors(survey, 2005, 2007, gate)
    for town in towns:
        before, after = mirrors.scores(town), gated.scores(town)
        assert before.loc[one, "peers_are"] != EVERYBODY and after.loc[one, "peers_are"] == EVERYBODY
        assert after.loc[two, ["peers", "peers_low", "peers_high", "lower", "upper"]].isna().all()
        assert before.loc[two].notna().any() and after.loc[two, "stands"] == 0
        pd.testing.assert_frame_equal(before.drop(index=[one, two]), after.drop(index=[one, two]))
        lost = gated.items(town)["peers"].isna()
        assert lost["d1a_policy"] and lost.sum() == 1


def test_what_is_compared_is_all_that_reports_show_of_others(mirrors, scores):
    shown = mirrors.compared[mirrors.compared["rule"].isna()].set_index(["table", "variable", "size_class"])
    said = scores[scores["peers"].notna()].reset_index()
    rows = shown.loc["levels"].loc[list(zip(said["score"], said["peers_are"], strict=True))]
    assert (rows["estimate"].to_numpy() == said["peers"].to_numpy()).all()
    for table, of in (("items", mirrors.items), ("changes", mirrors.changes)):
        peers = of(mirrors.towns[0])["peers"].dropna()
        known = shown.loc[table].groupby("variable")["estimate"].agg(set)
        assert len(peers) and all(value in known[name] for name, value in peers.items())


def test_no_score_tells_what_few_who_answer_for_themselves_said(survey, mirrors, scores):
    """Whatever they say, the scores are the same, also those that contain theirs."""
    people = survey.respondents
    few = people.groupby(["wave", "municipality", "role"])["respondent"].transform("size") < PERSONS
    few &= people["role"].isin(PERSONAL)
    assert few.sum() > 300
    said = survey.answers.copy()
    for item, row in survey.instrument.rows.items():
        codes = survey.instrument.answer_codes[row["scale"]]
        turned = said[item].map(dict(zip(codes, reversed(codes), strict=True)))
        said[item] = said[item].mask(few & turned.notna(), turned)
    assert not said.equals(survey.answers)
    others = Mirrors(replace(survey, answers=said), 2005, 2007)
    own = ["own", "own_low", "own_high", "hidden", "n"]
    for town in mirrors.towns[::15]:
        pd.testing.assert_frame_equal(others.scores(town)[own], scores.xs(town)[own], check_names=False)
        assert others.changes(town)["own"].equals(mirrors.changes(town)["own"])


def test_a_score_of_which_less_than_half_counts_is_not_shown(survey, mirrors, scores):
    hidden = scores["hidden"] == "persons"
    assert hidden.any() and scores.loc[hidden, ["own", "own_low", "own_high", "se"]].isna().all(axis=None)
    items = survey.instrument.parts["full"]["3a"]
    for town in mirrors.towns[:60:2]:
        _, given = people_of(survey, town)
        number = given[items].notna().sum()
        alone = [survey.instrument.rows[item]["role"] in PERSONAL for item in items]
        counts = (number > 0) & ~(np.array(alone) & (number < PERSONS))
        expected = None if counts.mean() >= 0.5 else "persons" if (number > 0).mean() >= 0.5 else "answered"
        assert scores.loc[(town, "3a"), "hidden"] == expected or expected is None, town


def test_an_answer_of_few_who_answer_for_themselves_is_not_shown(survey, mirrors):
    for town in mirrors.towns[:60:2]:
        rows = mirrors.items(town)
        few = rows["role"].isin(PERSONAL) & (rows["n"] < PERSONS)
        assert rows.loc[few, "own"].isna().all() and rows.loc[few, "hidden"].notna().all()
        people, given = people_of(survey, town)
        shown = rows.index[rows["own"].notna()]
        assert np.allclose(given[shown].mean(), rows.loc[shown, "own"])


def test_a_score_stands_out_where_its_whole_interval_lies_beyond_a_quarter(scores):
    high, low = scores[scores["stands"] == 1], scores[scores["stands"] == -1]
    assert len(high) and (high["own_low"] > high["upper"]).all()
    assert len(low) and (low["own_high"] < low["lower"]).all()


def test_a_change_is_the_difference_of_two_years_where_all_that_went_into_it_took_part(survey, mirrors):
    then = survey.frame(2005)
    took_part = then.groupby("unit")["responded"].agg(["size", "sum"])
    columns = [f"{item}_quick_scan" for item in survey.instrument.parts["quick_scan"]["4a"]]
    seen = set()
    for town in mirrors.towns[:100:3]:
        unit = mirrors.frame.at[town, "unit"]
        parts, known = took_part.loc[unit]
        own = mirrors.changes(town).loc["4a", "own"]
        assert mirrors.went_into(town) == parts
        assert np.isnan(own) or parts == known
        if np.isnan(own) or parts > 1:
            continue
        seen.add(town)
        before = then.index[then["unit"] == unit][0]
        now, earlier = (
            people_of(survey, name, wave)[1][columns].mean().mean()
            for name, wave in ((town, 2007), (before, 2005))
        )
        assert own == pytest.approx(now - earlier)
    assert seen


@pytest.mark.parametrize("kind", ["20 municipalities", "one role", "one wave"])
def test_on_few_answers_it_says_what_it_can(root, tmp_path, kind):
    small = Mirrors(
        load_survey(write_smaller(tmp_path / "small", root / "data" / "survey", kind)), 2005, 2007
    )
    scores = small.scores(small.towns[0])
    assert scores["own"].notna().any()
    if kind == "20 municipalities":  # four of a class: none may be shown, nor the middle half of all
        assert scores[["lower", "upper"]].isna().all(axis=None) and (scores["stands"] == 0).all()
        assert (scores["peers_are"] == EVERYBODY).all() and scores["peers"].notna().sum() > 10
    if kind == "one wave":
        with pytest.raises(NotEstimableError):
            small.changes(small.towns[0])


def test_a_town_alone_of_its_class_does_not_meet_itself(root, tmp_path):
    kind = "one large city"
    small = Mirrors(
        load_survey(write_smaller(tmp_path / "small", root / "data" / "survey", kind)), 2005, 2007
    )
    alone = next(town for town in small.towns if small.frame.at[town, "size_class"] == ">=100k")
    assert (small.scores(alone)["peers_are"] == EVERYBODY).all()


def test_where_nobody_knows_how_many_there_are_those_asked_are_few_of_many(survey, mirrors):
    unknown = survey.groups.assign(population=pd.array([pd.NA] * len(survey.groups), dtype="Int64"))
    weights = pd.DataFrame({"score": {"d3c_everyone_full": 1.0}})
    found = Mirrors(replace(survey, groups=unknown), 2005, 2007)._errors(weights, 2007)["se"]
    assert (found >= mirrors._errors(weights, 2007)["se"]).all() and (found > 0).mean() > 0.6
