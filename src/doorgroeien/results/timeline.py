"""Pictures of time: dates as decimal years, and events in lanes."""

import textwrap
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

__all__ = ["decimal_year", "lanes"]

WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
DATE, ERA = 0.5, 9  # years: what is shorter is drawn as a date, what is longer as a ground for the rest
LINE = 0.45  # of a row, for each further line of its words


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
    said = [textwrap.fill(words, 31, break_on_hyphens=False) for words in events["words"]]
    tall = np.array([1 + LINE * words.count("\n") for words in said])
    rows = tall.cumsum() - tall / 2 - 0.5 + gap * (opens.cumsum() - 1)
    for row, new, words, event in zip(rows, opens, said, events.itertuples(), strict=True):
        length, colour = event.last - event.first, colours[event.lane]
        axes.barh(row, length, 1.05 if length > ERA else 0.36, left=event.first, color=colour)
        if length < DATE:
            axes.plot((event.first + event.last) / 2, row, "D", color=colour, markersize=7)
        style: dict[str, Any] = {"va": "center", "fontsize": 9.5}
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
