"""Drawings, and words with them, that tell no more of a number than the data beside them.

The data behind a figure are rounded where answers are real, but it was drawn, and told in its alternative
text, before. A tenth of a point on paper is some hundredth of a point on a scale: coordinates can be read,
and so can digits in a text. Here every number that the data hold is drawn and told as the data have it.

What a picture shows that the data do not hold as such, such as the ends of bars that are stacked, goes to the
nearest step by which a mean of the fewest municipalities is rounded, along an axis that has numbers of the
data. Shades, the sizes of dots and bands across a whole picture stay as they are.
"""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from doorgroeien.results.disclosure import COUNTS, Rules

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Coarse"]

NUMBER = re.compile(r"(?<![\w.,])([-−]?)(\d+)([.,]\d{1,3})?(?![\w]|[.,]\d)")
PERCENT = 100.0  # what parts of one, or their other side, are drawn as
EDGES = (0.0, 1.0)  # where no step moves a coordinate


class Coarse:
    """The numbers of a table, and what is published of each.

    >>> import pandas as pd
    >>> from doorgroeien.results.coarse import Coarse
    >>> from doorgroeien.results.disclosure import RULES
    >>> frame = pd.DataFrame({"estimate": [62.71], "ci_low": [53.9], "ci_high": [71.5], "units": 11})
    >>> coarse = Coarse(frame, RULES)
    >>> coarse.words("aldermen 62.7 (53.9 to 71.5), 11 municipalities")
    'aldermen 62.0 (54.0 to 72.0), 11 municipalities'
    """

    def __init__(self, data: pd.DataFrame, rules: Rules, of: pd.DataFrame | None = None) -> None:
        """Take what a figure is drawn ``of`` beside its data, if anything, and the rules of rounding."""
        self.found: dict[str, float] = {}
        frames, pairs = [data] if of is None else [data, of], list[tuple[float, float]]()
        for frame in frames:
            exact, said = frame.reset_index(drop=True), rules.applied(frame).reset_index(drop=True)
            pairs += [
                (float(cell), float(told))
                for place in range(exact.shape[1])
                for cell, told in zip(exact.iloc[:, place], said.iloc[:, place], strict=True)
                if isinstance(cell, float) and np.isfinite(cell) and cell % 1
            ]
        for cell, told in pairs:
            for sign in (1, -1):
                for times in (1.0, PERCENT, 1 / PERCENT):
                    self.found.setdefault(_key(sign * times * cell), sign * times * told)
        self.exact = np.array([cell for cell, _ in pairs])
        self.told = np.array([told for _, told in pairs])
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
            sign, whole, part = match[1], match[2], match[3] or ""
            decimals = max(len(part) - 1, 0)
            value = float(whole + part.replace(",", ".")) * (-1 if sign else 1)
            near = np.abs(np.abs(self.exact) - abs(value)) <= 0.5 * 10.0**-decimals + 1e-9
            if not near.any() or (not decimals and value % 1 == 0 and abs(value) > 1000):
                return match[0]
            at = np.argmin(np.where(near, np.abs(np.abs(self.exact) - abs(value)), np.inf))
            text = f"{abs(self.told[at]):.{decimals}f}"
            return sign + (text.replace(".", ",") if "," in part else text)

        return NUMBER.sub(told, text)

    def said(self, value: Any) -> Any:
        """Return what fills a text, a number, words or a pair of words, as it may be published."""
        if isinstance(value, str):
            return self.words(value)
        if isinstance(value, tuple | list):
            return type(value)(map(self.said, value))
        return self.number(float(value) if isinstance(value, np.floating) else value)

    def draw(self, figure: "Figure") -> None:
        """Move what is drawn to where the data have it, in place."""
        for axes in figure.axes:
            limits = axes.get_xlim(), axes.get_ylim()
            coordinates = [*_coordinates(axes)]
            for dimension in range(2):
                # Of bars that are stacked the length alone is a number of the data.
                own = [
                    np.append(values[:, dimension], np.diff(values[:, dimension]))
                    for values, _ in coordinates
                ]
                if any(_key(value) in self.found for values in own for value in values):
                    self._move(axes, coordinates, dimension)
            for text in axes.texts:
                text.set_text(self.words(text.get_text()))
            axes.set(xlim=limits[0], ylim=limits[1])

    def _move(self, axes: "Axes", coordinates: Sequence[Any], dimension: int) -> None:
        scale = 1.0 if max(map(abs, (axes.get_xlim(), axes.get_ylim())[dimension])) > 2 else 1 / PERCENT
        step = self.step * scale
        for values, put in coordinates:
            moved = values.copy()
            for at, value in enumerate(values[:, dimension]):
                if np.isfinite(value) and value not in EDGES:
                    other = round(value / step) * step
                    moved[at, dimension] = self.found.get(_key(value), other)
            put(moved)


def _key(value: float) -> str:
    """Return a number in the digits in which two are one."""
    return f"{value:.9g}"


def _coordinates(axes: "Axes") -> Iterator[tuple[np.ndarray, Any]]:
    """Return the points in data that artists of axes are drawn through, and what puts others there."""
    from matplotlib.collections import LineCollection, PathCollection, PolyCollection
    from matplotlib.patches import Rectangle

    # What spans the axes is measured in their size along one side, and shows no number of the data.
    for line in axes.lines:
        if line.get_transform() == axes.transData:
            yield np.array(line.get_xydata(), dtype=float), lambda to, on=line: on.set_data(to.T)
    for artist in axes.collections:
        if isinstance(artist, PathCollection):
            yield np.array(artist.get_offsets(), dtype=float), artist.set_offsets
        elif isinstance(artist, LineCollection | PolyCollection) and (paths := artist.get_paths()):
            points = [np.array(path.vertices, dtype=float).reshape(-1, 2) for path in paths]
            if artist.get_transform().contains_branch(axes.transData):
                yield np.concatenate(points), lambda to, on=paths: _through(on, to)
    for bar in axes.patches:
        if isinstance(bar, Rectangle) and bar.get_transform().contains_branch(axes.transData):
            corner, size = bar.get_xy(), (bar.get_width(), bar.get_height())
            ends = np.array([corner, np.add(corner, size)], dtype=float)
            yield ends, lambda to, on=bar: on.set_bounds(*to[0], *(to[1] - to[0]))
    for text in axes.texts:
        if text.get_transform() == axes.transData and not hasattr(text, "xy"):
            yield np.array([text.get_position()], dtype=float), lambda to, on=text: on.set_position(to[0])


def _through(paths: Sequence[Any], points: np.ndarray) -> None:
    """Lead paths through other points, in their order."""
    ends = np.cumsum([len(path.vertices) for path in paths])[:-1]
    for path, own in zip(paths, np.split(points, ends), strict=True):
        path.vertices = own
