"""Draw the emblem of the book and the card that stands for it on social media: ``python tools/emblem.py``.

It writes them where the site takes them from; run it after the title in ``CITATION.cff`` has changed, or
anything here. The emblem is four stems, one for each dimension, each grown further than the one before. It is
drawn from one set of numbers, on a grid of 16 by 16, so that its edges are sharp in the smallest icon.
"""

import io
import pathlib
import struct
import textwrap

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, PathPatch
from matplotlib.path import Path

from doorgroeien.publishing.repository import citation_file

ROOT = pathlib.Path(__file__).resolve().parents[1]
FOLDER = ROOT / "src" / "doorgroeien" / "sphinxext" / "pictures"
CARD_LINE = "Een nulmeting van handhaven in de WWB"

GROUND, STEM, LAST, SOFT = "#14424c", "#ffffff", "#f2c14e", "#c9dde0"
SIDE, CORNER = 16, 3
# Left edge and height of each stem on the grid; all stand on the same ground and are two wide.
STEMS, WIDTH, FOOT = ((2, 3), (5, 5), (8, 8), (11, 11)), 2, 14
LEAF = 2.5  # how far the leaf of a stem reaches to the right of its left edge
DPI = 100


def drawn(root: pathlib.Path = ROOT) -> dict[str, bytes]:
    """Return the pictures of the site by their names."""
    name, _, rest = citation_file(root)["title"].partition(": ")
    return {
        "favicon.svg": vector().encode(),
        "favicon.ico": icon(),
        "apple-touch-icon.png": picture(180, corner=0),
        "card.png": card(name, rest[:1].upper() + rest[1:], CARD_LINE),
    }


def vector() -> str:
    """Return the emblem as SVG."""
    stems = "".join(f'<path fill="{colour}" d="{_svg(points)}"/>' for points, colour in _stems())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}">'
        f'<rect width="{SIDE}" height="{SIDE}" rx="{CORNER}" fill="{GROUND}"/>{stems}</svg>\n'
    )


def picture(pixels: int, corner: float = CORNER) -> bytes:
    """Return the emblem as PNG, so many pixels wide; with ``corner`` 0 it fills the square."""
    figure = Figure(figsize=(pixels / DPI, pixels / DPI), dpi=DPI, facecolor="none")
    axes = _axes(figure, (0, 0, 1, 1), SIDE, SIDE)
    _draw(axes, corner)
    return _png(figure)


def icon(sizes=(16, 32, 48)) -> bytes:
    """Return the emblem as ICO, which holds one PNG for each of ``sizes``."""
    pictures = [picture(size) for size in sizes]
    head, at = struct.pack("<3H", 0, 1, len(sizes)), 6 + 16 * len(sizes)
    for size, content in zip(sizes, pictures, strict=True):
        head += struct.pack("<4B2H2I", size, size, 0, 0, 1, 32, len(content), at)
        at += len(content)
    return head + b"".join(pictures)


def card(title: str, subtitle: str, line: str) -> bytes:
    """Return the card, 1200 by 630 pixels, as PNG: title, subtitle and a line below, beside the emblem."""
    width, height = 1200, 630
    figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor=GROUND)
    axes = _axes(figure, (0, 0, 1, 1), width, height)
    lines = [(74, 180, 84, STEM, "bold", title), (80, 546, 32, LAST, "normal", line)]
    for place, text in enumerate(textwrap.wrap(subtitle, 32)):
        lines.append((80, 264 + 52 * place, 38, SOFT, "normal", text))
    for left, y, size, colour, weight, text in lines:
        style = {"family": "DejaVu Sans", "weight": weight, "size": size * 72 / DPI}
        axes.text(left, y, text, color=colour, va="baseline", fontproperties=style)
    emblem = _axes(figure, (0.69, 0.1, 0.26, 0.26 * width / height), SIDE, SIDE)
    _draw(emblem, None)
    return _png(figure)


def _stems():
    """Yield the outline of each stem, as points with their kind, and its colour."""
    for place, (left, height) in enumerate(STEMS):
        top, right = FOOT - height, left + WIDTH
        # Straight up on the left; at the top a leaf bends over to the right and runs back into the stem.
        points = [
            ("M", (left, FOOT)),
            ("L", (left, top + 1)),
            ("Q", (left, top - 1), (left + LEAF, top - 1)),
            ("Q", (left + LEAF, top + 1), (right, top + 1.5)),
            ("L", (right, FOOT)),
        ]
        yield points, LAST if place == len(STEMS) - 1 else STEM


def _svg(points):
    return "".join(kind + " ".join(f"{x:g},{y:g}" for x, y in places) for kind, *places in points) + "Z"


def _draw(axes, corner):
    if corner is not None:
        shape = f"round,pad=0,rounding_size={corner}"
        axes.add_patch(FancyBboxPatch((0, 0), SIDE, SIDE, boxstyle=shape, fc=GROUND, lw=0))
    kinds = {"M": [Path.MOVETO], "L": [Path.LINETO], "Q": [Path.CURVE3, Path.CURVE3]}
    for points, colour in _stems():
        places = [place for _, *places in points for place in places]
        codes = [code for kind, *_ in points for code in kinds[kind]]
        axes.add_patch(PathPatch(Path(places, codes), fc=colour, lw=0))


def _axes(figure, place, width, height):
    """Return axes without marks that count in pixels or grid lines, downwards from the top."""
    axes = figure.add_axes(place, xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    return axes


def _png(figure):
    """Return a figure as PNG of exactly its size, whatever style is set for the figures of the book."""
    buffer = io.BytesIO()
    FigureCanvasAgg(figure).print_png(buffer, metadata={"Software": None})
    return buffer.getvalue()


if __name__ == "__main__":
    for name, content in drawn().items():
        (FOLDER / name).write_bytes(content)
