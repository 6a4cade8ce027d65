"""Run the notebooks as other machines would, and compare all published records with the stored ones.

    python tests/elsewhere.py [VARIANT ...]

A variant is another kernel of OpenBLAS, numpy without its vector instructions, two threads in place of one,
or inputs that differ in the twelfth digit; several at once are joined by a plus.
Each notebook runs in a process of its own, and variables are set for that process alone. Prints a table,
and ends with 1 where a record differs beyond the tolerance.
"""

import argparse
import asyncio
import os
import platform
import sys
import time
from pathlib import Path

import nbformat
from nbclient.exceptions import CellExecutionError, DeadKernelError
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

from doorgroeien.publishing.execution import execute, notebook_paths
from doorgroeien.results.register import MIME, records
from doorgroeien.results.reproduction import Difference, differences, largest_change

ROOT = Path(__file__).resolve().parents[1]
SHOWN = 40  # records of a variant that differ and are listed
# Scores, weights and bounds of published figures, each less by a share that no machine could be sure of.
PERTURBED = """
def perturb():
    import numpy as np
    import doorgroeien
    from doorgroeien.data import rounding
    from doorgroeien.estimation import design
    from doorgroeien.survey import instrument
    random = np.random.default_rng(12)

    def lessened(function):
        def less(*arguments, **options):
            values = function(*arguments, **options)
            return values * (1 - 1e-12 * random.random(np.shape(values)))
        return less

    instrument.Instrument.score = lessened(instrument.Instrument.score)
    design._weights = lessened(design._weights)
    doorgroeien.bounds = rounding.bounds = lessened(rounding.bounds)

perturb()
"""
# Records are compared, and pictures are not, so none is drawn.
UNDRAWN = """
from doorgroeien.results import register
register._svg, register._others = lambda *figure: "", lambda *drawing: {}
"""


def variants():
    """Return for each variant that this machine can run the variables and the preamble of its kernels."""
    threads = {"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2", "MKL_NUM_THREADS": "2"}
    plain = {
        "NPY_DISABLE_CPU_FEATURES": " ".join(name for name in __cpu_dispatch__ if __cpu_features__[name])
    }
    found = {"plain": (plain, ""), "threads": (threads, ""), "perturbed": ({}, PERTURBED)}
    if platform.machine() in ("x86_64", "AMD64"):
        kernels = ["Nehalem", "Sandybridge", "Haswell", "Zen"] + ["SkylakeX"] * __cpu_features__["AVX512_SKX"]
        found |= {name: ({"OPENBLAS_CORETYPE": name}, "") for name in kernels}
    return found


async def run(variables, preamble, say):
    """Return the largest change of a number, its place, and every difference, over all notebooks."""
    limit, found = asyncio.Semaphore(os.cpu_count() or 1), []

    async def one(path):
        async with limit:
            stored = nbformat.read(ROOT / path, as_version=4)
            now, _ = await execute(ROOT, path, stored, UNDRAWN + preamble, **variables)
            say(path.stem)
            return stored, now

    largest = (0.0, "")
    for stored, now in await asyncio.gather(*map(one, notebook_paths(ROOT))):
        for before, after in zip(stored.cells, now.cells, strict=True):
            if before.cell_type == "code":
                pair = [_published(cell.outputs) for cell in (before, after)]
                largest = max(largest, largest_change(*pair))
                found += differences(*pair)
    return *largest, found


def _joined(name, known):
    """Return the variables and the preamble of variants that are joined by a plus."""
    variables, preambles = zip(*(known[part] for part in name.split("+")), strict=True)
    return {key: value for each in variables for key, value in each.items()}, "".join(preambles)


def _published(outputs):
    """Return the outputs of a cell with their records alone."""
    kept = {"output_type": "display_data", "data": {MIME: {"records": records(outputs)}}}
    return [kept]


def main():
    """Run the variants that are named, or all, and print how far records move."""
    known = variants()
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "variant", nargs="*", help=f"of {', '.join(known)}; joined by a plus at once; all apart by default"
    )
    chosen = parser.parse_args().variant or list(known)
    if unknown := {part for name in chosen for part in name.split("+")} - set(known):
        parser.error(
            f"{', '.join(sorted(unknown))}: not a variant of this machine, which has {', '.join(known)}"
        )
    rows, wrong = [], 0
    for name in chosen:
        started = time.monotonic()
        say = lambda stem, name=name: print(f"  {name}: {stem}", file=sys.stderr, flush=True)  # noqa: E731
        try:
            change, place, found = asyncio.run(run(*_joined(name, known), say))
        except (CellExecutionError, DeadKernelError) as error:
            change, place, found = float("inf"), "failed", [Difference("a notebook", "run", str(error))]
        rows.append((name, change, time.monotonic() - started, len(found), place))
        wrong += len(found)
        first = {difference.place.split(" ")[0]: difference for difference in reversed(found)}
        for difference in list(reversed(first.values()))[:SHOWN]:
            print(f"{name}: {difference}")
    print(f"{'variant':16} {'largest change':>14} {'seconds':>8} {'differ':>7}  where")
    for name, change, seconds, count, place in rows:
        print(f"{name:16} {change:14.1e} {seconds:8.0f} {count:7}  {place}")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
