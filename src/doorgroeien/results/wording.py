"""From tested estimates to words: directions, lists and numbers as text, in English and Dutch."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

import pandas as pd

__all__ = ["chosen", "direction", "joined", "spoken"]

Pair = tuple[str, str]
Choice = TypeVar("Choice")


def direction(row: Mapping[str, float] | pd.Series, level: float = 0.05) -> str:
    """Return ``up``, ``down`` or ``same``: what an estimate says that was tested with others.

    ``row`` has ``estimate``, whose sign counts, and ``p_holm``, Holm's p-value, which must be below
    ``level``.
    """
    if not row["p_holm"] < level:
        return "same"
    return "up" if row["estimate"] > 0 else "down"


def chosen(row: Mapping[str, float] | pd.Series, up: Choice, down: Choice, same: Choice) -> Choice:
    """Return the one of three that the :func:`direction` of a tested estimate asks for."""
    return {"up": up, "down": down, "same": same}[direction(row)]


def joined(pairs: Iterable[Pair], none: Pair, last: Pair = ("and", "en")) -> Pair:
    """Return pairs of words (English, Dutch) as one list in each language; ``none`` if there are none."""
    texts = [
        f" {word} ".join(", ".join(words).rsplit(", ", 1))
        for word, words in zip(last, zip(*pairs, strict=True), strict=False)
    ]
    return (texts[0], texts[1]) if texts else none


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
