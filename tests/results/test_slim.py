"""Drawings are short, and look the same."""

import io
import re

import numpy as np
from matplotlib import pyplot as plt

from doorgroeien.results.pictures import new_figure
from doorgroeien.results.slim import slim


def drawn():
    figure, axes = new_figure()
    axes.plot([1 / 3, 2 / 3], [1, 2], label="one")
    axes.fill_between([0, 1], [0, 1], hatch="//")
    axes.legend()
    figure.text(0.1, 0.1, "below").set_gid("edition")
    made = io.StringIO()
    figure.savefig(made, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(figure)
    return made.getvalue()


def test_a_drawing_is_a_third_shorter_and_keeps_shapes_letters_and_given_names():
    before = drawn()
    after = slim(before)
    assert len(after) < 0.75 * len(before)
    assert '<g id="edition">' in after and "\n" not in after and "<!--" not in after
    for part in ("<path", "<use", "<clipPath", "<pattern", "scale("):
        assert after.count(part) == before.count(part), part


def test_what_is_referred_to_is_there():
    after = slim(drawn())
    used = set(re.findall(r'(?:url\(|href=")#([\w-]+)', after))
    assert used and used <= set(re.findall(r' id="([^"]+)"', after))


def test_coordinates_move_by_less_than_a_hundredth_of_a_point_and_scales_not_at_all():
    before, after = drawn(), slim(drawn())
    pairs = [
        re.findall(r"-?\d+(?:\.\d+)?", " ".join(re.findall(r' d="([^"]*)"', text)))
        for text in (before, after)
    ]
    one, other = (np.array(values, dtype=float) for values in pairs)
    assert len(one) == len(other) and np.abs(one - other).max() < 0.0051
    scales = [re.findall(r"scale\([^)]*\)", text) for text in (before, after)]
    assert scales[0] == scales[1]
