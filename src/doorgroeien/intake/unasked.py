"""The groups of municipalities that were not asked, which whoever draws a sample cannot know."""

import pandas as pd

__all__ = ["with_unasked"]

KEYS = ["wave", "municipality", "role"]


def with_unasked(groups: pd.DataFrame, municipalities: pd.DataFrame) -> pd.DataFrame:
    """Return the groups, and below them those of municipalities that were not asked and are not there.

    They have the roles that others have in their wave. As many people hold one as on average in the size
    class, or in all where it has nobody; none is invited. Without them a sample would count as all there
    are, and the standard errors of what it says of municipalities would be too small.
    """
    towns = municipalities[["wave", "municipality", "size_class", "sampled"]]
    lacking = towns[towns["sampled"] == 0].merge(groups[["wave", "role"]].drop_duplicates(), on="wave")
    lacking = lacking.merge(groups[KEYS], how="left", indicator=True)
    lacking = lacking[lacking["_merge"] == "left_only"]
    if lacking.empty:
        return groups
    known = groups.merge(towns, on=KEYS[:2])
    people = [
        known.groupby(by)["population"].mean().rename("population").reset_index()
        for by in (["wave", "role", "size_class"], ["wave", "role"])
    ]
    found = [lacking[KEYS + ["size_class"]].merge(mean, how="left")["population"] for mean in people]
    counts = found[0].fillna(found[1]).round().clip(lower=1).astype("Int64")
    rows = lacking[KEYS].reset_index(drop=True).assign(population=counts, invited=0)
    return pd.concat([groups, rows.astype({"invited": "Int64"})], ignore_index=True)[list(groups)]
