"""Pictures of how municipalities differ: not one estimate, but where the many lie."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from doorgroeien.estimation.arrays import certain
from doorgroeien.estimation.estimable import estimated
from doorgroeien.results.pictures import COLOURS, GREY, INK

__all__ = ["histogram", "middles", "nonresponse", "profile"]


def histogram(axes: Axes, values: pd.Series, weights: Sequence[float], width: float) -> pd.DataFrame:
    """Draw the shares of values in bins of a ``width`` from nought on, below nought in another colour.

    ``weights`` are those of the values. Returns the bins as drawn: ``from, to, percent``, whose sum is 100.
    """
    known = certain(values)
    edges = np.arange(np.floor(known.min() / width) * width, known.max() + width, width)
    shares = 100 * np.asarray(weights, dtype=float) / np.sum(weights)
    percent = np.histogram(known, edges, weights=shares)[0]
    colours = np.where(edges[:-1] < 0, COLOURS[1], COLOURS[0])
    axes.bar(edges[:-1] + width / 2, percent, 0.92 * width, color=colours.tolist(), alpha=0.8)
    axes.axvline(0, color=INK, linewidth=1)
    return pd.DataFrame({"from": edges[:-1], "to": edges[1:], "percent": percent})


def middles(axes: Axes, quantiles: pd.DataFrame, means: pd.DataFrame) -> None:
    """Draw where the middle eight tenths and the middle half lie, and the mean, one row each from the top.

    ``quantiles`` has the columns 0.1, 0.25, 0.75 and 0.9, ``means`` has ``estimate, ci_low, ci_high``; both
    have the rows as index.
    """
    rows, means = range(len(estimated(quantiles))), means.loc[quantiles.index]
    axes.hlines(rows, quantiles[0.1], quantiles[0.9], color=GREY, linewidth=2)
    axes.hlines(rows, quantiles[0.25], quantiles[0.75], color=COLOURS[2], linewidth=10)
    axes.hlines(rows, means["ci_low"], means["ci_high"], color=INK, linewidth=3)
    axes.plot(means["estimate"], rows, "o", color=INK, markersize=5)
    axes.set_yticks(rows, [str(name) for name in quantiles.index])
    axes.set_ylim(len(quantiles) - 0.5, -0.5)
    axes.grid(False)


def profile(
    axes: Axes, quantiles: pd.DataFrame, means: pd.DataFrame, labels: Mapping[str, str] | None = None
) -> None:
    """Draw means as a line over several scores, within the bands of :func:`middles`.

    The tables are those of :func:`middles`, with a score in each row; ``labels`` maps scores to words.
    """
    at, means = range(len(estimated(quantiles))), means.loc[quantiles.index]
    for low, high, alpha in ((0.1, 0.9, 0.25), (0.25, 0.75, 0.5)):
        axes.fill_between(at, quantiles[low], quantiles[high], color=COLOURS[2], alpha=alpha, linewidth=0)
    axes.vlines(at, means["ci_low"], means["ci_high"], color=INK, linewidth=3)
    axes.plot(at, means["estimate"], "o-", color=INK, markersize=4, linewidth=1.5)
    axes.set_xticks(at, [(labels or {}).get(name, name) for name in quantiles.index], fontsize=9)
    axes.set_xlim(-0.4, len(quantiles) - 0.6)


def nonresponse(axes: Axes, table: pd.DataFrame, labels: Mapping[str, str] | None = None) -> None:
    """Draw scores under several views of who did not answer, one row each from the top down.

    ``table`` has ``ci_low, ci_high`` (a bar), ``reluctant`` (a triangle), the bounds ``least, most`` (a line
    with ends) and ``all_least, all_most`` (a thin line) by score (index); ``labels`` maps scores to words.
    """
    at = np.arange(len(table))
    axes.hlines(at, table["all_least"], table["all_most"], color=GREY, linewidth=0.8)
    axes.hlines(at, table["least"], table["most"], color=GREY, linewidth=2)
    end: dict[str, Any] = {"color": GREY, "markersize": 12}
    axes.plot(table["least"], at, "|", table["most"], at, "|", **end)
    axes.hlines(at, table["ci_low"], table["ci_high"], color=COLOURS[0], linewidth=9)
    axes.plot(table["reluctant"], at + 0.27, "^", color=COLOURS[1], markersize=7)
    axes.set_yticks(at, [(labels or {}).get(name, name) for name in table.index])
    axes.set_ylim(len(table) - 0.4, -0.6)
