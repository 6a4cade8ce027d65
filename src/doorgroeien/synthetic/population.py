"""The reference survey: synthetic answers drawn from a population model with a known truth.

``book/reference-survey.md`` writes the model down and says what is invented; the names here are those there.
The same scenario and seed give the same files, byte for byte: all random numbers come from numpy's PCG64,
in a fixed order, and scenarios share them, so that they differ in nothing but the findings.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit, ndtri

from doorgroeien.data.tables import load_all
from doorgroeien.survey.answers import SIZE_CLASSES
from doorgroeien.survey.instrument import ROLES, Instrument, load_instrument

__all__ = ["SCENARIOS", "Population", "draw_population", "draw_survey", "write_reference"]

SCENARIOS = {"letter": 1, "flat": 0, "reverse": -1}
EDITION = {
    "edition": "reference",
    "name_en": "reference edition - synthetic answers",
    "name_nl": "referentie-editie - synthetische antwoorden",
    "synthetic": 1,
}
WAVES = {2005: "quick_scan", 2007: "full"}

# Municipalities of 2007 by size class; together they have the distribution of the real evidence.
CLASSES = {"<20k": 186, "20k-50k": 190, "50k-100k": 41, ">=100k": 26}
MERGED_FROM = (3,) * 5 + (2,) * 9  # the 14 new municipalities, and how many each was made of
ANNEXED = 5  # abolished municipalities that went into one that stayed

# Seats of a council by inhabitants: article 8 of the Municipalities Act.
SEATS = (9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31, 33, 35, 37, 39, 45)
SEAT_LIMITS = (3, 6, 10, 15, 20, 25, 30, 35, 40, 45, 50, 60, 70, 80, 100, 200)

# Latent embedding.
SIZE_EFFECT = {"1": 0.35, "2": 0.20, "3": 0.25, "4": 0.30}
CORRELATION = 0.5  # between dimensions, given size
STABILITY = 0.7  # of what size leaves open, between the waves
LOADING = 0.85  # of a part on its dimension
SHARE_PART, SHARE_PERSON = 0.60, 0.40  # of an item on part and person; the rest is noise

# Levels of the findings in 2007, in standard deviations of an item; scenarios multiply them by 1, 0 or -1.
LEVELS = {"1a": 1.0, "1b": 0.3, "1c": 0.2, "1d": 0.1, "2a": 0.8, "2b": 0.7, "2c": 0.0, "2d": -0.1}
LEVELS |= {"3a": 0.3, "3b": 0.4, "3c": 0.2, "4a": -0.1, "4b": 0.5, "4c": -0.4, "4d": 0.2}
LEVELS |= {"goals": -0.8, "specialists": -0.3, "council": -1.7, "emphasis": -0.7}
CHANGE = {"1a": 0.5, "1b": 0.4, "1c": 0.4, "1d": 0.5}  # from 2005 to 2007; elsewhere none
BIAS = {"municipality": 0.8, "staff": 0.4}  # of self-reports on recovery and reductions
DIFFICULTY = 0.25  # standard deviation of items around the level of their group

# Shares of the categories of nominal items, in the order of LATENT_ORDER.
LATENT_ORDER = {"place": (4, 3, 1, 2), "owner": (1, 3, 2), "council": (1, 3, 2)}
BOARD_BEFORE, BOARD_AFTER = (0.10, 0.12, 0.50, 0.28), (0.05, 0.10, 0.30, 0.55)
EVEN, MANAGERS = (0.08, 0.12, 0.40, 0.40), (0.08, 0.12, 0.47, 0.33)
OWNER = {1: (0.38, 0.25, 0.37), 0: (0.15, 0.30, 0.55), -1: (0.02, 0.18, 0.80)}
COUNCIL = {1: (0.92, 0.06, 0.02), 0: (0.45, 0.30, 0.25), -1: (0.06, 0.14, 0.80)}

# The sample and the response (logits); size and embedding are standardised.
SAMPLE_2005 = {"<20k": 80, "20k-50k": 80, "50k-100k": 30, ">=100k": None}  # None = all; 2007 invites all
INVITED = {"municipality": 1, "alderman": 1, "councillor": 3, "manager": 1, "staff": 6}
TAKES_PART = {2005: 1.5, 2007: 1.8}
BY_SIZE, BY_EMBEDDING = 0.35, 0.45
ANSWERS = {"municipality": 2.6, "alderman": 0.4, "councillor": -0.3, "manager": 1.3, "staff": 0.6}
ANSWERS_BY_EMBEDDING, ANSWERS_BY_PERSON = 0.30, 0.25
DONT_KNOW = {"municipality": -3.6, "alderman": -3.3, "councillor": -2.5, "manager": -3.6, "staff": -3.2}
DONT_KNOW_BY_EMBEDDING = -0.4
REFUSED, REFUSED_SANCTIONS, STOPS = 0.004, 0.02, 0.05


@dataclass(frozen=True)
class Population:
    """Everybody in every municipality, with the answer each would give.

    ``municipalities``, ``groups`` and ``people`` have one row each per municipality, per role in one, and
    per person, in both waves. ``answers`` (index as ``people``) has the code of every item, missing where
    it is not asked and -7 where it does not apply; ``practice`` what items on sanctions
    would say without bias.
    """

    municipalities: pd.DataFrame
    groups: pd.DataFrame
    people: pd.DataFrame
    answers: pd.DataFrame
    practice: pd.DataFrame


def draw_population(instrument: Instrument, scenario: str, seed: int) -> Population:
    """Draw the population of a scenario; raise ``KeyError`` for an unknown one."""
    sign = SCENARIOS[scenario]
    towns, latent, people, items, _ = _streams(seed)
    municipalities = _draw_municipalities(towns)
    parts = _draw_latent(latent, municipalities, instrument)
    groups = _groups(people, municipalities)
    rows = np.repeat(np.arange(len(groups)), groups["population"])
    persons = groups.iloc[rows][["wave", "municipality", "role", "place"]].reset_index(drop=True)
    persons["tendency"] = people.standard_normal(len(persons))
    answers, practice = _draw_answers(items, instrument, persons, parts, sign)
    return Population(municipalities, groups, persons, answers, practice)


def draw_survey(population: Population, instrument: Instrument, seed: int) -> dict[str, pd.DataFrame]:
    """Draw sample, response and missing answers; return the tables of the survey by name."""
    rng = _streams(seed)[-1]
    frame, groups, people = (population.municipalities, population.groups.copy(), population.people)
    frame = frame.assign(stratum=frame["size_class"], sampled=_sample_municipalities(rng, frame))
    sampled = frame["sampled"].to_numpy()[groups["place"]]
    groups["invited"] = sampled * np.minimum(groups["population"], groups["role"].map(INVITED))

    place, wave, role = people["place"].to_numpy(), people["wave"], people["role"]
    embedding, size = frame["embedding"].to_numpy(), frame["size"].to_numpy()
    chance = frame["wave"].map(TAKES_PART) + BY_SIZE * size + BY_EMBEDDING * embedding
    takes_part = rng.random(len(frame)) < expit(chance.to_numpy())
    order = people.assign(lot=rng.random(len(people))).groupby(["place", "role"])["lot"].rank()
    keys = pd.MultiIndex.from_frame(groups[["place", "role"]])
    invited = groups["invited"].set_axis(keys).loc[pd.MultiIndex.from_arrays([place, role])].to_numpy()
    chance = role.map(ANSWERS) + ANSWERS_BY_EMBEDDING * embedding[place]
    answers_it = rng.random(len(people)) < expit(chance + ANSWERS_BY_PERSON * people["tendency"]).to_numpy()
    chosen = (order <= invited) & answers_it & takes_part[place]

    respondents = people.loc[chosen, ["wave", "municipality", "role"]]
    respondents.insert(0, "respondent", [f"p-{number:05d}" for number in range(1, len(respondents) + 1)])
    answers = population.answers.loc[chosen].copy()
    _lose_answers(rng, answers, instrument, wave[chosen], role[chosen], embedding[place[chosen]])
    answers.insert(0, "respondent", respondents["respondent"])
    frame_columns = ["wave", "municipality", "size_class", "inhabitants", "successor", "stratum", "sampled"]
    return {
        "municipalities": frame[frame_columns],
        "groups": groups[["wave", "municipality", "role", "population", "invited"]],
        "respondents": respondents,
        "answers": answers,
    }


def write_reference(folder: Path, root: Path, scenario: str, seed: int) -> list[Path]:
    """Draw the reference survey on the instrument and the waves of the book below ``root``.

    Its tables are written as CSV into ``folder``; their paths are returned. Raises ``DataError`` where the
    tables of the book are wrong.
    """
    # It loads scipy's and statsmodels' tests; the model alone needs none.
    from doorgroeien.synthetic.truth import truth

    described = load_all(root, only=("scales", "codes", "items", "waves"))
    instrument = load_instrument(tables=described)
    population = draw_population(instrument, scenario, seed)
    tables = {
        "edition": pd.DataFrame([EDITION | {"scenario": scenario, "seed": seed}]),
        "waves": described["waves"],
        **draw_survey(population, instrument, seed),
        "truth": truth(population, instrument),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n", encoding="utf-8")
    return [folder / f"{name}.csv" for name in tables]


def _streams(seed):
    """Return one stream of random numbers per step, so that a change in one step leaves the others alone."""
    return [np.random.Generator(np.random.PCG64(child)) for child in np.random.SeedSequence(seed).spawn(5)]


def _draw_municipalities(rng):
    """Draw the municipalities of 2007, and those of 2005 that became them; ``unit`` counts those of 2007."""
    inhabitants = rng.permutation(_inhabitants(rng))
    names = [
        f"syn-{number:03d}"
        for number in rng.permutation(sum(CLASSES.values()) + sum(MERGED_FROM) + ANNEXED) + 1
    ]
    units = len(inhabitants)
    new = rng.choice(np.flatnonzero((inhabitants > 15_000) & (inhabitants < 60_000)), len(MERGED_FROM), False)
    stayed = np.setdiff1d(np.flatnonzero(inhabitants > 20_000), new)
    parts = dict(zip(new, MERGED_FROM, strict=True))
    parts |= dict.fromkeys(rng.choice(stayed, ANNEXED, replace=False), 2)
    rows, fresh = [], iter(names[units:])
    for unit in range(units):
        count = parts.get(unit, 1)
        shares = rng.dirichlet([8.0] * count) if unit in new else [0.82, 0.18][:count] if count > 1 else [1.0]
        for number, share in enumerate(shares):
            name = names[unit] if unit not in new and number == 0 else next(fresh)
            people = max(1, round(inhabitants[unit] * share * np.exp(rng.normal(-0.005, 0.01))))
            rows.append((2005, name, people, names[unit], unit))
    rows += [(2007, names[unit], int(inhabitants[unit]), names[unit], unit) for unit in range(units)]
    frame = pd.DataFrame(rows, columns=["wave", "municipality", "inhabitants", "successor", "unit"])
    frame = frame.sort_values(["wave", "municipality"], ignore_index=True)
    classes, limits = np.array(list(SIZE_CLASSES)), list(SIZE_CLASSES.values())[:-1]
    frame.insert(2, "size_class", classes[np.searchsorted(limits, frame["inhabitants"], side="right")])
    logs = np.log(frame["inhabitants"])
    latest = logs[frame["wave"] == 2007]
    return frame.assign(size=(logs - latest.mean()) / latest.std(ddof=0))


def _inhabitants(rng):
    """Draw the inhabitants of 2007: spread evenly over the quantiles of each class, then jittered."""
    small, middle, large, largest = (
        (np.arange(count) + rng.random(count)) / count for count in CLASSES.values()
    )
    sizes = [3_500 * (20_000 / 3_500) ** (small**0.6), 20_000 * 2.5 ** (middle**1.5)]
    sizes += [50_000 * 2.0**large, 100_000 * (1 - 0.96 * largest) ** -0.7]
    return np.floor(np.concatenate(sizes)).astype(int)


def _draw_latent(rng, frame, instrument):
    """Return the latent level of every part (columns) in every municipality (rows of ``frame``).

    Adds to ``frame`` the column ``embedding``, the standardised mean of the four dimensions.
    """
    unit, before = frame["unit"].to_numpy(), (frame["wave"] == 2005).to_numpy()

    def residual():
        lasting = rng.standard_normal(unit.max() + 1)[unit]
        fresh = rng.standard_normal(len(frame))
        return np.where(before, STABILITY * lasting + np.sqrt(1 - STABILITY**2) * fresh, lasting)

    common, parts = residual(), {}
    for dimension, effect in SIZE_EFFECT.items():
        own = np.sqrt(CORRELATION) * common + np.sqrt(1 - CORRELATION) * residual()
        level = effect * frame["size"].to_numpy() + np.sqrt(1 - effect**2) * own
        parts[dimension] = level
        for part in sorted(set(instrument.items["dimension"])):
            if part[0] == dimension and part != dimension:
                parts[part] = LOADING * level + np.sqrt(1 - LOADING**2) * residual()
    mean = sum(parts[dimension] for dimension in SIZE_EFFECT) / len(SIZE_EFFECT)
    frame["embedding"] = (mean - mean[~before].mean()) / mean[~before].std()
    return pd.DataFrame(parts)


def _groups(rng, frame):
    """Return how many people of each role a municipality has; ``place`` is its row in ``frame``."""
    inhabitants = frame["inhabitants"].to_numpy()
    seats = np.array(SEATS)[np.searchsorted(np.array(SEAT_LIMITS) * 1000, inhabitants, side="left")]
    staff = np.maximum(2, np.round(inhabitants / 2_000 * np.exp(rng.normal(0, 0.2, len(frame))))).astype(int)
    one = np.ones(len(frame), dtype=int)
    managers = 1 + (inhabitants >= 50_000) + (inhabitants >= 100_000)
    sizes = np.column_stack([one, one, seats, managers, staff])
    return pd.DataFrame(
        {
            "wave": np.repeat(frame["wave"].to_numpy(), len(ROLES)),
            "municipality": np.repeat(frame["municipality"].to_numpy(), len(ROLES)),
            "role": np.tile(ROLES, len(frame)),
            "population": sizes.ravel(),
            "place": np.repeat(np.arange(len(frame)), len(ROLES)),
        }
    )


def _draw_answers(rng, instrument, people, parts, sign):
    """Return the answers of everybody, and those on sanctions as they would be without bias."""
    items = instrument.items
    group = pd.Series({item: _level_group(row) for item, row in items.iterrows()})
    difficulty = pd.Series(rng.normal(0, DIFFICULTY, len(items)), index=items.index)
    difficulty -= difficulty.groupby(group).transform("mean")
    noise = np.sqrt(1 - SHARE_PART**2 - SHARE_PERSON**2)
    answers = pd.DataFrame(index=people.index, columns=items.index, dtype="Int64")
    practice = {}
    for item, row in items.iterrows():
        who = people[people["role"] == row["role"]]
        latent = SHARE_PART * parts[row["dimension"]].to_numpy()[who["place"]]
        latent += SHARE_PERSON * who["tendency"].to_numpy() + noise * rng.standard_normal(len(who))
        before = (who["wave"] == 2005).to_numpy()
        codes = np.array(instrument.answer_codes[row["scale"]])
        if row["scale"] in LATENT_ORDER:
            grade = np.where(before, *(_grades(latent, _shares(row, wave, sign)) for wave in WAVES))
            answers.loc[who.index, item] = np.array(LATENT_ORDER[row["scale"]])[grade]
        else:
            latent += (
                difficulty[item]
                + sign * LEVELS[group[item]]
                - before * sign * CHANGE.get(row["dimension"], 0)
            )
            bias = sign * BIAS[row["role"]] if "7" in str(row["findings"]) else 0
            codes = codes[::-1] if row["direction"] == -1 else codes
            cuts = np.arange(len(codes) - 1) - (len(codes) - 2) / 2
            answers.loc[who.index, item] = codes[np.searchsorted(cuts, latent + bias)]
            if bias or "7" in str(row["findings"]):
                practice[item] = pd.Series(codes[np.searchsorted(cuts, latent)], index=who.index)
    for item in items.index[items["scale"] == "quality"]:
        # Who never has contact with a partner cannot judge the cooperation.
        never = answers[item.replace("_quality", "_contact")] == 1
        answers.loc[never.fillna(False), item] = -7
    answers.loc[people["wave"] == 2005, items.index[items["quick_scan"] == 0]] = pd.NA
    return answers, pd.DataFrame(practice).reindex(people.index)


def _level_group(item):
    """Return the key of LEVELS for an item."""
    findings = str(item["findings"]).split(";")
    special = {"6": "goals", "3": "specialists", "8": "council"}
    if item["scale"] == "emphasis":
        return "emphasis"
    if item["scored"] and ("6" in findings or findings in (["3"], ["8"])):
        return special[findings[-1]]
    return item["dimension"]


def _shares(item, wave, sign):
    """Return the shares of the categories of a nominal item, in the order of LATENT_ORDER."""
    if item["scale"] == "owner":
        return OWNER[sign]
    if item["scale"] == "council":
        return COUNCIL[sign]
    if sign == 0:
        return EVEN
    if item["role"] == "manager":
        return MANAGERS
    return BOARD_AFTER if (wave == 2007) == (sign == 1) else BOARD_BEFORE


def _grades(latent, shares):
    return np.searchsorted(ndtri(np.cumsum(shares)[:-1]), latent)


def _sample_municipalities(rng, frame):
    """Return 1 for a municipality in the sample: all in 2007, in 2005 at random within size classes."""
    lots = frame.assign(lot=rng.random(len(frame))).groupby(["wave", "size_class"])["lot"].rank()
    wanted = frame["size_class"].map(SAMPLE_2005).fillna(np.inf).mask(frame["wave"] == 2007, np.inf)
    return (lots <= wanted).astype(int).to_numpy()


def _lose_answers(rng, answers, instrument, wave, role, embedding):
    """Turn answers into don't know and refused, and blank what comes after a respondent stopped."""
    stops = rng.random(len(answers)) < STOPS
    point = rng.random(len(answers))
    for item, row in instrument.items.iterrows():
        asked = answers[item].notna().to_numpy()
        lot = rng.random(len(answers))
        dont_know = expit(DONT_KNOW[row["role"]] + DONT_KNOW_BY_EMBEDDING * embedding)
        refused = REFUSED_SANCTIONS if row["dimension"] == "2d" else REFUSED
        answers.loc[asked & (lot < dont_know), item] = -8
        answers.loc[asked & (lot > 1 - refused), item] = -9
    for form in WAVES.values():
        for name in ROLES:
            asked = instrument.asked(form, name)
            here = (role == name).to_numpy() & (wave.map(WAVES) == form).to_numpy() & stops
            last = 1 + np.floor(point * (len(asked) - 1))
            for number, item in enumerate(asked):
                answers.loc[here & (number >= last), item] = pd.NA
