"""Uncertainty that comes from how a source rounds its figures, carried through to derived figures."""

from collections.abc import Callable
from itertools import product

import numpy as np
import pandas as pd

__all__ = ["bounds", "propagate"]


def bounds(figures: pd.DataFrame) -> pd.DataFrame:
    """Return the columns ``value, low, high`` of published figures, in their own unit.

    A figure rounded to a step ``r`` lies in ``value - r/2 .. value + r/2``; an exact one has
    ``r = 0``; a ``lower_bound`` ("more than ...") has no upper bound (``inf``), an ``upper_bound``
    ("within ...") no lower one (``-inf``).
    ``figures`` has the columns ``value``, ``rounding`` and ``qualifier`` of the table ``figures``.

    >>> import pandas as pd
    >>> from doorgroeien import bounds
    >>> bounds(pd.DataFrame({"value": [340, 12], "rounding": [10, 0], "qualifier": ["rounded", "exact"]}))
       value    low   high
    0    340  335.0  345.0
    1     12   12.0   12.0
    """
    half = figures["rounding"] / 2
    low = (figures["value"] - half).mask(figures["qualifier"] == "upper_bound", -np.inf)
    high = (figures["value"] + half).mask(figures["qualifier"] == "lower_bound", np.inf)
    return pd.DataFrame({"value": figures["value"], "low": low, "high": high})


def propagate(function: Callable[..., pd.Series], *bounded: pd.DataFrame) -> pd.DataFrame:
    """Apply ``function`` to bounded figures; return ``value, low, high`` of the result.

    ``function`` takes one Series per argument and must be monotone in each of them over the bounds,
    so that its extremes lie at the corners (interval arithmetic: Moore, Kearfott and Cloud 2009,
    *Introduction to Interval Analysis*, ch. 5). All arguments share one index.

    >>> import pandas as pd
    >>> from doorgroeien import propagate
    >>> cases = pd.DataFrame({"value": [100.0], "low": [95.0], "high": [105.0]})
    >>> benefits = pd.DataFrame({"value": [2000.0], "low": [1900.0], "high": [2100.0]})
    >>> propagate(lambda a, b: 100 * a / b, cases, benefits).round(2)
       value   low  high
    0    5.0  4.52  5.53
    """
    value = function(*(frame["value"] for frame in bounded))
    extremes = [
        function(*(frame[side] for frame, side in zip(bounded, sides, strict=True)))
        for sides in product(("low", "high"), repeat=len(bounded))
    ]
    corners = pd.concat(extremes, axis=1)
    return pd.DataFrame({"value": value, "low": corners.min(axis=1), "high": corners.max(axis=1)})
