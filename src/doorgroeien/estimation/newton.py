"""Newton's method: where a likelihood is highest, as exactly as numbers of 53 bits can say."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from doorgroeien.estimation.arrays import Flags, Floats

__all__ = ["Likelihood", "newton"]

# A gain is measured by the mean curvature, so neither units nor weights play a part: 1e-20 of it is a step of
# 1e-10 in the coefficients of variables with a mean square of one, and what is left after it is 1e-20.
CLOSE, SLACK, STEPS = 1e-20, 1e-12, 60
Likelihood: TypeAlias = Callable[[Floats], tuple[float, Floats, Floats]]


def newton(
    likelihood: Likelihood, start: npt.ArrayLike, low: npt.ArrayLike = -np.inf, high: npt.ArrayLike = np.inf
) -> tuple[Floats, Floats] | None:
    """Return where ``likelihood`` is highest and its information there, or ``None`` if that is nowhere.

    Args:
        likelihood: function of an array of parameters that returns a number, its gradient and its
            information, which is minus the matrix of second derivatives. Where it is not concave, steps
            go up all the same, by the absolute values of curvatures (Dauphin et al. 2014). It may be
            NaN where parameters make no sense.
        start: parameters to start from, where it is finite.
        low, high: bounds of parameters.

    Steps are halved until the likelihood does not fall. The search ends one step after it has less to gain
    than rounding leaves, so what it returns does not depend on where it began. A likelihood that rises for
    ever, as that of a logit model in which a term tells outcomes apart, has no highest point within reach.
    """
    place = np.clip(start, low, high)
    value, score, information = likelihood(place)
    for _ in range(STEPS):
        if not np.isfinite(value):
            return None
        free = ~((place <= low) & (score < 0) | (place >= high) & (score > 0))
        step, whole = _step(information, score, free)
        curvature = np.trace(information) / len(place)
        last = step @ score <= CLOSE * curvature
        if last and not whole:  # it came so far towards infinity that nothing is left to gain
            return None
        for halving in 0.5 ** np.arange(30):
            attempt = np.clip(place + halving * step, low, high)
            found = likelihood(attempt)
            if found[0] >= value - SLACK * curvature:
                break
        place, (value, score, information) = attempt, found
        if last:
            return place, information
    return None


def _step(information: Floats, score: Floats, free: Flags) -> tuple[Floats, bool]:
    """Return Newton's step for the parameters that are ``free``, and whether all of these are curved."""
    step = np.zeros(len(score))
    if not free.any():
        return step, True
    values, vectors = np.linalg.eigh(information[np.ix_(free, free)])
    curved = np.abs(values) > len(values) * np.finfo(float).eps * np.abs(values).max()
    values, vectors = np.abs(values[curved]), vectors[:, curved]
    step[free] = vectors @ (vectors.T @ score[free] / values)
    return step, curved.all()
