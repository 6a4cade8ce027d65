"""Weights adjusted to known totals and for non-response, and what that does to the variance."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array

from doorgroeien.stages import Stage, sums

__all__ = ["METHODS", "Calibration", "Response", "calibrate", "read_response"]

METHODS = ("poststratify", "rake", "linear", "raking", "logit")
CLOSE, STEPS = 1e-11, 50  # a total is met within this share of it, and within so many Newton steps


@dataclass(frozen=True, eq=False)
class Calibration:
    """Weights changed as little as possible, by ``distance``, so that the totals of ``x`` are met.

    Attributes:
        x: auxiliary variables (rows x totals, sparse); ``names`` and ``totals`` go with its columns.
        distance, bounds: how a weight may change, and the limits of new over old.
        before, after: weights of the rows on both sides of the calibration.
    """

    x: csr_array
    names: list
    totals: np.ndarray
    distance: str
    bounds: tuple
    before: np.ndarray
    after: np.ndarray | None = None

    def apply(self, weights):
        """Return calibrated weights, by Newton's method on the equations of Deville and Särndal (1992).

        Raises ``ValueError`` with the total that is missed most when they cannot all be met.
        """
        x, totals = self.x, self.totals
        multipliers = np.zeros(len(totals))
        ratio, slope = _change(np.zeros(len(weights)), self.distance, self.bounds)
        missed = totals - x.T @ (weights * ratio)
        for _ in range(STEPS):
            if self._distance(missed) < CLOSE:
                return weights * ratio
            step = _solve(_cross_product(x, weights * slope), missed)
            for halving in 0.5 ** np.arange(20):
                attempt = multipliers + halving * step
                with np.errstate(over="ignore", invalid="ignore"):
                    ratio, slope = _change(x @ attempt, self.distance, self.bounds)
                    still = totals - x.T @ (weights * ratio)
                if np.isfinite(still).all() and self._distance(still) < self._distance(missed):
                    break
            else:
                break
            multipliers, missed = attempt, still
        worst = np.argmax(np.abs(missed) / (1 + np.abs(totals)))
        raise ValueError(
            f"calibration cannot meet the total of {self.names[worst]}: {totals[worst]:g} asked, "
            f"{totals[worst] - missed[worst]:g} reached with {self._within()}. Check that total, widen the "
            "bounds, or merge small categories."
        )

    def _distance(self, missed):
        return np.max(np.abs(missed) / (1 + np.abs(self.totals)))

    def _within(self):
        return f"method {self.distance!r} and weight ratios between {self.bounds[0]:g} and {self.bounds[1]:g}"

    def linearise(self, z, share):
        """Return residuals of ``z`` (rows x columns) from its regression on ``x``, and no stage of its own.

        The regression uses the weights before calibration, the residuals those after (the g-weighted
        variance of Särndal, Swensson and Wretman 1992, sec. 6.6), as in R's ``calibrate``.
        """
        u = np.divide(z, self.after[:, None], out=np.zeros_like(z), where=self.after[:, None] != 0)
        product = _cross_product(self.x, self.before)
        for _ in range(2):  # the second time removes what rounding left
            u = u - self.x @ _solve(product, self.x.T @ (u * self.before[:, None]))
        return u * self.after[:, None], None, None


@dataclass(frozen=True, eq=False)
class Response:
    """Weights of respondents raised, in each class, to the weights of all sampled in it.

    Attributes:
        codes: the class of each row; ``responded`` tells who answered.
        before, after: weights of the rows on both sides of the adjustment.
        lonely: as in ``Stage``.
    """

    codes: np.ndarray
    responded: np.ndarray
    lonely: str
    before: np.ndarray
    after: np.ndarray | None = None

    def apply(self, weights):
        """Return adjusted weights: zero for who did not respond."""
        count = self.codes.max() + 1
        answered = weights * self.responded
        ratio = np.bincount(self.codes, weights, count) / np.bincount(self.codes, answered, count)
        return answered * ratio[self.codes]

    def linearise(self, z, share):
        """Return values of ``z`` for all sampled, and the stage that response adds, with its values.

        Sampled rows carry the mean of their class, respondents their deviation from it besides. Response is
        a last stage of simple random sampling within classes (Särndal, Swensson and Wretman 1992, sec. 15.6);
        ``share`` is the product of the sampling fractions of the other stages (rows).
        """
        count = self.codes.max() + 1
        mean = sums(self.codes, z, count) / np.bincount(self.codes, self.after, count)[:, None]
        mean = np.take(mean, self.codes, axis=0)
        own = z - mean * self.after[:, None]
        counted = self.before != 0
        sampled = np.bincount(self.codes, counted, count)
        size = np.bincount(self.codes, counted & self.responded, count).astype(int)
        stage = Stage(None, self.codes, np.arange(len(z)), size, sampled, share, self.lonely)
        return own + mean * self.before[:, None], stage, own


def _change(u, distance, bounds):
    """Return new over old weight as a function of x times multipliers, and its derivative.

    Deville and Särndal (1992), their cases 1, 2 and 6 and, with bounds, 7.
    """
    low, high = bounds
    if distance == "logit":
        scale = (high - low) / ((high - 1) * (1 - low))
        odds = np.exp(scale * u)
        below = high - 1 + (1 - low) * odds
        ratio = (low * (high - 1) + high * (1 - low) * odds) / below
        return ratio, scale * odds * (1 - low) * (high - 1) * (high - low) / below**2
    free = np.exp(u) if distance == "raking" else 1 + u
    slope = free if distance == "raking" else np.ones_like(u)
    return np.clip(free, low, high), np.where((free > low) & (free < high), slope, 0.0)


def _cross_product(x, weights):
    return (x.T @ x.multiply(weights[:, None])).toarray()


def _solve(matrix, right):
    """Solve a symmetric system that may be singular, because margins share their total."""
    size = np.sqrt(np.maximum(np.abs(np.diag(matrix)), np.finfo(float).tiny))
    scale = size[:, None] if right.ndim > 1 else size
    return np.linalg.lstsq(matrix / np.outer(size, size), right / scale, rcond=1e-11)[0] / scale


def calibrate(table, weights, totals, method, bounds):
    """Return the ``Calibration`` of ``weights`` that ``totals`` ask for; see ``Design.calibrate``."""
    if method not in METHODS:
        raise ValueError(f"method {method!r} is unknown. Choose one of {', '.join(METHODS)}.")
    distance = {"poststratify": "linear", "rake": "raking"}.get(method, method)
    low, high = bounds or (-np.inf, np.inf)
    if not low < 1 < high or (method == "logit" and not np.isfinite([low, high]).all()):
        raise ValueError(
            f"bounds {bounds}: expected a lower bound below and an upper bound above 1"
            f"{', both finite' if method == 'logit' else ''}. Choose for example bounds=(0.3, 3)."
        )
    if bounds and method in ("poststratify", "rake"):
        raise ValueError(f"method {method!r} has no bounds. Use method='raking' or 'logit' with bounds.")
    margins = [_margin(table, weights, name, values, method) for name, values in totals.items()]
    if method == "poststratify" and len(margins) != 1:
        raise ValueError(
            f"poststratify: {len(margins)} margins, expected one. Give a tuple of columns with the totals of "
            "their combinations, or use method='rake'."
        )
    _check_sums(margins)
    starts = np.cumsum([0] + [len(margin.totals) for margin in margins])
    indices = np.stack([margin.codes + start for margin, start in zip(margins, starts, strict=False)], axis=1)
    values = np.stack([margin.values for margin in margins], axis=1)
    rows, count = values.shape
    x = csr_array((values.ravel(), indices.ravel(), np.arange(rows + 1) * count), shape=(rows, starts[-1]))
    names = [name for margin in margins for name in margin.names]
    result = Calibration(
        x, names, np.concatenate([m.totals for m in margins]), distance, (low, high), weights
    )
    return replace(result, after=result.apply(weights))


@dataclass(frozen=True, eq=False)
class _Margin:
    """One calibration variable: categories with a total each (values 1), or a number with one total."""

    names: list
    totals: np.ndarray
    codes: np.ndarray
    values: np.ndarray


def _margin(table, weights, name, totals, method):
    """Read one calibration variable; every total that cannot be met at all raises ``ValueError``."""
    if np.isscalar(totals):
        if method in ("poststratify", "rake"):
            raise ValueError(f"{name}: one number, expected totals by category. Use method='linear'.")
        values = table.numbers(name)
        table.refuse_missing(name, np.isnan(values))
        return _Margin([str(name)], np.array([float(totals)]), np.zeros(len(table), dtype=np.int64), values)
    names = list(name) if isinstance(name, tuple) else [name]
    cells = table.domains(names)
    table.refuse_missing(name, ~cells.inside)
    found = list(zip(*cells.keys.values(), strict=True)) if len(names) > 1 else list(cells.keys[names[0]])
    asked = {key: float(total) for key, total in dict(totals).items()}
    there = cells.sums(np.ones((len(table), 1)), weights)[:, 0]
    problems = [f"{key!r} has no total" for key in found if key not in asked]
    problems += [
        f"{key!r} has total {total:g} and no one in the sample"
        for key, total in asked.items()
        if total and key not in found
    ]
    problems += [
        f"{key!r} has total {asked[key]:g}, expected more than 0"
        for key in found
        if not asked.get(key, 1) > 0
    ]
    problems += [
        f"{key!r} has weight {have:g} in the sample"
        for key, have in zip(found, there, strict=True)
        if not have > 0
    ]
    if problems:
        raise ValueError(
            f"margin {name!r} cannot be met: {'; '.join(problems)}. Correct the totals, or merge categories."
        )
    totals = np.array([asked[key] for key in found])
    return _Margin([f"{name} = {key}" for key in found], totals, cells.codes, np.ones(len(table)))


def _check_sums(margins):
    """Refuse margins whose totals do not add up to one population."""
    sums_ = {
        margin.names[0].split(" = ")[0]: margin.totals.sum() for margin in margins if len(margin.totals) > 1
    }
    if sums_ and max(sums_.values()) - min(sums_.values()) > 1e-9 * max(sums_.values()):
        listed = ", ".join(f"{name} {total:.10g}" for name, total in sums_.items())
        raise ValueError(f"margins add up to different populations: {listed}. Make their sums equal.")


def read_response(table, weights, classes, responded, lonely):
    """Return the ``Response`` that ``Design.nonresponse`` asks for."""
    cells = table.domains(classes)
    table.refuse_missing(classes, ~cells.inside)
    answer = table.column(responded)
    table.refuse_missing(responded, answer.isna().to_numpy())
    if not answer.isin([0, 1]).all():
        raise ValueError(f"column {responded!r}: expected True or False (1 or 0) in every row. Recode it.")
    answered = answer.to_numpy(dtype=bool)
    empty = np.flatnonzero(cells.sums(answered[:, None].astype(float), weights)[:, 0] <= 0)
    if len(empty):
        listed = [", ".join(f"{name} {key[code]}" for name, key in cells.keys.items()) for code in empty]
        raise ValueError(f"no one responded in class {'; '.join(listed)}. Merge it with a class like it.")
    result = Response(cells.codes, answered, lonely, weights)
    return replace(result, after=result.apply(weights))
