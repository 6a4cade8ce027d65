"""Formulas as MathML, which every browser draws itself."""

from docutils.nodes import SkipNode
from latex2mathml.converter import convert

__all__ = ["setup"]


def setup(app):
    """Register the renderer under the name ``mathml`` (``html_math_renderer`` in the configuration)."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))


def _inline(self, node):
    self.body.append(convert(node.astext()))
    raise SkipNode


def _block(self, node):
    self.body.append(f'<div class="math">{convert(node.astext(), display="block")}</div>\n')
    raise SkipNode
