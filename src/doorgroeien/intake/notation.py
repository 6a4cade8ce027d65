"""What points and commas in a column of numbers mean, and dates the way spreadsheets write them.

``1.234`` is one thousand and more in one file and little more than one in another. The column decides, or
``[numbers]`` in mapping.toml does; where neither can, that is said.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache

from babel.dates import get_day_names, get_month_names
from openpyxl.utils.datetime import from_excel

__all__ = ["Marks", "as_date"]

WHOLE = re.compile(r"[+-]?\d{1,18}")
MARKED = re.compile(r"([+-]?)(\d[\d.,]*)")
# R writes 1e+05 for a number that is exactly that; Excel writes 1,23E+05 for one that it has rounded.
EXPONENT = re.compile(r"[+-]?(\d[eE]|\d\.\d+e)\+?\d{1,2}")
SEVERAL = (
    "a whole number that can be read in one way only: name the decimal mark under [numbers] in mapping.toml"
)
DAY_FIRST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})")
IN_WORDS = re.compile(r"(?:([a-z]+),? )?(\d{1,2})[ -]([a-z]+)\.?[ -](\d{4}|\d{2})", re.IGNORECASE)
YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
MIDNIGHT = re.compile(r"[T ]0{1,2}:00(:00(\.0+)?)?$")
YEARS = (1990, 2100)  # of a date that a serial number of Excel, or two digits, can be


@dataclass
class Marks:
    """How the numbers of one column are written.

    ``decimal`` is the declared decimal mark. ``dutch`` tells that the file is probably written the Dutch way,
    so that points stand between thousands. ``codes`` tells that the column holds codes, which never reach a
    thousand. What is read is remembered, for :meth:`doubts` once all is read.
    """

    decimal: str | None = None
    dutch: bool = False
    codes: bool = False
    decimals: set[str] = field(default_factory=set)
    thousands: set[str] = field(default_factory=set)
    doubtful: list[str] = field(default_factory=list)
    round: bool = True
    plain: bool = False

    def read(self, text: str) -> tuple[str, str] | None:
        """Return whole part and decimals of a number, as digits, or ``None`` where a text is none."""
        if WHOLE.fullmatch(text):
            self.plain |= len(text.lstrip("+-")) > 3
            return text, ""
        if EXPONENT.fullmatch(text) and float(text).is_integer() and abs(float(text)) < 1e15:
            return str(int(float(text))), ""
        found = MARKED.fullmatch(text)
        if found is None:
            return None
        parts = self._parts(found[2])
        return None if parts is None or len(parts[0]) > 18 else (found[1] + parts[0], parts[1])

    def several(self, text: str) -> bool:
        """Tell whether a text is a number that can be read in two ways, and nothing says in which."""
        found = MARKED.fullmatch(text)
        if found is None or self.decimal or self.codes:
            return False
        return _ambiguous(found[2])

    def doubts(self) -> Iterator[tuple[bool, str, str | None]]:
        """Give what is wrong with how the column is written, or worth a look: (wrong, expected, found)."""
        found, certain = ", ".join(self.doubtful), self.decimals | self.thousands
        if len(self.decimals) > 1 or len(self.thousands) > 1 or self.decimals & self.thousands:
            yield True, "one decimal mark in a column, not points and commas", found or None
        elif self.doubtful and ("." in self.decimals or "," in self.thousands):
            yield True, SEVERAL, found
        elif self.doubtful and not certain:
            # Thousands that are all round may be decimals that are all zero.
            wrong = self.round or self.plain
            yield wrong, SEVERAL if wrong else "points between thousands, as which these were read", found

    def _parts(self, text):
        marks = sorted({char for char in text if char in ".,"}, key=text.rindex)
        if len(marks) == 2:
            thousands, decimal = marks
            whole, _, rest = text.partition(decimal)
            if not self._grouped(whole, thousands) or not rest.isdigit() or self.decimal == thousands:
                return None
            self.thousands.add(thousands)
            self.decimals.add(decimal)
            return whole.replace(thousands, ""), rest
        if not marks:  # more digits than a number has
            return None
        (mark,) = marks
        if _ambiguous(text) and not self.codes:
            if self.decimal != mark and (self.decimal or (self.dutch and mark == ".")):
                if self.decimal is None:
                    self.round &= text.endswith("000")
                    if len(self.doubtful) < 5:
                        self.doubtful.append(text)
                return text.replace(mark, ""), ""
            if self.decimal is None:
                return None
        elif self._grouped(text, mark) and text.count(mark) > 1:
            self.thousands.add(mark)
            return (text.replace(mark, ""), "") if self.decimal != mark else None
        whole, _, rest = text.partition(mark)
        if not rest.isdigit():
            return None
        self.decimals.add(mark)
        return (whole, rest) if self.codes or self.decimal in (None, mark) else None

    @staticmethod
    def _grouped(text, mark):
        return re.fullmatch(rf"\d{{1,3}}({re.escape(mark)}\d{{3}})+", text) is not None


def _ambiguous(text):
    """Tell whether the one mark in a number may stand before decimals or between thousands."""
    return re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", text) is not None


def as_date(text: str, epoch: datetime | None = None) -> tuple[str | None, bool]:
    """Return a date as ISO 8601, or ``None``, and whether day and month may have been meant the other way.

    ``31-12-2007`` is read with its day first, as Dutch spreadsheets write it; between slashes only where it
    cannot be otherwise. Two digits of a year could be those of a day. ``epoch`` is day 0 of the serial
    numbers of a workbook.

    >>> as_date("31/12/2007")
    ('2007-12-31', False)
    >>> as_date("maandag 31 december 2007")
    ('2007-12-31', False)
    >>> as_date("31-12-07")
    ('2007-12-31', True)
    >>> as_date("1/2/2007")
    (None, False)
    """
    text = MIDNIGHT.sub("", text)
    year_first, day_first = YEAR_FIRST.fullmatch(text), DAY_FIRST.fullmatch(text)
    twofold = False
    if year_first:
        year, month, day = map(int, year_first.groups())
    elif day_first:
        day, month, year = int(day_first[1]), int(day_first[3]), _year(day_first[4])
        twofold = (day <= 12 and month <= 12 and day != month) or len(day_first[4]) == 2
        if twofold and day_first[2] == "/":
            return None, False
    elif (in_words := IN_WORDS.fullmatch(text)) and (month := _months().get(in_words[3].casefold(), 0)):
        if in_words[1] and in_words[1].casefold() not in _weekdays():
            return None, False
        day, year, twofold = int(in_words[2]), _year(in_words[4]), len(in_words[4]) == 2
    elif epoch and re.fullmatch(r"\d{5}", text):
        found = from_excel(int(text), epoch)
        year, month, day = found.year, found.month, found.day
        if not YEARS[0] <= year <= YEARS[1]:
            return None, False
    else:
        return None, False
    try:
        return date(year, month, day).isoformat(), twofold
    except ValueError:
        return None, False


def _year(digits):
    """Return the year of four digits, or of two, those that end a year from 1990 on."""
    year = int(digits)
    return year if len(digits) == 4 else year + (1900 if year >= YEARS[0] % 100 else 2000)


@cache
def _months():
    """Return the number of each month by its name, Dutch or English, whole or short."""
    return {
        name.rstrip(".").casefold(): month
        for language in ("en", "nl")
        for width in ("wide", "abbreviated")
        for month, name in get_month_names(width, locale=language).items()
    }


@cache
def _weekdays():
    """Return the names of days, Dutch and English, whole and short."""
    return {
        name.rstrip(".").casefold()
        for language in ("en", "nl")
        for width in ("wide", "abbreviated")
        for name in get_day_names(width, locale=language).values()
    }
