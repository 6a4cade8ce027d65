"""Names and labels of others reach published files as texts: no workbook and no CSV computes them."""

import csv
import re
from types import SimpleNamespace

import nbformat
import pytest
from conftest import ROOT
from openpyxl import load_workbook

from doorgroeien.results.register import MIME, Register
from doorgroeien.sphinxext.around.downloads import with_foot, write_downloads

ACTING = ['=HYPERLINK("x";"y")', "+1+1", "-2+3", "@SUM(1)", "\t=1", "\r=1"]


@pytest.fixture(params=ACTING)
def published(request, tmp_path):
    """The files of a book that holds a number, a table and a figure of an edition with such a name."""
    named = {"en": request.param, "nl": request.param}
    place = {"page": "notebooks/a", "cell": 1}
    basis = {"population": named, "evidence": "survey answers", "sources": [], "edition": named} | place
    number = {
        **{"kind": "number", "id": "a.share", "value": 51.0, "unit": "percent", "decimals": None},
        **{"low": 40.0, "high": 62.0, "interval": "confidence", "se": 5.0, "n": 20, "period": "2007"},
        **{"definition": named},
    } | basis
    data = {"columns": ["label", "value"], "rows": [[request.param, -1.5]]}
    columns = [
        {"name": "label", "label": request.param, "unit": None, "decimals": None, "link": None},
        {"name": "value", "label": "value", "unit": "score", "decimals": None, "link": None},
    ]
    table = {"kind": "table", "id": "a.table", "caption": named, "columns": columns, "search": False}
    figure = {"kind": "figure", "id": "a.figure", "caption": named, "alt": named, "not_estimable": named}
    records = [number, *(record | basis | {"data": data} for record in (table, figure))]
    output = nbformat.v4.new_output("display_data", {MIME: {"records": records}})
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", outputs=[output])])
    app = SimpleNamespace(
        outdir=tmp_path,
        srcdir=ROOT,
        doorgroeien_register=Register({record["id"]: record for record in records}),
        doorgroeien_executed={"notebooks/a": notebook},
        doorgroeien_book=SimpleNamespace(url=lambda path: None),
        config=SimpleNamespace(project="Book", version="1", author="Authors"),
    )
    write_downloads(app)
    return tmp_path / "results"


def test_no_cell_of_a_workbook_is_a_formula(published):
    books = sorted(published.glob("*.xlsx"))
    assert len(books) == 4
    cells = [
        cell for book in books for sheet in load_workbook(book) for row in sheet.iter_rows() for cell in row
    ]
    assert not [cell.value for cell in cells if cell.data_type == "f"]
    assert -1.5 in [cell.value for cell in cells]


def test_no_cell_of_a_csv_begins_as_a_formula_does(published):
    files = sorted(published.glob("*.csv"))
    assert len(files) == 3
    cells = [
        cell
        for path in files
        for row in csv.reader(path.read_text(encoding="utf-8").splitlines(keepends=True))
        for cell in row
    ]
    assert not [cell for cell in cells if cell[:1] in tuple("=+-@\t\r") and cell != "-1.5"]
    assert "-1.5" in cells


def test_what_is_written_below_a_drawing_is_placed_no_finer_than_a_drawing_of_real_answers_is():
    drawing = '<svg width="432pt" height="259.2pt" viewBox="0 0 432 259.2"><path d="M1 2"/></svg>'
    numbers = re.findall(r"\d+\.\d+", with_foot(drawing, "Doorgroeien - a.figure - https://example.org " * 4))
    assert numbers and all(len(number.partition(".")[2]) == 1 for number in numbers)
