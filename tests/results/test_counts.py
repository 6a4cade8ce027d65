"""Pictures of counts: what is drawn is what was counted."""

import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex, to_rgba

from doorgroeien.results.counts import three_states, units, upset
from doorgroeien.results.pictures import COLOURS, INK, new_figure

COLOUR_OF = {"rules": COLOURS[0], "news": COLOURS[1]}


@pytest.fixture
def ax():
    figure, axes = new_figure()
    yield axes
    plt.close(figure)


@pytest.mark.parametrize("upright", [False, True])
def test_every_thing_counted_has_its_mark_and_every_line_that_is_not_empty_its_total(ax, upright):
    table = pd.DataFrame({"rules": [2, 0, 1], "news": [1, 0, 3]}, index=["east", "north", "west"])
    units(ax, table, COLOUR_OF, upright=upright)
    marks = {found.get_label(): found.get_offsets().tolist() for found in ax.collections}
    turned = {name: sorted([y, x] if upright else [x, y] for x, y in found) for name, found in marks.items()}
    assert turned == {"rules": [[0, 0], [0, 2], [1, 0]], "news": [[1, 2], [2, 0], [2, 2], [3, 2]]}
    assert [text.get_text() for text in ax.texts] == ["3", "4"]


def test_combinations_of_traits_are_bars_over_the_dots_of_their_traits():
    table = pd.DataFrame({"rules": [5, 1], "news": [2, 0]})
    traits = pd.DataFrame({"inform": [True, False], "control": [True, True], "sanction": [False, False]})
    figure, (axes, grid) = new_figure(2, 1)
    upset(axes, grid, table, traits, COLOUR_OF)
    heights = [[bar.get_height() for bar in bars] for bars in axes.containers]
    assert heights == [[5, 1], [2, 0]]
    assert axes.containers[1][0].get_y() == 5, "the second kind stands on the first"
    assert [text.get_text() for text in axes.texts] == ["7", "1"]
    dark = [[to_hex(colour) == INK for colour in dots.get_facecolors()] for dots in grid.collections]
    assert dark == [[True, True, False], [False, True, False]]
    assert [list(line.get_ydata()) for line in grid.lines] == [[0, 1], [1]]
    assert [label.get_text() for label in grid.get_yticklabels()] == list(traits)
    plt.close(figure)


def test_yes_lies_on_known_and_known_on_all_and_sums_stand_at_the_end(ax):
    yes = pd.DataFrame({"rules": [9, 0], "news": [2, 1]}, index=["goals", "staff"])
    known = pd.DataFrame({"rules": [9, 3], "news": [2, 2]}, index=["goals", "staff"])
    three_states(ax, yes, known, pd.Series({"news": 4, "rules": 12}), [0, 1.5])
    widths = [[bar.get_width() for bar in bars] for bars in ax.containers]
    assert widths == [[4, 4], [2, 2], [2, 1], [12, 12], [9, 3], [9, 0]], "group by group: all, known, yes"
    starts = {bar.get_x() for bars in ax.containers[3:] for bar in bars}
    assert starts == {8}, "a group starts beyond the one before it"
    framed = [bar.get_edgecolor() == to_rgba(INK) for bar in ax.containers[4]]
    assert framed == [False, True], "a known no is framed"
    said = [(text.get_text(), text.get_weight()) for text in ax.texts]
    assert [text for text, weight in said if weight == "bold"] == ["11", "1", "say so"]
    assert ("5", "normal") in said, "known of staff: three and two"
