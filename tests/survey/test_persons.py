"""Shares of persons: the truth on complete answers, and bounds that hold whatever the missing think."""

import copy

import numpy as np
import pandas as pd
import pytest

from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.intake.loading import load_survey
from doorgroeien.results.disclosure import RULES
from doorgroeien.survey.persons import person_shares, said
from doorgroeien.survey.weighting import design_of, undominated

ASKED = {"role": ("d3a_role", ["mainly execution"]), "agree": ("d3c_everyone", ["agree", "strongly agree"])}


@pytest.fixture(scope="module")
def survey(root):
    return load_survey(root=root)


@pytest.fixture(scope="module")
def shares(survey):
    return person_shares(survey, 2007, ASKED)


def test_where_all_answer_there_is_one_share_whatever_is_supposed(complete):
    found = person_shares(complete[0], 2007, ASKED)
    np.testing.assert_allclose(found["answered"], 100)
    for name in ("least", "most", "reluctant"):
        np.testing.assert_allclose(found[name], found["estimate"])


def test_bounds_are_those_of_a_count_in_each_municipality(survey, shares):
    groups = survey.groups.query("wave == 2007 and role == 'councillor'")
    labels, people = survey.labelled["d3a_role_answer"], survey.respondents
    least = answered = 0.0
    for row in groups.itertuples():
        given = labels[(people["wave"] == 2007) & (people["municipality"] == row.municipality)].dropna()
        if row.invited:
            least += row.population * (given == "mainly execution").sum() / row.invited
            answered += row.population * len(given) / row.invited
    total, found = groups["population"].sum() / 100, shares.loc["role"]
    assert found["least"] == pytest.approx(least / total)
    assert found["answered"] == pytest.approx(answered / total)
    assert found["most"] == pytest.approx((least + total * 100 - answered) / total)
    assert found["all_least"] < found["least"] < found["estimate"] < found["most"] < found["all_most"]
    now = (people["wave"] == 2007) & labels.notna()
    assert found["heard"] == pytest.approx(now.sum() / total)
    yes = (labels[now] == "mainly execution").sum() / total
    assert (found["all_least"], found["all_most"]) == pytest.approx((yes, yes + 100 - found["heard"]))


def test_each_person_counts_once_and_the_reluctant_speak_for_others(survey, shares):
    for name, how in (("estimate", "class"), ("reluctant", "reluctant")):
        design = design_of(survey, per="person", stands_in=how)
        found = design.proportion("d3a_role_answer", by="wave").query("wave == 2007")
        share = found.set_index("category")["estimate"]["mainly execution"]
        assert shares.at["role", name] == pytest.approx(100 * share)
    assert shares.at["role", "reluctant"] != pytest.approx(shares.at["role", "estimate"])


def test_who_gave_no_answer_or_another_wave_is_missing_and_a_wrong_answer_an_error(survey):
    data = design_of(survey, per="person").table.data
    flag = said(data, *ASKED["role"], 2007)
    known = data["d3a_role_answer"].notna() & (data["wave"] == 2007)
    assert flag.notna().to_list() == known.to_list() and set(flag.dropna()) == {0, 1}
    with pytest.raises(ValueError, match="d3a_role: no answer execution. Choose of: mainly execution, "):
        said(data, "d3a_role", ["execution"], 2007)


def test_a_share_of_persons_of_whom_most_are_in_one_municipality_is_not_told(survey, monkeypatch):
    design = design_of(survey, per="person")
    flag = said(design.table.data, *ASKED["role"], 2007)
    town = design.table.data.loc[flag.notna(), "municipality"].iloc[0]
    weights = np.where(design.table.data["municipality"] == town, 1e4, 1.0)
    heavy = copy.copy(design)
    monkeypatch.setattr(heavy, "weights", weights)
    assert undominated(design, flag.notna()) is design
    with pytest.raises(NotEstimableError, match="most of the people"):
        undominated(heavy, flag.notna())


@pytest.mark.parametrize(
    ("weights", "dominated"),
    [
        ([45, 9, 9, 9, 9], False),  # seats of the largest council among the smallest
        ([1, 1, 1, 1, 1], False),
        ([70, 10, 10, 5, 5], True),  # the first has seventy per cent
        ([50, 42, 4, 2, 2], True),  # the second knows the first to sixteen points
        ([], False),
    ],
)
def test_dominance_is_judged_by_the_first_and_by_what_the_second_can_tell(weights, dominated):
    assert RULES.dominated(pd.Series(weights, dtype=float)) is dominated


@pytest.mark.parametrize(("per", "least"), [("municipality", 40), ("person", 6)])
def test_in_no_mean_a_municipality_weighs_so_much_that_it_is_told(survey, per, least):
    """Each counts once, or for its council, so no group of five municipalities or more is dominated."""
    design, tried = design_of(survey, per=per), 0
    rows = design.table.data.assign(weight=design.weights).astype({"size_class": str, "role": str})
    if per == "person":
        rows = rows[rows["role"] == "councillor"]
    for keys in (["wave"], ["wave", "role"], ["wave", "size_class"], ["wave", "role", "size_class"]):
        for _, own in rows.groupby(keys):
            towns = own.groupby("municipality", observed=True)["weight"].sum()
            tried += len(towns) >= RULES.least
            assert len(towns) < RULES.least or not RULES.dominated(towns)
    assert tried >= least
