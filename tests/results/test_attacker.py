"""The attacker finds what there is to find, so that finding nothing means something."""

import json
import zipfile

import numpy as np
import pytest
from attacker import ATTACKS, Attacker, between_editions, editions, half_of, step_of, subsets

from doorgroeien.results.disclosure import RULES

FRAME = {"<20k": [9013, 12207, 15461, 7129, 11083, 18301, 6011, 13477], ">=100k": [150123, 210457]}
YES = 100 * (9013 + 7129 + 6011) / sum(FRAME["<20k"])
ROWS = {
    "few": [["<20k", 40.0, 4]],
    "insiders": [["<20k", 87.5, 8]],  # seven of eight: the one that said no knows what all others said
    "sums": [["<20k", round(YES, 8), 8]],
    "linked": [["all", 52.0, 10], ["<20k", 50.0, 8]],
    "differencing": [["all", 60.0, 10], ["<20k", 50.0, 8]],  # the two large ones said yes
    "quantiles": [["<20k", 40.0, 8]],
    "digits": [["<20k", 40.123456, 8]],
    "rules": [["<20k", 40.0, 8]],
}


def site(folder, attack):
    """Write a site with one figure, open to an attack, and return its attacker."""
    columns, rows = ["size_class", "estimate", "units"], ROWS[attack]
    if attack == "quantiles":
        columns, rows = [*columns, "quantile"], [[*row, 0.75] for row in rows]
    figure = {
        "id": "a.b",
        "edition": {"en": "x"},
        "kind": "figure",
        "data": {"columns": columns, "rows": rows},
    }
    if attack in ("linked", "rules"):
        figure["left_out"] = {"alike" if attack == "rules" else "telling": 1}
    (folder / "results").mkdir()
    found = {"numbers": [], "figures": [figure], "tables": []}
    (folder / "results" / "results.json").write_text(json.dumps(found), encoding="utf-8")
    return Attacker(folder, FRAME)


@pytest.mark.parametrize("attack", ROWS)
def test_each_attack_finds_what_is_planted_and_counts_what_it_tries(tmp_path, attack):
    attacker = site(tmp_path, attack)
    assert list(ATTACKS[attack](attacker)) and attacker.tried[attack]


def test_a_table_with_a_column_for_each_class_is_differenced_too(tmp_path):
    attacker = site(tmp_path, "few")
    columns = [{"name": "s", "label": "<20k"}, {"name": "estimate", "label": "All"}]
    data = {"columns": ["label", "estimate", "units", "s"], "rows": [["a", 62.5, 10, 53.125]]}
    table = {"id": "a.c", "edition": {"en": "x"}, "kind": "table", "columns": columns, "data": data}
    attacker.records = [table]
    assert list(ATTACKS["differencing"](attacker)) == ["a.c 0: 99.7 to 100.0 of 2"]


@pytest.mark.parametrize("form", ["a row", "a cell", "a year"])
def test_a_question_within_a_class_or_year_is_solved_from_its_part_and_the_others(tmp_path, form):
    questions = {"d4d_others_contact": 96.0, "d4d_others_quality": 66.0}
    if form == "a year":  # on the form that both have it is of two questions
        questions = {"d1a_vision": 96.0, "d1a_policy": 66.0}
    (lost, _), (shown, value) = questions.items()
    columns = ["variable", "wave" if form == "a year" else "size_class", "estimate", "ci_low", "ci_high"]
    at = 2005 if form == "a year" else "<20k"
    part = rows("figure", "a.b", columns, [lost[1:3], at, 81.0, 75.4, 86.6])
    items = rows("figure", "a.c", columns, [shown, at, value, 60.4, 71.6], left_out={"telling": 1})
    if form == "a cell":
        cells = [lost, 90.0, 84.1, 95.9, None], [shown, 60.0, 54.1, 65.9, value]
        heads = [{"name": "small_estimate", "label": "<20k", "unit": "score"}]
        names = ["variable", "estimate", "ci_low", "ci_high", "small_estimate"]
        items = rows("table", "a.c", names, *cells, left_out={"telling": 1}) | {"columns": heads}
    attacker = opened(tmp_path, part, items)
    where = "quick 2005 all" if form == "a year" else "full  <20k"
    found = list(ATTACKS["questions"](attacker))
    assert any(line.startswith(f"{lost} {where}: 9") for line in found) and attacker.tried["questions"]
    attacker.records = attacker.records[1:]
    assert not list(ATTACKS["questions"](attacker))  # without the part it is not known


def test_a_partner_is_solved_from_the_number_of_partners_and_the_others(tmp_path):
    columns = ["size_class", "partner", "monthly_estimate", "monthly_units"]
    shares = [["<20k", name, 30.0, 100] for name in "abcdefg"]
    of_each = rows("table", "partners.partners", columns, *shares, left_out={"telling": 1})
    attacker = opened(tmp_path, of_each)
    attacker.register["partners.circle.small"] = {"value": 3.05}
    found = list(ATTACKS["questions"](attacker))
    assert found == ["partners.partners <20k, a partner: 95.0, give or take 1.2"]
    attacker.register["partners.circle.small"] = {"value": None}
    assert not list(ATTACKS["questions"](attacker))


def test_a_class_of_few_is_found_by_its_share(tmp_path):
    kinds = rows("figure", "a.b", ["classes", "smallest"], [2, 40.0], [3, 6.25])
    attacker = opened(tmp_path, kinds | {"rests": {"municipalities": 48, "respondents": 90}})
    assert list(ATTACKS["few"](attacker)) == ["a.b [1] smallest = 3.0"] and attacker.tried["few"] == 2


def test_an_error_without_its_mean_is_found_where_means_of_other_classes_stand(tmp_path):
    means = rows("table", "a.b", ["variable", "size_class", "estimate"], ["4a", "<20k", 50.0])
    errors = rows("figure", "a.c", ["code", "size_class", "se"], ["4a", "<20k", 2.0], ["4a", ">=100k", 0.4])
    attacker = opened(tmp_path, means, errors)
    assert list(ATTACKS["contrasts"](attacker)) == ["a.c 4a >=100k: the error of a mean that is left out"]
    attacker.records = attacker.records[1:]
    assert not list(ATTACKS["contrasts"](attacker))  # then none is told, and none is left out


def test_a_part_of_a_whole_that_alone_is_left_out_is_what_the_others_leave(tmp_path):
    parts = rows("table", "a.b", ["type", "share", "n"], ["A", 60.0, 60], ["B", 35.0, 35])
    attacker = opened(tmp_path, parts | {"left_out": {"telling": 1}})
    assert list(ATTACKS["linked"](attacker)) == ["a.b: a part of 5.0 per cent"]
    attacker.records[0]["left_out"] = {"telling": 2}
    assert not list(ATTACKS["linked"](attacker)) and attacker.tried["linked"] == 2


def test_finer_digits_in_a_download_and_in_a_drawing_are_found(tmp_path):
    attacker = site(tmp_path, "linked")
    (tmp_path / "results" / "a.b.csv").write_text("size_class,estimate\n<20k,50.1234\n", encoding="utf-8")
    assert list(ATTACKS["digits"](attacker)) == ["a.b.csv: 50.1234"]
    drawing = '<svg><text>Survey answers</text><path d="M 10.12 3.4"/></svg>'
    (tmp_path / "results" / "a.b.svg").write_text(drawing, encoding="utf-8")
    assert list(ATTACKS["drawings"](attacker)) == ["a.b.svg: 10.12"]


def test_an_exact_share_tells_all_answers_and_a_rounded_one_none():
    towns = FRAME["<20k"]
    assert len(subsets(YES, 1e-9, towns)) == len(towns)
    share = RULES.rounded(YES, 12.0, len(towns))
    assert subsets(share, 2.5, towns) == []


@pytest.mark.parametrize("count", [5, 8, 12, 17, 24, 60, 200])
@pytest.mark.parametrize("answered", [0.5, 0.9, 0.99])
def test_two_editions_do_not_tell_what_one_municipality_answered(count, answered):
    """The means of a group without and with one municipality, rounded as they are published."""
    random, least = np.random.default_rng(count), []
    for _ in range(200):
        answers = random.choice([0.0, 25, 50, 75, 100], count + 1)
        means = answers[:-1].mean(), answers.mean()
        errors = [
            group.std(ddof=1) * np.sqrt((1 - answered) / len(group)) for group in (answers[:-1], answers)
        ]
        said = [
            RULES.rounded(mean, se, count + at)
            for at, (mean, se) in enumerate(zip(means, errors, strict=True))
        ]
        exact = [10.0 ** np.floor(np.log10(se / 2)) for se in errors]
        halves = [max(one, step_of(count + at)) / 2 for at, one in enumerate(exact)]
        assert all(
            abs(mean - one) <= half + 1e-9 for mean, one, half in zip(means, said, halves, strict=True)
        )
        low, high = (count + 1) * said[1] - count * said[0], (count + 1) * halves[1] + count * halves[0]
        least.append(2 * high)
        assert abs(low - answers[-1]) <= high + 1e-6
    assert min(least) >= RULES.step * 0.9


def test_without_rounding_two_editions_tell_it():
    low, high = between_editions(50.0, 1300 / 25, 24, (1e-9, 1e-9))
    assert low == pytest.approx(100, abs=1e-6) and high == pytest.approx(100, abs=1e-6)
    assert half_of(50.12) == pytest.approx(0.005)


def opened(folder, *records):
    """Return the attacker of a site with these records."""
    attacker = site(folder, "few")
    about = {"edition": {"en": "x"}, "caption": {"en": "x"}, "definition": {"en": "x"}, "unit": "word"}
    attacker.records = [about | record for record in records]
    return attacker


def rows(kind, id, columns, *cells, **more):
    return {"kind": kind, "id": id, "data": {"columns": columns, "rows": [*cells]}} | more


def test_the_base_and_a_difference_give_the_mean_of_a_class_by_its_code_or_its_name(tmp_path):
    means = rows("figure", "a.b", ["variable", "size_class", "estimate"], ["4a", "<20k", 50.0])
    model = rows(
        "table", "a.c", ["part", "term", "estimate", "p_holm"], ["internal", ">=100k inhabitants", 40.0, 0.1]
    )
    wide = rows("table", "a.d", ["outcome", ">=100k estimate", "merged p_holm"], ["4a", 40.0, 0.1])
    for table in (model, wide):
        attacker = opened(tmp_path, means, table)
        assert list(ATTACKS["contrasts"](attacker)) == [f"{table['id']} 4a >=100k: 90.0"]
        (tmp_path / "results" / "results.json").unlink()
        (tmp_path / "results").rmdir()


def registered(folder, *records):
    """Return the attacker of a site with these records, which its register has too."""
    attacker = opened(folder, *records)
    attacker.register = {record["id"]: record for record in attacker.records}
    return attacker


def told(id, value, *ends, count=18, unit="score", **more):
    low, high = ends or (None, None)
    about = {"interval": "confidence", "rests": {"municipalities": count}, "unit": unit}
    return {"kind": "number", "id": id, "value": value, "low": low, "high": high} | about | more


def test_an_estimate_in_finer_digits_elsewhere_is_found_in_cells_and_in_words(tmp_path):
    coarse = told("a.b", 14.0, 12.0, 16.0)
    words = {"kind": "number", "id": "a.c", "value": {"en": "more: 13.7 points (11.3 to 16.1)"}}
    words |= {"low": None, "high": None, "interval": None}
    table = rows("table", "a.d", ["estimate_change", "ci_low_change", "ci_high_change"], [13.71, 11.3, 16.1])
    same = rows("table", "a.e", ["estimate", "ci_low", "ci_high"], [14.0, 12.0, 16.0])
    found = [
        line.partition(":")[0] for line in ATTACKS["copies"](registered(tmp_path, coarse, words, table, same))
    ]
    assert found == ["a.c, in words", "a.d [0] estimate_change"]


def test_a_mean_that_counts_its_municipalities_nowhere_is_held_to_those_of_its_table(tmp_path):
    heads = [{"name": "mean", "label": "Mean", "unit": "score"}, {"name": "b", "label": "B", "unit": "ratio"}]
    table = rows("table", "a.b", ["mean", "b"], [55.1, 55.1], [56.0, 1.0])
    table |= {"columns": heads, "rests": {"municipalities": 11}}
    assert list(ATTACKS["digits"](opened(tmp_path, table))) == ["a.b [0] mean = 55.1: finer than 2.0 on 11"]


def test_a_p_value_with_an_error_and_ends_that_are_rounded_alone_tell_an_estimate(tmp_path):
    columns = ["estimate", "se", "ci_low", "ci_high", "df", "p_value", "units"]
    cells = [[5.0, 8.0, -20.0, 30.0, 3, p, 5] for p in (0.543, 0.5)]
    table = rows("table", "a.b", columns, *cells, [5.0, 8.0, -20.0, 35.0, 3, None, 5])
    found = [*ATTACKS["tests"](registered(tmp_path, table))]
    assert [line.partition(":")[0] for line in found] == ["a.b [0] estimate", "a.b [2] estimate"]
    assert "known to 0.0" in found[0] and "middle" in found[1]


@pytest.mark.parametrize(
    ("start", "stop", "onward", "found"),
    [
        (56.0, 46.0, None, "onward.plan: 78.9 to 85.5 of 6"),
        (56.0, None, 40.0, "reached.plan: 21.7 to 23.1"),
        (None, 46.0, 80.0, "reached.vision: 55.9 to 59.1"),
        (56.0, 28.0, None, None),  # which would be shown
        (56.0, None, None, None),
    ],
)
def test_two_of_three_shares_of_which_one_is_a_product_give_the_third(tmp_path, start, stop, onward, found):
    shares = {"reached.vision": start, "reached.plan": stop, "onward.plan": onward}
    records = [
        told(f"cycle-steps.{id}", share, count=11 if "reached" in id else 12) for id, share in shares.items()
    ]
    lines = [*ATTACKS["ratios"](registered(tmp_path, *records))]
    assert lines == ([f"cycle-steps.{found}"] if found else [])


def test_two_bounds_give_what_who_answered_said(tmp_path):
    columns = ["variable", "estimate", "units", "all_least", "all_most"]
    table = rows("table", "a.b", columns, ["4a", 80.0, 12, 48.0, 98.0], ["4b", 60.0, 12, 30.0, 80.0])
    ends = [
        {"kind": "number", "id": f"a.missing.{end}", "value": value, "rests": {"municipalities": 12}}
        for end, value in (("least", 48.0), ("most", 98.0))
    ]
    found = list(ATTACKS["bounds"](opened(tmp_path, table, *ends)))
    assert found == ["a.missing.: 96.0 of 12", "a.b [0] all_least: 96.0 of 12"]


def test_a_verdict_tells_of_an_estimand_that_is_withheld(tmp_path):
    lost = {"kind": "number", "id": "findings.3.manager", "value": None, "withheld": True, "unit": "percent"}
    word = {"kind": "number", "id": "findings.3.verdict", "value": {"en": "supported"}}
    other = word | {"id": "findings.4.verdict"}
    table = rows("table", "findings.overview", ["finding", "verdict"], ["3. Some", "supported"])
    found = list(ATTACKS["verdicts"](opened(tmp_path, lost, word, other, table)))
    assert found == ["findings.3.verdict: supported", "findings.overview [0]: supported"]


def test_a_dot_and_a_description_that_are_finer_than_the_data_are_found(tmp_path):
    figure = rows("figure", "a.b", ["estimate"], [62.0], alt={"en": "Dots: 62.7 and 62.0 and 7."})
    attacker = opened(tmp_path, figure)

    def tick(x, *glyphs):
        label = "".join(f'<use xlink:href="#g{glyph}"/>' for glyph in glyphs)
        return (
            f'<use xlink:href="#m1" x="{x}" y="200" style=""/></g></g>'
            f'<g><g style="" transform="translate(1 2) scale(0.1 -0.1)">{label}</g></g></g>'
        )

    ticks = '<path d="M50 200L250 200L250 10L50 10z"/><path d="M100 200L100 20"/>'
    ticks += tick(100, "19", "13") + tick(200, "1a", "13")  # 60 and 70
    for x, found in ((127, ["a.b: 62.70, 0.70 from what is published"]), (120, [])):
        drawn = f'{ticks}<use xlink:href="#m2" x="{x}" y="100"/><use xlink:href="#m2" x="107" y="5"/>'
        (tmp_path / "results" / "a.b.svg").write_text(drawn, encoding="utf-8")
        assert list(ATTACKS["pictures"](attacker)) == found
    assert list(ATTACKS["told"](attacker)) == ["a.b: 62.7"]


def test_that_something_is_not_estimable_for_one_of_two_reasons_tells_which(tmp_path):
    said = {"en": "it would tell what a municipality answered"}
    lost = {"kind": "number", "id": "a.b", "value": None, "not_estimable": said}
    word = {"kind": "number", "id": "a.c", "value": {"en": "aldermen: too few answers; councillors: x"}}
    both = {"en": "too few answers, or it would tell too much of who answered"}
    attacker = opened(tmp_path, lost, word, lost | {"id": "a.d", "not_estimable": both})
    assert [line.partition(":")[0] for line in ATTACKS["rules"](attacker)] == ["a.b", "a.c"]


@pytest.mark.parametrize(("second", "width"), [(52.0, 36.5), (52.13, 24.25)])
def test_two_editions_are_compared_mean_by_mean(tmp_path, second, width):
    found = []
    for name, mean, count in (("a", 50.0, 24), ("b", second, 25)):
        (tmp_path / name).mkdir()
        table = rows("figure", "a.b", ["variable", "estimate", "units"], ["4a", mean, count])
        found.append(opened(tmp_path / name, table))
    ((name, wide, (low, high)),) = editions(*found)
    assert name == "a.b [0] estimate" and wide == pytest.approx(width)
    assert high == 100 and low > 75


def whole_site(folder):
    """Write a site as it should be: a number that is shown, and one that is not, in every kind of file."""
    about = {"edition": {"en": "x"}, "unit": "score", "kind": "number", "definition": {"en": "x"}}
    shown = about | {"id": "a.shown", "value": 51.0, "low": 40.0, "high": 62.0, "n": 12}
    lost = about | {"id": "a.lost", "value": None, "withheld": True}
    picture = {"id": "a.picture", "kind": "figure", "edition": {"en": "x"}, "not_estimable": {"en": "few"}}
    found = {"numbers": [shown, lost], "figures": [picture], "tables": []}
    for name in ("results", "numbers", "_sources", "_images"):
        (folder / name).mkdir()
    (folder / "results" / "results.json").write_text(json.dumps(found), encoding="utf-8")
    cards = "".join(
        f'<span class="num"><a href="numbers/{id}.html">{value}</a><span>95%, {n}</span></span>'
        for id, value, n in (("a.shown", "51", 12), ("a.lost", "not shown", ""))
    )
    (folder / "index.html").write_text(f"<html><main>{cards}</main></html>", encoding="utf-8")
    for record in (shown, lost):
        said = "51.0 (40.0 to 62.0)" if record is shown else "not shown"
        page = f"<html><main>{said}; version 0.1.0, 10.1214/x</main></html>"
        (folder / "numbers" / f"{record['id']}.html").write_text(page, encoding="utf-8")
        body = json.dumps(record | {"text": {"en": said}, "citation": ""})
        (folder / "numbers" / f"{record['id']}.json").write_text(body, encoding="utf-8")
    (folder / "searchresults.js").write_text('["51.0"]', encoding="utf-8")
    data = {"application/vnd.doorgroeien.results+json": {"records": [shown, lost]}, "text/plain": "51"}
    cell = {"outputs": [{"output_type": "display_data", "data": data}]}
    (folder / "_sources" / "a.ipynb").write_text(json.dumps({"cells": [cell]}), encoding="utf-8")
    with zipfile.ZipFile(folder / "results" / "a.shown.xlsx", "w") as book:
        book.writestr("docProps/core.xml", "<t>1.0</t>")
    return folder


@pytest.mark.parametrize(
    ("file", "was", "becomes"),
    [
        ("index.html", ">not shown<", ">48.3<"),
        ("index.html", ">51<", ">51.37<"),
        ("numbers/a.lost.html", "not shown", "48.3 of 100"),
        ("numbers/a.lost.json", "null", "48.3"),
        ("numbers/a.shown.json", '"n": 12', '"n": 12, "units": 9'),
        ("numbers/a.shown.json", "51.0 (", "51.37 ("),
        ("searchresults.js", '"51.0"', '"51.0", "48.3"'),
        ("_sources/a.ipynb", "null", "48.3"),
        ("_sources/a.ipynb", '"records"', '"kept": {}, "records"'),
        ("_sources/a.ipynb", "display_data", "stream"),
    ],
)
def test_what_any_file_of_a_site_has_and_the_register_has_not_is_found(tmp_path, file, was, becomes):
    folder = whole_site(tmp_path)
    assert list(ATTACKS["files"](Attacker(folder, FRAME))) == []
    text = (folder / file).read_text(encoding="utf-8")
    assert was in text
    (folder / file).write_text(text.replace(was, becomes), encoding="utf-8")
    assert list(ATTACKS["files"](Attacker(folder, FRAME)))


def test_a_picture_of_what_is_left_out_and_a_number_beside_the_cells_of_a_workbook_are_found(tmp_path):
    folder = whole_site(tmp_path)
    (folder / "_images" / "a.picture.narrow.nl.svg").write_text("<svg/>", encoding="utf-8")
    with zipfile.ZipFile(folder / "results" / "a.shown.xlsx", "a") as book:
        book.writestr("docProps/app.xml", "<t>mean 48.312</t>")
    attacker = Attacker(folder, FRAME)
    assert len(list(ATTACKS["files"](attacker))) == 2 and attacker.tried["files"]
