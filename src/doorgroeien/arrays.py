"""Sums and products of long arrays, in pieces that fit a processor's cache and one core."""

import numpy as np
import pandas as pd
from scipy.sparse import csc_array

__all__ = ["blocks", "certain", "cross", "product", "sums"]

SIDE = 128
DIGITS = 10
# OpenBLAS starts threads for products of more multiplications than this; where others use the cores too,
# waiting for a thread can take a hundred times as long as the product.
LIMIT = 2**18


def blocks(rows, size=2**13):
    """Yield slices of ``rows`` rows, ``size`` at a time."""
    for start in range(0, rows, size):
        yield slice(start, start + size)


def certain(values):
    """Return numbers (array, Series or DataFrame) rounded to :data:`DIGITS` digits of the largest.

    Machines differ in the last digits of a sum. So order, ties and ranks are those of what this returns:
    numbers that differ by less are equal, and of equal ones the first in the table comes first.
    """
    size = np.nanmax(np.abs(np.asarray(values, dtype=float)), initial=0.0)
    return np.round(values, DIGITS - int(np.ceil(np.log10(size)))) if 0 < size < np.inf else values


def cross(one, other):
    """Return codes of the pairs of two codes, numbered by first appearance."""
    return pd.factorize(one * (int(other.max()) + 1) + other)[0]


def sums(groups, values, count, weights=None):
    """Return the (weighted) sums of ``values`` (rows x columns) in each group (count x columns)."""
    rows = len(groups)
    weights = np.ones(rows) if weights is None else weights
    if values.shape[1] == 1:
        return np.bincount(groups, weights * values[:, 0], count)[:, None]
    starts = np.arange(rows + 1, dtype=np.int32)
    return csc_array((weights, groups.astype(np.int32), starts), shape=(count, rows)) @ values


def product(one, other):
    """Return the product of the transpose of ``one`` (rows x columns) and ``other`` (rows x columns)."""
    result = np.zeros((one.shape[1], other.shape[1]))
    for down in blocks(one.shape[1], SIDE):
        for across in blocks(other.shape[1], SIDE):
            left, right = one[:, down], other[:, across]
            for rows in blocks(len(one), LIMIT // (left.shape[1] * right.shape[1])):
                result[down, across] += left[rows].T @ right[rows]
    return result
