"""Measure the speed of estimation against R's survey, in the same run: part of ``make bench``.

Times are medians of wall-clock seconds on this machine; only their ratio means something on another.
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

from doorgroeien.design import Design

ITEMS = [f"y{number}" for number in range(1, 21)]
REPEATS = {443: 40, 2_200: 20, 100_000: 5, 1_000_000: 3}
R_REPEATS = {443: 20, 2_200: 10, 100_000: 3, 1_000_000: 1}


def sample(rows):
    """Return a stratified sample: 20 items, five domains, and units of five rows."""
    rng = np.random.default_rng(rows)
    frame = pd.DataFrame({name: rng.normal(50, 20, rows) for name in ITEMS})
    frame["plan"] = (rng.uniform(size=rows) < 1 / (1 + np.exp((50 - frame["y1"]) / 20))).astype(float)
    frame["weight"] = rng.uniform(1, 2, rows)
    frame["unit"] = np.arange(rows) // 5 + 1.0
    frame["stratum"] = frame["unit"] % 6 + 1
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
    if len(frame) < 10_000:
        replicated = design.replicate("bootstrap", replicates=1000)
        stages = {"unit": ["unit", "respondent"], "population": ["units", "people"]}
        staged = Design(data, stratum="size", **stages, lonely="remove")
        work["bootstrap, make 1,000 replicates"] = lambda: design.replicate("bootstrap", replicates=1000)
        work["bootstrap, domain means"] = lambda: replicated.mean(ITEMS, by="domain")
        work["domain means, two stages"] = lambda: staged.mean(ITEMS, by="domain")
    return work


def seconds(work, repeats):
    """Return the median time of ``work``."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def in_r(frame, folder):
    """Return R's median times by name, or none when R or its package survey is missing."""
    for name in frame:
        frame[name].to_numpy().tofile(Path(folder) / name)
    script = Path(__file__).with_suffix(".R")
    command = ["Rscript", str(script), folder, str(len(frame)), str(R_REPEATS[len(frame)])]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"R failed on {len(frame)} rows:\n{done.stderr}")
    return {
        name: float(value) for name, _, value in (line.rpartition(",") for line in done.stdout.splitlines())
    }


def has_r():
    """Tell whether R and its package survey are installed."""
    if shutil.which("Rscript") is None:
        return False
    return subprocess.run(["Rscript", "-e", "library(survey)"], capture_output=True).returncode == 0


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
    print("Estimation: 20 items, 5 domains, 6 strata. Seconds, medians; last column: times as fast as R.")
    if not with_r:
        print(
            "R with the package survey is not installed (Debian: r-base-core r-cran-survey): our times only."
        )
    for rows, repeats in REPEATS.items():
        frame = sample(rows)
        with tempfile.TemporaryDirectory() as folder:
            theirs = in_r(frame, folder) if with_r else {}
        for name, work in tasks(frame).items():
            mine = seconds(work, 3 if "make 1,000" in name else repeats)
            peer = theirs.get(name)
            ratio = f"{peer:10.4f} {peer / mine:8.1f} x" if peer else ""
            print(f"{rows:>9,} rows  {name:34} {mine:10.5f} {ratio}", flush=True)
    small, large = memory(100_000), memory(1_000_000)
    print(
        f"Peak memory of domain means: {small:.0f} bytes per row at 100,000 rows, {large:.0f} at 1,000,000."
    )


if __name__ == "__main__":
    main()
