"""The book's Sphinx extension: what it registers is here, what happens to a page in :mod:`.pipeline`."""

import os

from doorgroeien.sphinxext.around import comforts, discovery, search
from doorgroeien.sphinxext.content import (
    bibliography,
    citations,
    codebook,
    language,
    mathml,
    numbers,
    published,
    references,
)
from doorgroeien.sphinxext.finish import assets
from doorgroeien.sphinxext.pipeline import connect

__all__ = ["setup"]


def setup(app):
    """Register everything with Sphinx."""
    # Where Sphinx has no conf.py, docutils would read pages as the files of the user and the machine tell it.
    os.environ["DOCUTILSCONFIG"] = ""
    app.add_css_file("doorgroeien.css")
    app.add_css_file("print.css", media="print")
    app.add_js_file("doorgroeien.js", loading_method="defer")
    modules = (bibliography, citations, codebook, language, numbers, published, discovery, comforts, search)
    for module in (*modules, references, mathml, assets):
        module.setup(app)
    connect(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
