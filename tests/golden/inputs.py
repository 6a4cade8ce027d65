"""Write the inputs of the comparison with R: ``python tests/golden/inputs.py``. The seed fixes every byte.

They look like the reference survey: municipalities in six size classes, nearly all of them in 2007 and a
sample in 2005, two to six respondents inside each, mergers between the waves, items from 0 to 100, ordinal
ones and missing answers.
"""

from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
SIZES = {"<10k": 98, "10-20k": 88, "20-35k": 120, "35-50k": 62, "50-100k": 49, ">=100k": 26}
SAMPLED = {
    2005: (30, 30, 40, 30, 24, 13),
    2007: (93, 83, 114, 59, 47, 26),
}  # 95 per cent, and all of the largest
ROLES = ("alderman", "manager", "staff")


def municipalities(rng):
    """Return 443 municipalities with a size class, a region, staff to ask, and a latent level."""
    size = np.repeat(list(SIZES), list(SIZES.values()))
    count = len(size)
    return pd.DataFrame(
        {
            "municipality": [f"M{number:03d}" for number in range(1, count + 1)],
            "size": size,
            "region": rng.choice(["north", "east", "south", "west"], count),
            "inhabitants": np.round(np.exp(rng.normal(9.2, 0.3, count) + 0.5 * (pd.factorize(size)[0]))),
            "people": rng.integers(2, 13, count),
            "level": rng.normal(0, 1, count) + 0.25 * pd.factorize(size)[0],
        }
    )


def wave(rng, frame, year):
    """Return respondents of one wave; in 2005 some municipalities are still two, with one successor."""
    chosen = [
        rng.choice(rows, count, replace=False)
        for rows, count in zip(frame.groupby("size", sort=False).indices.values(), SAMPLED[year], strict=True)
    ]
    frame = frame.iloc[np.sort(np.concatenate(chosen))].copy()
    frame["municipalities"] = frame["size"].map(SIZES)
    frame["asked"] = np.minimum(rng.integers(2, 7, len(frame)), frame["people"])
    rows = frame.loc[frame.index.repeat(frame["asked"])].reset_index(drop=True)
    count = len(rows)
    level = rows["level"] + (0.3 if year == 2007 else 0) + rng.normal(0, 1, count)
    rows.insert(0, "wave", year)
    rows["respondent"] = [f"{year}-{number:04d}" for number in range(1, count + 1)]
    rows["role"] = rng.choice(ROLES, count, p=[0.2, 0.3, 0.5])
    rows["weight"] = np.round(
        rows["municipalities"]
        / rows.groupby("size")["municipality"].transform("nunique")
        * rows["people"]
        / rows["asked"]
        * rng.uniform(0.8, 1.25, count),
        3,
    )
    rows["vision"] = np.round(np.clip(50 + 12 * level + rng.normal(0, 8, count), 0, 100), 1)
    rows["control"] = np.round(np.clip(45 + 9 * level + rng.normal(0, 12, count), 0, 100))
    rows["goals"] = np.clip(np.round(3 + level + rng.normal(0, 0.7, count)), 1, 5)
    rows.loc[rng.uniform(size=count) < 0.12, "goals"] = np.nan
    rows["plan"] = (level + rng.normal(0, 1, count) > -0.2).astype(int)
    rows["partners"] = rng.poisson(np.exp(0.8 + 0.2 * level))
    rows["responded"] = (rng.uniform(size=count) < 0.75).astype(int)
    if year == 2005:
        part = rng.uniform(size=count) < 0.15
        rows["predecessor"] = rows["municipality"] + np.where(part, "b", "a")
    else:
        rows["predecessor"] = rows["municipality"]
    return rows.drop(columns="level")


def small(rng):
    """Return forty units with what is rare: a lonely stratum, a full one, weights of zero, no variation."""
    stratum = np.repeat(list("ABCDEF"), [12, 9, 8, 6, 4, 1])
    count = len(stratum)
    return pd.DataFrame(
        {
            "unit": [f"u{number:02d}" for number in range(1, count + 1)],
            "stratum": stratum,
            "population": pd.Series(stratum).map({"A": 60, "B": 45, "C": 9, "D": 30, "E": 4, "F": 7}),
            "domain": np.where(np.isin(stratum, list("AF")), "p", rng.choice(["p", "q"], count)),
            "weight": np.round(rng.uniform(1, 6, count), 2) * (rng.uniform(size=count) > 0.1),
            "y": np.round(rng.normal(40, 12, count), 2),
            "x": np.round(rng.gamma(4, 5, count), 2),
            "yes": np.where(stratum == "A", 1, rng.integers(0, 2, count)),
            "g": rng.choice(["k", "l", "m"], count),
        }
    )


def items(rng):
    """Return answers to eight items of one scale, and respondents in groups of unequal size."""
    count = 240
    group = np.repeat(np.arange(60), rng.multinomial(count - 120, np.full(60, 1 / 60)) + 2)
    latent = rng.normal(size=60)[group] * 0.7 + rng.normal(size=count)
    loadings = np.linspace(0.4, 1.1, 8)
    answers = np.clip(np.round(3 + latent[:, None] * loadings + rng.normal(0, 0.9, (count, 8))), 1, 5)
    answers[:, 7] = 6 - answers[:, 7]
    frame = pd.DataFrame(answers.astype(int), columns=[f"i{number}" for number in range(1, 9)])
    return frame.assign(group=group, weight=np.round(rng.uniform(0.5, 2, count), 2))


def main():
    """Write all inputs."""
    rng = np.random.default_rng(20071231)
    frame = municipalities(rng)
    frames = {
        "respondents": pd.concat([wave(rng, frame, year) for year in SAMPLED]),
        "small": small(rng),
        "items": items(rng),
    }
    for name, table in frames.items():
        table.to_csv(HERE / f"{name}.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
