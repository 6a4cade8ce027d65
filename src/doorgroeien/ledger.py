"""The ledger of the nine findings: their estimands on a survey, and the verdicts that follow from them."""

from itertools import product

import numpy as np
import pandas as pd
from scipy.stats import t as student
from statsmodels.stats.multitest import multipletests

from doorgroeien.design import Design
from doorgroeien.survey import Survey
from doorgroeien.tables import load_all
from doorgroeien.truth import EXECUTION, SOCIAL, SPECIFIC
from doorgroeien.weighting import STANDS_IN, design_of, score_columns

__all__ = ["VERDICTS", "estimands", "strength", "verdicts"]

VERDICTS = {
    "supported": "ondersteund",
    "not supported": "niet ondersteund",
    "contradicted": "weersproken",
    "inconclusive": "niet beslist",
    "cannot be tested with these data": "niet te toetsen met deze gegevens",
}
STRICTNESS = (0.5, 1.0, 1.5)  # of the smallest effect, around the value halfway between the limits


def estimands(survey: Survey, before: int, wave: int, stands_in: str = "class", weighted: bool = True):
    """Return the estimands that a survey can estimate, one row each, with the limits of their rule.

    The table has the columns ``finding, estimand, estimate, se, ci_low, ci_high, df, n`` (percentages and
    points, not fractions) and those of the table ``estimands`` of the data package. ``stands_in`` is as in
    ``weighting.design_of``; without ``weighted`` every respondent counts once, in a simple random sample
    with replacement of municipalities.
    """
    town, person = (_design(survey, per, stands_in, weighted) for per in ("municipality", "person"))
    found = [
        _changes(town, survey.instrument, before, wave),
        _shares(town, survey.instrument, wave, 3, "d3c_owner_{}", SPECIFIC, ("manager", "staff")),
        _gaps(town, survey.instrument, wave),
        _means(town, survey.instrument, wave),
        _shares(person, survey.instrument, wave, 8, "d3a_role", EXECUTION, ("execution",)),
    ]
    columns = ["finding", "estimand", "estimate", "se", "ci_low", "ci_high", "df", "n"]
    limits = load_all(only=("estimands",))["estimands"]
    return limits.merge(pd.concat(found, ignore_index=True)[columns], on=["finding", "estimand"])


def verdicts(table: pd.DataFrame, level: float = 0.05) -> pd.DataFrame:
    """Return the verdict on each finding (index ``finding``), by the rule fixed in the data.

    A finding claims that all its estimands lie above their limit ``holds_above``. Three one-sided t tests
    are made of it, and each is corrected over the findings (Holm 1979):

    - ``p_holds``: all above, the largest p-value of the estimands (intersection-union: Berger 1982);
    - ``p_opposite``: some below ``opposite_below``, the smallest times their number (Bonferroni);
    - ``p_short``: some below ``holds_above``, likewise.

    The first that is under ``level`` gives ``supported``, ``contradicted`` or ``not supported``: the last
    says that the effect is smaller than the smallest worth calling one, or absent, as equivalence tests do
    (Schuirmann 1987). Otherwise the data leave it ``inconclusive``.
    """
    rows = {}
    for finding, part in table.groupby("finding"):
        above = (part["estimate"] - part["holds_above"]) / part["se"]
        below = (part["opposite_below"] - part["estimate"]) / part["se"]
        rows[finding] = {
            "p_holds": student.sf(above, part["df"]).max(),
            "p_opposite": min(1.0, len(part) * student.sf(below, part["df"]).min()),
            "p_short": min(1.0, len(part) * student.cdf(above, part["df"]).min()),
        }
    found = pd.DataFrame(rows).T.rename_axis("finding")
    found = found.apply(lambda column: multipletests(column, method="holm")[1])
    chosen = [found[name] < level for name in found]
    return found.assign(
        verdict=np.select(chosen, ["supported", "contradicted", "not supported"], "inconclusive")
    )


def strength(survey: Survey, before: int, wave: int) -> pd.DataFrame:
    """Return the verdicts under every defensible way to reach them: one row per way and finding.

    A way is a choice of who speaks for those who did not answer, of weights or none, and of how much the
    smallest effect is: half of it, as fixed, or half as much again, around the middle of the limits.
    """
    found = []
    for stands_in, weighted in product(STANDS_IN, (True, False)):
        if not weighted and stands_in != STANDS_IN[0]:
            continue
        table = estimands(survey, before, wave, stands_in, weighted)
        middle = (table["opposite_below"] + table["holds_above"]) / 2
        for strict in STRICTNESS:
            limits = {
                name: middle + strict * (table[name] - middle) for name in ("opposite_below", "holds_above")
            }
            way = {"stands_in": stands_in, "weighted": weighted, "strictness": strict}
            found.append(verdicts(table.assign(**limits)).reset_index().assign(**way))
    return pd.concat(found, ignore_index=True)


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
        found = design.mean(f"{item.format(name)}_answer", by="wave")
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
