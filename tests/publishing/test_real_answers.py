"""A book on answers from elsewhere: built aside, on those answers alone, and without one of them in it."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from click.testing import CliRunner
from conftest import ROOT

from doorgroeien.cli import main
from doorgroeien.data.tables import load
from doorgroeien.intake.loading import load_survey
from doorgroeien.publishing.execution import current_outputs, notebook_paths
from doorgroeien.publishing.real_answers import BuildError, refuse_identifiers
from doorgroeien.results.register import MIME
from doorgroeien.synthetic.population import write_reference

# What must never leave the package: an identifier, a municipality, a number of inhabitants and a name.
PLANTED = ("q-geheim-4711", "plantdorp-9183", "18734", "Plantsma")
NOTEBOOK = "notebooks/door.ipynb"
CELLS = [
    "from doorgroeien import publish\n"
    "from doorgroeien.intake.loading import load_survey\n"
    "survey = load_survey()\n"
    "survey.respondents",
    "print(survey.answers.head(3), survey.municipalities)",
    'publish("door.respondents", len(survey.respondents), unit="persons", definition=("people", "mensen"),\n'
    '        population=("everybody asked", "iedereen die is gevraagd"), **survey.provenance)',
]
PAGE = "# Door\n\nThere are {num}`door.respondents` of them.\n"


def write_notebook(book, cells):
    cells = [nbformat.v4.new_markdown_cell("# Chapter"), *map(nbformat.v4.new_code_cell, cells)]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})
    nbformat.write(notebook, book / NOTEBOOK)


@pytest.fixture
def book(tmp_path):
    """Return a book of one page and one chapter, which shows everything that it loads."""
    folder = tmp_path / "book"
    for name in ("src", "data"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("CITATION.cff", "_config.yml", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, folder)
    for name in ("book", "notebooks"):
        (folder / name).mkdir()
    shutil.copy(ROOT / "book" / "references.bib", folder / "book")
    (folder / "book" / "index.md").write_text(PAGE, encoding="utf-8")
    # Every page links to these two.
    (folder / "book" / "how-to-cite.md").write_text("# How to cite\n", encoding="utf-8")
    summary = "---\nlanguage: nl\n---\n\n# Samenvatting\n"
    (folder / "book" / "samenvatting.md").write_text(summary, encoding="utf-8")
    chapters = "{file: notebooks/door}, {file: book/how-to-cite}, {file: book/samenvatting}"
    toc = f"format: jb-book\nroot: book/index\nparts:\n  - {{caption: A, chapters: [{chapters}]}}\n"
    (folder / "_toc.yml").write_text(toc, encoding="utf-8")
    write_notebook(folder, CELLS)
    return folder


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """Return a package of real answers, of another seed and shape: Dutch CSV, planted values, a mapping."""
    folder = tmp_path_factory.mktemp("real") / "answers"
    write_reference(folder, ROOT, "flat", 11)
    (folder / "truth.csv").unlink()
    (folder / "edition.csv").unlink()
    tables = {path.stem: pd.read_csv(path, dtype=str, keep_default_na=False) for path in folder.glob("*.csv")}
    respondent = tables["respondents"].iloc[-1]
    for table in tables.values():
        table.replace(
            {respondent["respondent"]: PLANTED[0], respondent["municipality"]: PLANTED[1]}, inplace=True
        )
    small = tables["municipalities"]["size_class"] == "<20k"
    rows = small & (tables["municipalities"]["municipality"] != PLANTED[1])
    tables["municipalities"].loc[rows[rows].index[0], "inhabitants"] = PLANTED[2]
    tables["respondents"]["name"] = PLANTED[3]
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", sep=";", index=False, encoding="cp1252")
    mapping = '[edition]\nedition = "trial"\nname_en = "trial of the door"\nname_nl = "proef van de deur"\n'
    mapping += 'synthetic = 0\n[ignore]\nrespondents = ["name"]\n'
    (folder / "mapping.toml").write_text(mapping, encoding="utf-8")
    return folder


@pytest.fixture
def package(answers, tmp_path):
    """Return a copy of the package of real answers, to break."""
    return shutil.copytree(answers, tmp_path / "answers")


def make(book, package, *command):
    """Run a command in a process of its own, and return all that it says."""
    environment = os.environ | {"PYTHONPATH": str(book / "src"), "SURVEY": str(package)}
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


def leaks(folder):
    """Return the planted values in the files below a folder, also those inside archives."""
    found = []
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        contents = [path.read_bytes(), path.name.encode()]
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as file:
                contents += [file.read(name) for name in file.namelist()]
        if path.name == "objects.inv":
            contents.append(zlib.decompress(contents[0].split(b"zlib.\n", 1)[1]))
        found += [(path.name, value) for value in PLANTED for text in contents if value.encode() in text]
    return found


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
    assert leaks(book / "_build") == []
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
    assert [len(output) for output in outputs] == [0, 0, 1] and MIME in outputs[2][0].data


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
    assert done.returncode == 1 and f"{NOTEBOOK}: cell 4: ValueError" in log
    assert not [value for value in PLANTED[:1] if value in log] and leaks(book / "_build") == []
    write_notebook(
        book, [*CELLS, "import warnings; warnings.warn(str(survey.respondents.iloc[-1].tolist()))"]
    )
    code, log = doorgroeien(package, "build")
    log += "".join(capfd.readouterr())
    assert code == 1 and f"{NOTEBOOK}: cell 4: a warning" in log and PLANTED[0] not in log


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
