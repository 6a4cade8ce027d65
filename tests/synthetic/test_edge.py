"""The scenarios between: estimands at their limits, and everything between the letter and its reverse."""

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from scipy.stats import norm

from doorgroeien import load
from doorgroeien.cli import main
from doorgroeien.survey.frame import load_frame
from doorgroeien.survey.instrument import load_instrument
from doorgroeien.synthetic import edge
from doorgroeien.synthetic import population as model
from doorgroeien.synthetic.edge import expected, scenario_of
from doorgroeien.synthetic.population import EDGES, Scenario, draw_population
from doorgroeien.synthetic.truth import truth

WAVES = {2005: "quick_scan", 2007: "full"}
LIMITS = load("estimands").set_index(["finding", "estimand"])


@pytest.fixture(scope="module")
def drawn_on(root):
    return load_instrument(root), load_frame(root), WAVES


@pytest.fixture(scope="module")
def functions(drawn_on):
    return expected(*drawn_on, seed=3)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "limit"), EDGES.items())
def test_at_an_edge_each_estimand_is_expected_at_its_limit(drawn_on, functions, name, limit):
    scenario = scenario_of(name, *drawn_on, seed=3)
    assert set(functions) == set(LIMITS.index)
    for key, ask in functions.items():
        assert ask(scenario) == pytest.approx(LIMITS.at[key, limit], abs=1e-6)
        moved = Scenario(scenario.rest, scenario.of | {key: scenario.of[key] + 0.01})
        assert ask(moved) > ask(scenario) + 1e-3  # and it is that estimand's own doing


@pytest.mark.slow
def test_what_is_expected_is_the_mean_of_many_draws(drawn_on):
    """Estimands of drawn populations lie around what is expected of them, by no more than chance explains."""
    off = []
    for seed in range(1, 9):
        scenario = scenario_of("edge", *drawn_on, seed)
        table = truth(draw_population(*drawn_on, scenario, seed), drawn_on[0]).set_index("estimand")["value"]
        asked = expected(*drawn_on, seed)
        off.append({key: table[f"finding.{key[0]}.{key[1]}"] - asked[key](scenario) for key in asked})
    off = pd.DataFrame(off)
    t = off.mean() / (off.std() / np.sqrt(len(off)))
    assert t.abs().max() < 6, t
    assert np.sqrt((t**2).mean()) < 1.8, t


def test_a_score_is_expected_as_its_grades_have_it(drawn_on, functions):
    """The chance of each grade, times its worth, in each municipality."""
    instrument, size = drawn_on[0], model.draw_municipalities(3, drawn_on[1], WAVES)
    size = size.loc[size["wave"] == 2007, "size"].to_numpy()
    slope, means = model.SHARE_PART * model.LOADING * model.SIZE_EFFECT["1"], []
    for item, row in instrument.items[instrument.items["scored"] == 1].iterrows():
        if "5" in str(row["findings"]).split(";"):
            cuts = model.cuts_of_scale(len(instrument.answer_codes[row["scale"]]))
            around = norm(
                model.difficulty(3, item) + 0.3 * model.LEVELS["1a"] + slope * size, (1 - slope**2) ** 0.5
            )
            passed = np.array([np.zeros(len(size)), *(around.cdf(cut) for cut in cuts), np.ones(len(size))])
            means.append((np.diff(passed, axis=0).T @ np.linspace(0, 100, len(cuts) + 1)).mean())
    assert len(means) == 6
    assert functions[5, "clear"](Scenario(0.3)) == pytest.approx(np.mean(means), abs=1e-9)


def test_quality_counts_where_there_is_contact(drawn_on, functions):
    """Finding 9, where the model expects what a large draw of its latent values shows."""
    instrument, size = drawn_on[0], model.draw_municipalities(3, drawn_on[1], WAVES)
    size = np.repeat(size.loc[size["wave"] == 2007, "size"].to_numpy(), 300)
    rng, slope = np.random.default_rng(1), model.SHARE_PART * model.LOADING * model.SIZE_EFFECT["4"]
    noise = (1 - model.SHARE_PART**2 - model.SHARE_PERSON**2) ** 0.5
    scores, level = {}, -0.6
    for part in ("4b", "4a"):
        shared = slope * size + rng.normal(0, (1 - slope**2 - noise**2) ** 0.5, len(size))
        answers = {}
        for item in instrument.items.index[instrument.items["dimension"] == part]:
            centre = model.difficulty(3, item) + level * model.LEVELS[part]
            codes = len(instrument.answer_codes[instrument.items.at[item, "scale"]])
            latent = centre + shared + rng.normal(0, noise, len(size))
            answers[item] = 100.0 * np.searchsorted(model.cuts_of_scale(codes), latent) / (codes - 1)
        answers = pd.DataFrame(answers)
        for item in answers.filter(like="_quality"):
            answers[item] = answers[item].mask(answers[item.replace("_quality", "_contact")] == 0)
        scores[part] = answers.mean(axis=1).mean()
    assert functions[9, "4a"](Scenario(level)) == pytest.approx(scores["4b"] - scores["4a"], abs=0.3)


def test_between_two_scenarios_shares_are_between(drawn_on):
    items = drawn_on[0].items
    row = items.loc["d3c_owner_staff"]
    cuts = {strength: model.cuts_of_shares(row, 2007, Scenario(strength)) for strength in (0, 0.5, 1)}
    assert norm.cdf(cuts[0.5]) == pytest.approx((norm.cdf(cuts[0]) + norm.cdf(cuts[1])) / 2)
    place = items.loc["d1a_place_alderman"]
    later, before = (norm.cdf(model.cuts_of_shares(place, wave, Scenario(-1))[-1]) for wave in (2007, 2005))
    assert 1 - later == pytest.approx(model.BOARD_BEFORE[-1])
    assert 1 - before == pytest.approx(model.BOARD_AFTER[-1])


@pytest.mark.parametrize("name", ["pessimist", "1.5", "nan"])
def test_another_scenario_is_refused(drawn_on, name):
    with pytest.raises(ValueError, match=f"'{name}' is unknown. Choose one of letter, .* or a number"):
        scenario_of(name, *drawn_on, seed=1)


def test_the_command_takes_a_number_and_refuses_others(tmp_path):
    for name in ("1.5", "pessimist"):
        done = CliRunner().invoke(main, ["reference", "--scenario", name, "--out", str(tmp_path)])
        assert done.exit_code == 2 and "edge-reverse" in done.output and "-1 to 1" in done.output


def test_some_points_have_the_mean_of_a_smooth_function_over_all_values():
    rng = np.random.default_rng(1)
    values, masses = rng.normal(1, 2, 500), rng.dirichlet(np.ones(500))
    points, own = edge._standing_for(values, masses, edge.SHARED)
    for place in (-2, 0, 3):
        assert norm.cdf(points, place, 0.7) @ own == pytest.approx(
            norm.cdf(values, place, 0.7) @ masses, abs=1e-13
        )
