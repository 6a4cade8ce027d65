"""The mechanics of the multiverse, against hand examples, invariants and the designs of the survey."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.intake.loading import load_survey
from doorgroeien.measurement.multiverse import (
    AGGREGATIONS,
    FILLS,
    NORMALISATIONS,
    WEIGHTINGS,
    Multiverse,
    aggregate,
    explore,
    fill,
    fills,
    normal,
    normalise,
    part_scores,
    part_weights,
    rank_correlation,
    simple_index,
    sobol,
    standing,
)
from doorgroeien.survey.weighting import design_of, municipal_design

ONES = np.ones(3)
PARTS = ["1a", "1b", "2a"]


@pytest.fixture
def parts():
    random = np.random.default_rng(3)
    common = random.normal(50, 12, (60, 1))
    scores = np.clip(common + random.normal(0, 8, (60, 3)), 2, 98)
    return pd.DataFrame(scores, [f"m{number}" for number in range(60)], PARTS)


@pytest.fixture
def weight(parts):
    return pd.Series(np.random.default_rng(4).uniform(1, 3, len(parts)), parts.index)


def test_standing_is_the_share_below_with_ties_for_half():
    assert standing([10, 30, 20, 20], np.ones(4)) == pytest.approx([12.5, 87.5, 50, 50])
    assert standing([10, np.nan, 20], [3, 9, 1]) == pytest.approx([37.5, np.nan, 87.5], nan_ok=True)


# Three towns on three parts: A is best on two, C is far ahead on one.
SCORES = np.array([[60.0, 60.0, 0.0], [50.0, 50.0, 10.0], [40.0, 40.0, 100.0]])
EQUAL = np.array([1, 1, 1]) / 3


def test_borda_adds_up_places():
    # Standings on the first two parts 83.3, 50, 16.7; on the third 16.7, 50, 83.3.
    found = aggregate(SCORES, EQUAL, "borda", ONES, ["1", "1", "2"])
    assert found == pytest.approx([(2 * 250 / 3 + 50 / 3) / 3, 50, (2 * 50 / 3 + 250 / 3) / 3])


def test_copeland_counts_duels_won_less_duels_lost():
    # A beats B and C on two parts of three, B beats C; the lead of C on the third part counts for nothing.
    assert aggregate(SCORES, EQUAL, "copeland", ONES, None) == pytest.approx([200 / 3, 0, -200 / 3])
    # With more than half of the weight on the third part all duels turn.
    assert aggregate(SCORES, [0.2, 0.2, 0.6], "copeland", ONES, None) == pytest.approx([-200 / 3, 0, 200 / 3])
    # A town that stands for three counts for three.
    assert aggregate(SCORES, EQUAL, "copeland", [1, 1, 3], None) == pytest.approx([80, 40, -40])


def test_copeland_gives_a_cycle_a_draw():
    cycle = np.array([[3.0, 1.0, 2.0], [2.0, 3.0, 1.0], [1.0, 2.0, 3.0]])  # A beats B beats C beats A
    assert aggregate(cycle, EQUAL, "copeland", ONES, None) == pytest.approx([0, 0, 0])


def test_means_are_those_of_hand():
    values, dimensions = np.array([[4.0, 16.0, 100.0]]), ["1", "1", "2"]
    shares = np.array([0.25, 0.25, 0.5])
    assert aggregate(values, shares, "arithmetic", [1], dimensions) == pytest.approx([55])
    assert aggregate(values, shares, "geometric", [1], dimensions) == pytest.approx([np.sqrt(8 * 100)])
    assert aggregate(values, shares, "mixed", [1], dimensions) == pytest.approx([np.sqrt(10 * 100)])


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.floats(1, 100), min_size=3, max_size=3),
    st.lists(st.floats(0.01, 1), min_size=3, max_size=3),
)
def test_geometric_is_at_most_mixed_is_at_most_arithmetic(values, shares):
    shares = np.array(shares) / sum(shares)
    rules, dimensions = ("geometric", "mixed", "arithmetic"), ["1", "1", "2"]
    found = [aggregate([values], shares, rule, [1], dimensions)[0] for rule in rules]
    assert found[0] <= found[1] + 1e-9 and found[1] <= found[2] + 1e-9
    alike = [aggregate([[values[0]] * 3], shares, rule, [1], dimensions)[0] for rule in rules]
    assert alike == pytest.approx([values[0]] * 3)


def test_borda_is_the_arithmetic_mean_of_percentiles(parts, weight):
    shares = part_weights(parts, "items", weight, ["1", "1", "2"], [2, 5, 3])
    places = normalise(parts, "percentile", weight)
    arithmetic = aggregate(places, shares, "arithmetic", weight, ["1", "1", "2"])
    assert aggregate(parts, shares, "borda", weight, ["1", "1", "2"]) == pytest.approx(arithmetic)


@pytest.mark.parametrize("method", NORMALISATIONS)
def test_every_normalisation_keeps_the_order(parts, weight, method):
    found = normalise(parts, method, weight)
    assert (np.argsort(found, axis=0) == np.argsort(parts.to_numpy(), axis=0)).all()


def test_normalisations_have_the_scale_they_promise(parts, weight):
    share = weight.to_numpy() / weight.sum()
    observed = normalise(parts, "observed", weight)
    assert observed.min(axis=0) == pytest.approx([0] * 3) and observed.max(axis=0) == pytest.approx([100] * 3)
    z = normalise(parts, "z", weight)
    assert share @ z == pytest.approx([50] * 3) and share @ (z - 50) ** 2 == pytest.approx([100] * 3)
    assert share @ normalise(parts, "percentile", weight) == pytest.approx([50] * 3)
    best = normalise(parts, "best", weight)
    assert ((best > 100 + 1e-9).T @ share <= 0.1).all()
    assert ((best >= 100 - 1e-9).T @ share > 0.1 - 1e-9).all()


def test_a_part_without_differences_is_refused():
    with pytest.raises(ValueError, match="part 1 .*'z'"):
        normalise([[1.0, 5.0], [2.0, 5.0]], "z", [1, 1])


@pytest.mark.parametrize("scheme", WEIGHTINGS)
def test_weights_are_positive_and_add_up_to_one(parts, weight, scheme):
    found = part_weights(parts, scheme, weight, ["1", "1", "2"], [2, 5, 3])
    assert found.sum() == pytest.approx(1) and (found > 0).all()


def test_weights_are_those_of_hand(parts, weight):
    rest = weight, ["1", "1", "2"], [2, 5, 3]
    assert part_weights(parts, "dimensions", *rest) == pytest.approx([0.25, 0.25, 0.5])
    assert part_weights(parts, "parts", *rest) == pytest.approx([1 / 3] * 3)
    assert part_weights(parts, "items", *rest) == pytest.approx([0.2, 0.5, 0.3])
    # Equal correlations load equally; a part on its own does not load.
    a, b = np.array([1.0, -1, 1, -1]), np.array([1.0, 1, -1, -1])
    found = part_weights(np.column_stack([a, a, b]), "pca", np.ones(4), *rest[1:])
    assert found == pytest.approx([0.5, 0.5, 0], abs=1e-12)


def gaps():
    nan = np.nan
    rows = [[40, 60, 70], [20, 40, 50], [60, nan, 90], [40, 60, nan], [nan, nan, 80]]
    return pd.DataFrame(rows, list("abcde"), PARTS, dtype=float), pd.Series(1.0, list("abcde"))


def test_filling_follows_the_rules_of_hand():
    table, weight = gaps()
    assert list(fill(table, "complete", weight)[0].index) == ["a", "b"]
    (available,) = fill(table, "available", weight)
    assert [available.loc[place] for place in (("c", "1b"), ("d", "2a"), ("e", "1a"))] == [60, 50, 80]
    (two_way,) = fill(table, "two-way", weight)
    means = table.mean()
    assert two_way.loc["c", "1b"] == pytest.approx(means["1b"] + 60 - means["1a"])
    assert two_way.loc["e", "1b"] == pytest.approx(means["1b"] + 80 - means["2a"])
    assert two_way.loc["d", "2a"] == pytest.approx(means["2a"] + (100 - means["1a"] - means["1b"]) / 2)


@pytest.mark.parametrize("rule", FILLS[1:])
def test_filling_keeps_what_is_there_and_leaves_no_gap(parts, weight, rule):
    holes = parts.mask(np.random.default_rng(5).random(parts.shape) < 0.15).dropna(how="all")
    tables = fill(holes, rule, weight)
    assert len(tables) == (5 if rule == "multiple" else 1)
    for table in tables:
        assert table.notna().all(axis=None) and table.stack().between(0, 100).all()
        pd.testing.assert_frame_equal(table.where(holes.notna()), holes)


def test_multiple_imputations_differ_where_values_are_drawn_and_repeat_with_the_seed(parts, weight):
    holes = parts.mask(np.random.default_rng(5).random(parts.shape) < 0.15).dropna(how="all")
    one, two = fill(holes, "multiple", weight, draws=2)
    assert ((one != two) == holes.isna()).all(axis=None)
    pd.testing.assert_frame_equal(one, fill(holes, "multiple", weight, draws=1)[0])


def test_a_rule_that_one_table_does_not_carry_is_left_out_for_all(parts, weight):
    few = parts.iloc[: 2 * parts.shape[1] - 1]
    found = fills({"many": parts, "few": few}, weight)
    assert set(found) == {(name, rule) for name in ("many", "few") for rule in FILLS if rule != "multiple"}
    with pytest.raises(NotEstimableError, match="two for each part"):
        fill(few, "multiple", weight)
    assert len(fills({"many": parts}, weight)) == len(FILLS)


def test_filling_refuses_a_municipality_without_parts_and_an_unknown_rule():
    table, weight = gaps()
    table.loc["a"] = np.nan
    with pytest.raises(ValueError, match="1 municipalities have no part"):
        fill(table, "two-way", weight)
    with pytest.raises(ValueError, match="'mean' is unknown"):
        fill(table, "mean", weight)


def test_the_normal_distribution_of_complete_values_is_that_of_their_moments(parts, weight):
    mean, covariance = normal(parts, weight)
    assert mean == pytest.approx(np.average(parts, axis=0, weights=weight))
    assert covariance == pytest.approx(np.cov(parts.T, aweights=weight, ddof=0))


def test_the_normal_distribution_with_one_column_missing_is_that_of_the_regression():
    # With a monotone pattern the likelihood factors (Little and Rubin 2002, sec. 7.2): mean and variance of x
    # from all rows, the regression of y on x from the complete ones.
    random = np.random.default_rng(6)
    x = random.normal(0, 1, 200)
    y = 1 + 0.8 * x + random.normal(0, 0.5, 200)
    y[x > 0.5] = np.nan
    mean, covariance = normal(np.column_stack([x, y]))
    here = ~np.isnan(y)
    slope, start = np.polyfit(x[here], y[here], 1)
    left = (y[here] - start - slope * x[here]).var()
    assert mean == pytest.approx([x.mean(), start + slope * x.mean()], rel=1e-10)
    assert covariance[1] == pytest.approx([slope * x.var(), left + slope**2 * x.var()], rel=1e-10)


def test_the_search_for_a_normal_distribution_says_where_it_does_not_end():
    random = np.random.default_rng(6)
    values = random.normal(0, 1, (40, 3))
    values[random.uniform(size=values.shape) < 0.3] = np.nan
    values = values[~np.isnan(values).all(axis=1)]
    with pytest.raises(ValueError, match="no convergence in 1 steps. Leave out variables"):
        normal(values, steps=1)
    close, closer = (normal(values, tolerance=tolerance)[1] for tolerance in (1e-8, 1e-13))
    np.testing.assert_allclose(close, closer, atol=1e-6)
    np.testing.assert_allclose(normal(values)[1], closer, atol=1e-10)


def test_scores_of_parts_are_those_of_the_municipal_design():
    survey = load_survey()
    towns, people = municipal_design(survey).table.data, design_of(survey).table.data
    towns = towns[towns["wave"] == 2007].set_index("municipality")
    people = people[people["wave"] == 2007]
    scored = survey.items[survey.items["scored"] == 1]
    quick = scored[scored["quick_scan"] == 1]
    for prefix, form, items in (("", "full", scored), ("quick_", "quick_scan", quick)):
        groups = {part: list(rows.index + f"_{form}") for part, rows in items.groupby("dimension")}
        answers = people.groupby("municipality")[sum(groups.values(), [])].mean().loc[towns.index]
        found = part_scores(answers, groups).add_prefix(prefix)
        pd.testing.assert_frame_equal(found, towns[list(found)], check_dtype=False)


def test_explore_makes_every_combination_once_and_the_same_with_any_number_of_workers(parts, weight):
    holes = parts.mask(np.random.default_rng(5).random(parts.shape) < 0.1).dropna(how="all")
    sets = {("all", rule): fill(holes, rule, weight) for rule in FILLS}
    count = {"all": dict(zip(PARTS, (2, 5, 3), strict=True))}
    one, two = (explore(sets, count, weight, jobs=jobs) for jobs in (1, 2))
    pd.testing.assert_frame_equal(one.index, two.index)
    pd.testing.assert_frame_equal(one.levels, two.levels)
    expected = product(["all"], FILLS, NORMALISATIONS, WEIGHTINGS, AGGREGATIONS)
    assert sorted(map(tuple, one.choices.to_numpy())) == sorted(expected)
    for row, (_, rule, method, scheme, way) in enumerate(one.choices.itertuples(index=False)):
        if rule != "multiple" and row % 7 == 0:
            (table,) = sets["all", rule]
            cases = weight[table.index]
            shares = part_weights(table, scheme, cases, ["1", "1", "2"], [2, 5, 3])
            alone = aggregate(normalise(table, method, cases), shares, way, cases, ["1", "1", "2"])
            assert one.index.loc[row, table.index].to_numpy() == pytest.approx(alone)
    speaks = ~one.choices["normalisation"].isin(["z", "percentile"])
    speaks &= ~one.choices["aggregation"].isin(["borda", "copeland"])
    assert (one.levels.notna().all(axis=1) == speaks).all()


def test_shifts_compare_those_whom_both_universes_rank(parts, weight):
    holes = parts.mask(np.random.default_rng(5).random(parts.shape) < 0.1).dropna(how="all")
    sets = {("all", rule): fill(holes, rule, weight) for rule in ("complete", "two-way")}
    one_each = ["theoretical"], ["parts"], ["arithmetic"]
    found = explore(sets, {"all": dict.fromkeys(PARTS, 1)}, weight, 1, *one_each)
    shifts = found.shifts(base=1)
    assert (shifts.loc[1].dropna() == 0).all()
    # Filling changes nobody's order among those who are complete.
    assert shifts.loc[0].dropna().abs().max() == pytest.approx(0)
    assert shifts.loc[0].notna().sum() == len(holes.dropna())
    assert found.standings().loc[0].notna().sum() == len(holes.dropna())


def test_reach_is_the_share_of_the_top_that_stays():
    index = pd.DataFrame(
        [range(10), range(9, -1, -1), [0, 1, 2, 3, 4, 5, 6, 9, 7, 8]], columns=list("abcdefghij")
    )
    verse = Multiverse(pd.DataFrame(), index.astype(float), pd.DataFrame(), pd.Series(1.0, index.columns))
    assert verse.reach(base=0).to_list() == [100, 0, 50]
    index.loc[2, "h"] = np.nan  # without the one that overtook, the top is as it was
    verse = Multiverse(pd.DataFrame(), index.astype(float), pd.DataFrame(), pd.Series(1.0, index.columns))
    assert verse.reach(base=0)[2] == 100


def test_rank_correlation_is_spearmans_with_equal_weights_and_repeats_rows_with_whole_ones():
    random = np.random.default_rng(8)
    x = random.normal(size=40)
    y, weight = x + random.normal(size=40), random.integers(1, 4, 40)
    r, z = rank_correlation(np.append(x, np.nan), np.append(y, 1), np.ones(41))
    assert r == pytest.approx(spearmanr(x, y).statistic) and z == pytest.approx(np.arctanh(r) * np.sqrt(37))
    repeated = spearmanr(np.repeat(x, weight), np.repeat(y, weight)).statistic
    assert rank_correlation(x, y, weight)[0] == pytest.approx(repeated)


def test_sobol_divides_an_additive_outcome_without_interaction():
    grid = pd.DataFrame(list(product([0, 1], "abc")), columns=["x", "y"])
    effect = grid["x"] * 2.0 + grid["y"].map({"a": 0, "b": 1, "c": 5})
    order = [3, 0, 5, 1, 4, 2]
    found = sobol(grid.loc[order], effect[order]).set_index("factor")
    parts = pd.Series({"x": 1.0, "y": np.var([0, 1, 5])})
    assert found["first"].to_dict() == pytest.approx((parts / parts.sum()).to_dict())
    assert found["total"].to_dict() == pytest.approx(found["first"].to_dict())


def test_sobol_gives_a_pure_interaction_to_totals_only():
    grid = pd.DataFrame(list(product([-1, 1], [-1, 1], [0, 1])), columns=["x", "y", "z"])
    found = sobol(grid, grid["x"] * grid["y"]).set_index("factor")
    assert found["first"].to_list() == pytest.approx([0, 0, 0], abs=1e-12)
    assert found["total"].to_list() == pytest.approx([1, 1, 0], abs=1e-12)


def test_sobol_is_the_analysis_of_variance():
    grid = pd.DataFrame(list(product("ab", "cde", "fg")), columns=["x", "y", "z"])
    outcome = np.random.default_rng(7).normal(size=len(grid))
    twice = pd.concat([grid, grid]).assign(outcome=np.append(outcome + 1, outcome - 1))  # so that F exists
    squares = anova_lm(ols("outcome ~ C(x) * C(y) * C(z)", twice).fit())["sum_sq"].drop("Residual")
    found = sobol(grid, outcome).set_index("factor")
    for name in "xyz":
        assert found.loc[name, "first"] == pytest.approx(squares[f"C({name})"] / squares.sum())
        with_it = squares[[term for term in squares.index if f"C({name})" in term]].sum()
        assert found.loc[name, "total"] == pytest.approx(with_it / squares.sum())


def test_sobol_refuses_what_is_no_full_factorial():
    grid = pd.DataFrame(list(product([0, 1], [0, 1])), columns=["x", "y"])
    with pytest.raises(ValueError, match="3 rows, expected each of 4"):
        sobol(grid[:3], [1, 2, 3])
    with pytest.raises(ValueError, match="missing"):
        sobol(grid, [1, 2, 3, np.nan])
    with pytest.raises(ValueError, match="do not vary"):
        sobol(grid, [1, 1, 1, 1])


def test_the_simple_index_is_the_mean_of_dimensions_and_that_of_the_base(parts, weight):
    found = simple_index(parts)
    expected = ((parts["1a"] + parts["1b"]) / 2 + parts["2a"]) / 2
    np.testing.assert_allclose(found, expected)
    shares = part_weights(parts, "dimensions", weight, list(parts.columns.str[0]), None)
    base = aggregate(normalise(parts, "theoretical", weight), shares, "arithmetic", weight, None)
    np.testing.assert_allclose(found, base)
    assert list(found.index) == list(parts.index)
