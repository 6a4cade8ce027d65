"""Templates of pages that Sphinx does not write: those of numbers, and the one for a missing address."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from doorgroeien.publishing.words import phrase

__all__ = ["template"]

FOLDER = Path(__file__).parents[1] / "pages"


def template(name: str) -> Template:
    """Return a template of ``pages/``, in which ``phrase`` gives the words of the site."""
    return _templates().get_template(name)


@cache
def _templates():
    made = Environment(
        loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    made.globals["phrase"] = phrase
    return made
