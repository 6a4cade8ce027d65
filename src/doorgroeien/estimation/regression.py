"""Generalised linear models on survey data, with variances over all stages."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from formulaic import Formula, ModelSpec, SimpleFormula
from scipy.special import expit, logit

from doorgroeien.estimation.arrays import Codes, Flags, Floats, blocks, product
from doorgroeien.estimation.columns import Domains
from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.estimation.estimates import Estimates
from doorgroeien.estimation.newton import newton

if TYPE_CHECKING:
    from doorgroeien.estimation.design import Design

__all__ = [
    "CONSTANT",
    "ELEMENTS",
    "FAMILIES",
    "Model",
    "complete",
    "counted",
    "fit",
    "matrix",
    "model",
    "no_estimates",
    "parse",
    "regress",
    "sides",
    "spread",
    "standardised",
    "tabulate",
    "unmarked",
    "varying",
]

# A term follows from the terms before it when less than this share of it is left beside them: of its
# deviations from its mean, as in R, or of itself, for one that does not vary.
DEVIATIONS, WHOLE = 1e-7, 1e-10
QUOTED = re.compile(r"`([^`]*)`")
MARK = "\u2060"  # before a quoted name, which formulaic would read as a number if it looked like one
CONSTANT = "1"  # how formulaic writes the intercept among the terms
ELEMENTS = 9000  # of a matrix that OpenBLAS multiplies by a vector on one core


@dataclass(frozen=True)
class Family:
    """A family with its canonical link, and the range of its outcomes.

    ``cumulant`` and ``mean`` are functions of the linear predictor, ``link`` and ``slope`` of the mean.
    """

    cumulant: Callable[[Any], Any]
    mean: Callable[[Any], Any]
    link: Callable[[Any], Any]
    slope: Callable[[Any], Any]
    low: float
    high: float


FAMILIES = {
    "linear": Family(lambda eta: eta**2 / 2, np.positive, np.positive, np.ones_like, -np.inf, np.inf),
    "logit": Family(lambda eta: np.logaddexp(0, eta), expit, logit, lambda mean: mean * (1 - mean), 0, 1),
    "poisson": Family(np.exp, np.exp, np.log, np.positive, 0, np.inf),
}


@dataclass(frozen=True, eq=False)
class Fitted:
    """A model fitted to ``y``; ``x`` has standardised terms, whose coefficients are ``found``.

    ``inverse`` is that of the information, and ``back`` turns the coefficients into those of the terms.
    """

    y: Floats
    x: Floats
    weights: Floats
    family: Family
    found: Floats
    inverse: Floats
    back: Floats

    @property
    def coefficients(self) -> Floats:
        """Return the coefficients of the terms."""
        return self.back @ self.found

    @property
    def linearised(self) -> Floats:
        """Return linearised values of the coefficients (rows x coefficients)."""
        z, turn = np.empty(self.x.shape), self.inverse @ self.back.T
        for part in _parts(self.x):
            x = self.x[part]
            residual = self.weights[part] * (self.y[part] - self.family.mean(x @ self.found))
            z[part] = (x * residual[:, None]) @ turn
        return z


@dataclass(frozen=True, eq=False)
class Model:
    """A formula on the ``rows`` of a design that have all its variables (``data``, which has these rows).

    ``x`` is the model matrix, ``terms`` are the names of its columns and ``spec`` is how it came about;
    ``constant`` are the terms that it leaves out, for they do not vary in these rows.
    """

    formula: str
    family: Family
    data: pd.DataFrame
    rows: Codes
    y: Floats
    x: Floats
    terms: list[str]
    spec: ModelSpec
    constant: list[str]

    def fit(self, weights: Floats, start: Floats | None = None) -> Fitted:
        """Return the model fitted with these weights of the rows."""
        return fit(self.y, self.x, weights, self.family, self.terms, start)

    def at(self, **values: Any) -> Floats:
        """Return the model matrix if variables had these values instead."""
        return matrix(self.spec, self.data.assign(**values), self.formula)[0]


def model(design: "Design", formula: str, family: str) -> Model:
    """Return the model of a formula in a family of :data:`FAMILIES`, as yet without coefficients."""
    if family not in FAMILIES:
        raise ValueError(f"family {family!r} is unknown. Choose one of {', '.join(FAMILIES)}.")
    chosen = FAMILIES[family]
    parsed = parse(formula)
    data, rows = complete(design, formula, parsed.required_variables)
    outcome, *_ = matrix(parsed.lhs, data, formula)
    if outcome.shape[1] > 1:
        raise ValueError(f"{formula!r}: the outcome is categorical, expected numbers or booleans. Recode it.")
    y = outcome[:, 0]
    wrong = y[(y < chosen.low) | (y > chosen.high)]
    if len(wrong):
        raise ValueError(
            f"{formula!r}: outcome {wrong[0]:g}, expected {chosen.low:g} to {chosen.high:g}. Recode it."
        )
    kept, constant = varying(parsed.rhs, data)
    return Model(formula, chosen, data, rows, y, *matrix(kept, data, formula), constant)


def regress(design: "Design", formula: str, family: str) -> Estimates:
    """Return the coefficients as ``Estimates``; see ``Design.regress``."""
    made = model(design, formula, family)
    fitted = made.fit(design.weights[made.rows])
    coefficients, z = fitted.coefficients, fitted.linearised
    covariance = spread(design, made.rows, z, lambda w: made.fit(w, coefficients).coefficients)
    spent, parts = len(made.terms) - 1, sides(made.spec, made.data, made.x)
    return tabulate(design, made.rows, made.terms, coefficients, z, covariance, spent, parts, made.constant)


def sides(spec: ModelSpec, data: pd.DataFrame, x: Floats) -> list[list[Flags]]:
    """Return for each column of a model matrix the groups of rows that it compares, as flags of its rows.

    A coefficient of a category, or of a number of two values, compares those who have it with the base; the
    intercept is the level of every base. A slope compares no groups, and knows all rows.
    """
    found: list[list[Flags]] = [[] for _ in range(x.shape[1])]
    bases: list[Flags] = []
    for term, at in spec.term_indices.items():
        kinds = {str(name) for name in term.factors} & {str(name) for name in spec.factor_contrasts}
        named = [name for name in map(str, spec.term_variables[term]) if name in data]
        two = [name for name in named if _two_values(data[name])]
        if str(term) == CONSTANT or not (kinds or two):
            continue
        columns = x[:, at] != 0 if kinds else x[:, at] > x[:, at].min(axis=0)
        base = ~columns.any(axis=1)
        for place, column in zip(at, columns.T, strict=True):
            found[place] = [column, base] if base.any() else [column]
        if base.any():
            bases.append(base)
    for term, at in spec.term_indices.items():
        if str(term) == CONSTANT:
            found[at[0]] = bases
    return found


def _two_values(column: pd.Series) -> bool:
    return not isinstance(column.dtype, pd.CategoricalDtype) and column.nunique() == 2


def spread(design: "Design", rows: Codes, z: Floats, refit: Callable[[Floats], Floats]) -> Floats:
    """Return the covariance of coefficients whose linearised values in ``rows`` are ``z``.

    ``refit`` returns the coefficients (an array) for the weights of a replicate in these rows.
    """
    if design.replicates is not None:
        return design.replicates.covariance(np.array([refit(w) for w in design.replicates.weights[rows].T]))
    full = np.zeros((len(design.weights), z.shape[1]))
    full[rows] = z
    return design.covariance(full, Domains.one(_present(design, rows)[:, 0]))


def counted(design: "Design", rows: Codes, spent: int) -> tuple[float, float]:
    """Return units in which ``rows`` lie, and degrees of freedom: these minus strata and those ``spent``."""
    present = _present(design, rows)
    units, degrees = design.counted(present, Domains.one(present[:, 0]))
    return units[0, 0], degrees[0, 0] - spent


def _present(design: "Design", rows: Codes) -> Flags:
    present = np.zeros((len(design.weights), 1), dtype=bool)
    present[rows] = True
    return present


def tabulate(
    design: "Design",
    rows: Codes,
    terms: list[str],
    coefficients: Floats,
    z: Floats,
    covariance: Floats,
    spent: int,
    parts: Sequence[Sequence[Flags]],
    constant: Sequence[str] = (),
) -> Estimates:
    """Return ``Estimates`` of coefficients; ``spent`` are the degrees of freedom that the model takes.

    Each rests on as many rows and units as the smallest of its ``parts``, as :func:`sides` has them: a
    comparison knows no more than the side that has fewest. Those of ``constant`` terms, which come last, are
    missing.
    """
    weights, none = design.weights[rows], np.full(len(constant), np.nan)
    terms, coefficients = [*terms, *constant], np.append(coefficients, none)
    z = np.hstack([z, np.full((len(z), len(none)), np.nan)])
    covariance = np.pad(covariance, (0, len(none)), constant_values=np.nan)
    n, population, ones = len(rows), weights.sum(), np.ones(len(terms))
    srs = (z**2 / weights[:, None]).sum(axis=0) * population / (n - 1)
    units, df = counted(design, rows, spent)
    keys = {"term": np.array(terms, dtype=object)}
    known: dict[bytes, tuple[float, float]] = {}

    def fewest(groups: Sequence[Flags]) -> tuple[float, float]:
        """Return how many rows and units the smallest group has."""
        for group in groups:
            if group.tobytes() not in known:
                known[group.tobytes()] = float(group.sum()), counted(design, rows[group], 0)[0]
        sizes = [known[group.tobytes()] for group in groups] or [(float(n), units)]
        return min(rows for rows, _ in sizes), min(units for _, units in sizes)

    least = [fewest(groups) for groups in parts] + [(float(n), units)] * len(constant)
    rests = np.array(least).reshape(-1, 2)
    counts = df * ones, rests[:, 0], rests[:, 1], population * ones
    return Estimates(keys, coefficients, covariance, *counts, srs)


def complete(design: "Design", formula: str, names: Iterable[str]) -> tuple[pd.DataFrame, Codes]:
    """Return the columns ``names`` where none is missing and weights are not zero, and these rows.

    Names are those of :func:`parse`, marks and all.
    """
    counted, columns = design.weights != 0, {}
    for key in map(str, names):
        name = unmarked(key)
        if design.table.is_numeric(name):
            columns[key] = design.table.numbers(name)
            counted = counted & ~np.isnan(columns[key])
        else:
            codes, values = design.table.categories(name)
            columns[key] = pd.Categorical.from_codes(codes, list(values))
            counted = counted & (codes >= 0)
    rows = np.flatnonzero(counted)
    if len(rows) < 2:
        raise NotEstimableError(
            "few", f"{formula!r}: {len(rows)} rows have all variables, expected more. Leave some out."
        )
    data = pd.DataFrame({name: column[rows] for name, column in columns.items()})
    for name in data.columns[data.dtypes == "category"]:
        data[name] = data[name].cat.remove_unused_categories()
    return data, rows


def varying(terms: SimpleFormula, data: pd.DataFrame) -> tuple[SimpleFormula, list[str]]:
    """Return the terms of which a variable varies in ``data``, and the names of the others.

    What is alike in all rows tells nothing apart, whatever else the model holds. A category of one kind has
    no column in any model, and so no name here.
    """
    alike = {name for name in data if data[name].nunique() == 1}
    used = {term: set(map(str, SimpleFormula([term]).required_variables)) for term in terms}
    numbers = {name for name in alike if not isinstance(data[name].dtype, pd.CategoricalDtype)}
    still = [term for term, names in used.items() if names and names <= alike]
    kept = SimpleFormula([term for term in terms if term not in still])
    return kept, [unmarked(term) for term in still if used[term] & numbers]


def matrix(
    terms: Formula | ModelSpec, data: pd.DataFrame, formula: str
) -> tuple[Floats, list[str], ModelSpec]:
    """Return the model matrix of one side of ``formula`` (rows x columns), its names and its making."""
    with np.errstate(divide="ignore", invalid="ignore"):
        x = terms.get_model_matrix(data, context={"np": np}, output="numpy", na_action="ignore")
    if not np.isfinite(x).all():
        raise ValueError(f"{formula!r}: a term is not finite in some row. Look for logarithms of zero.")
    return np.ascontiguousarray(x), [unmarked(name) for name in x.model_spec.column_names], x.model_spec


@lru_cache
def parse(formula: str) -> Formula:
    """Return a formula as formulaic reads it; one without an outcome raises ``ValueError``.

    A quoted name that no variable could have otherwise, such as ```1```, is marked (see :func:`unmarked`).
    """
    if not formula.partition("~")[0].strip() or "~" not in formula:
        raise ValueError(f"{formula!r} has no outcome. Write outcome ~ terms.")
    return Formula(QUOTED.sub(_marked, formula))


def _marked(quoted: re.Match[str]) -> str:
    return quoted[0] if quoted[1].isidentifier() else f"`{MARK}{quoted[1]}`"


def unmarked(name: object) -> str:
    """Return the name of a column or term as the data and the formula have it, without marks."""
    return str(name).replace(MARK, "")


def fit(
    y: Floats, x: Floats, weights: Floats, family: Family, terms: list[str], start: Floats | None = None
) -> Fitted:
    """Return the model ``Fitted`` to ``y`` by pseudo-maximum likelihood.

    The search begins at ``start``, or at a model in which all have one mean.
    """
    x, back = standardised(x, weights, terms)
    if family is FAMILIES["linear"]:
        found: tuple[Floats, Floats] | None = _least_squares(y, x, weights)
    else:
        with np.errstate(divide="ignore"):
            level = family.link(np.average(y, weights=np.abs(weights)))
        begin = _flat(x, weights, level) if start is None else np.linalg.solve(back, start)
        found = newton(partial(_likelihood, y, x, weights, family), begin) if np.isfinite(level) else None
    if found is None:
        raise no_estimates(terms)
    inverse = np.linalg.inv(found[1]).astype(np.float64, copy=False)
    return Fitted(y, x, weights, family, found[0], inverse, back)


def standardised(x: Floats, weights: Floats, terms: list[str]) -> tuple[Floats, Floats]:
    """Return ``x`` (rows x columns) with columns of mean square one and products of nought, weighted.

    With it comes the matrix that turns coefficients of these into coefficients of ``terms``, as the columns
    of ``x`` are called. So neither units nor the place of nought play a part in what is computed of them.
    Raises ``ValueError`` with the terms that follow from the others.
    """
    share, parts = np.abs(weights) / np.abs(weights).sum(), _parts(x)
    size = np.sqrt(sum(share[rows] @ x[rows] ** 2 for rows in parts))
    size = np.where(size == 0, 1.0, size)
    mean = sum(share[rows] @ x[rows] for rows in parts)
    deviation = np.zeros(len(terms))
    triangle = np.zeros((0, len(terms)))
    for rows in parts:
        deviation += share[rows] @ ((x[rows] - mean) / size) ** 2
        scaled = x[rows] / size * np.sqrt(share[rows])[:, None]
        triangle = np.asarray(np.linalg.qr(np.vstack([triangle, scaled]), mode="r"), dtype=np.float64)
    left = np.zeros(len(terms))
    left[: len(triangle)] = np.abs(np.diag(triangle))
    surplus = left < np.maximum(DEVIATIONS * np.sqrt(deviation), WHOLE)
    if surplus.any():
        names = ", ".join(np.array(terms, dtype=object)[surplus])
        raise NotEstimableError(
            "dependent", f"terms {names} follow from the others. Leave them out of the formula."
        )
    back = np.linalg.inv(triangle * np.sign(np.diag(triangle))[:, None]) / size[:, None]
    return np.vstack([x[rows] @ back for rows in parts]), back


def _parts(x: Floats) -> list[slice]:
    """Return slices of the rows of ``x`` so small that OpenBLAS works on one core."""
    width = x.shape[1]
    return list(blocks(len(x), max(ELEMENTS // width, width)))


def no_estimates(terms: list[str]) -> NotEstimableError:
    """Return the error of a model whose likelihood has no highest point."""
    return NotEstimableError(
        "separated",
        "the model has no finite estimates within reach: some term tells outcomes apart without error. "
        f"Look at {', '.join(terms)} by outcome, and drop or merge that term.",
    )


def _least_squares(y: Floats, x: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return the coefficients of least squares, and the information."""
    information, found = product(x * weights[:, None], x), np.zeros(x.shape[1])
    for _ in range(2):  # the second time removes what rounding left
        score = sum((weights[rows] * (y[rows] - x[rows] @ found)) @ x[rows] for rows in _parts(x))
        found = found + np.linalg.solve(information, score)
    return found, information


def _flat(x: Floats, weights: Floats, level: float) -> Floats:
    """Return coefficients of standardised ``x`` that come nearest to ``level`` for all."""
    share = np.abs(weights) / np.abs(weights).sum()
    return level * sum(share[rows] @ x[rows] for rows in _parts(x))


def _likelihood(
    y: Floats, x: Floats, weights: Floats, family: Family, beta: Floats
) -> tuple[float, Floats, Floats]:
    """Return the weighted log-likelihood at ``beta``, its gradient and the information."""
    fit: float = 0.0
    score, information = np.zeros(len(beta)), np.zeros((len(beta), len(beta)))
    with np.errstate(over="ignore", invalid="ignore"):
        for rows in _parts(x):
            part, weight = x[rows], weights[rows]
            eta = part @ beta
            mean = family.mean(eta)
            fit += weight @ (y[rows] * eta - family.cumulant(eta))
            score += (weight * (y[rows] - mean)) @ part
            information += product(part * (weight * family.slope(mean))[:, None], part)
    return fit, score, information
