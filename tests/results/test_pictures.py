"""Pictures: what must be readable in them."""

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb

from doorgroeien.results.pictures import bare, heat, name_rows, new_figure


def luminance(colour):
    """Return the relative luminance of WCAG 2."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
    return linear @ np.array([0.2126, 0.7152, 0.0722])


def test_values_in_a_heat_map_can_be_read_on_every_shade_and_margins_stand_below_them():
    frame = pd.DataFrame(np.linspace(20, 80, 25).reshape(5, 5))
    margins = frame * 0 + 1.26
    margins.iat[0, 0] = np.nan
    fig, ax = new_figure()
    heat(ax, frame, decimals=1, low=20, high=80, margins=margins)
    fig.canvas.draw()
    ground = [luminance(colour) for colour in ax.collections[0].get_facecolors()]
    texts = [text for text in ax.texts if not text.get_text().startswith("±")]
    for shade, text in zip(ground, texts, strict=True):
        dark, light = sorted((shade, luminance(text.get_color())))
        assert (light + 0.05) / (dark + 0.05) > 3.8
    assert [text.get_text() for text in ax.texts].count("±1.3") == 24
    plt.close(fig)


def test_rows_are_named_from_top_to_bottom_and_bare_axes_keep_their_names():
    fig, ax = new_figure()
    name_rows(ax, ["board", "staff"], fontsize=9)
    bare(ax)
    low, high = ax.get_ylim()
    assert low > 1 > 0 > high, "the first row is on top"
    assert [label.get_text() for label in ax.get_yticklabels()] == ["board", "staff"]
    assert not any(spine.get_visible() for spine in ax.spines.values())
    plt.close(fig)
