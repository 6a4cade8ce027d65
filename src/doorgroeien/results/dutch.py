"""The words in a picture, put into Dutch: every text has its Dutch in a table, or is a number."""

import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from matplotlib.axis import Axis
from matplotlib.text import Text
from matplotlib.ticker import Formatter

from doorgroeien.data.tables import load_all, loaded

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "LETTERS",
    "Retold",
    "UntranslatedError",
    "brought",
    "fill_as",
    "in_dutch",
    "named_in_tables",
    "translated",
]

# The tables with names that pictures show, in both languages.
NAMED = ("dimensions", "findings", "subscales", "items", "estimands", "codes", "events", "kinds", "topics")

# Names of items and answers that a package of answers brought with it, English to Dutch.
_BROUGHT: dict[str, str] = {}

# A number as English writes it; the rest of a word may touch it, as in 40k or 20%.
NUMBER = re.compile(r"(?<![\w.,])\d+(?:,\d+)*(?:\.\d+)?(?![.,]?\d)")
CORE = re.compile(r"[A-Za-zÀ-ÿ].*[A-Za-zÀ-ÿ]", re.DOTALL)  # of a text: from its first letter to its last
LETTERS = re.compile(r"[A-Za-zÀ-ÿ]{2,}")
# What stands between parts that may each have their Dutch: the longest texts are looked up first.
BETWEEN = ("; ", ": ", ", ", " (", ")", " / ")


class UntranslatedError(ValueError):
    """A picture holds words that have no Dutch; the message lists them all."""


def translated(text: str, words: Mapping[str, str]) -> str | None:
    """Return a text of a picture in Dutch, or ``None`` where ``words``, English to Dutch, do not have it.

    Capitals at its head stay, lines may be broken elsewhere than in ``words``, and numbers are written as
    Dutch writes them.
    """
    if not LETTERS.search(text):
        return NUMBER.sub(_digits, text)
    if numbered := re.match(r"\d+\. ", text):
        rest = translated(text[numbered.end() :], words)
        return None if rest is None else numbered[0] + rest
    if text in words:
        return words[text]
    lower = text[:1].lower() + text[1:]
    if lower != text and (said := translated(lower, words)) is not None:
        return said[:1].upper() + said[1:]
    if (upper := text[:1].upper() + text[1:]) in words:
        return words[upper][:1].lower() + words[upper][1:]
    if text.endswith("*"):
        inner = translated(text[:-1], words)
        return None if inner is None else f"{inner}*"
    if "\n" in text:
        whole = translated(text.replace("\n", " "), words)
        return _divided(text, "\n", words) if whole is None else fill_as(whole, text)
    for mark in BETWEEN:
        if (said := _divided(text, mark, words)) is not None:
            return said
    around = NUMBER.split(text)
    if len(around) > 1:
        found = [_between(part, words) for part in around]
        if None not in found:
            numbers = [_digits(number) for number in NUMBER.finditer(text)]
            return "".join(part or "" for pair in zip(found, [*numbers, ""], strict=True) for part in pair)
    # Word by word comes last: "other municipalities" is more than its words.
    return _between(text, words) or _after_known(text, words) or _divided(text, " ", words)


def fill_as(text: str, like: str) -> str:
    """Return a text in lines no longer than the longest of another, as far as its words allow.

    >>> from doorgroeien.results.dutch import fill_as
    >>> fill_as("een lange naam", "a long\\nname")
    'een\\nlange\\nnaam'
    """
    return textwrap.fill(text, max(map(len, like.split("\n"))), break_long_words=False)


def named_in_tables() -> dict[str, str]:
    """Return the Dutch of the names in those tables that the notebook has loaded so far.

    A picture shows names of tables that were loaded for it; so it rests on no other table than the notebook.
    """
    words = dict(_BROUGHT)
    for table in load_all(only=[name for name in NAMED if name in loaded()]).values():
        for english in table.columns[table.columns.str.endswith("_en")]:
            words |= dict(zip(table[english], table[f"{english.removesuffix('_en')}_nl"], strict=True))
    return words


def brought(words: Mapping[str, str]) -> None:
    """Take the Dutch of names that stand in no table of the book, but came with a package of answers."""
    _BROUGHT.update(words)


def _divided(text: str, mark: str, words: Mapping[str, str]) -> str | None:
    """Return a text in Dutch of which all parts between marks have their Dutch."""
    parts = text.split(mark)
    found = [translated(part, words) for part in parts] if len(parts) > 1 else [None]
    return None if None in found else mark.join(part or "" for part in found)


def _after_known(text: str, words: Mapping[str, str]) -> str | None:
    """Return a text in Dutch that begins with known words, the longest of them first."""
    spaces = [place for place, mark in enumerate(text) if mark == " "]
    for space in reversed(spaces):
        if text[:space] in words and (rest := translated(text[space + 1 :], words)) is not None:
            return f"{words[text[:space]]} {rest}"
    return None


def _between(text: str, words: Mapping[str, str]) -> str | None:
    """Return what stands beside a number in Dutch, with the marks around it."""
    inner = CORE.search(text)
    if inner is None:
        return text
    found = translated(inner[0], words) if inner[0] != text else None
    return None if found is None else text[: inner.start()] + found + text[inner.end() :]


@contextmanager
def in_dutch(figure: "Figure", words: Mapping[str, str]) -> Iterator[None]:
    """Put every text of a figure into Dutch, in place; on leaving, when it was drawn, it is again as it was.

    Raises :class:`UntranslatedError` with all texts that have none, on leaving.
    """
    missing: set[str] = set()

    def said(text: str) -> str:
        found = translated(text, words)
        if found is None:
            missing.add(text)
        return text if found is None else found

    figure.draw_without_rendering()  # so that tick labels are known
    formatters = {axis: axis.get_major_formatter() for axis in _axes(figure)}
    for axis in formatters:
        if not isinstance(axis.get_major_formatter(), Retold):  # which axes that share their scale have too
            axis.set_major_formatter(Retold(axis.get_major_formatter(), said))
    ticks = {label for axis in formatters for label in (*axis.get_ticklabels(), *axis.get_minorticklabels())}
    texts = {
        artist: artist.get_text()
        for artist in figure.findobj(Text)
        if isinstance(artist, Text)
        and artist.get_visible()
        and artist not in ticks
        and artist.get_text().strip()
    }
    for artist, text in texts.items():
        artist.set_text(said(text))
    yield
    for artist, text in texts.items():
        artist.set_text(text)
    for axis, formatter in formatters.items():
        axis.set_major_formatter(formatter)
    if missing:  # ticks are written when the figure is drawn
        raise UntranslatedError("no Dutch for " + ", ".join(repr(text) for text in sorted(missing)))


class Retold(Formatter):
    """Writes ticks as another formatter does, in other words."""

    def __init__(self, other: Formatter, said: Callable[[str], str]) -> None:
        """Say what ``other`` writes as ``said`` does."""
        self.other, self.said = other, said

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return the words of a tick."""
        text = str(self.other(x, pos))
        return self.said(text) if text.strip() else text

    def set_axis(self, axis: Any) -> None:
        """Know the axis, as Matplotlib asks of a formatter."""
        super().set_axis(axis)
        self.other.set_axis(axis)

    def set_locs(self, locs: Any) -> None:
        """Know where the ticks are, likewise."""
        self.other.set_locs(locs)

    def get_offset(self) -> str:
        """Return what all ticks have in common."""
        return self.other.get_offset()


def _axes(figure: "Figure") -> Iterator[Axis]:
    for axes in figure.axes:
        yield from (axes.xaxis, axes.yaxis)


def _digits(found: re.Match[str]) -> str:
    return found[0].translate(str.maketrans(",.", ".,"))
