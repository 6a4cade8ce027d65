"""Publishing: what goes into a record, and what is refused."""

import html
import re

import pandas as pd
import pytest
from lettering import faults, lines

from doorgroeien import enough, publish, publish_figure, publish_table
from doorgroeien.estimation.estimable import REASONS, NotEstimableError
from doorgroeien.estimation.estimates import FEW_DEGREES
from doorgroeien.results import register
from doorgroeien.results.disclosure import NOTHING, RULES, Resting
from doorgroeien.results.formats import write
from doorgroeien.results.pictures import new_figure
from doorgroeien.results.register import (
    IN_DUTCH,
    MIME,
    NARROW,
    NARROW_IN_DUTCH,
    SVG,
    Register,
    data_csv,
    table_cells,
    without_rows,
)

MANY = Resting(99, 999)
NUMBER = {
    "unit": "cases",
    "definition": ("Registered fraud cases", "Geregistreerde fraudezaken"),
    "population": ("all municipalities", "alle gemeenten"),
    "sources": "CBS70127",
}
FIGURE = {
    "data": pd.DataFrame({"year": [2005, 2007], "cases": [34920, 32520]}),
    "caption": "Cases fell in two years.",
    "alt": "A line that falls from left to right.",
    "population": ("all municipalities", "alle gemeenten"),
    "sources": "CBS70127",
}
TABLE = {
    "columns": {"year": "Year", "cases": ("Cases", "cases")},
    "caption": "Cases in two years.",
    "population": ("all municipalities", "alle gemeenten"),
    "sources": "CBS70127",
}


def line(**options):
    """Return a figure in which something is drawn."""
    figure, axes = new_figure(**options)
    axes.plot([1, 2])
    return figure


@pytest.fixture
def shown(root, monkeypatch):
    """Collect what is displayed, in the folder of the book."""
    bundles = []
    monkeypatch.chdir(root)
    monkeypatch.setattr(register, "display", lambda bundle, raw: bundles.append(bundle))
    monkeypatch.setattr(register, "_LEFT_OUT", type(register._LEFT_OUT)())  # of other tests, and for them
    return bundles


def test_a_number_is_text_and_json(shown):
    publish("a.cases", 32520, period=2007, **NUMBER)
    (bundle,) = shown
    assert bundle["text/plain"] == "a.cases = 32,520"
    (record,) = bundle[MIME]["records"]
    assert record["value"] == 32520 and record["period"] == "2007" and record["sources"] == ["CBS70127"]
    assert record["definition"] == {"en": "Registered fraud cases", "nl": "Geregistreerde fraudezaken"}
    assert record["interval"] is None and record["edition"] is None


def test_a_number_that_its_source_gives_in_full_has_no_interval(shown):
    publish("a.cases", {"value": 38, "low": 38, "high": 38}, **NUMBER)
    ((record,),) = (bundle[MIME]["records"] for bundle in shown)
    assert record["low"] is record["high"] is record["interval"] is None


def test_a_table_of_rows_publishes_one_number_each(shown):
    rows = pd.DataFrame(
        {"value": [34920.0, 32520.0], "low": [34915, 32515], "high": [34925, 32525]}, index=["2005", "2007"]
    )
    publish("a.cases", rows.assign(period=rows.index), **NUMBER)
    records = shown[0][MIME]["records"]
    assert [record["id"] for record in records] == ["a.cases.2005", "a.cases.2007"]
    assert records[1]["period"] == "2007" and records[1]["interval"] == "rounding"


def test_what_rests_on_no_answer_counts_no_respondents(shown):
    about = NUMBER | {"evidence": "survey answers", "sources": (), "edition": ("trial", "proef")}
    publish("a.share", pd.Series({"value": 1.5, "n": 200}), resting=NOTHING, **about)
    assert shown[0][MIME]["records"][0]["rests"] == {"municipalities": None, "respondents": None}


def test_a_year_beside_numbers_is_a_year(shown):
    publish("a.cases", pd.DataFrame({"value": [1.5], "period": [2007]}, index=["x"]), **NUMBER)
    assert shown[0][MIME]["records"][0]["period"] == "2007"


def test_numbers_keep_ten_significant_digits(shown):
    publish("a.share", 100 / 3, **NUMBER | {"unit": "percent"})
    assert shown[0][MIME]["records"][0]["value"] == 33.33333333


@pytest.mark.parametrize(
    ("id", "value", "changes", "message"),
    [
        ("A.cases", 1, {}, "expected an id"),
        ("cases", 1, {}, "expected an id"),
        ("a.cases", 1, {"unit": "zaken"}, "unit 'zaken'"),
        ("a.cases", float("nan"), {}, "missing or not finite"),
        ("a.cases", float("inf"), {}, "missing or not finite"),
        ("a.cases", {"value": 5, "low": 6, "high": 7}, {}, "outside"),
        ("a.cases", {"value": 5, "middle": 5}, {}, "has no middle"),
        ("a.cases", "many", {}, "'many': expected a number"),
        ("a.cases", 1, {"sources": "Nobody2009"}, "not in the bibliography"),
        ("a.cases", 1, {"sources": []}, "at least one source"),
        ("a.cases", 1, {"evidence": "rumour"}, "evidence 'rumour'"),
        ("a.cases", 1, {"evidence": "survey answers"}, "edition"),
        ("a.cases", 1, {"edition": ("reference edition", "referentie-editie"), "resting": MANY}, "edition"),
        ("a.cases", 1, {"definition": "English only"}, "pair"),
    ],
)
def test_a_wrong_number_is_refused_with_the_reason(shown, id, value, changes, message):
    with pytest.raises(ValueError, match=message):
        publish(id, value, **NUMBER | changes)
    assert shown == []


def test_all_that_is_wrong_is_said_at_once(shown):
    with pytest.raises(ValueError) as caught:
        publish("Cases", 1, **NUMBER | {"unit": "zaken", "sources": "Nobody2009"})
    assert len(str(caught.value).splitlines()) == 4


def test_places_of_rows_in_an_earlier_table_are_no_data_and_names_of_rows_are(shown):
    frame = FIGURE["data"]
    for data in (frame[::-1], frame[:0:-1].set_axis(["late"]), frame.rename_axis("row")[::-1]):
        publish_table("a.table", data, **TABLE)
    columns = [bundle[MIME]["records"][0]["data"]["columns"] for bundle in shown]
    assert columns == [["year", "cases"], ["index", "year", "cases"], ["row", "year", "cases"]]


def test_a_figure_carries_its_picture_caption_alternative_text_and_data(shown):
    figure, axes = new_figure()
    axes.plot([1, 2])
    publish_figure("a.line", figure, **FIGURE)
    (bundle,) = shown
    assert bundle["image/svg+xml"].count("<svg") == 1
    (record,) = bundle[MIME]["records"]
    assert record["data"]["columns"] == ["year", "cases"]
    assert data_csv(record) == "year,cases\n2005,34920\n2007,32520\n"


@pytest.mark.parametrize(
    ("rules", "english", "dutch"),
    [
        (RULES, "Survey answers: x.", "Enquêteantwoorden: y."),
        (
            None,
            "Invented answers (x): they say nothing about municipalities.",
            "Verzonnen antwoorden (y): zij zeggen niets over gemeenten.",
        ),
    ],
)
@pytest.mark.parametrize("language", ["en", "nl"])
def test_a_figure_on_answers_carries_their_edition_below_all_that_is_drawn_and_in_its_alternative_text(
    shown, language, rules, english, dutch
):
    said = english if language == "en" else dutch
    pairs = {name: (FIGURE[name], FIGURE[name]) for name in ("caption", "alt")}
    figure = line()
    figure.axes[0].set_xlabel("a label")
    figure.supxlabel("what all axes show")
    publish_figure(
        "a.line",
        figure,
        **FIGURE | pairs,
        edition=("x", "y"),
        evidence="survey answers",
        language=language,
        resting=MANY,
        rules=rules,
    )
    assert [text.get_text() for text in figure.texts if text.get_gid() == "edition"] == [said]
    for form in (SVG, NARROW):
        others, _, edition = shown[0][form].partition('<g id="edition">')
        baselines, below = (
            [float(y) for y in re.findall(r"translate\(\S+ (\S+)\) scale", part)]
            for part in (others, edition)
        )
        assert baselines and min(below) - 9 > max(baselines), form  # it is nine points high
    (record,) = shown[0][MIME]["records"]
    assert record["alt"] == {
        "en": f"{FIGURE['alt']} {english}",
        "nl": f"{FIGURE['alt']} {dutch}",
    }


def test_the_edition_has_room_in_dutch_as_well_where_it_takes_more_lines(shown):
    def drawn(width):
        figure = line(size=(width, 3))
        figure.axes[0].set_xlabel("a label")
        return figure

    about = SURVEY | {
        "edition": ("x", "een naam die heel wat langer is dan x"),
        "dutch": {"a label": "een naam"},
    }
    pairs = {name: (FIGURE[name], FIGURE[name]) for name in ("caption", "alt")}
    publish_figure("a.line", drawn(4.4), **FIGURE | pairs | about, narrow=drawn(3.65))
    counts = {form: len(lines(shown[0][form])[0]) for form in (SVG, IN_DUTCH, NARROW, NARROW_IN_DUTCH)}
    assert counts[IN_DUTCH] > counts[SVG] and counts[NARROW_IN_DUTCH] > counts[NARROW], counts
    assert {form: faults(shown[0][form]) for form in counts} == dict.fromkeys(counts, [])


def test_what_rests_on_answers_and_is_read_as_text_says_so_with_each_output(shown):
    said = "Invented answers (a <b>): they say nothing about municipalities."
    edition = {"edition": ("a <b>", "een"), "evidence": "survey answers", "resting": MANY}
    publish("a.cases", 32520, **NUMBER | edition)
    publish_table("a.table", FIGURE["data"], **TABLE | edition)
    publish_figure("a.line", line(), **FIGURE | edition)
    publish("a.real", 1, **NUMBER)
    publish_table("a.open", FIGURE["data"], **TABLE)
    texts = [bundle["text/plain"].splitlines() for bundle in shown]
    assert texts[0] == ["a.cases = 32,520", said]
    assert texts[1][1] == said and texts[2] == [texts[2][0], said]
    assert shown[1]["text/html"].endswith(f"</table><p>{html.escape(said)}</p>")
    assert not any("answers" in str(bundle) for bundle in shown[3:])


def test_a_figure_on_published_figures_carries_no_edition(shown):
    figure, _ = new_figure()
    publish_figure("a.line", figure, **FIGURE)
    assert "edition" not in shown[0][SVG] + shown[0][NARROW]


def test_the_same_figure_is_the_same_file(shown):
    for _ in range(2):
        figure, axes = new_figure()
        axes.plot([1, 2], label="a")
        axes.fill_between([0, 1], [0, 1])
        publish_figure("a.line", figure, **FIGURE)
    assert shown[0]["image/svg+xml"] == shown[1]["image/svg+xml"]


def test_a_figure_says_its_language_where_that_is_dutch(shown):
    pairs = {name: (FIGURE[name], f"{FIGURE[name]} (in het Nederlands)") for name in ("caption", "alt")}
    publish_figure("a.line", new_figure()[0], **FIGURE | pairs, language="nl")
    (record,) = shown[0][MIME]["records"]
    assert record["language"] == "nl"


def test_a_dutch_table_is_written_in_dutch_wherever_it_is_shown(shown):
    edition = SURVEY | {"edition": ("some answers", "antwoorden")}
    caption = ("Registered cases by year.", "Geregistreerde zaken per jaar.")
    publish_table("a.table", FIGURE["data"], **TABLE | edition | {"caption": caption, "language": "nl"})
    assert "34.920" in shown[0]["text/html"] and "34.920" in shown[0]["text/plain"]
    (record,) = shown[0][MIME]["records"]
    assert data_csv(record).splitlines()[1].endswith(",antwoorden")


@pytest.mark.parametrize(("language", "message"), [("nl", "as a pair"), ("de", "'de' is not one of en, nl")])
def test_another_language_needs_its_words(shown, language, message):
    with pytest.raises(ValueError, match=message):
        publish_table("a.table", FIGURE["data"], **TABLE, language=language)
    assert shown == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"alt": "chart"}, "says too little"),
        ({"alt": FIGURE["caption"]}, "repeats the caption"),
        ({"caption": ""}, "says too little"),
        ({"data": FIGURE["data"].iloc[:0]}, "data are empty"),
    ],
)
def test_a_figure_without_words_or_data_is_refused(shown, changes, message):
    figure, _ = new_figure()
    with pytest.raises(ValueError, match=message):
        publish_figure("a.line", figure, **FIGURE | changes)
    assert shown == []


def test_a_table_is_written_in_each_language_and_a_missing_cell_is_a_dash(shown):
    frame = pd.DataFrame({"year": ["2005", "2007"], "cases": [34920, None]})
    publish_table("a.table", frame, **TABLE)
    (record,) = shown[0][MIME]["records"]
    assert table_cells(record, "en") == [["2005", "34,920"], ["2007", "–"]]
    assert table_cells(record, "nl") == [["2005", "34.920"], ["2007", "–"]]
    assert "<th>Cases</th>" in shown[0]["text/html"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"columns": {"year": "Year", "amount": "Amount"}}, "column 'amount' is not in the data"),
        ({"columns": {"year": ("Year", "jaren")}}, "unit 'jaren'"),
        ({"links": {"year": "url"}}, "column 'url' is not in the data"),
    ],
)
def test_a_wrong_table_is_refused(shown, changes, message):
    with pytest.raises(ValueError, match=message):
        publish_table("a.table", FIGURE["data"], **TABLE | changes)


SURVEY = {
    "evidence": "survey answers",
    "sources": (),
    "edition": ("a survey", "een enquête"),
    "resting": MANY,
}
SMALL = pd.DataFrame(
    {"role": ["staff", "manager", "councillor"], "cases": [60.0, 40.0, 50.0], "n": [5, 4, None]}
)


def test_a_number_on_fewer_than_five_answers_is_withheld_in_words(shown):
    rows = pd.DataFrame(
        {"value": [60.0, 40.0], "low": [50, 20], "high": [70, 60], "n": [5, 4]}, index=["a", "b"]
    )
    publish("a.share", rows, interval="confidence", **NUMBER | SURVEY | {"unit": "percent"})
    first, second = shown[0][MIME]["records"]
    assert write(first) == "60.0%" and first["n"] == 5
    assert {second[name] for name in ("value", "low", "high", "se", "n")} == {None}
    for form in ("value", "size", "number", "range"):
        assert write(second, "en", form) == "(not shown)"
        assert write(second, "nl", form) == "(niet getoond)"
    publish("a.cases", {"value": 3, "n": 4}, **NUMBER)
    assert shown[1]["text/plain"] == "a.cases = 3"  # published figures are public


def test_a_table_keeps_to_its_scale_and_shows_no_empty_column_or_row(shown):
    rows = pd.DataFrame(
        {"part": ["a", "b", "c"], "2005": None, "2007": [40.0, 50.0, None], "kind": ["x", "y", None]}
        | {"ci_low": [-4.0, -90.0, None], "ci_high": [84.0, 190.0, None], "df": [60, 2, None]}
    )
    units = {name: (name, "score") for name in ("2005", "2007", "ci_low", "ci_high")}
    columns = {"part": "Part", "kind": "Kind", **units}
    publish_table("a.levels", rows, **TABLE | SURVEY | {"columns": columns})
    record = shown[0][MIME]["records"][0]
    assert [column["name"] for column in record["columns"]] == ["part", "kind", "2007", "ci_low", "ci_high"]
    assert table_cells(record) == [["a", "x", "40.0", "0.0", "84.0"], ["b", "y", "50.0", "–", "–"]]
    with pytest.raises(NotEstimableError, match="nothing in it"):
        publish_table("a.levels", rows[2:], **TABLE | SURVEY | {"columns": columns})


def test_a_number_without_a_value_gives_the_reason_of_its_row(shown):
    rows = pd.DataFrame({"value": [None, None, 3.0], "reason": ["few", None, "few"]}, index=["a", "b", "c"])
    publish("a.share", rows, **NUMBER | SURVEY | {"unit": "percent"})
    found = [record.get("not_estimable", {}).get("en") for record in shown[0][MIME]["records"]]
    assert found == [REASONS["few"][0], REASONS["undefined"][0], None]


def test_an_interval_on_few_degrees_that_leaves_the_scale_is_not_printed(shown):
    rows = pd.DataFrame({"value": 50.0, "low": [-495, 40.0], "high": [576, 60.0], "df": 1}, index=["a", "b"])
    publish("a.share", rows, interval="confidence", **NUMBER | SURVEY | {"unit": "percent"})
    wide, narrow = shown[0][MIME]["records"]
    assert write(wide, "en", "range") == "not estimable on so few answers"
    assert write(wide, "nl", "range") == "niet te schatten op zo weinig antwoorden"
    assert write(wide) == "50.0%" and write(narrow, "en", "range") == "40.0 to 60.0%"
    publish("a.growth", rows.iloc[[0]], **NUMBER | {"unit": "percent"})
    assert shown[1][MIME]["records"][0]["high"] == 576  # a published figure may double


def test_an_interval_on_many_degrees_ends_where_the_scale_does(shown):
    row = pd.Series({"value": 0.3, "low": -0.2, "high": 0.8, "df": 300})
    publish("a.score", row, interval="confidence", **NUMBER | SURVEY | {"unit": "score"})
    (record,) = shown[0][MIME]["records"]
    assert (record["low"], record["high"]) == (0, 0.8)


def test_a_number_states_its_degrees_of_freedom_where_these_are_few(shown):
    rows = pd.DataFrame(
        {"value": 50.0, "low": 40.0, "high": 60.0, "n": 99, "df": [FEW_DEGREES - 1, FEW_DEGREES, None, -2]},
        index=["few", "enough", "unknown", "none"],
    )
    publish("a.share", rows, interval="confidence", **NUMBER | SURVEY | {"unit": "percent"})
    stated = {record["id"]: record.get("df") for record in shown[0][MIME]["records"]}
    assert stated == {"a.share.few": 29, "a.share.enough": None, "a.share.unknown": None, "a.share.none": 0}


def test_a_number_that_is_withheld_or_not_estimable_states_none(shown):
    rows = pd.DataFrame({"value": [50.0, None], "n": [4, 99], "df": 3}, index=["withheld", "lost"])
    publish("a.share", rows, interval="confidence", **NUMBER | SURVEY | {"unit": "percent"})
    assert not any("df" in record for record in shown[0][MIME]["records"])


@pytest.mark.parametrize(("degrees", "stated"), [([40, 12.0], 12), ([40, 30], None), ([None, None], None)])
@pytest.mark.parametrize("column", ["df", "change_df", "onward df"])
def test_a_figure_and_a_table_state_the_fewest_of_their_rows(shown, degrees, stated, column):
    data = FIGURE["data"].assign(**{column: degrees})
    publish_figure("a.trend", line(), **FIGURE | SURVEY | {"data": data})
    publish_table("a.table", data, **TABLE | SURVEY)
    assert [bundle[MIME]["records"][0].get("df") for bundle in shown] == [stated, stated]


def test_degrees_of_freedom_of_rows_that_are_left_out_do_not_count(shown):
    data = FIGURE["data"].assign(n=[4, 99], df=[2, 50])
    publish_table("a.table", data, **TABLE | SURVEY)
    assert "df" not in shown[0][MIME]["records"][0]


def test_rows_on_fewer_than_five_answers_are_left_out_of_a_table_which_says_so(shown):
    columns = {"role": "Role", "cases": ("Cases", "cases")}
    publish_table("a.table", SMALL, **TABLE | SURVEY | {"columns": columns})
    publish_table("a.public", SMALL, **TABLE | {"columns": columns})
    (record,), (public,) = (bundle[MIME]["records"] for bundle in shown)
    assert [row[0] for row in record["data"]["rows"]] == ["staff", "councillor"]
    assert record["caption"]["en"].endswith(
        "Rows that rest on few, or could tell what a municipality answered, are left out."
    )
    assert "manager" not in str(shown[0]) and len(public["data"]["rows"]) == 3


def test_a_table_from_which_rows_are_taken_shows_no_column_without_a_value(shown):
    data = pd.DataFrame(
        {"role": ["staff", "manager"], "cases": [9, 8], "more": [None, 7.5], "n": 30, "units": 30}
    )
    heads = {"role": "Role", "cases": ("Cases", "cases"), "more": ("More", "cases")}
    publish_table("a.table", data, **TABLE | SURVEY | {"columns": heads})
    (record,) = shown[0][MIME]["records"]
    assert [column["name"] for column in record["columns"]] == [*heads]
    without_rows(record, {1: "few"})
    assert [column["name"] for column in record["columns"]] == ["role", "cases"]


def test_a_figure_drawn_of_fewer_than_five_answers_is_refused(shown):
    figure = line()
    with pytest.raises(ValueError, match=r"a\.line: rows break the rules few; draw enough"):
        publish_figure("a.line", figure, **FIGURE | SURVEY | {"data": SMALL})
    assert shown == []
    publish_figure("a.line", figure, **FIGURE | SURVEY | {"data": enough(SMALL)})
    assert len(shown) == 1


def test_a_figure_on_answers_in_which_nothing_is_drawn_is_not_estimable(shown):
    with pytest.raises(NotEstimableError, match="nothing to draw"):
        publish_figure("a.line", new_figure()[0], **FIGURE | SURVEY)
    publish_figure("a.line", new_figure()[0], **FIGURE)  # a drawing of another kind, not of answers
    assert len(shown) == 1


def test_what_no_five_answers_carry_is_not_estimable_and_no_error_of_the_book(shown):
    figure, _ = new_figure()
    alone = SMALL[SMALL["n"] < 5]
    assert len(alone) == 1
    with pytest.raises(NotEstimableError, match=r"a\.line: no row is left that rests on 5 or more"):
        publish_figure("a.line", figure, **FIGURE | SURVEY | {"data": enough(alone)})
    columns = {"role": "Role", "cases": ("Cases", "cases")}
    with pytest.raises(NotEstimableError, match=r"a\.table: no row is left that rests on 5 or more"):
        publish_table("a.table", alone, **TABLE | SURVEY | {"columns": columns})
    assert shown == []


def test_the_register_notes_ids_published_twice_and_under_a_foreign_name():
    def cell(id):
        record = {"id": id, "kind": "number"}
        return {"cell_type": "code", "outputs": [{"data": {MIME: {"records": [record]}}}]}

    book = Register()
    book.read("notebooks/a", {"cells": [cell("a.x"), cell("a.x"), cell("b.y")]})
    assert [problem for _, problem in book.problems] == [
        "cell 2: id 'a.x' is published twice, first in notebooks/a, cell 1",
        "cell 3: id 'b.y' must begin with 'a.'",
    ]
    assert book.records["a.x"]["cell"] == 1
