"""An empty survey package to fill: a workbook with drop-downs, the same as CSV, and how to go about it."""

import csv
import io
import os
import shutil
import tempfile
from importlib.resources import files
from pathlib import Path

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from doorgroeien.data.tables import descriptor
from doorgroeien.results.inert import inert_book
from doorgroeien.survey.answers import TABLES
from doorgroeien.survey.instrument import load_instrument

__all__ = ["SYNTHETIC", "TemplateError", "write_template"]

ROWS = {"edition": 2, "waves": 20, "municipalities": 5000, "groups": 20_000, "respondents": 50_000}
LONGEST = 255  # characters that Excel allows in the list or the prompt of a drop-down
TEXTS = files("doorgroeien.intake") / "templates"
# How the package describes each table of the reference survey, before what such a table holds in any survey.
SYNTHETIC = "Synthetic: drawn from a model, it says nothing about Dutch municipalities. "
# Cells that take their values from the column of another table.
LOOKED_UP = {"wave": ("waves", "A"), "municipality": ("municipalities", "B")}


class TemplateError(Exception):
    """The template was not written."""


def write_template(out: Path, root: Path) -> list[Path]:
    """Write an empty package into the new folder ``out``; return its files.

    Raises :class:`TemplateError` where ``out`` exists and is not an empty folder, and then writes nothing.
    """
    if out.is_symlink() or (out.exists() and (not out.is_dir() or any(out.iterdir()))):
        raise TemplateError(f"{out}: expected a new or empty folder; nothing is overwritten. Name another.")
    instrument = load_instrument(root)
    resources = {item["name"]: item for item in descriptor(root)["resources"] if item["name"] in TABLES}
    out.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".template-", dir=out.parent))
    try:
        _workbook(resources, instrument).save(aside / "survey.xlsx")
        (aside / "csv").mkdir()
        for table, resource in resources.items():
            (aside / "csv" / f"{table}.csv").write_bytes(_csv_header(resource))
        for name in ("README.md", "mapping.toml"):
            (aside / name).write_text((TEXTS / name).read_text(encoding="utf-8"), encoding="utf-8")
        aside.chmod(0o777 & ~_umask())
        if out.exists():
            out.rmdir()
        aside.rename(out)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    return sorted(path for path in out.rglob("*") if path.is_file())


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _csv_header(resource):
    """Return the header the way a Dutch Excel opens it at once: semicolons, UTF-8 with a BOM."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(field["name"] for field in resource["schema"]["fields"])
    return text.getvalue().encode("utf-8-sig")


def _workbook(resources, instrument):
    book = openpyxl.Workbook()
    _manual(book.active, resources)
    for table, resource in resources.items():
        _table(book.create_sheet(table), table, resource, instrument)
    _codebook(book.create_sheet("codebook"), instrument)
    return inert_book(book)


def _manual(sheet, resources):
    sheet.title = "uitleg - manual"
    rows = [
        ("Vul de bladen hierna in. Regel 1 blijft staan; elke volgende regel is een rij van de tabel.", None),
        ("Fill the sheets that follow. Row 1 stays; each further row is a row of the table.", None),
        ("Controleer met / check with:  doorgroeien check survey.xlsx", None),
        (None, None),
        ("tabel / table", "wat erin staat / what it holds"),
    ]
    rows += [
        (table, resource["description"].removeprefix(SYNTHETIC)) for table, resource in resources.items()
    ]
    rows += [(None, None), ("kolom / column", "betekenis / meaning")]
    for table, resource in resources.items():
        if table != "answers":
            for spec in resource["schema"]["fields"]:
                rows.append((f"{table}.{spec['name']}", _meaning(spec)))
    rows.append(("answers.*", "een code per vraag, zie codebook / a code per item, see codebook"))
    for row in rows:
        sheet.append(row)
    _shape(sheet, (34, 100), (1, 2, 3))


def _meaning(spec):
    rules = spec.get("constraints", {})
    allowed = f" [{', '.join(map(str, rules['enum']))}]" if "enum" in rules else ""
    return spec["description"] + allowed + (" *" if rules.get("required") else "")


def _table(sheet, table, resource, instrument):
    fields = resource["schema"]["fields"]
    sheet.append([spec["name"] for spec in fields])
    last = ROWS.get(table, ROWS["respondents"])
    validations = {}
    for number, spec in enumerate(fields, start=1):
        letter = get_column_letter(number)
        cell = sheet.cell(1, number)
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="DDE6EE")
        cell.comment = Comment(_note(spec, instrument)[:1000], "doorgroeien", width=360, height=160)
        validation = _validation(table, spec, instrument)
        if validation:
            # One for all columns with the same codes and words.
            kind = (validation.formula1, validation.prompt)
            if kind not in validations:
                sheet.add_data_validation(validation)
            validations.setdefault(kind, validation).add(f"{letter}2:{letter}{last}")
        sheet.column_dimensions[letter].width = max(12, len(spec["name"]) + 2)
    sheet.freeze_panes = "B2"


def _note(spec, instrument):
    if spec["name"] not in instrument.items.index:
        return _meaning(spec)
    item = instrument.items.loc[spec["name"]]
    return f"{item['wording_nl']}\n{item['wording_en']}\n{item['role']}"


def _validation(table, spec, instrument):
    name, rules = spec["name"], spec.get("constraints", {})
    if "enum" in rules:
        formula = '"' + ",".join(map(str, rules["enum"])) + '"'
    elif name in LOOKED_UP and table != LOOKED_UP[name][0]:
        other, letter = LOOKED_UP[name]
        formula = f"={other}!${letter}$2:${letter}${ROWS[other]}"
    else:
        return None
    if name in instrument.items.index:
        codes = instrument.codes[instrument.codes["scale"] == instrument.items.at[name, "scale"]]
        words = zip(codes["code"], codes["label_nl"], strict=True)
        prompt = "; ".join(f"{code} {label}" for code, label in words)
    else:
        prompt = spec["description"]
    validation = DataValidation(type="list", formula1=formula, allow_blank=True, showErrorMessage=True)
    validation.prompt, validation.showInputMessage = prompt[:LONGEST], True
    validation.error = "Kies een waarde uit de lijst. / Choose a value from the list."
    return validation


def _codebook(sheet, instrument):
    sheet.append(["item", "role", "quick_scan", "vraag", "question", "scale", "codes (nl)", "codes (en)"])
    labels = {
        (scale, language): "; ".join(
            f"{code} = {label}" for code, label in zip(rows["code"], rows[f"label_{language}"], strict=True)
        )
        for scale, rows in instrument.codes.groupby("scale")
        for language in ("nl", "en")
    }
    for name, item in instrument.items.iterrows():
        words = [item["wording_nl"], item["wording_en"], item["scale"]]
        codes = [labels[item["scale"], language] for language in ("nl", "en")]
        sheet.append([name, item["role"], int(item["quick_scan"]), *words, *codes])
    _shape(sheet, (24, 14, 10, 60, 60, 14, 60, 60), (1,))
    sheet.freeze_panes = "B2"


def _shape(sheet, widths, bold):
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    for row in sheet.iter_rows():
        for cell in row:
            cell.alignment = Alignment(wrap_text=cell.column > 1, vertical="top")
            if cell.row in bold:
                cell.font = Font(bold=True)
