"""Pictures of how municipalities differ: what lies where."""

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex

from doorgroeien.results.pictures import COLOURS, new_figure
from doorgroeien.results.spread import histogram, middles, nonresponse, profile

QUANTILES = pd.DataFrame({0.1: [1, 2], 0.25: [3, 4], 0.75: [7, 8], 0.9: [9, 9.5]}, index=["2b", "2a"])
MEANS = pd.DataFrame({"estimate": [6, 5], "ci_low": [5, 4], "ci_high": [7, 6]}, index=["2a", "2b"])


@pytest.fixture
def axes():
    fig, ax = new_figure()
    yield ax
    plt.close(fig)


def spans(lines):
    return [tuple(part[:, 0]) for part in lines.get_segments()]


def test_the_bins_of_a_histogram_begin_at_multiples_of_their_width_and_hold_all_weight(axes):
    found = histogram(axes, pd.Series([-7.0, 1, 2, 9.9]), [1, 1, 1, 5], 5, least=0)
    assert found["from"].tolist() == [-10, -5, 0, 5]
    assert found["percent"].tolist() == [12.5, 0, 25, 62.5]
    assert [to_hex(bar.get_facecolor()).upper() for bar in axes.patches] == [COLOURS[1]] * 2 + [
        COLOURS[0]
    ] * 2


def test_no_bin_of_a_histogram_tells_of_single_values(axes):
    values = pd.Series([-12, *[1] * 6, *[6, 7, 8, 9, 9.5], 11, 12, 23])
    found = histogram(axes, values, np.ones(len(values)), 5)
    assert found["from"].tolist() == [-15, 5] and found["to"].tolist() == [5, 25]
    assert found["n"].tolist() == [7, 8] and found["percent"].sum() == pytest.approx(100)
    # A bin that is four wide is as high as its parts would be on average.
    assert [bar.get_height() for bar in axes.patches] == pytest.approx([100 * 7 / 15 / 4, 100 * 8 / 15 / 4])
    assert histogram(axes, values[:3], np.ones(3), 5)["n"].tolist() == [3]  # which the register refuses


def test_middles_lie_around_the_means_of_their_own_rows(axes):
    middles(axes, QUANTILES, MEANS)
    outer, inner, interval = axes.collections
    assert spans(outer) == [(1, 9), (2, 9.5)] and spans(inner) == [(3, 7), (4, 8)]
    assert spans(interval) == [(4, 6), (5, 7)] and list(axes.lines[0].get_xdata()) == [5, 6]
    assert axes.yaxis_inverted()


def test_a_profile_is_a_line_of_means_over_the_scores_in_their_order(axes):
    profile(axes, QUANTILES, MEANS, {"2a": "inform"})
    assert list(axes.lines[0].get_ydata()) == [6, 5]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["inform", "2b"]
    wide, narrow = (band.get_paths()[0].vertices[:, 1] for band in axes.collections[:2])
    assert (wide.min(), wide.max(), narrow.min(), narrow.max()) == (1, 9.5, 3, 8)


def test_a_group_with_too_few_for_bands_has_its_means_and_one_without_means_nothing(axes):
    profile(axes, QUANTILES[:0], MEANS[:0])
    assert not axes.lines and not axes.collections
    profile(axes, QUANTILES[:0], MEANS)
    assert list(axes.lines[0].get_ydata()) == [6, 5]
    assert not any(
        np.isfinite(band.get_paths()[0].vertices).all() for band in axes.collections[:2] if band.get_paths()
    )


def test_views_of_who_did_not_answer_stand_in_one_row(axes):
    views = {"ci_low": 50, "ci_high": 60, "reluctant": 48, "least": 30, "most": 80}
    table = pd.DataFrame([views | {"all_least": 10, "all_most": 90}])
    nonresponse(axes, table.set_axis(["2a"]), {"2a": "inform"})
    assert [spans(lines) for lines in axes.collections] == [[(10, 90)], [(30, 80)], [(50, 60)]]
    assert [float(np.ravel(line.get_xdata())[0]) for line in axes.lines] == [30, 80, 48]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["inform"]
