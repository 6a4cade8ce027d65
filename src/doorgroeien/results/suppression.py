"""Complementary suppression: what else must stay away so that a withheld number cannot be computed.

A withheld cell of a table can often be found from the cells around it, for these add up. Whoever tries solves
two linear programmes: the smallest and the largest value of the cell that agree with everything published.
:func:`bounds` does so. :func:`suppressed` chooses what else to withhold, at the least cost, so that the
interval between the two is nowhere narrower than the protection of the cell, by one integer programme.

The model is the one of Fischetti and Salazar (2001, Solving the cell suppression problem on tabular data
with linear constraints, Management Science 47): for every cell to be protected there are two tables that
agree with what is published and differ enough in that cell. They solve it by decomposition; tables of this
book are small enough to be solved whole. Hundepool and others (2024, Handbook on Statistical Disclosure
Control, second edition) describe suppression and its audit.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import block_diag, coo_array, csr_array, hstack, vstack
from scipy.sparse.csgraph import connected_components

__all__ = ["Relation", "bounds", "consistent", "suppressed"]

Spot = TypeVar("Spot", bound=Hashable)  # whatever names a place
SECONDS = 20.0  # for one group of linked cells; what is found by then is safe, if not the cheapest
ROOM = 1e-6  # what solvers may leave of a constraint


@dataclass(frozen=True)
class Relation:
    """A linear relation among cells: ``sum of terms[cell] * cell = total``, give or take ``slack``.

    ``slack`` is in the unit of the cells, for weights that are known but nearly.
    """

    terms: Mapping[int, float]
    total: float = 0.0
    slack: float = 0.0


def bounds(cells: pd.DataFrame, relations: Sequence[Relation], cell: Any) -> tuple[float, float]:
    """Return the smallest and the largest value of a cell that agree with all that is published.

    ``cells`` has the columns ``value`` (missing where it is withheld), ``half`` (half a unit of the last
    digit published) and the ends ``low`` and ``high`` of the scale, all in one unit, with no value beyond
    them. Raises ``ValueError`` where nothing agrees, which means that a relation does not hold.

    >>> import pandas as pd
    >>> from doorgroeien.results.suppression import Relation, bounds
    >>> cells = pd.DataFrame({"value": [52.0, 50.0, None], "half": 0.5, "low": 0.0, "high": 100.0})
    >>> low, high = bounds(cells, [Relation({0: -1.0, 1: 0.9, 2: 0.1})], 2)  # a tenth, left out of a mean
    >>> round(low, 1), round(high, 1)
    (60.5, 79.5)
    """
    group = _groups(len(cells), relations)
    linked = np.flatnonzero(group == group[cell])
    matrix, least, most = _matrix(linked, relations)
    low, high = _published(cells.iloc[linked])
    aim = (linked == cell).astype(float)
    found = []
    for sign in (1, -1):
        solved = linprog(
            sign * aim,
            A_ub=vstack([matrix, -matrix]) if len(least) else None,
            b_ub=np.concatenate([most, -least]) if len(least) else None,
            bounds=np.column_stack([low, high]),
        )
        if solved.status == 2:
            raise ValueError(f"no value of cell {cell} agrees with what is published")
        found.append(sign * solved.fun)
    return float(found[0]), float(found[1])


def consistent(cells: pd.DataFrame, relations: Sequence[Relation]) -> list[Relation]:
    """Return the relations with as much more slack, in all, as it takes that all hold at once.

    Numbers are rounded, and relations of which one is withheld may not quite hold; who finds that they
    contradict each other doubts them. ``cells`` are as for :func:`bounds`.

    >>> import pandas as pd
    >>> from doorgroeien.results.suppression import Relation, consistent
    >>> cells = pd.DataFrame({"value": [52.0, 50.0, None], "half": 0.5, "low": 0.0, "high": 100.0})
    >>> relations = [Relation({2: 1.0, 0: -1.0}), Relation({2: 1.0, 1: -1.0})]
    >>> print(round(sum(one.slack for one in consistent(cells, relations)), 3))
    1.0
    """
    if not relations:
        return []
    numbers = np.arange(len(cells))
    matrix, least, most = _matrix(numbers, relations)
    low, high = _published(cells)
    count = len(relations)
    room = csr_array(np.eye(count))
    solved = linprog(
        np.concatenate([np.zeros(len(cells)), np.ones(count)]),
        A_ub=vstack([hstack([matrix, -room]), hstack([-matrix, -room])]),
        b_ub=np.concatenate([most, -least]),
        bounds=np.column_stack([np.append(low, np.zeros(count)), np.append(high, np.full(count, np.inf))]),
    )
    more = solved.x[len(cells) :] if solved.x is not None else np.zeros(count)
    return [
        Relation(one.terms, one.total, one.slack + (float(extra) + ROOM if extra > ROOM else 0.0))
        for one, extra in zip(relations, more, strict=True)
    ]


def suppressed(
    cells: pd.DataFrame,
    relations: Sequence[Relation],
    places: Mapping[int, Iterable[Spot]],
    costs: Mapping[Spot, float],
) -> set[Spot]:
    """Return the places to take away so that no withheld cell can be found, at the least cost.

    ``cells`` are as for :func:`bounds`, with ``protection``: how wide the interval of a withheld cell must
    be, 0 for one that needs none. ``places`` are where each published cell is shown: it is withheld where
    all of them go, and a place may show several cells. ``costs`` says what is lost with each place.

    >>> import pandas as pd
    >>> from doorgroeien.results.suppression import Relation, suppressed
    >>> cells = pd.DataFrame({"value": [52.0, 50.0, None], "half": 0.5, "low": 0.0, "high": 100.0})
    >>> cells = cells.assign(protection=[0.0, 0, 25])
    >>> relations = [Relation({0: -1.0, 1: 0.9, 2: 0.1})]
    >>> suppressed(cells, relations, {0: ["all"], 1: ["small"]}, {"all": 3.0, "small": 1.0})
    {'small'}
    """
    group, found, to_do = _groups(len(cells), relations), set[Spot](), list[tuple[Any, list[Any]]]()
    for number in np.unique(group[cells["protection"].to_numpy() > 0]):
        linked = np.flatnonzero(group == number)
        open_ = [
            cell for cell in linked if cells["protection"].iat[cell] > 0 and _narrow(cells, relations, cell)
        ]
        if open_:
            to_do.append((linked, open_))
    # A place that several groups would take away costs each of them its share.
    several = Counter(
        name for linked, _ in to_do for name in {n for cell in linked for n in places.get(cell, ())}
    )
    shared = {name: cost / max(several[name], 1) for name, cost in costs.items()}
    for linked, open_ in to_do:
        gone, best = _solved(cells, relations, linked, open_, places, shared)
        found |= gone if best else _needed(cells, relations, open_, places, shared, gone)
    return found


def _needed(
    cells: pd.DataFrame,
    relations: Sequence[Relation],
    open_: Sequence[Any],
    places: Mapping[int, Iterable[Spot]],
    costs: Mapping[Spot, float],
    gone: set[Spot],
) -> set[Spot]:
    """Return those of the places to take away without which a cell would be found, the dearest tried first.

    A solution that was found in time is safe, and may take away more than it needs.
    """
    for name in sorted(gone, key=lambda name: (-costs[name], str(name))):
        left = gone - {name}
        away = [cell for cell, those in places.items() if those and {*those} <= left]
        tried = cells.assign(value=cells["value"].mask(cells.index.isin(cells.index[away])))
        if not any(_narrow(tried, relations, cell) for cell in open_):
            gone = left
    return gone


def _narrow(cells: pd.DataFrame, relations: Sequence[Relation], cell: Any) -> bool:
    """Tell whether a cell can be found within less than its protection."""
    try:
        low, high = bounds(cells, relations, cell)
    except ValueError:
        return True
    return bool(high - low < cells["protection"].iat[cell] - ROOM)


def _solved(
    cells: pd.DataFrame,
    relations: Sequence[Relation],
    linked: np.ndarray,
    open_: Sequence[Any],
    places: Mapping[int, Iterable[Spot]],
    costs: Mapping[Spot, float],
) -> tuple[set[Spot], bool]:
    """Return the places to take away from one group of linked cells, and whether no others cost less.

    Variables are two tables for each cell to protect, whether each cell is withheld, whether each place goes.
    """
    here = cells.iloc[linked]
    matrix, least, most = _matrix(linked, relations)
    shown = [cell for cell in linked if places.get(cell)]
    names = [*dict.fromkeys(name for cell in shown for name in places[cell])]
    count, tables, known = len(linked), 2 * len(open_), len(shown)
    low, high = _published(here)
    width = (here["high"] - here["low"]).to_numpy()
    at = np.searchsorted(linked, shown)
    # A value that is published holds its two tables to it, unless it is withheld.
    frees = csr_array((width[at], (at, np.arange(known))), shape=(count, known))
    nothing = csr_array((count * tables, len(names)))
    every = vstack([frees] * tables)
    each = block_diag([np.eye(count)] * tables, format="csr")
    rows = [
        (hstack([each, -every, nothing]), -np.inf, np.tile(high, tables)),
        (hstack([each, every, nothing]), np.tile(low, tables), np.inf),
    ]
    if len(least):
        related = block_diag([matrix] * tables, format="csr")
        empty = csr_array((related.shape[0], known + len(names)))
        rows.append((hstack([related, empty]), np.tile(least, tables), np.tile(most, tables)))
    apart = np.zeros((len(open_), count * tables + known + len(names)))
    for row, cell in enumerate(open_):
        place = int(np.searchsorted(linked, cell))
        apart[row, 2 * row * count + place], apart[row, (2 * row + 1) * count + place] = 1, -1
    rows.append((csr_array(apart), cells["protection"].iloc[open_].to_numpy(), np.inf))
    pairs = [(row, names.index(name)) for row, cell in enumerate(shown) for name in places[cell]]
    if pairs:
        with_it = np.zeros((len(pairs), count * tables + known + len(names)))
        for line, (row, name) in enumerate(pairs):
            with_it[line, count * tables + row], with_it[line, count * tables + known + name] = 1, -1
        rows.append((csr_array(with_it), -np.inf, 0))
    chosen = known + len(names)
    ends = (
        np.concatenate([np.tile(here[name].to_numpy(dtype=float), tables), np.full(chosen, far)])
        for name, far in (("low", 0), ("high", 1))
    )
    solved = milp(
        np.concatenate([np.zeros(count * tables + known), [costs[name] for name in names]]),
        integrality=np.concatenate([np.zeros(count * tables), np.ones(chosen)]),
        bounds=Bounds(*ends),
        constraints=[LinearConstraint(*row) for row in rows],
        options={"time_limit": SECONDS},
    )
    if solved.x is None:
        return set(names), False
    gone = solved.x[count * tables + known :] > 0.5
    return {name for name, goes in zip(names, gone, strict=True) if goes}, solved.status == 0


def _published(cells: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends between which each cell lies, by what is published of itself."""
    low, high = (cells[name].to_numpy(dtype=float) for name in ("low", "high"))
    value, half = (cells[name].to_numpy(dtype=float) for name in ("value", "half"))
    known = ~np.isnan(value)
    return np.where(known, np.maximum(value - half, low), low), np.where(
        known, np.minimum(value + half, high), high
    )


def _groups(count: int, relations: Sequence[Relation]) -> np.ndarray:
    """Return for each cell the number of its group: cells of different groups have no relation."""
    pairs = [(cell, other) for one in relations for cell in list(one.terms)[:1] for other in one.terms]
    rows, columns = np.array(pairs, dtype=int).reshape(-1, 2).T
    graph = coo_array((np.ones(len(pairs)), (rows, columns)), shape=(count, count))
    group: np.ndarray = connected_components(graph, directed=False)[1]
    return group


def _matrix(linked: np.ndarray, relations: Sequence[Relation]) -> tuple[csr_array, np.ndarray, np.ndarray]:
    """Return the coefficients of the relations among cells, and between which ends each of them lies."""
    place = {cell: number for number, cell in enumerate(linked.tolist())}
    here = [one for one in relations if next(iter(one.terms)) in place]
    rows = [row for row, one in enumerate(here) for _ in one.terms]
    columns = [place[cell] for one in here for cell in one.terms]
    values = [factor for one in here for factor in one.terms.values()]
    matrix = csr_array((values, (rows, columns)), shape=(len(here), len(linked)))
    total, slack = (np.array([getattr(one, name) for one in here]) for name in ("total", "slack"))
    return matrix, total - slack, total + slack
