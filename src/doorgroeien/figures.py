"""The house style of the book's pictures."""

import seaborn as sns
from matplotlib import pyplot as plt
from matplotlib.ticker import FuncFormatter

from doorgroeien.formats import write_digits

__all__ = ["COLOURS", "GREY", "INK", "SIZE", "new_figure", "thousands", "use_style"]

# Okabe and Ito's palette, ordered so that neighbours also differ in lightness (readable in grey).
COLOURS = ["#0072B2", "#D55E00", "#56B4E9", "#009E73", "#E69F00", "#CC79A7"]
INK, GREY = "#1f2933", "#8a94a0"
SIZE = (6.0, 3.6)  # inches: at this width eleven-point text stays readable on a phone


def use_style():
    """Set the style for all figures that follow: white ground, light grid, one typeface, vector text."""
    sns.set_theme(
        style="ticks",
        palette=COLOURS,
        rc={
            "axes.edgecolor": GREY,
            "axes.grid": True,
            "axes.grid.axis": "y",
            "axes.labelcolor": INK,
            "axes.labelsize": 11,
            "axes.spines.right": False,
            "axes.spines.top": False,
            "figure.constrained_layout.use": True,
            "figure.facecolor": "white",
            "font.family": "DejaVu Sans",
            "font.size": 11,
            "grid.color": "#e3e7eb",
            "legend.frameon": False,
            "legend.fontsize": 10,
            "lines.linewidth": 2,
            "svg.fonttype": "path",
            "svg.hashsalt": "doorgroeien",
            "text.color": INK,
            "xtick.color": INK,
            "xtick.labelsize": 10,
            "ytick.color": INK,
            "ytick.labelsize": 10,
        },
    )


def new_figure(rows=1, columns=1, size=SIZE, **options):
    """Return a figure and its axes in the house style; ``options`` go to ``plt.subplots``."""
    use_style()
    return plt.subplots(rows, columns, figsize=size, **options)


def thousands(decimals=0, language="en"):
    """Return a tick formatter that writes numbers as the book does: 1,234 in English, 1.234 in Dutch."""
    return FuncFormatter(lambda value, _: write_digits(value, decimals, language))
