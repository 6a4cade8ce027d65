"""The validation of the method: many draws of each study, computed in shards and added up in three tables.

A shard is a run of draws of one study. It is stored when it is done, under a digest of the code and the data
that it follows from, so what was interrupted goes on where it stopped, and what no longer holds is left
aside. Under another code draws still hold if it draws the same: one of each shard is drawn again, and if one
has other numbers none is kept. Shards are computed on the cores there are, or by the workers of a Dask
scheduler; a draw depends on its study, its number and the seed alone, so who computed it makes no difference
to any digit.
"""

import ast
import gc
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from doorgroeien.synthetic.study import KEY, OFTEN, STUDIES, Draw, Study, draw, seed_of

__all__ = ["DRAWS", "SEED", "TABLES", "ValidationError", "digests", "run", "shown", "summary", "write"]

SEED, DRAWS, SHARD = 2008, 2000, 50
# Studies of which the first draw is stored as it is, for tests to draw it again.
SHOWN = ("letter", "edge", "complete", "without-population")
LEVEL = 0.05
SAME = 1e-9  # how far apart numbers of the same draw may lie, of one and at least of themselves
TABLES = ("studies", "coverage", "verdicts", "draws")
PARTS = ("estimates", "verdicts")  # of a shard
VERDICT = ("supported", "contradicted", "not supported", "inconclusive")
# What a draw follows from: below the package, and below data/.
WINGS = ("data", "estimation", "measurement", "results", "survey", "synthetic")
DATA = ("frame", "instrument", "letter/estimands.csv", "letter/dimensions.csv", "survey/waves.csv")
AS_TEXT = dict.fromkeys(("wave", "scenario", "code", "data"), "str")  # also where it has digits alone
PACKAGE = Path(__file__).parents[1]


class ValidationError(Exception):
    """Draws cannot be computed here, or not be added up."""


@dataclass(frozen=True)
class Shard:
    """The draws ``first`` up to, and not with, ``last`` of a study."""

    study: Study
    first: int
    last: int

    @property
    def path(self) -> Path:
        """Return its folder, below that of the digest and the seed."""
        return Path(self.study.name, f"{self.first:06d}-{self.last:06d}")

    def sample(self, seed: int) -> "Shard":
        """Return the draw of it that is drawn again under another code, one with all estimates if it has any.

        >>> from doorgroeien.synthetic.study import STUDIES
        >>> from doorgroeien.synthetic.validation import Shard
        >>> one = Shard(STUDIES["letter"], 50, 100).sample(2008)
        >>> one.last - one.first, one.first % 5
        (1, 0)
        """
        every = range(self.first, self.last)
        numbers = [number for number in every if number % OFTEN == 0] or every
        chosen = numbers[seed_of(self.first, seed) % len(numbers)]
        return Shard(self.study, chosen, chosen + 1)


def digests(root: Path) -> dict[str, str]:
    """Return the digests of ``code`` and ``data`` that draws follow from.

    What is said in comments and docstrings, how lines are broken, and this module, which only adds draws up,
    count for nothing.
    """
    code, data = hashlib.sha256(), hashlib.sha256()
    files = {path for wing in WINGS for path in (PACKAGE / wing).rglob("*.py")}
    for path in sorted(files - {Path(__file__)}):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
                node.body = node.body[1:]
        code.update(path.relative_to(PACKAGE).as_posix().encode() + ast.dump(tree).encode())
    for place in DATA:
        path = root / "data" / place
        for file in sorted(path.rglob("*.csv")) if path.is_dir() else [path]:
            data.update(file.name.encode() + file.read_bytes())
    return {"code": code.hexdigest()[:16], "data": data.hexdigest()[:16]}


def run(
    root: Path,
    studies: Iterable[str] = tuple(STUDIES),
    draws: int = DRAWS,
    seed: int = SEED,
    workers: int | None = None,
    folder: Path | None = None,
    say: Callable[[str], None] = print,
    size: int = SHARD,
) -> dict[str, pd.DataFrame]:
    """Compute the draws of studies that are not there yet; return the tables of them all by name.

    Shards are stored below ``folder``, by default ``_build/validation``. They are computed by the workers of
    the Dask scheduler at the address in ``DASK_SCHEDULER``, else by as many processes as ``workers`` or the
    cores there are. ``say`` gets a line when a shard is done, with the time left.

    Raises ``ValidationError`` where the workers of the scheduler have another version of the book.
    """
    stamp = digests(root)
    folder = folder or root / "_build" / "validation"
    place = folder / f"{stamp['code']}-{stamp['data']}-{seed}"
    if not place.is_dir():
        for earlier in sorted(folder.glob(f"*-{stamp['data']}-{seed}")):
            _take_over(root, earlier, place, seed, stamp, workers, say)
    wanted = [
        Shard(STUDIES[name], first, min(first + size, draws))
        for first in range(0, draws, size)
        for name in studies
    ]
    todo = [shard for shard in wanted if not (place / shard.path).is_dir()]
    of, done, began = "{:,} of {:,} draws", 0, time.monotonic()
    total = sum(shard.last - shard.first for shard in wanted)
    missing = sum(shard.last - shard.first for shard in todo)
    if missing < total:
        say(f"  {of.format(total - missing, total)} are there already")
    for shard, drawn in _computed(root, todo, seed, stamp, workers):
        _store(place / shard.path, drawn)
        done += shard.last - shard.first
        left = (time.monotonic() - began) / done * (missing - done)
        say(f"  {shard.study.name}: {of.format(total - missing + done, total)}; {_spoken(left)} left")
    return summary(((name, *_load(place, wanted, name)) for name in studies), seed, stamp)


def _take_over(root, earlier, place, seed, stamp, workers, say):
    """Move the shards of an earlier code to ``place`` if one draw of each, drawn again, is the same."""
    stored = {}
    for path in sorted(earlier.glob("*/[0-9]*")):
        if (study := STUDIES.get(path.parent.name)) and not (place / path.relative_to(earlier)).is_dir():
            stored[Shard(study, *_numbers(path)).sample(seed)] = path
    if not stored:
        return
    code = earlier.name.partition("-")[0]
    say(f"  the code {code} left {len(stored):,} shards; one draw of each is drawn again")
    drawn = _computed(root, list(stored), seed, stamp, workers)
    if other := [one for one, found in drawn if not _is_stored(stored[one], one.first, found)]:
        which = f"draw {other[0].first} of {other[0].study.name}"
        say(f"  {which} is another now, as are {len(other) - 1:,} others; what it drew is left aside")
        return
    for path in stored.values():
        moved = place / path.relative_to(earlier)
        moved.parent.mkdir(parents=True, exist_ok=True)
        path.rename(moved)
    say("  they are the same, so those shards hold")


def _is_stored(path, number, drawn):
    """Tell whether a draw is the same as the one of that number in a shard."""
    for part in PARTS:
        stored = pd.read_parquet(path / f"{part}.parquet").query("draw == @number").drop(columns="draw")
        again = getattr(drawn[0], part)
        if list(stored) != list(again) or len(stored) != len(again):
            return False
        numbers = stored.select_dtypes("number").columns
        if not np.allclose(stored[numbers], again[numbers], rtol=SAME, atol=SAME, equal_nan=True):
            return False
        texts = stored.columns.difference(numbers)
        if any(stored[name].to_list() != again[name].to_list() for name in texts):
            return False
    return True


def _numbers(path):
    """Return the first draw of a stored shard, and the one after its last."""
    return int(path.name[:6]), int(path.name[7:])


def _computed(root, shards, seed, stamp, workers) -> Iterator[tuple[Shard, list[Draw]]]:
    """Give each shard with its draws, as they are done."""
    if not shards:
        return
    address = os.environ.get("DASK_SCHEDULER")
    if address is None:
        tasks = (delayed(_draws)(root, shard, seed) for shard in shards)
        yield from Parallel(n_jobs=workers or -1, return_as="generator_unordered")(tasks)
        return
    from distributed import Client, as_completed

    with Client(address) as client:
        # A task whose worker is lost is given to another one.
        futures = client.map(_elsewhere, shards, seed=seed, stamp=stamp, pure=False)
        for future in as_completed(futures):
            yield future.result()
            future.release()


def _elsewhere(shard, seed, stamp):
    """Return the draws of a shard on another machine, which has its own copy of the book."""
    from doorgroeien.data.paths import book_root

    root = book_root()
    if (found := digests(root)) != stamp:
        raise ValidationError(
            f"the book of a worker, {root}, has code {found['code']} and data {found['data']}; expected "
            f"{stamp['code']} and {stamp['data']}. Give all workers the same version, and start them in it."
        )
    return _draws(root, shard, seed)


def _draws(root, shard, seed):
    gc.freeze()  # what is loaded by now stays, and is not searched for garbage again in each draw
    try:
        # Products by several threads add up in another order, which shows in the last digit.
        with threadpool_limits(1):
            return shard, [draw(shard.study, number, seed, root) for number in range(shard.first, shard.last)]
    finally:
        gc.unfreeze()


def _store(path, drawn):
    """Put the draws of a shard in a folder, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    numbers = range(*_numbers(path))
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".") as aside:
        made = Path(aside, path.name)
        made.mkdir()
        for part in PARTS:
            tables = [getattr(one, part).assign(draw=n) for n, one in zip(numbers, drawn, strict=True)]
            pd.concat(tables, ignore_index=True).to_parquet(made / f"{part}.parquet", index=False)
        if path.is_dir():  # by another run at the same time; the same
            shutil.rmtree(path)
        made.rename(path)


def _load(place, shards, name):
    """Return the estimates and the verdicts of all draws of a study."""
    paths = [place / shard.path for shard in shards if shard.study.name == name]
    parts = ([pd.read_parquet(path / f"{part}.parquet") for path in paths] for part in PARTS)
    return [pd.concat(tables, ignore_index=True) for tables in parts]


def summary(
    drawn: Iterable[tuple[str, pd.DataFrame, pd.DataFrame]], seed: int, stamp: dict[str, str]
) -> dict[str, pd.DataFrame]:
    """Return the :data:`TABLES` of draws: ``drawn`` gives a study, and estimates and verdicts of its draws.

    ``coverage`` has for each estimand the number ``n`` of draws, how many intervals ``covered`` the truth,
    and sums over draws: of the truth, of the error (estimate minus truth) and its square, and of the standard
    error and its square. ``n_allowed, covered_allowed`` are about the interval that allows for selection.
    A truth that is about the model is the mean over draws.
    """
    found: dict[str, list[pd.DataFrame]] = {name: [] for name in TABLES}
    for name, estimates, verdicts in drawn:
        study, numbers = STUDIES[name], verdicts["draw"].nunique()
        about = {"scenario": study.scenario, "selective": int(study.selective)}
        about |= {"complete": int(study.complete), "without": study.without, "draws": numbers, "seed": seed}
        found["studies"].append(pd.DataFrame([about | stamp]).assign(study=name))
        found["draws"].append(_as_drawn(estimates if name in SHOWN else estimates.head(0)).assign(study=name))
        found["coverage"].append(_covered(estimates).assign(study=name))
        found["verdicts"].append(_decided(verdicts).assign(study=name))
    tables = {name: pd.concat(parts, ignore_index=True) for name, parts in found.items()}
    return {name: table[["study", *table.columns.drop("study")]] for name, table in tables.items()}


def _covered(estimates):
    """Return for each estimand how often its interval holds the truth, and sums of errors."""
    model = estimates["estimand"].str.startswith("slope.")
    mean = estimates[model].groupby("estimand")["truth"].mean()
    true = estimates["truth"].where(~model, estimates["estimand"].map(mean))
    error, allowed = estimates["estimate"] - true, estimates["sens_low"].notna()
    measures = {
        "n": 1,
        "covered": true.between(estimates["ci_low"], estimates["ci_high"]).astype(int),
        "n_allowed": allowed.astype(int),
        "covered_allowed": true.between(estimates["sens_low"], estimates["sens_high"]).astype(int),
        "sum_truth": true,
        "sum_error": error,
        "sum_error2": error**2,
        "sum_se": estimates["se"],
        "sum_se2": estimates["se"] ** 2,
    }
    whole = estimates[KEY].assign(**measures).groupby(KEY, sort=False)
    return whole.sum(min_count=1).reset_index()  # bounds have no estimate, so no error


def _decided(verdicts):
    """Return for each finding how often each verdict was given, also where it is false.

    ``holds, opposite`` count draws by their truth; ``false_supported`` is a finding called supported that
    does not hold, ``false_contradicted`` one called contradicted that is not the other way.
    ``limit_supported`` and ``limit_contradicted`` count the tests that reject at five per cent with all
    limits at the truth.
    """
    tested = verdicts["verdict"].isin(VERDICT)
    given = {name.replace(" ", "_"): verdicts["verdict"] == name for name in VERDICT}
    false = {
        "false_supported": given["supported"] & (verdicts["truth"] != 1),
        "false_contradicted": given["contradicted"] & (verdicts["truth"] != -1),
        "limit_supported": verdicts["p_holds"] < LEVEL,
        "limit_contradicted": verdicts["p_opposite"] < LEVEL,
    }
    true = {"holds": verdicts["truth"] == 1, "opposite": verdicts["truth"] == -1}
    measures = {name: flag.astype(int) for name, flag in (given | true | false).items()}
    table = verdicts[["finding"]].assign(n=1, **measures)[tested]
    return table.groupby("finding").sum().reset_index()


def _as_drawn(estimates):
    """Return the estimates of the first draw that are about all municipalities together."""
    shown = estimates[(estimates["draw"] == 0) & (estimates["domain"] == "all")]
    item = shown["estimand"].str.match(r"d\d")
    return shown.loc[~item, ["draw", *KEY, "estimate", "ci_low", "ci_high", "truth"]]


def shown(name: str, root: Path, seed: int = SEED) -> pd.DataFrame:
    """Return the rows of the table ``draws`` of a study, drawn anew."""
    return _as_drawn(draw(STUDIES[name], 0, seed, root).estimates.assign(draw=0)).assign(study=name)


def write(tables: dict[str, pd.DataFrame], folder: Path) -> list[Path]:
    """Write the tables into ``folder``, in place of the rows of the same studies; return their paths.

    Numbers have ten digits.
    """
    folder.mkdir(parents=True, exist_ok=True)
    order, renewed = {name: place for place, name in enumerate(STUDIES)}, tables["studies"]["study"]
    for name, table in tables.items():
        path = folder / f"{name}.csv"
        if path.is_file():
            old = pd.read_csv(path, dtype=AS_TEXT, keep_default_na=False, na_values=[""])
            table = pd.concat([old[~old["study"].isin(renewed) & old["study"].isin(order)], table])
        table = table.sort_values("study", key=lambda names: names.map(order), kind="stable")
        table.to_csv(path, index=False, lineterminator="\n", encoding="utf-8", float_format="%.10g")
    return [folder / f"{name}.csv" for name in tables]


def _spoken(seconds):
    """Return a duration in words."""
    minutes = int(np.ceil(seconds / 60))
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
