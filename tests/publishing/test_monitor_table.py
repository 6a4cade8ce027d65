"""The monitor table leaves the book in forms that other programs read, and says what is not in it."""

import json
import re

import pandas as pd
import pytest
import sdmx
from click.testing import CliRunner
from conftest import ROOT
from openpyxl import load_workbook

from doorgroeien.cli import main
from doorgroeien.publishing.export import FORMATS, export
from doorgroeien.publishing.monitor import FIELDS, as_csv, monitor_table
from doorgroeien.publishing.monitor_sdmx import NO_ANSWERS, as_sdmx, code_of
from doorgroeien.publishing.real_answers import BuildError

PAGE = (ROOT / "book" / "monitor.md").read_text(encoding="utf-8")
BOTH = {"en": "=1+1, said of all", "nl": "van alle"}
PLACE = {"page": "notebooks/a", "cell": 1}
NUMBER = {
    **{"kind": "number", "id": "a.share", "value": 51.25, "unit": "percent", "decimals": None},
    **{"low": 40.0, "high": 62.0, "interval": "confidence", "se": 5.0, "n": 20, "period": "2007"},
    **{"definition": BOTH, "population": BOTH, "evidence": "survey answers", "sources": ["X2008", "Y2009"]},
    **{"edition": {"en": "Edition 1 (pilot)", "nl": "Editie 1"}, "rests": {"municipalities": 20}},
} | PLACE
EMPTY = {"value": None, "low": None, "high": None, "se": None}
WITHHELD = NUMBER | EMPTY | {"id": "a.few", "withheld": True, "rule": "few"}
LOST = NUMBER | EMPTY | {"id": "a.lost", "not_estimable": BOTH}
WORD = NUMBER | EMPTY | {"id": "a.verdict", "unit": "word", "value": {"en": "supported", "nl": "gesteund"}}
REAL = NUMBER | {"id": "a.real", "evidence": "published figures", "edition": None}
REAL = {name: value for name, value in REAL.items() if name != "rests"}
RECORDS = [NUMBER, WITHHELD, LOST, WORD, REAL]


@pytest.fixture
def built_site(tmp_path):
    folder = tmp_path / "site" / "results"
    folder.mkdir(parents=True)
    results = {"$schema": "x", "title": "Book", "licence": "CC-BY-4.0", "numbers": RECORDS}
    (folder / "results.json").write_text(
        json.dumps(results | {"figures": [], "tables": []}), encoding="utf-8"
    )
    (folder / "results.schema.json").write_text("{}", encoding="utf-8")
    return folder.parent


def test_a_row_says_whether_its_number_is_there_and_on_how_many_it_rests():
    table = monitor_table(RECORDS).set_index("id")
    assert table["status"].to_list() == ["published", "withheld", "not estimable", "published", "published"]
    assert table["rule"].dropna().to_dict() == {"a.few": "few"}
    assert table.loc[["a.few", "a.lost", "a.verdict"], "value"].isna().all()
    assert table["municipalities"].to_list()[:4] == [20] * 4 and table["municipalities"].isna().loc["a.real"]
    assert table.loc["a.verdict", "text_nl"] == "gesteund"


def test_every_form_holds_the_same_numbers(built_site, tmp_path):
    files = {form: export(built_site, form, tmp_path / form) for form in FORMATS}
    csv = pd.read_csv(files["csv"][0])
    assert csv["id"].to_list() == [record["id"] for record in RECORDS]
    sheet = load_workbook(files["xlsx"][0])["results"]
    assert [row[1] for row in sheet.iter_rows(2, values_only=True)] == [51.25, None, None, None, 51.25]
    assert json.loads(files["json"][0].read_text(encoding="utf-8"))["numbers"] == RECORDS
    assert not any(text.startswith("=") for text in csv["definition_en"])


def test_the_data_of_sdmx_are_as_the_structure_says_and_read_back_the_same(built_site, tmp_path):
    structure, csv, jsn = export(built_site, "sdmx", tmp_path / "sdmx")
    message = sdmx.read_sdmx(structure)
    defined = message.structure["MONITOR"]
    components = {*(part.id for part in defined.dimensions), *(part.id for part in defined.attributes)}
    components |= {part.id for part in defined.measures}
    assert {*pd.read_csv(csv, nrows=0)} == components | {"STRUCTURE", "STRUCTURE_ID", "ACTION"}
    lists = {name.removeprefix("CL_"): {*codes.items} for name, codes in message.codelist.items()}
    assert lists["EDITION"] == {NO_ANSWERS, "Edition_1_pilot"}
    assert message.codelist["CL_RESULT"]["a_share"].name["nl"] == "van alle"
    for data in (sdmx.read_sdmx(csv, structure=defined), sdmx.read_sdmx(jsn)):
        observed = {str(one.dimension["RESULT"].value): one for one in data.data[0].obs}
        assert {*observed} == lists["RESULT"] == {code_of(record["id"]) for record in RECORDS}
        for record in RECORDS:
            one = observed[code_of(record["id"])]
            known = {name: str(part.value) for name, part in one.attached_attribute.items()}
            known = {name: value for name, value in known.items() if value}
            assert known["OBS_STATUS"] == ("Q" if "rule" in record else "O" if record is LOST else "A")
            assert known["OBS_STATUS"] in lists["OBS_STATUS"]
            assert one.dimension["EDITION"].value in lists["EDITION"]
            shown = isinstance(record["value"], float)
            assert (float(one.value) == record["value"]) if shown else one.value in (None, "")
            assert known.get("RULE") == record.get("rule")
            assert known["SOURCES"] == "X2008;Y2009"


def test_the_same_numbers_give_the_same_files():
    table = monitor_table(RECORDS)
    when = pd.Timestamp("2026-11-01").to_pydatetime()
    assert as_sdmx(table, when) == as_sdmx(table, when)
    assert as_csv(table) == as_csv(monitor_table(RECORDS))


def test_codes_of_numbers_stay_apart():
    names = ["a.b-c", "a.b.c", "a-b.c", "a.b", "ab"]
    assert len({code_of(name) for name in names}) == len(names)


@pytest.mark.parametrize("place", ["full", "file"])
def test_nothing_is_overwritten(built_site, tmp_path, place):
    out = tmp_path / "out"
    (out.mkdir() or (out / "mine").write_text("mine")) if place == "full" else out.write_text("mine")
    with pytest.raises(BuildError, match="Name a new or an empty folder"):
        export(built_site, "csv", out)
    assert (out / "mine" if place == "full" else out).read_text() == "mine"
    assert not list(tmp_path.glob(".staging-*"))


def test_a_folder_without_results_is_named(tmp_path):
    done = CliRunner().invoke(main, ["export", "--site", str(tmp_path), "--out", str(tmp_path / "out")])
    assert done.exit_code == 1
    assert f"{tmp_path}: holds no results/results.json" in done.output
    assert not (tmp_path / "out").exists()


def code_on_page(language):
    return re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)[1]


def compared(tmp_path, monkeypatch, second):
    """Return the comparison that the page makes of the records with others, by id."""
    for name, records in (("first", RECORDS), ("second", second)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "results.csv").write_bytes(as_csv(monitor_table(records)))
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(code_on_page("python"), names)
    return names["both"].set_index("id")


def test_the_example_of_the_page_compares_two_editions(tmp_path, monkeypatch):
    second = [record | ({"value": 71.25} if record is NUMBER else {}) for record in RECORDS]
    both = compared(tmp_path, monkeypatch, second)
    assert both.loc["a.share", "change"] == 20 and both.loc["a.share", "clear"]
    assert list(both.index) == ["a.share", "a.real"]  # those with a standard error in both
    assert not both.loc["a.real", "clear"]


def test_the_example_of_the_page_counts_few_degrees_of_freedom(tmp_path, monkeypatch):
    both = compared(tmp_path, monkeypatch, [NUMBER | {"value": 71.25, "df": 2.0}])
    assert both.loc["a.share", "change"] == 20 and not both.loc["a.share", "clear"]


def test_the_example_of_the_page_refuses_invented_answers_beside_real_ones(tmp_path, monkeypatch):
    invented = {lang: f"invented {text}" for lang, text in BOTH.items()}
    with pytest.raises(ValueError, match="are invented"):
        compared(tmp_path, monkeypatch, [NUMBER | {"population": invented}])


def test_the_example_in_r_asks_for_columns_that_there_are():
    asked = re.findall(r'"(\w+)"', code_on_page("r"))
    quoted = {re.sub("_(first|second)$", "", name) for name in asked} - {""}
    assert quoted and quoted <= FIELDS.keys()
