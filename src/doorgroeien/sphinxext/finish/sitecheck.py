"""Every link inside the site leads somewhere, and no page asks another host for anything."""

import posixpath
import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sphinx.util import logging

from doorgroeien.sphinxext.finish.elements import elements_of

__all__ = ["broken_links", "check_site"]

LOGGER = logging.getLogger(__name__)
# What a browser fetches by itself; a plain link to another host is only followed by a reader.
FETCHED = {("script", "src"), ("img", "src"), ("link", "href"), ("iframe", "src"), ("source", "srcset")}
# What a style sheet fetches: pictures, fonts, other style sheets.
ASKED = re.compile(r"""(?:url\(|@import)\s*["']?([^"')\s]+)""")
NOT_FETCHED = {"canonical", "author", "license", "alternate", "next", "prev", "index", "search"}


def broken_links(site: Path) -> list[tuple[str, str]]:
    """Return ``(page, what is wrong)`` for the HTML files and style sheets below ``site``."""
    paths = ((path.relative_to(site).as_posix(), path) for path in sorted(site.rglob("*.html")))
    pages = {name: path.read_text("utf-8") for name, path in paths if "_static" not in name.split("/")}
    ids = {name: _ids(html) for name, html in pages.items()}

    @cache
    def file(address):
        if (site / address).is_dir():
            return file(posixpath.normpath(posixpath.join(address, "index.html")))
        return address if (site / address).is_file() else None

    wrong = []
    for name, html in pages.items():
        links, fetched = _addresses(html)
        for link in sorted(links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(parts.path)))
            target = file(target) if parts.path else name
            if target is None:
                wrong.append((name, f"link {link!r} leads to no file"))
            elif target in ids and unquote(parts.fragment) not in ids[target]:
                wrong.append((name, f"link {link!r} leads to no place on that page"))
        for address in sorted(fetched):
            if urlsplit(address).netloc:
                wrong.append((name, f"the page asks another host for {address!r}"))
    for path in sorted(site.rglob("*.css")):
        for address in ASKED.findall(path.read_text(encoding="utf-8")):
            if urlsplit(address).netloc:
                name = path.relative_to(site).as_posix()
                wrong.append((name, f"the style sheet asks another host for {address!r}"))
    return wrong


def _ids(html):
    """Return the places that a link may lead to; without a name it leads to the top."""
    tags = elements_of(html).tags
    return {"", *(values.get("id", "") for _, values in tags)} | {
        values.get("name", "") for tag, values in tags if tag == "a"
    }


def _addresses(html):
    """Return the addresses on a page, and those of them that a browser asks for."""
    links, fetched = set(), set()
    for tag, values in elements_of(html).tags:
        for name in ("href", "src", "srcset"):
            if name in values:
                links.add(values[name])
                if (tag, name) in FETCHED and values.get("rel") not in NOT_FETCHED:
                    fetched.add(values[name])
    return links, fetched


def check_site(app):
    """Warn of every link that leads nowhere, and of what another host is asked for."""
    for page, problem in broken_links(Path(app.outdir)):
        LOGGER.warning(problem, location=page, type="doorgroeien", subtype="link")
