"""The variance of lonely units: pooled over the strata of their kind, or over themselves.

A stratum with one sampled unit out of several says nothing of its own spread, and leaving it out would claim
that it has none. It is lent the variance within the strata of its pool: with z the sum of linearised values
of a unit, over the mean weight of its stratum, that is the sum over the strata of the pool of the squared
deviations of z from the mean of its stratum, over the sum of their units less one: the mean square within of
an analysis of variance.

Where every unit of a pool is alone, there is nothing to lend. Their strata are then collapsed into one
(Cochran 1977), so that the variance holds the spread between them too, and is rather too large than too
small. One that is alone in its pool adds its squared distance from zero, the mean of linearised values.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from doorgroeien.estimation.arrays import Codes, Flags, Floats
from doorgroeien.estimation.stages import Stage

__all__ = ["lend"]


def lend(
    stages: Sequence[Stage], weights: Floats, pools: Sequence[Codes]
) -> tuple[tuple[Stage, ...], tuple[Stage, ...]]:
    """Return the stages, whose units count for lonely ones too, and stages of those that none counts for.

    Args:
        stages: those of a design, first to last.
        weights: for how many units of the population each row stands.
        pools: codes of the rows, from the narrowest pool to the widest. A stratum that lies in several lends
            in none of them.
    """
    lending, collapsed = [], []
    for stage in stages:
        lent, left = _lent(stage, weights, pools)
        lending.append(replace(stage, lent=lent[stage.stratum]))
        if left.any():
            collapsed.append(_collapsed(stage, left, pools[0]))
    return tuple(lending), tuple(collapsed)


def _lent(stage: Stage, weights: Floats, pools: Sequence[Codes]) -> tuple[Floats, Flags]:
    """Return for each stratum what it lends its pool, and whether it is lonely and is lent nothing."""
    count = len(stage.size)
    mean = np.bincount(stage.stratum[stage.rows], weights, count) / stage.size
    wanted = np.zeros(count)
    wanted[stage.stratum] = stage.share
    wanted *= stage.alone * (1 - stage.fraction) * mean**2
    degrees = np.where(mean > 0, stage.size - 1, 0)
    lent = np.zeros(count)
    for codes in pools:
        pool = _pool(stage, codes)
        borrowers = (wanted > 0) & (pool >= 0)
        lenders = (degrees > 0) & (pool >= 0)
        due = np.bincount(pool[borrowers], wanted[borrowers], codes.max() + 1)
        spare = np.bincount(pool[lenders], degrees[lenders], codes.max() + 1)
        each = np.divide(due, spare, out=np.zeros(len(due)), where=spare > 0)
        lent[lenders] += each[pool[lenders]] / mean[lenders] ** 2
        wanted[borrowers & (spare[pool] > 0)] = 0
    return lent, wanted > 0


def _pool(stage: Stage, codes: Codes) -> Codes:
    """Return the pool of each stratum, or -1 for one that lies in several."""
    stratum = stage.stratum[stage.rows]
    pool = np.zeros(len(stage.size), dtype=np.int64)
    pool[stratum] = codes
    mixed = np.bincount(stratum, codes != pool[stratum], len(pool)) > 0
    return np.where(mixed, -1, pool)


def _collapsed(stage: Stage, left: Flags, codes: Codes) -> Stage:
    """Return a stage in which the strata that are ``left`` are one in each pool; all others add nothing."""
    alone = left[stage.stratum]
    pool = np.where(alone, _pool(stage, codes)[stage.stratum], -2)
    stratum = pd.factorize(pool)[0]
    size = np.bincount(stratum)
    share = np.where(alone, stage.share * (1 - stage.fraction[stage.stratum]), 0.0)
    return Stage(stage.unit, stratum, stage.first, size, np.full(len(size), np.inf), share, "adjust")
