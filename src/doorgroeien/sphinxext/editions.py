"""The edition on every page that rests on survey answers: a line below its title."""

from docutils import nodes

from doorgroeien.register import EVIDENCE
from doorgroeien.sphinxext.numbers import number

__all__ = ["setup"]

WORDS = {"en": "This page rests on {}: {}.", "nl": "Deze pagina berust op {}: {}."}


def setup(app):
    """Add the line when the numbers of the page are known."""
    app.connect("doctree-read", _add_line, priority=640)


def _add_line(app, doctree):
    lang = app.env.metadata[app.env.docname].get("language", "en")
    editions = {node["edition"][lang] for node in doctree.findall(nodes.Element) if node.get("edition")}
    for node in doctree.findall(number):
        edition = node.get("record", {}).get("edition")
        editions |= {edition[lang]} if edition else set()
    title = next(doctree.findall(nodes.title), None)
    if editions and title is not None:
        text = WORDS[lang].format(EVIDENCE["survey answers"][lang], "; ".join(sorted(editions)))
        line = nodes.paragraph(text, text, classes=["edition"], published_data=True)
        title.parent.insert(title.parent.index(title) + 1, line)
