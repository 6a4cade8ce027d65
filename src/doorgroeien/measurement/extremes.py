"""Which of several scores is a case's highest, which its lowest, and how often by noise alone."""

import numpy as np
import pandas as pd

from doorgroeien.estimation.arrays import certain

__all__ = ["extremes", "extremes_of_noise"]


def extremes(scores: pd.DataFrame) -> pd.DataFrame:
    """Return whether each score of a case is its ``strongest`` and its ``weakest``, ties divided.

    ``scores`` are cases x scores, without missing ones; the columns of the result are pairs (kind, score),
    and those of a kind add up to 1 in each case. Equal is what ``arrays.certain`` calls equal.
    """
    known = certain(scores)
    ends = {"strongest": known.max(axis=1), "weakest": known.min(axis=1)}
    hits = {kind: known.eq(end, axis=0) for kind, end in ends.items()}
    return pd.concat({kind: hit.div(hit.sum(axis=1), axis=0) for kind, hit in hits.items()}, axis=1)


def extremes_of_noise(levels: pd.Series, noise: pd.Series, seed: int, draws: int = 200_000) -> pd.Series:
    """Return the shares in which each score is strongest and weakest if cases differ by noise alone.

    All cases have the true scores ``levels``, to which independent normal errors with the variances ``noise``
    are added. The index of the result is that of the columns of :func:`extremes`.
    """
    drawn = np.random.default_rng(seed).normal(levels, np.sqrt(noise), (draws, len(levels)))
    ends = {"strongest": drawn.argmax(axis=1), "weakest": drawn.argmin(axis=1)}
    return pd.concat(
        {
            kind: pd.Series(np.bincount(end, minlength=len(levels)) / draws, levels.index)
            for kind, end in ends.items()
        }
    )
