"""A book grown by an item, a part and a wave, on answers that carry little, builds and shows what there is.

It says what cannot be estimated on them.
"""

import json
import re
import shutil
from itertools import pairwise

import pandas as pd
import pytest
from attacker import ATTACKS, Attacker
from bs4 import BeautifulSoup
from conftest import LEFT_OUT, ROOT, build, run, without_draws
from smaller import write_smaller

from doorgroeien.survey.ledger import UNTESTED


def add_row(path, like, **values):
    """Add a row to a table, in which a row that begins with ``like`` is copied but for ``values``."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    row = table[table.iloc[:, 0] == like].assign(**values)
    assert len(row) == 1
    pd.concat([table, row]).to_csv(path, index=False, lineterminator="\n")


def grow(book):
    """Add an item, a part and a wave to a book, and draw its reference survey anew."""
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
def small(tmp_path_factory):
    """Return the site of a grown book on a survey that is small and odd in every way at once."""
    folder = tmp_path_factory.mktemp("small")
    book = folder / "book"
    shutil.copytree(ROOT, book, ignore=LEFT_OUT)
    grow(book)
    package = write_smaller(folder / "answers", book / "data" / "survey", "small and odd")
    done = build(book, SURVEY=str(package))
    assert done.returncode == 0, done.stdout + done.stderr
    return book / "_build" / "small-and-odd" / "html"


@pytest.fixture(scope="module")
def published(small):
    """Return the published results by id."""
    found = json.loads((small / "results" / "results.json").read_text(encoding="utf-8"))
    return {record["id"]: record for kind in ("numbers", "figures", "tables") for record in found[kind]}


def text_of(page):
    """Return what a page says in its sentences."""
    article = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser").select_one(".bd-article")
    for part in article.select("pre, script, .num-card, details"):
        part.decompose()
    return article.get_text(" ")


@pytest.mark.slow
def test_an_item_and_a_part_that_were_added_are_shown(small):
    page = (small / "notebooks" / "policy-cycle.html").read_text(encoding="utf-8")
    table = BeautifulSoup(page, "html.parser").find(id="policy-cycle.item-levels")
    assert "rehearses" in table.get_text(" ")
    assert "We rehearse." in (small / "book" / "codebook.html").read_text(encoding="utf-8")


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
def test_pages_say_so_in_whole_sentences_and_show_no_missing_value(small):
    said = 0
    for page in sorted((small / "notebooks").glob("*.html")) + sorted((small / "book/nl").glob("*.html")):
        text = text_of(page)
        assert not re.search(r"\bnan\b|\?\?", text), page.name
        said += len(re.findall(r"Not estimable on these answers|Niet te schatten op deze antwoorden", text))
        for line in BeautifulSoup(page.read_text("utf-8"), "html.parser").select("p, li"):
            reasons = [gap.get_text().rpartition("(")[2] for gap in line.select(".not-estimable")]
            assert not [one for one, other in pairwise(reasons) if one == other], (page.name, reasons)
    assert said


@pytest.mark.slow
def test_nothing_of_the_reference_survey_is_left(small):
    for page in sorted((small / "notebooks").glob("*.html")) + sorted((small / "numbers").glob("*.html")):
        assert "reference edition - synthetic" not in without_draws(page), page.name


@pytest.mark.slow
@pytest.mark.parametrize("attack", ["few", "insiders", "linked", "quantiles", "rules"])
def test_an_attacker_who_has_the_site_recovers_nothing(small, attack):
    towns = pd.read_csv(small.parents[3] / "answers" / "municipalities.csv")
    towns = towns[towns["wave"] == 2007]
    frame = {size: rows["inhabitants"].tolist() for size, rows in towns.groupby("size_class")}
    assert list(ATTACKS[attack](Attacker(small, frame))) == []
