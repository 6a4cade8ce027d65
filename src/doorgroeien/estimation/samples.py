"""Samples from one population that share units: waves of a panel, or the roles asked in one wave."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from scipy.sparse import csr_array

from doorgroeien.estimation.arrays import Codes, Floats, cross, product
from doorgroeien.estimation.columns import Domains
from doorgroeien.estimation.stages import Stage

__all__ = ["Shared", "between_samples", "shared_units"]


@dataclass(frozen=True, eq=False)
class Shared:
    """Units, of ``count`` in a stage, that are in two samples: places in both, and what a pair counts for."""

    one: Codes
    other: Codes
    weight: Floats
    count: int

    @cached_property
    def units(self) -> Codes:
        """Return the units that are the first of a pair."""
        return np.unique(self.one)

    @cached_property
    def weights(self) -> csr_array:
        """Return what pairs count for, by the first unit (``units``) and the other (of all)."""
        place = np.searchsorted(self.units, self.one)
        return csr_array((self.weight, (place, self.other)), shape=(len(self.units), self.count))


def between_samples(stages: Sequence[Stage], shared: Sequence[Shared], z: Floats, domains: Domains) -> Floats:
    """Return the covariance that units in two samples give to estimates of both.

    ``z`` and the result are as in ``Stage.covariance``.
    """
    side = z.shape[1] * domains.count
    total = np.zeros((side, side))
    for stage, pairs in zip(stages, shared, strict=False):
        if not len(pairs.one):
            continue
        if (own := stage.parted(domains)) is None:
            deviation = stage.deviations(domains.spread_out(z))
        else:
            deviation = Domains(own, domains.count, {}).spread_out(stage.deviations(z))
        deviation *= np.sqrt(stage.spread)[:, None]
        part = product(deviation[pairs.units], pairs.weights @ deviation)
        total += part + part.T
    return total


def shared_units(stages: Sequence[Stage], sample: Codes, labels: Sequence[Codes]) -> list[Shared]:
    """Return for each stage the units that are in two samples, whichever two.

    ``sample`` has a code per row; ``labels`` has for each stage a code per row, the same for units that are
    the same.

    In a stratum of N units of which n and m are in the two samples and o in both, the product of the
    deviations of a unit in both counts for 1 - nm/(No), as in Tam (1984); where the strata of the samples
    differ, No is their geometric mean. The next stage counts for the rest, as it does within a sample. So a
    full panel has the covariance of one sample, and independent samples have none.
    """
    same: Codes = np.zeros(len(sample), dtype=np.int64)
    alike = [same]
    for _, label in zip(stages, labels, strict=False):
        alike.append(cross(alike[-1], label))
    found: list[list[tuple[Codes, Codes, Floats]]] = [[] for _ in stages]
    count = int(sample.max()) + 1
    inside = [
        _by_sample(same[stage.first], sample[stage.first], count)
        for stage, same in zip(stages, alike[1:], strict=False)
    ]
    for first, second in combinations(range(count), 2):
        share = np.ones(1)
        for stage, above, same, units, kept in zip(stages, alike, alike[1:], inside, found, strict=False):
            one, other = _in_both(same[stage.first], units[first], units[second])
            if not len(one):
                break
            weight = _overlap(stage, one, other)
            above, here = above[stage.first[one]], same[stage.first[one]]
            kept.append((one, other, share[above] * weight))
            passed_on = np.zeros(same.max() + 1)
            passed_on[here] = share[above] * (1 - weight)
            share = passed_on
    return [_together(kept, len(stage.stratum)) for kept, stage in zip(found, stages, strict=True)]


def _together(parts: Sequence[tuple[Codes, Codes, Floats]], count: int) -> Shared:
    none = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0)
    one, other, weight = map(np.concatenate, zip(none, *parts, strict=True))
    return Shared(one, other, weight, count)


def _by_sample(same: Codes, sample: Codes, count: int) -> list[Codes]:
    """Return the units of each sample, in the order of their code in ``same``."""
    order = np.argsort(same, kind="stable")
    return [order[sample[order] == member] for member in range(count)]


def _in_both(same: Codes, one: Codes, other: Codes) -> tuple[Codes, Codes]:
    """Return the units of two samples that are the same, in pairs; both come in the order of ``same``."""
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
