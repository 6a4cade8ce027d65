"""Pictures of levels and changes: what stands where, and what is bold."""

import pandas as pd
import pytest
from matplotlib import pyplot as plt

from doorgroeien.results.levels import heat_of_levels, likert_by_part, waves
from doorgroeien.results.pictures import new_figure

LABELS = {"3a": "board", "d3a_one": "speaks up"}


@pytest.fixture
def axes():
    fig, ax = new_figure()
    yield ax
    plt.close(fig)


def test_a_line_parts_the_answers_of_two_parts_and_each_part_has_its_name_in_the_middle(axes):
    names = ["d3a_one", "d3a_two", "d3b_three", "d3c_four", "d3c_five", "d3c_six"]
    shares = pd.DataFrame({"no": 40, "yes": 60}, index=names)
    parts = {name: name[1:3] for name in names}
    likert_by_part(axes, shares, parts, LABELS)
    named = [text for text in axes.texts if text.get_position()[0] == 1.01]
    assert [(text.get_text(), text.get_position()[1]) for text in named] == [
        ("board", 0.5),
        ("3b", 2),
        ("3c", 4),
    ]
    assert [text.get_rotation() for text in named] == [0, 0, 270], "no longer than the rows of the part"
    assert [line.get_ydata()[0] for line in axes.lines if line.get_ydata()[0] == line.get_ydata()[1]] == [
        1.5,
        2.5,
    ]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["speaks up", *names[1:]]


def test_levels_are_shaded_in_the_order_of_the_table_with_half_their_intervals_below(axes):
    table = pd.DataFrame(
        {
            "variable": ["3b", "3a", "3b", "3a"],
            "size": ["small", "small", "all", "all"],
            "estimate": [10.0, 20.0, 30.0, 40.0],
            "ci_low": [9.0, 18.0, 27.0, 36.0],
            "ci_high": [11.0, 22.0, 33.0, 44.0],
        }
    )
    grid = heat_of_levels(axes, table, "variable", "size", LABELS)
    assert grid.loc["3a"].to_dict() == {"small": 20, "all": 40}
    assert [label.get_text() for label in axes.get_yticklabels()] == ["3b", "board"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["small", "all"]
    assert [text.get_text() for text in axes.texts] == ["10.0", "±1.0", "30.0", "±3.0", "20.0", "±2.0"] + [
        "40.0",
        "±4.0",
    ]


def test_waves_are_joined_and_a_clear_change_is_bold(axes):
    table = pd.DataFrame(
        {"variable": ["3b", "3a"] * 2, "wave": [2005] * 2 + [2007] * 2, "estimate": [50.0, 60, 45, 61]}
    )
    table = table.assign(ci_low=table["estimate"] - 1, ci_high=table["estimate"] + 1)
    changes = pd.DataFrame({"estimate": [1.0, -5.0], "p_holm": [0.2, 0.01]}, index=["3a", "3b"])
    ends = waves(axes, table, changes, labels=LABELS)
    assert ends.loc["3b"].to_dict() == {2005: 50, 2007: 45} and list(ends.index) == ["3b", "3a"]
    joined = axes.collections[0].get_segments()
    assert [(part[0][0], part[1][0]) for part in joined] == [(45, 50), (60, 61)]
    assert [(text.get_text(), text.get_weight()) for text in axes.texts] == [
        ("−5.0", "bold"),
        ("+1.0", "normal"),
    ]
