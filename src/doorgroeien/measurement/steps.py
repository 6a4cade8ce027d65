"""Steps in an order: how far each case has come, where it drops out, and whether the order holds."""

from itertools import combinations

import numpy as np
import pandas as pd

__all__ = ["dropouts", "guttman_errors", "reached", "scalability", "shapley"]


def reached(has: pd.DataFrame) -> pd.DataFrame:
    """Return whether each case has a step and all before it.

    ``has`` (cases x steps, in their order) holds 1 for a step that the case has and 0 for one that it lacks,
    here and below; a case of which something is unknown must miss all steps, and stays missing.
    """
    return has.cumprod(axis=1)


def dropouts(has: pd.DataFrame) -> pd.DataFrame:
    """Return 1 at the first step that a case lacks, 0 elsewhere (cases x steps)."""
    upto = reached(has)
    return upto.shift(axis=1).fillna({has.columns[0]: 1.0}) - upto


def shapley(has: pd.DataFrame) -> pd.DataFrame:
    """Return the share of each step in a case's drop-out, whatever the order (cases x steps).

    Over all orders of the steps a case drops out equally often at each step that it lacks: with three lacking
    each counts for a third. This is the value of Shapley (1953) of the game that a set of steps wins if the
    case lacks one of them.
    """
    lacks = 1 - has
    return lacks.div(lacks.sum(axis=1).clip(lower=1), axis=0)


def guttman_errors(has: pd.DataFrame) -> pd.Series:
    """Return for each case the number of pairs of which it has the later step and lacks the earlier one."""
    return sum((1 - has[one]) * has[other] for one, other in combinations(has.columns, 2))


def scalability(shares, errors):
    """Return Loevinger's (1948) coefficient of steps in a given order.

    One minus the mean number of Guttman errors over that expected if steps were unrelated: 0 if the order
    means nothing, 1 if nobody skips a step. ``shares`` are those of the cases that have each step, in their
    order, ``errors`` the mean of :func:`guttman_errors`. Both may be complex, so that it can be a contrast of
    estimates.
    """
    one, other = np.triu_indices(len(shares), 1)
    return 1 - errors / ((1 - shares[one]) * shares[other]).sum()
