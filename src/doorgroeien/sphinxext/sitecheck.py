"""Every link inside the site leads somewhere, and no page asks another host for anything."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sphinx.util import logging

__all__ = ["broken_links", "setup"]

LOGGER = logging.getLogger(__name__)
# What a browser fetches by itself; a plain link to another host is only followed by a reader.
FETCHED = {("script", "src"), ("img", "src"), ("link", "href"), ("iframe", "src"), ("source", "src")}
# What a style sheet fetches: pictures, fonts, other style sheets.
ASKED = re.compile(r"""(?:url\(|@import)\s*["']?([^"')\s]+)""")
NOT_FETCHED = {"canonical", "author", "license", "alternate", "next", "prev", "index", "search"}


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.ids, self.links, self.fetched = {""}, [], []

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if values.get("id"):
            self.ids.add(values["id"])
        if tag == "a" and values.get("name"):
            self.ids.add(values["name"])
        for name in ("href", "src"):
            if values.get(name) is None:
                continue
            self.links.append(values[name])
            if (tag, name) in FETCHED and values.get("rel") not in NOT_FETCHED:
                self.fetched.append(values[name])


def broken_links(site: Path) -> list[tuple[str, str]]:
    """Return ``(page, what is wrong)`` for the HTML files and style sheets below ``site``."""
    pages = {}
    for path in sorted(site.rglob("*.html")):
        if "_static" in path.relative_to(site).parts:
            continue
        pages[path.resolve()] = page = _Page()
        page.feed(path.read_text(encoding="utf-8"))
    wrong = []
    for path, page in pages.items():
        name = path.relative_to(site.resolve()).as_posix()
        for link in sorted(set(page.links)):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = path if not parts.path else (path.parent / unquote(parts.path)).resolve()
            target = target / "index.html" if target.is_dir() else target
            if not target.is_file():
                wrong.append((name, f"link {link!r} leads to no file"))
            elif target in pages and unquote(parts.fragment) not in pages[target].ids:
                wrong.append((name, f"link {link!r} leads to no place on that page"))
        for address in sorted(set(page.fetched)):
            if urlsplit(address).netloc:
                wrong.append((name, f"the page asks another host for {address!r}"))
    for path in sorted(site.rglob("*.css")):
        for address in ASKED.findall(path.read_text(encoding="utf-8")):
            if urlsplit(address).netloc:
                name = path.relative_to(site).as_posix()
                wrong.append((name, f"the style sheet asks another host for {address!r}"))
    return wrong


def setup(app):
    """Check the site when all files stand."""
    app.connect("build-finished", _check, priority=900)


def _check(app, exception):
    if exception is None and app.builder.format == "html":
        for page, problem in broken_links(Path(app.outdir)):
            LOGGER.warning(problem, location=page, type="doorgroeien", subtype="link")
