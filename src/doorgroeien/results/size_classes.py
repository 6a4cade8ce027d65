"""Classes of numbers of inhabitants, in the words of a reader: tables hold codes such as ``<20k``."""

import re
from typing import TYPE_CHECKING

from matplotlib.text import Text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["sizes_in_words", "spell_sizes"]

CODES = (
    (re.compile(r"<(\d+)k\b"), r"under \1,000"),
    (re.compile(r">=(\d+)k\b"), r"\1,000 or more"),
    (re.compile(r"\b(\d+)k-(\d+)k\b"), r"\1,000-\2,000"),
)
BROKEN = re.compile(r"(?<=\d-)(?=\d)|(?<=\bunder) (?=\d)|(?<=\d) (?=or more)")


def sizes_in_words(text: str) -> str:
    """Return a text with each code of a class of inhabitants spelled out.

    >>> sizes_in_words("<20k 41; 20k-50k 45; >=100k 60")
    'under 20,000 41; 20,000-50,000 45; 100,000 or more 60'
    """
    for code, words in CODES:
        text = code.sub(words, text)
    return text


def spell_sizes(figure: "Figure") -> None:
    """Spell out each code of a class in a figure, in place; below an axis in two lines."""
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            names = [label.get_text() for label in axis.get_ticklabels()]
            said = [sizes_in_words(name) for name in names]
            if said != names:
                lines = [BROKEN.sub("\n", name) for name in said]
                axis.set_ticks(axis.get_ticklocs(), lines if axis is axes.xaxis else said)
    ticks = {
        tick for axes in figure.axes for axis in (axes.xaxis, axes.yaxis) for tick in axis.get_ticklabels()
    }
    for text in figure.findobj(Text):
        if isinstance(text, Text) and text not in ticks:
            text.set_text(sizes_in_words(text.get_text()))
