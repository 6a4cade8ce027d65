"""The book's Sphinx extension: runs what is stale, reads the register, writes numbers and results."""

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
from doorgroeien.publishing.execution import PACKAGE, READY, ExecutionError, current_outputs
from doorgroeien.results.chapter import unpublished
from doorgroeien.results.register import Register
from doorgroeien.sphinxext.around import comforts, discovery, downloads, dutch, results_pages, search
from doorgroeien.sphinxext.content import (
    badges,
    bibliography,
    citations,
    codebook,
    digits,
    language,
    mathml,
    numbers,
    published,
    references,
)
from doorgroeien.sphinxext.finish import assets, sitecheck

__all__ = ["setup"]

LOGGER = logging.getLogger(__name__)
STATIC = PACKAGE / "sphinxext" / "static"


def setup(app):
    """Register everything with Sphinx."""
    # Where Sphinx has no conf.py, docutils would read pages as the files of the user and the machine tell it.
    os.environ["DOCUTILSCONFIG"] = ""
    app.connect("builder-inited", _prepare)
    app.connect("build-finished", _executed_sources, priority=300)
    app.connect("build-finished", _taken_in)
    app.connect("env-get-outdated", _outdated)
    app.connect("source-read", _use_executed)
    app.connect("html-page-context", _page_language)
    app.connect("html-page-context", _without_thebe, priority=900)
    app.add_css_file("doorgroeien.css")
    app.add_css_file("print.css", media="print")
    app.add_js_file("doorgroeien.js", loading_method="defer")
    for module in (
        bibliography,
        citations,
        codebook,
        language,
        numbers,
        published,
        digits,
        discovery,
        downloads,
        dutch,
        badges,
        comforts,
        search,
        references,
        results_pages,
        sitecheck,
        mathml,
        assets,
    ):
        module.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _prepare(app):
    """Validate the data, execute stale notebooks and read what they published."""
    root, executed = Path(app.srcdir), READY.get()
    app.config.html_static_path.append(str(STATIC))
    try:
        if executed is None:
            load_all(root)
            executed = current_outputs(root, LOGGER.info)
    except (DataError, ExecutionError) as error:
        raise ExtensionError(str(error)) from None
    app.doorgroeien_executed = {path.with_suffix("").as_posix(): book for path, book in executed.items()}
    app.doorgroeien_sources = {page: _shown(book) for page, book in app.doorgroeien_executed.items()}
    app.doorgroeien_register = Register()
    for page, notebook in app.doorgroeien_executed.items():
        app.doorgroeien_register.read(page, notebook)
    for page, problem in app.doorgroeien_register.problems:
        LOGGER.warning(problem, location=f"{page}.ipynb", type="doorgroeien", subtype="register")
    for page in app.doorgroeien_executed:
        ids = {id for id, record in app.doorgroeien_register.records.items() if record["page"] == page}
        for problem in unpublished(root, page.rsplit("/", 1)[-1], ids):
            LOGGER.warning(problem, type="doorgroeien", subtype="register")


def _shown(notebook):
    """Return an executed notebook as its page shows it: every code cell is there, folded."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.metadata["tags"] = sorted({*cell.metadata.get("tags", []), "hide-input"})
    return nbformat.writes(notebook)


def _outdated(app, env, added, changed, removed):
    """Read every page again when anything published, or the code that writes it, has changed."""
    fingerprint = hashlib.sha256("".join(app.doorgroeien_sources.values()).encode())
    for path in sorted(PACKAGE.rglob("*.py")):
        fingerprint.update(path.read_bytes())
    stale = getattr(env, "doorgroeien_fingerprint", None) != fingerprint.hexdigest()
    env.doorgroeien_fingerprint = fingerprint.hexdigest()
    return list(env.found_docs) if stale else []


def _use_executed(app, docname, source):
    """Give Sphinx the executed notebook in place of the file."""
    source[0] = app.doorgroeien_sources.get(docname, source[0])


def _executed_sources(app, exception):
    """Let the notebooks that the site offers be those that its pages show."""
    for page, text in getattr(app, "doorgroeien_sources", {}).items():
        source = Path(app.outdir, "_sources", f"{page}.ipynb")
        if exception is None and source.is_file():
            source.write_text(text + "\n", encoding="utf-8")


def _taken_in(app, exception):
    """Leave word of the files that pages take in, and of the folders that the configuration names.

    What is not of this book, but of a package or made by the build, needs no word.
    """
    if exception is not None:
        return
    env, config, root = app.env, app.config, Path(app.srcdir)
    names = set().union(*env.dependencies.values(), env.images, env.dlfiles)
    names |= {*config.html_static_path, *config.html_extra_path, *config.templates_path}
    names |= {config.html_logo, config.html_favicon}
    paths = {(root / name).resolve() for name in names if name}
    foreign = [PACKAGE, Path(sys.prefix), Path(app.outdir).parent]
    paths = {path for path in paths if not any(path.is_relative_to(other.resolve()) for other in foreign)}
    text = json.dumps(sorted(os.path.relpath(path, root.resolve()) for path in paths))
    Path(app.doctreedir, "taken-in.json").write_text(text, encoding="utf-8")


def _page_language(app, pagename, templatename, context, doctree):
    """Say the language of a page that has its own (front matter ``language: nl``)."""
    context["language"] = app.env.metadata.get(pagename, {}).get("language", app.config.language)


def _without_thebe(app, pagename, templatename, context, doctree):
    """Leave out Thebe, which Jupyter Book loads unasked: the book runs no code in the browser."""
    for name in ("script_files", "css_files"):
        context[name] = [file for file in context.get(name, []) if "thebe" not in _asset(file)]


def _asset(file):
    return f"{file.filename} {getattr(file, 'attributes', {}).get('body', '')}".lower()
