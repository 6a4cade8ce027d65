"""Pictures of time: dates become places, and what has no end is not given one."""

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from doorgroeien.results.pictures import COLOURS, new_figure
from doorgroeien.results.timeline import decimal_year, lanes, lifelines, strip

EVENTS = pd.DataFrame(
    {
        "lane": ["law", "law", "money"],
        "first": [2004.0, 2007.4, 2007.0],
        "last": [2015.0, 2007.41, 2011.0],
        "words": ["the act", "the agreement", "the programme"],
    }
)
COLOUR_OF = {"law": COLOURS[0], "money": COLOURS[1]}


@pytest.fixture
def ax():
    figure, axes = new_figure()
    axes.set_xlim(1998, 2018)
    yield axes
    plt.close(figure)


def test_a_date_is_its_first_moment_or_its_last():
    assert decimal_year("2004") == 2004
    assert decimal_year("2004", end=True) == pytest.approx(2005), "366 days"
    assert decimal_year("2004-02") == pytest.approx(2004 + 31 / 366)
    assert decimal_year("2004-02-01", end=True) == pytest.approx(2004 + 32 / 366)
    assert np.isnan(decimal_year(None)) and np.isnan(decimal_year(pd.NA, end=True))
    with pytest.raises(ValueError):
        decimal_year("soon")


def test_lanes_open_with_their_name_and_words_stand_where_there_is_room(ax):
    lanes(ax, EVENTS, COLOUR_OF)
    words = {text.get_text(): text for text in ax.texts}
    assert list(words) == ["the act", "law", "the agreement", "the programme", "money"]
    assert words["the act"].get_color() == "white", "what is long carries its words inside"
    assert words["the agreement"].get_position()[0] > 2007.4 and words["the programme"].get_ha() == "right"
    (diamond,) = ax.lines
    assert diamond.get_marker() == "D" and diamond.get_xdata()[0] == pytest.approx(2007.405)
    heights = [bars[0].get_y() + bars[0].get_height() / 2 for bars in ax.containers]
    assert heights == pytest.approx([0, 1, 2.8]), "a gap before a new lane"


def test_below_a_strip_periods_are_shades_and_dates_dotted_lines_and_eras_nothing():
    figure, (top, below) = new_figure(2, 1)
    strip(top, [below], EVENTS, COLOUR_OF)
    assert [text.get_text() for text in top.texts] == list(EVENTS["words"])
    (shade,), (date,) = below.patches, below.lines
    assert shade.get_x() == 2007 and shade.get_width() == 4
    assert date.get_linestyle() == ":" and date.get_xdata()[0] == pytest.approx(2007.405)
    plt.close(figure)


def test_lives_stand_in_the_order_of_their_beginning_and_only_the_endless_are_dotted(ax):
    lives = pd.DataFrame(
        {
            "made": [2009.0, 2003.5],
            "start": [2010.0, 2004.0],
            "stop": [np.nan, 2006.0],
            "name": ["Delft", "Dalfsen"],
        }
    )
    lifelines(ax, lives, COLOURS[0], "name")
    before, force, endless = (found.get_segments() for found in ax.collections)
    assert [segment.tolist() for segment in before] == [[[2003.5, 0], [2004, 0]], [[2009, 1], [2010, 1]]]
    assert force[0].tolist() == [[2004, 0], [2006, 0]]
    (dotted,) = endless
    assert dotted[0].tolist() == [2010, 1] and dotted[1][0] > 2010
    assert [text.get_text() for text in ax.texts] == ["Dalfsen", "Delft"]
    ax.clear()
    lifelines(ax, lives, COLOURS[0])
    assert not ax.texts
