"""Pictures of a composite: what its parts share, what survives its choices, how its types look."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from doorgroeien.results.formats import write_digits
from doorgroeien.results.pictures import COLOURS, GREY, INK, name_rows

__all__ = ["profiles", "stacked", "triangle"]

SHARES = ((COLOURS[0], "", "white"), (COLOURS[1], "//", "white"), ("#d5dae0", "", INK))
READABLE = 8  # per cent: what is smaller has no room for its number


def triangle(axes: Axes, table: pd.DataFrame, groups: Sequence[str], labels: Mapping[str, str]) -> None:
    """Draw a correlation matrix as shaded cells below its diagonal, with a scale beside it.

    ``table`` is square; ``groups`` has the group of each variable, and grey lines divide these; ``labels``
    maps variables to the words at their rows.
    """
    shown = table.to_numpy(dtype=float)
    shown = np.where(np.tri(len(shown), k=-1, dtype=bool), shown, np.nan)
    limits = {"vmin": min(0, np.nanmin(shown)), "vmax": np.nanmax(shown)}
    shades = sns.light_palette(COLOURS[0], as_cmap=True)
    mesh = axes.pcolormesh(shown, cmap=shades, edgecolor="white", **limits)
    middle = np.arange(len(table)) + 0.5
    axes.set_xticks(middle, table.columns, fontsize=9)
    axes.set_yticks(middle, [labels.get(name, name) for name in table.index], fontsize=9)
    for place in range(1, len(groups)):
        if groups[place] != groups[place - 1]:
            axes.axhline(place, color=GREY, linewidth=1)
            axes.axvline(place, color=GREY, linewidth=1)
    axes.invert_yaxis()
    axes.grid(False)
    axes.figure.colorbar(mesh, ax=axes, shrink=0.6, label="correlation")


def stacked(axes: Axes, shares: pd.DataFrame, labels: Mapping[str, str]) -> None:
    """Draw shares that add up to a hundred as stacked bars, a row for each row of the table.

    ``shares`` holds per cent (rows x at most three kinds: yes, no, neither); ``labels`` maps rows to words.
    Raises ``ValueError`` for more kinds.
    """
    if shares.shape[1] > len(SHARES):
        raise ValueError(f"{shares.shape[1]} kinds, expected {len(SHARES)} or fewer. Take some together.")
    left = shares.cumsum(axis=1) - shares
    for name, (colour, hatch, ink) in zip(shares, SHARES, strict=False):
        rows = range(len(shares))
        axes.barh(
            rows, shares[name], left=left[name], color=colour, hatch=hatch, edgecolor="white", label=name
        )
        for row, (start, size) in enumerate(zip(left[name], shares[name], strict=True)):
            if size >= READABLE:
                ground = {"fc": colour, "ec": "none", "pad": 1}
                place, text = start + size / 2, write_digits(size, 0, "en")
                axes.text(place, row, text, ha="center", va="center", fontsize=10, color=ink, bbox=ground)
    name_rows(axes, [labels.get(name, name) for name in shares.index])
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=shares.shape[1])


def profiles(
    axes: Axes, means: pd.DataFrame, low: pd.DataFrame, high: pd.DataFrame, labels: Mapping[str, str]
) -> None:
    """Draw the profile of each type: a line over the variables, with a bar from ``low`` to ``high``.

    All three hold scores (variables x types); ``labels`` maps variables to words.
    """
    rows = range(len(means))
    for kind, colour, marker in zip(means, COLOURS, "os^DvP", strict=False):
        axes.hlines(rows, low[kind], high[kind], color=colour, linewidth=6, alpha=0.35)
        axes.plot(means[kind], rows, f"{marker}-", color=colour, ms=5, lw=1.5, label=f"type {kind}")
    name_rows(axes, [labels.get(name, name) for name in means.index], fontsize=9)
