"""Sums and products of long arrays, in pieces that fit a processor's cache and one core."""

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csc_array

__all__ = [
    "Codes",
    "Flags",
    "Floats",
    "aligned",
    "bins",
    "blocks",
    "certain",
    "cross",
    "gram",
    "known_mean",
    "product",
    "sums",
]

Floats: TypeAlias = npt.NDArray[np.float64]
Codes: TypeAlias = npt.NDArray[np.integer[Any]]  # of groups, or places of rows
Flags: TypeAlias = npt.NDArray[np.bool_]

SIDE = 64
DIGITS = 10
# Of the last digit. Scores are often fractions of a power of two, many of which lie just between two digits,
# where noise would part equal ones; so far from the middle none lies.
ASIDE = 0.2718
NOISE = 1e-11  # of a number: more than what rounding makes of it
# OpenBLAS starts threads for products of more multiplications than this; where others use the cores too,
# waiting for a thread can take a hundred times as long as the product.
LIMIT = 2**18


def aligned(values: npt.ArrayLike | pd.Series, index: pd.Index) -> npt.NDArray[Any]:
    """Return ``values`` as an array in the order of ``index``: a Series by its labels, others as they are.

    Raises ``ValueError`` for a Series that has another index and lacks a label, or has one twice.
    """
    if isinstance(values, pd.Series) and not values.index.equals(index):
        place = values.index.get_indexer(index) if values.index.is_unique else np.full(len(index), -1)
        if (place < 0).any():
            label = index[np.argmin(place)]
            raise ValueError(
                f"label {label!r}: no value, or several, expected one. Give both the same index."
            )
        values = values.iloc[place]
    return np.asarray(values)


def blocks(rows: int, size: int = 2**13) -> Iterator[slice]:
    """Yield slices of ``rows`` rows, ``size`` at a time."""
    for start in range(0, rows, size):
        yield slice(start, start + size)


def certain(values: Any) -> Any:
    """Return numbers (array, Series or DataFrame) rounded to :data:`DIGITS` digits of the largest.

    Machines differ in the last digits of a sum. So order, ties and ranks are those of what this returns:
    numbers that differ by less are equal, and of equal ones the first in the table comes first.
    """
    size = np.nanmax(np.abs(np.asarray(values, dtype=float)), initial=0.0)
    if not 0 < size < np.inf:
        return values
    digits = DIGITS - int(np.ceil(np.log10(size)))
    return np.round(values + ASIDE * 10.0**-digits, digits)


def cross(one: Codes, other: Codes) -> Codes:
    """Return codes of the pairs of two codes, numbered by first appearance."""
    return pd.factorize(one * (int(other.max()) + 1) + other)[0]


def bins(groups: Codes, weights: Floats, count: int) -> Floats:
    """Return the sum of ``weights`` in each group."""
    # numpy before 2.5 has whole numbers for the type of weighted counts; nothing is copied.
    return np.bincount(groups, weights, count).astype(np.float64, copy=False)


def sums(groups: Codes, values: Floats, count: int, weights: Floats | None = None) -> Floats:
    """Return the (weighted) sums of ``values`` (rows x columns) in each group (count x columns)."""
    rows = len(groups)
    weights = np.ones(rows) if weights is None else weights
    if values.shape[1] == 1:
        return bins(groups, weights * values[:, 0], count)[:, None]
    starts = np.arange(rows + 1, dtype=np.int32)
    return csc_array((weights, groups.astype(np.int32), starts), shape=(count, rows)) @ values


def known_mean(values: Floats, axis: int) -> Floats:
    """Return means along an axis over what is not missing; missing where all is."""
    known = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(known, values, 0.0).sum(axis=axis) / known.sum(axis=axis))


def product(one: Floats, other: Floats) -> Floats:
    """Return the product of the transpose of ``one`` (rows x columns) and ``other`` (rows x columns)."""
    result = np.empty((one.shape[1], other.shape[1]))
    for down in blocks(one.shape[1], SIDE):
        for across in blocks(other.shape[1], SIDE):
            result[down, across] = _part(one[:, down], other[:, across])
    return result


def gram(values: Floats) -> Floats:
    """Return the product of the transpose of ``values`` (rows x columns) and itself, in half the time."""
    width = values.shape[1]
    result = np.empty((width, width))
    for down in blocks(width, SIDE):
        for across in blocks(width, SIDE):
            if across.start < down.start:
                result[down, across] = result[across, down].T
            else:
                result[down, across] = _part(values[:, down], values[:, across])
    return result


def _part(left: Floats, right: Floats) -> Floats:
    found = np.zeros((left.shape[1], right.shape[1]))
    for rows in blocks(len(left), LIMIT // max(found.size, 1)):
        found += left[rows].T @ right[rows]
    return found
