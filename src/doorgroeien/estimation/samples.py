"""Samples from one population that share units: waves of a panel, or the roles asked in one wave."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from doorgroeien.estimation.arrays import Codes, Floats, cross, product
from doorgroeien.estimation.stages import Stage

__all__ = ["between_samples"]


def between_samples(stages: Sequence[Stage], sample: Codes, labels: Sequence[Codes], z: Floats) -> Floats:
    """Return the covariance that units in two samples give to estimates of both (columns of ``z``).

    ``sample`` has a code per row; ``labels`` has for each stage a code per row, the same for units that are
    the same.

    In a stratum of N units of which n and m are in the two samples and o in both, the product of the
    deviations of a unit in both counts for 1 - nm/(No), as in Tam (1984); where the strata of the samples
    differ, No is their geometric mean. The next stage counts for the rest, as it does within a sample. So a
    full panel has the covariance of one sample, and independent samples have none.
    """
    deviations = [stage.deviations(z) * np.sqrt(stage.spread)[:, None] for stage in stages]
    total = np.zeros((z.shape[1], z.shape[1]))
    for pair in combinations(range(sample.max() + 1), 2):
        same: Codes = np.zeros(len(z), dtype=np.int64)
        share = np.ones(1)
        for stage, label, deviation in zip(stages, labels, deviations, strict=False):
            above, same = same, cross(same, label)
            one, other = _in_both(same[stage.first], sample[stage.first], pair)
            if not len(one):
                break
            weight = _overlap(stage, one, other)
            above, here = above[stage.first[one]], same[stage.first[one]]
            part = product(deviation[one] * (share[above] * weight)[:, None], deviation[other])
            total += part + part.T
            passed_on = np.zeros(same.max() + 1)
            passed_on[here] = share[above] * (1 - weight)
            share = passed_on
    return total


def _in_both(same: Codes, sample: Codes, pair: tuple[int, int]) -> tuple[Codes, Codes]:
    """Return the units of two samples that are the same, paired, in the order of the first sample."""
    one, other = (np.flatnonzero(sample == member) for member in pair)
    other = other[np.argsort(same[other], kind="stable")]
    start, stop = (np.searchsorted(same[other], same[one], side) for side in ("left", "right"))
    partners = stop - start
    following = np.arange(partners.sum()) - np.repeat(np.cumsum(partners) - partners, partners)
    return np.repeat(one, partners), other[np.repeat(start, partners) + following]


def _overlap(stage: Stage, one: Codes, other: Codes) -> Floats:
    """Return what the product of the deviations of paired units counts for."""
    expected, limit = np.ones(len(one)), np.ones(len(one))
    for units in (one, other):
        stratum = stage.stratum[units]
        both = np.bincount(stage.stratum[np.unique(units)], minlength=len(stage.size))[stratum]
        expected *= stage.size[stratum] / np.sqrt(stage.population[stratum] * both)
        limit *= np.sqrt(1 - stage.fraction[stratum])
    return np.clip(1 - expected, -limit, limit)
