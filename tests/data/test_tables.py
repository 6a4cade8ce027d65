"""Loading validates: each way of breaking a table is found and named."""

import json

import pandas as pd
import pytest
from conftest import replace
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorgroeien.data import tables
from doorgroeien.data.faults import DataError
from doorgroeien.data.tables import descriptor, load, load_all, refresh_hashes
from doorgroeien.intake.template import SYNTHETIC

FIGURES = "data/evidence/figures.csv"


@pytest.fixture
def data_copy(data_copy):
    """Return the copy without survey and instrument: the other tables have every kind of column and key."""
    path = data_copy / "data" / "datapackage.json"
    package = json.loads(path.read_text(encoding="utf-8"))
    package["resources"] = [
        resource
        for resource in package["resources"]
        if not resource["path"].startswith(("survey/", "instrument/"))
    ]
    path.write_text(json.dumps(package, indent=2, ensure_ascii=False), encoding="utf-8")
    return data_copy


def problems_of(folder):
    refresh_hashes(folder)
    with pytest.raises(DataError) as caught:
        load_all(folder)
    return [str(problem) for problem in caught.value.problems]


def break_cell(folder, row, column, value, path=FIGURES):
    """Write ``value`` in a cell; ``row`` counts the header as 1."""
    frame = pd.read_csv(folder / path, dtype=str, keep_default_na=False)
    frame.loc[row - 2, column] = value
    frame.to_csv(folder / path, index=False, lineterminator="\n")


def test_the_books_tables_are_valid_and_typed(root):
    tables = load_all(root)
    assert {"dimensions", "findings", "events", "figures", "documents", "coding"} <= set(tables)
    figures = tables["figures"]
    assert figures["value"].dtype == "float64"
    assert tables["documents"]["year"].dtype == "Int64"
    assert figures.set_index("id").at["fraud.cases.2007", "value"] == 32520
    assert tables["documents"]["d1_goals"].isna().any(), "a blank stays a blank"


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("source", "Nobody2009", "a citation key of book/references.bib"),
        ("source", "", "a value"),
        ("value", "34,920", "a number"),
        ("value", "many", "a number"),
        ("value", "nan", "a number"),
        ("unit", "cass", "one of "),
        ("period", "medio 2005", "text like "),
        ("rounding", "-1", "0 or more"),
        ("quality", "V", "one of "),
    ],
)
def test_a_wrong_cell_is_named_with_file_row_column_value_and_expectation(data_copy, column, value, expected):
    break_cell(data_copy, 5, column, value)
    found = problems_of(data_copy)
    assert found
    for line in found:
        assert line.startswith(f"{FIGURES}, row 5, column {column}:"), line
        assert (f"found {value!r}" in line) or not value
        assert f"expected {expected}" in line


def test_a_repeated_key_is_named_with_the_row_that_has_it_first(data_copy):
    break_cell(data_copy, 5, "id", "fraud.cases.2002")
    (found,) = problems_of(data_copy)
    assert found.startswith(f"{FIGURES}, row 5, column id: found 'fraud.cases.2002 (first in row 2)',")
    assert "expected a value that occurs once." in found


def test_tables_of_the_book_are_taken_to_the_letter(data_copy):
    """Spaces, other decimals and blank rows, which the door forgives in tables of others, are wrong."""
    for row, value in enumerate((" 2005", "2005.0", "2005,00", "2.005", "2e3"), start=2):
        break_cell(data_copy, row, "year", value, path="data/documents/documents.csv")
    found = "\n".join(problems_of(data_copy))
    assert "documents.csv, rows 2, 3, 4, 5, 6, column year: found ' 2005', '2005.0', " in found
    coding = data_copy / "data" / "documents" / "coding.csv"
    coding.write_text(coding.read_text("utf-8") + "," * 18 + "\n", encoding="utf-8")
    assert any("coding.csv" in line and "columns doc_id, coder" in line for line in problems_of(data_copy))


def test_all_problems_are_reported_at_once(data_copy):
    break_cell(data_copy, 3, "value", "x")
    break_cell(data_copy, 9, "unit", "euros")
    break_cell(data_copy, 4, "dimension", "7", path="data/letter/findings.csv")
    break_cell(data_copy, 6, "doc_id", "nowhere", path="data/documents/coding.csv")
    found = "\n".join(problems_of(data_copy))
    for place in ("figures.csv, row 3", "figures.csv, row 9", "findings.csv, row 4", "coding.csv, row 6"):
        assert place in found


def test_a_changed_file_with_the_old_hash_is_refused_until_it_is_accepted(data_copy):
    break_cell(data_copy, 2, "value", "43870")
    with pytest.raises(DataError, match=r"figures\.csv: found 'sha256:.* run `make hashes`"):
        load("figures", data_copy)
    assert refresh_hashes(data_copy) == ["evidence/figures.csv"]
    assert load("figures", data_copy).at[0, "value"] == 43870
    assert refresh_hashes(data_copy) == []


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "the columns id,dimension"),
        (b"id,value\n1,2\n", "also the columns dimension,bearing,indicator"),
        ("é".encode("latin-1"), "UTF-8 text"),
        (b"id;dimension;indicator\n", "note instead of id;dimension;indicator"),
    ],
)
def test_a_broken_file_is_named(data_copy, content, expected):
    (data_copy / FIGURES).write_bytes(content)
    found = problems_of(data_copy)
    assert any(line.startswith(FIGURES) and expected in line for line in found)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda names: [*names, "colour"], "no columns colour"),
        (lambda names: names[::-1], "the columns id,dimension,bearing"),
    ],
)
def test_a_column_too_many_and_another_order_are_named(data_copy, change, expected):
    frame = pd.read_csv(data_copy / FIGURES, dtype=str, keep_default_na=False)
    frame.reindex(columns=change(list(frame))).to_csv(data_copy / FIGURES, index=False, lineterminator="\n")
    assert any(line.startswith(FIGURES) and expected in line for line in problems_of(data_copy))


def test_a_missing_file_a_short_row_and_a_long_row_are_named(data_copy):
    lines = (data_copy / FIGURES).read_text(encoding="utf-8").splitlines()
    short, long = lines.copy(), lines.copy()
    short[7] = short[7].rsplit(",", 3)[0]
    (data_copy / FIGURES).write_text("\n".join(short) + "\n", encoding="utf-8")
    assert any("row 8" in line and "fields" in line for line in problems_of(data_copy))
    long[7] += ",,,"
    (data_copy / FIGURES).write_text("\n".join(long) + "\n", encoding="utf-8")
    assert any("row 8" in line and "fields" in line for line in problems_of(data_copy))
    (data_copy / FIGURES).unlink()
    with pytest.raises(DataError, match=r"figures\.csv.* a readable file.* git"):
        load_all(data_copy)


def test_a_broken_schema_or_bibliography_is_named(data_copy):
    (data_copy / "book" / "references.bib").write_text("@misc{broken, title = {no end", encoding="utf-8")
    with pytest.raises(DataError, match="references.bib"):
        load_all(data_copy)
    replace(data_copy / "data" / "datapackage.json", '"name": "doorgroeien"', '"name" "doorgroeien"')
    with pytest.raises(DataError, match="valid JSON"):
        load_all(data_copy)


def test_a_bibliography_that_is_no_text_or_is_gone_is_named(data_copy):
    path = data_copy / "book" / "references.bib"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match=r"references\.bib.*a readable BibTeX file"):
        load_all(data_copy)
    path.unlink()
    with pytest.raises(DataError, match=r"references\.bib.*restore it from git") as caught:
        load_all(data_copy)
    assert len(caught.value.problems) == 1


def test_tables_that_stayed_as_they_are_are_not_checked_again(root, data_copy, monkeypatch):
    checked = []
    columns = tables._columns
    monkeypatch.setattr(tables, "_columns", lambda *args: checked.append(args[2]) or columns(*args))
    load_all(data_copy)
    checked.clear()
    load("figures", data_copy)
    load_all(data_copy)
    assert checked == []
    break_cell(data_copy, 2, "value", "43871")
    refresh_hashes(data_copy)
    load_all(data_copy)
    assert set(checked) == {FIGURES}
    load_all(root)
    tables._judged.cache_clear()
    checked.clear()
    load_all(root)
    assert checked == [], "more tables than are kept"


def test_an_unknown_table_names_the_known_ones(root):
    with pytest.raises(KeyError, match="figures"):
        load("figuren", root)


def test_a_notebook_reads_the_book_it_lies_in(data_copy, monkeypatch):
    break_cell(data_copy, 2, "value", "43870")
    refresh_hashes(data_copy)
    (data_copy / "notebooks").mkdir()
    monkeypatch.chdir(data_copy / "notebooks")
    assert load("figures").at[0, "value"] == 43870


@pytest.mark.slow
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_random_damage_gives_a_report_and_never_another_error(data_copy, data):
    resource = data.draw(st.sampled_from(descriptor(data_copy)["resources"]))
    keys = resource["schema"].get("foreignKeys", [])
    beside = {resource["name"], *(key["reference"]["resource"] or resource["name"] for key in keys)}
    path = data_copy / "data" / resource["path"]
    whole = path.read_bytes()
    start = data.draw(st.integers(0, len(whole) - 1))
    damage = data.draw(st.binary(max_size=6))
    path.write_bytes(whole[:start] + damage + whole[start + data.draw(st.integers(0, 40)) :])
    damaged = path.read_bytes()
    try:
        load_all(data_copy, only=beside)
        assert damaged == whole
    except DataError as error:
        assert all(problem.file.startswith(("data/", "book/")) for problem in error.problems)
    finally:
        assert path.read_bytes() == damaged, "checking changes nothing"
        path.write_bytes(whole)


def test_the_package_says_which_tables_are_synthetic_and_no_other(root):
    package = json.loads((root / "data" / "datapackage.json").read_text(encoding="utf-8"))
    assert "synthetic" in package["title"] and "in the folder survey are synthetic" in package["description"]
    for resource in package["resources"]:
        survey = resource["path"].startswith("survey/")
        assert resource["description"].startswith(SYNTHETIC) == survey, resource["name"]
        assert ("synthetic" in resource["title"].lower()) == survey, resource["name"]


def test_the_schema_has_a_description_for_every_field(root):
    package = json.loads((root / "data" / "datapackage.json").read_text(encoding="utf-8"))
    for resource in package["resources"]:
        assert resource["licenses"] and resource["sources"] and resource["hash"]
        for field in resource["schema"]["fields"]:
            assert field.get("description"), (resource["name"], field["name"])
