"""Reading in comfort, in Dutch and in English, with or without seeing the pictures."""

import copy
import json
import re
import shutil
import subprocess
from types import SimpleNamespace

import pytest
import yaml
from bs4 import Comment
from conftest import ROOT
from docutils import nodes

from doorgroeien.data.tables import load
from doorgroeien.publishing.words import in_dutch
from doorgroeien.sphinxext.around.comforts import SHORTEST, minutes, words_read
from doorgroeien.sphinxext.around.dutch import DutchWriter, catalogue, mark_titles
from doorgroeien.sphinxext.around.search import DutchAndEnglish
from doorgroeien.sphinxext.content.language import dutch_label, language_block

DUTCH_PAGES = sorted(
    path.relative_to(ROOT).with_suffix("").as_posix()
    for path in (ROOT / "book").rglob("*.md")
    if path.read_text(encoding="utf-8").startswith("---\nlanguage: nl\n")
)
SAID = ("title", "aria-label", "placeholder", "data-bs-title")
# The same in both languages.
NAMES = {"Doorgroeien", "Ctrl", "K", "+", ".md", ".ipynb", ".pdf", "#"}
NOT_A_SENTENCE = (
    "article [lang=nl], code, pre, table, .num, .citation, .bibtex-citation, .works, a.reference, "
    ".published-below"
)
# Dutch words that no English sentence holds by chance.
DUTCH = re.compile(
    r"\b(handhaven|handhaving|hoogwaardig|kamerstuk\w*|bestuurlijk akkoord|nulmeting|gemeenten|"
    r"terugvordering|wethouders?|raadsleden|bijstandswet|het|een|niet|deze|wordt)\b",
    re.IGNORECASE,
)

# The page that says the same in the other language, both ways.
OTHERS = {
    name: re.search(r"^translation: (\S+)$", text, re.MULTILINE)[1]
    for name in DUTCH_PAGES
    if "\ntranslation: " in (text := (ROOT / f"{name}.md").read_text(encoding="utf-8"))
}
OTHERS |= {other: name for name, other in OTHERS.items()}


@pytest.fixture(scope="module")
def toc(root):
    return yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def index(site):
    """Return the index of the search, and the words of its stems."""
    text = (site / "searchindex.js").read_text(encoding="utf-8")
    return json.loads(re.fullmatch(r"Search\.setIndex\((.*)\);?\s*", text, re.DOTALL)[1])


def found(index, query):
    """Return the pages that hold a word, as Sphinx's script finds them: by whole stems, or else by parts."""
    stem, hits = DutchAndEnglish({}).stem(query), set()
    for table in (index["terms"], index["titleterms"]):
        terms = [stem] if stem in table else [term for term in table if stem in term and len(stem) > 2]
        for term in terms:
            places = table[term]
            hits |= set(places) if isinstance(places, list) else {places}
    return {index["docnames"][place] for place in hits}


def around(page):
    """Return what the theme says around the text of a page, in the language of the page."""
    page = copy.copy(page)
    for part in page.select("article.bd-article, head, script, style, body [lang]"):
        part.extract()
    texts = [text for text in page.find_all(string=True) if type(text) is not Comment]
    texts = {" ".join(text.split()) for text in texts}
    return (texts | {tag[name] for tag in page.find_all(True) for name in SAID if tag.get(name)}) - {
        "",
        "html",
    }


# Languages


@pytest.fixture(scope="module")
def english(pages):
    """Return what the theme says around the text of all English pages."""
    return set().union(*(around(page) for name, page in pages.items() if name not in DUTCH_PAGES))


@pytest.mark.parametrize("name", DUTCH_PAGES)
def test_around_a_dutch_page_nothing_is_left_in_english(pages, english, name):
    assert pages[name].html["lang"] == "nl"
    # What an English page says in the same words was not translated.
    titles = {pages[other].h1.find(string=True) for other in DUTCH_PAGES}
    left = (around(pages[name]) & english) - NAMES - titles
    assert {words for words in left if "Copyright" not in words} == set()


def test_every_part_of_the_contents_has_a_dutch_name(toc):
    assert {part["caption"] for part in toc["parts"]} == set(in_dutch("part"))


def test_the_parts_of_the_contents_are_named_in_the_language_of_the_page(pages):
    for name, page in pages.items():
        parts = [caption.get_text() for caption in page.select("nav .caption-text")]
        invented = {"The survey": "The invented survey", "De enquête": "De verzonnen enquête"}
        named = {invented.get(name, name): invented.get(own, own) for name, own in in_dutch("part").items()}
        # On a Dutch page all versions in Dutch stand in the part of the page that they are a version of.
        dutch = [part for part in named.values() if part != "In het Nederlands"]
        assert parts == (dutch if name in DUTCH_PAGES else [*named]), name


def test_words_of_the_theme_come_from_its_catalogues_in_turn_and_then_from_the_site():
    said = catalogue("sphinx", "booktheme").gettext
    assert (said("Contents"), catalogue("booktheme", "sphinx").gettext("Contents")) == (
        "Inhoudsopgave",
        "Inhoud",
    )
    assert said("Print to PDF") == "Afdrukken naar pdf"  # the theme's alone
    assert said("Back to top") == "Naar boven"  # of the site
    assert said("What nobody translates") == "What nobody translates"


@pytest.mark.parametrize(
    "lang, link, title", [("nl", "Link naar deze tabel", "Notitie"), ("en", "Link to this table", "Note")]
)
def test_what_the_writer_adds_to_a_passage_is_in_its_language(lang, link, title):
    class Writer:
        body, added = [], []
        builder = SimpleNamespace(current_docname="a", env=SimpleNamespace(metadata={"a": {}}))

        def add_permalink_ref(self, node, title):
            self.added.append(title)

        def visit_admonition(self, node, name=""):
            node.insert(0, nodes.title(name, "Note"))

    note = nodes.note("", nodes.paragraph("", "x"))
    language_block("", note, lang=lang)
    writer = type("", (DutchWriter, Writer), {})()
    writer.add_permalink_ref(note, "Link to this table")
    writer.visit_admonition(note, "note")
    assert (writer.added, note[0].astext(), note[1].astext()) == ([link], title, "x")


def test_labels_are_in_the_language_of_their_passage(pages):
    seen, labels = {"nl": 0, "en": 0}, in_dutch("label")
    for name, page in pages.items():
        for label in page.select(".caption-number, .std-numref"):
            lang = label.find_parent(lang=True)["lang"]
            words = labels.values() if lang == "nl" else labels
            assert label.get_text().split()[0] in words, (name, label.get_text())
            seen[lang] += 1
    assert seen["nl"] >= 4 and seen["en"] > 100
    assert dutch_label("Figure 3") == "Figuur 3"


def test_titles_of_pages_are_marked_with_their_language(pages):
    language = {name: page.html["lang"] for name, page in pages.items()}
    title = {name: page.h1.find(string=True) for name, page in pages.items()}
    marked = 0
    for name, page in pages.items():
        folder = name.split("/")[0]
        for link in page.select("a[href$='.html']"):
            path = link["href"].removesuffix(".html")
            other = path[3:] if path.startswith("../") else f"{folder}/{path}"
            texts = [text for text in link.find_all(string=True) if text.strip() == title.get(other)]
            if not texts or language[other] == language[name] or title[other] == "Doorgroeien":
                continue
            assert link["hreflang"] == language[other], (name, other)
            assert texts[0].find_parent(lang=True)["lang"] == language[other], (name, other)
            marked += 1
    # At least once on every English page, and all English ones on the Dutch pages.
    assert marked > 3 * len(pages)


def test_a_title_is_marked_once_and_other_words_stay():
    titles = {"book/a": ("en", "One"), "notebooks/b": ("nl", "Twee & drie")}
    link = '<a class="x" href="../notebooks/b.html#c"><p>next</p><p class="t">Twee &amp; drie</p></a>'
    marked = link.replace("<a", '<a hreflang="nl"').replace('class="t"', 'class="t" lang="nl"')
    assert mark_titles(link, "book/a", titles) == marked
    assert mark_titles(link, "notebooks/b", titles) == link


def test_every_page_leads_to_the_other_language(pages):
    for name, page in pages.items():
        (switch,) = page.select("a.language-switch")
        dutch = name in DUTCH_PAGES
        assert switch["lang"] == switch["hreflang"] == ("en" if dutch else "nl")
        front = "index.html" if dutch else "samenvatting.html"
        expected = OTHERS[name].split("/")[-1] + ".html" if name in OTHERS else front
        assert switch["href"].split("/")[-1] == expected, name
        said = "English" if dutch else "Nederlands"
        if name not in {*OTHERS, "book/index", "book/samenvatting"}:
            said += ": start page" if dutch else ": samenvatting"
        assert switch.get_text() == said, name


def test_every_chapter_has_key_points_in_dutch(pages):
    chapters = [name for name in pages if name.startswith("notebooks/")]
    assert len(chapters) >= 9
    for name in chapters:
        article = pages[OTHERS[name]].select_one("article.bd-article")
        assert OTHERS[name] in DUTCH_PAGES and len(article.select("li")) >= 2, name
        for picture in article.select("figure.published-figure img"):
            assert picture["src"].endswith(".nl.svg"), "the words in it are Dutch"


def test_dutch_words_in_sentences_of_english_pages_are_marked(pages):
    """Titles of works, names of organisations and data stand as they are; a sentence marks its words."""
    for name, page in pages.items():
        if page.html["lang"] == "nl" or name in ("book/references", "book/how-to-cite"):
            continue
        for text in page.select_one("article.bd-article").find_all(string=DUTCH):
            assert any(parent.css.match(NOT_A_SENTENCE) for parent in text.parents), (name, text)


def test_dutch_columns_and_titles_of_documents_are_marked(root, pages):
    table = pages["notebooks/documents"].find(id="documents.all")
    links = table.select("tbody a[href]")
    assert len(links) == len(load("documents", root)) and all(link.find("i", lang="nl") for link in links)
    heads = pages["notebooks/document-history"].select(".published-below details th")
    assert "note_nl" in {head.get_text() for head in heads}
    for head in heads:
        place = len(head.find_previous_siblings("th"))
        for row in head.find_parent("table").tbody.find_all("tr"):
            assert (row.find_all("td")[place].get("lang") == "nl") == head.get_text().endswith("_nl")


# What pictures say


def test_every_picture_says_what_it_shows(pages):
    seen = 0
    for name, page in pages.items():
        for image in page.select("article.bd-article img"):
            seen += 1
            text = image.get("alt", "").strip()
            assert len(text.split()) >= 8, (name, text)
            assert not re.search(r"\.(svg|png|jpe?g)\b", text) and image["src"].split("/")[-1] not in text
            caption = image.find_parent("figure").figcaption.get_text(" ", strip=True)
            assert text not in caption and caption not in text, (name, text)
    assert seen > 60


def test_every_published_figure_says_values_and_has_them_in_a_table(pages, results):
    published, seen = {record["id"] for record in results["figures"]}, set()
    for name, page in pages.items():
        for figure in page.select("figure.published-figure"):
            if figure.get("id") not in published:
                continue
            seen.add(figure["id"])
            text = figure.img["alt"]
            assert re.search(r"\d|\b(supported|inconclusive|ondersteund|onbeslist)\b", text), (name, text)
            rows = figure.find_next_sibling("div", class_="published-below").select("details.data tbody tr")
            assert rows, (name, figure["id"])
    assert seen == published


def test_no_two_figures_say_the_same(pages):
    texts = {}
    for page in pages.values():
        for figure in page.select("figure.published-figure"):
            texts.setdefault(figure.img["alt"], set()).add(figure["id"])
    assert all(len(ids) == 1 for ids in texts.values())


def test_the_accessibility_statement_names_norm_tests_limits_and_a_way_to_complain(pages):
    words = " ".join(pages["book/toegankelijkheid"].select_one("article").get_text(" ").split())
    for part in ("WCAG 2.2", "AA", "EN 301 549", "DigiToegankelijk", "axe-core", "schermlezer", "issues"):
        assert part in words


# Search


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("handhaven", "handhaving"),
        ("gemeente", "gemeenten"),
        ("gemeenten", "gemeentelijke"),
        ("terugvordering", "terugvorderen"),
        ("bevinding", "bevindingen"),
        ("verordening", "verordeningen"),
        ("enquête", "enquete"),
        ("policy", "policies"),
        ("municipality", "municipalities"),
        ("embedding", "embedded"),
        ("score", "scores"),
        ("case", "cases"),
        ("measuring", "measurement"),
    ],
)
def test_a_word_is_found_by_its_other_forms(index, word, other):
    stem = DutchAndEnglish({}).stem
    assert stem(word) == stem(other)
    assert found(index, word) == found(index, other) != set()


def test_the_dutch_pages_are_found_by_dutch_words(index):
    for word in ("gemeenten", "terugvordering", "handhaving", "samenvatting", "beleid"):
        assert "book/samenvatting" in found(index, word), word
    assert "book/toegankelijkheid" in found(index, "schermlezer")
    assert "notebooks/support" in found(index, "councillors")
    assert found(index, "xyzzy") == set()


def test_different_words_stay_apart():
    stem = DutchAndEnglish({}).stem
    words = [
        "handhaven",
        "gemeente",
        "policy",
        "support",
        "embedding",
        "september",
        "letter",
        "beleid",
        "data",
    ]
    assert len({stem(word) for word in words}) == len(words)
    assert all(len(stem(word)) >= 4 for word in words)


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js, as `make site-check` does")
def test_the_browser_finds_the_same_stems(site):
    """Sphinx's scripts and the Python package are two programs: they must agree on every word of the book."""
    text = " ".join(path.read_text("utf-8") for path in sorted((site / "book").glob("*.html")))
    words = sorted(set(re.findall(r"\w+", re.sub(r"<[^>]+>", " ", text)))) + ["ENQUÊTE", "geëvalueerd", "ĳs"]
    script = (site / "_static" / "language_data.js").read_text(encoding="utf-8")
    script += (
        "\nconst all = JSON.parse(require('fs').readFileSync(0)), stemmer = new Stemmer();"
        "\nconsole.log(JSON.stringify(all.map((word) => stemmer.stemWord(word))));"
    )
    done = subprocess.run(["node", "-e", script], input=json.dumps(words), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    stem = DutchAndEnglish({}).stem
    wrong = [
        (word, stem(word), js)
        for word, js in zip(words, json.loads(done.stdout), strict=True)
        if stem(word) != js
    ]
    assert len(words) > 3000 and wrong == []


# Time, figures and tables


def test_the_time_to_read_counts_what_a_reader_meets():
    text = nodes.paragraph("", "one two three")
    code, table = (
        nodes.literal_block("", "a b c"),
        nodes.table("", nodes.title("", "four five"), nodes.tgroup()),
    )
    table[1] += nodes.tbody("", nodes.row("", nodes.entry("", nodes.paragraph("", "x y z"))))
    fold = nodes.raw("", "<p>q r</p>", format="html")
    assert words_read(nodes.section("", text, code, table, fold)) == 5
    assert minutes(238 * 12 + 30) == 12 and minutes(100) == 0


def test_a_page_leads_to_its_citation_below_its_title_and_a_long_one_says_how_long(pages):
    long = set()
    for name, page in pages.items():
        line, box = page.select_one("p.reading-time"), page.find(id="cite-this")
        if line is None:
            assert box is None, name
            continue
        *time, cite = line.get_text().split(" · ") if box else (line.get_text(), "")
        form = r"Ongeveer (\d+) minuten lezen" if name in DUTCH_PAGES else r"About (\d+) minutes to read"
        assert all(int(re.fullmatch(form, text)[1]) >= SHORTEST for text in time), name
        assert cite == (box.get_text() if box else "")
        assert [link["href"] for link in line.select("a")] == (["#cite-this"] if box else [])
        # On a sheet of one A4 the button that prints it comes first.
        above = line.find_previous_sibling()
        assert above.name == "h1" or (above.button and above.find_previous_sibling().name == "h1"), name
        long |= {name} if time else set()
    assert "book/samenvatting" in long and "book/nl/cycle-steps" not in long


def test_tables_have_the_cells_that_sorting_by_script_needs(pages):
    """No cell spans others, and a column is of numbers throughout or not at all."""
    seen = 0
    for name, page in pages.items():
        assert page.select_one("script[src*='tables.js'][defer]") and page.select_one(
            "script[src*='figures.js']"
        )
        for table in page.select("table.published-table"):
            assert not table.select("[rowspan], [colspan]"), name
            rows = [row.find_all(["td", "th"]) for row in table.tbody.find_all("tr")]
            assert {len(row) for row in rows} == {len(table.thead.find_all("th"))}
            for column in zip(*rows, strict=True):
                assert len({"number" in cell.get("class", []) for cell in column}) == 1, (
                    name,
                    table.get("id"),
                )
            seen += 1
    assert seen > 20
