"""Pictures in Dutch: every word has its Dutch or is named, and numbers are written as Dutch writes them."""

import pandas as pd
import pytest
from matplotlib import pyplot as plt

from doorgroeien.data.tables import load
from doorgroeien.results.dutch import UntranslatedError, in_dutch, named_in_tables, translated
from doorgroeien.results.pictures import intervals, new_figure

WORDS = {
    "per cent": "procent",
    "vision on paper": "visie op papier",
    "inhabitants": "inwoners",
    "go on": "gaan door",
    "other": "overig",
    "municipalities": "gemeenten",
    "other municipalities": "andere gemeenten",
}


@pytest.mark.parametrize(
    ("english", "dutch"),
    [
        ("per cent", "procent"),
        ("Vision\non paper", "Visie op\npapier"),
        ("1. Vision\non paper", "1. Visie op\npapier"),
        ("vision on paper*", "visie op papier*"),
        ("1,234.5 per cent", "1.234,5 procent"),
        ("\u2265100,000 inhabitants", "\u2265100.000 inwoners"),
        ("\u2193 54.5% go on (12\u201340)", "\u2193 54,5% gaan door (12\u201340)"),
        ("\u22120.3", "\u22120,3"),
        ("20k-50k", "20k-50k"),
        ("per cent: 37, 36.5", "procent: 37, 36,5"),
        ("per cent 2005 37, 2007 36", "procent 2005 37, 2007 36"),
        ("per cent, inhabitants", "procent, inwoners"),
        ("Vision on paper 3", "Visie op papier 3"),
        ("per cent vision on paper 64", "procent visie op papier 64"),
        ("other municipalities 17", "andere gemeenten 17"),
        ("other inhabitants 17", "overig inwoners 17"),
        ("3: other\nmunicipalities", "3: andere\ngemeenten"),
        ("2004: vision\non paper", "2004: visie\nop papier"),
        ("unheard of", None),
        ("3 unheard of", None),
    ],
)
def test_a_text_is_put_together_from_what_has_its_dutch(english, dutch):
    assert translated(english, WORDS) == dutch


def drawn():
    table = pd.DataFrame(
        {"part": ["vision on paper", "b"], "estimate": [1.5, 2], "ci_low": [1, 1], "ci_high": [2, 3]}
    )
    figure, axes = new_figure()
    intervals(axes, table, "part", labels={"b": "vision on paper*"})
    axes.set_xlabel("per cent")
    axes.set_xticks([0.5, 1.5])
    return figure, axes


def test_labels_ticks_and_numbers_of_a_picture_become_dutch():
    figure, axes = drawn()
    with in_dutch(figure, WORDS):
        assert axes.get_xlabel() == "procent"
        assert [label.get_text() for label in axes.get_yticklabels()] == [
            "visie op papier",
            "visie op papier*",
        ]
        assert [label.get_text() for label in axes.get_xticklabels()] == ["0,5", "1,5"]
    assert axes.get_xlabel() == "per cent"
    assert [label.get_text() for label in axes.get_yticklabels()] == ["vision on paper", "vision on paper*"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0.5", "1.5"]
    plt.close(figure)


def test_all_words_without_dutch_are_named_at_once():
    figure, axes = drawn()
    axes.set_title("no such words")
    axes.set_ylabel("nor these")
    with (
        pytest.raises(UntranslatedError, match="no Dutch for 'no such words', 'nor these'"),
        in_dutch(figure, WORDS),
    ):
        pass
    plt.close(figure)


def test_names_come_from_the_tables_that_were_loaded():
    load("items")
    assert named_in_tables()["vision on paper"] == "visie op papier"
