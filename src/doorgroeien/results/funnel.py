"""The picture of a path: who comes how far, step by step."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from doorgroeien.results.pictures import COLOURS, INK

__all__ = ["funnel"]


def funnel(
    axes: Axes,
    reached: pd.DataFrame,
    own: pd.DataFrame,
    onward: pd.DataFrame,
    labels: Mapping[str, str] | None = None,
) -> None:
    """Draw shares that come up to each step as bars with intervals, one row each, from the top down.

    The three tables have ``estimate, ci_low, ci_high`` in per cent by step (index, in the same order):
    ``reached`` of those who have the step and all before it, written at the right; ``own`` of all who have
    it, drawn pale behind; ``onward`` of those still on the path who take the step, written above its bar, or
    "too few" where missing. The first row of ``onward`` is not drawn. ``labels`` maps steps to words.
    """
    at = np.arange(len(reached))
    axes.barh(at, own["estimate"], 0.74, color="#e3e7eb")
    axes.barh(at, reached["estimate"], 0.5, color=COLOURS[0])
    axes.hlines(at, reached["ci_low"], reached["ci_high"], color=INK, linewidth=2.5)
    for row, share in enumerate(reached["estimate"]):
        axes.text(101, row, f"{share:.0f}%", va="center", weight="bold", color=COLOURS[0])
    ground: dict[str, Any] = {"facecolor": "white", "edgecolor": "none", "pad": 1}
    style: dict[str, Any] = {"va": "center", "ha": "right", "fontsize": 9.5, "bbox": ground}
    for row, (share, low, high) in enumerate(onward[["estimate", "ci_low", "ci_high"]].to_numpy()):
        if row:
            text = "↓ too few" if np.isnan(share) else f"↓ {share:.0f}% go on ({low:.0f}–{high:.0f})"
            axes.text(99, row - 0.5, text, **style)
    axes.set_yticks(at, [(labels or {}).get(name, name) for name in reached.index])
    axes.set(xlim=(0, 100), ylim=(len(reached) - 0.4, -0.6))
    axes.grid(False, axis="y")
