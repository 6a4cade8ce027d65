"""A mirror report is whole, for its own municipality alone, and says on every page what its answers are."""

import json
import re
from io import BytesIO

import pypdf
import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner

from doorgroeien.cli import main
from doorgroeien.intake.loading import load_survey
from doorgroeien.publishing.mirror import writing
from doorgroeien.publishing.mirror.report import report
from doorgroeien.publishing.mirror.writing import as_page, as_pdf, folder_of, write_mirrors
from doorgroeien.publishing.real_answers import BuildError
from doorgroeien.survey.mirror import Mirrors

YEARS = (2005, 2007)


@pytest.fixture(scope="module")
def survey():
    return load_survey()


@pytest.fixture(scope="module")
def mirrors(survey):
    return Mirrors(survey, *YEARS)


@pytest.fixture(scope="module")
def made(mirrors):
    return report(mirrors, mirrors.towns[2], "Voorbeeldstad", "het boek")


@pytest.fixture
def quick(monkeypatch):
    """Let reports be marks, so that what is about their folders takes no time."""
    monkeypatch.setattr(writing, "report", lambda mirrors, town, name, book: f"{town} {name}")
    monkeypatch.setattr(writing, "as_page", str.encode)
    monkeypatch.setattr(writing, "as_pdf", str.encode)


def test_the_page_and_the_pdf_hold_the_same_scores(mirrors, made):
    town = mirrors.towns[2]
    total = f"{mirrors.scores(town).loc['total', 'own']:.1f}".replace(".", ",")
    page = BeautifulSoup(as_page(made), "html.parser")
    row = next(row for row in page.select("tbody tr") if row.th and row.th.get_text() == "Alle dimensies")
    assert row.td.get_text() == total
    text = "\n".join(sheet.extract_text() for sheet in pypdf.PdfReader(BytesIO(as_pdf(made))).pages)
    assert f"Alle dimensies {total}" in re.sub(r"\s+", " ", text)


def test_each_row_has_a_cell_for_each_column(made):
    items = made.texts["items"]
    rows = [cells for part in items["parts"] for cells in part["rows"]]
    assert {len(cells) for cells in rows} == {len(items["columns"])}
    for table in (made.texts["scores"], made.texts["changes"]):
        assert {1 + len(row["cells"]) for row in table["rows"]} <= {len(table["columns"])}


def test_every_page_of_the_pdf_says_what_the_answers_are_and_for_whom_it_is(survey, made):
    sheets = pypdf.PdfReader(BytesIO(as_pdf(made)))
    for sheet in sheets.pages:
        text = re.sub(r"\s+", " ", sheet.extract_text())
        assert survey.edition.names[1] in text and "alleen bedoeld voor Voorbeeldstad" in text
    assert sheets.metadata.title == "Spiegelrapport Voorbeeldstad" and sheets.trailer["/Root"]["/MarkInfo"]


def test_no_other_municipality_and_no_respondent_stands_in_a_report(survey, mirrors, made):
    page = as_page(made).decode()
    others = {*survey.municipalities["municipality"], *survey.respondents["respondent"]}
    assert not [name for name in others if name in page]


def test_a_page_asks_nothing_of_any_other_and_runs_nothing(made):
    page = BeautifulSoup(as_page(made), "html.parser")
    assert page.html["lang"] == "nl" and not page.find(["script", "link", "img", "iframe", "object"])
    assert not re.search(r"(?:src|href|url)\s*[=(]", as_page(made).decode())


def test_a_name_is_text_whatever_it_holds(mirrors):
    odd = report(mirrors, mirrors.towns[0], '<script>alert(1)</script> #{x} *"', "het boek")
    assert b"<script>" not in as_page(odd) and "<script" not in odd.picture
    text = pypdf.PdfReader(BytesIO(as_pdf(odd))).pages[0].extract_text()
    assert "#{x}" in text and "<script>alert(1)</script>" in re.sub(r"\s+", "", text)


def test_the_picture_has_the_scores_of_the_table_and_names_the_edition(survey, mirrors, made):
    scores = mirrors.scores(mirrors.towns[2])
    drawing = BeautifulSoup(made.picture, "xml")
    assert len(drawing.find_all("circle")) == scores["own"].notna().sum() + 1  # and the legend
    assert survey.edition.names[1] in drawing.get_text() and drawing.svg["aria-label"]


def test_a_report_is_readable_for_its_owner_alone(survey, root, tmp_path, quick):
    (folder,) = write_mirrors(survey, root, tmp_path / "out", ["syn-003"], YEARS, print)
    assert {path.name: path.read_text() for path in folder.iterdir()} == dict.fromkeys(
        ("spiegelrapport.html", "spiegelrapport.pdf"), "syn-003 syn-003"
    )
    modes = {path: path.stat().st_mode & 0o777 for path in [folder.parent, *folder.parent.rglob("*")]}
    assert all(mode == (0o700 if path.is_dir() else 0o600) for path, mode in modes.items())


def test_what_is_broken_off_goes_on_and_leaves_nothing_half(survey, root, tmp_path, quick, monkeypatch):
    count = 0

    def break_off(made):
        nonlocal count
        count += 1
        if count == 3:
            raise KeyboardInterrupt
        return made.encode()

    monkeypatch.setattr(writing, "as_pdf", break_off)
    with pytest.raises(KeyboardInterrupt):
        write_mirrors(survey, root, tmp_path / "out", (), YEARS, print)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "answers.json",
        "syn-001",
        "syn-002",
    ]
    (tmp_path / "out" / ".staging-left").mkdir()  # as a run that was killed leaves it
    (tmp_path / "out" / "syn-001" / "spiegelrapport.pdf").write_text("kept")
    said = []
    folders = write_mirrors(survey, root, tmp_path / "out", (), YEARS, said.append)
    assert len(folders) == 359 and all(len([*folder.iterdir()]) == 2 for folder in folders)
    assert (folders[0] / "spiegelrapport.pdf").read_text() == "kept"
    assert not (tmp_path / "out" / ".staging-left").exists()
    assert said[0] == "2 of 359 reports are there already" and said[-1] == "357 of 357 reports written"


def test_reports_go_neither_into_the_book_nor_among_other_files_or_reports(survey, root, tmp_path, quick):
    def refused(folder, only=("syn-003",)):
        with pytest.raises(BuildError) as error:
            write_mirrors(survey, root, folder, only, YEARS, print)
        return str(error.value)

    (tmp_path / "link").symlink_to(root)
    for inside in (root / "mirrors", root, tmp_path / "link" / "mirrors"):
        assert "lies in the folder of the book" in refused(inside)
    assert not (root / "mirrors").exists()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("mine")
    assert "something else in it" in refused(tmp_path / "other")
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["notes.txt"]
    assert "expected a folder" in refused(tmp_path / "other" / "notes.txt")
    write_mirrors(survey, root, tmp_path / "out", ["syn-003"], YEARS, print)
    stamp = json.loads((tmp_path / "out" / "answers.json").read_text())
    (tmp_path / "out" / "answers.json").write_text(json.dumps(stamp | {"answers": "of another survey"}))
    assert "holds reports on other answers" in refused(tmp_path / "out", ())
    message = refused(tmp_path / "new", ["syn-003", "nowhere"])
    assert message.startswith("nowhere: nobody there answered in 2007.") and not (tmp_path / "new").exists()


def test_a_municipality_is_found_by_its_code_however_it_is_written_and_called_by_its_name(root):
    names = writing._names(root)
    assert (names["0363"], names["0014"]) == ("Amsterdam", "Groningen")


@pytest.mark.parametrize("name", ["..", ".hidden", "a/b", "a\\b", "nul\x00", "é ß"])
def test_no_identifier_leads_out_of_the_folder(name):
    assert re.fullmatch(r"(?:[\w-]|%[0-9A-F]{2})+", folder_of(name), re.ASCII)


def test_the_command_asks_for_one_of_two_options(tmp_path):
    for line in (["--out", tmp_path / "out"], ["--all", "--municipality", "0363", "--out", tmp_path / "out"]):
        result = CliRunner().invoke(main, ["mirror", *map(str, line)])
        assert result.exit_code == 2 and "either --municipality" in result.output
