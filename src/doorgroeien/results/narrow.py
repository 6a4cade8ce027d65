"""The same picture laid out for a phone: panels below each other, words wrapped, letters that can be read.

A chapter draws for the width of a page. On a phone its letters would be half as large, so what is drawn is
laid out anew: one column as wide as the screen, heights that follow from the number of rows, no letter
smaller than :data:`LEAST`. Nothing is drawn again but legends, so both show the same.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.font_manager import FontProperties
from matplotlib.legend import Legend
from matplotlib.text import Text
from matplotlib.textpath import TextToPath
from matplotlib.ticker import Formatter
from matplotlib.transforms import Bbox

from doorgroeien.results.dutch import Retold

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["LEAST", "POINTS", "WIDTH", "Narrow", "wrapped"]

POINTS = 72  # to the inch; all lengths here are in points, of which three are four CSS pixels
WIDTH = 3.65 * POINTS  # 350 CSS pixels: the text of a page on a phone
LEAST, MOST = 9.0, 9.5  # the size of letters; nine points are twelve CSS pixels
LINE = 1.2  # the height of a line of letters of size one
NAMES = 108.0  # the most that names of rows take of the width
ASIDE = 62.0  # the most that words to the right of a panel take
TALL, LOW = 190.0, 135.0  # the most of a panel without rows, alone and among three or more
PITCH, CLOSE = 34.0, 24.0  # the most from row to row, unless a name needs more; likewise
LEAST_WIDE = 0.22  # of the width: a panel
EDGE, GAP = 5.0, 9.0  # around the picture, and between panels
SPREAD = 1.9  # how much faster than its lines a panel full of words grows: they do not break evenly
MANY = 6  # words in a panel from which it keeps its height, for they stand where there was room
PART = re.compile(r"\S+?-(?=\w)|\S+(?: \d{1,2}(?!\S))?\s*")  # of a text: what no line may break
WORD = re.compile(r"[^\W\d_]")
LEGEND: Mapping[str, Any] = {"handlelength": 1.6, "handletextpad": 0.4, "columnspacing": 0.9}


@cache
def _length(text: str, size: float, weight: str | int) -> float:
    font = FontProperties(size=size, weight=weight)
    return float(TextToPath().get_text_width_height_descent(text, font, ismath=False)[0])


def wrapped(text: str, width: float, size: float = LEAST, weight: str | int = "normal") -> str:
    """Return a text in lines no longer than ``width`` points, as far as its words allow.

    Lines that are short enough stay; else the text is broken anew, between words and after hyphens.
    """
    if max(_length(line, size, weight) for line in text.split("\n")) <= width:
        return text
    lines = [""]
    for part in PART.findall(text.replace("-\n", "").replace("\n", " ")):
        if lines[-1] and _length((lines[-1] + part).rstrip(), size, weight) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(line.rstrip() for line in lines)


class _Ticks(Retold):
    """Writes ticks as another formatter does: in lines of a ``limit``, or one of every ``step``."""

    def __init__(self, other: Formatter) -> None:
        super().__init__(other, lambda text: text if self.limit is None else wrapped(text, self.limit))
        self.limit: float | None = None
        self.step = 1

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return the words of a tick."""
        return "" if (pos or 0) % self.step else super().__call__(x, pos)


class _Panel:
    """Axes, with their size in the wide drawing and how far apart their rows were there, if they have any."""

    def __init__(self, axes: Axes, figure: "Figure") -> None:
        box = axes.get_position()
        self.axes, self.height = axes, box.height * figure.get_figheight() * POINTS
        self.pitch: float | None = None
        if any(WORD.search(name) for name in _names(axes.yaxis)):
            self.pitch = self.height / self.rows
        self.lines = sum(text.get_text().count("\n") + 1 for text in axes.texts)
        turned = next((label.get_rotation() for label in axes.get_xticklabels()), 0)
        self.turned = 0 if turned % 90 else turned  # in a column names have room to lie, or none to lean

    @property
    def full(self) -> bool:
        """Whether words fill the axes, each beside what it names."""
        return self.pitch is None and len(self.axes.texts) >= MANY and self.axes.get_aspect() == "auto"

    @property
    def rows(self) -> float:
        """How many rows are as high as the axes."""
        low, high = self.axes.get_ylim()
        places = np.unique(self.axes.get_yticks())
        return abs(high - low) / (np.median(np.diff(places)) if len(places) > 1 else 1)

    @property
    def box(self) -> Bbox:
        """Where the axes are."""
        self.axes.apply_aspect()
        return self.axes.get_window_extent()

    def needed(self, width: float, alone: bool) -> float:
        """Return the height that the axes need, as wide as ``width``; less if they are not ``alone``."""
        if self.axes.get_aspect() != "auto":
            (left, right), (low, high) = self.axes.get_xlim(), self.axes.get_ylim()
            return width * abs((high - low) / (right - left))
        if self.pitch is None:
            broken = sum(text.get_text().count("\n") + 1 for text in self.axes.texts)
            grown = self.height * (broken / self.lines) ** SPREAD if self.full else 0
            return max(grown, min(self.height, TALL if alone else LOW))
        pitch = min(self.pitch, PITCH if alone else CLOSE)
        lines = [name.count("\n") + 1 for name in _names(self.axes.yaxis)]
        most = max((one + other) / 2 for one, other in pairwise(lines)) if len(lines) > 1 else lines[0]
        return self.rows * max(pitch, most * LEAST * LINE + 3)


class Narrow:
    """A figure that was drawn wide, in one column; :meth:`fitted` lays out the words it has at the time."""

    def __init__(self, figure: "Figure") -> None:
        """Put the panels of a figure below each other, in place."""
        self.figure = figure
        panels = [_Panel(axes, figure) for axes in figure.axes if not hasattr(axes, "_colorbar")]
        figure.set_layout_engine("none")
        figure.set_dpi(POINTS)
        _say_again(figure, panels)
        for text in figure.findobj(Text):
            if isinstance(text, Text):
                text.set_fontsize(min(max(text.get_fontsize(), LEAST), MOST))
        for axes in figure.axes:
            axes.tick_params(labelsize=LEAST, which="both")
        for panel in panels:
            if _is_empty(panel.axes):
                panel.axes.remove()
        self.rows = _grid([panel for panel in panels if panel.axes in figure.axes])
        self.panels = [panel for row in self.rows for panel in row]
        self.texts: dict[Text, str] = {}

    @contextmanager
    def fitted(self) -> Iterator[None]:
        """Lay the figure out for the words that are in it; on leaving, they are again as they were."""
        axes = [axis for panel in self.panels for axis in (panel.axes.xaxis, panel.axes.yaxis)]
        formatters = {axis: axis.get_major_formatter() for axis in axes}
        for axis in axes:
            if not isinstance(axis.get_major_formatter(), _Ticks):  # which axes that share a scale have too
                axis.set_major_formatter(_Ticks(axis.get_major_formatter()))
        for panel in self.panels:
            panel.axes.tick_params(axis="x", labelrotation=panel.turned)
        legends = [self._new_legend(panel.axes) for panel in self.panels]
        heads = [self._new_legend(self.figure, legend) for legend in list(self.figure.legends)]
        self.heads = [legend for legend in heads if legend is not None]
        labels = {tick for axis in axes for tick in axis.get_ticklabels()}
        found = [text for text in self.figure.findobj(Text) if isinstance(text, Text) and text not in labels]
        self.texts = {text: text.get_text() for text in found if text.get_text().strip()}
        self.legends = dict(zip(self.panels, legends, strict=True))
        self.reach: dict[_Panel, float] = {}
        self._lay_out()
        yield
        for axis, formatter in formatters.items():
            axis.set_major_formatter(formatter)
        for text, words in self.texts.items():
            text.set_text(words)

    def _lay_out(self) -> None:
        limits = [_limit(panel) for panel in self.panels if panel.pitch is not None]
        for panel in self.panels:
            _ticks(panel.axes.yaxis).limit = max(limits, default=None)
        before: object = None
        for _ in range(3):  # what stands out of the panels depends on where they are
            if (now := self._place()) == before:
                break
            before = now
            for panel in self.panels:
                self._wrap(panel)
                _spread_ticks(panel)
        self._place()
        for panel in self.panels:
            self._hide_what_is_wider_than_its_bar(panel.axes)

    def _wrap(self, panel: _Panel) -> None:
        """Break what is longer than there is room for: titles, names of axes, words beside and above."""
        axes, box = panel.axes, panel.box
        whole = WIDTH - 3 * EDGE
        self._break(axes.xaxis.label, whole)
        self._break(axes.yaxis.label, max(box.height, 60))
        above = [text for text in axes.texts if _is_above(text, box)]
        _turn_what_leans(above)
        for text in [axes.title, axes._left_title, axes._right_title]:  # type: ignore[attr-defined]
            self._break(text, whole if text is axes.title else WIDTH - EDGE - box.x0)
        bars = [bar.get_window_extent() for bar in axes.patches] if axes.texts else []
        for text in axes.texts:
            if text.get_text().strip() and not (text in above and text.get_rotation()):
                extent = text.get_window_extent()
                bar = _bar_around(text, bars)
                if text in above:
                    alone = len(above) == 1
                    wide = WIDTH if text.get_transform() != axes.transAxes else box.width
                    self._break(text, WIDTH - 2 * EDGE - box.x0 if alone else wide / len(above) - EDGE)
                elif extent.x0 >= box.x1 - 1:
                    self._break(text, ASIDE)
                elif bar is not None and WORD.search(text.get_text()):
                    self._break(text, bar - 2)
                elif panel.full and (extent.x0 < 2 * EDGE or extent.x1 > WIDTH - 2 * EDGE):
                    left = text.get_horizontalalignment() == "left"
                    self._break(text, max(WIDTH - EDGE - extent.x0 if left else extent.x1 - EDGE, ASIDE) - 2)
                elif extent.width > box.width:
                    self._break(text, box.width)

    def _break(self, text: Text, width: float) -> None:
        if text in self.texts:
            text.set_text(wrapped(self.texts[text], width, float(text.get_fontsize()), text.get_fontweight()))

    def _place(self) -> object:
        """Give the figure its height and everything in it its place, from the top down; return the places."""
        figure = self.figure
        edition = next((text for text in figure.texts if text.get_gid() == "edition"), None)
        foot = figure._supxlabel  # type: ignore[attr-defined]
        for text in (edition, foot):
            if text is not None:
                self._break(text, WIDTH - 3 * EDGE)
        heads = [legend.get_window_extent().height + 4 for legend in self.heads]
        boxes, down = self._boxes(EDGE + sum(heads))
        below = [text.get_window_extent().height + 5 for text in (foot, edition) if text is not None]
        height = down + sum(below) + EDGE
        figure.set_size_inches(WIDTH / POINTS, height / POINTS)
        for panel, (left, top, width, tall) in boxes.items():
            over = self._sides(panel)[3] if self.legends.get(panel) else 0.0
            panel.axes.set_position((left / WIDTH, 1 - (top + tall) / height, width / WIDTH, tall / height))
            _place_bars(figure, panel.axes)
            self._place_words(panel, over)
        down = EDGE
        for legend, tall in zip(self.heads, heads, strict=True):
            legend.set_bbox_to_anchor((EDGE / WIDTH, 1 - down / height), figure.transFigure)
            down += tall
        if edition is not None:
            edition.set_position((1 - EDGE / WIDTH, EDGE / height))
        if foot is not None:
            foot.set_position((0.5, (EDGE + (below[-1] if edition is not None else 0)) / height))
            foot.set_verticalalignment("bottom")
        return height, boxes

    def _boxes(self, down: float) -> tuple[dict[_Panel, tuple[float, float, float, float]], float]:
        """Return left, top, width and height of each panel, measured from the top, and where all end."""
        sides = {panel: self._sides(panel) for panel in self.panels}
        count = max(map(len, self.rows), default=1)
        column = (WIDTH - 2 * EDGE - GAP * (count - 1)) / count
        framed = [panel for panel in self.panels if panel.axes.axison or count > 1]
        beside = [max((sides[panel][side] for panel in framed), default=0.0) for side in (0, 1)]
        boxes: dict[_Panel, tuple[float, float, float, float]] = {}
        for number, row in enumerate(self.rows):
            down += (GAP if number else 0) + max(sides[panel][3] for panel in row)
            for place, panel in enumerate(row):
                left, right = beside if panel in framed else sides[panel][:2]
                width = max(column - left - right, LEAST_WIDE * column)
                tall = panel.needed(width, alone=len(self.rows) < 3)
                boxes[panel] = (EDGE + place * (column + GAP) + left, down, width, tall)
            down += max(boxes[panel][3] for panel in row) + max(sides[panel][2] for panel in row)
        return boxes, down

    def _place_words(self, panel: _Panel, over: float) -> None:
        """Keep what stands in the middle of an axis within the picture, and the legend above all else."""
        box, label, legend = panel.box, panel.axes.xaxis.label, self.legends.get(panel)
        _raise_what_touches([text for text in panel.axes.texts if _is_above(text, box)], box)
        for text in (label, panel.axes.title):
            half = text.get_window_extent().width / 2
            middle = min(max((box.x0 + box.x1) / 2, EDGE + half), WIDTH - EDGE - half)
            text.set_x((middle - box.x0) / box.width)
        if legend is not None:
            size = legend.get_window_extent()
            left = max(min(box.x0, WIDTH - EDGE - size.width), EDGE)
            top = (box.y1 + over) / (self.figure.get_figheight() * POINTS)
            legend.set_bbox_to_anchor((left / WIDTH, top), self.figure.transFigure)

    def _sides(self, panel: _Panel) -> tuple[float, float, float, float]:
        """Return how far words stand out of a panel: left, right, below and above, with its legend."""
        axes, box, renderer = panel.axes, panel.box, self.figure._get_renderer()  # type: ignore[attr-defined]
        legend, label = self.legends.get(panel), axes.xaxis.label
        across = [axes.yaxis.get_tightbbox(renderer)] if axes.axison else []
        label.set_visible(False)
        ticks = axes.xaxis.get_tightbbox(renderer) if axes.axison else None
        label.set_visible(True)
        across.append(ticks)
        # A panel that makes room for its last number may get fewer of them, and then need no room, and so on.
        if ticks is not None and not any(WORD.search(name) for name in _names(axes.xaxis)):
            self.reach[panel] = max(self.reach.get(panel, 0.0), ticks.x1 - box.x1)
        along = [*across, axes.xaxis.get_tightbbox(renderer)] if axes.axison else []
        titles = [axes.title, axes._left_title, axes._right_title]  # type: ignore[attr-defined]
        shown = [text for text in axes.texts if text.get_text().strip() and text.get_visible()]
        along += [text.get_window_extent() for text in (*titles, *shown) if text.get_text().strip()]
        beside = [text for text in shown if not _is_above(text, box) or text.get_rotation() == 90]
        beside = [] if panel.full else beside
        across += [text.get_window_extent() for text in beside]
        across += [bar.get_tightbbox(renderer) for bar in _bars(self.figure, axes)]
        found = [[extent for extent in each if extent is not None] for each in (across, along)]
        over = max([extent.y1 - box.y1 for extent in found[1]], default=0.0)
        return (
            max([box.x0 - extent.x0 for extent in found[0]] + [0]),
            max([extent.x1 - box.x1 for extent in found[0]] + [self.reach.get(panel, 0.0)]),
            max([box.y0 - extent.y0 for extent in found[1]] + [0]),
            max(over, 0.0) + (0 if legend is None else legend.get_window_extent().height + 4),
        )

    def _new_legend(self, owner: Any, old: Legend | None = None) -> Legend | None:
        """Put a legend that stood beside the data, or over them, above; in as many columns as fit."""
        old = owner.get_legend() if old is None else old
        if old is None:
            return None
        labels = [wrapped(text.get_text(), WIDTH - 40) for text in old.get_texts()]
        columns = next(n for n in range(len(labels), 0, -1) if n == 1 or _legend_width(labels, n) < WIDTH - 8)
        title = old.get_title().get_text()
        old.remove()
        made: Legend = owner.legend(
            old.legend_handles,
            labels,
            loc="upper left",
            bbox_to_anchor=(0, 1),
            ncols=columns,
            title=title or None,
            fontsize=LEAST,
            title_fontsize=LEAST,
            borderaxespad=0,
            borderpad=0.1,
            alignment="left",
            **LEGEND,
        )
        return made

    def _hide_what_is_wider_than_its_bar(self, axes: Axes) -> None:
        bars = [bar.get_window_extent() for bar in axes.patches] if axes.texts else []
        for text in axes.texts:
            bar = None if WORD.search(text.get_text()) else _bar_around(text, bars)
            if text in self.texts and bar is not None and bar < text.get_window_extent().width:
                text.set_text("")


def _say_again(figure: "Figure", panels: Sequence[_Panel]) -> None:
    """Let each panel say on its own what it shared with the one beside it."""
    beside = figure._supylabel  # type: ignore[attr-defined]
    heads: dict[int, _Panel] = {}
    for panel in panels:
        axes, place = panel.axes, panel.axes.get_subplotspec()
        head = panel if place is None else heads.setdefault(place.rowspan.start, panel)
        if place is not None and place.get_gridspec().ncols > 1 and axes.axison:
            axes.tick_params(axis="x", labelbottom=True)
            under = [other.axes for other in panels if axes.get_shared_x_axes().joined(axes, other.axes)]
            axes.set_xlabel(axes.get_xlabel() or next((other.get_xlabel() for other in under), ""))
        if head is not panel and axes.get_shared_y_axes().joined(axes, head.axes):
            axes.tick_params(axis="y", labelleft=True)
            panel.pitch = head.pitch
            axes.set_ylabel(axes.get_ylabel() or head.axes.get_ylabel())
        elif head is not panel and panel.axes.axison and not _names(axes.yaxis) and head.pitch is not None:
            start, stop = np.subtract(axes.get_ylim(), head.axes.get_ylim())
            if np.isclose(start, stop):  # rows that are named beside it alone
                axes.set_yticks(head.axes.get_yticks() + start, _names(head.axes.yaxis))
                panel.pitch = head.pitch
        if beside is not None and axes.axison:
            axes.set_ylabel(axes.get_ylabel() or beside.get_text())
    if beside is not None:
        beside.remove()
        figure._supylabel = None  # type: ignore[attr-defined]


def _grid(panels: Sequence[_Panel]) -> list[list[_Panel]]:
    """Return the panels in rows of one, or of two where they hold few words and no names at their side."""
    small = all(not _names(panel.axes.yaxis) and len(panel.axes.texts) < MANY for panel in panels)
    count = 2 if small and len(panels) > 2 else 1
    return [list(panels[start : start + count]) for start in range(0, len(panels), count)]


def _raise_what_touches(texts: Sequence[Text], box: Bbox) -> None:
    """Put words above a panel over each other where they would stand in each other."""
    placed: list[Bbox] = []
    for text in sorted(texts, key=lambda text: text.get_window_extent().x0):
        extent = text.get_window_extent()
        in_way = [other for other in placed if extent.overlaps(other)]
        if (
            in_way and text.axes and text.get_transform() == text.axes.get_xaxis_transform()
        ):  # its height is a part of the box
            text.set_y(text.get_position()[1] + (max(o.y1 for o in in_way) - extent.y0 + 1) / box.height)
        placed.append(text.get_window_extent())


def _turn_what_leans(texts: Sequence[Text]) -> None:
    """Stand words up that lean over each other, or out of the picture."""
    leaning = [text for text in texts if text.get_rotation() % 90]
    extents = sorted((text.get_window_extent() for text in leaning), key=lambda extent: extent.x0)
    apart = min((other.x0 - one.x0 for one, other in pairwise(extents)), default=np.inf)
    close = any(apart * np.sin(np.radians(text.get_rotation())) < LEAST * LINE for text in leaning)
    if close or any(extent.x1 > WIDTH - EDGE for extent in extents):
        for text in leaning:
            text.set_rotation(90)


def _bar_around(text: Text, bars: Sequence[Bbox]) -> float | None:
    """Return the width that a text has in the bar in whose middle it stands, or begins in white, if any."""
    extent = text.get_window_extent()
    middle = text.get_horizontalalignment() == "center"
    x, y = (extent.x0 + extent.x1) / 2 if middle else extent.x0, (extent.y0 + extent.y1) / 2
    around = [bar.width if middle else bar.x1 - x for bar in bars if bar.contains(x, y)]
    return min(around) if around and (middle or text.get_color() == "white") else None


def _is_empty(axes: Axes) -> bool:
    return not axes.axison and not any((axes.texts, axes.lines, axes.patches, axes.collections))


def _is_above(text: Text, box: Bbox) -> bool:
    return bool(text.get_text().strip()) and text.get_window_extent().y0 >= box.y1 - 2


def _names(axis: Axis) -> list[str]:
    """Return what stands at the ticks of an axis."""
    return [label.get_text() for label in _labels(axis)]


def _labels(axis: Axis) -> list[Text]:
    low, high = sorted(axis.get_view_interval())
    return (
        [
            tick.label1
            for tick in axis.get_major_ticks()
            if axis.get_visible()
            and axis.axes.axison
            and tick.label1.get_visible()
            and low - 1e-9 <= tick.get_loc() <= high + 1e-9
            and tick.label1.get_text().strip()
        ]
        if axis.get_ticklabels()
        else []
    )


def _ticks(axis: Axis) -> _Ticks:
    formatter = axis.get_major_formatter()
    assert isinstance(formatter, _Ticks)
    return formatter


def _limit(panel: _Panel) -> float:
    """Return the least width at which the names of rows take no more than three lines, or else the most."""
    names = _names(panel.axes.yaxis)
    for width in np.arange(50.0, NAMES, 6.0):
        broken = [wrapped(name, width) for name in names]
        lines = [line for name in broken for line in name.split("\n")]
        if (
            max(name.count("\n") for name in broken) < 3
            and max(_length(each, LEAST, "normal") for each in lines) <= width
        ):
            return float(width)
    return NAMES


def _spread_ticks(panel: _Panel) -> None:
    """Break the names below the panel, or turn them; leave out every other one, or number, if they touch."""
    ticks, labels = _ticks(panel.axes.xaxis), _labels(panel.axes.xaxis)
    if any(WORD.search(label.get_text()) for label in labels) and _touch(labels):
        middles = [extent.x0 + extent.width / 2 for extent in (label.get_window_extent() for label in labels)]
        ticks.limit = min((other - one for one, other in pairwise(middles)), default=NAMES) - 2
        if _touch(_labels(panel.axes.xaxis)):
            ticks.limit = NAMES
            panel.axes.tick_params(axis="x", labelrotation=90)
    while _touch(_labels(panel.axes.xaxis)) and ticks.step < len(labels):
        ticks.step += 1


def _touch(labels: Sequence[Text]) -> bool:
    """Tell whether less than a letter is between two numbers, or no room at all between names."""
    apart = 1.5 if any(WORD.search(label.get_text()) for label in labels) else 4.0
    extents = sorted((label.get_window_extent() for label in labels), key=lambda extent: extent.x0)
    return any(one.x1 + apart > other.x0 for one, other in pairwise(extents))


def _legend_width(labels: Sequence[str], columns: int) -> float:
    handle = (LEGEND["handlelength"] + LEGEND["handletextpad"]) * LEAST
    lengths = [handle + max(_length(line, LEAST, "normal") for line in label.split("\n")) for label in labels]
    widths = [max(part) for part in np.array_split(lengths, columns) if len(part)]
    return float(sum(widths) + LEGEND["columnspacing"] * LEAST * (columns - 1))


def _bars(figure: "Figure", axes: Axes) -> list[Axes]:
    """Return the scales of colours beside axes."""
    return [other for other in figure.axes if axes in getattr(other, "_colorbar_info", {}).get("parents", ())]


def _place_bars(figure: "Figure", axes: Axes) -> None:
    box = axes.get_position()
    for bar in _bars(figure, axes):
        bar.set_aspect("auto")
        bar.set_position((box.x1 + 6 / WIDTH, box.y0 + 0.2 * box.height, 8 / WIDTH, 0.6 * box.height))
