"""Read a list of municipalities: a frame to draw from, or a sample that was drawn."""

from pathlib import Path

import pandas as pd
import pyarrow as pa

from doorgroeien.data.checking import Block, Meaning, check_keys
from doorgroeien.data.faults import DataError, grouped, single
from doorgroeien.intake.fielding.export import only_sheet
from doorgroeien.intake.notation import Marks
from doorgroeien.intake.readers.blocks import Unreadable
from doorgroeien.intake.readers.opening import open_table
from doorgroeien.intake.spelling import fold, spelled
from doorgroeien.intake.translation import Unmapped, read_cells
from doorgroeien.survey.frame import with_codes

__all__ = ["read_list"]

CODED = ("cbs_code", "municipality", "successor")  # columns that hold CBS codes, or names


def read_list(path: Path, resource: dict) -> pd.DataFrame:
    """Return the columns of a ``resource`` of a data package from the table in a file.

    Other columns may stand there too. CBS codes get the four digits of which Excel takes the zeros off.
    Raises ``DataError`` with all that is wrong.
    """
    name = str(path)
    try:
        reader = open_table(path, name, only_sheet(path, name))
        faults = list(_heads(reader.header, resource, name))
        rows = pd.DataFrame()
        if not faults:
            rows, faults = _rows(reader, resource["schema"]["fields"], name)
            if not any(faults):
                faults += check_keys(rows, resource, name)
    except Unreadable as error:
        faults = [error.fault]
    if problems := grouped(faults):
        raise DataError(problems)
    return rows


def _heads(header, resource, name):
    """Give what is wrong with the heads of the columns in use."""
    heads = [fold(head) for head in header]
    wanted = [spec["name"] for spec in resource["schema"]["fields"]]
    if missing := [column for column in wanted if column not in heads]:
        remedy = "Add or rename them; other columns may stay."
        found = ", ".join(header[:8])
        yield single(name, f"also the columns {', '.join(missing)}", remedy, row=1, value=found)
    for column in wanted:
        if heads.count(column) > 1:
            yield single(name, "each column once", "Remove one of them.", row=1, column=column)


def _rows(reader, fields, name):
    heads = [fold(head) for head in reader.header]
    places = {spec["name"]: heads.index(spec["name"]) for spec in fields}
    reader.wanted = set(places.values())
    marks = {spec["name"]: Marks(dutch=reader.decimal_comma) for spec in fields}
    meanings: dict[str, Meaning] = {
        spec["name"]: Unmapped(spec, {}, {}, marks[spec["name"]], reader.epoch) for spec in fields
    }
    blocks = (
        Block(one.rows, [_spelled(one.columns[place], column) for column, place in places.items()])
        for one in reader.blocks
        if one.columns
    )
    rows, faults = read_cells(blocks, meanings, name)
    if rows.empty and not reader.faults:
        faults.append(single(name, "rows below the header", "Fill the table.", row=2))
    for spec in fields:
        for ambiguous, doubt, value in marks[spec["name"]].doubts() if spec["type"] == "integer" else ():
            if ambiguous:
                remedy = "Write the numbers without marks."
                faults.append(single(name, doubt, remedy, row=1, column=spec["name"], value=value))
    return rows, [*reader.faults, *faults]


def _spelled(texts, column):
    """Return the texts of a column with plain spaces, and CBS codes of four digits."""
    texts = spelled(texts)
    return pa.array(with_codes(texts.to_pandas()), pa.string()) if column in CODED else texts
