"""A new chapter is whole: it executes, it is in the book, and the book builds with it."""

import json
import shutil

import pytest
import yaml
from conftest import build, digest, run, small_book

from doorgroeien.publishing.execution import notebook_paths
from doorgroeien.publishing.new_chapter import ChapterError, new_chapter
from doorgroeien.results.chapter import Chapter


@pytest.fixture
def book(root, tmp_path):
    """Return a folder with what a new chapter stands beside."""
    for folder in ("notebooks", "book"):
        (tmp_path / folder).mkdir()
    for file in ("_toc.yml", "notebooks/triangulation.ipynb", "book/glossary.md"):
        shutil.copy(root / file, tmp_path / file)
    return tmp_path


def test_a_new_chapter_comes_after_the_last_notebook_and_the_rest_of_the_order_stays(root, book):
    before = (book / "_toc.yml").read_text(encoding="utf-8")
    assert new_chapter(book, "regional-differences") == [
        "notebooks/regional-differences.ipynb",
        "notebooks/regional-differences.toml",
        "book/nl/regional-differences.md",
        "_toc.yml",
    ]
    after = (book / "_toc.yml").read_text(encoding="utf-8")
    added = [line for line in after.splitlines() if line not in before.splitlines()]
    assert set(added) == {f"      - file: {place}/regional-differences" for place in ("notebooks", "book/nl")}
    for line in added:
        after = after.replace(f"{line}\n", "")
    assert after == before
    after = (book / "_toc.yml").read_text(encoding="utf-8")
    parts = {part["caption"]: part["chapters"] for part in yaml.safe_load(after)["parts"]}
    assert parts["Synthesis"][-1] == {"file": "notebooks/regional-differences"}
    assert notebook_paths(book)[-1].name == "regional-differences.ipynb"


def test_title_ids_and_words_bear_its_name(book):
    new_chapter(book, "regional-differences")
    text = (book / "notebooks" / "regional-differences.ipynb").read_text(encoding="utf-8")
    assert "# Regional differences" in text and "{num}`regional-differences.cases`" in text
    assert "NAME" not in text and "TITLE" not in text
    assert Chapter("regional-differences", root=book).name == "regional-differences"


@pytest.mark.parametrize(
    "name", ["", "Regional", "two words", "../outside", "a/b", "-a", "a-", "a--b", "1a", "één", "a.b", "a\n"]
)
def test_a_name_that_is_no_slug_is_refused_and_nothing_is_written(book, name):
    before = digest(book)
    with pytest.raises(ChapterError, match="cannot be part of an address.*regional-differences"):
        new_chapter(book, name)
    assert digest(book) == before


@pytest.mark.parametrize(
    ("name", "file"), [("triangulation", "notebooks/triangulation.ipynb"), ("glossary", "book/glossary.md")]
)
def test_a_name_that_is_taken_is_refused_and_nothing_is_written(book, name, file):
    before = digest(book)
    with pytest.raises(ChapterError, match=f"'{name}' is taken by {file}. Choose another."):
        new_chapter(book, name)
    assert digest(book) == before


@pytest.mark.slow
def test_the_new_chapter_executes_and_the_book_builds_with_it(tmp_path):
    folder = small_book(tmp_path / "book")
    done = run(folder, "-m", "doorgroeien", "new", "chapter", "regional-differences")
    assert done.returncode == 0, done.stderr
    again = run(folder, "-m", "doorgroeien", "new", "chapter", "regional-differences")
    assert again.returncode == 1 and "is taken" in again.stderr and "Traceback" not in again.stderr
    finished = build(folder)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    site = folder / "_build" / "html"
    page = (site / "notebooks" / "regional-differences.html").read_text(encoding="utf-8")
    assert "<title>Regional differences" in page
    records = json.loads((site / "results" / "results.json").read_text(encoding="utf-8"))["numbers"]
    (number,) = (record for record in records if record["id"] == "regional-differences.cases")
    figures = (folder / "data" / "evidence" / "figures.csv").read_text(encoding="utf-8")
    (row,) = (line for line in figures.splitlines() if line.startswith("fraud.cases.2007,"))
    assert f",{number['value']:.0f},cases," in row
