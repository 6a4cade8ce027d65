"""The ledger of the nine findings: their estimands on a survey, and the verdicts that follow from them."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache, partial
from itertools import product
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from scipy.special import stdtr

from doorgroeien.data.tables import load_all
from doorgroeien.estimation.design import Design
from doorgroeien.estimation.estimable import REASONS, NotEstimableError
from doorgroeien.estimation.significance import corrected
from doorgroeien.results.disclosure import RULES
from doorgroeien.results.formats import ends_on_scale
from doorgroeien.results.wording import UNTESTED, VERDICTS, joined
from doorgroeien.survey.answers import Survey
from doorgroeien.survey.instrument import Instrument, load_instrument
from doorgroeien.survey.selection import sensitivity
from doorgroeien.survey.weighting import (
    STANDS_IN,
    combined,
    design_of,
    in_wave,
    score_columns,
    undominated,
    unweighted,
)

__all__ = [
    "SERVES",
    "TESTED",
    "UNTESTED",
    "VERDICTS",
    "claims",
    "deciding",
    "estimands",
    "every_way",
    "lacking",
    "limits",
    "moved",
    "robustness",
    "selection",
    "speaking",
    "unanswered",
    "verdicts",
]

HIDING = ("few", "telling")  # reasons of which pages say that it is either
SOCIAL, SPECIFIC, EXECUTION = 2, 1, 1  # codes of the scales place, owner and council
# What serves an estimand in the book's questionnaire: a code of an item, or the items on a finding.
SERVES: dict[tuple[int, str], dict[str, Any]] = {
    (2, "alderman"): {"item": "d1a_place_alderman", "code": SOCIAL},
    (2, "councillor"): {"item": "d1a_place_councillor", "code": SOCIAL},
    (3, "manager"): {"item": "d3c_owner_manager", "code": SPECIFIC},
    (3, "staff"): {"item": "d3c_owner_staff", "code": SPECIFIC},
    (5, "clear"): {"items": None},
    (6, "room"): {"items": None},
    (8, "execution"): {"item": "d3a_role", "code": EXECUTION},
}
GAPS: dict[tuple[int, str], dict[str, float]] = {
    (4, "emphasis"): {"2a": 0.5, "2b": 0.5, "2c": -0.5, "2d": -0.5},
    (9, "4a"): {"4b": 1, "4a": -1},
    (9, "4c"): {"4b": 1, "4c": -1},
}
TESTED = {1, *(finding for finding, _ in (*SERVES, *GAPS))}  # findings that the questionnaire can speak to
CHANGES = (1, 2)  # findings on a change, which is no level
MOVES, SHARES = ((2, "alderman"), (2, "councillor")), ((3, "manager"), (3, "staff"))
MEANS = {5: ("clear", 0, 1), 6: ("room", 100, -1)}  # name, and from which end of the scale it counts
LEVELS = (*GAPS, *((finding, name) for finding, (name, *_) in MEANS.items()))  # weighted sums of scores
STRICTNESS = {"lenient": -0.5, "fixed": 0.0, "strict": 0.5}  # how far limits move, of their distance
# The verdicts that decide, and the claim that each rests on; the first that is shown counts.
DECIDED = {"supported": "holds", "contradicted": "opposite", "not supported": "short"}
MEASURES = ("estimate", "se", "df", "opposite_below", "holds_above")
Values: TypeAlias = np.ndarray | pd.Series
Row: TypeAlias = dict[str, Any]  # of a table of estimates, with finding and estimand
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
    ci_high, df, n`` (percentages and points, not fractions, with intervals on their scale), which are missing
    where answers cannot show an estimand, or too few do to publish it; ``reason``, a name in ``REASONS``,
    then says why. Where all of a sample say the same, the standard error is missing, for those who were not
    asked need not. ``before`` and ``wave`` are years; ``stands_in`` is as in ``weighting.design_of``; without
    ``weighted`` every respondent counts once, in a simple random sample with replacement of municipalities.
    """
    town = _design(survey, "municipality", stands_in, weighted)
    now = in_wave(town, wave)
    asked, rules = survey.instrument, load_all(only=("estimands",))["estimands"]
    ways: dict[Any, Any] = {(1, None): partial(_changes, town, asked, before, wave)}
    moves = cache(partial(_answers, partial(town.change, between=(wave, before)), asked, MOVES))
    ways |= {key: partial(_move, moves, asked, key) for key in MOVES}
    shares = cache(partial(_answers, partial(now.proportion, by="wave"), asked, SHARES))
    ways |= {key: partial(_share, shares, asked, key) for key in SHARES}
    ways[8, "execution"] = partial(_share_of_persons, survey, wave, (8, "execution"), stands_in, weighted)
    levels = cache(partial(_levels, now, asked))
    ways |= {key: partial(_level, levels, asked, key) for key in LEVELS}
    keys, columns = ["finding", "estimand"], ["estimate", "se", "ci_low", "ci_high", "df", "n", "units"]
    found, reasons = list[Row](), {}
    for key, estimate in ways.items():
        try:
            found += estimate()
        except NotEstimableError as error:
            reasons[key] = error.reason
    table = rules.merge(pd.DataFrame(found, columns=keys + columns), how="left", on=keys)
    table = ends_on_scale(table, table["unit"])
    why = [
        reasons.get((finding, estimand), reasons.get((finding, None), "absent"))
        for finding, estimand in zip(table["finding"], table["estimand"], strict=True)
    ]
    broken = RULES.judged(table)
    table.loc[broken.notna(), columns] = np.nan
    why = pd.Series(why, index=table.index).mask((table["df"] < 1) | broken.eq("few"), "few")
    why = why.mask(broken.notna() & broken.ne("few"), "telling")
    if not {before, wave} <= set(survey.waves["wave"]):
        why = why.mask(table["finding"].isin(CHANGES), "unmeasured")
    why = why.mask(table["estimate"].notna() & table["se"].isna(), "alike")
    return table.assign(reason=why.where(table["se"].isna() | (table["df"] < 1)))


def selection(survey: Survey, table: pd.DataFrame, wave: int) -> pd.DataFrame:
    """Return the estimands that are levels, with the interval that allows for selective response.

    ``table`` is as from ``estimands``. The rows are those of it that are not changes and have an estimate, by
    ``<finding>.<estimand>`` (index), with what ``selection.sensitivity`` adds.
    """
    asked: dict[Design, dict[Any, tuple[int, str]]] = {}
    for name, row in table[table["estimate"].notna()].iterrows():
        key = row["finding"], row["estimand"]
        if key in SERVES | GAPS and key[0] not in CHANGES:
            asked.setdefault(_of(survey, row["per"], key), {})[name] = key
    found = []
    for design, keys in asked.items():
        flags, columns = {}, {}
        for own in keys.values():
            flag, columns[f"{own[0]}.{own[1]}"] = _columns(design, survey.instrument, own)
            flags |= flag
        rows = table.assign(place=range(len(table))).loc[list(keys)].set_axis(list(columns))
        found.append(sensitivity(survey, design.assign(**flags), wave, rows, columns, rows["per"].iloc[0]))
    if not found:
        return table.head(0)
    return pd.concat(found).sort_values("place", kind="stable").drop(columns="place")


def speaking(instrument: Instrument, finding: int) -> list[str]:
    """Return the scored items that speak to finding 5 or 6.

    The book's own items say so themselves; a package with other items names them in its ``mapping.toml``.
    Raises :class:`NotEstimableError` where none was asked.

    >>> from doorgroeien.survey.instrument import load_instrument
    >>> from doorgroeien.survey.ledger import speaking
    >>> "d1d_target" in speaking(load_instrument(), 6)
    True
    """
    named = _serving(instrument, (finding, MEANS[finding][0]))["items"]
    chosen = [
        item
        for item, row in instrument.rows.items()
        if row["scored"] == 1
        and (str(finding) in str(row["findings"]).split(";") if named is None else item in named)
    ]
    if not chosen:
        raise NotEstimableError("absent", f"no item was asked that speaks to finding {finding}.")
    return chosen


def unanswered(survey: Survey, *findings: int) -> list[tuple[str, str, str]]:
    """Return the book's questions on finding 5 or 6 that have no answer: the reason, and their names.

    The reason is a name in :data:`~doorgroeien.estimation.estimable.REASONS`: ``unknown`` where the question
    was put, else ``absent``. The names are English and Dutch. It is empty where the answers are to other
    questions than the book's.

    >>> from doorgroeien.survey.ledger import unanswered
    >>> unanswered(survey, 5, 6)
    []
    """
    if survey.instrument.own:
        return []
    book = load_instrument()
    items = book.items.loc[[item for finding in findings for item in speaking(book, finding)]]
    items = items[items.index.isin(survey.absent)]
    reasons = ["unknown" if item in survey.unknown else "absent" for item in items.index]
    return list(zip(reasons, items["short_en"], items["short_nl"], strict=True))


def claims(
    values: Values,
    limits: Mapping[str, Values] | pd.DataFrame,
    tested: Callable[[Any], Any],
    every: Callable[[Any], Any] = np.all,
    some: Callable[[Any], Any] = np.any,
) -> dict[str, Any]:
    """Return what is to be said of a finding, from its estimands: the one rule of truth and of verdicts.

    It ``holds`` where every estimand lies above its limit ``holds_above``, is the ``opposite`` where some lie
    below ``opposite_below``, falls ``short`` where some lie below ``holds_above``, and lies ``between`` where
    every estimand lies between both.

    ``values`` has the estimands and ``limits`` their limits, in the same order. ``tested`` says of distances
    beyond a limit whether they are above nought, or with which p-value; ``every`` and ``some`` make one of
    many.

    >>> import pandas as pd
    >>> from doorgroeien.survey.ledger import claims
    >>> limits = pd.DataFrame({"opposite_below": [-5, -5], "holds_above": [5, 5]})
    >>> said = claims(pd.Series([9.0, -9.0]), limits, tested=lambda distance: distance > 0)
    >>> [name for name, true in said.items() if true]
    ['opposite', 'short']
    """
    above, below = values - limits["holds_above"], limits["opposite_below"] - values
    return {
        "holds": every(tested(above)),
        "opposite": some(tested(below)),
        "short": some(tested(-above)),
        "between": every([every(tested(-above)), every(tested(-below))]),
    }


def verdicts(table: pd.DataFrame, level: float = 0.05, correction: str = "holm") -> pd.DataFrame:
    """Return the verdict on each finding (index ``finding``), by the rule fixed in the data.

    ``table`` is as from ``estimands``. One-sided t tests are made of what ``claims`` says of a finding, each
    corrected over the findings that have them (Holm 1979; ``correction="none"`` leaves that out):

    - ``p_holds``: all above, the largest p-value of the estimands (intersection-union: Berger 1982);
    - ``p_opposite``: some below ``opposite_below``, the smallest times their number (Bonferroni);
    - ``p_short``: some below ``holds_above``, likewise;
    - ``p_between``: all between their limits, the largest of both one-sided tests (equivalence: Schuirmann
      1987). No verdict rests on it; it says whether what falls short is too small either way.

    The first of the other three that is under ``level`` gives ``supported``, ``contradicted`` or ``not
    supported``; if none is, the data leave the finding ``inconclusive``. One with an estimand that has no
    estimate, no standard error or no degree of freedom ``cannot be tested with these data``.

    Raises ``ValueError`` for another correction.
    """
    _known("correction", correction, CORRECTIONS)
    rows = {}
    # As arrays: a series costs more than the test.
    whole = {name: table[name].to_numpy(dtype=float) for name in MEASURES}
    for finding, at in sorted(table.groupby("finding").indices.items()):
        part = {name: values[at] for name, values in whole.items()}

        def p_value(distance, part=part):
            with np.errstate(divide="ignore", invalid="ignore"):
                return stdtr(part["df"], -distance / part["se"])

        said = claims(part["estimate"], part, p_value, every=np.max, some=_bonferroni)
        rows[finding] = {f"p_{name}": p for name, p in said.items()}
        if np.isnan([part["estimate"], part["se"]]).any():
            rows[finding] = dict.fromkeys(rows[finding], np.nan)
    found = pd.DataFrame(rows).T.rename_axis("finding")
    tested = found.dropna()
    if len(tested) and correction == "holm":
        found.loc[tested.index] = tested.apply(corrected)
    chosen = [found["p_holds"].isna(), *(found[f"p_{name}"] < level for name in DECIDED.values())]
    return found.assign(verdict=np.select(chosen, [UNTESTED, *DECIDED], "inconclusive"))


def deciding(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of ``estimands`` that verdicts follow from.

    A finding that cannot be tested is so by the estimands that say why; the others, which there may be, do
    not matter to it, and it says nothing of them. Of one that is tested all rows count.

    >>> import pandas as pd
    >>> from doorgroeien.survey.ledger import deciding
    >>> deciding(pd.DataFrame({"finding": [1, 1, 2], "reason": [None, "absent", None]})).index.tolist()
    [1, 2]
    """
    says_why = table["reason"].notna()
    return table[says_why | ~says_why.groupby(table["finding"]).transform("any")]


def lacking(rows: pd.DataFrame) -> tuple[str, str]:
    """Return in words (English, Dutch) what a finding lacks to be tested, from its rows of ``estimands``.

    One reason if it is that of all, or else each reason once, after the estimands that have it. Where some
    are few and others would tell, one reason says both, as pages do. Raises ``ValueError`` where none is
    lacking.

    >>> import pandas as pd
    >>> from doorgroeien.survey.ledger import lacking
    >>> rows = {"short_en": ["aldermen", "members"], "short_nl": ["wethouders", "leden"]}
    >>> lacking(pd.DataFrame(rows | {"reason": ["few", "absent"]}))[0]
    'aldermen: too few answers; members: not asked, or answered by nobody'
    """
    known = rows.dropna(subset="reason")
    if known.empty:
        raise ValueError("no estimand is lacking.")
    if {*HIDING} <= {*known["reason"]}:
        known = known.assign(reason=known["reason"].replace(dict.fromkeys(HIDING, "hidden")))
    if len(known) == len(rows) and known["reason"].nunique() == 1:
        return REASONS[known["reason"].iloc[0]]
    english, dutch = [], []
    for reason, those in known.groupby("reason", sort=False):
        names = joined(zip(those["short_en"], those["short_nl"], strict=True), none=("", ""))
        english.append(f"{names[0]}: {REASONS[str(reason)][0]}")
        dutch.append(f"{names[1]}: {REASONS[str(reason)][1]}")
    return "; ".join(english), "; ".join(dutch)


def every_way(survey: Survey, before: int, wave: int) -> pd.DataFrame:
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

    ``ways`` is as from ``every_way``. ``can`` is the number of them that these answers can take: one that
    leaves a finding untested disagrees with none. ``agreement`` is the per cent of those with the same
    verdict; ``firm`` says whether all agree on a verdict that decides, which ``inconclusive`` does not;
    ``hangs`` lists the choices that change it when they alone are changed.
    """
    apart = ways[list(FIXED)] != pd.Series(FIXED)
    fixed = ways[~apart.any(axis=1)].set_index("finding")["verdict"]
    taken = ways["verdict"].ne(UNTESTED).to_numpy()
    differs = taken & (ways["verdict"].to_numpy() != fixed[ways["finding"]].to_numpy())
    alone = apart.mul(differs & (apart.sum(axis=1) == 1), axis=0).groupby(ways["finding"]).any()
    can, apart_of = (pd.Series(what).groupby(ways["finding"].to_numpy()).sum() for what in (taken, differs))
    share = 100 - 100 * apart_of / can.where(can > 0)
    hangs = [[choice for choice in FIXED if alone.at[finding, choice]] for finding in alone.index]
    firm = share.eq(100) & fixed.isin(DECIDED)
    return pd.DataFrame({"agreement": share, "firm": firm, "hangs": hangs, "can": can}, index=alone.index)


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


def _bonferroni(p_values):
    return min(1.0, len(p_values) * np.min(p_values))


def _known(what, value, allowed):
    if value not in allowed:
        raise ValueError(f"{what} {value!r} is not one of {', '.join(allowed)}")


def _design(survey, per, stands_in, weighted, role=None):
    design = design_of(survey, per, stands_in, role=role)
    return design if weighted else unweighted(design)


def _of(survey, per, key, stands_in="class", weighted=True):
    """Return the design of an estimand that is a level; of one per person, of those asked for it alone."""
    role = survey.instrument.rows[_asked(survey.instrument, key)[0]]["role"] if per == "person" else None
    return _design(survey, per, stands_in, weighted, role)


def _changes(design, instrument, before, wave):
    """Return how the scores of the parts of the first dimension changed, as rows."""
    quick = score_columns(instrument, "quick_scan")
    parts = {part: weights for part, weights in quick.items() if part[0] == "1" and len(part) == 2}
    if not parts:
        raise NotEstimableError("absent", "no item of dimension 1 was asked in both waves.")
    changes = design.change(parts, between=(wave, before))
    return [row | {"finding": 1, "estimand": row["variable"]} for row in changes.to_dict("records")]


def _answers(estimate, instrument, keys):
    """Return the rows of an estimate of the answers to what was asked for estimands, all of them at once."""
    columns = []
    for key in keys:
        with suppress(NotEstimableError):
            columns.append(f"{_asked(instrument, key)[0]}_answer")
    return estimate(list(dict.fromkeys(columns))).to_dict("records")


def _move(moves, instrument, key):
    """Return how the share of a role that places enforcement in social policy changed, as rows."""
    item, code = _asked(instrument, key)
    rows = _said(moves(), instrument, item, code)
    if all(np.isnan(row["se"]) for row in rows):
        raise NotEstimableError("few", f"{item}: in one wave all of few said the same, so no change is sure.")
    return [row | {"finding": key[0], "estimand": key[1]} for row in rows]


def _columns(design, instrument, key):
    """Return what an estimand that is a level adds to a design, and what each column counts for in it."""
    if key in LEVELS:
        return {}, _weights(instrument, key)
    item, code = _asked(instrument, key)
    answer = design.table.data[f"{item}_answer"]
    said = answer.eq(_label(instrument, item, code)).where(answer.notna()).astype(float)
    return {f"said so: {item}": said}, {f"said so: {item}": 100}


def _share(shares, instrument, key):
    """Return one of the ``shares`` of answers, as rows."""
    rows = _said(shares(), instrument, *_asked(instrument, key))
    return [row | {"finding": key[0], "estimand": key[1]} for row in rows]


def _share_of_persons(survey, wave, key, stands_in, weighted):
    """Return the share of an answer in the wave, of the people of the role that is asked for it."""
    design = _of(survey, "person", key, stands_in, weighted)
    data, (item, _) = design.table.data, _asked(survey.instrument, key)
    now = in_wave(undominated(design, data[f"{item}_answer"].notna() & (data["wave"] == wave)), wave)
    shares = partial(_answers, partial(now.proportion, by="wave"), survey.instrument, (key,))
    return _share(shares, survey.instrument, key)


def _weights(instrument, key):
    """Return the columns that a level is the weighted sum of; raise where nothing of a part was asked."""
    if key not in GAPS:
        items = speaking(instrument, key[0])
        return dict.fromkeys(items, MEANS[key[0]][2] / len(items))
    columns = score_columns(instrument, "full")
    if lacking := sorted(GAPS[key].keys() - columns):
        raise NotEstimableError("absent", f"no item was asked of {', '.join(lacking)}.")
    return combined(GAPS[key], columns)


def _levels(design, instrument):
    """Return the levels that there are in the one wave of the design, as rows by finding and estimand."""
    groups = {}
    for key in LEVELS:
        with suppress(NotEstimableError):
            groups[f"{key[0]}.{key[1]}"] = _weights(instrument, key)
    return {row["variable"]: row for row in design.averages(groups, by="wave").to_dict("records")}


def _level(levels, instrument, key):
    """Return one of ``levels``: a difference between parts, or a mean, of finding 6 from the other end."""
    _weights(instrument, key)
    row, start = levels()[f"{key[0]}.{key[1]}"], MEANS.get(key[0], (None, 0))[1]
    ends = {name: start + row[name] for name in ("estimate", "ci_low", "ci_high")}
    return [row | ends | {"finding": key[0], "estimand": key[1]}]


def _serving(instrument, key):
    """Return what serves an estimand; raise ``NotEstimableError`` where this questionnaire has nothing."""
    serves = SERVES if instrument.serves is None else instrument.serves
    if key not in serves:
        raise NotEstimableError("absent", f"nothing in the questionnaire serves finding {key[0]}, {key[1]}.")
    return serves[key]


def _asked(instrument, key):
    """Return item and code of an estimand; raise ``NotEstimableError`` where nobody answered it."""
    item, code = _serving(instrument, key).values()
    if item not in instrument.items.index:
        raise NotEstimableError("absent", f"{item} was not asked, or answered by nobody.")
    return item, code


def _said(found, instrument, item, code):
    """Return the ``found`` rows of an answer to an item, per cent; raise where there are none.

    They are without a standard error of 0 that comes of a sample.
    """
    said, rows = (f"{item}_answer", _label(instrument, item, code)), []
    for row in (row for row in found if (row["variable"], row["category"]) == said):
        alike = row["se"] == 0 and abs(row["estimate"]) in (0, 1) and row["n"] < row["population_n"]
        scaled = {name: 100 * row[name] for name in ("estimate", "se", "ci_low", "ci_high")}
        rows.append(row | scaled | ({"se": np.nan} if alike else {}))
    if not rows:
        raise NotEstimableError("absent", f"{item}: there are no estimates of that answer.")
    return rows


def _label(instrument, item, code):
    return instrument.code_labels[instrument.items.at[item, "scale"], code]
