"""Studies of the method: populations whose truth is known, and what the book's own estimators say of each.

A draw is a population, a survey of it, every estimate of that survey beside its truth, and the verdicts. A
study is many draws of one scenario. Draws of one number have one seed in every study, so that studies differ
in nothing but what they are about.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from doorgroeien.data.tables import load_all
from doorgroeien.estimation.design import Design
from doorgroeien.estimation.ranking import rank_intervals
from doorgroeien.survey.answers import assembled
from doorgroeien.survey.dimension import Dimension
from doorgroeien.survey.frame import load_frame
from doorgroeien.survey.instrument import load_instrument
from doorgroeien.survey.ledger import estimands, selection, verdicts
from doorgroeien.survey.weighting import POOL, design_of, unweighted
from doorgroeien.synthetic.edge import scenario_of
from doorgroeien.synthetic.population import (
    BEFORE,
    EDITION,
    LATENT_ORDER,
    NOW,
    Population,
    draw_population,
    draw_survey,
)
from doorgroeien.synthetic.truth import municipal_scores, true_values

__all__ = ["KEY", "OFTEN", "STUDIES", "Draw", "Study", "draw", "seed_of"]

KEY = ["estimand", "wave", "domain", "per"]  # as in the table of the truth
VALUES = ["estimate", "se", "ci_low", "ci_high", "sens_low", "sens_high", "truth"]
OFTEN = 5  # what takes long is estimated in one draw of so many
MODEL = "total ~ size_class + merged"
CHANGE = f"{BEFORE}-{NOW}"


@dataclass(frozen=True)
class Study:
    """Draws of one ``scenario`` (``edge.scenario_of``).

    ``selective`` and ``complete`` are as in ``population.draw_survey``; ``without`` is the ingredient of the
    estimators that is left out, a name in :data:`INGREDIENTS`.
    """

    name: str
    scenario: str
    selective: bool = True
    complete: bool = False
    without: str | None = None


@dataclass(frozen=True)
class Draw:
    """What a draw says: ``estimates``, by :data:`KEY`, with their truth, and ``verdicts``, one per finding.

    ``estimates`` has :data:`VALUES`; without a standard error where an interval has none, and without
    ``sens_low`` where nothing is published that allows for selection. ``verdicts`` has the ``verdict``; the
    ``truth`` (1, 0, -1); and ``p_holds, p_opposite`` as they are when limits lie at the truth itself.
    """

    estimates: pd.DataFrame
    verdicts: pd.DataFrame


def seed_of(number: int, seed: int) -> int:
    """Return the seed of the draw of that number: that of the child of ``seed`` which numpy would spawn.

    >>> from doorgroeien.synthetic.study import seed_of
    >>> seed_of(3, 2008) == seed_of(3, 2008) != seed_of(4, 2008)
    True
    """
    return int(np.random.SeedSequence(seed, spawn_key=(number,)).generate_state(1, np.uint64)[0])


def draw(study: Study, number: int, seed: int, root: Path) -> Draw:
    """Return the draw of that number of a study, with the instrument and frame of the book below ``root``."""
    # Of short columns of text, which a draw makes by the hundred, Python's own are quicker than Arrow's.
    with pd.option_context("mode.string_storage", "python"):
        return _draw(study, number, seed, root)


def _draw(study, number, seed, root):
    instrument, frame, waves, forms = _world(root)
    own = seed_of(number, seed)
    scenario = scenario_of(study.scenario, instrument, frame, forms, own)
    population = draw_population(instrument, frame, forms, scenario, own)
    tables = draw_survey(population, instrument, own, study.selective, study.complete)
    edition = pd.DataFrame([EDITION | {"scenario": study.scenario, "seed": own}])
    survey = assembled({"edition": edition, "waves": waves, **tables}, instrument)
    if study.without:
        for per, role in (("municipality", None), ("person", "councillor")):
            made = design_of(survey, per, role=role)
            survey.designs[per, "class", "size", role] = INGREDIENTS[study.without](made)
    known = true_values(population, instrument)
    ledger = estimands(survey, BEFORE, NOW)
    whole = Dimension(survey, "", BEFORE, NOW)
    found = [*_ledger(survey, ledger), *_scores(whole)]
    if number % OFTEN == 0:
        found += _seldom(whole, population, known)
    estimates = pd.concat([table.reindex(columns=KEY + VALUES) for table in found], ignore_index=True)
    true = [known.get(key, np.nan) for key in zip(*(estimates[name] for name in KEY), strict=True)]
    estimates["truth"] = estimates["truth"].fillna(pd.Series(true))
    estimates = estimates[estimates[["ci_low", "ci_high", "truth"]].notna().all(axis=1)]
    return Draw(estimates.reset_index(drop=True), _verdicts(ledger, known))


@lru_cache(maxsize=1)
def _world(root):
    tables = load_all(root, only=("scales", "codes", "items", "waves"))
    waves, frame = tables["waves"], load_frame(root)
    assert frame is not None
    return load_instrument(tables=tables), frame, waves, dict(zip(waves["wave"], waves["form"], strict=True))


def _wave_of(finding):
    return CHANGE if finding in (1, 2) else str(NOW)


def _ledger(survey, ledger):
    """Give the estimands of the findings, with what allows for selection."""
    names = "finding." + ledger["finding"].astype("str") + "." + ledger["estimand"].astype("str")
    allowed = selection(survey, ledger, NOW)[["sens_low", "sens_high"]].add_prefix("finding.", axis=0)
    wave = ledger["finding"].map(_wave_of)
    yield ledger.assign(estimand=names, wave=wave, domain="all").join(allowed, on="estimand")


def _scores(whole):
    """Give the levels of all scores, as a whole and by size class, and changes of scores and items."""
    levels = whole.selection().reset_index(names="variable")
    yield _named(levels, "score.{}", str(NOW))
    sizes = whole.levels(by=["size_class"])
    yield _named(sizes, "score.{}", str(NOW), domain=sizes["size_class"].astype("str"))
    for found, wave in ((whole.quick_levels(), None), (whole.changes(), CHANGE)):
        item = found["variable"].isin(whole.items.index)
        wave = found["wave"].astype("str") if wave is None else wave
        named = found.assign(form=np.where(item, "{}.mean", "quick.{}"))
        yield _named(named, named["form"], wave)


def _seldom(whole, population: Population, known):
    """Return what takes long: other items and answers, bounds, ranks, and a regression."""
    items, survey = whole.items, whole.survey
    means = whole.item_levels()
    found = [_named(means[~means["variable"].isin(whole.quick.index)], "{}.mean", str(NOW))]
    nominal = items[items["scale"].isin(list(LATENT_ORDER))]
    shares = whole.shares(list(nominal.index))
    codes = survey.instrument.codes.set_index(["scale", "label_en"])["code"]
    of = codes.loc[list(zip(items.loc[shares["item"], "scale"], shares["category"], strict=True))].astype(
        "str"
    )
    found.append(_named(shares.assign(variable=shares["item"] + ".share." + of.to_numpy()), "{}", str(NOW)))
    bounds = whole.nonresponse()
    bounds["truth"] = [known[f"score.{name}", str(NOW), "all", "municipality"] for name in bounds["variable"]]
    for kind, least, most in (("towns", "least", "most"), ("people", "all_least", "all_most")):
        open_ = bounds[["variable", "truth"]].assign(ci_low=bounds[least], ci_high=bounds[most])
        found.append(_named(open_, f"bounds.{kind}.{{}}", str(NOW)))
    return [*found, _ranks(whole, known), _slopes(whole, population)]


def _ranks(whole, known):
    """Return the ranks of the four dimensions, and in ``outside`` how many lie outside their intervals."""
    levels = whole.levels()
    four = rank_intervals(levels[levels["variable"].str.len() == 1])
    true = pd.Series([known[f"score.{name}", str(NOW), "all", "municipality"] for name in four["variable"]])
    four = four.assign(truth=true.rank(ascending=False).to_numpy(), estimate=four["rank"], se=np.nan)
    four = four.assign(ci_low=four["rank_low"], ci_high=four["rank_high"])
    outside = float((~four["truth"].between(four["ci_low"], four["ci_high"])).sum())
    row = {"variable": "outside", "truth": 0.0} | dict.fromkeys(("estimate", "ci_low", "ci_high"), outside)
    return _named(pd.concat([four, pd.DataFrame([row])], ignore_index=True), "rank.{}", str(NOW))


def _slopes(whole, population):
    """Return coefficients of the total on size class, beside those that everybody would give.

    They are about the model that made the municipalities, so their truth is the mean of these over draws.
    """
    found = whole.municipalities.regress(MODEL)
    people, instrument = population.people, whole.survey.instrument
    now = (people["wave"] == NOW).to_numpy()
    cells = instrument.score(population.answers[now]).groupby(people["place"][now].to_numpy()).mean()
    towns = population.municipalities.loc[cells.index]
    merged = population.municipalities.query("wave == @BEFORE")["unit"].value_counts()
    data = towns.assign(total=municipal_scores(cells, instrument, "full")["total"])
    data["merged"] = data["unit"].map(merged) > 1
    data["size_class"] = data["size_class"].astype(whole.municipalities.table.data["size_class"].dtype)
    census = Design(data).regress(MODEL)
    assert list(census["term"]) == list(found["term"])
    return _named(
        found.assign(variable=_plain(found["term"]), truth=census["estimate"]), "slope.{}", str(NOW)
    )


def _plain(terms):
    """Return the names of terms in letters that a name of an estimand may have."""
    return terms.str.replace(r"[^\w-]+", "_", regex=True).str.strip("_").str.lower()


def _named(table, form, wave, domain="all"):
    """Return estimates under the keys of the truth; ``form`` makes an estimand of a ``variable``."""
    forms = [form] * len(table) if isinstance(form, str) else list(form)
    names = [one.format(name) for one, name in zip(forms, table["variable"], strict=True)]
    return table.assign(estimand=names, wave=wave, domain=domain, per="municipality")


def _verdicts(ledger, known):
    """Return the verdicts, their truth, and the p-values with limits at the truth of this draw."""
    at = [
        known.get((f"finding.{row.finding}.{row.estimand}", _wave_of(row.finding), "all", row.per), np.nan)
        for row in ledger.itertuples()
    ]
    at_truth = verdicts(ledger.assign(holds_above=at, opposite_below=at), correction="none")
    found = verdicts(ledger)[["verdict"]].join(at_truth[["p_holds", "p_opposite"]])
    true = {
        int(name.removeprefix("finding.")): value
        for (name, *_), value in known.items()
        if name.startswith("finding.") and name.count(".") == 1
    }
    return found.assign(truth=found.index.map(true)).reset_index()


def _uncalibrated(design):
    plain = copy.copy(design)
    plain.weights, plain.adjustments = design.adjustments[0].before, ()
    return plain


def _uncorrected(design):
    plain = Design(
        design.table.data,
        weight="weight",
        stratum="response_class",
        unit=["municipality", "respondent"],
        lonely="pooled",
        pool=POOL,
    ).samples("sample", unit="unit")
    plain.weights, plain.adjustments, plain.items = design.weights, design.adjustments, design.items
    return plain


def _apart(design):
    plain = copy.copy(design)
    plain.shared = []
    return plain


def _as_domains(design):
    plain = copy.copy(design)
    plain.items = None
    return plain


# What the variance or the estimate stands on, and the design without it.
INGREDIENTS: dict[str, Callable[[Design], Any]] = {
    "weights": unweighted,
    "calibration": _uncalibrated,
    "population": _uncorrected,  # the correction for finite numbers of municipalities and people
    "panel": _apart,  # what samples share
    "items": _as_domains,  # the phase of single missing answers
}
STUDIES = {
    study.name: study
    for study in (
        *(Study(name, name) for name in ("letter", "flat", "reverse", "edge", "edge-reverse")),
        *(Study(f"grid{number:+.2f}", f"{number}") for number in (-0.75, -0.5, -0.25, 0.25, 0.5, 0.75)),
        Study("unselective", "letter", selective=False),
        Study("complete", "letter", selective=False, complete=True),
        *(Study(f"without-{name}", "letter", selective=False, without=name) for name in INGREDIENTS),
    )
}
