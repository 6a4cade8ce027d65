"""Ranks of estimates, with intervals that hold for all of them at once."""

from itertools import combinations

import numpy as np
import pandas as pd

from doorgroeien.estimation.arrays import Floats, certain
from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.estimation.estimates import contrast

__all__ = ["rank_intervals"]

# Nought but for rounding: the standard error of a difference beside those of estimates, and an eigenvalue
# beside the largest one.
KNOWN, FLAT = 1e-7, 1e-11


def rank_intervals(
    frame: pd.DataFrame, level: float = 0.95, draws: int = 100_000, seed: int = 0
) -> pd.DataFrame:
    """Return a table of estimates with ``rank`` (1 is the highest), ``rank_low`` and ``rank_high``.

    ``frame`` is a table of two estimates or more, or rows of one with their index; they are equal, and share
    the better rank, as in ``arrays.certain``. Tukey's comparison of all
    pairs, for estimates with any covariance: two are ordered where their difference is further from zero than
    ``critical`` standard errors, the ``level`` quantile of the largest standardised difference between
    estimates of equal parameters. That quantile comes from ``draws`` of a multivariate t distribution with
    the covariance of the estimates and their smallest degrees of freedom. ``rank_low`` is 1 plus the number
    that lie above, ``rank_high`` the number of estimates minus those that lie below. With probability
    ``level`` or more all intervals hold the true ranks at once, ties included (Al Mohamad, van Zwet and
    Goeman 2022). ``attrs`` gains ``critical`` and ``ordered``, the number of pairs ordered.

    Raises ``ValueError`` for fewer than two estimates, and where one of them is missing.
    """
    count = len(frame)
    if count < 2 or frame[["estimate", "se"]].isna().any(axis=None):
        raise NotEstimableError(
            "absent", f"{count} rows, expected two or more, each with an estimate and its standard error."
        )
    pairs = list(combinations(range(count), 2))
    weights = np.zeros((len(pairs), count))
    for row, (one, other) in zip(weights, pairs, strict=True):
        row[[one, other]] = 1, -1
    gaps = contrast(frame, dict(enumerate(weights)))
    estimate = certain(frame["estimate"].to_numpy())
    gap, se = weights @ estimate, gaps["se"].to_numpy()
    size = np.where(se > KNOWN * frame["se"].max(), se, 0.0)
    critical = _largest(np.asarray(gaps.attrs["covariance"]), size, gaps["df"].min(), level, draws, seed)
    sign = np.sign(gap) * (np.abs(gap) > critical * se)
    above, below = np.zeros((2, count), dtype=int)
    for (one, other), way in zip(pairs, sign, strict=True):
        above[other if way > 0 else one] += way != 0
        below[one if way > 0 else other] += way != 0
    ranked = frame.assign(
        rank=1 + (estimate[:, None] < estimate).sum(axis=1),
        rank_low=1 + above,
        rank_high=count - below,
    )
    ranked.attrs |= {"critical": float(critical), "ordered": int(np.count_nonzero(sign))}
    return ranked


def _largest(covariance: Floats, size: Floats, df: float, level: float, draws: int, seed: int) -> float:
    """Return the quantile of the largest absolute value of t variables with this covariance.

    ``size`` are their standard errors, nought for those that do not vary.
    """
    known = size > 0
    if not known.any():
        return 0.0
    correlation = covariance[np.ix_(known, known)] / np.outer(size[known], size[known])
    values, vectors = np.linalg.eigh(correlation)
    # The root of what rounding leaves of nought would be a hundred million times as large.
    values = np.where(values > FLAT * values[-1], values, 0)
    root = (vectors * np.sqrt(values)) @ vectors.T  # the symmetric root: the same everywhere
    rng = np.random.default_rng(seed)
    largest = np.abs(rng.standard_normal((draws, len(root))) @ root).max(axis=1)
    return np.quantile(largest / np.sqrt(rng.chisquare(df, draws) / df), level)
