"""Nothing at the door is read silently as something else: it is read right, or named."""

import csv
import datetime
import json
import os
import unicodedata
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest
import trial
from click.testing import CliRunner
from conftest import ROOT
from test_check import as_text, check, edit, instrument, part_of_the_survey, put, reported, spss, write_csv

from doorgroeien.cli import main
from doorgroeien.data.faults import grouped, single
from doorgroeien.data.terminal import printable
from doorgroeien.intake.check import read_package
from doorgroeien.intake.loading import load_survey
from doorgroeien.intake.notation import Marks, as_date
from doorgroeien.intake.readers.blocks import Unreadable
from doorgroeien.intake.readers.opening import open_table
from doorgroeien.intake.readers.workbook import filled_sheets, open_sheet
from doorgroeien.survey.answers import TABLES


@pytest.fixture(autouse=True)
def at_root(monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("doorgroeien.intake.check.load_instrument", instrument)


@pytest.fixture(scope="module")
def tables():
    return part_of_the_survey(2)


@pytest.fixture
def package(tables, tmp_path):
    write_csv(tables, tmp_path / "package")
    return tmp_path / "package"


def same(path, tables):
    """Return the warnings about a package that is read to the same tables."""
    package = read_package(path, ROOT)
    assert [str(problem) for problem in package.problems] == []
    for name in TABLES:
        pd.testing.assert_frame_equal(package.tables[name], tables[name])
    return [str(warning) for warning in package.warnings]


def as_sheet(tables, package, table, change=lambda book: None):
    """Write a table as a workbook instead."""
    (package / f"{table}.csv").unlink(missing_ok=True)
    path = package / f"{table}.xlsx"
    frame = tables[table].astype(object).where(tables[table].notna(), None)
    frame.to_excel(path, sheet_name=table, index=False)
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(path)
    return path


def rewrite(path, change):
    """Change the XML of the first sheet of a workbook."""
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    name = "xl/worksheets/sheet1.xml"
    parts[name] = change(parts[name].decode()).encode()
    with zipfile.ZipFile(path, "w") as target:
        for part, content in parts.items():
            target.writestr(part, content)


# Workbooks


@pytest.mark.parametrize("size", ["A1:E3", "A1:B9999", "A1"])
def test_a_workbook_that_says_it_is_smaller_than_it_is_is_read_whole(tables, package, size):
    path = as_sheet(tables, package, "groups")
    rewrite(path, lambda text: text.replace(f'ref="A1:E{len(tables["groups"]) + 1}"', f'ref="{size}"', 1))
    assert f'<dimension ref="{size}"' in zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml").decode()
    same(package, tables)


def test_a_workbook_of_which_no_sheet_is_named_gives_its_first(tables, package):
    path = as_sheet(tables, package, "groups")
    assert open_table(path, "x").header == list(tables["groups"])


def test_rows_out_of_order_or_twice_in_the_xml_are_named(tables, package):
    path = as_sheet(tables, package, "groups")

    def disorder(text):
        rows = text.split("<row ")
        return "<row ".join([*rows[:2], rows[3], rows[2], *rows[4:]])

    rewrite(path, disorder)
    reported(
        package, "groups.xlsx [groups]: found '2', expected rows and cells in ascending order, each once"
    )


def test_of_two_sheets_without_the_name_of_the_table_neither_is_taken(tables, package):
    def second(book):
        book.active.title = "2005"
        book.copy_worksheet(book.active).title = "2007"
        book.create_sheet("Blad3")

    as_sheet(tables, package, "groups", second)
    reported(package, "groups.xlsx [2007]', expected one file for the table groups")


def test_a_hidden_sheet_is_passed_over_for_one_that_is_shown(tables, package):
    def old(book):
        book.active.title = "Blad1"
        hidden = book.copy_worksheet(book.active)
        hidden.delete_rows(3, 5)
        hidden.title, hidden.sheet_state = "oud", "hidden"
        book.move_sheet(hidden, -1)

    as_sheet(tables, package, "groups", old)
    same(package, tables)


def test_a_hidden_sheet_and_hidden_rows_that_are_read_are_told(tables, package):
    def hide(book):
        book.active.row_dimensions[3].hidden = True
        book.create_sheet("uitleg")["A1"] = "note"
        book["groups"].sheet_state = "hidden"
        book.active = 1

    as_sheet(tables, package, "groups", hide)
    warnings = " ".join(same(package, tables))
    assert "a sheet that is shown; this one is hidden" in warnings
    assert "rows that are shown; those that are hidden were read too" in warnings


def test_an_error_of_a_formula_that_was_pasted_as_text_is_named(tables, package):
    put(package, "municipalities", 3, "stratum", "#N/B")
    reported(
        package, "municipalities.csv, row 3, column stratum: found '#N/B', expected a value, not the error"
    )


def test_numbers_stored_as_text_are_numbers(tables, package):
    def texts(book):
        for row in book.active.iter_rows(min_row=2):
            row[3].value = f" {row[3].value}"

    as_sheet(tables, package, "groups", texts)
    same(package, tables)


@pytest.mark.parametrize("word", [True, "TRUE", "WAAR", False])
def test_a_truth_value_is_a_code_only_where_codes_are_0_and_1(tables, package, word):
    answers = tables["answers"]
    agreement = int(answers["d1a_vision"].first_valid_index()) + 2
    items = instrument(ROOT).items
    yesno = next(name for name in items.index[items["scale"] == "yesno"] if answers[name].isin([0, 1]).any())
    row = int(answers[yesno].isin([0, 1]).idxmax())

    def put_in(line, item):
        def change(book):
            column = list(answers).index(item) + 1
            book.active.cell(line, column).value = word

        return change

    as_sheet(tables, package, "answers", put_in(row + 2, yesno))
    read = read_package(package, ROOT)
    assert read.problems == []
    assert read.tables["answers"].loc[row, yesno] == (word in (True, "TRUE", "WAAR"))
    as_sheet(tables, package, "answers", put_in(agreement, "d1a_vision"))
    shown = word if isinstance(word, str) else str(word).lower()
    reported(
        package,
        f"row {agreement}, column d1a_vision: found {shown!r}",
    )


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize(
    "form",
    [
        "serial",
        "cell",
        "%d-%m-%Y",
        "%d/%m/%Y",
        "%d.%m.%Y",
        "%d-%m-%Y 0:00",
        "%d-%m-%y",
        "%d %B %Y",
        "%a %d-%b-%y",
    ],
)
def test_dates_are_read_as_dutch_excel_writes_them(tables, package, form, old):
    def change(book):
        book.epoch = datetime.datetime(1904, 1, 1) if old else datetime.datetime(1899, 12, 30)
        for row in (2, 3):
            for cell in (book.active.cell(row, 4), book.active.cell(row, 5)):
                day = datetime.datetime.fromisoformat(cell.value)
                plain = {"serial": (day - book.epoch).days, "cell": day}
                cell.value = plain.get(form, day.strftime(form))

    as_sheet(tables, package, "waves", change)
    same(package, tables)


@pytest.mark.parametrize(
    "day", ["01/02/2007", "12/31/2007", "31/12/07", "zo 31 foo 2007", "39447", "20071231", "30-02-2007"]
)
def test_a_date_that_is_none_or_could_be_two_is_named(package, day):
    put(package, "waves", 3, "date", day)
    reported(package, f"waves.csv, row 3, column date: found '{day}', expected")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("maandag 31 december 2007", "2007-12-31"),
        ("31-dec-07", "2007-12-31"),
        ("1 mrt. 2007", "2007-03-01"),
        ("5-mei-2007", "2007-05-05"),
        ("31-12-99", "1999-12-31"),
        ("31 february 2007", None),
        ("ooit 31 december 2007", None),
    ],
)
def test_months_and_days_may_be_words_of_either_language(text, day):
    assert as_date(text)[0] == day


def test_a_day_that_could_be_a_month_is_told(tables, package):
    put(package, "waves", 3, "date", "01-02-2007")
    read = read_package(package, ROOT)
    assert read.tables["waves"].loc[1, "date"] == "2007-02-01"
    assert any("01-02-2007 as 2007-02-01" in str(warning) for warning in read.warnings)
    assert as_date("31/12/2007") == ("2007-12-31", False) and as_date("1/1/2007") == ("2007-01-01", False)


# What cannot be opened


def test_a_password_an_older_workbook_and_strict_open_xml_are_named_for_what_they_are(tables, package):
    path = as_sheet(tables, package, "groups")
    plain = path.read_bytes()
    ole = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600)
    path.write_bytes(ole + "EncryptedPackage".encode("utf-16-le"))
    reported(package, "groups.xlsx [groups]: expected a workbook without a password. Open it in Excel")
    path.write_bytes(ole)
    reported(package, "expected a workbook of the kind .xlsx; this is an older one")
    path.write_bytes(plain)
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    with zipfile.ZipFile(path, "w") as target:
        for name, content in parts.items():
            strict = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
            target.writestr(
                name, content.replace(b"http://schemas.openxmlformats.org/spreadsheetml/2006/main", strict)
            )
    reported(package, "this one is of the kind Strict Open XML. Save it as Excel workbook")


def test_a_file_with_the_name_of_another_format_is_named_for_what_it_is(tables, package):
    path = as_sheet(tables, package, "groups")
    path.rename(package / "groups.csv")
    reported(package, "groups.csv: expected text; this is a workbook of Excel, .xlsx. Give the file a name")


def test_the_file_that_is_there_is_named_where_another_is_expected(tables, package):
    (package / "answers.csv").rename(package / "answers.ods")
    reported(
        package, "answers.csv: expected a readable file", "There is answers.ods: save it as one of these."
    )
    as_sheet(tables, package, "answers")
    (package / "mapping.toml").write_text("[tables]\nanswers = 'answers.csv'\n", "utf-8")
    reported(
        package, "answers.csv: expected a readable file", "There is answers.ods, answers.xlsx: name that."
    )


def test_a_name_of_a_file_may_have_its_accents_either_way(tables, package):
    (package / "answers.csv").rename(package / unicodedata.normalize("NFD", "enquête.csv"))
    (package / "mapping.toml").write_text("[tables]\nanswers = 'enquête.csv'\n", "utf-8")
    same(package, tables)


# SPSS and Stata


def labelled(tables, folder, item, labels, change=lambda codes: codes, **options):
    spss(tables, folder)
    frame, _ = pyreadstat.read_sav(folder / "answers.sav", user_missing=True)
    frame[item] = change(frame[item])
    pyreadstat.write_sav(frame, folder / "answers.sav", variable_value_labels={item: labels}, **options)


OURS = {5: "helemaal mee eens", 4: "mee eens", 3: "niet mee eens en niet mee oneens", 2: "mee oneens"}
OURS |= {1: "helemaal mee oneens"}


@pytest.mark.parametrize(
    "form", ["{1}", "{0}. {1}", "{0} {1}", " {0})  {1}", "({0}) {1}.", "{0} = {1}", "{0}:\u00a0{1}"]
)
def test_a_scale_coded_upside_down_is_named_however_its_labels_are_spaced_and_numbered(
    tables, tmp_path, form
):
    labels = {
        float(6 - code): form.format(6 - code, text.replace(" ", "\u00a0 ")) for code, text in OURS.items()
    }
    labelled(tables, tmp_path / "p", "d1a_vision", labels, lambda codes: codes.where(codes < 0, 6 - codes))
    reported(
        tmp_path / "p",
        "column d1a_vision: found '1 = ",
        "in which 1 is strongly disagree or helemaal mee oneens and strongly agree or helemaal mee eens is 5",
    )
    right = {float(code): form.format(code, text.capitalize()) for code, text in OURS.items()}
    labelled(tables, tmp_path / "q", "d1a_vision", right)
    assert not [warning for warning in same(tmp_path / "q", tables) if "label" in warning]


def test_a_label_that_the_instrument_does_not_know_is_a_warning(tables, tmp_path):
    labelled(tables, tmp_path / "p", "d1a_vision", {1.0: "volledig eens", 5.0: "volledig oneens"})
    warnings = " ".join(same(tmp_path / "p", tables))
    assert "found '1 = volledig eens', expected a label of the instrument, in which 1 is strongly" in warnings
    assert "found '5 = volledig oneens'" in warnings


def test_a_label_that_is_another_code_is_a_problem(tables, tmp_path):
    labelled(tables, tmp_path / "p", "d1a_vision", {1.0: "5", 5.0: "1"})
    reported(tmp_path / "p", "found '1 = 5', expected the label")


def test_labels_of_0_and_1_are_read_too(tables, tmp_path):
    spss(tables, tmp_path / "p")
    frame, _ = pyreadstat.read_sav(tmp_path / "p" / "municipalities.sav")
    labels = {"sampled": {0.0: "ja", 1.0: "nee"}}
    pyreadstat.write_sav(frame, tmp_path / "p" / "municipalities.sav", variable_value_labels=labels)
    reported(tmp_path / "p", "municipalities.sav, row 1, column sampled: found '0 = ja'")


def test_an_answer_that_the_file_declares_missing_is_named(tables, tmp_path):
    labelled(tables, tmp_path / "p", "d1a_vision", {}, missing_ranges={"d1a_vision": [3]})
    reported(tmp_path / "p", "column d1a_vision: found '3', expected an answer; the file declares this code")


def test_labels_in_cells_may_have_their_code_before_them_but_no_other(tables, package):
    answers = tables["answers"]
    row = answers.index[answers["d1a_vision"] == 5][0] + 2
    put(package, "answers", row, "d1a_vision", "5. Helemaal  mee eens")
    same(package, tables)
    put(package, "answers", row, "d1a_vision", "1. Helemaal mee eens")
    reported(package, f"row {row}, column d1a_vision: found '1. Helemaal mee eens', expected a whole number")


def test_one_impossible_date_is_named_and_the_rest_is_read(tables, tmp_path):
    spss(tables, tmp_path / "p")
    path = tmp_path / "p" / "waves.sav"
    frame, _ = pyreadstat.read_sav(path)
    origin = datetime.date(1582, 10, 14)
    frame["date"] = [(datetime.date.fromisoformat(day) - origin).days * 86400.0 for day in frame["date"]]
    frame["filled"] = [9e14, np.nan]
    forms = {"date": "DATE11", "filled": "DATETIME20"}
    pyreadstat.write_sav(frame, path, variable_format=forms)
    (tmp_path / "p" / "mapping.toml").write_text('[ignore]\nwaves = ["filled"]\n', "utf-8")
    same(tmp_path / "p", tables)
    frame["date"] = [frame["date"][0], 9e14]
    pyreadstat.write_sav(frame, path, variable_format=forms)
    reported(
        tmp_path / "p",
        "waves.sav, row 3, column date: found '900000000000000', expected a date of the calendar",
    )


def test_compressed_files_of_spss_and_those_of_stata_are_read(tables, tmp_path):
    spss(tables, tmp_path / "p")
    for name, change in (("answers", "zsav"), ("groups", "dta")):
        path = tmp_path / "p" / f"{name}.sav"
        frame, _ = pyreadstat.read_sav(path, user_missing=True)
        if change == "dta":
            pyreadstat.write_dta(frame, path.with_suffix(".dta"))
        else:
            pyreadstat.write_sav(frame, path.with_suffix(".zsav"), compress=True)
        path.unlink()
    same(tmp_path / "p", tables)


# CSV


def test_marks_inside_quotation_marks_are_no_delimiters(tables, package):
    question = "Wat is uw rol (wethouder, raadslid, manager, medewerker,\nanders)?"
    frame = tables["respondents"].rename(columns={"role": question})
    frame.to_csv(package / "respondents.csv", sep=";", quoting=csv.QUOTE_ALL, index=False)
    key = question.replace("\n", " ")
    (package / "mapping.toml").write_text(f'[columns.respondents]\n"{key}" = "role"\n', "utf-8")
    same(package, tables)
    frame.to_csv(package / "respondents.csv", sep=";", quoting=csv.QUOTE_NONE, index=False, escapechar="\\")
    code, report = check(package)
    assert code == 1 and "respondents.csv" in report


@pytest.mark.parametrize(
    ("values", "decimal", "read"),
    [
        (["12.000", "0.000"], None, "wrong"),
        (["12.000", "7.000"], None, "wrong"),
        (["12.000", "20797"], None, "wrong"),
        (["20.797", "12"], None, "told"),
        (["1.220.797", "12.000"], None, [1220797, 12000]),
        (["12.000", "7,0"], None, [12000, 7]),
        (["12.000", "7.0"], None, "wrong"),
        (["7,0", "7.0"], None, "wrong"),
        (["1.234,00", "1,234.00"], None, "wrong"),
        (["12.000", "7.000"], ".", [12, 7]),
        (["12.000", "7"], ",", [12000, 7]),
        (["12,000", "7,000"], ",", [12, 7]),
        (["12,000", "7"], ".", [12000, 7]),
        (["1.234,00", "7"], None, [1234, 7]),
        (["1e+05", "7"], None, [100000, 7]),
        (["1.23E+05", "7"], None, [None, 7]),
        (["1,23E+05", "7"], None, [None, 7]),
        (["1.2e+05", "9" * 30], None, [120000, None]),
        (["7.5", "1.5.7"], None, [None, None]),
    ],
)
def test_points_and_commas_are_decided_by_the_column_or_the_declared_setting(values, decimal, read):
    marks = Marks(decimal, dutch=True)
    parts = [marks.read(value) for value in values]
    found = [int(part[0]) if part and not part[1].strip("0") else None for part in parts]
    doubts = list(marks.doubts())
    if isinstance(read, list):
        assert found == read and doubts == []
    else:
        assert [wrong for wrong, _, _ in doubts] == [read == "wrong"]


def test_three_decimals_are_never_taken_for_thousands_without_a_word(tables, package):
    frame = tables["groups"].astype("str")
    frame[["population", "invited"]] += ".000"
    frame.to_csv(package / "groups.csv", sep=";", index=False)
    reported(package, "groups.csv, row 1", "expected a whole number that can be read in one way only")
    (package / "mapping.toml").write_text('[numbers]\ndecimal = "."\n', "utf-8")
    same(package, tables)


def test_codes_never_reach_a_thousand_whatever_their_decimals(tables, package):
    answers = as_text(tables["answers"])
    answers = answers.map(lambda value: f"{value},000" if value and not value.startswith("p-") else value)
    answers.to_csv(package / "answers.csv", sep=";", index=False)
    same(package, tables)


@pytest.mark.parametrize("other", ["WAVE", " wave", "wa\u200bve", "wave\u00a0"])
def test_heads_that_differ_in_what_nobody_sees_are_the_same_head(tables, package, other):
    tables["groups"].assign(**{other: 1}).to_csv(package / "groups.csv", index=False)
    reported(package, "groups.csv, row 1, column wave", "expected each column once")


def test_a_file_that_stops_in_the_middle_of_its_last_row_is_told(tables, package):
    path = package / "groups.csv"
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert any("the last row may be cut short" in warning for warning in same(package, tables))


def test_letters_that_went_wrong_are_told(tables, package):
    edit(package, "waves", lambda frame: frame.assign(label_nl="Meting één"))
    content = (package / "waves.csv").read_text("utf-8")
    for spoilt in (
        content.encode("cp850"),
        content.encode().decode("cp1252").encode(),
        content.replace("é", "&eacute;").encode(),
        content.replace("é", "?").encode(),
        content.replace("é", "\ufffd").encode(),
        content.replace("één", '\\"n').encode(),
    ):
        (package / "waves.csv").write_bytes(spoilt)
        code, report = check(package)
        assert code == 0 and "letters as people write them" in report, report


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"])
def test_lines_may_end_in_any_way_and_names_keep_no_break(tables, package, end):
    path = package / "municipalities.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", end.encode()))
    same(package, tables)
    put(package, "municipalities", 3, "stratum", "one\ntwo")
    reported(package, "column stratum: found 'one\\ntwo', expected text without characters that nobody sees")


# Names


def test_accents_and_spaces_of_another_kind_make_the_same_name(tables, package):
    name = tables["municipalities"]["municipality"].iloc[0]
    named = {
        table: frame.astype(object).replace({name: "Súdwest Fryslân"}) if "municipality" in frame else frame
        for table, frame in tables.items()
    }
    for table in ("municipalities", "groups", "respondents"):
        spelt = "Súdwest\u00a0Fryslân" if table == "groups" else "Súdwest Fryslân"
        spelt = unicodedata.normalize("NFD", spelt) if table == "respondents" else spelt
        named[table].replace({"Súdwest Fryslân": spelt}).to_csv(package / f"{table}.csv", index=False)
    read = read_package(package, ROOT)
    assert read.problems == []
    assert read.tables["groups"]["municipality"].eq("Súdwest Fryslân").sum() > 0


@pytest.mark.parametrize("sign", ["\u200b", "\u202e", "\x1b[31m", "\u00ad", "\x07", "_x000D_", "\u3164"])
def test_a_character_that_nobody_sees_is_a_problem_and_never_reaches_the_screen(tables, package, sign):
    put(package, "municipalities", 3, "stratum", f"ab{sign}cd")
    report = reported(package, "column stratum", "expected text without characters that nobody sees")
    assert not set(report) & {"\u200b", "\u202e", "\x1b", "\x07", "\u00ad"}
    put(package, "municipalities", 3, "stratum", "abcd")
    edit(package, "waves", lambda frame: frame.assign(**{f"he{sign}ad": "x"}))
    report = reported(package, "waves.csv, row 1, column he")
    assert not set(report) & {"\u200b", "\u202e", "\x1b", "\x07", "\u00ad"}


def test_labels_and_names_of_files_reach_the_screen_without_what_acts_on_it(tables, tmp_path):
    labelled(tables, tmp_path / "p\x1b[31m", "d1a_vision", {1.0: "helemaal\u202e mee oneens"})
    report = reported(tmp_path / "p\x1b[31m", "a label without characters that nobody sees")
    assert "\x1b" not in report and "\u202e" not in report
    assert printable("a\tb\n\x1b\udcff") == "a\tb\n\\x1b\\udcff"
    (problem,) = grouped([single("f", "x", "Y.", column="a\nb", value="z" * 1000)])
    assert "\n" not in str(problem) and len(str(problem)) < 400


# Settings and files that would be passed over


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[fill.groups]\nwave = 2005", "either a column of the file or [fill] in mapping.toml, not both"),
        (
            "[edition]\nedition = 'x'\nname_en = 'x'\nname_nl = 'x'\nsynthetic = 0",
            "expected the edition in a table or in mapping.toml under [edition], not in both",
        ),
        ("[tables]\ngroups = { file = 'groups.csv', sheet = 'Blad1' }", "expected no sheet: only a workbook"),
        ("[columns.groups]\nWave = 'wave'\nwave = 'invited'", "expected each column of the file once"),
        ("[columns.groups]\nWave = 'wave'\n[ignore]\ngroups = ['wave']", "not under [ignore] as well"),
        ("[codes.groups.role]\nA = 'staff'\na = 'manager'", "expected each code once, whatever its capitals"),
        ("[numbers]\ndecimal = ';'", "expected the mark before decimals"),
        ("[numbers]\nthousands = '.'", "column numbers.thousands"),
    ],
)
def test_a_setting_that_would_be_ignored_is_a_problem(package, text, expected):
    (package / "mapping.toml").write_text(text, "utf-8")
    reported(package, expected)


def test_the_code_of_a_column_goes_before_that_of_its_scale(tables, package):
    row = tables["answers"].index[tables["answers"]["d1a_vision"] == 5][0] + 2
    put(package, "answers", row, "d1a_vision", "99")
    text = '[codes.answers]\nd1a_vision = { 99 = 5 }\n"*" = { 99 = -9 }\n[codes.scales.agreement]\n99 = -8\n'
    (package / "mapping.toml").write_text(text, "utf-8")
    same(package, tables)


def test_a_second_file_of_a_table_is_named_and_one_that_is_not_read_is_told(tables, package):
    tables["groups"].to_csv(package / "groups (2).csv", index=False)
    warnings = " ".join(same(package, tables))
    assert "found 'groups (2).csv', expected files that hold a table; these are not read" in warnings
    tables["groups"].iloc[:-3].to_excel(package / "alles.xlsx", sheet_name="groups", index=False)
    reported(package, "alles.xlsx [groups]', expected one file for the table groups")


def test_a_role_that_lacks_where_others_have_it_is_a_problem_unless_nobody_has_it(tables, package):
    sampled = tables["municipalities"].query("sampled == 1")[["wave", "municipality"]]
    silent = (
        tables["groups"]
        .merge(sampled)
        .merge(tables["respondents"], how="left", on=["wave", "municipality", "role"])
    )
    wave, name, role = silent.loc[silent["respondent"].isna(), ["wave", "municipality", "role"]].iloc[0]

    def without(frame):
        gone = (frame["wave"] == str(wave)) & (frame["municipality"] == name) & (frame["role"] == role)
        return frame[~gone]

    edit(package, "groups", without)
    reported(package, f"found '{name}', expected the role {role} in {wave} for each municipality")
    nobody = {"wave": wave, "municipality": name, "role": role, "population": "0", "invited": "0"}
    edit(package, "groups", lambda frame: pd.concat([frame, pd.DataFrame([nobody])]))
    groups = load_survey(package, ROOT).groups
    assert len(groups) == len(tables["groups"]) - 1 and (groups["population"] > 0).all()


# What would hang or end in a traceback


def test_pipes_devices_and_impossible_names_are_named_at_once(tables, package, tmp_path):
    os.mkfifo(package / "extra.xlsx")
    os.mkfifo(package / "mapping.toml")
    reported(package, "mapping.toml: found 'it is no regular file', expected a readable TOML file")
    (package / "mapping.toml").unlink()
    (package / "mapping.toml").symlink_to("/dev/zero")
    reported(package, "mapping.toml: found 'it is no regular file'")
    (package / "mapping.toml").unlink()
    for name, told in (
        ("a\\u0000.csv", "a name that a file can have"),
        ("x" * 300 + ".csv", "a readable file"),
    ):
        (package / "mapping.toml").write_text(f'[tables]\nanswers = "{name}"\n', "utf-8")
        reported(package, told)
    (package / "mapping.toml").unlink()
    listed = {"resources": [{"name": "answers", "path": "\ud800.csv"}]}
    (package / "datapackage.json").write_text(json.dumps(listed), "utf-8")
    reported(package, "a name that a file can have")
    done = CliRunner().invoke(main, ["check", "x" * 300])
    assert done.exit_code == 1 and "expected a readable file" in done.output


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 60_000, "x." * 40_000 + "x = 1", "edition." + "x." * 90 + "x = 1"]
)
def test_a_mapping_that_is_nested_too_deeply_is_named(package, text):
    (package / "mapping.toml").write_text(text, "utf-8")
    reported(package, "mapping.toml")
    (package / "datapackage.json").write_text("[" * 100_000, "utf-8")
    reported(package, "datapackage.json: expected a data package")


def test_a_data_package_that_would_be_passed_over_is_named(package):
    listed = package / "datapackage.json"
    listed.write_text('{"resources": [{"name": "answers", "path": ["answers.csv", "b.csv"]}]}', "utf-8")
    reported(
        package, "datapackage.json: expected a data package: JSON with resources, each with a name and one"
    )
    listed.unlink()
    listed.symlink_to("nowhere.json")
    reported(package, "datapackage.json: expected a data package")


def test_a_mapping_of_sixteen_megabytes_is_not_read(package):
    with (package / "mapping.toml").open("wb") as file:
        file.write(b"\n" * (1 << 24))
    reported(package, "mapping.toml: found 'it is larger than 1 MB'")


def test_many_blank_lines_are_nothing_at_the_end_and_refused_between_rows(tables, package, monkeypatch):
    monkeypatch.setattr("doorgroeien.intake.readers.delimited.BYTES", 1 << 12)
    path = package / "waves.csv"
    text = path.read_text("utf-8")
    path.write_text(text + "\r\n" * (1 << 13), "utf-16", newline="")
    same(package, tables)
    path.write_text(text + "\n" * (1 << 13) + text.splitlines()[-1], "utf-8")
    reported(package, "waves.csv", "expected rows without 4,096 blank lines between them")


def test_broken_utf_16_is_named(tables, package):
    path = package / "waves.csv"
    path.write_bytes(path.read_text("utf-8").encode("utf-16") + b"\x00\xd8\n\x00")
    reported(package, "waves.csv", "expected text in UTF-16")


def test_a_workbook_that_unpacks_to_gigabytes_is_refused(tables, package, monkeypatch):
    as_sheet(tables, package, "groups")
    with monkeypatch.context() as patch:
        patch.setattr("doorgroeien.intake.readers.workbook.LARGEST", 1000)
        reported(package, "groups.xlsx [groups]: expected a workbook that unpacks to no more than")
    with monkeypatch.context() as patch:
        patch.setattr("doorgroeien.intake.readers.workbook.AROUND", 1000)
        reported(package, "groups.xlsx [groups]: expected a workbook that unpacks to no more than")
    monkeypatch.setattr("doorgroeien.intake.readers.workbook.CELLS", 50)
    with pytest.raises(Unreadable, match="a sheet of no more than|fewer than 50 texts"):
        open_sheet(package / "groups.xlsx", "groups.xlsx", "groups")


@pytest.mark.parametrize(
    "row",
    [
        '<row r="999999999"><c r="A999999999"><v>1</v></c></row>',
        '<row r="4000"><c r="ZZZZZZ4000"><v>1</v></c></row>',
        "".join(f'<row r="{row}"><c r="XFD{row}"/></row>' for row in range(2000, 4000)),
        "<row/>" * (1 << 12),
    ],
)
def test_a_sheet_that_excel_could_not_hold_is_refused_before_it_is_read(tables, package, monkeypatch, row):
    monkeypatch.setattr("doorgroeien.intake.readers.workbook.LAST_ROW", 1 << 12)
    path = as_sheet(tables, package, "groups")
    rewrite(path, lambda text: text.replace("</sheetData>", f"{row}</sheetData>"))
    for read in (lambda: open_sheet(path, "x", "groups"), lambda: filled_sheets(path, "x")):
        with pytest.raises(Unreadable, match="a sheet of no more than 4,096 rows"):
            read()


def test_a_column_of_parquet_that_memory_would_not_hold_is_refused(tables, package, monkeypatch):
    path = package / "waves.parquet"
    tables["waves"].to_parquet(path)
    assert open_table(path, "x").header == list(tables["waves"])
    monkeypatch.setattr("doorgroeien.intake.readers.opening.LARGEST", 10)
    with pytest.raises(Unreadable, match="columns of no more than 0 MB in a row group"):
        open_table(path, "x")


@pytest.mark.parametrize("where", ["head", "line", "cell"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_a_line_that_no_export_writes_is_named_with_its_row(package, where, encoding):
    path = package / "waves.csv"
    lines = path.read_text("utf-8").splitlines()
    row, long = {"head": 1, "line": 3, "cell": 2}[where], "é" * (1 << 18)
    lines[row - 1] = lines[row - 1].replace(",", f',"{long}",' if where == "cell" else f",{long},", 1)
    path.write_text("\n".join(lines) + "\n", encoding)
    reported(package, f"waves.csv, row {row}: expected lines of no more than 128 KB")


@pytest.mark.parametrize("ends", [True, False])
def test_a_text_of_many_lines_that_no_export_writes_is_named_with_its_row(package, ends):
    path = package / "waves.csv"
    lines = path.read_text("utf-8").splitlines()
    long = '"' + ("x" * 79 + "\n") * 20_000 + '"' * ends
    lines[2] = lines[2].replace(",", f",{long},", 1)
    path.write_text("\n".join(lines) + "\n", "utf-8")
    reported(package, "waves.csv, row 3: expected rows of no more than 256 KB")
    _, report = check(package)
    assert report.startswith("1 problem:") or "\n1 problem:" in report


def test_lines_as_long_as_may_be_are_read_across_parts_of_a_file(tables, package):
    path = package / "waves.csv"
    lines = path.read_text("utf-8").splitlines()
    (package / "mapping.toml").write_text('[ignore]\nwaves = ["remark"]\n', "utf-8")
    for size in (1000, (1 << 17) - 1):
        filled = [lines[0] + ",remark", *(f"{line}," + "x" * (size - len(line)) for line in lines[1:])]
        path.write_text("\r\n".join(filled) + "\r\n", "utf-8", newline="")
        same(package, tables)


def test_a_billion_nulls_in_a_small_file_are_refused_in_seconds(tables, package, monkeypatch):
    (package / "waves.csv").unlink()
    text = tables["waves"].astype("str")
    nulls = pa.table({name: pa.nulls(1 << 18, pa.string()) for name in text})
    with pq.ParquetWriter(package / "waves.parquet", nulls.schema) as file:
        file.write_table(pa.Table.from_pandas(text, schema=nulls.schema, preserve_index=False))
        for _ in range(4):
            file.write_table(nulls)
    same(package, tables)
    with monkeypatch.context() as patch:
        patch.setattr("doorgroeien.intake.readers.opening.LAST_ROW", 1 << 19)
        reported(package, "waves.parquet: expected a table of no more than 524,288 rows")
    monkeypatch.setattr("doorgroeien.intake.readers.opening.CELLS", 5)
    reported(package, "waves.parquet: expected a table of no more than 16,777,216 rows and 5 cells")


def test_many_wrong_cells_and_merges_are_told_as_one(tables, package, monkeypatch):
    path = as_sheet(tables, package, "groups")
    merges = '<mergeCell ref="A1:B2"/>' * 8
    rewrite(path, lambda text: text.replace("</sheetData>", f"</sheetData><mergeCells>{merges}</mergeCells>"))
    reported(package, "A1:B2 and 3 more', expected cells of their own, not merged")
    monkeypatch.setattr("doorgroeien.intake.readers.workbook.ROWS", 20)
    beyond = '<row r="99">' + "<c><v>1</v></c>" * 40 + "</row>"
    rewrite(path, lambda text: text.replace("</sheetData>", f"{beyond}</sheetData>"))
    reported(package, "expected fewer than 20 cells that are wrong")


def test_a_tag_without_an_end_and_much_between_tags_take_no_time(tables, package):
    path = as_sheet(tables, package, "groups")
    rewrite(path, lambda text: text.replace("</sheetData>", " " * (1 << 22) + "</sheetData>"))
    assert open_sheet(path, "x", "groups").header[0] == "wave"
    rewrite(path, lambda text: text.replace("</sheetData>", f'<row r="{"9" * (1 << 22)}'))
    with pytest.raises(Unreadable, match="a whole workbook"):
        open_sheet(path, "x", "groups")


# Corruption at random, told from what was written


@pytest.fixture(scope="module")
def texts(tables):
    return trial.truth(tables)


@pytest.mark.parametrize("name", trial.KINDS)
def test_what_is_read_is_what_was_written_or_something_is_told(texts, name):
    for seed in range(len(trial.KINDS)):
        try:
            end, what = trial.attempt(name, seed, texts, instrument(ROOT), ROOT)
        except trial.Unfit:
            continue
        assert end == ("equal" if name == "nothing" else end) and end != "misread", (seed, what)
        return
