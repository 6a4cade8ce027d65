"""Citations on the built site: read as a reference manager, a library and a search engine would read them."""

import html
import json
import re
from types import SimpleNamespace

import pytest
import rispy
import yaml
from bs4 import BeautifulSoup
from docutils import nodes
from docutils.utils import new_document
from pybtex.database import parse_string
from pybtex.richtext import Text

from doorgroeien.publishing.citation import DESCRIPTION, load_book
from doorgroeien.publishing.versions import read_results
from doorgroeien.publishing.words import phrase
from doorgroeien.results.formats import write
from doorgroeien.results.register import Register
from doorgroeien.sphinxext.around import downloads, results_pages
from doorgroeien.sphinxext.content import bibliography, citations

ADDRESS = "https://example.org/doorgroeien/latest"
FIRST = "book/index"
WITHOUT_BOX = {"book/how-to-cite", "book/nl/how-to-cite", "book/references", "book/changelog"}
# What a page fetches, and so needs relative; what names the site to others, and so needs its public address.
PUBLIC = {"citation_public_url", "citation_fulltext_html_url", "og:url", "og:image"}


@pytest.fixture(scope="module")
def cff(root):
    return yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def address(root):
    """Return the public address that the book is set to, which may be none."""
    return yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))["html"]["baseurl"]


@pytest.fixture(scope="module")
def number_pages(site, results):
    """Return ``{id: parsed page}`` for the pages of numbers."""
    return {record["id"]: parsed(site / "numbers" / f"{record['id']}.html") for record in results["numbers"]}


def parsed(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def tags(page):
    """Return the tags in the head as ``{name: [contents]}``."""
    found = {}
    for tag in page.head.find_all("meta"):
        name = tag.get("name") or tag.get("property")
        if name:
            found.setdefault(name, []).append(tag["content"])
    return found


def saved(page):
    """Return what Zotero saves of a page: its rules for the type of an item and for the names of authors."""
    found = tags(page)
    kind = "bookSection" if "citation_book_title" in found else None
    # Without a tag that decides, the type of Dublin Core does if it is one, and else it guesses an article.
    kind = kind or {"book": "book"}.get(found["DC.type"][0], "journalArticle")
    authors = []
    for name in found["citation_author"]:
        last, comma, first = name.partition(",")
        if not comma:
            first, _, last = name.rpartition(" ")
        authors.append((last.strip(), first.strip()))
    return {
        "itemType": kind,
        "title": found["citation_title"][0],
        "bookTitle": found.get("citation_book_title", [None])[0],
        "creators": authors,
        "date": found["citation_publication_date"][0],
        "language": found["citation_language"][0],
    }


def title_of(page):
    heading = BeautifulSoup(str(page.h1), "html.parser")
    for link in heading.select(".headerlink"):
        link.decompose()
    return heading.get_text(" ", strip=True)


def edition_of(page, results):
    """Return the edition that a page shows below its title, or nothing."""
    line = page.select_one("article p.edition")
    names = [record["edition"][page.html["lang"]] for record in results["numbers"] if record["edition"]]
    return next(name for name in names if name in line.get_text()) if line else ""


def test_a_reference_manager_saves_chapters_as_sections_of_the_book(pages, results, cff):
    for name, page in pages.items():
        item, edition = saved(page), edition_of(page, results)
        bracket = f" [{edition}]" if edition else ""
        assert item["creators"] == [(author["name"], "") for author in cff["authors"]], name
        assert item["language"] == page.html["lang"], name
        assert re.fullmatch(r"20\d\d/[01]\d/[0-3]\d", item["date"]), name
        if name == FIRST:
            assert (item["itemType"], item["title"]) == ("book", cff["title"] + bracket)
            assert item["bookTitle"] is None
        else:
            assert (item["itemType"], item["bookTitle"]) == ("bookSection", cff["title"]), name
            assert item["title"] == title_of(page) + bracket, name
    assert edition_of(pages[FIRST], results) and not edition_of(pages["book/background"], results)


def test_every_page_describes_itself_to_libraries_and_networks(pages, cff):
    descriptions = set()
    for name, page in pages.items():
        found, item = tags(page), saved(page)
        assert all(len(found[tag]) == 1 for tag in found if tag.startswith(("DC.", "og:", "description"))), (
            name
        )
        assert found["DC.title"] == found["og:title"] == [item["title"]]
        assert found["DC.creator"] == [author["name"] for author in cff["authors"]]
        assert found["DC.date"] == found["article:published_time"] == [item["date"].replace("/", "-")]
        assert found["DC.language"] == [item["language"]] and found["og:type"] == ["article"]
        assert found["og:locale"] == [{"en": "en_GB", "nl": "nl_NL"}[item["language"]]]
        assert found["DC.rights"][0].startswith("https://creativecommons.org/licenses/by/")
        assert found.get("DC.isPartOf", [cff["title"]]) == [cff["title"]]
        (description,) = found["description"]
        assert found["og:description"] == [description]
        assert 20 <= len(description) <= DESCRIPTION and not re.search(r"[<>{}`*]", description), description
        descriptions.add(description)
        if "[" in item["title"]:
            edition = re.search(r"\[(.+)\]", item["title"])[1]
            partly = "partly" in page.select_one("article p.edition")["class"]
            label = phrase("citation.partly", item["language"], edition=edition) if partly else edition
            assert description.lower().startswith(label.lower()), name
    assert len(descriptions) == len(pages)


def test_search_engines_read_a_chapter_of_a_book_and_a_data_set(site, pages, cff, address):
    for name, page in pages.items():
        (block,) = page.find_all("script", type="application/ld+json")
        data = json.loads(block.string)
        assert data["@context"] == "https://schema.org"
        items = data.get("@graph", [data])
        assert [item["@type"] for item in items[1:]] == (
            ["Dataset"] if name in (FIRST, "book/how-to-cite") else []
        )
        item = items[0]
        assert item["@type"] == ("Book" if name == FIRST else "Chapter")
        assert (item["name"], item["inLanguage"]) == (saved(page)["title"], page.html["lang"])
        assert item["author"] == [
            {"@type": "Organization", "name": author["name"]} for author in cff["authors"]
        ]
        assert item["version"] == cff["version"] and item["description"] and item["datePublished"]
        if name != FIRST:
            assert (item["isPartOf"]["@type"], item["isPartOf"]["name"]) == ("Book", cff["title"])
        for dataset in items[1:]:
            assert dataset["license"].startswith("https://creativecommons.org/licenses/by/")
            for file in dataset["distribution"]:
                if not address:
                    assert ((site / name).parent / file["contentUrl"]).resolve().is_file()


def test_the_downloads_say_what_the_page_says(site, pages, cff, address):
    keys = set()
    for name, page in pages.items():
        item = saved(page)
        read = {
            ending: (site / "citations" / f"{name}.{ending}").read_text(encoding="utf-8")
            for ending in ("bib", "ris", "csl.json")
        }
        entries = parse_string(read["bib"], "bibtex").entries
        (key,) = entries
        fields = entries[key].fields
        keys.add(key)
        assert entries[key].type == ("book" if name == FIRST else "incollection")
        assert str(Text.from_latex(fields["title"])) == item["title"]
        people = [str(Text.from_latex(str(person))) for person in entries[key].persons["author"]]
        assert people == [author["name"] for author in cff["authors"]]
        (ris,) = rispy.loads(read["ris"])
        (csl,) = json.loads(read["csl.json"])
        assert ris["type_of_reference"] == ("BOOK" if name == FIRST else "CHAP")
        assert ris["title"] == csl["title"] == item["title"]
        assert csl["type"] == ("book" if name == FIRST else "chapter") and csl["id"] == key
        assert ris["authors"] == [author["literal"] for author in csl["author"]] == people
        assert fields["year"] == ris["year"] == str(csl["issued"]["date-parts"][0][0]) == item["date"][:4]
        assert fields["version"] == csl["version"] == cff["version"] and cff["version"] in ris["notes"][0]
        assert ris["language"] == csl["language"] == item["language"]
        if name != FIRST:
            book = str(Text.from_latex(fields["booktitle"]))
            assert book == ris["secondary_title"] == csl["container-title"] == cff["title"]
        urls = {fields.get("url"), ris.get("urls", [None])[0], csl.get("URL")}
        assert urls == {f"{address.rstrip('/')}/{name}.html" if address else None}
    assert len(keys) == len(pages)


def test_a_page_ends_with_its_citation_and_buttons_that_a_keyboard_reaches(site, pages, cff):
    for name, page in pages.items():
        box = page.select_one("article section.cite-box")
        assert (box is None) == (name in WITHOUT_BOX), name
        if box is None:
            continue
        dutch = page.html["lang"] == "nl"
        heading = "this book" if name == FIRST else "deze pagina" if dutch else "this page"
        assert box.h2.get_text() == ("Citeer " if dutch else "Cite ") + heading
        assert box["aria-labelledby"] == box.h2["id"]
        apa, note, bibtex = (form.select_one(".cite-text") for form in box.select(".cite-form"))
        item, text = saved(page), apa.get_text()
        assert item["title"].removeprefix(cff["title"]).strip() in text and cff["title"] in text
        assert f"({item['date'][:4]})" in text and cff["version"] in text
        assert "versie" in note.get_text() and (dutch or note["lang"] == "nl")
        assert bibtex.name == "pre"
        assert bibtex.get_text() == (site / "citations" / f"{name}.bib").read_text(encoding="utf-8")
        for link in box.select(".cite-downloads a[download]"):
            assert ((site / name).parent / link["href"]).resolve().is_file()
        assert len(box.select(".cite-downloads a[download]")) == 3
        assert len(box.find_all("button")) == 3


def test_buttons_that_copy_wait_for_a_script_that_is_there(site, pages, number_pages):
    script = (site / "_static" / "cite.js").read_text(encoding="utf-8")
    assert "navigator.clipboard" in script and "selectAllChildren" in script and '"status"' in script
    for page in [*pages.values(), *list(number_pages.values())[:20]]:
        for button in page.select(".cite-copy"):
            assert button.name == "button" and button["type"] == "button" and button.has_attr("hidden")
            assert len(button.parent.select(".cite-text")) == 1
        if page.select(".cite-copy"):
            assert page.select_one("script[defer][src*='cite.js']")
    # What the script makes visible, no style of ours hides, and the other way round.
    for sheet in ("site.css", "numbers.css"):
        rules = re.sub(r"[\s;]+", "", (site / "_static" / sheet).read_text("utf-8"))
        assert ".cite-copy[hidden]{display:none}" in rules


def test_every_figure_and_table_can_be_cited_where_it_stands(pages, results):
    records = {record["id"]: record for record in results["figures"] + results["tables"]}
    seen = set()
    for name, page in pages.items():
        for shown in page.select("figure.published-figure[id], table.published-table[id]"):
            record = records.get(shown["id"])
            if record is None:  # a drawing of the book itself, not of the register
                continue
            below = shown.find_next("div", class_="published-below")
            fold = below.select_one("details.cite")
            link = fold.select_one(".cite-link a")["href"]
            assert link.endswith(f"#{record['id']}"), (name, link)
            # Read in Dutch, it is found on the page that is read.
            assert (link == f"#{record['id']}") == (name == record["page"] or page.html["lang"] == "nl")
            apa, note, bibtex = (form.get_text() for form in fold.select(".cite-text"))
            assert record["id"] in note
            lang = record.get("language", page.html["lang"])
            kind = {"figure": {"en": "Figure", "nl": "Figuur"}, "table": {"en": "Table", "nl": "Tabel"}}
            bracket = kind[record["kind"]][lang] + (
                f"; {record['edition'][lang]}" if record["edition"] else ""
            )
            assert f"[{bracket}]" in apa and f", {record['id']}." in apa
            assert not re.search(r"[{}`*]", apa), apa
            entries = parse_string(bibtex, "bibtex").entries
            (key,) = entries
            assert key.endswith(f"-{record['id']}") and record["id"] in entries[key].fields["note"]
            assert str(Text.from_latex(entries[key].fields["title"])).endswith(f"[{bracket}]")
            seen.add(record["id"])
    assert seen == set(records)


def says_all_in_both_languages(page, record, pages):
    """Assert that each part of the page of a number says in its language what it is, how sure, of whom."""
    labels = {
        "en": ("Interval", "Observations", "Computed in"),
        "nl": ("Interval", "Waarnemingen", "Berekend in"),
    }
    parts = {part["lang"]: part for part in page.select("main > section")}
    assert list(parts) == [part["id"] for part in parts.values()] == ["en", "nl"]
    assert [link["href"] for link in page.select("nav.languages a")] == ["#en", "#nl"]
    for lang, part in parts.items():
        assert part.select_one("p.value").get_text() == write(record, lang)
        assert record["definition"][lang].lower() in part.h1.get_text().lower()
        words = part.dl.get_text("\n").split("\n")
        assert {record["id"], record["population"][lang]} <= set(words)
        given = (record["low"] is not None and record["high"] is not None, record["n"] is not None, True)
        assert tuple(label in words for label in labels[lang]) == given, record["id"]
        badge = part.select_one("p.edition")
        assert (badge is None) == (record["edition"] is None)
        assert badge is None or record["edition"][lang] in badge.get_text()
        assert len(part.select("ul.sources li")) == len(record["sources"])
        assert part.dl.find("a", href=f"../{record['page']}.html#{record['id']}")
        assert part.select(".cite-text") and part.select_one(".cite-link a")
        for link in part.select("dl a[href^='../']:not([hreflang], [download])"):
            name = link["href"].removeprefix("../").partition("#")[0].removesuffix(".html")
            assert pages[name].html["lang"] == lang, (record["id"], name)


def test_every_number_has_a_page_that_says_all_about_it(site, number_pages, results, cff, pages):
    anchors = {name: {tag["id"] for tag in page.select("tr[id]")} for name, page in pages.items()}
    files = {path.stem for path in (site / "numbers").glob("*.html")}
    assert files == {*number_pages, "index"}
    for record in results["numbers"]:
        page, id = number_pages[record["id"]], record["id"]
        assert page.html["lang"] == "en" and page.find("meta", attrs={"name": "viewport"})
        assert page.select_one("a.skip")["href"] == "#main" and page.find(id="main").name == "main"
        says_all_in_both_languages(page, record, pages)
        assert id in anchors[record["page"]]
        item = saved(page)
        edition = f"; {record['edition']['en']}" if record["edition"] else ""
        assert item["itemType"] == "bookSection" and item["bookTitle"] == cff["title"]
        assert item["title"].endswith(f" [Number{edition}]")
        assert tags(page)["DC.title"] == [item["title"]] and tags(page)["description"][0]
        apa, note, bibtex = (form.get_text() for form in page.select("#en .cite-text"))
        assert id in apa and id in note and f"[Number{edition}]" in apa
        (key,) = parse_string(bibtex, "bibtex").entries
        assert key.endswith(f"-{id}")
        data = json.loads((site / "numbers" / f"{id}.json").read_text(encoding="utf-8"))
        assert data["text"] == {lang: write(record, lang) for lang in ("en", "nl")}
        assert {name: data[name] for name in record} == record and data["citation"]["id"] == key


def test_pages_of_numbers_obey_the_strictest_policy(number_pages, site):
    for page in [*number_pages.values(), parsed(site / "numbers" / "index.html")]:
        policy = page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
        assert policy.startswith("default-src 'none'") and "unsafe" not in policy
        assert not page.find_all("style") and not page.find_all(style=True)
        assert not [name for tag in page.find_all() for name in tag.attrs if name.startswith("on")]
        for script in page.find_all("script"):
            assert script.get("src", "").startswith("../_static/") or script["type"] == "application/ld+json"
        assert (site / "numbers" / page.find("link", rel="stylesheet")["href"]).resolve().is_file()


def test_the_index_of_numbers_lists_all_of_them_by_chapter(site, results, pages):
    page = parsed(site / "numbers" / "index.html")
    listed = [
        (section.h2.a["href"], row.th.a["href"])
        for section in page.select("main section")
        for row in section.select("tbody tr")
    ]
    assert listed == [(f"../{record['page']}.html", f"{record['id']}.html") for record in results["numbers"]]
    assert page.select_one(".search").has_attr("hidden") and page.find("label", attrs={"for": "search"})
    survey = {record["id"] for record in results["numbers"] if record["edition"]}
    marked = {row.th.a.get_text() for row in page.select("tbody tr") if row.td.get_text().endswith("*")}
    assert survey == marked
    editions = {record["edition"]["en"] for record in results["numbers"] if record["edition"]}
    for section in page.select("main section"):
        rests = any(row.th.a.get_text() in survey for row in section.select("tbody tr"))
        badge = section.select_one(".edition")
        assert rests == (badge is not None)
        assert badge is None or any(edition in badge.get_text() for edition in editions)


def test_the_list_below_a_cell_and_the_page_on_citation_lead_to_the_pages_of_numbers(pages, results):
    led = set()
    for page in pages.values():
        for row in page.select("details.published-numbers tr[id]"):
            assert row.th.a["href"] == f"../numbers/{row['id']}.html"
            led.add(row["id"])
    assert led == {record["id"] for record in results["numbers"]}
    assert pages["book/how-to-cite"].select_one("article a[href='../numbers/index.html']")


def test_the_page_on_citation_repeats_no_version_and_shows_one_of_everything(root, pages, cff):
    source = (root / "book" / "how-to-cite.md").read_text(encoding="utf-8")
    assert cff["version"] not in source and cff["title"] not in source
    page = pages["book/how-to-cite"]
    kinds = [
        next(iter(parse_string(pre.get_text(), "bibtex").entries.values()))
        for pre in page.select("pre.cite-text")
    ]
    assert {entry.type for entry in kinds} == {"book", "incollection"}
    words = page.article.get_text(" ")
    assert "[Figure]" in words and "[Number]" in words
    assert f"{cff['authors'][0]['name']}, " in words and f"version {cff['version']}, triangulation" in words


def test_the_site_names_its_own_address_only_where_it_has_one(pages, number_pages, address):
    for name, page in [*pages.items(), *((f"numbers/{id}", page) for id, page in number_pages.items())]:
        found, canonical = tags(page), page.find("link", rel="canonical")
        if address:
            url = f"{address.rstrip('/')}/{name}.html"
            assert found["citation_public_url"] == found["og:url"] == [url] and canonical["href"] == url
        else:
            assert not PUBLIC & set(found) and canonical is None, name
            assert not any("http" in text.get_text() for text in page.select(".cite-text, .cite-link"))


# With a public address: the functions that write a page, on a page made here.


@pytest.fixture
def addressed(root, tmp_path):
    """Return what the functions need of a book with a public address, of two pages and a number."""
    number = {
        "kind": "number",
        "id": "fraud.cases",
        "value": 34920,
        **dict.fromkeys(("low", "high", "se", "n", "decimals", "interval", "edition")),
        "unit": "cases",
        "definition": {"en": "registered cases", "nl": "geregistreerde zaken"},
        "population": {"en": "all municipalities", "nl": "alle gemeenten"},
        "evidence": "published figures",
        "sources": ["CBS70127"],
        "period": "2007",
        "page": "notebooks/fraud",
        "cell": 1,
    }
    bibliography.add_styles()
    register = Register({number["id"]: number})
    env = SimpleNamespace(
        metadata={FIRST: {}, "notebooks/fraud": {}},
        found_docs={FIRST, "notebooks/fraud"},
        titles={FIRST: nodes.title("", "Doorgroeien"), "notebooks/fraud": nodes.title("", "Fraud & more")},
        doc2path=lambda docname, base=True: f"{docname}.md",
        doorgroeien_uses={FIRST: {"fraud.cases": ""}},
    )
    (tmp_path / "site").mkdir()
    return SimpleNamespace(
        builder=SimpleNamespace(format="html", get_relative_uri=lambda here, there: f"../{there}.html"),
        config=SimpleNamespace(
            root_doc=FIRST, project="Doorgroeien", html_baseurl=ADDRESS, html_theme_options={}
        ),
        env=env,
        srcdir=root,
        outdir=tmp_path / "site",
        doorgroeien_register=register,
        doorgroeien_book=load_book(root, ADDRESS),
    )


def complete(app, docname):
    """Return the head and the body that a page is given."""
    document = new_document(docname)
    document += nodes.paragraph("", "The first paragraph.")
    context = {"metatags": "", "body": "<p>The first paragraph.</p>"}
    citations.complete_page(app, docname, "page.html", context, document)
    return BeautifulSoup(
        f"<html lang='en'><head>{context['metatags']}</head>{context['body']}</html>", "html.parser"
    )


def test_with_a_public_address_every_citation_is_absolute(addressed):
    for name in (FIRST, "notebooks/fraud"):
        page, url = complete(addressed, name), f"{ADDRESS}/{name}.html"
        found = tags(page)
        assert set(found) >= PUBLIC and found["DC.identifier"] == [url]
        assert found["citation_public_url"] == found["citation_fulltext_html_url"] == found["og:url"] == [url]
        items = json.loads(page.find("script", type="application/ld+json").string)
        item = items.get("@graph", [items])[0]
        assert item["url"] == url
        for form in page.select(".cite-box .cite-text"):
            assert url in form.get_text()
        for ending in ("bib", "ris", "csl.json"):
            assert url in (addressed.outdir / "citations" / f"{name}.{ending}").read_text(encoding="utf-8")
        # What a browser fetches or a reader follows stays relative.
        assert all(not link["href"].startswith("http") for link in page.select(".cite-downloads a"))


def test_with_a_public_address_a_page_of_a_number_is_absolute(addressed):
    results_pages.write_pages(addressed)
    page, url = (
        parsed(addressed.outdir / "numbers" / "fraud.cases.html"),
        f"{ADDRESS}/numbers/fraud.cases.html",
    )
    assert page.find("link", rel="canonical")["href"] == url
    assert tags(page)["citation_public_url"] == [url]
    assert all(url in text.get_text() for text in page.select(".cite-text, .cite-link"))
    assert page.dl.find("a", href="../notebooks/fraud.html#fraud.cases")
    assert (
        "Fraud &amp; more" in str(page.find("nav", attrs={"aria-label": "Book"}))
        and "34,920" in page.select_one(".value").get_text()
    )
    index = parsed(addressed.outdir / "numbers" / "index.html")
    files = json.loads(index.find("script", type="application/ld+json").string)["distribution"]
    assert all(file["contentUrl"].startswith(f"{ADDRESS}/results/") for file in files)


def test_with_a_public_address_the_results_name_their_schema_there(addressed):
    addressed.config.version, addressed.config.author = "0.1.0", "The Doorgroeien contributors"
    downloads.write_downloads(addressed)
    schema = f"{ADDRESS}/results/results.schema.json"
    assert read_results(addressed.outdir)["$schema"] == schema


def test_on_answers_from_elsewhere_the_pages_of_numbers_say_so_too(addressed):
    addressed.config.html_theme_options["announcement"] = '<i lang="nl">Andere antwoorden &amp; meer.</i>'
    results_pages.write_pages(addressed)
    for name in ("fraud.cases", "index"):
        page = parsed(addressed.outdir / "numbers" / f"{name}.html")
        assert page.select_one("body > .announcement [lang=nl]").get_text() == "Andere antwoorden & meer."


def test_a_citation_on_a_page_leads_to_what_it_cites(addressed):
    document = new_document("book/how-to-cite")
    document += citations.citation_forms(target="notebooks/fraud", folded=False, lang="en")
    document += citations.citation_forms(target="fraud.cases", folded=True, lang="nl")
    citations.write_forms(addressed, document, "book/how-to-cite")
    chapter, number = (BeautifulSoup(raw.astext(), "html.parser") for raw in document.findall(nodes.raw))
    assert chapter.select_one(".cite-link a")["href"] == "../notebooks/fraud.html"
    assert chapter.select_one(".cite-link a").get_text() == f"{ADDRESS}/notebooks/fraud.html"
    assert number.summary.get_text() == "Citeer dit getal" and "Versie" in number.get_text()
    assert html.unescape(str(chapter)).count("Fraud & more") == 2


def test_what_is_read_in_dutch_is_cited_where_it_is_read(addressed):
    addressed.env.metadata["book/nl/fraud"] = {"language": "nl"}
    document = new_document("book/nl/fraud")
    document += citations.citation_forms(target="fraud.cases", folded=True, lang="nl")
    citations.write_forms(addressed, document, "book/nl/fraud")
    (raw,) = document.findall(nodes.raw)
    link = BeautifulSoup(raw.astext(), "html.parser").select_one(".cite-link a")
    assert link["href"] == "#fraud.cases" and link.get_text() == f"{ADDRESS}/book/nl/fraud.html#fraud.cases"


def test_a_description_is_the_first_paragraph_that_a_reader_reads():
    document = new_document("page")
    document += nodes.note("", nodes.paragraph("", "A note."))
    document += nodes.paragraph("", "This page rests on answers.", published_data=True)
    document += nodes.bullet_list("", nodes.list_item("", nodes.paragraph("", "The point.")))
    assert citations._description(document) == "The point."
