"""Quantiles of finite populations with Woodruff intervals."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from doorgroeien.estimation.arrays import Codes, Floats, certain
from doorgroeien.estimation.columns import Domains, Variables
from doorgroeien.estimation.estimates import t_quantile
from doorgroeien.estimation.ratios import ratios

if TYPE_CHECKING:
    from doorgroeien.estimation.design import Design

__all__ = ["quantiles"]

LEVEL = 0.95
ROUNDING = 1e-9  # a cumulative share this close to the one asked for has reached it


def quantiles(design: "Design", variables: Variables, domains: Domains, shares: Floats) -> pd.DataFrame:
    """Return the table of quantiles: the smallest value with at least a share ``q`` of the weight up to it.

    The interval of the distribution function at the estimate, a t interval, is read back through that
    function (Woodruff 1952; Särndal, Swensson and Wretman 1992, sec. 5.11); the standard error is its width
    over that of t, as in R's ``svyquantile`` with its defaults. A bound beyond the data is missing.
    Covariances follow from the correlations of the distribution functions.
    """
    _check(design, variables, shares)
    width, asked = variables.values.shape[1], len(shares)
    steps = np.column_stack([certain(y) for y in variables.values.T])
    columns = zip(variables.values.T, steps.T, strict=True)
    pieces = [_Distribution(*column, design.weights, rows) for column in columns for rows in domains.rows]
    value, limits = (
        np.array([[piece.at(share, of) for share in shares] for piece in pieces])
        for of in ("values", "steps")
    )
    limits = limits.reshape(width, domains.count, asked).transpose(1, 0, 2).reshape(domains.count, -1)
    steps = np.repeat(steps, asked, axis=1)
    below = np.where(np.isnan(steps), np.nan, steps <= domains.at(limits))
    keys = {"variable": np.repeat(variables.keys["variable"], asked)}
    reached = ratios(design, Variables(below, keys), domains)
    order = np.arange(len(reached.value)).reshape(width, asked, domains.count).transpose(0, 2, 1).ravel()
    reached = reached.take(order)  # by variable, domain and share
    t = t_quantile(LEVEL, reached.df)
    margin = (t * reached.se).reshape(-1, asked)
    centre = reached.value.reshape(-1, asked)
    low = np.array([[piece.at(q) for q in row] for piece, row in zip(pieces, centre - margin, strict=True)])
    high = np.array([[piece.at(q) for q in row] for piece, row in zip(pieces, centre + margin, strict=True)])
    se = (high - low).ravel() / (2 * t)
    with np.errstate(divide="ignore", invalid="ignore"):
        correlation = reached.covariance / np.outer(reached.se, reached.se)
    np.fill_diagonal(correlation, 1.0)
    keys = reached.keys | {"quantile": np.tile(shares, len(pieces))}
    covariance = correlation * np.outer(se, se)
    missing = np.full(len(se), np.nan)
    result = replace(reached, keys=keys, value=value.ravel(), covariance=covariance, srs=missing)
    return result.frame(low=low.ravel(), high=high.ravel())


def _check(design: "Design", variables: Variables, shares: Floats) -> None:
    if "category" in variables.keys:
        raise ValueError("a categorical column has no quantiles. Choose numeric columns.")
    outside = [share for share in shares if not 0 < share < 1]
    if outside:
        raise ValueError(f"quantile {outside[0]}, expected shares between 0 and 1. Write 0.5 for the median.")
    if (design.weights < 0).any():
        raise ValueError("negative weights have no quantiles. Calibrate with bounds, or by raking.")


class _Distribution:
    """The weighted distribution of a column in one domain, ordered by ``steps`` (see ``arrays.certain``)."""

    def __init__(self, values: Floats, steps: Floats, weights: Floats, rows: Codes) -> None:
        rows = rows[(weights[rows] > 0) & ~np.isnan(values[rows])]
        rows = rows[np.argsort(steps[rows], kind="stable")]
        self.values, self.steps, self.cumulative = values[rows], steps[rows], np.cumsum(weights[rows])

    def at(self, share: float, of: str = "values") -> float:
        """Return the smallest value that has at least this share; NaN outside 0 to 1 and without data."""
        if not len(self.values) or not 0 <= share <= 1:
            return np.nan
        total = self.cumulative[-1]
        place = np.searchsorted(self.cumulative, (share - ROUNDING) * total)
        return getattr(self, of)[min(place, len(self.values) - 1)]
