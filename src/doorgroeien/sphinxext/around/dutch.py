"""Dutch pages in Dutch throughout: labels of figures and tables, the theme's own words, the way to the book.

The theme has one language for a whole site. On a Dutch page its templates are given the Dutch catalogues of
the theme and of Sphinx, and what neither has comes from the words of the site (a test finds what is missing).
Titles of pages are marked with their language wherever they stand in a page of the other one.
"""

import gettext
import posixpath
import re
import types
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import sphinx
import sphinx_book_theme
from docutils import nodes
from sphinx.util import logging

from doorgroeien.publishing.citation import write_date
from doorgroeien.publishing.execution import PACKAGE
from doorgroeien.publishing.words import in_dutch, phrase, section
from doorgroeien.sphinxext.around.menu import translations
from doorgroeien.sphinxext.content.language import SEARCH_PAGES, dutch_label, language_of

__all__ = [
    "add_templates",
    "catalogue",
    "date_page",
    "find_translation",
    "label_in_dutch",
    "mark_pages",
    "mark_titles",
    "name_english",
    "speak_dutch",
]

CATALOGUES = {  # by domain, the folder of its translations
    "sphinx": Path(sphinx.__file__).parent / "locale",
    sphinx_book_theme.MESSAGE_CATALOG_NAME: sphinx_book_theme.get_html_theme_path() / "static" / "locales",
}
LOGGER = logging.getLogger(__name__)
SUMMARY = "book/samenvatting"
LINK = re.compile(r'<a\b[^>]*\bhref="([^"#:]*\.html)(?:#[^"]*)?"[^>]*>.*?</a>', re.DOTALL)


class Own(gettext.NullTranslations):
    """What the site itself says in Dutch for words of the theme."""

    def gettext(self, message):
        """Return the Dutch, or else the words as they are."""
        return in_dutch("theme").get(message, message)


@cache
def catalogue(*domains: str) -> gettext.NullTranslations:
    """Return the Dutch catalogues of ``domains``, the first one first, and then the words of the site."""
    found: gettext.NullTranslations = Own()
    for domain in reversed(domains):
        before, found = found, gettext.translation(domain, CATALOGUES[domain], ["nl"])
        found.add_fallback(before)
    return found


def mark_titles(html: str, page: str, titles: dict[str, tuple[str, str]]) -> str:
    """Return a page with the titles of pages in another language marked, where a link shows one.

    ``titles`` has the language and the title of every page, by name; ``page`` is the name of this one.
    In the menu of a Dutch page a title is followed by the language.
    """
    own = titles[page][0]
    noted = f" ({phrase('page.english', 'nl')})"

    def mark(link):
        name = posixpath.normpath(posixpath.join(posixpath.dirname(page), link[1])).removesuffix(".html")
        lang, title = titles.get(name, (own, ""))
        if lang == own or " hreflang=" in link[0]:
            return link[0]
        marked = link[0]
        if title:
            title = re.escape(escape(title, quote=False))
            marked = re.sub(rf"(<\w+[^>]*)(>\s*{title}\s*<)", rf'\1 lang="{lang}"\2', marked, count=1)
            told = rf'>\1<span lang="{lang}">\2</span>\3'
            marked = re.sub(rf">(\s*)({title})({re.escape(noted)}\s*<)", told, marked, count=1)
        return marked.replace("<a", f'<a hreflang="{lang}"', 1)

    return LINK.sub(mark, html)


class DutchWriter:
    """What the writer of pages does otherwise in a Dutch passage: labels, links to a place, admonitions.

    On a sheet of one A4 its only picture has no number.
    """

    body: list[str]
    builder: Any

    def in_dutch(self, node):
        """Return whether a node stands in a Dutch passage."""
        page = self.builder.env.metadata[self.builder.current_docname].get("language", "en")
        return language_of(node, page) == "nl"

    def add_fignumber(self, node):
        """Write the label and number, where there are several."""
        if "sheet" in self.builder.env.metadata[self.builder.current_docname]:
            return
        start = len(self.body)
        super().add_fignumber(node)  # type: ignore[misc] # of the writer that this class is mixed into
        if self.in_dutch(node):
            self.body[start:] = [dutch_label(part) for part in self.body[start:]]

    def add_permalink_ref(self, node, title):
        """Write the link to a place, and what it is."""
        title = catalogue("sphinx").gettext(str(title)) if self.in_dutch(node) else title
        super().add_permalink_ref(node, title)  # type: ignore[misc]

    def visit_admonition(self, node, name=""):
        """Begin an admonition, with its name as title."""
        super().visit_admonition(node, name)  # type: ignore[misc]
        if name and self.in_dutch(node):
            title = catalogue("sphinx").gettext(node[0].astext())
            node[0].replace_self(nodes.title(title, title))


def add_templates(app, config):
    """Let pages have templates of our own, a switch of language in their head, and the words of scripts."""
    config.templates_path.insert(0, str(PACKAGE / "sphinxext" / "templates"))  # before those of the theme
    config.html_context["script_words"] = section("script")
    config.html_theme_options.setdefault(
        "article_header_end", ["language-switch.html", "article-header-buttons.html"]
    )


def label_in_dutch(app):
    """Take part in writing the labels of figures and tables."""
    for name, writer in list(app.registry.translators.items()):
        app.set_translator(name, types.new_class("DutchWriter", (DutchWriter, writer)), override=True)


def date_page(app, pagename, templatename, context, doctree):
    """Let a page say when the book last changed, not the day on which it was built."""
    context["last_updated"] = write_date(app.doorgroeien_book.date, context["language"])


def find_translation(app, pagename, templatename, context, doctree):
    """Say which page has the same in the other language: what its front matter names, or else a front page.

    A page names the other one as ``translation: notebooks/support``; one of the two is enough. Where it is a
    front page, ``fallback`` is true: the switch then says so.
    """
    other = app.env.metadata.get(pagename, {}).get("translation")
    if other is not None and other not in app.env.found_docs:
        LOGGER.warning(f"translation: {other} is no page of the book", location=pagename, type="doorgroeien")
    elif other is not None and app.env.metadata[other].get("language", "en") == context["language"]:
        expected = "a page is Dutch by `language: nl` at its head"
        LOGGER.warning(f"translation: {other} has the same language; {expected}", location=pagename)
    named = translations(app.env) | dict(zip(SEARCH_PAGES, reversed(SEARCH_PAGES), strict=True))
    front = app.config.root_doc if context["language"] == "nl" else SUMMARY
    context["fallback"] = pagename not in {*named, app.config.root_doc, SUMMARY}
    context["translation"] = named.get(pagename, front)


def speak_dutch(app, pagename, templatename, context, doctree):
    """Give the templates of a Dutch page the Dutch catalogues, and the way to the Dutch summary."""
    if context["language"] != "nl":
        return
    context["theme_logo_link"] = context["home"] = context["pathto"](SUMMARY)
    domains = [*CATALOGUES]
    # Each asks the catalogue first that it would ask on a site in one language.
    context["_"] = context["gettext"] = catalogue(*domains).gettext
    translate = context["translate"] = catalogue(*reversed(domains)).gettext
    context["theme_search_bar_text"] = translate(context["theme_search_bar_text"])
    # The theme translates what stands on a button, and not how a menu of them is called.
    for button in context.get("header_buttons", []):
        if button.get("tooltip"):
            button["tooltip"] = translate(button["tooltip"])


def name_english(app, doctree, docname):
    """Say on a Dutch page which links in its sentences lead to a page in English."""
    env = app.env
    if env.metadata[docname].get("language", "en") != "nl":
        return
    english = {
        app.builder.get_relative_uri(docname, page)
        for page in env.found_docs
        if env.metadata[page].get("language", "en") == "en"
    }
    for link in doctree.findall(nodes.reference):
        address = link.get("refuri", "").partition("#")[0]
        cited = "bibtex-citation" in link.parent.get("classes", ())
        if address in english and not cited and "Engels" not in link.astext():
            link.parent.insert(link.parent.index(link) + 1, nodes.Text(f" ({phrase('page.english', 'nl')})"))


def mark_pages(app):
    """Mark titles in another language in the finished pages.

    No template reaches the links of the table of contents, in sentences and in what results bring along.
    """
    env = app.env
    titles = {
        page: (env.metadata[page].get("language", "en"), title.astext()) for page, title in env.titles.items()
    }
    # The name of the book is Dutch everywhere.
    titles[app.config.root_doc] = (titles[app.config.root_doc][0], "")
    for page in titles:
        file = Path(app.builder.get_outfilename(page))
        file.write_text(mark_titles(file.read_text("utf-8"), page, titles), encoding="utf-8")
