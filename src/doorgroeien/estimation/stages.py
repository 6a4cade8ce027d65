"""Stages of sampling: units in strata, finite populations, and the variance they give an estimate.

The estimator is the recursion of Särndal, Swensson and Wretman (1992, *Model Assisted Survey Sampling*,
ch. 4) in the form of Lumley (2004, *Journal of Statistical Software* 9), written out flat: each stage
adds the spread of its unit sums around the mean of their stratum, times the sampling fractions of the
stages before it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from doorgroeien.estimation.arrays import Codes, Flags, Floats, blocks, cross, gram, sums
from doorgroeien.estimation.columns import Domains

__all__ = ["LONELY", "Stage", "build_stages", "separate"]

SHOWN = 5  # places named in an error, of many
LONELY = ("fail", "remove", "certainty", "adjust", "pooled")


@dataclass(frozen=True, eq=False)
class Stage:
    """One stage of sampling; its strata lie within the units of the stage before.

    Attributes:
        unit: the unit of each row, as a code; None when every row is a unit of its own.
        stratum: the stratum of each unit, as a code.
        first: the first row of each unit.
        size: units sampled, for each stratum.
        population: units there are, for each stratum; infinite when drawn with replacement.
        share: product of the sampling fractions of the stages before, for each unit.
        lonely: what a stratum with one sampled unit out of several contributes (``LONELY``).
        lent: what the squared deviation of a unit counts for besides, on behalf of lonely ones (``pooling``);
            a number, or one for each unit, the same within a stratum.
    """

    unit: Codes | None
    stratum: Codes
    first: Codes
    size: Codes
    population: Floats | Codes
    share: Floats
    lonely: str
    lent: Floats | float = 0.0

    @cached_property
    def fraction(self) -> Floats:
        """Return the sampling fraction of each stratum."""
        return self.size / self.population

    @cached_property
    def alone(self) -> Flags:
        """Tell for each stratum whether it has one sampled unit out of several."""
        return (self.size == 1) & (self.fraction < 1)

    @cached_property
    def _centre(self) -> Floats:
        """Return 1/n for each stratum, or 0 where deviations are from zero, not from the mean."""
        return np.where(self.alone & (self.lonely == "adjust"), 0.0, 1 / self.size)

    @cached_property
    def spread(self) -> Floats:
        """Return n/(n-1) for each unit; a lonely one counts once under ``adjust`` and else not."""
        scale = self.size / np.maximum(self.size - 1, 1)
        scale[self.size == 1] = self.lonely == "adjust"
        return scale[self.stratum]

    @cached_property
    def factor(self) -> Floats:
        """Return for each unit what its squared deviation counts for in the variance."""
        return self.share * (1 - self.fraction[self.stratum]) * self.spread + self.lent

    @property
    def rows(self) -> Codes:
        """Return the unit of each row."""
        return np.arange(len(self.stratum)) if self.unit is None else self.unit

    def deviations(self, z: Floats) -> Floats:
        """Return unit sums of ``z`` (rows x columns) minus the mean of their stratum (units x columns)."""
        return self._centred(z if self.unit is None else sums(self.unit, z, len(self.stratum)))

    def _centred(self, z: Floats) -> Floats:
        means = sums(self.stratum, z, len(self.size)) * self._centre[:, None]
        centre = np.take(means, self.stratum, axis=0)
        return np.subtract(z, centre, out=centre)

    def covariance(self, z: Floats, domains: Domains) -> Floats:
        """Return the covariance this stage gives the sums of ``z`` in each domain.

        ``z`` is rows x columns and zero outside every domain; the result is square, of side
        domains x columns.
        """
        if (own := self.parted(domains)) is not None:
            return self._apart(self.deviations(z), own, domains.count)
        if domains.count == 1:
            return _weighed(self.deviations(z), self.factor)
        if self.unit is None:
            return self._by_domain(z, domains)
        cells = domains.spread_sums(z, self.unit, len(self.stratum))
        return _weighed(self._centred(cells), self.factor)

    def parted(self, domains: Domains) -> Codes | None:
        """Return the domain of each unit (``count`` for none), or ``None`` if some stratum is in several."""
        own = domains.codes[self.first]
        return own if separate(self.stratum[self.rows], domains.codes, len(self.size)) else None

    def _apart(self, deviations: Floats, own: Codes, count: int) -> Floats:
        """Return the covariance when each stratum lies in one domain; ``own`` is that of each unit."""
        width = deviations.shape[1]
        result = np.zeros((count, width, count, width))
        for code in range(count):
            units = np.flatnonzero((own == code) & (self.factor != 0))
            result[code, :, code] = _weighed(deviations[units], self.factor[units])
        return result.reshape(count * width, count * width)

    def _by_domain(self, z: Floats, domains: Domains) -> Floats:
        """Return the covariance when each unit is one row, and so lies in one domain.

        Units outside a domain then deviate from the stratum mean by that mean alone.
        """
        count, width, strata = domains.count, z.shape[1], len(self.size)
        cell = self.stratum * (count + 1) + domains.codes
        means = sums(cell, z, strata * (count + 1)).reshape(strata, count + 1, width)
        means *= self._centre[:, None, None]
        inside = np.bincount(cell, minlength=strata * (count + 1)).reshape(strata, count + 1)
        factor = np.zeros(strata)
        factor[self.stratum] = self.factor
        result = -_weighed(means[:, :count].reshape(strata, -1), factor * self.size)
        for code, rows in enumerate(domains.rows):
            own = slice(code * width, (code + 1) * width)
            result[own, own] = _weighed(means[:, code], factor * (self.size - inside[:, code]))
            for part in blocks(len(rows)):
                at = rows[part]
                deviation = z[at] - np.take(means[:, code], self.stratum[at], axis=0)
                result[own, own] += _weighed(deviation, self.factor[at])
        return result


def separate(groups: Codes, codes: Codes, count: int) -> bool:
    """Tell whether each of ``count`` groups of rows has one code."""
    own = np.empty(count, dtype=codes.dtype)
    own[groups] = codes
    return bool((own[groups] == codes).all())


def _weighed(deviations: Floats, factor: Floats) -> Floats:
    return gram(deviations * np.sqrt(factor)[:, None])


def build_stages(
    strata: Sequence[Codes],
    units: Sequence[Codes],
    population: Sequence[Floats],
    lonely: str,
    name: Callable[[int, int], str],
) -> tuple[Stage, ...]:
    """Return the stages of a design, first to last, as far as they add to the variance.

    Args:
        strata, units: for each stage the codes of the rows; ``strata`` may be shorter.
        population: for each stage the number of units in the stratum of each row; may be shorter.
        lonely: one of ``LONELY``.
        name: function of stage (from 0) and row that names the stratum of that row in an error.

    Raises ``ValueError`` with every stratum whose population size is missing, varies, or is smaller than the
    sample, and with every lonely one under ``fail``.
    """
    rows = len(units[0])
    stages: list[Stage] = []
    problems: list[str] = []
    within: Codes
    share, within = np.ones(rows), np.zeros(rows, dtype=np.int64)
    for number, label in enumerate(units):
        if number < len(strata):
            within = cross(within, strata[number])
        unit = cross(within, label)
        known = population[number] if number < len(population) else np.full(rows, np.inf)
        stage = _stage(unit, within, known, share, lonely)
        stages.append(stage)
        problems += _problems(stage, within, known, number, name)
        share = share * stage.fraction[within]
        within = unit
        if not share.any():
            break
    if problems:
        raise ValueError("\n".join(problems))
    return tuple(stages)


def _stage(unit: Codes, within: Codes, known: Floats, share: Floats, lonely: str) -> Stage:
    """Return a stage from codes of unit and stratum, population and share of the rows."""
    first = np.empty(unit.max() + 1, dtype=np.int64)
    first[unit[::-1]] = np.arange(len(unit))[::-1]
    size = np.bincount(within[first])
    population = np.empty(len(size))
    population[within] = known
    population = np.fmax(population, size)  # what is wrong with it is reported apart
    if len(first) == len(unit):
        return Stage(None, within, np.arange(len(unit)), size, population, share, lonely)
    return Stage(unit, within[first], first, size, population, share[first], lonely)


def _problems(
    stage: Stage, within: Codes, known: Floats, number: int, name: Callable[[int, int], str]
) -> list[str]:
    """Return what is wrong with the strata of a stage, one message per kind."""
    size = stage.size[within]
    bad = ~((known == stage.population[within]) & (known >= size))
    short = [
        f"{name(number, row)}: population {known[row]:g}, sampled {size[row]}" for row in _rows(within, bad)
    ]
    alone = _rows(within, stage.alone[within] & ~bad) if stage.lonely == "fail" else []
    remedies = {
        "one population size per stratum, at least the number sampled. Correct the column": short,
        "two or more. Merge strata, or choose lonely='remove', 'certainty', 'adjust' or 'pooled'": [
            f"{name(number, row)}: one unit sampled" for row in alone
        ],
    }
    return [
        f"{'; '.join(found[:SHOWN])}{f'; and {len(found) - SHOWN} more' if len(found) > SHOWN else ''}; "
        f"expected {remedy}."
        for remedy, found in remedies.items()
        if found
    ]


def _rows(within: Codes, wrong: Flags) -> Codes:
    """Return the first wrong row of each stratum that has one."""
    rows = np.flatnonzero(wrong)
    return rows[np.unique(within[rows], return_index=True)[1]]
