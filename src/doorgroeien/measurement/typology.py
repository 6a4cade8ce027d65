"""Types of municipalities by latent classes, how stable they are, and a rule by which one finds its own."""

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import KFold
from sklearn.tree import DecisionTreeClassifier
from stepmix.stepmix import StepMix

from doorgroeien.estimation.arrays import NOISE, aligned, certain, sums
from doorgroeien.estimation.estimable import NotEstimableError, at_least

__all__ = ["accuracy", "elevation", "grow", "latent_classes", "meets", "outstanding"]

LEAST_VARIANCE = 1.0  # added to each variance, in squared points, so that no class shrinks to a point
BETTER = 1e-5  # of the mean log-likelihood: StepMix stops when it gains less
# Then EM goes on until no posterior moves by more; a class that vanishes would take for ever.
STILL, STEPS = 1e-11, 10_000


def latent_classes(values: pd.DataFrame, weight: pd.Series, most=6, starts=10, draws=20, seed=0, jobs=-1):
    """Return a table on models of 1 to ``most`` latent classes of ``values``, the classes, and their means.

    Within a class the columns are independent and normal (latent profiles), by the EM algorithm with weights
    that have a mean of 1: the best of ``starts`` (StepMix, Morin et al. 2025), each until no posterior
    moves. A row belongs to its most probable class, of equally probable ones to that with the lowest mean.
    The table has ``classes``, ``bic`` (Schwarz 1978), ``smallest`` (the smallest class, per cent of the
    weight), ``rand, low, high``: mean and middle nine tenths of the adjusted Rand index (Hubert and Arabie
    1985) of the classes with those that a model of ``draws`` bootstrap samples gives the same rows. The
    second table has a row per row of ``values`` and a column per number of classes; classes are numbered from
    the lowest mean upwards. The third has the mean of each column in each class (index ``classes, draw,
    class``) of each bootstrap sample, which finds its own classes; they are missing where it finds fewer.
    Raises ``NotEstimableError`` where a column has nothing to fill gaps from, and where rows are so few that
    not every class can have five.
    """
    if gaps := list(values.columns[values.isna().any()]):
        raise NotEstimableError("few", f"{', '.join(map(str, gaps))}: values are missing, expected all.")
    at_least(5 * most, len(values), "rows, five for each class")
    sample, cases = values.to_numpy(dtype=float), aligned(weight, values.index).astype(float)
    cases, centre = cases / cases.mean(), np.average(sample, axis=0, weights=cases)
    sample = sample - centre
    numbers = range(1, most + 1)
    fitted = Parallel(jobs)(delayed(_fit)(number, sample, cases, starts, seed) for number in numbers)
    labels = {
        number: _ordered(_class(sample, model), sample) for number, model in zip(numbers, fitted, strict=True)
    }
    tasks = [(number, draw) for number in numbers for draw in range(draws if number > 1 else 0)]
    found = Parallel(jobs)(
        delayed(_again)(number, sample, cases, labels[number], seed + draw) for number, draw in tasks
    )
    rows = []
    for number, model in zip(numbers, fitted, strict=True):
        fit, parameters = cases @ _posterior(sample, model)[1], number * (2 * sample.shape[1] + 1) - 1
        rand = [one for (one, _), (of, _) in zip(found, tasks, strict=True) if of == number] or [1.0]
        smallest = 100 * np.bincount(labels[number], cases, number).min() / cases.sum()
        bic = -2 * fit + parameters * np.log(len(sample))
        rows.append((number, bic, smallest, np.mean(rand), *np.quantile(rand, [0.05, 0.95])))
    table = pd.DataFrame(rows, columns=["classes", "bic", "smallest", "rand", "low", "high"])
    names = ["classes", "draw", "class"]
    places = [(number, draw, kind) for number, draw in tasks for kind in range(number)]
    means = pd.DataFrame(
        np.vstack([np.empty((0, sample.shape[1])), *(centre + mean for _, mean in found)]),
        pd.MultiIndex.from_tuples(places, names=names),
        values.columns,
    )
    return table, pd.DataFrame(labels, values.index), means


def _fit(number, sample, cases, starts, seed):
    """Return the share, the means and the variances of each class: arrays with a row per class."""
    random, fit = np.random.RandomState(seed), -np.inf
    best: tuple = ()
    for _ in range(starts):
        model = StepMix(
            number,
            measurement="gaussian_diag",
            measurement_params={"reg_covar": LEAST_VARIANCE},
            abs_tol=BETTER,
            random_state=random,
            progress_bar=0,
        )
        posterior = model.fit(sample, sample_weight=cases).predict_proba(sample)
        classes, found = _settled(posterior, sample, cases)
        if found > fit + NOISE * abs(found):  # not for coming to the same place by another way
            best, fit = classes, found
    order = np.argsort(certain(best[1].mean(axis=1)), kind="stable")
    return tuple(part[order] for part in best)


def _settled(posterior, sample, cases):
    """Return the classes where EM leaves ``posterior`` (rows x classes) as it is, and the log-likelihood."""
    squares = sample**2
    for _ in range(STEPS):
        mass = (posterior * cases[:, None]).T
        total = mass.sum(axis=1, keepdims=True)
        mean = mass @ sample / total
        variance = np.maximum(mass @ squares / total - mean**2, 0) + LEAST_VARIANCE
        classes = total[:, 0] / cases.sum(), mean, variance
        before, (posterior, fit) = posterior, _posterior(sample, classes)
        if np.abs(posterior - before).max() < STILL:
            break
    return classes, cases @ fit


def _posterior(sample, classes):
    """Return the probability of each class (rows x classes), and the log-likelihood, of each row."""
    share, mean, variance = classes
    apart = sample**2 @ (1 / variance.T) - 2 * sample @ (mean / variance).T + (mean**2 / variance).sum(axis=1)
    joint = np.log(share) - 0.5 * (np.log(2 * np.pi * variance).sum(axis=1) + apart)
    # As scipy's logsumexp, without checks that take longer than the sum; EM comes here thousands of times.
    top = joint.max(axis=1, keepdims=True)
    mass = np.exp(joint - top)
    total = mass.sum(axis=1, keepdims=True)
    return mass / total, (top + np.log(total))[:, 0]


def _class(sample, classes):
    """Return the most probable class of each row."""
    return certain(_posterior(sample, classes)[0]).argmax(axis=1)


def _again(number, sample, cases, labels, seed):
    """Return the agreement of ``labels`` with the classes of a bootstrap sample, and the means in these."""
    rows = np.random.default_rng(seed).integers(0, len(sample), len(sample))
    found = _class(sample, _fit(number, sample[rows], cases[rows], 2, seed))
    kinds, mean = _ordered(found[rows], sample[rows]), np.full((number, sample.shape[1]), np.nan)
    if kinds.max() == number - 1:
        mean = sums(kinds, sample[rows], number, cases[rows]) / np.bincount(kinds, cases[rows])[:, None]
    return adjusted_rand_score(labels, found), mean


def _ordered(labels, sample):
    """Return the labels renumbered by the mean of their rows, from low to high."""
    kinds, codes = np.unique(labels, return_inverse=True)
    mean = np.bincount(codes, sample.mean(axis=1)) / np.bincount(codes)
    return np.argsort(np.argsort(certain(mean), kind="stable"), kind="stable")[codes]


def elevation(profile: pd.DataFrame, mass: pd.Series) -> float:
    """Return the per cent of the differences between types that is level and not shape.

    ``profile`` has the mean of each column in each type (columns x types), ``mass`` the share of each type.
    Of the squared distances from the profile of all, level is what the mean over columns takes up (Cronbach
    and Gleser 1953). One type has nothing but a level: 100.
    """
    if profile.shape[1] == 1:
        return 100.0
    apart = profile.sub(profile @ mass, axis=0)
    level = len(profile) * (mass * apart.mean() ** 2).sum()
    return float(100 * level / (mass * apart**2).sum().sum())


def outstanding(values: pd.Series, least: float, most: int) -> tuple[list[str], list[str]]:
    """Return the names of the values furthest above zero, and of those furthest below it.

    Of each at most ``most``, which lie ``least`` or more from zero, the furthest first.
    """
    above, below = (certain(sign * values).nlargest(most) for sign in (1, -1))
    return list(above.index[above >= least]), list(below.index[below >= least])


def grow(scores: pd.DataFrame, kinds: pd.Series, weight: pd.Series, depth=3, least=15, step=5):
    """Return rules that tell ``kinds`` from ``scores``, as a list of limits and the kind within them.

    Limits are ``{column: (above, at most)}``, whole multiples of ``step``; the rules divide all that is
    possible. They are the leaves of a classification tree of ``depth`` questions or fewer, with ``least``
    rows or more before rounding; leaves of one kind side by side become one.
    """
    model = DecisionTreeClassifier(max_depth=depth, min_samples_leaf=least, ccp_alpha=0.01, random_state=0)
    kinds, weight = (aligned(series, scores.index) for series in (kinds, weight))
    # Two questions may divide equally well: the last digits of weights must not choose.
    weight = certain(weight / weight.mean())
    tree = model.fit(scores.to_numpy(dtype=float), kinds, sample_weight=weight).tree_

    def below(node, limits):
        if any(low >= high for low, high in limits.values()):
            return []
        if tree.children_left[node] < 0:
            return [(limits, model.classes_[tree.value[node][0].argmax()])]
        name, limit = scores.columns[tree.feature[node]], step * round(tree.threshold[node] / step)
        low, high = limits.get(name, (-np.inf, np.inf))
        found = below(tree.children_left[node], limits | {name: (low, min(high, limit))})
        found += below(tree.children_right[node], limits | {name: (max(low, limit), high)})
        return found if len({kind for _, kind in found}) > 1 else [(limits, found[0][1])]

    return below(0, {})


def meets(limits, scores: pd.DataFrame) -> np.ndarray:
    """Return whether each row of ``scores`` lies within the ``limits`` of a rule."""
    inside = np.ones(len(scores), dtype=bool)
    for name, (low, high) in limits.items():
        inside &= ((scores[name] > low) & (scores[name] <= high)).to_numpy()
    return inside


def accuracy(scores, kinds, weight, folds=10, seed=0, **options):
    """Return the weighted per cent of rows whose kind is found by rules grown without their fold."""
    kinds, weight = (aligned(series, scores.index) for series in (kinds, weight))
    right = np.zeros(len(scores), dtype=bool)
    for train, test in KFold(folds, shuffle=True, random_state=seed).split(scores):
        for limits, kind in grow(scores.iloc[train], kinds[train], weight[train], **options):
            right[test] |= meets(limits, scores.iloc[test]) & (kinds[test] == kind)
    return 100 * np.average(right, weights=weight)
