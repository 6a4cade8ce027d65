"""From tested estimates to words: directions, lists and numbers as text, in English and Dutch."""

from collections.abc import Iterable, Mapping
from math import inf
from typing import TypeVar

import pandas as pd

from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.results.formats import LANGUAGES, write_digits

__all__ = [
    "amount",
    "chosen",
    "counted",
    "direction",
    "gridded",
    "joined",
    "limited",
    "listed",
    "side",
    "spoken",
]

Pair = tuple[str, str]
LIMITS = (("above", "at most", " and ", "anything"), ("boven", "hoogstens", " en ", "alles"))
Choice = TypeVar("Choice")
UNKNOWN = "\u2013"  # a value that is missing, as in tables
NUMBERS = (
    ("none", "geen"),
    ("one", "één"),
    ("two", "twee"),
    ("three", "drie"),
    ("four", "vier"),
    ("five", "vijf"),
    ("six", "zes"),
    ("seven", "zeven"),
    ("eight", "acht"),
    ("nine", "negen"),
    ("ten", "tien"),
    ("eleven", "elf"),
    ("twelve", "twaalf"),
)


def direction(row: Mapping[str, float] | pd.Series, level: float = 0.05) -> str:
    """Return ``up``, ``down`` or ``same``: what an estimate says that was tested with others.

    ``row`` has ``estimate``, whose sign counts, and ``p_holm``, Holm's p-value, which must be below
    ``level``. Raises ``NotEstimableError`` where there is none.
    """
    _known(row["estimate"], row["p_holm"])
    if not row["p_holm"] < level:
        return "same"
    return "up" if row["estimate"] > 0 else "down"


def amount(count: int, of: int) -> str:
    """Return what ``count`` of ``of`` things are: ``none``, ``all``, ``one`` or ``some`` of them.

    Raises ``ValueError`` where there are not so many.
    """
    if not 0 <= count <= of or not of:
        raise ValueError(f"{count} of {of}: expected a count from 0 to the number of things, which is not 0")
    return "none" if count == 0 else "all" if count == of else "one" if count == 1 else "some"


def chosen(row: Mapping[str, float] | pd.Series, up: Choice, down: Choice, same: Choice) -> Choice:
    """Return the one of three that the :func:`direction` of a tested estimate asks for."""
    return {"up": up, "down": down, "same": same}[direction(row)]


def side(low: float, high: float, limit: float = 0) -> str:
    """Return ``up`` or ``down`` for an interval above or below a limit, ``same`` for one that holds it.

    Raises ``NotEstimableError`` where there is no interval.
    """
    _known(low, high)
    return "up" if low > limit else "down" if high < limit else "same"


def _known(*values: float) -> None:
    if any(value != value for value in values):
        raise NotEstimableError("undefined", "an estimate or its interval is missing, so no word fits it.")


def counted(number: int) -> Pair:
    """Return how many there are as a pair of words (English, Dutch), above twelve in digits."""
    if number < len(NUMBERS):
        return NUMBERS[number]
    english, dutch = (write_digits(number, 0, language) for language in LANGUAGES)
    return english, dutch


def joined(pairs: Iterable[Pair], none: Pair, last: Pair = ("and", "en")) -> Pair:
    """Return pairs of words (English, Dutch) as one list in each language; ``none`` if there are none."""
    texts = [
        f" {word} ".join(", ".join(words).rsplit(", ", 1))
        for word, words in zip(last, zip(*pairs, strict=True), strict=False)
    ]
    return (texts[0], texts[1]) if texts else none


def limited(limits: Mapping[str, tuple[float, float]], names: Mapping[str, Pair]) -> Pair:
    """Return limits ``{name: (above, at most)}`` as words in each language: "staff above 40 and at most 60".

    ``names`` maps names to pairs (English, Dutch). An infinite limit is left out.
    """
    found = []
    for language, (above, most, last, none) in enumerate(LIMITS):
        texts = []
        for name, (low, high) in limits.items():
            ends = [f"{above} {low}"] * (low > -inf) + [f"{most} {high}"] * (high < inf)
            texts.append(f"{names[name][language]} {last.join(ends)}")
        found.append("; ".join(texts) or none)
    return found[0], found[1]


def spoken(
    table: pd.DataFrame, names: str, labels: Mapping[str, str] | None = None, decimals: int = 0
) -> str:
    """Return estimates with their intervals as text, for who cannot see a picture.

    ``table`` has ``estimate, ci_low, ci_high``; ``names`` is the column that names the rows, and ``labels``
    maps these names to words.
    """
    numbers = table[["estimate", "ci_low", "ci_high"]].map(lambda value: f"{value:.{decimals}f}")
    return "; ".join(
        f"{(labels or {}).get(name, name)} {value} ({low} to {high})"
        for name, (value, low, high) in zip(table[names], numbers.to_numpy(), strict=True)
    )


def listed(values: pd.Series, labels: Mapping[str, str] | None = None, decimals: int = 0) -> str:
    """Return named values as text, such as "board 41, staff 56"; ``labels`` maps the names to words.

    Semicolons stand between them where a name has a comma of its own; a missing value is a dash.
    """
    names = [str((labels or {}).get(name, name)) for name in values.index]
    digits = [
        UNKNOWN if value != value else write_digits(value, decimals, LANGUAGES[0])
        for value in values.to_numpy()
    ]
    between = "; " if any("," in name for name in names) else ", "
    return between.join(f"{name} {number}" for name, number in zip(names, digits, strict=True))


def gridded(table: pd.DataFrame, labels: Mapping[str, str] | None = None, decimals: int = 0) -> str:
    """Return a table of values as text, row by row: "board: small 41, large 56; staff: ..."."""
    rows = (
        f"{(labels or {}).get(name, name)}: {listed(row, decimals=decimals)}"
        for name, row in table.iterrows()
    )
    return "; ".join(rows)
