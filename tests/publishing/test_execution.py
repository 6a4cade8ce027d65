"""A stored or cached notebook counts only under the key of all it follows from."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from conftest import replace, runs, wait_until

from doorgroeien.data.tables import refresh_hashes
from doorgroeien.publishing import execution, kernel
from doorgroeien.publishing.execution import (
    ExecutionError,
    NotebookError,
    current,
    execute,
    notebook_paths,
    read_notebooks,
    stale,
    store,
)

pytestmark = pytest.mark.slow
PAGE = "notebooks/sum.ipynb"
INLINE = "module://matplotlib_inline.backend_inline"
QUIET = {"say": lambda line: None}
PUBLISH = """
from doorgroeien import publish
publish("sum.total", {value}, unit="count", definition=("a sum", "een som"), population=("a", "b"),
        sources="Kish1965")
"""


@pytest.fixture
def small_book(data_copy):
    """Return a book with one small notebook, not yet executed."""
    (data_copy / "notebooks").mkdir()
    (data_copy / "requirements.lock").write_text("numpy==1\npandas==2\n", encoding="utf-8")
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
    (one,) = current(book, said.append).values()
    ran = [line.split()[0] for line in said if line.startswith("  ")]
    return ran, one.notebook.cells[-1].outputs[-1]["data"]["text/plain"]


def outputs(book):
    cells = nbformat.read(book / PAGE, as_version=4).cells
    return [cell.outputs for cell in cells if cell.cell_type == "code"]


def test_a_notebook_is_executed_once_and_again_when_what_it_follows_from_changes(small_book):
    assert executed(small_book) == ([PAGE], "2")
    assert executed(small_book) == ([], "2")
    write_notebook(small_book, ["x = 1", "x + 1"], prose="# Sum, with other prose")
    assert executed(small_book) == ([], "2")
    write_notebook(small_book, ["x = 2", "x + 1"])
    assert executed(small_book) == ([PAGE], "3")
    code = ["import numpy", "from doorgroeien import load", "len(load('events')) - 1"]
    write_notebook(small_book, code)
    ran, before = executed(small_book)
    assert ran == [PAGE]
    events = small_book / "data" / "evidence" / "events.csv"
    lines = events.read_text(encoding="utf-8").splitlines(keepends=True)
    events.write_text("".join(lines[:-1]), encoding="utf-8")
    refresh_hashes(small_book)
    assert executed(small_book) == ([PAGE], str(int(before) - 1))


def test_what_a_notebook_used_is_noted_with_its_key(small_book):
    code = [
        "import numpy as np",
        PUBLISH.format(value=3),
        "from doorgroeien import load; len(load('events'))",
    ]
    write_notebook(small_book, code)
    store(small_book, current(small_book, **QUIET))
    noted = json.loads((small_book / execution.KEYS).read_text(encoding="utf-8"))[PAGE]["used"]
    assert noted["tables"] == ["events"]
    assert {"results.register", "data.tables", "results.formats"} <= set(noted["modules"])
    assert not [name for name in noted["modules"] if name.startswith(("publishing", "measurement"))]
    assert noted["packages"] == ["numpy", "pandas"], "those in the lock file"
    assert noted["sources"] == ["Kish1965"]


def test_stored_outputs_are_used_and_an_edited_output_or_a_forged_key_is_not(small_book):
    store(small_book, current(small_book, **QUIET))
    for file in (small_book / "_build" / ".executed").iterdir():
        file.unlink()
    assert stale(small_book) == []
    assert executed(small_book) == ([], "2")
    replace(small_book / PAGE, '"2"', '"9"')
    assert [path.as_posix() for path in stale(small_book)] == [PAGE]
    assert executed(small_book) == ([PAGE], "2")
    store(small_book, current(small_book, again=True, **QUIET))
    keys = json.loads((small_book / execution.KEYS).read_text(encoding="utf-8"))
    for damage in ({**keys[PAGE], "key": "0" * 64}, {"key": keys[PAGE]["key"]}, None):
        (small_book / execution.KEYS).write_text(json.dumps({PAGE: damage}), encoding="utf-8")
        assert [path.as_posix() for path in stale(small_book)] == [PAGE]
    for text in ("", "{", "[]"):
        (small_book / execution.KEYS).write_text(text, encoding="utf-8")
        assert [path.as_posix() for path in stale(small_book)] == [PAGE]


def test_storing_twice_changes_nothing(small_book):
    first = store(small_book, current(small_book, **QUIET))
    assert [path.as_posix() for path in first] == [PAGE, execution.KEYS]
    before = (small_book / PAGE).read_bytes()
    assert store(small_book, current(small_book, again=True, **QUIET)) == []
    assert (small_book / PAGE).read_bytes() == before


def test_a_stored_output_stays_where_the_notebook_says_the_same_to_the_tolerance(small_book, monkeypatch):
    """The value comes from a variable, as on another machine: nothing that the key covers has changed."""
    monkeypatch.setenv("ELSEWHERE", "1")
    value = PUBLISH.format(value="float(os.environ['ELSEWHERE'])")
    write_notebook(small_book, ["import os", value, "'a word'"])
    store(small_book, current(small_book, **QUIET))
    before = {name: (small_book / name).read_bytes() for name in (PAGE, execution.KEYS)}
    monkeypatch.setenv("ELSEWHERE", "1.0000001")
    assert store(small_book, current(small_book, again=True, **QUIET)) == []
    assert before == {name: (small_book / name).read_bytes() for name in before}
    monkeypatch.setenv("ELSEWHERE", "1.00001")
    assert len(store(small_book, current(small_book, again=True, **QUIET))) == 2
    assert "1.00001" in (small_book / PAGE).read_text(encoding="utf-8")


def test_a_new_picture_of_the_same_data_is_stored_when_the_code_changed_and_else_not(small_book):
    code = (
        "import pandas as pd\n"
        "from doorgroeien import publish_figure\n"
        "from doorgroeien.results.pictures import new_figure\n"
        "fig, ax = new_figure()\n"
        "ax.plot([1, 2], color={colour})\n"
        "words = {{'caption': 'What to see here now', 'alt': 'A line that rises to two'}}\n"
        "here = {{'population': ('a', 'b'), 'sources': 'Kish1965'}}\n"
        "publish_figure('sum.plot', fig, data=pd.DataFrame({{'a': [1, 2]}}), **words, **here)"
    )
    drawn = "'rb'[id(ax) * 0 + __import__('time').time_ns() % 2]"  # red or blue, as chance has it
    write_notebook(small_book, [code.format(colour=drawn)])
    store(small_book, current(small_book, **QUIET))
    before = outputs(small_book)
    for _ in range(4):
        assert store(small_book, current(small_book, again=True, **QUIET)) == []
    write_notebook_code(small_book, code.format(colour="'green'"))
    store(small_book, current(small_book, **QUIET))
    (((old,),), ((new,),)) = before, outputs(small_book)
    assert old["data"]["image/svg+xml"] != new["data"]["image/svg+xml"]
    assert old["data"][execution.MIME] == new["data"][execution.MIME]


def write_notebook_code(book, source):
    notebook = nbformat.read(book / PAGE, as_version=4)
    notebook.cells[-1].source = source
    nbformat.write(notebook, book / PAGE)


def test_a_failing_cell_is_named_and_leaves_the_notebook_alone(small_book):
    write_notebook(small_book, ["x = 1", "1 / 0", "x"])
    before = (small_book / PAGE).read_bytes()
    with pytest.raises(ExecutionError, match=r"notebooks/sum\.ipynb: cell 2\n(.|\n)*ZeroDivisionError"):
        current(small_book, **QUIET)
    assert (small_book / PAGE).read_bytes() == before


def test_what_did_not_fail_is_not_executed_again_when_the_rest_is_mended(small_book):
    toc, other = small_book / "_toc.yml", "notebooks/other.ipynb"
    toc.write_text(toc.read_text(encoding="utf-8") + "      - file: notebooks/other\n", encoding="utf-8")
    shutil.copy(small_book / PAGE, small_book / other)
    write_notebook(small_book, ["1 / 0"])
    with pytest.raises(ExecutionError):
        current(small_book, **QUIET)
    write_notebook(small_book, ["1 / 1"])
    said = []
    current(small_book, said.append)
    assert [line.split()[0] for line in said if line.startswith("  ")] == [PAGE]


def test_a_damaged_cache_is_not_used(small_book):
    executed(small_book)
    (file,) = (small_book / "_build" / ".executed").iterdir()
    for damage in ("{", "", "[]", file.read_text(encoding="utf-8").replace('"2"', '"9"')):
        file.write_text(damage, encoding="utf-8")
        assert executed(small_book) == ([PAGE], "2")


def run_cell(book, source, **variables):
    """Return what a cell prints in a kernel of the book."""
    write_notebook(book, [source])
    (path,) = notebook_paths(book)
    notebook = nbformat.read(book / path, as_version=4)
    done, _ = asyncio.run(execute(book, path, notebook, **variables))
    return "".join(output["text"] for output in done.cells[-1].outputs)


def test_kernels_have_the_interpreter_and_settings_of_the_book_whatever_the_user_has(
    small_book, tmp_path, monkeypatch
):
    foreign = tmp_path / "foreign"
    spec = {"argv": ["false"], "display_name": "Python 3", "language": "python"}
    files = {
        "jupyter/kernels/python3/kernel.json": json.dumps(spec),
        "ipython/profile_default/startup/00.py": "print('foreign startup'); x = 'foreign'",
        "ipython/profile_default/ipython_config.py": "get_config().IPKernelApp.exec_lines = ['x = 1']",
        "ipython/profile_default/ipython_kernel_config.py": "raise SystemExit('foreign')",
        "startup.py": "print('foreign PYTHONSTARTUP'); x = 'foreign'",
        "python/doorgroeien/__init__.py": "raise SystemExit('foreign package')",
        "mpl/matplotlibrc": "axes.titlesize: 99",
        "home/.ipython/profile_default/startup/00.py": "x = 'foreign'",
    }
    for name, text in files.items():
        path = foreign / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name, value in {
        "JUPYTER_PATH": foreign / "jupyter",
        "JUPYTER_RUNTIME_DIR": "/proc/none",
        "IPYTHONDIR": foreign / "ipython",
        "PYTHONSTARTUP": foreign / "startup.py",
        "PYTHONPATH": foreign / "python",
        "MATPLOTLIBRC": foreign / "mpl" / "matplotlibrc",
        "MPLCONFIGDIR": foreign / "mpl",
        "MPLBACKEND": "nonsense",
        "HOME": foreign / "home",
        "OMP_NUM_THREADS": "7",
    }.items():
        monkeypatch.setenv(name, str(value))
    (small_book / "notebooks" / "pandas.py").write_text("raise SystemExit('foreign')", encoding="utf-8")
    said = run_cell(
        small_book,
        "import os, sys, matplotlib, doorgroeien\n"
        "said = sys.executable, doorgroeien.__file__, 'x' in globals(), os.environ['OMP_NUM_THREADS'],\n"
        "said += os.environ['ELSEWHERE'], matplotlib.rcParams['axes.titlesize'], matplotlib.get_backend()\n"
        "print(*said, sep='\\n')",
        ELSEWHERE="yes",
    )
    package = os.path.join(execution.PACKAGE, "__init__.py")
    assert said.splitlines() == [sys.executable, package, "False", "1", "yes", "large", INLINE], said


def test_a_kernel_that_does_not_start_is_told_in_one_line(small_book, monkeypatch):
    monkeypatch.setattr(kernel.sys, "executable", "/bin/false")
    with pytest.raises(ExecutionError) as error:
        current(small_book, **QUIET)
    assert str(error.value).startswith(f"{PAGE}: no kernel starts: ")
    assert "\n" not in str(error.value)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="asks the system which processes run")
def test_a_kernel_and_the_workers_of_its_notebook_end_with_a_command_that_is_killed(small_book):
    code = (
        "import os, time\nfrom pathlib import Path\nfrom joblib import Parallel, delayed\n"
        "def work(number):\n    Path(f'pid-{number}').write_text(str(os.getpid()))\n    time.sleep(60)\n"
        "Path('pid').write_text(str(os.getpid()))\nParallel(2)(delayed(work)(number) for number in range(2))"
    )
    write_notebook(small_book, [code])
    command = subprocess.Popen([sys.executable, "-m", "doorgroeien", "execute"], cwd=small_book)
    written = [small_book / "notebooks" / name for name in ("pid", "pid-0", "pid-1")]
    assert wait_until(lambda: all(path.is_file() and path.read_text() for path in written))
    processes = [path.read_text() for path in written]
    assert all(map(runs, processes))
    command.kill()
    command.wait()
    assert wait_until(lambda: not any(map(runs, processes)))


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="asks the system which processes run")
def test_a_kernel_whose_parent_ended_while_it_started_ends_too(tmp_path):
    ended = subprocess.Popen(["true"])
    ended.wait()
    command = [sys.executable, "-P", "-m", "doorgroeien.publishing.kernel", "-f", str(tmp_path / "c.json")]
    environment = os.environ | {"JPY_PARENT_PID": str(ended.pid)}
    started = subprocess.Popen(command, env=environment, start_new_session=True)
    try:
        assert started.wait(60) == -signal.SIGKILL
    finally:
        started.kill()


BROKEN = {
    "a merge": (
        "<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> other\n",
        "line 1 is <<<<<<<: a merge is not finished",
    ),
    "cut off": ('{"cells": [\n  {"cell_type": "mark', "line 2 of 2 is not JSON (Unterminated string"),
    "empty": ("", "the file is empty"),
    "a list": ("[]", "it is JSON, but no notebook"),
    "no cells": ('{"a": 1}', "it is JSON, but no notebook"),
    "a cell without a kind": (
        '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"source": ""}]}',
        "it is JSON, but no notebook",
    ),
}


def test_files_that_are_no_notebooks_are_named_all_at_once_in_a_line_each(tmp_path):
    paths = [Path(f"{name}.ipynb") for name in (*BROKEN, "not UTF-8", "gone")]
    for name, (text, _) in BROKEN.items():
        (tmp_path / f"{name}.ipynb").write_text(text, encoding="utf-8")
    (tmp_path / "not UTF-8.ipynb").write_bytes(b"{\xff")
    with pytest.raises(NotebookError) as error:
        read_notebooks(tmp_path, paths)
    lines = str(error.value).splitlines()
    expected = [said for _, said in BROKEN.values()] + ["byte 2 is not UTF-8", "No such file or directory"]
    assert len(lines) == len(expected)
    for path, line, said in zip(paths, lines, expected, strict=True):
        assert line.startswith(f"{path}: {said}"), line
