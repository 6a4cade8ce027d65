"""A composite index under every choice that can be defended, and what each choice does to it.

The steps, and the names of the choices at each, are those of the OECD/JRC handbook on composite indicators
(Nardo et al. 2008). Tables of parts have a row per municipality and a column per part, named by dimension and
letter (``1a``); scores run from 0 to 100, more is better; ``weight`` is the number of municipalities that
each row stands for. Municipalities are compared by *standing*: the per cent of all that they surpass.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from doorgroeien.estimation.arrays import certain
from doorgroeien.estimation.estimable import NotEstimableError, at_least
from doorgroeien.measurement.scores import two_way

__all__ = [
    "AGGREGATIONS",
    "FILLS",
    "NORMALISATIONS",
    "WEIGHTINGS",
    "Multiverse",
    "aggregate",
    "explore",
    "fill",
    "fills",
    "normal",
    "normalise",
    "part_scores",
    "part_weights",
    "rank_correlation",
    "simple_index",
    "sobol",
    "standing",
]

FILLS = ("complete", "available", "two-way", "multiple")
NORMALISATIONS = ("theoretical", "observed", "best", "z", "percentile")
WEIGHTINGS = ("dimensions", "parts", "items", "pca")
AGGREGATIONS = ("arithmetic", "mixed", "geometric", "borda", "copeland")
FACTORS = ("items", "missing", "normalisation", "weights", "aggregation")
RELATIVE, RANKS = ("z", "percentile"), ("borda", "copeland")  # scales without a level
ROUNDING = 1e-9  # of shares that are compared with a limit
ENOUGH = 1e-6
TRUSTED = 1e-8  # the least eigenvalue, of the largest, of a covariance matrix that extrapolation may give
FLOOR = 1.0  # a geometric mean counts lower scores as this one


def part_scores(items: pd.DataFrame, parts: Mapping[str, list[str]]) -> pd.DataFrame:
    """Return the score of each part, the mean of its ``items``, for each municipality.

    An item that nobody answered is filled in (``scores.two_way``). A part without answers is missing.
    """
    filled = {part: two_way(items[names], items[names].mean()) for part, names in parts.items()}
    return pd.DataFrame({part: values.mean(axis=1, skipna=False) for part, values in filled.items()})


def fill(parts: pd.DataFrame, rule: str, weight: pd.Series, draws: int = 5, seed: int = 0):
    """Return the table of ``parts`` without missing scores, as a list of one table or of ``draws``.

    ``complete`` leaves out municipalities that miss a part. ``available`` takes for it the mean of what the
    municipality has in the dimension, or where that is nothing of all it has. ``two-way`` takes the mean of
    the part plus what the municipality is above or below the means there (Bernaards and Sijtsma 2000).
    ``multiple`` draws it ``draws`` times from the normal distribution given what is there, each time with
    parameters from another bootstrap sample (Rubin 1987; Honaker and King 2010).
    Scores are cut off at 0 and 100, which filling may surpass.
    Raises ``ValueError`` for an unknown rule; ``NotEstimableError`` where a municipality has no part at all,
    for ``complete`` where none has every part, and for ``multiple`` where there are fewer than two
    municipalities for each part: of a bootstrap sample of so few a covariance matrix cannot be known.
    """
    _known(rule, FILLS, "rule")
    empty = parts.index[parts.isna().all(axis=1)]
    if len(empty):
        raise NotEstimableError("absent", f"{len(empty)} municipalities have no part at all. Leave them out.")
    if rule == "complete":
        whole = parts.dropna()
        at_least(1, len(whole), "municipalities with every part")
        return [whole.clip(0, 100)]
    if rule == "multiple":
        at_least(2 * parts.shape[1], len(parts), "municipalities, two for each part")
        random = np.random.default_rng(seed)
        return [_drawn(parts, weight, random).clip(0, 100) for _ in range(draws)]
    level = weighted_mean(parts, weight) if rule == "two-way" else 0.0
    own = parts - level
    dimension = own.T.groupby(parts.columns.str[0]).mean().T
    near = dimension[parts.columns.str[0]].set_axis(parts.columns, axis=1)
    far = own.mean(axis=1)
    guess = near.apply(lambda column: column.fillna(far)) + level
    return [parts.fillna(guess).clip(0, 100)]


def fills(parts: Mapping[str, pd.DataFrame], weight: pd.Series) -> dict[tuple[str, str], list[pd.DataFrame]]:
    """Return what :func:`fill` makes of each table of ``parts``, by its name and rule, as ``explore`` asks.

    A rule that these answers do not carry for one table is left out for all, so that there is still every
    combination of what is left.
    """
    found: dict[tuple[str, str], list[pd.DataFrame]] = {}
    for rule in FILLS:
        with suppress(NotEstimableError):
            found |= {(name, rule): fill(table, rule, weight) for name, table in parts.items()}
    return found


def weighted_mean(values: pd.DataFrame, weight: pd.Series) -> pd.Series:
    """Return the weighted mean of each column over the rows that have it."""
    weight = weight[values.index]
    return values.mul(weight, axis=0).sum() / values.notna().mul(weight, axis=0).sum()


def normal(values, weight=None, tolerance=1e-12, steps=400):
    """Return mean and covariance of a normal distribution by maximum likelihood, missing values allowed.

    ``values`` is an array (cases x variables), ``weight`` one number per case. The EM algorithm of Dempster,
    Laird and Rubin (1977), which takes values to be missing at random, sped up by extrapolation (Varadhan and
    Roland 2008). It goes on until a step moves no mean and no covariance by more than ``tolerance`` standard
    deviations, for at most ``steps`` cycles of three. Raises ``ValueError`` when it then moves them by more
    than a millionth; in between, a variable nearly follows from others and rounding leaves no more digits.
    """
    values = np.asarray(values, dtype=float)
    at_least(1, (~np.isnan(values)).sum(axis=0).min(), "cases with each of the variables")
    weight = np.ones(len(values)) if weight is None else np.asarray(weight, dtype=float)
    share, patterns = weight / weight.sum(), _patterns(values)
    centre, unit = np.nanmean(values, axis=0), np.nanstd(values, axis=0)
    unit = np.where(unit > 0, unit, 1.0)
    values = (values - centre) / unit

    def step(place):
        filled, left = values.copy(), np.zeros(place[1:].shape)
        for rows, gap in patterns:
            guess, spread = _given(values[rows], gap, place[0], place[1:])
            filled[np.ix_(rows, gap)] = guess
            left[np.ix_(gap, gap)] += share[rows].sum() * spread
        mean = share @ filled
        return np.vstack([mean, (filled - mean).T @ ((filled - mean) * share[:, None]) + left])

    place = step(np.vstack([np.zeros(len(unit)), np.eye(len(unit))]))
    for _ in range(steps):
        one = step(place)
        two = step(one)
        change, bend = one - place, two - 2 * one + place
        moved = np.abs(two - one).max()
        if moved < tolerance:
            break
        length = max(float(np.linalg.norm(change) / (np.linalg.norm(bend) or 1.0)), 1.0)
        place = place + 2 * length * change + length**2 * bend
        spread = np.linalg.eigvalsh(place[1:])
        place = step(place if spread[0] > TRUSTED * spread[-1] else two)
    if not moved < ENOUGH:
        raise NotEstimableError(
            "unsettled", f"no convergence in {steps} steps. Leave out variables with few values."
        )
    return centre + unit * two[0], np.outer(unit, unit) * two[1:]


def _patterns(values):
    """Return for each pattern of missing values its rows and its missing columns, if any."""
    kinds, which = np.unique(np.isnan(values), axis=0, return_inverse=True)
    found = [(np.flatnonzero(which == place), np.flatnonzero(kind)) for place, kind in enumerate(kinds)]
    return [(rows, gap) for rows, gap in found if len(gap)]


def _given(values, gap, mean, covariance):
    """Return the conditional mean of the columns ``gap`` of each row, and their conditional covariance."""
    seen = np.setdiff1d(np.arange(len(mean)), gap)
    slope = np.linalg.solve(covariance[np.ix_(seen, seen)], covariance[np.ix_(seen, gap)])
    guess = mean[gap] + (values[:, seen] - mean[seen]) @ slope
    return guess, covariance[np.ix_(gap, gap)] - covariance[np.ix_(gap, seen)] @ slope


def _drawn(parts, weight, random):
    values, weights = parts.to_numpy(dtype=float), weight[parts.index].to_numpy(dtype=float)
    rows = random.integers(0, len(values), len(values))
    mean, covariance = normal(values[rows], weights[rows])
    filled = values.copy()
    for rows, gap in _patterns(values):
        guess, spread = _given(values[rows], gap, mean, covariance)
        filled[np.ix_(rows, gap)] = guess + random.standard_normal(guess.shape) @ np.linalg.cholesky(spread).T
    return pd.DataFrame(filled, parts.index, parts.columns)


def standing(values, weight) -> np.ndarray:
    """Return for each value the per cent of all that lie below it, ties counting for half.

    Values are equal as in ``arrays.certain``. Missing values have no standing and do not count.
    """
    values, weight = certain(np.asarray(values, dtype=float)), np.asarray(weight, dtype=float)
    found, there = np.full(len(values), np.nan), ~np.isnan(values)
    _, place = np.unique(values[there], return_inverse=True)
    mass = np.bincount(place, weight[there])
    found[there] = 100 * ((np.cumsum(mass) - mass / 2) / mass.sum())[place]
    return found


def normalise(values, method, weight) -> np.ndarray:
    """Return scores (municipalities x parts) on a common scale around 0 to 100 (handbook, step 5).

    ``theoretical``: as they are, by the ends of the answer scale. ``observed``: from the lowest to the
    highest municipality. ``best``: as a per cent of the score that no more than a tenth of the municipalities
    surpass. ``z``: 50 plus 10 standard deviations. ``percentile``: the standing. The last two take away the
    level of a part. Raises ``ValueError`` for an unknown method, and for parts without anything to scale by.
    """
    _known(method, NORMALISATIONS, "normalisation")
    values, weight = np.asarray(values, dtype=float), np.asarray(weight, dtype=float)
    share, low, lift = weight / weight.sum(), 0.0, 0.0
    if method == "theoretical":
        return values
    if method == "percentile":
        return np.column_stack([standing(column, weight) for column in values.T])
    if method == "best":
        size = np.array([_best(column, share) for column in values.T])
    elif method == "observed":
        low, size = values.min(axis=0), np.ptp(values, axis=0)
    else:
        low, lift = share @ values, 50.0
        size = 10 * np.sqrt(share @ (values - low) ** 2)
    if not (size > 0).all():
        part = np.argmin(size)
        raise NotEstimableError(
            "alike", f"part {part} (from 0): nothing to scale by under {method!r}. Leave it out."
        )
    return lift + 100 * (values - low) / size


def _best(column, share):
    """Return the score that no more than a tenth surpass."""
    order = np.argsort(column, kind="stable")
    return column[order][np.searchsorted(np.cumsum(share[order]), 0.9 - ROUNDING)]


def part_weights(values, scheme, weight, dimensions, count) -> np.ndarray:
    """Return the weight of each part, together 1 (handbook, step 6).

    ``values`` are the scores (municipalities x parts), ``dimensions`` and ``count`` the dimension of each
    part and its number of items. Schemes: ``dimensions``, which count the same, and so do the parts within
    each; ``parts``, which all count the same; ``items``, as many as a part has; ``pca``, the squared loading
    on the first principal component of the correlations.
    """
    _known(scheme, WEIGHTINGS, "scheme")
    dimensions = np.asarray(dimensions)
    if scheme == "dimensions":
        found = 1 / (dimensions[:, None] == dimensions).sum(axis=1)
    elif scheme == "parts":
        found = np.ones(len(dimensions))
    elif scheme == "items":
        found = np.asarray(count, dtype=float)
    else:
        covariance = np.cov(values, rowvar=False, aweights=weight)
        size = np.sqrt(np.diag(covariance))
        found = np.linalg.eigh(covariance / np.outer(size, size))[1][:, -1] ** 2
    return found / found.sum()


def simple_index(parts: pd.DataFrame) -> pd.Series:
    """Return the index of each municipality as the mean of dimensions, each the mean of its parts.

    That is ``theoretical`` normalisation, ``dimensions`` as weights and the ``arithmetic`` mean.
    """
    return parts @ part_weights(parts, "dimensions", None, list(parts.columns.str[0]), None)


def aggregate(values, shares, method, weight, dimensions) -> np.ndarray:
    """Return the index of each municipality from normalised scores (handbook, step 6).

    ``values`` are the scores (municipalities x parts), ``shares`` and ``dimensions`` the weight and the
    dimension of each part. ``arithmetic`` and ``geometric`` means let a high part make up for a low one, the
    geometric mean the less the lower it is; ``mixed`` is arithmetic within dimensions and geometric between
    them. ``borda`` is the weighted mean of standings on the parts. ``copeland`` sets municipalities against
    each other two by two: one beats another if it is better on parts of more weight (Condorcet), and the
    index is the per cent of municipalities that it beats minus the per cent that beat it; how far one is
    ahead on a part makes up for nothing (Munda and Nardo 2009). The last two use the order of scores alone.
    """
    _known(method, AGGREGATIONS, "aggregation")
    values, shares, weight = (np.asarray(array, dtype=float) for array in (values, shares, weight))
    if method == "arithmetic":
        return values @ shares
    if method == "geometric":
        return np.exp(np.log(np.maximum(values, FLOOR)) @ shares)
    if method == "mixed":
        belongs = np.asarray(dimensions)[:, None] == np.unique(dimensions)
        sizes = shares @ belongs
        return np.exp(np.log(np.maximum((values * shares) @ belongs / sizes, FLOOR)) @ sizes)
    if method == "borda":
        return np.column_stack([standing(column, weight) for column in values.T]) @ shares
    support = np.zeros((len(values), len(values)))
    for column, share in zip(map(certain, values.T), shares, strict=True):
        support += share * np.sign(column[:, None] - column)
    duels = np.sign(np.where(np.abs(support) < ROUNDING, 0.0, support))
    return 100 * duels @ weight / weight.sum()


@dataclass(frozen=True)
class Multiverse:
    """The index in every universe.

    ``choices`` has a row per universe and a column per factor; ``index`` a row per universe and a column per
    municipality, missing where it has none; ``levels`` a row per universe and the national mean of each part
    and dimension on the scale of that universe, missing where the scale has no level (``z``, ``percentile``
    and the aggregations of ranks).
    """

    choices: pd.DataFrame
    index: pd.DataFrame
    levels: pd.DataFrame
    weight: pd.Series

    def standings(self) -> pd.DataFrame:
        """Return the standing of each municipality among those that the universe ranks."""
        cases = self.weight[self.index.columns].to_numpy()
        found = [standing(row, cases) for row in self.index.to_numpy()]
        return pd.DataFrame(found, self.index.index, self.index.columns)

    def shifts(self, base: int) -> pd.DataFrame:
        """Return how far each municipality stands from where universe ``base`` puts it, in per cent of all.

        Both are standings among the municipalities that both universes rank.
        """
        values, cases, rows = self.index.to_numpy(), self.weight[self.index.columns].to_numpy(), []
        for row in values:
            there = ~np.isnan(row) & ~np.isnan(values[base])
            pair = (standing(np.where(there, one, np.nan), cases) for one in (row, values[base]))
            rows.append(np.subtract(*pair))
        return pd.DataFrame(rows, self.index.index, self.index.columns)

    def reach(self, base: int, top: float = 20) -> pd.Series:
        """Return for each universe the per cent of the ``top`` per cent of ``base`` that is on top there too.

        Both are by their standings among the municipalities that both universes rank.
        """
        values, weight, found = self.index.to_numpy(), self.weight[self.index.columns].to_numpy(), []
        for row in values:
            there = ~np.isnan(row + values[base])
            cases = weight[there]
            old, new = (standing(one[there], cases) >= 100 - top - ROUNDING for one in (values[base], row))
            found.append(100 * (cases * (old & new)).sum() / (cases * old).sum())
        return pd.Series(found, self.index.index)


def rank_correlation(one, other, weight):
    """Return the weighted rank correlation of two variables, and Fisher's z, its ratio to its standard error.

    The correlation is that of the standings; the number of cases is that of equally weighted ones that say
    as much (Kish). Cases that miss a variable do not count.
    """
    one, other, weight = (np.asarray(array, dtype=float) for array in (one, other, weight))
    there = ~np.isnan(one + other)
    cases = weight[there]
    covariance = np.cov(standing(one[there], cases), standing(other[there], cases), aweights=cases)
    r = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
    return r, np.arctanh(r) * np.sqrt(cases.sum() ** 2 / (cases**2).sum() - 3)


def explore(
    sets: Mapping[tuple[str, str], list[pd.DataFrame]],
    count: Mapping[str, Mapping[str, int]],
    weight: pd.Series,
    jobs: int = -1,
    normalisations: Iterable[str] = NORMALISATIONS,
    weightings: Iterable[str] = WEIGHTINGS,
    aggregations: Iterable[str] = AGGREGATIONS,
) -> Multiverse:
    """Return the index under every combination of choices, computed by ``jobs`` workers (-1: all cores).

    Workers are threads: numpy does the work outside Python's lock, and it takes less time than processes
    take to start. joblib's ``parallel_config`` chooses others.
    ``sets`` gives for each item set and rule for missing parts the tables that ``fill`` returned; an index
    from several is the mean over them. ``count`` gives for each item set the number of items of each part.
    """
    tasks = list(product(sets.items(), weightings))
    work = Parallel(n_jobs=jobs, prefer="threads")(
        delayed(_universes)(
            [table.to_numpy(dtype=float) for table in tables],
            weight[tables[0].index].to_numpy(dtype=float),
            tables[0].columns.str[0].to_numpy(dtype=object),
            [count[name[0]][part] for part in tables[0]],
            scheme,
            tuple(normalisations),
            tuple(aggregations),
        )
        for (name, tables), scheme in tasks
    )
    rows, index, levels = [], [], []
    for ((name, tables), scheme), found in zip(tasks, work, strict=True):
        names = [*tables[0].columns, *sorted(set(tables[0].columns.str[0]))]
        for method, rule, scores, level in found:
            rows.append((*name, method, scheme, rule))
            index.append(pd.Series(scores, tables[0].index))
            levels.append(dict(zip(names, level, strict=False)))
    return Multiverse(
        pd.DataFrame(rows, columns=list(FACTORS)),
        pd.DataFrame(index).reindex(columns=weight.index).reset_index(drop=True),
        pd.DataFrame(levels),
        weight,
    )


def _universes(tables, weight, dimensions, count, scheme, normalisations, aggregations):
    """Return normalisation, aggregation, index and national levels of universes that share all else.

    Every normalisation keeps the order of scores, so the index from ranks is computed once for all.
    """
    shares = [part_weights(table, scheme, weight, dimensions, count) for table in tables]
    once, found = {}, []
    for method in normalisations:
        scores = [normalise(table, method, weight) for table in tables]
        for rule in aggregations:
            pairs = list(zip(scores, shares, strict=True))
            if rule not in RANKS or rule not in once:
                draws = [aggregate(*pair, rule, weight, dimensions) for pair in pairs]
                once[rule] = np.mean(draws, axis=0)
            level: list | np.ndarray = []
            if method not in RELATIVE and rule not in RANKS:
                level = np.mean([_levels(*pair, rule, weight, dimensions) for pair in pairs], axis=0)
            found.append((method, rule, once[rule], level))
    return found


def _levels(values, shares, rule, weight, dimensions):
    """Return the national mean of each part, then of the index over each dimension alone."""
    share, inside = weight / weight.sum(), []
    for name in np.unique(dimensions):
        mine = dimensions == name
        alone = aggregate(values[:, mine], shares[mine] / shares[mine].sum(), rule, weight, dimensions[mine])
        inside.append(share @ alone)
    return np.append(share @ values, inside)


def sobol(choices: pd.DataFrame, outcomes) -> pd.DataFrame:
    """Return what share of the variance of outcomes each factor explains, alone and with its interactions.

    ``choices`` has a column per factor and a row for every combination of their values, each once: a full
    factorial, so the indices of Sobol are exact and are those of the analysis of variance (Saltelli et al.
    2010): ``first`` is the variance of the means over a factor's values, ``total`` the mean of the variance
    that it causes with all others fixed, both over the variance of all. ``outcomes`` is an array with a row
    per combination; over several columns the variances are added up. Raises ``ValueError`` when
    a combination is missing or double, for missing outcomes, and for outcomes that do not vary.
    """
    values = np.asarray(outcomes, dtype=float).reshape(len(choices), -1)
    codes = [pd.factorize(choices[name])[0] for name in choices]
    shape = [code.max() + 1 for code in codes]
    place = np.ravel_multi_index(codes, shape)
    if len(place) != np.prod(shape) or len(np.unique(place)) != len(place):
        raise ValueError(f"{len(place)} rows, expected each of {np.prod(shape)} combinations once.")
    if np.isnan(values).any():
        raise NotEstimableError(
            "undefined", "outcomes are missing in some combinations. Leave their choices out."
        )
    grid = values[np.argsort(place, kind="stable")].reshape(*shape, -1)
    axes = tuple(range(len(shape)))
    whole = grid.var(axis=axes).sum()
    if not whole > 1e-20 * (grid**2).mean(axis=axes).sum():  # but for rounding
        raise NotEstimableError("alike", "the outcomes do not vary, so there is nothing to explain.")
    rows = []
    for axis, name in enumerate(choices):
        others = tuple(other for other in axes if other != axis)
        first = grid.mean(axis=others).var(axis=0).sum()
        total = grid.var(axis=axis).mean(axis=tuple(range(len(shape) - 1))).sum()
        rows.append((name, first / whole, total / whole))
    return pd.DataFrame(rows, columns=["factor", "first", "total"])


def _known(name, names, what):
    if name not in names:
        raise ValueError(f"{what} {name!r} is unknown. Choose one of {', '.join(names)}.")
