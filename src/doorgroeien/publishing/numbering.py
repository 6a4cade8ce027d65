"""What the codebook and the frame of a survey say of its numbers: which is the mean, or the sum, of which.

It is public, and so whoever reads what is published knows it; :mod:`doorgroeien.results.linked` reads numbers
with it.
"""

from collections.abc import Iterable, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd

from doorgroeien.data.tables import load
from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.intake.loading import load_survey
from doorgroeien.intake.suspicions import COMPARED
from doorgroeien.results.linked import ALL, Numbering
from doorgroeien.survey.answers import SIZE_CLASSES, Survey
from doorgroeien.survey.instrument import FORMS, Instrument
from doorgroeien.survey.ledger import speaking
from doorgroeien.survey.weighting import design_of

__all__ = ["numbering_of"]

GROUPED = ("dimension", "subscale")  # what questions are of whose mean is a score
TOGETHER = {5: "measurable-goals.clear", 6: "measurable-goals.smart"}  # means of all that speaks to a finding
ENDS = {"all": ALL, "small": next(iter(SIZE_CLASSES)), "largest": [*SIZE_CLASSES][-1]}
# How many partners there is contact with is the sum of the shares that have it with each.
SUMS = {f"partners.circle.{name}": ("partners.partners", "monthly", size) for name, size in ENDS.items()}
ASKED = ["quality", "contact"]  # scales on which each partner has a question
EXACT = 1e-6  # points between a mean and that of its questions, where nothing stands in


def numbering_of(root: Path) -> Numbering:
    """Return what instrument and frame of the survey of the book at ``root`` say of its numbers."""
    survey = load_survey(root=root)
    parts = load("dimensions", root)
    measured = sorted(survey.waves["wave"])
    waves = [str(wave) for wave in measured if wave in COMPARED] or [str(wave) for wave in measured]
    towns, heard = (
        table[table["wave"].astype(str) == waves[-1]] for table in (survey.municipalities, survey.respondents)
    )
    answered = towns[towns["municipality"].isin(heard["municipality"])]["size_class"].unique()
    shares = towns[towns["size_class"].isin(answered)]["size_class"].value_counts(normalize=True)
    classes = {name: float(shares[name]) for name in SIZE_CLASSES if name in shares}
    heard = _heard(survey, measured[-1])
    names = dict(zip(survey.items["short_en"], survey.items.index, strict=True))
    names |= dict(zip(parts["short_en"], parts["code"], strict=True))
    items, quick = _items(survey, measured[-1]), _quick(survey.instrument)
    asked = survey.items[survey.items["scale"].isin(ASKED)].groupby("subscale")["scale"].nunique()
    sums = {id: (*each, int((asked == len(ASKED)).sum())) for id, each in SUMS.items()}
    apart = _apart(survey, classes, {"full": items, "quick_scan": quick})
    return Numbering(_parts(survey), classes, waves, heard, items, apart, names, quick, sums)


def _parts(survey: Survey) -> dict[str, dict[str, float]]:
    """Return the parts of each dimension and of the whole, and the halves of each part, with their shares."""
    found = _wholes(survey.instrument, "full")
    scored = survey.items[survey.items["scored"] == 1]
    for part, rows in scored.groupby("dimension"):
        halves = rows["subscale"].value_counts()
        if len(halves) > 1 and rows["subscale"].notna().all():
            found[str(part)] = {str(half): count / len(rows) for half, count in halves.items()}
    return found


def _wholes(instrument: Instrument, form: str) -> dict[str, dict[str, float]]:
    """Return the parts of each dimension and the dimensions of the whole on a form, with their shares."""
    dimensions = sorted({part[0] for part in instrument.parts[form]})
    of = {whole: [part for part in instrument.parts[form] if part[0] == whole] for whole in dimensions}
    return {whole: dict.fromkeys(own, 1 / len(own)) for whole, own in (of | {"total": dimensions}).items()}


def _quick(instrument: Instrument) -> dict[str, dict[str, float]]:
    """Return the questions of parts, and the parts of wholes, that are others on the quick scan."""
    on = {form: instrument.parts[form] for form in FORMS}
    found = {part: dict.fromkeys(items, 1 / len(items)) for part, items in on["quick_scan"].items()}
    found = {part: items for part, items in found.items() if [*items] != on["full"][part]}
    full = _wholes(instrument, "full")
    for whole, of in _wholes(instrument, "quick_scan").items():
        if of != full[whole] or {*of} & {*found}:
            found[whole] = of
    return found


def _items(survey: Survey, wave: Any) -> dict[str, dict[str, float]]:
    """Return what is a mean of single questions, with the share of each of them that was answered."""
    try:
        data = design_of(survey).table.data
    except NotEstimableError:
        return {}
    now, scored = data[data["wave"] == wave], survey.items[survey.items["scored"] == 1]
    scored = scored[[item in now and now[item].notna().any() for item in scored.index]]
    found = {str(name): list(rows.index) for by in GROUPED for name, rows in scored.groupby(by)}
    for finding, name in TOGETHER.items():
        try:
            found[name] = [item for item in speaking(survey.instrument, finding) if item in scored.index]
        except NotEstimableError:
            continue
    return {name: dict.fromkeys(those, 1 / len(those)) for name, those in found.items() if those}


def _apart(
    survey: Survey, classes: Iterable[str], means: Mapping[str, Mapping[str, Mapping[str, float]]]
) -> dict[tuple[str, str, str, str], float]:
    """Return how far means of questions lie from those of the questions as they are published.

    Where a question does not apply, other answers stand in for it. ``means`` are those on each form; what
    is returned goes by the mean, its form, the wave and a size class or all.
    """
    try:
        design = design_of(survey)
    except NotEstimableError:
        return {}
    found, rows = {}, design.table.data.assign(w=design.weights)
    sizes = rows["size_class"].astype(str)
    for wave, domain in product(rows["wave"].unique(), (ALL, *classes)):
        own = rows[(rows["wave"] == wave) & ((sizes == domain) | (domain == ALL))]
        for form, wholes in means.items():
            items = {item for of in wholes.values() for item in of if f"{item}_{form}" in own}
            moved = {item: _mean(own, f"{item}_{form}") - _mean(own, item) for item in items}
            for whole, of in wholes.items():
                distance = abs(sum(share * moved.get(item, 0.0) for item, share in of.items()))
                if distance > EXACT and whole not in TOGETHER.values():
                    found[whole, form, str(wave), domain] = distance
    return found


def _mean(rows: pd.DataFrame, name: str) -> float:
    """Return the weighted mean of a column, over the rows that have it."""
    there = rows[rows[name].notna()]
    return float((there[name] * there["w"]).sum() / there["w"].sum()) if len(there) else 0.0


def _heard(survey: Survey, wave: Any) -> dict[str, dict[str, tuple[float, float]]]:
    """Return for each scored item, and part, of each size class what it counts for, and how many it has.

    Of a part that is as its items have it, on average; of these the fewest municipalities.
    """
    try:
        design = design_of(survey)
    except NotEstimableError:
        return {}
    data = design.table.data
    now = (data["wave"] == wave).to_numpy()
    rows = pd.DataFrame({"size": data["size_class"].astype(str), "unit": data["unit"], "w": design.weights})
    items = survey.items[survey.items["scored"] == 1]
    found: dict[str, pd.DataFrame] = {}
    for item in items.index:
        each = (
            rows[now & data[item].notna().to_numpy()]
            .groupby("size")
            .agg(w=("w", "sum"), n=("unit", "nunique"))
        )
        if len(each):
            found[item] = each.assign(w=each["w"] / each["w"].sum())
    for code in {*items["dimension"], *items["dimension"].str[0]}:
        own = [found[item] for item in items.index[items["dimension"].str.startswith(code)] if item in found]
        if own:
            both = pd.concat(own)
            found[code] = both.groupby(level=0).agg(w=("w", "sum"), n=("n", "min"))
            found[code]["w"] /= found[code]["w"].sum()
    return {
        code: {str(size): (float(row["w"]), float(row["n"])) for size, row in each.iterrows()}
        for code, each in found.items()
    }
