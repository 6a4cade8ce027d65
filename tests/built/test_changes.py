"""Change the book as its readers may: what follows from a change changes everywhere, and nothing else."""

import json

import nbformat
import pytest
from bs4 import BeautifulSoup
from conftest import add_notebook, build, digest, run, small_book

from doorgroeien.data.tables import refresh_hashes
from doorgroeien.publishing.freshness import KEY, is_current

FIGURES = "data/evidence/figures.csv"


def shown(book, page, id):
    """Return the texts of a number on a page of the built site."""
    html = (book / "_build" / "html" / f"{page}.html").read_text(encoding="utf-8")
    links = BeautifulSoup(html, "html.parser").select("a.num-value")
    return {link.get_text() for link in links if f"/{id}.html" in link["href"]}


def change_cases(book, old, new):
    """Change the registered cases of 2007 by as little as their half-years allow, and accept the change."""
    path = book / FIGURES
    text = path.read_text(encoding="utf-8")
    (line,) = (line for line in text.splitlines() if line.startswith("fraud.cases.2007,"))
    assert f",{old}," in line
    path.write_text(text.replace(line, line.replace(f",{old},", f",{new},")), encoding="utf-8")
    assert refresh_hashes(book) == ["evidence/figures.csv"]


@pytest.mark.slow
def test_a_changed_figure_changes_the_number_everywhere_with_make_book_and_with_jupyter_book(tmp_path):
    book, id = small_book(tmp_path / "book"), "triangulation.cases.2007"
    change_cases(book, 32520, 32530)
    with (book / "book" / "how-to-cite.md").open("a", encoding="utf-8") as page:
        page.write("\n```{literalinclude} ../LICENSE\n```\n")
    done = build(book)
    assert done.returncode == 0, done.stderr
    assert "notebooks/triangulation.ipynb" in done.stdout, "it was executed again"
    assert "32,530" in shown(book, "notebooks/triangulation", id)
    assert shown(book, "book/index", id) == {"32,530"}
    assert shown(book, "book/samenvatting", id) == {"32.530"}
    results = json.loads((book / "_build" / "html" / "results" / "results.json").read_text(encoding="utf-8"))
    assert {record["id"]: record["value"] for record in results["numbers"]}[id] == 32530

    # A page takes in a file from elsewhere, on which the site hangs as well.
    site, licence = book / "_build" / "html", book / "LICENSE"
    assert is_current(site, book)
    licence.write_text(licence.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert not is_current(site, book)

    # Back again: what was stored then holds now, so that nothing is executed a second time.
    change_cases(book, 32530, 32520)
    plain = run(book, "-c", "from jupyter_book.cli.main import main; main()", "build", ".")
    assert plain.returncode == 0, plain.stderr
    assert "up to date" in plain.stdout
    assert "32,520" in shown(book, "notebooks/triangulation", id)
    assert shown(book, "book/samenvatting", id) == {"32.520"}

    add_notebook(book, "1 / 0")
    failed = run(book, "-c", "from jupyter_book.cli.main import main; main()", "build", ".")
    assert failed.returncode != 0 and "ZeroDivisionError" in failed.stdout + failed.stderr


def test_a_second_build_of_an_unchanged_book_executes_nothing_and_gives_the_same_site(book_copy):
    (book_copy / "_build" / "html" / KEY).unlink()
    before = digest(book_copy / "_build" / "html")
    done = build(book_copy)
    assert done.returncode == 0, done.stderr
    assert "up to date" in done.stdout
    after = digest(book_copy / "_build" / "html")
    differ = {name for name in before if before[name] != after.get(name)}
    # The one holds the time, the other the folder in which the theme looks for its templates.
    assert differ <= {"objects.inv", ".buildinfo"}
    assert set(after) == {*before, KEY}


def test_nbval_notices_a_changed_number_and_a_notebook_without_outputs(book_copy):
    path = book_copy / "notebooks" / "triangulation.ipynb"
    command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", str(path)]
    text = path.read_text(encoding="utf-8")
    assert '"value": 32520' in text
    path.write_text(text.replace('"value": 32520', '"value": 32521'), encoding="utf-8")
    done = run(book_copy, *command)
    assert done.returncode == 1
    assert "triangulation.cases.2007 value: stored 32521.0, now 32520.0" in done.stdout
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    nbformat.write(notebook, path)
    done = run(book_copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_notebooks.py")
    assert done.returncode == 1 and "test_every_code_cell_was_executed_in_order" in done.stdout
