"""Executed notebooks that are never stale: outputs are kept under a key of all they follow from.

What a notebook follows from says :mod:`doorgroeien.publishing.dependencies`. ``notebooks/keys.json`` holds
for each notebook the key under which its stored outputs were made, a digest of these outputs, so that an edit
is noticed, and what it used. Where a cell that is executed again says the same, within the tolerance of
:mod:`doorgroeien.results.reproduction`, its stored outputs stay: another machine changes no file.

Where ``SURVEY`` names a package of answers, the key covers its content too; stored outputs are then neither
used nor written, and of what the notebooks put out only the published results are kept.
"""

import ast
import asyncio
import copy
import json
import os
import time
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from doorgroeien.data.paths import survey_path
from doorgroeien.intake.loading import load_survey
from doorgroeien.publishing.dependencies import PACKAGE, Surroundings, Used, digest
from doorgroeien.publishing.estimability import PREAMBLE, fill_in
from doorgroeien.publishing.kernel import AsyncBookKernel, KernelError
from doorgroeien.publishing.real_answers import build_folder, elsewhere
from doorgroeien.publishing.repository import contents
from doorgroeien.results.register import MIME, records
from doorgroeien.results.reproduction import same_output

__all__ = [
    "PACKAGE",
    "READY",
    "Executed",
    "ExecutionError",
    "NotebookError",
    "Stamp",
    "current",
    "current_outputs",
    "execute",
    "notebook_paths",
    "read_notebooks",
    "stale",
    "store",
]

# The executed notebooks, where data were validated and notebooks executed before Sphinx was called.
READY: ContextVar[dict | None] = ContextVar("READY", default=None)
KEYS = "notebooks/keys.json"
CACHE = ".executed"
SECONDS_PER_CELL = 600
# What workers get of answers goes through pipes, and never through a file that all of them map.
UNMAPPED = "__import__('joblib').parallel_config(max_nbytes=None)"
ASK = "__import__('doorgroeien.publishing.kernel', fromlist=['used']).used()"


class ExecutionError(Exception):
    """One or more notebooks failed; the message names notebook, cell and error of each."""


class NotebookError(Exception):
    """One or more files are no notebooks of the book; the message has a line for each."""


@dataclass(frozen=True)
class Stamp:
    """The ``key`` under which outputs were made, the digest of these ``outputs``, and what was ``used``."""

    key: str
    outputs: str
    used: Used

    @classmethod
    def read(cls, value) -> "Stamp | None":
        """Return the stamp that a JSON value holds; ``None`` where it holds none."""
        try:
            return cls(value["key"], value["outputs"], Used(**value["used"]))
        except (KeyError, TypeError):
            return None

    @classmethod
    def of(cls, notebook, used: Used, surroundings: Surroundings) -> "Stamp":
        """Return the stamp of a notebook that was executed just now."""
        return cls(surroundings.key(_code(notebook), used), digest(_outputs(notebook)), used)

    def fits(self, notebook, surroundings: Surroundings) -> bool:
        """Tell whether outputs were made under the key as it is now, and are untouched since."""
        return self == Stamp.of(notebook, self.used, surroundings)


@dataclass(frozen=True)
class Executed:
    """A notebook with outputs that are current, and their stamp."""

    notebook: nbformat.NotebookNode
    stamp: Stamp


def notebook_paths(root: Path) -> list[Path]:
    """Return the notebooks in ``_toc.yml``, in its order, as paths relative to ``root``."""
    toc = contents(root)
    names = [toc["root"]]
    names += [chapter["file"] for part in toc.get("parts", []) for chapter in part["chapters"]]
    return [Path(f"{name}.ipynb") for name in names if (root / f"{name}.ipynb").is_file()]


def read_notebooks(root: Path, paths: Iterable[Path]) -> dict[Path, nbformat.NotebookNode]:
    """Return the notebooks at ``paths``, relative to ``root``; raise :class:`NotebookError` for what is none.

    A merge that is not finished and a file that is cut off are named as such, with the line.
    """
    books, wrong = {}, []
    for path in paths:
        try:
            text = (root / path).read_text(encoding="utf-8")
            books[path] = nbformat.reads(text, as_version=4)
            nbformat.validate(books[path])
        except (OSError, ValueError, KeyError, AttributeError, nbformat.ValidationError) as error:
            wrong.append(f"{path}: {_what_is_wrong(error, root, path)}")
    if wrong:
        raise NotebookError("\n".join(wrong))
    return books


def _what_is_wrong(error, root, path):
    """Say in a line why a file cannot be read as a notebook."""
    restore = f"Restore it: git checkout -- {path.as_posix()}"
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start + 1} is not UTF-8. {restore}"
    if isinstance(error, OSError):
        return f"{error.strerror}. {restore}"
    lines = (root / path).read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        if line.startswith(("<<<<<<<", "=======", ">>>>>>>")):
            return f"line {number} is {line.split()[0]}: a merge is not finished. Settle it there."
    if not lines:
        return f"the file is empty. {restore}"
    if isinstance(cause := error.__cause__, json.JSONDecodeError):
        where = f"line {cause.lineno} of {len(lines)} is not JSON ({cause.msg})"
        return f"{where}; the file may be cut off. {restore}"
    said = str(getattr(error, "message", error)).splitlines()[0].rstrip(".")
    return f"it is JSON, but no notebook ({said}). {restore}"


def current_outputs(root: Path, say: Callable[[str], None] = print) -> dict[Path, nbformat.NotebookNode]:
    """Return the notebooks of the book, executed; see :func:`current`."""
    return {path: executed.notebook for path, executed in current(root, say).items()}


def current(
    root: Path, say: Callable[[str], None] = print, again: bool = False, only=None
) -> dict[Path, Executed]:
    """Return the notebooks of the book (or ``only`` these paths) with outputs that are current.

    What is stored or cached under the present key is used; the rest (with ``again`` everything) is
    executed, as many at once as there are cores. Text cells are those of the file as it is now.
    Raises :class:`ExecutionError` after all have been tried, with every failure; those that did not fail are
    cached, and not executed again when the rest is mended. On the answers of ``SURVEY`` it names cell and
    kind of error only, because the text of an error could hold an answer.
    """
    surroundings, stamps = Surroundings(root), _stamps(root)
    books = read_notebooks(root, only or notebook_paths(root))
    ready, left = {}, {}
    for path, notebook in books.items():
        found = None if again else _stored(root, stamps.get(path), notebook, surroundings)
        found = found or (None if again else _cached(root, path, notebook, surroundings))
        (left if found is None else ready)[path] = found or notebook
    if left:
        say(f"Executing {len(left)} of {len(books)} notebooks, {os.cpu_count()} at a time")
        done, failures = asyncio.run(_execute_all(root, left, say))
        for path, (notebook, used) in done.items():
            ready[path] = _settled(root, notebook, used, books[path], stamps.get(path), surroundings)
            _to_cache(root, path, ready[path])
        if failures:
            raise ExecutionError("\n\n".join(failures))
    elif books:
        say(f"All {len(books)} notebooks are up to date")
    return {path: ready[path] for path in books}


def stale(root: Path) -> list[Path]:
    """Return the notebooks whose stored outputs do not follow from the book as it is now."""
    surroundings, stamps = Surroundings(root), _stamps(root)
    books = read_notebooks(root, notebook_paths(root))
    return [
        path
        for path, book in books.items()
        if path not in stamps or not stamps[path].fits(book, surroundings)
    ]


def store(root: Path, executed: dict[Path, Executed]) -> list[Path]:
    """Write executed notebooks and their stamps to the files of the book; return the paths that changed."""
    stamps = {path: stamp for path, stamp in _stamps(root).items() if (root / path).is_file()}
    stamps |= {path: one.stamp for path, one in executed.items()}
    texts = {path: nbformat.writes(one.notebook) + "\n" for path, one in executed.items()}
    listed = {path.as_posix(): asdict(stamp) for path, stamp in stamps.items()}
    texts[Path(KEYS)] = json.dumps(listed, indent=1, sort_keys=True) + "\n"
    changed = [
        path
        for path, text in texts.items()
        if not (root / path).is_file() or (root / path).read_text(encoding="utf-8") != text
    ]
    for path in changed:
        _write(root / path, texts[path])
    return changed


async def execute(root: Path, path: Path, notebook, preamble: str = "", **variables: str):
    """Return a copy of a notebook, executed now in a kernel of the book, and what it used.

    ``preamble`` is code that runs before the first cell; ``variables`` are put into the environment of the
    kernel. Raises nbclient's ``CellExecutionError``, ``CellTimeoutError`` and ``DeadKernelError``, the first
    with the number of the cell, and ``KernelError`` where no kernel starts.
    """
    executed, folder = copy.deepcopy(notebook), (root / path).parent
    kernel = AsyncBookKernel(root, **variables)
    client = NotebookClient(executed, km=kernel, timeout=SECONDS_PER_CELL, record_timing=False)
    client.kc = await kernel.open(folder)
    try:
        async with client.async_setup_kernel(cleanup_kc=True):
            await _ask(client, preamble)
            for index, cell in enumerate(executed.cells):
                await client.async_execute_cell(cell, index, execution_count=client.code_cells_executed + 1)
            noted = await _ask(client, "", ASK)
    except CellExecutionError as error:
        number = sum(cell.cell_type == "code" for cell in executed.cells[: _failed(executed) + 1])
        raise CellExecutionError(f"cell {number}\n{error.traceback}", error.ename, error.evalue) from None
    # The interpreter's patch version would make the file differ between machines for no reason.
    executed.metadata["language_info"] = {"name": "python", "file_extension": ".py"}
    executed.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return executed, json.loads(noted)


async def _ask(client, code, expression=None):
    """Run code beside the cells, unseen; return the text that ``expression`` then is."""
    wanted = {"answer": expression} if expression else {}
    message = client.kc.execute(code, silent=True, store_history=False, user_expressions=wanted)
    reply = (await client.async_wait_for_reply(message))["content"]
    for part in (reply, *reply.get("user_expressions", {}).values()):
        if part["status"] != "ok":
            said = f"beside the cells: {part['ename']}: {part['evalue']}"
            raise CellExecutionError(said, part["ename"], part["evalue"])
    return ast.literal_eval(reply["user_expressions"]["answer"]["data"]["text/plain"]) if expression else None


def _stamps(root):
    try:
        found = json.loads((root / KEYS).read_text(encoding="utf-8")).items()
    except (OSError, ValueError, AttributeError):
        return {}  # nothing is known to be current, and all is executed
    read = {Path(name): Stamp.read(value) for name, value in found}
    return {path: stamp for path, stamp in read.items() if stamp}


def _code(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def _outputs(notebook):
    return [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]


def _stored(root, stamp, notebook, surroundings):
    fits = survey_path(root) is None and stamp is not None and stamp.fits(notebook, surroundings)
    return Executed(notebook, stamp) if fits else None


def _cached(root, path, notebook, surroundings):
    """Return the notebook with the outputs that were cached for code like its own, where they are current."""
    try:
        cached = nbformat.read(_cache_file(root, path), as_version=4)
    except (OSError, ValueError, AttributeError):  # absent, or not a notebook any more
        return None
    stamp = Stamp.read(cached.metadata.get("doorgroeien"))
    if stamp is None or _code(cached) != _code(notebook) or not stamp.fits(cached, surroundings):
        return None
    return Executed(_with_outputs(notebook, cached), stamp)


def _to_cache(root, path, executed):
    file = _cache_file(root, path)
    file.parent.mkdir(parents=True, exist_ok=True)
    kept = copy.deepcopy(executed.notebook)
    kept.metadata["doorgroeien"] = asdict(executed.stamp)
    _write(file, nbformat.writes(kept))


def _cache_file(root, path):
    return build_folder(root) / CACHE / path.name


def _with_outputs(notebook, executed):
    """Return the notebook with the outputs of its executed twin, which has the same code cells."""
    merged = copy.deepcopy(notebook)
    for cell, twin in zip(_code_cells(merged), _code_cells(executed), strict=True):
        cell.outputs, cell.execution_count = twin.outputs, twin.execution_count
    return merged


def _code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _settled(root, notebook, noted, stored, stamp, surroundings):
    """Return the executed notebook with, in each cell that says the same as before, the outputs as stored."""
    code = _code(notebook)
    sources = {
        name for outputs in _outputs(notebook) for record in records(outputs) for name in record["sources"]
    }
    used = Used(**noted, packages=surroundings.packages(code, noted["modules"]), sources=sorted(sources))
    if survey_path(root) is not None:
        return Executed(notebook, Stamp.of(notebook, used, surroundings))
    unchanged = stamp is not None and stamp.fits(stored, surroundings)
    twins = _code_cells(stored) if len(_code(stored)) == len(code) else []
    for cell, twin in zip(_code_cells(notebook), twins, strict=False):
        # Under one key a picture is drawn by the same code from the same data; under another, it may not be.
        if same_output(twin.outputs, cell.outputs, pictures=not unchanged):
            cell.outputs = twin.outputs
        else:
            unchanged = False
    return Executed(notebook, stamp if unchanged else Stamp.of(notebook, used, surroundings))


def _write(path, text):
    aside = path.with_name(path.name + ".new")
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)


async def _execute_all(root, notebooks, say):
    limit = asyncio.Semaphore(os.cpu_count() or 1)
    failures = []
    survey = load_survey(root=root) if elsewhere(root) else None

    async def execute_one(path, notebook):
        async with limit:
            started = time.monotonic()
            try:
                found = await execute(root, path, notebook, f"{PREAMBLE}\n{UNMAPPED}" if survey else "")
                if survey:
                    _keep_published(found[0])
                    fill_in(found[0], notebook, survey)
            except (CellExecutionError, CellTimeoutError, DeadKernelError, KernelError) as error:
                failures.append(f"{path}: {error if survey_path(root) is None else _discreet(error)}")
                say(f"  {path}  FAILED after {time.monotonic() - started:.1f} s")
                return None
            say(f"  {path}  {time.monotonic() - started:.1f} s")
            return path, found

    done = await asyncio.gather(*(execute_one(path, notebook) for path, notebook in notebooks.items()))
    return dict(filter(None, done)), failures


def _discreet(error):
    """Tell of an error where it happened and of which kind it is, without its text."""
    if isinstance(error, KernelError):  # of a kernel that has not seen any answer
        return str(error)
    if not isinstance(error, CellExecutionError):
        return type(error).__name__
    cell = error.traceback.split("\n", 1)[0]
    return f"{cell}: {error.ename}. Run the notebook in JupyterLab, with SURVEY set, to see more."


def _keep_published(notebook):
    """Leave out every output that is not a published result; raise where a cell wrote a warning."""
    for number, cell in enumerate(_code_cells(notebook), start=1):
        if any(output.get("name") == "stderr" for output in cell.outputs):
            raise CellExecutionError(f"cell {number}\n", "a warning", "")
        cell.outputs = [output for output in cell.outputs if MIME in output.get("data", {})]


def _failed(notebook):
    for index, cell in enumerate(notebook.cells):
        if any(output.output_type == "error" for output in cell.get("outputs", [])):
            return index
    return len(notebook.cells) - 1
