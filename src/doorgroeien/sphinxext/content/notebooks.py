"""The executed notebooks: run where they are stale, read into the register, and given to Sphinx as pages."""

import hashlib
import json
import os
import sys
from pathlib import Path

import nbformat
from sphinx.errors import ExtensionError
from sphinx.util import logging

from doorgroeien.data.faults import DataError
from doorgroeien.data.tables import load_all
from doorgroeien.publishing import words
from doorgroeien.publishing.execution import PACKAGE, READY, ExecutionError, current_outputs
from doorgroeien.publishing.gate import gated, leave_list
from doorgroeien.results.chapter import unpublished
from doorgroeien.results.register import Register
from doorgroeien.sphinxext.content.answers import on_real_answers, without_hopes

__all__ = ["note_inputs", "offer_executed", "outdated", "prepare", "use_executed"]

LOGGER = logging.getLogger(__name__)
STATIC = PACKAGE / "sphinxext" / "static"


def prepare(app):
    """Validate the data, execute stale notebooks and read what they published."""
    root, executed = Path(app.srcdir), READY.get()
    app.config.html_static_path.append(str(STATIC))
    try:
        if executed is None:
            load_all(root)
            executed = current_outputs(root, LOGGER.info)
        executed, listed = gated(executed, root)
    except (DataError, ExecutionError) as error:
        raise ExtensionError(str(error)) from None
    leave_list(listed, Path(app.outdir).parent)
    app.doorgroeien_executed = {path.with_suffix("").as_posix(): book for path, book in executed.items()}
    app.doorgroeien_sources = {
        page: _shown(book, on_real_answers(root)) for page, book in app.doorgroeien_executed.items()
    }
    app.doorgroeien_register = Register()
    for page, notebook in app.doorgroeien_executed.items():
        app.doorgroeien_register.read(page, notebook)
    for page, problem in app.doorgroeien_register.problems:
        LOGGER.warning(problem, location=f"{page}.ipynb", type="doorgroeien", subtype="register")
    for page in app.doorgroeien_executed:
        ids = {id for id, record in app.doorgroeien_register.records.items() if record["page"] == page}
        for problem in unpublished(root, page.rsplit("/", 1)[-1], ids):
            LOGGER.warning(problem, type="doorgroeien", subtype="register")


def _shown(notebook, real):
    """Return an executed notebook as its page shows it: every code cell is there, folded."""
    for cell in notebook.cells:
        if real and cell.cell_type == "markdown":
            cell.source = without_hopes(cell.source)
        if cell.cell_type == "code":
            cell.metadata["tags"] = sorted({*cell.metadata.get("tags", []), "hide-input"})
    return nbformat.writes(notebook)


def outdated(app, env, added, changed, removed):
    """Read every page again when anything published has changed, or the code and words that write it."""
    fingerprint = hashlib.sha256("".join(app.doorgroeien_sources.values()).encode())
    for path in sorted((*PACKAGE.rglob("*.py"), words.FILE)):
        fingerprint.update(path.read_bytes())
    stale = getattr(env, "doorgroeien_fingerprint", None) != fingerprint.hexdigest()
    env.doorgroeien_fingerprint = fingerprint.hexdigest()
    return list(env.found_docs) if stale else []


def use_executed(app, docname, source):
    """Give Sphinx the executed notebook in place of the file."""
    source[0] = app.doorgroeien_sources.get(docname, source[0])


def offer_executed(app):
    """Offer the notebooks that the pages show, with the edition below their title."""
    for page, text in getattr(app, "doorgroeien_sources", {}).items():
        source = Path(app.outdir, "_sources", f"{page}.ipynb")
        if source.is_file():
            badge = app.env.metadata[page].get("badge")
            source.write_text((_labelled(text, badge) if badge else text) + "\n", encoding="utf-8")


def _labelled(text: str, badge: str) -> str:
    notebook = nbformat.reads(text, as_version=4)
    title, *rest = notebook.cells[0].source.split("\n")
    notebook.cells[0].source = "\n".join([title, "", f"**{badge}**", *rest])
    return nbformat.writes(notebook)


def note_inputs(app):
    """Leave word of the files that pages take in, and of the folders that the configuration names.

    What is not of this book, but of a package or made by the build, needs no word.
    """
    env, config, root = app.env, app.config, Path(app.srcdir)
    names = set().union(*env.dependencies.values(), env.images, env.dlfiles)
    names |= {*config.html_static_path, *config.html_extra_path, *config.templates_path}
    names |= {config.html_logo, config.html_favicon}
    paths = {(root / name).resolve() for name in names if name}
    foreign = [PACKAGE, Path(sys.prefix), Path(app.outdir).parent]
    paths = {path for path in paths if not any(path.is_relative_to(other.resolve()) for other in foreign)}
    text = json.dumps(sorted(os.path.relpath(path, root.resolve()) for path in paths))
    Path(app.doctreedir, "taken-in.json").write_text(text, encoding="utf-8")
