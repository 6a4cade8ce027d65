"""Totals, means and ratios in domains: one pass over all columns and all domains."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from doorgroeien.estimation.arrays import Flags, Floats, blocks, product
from doorgroeien.estimation.columns import Domains, Variables
from doorgroeien.estimation.estimates import COLUMNS, Estimates, fewest, propagate, weigh

if TYPE_CHECKING:
    from doorgroeien.estimation.design import Design

__all__ = ["Groups", "averages", "ratios"]

Groups: TypeAlias = Mapping[str, Mapping[str, float]]  # of each the columns, and what they count for


def ratios(
    design: "Design",
    variables: Variables,
    domains: Domains,
    denominator: Floats | None = None,
    total: bool = False,
) -> Estimates:
    """Return estimates of totals, means or ratios with their covariance.

    Args:
        design: the ``Design``; if it has replicates, the covariance is theirs.
        variables: the numerators, as ``Variables``.
        domains: as ``Domains``.
        denominator: rows x variables; None means 1, so that the ratio is a mean.
        total: whether the numerators alone are to be estimated.
    """
    estimates, z, present, y, x = _linearise(design, variables, domains, denominator, total)
    order = np.arange(len(estimates.value)).reshape(domains.count, -1).T.ravel()  # by variable, then domain
    if design.replicates is not None:
        covariance = design.replicates.covariance(design.replicates.ratios(y, x, domains))
    else:
        covariance = design.covariance(z, domains)[np.ix_(order, order)]
    if design.items is not None and not total:
        for domain, part in enumerate(_lost(design, variables, domains, z, present)):
            covariance[domain :: domains.count, domain :: domains.count] += part
    return replace(estimates, covariance=covariance)


def averages(design: "Design", variables: Variables, domains: Domains, groups: Groups) -> Estimates:
    """Return weighted means over groups of variables in each domain; see ``Design.averages``.

    Linearised values are averaged before their covariance is taken, not after.
    """
    names, count = list(variables.keys["variable"]), domains.count
    if "category" in variables.keys:
        raise ValueError("categories have no average. Name columns of numbers.")
    found, z, present, _, _ = _linearise(design, variables, domains, None, total=False)
    weights = np.array([[members.get(name, 0.0) for name in names] for members in groups.values()])
    mixed = _mixed(z, weights)
    by_domain = np.arange(count * len(groups)).reshape(count, -1).T.ravel()  # by group, then domain
    covariance = design.covariance(mixed, domains)[np.ix_(by_domain, by_domain)]
    matrix = np.kron(weights, np.eye(count))
    if design.items is not None:
        for domain, part in enumerate(_lost(design, variables, domains, z, present)):
            covariance[domain::count, domain::count] += propagate(weights, part)
    counts = fewest(matrix, found.counts)
    again = np.tile(np.arange(count), len(groups))
    keys = {"variable": np.array(list(groups), dtype=object).repeat(count)}
    keys |= {name: key.take(again) for name, key in domains.keys.items()}
    itself = [members == {name: 1.0} for name, members in groups.items()]  # a variable, and no group
    srs = np.where(np.repeat(itself, count), weigh(matrix, found.srs), np.nan)
    return Estimates(keys, weigh(matrix, found.value), covariance, *counts, srs)


def _mixed(z: Floats, weights: Floats) -> Floats:
    """Return weighted sums (rows of ``weights``) of columns of ``z``; what is missing stays with its sums."""
    mixed, lost = product(np.nan_to_num(z).T, weights.T), np.isnan(z)
    if lost.any():
        mixed[lost.astype(float) @ (weights != 0).T > 0] = np.nan
    return mixed


def _lost(design: "Design", variables: Variables, domains: Domains, z: Floats, present: Flags) -> Floats:
    """Return the covariance that single missing answers give in each domain (domains x columns x columns)."""
    assert design.items is not None
    names = variables.keys.get("variable", ())
    owing = Domains(np.where(design.weights != 0, domains.codes, domains.count), domains.count, {})
    return design.items.covariance(z * np.sqrt(design.reached)[:, None], present, names, owing)


def _linearise(
    design: "Design", variables: Variables, domains: Domains, denominator: Floats | None, total: bool
) -> tuple[Estimates, Floats, Flags, Floats, Floats | None]:
    """Return estimates without covariance, their linearised values, and what these follow from.

    The values (rows x columns) have sums that vary as the estimates do. With them come which values count
    (one column if it is the same for all), numerators and denominators, zero where they do not count.

    For a ratio R = Y/X the values are w (y - R x) / X, for a total w y (Särndal, Swensson and Wretman 1992,
    sec. 5.6). A row that misses a value, or has weight zero, is outside the domain for that variable.
    """
    taken = sorted(set(domains.keys) & set(COLUMNS))
    if taken:
        raise ValueError(
            f"{', '.join(taken)}: also a column of the result. Give it another name in the data."
        )
    weights = design.weights if domains.inside.all() else np.where(domains.inside, design.weights, 0.0)
    y, present = variables.values, variables.present
    if denominator is not None:
        present = present & np.isfinite(denominator)
    if not present.all():
        y = np.where(present, y, 0.0)
    if not weights.all():
        present = present & (weights != 0)[:, None]
    here = present.astype(float)
    x = here if denominator is None else np.where(present, denominator, 0.0)
    n, population = domains.sums(here), domains.sums(here, weights)
    top = domains.sums(y, weights)
    bottom = population if denominator is None else domains.sums(x, weights)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = top if total else top / bottom
        z, squares = _values(y, x, weights, domains, top / bottom, None if total else bottom)
        srs = squares * population / (n - 1)
    units, df = design.counted(present, domains)
    parts = [np.broadcast_to(part, value.shape).T.ravel() for part in (value, df, n, units, population, srs)]
    keys = {name: key.repeat(domains.count) for name, key in variables.keys.items()}
    again = np.tile(np.arange(domains.count), value.shape[1])
    keys |= {name: key.take(again) for name, key in domains.keys.items()}
    found = Estimates(keys, parts[0], np.empty((0, 0)), *parts[1:])
    return found, z, present, y, None if total else x


def _values(
    y: Floats, x: Floats, weights: Floats, domains: Domains, ratio: Floats, bottom: Floats | None
) -> tuple[Floats, Floats]:
    """Return linearised values (rows x columns), and sums in domains of w (y - R x)², over X² but for totals.

    The deviations are taken before they are squared: far from nought their squares would have no digits left.
    """
    inverse = np.divide(1, weights, out=np.zeros_like(weights), where=weights != 0)
    z, squares, plain = np.empty_like(y), np.zeros_like(ratio), bool((x == 1).all())
    for rows in blocks(len(y)):
        part, expected = z[rows], domains.at(ratio, rows)
        np.subtract(y[rows], expected if plain else expected * x[rows], out=part)
        part *= weights[rows, None] if bottom is None else weights[rows, None] / domains.at(bottom, rows)
        squares += domains.sums(part * part, inverse[rows], rows)
        if bottom is None:
            np.multiply(y[rows], weights[rows, None], out=part)
    return z, squares
