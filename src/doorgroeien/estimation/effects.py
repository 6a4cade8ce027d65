"""What a fitted model says: tests of whole terms, and average marginal effects."""

from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import fdtrc

from doorgroeien.estimation.arrays import Flags, Floats
from doorgroeien.estimation.estimates import Estimates
from doorgroeien.estimation.regression import CONSTANT, Model, model, regress, spread, tabulate, unmarked
from doorgroeien.estimation.significance import result, wald

if TYPE_CHECKING:
    from doorgroeien.estimation.design import Design

__all__ = ["margins", "terms"]

STEP = 1e-4  # of the standard deviation of a variable, on either side: enough for eight digits of a slope


def terms(design: "Design", formula: str, family: str) -> pd.DataFrame:
    """Return Wald tests of the terms of a regression; see ``Design.terms``."""
    found, made, tests = regress(design, formula, family), model(design, formula, family), []
    for term, at in made.spec.term_indices.items():
        if str(term) != CONSTANT:
            statistic = wald(found.value[at], found.covariance[np.ix_(at, at)])
            p_value = fdtrc(len(at), found.df[0], statistic) if found.df[0] > 0 else np.nan
            test = result(statistic, len(at), found.df[0], len(made.rows), p_value)
            tests.append({"term": unmarked(term)} | test)
    if not tests:
        raise ValueError(f"{formula!r} has no terms, expected one or more. There is nothing to test.")
    return pd.DataFrame(tests)


def margins(design: "Design", formula: str, family: str) -> Estimates:
    """Return average marginal effects as ``Estimates``; see ``Design.margins``."""
    made = model(design, formula, family)
    weights, fitted = design.weights[made.rows], made.fit(design.weights[made.rows])
    changes, coefficients = _changes(made), fitted.coefficients
    if not changes:
        raise ValueError(f"{formula!r} has no variables, expected one or more. Nothing can have an effect.")

    def effects(beta: Floats) -> Floats:
        """Return the effects (rows x variables) of a model with these coefficients."""
        mean = made.family.mean
        return np.stack(
            [(mean(x @ beta) - mean(old @ beta)) / by for x, old, by, _ in changes.values()], axis=1
        )

    def refit(w: Floats) -> Floats:
        return np.average(effects(made.fit(w, coefficients).coefficients), axis=0, weights=w)

    each, share = effects(coefficients), weights / weights.sum()
    value = share @ each
    turn = np.array([share @ _slopes(made, change, coefficients) for change in changes.values()])
    z = share[:, None] * (each - value) + fitted.linearised @ turn.T
    covariance = spread(design, made.rows, z, refit)
    parts = [compared for *_, compared in changes.values()]
    return tabulate(design, made.rows, list(changes), value, z, covariance, len(made.terms) - 1, parts)


# The model matrix after a change and before it, by what their difference is divided, and the groups of rows
# that it compares, as `sides` has them.
Change = tuple[Floats, Floats, float, list[Flags]]


def _changes(made: Model) -> dict[str, Change]:
    """Return the change that each effect is of, by the name of the effect."""
    derived = [name for name in map(str, made.spec.factor_contrasts) if name not in made.data]
    if derived:
        raise ValueError(
            f"{made.formula!r}: {unmarked(derived[0])} makes categories of something else, expected a "
            "column of the data. Add it as a categorical column."
        )
    found: dict[str, Change] = {}
    named = chain.from_iterable(sorted(map(str, used)) for used in made.spec.term_variables.values())
    for key in (name for name in dict.fromkeys(named) if name in made.data):
        column, name = made.data[key], unmarked(key)
        if isinstance(column.dtype, pd.CategoricalDtype):
            kinds = list(column.cat.categories)
            first, *others = (
                made.at(**{key: pd.Series(kind, column.index, dtype=column.dtype)}) for kind in kinds
            )
            names = [f"{name}[T.{kind}]" for kind in kinds[1:]]
            groups = [column.eq(kind).to_numpy(dtype=bool) for kind in kinds]
            found |= {
                label: (other, first, 1.0, [group, groups[0]])
                for label, other, group in zip(names, others, groups[1:], strict=True)
            }
        elif column.isin([0, 1]).all():
            said = column.eq(1).to_numpy(dtype=bool)
            found[name] = made.at(**{key: 1.0}), made.at(**{key: 0.0}), 1.0, [said, ~said]
        else:
            step = STEP * float(column.std())
            found[name] = made.at(**{key: column + step}), made.at(**{key: column - step}), 2 * step, []
    return found


def _slopes(made: Model, change: Change, beta: Floats) -> Floats:
    """Return the derivatives of an effect to the coefficients (rows x coefficients)."""
    after, before, by, _ = change
    return (_pull(made, after, beta) - _pull(made, before, beta)) / by


def _pull(made: Model, x: Floats, beta: Floats) -> Floats:
    return x * made.family.slope(made.family.mean(x @ beta))[:, None]
