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

import numpy as np
import pandas as pd
from frictionless import Package

from doorgroeien.data.tables import load, load_all
from doorgroeien.intake.loading import load_survey
from doorgroeien.measurement import multiverse
from doorgroeien.publishing.execution import current, notebook_paths
from doorgroeien.publishing.site import build
from doorgroeien.survey.answers import assembled
from doorgroeien.survey.frame import load_frame
from doorgroeien.survey.instrument import load_instrument
from doorgroeien.survey.ledger import estimands, verdicts
from doorgroeien.survey.weighting import municipal_design
from doorgroeien.synthetic.population import BEFORE, NOW, draw_population, draw_survey
from doorgroeien.synthetic.truth import truth

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


def write_survey(folder, count):
    """Write a package of ``count`` questionnaires of the longest kind, repeated from the reference survey."""
    survey = load_survey(root=ROOT)
    longest = survey.items["role"].value_counts().index[0]
    chosen = (survey.respondents["role"] == longest) & (
        survey.respondents["wave"] == survey.waves["wave"].max()
    )
    rows = np.resize(np.flatnonzero(chosen), count)
    names = pd.array([f"b-{number:07d}" for number in range(count)], dtype="str")
    last = survey.waves["wave"] == survey.waves["wave"].max()
    respondents = survey.respondents.iloc[rows].assign(respondent=names)
    invited = respondents.groupby(["municipality", "role"]).size().rename("here").reset_index()
    groups = survey.groups.drop(columns="responded").merge(invited, how="left")
    groups["invited"] = groups[["invited", "here"]].max(axis=1).astype(int)
    groups["population"] = groups[["invited", "population"]].max(axis=1)
    tables = {
        "edition": load("edition", ROOT),
        "waves": survey.waves[last],
        "municipalities": survey.municipalities.drop(columns=["unit", "responded"]),
        "groups": groups.drop(columns="here"),
        "respondents": respondents,
        "answers": survey.answers.iloc[rows].assign(respondent=names),
    }
    folder.mkdir()
    for name, table in tables.items():
        if "wave" in table:
            table = table[table["wave"] == survey.waves["wave"].max()]
        table.to_csv(folder / f"{name}.csv", index=False)
    return int(survey.answers.iloc[rows].notna().to_numpy().sum() - count)


def measured(code, *arguments):
    """Return the seconds and the peak of memory, in GB, of ``code`` in a process of its own (on Linux)."""
    before = "import sys, time, pandas as pd; from pathlib import Path; from doorgroeien import survey"
    peak = "Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0]"
    code = f"{before}\nstart = time.perf_counter()\n{code}\nprint(time.perf_counter() - start, {peak})"
    command = [sys.executable, "-c", code, *map(str, arguments)]
    out = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    time_taken, kilobytes = map(float, out.split())
    return time_taken, kilobytes / 1e6


def compare_door(count=1_000_000):
    """Check and load a large survey; beside it pandas reads the answers alone and checks nothing."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder, "survey")
        filled = write_survey(folder, count)
        ours, peak = measured("survey.load_survey(Path(sys.argv[1]))", folder)
        peers, peers_peak = measured("pd.read_csv(sys.argv[1])", folder / "answers.csv")
        size = (folder / "answers.csv").stat().st_size / 1e6
    line(f"check and load {count:,} respondents", ours, "pandas.read_csv of the answers", peers)
    print(f"{'  peak of memory':38} {peak:8.2f} GB  {'':34} {peers_peak:8.2f} GB")
    print(f"  ({size:,.0f} MB of answers, {filled:,} cells filled; the goal is 30 s and 3 GB)", flush=True)


def compare_workers():
    """Compute the multiverse of the last wave's parts with one worker and with two."""
    design, survey = municipal_design(load_survey(root=ROOT)), load_survey(root=ROOT)
    last = (design.table.data["wave"] == survey.waves["wave"].max()).to_numpy()
    parts = design.table.data.loc[last, sorted(survey.items.query("scored == 1")["dimension"].unique())]
    weight = pd.Series(design.weights[last], parts.index)
    sets = {
        (name, rule): multiverse.fill(parts, rule, weight) for name in "abcd" for rule in multiverse.FILLS
    }
    count = dict.fromkeys("abcd", dict.fromkeys(parts, 1))
    two, one = (seconds(lambda: multiverse.explore(sets, count, weight, jobs=jobs)) for jobs in (2, 1))  # noqa: B023
    line("multiverse of 1,600, two workers", two, "one worker", one)


def compare_draws():
    """Draw the reference survey, its truth and ledger; beside it the stored survey is read and checked."""
    tables = load_all(ROOT, only=("scales", "codes", "items", "waves"))
    instrument, frame, waves = load_instrument(tables=tables), load_frame(ROOT), tables["waves"]
    forms, edition = dict(zip(waves["wave"], waves["form"], strict=True)), load("edition", ROOT)

    def draw():
        population = draw_population(instrument, frame, forms, "letter", seed=1)
        drawn = {"edition": edition, "waves": waves, **draw_survey(population, instrument, seed=1)}
        truth(population, instrument)
        return verdicts(estimands(assembled(drawn, instrument), BEFORE, NOW))

    line(
        "draw a survey, its truth and ledger",
        seconds(draw),
        "read and check it",
        seconds(lambda: load_survey(root=ROOT)),
    )


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
    again = lambda: current(ROOT, lambda text: None, again=True)  # noqa: E731
    line("execute all notebooks", seconds(again, 1), "nbconvert, one by one", seconds(convert_one_by_one, 1))
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder) / "book"
        shutil.copytree(ROOT, book, ignore=shutil.ignore_patterns(".git", ".venv", "_build"))
        quiet = lambda text: None  # noqa: E731
        warm = seconds(lambda: build(book, quiet), 1)
        line("build, nothing to execute", warm, "execute all, then build", seconds(again, 1) + warm)
    compare_workers()
    compare_draws()
    compare_door()


if __name__ == "__main__":
    main()
