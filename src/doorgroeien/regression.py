"""Generalised linear models on survey data, with variances over all stages."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
import pandas as pd
from formulaic import Formula
from scipy.linalg import qr
from scipy.special import expit

from doorgroeien.arrays import blocks, product
from doorgroeien.columns import Domains
from doorgroeien.estimates import Estimates

__all__ = [
    "ELEMENTS",
    "FAMILIES",
    "check_rank",
    "complete",
    "degrees",
    "fit",
    "lengths",
    "linearised",
    "matrix",
    "newton",
    "parse",
    "regress",
    "spread",
    "tabulate",
]

CLOSE, STEPS = 1e-24, 40  # of the Newton decrement per unit of weight; separation does not get there
SINGULAR = 1e-12
ELEMENTS = 9000  # of a matrix that OpenBLAS multiplies by a vector on one core


@dataclass(frozen=True)
class Family:
    """A family with its canonical link, and the range of its outcomes.

    ``cumulant`` and ``mean`` are functions of the linear predictor, ``slope`` is one of the mean.
    """

    cumulant: Callable
    mean: Callable
    slope: Callable
    low: float
    high: float


FAMILIES = {
    "linear": Family(lambda eta: eta**2 / 2, lambda eta: eta, np.ones_like, -np.inf, np.inf),
    "logit": Family(lambda eta: np.logaddexp(0, eta), expit, lambda mean: mean * (1 - mean), 0, 1),
    "poisson": Family(np.exp, np.exp, lambda mean: mean, 0, np.inf),
}


def regress(design, formula, family):
    """Return the coefficients as ``Estimates``; see ``Design.regress``."""
    if family not in FAMILIES:
        raise ValueError(f"family {family!r} is unknown. Choose one of {', '.join(FAMILIES)}.")
    family = FAMILIES[family]
    parsed = parse(formula)
    data, rows = complete(design, formula, parsed.required_variables)
    outcome, _ = matrix(parsed.lhs, data, formula)
    if outcome.shape[1] > 1:
        raise ValueError(f"{formula!r}: the outcome is categorical, expected numbers or booleans. Recode it.")
    y, (x, terms) = outcome[:, 0], matrix(parsed.rhs, data, formula)
    wrong = y[(y < family.low) | (y > family.high)]
    if len(wrong):
        raise ValueError(
            f"{formula!r}: outcome {wrong[0]:g}, expected {family.low:g} to {family.high:g}. Recode it."
        )
    weights = design.weights[rows]
    coefficients, inverse = fit(y, x, weights, family, terms, np.zeros(len(terms)))
    z = linearised(y, x, weights, family, coefficients, inverse)
    covariance = spread(design, rows, z, lambda w: fit(y, x, w, family, terms, coefficients)[0])
    return tabulate(design, rows, terms, coefficients, z, covariance, len(terms) - 1)


def linearised(y, x, weights, family, coefficients, inverse):
    """Return linearised values of the coefficients (rows x coefficients)."""
    z = np.empty(x.shape)
    for part in blocks(len(y), max(ELEMENTS // x.shape[1], 1)):
        residual = weights[part] * (y[part] - family.mean(x[part] @ coefficients))
        z[part] = (x[part] * residual[:, None]) @ inverse
    return z


def spread(design, rows, z, refit):
    """Return the covariance of coefficients whose linearised values in ``rows`` are ``z``.

    ``refit`` returns the coefficients (an array) for the weights of a replicate in these rows.
    """
    if design.replicates is not None:
        return design.replicates.covariance(np.array([refit(w) for w in design.replicates.weights[rows].T]))
    full = np.zeros((len(design.weights), z.shape[1]))
    full[rows] = z
    present = _present(design, rows)
    return design.covariance(full, Domains.one(present[:, 0]), present)


def degrees(design, rows, spent):
    """Return degrees of freedom: units minus strata in which ``rows`` lie, minus those ``spent``."""
    present = _present(design, rows)
    return design.degrees(present, Domains.one(present[:, 0]))[0, 0] - spent


def _present(design, rows):
    present = np.zeros((len(design.weights), 1), dtype=bool)
    present[rows] = True
    return present


def tabulate(design, rows, terms, coefficients, z, covariance, spent):
    """Return ``Estimates`` of coefficients; ``spent`` are the degrees of freedom that the model takes."""
    weights = design.weights[rows]
    n, population, ones = len(rows), weights.sum(), np.ones(len(terms))
    srs = (z**2 / weights[:, None]).sum(axis=0) * population / (n - 1)
    df = degrees(design, rows, spent)
    keys = {"term": np.array(terms, dtype=object)}
    return Estimates(keys, coefficients, covariance, df * ones, n * ones, population * ones, srs)


def complete(design, formula, names):
    """Return the columns ``names`` where none is missing and weights are not zero, and these rows."""
    counted, columns = design.weights != 0, {}
    for name in map(str, names):
        if design.table.is_numeric(name):
            columns[name] = design.table.numbers(name)
            counted = counted & ~np.isnan(columns[name])
        else:
            codes, values = design.table.categories(name)
            columns[name] = pd.Categorical.from_codes(codes, list(values))
            counted = counted & (codes >= 0)
    rows = np.flatnonzero(counted)
    if len(rows) < 2:
        raise ValueError(f"{formula!r}: {len(rows)} rows have all variables, expected more. Leave some out.")
    data = pd.DataFrame({name: column[rows] for name, column in columns.items()})
    for name in data.columns[data.dtypes == "category"]:
        data[name] = data[name].cat.remove_unused_categories()
    return data, rows


def matrix(terms, data, formula):
    """Return the model matrix of one side of ``formula`` (rows x columns), and the names of its columns."""
    with np.errstate(divide="ignore", invalid="ignore"):
        x = terms.get_model_matrix(data, context={"np": np}, output="numpy", na_action="ignore")
    if not np.isfinite(x).all():
        raise ValueError(f"{formula!r}: a term is not finite in some row. Look for logarithms of zero.")
    return np.ascontiguousarray(x), list(x.model_spec.column_names)


@lru_cache
def parse(formula):
    """Return a formula as formulaic reads it; one without an outcome raises ``ValueError``."""
    if not formula.partition("~")[0].strip() or "~" not in formula:
        raise ValueError(f"{formula!r} has no outcome. Write outcome ~ terms.")
    return Formula(formula)


def fit(y, x, weights, family, terms, start):
    """Return coefficients and the inverse of the information."""
    size = lengths(x, weights)
    x = x / size
    first = _likelihood(y, x, weights, family, start * size)
    check_rank(first[2], terms)
    found = newton(partial(_likelihood, y, x, weights, family), start * size, first, weights.sum(), terms)
    return found[0] / size, found[1] / np.outer(size, size)


def lengths(x, weights):
    """Return the weighted length of each column of ``x``, to divide it by; 1 for a column of zeros."""
    size = np.sqrt(weights @ x**2)
    return np.where(size == 0, 1.0, size)


def newton(likelihood, beta, first, total, terms):
    """Return where a concave ``likelihood`` is highest, and the inverse of the information.

    By Newton's method with halving from ``beta``, where the likelihood, its gradient and the information
    are ``first``; ``total`` is the sum of the weights.
    """
    fit, score, information = first
    for _ in range(STEPS):
        step, _, rank, _ = np.linalg.lstsq(information, score, rcond=None)
        if step @ score < CLOSE * total:
            if rank < len(beta):  # it came so far towards infinity that nothing is left to gain
                break
            return beta + step, np.linalg.inv(information)
        for halving in 0.5 ** np.arange(30):
            attempt = likelihood(beta + halving * step)
            if attempt[0] >= fit - 1e-12 * abs(fit):
                break
        beta = beta + halving * step
        fit, score, information = attempt
    raise ValueError(
        "the model has no finite estimates within reach: some term tells outcomes apart without error. "
        f"Look at {', '.join(terms)} by outcome, and drop or merge that term."
    )


def _likelihood(y, x, weights, family, beta):
    """Return the weighted log-likelihood at ``beta``, its gradient and the information."""
    fit, score, information = 0.0, 0.0, 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        for rows in blocks(len(y), max(ELEMENTS // x.shape[1], 1)):
            part, weight = x[rows], weights[rows]
            eta = part @ beta
            mean = family.mean(eta)
            fit += weight @ (y[rows] * eta - family.cumulant(eta))
            score += (weight * (y[rows] - mean)) @ part
            information += product(part * (weight * family.slope(mean))[:, None], part)
    return fit, score, information


def check_rank(product, terms, largest=0.0):
    """Raise ``ValueError`` with the terms that follow from the others.

    ``product`` (terms x terms) is measured by its largest eigenvalue, or by ``largest`` if that is more.
    """
    values = np.linalg.eigvalsh(product)
    limit = SINGULAR * max(values[-1], largest)
    if values[0] < limit:
        _, triangle, order = qr(product, pivoting=True)
        surplus = [terms[place] for place in order[np.abs(np.diag(triangle)) < limit]]
        raise ValueError(f"terms {', '.join(surplus)} follow from the others. Leave them out of the formula.")
