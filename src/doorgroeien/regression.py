"""Generalised linear models on survey data, with variances over all stages."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from formulaic import Formula
from scipy.linalg import qr
from scipy.special import expit

from doorgroeien.arrays import blocks, product
from doorgroeien.columns import Domains
from doorgroeien.estimates import Estimates

__all__ = ["FAMILIES", "regress"]

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
    y, x, terms, rows = _model(design, formula)
    wrong = y[(y < family.low) | (y > family.high)]
    if len(wrong):
        raise ValueError(
            f"{formula!r}: outcome {wrong[0]:g}, expected {family.low:g} to {family.high:g}. Recode it."
        )
    weights = design.weights[rows]
    coefficients, inverse = _fit(y, x, weights, family, terms, np.zeros(len(terms)))
    present = np.zeros((len(design.weights), 1), dtype=bool)
    present[rows] = True
    everyone = Domains.one(present[:, 0])
    z = np.zeros((len(present), len(terms)))
    for part in blocks(len(rows), max(ELEMENTS // x.shape[1], 1)):
        residual = weights[part] * (y[part] - family.mean(x[part] @ coefficients))
        z[rows[part]] = (x[part] * residual[:, None]) @ inverse
    if design.replicates is None:
        covariance = design.covariance(z, everyone, present)
    else:
        fits = [_fit(y, x, w, family, terms, coefficients)[0] for w in design.replicates.weights[rows].T]
        covariance = design.replicates.covariance(np.array(fits))
    n, population, ones = len(rows), weights.sum(), np.ones(len(terms))
    df = design.degrees(present, everyone)[0, 0] - (len(terms) - 1)
    srs = (z[rows] ** 2 / weights[:, None]).sum(axis=0) * population / (n - 1)
    keys = {"term": np.array(terms, dtype=object)}
    return Estimates(keys, coefficients, covariance, df * ones, n * ones, population * ones, srs)


def _model(design, formula):
    """Return outcome, model matrix, names of its columns, and the rows in which nothing is missing."""
    parsed, counted, columns = _parsed(formula), design.weights != 0, {}
    for name in map(str, parsed.required_variables):
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
    with np.errstate(divide="ignore", invalid="ignore"):
        outcome, x = parsed.get_model_matrix(data, context={"np": np}, output="numpy", na_action="ignore")
    if outcome.shape[1] > 1:
        raise ValueError(f"{formula!r}: the outcome is categorical, expected numbers or booleans. Recode it.")
    if not (np.isfinite(outcome).all() and np.isfinite(x).all()):
        raise ValueError(f"{formula!r}: a term is not finite in some row. Look for logarithms of zero.")
    return np.asarray(outcome)[:, 0], np.ascontiguousarray(x), list(x.model_spec.column_names), rows


@lru_cache
def _parsed(formula):
    if not formula.partition("~")[0].strip() or "~" not in formula:
        raise ValueError(f"{formula!r} has no outcome. Write outcome ~ terms.")
    return Formula(formula)


def _fit(y, x, weights, family, terms, start):
    """Return coefficients and the inverse of the information, by Newton's method with halving."""
    size = np.sqrt(weights @ x**2)
    x = x / size
    beta = start * size
    fit, score, information = _likelihood(y, x, weights, family, beta)
    _check_rank(information, terms)
    for _ in range(STEPS):
        step = np.linalg.lstsq(information, score, rcond=None)[0]
        if step @ score < CLOSE * weights.sum():
            return (beta + step) / size, np.linalg.inv(information) / np.outer(size, size)
        for halving in 0.5 ** np.arange(30):
            attempt = _likelihood(y, x, weights, family, beta + halving * step)
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


def _check_rank(product, terms):
    """Raise ``ValueError`` with the terms that follow from the others."""
    values = np.linalg.eigvalsh(product)
    if values[0] < SINGULAR * values[-1]:
        _, triangle, order = qr(product, pivoting=True)
        surplus = [terms[place] for place in order[np.abs(np.diag(triangle)) < SINGULAR * values[-1]]]
        raise ValueError(f"terms {', '.join(surplus)} follow from the others. Leave them out of the formula.")
