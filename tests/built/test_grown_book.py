"""A book that grows by an item, a part and a wave builds, and shows them."""

import shutil

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from conftest import LEFT_OUT, ROOT, build, run


def add_row(path, like, **values):
    """Add a row to a table, in which a row that begins with ``like`` is copied but for ``values``."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    row = table[table.iloc[:, 0] == like].assign(**values)
    assert len(row) == 1
    pd.concat([table, row]).to_csv(path, index=False, lineterminator="\n")


@pytest.mark.slow
def test_a_book_with_an_item_a_part_and_a_wave_more_builds_and_shows_them(tmp_path):
    book = tmp_path / "book"
    shutil.copytree(ROOT, book, ignore=LEFT_OUT)
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
    done = build(book)
    assert done.returncode == 0, done.stderr
    page = (book / "_build/html/notebooks/policy-cycle.html").read_text(encoding="utf-8")
    table = BeautifulSoup(page, "html.parser").find(id="policy-cycle.item-levels")
    assert "rehearses" in table.get_text(" ")
    assert "We rehearse." in (book / "_build/html/book/codebook.html").read_text(encoding="utf-8")
