"""What the search finds beside the words of pages: figures, tables and numbers, and the kinds of evidence."""

import gzip
import json
import re

import pytest
from bs4 import BeautifulSoup

from doorgroeien.data.tables import load
from doorgroeien.results.register import EVIDENCE
from doorgroeien.sphinxext.around.search import DutchAndEnglish

KINDS = [*EVIDENCE]
HEAVIEST = 200_000  # bytes of both indexes, compressed: a page's first load has 350,000


@pytest.fixture(scope="module")
def found(site):
    text = (site / "searchresults.js").read_text(encoding="utf-8")
    return json.loads(re.fullmatch(r"const FOUND = (.*);\n", text)[1])


def test_every_result_is_found_once_at_its_place_and_with_its_kind(site, results, found):
    records = {record["id"]: record for kind in ("numbers", "figures", "tables") for record in results[kind]}
    assert len(found["results"]) == len(records) > 500
    for kind, path, _, evidence, *_ in found["results"]:
        file, _, anchor = path.partition("#")
        id = anchor or file.removeprefix("numbers/").removesuffix(".html")
        assert records.pop(id)["evidence"] == KINDS[evidence]
        assert (site / file).is_file() and (kind == "number") == file.startswith("numbers/")
    assert not records


def test_numbers_carry_their_value_as_both_languages_write_it(results, found):
    (cases,) = (row for row in found["results"] if row[1] == "numbers/triangulation.cases.2007.html")
    value = next(row["value"] for row in results["numbers"] if row["id"] == "triangulation.cases.2007")
    assert cases[6:] == [f"{value:,.0f}", f"{value:,.0f}".replace(",", "."), "2007"]


def test_a_result_has_a_dutch_address_only_where_it_is_shown_in_dutch(site, found):
    dutch = [row[2] for row in found["results"] if row[2]]
    assert len(dutch) > 20
    for path in dutch:
        file, _, anchor = path.partition("#")
        page = BeautifulSoup((site / file).read_text("utf-8"), "html.parser")
        shown = page.find(id=anchor)
        assert shown is not None and (shown if shown.has_attr("lang") else page.html)["lang"] == "nl", path


def test_every_page_that_says_it_rests_on_survey_answers_is_found_as_such(pages, found):
    survey = KINDS.index("survey answers")
    assert set(found["pages"]) == set(pages) and found["synthetic"]
    for name, page in pages.items():
        lang, kinds, _ = found["pages"][name]
        assert lang == page.html["lang"]
        assert (page.select_one("article p.edition") is None) or survey in kinds, name
    assert found["pages"]["book/beleidsblad"][1] and survey not in found["pages"]["book/beleidsblad"][1]
    assert KINDS.index("letter") in found["pages"]["book/index"][1]
    assert found["pages"]["book/glossary"][1] == []


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
