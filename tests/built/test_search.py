"""What the search finds: words and numbers of pages, figures, tables, and with each its kinds of evidence."""

import gzip
import json
import re

import pytest
from bs4 import BeautifulSoup

from doorgroeien.data.tables import load
from doorgroeien.results.register import EVIDENCE
from doorgroeien.sphinxext.around.search import CHANGELOG, PLACES, DutchAndEnglish, plainly

KINDS = [*EVIDENCE]
HEAVIEST = 200_000  # bytes of both indexes, compressed: a page's first load has 350,000


@pytest.fixture(scope="module")
def found(site):
    text = (site / "searchresults.js").read_text(encoding="utf-8")
    return json.loads(re.fullmatch(r"const FOUND = (.*);\n", text)[1])


def test_every_result_is_found_once_at_its_place_and_with_its_kind(site, results, found):
    records = {record["id"]: record for kind in ("numbers", "figures", "tables") for record in results[kind]}
    # A word or clause that numbers choose is no number; the page that it stands on is found.
    records = {id: record for id, record in records.items() if record.get("unit") != "word"}
    letter = load("findings")
    assert len(found["results"]) == len(records) + len(letter) > 500
    for row, (kind, path, _, evidence, _, english, dutch) in zip(
        letter.itertuples(), found["results"], strict=False
    ):
        assert (kind, path, KINDS[evidence]) == (
            "finding",
            f"book/index.html#finding-{row.finding}",
            "letter",
        )
        assert row.paraphrase_en in english and row.letter_nl in dutch
    for kind, path, _, evidence, *_ in found["results"][len(letter) :]:
        file, _, anchor = path.partition("#")
        id = anchor or file.removeprefix("numbers/").removesuffix(".html")
        assert records.pop(id)["evidence"] == KINDS[evidence]
        assert (site / file).is_file() and (kind == "number") == file.startswith("numbers/")
    assert not records


def test_numbers_carry_their_value_as_both_languages_write_it(results, found):
    (cases,) = (row for row in found["results"] if row[1] == "numbers/triangulation.cases.2007.html")
    value = next(row["value"] for row in results["numbers"] if row["id"] == "triangulation.cases.2007")
    assert cases[7:] == [f"{value:,.0f}", f"{value:,.0f}".replace(",", "."), "2007"]


def test_a_result_has_a_dutch_address_only_where_it_is_shown_in_dutch(site, found):
    dutch = [row[2] for row in found["results"] if row[2]]
    assert len(dutch) > 20
    for path in dutch:
        file, _, anchor = path.partition("#")
        page = BeautifulSoup((site / file).read_text("utf-8"), "html.parser")
        shown = page.find(id=anchor)
        assert shown is not None and (shown if shown.has_attr("lang") else page.html)["lang"] == "nl", path


def test_every_hit_on_answers_names_its_own_edition(pages, results, found):
    records = [record for kind in ("numbers", "figures", "tables") for record in results[kind]]
    named = {record["id"]: record["edition"] for record in records}
    for row in found["results"]:
        if row[0] == "finding":
            assert found["editions"][row[4]] is None
            continue
        id = row[1].partition("#")[2] or row[1].removeprefix("numbers/").removesuffix(".html")
        assert found["editions"][row[4]] == named[id], id
    for name, row in found["pages"].items():
        metas = {tag["lang"]: tag["content"] for tag in pages[name].select('meta[name="edition"]')}
        assert (found["editions"][row[4]] or {}) == metas, name
        assert bool(metas) == bool(pages[name].select_one("article p.edition")), name


def kinds_on(name, page, results):
    """Return the kinds of evidence that a page shows: of what it publishes, cards, figures, lists."""
    named = {text: kind for kind, names in EVIDENCE.items() for text in names.values()}
    records = [record for kind in ("numbers", "figures", "tables") for record in results[kind]]
    # A word may say that there is none.
    records = [record for record in records if record.get("unit") != "word"]
    found = {record["evidence"] for record in records if record["page"] == name}
    for row in page.select(".num:not(.word) > .num-card em"):
        if row.get_text() in ("Evidence:", "Soort bewijs:"):
            found.add(named[row.next_sibling.strip()])
    found |= {named[tag.get_text().partition(":")[0]] for tag in page.select(".provenance .evidence")}
    found |= {"letter"} if page.select("dl.findings, ul.slides, p.letter") else set()
    for picture in page.select("ul.slides img"):
        (said,) = re.findall(r"(?:Evidence|Bewijs): ([^.]*)", picture["alt"])
        said = re.sub(r" \([^)]*\)", "", said).split(", ")
        found |= {named[text] for text in said if text in named}
    found |= {"published figures", "municipal documents"} if page.select("table.municipalities") else set()
    return found | ({"survey answers"} if page.select_one("article p.edition") else set())


def test_every_page_has_the_kinds_of_evidence_that_it_shows_and_one_that_explains_is_none(
    pages, results, found
):
    assert set(found["pages"]) == set(pages) and found["synthetic"]
    places = {name: PLACES[row[3]] for name, row in found["pages"].items()}
    for name, page in pages.items():
        lang, kinds, *_ = found["pages"][name]
        shown = kinds_on(name, page, results)
        assert lang == page.html["lang"]
        expected = shown if places[name] == "evidence" else shown & {"survey answers"}
        assert {KINDS[kind] for kind in kinds} == expected, name
        assert shown or places[name] != "evidence", name
    explain = {name for name, place in places.items() if place == "explanation"}
    # Of the council there is no published figure, and a table that says so.
    assert KINDS.index("published figures") not in found["pages"]["book/nl/councillors"][1]
    assert {"book/reference-survey", "book/glossary", "book/how-to-cite", "book/nl/how-to-cite"} <= explain
    assert not [name for name in explain if name.startswith("notebooks/")]
    assert [name for name, place in places.items() if place == "history"] == [CHANGELOG]


def test_a_number_is_one_word_however_it_is_grouped():
    split = DutchAndEnglish({}).split
    for written in ("17050", "17 050", "17\u00a0050", "17\u202f050", "17.050", "17,050"):
        assert split(f"nr. {written}, April") == ["nr", "17050", "April"], written
    assert split("63,4% 63.4 1.234,5 1,234.5") == ["63.4", "63.4", "1234.5", "1234.5"]
    # Not groups: a year before a number, sections of an act, a name with a digit.
    assert split("2007 250 1.2.3 2a 40k 0,123") == ["2007", "250", "1.2.3", "2a", "40k", "0.123"]


def test_every_number_in_a_sentence_or_a_list_of_works_is_found_on_its_page(site, pages):
    text = (site / "searchindex.js").read_text("utf-8")
    index = json.loads(re.fullmatch(r"Search.setIndex\((.*)\)", text)[1])
    held = {name: set() for name in index["docnames"]}
    for table in (index["terms"], index["titleterms"]):
        for term, files in table.items():
            for file in files if isinstance(files, list) else [files]:
                held[index["docnames"][file]].add(term)
    assert "17050" in held["book/beleidsblad"]
    looked = 0
    for name, page in pages.items():
        for value in page.select("article p a.num-value, article .works li p, article li > p"):
            if value.select(".num-card"):
                continue
            numbers = set(re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])", plainly(value.get_text())))
            numbers = {number for number in numbers if len(number) < 10}
            assert numbers <= held[name], (name, value.get_text())
            looked += len(numbers)
    assert looked > 1_000


def test_the_search_page_exists_in_both_languages_and_each_page_leads_to_its_own(site, pages):
    for name, page in pages.items():
        form = page.select_one("dialog form.bd-search")["action"]
        assert form.endswith("zoeken.html" if page.html["lang"] == "nl" else "search.html"), name
        assert (site / f"{name}.html").parent.joinpath(form).resolve().is_file()
    for name, lang, other in (("search", "en", "zoeken.html"), ("zoeken", "nl", "search.html")):
        page = BeautifulSoup((site / f"{name}.html").read_text("utf-8"), "html.parser")
        assert page.html["lang"] == lang and page.select_one("a.language-switch")["href"] == other
        assert page.select_one("#search-status")["role"] == "status" and page.noscript is not None


def test_both_indexes_of_the_search_stay_light(site):
    files = [(site / name).read_bytes() for name in ("searchindex.js", "searchresults.js")]
    assert sum(len(gzip.compress(file)) for file in files) < HEAVIEST


def test_words_that_the_glossary_holds_for_the_same_are_found_together(found):
    stem = DutchAndEnglish({}).stem
    groups = [set(group) for group in found["synonyms"]]
    assert all(len(group) > 1 for group in groups)
    for words in (("recovery", "reclaims", "terugvorderen"), ("alderman", "wethouder"), ("council", "raad")):
        assert any({stem(word) for word in words} <= group for group in groups), words


def test_every_published_figure_is_shown_with_its_source(results):
    table = next(table for table in results["tables"] if table["id"] == "registers-in-context.all")
    columns, rows = table["data"]["columns"], table["data"]["rows"]
    shown = {row[columns.index("id")]: row[columns.index("source")] for row in rows}
    figures = load("figures").set_index("id")["source"]
    assert shown == figures.to_dict()
