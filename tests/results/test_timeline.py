"""Pictures of time: dates become places, and events stand in their lanes."""

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from doorgroeien.results.pictures import COLOURS, new_figure
from doorgroeien.results.timeline import decimal_year, lanes

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
    agreement, programme = words["the agreement"], words["the programme"]
    assert agreement.xy[0] == 2007.41 and agreement.get_position()[0] > 0, "to the right of it, points"
    assert programme.xy[0] == 2007 and programme.get_position()[0] < 0 and programme.get_ha() == "right"
    (diamond,) = ax.lines
    assert diamond.get_marker() == "D" and diamond.get_xdata()[0] == pytest.approx(2007.405)
    heights = [bars[0].get_y() + bars[0].get_height() / 2 for bars in ax.containers]
    assert heights == pytest.approx([0, 1, 2.8]), "a gap before a new lane"


def test_a_row_has_room_for_its_words_in_as_many_lines_as_either_language_needs(ax):
    def gap(events):
        ax.clear()
        ax.set_xlim(1998, 2018)
        lanes(ax, events, COLOUR_OF, letters=10)
        first, second, _ = (bars[0].get_y() + bars[0].get_height() / 2 for bars in ax.containers)
        return second - first

    short = EVENTS.assign(words=["the act", "a plan", "money"])
    assert gap(short) < gap(short.assign(words=["the act", "a plan in three lines", "money"]))
    assert gap(short) < gap(short.assign(words_nl=["de wet", "een plan in drie regels", "geld"]))
