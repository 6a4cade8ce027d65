"""What chapters withhold, kept for the last gate, so that it goes wherever else it stands.

A rule of disclosure judges each result by itself, and one estimate may stand in a sentence, in a table and in
what follows from it, such as a verdict or a p-value. Notebooks keep beside their records what these do not
hold: the estimates withheld, and of a result that follows from others which these are. It never leaves the
gate (:mod:`doorgroeien.publishing.gate`), which takes away what :class:`Held` finds.

Two estimates are taken for one where the value is the same, in the digits in which it is published, and both
rest on as many respondents and municipalities. Two that are so by chance go both: what breaks a rule by its
value and counts breaks it wherever these stand.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, NotRequired

import numpy as np
import pandas as pd
from typing_extensions import TypedDict

from doorgroeien.results.disclosure import COUNTS, MEASURED, RULES, Resting
from doorgroeien.results.records import Record

__all__ = ["Held", "Kept", "Mark", "copied", "marks"]

SAME = 6  # decimals in which numbers that are not rounded are one; ten digits are written
ALIKE = 1e-6
UNITS = ("percent", "score", "points", "percentage points")
ENDS = ("ci_low", "ci_high")
BESIDE = ("estimate", "value", "mean")  # columns that are called after the number they hold


class Mark(NamedTuple):
    """An estimate: its ``value``, ``se``, respondents (``n``) and distinct municipalities (``units``).

    ``low`` and ``high`` are the ends of its confidence interval. What is not known is ``None``; ``rule`` is
    the rule of disclosure that withholds it, if one does.
    """

    value: float
    se: float | None = None
    n: float | None = None
    units: float | None = None
    rule: str | None = None
    low: float | None = None
    high: float | None = None


class Kept(TypedDict):
    """What a notebook keeps beside a record.

    ``held`` are the estimates withheld, as :class:`Mark` orders them; ``of`` those that a result follows
    from, ``rows`` the same for each row of a table, and ``follows`` the ids of such results.
    """

    held: NotRequired[list[Sequence[Any]]]
    of: NotRequired[list[Sequence[Any]]]
    rows: NotRequired[list[list[Sequence[Any]]]]
    follows: NotRequired[list[str]]


def marks(rows: pd.DataFrame, rules: "pd.Series[Any] | None" = None) -> list[Mark]:
    """Return the estimates in rows with a column ``estimate``, ``value`` or ``mean``.

    ``rules`` has for each row the rule that withholds it; then those estimates are returned that break a rule
    themselves, in the unit of their row if it names one, and not what is withheld beside them.

    >>> import pandas as pd
    >>> from doorgroeien.results.held import marks
    >>> marks(pd.DataFrame({"estimate": [51.5], "n": [31], "units": [25]}))
    [Mark(value=51.5, se=None, n=31.0, units=25.0, rule=None, low=None, high=None)]
    """
    found = []
    for place, row in enumerate(rows.to_dict("records")):
        rule = None if rules is None else rules.iloc[place]
        n, units, se, low, high = (_number(row.get(name)) for name in ("n", "units", "se", *ENDS))
        values = [_number(row[name]) for name in BESIDE if name in row]
        if rule is not None:
            resting = Resting(*(np.inf if count is None else count for count in (units, n)))
            unit = row.get("unit") if isinstance(row.get("unit"), str) else "percent"
            values = [value for value in values if value is not None and RULES.broken(value, unit, resting)]
        found += [Mark(value, se, n, units, rule, low, high) for value in values if value is not None]
    return found


def copied(record: Record, rows: Mapping[int, str]) -> list[Mark]:
    """Return the estimates of a number, or in rows of a table, that go under a rule."""
    if record["kind"] == "number":
        return [mark._replace(rule="linked") for _, mark in _standing(record)]
    data = pd.DataFrame(record["data"]["rows"], columns=record["data"]["columns"])
    return marks(data.iloc[[*rows]], pd.Series([*rows.values()], dtype=object))


class Held:
    """The estimates that are withheld somewhere in an edition, and where else they stand.

    >>> from doorgroeien.results.held import Held, Mark
    >>> held = Held([Mark(85.53212, 3.1, 20.0, 20.0, "alike")])
    >>> columns = ["label", "estimate", "n", "units"]
    >>> rows = [["all", 85.53212, 20, 20], ["others", 51.2, 20, 20]]
    >>> table = {"kind": "table", "id": "a.b", "edition": {}, "data": {"columns": columns, "rows": rows}}
    >>> held.rows(table)
    {0: 'alike'}
    """

    def __init__(self, withheld: Iterable[Mark] = ()) -> None:
        """Take the estimates that are withheld so far."""
        self._found: dict[float, list[Mark]] = {}
        self.add(withheld)

    def add(self, withheld: Iterable[Mark]) -> None:
        """Take more estimates that are withheld."""
        for mark in withheld:
            for value in {round(value, SAME) for value in _written(mark)}:
                self._found.setdefault(value, []).append(mark)

    def rule(self, mark: Mark, exact: bool = False) -> str | None:
        """Return the rule that withholds an estimate, if it is withheld somewhere.

        One that is ``exact`` may be kept as it was published, and rounded.
        """
        if min(abs(mark.value), abs(100 - mark.value)) < ALIKE:
            return None  # which is withheld by itself wherever it is a share
        known = mark.n is not None and mark.units is not None
        if not known and round(mark.value, 3) == mark.value:
            return None  # a number that many things are, and nothing says how many it rests on
        values = sorted({round(value, SAME) for value in (_written(mark) if exact else {mark.value})})
        return next(
            (one.rule for value in values for one in self._found.get(value, ()) if _one(one, mark)), None
        )

    def rows(self, record: Record) -> dict[int, str]:
        """Return the rows of a table or figure in which a withheld estimate stands, each with its rule.

        A number is a row of its own.
        """
        found: dict[int, str] = {}
        for row, mark in _standing(record):
            if row not in found and (rule := self.rule(mark)):
                found[row] = rule
        return found


def _standing(record: Any) -> Iterator[tuple[int, Mark]]:
    """Return the numbers of a record that may be estimates, with their rows."""
    rests = record.get("rests") or {"respondents": None, "municipalities": 0}
    if "not_estimable" in record or ("rests" in record and rests["municipalities"] is None):
        return  # on no answer
    of_all = rests["respondents"], rests["municipalities"] or None
    if record["kind"] == "number":
        if isinstance(record["value"], int | float) and record["unit"] in UNITS:
            sure = record["interval"] == "confidence"
            ends_of = (record["low"], record["high"]) if sure else (None, None)
            yield 0, Mark(record["value"], record["se"], record["n"] or of_all[0], of_all[1], None, *ends_of)
        return
    columns = record["data"]["columns"]
    said = {column["name"]: column["unit"] for column in record.get("columns", ()) if column["unit"]}
    counts = {
        name: [place for place, column in enumerate(columns) if pattern.search(column)]
        for name, pattern in COUNTS.items()
    }
    taken = {place for places in counts.values() for place in places}
    estimates = [
        (place, bool(MEASURED.search(name)) or said.get(name) in UNITS)
        for place, name in enumerate(columns)
        if place not in taken and said.get(name, UNITS[0]) in UNITS
    ]
    ends = [columns.index(name) if name in columns else None for name in ENDS]
    for number, row in enumerate(record["data"]["rows"]):
        low, high = (None if place is None else _number(row[place]) for place in ends)
        ns, towns = (
            {_number(row[place]) for place in counts[name]} or {all_}
            for name, all_ in zip(("n", "units"), of_all, strict=True)
        )
        for place, named in estimates:
            value = _number(row[place])
            if isinstance(row[place], bool) or value is None or not (named or value % 1):
                continue
            for n in ns:
                yield from ((number, Mark(value, None, n, units, None, low, high)) for units in towns)


def _written(mark: Mark) -> set[float]:
    """Return the values as which an estimate may be published, rounded or not."""
    errors = {mark.se}
    if mark.low is not None and mark.high is not None:
        errors.add((mark.high - mark.low) / (2 * 1.96))  # a table without errors is rounded by its intervals
    towns = {np.inf, np.inf if mark.units is None else mark.units}
    return {mark.value} | {RULES.rounded(mark.value, se, units) for se in errors for units in towns}


def _one(one: Mark, other: Mark) -> bool:
    """Tell whether two marks of one value are of one estimate, as far as both say more."""
    if one.low is None and other.low is not None and other.low < 0:
        return False  # a difference, and no share or score
    reach = 0.0 if one.low is None or one.high is None else 0.1 + 0.05 * (one.high - one.low)
    reach += RULES.coarsest(np.inf if one.units is None else one.units) / 2 if reach else 0.0
    return (
        _agree(one.n, other.n)
        and _agree(one.units, other.units)
        and _agree(one.low, other.low, reach)
        and _agree(one.high, other.high, reach)
    )


def _agree(one: float | None, other: float | None, reach: float = 0.0) -> bool:
    """Tell whether two numbers are the same, give or take ``reach``, as far as both are known."""
    return one is None or other is None or abs(one - other) <= reach


def _number(value: Any) -> float | None:
    """Return a finite number, ``None`` for anything else."""
    known = isinstance(value, int | float | np.number) and not isinstance(value, bool) and np.isfinite(value)
    return float(value) if known else None
