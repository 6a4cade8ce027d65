"""Drawings, and words with them, on real answers are no finer than the data beside them."""

import numpy as np
import pandas as pd
import pytest

from doorgroeien.results import register
from doorgroeien.results.coarse import Coarse
from doorgroeien.results.disclosure import RULES
from doorgroeien.results.networks import mosaic, ring
from doorgroeien.results.pictures import band, heat, intervals, likert, new_figure
from doorgroeien.results.register import MIME, publish_figure

EXACT = {"estimate": [62.712, 37.33], "ci_low": [53.912, 30.1], "ci_high": [71.512, 44.4]}
FRAME = pd.DataFrame({"part": ["3a", "3b"], **EXACT, "n": 11, "units": 11})
TOLD = RULES.applied(FRAME)


def test_dots_and_intervals_stand_where_the_rounded_data_have_them_and_rows_where_they_were():
    _, ax = new_figure()
    intervals(ax, FRAME, "part")
    limits = ax.get_xlim(), ax.get_ylim()
    Coarse(FRAME, RULES).draw(ax.figure)
    (dots,) = (line.get_xydata() for line in ax.lines)
    (lines,) = ax.collections
    np.testing.assert_allclose(dots, np.column_stack([TOLD["estimate"], [0, 1]]))
    ends = np.array([path.vertices[:, 0] for path in lines.get_paths()])
    np.testing.assert_allclose(ends, TOLD[["ci_low", "ci_high"]])
    # The lowest and highest of them would be told by where the axis ends.
    assert ax.get_xlim() == (28.0, 74.0) and ax.get_ylim() == limits[1]
    assert limits[0][0] % 1 and limits[0][1] % 1


def test_what_spans_a_picture_stands_on_the_data_or_on_a_limit_that_nobody_answered():
    _, ax = new_figure()
    intervals(ax, FRAME, "part")
    spans = [ax.axvspan(*ends) for ends in ((53.912, 71.512), (62.5, 66.7), (61.23, 64.77))]
    line, beside = ax.axvline(37.33), ax.axhline(0.5)
    Coarse(FRAME, RULES).draw(ax.figure)
    ends = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in spans]
    np.testing.assert_allclose(ends, [(54.0, 70.0), (62.5, 66.7), (62.0, 64.0)])
    assert [*line.get_xdata()] == [38.0, 38.0] and [*beside.get_ydata()] == [0.5, 0.5]
    assert all((bar.get_y(), bar.get_height()) == (0, 1) for bar in spans)


def test_cells_are_shaded_by_what_is_published_and_so_is_the_scale_beside_them():
    _, ax = new_figure()
    frame = pd.DataFrame({"part": ["3a", "3b"], "estimate": [62.712, 37.33], "n": 11, "units": 11})
    heat(ax, frame[["estimate"]].assign(other=61.3), high=float(frame["estimate"].max()))
    (mesh,) = ax.collections
    ax.figure.colorbar(mesh)
    Coarse(frame, RULES).draw(ax.figure)
    told = RULES.applied(frame)["estimate"]
    np.testing.assert_allclose(mesh.get_array(), np.column_stack([told, [62.0, 62.0]]))
    assert mesh.get_clim() == (0, told.max()) and [text.get_text() for text in ax.texts][0] == "62"


def test_a_ring_has_the_widths_and_shades_and_a_mosaic_the_tiles_of_what_is_published():
    partners = pd.DataFrame({"width": [62.712], "upper": [71.512], "score": [37.33]}, index=["police"])
    shares = pd.DataFrame({"weekly": [12.34, 20.1], "monthly": [30.56, 20.0]})
    drawn = []
    for draw in (True, False):
        _, (left, right) = new_figure(1, 2)
        if draw:
            ring(left, partners)
            mosaic(right, 17.0, shares)
            Coarse(FRAME, RULES, shares).draw(left.figure)
        else:
            told = dict(zip((62.712, 71.512, 37.33), (62.0, 70.0, 38.0), strict=True))
            ring(left, partners.map(told.get))
            mosaic(right, 17.0, RULES.applied(shares))
        tiles = [(*bar.get_xy(), bar.get_width(), bar.get_height()) for bar in right.patches]
        lines = sorted((line.get_linewidth(), str(line.get_color())) for line in left.lines)
        drawn.append((lines, tiles, [text.get_text() for text in left.texts], right.get_xlim()))
    assert drawn[0][0] == drawn[1][0] and drawn[0][2:] == drawn[1][2:]
    np.testing.assert_allclose(drawn[0][1], drawn[1][1])


def test_of_numbers_that_are_written_alike_the_one_that_is_coarsest_is_told():
    for other in (12.96, 13.0):  # a whole number is rounded with the others of its column
        frame = pd.DataFrame({"estimate": [other, 12.99], "units": [11, 400]})
        assert Coarse(frame, RULES).words("a 13.0") == "a 12.0"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("9.4 (−0.7 to 19.5)", "9.0 (−1.0 to 19.0)"),
        ("meer: 9,4 (−0,7 tot 19,5); 19,6", "meer: 9,0 (−1,0 tot 19,0); 20,0"),
        ("9.4 (−0.7 to 19.6)", "9.0 (−1.0 to 20.0)"),  # of no row, so each by itself
    ],
)
def test_an_estimate_with_its_interval_is_told_as_its_row_has_it(text, told):
    """The end of 19.5 lies ten from an estimate of nine; another result of 19.6 is published as twenty."""
    frame = pd.DataFrame({"estimate": [9.4, 19.55], "ci_low": [-0.7, 9.5], "ci_high": [19.5, 29.6]})
    frame = frame.assign(n=18, units=18)
    published = RULES.applied(frame)
    assert published["ci_high"].iloc[0] == 19.0 and published["estimate"].iloc[1] == 20.0
    assert Coarse(frame, RULES).words(text) == told


def test_a_number_without_an_interval_is_an_estimate_and_no_end_of_another():
    frame = pd.DataFrame({"estimate": [61.7, 54.6], "ci_low": [55.3, 50.2], "ci_high": [68.1, 59.0]})
    frame = frame.assign(n=18, units=18)
    assert RULES.applied(frame)["ci_low"].iloc[0] == 56.0  # and is fifty-five where it is written alone
    assert Coarse(frame, RULES).words("staff 55; from 50") == "staff 55; from 51"


def test_a_curve_is_no_stairs_and_leads_through_what_the_data_hold():
    at = np.arange(61.0)
    curve = pd.DataFrame({"at": at, "estimate": 90 * np.exp(-at / 40) + 0.123, "units": 11})
    curve = curve.assign(ci_low=curve["estimate"] - 7.7, ci_high=curve["estimate"] + 7.7)
    for data in (curve.iloc[::6], curve.iloc[[30]]):
        _, ax = new_figure()
        band(ax, curve, "at", "fitted")
        (step,) = ax.step(at, curve["estimate"])
        Coarse(data, RULES).draw(ax.figure)
        x, y = ax.lines[0].get_xydata().T
        assert len(x) < 40 and (y % 2 == 0).all() and x[0] == 0 and x[-1] == 60
        assert (np.diff(y) < 0).mean() > 0.8 and len(step.get_xdata()) == 61  # a count has stairs
        assert {*ax.collections[0].get_paths()[0].vertices[:, 0]} <= {*at}
        if len(data) > 1:
            assert {*x} == {*data["at"]}


def test_bars_that_are_stacked_end_on_a_step_and_bands_on_their_numbers():
    shares = pd.DataFrame([[12.34, 20.1, 30.56, 37.0]], columns=list("abcd"), index=["item"])
    _, ax = new_figure()
    likert(ax, shares)
    Coarse(shares.melt(var_name="answer", value_name="per cent"), RULES).draw(ax.figure)
    ends = np.array([[bar.get_x(), bar.get_x() + bar.get_width()] for bar in ax.patches])
    finer = ends.ravel()[np.abs(ends.ravel() * 2 % 1) > 1e-9]
    assert {*np.abs(np.round(finer, 6))} <= {12.3, 20.1, 30.6}
    _, ax = new_figure()
    band(ax, FRAME.assign(at=[0.3, 0.7]), "at", "level")
    Coarse(FRAME, RULES).draw(ax.figure)
    (path,) = ax.collections[0].get_paths()
    assert {*path.vertices[:, 1]} == {*TOLD["ci_low"], *TOLD["ci_high"]}
    assert {0.3, 0.7} == {*path.vertices[:, 0]}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("3a 62.7 (53.9 to 71.5); 3b 37", "3a 62.0 (54.0 to 70.0); 3b 38"),
        ("3a 62,7 (−62,7)", "3a 62,0 (−62,0)"),
        ("of 11 municipalities in 2007, 99.9 per cent", "of 11 municipalities in 2007, 99.9 per cent"),
    ],
)
def test_words_have_the_digits_of_the_data(text, told):
    coarse = Coarse(FRAME, RULES)
    assert coarse.words(text) == told and coarse.said((text, "-")) == (told, "-")
    assert coarse.said(62.712) == 62.0 and coarse.said(5) == 5


def test_what_is_drawn_and_told_beside_the_data_is_rounded_too():
    bins = pd.DataFrame({"from": [0.0, 5.0], "percent": [40.25, 59.75], "n": 30})
    coarse = Coarse(bins, RULES, FRAME)
    assert coarse.words("Mean 62.7, 40.2 per cent") == "Mean 62.0, 40.2 per cent"
    assert coarse.number(62.712) == 62.0 and coarse.step == 2.0


@pytest.mark.parametrize(("units", "step"), [(5, 5.0), (11, 2.0), (12, 1.0), (400, 0.5)])
def test_the_fewer_municipalities_the_coarser_is_what_the_data_do_not_hold(units, step):
    assert Coarse(FRAME.assign(units=units), RULES).step == step


@pytest.mark.parametrize("rules", [RULES, None])
def test_a_published_drawing_is_moved_where_answers_are_real(monkeypatch, rules):
    found = []
    monkeypatch.setattr(register, "display", lambda bundle, raw: found.append(bundle))
    fig, ax = new_figure()
    intervals(ax, FRAME, "part")
    dots = ax.lines[0]
    about = {
        "caption": ("Some levels of it", "Enkele van de niveaus ervan"),
        "alt": ("Two dots on it", "Er staan twee stippen"),
    }
    about |= {"population": ("all", "alle"), "sources": (), "evidence": "survey answers"}
    publish_figure("a.b", fig, data=FRAME, **about, edition=("a survey", "een enquête"), rules=rules)
    data = pd.DataFrame(found[0][MIME]["records"][0]["data"]["rows"])
    assert [*dots.get_xdata()] == [*data[1]] == [*(FRAME if rules is None else TOLD)["estimate"]]
