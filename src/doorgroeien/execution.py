"""Executed notebooks that are never stale: outputs are kept under a key of all they follow from.

The key covers the notebook's code cells, every table and the schema below ``data/``, the bibliography,
the modules of this package that notebooks use, and ``requirements.lock``. The stored notebook
carries the key and a digest of its outputs, so that an edit of either is noticed.

Where ``SURVEY`` names a package of answers, the key covers its content too; stored outputs are then neither
used nor written, and of what the notebooks put out only the published results are kept.
"""

import asyncio
import copy
import hashlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
import yaml
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from doorgroeien.door import package_digest
from doorgroeien.edition import build_folder
from doorgroeien.register import MIME
from doorgroeien.survey import survey_path
from doorgroeien.tables import BIBLIOGRAPHY

__all__ = ["ExecutionError", "current_outputs", "is_current", "notebook_paths", "store"]

PACKAGE = Path(__file__).parent
# These build the book and are never imported by a notebook (a test says so).
BUILDERS = {
    "__main__.py",
    "citation.py",
    "cli.py",
    "crate.py",
    "edition.py",
    "execution.py",
    "hatches.py",
    "paper.py",
    "pdf.py",
    "public.py",
    "reference.py",
    "release.py",
    "repository.py",
    "site.py",
    "sphinxext",
    "template.py",
    "truth.py",
    "workspace.py",
}
CACHE = ".executed"
SECONDS_PER_CELL = 600


class ExecutionError(Exception):
    """One or more notebooks failed; the message names notebook, cell and error of each."""


def notebook_paths(root: Path) -> list[Path]:
    """Return the notebooks in ``_toc.yml``, in its order, as paths relative to ``root``."""
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    names = [toc["root"]]
    names += [chapter["file"] for part in toc.get("parts", []) for chapter in part["chapters"]]
    return [Path(f"{name}.ipynb") for name in names if (root / f"{name}.ipynb").is_file()]


def current_outputs(root: Path, say: Callable[[str], None] = print, again: bool = False, only=None) -> dict:
    """Return ``{path: executed notebook}`` for the notebooks of the book.

    What is stored or cached under the present key is used; the rest (with ``again`` everything) is
    executed, as many at once as there are cores. Text cells are those of the file as it is now.
    Raises :class:`ExecutionError` after all have been tried, with every failure; on the answers of
    ``SURVEY`` it names cell and kind of error only, because the text of an error could hold an answer.
    """
    paths = only or notebook_paths(root)
    elsewhere = survey_path(root)
    surroundings = _surroundings(root)
    sources = {path: nbformat.read(root / path, as_version=4) for path in paths}
    keys = {path: _key(notebook, surroundings) for path, notebook in sources.items()}
    ready, stale = {}, []
    for path, notebook in sources.items():
        cached = None if again else _from_cache(root, path, keys[path])
        if not again and elsewhere is None and is_current(notebook, keys[path]):
            ready[path] = notebook
        elif cached is not None:
            ready[path] = _with_outputs(notebook, cached)
        else:
            stale.append(path)
    if stale:
        say(f"Executing {len(stale)} of {len(paths)} notebooks, {os.cpu_count()} at a time")
        for path, executed in asyncio.run(_execute_all(root, {p: sources[p] for p in stale}, say)).items():
            ready[path] = _stamp(executed, keys[path])
            _to_cache(root, path, keys[path], ready[path])
    elif paths:
        say(f"All {len(paths)} notebooks are up to date")
    return {path: ready[path] for path in paths}


def is_current(notebook, key: str) -> bool:
    """Tell whether a stored notebook was executed under ``key`` and its outputs are untouched since."""
    return notebook.metadata.get("doorgroeien") == {"key": key, "outputs": _digest(_outputs(notebook))}


def stored_keys(root: Path) -> dict[Path, tuple]:
    """Return, for each notebook, the notebook and the key it should carry."""
    surroundings = _surroundings(root)
    notebooks = {path: nbformat.read(root / path, as_version=4) for path in notebook_paths(root)}
    return {path: (notebook, _key(notebook, surroundings)) for path, notebook in notebooks.items()}


def store(root: Path, executed: dict) -> list[Path]:
    """Write executed notebooks to their files; return the paths that changed."""
    changed = []
    for path, notebook in executed.items():
        text = nbformat.writes(notebook) + "\n"
        if (root / path).read_text(encoding="utf-8") != text:
            _write(root / path, text)
            changed.append(path)
    return changed


def _surroundings(root):
    """Digest all that notebooks share: data, bibliography, package, lock file, and answers elsewhere."""
    files = [root / "requirements.lock", root / BIBLIOGRAPHY]
    files += (path for path in (root / "data").rglob("*") if path.is_file() and path.suffix != ".md")
    named = {str(path.relative_to(root)): path for path in files}
    for path in PACKAGE.rglob("*.py"):
        name = path.relative_to(PACKAGE)
        if name.parts[0] not in BUILDERS:
            named[f"package/{name}"] = path
    digests = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in named.items()}
    elsewhere = survey_path(root)
    return _digest(digests if elsewhere is None else digests | {"SURVEY": package_digest(elsewhere, root)})


def _key(notebook, surroundings):
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return _digest([code, surroundings])


def _digest(value):
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _outputs(notebook):
    return [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]


def _with_outputs(notebook, executed):
    """Return the notebook with the outputs of its executed twin, which has the same code cells."""
    merged = copy.deepcopy(notebook)
    cells = [cell for cell in merged.cells if cell.cell_type == "code"]
    twins = [cell for cell in executed.cells if cell.cell_type == "code"]
    for cell, twin in zip(cells, twins, strict=True):
        cell.outputs, cell.execution_count = twin.outputs, twin.execution_count
    merged.metadata["doorgroeien"] = executed.metadata["doorgroeien"]
    return merged


def _stamp(notebook, key):
    notebook.metadata["doorgroeien"] = {"key": key, "outputs": _digest(_outputs(notebook))}
    return notebook


def _cache_file(root, path, key):
    return build_folder(root) / CACHE / f"{path.stem}-{key[:20]}.ipynb"


def _from_cache(root, path, key):
    file = _cache_file(root, path, key)
    if not file.is_file():
        return None
    try:
        notebook = nbformat.read(file, as_version=4)
    except ValueError:
        return None
    return notebook if is_current(notebook, key) else None


def _to_cache(root, path, key, notebook):
    file = _cache_file(root, path, key)
    file.parent.mkdir(parents=True, exist_ok=True)
    for old in file.parent.glob(f"{path.stem}-{'?' * 20}.ipynb"):
        old.unlink()
    _write(file, nbformat.writes(notebook))


def _write(path, text):
    aside = path.with_name(path.name + ".new")
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)


async def _execute_all(root, notebooks, say):
    limit = asyncio.Semaphore(os.cpu_count() or 1)
    failures = []

    async def execute(path, notebook):
        async with limit:
            started = time.monotonic()
            try:
                executed = await _execute(root, path, notebook)
            except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
                failures.append(f"{path}: {error if survey_path(root) is None else _discreet(error)}")
                say(f"  {path}  FAILED after {time.monotonic() - started:.1f} s")
                return None
            say(f"  {path}  {time.monotonic() - started:.1f} s")
            return path, executed

    done = await asyncio.gather(*(execute(path, notebook) for path, notebook in notebooks.items()))
    if failures:
        raise ExecutionError("\n\n".join(failures))
    return dict(filter(None, done))


async def _execute(root, path, notebook):
    executed = copy.deepcopy(notebook)
    client = NotebookClient(
        executed,
        timeout=SECONDS_PER_CELL,
        kernel_name="python3",
        record_timing=False,
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str((root / path).parent)}},
    )
    # One thread per kernel: the notebooks themselves run side by side.
    threads = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    try:
        await client.async_execute(env=os.environ | threads | {"PYTHONHASHSEED": "0"})
    except CellExecutionError as error:
        number = sum(cell.cell_type == "code" for cell in executed.cells[: _failed(executed) + 1])
        raise CellExecutionError(f"cell {number}\n{error.traceback}", error.ename, error.evalue) from None
    if survey_path(root) is not None:
        _keep_published(executed)
    # The interpreter's patch version would make the file differ between machines for no reason.
    executed.metadata["language_info"] = {"name": "python", "file_extension": ".py"}
    executed.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return executed


def _discreet(error):
    """Tell of an error where it happened and of which kind it is, without its text."""
    if not isinstance(error, CellExecutionError):
        return type(error).__name__
    cell = error.traceback.split("\n", 1)[0]
    return f"{cell}: {error.ename}. Run the notebook in JupyterLab, with SURVEY set, to see more."


def _keep_published(notebook):
    """Leave out every output that is not a published result; raise where a cell wrote a warning."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(cells, start=1):
        if any(output.get("name") == "stderr" for output in cell.outputs):
            raise CellExecutionError(f"cell {number}\n", "a warning", "")
        cell.outputs = [output for output in cell.outputs if MIME in output.get("data", {})]


def _failed(notebook):
    for index, cell in enumerate(notebook.cells):
        if any(output.output_type == "error" for output in cell.get("outputs", [])):
            return index
    return len(notebook.cells) - 1
