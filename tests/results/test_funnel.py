"""The funnel: what is written at and between its bars."""

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt

from doorgroeien.results.funnel import funnel
from doorgroeien.results.pictures import new_figure


def shares(*values):
    table = pd.DataFrame({"estimate": values}, index=["vision", "plan", "goals"])
    return table.assign(ci_low=table["estimate"] - 2, ci_high=table["estimate"] + 3)


def test_each_step_has_its_bar_its_share_and_above_it_the_share_that_went_on():
    fig, ax = new_figure()
    funnel(ax, shares(80, 40, 4.6), shares(80, 50, 30), shares(80, 50, np.nan), {"plan": "a plan"})
    assert [bar.get_width() for bar in ax.patches] == [80, 50, 30, 80, 40, 4.6]
    written = [(text.get_text(), text.get_position()[1]) for text in ax.texts]
    assert written == [
        ("80%", 0),
        ("40%", 1),
        ("5%", 2),
        ("↓ 50% go on (48–53)", 0.5),
        ("↓ too few", 1.5),
    ]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["vision", "a plan", "goals"]
    assert ax.yaxis_inverted()
    plt.close(fig)
