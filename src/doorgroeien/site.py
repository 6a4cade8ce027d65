"""Build the site aside, and put it in place only when everything is right."""

import os
import subprocess
import sys
import time
from pathlib import Path

from doorgroeien.edition import BuildError, build_folder, checked_package, refuse_identifiers
from doorgroeien.execution import current_outputs
from doorgroeien.survey import survey_path
from doorgroeien.tables import load_all
from doorgroeien.workspace import staging, swap, with_parent

__all__ = ["BuildError", "build"]


def build(root: Path, say=print) -> Path:
    """Build the book below ``root`` and return its first page.

    Data are validated, stale notebooks executed and all pages written aside with every warning an
    error; only then the new site takes the place of ``_build/html``. Where ``SURVEY`` names a
    package of answers, all this happens in ``_build/<edition>``, after the package is checked.
    Raises ``DataError``, ``ExecutionError`` or :class:`BuildError`, and leaves the last good site alone.
    """
    started = time.monotonic()
    tables = load_all(root)
    say(f"Data: {len(tables)} tables, {sum(map(len, tables.values()))} rows, all valid")
    package = None if survey_path(root) is None else checked_package(root, say)
    executed = current_outputs(root, say)
    if package:
        refuse_identifiers(executed, package)
    site = build_folder(root) / "html"
    say("Writing the pages")
    # From nothing each time: a page that left the book, or a warning of an earlier build, must not be lost.
    with staging(site.parent) as aside:
        _write_pages(root, aside)
        swap(aside / "_build" / "html", site)
    say(f"Done in {time.monotonic() - started:.0f} s. Open {site / 'index.html'}")
    return site / "index.html"


def _write_pages(root, folder):
    command = [
        sys.executable,
        "-c",
        "from jupyter_book.cli.main import main; main()",
        "build",
        ".",
        "--path-output",
        str(folder),
    ]
    command += ["--warningiserror", "--nitpick", "--keep-going", "--quiet"]
    environment = os.environ | {"PYTHONWARNINGS": "ignore"}
    if not sys.stderr.isatty():
        environment["NO_COLOR"] = "1"
    # Its standard output only tells where the staging folder is; warnings come on standard error.
    done = subprocess.run(
        command,
        cwd=root,
        env=environment,
        stdout=subprocess.DEVNULL,
        preexec_fn=with_parent(),
    )
    if done.returncode != 0:
        raise BuildError("The pages have errors, listed above. The previous site is untouched.")
