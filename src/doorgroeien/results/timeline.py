"""Pictures of time: events in lanes, and things with a beginning and an end."""

import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from doorgroeien.results.pictures import INK, bare

__all__ = ["decimal_year", "lanes", "lifelines", "strip"]

WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
DATE, ERA = 0.5, 9  # years: what is shorter is drawn as a date, what is longer as a ground for the rest
UNKNOWN = 1.3  # years for which what shows no end is drawn


def decimal_year(text: object, end: bool = False) -> float:
    """Return a year, month or day (``2004``, ``2004-06``, ``2004-06-30``) as a decimal year.

    That is its first moment, or with ``end`` its last; ``NaN`` for a missing date. Raises ``ValueError`` for
    what is no date.
    """
    if pd.isna(text):
        return np.nan
    moment = getattr(pd.Period(text), "end_time" if end else "start_time")
    return float(moment.year + (moment.day_of_year - 1 + end) / 366)


def lanes(axes: Axes, events: pd.DataFrame, colours: Mapping[str, str], gap: float = 0.8) -> None:
    """Draw events from top to bottom, in lanes: a bar over their time, or a diamond, with their words beside.

    ``events`` has ``lane``, in whose order it stands, ``first`` and ``last`` in decimal years, and ``words``;
    ``colours`` has a colour for each lane, by its name. The limits of the years must be set before.
    """
    low, high = axes.get_xlim()
    opens = ~events["lane"].duplicated().to_numpy()
    rows = np.arange(len(events)) + gap * (opens.cumsum() - 1)
    for row, new, event in zip(rows, opens, events.itertuples(), strict=True):
        length, colour = event.last - event.first, colours[event.lane]
        axes.barh(row, length, 1.05 if length > ERA else 0.36, left=event.first, color=colour)
        if length < DATE:
            axes.plot((event.first + event.last) / 2, row, "D", color=colour, markersize=7)
        style: dict[str, Any] = {"va": "center", "fontsize": 9.5}
        words = textwrap.fill(event.words, 31, break_on_hyphens=False)
        if length > ERA:
            axes.text(event.first + 0.2, row, words, color="white", **style)
        elif high - event.last > event.first - low:
            axes.text(event.last + 0.4, row, words, bbox=WHITE, **style)
        else:
            axes.text(event.first - 0.4, row, words, ha="right", bbox=WHITE, **style)
        if new:
            axes.text(low, row - 0.85, event.lane, color=colour, weight="bold", va="center", bbox=WHITE)
    axes.set(ylim=(rows[-1] + 0.8, -1.3), yticks=[])
    axes.spines["left"].set_visible(False)


def strip(axes: Axes, below: Iterable[Axes], events: pd.DataFrame, colours: Mapping[str, str]) -> None:
    """Draw events in ``axes``, one row each, and their time through the axes ``below``.

    ``events`` has ``lane, first, last`` and ``words``, as for :func:`lanes`. Below, a period is a shade and a
    date a dotted line; what lasts longer than the rest leaves no trace there.
    """
    for row, event in enumerate(events.itertuples()):
        length, colour = event.last - event.first, colours[event.lane]
        era = length > ERA
        axes.barh(row, max(length, 0.15), 0.9 if era else 0.5, left=event.first, color=colour)
        x, ink = (event.first + 0.1, "white") if era else (event.last + 0.25, INK)
        axes.text(x, row, event.words, va="center", fontsize=9, color=ink)
        for other in below:
            if DATE <= length <= ERA:
                other.axvspan(event.first, event.last, color=colour, alpha=0.12, linewidth=0)
            elif not era:
                middle = (event.first + event.last) / 2
                other.axvline(middle, color=colour, linestyle=":", linewidth=1.3, zorder=0)
    bare(axes)
    axes.grid(axis="x")
    axes.set(ylim=(len(events) - 0.3, -0.7), yticks=[])


def lifelines(axes: Axes, lives: pd.DataFrame, colour: str, names: str | None = None) -> None:
    """Draw lives from top to bottom, the earliest first: a dot when made, a thick line while in force.

    ``lives`` has ``made, start, stop`` in decimal years, of which each may be missing. A life without an end
    is dotted beyond its beginning. ``names`` is the column of names to write beside the lines, if any.
    """
    first, late = lives[["made", "start"]].min(axis=1), lives[["made", "start"]].max(axis=1)
    lives = lives.assign(first=first, late=late, until=lives["stop"].fillna(late + UNKNOWN))
    lives = lives.sort_values("first", kind="stable")
    rows, open_ended = np.arange(len(lives)), lives["stop"].isna().to_numpy()
    axes.hlines(rows, lives["first"], lives["late"], color=colour, linewidth=0.9)
    axes.hlines(rows, lives["start"], lives["stop"], color=colour, linewidth=2.8)
    some = lives[open_ended]
    axes.hlines(rows[open_ended], some["late"], some["until"], color=colour, ls=(0, (1, 1)), linewidth=1.6)
    axes.plot(lives["made"], rows, "o", color=colour, markersize=3.8)
    low, high = axes.get_xlim()
    for row, life in zip(rows, lives.to_dict("records") if names else (), strict=False):
        right = life["until"] < low + 0.32 * (high - low)
        x, align = (life["until"] + 0.2, "left") if right else (life["first"] - 0.3, "right")
        axes.text(x, float(row), life[names], ha=align, va="center", fontsize=9, bbox=WHITE | {"alpha": 0.7})
    bare(axes)
    axes.grid(axis="x")
    axes.set(ylim=(len(lives), -2.4), yticks=[])
