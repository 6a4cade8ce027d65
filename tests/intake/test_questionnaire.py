"""Questionnaires: all that the instrument asks of a role, in three forms, and only the skips that it has."""

import io
import re
from datetime import date

import docx
import openpyxl
import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner
from conftest import ROOT
from pyxform.xls2xform import convert

from doorgroeien.cli import main
from doorgroeien.intake.fielding.document import as_document
from doorgroeien.intake.fielding.page import as_page
from doorgroeien.intake.fielding.questionnaire import MARK, questionnaires, words
from doorgroeien.intake.fielding.xlsform import as_xlsform
from doorgroeien.survey.instrument import FORMS, ROLES, load_instrument

ALL = [(language, form) for language in ("nl", "en") for form in FORMS]
LEAST = 5  # places to fill in: who, why, legal basis, how long kept, contact


@pytest.fixture(scope="module")
def instrument():
    return load_instrument(ROOT)


def rows(sheet):
    head, *others = sheet.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in others]


def label(row):
    return next(text for name, text in row.items() if name.startswith("label::"))


@pytest.mark.parametrize(("language", "form"), ALL)
def test_each_role_is_asked_its_items_of_the_form_once_in_its_language(instrument, language, form):
    found = questionnaires(ROOT, (), language, form, 2027)
    assert [one.role for one in found] == list(ROLES)
    for one in found:
        assert sorted(question.item for question in one.questions) == sorted(instrument.asked(form, one.role))
        assert [question.number for question in one.questions] == list(range(1, len(one.questions) + 1))
        for question in one.questions:
            item = instrument.items.loc[question.item]
            assert question.text == item[f"wording_{language}"]
            codes = instrument.codes[instrument.codes["scale"] == item["scale"]]
            assert [option.code for option in question.options] == codes["code"].to_list()
            assert [option.label for option in question.options] == codes[f"label_{language}"].to_list()
            kinds = {option.code for option in question.options if option.missing}
            assert kinds == set(instrument.missing_codes[item["scale"]]) == {-7, -8, -9}


def test_a_question_is_skipped_only_where_the_instrument_says_so():
    [full] = questionnaires(ROOT, ("municipality",), "en", "full", 2027)
    skipped = {one.item: (one.after.item, one.when.code) for one in full.questions if one.after}
    routing = (ROOT / "data/instrument/routing.csv").read_text("utf-8").split()[1:]
    assert skipped == {item: (after, int(code)) for item, after, code in (row.split(",") for row in routing)}
    places = [one.item for one in full.questions]
    assert all(places.index(item) == places.index(after) + 1 for item, (after, _) in skipped.items())
    [short] = questionnaires(ROOT, ("municipality",), "en", "quick_scan", 2027)
    assert {"d4b_police_quality"} <= {one.item for one in short.questions}
    assert not any(one.after for one in short.questions)  # what decides is not asked


def test_who_never_has_contact_with_a_partner_has_no_quality_in_the_reference_survey_either(root):
    from doorgroeien.data.tables import load_all

    tables = load_all(root, only=("answers", "routing"))
    for row in tables["routing"].itertuples():
        skipped = tables["answers"][row.after] == row.code
        there = tables["answers"].loc[skipped.fillna(False), row.item]
        assert (there == -7).any() and (there < 0).all()  # or a code that stands for no answer either


@pytest.mark.parametrize(("language", "form"), ALL)
def test_pyxform_accepts_each_xlsform_and_names_are_items_and_codes(instrument, language, form):
    for one in questionnaires(ROOT, (), language, form, 2027):
        content, warnings = as_xlsform(one), []
        converted = convert(io.BytesIO(content), warnings=warnings, file_type=".xlsx")
        assert warnings == []
        form_ = BeautifulSoup(converted.xform, "xml")
        asked = [select["ref"].rpartition("/")[2] for select in form_.find_all("select1")]
        assert asked == [question.item for question in one.questions]
        binds = {bind["nodeset"].rpartition("/")[2]: bind for bind in form_.find_all("bind")}
        assert binds["wave"]["calculate"] == "2027" and binds["role"]["calculate"] == f"'{one.role}'"
        assert {"municipality", "start", "end"} <= set(binds)
        for question in one.questions:
            relevant = binds[question.item].get("relevant")
            if question.after is None:
                assert relevant is None
            else:
                assert relevant.endswith(f"{question.after.item}  != '{question.when.code}'")
        book = openpyxl.load_workbook(io.BytesIO(content))
        assert book.sheetnames == ["survey", "choices", "settings"]
        choices = {}
        for row in rows(book["choices"]):
            choices.setdefault(row["list_name"], {})[row["name"]] = label(row)
        for question in one.questions:
            expected = {str(option.code): option.label for option in question.options}
            assert choices[question.scale] == expected


@pytest.mark.parametrize(("language", "form"), ALL)
def test_a_page_is_whole_labelled_and_asks_nothing_of_any_other(language, form):
    for one in questionnaires(ROOT, (), language, form, 2027):
        text = as_page(one).decode()
        assert not re.search(r"https?:|//|<script|<link|<img|@import|url\(", text)
        page = BeautifulSoup(text, "html.parser")
        assert page.html["lang"] == language and page.title.get_text() == f"{one.title}, 2027"
        sets = page.find_all("fieldset")
        for fieldset, question in zip(sets, one.questions, strict=True):
            assert f"{question.number}. {question.text}" in fieldset.legend.get_text()
            boxes = fieldset.select("label > input[type=radio]")
            assert [box["name"] for box in boxes] == [question.item] * len(question.options)
            assert [int(box["value"]) for box in boxes] == [option.code for option in question.options]
            for box, option in zip(boxes, question.options, strict=True):
                assert option.label in box.parent.get_text()
            assert bool(fieldset.select_one(".route")) == bool(question.after)
            if question.after:
                told = fieldset.find(id=fieldset["aria-describedby"]).get_text()
                assert question.when.label in told and f" {question.after.number}" in told
        levels = [int(head.name[1]) for head in page.find_all(re.compile(r"^h\d$"))]
        assert levels[0] == 1 and all(b - a <= 1 for a, b in zip(levels, levels[1:], strict=False))
        assert page.find("label", attrs={"for": page.find("input", type="text")["id"]})
        assert len(page.find_all("mark")) >= LEAST
        assert "size: A4" in text


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_document_can_be_edited_and_has_every_question_and_a_box_for_each_answer(language):
    for one in questionnaires(ROOT, (), language, "full", 2027):
        document = docx.Document(io.BytesIO(as_document(one)))
        texts = [paragraph.text for paragraph in document.paragraphs]
        places = [
            texts.index(f"{question.number}. {question.text}  {question.item}") for question in one.questions
        ]
        assert places == sorted(places)
        boxes = sum(text.startswith("\u2610 ") for text in texts)
        assert boxes == sum(len(question.options) for question in one.questions)
        assert round(document.sections[0].page_width.mm) == 210
        marked = [run.text for line in document.paragraphs for run in line.runs if run.font.highlight_color]
        assert len(marked) >= LEAST and all(MARK.fullmatch(text) for text in marked)
        assert document.core_properties.language.startswith(language)


def test_words_have_both_languages_with_the_same_fields_and_as_many_places_to_fill_in():
    for section in words().values():
        for pair in section.values():
            assert {"en", "nl"} <= set(pair)
            fields = [sorted(re.findall(r"\{\w+\}", pair[language])) for language in ("en", "nl")]
            assert fields[0] == fields[1] or pair["en"].startswith("# ")
            assert len(MARK.findall(pair["en"])) == len(MARK.findall(pair["nl"]))
    told = " ".join(pair["en"] for pair in words()["introduction"].values())
    for asked in ("controller", "Legal basis", "kept until", "rights", "contact", "Data protection officer"):
        assert asked in told or asked in str(words()["introduction"])


def test_the_command_writes_one_file_for_each_role_and_overwrites_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    done = CliRunner().invoke(main, ["questionnaire", "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    year = date.today().year
    names = {f"questionnaire-{year}-{role}-full-nl.xlsx" for role in ROLES}
    assert {path.name for path in (tmp_path / "out").iterdir()} == names
    before = {path: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    line = ["questionnaire", "--out", str(tmp_path / "out"), "--role", "staff", "--role", "manager"]
    done = CliRunner().invoke(main, line)
    assert done.exit_code == 1 and "nothing is overwritten" in done.output
    assert {path: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    done = CliRunner().invoke(main, [*line, "--format", "html", "--language", "en", "--form", "quick_scan"])
    assert done.exit_code == 0 and len(list((tmp_path / "out").iterdir())) == len(ROLES) + 2
    (tmp_path / "file").write_text("mine")
    done = CliRunner().invoke(main, ["questionnaire", "--out", str(tmp_path / "file")])
    assert done.exit_code == 1 and (tmp_path / "file").read_text() == "mine"
    assert (
        CliRunner().invoke(main, ["questionnaire", "--role", "king", "--out", str(tmp_path)]).exit_code == 2
    )
