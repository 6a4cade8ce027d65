"""No bare digit in a sentence: what a page says in figures comes from the register."""

import re

from babel.dates import get_month_names
from docutils import nodes
from sphinx.addnodes import desc, pending_xref
from sphinx.util import logging

from doorgroeien.results.formats import LANGUAGES
from doorgroeien.sphinxext.content.sentences import number
from doorgroeien.sphinxext.content.sources import place

__all__ = ["bare_digits", "check_digits"]

LOGGER = logging.getLogger(__name__)
MONTHS = "|".join(name for lang in LANGUAGES for name in get_month_names(locale=lang).values())
PLACES = (
    "findings?|dimensions?|parts?|sections?|chapters?|figures?|tables?|steps?|elements?|articles?|paragraphs?|"
    "bevinding(?:en)?|dimensies?|onderde(?:el|len)|paragra(?:af|fen)|hoofdstuk(?:ken)?|figu(?:ur|ren)|"
    "tabel(?:len)?|stap(?:pen)?|elementen|artikel(?:en)?|lid"
)
# The whole rule: dates and years, places in this book or in the law, papers of parliament, the ends of the
# scale, the size of paper, standards, and nothing else.
ALLOWED = re.compile(
    rf"\b\d{{1,2}} (?:{MONTHS})\b"
    r"|\b(?:19|20)\d\d(?:[-–/](?:19|20)?\d\d)?\b(?![.,]?\d|%)"
    r"|\b\d\d \d{3}, nr\. \d+\b"
    r"|\b0 (?:to|tot) 100\b(?!%)"
    r"|\bA4\b|\bISO \d+\b"
    rf"|\b(?:{PLACES}) \d+[a-z]?(?:(?:, | and | or | to | en | of | tot )\d+[a-z]?)*\b",
    re.IGNORECASE,
)
SILENT = (
    number,
    pending_xref,
    desc,  # what a docstring says in digits belongs to the code
    nodes.comment,
    nodes.image,
    nodes.literal,
    nodes.literal_block,
    nodes.math,
    nodes.math_block,
    nodes.raw,
)


def bare_digits(sentence: str) -> list[str]:
    """Return the words of ``sentence`` that hold digits the rule does not allow."""
    return re.findall(r"\S*\d\S*", ALLOWED.sub(" ", sentence))


def check_digits(app, doctree):
    """Warn of every bare digit on a page."""
    for block in doctree.findall(nodes.TextElement):
        if isinstance(block, nodes.Inline) or _silent(block):
            continue
        for word in bare_digits(_prose(block)):
            LOGGER.warning(
                f"bare digits {word!r} in a sentence; publish the number and use {{num}}, or use words",
                location=place(app.env, block),
                type="doorgroeien",
                subtype="digits",
            )


def _silent(node):
    while node is not None:
        if isinstance(node, SILENT) or (isinstance(node, nodes.Element) and node.get("published_data")):
            return True
        node = node.parent
    return False


def _prose(block):
    """Return the text of a block without what stands in it as a number, a citation or code."""
    parts = []
    for child in block.children:
        if isinstance(child, nodes.Text):
            parts.append(child.astext())
        elif isinstance(child, SILENT):
            parts.append("\u2026")
        elif isinstance(child, nodes.Inline):
            parts.append(_prose(child))
    return "".join(parts)
