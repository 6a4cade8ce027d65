"""The last gate before pages: what would give a withheld number away goes, and no rule is named."""

from pathlib import Path

import nbformat
import pandas as pd
import pytest

from doorgroeien.estimation.estimable import REASONS
from doorgroeien.publishing import gate
from doorgroeien.publishing.estimability import not_estimable
from doorgroeien.results.linked import Linked, Numbering
from doorgroeien.results.records import Bilingual
from doorgroeien.results.register import KEPT, MIME, numbers_bundle, table_bundle

BOTH: Bilingual = {"en": "A few words on it", "nl": "Een paar woorden erover"}
SHARES = {"<20k": 0.4, "20k-50k": 0.4, "50k-100k": 0.14, ">=100k": 0.06}
NUMBERING = Numbering({"4": {"4a": 0.5, "4b": 0.5}}, SHARES, ["2005", "2007"], names={"inside": "4a"})
ABOUT = {"population": BOTH, "evidence": "survey answers", "sources": [], "edition": BOTH}
LEVELS = {"<20k": 50.1, "20k-50k": 55.2, "50k-100k": 60.3}
ALL = {"all": 53.4}  # and so the largest are at forty-seven or so


def rows_of(levels, code="4a"):
    return [[code, size, level, level - 4, level + 4, 30, 30] for size, level in levels.items()]


def result(kind, id, rows, **more):
    names = ["variable", "size_class", "estimate", "ci_low", "ci_high", "n", "units"]
    return (
        {"kind": kind, "id": id, "caption": dict(BOTH), "data": {"columns": names, "rows": rows}}
        | ABOUT
        | more
    )


def table(id, rows, **more):
    column = {"name": "estimate", "label": "Score", "unit": "score", "decimals": None, "link": None}
    return result("table", id, rows, columns=[column], search=False, **more)


def number(id, value, **more):
    record = {
        "kind": "number",
        "id": id,
        "value": value,
        "low": value and value - 4,
        "high": value and value + 4,
    }
    record |= {"se": 2.0, "n": 30, "unit": "score", "decimals": None, "definition": BOTH, "period": "2007"}
    return record | ABOUT | {"interval": "confidence"} | more


def notebook(*records, kept=None):
    cells = []
    for record in records:
        if record["kind"] == "number":
            data = numbers_bundle([record])
        elif record["kind"] == "table":
            data = table_bundle(record)
        else:
            data = {"text/plain": "a figure", "image/svg+xml": "<svg/>", MIME: {"records": [record]}}
        data[MIME] |= (
            {KEPT: {record["id"]: (kept or {})[record["id"]]}} if record["id"] in (kept or {}) else {}
        )
        output = nbformat.v4.new_output("display_data", data)
        cells.append(nbformat.v4.new_code_cell("1", outputs=[output]))
    return nbformat.v4.new_notebook(cells=cells)


@pytest.fixture
def shown(monkeypatch):
    """Return what the gate makes of records, by id, and the owner's list."""
    monkeypatch.setattr(gate, "numbering_of", lambda root: NUMBERING)

    def made(*records, **kept):
        given = {Path("notebooks/a.ipynb"): notebook(*records, **kept)}
        found, listed = gate.gated(given, Path())
        outputs = [output for cell in found[Path("notebooks/a.ipynb")].cells for output in cell.outputs]
        return {output["data"][MIME]["records"][0]["id"]: output["data"] for output in outputs}, listed

    return made


def test_a_class_that_is_left_out_takes_another_one_with_it_where_the_mean_of_all_would_tell_it(shown):
    found, listed = shown(table("a.sizes", rows_of(ALL | LEVELS), left_out={"few": 1}))
    (record,) = found["a.sizes"][MIME]["records"]
    assert len(record["data"]["rows"]) == 3 and record["left_out"] == {"telling": 2}
    assert "are left out" in record["caption"]["en"] and "weggelaten" in record["caption"]["nl"]
    assert listed[["rule", "rows"]].to_numpy().tolist() == [["few", 1], ["linked", 1]]


def test_the_same_number_goes_wherever_it_stands(shown):
    records = (
        result("figure", "a.figure", rows_of(LEVELS), left_out={"few": 1}, alt=BOTH),
        number("a.level.4a", 53.4),
        number("a.again", 53.4),
    )
    found, _ = shown(*records)
    hidden = {id for id, data in found.items() if "withheld" in data[MIME]["records"][0]}
    lost = {id for id, data in found.items() if "not_estimable" in data[MIME]["records"][0]}
    assert (hidden, lost) == ({"a.level.4a", "a.again"}, set())  # two numbers cost less than three rows
    assert all("53.4" not in str(found[id]) for id in hidden)


def test_an_estimate_that_is_withheld_goes_from_every_table_and_figure_and_what_follows_from_it(shown):
    gone = dict.fromkeys(("value", "low", "high", "se", "n", "interval")) | {
        "withheld": True,
        "rule": "alike",
    }
    word = number("a.verdict", None) | {"value": BOTH, "unit": "word", "low": None, "high": None}
    records = (
        number("a.share", None) | gone,
        table("a.both", rows_of({"all": 85.53, "others": 51.2})),
        result("figure", "a.drawn", rows_of({"all": 85.53}), alt=BOTH),
        word,
        word | {"id": "a.further"},
        word | {"id": "a.rests"},
        word | {"id": "a.other"},
    )
    kept = {
        "a.share": {"held": [[85.53, 2.0, 30, 30, "alike"]]},
        "a.verdict": {"follows": ["a.share"]},
        "a.further": {"follows": ["a.verdict"]},
        "a.rests": {"of": [[85.53, 2.0, 30, 30, None]]},
        "a.other": {"of": [[51.2, 2.0, 30, 30, None]]},
    }
    found, listed = shown(*records, kept=kept)
    hidden = {id for id, data in found.items() if "withheld" in data[MIME]["records"][0]}
    assert hidden == {"a.share", "a.verdict", "a.further", "a.rests"}
    (both,), (drawn,) = (found[id][MIME]["records"] for id in ("a.both", "a.drawn"))
    assert [row[1] for row in both["data"]["rows"]] == ["others"] and "not_estimable" in drawn
    assert both["left_out"] == {"telling": 1} and "are left out" in both["caption"]["en"]
    assert not any(part in str(found) for part in ("85.53", KEPT, "alike", "follows"))
    assert set(listed["rule"]) == {"alike", "follows", "telling"}


def test_a_figure_goes_as_a_whole_and_its_picture_with_it(shown):
    found, listed = shown(
        result("figure", "a.figure", rows_of(ALL | LEVELS), left_out={"alike": 1}, alt=BOTH)
    )
    assert "image/svg+xml" not in found["a.figure"] and "53.4" not in str(found["a.figure"])
    assert "not_estimable" in found["a.figure"][MIME]["records"][0]
    assert listed["rule"].tolist() == ["telling"]


def test_where_two_classes_are_left_out_nothing_else_goes(shown):
    levels = {size: LEVELS[size] for size in ("<20k", "20k-50k")}
    found, _ = shown(table("a.sizes", rows_of({"all": 54.0} | levels), left_out={"few": 2}))
    assert len(found["a.sizes"][MIME]["records"][0]["data"]["rows"]) == 3


def test_no_page_names_the_rule_and_what_came_in_stays_as_it_was(shown):
    record = number("a.never", None, withheld=True, rule="alike")
    found, listed = shown(record)
    assert found["a.never"][MIME]["records"][0]["rule"] == "telling" and record["rule"] == "alike"
    assert listed["rule"].tolist() == ["alike"]


def test_a_picture_that_is_not_there_does_not_say_whether_few_answered_or_it_would_tell(shown):
    said = set()
    for reason in ("few", "telling", "absent"):
        figure = result("figure", f"a.{reason}", [], alt=BOTH)
        lost = not_estimable(figure, dict(zip(("en", "nl"), REASONS[reason], strict=True)), BOTH)
        found, listed = shown(lost)
        (record,) = found[f"a.{reason}"][MIME]["records"]
        said.add(str(record["not_estimable"]) + str(record["data"]["rows"]))
        assert listed["rule"].tolist() == (["telling"] if reason == "telling" else [])
    assert len(said) == 2


def test_a_part_is_not_told_by_its_whole_and_a_level_not_by_its_change():
    parts = [
        *rows_of({"all": 53.4, "<20k": 50.0, "20k-50k": 55.0}, "4"),
        *rows_of({"<20k": 48.0, "20k-50k": 53.0}, "4b"),
    ]
    parts += rows_of({"20k-50k": 57.0}, "4a")
    linked = Linked([table("a.parts", parts, left_out={"few": 1})], NUMBERING)
    assert any(len(one.terms) == 3 for one in linked.relations)
    assert [place for place in linked.away if place.row is not None]
    names = ["variable", "wave", "estimate"]
    levels = {"kind": "figure", "id": "a.levels", "data": {"columns": names, "rows": [["4a", 2005, 40.0]]}}
    levels |= {"left_out": {"few": 1}} | ABOUT
    after = number("a.level.4a", None, withheld=True, rule="few")
    change = number("a.change.4a", 12.0) | {"unit": "points"}
    assert len(Linked([levels, change, after], NUMBERING).away) == 1


def test_a_question_is_not_told_by_the_mean_of_its_part_and_the_other_questions():
    means = {"d4a_plan": 100.0, "d4a_policy": 66.0, "d4a_clear": 70.0}
    numbering = NUMBERING._replace(items={"4a": dict.fromkeys(means, 1 / 3)}, names={"internal": "4a"})
    rows = [row for item, mean in means.items() for row in rows_of({"all": mean}, item)]
    items = table("a.items", rows[1:], left_out={"alike": 1})  # all have a plan
    named = table("a.levels", rows_of({"all": sum(means.values()) / 3}, "internal"))
    assert Linked([items, named], numbering).away
    # Where something stands in, it tells less.
    unsure = numbering._replace(apart={("4a", "full", "2007", "all"): 4.0})
    assert not Linked([items, named], unsure).away
    # A figure of levels shows them too, whatever its name.
    again = result("figure", "b.gap-items", rows[1:])
    away = Linked([items, again, named], numbering).away
    assert {place.id for place in away} in ({"a.items", "b.gap-items"}, {"a.levels"})


QUESTIONS = {"d4a_plan": 96.0, "d4a_policy": 66.0, "d4a_clear": 70.0}
ITEMS = NUMBERING._replace(items={"4a": dict.fromkeys(QUESTIONS, 1 / 3)})


@pytest.mark.parametrize("size", SHARES)
def test_nor_within_a_size_class_whether_a_row_is_left_out_or_a_cell(size):
    part = result("figure", "a.sizes", rows_of({size: sum(QUESTIONS.values()) / 3}))
    rows = [row for item, mean in QUESTIONS.items() for row in rows_of({size: mean}, item)]
    long = table("a.items", rows[1:], left_out={"alike": 1})
    cells = [[item, None if item == "d4a_plan" else mean, 51.0] for item, mean in QUESTIONS.items()]
    heads = [{"name": "one", "label": size, "unit": "score", "decimals": None, "link": None}]
    wide = table("a.items", []) | {"columns": heads, "left_out": {"alike": 1}}
    wide["data"] = {"columns": ["variable", "one", "other"], "rows": cells}
    for items in (long, wide):
        assert Linked([items, part], ITEMS).away
        assert not Linked([items, part], ITEMS._replace(apart={("4a", "full", "2007", size): 4.0})).away


def test_nor_in_a_year_on_the_form_that_both_years_have():
    quick = {"4a": {"d4a_plan": 0.5, "d4a_policy": 0.5}, "4": {"4a": 0.5, "4b": 0.5}}
    numbering = ITEMS._replace(quick=quick)
    columns = ["variable", "wave", "estimate"]
    for wave in (2005, 2007):
        rows = [["d4a_policy", wave, 66.0], ["4a", wave, 81.0]]
        levels = table("a.waves", []) | {"data": {"columns": columns, "rows": rows}, "left_out": {"alike": 1}}
        linked = Linked([levels, number("a.level.4a", 77.3)], numbering)  # which is that of all questions
        assert linked.away and {place.id for place in linked.away} == {"a.waves"}
    # A level in one year is the other less the change, on that form.
    numbering = numbering._replace(parts={"4": {"4a": 1.0}}, quick={"4a": quick["4a"]})
    rows = [["4a", 2007, 81.0], ["d4a_policy", 2005, 40.0]]
    levels = table("a.waves", []) | {"data": {"columns": columns, "rows": rows}, "left_out": {"alike": 1}}
    change = number("a.change.4a", -12.0) | {"unit": "points"}
    assert len(Linked([levels, change, number("a.level.4a", 77.3)], numbering).away) == 1


def test_nor_a_half_of_a_part_by_the_other_half():
    numbering = ITEMS._replace(parts={"4a": {"police": 0.25, "council": 0.75}})
    rows = rows_of({"<20k": 60.0}, "4a") + rows_of({"<20k": 48.0}, "council")
    halves = table("a.halves", rows, left_out={"alike": 1})
    assert len(Linked([halves], numbering).away) == 1
    assert numbering.parts and "police" not in Linked([halves], numbering).codes


def test_the_error_of_a_mean_that_is_withheld_goes_where_it_stands_alone():
    sizes = table("a.sizes", rows_of({"all": 52.0, "<20k": 50.0, "20k-50k": 51.0}), left_out={"alike": 1})
    columns, rows = ["code", "size_class", "se", "mdc"], [["4a", size, 2.1, 6.3] for size in SHARES]
    errors = result("figure", "b.errors", []) | {"data": {"columns": columns, "rows": rows}}
    linked = Linked([sizes, errors], NUMBERING)
    lost = [at for at, size in enumerate(SHARES) if ("4a", size) in linked.hidden]
    assert lost and linked.spreads(errors) == lost
    errors["data"]["columns"] = ["code", "size_class", "se", "estimate"]
    assert not linked.spreads(errors)  # the rules judge what stands beside it


@pytest.mark.parametrize("size", ["all", "<20k"])
def test_nor_a_partner_by_how_many_partners_there_is_contact_with(size):
    rows = [[size, name, share] for name, share in {"work": 62.0, "civil": 40.0, "police": 55.0}.items()]
    rows += [[other, "siod", 51.0] for other in ("all", "<20k") if other != size]
    names = ["size_class", "partner", "monthly_estimate"]
    of_each = table("a.b", []) | {"data": {"columns": names, "rows": rows}, "left_out": {"alike": 1}}
    total = number("a.circle", 2.52) | {"unit": "count", "low": 2.1, "high": 2.9}
    numbering = NUMBERING._replace(sums={"a.circle": ("a.b", "monthly", size, 4)})
    assert Linked([of_each, total], numbering).away
    assert not Linked([of_each, total], NUMBERING).away
    assert not Linked([of_each | {"left_out": {}}, total], numbering).away  # where nothing is withheld
    of_each["data"]["rows"] = rows[:3]  # of a class of which the other partner is nowhere
    assert Linked([of_each, total], numbering).away
    more = numbering._replace(sums={"a.circle": ("a.b", "monthly", size, 6)})
    assert not Linked([of_each, total], more).away  # three partners together


def test_of_numbers_in_one_output_each_goes_and_none_tells_its_rule(shown, monkeypatch):
    gone = dict.fromkeys(("value", "low", "high", "se", "n", "interval")) | {"withheld": True, "rule": "few"}
    both = [number("a.one", 53.412), number("a.two", 53.412), number("a.three", None) | gone]
    lost = number("a.four", None) | {"not_estimable": {"en": REASONS["few"][0], "nl": REASONS["few"][1]}}
    both = [lost, lost | {"id": "a.five"}, *both]
    held = {KEPT: {"a.three": {"held": [[53.412, 2.0, 30, 30, "alike"]]}}}
    for record in both[2:4]:
        record["rests"] = {"municipalities": 30, "respondents": 30}
    data = numbers_bundle(both)
    data[MIME] |= held
    output = nbformat.v4.new_output("display_data", data)
    given = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=[output])])
    found, _ = gate.gated({Path("notebooks/a.ipynb"): given}, Path())
    (output,) = found[Path("notebooks/a.ipynb")].cells[0].outputs
    told = {record["id"]: record for record in output["data"][MIME]["records"]}
    assert all(told[id]["withheld"] and told[id]["rule"] == "telling" for id in ("a.one", "a.two", "a.three"))
    hidden = REASONS["hidden"][0]
    assert all(told[id]["not_estimable"]["en"] == hidden for id in ("a.four", "a.five"))
    assert "53.4" not in str(output) and "alike" not in str(output) and "'few'" not in str(output)


def test_a_result_of_which_nothing_is_withheld_loses_nothing_to_another_of_its_chapter():
    items = table("a.items", rows_of({"<20k": 40.0}, code="d4_other"), left_out={"alike": 1})
    parts = table("a.parts", rows_of({"all": 50.0}, "4") + rows_of({"all": 48.0}, "4a"))
    assert Linked([items, parts], NUMBERING).away == []  # part 4b is shown nowhere, and withheld nowhere


def test_the_owner_gets_the_rules_beside_the_site(tmp_path):
    listed = pd.DataFrame([["notebooks/a", "alike", "a.never", 0]], columns=["page", "rule", "id", "rows"])
    gate.leave_list(listed, tmp_path)
    assert (tmp_path / gate.WITHHELD).read_text(encoding="utf-8").endswith("alike,a.never,0\n")


FINDING = ["finding", "verdict", "estimate"]


def test_a_verdict_its_row_and_the_picture_of_it_go_with_an_estimand_that_is_not_shown(shown):
    gone = dict.fromkeys(("value", "low", "high", "se", "n", "interval"))
    gone |= {"withheld": True, "rule": "alike"}
    mark, other = [85.53, 2.0, 30, 30, None], [51.2, 2.0, 30, 30, None]
    overview = table("a.overview", [])
    overview["data"] = {"columns": FINDING, "rows": [["1", "supported", "words"], ["2", "open", "words"]]}
    drawn = result("figure", "a.drawn", rows_of({"all": 51.2}), alt=BOTH)
    word = number("a.verdict", None) | {"value": BOTH, "unit": "word", "low": None, "high": None}
    kept = {
        "a.share": {"held": [[85.53, 2.0, 30, 30, "alike"]]},
        "a.overview": {"rows": [[mark, other], [other]]},
        "a.drawn": {"of": [other, mark]},
        "a.verdict": {"of": [mark]},
    }
    found, listed = shown(number("a.share", None) | gone, overview, drawn, word, kept=kept)
    (rows,), (figure,), (verdict,) = (
        found[id][MIME]["records"] for id in ("a.overview", "a.drawn", "a.verdict")
    )
    assert [row[0] for row in rows["data"]["rows"]] == ["2"] and "not_estimable" in figure
    assert verdict["withheld"] and set(listed.query("id == 'a.verdict'")["rule"]) == {"alike"}
    assert "supported" not in str(found)


def test_a_word_that_counts_over_a_table_goes_where_the_gate_takes_a_row_of_it(shown):
    word = number("a.count", None) | {"value": BOTH, "unit": "word", "low": None, "high": None}
    kept = {"a.count": {"follows": ["a.sizes"]}}
    found, _ = shown(table("a.sizes", rows_of(ALL | LEVELS), left_out={"few": 1}), word, kept=kept)
    assert found["a.count"][MIME]["records"][0]["withheld"]
    found, _ = shown(table("a.sizes", rows_of(LEVELS), left_out={"few": 1}), word, kept=kept)
    assert "withheld" not in found["a.count"][MIME]["records"][0]  # it was counted over what is shown


def differing(term, code="4a"):
    """Return a table of differences between classes, as of a model."""
    record = table("a.model", [])
    record["data"] = {"columns": ["part", "term", "estimate", "p_holm"], "rows": [[code, term, 9.0, 0.2]]}
    other = [code, "merged", 1.0, 0.9]
    record["data"]["rows"].append(other)
    return record


@pytest.mark.parametrize(
    ("levels", "term", "left"),
    [
        ({"<20k": 50.0, "20k-50k": 55.0}, "50k-100k inhabitants", 1),  # the base and the difference tell it
        ({"<20k": 50.0, "20k-50k": 55.0}, "20k-50k", 2),
        ({"20k-50k": 55.0, "50k-100k": 60.0}, "20k-50k", 1),  # the base is told by the other
    ],
)
def test_a_difference_goes_that_would_give_the_mean_of_a_class_that_is_left_out(shown, levels, term, left):
    for code in ("4a", "inside"):  # by its code, or by what the table calls it
        records = (table("a.sizes", rows_of(levels), left_out={"few": 2}), differing(term, code))
        found, listed = shown(*records)
        (record,) = found["a.model"][MIME]["records"]
        assert len(record["data"]["rows"]) == left
        assert ("a.model" in set(listed["id"])) == (left == 1)


def test_nothing_tells_whether_few_answered_or_all_alike_in_numbers_words_and_cells(shown):
    reasons = {
        name: {"en": REASONS[name][0], "nl": REASONS[name][1]} for name in ("few", "telling", "absent")
    }
    for place, language in enumerate(("en", "nl")):
        said = {}
        for name, reason in reasons.items():
            lost = number(f"a.{name}", None) | {"not_estimable": reason, "low": None, "high": None}
            word = {"en": f"aldermen: {reason['en']}; x", "nl": f"wethouders: {reason['nl']}"}
            told = number("a.because", None) | {"value": word, "unit": "word", "low": None, "high": None}
            rows = table("a.rows", [["4a", reason[language], 51.0, 47, 55, 30, 30]])
            found, _ = shown(lost, told, rows)
            said[name] = str(
                [found[id][MIME]["records"] for id in (f"a.{name}", "a.because", "a.rows")]
            ).replace(f"a.{name}", "")
        assert said["few"] == said["telling"] != said["absent"]
        assert REASONS["hidden"][place] in said["few"] and REASONS["absent"][place] in said["absent"]
