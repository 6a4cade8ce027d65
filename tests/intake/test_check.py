"""The door: every kind of bad package gets a clean report, every good one is read alike in any format."""

import datetime
import functools
import json
import os
import re
import shutil
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat
import pytest
from click.testing import CliRunner
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorgroeien.cli import main
from doorgroeien.data.tables import load_all
from doorgroeien.intake.check import read_package
from doorgroeien.intake.loading import load_survey
from doorgroeien.survey.answers import TABLES
from doorgroeien.survey.instrument import load_instrument, routing_of


@functools.cache
def instrument(root):
    """Return the instrument, which every check reads, read once."""
    return load_instrument(root)


def part_of_the_survey(count):
    """Return the tables of a part of the reference survey: both waves, a merger and ``count`` others."""
    whole = load_all(ROOT, only=("scales", "codes", "items", *TABLES))
    now = load_survey(root=ROOT)
    merged = now.municipalities["unit"].value_counts().index[:1]
    others = now.municipalities.loc[now.municipalities["responded"] == 1, "unit"].unique()[:count]
    kept = now.municipalities[now.municipalities["unit"].isin({*merged, *others})]
    keys = set(zip(kept["wave"], kept["municipality"], strict=True))
    part = {"edition": whole["edition"], "waves": whole["waves"]}
    for name in ("municipalities", "groups", "respondents"):
        frame = whole[name]
        inside = [key in keys for key in zip(frame["wave"], frame["municipality"], strict=True)]
        part[name] = frame[inside]
    part["answers"] = whole["answers"][whole["answers"]["respondent"].isin(part["respondents"]["respondent"])]
    assert part["respondents"]["wave"].nunique() == 2 and len(part["respondents"]) < 200
    return {name: frame.reset_index(drop=True) for name, frame in part.items()}


@pytest.fixture(scope="session")
def tables():
    return part_of_the_survey(6)


def as_text(frame):
    return frame.astype("str").astype(object).where(frame.notna(), "")


def write_csv(tables, folder, **options):
    folder.mkdir()
    for name, frame in tables.items():
        as_text(frame).to_csv(folder / f"{name}.csv", index=False, lineterminator="\n", **options)


@pytest.fixture
def package(tables, tmp_path):
    folder = tmp_path / "package"
    write_csv(tables, folder)
    return folder


def edit(package, table, change):
    path = package / f"{table}.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    change(frame).to_csv(path, index=False, lineterminator="\n")


def put(package, table, row, column, value):
    def change(frame):
        frame.loc[row - 2, column] = value
        return frame

    edit(package, table, change)


def contents(folder):
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.stat().st_size < 1e8
    }


def check(path):
    """Return exit code and report; the report is clean and the package unchanged."""
    before = contents(path) if path.is_dir() else None
    done = CliRunner().invoke(main, ["check", str(path)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert "Traceback" not in done.output
    assert done.exit_code == (1 if re.search(r"^\d+ problems?:$", done.output, re.MULTILINE) else 0), (
        done.output
    )
    if before is not None:
        assert contents(path) == before
    return done.exit_code, done.output


def reported(path, *expected):
    code, report = check(path)
    assert code == 1, report
    assert "^[" not in report, "a pattern is no example"
    for text in expected:
        assert text in report, report
    return report


@pytest.fixture(autouse=True)
def at_root(monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("doorgroeien.intake.check.load_instrument", instrument)


# Good packages


def dutch(tables, folder):
    write_csv(tables, folder, sep=";", encoding="cp1252")
    rows = (folder / "municipalities.csv").read_text("cp1252")
    # Points between thousands, as Excel shows them.
    rows = re.sub(r";(\d{1,3})(\d{3});", r";\1.\2;", rows)
    (folder / "municipalities.csv").write_text(rows, "cp1252")
    answers = pd.read_csv(folder / "answers.csv", sep=";", dtype=str, keep_default_na=False)
    codes = answers.columns[1:]
    answers[codes] = answers[codes].map(lambda code: f"{code},00" if code else "")
    answers.to_csv(folder / "answers.csv", sep=";", index=False, encoding="utf-8-sig")


def parquet(tables, folder):
    folder.mkdir()
    for name, frame in tables.items():
        numbers = dict.fromkeys(frame.select_dtypes("Int64"), "float64")
        (frame.astype(numbers) if name == "answers" else frame).to_parquet(folder / f"{name}.parquet")


def excel(tables, folder):
    folder.mkdir()
    with pd.ExcelWriter(folder / "survey.xlsx") as book:
        pd.DataFrame({"note": ["filled in by hand"]}).to_excel(book, sheet_name="read me", index=False)
        for name, frame in tables.items():
            frame = frame.astype(object).where(frame.notna(), None)
            if name == "waves":
                frame["date"] = frame["date"].map(datetime.date.fromisoformat)
            frame.to_excel(book, sheet_name=name, index=False)


def spss(tables, folder):
    folder.mkdir()
    for name, frame in tables.items():
        numbers = dict.fromkeys(frame.select_dtypes("Int64"), "float64")
        frame = frame.astype(numbers).replace({pd.NA: None}) if numbers else frame
        text = {column: frame[column].fillna("") for column in frame.select_dtypes("str")}
        missing = {c: [-9, -8, -7] for c in frame.columns[1:]} if name == "answers" else None
        pyreadstat.write_sav(frame.assign(**text), folder / f"{name}.sav", missing_ranges=missing)


@pytest.mark.parametrize("write", [write_csv, dutch, parquet, excel, spss])
def test_a_package_is_read_to_the_same_tables_from_any_format(tables, tmp_path, write):
    write(tables, tmp_path / "package")
    package = read_package(tmp_path / "package", ROOT)
    assert [str(problem) for problem in package.problems] == []
    for name in TABLES:
        pd.testing.assert_frame_equal(package.tables[name], tables[name])
    assert check(tmp_path / "package")[0] == 0
    load_survey(tmp_path / "package", ROOT)


def test_the_reference_survey_itself_is_a_sound_package(monkeypatch):
    ours = load_survey(ROOT / "data" / "survey", ROOT)
    shipped = load_survey(root=ROOT)
    for name in TABLES[1:]:
        pd.testing.assert_frame_equal(getattr(ours, name), getattr(shipped, name))
    assert ours.edition == shipped.edition


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_delimiter_and_a_mark_at_the_beginning_are_found_out(tables, tmp_path, encoding, delimiter):
    write_csv(tables, tmp_path / "package", sep=delimiter, encoding=encoding)
    assert check(tmp_path / "package")[0] == 0


def test_what_excel_adds_to_csv_is_understood(package):
    for path in package.iterdir():
        text = path.read_text("utf-8").replace(",", ";").replace("\n", "\r\n")
        width = text.split("\r\n")[0].count(";")
        path.write_bytes(("sep=;\r\n" + text + ";" * width + "\r\n").encode())
    code, report = check(package)
    assert code == 0, report
    path = package / "answers.csv"
    lines = path.read_text("utf-8").split("\n")
    lines[2] = lines[2].replace(lines[2].split(";")[0], "nobody")
    path.write_bytes("\n".join(lines).encode())
    # The line sep=; counts: rows are those of the file.
    reported(package, "answers.csv, row 3, column respondent: found 'nobody'")


FOREIGN = """
[edition]
edition = "foreign"
name_en = "a foreign survey"
name_nl = "een vreemde enquête"
synthetic = 0
[tables]
respondents = "Export.SAV"
answers = "Export.SAV"
municipalities = { file = "gemeenten.xlsx", sheet = "Blad1" }
[columns.respondents]
nr = "respondent"
gem = "municipality"
[columns.answers]
NR = "respondent"
v1 = "d1a_vision"
[codes.respondents.role]
raadslid = "councillor"
[codes.municipalities.size_class]
klein = "<20k"
[codes.answers."*"]
98 = ""
[ignore]
answers = ["remarks"]
respondents = ["remarks"]
"""


def foreign(tables, folder):
    """Write respondents and answers as one SPSS file with other names and codes, and a workbook."""
    write_csv({name: tables[name] for name in ("waves", "groups")}, folder)
    wide = tables["respondents"].merge(tables["answers"], on="respondent")
    wide["role"] = wide["role"].replace({"councillor": "raadslid"})
    numbers = wide.select_dtypes("Int64").astype("float64")
    wide = wide.assign(**numbers, remarks="nothing").rename(
        columns={"respondent": "NR", "municipality": "gem", "d1a_vision": "v1"}
    )
    wide["v1"] = wide["v1"].replace({-8.0: 99.0})
    empty = wide.columns[wide.isna().any()][-1]
    wide[empty] = wide[empty].fillna(98.0)
    labels = {"v1": {1.0: "Helemaal mee oneens", 99.0: "Weet niet"}}
    pyreadstat.write_sav(
        wide, folder / "Export.SAV", variable_value_labels=labels, missing_ranges={"v1": [99]}
    )
    sizes = tables["municipalities"]["size_class"].replace({"<20k": "Klein"})
    tables["municipalities"].assign(size_class=sizes).to_excel(
        folder / "gemeenten.xlsx", sheet_name="Blad1", index=False
    )
    (folder / "mapping.toml").write_text(FOREIGN, "utf-8")


def test_a_mapping_turns_other_names_codes_and_labels_into_those_of_the_instrument(tables, tmp_path):
    assert (tables["answers"]["d1a_vision"] == -8).any() or len(tables["answers"])
    tables = tables | {"answers": tables["answers"].copy()}
    tables["answers"].loc[tables["answers"]["d1a_vision"].first_valid_index(), "d1a_vision"] = -8
    foreign(tables, tmp_path / "package")
    package = read_package(tmp_path / "package", ROOT)
    assert [str(problem) for problem in package.problems] == []
    for name in TABLES[1:]:
        pd.testing.assert_frame_equal(package.tables[name], tables[name])
    assert package.tables["edition"].loc[0, "name_en"] == "a foreign survey"
    assert any("99 = Weet niet" in str(warning) for warning in package.warnings)


def test_a_label_that_contradicts_its_code_is_reported(tables, tmp_path):
    folder = tmp_path / "package"
    spss(tables, folder)
    frame, _ = pyreadstat.read_sav(folder / "answers.sav")
    pyreadstat.write_sav(
        frame, folder / "answers.sav", variable_value_labels={"d1a_vision": {1.0: "helemaal mee eens"}}
    )
    reported(
        folder, "column d1a_vision: found '1 = helemaal mee eens', expected the label that the instrument"
    )


def test_labels_instead_of_codes_are_understood(package):
    frame = pd.read_csv(package / "answers.csv", dtype=str, keep_default_na=False)
    row = int(frame["d1a_vision"].ne("").idxmax()) + 2
    put(package, "answers", row, "d1a_vision", "Helemaal mee eens")
    assert check(package)[0] == 0
    survey = load_survey(package, ROOT)
    assert survey.answers.loc[row - 2, "d1a_vision"] == 5


# Bad cells

CELLS = [
    ("respondents", 3, "role", "mayor", "found 'mayor', expected one of municipality, alderman"),
    ("respondents", 3, "wave", "2006", "found '2006', expected a key of table waves"),
    ("groups", 3, "wave", "2006", "found '2006', expected a key of table waves"),
    ("municipalities", 3, "size_class", "20-50k", "found '20-50k', expected one of <20k"),
    ("municipalities", 3, "inhabitants", "0", "found '0', expected 1 or more"),
    ("municipalities", 3, "inhabitants", "-400", "found '-400', expected 1 or more"),
    ("municipalities", 3, "inhabitants", "20.797", "found '20.797', expected a whole number"),
    ("municipalities", 3, "inhabitants", "9" * 30, "expected a whole number"),
    (
        "municipalities",
        3,
        "successor",
        "syn-999",
        "found 'syn-999', expected a municipality of the next wave",
    ),
    ("municipalities", 3, "successor", "syn-001;syn-002", "of a split, the one with most of the inhabitants"),
    ("respondents", 3, "municipality", "", "expected a value"),
    ("respondents", 3, "municipality", "syn-999", "expected a key of table municipalities"),
    ("answers", 3, "respondent", "nobody", "found 'nobody', expected a key of table respondents"),
    ("waves", 2, "date", "2007-02-30", "expected a date of the calendar, such as 31-12-2007"),
    ("waves", 2, "date", "in 2007", "found 'in 2007', expected a date, such as 31-12-2007"),
    ("waves", 2, "boundaries", "1/2/2005", "found '1/2/2005', expected a date, such as 31-12-2007"),
    ("edition", 2, "edition", "Survey 2008", "found 'Survey 2008', expected text like meting-2008"),
    ("groups", 3, "population", "-1", "found '-1', expected 0 or more"),
    ("edition", 2, "edition", "html", "found 'html', expected a name of its own"),
]


@pytest.mark.parametrize(("table", "row", "column", "value", "expected"), CELLS)
def test_a_wrong_cell_is_named_with_its_place_and_what_to_do(package, table, row, column, value, expected):
    put(package, table, row, column, value)
    report = reported(package, f"{table}.csv, row {row}, column ", expected)
    (line,) = [line for line in report.splitlines() if f"{table}.csv, row {row}," in line]
    assert column in line and re.search(r"\. [A-Z].+\.$", line), line


@pytest.mark.parametrize("value", ["6", "0", "99", "-1", "mee een beetje", "4.5", "1e9", "0x4", "4 5"])
def test_an_answer_outside_its_scale_or_no_code_is_named(package, value):
    frame = pd.read_csv(package / "answers.csv", dtype=str, keep_default_na=False)
    row = int(frame["d1a_vision"].ne("").idxmax()) + 2
    put(package, "answers", row, "d1a_vision", value)
    reported(package, f"answers.csv, row {row}, column d1a_vision: found {value!r}, expected ")


def test_the_same_problem_is_told_once_with_its_number_and_first_rows(package):
    def change(frame):
        frame["d1a_vision"] = frame["d1a_vision"].where(frame["d1a_vision"] == "", "99")
        frame["d1a_policy"] = frame["d1a_policy"].where(frame["d1a_policy"] == "", "99")
        return frame

    edit(package, "answers", change)
    report = reported(package, "1 problem:")
    (line,) = [line for line in report.splitlines() if "'99'" in line]
    assert re.search(r"rows (\d+, ){4}\d+ and \d+ more \(\d+ cells\), columns d1a_vision, d1a_policy: ", line)
    assert re.search(r"found '99' \(\d+ times\), expected one of 1, 2, 3, 4, 5, -7, -8, -9\. ", line)


def test_all_problems_are_told_at_once(package):
    put(package, "respondents", 2, "role", "mayor")
    put(package, "municipalities", 4, "inhabitants", "0")
    put(package, "answers", 5, "d1a_vision", "77")
    put(package, "groups", 3, "invited", "9999")
    put(package, "waves", 2, "form", "half")
    places = (
        "respondents.csv, row 2",
        "municipalities.csv, row 4",
        "answers.csv, row 5",
        "groups.csv, row 3",
    )
    reported(package, *places, "waves.csv, row 2")


# Bad rows


def test_a_respondent_who_occurs_twice_is_named_in_both_tables(package):
    for table in ("respondents", "answers"):
        edit(package, table, lambda frame: pd.concat([frame, frame.iloc[[0]]]))
        last = len(pd.read_csv(package / f"{table}.csv")) + 1
        reported(package, f"{table}.csv, row {last}, column respondent", "(first in row 2)")


def test_a_municipality_that_occurs_twice_or_goes_into_two_is_named(package):
    def twice(frame):
        return pd.concat([frame, frame.iloc[[0]].assign(successor=frame["municipality"].iloc[-1])])

    edit(package, "municipalities", twice)
    report = reported(
        package, "column wave+municipality: found", "(first in row 2)", "that occur together once"
    )
    assert "1 problem:" in report and "a municipality that was split goes where" in report


def test_a_wave_without_respondents_is_named(package):
    later = {"wave": "2010", "date": "2010-12-31", "boundaries": "2010-01-01", "form": "full"}
    edit(package, "waves", lambda frame: pd.concat([frame, frame.iloc[[1]].assign(**later)]))
    reported(package, "respondents.csv: expected rows for the wave 2010. Add them")


def test_respondents_without_answers_and_answers_not_asked_are_named(package):
    edit(package, "answers", lambda frame: frame.iloc[1:].assign(d1a_place_alderman="1"))
    reported(package, "respondents.csv, row 2, column respondent", "expected a row of the table answers")
    reported(package, "expected blank: the item is asked of the role alderman")


# Bad columns


def test_an_unknown_item_is_named_with_the_one_it_resembles(package):
    edit(
        package,
        "answers",
        lambda frame: frame.rename(columns={"d1a_vision": "d1a_visoin"}).assign(remarks="x"),
    )
    report = reported(
        package,
        "answers.csv, row 1, column d1a_visoin: found 'd1a_visoin', expected an item of the instrument",
        "Is it d1a_vision?",
        "column remarks",
        "expected also the columns d1a_vision",
    )
    assert "list it there under [ignore]" in report


def test_a_column_that_occurs_twice_or_has_no_name_is_named(package):
    path = package / "waves.csv"
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join(line + "," + line.split(",")[0] + "," for line in lines), "utf-8")
    reported(
        package, "waves.csv, row 1, column wave: found 'wave', expected each column once", "column number 8"
    )


# Bad files


@pytest.mark.parametrize("table", TABLES)
def test_an_empty_file_a_header_alone_and_a_missing_file_are_named(package, table):
    path = package / f"{table}.csv"
    header = path.read_text("utf-8").splitlines()[0]
    for content in ("", "\n"):
        path.write_text(content, "utf-8")
        reported(package, f"{table}.csv, row 1: expected a header; the file is empty")
    path.write_text(header + "\n", "utf-8")
    reported(package, f"{table}.csv, row 2: expected rows below the header")
    path.unlink()
    reported(package, f"{table}.csv: expected a readable file")


def test_a_wrong_delimiter_is_named(package):
    path = package / "respondents.csv"
    whole = path.read_text("utf-8")
    path.write_text(whole.replace(",", ":"), "utf-8")
    reported(
        package, "respondents.csv, row 1", "expected also the columns respondent, wave", "respondent:wave"
    )
    header, rest = whole.split("\n", 1)
    path.write_text(header + "\n" + rest.replace(",", ";"), "utf-8")
    reported(package, "respondents.csv, rows 2, 3, 4", "1 fields", "expected 4 fields, as in the header")
    path.write_text(whole.replace("\n", ",\n", 3).replace(",\n", "\n", 1), "utf-8")
    reported(package, "respondents.csv, rows 2, 3: found '5 fields'")


def test_a_wrong_encoding_is_named(package):
    path = package / "waves.csv"
    content = path.read_bytes()
    path.write_bytes(content.replace(b"Meting", b"M\x81ting", 1))
    reported(package, "waves.csv, row 2: found", "x81", "expected text in UTF-8 or Windows-1252")
    path.write_bytes(content.decode().encode("utf-16-le"))
    reported(package, "waves.csv: expected text; the file holds NUL bytes")
    path.write_bytes(content.replace(b"Meting", "Métïng".encode().decode("cp1252").encode("utf-8")))
    code, report = check(package)
    assert code == 0 and "this looks like UTF-8 read as Windows-1252" in report


def test_quotation_marks_that_do_not_pair_are_named(package):
    path = package / "respondents.csv"
    text = path.read_text("utf-8")
    path.write_text(text.replace("\np-", '\n"p-', 1), "utf-8")
    code, report = check(package)
    assert code == 1 and "respondents.csv" in report


@pytest.mark.parametrize(("write", "suffix"), [(parquet, "parquet"), (excel, "xlsx"), (spss, "sav")])
@pytest.mark.parametrize("part", [0.2, 0.5, 0.9])
def test_a_truncated_file_is_named(tables, tmp_path, write, suffix, part):
    folder = tmp_path / "package"
    write(tables, folder)
    path = folder / ("survey.xlsx" if suffix == "xlsx" else f"answers.{suffix}")
    path.write_bytes(path.read_bytes()[: int(part * path.stat().st_size)])
    kind = {"parquet": "Parquet file", "xlsx": "workbook", "sav": "SPSS file"}[suffix]
    reported(folder, path.name, f"expected a whole {kind}, neither damaged nor cut short")


def test_bytes_that_are_no_text_inside_a_parquet_file_are_named(tables, tmp_path):
    folder = tmp_path / "package"
    parquet(tables, folder)
    tables["municipalities"].to_parquet(folder / "municipalities.parquet", compression=None)
    path = folder / "municipalities.parquet"
    path.write_bytes(path.read_bytes().replace(b"syn-", b"sy\x80-"))
    reported(folder, "municipalities.parquet: expected a whole Parquet file")


@pytest.mark.parametrize("suffix", [".parquet", ".xlsx", ".sav"])
def test_a_file_that_is_something_else_is_named(package, suffix):
    (package / "answers.csv").rename(package / f"answers{suffix}")
    reported(package, f"answers{suffix}", "neither damaged nor cut short")


def test_a_formula_error_a_formula_without_value_and_merged_cells_are_named(tables, tmp_path):
    folder = tmp_path / "package"
    excel(tables, folder)
    book = openpyxl.load_workbook(folder / "survey.xlsx")
    book["municipalities"]["D3"] = "#DIV/0!"
    book["municipalities"]["D4"] = "=SUM(1,2)"
    book["groups"].merge_cells("B2:B4")
    book["waves"]["K2"] = "by the way"
    book.save(folder / "survey.xlsx")
    report = reported(
        folder,
        "survey.xlsx [municipalities], row 3, column inhabitants: found '#DIV/0!', expected a value, not the",
        "survey.xlsx [municipalities], row 4, column inhabitants: found 'a formula', expected a stored value",
        "survey.xlsx [groups]: found 'B2:B4', expected cells of their own, not merged",
        "survey.xlsx [waves], row 2: found 'by the way', expected nothing beyond the columns of the header",
    )
    assert "[municipalities], row 3, column inhabitants: expected a value" not in report


def test_a_sheet_that_the_workbook_does_not_have_is_named(tables, tmp_path):
    folder = tmp_path / "package"
    excel(tables, folder)
    mapping = "[tables]\nwaves = { file = 'survey.xlsx', sheet = 'Blad9' }"
    (folder / "mapping.toml").write_text(mapping, "utf-8")
    found = "found 'read me, edition, waves, municipalities, groups, respondents, answers'"
    reported(
        folder, f"survey.xlsx [Blad9]: {found}, expected a sheet named Blad9. Name the sheet in mapping.toml"
    )


def test_a_sheet_without_a_header_in_its_first_row_is_named_and_so_is_what_stands_below(tables, tmp_path):
    folder = tmp_path / "package"
    excel(tables, folder)
    rest = len(tables["groups"]) + 1 - 5  # with what was the header, and beside the five that are named
    book = openpyxl.load_workbook(folder / "survey.xlsx")
    book["groups"].insert_rows(1)
    book.save(folder / "survey.xlsx")
    reported(
        folder,
        "survey.xlsx [groups], row 1: found '0 columns: ', expected also the columns wave, municipality",
        f"survey.xlsx [groups], rows 2, 3, 4, 5, 6 and {rest} more",
    )


def test_two_files_for_one_table_are_named(tables, package):
    tables["waves"].to_parquet(package / "waves.parquet")
    reported(package, "waves.parquet", "expected one file for the table waves")


def test_a_huge_file_without_rows_is_refused_in_little_time_and_memory(package):
    path = package / "answers.csv"
    with path.open("ab") as file:
        file.truncate(2_000_000_000)
    reported(package, "answers.csv: expected text; the file holds NUL bytes")


def test_a_long_file_is_read_in_blocks(tables, tmp_path, monkeypatch):
    monkeypatch.setattr("doorgroeien.intake.readers.delimited.BYTES", 2000)
    write_csv(tables, tmp_path / "package")
    package = read_package(tmp_path / "package", ROOT)
    assert package.problems == []
    pd.testing.assert_frame_equal(package.tables["answers"], tables["answers"])
    path = tmp_path / "package" / "answers.csv"
    lines = path.read_text("utf-8").splitlines()
    lines[40] += ",1"
    lines[80] = ""
    lines[90] = lines[90].replace("p-", "q-")
    path.write_text("\n".join(lines) + "\n", "utf-8")
    reported(
        tmp_path / "package",
        "answers.csv, row 41: found '75 fields', expected 74 fields",
        "answers.csv, row 91, column respondent: found 'q-",
    )


def test_progress_is_told_while_a_long_file_is_read(tables, tmp_path, monkeypatch):
    monkeypatch.setattr("doorgroeien.intake.readers.delimited.BYTES", 2000)
    monkeypatch.setattr("doorgroeien.intake.check.SECONDS", 0)
    write_csv(tables, tmp_path / "package")
    said = []
    read_package(tmp_path / "package", ROOT, said.append)
    assert sum("answers" in line and "rows read" in line for line in said) > 3


# Bad paths


def test_a_path_that_is_no_package_is_named(package, tmp_path):
    file = package / "answers.csv"
    reported(file, "answers.csv: expected a folder, or a workbook with a sheet for each table")
    reported(tmp_path / "nowhere", "nowhere: expected a readable file (No such file or directory)")
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    reported(tmp_path / "link", "link: expected a readable file, not a link that leads nowhere")
    (tmp_path / "empty").mkdir()
    reported(tmp_path / "empty", "6 problems:", "answers.csv: expected a readable file")
    (tmp_path / "text.docx").write_text("x")
    reported(tmp_path / "text.docx", "expected a file of one of the formats .csv")


def test_a_table_that_is_a_folder_a_broken_link_or_a_pipe_is_named(package, tmp_path):
    path = package / "answers.csv"
    path.unlink()
    path.mkdir()
    reported(package, "answers.csv: expected a readable file, not a folder or a device")
    path.rmdir()
    path.symlink_to(tmp_path / "gone")
    reported(package, "answers.csv: expected a readable file, not a link that leads nowhere")
    path.unlink()
    os.mkfifo(path)
    reported(package, "answers.csv: expected a readable file, not a folder or a device")


def test_what_may_not_be_read_is_named(package, monkeypatch):
    # Root may read everything, so the refusal is made here.
    opened = Path.open

    def refuse(path, *arguments, **options):
        if path.name == "answers.csv":
            raise PermissionError(13, "Permission denied")
        return opened(path, *arguments, **options)

    def refuse_listing(path):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", refuse)
        done = CliRunner().invoke(main, ["check", str(package)])
    assert done.exit_code == 1 and "answers.csv: expected a readable file (Permission denied)" in done.output
    with monkeypatch.context() as patch:
        patch.setattr(os, "listdir", refuse_listing)
        done = CliRunner().invoke(main, ["check", str(package)])
    assert done.exit_code == 1 and "expected a readable folder (Permission denied)" in done.output


# mapping.toml and datapackage.json


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[columns", "expected a readable TOML file in UTF-8"),
        ("[codes.scales.agreement]\n99 = 0x" + "f" * 4000, "expected a readable TOML file in UTF-8"),
        (
            "[colums.answers]\nv1 = 'd1a_vision'",  # codespell:ignore
            "found 'colums', expected one of the sections edition, estimands, tables",
        ),
        ("columns = 3", "expected a section [columns]"),
        ("[columns.answer]\nv1 = 'x'", "expected one of the tables scales, codes, items, edition, waves"),
        ("[columns]\nanswers = 'v1'", "expected a section [columns.answers]"),
        ("[columns.answers]\nv1 = 'd1a_visoin'", "expected a column of that table such as d1a_vision"),
        (
            "[columns.answers]\nv1 = 'd1a_vision'",
            "column v1: expected a column of the file, which mapping.toml",
        ),
        ("[codes.answers.nothing]\n1 = 2", "column codes.answers.nothing"),
        ("[codes.scales.nothing]\n1 = 2", "column codes.scales.nothing"),
        ("[codes.answers]\nd1a_vision = 2", "column codes.answers.d1a_vision"),
        ("[fill.answers]\nnothing = 2", "column fill.answers.nothing"),
        ("[ignore]\nanswers = 'x'", "expected a list of columns"),
        ("[tables]\nanswers = 3", "column tables.answers"),
        ("[tables]\nanswers = 'gone.csv'", "gone.csv: expected a readable file"),
        ("[tables]\nanswers = { file = 'gone.xlsx', sheet = 'x' }", "gone.xlsx"),
        ("[edition]\nname = 'x'", "column edition.name"),
    ],
)
def test_what_is_wrong_in_a_mapping_is_named(package, text, expected):
    (package / "mapping.toml").write_text(text, "utf-8")
    reported(package, expected)


def test_a_data_package_says_where_its_tables_are(tables, tmp_path):
    write_csv(tables, tmp_path / "package")
    folder = tmp_path / "package"
    (folder / "answers.csv").rename(folder / "a.csv")
    (folder / "datapackage.json").write_text('{"resources": [{"name": "answers", "path": "a.csv"}]}', "utf-8")
    assert check(folder)[0] == check(folder / "datapackage.json")[0] == 0
    (folder / "datapackage.json").write_text('{"resources": 3}', "utf-8")
    reported(folder, "datapackage.json: expected a data package")


# Warnings


def test_what_is_legal_and_suspicious_is_a_warning(tables, tmp_path):
    folder = tmp_path / "package"
    tables = {name: frame.copy() for name, frame in tables.items()}
    respondents, answers = tables["respondents"], tables["answers"]
    row = int(((respondents["wave"] == 2007) & (respondents["role"] == "municipality")).to_numpy().argmax())
    items = load_survey(root=ROOT).items
    straight = items.index[(items["role"] == "municipality") & (items["scale"] == "agreement")]
    assert len(straight) >= 10
    answers.loc[row, straight] = 3
    silent = int((respondents["role"] == "staff").to_numpy().argmax())
    answers.loc[silent, answers.columns[1:]] = pd.NA
    answers["d2a_intake"] = answers["d2a_intake"].where(~answers["d2a_intake"].notna())
    both = tables["municipalities"]
    grown = both.index[both["municipality"].duplicated(keep="last") & (both["size_class"] != ">=100k")][0]
    both.loc[grown, ["inhabitants", "size_class"]] = [150_000, ">=100k"]
    groups = tables["groups"]
    later = (groups["wave"] == 2007) & (groups["role"] == "staff")
    groups.loc[later, ["population", "invited"]] = 900
    groups.loc[groups.index[later][0], "population"] = 9999
    write_csv(tables, folder)
    code, report = check(folder)
    assert code == 0, report
    for text in (
        f"answers.csv, row {row + 2}: expected more than one answer among 10 or more on the scale agreement",
        f"answers.csv, row {silent + 2}: expected at least one answer",
        "column d2a_intake: expected an answer in the wave",
        f"{both.loc[grown, 'municipality']}: >=100k and",
        "percentage points in 2007, role staff",
        "column population: found '9999', expected a number: nines often stand for one that is not known",
    ):
        assert text in report, report


def test_a_wave_dated_in_another_year_is_a_warning(package):
    put(package, "waves", 3, "date", "15-01-2008")
    code, report = check(package)
    assert code == 0
    assert "row 3, column date: found '2008-01-15', expected a date in 2007, the year of the wave" in report


def test_answers_to_a_question_that_is_skipped_are_a_warning_with_their_number(tables, package):
    routing = routing_of(ROOT).loc["d4b_police_quality"]
    asked = tables["respondents"]["role"] == instrument(ROOT).items.at["d4b_police_quality", "role"]
    asked &= tables["respondents"]["wave"] == 2007
    rows = list(asked.index[asked][:3])
    for row, quality in zip(rows, ("4", "2", "-8"), strict=True):
        put(package, "answers", row + 2, routing["after"], str(routing["code"]))
        put(package, "answers", row + 2, "d4b_police_quality", quality)
    code, report = check(package)
    told = f"answers.csv, rows {rows[0] + 2}, {rows[1] + 2}, column d4b_police_quality: expected no answer"
    assert code == 0 and told in report, report
    assert "which skips the question" not in check(ROOT / "data" / "survey")[1]


def test_a_report_for_programs_has_each_problem_in_fields(package):
    put(package, "respondents", 3, "role", "mayor")
    for row in (3, 4):
        put(package, "groups", row, "invited", "\x85many")
    done = CliRunner().invoke(main, ["check", "--format", "json", str(package)])
    report = json.loads(done.output)
    assert done.exit_code == 1 and report["sound"] is False
    found = {problem["column"]: problem for problem in report["problems"]}
    assert found["role"].pop("message").startswith(f"{package}/respondents.csv, row 3, column role: found")
    assert found["role"].pop("expectation").startswith("one of municipality, alderman")
    assert found["role"].pop("remedy").startswith("Correct the value")
    place = {"file": str(package / "respondents.csv"), "row": 3, "column": "role", "value": "mayor"}
    assert found["role"] == place | {"cells": 1}
    assert (found["invited"]["row"], found["invited"]["cells"]) == (3, 2)
    assert all(set(problem) == set(found["invited"]) for problem in report["warnings"])


def test_a_package_without_a_wave_that_the_chapters_compare_is_told_so(tables, tmp_path):
    write_csv(tables, tmp_path / "package")
    for path in (tmp_path / "package").iterdir():
        path.write_text(
            path.read_text("utf-8").replace("\n2007,", "\n2009,").replace(",2007,", ",2009,"), "utf-8"
        )
    code, report = check(tmp_path / "package")
    assert code == 0 and "waves.csv: expected a wave 2007" in report, report


def test_a_package_of_other_years_than_the_chapters_read_is_refused(tables, tmp_path):
    write_csv(tables, tmp_path / "package")
    for path in (tmp_path / "package").iterdir():
        text = path.read_text("utf-8")
        for year, other in (("2005", "2006"), ("2007", "2008")):
            text = text.replace(f"\n{year},", f"\n{other},").replace(f",{year},", f",{other},")
        path.write_text(text, "utf-8")
    place = "waves.csv, rows 2, 3, column wave: found '2006', '2008', expected 2005 or 2007"
    reported(tmp_path / "package", place)


# Corruption at random


@pytest.fixture(scope="session")
def formats(tmp_path_factory):
    """Return a folder with a package in each format, small, because many are checked."""
    folder, tables = tmp_path_factory.mktemp("formats"), part_of_the_survey(2)
    for write in (write_csv, dutch, parquet, excel, spss):
        write(tables, folder / write.__name__)
    foreign(tables, folder / "foreign")
    return folder


@st.composite
def corruptions(draw):
    """Draw a format and a few ways to damage one of its files."""
    kind = draw(st.sampled_from(["write_csv", "dutch", "parquet", "excel", "spss", "foreign"]))
    damage = st.one_of(
        st.tuples(st.just("cut"), st.floats(0, 1)),
        st.tuples(st.just("bytes"), st.floats(0, 1), st.binary(min_size=1, max_size=6)),
        st.tuples(
            st.just("insert"), st.floats(0, 1), st.sampled_from([b"\n", b'"', b";", b",", b"\0", b"\xff"])
        ),
        st.tuples(st.just("cell"), st.floats(0, 1), st.floats(0, 1), st.text(max_size=8)),
        st.tuples(st.just("column"), st.floats(0, 1)),
        st.tuples(st.just("row"), st.floats(0, 1)),
        st.tuples(st.just("remove")),
    )
    return kind, draw(st.lists(st.tuples(st.floats(0, 1), damage), min_size=1, max_size=3))


def apply(path, damage):
    """Damage a file; cells, rows and columns only where it is a CSV that can still be read."""
    what, *arguments = damage
    content = path.read_bytes()
    place = int(arguments[0] * len(content)) if arguments else 0
    if what == "remove":
        path.unlink()
    elif what == "cut":
        path.write_bytes(content[:place])
    elif what == "bytes":
        path.write_bytes(content[:place] + arguments[1] + content[place + len(arguments[1]) :])
    elif what == "insert":
        path.write_bytes(content[:place] + arguments[1] + content[place:])
    elif path.suffix == ".csv":
        text = content.decode("latin-1")
        delimiter = ";" if ";" in text.split("\n")[0] else ","
        rows = [line.split(delimiter) for line in text.split("\n")]
        number = int(arguments[0] * (len(rows) - 1))
        if what == "cell":
            row = rows[number]
            row[int(arguments[1] * (len(row) - 1))] = arguments[2].encode().decode("latin-1")
        elif what == "row":
            rows.insert(number, rows[number])
        else:
            column = int(arguments[0] * (len(rows[0]) - 1))
            rows = [row[:column] + row[column + 1 :] for row in rows]
        path.write_bytes("\n".join(map(delimiter.join, rows)).encode("latin-1"))


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(corruption=corruptions())
def test_a_package_corrupted_at_random_gets_a_clean_report_and_stays_as_it_is(formats, tmp_path, corruption):
    kind, damages = corruption
    folder = tmp_path / "package"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(formats / kind, folder)
    for which, damage in damages:
        files = sorted(folder.iterdir())
        if files:
            apply(files[int(which * (len(files) - 1))], damage)
    code, report = check(folder)
    if code == 0:
        # What is called sound can be loaded, and holds nothing but codes.
        survey = load_survey(folder, ROOT)
        codes = survey.answers[survey.answers.columns[1:]].to_numpy(dtype="float64", na_value=np.nan)
        assert set(codes[~np.isnan(codes)]) <= set(survey.instrument.codes["code"])
    else:
        assert re.search(r"expected .+\. ", report)
