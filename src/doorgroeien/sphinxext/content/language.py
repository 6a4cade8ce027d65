"""Passages in another language than their page: ``{language}`` for blocks, ``{nl}`` for words."""

import re
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective, SphinxRole

from doorgroeien.publishing.words import in_dutch, phrase
from doorgroeien.results.formats import LANGUAGES
from doorgroeien.results.records import Language

__all__ = ["SEARCH_PAGES", "dutch_label", "language_being_read", "language_of", "set_language", "setup"]

SEARCH_PAGES = {"search": "en", "zoeken": "nl"}  # by name; they are no documents, and have no front matter


class language_block(nodes.General, nodes.Element):
    """A block in the language of its ``lang`` attribute."""


class foreign_words(nodes.Inline, nodes.TextElement):
    """Words in the language of their ``lang`` attribute."""


class LanguageDirective(SphinxDirective):
    """``{language} nl``: the content is in that language, and its numbers are written so."""

    required_arguments = 1
    has_content = True

    def run(self):
        """Return the block with its parsed content."""
        if self.arguments[0] not in LANGUAGES:
            raise self.error(f"language {self.arguments[0]!r} is not one of {', '.join(LANGUAGES)}")
        block = language_block(lang=self.arguments[0])
        self.set_source_info(block)
        self.state.nested_parse(self.content, self.content_offset, block)
        return [block]


class DutchRole(SphinxRole):
    """``{nl}`handhaven` ``: Dutch words in an English sentence."""

    def run(self):
        """Return the marked words."""
        return [foreign_words(self.text, self.text, lang="nl")], []


def language_being_read(env) -> Language:
    """Return the language of the page that is being read, whose front matter Sphinx does not know yet."""
    head = Path(env.doc2path(env.docname)).read_text("utf-8")[:200]
    return "nl" if "language: nl" in head else "en"


def language_of(node, page_language="en"):
    """Return the language of the passage that ``node`` stands in."""
    while node is not None:
        if isinstance(node, language_block):
            return node["lang"]
        node = node.parent
    return page_language


def dutch_label(text: str) -> str:
    """Return a label such as "Figure 3" in Dutch."""
    labels = in_dutch("label")
    return re.sub("|".join(labels), lambda label: labels[label[0]], text)


def setup(app):
    """Register the directive, the role and their nodes."""
    app.add_directive("language", LanguageDirective)
    app.add_role("nl", DutchRole())
    app.add_node(
        language_block,
        html=(
            lambda self, node: self.body.append(f'<div class="passage" lang="{node["lang"]}">\n'),
            lambda self, node: self.body.append("</div>\n"),
        ),
    )
    app.add_node(
        foreign_words,
        html=(
            lambda self, node: self.body.append(f'<i lang="{node["lang"]}">'),
            lambda self, node: self.body.append("</i>"),
        ),
    )


def set_language(app, pagename, templatename, context, doctree):
    """Say the language of a page that has its own (front matter ``language: nl``), and give it its words."""
    language = SEARCH_PAGES.get(pagename, app.config.language)
    context["language"] = app.env.metadata.get(pagename, {}).get("language", language)
    context["phrase"] = phrase
    context["search_page"] = next(name for name, lang in SEARCH_PAGES.items() if lang == context["language"])
