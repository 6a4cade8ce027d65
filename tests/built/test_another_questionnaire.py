"""A book on another questionnaire builds whole: twenty items, four roles, scales of their own, from SPSS."""

import json
import re
import shutil

import pytest
from another import ITEMS, write_another
from bs4 import BeautifulSoup
from conftest import LEFT_OUT, ROOT, build, without_draws

from doorgroeien.survey.ledger import UNTESTED


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Return the site of the book on that questionnaire."""
    folder = tmp_path_factory.mktemp("another")
    book = folder / "book"
    shutil.copytree(ROOT, book, ignore=LEFT_OUT)
    package = write_another(folder / "answers", ROOT / "data" / "survey")
    done = build(book, SURVEY=str(package))
    assert done.returncode == 0, done.stdout + done.stderr
    return book / "_build" / "andere-vragen" / "html"


@pytest.fixture(scope="module")
def published(site):
    """Return the published results by id."""
    found = json.loads((site / "results" / "results.json").read_text(encoding="utf-8"))
    return {record["id"]: record for kind in ("numbers", "figures", "tables") for record in found[kind]}


def words_of(page):
    """Return what a page says, with single spaces and straight apostrophes."""
    return " ".join(page.select_one(".bd-article").get_text(" ").split()).replace("\u2019", "'")


@pytest.mark.slow
def test_data_behind_figures_are_in_dutch_on_dutch_pages(site):
    tables = [
        table
        for path in sorted((site / "book" / "nl").glob("*.html"))
        for table in BeautifulSoup(path.read_text("utf-8"), "html.parser").select("details.data table")
    ]
    assert len(tables) > 30
    assert [cell.get_text() for table in tables for cell in table.select("[lang=en]")] == []


@pytest.mark.slow
def test_the_codebook_shows_its_questions_and_none_of_the_books(site):
    page = BeautifulSoup((site / "book" / "codebook.html").read_text(encoding="utf-8"), "html.parser")
    text = page.select_one(".bd-article").get_text(" ")
    for item, *_, wording in ITEMS:
        assert re.search(rf"\b{item}\b", text), item
        assert wording in text, item
    assert "d1a_vision" not in text
    assert "een beetje" in text and "uitstekend" in text


@pytest.mark.slow
def test_the_codebook_says_whose_wording_it_is_and_which_findings_a_question_serves(site):
    page = BeautifulSoup((site / "book" / "codebook.html").read_text(encoding="utf-8"), "html.parser")
    text = words_of(page)
    assert "could not be reached" not in text and "wording is ours" not in text
    assert "formulering is van ons" not in text
    assert "its wording is not this book's" in text and "de formulering is niet die van dit boek" in text
    served = {"v01": "finding 5", "v06": "finding 6", "v12": "finding 3", "v08": None}
    for item, finding in served.items():
        row = page.find(id=item).find_parent("tr").get_text(" ")
        assert finding in row if finding else "finding" not in row, item


@pytest.mark.slow
def test_pages_on_the_answers_say_that_the_questions_are_others_and_claim_none_of_them(site):
    ours = re.compile(r"this book's own\b|wording is ours|formulering is van ons|sixteen questions are")
    said = {"notebooks": "another questionnaire than this book's", "nl": "een andere vragenlijst dan die van"}
    seen = 0
    for page in sorted(site.glob("notebooks/*.html")) + sorted(site.glob("book/**/*.html")):
        if page.name.startswith("validation."):  # its answers are drawn, to the questions of this book
            continue
        soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
        text = words_of(soup)
        # The changelog tells what the book once got.
        assert page.name == "changelog.html" or not ours.search(text), (page.name, ours.search(text))
        if soup.select_one(".bd-article p.edition") and page.parent.name in said:
            assert said[page.parent.name] in text, page.name
            seen += 1
    assert seen > 20


@pytest.mark.slow
def test_measurable_goals_take_the_questions_that_the_package_names(published):
    data = published["measurable-goals.gap-items"]["data"]
    named = {row[data["columns"].index("variable")] for row in data["rows"]}
    assert named == {"v01", "v02", "v03", "v06", "v07"}


@pytest.mark.slow
def test_findings_that_a_question_serves_are_tested_and_the_others_are_not(published):
    table = published["verdict-strength.tests"]["data"]
    rows = [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]
    untested = {row["finding"] for row in rows if row["verdict"] == UNTESTED}
    assert untested == {f"Finding {number}" for number in (1, 2, 4, 7, 8)}


@pytest.mark.slow
def test_what_its_questions_carry_is_estimated_and_the_rest_says_why(published):
    on_answers = {id for id, record in published.items() if record["edition"]}
    lost = {id for id in on_answers if "not_estimable" in published[id]}
    assert lost and len(on_answers - lost) > 100
    assert any(id.startswith("councillors.") for id in lost)
    assert any(id.startswith("support.") for id in on_answers - lost)


@pytest.mark.slow
def test_no_page_shows_a_missing_value_or_a_word_of_the_reference_edition(site):
    for page in sorted(site.glob("**/*.html")):
        text = without_draws(page)
        if page.name != "reference-survey.html":  # which speaks of it
            assert "reference edition - synthetic" not in text, page.name
        if text and page.parent.name in ("notebooks", "book"):
            article = BeautifulSoup(text, "html.parser").select_one(".bd-article")
            for part in article.select("pre, script, .num-card, details"):
                part.decompose()
            assert not re.search(r"\bnan\b|\?\?", article.get_text(" ")), page.name
