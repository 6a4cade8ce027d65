"""How the site is found: 404 page, sitemap, robots.txt, icons, card, moved pages; how the book is run."""

import base64
import hashlib
import io
import json
import re
import shutil
import struct
import xml.etree.ElementTree as ElementTree
from types import SimpleNamespace

import emblem
import matplotlib.image
import nbformat
import numpy as np
import pytest
import yaml
from bs4 import BeautifulSoup
from sphinx_book_theme.header_buttons import get_repo_url, update_context_with_repository_info

from doorgroeien.publishing.execution import notebook_paths
from doorgroeien.publishing.gate import gated
from doorgroeien.sphinxext.around import discovery
from doorgroeien.sphinxext.around.discovery import missing_page, moved_pages, robots, sitemap

ADDRESS = "https://example.org/book/latest"
SPACES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}


def parsed(text):
    return BeautifulSoup(text, "html.parser")


def pixels(content):
    return matplotlib.image.imread(io.BytesIO(content))


def luminance(colour):
    parts = np.asarray(colour[:3], dtype=float)
    parts = np.where(parts <= 0.03928, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return parts @ [0.2126, 0.7152, 0.0722]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def rgb(code):
    return [int(code[at : at + 2], 16) / 255 for at in (1, 3, 5)]


@pytest.mark.parametrize("address", ["", ADDRESS])
def test_the_missing_page_is_complete_in_itself_at_any_depth(address):
    page = parsed(missing_page(address, "book/index"))
    policy = page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
    digest = base64.b64encode(hashlib.sha256(page.style.string.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy and policy.startswith("default-src 'none'")
    digest = base64.b64encode(hashlib.sha256(page.script.string.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert not page.select("script[src], [style], base, link[rel=stylesheet]")
    for element in page.select("[src], link[href]"):
        assert (element.get("src") or element.get("href")).startswith("data:image/svg+xml;base64,")
    assert page.html["lang"] == "en" and page.h1.get_text() == "This page does not exist"
    dutch = page.select_one("section[lang=nl]")
    assert dutch.h1.get_text() == "Deze pagina bestaat niet"
    assert page.find("meta", attrs={"name": "robots"})["content"] == "noindex"
    names = ("book/index", "book/samenvatting", "search", "zoeken")
    # Without an address its script finds one, and shows the links, or a reader is told what to do.
    links = {link.get("href") or link["data-page"] for link in page.select("a")}
    assert links == {f"{ADDRESS}/{name}.html" if address else f"{name}.html" for name in names}
    assert all(link.has_attr("href") == bool(address) for link in page.select("a"))
    for part in page.select("section"):
        assert part.select_one(".start").has_attr("hidden") == bool(part.select(".shorten")) == (not address)


def test_the_missing_page_speaks_the_language_of_the_address_that_was_asked(site):
    script = parsed((site / "404.html").read_text("utf-8")).script.string
    (pattern,) = re.findall(r"if \(/(.+)/i\.test\(location\.pathname\)\)", script)
    asked = re.compile(pattern.replace(r"\/", "/"), re.IGNORECASE)
    for page in (
        "book/nl/samenvating.html",
        "latest/book/nl/",
        "book/samenvating",
        "Beleidsblad.html",
        "zoeken/",
    ):
        assert asked.search(f"/{page}"), page
    for page in ("book/index", "notebooks/only.html", "search", "nlx", "book/finding"):
        assert not asked.search(f"/{page}"), page


def test_the_missing_page_finds_the_site_above_the_folder_that_was_asked_for(site):
    script = parsed((site / "404.html").read_text("utf-8")).script.string
    (pattern,) = re.findall(r"const site = /(.+)/\.exec\(location\.pathname\)", script)
    place = re.compile(pattern.replace(r"\/", "/"))
    for page, above in (
        ("/book/gone.html", "/"),
        ("/doorgroeien/latest/notebooks/gone/", "/doorgroeien/latest/"),
        ("/book/book/nl/gone", "/book/"),
        ("/numbers/gone.html", "/"),
    ):
        assert place.search(page)[1] == above, page
    assert place.search("/gone.html") is None and place.search("/books/gone.html") is None
    # Another host cannot be named by the path.
    assert "location.origin + site[1]" in script


def test_the_links_of_the_missing_page_are_pages_of_the_site(site):
    for link in parsed(missing_page(ADDRESS, "book/index")).select("a"):
        assert (site / link["href"].removeprefix(f"{ADDRESS}/")).is_file(), link["href"]


def test_the_sitemap_lists_pages_with_their_day_and_their_translation():
    days = ("2026-11-24", None, "2026-01-02")
    names = ("book/index.html", "book/samenvatting.html", "notebooks/a&b.html")
    pages = dict(zip(names, days, strict=True))
    alternates = {"en": "book/index.html", "nl": "book/samenvatting.html"}
    tree = ElementTree.fromstring(sitemap(ADDRESS, pages, alternates))
    entries = {url.findtext("s:loc", None, SPACES): url for url in tree.findall("s:url", SPACES)}
    assert list(entries) == [
        f"{ADDRESS}/book/index.html",
        f"{ADDRESS}/book/samenvatting.html",
        f"{ADDRESS}/notebooks/a%26b.html",
    ]
    assert tuple(url.findtext("s:lastmod", None, SPACES) for url in entries.values()) == days
    both = {"en": f"{ADDRESS}/book/index.html", "nl": f"{ADDRESS}/book/samenvatting.html"}
    for address, url in entries.items():
        links = {link.get("hreflang"): link.get("href") for link in url.findall("x:link", SPACES)}
        assert links == (both if address in both.values() else {})


def test_robots_may_read_everything_and_learn_of_the_sitemap_where_there_is_one(site):
    assert robots("") == "User-agent: *\nAllow: /\n"
    assert robots(ADDRESS).splitlines()[-1] == f"Sitemap: {ADDRESS}/sitemap.xml"
    assert (site / "robots.txt").read_text() == robots("")
    assert not (site / "sitemap.xml").exists()  # as long as the book has no address


def test_with_an_address_every_page_is_in_the_sitemap_and_no_other(root, site, tmp_path):
    out = tmp_path / "html"
    shutil.copytree(site, out)
    pages = {path.relative_to(out).as_posix() for path in out.rglob("*.html") if "_static" not in path.parts}
    found = {name.removesuffix(".html") for name in pages if name.startswith(("book/", "notebooks/"))}
    app = SimpleNamespace(
        srcdir=str(root),
        outdir=str(out),
        config=SimpleNamespace(
            html_baseurl=ADDRESS, root_doc="book/index", doorgroeien_moved={"old": "book/index"}
        ),
        env=SimpleNamespace(found_docs=found, metadata={}, doc2path=lambda name, base: f"{name}.md"),
        builder=SimpleNamespace(format="html"),
    )
    discovery.write_files(app)
    tree = ElementTree.parse(out / "sitemap.xml")
    listed = {url.text.removeprefix(f"{ADDRESS}/") for url in tree.iterfind("s:url/s:loc", SPACES)}
    assert pages - listed == {"404.html", "genindex.html", "index.html", "search.html", "zoeken.html"}
    assert listed <= pages
    assert f"Sitemap: {ADDRESS}/sitemap.xml" in (out / "robots.txt").read_text()
    assert f"{ADDRESS}/book/index.html" in (out / "404.html").read_text()
    assert parsed((out / "old.html").read_text()).a["href"] == "book/index.html"


def test_a_moved_page_leads_on_and_a_wrong_move_is_named():
    pages = {"notebooks/new", "notebooks/support"}
    files, problems = moved_pages(
        {"notebooks/old": "notebooks/new", "notebooks/support": "notebooks/new", "old": "nowhere"}, pages
    )
    assert list(files) == ["notebooks/old.html"]
    page = parsed(files["notebooks/old.html"])
    assert page.a["href"] == "../notebooks/new.html" and page.script["src"] == "../_static/forward.js"
    assert len(problems) == 2
    assert "notebooks/support is a page of the book" in problems[0]
    assert "old leads to nowhere" in problems[1]


def test_the_first_page_leads_to_the_front_page_without_a_script(site):
    page = parsed((site / "index.html").read_text(encoding="utf-8"))
    assert not page.select("script")
    assert page.find("meta", attrs={"http-equiv": "refresh"})["content"] == "0; url=book/index.html"
    assert page.a["href"] == "book/index.html" and page.title.get_text()


def test_every_page_names_its_icons_and_they_are_what_they_say(site):
    for path in [
        *map(site.joinpath, ("search.html", "zoeken.html")),
        *(site / "book").glob("*.html"),
        *(site / "notebooks").glob("*.html"),
    ]:
        head = parsed(path.read_text(encoding="utf-8").split("</head>")[0]).head
        icons = {link["href"]: link for link in head.select("link[rel=icon], link[rel=apple-touch-icon]")}
        assert len(icons) == 3
        for address in icons:
            assert (path.parent / address).is_file(), (path.name, address)
        schemes = {
            meta["media"]: meta["content"] for meta in head.find_all("meta", attrs={"name": "theme-color"})
        }
        assert set(schemes) == {"(prefers-color-scheme: light)", "(prefers-color-scheme: dark)"}
    svg = ElementTree.parse(site / "_static" / "favicon.svg").getroot()
    assert svg.get("viewBox") == "0 0 16 16"
    assert len(svg.findall("{http://www.w3.org/2000/svg}path")) == 4  # one stem for each dimension
    content = (site / "favicon.ico").read_bytes()
    assert struct.unpack_from("<3H", content) == (0, 1, 3)
    for place, size in enumerate((16, 32, 48)):
        width, height, *_, length, at = struct.unpack_from("<4B2H2I", content, 6 + 16 * place)
        assert (width, height) == (size, size)
        assert pixels(content[at : at + length]).shape == (size, size, 4)
    assert pixels((site / "_static" / "apple-touch-icon.png").read_bytes()).shape[:2] == (180, 180)


def test_the_smallest_icon_shows_four_stems_that_rise_and_stand_out():
    picture = pixels(emblem.picture(16))
    ground = picture[14, 8]
    heights = []
    for left, _ in emblem.STEMS:
        column = picture[:, left]
        assert contrast(column[13], ground) > 4.5
        heights.append(sum(contrast(pixel, ground) > 4.5 for pixel in column))
        assert contrast(picture[12, left + emblem.WIDTH], ground) < 1.5  # ground between the stems
    assert heights == sorted(set(heights))
    assert picture[0, 0, 3] < 0.5  # a rounded corner
    assert pixels(emblem.picture(180, corner=0))[0, 0, 3] == 1


def test_the_card_has_the_size_and_the_contrast_that_others_ask_for(site):
    content = (site / "_static" / "card.png").read_bytes()
    assert pixels(content).shape[:2] == (630, 1200)
    assert len(content) < 300_000
    for colour in (emblem.STEM, emblem.LAST, emblem.SOFT):
        assert contrast(rgb(colour), rgb(emblem.GROUND)) > 4.5
    changed = pixels(emblem.card("Other", "A subtitle", "A line"))
    assert not np.array_equal(changed, pixels(content))


def test_the_pictures_of_the_site_are_those_that_the_tool_draws(root, site):
    for name, content in emblem.drawn(root).items():
        stored = (emblem.FOLDER / name).read_bytes()
        assert (site / name if name.endswith("ico") else site / "_static" / name).read_bytes() == stored
        if name.endswith("png"):  # edges may differ a little between machines
            drawn, kept = (pixels(picture) for picture in (content, stored))
            assert drawn.shape == kept.shape and np.abs(drawn - kept).mean() < 0.01, "python tools/emblem.py"
        elif name.endswith("svg"):
            assert content == stored, "run: python tools/emblem.py"


def test_pictures_are_the_same_each_time_whatever_style_the_figures_have():
    before = emblem.card("T", "S", "L"), emblem.picture(32)
    with matplotlib.rc_context({"savefig.bbox": "tight", "font.family": "serif", "figure.facecolor": "red"}):
        assert (emblem.card("T", "S", "L"), emblem.picture(32)) == before


def test_each_chapter_offers_the_notebook_that_its_page_shows(root, built, site, pages):
    assert len(notebook_paths(root)) >= 9
    executed = {path: nbformat.read(built / path, as_version=4) for path in notebook_paths(root)}
    as_shown, _ = gated(executed, root)
    for path in executed:
        shown = as_shown[path].cells
        page_path = site / path.with_suffix(".html")
        found = pages[path.with_suffix("").as_posix()].select("a[href$='.ipynb']")
        assert "Executed notebook (.ipynb)" in [link.get_text(strip=True) for link in found], path
        links = {link["href"] for link in found}
        for link in links:
            offered = nbformat.read((page_path.parent / link).resolve(), as_version=4).cells
            assert [cell.get("outputs") for cell in offered] == [cell.get("outputs") for cell in shown], path
            cells = [cell for cell in offered if cell.cell_type == "code"]
            assert cells and all(cell.execution_count for cell in cells)


def theme_options(**options):
    options["launch_buttons"] = {"binderhub_url": "https://example.org", "notebook_interface": "jupyterlab"}
    config = SimpleNamespace(html_theme_options=options)
    discovery.offer_binder(None, config)
    return config.html_theme_options


def launch(**options):
    return theme_options(**options)["launch_buttons"]


@pytest.mark.parametrize(
    "address",
    [
        "https://git.example.nl/group/book",
        "https://code.example.nl/some/group/book.git",
        "https://gitlab.com/group/sub/book",
        "http://github.com/group/book",
        "https://example.org/book",
        "group/book",
        "book",
    ],
)
def test_a_repository_on_another_host_has_no_binder_button_and_stops_no_build(address):
    options = theme_options(repository_url=address)
    assert "binderhub_url" not in options["launch_buttons"]
    config = SimpleNamespace(html_theme_options=options, html_context={})
    update_context_with_repository_info(SimpleNamespace(config=config))
    if address.count("/") > 3:
        assert get_repo_url(config.html_context)[0] == address
    else:
        assert config.html_context == {}


def test_binder_is_offered_once_the_repository_has_an_address(root, site):
    assert "binderhub_url" not in launch() and "binderhub_url" not in launch(repository_url="")
    for address in ("https://github.com/group/book", "https://gitlab.com/group/book/"):
        assert launch(repository_url=address)["binderhub_url"]
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    assert config["launch_buttons"]["binderhub_url"].startswith("https://")
    if not config["repository"]["url"]:
        assert "mybinder" not in (site / "notebooks" / "support.html").read_text(encoding="utf-8")


def test_the_container_has_the_python_of_the_conda_environment_and_the_commands_of_the_makefile(root):
    settings = json.loads((root / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    recipe = (root / ".devcontainer" / settings["build"]["dockerfile"]).read_text(encoding="utf-8")
    listed = yaml.safe_load((root / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    (python,) = [item.partition("=")[2] for item in listed if str(item).startswith("python=")]
    assert re.findall(r"^FROM python:([\d.]+)-slim-", recipe, re.MULTILINE) == [python]
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([\w./$()]+):", makefile, re.MULTILINE))
    used = re.findall(r"\bmake ([\w./]+)", f"{recipe}\n{json.dumps(settings)}")
    assert used and {name.replace(".venv/.ready", "$(READY)") for name in used} <= targets
    assert (root / ".devcontainer" / settings["build"]["context"]).resolve() == root
    assert not re.search(r"https?://", recipe + json.dumps(settings))
