"""What results on answers may tell of those who gave them: the rules, in one place, and what they ask for.

Every result on answers says on how many distinct municipalities and how many respondents it rests. Estimates
count both by themselves (the columns ``units`` and ``n``); a result without them declares it, and one that
does neither is refused. What breaks a rule is withheld, in the reference edition as on real answers, so that
a chapter that works there works everywhere.

Whoever knows how much each municipality of a group counts for can look for the answers that add up to a
share, and ten digits leave one set of answers. So on real answers published numbers, data and drawings have
no more digits than a standard error supports, and captions and alternative texts no more than the data of
their figure (:mod:`doorgroeien.results.coarse`).

Rounding to what the interval supports is the first thing that is done, and withholding the second. Controlled
rounding, of tables that still add up, is not: it would stand in for what is withheld to protect something
else, which is little (``tests/publishing/test_small_chapters.py``), and shares and means need not add up.

The rules are those by which statistical offices check what researchers take out of their data (Brandt,
Franconi, Guerke and others 2010, Guidelines for the checking of output based on microdata research; Hundepool
and others 2024, Handbook on Statistical Disclosure Control, second edition); what they leave open is ours.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import floor, inf, log10, nan
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

__all__ = ["EACH", "NOTHING", "RULES", "Resting", "Rules", "UndeclaredError", "between", "counted", "least"]

EXACT = 1e-9  # what rounding may leave of a whole
# Columns in the unit of an estimate, as `Estimates.frame`, `publish` and the tables of the book call them.
ESTIMATED = re.compile(r"(?:(?<=[ _])|^)(estimate|value|mean|(ci_|sens_)?(low|high))$")
# Shares and means beside an estimate, from which it follows, and how far answers lie apart: on its scale too.
TELLING = re.compile(
    r"(?:(?<=[ _])|^)(least|most|reluctant|unknown|answered|heard|missed|sd|share|per ?cent)$", re.IGNORECASE
)
PER_CENT = re.compile(r"(^|[ _])per ?cent$")
TESTED = re.compile(r"(^|[ _])p_\w+$")  # columns of p-values
P_VALUE = "p-value"
SCALED = ("percent", "score", "points", "percentage points")  # units of which a whole scale is 100

# Columns that count respondents and municipalities, alone or before them what they count for.
COUNTS = {"units": re.compile(r"(^|[ _])units$"), "n": re.compile(r"(^|[ _])n$")}
MEASURED = re.compile(r"(^|[ _])(estimate|value|mean)$")  # in a unit that a figure does not name
# Of intervals, bounds and errors, which are nobody's answer.
ENDS = re.compile(r"(^|[ _])(low|high|least|most|se)$")
# Of one whole the lowest and the highest possible, whatever they would say who did not answer.
LOWEST, HIGHEST = re.compile(r"((?:^|[ _-]))least$"), r"\1most"
QUANTILE = "quantile"
SHARE = "share"  # of a row in the whole of which all rows are parts
CONTRASTED = {"contrast", "gap", "term", "p_holm", "p_value"}  # columns of tables of differences
PARTS = ("category", "answer")  # columns that part a whole: of one of their shares the others follow
PEOPLE = ("persons", "municipalities")  # units of counts of those who are protected
UNANSWERED = "no answer"  # the unit, for rules, of a column that is about no answer, such as a limit
FALLING = ("points", "percentage points")  # units of differences, which say of nobody what they answered


class UndeclaredError(ValueError):
    """A result on answers does not say what it rests on; the message names it, the column and the remedy."""


class Resting(NamedTuple):
    """On how many distinct municipalities (``units``) and respondents (``n``) a result rests."""

    units: float
    n: float


NOTHING = Resting(inf, inf)  # on no answer at all: there is nobody to protect
EACH = Resting(nan, nan)  # on as many municipalities as its ``n`` says


def least(result: pd.DataFrame | pd.Series | Mapping[str, Any] | Resting) -> Resting:
    """Return on what a result rests that follows from several: the fewest ``units`` and ``n`` among them.

    Raises :class:`UndeclaredError` where they have no such columns.

    >>> import pandas as pd
    >>> from doorgroeien.results.disclosure import least
    >>> least(pd.DataFrame({"estimate": [51.0, 62.0], "units": [40, 25], "n": [90, 31]}))
    Resting(units=25.0, n=31.0)
    """
    if isinstance(result, Resting):
        return result
    frame = result if isinstance(result, pd.DataFrame) else pd.DataFrame([dict(result)])
    counts = counted(frame, None)
    lacking = [name for name in COUNTS if counts[name].isna().all()]
    if lacking:
        raise UndeclaredError(
            f"what a result follows from has no column {' and no column '.join(map(repr, lacking))}. "
            "Name a table of estimates, as it was returned."
        )
    return Resting(*(float(counts[name].min()) for name in COUNTS))


def between(low: Any, high: Any) -> Any:
    """Return what two bounds tell of who answered, on a scale of 100: their mean.

    What lies between the bounds is the part of the whole that did not answer (Manski 1989), of which nothing
    is supposed; the rest lies ``low`` of what remains. Missing where nobody answered.

    >>> from doorgroeien.results.disclosure import between
    >>> between(30.0, 70.0)  # sixty per cent answered, fifty on average
    50.0
    """
    known = 100 - (high - low)
    found = 100 * low / np.where(known > EXACT, known, np.nan)
    return found if np.ndim(found) else float(found)


def counted(frame: pd.DataFrame, resting: Resting | None) -> pd.DataFrame:
    """Return for each row on how many ``units`` and ``n`` it rests, the fewest of several such columns."""
    found = {}
    for place, (name, pattern) in enumerate(COUNTS.items()):
        own = [place for place, column in enumerate(frame.columns) if pattern.search(str(column))]
        numbers = [pd.to_numeric(frame.iloc[:, place], errors="coerce").astype(float) for place in own]
        fewest = pd.Series(np.nan, frame.index)
        for column in numbers:
            fewest = np.fmin(fewest, column)
        found[name] = fewest if resting is None else fewest.fillna(resting[place])
    if resting is EACH:
        found["units"] = found["units"].fillna(found["n"])
    return pd.DataFrame(found, index=frame.index)


@dataclass(frozen=True)
class Rules:
    """The rules of disclosure.

    - ``few``: ``least`` respondents and as many distinct municipalities carry a result. The threshold rule of
      the Handbook, section on frequency tables, which begins at 3; output checking asks for 10 units, and
      research data centres for 5 distinct ones, which is the number that municipalities were told.
    - ``alike``: of a group of fewer than ``group`` municipalities no share is above ``most`` per cent or
      below what that leaves, for whoever knows the group would know what nearly each of it said. Nor is a
      share or a score so near an end of its scale that it takes no more than ``insiders`` to keep it from
      there: those, who know what they said themselves, would know that all others said the same. Of the
      shares into which answers are parted only the highest counts. This is group disclosure, with the 90 per
      cent of Brandt and others 2010, who hold it against groups of any size; from ``group`` on, the rest are
      three municipalities or more. The insiders are ours.
    - ``count``: a count of 1 to 4 municipalities or persons is not shown, for a second cell tells the rest.
      It is the threshold rule again, of the cell and not of what is divided among cells. So is, of fewer than
      ``group`` municipalities, a share of an answer that so few of them gave; the other answers to that
      question go with it, for they add up. Where rows are parts of a whole, each with its ``share``, one that
      is left out is what the others leave, and the smallest of these goes with it.
    - ``dominated``: of a mean over persons, in which a municipality weighs by how many it has, no
      municipality has more than ``dominance`` per cent of the weight, and the second, who knows its own
      answers, cannot tell those of the first to less than ``step`` points of a scale: the others weigh
      that share of it or more. These are the (n,k) and the p per cent rule for magnitudes of the Handbook,
      with n = 1; nothing else that is published is a magnitude, for in all other means each municipality
      counts once, and scores and shares have an end.
    - ``tail``: beyond a quantile lie ``least`` municipalities or more; so there is no smallest and no largest
      value. Minima, maxima and percentiles in Brandt and others 2010.

    Of a number without a standard error ``digits`` are published, the significant ones; of one with it those
    down to the first digit of half that error, and of the error itself two. Rounding is a method of the
    Handbook, section on rounding; so many digits are ours. A mean is so coarse that two editions of one
    survey tell no better than ``step`` points, one answer on a scale of five, what a municipality answered.

    >>> from doorgroeien.results.disclosure import RULES
    >>> RULES.rounded(51.369142, 1.83), RULES.rounded(51.369142, 22.4), RULES.rounded(1.360773)
    (51.4, 50.0, 1.36)
    """

    least: int = 5
    group: int = 30
    most: float = 90.0
    insiders: int = 2
    dominance: float = 60.0
    digits: int = 3
    step: float = 25.0

    def broken(self, value: Any, unit: str | None, resting: Resting) -> str | None:
        """Return the name of the rule that a number breaks, if it breaks one.

        >>> from doorgroeien.results.disclosure import RULES, Resting
        >>> RULES.broken(51.0, "score", Resting(4, 12)), RULES.broken(0.0, "percent", Resting(20, 20))
        ('few', 'alike')
        """
        frame = pd.DataFrame({"value": [value], "units": [resting.units], "n": [resting.n]})
        name: str | None = self.judged(frame, {"value": unit}).iloc[0]
        return name

    def judged(
        self,
        frame: pd.DataFrame,
        units: Mapping[str, str | None] | None = None,
        resting: Resting | None = None,
    ) -> "pd.Series[Any]":
        """Return for each row the name of the first rule that it breaks, ``None`` where it breaks none.

        ``units`` are those of columns, ``UNANSWERED`` where one is about no answer; a figure names none, and
        then an estimate of 0 or 100 is taken for a share, unless a column ``unit`` says of its row that it is
        a difference. ``resting`` is what rows rest on that do not count it themselves.
        """
        counts = counted(frame, resting)
        if any(name in frame for name in PARTS):  # whose shares a figure may call so
            shares = [name for name in map(str, frame) if PER_CENT.search(name)]
            units = dict.fromkeys(shares, "percent") | dict(units or {})
        rules = {
            "few": (counts < self.least).any(axis=1),
            "tail": self._tail(frame, counts["units"]),
            "alike": self._alike(frame, units or {}, counts["units"]) & (counts["units"] < self.group),
            "count": (self._small(frame, units or {}) & ~np.isposinf(counts["units"]))
            | (self._rare(frame, units or {}, counts["units"]) & (counts["units"] < self.group)),
        }
        across = self._across(frame, counts["units"])
        rules |= {name: rules[name] | across[name] for name in across}
        found = pd.Series([None] * len(frame), index=frame.index, dtype=object)
        for name, broken in reversed(rules.items()):
            found[broken.to_numpy(dtype=bool)] = name
        return self._with_second(frame, found)

    def _with_second(self, frame: pd.DataFrame, found: "pd.Series[Any]") -> "pd.Series[Any]":
        """Let a second part of a whole go with the only one that is left out, which it would tell."""
        if SHARE not in frame or found.notna().sum() != 1:
            return found
        shares = pd.to_numeric(frame[SHARE], errors="coerce").astype(float)
        others = found.isna() & (shares > 0)
        if min(abs(shares.sum() - whole) for whole in (1, 100)) < 1e-6 and others.any():
            found[shares.where(others).idxmin()] = "count"
        return found

    def dominated(self, weights: "pd.Series[float]") -> bool:
        """Tell whether a mean tells what the municipality that weighs most in it answered.

        ``weights`` are what each of the municipalities weighs, in any unit.

        >>> import pandas as pd
        >>> from doorgroeien.results.disclosure import RULES
        >>> councils, staff = pd.Series([45, 9, 9, 9, 9]), pd.Series([600, 80, 4, 3, 3])
        >>> RULES.dominated(councils), RULES.dominated(staff)
        (False, True)
        """
        known = np.sort(weights[weights > 0].to_numpy(dtype=float))[::-1]
        if not len(known):
            return False
        share = 100 * known[0] / known.sum()
        return bool(share > self.dominance or known[2:].sum() < self.step / 100 * known[0])

    def rounded(self, value: float, se: float | None = None, units: float = inf) -> float:
        """Return a number in the digits that may be published, given its standard error if it has one.

        The last digit is that of half the standard error, so rounding moves no number by more than the
        standard error. Of a mean of ``units`` municipalities on a scale of 100 it is a multiple of 1, 2 or 5
        that is coarse enough: whoever has a second edition, with one municipality more, knows what that one
        answered to no better than ``step``.

        >>> from doorgroeien.results.disclosure import RULES
        >>> RULES.rounded(51.369142, 0.9, 24), RULES.rounded(51.369142, 0.9)
        (51.0, 51.4)
        """
        if not np.isfinite(value) or value == 0:
            return value
        if se is not None and np.isfinite(se) and se > 0:
            last = floor(log10(se / 2))
        else:
            last = floor(log10(abs(value))) + 1 - self.digits
        step = self.coarsest(units)
        if step <= 10.0**last:
            return round(value, -last) + 0.0  # which is no nought below nought
        return round(round(value / step) * step, max(-floor(log10(step)), 0)) + 0.0

    def p_value(self, p: float) -> float:
        """Return a p-value in steps of 1, 2 and 5, on its side of five per cent, as verdicts are.

        A p-value and a standard error give the estimate, and the finer both are, the finer.

        >>> from doorgroeien.results.disclosure import RULES
        >>> [RULES.p_value(p) for p in (0.999, 0.419, 0.052, 0.049, 0.0013)]
        [1.0, 0.5, 0.06, 0.04, 0.001]
        """
        if not np.isfinite(p) or not 0 < p < 1:
            return p
        power = floor(log10(p))
        first = next(
            times for times, end in ((1, 1.5), (2, 3.5), (5, 7.5), (10, inf)) if p / 10.0**power < end
        )
        found = float(f"{first * 10.0**power:.1g}")
        return found if found != 0.05 else 0.04 if p < 0.05 else 0.06

    def coarsest(self, units: float) -> float:
        """Return the multiple to which a mean of so many municipalities, on a scale of 100, is rounded.

        >>> from doorgroeien.results.disclosure import RULES
        >>> RULES.coarsest(5), RULES.coarsest(24)
        (5.0, 1.0)
        """
        least = self.step / (2 * units + 1)
        if least <= 0:
            return 0.0
        power = floor(log10(least))
        return next(times for times in (1, 2, 5, 10) if times * 10.0**power >= least) * 10.0**power

    def applied(
        self, frame: pd.DataFrame, units: Mapping[str, str | None] | None = None, towns: float = inf
    ) -> pd.DataFrame:
        """Return a table in which every number has the digits that may be published.

        Estimates and the ends of their intervals go by the column ``se``, or else by the interval, so that
        one number has the same digits wherever it stands, and by their ``units``. An end is as far from the
        estimate as before, in as many digits: three numbers that are rounded each by itself would tell more
        of the estimate than one. P-values go by :meth:`p_value`. So do shares and means
        beside them, such as bounds, of which ``units`` say that they are on a scale of 100, or their name
        does; ``towns`` is on how many municipalities rows rest that do not say so. Whole numbers stay, for
        they are counts, years and codes.

        >>> import pandas as pd
        >>> from doorgroeien.results.disclosure import RULES
        >>> frame = pd.DataFrame({"estimate": [67.71], "least": [43.4], "most": [79.3], "units": 11})
        >>> RULES.applied(frame).to_numpy().tolist()
        [[68.0, 44.0, 80.0, 11.0]]
        """
        found = frame.copy()
        parted = self._parts_of_whole(frame)
        for place, name in enumerate(map(str, frame.columns)):
            column = frame.iloc[:, place]
            stem = ESTIMATED.sub("", name)
            middle = _middle(frame, stem, name)
            broken = [isinstance(cell, float) and cell % 1 > 0 for cell in column]  # also among texts
            if not any(broken) and not (middle % 1 > 0).any():
                continue
            if name == "se":
                values = [self._error(value) for value in column]
            elif TESTED.search(name) or (units or {}).get(name) == P_VALUE:
                values = [self.p_value(value) if isinstance(value, float) else value for value in column]
            elif ESTIMATED.search(name):
                other = (units or {}).get(name) or "score"
                rests = _towns(frame, stem, towns) if other in SCALED else [inf] * len(frame)
                known = zip(column, middle, _error_of(frame, stem), rests, strict=True)
                values = [self._end(*row) if isinstance(row[0], float) else row[0] for row in known]
            else:
                told = (units or {}).get(name) in SCALED or TELLING.search(name) or name in parted
                scaled = told and pd.to_numeric(column, errors="coerce").abs().max() > 2  # no parts of one
                own = frame["units"].astype(float).fillna(towns) if "units" in frame else towns
                counts = pd.Series(own if scaled else inf, frame.index)
                values = [
                    self.rounded(value, units=count) if isinstance(value, float) else value
                    for value, count in zip(column, counts, strict=True)
                ]
            found.isetitem(place, values)
        return found

    def _parts_of_whole(self, frame: pd.DataFrame) -> set[str]:
        """Return the columns that part a hundred per cent in each row."""
        kept = frame.loc[:, [pd.api.types.is_float_dtype(kind) for kind in frame.dtypes]]
        kept = kept.loc[:, [not MEASURED.search(str(name)) for name in kept]]
        whole = kept.shape[1] > 1 and (kept.sum(axis=1) - 100).abs().max() < 1e-6
        return {*map(str, kept)} if whole else set()

    def record(self, record: dict[str, Any]) -> None:
        """Round the numbers of a record in place, as :meth:`applied` does those of a row."""
        se = record["se"]
        towns = (record.get("rests") or {}).get("municipalities") if record["unit"] in SCALED else None
        value = record["value"]
        middle = value if isinstance(value, int | float) else nan
        for name in ("low", "high", "value"):
            if isinstance(record[name], float):
                record[name] = self._end(record[name], nan if name == "value" else middle, se, towns or inf)
        if record["unit"] == P_VALUE and isinstance(value, float):
            record["value"] = self.p_value(value)
        if se is not None:
            record["se"] = self._error(se)

    def _end(self, value: float, middle: float, se: float | None, units: float) -> float:
        """Return an end of an interval around a ``middle``, as far from it as before; else a number."""
        if not np.isfinite(middle):
            return self.rounded(value, se, units)
        return round(self.rounded(middle, se, units) + self.rounded(value - middle, se, units), 9) + 0.0

    def _alike(
        self, frame: pd.DataFrame, units: Mapping[str, str | None], towns: "pd.Series[float]"
    ) -> "pd.Series[bool]":
        """Tell of which rows a share says the same of nearly all."""
        found = pd.Series(False, frame.index)
        parted = any(name in frame for name in PARTS)
        own = frame["unit"] if "unit" in frame else pd.Series("", frame.index)
        falls, shares = own.isin(FALLING), own.eq("percent")
        for name in dict.fromkeys(frame.columns):
            unit = units.get(name)
            if ENDS.search(str(name)) or TESTED.search(str(name)):  # a p-value is no share
                continue
            if unit not in ("percent", "score") and (unit is not None or not MEASURED.search(str(name))):
                continue
            values = pd.to_numeric(frame[name], errors="coerce").astype(float)
            if unit is None and values.abs().max() <= 1 + EXACT:
                values = 100 * values  # parts of one
            # What the insiders can move, and half a municipality, for what is published is rounded.
            reach = 100 * (self.insiders + 0.5) / _own(frame, str(name), towns).clip(lower=1)
            if QUANTILE in frame or (unit is None and _differs(frame, str(name))):
                reach = reach * 0  # a quantile of many, or a difference
            share = shares if unit == "score" else unit == "percent"
            margin = np.maximum(np.where(share, np.maximum(reach, 100 - self.most), reach) - EXACT, EXACT)
            whole = values.between(100 - margin, 100 + EXACT, inclusive="neither")
            low = values.between(-EXACT, margin, inclusive="neither")
            found |= (whole | (low & (not parted))) & ~falls
        for low, high in _bounds(frame):
            inner = pd.DataFrame({"value": between(frame[low].astype(float), frame[high].astype(float))})
            found |= self._alike(inner.set_axis(frame.index), {"value": units.get(low, "score")}, towns)
        # Where one share is the whole, the others are nought.
        return self._with_others(frame, found) if parted else found

    def _rare(
        self, frame: pd.DataFrame, units: Mapping[str, str | None], towns: "pd.Series[float]"
    ) -> "pd.Series[bool]":
        """Tell of which shares of an answer, or others beside them, few municipalities gave it."""
        found = pd.Series(False, frame.index)
        if not any(name in frame for name in PARTS):
            return found
        for name in dict.fromkeys(frame.columns):
            unit = units.get(name)
            if unit != "percent" and (unit is not None or not MEASURED.search(str(name))):
                continue
            if ENDS.search(str(name)) or TESTED.search(str(name)):
                continue
            if QUANTILE in frame or _differs(frame, str(name)):
                continue
            values = pd.to_numeric(frame[name], errors="coerce").astype(float)
            whole = 1 if values.abs().max() <= 1 + EXACT else 100
            count = values / whole * _own(frame, str(name), towns)
            found |= count.between(EXACT, self.least - 0.5, inclusive="neither")
        return self._with_others(frame, found)

    def _across(self, frame: pd.DataFrame, towns: "pd.Series[float]") -> dict[str, "pd.Series[bool]"]:
        """Tell the same of rows that are a whole, with a column for the share of each answer."""
        kept = [
            pd.api.types.is_float_dtype(kind)
            and not any(pattern.search(str(name)) for pattern in (*COUNTS.values(), ENDS, MEASURED))
            for name, kind in zip(frame.columns, frame.dtypes, strict=True)
        ]
        shares = frame.loc[:, kept]
        if shares.shape[1] < 3:
            return {}
        whole = (shares.sum(axis=1).sub(100).abs() < 1e-6) & (towns < self.group)
        whole &= (shares.isna() | (shares >= -EXACT)).all(axis=1)
        reach = np.maximum(100 * (self.insiders + 0.5) / towns.clip(lower=1), 100 - self.most)
        counts = shares.mul(towns / 100, axis=0)
        rare = ((counts > EXACT) & (counts < self.least - 0.5)).any(axis=1)
        return {"alike": whole & (shares.max(axis=1) > 100 - reach + EXACT), "count": whole & rare}

    def _with_others(self, frame: pd.DataFrame, found: "pd.Series[bool]") -> "pd.Series[bool]":
        """Return what is found of one share of a whole of all its shares."""
        keys = [frame[name] for name in frame if not self._measures(frame, name)]
        return found.groupby(keys, observed=True).transform("any") if keys else found | found.any()

    def _measures(self, frame: pd.DataFrame, name: str) -> bool:
        """Tell whether a column holds no key of the whole that rows are parts of."""
        counts = any(pattern.search(str(name)) for pattern in COUNTS.values())
        return counts or name in PARTS or pd.api.types.is_float_dtype(frame[name])

    def _small(self, frame: pd.DataFrame, units: Mapping[str, str | None]) -> "pd.Series[bool]":
        """Tell in which rows few are counted."""
        found = pd.Series(False, frame.index)
        for name in dict.fromkeys(frame.columns):
            if units.get(name) in PEOPLE:
                found |= pd.to_numeric(frame[name], errors="coerce").astype(float).between(1, self.least - 1)
        return found

    def _tail(self, frame: pd.DataFrame, units: "pd.Series[float]") -> "pd.Series[bool]":
        """Tell of which quantiles too few municipalities lie beyond them."""
        if QUANTILE not in frame:
            return pd.Series(False, frame.index)
        share = pd.to_numeric(frame[QUANTILE]).astype(float)
        return np.minimum(share, 1 - share) * units < self.least - EXACT

    def _error(self, se: float) -> float:
        return float(f"{se:.2g}") if np.isfinite(se) else se


def _bounds(frame: pd.DataFrame) -> list[tuple[str, str]]:
    """Return the columns of bounds beside an estimate, each the lower and the upper one.

    By themselves they are not judged: a bound lies as far from what was answered as is open, and near an end
    of the scale it says nothing. What both tell together is.
    """
    if "estimate" not in frame:
        return []
    pairs = [(name, LOWEST.sub(HIGHEST, name)) for name in map(str, frame.columns) if LOWEST.search(name)]
    return [(low, high) for low, high in pairs if high in frame]


def _own(frame: pd.DataFrame, name: str, towns: "pd.Series[float]") -> "pd.Series[float]":
    """Return on how many municipalities a column rests, by its own count, that of the row, or ``towns``."""
    own = [
        column for column in (MEASURED.sub(r"\1units", name), "units") if column in frame and column != name
    ]
    return frame[own[0]].astype(float).fillna(towns) if own else towns


def _differs(frame: pd.DataFrame, name: str) -> bool:
    """Tell whether a column without a unit holds differences: some are below 0, or they are contrasted.

    A row may have a level and a change beside it, of which the name says which of both was tested.
    """
    below = pd.to_numeric(frame[name], errors="coerce") < -EXACT
    measured, columns = MEASURED.search(name), [*map(str, frame.columns)]
    of = name[: measured.start(2)] if measured else ""
    beside = {column.removeprefix(of) for column in columns if column.startswith(of)}
    return bool(below.any()) or bool(CONTRASTED & {*columns, *beside})


def _middle(frame: pd.DataFrame, stem: str, name: str) -> "pd.Series[float]":
    """Return the estimates of which a column has an end of the interval; missing where it has none."""
    found = pd.Series(np.nan, frame.index)
    if ESTIMATED.search(name) and ENDS.search(name):
        for middle in (f"{stem}{each}" for each in ("estimate", "value", "mean")):
            if middle in frame and found.isna().all():  # of two the one that has numbers, and no words
                found = pd.to_numeric(frame[middle], errors="coerce").astype(float)
    return found


def _error_of(frame: pd.DataFrame, stem: str) -> "pd.Series[float]":
    """Return the standard errors of an estimate, by its interval where there are none; missing without."""
    if not stem and "se" in frame:
        return frame["se"]
    ends = [f"{stem}{end}" for end in ("ci_low", "ci_high")]
    if not {*ends} <= {*frame}:
        return pd.Series(np.nan, frame.index)
    low, high = (pd.to_numeric(frame[end], errors="coerce").astype(float) for end in ends)
    return (high - low) / (2 * 1.96)


def _towns(frame: pd.DataFrame, stem: str, fewest: float) -> "pd.Series[float]":
    """Return on how many municipalities an estimate rests that is on a scale of 100, else on countless.

    Where it does not count them they are no more than its respondents, and ``fewest`` in all rows.
    """
    values = [
        pd.to_numeric(frame[name], errors="coerce")
        for name in (f"{stem}{end}" for end in ("estimate", "value", "mean"))
        if name in frame
    ]
    if not any((value.abs() > 2).any() for value in values):
        return pd.Series(inf, frame.index)
    counts = next((frame[name].astype(float) for name in (f"{stem}units", "units") if name in frame), None)
    if counts is None:
        counts = next((frame[name].astype(float) for name in (f"{stem}n", "n") if name in frame), None)
        return pd.Series(np.fmin(fewest, inf if counts is None else counts), frame.index)
    return counts.fillna(fewest)


RULES = Rules()
