"""What a page folds away: sections and results for researchers, parts that are many, and another language.

A chapter names its sections under ``[reading]`` in ``notebooks/<chapter>.toml``, a page of prose at its head
(``more: ["A heading"]``); a figure or table is folded where its record says so. All stays in the page: a
heading stays in the table of contents and an anchor, and a link to what is inside opens the fold.
"""

import json
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.util import logging

from doorgroeien.publishing.words import phrase
from doorgroeien.results.chapter import READING, folded, words_file
from doorgroeien.sphinxext.content.language import language_of

__all__ = ["fold", "fold_sections", "setup", "write_folds"]

LOGGER = logging.getLogger(__name__)


class fold(nodes.General, nodes.Element):
    """A figure or table that is folded away; ``line`` is what its summary says of it.

    It is for researchers, unless ``reason`` is ``more``.
    """


def setup(app):
    """Register the node."""
    app.add_node(fold, html=(_open, lambda writer, node: writer.body.append("</details>\n")))


def _open(writer, node):
    """Begin a fold with its line: for whom it is, the number of what it holds, and its first words."""
    reason, label = node.get("reason", READING[0]), f"{phrase('page.researchers', node['lang'])}:"
    label = f'<span class="fold-label">{label}</span> ' if reason == READING[0] else ""
    writer.body.append(f'<details class="fold {reason}"><summary>{label}')
    inside = next(node.findall(lambda part: isinstance(part, nodes.figure | nodes.table)))
    other = language_of(inside, node["lang"])
    before, after = (f'<span lang="{other}">', "</span>") if other != node["lang"] else ("", "")
    writer.body.append(before)
    writer.add_fignumber(inside)
    writer.body.append(after)
    writer.body.append(f"{escape(node['line'])}</summary>\n")


def fold_sections(app, doctree):
    """Note on each section why its page folds it, and warn of headings that the page does not have."""
    page = app.env.docname
    sections = [
        (_plain(section.next_node(nodes.title).astext()), section)
        for section in doctree.findall(nodes.section)
    ]
    for file, reason, headings in _named(app, page):
        for heading in headings:
            found = [section for title, section in sections if title == _plain(heading)]
            if len(found) == 1:
                _fold(found[0], reason)
                continue
            trouble = "is no heading of its page" if not found else f"is the heading of {len(found)} sections"
            known = "; ".join(title for title, _ in sections[1:])
            LOGGER.warning(
                f"{file}, {reason}: {heading!r} {trouble}. Take it out, or name one of: {known}.",
                type="doorgroeien",
                subtype="fold",
            )


def _fold(section, reason):
    """Note why a section is folded; what is for researchers in it needs no second fold."""
    section["fold"] = reason
    if reason == "researchers":
        for inner in list(section.findall(fold)):
            if inner.get("reason", reason) == reason:
                inner.replace_self(inner.children)


def _named(app, page):
    """Give for each reason to fold the file that says so, and the headings that it names."""
    if page in app.doorgroeien_executed:
        name = page.rsplit("/", 1)[-1]
        app.env.note_dependency(str(Path(app.srcdir, words_file(name))))
        named = folded(Path(app.srcdir), name)
        return [(f"{words_file(name)}, [reading]", reason, headings) for reason, headings in named.items()]
    head = app.env.metadata[page]
    return [(f"{page}.md", reason, json.loads(head[reason])) for reason in READING if reason in head]


def _plain(title: str) -> str:
    """Return a heading with the quotation marks of a keyboard."""
    return title.translate(str.maketrans("\u2018\u2019\u201c\u201d", "''\"\""))


def write_folds(app, doctree, docname):
    """Write the folds of sections around what they hold; the heading stays in sight."""
    if app.builder.format != "html":
        return
    lang = app.env.metadata[docname].get("language", "en")
    label = f'<span class="fold-label">{phrase("page.researchers", lang)}</span>'
    for section in doctree.findall(nodes.section):
        if reason := section.get("fold"):
            end = f"{label if reason == 'researchers' else ''}</summary>"
            section.insert(1, nodes.raw("", end, format="html"))
            section.insert(0, nodes.raw("", f'<details class="fold {reason}"><summary>', format="html"))
            section += nodes.raw("", "</details>", format="html")
