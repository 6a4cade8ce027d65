"""Mechanics of the executable book *Doorgroeien*: tables in, published results out."""

from importlib import import_module

__all__ = ["bounds", "enough", "few", "load", "propagate", "publish", "publish_figure", "publish_table"]

HOMES = {"bounds": "data.rounding", "propagate": "data.rounding", "load": "data.tables"}


def __getattr__(name):
    """Return what is asked for, imported only now: the command starts before the packages that it needs."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{HOMES.get(name, 'results.register')}"), name)
