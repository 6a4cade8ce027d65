"""Quantiles of finite populations with Woodruff intervals."""

from dataclasses import replace

import numpy as np

from doorgroeien.columns import Variables
from doorgroeien.estimates import t_quantile
from doorgroeien.ratios import ratios

__all__ = ["quantiles"]

LEVEL = 0.95
ROUNDING = 1e-12  # a cumulative share this close to the one asked for has reached it


def quantiles(design, variables, domains, shares):
    """Return the table of quantiles: the smallest value with at least a share ``q`` of the weight up to it.

    The interval of the distribution function at the estimate, a t interval, is read back through that
    function (Woodruff 1952; Särndal, Swensson and Wretman 1992, sec. 5.11); the standard error is its width
    over that of t, as in R's ``svyquantile`` with its defaults. A bound beyond the data is missing.
    Covariances follow from the correlations of the distribution functions.
    """
    _check(design, variables, shares)
    width, asked = variables.values.shape[1], len(shares)
    pieces = [_Distribution(y, design.weights, rows) for y in variables.values.T for rows in domains.rows]
    value = np.array([[piece.at(share) for share in shares] for piece in pieces])
    limits = value.reshape(width, domains.count, asked).transpose(1, 0, 2).reshape(domains.count, -1)
    values = np.repeat(variables.values, asked, axis=1)
    below = np.where(np.isnan(values), np.nan, values <= domains.at(limits))
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


def _check(design, variables, shares):
    if "category" in variables.keys:
        raise ValueError("a categorical column has no quantiles. Choose numeric columns.")
    outside = [share for share in shares if not 0 < share < 1]
    if outside:
        raise ValueError(f"quantile {outside[0]}, expected shares between 0 and 1. Write 0.5 for the median.")
    if (design.weights < 0).any():
        raise ValueError("negative weights have no quantiles. Calibrate with bounds, or by raking.")


class _Distribution:
    """The weighted distribution of one column in one domain."""

    def __init__(self, y, weights, rows):
        rows = rows[(weights[rows] > 0) & ~np.isnan(y[rows])]
        rows = rows[np.argsort(y[rows], kind="stable")]
        self.values, self.cumulative = y[rows], np.cumsum(weights[rows])

    def at(self, share):
        """Return the smallest value that has at least this share; NaN outside 0 to 1 and without data."""
        if not len(self.values) or not 0 <= share <= 1:
            return np.nan
        total = self.cumulative[-1]
        place = np.searchsorted(self.cumulative, (share - ROUNDING) * total)
        return self.values[min(place, len(self.values) - 1)]
