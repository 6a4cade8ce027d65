"""A questionnaire as one HTML file, to read on a screen, to print on A4 and to fill by hand."""

import jinja2
from markupsafe import Markup, escape

from doorgroeien.intake.fielding.questionnaire import MARK, Questionnaire

__all__ = ["as_page"]


def as_page(questionnaire: Questionnaire) -> bytes:
    """Return the file; it asks nothing of any other, and runs no script."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("doorgroeien.intake"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["marked"] = _marked
    return environment.get_template("questionnaire.html").render(form=questionnaire).encode()


def _marked(text):
    """Return a text with what is left to fill in marked."""
    parts = [
        f"<mark>{escape(part)}</mark>" if MARK.fullmatch(part) else escape(part) for part in MARK.split(text)
    ]
    return Markup("").join(map(Markup, parts))
