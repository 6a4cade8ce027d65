"""Differences between domains and changes between waves, with the covariance of what they share."""

from itertools import combinations

import numpy as np
import pandas as pd

from doorgroeien.arrays import cross, product
from doorgroeien.columns import as_list
from doorgroeien.ratios import by_variable, linearise, ratios

__all__ = ["change", "difference"]


def difference(design, variables, between, by):
    """Return differences in means between two domains; see ``Design.difference``."""
    name, pair = next(iter(between.items())) if isinstance(between, dict) else (between, None)
    found = list(design.table.domains(name).keys[name])
    pair = found if pair is None else list(pair)
    if len(pair) != 2 or not set(pair) <= set(found):
        raise ValueError(
            f"between {name!r}: {pair}, expected two values that occur. "
            f"Write between={{{name!r}: (first, second)}} with two of {', '.join(map(str, found))}."
        )
    domains = design.table.domains([name, *(as_list(by) if by else [])])
    return _differences(ratios(design, variables, domains), domains, name, [tuple(pair)])


def change(design, variables, wave, by, unit):
    """Return changes in means between successive waves; see ``Design.change``."""
    domains = design.table.domains([wave, *(as_list(by) if by else [])])
    waves = list(dict.fromkeys(domains.keys[wave]))
    if len(waves) < 2:
        raise ValueError(
            f"column {wave!r}: {len(waves)} wave, expected two or more. Stack the waves in one table."
        )
    if design.replicates is not None:
        estimates = ratios(design, variables, domains)
    else:
        linear = linearise(design, variables, domains)
        split = design.by_wave(wave)
        covariance = split.covariance(linear.z, domains, linear.present)
        labels = [design.table.labels(unit), *design.labels[1:]] if unit else design.labels
        covariance += _between_waves(split, domains.spread_out(linear.z), labels)
        estimates = linear.with_covariance(by_variable(covariance, domains))
    return _differences(estimates, domains, wave, list(zip(waves[1:], waves[:-1], strict=True)))


def _differences(estimates, domains, name, pairs):
    """Return the differences of ``pairs`` of values of one key, for each variable and each other key."""
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
    return estimates.combine(np.kron(np.eye(width), matrix), keys)


def _between_waves(design, z, labels):
    """Return the covariance that units in two waves give to estimates of both (columns of ``z``).

    ``labels`` has for each stage a code per row, the same for units that are the same.

    In a stratum of N units of which n and m are in the two samples and o in both, the product of the
    deviations of a unit in both counts for 1 - nm/(No), as in Tam (1984); where the strata of the waves
    differ, No is their geometric mean. The next stage counts for the rest, as it does within a wave. So a
    full panel has the covariance of one sample, and independent samples have none.
    """
    z, _ = design.adjusted(z)
    deviations = [stage.deviations(z) * np.sqrt(stage.spread)[:, None] for stage in design.stages]
    total = np.zeros((z.shape[1], z.shape[1]))
    for pair in combinations(range(design.wave.max() + 1), 2):
        same, share = np.zeros(len(z), dtype=np.int64), np.ones(1)
        for stage, label, deviation in zip(design.stages, labels, deviations, strict=False):
            above, same = same, cross(same, label)
            one, other = _in_both(same[stage.first], design.wave[stage.first], pair)
            if not len(one):
                break
            weight = _overlap(stage, one, other)
            above, here = above[stage.first[one]], same[stage.first[one]]
            part = product(deviation[one] * (share[above] * weight)[:, None], deviation[other])
            total += part + part.T
            passed_on = np.zeros(same.max() + 1)
            passed_on[here] = share[above] * (1 - weight)
            share = passed_on
    return total


def _in_both(same, wave, pair):
    """Return the units of two waves that are the same, paired."""
    units = pd.DataFrame({"same": same, "unit": np.arange(len(same))})
    one, other = (units[wave == member] for member in pair)
    return one.merge(other, on="same")[["unit_x", "unit_y"]].to_numpy().T


def _overlap(stage, one, other):
    """Return what the product of the deviations of paired units counts for."""
    expected, limit = np.ones(len(one)), np.ones(len(one))
    for units in (one, other):
        stratum = stage.stratum[units]
        both = np.bincount(stage.stratum[np.unique(units)], minlength=len(stage.size))[stratum]
        expected *= stage.size[stratum] / np.sqrt(stage.population[stratum] * both)
        limit *= np.sqrt(1 - stage.fraction[stratum])
    return np.clip(1 - expected, -limit, limit)
