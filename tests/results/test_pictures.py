"""Pictures: what must be readable in them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex, to_rgb

import doorgroeien.sphinxext
from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.results.pictures import (
    GREY,
    band,
    bare,
    bars,
    curves,
    dot_map,
    dots,
    heat,
    intervals,
    likert,
    name_rows,
    new_figure,
    ranks,
    stacked,
    without_empty,
    zones,
)

STYLE = (Path(doorgroeien.sphinxext.__file__).parent / "static" / "doorgroeien.css").read_text("utf-8")


def luminance(colour):
    """Return the relative luminance of WCAG 2."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
    return linear @ np.array([0.2126, 0.7152, 0.0722])


def contrast(one, other):
    """Return the contrast of WCAG 2 between two colours."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def turned(colour, ground="#14181e"):
    """Return what a dark page makes of a colour: inverted, its hue turned by half, screened over the ground.

    The matrix is that of ``hue-rotate(180deg)`` in Filter Effects Module Level 1.
    """
    weights = np.array([0.213, 0.715, 0.072])
    rotate = 2 * np.tile(weights, (3, 1)) - np.eye(3)
    return 1 - (1 - np.clip(rotate @ (1 - np.array(to_rgb(colour))), 0, 1)) * (1 - np.array(to_rgb(ground)))


def test_turning_a_picture_over_is_what_the_style_sheet_does():
    (rule,) = [line for line in STYLE.splitlines() if "mix-blend-mode: screen" in line]
    assert "filter: invert(1) hue-rotate(180deg)" in rule
    assert "--dg-ground: #14181e" in STYLE
    assert to_hex(turned("white")) == "#14181e"
    assert to_hex(turned("black")) == "#ffffff"


def test_words_on_a_part_of_a_bar_can_be_read_on_light_and_dark_pages():
    shares = pd.DataFrame([[20.0] * 5], index=["item"], columns=list("abcde"))
    fig, ax = new_figure()
    likert(ax, shares)
    for bar, text in zip(ax.patches, ax.texts, strict=True):
        ink, shade = to_rgb(text.get_color()), bar.get_facecolor()[:3]
        assert contrast(ink, shade) >= 4.5
        assert contrast(turned(ink), turned(shade)) >= 4.5
    plt.close(fig)


def test_values_in_a_heat_map_can_be_read_on_every_shade_and_margins_stand_below_them():
    frame = pd.DataFrame(np.linspace(20, 80, 25).reshape(5, 5))
    margins = frame * 0 + 1.26
    margins.iat[0, 0] = np.nan
    fig, ax = new_figure()
    heat(ax, frame, decimals=1, low=20, high=80, margins=margins)
    fig.canvas.draw()
    ground = ax.collections[0].get_facecolors()[:, :3]
    texts = [text for text in ax.texts if not text.get_text().startswith("±")]
    for shade, text in zip(ground, texts, strict=True):
        assert contrast(shade, text.get_color()) >= 4.5
        assert contrast(turned(shade), turned(text.get_color())) >= 4.5
    assert [text.get_text() for text in ax.texts].count("±1.3") == 24
    plt.close(fig)


def test_a_heat_map_has_no_rows_and_columns_of_which_nothing_is_known():
    known = pd.DataFrame({"small": [1.0, 2.0], "large": [3.0, None]}, index=["3a", "3b"])
    frame = known.reindex(index=["3a", "3x", "3b"], columns=["small", "city", "large"])
    fig, ax = new_figure()
    heat(ax, frame, margins=(frame / 10).set_axis(["a", "b", "c"]))  # which may have other labels
    assert [label.get_text() for label in ax.get_xticklabels()] == ["small", "large"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["3a", "3b"]
    assert [text.get_text() for text in ax.texts] == ["1", "±0", "3", "±0", "2", "±0", "–"]
    plt.close(fig)


def test_no_line_runs_over_the_gap_between_two_tables_and_late_years_have_open_markers():
    years = range(2003, 2009)
    line = pd.DataFrame({"value": range(6), "low": range(6), "high": range(6)}, index=years)
    fig, ax = new_figure()
    curves(ax, {"cases": line}, gap=2004.5, provisional=2008)
    early, late, open_ones = (list(drawn.get_xdata()) for drawn in ax.lines)
    assert (early, late, open_ones) == ([2003, 2004], [2005, 2006, 2007, 2008], [2008])
    assert ax.lines[2].get_markerfacecolor() == "white"
    assert [text.get_text() for text in ax.texts] == ["cases"]
    plt.close(fig)


def test_dots_stand_on_their_bars_from_the_bottom_up():
    table = pd.DataFrame({"value": [3, 5], "low": [1, 4], "high": [4, 9]}, index=["cases", "amount"])
    fig, ax = new_figure()
    dots(ax, table)
    assert [tuple(part[:, 0]) for part in ax.collections[0].get_segments()] == [(1, 4), (4, 9)]
    assert list(ax.lines[0].get_xdata()) == [3, 5]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["cases", "amount"]
    plt.close(fig)


def test_stacked_bars_begin_where_the_one_before_ends_and_run_from_the_top_down():
    table = pd.DataFrame({"known": [60, 30], "refused": [10, 5]}, index=["staff", "manager"])
    fig, ax = new_figure()
    stacked(ax, table)
    drawn = [(bar.get_x(), bar.get_width()) for bar in ax.patches]
    assert drawn == [(0, 60), (0, 30), (60, 10), (30, 5)]
    assert ax.yaxis_inverted()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["staff", "manager"]
    plt.close(fig)


def test_zones_fill_the_axis_between_its_ends_and_both_limits():
    fig, ax = new_figure()
    ax.set_xlim(-10, 10)
    zones(ax, -5, 5, ("below", "between", "above"))
    assert [(area.get_x(), area.get_width()) for area in ax.patches] == [(-10, 5), (-5, 10), (5, 5)]
    assert [(text.get_text(), text.get_position()[0]) for text in ax.texts] == [
        ("below", -7.5),
        ("between", 0),
        ("above", 7.5),
    ]
    assert ax.get_xlim() == (-10, 10)


def test_rows_are_named_from_top_to_bottom_and_bare_axes_keep_their_names():
    fig, ax = new_figure()
    name_rows(ax, ["board", "staff"], fontsize=9)
    bare(ax)
    low, high = ax.get_ylim()
    assert low > 1 > 0 > high, "the first row is on top"
    assert [label.get_text() for label in ax.get_yticklabels()] == ["board", "staff"]
    assert not any(spine.get_visible() for spine in ax.spines.values())
    plt.close(fig)


def test_a_map_of_dots_keeps_distances_and_names_each_kind_with_its_number():
    places = pd.DataFrame(
        {
            "x_rd_km": [120.0, 90.0, 230.0, 180.0],
            "y_rd_km": [480.0, 430.0, 580.0, 320.0],
            "kind": ["document", "none found", "none found", "grant"],
        }
    )
    fig, ax = new_figure()
    dot_map(ax, places, ["none found", "document", "grant"])
    fig.canvas.draw()
    ground, document, grant = ax.collections
    assert ground.get_offsets().tolist() == [[90, 430], [230, 580]]
    assert to_hex(ground.get_facecolor()[0]) == GREY and ground.get_sizes() < document.get_sizes()
    assert ground.get_zorder() < document.get_zorder() < grant.get_zorder()
    assert document.get_paths()[0].vertices.shape != grant.get_paths()[0].vertices.shape or not np.allclose(
        document.get_paths()[0].vertices, grant.get_paths()[0].vertices
    )
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "none found (2)",
        "document (1)",
        "grant (1)",
    ]
    across, up = (
        ax.transData.transform(end) - ax.transData.transform((0, 0)) for end in ((100, 0), (0, 100))
    )
    assert across[0] == pytest.approx(up[1]) and up[1] > 0, "north is up, and a kilometre is a kilometre"
    with pytest.raises(ValueError, match="legend: grant"):
        dot_map(ax, places, ["none found", "document"])
    plt.close(fig)


@pytest.mark.filterwarnings("error")
def test_long_names_of_rows_leave_room_for_the_names_of_series():
    name = "Is there a note on enforcement which the ..."
    rows = pd.DataFrame({"row": name, "what": ["helderheid (bevinding 5)", "doelen (bevinding 6)"]})
    rows = rows.assign(estimate=50.0, ci_low=40.0, ci_high=60.0)
    figure, ax = new_figure(size=(6.0, 2.0))
    intervals(ax, rows, "row", "what")
    figure.canvas.draw()
    assert ax.get_position().width > 0.3
    legend = ax.get_legend().get_window_extent()
    assert legend.x0 >= 0 and legend.x1 <= figure.bbox.x1


def test_a_band_reaches_from_the_lower_to_the_upper_end_of_its_intervals_around_the_line():
    table = pd.DataFrame({"x": [0, 1], "estimate": [2.0, 4.0], "ci_low": [1.0, 3.0], "ci_high": [3.0, 7.0]})
    fig, ax = new_figure()
    band(ax, table, "x", "as fitted")
    (line,), (area,) = ax.lines, ax.collections
    assert line.get_xydata().tolist() == [[0, 2], [1, 4]] and line.get_label() == "as fitted"
    ends = {tuple(point) for point in area.get_paths()[0].vertices}
    assert ends == {(0, 1), (1, 3), (0, 3), (1, 7)}
    plt.close(fig)


def test_intervals_of_no_rows_are_not_estimable():
    fig, ax = new_figure()
    none = pd.DataFrame({"name": [], "wave": [], "estimate": [], "ci_low": [], "ci_high": []})
    with pytest.raises(NotEstimableError):
        intervals(ax, none, "name", "wave")
    plt.close(fig)


def test_bars_of_ranks_reach_from_the_lowest_to_the_highest_in_the_order_of_the_table():
    fig, ax = new_figure()
    ranks(ax, pd.DataFrame({"rank": [1, 2, 3], "rank_low": [1, 2, 2], "rank_high": [1, 3, 3]}))
    ends = [segment[:, 0].round().tolist() for segment in ax.collections[0].get_segments()]
    assert ends == [[1, 1], [2, 3], [2, 3]]
    assert ax.lines[0].get_xydata().tolist() == [[1, 0], [2, 1], [3, 2]] and ax.yaxis_inverted()
    plt.close(fig)


def test_bars_begin_at_nought_and_carry_their_numbers_beyond_what_is_left_open():
    table = pd.DataFrame(
        {"value": [-16.3, 7.64], "low": [-19.0, 6.5], "high": [-16.0, 11.0]}, ["fewer", "more"]
    )
    fig, ax = new_figure()
    bars(ax, table, decimals=1)
    assert [(bar.get_x(), bar.get_width()) for bar in ax.patches] == [(0, -16.3), (0, 7.64)]
    below, above = ax.texts
    assert (below.get_text(), below.get_ha(), above.get_text(), above.get_ha()) == (
        "−16.3",
        "right",
        "7.6",
        "left",
    )
    assert below.get_position()[0] < -19 and above.get_position()[0] > 11
    left, right = ax.get_xlim()
    assert left < below.get_position()[0] and above.get_position()[0] < right and not ax.get_xticks().size
    assert [label.get_text() for label in ax.get_yticklabels()] == ["fewer", "more"] and ax.yaxis_inverted()
    plt.close(fig)


def test_bars_of_counts_alone_begin_at_the_left_edge():
    fig, ax = new_figure()
    bars(ax, pd.DataFrame({"value": [51, 0]}, index=["council", "departments"]))
    assert ax.get_xlim()[0] == 0 and [text.get_text() for text in ax.texts] == ["51", "0"]
    plt.close(fig)


def test_answers_on_a_scale_of_six_have_six_colours_and_none_are_not_drawn():
    _, axes = new_figure()
    grades = [f"grade {number}" for number in range(6)]
    likert(axes, pd.DataFrame([[10, 20, 20, 20, 20, 10]], index=["item"], columns=grades))
    colours = [tuple(patch.get_facecolor()) for patch in axes.patches]
    assert len(set(colours)) == 6
    with pytest.raises(NotEstimableError, match="no shares"):
        likert(axes, pd.DataFrame(index=["item"]))


def lines(rows=2, columns=2, drawn=()):
    """Return a figure of panels, in some of which a line is drawn."""
    figure, axes = new_figure(rows, columns, size=(6.0, 5.0), sharex=True, sharey=True, squeeze=False)
    for row in range(rows):
        axes[row, 0].set_ylabel("points")
        for column in range(columns):
            axes[row, column].axvline(0)  # which is drawn whatever there is
            axes[row, column].plot([1, 2], [np.nan, np.nan])
            axes[row, column].hlines([0], [np.nan], [np.nan])
            if (row, column) in drawn:
                axes[row, column].plot([1, 2], [1, 2])
    for column in range(columns):
        axes[-1, column].set_xlabel("towns")
    return figure


def test_a_row_of_panels_without_anything_goes_and_the_one_above_names_the_axis():
    figure = lines(drawn={(0, 0), (0, 1)})
    without_empty(figure)
    assert [axes.get_xlabel() for axes in figure.axes] == ["towns", "towns"]
    assert figure.axes[0].get_gridspec().get_geometry() == (1, 2) and figure.get_size_inches()[1] == 2.5
    figure.draw_without_rendering()
    assert all(axes.xaxis.get_major_ticks()[0].label1.get_visible() for axes in figure.axes)
    plt.close(figure)


def test_a_hole_among_panels_stays_and_the_next_one_names_the_rows():
    figure = lines(drawn={(0, 1), (1, 0), (1, 1)})
    without_empty(figure)
    assert len(figure.axes) == 3 and figure.axes[0].get_gridspec().get_geometry() == (2, 2)
    assert figure.axes[0].get_ylabel() == "points"
    figure.draw_without_rendering()
    assert figure.axes[0].yaxis.get_major_ticks()[0].label1.get_visible()
    plt.close(figure)


def test_a_full_figure_is_left_as_it_is_and_an_empty_one_is_none():
    figure = lines(drawn={(0, 0), (0, 1), (1, 0), (1, 1)})
    without_empty(figure)
    assert len(figure.axes) == 4 and list(figure.get_size_inches()) == [6.0, 5.0]
    plt.close(figure)
    with pytest.raises(NotEstimableError, match="nothing to draw"):
        without_empty(lines())


@pytest.mark.parametrize(
    "draw",
    [
        lambda axes: axes.barh([0], [3.0]),
        lambda axes: axes.scatter([1], [2]),
        lambda axes: axes.fill_between([0, 1], [0, 0], [1, 1]),
        lambda axes: axes.imshow([[1.0]]),
        lambda axes: axes.hlines([0], [1], [2]),
        lambda axes: axes.add_patch(plt.Circle((0, 0), 1)),
        lambda axes: heat(axes, pd.DataFrame([[1.0, 2.0], [np.nan, 3.0]])),
        lambda axes: stacked(axes, pd.DataFrame({"yes": [0.0], "no": [0.0]})),
    ],
)
def test_whatever_is_drawn_counts(draw):
    figure, axes = new_figure()
    draw(axes)
    without_empty(figure)
    assert figure.axes == [axes]
    plt.close(figure)


@pytest.mark.parametrize(
    "draw",
    [
        lambda axes: axes.axvspan(0, 1),
        lambda axes: axes.text(0, 0, "words"),
        lambda axes: axes.scatter([np.nan], [np.nan]),
        lambda axes: axes.barh([0], [np.nan]),
        lambda axes: axes.plot([], []),
        lambda axes: axes.pcolormesh([[np.nan]]),
    ],
)
def test_ground_words_and_what_is_missing_are_nothing(draw):
    figure, axes = new_figure()
    draw(axes)
    with pytest.raises(NotEstimableError):
        without_empty(figure)
    plt.close(figure)


def test_shades_of_one_cell_compare_nothing():
    figure, axes = new_figure()
    with pytest.raises(NotEstimableError):
        heat(axes, pd.DataFrame([[57.0, np.nan]]))
    plt.close(figure)


def test_the_name_of_a_narrow_zone_goes_outwards():
    figure, axes = new_figure()
    axes.set_xlim(0, 75)
    zones(axes, 5, 25, ["the other way", "in between", "holds"])
    assert [(text.get_position()[0], text.get_ha()) for text in axes.texts] == [
        (5, "right"),
        (15, "center"),
        (50, "center"),
    ]
    plt.close(figure)
