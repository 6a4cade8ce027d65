"""Design-based tests: association of two categorical columns, and location in two or more groups."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import fdtrc

from doorgroeien.estimation.arrays import Flags, Floats, certain, cross
from doorgroeien.estimation.columns import Domains, Variables, as_list
from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.estimation.ratios import ratios

if TYPE_CHECKING:
    from doorgroeien.estimation.design import Design

__all__ = ["association", "compare", "corrected", "joint", "result", "wald"]

LEAST = 5  # units in each group that a joint test compares


def association(design: "Design", row: str, column_name: str) -> pd.DataFrame:
    """Return the Rao-Scott test of association; see ``Design.association``."""
    parts = [design.table.categories(name)[0] for name in as_list([row, column_name])]
    counted = (parts[0] >= 0) & (parts[1] >= 0) & (design.weights != 0)
    (rows, across), (columns, down) = (np.unique(part[counted], return_inverse=True) for part in parts)
    shape = len(rows), len(columns)
    if min(shape) < 2:
        raise NotEstimableError(
            "alike",
            f"{row!r} by {column_name!r}: {shape[0]} x {shape[1]} values occur, expected two or more of each."
            " Choose columns that vary.",
        )
    cells = np.full((len(counted), shape[0] * shape[1]), np.nan)
    cells[counted] = (across * shape[1] + down)[:, None] == np.arange(cells.shape[1])
    found = ratios(design, Variables(cells, {}), Domains.one(counted))
    statistic, effective = _rao_scott(found.value.reshape(shape), found.covariance)
    keys = {"row": row, "column": column_name}
    df = effective * found.df[0]
    return pd.DataFrame(
        [keys | result(statistic, effective, df, found.n[0], fdtrc(effective, df, statistic))]
    )


def corrected(p_values: npt.ArrayLike) -> Floats:
    """Return p-values corrected for their number by Holm's (1979) step-down method, in the order given.

    The lowest of n is multiplied by n, the next by n - 1 and so on; none falls below one before it, or
    passes 1. What is missing was not tested, does not count and stays so. ``multipletests`` of statsmodels
    does the same, but collects garbage at each call.
    """
    p_values = np.asarray(p_values, dtype=float)
    order = np.argsort(p_values, kind="stable")[: np.isfinite(p_values).sum()]
    found = np.full(len(p_values), np.nan)
    found[order] = np.maximum.accumulate(p_values[order] * np.arange(len(order), 0, -1)).clip(max=1)
    return found


def joint(frame: pd.DataFrame, rows: Flags | pd.Series) -> float:
    """Return the p-value of Wald's F of whether all estimates in ``rows`` are zero.

    ``frame`` is a table of estimates with its covariance, such as the coefficients of a model, and ``rows``
    says for each of its rows whether it counts. F has as many degrees of freedom as rows that count, and the
    smallest ``df`` of the table. Where an estimate that counts rests on fewer than :data:`LEAST` ``units``,
    such as a size class of one municipality, the p-value is missing: a model fits so few nearly whatever they
    are, so the estimate seems sure, and the test would take that for a difference.
    """
    at = np.flatnonzero(rows)
    if "units" in frame and (frame["units"].to_numpy()[at] < LEAST).any():
        return np.nan
    gap, spread = frame["estimate"].to_numpy()[at], np.asarray(frame.attrs["covariance"])[np.ix_(at, at)]
    return float(fdtrc(len(at), frame["df"].min(), wald(gap, spread)))


def result(statistic: float, df_num: float, df_den: float, n: float, p_value: float) -> dict[str, Any]:
    """Return the columns of a table of tests."""
    return {"statistic": statistic, "df_num": df_num, "df_den": df_den, "p_value": p_value, "n": n}


def _rao_scott(share: Floats, covariance: Floats) -> tuple[float, float]:
    """Return Pearson's statistic over the mean of its eigenvalues, and its degrees of freedom."""
    rows, columns = share.shape
    expected = np.outer(share.sum(axis=1), share.sum(axis=0))
    pearson = ((share - expected) ** 2 / expected).sum()
    main = np.hstack(
        [np.kron(np.eye(rows), np.ones((columns, 1))), np.kron(np.ones((rows, 1)), np.eye(columns))]
    )
    both = np.kron(np.eye(rows)[:, 1:], np.eye(columns)[:, 1:])
    interaction = both - main @ np.linalg.lstsq(main, both, rcond=None)[0]
    flat = share.ravel()
    scaled = interaction * np.divide(1, flat, out=np.zeros_like(flat), where=flat != 0)[:, None]
    effects = np.linalg.solve(interaction.T @ scaled, scaled.T @ covariance @ scaled)
    trace = np.trace(effects)
    return pearson / trace, trace**2 / np.trace(effects @ effects)


def compare(design: "Design", variables: Variables, by: str) -> pd.DataFrame:
    """Return t (or F) and rank tests of location; see ``Design.compare``."""
    if "category" in variables.keys:
        raise ValueError(
            "a categorical column has no location. Choose numeric columns, or use association()."
        )
    groups = design.table.domains(by)
    tests = []
    for name, y in zip(variables.keys["variable"], variables.values.T, strict=True):
        counted = groups.inside & ~np.isnan(y) & (design.weights != 0)
        present = np.unique(groups.codes[counted])
        if len(present) < 2:
            raise NotEstimableError(
                "absent", f"{name!r} by {by!r}: {len(present)} group has answers, expected two or more."
            )
        if cross(groups.codes[counted], pd.factorize(certain(y[counted]))[0]).max() < len(present):
            raise NotEstimableError(
                "alike", f"{name!r} by {by!r}: no group has two different values. Nothing to test by."
            )
        everyone = Domains.one(counted)
        df = design.counted(counted[:, None], everyone)[1][0, 0] - len(present) + 1
        values = np.stack([y, _rank(y, design.weights, counted)], axis=1)
        found = ratios(design, Variables(values, {"variable": np.array([name, name])}), groups)
        for kind, start in (("mean", 0), ("rank", groups.count)):
            at = start + present
            statistic = _wald(found.value[at], found.covariance[np.ix_(at, at)])
            freed = len(present) - 1
            p_value = fdtrc(freed, df, statistic**2 if freed == 1 else statistic)
            tests.append(
                {"variable": name, "by": by, "test": kind}
                | result(statistic, freed, df, counted.sum(), p_value)
            )
    return pd.DataFrame(tests)


def _rank(y: Floats, weights: Floats, counted: Flags) -> Floats:
    """Return estimated population mid-ranks as shares (Lumley and Scott 2013); NaN where not counted.

    Ties share the middle of their weight, in whatever order they come.
    """
    tied = np.unique(certain(y[counted]), return_inverse=True)[1]
    mass = np.bincount(tied, weights[counted])
    rank = np.full(len(y), np.nan)
    rank[counted] = ((np.cumsum(mass) - mass / 2) / mass.sum())[tied]
    return rank


def _wald(mean: Floats, covariance: Floats) -> float:
    """Return t for the second mean minus the first, or F for all minus the first when there are more."""
    apart = np.hstack([-np.ones((len(mean) - 1, 1)), np.eye(len(mean) - 1)])
    gap, spread = apart @ mean, apart @ covariance @ apart.T
    if len(gap) == 1:
        with np.errstate(divide="ignore", invalid="ignore"):
            return gap[0] / np.sqrt(spread[0, 0])
    return wald(gap, spread)


def wald(gap: Floats, spread: Floats) -> float:
    """Return Wald's F of whether all of ``gap``, with covariance ``spread``, are zero.

    It is missing where the sample has too few units for so many, or one does not vary.
    """
    # The parts may differ in unit, which the rank must not see.
    size = np.sqrt(np.maximum(np.diag(spread), 0))
    if not (size > 0).all():
        return np.nan
    gap, spread = gap / size, spread / np.outer(size, size)
    if np.linalg.matrix_rank(spread, hermitian=True, tol=1e-10) < len(gap):
        return np.nan
    return np.float64(np.vdot(np.linalg.solve(spread, gap), gap)) / len(gap)
