"""The reference survey: synthetic answers drawn from a population model with a known truth.

``book/reference-survey.md`` writes the model down and says what is invented; the names here are those there.
The same scenario and seed give the same files, byte for byte. All random numbers come from numpy's PCG64;
scenarios share them, so that they differ in nothing but the findings. Each thing that is drawn has a stream
of its own, known by its name and not by its place: each item, part, role and wave. So what is added, removed
or put in another order changes nothing else.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from scipy.special import expit, ndtri

from doorgroeien.data.faults import DataError, grouped, single
from doorgroeien.data.tables import load_all
from doorgroeien.survey.answers import SIZE_CLASSES, size_class_of
from doorgroeien.survey.frame import FRAME, Frame, load_frame
from doorgroeien.survey.instrument import ROLES, Instrument, load_instrument

__all__ = [
    "EDGES",
    "SCENARIOS",
    "Population",
    "Scenario",
    "draw_population",
    "draw_survey",
    "strength_of",
    "write_reference",
]

SCENARIOS = {"letter": 1, "flat": 0, "reverse": -1}
EDGES = {"edge": "holds_above", "edge-reverse": "opposite_below"}  # the limit at which estimands lie
EDITION = {
    "edition": "reference",
    "name_en": "reference edition - synthetic answers",
    "name_nl": "referentie-editie - synthetische antwoorden",
    "synthetic": 1,
}
BEFORE, NOW = 2005, 2007  # the waves that the letter compares; NOW is the one that it speaks of

GROWTH, GROWTH_SPREAD = 0.0025, 0.01  # of the logarithm of inhabitants: a year, and between a wave and NOW

# Seats of a council by inhabitants: article 8 of the Municipalities Act.
SEATS = (9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31, 33, 35, 37, 39, 45)
SEAT_LIMITS = (3, 6, 10, 15, 20, 25, 30, 35, 40, 45, 50, 60, 70, 80, 100, 200)

# Latent embedding.
SIZE_EFFECT = {"1": 0.35, "2": 0.20, "3": 0.25, "4": 0.30}
CORRELATION = 0.5  # between dimensions, given size
STABILITY = 0.7  # of what size leaves open, between NOW and another wave
LOADING = 0.85  # of a part on its dimension
SHARE_PART, SHARE_PERSON = 0.60, 0.40  # of an item on part and person; the rest is noise

# Levels of the findings NOW, in standard deviations of an item; scenarios multiply them by 1 to -1.
LEVELS = {"1a": 1.0, "1b": 0.3, "1c": 0.2, "1d": 0.1, "2a": 0.8, "2b": 0.7, "2c": 0.0, "2d": -0.1}
LEVELS |= {"3a": 0.3, "3b": 0.4, "3c": 0.2, "4a": -0.1, "4b": 0.5, "4c": -0.4, "4d": 0.2}
LEVELS |= {"goals": -0.8, "specialists": -0.3, "council": -1.7, "emphasis": -0.7}
CHANGE = {"1a": 0.5, "1b": 0.4, "1c": 0.4, "1d": 0.5}  # from before NOW; elsewhere none
BIAS = {"municipality": 0.8, "staff": 0.4}  # of self-reports on recovery and reductions
DIFFICULTY = 0.1  # standard deviation of items around the level of their group
# The estimand that a level bears upon, where it does; 4b bears upon both of finding 9.
BEARS_UPON = {"1a": (5, "clear"), "goals": (6, "room"), "4a": (9, "4a"), "4b": (9, "4a"), "4c": (9, "4c")}
BEARS_UPON |= dict.fromkeys(("2a", "2b", "2c", "2d", "emphasis"), (4, "emphasis"))

# Shares of the categories of nominal items, in the order of LATENT_ORDER.
LATENT_ORDER = {"place": (4, 3, 1, 2), "owner": (1, 3, 2), "council": (1, 3, 2)}
BOARD_BEFORE, BOARD_AFTER = (0.10, 0.12, 0.50, 0.28), (0.05, 0.10, 0.30, 0.55)
EVEN, MANAGERS = (0.08, 0.12, 0.40, 0.40), (0.08, 0.12, 0.47, 0.33)
OWNER = {1: (0.38, 0.25, 0.37), 0: (0.15, 0.30, 0.55), -1: (0.02, 0.18, 0.80)}
COUNCIL = {1: (0.92, 0.06, 0.02), 0: (0.45, 0.30, 0.25), -1: (0.06, 0.14, 0.80)}

# The sample and the response (logits); size and embedding are standardised.
SAMPLE = {"<20k": 80, "20k-50k": 80, "50k-100k": 30, ">=100k": None}  # of a quick scan; None = all
INVITED = {"municipality": 1, "alderman": 1, "councillor": 3, "manager": 1, "staff": 6}
TAKES_PART = {"quick_scan": 1.5, "full": 1.8}
BY_SIZE, BY_EMBEDDING = 0.35, 0.45
ANSWERS = {"municipality": 2.6, "alderman": 0.4, "councillor": -0.3, "manager": 1.3, "staff": 0.6}
ANSWERS_BY_EMBEDDING, ANSWERS_BY_PERSON = 0.30, 0.25
DONT_KNOW = {"municipality": -3.6, "alderman": -3.3, "councillor": -2.5, "manager": -3.6, "staff": -3.2}
DONT_KNOW_BY_EMBEDDING = -0.4
REFUSED, REFUSED_SANCTIONS, STOPS = 0.004, 0.02, 0.05
NOT_ASKED = -99  # no scale has this code


Item: TypeAlias = Mapping[str, Any]  # what the instrument says of it: one of its ``rows``


@dataclass(frozen=True)
class Population:
    """Everybody in every municipality, with the answer each would give.

    ``municipalities``, ``groups`` and ``people`` have one row each per municipality, per role in one, and
    per person, in both waves. ``answers`` (index as ``people``) has the code of every item, ``NOT_ASKED``
    where it is not asked and -7 where it does not apply; ``practice`` what items on sanctions
    would say without bias. ``waves`` has the form of each wave, ``quick_scan`` or ``full``.
    """

    waves: dict[int, str]
    municipalities: pd.DataFrame
    groups: pd.DataFrame
    people: pd.DataFrame
    answers: pd.DataFrame
    practice: pd.DataFrame


@dataclass(frozen=True)
class Scenario:
    """How true the findings are: from 1, as in the letter, over 0, not at all, to -1, the other way around.

    ``of`` says so by finding and estimand, and ``rest`` of all that is not in it.
    """

    rest: float
    of: Mapping[tuple[int, str], float] = field(default_factory=dict)

    def __getitem__(self, key: tuple[int, str] | None) -> float:
        """Return how true the finding is as far as an estimand goes."""
        return self.rest if key is None else self.of.get(key, self.rest)


def strength_of(scenario: str) -> float:
    """Return how true the findings are in a scenario of that name, or in one that is a number from -1 to 1.

    At an edge that is the strength of all that no estimand rests on. Raises ``ValueError`` for another name.

    >>> from doorgroeien.synthetic.population import strength_of
    >>> strength_of("reverse"), strength_of("0.5")
    (-1, 0.5)
    """
    named = SCENARIOS | {"edge": SCENARIOS["letter"], "edge-reverse": SCENARIOS["reverse"]}
    try:
        strength = named[scenario] if scenario in named else float(scenario)
    except ValueError:
        strength = np.nan
    if not -1 <= strength <= 1:
        raise ValueError(
            f"scenario {scenario!r} is unknown. Choose one of {', '.join(named)}, or a number from -1 to 1."
        )
    return strength


def draw_population(
    instrument: Instrument, frame: Frame, waves: dict[int, str], scenario: str | Scenario, seed: int
) -> Population:
    """Draw the population of a scenario, or of one of ``SCENARIOS``; raise ``KeyError`` for another name.

    ``frame`` says how many municipalities there are in each size class, and which merged. ``waves`` has the
    form of each wave, among which must be 2005 and 2007.
    """
    scenario = scenario if isinstance(scenario, Scenario) else Scenario(SCENARIOS[scenario])
    waves = dict(sorted(waves.items()))
    municipalities = draw_municipalities(seed, frame, waves)
    parts = _draw_latent(seed, municipalities, instrument)
    groups = groups_of(seed, municipalities)
    rows = np.repeat(np.arange(len(groups)), groups["population"])
    people = groups[["wave", "municipality", "role", "place"]].take(rows).reset_index(drop=True)
    people["group"] = rows
    samples = _samples(groups, rows)
    people["tendency"] = _drawn(seed, "tendency", samples, "standard_normal")
    answers, practice = _draw_answers(seed, instrument, waves, people, samples, parts, scenario)
    return Population(waves, municipalities, groups, people, answers, practice)


def draw_survey(
    population: Population, instrument: Instrument, seed: int, selective: bool = True, complete: bool = False
) -> dict[str, pd.DataFrame]:
    """Draw sample, response and missing answers; return the tables of the survey by name.

    Who answers depends on embedding and on the person, unless it is not ``selective``; it then depends on
    size and role alone. In a ``complete`` one respondents answer all that is put to them.
    """
    frame, groups, people = (population.municipalities, population.groups.copy(), population.people)
    form = frame["wave"].map(population.waves)
    frame = frame.assign(stratum=frame["size_class"], sampled=_sample_municipalities(seed, frame, form))
    sampled = frame["sampled"].to_numpy()[groups["place"]]
    role = pd.Categorical(groups["role"], ROLES).codes
    groups["invited"] = sampled * np.minimum(groups["population"], np.array([*map(INVITED.get, ROLES)])[role])

    place, group = people["place"].to_numpy(), people["group"].to_numpy()
    sample = _samples(groups, group)
    embedding, size = frame["embedding"].to_numpy(), frame["size"].to_numpy()
    chance = form.map(TAKES_PART) + BY_SIZE * size + selective * BY_EMBEDDING * embedding
    takes_part = _drawn(seed, "takes part", _groups(frame["wave"])) < expit(chance.to_numpy())
    invited = _rank(group, _drawn(seed, "invited", sample)) < groups["invited"].to_numpy()[group]
    chance = np.array([*map(ANSWERS.get, ROLES)])[role][group]
    chance += selective * ANSWERS_BY_EMBEDDING * embedding[place]
    chance += selective * ANSWERS_BY_PERSON * people["tendency"].to_numpy()
    chosen = invited & (_drawn(seed, "answers", sample) < expit(chance)) & takes_part[place]

    respondents = people.loc[chosen, ["wave", "municipality", "role"]]
    sample, names = _samples(groups, group[chosen]), np.empty(len(respondents), dtype=object)
    for name, rows in sample.items():
        wave, role = name.split()
        names[rows] = [f"p-{wave[-2:]}-{role}-{number:05d}" for number in range(1, len(rows) + 1)]
    respondents.insert(0, "respondent", names)
    given = population.answers.to_numpy().T.take(np.flatnonzero(chosen), axis=1)
    answers = dict(zip(population.answers, given, strict=True))
    if not complete:
        full = (form == "full").to_numpy()[place[chosen]]
        level = selective * embedding[place[chosen]]
        _lose_answers(seed, answers, instrument, population.waves, sample, level, full)
    # In the survey, who was not asked has no code.
    codes = given.astype(np.int64)
    coded = map(pd.arrays.IntegerArray, codes, codes == NOT_ASKED)
    answers = pd.DataFrame(dict(zip(answers, coded, strict=True)), index=respondents.index, copy=False)
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

    Its tables are written as CSV into ``folder``; their paths are returned. ``scenario`` is as for
    ``edge.scenario_of``. Raises ``DataError`` where the tables of the book are wrong.
    """
    # They load scipy's and statsmodels' tests; the model alone needs none.
    from doorgroeien.synthetic.edge import scenario_of
    from doorgroeien.synthetic.truth import truth

    described = load_all(root, only=("scales", "codes", "items", "waves"))
    instrument, waves = load_instrument(tables=described), described["waves"]
    if lacking := {BEFORE, NOW} - set(waves["wave"]):
        remedy = "Restore it: the letter speaks of it, and so does the model."
        expected = f"a row for the wave {min(lacking)}"
        raise DataError(grouped([single("data/survey/waves.csv", expected, remedy)]))
    frame = load_frame(root)
    if frame is None:
        expected, remedy = (
            "the tables of the municipalities themselves",
            "Restore them: the survey is drawn on them.",
        )
        raise DataError(grouped([single(FRAME, expected, remedy)]))
    forms = dict(zip(waves["wave"], waves["form"], strict=True))
    chosen = scenario_of(scenario, instrument, frame, forms, seed)
    population = draw_population(instrument, frame, forms, chosen, seed)
    tables = {
        "edition": pd.DataFrame([EDITION | {"scenario": scenario, "seed": seed}]),
        "waves": waves,
        **draw_survey(population, instrument, seed),
        "truth": truth(population, instrument),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n", encoding="utf-8")
    return [folder / f"{name}.csv" for name in tables]


def _stream(seed, *name):
    """Return the stream of random numbers of what has that name.

    It is that of ``SeedSequence(seed, spawn_key=...)`` with the words of the digest of the name as its key,
    put one after the other as numpy does, which takes them one by one.
    """
    entropy = np.concatenate([_words(seed), _digest(*name)])
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))


@lru_cache(maxsize=2)
def _words(seed):
    """Return a seed as words of 32 bits, the lowest first, and at least as many as numpy keeps."""
    return np.frombuffer(seed.to_bytes(4 * max(4, -(-seed.bit_length() // 32)), "little"), dtype="<u4")


@lru_cache(maxsize=2**12)
def _digest(*name):
    """Return the digest of a name as words of 32 bits."""
    digest = hashlib.sha256("/".join(map(str, name)).encode()).digest()
    return np.frombuffer(digest, dtype=">u4").astype(np.uint32)


def _drawn(seed, name, groups, kind="random"):
    """Return a random number per row; each of the ``groups``, places of rows by label, has its own stream."""
    found = np.empty(sum(map(len, groups.values())))
    for label, rows in groups.items():
        found[rows] = getattr(_stream(seed, name, label), kind)(len(rows))
    return found


def _in_turn(seed, name, sizes, kind):
    """Return so many random numbers for each label, one below the other; each has its own stream."""
    found = [getattr(_stream(seed, name, label), kind)(size) for label, size in sizes.items()]
    return np.concatenate([np.empty(0), *found])


def _groups(labels):
    """Return the places of the rows of each label."""
    codes, found = pd.factorize(labels)
    return {label: np.flatnonzero(codes == code) for code, label in enumerate(found)}


def _samples(groups, group):
    """Return the places of the people of each wave and role, by wave and role; ``group`` has their rows."""
    (wave, waves), (role, roles) = (pd.factorize(groups[name]) for name in ("wave", "role"))
    sample = (wave * len(roles) + role)[group]
    names = (f"{wave} {role}" for wave in waves for role in roles)
    found = {name: np.flatnonzero(sample == code) for code, name in enumerate(names)}
    return {name: rows for name, rows in found.items() if len(rows)}


def _put(samples, waves):
    """Return those of the ``samples`` to whom an item is put, by its role and whether a quick scan has it.

    They are the people of its role in the waves of which the form has it.
    """
    found = {}
    for name, rows in samples.items():
        wave, role = name.split()
        found.setdefault((role, True), {})[name] = rows
        full = found.setdefault((role, False), {})
        full |= {name: rows} if waves[int(wave)] == "full" else {}
    return {key: _Put(rows) for key, rows in found.items()}


class _Put:
    """The people to whom an item is put: their ``rows``, sample after sample, and the size of each sample."""

    def __init__(self, samples):
        self.rows = np.concatenate([np.empty(0, dtype=np.int64), *samples.values()])
        self.sizes = {name: len(rows) for name, rows in samples.items()}


def _rank(group, values):
    """Return the places of values, from 0, in the order of their group; groups lie below one another."""
    order, start = np.lexsort((values, group)), np.searchsorted(group, group)
    found = np.empty(len(group), dtype=np.int64)
    found[order] = np.arange(len(group))
    return found - start


def draw_municipalities(seed, real, waves):
    """Draw the municipalities of NOW, and those that became them; ``unit`` counts those of NOW.

    Waves before NOW have the boundaries of BEFORE, later ones those of NOW. As many are in each size class,
    and merged, as in the frame ``real``; which, and how large each is, is drawn.
    """
    rng = _stream(seed, "municipalities")
    sizes, mergers = _sizes_and_mergers(real)
    inhabitants = rng.permutation(_inhabitants(rng, sizes))
    parts = _merged(rng, size_class_of(inhabitants), mergers)
    units = len(inhabitants)
    numbers = rng.permutation(units + sum(parts.values())) + 1
    names = np.array([f"syn-{number:03d}" for number in numbers])
    old, fresh = [], iter(names[units:])
    for unit in range(units):
        count = parts.get(unit, 1)
        shares = rng.dirichlet([8.0] * count) if count > 1 else [1.0]
        old += [(next(fresh) if count > 1 else names[unit], share, unit) for share in shares]
    frames, following = [], [*list(waves)[1:], None]
    for wave, later in zip(waves, following, strict=True):
        rows = old if wave < NOW else [(names[unit], 1.0, unit) for unit in range(units)]
        frame = pd.DataFrame(rows, columns=["municipality", "share", "unit"])
        growth = _stream(seed, "growth", wave).normal(GROWTH * (wave - NOW), GROWTH_SPREAD, len(frame))
        people = inhabitants[frame["unit"]] * frame["share"] * np.exp(growth if wave != NOW else 0)
        merge = later is not None and wave < NOW <= later
        successor = names[frame["unit"]] if merge else frame["municipality"]
        size = np.maximum(1, people.round()).astype(int)
        frames.append(frame.assign(wave=wave, inhabitants=size, successor=successor))
    frame = pd.concat(frames)[["wave", "municipality", "inhabitants", "successor", "unit"]]
    frame = frame.sort_values(["wave", "municipality"], ignore_index=True)
    frame.insert(2, "size_class", size_class_of(frame["inhabitants"]))
    logs = np.log(frame["inhabitants"])
    now = logs[frame["wave"] == NOW]
    return frame.assign(size=(logs - now.mean()) / now.std(ddof=0))


@lru_cache(maxsize=2)
def _sizes_and_mergers(real):
    """Return of each size class NOW how many there are, and of how many each was made that is a merger."""
    classes = real.at(NOW)["size_class"]
    whole = pd.Series(real.successors(BEFORE, NOW)).value_counts()
    merged = whole[whole > 1].to_frame("count").join(classes)
    return classes.value_counts(), {
        size: sorted(counts) for size, counts in merged.groupby("size_class")["count"]
    }


def _merged(rng, size_classes, mergers):
    """Draw which of the new municipalities are mergers; return of how many each was made, by place.

    ``size_classes`` are of those drawn, by place.
    """
    found = {}
    for size, counts in mergers.items():
        chosen = rng.choice(np.flatnonzero(size_classes == size), len(counts), replace=False)
        found |= dict(zip(chosen, counts, strict=True))
    return found


def _inhabitants(rng, counts):
    """Draw the inhabitants of NOW: spread evenly over the quantiles of each class, then jittered."""
    small, middle, large, largest = (
        (np.arange(counts[size]) + rng.random(counts[size])) / counts[size] for size in SIZE_CLASSES
    )
    sizes = [3_500 * (20_000 / 3_500) ** (small**0.6), 20_000 * 2.5 ** (middle**1.5)]
    sizes += [50_000 * 2.0**large, 100_000 * (1 - 0.96 * largest) ** -0.7]
    return np.floor(np.concatenate(sizes)).astype(int)


def _draw_latent(seed, frame, instrument):
    """Return the latent level of every part (columns) in every municipality (rows of ``frame``).

    Adds to ``frame`` the column ``embedding``, the standardised mean of the four dimensions.
    """
    unit, now, waves = frame["unit"].to_numpy(), (frame["wave"] == NOW).to_numpy(), _groups(frame["wave"])

    def residual(name):
        lasting = _stream(seed, "lasting", name).standard_normal(unit.max() + 1)[unit]
        fresh = _drawn(seed, f"fresh/{name}", waves, "standard_normal")
        return np.where(now, lasting, STABILITY * lasting + np.sqrt(1 - STABILITY**2) * fresh)

    common, parts = residual("common"), {}
    for dimension, effect in SIZE_EFFECT.items():
        own = np.sqrt(CORRELATION) * common + np.sqrt(1 - CORRELATION) * residual(dimension)
        level = effect * frame["size"].to_numpy() + np.sqrt(1 - effect**2) * own
        parts[dimension] = level
        for part in sorted(set(instrument.items["dimension"])):
            if part[0] == dimension and part != dimension:
                parts[part] = LOADING * level + np.sqrt(1 - LOADING**2) * residual(part)
    mean = sum(parts[dimension] for dimension in SIZE_EFFECT) / len(SIZE_EFFECT)
    frame["embedding"] = (mean - mean[now].mean()) / mean[now].std()
    return pd.DataFrame(parts)


def groups_of(seed, frame):
    """Return how many people of each role a municipality has; ``place`` is its row in ``frame``."""
    inhabitants = frame["inhabitants"].to_numpy()
    seats = np.array(SEATS)[np.searchsorted(np.array(SEAT_LIMITS) * 1000, inhabitants, side="left")]
    spread = np.exp(0.2 * _drawn(seed, "staff", _groups(frame["wave"]), "standard_normal"))
    staff = np.maximum(2, np.round(inhabitants / 2_000 * spread)).astype(int)
    one = np.ones(len(frame), dtype=int)
    managers = 1 + (inhabitants >= 50_000) + (inhabitants >= 100_000)
    sizes = {"municipality": one, "alderman": one, "councillor": seats, "manager": managers, "staff": staff}
    return pd.DataFrame(
        {
            "wave": np.repeat(frame["wave"].to_numpy(), len(ROLES)),
            "municipality": np.repeat(frame["municipality"].to_numpy(), len(ROLES)),
            "role": np.tile(ROLES, len(frame)),
            "population": np.column_stack([sizes[role] for role in ROLES]).ravel(),
            "place": np.repeat(np.arange(len(frame)), len(ROLES)),
        }
    )


def _draw_answers(seed, instrument, waves, people, samples, parts, scenario):
    """Return the answers of everybody, and those on sanctions as they would be without bias."""
    asked = {key: _Asked(people, put) for key, put in _put(samples, waves).items()}
    quick = set(instrument.asked("quick_scan"))
    decides = {_contact(item, row) for item, row in instrument.rows.items() if item in quick} - quick
    table = np.full((len(instrument.rows), len(people)), NOT_ASKED, dtype=np.int8)
    answers, practice = dict(zip(instrument.rows, table, strict=True)), {}
    for item, row in instrument.rows.items():
        who = asked[row["role"], item in quick | decides]
        latent = who.latent(seed, item, parts[row["dimension"]].to_numpy())
        codes = np.array(instrument.answer_codes[row["scale"]])
        if row["scale"] in LATENT_ORDER:
            grades = (np.searchsorted(cuts_of_shares(row, time, scenario), latent) for time in (BEFORE, NOW))
            given = np.array(LATENT_ORDER[row["scale"]])[np.where(who.before, *grades)]
        else:
            latent += difficulty(seed, item)
            latent += level(row, scenario)
            latent -= who.before * change(row, scenario)
            codes = codes[::-1] if row["direction"] == -1 else codes
            cuts = cuts_of_scale(len(codes))
            given = codes[np.searchsorted(cuts, latent + bias(row, scenario))]
            if "7" in str(row["findings"]):
                practice[item] = np.full(len(people), np.nan)
                practice[item][who.rows] = codes[np.searchsorted(cuts, latent)]
        answers[item][who.rows] = given
    for item, row in instrument.rows.items():
        # Who never has contact with a partner cannot judge the cooperation.
        if (contact := _contact(item, row)) in answers:
            answers[item][(answers[contact] == 1) & (answers[item] != NOT_ASKED)] = -7
    short = np.isin(people["wave"], [wave for wave, form in waves.items() if form == "quick_scan"])
    for item in decides & set(answers):
        answers[item][short] = NOT_ASKED
    whole = pd.DataFrame(table.T, people.index, [*answers], copy=False)
    return whole, pd.DataFrame(practice, index=people.index)


def _contact(item, row):
    """Return the item on contact that decides whether an item on the quality of cooperation applies."""
    return item.replace("_quality", "_contact") if row["scale"] == "quality" else None


class _Asked:
    """Those to whom some items are put: their ``rows``, and what is the same in all they answer."""

    def __init__(self, people, put):
        self.rows, self.sizes = put.rows, {name.split()[0]: size for name, size in put.sizes.items()}
        wave, place, tendency = (people[name].to_numpy()[put.rows] for name in ("wave", "place", "tendency"))
        self.place, self.own, self.before = place, SHARE_PERSON * tendency, wave < NOW

    def latent(self, seed, item, part):
        """Return the latent value of an item, before its level is added.

        ``part`` has the latent level of its part in every municipality.
        """
        noise = np.sqrt(1 - SHARE_PART**2 - SHARE_PERSON**2)
        fresh = _in_turn(seed, f"item/{item}", self.sizes, "standard_normal")
        return SHARE_PART * part[self.place] + self.own + noise * fresh


def _level_group(item):
    """Return the key of LEVELS for an item."""
    findings = str(item["findings"]).split(";")
    if item["scale"] == "emphasis":
        return "emphasis"
    if item["scored"] and "6" in findings:
        return "goals"
    special = {"3": "specialists", "8": "council"} if item["scored"] and len(findings) == 1 else {}
    return special.get(findings[0], item["dimension"])


def difficulty(seed: int, item: str) -> float:
    """Return how far an item lies above the level of its group, in standard deviations."""
    return DIFFICULTY * _stream(seed, "difficulty", item).standard_normal()


def level(item: Item, scenario: Scenario) -> float:
    """Return the level NOW of the group of an item (of ``Instrument.rows``), in standard deviations."""
    group = _level_group(item)
    return scenario[BEARS_UPON.get(group)] * LEVELS.get(group, 0)


def change(item: Item, scenario: Scenario) -> float:
    """Return how much higher the level of an item is NOW than before, in standard deviations."""
    return scenario[1, item["dimension"]] * CHANGE.get(item["dimension"], 0)


def bias(item: Item, scenario: Scenario) -> float:
    """Return how far reports on an item are shifted, in standard deviations."""
    name = "reduction" if "reduction" in item["item"] else "recovery"
    return scenario[7, name] * BIAS.get(item["role"], 0) if "7" in str(item["findings"]) else 0


def cuts_of_scale(codes: int) -> np.ndarray:
    """Return the points at which the latent value of an item with so many codes is cut."""
    return np.arange(codes - 1) - (codes - 2) / 2


def cuts_of_shares(item: Item, wave: int, scenario: Scenario) -> np.ndarray:
    """Return the points at which the latent value of a nominal item is cut, in the order of LATENT_ORDER."""
    ends: dict[int, tuple[float, ...]]
    if item["scale"] == "owner":
        strength, ends = scenario[3, item["role"]], {**OWNER}
    elif item["scale"] == "council":
        strength, ends = scenario[8, "execution"], {**COUNCIL}
    elif item["role"] == "manager":
        strength, ends = scenario.rest, {1: MANAGERS, 0: EVEN, -1: MANAGERS}
    else:
        now = wave == NOW
        strength = scenario[2, item["role"]]
        ends = {(1 if now else -1): BOARD_AFTER, 0: EVEN, (-1 if now else 1): BOARD_BEFORE}
    far = np.array(ends[1 if strength > 0 else -1])
    shares = (1 - abs(strength)) * np.array(ends[0]) + abs(strength) * far
    return ndtri(np.cumsum(shares)[:-1])


def _sample_municipalities(seed, frame, form):
    """Return 1 for a municipality in the sample: of a quick scan at random within size classes, else all."""
    lots = (
        frame.assign(lot=_drawn(seed, "sample", _groups(frame["wave"])))
        .groupby(["wave", "size_class"])["lot"]
        .rank()
    )
    wanted = frame["size_class"].map(SAMPLE).fillna(np.inf).mask(form == "full", np.inf)
    return (lots <= wanted).astype(int).to_numpy()


def _lose_answers(seed, answers, instrument, waves, samples, embedding, full):
    """Put don't know and refused among the answers, and take out the parts that were not reached.

    ``full`` tells who has the full form; the quick scan is so short that nobody stops.
    """
    stops = full & (_drawn(seed, "stops", samples) < STOPS)
    point = np.where(stops, _drawn(seed, "stopping point", samples), 1.0)
    put, level = _put(samples, waves), DONT_KNOW_BY_EMBEDDING * embedding
    unsure = {(role, quick): expit(DONT_KNOW[role] + level[who.rows]) for (role, quick), who in put.items()}
    for item, row in instrument.rows.items():
        key = row["role"], row["quick_scan"] == 1
        who, lot = put[key].rows, _in_turn(seed, f"lost/{item}", put[key].sizes, "random")
        given = answers[item][who]
        refused = REFUSED_SANCTIONS if row["dimension"] == "2d" else REFUSED
        said = np.where(lot > 1 - refused, -9, np.where(lot < unsure[key], -8, given))
        lost = (given == NOT_ASKED) | (point[who] < _place(row["dimension"]))
        answers[item][who] = np.where(lost, NOT_ASKED, said)


def _place(part):
    """Return where a part begins in the questionnaire, from 0 to 1; each dimension takes a quarter of it."""
    letter = part[1:] or "a"
    return (int(part[0]) - 1) / 4 + (ord(letter) - ord("a")) / 16
