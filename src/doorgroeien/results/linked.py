"""The numbers of an edition together: which of them follow from one another, and what else must stay away.

The gate in :mod:`doorgroeien.results.disclosure` judges every result by itself. Here all results of an
edition are read as an attacker reads them, from what is published: rows of tables and figures and single
numbers become cells, and what chapters have in common ties them. A mean of all municipalities is that of
the size classes, each counting for as many as it has; a part is the mean of its questions, a dimension that
of its parts, and the index that of the dimensions, of all municipalities, in each size class and in each
year; a change is the difference of two years; shares of answers add up to all. A row that is missing from
such a sum is withheld, and so is a cell in the column of a size class;
:mod:`doorgroeien.results.suppression` finds what would give it away.

A relation of which all members are published must hold in them; one that does not is none.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from doorgroeien.results.disclosure import CONTRASTED, MEASURED, PARTS, QUANTILE, RULES
from doorgroeien.results.records import Record
from doorgroeien.results.suppression import Relation, consistent, suppressed

__all__ = ["ALL", "PROTECTION", "Linked", "Numbering", "Place"]

ALL = "all"
FULL, QUICK = "full", "quick_scan"  # the form that both waves have, where some scores are of fewer questions
LEVEL, CHANGE = "level", "change"
RANGE = {"percent": (0.0, 100.0), "score": (0.0, 100.0)}
# How wide the interval of a withheld number must be, in points: one of four municipalities, and a step on a
# scale of five answers, is 25; where nearly all are alike it reaches out of what the rule withholds.
PROTECTION = {"few": 25.0, "alike": 10.0}
SLACK = 0.1  # points between the mean of all and that of the size classes, whose weights are known but nearly
CODES = ("variable", "part", "dimension", "item")  # columns that say in a word what is measured
CLASS = ("size_class", "size", "of")  # columns that name a class, and not its difference from the first
SPREADS = {"se", "sd", "deff", "mdc"}  # columns of how far answers, or estimates, lie apart
GAPS = re.compile(r"\bgaps?$")  # ids of what holds differences
SHARE = re.compile(r"^(percent|per cent|share)$")


class Place(NamedTuple):
    """Where a cell is shown: a result, and of a table the row."""

    id: str
    row: int | None = None


class Numbering(NamedTuple):
    """What the instrument and the frame say of numbers.

    ``parts`` maps the code of a whole onto those of its parts, and the share of each in it; ``shares`` maps
    each size class that answered onto its share of all municipalities; ``waves`` are the years, in order.
    Where not all who answered did so on something, ``heard`` maps its code and size class onto the share of
    the class in the mean of all, and on how many municipalities it rests. ``items`` maps what is the mean of
    single questions, a code or the id of a number, onto the share of each, and ``apart`` such a mean, its
    form, a wave and a size class or all onto how far it lies from that; ``names`` maps what tables call
    something onto its code. ``quick`` maps a whole that is another on the quick scan onto its questions, or
    parts, there. ``sums`` maps the id of a number that adds up shares in rows of a table, each as a part of
    one, onto that table, the stem of its column, the size class or all, and how many shares there are.
    """

    parts: Mapping[str, Mapping[str, float]]
    shares: Mapping[str, float]
    waves: Sequence[str]
    heard: Mapping[str, Mapping[str, tuple[float, float]]] = {}
    items: Mapping[str, Mapping[str, float]] = {}
    apart: Mapping[tuple[str, str, str, str], float] = {}
    names: Mapping[str, str] = {}
    quick: Mapping[str, Mapping[str, float]] = {}
    sums: Mapping[str, tuple[str, str, str, int]] = {}


class Key(NamedTuple):
    """What a cell measures, and of whom."""

    of: Any  # a code, or the result and what else names the row
    kind: str
    wave: str
    domain: str
    category: str
    form: str = ""


@dataclass
class _Cell:
    """A number, published or not, with all places that show it."""

    value: float = np.nan
    half: float = np.inf
    low: float = -100.0
    units: float = np.nan
    protection: float = 0.0
    places: list[Place] = field(default_factory=list)


class _Seen(NamedTuple):
    """A number as it stands in one place; ``mark`` is its interval and what it rests on."""

    key: Key
    value: float
    half: float
    low: float
    mark: tuple[float, float, float] | None
    place: Place
    units: float = np.nan  # on how many municipalities it rests, where it says so


class Linked:
    """The cells of an edition, the relations among them, and what else must stay away.

    >>> from doorgroeien.results.linked import Linked, Numbering
    >>> names = ["variable", "size_class", "estimate"]
    >>> rows = [["4a", "all", 52.0], ["4a", "<20k", 50.0]]
    >>> figure = {"kind": "figure", "id": "a.b", "edition": {}, "data": {"columns": names, "rows": rows}}
    >>> figure["left_out"] = {"few": 1}  # the large ones
    >>> numbering = Numbering({}, {"<20k": 0.9, ">=100k": 0.1}, ["2007"])
    >>> Linked([figure], numbering).away
    [Place(id='a.b', row=None)]
    """

    def __init__(
        self,
        records: Iterable[Record],
        numbering: Numbering,
        standing: Collection[str] = (),
        secret: Mapping[tuple[str, str], str] | None = None,
    ) -> None:
        """Read the records of all chapters, as they are published.

        ``standing`` are the ids of those that cannot go any more, for readers have them. ``secret`` are then
        the levels that a rule withholds, by code and size class or all, with the rule: of what is left out of
        a record that stands nobody can tell any more what was and what protects it.
        """
        self.numbering, self.standing = numbering, standing
        answers = [record for record in records if record["edition"] is not None]
        # Results of which rows are withheld, with the widest protection of these.
        self.withholding: dict[str, float] = {
            record["id"]: max((PROTECTION.get(rule, 0.0) for rule in record.get("left_out", {})), default=0.0)
            for record in answers
        }
        self.costs = {
            record["id"]: 1 if record["kind"] == "number" else len(record["data"]["rows"])
            for record in answers
        }
        # Halves of a part have no code.
        of = [parts for whole, parts in numbering.parts.items() if whole not in numbering.items]
        self.codes = {*numbering.parts, *(part for parts in of for part in parts)}
        self.cells: list[_Cell] = []
        self.keys: dict[Key, int] = {}
        drawn = [record for record in answers if record["kind"] != "number"]  # their rows say what they are
        single = [record for record in answers if record["kind"] == "number"]
        self._join([seen for record in drawn + single for seen in self._seen(record)])
        self._standing = [*self.keys]
        means = [*self._means(), *self._sums(single)]
        self.within = [*self._classes(), *self._waves(), *self._categories()]  # of one thing that is measured
        if secret is not None:
            for cell in self.cells:
                cell.protection = 0.0
            for (code, domain), rule in secret.items():
                key = Key(code, LEVEL, numbering.waves[-1], domain, "")
                if key in self.keys and not self._known(key):
                    self.cells[self.keys[key]].protection = PROTECTION[rule]
        self.relations = consistent(self.frame, [*self.within, *means])

    @property
    def frame(self) -> pd.DataFrame:
        """The cells as a table, as :func:`doorgroeien.results.suppression.suppressed` takes them."""
        found = pd.DataFrame(
            [(cell.value, cell.half, cell.low, 100.0, cell.protection) for cell in self.cells],
            columns=["value", "half", "low", "high", "protection"],
        ).astype(float)
        beyond = found.assign(
            high=found[["high", "value"]].max(axis=1), low=found[["low", "value"]].min(axis=1)
        )
        return beyond.assign(half=found["half"].where(found["value"].notna(), 0.0))

    @property
    def away(self) -> list[Place]:
        """The places that must go so that nothing withheld can be computed, at little loss.

        At the least for what is measured by itself, and then, where that leaves something, for all together:
        at once that takes hours where much is withheld.
        """
        places = {
            number: cell.places
            for number, cell in enumerate(self.cells)
            if cell.places and not any(place.id in self.standing for place in cell.places)
        }
        costs = {
            place: float(self.costs[place.id]) if place.row is None else 1.0
            for shown in places.values()
            for place in shown
        }
        found = set[Place]()
        for relations in (consistent(self.frame, self.within), self.relations):
            lost = [number for number, shown in places.items() if {*shown} <= found]
            left = {
                number: [place for place in shown if place not in found]
                for number, shown in places.items()
                if number not in lost
            }
            frame = self.frame
            frame.loc[lost, "value"] = np.nan
            found |= suppressed(frame, relations, left, costs)
        return sorted(found, key=lambda place: (place.id, -1 if place.row is None else place.row))

    @property
    def withheld(self) -> set[Key]:
        """The keys of what stands in a result without its number."""
        return {key for key in self._standing if not self._known(key)}

    @cached_property
    def hidden(self) -> set[tuple[str, str]]:
        """The code and size class of each mean that is not shown, where those of other classes are."""
        last, found = self.numbering.waves[-1], set[tuple[str, str]]()
        for key in [*self.keys]:
            here = isinstance(key.of, str) and key.kind == LEVEL and key.wave == last and not key.category
            if here and key.domain in self.numbering.shares and self._known(key):
                classes = {name: key._replace(domain=name) for name in self.numbering.shares}
                found |= {(key.of, name) for name, one in classes.items() if not self._known(one)}
        return found

    def differences(self, record: Any) -> list[int]:
        """Return the rows of a table or figure with a difference of which a hidden mean is one side.

        Such are differences between the classes of a size and the smallest class, also as coefficients of a
        model, and differences within a class: with the other side they give the hidden one.
        """
        if record["kind"] == "number" or "not_estimable" in record:
            return []
        columns, hidden = record["data"]["columns"], self.hidden
        sizes, base = self.numbering.shares, next(iter(self.numbering.shares), "")
        wide = {size: at for size in sizes for at, name in enumerate(columns) if name == f"{size} estimate"}
        if not (wide or CONTRASTED & {*columns}):
            return []
        within = any(columns[at] in CLASS for at, _ in _named(record["data"]["rows"], sizes))
        found = []
        for number, row in enumerate(record["data"]["rows"]):
            cells = {self.numbering.names.get(cell, cell) for cell in row if isinstance(cell, str)}
            codes = {cell for cell in cells if cell in self.codes}
            named = {size for _, size in _named([row], sizes)}
            named |= {size for size, at in wide.items() if row[at] is not None}
            if within:  # two things in one class
                codes = {code for code in self.codes if {code[0]} & {one[0] for one in codes}}
            elif named:
                named |= {base}
            if any((code, size) in hidden for code in codes for size in named):
                found.append(number)
        return found

    def spreads(self, record: Any) -> list[int]:
        """Return the rows of a table or figure with the error or spread of a hidden mean, and not the mean.

        How far answers lie apart tells near an end of the scale where they lie.
        """
        if record["kind"] == "number" or "not_estimable" in record:
            return []
        frame = pd.DataFrame(record["data"]["rows"], columns=record["data"]["columns"])
        if not SPREADS & {*frame} or any(MEASURED.search(name) for name in frame):
            return []
        found = []
        for number, row in enumerate(frame.itertuples(index=False)):
            cells = {self.numbering.names.get(cell, cell) for cell in row if isinstance(cell, str)}
            if any(code in cells and size in cells for code, size in self.hidden):
                found.append(number)
        return found

    def _seen(self, record: Record) -> Iterator[_Seen]:
        """Return the numbers of one record that can be a member of a sum, or a copy of one."""
        if "not_estimable" in record:
            return
        if record["kind"] != "number":
            yield from self._rows(record)
            return
        if record["unit"] not in ("percent", "score", "points", "percentage points"):
            return
        words = record["id"].split(".")[1:]
        kind = LEVEL if record["unit"] in RANGE else CHANGE
        named = words[-1] in self.codes and (kind == LEVEL or "change" in words)
        of = words[-1] if named else Place(record["id"])
        key = Key(of, kind, self.numbering.waves[-1], ALL, "", self._form(of, kind == CHANGE))
        value = record["value"] if isinstance(record["value"], int | float) else np.nan
        ends = record["low"], record["high"]
        towns = (record.get("rests") or {"municipalities": None})["municipalities"]
        low = -100.0 if _falls([value], record["unit"]) else 0.0
        mark = _mark(*ends, record["n"])
        half = _half(value, ends, towns)
        yield _Seen(self._named_so(key), value, half, low, mark, Place(record["id"]))

    def _rows(self, record: Any) -> Iterator[_Seen]:
        """Return the numbers in the rows of a figure or table."""
        frame = pd.DataFrame(record["data"]["rows"], columns=record["data"]["columns"])
        values = {name: {*frame[name].dropna()} for name in frame}
        texts = [name for name in frame if any(isinstance(cell, str) for cell in values[name])]
        domain = next((name for name in texts if values[name] <= {ALL, *self.numbering.shares}), None)
        category = next((name for name in texts if name in PARTS), None)
        code = next((name for name in texts if name in CODES), None) or self._named(record, frame, texts)
        wave = "wave" if "wave" in frame else None
        taken = [name for name in (code, domain, category, wave) if name]
        alone = code is not None and not frame.duplicated(taken).any()  # then all other words follow
        others = [
            name for name in (*texts, QUANTILE) if name in frame and (name == code or name not in taken)
        ]
        units = {column["name"]: column["unit"] for column in record.get("columns", [])}
        headed = {column["name"]: column["label"] for column in record.get("columns", [])}
        # Where each row has its year, these are the levels of which a change is the difference.
        changes = {"of", "minus"} <= {*frame} or ("change" in record["id"] and not wave)
        differs = changes or bool(GAPS.search(record["id"])) or "contrast" in frame
        rows = frame.to_dict("records")
        for name in frame:
            # A column for each size class, by its name or its heading.
            within = next((each for each in (name, headed.get(name)) if each in self.numbering.shares), None)
            if not (within or MEASURED.search(name) or SHARE.search(name)):
                continue
            stem = "" if within else SHARE.sub("", MEASURED.sub("", name)).strip(" _")
            kind = CHANGE if "change" in stem or (changes and not wave) else LEVEL
            low = -100.0 if differs or _falls(values[name], units.get(name)) else 0.0
            ends = [name.replace("estimate", end) for end in ("ci_low", "ci_high", "n")]
            # Whoever answered is of some class: a cell without a number there is one that is left out.
            lost = self.withholding[record["id"]] if within in self.numbering.shares else 0.0
            for number, row in enumerate(rows):
                value = np.nan if lost and row[name] is None else row[name]
                if not isinstance(value, int | float) or (np.isnan(value) and not lost):
                    continue
                own = (record["id"], stem, *(str(row[key]) for key in others))
                known = alone and not (kind == LEVEL and differs) and stem in ("", CHANGE)
                known = known and bool(within or "estimate" in name)  # a mean of who answered all is another
                of = self.numbering.names.get(row[code], row[code]) if known else own
                key = Key(
                    of,
                    kind,
                    self.numbering.waves[-1] if wave is None else str(row[wave]).removesuffix(".0"),
                    within or (row[domain] if domain else ALL),
                    str(row[category]) if category else "",
                    self._form(of, kind == CHANGE or (wave is not None and "sens_low" not in frame)),
                )
                beside = [row.get(end) for end in ends if end != name]
                mark = None if within or "estimate" not in name else _mark(*beside)
                place = Place(record["id"], None if record["kind"] == "figure" else number)
                counted = name.replace("estimate", "units") if name != within else ""
                count = row.get(counted if counted != name else "units")
                towns = float(count) if isinstance(count, int | float) else np.nan
                half = _half(value, beside[:2], towns)
                yield _Seen(self._named_so(key), value, half, low, mark, place, towns)

    def _form(self, of: Any, compared: bool) -> str:
        """Return on what form something is measured: in two years it is on that which both have."""
        return QUICK if compared and isinstance(of, str) and of in self.numbering.quick else ""

    def _named_so(self, key: Key) -> Key:
        """Return a key in which a part that is one question on its form is called after that."""
        of = self.numbering.quick.get(key.of, {}) if key.form else {}
        return key._replace(of=next(iter(of)), form="") if len(of) == 1 else key

    def _named(self, record: Any, frame: pd.DataFrame, texts: Iterable[str]) -> str | None:
        """Return the column that names parts in words, in a table of scores."""
        units = {column["name"]: column["unit"] for column in record.get("columns", [])}
        if units.get("estimate") != "score" or {*frame.get("unit", ["score"])} != {"score"}:
            return None
        return next((name for name in texts if {*frame[name]} & {*self.numbering.names}), None)

    def _join(self, all_seen: list[_Seen]) -> None:
        """Make one cell of what is the same number, by its key or by its value and all it rests on."""
        marked: dict[float, list[tuple[_Seen, int]]] = {}
        for seen in all_seen:
            number = self.keys.get(seen.key)
            if number is not None and not self._agrees(number, seen):
                seen = seen._replace(key=seen.key._replace(of=(seen.place, seen.key.of)))
                number = self.keys.get(seen.key)
            copies = marked.setdefault(seen.mark[2], []) if seen.mark else []
            if number is None:
                number = next((at for other, at in copies if _same(seen, other)), None)
            if number is None:
                number = len(self.cells)
                self.cells.append(_Cell(low=seen.low, units=seen.units))
            copies.append((seen, number))
            self.keys.setdefault(seen.key, number)
            cell = self.cells[number]
            if not np.isnan(seen.value):
                cell.places.append(seen.place)
                if seen.half < cell.half:
                    cell.value, cell.half = seen.value, seen.half

    def _agrees(self, number: int, seen: _Seen) -> bool:
        cell = self.cells[number]
        unknown = np.isnan(cell.value) or np.isnan(seen.value)
        return bool(unknown or abs(cell.value - seen.value) <= cell.half + seen.half + 1e-6)

    def _member(self, key: Key, like: Iterable[Key]) -> int | None:
        """Return the cell with a key; one that a result lacks which withholds others like it is withheld."""
        if key in self.keys:
            cell = self.cells[self.keys[key]]
            if np.isnan(cell.value):
                cell.protection = max(cell.protection, 10.0)
            return self.keys[key]
        shown = {place.id for one in like for place in self.cells[self.keys[one]].places}
        protection = max((self.withholding[id] for id in shown), default=0.0)
        if not protection:
            return None
        low = min(self.cells[self.keys[one]].low for one in like)
        self.cells.append(_Cell(low=low, protection=protection))
        self.keys[key] = len(self.cells) - 1
        return self.keys[key]

    def _holds(self, relation: Relation) -> bool:
        """Tell whether a relation holds in what is published; where something is missing it is taken to."""
        cells = [self.cells[number] for number in relation.terms]
        room = sum(
            abs(factor) * cell.half for factor, cell in zip(relation.terms.values(), cells, strict=True)
        )
        off = self._off(relation)
        return not off or off <= room + 10 * relation.slack + 1e-6

    def _off(self, relation: Relation) -> float:
        """Return how far the numbers as they are published are from a relation; 0 where one is missing."""
        values = [self.cells[number].value for number in relation.terms]
        if np.isnan(values).any():
            return 0.0
        return float(abs(np.dot([*relation.terms.values()], values) - relation.total))

    def _elsewhere(self, key: Key) -> list[Key]:
        """Return the same number of others, or of another year."""
        return [one for one in self.keys if one[:2] == key[:2] and one[4:] == key[4:] and one != key]

    def _beside(self, key: Key) -> list[Key]:
        """Return the numbers that stand where one would: of other parts, or other questions."""
        forms = {code: key.form if code in self.numbering.quick else "" for code in self._kin.get(key.of, ())}
        same = [key._replace(of=code, form=form) for code, form in forms.items()]
        return [one for one in same if one in self.keys]

    @cached_property
    def _kin(self) -> dict[Any, set[str]]:
        """The codes that tables have beside a code: all parts of a whole, or all questions of a dimension."""
        groups: dict[str, set[str]] = {}
        for whole, of in self.numbering.parts.items():
            groups.setdefault(whole, set()).update(of)
        for whole, items in self.numbering.items.items():
            dimension = whole[0] if whole in self.codes else whole
            groups.setdefault(f"items of {dimension}", set()).update(items)
        found: dict[Any, set[str]] = {}
        for group in groups.values():
            for code in group:
                found.setdefault(code, set()).update(group)
        return found

    def _related(
        self, keys: Mapping[Key, float], slack: float = 0.0, beside: bool = False
    ) -> Iterator[Relation]:
        """Return the relation among cells with these keys, if they are there and it holds.

        One that is nowhere would stand where the others of the relation do; with ``beside``, of a mean, where
        it stands of others or in another year, or if it is not the mean itself beside others like it.
        """
        there = [key for key in keys if key in self.keys]
        terms: dict[int, float] = {}
        for key, factor in keys.items():
            like = there
            if beside:
                like = self._elsewhere(key) + (self._beside(key) if factor > 0 else [])
            member = self._member(key, like)
            if member is None or member in terms:
                return
            terms[member] = factor
        relation = Relation(terms, slack=slack)
        if self._holds(relation):  # and then all of them hold at once, in the numbers as they are published
            yield Relation(terms, slack=max(slack, self._off(relation)))

    def _classes(self) -> Iterator[Relation]:
        """A mean of all is that of the size classes; what it and some of them leave is that of the others."""
        shares = self.numbering.shares
        for key in [*dict.fromkeys(key._replace(domain=ALL) for key in self.keys if key.domain in shares)]:
            if key not in self.keys:
                continue
            heard = self.numbering.heard.get(key.of, {}) if key.kind == LEVEL and not key.category else {}
            if key.wave != self.numbering.waves[-1]:
                heard = {}
            mine = {name: heard[name][0] for name in shares if name in heard} or dict(shares)
            of = {name: key._replace(domain=name) for name in mine}
            shown = {name: of[name] for name in mine if self._known(of[name])}
            keys = {key: -1.0} | {of[name]: share for name, share in mine.items()}
            yield from self._related(keys, SLACK)
            lost = {name: mine[name] for name in mine if name not in shown}
            if lost and self._few_left(key, shown, heard, lost):
                yield from self._left(key, shown, mine, sum(lost.values()))

    def _known(self, key: Key) -> bool:
        """Tell whether a number is published under a key."""
        return key in self.keys and not np.isnan(self.cells[self.keys[key]].value)

    def _few_left(
        self,
        key: Key,
        shown: Mapping[str, Key],
        heard: Mapping[str, tuple[float, float]],
        lost: Iterable[str],
    ) -> bool:
        """Tell whether the classes that are not shown have together too few municipalities for a result."""
        all_ = self.cells[self.keys[key]].units
        left = all_ - sum(self.cells[self.keys[one]].units for one in shown.values())
        if np.isnan(left):
            left = sum(heard[name][1] for name in lost) if heard else np.nan
        return bool(0 < left < RULES.least)

    def _left(
        self, key: Key, shown: Mapping[str, Key], mine: Mapping[str, float], share: float
    ) -> Iterator[Relation]:
        """All who are not shown, taken together, are as a class of their own that is withheld."""
        there = [key, *shown.values()]
        places = {place.id for one in there for place in self.cells[self.keys[one]].places}
        if any(self.withholding[id] for id in places):
            low = min(self.cells[self.keys[one]].low for one in there)
            self.cells.append(_Cell(low=low, protection=PROTECTION["few"]))
            terms = {self.keys[key]: -1.0, len(self.cells) - 1: share}
            terms |= {self.keys[one]: mine[name] for name, one in shown.items()}
            yield Relation(terms, slack=SLACK)

    def _means(self) -> Iterator[Relation]:
        """A whole is the mean of its parts, a part that of its questions, whoever is taken together."""
        full, quick = self.numbering.parts, self.numbering.quick
        for whole, of in (*full.items(), *self.numbering.items.items()):
            yield from self._mean(whole, of, "")
        for whole, of in quick.items():
            if len(of) > 1:
                yield from self._mean(whole, of, QUICK)
            if {*of} & {*quick}:  # of the questions themselves, for parts are shown where they have several
                each = [
                    (item, share * own)
                    for part, share in of.items()
                    for item, own in quick.get(part, {part: 1.0}).items()
                ]
                yield from self._mean(whole, dict(each), QUICK)

    def _sums(self, numbers: Iterable[Any]) -> Iterator[Relation]:
        """A number that adds up shares in rows of a table is their mean, as often as there are rows.

        What the table has in no row, of any size class or of all, is withheld as well.
        """
        for record in numbers:
            table, stem, domain, count = self.numbering.sums.get(record["id"], ("", "", "", 0))
            value = record["value"]
            rows = [key for key in self.keys if isinstance(key.of, tuple) and key.of[:2] == (table, stem)]
            of = dict.fromkeys(key._replace(domain=domain) for key in rows)
            if not of or not isinstance(value, int | float):
                continue
            first = rows[0]._replace(domain=domain)
            of |= dict.fromkeys(first._replace(of=(table, stem, at)) for at in range(len(of), count))
            mean, half = (100 * number / len(of) for number in (value, _written(value)))
            total = Key(Place(record["id"]), LEVEL, rows[0].wave, domain, "")
            self.keys[total] = len(self.cells)
            self.cells.append(_Cell(mean, half, 0.0, places=[Place(record["id"])]))
            yield from self._related({total: -1.0} | dict.fromkeys(of, 1 / len(of)))

    def _mean(self, whole: str, of: Mapping[str, float], form: str) -> Iterator[Relation]:
        """Return the relations between what is measured on a form and what it is the mean of."""
        quick = self.numbering.quick
        forms = {part: form if part in quick else "" for part in of}
        mine: Any = Place(whole) if "." in whole else whole
        last = self.numbering.waves[-1]
        named = {(mine, form), *(forms.items() if mine in self.codes else ())}  # else nothing of its kind is
        wanted = [
            key._replace(of=mine, form=form)
            for key in [*self.keys]
            if not key.category and (key.of, key.form) in named
        ]
        for key in dict.fromkeys(wanted):
            if form == "" and whole in self.numbering.quick and (key.wave != last or key.kind == CHANGE):
                continue  # which is measured on the quick scan
            of_it = {
                self._named_so(key._replace(of=part, form=forms[part])): share for part, share in of.items()
            }
            slack = self.numbering.apart.get((whole, form or FULL, key.wave, key.domain), 0.0)
            yield from self._related({key: -1.0} | of_it, slack, beside=True)

    def _waves(self) -> Iterator[Relation]:
        """A change is the difference of two years."""
        if len(self.numbering.waves) < 2:
            return
        first, last = self.numbering.waves[-2:]
        for key in [key for key in self.keys if key.kind == CHANGE]:
            now = key._replace(kind=LEVEL, wave=last)
            then = now._replace(wave=first)
            if now in self.keys or then in self.keys:
                yield from self._related({key: -1.0, now: 1.0, then: -1.0})

    def _categories(self) -> Iterator[Relation]:
        """The shares of all answers to a question are a hundred per cent."""
        wholes: dict[Key, list[Key]] = {}
        for key in self.keys:
            if key.category:
                wholes.setdefault(key._replace(category=""), []).append(key)
        for keys in wholes.values():
            relation = Relation({self.keys[key]: 1.0 for key in keys}, 100.0)
            if len(relation.terms) == len(keys) and self._holds(relation):
                yield relation


def _named(rows: Iterable[Sequence[Any]], sizes: Iterable[str]) -> set[tuple[int, str]]:
    """Return in which columns rows name size classes, alone or among other words, and which.

    >>> from doorgroeien.results.linked import _named
    >>> sorted(_named([["internal", "20k-50k inhabitants"]], ["<20k", "20k-50k"]))
    [(1, '20k-50k')]
    """
    patterns = {size: re.compile(rf"(?<![\w<>=-]){re.escape(size)}(?![\w-])") for size in sizes}
    return {
        (at, size)
        for row in rows
        for at, cell in enumerate(row)
        if isinstance(cell, str)
        for size, pattern in patterns.items()
        if pattern.search(cell)
    }


def _half(value: float, ends: Iterable[Any] = (), towns: float | None = None) -> float:
    """Return half a unit of the last digit in which a number is published, by what stands beside it.

    A whole number may be rounded to one, or to a multiple by which a mean of so many ``towns`` is; unless the
    ``ends`` of its interval have decimals.

    >>> from doorgroeien.results.linked import _half
    >>> _half(51.37), _half(50.0, [44.2, 55.8]), _half(52.0, [40.0, 64.0]), _half(52.0, [40.0, 64.0], 11)
    (0.005, 0.05, 0.5, 1.0)
    """
    if np.isnan(value):
        return np.inf
    known = [one for one in (value, *ends) if isinstance(one, int | float) and not np.isnan(one) and one % 1]
    if known:
        return max(map(_written, known)) if value % 1 == 0 else _written(value)
    step = 1.0 if towns is None or np.isnan(towns) else max(RULES.coarsest(towns), 1.0)
    return step / 2 if value % step == 0 else 0.5


def _written(value: float) -> float:
    """Return half a unit of the last digit in which a number is written.

    >>> from doorgroeien.results.linked import _written
    >>> _written(51.37), _written(50.0)
    (0.005, 0.05)
    """
    text = repr(float(value))
    digits = 12 if "e" in text else len(text.partition(".")[2])
    return 0.5 * 10.0**-digits


def _falls(values: Iterable[Any], unit: str | None) -> bool:
    """Tell whether numbers are differences, which may be below nought."""
    return unit in ("points", "percentage points") or any(
        isinstance(value, int | float) and value < 0 for value in values
    )


def _mark(low: Any, high: Any, n: Any) -> tuple[float, float, float] | None:
    """Return the interval of a number and on how many it rests, where it has all three."""
    known = all(isinstance(each, int | float) and not np.isnan(each) for each in (low, high, n))
    return (float(low), float(high), float(n)) if known else None


def _same(one: _Seen, other: _Seen) -> bool:
    """Tell whether two numbers are one: alike in value and interval, as far as both are written."""
    assert one.mark and other.mark
    if one.place.id == other.place.id:
        return False  # rows of one table are different numbers
    pairs = ((one.value, other.value), *zip(one.mark[:2], other.mark[:2], strict=True))
    return all(abs(a - b) <= _written(a) + _written(b) for a, b in pairs)
