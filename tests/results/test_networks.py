"""Rings and mosaics: what is drawn is what the numbers say."""

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from doorgroeien.results.networks import mosaic, mosaic_key, ring, ring_key
from doorgroeien.results.pictures import new_figure


@pytest.fixture
def axes():
    fig, axes = new_figure(1, 2)
    yield axes
    plt.close(fig)


def test_a_ring_has_a_line_and_a_circle_for_each_partner_with_the_first_at_the_top_left(axes):
    table = {"width": [20, 40, 60, 80, 100], "upper": [30, 45, 70, 85, 100], "score": [10, 30, 55, 80, 95]}
    ring(axes[0], pd.DataFrame(table, index=list("abcde")), {"a": "first"})
    lines = [line for line in axes[0].lines if len(line.get_xdata()) == 2]
    edges, inner = lines[::2], lines[1::2]
    assert [line.get_linewidth() * 4 for line in inner] == pytest.approx(table["width"])
    assert [line.get_linewidth() * 4 for line in edges] == pytest.approx(table["upper"])
    ends = np.array([line.get_xydata()[1] for line in inner])
    assert ends[0][0] < 0 < ends[0][1] and ends[1][0] > 0 < ends[1][1]
    angles = np.degrees(np.unwrap(np.arctan2(*ends.T)))
    np.testing.assert_allclose(np.diff(angles), 72)
    assert [text.get_text() for text in axes[0].texts] == ["first", "b", "c", "d", "e"]


def test_shades_of_a_ring_grow_darker_with_the_score_between_two_ends(axes):
    frame = pd.DataFrame({"width": 50, "upper": 60, "score": [0, 30, 55, 80, 100]}, index=list("abcde"))
    ring(axes[0], frame)
    light = [sum(line.get_color()[:3]) for line in axes[0].lines if line.get_marker() == "o"]
    assert light[0] == light[1] > light[2] > light[3] == light[4]


def test_the_key_of_a_ring_uses_its_widths_and_shades(axes):
    ring_key(*axes, ("width", "shade"))
    assert [axis.get_title() for axis in axes] == ["width", "shade"]
    assert [text.get_text() for text in axes[0].texts] == ["10%", "30%", "60%"]
    assert [line.get_linewidth() * 4 for line in axes[0].lines] == pytest.approx([10, 30, 60])
    assert [text.get_text() for text in axes[1].texts] == ["30", "55", "80"]


def test_the_area_of_a_piece_of_a_mosaic_is_its_share(axes):
    shares = pd.DataFrame(
        {"rare": [0.1, 0.2], "often": [0.3, 0.0], "no one": [0.0, 0.0]}, index=["bad", "good"]
    )
    middles = mosaic(axes[0], 0.4, shares)
    first, *pieces = axes[0].patches
    assert first.get_hatch() and first.get_width() * first.get_height() == pytest.approx(0.4)
    areas = [piece.get_width() * piece.get_height() for piece in pieces]
    assert areas == pytest.approx(shares.to_numpy().T.ravel().tolist())
    assert middles == pytest.approx([0.2, 0.55, 0.85, 1.0])
    tops = [piece.get_y() + piece.get_height() for piece in pieces[:4]]
    assert tops == pytest.approx([1 / 3, 1, 1, 1])


def test_shares_that_do_not_add_up_to_one_fill_the_mosaic_all_the_same(axes):
    mosaic(axes[0], 1, pd.DataFrame({"rare": [1.0], "often": [2.0]}))
    assert sum(piece.get_width() for piece in axes[0].patches) == pytest.approx(1)


def test_the_key_of_a_mosaic_names_its_shades_from_the_bottom_up(axes):
    mosaic(axes[0], 0.0, pd.DataFrame({"rare": [0.2, 0.3, 0.5]}))
    mosaic_key(axes[1], ["bad", "fair", "good"])
    assert [text.get_text() for text in axes[1].texts] == ["bad", "fair", "good"]
    shown, used = ([piece.get_facecolor() for piece in axis.patches] for axis in (axes[1], axes[0]))
    assert shown == used[1:]
    heights = [text.get_position()[1] for text in axes[1].texts]
    assert heights == sorted(heights)
