"""Replicate weights: bootstrap and jackknife over all stages, or given, and variances from them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from doorgroeien.estimation.arrays import Floats, product
from doorgroeien.estimation.columns import Domains
from doorgroeien.estimation.stages import Stage

__all__ = ["KINDS", "Replicates", "bootstrap", "jackknife"]

KINDS = ("bootstrap", "jackknife")
LIMIT = 2**31  # elements of a matrix of replicate weights: 16 GB


@dataclass(frozen=True, eq=False)
class Replicates:
    """Replicate weights (rows x replicates); ``scale`` (replicates) multiplies squared deviations."""

    weights: Floats
    scale: Floats

    def covariance(self, values: Floats) -> Floats:
        """Return the covariance of estimates from their replicates (replicates x estimates).

        Deviations are from the mean of the replicates, as in R's ``svrVar`` with ``mse=FALSE``.
        """
        deviations = values - values.mean(axis=0)
        return product(deviations, deviations * self.scale[:, None])

    def ratios(self, y: Floats, x: Floats | None, domains: Domains) -> Floats:
        """Return the replicates of y/x in each domain, or of totals of y if x is None (by variable)."""
        width, parts = y.shape[1], []
        both = y if x is None else np.hstack([y, x])
        for rows in domains.rows:
            found = product(self.weights[rows], both[rows])
            with np.errstate(divide="ignore", invalid="ignore"):
                parts.append(found if x is None else found[:, :width] / found[:, width:])
        return np.stack(parts, axis=2).reshape(self.weights.shape[1], -1)


def bootstrap(stages: Sequence[Stage], rows: int, replicates: int, seed: int) -> tuple[Floats, Floats]:
    """Return factors (rows x replicates) by which the bootstrap multiplies weights, and their scale.

    Rescaled bootstrap of Rao and Wu (1988): in each stratum n - 1 units are drawn with replacement, and the
    deviation of their number is shrunk by the finite population correction, or widened by what the stratum
    lends to lonely units (``pooling``). Every stage adds its deviation,
    so that the variance has the same expectation as the linearised one, for totals. With one stage and no
    population this is R's ``subbootstrap``. All deviations are divided by one number when factors would
    otherwise be negative, and the scale makes up for it.
    """
    _check(stages, rows, replicates, "Ask for fewer replicates.")
    generator = np.random.default_rng(seed)
    change, reach = np.zeros((rows, replicates)), np.zeros(rows)
    for stage in stages:
        size = stage.size[stage.stratum]
        shrink = np.sqrt(stage.factor * (size - 1) / size)
        drawn = np.zeros((len(size), replicates))
        for units in np.split(np.argsort(stage.stratum, kind="stable"), np.cumsum(stage.size)[:-1]):
            n, first = len(units), units[0]
            if shrink[first] > 0:
                which = generator.integers(n, size=(n - 1, replicates)) * replicates + np.arange(replicates)
                counts = np.bincount(which.ravel(), minlength=n * replicates).reshape(n, replicates)
                drawn[units] = shrink[first] * (counts * (n / (n - 1)) - 1)
        change += drawn[stage.rows]
        reach += shrink[stage.rows]
    calm = max(1.0, reach.max())
    return 1 + change / calm, np.full(replicates, calm**2 / (replicates - 1))


def jackknife(stages: Sequence[Stage], rows: int) -> tuple[Floats, Floats]:
    """Return factors (rows x replicates) of the jackknife that leaves out one unit at a time, and scales.

    Units of every stage are left out in turn, the weights of the others in their stratum raised to make up
    for it; with one stage this is R's ``JKn``, or ``JK1`` without strata. Strata sampled in full give no
    replicate.
    """
    kept = [np.flatnonzero((stage.factor > 0) & (stage.size[stage.stratum] > 1)) for stage in stages]
    _check(stages, rows, sum(map(len, kept)), "Use kind='bootstrap'.")
    factors, scales = [], []
    for stage, units in zip(stages, kept, strict=True):
        n = stage.size[stage.stratum[units]]
        unit, stratum = stage.rows[:, None], stage.stratum[stage.rows][:, None]
        factor = np.where(stratum == stage.stratum[units], n / (n - 1), 1.0)
        factors.append(np.where(unit == units, 0.0, factor))
        scales.append(stage.factor[units] * ((n - 1) / n) ** 2)
    return np.hstack(factors), np.concatenate(scales)


def _check(stages: Sequence[Stage], rows: int, replicates: int, remedy: str) -> None:
    if any((stage.alone[stage.stratum] & (stage.factor > 0)).any() for stage in stages):
        raise ValueError(
            "replicates cannot show the variance of a lonely unit under lonely='adjust', or of one that is "
            "alone in its pool under 'pooled'. Merge its stratum with one like it, or choose "
            "lonely='certainty'."
        )
    if replicates < 2:
        raise ValueError(f"{replicates} replicates, expected two or more. Ask for more, or add units.")
    if rows * replicates > LIMIT:
        size = rows * replicates / 2**27
        raise ValueError(f"{rows} rows x {replicates} replicates take {size:.0f} GB of memory. {remedy}")
