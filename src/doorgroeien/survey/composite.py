"""What a composite index of embedding is made of: the parts of each municipality, and the weights."""

import pandas as pd

from doorgroeien.estimation.design import Design
from doorgroeien.measurement.multiverse import part_scores

__all__ = ["part_table", "towns_of"]


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
