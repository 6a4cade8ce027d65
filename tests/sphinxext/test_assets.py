"""The site as it is sent: light, without code or style inside a page, and nothing in it that no page uses."""

import base64
import gzip
import hashlib
import json
import re
import shutil
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup, SoupStrainer
from docutils import nodes
from docutils.utils import new_document
from sphinx.builders.html._assets import _CascadingStyleSheet, _JavaScript

from doorgroeien.sphinxext.finish.assets import (
    ICON_LIBRARY,
    OUTSIDE,
    POLICY,
    choose_files,
    faults,
    lighten,
    picture_size,
    without_thebe,
)
from doorgroeien.sphinxext.finish.sitecheck import broken_links
from doorgroeien.sphinxext.finish.stylesheets import bundle, words_of_pages

HEAVIEST = 350_000  # bytes of a chapter's first load, compressed
SHEETS = (
    '<link rel="stylesheet" href="_static/site.css?v=">'
    '<link rel="stylesheet" href="_static/theme.css">'
    '<link rel="stylesheet" href="_static/own.css" media="print">'
)


def page_with(body="", head=""):
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    return f'<html><head><meta charset="utf-8">{policy}{head}</head><body>{body}</body></html>'


def compressed(path):
    body = path.read_bytes()
    return len(body) if path.suffix == ".png" else len(gzip.compress(body))


def first_load(path, page):
    """Return ``{file: compressed bytes}`` of what a browser fetches before a reader scrolls."""
    links = [
        link["href"] for link in page.select("link[rel~=stylesheet], link[rel~=icon], link[rel~=preload]")
    ]
    links += [script["src"] for script in page.select("script[src]")]
    links += [image["src"] for image in page.select("img") if image.get("loading") != "lazy"]
    links = [unquote(urlsplit(link).path) for link in links if not link.startswith("data:")]
    files = {path, *((path.parent / link).resolve() for link in links)}
    return {file.name: compressed(file) for file in files}


def test_a_chapter_sends_no_more_than_its_budget(site, pages):
    for name, page in pages.items():
        files = first_load(site / f"{name}.html", page)
        assert len(files) > 3, name  # the page, its style and scripts are found
        assert sum(files.values()) <= HEAVIEST, (name, files)


def test_no_page_has_code_or_style_inside_and_each_has_the_policy(site):
    pages = [path for path in site.rglob("*.html") if "_static" not in path.parts]
    assert len(pages) > 20
    assert {path.relative_to(site).as_posix(): faults(path.read_text("utf-8")) for path in pages} == {
        path.relative_to(site).as_posix(): [] for path in pages
    }


@pytest.mark.parametrize(
    "html, words",
    [
        (page_with("<script>alert(1)</script>"), "<script> holds 'alert(1)'"),
        (page_with(head="<style>p { color: red }</style>"), "<style> holds"),
        (page_with('<p style="color: red">x</p>'), "<p> has style='color: red'"),
        (page_with('<button onclick="go()">x</button>'), "code in onclick='go()'"),
        (page_with('<a href="javascript:go()">x</a>'), "code in its address"),
        (page_with('<img src="a.png" alt="a">'), "has no size"),
        ("<html><head></head><body></body></html>", "no Content-Security-Policy"),
        (page_with().replace("script-src 'self'", "script-src 'unsafe-inline'"), "is not strict"),
    ],
)
def test_a_bad_page_is_named_with_what_is_wrong(html, words):
    assert [words in fault for fault in faults(html)] == [True]


def test_data_and_style_that_the_page_allows_by_its_hash_are_no_fault():
    assert faults(page_with('<script type="application/ld+json">{"a": 1}</script>')) == []
    style = "p { color: red }"
    digest = "sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    allowed = page_with(head=f"<style>{style}</style>").replace("style-src", f"style-src '{digest}'")
    assert faults(allowed) == []
    assert faults(allowed.replace("red", "blue")) != []


def test_code_that_somebody_adds_to_a_page_fails_the_build(site, tmp_path):
    copy = tmp_path / "site"
    shutil.copytree(site, copy)
    page = copy / "book" / "index.html"
    page.write_text(page.read_text("utf-8").replace("</main>", "<script>spy()</script></main>"), "utf-8")
    assert lighten(copy) == [("book/index.html", "<script> holds 'spy()'; expected a file")]


def test_nothing_is_left_that_no_page_uses(site):
    names = {path.name for path in site.rglob("*") if path.is_file()}
    assert not [
        name for name in names if re.search(r"\.map$|fontawesome|^fa-|thebe|\.mo$|\.po$|\.ttf$", name)
    ]
    static = {path for path in (site / "_static").rglob("*") if path.is_file()}
    text = "".join(
        path.read_text("utf-8") for path in site.rglob("*") if path.suffix in (".html", ".css", ".js")
    )
    assert static and {path.name for path in static if path.name not in text} <= OUTSIDE
    assert sum(path.stat().st_size for path in static if path.suffix in (".js", ".css")) < 350_000


def test_every_icon_of_the_pages_is_drawn(site):
    css = (site / "_static" / "site.css").read_text("utf-8")
    drawn = set(re.findall(r"\.(fa-[\w-]+)\{--icon:", css))
    icons = SoupStrainer(["i", "span"], class_=re.compile("^fa-"))
    for path in site.rglob("*.html"):
        for icon in BeautifulSoup(path.read_text("utf-8"), "html.parser", parse_only=icons):
            names = {name for name in icon["class"] if name.startswith("fa-")} - {"fa-solid", "fa-lg"}
            assert names & drawn, (path.name, icon["class"])


def test_search_is_loaded_on_the_search_page_alone(site):
    for path in site.rglob("*.html"):
        loads = "searchindex.js" in path.read_text("utf-8")
        assert loads == (path.name in ("search.html", "zoeken.html")), path


def test_pictures_have_their_size_and_wait_but_for_the_first(site, pages):
    seen = 0
    for name in (name for name in pages if name.startswith("notebooks/")):
        pictures = pages[name].select("img")
        assert [picture.get("loading") for picture in pictures[1:]] == ["lazy"] * (len(pictures) - 1)
        for picture in pictures:
            width, height = picture_size(site / "notebooks" / picture["src"])
            assert abs(int(picture["width"]) / int(picture["height"]) - width / height) < 0.01
            seen += 1
    assert seen > 20


def test_the_drawing_for_phones_has_its_own_size(site, pages):
    for name in (name for name in pages if name.startswith("notebooks/")):
        for source in pages[name].select("picture > source"):
            assert (int(source["width"]), int(source["height"])) == picture_size(
                site / "notebooks" / source["srcset"]
            )


def test_the_size_of_a_picture_is_that_of_its_file(tmp_path):
    picture = tmp_path / "a.svg"
    picture.write_text('<svg width="72pt" height="36pt" viewBox="0 0 72 36" version="1.1"></svg>')
    assert picture_size(picture) == (96, 48)
    picture.write_text('<svg viewBox="0 0 20 10"></svg>')
    assert picture_size(picture) == (20, 10)
    assert picture_size(tmp_path / "none.png") is None


def test_the_style_sheet_keeps_what_pages_use_and_nothing_else():
    used = words_of_pages('<p class="here there" id="place"><b>x</b></p>')
    assert used >= {"p", "b", "here", "there", "place"}
    sheets = {
        "a/one.css": '@import url("two.css"); .here, .gone { color: var(--a) } .gone p { color: red }'
        " p:not(.gone) > b::after { content: '}' } #place:hover { background: url(../img/x.png) }",
        "a/two.css": ":root { --a: var(--b); --b: red; --c: blue } @media print { .gone { color: red } }"
        ' .here .fa-sun::before { content: "x" } .fa-sun::before { content: "y" }',
        "three.css": "@keyframes idle { from { top: 0 } } @font-face { font-family: 'Font Awesome 6' }"
        " p { top: 0 }",
    }
    listed = [("a/one.css", ""), ("three.css", "print")]
    css = bundle(listed, sheets.__getitem__, "_static", used | {"fa-sun"}, ICON_LIBRARY)
    assert ".here{color:var(--a);}" in css and ".gone" not in css.replace(":not(.gone)", "")
    assert "--a:var(--b);--b:red;" in css and "--c" not in css
    assert "p:not(.gone) > b::after{content:'}';}" in css.replace('"}"', "'}'")
    assert 'url("../img/x.png")' in css
    assert ".here .fa-sun::before" in css and '"y"' not in css
    assert css.endswith("@media print{p{top:0;}}") and "idle" not in css and "Awesome" not in css


def test_style_inside_an_element_becomes_a_class(tmp_path):
    (tmp_path / "_static").mkdir()
    (tmp_path / "_static" / "theme.css").write_text("p { top: 0 }")
    (tmp_path / "_static" / "own.css").write_text("b { top: 0 }")
    html = page_with('<p style="width: 5%" class="a">x</p><b style="width: 5%">x</b>', SHEETS)
    (tmp_path / "index.html").write_text(html)
    assert lighten(tmp_path) == []
    made = (tmp_path / "index.html").read_text()
    assert '<p class="style-1 a">' in made and '<b class="style-1">' in made and " style=" not in made
    css = (tmp_path / "_static" / "site.css").read_text()
    assert css == "p{top:0;}@media print{b{top:0;}}.style-1{width: 5%}"
    digest = hashlib.sha256(css.encode()).hexdigest()[:8]
    links = BeautifulSoup(made, "html.parser").select("link")
    assert [link["href"] for link in links] == [f"_static/site.css?v={digest}"]
    assert [path.name for path in (tmp_path / "_static").iterdir()] == ["site.css"]


@pytest.mark.parametrize(
    "pagename, body, names",
    [
        ("book/a", "<p>x</p>", ["site.js"]),
        ("book/a", '<div class="highlight-python"></div>', ["site.js", "clipboard.min.js"]),
        ("book/a", '<div class="admonition note dropdown">x</div>', ["site.js", "togglebutton.js"]),
        ("book/a", '<div class="admonition note">dropdown</div>', ["site.js"]),
        ("search", "", ["site.js"]),
    ],
)
def test_a_page_is_given_the_scripts_that_it_needs_and_they_wait(pagename, body, names):
    files = ["site.js", "clipboard.min.js", "togglebutton.js", "doctools.js", "scripts/bootstrap.js"]
    code = ["DOCUMENTATION_OPTIONS.a = 1;", "const thebe_selector = 1", "spy()"]
    context = {
        "body": body,
        "metatags": '<meta name="viewport" content="width=device-width, initial-scale=1" />\n<meta name="a">',
        "script_files": [
            *(_JavaScript(name) for name in [*files, "sphinx-thebe.js"]),
            *(_JavaScript(None, body=text) for text in code),
        ],
        "css_files": [_CascadingStyleSheet("sphinx-thebe.css"), _CascadingStyleSheet("a.css")],
    }
    choose_files(None, pagename, "page.html", context, None)
    *scripts, left = context["script_files"]
    assert [script.filename for script in scripts] == names
    assert {script.attributes["defer"] for script in scripts} == {"defer"}
    assert left.attributes["body"] == "spy()"  # a fault, which the finished page is searched for
    assert [sheet.filename for sheet in context["css_files"]] == ["a.css"]
    first, second = BeautifulSoup(context["metatags"], "html.parser").select("meta")
    assert (first["content"], second["name"]) == (POLICY, "a")


def test_what_thebe_adds_to_a_text_is_left_out():
    document = new_document("a")
    for text in (
        '<script type="text/x-thebe-config">{}</script>',
        "<script>kernelName = 'python3'</script>",
        "<b>x</b>",
    ):
        document += nodes.raw("", text, format="html")
    without_thebe(None, document, "a")
    assert [raw.astext() for raw in document.findall(nodes.raw)] == ["<b>x</b>"]


def test_buttons_name_what_they_do_and_hold_no_code(pages):
    for name, page in pages.items():
        found = [button["data-do"] for button in page.select("button[data-do]:not(.sheet-print)")]
        assert found == ["print", "fullscreen"], name
        # A page on one sheet has its own button for that, which does nothing else.
        assert {button["data-do"] for button in page.select("button.sheet-print")} <= {"print"}, name
        assert not page.select("[onclick]")


@pytest.mark.parametrize(
    "css", ["p { background: url(//elsewhere.example/x.png) }", '@import "https://elsewhere.example/a.css";']
)
def test_a_style_sheet_that_asks_another_host_is_named(tmp_path, css):
    (tmp_path / "a.css").write_text(css)
    ((page, problem),) = broken_links(tmp_path)
    assert page == "a.css" and "elsewhere.example" in problem


def test_the_browser_check_pins_its_packages_without_addresses(root):
    folder = root / "tests" / "site"
    package = json.loads((folder / "package.json").read_text("utf-8"))
    assert {"axe-core", "lighthouse", "playwright-core"} == set(package["dependencies"])
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in package["dependencies"].values())
    lock = json.loads((folder / "package-lock.json").read_text("utf-8"))
    assert lock["packages"][""]["dependencies"] == package["dependencies"]
    assert all("integrity" in entry for path, entry in lock["packages"].items() if path)
    assert "://" not in (folder / "package-lock.json").read_text("utf-8")
