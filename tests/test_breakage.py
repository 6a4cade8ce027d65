"""Break the book in every way it promises to notice; the build must fail for that reason."""

import hashlib
import json

import nbformat
import pytest
from bs4 import BeautifulSoup
from conftest import build, replace, run

FIGURES = "data/evidence/figures.csv"


def digest(folder):
    """Return the hashes of all files below ``folder``."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def add_notebook(book, *code):
    """Add a notebook with ``code`` cells to the book, as ``notebooks/extra``."""
    cells = [nbformat.v4.new_markdown_cell("# Extra")]
    cells += [nbformat.v4.new_code_cell(source) for source in code]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), book / "notebooks" / "extra.ipynb")
    replace(
        book / "_toc.yml",
        "      - file: notebooks/documents\n",
        "      - file: notebooks/documents\n      - file: notebooks/extra\n",
    )


def test_wrong_data_stop_the_build_name_the_row_and_leave_the_old_site(book_copy):
    before = digest(book_copy / "_build" / "html")
    table = (book_copy / FIGURES).read_text(encoding="utf-8").splitlines()
    row = next(number for number, line in enumerate(table, start=1) if line.startswith("fraud.cases.2007,"))
    table[row - 1] = table[row - 1].replace("32520", "many").replace("CBS70127", "CBS99999")
    (book_copy / FIGURES).write_text("\n".join(table) + "\n", encoding="utf-8")
    done = build(book_copy)
    assert done.returncode == 1
    assert f"{FIGURES}, row {row}, column value: found 'many', expected a number" in done.stderr
    assert f"{FIGURES}, row {row}, column source: found 'CBS99999'" in done.stderr
    assert "run `make hashes`" in done.stderr
    assert "Traceback" not in done.stderr
    assert digest(book_copy / "_build" / "html") == before


def test_a_failing_cell_stops_the_build_and_leaves_the_old_site(book_copy):
    before = digest(book_copy / "_build" / "html")
    add_notebook(book_copy, "x = 1", "1 / 0")
    done = build(book_copy)
    assert done.returncode == 1
    assert "notebooks/extra.ipynb: cell 2" in done.stderr and "ZeroDivisionError" in done.stderr
    assert digest(book_copy / "_build" / "html") == before


PUBLISH = (
    "from doorgroeien import publish\n"
    "text = dict(definition=('a', 'b'), population=('c', 'd'), sources='CBS70127', unit='cases')\n"
)
BREAKS = {
    "an unknown id": (
        "No such {num}`triangulation.nothing` here.",
        "no number 'triangulation.nothing' is published",
    ),
    "an unknown format": ("So {num}`triangulation.cases.2007|percent`.", "format 'percent' is not one of"),
    "an interval that is not there": ("So {num}`extra.plain|range`.", "format 'range' needs an interval"),
    "bare digits": ("In all 34,920 cases were found.", "bare digits '34,920' in a sentence"),
    "a bare percentage": ("That is 60% of 2007.", "bare digits '60%' in a sentence"),
    "a page that is not there": ("See [there](nowhere.md).", "nowhere.md"),
    "an anchor that is not there": (
        "See <a href='glossary.html#nothing'>there</a>.",
        "'glossary.html#nothing' leads to no place",
    ),
    "a file that is not there": (
        "See <a href='../results/none.csv'>there</a>.",
        "'../results/none.csv' leads to no file",
    ),
    "a picture from another host": ("<img src='https://example.org/a.png' alt='a'>", "asks another host"),
    "an unknown role": ("An {unknown}`x`.", "unknown"),
    "a work that is not in the bibliography": ("So {cite:p}`Nobody2009`.", "Nobody2009"),
    "a figure that is not published": ("```{published} triangulation.nothing\n```", "no figure or table"),
    "a citation of a page that is not there": (
        "```{cite-record} notebooks/nothing\n```",
        "nothing to cite is called 'notebooks/nothing'",
    ),
    "a number that cannot be cited": ("So ({in-text}`triangulation.none`).", "called 'triangulation.none'"),
    "a language that is not known": ("```{language} fr\nMot\n```", "language 'fr' is not one of"),
}


@pytest.fixture(scope="module")
def broken(built, tmp_path_factory):
    """Return what the build of a book broken in all these ways says, and the hashes of the site around it."""
    import shutil

    book = tmp_path_factory.mktemp("broken") / "book"
    shutil.copytree(built, book)
    page = book / "book" / "how-to-cite.md"
    lines = page.read_text(encoding="utf-8").rstrip("\n").split("\n")
    places = {}
    for name, (text, _) in BREAKS.items():
        places[name] = len(lines) + 2
        lines += ["", *text.split("\n")]
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")
    add_notebook(
        book,
        PUBLISH + "publish('extra.plain', 1, **text)\npublish('extra.unused', 2, **text)",
        "publish('extra.plain', 1, **text)",
        "publish('other.name', 1, **text)",
        "import sys\nprint('careful', file=sys.stderr)",
    )
    before = digest(book / "_build" / "html")
    done = build(book)
    return done, places, before == digest(book / "_build" / "html")


@pytest.mark.parametrize("name", BREAKS)
def test_the_page_and_line_are_named(broken, name):
    done, places, _ = broken
    message = BREAKS[name][1]
    found = [line for line in done.stderr.splitlines() if message in line]
    assert found, done.stderr
    if "leads to" in message or "another host" in message:  # found in the page that was written
        assert any("book/how-to-cite.html" in line for line in found)
    else:
        assert any(f"book/how-to-cite.md:{places[name]}" in line for line in found), found


@pytest.mark.parametrize(
    "message",
    [
        "number 'extra.unused' is published and never used",
        "id 'extra.plain' is published twice, first in notebooks/extra, cell 1",
        "id 'other.name' must begin with 'extra.'",
        "stderr was found in the cell outputs of cell",
    ],
)
def test_what_a_notebook_publishes_wrongly_is_named(broken, message):
    done, _, _ = broken
    lines = [line for line in done.stderr.splitlines() if message in line]
    assert lines and all("notebooks/extra.ipynb" in line for line in lines), done.stderr


def test_the_broken_book_is_not_published(broken):
    done, _, untouched = broken
    assert done.returncode == 1
    assert "The previous site is untouched" in done.stderr
    assert untouched


def shown(book, page, id):
    """Return the texts of a number on a page of the built site."""
    html = (book / "_build" / "html" / f"{page}.html").read_text(encoding="utf-8")
    links = BeautifulSoup(html, "html.parser").select("a.num-value")
    return {link.get_text() for link in links if link["href"].endswith(f"#{id}")}


def change_cases(book, old, new):
    """Change the registered cases of 2007 by as little as their half-years allow, and accept the change."""
    path = book / FIGURES
    text = path.read_text(encoding="utf-8")
    (line,) = (line for line in text.splitlines() if line.startswith("fraud.cases.2007,"))
    assert f",{old}," in line
    path.write_text(text.replace(line, line.replace(f",{old},", f",{new},")), encoding="utf-8")
    assert run(book, "-m", "doorgroeien.cli", "hashes").returncode == 0


def test_a_changed_figure_changes_the_number_everywhere_with_make_book_and_with_jupyter_book(book_copy):
    assert "32,520" in shown(book_copy, "notebooks/triangulation", "triangulation.cases.2007")
    change_cases(book_copy, 32520, 32530)
    done = build(book_copy)
    assert done.returncode == 0, done.stderr
    assert "notebooks/triangulation.ipynb" in done.stdout, "it was executed again"
    assert "32,530" in shown(book_copy, "notebooks/triangulation", "triangulation.cases.2007")
    assert shown(book_copy, "book/samenvatting", "triangulation.cases.2007") == {"32.530"}
    results = json.loads(
        (book_copy / "_build" / "html" / "results" / "results.json").read_text(encoding="utf-8")
    )
    assert {record["id"]: record["value"] for record in results["numbers"]}[
        "triangulation.cases.2007"
    ] == 32530

    # Back again: what was stored then holds now, so that nothing is executed a second time.
    change_cases(book_copy, 32530, 32520)
    plain = run(book_copy, "-c", "from jupyter_book.cli.main import main; main()", "build", ".")
    assert plain.returncode == 0, plain.stderr
    assert shown(book_copy, "book/samenvatting", "triangulation.cases.2007") == {"32.520"}

    add_notebook(book_copy, "1 / 0")
    failed = run(book_copy, "-c", "from jupyter_book.cli.main import main; main()", "build", ".")
    assert failed.returncode != 0 and "ZeroDivisionError" in failed.stdout + failed.stderr


def test_a_second_build_of_an_unchanged_book_executes_nothing_and_gives_the_same_site(book_copy):
    before = digest(book_copy / "_build" / "html")
    done = build(book_copy)
    assert done.returncode == 0, done.stderr
    assert "up to date" in done.stdout
    after = digest(book_copy / "_build" / "html")
    differ = {name for name in before if before[name] != after.get(name)}
    assert {name for name in differ if not name.endswith(".xlsx")} <= {"objects.inv"}  # these hold the time
    assert set(after) == set(before)


def test_nbval_notices_a_changed_number_and_a_notebook_without_outputs(book_copy):
    path = book_copy / "notebooks" / "triangulation.ipynb"
    command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", str(path)]
    text = path.read_text(encoding="utf-8")
    assert '"value": 32520' in text
    path.write_text(text.replace('"value": 32520', '"value": 32521'), encoding="utf-8")
    done = run(book_copy, *command)
    assert done.returncode == 1 and "mismatch 'application/vnd.doorgroeien.results+json'" in done.stdout
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    nbformat.write(notebook, path)
    done = run(book_copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_notebooks.py")
    assert done.returncode == 1 and "test_every_code_cell_was_executed_in_order" in done.stdout
