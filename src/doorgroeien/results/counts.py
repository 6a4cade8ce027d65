"""Pictures of counts: a mark for each thing, combinations of traits, and what is known of a group."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from doorgroeien.results.pictures import COLOURS, INK, bare

__all__ = ["three_states", "units", "upset"]

PALE = "#e3e7eb"
ROOM = 7  # the count within a bar that is longer than this, beside it otherwise


def units(
    axes: Axes, table: pd.DataFrame, colours: Mapping[str, str], marker: str = "o", upright: bool = False
) -> None:
    """Draw a mark for each thing counted, in a line for each row of the table (a unit chart).

    ``table`` holds counts (places x kinds), ``colours`` maps kinds to colours. Lines run from left to right,
    at heights 0, 1, ...; ``upright`` ones stand side by side. Each ends in its total, unless it is nought.
    """
    place = np.repeat(np.arange(len(table)), table.sum(axis=1))
    kind = np.concatenate([np.repeat(table.columns, row) for row in table.to_numpy()])
    number = np.concatenate([np.arange(total) for total in table.sum(axis=1)])
    for name in table:
        own = kind == name
        at = (place[own], number[own]) if upright else (number[own], place[own])
        axes.scatter(*at, s=75, marker=marker, color=colours[name], ec=INK, lw=0.8, label=name)
    for row in np.unique(place):
        total = (place == row).sum()
        end = (row, total - 0.2) if upright else (total - 0.2, row)
        axes.text(*end, str(total), ha="center" if upright else "left", va="bottom" if upright else "center")


def upset(
    axes: Axes, grid: Axes, table: pd.DataFrame, traits: pd.DataFrame, colours: Mapping[str, str]
) -> None:
    """Draw how often traits occur together: bars over a grid of dots (an UpSet plot, Lex et al. 2014).

    ``table`` holds counts (combinations x kinds), stacked in ``colours`` by kind; ``traits`` the same rows
    and, for each trait, whether it is in the combination.
    """
    total, foot = table.sum(axis=1), table.cumsum(axis=1) - table
    for name in table:
        axes.bar(range(len(table)), table[name], 0.62, bottom=foot[name], color=colours[name], label=name)
    for place, (size, row) in enumerate(zip(total, traits.to_numpy(dtype=bool), strict=True)):
        axes.text(place, size, str(size), ha="center", va="bottom")
        grid.scatter([place] * len(row), range(len(row)), s=90, color=np.where(row, INK, PALE))
        grid.plot([place] * row.sum(), np.flatnonzero(row), color=INK)
    bare(grid)
    grid.set(ylim=(traits.shape[1] - 0.5, -0.5), xticks=[])
    grid.set_yticks(range(traits.shape[1]), list(traits))
    axes.tick_params(axis="x", length=0)


def three_states(
    axes: Axes, yes: pd.DataFrame, known: pd.DataFrame, sizes: pd.Series, places: Sequence[float]
) -> None:
    """Draw for each row and group how many say yes, of how many that are known, of how many there are.

    ``yes`` and ``known`` hold counts (rows x groups), ``sizes`` how many there are of each group, and
    ``places`` the height of each row. A bar is as long as its group: dark for yes, white for a known no, pale
    for what is not known. The sums over groups stand at the end.
    """
    left = sizes.cumsum() - sizes + 4 * np.arange(len(sizes))
    for group, size in sizes.items():
        start, said, told = left[group], yes[group], known[group]
        axes.barh(places, size, 0.72, left=start, color=PALE)
        frame = np.where(told > said, INK, "none")
        axes.barh(places, told, 0.68, left=start, color="white", edgecolor=frame, linewidth=0.8)
        axes.barh(places, said, 0.72, left=start, color=COLOURS[0])
        for height, one, other in zip(places, said, told, strict=True):
            x, align, ink = (one - 0.6, "right", "white") if one > ROOM else (other + 0.6, "left", INK)
            axes.text(start + x, height, str(one or ""), ha=align, va="center", fontsize=9, color=ink)
    end = float(left.iloc[-1] + sizes.iloc[-1]) + 25
    ends = {"say so": (end, yes, "bold"), "judged": (end + 18, known, "normal")}
    for x, counts, weight in ends.values():
        for height, total in zip(places, counts[list(sizes.index)].sum(axis=1), strict=True):
            axes.text(x, height, str(total), ha="right", va="center", weight=weight)
    top = min(places) - 0.7
    heads = {**{str(group): start for group, start in left.items()}, **{k: v[0] - 4 for k, v in ends.items()}}
    for name, x in heads.items():
        weight = "bold" if name == "say so" else "normal"
        axes.text(x + 1, top, name, rotation=40, va="bottom", weight=weight)
    bare(axes)
    axes.set(xlim=(0, end + 20), ylim=(max(places) + 0.6, top), xticks=[])
    axes.set_yticks(places, list(yes.index))
