"""The site as it is sent: light, the same for every reader, and under a strict content policy.

The theme writes its pages for sites of every kind. Each page is given only the scripts that it needs, and the
templates of the site leave out the rest. What needs all pages, or what no template reaches, is done when they
stand: one style sheet with the rules that are used, no style inside an element, pictures with their size that
load when they come near. What no page asks for leaves the site.
"""

import base64
import hashlib
import posixpath
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from docutils import nodes
from PIL import Image
from sphinx.util import logging

from doorgroeien.publishing.words import phrase
from doorgroeien.sphinxext.finish.elements import elements_of
from doorgroeien.sphinxext.finish.stylesheets import bundle, words_of_pages

__all__ = [
    "OUTSIDE",
    "POLICY",
    "choose_files",
    "faults",
    "lighten",
    "lighten_site",
    "picture_size",
    "without_thebe",
]

LOGGER = logging.getLogger(__name__)
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'"
)
SHEET = "_static/site.css"
VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1" />'  # the theme has one too
UNDATED = f'{SHEET}?v="'  # as layout.html links it, to be followed by a digest of what is in it
# Scripts that only some pages need, each with what the body of such a page has.
NEEDED = {
    "clipboard.min.js": '<div class="highlight',
    "copybutton.js": '<div class="highlight',
    "togglebutton.js": r'class="(?:[^"]* )?(?:toggle|admonition [^"]*\bdropdown)[ "]',
    "design-tabs.js": 'class="sd-tab-set',
    "municipalities.js": r'<table class="[^"]*\bmunicipalities\b',
    "self_scan.js": '<div class="self-scan"',
}
# Icons come from icons.css, menus from site.js and the rest of the theme from theme.js. The words that a
# reader searched for would be kept in the browser, to be marked later; it keeps choices of colours and code.
LEFT_OUT = {
    "doctools.js",
    "fontawesome.js",
    "bootstrap.js",
    "pydata-sphinx-theme.js",
    "sphinx-book-theme.js",
    "sphinx_highlight.js",
}
# What is asked for from outside: social media show the card, and know its address alone.
OUTSIDE = {"card.png"}
# The code that extensions put inside pages and site.js does in its place. Other code there is a fault.
REPLACED = ("DOCUMENTATION_OPTIONS.", "let toggle", "var togglebuttonSelector")
# Thebe, which Jupyter Book loads unasked: the book runs no code in the browser.
THEBE = re.compile("thebe|kernelName = ", re.I)
# The rules and fonts of the icon library inside the theme's style sheet.
ICON_LIBRARY = re.compile(r"^\.fa[a-z]?(-[\w-]+)?(::?\w+)?$|Font ?Awesome")
# What the theme and docutils leave unclear to a screen reader, in what no template reaches: the writers of
# docutils and MyST-NB, and a part of the theme's layout that is no block.
MENDED = {
    # ARIA 1.2 no longer has the role of one work in a list, and a list of paragraphs needs none.
    r' role="doc-biblioentry"': "",
    r'<div role="list" class="citation-list"': '<div class="citation-list"',
    # A fold is called what is written on it.
    r'<summary aria-label="[^"]*">': "<summary>",
    r'id="pst-primary-sidebar"': 'id="pst-primary-sidebar" role="complementary" aria-label="{contents}"',
}
DATA = ("application/json", "application/ld+json")
LINK = re.compile(r"[ \t]*<link\b[^>]*>\n?")
ASKED = re.compile(r'\s(?:href|src)="([^"#]+)')
SOURCE = re.compile(r"<source\b[^>]*\bsrcset=[^>]*>")
IMAGE = re.compile(r"<img\b[^>]*?(\s*/?)>", re.S)
ATTRIBUTE = re.compile(r"\s([\w:-]+)(?:=(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+)))?")
STYLED = re.compile(r"<[a-z][^<>]*?\sstyle=\"[^\"]*\"[^<>]*>", re.S)


def lighten_site(app):
    """Rewrite the pages, and warn of what is left to mend."""
    for page, fault in lighten(Path(app.outdir)):
        LOGGER.warning(fault, location=page, type="doorgroeien", subtype="assets")


def lighten(site: Path) -> list[tuple[str, str]]:
    """Rewrite pages, styles and scripts below ``site``; return ``(page, fault)`` for what is left to mend."""
    pages = {path.relative_to(site).as_posix(): path.read_text("utf-8") for path in _files(site, ".html")}
    pages = {name: html for name, html in pages.items() if not name.startswith("_static/")}
    before, sheets, styles = dict(pages), {}, {}
    for name, html in pages.items():
        html = _one_sheet(html, name, sheets) if UNDATED in html else html
        pages[name] = _body(html, site / name, styles)
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
        pages = {name: html.replace(UNDATED, f'{UNDATED[:-1]}{digest}"') for name, html in pages.items()}
    for name, html in pages.items():
        if html != before[name]:
            (site / name).write_text(html, encoding="utf-8")
    _leave_out(site, pages.values(), [css], None)
    return [(name, fault) for name, html in pages.items() for fault in faults(html)]


def _files(site, *suffixes):
    return sorted(path for path in site.rglob("*") if path.suffix in suffixes and path.is_file())


def _one_sheet(html, name, sheets):
    """Leave of the style sheets the one for all pages, and note in ``sheets`` the others with their media."""

    def link(found):
        rel, href = _attribute(found[0], "rel"), _attribute(found[0], "href")
        if rel != "stylesheet" or urlsplit(href).netloc:
            return found[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(name), urlsplit(href).path))
        if path == SHEET:
            return found[0]
        sheets.setdefault(path, _attribute(found[0], "media") or "")
        return ""

    head, end, rest = html.partition("</head>")
    head = re.sub(r"\s*<!--.*?-->", "", LINK.sub(link, head), flags=re.S)
    return head + end + rest


def _body(html, path, styles):
    """Move style out of the elements, name no role that is gone, and give each picture its size."""

    def styled(found):
        style = _attribute(found[0], "style").strip().rstrip(";")
        tag = re.sub(r'\sstyle="[^"]*"', "", found[0], count=1)
        if not style:
            return tag
        name = styles.setdefault(style, f"style-{len(styles) + 1}")
        if re.search(r'\sclass="', tag):
            return re.sub(r'(\sclass=")', rf"\1{name} ", tag, count=1)
        return re.sub(r"^<[\w-]+", rf'\g<0> class="{name}"', tag)

    def source(found):
        size = picture_size(path.parent / unquote(_attribute(found[0], "srcset")))
        return found[0] if size is None else f'{found[0][:-1]} width="{size[0]}" height="{size[1]}">'

    html = SOURCE.sub(source, STYLED.sub(styled, html))
    contents = phrase("page.contents", "nl" if '<html lang="nl"' in html else "en")
    for old, new in MENDED.items():
        html = re.sub(old, new.replace("{contents}", contents), html)
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


def _attribute(tag, name):
    # One after the other: a text in quotation marks may hold what looks like an attribute.
    values = {found[1]: found[2] or found[3] or found[4] or "" for found in ATTRIBUTE.finditer(tag)}
    return values.get(name)


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


def without_thebe(app, doctree, docname):
    """Leave out what Thebe adds to the text of a page."""
    for raw in list(doctree.findall(nodes.raw)):
        if "<script" in raw.astext() and THEBE.search(raw.astext()):
            raw.parent.remove(raw)


def choose_files(app, pagename, templatename, context, doctree):
    """Give a page the policy, and of scripts and styles those that it needs."""
    body, tags = context.get("body", ""), context.get("metatags", "")
    policy = f'\n    <meta http-equiv="Content-Security-Policy" content="{POLICY}">\n    '
    context["metatags"] = policy + tags.replace(VIEWPORT, "").lstrip()
    context["script_files"] = [file for file in context["script_files"] if _needed(file, body)]
    for file in context["script_files"]:
        file.attributes.setdefault("defer", "defer")  # until the page has been read
    context["css_files"] = [file for file in context["css_files"] if not THEBE.search(str(file.filename))]


def _needed(file, body):
    """Return whether a page needs a script."""
    code = file.attributes.get("body", "")
    name = posixpath.basename(str(file.filename or ""))
    if name in LEFT_OUT or THEBE.search(name + code) or any(part in code for part in REPLACED):
        return False
    return re.search(NEEDED.get(name, ""), body) is not None
