"""What a composite index of embedding is made of: the parts of each municipality, and the weights."""

from collections.abc import Mapping

import pandas as pd

from doorgroeien.estimation.design import Design
from doorgroeien.measurement.multiverse import part_scores

__all__ = ["differing", "part_table", "towns_of"]


def differing(sets: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return sets of items, by name, without those that hold no item, or the same as an earlier one.

    A choice that changes nothing is none: counted as one it would count what it repeats twice.
    """
    found: dict[str, pd.DataFrame] = {}
    for name, items in sets.items():
        earlier = any(set(items.index) == set(one.index) for one in found.values())
        if len(items) and not earlier:
            found[name] = items
    return found


def towns_of(municipalities: Design, wave: int) -> pd.DataFrame:
    """Return the municipalities that took part in a wave, with their ``weight``: a row each, by their label.

    ``municipalities`` is the design of municipalities (``weighting.municipal_design``), whose columns they
    have; ``weight`` is the number of municipalities of the frame that each stands for.
    """
    rows = (municipalities.table.data["wave"] == wave).to_numpy()
    data = municipalities.table.data[rows].assign(weight=municipalities.weights[rows])
    return data.set_index("municipality")


def part_table(respondents: Design, items: pd.DataFrame, wave: int, form: str = "full") -> pd.DataFrame:
    """Return the score (0-100) of each part from a set of ``items``, municipalities x parts.

    ``respondents`` is the design of respondents (``weighting.design_of``), ``items`` rows of the instrument,
    ``form`` the form whose scores count, ``full`` or ``quick_scan``. A score is the mean over the items of
    the part, each the mean over the people of the municipality; it is missing where nobody answered any of
    them, and municipalities without any score are left out.
    """
    people = respondents.table.data[respondents.table.data["wave"] == wave]
    groups = {part: list(rows.index + f"_{form}") for part, rows in items.groupby("dimension")}
    answers = people.groupby("municipality")[[name for names in groups.values() for name in names]].mean()
    return part_scores(answers, groups).dropna(how="all")
