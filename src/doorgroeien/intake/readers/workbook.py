"""Read a sheet of an Excel workbook, and notice what cannot be a plain cell."""

import re
import zipfile
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime, time

import numpy as np
import openpyxl
import pyarrow as pa

from doorgroeien.data.checking import Block
from doorgroeien.data.faults import single
from doorgroeien.intake.readers.blocks import ROWS, Reader, Unreadable, whole
from doorgroeien.intake.spelling import same_name

__all__ = ["filled_sheets", "open_sheet", "sheet_names"]

OLE = bytes.fromhex("D0CF11E0A1B11AE1")  # how files of Office began before 2007, and encrypted ones still do
LARGEST = 1 << 29  # bytes of a workbook unpacked
AROUND = 1 << 24  # bytes of a part that says how cells look or hang together
AROUND_CELLS = ("styles.xml", "workbook.xml", "[Content_Types].xml", ".rels")
LAST_ROW, LAST_COLUMN = 1 << 20, 1 << 14  # of Excel
CELLS = 1 << 24  # cells of a sheet, blank ones before the last of a row included; tags of its texts
CSV_INSTEAD = "Save its tables as CSV or Parquet."
STRICT = b"http://purl.oclc.org/ooxml/"
TAG = re.compile(rb"<(?:\w+:)?(row|col|mergeCell|c)\b([^>]*)>")
PLACE = re.compile(rb'\b(?:r|ref)="([A-Z]*)([0-9:A-Z]*)"')


def sheet_names(path, name):
    """Return the names of the sheets of a workbook that have cells, shown or hidden."""
    with closing(_load(path, name)) as book:
        return [sheet.title for sheet in book.worksheets]


def filled_sheets(path, name):
    """Return the names of the sheets of a workbook that are shown and hold a value."""
    with closing(_load(path, name)) as book, whole(name, "workbook"):
        shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        for sheet in shown:
            _written(path, name, sheet)  # says so where it is too large to go through
        return [
            sheet.title
            for sheet in shown
            if any(value is not None for row in sheet.iter_rows(values_only=True) for value in row)
        ]


def open_sheet(path, name, sheet):
    """Open a sheet, the first where none is named; its first row is the header."""
    values = _load(path, name, data_only=True)
    with whole(name, "workbook"):
        titles = [other.title for other in values.worksheets]
        title = next((title for title in titles if sheet is None or same_name(title, sheet)), None)
        if title is None:
            remedy = "Name the sheet in mapping.toml, under [tables]."
            raise Unreadable(name, f"a sheet named {sheet}", remedy, value=", ".join(titles))
        written = _written(path, name, values[title])
        # A workbook may say of itself that it is smaller than it is.
        values[title].reset_dimensions()
        rows = values[title].iter_rows()
        header = [_cell_text(cell) or "" for cell in next(rows, ())]
    while header and not header[-1].strip():
        header.pop()
    reader = Reader([head.strip() for head in header], iter(()), f"Excel, sheet {title}", epoch=values.epoch)
    if values[title].sheet_state != "visible":
        expected = "a sheet that is shown; this one is hidden, and was read"
        reader.warnings.append(single(name, expected, "Look whether it is the right one."))
    reader.blocks = _sheet_blocks(path, name, title, rows, reader, written)
    return reader


def _load(path, name, **options):
    """Open a workbook for reading row by row; say why where that cannot be."""
    with path.open("rb") as file:
        if file.read(len(OLE)) == OLE:
            file.seek(0)
            _refuse_old(file, name)
    with whole(name, "workbook"):
        with zipfile.ZipFile(path) as archive:
            _refuse_large(archive, name)
            for part in archive.namelist():
                if part.endswith("workbook.xml") and STRICT in archive.read(part):
                    expected = "an ordinary workbook; this one is of the kind Strict Open XML"
                    raise Unreadable(name, expected, "Save it as Excel workbook (Excel-werkmap, .xlsx).")
        return openpyxl.load_workbook(path, read_only=True, **options)


def _refuse_large(archive, name):
    parts = archive.infolist()
    around = [part.file_size for part in parts if part.filename.endswith(AROUND_CELLS)]
    if sum(part.file_size for part in parts) > LARGEST or max(around, default=0) > AROUND:
        expected = f"a workbook that unpacks to no more than {LARGEST >> 20} MB"
        raise Unreadable(name, f"{expected}, {AROUND >> 20} MB of its styles and relations", CSV_INSTEAD)
    for part in parts:
        if part.filename.endswith("sharedStrings.xml"):
            with archive.open(part) as source:
                tags = sum(content.count(b"<") for content in iter(lambda: source.read(1 << 20), b""))
            if tags > CELLS:
                raise Unreadable(name, f"a workbook with fewer than {CELLS:,} texts", CSV_INSTEAD)


def _refuse_old(file, name):
    content = file.read(1 << 24)
    if "EncryptedPackage".encode("utf-16-le") in content or "Encrypt".encode("utf-16-le") in content:
        expected = "a workbook without a password"
        remedy = (
            "Open it in Excel, choose File, Info, Protect Workbook, Encrypt with Password "
            "(Bestand, Info, Werkmap beveiligen), empty the password and save it."
        )
    else:
        expected = "a workbook of the kind .xlsx; this is an older one"
        remedy = "Open it in Excel and save it as Excel workbook (Excel-werkmap, .xlsx)."
    raise Unreadable(name, expected, remedy)


def _sheet_blocks(path, name, sheet, rows, reader, written):
    width = len(reader.header)
    correct = "Correct the formula, or paste its value in its place."
    with whole(name, "workbook"), closing(_load(path, name)) as formulas:
        formulas[sheet].reset_dimensions()
        sources = formulas[sheet].iter_rows(min_row=2)
        _tell(written, name, reader)
        texts, numbers, number = [], [], 1
        for number, (row, source) in enumerate(zip(rows, sources, strict=True), start=2):
            for place, (cell, formula) in enumerate(zip(row, source, strict=True)):
                column = reader.header[place] if place < width else None
                found, remedy = None, correct
                if cell.data_type == "e":
                    found, expected = str(cell.value), "a value, not the error of a formula"
                elif formula.data_type == "f" and cell.value is None:
                    found, expected = "a formula", "a stored value"
                elif place >= width and cell.value is not None:
                    found, expected = _cell_text(cell), "nothing beyond the columns of the header"
                    remedy = "Remove it, or give its column a head."
                if found:
                    reader.faults.append(single(name, expected, remedy, number, column, found))
            cells = [None if cell.data_type == "e" else _cell_text(cell) for cell in row[:width]]
            texts.append(cells + [None] * (width - len(cells)))
            numbers.append(number)
            if len(reader.faults) > ROWS:
                raise Unreadable(name, f"fewer than {ROWS:,} cells that are wrong", "Correct these first.")
            if len(texts) == ROWS // 10:
                yield _sheet_block(numbers, texts, width)
                texts, numbers = [], []
        if texts:
            yield _sheet_block(numbers, texts, width)
        if number < written.rows:
            raise Unreadable(name, f"all {written.rows} rows of the sheet, not {number}", "Save it again.")


def _sheet_block(numbers, texts, width):
    columns = [pa.array([row[place] for row in texts], pa.string()) for place in range(width)]
    return Block(np.array(numbers), columns)


def _cell_text(cell):
    value = cell.value
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).casefold()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    return value.isoformat() if isinstance(value, date) else str(value)


@dataclass
class _Written:
    """What stands in the XML of a sheet and openpyxl leaves out when it reads row by row."""

    merged: list[str] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    disordered: list[str] = field(default_factory=list)
    rows: int = 0


def _tell(written, name, reader):
    if written.merged:
        expected, undo = "cells of their own, not merged", "Undo the merge and repeat the value."
        more = f" and {len(written.merged) - 5:,} more" if len(written.merged) > 5 else ""
        value = ", ".join(written.merged[:5]) + more
        reader.faults.append(single(name, expected, undo, value=value))
    for place in written.disordered[:1]:
        expected = "rows and cells in ascending order, each once"
        remedy = "Open the workbook in Excel and save it again."
        reader.faults.append(single(name, expected, remedy, value=place))
    for kind in sorted(written.hidden):
        expected = f"{kind} that are shown; those that are hidden were read too"
        reader.warnings.append(single(name, expected, "Nothing, if they belong to the table."))


def _written(path, name, sheet):
    """Go through the XML of a sheet, which costs little; refuse one that Excel could not hold, or we not."""
    written, row, column, before, cells = _Written(), 0, 0, (0, 0), 0
    for kind, attributes in _tags(path, sheet._worksheet_path.lstrip("/")):
        found = PLACE.search(attributes)
        if kind == b"mergeCell" and found:
            written.merged.append((found[1] + found[2]).decode())
        elif kind in (b"row", b"col") and re.search(rb'\bhidden="(1|true)"', attributes):
            written.hidden.add("rows" if kind == b"row" else "columns")
        if kind == b"row":
            cells += column
            row, column = int(found[2]) if found else row + 1, 0
        elif kind == b"c":
            row, column = (int(found[2]), _number(found[1])) if found else (row, column + 1)
        else:
            continue
        if found and (row, column) <= before:
            written.disordered.append((found[1] + found[2]).decode())
        before = (row, column)
        written.rows = max(written.rows, row)
        if row > LAST_ROW or column > LAST_COLUMN or cells > CELLS:
            expected = f"a sheet of no more than {LAST_ROW:,} rows and {CELLS:,} cells"
            raise Unreadable(name, expected, CSV_INSTEAD)
    return written


def _number(letters):
    """Return the number of a column, such as 28 for ``AB``."""
    number = 0
    for letter in letters[:9]:
        number = 26 * number + letter - 64
    return number


def _tags(path, part):
    """Give the tags of rows, columns, cells and merged areas, as name and attributes."""
    with zipfile.ZipFile(path) as file, file.open(part) as source:
        tail = b""
        while content := source.read(1 << 20):
            text = tail + content
            end = text.rfind(b">") + 1
            yield from TAG.findall(text[:end])
            begun = text.find(b"<", end)
            tail = text[begun:] if begun >= 0 else b""
            if len(tail) > len(content):
                raise ValueError("a tag without an end")
