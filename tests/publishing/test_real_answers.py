"""A book on answers from elsewhere: built aside, on those answers alone, and without one of them in it."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner
from conftest import ROOT, runs, wait_until
from planted import (
    ACTING,
    CELLS,
    NOTEBOOK,
    PLANTED,
    SHARED,
    aside,
    given,
    leaks,
    write_answers,
    write_book,
    write_notebook,
)

from doorgroeien.cli import main
from doorgroeien.data.tables import load
from doorgroeien.intake.loading import load_survey
from doorgroeien.publishing.execution import current_outputs, notebook_paths
from doorgroeien.publishing.real_answers import BuildError, refuse_identifiers
from doorgroeien.publishing.workspace import alone
from doorgroeien.results.register import MIME

# Executes the chapter as a build does, after the package was checked.
EXECUTE = """
from pathlib import Path
from doorgroeien.publishing.execution import current_outputs
from doorgroeien.publishing.real_answers import restricted
with restricted(Path.cwd()):
    current_outputs(Path.cwd())
"""


@pytest.fixture
def book(tmp_path):
    """Return a book of one page and one chapter, which shows everything that it loads."""
    return write_book(tmp_path / "book", ROOT)


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """Return a package of real answers, of another seed and shape: Dutch CSV, planted values, a mapping."""
    return write_answers(tmp_path_factory.mktemp("real") / "answers", ROOT)


@pytest.fixture
def package(answers, tmp_path):
    """Return a copy of the package of real answers, to break."""
    return shutil.copytree(answers, tmp_path / "answers")


def make(book, package, *command):
    """Run a command in a process of its own, and return all that it says."""
    environment = os.environ | aside(book.parent / "home")
    environment |= {"PYTHONPATH": str(book / "src"), "SURVEY": str(package)}
    command = [sys.executable, *(command or ("-m", "doorgroeien", "build"))]
    return subprocess.run(command, cwd=book, env=environment, capture_output=True, text=True)


@pytest.fixture
def doorgroeien(book, monkeypatch):
    """Return a function that runs the command ``doorgroeien`` here, and returns exit code and log."""

    def invoke(package, *arguments):
        monkeypatch.chdir(book)
        monkeypatch.setenv("SURVEY", str(package))
        done = CliRunner().invoke(main, arguments)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output

    return invoke


def tracked(book):
    """Return the content of everything outside ``_build``."""
    files = (path for path in book.rglob("*") if path.is_file())
    return {path: path.read_bytes() for path in files if not {"_build", "__pycache__"} & set(path.parts)}


def assert_nothing_acts(site):
    """Check that texts of the package which would act in a page are on the pages, as texts."""
    shown = dict.fromkeys(ACTING, 0)
    for page in sorted(site.glob("**/*.html")):
        soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
        for element in soup.select("*"):
            assert not [name for name in element.attrs if name.startswith("on")], (page.name, element)
            assert "javascript:" not in str(element.get("href", "")).lower(), (page.name, element)
        assert not soup.select("img[src=x], script:-soup-contains('alert(1)'):not([type])"), page.name
        for acting in ACTING:
            shown[acting] += acting in soup.get_text()
    assert min(shown.values()) > 3, shown


@pytest.mark.slow
def test_no_answer_reaches_site_log_or_tracked_files(book, package, doorgroeien):
    before = tracked(book)
    done = make(book, package)
    assert done.returncode == 0 and "Executing 1 of 1" in done.stdout, done.stdout + done.stderr
    built = book / "_build" / "trial"
    assert (built / "html" / "index.html").is_file()
    assert not (book / "_build" / "html").exists()
    # `make serve` shows this site, and no other in its place.
    assert doorgroeien(package, "where") == (0, f"{built / 'html'}\n")
    code, log = doorgroeien("", "where")
    assert code == 1 and "No site yet" in log
    assert tracked(book) == before
    for folder in (book / "_build", book.parent / "home"):
        assert leaks(folder) == [] and leaks(folder, given(package)) == []
    for path in [built, *built.rglob("*")]:
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path
    assert not [value for value in PLANTED if value in done.stdout + done.stderr]
    page = (built / "html" / "notebooks" / "door.html").read_text(encoding="utf-8")
    count = len(pd.read_csv(package / "respondents.csv", sep=";", encoding="cp1252"))
    assert f"{count:,}" in page
    for language in ("trial of the door", "proef van de deur"):
        assert language in page and language in (built / "html" / "book" / "index.html").read_text("utf-8")
    assert "reference edition" not in page
    # Answers a reader could look up: none of the outputs that were not published.
    source = nbformat.read(built / "html" / "_sources" / NOTEBOOK, as_version=4)
    outputs = [cell.outputs for cell in source.cells if cell.cell_type == "code"]
    assert [len(output) for output in outputs] == [0, 0, 1, 2] and MIME in outputs[2][0].data
    assert_nothing_acts(built / "html")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a kernel with its parent")
def test_a_build_that_is_killed_while_its_kernel_has_the_answers_leaves_none(book, package):
    """`tests/canaries.py` does so in every way and at any moment."""
    ready = book.parent / "home" / "ready"
    write_notebook(book, [*CELLS, SHARED.replace("SECONDS", "60")])
    environment = os.environ | aside(book.parent / "home")
    environment |= {"PYTHONPATH": str(book / "src"), "SURVEY": str(package)}
    process = subprocess.Popen([sys.executable, "-c", EXECUTE], cwd=book, env=environment)
    assert wait_until(lambda: ready.is_file() and ready.read_text(), 300)
    process.kill()
    process.wait()
    assert wait_until(lambda: not runs(int(ready.read_text())))
    for folder in (book, book.parent / "home"):
        assert leaks(folder) == [] and leaks(folder, given(package)) == []
    assert (book / "_build" / "trial").stat().st_mode & 0o777 == 0o700
    with alone(book):
        assert not [*book.glob("_build/trial/*")] and not [*(book.parent / "home" / "tmp").iterdir()]


def test_the_search_for_leaks_finds_them(book, tmp_path):
    (tmp_path / "x").mkdir()
    with zipfile.ZipFile(tmp_path / "x" / "a.xlsx", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("sheet.xml", f"<c>{PLANTED[0]}</c>" * 9)
    (tmp_path / "x" / "b.html").write_text(PLANTED[3])
    assert sorted(leaks(tmp_path / "x")) == [("a.xlsx", PLANTED[0]), ("b.html", PLANTED[3])]


@pytest.mark.slow
def test_stored_outputs_are_not_used_and_other_answers_are_another_key(book, package, doorgroeien):
    code, log = doorgroeien("", "execute")
    assert code == 0 and f"stored {NOTEBOOK}" in log
    before = tracked(book)

    def said(package):
        """Return what is said of the outputs for a build on the answers in ``package``."""
        lines = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SURVEY", str(package))
            current_outputs(book, lines.append)
        return lines[0]

    assert "Executing 1 of 1" in said(package)
    assert "up to date" in said(package)
    frame = pd.read_csv(package / "answers.csv", sep=";", dtype=str, keep_default_na=False)
    item = next(name for name in frame.columns[1:] if frame.loc[0, name] in ("3", "4", "5"))
    frame.loc[0, item] = "1"
    frame.to_csv(package / "answers.csv", sep=";", index=False)
    assert "Executing 1 of 1" in said(package)
    assert tracked(book) == before


def test_a_package_with_problems_stops_the_build_and_shows_no_value(book, package, doorgroeien):
    frame = pd.read_csv(package / "answers.csv", sep=";", dtype=str, keep_default_na=False)
    frame.loc[3, "d1a_vision"] = "geheime opmerking 98765"
    frame.to_csv(package / "answers.csv", sep=";", index=False)
    code, log = doorgroeien(package, "build")
    assert code == 1
    assert "answers.csv, row 5, column d1a_vision: expected a whole number" in log
    assert "doorgroeien check" in log and "geheim" not in log and "98765" not in log
    assert not (book / "_build" / "trial").exists()


@pytest.mark.slow
def test_an_error_on_real_answers_shows_its_place_and_nothing_else(book, package, doorgroeien, capfd):
    write_notebook(
        book, [*CELLS, f"raise ValueError(survey.respondents.iloc[-1]['respondent'] + '{PLANTED[3]}')"]
    )
    done = make(book, package)
    log = done.stdout + done.stderr
    assert done.returncode == 1 and f"{NOTEBOOK}: cell 5: ValueError" in log
    assert not [value for value in PLANTED[:1] if value in log]
    for folder in (book / "_build", book.parent / "home"):
        assert leaks(folder) == [] and leaks(folder, given(package)) == []
    write_notebook(
        book, [*CELLS, "import warnings; warnings.warn(str(survey.respondents.iloc[-1].tolist()))"]
    )
    code, log = doorgroeien(package, "build")
    log += "".join(capfd.readouterr())
    assert code == 1 and f"{NOTEBOOK}: cell 5: a warning" in log and PLANTED[0] not in log


@pytest.mark.slow
def test_a_result_that_names_a_respondent_stops_the_build(book, package, doorgroeien, capfd):
    replace_in = CELLS[2].replace(
        '("people", "mensen")', '(f"people after {survey.respondents.iloc[-1, 0]}", "x")'
    )
    write_notebook(book, [*CELLS[:2], replace_in])
    code, log = doorgroeien(package, "build")
    log += "".join(capfd.readouterr())
    assert (
        code == 1 and "name a respondent or a municipality: door.respondents" in log and PLANTED[0] not in log
    )
    assert not (book / "_build" / "trial" / "html").exists()


@pytest.mark.slow
def test_outcomes_of_real_answers_are_not_stored_nor_built_into_another_site(book, package, doorgroeien):
    before = tracked(book)
    code, log = doorgroeien(package, "execute")
    assert code == 1 and "SURVEY is set" in log
    done = make(book, package, "-c", "from jupyter_book.cli.main import main; main()", "build", ".")
    assert done.returncode != 0 and "SURVEY is set" in done.stdout + done.stderr
    assert tracked(book) == before and not (book / "_build" / "html" / "index.html").exists()


def test_real_answers_inside_the_book_are_refused(book, package, doorgroeien):
    for path in package.iterdir():
        shutil.copy(path, book)
    code, log = doorgroeien(".", "build")
    assert code == 1 and log.count("inside the folder of the book") >= 6, log
    assert not (book / "_build" / "trial").exists()


def test_the_tables_of_the_reference_survey_are_not_mixed_in(monkeypatch, package):
    monkeypatch.setenv("SURVEY", str(package))
    with pytest.raises(ValueError, match=r"load_survey\(\)"):
        load("answers", ROOT)
    assert len(load("truth", ROOT))


def holding(respondents, municipalities):
    """Return a package with these respondents and these pairs of municipality and stratum."""

    class Package:
        tables = {
            "respondents": pd.DataFrame({"respondent": pd.array(respondents, dtype="str")}),
            "municipalities": pd.DataFrame(municipalities, columns=["municipality", "stratum"]),
        }

    return Package


def executed(**record):
    """Return the executed notebooks of a book with one result, on survey answers."""
    record = {
        "kind": "figure",
        "id": "a.b",
        "edition": {"en": "x", "nl": "x"},
        "data": {"columns": ["x"], "rows": [[1]]},
    } | record
    output = nbformat.v4.new_output("display_data", {MIME: {"records": [record]}})
    cell = nbformat.v4.new_code_cell("1", outputs=[output])
    return {Path("a.ipynb"): nbformat.v4.new_notebook(cells=[cell])}


def test_a_result_with_a_row_for_a_municipality_stops_the_build():
    package = holding(["p-1"], [("Elburg", "small"), ("0307", "small"), ("Utrecht", "Utrecht")])
    for cell in ("Elburg", "0307"):
        rows = {"columns": ["municipality", "score"], "rows": [[cell, 61.2]]}
        with pytest.raises(BuildError, match=r"a municipality: a\.b"):
            refuse_identifiers(executed(data=rows), package)
    # Public figures may name it, and so may a sentence and a stratum of its own.
    refuse_identifiers(executed(data=rows, edition=None), package)
    refuse_identifiers(executed(caption={"en": "Elburg joined in 1974"}), package)
    refuse_identifiers(executed(data={"columns": ["stratum"], "rows": [["Utrecht"]]}), package)
    with pytest.raises(BuildError, match=r"a\.score\.syn-017"):
        refuse_identifiers(executed(id="a.score.syn-017"), holding([], [("syn-017", "small")]))


def test_the_chapters_of_the_book_publish_no_row_for_a_municipality():
    survey = load_survey(root=ROOT)
    tables = {name: getattr(survey, name) for name in ("respondents", "municipalities")}
    stored = {path: nbformat.read(ROOT / path, as_version=4) for path in notebook_paths(ROOT)}
    refuse_identifiers(stored, type("Package", (), {"tables": tables}))


@pytest.mark.parametrize("name", ["p-00017", "x17"])
def test_identifiers_are_found_in_any_text_of_a_record_and_numbers_are_not(name):
    Package = holding([name, "2007"], [])
    refuse_identifiers(executed(caption={"en": "In 2007 nobody"}), Package)
    for record in (
        {"caption": {"en": f"As {name}, said"}},
        {"data": {"columns": ["x"], "rows": [[1], [name]]}},
    ):
        with pytest.raises(Exception, match=re.escape("a.b")):
            refuse_identifiers(executed(**record), Package)
