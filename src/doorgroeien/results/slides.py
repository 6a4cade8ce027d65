"""Pictures of words and numbers: a slide for one finding, and all findings at a glance.

Words are broken by their measured width, so nothing is drawn beyond its column; a text that is too long for
its slide in the smallest type is an error, not a slide that cannot be read.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, pairwise

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from doorgroeien.results.pictures import COLOURS, GREY, new_figure
from doorgroeien.results.register import DOTS_PER_INCH

__all__ = ["Glance", "Slide", "TooLongError", "Told", "broken", "draw_glance", "draw_slide", "files"]

SOFT = "#55606c"
WIDE, HIGH = 10.0, 5.625  # inches: sixteen to nine
LEFT, MIDDLE, RIGHT = 0.5, 6.4, 9.6  # inches: the edges of both columns of a slide
TOP, FOOT = 4.5, 0.82  # inches: between them stand the columns
# Points: title, numbers and texts are in the largest for which a slide has room.
TITLES, NUMBERS, TYPES = (21, 20, 19, 18, 17), (27, 24, 21), (15, 14, 13, 12, 11, 10)
SAID = (11, 10, 9)  # points: what a number is
BAR, BELOW = 0.14, 0.2  # inches: a bar takes, and stand between numbers
LINE = 1.32  # heights of a line of text in its size
NARROW = 4.0  # inches: at this width nine and a half points are eleven and more on a phone
COLUMNS, GAP = (
    (0.03, 0.36, 3.15, 4.05),
    0.16,
)  # inches: the edges of the columns at a glance, and between rows


class TooLongError(ValueError):
    """A text has no room on its slide; the message says which slide, and how much too long it is."""


@dataclass(frozen=True)
class Told:
    """A number as it is written, what it is, and how it compares with those beside it, if it does.

    The largest fills its bar. A lower bound has no size: a bar would make a share of it.
    """

    written: str
    what: str
    size: float | None = None


@dataclass(frozen=True)
class Slide:
    """The words of a slide: above, in the left column as (head, text), in the right one, and below.

    ``beside`` heads the numbers in the right column: whoever only looks would take them for a verdict.
    """

    above: str
    title: str
    parts: Sequence[tuple[str, str]]
    numbers: Sequence[Told]
    below: Sequence[str]
    beside: str
    edition: str = ""


@dataclass(frozen=True)
class Glance:
    """A finding at a glance: its own number and title, what real evidence says, and the verdict.

    No count stands large beside the title: whoever only looks would take it for support.
    """

    number: str
    title: str
    text: str
    verdict: str


def broken(text: str, inches: float, points: float, weight: str = "normal") -> list[str]:
    """Return the lines of a text in a column, by the measured width of its words.

    >>> from doorgroeien.results.slides import broken
    >>> broken("Better than on other signals", 1.0, 11)
    ['Better than', 'on other', 'signals']
    """
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _width(longer, points, weight) <= 72 * inches:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


@cache
def _width(text: str, points: float, weight: str) -> float:
    font = FontProperties(family="DejaVu Sans", size=points, weight=weight)
    return float(text_to_path.get_text_width_height_descent(text, font, False)[0])


def draw_slide(slide: Slide) -> Figure:
    """Draw a slide, sixteen to nine. Raises :class:`TooLongError` where its texts have no room."""
    figure, axes = _page(WIDE, HIGH)
    axes.fill_between([0, WIDE], HIGH - 0.14, HIGH, color=COLOURS[0], linewidth=0)
    _write(axes, LEFT, HIGH - 0.36, [slide.above], 11, color=SOFT)
    large = _largest(TITLES, [slide.title], RIGHT - LEFT)
    size = next((size for size in TYPES if _height(slide.parts, size) <= TOP - FOOT), None)
    if large is None or size is None:
        raise TooLongError(f"{slide.above}: {'title' if large is None else 'texts'} too long. Shorten it.")
    _write(axes, LEFT, HIGH - 0.64, [slide.title], large, weight="bold")
    y = TOP
    for head, text in slide.parts:
        y = _write(axes, LEFT, y, [head], size - 2, color=COLOURS[0], weight="bold")
        y = _write(axes, LEFT, y, broken(text, MIDDLE - LEFT - 0.35, size), size) - 0.6 * size / 72
    beside = broken(slide.beside, RIGHT - MIDDLE, 11)
    _numbers(axes, slide.numbers, _write(axes, MIDDLE, TOP, beside, 11, weight="bold") - 0.08)
    axes.hlines(FOOT - 0.12, LEFT, RIGHT, color=GREY, linewidth=0.8)
    lines = [line for text in slide.below for line in broken(text, RIGHT - LEFT, 9)]
    _write(axes, LEFT, FOOT - 0.2, lines, 9, color=SOFT)
    if slide.edition:
        _write(axes, RIGHT, HIGH - 0.36, [slide.edition], 10, weight="bold", align="right")
    return figure


def _height(parts: Sequence[tuple[str, str]], size: float) -> float:
    """Return the inches that parts take with texts of a size."""
    lines = [len(broken(text, MIDDLE - LEFT - 0.35, size)) for _, text in parts]
    return sum((size - 2) * LINE + count * size * LINE + 0.6 * size for count in lines) / 72


def _largest(sizes: Sequence[float], texts: Sequence[str], inches: float) -> float | None:
    """Return the first of some sizes in which bold texts fit a column, or ``None``."""
    widths = {size: max((_width(text, size, "bold") for text in texts), default=0) for size in sizes}
    return next((size for size, width in widths.items() if width <= 72 * inches), None)


def _numbers(axes: Axes, numbers: Sequence[Told], y: float) -> None:
    """Draw numbers below each other from a height, over a bar where they compare."""
    most = max((told.size or 0 for told in numbers), default=0)
    big = _largest(NUMBERS, [told.written for told in numbers], RIGHT - MIDDLE)
    if big is None:
        raise TooLongError(f"{', '.join(told.written for told in numbers)}: too long for a slide.")
    size = next((size for size in SAID if _fallen(numbers, big, size) <= y - FOOT), None)
    if size is None:
        raise TooLongError(f"{', '.join(told.what for told in numbers)}: too long for a slide. Shorten it.")
    for told in numbers:
        y = _write(axes, MIDDLE, y, [told.written], big, color=COLOURS[0], weight="bold")
        if len(numbers) > 1 and told.size is not None:
            axes.barh(y, RIGHT - MIDDLE, 0.09, left=MIDDLE, color="#e3e7eb")
            part = told.size / most
            axes.barh(y, (RIGHT - MIDDLE) * part, 0.09, left=MIDDLE, color=COLOURS[0])
            y -= BAR
        y = _write(axes, MIDDLE, y, broken(told.what, RIGHT - MIDDLE, size), size) - BELOW


def _fallen(numbers: Sequence[Told], big: float, size: float) -> float:
    """Return the inches that numbers take, with what they are in letters of a size."""
    lines = [len(broken(told.what, RIGHT - MIDDLE, size)) for told in numbers]
    bars = sum(told.size is not None for told in numbers) if len(numbers) > 1 else 0
    return (len(numbers) * big + sum(lines) * size) * LINE / 72 + bars * BAR + (len(numbers) - 1) * BELOW


def draw_glance(heads: Sequence[str], rows: Sequence[Glance], below: Sequence[str]) -> Figure:
    """Draw all findings at a glance, narrow enough for a phone: number, title and text, verdict.

    ``heads`` stand above the three columns, ``below`` is what stands below all rows.
    """
    texts = [_cells(row) for row in rows]
    heights = [max(_tall(cell) for cell in cells) + GAP for cells in texts]
    foot = [line for text in below for line in broken(text, NARROW - 2 * COLUMNS[0], 9.5)]
    high = sum(heights) + 0.45 + len(foot) * 9.5 * LINE / 72
    figure, axes = _page(NARROW, high)
    for x, head in zip(COLUMNS, heads, strict=False):
        _write(axes, x, high - 0.04, [head], 9.5, color=SOFT)
    tops = list(accumulate(heights, initial=0.0))
    for top, cells in zip(tops, texts, strict=False):
        y = high - 0.27 - top
        axes.hlines(y, 0, NARROW, color="#c9ced4", linewidth=0.8)
        for x, cell in zip(COLUMNS, cells, strict=False):
            start = y - 0.07
            for lines, size, style in cell:
                start = _write(axes, x, start, lines, size, **style)
    axes.hlines(high - 0.27 - tops[-1], 0, NARROW, color="#c9ced4", linewidth=0.8)
    _write(axes, COLUMNS[0], high - 0.34 - tops[-1], foot, 9.5, color=SOFT)
    return figure


Cell = list[tuple[list[str], float, dict[str, str]]]


def _cells(row: Glance) -> list[Cell]:
    """Return the cells of a row: blocks of lines, each with its size and style."""
    number, middle, last = (stop - start - 0.08 for start, stop in pairwise(COLUMNS))
    large = _largest((17, 15, 13, 11), [row.number], number) or 9.5
    return [
        [([row.number], large, {"weight": "bold", "color": COLOURS[0]})],
        [
            (broken(row.title, middle, 9.5, "bold"), 9.5, {"weight": "bold"}),
            (broken(row.text, middle, 9.5), 9.5, {}),
        ],
        [(broken(row.verdict, last, 9.5), 9.5, {"color": SOFT})],
    ]


def _tall(cell: Cell) -> float:
    return sum(len(lines) * size * LINE for lines, size, _ in cell) / 72


def _page(wide: float, high: float) -> tuple[Figure, Axes]:
    """Return a figure and axes over all of it, whose units are inches."""
    figure, axes = new_figure(size=(wide, high))
    figure.set_layout_engine("none")
    axes.set_position((0, 0, 1, 1))
    axes.set(xlim=(0, wide), ylim=(0, high))
    axes.set_axis_off()
    plt.close(figure)  # it is drawn by whoever asks for it
    return figure, axes


def _write(
    axes: Axes, x: float, y: float, lines: Sequence[str], points: float, align: str = "left", **style: str
) -> float:
    """Write lines from ``y`` down; return where they end."""
    for line in lines:
        axes.text(x, y, line, fontsize=points, va="top", ha=align, **style)  # type: ignore[arg-type]
        y -= points * LINE / 72
    return y


def files(figure: Figure) -> dict[str, bytes]:
    """Return a picture as SVG and as PNG, by the ending of the file; the same picture is the same SVG."""
    svg, png = io.StringIO(), io.BytesIO()
    FigureCanvasSVG(figure).print_svg(svg, metadata={"Date": None, "Creator": None})
    figure.savefig(png, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})
    return {"svg": svg.getvalue().encode("utf-8"), "png": png.getvalue()}
