"""Hatched areas of a figure as lines: browsers print an SVG pattern as a picture made of points."""

import math
import re

__all__ = ["draw_hatches"]

PATTERN = re.compile(
    r'<pattern id="([^"]+)"[^>]*? width="([\d.]+)" height="([\d.]+)">(.*?)</pattern>', re.DOTALL
)
BACKGROUND = re.compile(r'<rect [^>]*fill="([^"]+)"[^>]*/>')
AREA = re.compile(r'<path d="([^"]+)"((?: clip-path="[^"]+")?) style="fill: url\(#([^)]+)\)([^"]*)"/>')
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")


def draw_hatches(svg: str) -> str:
    """Return a figure of matplotlib in which every area with a pattern is filled by lines, cut to its shape.

    The pattern is repeated from the origin of the figure, as the pattern itself would be.
    """
    patterns = {
        name: (float(width), float(height), inner) for name, width, height, inner in PATTERN.findall(svg)
    }
    count = 0

    def area(match):
        nonlocal count
        path, clip, name, style = match.groups()
        width, height, inner = patterns[name]
        count += 1
        numbers = [float(number) for number in NUMBER.findall(path)]
        across, down = _tiles(numbers[::2], width), _tiles(numbers[1::2], height)
        uses = "".join(
            f'<use xlink:href="#{name}" x="{column * width:g}" y="{row * height:g}"/>'
            for row in down
            for column in across
        )
        fill = BACKGROUND.search(inner)
        return (
            f'<clipPath id="{name}-{count}"><path d="{path}"/></clipPath>'
            f'<g{clip}><g clip-path="url(#{name}-{count})">'
            f'<path d="{path}" style="fill: {fill[1] if fill else "none"}"/>{uses}</g></g>'
            f'<path d="{path}"{clip} style="fill: none{style}"/>'
        )

    svg = AREA.sub(area, svg)
    return PATTERN.sub(lambda match: f'<g id="{match[1]}">{BACKGROUND.sub("", match[4])}</g>', svg)


def _tiles(places, size):
    return range(math.floor(min(places) / size), math.floor(max(places) / size) + 1)
