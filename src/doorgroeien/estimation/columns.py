"""Columns of a table as numbers: the variables to estimate, and the domains to estimate them in."""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from functools import cached_property
from numbers import Real
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype
from pandas.errors import PerformanceWarning

from doorgroeien.estimation.arrays import Codes, Flags, Floats, blocks, sums
from doorgroeien.estimation.estimable import NotEstimableError

__all__ = ["Domains", "Keys", "Names", "Table", "Variables", "as_list"]

Keys: TypeAlias = dict[str, Any]  # arrays, categorical or not, by the name of their column
Names: TypeAlias = str | Iterable[str]
WIDE = 16  # columns at a time, where each takes a cell for each group of rows and each domain
NUMBERS = (Real, Decimal, np.bool_)  # of Python and numpy; what is missing is of no type


@dataclass(frozen=True, eq=False)
class Variables:
    """Numeric columns (rows x variables, NaN where missing) and the keys that name them."""

    values: Floats
    keys: Keys

    @property
    def present(self) -> Flags:
        """Tell which values are there (rows x variables, or x 1 if it is the same for all)."""
        if np.isfinite(self.values.sum()):
            return np.ones((len(self.values), 1), dtype=bool)
        found = np.isfinite(self.values)
        return found[:, :1] if (found == found[:, :1]).all() else found


@dataclass(frozen=True, eq=False)
class Domains:
    """Groups of rows: a code per row (``count`` for rows in none), and the keys that name the groups."""

    codes: Codes
    count: int
    keys: Keys

    @classmethod
    def one(cls, inside: Flags) -> "Domains":
        """Return one domain of the rows that are ``inside``."""
        return cls(np.where(inside, 0, 1), 1, {})

    @cached_property
    def inside(self) -> Flags:
        """Tell for each row whether it lies in a domain."""
        return self.codes < self.count

    @cached_property
    def rows(self) -> Sequence[Codes]:
        """Return the row numbers of each domain."""
        small = np.int16 if self.count < 2**15 else np.int64  # numpy sorts short integers much faster
        order = np.argsort(self.codes.astype(small), kind="stable")
        return np.split(order, np.cumsum(np.bincount(self.codes, minlength=self.count + 1))[:-1])[:-1]

    def sums(self, values: Floats, weights: Floats | None = None, rows: slice = slice(None)) -> Floats:
        """Return the (weighted) sums of ``values`` (rows x columns) in each domain (domains x columns)."""
        return sums(self.codes[rows], values, self.count + 1, weights)[:-1]

    def at(self, values: Floats, rows: slice = slice(None)) -> Floats:
        """Return for each row the values of its domain (domains x columns); 1 outside every domain."""
        return np.take(np.vstack([values, np.ones(values.shape[1])]), self.codes[rows], axis=0)

    def spread_out(self, values: Floats) -> Floats:
        """Return ``values`` (rows x columns) with a set of columns for each domain, zero elsewhere."""
        rows, width = values.shape
        if self.count == 1:
            return values if self.inside.all() else np.where(self.inside[:, None], values, 0.0)
        wide = np.zeros((rows, self.count, width))
        at = np.flatnonzero(self.inside)
        wide[at, self.codes[at]] = values[at]
        return wide.reshape(rows, -1)

    def spread_sums(self, values: Floats, groups: Codes, count: int) -> Floats:
        """Return sums of ``values`` in each of ``count`` groups of rows, with a set of columns per domain."""
        each, width = self.count + 1, values.shape[1]
        cells = sums(groups * each + self.codes, values, count * each).reshape(count, each, width)
        return cells[:, :-1].reshape(count, self.count * width)

    def occupied(
        self, there: Floats, units: Codes, count: int, wider: Sequence[tuple[Codes, int]] = ()
    ) -> list[Floats]:
        """Return how many of ``count`` units have a row that is ``there`` (domains x columns).

        The same follows for each of ``wider``: groups of units, by a code for each unit, and their number.
        """
        found = [np.empty((self.count, there.shape[1])) for _ in range(1 + len(wider))]
        for part in blocks(there.shape[1], WIDE):
            cells = (self.spread_sums(there[:, part], units, count) > 0).astype(float)
            each = [cells, *(sums(groups, cells, number) for groups, number in wider)]
            for counts, one in zip(found, each, strict=True):
                counts[:, part] = np.count_nonzero(one, axis=0).reshape(self.count, -1)
        return found


class Table:
    """The columns of a data frame, each read once.

    Numbers and booleans are numeric, alone or mixed, whatever pandas keeps them in; any other column is
    categorical. A column that is not there, occurs twice or holds an infinite number raises ``ValueError``.
    """

    def __init__(self, data: pd.DataFrame) -> None:
        """Read columns of ``data`` when they are asked for."""
        self.data = data
        self._numeric, self._numbers, self._categories = {}, {}, {}
        self._before: Table | None = None  # the table that this one has most columns of
        self._own: frozenset[str] = frozenset()  # and those that are its own

    def assign(self, columns: Mapping[str, Any]) -> "Table":
        """Return a table with columns added or replaced; both read the others once."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PerformanceWarning)  # of many columns, which the copy gathers
            data = self.data.assign(**columns)
            wider = Table(data.copy() if len(columns) > WIDE else data)
        wider._before, wider._own = self, frozenset(columns)
        return wider

    def _reader(self, name: str) -> "Table":
        """Return the table that reads a column: the first that has it as it is."""
        if self._before is None or name in self._own or name not in self._before.data:
            return self
        return self._before._reader(name)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.data)

    def column(self, name: str) -> pd.Series:
        """Return a column as it is."""
        self.refuse_unknown(name)
        return self.data[name]

    def refuse_unknown(self, name: str) -> None:
        """Raise ``ValueError`` if there is no column of that name, or more than one."""
        columns = self.data.columns
        if name not in columns:
            known = [str(column) for column in columns]
            near = get_close_matches(str(name), known, n=3) or known[:8]
            raise ValueError(f"column {name!r} is not in the data. Choose one such as {', '.join(near)}.")
        found = 1 if columns.is_unique else list(columns).count(name)
        if found > 1:
            raise ValueError(f"column {name!r} occurs {found} times, expected once. Rename or drop one.")

    def is_numeric(self, name: str) -> bool:
        """Tell whether a column is numeric; one without any value is, unless it has categories."""
        known = self._reader(name)._numeric
        if name not in known:
            column = self.column(name)
            if column.dtype == object:
                kinds = {type(value) for value in column.dropna()}
                numeric = all(issubclass(kind, NUMBERS) for kind in kinds)
            else:
                numeric = is_numeric_dtype(column) or is_bool_dtype(column)
            category = column.dtype == "category"  # also one of numbers or booleans
            known[name] = not category and bool(numeric or column.isna().all())
        return known[name]

    def sizes(self, name: str) -> Floats:
        """Return a column as float64, NaN where missing, which may hold infinite numbers."""
        return self.column(name).to_numpy(dtype=float, na_value=np.nan)

    def numbers(self, name: str) -> Floats:
        """Return a column as float64, NaN where missing."""
        known = self._reader(name)._numbers
        if name not in known:
            values = self.sizes(name)
            infinite = np.flatnonzero(np.isinf(values))
            if len(infinite):
                raise ValueError(
                    f"column {name!r}: infinite in row {infinite[0]}, expected a number. Make it missing."
                )
            known[name] = values
        return known[name]

    def categories(self, name: str) -> tuple[Codes, Any]:
        """Return codes of the rows (-1 where missing) and the values in order, all categories included.

        The values are an array; a categorical one if the column is.
        """
        known = self._reader(name)._categories
        if name not in known:
            column = self.column(name)
            found = pd.Categorical(column)
            own = found.categories.to_numpy()
            values = pd.Categorical(own, dtype=column.dtype) if column.dtype == "category" else own
            known[name] = found.codes.astype(np.int64), values
        return known[name]

    def labels(self, name: str) -> Codes:
        """Return codes of a column in which no value may be missing."""
        codes, _ = pd.factorize(self.column(name))
        self.refuse_missing(name, codes < 0)
        return codes

    def refuse_missing(self, name: object, missing: npt.ArrayLike) -> None:
        """Raise ``ValueError`` if a column that needs a value in every row has none in some."""
        rows = np.flatnonzero(missing)
        if len(rows):
            raise ValueError(
                f"column {name!r}: {len(rows)} missing values, first in row {rows[0]}; expected a value in "
                "every row. Fill them, give missing a category of its own, or leave these rows out."
            )

    def variables(self, names: Names) -> Variables:
        """Return columns as ``Variables``; a categorical one becomes a column of 0 and 1 per category."""
        parts, variables, categories = [], [], []
        for name in as_list(names):
            if self.is_numeric(name):
                parts.append(self.numbers(name))
                variables.append(name)
                categories.append(None)
                continue
            codes, known = self.categories(name)
            found = np.where(codes < 0, np.nan, codes)
            parts += [np.where(codes < 0, np.nan, found == number) for number in range(len(known))]
            variables += [name] * len(known)
            categories += list(known)
        keys = {"variable": np.array(variables, dtype=object)}
        if any(category is not None for category in categories):
            keys["category"] = np.array(categories, dtype=object)
        values = np.empty((len(self), len(parts)))
        for rows in blocks(len(self)):
            values[rows] = np.array([part[rows] for part in parts]).T
        return Variables(values, keys)

    def domains(self, names: Names | None) -> Domains:
        """Return the ``Domains`` that combinations of columns make, as far as they occur; None makes one.

        Rows in which a column is missing are in no domain; when all are, ``ValueError`` is raised. A key
        that is categorical stays so.
        """
        if names is None:
            return Domains.one(np.ones(len(self), dtype=bool))
        codes, missing, known = np.zeros(len(self), dtype=np.int64), np.zeros(len(self), dtype=bool), {}
        for name in as_list(names):
            part, known[name] = self.categories(name)
            codes = codes * (len(known[name]) + 1) + part
            missing |= part < 0
        if missing.all():
            raise NotEstimableError(
                "absent", f"{', '.join(known)}: no row has a value in each, expected some. Choose others."
            )
        place, used = pd.factorize(codes[~missing], sort=True)
        found = np.full(len(self), len(used))
        found[~missing] = place
        keys = {}
        for name, values in reversed(known.items()):
            used, part = np.divmod(used, len(values) + 1)
            keys[name] = values.take(part)
        return Domains(found, len(keys[name]), dict(reversed(keys.items())))


def as_list(names: Names) -> list[str]:
    """Return a name or names as a list; one named twice raises ``ValueError``, none ``NotEstimableError``.

    Names are those of what was asked; there are none where nothing of the kind was.
    """
    names = [names] if isinstance(names, str) else list(names)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{', '.join(twice)} named twice, expected one or more different columns.")
    if not names:
        raise NotEstimableError("absent", "no column named, expected one or more different columns.")
    return names
