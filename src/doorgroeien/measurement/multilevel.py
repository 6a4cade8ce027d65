"""How alike people of one group answer: intraclass correlations, and the spread of shares over groups."""

import warnings
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import beta, chi2
from statsmodels.regression.mixed_linear_model import MixedLM
from statsmodels.tools.sm_exceptions import ConvergenceWarning

from doorgroeien.estimation.arrays import NOISE
from doorgroeien.estimation.design import Design
from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.estimation.newton import newton
from doorgroeien.estimation.regression import complete, matrix, parse, standardised, varying

__all__ = ["beta_binomial", "beta_binomial_curve", "intraclass", "pair_products"]

LEAST = 1e-4  # an ICC below it is one on the boundary
MOST = 0.999
LOWEST, HIGHEST = np.array([-7.0, -3.0]), np.array([7.0, 6.0])  # logit of a mean, logarithm of a total
GRID = np.append(np.linspace(0, 0.99, 100), MOST)  # where the highest point of a likelihood is looked for
EXACT = {"xtol": 1e-15, "rtol": 4 * np.finfo(float).eps}


def intraclass(frame: pd.DataFrame, formula: str, groups: str, level: float = 0.95) -> dict:
    """Return the intraclass correlation (ICC) of a model with a random intercept for each of ``groups``.

    Keys: ``estimate, ci_low, ci_high, n``, by maximum likelihood, with the interval of the profile
    likelihood; ``people``, the size of the group of the average person; ``effect``, the design effect that
    follows (Kish 1965), and ``reliability``, that of the mean of so many people (Spearman and Brown); and
    ``refused``, why the model is not to be used: empty, or that the variance of groups is
    nought, or that statsmodels' ``MixedLM`` (default optimiser) does not come to the same maximum.
    ``formula`` is as in ``Design.regress``; rows that miss a variable or the group are left out. Raises
    ``ValueError`` for terms that follow from others or leave nothing of the outcome.
    """
    profile, model = _model(frame, formula, groups)
    best, drop = profile.highest(), chi2.ppf(level, 1) / 2

    def height(rho):
        return profile(rho) - profile(best) + drop

    people = (profile.size**2).sum() / profile.size.sum()
    effect = 1 + (people - 1) * best
    result = {
        "estimate": best,
        "ci_low": 0.0 if height(0.0) >= 0 else brentq(height, 0.0, best, **EXACT),
        "ci_high": 1.0 if height(MOST) >= 0 else brentq(height, best, MOST, **EXACT),
        "n": len(model.endog),
        "people": people,
        "effect": effect,
        "reliability": people * best / effect,
    }
    if best < LEAST:
        return result | {"refused": "variance of groups at nought"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # whether it came to the maximum is seen below
        fit = model.fit(reml=False)
    variance = float(np.asarray(fit.cov_re)[0, 0])
    if not np.isfinite(fit.llf) or abs(variance / (variance + fit.scale) - best) > 10 * LEAST:
        return result | {"refused": "not the maximum of the likelihood"}
    return result | {"refused": ""}


def _model(frame, formula, groups):
    """Return the profile likelihood and the ``MixedLM`` of an outcome in units of its own spread."""
    parsed, design = parse(formula), Design(frame)
    names = dict.fromkeys([*map(str, parsed.required_variables), groups])
    data, rows = complete(design, formula, names)
    kept, _ = varying(parsed.rhs, data)
    y, (x, terms, _) = matrix(parsed.lhs, data, formula)[0], matrix(kept, data, formula)
    x = standardised(x, np.ones(len(x)), terms)[0]
    left = y[:, 0] - x @ np.linalg.lstsq(x, y[:, 0])[0]
    spread = left.std()
    if not spread > NOISE * np.abs(y).max():
        raise NotEstimableError(
            "dependent", f"{formula!r}: the terms leave nothing of the outcome. Leave some out."
        )
    group = pd.factorize(design.table.column(groups).iloc[rows])[0]
    return Profile(left / spread, x, group), MixedLM(left / spread, x, group)


class Profile:
    """The log-likelihood of a model with a random intercept, as a function of its ICC.

    For a given ICC the fixed effects are those of generalised least squares, which need sums within groups
    only; the spread follows from what they leave.
    """

    def __init__(self, y, x, group):
        """Take outcomes, terms (rows x terms) and the code of the group of each row."""
        values, self.size = np.column_stack([x, y]), np.bincount(group)
        self.sums = np.array([np.bincount(group, column) for column in values.T])
        self.n, self.squares = len(values), values.T @ values

    def _rest(self, rho):
        """Return the weighted sum of squares beside the fixed effects, and its derivative."""
        shrink = 1 + (self.size - 1) * rho
        cross = self.squares - (self.sums * (rho / shrink)) @ self.sums.T
        effects = np.linalg.solve(cross[:-1, :-1], cross[:-1, -1])
        left = self.sums[-1] - effects @ self.sums[:-1]
        return cross[-1, -1] - cross[-1, :-1] @ effects, -((left / shrink) ** 2).sum()

    def __call__(self, rho):
        """Return the log-likelihood."""
        groups, rest = len(self.size), self._rest(rho)[0]
        spread = np.log(2 * np.pi * rest / (1 - rho) / self.n)
        shape = (self.n - groups) * np.log(1 - rho) + np.log(1 + (self.size - 1) * rho).sum()
        return -0.5 * (self.n * spread + self.n + shape)

    def slope(self, rho):
        """Return the derivative of the log-likelihood; that of the effects adds nothing at their best."""
        rest, change = self._rest(rho)
        more = (self.size - 1) / (1 + (self.size - 1) * rho)
        return -0.5 * (self.n * change / rest + len(self.size) / (1 - rho) + more.sum())

    def highest(self):
        """Return the ICC of the highest point: where its slope is nought, or an end; 0 for groups of one."""
        if (self.size == 1).all():
            return 0.0
        place = int(np.argmax([self(rho) for rho in GRID]))
        low, high = GRID[max(place - 1, 0)], GRID[min(place + 1, len(GRID) - 1)]
        if self.slope(low) <= 0:
            return float(low)
        return float(high) if self.slope(high) >= 0 else brentq(self.slope, low, high, **EXACT)


def pair_products(frame: pd.DataFrame, score: str, role: str, group: str) -> pd.DataFrame:
    """Return the mean product of the scores of two people of one group, groups x pairs of roles.

    Scores are first standardised over the people of a role, so that the mean of a column over groups is the
    correlation between two people of one group, each group counting the same whatever its size (Karlin,
    Cameron and Williams 1981). Columns are pairs of roles, in the order in which roles come first in
    ``frame``, and then pairs of one role with itself, if some group has two of it; where a group lacks such
    a pair the product is missing. ``score``, ``role`` and ``group`` name columns; rows that miss one are
    left out.
    """
    known = frame[[score, role, group]].dropna()
    spread = known.groupby(role, observed=True)[score]
    z = (known[score] - spread.transform("mean")) / spread.transform("std")
    inside = pd.DataFrame({"sum": z, "square": z**2, "size": 1}).groupby([known[group], known[role]])
    total, square, size = (values.unstack() for _, values in inside.sum().items())
    mean, roles = total / size, list(dict.fromkeys(known[role]))
    found = {(one, other): mean[one] * mean[other] for one, other in combinations(roles, 2)}
    twins = (total**2 - square) / (size * (size - 1)).where(size > 1)
    found |= {(name, name): twins[name] for name in roles if twins[name].notna().any()}
    return pd.DataFrame(found)


def beta_binomial(yes, asked, weight, start=(0.0, 1.0)) -> np.ndarray:
    """Return the logit of the mean and the logarithm of the total of a beta distribution of shares in groups.

    ``yes`` of the ``asked`` of a group say so, binomial with the share of the group (Skellam 1948);
    ``weight`` is what it counts for; all are arrays of one number per group, the first two of whole ones. By
    maximum likelihood, with the logit from -7 to 7 and the logarithm of the total of both parameters from -3
    to 6. Raises ``ValueError`` where no group was asked twice, which leaves the total undetermined.
    """
    yes, asked, weight = (np.asarray(values, dtype=float) for values in (yes, asked, weight))
    if not (asked[weight > 0] > 1).any():
        raise NotEstimableError(
            "few", "no group with two answers or more, so that nothing shows how alike they are."
        )
    number = np.arange(asked.max())
    # The weight of groups with more than each number of answers: yes, no, and all, which count negatively.
    more = np.array([weight @ (counts[:, None] > number) for counts in (yes, asked - yes, asked)])
    more[2] *= -1

    def likelihood(place):
        mean, inverse = expit(place[0]), np.exp(-place[1])
        parts = np.array([[mean], [1 - mean], [1]]) + inverse * number
        swing, sign = mean * (1 - mean), np.array([1, -1, 0])
        first, second = more / parts, -more / parts**2
        by_mean, by_inverse = sign @ first.sum(axis=1), (first @ number).sum()
        score = np.array([swing * by_mean, -inverse * by_inverse])
        curve = np.empty((2, 2))
        curve[0, 0] = swing**2 * (sign**2 @ second.sum(axis=1)) + swing * (1 - 2 * mean) * by_mean
        curve[1, 1] = inverse**2 * (second @ number**2).sum() + inverse * by_inverse
        curve[0, 1] = curve[1, 0] = -inverse * swing * (sign @ (second @ number))
        return (more * np.log(parts)).sum(), score, -curve

    found = newton(likelihood, np.asarray(start, dtype=float), LOWEST, HIGHEST)
    if found is None:
        raise NotEstimableError(
            "unsettled", "the likelihood has no highest point. Look for groups that all say the same."
        )
    return found[0]


def beta_binomial_curve(
    yes, asked, weight, at: np.ndarray, seed: int, draws: int = 200, level: float = 0.95
) -> pd.DataFrame:
    """Return the share of groups whose own share lies above each of ``at``, with a band.

    The columns are ``at, estimate, ci_low, ci_high``, all from 0 to 1. The distribution of shares is that of
    :func:`beta_binomial`, whose arguments are the first three. The band is pointwise, from percentiles of
    ``draws`` bootstrap samples of groups (Efron 1979), widened where needed to hold the estimate.
    """
    counts = pd.DataFrame({"yes": yes, "asked": asked, "weight": weight})
    cells = counts.groupby(["yes", "asked"])["weight"].agg(["sum", "size"]).reset_index()
    size = cells["size"].to_numpy()
    shape = cells["yes"], cells["asked"]
    fitted = beta_binomial(*shape, cells["sum"])
    drawn = np.random.default_rng(seed).multinomial(size.sum(), size / size.sum(), size=draws)
    each = (cells["sum"] / cells["size"]).to_numpy()
    again = [_shares_above(at, beta_binomial(*shape, each * draw, fitted)) for draw in drawn]
    low, high = np.quantile(again, [(1 - level) / 2, (1 + level) / 2], axis=0)
    estimate = _shares_above(at, fitted)
    ends = {"ci_low": np.minimum(low, estimate), "ci_high": np.maximum(high, estimate)}
    return pd.DataFrame({"at": at, "estimate": estimate, **ends})


def _shares_above(at, place):
    total = np.exp(place[1])
    return beta.sf(at, expit(place[0]) * total, expit(-place[0]) * total)
