"""The style of the reference list: titles keep the capitals their author gave them."""

from pybtex.plugin import register_plugin
from pybtex.style.formatting.plain import Style as Plain
from pybtex.style.template import field, sentence, tag

__all__ = ["setup"]


class Style(Plain):
    """Pybtex's plain style, which otherwise lower-cases titles and would write "wwb"."""

    def format_title(self, entry, which_field, as_sentence=True):
        """Return the title as it stands in the bibliography file."""
        title = field(which_field)
        return sentence[title] if as_sentence else title

    def format_btitle(self, entry, which_field, as_sentence=True):
        """Return the title of a book or report, in italics."""
        title = tag("em")[field(which_field)]
        return sentence[title] if as_sentence else title


def setup(app):
    """Register the style under the name ``doorgroeien`` (``bibtex_default_style`` in the configuration)."""
    register_plugin("pybtex.style.formatting", "doorgroeien", Style)
