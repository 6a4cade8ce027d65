"""A stored or cached notebook counts only under the key of all it follows from."""

import subprocess
import sys

import nbformat
import pytest
from conftest import ROOT, replace

from doorgroeien import execution
from doorgroeien.execution import (
    ExecutionError,
    current_outputs,
    is_current,
    notebook_paths,
    store,
    stored_keys,
)

PAGE = "notebooks/sum.ipynb"


@pytest.fixture
def small_book(data_copy):
    """Return a book with one small notebook, not yet executed."""
    (data_copy / "notebooks").mkdir()
    (data_copy / "requirements.lock").write_text("numpy==1\n", encoding="utf-8")
    toc = "root: book/index\nparts:\n  - chapters:\n      - file: notebooks/sum\n"
    (data_copy / "_toc.yml").write_text(toc, encoding="utf-8")
    write_notebook(data_copy, ["x = 1", "x + 1"])
    return data_copy


def write_notebook(book, code, prose="# Sum"):
    cells = [nbformat.v4.new_markdown_cell(prose)]
    cells += [nbformat.v4.new_code_cell(source) for source in code]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), book / PAGE)


def executed(book):
    """Return which notebooks had to be executed, and the last output of the notebook."""
    said = []
    (notebook,) = current_outputs(book, said.append).values()
    ran = [line.split()[0] for line in said if line.startswith("  ")]
    return ran, notebook.cells[-1].outputs[-1]["data"]["text/plain"]


def test_a_notebook_is_executed_once_and_again_when_anything_it_follows_from_changes(small_book, monkeypatch):
    assert executed(small_book) == ([PAGE], "2")
    assert executed(small_book) == ([], "2")
    write_notebook(small_book, ["x = 1", "x + 1"], prose="# Sum, with other prose")
    assert executed(small_book) == ([], "2")
    write_notebook(small_book, ["x = 2", "x + 1"])
    assert executed(small_book) == ([PAGE], "3")
    for path in (
        "data/evidence/figures.csv",
        "data/datapackage.json",
        "book/references.bib",
        "requirements.lock",
    ):
        with (small_book / path).open("a", encoding="utf-8") as file:
            file.write("\n")
        assert executed(small_book) == ([PAGE], "3"), path
    package = small_book / "package"
    package.mkdir()
    (package / "module.py").write_text("x = 1\n", encoding="utf-8")
    monkeypatch.setattr(execution, "PACKAGE", package)
    assert executed(small_book) == ([PAGE], "3")
    (package / "site.py").write_text("x = 1\n", encoding="utf-8")
    assert executed(small_book) == ([], "3")
    (package / "module.py").write_text("x = 2\n", encoding="utf-8")
    assert executed(small_book) == ([PAGE], "3")


def test_what_builds_the_book_is_not_used_by_notebooks():
    code = "import sys, doorgroeien.figures\nfrom doorgroeien import *\n"
    code += "print(*(name for name in sys.modules if 'doorgroeien' in name))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    builders = {name.removesuffix(".py") for name in execution.BUILDERS}
    assert {"doorgroeien.tables", "doorgroeien.figures"} <= set(loaded)
    assert not {name.split(".")[1] for name in loaded if "." in name} & builders
    for path in notebook_paths(ROOT):
        for cell in nbformat.read(ROOT / path, as_version=4).cells:
            assert cell.cell_type != "code" or not any(
                f"doorgroeien.{name}" in cell.source for name in builders
            )


def test_stored_outputs_are_used_and_an_edited_output_or_a_forged_key_is_not(small_book):
    store(small_book, current_outputs(small_book, lambda line: None))
    for file in (small_book / "_build" / ".executed").iterdir():
        file.unlink()
    ((notebook, key),) = stored_keys(small_book).values()
    assert is_current(notebook, key)
    assert executed(small_book) == ([], "2")
    replace(small_book / PAGE, '"2"', '"9"')
    ((notebook, key),) = stored_keys(small_book).values()
    assert not is_current(notebook, key)
    assert executed(small_book) == ([PAGE], "2")


def test_storing_twice_changes_nothing(small_book):
    first = store(small_book, current_outputs(small_book, lambda line: None))
    assert [str(path) for path in first] == [PAGE]
    before = (small_book / PAGE).read_bytes()
    assert store(small_book, current_outputs(small_book, lambda line: None, again=True)) == []
    assert (small_book / PAGE).read_bytes() == before


def test_a_failing_cell_is_named_and_leaves_the_notebook_alone(small_book):
    write_notebook(small_book, ["x = 1", "1 / 0", "x"])
    before = (small_book / PAGE).read_bytes()
    with pytest.raises(ExecutionError, match=r"notebooks/sum\.ipynb: cell 2\n(.|\n)*ZeroDivisionError"):
        current_outputs(small_book, lambda line: None)
    assert (small_book / PAGE).read_bytes() == before


def test_a_damaged_cache_is_not_used(small_book):
    executed(small_book)
    (file,) = (small_book / "_build" / ".executed").iterdir()
    file.write_text("{", encoding="utf-8")
    assert executed(small_book) == ([PAGE], "2")
