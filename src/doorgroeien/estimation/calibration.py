"""Weights adjusted to known totals and for non-response, and what that does to the variance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from scipy.sparse import csr_array

from doorgroeien.estimation.arrays import Codes, Flags, Floats, sums
from doorgroeien.estimation.columns import Domains, Names, Table
from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.estimation.stages import Stage, separate

__all__ = ["METHODS", "Bounds", "Calibration", "Response", "Totals", "calibrate", "read_response"]

METHODS = {
    "poststratify": "linear",
    "rake": "raking",
    "linear": "linear",
    "raking": "raking",
    "logit": "logit",
}
Bounds: TypeAlias = tuple[float, float]
Totals: TypeAlias = Mapping[Any, Any]  # of each column, or columns, a number or a number per category
Linearised: TypeAlias = tuple[Floats, Stage | None, Floats | None]
CLOSE, STEPS = 1e-11, 50  # totals are met within this share, and within so many Newton steps


@dataclass(frozen=True, eq=False)
class Margin:
    """One calibration variable: categories with a total each, or a number with one total.

    Row ``i`` counts for ``values[i]`` in the total of category ``codes[i]``.
    """

    name: str
    categories: list[Any]
    totals: Floats
    codes: Codes
    values: Floats

    @property
    def labels(self) -> list[str]:
        """Return a name for each total."""
        return [f"{self.name} = {key!r}" for key in self.categories] or [self.name]


@dataclass(frozen=True, eq=False)
class Calibration:
    """Weights changed as little as possible, by ``distance``, so that the totals of ``x`` are met.

    Attributes:
        x: auxiliary variables (rows x totals, sparse); ``names`` and ``totals`` go with its columns.
        constant: coefficients of the columns that add up to 1 in every row, or zeros if none do.
        centre: what was subtracted from each column, so that units that lie far from nought cost no digits.
        distance: ``linear``, ``raking`` or ``logit``; ``bounds`` limit the ratio of new to old weights.
        before, after: weights of the rows on both sides of the calibration.
    """

    x: csr_array
    names: list[str]
    totals: Floats
    constant: Floats
    centre: Floats
    distance: str
    bounds: Bounds
    before: Floats
    after: Floats = None  # type: ignore[assignment] # until the weights are applied

    def apply(self, weights: Floats) -> Floats:
        """Return calibrated weights, by Newton's method on the equations of Deville and Särndal (1992).

        Raises ``ValueError`` with the total that is missed most when they cannot all be met.
        """
        multipliers = np.zeros(len(self.totals))
        scale = np.maximum(np.abs(self.totals), abs(self.x).T @ np.abs(weights))
        scale = np.where(scale == 0, 1.0, scale)
        ratio, slope, missed = self._try(weights, multipliers)
        for _ in range(STEPS):
            met = _share(missed, scale) < CLOSE
            step = _inverted(_cross_product(self.x, weights * slope)) @ missed
            for halving in 0.5 ** np.arange(1 if met else 20):
                attempt = self._try(weights, multipliers + halving * step)
                if _share(attempt[2], scale) < _share(missed, scale):
                    multipliers = multipliers + halving * step
                    ratio, slope, missed = attempt
                    break
            else:
                if not met:
                    break
            if met:  # one step ago: so that it does not matter by which way they were met
                return weights * ratio
        raise self._failure(missed, scale)

    def _try(self, weights: Floats, multipliers: Floats) -> tuple[Floats, Floats, Floats]:
        """Return ratios of new to old weight, their slope, and what the totals then miss."""
        with np.errstate(over="ignore", invalid="ignore"):
            ratio, slope = _change(self.x @ multipliers, self.distance, self.bounds)
            return ratio, slope, self.totals - self.x.T @ (weights * ratio)

    @cached_property
    def _slopes(self) -> tuple[csr_array, Floats]:
        """Return the auxiliary variables times weights, and the inverse of their cross product."""
        return _weighted(self.x, self.before), _inverted(_cross_product(self.x, self.before))

    def _failure(self, missed: Floats, scale: Floats) -> NotEstimableError:
        size = np.where((self.centre == 0) & (self.totals != 0), np.abs(self.totals), scale)
        worst = np.argmax(np.abs(missed) / size)
        asked, left = (part + self.centre * (self.constant @ part) for part in (self.totals, missed))
        low, high = self.bounds
        return NotEstimableError(
            "unweighted",
            f"calibration cannot meet the total of {self.names[worst]}: {asked[worst]:.10g} asked, "
            f"{asked[worst] - left[worst]:.10g} reached with weight ratios from {low:g} to {high:g}. "
            "Check that total, widen the bounds, or merge small categories.",
        )

    def separate(self, domains: Domains) -> bool:
        """Tell whether each total is of one domain, so that what is regressed on it stays in its own."""
        codes = np.repeat(domains.codes, np.diff(self.x.indptr))
        return separate(self.x.indices, codes, len(self.totals))

    def linearise(self, z: Floats, share: Floats) -> Linearised:
        """Return residuals of ``z`` (rows x columns) from its regression on ``x``, and no stage of its own.

        The regression uses the weights before calibration, the residuals those after (the g-weighted
        variance of Särndal, Swensson and Wretman 1992, sec. 6.6), as in R's ``calibrate``.
        """
        after = self.after[:, None]
        u = np.divide(z, after, out=np.zeros_like(z), where=after != 0)
        weighted, inverse = self._slopes
        lost = np.isnan(u)  # in one domain of several, of which the others know nothing
        u[lost] = 0.0
        for _ in range(2):  # the second time removes what rounding left
            u -= self.x @ (inverse @ (weighted.T @ u))
        u[lost] = np.nan
        return u * after, None, None


@dataclass(frozen=True, eq=False)
class Response:
    """Weights of respondents raised, in each class, to the weights of all sampled in it.

    Attributes:
        codes: the class of each row; ``responded`` tells who answered.
        lonely: as in ``Stage``, for classes with one respondent.
        before, after: weights of the rows on both sides of the adjustment.
    """

    codes: Codes
    responded: Flags
    lonely: str
    before: Floats
    after: Floats = None  # type: ignore[assignment] # until the weights are applied

    def apply(self, weights: Floats) -> Floats:
        """Return adjusted weights: zero for who did not respond."""
        answered = weights * self.responded
        ratio = np.bincount(self.codes, weights) / np.bincount(self.codes, answered)
        return answered * ratio[self.codes]

    @property
    def rate(self) -> Floats:
        """Return the share of the sampled rows in its class that responded (rows)."""
        sampled, answered = (np.bincount(self.codes, who != 0) for who in (self.before, self.after))
        return (answered / sampled)[self.codes]

    def separate(self, domains: Domains) -> bool:
        """Tell whether each class lies in one domain."""
        return separate(self.codes, domains.codes, len(self.codes))

    def linearise(self, z: Floats, share: Floats) -> Linearised:
        """Return ``z`` (rows x columns) for all sampled, the stage that response adds, and its values.

        A sampled row carries the mean of its class, a respondent its own deviation from it besides. Response
        is a last stage of simple random sampling within classes (Särndal, Swensson and Wretman 1992, sec.
        15.6); ``share`` is the product of the sampling fractions of the other stages (rows).
        """
        total = np.bincount(self.codes, self.after)
        mean = np.take(sums(self.codes, z, len(total)) / total[:, None], self.codes, axis=0)
        own = z - mean * self.after[:, None]
        sampled = np.bincount(self.codes, self.before != 0)
        size = np.bincount(self.codes, self.after != 0).astype(int)
        stage = Stage(None, self.codes, np.arange(len(z)), size, sampled, share, self.lonely)
        return own + mean * self.before[:, None], stage, own


def calibrate(
    table: Table, weights: Floats, totals: Totals, method: str, bounds: Bounds | None
) -> Calibration:
    """Return the ``Calibration`` of ``weights`` that ``totals`` ask for; see ``Design.calibrate``."""
    low, high = _checked_bounds(method, bounds)
    whole = method in ("poststratify", "rake")
    margins = [_margin(table, weights, name, values, whole) for name, values in totals.items()]
    if not margins or (method == "poststratify" and len(margins) > 1):
        raise ValueError(
            f"{method}: {len(margins)} margins, expected {'one' if margins else 'one or more'}. Give a tuple "
            "of columns with the totals of their combinations, or use method='rake'."
        )
    sizes = {margin.name: margin.totals.sum() for margin in margins if margin.categories}
    if sizes and not np.isclose(min(sizes.values()), max(sizes.values()), rtol=1e-9, atol=0):
        listed = ", ".join(f"{name} {size:.10g}" for name, size in sizes.items())
        raise ValueError(f"margins add up to different populations: {listed}. Make their sums equal.")
    starts = np.cumsum([0, *(len(margin.totals) for margin in margins)])
    places = np.stack([margin.codes + start for margin, start in zip(margins, starts, strict=False)], axis=1)
    values = np.stack([margin.values for margin in margins], axis=1)
    constant, centre = _centring(margins, starts, weights)
    values = values - centre[places]
    rows, count = values.shape
    ends = np.arange(rows + 1) * count
    x = csr_array((values.ravel(), places.ravel(), ends), shape=(rows, starts[-1]))
    x.eliminate_zeros()
    names = [name for margin in margins for name in margin.labels]
    asked = np.concatenate([margin.totals for margin in margins])
    asked = asked - centre * (constant @ asked)
    result = Calibration(x, names, asked, constant, centre, METHODS[method], (low, high), weights)
    return replace(result, after=result.apply(weights))


def _centring(margins: Sequence[Margin], starts: Codes, weights: Floats) -> tuple[Floats, Floats]:
    """Return coefficients of columns that add up to 1 in every row, and what to subtract from each column.

    Without such columns, which make it no other calibration, nothing is subtracted; nor is it from a column
    that is nought in most rows, and would have a number in each.
    """
    constant, centre = np.zeros((2, starts[-1]))
    same = [margin.values[0] != 0 and (margin.values == margin.values[0]).all() for margin in margins]
    if any(same):
        whole = same.index(True)
        constant[starts[whole] : starts[whole + 1]] = 1 / margins[whole].values[0]
        for margin, start, fixed in zip(margins, starts, same, strict=False):
            if not fixed and 2 * np.count_nonzero(margin.values) > len(weights):
                centre[start] = np.average(margin.values, weights=np.abs(weights))
    return constant, centre


def _checked_bounds(method: str, bounds: Bounds | None) -> Bounds:
    if method not in METHODS:
        raise ValueError(f"method {method!r} is unknown. Choose one of {', '.join(METHODS)}.")
    if bounds and method in ("poststratify", "rake"):
        raise ValueError(f"method {method!r} has no bounds. Use method='raking' or 'logit' with bounds.")
    low, high = bounds or (-np.inf, np.inf)
    if not low < 1 < high or (method == "logit" and not np.isfinite([low, high]).all()):
        raise ValueError(
            f"bounds {bounds}: expected a lower one below 1 and an upper one above 1"
            f"{', both finite' if method == 'logit' else ''}. Choose for example bounds=(0.3, 3)."
        )
    return low, high


def _margin(table: Table, weights: Floats, name: Any, totals: Any, whole: bool) -> Margin:
    """Read one calibration variable; totals that cannot be met at all raise ``ValueError``, all at once."""
    if np.isscalar(totals):
        if whole:
            raise ValueError(
                f"margin {name!r}: one number, expected a total per category, or method='linear'."
            )
        values = table.numbers(name)
        table.refuse_missing(name, np.isnan(values))
        return Margin(
            str(name), [], np.array([totals], dtype=float), np.zeros(len(table), dtype=np.int64), values
        )
    names = list(name) if isinstance(name, tuple) else [name]
    cells = table.domains(names)
    table.refuse_missing(name, ~cells.inside)
    keys = [key.tolist() for key in cells.keys.values()]
    found = list(zip(*keys, strict=True)) if len(names) > 1 else keys[0]
    asked = dict(totals)
    sampled = cells.sums(np.ones((len(table), 1)), weights)[:, 0]
    problems = [
        *(f"{key!r} has no total" for key in found if key not in asked),
        *(f"{key!r} has a total and is not in the data" for key in asked if asked[key] and key not in found),
        *(f"{key!r} has total {asked[key]}" for key in found if not asked.get(key, 1) > 0),
        *(
            f"{key!r} has weight {weight:g}"
            for key, weight in zip(found, sampled, strict=True)
            if not weight > 0
        ),
    ]
    if problems:
        raise ValueError(
            f"margin {name!r} cannot be met: {'; '.join(problems)}; expected a total above 0 for each "
            "category, and someone with a weight in it. Correct the totals, or merge categories."
        )
    totals = np.array([float(asked[key]) for key in found])
    return Margin(str(name), found, totals, cells.codes, np.ones(len(table)))


def read_response(table: Table, weights: Floats, classes: Names, responded: str, lonely: str) -> Response:
    """Return the ``Response`` that ``Design.nonresponse`` asks for."""
    cells = table.domains(classes)
    table.refuse_missing(classes, ~cells.inside)
    answer = table.numbers(responded)
    if not np.isin(answer, [0, 1]).all():
        raise ValueError(f"column {responded!r}: expected True or False (1 or 0) in every row. Recode it.")
    answered = answer == 1
    sampled, size = (np.bincount(cells.codes, (weights != 0) & who) for who in (True, answered))
    refused = lonely in ("fail", "pooled")  # nothing is pooled over classes
    few = np.flatnonzero((size == 0) | ((size == 1) & (sampled > 1) & refused))
    if len(few):
        listed = [" ".join(f"{name} {key[code]!r}" for name, key in cells.keys.items()) for code in few]
        raise ValueError(
            f"class {'; '.join(listed)}: fewer than two respondents. Merge it with a class like it, or, for "
            "one respondent, choose lonely='certainty' or another rule."
        )
    result = Response(cells.codes, answered, lonely, weights)
    return replace(result, after=result.apply(weights))


def _share(missed: Floats, scale: Floats) -> float:
    """Return the largest share of a total that is missed; infinite for one that is not a number."""
    return np.nan_to_num((np.abs(missed) / scale).max(), nan=np.inf)


def _change(u: Floats, distance: str, bounds: Bounds) -> tuple[Floats, Floats]:
    """Return the ratio of new to old weight for ``u``, x times multipliers, and its derivative.

    Deville and Särndal (1992, sec. 2): the linear, exponential and logit methods, the first two also cut off
    at bounds.
    """
    low, high = bounds
    if distance == "logit":
        scale = (high - low) / ((high - 1) * (1 - low))
        odds = np.exp(scale * u)
        below = high - 1 + (1 - low) * odds
        ratio = (low * (high - 1) + high * (1 - low) * odds) / below
        return ratio, scale * odds * (1 - low) * (high - 1) * (high - low) / below**2
    free, slope = (np.exp(u), np.exp(u)) if distance == "raking" else (1 + u, np.ones_like(u))
    return np.clip(free, low, high), np.where((free > low) & (free < high), slope, 0.0)


def _cross_product(x: csr_array, weights: Floats) -> Floats:
    return (x.T @ _weighted(x, weights)).toarray()


def _weighted(x: csr_array, weights: Floats) -> csr_array:
    return csr_array((x.data * np.repeat(weights, np.diff(x.indptr)), x.indices, x.indptr), shape=x.shape)


def _inverted(matrix: Floats) -> Floats:
    """Return the inverse of a symmetric matrix that may be singular, because margins share their total."""
    size = np.sqrt(np.maximum(np.abs(np.diag(matrix)), np.finfo(float).tiny))
    scale = np.outer(size, size)
    return np.linalg.pinv(matrix / scale, rcond=1e-11, hermitian=True) / scale
