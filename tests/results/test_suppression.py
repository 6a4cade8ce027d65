"""What must stay away so that withheld cells cannot be computed: on tables made at random."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from doorgroeien.results.suppression import Relation, bounds, consistent, suppressed


@st.composite
def tables(draw):
    """Return a table of two ways with its margins, its weights, and which of its cells are withheld.

    Cells are means, and margins the weighted means of rows, of columns and of all, as of size classes and
    roles. Everything is published in whole points.
    """
    rows, columns = draw(st.integers(2, 4)), draw(st.integers(2, 3))
    seed = draw(st.integers(0, 10_000))
    random = np.random.default_rng(seed)
    down, across = random.dirichlet(np.full(rows, 2.0)), random.dirichlet(np.full(columns, 2.0))
    inner = random.choice([0, 50, 100, *random.uniform(0, 100, 5)], (rows, columns))
    whole = np.zeros((rows + 1, columns + 1))
    whole[:-1, :-1] = inner
    whole[-1, :-1], whole[:-1, -1], whole[-1, -1] = down @ inner, inner @ across, down @ inner @ across
    number = np.arange(whole.size).reshape(whole.shape)
    relations = [
        Relation({int(number[row, -1]): -1.0} | dict(zip(number[row, :-1].tolist(), across, strict=True)))
        for row in range(rows + 1)
    ]
    relations += [
        Relation({int(number[-1, at]): -1.0} | dict(zip(number[:-1, at].tolist(), down, strict=True)))
        for at in range(columns + 1)
    ]
    names = number[:-1, :-1].ravel().tolist()
    hidden = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    value = np.round(whole.ravel())
    value[hidden] = np.nan
    protection = np.zeros(whole.size)
    protection[hidden] = draw(st.sampled_from([10.0, 25.0]))
    cells = pd.DataFrame({"value": value, "half": 0.5, "low": 0.0, "high": 100.0, "protection": protection})
    return cells, relations, whole.ravel(), random.integers(1, 9, whole.size)


def attacked(cells, relations, cell):
    """Return what an attacker finds by two linear programmes, written apart from the code that is tested."""
    equal = np.zeros((len(relations), len(cells)))
    for row, relation in enumerate(relations):
        for at, factor in relation.terms.items():
            equal[row, at] = factor
    ends = [
        (one.low, one.high)
        if np.isnan(one.value)
        else (max(one.value - one.half, one.low), min(one.value + one.half, one.high))
        for one in cells.itertuples()
    ]
    aim = np.arange(len(cells)) == cell
    found = [linprog(sign * aim, A_eq=equal, b_eq=np.zeros(len(relations)), bounds=ends) for sign in (1, -1)]
    assert all(one.status == 0 for one in found)
    return found[0].fun, -found[1].fun


@settings(max_examples=15, deadline=None)
@given(tables())
def test_no_withheld_cell_is_found_within_less_than_its_protection(made):
    cells, relations, truth, costs = made
    places = {at: [at] for at in cells.index[cells["value"].notna()]}
    away = suppressed(cells, relations, places, dict(enumerate(costs.astype(float))))
    left = cells.assign(value=cells["value"].mask(cells.index.isin(away)))
    for cell in cells.index[cells["protection"] > 0]:
        low, high = attacked(left, relations, cell)
        assert high - low >= cells["protection"][cell] - 1e-4
        assert low - 1e-6 <= truth[cell] <= high + 1e-6
        assert bounds(left, relations, cell) == pytest.approx((low, high), abs=1e-4)


@pytest.mark.slow
@settings(max_examples=4, deadline=None)
@given(tables())
def test_nothing_that_costs_less_would_do(made):
    cells, relations, _, costs = made
    known = cells.index[cells["value"].notna()]
    away = suppressed(cells, relations, {at: [at] for at in known}, dict(enumerate(costs.astype(float))))
    paid = costs[list(away)].sum()

    def protects(gone):
        left = cells.assign(value=cells["value"].mask(cells.index.isin(gone)))
        ends = {cell: attacked(left, relations, cell) for cell in cells.index[cells["protection"] > 0]}
        return all(high - low >= cells["protection"][cell] - 1e-4 for cell, (low, high) in ends.items())

    others = [[], *([at] for at in known), *([a, b] for a in known for b in known if a < b)]
    assert not any(protects(gone) for gone in others if costs[gone].sum() < paid)


def test_without_complements_the_attack_finds_what_is_withheld():
    cells = pd.DataFrame({"value": [51.0, 50.0, None, 52.0], "half": 0.005, "low": 0.0, "high": 100.0})
    relations = [Relation({0: -1.0, 1: 0.5, 2: 0.25, 3: 0.25})]
    low, high = bounds(cells, relations, 2)
    assert high - low < 0.1 and low < 52 < high
    cells = cells.assign(protection=[0.0, 0, 25, 0])
    places = {0: ["all"], 1: ["figure", "table"], 3: ["figure"]}
    costs = {"all": 9.0, "figure": 5.0, "table": 1.0}
    assert suppressed(cells, relations, places, costs) == {"figure"}  # one place may be all of a cell


def test_a_cell_in_two_places_goes_in_both_and_what_is_public_cannot_go():
    cells = pd.DataFrame({"value": [51.0, 50.0, None], "half": 0.005, "low": 0.0, "high": 100.0})
    cells = cells.assign(protection=[0.0, 0, 10])
    relations = [Relation({0: -1.0, 1: 0.5, 2: 0.5})]
    assert suppressed(cells, relations, {1: ["a", "b"]}, {"a": 1.0, "b": 1.0}) == {"a", "b"}
    assert suppressed(cells, [], {1: ["a"]}, {"a": 1.0}) == set()


def test_near_an_end_of_the_scale_two_withheld_cells_are_not_enough():
    cells = pd.DataFrame({"value": [99.0, None, None, 98.0], "half": 0.05, "low": 0.0, "high": 100.0})
    cells = cells.assign(protection=[0.0, 10, 10, 0])
    relations = [Relation({0: -1.0, 1: 1 / 3, 2: 1 / 3, 3: 1 / 3})]
    low, high = bounds(cells, relations, 1)
    assert high - low < 10  # both are close to a hundred: the mean says so
    assert suppressed(cells, relations, {0: ["all"], 3: ["last"]}, {"all": 2.0, "last": 1.0}) == {"all"}


def test_a_relation_that_does_not_hold_is_named():
    cells = pd.DataFrame({"value": [99.0, 10.0, None], "half": 0.05, "low": 0.0, "high": 100.0})
    with pytest.raises(ValueError, match="cell 2"):
        bounds(cells, [Relation({0: -1.0, 1: 0.9, 2: 0.1})], 2)


def test_a_place_that_protects_several_groups_at_once_is_taken_rather_than_one_in_each():
    cells = pd.DataFrame({"value": [52.0, 50.0, None] * 3, "half": 0.5, "low": 0.0, "high": 100.0})
    cells["protection"] = [0.0, 0, 25] * 3
    relations = [Relation({at: -1.0, at + 1: 0.9, at + 2: 0.1}) for at in (0, 3, 6)]
    places = {cell: [("all", cell) if cell % 3 == 0 else "figure"] for cell in (0, 1, 3, 4, 6, 7)}
    costs = {name: 1.0 for (name,) in places.values()} | {"figure": 2.0}
    assert suppressed(cells, relations, places, costs) == {"figure"}


def test_relations_that_contradict_each_other_are_doubted_and_others_are_not():
    cells = pd.DataFrame({"value": [52.0, 50.0, None, 40.0], "half": 0.05, "low": 0.0, "high": 100.0})
    held, broken = Relation({2: 1.0, 0: -1.0}), [Relation({2: 1.0, 1: -1.0}), Relation({3: 1.0}, 40.0)]
    assert [one.slack for one in consistent(cells, [held, broken[1]])] == [0, 0]
    found = consistent(cells, [held, *broken])
    assert sum(one.slack for one in found) == pytest.approx(1.9, abs=1e-3) and found[2].slack == 0
    assert bounds(cells, found, 2)[0] <= bounds(cells, found, 2)[1]
