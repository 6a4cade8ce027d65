"""Outputs agree to the letter but for numbers, and numbers to a stated tolerance."""

import copy

import pytest

from doorgroeien.results.register import IN_DUTCH, MIME, NARROW, NARROW_IN_DUTCH
from doorgroeien.results.reproduction import RELATIVE, differences, largest_change, same_output

RECORD = {
    "kind": "number",
    "id": "policy-cycle.plan.2007",
    "value": 63.41234567,
    "low": 60.0,
    "high": None,
    "n": 412,
    "unit": "percent",
    "definition": {"en": "municipalities with a plan of 12 pages", "nl": "gemeenten met een plan"},
    "sources": ["Kish1965"],
}
OTHER = RECORD | {"id": "policy-cycle.plan.2005", "value": 41}
TABLE = {
    "kind": "table",
    "id": "policy-cycle.table",
    "data": {"columns": ["part", "estimate"], "rows": [["1a", 55.25], ["1b", None]]},
    "caption": {"en": "The highest is 55.2 of 100"},
}


def shown(*records, text="policy-cycle.plan.2007 = 63.4%", **forms):
    data = {"text/plain": text, MIME: {"records": list(records)}, **forms}
    return {"output_type": "display_data", "metadata": {}, "data": copy.deepcopy(data)}


def printed(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def with_value(path, value, *records):
    """Return the outputs of a cell in which the value at ``path`` of the first record is another."""
    output = shown(*records)
    *ahead, last = path
    place = output["data"][MIME]["records"][0]
    for step in ahead:
        place = place[step]
    place[last] = value
    return [output]


def test_the_same_outputs_do_not_differ():
    outputs = [printed("two lines\n"), shown(RECORD, OTHER), shown(TABLE)]
    assert differences(outputs, copy.deepcopy(outputs)) == []
    assert largest_change(outputs, outputs) == (0.0, "")


@pytest.mark.parametrize("share", [1e-5, -1e-5, 2e-6])
@pytest.mark.parametrize(
    ("path", "record", "place"),
    [
        (("value",), RECORD, "policy-cycle.plan.2007 value"),
        (("low",), RECORD, "policy-cycle.plan.2007 low"),
        (("data", "rows", 0, 1), TABLE, "policy-cycle.table data rows[0][1]"),
    ],
)
def test_a_change_of_a_number_is_shown_with_id_stored_value_and_value_now(path, record, place, share):
    value = record
    for step in path:
        value = value[step]
    found = differences([shown(record)], with_value(path, value * (1 + share), record))
    assert [str(line) for line in found] == [f"{place}: stored {value!r}, now {value * (1 + share)!r}"]


@pytest.mark.parametrize("share", [1e-7, -9e-7, 1e-12])
def test_a_number_may_move_within_the_tolerance(share):
    moved = with_value(("value",), RECORD["value"] * (1 + share), RECORD)
    assert differences([shown(RECORD)], moved) == []
    assert largest_change([shown(RECORD)], moved)[0] == pytest.approx(abs(share), rel=1e-3)
    assert largest_change([shown(RECORD)], moved)[1] == "policy-cycle.plan.2007 value"


def test_what_is_nearly_nought_is_nought():
    stored = [shown(RECORD | {"value": 3e-17})]
    assert differences(stored, [shown(RECORD | {"value": -2e-15})]) == []
    assert differences(stored, [shown(RECORD | {"value": 2e-12})])


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("n",), 413),
        (("n",), 412.0001),
        (("n",), None),
        (("high",), 70.0),
        (("value",), "63.4"),
        (("value",), True),
        (("id",), "policy-cycle.plan.2008"),
        (("unit",), "percentage points"),
        (("definition", "en"), "municipalities with a scheme of 12 pages"),
        (("definition", "en"), "municipalities with a plan of 13 pages"),
        (("definition", "en"), "municipalities with a plan of 12 pages."),
        (("sources",), ["Kish1965", "Binder1983"]),
        (("sources",), []),
        (("new",), 1),
    ],
)
def test_every_other_change_is_a_difference(path, value):
    assert differences([shown(RECORD)], with_value(path, value, RECORD))


def test_a_missing_and_an_extra_record_are_named_and_so_is_another_order():
    both, one = [shown(RECORD, OTHER)], [shown(RECORD)]
    assert [str(line) for line in differences(both, one)] == [
        "policy-cycle.plan.2005: stored a record, now 0 records"
    ]
    assert [str(line) for line in differences(one, both)] == [
        "policy-cycle.plan.2005: stored 0 records, now a record"
    ]
    (line,) = differences(both, [shown(OTHER, RECORD)])
    assert "order" in line.place
    (line,) = differences(one, [shown(RECORD, RECORD)])
    assert str(line) == "policy-cycle.plan.2007: stored a record, now 2 records"


@pytest.mark.parametrize(
    ("stored", "now", "same"),
    [
        ("63.4%", "63.5%", False),
        ("63.4%", "63.40%", False),
        ("63,4%", "63.4%", False),
        ("in 2007", "in 2008", False),
        ("12 of 443", "12 of 444", False),
        ("1,234,567 persons", "1,234,568 persons", True),
        ("1,234,567 persons", "1,234,570 persons", False),
        ("0.7968558800", "0.7968558802", True),
        ("0.7968558800", "0.7968658800", False),
        ("0.79685588", "0.796855879999", True),
        ("1.234567e-05", "1.2345671e-05", True),
        ("1.234567e-05", "1.23457e-05", False),
        ("1.2e-05", "1.2e-06", False),
        ("-0.5", "0.5", False),
        ("a 1 and a 2", "a 1 and the 2", False),
        ("a 1 and a 2", "a 1 and a 2 and a 3", False),
    ],
)
def test_numbers_in_a_text_agree_to_half_a_unit_of_their_last_digit_or_a_millionth(stored, now, same):
    assert (differences([printed(stored)], [printed(now)]) == []) is same
    assert (differences([shown(text=stored)], [shown(text=now)]) == []) is same


def test_half_a_unit_of_the_last_digit_counts_only_where_a_millionth_is_less():
    number = 1 / RELATIVE
    assert differences([printed(f"{number:.0f}")], [printed(f"{number + 1:.0f}")]) == []
    assert differences([printed(f"{number / 2:.0f}")], [printed(f"{number / 2 + 1:.0f}")])


def test_outputs_are_compared_in_order_and_number_and_a_stream_as_a_whole():
    assert differences([printed("a"), printed("b")], [printed("ab")]) == []
    assert differences([printed("a"), printed("b", "stderr")], [printed("ab")])
    assert differences([printed("a")], [shown(RECORD)])
    assert differences([shown(RECORD)], [])
    assert differences([], [printed("a warning", "stderr")])


def test_pictures_count_only_where_asked_for():
    red = [shown(RECORD, **{"image/svg+xml": '<path stroke="red" d="M 10.000001 2"/>', "image/png": "AAAA"})]
    near = [shown(RECORD, **{"image/svg+xml": '<path stroke="red" d="M 10.000002 2"/>', "image/png": "BBBB"})]
    blue = [
        shown(RECORD, **{"image/svg+xml": '<path stroke="blue" d="M 10.000001 2"/>', "image/png": "AAAA"})
    ]
    bare = [shown(RECORD)]
    assert same_output(red, blue, pictures=False) and not same_output(red, blue, pictures=True)
    assert same_output(red, near, pictures=True)
    assert not same_output(red, bare, pictures=False)
    pixels = [[shown(RECORD, **{"image/png": text})] for text in ("AAAA", "BBBB")]
    assert same_output(*pixels, pictures=False) and not same_output(*pixels, pictures=True)


@pytest.mark.parametrize("form", [IN_DUTCH, NARROW, NARROW_IN_DUTCH])
def test_a_picture_is_drawn_alike_only_if_it_is_in_each_language_and_width(form):
    same = {"image/svg+xml": '<path d="M 1 2"/>'}
    one, other = ([shown(RECORD, **same, **{form: f'<path d="M 1 {y}"/>'})] for y in (2, 3))
    assert same_output(one, one, pictures=True) and not same_output(one, other, pictures=True)


def test_shapes_of_a_drawing_may_have_other_names_as_long_as_each_is_used_where_it_was():
    drawing = '<g clip-path="url(#{0})"/><g clip-path="url(#{1})"/><g id="{0}"/><g id="{1}"/>'
    one, other, swapped = (
        [shown(RECORD, **{"image/svg+xml": drawing.format(*names)})]
        for names in (("p3379a16271", "paea004acc9"), ("p0fabaa3ac4", "pf58c9a5885"), ("p0fabaa3ac4",) * 2)
    )
    assert same_output(one, other, pictures=True)
    assert not same_output(one, swapped, pictures=True)
