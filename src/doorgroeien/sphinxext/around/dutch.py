"""Dutch pages in Dutch throughout: labels of figures and tables, the theme's own words, the way to the book.

The theme has one language for a whole site. Its words are therefore translated in the finished page
(:data:`WORDS`; a test finds what is missing), and titles of pages are marked with their language wherever
they stand in a page of the other one.
"""

import posixpath
import re
import types
from html import escape, unescape
from pathlib import Path
from typing import Any

from doorgroeien.publishing.citation import write_date
from doorgroeien.publishing.execution import PACKAGE
from doorgroeien.sphinxext.content.language import dutch_label, language_of

__all__ = [
    "WORDS",
    "add_switch",
    "date_page",
    "label_in_dutch",
    "mark_titles",
    "translate",
    "translate_pages",
]

WORDS = {
    "Skip to main content": "Naar de inhoud",
    "Back to top": "Naar boven",
    "Search": "Zoeken",
    "Search this book...": "Zoek in dit boek…",
    "Ctrl": "Ctrl",
    "Main": "Hoofdmenu",
    "Page": "Op deze bladzijde",
    "Contents": "Inhoud",
    "Section Navigation": "Hoofdstukken",
    "Toggle primary sidebar": "Inhoudsopgave van het boek tonen of verbergen",
    "Toggle secondary sidebar": "Inhoud van deze bladzijde tonen of verbergen",
    "Download this page": "Deze bladzijde downloaden",
    "Download source file": "Bronbestand downloaden",
    "Download notebook file": "Notebook downloaden",
    "Print to PDF": "Afdrukken als pdf",
    "Fullscreen mode": "Volledig scherm",
    "Color mode": "Licht of donker",
    "Light": "Licht",
    "Dark": "Donker",
    "System Settings": "Zoals het apparaat",
    "Version warning": "Waarschuwing over de versie",
    "previous page": "vorige bladzijde",
    "next page": "volgende bladzijde",
    "previous": "vorige",
    "next": "volgende",
    "Previous": "Vorige",
    "Next": "Volgende",
    "Index": "Register",
    "Link to this heading": "Link naar dit kopje",
    "Link to this image": "Link naar deze figuur",
    "Link to this table": "Link naar deze tabel",
    "Permalink to this heading": "Link naar dit kopje",
    "Permalink to this image": "Link naar deze figuur",
    "Permalink to this table": "Link naar deze tabel",
    "Note": "Toelichting",
    "Tip": "Tip",
    "Important": "Belangrijk",
    "Warning": "Waarschuwing",
    "See also": "Zie ook",
    # The parts in the table of contents.
    "Start here": "Om te beginnen",
    "Real evidence": "Echt bewijs",
    "The survey": "De enquête",
    "The four dimensions": "De vier dimensies",
    "Synthesis": "Het geheel",
    "Appendices": "Bijlagen",
}
# Words around something that differs.
PHRASES = {r"By (.+)": r"Door \1", r"Last updated on (.+)\.": r"Bijgewerkt op \1."}
TEXT = re.compile(r"(?<=>)(\s*)([^<>]*?[^<>\s])(\s*)(?=<)")
ATTRIBUTE = re.compile(r'(?<=\s)((?:title|aria-label|placeholder|data-bs-title)=")([^"]*)(?=")')
LINK = re.compile(r'<a\b[^>]*\bhref="([^"#:]*\.html)(?:#[^"]*)?"[^>]*>.*?</a>', re.DOTALL)


def translate(html: str) -> str:
    """Return a page with the theme's words in Dutch; only a text or label that is a whole one is taken."""

    def dutch(words):
        words = " ".join(unescape(words).split())
        for phrase, other in PHRASES.items():
            if re.fullmatch(phrase, words):
                return escape(re.sub(phrase, other, words))
        return escape(WORDS[words]) if words in WORDS else None

    html = TEXT.sub(lambda text: f"{text[1]}{dutch(text[2]) or text[2]}{text[3]}", html)
    return ATTRIBUTE.sub(lambda label: label[1] + (dutch(label[2]) or label[2]), html)


def mark_titles(html: str, page: str, titles: dict[str, tuple[str, str]]) -> str:
    """Return a page with the titles of pages in another language marked, where a link shows one.

    ``titles`` has the language and the title of every page, by name; ``page`` is the name of this one.
    """
    own = titles[page][0]

    def mark(link):
        name = posixpath.normpath(posixpath.join(posixpath.dirname(page), link[1])).removesuffix(".html")
        lang, title = titles.get(name, (own, ""))
        if lang == own or " hreflang=" in link[0]:
            return link[0]
        marked = link[0]
        if title:
            title = re.escape(escape(title, quote=False))
            marked = re.sub(rf"(<\w+[^>]*)(>\s*{title}\s*<)", rf'\1 lang="{lang}"\2', marked, count=1)
        return marked.replace("<a", f'<a hreflang="{lang}"', 1)

    return LINK.sub(mark, html)


class DutchLabels:
    """What the writer of pages does otherwise in a Dutch passage: the labels of figures and tables."""

    body: list[str]
    builder: Any

    def add_fignumber(self, node):
        """Write the label and number."""
        start = len(self.body)
        super().add_fignumber(node)  # type: ignore[misc] # of the writer that this class is mixed into
        page = self.builder.env.metadata[self.builder.current_docname].get("language", "en")
        if language_of(node, page) == "nl":
            self.body[start:] = [dutch_label(part) for part in self.body[start:]]


def add_switch(app, config):
    """Add the switch of language to the head of a page."""
    config.templates_path.append(str(PACKAGE / "sphinxext" / "templates"))
    config.html_theme_options.setdefault(
        "article_header_end", ["language-switch.html", "article-header-buttons.html"]
    )


def label_in_dutch(app):
    """Take part in writing the labels of figures and tables."""
    for name, writer in list(app.registry.translators.items()):
        app.set_translator(name, types.new_class("DutchLabels", (DutchLabels, writer)), override=True)


def date_page(app, pagename, templatename, context, doctree):
    """Let a page say when the book last changed, not the day on which it was built."""
    context["last_updated"] = write_date(app.doorgroeien_book.date, context["language"])


def translate_pages(app):
    """Translate the words of the theme on Dutch pages, and mark titles in another language."""
    env = app.env
    titles = {
        page: (env.metadata[page].get("language", "en"), title.astext()) for page, title in env.titles.items()
    }
    # The name of the book is Dutch everywhere.
    titles[app.config.root_doc] = (titles[app.config.root_doc][0], "")
    for page, (lang, _) in titles.items():
        file = Path(app.builder.get_outfilename(page))
        html = mark_titles(file.read_text("utf-8"), page, titles)
        file.write_text(translate(html) if lang == "nl" else html, encoding="utf-8")
