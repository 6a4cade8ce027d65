"""The two tiers of tests: none gets into the wrong one unnoticed."""

import subprocess

import pytest
from conftest import run

NAMES = ("built/test_changes", "publishing/test_execution", "built/test_site", "results/test_formats")
LONG = """
import conftest, pytest
conftest.SECONDS = 0

def test_long():
    sum(range(100_000))

@pytest.mark.slow
def test_slow_and_long():
    sum(range(100_000))
"""


def test_a_unit_test_starts_no_process_but_git():
    with pytest.raises(RuntimeError, match="true is started by a test without the mark slow"):
        subprocess.run(["true"])
    assert subprocess.run(["git", "--version"], capture_output=True).returncode == 0


@pytest.mark.slow
def test_a_unit_test_that_takes_long_is_named(root, tmp_path):
    (tmp_path / "test_long.py").write_text(LONG, encoding="utf-8")
    options = ("-p", "conftest", "-p", "no:cacheprovider", "-o", "markers=slow", "--rootdir", str(tmp_path))
    done = run(root / "tests", "-m", "pytest", *options, str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "test_long.py::test_long" in done.stdout and "Make it quicker, or mark it slow." in done.stdout
    assert "test_slow_and_long" not in done.stdout


@pytest.mark.slow
def test_cells_and_what_uses_the_built_site_are_slow_and_what_is_quick_comes_last(root):
    def collected(*options):
        collect = ("--collect-only", "--quiet", "-o", "addopts=", "-p", "no:cacheprovider")
        done = run(root, "-m", "pytest", *collect, *options)
        return list(dict.fromkeys(line.split("::")[0] for line in done.stdout.splitlines() if "::" in line))

    files, units = collected(), collected("-m", "not slow")
    cells = [file for file in files if file.endswith(".ipynb")]
    changes, execution, site, quick = (f"tests/{name}.py" for name in NAMES)
    assert len(cells) >= 9 and not set(units) & {*cells, site, changes}
    assert quick in units and set(units) < set(files)
    places = [files.index(file) for file in (changes, execution, site, *cells, quick)]
    assert places == sorted(places) and places[0] == 0
