"""The register as files beside the site: results.json, its schema, tables, data of figures."""

import hashlib
import io
import json
import re
import textwrap
from html import escape
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from doorgroeien.publishing.monitor import FIELDS, as_csv, as_workbook, monitor_table, timeless
from doorgroeien.publishing.words import phrase
from doorgroeien.results.formats import LANGUAGES, UNITS
from doorgroeien.results.inert import inert_book
from doorgroeien.results.records import (
    Column,
    Figure,
    Language,
    PlacedFigure,
    Results,
    Table,
    json_schema,
)
from doorgroeien.results.register import EVIDENCE, IN_DUTCH, Register, data_csv, table_cells
from doorgroeien.sphinxext.content.answers import invented
from doorgroeien.sphinxext.content.figure_data import data_in_dutch, data_in_english
from doorgroeien.sphinxext.content.published import drawings, rendering
from doorgroeien.sphinxext.content.sources import short_reference

__all__ = ["all_results", "with_foot", "write_downloads"]

SCHEMA = "results.schema.json"
LONGEST = 31  # letters of the name of a sheet
FOOT = 7  # points: the letters below a drawing that is downloaded


def all_results(register: Register, title: str, schema: str = SCHEMA) -> Results:
    """Return what ``results.json`` holds; ``schema`` is the address of its JSON Schema."""
    return {
        "$schema": schema,
        "title": title,
        "licence": "CC-BY-4.0",
        "numbers": register.numbers,
        "figures": register.figures,
        "tables": register.tables,
    }


def write_downloads(app):
    """Write the register and the data of figures and tables beside the pages."""
    folder = Path(app.outdir, "results")
    folder.mkdir(exist_ok=True)
    register: Register = app.doorgroeien_register
    table = monitor_table(register.numbers)
    address = app.doorgroeien_book.url(f"results/{SCHEMA}") or SCHEMA
    files = {
        "results.json": _json(all_results(register, app.config.project, address)),
        SCHEMA: _json(json_schema()),
        "results.csv": as_csv(table),
        "results.xlsx": as_workbook(table),
    }
    for record in register.with_data:
        files[f"{record['id']}.csv"] = data_csv(record).encode("utf-8")
        if record["kind"] == "table":
            files[f"{record['id']}.xlsx"] = _table_workbook(record, Path(app.srcdir))
        else:
            files |= _of_figure(app, record)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / "datapackage.json").write_bytes(_json(_datapackage(app, files, register)))


def _of_figure(app, record: PlacedFigure) -> dict[str, bytes]:
    """Return the data of a figure as workbook, and the figure itself with what it rests on at its foot."""
    id, bundle = record["id"], rendering(app, record)
    root = Path(app.srcdir)
    files = {f"{id}.xlsx": _figure_workbook(record, root)}
    if "language" not in record and (IN_DUTCH in bundle or "not_estimable" in record):
        files[f"{id}.nl.xlsx"] = _figure_workbook(record, root, data_in_dutch(record, root))
    if "not_estimable" in record:  # and so without a picture
        return files
    for lang in LANGUAGES if IN_DUTCH in bundle else LANGUAGES[:1]:
        said = record.get("language", lang)
        sources = "; ".join(short_reference(key, app) for key in record["sources"])
        foot = [app.config.project, id, sources and f"{phrase('result.source', said)}: {sources}"]
        foot.append(app.doorgroeien_book.url(f"{record['page']}.html") or "")
        name = f"{id}.svg" if lang == LANGUAGES[0] else f"{id}.{lang}.svg"
        files[name] = with_foot(drawings(record, bundle, lang)[0], " · ".join(filter(None, foot))).encode()
    return files


def with_foot(svg: str, text: str) -> str:
    """Return a drawing of Matplotlib with a text in small letters below it, in as many lines as it takes."""
    head = re.search(r'height="([\d.]+)pt" viewBox="0 0 ([\d.]+) [\d.]+"', svg)
    assert head is not None, svg[:200]
    height, width = float(head[1]), float(head[2])
    lines = textwrap.wrap(text, int(width / (FOOT * 0.6)), break_on_hyphens=False)
    tall = height + (len(lines) + 0.6) * FOOT * 1.25
    spans = "".join(
        f'<tspan x="6" y="{height + (number + 0.9) * FOOT * 1.25:.1f}">{escape(line)}</tspan>'
        for number, line in enumerate(lines)
    )
    size = f'height="{tall:.1f}pt" viewBox="0 0 {width:g} {tall:.1f}"'
    ground = f'<rect y="{height:g}" width="{width:g}" height="{tall - height:.1f}" fill="#fff"/>'
    style = f'font-family="DejaVu Sans, Verdana, Arial, sans-serif" font-size="{FOOT}" fill="#1f2933"'
    return svg.replace(head[0], size).replace("</svg>", f"{ground}<text {style}>{spans}</text></svg>")


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def _table_workbook(record: Table, root: Path) -> bytes:
    """Return a table as its page shows it, with numbers as numbers and below it what it rests on."""
    lang, book = record.get("language", "en"), Workbook()
    sheet, columns = book.active, record["columns"]
    edition = _edition(record, lang, root)
    sheet.append([phrase("number.edition", lang) for _ in edition] + [column["label"] for column in columns])
    place = {name: position for position, name in enumerate(record["data"]["columns"])}
    for values, texts in zip(record["data"]["rows"], table_cells(record, lang), strict=True):
        raw = [values[place[column["name"]]] for column in columns]
        cells = [value if _is_number(value) else text for value, text in zip(raw, texts, strict=True)]
        sheet.append(edition + cells)
    for position, column in enumerate(columns, start=1 + len(edition)):
        letter, decimals = get_column_letter(position), _decimals(column)
        longest = max(len(str(cell.value or "")) for cell in sheet[letter])
        sheet.column_dimensions[letter].width = min(45, longest + 2)
        sheet[f"{letter}1"].font = Font(bold=True)
        for cell in sheet[letter]:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if column["unit"] and _is_number(cell.value):
                cell.number_format = f"#,##0.{'0' * decimals}" if decimals else "#,##0"
    return _finished(book, record, lang, root)


def _figure_workbook(record: Figure, root: Path, dutch: list[list[tuple[Any, bool]]] | None = None) -> bytes:
    """Return the data behind a figure with numbers as numbers, and below them what they rest on.

    ``dutch`` has them as :func:`data_in_dutch` says them.
    """
    book, lang = Workbook(), record.get("language", "en")
    heads, rows = record["data"]["columns"], data_in_english(record, root)
    if dutch is not None:
        lang, (heads, *rows) = "nl", [[value for value, _ in row] for row in dutch]
    sheet, edition = book.active, _edition(record, lang, root)
    sheet.append([*(phrase("number.edition", lang) for _ in edition), *heads])
    for values in rows:
        sheet.append([*edition, *values])
    for column in range(1, sheet.max_column + 1):
        letter = get_column_letter(column)
        longest = max(len(str(cell.value or "")) for cell in sheet[letter])
        sheet.column_dimensions[letter].width = min(45, longest + 2)
        sheet[f"{letter}1"].font = Font(bold=True)
        for cell in sheet[letter]:
            if isinstance(cell.value, float):
                cell.number_format = "#,##0.0##"
    return _finished(book, record, lang, root)


def _edition(record: Figure | Table, lang: Language, root: Path) -> list[str]:
    """Return what the answers are, for a first column: a row that is copied or sorted takes it along."""
    edition = record["edition"]
    if edition is None:
        return []
    made_up = f"{phrase('page.invented', lang)}: " if _is_invented(record, root) else ""
    return [made_up + edition[lang]]


def _is_invented(record: Figure | Table, root: Path) -> bool:
    return record["edition"] is not None and invented(record["edition"]["en"], root)


def _finished(book: Workbook, record: Figure | Table, lang: Language, root: Path) -> bytes:
    """Return a workbook of one sheet, with what its rows rest on below them."""
    sheet, buffer = book.active, io.BytesIO()
    sheet.title = phrase("page.invented", lang) if _is_invented(record, root) else record["id"][:LONGEST]
    for line in ("", _basis(record, lang, root), record["population"][lang], record["id"]):
        sheet.append([line])
    inert_book(book)
    sheet.freeze_panes = "C2" if record["edition"] else "B2"  # below the heads, right of what names a row
    book.save(buffer)
    return timeless(buffer)


def _basis(record: Figure | Table, lang: Language, root: Path) -> str:
    """Return on which evidence a figure or table rests, with the edition of the answers, if any."""
    evidence, edition = EVIDENCE[record["evidence"]][lang], record["edition"]
    if edition is not None and _is_invented(record, root):
        return phrase("number.invented", lang, edition=edition[lang])
    return f"{evidence}: {edition[lang]}" if edition else evidence


def _decimals(column: Column) -> int:
    if column["decimals"] is None:
        return UNITS[column["unit"]].decimals if column["unit"] else 0
    return column["decimals"]


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _datapackage(app, files: dict[str, bytes], register: Register):
    schemas: dict[str, dict[str, Any]] = {
        "results.csv": {"fields": [_field(name) for name in FIELDS], "primaryKey": "id"}
    }
    titles = {"results.csv": "Every published number of the book"}
    for record in register.with_data:
        columns = record["data"]["columns"]
        kinds = [_kind([row[place] for row in record["data"]["rows"]]) for place in range(len(columns))]
        fields = [{"name": name, "type": kind} for name, kind in zip(columns, kinds, strict=True)]
        fields += [{"name": "edition", "type": "string"}] if record["edition"] else []
        schemas[f"{record['id']}.csv"] = {"fields": fields}
        titles[f"{record['id']}.csv"] = (
            f"Data of {record['kind']} {record['id']} ({_basis(record, 'en', Path(app.srcdir))})"
        )
    return {
        "profile": "tabular-data-package",
        "name": "doorgroeien-results",
        "title": f"{app.config.project}: published results",
        "description": _rests(register),
        "version": app.config.version or "0",
        "licenses": [{"name": "CC-BY-4.0", "title": "Creative Commons Attribution 4.0"}],
        "contributors": [{"title": app.config.author, "role": "author"}],
        "resources": [
            {
                "name": name.removesuffix(".csv").replace(".", "-"),
                "path": name,
                "profile": "tabular-data-resource",
                "title": titles[name],
                "encoding": "utf-8",
                "bytes": len(files[name]),
                "hash": "sha256:" + hashlib.sha256(files[name]).hexdigest(),
                "schema": schema | {"missingValues": [""]},
            }
            for name, schema in schemas.items()
        ],
    }


def _rests(register: Register) -> str:
    """Say which results rest on answers, and on which, and which on real evidence."""
    editions = sorted({record["edition"]["en"] for record in register.records.values() if record["edition"]})
    answers = f"What rests on survey answers names their edition: {'; '.join(editions)}. "
    return (answers if editions else "") + "All else rests on real evidence, with its sources."


def _field(name):
    kind, note = FIELDS[name]
    return {"name": name, "type": kind, "description": note}


def _kind(values):
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, bool) for value in known):
        return "boolean"
    return "number" if known and all(isinstance(value, (int, float)) for value in known) else "string"
