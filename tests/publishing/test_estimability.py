"""What answers do not carry is skipped with its reason, and said in its place."""

import ast
import json
from dataclasses import replace

import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from doorgroeien.estimation.estimable import REASONS, NotEstimableError
from doorgroeien.intake.loading import load_survey
from doorgroeien.publishing import estimability
from doorgroeien.publishing.estimability import Statements, fill_in
from doorgroeien.results.formats import write
from doorgroeien.results.register import MIME, records
from doorgroeien.survey.instrument import load_instrument

EDITION = ("answers of a test", "antwoorden van een proef")


@pytest.fixture(scope="module")
def survey():
    """Return the reference survey under another name, without councillors and the measurement of 2005."""
    whole = load_survey()
    lacking = {"edition": replace(whole.edition, names=EDITION), "absent": frozenset({"councillor"})}
    return replace(whole, waves=whole.waves.iloc[1:], **lacking)


class Chapter:
    """Notes what is published."""

    def __init__(self):
        self.published = []

    def tell(self, id, value):
        """Note it; a value of ``None`` cannot be published."""
        if value is None:
            raise NotEstimableError("few", "nothing to publish")
        self.published.append(id)


def fail(reason="alike"):
    """Stand for an estimate that answers do not carry."""
    raise NotEstimableError(reason, "what was found")


@pytest.fixture
def said(monkeypatch):
    """Return the reasons that cells give."""
    reasons = []
    monkeypatch.setattr(estimability, "_say", lambda reason, _: reasons.append(reason))
    return reasons


def run(*cells, **names):
    """Run cells as a notebook would; return its namespace."""
    space = {"chapter": Chapter(), "fail": fail, **names}
    statements = Statements(space)
    for cell in cells:
        statements.visit(ast.parse(cell))
        statements()
    return space


def test_what_a_lost_estimate_leads_to_is_skipped_and_the_rest_is_published(said):
    cells = ["one = 1\nlevel = fail()\nchapter.tell('a', one)\nchapter.tell('b', level)", "more = [level]"]
    space = run(*cells, "chapter.tell('c', one)\nchapter.tell('d', more)")
    assert space["chapter"].published == ["a", "c"]
    assert said == ["alike"] * 4


def test_a_table_of_longer_intervals_that_tells_takes_nothing_else_with_it(said):
    cells = "levels = [1]\nbeside('a', levels)\nchapter.tell('a', levels)", "chapter.tell('b', levels)"
    assert run(*cells, beside=lambda *given: fail("telling"))["chapter"].published == ["a", "b"]


def test_a_picture_that_could_not_be_drawn_whole_is_not_published(said):
    space = run("axes = []\naxes.append(fail())\nchapter.tell('figure', axes)", "chapter.tell('later', axes)")
    assert space["chapter"].published == []


def test_what_a_broken_loop_filled_in_an_earlier_cell_is_lost(said):
    space = run("rows = []", "for row in range(2):\n    rows.append(fail())", "chapter.tell('rows', rows)")
    assert space["chapter"].published == []


def test_the_lowest_of_no_values_is_not_estimable(said):
    space = run("low = levels.idxmin()\nchapter.tell('low', low)", levels=pd.Series([float("nan")] * 2))
    assert space["chapter"].published == []
    assert said == ["undefined"] * 2


def test_one_time_round_a_loop_does_not_stop_the_next(said):
    made = "for one in [1, 0, 2]:\n    level = one or fail()\n"
    told = "    chapter.tell('a', one)\n    chapter.tell('b', level)\nchapter.tell('c', before)"
    space = run("before = []", made + told)
    assert space["chapter"].published == ["a", "b", "a", "a", "b", "c"]
    assert said == ["alike"] * 2


def test_what_is_added_to_something_lost_is_lost(said):
    space = run("for one in [0, 1]:\n    found = fail()\n    found |= {one}\n    chapter.tell('a', found)")
    assert space["chapter"].published == []
    assert said == ["alike"] * 6


def test_a_loop_over_what_is_lost_or_that_ends_early_is_skipped_whole(said):
    lost = "for one in fail():\n    chapter.tell('a', one)\nchapter.tell('b', 1)"
    early = "for one in [fail]:\n    chapter.tell('c', one())\n    break\nchapter.tell('d', 1)"
    assert run(lost)["chapter"].published == run(early)["chapter"].published == []


def test_a_name_that_gets_a_new_value_is_there_again(said):
    space = run("x = fail()", "x = 1\nchapter.tell('x', x)", "y = fail()\nfor y in [1]:\n    z = y\n")
    assert space["chapter"].published == ["x"]
    assert space["z"] == 1


def test_a_function_is_lost_with_what_it_uses_and_not_by_names_of_its_own(said):
    cell = "def used():\n    return level\n\ndef apart(level):\n    return level\n"
    space = run("level = fail()", cell, "chapter.tell('a', apart(1))\nchapter.tell('b', used())")
    assert space["chapter"].published == ["a"]


def test_looking_up_a_part_that_a_table_left_out_is_no_error(said):
    part = load_instrument().items["dimension"].iloc[0]
    space = run("found = levels[part]\nchapter.tell('a', found)", levels={}, part=part)
    assert space["chapter"].published == []
    assert said == ["few"] * 2


def test_looking_up_a_wave_that_there_is_not_is_no_error(said):
    survey = load_survey()
    one = replace(survey, waves=survey.waves.iloc[1:])
    table = pd.DataFrame({"n": [3]}, index=[2007])
    run("found = table.loc[[2005, 2007]]", "chapter.tell('a', found)", survey=one, table=table)
    assert said == ["unmeasured"] * 2
    with pytest.raises(KeyError, match="2005"):
        run("found = table.loc[[2005, 2007]]", survey=survey, table=table)


@pytest.mark.parametrize(
    "statement", ["levels['misspelt']", "levels[1]", "1 / 0", "unknown", "int('x')", "[].index(2)"]
)
def test_other_errors_stop_the_notebook(said, statement):
    with pytest.raises(Exception, match=r"misspelt|^1$|zero|unknown|invalid literal|not in list"):
        run(statement, levels={})
    assert not said


def number(name, value=1.0):
    """Return the record of a number on the reference survey."""
    return {
        "kind": "number", "id": name, "value": value, "low": 0.0, "high": 2.0, "se": 0.5, "n": 10.0,
        "unit": "score", "decimals": None, "definition": {"en": "the level", "nl": "het niveau"},
        "population": {"en": "municipalities", "nl": "gemeenten"}, "evidence": "survey answers",
        "sources": [], "edition": {"en": "reference", "nl": "referentie"}, "period": "2007",
        "interval": "confidence",
    }  # fmt: skip


def figure(name):
    """Return the record of a figure on the reference survey."""
    about = {name: value for name, value in number(name).items() if name in ("population", "evidence")}
    caption = {"en": "Sixty per cent say so.", "nl": "Zestig procent zegt dat."}
    data = {"columns": ["share"], "rows": [[60.0]]}
    about |= {"kind": "figure", "id": name, "sources": [], "edition": number(name)["edition"]}
    return about | {"caption": caption, "alt": {"en": "A bar of sixty.", "nl": "Een staaf."}, "data": data}


def notebook(*found, reason=None):
    """Return a notebook of one cell that published records, and perhaps a reason why others are missing."""
    outputs = [new_output("display_data", {MIME: {"records": [record]}}) for record in found]
    outputs += (
        [new_output("display_data", {MIME: {"records": [], "not_estimable": reason}})] if reason else []
    )
    return new_notebook(cells=[new_code_cell("x", outputs=outputs)])


def test_records_take_the_place_of_what_was_not_published(survey):
    executed = notebook(number("a.one"), reason="few")
    fill_in(executed, notebook(number("a.one"), number("a.two"), figure("a.three")), survey)
    one, two, three = records(executed.cells[0].outputs)
    assert "not_estimable" not in one
    assert two["value"] is None
    assert two["not_estimable"]["en"] == three["not_estimable"]["en"] == REASONS["few"][0]
    assert {record["edition"]["en"] for record in (two, three)} == {EDITION[0]}
    assert write(two) == "(not estimable)"


def test_nothing_of_the_reference_survey_stands_in_such_a_record(survey):
    executed = notebook(reason="alike")
    fill_in(executed, notebook(number("a.two", 61.5), figure("a.three")), survey)
    text = json.dumps(records(executed.cells[0].outputs))
    assert not any(word in text for word in ("61.5", "60.0", "Sixty", "sixty", "reference", "0.5"))


def test_whom_such_a_record_is_about_is_invented_with_the_answers_alone(survey):
    invented = {"en": "invented municipalities", "nl": "verzonnen gemeenten"}
    for synthetic in (False, True):
        executed, own = notebook(reason="alike"), replace(survey.edition, synthetic=synthetic)
        fill_in(executed, notebook(number("a.two") | {"population": invented}), replace(survey, edition=own))
        (found,) = records(executed.cells[0].outputs)
        bare = {lang: text.split(" ", 1)[1] for lang, text in invented.items()}
        assert found["population"] == (invented if synthetic else bare)


def test_a_role_that_was_not_asked_and_a_year_that_was_not_measured_are_the_reason(survey):
    stored = [number("a.council"), number("a.share.councillor"), number("a.move") | {"period": "2005-2007"}]
    executed = notebook(
        number("a.councillor") | {"value": None, "not_estimable": {"en": "-", "nl": "-"}}, reason="few"
    )
    fill_in(executed, notebook(*stored), survey)
    found = [record["not_estimable"]["en"] for record in records(executed.cells[0].outputs)]
    assert found == [REASONS[name][0] for name in ("absent", "few", "absent", "unmeasured")]


def test_a_cell_that_gives_no_reason_had_nothing_to_publish(survey):
    executed = notebook()
    fill_in(executed, notebook(number("a.two")), survey)
    assert records(executed.cells[0].outputs)[0]["not_estimable"]["en"] == REASONS["absent"][0]


def test_an_item_that_was_not_asked_is_absent_however_it_is_looked_up(said):
    survey = load_survey()
    others = replace(survey.instrument, items=survey.instrument.items.drop("d1a_vision"))
    lacking = replace(survey, absent=frozenset({"d1a_vision"}), asked=others)
    cell = "column = raising('{}')"

    def raising(message):
        raise ValueError(message)

    space = run(cell.format('column "d1a_vision_answer" is not in the data'), survey=lacking, raising=raising)
    assert said == ["absent"]
    assert space["column"].reason == "absent"
    for message in ('column "d1a_policy_answer" is not in the data', 'column "d1a_vision_answers" is not'):
        with pytest.raises(ValueError, match="is not"):
            run(cell.format(message), survey=lacking, raising=raising)


def test_what_was_asked_and_nobody_could_answer_is_told_apart_from_what_was_not_asked(survey, said):
    unknown = replace(survey, absent=frozenset({"d1a_vision"}), instrument=survey.instrument)
    assert unknown.unknown == {"d1a_vision"}
    executed = notebook(reason="few")
    fill_in(executed, notebook(number("a.d1a_vision")), unknown)
    assert records(executed.cells[0].outputs)[0]["not_estimable"]["en"] == REASONS["unknown"][0]

    def raising():
        raise ValueError('column "d1a_vision_answer" is not in the data')

    run("column = raising()", survey=unknown, raising=raising)
    assert said == ["unknown"]


def test_an_outcome_that_follows_wholly_from_another_is_separated_and_other_warnings_are_not(said):
    cell = "import warnings\nfit = warnings.warn({!r}, UserWarning)"
    space = run(cell.format("Perfect separation or prediction detected, parameter may not be identified"))
    assert said == ["separated"] and space["fit"].reason == "separated"
    with pytest.warns(UserWarning, match="something else"):
        run(cell.format("something else"))
    assert said == ["separated"]


def test_a_number_takes_the_reason_of_its_own_statement(survey):
    executed = notebook(number("a.kept"))
    said = [
        {"records": [], "not_estimable": reason, "ids": [*estimability._ids(ast.parse(code).body)]}
        for reason, code in (("few", 'chapter.tell("one.{role}", 1)'), ("alike", 'chapter.tell("two", 2)'))
    ]
    executed.cells[0].outputs += [new_output("display_data", {MIME: bundle}) for bundle in said]
    fill_in(executed, notebook(number("a.kept"), number("a.two"), number("a.one.staff")), survey)
    found = {record["id"]: record["not_estimable"]["en"] for record in records(executed.cells[0].outputs)[1:]}
    assert found == {"a.two": REASONS["alike"][0], "a.one.staff": REASONS["few"][0]}
