"""The empty package: documented, checkable, never over somebody's files, and sound once filled."""

import io
import re
import tomllib
from dataclasses import replace

import openpyxl
import pytest
from click.testing import CliRunner
from conftest import ROOT

from doorgroeien.cli import main
from doorgroeien.data.tables import load_all
from doorgroeien.intake import template as module
from doorgroeien.intake.check import read_package
from doorgroeien.intake.fielding.questionnaire import questionnaires
from doorgroeien.intake.fielding.xlsform import as_xlsform
from doorgroeien.intake.loading import load_survey
from doorgroeien.intake.mapping import SECTIONS, read_mapping
from doorgroeien.intake.template import TemplateError, write_template
from doorgroeien.survey.answers import TABLES
from doorgroeien.survey.instrument import load_instrument


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    folder = tmp_path_factory.mktemp("template") / "new" / "package"
    write_template(folder, ROOT)
    return folder


def test_the_command_writes_all_files_and_overwrites_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    out = tmp_path / "out"
    done = CliRunner().invoke(main, ["template", "--out", str(out)])
    assert done.exit_code == 0, done.output
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    names = {str(path.relative_to(out)) for path in before}
    assert names == {"README.md", "mapping.toml", "survey.xlsx", *(f"csv/{table}.csv" for table in TABLES)}
    done = CliRunner().invoke(main, ["template", "--out", str(out)])
    assert done.exit_code == 1 and "nothing is overwritten" in done.output
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    for name in ("file", "link"):
        with pytest.raises(TemplateError):
            write_template(tmp_path / name, ROOT)
    (tmp_path / "empty").mkdir()
    assert len(write_template(tmp_path / "empty", ROOT)) == 9


def test_the_template_says_what_a_table_holds_and_calls_nothing_synthetic(template):
    """It is for real answers, though it is made of the schema that the reference survey has."""
    book = openpyxl.load_workbook(template / "survey.xlsx")
    manual = {row[0]: row[1] for row in book.worksheets[0].iter_rows(values_only=True)}
    assert all(manual[table] for table in TABLES)
    assert not any("Synthetic" in (said or "") for said in manual.values())


@pytest.mark.parametrize("part", [".", "csv", "survey.xlsx"])
def test_an_empty_template_has_no_problem_but_being_empty(template, part):
    problems = [str(problem) for problem in read_package(template / part, ROOT).problems]
    assert len(problems) == len(TABLES)
    assert all("expected rows below the header" in problem for problem in problems), problems


def test_a_filled_template_is_sound(template, tmp_path):
    survey = load_survey(root=ROOT)
    few = survey.respondents["municipality"].isin(survey.respondents["municipality"].unique()[:3])
    few &= survey.respondents["wave"] == 2007
    book = openpyxl.load_workbook(template / "survey.xlsx")
    rows = {"waves": survey.waves[survey.waves["wave"] == 2007]}
    rows["edition"] = [("trial", "a trial", "een proef", 0, None, None)]
    rows["municipalities"] = survey.municipalities[survey.municipalities["wave"] == 2007].iloc[:, :7]
    rows["groups"] = survey.groups[survey.groups["wave"] == 2007].iloc[:, :5]
    rows["respondents"] = survey.respondents[few]
    rows["answers"] = survey.answers[survey.answers["respondent"].isin(rows["respondents"]["respondent"])]
    for table, frame in rows.items():
        values = frame if table == "edition" else frame.astype(object).where(frame.notna(), None).to_numpy()
        for row in values:
            book[table].append(list(row))
    book.save(tmp_path / "filled.xlsx")
    package = read_package(tmp_path / "filled.xlsx", ROOT)
    assert [str(problem) for problem in package.problems] == []
    assert len(package.tables["respondents"]) == few.sum() > 0


def test_drop_downs_offer_what_the_schema_allows(template):
    book = openpyxl.load_workbook(template / "survey.xlsx")
    instrument = load_survey(root=ROOT).instrument
    offered = {}
    for validation in book["answers"].data_validations.dataValidation:
        assert validation.type == "list" and len(validation.formula1) <= 257 and len(validation.prompt) <= 255
        for area in validation.sqref.ranges:
            offered[area.min_col] = validation.formula1.strip('"').split(",")
    header = [cell.value for cell in book["answers"][1]]
    for place, item in enumerate(header[1:], start=2):
        scale = instrument.items.at[item, "scale"]
        codes = instrument.codes.loc[instrument.codes["scale"] == scale, "code"]
        assert set(map(int, offered[place])) == set(codes), item
    assert instrument.items.at["d1a_vision", "wording_nl"] in book["answers"]["B1"].comment.text
    roles = [v for v in book["respondents"].data_validations.dataValidation if "alderman" in v.formula1]
    assert len(roles) == 1
    assert len(list(book["codebook"].rows)) == len(instrument.items) + 1


def test_the_example_of_a_mapping_is_right_once_its_lines_are_used(template, tmp_path):
    text = (template / "mapping.toml").read_text("utf-8")
    assert tomllib.loads(text) == {}
    used = "\n".join(line[2:] if re.match(r"# (\[|\S+ = )", line) else line for line in text.splitlines())
    content = tomllib.loads(used)
    assert set(content) == set(SECTIONS)
    (tmp_path / "mapping.toml").write_text(used, "utf-8")
    tables = load_all(ROOT, only=("scales", "codes", "items", *TABLES))
    scales = {scale: list(rows["item"]) for scale, rows in tables["items"].groupby("scale")}
    _, wrong = read_mapping(tmp_path, {name: list(tables[name]) for name in TABLES}, scales)
    assert wrong == []


def test_the_readme_is_in_both_languages_and_names_every_table(template):
    english, dutch = (template / "README.md").read_text("utf-8").split("## Nederlands")
    for table in TABLES:
        assert f"`{table}`" in english and f"`{table}`" in dutch


def test_no_cell_of_a_workbook_that_is_handed_out_is_a_formula(tmp_path, monkeypatch):
    instrument = load_instrument(ROOT)
    acting = instrument.items.assign(wording_nl="=1+1", wording_en='=HYPERLINK("x")')
    monkeypatch.setattr(module, "load_instrument", lambda root: replace(instrument, items=acting))
    write_template(tmp_path / "p", ROOT)
    [asked] = questionnaires(ROOT, ("staff",), "nl", "full", 2007)
    first = replace(asked.parts[0], title="=1+1")
    form = as_xlsform(replace(asked, parts=(first,)))
    for book in (tmp_path / "p" / "survey.xlsx", io.BytesIO(form)):
        cells = [cell for sheet in openpyxl.load_workbook(book) for row in sheet.iter_rows() for cell in row]
        assert "=1+1" in [cell.value for cell in cells]
        assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
