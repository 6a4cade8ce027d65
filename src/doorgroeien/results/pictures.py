"""The house style of the book's pictures."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.ticker import FuncFormatter

from doorgroeien.estimation.estimable import NotEstimableError, estimated
from doorgroeien.results.formats import write_digits
from doorgroeien.results.records import Language

__all__ = [
    "COLOURS",
    "DEEPEST",
    "GREY",
    "INK",
    "SIZE",
    "band",
    "bare",
    "bars",
    "curves",
    "dot_map",
    "dots",
    "heat",
    "intervals",
    "likert",
    "name_rows",
    "new_figure",
    "ranks",
    "stacked",
    "thousands",
    "use_style",
    "without_empty",
    "zones",
]

# Okabe and Ito's palette, ordered so that neighbours also differ in lightness (readable in grey).
COLOURS = ["#0072B2", "#D55E00", "#56B4E9", "#009E73", "#E69F00", "#CC79A7"]
MARKERS = "os^Dv"
# From the low end of an answer scale to the high end, light in the middle.
DIVERGING = ["#B35806", "#F5B75F", "#D8DAEB", "#B8AFDA", "#542788"]
INK, GREY = "#1f2933", "#8a94a0"
# The darkest cell of a table of shades: ink on it is legible, also where a dark page turns the picture over.
DEEPEST = "#84c3eb"
NARROW_ZONE = 0.18  # of the axis: the name of a zone is wider
SIZE = (6.0, 3.6)  # inches: at this width eleven-point text stays readable on a phone


def use_style() -> None:
    """Set the style for all figures that follow: white ground, light grid, one typeface, vector text."""
    sns.set_theme(
        style="ticks",
        palette=COLOURS,
        rc={
            "axes.edgecolor": GREY,
            "axes.grid": True,
            "axes.grid.axis": "y",
            "axes.labelcolor": INK,
            "axes.labelsize": 11,
            "axes.spines.right": False,
            "axes.spines.top": False,
            "figure.constrained_layout.use": True,
            "figure.facecolor": "white",
            "font.family": "DejaVu Sans",
            "font.size": 11,
            "grid.color": "#e3e7eb",
            "legend.frameon": False,
            "legend.fontsize": 10,
            "lines.linewidth": 2,
            "svg.fonttype": "path",
            "svg.hashsalt": "doorgroeien",
            "text.color": INK,
            "xtick.color": INK,
            "xtick.labelsize": 10,
            "ytick.color": INK,
            "ytick.labelsize": 10,
        },
    )


def new_figure(
    rows: int = 1, columns: int = 1, size: tuple[float, float] = SIZE, **options: Any
) -> tuple[Figure, Any]:
    """Return a figure and its axes in the house style; ``options`` go to ``plt.subplots``."""
    use_style()
    return plt.subplots(rows, columns, figsize=size, **options)


def thousands(decimals: int = 0, language: Language = "en") -> FuncFormatter:
    """Return a tick formatter that writes numbers as the book does: 1,234 in English, 1.234 in Dutch."""
    return FuncFormatter(lambda value, _: write_digits(value, decimals, language))


def bare(axes: Axes) -> None:
    """Take grid, ticks and frame from axes; their labels stay."""
    axes.grid(False)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def name_rows(axes: Axes, names: Sequence[str], **options: Any) -> None:
    """Name rows 0, 1, ... from top to bottom, and let the grid cross them; ``options`` are of the names."""
    axes.set_yticks(range(len(names)), names, **options)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(axis="x")
    axes.grid(False, axis="y")


def intervals(
    axes: Axes,
    table: pd.DataFrame,
    rows: str,
    series: str | None = None,
    labels: Mapping[str, str] | None = None,
) -> None:
    """Draw estimates as dots with their intervals, one row each, from top to bottom.

    ``table`` has ``estimate, ci_low, ci_high``; ``rows`` is the column that names the rows, in the order of
    the table; ``series`` a column whose values (up to five, such as waves) are drawn beside each other in
    colours and markers of their own, named above the first row. ``labels`` maps names of rows to words.
    Raises ``NotEstimableError`` where there is no row.
    """
    names = list(dict.fromkeys(estimated(table, "few")[rows]))
    kinds = [None] if series is None else list(dict.fromkeys(table[series]))
    apart = min(0.22, 0.75 / len(kinds))
    for number, kind in enumerate(kinds):
        part = (table if kind is None else table[table[series] == kind]).set_index(rows)
        part = part.loc[[name for name in names if name in part.index]]
        at = [names.index(name) + apart * (number - (len(kinds) - 1) / 2) for name in part.index]
        colour, marker = COLOURS[number], MARKERS[number]
        axes.hlines(at, part["ci_low"], part["ci_high"], color=colour, linewidth=2.5)
        axes.plot(part["estimate"], at, marker, color=colour, markersize=6, label=kind)
    axes.set_yticks(range(len(names)), [(labels or {}).get(name, name) for name in names])
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(axis="x")
    axes.grid(False, axis="y")
    if series is not None:
        # To the right, for above the names of the rows there is room as well.
        style: dict[str, Any] = {"handletextpad": 0.1, "columnspacing": 0.8, "fontsize": 9}
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=len(kinds), **style)


def ranks(axes: Axes, table: pd.DataFrame) -> None:
    """Draw ranks as dots on bars, one row each from the top down, as ``intervals`` beside them does.

    ``table`` has ``rank, rank_low, rank_high``, as from ``estimation.ranking.rank_intervals``.
    """
    rows, count = range(len(table)), len(table)
    axes.hlines(rows, table["rank_low"] - 0.12, table["rank_high"] + 0.12, color="#9cc4de", linewidth=7)
    axes.plot(table["rank"], rows, "o", color=COLOURS[0], markersize=6)
    axes.set(yticks=[], ylim=(count - 0.5, -0.5), xticks=range(1, count + 1), xlim=(0.5, count + 0.5))
    axes.grid(axis="x")


def band(axes: Axes, table: pd.DataFrame, x: str, label: str) -> None:
    """Draw estimates as a line over the column ``x``, in a band of their intervals, named for the legend.

    ``table`` has ``estimate, ci_low, ci_high``.
    """
    axes.fill_between(table[x], table["ci_low"], table["ci_high"], color=COLOURS[0], alpha=0.25, linewidth=0)
    axes.plot(table[x], table["estimate"], color=COLOURS[0], label=label)


def likert(axes: Axes, shares: pd.DataFrame, labels: Mapping[str, str] | None = None) -> None:
    """Draw answers as stacked bars on both sides of the middle of the scale, one row per item.

    ``shares`` holds per cent, items x answers from the low end of the scale to the high end; the middle
    answer of an odd number is split. ``labels`` maps items to words. Shares of eight per cent or more are
    written in their part.
    """
    count = shares.shape[1]
    if not count:
        raise NotEstimableError("absent", "there are no shares to draw.")
    place = [0, 1, 3, 4] if count == 4 else [0, 4] if count == 2 else [1, 2, 3] if count == 3 else range(5)
    colours = [DIVERGING[number] for number in place]
    if count > len(DIVERGING):
        between = LinearSegmentedColormap.from_list("answers", DIVERGING, count)
        colours = [to_hex(between(number)).upper() for number in range(count)]
    left = -(shares.iloc[:, : count // 2].sum(axis=1) + (shares.iloc[:, count // 2] / 2 if count % 2 else 0))
    for column, colour in zip(shares, colours, strict=True):
        width = shares[column]
        axes.barh(range(len(shares)), width, 0.72, left, color=colour, edgecolor="white", label=column)
        for row, (start, size) in enumerate(zip(left, width, strict=True)):
            dark = colour in (DIVERGING[0], DIVERGING[-1])
            if size >= 8:
                text = write_digits(size, 0, "en")
                axes.text(
                    start + size / 2,
                    row,
                    text,
                    ha="center",
                    va="center",
                    fontsize=9,
                    color="white" if dark else INK,
                )
        left = left + width
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks(range(len(shares)), [(labels or {}).get(name, name) for name in shares.index])
    axes.invert_yaxis()
    axes.grid(False)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: write_digits(abs(value), 0, "en")))
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, fontsize=9, handlelength=1)


def bars(axes: Axes, table: pd.DataFrame, decimals: int = 0) -> None:
    """Draw numbers as bars from nought, one row each from the top down, with the number at its end.

    ``table`` has ``value``, named by its index, and may have ``low, high``, drawn as a dark line. Since every
    number is written and every bar begins at nought, there is no axis.
    """
    rows, values = range(len(table)), table["value"].to_numpy(dtype=float)
    axes.barh(rows, values, 0.66, color=[COLOURS[1] if value < 0 else COLOURS[0] for value in values])
    ends = values
    if "low" in table:
        axes.hlines(rows, table["low"], table["high"], color=INK, linewidth=1.6)
        ends = np.where(values < 0, np.minimum(values, table["low"]), np.maximum(values, table["high"]))
    span = max(ends.max(), 0) - min(ends.min(), 0)
    for row, (end, value) in enumerate(zip(ends, values, strict=True)):
        side, align = (-1, "right") if value < 0 else (1, "left")
        axes.text(end + side * span * 0.015, row, write_digits(value, decimals, "en"), ha=align, va="center")
    axes.axvline(0, color=INK, linewidth=1)
    axes.set_xlim(min(ends.min(), 0) - 0.22 * span * (ends.min() < 0), max(ends.max(), 0) + 0.16 * span)
    name_rows(axes, list(table.index))
    bare(axes)
    axes.set_xticks([])


def heat(
    axes: Axes,
    frame: pd.DataFrame,
    decimals: int = 0,
    low: float = 0,
    high: float = 100,
    margins: pd.DataFrame | None = None,
) -> None:
    """Draw a table as cells, shaded from ``low`` (light) to ``high`` (:data:`DEEPEST`), with values written.

    ``margins``, a table of the same shape, are written below the values: half the width of their intervals.
    Rows and columns without a value are left out. Raises ``NotEstimableError`` where there are not two values
    to compare.
    """
    if frame.notna().to_numpy().sum() < 2:
        raise NotEstimableError("few", "there are no two cells to compare.")
    rows, columns = frame.notna().any(axis=1).to_numpy(), frame.notna().any().to_numpy()
    frame, margins = (None if each is None else each.loc[rows, columns] for each in (frame, margins))
    shades = sns.light_palette(DEEPEST, as_cmap=True)
    axes.pcolormesh(frame.to_numpy(dtype=float), cmap=shades, vmin=low, vmax=high, edgecolor="white")
    for row, values in enumerate(frame.to_numpy(dtype=float)):
        for column, value in enumerate(values):
            text = "\u2013" if value != value else write_digits(value, decimals, "en")
            style: dict[str, Any] = {"ha": "center", "va": "center", "color": INK}
            margin = np.nan if margins is None else margins.iat[row, column]
            axes.text(column + 0.5, row + (0.5 if margin != margin else 0.4), text, **style)
            if margin == margin:
                text = f"±{write_digits(margin, decimals, 'en')}"
                axes.text(column + 0.5, row + 0.74, text, fontsize=8.5, **style)
    axes.set_xticks([number + 0.5 for number in range(frame.shape[1])], frame.columns)
    axes.set_yticks([number + 0.5 for number in range(frame.shape[0])], frame.index)
    axes.invert_yaxis()
    axes.grid(False)
    axes.tick_params(length=0)


def curves(axes: Axes, lines: Mapping[str, pd.DataFrame], gap: float, provisional: int) -> None:
    """Draw series of published figures, each with its name at its end.

    ``lines`` holds for each name a table ``value, low, high`` by year. No line runs over ``gap``, where two
    tables of the source meet; the years from ``provisional`` on have open markers.
    """
    for (name, line), colour, marker in zip(lines.items(), COLOURS, MARKERS, strict=False):
        axes.vlines(line.index, line["low"], line["high"], color=colour, linewidth=5, alpha=0.5, zorder=1)
        for part in (line.loc[:gap], line.loc[gap:]):
            axes.plot(part.index, part["value"], color=colour, marker=marker)
        late = line.loc[provisional:, "value"]
        axes.plot(late.index, late, marker, color=colour, markerfacecolor="white")
        end = (line.index[-1], line["value"].iloc[-1])
        axes.annotate(name, end, (10, 0), textcoords="offset points", va="center")
    axes.set_xticks(line.index)


def dots(axes: Axes, table: pd.DataFrame) -> None:
    """Draw values as dots, one row each from the bottom up, on grey bars from ``low`` to ``high``."""
    rows = range(len(table))
    axes.hlines(rows, table["low"], table["high"], color=GREY, linewidth=5)
    axes.plot(table["value"], rows, "o", color=COLOURS[0])
    axes.set_yticks(rows, table.index)
    axes.grid(axis="x")


def dot_map(axes: Axes, table: pd.DataFrame, kinds: Sequence[str]) -> None:
    """Draw places as dots where they lie, north up, and name their kinds in a legend with their numbers.

    ``table`` has one row per place, with its centre in kilometres, ``x_rd_km`` to the east and ``y_rd_km``
    to the north, and its ``kind``, one of ``kinds``: two to six, the first of them the ground for the others,
    small and grey. Together the dots show the outline of the country, so none is drawn. Raises
    ``ValueError`` for a kind that is not among ``kinds``.
    """
    unknown = set(table["kind"]) - set(kinds)
    if unknown:
        raise ValueError(f"kinds without a place in the legend: {', '.join(sorted(map(str, unknown)))}")
    styles = [(GREY, "o", 9), *((colour, mark, 36) for colour, mark in zip(COLOURS, MARKERS, strict=False))]
    for order, (kind, (colour, mark, size)) in enumerate(zip(kinds, styles, strict=False)):
        part = table[table["kind"] == kind]
        axes.scatter(
            part["x_rd_km"],
            part["y_rd_km"],
            s=size,
            c=colour,
            marker=mark,
            edgecolors="white",
            linewidths=0.4,
            zorder=2 + order,
            label=f"{kind} ({len(part)})",
        )
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.legend(loc="upper left", handletextpad=0.1, borderaxespad=0)


def stacked(axes: Axes, table: pd.DataFrame) -> None:
    """Draw the rows of a table as bars from the top down, its columns one after the other in them.

    Up to four columns differ in colour and hatching; the last one is grey.
    """
    left = np.zeros(len(table))
    styles = zip([*COLOURS[:3], "#d5dae0"], ["", "//", "", ".."], strict=True)
    for name, (colour, hatch) in zip(table, styles, strict=False):
        width, rows = table[name].to_numpy(dtype=float), table.index.astype(str)
        axes.barh(rows, width, left=left, color=colour, hatch=hatch, edgecolor="white", label=name)
        left = left + width
    axes.invert_yaxis()
    axes.grid(axis="x")


def zones(axes: Axes, low: float, high: float, words: Iterable[str]) -> None:
    """Shade and name what lies below, between and above two limits, within the limits of the x axis."""
    left, right = axes.get_xlim()
    parts = [(left, low, COLOURS[1]), (low, high, "white"), (high, right, COLOURS[0])]
    for (start, stop, colour), word in zip(parts, words, strict=True):
        axes.axvspan(start, stop, color=colour, alpha=0.15, linewidth=0, zorder=0)
        at, align = (start + stop) / 2, "center"
        if stop - start < NARROW_ZONE * (right - left) and colour != "white":  # its name goes outwards
            at, align = (stop, "right") if start == left else (start, "left")
        place: dict[str, Any] = {"transform": axes.get_xaxis_transform(), "ha": align, "va": "bottom"}
        axes.text(at, 1.01, word, fontsize=9.5, **place)
    for limit in (low, high):
        axes.axvline(limit, color=GREY, linestyle=":", linewidth=1.2)
    axes.set_xlim(left, right)
    axes.grid(False)


def without_empty(figure: Figure) -> None:
    """Take panels in which nothing is drawn out of a figure, and rows and columns that hold no other.

    What is drawn has a finite place in the units of its axes: lines across all of them, and words, are not
    counted. The names of a column stand below its last panel, and those of a row before its first. Raises
    ``NotEstimableError`` where no panel is left.
    """
    empty = [axes for axes in figure.axes if not _draws(axes)]
    kept = [axes for axes in figure.axes if axes not in empty]
    if not kept:
        raise NotEstimableError("undefined", "there is nothing to draw.")
    grids = {axes.get_gridspec() for axes in figure.axes}
    if not empty or len(grids) > 1 or None in grids:
        return
    specs: dict[Axes, Any] = {axes: axes.get_subplotspec() for axes in figure.axes}
    places = {axes: (spec.rowspan.start, spec.colspan.start) for axes, spec in specs.items()}
    below = {column: axes for axes, (_, column) in places.items()}  # of each column the last panel
    first = {row: axes for axes, (row, _) in reversed(places.items())}  # of each row the first one
    for axes in kept:
        row, column = places[axes]
        if row == max(places[other][0] for other in kept if places[other][1] == column):
            _name_as(axes, below[column], "x")
        if column == min(places[other][1] for other in kept if places[other][0] == row):
            _name_as(axes, first[row], "y")
    for axes in empty:
        axes.remove()
    _close_up(figure, kept, next(iter(grids)))


def _draws(axes: Axes) -> bool:
    """Tell whether something is drawn in axes that has a finite place in their units."""
    lines = (
        np.isfinite(np.asarray(line.get_xydata(), dtype=float)).all(axis=1).any()
        for line in axes.lines
        if line.get_transform() == axes.transData
    )
    shapes = (
        np.isfinite(patch.get_extents().get_points()).all()
        for patch in axes.patches
        if patch.get_data_transform() == axes.transData
    )
    return bool(axes.images) or any(lines) or any(shapes) or any(map(_holds, axes.collections))


def _holds(collection: Any) -> bool:
    """Tell whether a collection of dots, lines, cells or areas holds a finite one."""
    values = collection.get_array()
    if values is not None:
        return bool(np.isfinite(np.ma.filled(np.ma.asarray(values, dtype=float), np.nan)).any())
    offsets = np.ma.filled(np.ma.asarray(collection.get_offsets(), dtype=float), np.nan)
    paths = [path.vertices for path in collection.get_paths() if len(path.vertices)]
    return bool(np.isfinite(offsets).all(axis=1).any()) and any(
        np.isfinite(vertices).all(axis=1).any() for vertices in paths
    )


def _name_as(axes: Axes, other: Axes, way: str) -> None:
    """Give axes the label that others have on their x or y axis, and show the names of its ticks."""
    if axes is other:
        return
    names: dict[str, Any] = {"labelbottom": True} if way == "x" else {"labelleft": True}
    axes.tick_params(**names)
    said = getattr(other, f"get_{way}label")()
    if said and not getattr(axes, f"get_{way}label")():
        getattr(axes, f"set_{way}label")(said)


def _close_up(figure: Figure, kept: Sequence[Axes], grid: Any) -> None:
    """Lay panels out without the rows and columns that hold none; a figure of fewer rows is less high."""
    specs: dict[Axes, Any] = {axes: axes.get_subplotspec() for axes in kept}
    if any(len(spec.rowspan) > 1 or len(spec.colspan) > 1 for spec in specs.values()):
        return
    rows = sorted({spec.rowspan.start for spec in specs.values()})
    columns = sorted({spec.colspan.start for spec in specs.values()})
    heights, widths = grid.get_height_ratios(), grid.get_width_ratios()
    own = GridSpec(
        len(rows),
        len(columns),
        figure,
        height_ratios=[heights[row] for row in rows],
        width_ratios=[widths[column] for column in columns],
    )
    for axes, spec in specs.items():
        axes.set_subplotspec(own[rows.index(spec.rowspan.start), columns.index(spec.colspan.start)])
    width, height = figure.get_size_inches()
    figure.set_size_inches(width, max(height * sum(heights[row] for row in rows) / sum(heights), 2.0))
