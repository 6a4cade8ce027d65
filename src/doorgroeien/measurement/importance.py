"""What the parts of a composite index do in it: effective weights, outliers, and its whole uncertainty."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.stats import t as student

from doorgroeien.estimation.estimable import NotEstimableError, at_least

__all__ = ["effective_weights", "mixture_interval", "outlying"]

DEGREE = 3  # of the polynomial that follows how an index goes with a part
SKEWED, PEAKED = 2.0, 3.5  # a part is outlying beyond both


def effective_weights(parts: pd.DataFrame, index: pd.Series, nominal: ArrayLike, weight: pd.Series):
    """Return the nominal weight of each part beside the weight it has in effect, both adding up to 1.

    ``parts`` are municipalities x parts without missing scores, ``index`` is the composite, ``nominal`` has a
    weight per part and ``weight`` is the number that a municipality counts for. ``main`` is the correlation
    ratio, or main effect: the share of the variance of the index that is gone once the part is known
    (Paruolo, Saisana and Saltelli 2013), by a polynomial of the third degree. ``effective`` is its share in
    the sum over the parts. Parts that go together each explain what they share, so ``main`` adds up to more
    than 1. Raises ``NotEstimableError`` for too few municipalities, and where a part or the index does not
    vary.

    >>> import pandas as pd
    >>> from doorgroeien.measurement.importance import effective_weights
    >>> parts = pd.DataFrame({"a": [0.0, 50, 0, 50, 0, 50], "b": [10.0, 10, 20, 20, 30, 30]})
    >>> found = effective_weights(parts, parts.mean(axis=1), [0.5, 0.5], pd.Series(1.0, range(6)))
    >>> found[["nominal", "main", "effective"]].round(2).loc["a"].to_list()
    [0.5, 0.9, 0.9]
    """
    at_least(DEGREE + 2, len(parts), "municipalities")
    cases = weight[parts.index].to_numpy(dtype=float)
    centred = index[parts.index] - np.average(index[parts.index], weights=cases)
    y = np.sqrt(cases) * centred.to_numpy()
    main = [1 - _rest(column, y, cases) / (y @ y) for column in _standard(parts, cases).T] if y.any() else []
    if not main:
        raise NotEstimableError("alike", "the index does not vary, expected municipalities that differ.")
    table = pd.DataFrame({"nominal": np.asarray(nominal, dtype=float), "main": main}, parts.columns)
    return table.assign(effective=table["main"] / table["main"].sum())


def outlying(parts: pd.DataFrame, weight: pd.Series) -> pd.DataFrame:
    """Return ``skewness`` and excess ``kurtosis`` of each part, and whether it is ``outlying``.

    It is where the skewness, of either sign, is over 2 and the kurtosis over 3.5: the usual rule for the
    treatment of outliers in composite indicators, the third step of the handbook (OECD and JRC 2008). Missing
    scores do not count. Raises ``NotEstimableError`` for a part that does not vary.

    >>> import pandas as pd
    >>> from doorgroeien.measurement.importance import outlying
    >>> scores = pd.DataFrame({"a": [10.0, 20, 30, 40] * 5, "b": [10.0, 20, 30, 40] * 4 + [20, 30, 40, 300]})
    >>> outlying(scores, pd.Series(1.0, range(20)))["outlying"].to_dict()
    {'a': False, 'b': True}
    """
    rows = {}
    for name, column in parts.items():
        known = column.dropna()
        cases = weight[known.index].to_numpy(dtype=float)
        z = _standard(known.to_frame(), cases)[:, 0]
        rows[name] = np.average(z**3, weights=cases), np.average(z**4, weights=cases) - 3
    found = pd.DataFrame(rows, ["skewness", "kurtosis"]).T
    return found.assign(outlying=(found["skewness"].abs() > SKEWED) & (found["kurtosis"] > PEAKED))


def mixture_interval(estimates: ArrayLike, se: float, df: float, level: float = 0.95) -> tuple[float, float]:
    """Return the interval that holds sampling and choice together.

    Each of the ``estimates`` is one defensible choice, all equally likely, and each has sampling error ``se``
    with ``df`` degrees of freedom. The ends are the quantiles of the mixture, as in the uncertainty analysis
    of the handbook (OECD and JRC 2008, step 7), here exact and not drawn.

    >>> from doorgroeien.measurement.importance import mixture_interval
    >>> [round(end, 2) for end in mixture_interval([50.0, 60.0], 1.0, 100)]
    [48.34, 61.66]
    """
    centres = np.asarray(estimates, dtype=float)
    reach = float(se * student.ppf((1 + level) / 2, df))
    low, high = centres.min() - 2 * reach, centres.max() + 2 * reach

    def beyond(value: float, share: float) -> float:
        return float(np.mean(student.cdf((value - centres) / se, df))) - share

    first, last = ((1 - level) / 2, (1 + level) / 2)
    return float(brentq(beyond, low, high, (first,))), float(brentq(beyond, low, high, (last,)))


def _standard(parts: pd.DataFrame, cases: np.ndarray) -> np.ndarray:
    """Return columns with mean 0 and variance 1; one that does not vary raises ``NotEstimableError``."""
    values = parts.to_numpy(dtype=float)
    values = values - np.average(values, axis=0, weights=cases)
    spread = np.sqrt(np.average(values**2, axis=0, weights=cases))
    if not (spread > 0).all():
        names = ", ".join(parts.columns[spread == 0])
        raise NotEstimableError("alike", f"part {names} does not vary, expected municipalities that differ.")
    return values / spread


def _rest(column: np.ndarray, y: np.ndarray, cases: np.ndarray) -> float:
    """Return the sum of squares of ``y``, which has roots of ``cases`` in it, beside a polynomial."""
    x = np.vander(column, DEGREE + 1) * np.sqrt(cases)[:, None]
    left = y - x @ np.linalg.lstsq(x, y)[0]
    return float(left @ left)
