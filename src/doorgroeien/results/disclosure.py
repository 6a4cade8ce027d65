"""What results on real answers may tell of those who gave them: the rules, in one place.

Whoever knows how much each municipality of a group counts for can look for the answers that add up to a
share, and ten digits leave one set of answers. So on real answers published numbers, data and drawings have
no more digits than a standard error supports. Captions and alternative texts are not rounded here: chapters
write them with the decimals that are usual. How few a result may rest on holds for synthetic answers too.
"""

from dataclasses import dataclass
from math import floor, log10
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["RULES", "Rules"]

# Columns in the unit of an estimate, as `Estimates.frame`, `publish` and the tables of the book call them.
ESTIMATED = ("estimate", "value", "mean", "ci_low", "ci_high", "low", "high", "sens_low", "sens_high")


@dataclass(frozen=True)
class Rules:
    """The rules of disclosure.

    ``least`` respondents or municipalities carry a result. Of a number without a standard error ``digits``
    are published, the significant ones; of one with it those down to the first digit of half that error, and
    of the error itself two.

    >>> from doorgroeien.results.disclosure import RULES
    >>> RULES.rounded(51.369142, 1.83), RULES.rounded(51.369142, 22.4), RULES.rounded(1.360773)
    (51.4, 50.0, 1.36)
    """

    least: int = 5
    digits: int = 3

    def rounded(self, value: float, se: float | None = None) -> float:
        """Return a number in the digits that may be published, given its standard error if it has one.

        The last digit is that of half the standard error, so rounding moves no number by more than the
        standard error.
        """
        if not np.isfinite(value) or value == 0:
            return value
        if se is not None and np.isfinite(se) and se > 0:
            last = floor(log10(se / 2))
        else:
            last = floor(log10(abs(value))) + 1 - self.digits
        return round(value, -last) + 0.0  # which is no nought below nought

    def applied(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a table in which every number has the digits that may be published.

        The column ``se`` holds the standard errors of those in :data:`ESTIMATED` of its row. Whole numbers
        stay, for they are counts, years and codes.
        """
        errors = frame["se"] if "se" in frame else pd.Series(np.nan, frame.index)
        found = frame.copy()
        for place, name in enumerate(frame.columns):
            column = frame.iloc[:, place]
            if not pd.api.types.is_float_dtype(column) or (column.dropna() % 1 == 0).all():
                continue
            if name == "se":
                values = [self._error(value) for value in column]
            elif name in ESTIMATED:
                values = [self.rounded(*pair) for pair in zip(column, errors, strict=True)]
            else:
                values = [self.rounded(value) for value in column]
            found.isetitem(place, values)
        return found

    def record(self, record: dict[str, Any]) -> None:
        """Round the numbers of a record in place, as :meth:`applied` does those of a row."""
        se = record["se"]
        for name in ("value", "low", "high"):
            if isinstance(record[name], float):
                record[name] = self.rounded(record[name], se)
        if se is not None:
            record["se"] = self._error(se)

    def _error(self, se: float) -> float:
        return float(f"{se:.2g}") if np.isfinite(se) else se


RULES = Rules()
