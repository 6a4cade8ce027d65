"""The PDFs: what is put together for print, and the checks that every finished PDF must pass.

Nothing here needs a browser: `make pdf` runs the same checks on what Chromium prints.
"""

import json
import re
from dataclasses import replace

import pytest
import yaml
from bs4 import BeautifulSoup
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

from doorgroeien.publishing.print import pdf
from doorgroeien.publishing.print.document import Imprint, assemble, assemble_sheet, outside, read_pages
from doorgroeien.publishing.print.hatches import draw_hatches
from doorgroeien.publishing.print.pdf import Expected, PdfError, find_browser, link_pdfs, make_pdfs, problems

EDITION = {"en": "reference edition - synthetic answers", "nl": "referentie-editie - synthetische antwoorden"}
IMPRINT = Imprint(
    title="A book",
    subtitle="In two parts",
    author="The authors",
    version="1.2",
    date="1 January 2026",
    commit="abc123",
    edition=EDITION,
    synthetic=True,
    citation="The authors (2026). <cite>A book</cite>.",
    address=None,
)
TOC = {
    "root": "book/index",
    "parts": [
        {"caption": "Part one", "chapters": [{"file": "notebooks/one"}, {"file": "book/twee"}]},
        {"caption": "Appendices", "chapters": [{"file": "book/references"}]},
    ],
}
HEADER = (
    '<div class="dropdown dropdown-download-buttons"><button>x</button>\n<ul class="dropdown-menu">\n'
    '<li><a href="x.ipynb">.ipynb</a></li>\n</ul></div>'
)
INDEX = """
<section id="start"><h1>Welcome<a class="headerlink" href="#start">#</a></h1>
<p id="id1">See <a href="../notebooks/one.html#levels">levels</a>, <a href="../notebooks/one.html">one</a>,
<a href="../results/results.csv" download>CSV</a>, <a class="reference external" href="https://example.org/x">out</a>
and <span class="num"><a class="num-value" href="../numbers/one.share.html">1.5%</a>
<span class="num-card">card</span></span>.</p>
<div class="toctree-wrapper"><a href="../notebooks/one.html">one</a></div><script>alert(1)</script></section>
"""
ONE = """
<section id="one"><h1>Chapter one<a class="headerlink" href="#one">#</a></h1>
<p class="edition">This page rests on survey answers: reference edition - synthetic answers.</p>
<p id="id1">By <a href="../book/references.html#id9" title="Long">Works, 2001</a>, it
<span class="num word"><a class="num-value" href="../numbers/one.verdict.html">rose</a>
<span class="num-card">card</span></span> to
<span class="num"><a class="num-value" href="../numbers/one.share.html" aria-describedby="num-1">1.5%</a>
<span class="num-card" id="num-1">card</span></span>; see <a href="../book/twee.html">elsewhere</a>.</p>
<section id="levels"><h2>Levels<a class="headerlink" href="#levels">#</a></h2>
<div class="cell"><details class="hide above-input"><summary>Show code</summary>
<div class="cell_input"><pre>secret = 1</pre></div></details>
<div class="cell_output"><details class="published-numbers"><summary>Numbers</summary>
<table><tbody><tr id="one.share"><th>one.share</th><td>1.5%</td></tr></tbody></table></details>
<figure id="one.figure"><picture><source media="screen" srcset="../_images/one.narrow.svg">
<img src="../_images/one.svg" alt="Bars" loading="lazy"></picture><figcaption>Figure 1</figcaption></figure>
<div class="published-below"><p class="provenance">survey answers</p>
<details class="data"><summary>Data behind this figure</summary>
<p><a href="../results/one.figure.csv">CSV</a></p>
<table><tr><td>0.123456</td></tr></table></details></div></div></div>
<div class="pst-scrollable-table-container"><table id="one.table"><caption>Table 1</caption>
<thead><tr><th>Name</th><th>Share</th></tr></thead><tbody>ROWS</tbody></table></div>
<button>Sort</button></section></section>
"""
ONE = ONE.replace(
    "ROWS", "".join(f'<tr><th class="stub">q_{k}</th><td class="number">{k}</td></tr>' for k in range(30))
)
TWEE = """
<section id="twee"><h1>Twee</h1>
<p id="id1">Zie <a href="../notebooks/one.html#one.share">het getal</a>.</p></section>
"""
WORKS = """
<section id="references"><h1>References</h1>
<div class="citation" id="id9"><p>Works. 2001. <a href="https://doi.org/10.1/x">doi</a></p></div>
<div class="citation" id="id10"><p>Other.</p></div></section>
"""
NUMBER = {
    "id": "one.share",
    "value": 1.5,
    "unit": "percent",
    "decimals": None,
    "low": 1.0,
    "high": 2.0,
    "interval": "confidence",
    "n": 1234,
    "definition": {"en": "the share", "nl": "het aandeel"},
    "population": {"en": "all of them", "nl": "allemaal"},
    "period": "2007",
    "evidence": "survey answers",
    "edition": EDITION,
}
RECORDS = {"one.share": NUMBER}


@pytest.fixture
def small_site(tmp_path):
    """Return the folder of a small site of four pages, one of them Dutch."""
    for name, article in {
        "book/index": INDEX,
        "notebooks/one": ONE,
        "book/twee": TWEE,
        "book/references": WORKS,
    }.items():
        file = tmp_path / f"{name}.html"
        file.parent.mkdir(exist_ok=True)
        lang = "nl" if name == "book/twee" else "en"
        file.write_text(
            f'<!DOCTYPE html><html lang="{lang}" data-x="../"><head><title>t</title></head><body>{HEADER}'
            f"<article>{article}</article></body></html>",
            encoding="utf-8",
        )
    (tmp_path / "_images").mkdir()
    (tmp_path / "_images" / "one.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg"/>', encoding="utf-8"
    )
    return tmp_path


@pytest.fixture
def small_pages(small_site):
    return read_pages(small_site, TOC)


def parsed(document, pages=None):
    return BeautifulSoup(document.html(pages), "html.parser")


def whole(small_site, small_pages, base=""):
    return assemble(small_pages, small_site, IMPRINT, RECORDS, "p {}", base)


def chapter(small_site, small_pages, base="", place=1, imprint=IMPRINT):
    return assemble([small_pages[place]], small_site, imprint, RECORDS, "p {}", base, small_pages[3])


@pytest.mark.parametrize("build", [whole, chapter])
def test_ids_are_unique_and_every_link_leads_somewhere(build, small_site, small_pages):
    soup = parsed(build(small_site, small_pages))
    ids = [tag["id"] for tag in soup.find_all(id=True)]
    assert len(ids) == len(set(ids))
    links = [link["href"] for link in soup.find_all("a", href=True)]
    inside = [link.removeprefix("#") for link in links if link.startswith("#")]
    assert len(inside) > 5
    assert set(inside) <= set(ids)
    assert all(link.startswith(("#", "https://")) for link in links)


def test_links_in_the_book_lead_to_places_in_the_document(small_site, small_pages):
    soup = parsed(whole(small_site, small_pages))
    article = soup.find("article", id="book-index")
    assert [(link.get_text(), link["href"]) for link in article.select("a")] == [
        ("levels", "#notebooks-one:levels"),
        ("one", "#notebooks-one"),
        ("out", "https://example.org/x"),
        ("1.5%", "#number:one.share"),
    ]
    assert soup.find("article", id="book-twee").a["href"] == "#number:one.share"
    assert soup.find("article", id="notebooks-one").a["href"] == "#book-references:id9"
    assert soup.find(id="references") is None  # the page of references is there itself


def test_links_out_of_a_chapter_are_public_or_plain_text(small_site, small_pages):
    plain = parsed(chapter(small_site, small_pages)).find("article", id="notebooks-one")
    assert "elsewhere" in plain.get_text()
    assert "elsewhere" not in [link.get_text() for link in plain.select("a")]
    public = parsed(chapter(small_site, small_pages, "https://example.org/book/"))
    links = {link.get_text(): link["href"] for link in public.find("article", id="notebooks-one").select("a")}
    assert links["elsewhere"] == "https://example.org/book/book/twee.html"
    assert links["results/one.figure.csv"] == "https://example.org/book/results/one.figure.csv"


def test_a_chapter_brings_the_works_and_numbers_that_it_uses(small_site, small_pages):
    soup = parsed(chapter(small_site, small_pages))
    works = soup.find("article", id="references")
    assert [work["id"] for work in works.select(".citation")] == ["book-references:id9"]
    row = soup.find("tr", id="number:one.share")
    cells = [cell.get_text() for cell in row.find_all(["th", "td"])]
    assert cells == [
        "one.share",
        "1.5%",
        "1.0 to 2.0%",
        "1,234",
        "the share (all of them; 2007; survey answers)",
    ]
    dutch = parsed(chapter(small_site, small_pages, place=2)).find("tr", id="number:one.share")
    assert [cell.get_text() for cell in dutch.find_all("td")] == [
        "1,5%",
        "1,0 tot 2,0%",
        "1.234",
        "het aandeel (allemaal; 2007; enquêteantwoorden)",
    ]


def test_what_works_on_a_screen_only_is_left_out(small_site, small_pages):
    soup = parsed(whole(small_site, small_pages))
    assert not soup.select(".num-card, .headerlink, .toctree-wrapper, script, button, details, [loading]")
    text = soup.get_text()
    assert not re.search(r"secret|Show code|0\.123456|alert|card", text)
    assert soup.select_one("p.files").get_text() == "Data behind this figure: results/one.figure.csv"


def test_a_wording_is_text_and_no_link(small_site, small_pages):
    word = parsed(chapter(small_site, small_pages)).select_one(".num.word")
    assert word.get_text(strip=True) == "rose"
    assert word.a is None


def test_the_caption_of_a_long_table_stands_before_it_with_its_id(small_site, small_pages):
    article = parsed(chapter(small_site, small_pages)).find("article", id="notebooks-one")
    caption = article.find(id="notebooks-one:one.table")
    assert caption.get_text() == "Table 1"
    assert caption.find_next_sibling().table is not None
    assert article.table.get("id") is None
    assert article.table.find_all("th")[1]["class"] == ["number"]


@pytest.mark.parametrize(("place", "language"), [(1, "en"), (2, "nl")])
def test_the_title_page_says_edition_version_and_citation(small_site, small_pages, place, language):
    soup = parsed(chapter(small_site, small_pages, place=place))
    assert soup.html["lang"] == language
    front = soup.select_one(".title-page").get_text(" ")
    words = {
        "en": ("chapter of A book", "synthetic answers", "Synthetic"),
        "nl": ("hoofdstuk van", "synthetische", "Echt"),
    }
    for part in (*words[language], EDITION[language], "1.2, 1 January 2026, abc123", "The authors (2026)."):
        assert part in front
    none = {"en": "uses no survey answers", "nl": "gebruikt geen enquêteantwoorden"}[language]
    assert (none in front) == (place == 2)


def test_answers_that_are_not_synthetic_are_not_called_so(small_site, small_pages):
    real = replace(IMPRINT, synthetic=False, edition={"en": "Answers of 2008", "nl": "Antwoorden van 2008"})
    front = parsed(chapter(small_site, small_pages, imprint=real)).select_one(".title-page").get_text()
    assert "Answers of 2008" in front
    assert "ynthetic: all" not in front


def test_the_running_foot_carries_the_edition_where_the_page_rests_on_answers(small_site, small_pages):
    css = parsed(whole(small_site, small_pages)).style.get_text()
    feet = dict(re.findall(r'@page sheet-(\S+) \{.*?@bottom-left \{ content: "([^"]*)"', css))
    assert feet == {
        "book-index": "",
        "notebooks-one": EDITION["en"],
        "book-twee": "",
        "book-references": "",
        "numbers": EDITION["en"],
    }


def test_parts_stand_above_chapters_and_the_contents_name_both(small_site, small_pages):
    document = whole(small_site, small_pages)
    soup = parsed(document, {name: 7 + place for place, name in enumerate(document.contents)})
    lines = [
        (line["class"][0], *(part.get_text() for part in line.select("span")))
        for line in soup.select("nav li, .contents li")
    ]
    assert [(level, text, page) for level, text, _, page in lines] == [
        ("level-1", "Welcome", "7"),
        ("level-1", "Part one", "8"),
        ("level-2", "Chapter one", "9"),
        ("level-2", "Twee", "10"),
        ("level-1", "Appendices", "11"),
        ("level-2", "References", "12"),
        ("level-1", "Numbers", "13"),
    ]
    assert soup.find("h3").get_text() == "Levels"
    assert soup.find("article", id="book-twee")["lang"] == "nl"


def test_the_document_asks_no_other_host(small_site, small_pages):
    assert outside(whole(small_site, small_pages).html()) == []
    html = (
        '<img src="https://example.org/x.png"><link href="//cdn.example/x.css"><style>@font-face '
        "{ src: url('https://example.org/f.woff') }</style><img src='data:image/png;base64,x'>"
    )
    assert len(outside(html)) == 3


def test_pictures_of_points_are_counted_and_others_are_not(small_site, small_pages):
    assert whole(small_site, small_pages).pictures == 0
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><image href="data:image/png;base64,x"/></svg>'
    (small_site / "_images" / "one.svg").write_text(svg, encoding="utf-8")
    assert whole(small_site, small_pages).pictures == 1


def test_hatches_become_lines_in_the_shape_of_their_area():
    svg = (
        '<svg xmlns:xlink="x"><defs>'
        '<pattern id="h1" patternUnits="userSpaceOnUse" x="0" y="0" width="72" height="72">\n'
        '<rect x="0" y="0" width="73" height="73" fill="#ffffff"/><path d="M 0 72 L 72 0"/></pattern></defs>'
        '<path d="M 60 10 L 150 10 L 150 20 L 60 20 z" clip-path="url(#c)"'
        ' style="fill: url(#h1); stroke: #000"/></svg>'
    )
    soup = BeautifulSoup(draw_hatches(svg), "html.parser")
    assert "url(#h1)" not in str(soup)
    assert soup.find("pattern") is None
    assert soup.find("g", id="h1").path["d"] == "M 0 72 L 72 0"
    # From 60 to 150 are three tiles of 72, from 10 to 20 is one.
    assert [(use["x"], use["y"]) for use in soup.find_all("use")] == [("0", "0"), ("72", "0"), ("144", "0")]
    assert soup.find("use").find_parent("g")["clip-path"] == "url(#h1-1)"
    assert soup.find("clippath", id="h1-1").path["d"].startswith("M 60 10")
    assert draw_hatches("<svg/>") == "<svg/>"


def test_every_hatched_figure_of_the_book_is_drawn_in_lines(site):
    hatched = [file for file in (site / "_images").glob("*.svg") if "<pattern" in file.read_text("utf-8")]
    assert hatched
    for file in hatched:
        svg = draw_hatches(file.read_text(encoding="utf-8"))
        names = set(re.findall(r'<g id="(h\w+)">', svg))
        assert "<pattern" not in svg, file
        assert not [name for name in names if f"url(#{name})" in svg], file


def test_the_whole_book_can_be_put_together(root, site):
    pages = read_pages(site, yaml.safe_load((root / "_toc.yml").read_text("utf-8")))
    results = json.loads((site / "results" / "results.json").read_text("utf-8"))
    numbers = {record["id"]: record for record in results["numbers"]}
    document = assemble(pages, site, IMPRINT, numbers, pdf.print_style())
    html = document.html()
    assert outside(html) == []
    soup = BeautifulSoup(html, "html.parser")
    ids = [tag["id"] for tag in soup.find_all(id=True)]
    assert len(ids) == len(set(ids))
    links = [link["href"] for link in soup.find_all("a", href=True)]
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)
    assert all(link.startswith(("#", "https://", "http://")) for link in links)
    assert set(document.contents) <= set(ids)
    listed = {row["id"].removeprefix("number:") for row in soup.select("table.numbers tr[id]")}
    assert listed == {name for name, record in numbers.items() if record["unit"] != "word"}
    assert not soup.select(".num-card, details, button, script")
    # A page that rests on survey answers says so in its first lines.
    assert len(soup.select("article p.edition")) == sum(page.rests_on_answers for page in pages) > 5


def sound(path, **changes):
    """Write a small PDF that passes every check, but for what ``changes`` says."""
    said = {
        "marked": True,
        "lang": "en",
        "title": "A book",
        "outline": True,
        "goal": "place",
        "uri": "https://example.org/",
        "picture": False,
        "scale": "3.125",
    } | changes
    writer = PdfWriter()
    for _ in range(2):
        page = writer.add_blank_page(200, 200)
        content = DecodedStreamObject()
        content.set_data(
            f"q\n3.125 0 0 3.125 0 0 cm\nQ\nq\n{said['scale']} 0 0 {said['scale']} 9 9 cm\nQ".encode()
        )
        page[NameObject("/Contents")] = writer._add_object(content)
    writer.add_named_destination("place", 1)
    for rect, link in (
        ((0, 0, 9, 9), {"/Dest": TextStringObject(said["goal"])}),
        (
            (9, 9, 20, 20),
            {
                "/A": DictionaryObject(
                    {NameObject("/S"): NameObject("/URI"), NameObject("/URI"): TextStringObject(said["uri"])}
                )
            },
        ),
    ):
        annotation = DictionaryObject(
            {NameObject("/Type"): NameObject("/Annot"), NameObject("/Subtype"): NameObject("/Link")}
        )
        annotation[NameObject("/Rect")] = ArrayObject(map(NumberObject, rect))
        for name, value in link.items():
            annotation[NameObject(name)] = value
        writer.add_annotation(0, annotation)
    if said["outline"]:
        writer.add_outline_item(title="Place", page_number=1)
    root = writer.root_object
    root[NameObject("/Lang")] = TextStringObject(said["lang"])
    root[NameObject("/MarkInfo")] = DictionaryObject({NameObject("/Marked"): BooleanObject(said["marked"])})
    root[NameObject("/StructTreeRoot")] = DictionaryObject({NameObject("/K"): ArrayObject([NumberObject(0)])})
    if said["picture"]:
        image = DecodedStreamObject()
        image.update(
            {NameObject("/Type"): NameObject("/XObject"), NameObject("/Subtype"): NameObject("/Image")}
        )
        tile = DictionaryObject(
            {
                NameObject("/Resources"): DictionaryObject(
                    {NameObject("/XObject"): DictionaryObject({NameObject("/X1"): writer._add_object(image)})}
                )
            }
        )
        resources = DictionaryObject(
            {NameObject("/Pattern"): DictionaryObject({NameObject("/P1"): writer._add_object(tile)})}
        )
        writer.pages[0][NameObject("/Resources")] = resources
    writer.add_metadata({"/Title": said["title"]})
    writer.write(path)
    return path


EXPECTED = Expected("A book", "en", {"place": 2})


def test_a_sound_pdf_has_no_problem(tmp_path):
    assert problems(sound(tmp_path / "a.pdf"), EXPECTED) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"marked": False}, "not tagged"),
        ({"lang": "nl"}, "its language is nl, expected en"),
        ({"title": "Other"}, "its title is 'Other'"),
        ({"outline": False}, "no bookmarks"),
        ({"goal": "nowhere"}, "page 1: the link to nowhere leads nowhere"),
        ({"uri": "file:///tmp/x.html"}, "no public address"),
        ({"picture": True}, "1 pictures made of points, expected 0"),
        ({"scale": "2.0833"}, "page 1 is shrunk"),
    ],
)
def test_each_fault_of_a_pdf_is_found(tmp_path, changes, problem):
    found = problems(sound(tmp_path / "a.pdf", **changes), EXPECTED)
    assert problem in "\n".join(found)


def test_contents_that_name_another_page_are_found(tmp_path):
    found = problems(sound(tmp_path / "a.pdf"), replace(EXPECTED, contents={"place": 1}))
    assert found == ["its contents put place on page 1, and it is on page 2"]
    assert problems(sound(tmp_path / "a.pdf", picture=True), replace(EXPECTED, pictures=1)) == []


def test_a_sheet_of_two_pages_is_found(tmp_path):
    found = problems(sound(tmp_path / "a.pdf"), replace(EXPECTED, sheet=True))
    assert found == ["it has 2 pages, expected one sheet: shorten the page"]


@pytest.mark.parametrize(
    ("name", "day"), [("book/beleidsblad", "geraadpleegd"), ("book/briefing", "accessed")]
)
def test_a_sheet_is_printed_alone_with_its_citation_and_the_day(root, site, name, day):
    pages = read_pages(site, yaml.safe_load((root / "_toc.yml").read_text("utf-8")))
    page = next(page for page in pages if page.name == name)
    document = assemble_sheet(page, site, "p {}", f"{day} 1")
    soup = parsed(document)
    assert document.sheet
    assert outside(document.html()) == []
    assert soup.select(".title-page, .contents, table.numbers, .sheet-ways") == []
    assert soup.select_one("p.cite-text").get_text().endswith(f", {day} 1.")
    ids = {tag["id"] for tag in soup.find_all(id=True)}
    links = [link["href"] for link in soup.find_all("a", href=True) if link["href"].startswith("#")]
    assert links
    assert {link[1:] for link in links} <= ids
    assert [page.name for page in pages if page.one_sheet] == ["book/beleidsblad", "book/briefing"]


def test_a_sheet_links_its_pdf_beside_the_button(small_site):
    file = small_site / "book" / "twee.html"
    html = file.read_text("utf-8").replace("</h1>", f"</h1>{pdf.WAYS}</p>")
    file.write_text(html, encoding="utf-8")
    link_pdfs(small_site, read_pages(small_site, TOC))
    link = BeautifulSoup(file.read_text("utf-8"), "html.parser").select_one("p.sheet-ways a")
    assert (link.get_text(), link["href"]) == ("PDF, één A4", "../pdf/book-twee.pdf")


def test_a_missing_browser_is_said_with_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    with pytest.raises(PdfError, match="apt install chromium"):
        find_browser()
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "none"))
    with pytest.raises(PdfError, match="CHROMIUM names .*none, which does not run"):
        find_browser()


@pytest.mark.slow
@pytest.mark.parametrize(("version", "sound"), [("156.0.1", True), ("130.0.6723", False), ("", False)])
def test_a_browser_that_is_too_old_is_refused(monkeypatch, tmp_path, version, sound):
    browser = tmp_path / "chromium"
    browser.write_text(f"#!/bin/sh\necho Chromium {version}\n", encoding="utf-8")
    browser.chmod(0o755)
    monkeypatch.setenv("CHROMIUM", str(browser))
    if sound:
        assert find_browser() == str(browser)
    else:
        with pytest.raises(PdfError, match="expected 131 or newer"):
            find_browser()


def test_a_page_links_its_pdf_once_and_the_public_address_when_there_is_one(small_site, small_pages):
    link_pdfs(small_site, small_pages, "https://example.org/book/")
    once = (small_site / "book" / "twee.html").read_text(encoding="utf-8")
    soup = BeautifulSoup(once, "html.parser")
    menu = [(link["href"], link.get_text()) for link in soup.select(".dropdown-menu a")]
    assert menu == [
        ("x.ipynb", ".ipynb"),
        ("../pdf/book-twee.pdf", "Deze pagina als PDF"),
        ("../pdf/doorgroeien.pdf", "Het hele boek als PDF"),
    ]
    assert soup.head.find("link", type="application/pdf")["href"] == "../pdf/book-twee.pdf"
    meta = soup.head.find("meta", attrs={"name": "citation_pdf_url"})
    assert meta["content"] == "https://example.org/book/pdf/book-twee.pdf"
    link_pdfs(small_site, small_pages, "https://example.org/book/")
    assert (small_site / "book" / "twee.html").read_text(encoding="utf-8") == once


def test_without_an_address_no_absolute_one_is_written(small_site, small_pages):
    link_pdfs(small_site, small_pages)
    assert "citation_pdf_url" not in (small_site / "notebooks" / "one.html").read_text(encoding="utf-8")


def test_a_page_without_a_menu_of_downloads_is_an_error(small_site, small_pages):
    file = small_site / "book" / "twee.html"
    file.write_text(
        file.read_text(encoding="utf-8").replace("dropdown-download-buttons", "x"), encoding="utf-8"
    )
    with pytest.raises(PdfError, match="expected the menu of downloads"):
        link_pdfs(small_site, small_pages)


def test_the_site_of_the_book_can_be_linked(root, book_copy):
    site = book_copy / "_build" / "html"
    pages = read_pages(site, yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8")))
    link_pdfs(site, pages)
    for page in pages:
        html = (site / f"{page.name}.html").read_text(encoding="utf-8")
        name = page.name.replace("/", "-") if page.part else "doorgroeien"
        up = "../" * page.name.count("/")
        # In the head and the menu; a page on one sheet has it beside its print button too.
        assert html.count(f'href="{up}pdf/{name}.pdf"') == 2 + page.one_sheet, page.name


def test_a_failed_print_leaves_the_old_pdfs_and_the_pages_alone(book_copy, monkeypatch, tmp_path):
    browser = tmp_path / "chromium"
    script = '#!/bin/sh\n[ "$1" = --version ] && echo Chromium 156.0 && exit\necho no display >&2\nexit 1\n'
    browser.write_text(script, encoding="utf-8")
    browser.chmod(0o755)
    monkeypatch.setenv("CHROMIUM", str(browser))
    site = book_copy / "_build" / "html"
    pages = "root: book/index\nparts:\n  - {caption: Appendices, chapters: [{file: book/references}]}\n"
    (book_copy / "_toc.yml").write_text(pages, encoding="utf-8")  # the print fails whatever its length
    (site / "pdf").mkdir()
    (site / "pdf" / "doorgroeien.pdf").write_bytes(b"old")
    before = (site / "book" / "index.html").read_bytes()
    with pytest.raises(PdfError, match=r"doorgroeien.pdf: Chromium printed nothing and says:\nno display"):
        make_pdfs(book_copy, say=lambda line: None)
    assert [file.name for file in (site / "pdf").iterdir()] == ["doorgroeien.pdf"]
    assert (site / "pdf" / "doorgroeien.pdf").read_bytes() == b"old"
    assert (site / "book" / "index.html").read_bytes() == before
