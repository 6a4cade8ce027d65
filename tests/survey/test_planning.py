"""The plan of a next measurement: its formula gives back what was held, and what a simulation finds."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.intake.loading import load_survey
from doorgroeien.survey.answers import assembled
from doorgroeien.survey.dimension import Dimension
from doorgroeien.survey.fieldwork import Fieldwork, PlanningError
from doorgroeien.survey.indicators import Indicator, indicators
from doorgroeien.survey.instrument import load_instrument
from doorgroeien.survey.planning import Planner, smallest

BEFORE, AFTER = 2005, 2007


@pytest.fixture(scope="module")
def survey():
    return load_survey()


@pytest.fixture(scope="module")
def known(survey):
    return indicators(survey)


@pytest.fixture(scope="module")
def board(survey, known):
    return Planner(survey, known["3a"], BEFORE, AFTER)


def asks_councillors(survey, indicator):
    return any(survey.items.at[item, "role"] == "councillor" for item, _ in indicator.later)


@pytest.mark.slow
def test_planning_what_was_held_gives_the_standard_errors_of_the_estimates(survey, known):
    """Those of councillors are estimated otherwise: many are alone in their municipality."""
    whole = Dimension(survey, "", BEFORE, AFTER)
    levels = pd.concat([whole.levels(), whole.item_levels().head(6)]).set_index("variable")["se"]
    changes = whole.changes().query("level != 'item'").set_index("variable")["se"]
    found = {code: Planner(survey, known[code], BEFORE, AFTER).held() for code in levels.index}
    for code, level in levels.items():
        most = 1.5 if asks_councillors(survey, known[code]) else 1.1
        assert 0.9 < found[code]["level"] / level < most, code
    ratios = pd.Series({code: found[code]["change"] / change for code, change in changes.items()})
    assert ratios.between(0.9, 1.1).all(), ratios


def test_the_response_that_is_expected_is_that_of_the_last_wave(survey, known):
    planner = Planner(survey, known["total"], BEFORE, AFTER)
    there = planner.last.number.sum().to_numpy()
    rates = planner.last.rates(Fieldwork())
    expected = sum(planner.last.sizes[name] * rate.number for name, rate in rates.items())
    assert there == pytest.approx(expected, rel=0.1)
    people = survey.groups.query("wave == @AFTER")
    plan = planner.at(443, Fieldwork()).iloc[-1]
    assert plan["invited"] == people["invited"].sum()
    assert plan["respondents"] == pytest.approx(people["responded"].sum(), rel=0.05)


ROLES = {
    "alderman": ("d3a_priority_alderman", 1, 1),
    "councillor": ("d3a_priority_councillor", 5, 2),
}  # item, people, asked
TOWNS = 400


@pytest.fixture(scope="module")
def country():
    """Return the answers of everybody in three waves: role by wave an array of codes, towns x people.

    Towns stay much alike from wave to wave, and people of a role in one differ as much as towns do.
    """
    rng, found = np.random.default_rng(11), {}
    town = rng.normal(0, 1, TOWNS)
    for wave in (BEFORE, AFTER, 2010):
        for role, (_, people, _) in ROLES.items():
            latent = town[:, None] + rng.normal(0, 1, (TOWNS, people))
            found[role, wave] = np.clip(np.round(3 + latent), 1, 5)
        town = 0.9 * town + rng.normal(0, np.sqrt(1 - 0.9**2), TOWNS)
    return found


def asked(rng, country, role, wave, towns):
    """Return the codes of people chosen by lot in each of some towns (towns x people)."""
    _, people, number = ROLES[role]
    chosen = rng.permuted(np.tile(np.arange(people), (len(towns), 1)), axis=1)[:, :number]
    return country[role, wave][towns[:, None], chosen]


def survey_in(rng, country, sampled):
    """Return a survey of some towns, the same in two waves, of which everybody who is asked answers."""
    instrument = load_instrument()
    towns, names = rng.permutation(TOWNS)[:sampled], np.array([f"t{number}" for number in range(TOWNS)])
    municipalities, groups, respondents, answers = [], [], [], []
    for wave in (BEFORE, AFTER):
        frame = pd.DataFrame({"wave": wave, "municipality": names, "successor": names, "stratum": "<20k"})
        frame = frame.assign(size_class="<20k", inhabitants=9000, sampled=np.isin(np.arange(TOWNS), towns))
        municipalities.append(frame.astype({"sampled": int}))
        for role, (item, people, number) in ROLES.items():
            invited = number * frame["sampled"].astype(int)
            groups.append(
                frame[["wave", "municipality"]].assign(role=role, population=people, invited=invited)
            )
            codes = asked(rng, country, role, wave, towns)
            rows = pd.DataFrame({"municipality": names[towns].repeat(number), "wave": wave, "role": role})
            rows["respondent"] = [f"{role} {wave} {place}" for place in range(len(rows))]
            respondents.append(rows)
            answers.append(rows[["respondent"]].assign(**{item: codes.ravel()}))
    answers = pd.concat(answers, ignore_index=True).reindex(columns=["respondent", *instrument.items.index])
    tables = {"municipalities": municipalities, "groups": groups, "respondents": respondents}
    tables = {name: pd.concat(table, ignore_index=True) for name, table in tables.items()}
    tables["answers"] = answers.astype({item: "Int64" for item in instrument.items.index})
    tables["waves"] = pd.DataFrame({"wave": [BEFORE, AFTER], "form": "full"})
    edition = {"edition": "x", "name_en": "x", "name_nl": "x", "synthetic": 1, "scenario": "x", "seed": 1}
    return assembled(tables | {"edition": pd.DataFrame([edition])}, instrument)


def spread_of_changes(rng, country, first, second, panel, draws=1500):
    """Return the standard deviation of a change over draws of both samples and of the people in them."""
    found = []
    for _ in range(draws):
        order = rng.permutation(TOWNS)
        kept = round(panel * second)
        both = np.concatenate([order[:kept], order[first : first + second - kept]])
        means = [
            np.mean([25 * (asked(rng, country, role, wave, towns).mean() - 1) for role in ROLES])
            for wave, towns in ((AFTER, order[:first]), (2010, both))
        ]
        found.append(means[1] - means[0])
    return np.std(found)


@pytest.mark.slow
@pytest.mark.parametrize("panel", [1.0, 0.5])
def test_a_simulation_agrees_with_the_formula(country, panel):
    """So it does not where the finite population is left out, or what the waves share."""
    rng, first, second = np.random.default_rng(3), 240, 200
    survey = survey_in(rng, country, first)
    columns = {(item, "mean"): 0.5 for item, *_ in ROLES.values()}
    planner = Planner(survey, Indicator(columns, columns), BEFORE, AFTER)
    planned = planner.at(second, Fieldwork(panel=panel))["se"].iloc[-1]
    assert planned == pytest.approx(spread_of_changes(rng, country, first, second, panel), rel=0.07)


def test_the_allocation_of_each_number_is_the_best_there_is(board):
    """By trying all allocations of a number to two classes, with the others as they are."""
    work = Fieldwork()
    curve, rates = board.curve(work), board.last.rates(work)
    path = {name: board.last.shares[name] ** 2 * board._variance(name, rates[name], work) for name in rates}
    for number in (20, 60, 200, 430):
        chosen = curve.loc[number, list(path)].astype(int)
        assert (chosen <= board.last.sizes).all()
        total = sum(path[name][chosen[name] - 1] for name in path)
        assert curve.at[number, "se"] ** 2 == pytest.approx(total)
        for one, other in permutations(path, 2):
            if chosen[one] > 2 and chosen[other] < board.last.sizes[other]:
                moved = path[one][chosen[one] - 2] + path[other][chosen[other]]
                assert moved >= path[one][chosen[one] - 1] + path[other][chosen[other] - 1] - 1e-12


def test_more_is_never_worse_and_the_frontier_is_the_best_of_all_ways(board):
    work = Fieldwork(cost_municipality=10, cost_person=1)
    mdc = {people: board.curve(Fieldwork(people={"councillor": people}))["mdc"] for people in (1, 3, 9)}
    assert (mdc[1].dropna().diff().dropna() < 0).all()
    assert mdc[1][300] > mdc[3][300] > mdc[9][300]
    front = board.frontier(work)
    cheapest = front[front["mdc"] <= 3].iloc[0]
    for people in range(1, 16):
        curve = board.curve(Fieldwork({"councillor": people}, cost_municipality=10, cost_person=1))
        assert cheapest["cost"] <= curve.loc[curve["mdc"] <= 3, "cost"].min() + 1e-9
    assert 1 < cheapest["councillor"] < 15


def test_a_panel_shows_smaller_changes_than_a_fresh_sample_where_waves_go_together(board):
    fresh, panel = (board.curve(Fieldwork(panel=share))["mdc"][100] for share in (None, 1.0))
    assert board.correlation > 0.1 and panel < fresh
    assert board.curve(Fieldwork(panel=0.0))["mdc"][100] > fresh  # fewer in both than chance gives


def test_the_smallest_change_is_found_with_the_wanted_power():
    rng, se, df = np.random.default_rng(2), 1.5, 40
    mdc = smallest(pd.Series([se]), pd.Series([df]), Fieldwork(power=0.9)).iloc[0]
    estimate = rng.normal(mdc, se, 40_000)
    error = se * np.sqrt(rng.chisquare(df, 40_000) / df)
    assert np.mean(estimate / error > student.ppf(0.975, df)) == pytest.approx(0.9, abs=0.01)


def test_what_cannot_be_planned_is_said(board):
    assert board.needed(0.01, Fieldwork()) is None
    with pytest.raises(PlanningError, match="444 municipalities: expected from 8 to 443"):
        board.at(444, Fieldwork())
    with pytest.raises(PlanningError) as caught:
        Fieldwork({"clerk": 2, "staff": 0}, 1.2, {"staff": 0.0}, power=0.2, cost_municipality=0)
    for text in ("clerk", "0 people of staff", "response 1.2", "response of staff 0", "power 0.2", "costs"):
        assert text in str(caught.value)


def test_too_few_answers_are_not_estimable(survey, known):
    with pytest.raises(NotEstimableError) as caught:
        Planner(survey, known["3a"], BEFORE, 1999)
    assert caught.value.reason == "few"


def test_every_indicator_of_the_reference_survey_can_be_planned_for(known):
    assert {"total", "1", "4d", "d3a_defend", "d3a_role.share.1", "finding.9.4c"} <= known.keys()
    assert not any(code.startswith("finding.7") for code in known)
    assert known["finding.4.emphasis"].later.values() and sum(known["finding.4.emphasis"].later.values()) == (
        pytest.approx(0)
    )


def test_a_country_that_is_asked_in_full_has_no_error_and_one_without_differences_no_plan(country):
    everybody = {role: (item, people, people) for role, (item, people, _) in ROLES.items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(globals(), "ROLES", everybody)
        survey = survey_in(np.random.default_rng(1), country, TOWNS)
    columns = {(item, "mean"): 0.5 for item, *_ in ROLES.values()}
    curve = Planner(survey, Indicator(columns, columns), BEFORE, AFTER).curve(Fieldwork())
    assert curve["se"].iloc[-1] == pytest.approx(0, abs=1e-6) and curve["se"].iloc[0] > 1
    for item, _ in columns:
        survey.answers[item] = survey.answers[item].where(survey.answers[item].isna(), 3)
    alike = replace(survey)  # scores anew
    with pytest.raises(NotEstimableError) as caught:
        Planner(alike, Indicator(columns, columns), BEFORE, AFTER).curve(Fieldwork())
    assert caught.value.reason == "alike"
