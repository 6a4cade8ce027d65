"""Correlations, with the covariance of the design."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from doorgroeien.estimation.arrays import Floats

if TYPE_CHECKING:
    from doorgroeien.estimation.design import Design

__all__ = ["correlation"]


def correlation(design: "Design", one: str, other: str) -> pd.DataFrame:
    """Return Pearson's correlation of two numeric columns, as a table of one row.

    The population is that of the design, as in ``Design.regress``.

    It is a function of five means, over the rows that have both columns, and its variance that of its
    linearisation (Särndal, Swensson and Wretman 1992, sec. 5.5).
    """
    columns = design.table.data[[one, other]].astype(float)
    x, y = (columns[name].where(columns.notna().all(axis=1)) for name in (one, other))
    moments = {"x": x, "y": y, "xx": x**2, "yy": y**2, "xy": x * y}
    means = design.assign(**moments).mean(list(moments))
    return design.contrast(means, {f"{one}, {other}": _pearson})


def _pearson(mean: Floats) -> np.number:
    x, y, xx, yy, xy = mean
    return (xy - x * y) / np.sqrt((xx - x**2) * (yy - y**2))
