"""An item is a row: the columns of the answers follow from the items, and what lacks one is named."""

import json

import pandas as pd
import pytest

from doorgroeien.data.faults import DataError
from doorgroeien.data.tables import descriptor, load_all, refresh_hashes
from doorgroeien.survey.instrument import load_instrument

ITEMS = "data/instrument/items.csv"
NEW = {"item": "d1b_rehearsal", "wording_en": "We rehearse.", "short_en": "rehearsal", "scale": "frequency"}


def add_item(folder, **values):
    """Add an item as a row of the table, like the one on who is responsible but for ``values``."""
    items = pd.read_csv(folder / ITEMS, dtype=str, keep_default_na=False)
    row = items[items["item"] == "d1b_responsible"].assign(**NEW | values)
    pd.concat([items, row]).to_csv(folder / ITEMS, index=False, lineterminator="\n")


def fields(folder):
    """Return the columns of the answers in the stored package by name, without the respondent."""
    (answers,) = (table for table in descriptor(folder)["resources"] if table["name"] == "answers")
    return {field["name"]: field for field in answers["schema"]["fields"][1:]}


def test_a_row_among_the_items_gives_the_answers_a_column_with_its_words_and_codes(data_copy):
    before = fields(data_copy)
    add_item(data_copy)
    assert refresh_hashes(data_copy) == ["instrument/items.csv", "survey/answers.csv"]
    after = fields(data_copy)
    codes = load_all(data_copy, only=("codes",))["codes"]
    allowed = codes.loc[codes["scale"] == "frequency", "code"].tolist()
    assert after.pop("d1b_rehearsal") == {
        "name": "d1b_rehearsal",
        "type": "integer",
        "title": "rehearsal",
        "description": "We rehearse.",
        "constraints": {"enum": allowed},
    }
    assert after == before


def test_an_item_that_nobody_was_asked_yet_is_named_with_the_remedy(data_copy):
    add_item(data_copy)
    refresh_hashes(data_copy)
    message = r"answers\.csv, row 1: .* expected also the columns d1b_rehearsal\. .*`doorgroeien reference"
    with pytest.raises(DataError, match=message):
        load_all(data_copy)


@pytest.mark.parametrize("change", ["lost", "another label", "another order"])
def test_a_package_whose_columns_are_not_those_of_the_items_is_named_with_the_remedy(data_copy, change):
    package = descriptor(data_copy)
    (answers,) = (table for table in package["resources"] if table["name"] == "answers")
    columns = answers["schema"]["fields"]
    if change == "lost":
        del columns[2]
    elif change == "another label":
        columns[2]["title"] = "something else"
    else:
        columns[1], columns[2] = columns[2], columns[1]
    path = data_copy / "data" / "datapackage.json"
    path.write_text(json.dumps(package), encoding="utf-8")
    with pytest.raises(DataError, match=r"datapackage\.json: found 'another .*items\.csv .*`make hashes`"):
        load_instrument(data_copy)
    assert refresh_hashes(data_copy) == ["survey/answers.csv"]
    load_all(data_copy)


def test_an_item_on_a_scale_that_does_not_exist_is_not_accepted(data_copy):
    path = data_copy / "data" / "datapackage.json"
    before = path.read_bytes()
    add_item(data_copy, scale="weather")
    with pytest.raises(DataError, match=r"items\.csv, row 75, column scale: found 'weather'"):
        refresh_hashes(data_copy)
    assert path.read_bytes() == before
