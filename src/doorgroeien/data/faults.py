"""What a check finds: kept as arrays while tables are read, told as few grouped problems at the end."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from doorgroeien.data.terminal import printable

__all__ = ["DataError", "Fault", "Problem", "grouped", "single", "withheld"]

LONGEST = 300  # characters of a value that are shown
FIRST = 5  # rows, columns or values that a grouped problem names


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a table, and what to do about it; ``row`` counts the header as row 1."""

    file: str
    row: int | None
    column: str | None
    value: str | None
    expected: str
    remedy: str

    @property
    def fields(self) -> dict[str, str | int | None]:
        """Return what it says, field by field, and in ``message`` all of it on one line.

        ``cells`` is in how many cells or rows it occurs. Of several, ``row`` is the first, ``column`` has
        all columns, with commas between, and ``value`` lists the first values.

        >>> Problem("groups.csv", 3, "invited", "9", "8 or less", "Correct the value.").fields["expectation"]
        '8 or less'
        """
        return {
            "file": self.file,
            "row": self.row,
            "column": self.column,
            "value": self.value,
            "expectation": self.expected,
            "remedy": self.remedy,
            "cells": 1,
            "message": str(self),
        }

    def __str__(self):
        """Say file, row, column, value, expectation and remedy on one line."""
        place = [self.file]
        place += [f"row {self.row}"] if self.row is not None else []
        place += [f"column {self.column}"] if self.column is not None else []
        found = f" found {_short(self.value)!r}," if self.value is not None else ""
        return _line(f"{', '.join(place)}:{found} expected {self.expected}. {self.remedy}")


class DataError(Exception):
    """Everything found wrong with the tables, as a list of :class:`Problem` in ``problems``."""

    def __init__(self, problems):
        """Keep the problems, and list them in the message."""
        self.problems = list(problems)
        count = len(self.problems)
        head = f"{count} problem{'s' if count != 1 else ''} in the data:"
        super().__init__("\n".join([head, *(f"  {problem}" for problem in self.problems)]))


@dataclass(frozen=True)
class Fault:
    """The same thing wrong in one column, or none, of a file: in ``rows``, with ``values`` as text.

    ``rows`` counts the header as 1 and is ``None`` for a whole file; ``values`` is ``None`` where there is
    nothing to show. Both have the same length.
    """

    file: str
    rows: np.ndarray | None
    column: str | None
    values: np.ndarray | None
    expected: str
    remedy: str

    def __bool__(self):
        """Tell whether there is anything wrong: in some row, or with the whole."""
        return self.rows is None or len(self.rows) > 0


def single(file, expected, remedy, row=None, column=None, value=None) -> Fault:
    """Return the fault that one thing is, in one row or in the file as a whole."""
    values = None if value is None else np.array([value], dtype=object)
    return Fault(file, None if row is None else np.array([row]), column, values, expected, remedy)


@dataclass(frozen=True)
class _Repeated(Problem):
    """A problem that occurs more than once; ``row`` is its first row, ``value`` lists what was found."""

    rows: str = ""
    columns: tuple[str, ...] = ()
    cells: int = 0

    @property
    def fields(self):
        """Return the fields of all that it repeats."""
        return super().fields | {"column": ", ".join(self.columns) or None, "cells": self.cells}

    def __str__(self):
        """Say file, how many and which rows, columns, values with their number, expectation and remedy."""
        found = f" found {self.value}," if self.value is not None else ""
        place = f"{self.file}, {self.rows}{_columns(self.columns)}"
        return _line(f"{place}:{found} expected {self.expected}. {self.remedy}")


def grouped(faults: Iterable[Fault]) -> list[Problem]:
    """Return one problem for all faults that differ in nothing but row, column and value."""
    groups: dict[tuple[str, str, str], list[Fault]] = {}
    for fault in faults:
        if fault:
            groups.setdefault((fault.file, fault.expected, fault.remedy), []).append(fault)
    return [problem for key, group in groups.items() for problem in _problems(*key, group)]


def withheld(problem: Problem) -> Problem:
    """Return the problem without the values found: for logs, which others may read."""
    return replace(problem, value=None)


def _problems(file, expected, remedy, group):
    for fault in group:
        if fault.rows is None:
            value = None if fault.values is None else str(fault.values[0])
            yield Problem(file, None, fault.column, value, expected, remedy)
    group = [fault for fault in group if fault.rows is not None]
    count = sum(len(fault.rows) for fault in group)
    if count == 1:
        fault = group[0]
        value = None if fault.values is None else str(fault.values[0])
        yield Problem(file, int(fault.rows[0]), fault.column, value, expected, remedy)
    elif count:
        rows = np.unique(np.concatenate([fault.rows for fault in group]))
        columns = list(dict.fromkeys(fault.column for fault in group if fault.column))
        values = Counter()
        for fault in group:
            if fault.values is not None:
                values.update(map(str, fault.values))
        yield _Repeated(
            file,
            int(rows[0]),
            columns[0] if len(columns) == 1 else None,
            _values(values) if values else None,
            expected,
            remedy,
            rows=_rows(rows, count),
            columns=tuple(columns),
            cells=count,
        )


def _rows(rows, count):
    text = f"rows {_listed(map(str, rows[:FIRST]), len(rows))}" if len(rows) > 1 else f"row {rows[0]}"
    return text if count == len(rows) else f"{text} ({count:,} cells)"


def _columns(columns):
    if not columns:
        return ""
    return f", column{'s' if len(columns) > 1 else ''} {_listed(columns[:FIRST], len(columns))}"


def _values(values):
    texts = (
        repr(_short(value)) + (f" ({number:,} times)" if number > 1 else "")
        for value, number in values.most_common(FIRST)
    )
    return _listed(texts, len(values))


def _line(text):
    return printable(text).replace("\n", " ").replace("\t", " ")


def _short(text):
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."


def _listed(texts, total):
    texts = list(texts)
    more = total - len(texts)
    return ", ".join(texts) + (f" and {more:,} more" if more else "")
