"""How alike people of one group answer: the intraclass correlation of a random-intercept model."""

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import chi2

__all__ = ["intraclass"]

LEAST = 1e-4  # an ICC below it is one on the boundary
MOST = 0.999


def intraclass(frame: pd.DataFrame, formula: str, groups: str, level: float = 0.95) -> dict:
    """Return the intraclass correlation (ICC) of a model with a random intercept for each of ``groups``.

    Keys: ``estimate, ci_low, ci_high, n``; ``people``, the size of the group of the average person, on which
    the design effect rests (Kish 1965); and ``refused``, why the fit of statsmodels' ``MixedLM`` by maximum
    likelihood, default optimiser, is not to be used: empty, or that the variance of groups is nought, or that
    the fit is not the maximum. The interval is that of the profile likelihood, and so is the estimate where
    the fit is refused.
    """
    model, size = smf.mixedlm(formula, frame, groups=groups), frame.groupby(groups).size()
    likelihood = profile(model)
    found = minimize_scalar(
        lambda rho: -likelihood(rho), bounds=(0, 0.99), method="bounded", options={"xatol": 1e-6}
    )
    best, drop = found.x, chi2.ppf(level, 1) / 2

    def height(rho):
        return likelihood(rho) - likelihood(best) + drop

    result = {
        "estimate": best,
        "ci_low": 0.0 if height(0.0) >= 0 else brentq(height, 0.0, best),
        "ci_high": brentq(height, best, MOST),
        "n": len(frame),
        "people": (size**2).sum() / size.sum(),
    }
    if best < LEAST:
        return result | {"refused": "variance of groups at nought"}
    fit = model.fit(reml=False)
    variance = float(fit.cov_re.iloc[0, 0])
    fitted = variance / (variance + fit.scale)
    if not np.isfinite(fit.llf) or abs(fitted - best) > 10 * LEAST:
        return result | {"refused": "not the maximum of the likelihood"}
    return result | {"estimate": fitted, "refused": ""}


def profile(model):
    """Return the log-likelihood of a random-intercept model (``MixedLM``) as a function of its ICC.

    With one random intercept it has a closed form: for a given ICC the fixed effects are those of generalised
    least squares, which need sums within groups only.
    """
    group = pd.factorize(np.asarray(model.groups))[0]
    values, size = np.column_stack([model.exog, model.endog]), np.bincount(group)
    sums = np.array([np.bincount(group, column) for column in values.T])
    n, squares = len(values), values.T @ values

    def log_likelihood(rho):
        cross = squares - (sums * (rho / (1 + (size - 1) * rho))) @ sums.T
        rest = cross[-1, -1] - cross[-1, :-1] @ np.linalg.solve(cross[:-1, :-1], cross[:-1, -1])
        spread = np.log(2 * np.pi * rest / (1 - rho) / n)
        shape = (n - len(size)) * np.log(1 - rho) + np.log(1 + (size - 1) * rho).sum()
        return -0.5 * (n * spread + n + shape)

    return log_likelihood
