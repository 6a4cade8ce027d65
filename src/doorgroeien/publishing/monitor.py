"""The monitor table: every published number as a row, to be compared with that of another edition.

It lies beside the site as ``results.csv`` and ``results.xlsx``, and ``doorgroeien export`` makes it of any
built edition. Columns are only added, at the end; ids never change their meaning.
"""

import io
import re
import zipfile
from typing import Any

import pandas as pd
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from doorgroeien.estimation.estimates import FEW_DEGREES
from doorgroeien.results.formats import LANGUAGES, write
from doorgroeien.results.inert import inert, inert_book
from doorgroeien.results.records import PlacedNumber

__all__ = ["FIELDS", "STATUS", "as_csv", "as_workbook", "monitor_table", "timeless"]

MADE = re.compile(rb"<dcterms:(created|modified)\b.*?</dcterms:\1>")
STATUS = ("published", "withheld", "not estimable")
FIELDS = {
    "id": ("string", "Id of the number; it also is its anchor on the page"),
    "value": ("number", "The number, unrounded, in its unit; blank for a word"),
    "unit": ("string", "Unit"),
    "low": ("number", "Lower end of the interval"),
    "high": ("number", "Upper end of the interval"),
    "interval": (
        "string",
        "Kind of interval: rounding, open (rounding and unknowns), confidence (95%), selection (if those who "
        "did not answer differ) or choices (over ways to compute it)",
    ),
    "se": ("number", "Standard error"),
    "df": ("number", f"Degrees of freedom of the interval; blank where {FEW_DEGREES} or more, or unknown"),
    "n": ("number", "Number of observations"),
    "period": ("string", "Year or period"),
    "text_en": ("string", "The number as the book writes it, English"),
    "text_nl": ("string", "The number as the book writes it, Dutch"),
    "definition_en": ("string", "What it is, English"),
    "definition_nl": ("string", "What it is, Dutch"),
    "population_en": ("string", "Of whom or what, English; begins with invented where the answers are"),
    "population_nl": ("string", "Of whom or what, Dutch; begins with verzonnen where the answers are"),
    "evidence": ("string", "Kind of evidence"),
    "edition_en": ("string", "Edition of the survey answers, English; blank where none are used"),
    "edition_nl": ("string", "Edition of the survey answers, Dutch"),
    "sources": ("string", "Citation keys of the sources, separated by semicolons"),
    "page": ("string", "Page that publishes it"),
    "cell": ("integer", "Code cell on that page, from 1"),
    "municipalities": (
        "integer",
        "Distinct municipalities whose answers it rests on; blank where it rests on none: a number of the "
        "frame, a response rate, a choice, a share of ways to compute, or a draw that tests the method",
    ),
    "respondents": ("integer", "Respondents whose answers it rests on; likewise"),
    "status": ("string", f"Whether it is there: {', '.join(STATUS[:-1])} or {STATUS[-1]}"),
    "rule": ("string", "telling where it is withheld, whatever rule of disclosure it breaks"),
}


def monitor_table(records: list[PlacedNumber]) -> pd.DataFrame:
    """Return published numbers as a table with the columns of :data:`FIELDS`, in the order of ``records``."""
    rows = []
    for record in records:
        row: dict[str, object] = {name: value for name, value in record.items() if name in FIELDS}
        row["value"] = None if record["unit"] == "word" else record["value"]
        row["sources"] = ";".join(record["sources"])
        row |= record.get("rests", {})
        row["status"] = STATUS[1 if "withheld" in record else 2 if "not_estimable" in record else 0]
        for lang in LANGUAGES:
            row[f"text_{lang}"] = write(record, lang)
            row[f"definition_{lang}"] = record["definition"][lang]
            row[f"population_{lang}"] = record["population"][lang]
            row[f"edition_{lang}"] = record["edition"] and record["edition"][lang]
        rows.append(row)
    table = pd.DataFrame(rows, columns=list(FIELDS))
    return table.astype({name: "Int64" for name, (kind, _) in FIELDS.items() if kind == "integer"})


def as_csv(table: pd.DataFrame) -> bytes:
    """Return a monitor table as CSV in UTF-8, in which no text acts as a formula."""
    return table.map(inert).to_csv(index=False, lineterminator="\n").encode("utf-8")


def as_workbook(table: pd.DataFrame) -> bytes:
    """Return a monitor table as a workbook, with a second sheet that says what each column means."""
    buffer = io.BytesIO()
    notes = pd.DataFrame([(name, note) for name, (_, note) in FIELDS.items()], columns=["column", "meaning"])
    with pd.ExcelWriter(buffer, engine="openpyxl") as writer:
        table.to_excel(writer, sheet_name="results", index=False, freeze_panes=(1, 1))
        notes.to_excel(writer, sheet_name="columns", index=False, freeze_panes=(1, 0))
        for sheet in writer.sheets.values():
            sheet.auto_filter.ref = sheet.dimensions
            for column, cells in enumerate(sheet.columns, start=1):
                longest = max(len(str(cell.value or "")) for cell in cells)
                sheet.column_dimensions[get_column_letter(column)].width = min(60, longest + 2)
                cells[0].font = Font(bold=True)
        inert_book(writer.book)
    return timeless(buffer)


def timeless(buffer: Any) -> bytes:
    """Return a workbook without the time of its making: the same results give the same bytes."""
    fixed = io.BytesIO()
    with zipfile.ZipFile(buffer) as made, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as kept:
        for name in made.namelist():
            content = made.read(name)
            if name == "docProps/core.xml":
                content = MADE.sub(b"", content)
            kept.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return fixed.getvalue()
