"""Mechanics of the executable book *Doorgroeien*: tables in, published results out."""

from doorgroeien.register import enough, publish, publish_figure, publish_table
from doorgroeien.rounding import bounds, propagate
from doorgroeien.tables import load

__all__ = ["bounds", "enough", "load", "propagate", "publish", "publish_figure", "publish_table"]
