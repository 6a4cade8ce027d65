"""The book's Sphinx extension: what it registers is here, what happens to a page in :mod:`.pipeline`."""

import os

from doorgroeien.sphinxext.around import discovery, search
from doorgroeien.sphinxext.content import (
    answers,
    bibliography,
    citations,
    codebook,
    findings,
    folds,
    language,
    mathml,
    municipalities,
    numbers,
    published,
    references,
    self_scan,
    slides,
    withheld,
)
from doorgroeien.sphinxext.pipeline import connect

__all__ = ["setup"]


def setup(app):
    """Register everything with Sphinx."""
    # Where Sphinx has no conf.py, docutils would read pages as the files of the user and the machine tell it.
    os.environ["DOCUTILSCONFIG"] = ""
    pages = (answers, bibliography, citations, codebook, findings, folds, language, municipalities, numbers)
    for module in (*pages, published, self_scan, slides, withheld, references, mathml, discovery, search):
        module.setup(app)
    connect(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
