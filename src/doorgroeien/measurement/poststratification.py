"""Lower bounds from units that were found and not drawn, by class; and rates of what registers count."""

from collections.abc import Sequence

import pandas as pd

__all__ = ["coverage", "lower_bounds", "rates"]


def coverage(units: pd.DataFrame, by: str, found: str) -> pd.DataFrame:
    """Return for each class how many units there are, how many were found, and the share found in per cent.

    ``units`` has one row per unit of the whole frame, ``by`` names its column of classes and ``found`` one of
    truth values. The result has the columns ``units, found, share`` and the classes as index, in the order
    in which they first appear. The share is at least so large: who searches longer finds more.

    >>> import pandas as pd
    >>> towns = pd.DataFrame({"size": ["small", "small", "large"], "found": [True, False, True]})
    >>> coverage(towns, "size", "found").reset_index()
        size  units  found  share
    0  small      2      1   50.0
    1  large      1      1  100.0
    """
    groups = units.groupby(by, sort=False)[found]
    table = pd.DataFrame({"units": groups.size(), "found": groups.sum().astype(int)})
    return table.assign(share=100 * table["found"] / table["units"])


def lower_bounds(units: pd.DataFrame, by: str, found: str, says: Sequence[str]) -> pd.DataFrame:
    """Return, for each thing that units say, lower bounds of the share of all units that say so, in per cent.

    ``units``, ``by`` and ``found`` are those of :func:`coverage`; ``says`` names columns of truth values,
    true only of units that were found. The result has the names in ``says`` as index and the columns
    ``count``, units found to say so; one for each class, their share of all units of the class, found or
    not; and ``all``, the mean of these shares, weighted by the size of the class (Holt and Smith 1979,
    *Post stratification*, Journal of the Royal Statistical Society A 142, 33-46). Where ``units`` is the
    whole frame, as here, that equals the share of all units.

    There is no share among the units found: who was found by a search for what they say says it more often
    than others, and no weight repairs that. Raises ``ValueError`` for a unit that says something unfound.
    """
    table = coverage(units, by, found)
    heard = units.loc[~units[found].astype(bool), [*says]].any()
    if heard.any():
        raise ValueError(f"units that were not found say {', '.join(heard.index[heard])}")
    counts = units.groupby(by, sort=False)[[*says]].sum().astype(float)
    weights = table["units"] / table["units"].sum()
    shares = 100 * counts.div(table["units"], axis=0)
    bounds = shares.T.rename_axis(columns=None)
    bounds.insert(0, "count", counts.sum().astype(int))
    return bounds.assign(all=shares.mul(weights, axis=0).sum())


def rates(events: pd.DataFrame, people: pd.Series, per: float = 10_000, within: float = 0.0) -> pd.DataFrame:
    """Return ``value, low, high``: registered events per so many people, by class.

    ``events`` has the columns ``value, low, high``, as :func:`doorgroeien.bounds` gives them, and classes as
    index; ``people`` has the number of people in each of these classes, known within a part ``within`` of it
    (0.05 is five per cent). The bounds are the extremes that both allow. Raises ``ValueError`` where the
    classes differ or ``within`` is not from 0 to below 1.

    A register counts what was found and written down: a high rate may mean more of it, or more looking.
    """
    if set(events.index) != set(people.index):
        differ = sorted(map(str, set(events.index) ^ set(people.index)))
        raise ValueError(f"events and people have different classes: {', '.join(differ)}")
    if not 0 <= within < 1:
        raise ValueError(f"within is {within}, and should be from 0 to below 1")
    people = people.reindex(events.index)
    ends = {"value": people, "low": people * (1 + within), "high": people * (1 - within)}
    return pd.DataFrame({name: per * events[name] / number for name, number in ends.items()})
