"""Classes of numbers of inhabitants, spelled out in pictures."""

import pandas as pd
import pytest
from matplotlib import pyplot as plt

from doorgroeien.results.dutch import in_dutch
from doorgroeien.results.pictures import heat, intervals, new_figure
from doorgroeien.results.size_classes import sizes_in_words, spell_sizes

CODES = ["<20k", "20k-50k", "50k-100k", ">=100k"]


@pytest.fixture
def drawn():
    fig, axes = new_figure(1, 2)
    rows = pd.DataFrame({"size": CODES, "estimate": 50.0, "ci_low": 45.0, "ci_high": 55.0})
    intervals(axes[0], rows, "size")
    axes[0].set_title("change, >=100k")
    heat(axes[1], pd.DataFrame([[1, 2, 3, 4]], index=["score"], columns=CODES))
    yield fig, axes
    plt.close(fig)


def names(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def test_no_code_of_a_class_is_left_in_a_picture(drawn):
    fig, (left, right) = drawn
    limits = left.get_ylim(), right.get_xlim()
    spell_sizes(fig)
    fig.canvas.draw()
    assert names(left.yaxis) == ["under 20,000", "20,000-50,000", "50,000-100,000", "100,000 or more"]
    assert names(right.xaxis) == ["under\n20,000", "20,000-\n50,000", "50,000-\n100,000", "100,000\nor more"]
    assert left.get_title() == "change, 100,000 or more"
    assert (left.get_ylim(), right.get_xlim()) == limits


def test_spelled_classes_have_their_dutch(drawn):
    fig, (left, _) = drawn
    spell_sizes(fig)
    words = {"under": "onder", "or more": "of meer", "change": "verandering", "score": "score"}
    with in_dutch(fig, words):
        assert names(left.yaxis) == ["onder 20.000", "20.000-50.000", "50.000-100.000", "100.000 of meer"]
        assert left.get_title() == "verandering, 100.000 of meer"


def test_numbers_that_are_no_class_stay():
    assert sizes_in_words("20k inhabitants, 5-10, <20 and 40k") == "20k inhabitants, 5-10, <20 and 40k"
