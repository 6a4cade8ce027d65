"""What a survey can tell, by code: scores, items, shares of answers, and what findings rest on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import pandas as pd

from doorgroeien.data.tables import load_all
from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.survey.answers import Survey
from doorgroeien.survey.instrument import Instrument
from doorgroeien.survey.ledger import GAPS, MEANS, SERVES, speaking
from doorgroeien.survey.weighting import PER, score_columns

__all__ = ["Columns", "Indicator", "contributions", "indicators"]

Columns: TypeAlias = Mapping[tuple[str, str | int], float]  # weights by item and what of it counts


@dataclass(frozen=True)
class Indicator:
    """What is measured: a weighted sum of means, each over the answers to one item.

    ``later`` has the weights by item and what of it counts: ``mean`` (its score), ``full`` or ``quick_scan``
    (what it counts for in a part on that form), or the code of an answer, whose share in per cent counts.
    ``both`` has the same for what was asked in the wave before too, and is empty where nothing was. ``unit``
    is that of a change, ``per`` as in ``weighting.design_of``.
    """

    later: Columns
    both: Columns
    unit: str = "points"
    per: str = PER[0]


def indicators(survey: Survey) -> dict[str, Indicator]:
    """Return by code what can be planned for: scores, items, shares of answers, and findings.

    Codes are those of parts, dimensions and the ``total``, of scored items, of answers to any
    (``d3a_role.share.1``, with the code of the answer), and of the estimands of findings (``finding.9.4a``).

    >>> from doorgroeien.intake.loading import load_survey
    >>> from doorgroeien.survey.indicators import indicators
    >>> known = indicators(load_survey())
    >>> known["d3a_defend"].later, known["finding.8.execution"].per
    ({('d3a_defend', 'mean'): 1.0}, 'person')
    """
    asked = survey.instrument
    waves = survey.items["waves"].str.count(";") > 0
    full, quick = (_by_item(asked, form) for form in ("full", "quick_scan"))
    found = {code: Indicator(weights, quick.get(code, {})) for code, weights in full.items()}
    for item, spec in asked.items.iterrows():
        counted = [(f"{item}.share.{code}", code) for code in asked.answer_codes[spec["scale"]]]
        for name, what in [(item, "mean")] * (spec["scored"] == 1) + counted:
            columns: Columns = {(item, what): 1.0}
            unit = "points" if what == "mean" else "percentage points"
            found[name] = Indicator(columns, columns if waves[item] else {}, unit)
    return found | dict(_estimands(asked, found, full, quick, waves))


def _by_item(asked: Instrument, form: str) -> dict[str, Columns]:
    columns = score_columns(asked, form) if len(asked.scored(form)) else {}
    found: dict[str, Columns] = {
        code: {(column.removesuffix(f"_{form}"), form): weight for column, weight in weights.items()}
        for code, weights in columns.items()
    }
    return found


def _estimands(
    asked: Instrument, found: dict[str, Indicator], full: dict, quick: dict, waves: pd.Series
) -> Iterator[tuple[str, Indicator]]:
    """Give the indicators behind the findings, as far as something serves them."""
    serves = SERVES if asked.serves is None else asked.serves
    for row in load_all(only=("estimands",))["estimands"].itertuples():
        name, key = f"finding.{row.finding}.{row.estimand}", (row.finding, row.estimand)
        if key in GAPS and GAPS[key].keys() <= full.keys():
            yield name, Indicator(_gap(full, GAPS[key]), _gap(quick, GAPS[key]))
        elif row.finding in MEANS:
            try:
                items = speaking(asked, row.finding)
            except NotEstimableError:
                continue
            later: Columns = {(item, "mean"): MEANS[row.finding][2] / len(items) for item in items}
            kept = [item for item in items if waves[item]]
            yield name, Indicator(later, {(item, "mean"): 1 / len(kept) for item in kept})
        elif key in serves and (code := "{item}.share.{code}".format(**serves[key])) in found:
            yield name, replace(found[code], per=row.per)
        elif row.finding == 1 and row.estimand in quick:
            yield name, Indicator(quick[row.estimand], quick[row.estimand])


def _gap(columns, weights):
    parts = {part: sign for part, sign in weights.items() if part in columns}
    if parts.keys() != weights.keys():
        return {}
    return {key: sign * share for part, sign in parts.items() for key, share in columns[part].items()}


def contributions(survey: Survey, columns: Columns, role: pd.Series, weights: pd.Series) -> pd.Series:
    """Return for each respondent of some roles what they add to the indicator.

    ``role`` and ``weights`` have a row for each of them, by the index of ``survey.respondents``. It is the
    linearised value of a weighted sum of means of who answered: around the mean of an item, over the share
    that answered it (Särndal, Swensson and Wretman 1992, sec. 5.5).
    """
    found, counts, place = np.zeros(len(role)), weights.to_numpy(dtype=float), role.index
    for (item, what), weight in columns.items():
        asked = (role == survey.instrument.items.at[item, "role"]).to_numpy()
        values = _values(survey, item, what)[place].to_numpy(dtype=float, na_value=np.nan)
        answered = asked & ~np.isnan(values)
        if not answered.any():
            raise NotEstimableError("absent", f"{item}: nobody answered it.")
        mean = np.average(values[answered], weights=counts[answered])
        found[answered] += weight * (values[answered] - mean) * counts[asked].sum() / counts[answered].sum()
    return pd.Series(found, place)


def _values(survey: Survey, item: str, what: str | int) -> pd.Series:
    """Return the score of an item, or 100 for an answer to it and 0 for another one."""
    if isinstance(what, str):
        return survey.scored[item if what == "mean" else f"{item}_{what}"]
    given = survey.answers[item]
    answered = given.isin(survey.instrument.answer_codes[survey.instrument.items.at[item, "scale"]])
    return (100.0 * (given == what)).astype(float).where(answered)
