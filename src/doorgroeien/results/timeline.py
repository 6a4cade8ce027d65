"""Pictures of time: dates as decimal years, and events in lanes."""

import textwrap
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from doorgroeien.results.dutch import fill_as

__all__ = ["decimal_year", "lanes"]

WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
DATE, ERA = 0.5, 9  # years: what is shorter is drawn as a date, what is longer as a ground for the rest
LINE = 0.6  # of a row, for each further line of its words
GAP = 0.8  # of a row, before a new lane


def decimal_year(text: object, end: bool = False) -> float:
    """Return a year, month or day (``2004``, ``2004-06``, ``2004-06-30``) as a decimal year.

    That is its first moment, or with ``end`` its last; ``NaN`` for a missing date. Raises ``ValueError`` for
    what is no date.
    """
    if pd.isna(text):
        return np.nan
    moment = getattr(pd.Period(text), "end_time" if end else "start_time")
    return float(moment.year + (moment.day_of_year - 1 + end) / 366)


def lanes(axes: Axes, events: pd.DataFrame, colours: Mapping[str, str], letters: int = 31) -> None:
    """Draw events from top to bottom, in lanes: a bar over their time, or a diamond, with their words beside.

    ``events`` has ``lane``, in whose order it stands, ``first`` and ``last`` in decimal years, ``words``, in
    lines of so many ``letters``, and where the picture will be put into Dutch ``words_nl``, for which there
    is room as well; ``colours`` has a colour for each lane, by its name. The limits of the years must be set
    before.
    """
    low, high = axes.get_xlim()
    opens = ~events["lane"].duplicated().to_numpy()
    said = [textwrap.fill(words, letters, break_on_hyphens=False) for words in events["words"]]
    lines = np.array([1 + words.count("\n") for words in said])
    if "words_nl" in events:
        broken = [fill_as(words, like) for words, like in zip(events["words_nl"], said, strict=True)]
        lines = np.maximum(lines, [1 + words.count("\n") for words in broken])
    tall = 1 + LINE * (lines - 1)
    rows = tall.cumsum() - tall / 2 - 0.5 + GAP * (opens.cumsum() - 1)
    for row, high_as, new, words, event in zip(rows, tall, opens, said, events.itertuples(), strict=True):
        length, colour = event.last - event.first, colours[event.lane]
        axes.barh(row, length, high_as if length > ERA else 0.36, left=event.first, color=colour)
        if length < DATE:
            axes.plot((event.first + event.last) / 2, row, "D", color=colour, markersize=7)
        style: dict[str, Any] = {"va": "center", "fontsize": 9.5}
        if length > ERA:
            axes.text(event.first + 0.2, row, words, color="white", **style)
        else:
            style |= {"textcoords": "offset points", "bbox": WHITE}
            right = high - event.last > event.first - low
            at, beside, align = (event.last, 7, "left") if right else (event.first, -7, "right")
            axes.annotate(words, (at, row), (beside, 0), ha=align, **style)
        if new:
            above = row - high_as / 2 - 0.35
            axes.text(low, above, event.lane, color=colour, weight="bold", va="center", bbox=WHITE)
    axes.set(ylim=(rows[-1] + 0.5 * tall[-1] + 0.3, -1.3), yticks=[])
    axes.spines["left"].set_visible(False)
