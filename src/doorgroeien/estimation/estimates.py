"""Estimates with their covariance, as tidy tables, and what follows from several of them."""

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import stdtrit

from doorgroeien.estimation.arrays import Codes, Floats
from doorgroeien.estimation.columns import Keys

__all__ = [
    "COLUMNS",
    "FEW_DEGREES",
    "Covariance",
    "Estimates",
    "average",
    "contrast",
    "estimates_of",
    "fewest",
    "propagate",
    "t_quantile",
    "weigh",
]


# Columns of a table of estimates; a column of the data with such a name cannot be a key beside them.
KEYS = ("variable", "category", "quantile", "of", "minus")
COLUMNS = (*KEYS, "estimate", "se", "ci_low", "ci_high", "df", "n", "units", "population_n", "deff")
# How many observations and first-stage units carry an estimate, and how sure it is of its standard error.
COUNTS = ("df", "n", "units", "population_n")

# Fewer degrees of freedom than these are stated. Below 30 an interval of 95 per cent by Student's t is over
# four per cent wider than by the normal distribution, and its width is itself unsure: the coefficient of
# variation of a standard error is about 1 / sqrt(2 df), an eighth or more.
FEW_DEGREES = 30


Counts: TypeAlias = tuple[Floats, Floats, Floats, Floats]  # as COUNTS has them
Rule: TypeAlias = npt.ArrayLike | Callable[[Any], Any]  # weights, or a function of the estimates


class Covariance(np.ndarray[tuple[Any, ...], np.dtype[np.float64]]):
    """A read-only covariance matrix that pandas can carry in ``attrs``.

    When pandas combines frames it asks whether their attributes are equal and needs one answer, so
    ``==`` compares whole matrices; and it copies the attributes of each frame, so a copy is the matrix.

    ``rows`` has the columns by which its rows are known again: their keys and ``estimate``.
    """

    rows: Mapping[str, Any] = MappingProxyType({})

    def __new__(cls, matrix: npt.ArrayLike, rows: Mapping[str, Any] = MappingProxyType({})) -> "Covariance":
        """Take over ``matrix`` without copying."""
        taken = np.asarray(matrix).view(cls)
        taken.flags.writeable = False
        taken.rows = rows
        return taken

    def __eq__(self, other: object) -> bool:
        """Tell whether all elements are equal."""
        return isinstance(other, np.ndarray) and np.array_equal(self, other, equal_nan=True)

    __hash__ = None

    def __deepcopy__(self, memo: dict[int, Any] | None) -> "Covariance":
        """Return the matrix itself."""
        return self

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        """Return what is computed from it as an ordinary array."""
        return array[()] if return_scalar else array


@dataclass(frozen=True, eq=False)
class Estimates:
    """Estimates in row order; ``keys`` names the rows, ``srs`` is the variance of a simple random sample."""

    keys: Keys
    value: Floats
    covariance: Floats
    df: Floats
    n: Floats
    units: Floats
    population_n: Floats
    srs: Floats

    @property
    def se(self) -> Floats:
        """Return the standard errors."""
        return np.sqrt(np.maximum(np.diag(self.covariance), 0))  # rounding may leave -1e-20

    def frame(
        self, level: float = 0.95, low: Floats | None = None, high: Floats | None = None
    ) -> pd.DataFrame:
        """Return the tidy table, with t intervals at ``level`` unless bounds are given."""
        se = self.se
        if low is None:
            margin = t_quantile(level, self.df) * se
            low, high = self.value - margin, self.value + margin
        with np.errstate(divide="ignore", invalid="ignore"):
            deff = np.diag(self.covariance) / self.srs
        found = {"estimate": self.value, "se": se, "ci_low": low, "ci_high": high}
        counts = {name: getattr(self, name) for name in COUNTS} | {"deff": deff}
        frame = pd.DataFrame({**self.keys, **found, **counts}, copy=False)
        frame.attrs["covariance"] = Covariance(self.covariance, self.keys | {"estimate": self.value})
        return frame

    @property
    def counts(self) -> Counts:
        """Return what :data:`COUNTS` names, in that order."""
        return self.df, self.n, self.units, self.population_n

    def take(self, order: Codes) -> "Estimates":
        """Return the estimates in another order."""
        keys = {name: key.take(order) for name, key in self.keys.items()}
        parts = (*self.counts, self.srs)
        covariance = self.covariance[np.ix_(order, order)]
        return Estimates(keys, self.value[order], covariance, *(part[order] for part in parts))

    def combine(self, matrix: Floats, keys: Keys) -> "Estimates":
        """Return linear combinations (rows of ``matrix``) with their covariance.

        Degrees of freedom and numbers of observations and units are those of the smallest part: a comparison
        knows no more than the side that has fewest.
        """
        return Estimates(
            keys,
            weigh(matrix, self.value),
            propagate(matrix, self.covariance),
            *fewest(matrix, self.counts),
            weigh(matrix**2, self.srs),
        )


def estimates_of(frame: pd.DataFrame) -> Estimates:
    """Return the estimates of which ``frame`` is the table; raise ``ValueError`` as ``contrast`` does."""
    covariance, keys = _covariance_of(frame), list(frame.columns[: frame.columns.get_loc("estimate")])
    counts = _four(frame[name].to_numpy(dtype=float) for name in COUNTS)
    srs = (frame["se"] ** 2 / frame["deff"]).to_numpy()
    found = {name: frame[name].to_numpy() for name in keys}
    return Estimates(found, frame["estimate"].to_numpy(), covariance, *counts, srs)


def fewest(matrix: Floats, counts: Sequence[Floats]) -> Counts:
    """Return :data:`COUNTS` of linear combinations (rows of ``matrix``): those of the smallest part."""
    return _four([np.where(matrix != 0, part, np.inf).min(axis=1) for part in counts])


def _four(counts: Iterable[Floats]) -> Counts:
    df, n, units, population_n = counts
    return df, n, units, population_n


def weigh(matrix: Floats, values: Floats) -> Floats:
    """Return ``matrix @ values``, in which a missing or infinite value touches only the rows that use it."""
    return np.multiply(matrix, values, out=np.zeros(matrix.shape), where=matrix != 0).sum(axis=1)


def propagate(matrix: Floats, covariance: Floats) -> Floats:
    """Return ``matrix @ covariance @ matrix.T``, in which missing variances stay with rows that use them."""
    lost = np.isnan(np.diag(covariance))
    gone = np.where((matrix != 0) @ lost, np.nan, 0.0)
    known = np.where(lost, 0.0, matrix)
    return known @ np.nan_to_num(covariance) @ known.T + gone[:, None] + gone


def t_quantile(level: float, df: npt.ArrayLike) -> Floats:
    """Return the two-sided quantile of Student's t at ``level``; NaN without degrees of freedom."""
    distinct, place = np.unique(np.asarray(df, dtype=float), return_inverse=True)
    quantile = stdtrit(np.where(distinct > 0, distinct, np.nan), (1 + level) / 2)
    return quantile[place]


def contrast(frame: pd.DataFrame, contrasts: Mapping[Any, Rule], level: float = 0.95) -> pd.DataFrame:
    """Return linear combinations or smooth functions of the estimates in ``frame``.

    Args:
        frame: a table of estimates, or rows of one in any order as long as they keep their index.
        contrasts: ``{name: weights}`` with a number per row, or ``{name: function}`` where the function
            takes the array of estimates and returns one number.

    The variance of a function is that of its linearisation (delta method: Särndal, Swensson and Wretman
    1992, sec. 5.5), with derivatives by a complex step, exact to rounding; so it must consist of operations
    that numpy knows for complex numbers. ``n``, ``units`` and ``population_n`` are those of the smallest row
    that counts, degrees of freedom too. Raises ``ValueError`` when it does not, when weights do not fit,
    and when the rows do not belong to the covariance that the frame carries.

    >>> means = design.mean("score", by="size")
    >>> design.contrast(means, {"ratio": lambda mean: mean[0] / mean[1]})[["estimate", "se"]].round(3)
       estimate     se
    0     1.303  0.182
    """
    value, covariance = frame["estimate"].to_numpy(), _covariance_of(frame)
    results, gradients = [], []
    for name, rule in contrasts.items():
        if callable(rule):
            results.append(float(rule(value)))
            gradients.append(_gradient(name, rule, value))
            continue
        weights = np.asarray(rule, dtype=float)
        if weights.shape != value.shape:
            raise ValueError(
                f"contrast {name!r}: {weights.size} weights, expected one for each of {len(value)} rows."
            )
        results.append(weigh(weights[None], value)[0])
        gradients.append(weights)
    gradient = np.array(gradients).reshape(-1, len(value))
    missing = np.full(len(results), np.nan)
    counts = frame.reindex(columns=list(COUNTS))  # a table made by hand may have no counts
    least = fewest(gradient, [counts[name].to_numpy(dtype=float) for name in COUNTS])
    keys = {"contrast": list(contrasts)}
    variance = propagate(gradient, covariance)
    return Estimates(keys, np.array(results), variance, *least, missing).frame(level)


def average(
    frame: pd.DataFrame, groups: Mapping[str, Mapping[str, float]], level: float = 0.95
) -> pd.DataFrame:
    """Return weighted means over groups of variables, within each combination of the other keys of ``frame``.

    ``groups`` is ``{name: {variable: weight}}``; weights should add up to 1, and the names become the new
    ``variable``. ``n``, ``units`` and ``population_n`` are those of the smallest variable, degrees of freedom
    too. A variable that is a group by itself, under its own name, keeps its ``deff``; others have none.
    Raises ``ValueError`` for variables that are not in the table, and for a table that carries no covariance.

    >>> means = design.mean(["score", "plan"])
    >>> design.average(means, {"both": {"score": 0.5, "plan": 0.5}})[["variable", "estimate", "se"]].round(2)
      variable  estimate    se
    0     both     29.15  3.03
    """
    covariance = _covariance_of(frame)
    missing = sorted({name for names in groups.values() for name in names} - set(frame["variable"]))
    if missing:
        raise ValueError(f"{', '.join(missing)}: not among the variables of the table. Estimate them first.")
    keys, variables = list(frame.columns[1 : frame.columns.get_loc("estimate")]), frame["variable"]
    cell = frame.groupby(keys, sort=False, observed=True).ngroup() if keys else variables.notna()
    cells = [np.flatnonzero(cell == code) for code in sorted(cell[cell >= 0].unique())]
    parts = []
    for name, members in groups.items():
        weights = np.array([members.get(variable, np.nan) for variable in variables])
        for rows in cells:
            at = rows[~np.isnan(weights[rows])]
            if len(at) == len(members):
                parts.append((name, at, weights[at]))
    first = frame[keys].iloc[[at[0] for _, at, _ in parts]].reset_index(drop=True)
    first.insert(0, "variable", [name for name, _, _ in parts])
    matrix = np.zeros((len(parts), len(frame)))
    for row, (_, at, weights) in zip(matrix, parts, strict=True):
        row[at] = weights
    counts = frame[list(COUNTS)].to_numpy(dtype=float)
    least = np.array([np.fmin.reduce(counts[at]) for _, at, _ in parts]).reshape(-1, len(COUNTS))
    simple = (frame["se"] ** 2 / frame.get("deff", np.nan)).to_numpy()
    srs = [simple[at[0]] if groups[name] == {name: 1.0} else np.nan for name, at, _ in parts]
    result = Estimates(
        dict(first.items()),
        weigh(matrix, frame["estimate"].to_numpy()),
        propagate(matrix, covariance),
        *_four(least.T),
        np.array(srs, dtype=float),
    )
    return result.frame(level)


def _covariance_of(frame: pd.DataFrame) -> Floats:
    """Return the covariance of the rows of ``frame``, or say why it cannot be known."""
    remedy = "Use a table of estimates as it was returned, or rows of it with their index."
    if "covariance" not in frame.attrs:
        raise ValueError(f"the table carries no covariance. {remedy}")
    carried, rows = frame.attrs["covariance"], frame.index.to_numpy()
    full = np.asarray(carried)
    if len(rows) and (rows.dtype.kind not in "iu" or rows.min() < 0 or rows.max() >= len(full)):
        raise ValueError(f"the rows are not those of the covariance the table carries. {remedy}")
    covariance = full[np.ix_(rows, rows)]
    # A variance of a change can be estimated below nought; its standard error is then nought.
    variance = np.maximum(np.diag(covariance), 0)
    if not np.allclose(frame["se"] ** 2, variance, rtol=1e-9, atol=0, equal_nan=True):
        raise ValueError(f"the standard errors are not those of the covariance the table carries. {remedy}")
    for name, known in getattr(carried, "rows", {}).items():
        if name in frame and not _alike(pd.Series(known).take(rows), frame[name]):
            raise ValueError(f"the rows are not those of the covariance the table carries: {name}. {remedy}")
    return covariance


def _alike(known: pd.Series, found: pd.Series) -> bool:
    """Tell whether a column of a table, number or key, is what it was."""
    if found.name == "estimate":
        return np.allclose(found, known, rtol=1e-9, atol=0, equal_nan=True)
    one, other = (column.to_numpy(object) for column in (known, found))
    return bool(((one == other) | (pd.isna(one) & pd.isna(other))).all())


def _gradient(name: object, function: Callable[[Any], Any], value: Floats) -> Floats:
    """Return the gradient of ``function`` by a complex step (Squire and Trapp 1998)."""
    step = 1e-150
    points = value + 1j * step * np.eye(len(value))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            slopes = [function(point) for point in points]
    except (TypeError, np.exceptions.ComplexWarning) as error:
        raise ValueError(
            f"contrast {name!r}: {error}. Write it with numpy functions of complex numbers."
        ) from None
    if not all(np.iscomplexobj(slope) for slope in slopes):
        raise ValueError(
            f"contrast {name!r} turns complex numbers into real ones; expected a differentiable function of "
            "the estimates, without abs, float or int."
        )
    return np.array([slope.imag for slope in slopes]) / step
