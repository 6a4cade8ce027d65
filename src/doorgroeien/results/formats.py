"""How a number is written, in English and in Dutch: the one place that knows."""

import math
import re
from dataclasses import dataclass
from typing import Literal, NotRequired

import numpy as np
import pandas as pd
from typing_extensions import ReadOnly, TypedDict

from doorgroeien.estimation.estimates import FEW_DEGREES
from doorgroeien.results.records import Bilingual, Language

__all__ = [
    "FORMATS",
    "LANGUAGES",
    "SCALES",
    "WITHHELD",
    "UNITS",
    "Quantity",
    "Unit",
    "ends_on_scale",
    "on_scale",
    "write",
    "write_digits",
    "write_in",
]

LANGUAGES: tuple[Language, ...] = ("en", "nl")
FORMATS = ("value", "size", "number", "range")
NBSP, MINUS = "\u00a0", "\u2212"
BELOW_TWO = re.compile(rf"{MINUS}?(?:0,\d+|1(?:,\d+)?)")  # as Dutch writes it; a range is not
# A difference that is written as nought is not: it is less than the smallest that can be written.
DIFFERENCES = ("percentage points", "points")
LESS: Bilingual = {"en": "less than", "nl": "minder dan"}
# In place of a number that rests on too few respondents or municipalities.
NOT_ESTIMABLE: Bilingual = {"en": "(not estimable)", "nl": "(niet te schatten)"}
WITHHELD: Bilingual = {"en": "(not shown)", "nl": "(niet getoond)"}
NO_INTERVAL: Bilingual = {
    "en": "not estimable on so few answers",
    "nl": "niet te schatten op zo weinig antwoorden",
}


@dataclass(frozen=True)
class Unit:
    """A unit: its usual decimals, how it surrounds the digits, and its name in tables and cards."""

    decimals: int
    en: str
    nl: str
    name_en: str
    name_nl: str
    nl_one: str | None = None  # in Dutch beside a number below two: 1,1 punt

    def around(self, digits: str, language: Language) -> str:
        """Return digits with the unit before or after them."""
        if language == "nl" and self.nl_one and BELOW_TWO.fullmatch(digits):
            return self.nl_one.format(digits)
        return (self.en if language == "en" else self.nl).format(digits)

    def name(self, language: Language) -> str:
        """Return its name."""
        return self.name_en if language == "en" else self.name_nl


class Quantity(TypedDict):
    """What can be written: a published number, or as much of one as its format needs."""

    value: ReadOnly[float | Bilingual | None]
    unit: ReadOnly[str]
    decimals: NotRequired[ReadOnly[int | None]]
    low: NotRequired[ReadOnly[float | None]]
    high: NotRequired[ReadOnly[float | None]]
    interval: NotRequired[ReadOnly[str | None]]
    df: NotRequired[ReadOnly[float]]
    withheld: NotRequired[ReadOnly[Literal[True]]]
    not_estimable: NotRequired[ReadOnly[Bilingual]]


def _count(en: str, nl: str) -> Unit:
    return Unit(0, "{}", "{}", en, nl)


UNITS = {
    "percent": Unit(1, "{}%", "{}%", "per cent", "procent"),
    "percentage points": Unit(
        1, f"{{}}{NBSP}percentage points", f"{{}}{NBSP}procentpunt", "percentage points", "procentpunt"
    ),
    "EUR": Unit(0, f"EUR{NBSP}{{}}", f"€{NBSP}{{}}", "EUR", "euro"),
    "EUR million": Unit(
        1, f"EUR{NBSP}{{}}{NBSP}million", f"€{NBSP}{{}}{NBSP}miljoen", "EUR million", "miljoen euro"
    ),
    "ratio": Unit(2, "{}", "{}", "ratio", "verhouding"),
    "score": Unit(1, "{}", "{}", "score, 0 to 100", "score, 0 tot 100"),
    "points": Unit(
        1, f"{{}}{NBSP}points", f"{{}}{NBSP}punten", "points of score", "scorepunten", f"{{}}{NBSP}punt"
    ),
    "correlation": Unit(2, "{}", "{}", "correlation", "correlatie"),
    "p-value": Unit(3, "{}", "{}", "p-value", "p-waarde"),
    "rank": _count("rank", "rang"),
    "per 100": Unit(1, "{}", "{}", "per 100", "per 100"),
    "per 10,000": Unit(1, "{}", "{}", "per 10,000 inhabitants", "per 10.000 inwoners"),
    "addresses": _count("addresses", "adressen"),
    "benefits": _count("benefits", "uitkeringen"),
    "cases": _count("cases", "zaken"),
    "clients": _count("clients", "cliënten"),
    "documents": _count("documents", "documenten"),
    "hours": _count("hours", "uren"),
    "households": _count("households", "huishoudens"),
    "inhabitants": _count("inhabitants", "inwoners"),
    "inquiries": _count("inquiries", "onderzoeken"),
    "months": _count("months", "maanden"),
    "municipalities": _count("municipalities", "gemeenten"),
    "persons": _count("persons", "personen"),
    "reports": _count("reports", "meldingen"),
    "years": _count("years", "jaren"),
    "count": _count("number", "aantal"),
    "word": Unit(0, "{}", "{}", "wording chosen by the numbers", "formulering die uit de cijfers volgt"),
}


# The lowest and highest value that there can be.
SCALES = {
    "percent": (0, 100),
    "score": (0, 100),
    "percentage points": (-100, 100),
    "points": (-100, 100),
    "correlation": (-1, 1),
}


def on_scale(
    low: float | None, high: float | None, unit: str, df: float | None = None
) -> tuple[float | None, float | None]:
    """Return the ends of an interval, no further than the scale of the unit goes.

    Where one lies beyond it and ``df``, the degrees of freedom, are fewer than ``FEW_DEGREES``, there is none
    (``None`` twice): it says no more than the scale itself.

    >>> from doorgroeien.results.formats import on_scale
    >>> on_scale(-0.2, 0.8, "score", 300), on_scale(-495, 576, "percentage points", 1)
    ((0, 0.8), (None, None))
    """
    if low is None or high is None or unit not in SCALES:
        return low, high
    least, most = SCALES[unit]
    if (low < least or high > most) and df is not None and df < FEW_DEGREES:
        return None, None
    return max(low, least), min(high, most)


def ends_on_scale(
    table: pd.DataFrame,
    unit: str | pd.Series,
    low: str = "ci_low",
    high: str = "ci_high",
    df: str = "df",
) -> pd.DataFrame:
    """Return a table of estimates in which no interval leaves the scale of its unit, by :func:`on_scale`.

    ``unit`` is that of all rows, or a column with that of each; ``low``, ``high`` and, if there, ``df`` name
    the columns of the interval. One that says nothing is missing.

    >>> import pandas as pd
    >>> from doorgroeien.results.formats import ends_on_scale
    >>> rows = pd.DataFrame({"ci_low": [-9.0, -120.0], "ci_high": [15.0, 160.0], "df": [2, 2]})
    >>> ends_on_scale(rows, "points")["ci_low"].to_list()
    [-9.0, nan]
    """
    units = unit if isinstance(unit, pd.Series) else [unit] * len(table)
    known = table[df] if df in table else [None] * len(table)
    ends = [on_scale(*row) for row in zip(table[low], table[high], units, known, strict=True)]
    return table.assign(**dict(zip((low, high), np.array(ends, dtype=float).reshape(-1, 2).T, strict=True)))


def write_digits(value: float, decimals: int, language: Language) -> str:
    """Return ``value`` with ``decimals`` decimals: ``-1,234.5`` in English, ``-1.234,5`` in Dutch.

    Halves round away from zero, as readers do; the minus sign is the typographic one.
    """
    if math.isnan(value):
        raise ValueError("a missing value cannot be written as a number")
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    scaled = abs(value) * 10**decimals
    digits = f"{math.floor(scaled + 0.5 + 1e-9) / 10**decimals:,.{decimals}f}"
    if language == "nl":
        digits = digits.translate(str.maketrans(",.", ".,"))
    negative = value < 0 and any(digit in "123456789" for digit in digits)
    return MINUS + digits if negative else digits


def write_in(value: float, unit: str, language: Language, decimals: int | None = None) -> str:
    """Return the digits of a value in a unit, with the decimals of the unit unless told otherwise.

    No p-value is nought, so one that would be written so is said to be below the last digit: ``< 0.001``.
    """
    decimals = UNITS[unit].decimals if decimals is None else decimals
    if unit == "p-value" and value < 0.5 * 10**-decimals:
        return f"<{NBSP}{write_digits(10**-decimals, decimals, language)}"
    return write_digits(value, decimals, language)


def write(quantity: Quantity, language: Language = "en", form: str = "value") -> str:
    """Return the text of a published number in ``language`` and in one of :data:`FORMATS`.

    ``value`` is the number with its unit, ``size`` the same without its sign (after "fell by"),
    ``number`` the digits alone, ``range`` its interval. Raises ``ValueError`` where it
    cannot be written so. A difference too small for its decimals is said to be less than the smallest, and a
    number that is withheld, or that these answers do not carry, to be so in every format.
    """
    if form not in FORMATS:
        raise ValueError(f"format {form!r} is not one of {', '.join(FORMATS)}")
    unit, value, decimals = quantity["unit"], quantity["value"], quantity.get("decimals")
    if quantity.get("withheld"):
        return WITHHELD[language]
    if quantity.get("not_estimable"):
        return NOT_ESTIMABLE[language]
    if isinstance(value, dict):
        if form != "value":
            raise ValueError(f"a published word has no format {form!r}")
        return value[language]
    if form == "range":
        low, high = quantity.get("low"), quantity.get("high")
        if low is None and quantity.get("interval"):  # which these answers do not give
            return NO_INTERVAL[language] if "df" in quantity else NOT_ESTIMABLE[language].strip("()")
        if low is None or high is None:
            raise ValueError("format 'range' needs an interval, and this number has none")
        if quantity.get("interval") == "rounding":
            decimals = _telling(low, high, UNITS[unit].decimals if decimals is None else decimals)
        ends = [write_in(end, unit, language, decimals) for end in (low, high)]
        return UNITS[unit].around(f" {'to' if language == 'en' else 'tot'} ".join(ends), language)
    value = math.nan if value is None else value
    smallest = 10 ** -(UNITS[unit].decimals if decimals is None else decimals)
    if form != "number" and unit in DIFFERENCES and 0 < abs(value) < smallest / 2:
        digits = write_in(smallest, unit, language, decimals)
        return f"{LESS[language]} {UNITS[unit].around(digits, language)}"
    digits = write_in(abs(value) if form == "size" else value, unit, language, decimals)
    return digits if form == "number" else UNITS[unit].around(digits, language)


def _telling(low: float, high: float, decimals: int) -> int:
    """Return the decimals that write bounds of rounding as they are: half a step beyond the figure."""
    finer = decimals + 1
    exact = all(abs(round(end, finer) - end) < 1e-9 for end in (low, high))
    rough = any(abs(round(end, decimals) - end) > 1e-9 for end in (low, high))
    return finer if exact and rough else decimals
