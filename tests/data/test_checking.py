"""Two judges: our check and frictionless, an independent validator, agree on which tables are sound."""

import json

import pandas as pd
import pytest
from conftest import ROOT
from frictionless import Package

from doorgroeien.data.checking import places
from doorgroeien.data.faults import DataError
from doorgroeien.data.tables import load_all, refresh_hashes


def described(folder):
    return json.loads((folder / "data" / "datapackage.json").read_text(encoding="utf-8"))


def alone(folder, path):
    """Leave in the data package the table at ``path`` and those that it refers to."""
    package = described(folder)
    tables = {table["name"]: table for table in package["resources"]}
    ahead, kept = [name for name, table in tables.items() if table["path"] == path], set()
    while ahead:
        kept.add(name := ahead.pop())
        targets = {key["reference"]["resource"] for key in tables[name]["schema"].get("foreignKeys", [])}
        ahead += targets - kept - {""}
    package["resources"] = [tables[name] for name in tables if name in kept]
    text = json.dumps(package, indent=2, ensure_ascii=False)
    (folder / "data" / "datapackage.json").write_text(text, encoding="utf-8")


def verdicts(folder):
    """Return whether our check and frictionless find the tables sound."""
    try:
        load_all(folder)
        ours = True
    except DataError:
        ours = False
    return ours, Package(str(folder / "data" / "datapackage.json")).validate().valid


def cell(column, value, row=3):
    """Return the damage that writes ``value`` in a cell; ``row`` counts the header as 1."""

    def damage(path):
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        assert frame.loc[row - 2, column] != value
        frame.loc[row - 2, column] = value
        frame.to_csv(path, index=False, lineterminator="\n")

    return damage


def lines(change):
    """Return the damage that puts ``change`` of the lines in their place."""

    def damage(path):
        path.write_text("\n".join(change(path.read_text("utf-8").splitlines())) + "\n", encoding="utf-8")

    return damage


DAMAGE = {
    "a word for a whole number": ("documents/documents.csv", cell("year", "MMV")),
    "decimals in a whole number": ("documents/coding.csv", cell("d1_goals", "0.5")),
    "a word for a number": ("evidence/figures.csv", cell("value", "many")),
    "a decimal comma": ("evidence/figures.csv", cell("value", "34,9")),
    "a required text is blank": ("letter/findings.csv", cell("paraphrase_en", "")),
    "a required text of those listed is blank": ("evidence/figures.csv", cell("unit", "")),
    "a required number is blank": ("evidence/figures.csv", cell("value", "")),
    "a required whole number is blank": ("survey/groups.csv", cell("invited", "")),
    "a text that is none of those listed": ("evidence/figures.csv", cell("quality", "V")),
    "a code that is none of those listed": ("documents/coding.csv", cell("d1_goals", "2")),
    "a text unlike the pattern": ("evidence/figures.csv", cell("period", "medio 2005")),
    "a text that only begins like the pattern": ("instrument/items.csv", cell("findings", "1;2;")),
    "less than the minimum": ("evidence/figures.csv", cell("rounding", "-1")),
    "a whole number below the minimum": ("survey/municipalities.csv", cell("inhabitants", "0")),
    "more than the maximum": ("survey/waves.csv", cell("wave", "2101")),
    "a value that must be unique, twice": ("letter/dimensions.csv", lambda path: double(path, "label_en")),
    "a key twice": ("evidence/figures.csv", lambda path: double(path, "id")),
    "a key of two columns twice": ("documents/coding.csv", lines(lambda rows: [*rows, rows[-1]])),
    "a key of three columns twice": ("survey/groups.csv", lines(lambda rows: [*rows, rows[-1]])),
    "a reference to nothing": ("documents/coding.csv", cell("doc_id", "nowhere")),
    "a reference within the table to nothing": (
        "letter/dimensions.csv",
        lines(lambda rows: [row for row in rows if not row.startswith("4,")]),
    ),
    "a reference to an unknown wave": ("survey/municipalities.csv", cell("wave", "2006")),
    "a reference of two columns to nothing": ("survey/groups.csv", cell("municipality", "nowhere")),
    "a column more": ("letter/findings.csv", lines(lambda rows: [row + ",x" for row in rows])),
    "a column less": ("survey/waves.csv", lines(lambda rows: [row.rpartition(",")[0] for row in rows])),
    "a column by another name": (
        "survey/waves.csv",
        lines(lambda rows: [rows[0].replace("form", "Form"), *rows[1:]]),
    ),
    "a cell more": ("survey/groups.csv", lines(lambda rows: [*rows[:-1], rows[-1] + ",1"])),
    "a cell less": ("survey/groups.csv", lines(lambda rows: [*rows[:-1], rows[-1].rpartition(",")[0]])),
    "a blank row": ("survey/groups.csv", lines(lambda rows: [*rows[:5], "", *rows[5:]])),
    "an empty file": ("survey/waves.csv", lambda path: path.write_bytes(b"")),
    "text in another encoding": (
        "letter/findings.csv",
        lambda path: path.write_bytes(path.read_bytes() + "9,é".encode("cp1252")),
    ),
    "no file": ("survey/waves.csv", lambda path: path.unlink()),
}
HARMLESS = {
    "another value": ("evidence/figures.csv", cell("value", "43870.5")),
    "a number with an exponent": ("evidence/figures.csv", cell("value", "4.3e4")),
    "a blank that is allowed": ("documents/documents.csv", cell("year", "")),
    "the smallest that is allowed": ("survey/municipalities.csv", cell("inhabitants", "1")),
    "the largest that is allowed": ("survey/waves.csv", lines(lambda rows: [*rows, next_wave(rows[-1])])),
    "a line break within quotation marks": ("letter/findings.csv", cell("paraphrase_en", "Two\nlines")),
    "text in other letters": ("letter/findings.csv", cell("title_nl", 'Ωδή, "\'s-Gravenhage"')),
    "a text that reads as missing elsewhere": ("letter/findings.csv", cell("paraphrase_en", "NA")),
}


def double(path, column):
    """Give the third row the value that the second has in a column."""
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    cell(column, frame.loc[1, column], row=4)(path)


def next_wave(row):
    return "2100" + row[4:]


@pytest.mark.parametrize("kind", DAMAGE)
def test_both_refuse_a_table_with(data_copy, kind):
    path, damage = DAMAGE[kind]
    alone(data_copy, path)
    damage(data_copy / "data" / path)
    if (data_copy / "data" / path).is_file():
        assert refresh_hashes(data_copy) == [path]
    assert verdicts(data_copy) == (False, False)


@pytest.mark.parametrize("kind", HARMLESS)
def test_both_accept_a_table_with(data_copy, kind):
    path, change = HARMLESS[kind]
    alone(data_copy, path)
    change(data_copy / "data" / path)
    assert refresh_hashes(data_copy) == [path]
    assert verdicts(data_copy) == (True, True)


def test_both_refuse_a_table_that_changed_and_kept_its_hash(data_copy):
    path, change = HARMLESS["another value"]
    alone(data_copy, path)
    change(data_copy / "data" / path)
    assert verdicts(data_copy) == (False, False)


def test_no_kind_of_constraint_or_key_is_without_a_case():
    """What the schema begins to use wants a check, and a case above."""
    tables = [table["schema"] for table in described(ROOT)["resources"]]
    fields = [field for table in tables for field in table["fields"]]
    assert {field["type"] for field in fields} == {"string", "integer", "number"}
    constraints = {name for field in fields for name in field.get("constraints", {})}
    assert constraints == {"required", "unique", "enum", "pattern", "minimum", "maximum"}
    parts = {name for table in tables for name in table}
    assert parts == {"fields", "primaryKey", "foreignKeys", "missingValues"}
    assert all(table["missingValues"] == [""] for table in tables)


def test_rows_are_found_again_by_their_keys_whatever_the_type_and_missing_ones_are_not():
    known = pd.DataFrame({"wave": [2005, 2007, 2007], "town": pd.Series(["a", "b", None], dtype="str")})
    asked = pd.DataFrame({"wave": pd.array([2007, 2005, 2007, None, 2005], "Int64")})
    asked["town"] = ["b", "a", None, "a", "b"]
    assert places(asked, known, ["wave", "town"]).tolist() == [1, 0, -1, -1, -1]
    assert places(known, known, ["wave"]).tolist() == [0, 2, 2]
    assert places(asked.head(0), known, ["wave"]).tolist() == []
