"""The municipalities themselves, as the boundaries had them: codes, mergers and estimated inhabitants.

``data/frame`` has the municipalities of 2003 and 2007 and their mergers. The boundaries of 2007 held until
the end of 2008.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from doorgroeien.data.tables import load_all
from doorgroeien.survey.answers import size_class_of

__all__ = ["FIRST", "FRAME", "LAST", "Frame", "cbs_code", "load_frame", "with_codes"]

FRAME = "data/frame"
SOURCES = ("municipalities_2003", "municipalities_2007", "mergers")
FIRST, LAST = 2003, 2008  # years whose boundaries the frame knows
CODE = re.compile(r"(?:GM ?)?(\d{1,4})", re.IGNORECASE)


def cbs_code(text: str) -> str | None:
    """Return the four digits of a CBS code, however it is written; ``None`` for anything else.

    >>> [cbs_code(text) for text in ("14", "0014", "GM0014", "Groningen")]
    ['0014', '0014', '0014', None]
    """
    found = CODE.fullmatch(text)
    return found[1].zfill(4) if found else None


def with_codes(texts: pd.Series) -> pd.Series:
    """Return texts with every CBS code among them as four digits; others, and blanks, stay as they are.

    >>> with_codes(pd.Series(["gm 14", "syn-001", None])).to_list()
    ['0014', 'syn-001', nan]
    """
    texts = texts.astype("str")
    return texts.map(cbs_code, na_action="ignore").fillna(texts).astype("str")


@dataclass(frozen=True, eq=False)
class Frame:
    """The municipalities of 2003 (``then``) and 2007 (``now``) by CBS code, and the mergers between."""

    then: pd.DataFrame
    now: pd.DataFrame
    mergers: pd.DataFrame

    def holders(self, year: int) -> pd.Series:
        """Return which municipality held, at the beginning of a year, the territory of each one of 2003.

        Two got another code with another name in 2003; from 2004 on they have that.
        """
        merged = self.mergers.set_index("former_code")["year"]
        since = pd.Series(self.then.index.map(merged), index=self.then.index).fillna(FIRST + 1)
        return self.then["code_2007"].where(since <= year, self.then.index.to_series())

    def at(self, year: int) -> pd.DataFrame:
        """Return the municipalities at the beginning of a year: ``municipality, inhabitants, size_class``.

        The estimate of inhabitants is that of 2007. Where a municipality merged after ``year``, it is divided
        over those that went into it, by their grants for adult education of 2004, which follow inhabitants.
        """
        grants = self.then["education_2004_eur"].astype("float64")
        share = grants / grants.groupby(self.then["code_2007"]).transform("sum")
        people = share * self.now["inhabitants_estimate"].reindex(self.then["code_2007"]).to_numpy(float)
        people = people.groupby(self.holders(year)).sum().round().astype(int).rename_axis("cbs_code")
        names = self.now["municipality"].reindex(people.index)
        names = names.fillna(self.then["municipality"].reindex(people.index))
        return pd.DataFrame(
            {"municipality": names, "inhabitants": people, "size_class": size_class_of(people)}
        )

    def successors(self, year: int, later: int) -> dict[str, str]:
        """Return the municipality of ``later`` that holds the territory of each one of ``year``."""
        return dict(zip(self.holders(year), self.holders(later), strict=True))

    @property
    def codes(self) -> set[str]:
        """Return every code that a municipality had in one of these years."""
        return {*self.then.index, *self.now.index}

    def fate(self, code: str, year: int) -> str:
        """Return what is known of a code that no municipality had at the beginning of ``year``."""
        if code not in self.codes:
            return f"no municipality of {FIRST} to {LAST} has the code {code}"
        for other in range(year - 1, FIRST - 1, -1):
            if code in set(self.holders(other)):
                heir = self.successors(other, year)[code]
                return f"{code} went into {heir} ({self._name(heir)}) in {other + 1}"
        first = next(other for other in range(year, LAST + 1) if code in set(self.holders(other)))
        formers = sorted(old for old, new in self.successors(year, first).items() if new == code)
        return f"{code} exists from {first}; before, its territory was {', '.join(formers)}"

    def _name(self, code):
        return (self.now if code in self.now.index else self.then).at[code, "municipality"]


def load_frame(root: Path) -> Frame | None:
    """Return the frame of the book below ``root``; ``None`` where it has none."""
    tables = load_all(root, only=SOURCES)
    if not tables.keys() >= set(SOURCES):
        return None
    return Frame(
        tables["municipalities_2003"].set_index("cbs_code"),
        tables["municipalities_2007"].set_index("cbs_code"),
        tables["mergers"],
    )
