"""The weights of the survey: for how many municipalities or people each answer stands."""

import numpy as np
import pandas as pd

from doorgroeien.data.checking import places
from doorgroeien.estimation.arrays import bins, known_mean
from doorgroeien.estimation.design import Design
from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.measurement.scores import filled
from doorgroeien.results.disclosure import RULES
from doorgroeien.survey.answers import SIZE_CLASSES, Survey
from doorgroeien.survey.instrument import FORMS, Instrument

__all__ = [
    "CLASSES",
    "PER",
    "POOL",
    "STANDS_IN",
    "combined",
    "design_of",
    "in_wave",
    "municipal_design",
    "score_columns",
    "undominated",
    "unweighted",
]

PER = ("municipality", "person")
STANDS_IN = ("class", "reluctant")
POOL = ["sample", "size_class"]  # within which people are alike in what is not known of them
CLASSES = ("size", "panel")
FEW = 2  # municipalities taking part that a response class needs for a variance
MANY = 30  # municipalities taking part in a sample, below which their sizes are left as they are
MARGIN = 0.1  # of what weights can reach, on either side, within which no mean size is asked for


def design_of(
    survey: Survey,
    per: str = "municipality",
    stands_in: str = "class",
    classes: str = "size",
    role: str | None = None,
) -> Design:
    """Return the survey as a ``Design`` of respondents, all waves and roles together, or one ``role`` alone.

    ``per`` says what a mean is over: with ``municipality`` each municipality counts once, as the mean of its
    people of a role; with ``person`` each person of a role does. Within a wave those of a role are a sample
    of their own: first the municipalities with a respondent of that role, out of all in their response class
    (the stratum; one with fewer than two such municipalities joins its neighbour in size); then the
    respondents, out of all people of that role there. What samples share by municipality, or by the one that
    holds its territory later, counts in their covariance. A respondent who is alone among several is lent the
    variance within other municipalities of that size class, in the same wave and role (``pooling``). A single
    answer that is missing was lost, as others of that role and size class might have been, unless the item
    does not apply (``item_nonresponse``). Raking makes the weights of each
    sample reproduce the number of municipalities (or people) in each response class, and the sum over them
    of the logarithm of inhabitants; not the latter in a sample of too few to stand for all sizes.

    ``stands_in`` says who speaks for municipalities of which nobody of a role answered: ``class``, all of
    their response class; or ``reluctant``, only that third of it in which the smallest share of the people
    invited answered, on the view that those who hardly took part resemble those who did not (the continuum
    of resistance: Lin and Schaeffer 1995).

    ``classes`` says what response classes are: ``size``, the strata of the sample; or ``panel``, these
    divided by the score on the quick scan in the wave before: below the median of the stratum, above it, and
    unknown.

    The data have a row per respondent: ``wave, role, municipality, unit, size_class, inhabitants``, and
    ``merged`` (whether its territory held several municipalities in the first wave); for each scored item its
    score (0-100), and under its name with ``_full`` and ``_quick_scan`` what it counts for in the score of
    its part on that form: the same, or where the item does not apply the mean of what does; and for each item
    the answer as an ordered category with English labels, under its name with ``_answer``. Of one ``role``
    they have its items alone.

    The design is made once for a survey, and is the same object however often it is asked for.

    Raises ``ValueError`` for an unknown ``per``, ``stands_in`` or ``classes``, and where no weights meet the
    totals.
    """
    key = per, stands_in, classes, role
    if key not in survey.designs:
        survey.designs[key] = _design_of(survey, *key)
    return survey.designs[key]


def _design_of(survey, per, stands_in, classes, role):
    choices = ("per", per, PER), ("stands_in", stands_in, STANDS_IN), ("classes", classes, CLASSES)
    for name, value, known in choices:
        if value not in known:
            raise ValueError(f"{name}={value!r} is unknown. Choose one of {', '.join(known)}.")
    frame, people = _kept(survey, ("people", stands_in, classes), _people)
    frame = frame.assign(counts=frame["population"] if per == "person" else 1)
    answers, exempt = pd.concat([survey.scored, survey.labelled], axis=1), survey.not_applicable
    if role is not None:
        frame, asked = frame[frame["role"] == role], (people["role"] == role).to_numpy()
        own = {item for item, row in survey.instrument.rows.items() if row["role"] == role}
        answers, exempt = (table.loc[asked, _about(table, own)] for table in (answers, exempt))
        people = people[asked]
    counts = people["population"] if per == "person" else 1
    people = people.assign(weight=counts * people["weight"] / people["responded"])
    scored = pd.concat([people, answers.set_axis(people.index)], axis=1)
    design = _raked(scored, frame, unit=["municipality", "respondent"], population=["all", "population"])
    return design.item_nonresponse(POOL, list(answers), exempt=exempt.set_axis(people.index))


def _kept(survey, key, made):
    """Return what is made of a survey for designs, once."""
    if key not in survey.designs:
        survey.designs[key] = made(survey, *key[1:])
    return survey.designs[key]


def _people(survey, stands_in, classes):
    """Return the frame with weights of municipalities, and the respondents with what it says of them."""
    frame = _with_weights(_kept(survey, ("frame", classes), _frame), stands_in)
    return frame, _joined_to(survey.respondents, frame, ["wave", "municipality", "role"])


def _joined_to(rows, table, keys):
    """Return rows with the columns of the row of a table that has the same keys; those without one go."""
    place = places(rows, table, keys)
    kept = np.flatnonzero(place >= 0)
    beside = table.drop(columns=keys).take(place[kept]).reset_index(drop=True)
    return pd.concat([rows.take(kept).reset_index(drop=True), beside], axis=1)


def _frame(survey, classes):
    """Return a row per wave, municipality and role, with its ``sample``, and who answered."""
    keys = ["wave", "municipality"]
    towns = _municipalities(survey).drop(columns="responded")
    if classes == "panel":
        towns["stratum"] = towns["stratum"].astype("str") + _place_before(survey, towns)
    frame = _joined_to(survey.groups, towns.assign(town=np.arange(len(towns))), keys)
    town = frame.pop("town").to_numpy()
    invited, responded = (
        bins(town, frame[name].to_numpy(dtype=float, na_value=0), len(towns))
        for name in ("invited", "responded")
    )
    willing = np.divide(responded, invited, out=np.full(len(towns), np.nan), where=invited > 0)
    return frame.assign(
        sample=_both(frame["wave"], frame["role"]),
        takes_part=frame["responded"] > 0,
        willing=willing[town],
    )


def _both(one, other):
    """Return two columns as one of categories in the order of the alphabet, with a space between."""
    codes, kinds = zip(*(pd.factorize(column, use_na_sentinel=False) for column in (one, other)), strict=True)
    names, place = np.unique(
        [f"{left} {right}" for left in kinds[0] for right in kinds[1]], return_inverse=True
    )
    both = pd.Categorical.from_codes(place[codes[0] * len(kinds[1]) + codes[1]], names)
    return pd.Series(both, one.index)


def unweighted(design: Design) -> Design:
    """Return a design of ``design_of`` without its weights: every respondent counts once.

    It is a simple random sample with replacement of municipalities. Where one alone answered in a role and
    wave, that has no variance and is left out.
    """
    data = design.table.data
    several = data.groupby("sample", observed=True)["unit"].transform("nunique") > 1
    return Design(data[several], stratum="sample", unit="unit").samples("sample")


def in_wave(design: Design, wave: int) -> Design:
    """Return a design in which one wave alone is a domain by the column ``wave``; no unit leaves it.

    Estimates by wave are then of that one, in a fraction of the time that those of all take.
    """
    waves = design.table.data["wave"].astype("Int64")
    return design.assign(wave=waves.where(waves == wave))


def undominated(design: Design, present: pd.Series) -> Design:
    """Return a design of persons of which no municipality weighs most among the rows ``present`` (flags).

    Raises :class:`NotEstimableError` where the mean over them would tell what that one answered, by the rule
    of :meth:`doorgroeien.results.disclosure.Rules.dominated`.
    """
    (codes, towns), rows = design.table.categories("municipality"), present.to_numpy(dtype=bool)
    if RULES.dominated(pd.Series(bins(codes[rows], design.weights[rows], len(towns)))):
        raise NotEstimableError("telling", "one municipality has most of the people who answered.")
    return design


def municipal_design(survey: Survey) -> Design:
    """Return the survey as a ``Design`` of municipalities, one row per wave and municipality that took part.

    Its columns: ``wave, municipality, unit, size_class, inhabitants, merged``; the mean over its people
    of every scored item; and the scores of parts, dimensions and the ``total``, under their names on the
    full form and with ``quick_`` before them on the quick scan. An item that nobody answered counts as
    its mean over municipalities plus what the municipality is above or below on the other items of the
    part (two-way imputation: Bernaards and Sijtsma 2000), so that who answered does not shift a score; a
    part without any answer has no score, and neither has what contains it. Weights and samples are as in
    ``design_of``, with a wave as a sample.

    What is estimated is about municipalities like these, of the sizes there are: those there were count as
    one draw of them (Graubard and Korn 2002). So there is no correction for the finite number of
    municipalities, and what differs between them, as it was observed, has in it the choice of people who
    answered. Use ``design_of`` for levels of the municipalities that there were, and this for relations
    between municipalities.
    """
    frame = _municipalities(survey)
    frame = frame.assign(
        sample=frame["wave"].astype("str"), takes_part=frame["responded"].astype(bool), counts=1, willing=1
    )
    frame = _with_weights(frame, "class")
    rows = frame[frame["takes_part"]].reset_index(drop=True)
    people = survey.respondents[["wave", "municipality"]].join(survey.scored)
    means = rows[["wave", "municipality"]].merge(
        people.groupby(["wave", "municipality"]).mean(), on=["wave", "municipality"], how="left"
    )
    parts = [rows, means[survey.instrument.items.index[survey.instrument.items["scored"] == 1]]]
    for form, prefix in (("full", ""), ("quick_scan", "quick_")):
        parts.append(_municipal_scores(means, rows["wave"], survey.instrument, form).add_prefix(prefix))
    return _raked(pd.concat(parts, axis=1), frame, unit="municipality")


def score_columns(instrument: Instrument, form: str) -> dict[str, dict[str, float]]:
    """Return the columns whose weighted mean is the score of each part, each dimension and the ``total``.

    A part is the mean of its scored items in the form, a dimension of its parts, the whole of its
    dimensions, so weights add up to 1. Use it as
    ``design.average(design.mean(list(columns["total"]), by="wave"), columns)``.
    """
    parts, dimensions = {}, {}
    for part, items in instrument.parts[form].items():
        parts[part] = dict.fromkeys((f"{item}_{form}" for item in items), 1 / len(items))
    for name in sorted({part[0] for part in parts}):
        dimensions[name] = _mean([weights for part, weights in parts.items() if part[0] == name])
    return parts | dimensions | {"total": _mean(list(dimensions.values()))}


def combined(parts: dict[str, float], columns: dict[str, dict[str, float]]) -> dict[str, float]:
    """Return the columns whose weighted sum is a sum of scores.

    ``parts`` gives the weight of each score, ``columns`` is as from ``score_columns``.

    >>> from doorgroeien.survey.weighting import combined
    >>> combined({"2a": 1, "2b": -1}, {"2a": {"x": 0.5, "y": 0.5}, "2b": {"z": 1}})
    {'x': 0.5, 'y': 0.5, 'z': -1}
    """
    return {column: sign * weight for part, sign in parts.items() for column, weight in columns[part].items()}


def _mean(parts):
    """Return the mean of scores, each given as the weights of its columns."""
    return {column: weight / len(parts) for weights in parts for column, weight in weights.items()}


def _municipalities(survey):
    columns = ["wave", "municipality", "unit", "size_class", "inhabitants", "stratum", "responded"]
    frame = survey.municipalities[columns].copy()
    frame["size_class"] = pd.Categorical(frame["size_class"], list(SIZE_CLASSES), ordered=True)
    first = frame[frame["wave"] == frame["wave"].min()]
    frame["merged"] = frame["unit"].map(first["unit"].value_counts()) > 1
    return frame.assign(log_inhabitants=np.log(frame["inhabitants"].astype(float)))


def _place_before(survey, towns):
    """Return for each town whether its score in the wave before is below the median of its stratum or not."""
    quick = list(survey.instrument.scored("quick_scan").index)
    people = survey.respondents[["wave", "municipality"]].join(survey.scored[quick])
    scores = people.groupby(["wave", "municipality"])[quick].mean().mean(axis=1).rename("score").reset_index()
    scores = scores.merge(towns[["wave", "municipality", "unit"]]).groupby(["wave", "unit"])["score"].mean()
    waves = sorted(towns["wave"].unique())
    earlier = towns["wave"].map(dict(zip(waves[1:], waves, strict=False)))
    score = scores.reindex(pd.MultiIndex.from_arrays([earlier, towns["unit"]])).set_axis(towns.index)
    middle = score.groupby([towns["wave"], towns["stratum"]]).transform("median")
    return pd.Series(np.where(score < middle, " low", " high"), towns.index).mask(score.isna(), "")


def _about(table, items):
    """Return the columns of a table of answers that are about some items."""
    endings = ("", *(f"_{form}" for form in FORMS), "_answer")
    return [name for name in table if any(name.removesuffix(ending) in items for ending in endings)]


def _with_weights(frame, stands_in):
    """Return the frame with response classes, the municipalities in each (``all``), and weights.

    ``frame`` has a row per sample and municipality, with ``takes_part`` and ``willing`` (the share of people
    invited who answered). Weights are those of municipalities.
    """
    classes, names = pd.factorize(_both(frame["sample"], frame["stratum"]), sort=True)
    there, sizes = frame["takes_part"].to_numpy(), bins(classes, frame["log_inhabitants"], len(names))
    sample = np.empty(len(names), dtype=np.int64)
    sample[classes] = pd.factorize(frame["sample"])[0]
    by_size = np.lexsort((sizes / np.bincount(classes), sample))
    taking_part, joined = np.bincount(classes, there), np.empty(len(names), dtype=np.int64)
    for some in np.split(by_size, np.flatnonzero(np.diff(sample[by_size])) + 1):
        joined[some] = _joined(some, taking_part[some])
    classes = joined[classes]
    number, taking_part = (np.bincount(classes, what)[classes] for what in (None, there))
    frame = frame.assign(response_class=pd.Series(names[classes], frame.index), all=number)
    # Of a class in which nobody takes part, as where a role was asked and is silent, nobody has a weight.
    weight = np.divide(number, taking_part, out=np.full(len(number), np.nan), where=taking_part > 0)
    if stands_in == "reluctant":
        # Of two that are equally willing, the one with the lower label counts as the less willing.
        taken = frame[frame["takes_part"]].sort_values(["willing", "municipality"])
        place = taken.groupby("response_class").cumcount() + 1
        third = np.ceil(taking_part / 3)
        weight = 1 + (frame["all"] - taking_part) / third * (place.reindex(frame.index) <= third)
    return frame.assign(weight=weight)


def _joined(classes, taking_part):
    """Return for each class, in the order of size, the one it joins so that none has too few."""
    joined, begun, there = classes.copy(), 0, 0
    for place, count in enumerate(taking_part):
        there += count
        if there >= FEW:
            joined[begun : place + 1] = classes[place]
            begun, there = place + 1, 0
    joined[begun:] = joined[begun - 1] if begun else classes[-1]
    return joined


def _raked(rows, frame, unit, population=None):
    """Return the design of ``rows``, raked to the totals of the samples in it that ``frame`` gives."""
    frame = frame[frame["sample"].isin(rows["sample"].unique())]
    totals = {"response_class": frame.groupby("response_class")["counts"].sum()}
    sizes, sample, logs = {}, rows["sample"].to_numpy(), rows["log_inhabitants"].to_numpy()
    for name, asked in _reached(rows, frame).items():
        totals[f"size in {name}"] = asked
        sizes[f"size in {name}"] = np.where(sample == name, logs, 0.0)
    design = Design(
        pd.concat([rows, pd.DataFrame(sizes, index=rows.index)], axis=1),
        weight="weight",
        stratum="response_class",
        unit=unit,
        population=population,
        lonely="pooled",
        pool=POOL,
    )
    return design.samples("sample", unit="unit").calibrate(totals, method="raking")


def _reached(rows, frame):
    """Return the sum of sizes of all in each sample of which those who took part can stand for these.

    They must be :data:`MANY`. With weights that keep to their response classes, the mean size lies between
    that of the smallest and of the largest in each class; it must lie well inside, for at the ends a few
    would stand for everybody.
    """
    taken, classes = pd.factorize(rows["response_class"])
    sizes, counts = frame["log_inhabitants"].to_numpy(), frame["counts"].to_numpy(dtype=float)
    number = bins(classes.get_indexer(frame["response_class"]), counts, len(classes))
    least, most = np.full(len(classes), np.inf), np.full(len(classes), -np.inf)
    np.minimum.at(least, taken, rows["log_inhabitants"].to_numpy())
    np.maximum.at(most, taken, rows["log_inhabitants"].to_numpy())
    place, samples = pd.factorize(rows["sample"], sort=True)
    sample = np.zeros(len(classes), dtype=np.int64)
    sample[taken] = place
    low, high = (bins(sample, number * end, len(samples)) for end in (least, most))
    margin = MARGIN * (high - low)
    asked = bins(samples.get_indexer(frame["sample"]), counts * sizes, len(samples))
    towns = pd.factorize(rows["municipality"])[0]
    many = np.bincount(np.unique(towns * len(samples) + place) % len(samples)) >= MANY
    return pd.Series(asked, samples)[(low + margin < asked) & (asked < high - margin) & many]


def _municipal_scores(means, waves, instrument, form):
    """Return the scores of parts, dimensions and the total of municipalities (rows of ``means``)."""
    columns = score_columns(instrument, form)
    values, wave, levels = means[list(columns["total"])].to_numpy(dtype=float), waves.to_numpy(), {}
    place = {item: at for at, item in enumerate(columns["total"])}
    for one in np.unique(wave):
        levels[one] = known_mean(values[wave == one], axis=0)
    usual, whole = np.array([levels[one] for one in wave]), np.empty_like(values)
    for part in (name for name in columns if len(name) == 2):
        at = [place[item] for item in columns[part]]
        whole[:, at] = filled(values[:, at], usual[:, at])
    scores = {
        name: whole[:, [place[item] for item in weights]] @ list(weights.values())
        for name, weights in columns.items()
    }
    return pd.DataFrame(scores, index=means.index)
