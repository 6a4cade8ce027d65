"""Generalised linear models on survey data, with variances over all stages."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from pandas.api.types import is_bool_dtype, is_numeric_dtype
from scipy.linalg import qr
from scipy.special import expit

from doorgroeien.columns import Domains
from doorgroeien.estimates import Estimates

__all__ = ["FAMILIES", "regress"]

CLOSE, STEPS = 1e-24, 40  # of the Newton decrement per unit of weight; separation does not get there
SINGULAR = 1e-12


@dataclass(frozen=True)
class Family:
    """A family with its canonical link: functions of the linear predictor, and the range of outcomes."""

    cumulant: Callable
    mean: Callable
    slope: Callable
    low: float
    high: float


FAMILIES = {
    "linear": Family(lambda eta: eta**2 / 2, lambda eta: eta, np.ones_like, -np.inf, np.inf),
    "logit": Family(lambda eta: np.logaddexp(0, eta), expit, lambda eta: expit(eta) * expit(-eta), 0, 1),
    "poisson": Family(np.exp, np.exp, np.exp, 0, np.inf),
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
    z[rows] = (x * (weights * (y - family.mean(x @ coefficients)))[:, None]) @ inverse
    if design.replicates is None:
        covariance = design.covariance(z, everyone, np.repeat(present, len(terms), axis=1))
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
    from statsmodels.genmod.generalized_linear_model import GLM  # slow to import, and only used here

    data = design.table.data
    data = data[[name for name in data.columns if str(name) in formula]].reset_index(drop=True)
    kinds = {
        name: float if is_bool_dtype(kind) else "category"
        for name, kind in data.dtypes.items()
        if not is_numeric_dtype(kind) or is_bool_dtype(kind)
    }
    model = GLM.from_formula(formula, data.astype(kinds))
    if model.endog.ndim > 1:
        raise ValueError(f"{formula!r}: the outcome is categorical, expected numbers or booleans. Recode it.")
    rows = np.asarray(model.data.row_labels)
    counted = design.weights[rows] != 0
    return model.endog[counted], model.exog[counted], list(model.exog_names), rows[counted]


def _fit(y, x, weights, family, terms, start):
    """Return coefficients and the inverse of the information, by Newton's method with halving."""
    size = np.sqrt(np.einsum("ij,i,ij->j", x, weights, x))
    x = x / size
    _check_rank((x * weights[:, None]).T @ x, terms)
    beta = start * size
    eta = x @ beta
    fit = weights @ (y * eta - family.cumulant(eta))
    for _ in range(STEPS):
        score = x.T @ (weights * (y - family.mean(eta)))
        information = (x * (weights * family.slope(eta))[:, None]).T @ x
        step = np.linalg.lstsq(information, score, rcond=None)[0]
        if step @ score < CLOSE * weights.sum():
            beta = beta + step
            return beta / size, np.linalg.inv(information) / np.outer(size, size)
        for halving in 0.5 ** np.arange(30):
            attempt = beta + halving * step
            with np.errstate(over="ignore", invalid="ignore"):
                eta = x @ attempt
                better = weights @ (y * eta - family.cumulant(eta))
            if better >= fit - 1e-12 * abs(fit):
                break
        beta, fit = attempt, better
    raise ValueError(
        "the model has no finite estimates within reach: some term tells outcomes apart without error. "
        f"Look at {', '.join(terms)} by outcome, and drop or merge that term."
    )


def _check_rank(product, terms):
    """Raise ``ValueError`` with the terms that follow from the others."""
    if np.linalg.eigvalsh(product)[0] < SINGULAR:
        _, triangle, order = qr(product, pivoting=True)
        surplus = [terms[place] for place in order[np.abs(np.diag(triangle)) < SINGULAR]]
        raise ValueError(f"terms {', '.join(surplus)} follow from the others. Leave them out of the formula.")
