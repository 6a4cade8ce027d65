"""What mirror reports tell of others, held together with what the book publishes.

Whoever has a report reads the book too, and municipalities may lay their reports side by side. So what all
reports say of others is read beside the book as :mod:`doorgroeien.publishing.gate` reads the chapters: what
the book withholds is in no report, and neither is what would give it away. The book stands as it is, so only
reports can lose something.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from doorgroeien.publishing.real_answers import BuildError
from doorgroeien.publishing.workspace import WITHHELD
from doorgroeien.results.linked import PROTECTION, Linked, Numbering, Place
from doorgroeien.survey.mirror import EVERYBODY

__all__ = ["giving_away", "published"]

COLUMNS = ["variable", "size_class", "estimate", "ci_low", "ci_high", "n", "units"]
UNITS = {"levels": "score", "items": "score", "changes": "points"}
KINDS = ("numbers", "figures", "tables")


def published(folder: Path) -> list[Any]:
    """Return the records of the book that was built into a folder, with the rules behind what is left out.

    Raises :class:`BuildError` where none was.
    """
    try:
        found = json.loads((folder / "html" / "results" / "results.json").read_text(encoding="utf-8"))
        listed = pd.read_csv(folder / WITHHELD)
    except FileNotFoundError:
        raise BuildError(
            "The book on these answers is not built yet. A report tells of others no more than the book "
            "leaves open, so build that first: SURVEY=... make book."
        ) from None
    rules: dict[str, dict[str, int]] = {}
    for rule, id, rows in listed[["rule", "id", "rows"]].itertuples(index=False):
        rules.setdefault(id, {})[rule] = int(rows)
    records = [record for kind in KINDS for record in found[kind] if record["edition"]]
    return [
        record | {"left_out": rules[record["id"]]} if "left_out" in record else record for record in records
    ]


def giving_away(compared: pd.DataFrame, records: Sequence[Any], numbering: Numbering) -> "pd.Series[bool]":
    """Tell which rows of ``Mirrors.compared`` are withheld in the book, or would give away what is.

    ``records`` are those of the book; without any, reports are held together with each other alone.
    """
    away = pd.Series(False, compared.index)
    ids, hidden = [record["id"] for record in records], Linked(records, numbering).withheld
    if hidden:
        made = _records(compared, away)
        beside = Linked([*records, *(record for record, _ in made)], numbering)
        _take(away, made, [place for key in hidden for place in beside.cells[beside.keys[key]].places])
    broken = compared[compared["rule"].isin(PROTECTION) & (compared["table"] != "changes")]
    secret = {(row.variable, row.size_class): row.rule for row in broken.itertuples()}
    made = _records(compared, away)
    beside = Linked([*records, *(record for record, _ in made)], numbering, ids, secret)
    _take(away, made, beside.away)
    return away


def _records(compared: pd.DataFrame, away: "pd.Series[bool]") -> list[tuple[Any, "pd.Index[Any]"]]:
    """Return what reports say of others as chapters would, with which rows of ``compared`` each record has.

    All municipalities and the size classes are apart: where a class is left out, nothing is of all.
    """
    found, told = [], compared["rule"].isna()
    for (table, of_all), rows in compared.groupby(["table", compared["size_class"].eq(EVERYBODY)]):
        shown = rows[(told & ~away)[rows.index]]
        cells = shown[COLUMNS].astype(object)
        record = {
            "kind": "table",
            "id": f"mirror.{table}.{'all' if of_all else 'classes'}",
            "edition": {},
            "columns": [{"name": "estimate", "label": "", "unit": UNITS[table]}],
            "data": {"columns": COLUMNS, "rows": cells.where(cells.notna(), None).to_numpy().tolist()},
            "left_out": rows.loc[~told[rows.index], "rule"].value_counts().to_dict(),
        }
        found.append((record, shown.index))
    return found


def _take(
    away: "pd.Series[bool]", made: Iterable[tuple[Any, "pd.Index[Any]"]], places: Iterable[Place]
) -> None:
    """Note that the rows of ``compared`` go which stand in these places of its records."""
    rows = {record["id"]: index for record, index in made}
    for place in places:
        if place.id in rows and place.row is not None:
            away[rows[place.id][place.row]] = True
