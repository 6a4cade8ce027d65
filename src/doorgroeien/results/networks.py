"""Pictures of relations: a ring of partners around a centre, and two answers at once as a mosaic."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from doorgroeien.results.coarse import redrawn
from doorgroeien.results.pictures import COLOURS, GREY, INK

__all__ = ["mosaic", "mosaic_key", "ring", "ring_key"]

SHADES = sns.blend_palette(["#cfe3f1", COLOURS[0], "#06223f"], as_cmap=True)
SPAN = (30.0, 80.0)  # the scores with the lightest and the darkest shade
WIDE = 25.0  # the width of a line at a hundred per cent, in points
NOTHING: dict[str, Any] = {"color": "white", "hatch": "////", "edgecolor": GREY}


def _shade(score: float) -> tuple[float, ...]:
    low, high = SPAN
    return tuple(SHADES(float(np.clip((score - low) / (high - low), 0, 1))))


def ring(axes: Axes, partners: pd.DataFrame, labels: Mapping[str, str] | None = None) -> None:
    """Draw a centre with its partners around it, from the top left in the direction of the clock.

    ``partners`` (index: names) has ``width`` and ``upper``, the per cent that a line shows and the upper
    limit of its interval, to which a pale edge reaches, and ``score``, 0 to 100, which gives line and circle
    their shade, from 30 (light) to 80 (dark). ``labels`` maps names to words.
    """
    _spokes(axes, partners, labels)
    axes.plot(0, 0, "s", color="white", markersize=19, markeredgecolor=INK, zorder=4)
    axes.set(xlim=(-1.6, 1.6), ylim=(-1.35, 1.35), aspect="equal")
    axes.axis("off")


@redrawn
def _spokes(axes: Axes, partners: pd.DataFrame, labels: Mapping[str, str] | None) -> None:
    """Draw the partners of a ring, with the lines that lead to them."""
    angles = np.pi / 2 + (0.5 - np.arange(len(partners))) * 2 * np.pi / len(partners)
    places = zip(np.cos(angles), np.sin(angles), partners.iterrows(), strict=True)
    for x, y, (name, row) in places:
        colour = _shade(row["score"])
        for width, shade in ((row["upper"], "#c9d1d8"), (row["width"], colour)):
            axes.plot(
                [0, 0.9 * x],
                [0, 0.9 * y],
                color=shade,
                linewidth=width * WIDE / 100,
                solid_capstyle="butt",
            )
        axes.plot(x, y, "o", color=colour, markersize=20, markeredgecolor=INK, markeredgewidth=0.8, zorder=3)
        across, along = (1.28, 1.0) if abs(x) > 0.5 else (0.12, 1.32)
        side = "left" if x > 0 else "right"
        text = (labels or {}).get(str(name), str(name))
        axes.text(across * x, along * y, text, ha=side, va="center", fontsize=9.5)


def ring_key(width: Axes, shade: Axes, names: tuple[str, str]) -> None:
    """Explain width and shade of a ring, each in axes of its own, under their ``names``."""
    for place, share in zip((0.14, 0.47, 0.8), (10, 30, 60), strict=True):
        ends = [place - 0.09, place + 0.09]
        width.plot(ends, [0.65, 0.65], color=GREY, linewidth=share * WIDE / 100, solid_capstyle="butt")
        width.text(place, -0.15, f"{share}%", ha="center", fontsize=9.5)
    for place, score in zip((0.14, 0.47, 0.8), (SPAN[0], sum(SPAN) / 2, SPAN[1]), strict=True):
        shade.plot(place, 0.65, "o", color=_shade(score), markersize=14, markeredgecolor=INK)
        shade.text(place, -0.15, f"{score:.0f}", ha="center", fontsize=9.5)
    for axes, name in zip((width, shade), names, strict=True):
        axes.set(xlim=(0, 1), ylim=(-0.5, 1.2))
        axes.set_title(name, fontsize=9.5, pad=0)
        axes.axis("off")


def mosaic(axes: Axes, neither: float, shares: pd.DataFrame) -> list[float]:
    """Draw two answers at once as a mosaic, and return the middles of its columns.

    The first column, hatched, is ``neither``, the share without either answer; then comes one for each column
    of ``shares``, as wide as its sum and split from the bottom up by its rows, from light to dark. All of it
    is taken as the whole.
    """
    _tiles(axes, neither, shares)
    axes.set(xlim=(0, 1), ylim=(0, 1), xticks=[], yticks=[])
    axes.tick_params(length=0)
    sns.despine(ax=axes, left=True, bottom=True)
    ends = np.cumsum([0, *_widths(neither, shares)])
    return [float(middle) for middle in (ends[:-1] + ends[1:]) / 2]


def _widths(neither: float, shares: pd.DataFrame) -> list[float]:
    """Return how wide the columns of a mosaic are, as parts of one."""
    whole = neither + shares.to_numpy().sum()
    return [neither / whole, *(shares.sum() / whole)]


@redrawn
def _tiles(axes: Axes, neither: float, shares: pd.DataFrame) -> None:
    """Draw the columns of a mosaic."""
    left, *widths = _widths(neither, shares)
    axes.bar(0, 1, left, align="edge", linewidth=0.8, **NOTHING)
    for name, width in zip(shares, widths, strict=True):
        heights = shares[name] / (shares[name].sum() or 1)
        style: dict[str, Any] = {"align": "edge", "edgecolor": "white", "linewidth": 0.8}
        axes.bar(left, heights, width, heights.cumsum() - heights, color=_fills(len(shares)), **style)
        left += width


def mosaic_key(axes: Axes, names: Iterable[str]) -> None:
    """Explain the shades of a mosaic, from the bottom up."""
    rows = list(names)
    for place, (name, colour) in enumerate(zip(rows, _fills(len(rows)), strict=True)):
        axes.bar(0, 0.22, 0.14, 0.1 + 0.3 * place, align="edge", color=colour)
        axes.text(0.2, 0.21 + 0.3 * place, name, va="center", fontsize=9.5)
    axes.set(xlim=(0, 1), ylim=(0, 0.1 + 0.3 * len(rows)))
    axes.axis("off")


def _fills(count: int) -> list[tuple[float, ...]]:
    return [SHADES(level) for level in np.linspace(0.08, 0.95, count)]
