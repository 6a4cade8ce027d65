"""The style of the reference list, references in a Dutch passage, and the works that a page cites.

In the list titles keep their capitals and organisations stand among people. ``{works}`` lists the works that
the page cites, and refers to them by number, for a page that is printed alone.
"""

import copy
import re
from pathlib import Path

from babel.dates import get_month_names
from docutils import nodes
from pybtex.backends.plaintext import Backend
from pybtex.plugin import register_plugin
from pybtex.style.formatting.plain import Style as Plain
from pybtex.style.sorting.author_year_title import SortingStyle
from pybtex.style.template import field, names, sentence, tag
from sphinx.util.docutils import SphinxDirective

from doorgroeien.data.tables import bibliography
from doorgroeien.publishing.words import in_dutch
from doorgroeien.sphinxext.content.language import language_of

__all__ = ["cite_in_dutch", "list_works", "add_styles", "setup"]


class Sorting(SortingStyle):
    """By author and year; the braces that hold the name of an organisation together do not count."""

    def person_key(self, person):
        """Return the name to sort by."""
        return super().person_key(person).replace("{", "")


class Style(Plain):
    """Pybtex's plain style, which otherwise lower-cases titles and would write "wwb"."""

    default_sorting_style = "doorgroeien"

    def format_title(self, entry, which_field, as_sentence=True):
        """Return the title as it stands in the bibliography file."""
        title = field(which_field)
        return sentence[title] if as_sentence else title

    def format_btitle(self, entry, which_field, as_sentence=True):
        """Return the title of a book or report, in italics."""
        title = tag("em")[field(which_field)]
        return sentence[title] if as_sentence else title


class DutchStyle(Style):
    """The same with Dutch words: "en", the names of months, "Rapport", what a note says."""

    MONTHS = {
        get_month_names("wide", locale="en")[month]: name
        for month, name in get_month_names("wide", locale="nl").items()
    }

    def format_names(self, role, as_sentence=True):
        """Return the names, the last after "en"."""
        listed = names(role, sep=", ", sep2=" en ", last_sep=" en ")
        return sentence[listed] if as_sentence else listed

    def format_entry(self, label, entry, bib_data=None):
        """Return the entry, formatted."""
        entry = copy.deepcopy(entry)
        if "month" in entry.fields:
            entry.fields["month"] = self.MONTHS.get(entry.fields["month"], entry.fields["month"])
        if entry.type == "techreport":
            entry.fields.setdefault("type", "Rapport")
        for english, dutch in in_dutch("note").items() if "note" in entry.fields else ():
            entry.fields["note"] = entry.fields["note"].replace(english, dutch)
        return super().format_entry(label, entry, bib_data)


class works(nodes.General, nodes.Element):
    """Where the works that a page cites are listed."""


class WorksDirective(SphinxDirective):
    """``{works}``."""

    def run(self):
        """Return the place; it is filled when references are resolved."""
        return [works()]


def cite_in_dutch(app, doctree, docname):
    """Write references in Dutch passages in Dutch, and what is shown of the work when one points at them."""
    page = app.env.metadata[docname].get("language", "en")
    words = in_dutch("reference")
    pattern = re.compile("|".join(map(re.escape, words)))
    keys = {citation.citation_id: citation.key for citation in app.env.get_domain("cite").citations}
    for cited in doctree.findall(nodes.inline):
        if "bibtex-citation" not in cited["classes"] or language_of(cited, page) != "nl":
            continue
        for text in list(cited.findall(nodes.Text)):
            text.parent.replace(text, nodes.Text(pattern.sub(lambda found: words[found[0]], text)))
        for link in cited.findall(nodes.reference):
            link["reftitle"] = _dutch(app, keys[link["refuri"].rpartition("#")[2]])


def _dutch(app, key):
    """Return a work as it stands in the reference list, in Dutch."""
    if not hasattr(app, "doorgroeien_dutch_works"):
        app.doorgroeien_dutch_works = {}
    known = app.doorgroeien_dutch_works
    if key not in known:
        entry = bibliography(Path(app.srcdir)).entries[key]
        known[key] = DutchStyle().format_entry(key, entry).text.render(Backend())
    return known[key]


def list_works(app, doctree, docname):
    """List the works that the page cites, where it asks for them, and refer to them there by number."""
    for place in list(doctree.findall(works)):
        listed: dict[str, int] = {}
        for cited in doctree.findall(nodes.inline):
            if "bibtex-citation" not in cited["classes"]:
                continue
            works_cited = [link["reftitle"] for link in cited.findall(nodes.reference)]
            numbers = sorted(listed.setdefault(work, len(listed) + 1) for work in works_cited)
            cited.children = [nodes.Text("[")]
            for number in numbers:
                cited += [nodes.Text(", ")] if number != numbers[0] else []
                cited += nodes.reference("", str(number), refid=f"work-{number}", internal=True)
            cited += nodes.Text("]")
        items = [
            nodes.list_item("", nodes.paragraph(text=work), ids=[f"work-{number}"])
            for work, number in listed.items()
        ]
        place.replace_self(nodes.enumerated_list("", *items, classes=["works"]))


def setup(app):
    """Register the directive, and the styles."""
    app.add_node(works)
    app.add_directive("works", WorksDirective)
    add_styles()


def add_styles():
    """Register the style ``doorgroeien`` (``bibtex_default_style`` in the configuration) and its order."""
    register_plugin("pybtex.style.formatting", "doorgroeien", Style)
    register_plugin("pybtex.style.sorting", "doorgroeien", Sorting)
    # In place of the installed one, which is the same: each citation would search all packages for it.
    register_plugin("pybtex.backends", "plaintext", Backend, force=True)
