"""What selective response leaves open: rates, how representative it is, and intervals that allow for it."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from doorgroeien.estimation.arrays import bins, known_mean, sums
from doorgroeien.estimation.design import Design
from doorgroeien.measurement.scores import filled
from doorgroeien.results.chapter import Chapter
from doorgroeien.survey.answers import Survey
from doorgroeien.survey.instrument import ROLES

__all__ = ["DELTA", "WORDS", "beside", "r_indicator", "response_rates", "sensitivity"]

WORDS = "selection"  # the file with the words, the same for every chapter
DELTA = 0.5  # standard deviations between those who answered and those who did not
COMPLETE, PARTIAL = 0.8, 0.5  # of the questions put, answered by a complete and by a partial response


def sensitivity(
    survey: Survey,
    design: Design,
    wave: int,
    levels: pd.DataFrame,
    columns: Mapping[str, Mapping[str, float]],
    per: str = "municipality",
    delta: float = DELTA,
) -> pd.DataFrame:
    """Return ``levels`` with the interval that they have if those who did not answer differ.

    The mean over all is that over those who answered, plus the share of those who did not times how far
    theirs lies away (Manski 1989). If that is ``delta`` standard deviations up or down, the confidence
    interval is that much longer at either end: ``sens_low, sens_high``. Nothing in the answers tells
    ``delta``; half a standard deviation is an assumption.

    ``design`` is of respondents (``weighting.design_of``), each municipality counting once or, with ``per``,
    each ``person``. ``levels`` has ``estimate, ci_low, ci_high`` by name (index); ``columns`` gives for each
    name, in that order, the columns of the design that the level is the weighted sum of; the sum runs to 100,
    from 0 or, where weights differ in sign, from -100. ``sd`` is the standard deviation
    between municipalities (persons) in the wave, in which a column that is missing is filled in from the
    others; ``missed`` the share of those invited who gave no answer, over the columns, per cent, each
    municipality (person) counting once.

    >>> from doorgroeien.intake.loading import load_survey
    >>> from doorgroeien.survey.selection import sensitivity
    >>> from doorgroeien.survey.weighting import design_of
    >>> survey = load_survey()
    >>> design = design_of(survey)
    >>> goals = design.mean("d1d_goals", by="wave").query("wave == 2007").set_index("variable")
    >>> found = sensitivity(survey, design, 2007, goals, {"d1d_goals": {"d1d_goals": 1}}).iloc[0]
    >>> bool(found["sens_low"] < found["ci_low"] < found["ci_high"] < found["sens_high"])
    True
    """
    rows = np.flatnonzero(design.table.numbers("wave") == wave)
    names = list(dict.fromkeys(name for parts in columns.values() for name in parts))
    weights = design.weights[rows]
    given = np.column_stack([design.table.numbers(name)[rows] for name in names])
    there = ~np.isnan(given)
    missed = _missed(survey, design, rows, there, wave, per)
    towns = design.table.categories("municipality")[0][rows]
    town = pd.factorize(towns)[0] if per == "municipality" else np.arange(len(rows))
    counts = sums(town, there.astype(float), town.max() + 1)
    with np.errstate(invalid="ignore"):
        means = sums(town, np.where(there, given, 0.0), len(counts)) / counts
    spoke, place, found = there.T.copy(), {column: at for at, column in enumerate(names)}, {}
    for name, parts in columns.items():
        at, worth = [place[column] for column in parts], np.array(list(parts.values()), dtype=float)
        heard = spoke[at].any(axis=0)
        weight = bins(town, weights * heard, len(counts))
        known = np.flatnonzero((counts[:, at] > 0).any(axis=1))
        values = means[known][:, at]
        level = known_mean(values, axis=0)
        found[name] = (
            _spread(filled(values, level) @ worth, weight[known]),
            100 * np.abs(worth) @ missed[at] / np.abs(worth).sum(),
        )
    sd, missing = np.array([found[name] for name in levels.index], dtype=float).reshape(-1, 2).T
    shift = delta * sd * missing / 100
    floor = [-100 if min(parts.values()) < 0 < max(parts.values()) else 0 for parts in columns.values()]
    low, high = np.maximum(levels["ci_low"] - shift, floor), np.minimum(levels["ci_high"] + shift, 100)
    return levels.assign(sd=sd, missed=missing, wave=wave, sens_low=low, sens_high=high)


def _spread(values, weights):
    """Return the weighted standard deviation of the values there are."""
    known = ~np.isnan(values)
    if known.sum() < 2:
        return np.nan
    values, weights = values[known], weights[known] / weights[known].sum()
    return np.sqrt((values - values @ weights) ** 2 @ weights)


def _asked(survey, wave):
    """Return the groups with people invited in a wave: codes of town and role, and numbers; and the towns."""
    rows = np.flatnonzero((survey.groups["wave"] == wave) & (survey.groups["invited"] > 0))
    groups = survey.groups[["municipality", "role", "invited", "population"]].take(rows)
    town, towns = pd.factorize(groups["municipality"])
    numbers = groups[["invited", "population"]].to_numpy(dtype=float).T
    return town, pd.Categorical(groups["role"], ROLES).codes, numbers, towns


def _missed(survey, design, rows, there, wave, per):
    """Return the share of those invited who gave no answer in each column of ``there`` (its ``rows``)."""
    key = "asked", wave
    if key not in survey.designs:
        survey.designs[key] = _asked(survey, wave)
    town, role, numbers, towns = survey.designs[key]
    (codes, names), (roles, known) = (design.table.categories(name) for name in ("municipality", "role"))
    own, count = np.array([ROLES.index(name) for name in known])[roles[rows]], len(towns)
    there = there.astype(float)
    speaks = sums(own, there, len(ROLES)) > 0  # which roles, of each column
    invited, people = (sums(town, number[:, None] * speaks[role], count) for number in numbers)
    place = towns.get_indexer(names)[codes[rows]]
    answered = sums(np.where(place < 0, count, place), there, count + 1)[:count]
    asked = invited > 0
    shares = np.divide(answered, invited, out=np.zeros_like(answered), where=asked)
    weights = asked * (people if per == "person" else 1.0)
    total = weights.sum(axis=0)
    return 1 - np.divide((shares * weights).sum(axis=0), total, out=np.zeros_like(total), where=total > 0)


def beside(
    chapter: str,
    survey: Survey,
    levels: pd.DataFrame,
    told: Mapping[str, tuple[str, str]] | None = None,
    unit: str = "score",
) -> None:
    """Publish levels with both of their intervals, as the table ``<chapter>.selection``.

    ``levels`` is as from :func:`sensitivity`, with a ``label`` for each row. ``told`` names rows whose longer
    interval is published as the number ``<chapter>.selection.<name>`` too, with what they are about (English,
    Dutch); ``unit`` is that of the levels, by which they are judged, unless ``levels`` has one for each row.
    """
    writer = Chapter(chapter, survey, words=WORDS)
    levels = levels if "unit" in levels else levels.assign(unit=unit)
    writer.table("selection", levels.reset_index(drop=True))
    for name, what in (told or {}).items():
        row = levels.rename(columns={"estimate": "value", "sens_low": "low", "sens_high": "high"}).loc[name]
        given = {"unit": row["unit"], "name": name, "what": what}
        given["period"] = str(int(row["wave"]))
        writer.tell("selection.{name}", row[["value", "low", "high", "n", "units"]], **given)


def response_rates(survey: Survey) -> pd.DataFrame:
    """Return AAPOR's response rates by wave and role (index).

    ``invited`` people, all taken to be eligible; of these the ``complete`` ones answered at least 80 per cent
    of the questions put to them and the ``partial`` ones at least half: ``RR1`` is the per cent that is
    complete, ``RR2`` the per cent that is either (AAPOR 2015). "Don't know" is an answer.

    >>> from doorgroeien.intake.loading import load_survey
    >>> from doorgroeien.survey.selection import response_rates
    >>> response_rates(load_survey()).columns.to_list()
    ['invited', 'complete', 'partial', 'RR1', 'RR2']
    """
    forms = survey.respondents["wave"].map(survey.waves.set_index("wave")["form"])
    items, role = survey.instrument.items, survey.respondents["role"]
    put = pd.DataFrame(
        {
            item: (role == row["role"]) & ((forms == "full") | (row["quick_scan"] == 1))
            for item, row in items.iterrows()
        }
    )
    given = (put & survey.answers[put.columns].notna()).sum(axis=1) / put.sum(axis=1)
    keys = [survey.respondents["wave"], role]
    found = survey.groups.groupby(["wave", "role"], sort=False)[["invited"]].sum()
    found["complete"] = given.ge(COMPLETE).groupby(keys).sum()
    found["partial"] = given.between(PARTIAL, COMPLETE, inclusive="left").groupby(keys).sum()
    found = found.fillna(0)
    return found.assign(
        RR1=100 * found["complete"] / found["invited"],
        RR2=100 * (found["complete"] + found["partial"]) / found["invited"],
    )


def r_indicator(propensities: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Return how representative response is: 1 less twice the standard deviation of response propensities.

    1 where all are equally likely to answer, 0 where half surely do and half surely do not (Schouten, Cobben
    and Bethlehem 2009). ``propensities`` are those of all units of the sample, estimated from what is known
    of each; ``weights`` are those of the design.

    >>> import numpy as np
    >>> from doorgroeien.survey.selection import r_indicator
    >>> r_indicator(np.array([0.5, 0.5])), r_indicator(np.array([0.0, 1.0]))
    (1.0, 0.0)
    """
    centre = np.average(propensities, weights=weights)
    return float(1 - 2 * np.sqrt(np.average((propensities - centre) ** 2, weights=weights)))
