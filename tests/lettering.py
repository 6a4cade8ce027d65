"""Where the words of a stored picture stand: matplotlib writes them as outlines, a group for each line.

Run as a script it says of SVG files which words run into each other or out of the picture.
"""

import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

SVG, TARGET = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"
NUMBER, CALL = re.compile(r"-?\d+(?:\.\d+)?"), re.compile(r"(\w+)\(([^)]*)\)")
BELOW, ABOVE = -18, 74  # of a line, in hundredths of the size of its letters
APART = 0.3  # points at least between two lines


def lines(svg):
    """Return the corners of every line of words, shape (lines, 4, 2), and width and height of the picture."""
    root = ElementTree.fromstring(svg)
    glyphs = {f"#{path.get('id')}": path for path in root.iter(f"{SVG}path") if path.get("id")}
    found = []

    def walk(group, outer):
        inner = outer @ _matrix(group.get("transform"))
        letters = [use for use in group.findall(f"{SVG}use") if use.get(TARGET).startswith("#g")]
        if any(_width(glyphs[use.get(TARGET)]) for use in letters):  # and not spaces alone
            places = [float(use.get("x", 0)) for use in letters]
            ends = [x + _width(glyphs[use.get(TARGET)]) for x, use in zip(places, letters, strict=True)]
            left, right = min(places), max(ends)
            box = [(left, BELOW, 1), (right, BELOW, 1), (right, ABOVE, 1), (left, ABOVE, 1)]
            found.append((inner @ np.array(box).T)[:2].T)
        for child in group.findall(f"{SVG}g"):
            walk(child, inner)

    walk(root, np.eye(3))
    return np.array(found).reshape(-1, 4, 2), [float(size) for size in root.get("viewBox").split()[2:]]


def faults(svg):
    """Return what is wrong with the lines of a picture, each with its place in points."""
    found, size = lines(svg)
    outside = ((found < -APART) | (found > np.array(size) + APART)).any(axis=(1, 2))
    told = [f"words at {_place(line)} are cut off" for line in found[outside]]
    low, high = found.min(axis=1) - APART, found.max(axis=1)
    near = ((low[:, None] < high) & (low < high[:, None])).all(axis=2)
    pairs = zip(*np.triu(near, k=1).nonzero(), strict=True)
    return told + [
        f"words at {_place(found[one])} and {_place(found[other])} run into each other"
        for one, other in pairs
        if not _are_apart(found[one], found[other])
    ]


def _are_apart(one, other):
    """Tell whether a line can be drawn between two rectangles, along a side of one of them."""
    for a, b in (corners[[side, side + 1]] for corners in (one, other) for side in (0, 1)):
        along = (b - a) / (np.hypot(*(b - a)) or 1)
        p, q = one @ along, other @ along
        if max(p.min(), q.min()) - min(p.max(), q.max()) >= APART:
            return True
    return False


def _matrix(transform):
    """Return what translates, scales and turns, as one matrix."""
    made = np.eye(3)
    for name, text in CALL.findall(transform or ""):
        x, *rest = map(float, NUMBER.findall(text))
        y = rest[0] if rest else x
        if name == "rotate":
            assert not rest, transform
            sine, cosine = np.sin(np.radians(x)), np.cos(np.radians(x))
            made = made @ np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
        else:
            scales = {
                "translate": [[1, 0, x], [0, 1, y if rest else 0], [0, 0, 1]],
                "scale": np.diag([x, y, 1]),
            }
            made = made @ np.array(scales[name])
    return made


def _width(glyph):
    """Return how far an outline reaches, in hundredths of the size of its letters."""
    numbers = [float(number) for number in NUMBER.findall(glyph.get("d") or "")]
    return max(numbers[::2], default=0.0) * _matrix(glyph.get("transform"))[0, 0]


def _place(corners):
    return "({:.0f}, {:.0f})".format(*corners.mean(axis=0))


if __name__ == "__main__":
    for path in map(Path, sys.argv[1:]):
        for fault in faults(path.read_text(encoding="utf-8")):
            print(f"{path.name}: {fault}")
