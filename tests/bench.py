"""Measure speed as ratios to a peer in the same run: ``make bench``. Never part of the tests.

Times are medians of wall-clock seconds; only the ratio means something on another machine.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from frictionless import Package

from doorgroeien.execution import current_outputs, notebook_paths
from doorgroeien.site import build
from doorgroeien.tables import load_all

ROOT = Path(__file__).resolve().parents[1]


def seconds(work, repeats=3):
    """Return the median time of ``work`` over ``repeats`` runs."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def line(name, ours, peer_name, peers):
    """Print one row of the table."""
    print(f"{name:38} {ours:8.2f} s   {peer_name:34} {peers:8.2f} s   {peers / ours:6.1f} x", flush=True)


def convert_one_by_one():
    """Execute the notebooks with nbconvert, one after another."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--output-dir", folder]
        for path in notebook_paths(ROOT):
            subprocess.run([*command, path.name], cwd=ROOT / path.parent, check=True, capture_output=True)


def main():
    """Run all comparisons."""
    print(f"{os.cpu_count()} cores. Right-hand column: how many times faster than the peer.\n")
    validate = lambda: Package(str(ROOT / "data" / "datapackage.json")).validate()  # noqa: E731
    line(
        "load and validate all tables",
        seconds(lambda: load_all(ROOT)),
        "frictionless validate",
        seconds(validate),
    )
    again = lambda: current_outputs(ROOT, lambda text: None, again=True)  # noqa: E731
    line("execute all notebooks", seconds(again, 1), "nbconvert, one by one", seconds(convert_one_by_one, 1))
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder) / "book"
        shutil.copytree(ROOT, book, ignore=shutil.ignore_patterns(".git", ".venv", "_build"))
        quiet = lambda text: None  # noqa: E731
        warm = seconds(lambda: build(book, quiet), 1)
        line("build, nothing to execute", warm, "execute all, then build", seconds(again, 1) + warm)


if __name__ == "__main__":
    main()
