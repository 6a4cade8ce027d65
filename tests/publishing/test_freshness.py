"""A site carries the key of all it follows from: nothing changed, nothing done; and never too little."""

import json
import os
import shutil
import sys
import time

import nbformat
import pytest
from conftest import LEFT_OUT, OPENED, ROOT, digest, git, replace, run

from doorgroeien.publishing import freshness, site
from doorgroeien.publishing.freshness import KEY, inputs, is_current, reseal, seal
from doorgroeien.synthetic.population import write_reference

SOURCE = "src/doorgroeien"
PAGE, NOTEBOOK = "book/background.md", "notebooks/support.ipynb"
# What the command must not load to say that nothing is to be done.
HEAVY = {
    "IPython",
    "docutils",
    "jupyter_book",
    "matplotlib",
    "nbformat",
    "numpy",
    "pandas",
    "scipy",
    "sphinx",
}


@pytest.fixture
def book(tmp_path, monkeypatch):
    """Return a copy of the book, without its site and without git, and of the package that makes it."""
    folder = tmp_path / "book"
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
    monkeypatch.setattr(freshness, "PACKAGE", folder / "src" / "doorgroeien")
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    return folder


@pytest.fixture
def checkout(book):
    """Return the book as a git checkout of which everything is committed."""
    git(book, "init", "-q", "-b", "main")
    git(book, "add", "-A")
    git(book, "commit", "-q", "-m", "The book")
    return book


def append(path, text="\n"):
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def change_output(book):
    notebook = nbformat.read(book / NOTEBOOK, as_version=4)
    cell = next(cell for cell in notebook.cells if cell.get("outputs"))
    cell.outputs.pop()
    nbformat.write(notebook, book / NOTEBOOK)


CHANGES = {
    "a sentence": lambda book: append(book / PAGE, "\nOne more sentence.\n"),
    "a letter": lambda book: replace(book / PAGE, "# Background", "# background"),
    "a sentence in a notebook": lambda book: replace(book / NOTEBOOK, "# Support at all", "# Support on all"),
    "an output": change_output,
    "a new page": lambda book: (book / "book" / "new.md").write_text("# New\n", encoding="utf-8"),
    "a page that is gone": lambda book: (book / PAGE).unlink(),
    "a page of another name": lambda book: (book / PAGE).rename(book / "book" / "history.md"),
    "the contents": lambda book: append(book / "_toc.yml"),
    "an option": lambda book: replace(book / "_config.yml", "show_toc_level: 2", "show_toc_level: 1"),
    "a picture": lambda book: append(book / "book" / "_static" / "operationalisation.svg"),
    "a style sheet of Jupyter Book's folder": lambda book: (
        (book / "_static").mkdir(),
        (book / "_static" / "own.css").write_text("p { top: 0 }", encoding="utf-8"),
    ),
    "a row": lambda book: append(book / "data" / "evidence" / "figures.csv"),
    "the schema": lambda book: append(book / "data" / "datapackage.json"),
    "the bibliography": lambda book: append(book / "book" / "references.bib"),
    "the citation": lambda book: replace(book / "CITATION.cff", "date-released: ", "date-released:  "),
    "the changelog": lambda book: append(book / "CHANGELOG.md"),
    "the lock file": lambda book: append(book / "requirements.lock"),
    "a module": lambda book: append(book / SOURCE / "results" / "formats.py"),
    "the extension": lambda book: append(book / SOURCE / "sphinxext" / "content" / "digits.py"),
    "a script": lambda book: append(book / SOURCE / "sphinxext" / "static" / "site.js"),
    "a template": lambda book: append(book / SOURCE / "sphinxext" / "pages" / "number.html"),
}
IN_GIT = {
    "a commit": lambda book: git(book, "commit", "-q", "--allow-empty", "-m", "Nothing"),
    "a tag": lambda book: git(book, "tag", "v9.9.9"),
    "a file that differs": lambda book: append(book / "README.md"),
    "a file that git does not know": lambda book: append(book / "note.txt"),
    "a shallow clone": lambda book: (book / ".git" / "shallow").write_text(
        git(book, "rev-parse", "HEAD") + "\n", encoding="utf-8"
    ),
}
NO_CHANGES = {
    "time": lambda book: os.utime(book / PAGE, (1, 1)),
    "what Python keeps": lambda book: (
        (book / SOURCE / "__pycache__").mkdir(exist_ok=True),
        append(book / SOURCE / "__pycache__" / "formats.pyc"),
    ),
    "what Jupyter keeps": lambda book: (
        (book / "notebooks" / ".ipynb_checkpoints").mkdir(),
        append(book / "notebooks" / ".ipynb_checkpoints" / "support-checkpoint.ipynb"),
    ),
    **{
        name: lambda book, name=name: append(book / name)
        for name in ("README.md", "Makefile", "tests/conftest.py", "CONTRIBUTING.md", "pyproject.toml")
    },
    "what a build keeps": lambda book: ((book / "_build").mkdir(), append(book / "_build" / "x")),
}


@pytest.mark.parametrize("name", CHANGES)
def test_every_kind_of_change_gives_another_key(book, name):
    before = inputs(book)
    CHANGES[name](book)
    assert inputs(book) != before


@pytest.mark.parametrize("name", NO_CHANGES)
def test_what_no_page_follows_from_does_not(book, name):
    before = inputs(book)
    NO_CHANGES[name](book)
    assert inputs(book) == before


@pytest.mark.slow
@pytest.mark.parametrize("name", IN_GIT)
def test_all_that_pages_say_of_the_commit_is_in_the_key(checkout, name):
    before = inputs(checkout)
    IN_GIT[name](checkout)
    assert inputs(checkout) != before


@pytest.mark.slow
def test_a_change_that_is_committed_gives_another_key_than_one_that_is_not(checkout):
    append(checkout / PAGE, "\nOne more sentence.\n")
    before = inputs(checkout)
    git(checkout, "commit", "-q", "-a", "-m", "A sentence")
    assert inputs(checkout) != before


def test_the_key_knows_packages_dates_and_answers(book, monkeypatch, tmp_path):
    known = [inputs(book)]
    installed = tmp_path / "installed"
    (installed / "theme-2.0.dist-info").mkdir(parents=True)
    monkeypatch.syspath_prepend(installed)
    known.append(inputs(book))
    (installed / "theme-2.0.dist-info").rename(installed / "theme-2.1.dist-info")
    known.append(inputs(book))
    with monkeypatch.context() as other:
        other.setattr(sys, "version", "4.0")
        known.append(inputs(book))
    for epoch in ("1780000000", "1780000001"):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
        known.append(inputs(book))
    answers = tmp_path / "answers"
    write_reference(answers, ROOT, "flat", 11)
    monkeypatch.setenv("SURVEY", str(answers))
    known.append(inputs(book))
    replace(answers / "edition.csv", "reference edition", "another edition")
    known.append(inputs(book))
    (answers / "answers.csv").unlink()
    known.append(inputs(book))
    assert all(one != other for place, one in enumerate(known) for other in known[:place])


@pytest.fixture
def small(book):
    """Return the folder of a small site that carries the key of the book."""
    folder = book / "_build" / "html"
    (folder / "book").mkdir(parents=True)
    for name in ("index.html", "book/index.html"):
        (folder / name).write_text("<p>x</p>", encoding="utf-8")
    (book / "words").mkdir()
    append(book / "words" / "licence.txt", "words")
    seal(folder, inputs(book, ["words"]), ["words"])
    return folder


def test_a_site_is_current_as_long_as_the_book_and_its_own_files_are_the_same(book, small):
    assert is_current(small, book)
    sentence = (book / PAGE).read_bytes()
    append(book / PAGE)
    assert not is_current(small, book)
    (book / PAGE).write_bytes(sentence)
    assert is_current(small, book)


@pytest.mark.parametrize(
    "damage",
    [
        lambda site: (site / "book" / "index.html").unlink(),
        lambda site: append(site / "index.html"),
        lambda site: append(site / "new.html"),
        lambda site: (site / "index.html").rename(site / "start.html"),
        lambda site: (site / KEY).unlink(),
        lambda site: (site / KEY).write_text("{", encoding="utf-8"),
    ],
)
def test_a_site_whose_files_are_not_as_they_were_written_is_not_current(book, small, damage):
    damage(small)
    assert not is_current(small, book)


def test_pdfs_that_are_added_leave_a_site_current_and_do_not_make_it_so(book, small):
    append(small / "index.html", "<a>PDF</a>")
    reseal(small)
    assert is_current(small, book)
    append(book / PAGE)
    reseal(small)
    assert not is_current(small, book)
    (small / KEY).unlink()
    reseal(small)
    assert not (small / KEY).exists()


def test_what_pages_take_in_from_elsewhere_counts(book, small):
    append(book / "words" / "licence.txt")
    assert not is_current(small, book)


def test_a_new_file_in_a_folder_that_pages_take_in_counts(book, small):
    append(book / "words" / "more.txt")
    assert not is_current(small, book)


def pretend(book, monkeypatch, meanwhile=lambda book: None):
    """Let a build take no time, write one page, and something else happen before it ends."""

    def make_pages(root, folder, say):
        folder.mkdir()
        (folder / "index.html").write_text((book / PAGE).read_text("utf-8"), "utf-8")
        meanwhile(book)
        return ["words"]

    monkeypatch.setattr("doorgroeien.publishing.pages.make_pages", make_pages)


def said(book):
    """Build and return what that says in the end."""
    lines = []
    site.build(book, lines.append)
    return lines[-1]


def change_and_undo(book):
    content = (book / PAGE).read_bytes()
    append(book / PAGE)
    (book / PAGE).write_bytes(content)


MEANWHILE = {
    PAGE: lambda book: append(book / PAGE),
    "book/references.bib": lambda book: (book / "book" / "references.bib").unlink(missing_ok=True),
    "book/new.md": lambda book: append(book / "book" / "new.md"),
    "words/new.txt": lambda book: append(book / "words" / "new.txt"),
    "git": lambda book: git(book, "commit", "-q", "--allow-empty", "-m", "Nothing"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", [*MEANWHILE, "undone"])
def test_what_changes_while_the_pages_are_written_makes_the_next_build_write_them_again(
    checkout, monkeypatch, name
):
    (checkout / "words").mkdir()
    pretend(checkout, monkeypatch, MEANWHILE.get(name, change_and_undo))
    line = said(checkout)
    assert line.startswith("Changed in the meantime: ") and (PAGE if name == "undone" else name) in line
    pretend(checkout, monkeypatch)
    assert said(checkout).startswith("Done in")
    assert said(checkout).startswith("Nothing has changed")
    assert not list((checkout / "_build").glob(".staging-*"))


def test_a_build_that_fails_leaves_the_site_and_its_key_alone(book, monkeypatch):
    pretend(book, monkeypatch)
    said(book)
    content = (book / PAGE).read_bytes()
    append(book / PAGE)

    def fail(root, folder, say):
        raise site.BuildError("no")

    monkeypatch.setattr("doorgroeien.publishing.pages.make_pages", fail)
    with pytest.raises(site.BuildError):
        said(book)
    (book / PAGE).write_bytes(content)
    assert said(book).startswith("Nothing has changed")


@pytest.mark.slow
def test_the_key_covers_every_file_that_a_build_opens(built):
    paths = json.loads((built.parent / OPENED).read_text(encoding="utf-8"))
    opened = {os.path.relpath(path, built) for path in paths if path.startswith(f"{built}{os.sep}")}
    opened = {name.replace("src/doorgroeien", "doorgroeien", 1) for name in opened}
    opened = {name for name in opened if not name.startswith("_build/") and "__pycache__" not in name}
    opened -= {"<unknown>"}  # no file: Python looks for the text of an expression that it cannot parse
    covered = json.loads((built / "_build" / "html" / KEY).read_text(encoding="utf-8"))["inputs"]
    assert opened - covered.keys() == set()
    assert {"CHANGELOG.md", "_toc.yml", PAGE, NOTEBOOK, "data/letter/findings.csv"} <= opened
    assert len(opened) > 100


@pytest.mark.slow
def test_with_nothing_changed_nothing_is_done_or_even_loaded(book_copy):
    before = digest(book_copy / "_build")
    start = time.perf_counter()
    done = run(book_copy, "-X", "importtime", "-m", "doorgroeien", "build")
    taken = time.perf_counter() - start
    (line,) = done.stdout.splitlines()
    assert line.startswith("Nothing has changed since the site was built. Open ")
    loaded = {
        part.split("|")[-1].strip() for part in done.stderr.splitlines() if part.startswith("import time:")
    }
    assert "doorgroeien.publishing.freshness" in loaded and not HEAVY & loaded
    assert taken < 3
    assert digest(book_copy / "_build") == before
