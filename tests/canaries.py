"""Build on real answers with planted values, end the build in every way, and search for them everywhere.

    python tests/canaries.py [COUNT] [--whole]

A build ends well, by an error in a chapter, and COUNT times each by SIGINT and SIGKILL at random moments.
Each time the book, the folders of the user and of the machine that were written to, and the environment are
searched for identifiers and answers, as texts and as numbers in memory. The book is one chapter that shows
all it loads; with --whole it is the whole book, whose builds take minutes. Prints a table, and ends with 1
where anything was found.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from conftest import LEFT_OUT, ROOT, wait_until
from planted import (
    CELLS,
    SECRET,
    SHARED,
    aside,
    given,
    leaks,
    write_answers,
    write_book,
    write_notebook,
)

from doorgroeien.publishing.workspace import alone

COLUMNS = ("runs", "broken_off", "canaries", "modes", "processes", "left")
SHARED_FOLDERS = [Path("/tmp"), Path("/dev/shm")]
KEPT = [".jupyter", ".ipython", ".cache", ".local", ".config"]


class Trial:
    """A book, a package and what is searched after each build."""

    def __init__(self, folder: Path, whole: bool):
        """Write book and package below ``folder``."""
        self.book, self.home = folder / "book", folder / "home"
        self.package = write_answers(folder / "answers", ROOT)
        self.planted = [*SECRET, *given(self.package)]
        if whole:
            shutil.copytree(ROOT, self.book, ignore=LEFT_OUT)
        else:
            write_book(self.book, ROOT)
            write_notebook(self.book, [*CELLS, SHARED.replace("SECONDS", "3")])
        self.before = {path for place in SHARED_FOLDERS for path in place.iterdir()}

    def run(self, number: int = 0, moment: float | None = None) -> Counter:
        """Build from nothing, with the signal ``number`` after so many seconds; return what was found."""
        shutil.rmtree(self.book / "_build", ignore_errors=True)
        since, log = time.time(), self.home.with_name("log")
        environment = os.environ | aside(self.home)
        environment |= {"PYTHONPATH": str(self.book / "src"), "SURVEY": str(self.package)}
        command = [sys.executable, "-m", "doorgroeien", "build"]
        with log.open("wb") as said:
            options = {"cwd": self.book, "env": environment, "stdout": said, "stderr": said}
            process = subprocess.Popen(command, **options)
            try:
                process.wait(moment)
            except subprocess.TimeoutExpired:
                process.send_signal(number)
                process.wait()
        wait_until(lambda: not self.processes(), 20)
        return Counter(runs=1, broken_off=process.returncode != 0, **self.search(since, log))

    def processes(self) -> list[str]:
        """Return the processes that still work in the book."""
        found = []
        for place in Path("/proc").glob("[0-9]*/cwd"):
            try:
                found += [place.parent.name] * place.resolve().is_relative_to(self.book)
            except OSError:
                continue
        return found

    def search(self, since: float, log: Path) -> dict[str, int]:
        """Return how many planted values, open modes, processes and unfinished folders there are."""
        new = [path for place in SHARED_FOLDERS for path in place.iterdir() if path not in self.before]
        new = [path for path in new if not self.book.is_relative_to(path)]
        places = [self.book, self.home, *new, *(Path.home() / name for name in KEPT), Path(sys.prefix)]
        found = [leak for place in places for leak in leaks(place, self.planted, since)]
        found += [("log", value) for value in map(bytes.decode, SECRET) if value in log.read_text("utf-8")]
        for name, value in found:
            print(f"  found {value[:40]!r} in {name}", flush=True)
        edition = self.book / "_build" / "trial"
        open_to_others = edition.exists() and edition.stat().st_mode & 0o077 != 0
        running = len(self.processes())
        with alone(self.book):
            pass  # as the next command does
        left = [*self.book.glob("_build/**/.staging-*"), *(self.home / "tmp").iterdir()]
        return {"canaries": len(found), "modes": open_to_others, "processes": running, "left": len(left)}


def main(count: int, whole: bool) -> int:
    """Try all ends, print what was found after each kind, and return how much that is."""
    results, rng = {}, random.Random(1)
    with tempfile.TemporaryDirectory(prefix="canaries-") as folder:
        trial = Trial(Path(folder), whole)
        started = time.monotonic()
        results["success"] = trial.run()
        taken = time.monotonic() - started
        for number in (signal.SIGINT, signal.SIGKILL):
            moments = [rng.uniform(0.2, taken) for _ in range(count)]
            results[number.name] = sum((trial.run(number, moment) for moment in moments), Counter())
        if not whole:
            error = "raise ValueError(survey.respondents.iloc[-1].tolist())"
            write_notebook(trial.book, [*CELLS, error])
            results["failure"] = trial.run()
    print("end       " + "  ".join(f"{name:>10}" for name in COLUMNS))
    for name, row in results.items():
        print(f"{name:10}" + "  ".join(f"{row[column]:10}" for column in COLUMNS))
    return sum(row[column] for row in results.values() for column in COLUMNS[2:])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("count", nargs="?", type=int, default=10)
    parser.add_argument("--whole", action="store_true")
    chosen = parser.parse_args()
    sys.exit(main(chosen.count, chosen.whole) > 0)
