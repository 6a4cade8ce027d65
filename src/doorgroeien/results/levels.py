"""Pictures of levels and changes that the chapters on dimensions share."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from doorgroeien.estimation.estimable import at_least
from doorgroeien.results.formats import LANGUAGES, write_digits
from doorgroeien.results.pictures import GREY, heat, intervals, likert

__all__ = ["heat_of_levels", "likert_by_part", "waves"]


def likert_by_part(
    axes: Axes, shares: pd.DataFrame, parts: Mapping[str, str], labels: Mapping[str, str] | None = None
) -> None:
    """Draw answers as ``likert`` does, with a line between parts and the name of each at the right.

    ``parts`` gives the part of each row of ``shares``; rows of a part stand together. ``labels`` maps rows
    and parts to words.
    """
    likert(axes, shares, labels)
    names = [parts[row] for row in shares.index]
    starts = [place for place, name in enumerate(names) if place == 0 or name != names[place - 1]]
    for start, stop in pairwise([*starts, len(names)]):
        if start:
            axes.axhline(start - 0.5, color=GREY, linewidth=0.8)
        turned = 270 if stop - start > 2 else 0  # along the block where there is room for it
        at: dict[str, Any] = {"transform": axes.get_yaxis_transform(), "va": "center", "rotation": turned}
        axes.text(1.01, (start + stop - 1) / 2, (labels or {}).get(names[start], names[start]), **at)


def heat_of_levels(
    axes: Axes,
    table: pd.DataFrame,
    rows: str,
    columns: str,
    labels: Mapping[str, str] | None = None,
    low: float = 0,
    high: float = 100,
) -> pd.DataFrame:
    """Draw estimates as ``heat`` does, with half the width of their intervals, and return them as drawn.

    ``table`` has ``estimate, ci_low, ci_high``; ``rows`` and ``columns`` are those of its columns that name
    rows and columns, in the order of the table. ``labels`` maps names of rows to words.
    """
    at_least(1, len(table), "levels that rest on enough answers")
    names, groups = (list(dict.fromkeys(table[key])) for key in (rows, columns))
    margin = (table["ci_high"] - table["ci_low"]) / 2
    wide = table.assign(margin=margin).pivot(index=rows, columns=columns, values=["estimate", "margin"])
    grid, margins = (wide[value].loc[names, groups] for value in ("estimate", "margin"))
    heat(axes, grid.rename(index=dict(labels or {})), 1, low, high, margins)
    return grid


def waves(
    axes: Axes,
    table: pd.DataFrame,
    changes: pd.DataFrame,
    rows: str = "variable",
    wave: str = "wave",
    labels: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Draw levels in two waves as ``intervals`` does, joined, with their change at the right.

    Returns the levels as drawn, rows x waves. ``table`` has ``estimate, ci_low, ci_high`` and the columns
    ``rows`` and ``wave``; ``changes`` has ``estimate`` and ``p_holm`` by the names of the rows (index). A
    change is bold where ``p_holm`` is below five per cent.
    """
    names = list(dict.fromkeys(table[rows]))
    ends = table.pivot(index=rows, columns=wave, values="estimate").loc[names]
    axes.hlines(range(len(names)), ends.min(axis=1), ends.max(axis=1), color=GREY, linewidth=1)
    intervals(axes, table, rows, wave, labels)
    for place, (change, p_value) in enumerate(changes.loc[names, ["estimate", "p_holm"]].to_numpy()):
        sign = "+" if change > 0 else ""
        weight = "bold" if p_value < 0.05 else "normal"
        at: dict[str, Any] = {"transform": axes.get_yaxis_transform(), "va": "center", "weight": weight}
        axes.text(1.01, place, sign + write_digits(change, 1, LANGUAGES[0]), **at)
    return ends
