"""What every reader of a file gives, whatever its format: a header and blocks of text columns."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from doorgroeien.data.checking import Block
from doorgroeien.data.faults import Fault, single

__all__ = ["ROWS", "Reader", "Unreadable", "as_text", "whole"]

ROWS = 100_000  # rows of a block


class Unreadable(Exception):
    """A file that cannot be read, with the reason as a :class:`Fault`."""

    def __init__(self, file, expected, remedy, **place):
        """Keep the reason; ``place`` is as in :func:`doorgroeien.data.faults.single`."""
        self.fault = single(file, expected, remedy, **place)
        super().__init__(expected)


@dataclass
class Reader:
    """A table being read. ``faults`` grows while ``blocks`` are taken.

    ``labels`` has, for each column that carries them, the value labels of SPSS, keyed by the value as text,
    and ``missing`` the ranges of values that count as missing there. ``decimal_comma`` tells that numbers are
    probably written the Dutch way, ``epoch`` is day 0 of a workbook. ``wanted`` are the places of the columns
    in use, set before blocks are taken: others may be blank. ``warnings`` grow like faults.
    """

    header: list[str]
    blocks: Iterator[Block]
    dialect: str
    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    decimal_comma: bool = False
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    missing: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    epoch: datetime | None = None
    wanted: set[int] | None = None


def as_text(array: pa.Array) -> pa.Array:
    """Return any plain Arrow column as text: whole numbers without decimals, dates as in ISO 8601.

    A truth value is ``true`` or ``false``: only its column can tell whether that is a code.
    """
    kind = array.type
    if pa.types.is_dictionary(kind):
        return as_text(array.dictionary_decode())
    if pa.types.is_floating(kind) or (pa.types.is_decimal(kind) and kind.scale > 0):
        array = pc.if_else(pc.is_nan(array), None, array.cast(pa.float64()))
        whole = pc.and_(pc.equal(pc.round(array), array), pc.less(pc.abs(array), 1e15))
        numbers = pc.if_else(whole, array, None).cast(pa.int64()).cast(pa.string())
        return pc.if_else(pc.fill_null(whole, False), numbers, array.cast(pa.string()))
    text = array.cast(pa.string())
    if pa.types.is_temporal(kind):
        text = pc.replace_substring_regex(text, r" 00:00:00(\.0+)?Z?$", "")
    return text


@contextmanager
def whole(name: str, kind: str):
    """Turn whatever a library raises over a damaged file into :class:`Unreadable`."""
    try:
        yield
    except (Unreadable, MemoryError):
        raise
    except Exception:
        expected = f"a whole {kind}, neither damaged nor cut short"
        raise Unreadable(name, expected, "Export it, or copy it, again.") from None
