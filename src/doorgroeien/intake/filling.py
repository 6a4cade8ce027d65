"""What a CBS code says of a municipality, so that whoever owns answers need not fill it in.

Own values go before those of ``data/frame``.
"""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import pandas as pd

from doorgroeien.data.faults import Fault
from doorgroeien.intake.spelling import fold
from doorgroeien.survey.answers import SIZE_CLASSES, size_class_of
from doorgroeien.survey.frame import FIRST, FRAME, LAST, Frame, cbs_code, with_codes

__all__ = ["FILLED", "LISTS", "Filling", "called_by_name", "misfits"]

FILLED = ("size_class", "inhabitants", "successor", "stratum", "sampled")  # what a code makes needless
MOST = 0.8  # of the numbers in a package that are real codes, from which all are taken for codes
CLOSE = 0.15  # of an estimate of inhabitants: twice its spread
PLACED = ("municipalities", "groups", "respondents")  # tables that name a municipality
TYPES = {
    "size_class": "str",
    "inhabitants": "Int64",
    "successor": "str",
    "stratum": "str",
    "sampled": "Int64",
}
LIMITS = list(SIZE_CLASSES.values())[:-1]
LISTS = f"{FRAME}/municipalities_2003.csv and municipalities_2007.csv list the codes"


class Filling:
    """What the frame can say of the tables of a package, filled in where the owner left it out.

    ``tables`` are those of the package and change in place; ``files`` names the file of each. ``lacking``
    are the columns of :data:`FILLED` that the table ``municipalities`` does not have; that table may be left
    out altogether. Afterwards ``faults`` and ``warnings`` hold what is wrong, ``keyed`` tells whether the
    municipalities are known by CBS code, or by a name that has one, and ``said`` what was filled in.
    """

    def __init__(self, frame: Frame, tables, files, lacking=()):
        """Look at the names of municipalities, and fill in what they say."""
        self.frame, self.tables, self.files, self.lacking = frame, tables, files, set(lacking)
        self.faults: list[Fault] = []
        self.warnings: list[Fault] = []
        self.said = ""
        self.left_out = "municipalities" not in tables
        self.at = lru_cache(frame.at)
        self.years = _years(tables["waves"]) if "waves" in tables else {}
        self.keyed = self._keyed()
        if self._synthetic():
            self.faults += self._real_ones()
            self.keyed = False
            return
        if self.keyed:
            self._respell()
            self._misfits()
            self._fill()
        named = list(self._named())
        self.faults += named
        self.keyed |= bool(named)

    def _cells(self):
        """Give each column that names a municipality, as ``(table, column, values)``."""
        for table in PLACED:
            for column in ("municipality", "successor"):
                frame = self.tables.get(table, ())
                if column in frame and frame[column].notna().any():
                    yield table, column, frame[column].dropna().astype("str")

    def _keyed(self):
        """Tell whether the numbers that stand for municipalities are CBS codes.

        Somebody's own numbering looks the same: where nothing is left out, nearly all must be real codes.
        """
        names = {value for _, _, values in self._cells() for value in values.unique()}
        codes = {code for code in map(cbs_code, names) if code}
        if not codes:
            return False
        marked = any(cbs_code(name) and name[0] in "Gg" for name in names)
        return marked or self._needed() or len(codes & self.frame.codes) >= MOST * len(codes)

    def _needed(self):
        if self.left_out:
            return True
        towns = self.tables["municipalities"]
        return bool(self.lacking) or any(name in towns and towns[name].isna().all() for name in FILLED)

    def _synthetic(self):
        edition = self.tables.get("edition")
        return edition is not None and bool((edition["synthetic"] == 1).any())

    def _real_ones(self):
        """Give the real municipalities in synthetic answers."""
        names, known = _names(self.frame), self.frame.codes
        expected = "an invented identifier, such as syn-001, as these answers are synthetic; this one is real"
        remedy = "Invent identifiers; or, if people gave these answers, say so: synthetic = 0."
        for table, column, values in self._cells():
            whole = values.str.fullmatch(r"(?i:GM)?\d{4}")
            codes = values.map(cbs_code)
            real = values.map(fold).isin(names) | (codes.isin(known) & (whole | self.keyed))
            yield self._fault(table, column, values[real.astype(bool)], expected, remedy)

    def _respell(self):
        """Write every code with four digits."""
        for table, column, _ in list(self._cells()):
            frame = self.tables[table]
            self.tables[table] = frame.assign(**{column: with_codes(frame[column])})

    def _misfits(self):
        """Tell of codes that no municipality had within the boundaries of their wave."""
        for table, column, values in self._cells():
            if column == "successor":
                continue
            for wave, year in self.years.items():
                here = values[(self.tables[table].loc[values.index, "wave"] == wave).fillna(False)]
                for expected, cells in misfits(self.frame, here, year):
                    remedy = f"Correct the code, or the boundaries of the wave; {LISTS}."
                    self.faults.append(self._fault(table, column, cells, expected, remedy))

    def _named(self):
        """Give the municipalities that are called by name where their code would do, with the code."""
        towns = None if self.left_out else self.tables["municipalities"]
        for table, column, values in self._cells():
            if column == "successor" or (towns is not None and table != "municipalities"):
                continue
            if towns is not None:
                columns = [name for name in FILLED if name in towns]
                bare = towns[columns].isna().any(axis=1) | bool(self.lacking)
                values = values[bare[values.index]]
            for expected, cells in called_by_name(self.frame, values):
                remedy = "Write the code, or fill in the table municipalities."
                yield self._fault(table, column, cells, expected, remedy)

    def _fill(self):
        """Fill in the table of municipalities, or make it."""
        if self.left_out and not self._make():
            return
        towns = self.tables["municipalities"]
        towns = towns.assign(**{name: pd.NA for name in FILLED if name not in towns}).astype(TYPES)
        filled = towns.copy()
        for wave, year in self.years.items():
            here = (towns["wave"] == wave).fillna(False) & towns["municipality"].isin(self.at(year).index)
            rows = towns[here]
            known = self._known(rows, year, self._following(wave))
            if not self.left_out:
                self._differences(rows, known)
            for name in FILLED:
                filled.loc[rows.index, name] = rows[name].fillna(known[name])
        self.tables["municipalities"] = filled
        gained = [name for name in FILLED if (towns[name].isna() & filled[name].notna()).any()]
        years = " and ".join(map(str, sorted(set(self.years.values()))))
        self.said = f"the municipalities of {years}" if self.left_out else ", ".join(gained)

    def _following(self, wave):
        """Return the year of the boundaries of the next wave, of the last its own; ``None`` if unknown."""
        waves = self.tables["waves"]["wave"].dropna()
        later = waves[waves > wave]
        return self.years.get(int(later.min())) if len(later) else self.years[wave]

    def _known(self, rows, year, later):
        """Return what the frame says of municipalities of ``year``, fit to what their owner says."""
        found = self.at(year).loc[rows["municipality"], ["inhabitants", "size_class"]].set_axis(rows.index)
        own, counted = rows["size_class"], rows["inhabitants"]
        low = own.map(dict(zip(SIZE_CLASSES, [1, *LIMITS], strict=True))).fillna(1).astype(int)
        high = own.map(SIZE_CLASSES).fillna(np.inf).astype(float) - 1
        estimate = found["inhabitants"].clip(low, high).astype("Int64")
        people = counted.fillna(estimate)
        size = own.fillna(pd.Series(size_class_of(people.astype(int)), index=rows.index))
        went = self.frame.successors(year, later) if later is not None else {}
        groups = self.tables.get("groups")
        asked = set()
        if groups is not None and {"invited", "wave", "municipality"} <= set(groups):
            some = groups[(groups["invited"] > 0).fillna(False)]
            asked = set(zip(some["wave"], some["municipality"], strict=True))
        sampled = [key in asked for key in zip(rows["wave"], rows["municipality"], strict=True)]
        found = found.assign(estimate=found["inhabitants"], by_estimate=found["size_class"])
        found = found.assign(
            inhabitants=people,
            size_class=size,
            stratum=size,
            successor=rows["municipality"].map(went),
            sampled=pd.array(sampled, dtype="Int64"),
        )
        return found.astype(TYPES)

    def _differences(self, rows, known):
        """Warn of own values that are not those of the frame."""
        own = rows["size_class"]
        for size, cells in known["by_estimate"].groupby(known["by_estimate"]):
            other = own[cells.index]
            expected = f"the size class {size}, as data/frame estimates it; yours was kept"
            self._warn("size_class", other[other.notna() & (other != size)], rows, expected)
        people = rows["inhabitants"].astype("Float64")
        apart = ((people - known["estimate"]).abs() > CLOSE * known["estimate"]).fillna(False)
        expected = f"within {CLOSE:.0%} of the estimate in {FRAME}; yours was kept".replace("%", " per cent")
        self._warn("inhabitants", rows.loc[apart, "inhabitants"].astype("str"), rows, expected)
        went = known["successor"]
        wrong = rows["successor"].notna() & went.notna() & (rows["successor"] != went)
        for code, cells in went[wrong].groupby(went[wrong]):
            expected = f"the successor {code}, as the law on its merger has it; yours was kept"
            if (rows.loc[cells.index, "municipality"] == code).all():
                expected = f"the successor {code}, for no merger is known; yours was kept"
            self._warn("successor", rows.loc[cells.index, "successor"], rows, expected)

    def _warn(self, column, values, rows, expected):
        values = rows.loc[values.index, "municipality"] + ": " + values.astype("str")
        remedy = "Nothing, if yours is right."
        self.warnings.append(self._fault("municipalities", column, values, expected, remedy))

    def _make(self):
        """Make the table of municipalities: all that there were within the boundaries of each wave."""
        waves = self.tables.get("waves")
        if waves is None or not len(waves):
            return False
        unknown = waves[waves["wave"].notna() & ~waves["wave"].isin(self.years)]
        if len(unknown):
            expected = f"boundaries from {FIRST}-01-01 to {LAST}-12-31, which the book knows"
            remedy = "Correct it, or add a table municipalities."
            values = unknown["boundaries"].astype("str")
            self.faults.append(self._fault("waves", "boundaries", values, expected, remedy))
            return False
        parts = [
            pd.DataFrame({"wave": wave, "municipality": self.at(year).index})
            for wave, year in self.years.items()
        ]
        self.tables["municipalities"] = pd.concat(parts, ignore_index=True).astype(
            {"wave": "Int64", "municipality": "str"}
        )
        return True

    def _fault(self, table, column, values, expected, remedy):
        rows, texts = values.index.to_numpy() + 2, values.to_numpy(object)
        return Fault(self.files[table], rows, column, texts, expected, remedy)


def misfits(frame: Frame, values: pd.Series, year: int) -> Iterator[tuple[str, pd.Series]]:
    """Give the CBS codes among ``values`` that no municipality had in ``year``, after what was expected."""
    codes = values[values.map(cbs_code).notna() & ~values.isin(frame.at(year).index)]
    for code, cells in codes.groupby(codes):
        yield f"a municipality of {year}: {frame.fate(code, year)}", cells


def called_by_name(frame: Frame, values: pd.Series) -> Iterator[tuple[str, pd.Series]]:
    """Give the names of municipalities among ``values``, after the code that was expected."""
    codes = values.map(fold).map(_names(frame)).dropna()
    for code, cells in codes.groupby(codes):
        yield f"the CBS code {code}, by which the book knows this municipality", values[cells.index]


def _years(waves):
    """Return the year of the boundaries of each wave that the frame knows."""
    found = {}
    for wave, day in zip(waves["wave"], waves["boundaries"].astype("str").fillna(""), strict=True):
        year = int(day[:4]) if day[:4].isdecimal() else 0
        if not pd.isna(wave) and FIRST <= year <= LAST:
            found[int(wave)] = year
    return found


def _names(frame):
    """Return the code of every name, the name in the form of ``spelling.fold``."""
    return {
        fold(name): code for table in (frame.then, frame.now) for code, name in table["municipality"].items()
    }
