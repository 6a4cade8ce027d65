"""Read a sheet of an Excel workbook, and notice what cannot be a plain cell."""

import re
import zipfile
from contextlib import closing
from datetime import date, datetime, time

import numpy as np
import openpyxl
import pyarrow as pa

from doorgroeien.data.checking import Block
from doorgroeien.data.faults import single
from doorgroeien.intake.readers.blocks import ROWS, Reader, Unreadable, whole

__all__ = ["open_sheet", "sheet_names"]


def sheet_names(path, name):
    """Return the names of the sheets of a workbook."""
    with whole(name, "workbook"), closing(openpyxl.load_workbook(path, read_only=True)) as book:
        return book.sheetnames


def open_sheet(path, name, sheet):
    """Open a sheet; its first row is the header."""
    with whole(name, "workbook"):
        values = openpyxl.load_workbook(path, read_only=True, data_only=True)
        if sheet not in values.sheetnames:
            expected = f"a sheet named {sheet}"
            raise Unreadable(
                name,
                expected,
                "Name the sheet in mapping.toml, under [tables].",
                value=", ".join(values.sheetnames),
            )
        rows = values[sheet].iter_rows()
        header = [_cell_text(cell) or "" for cell in next(rows, ())]
    while header and not header[-1]:
        header.pop()
    reader = Reader([head.strip() for head in header], iter(()), f"Excel, sheet {sheet}")
    reader.blocks = _sheet_blocks(path, name, sheet, rows, reader)
    return reader


def _sheet_blocks(path, name, sheet, rows, reader):
    width = len(reader.header)
    remedy = "Correct the formula, or paste its value in its place."
    with whole(name, "workbook"):
        formulas = openpyxl.load_workbook(path, read_only=True)
        sources = formulas[sheet].iter_rows(min_row=2)
        for area in _merged(path, formulas[sheet]):
            expected, undo = "cells of their own, not merged", "Undo the merge and repeat the value."
            reader.faults.append(single(name, expected, undo, value=area))
        texts, numbers = [], []
        for number, (row, source) in enumerate(zip(rows, sources, strict=False), start=2):
            for place, (cell, formula) in enumerate(zip(row, source, strict=False)):
                column = reader.header[place] if place < width else None
                found = None
                if cell.data_type == "e":
                    found, expected = str(cell.value), "a value, not the error of a formula"
                elif formula.data_type == "f" and cell.value is None:
                    found, expected = "a formula", "a stored value"
                elif place >= width and cell.value is not None:
                    found, expected = _cell_text(cell), "nothing beyond the columns of the header"
                if found:
                    reader.faults.append(single(name, expected, remedy, number, column, found))
            cells = [None if cell.data_type == "e" else _cell_text(cell) for cell in row[:width]]
            texts.append(cells + [None] * (width - len(cells)))
            numbers.append(number)
            if len(texts) == ROWS // 10:
                yield _sheet_block(numbers, texts, width)
                texts, numbers = [], []
        if texts:
            yield _sheet_block(numbers, texts, width)


def _sheet_block(numbers, texts, width):
    columns = [pa.array([row[place] for row in texts], pa.string()) for place in range(width)]
    return Block(np.array(numbers), columns)


def _cell_text(cell):
    value = cell.value
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    return value.isoformat() if isinstance(value, date) else str(value)


def _merged(path, sheet):
    """Return the merged areas of a sheet, which openpyxl leaves out when it reads row by row."""
    with zipfile.ZipFile(path) as file, file.open(sheet._worksheet_path.lstrip("/")) as source:
        tail = b""
        areas = []
        while content := source.read(1 << 20):
            text = tail + content
            areas += re.findall(rb'<mergeCell[^>]*\bref="([A-Z0-9:]+)"[^>]*>', text)
            tail = text[text.rfind(b"<") :] if b">" not in text[text.rfind(b"<") :] else b""
    return [area.decode() for area in areas]
