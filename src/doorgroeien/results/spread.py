"""Pictures of how municipalities differ: not one estimate, but where the many lie."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes

from doorgroeien.estimation.arrays import certain
from doorgroeien.estimation.estimable import estimated
from doorgroeien.results.disclosure import RULES
from doorgroeien.results.pictures import COLOURS, GREY, INK

__all__ = ["histogram", "middles", "nonresponse", "profile"]

BANDS = [0.1, 0.25, 0.75, 0.9]  # the quantiles between which the middle eight tenths and the middle half lie


def histogram(
    axes: Axes, values: pd.Series, weights: Sequence[float], width: float, least: int = RULES.least
) -> pd.DataFrame:
    """Draw the shares of values in bins of a ``width`` from nought on, below nought in another colour.

    ``weights`` are those of the values. No bin tells of single values: neighbours are one, as high as they
    are on average, until they hold ``least``. Returns the bins as drawn: ``from, to, percent, n``; the per
    cents add up to 100, and ``n`` is how many values are in a bin.
    """
    known = certain(values)
    edges = np.arange(np.floor(known.min() / width) * width, known.max() + width, width)
    edges = _joined(edges, np.histogram(known, edges)[0], least)
    shares = 100 * np.asarray(weights, dtype=float) / np.sum(weights)
    percent, count = np.histogram(known, edges, weights=shares)[0], np.histogram(known, edges)[0]
    wide, middle = np.diff(edges), (edges[:-1] + edges[1:]) / 2
    colours = np.where(middle < 0, COLOURS[1], COLOURS[0])
    axes.bar(middle, percent * width / wide, wide - 0.08 * width, color=colours.tolist(), alpha=0.8)
    axes.axvline(0, color=INK, linewidth=1)
    return pd.DataFrame({"from": edges[:-1], "to": edges[1:], "percent": percent, "n": count})


def _joined(
    edges: npt.NDArray[np.float64], counts: npt.NDArray[np.int64], least: int
) -> npt.NDArray[np.float64]:
    """Return the edges between which ``least`` or more are counted; the last bin takes what is left."""
    kept, held = [edges[0]], 0
    for end, count in zip(edges[1:], counts, strict=True):
        held += count
        if held >= least:
            kept.append(end)
            held = 0
    return np.array([*kept[: max(1, len(kept) - 1)], edges[-1]])


def middles(axes: Axes, quantiles: pd.DataFrame, means: pd.DataFrame) -> None:
    """Draw where the middle eight tenths and the middle half lie, and the mean, one row each from the top.

    ``quantiles`` has the columns 0.1, 0.25, 0.75 and 0.9, without those that too few lie beyond, ``means``
    has ``estimate, ci_low, ci_high``; both have the rows as index.
    """
    rows, means = range(len(estimated(quantiles, "few"))), means.loc[quantiles.index]
    quantiles = quantiles.reindex(columns=BANDS)
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

    The tables are those of :func:`middles`, with a score in each row; ``labels`` maps scores to words. Of a
    group with too few for bands the means are drawn, and of one without means nothing.
    """
    if means.empty:
        return
    at, quantiles = range(len(means)), quantiles.reindex(means.index, columns=BANDS).astype(float)
    for low, high, alpha in ((0.1, 0.9, 0.25), (0.25, 0.75, 0.5)):
        axes.fill_between(at, quantiles[low], quantiles[high], color=COLOURS[2], alpha=alpha, linewidth=0)
    axes.vlines(at, means["ci_low"], means["ci_high"], color=INK, linewidth=3)
    axes.plot(at, means["estimate"], "o-", color=INK, markersize=4, linewidth=1.5)
    axes.set_xticks(at, [(labels or {}).get(name, name) for name in means.index], fontsize=9, rotation=20)
    axes.set_xlim(-0.4, len(means) - 0.6)


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
