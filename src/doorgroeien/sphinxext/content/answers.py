"""Words that hold on real answers or on synthetic ones: ``{answers}`on synthetic ones|on real ones` ``.

What a chapter expects of real answers is not said where the answers are real.
"""

import re
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxRole

from doorgroeien.publishing.real_answers import elsewhere
from doorgroeien.publishing.words import phrase

__all__ = ["AnswersRole", "invented", "on_real_answers", "setup", "without_hopes"]


class AnswersRole(SphinxRole):
    """``{answers}`on synthetic ones|on real ones` ``."""

    def run(self):
        """Return the words that hold on the answers of this edition."""
        synthetic, _, real = self.text.partition("|")
        return [nodes.Text(real if on_real_answers(Path(self.env.app.srcdir)) else synthetic)], []


def setup(app):
    """Register the role."""
    app.add_role("answers", AnswersRole())


def on_real_answers(root: Path) -> bool:
    """Tell whether the answers that the book is built on are those of people."""
    edition = elsewhere(root)
    return edition is not None and not edition.synthetic


def invented(edition: str, root: Path) -> bool:
    """Tell whether nobody gave the answers of an edition, by its English name.

    Draws of the method have that of the reference survey, whoever answered the book.
    """
    own = elsewhere(root)
    return own is None or own.synthetic or own.names[0] != edition


def without_hopes(text: str) -> str:
    """Return the text of a cell without its section on what real answers could show."""
    heading = re.escape(phrase("page.hopes", "en"))
    return re.sub(rf"^## {heading}\n.*?(?=^## |\Z)", "", text, flags=re.MULTILINE | re.DOTALL)
