"""Scores of scales from items, and how well the items measure one thing."""

import numpy as np
import pandas as pd
from scipy.stats import f as f_distribution

from doorgroeien.estimation.arrays import aligned
from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.estimation.newton import newton

__all__ = [
    "alpha",
    "composite_reliability",
    "filled",
    "icc",
    "item_rest",
    "omega",
    "one_factor",
    "scale",
    "two_way",
]

SINGULAR = 1e-8  # smallest eigenvalue of correlations below which some items follow from the others


def scale(items, low, high, reverse=(), answered=0.5):
    """Return the score of each respondent, 0 to 100, as a Series.

    Args:
        items: data frame of the items, respondents x items, NaN where not answered.
        low, high: ends of the answer scale of all items.
        reverse: items whose high end means little of what the scale measures.
        answered: the share of items that must be answered; a score is the mean over those that are, and
            missing with fewer.

    Raises ``ValueError`` with the items that hold answers outside ``low`` to ``high``, and with items in
    ``reverse`` that are not there.
    """
    unknown = [name for name in reverse if name not in items.columns]
    outside = [name for name in items.columns if not items[name].dropna().between(low, high).all()]
    if unknown:
        raise ValueError(
            f"reverse: {', '.join(unknown)} not among the items. Choose from {', '.join(items)}."
        )
    if outside:
        raise ValueError(
            f"{', '.join(outside)}: answers outside {low} to {high}. Correct them or make them missing."
        )
    values = (items.to_numpy(dtype=float, na_value=np.nan) - low) * (100 / (high - low))
    turned = np.isin(items.columns, list(reverse))
    values[:, turned] = 100 - values[:, turned]
    present = ~np.isnan(values)
    count = present.sum(axis=1)
    total = np.where(present, values, 0.0).sum(axis=1)
    enough = (count > 0) & (count >= answered * values.shape[1])
    return pd.Series(
        np.divide(total, count, out=np.full(len(count), np.nan), where=enough), index=items.index
    )


def two_way(items, levels):
    """Return ``items`` (cases x items) with what is missing filled in from row and column.

    A missing item counts as its level plus what the case is above or below the levels on the items that it
    has (Bernaards and Sijtsma 2000). ``levels`` is a number per item, or a frame like ``items``. A case
    without any item stays as it is.
    """
    if isinstance(levels, pd.Series | pd.DataFrame):
        levels = levels[items.columns].to_numpy(dtype=float)
    return pd.DataFrame(filled(items.to_numpy(dtype=float), levels), items.index, items.columns)


def filled(values, levels):
    """Return an array as ``two_way`` fills it in."""
    known = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        above = np.where(known, values - levels, 0.0).sum(axis=1) / known.sum(axis=1)
    return np.where(known, values, levels + above[:, None])


def alpha(items, weight=None, level=0.95):
    """Return Cronbach's alpha with Feldt's (1965) interval, as a table of one row.

    ``items`` is a data frame (respondents x items) already in one direction; ``weight`` a Series, with the
    index of the items, or an array. Respondents who miss an item are left out. With weights the covariances
    are weighted, and the interval is that of the number of equally weighted respondents who say as much
    (Kish); it takes respondents for independent.
    """
    values, weights = _complete(items, weight)
    number, equal = values.shape[1], weights.sum() ** 2 / (weights**2).sum()
    estimate = _alpha(_covariance(values, weights))
    df = equal - 1, (equal - 1) * (number - 1)
    high, low = (
        1 - (1 - estimate) * f_distribution.ppf(tail, *df) for tail in ((1 - level) / 2, (1 + level) / 2)
    )
    found = {"estimate": estimate, "ci_low": low, "ci_high": high, "n": len(values), "items": number}
    return pd.DataFrame([found])


def omega(items, weight=None):
    """Return McDonald's omega, as a table of one row.

    Omega is the share of one common factor in the variance of the sum of the items: (sum of loadings)
    squared over itself plus the sum of unique variances (McDonald 1999, ch. 6), with loadings on the items
    as they are by maximum likelihood. Raises ``ValueError`` for fewer than three items and for items that
    do not vary.
    """
    values, weights = _complete(items, weight)
    if values.shape[1] < 3:
        raise NotEstimableError(
            "few", f"{values.shape[1]} items, expected three or more: fewer do not determine a factor."
        )
    if len(values) <= values.shape[1]:
        raise NotEstimableError(
            "few", f"{len(values)} respondents with all {values.shape[1]} items, expected more than items."
        )
    covariance = _covariance(values, weights)
    size = np.sqrt(np.diag(covariance))
    unique = _unique_variances(covariance / np.outer(size, size))
    common = (size @ _loadings(covariance / np.outer(size, size), unique)) ** 2
    found = {"estimate": common / (common + unique @ size**2), "n": len(values), "items": values.shape[1]}
    return pd.DataFrame([found])


def composite_reliability(reliability, variance, weights, total):
    """Return the reliability of a weighted sum of scores, such as a difference (Mosier 1943).

    Their errors are taken for independent: one minus the sum of weights squared times error variances, over
    the variance ``total`` of the weighted sum. ``reliability``, ``variance`` and ``weights`` have a number
    for each score.
    """
    noise = (1 - np.asarray(reliability)) * np.asarray(variance)
    return float(1 - (np.square(weights) * noise).sum() / total)


def one_factor(correlation, n):
    """Return how well one common factor fits the ``correlation`` matrix of ``n`` cases, as a Series.

    By maximum likelihood: ``chi2`` and ``df`` of the model, the comparative fit index ``cfi``, ``rmsea`` and
    ``srmr`` (Hu and Bentler 1999).
    """
    correlation = np.asarray(correlation, dtype=float)
    number = len(correlation)
    unique = _unique_variances(correlation)
    loading = _loadings(correlation, unique)
    implied = np.outer(loading, loading) + np.diag(unique)
    determinant = np.linalg.slogdet(correlation)[1]
    misfit = (
        np.linalg.slogdet(implied)[1] - determinant + np.trace(np.linalg.solve(implied, correlation)) - number
    )
    chi2, df, null = (n - 1) * misfit, number * (number - 3) / 2, -(n - 1) * determinant
    excess = max(chi2 - df, 0)
    beside = max(null - number * (number - 1) / 2, excess)
    left = (correlation - implied)[np.tril_indices(number)]
    found = {"chi2": chi2, "df": df, "cfi": 1 - excess / beside if beside else 1.0}
    return pd.Series(found | {"rmsea": np.sqrt(excess / df / (n - 1)), "srmr": np.sqrt((left**2).mean())})


def item_rest(items, weight=None):
    """Return for each item how it goes with the others: its correlation with their sum, and alpha without it.

    The table has the columns ``item, mean, sd, r_rest, alpha_without, n``. Respondents who miss an item are
    left out.
    """
    values, weights = _complete(items, weight)
    covariance = _covariance(values, weights)
    variance = np.diag(covariance)
    shared = covariance.sum(axis=1) - variance
    rest = covariance.sum() - 2 * shared - variance
    left = [np.delete(np.delete(covariance, place, 0), place, 1) for place in range(len(variance))]
    without = [_alpha(rest) if len(rest) > 1 else np.nan for rest in left]
    return pd.DataFrame(
        {
            "item": list(items.columns),
            "mean": np.average(values, axis=0, weights=weights),
            "sd": np.sqrt(variance),
            "r_rest": shared / np.sqrt(variance * rest),
            "alpha_without": without,
            "n": len(values),
        }
    )


def icc(values, group, level=0.95):
    """Return the one-way intraclass correlation of ``values`` within ``group``, as a table of one row.

    ``estimate`` is ICC(1), the correlation of two members of a group, from the analysis of variance;
    ``reliability`` is that of the mean of a group of average size. Interval by Searle's F (exact with equal
    groups). ``values`` and ``group`` are Series, of one index, or arrays; missing ones are left out. Groups
    of one count for the mean squares between.
    """
    values = pd.Series(values)
    y = values.to_numpy(dtype=float, na_value=np.nan)
    frame = pd.DataFrame({"y": y, "group": aligned(group, values.index)}).dropna()
    groups = frame.groupby("group")["y"].agg(["size", "mean"])
    n, number = len(frame), len(groups)
    if not 1 < number < n:
        raise NotEstimableError(
            "few", f"{n} values in {number} groups, expected two groups or more, and one with two or more."
        )
    size = (n - (groups["size"] ** 2).sum() / n) / (number - 1)
    between = (groups["size"] * (groups["mean"] - frame["y"].mean()) ** 2).sum() / (number - 1)
    within = ((frame["y"] - frame["group"].map(groups["mean"])) ** 2).sum() / (n - number)
    ratio = between / within
    tails = f_distribution.ppf([(1 + level) / 2, (1 - level) / 2], number - 1, n - number)
    estimate, low, high = ((f - 1) / (f - 1 + size) for f in (ratio, *(ratio / tails)))
    found = {"estimate": estimate, "ci_low": low, "ci_high": high, "reliability": 1 - 1 / ratio}
    return pd.DataFrame([found | {"n": n, "groups": number, "group_size": size}])


def _complete(items, weight):
    """Return the answers of who answered all items, and their weights."""
    values = items.to_numpy(dtype=float, na_value=np.nan)
    weights = np.ones(len(values)) if weight is None else aligned(weight, items.index).astype(float)
    keep = ~np.isnan(values).any(axis=1) & (weights > 0)
    values, weights = values[keep], weights[keep]
    if values.shape[1] < 2 or len(values) < 3:
        raise NotEstimableError(
            "few",
            f"{values.shape[1]} items, {len(values)} respondents with all of them; expected two items and "
            "three respondents or more. Choose other items.",
        )
    still = [name for name, spread in zip(items.columns, np.ptp(values, axis=0), strict=True) if spread == 0]
    if still:
        raise NotEstimableError(
            "alike", f"{', '.join(still)}: the same answer from everyone, expected some spread. Leave out."
        )
    return values, weights


def _covariance(values, weights):
    return np.cov(values, rowvar=False, aweights=weights)


def _alpha(covariance):
    number = len(covariance)
    return number / (number - 1) * (1 - np.trace(covariance) / covariance.sum())


def _loadings(correlation, unique):
    """Return the loadings of one factor, given the unique variances (Lawley and Maxwell 1971)."""
    root = np.sqrt(unique)
    values, vectors = np.linalg.eigh(correlation / np.outer(root, root))
    loading = root * vectors[:, -1] * np.sqrt(max(values[-1] - 1, 0))
    return loading * np.sign(loading.sum())


def _unique_variances(correlation):
    """Return the unique variances of one factor by maximum likelihood, with the loadings profiled out.

    In logarithms, from 0.005 upwards (Lawley and Maxwell 1971, ch. 4): with eigenvalues e and eigenvectors u
    of the correlations over the roots of unique variances, the misfit is the sum of e - log e - 1 over all
    but the largest. Its derivatives follow from those of e and u.
    """
    if np.linalg.eigvalsh(correlation)[0] < SINGULAR:
        raise NotEstimableError("dependent", "some items follow from the others. Leave them out.")

    def likelihood(logarithm):
        root = np.exp(logarithm / 2)
        values, vectors = np.linalg.eigh(correlation / np.outer(root, root))
        rest, largest = values[:-1], values[-1]
        score = vectors[:, :-1] ** 2 @ (rest - 1)
        pairs = vectors[:, :, None] * vectors[:, None, :]
        bend = (values[:, None] + values) / 2
        bend[:-1, -1] = (1 - rest) * (rest + largest) / (largest - rest)
        bend[-1] = 0
        return -(rest - np.log(rest) - 1).sum(), score, np.einsum("imn,mn,jmn->ij", pairs, bend, pairs)

    start = np.log(0.5 / np.diag(np.linalg.inv(correlation)))
    found = newton(likelihood, start, np.log(0.005), 0.0)
    if found is None:
        raise NotEstimableError(
            "unsettled", "no one factor fits the items best. Look for items that say the same."
        )
    return np.exp(found[0])
