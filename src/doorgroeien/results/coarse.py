"""Drawings, and words with them, that tell no more of a number than the data beside them.

The data behind a figure are rounded where answers are real, but it was drawn, and told in its alternative
text, before. A tenth of a point on paper is some hundredth of a point on a scale: coordinates can be read,
and so can digits in a text. Here every number that the data hold is drawn and told as the data have it.

What a picture shows that the data do not hold as such, such as the ends of bars that are stacked, goes to the
nearest step by which a mean of the fewest municipalities is rounded, along an axis that has numbers of the
data. Shades of cells follow; what shows a number by a colour or a width of its own, or by a share of what is
drawn, is :func:`redrawn`. A curve that is rounded so would look like stairs, which nobody measured: it leads
through one point of each stair.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial, wraps
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from doorgroeien.results.disclosure import COUNTS, ENDS, Rules

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Coarse", "redrawn"]

NUMBER = re.compile(r"(?<![\w.,])([-−]?)(\d+)([.,]\d{1,3})?(?![\w]|[.,]\d)")
INTERVAL = re.compile(rf"{NUMBER.pattern} \({NUMBER.pattern} (to|tot) {NUMBER.pattern}\)")
PERCENT = 100.0  # what parts of one, or their other side, are drawn as
EDGES = (0.0, 1.0)  # where no step moves a coordinate
EXACT = 1e-9  # what arithmetic may leave of a number
PLACES = (0, 3, 7)  # of the numbers among the groups of an interval
CURVE = 12  # points from which on a line is a curve, and not numbers that are joined
_DRAWN: "WeakKeyDictionary[Axes, list[tuple[list[Artist], Callable[..., None], tuple[Any, ...]]]]"
_DRAWN = WeakKeyDictionary()


def redrawn(draw: Callable[..., None]) -> Callable[..., None]:
    """Let what ``draw(axes, *numbers)`` draws be drawn again, of the numbers as they are published.

    It is for what coordinates do not show, or shares of what is drawn. Numbers are alone or in tables; words
    and whole numbers stay.
    """

    @wraps(draw)
    def drawing(axes: "Axes", *numbers: Any) -> None:
        before = {*axes.get_children()}
        draw(axes, *numbers)
        own = [artist for artist in axes.get_children() if artist not in before]
        _DRAWN.setdefault(axes, []).append((own, draw, numbers))

    return drawing


def _read(sign: str, whole: str, part: str | None) -> tuple[float, int]:
    """Return a number that is written in either language, and in how many decimals."""
    value = float(whole + (part or "").replace(",", "."))
    return -value if sign else value, max(len(part or "") - 1, 0)


def _written(value: float, part: str | None) -> str:
    """Return a number in as many decimals as ``part`` has, and with its mark."""
    text = f"{value:.{max(len(part or '') - 1, 0)}f}"
    return text.replace(".", ",") if part and "," in part else text


def _triples(frame: pd.DataFrame, rules: Rules, towns: float) -> Iterator[list[tuple[float, float]]]:
    """Return each estimate with the ends of its interval, each with what is published of it."""
    told = rules.applied(frame, towns=towns)
    for name in [str(name) for name in frame if str(name).endswith("estimate")]:
        ends = [name, *(name.replace("estimate", end) for end in ("ci_low", "ci_high"))]
        if {*ends} <= {*frame}:
            both = (table[ends].astype(float).to_numpy() for table in (frame, told))
            yield from ([*zip(*row, strict=True)] for row in zip(*both, strict=True))


class Coarse:
    """The numbers of a table, and what is published of each.

    >>> import pandas as pd
    >>> from doorgroeien.results.coarse import Coarse
    >>> from doorgroeien.results.disclosure import RULES
    >>> frame = pd.DataFrame({"estimate": [62.71], "ci_low": [53.9], "ci_high": [71.5], "units": 11})
    >>> coarse = Coarse(frame, RULES)
    >>> coarse.words("aldermen 62.7 (53.9 to 71.5), 11 municipalities")
    'aldermen 62.0 (54.0 to 70.0), 11 municipalities'
    """

    def __init__(
        self, data: pd.DataFrame, rules: Rules, of: pd.DataFrame | None = None, towns: float = np.inf
    ) -> None:
        """Take what a figure is drawn ``of`` beside its data, if anything, and the rules of rounding.

        ``towns`` is on how many municipalities data rest that do not say so.
        """
        self.found: dict[str, float] = {}
        frames = [data] if of is None else [data, of]
        pairs, ends = list[tuple[float, float]](), list[bool]()  # numbers, and which are an interval's ends
        for frame in frames:
            exact = frame.reset_index(drop=True)
            said = rules.applied(frame, towns=towns).reset_index(drop=True)
            for place, name in enumerate(map(str, exact)):
                own = [
                    (float(cell), float(told))
                    for cell, told in zip(exact.iloc[:, place], said.iloc[:, place], strict=True)
                    if isinstance(cell, float) and np.isfinite(cell) and (cell % 1 or told != cell)
                ]
                pairs += own
                ends += [bool(ENDS.search(name))] * len(own)
        for cell, told in pairs:
            for sign in (1, -1):
                for times in (1.0, PERCENT, 1 / PERCENT):
                    self.found.setdefault(_key(sign * times * cell), sign * times * told)
        self.triples = np.array([*chain.from_iterable(_triples(frame, rules, towns) for frame in frames)])
        self.triples = self.triples.reshape(-1, 3, 2)
        self.exact = np.array([cell for cell, _ in pairs])
        self.told = np.array([told for _, told in pairs])
        self.ends = np.array(ends, dtype=bool)
        counts = [frame[name] for frame in frames for name in frame if COUNTS["units"].search(str(name))]
        fewest = min((float(column.min()) for column in counts), default=np.inf)
        # By how much a mean of so many moves where one that nobody knows moves by a step.
        least = rules.step / (2 * fewest + 1) if np.isfinite(fewest) else 0.5
        self.step = next(step for step in (0.5, 1.0, 2.0, 5.0, 10.0) if step >= min(least, 10.0))

    def number(self, value: Any) -> Any:
        """Return what is published of a number, itself where the data do not hold it."""
        return self.found.get(_key(value), value) if isinstance(value, float) else value

    def words(self, text: str) -> str:
        """Return a text in which numbers of the data have the digits that are published."""

        def told(match: re.Match[str]) -> str:
            value, decimals = _read(*match.groups())
            near = np.abs(np.abs(self.exact) - abs(value)) <= 0.5 * 10.0**-decimals + EXACT
            if not near.any() or (not decimals and value % 1 == 0 and abs(value) > 1000):
                return match[0]
            # An end of an interval stands beside its estimate, which is read below; else it is the estimate
            # itself. Of numbers that are written alike the one that is published coarsest.
            near = near & ~self.ends if (near & ~self.ends).any() else near
            at = np.argmax(np.where(near, np.abs(self.told - self.exact), -1.0))
            return (match[1] or "") + _written(abs(self.told[at]), match[3])

        def interval(match: re.Match[str]) -> str:
            parts = match.groups()
            written = [_read(*parts[at : at + 3]) for at in PLACES]
            near = [
                np.abs(self.triples[:, at, 0] - value) <= 0.5 * 10.0**-decimals + EXACT
                for at, (value, decimals) in enumerate(written)
            ]
            if not (rows := np.flatnonzero(np.all(near, axis=0))).size:
                return NUMBER.sub(told, match[0])
            texts = [
                ((parts[at] or "\u2212") if number < 0 else "") + _written(abs(number), parts[at + 2])
                for number, at in zip(self.triples[rows[0], :, 1], PLACES, strict=True)
            ]
            return f"{texts[0]} ({texts[1]} {parts[6]} {texts[2]})"

        # An estimate with its interval is one row of the data: its numbers are not taken for those of others.
        pieces, end = [], 0
        for match in INTERVAL.finditer(text):
            pieces += [NUMBER.sub(told, text[end : match.start()]), interval(match)]
            end = match.end()
        return "".join([*pieces, NUMBER.sub(told, text[end:])])

    def said(self, value: Any) -> Any:
        """Return what fills a text, a number, words or a pair of words, as it may be published."""
        if isinstance(value, str):
            return self.words(value)
        if isinstance(value, tuple | list):
            return type(value)(map(self.said, value))
        return self.number(float(value) if isinstance(value, np.floating) else value)

    def draw(self, figure: "Figure") -> None:
        """Move what is drawn to where the data have it, and shade it so, in place."""
        self._shade(figure)
        for axes in figure.axes:
            limits = [axes.get_xlim(), axes.get_ylim()]
            again = self._draw_again(axes)
            for dimension in range(2):
                points = [*_coordinates(axes, dimension, again)]
                # Of bars that are stacked the length alone is a number of the data.
                own = [np.append(each.values, np.diff(each.values)) for each in points]
                if any(_key(value) in self.found for values in own for value in values):
                    scale = 1.0 if max(map(abs, limits[dimension])) > 2 else 1 / PERCENT
                    for each in points:
                        self._move(each, scale, dimension)
                    limits[dimension] = self._limits(limits[dimension], scale)
            for text in axes.texts:
                text.set_text(self.words(text.get_text()))
            axes.set(xlim=limits[0], ylim=limits[1])

    def _move(self, points: "_Points", scale: float, dimension: int) -> None:
        values, other = points.values, points.other
        # What spans a picture is often a limit that nobody answered, such as 62.5.
        said = points.spans & (np.abs(values * 10 - np.round(values * 10)) < EXACT)
        moved = np.array([self._near(value, scale) for value in values])
        moved = np.where(said & ~self._held(values), values, moved)
        if other is None or dimension == 0:
            points.put(moved, other)
        else:
            kept = self._kept(values, moved)
            points.put(moved[kept], other[kept])

    def _held(self, values: np.ndarray) -> np.ndarray:
        """Tell which values the data hold."""
        return np.array([_key(value) in self.found for value in values], dtype=bool)

    def _limits(self, ends: tuple[float, float], scale: float) -> tuple[float, float]:
        """Return the limits of an axis on steps: they follow from the lowest and highest that is drawn."""
        step, sign = self.step * scale, 1 if ends[0] < ends[1] else -1
        low, high = (sign * end / step for end in ends)
        return sign * np.floor(low + EXACT) * step, sign * np.ceil(high - EXACT) * step

    def _near(self, value: Any, scale: float) -> Any:
        """Return what is published of a number that is drawn, the nearest step where the data lack it."""
        if not np.isfinite(value) or value in EDGES:
            return value
        step = self.step * scale
        return self.found.get(_key(value), round(value / step) * step)

    def _kept(self, values: np.ndarray, moved: np.ndarray) -> np.ndarray:
        """Return the points that a curve leads through: those that the data hold, or one of each stair."""
        if len(values) < CURVE:
            return np.arange(len(values))
        held = self._held(values) | (values % 1 == 0)
        return np.flatnonzero(held) if held.sum() > CURVE // 2 else _middles(moved)

    def _shade(self, figure: "Figure") -> None:
        """Shade cells, and the scale of shades beside them, by the numbers as they are published."""
        from matplotlib.collections import QuadMesh

        for axes in figure.axes:
            for mesh in axes.collections if not hasattr(axes, "_colorbar") else ():
                shown = mesh.get_array() if isinstance(mesh, QuadMesh) else None
                if shown is None:
                    continue
                values = np.ma.filled(shown.astype(float), np.nan)
                scale = 1.0 if np.nanmax(np.abs(values)) > 2 else 1 / PERCENT
                told = np.array([self._near(value, scale) for value in values.ravel()]).reshape(values.shape)
                mesh.set_array(np.ma.masked_invalid(told))
                mesh.set_clim(*(self.number(float(end)) for end in mesh.get_clim()))

    def _draw_again(self, axes: "Axes") -> "set[Artist]":
        """Draw again what is :func:`redrawn`; return what has its numbers so."""
        drawn, before = _DRAWN.get(axes, []), {*axes.get_children()}
        for artists, draw, numbers in drawn:
            for artist in artists:
                artist.remove()
            draw(axes, *map(self._rounded, numbers))
        return {*axes.get_children()} - before

    def _rounded(self, numbers: Any) -> Any:
        """Return numbers, alone or in a table, as they are published; whole ones and words stay."""
        if isinstance(numbers, pd.DataFrame):
            known = numbers.select_dtypes("number").abs().max().max()
            scale = 1.0 if known > 2 else 1 / PERCENT
            return numbers.map(lambda cell: self._near(cell, scale) if _is_broken(cell) else cell)
        return (
            self._near(numbers, 1.0 if abs(numbers) > 2 else 1 / PERCENT) if _is_broken(numbers) else numbers
        )


def _is_broken(value: Any) -> bool:
    return isinstance(value, float) and bool(np.isfinite(value)) and value % 1 != 0


def _middles(values: np.ndarray) -> np.ndarray:
    """Return of a curve the places of one point of each run of the same value, and of both ends.

    >>> import numpy as np
    >>> from doorgroeien.results.coarse import _middles
    >>> _middles(np.array([9.0, 8, 8, 8, 7, 7, 7, 6, 6, 6, 5, 5])).tolist()
    [0, 2, 5, 8, 10, 11]
    """
    starts = np.flatnonzero(np.append(True, values[1:] != values[:-1]))
    middles = (starts + np.append(starts[1:], len(values)) - 1) // 2
    return np.unique(np.concatenate([[0], middles, [len(values) - 1]]))


def _key(value: float) -> str:
    """Return a number in the digits in which two are one."""
    return f"{value:.9g}"


class _Points(NamedTuple):
    """Numbers along one side that something is drawn at, and what puts others in their place.

    ``other`` are those along the other side, of a curve; it takes as many of them as of the numbers.
    ``spans`` tells of what goes through the whole picture on the other side.
    """

    values: np.ndarray
    put: Callable[[np.ndarray, np.ndarray | None], None]
    other: np.ndarray | None = None
    spans: bool = False


def _coordinates(axes: "Axes", dimension: int, but: "set[Artist]") -> Iterator[_Points]:
    """Return the points in data along one side that artists of axes are drawn through, ``but`` some."""
    from matplotlib.collections import LineCollection, PathCollection, PolyCollection
    from matplotlib.patches import Rectangle

    def along(artist: Any, transform: Any) -> bool:
        return artist not in but and _is_data(transform, axes, dimension)

    for line in (each for each in axes.lines if along(each, each.get_transform())):
        points = np.array(line.get_xydata(), dtype=float)
        plain = line.get_drawstyle() == "default" and line.get_marker() in ("None", None)
        spans = not _is_data(line.get_transform(), axes, 1 - dimension)
        other = points[:, 1 - dimension] if plain and not spans else None
        yield _Points(points[:, dimension], partial(_lead, line, dimension), other, spans)
    for artist in axes.collections:
        if isinstance(artist, PathCollection) and artist not in but:
            points = np.array(artist.get_offsets(), dtype=float)
            yield _Points(points[:, dimension], partial(_scatter, artist, dimension))
        elif isinstance(artist, LineCollection | PolyCollection) and along(artist, artist.get_transform()):
            for path in artist.get_paths():
                points = np.array(path.vertices, dtype=float).reshape(-1, 2)
                other = points[:, 1 - dimension] if isinstance(artist, PolyCollection) else None
                yield _Points(points[:, dimension], partial(_bend, path, dimension), other)
    for bar in axes.patches:
        if isinstance(bar, Rectangle) and along(bar, bar.get_data_transform()):
            start, size = bar.get_xy()[dimension], (bar.get_width(), bar.get_height())[dimension]
            spans = not _is_data(bar.get_data_transform(), axes, 1 - dimension)
            yield _Points(np.array([start, start + size]), partial(_resize, bar, dimension), None, spans)
    for text in axes.texts:
        if text.get_transform() == axes.transData and not hasattr(text, "xy") and text not in but:
            at = np.array(text.get_position(), dtype=float)
            yield _Points(at[[dimension]], partial(_write, text, dimension))


def _is_data(transform: Any, axes: "Axes", dimension: int) -> bool:
    """Tell whether something is drawn in data along one side."""
    return bool(transform.contains_branch_seperately(axes.transData)[dimension])


def _scatter(dots: Any, dimension: int, to: np.ndarray, _: np.ndarray | None) -> None:
    """Put dots elsewhere along one side."""
    points = np.array(dots.get_offsets(), dtype=float)
    points[:, dimension] = to
    dots.set_offsets(points)


def _write(text: Any, dimension: int, to: np.ndarray, _: np.ndarray | None) -> None:
    """Put words elsewhere along one side."""
    (text.set_x if dimension == 0 else text.set_y)(float(to[0]))


def _lead(line: Any, dimension: int, to: np.ndarray, other: np.ndarray | None) -> None:
    """Lead a line through other values along one side, and those beside them along the other."""
    known = np.asarray(line.get_xydata(), dtype=float)[:, 1 - dimension] if other is None else other
    line.set_data(*((to, known) if dimension == 0 else (known, to)))


def _bend(path: Any, dimension: int, to: np.ndarray, other: np.ndarray | None) -> None:
    """Lead a path through other values along one side, in their order."""
    from matplotlib.path import Path

    known = path.vertices[:, 1 - dimension] if other is None else other
    points = np.column_stack((to, known) if dimension == 0 else (known, to))
    if len(points) == len(path.vertices):
        path.vertices = points
    else:
        fewer = Path(points, closed=True)
        path.vertices, path.codes = fewer.vertices, fewer.codes


def _resize(bar: Any, dimension: int, ends: np.ndarray, _: np.ndarray | None) -> None:
    """Let a bar begin and end elsewhere along one side."""
    start, size = ends[0], ends[1] - ends[0]
    if dimension == 0:
        bar.set_x(start)
        bar.set_width(size)
    else:
        bar.set_y(start)
        bar.set_height(size)
