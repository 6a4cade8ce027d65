"""A book grown by a part and a wave builds whole on another questionnaire that few and odd answers came to.

It has items, scales and four roles of its own, from SPSS; one item all answer alike.
The site shows what there is, and says what cannot be estimated on it.
"""

import json
import re
import shutil
from itertools import pairwise

import pandas as pd
import pytest
from another import ITEMS, write_another
from attacked import ROUNDED, public
from attacker import ATTACKS, Attacker
from bs4 import BeautifulSoup
from conftest import LEFT_OUT, ROOT, build, run, without_draws

from doorgroeien.survey.ledger import UNTESTED


def add_row(path, like, **values):
    """Add a row to a table, in which a row that begins with ``like`` is copied but for ``values``."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    row = table[table.iloc[:, 0] == like].assign(**values)
    assert len(row) == 1
    pd.concat([table, row]).to_csv(path, index=False, lineterminator="\n")


ADDED = ("v21", "1e", "manager", "mate", 1, 1, "Oefent u het handhaven met uw medewerkers?")


def grow(book):
    """Add a part, with an item of the book, and a wave to a book, and draw its reference survey anew."""
    names = {"label_en": "Rehearsal", "label_nl": "Oefening", "short_en": "rehearsal", "short_nl": "oefening"}
    names["place"] = "added by this test"  # the letter and the report do not name it
    add_row(book / "data/letter/dimensions.csv", "1d", code="1e", phrase_en="rehearsals", **names)
    about = {"dimension": "1e", "wording_en": "We rehearse.", "findings": ""}
    about |= {"short_en": "rehearses", "short_nl": "oefent"}
    add_row(book / "data/instrument/items.csv", "d1d_goals", item="d1e_rehearsal", **about)
    when = {"wave": "2009", "date": "2009-12-31", "boundaries": "2009-01-01"}
    add_row(book / "data/survey/waves.csv", "2007", label_en="end of 2009", label_nl="eind 2009", **when)
    for command in (["hashes"], ["reference", "--out", "data/survey"]):
        done = run(book, "-m", "doorgroeien", *command)
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Return the site of a grown book on answers of thirty municipalities to that questionnaire."""
    folder = tmp_path_factory.mktemp("another")
    book = folder / "book"
    shutil.copytree(ROOT, book, ignore=LEFT_OUT)
    grow(book)
    package = write_another(
        folder / "answers", book / "data" / "survey", count=30, more=(ADDED,), alike={"v04": 1}
    )
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


def text_of(page):
    """Return what a page says in its sentences."""
    article = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser").select_one(".bd-article")
    for part in article.select("pre, script, .num-card, details"):
        part.decompose()
    return article.get_text(" ")


@pytest.mark.slow
def test_a_part_that_was_added_and_its_question_are_shown(site):
    page = (site / "notebooks" / "policy-cycle.html").read_text(encoding="utf-8")
    # Its score may be withheld: with it and that of the dimension, another one could be computed.
    table = BeautifulSoup(page, "html.parser").find(id="policy-cycle.items")
    assert ADDED[-1][:20] in table.get_text(" ")
    assert ADDED[-1] in (site / "book" / "codebook.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_data_behind_figures_are_in_dutch_on_dutch_pages(site):
    tables = [
        table
        for path in sorted((site / "book" / "nl").glob("*.html"))
        for table in BeautifulSoup(path.read_text("utf-8"), "html.parser").select("details.data table")
    ]
    assert len(tables) > 20
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


@pytest.mark.slow
def test_what_was_not_asked_is_not_estimable_and_the_rest_is(published):
    lost = {id for id, record in published.items() if "not_estimable" in record}
    on_answers = {id for id, record in published.items() if record["edition"]}
    assert lost
    assert len(lost) < len(on_answers) / 2
    assert lost <= on_answers
    assert any(id.startswith("councillors.") for id in lost)


@pytest.mark.slow
def test_a_finding_that_needs_a_role_that_is_missing_is_not_tested(published):
    table = published["verdict-strength.tests"]["data"]
    rows = [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]
    untested = {row["finding"] for row in rows if row["verdict"] == UNTESTED}
    assert {"Finding 2", "Finding 7", "Finding 8"} <= untested
    assert len(untested) < len(rows)


@pytest.mark.slow
def test_pages_say_so_in_whole_sentences_and_show_no_missing_value(site):
    said = 0
    for page in sorted((site / "notebooks").glob("*.html")) + sorted((site / "book/nl").glob("*.html")):
        text = text_of(page)
        assert not re.search(r"\bnan\b|\?\?", text), page.name
        said += len(re.findall(r"Not estimable on these answers|Niet te schatten op deze antwoorden", text))
        for line in BeautifulSoup(page.read_text("utf-8"), "html.parser").select("p, li"):
            reasons = [gap.get_text().rpartition("(")[2] for gap in line.select(".not-estimable")]
            assert not [one for one, other in pairwise(reasons) if one == other], (page.name, reasons)
    assert said


@pytest.mark.slow
def test_nothing_of_the_reference_survey_is_left(site):
    for page in sorted((site / "notebooks").glob("*.html")) + sorted((site / "numbers").glob("*.html")):
        assert "reference edition - synthetic" not in without_draws(page), page.name


@pytest.mark.slow
@pytest.mark.parametrize("attack", [name for name in ATTACKS if name not in ROUNDED])
def test_an_attacker_who_has_the_site_recovers_nothing(site, attack):
    package = site.parents[3] / "answers"
    # Nobody gave the answers, so numbers are not rounded; all that is withheld is.
    attacker = Attacker(site, *public(package), items=package / "items.csv")
    assert list(ATTACKS[attack](attacker)) == []
