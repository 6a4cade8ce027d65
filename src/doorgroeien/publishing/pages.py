"""Make all pages of the site, from validated data and executed notebooks."""

import json
import sys
import warnings
from contextlib import chdir
from pathlib import Path

from jupyter_book.sphinx import build_sphinx
from sphinx.util.console import nocolor

from doorgroeien.data.paths import survey_path
from doorgroeien.data.tables import load_all
from doorgroeien.publishing.execution import READY, current_outputs
from doorgroeien.publishing.real_answers import BuildError, checked_package, refuse_identifiers

__all__ = ["make_pages"]


def make_pages(root: Path, folder: Path, say) -> list[str]:
    """Validate the data, execute stale notebooks and write the site of the book below ``root`` to ``folder``.

    Returns the files and folders that pages take in, as paths from ``root``. Where ``SURVEY`` names a package
    of answers, it is checked first. Raises ``DataError``, ``ExecutionError`` or :class:`BuildError`.
    """
    tables = load_all(root)
    say(f"Data: {len(tables)} tables, {sum(map(len, tables.values()))} rows, all valid")
    package = None if survey_path(root) is None else checked_package(root, say)
    executed = current_outputs(root, say)
    if package:
        refuse_identifiers(executed, package)
    say("Writing the pages")
    token = READY.set(executed)
    try:
        _write(root, folder)
    finally:
        READY.reset(token)
    return json.loads((folder.parent / ".doctrees" / "taken-in.json").read_text(encoding="utf-8"))


def _write(root, folder):
    """Do what ``jupyter-book build . -W -n --keep-going`` does, in this process, which has the packages."""
    if not sys.stderr.isatty():
        nocolor()
    with warnings.catch_warnings(), chdir(root):
        warnings.simplefilter("ignore")
        failed = build_sphinx(
            root,
            folder,
            noconfig=True,
            path_config=root / "_config.yml",
            confoverrides={
                "external_toc_path": str(root / "_toc.yml"),
                "latex_individualpages": False,
                "nitpicky": True,
            },
            warningiserror=True,
            keep_going=True,
            quiet=True,
        )
    if failed:
        raise BuildError("The pages have errors, listed above. The previous site is untouched.")
