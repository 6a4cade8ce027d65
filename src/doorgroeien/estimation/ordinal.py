"""Proportional-odds models of ordered categories on survey data, and a check of their assumption."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import expit, fdtrc, logit, stdtr

from doorgroeien.estimation.arrays import Codes, Flags, Floats, bins, blocks, product, sums
from doorgroeien.estimation.columns import Table
from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.estimation.estimates import Estimates
from doorgroeien.estimation.newton import newton
from doorgroeien.estimation.regression import (
    ELEMENTS,
    FAMILIES,
    Fitted,
    complete,
    counted,
    fit,
    matrix,
    no_estimates,
    parse,
    sides,
    spread,
    standardised,
    tabulate,
    unmarked,
    varying,
)
from doorgroeien.estimation.significance import result, wald

if TYPE_CHECKING:
    from doorgroeien.estimation.design import Design

__all__ = ["coarsened", "odds_ratios", "ordinal", "parallel"]


def ordinal(design: "Design", formula: str) -> Estimates:
    """Return slopes and cut points as ``Estimates``; see ``Design.ordinal``."""
    y, names, x, terms, rows, constant, parts = _model(design, formula)
    theta, linearised = _fit(y, x, design.weights[rows], names, terms)
    z = linearised()
    covariance = spread(design, rows, z, lambda w: _fit(y, x, w, names, terms, theta)[0])
    cuts = _between(names)
    compared = [*parts[1:], *[parts[0]] * len(cuts)]  # cut points are levels of the base, as an intercept is
    return tabulate(design, rows, terms + cuts, theta, z, covariance, len(terms), compared, constant)


def parallel(design: "Design", formula: str) -> pd.DataFrame:
    """Return tests of equal slopes over the cut points; see ``Design.parallel``."""
    y, names, x, terms, rows, *_ = _model(design, formula)
    if not terms:
        raise ValueError(f"{formula!r} has no terms, expected one or more. There is nothing to test.")
    weights = design.weights[rows]
    standardised(x, weights, ["Intercept", *terms])  # raises what would be wrong at every cut point
    _totals(y, weights, names)
    fits, problems = {}, []
    for cut in range(len(names) - 1):
        try:
            fits[cut] = _binary_fit(y, x, weights, names, terms, cut)
        except ValueError as error:  # a rare answer that some term tells apart: nothing to compare there
            problems.append(error)
    if len(fits) < 2:
        raise problems[0]
    found = np.array([fitted.coefficients for fitted in fits.values()])
    values = np.hstack([fitted.linearised[:, 1:] for fitted in fits.values()])

    def refit(w: Floats) -> Floats:
        _totals(y, w, names)
        each = zip(fits, found, strict=True)
        again = (_binary_fit(y, x, w, names, terms, cut, first) for cut, first in each)
        return np.ravel([fitted.coefficients[1:] for fitted in again])

    covariance = spread(design, rows, values, refit)
    _, df = counted(design, rows, len(terms))
    return pd.DataFrame(_tests(terms, found[:, 1:], covariance, df, len(rows)))


def odds_ratios(design: "Design", formula: str) -> pd.DataFrame:
    """Return the odds ratios of a proportional-odds model, with tests of its assumption, one row per term.

    ``slope, se, df, p_value`` are those of ``Design.ordinal`` in log-odds, ``p_value`` that of a two-sided t
    test; ``estimate, ci_low, ci_high`` are ratios. ``parallel`` and ``parallel_all`` are p-values of
    ``Design.parallel`` for the term and for all of them, missing where fewer than two cut points have
    finite slopes. Raises ``ValueError`` as ``Design.ordinal`` does.
    """
    found = ordinal(design, formula).frame()
    found = found[~found["term"].str.contains("|", regex=False)].reset_index(drop=True)
    try:
        check = parallel(design, formula).set_index("term")["p_value"]
    except ValueError:
        check = pd.Series(np.nan, [*found["term"], "all"])
    ratios = np.exp(found[["estimate", "ci_low", "ci_high"]])
    p_value = 2 * stdtr(found["df"], -(found["estimate"] / found["se"]).abs())
    tests = {"p_value": p_value, "parallel": found["term"].map(check), "parallel_all": check["all"]}
    return found.assign(slope=found["estimate"], **ratios, **tests)


def coarsened(answers: pd.Series, least: float = 0.05) -> pd.Series:
    """Return ordered answers as whole numbers from 0, neighbours joined until each has a share of ``least``.

    ``answers`` is categorical and ordered; from its low end answers are joined until they hold the share of
    those given, and what is left at the high end joins the last group. What is missing stays so.
    """
    shares = answers.value_counts(normalize=True, sort=False)
    place, group, filled = {}, 0, 0.0
    for name, share in shares.items():
        place[name], filled = group, filled + share
        if filled >= least:
            group, filled = group + 1, 0.0
    return answers.astype("object").map(place).astype(float).clip(upper=group - 1)


def _tests(terms: list[str], slopes: Floats, covariance: Floats, df: float, n: int) -> list[dict[str, Any]]:
    """Return a test for each term, and for all, of whether its slopes (cut points x terms) are the same."""
    others, width = len(slopes) - 1, len(terms)
    apart = np.kron(np.hstack([-np.ones((others, 1)), np.eye(others)]), np.eye(width))
    gap, variance = apart @ slopes.ravel(), apart @ covariance @ apart.T
    places = np.arange(len(gap)).reshape(others, width)
    tests = []
    for name, at in zip([*terms, "all"], [*places.T, places.ravel()], strict=True):
        statistic = wald(gap[at], variance[np.ix_(at, at)])
        p_value = fdtrc(len(at), df, statistic) if df > 0 else np.nan
        tests.append({"term": name} | result(statistic, len(at), df, n, p_value))
    return tests


def _model(
    design: "Design", formula: str
) -> tuple[Codes, list[str], Floats, list[str], Codes, list[str], list[list[Flags]]]:
    """Return codes and names of the categories, model matrix, names of its terms, and the rows that count.

    The first column of the matrix is the intercept, which has no name among the terms. Then come the terms
    that do not vary in these rows, and so are not in the matrix, and the groups that each column compares.
    """
    parsed = parse(formula)
    outcome = str(parsed.lhs)
    name = unmarked(outcome)
    design.table.column(name)
    data, rows = complete(design, formula, [outcome, *map(str, parsed.rhs.required_variables)])
    kept, constant = varying(parsed.rhs, data)
    x, terms, spec = matrix(kept, data, formula)
    if "Intercept" not in terms:
        raise ValueError(f"{formula!r}: the cut points are intercepts. Leave out 0 + and - 1.")
    y, names = _categories(design.table, name, data[outcome])
    return y, names, x, terms[1:], rows, constant, sides(spec, data, x)


def _categories(table: Table, name: str, outcome: pd.Series) -> tuple[Codes, list[str]]:
    """Return the codes of an ordered ``outcome`` where it counts, and the names of its categories."""
    y, names = _whole(name, outcome) if table.is_numeric(name) else _ordered(table, name, outcome)
    if len(names) < 3:
        raise NotEstimableError(
            "few",
            f"column {name!r} has {len(names)} categories, expected three or more. "
            "For two, use regress with family='logit'.",
        )
    return y, names


def _whole(name: str, outcome: pd.Series) -> tuple[Codes, list[str]]:
    found, y = np.unique(outcome, return_inverse=True)
    parts = found[found != np.round(found)]
    if len(parts):
        raise ValueError(f"column {name!r} holds {parts[0]:g}, expected whole numbers. Recode it.")
    return y, [f"{value:.0f}" for value in found]


def _ordered(table: Table, name: str, outcome: pd.Series) -> tuple[Codes, list[str]]:
    if not getattr(table.column(name).dtype, "ordered", False):
        raise ValueError(
            f"column {name!r} has no order, expected ordered categories or whole numbers. "
            "Make it pd.Categorical(..., categories=[lowest, ..., highest], ordered=True)."
        )
    names = list(map(str, outcome.cat.categories))
    empty = [str(value) for value in table.categories(name)[1] if str(value) not in names]
    if empty:
        raise NotEstimableError(
            "few",
            f"column {name!r}: no answers in {', '.join(empty)} among rows that have all variables, expected "
            "some in each category. Merge categories, or drop it with cat.remove_unused_categories().",
        )
    return outcome.cat.codes.to_numpy(dtype=np.int64), names


def _between(names: list[str]) -> list[str]:
    """Return the names of the cut points."""
    return [f"{low}|{high}" for low, high in zip(names[:-1], names[1:], strict=True)]


def _binary_fit(
    y: Codes,
    x: Floats,
    weights: Floats,
    names: list[str],
    terms: list[str],
    cut: int,
    start: Floats | None = None,
) -> Fitted:
    """Return the logit model of lying above a cut point, as ``regression.Fitted``."""
    try:
        return fit((y > cut).astype(float), x, weights, FAMILIES["logit"], ["Intercept", *terms], start)
    except NotEstimableError as error:
        raise NotEstimableError(error.reason, f"cut point {_between(names)[cut]}: {error}") from None


def _totals(y: Codes, weights: Floats, names: list[str]) -> Floats:
    """Return the weight in each category; none, as a replicate may have, raises ``ValueError``."""
    totals = bins(y, weights, len(names))
    empty = [name for name, total in zip(names, totals, strict=True) if total <= 0]
    if empty:
        raise NotEstimableError(
            "few",
            f"category {', '.join(empty)} has no weight (in a replicate, if there are any), so that its cut "
            "points have no estimates. Merge it with its neighbour.",
        )
    return totals


def _fit(
    y: Codes, x: Floats, weights: Floats, names: list[str], terms: list[str], start: Floats | None = None
) -> tuple[Floats, Callable[[], Floats]]:
    """Return slopes and cut points, and a function that returns their linearised values.

    With terms standardised, cut points are those at the mean of all terms.
    """
    totals, width = _totals(y, weights, names), len(terms)
    x, turn = standardised(x, weights, ["Intercept", *terms])
    x, back = np.ascontiguousarray(x[:, 1:]), np.eye(width + len(totals) - 1)
    back[:width, :width], back[width:, :width] = turn[1:, 1:], -turn[0, 1:]
    if start is None:
        begin = np.append(np.zeros(width), logit(np.cumsum(totals)[:-1] / totals.sum()))
    else:
        begin = np.linalg.solve(back, start)
    found = newton(partial(_likelihood, y, x, weights, totals), begin)
    if found is None:
        raise no_estimates(terms)
    theta, information = found
    turn = np.linalg.inv(information) @ back.T
    return back @ theta, partial(_linearised, y, x, weights, theta, turn)


def _likelihood(
    y: Codes, x: Floats, weights: Floats, totals: Floats, theta: Floats
) -> tuple[float, Floats, Floats]:
    """Return the weighted log-likelihood at ``theta``, its gradient and the observed information.

    With u and l the probabilities of at most the category and of less, that of the category is u (1 - l)
    (1 - exp(-gap)), where the gap is between its cut points: it loses no digits in the tails.
    """
    slopes, cuts = np.split(theta, [x.shape[1]])
    steps, gap = np.diff(np.eye(len(cuts)), axis=0), np.diff(cuts)
    inside = totals[1:-1]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        # NaN for cut points out of order: Newton's step is halved.
        fit = np.float64(np.vdot(inside, np.log(-np.expm1(-gap))))
        at_cuts = steps.T @ (inside / np.expm1(gap))
        bend = steps.T @ (steps * (inside / (4 * np.sinh(gap / 2) ** 2))[:, None])
    score, information = np.append(np.zeros(len(slopes)), at_cuts), np.zeros((len(theta), len(theta)))
    information[len(slopes) :, len(slopes) :] = bend
    for rows in blocks(len(y), ELEMENTS // (x.shape[1] + 1) + 1):
        part, weight, category = x[rows], weights[rows], y[rows]
        high, low = _bounds(category, part @ slopes, cuts)
        fit -= weight @ (np.logaddexp(0, -high) + np.logaddexp(0, low))
        score += _gradient(category, part, weight, expit(-high), expit(low), len(totals))
        information += _curvature(category, part, weight, _density(high), _density(low), len(totals))
    return fit, score, information


def _bounds(category: Codes, eta: Floats, cuts: Floats) -> tuple[Floats, Floats]:
    """Return the cut points above and below the category of each row, less its linear predictor."""
    padded = np.concatenate([[-np.inf], cuts, [np.inf]])
    return padded[category + 1] - eta, padded[category] - eta


def _density(at: Floats) -> Floats:
    return expit(at) * expit(-at)


def _gradient(category: Codes, x: Floats, weight: Floats, beyond: Floats, less: Floats, count: int) -> Floats:
    """Return the gradient in slopes and cut points, without what gaps add."""
    up, down = (np.bincount(category, weight * part, count) for part in (beyond, less))
    return np.append((weight * (less - beyond)) @ x, up[:-1] - down[1:])


def _curvature(category: Codes, x: Floats, weight: Floats, high: Floats, low: Floats, count: int) -> Floats:
    """Return the information on slopes and cut points, without what gaps add."""
    wide = np.column_stack([x, np.ones(len(x))])
    above, below = (sums(category, wide, count, weight * part) for part in (high, low))
    both = above[:-1] + below[1:]
    slopes = product(x * (weight * (high + low))[:, None], x)
    return np.block([[slopes, -both[:, :-1].T], [-both[:, :-1], np.diag(both[:, -1])]])


def _linearised(y: Codes, x: Floats, weights: Floats, theta: Floats, turn: Floats) -> Floats:
    """Return linearised values (rows x coefficients); ``turn`` makes them of the score of each row."""
    slopes, cuts = np.split(theta, [x.shape[1]])
    pull = np.concatenate(
        [[0], 1 / np.expm1(np.diff(cuts)), [0]]
    )  # of the gap; the outer categories have none
    z = np.empty((len(y), len(theta)))
    for rows in blocks(len(y), ELEMENTS // len(theta) + 1):
        part, weight, category = x[rows], weights[rows], y[rows]
        high, low = _bounds(category, part @ slopes, cuts)
        at_cuts, each = np.zeros((len(part), len(cuts) + 2)), np.arange(len(part))
        at_cuts[each, category + 1] = expit(-high) + pull[category]
        at_cuts[each, category] = -expit(low) - pull[category]
        score = np.hstack([part * (expit(low) - expit(-high))[:, None], at_cuts[:, 1:-1]])
        z[rows] = (score * weight[:, None]) @ turn
    return z
