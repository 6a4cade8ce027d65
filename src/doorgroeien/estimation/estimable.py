"""What answers cannot carry: one error for it, with its reason in both languages."""

from typing import Final

import pandas as pd

__all__ = ["REASONS", "NotEstimableError", "at_least", "estimated"]

# By name, English and Dutch, as they stand after "not estimable: ".
REASONS: Final = {
    "absent": ("not asked, or answered by nobody", "niet gevraagd, of door niemand beantwoord"),
    "unknown": (
        "nobody who was asked gave an answer",
        "niemand aan wie het gevraagd is gaf een antwoord",
    ),
    "unmeasured": ("not measured in both years", "niet in beide jaren gemeten"),
    "few": ("too few answers", "te weinig antwoorden"),
    "telling": (
        "it would tell what a municipality answered",
        "er zou uit blijken wat een gemeente antwoordde",
    ),
    "hidden": (  # of a picture, either of the two before it, for which of them it is can tell
        "too few answers, or it would tell too much of who answered",
        "te weinig antwoorden, of er zou te veel uit blijken over wie antwoordde",
    ),
    "alike": ("all answers are alike", "alle antwoorden zijn gelijk"),
    "dependent": (
        "these answers cannot tell its parts from one another",
        "deze antwoorden kunnen de delen ervan niet onderscheiden",
    ),
    "separated": (
        "in these answers what is explained follows wholly from what explains it",
        "in deze antwoorden volgt wat verklaard wordt geheel uit wat het verklaart",
    ),
    "unsettled": (
        "the calculation finds no best value on these answers",
        "de berekening vindt op deze antwoorden geen beste waarde",
    ),
    "unweighted": (
        "no weights make these answers stand for all municipalities",
        "geen gewichten laten deze antwoorden voor alle gemeenten staan",
    ),
    "blunt": (
        "so few municipalities cannot show a change",
        "zo weinig gemeenten kunnen geen verandering laten zien",
    ),
    "undefined": ("these answers give it no value", "deze antwoorden geven er geen waarde voor"),
}


class NotEstimableError(ValueError):
    """An analysis cannot be done on these answers; ``reason`` is a name in :data:`REASONS`.

    It is raised where answers are at fault, and never where the analysis is: a column without a name, say, is
    a plain ``ValueError``. The message says what was found and what would help.

    >>> from doorgroeien.estimation.estimable import NotEstimableError
    >>> NotEstimableError("few", "two respondents, expected three or more").reason
    'few'
    """

    def __init__(self, reason: str, message: str) -> None:
        """Take the name of the reason, and what was found."""
        super().__init__(message)
        self.reason = reason if reason in REASONS else "undefined"


def estimated(rows: pd.DataFrame, reason: str = "absent") -> pd.DataFrame:
    """Return estimates; raise :class:`NotEstimableError` where there are none, with the reason for that.

    >>> import pandas as pd
    >>> from doorgroeien.estimation.estimable import estimated
    >>> estimated(pd.DataFrame({"estimate": [51.0]})).shape
    (1, 1)
    """
    if rows.empty:
        raise NotEstimableError(reason, "there are no estimates, expected one or more.")
    return rows


def at_least(least: int, count: float, what: str) -> float:
    """Return ``count``; raise :class:`NotEstimableError` where it is less than ``least``.

    >>> from doorgroeien.estimation.estimable import at_least
    >>> at_least(4, 160, "municipalities in both waves")
    160
    """
    if count < least:
        raise NotEstimableError("few", f"{count} {what}, expected {least} or more.")
    return count
