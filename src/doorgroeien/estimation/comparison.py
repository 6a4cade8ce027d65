"""Differences between domains and changes between waves, with the covariance of what they share."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from doorgroeien.estimation.columns import Domains, Names, Variables, as_list
from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.estimation.estimates import FEW_DEGREES, Estimates, estimates_of
from doorgroeien.estimation.ratios import Groups, averages, ratios

if TYPE_CHECKING:
    from doorgroeien.estimation.design import Design

__all__ = ["change", "change_of", "difference"]

WHOLE = 1e-9  # what rounding may leave of a share of nought or one


def difference(
    design: "Design", variables: Variables, between: str | dict[str, tuple[Any, Any]], by: Names | None
) -> Estimates:
    """Return differences in means between two domains; see ``Design.difference``."""
    name, asked = next(iter(between.items())) if isinstance(between, dict) else (between, None)
    found = list(design.table.domains(name).keys[name])
    pair = found if asked is None else list(asked)
    if len(pair) != 2 or not set(pair) <= set(found):
        raise ValueError(
            f"between {name!r}: {pair}, expected two values that occur. "
            f"Write between={{{name!r}: (first, second)}} with two of {', '.join(map(str, found))}."
        )
    domains = design.table.domains([name, *(as_list(by) if by else [])])
    return _differences(ratios(design, variables, domains), domains, name, [tuple(pair)])


def change(
    design: "Design",
    variables: Variables,
    wave: str,
    by: Names | None,
    between: tuple[Any, Any] | None,
    groups: Groups | None = None,
) -> Estimates:
    """Return changes in means between waves, or in those over ``groups``; see ``Design.change``."""
    domains = design.table.domains([wave, *(as_list(by) if by else [])])
    pairs = _pairs(domains, wave, between)
    levels = averages(design, variables, domains, groups) if groups else ratios(design, variables, domains)
    return _differences(levels, domains, wave, pairs)


def change_of(levels: pd.DataFrame, wave: str, between: tuple[Any, Any] | None) -> Estimates:
    """Return changes between waves of a table of ``levels`` by wave; see ``Design.change``."""
    codes, waves = pd.factorize(levels[wave])
    domains = Domains(codes, len(waves), {wave: waves})
    return _differences(estimates_of(levels), domains, wave, _pairs(domains, wave, between))


def _pairs(domains: Domains, wave: str, between: tuple[Any, Any] | None) -> list[tuple[Any, Any]]:
    """Return the pairs of waves, later and earlier, of which changes are asked for."""
    waves = list(dict.fromkeys(domains.keys[wave]))
    pairs = [between] if between else list(zip(waves[1:], waves[:-1], strict=True))
    if not pairs or not {value for pair in pairs for value in pair} <= set(waves):
        asked = " and ".join(map(str, between)) if between else "two or more"
        raise NotEstimableError(
            "unmeasured",
            f"column {wave!r}: {len(waves)} wave{'s' * (len(waves) != 1)}, expected {asked}; found "
            f"{', '.join(map(str, waves))}. Stack the waves in one table.",
        )
    if not between and not getattr(domains.keys[wave], "ordered", not isinstance(waves[0], str)):
        raise ValueError(
            f"column {wave!r} holds text such as {waves[0]!r}, which has no order in time. Make it numbers "
            "or ordered categories, or write between=(later, earlier)."
        )
    return pairs


def _differences(
    estimates: Estimates, domains: Domains, name: str, pairs: Sequence[tuple[Any, Any]]
) -> Estimates:
    """Return the differences of ``pairs`` of values of one key, for each variable and each other key."""
    estimates = _unsure(estimates)
    others = [key for key in domains.keys if key != name]
    groups = {}
    for code in range(domains.count):
        group = tuple(domains.keys[key][code] for key in others)
        groups.setdefault(group, {})[domains.keys[name][code]] = code
    there = [(codes[a], codes[b]) for codes in groups.values() for a, b in pairs if {a, b} <= set(codes)]
    of, minus = np.array(there, dtype=np.int64).reshape(-1, 2).T
    count, width = len(of), len(estimates.value) // domains.count
    matrix = np.zeros((count, domains.count))
    matrix[np.arange(count), of], matrix[np.arange(count), minus] = 1, -1
    repeated = np.tile(np.arange(count), width)
    keys = {
        key: values[:: domains.count].repeat(count)
        for key, values in estimates.keys.items()
        if key not in domains.keys
    }
    keys |= {key: domains.keys[key].take(of[repeated]) for key in others}
    keys |= {"of": domains.keys[name].take(of[repeated]), "minus": domains.keys[name].take(minus[repeated])}
    weights = np.kron(np.eye(width), matrix).astype(np.float64, copy=False)
    return estimates.combine(weights, keys)


def _unsure(estimates: Estimates) -> Estimates:
    """Return shares without the variance of those that are 0 or 1 in a sample of few.

    All of them said the same, so they show no variance, and those who were not asked need not say it too: a
    difference would seem surer than it is.
    """
    if "category" not in estimates.keys:
        return estimates
    share, n = estimates.value, estimates.n
    alike = (np.minimum(np.abs(share), np.abs(1 - share)) < WHOLE) & (n < FEW_DEGREES)
    alike &= n < estimates.population_n
    if not alike.any():
        return estimates
    covariance = estimates.covariance.copy()
    covariance[alike, :] = covariance[:, alike] = np.nan
    return replace(estimates, covariance=covariance)
