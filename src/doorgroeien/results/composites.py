"""Pictures of a composite: what its parts share, and how its types look."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from doorgroeien.results.pictures import COLOURS, GREY, name_rows

__all__ = ["profiles", "triangle"]


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
