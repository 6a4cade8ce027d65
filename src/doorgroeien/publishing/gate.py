"""The last gate before pages: all that chapters publish, held together, and said without the rule behind it.

Every way from notebooks to pages leads through :func:`gated`. Chapters have withheld what breaks a rule of
disclosure by itself. Here goes what would give that away: the same estimate wherever else it stands and what
follows from it, by :mod:`doorgroeien.results.held`, and what it could be computed from, by
:mod:`doorgroeien.results.linked`. What goes is a number, the row of a table, or a figure as a whole, for what
is drawn cannot be taken out of a picture.

Which rule withheld something can tell what was withheld, as where it says that nearly all are alike: pages
have one word for all, and the rules stand in a list for the owner of the answers, beside the site.
"""

import copy
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from doorgroeien.estimation.estimable import REASONS
from doorgroeien.publishing.estimability import not_estimable
from doorgroeien.publishing.numbering import numbering_of
from doorgroeien.publishing.workspace import WITHHELD
from doorgroeien.results.formats import LANGUAGES
from doorgroeien.results.held import Held, Kept, Mark, copied
from doorgroeien.results.linked import PROTECTION, Linked
from doorgroeien.results.records import Bilingual, Record
from doorgroeien.results.register import KEPT, MIME, numbers_bundle, records, table_bundle, without_rows

__all__ = ["LINKED", "WITHHELD", "gated", "leave_list", "withheld"]

FOLLOWS = "follows"  # the rule by which something goes that follows from what is withheld
LINKED = "linked"  # the rule by which something goes that would give away what another rule withholds
TELLING = "telling"  # what pages say in the place of every rule
HIDDEN = "hidden"  # and of what is not estimable, or not there, in the place of these two reasons
HIDING = "few", "telling"
COLUMNS = ["page", "rule", "id", "rows"]


def gated(executed: Mapping[Path, Any], root: Path) -> tuple[dict[Path, Any], pd.DataFrame]:
    """Return executed notebooks as pages may show them, and the list of what is withheld for their owner.

    The list has the columns ``page, rule, id`` and how many ``rows``, 0 for a whole result.
    """
    shown = {path: copy.deepcopy(notebook) for path, notebook in executed.items()}
    kept = _kept(shown)
    held = Held(Mark(*each) for own in kept.values() for each in own.get("held", ()))
    fewer: set[str] = set()  # tables of which rows went here, which no chapter could leave out of a count
    _take_copies(shown, held, kept, fewer)
    away: dict[str, list[int | None]] = {}
    answers = [record for _, _, record in _each(shown) if record["edition"]]
    open_ = any(rule in PROTECTION for record in answers for rule, *_ in withheld(record))
    numbering = numbering_of(root) if open_ else None
    for place in Linked(answers, numbering).away if numbering else ():
        away.setdefault(place.id, []).append(place.row)
    for _, output, record in _each(shown):
        if record["id"] in away:
            rows = dict.fromkeys((row for row in away[record["id"]] if row is not None), LINKED)
            held.add(copied(record, rows))
            _take_away(record, rows, LINKED, kept)
            _write(output)
            fewer.add(record["id"])
    if numbering:
        _take_differences(shown, Linked(answers, numbering), kept, fewer)
    _take_copies(shown, held, kept, fewer)
    listed = pd.DataFrame(
        [
            (path.with_suffix("").as_posix(), *line)
            for path, _, record in _each(shown)
            for line in withheld(record)
        ],
        columns=COLUMNS,
    )
    for _, output, record in _each(shown):
        if "rule" in record:
            record["rule"] = TELLING
        if "left_out" in record:
            record["left_out"] = {TELLING: sum(record["left_out"].values())}
        if record["edition"] and _say_one_reason(record):
            _write(output)
    return shown, listed.drop_duplicates()


def withheld(record: Record) -> Iterable[tuple[str, str, int]]:
    """Return under which rules something of a record is withheld: ``rule, id`` and how many ``rows``."""
    if record["kind"] == "number":
        if "withheld" in record:
            yield record["rule"], record["id"], 0
    else:
        for rule, rows in record.get("left_out", {}).items():
            yield rule, record["id"], rows
    if record.get("not_estimable", {}).get("en") in (REASONS[TELLING][0], REASONS[HIDDEN][0]):
        yield TELLING, record["id"], 0


def leave_list(listed: pd.DataFrame, folder: Path) -> None:
    """Write the owner's list into the folder that holds the site, or will."""
    folder.mkdir(parents=True, exist_ok=True)
    listed.to_csv(folder / WITHHELD, index=False, lineterminator="\n")


def _each(executed: Mapping[Path, Any]) -> Iterable[tuple[Path, Any, Any]]:
    """Return the records of notebooks, each with the output that holds it.

    A notebook keeps copies of what is written into it: each record is read when it is its turn, for one
    beside it may have been written in the meantime.
    """
    for path, notebook in executed.items():
        for cell in notebook["cells"]:
            for output in cell.get("outputs", []):
                for at in range(len(records([output]))):
                    yield path, output, records([output])[at]


def _kept(shown: Mapping[Path, Any]) -> dict[str, Kept]:
    """Take what notebooks keep beside records for the gate out of them, and return it by id."""
    found: dict[str, Kept] = {}
    for notebook in shown.values():
        for cell in notebook["cells"]:
            for output in cell.get("outputs", []):
                found |= output.get("data", {}).get(MIME, {}).pop(KEPT, {})
    return found


def _take_copies(shown: Mapping[Path, Any], held: Held, kept: Mapping[str, Kept], fewer: set[str]) -> None:
    """Take away what is withheld wherever else it stands, and what follows from it, until nothing is left.

    ``fewer`` are the tables of which rows went, to which those are added of which rows go.
    """
    going, first = True, True
    while going:
        gone = fewer | {record["id"] for _, _, record in _each(shown) if _is_away(record)}
        going = False
        for _, output, record in _each(shown):
            if not record["edition"] or _is_away(record) or "not_estimable" in record:
                continue
            rows = held.rows(record) if first else {}
            own = kept.get(record["id"], {})
            for at, behind in enumerate(own.get("rows", ()) if first else ()):
                if rule := _rule(held, behind):
                    rows.setdefault(at, rule)
            rule = _rule(held, own.get("of", ()))
            if rule is None and gone & {*own.get("follows", ())}:
                rule = FOLLOWS
            if rule is None and rows:
                rule = rows[min(rows)]
            if rule is not None:
                _take_away(record, rows, rule, kept)
                _write(output)
                fewer.add(record["id"])
                going = True
        first = False


def _take_differences(
    shown: Mapping[Path, Any], linked: Linked, kept: Mapping[str, Kept], fewer: set[str]
) -> None:
    """Take away the differences between a mean that is withheld and one that is not, and its spread."""
    for _, output, record in _each(shown):
        rows = linked.differences(record) + linked.spreads(record) if record["edition"] else []
        if rows:
            _take_away(record, dict.fromkeys(rows, LINKED), LINKED, kept)
            _write(output)
            fewer.add(record["id"])


def _say_one_reason(record: Any) -> bool:
    """Let a record say that few answered, or that it would tell, in the same words; tell whether it said so.

    That it is not the one leaves the other. Words and cells of tables may hold a reason too.
    """
    said = False
    if _known(record.get("not_estimable")) in {REASONS[name][0] for name in HIDING}:
        said = True
        if record["kind"] == "number":
            record["not_estimable"] = _reason(HIDDEN)
        else:
            lost = not_estimable(record, _reason(HIDDEN), record["edition"])
            record.clear()
            record.update(lost)
    holders = [record["value"]] if record["kind"] == "number" else record["data"]["rows"]
    for holder in (one for one in holders if isinstance(one, dict | list)):
        for at, cell in holder.items() if isinstance(holder, dict) else enumerate(holder):
            if isinstance(cell, str) and (told := _in_one_reason(cell)) != cell:
                holder[at], said = told, True
    return said


def _known(reason: Any) -> str | None:
    return reason["en"] if reason else None


def _in_one_reason(text: str) -> str:
    """Return a text in which either reason, by itself or after what it is a reason for, is told as both."""
    for place in range(len(LANGUAGES)):
        said = "|".join(re.escape(REASONS[name][place]) for name in HIDING)
        text = re.sub(rf"(^|: )({said})(?=$|;)", rf"\g<1>{REASONS[HIDDEN][place]}", text)
    return text


def _rule(held: Held, marks: Iterable[Iterable[Any]]) -> str | None:
    """Return the rule that withholds one of some estimates, if one does."""
    rules = {held.rule(Mark(*each), exact=True) for each in marks} - {None}
    return next(iter(sorted(map(str, rules))), None)


def _is_away(record: Any) -> bool:
    """Tell whether a number is withheld, or a table or figure as a whole."""
    lost = record.get("not_estimable", {}).get("en")
    return bool(record.get("withheld")) or lost in (REASONS[TELLING][0], REASONS[HIDDEN][0])


def _take_away(record: Any, rows: Mapping[int, str], rule: str, kept: Mapping[str, Kept]) -> None:
    """Take a number, rows of a table, or a whole figure out of a record, in place; ``rows`` have rules."""
    if record["kind"] == "number":
        record.update(dict.fromkeys(("value", "low", "high", "se", "n", "interval")))
        record.update({"withheld": True, "rule": rule})
        for name in ("rests", "df", "silent"):
            record.pop(name, None)
    elif record["kind"] == "table" and len(rows) < len(record["data"]["rows"]):
        without_rows(record, rows)
        own = kept.get(record["id"], {})
        if "rows" in own:
            own["rows"] = [behind for at, behind in enumerate(own["rows"]) if at not in rows]
    else:
        lost = not_estimable(record, _reason(TELLING), record["edition"])
        record.clear()
        record.update(lost)


def _reason(name: str) -> Bilingual:
    english, dutch = REASONS[name]
    return {"en": english, "nl": dutch}


def _write(output: Any) -> None:
    """Write an output anew from its records."""
    found = records([output])
    record: Any = found[0]
    if record["kind"] == "number":
        output["data"] = numbers_bundle(found)
    elif "not_estimable" in record:
        output["data"] = {"text/plain": f"{record['id']}: not shown", MIME: {"records": found}}
    else:
        output["data"] = table_bundle(record)
