"""Measure the speed of estimation against R's survey, in the same run: part of ``make bench``.

R and we take turns, so that a busy machine slows both. Times are medians of wall-clock seconds; only their
ratio means something on another machine.
"""

import shutil
import statistics
import subprocess
import tempfile
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd

from doorgroeien.estimation.design import Design

ITEMS = [f"y{number}" for number in range(1, 21)]
TURNS = {443: 9, 2_200: 5, 100_000: 5, 1_000_000: 3}
OURS_PER_TURN = 5


def sample(rows):
    """Return a stratified sample: 20 items, five domains, and units of five rows."""
    rng = np.random.default_rng(rows)
    frame = pd.DataFrame({name: rng.normal(50, 20, rows) for name in ITEMS})
    frame["plan"] = (rng.uniform(size=rows) < 1 / (1 + np.exp((50 - frame["y1"]) / 20))).astype(float)
    frame["weight"] = rng.uniform(1, 2, rows)
    frame["unit"] = np.minimum(np.arange(rows) // 5, rows // 5 - 1) + 1.0  # the last has the rest as well
    frame["stratum"] = frame["unit"] % 6 + 1
    frame["grade"] = np.digitize(frame["y1"] / 20 + rng.logistic(size=rows), [1, 2, 4]) + 1.0
    frame["domain"] = rng.integers(1, 6, rows).astype(float)
    frame["units"] = np.ceil(rows / 5 / 6 * 1.05) + 1
    frame["people"] = 9.0
    return frame


def tasks(frame):
    """Return the work to time, by name."""
    data = frame.assign(
        domain=frame["domain"].map(dict(enumerate("abcde", start=1))),
        size=frame["stratum"].astype(int),
        respondent=np.arange(len(frame)),
    )
    design = Design(data, weight="weight", stratum="size")
    total = data["weight"].sum()
    margins = {"size": dict.fromkeys(range(1, 7), total / 6), "domain": dict.fromkeys("abcde", total / 5)}
    work = {
        "make the design": lambda: Design(data, weight="weight", stratum="size"),
        "domain means": lambda: design.mean(ITEMS, by="domain"),
        "rake two margins": lambda: design.calibrate(margins, "rake"),
        "logit regression": lambda: design.regress("plan ~ y1 + y2 + domain", "logit"),
        "Rao-Scott test": lambda: design.association("plan", "domain"),
    }
    if len(frame) < 1_000_000:  # R takes minutes for a million
        work["proportional odds"] = lambda: design.ordinal("grade ~ y1 + y2 + domain")
    if len(frame) < 10_000:
        replicated = design.replicate("bootstrap", replicates=1000)
        stages = {"unit": ["unit", "respondent"], "population": ["units", "people"]}
        staged = Design(data, stratum="size", **stages)
        work["bootstrap, make 1,000 replicates"] = lambda: design.replicate("bootstrap", replicates=1000)
        work["bootstrap, domain means"] = lambda: replicated.mean(ITEMS, by="domain")
        work["domain means, two stages"] = lambda: staged.mean(ITEMS, by="domain")
    return work


def has_r():
    """Tell whether R and its package survey are installed, and MASS, of which survey uses a function."""
    if shutil.which("Rscript") is None:
        return False
    command = ["Rscript", "-e", "library(survey); loadNamespace('MASS')"]
    return subprocess.run(command, capture_output=True).returncode == 0


class Peer:
    """R with the same data, waiting for the name of a task."""

    def __init__(self, frame, folder):
        """Hand over the data and start R."""
        for name in frame:
            frame[name].to_numpy().tofile(Path(folder) / name)
        command = ["Rscript", str(Path(__file__).with_suffix(".R")), folder, str(len(frame))]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def seconds(self, task):
        """Return how long R took for a task."""
        print(task, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"R stopped at {task!r}; what it wrote stands above.")
        return float(answer)

    def stop(self):
        """End R."""
        self.process.stdin.close()
        self.process.wait()


def seconds(work):
    """Return how long ``work`` took."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def compare(frame, peer):
    """Print a line for each task."""
    for name, work in tasks(frame).items():
        turns = 3 if "make 1,000" in name or "two stages" in name else TURNS[len(frame)]
        mine, theirs = [], []
        for _ in range(turns):
            theirs += [peer.seconds(name)] if peer else []
            mine += [seconds(work) for _ in range(OURS_PER_TURN)]
        line = f"{len(frame):>9,} rows  {name:34} {statistics.median(mine):10.5f}"
        if theirs:
            theirs = statistics.median(theirs)
            line += f" {theirs:10.4f} {theirs / statistics.median(mine):8.1f} x"
        print(line, flush=True)


def memory(rows):
    """Return the peak memory of domain means, in bytes per row beyond the data."""
    design = Design(sample(rows), weight="weight", stratum="stratum")
    tracemalloc.start()
    design.mean(ITEMS, by="domain")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / rows


def main():
    """Print the table."""
    with_r = has_r()
    print("Estimation: 20 items, 5 domains, 6 strata. Seconds, medians: ours, R's, and R's over ours.")
    if not with_r:
        print(
            "R with the packages survey and MASS is not installed (Debian: r-base-core r-cran-survey "
            "r-cran-mass): our times only."
        )
    for rows in TURNS:
        frame = sample(rows)
        with tempfile.TemporaryDirectory() as folder:
            peer = Peer(frame, folder) if with_r else None
            compare(frame, peer)
            if peer:
                peer.stop()
    small, large = memory(100_000), memory(1_000_000)
    print(
        f"Peak memory of domain means: {small:.0f} bytes per row at 100,000 rows, {large:.0f} at 1,000,000."
    )


if __name__ == "__main__":
    main()
