"""The site as it is sent: light, the same for every reader, and under a strict content policy.

The theme writes its pages for sites of every kind. When all pages stand, this rewrites each of them: one
style sheet with the rules that are used, only the scripts that the page needs, no code or style inside the
page, pictures with their size that load when they come near. What no page asks for leaves the site.
"""

import base64
import hashlib
import posixpath
import re
from html import escape
from pathlib import Path
from urllib.parse import unquote, urlsplit

from PIL import Image
from sphinx.util import logging

from doorgroeien.sphinxext.finish.elements import elements_of
from doorgroeien.sphinxext.finish.stylesheets import bundle, words_of_pages

__all__ = ["OUTSIDE", "POLICY", "faults", "lighten", "lighten_site", "picture_size", "without_thebe"]

LOGGER = logging.getLogger(__name__)
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'"
)
SHEET = "_static/site.css"
MODE = "_static/mode.js"
# Scripts that only some pages need, each with what such a page has.
NEEDED = {
    "clipboard.min.js": '<div class="highlight',
    "copybutton.js": '<div class="highlight',
    "togglebutton.js": re.compile(r'class="(?:[^"]* )?(?:toggle|admonition [^"]*\bdropdown)[ "]'),
    "design-tabs.js": 'class="sd-tab-set',
    "municipalities.js": re.compile(r'<table class="[^"]*\bmunicipalities\b'),
    "doctools.js": 'id="search-results"',
    "searchtools.js": 'id="search-results"',
    "language_data.js": 'id="search-results"',
    "searchindex.js": 'id="search-results"',
}
# Icons come from icons.css, menus from site.js and the rest of the theme from theme.js. The words that a
# reader searched for would be kept in the browser, to be marked later; it keeps the choice of colours alone.
LEFT_OUT = {
    "fontawesome.js",
    "bootstrap.js",
    "pydata-sphinx-theme.js",
    "sphinx-book-theme.js",
    "sphinx_highlight.js",
}
# What is asked for from outside: social media show the card, and know its address alone.
OUTSIDE = {"card.png"}
# The code inside the theme's pages, which mode.js and site.js do in its place. Other code there is a fault.
REPLACED = (
    "document.documentElement.dataset.mode",
    "DOCUMENTATION_OPTIONS.",
    "let toggle",
    "var togglebuttonSelector",
    'document.querySelector("form.bd-search input")',
    "requestKernel: true",  # Thebe, which is not here: the book runs no code in the browser
    "kernelName = ",
)
# The rules and fonts of the icon library inside the theme's style sheet.
ICON_LIBRARY = re.compile(r"^\.fa[a-z]?(-[\w-]+)?(::?\w+)?$|Font ?Awesome")
SIDEBAR = 'id="pst-primary-sidebar" role="complementary" aria-label="Contents of the book"'
# What the theme and docutils leave unclear to a screen reader.
MENDED = {
    # ARIA 1.2 no longer has the role of one work in a list, and a list of paragraphs needs none.
    r' role="doc-biblioentry"': "",
    r'<div role="list" class="citation-list"': '<div class="citation-list"',
    # A button or fold is called what is written on it.
    r'(<button class="[^"]*search-button-field[^>]*) aria-label="[^"]*"': r"\1",
    r'<summary aria-label="[^"]*">': "<summary>",
    r'id="pst-primary-sidebar"': SIDEBAR,
}
DATA = ("application/json", "application/ld+json")
HANDLERS = {"window.print()": "print", "toggleFullScreen()": "fullscreen"}
SCRIPT = re.compile(r"[ \t]*<script\b([^>]*)>(.*?)</script>\n?", re.S)
LINK = re.compile(r"[ \t]*<link\b[^>]*>\n?")
ASKED = re.compile(r'\s(?:href|src)="([^"#]+)')
IMAGE = re.compile(r"<img\b[^>]*?(\s*/?)>", re.S)
STYLED = re.compile(r"<[a-z][^<>]*?\sstyle=\"[^\"]*\"[^<>]*>", re.S)
CHARSET = re.compile(r'<meta charset="utf-8" ?/?>', re.I)
VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1">'
LEADS_ON = re.compile(r'^\s*<meta http-equiv="Refresh" content="0; url=([^"]+)" />\s*$', re.I)


def lighten_site(app):
    """Rewrite the pages, and warn of what is left to mend."""
    for page, fault in lighten(Path(app.outdir), app.config.project):
        LOGGER.warning(fault, location=page, type="doorgroeien", subtype="assets")


def lighten(site: Path, title: str) -> list[tuple[str, str]]:
    """Rewrite pages, styles and scripts below ``site``; return ``(page, fault)`` for what is left to mend."""
    pages = {path.relative_to(site).as_posix(): path.read_text("utf-8") for path in _files(site, ".html")}
    pages = {name: html for name, html in pages.items() if not name.startswith("_static/")}
    before, sheets, styles = dict(pages), {}, {}
    for name, html in pages.items():
        html = _whole(html, title)
        if "pydata-sphinx-theme" in html:
            html = _scripts(_head(html, name, sheets), site / name)
        pages[name] = _policy(_body(html, site / name, styles))
    for path in _files(site, ".js"):
        script = path.read_text("utf-8")
        path.write_text(re.sub(r"\n?//# sourceMappingURL=\S+", "", script), encoding="utf-8")
    _leave_out(site, pages.values(), [*sheets], {".js"})
    used = set().union(*map(words_of_pages, pages.values()))
    for path in _files(site, ".js"):
        used.update(re.findall(r"[\w-]+", path.read_text("utf-8")))
    css = bundle(
        list(sheets.items()), lambda path: (site / path).read_text("utf-8"), "_static", used, ICON_LIBRARY
    )
    css += "".join(f".{name}{{{style}}}" for style, name in styles.items())
    if sheets:
        (site / SHEET).write_text(css, encoding="utf-8")
        digest = hashlib.sha256(css.encode()).hexdigest()[:8]
        pages = {name: html.replace("site.css?v=", f"site.css?v={digest}") for name, html in pages.items()}
    for name, html in pages.items():
        if html != before[name]:
            (site / name).write_text(html, encoding="utf-8")
    _leave_out(site, pages.values(), [css], None)
    return [(name, fault) for name, html in pages.items() for fault in faults(html)]


def _files(site, *suffixes):
    return sorted(path for path in site.rglob("*") if path.suffix in suffixes and path.is_file())


def _whole(html, title):
    """Make a page of the bare line that leads from the site's root to its first page."""
    found = LEADS_ON.match(html)
    if not found:
        return html
    title, target = escape(title), found[1]
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n{VIEWPORT}\n'
        f'<title>{title}</title>\n{html.strip()}\n<link rel="canonical" href="{target}">\n</head>\n'
        f'<body><main><h1><a href="{target}">{title}</a></h1></main></body>\n</html>\n'
    )


def _head(html, name, sheets):
    """Put one style sheet and one script in place of the theme's, and note in ``sheets`` what it links."""
    up = posixpath.relpath(".", posixpath.dirname(name) or ".")
    up = "" if up == "." else f"{up}/"

    def link(found):
        rel, href = _attribute(found[0], "rel"), _attribute(found[0], "href")
        if rel == "preload" and _attribute(found[0], "as") == "script":
            return ""
        if rel != "stylesheet" or urlsplit(href).netloc:
            return found[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(name), urlsplit(href).path))
        sheets.setdefault(path, _attribute(found[0], "media") or "")
        return ""

    html = re.sub(r'<meta name="(?:viewport|docsearch:\w+)"[^>]*>\s*', "", html)
    html = re.sub(r"<noscript>\s*<style>.*?</style>\s*</noscript>\s*", "", html, count=1, flags=re.S)
    head, end, rest = LINK.sub(link, html).partition("</head>")
    own = f'<script src="{up}{MODE}"></script>\n    <link rel="stylesheet" href="{up}{SHEET}?v=">'
    head = CHARSET.sub(lambda found: f"{found[0]}\n    {VIEWPORT}\n    {own}", head, count=1)
    return re.sub(r"<!--.*?-->\s*", "", head, flags=re.S) + end + rest


def _scripts(html, path):
    """Leave out the scripts that the page does not need; let the others wait until it has been read."""

    def script(found):
        source = _attribute(found[1], "src")
        if source is None:
            return "" if any(part in found[2] for part in REPLACED) else found[0]
        name = posixpath.basename(urlsplit(source).path)
        mark = NEEDED.get(name, "")
        needed = mark.search(html) if isinstance(mark, re.Pattern) else mark in html
        if name in LEFT_OUT or not needed:
            return ""
        if name == posixpath.basename(MODE) or re.search(r"\b(defer|async)\b", found[1]):
            return found[0]
        return found[0].replace("<script", "<script defer", 1)

    return SCRIPT.sub(script, html)


def _body(html, path, styles):
    """Move style and code out of the elements, name no role that is gone, and give each picture its size."""
    for code, name in HANDLERS.items():
        html = html.replace(f'onclick="{code}"', f'type="button" data-do="{name}"')

    def styled(found):
        style = _attribute(found[0], "style").strip().rstrip(";")
        tag = re.sub(r'\sstyle="[^"]*"', "", found[0], count=1)
        if not style:
            return tag
        name = styles.setdefault(style, f"style-{len(styles) + 1}")
        if re.search(r'\sclass="', tag):
            return re.sub(r'(\sclass=")', rf"\1{name} ", tag, count=1)
        return re.sub(r"^<[\w-]+", rf'\g<0> class="{name}"', tag)

    html = STYLED.sub(styled, html)
    for old, new in MENDED.items():
        html = re.sub(old, new, html)
    if '<html lang="nl"' in html:
        html = html.replace(SIDEBAR, SIDEBAR.replace("Contents of the book", "Inhoud van het boek"))
    first = True

    def image(found):
        nonlocal first
        tag, more = found[0], ""
        source = unquote(urlsplit(_attribute(tag, "src") or "").path)
        size = picture_size(path.parent / source) if source and not urlsplit(source).scheme else None
        if size and " width=" not in tag and " height=" not in tag:
            more = f' width="{size[0]}" height="{size[1]}"'
        if not first and " loading=" not in tag:
            more += ' loading="lazy"'
        first = False
        return f"{tag[: len(tag) - len(found[1]) - 1].rstrip()}{more}{found[1]}>"

    return IMAGE.sub(image, html)


def picture_size(path: Path) -> tuple[int, int] | None:
    """Return the width and height of a picture in CSS pixels, or None where the file is none."""
    if not path.is_file():
        return None
    if path.suffix == ".svg":
        head = path.read_text("utf-8")[:4000]
        view = re.search(r'viewBox="[\d.eE+-]+ [\d.eE+-]+ ([\d.]+) ([\d.]+)"', head)
        if view is None:
            return None
        points = re.search(r'<svg[^>]*\swidth="[\d.]+pt"', head)
        scale = 96 / 72 if points else 1
        return round(float(view[1]) * scale), round(float(view[2]) * scale)
    with Image.open(path) as picture:
        return picture.size


def _policy(html):
    """Write the policy as the first thing after the encoding; a page that has its own keeps it."""
    if "Content-Security-Policy" in html:
        return html
    meta = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    return CHARSET.sub(lambda found: f"{found[0]}\n    {meta}", html, count=1)


def _attribute(tag, name):
    found = re.search(rf"\s{name}=(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+))", tag)
    return None if found is None else found[1] or found[2] or found[3] or ""


def _leave_out(site, pages, texts, suffixes):
    """Delete below ``_static`` and ``_sphinx_design_static`` what is left out or nothing asks for."""
    scripts = [path.read_text("utf-8") for path in _files(site, ".js")]
    asked = set().union(*map(ASKED.findall, pages))
    named = OUTSIDE | {posixpath.basename(urlsplit(address).path) for address in asked}
    for text in [*texts, *scripts]:
        named.update(re.findall(r"[\w.-]+\.\w+", text))
    for folder in (site / "_static", site / "_sphinx_design_static"):
        for path in sorted(folder.rglob("*"), reverse=True):
            if path.is_dir():
                if not any(path.iterdir()):
                    path.rmdir()
            elif (path.name not in named or path.name in LEFT_OUT) and (
                suffixes is None or path.suffix in suffixes
            ):
                path.unlink()


def faults(html: str) -> list[str]:
    """Return what a page does against a strict content policy, and what makes it jump while it loads.

    It needs a policy, and no code or style may stand in it but data and what the policy allows by its hash.
    """
    page, policy, found = elements_of(html), None, []
    for tag, values in page.tags:
        if tag == "meta" and values.get("http-equiv", "").lower() == "content-security-policy":
            policy = values.get("content", "")
        for name, value in values.items():
            if name.startswith("on"):
                found.append(f"<{tag}> has code in {name}={value!r}; expected a script in a file")
            elif name in ("href", "src", "action") and value.strip().lower().startswith("javascript:"):
                found.append(f"<{tag}> has code in its address {value!r}; expected a script in a file")
        if "style" in values:
            found.append(f"<{tag}> has style={values['style']!r}; expected a class")
        waits = tag == "img" and not values.get("src", "").startswith("data:")
        if waits and not {"width", "height"} <= set(values):
            found.append(f"picture {values.get('src', '')!r} has no size; the page will jump")
    if policy is None:
        found.append("the page has no Content-Security-Policy")
    elif "default-src 'none'" not in policy or "unsafe" in policy:
        found.append(f"the page's policy {policy!r} is not strict")
    for tag, values, text in page.bodies:
        kept = tag == "script" and ("src" in values or values.get("type") in DATA)
        if not kept and _digest(text) not in (policy or ""):
            found.append(f"<{tag}> holds {text.strip()[:40]!r}; expected a file")
    return found


def _digest(text):
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def without_thebe(app, pagename, templatename, context, doctree):
    """Leave out Thebe, which Jupyter Book loads unasked: the book runs no code in the browser."""
    for name in ("script_files", "css_files"):
        context[name] = [file for file in context.get(name, []) if "thebe" not in _asset(file)]


def _asset(file):
    return f"{file.filename} {getattr(file, 'attributes', {}).get('body', '')}".lower()
