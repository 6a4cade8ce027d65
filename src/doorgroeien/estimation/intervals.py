"""Confidence intervals of proportions in samples from finite populations."""

import numpy as np
from scipy.special import betaincinv, expit, logit, ndtri
from scipy.stats import binom

from doorgroeien.estimation.arrays import Floats
from doorgroeien.estimation.estimates import t_quantile

__all__ = ["METHODS", "TEXTBOOK", "coverage", "proportion_interval"]

ROUNDING = 1e-12
METHODS = ("logit", "beta", "wilson", "mean")
TEXTBOOK = "textbook"


def proportion_interval(
    share: Floats,
    variance: Floats,
    n: Floats,
    equal: Floats,
    df: Floats,
    method: str = "logit",
    level: float = 0.95,
) -> tuple[Floats, Floats]:
    """Return the lower and upper bound of proportions, all arguments being arrays of one length.

    ``n`` counts observations and ``equal`` is the number of equally weighted ones that say as much
    (Kish: squared sum of weights over sum of squared weights). The methods are those of R's ``svyciprop``:
    ``logit`` (Wald on the log-odds scale), ``beta`` (Clopper and Pearson on the effective sample size
    p(1-p)/v, adjusted for degrees of freedom: Korn and Graubard 1998), ``wilson`` (score interval on that
    size with Student's t) and ``mean`` (Wald).

    A proportion of exactly 0 or 1 has no estimated variance: whatever the method its interval is the beta
    one on the sample size ``equal``, so it is never of zero width. Without degrees of freedom that is 0 to
    1. A proportion in between with variance 0 (a census) has an interval of zero width.
    """
    if method not in METHODS:
        raise ValueError(f"method {method!r} is unknown. Choose one of {', '.join(METHODS)}.")
    extreme = (share < ROUNDING) | (share > 1 - ROUNDING)
    t = t_quantile(level, df)
    with np.errstate(divide="ignore", invalid="ignore"):
        effective = np.where(extreme, equal, share * (1 - share) / variance)
        adjusted = effective * (t_quantile(level, n - 1) / t) ** 2
        low, high = _bounds(share, variance, effective, adjusted, t, method, level)
        exact = _beta(np.round(share), np.nan_to_num(adjusted), level)
    certain = (variance == 0) & ~extreme
    low = np.where(extreme, exact[0], np.where(certain, share, low))
    high = np.where(extreme, exact[1], np.where(certain, share, high))
    return low, high


def _bounds(
    share: Floats, variance: Floats, effective: Floats, adjusted: Floats, t: Floats, method: str, level: float
) -> tuple[Floats, Floats]:
    if method == "mean":
        margin = t * np.sqrt(variance)
        return share - margin, share + margin
    if method == "logit":
        margin = t * np.sqrt(variance) / (share * (1 - share))
        return expit(logit(share) - margin), expit(logit(share) + margin)
    if method == "wilson":
        weight = t**2 / effective
        centre, margin = share + weight / 2, np.sqrt(weight * (share * (1 - share) + weight / 4))
        return (centre - margin) / (1 + weight), (centre + margin) / (1 + weight)
    return _beta(share, adjusted, level)


def _beta(share: Floats, size: Floats, level: float) -> tuple[Floats, Floats]:
    """Return the Clopper-Pearson bounds for ``share * size`` successes out of ``size``."""
    tail = (1 - level) / 2
    low = betaincinv(size * share, size * (1 - share) + 1, tail)
    high = betaincinv(size * share + 1, size * (1 - share), 1 - tail)
    return np.where(size * share == 0, 0.0, low), np.where(size * (1 - share) == 0, 1.0, high)


def coverage(truths: Floats, n: int, method: str, level: float = 0.95) -> Floats:
    """Return how often an interval holds each of ``truths`` in a simple random sample of ``n``.

    The chance is exact, a sum over the binomial distribution (Brown, Cai and DasGupta 2001). ``method`` is
    one of :data:`METHODS`, or :data:`TEXTBOOK`, Wald's interval as textbooks have it: with the quantile of
    the normal distribution, and of zero width at a proportion of 0 or 1.
    """
    yes = np.arange(n + 1)
    share, size = yes / n, np.full(n + 1, float(n))
    variance = share * (1 - share) / n
    if method == TEXTBOOK:
        margin = ndtri((1 + level) / 2) * np.sqrt(variance)
        low, high = share - margin, share + margin
    else:
        low, high = proportion_interval(share, variance, size, size, size - 1, method, level)
    truths = np.asarray(truths, dtype=float)
    holds = (low[:, None] <= truths) & (truths <= high[:, None])
    return np.asarray((binom.pmf(yes[:, None], n, truths) * holds).sum(axis=0))
