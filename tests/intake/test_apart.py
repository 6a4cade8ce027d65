"""Real answers stay apart from the book, however they are reached, and so does what is built on them."""

import os

import pandas as pd
import pytest
from conftest import ROOT

from doorgroeien.data.faults import DataError
from doorgroeien.data.tables import load_all
from doorgroeien.intake.check import edition_of
from doorgroeien.intake.files import Source, within


@pytest.fixture
def places(tmp_path):
    """Return the folder of a book, and a package beside it."""
    book, package = tmp_path / "book", tmp_path / "answers"
    (book / "data").mkdir(parents=True)
    (book / "data" / "figures.csv").write_text("id\n", encoding="utf-8")
    package.mkdir()
    (package / "answers.csv").write_text("respondent\n", encoding="utf-8")
    return book, package


def as_the_book_itself(book, package):
    return book, book / "answers.csv"


def as_a_folder_in_it(book, package):
    package.rename(book / "data" / "answers")
    return book / "data" / "answers", book / "data" / "answers" / "answers.csv"


def by_two_dots(book, package):
    package.rename(book / "answers")
    path = package.parent / "book" / "data" / ".." / "answers"
    return path, path / "answers.csv"


def by_a_table_in_it(book, package):
    return package, package / ".." / "book" / "data" / "figures.csv"


def by_a_link_to_it(book, package):
    (package / "linked.csv").symlink_to(book / "data" / "figures.csv")
    return package, package / "linked.csv"


def by_a_link_in_it(book, package):
    (book / "answers").symlink_to(package)
    return book / "answers", book / "answers" / "answers.csv"


def by_a_linked_folder(book, package):
    (package / "more").symlink_to(book / "data")
    return package, package / "more" / "figures.csv"


def by_another_name_of_the_book(book, package):
    package.rename(book / "answers")
    (book.parent / "other").symlink_to(book)
    return book.parent / "other" / "answers", book.parent / "other" / "answers" / "answers.csv"


def by_a_second_name_of_the_file(book, package):
    os.link(package / "answers.csv", book / "data" / "mine.csv")
    return package, package / "answers.csv"


WAYS = [
    as_the_book_itself,
    as_a_folder_in_it,
    by_two_dots,
    by_a_table_in_it,
    by_a_link_to_it,
    by_a_link_in_it,
    by_a_linked_folder,
    by_another_name_of_the_book,
    by_a_second_name_of_the_file,
]


@pytest.mark.parametrize("reached", WAYS)
def test_a_table_in_the_folder_of_the_book_is_found_however_it_is_reached(places, reached):
    path, table = reached(*places)
    found = list(within(places[0], path, [Source(table)]))
    assert str(table) in [fault.file for fault in found]
    assert all("inside the folder of the book" in fault.remedy for fault in found)


def test_a_table_elsewhere_may_have_a_second_name_and_stand_beside_the_book(places, tmp_path):
    book, package = places
    os.link(package / "answers.csv", tmp_path / "mine.csv")
    (tmp_path / "link").symlink_to(package)
    for path in (package, tmp_path / "link", book / ".." / "answers"):
        assert list(within(book, path, [Source(path / "answers.csv")])) == []
    assert list(within(book, tmp_path, [Source(tmp_path / "mine.csv")])) == []


def edition(folder, **fields):
    """Return what is wrong with a package of this edition, as text."""
    row = {"edition": "trial", "name_en": "trial", "name_nl": "proef", "synthetic": "0"} | fields
    table = pd.DataFrame([row | {"scenario": "", "seed": ""}])
    table.to_csv(folder / "edition.csv", index=False, lineterminator="\n")
    try:
        edition_of(folder, ROOT)
    except DataError as error:
        return str(error)
    return ""


NAMES = ["public", "html", "con", "nul", "com1", "lpt9", "Trial", "../x", "a/b", "a\\b", ".", "c:x", "n.txt"]


@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_an_edition_is_no_other_folder_no_path_no_device_and_has_no_capitals(tmp_path, name):
    for synthetic in ("0", "1"):
        assert "column edition: expected" in edition(tmp_path, edition=name, synthetic=synthetic)


def test_real_answers_do_not_take_a_name_of_the_reference_survey(tmp_path):
    ours = load_all(ROOT, only=("edition",))["edition"].iloc[0]
    for column in ("edition", "name_en", "name_nl"):
        taken = {column: ours[column]}
        said = edition(tmp_path, **taken)
        assert f"column {column}: expected a name of its own" in said and said.startswith("1 problem")
        assert edition(tmp_path, **taken, synthetic="1") == ""
    assert edition(tmp_path) == ""
