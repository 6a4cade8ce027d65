"""Pictures of a composite: what is drawn is what is in the table."""

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from doorgroeien.results.composites import profiles, triangle
from doorgroeien.results.pictures import COLOURS, intervals, new_figure


@pytest.fixture
def ax():
    figure, axes = new_figure()
    yield axes
    plt.close(figure)


def test_a_triangle_shows_each_pair_once_and_divides_the_groups(ax):
    names = ["1a", "1b", "2a"]
    table = pd.DataFrame([[1, 0.5, 0.2], [0.5, 1, -0.1], [0.2, -0.1, 1]], names, names)
    triangle(ax, table, ["1", "1", "2"], {"1a": "vision"})
    mesh = ax.collections[0]
    shown = np.ma.filled(mesh.get_array(), np.nan)
    nan = np.nan
    np.testing.assert_array_equal(shown, [[nan, nan, nan], [0.5, nan, nan], [0.2, -0.1, nan]])
    assert (mesh.norm.vmin, mesh.norm.vmax) == (-0.1, 0.5)
    assert [line.get_xdata()[0] for line in ax.lines[1::2]] == [2], "between the dimensions"
    assert [label.get_text() for label in ax.get_yticklabels()] == ["vision", "1b", "2a"]


def test_a_profile_is_a_line_with_a_bar_at_each_variable(ax):
    means = pd.DataFrame({"A": [20.0, 30], "B": [60.0, 40]}, ["1a", "1b"])
    profiles(ax, means, means - 5, means + 3, {"1b": "organisation"})
    assert [list(line.get_xdata()) for line in ax.lines] == [[20, 30], [60, 40]]
    bars = [[segment[:, 0].tolist() for segment in found.get_segments()] for found in ax.collections]
    assert bars == [[[15, 23], [25, 33]], [[55, 63], [35, 43]]]
    assert [line.get_label() for line in ax.lines] == ["type A", "type B"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["1a", "organisation"]
    assert ax.lines[0].get_color() == COLOURS[0] != ax.lines[1].get_color()


@pytest.mark.parametrize("count", [2, 5])
def test_intervals_of_a_row_stay_nearer_to_each_other_than_to_those_of_the_next_row(ax, count):
    rows = [(name, f"class {kind}", 50, 40, 60) for name in ("board", "staff") for kind in range(count)]
    table = pd.DataFrame(rows, columns=["part", "size", "estimate", "ci_low", "ci_high"])
    intervals(ax, table, "part", "size")
    heights = np.array([line.get_ydata() for line in ax.lines])
    assert heights.shape == (count, 2)
    assert np.diff(heights[:, 0]).min() > 0.1 and heights[:, 0].max() + 0.2 < heights[:, 1].min()
    ax.figure.canvas.draw()
    box = ax.get_legend().get_window_extent()
    assert box.x0 >= 0 and box.x1 <= ax.figure.bbox.x1, "the names of the series are not cut off"
