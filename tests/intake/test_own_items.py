"""Another questionnaire at the door: its items, scales and codes take the place of the book's."""

from collections import Counter

import pandas as pd
import pytest
from another import CODES, ITEMS, write_another
from conftest import ROOT
from test_check import at_root, check, edit, put, reported

from doorgroeien.data.tables import load_all
from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.intake.check import package_digest, read_package
from doorgroeien.intake.loading import load_survey
from doorgroeien.survey.dimension import Dimension
from doorgroeien.survey.ledger import UNTESTED, estimands, speaking, verdicts
from doorgroeien.survey.weighting import municipal_design, score_columns

__all__ = ["at_root"]  # a fixture that every test here uses as well


@pytest.fixture
def package(tmp_path):
    return write_another(tmp_path / "package", ROOT / "data" / "survey", count=40)


def change_mapping(package, old, new):
    path = package / "mapping.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_a_questionnaire_in_dutch_and_spss_is_read_whole(package):
    code, report = check(package)
    assert code == 0, report
    assert "items                  20 rows" in report
    survey = load_survey(package, ROOT)
    assert list(survey.items.index) == [item for item, *_ in ITEMS]
    assert set(survey.respondents["role"]) == {"municipality", "alderman", "manager", "staff"}
    spec = survey.items.loc["v18"]
    assert spec[["dimension", "role", "scale"]].to_list() == ["4b", "staff", "cijfer"]
    assert spec["wording_en"] == spec["wording_nl"] == ITEMS[17][-1]
    labels = list(survey.labelled["v18_answer"].cat.categories)
    assert labels == [label for code, label in CODES["cijfer"].items() if code < 8]
    assert survey.endings.loc["v18", "dont_know"].sum() > 0  # 99 in the file, 9 on the scale
    assert "99" not in set(survey.answers["v18"].dropna().astype("str"))


def test_scores_follow_its_own_scales_and_directions(package):
    survey = load_survey(package, ROOT)
    for item, _, _, scale, direction, scored, _ in ITEMS:
        if not scored:
            assert item not in survey.scored
            continue
        codes = [code for code in CODES[scale] if code < 8]
        given = survey.answers[item].where(survey.answers[item].isin(codes)).astype("float64")
        expected = 100 * (given - codes[0]) / (codes[-1] - codes[0])
        expected = expected if direction == 1 else 100 - expected
        pd.testing.assert_series_equal(survey.scored[item], expected, check_names=False)


def test_parts_and_dimensions_are_computed_from_the_items_there_are(package):
    survey = load_survey(package, ROOT)
    asked = {part for _, part, _, _, _, scored, _ in ITEMS if scored}
    assert set(score_columns(survey.instrument, "full")) == {*asked, "1", "2", "3", "4", "total"}
    assert {"1c", "2b", "councillor", "d1a_vision", "agreement"} <= survey.absent
    data = municipal_design(survey).table.data
    assert data[sorted(asked)].notna().any().all()


def test_the_reliability_of_its_parts_is_shown_where_they_have_two_questions(package):
    survey = load_survey(package, ROOT)
    found = Dimension(survey, "1", 2005, 2007).reliability().set_index("part")
    count = Counter(part for _, part, _, _, _, scored, _ in ITEMS if scored and part[0] == "1")
    assert found["items"].to_dict() == {part: n for part, n in count.items() if n > 1} | {"1": 7}
    assert found["alpha"].between(0, 1).all() and found.loc["1", "omega"] > 0


def test_check_says_what_it_carries(package):
    _, report = check(package)
    assert "1c quality: level no: not asked, or answered by nobody" in report
    assert "finding 3 Some municipalities leave enforcement to specialists: verdict yes" in report
    assert "finding 8 Council members see enforcement mainly as execution: verdict no" in report


def test_an_estimand_is_that_of_the_item_that_serves_it(package):
    survey = load_survey(package, ROOT)
    table = estimands(survey, 2005, 2007).set_index(["finding", "estimand"])
    now = survey.respondents["wave"] == 2007
    given = survey.answers.loc[now, "v12"].dropna()
    given = given[given < 8]
    share = 100 * (given == 1).mean()
    assert abs(table.at[(3, "staff"), "estimate"] - share) < 8  # weights apart
    assert verdicts(table.reset_index()).at[3, "verdict"] != UNTESTED
    change_mapping(package, '"3.staff" = { item = "v12", code = 1 }\n', "")
    table = estimands(load_survey(package, ROOT), 2005, 2007)
    assert verdicts(table).at[3, "verdict"] == UNTESTED
    assert set(table.loc[table["estimand"] == "staff", "reason"]) == {"absent"}


def test_the_items_that_speak_to_a_finding_are_those_that_serve_it(package):
    asked = load_survey(package, ROOT).instrument
    assert asked.own
    assert [speaking(asked, finding) for finding in (5, 6)] == [["v01", "v02", "v03"], ["v06", "v07"]]
    change_mapping(package, '"5.clear" = { part = "1a" }\n', "")
    with pytest.raises(NotEstimableError, match="finding 5"):
        speaking(load_survey(package, ROOT).instrument, 5)


def test_the_items_of_the_book_may_serve_otherwise(tmp_path):
    source = ROOT / "data" / "survey"
    for path in source.glob("*.csv"):
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / "edition.csv").unlink()
    edition = (source / "edition.csv").read_text("utf-8").replace("\nreference,", "\nother,")
    (tmp_path / "edition.csv").write_text(edition, "utf-8")
    (tmp_path / "mapping.toml").write_text('[estimands]\n"8.execution" = { item = "d3a_role", code = 2 }\n')
    package = read_package(tmp_path, ROOT, warn=False)
    assert not package.problems
    assert package.instrument.serves[8, "execution"] == {"item": "d3a_role", "code": 2}
    assert package.instrument.serves[3, "staff"] == {"item": "d3c_owner_staff", "code": 1}


def test_its_tables_belong_to_what_the_answers_follow_from(package):
    before = package_digest(package, ROOT)
    put(package, "items", 3, "direction", "-1")
    assert package_digest(package, ROOT) != before


def test_its_tables_may_be_sheets_of_a_workbook(package):
    whole = load_survey(package, ROOT)
    with pd.ExcelWriter(package / "vragenlijst.xlsx") as book:
        for table in ("items", "scales", "codes"):
            pd.read_csv(package / f"{table}.csv").to_excel(book, sheet_name=table, index=False)
            (package / f"{table}.csv").unlink()
    same = load_survey(package, ROOT)
    pd.testing.assert_frame_equal(same.answers, whole.answers)
    pd.testing.assert_frame_equal(same.items, whole.items)


WRONG = {
    ("items", 2, "dimension", "9z"): "found '9z', expected one of 1, 1a",
    ("items", 2, "role", "burgemeester"): "found 'burgemeester', expected one of municipality, alderman",
    ("items", 2, "scale", "rapport"): "found 'rapport', expected one of the scales mate, janee, wie, cijfer",
    ("items", 2, "direction", "2"): "found '2', expected one of 1, -1, 0",
    ("items", 2, "direction", "0"): "expected 1 or -1, which says whether a higher code means more or less",
    (
        "items",
        2,
        "wording_nl",
        "",
    ): "row 2, column wording_en+wording_nl: expected a wording in English or in",
    ("items", 3, "item", "v01"): "found 'v01 (first in row 2)', expected a value that occurs once",
    ("items", 2, "item", "v 1"): "found 'v 1', expected text like v12",
    ("items", 2, "item", "v01_answer"): "expected another name, which does not end in _answer",
    ("items", 2, "item", "wave"): "found 'wave', expected another name",
    ("items", 13, "scored", "1"): "expected 0 for a scale whose categories have no order",
    ("items", 2, "dimension", "1"): "expected 0 for an item of a whole dimension",
    ("codes", 2, "scale", "rapport"): "found 'rapport', expected a scale of the table scales",
    ("codes", 2, "label_nl", ""): "row 2, column label_en+label_nl: expected a label in English or in Dutch",
    ("codes", 2, "label_nl", "helemaal"): "found 'helemaal', expected another label for each code of a scale",
    ("codes", 2, "code", "1000"): "found '1000', expected 99 or less",
    ("codes", 3, "code", "1"): "expected values that occur together once",
    ("codes", 2, "missing", "weg"): "found 'weg', expected one of dont_know, not_applicable, refused",
    ("scales", 2, "kind", "lang"): "found 'lang', expected one of ordinal, frequency, binary, nominal",
}


@pytest.mark.parametrize(("cell", "message"), WRONG.items(), ids=[f"{c[0]}-{c[2]}-{c[3]}" for c in WRONG])
def test_what_is_wrong_with_it_is_named_with_its_cell(package, cell, message):
    table, row, column, value = cell
    put(package, table, row, column, value)
    report = reported(package, message)
    assert f"{table}.csv, row" in report
    assert "1 problem:" in report, "what follows from it is not said as well"


def test_a_code_outside_its_scale_is_named(package):
    edit(package, "codes", lambda codes: codes[~((codes["scale"] == "mate") & (codes["code"] == "4"))])
    reported(package, "column", "found '4'", "expected one of 1, 2, 3, 9")


def test_a_scale_without_codes_and_codes_without_items_are_named(package):
    edit(package, "codes", lambda codes: codes[codes["scale"] != "wie"])
    reported(package, "found 'wie', expected two answers or more in the table codes")
    (package / "items.csv").unlink()
    reported(package, "expected also a table items, whose scales these are")


SERVES = {
    '"3.staff" = { item = "v99", code = 1 }': "estimands.3.staff.item: found 'v99', expected an item of",
    '"3.staff" = { item = ["v12"], code = 1 }': "estimands.3.staff.item: found \"['v12']\", expected an item",
    '"3.staff" = { item = "v12", code = true }': "3.staff.code: found 'True', expected one of the answers",
    '"3.staff" = { item = "v12", code = 7 }': "3.staff.code: found '7', expected one of the answers",
    '"3.staff" = { item = "v13", code = 1 }': "expected an item asked of the role staff, not manager",
    '"3.staff" = "v12"': "expected the item and the code that counts",
    '"3.board" = { item = "v12", code = 1 }': "found '3.board', expected one of 2.alderman",
    '"5.clear2" = 1': "found '5.clear2', expected one of 2.alderman",
}


@pytest.mark.parametrize(("line", "message"), SERVES.items())
def test_what_cannot_serve_an_estimand_is_named(package, line, message):
    change_mapping(package, '"3.staff" = { item = "v12", code = 1 }', line)
    reported(package, message)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            '"6.room" = { items = ["v12"] }',
            "found 'v12', expected items of the questionnaire that are scored",
        ),
        ('"6.room" = { items = ["v06", "v06"] }', "found 'v06', expected items of the questionnaire"),
        (
            '"6.room" = { items = [["v06"]] }',
            "expected items of the questionnaire that are scored, each once",
        ),
        ('"6.room" = { part = ["1c"] }', "expected a part with an item that is scored"),
        ('"6.room" = { part = "1c" }', "found '1c', expected a part with an item that is scored"),
        ('"6.room" = { items = [] }', "expected items or a part"),
    ],
)
def test_what_cannot_serve_a_mean_is_named(package, line, message):
    change_mapping(package, '"6.room" = { items = ["v06", "v07"] }', line)
    reported(package, message)


def test_a_package_without_items_keeps_those_of_the_book(tmp_path):
    package = read_package(ROOT / "data" / "survey", ROOT, warn=False)
    assert list(package.instrument.items.index) == load_all(ROOT, only=("items",))["items"]["item"].to_list()
    assert package.instrument.serves is None and not package.instrument.lost
