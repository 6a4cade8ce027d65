"""Types of municipalities by latent classes, how stable they are, and a rule by which one finds its own."""

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import KFold
from sklearn.tree import DecisionTreeClassifier
from stepmix.stepmix import StepMix

from doorgroeien.arrays import certain

__all__ = ["accuracy", "grow", "latent_classes", "meets"]

LEAST_VARIANCE = 1.0  # added to each variance, in squared points, so that no class shrinks to a point
BETTER = 1e-5  # of the mean log-likelihood: EM stops when it gains less


def latent_classes(values: pd.DataFrame, weight: pd.Series, most=6, starts=10, draws=20, seed=0, jobs=-1):
    """Return a table on models of 1 to ``most`` latent classes of ``values``, the classes, and their means.

    Within a class the columns are independent and normal (latent profiles; StepMix, Morin et al. 2025), by
    maximum likelihood with weights that have a mean of 1, the best of ``starts``. The table has ``classes``,
    ``bic`` (Schwarz 1978), ``smallest`` (the smallest class, per cent of the weight), ``rand, low, high``:
    mean and middle nine tenths of the adjusted Rand index (Hubert and Arabie 1985) of the classes with those
    that a model of ``draws`` bootstrap samples gives the same rows. The second table has a row per row of
    ``values`` and a column per number of classes; classes are numbered from the lowest mean upwards. The
    third has the mean of each column in each class (index ``classes, draw, class``) of each bootstrap sample,
    which finds its own classes; they are missing where it finds fewer.
    """
    sample, cases = values.to_numpy(dtype=float), (weight / weight.mean())[values.index].to_numpy(dtype=float)
    numbers = range(1, most + 1)
    fitted = Parallel(jobs)(delayed(_fit)(number, sample, cases, starts, seed) for number in numbers)
    labels = {
        number: _ordered(model.predict(sample), values) for number, model in zip(numbers, fitted, strict=True)
    }
    tasks = [(number, draw) for number in numbers for draw in range(draws if number > 1 else 0)]
    found = Parallel(jobs)(
        delayed(_again)(number, values, cases, labels[number], seed + draw) for number, draw in tasks
    )
    rows = []
    for number, model in zip(numbers, fitted, strict=True):
        fit = model.score(sample, sample_weight=cases) * len(sample)
        rand = [one for (one, _), (of, _) in zip(found, tasks, strict=True) if of == number] or [1.0]
        smallest = 100 * np.bincount(labels[number], cases, number).min() / cases.sum()
        bic = -2 * fit + model.n_parameters * np.log(len(sample))
        rows.append((number, bic, smallest, np.mean(rand), *np.quantile(rand, [0.05, 0.95])))
    table = pd.DataFrame(rows, columns=["classes", "bic", "smallest", "rand", "low", "high"])
    means = {task: mean for task, (_, mean) in zip(tasks, found, strict=True)}
    means = (
        pd.concat(means, names=["classes", "draw", "class"])
        if means
        else pd.DataFrame(columns=values.columns)
    )
    return table, pd.DataFrame(labels, values.index), means


def _fit(number, sample, cases, starts, seed):
    model = StepMix(
        number,
        measurement="gaussian_diag",
        measurement_params={"reg_covar": LEAST_VARIANCE},
        n_init=starts,
        abs_tol=BETTER,
        random_state=seed,
        progress_bar=0,
    )
    return model.fit(sample, sample_weight=cases)


def _again(number, values, cases, labels, seed):
    """Return the agreement of ``labels`` with the classes of a bootstrap sample, and the means in these."""
    sample = values.to_numpy(dtype=float)
    rows = np.random.default_rng(seed).integers(0, len(sample), len(sample))
    found = _fit(number, sample[rows], cases[rows], 2, seed).predict(sample)
    drawn, kinds = values.iloc[rows], found[rows]
    weights = pd.crosstab(_ordered(kinds, drawn), np.arange(len(rows)), cases[rows], aggfunc="sum").fillna(0)
    means = pd.DataFrame(weights.to_numpy() @ sample[rows], columns=values.columns).div(
        weights.sum(axis=1), axis=0
    )
    complete = range(number) if len(means) == number else []
    return adjusted_rand_score(labels, found), means.loc[complete].reindex(range(number))


def _ordered(labels, values):
    """Return the labels renumbered by the mean of their rows, from low to high."""
    order = certain(values.mean(axis=1).groupby(labels).mean()).sort_values(kind="stable").index
    return pd.Series(range(len(order)), order).loc[labels].to_numpy()


def grow(scores: pd.DataFrame, kinds: pd.Series, weight: pd.Series, depth=3, least=15, step=5):
    """Return rules that tell ``kinds`` from ``scores``, as a list of limits and the kind within them.

    Limits are ``{column: (above, at most)}``, whole multiples of ``step``; the rules divide all that is
    possible. They are the leaves of a classification tree of ``depth`` questions or fewer, with ``least``
    rows or more before rounding; leaves of one kind side by side become one.
    """
    model = DecisionTreeClassifier(max_depth=depth, min_samples_leaf=least, ccp_alpha=0.01, random_state=0)
    tree = model.fit(scores.to_numpy(), kinds.to_numpy(), sample_weight=weight[scores.index]).tree_

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
    right = np.zeros(len(scores), dtype=bool)
    for train, test in KFold(folds, shuffle=True, random_state=seed).split(scores):
        for limits, kind in grow(scores.iloc[train], kinds.iloc[train], weight, **options):
            right[test] |= meets(limits, scores.iloc[test]) & (kinds.iloc[test] == kind).to_numpy()
    return 100 * np.average(right, weights=weight[scores.index])
