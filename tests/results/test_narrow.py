"""Pictures laid out for a phone: one column, letters that can be read, nothing over each other or cut off."""

import re
from itertools import pairwise

import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.text import Text

from doorgroeien.results import register
from doorgroeien.results.dutch import in_dutch
from doorgroeien.results.narrow import LEAST, WIDTH, Narrow, wrapped
from doorgroeien.results.pictures import heat, intervals, likert, new_figure, thousands
from doorgroeien.results.register import NARROW, NARROW_IN_DUTCH, publish_figure
from doorgroeien.results.timeline import lanes

NAMES = [
    "vision and policy on paper, in a plan of the council",
    "training of staff",
    "files that are checked",
]
SCORES = pd.DataFrame(
    {"part": NAMES, "estimate": [51.0, 62, 73], "ci_low": [45.0, 58, 70], "ci_high": [56.0, 66, 77]}
)
PIXELS = 4 / 3  # of a screen, to the point


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


@pytest.fixture
def shown(root, monkeypatch):
    """Collect what is displayed, in the folder of the book."""
    bundles = []
    monkeypatch.chdir(root)
    monkeypatch.setattr(register, "display", lambda bundle, raw: bundles.append(bundle))
    return bundles


def extents(figure):
    """Give each text of a figure that is drawn with its extent, in points."""
    figure.canvas.draw()
    unseen = set()  # beyond the ends of an axis
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        low, high = sorted(axis.get_view_interval())
        unseen |= {tick.label1 for tick in axis.get_major_ticks() if not low <= tick.get_loc() <= high}
    for text in figure.findobj(Text):
        if text.get_visible() and text.get_text().strip() and text not in unseen:
            yield text, text.get_window_extent()


def side_by_side():
    figure, axes = new_figure(1, 2, sharey=True)
    for ax, name in zip(
        axes, ("score, 0 to 100", "the same score, seen once more by somebody else"), strict=True
    ):
        intervals(ax, SCORES.assign(kind="one"), "part", "kind")
        ax.set_xlabel(name)
    figure.canvas.draw()
    return figure, axes


def test_panels_stand_below_each_other_and_each_names_its_rows():
    figure, (first, second) = side_by_side()
    with Narrow(figure).fitted():
        assert figure.get_figwidth() * 72 == pytest.approx(WIDTH)
        above, below = first.get_window_extent(), second.get_window_extent()
        assert above.y0 > below.y1
        assert above.x0 == pytest.approx(below.x0)
        for axes in (first, second):
            names = [label.get_text() for label in axes.get_yticklabels() if label.get_visible()]
            assert [" ".join(name.split()) for name in names] == NAMES
            assert max(name.count("\n") for name in names) in (1, 2)


def test_no_letter_is_smaller_than_eleven_pixels_and_nothing_is_cut_off():
    figure, _ = side_by_side()
    with Narrow(figure).fitted():
        found = list(extents(figure))
        assert len(found) > 10
        for text, extent in found:
            assert text.get_fontsize() * PIXELS >= 11, text
            assert extent.x0 >= 0 and extent.x1 <= WIDTH + 0.5, text
            assert extent.y0 >= 0 and extent.y1 <= figure.get_figheight() * 72 + 0.5, text


def test_the_words_are_again_as_they_were_and_the_dutch_can_be_laid_out_next():
    figure, axes = side_by_side()
    axes[0].annotate("in the middle", (60, 1))
    column = Narrow(figure)
    figure.canvas.draw()
    before = sorted(text.get_text() for text in figure.findobj(Text))
    with column.fitted():
        english = [label.get_text() for label in axes[0].get_yticklabels()]
    figure.canvas.draw()
    assert sorted(text.get_text() for text in figure.findobj(Text)) == before
    words = {name: name.upper() for name in NAMES}
    words |= {"score, 0 to 100": "a", axes[1].get_xlabel(): "b", "in the middle": "c", "one": "een"}
    with in_dutch(figure, words), column.fitted():
        dutch = [label.get_text() for label in axes[0].get_yticklabels()]
        assert [" ".join(name.split()) for name in dutch] == [name.upper() for name in NAMES]
    with column.fitted():
        assert [label.get_text() for label in axes[0].get_yticklabels()] == english


def test_a_legend_stands_above_the_data_in_as_many_columns_as_fit():
    figure, axes = new_figure()
    for name in ("a first long name of a line", "a second long name of a line", "a third one"):
        axes.plot([1, 2], label=name)
    axes.legend(loc="upper right")
    with Narrow(figure).fitted():
        legend = axes.get_legend()
        extent = legend.get_window_extent()
        assert extent.y0 >= axes.get_window_extent().y1
        assert extent.x0 >= 0
        assert extent.x1 <= WIDTH
        assert [text.get_text() for text in legend.get_texts()][-1] == "a third one"


def test_names_below_a_panel_break_or_turn_and_numbers_are_thinned():
    frame = pd.DataFrame(
        50.0, index=["a", "b"], columns=["20k-50k", "50k-100k", "municipalities", "partnerships", "x", "y"]
    )
    figure, axes = new_figure(1, 2)
    heat(axes[0], frame)
    axes[1].plot(range(2001, 2021), range(20))
    axes[1].set_xticks(range(2001, 2021))
    figure.canvas.draw()
    with Narrow(figure).fitted():
        turned = [label.get_rotation() for label in axes[0].get_xticklabels()]
        assert set(turned) == {90}
        shown = [label for label in axes[1].get_xticklabels() if label.get_text()]
        assert shown[0].get_text() == "2001" and 4 < len(shown) < 20
        extents = [label.get_window_extent() for label in shown]
        assert all(one.x1 < other.x0 for one, other in zip(extents, extents[1:], strict=False))


def test_a_number_wider_than_its_bar_is_left_out_and_comes_back():
    shares = pd.DataFrame([[8.0, 42, 50]], index=["item"], columns=["no", "so", "yes"])
    figure, axes = new_figure()
    likert(axes, shares)
    axes.set_xlim(-200, 200)
    figure.canvas.draw()
    with Narrow(figure).fitted():
        assert [text.get_text() for text in axes.texts] == ["", "42", "50"]
    assert [text.get_text() for text in axes.texts] == ["8", "42", "50"]


def test_words_beside_what_they_name_stay_in_the_picture_and_get_room_and_white_ones_stay_in_their_bar():
    events = pd.DataFrame(
        {
            "lane": "law",
            "first": [2004.0, 2007.5, 2008, 2009, 2010, 2015],
            "last": [2014.9, 2007.5, 2008, 2010, 2013, 2015],
            "words": [f"{year}: something that was decided in that year" for year in range(6)],
        }
    )
    figure, axes = new_figure(size=(5.2, 3))
    axes.set_xlim(1998, 2018)
    lanes(axes, events, {"law": "#0072B2"})
    figure.canvas.draw()
    tall, lines = (
        axes.get_window_extent().height / figure.dpi,
        sum(t.get_text().count("\n") for t in axes.texts),
    )
    with Narrow(figure).fitted():
        more = sum(text.get_text().count("\n") for text in axes.texts) > lines
        assert axes.get_window_extent().height / 72 >= tall * (1.01 if more else 0.99)
        for text, extent in extents(figure):
            assert extent.x0 >= 0 and extent.x1 <= WIDTH, text
        bar, white = axes.patches[0].get_window_extent(), axes.texts[0].get_window_extent()
        assert bar.x0 < white.x0 and white.x1 <= bar.x1 + 1


@pytest.mark.parametrize("width", [1.0, 3.0])
def test_words_that_lean_stand_up_where_they_would_lean_over_each_other_or_out_of_the_picture(width):
    figure, axes = new_figure()
    axes.set(xlim=(0, 10), ylim=(0, 1), yticks=[0.5], yticklabels=["a row"])
    for x in range(3):
        axes.text(7 + width * (x - 1), 1, "a group of things", rotation=40, va="bottom")
    figure.canvas.draw()
    with Narrow(figure).fitted():
        assert {text.get_rotation() for text in axes.texts} == {90}
        for text, extent in extents(figure):
            assert extent.x0 >= 0 and extent.x1 <= WIDTH, text


def test_a_panel_keeps_room_for_its_last_number_also_where_it_would_get_fewer_then():
    figure, axes = new_figure()
    axes.set(
        xlim=(0, 7000), ylim=(-0.5, 1.5), yticks=[0, 1], yticklabels=["Noord-Brabant (10.3%)", "Limburg"]
    )
    axes.xaxis.set_major_formatter(thousands())
    figure.canvas.draw()
    with Narrow(figure).fitted():
        found = sorted(
            (extent for text, extent in extents(figure) if text in axes.get_xticklabels()),
            key=lambda extent: extent.x0,
        )
        assert found[-1].x1 <= WIDTH
        assert all(one.x1 + 4 <= other.x0 for one, other in pairwise(found))


def test_a_scale_of_colours_stays_beside_its_panel():
    figure, axes = new_figure()
    mesh = axes.pcolormesh([[1, 2], [3, 4]])
    bar = figure.colorbar(mesh, ax=axes, label="correlation")
    figure.canvas.draw()
    with Narrow(figure).fitted():
        assert bar.ax.get_window_extent().x0 > axes.get_window_extent().x1
        assert bar.ax.yaxis.label.get_window_extent().x1 <= WIDTH


def test_text_is_wrapped_between_words_and_after_hyphens_and_lines_that_fit_stay():
    assert wrapped("short\nlines", 200) == "short\nlines"
    assert wrapped("some-\ntimes and never", 55) == "sometimes\nand never"
    assert wrapped("50k-100k", 30) == "50k-\n100k"
    assert wrapped("verantwoordelijkheid", 30) == "verantwoordelijkheid"


def test_every_published_figure_is_laid_out_for_a_phone_in_its_languages_and_an_author_may_draw_it(shown):
    about = {
        "data": pd.DataFrame({"year": [2005]}),
        "caption": ("What is to be seen here", "Wat hier te zien is"),
        "alt": ("One dot in the middle of it", "Een stip in het midden ervan"),
        "population": ("all of them", "alle"),
        "sources": "CBS70127",
    }
    for narrow in (False, True):
        figure, axes = new_figure()
        axes.set_xlabel("a label")
        own = new_figure(size=(3.65, 5))[0] if narrow else None
        publish_figure("a.line", figure, **about, dutch={"a label": "een naam"}, narrow=own)
    sizes = [re.findall(r'(?:width|height)="([\d.]+)pt"', bundle[NARROW]) for bundle in shown]
    assert [float(width) for width, _ in sizes] == [pytest.approx(WIDTH, abs=0.01)] * 2
    assert float(sizes[1][1]) == 360
    for form in (NARROW, NARROW_IN_DUTCH):
        letters = [float(size) for size in re.findall(r"scale\((0\.\d+) -", shown[0][form])]
        assert letters and min(letters) * 100 >= LEAST
    assert shown[0][NARROW] != shown[0][NARROW_IN_DUTCH]
    assert not plt.get_fignums()
