"""The elements of a finished page, read once for all that check it."""

from functools import lru_cache
from html.parser import HTMLParser

__all__ = ["Elements", "elements_of"]


class Elements(HTMLParser):
    """The elements of a page, as ``(tag, attributes)`` in ``tags``; those without a value have an empty one.

    ``bodies`` holds the code and style that stand in the page, as ``(tag, attributes, text)``.
    """

    def __init__(self, html: str):
        """Read the page."""
        super().__init__()
        self.tags, self.bodies, self.inside = [], [], False
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        """Note an element."""
        self.tags.append((tag, {name: value or "" for name, value in attributes}))
        self.inside = tag in ("script", "style")

    def handle_data(self, data):
        """Note the text of a script or a style, in which no other element can stand."""
        if self.inside:
            self.bodies.append((*self.tags[-1], data))

    def handle_endtag(self, tag):
        """Leave an element."""
        self.inside = False


@lru_cache(maxsize=4096)
def elements_of(html: str) -> Elements:
    """Return the elements of a page; nobody changes them."""
    return Elements(html)
