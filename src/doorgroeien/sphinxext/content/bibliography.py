"""The style of the reference list: titles keep their capitals, organisations stand among people."""

from pybtex.backends.plaintext import Backend
from pybtex.plugin import register_plugin
from pybtex.style.formatting.plain import Style as Plain
from pybtex.style.sorting.author_year_title import SortingStyle
from pybtex.style.template import field, sentence, tag

__all__ = ["setup"]


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


def setup(app):
    """Register the styles under the name ``doorgroeien`` (``bibtex_default_style`` in the configuration)."""
    register_plugin("pybtex.style.formatting", "doorgroeien", Style)
    register_plugin("pybtex.style.sorting", "doorgroeien", Sorting)
    # In place of the installed one, which is the same: each citation would search all packages for it.
    register_plugin("pybtex.backends", "plaintext", Backend, force=True)
