"""How a number is written, in English and in Dutch: the one place that knows."""

import math
from dataclasses import dataclass

__all__ = ["FORMATS", "LANGUAGES", "WITHHELD", "UNITS", "Unit", "write", "write_digits", "write_in"]

LANGUAGES = ("en", "nl")
FORMATS = ("value", "size", "number", "range")
NBSP, MINUS = "\u00a0", "\u2212"
# In place of a number that rests on too few respondents or municipalities.
WITHHELD = {"en": "(too few to show)", "nl": "(te weinig om te tonen)"}


@dataclass(frozen=True)
class Unit:
    """A unit: its usual decimals, how it surrounds the digits, and its name in tables and cards."""

    decimals: int
    en: str
    nl: str
    name_en: str
    name_nl: str


def _count(en, nl):
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
    "points": Unit(1, f"{{}}{NBSP}points", f"{{}}{NBSP}punten", "points of score", "scorepunten"),
    "correlation": Unit(2, "{}", "{}", "correlation", "correlatie"),
    "p-value": Unit(3, "{}", "{}", "p-value", "p-waarde"),
    "rank": _count("rank", "rang"),
    "per 100": Unit(1, "{}", "{}", "per 100", "per 100"),
    "addresses": _count("addresses", "adressen"),
    "benefits": _count("benefits", "uitkeringen"),
    "cases": _count("cases", "zaken"),
    "clients": _count("clients", "cliënten"),
    "documents": _count("documents", "documenten"),
    "households": _count("households", "huishoudens"),
    "inhabitants": _count("inhabitants", "inwoners"),
    "inquiries": _count("inquiries", "onderzoeken"),
    "municipalities": _count("municipalities", "gemeenten"),
    "persons": _count("persons", "personen"),
    "reports": _count("reports", "meldingen"),
    "years": _count("years", "jaren"),
    "count": _count("number", "aantal"),
    "word": Unit(0, "{}", "{}", "wording chosen by the numbers", "formulering die uit de cijfers volgt"),
}


def write_digits(value: float, decimals: int, language: str) -> str:
    """Return ``value`` with ``decimals`` decimals: ``-1,234.5`` in English, ``-1.234,5`` in Dutch.

    Halves round away from zero, as readers do; the minus sign is the typographic one.
    """
    if value is None or math.isnan(value):
        raise ValueError("a missing value cannot be written as a number")
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    scaled = abs(value) * 10**decimals
    digits = f"{math.floor(scaled + 0.5 + 1e-9) / 10**decimals:,.{decimals}f}"
    if language == "nl":
        digits = digits.translate(str.maketrans(",.", ".,"))
    negative = value < 0 and any(digit in "123456789" for digit in digits)
    return MINUS + digits if negative else digits


def write_in(value: float, unit: str, language: str, decimals: int | None = None) -> str:
    """Return the digits of a value in a unit, with the decimals of the unit unless told otherwise.

    No p-value is nought, so one that would be written so is said to be below the last digit: ``< 0.001``.
    """
    decimals = UNITS[unit].decimals if decimals is None else decimals
    if unit == "p-value" and value < 0.5 * 10**-decimals:
        return f"<{NBSP}{write_digits(10**-decimals, decimals, language)}"
    return write_digits(value, decimals, language)


def write(record: dict, language: str = "en", form: str = "value") -> str:
    """Return the text of a published number in ``language`` and in one of :data:`FORMATS`.

    ``value`` is the number with its unit, ``size`` the same without its sign (after "fell by"),
    ``number`` the digits alone, ``range`` its interval. Raises ``ValueError`` where the record
    cannot be written so. A number that is withheld is said to be so, in every format.
    """
    if form not in FORMATS:
        raise ValueError(f"format {form!r} is not one of {', '.join(FORMATS)}")
    unit = UNITS[record["unit"]]
    if record.get("withheld"):
        return WITHHELD[language]
    if record["unit"] == "word":
        if form != "value":
            raise ValueError(f"a published word has no format {form!r}")
        return record["value"][language]
    decimals = record.get("decimals")
    if form == "range":
        if record.get("low") is None or record.get("high") is None:
            raise ValueError("format 'range' needs an interval, and this number has none")
        low, high = (write_in(record[side], record["unit"], language, decimals) for side in ("low", "high"))
        joint = f"{low} {'to' if language == 'en' else 'tot'} {high}"
        return getattr(unit, language).format(joint)
    value = abs(record["value"]) if form == "size" else record["value"]
    digits = write_in(value, record["unit"], language, decimals)
    return digits if form == "number" else getattr(unit, language).format(digits)
