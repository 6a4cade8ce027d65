"""How the site is found and known: 404 page, sitemap, robots.txt, icons, social card, old addresses, version.

``doorgroeien_moved`` in ``_config.yml`` names pages that have moved, ``old: new`` without extension; the old
address then leads to the new page.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterable
from html import escape
from pathlib import Path
from urllib.parse import quote

from sphinx.util import logging

from doorgroeien.publishing.release import tagged, version_of_site
from doorgroeien.publishing.repository import last_changes
from doorgroeien.publishing.versions import MISSING, pages_in, redirect_page, version_address
from doorgroeien.publishing.words import phrase
from doorgroeien.sphinxext.around.results_pages import FOLDER
from doorgroeien.sphinxext.around.standalone import template
from doorgroeien.sphinxext.content.language import SEARCH_PAGES

__all__ = [
    "find_address",
    "missing_page",
    "moved_pages",
    "name_icons",
    "name_notebook",
    "offer_binder",
    "robots",
    "setup",
    "sitemap",
    "write_files",
]

LOGGER = logging.getLogger(__name__)
PICTURES = Path(__file__).parents[1] / "pictures"  # drawn by tools/emblem.py
NOT_LISTED = {"genindex.html", "index.html", *(f"{name}.html" for name in SEARCH_PAGES)}
SUMMARY = "book/samenvatting"  # what the book says, in Dutch
BINDER = re.compile(r"https://(github|gitlab)\.com/[^/]+/[^/]+/?")
STYLE = """
:root { color-scheme: light dark; color: #1f2933; background: #ffffff; }
body { max-width: 40rem; margin: 10vh auto; padding: 0 1.2rem; font: 1.1rem/1.6 system-ui, sans-serif; }
img { width: 4rem; height: 4rem; }
h1 { font-size: 1.6rem; line-height: 1.25; }
section + section { margin-top: 2.5rem; padding-top: 1rem; border-top: 1px solid; }
a { color: #0b5563; }
@media (prefers-color-scheme: dark) {
  :root { color: #e6e9ec; background: #14181e; }
  a { color: #8fd3de; }
}
"""
SLIP = 5  # letters that tell the name of a page, of which the rest may hold a slip
# The page has both languages; the part in that of the address comes first, for eyes and ears alike.
# Where the site has no address of its own, it stands above that of its folders which was asked for.
SCRIPT = """
if (/\\/(nl\\b|%s)/i.test(location.pathname)) {
  document.documentElement.lang = "nl";
  document.title = document.querySelector("section[lang=nl] h1").textContent;
  document.querySelector("main > img").after(document.querySelector("section[lang=nl]"));
}
const site = /^(.*\\/)(?:%s)\\//.exec(location.pathname);
if (site && document.querySelector(".shorten")) {
  const home = location.origin + site[1];
  document.querySelectorAll("a").forEach((link) => { link.href = home + link.dataset.page; });
  document.querySelectorAll(".start, .shorten").forEach((part) => { part.hidden = !part.hidden; });
}
"""
# Browsers paint their own bars in these, beside the theme's light and dark ground.
BARS = {"light": "#ffffff", "dark": "#14181e"}


def setup(app):
    """Register the setting that names pages that have moved."""
    app.add_config_value("doorgroeien_moved", {}, "env")


def sitemap(address: str, pages: dict[str, str | None], alternates: dict[str, str]) -> str:
    """Return the sitemap of ``pages``, each with the day it last changed as far as known.

    ``alternates`` names by language the pages that say the same in another language.
    """
    entries = []
    for page, day in pages.items():
        parts = [f"<loc>{_link(address, page)}</loc>"]
        parts += [f"<lastmod>{day}</lastmod>"] if day else []
        if page in alternates.values():
            parts += [
                f'<xhtml:link rel="alternate" hreflang="{lang}" href="{_link(address, other)}"/>'
                for lang, other in alternates.items()
            ]
        entries.append(f"<url>{''.join(parts)}</url>")
    spaces = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml"'
    body = "\n".join(entries)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {spaces}>\n{body}\n</urlset>\n'


def robots(address: str) -> str:
    """Return robots.txt: everything may be read; the sitemap is named where the site has an address."""
    return "User-agent: *\nAllow: /\n" + (f"Sitemap: {address}/sitemap.xml\n" if address else "")


def missing_page(
    address: str, start: str, dutch: Iterable[str] = (), folders: Iterable[str] = (FOLDER,)
) -> str:
    """Return the page for addresses that do not exist, in English and Dutch.

    Dutch stands first where the address asked for is that of a Dutch page: in a folder ``nl``, or beginning
    as the name of one of the pages ``dutch``.

    A host shows it at any depth, where no relative link or style sheet would be found: it is complete in
    itself, its style and script are allowed by hash, and its links are those of the public ``address``, if
    there is one. Else its script finds them, where the address asked for is in one of the ``folders`` of the
    site, and all other readers are told how to shorten it.
    """
    slips = sorted({page.rsplit("/", 1)[-1][:SLIP] for page in dutch})
    script = SCRIPT % ("|".join(slips), "|".join(sorted(folders)))
    policy = (
        f"default-src 'none'; style-src {_hash(STYLE)}; script-src {_hash(script)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    picture = base64.b64encode((PICTURES / "favicon.svg").read_bytes()).decode()
    links = {
        "front": f"{start}.html",
        "summary": f"{SUMMARY}.html",
        **{f"search-{lang}": f"{name}.html" for name, lang in SEARCH_PAGES.items()},
    }
    return template("missing.html").render(
        policy=policy,
        picture=picture,
        style=STYLE,
        script=script,
        address=address,
        links={name: f"{address}/{quote(page)}" if address else page for name, page in links.items()},
    )


def moved_pages(moved: dict[str, str], pages: set[str]) -> tuple[dict[str, str], list[str]]:
    """Return ``{old file: page that leads on}`` for the pages that ``moved``, and what is wrong with them."""
    files, problems = {}, []
    for old, new in moved.items():
        if old in pages:
            problems.append(f"doorgroeien_moved: {old} is a page of the book; expected an old address.")
        elif new not in pages:
            problems.append(f"doorgroeien_moved: {old} leads to {new}; expected a page of the book.")
        else:
            up = "../" * old.count("/")
            files[f"{old}.html"] = redirect_page(f"{up}{new}.html", f"{up}_static/forward.js")
    return files, problems


def find_address(app, config):
    """Let a site built of a tagged version have that version's address, where it will stand for good."""
    if config.html_baseurl:
        version = tagged(Path(app.srcdir))
        address = config.html_baseurl.rstrip("/")
        config.html_baseurl = version_address(address, version) if version else address


def offer_binder(app, config):
    """Offer Binder where `_config.yml` names a repository that it can open by its address alone."""
    options = config.html_theme_options
    address = options.get("repository_url") or ""
    if not BINDER.fullmatch(address):
        (options.get("launch_buttons") or {}).pop("binderhub_url", None)
        # The theme wants a host, two names, and to be told what software runs there, unless the address says.
        if not re.fullmatch(r"https?://([^/]+/){2,}[^/]+/?", address):
            options.pop("repository_url", None)
        elif not re.search("github|gitlab|bitbucket", address):
            options.setdefault("repository_provider", "gitlab")


def name_icons(app, pagename, templatename, context, doctree):
    """Name the icons, and the colours of a browser's own bars."""
    icons = {
        "favicon.ico": 'rel="icon" sizes="48x48"',
        "_static/favicon.svg": 'rel="icon" sizes="any" type="image/svg+xml"',
        "_static/apple-touch-icon.png": 'rel="apple-touch-icon"',
    }
    path = context["pathto"]
    lines = [f'<link {kind} href="{path(name, resource=True)}">' for name, kind in icons.items()]
    lines += [
        f'<meta name="theme-color" content="{colour}" media="(prefers-color-scheme: {scheme})">'
        for scheme, colour in BARS.items()
    ]
    context["metatags"] = "\n".join([context.get("metatags", ""), *lines, ""])


def name_notebook(app, pagename, templatename, context, doctree):
    """Say in the download menu that the notebook is the executed one."""
    for group in context.get("header_buttons", []):
        for button in group.get("buttons", []):
            if button.get("url") == context["pathto"](f"_sources/{pagename}.ipynb", resource=True):
                button["text"] = phrase("page.notebook", context["language"])
                button["tooltip"] = phrase("page.notebook-tip", context["language"])


def write_files(app):
    """Write what is asked for by hosts, browsers and search engines, and a page at each old address."""
    root, out, address = Path(app.srcdir), Path(app.outdir), (app.config.html_baseurl or "").rstrip("/")
    start = app.config.root_doc
    for picture in PICTURES.iterdir():  # at the top only what browsers look for there unasked
        place = out if picture.name == "favicon.ico" else out / "_static"
        (place / picture.name).write_bytes(picture.read_bytes())
    (out / "robots.txt").write_text(robots(address), encoding="utf-8")
    about = app.env.metadata.items()
    dutch = [page for page, said in about if said.get("language") == "nl" and "/nl/" not in page]
    dutch += [page for page, lang in SEARCH_PAGES.items() if lang == "nl"]
    folders = {FOLDER, *(page.partition("/")[0] for page in app.env.found_docs)}
    (out / MISSING).write_text(missing_page(address, start, dutch, folders), encoding="utf-8")
    (out / "version.json").write_text(json.dumps(version_of_site(root)) + "\n", encoding="utf-8")
    # In place of the bare redirect that would be written otherwise.
    (out / "index.html").write_text(redirect_page(f"{start}.html"), encoding="utf-8")
    listed: dict[str, str | None] = {page: None for page in pages_in(out) if page not in NOT_LISTED}
    moved, problems = moved_pages(app.config.doorgroeien_moved, set(app.env.found_docs))
    for problem in problems:
        LOGGER.warning(problem, location="_config.yml", type="doorgroeien", subtype="moved")
    for name, text in moved.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(text, encoding="utf-8")
    if address:
        days = last_changes(root)
        for page in app.env.found_docs:
            day = days.get(app.env.doc2path(page, base=False))
            listed[f"{page}.html"] = None if day is None else day.isoformat()
        alternates = {"en": f"{start}.html", "nl": f"{SUMMARY}.html"}
        (out / "sitemap.xml").write_text(sitemap(address, listed, alternates), encoding="utf-8")


def _hash(text: str) -> str:
    """Return how a content security policy names a style or script by what it says."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _link(address, page):
    return escape(f"{address}/{quote(page)}")
