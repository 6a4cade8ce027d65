"""The ledger of the nine findings: their estimands on a survey, and the verdicts that follow from them."""

from itertools import product

import numpy as np
import pandas as pd
from scipy.stats import t as student

from doorgroeien.data.tables import load_all
from doorgroeien.estimation.design import Design
from doorgroeien.estimation.significance import corrected
from doorgroeien.results.wording import UNTESTED, VERDICTS
from doorgroeien.survey.answers import Survey
from doorgroeien.survey.weighting import STANDS_IN, design_of, score_columns

__all__ = ["UNTESTED", "VERDICTS", "estimands", "limits", "moved", "robustness", "strength", "verdicts"]

SOCIAL, SPECIFIC, EXECUTION = 2, 1, 1  # codes of the scales place, owner and council
STRICTNESS = {"lenient": -0.5, "fixed": 0.0, "strict": 0.5}  # how far limits move, of their distance
CORRECTIONS = ("holm", "none")
FIXED = {"sample": "class", "strictness": "fixed", "correction": "holm"}  # the way of the ledger itself
FLOOR = {"percent": 0, "score": 0, "points": -100, "percentage points": -100}  # lowest value; all end at 100


def limits() -> pd.DataFrame:
    """Return the limits of each finding (index ``finding``), the same for all its estimands.

    Below ``opposite_below`` the finding is the other way around, above ``holds_above`` it holds.
    """
    table = load_all(only=("estimands",))["estimands"]
    return table.drop_duplicates("finding").set_index("finding")[["opposite_below", "holds_above"]]


def estimands(survey: Survey, before: int, wave: int, stands_in: str = "class", weighted: bool = True):
    """Return the estimands of the findings, one row each, with the limits of their rule.

    The table has the columns of the table ``estimands`` of the data package and ``estimate, se, ci_low,
    ci_high, df, n`` (percentages and points, not fractions), which are missing where answers cannot show an
    estimand. ``before`` and ``wave`` are years; ``stands_in`` is as in ``weighting.design_of``; without
    ``weighted`` every respondent counts once, in a simple random sample with replacement of municipalities.
    """
    town, person = (_design(survey, per, stands_in, weighted) for per in ("municipality", "person"))
    found = [
        _changes(town, survey.instrument, before, wave),
        _shares(town, survey.instrument, wave, 3, "d3c_owner_{}", SPECIFIC, ("manager", "staff")),
        _gaps(town, survey.instrument, wave),
        _means(town, survey.instrument, wave),
        _shares(person, survey.instrument, wave, 8, "d3a_role", EXECUTION, ("execution",)),
    ]
    keys, columns = ["finding", "estimand"], ["estimate", "se", "ci_low", "ci_high", "df", "n"]
    rules = load_all(only=("estimands",))["estimands"]
    return rules.merge(pd.concat(found, ignore_index=True)[keys + columns], how="left", on=keys)


def verdicts(table: pd.DataFrame, level: float = 0.05, correction: str = "holm") -> pd.DataFrame:
    """Return the verdict on each finding (index ``finding``), by the rule fixed in the data.

    ``table`` is as from ``estimands``. A finding claims that all its estimands lie above their limit
    ``holds_above``. One-sided t tests are made of it, each corrected over the findings that have them (Holm
    1979; ``correction="none"`` leaves that out):

    - ``p_holds``: all above, the largest p-value of the estimands (intersection-union: Berger 1982);
    - ``p_opposite``: some below ``opposite_below``, the smallest times their number (Bonferroni);
    - ``p_short``: some below ``holds_above``, likewise;
    - ``p_between``: all between their limits, the largest of both one-sided tests (equivalence: Schuirmann
      1987). No verdict rests on it; it says whether what falls short is too small either way.

    The first of the other three that is under ``level`` gives ``supported``, ``contradicted`` or ``not
    supported``; if none is, the data leave the finding ``inconclusive``. One with an estimand that has no
    estimate, or no standard error, ``cannot be tested with these data``.

    Raises ``ValueError`` for another correction.
    """
    _known("correction", correction, CORRECTIONS)
    rows = {}
    for finding, part in table.groupby("finding"):
        above = (part["estimate"] - part["holds_above"]) / part["se"]
        below = (part["opposite_below"] - part["estimate"]) / part["se"]
        holds, short = student.sf(above, part["df"]), student.cdf(above, part["df"])
        opposite, back = student.sf(below, part["df"]), student.cdf(below, part["df"])
        rows[finding] = {
            "p_holds": holds.max(),
            "p_opposite": min(1.0, len(part) * opposite.min()),
            "p_short": min(1.0, len(part) * short.min()),
            "p_between": max(short.max(), back.max()),
        }
        if part[["estimate", "se"]].isna().any(axis=None):
            rows[finding] = dict.fromkeys(rows[finding], np.nan)
    found = pd.DataFrame(rows).T.rename_axis("finding")
    tested = found.dropna()
    if len(tested) and correction == "holm":
        found.loc[tested.index] = tested.apply(corrected)
    claims = {"p_holds": "supported", "p_opposite": "contradicted", "p_short": "not supported"}
    chosen = [found["p_holds"].isna(), *(found[name] < level for name in claims)]
    return found.assign(verdict=np.select(chosen, [UNTESTED, *claims.values()], "inconclusive"))


def strength(survey: Survey, before: int, wave: int) -> pd.DataFrame:
    """Return the verdicts under every defensible way to reach them: one row per way and finding.

    A way is a choice of ``sample``: who speaks for those who did not answer (``class``, ``reluctant``), or no
    weights (``unweighted``); of ``strictness``: the limits as fixed, or nearer to each other or farther
    apart (see ``moved``); and of ``correction``: Holm's over the findings, or none. The way that is fixed is
    ``class, fixed, holm``.
    """
    samples = {name: (name, True) for name in STANDS_IN} | {"unweighted": (STANDS_IN[0], False)}
    found = []
    for sample, choice in samples.items():
        table = estimands(survey, before, wave, *choice)
        for strictness, correction in product(STRICTNESS, CORRECTIONS):
            rows = verdicts(moved(table, strictness), correction=correction).reset_index()
            found.append(rows.assign(sample=sample, strictness=strictness, correction=correction))
    return pd.concat(found, ignore_index=True)


def robustness(ways: pd.DataFrame) -> pd.DataFrame:
    """Return for each finding (index ``finding``) how firm the verdict of the ledger is.

    ``ways`` is as from ``strength``. ``strength`` is the per cent of ways with the same verdict; ``hangs``
    lists the choices that change it when they alone are changed.
    """
    apart = ways[list(FIXED)] != pd.Series(FIXED)
    fixed = ways[~apart.any(axis=1)].set_index("finding")["verdict"]
    differs = ways["verdict"].to_numpy() != fixed[ways["finding"]].to_numpy()
    alone = apart.mul(differs & (apart.sum(axis=1) == 1), axis=0).groupby(ways["finding"]).any()
    share = 100 - 100 * pd.Series(differs).groupby(ways["finding"].to_numpy()).mean()
    hangs = [[choice for choice in FIXED if alone.at[finding, choice]] for finding in alone.index]
    return pd.DataFrame({"strength": share, "hangs": hangs}, index=alone.index)


def moved(table: pd.DataFrame, strictness: str) -> pd.DataFrame:
    """Return the table with its limits ``lenient`` (nearer to the middle), ``fixed`` or ``strict`` (farther).

    A limit moves by half its distance to the middle between both limits, or by half its distance to the end
    of the scale where that is less: so no limit leaves the scale, and 'nearly all' never becomes 'more than
    all'. Raises ``ValueError`` for another strictness.
    """
    _known("strictness", strictness, STRICTNESS)
    step = STRICTNESS[strictness]
    low, high = table["opposite_below"], table["holds_above"]
    reach, floor = (high - low) / 2, table["unit"].map(FLOOR)
    return table.assign(
        opposite_below=low - step * np.minimum(reach, low - floor),
        holds_above=high + step * np.minimum(reach, 100 - high),
    )


def _known(what, value, allowed):
    if value not in allowed:
        raise ValueError(f"{what} {value!r} is not one of {', '.join(allowed)}")


def _design(survey, per, stands_in, weighted):
    design = design_of(survey, per, stands_in)
    if weighted:
        return design
    data = design.table.data
    return Design(data, stratum="sample", unit="unit").samples("sample")


def _changes(design, instrument, before, wave):
    quick = score_columns(instrument, "quick_scan")
    parts = {part: weights for part, weights in quick.items() if part[0] == "1" and len(part) == 2}
    changes = _only(design.change(list(quick["1"])), of=wave, minus=before)
    scores = design.average(changes, parts).assign(finding=1, estimand=lambda table: table["variable"])
    shares = []
    for role in ("alderman", "councillor"):
        item = f"d1a_place_{role}"
        rows = design.change(f"{item}_answer")
        rows = _only(rows, of=wave, minus=before, category=_label(instrument, item, SOCIAL))
        shares.append(_percent(rows).assign(finding=2, estimand=role))
    return pd.concat([scores, *shares], ignore_index=True)


def _shares(design, instrument, wave, finding, item, code, names):
    rows = []
    for name in names:
        found = design.proportion(f"{item.format(name)}_answer", by="wave")
        found = _only(found, wave=wave, category=_label(instrument, item.format(name), code))
        rows.append(_percent(found).assign(finding=finding, estimand=name))
    return pd.concat(rows, ignore_index=True)


def _gaps(design, instrument, wave):
    """Return the differences between parts (findings 4 and 9)."""
    full = score_columns(instrument, "full")
    levels = design.average(_only(design.mean(list(full["total"]), by="wave"), wave=wave), full)
    gaps = {
        (4, "emphasis"): {"2a": 0.5, "2b": 0.5, "2c": -0.5, "2d": -0.5},
        (9, "4a"): {"4b": 1, "4a": -1},
        (9, "4c"): {"4b": 1, "4c": -1},
    }
    rows = []
    for (finding, name), weights in gaps.items():
        row = design.contrast(levels, {name: levels["variable"].map(weights).fillna(0)})
        least = levels.loc[levels["variable"].isin(weights), "n"].min()
        rows.append(row.assign(finding=finding, estimand=name, n=least))
    return pd.concat(rows, ignore_index=True)


def _means(design, instrument, wave):
    """Return the mean score of the items that speak to findings 5 and 6, the latter from the other end."""
    items = instrument.items[instrument.items["scored"] == 1]
    rows = []
    for finding, name, start, sign in ((5, "clear", 0, 1), (6, "room", 100, -1)):
        chosen = items["findings"].fillna("").str.split(";").map(lambda named, key=str(finding): key in named)
        found = _only(design.mean(list(items.index[chosen]), by="wave"), wave=wave)
        row = design.contrast(found, {name: np.full(len(found), sign / len(found))})
        row[["estimate", "ci_low", "ci_high"]] += start
        rows.append(row.assign(finding=finding, estimand=name, n=found["n"].min()))
    return pd.concat(rows, ignore_index=True)


def _only(table, **values):
    for name, value in values.items():
        table = table[table[name] == value]
    return table


def _label(instrument, item, code):
    labels = instrument.codes.set_index(["scale", "code"])["label_en"]
    return labels[instrument.items.at[item, "scale"], code]


def _percent(table):
    return table.assign(**table[["estimate", "se", "ci_low", "ci_high"]] * 100)
