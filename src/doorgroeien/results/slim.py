"""Drawings without what Matplotlib adds that no reader sees.

Each picture is stored in the notebook four times, in two languages and two widths, and sent to readers.
"""

import re
from functools import partial

__all__ = ["slim"]

# Comments, the prologue, what kind of picture it is, and names that Matplotlib gives in the order of drawing.
IDLE = re.compile(r"<!--.*?-->|<\?xml.*?\?>|<!DOCTYPE.*?>|<metadata>.*?</metadata>", re.DOTALL)
COUNTED = re.compile(r' id="(?:[A-Za-z.]|line2d|matplotlib\.axis)+_\d+"')
# A hundredth of a point is less than a pixel of any screen; a scale is no length.
LENGTHS = r"scale\([^)]*\)|-?\d+\.\d{%d,}"
MOVED = re.compile(r'<use xlink:href="(#DejaVu[\w-]+)" transform="translate\((\S+) 0\)"/>')


def slim(svg: str, decimals: int = 2) -> str:
    """Return a drawing of Matplotlib that looks the same and is about two thirds as long, on one line.

    Coordinates keep so many ``decimals``. Names that were given with ``set_gid`` stay.
    """
    svg = COUNTED.sub("", IDLE.sub("", svg))
    svg = re.sub(LENGTHS % (decimals + 1), partial(_short, decimals), svg)
    svg = MOVED.sub(r'<use xlink:href="\1" x="\2"/>', svg)
    svg = re.sub(r"\s+", " ", svg.replace("DejaVuSans-", "g"))
    svg = re.sub(r"> <", "><", svg)
    return re.sub(r" ?\b([MLQCz])\b ?", r"\1", svg).replace(' "', '"').strip()


def _short(decimals: int, match: re.Match[str]) -> str:
    if match[0].startswith("scale"):
        return match[0]
    text = f"{round(float(match[0]), decimals):.{decimals}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
