"""The self-scan: what the page is given of the instrument, the letter and, on real answers, the register."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from conftest import ROOT
from self_scans import FILE, REGISTER, as_text, made

from doorgroeien.data.tables import load
from doorgroeien.publishing.words import section
from doorgroeien.results.register import Register
from doorgroeien.sphinxext.content import self_scan
from doorgroeien.sphinxext.content.self_scan import SelfScanDirective, compared, questions, type_rule
from doorgroeien.survey.instrument import load_instrument


def shown(language, monkeypatch, real, register=REGISTER):
    """Return what the directive puts into a page, and what it notes of the page."""
    monkeypatch.setattr(self_scan, "on_real_answers", lambda root: real)
    app = SimpleNamespace(doorgroeien_register=register, srcdir=str(ROOT))
    metadata = {"book/page": {}}
    env = SimpleNamespace(
        app=app,
        docname="book/page",
        metadata=metadata,
        note_reread=lambda: None,
        note_dependency=lambda path: None,
    )
    state = SimpleNamespace(document=SimpleNamespace(settings=SimpleNamespace(env=env)))
    machine = SimpleNamespace(reporter=None)
    (node,) = SelfScanDirective("self-scan", [language], {}, None, 1, 0, "", state, machine).run()
    page = BeautifulSoup(node.astext(), "html.parser")
    return node, page, json.loads(page.script.string), metadata["book/page"]


@pytest.fixture(scope="module")
def instrument():
    return load_instrument(ROOT)


def test_the_questions_are_those_of_the_quick_scan_by_who_is_asked(instrument):
    found = questions(instrument, "nl")
    quick = instrument.items[instrument.items["quick_scan"] == 1]
    assert set(found["items"]) == set(quick.index) and len(found["items"]) == 25
    roles = [row["role"] for row in found["items"].values()]
    assert roles == sorted(roles, key=["municipality", "alderman", "councillor", "manager", "staff"].index)
    assert (
        found["items"]["d3a_priority_alderman"]["wording"] == quick.at["d3a_priority_alderman", "wording_nl"]
    )
    scored = {item for item, row in found["items"].items() if row["worth"]}
    assert scored == set(quick.index[quick["scored"] == 1])
    assert sorted(item for part in found["parts"].values() for item in part) == sorted(scored)
    for row in found["items"].values():
        assert row["worth"] is None or len(row["worth"]) == len(found["scales"][row["scale"]])


@pytest.mark.parametrize(
    "language, answer, letter",
    [("nl", "helemaal mee oneens", "letter_nl"), ("en", "strongly disagree", "paraphrase_en")],
)
def test_without_scripts_questions_and_letter_stand_in_the_language_of_the_page(
    language, answer, letter, monkeypatch
):
    _, page, data, about = shown(language, monkeypatch, real=False)
    listed = page.select(".scan-questions li")
    assert [item["data-item"] for item in listed] == list(data["items"])
    assert listed[0].select_one(".answers").text.startswith(answer)
    assert page.select_one(".needs-script") and not page.select("input, button, form")
    said = {int(item["value"]): item.text for item in page.select(".scan-letter li")}
    assert said == load("findings", ROOT).set_index("finding")[letter].to_dict()
    assert about["evidence"] == {"letter"}


def test_the_script_says_every_word_that_it_is_given_and_no_other():
    script = (Path(self_scan.__file__).parents[1] / "static" / "self_scan.js").read_text("utf-8")
    said = re.findall(r"words\.([a-z]+)|words\[\"([a-z-]+)\"\]|(?:said|button)\(\"([a-z-]+)\"", script)
    given = {*section("scan"), *section("scan-peers"), "locale", "joins"}
    assert {"".join(names) for names in said} == given


def test_on_invented_answers_nothing_is_compared_though_it_is_published(monkeypatch):
    node, _, data, _ = shown("nl", monkeypatch, real=False)
    assert not {"sizes", "rule"} & set(data) and "edition" not in node
    assert not set(section("scan-peers")) & set(data["words"])


def test_on_real_answers_it_has_what_is_published_and_no_more(monkeypatch):
    node, _, data, _ = shown("nl", monkeypatch, real=True)
    assert data["sizes"] == compared(REGISTER, "nl") and data["rule"] == type_rule(REGISTER, "nl")
    assert node["edition"] == REGISTER.records[self_scan.QUARTERS]["edition"]
    assert set(section("scan-peers")) <= set(data["words"])


def test_on_real_answers_that_do_not_carry_it_nothing_is_compared(monkeypatch):
    lost = {"data": {"columns": ["not_estimable"], "rows": [["too few answers"]]}, "not_estimable": {}}
    records = REGISTER.records
    fewer = {name: record | lost for name, record in records.items() if record["kind"] == "table"}
    for register in (Register({}), Register(records | fewer)):
        node, _, data, _ = shown("nl", monkeypatch, real=True, register=register)
        assert data["sizes"] == [] and data["rule"] is None and "edition" not in node


def test_what_is_withheld_of_a_size_is_not_there():
    smallest, middle, *large = compared(REGISTER, "en")
    assert smallest["name"] == "fewer than 20,000 inhabitants"
    assert smallest["quarters"]["1"] == [40.0, 52.5, 61.25] and "3" not in smallest["quarters"]
    assert list(middle["quarters"]) == ["1"] and [size["quarters"] for size in large] == [{}, {}]


def test_the_rule_has_its_limits_and_its_accuracy_in_words():
    found = type_rule(REGISTER, "en")
    assert found["accuracy"] == "78%" and found["types"]["B"] == "middling"
    assert found["ways"] == [
        {"limits": [["total", None, 45.0], ["1", None, 40.0]], "type": "A"},
        {"limits": [["total", 45.0, 60.0]], "type": "B"},
        {"limits": [["total", 60.0, None]], "type": "C"},
    ]


def test_a_type_that_is_withheld_or_a_rule_of_unknown_worth_is_not_told():
    records = REGISTER.records
    types = records[self_scan.TYPES]
    fewer = types | {"data": types["data"] | {"rows": types["data"]["rows"][:2]}}
    ways = type_rule(Register(records | {self_scan.TYPES: fewer}), "en")["ways"]
    assert [way["type"] for way in ways] == ["A", "B"]
    unknown = records[self_scan.ACCURACY] | {"value": None, "withheld": True}
    assert type_rule(Register(records | {self_scan.ACCURACY: unknown}), "en") is None


def test_the_published_table_and_rule_are_as_the_page_reads_them(stored):
    rows = self_scan._rows(stored, self_scan.QUARTERS)
    assert {row["code"] for row in rows} == {"1", "2", "3", "4"}
    assert all(row["lower"] <= row["middle"] <= row["upper"] for row in rows)
    found = type_rule(stored, "nl")
    names = {limit[0] for way in found["ways"] for limit in way["limits"]}
    assert names <= {"total", *load("dimensions", ROOT)["code"]} and found["types"].keys() >= {
        way["type"] for way in found["ways"]
    }


@pytest.fixture(scope="module")
def stored():
    """Return the register of the chapters that publish what is compared."""
    register = Register()
    for name in ("dimensions", "municipality-types"):
        notebook = json.loads((ROOT / "notebooks" / f"{name}.ipynb").read_text("utf-8"))
        register.read(f"notebooks/{name}", notebook)
    return register


@pytest.mark.slow
def test_the_scores_that_the_page_must_show_are_those_of_the_package():
    assert FILE.read_text("utf-8") == as_text(made()), "run: python tests/self_scans.py"
