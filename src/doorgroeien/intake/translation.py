"""What the texts of others mean: their codes, labels and ways to write a number, in terms of the schema."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from doorgroeien.data.checking import Block, Meaning, read_blocks
from doorgroeien.data.faults import Fault
from doorgroeien.intake.notation import SEVERAL, Marks, as_date
from doorgroeien.intake.spelling import code_of, unseen

__all__ = ["Translation", "Unmapped", "read_cells"]

# What Excel shows in the place of a value, in English and Dutch.
ERRORS = r"^#(N/[AB]|(DIV|DEEL)/0!|(REF|VALUE|NUM|NULL|VERW|WAARDE|GETAL|LEEG)!|NA(AM|ME)\?)$"

TRUTH = {"true": "1", "waar": "1", "false": "0", "onwaar": "0"}


@dataclass
class Translation(Meaning):
    """What the texts of a column mean that others have filled.

    ``codes`` turns other codes, in lower case, into those of the schema; ``labels`` does so for the words of
    the answer scale, where a text is no code. ``marks`` reads numbers, ``epoch`` is that of a workbook.
    ``twofold`` gathers dates whose day and month could be the other way round.
    """

    codes: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    marks: Marks = field(default_factory=Marks)
    epoch: datetime | None = None
    twofold: list[str] = field(default_factory=list)
    trims: ClassVar[bool] = True
    day: ClassVar[str] = "31-12-2007"
    remedies: ClassVar[tuple[str, str]] = (
        "Correct the value, or map the code in mapping.toml under [codes].",
        "Fill the cell.",
    )

    def __post_init__(self):
        """See once what the schema says of the column."""
        super().__post_init__()
        codes = self.constraints.get("enum", ())
        self.marks.codes = self.kind == "integer" and bool(codes)
        self.truth = TRUTH if {code for code in codes if code not in range(-99, 0)} == {0, 1} else {}

    @property
    def free(self) -> bool:
        """Tell whether any text will do."""
        return super().free and not self.codes

    def _of(self, text):
        value, expected = super()._of(self._translated(text))
        if expected and self.kind != "string" and self.marks.several(text):
            expected = SEVERAL
        return value, expected

    def _translated(self, text):
        """Return a text as the schema writes it, or as it is where it cannot be read."""
        if self.kind == "string":
            text = self.codes.get(text.casefold(), text)
            return self._date(text) if self.dates else text
        number = self._number(text)
        for form in (text.casefold(), number):
            if form in self.codes:
                text = self.codes[form]
                number = self._number(text)
                break
        if number is None:
            number = self.truth.get(text.casefold())
        if number is None and self.labels:
            code, led = code_of(text, self.labels)
            number = code if led in (None, code) else None
        return text if number is None else number

    def _number(self, text):
        parts = self.marks.read(text)
        if parts is None:
            return None
        whole, decimals = parts
        if self.kind == "number":
            return f"{whole}.{decimals}" if decimals else whole
        return str(int(whole)) if not decimals.strip("0") else None

    def _date(self, text):
        found, twofold = as_date(text, self.epoch)
        if found and twofold and len(self.twofold) < 5:
            self.twofold.append(f"{text} as {found}")
        return found or text


class Unmapped(Translation):
    """What the texts of a column mean in a file that no ``mapping.toml`` stands beside."""

    remedies: ClassVar[tuple[str, str]] = ("Correct the value.", Translation.remedies[1])


def read_cells(
    blocks: Iterable[Block], meanings: dict[str, Meaning], file: str
) -> tuple[pd.DataFrame, list[Fault]]:
    """Return the table in ``blocks``, whose columns are those of ``meanings``, and faults about single cells.

    As :func:`doorgroeien.data.checking.read_blocks`; texts that hide something are faults too.
    """
    frame, faults = read_blocks(blocks, meanings, file)
    return frame, [*faults, *_hiding(frame, file)]


def _hiding(frame, file) -> Iterator[Fault]:
    """Give the cells of a table that hold a character nobody sees, or the error of a formula, as text."""
    for name in frame.select_dtypes("str"):
        texts = pa.array(frame[name], pa.string(), from_pandas=True)
        for found, expected, remedy in (
            (unseen(texts), "text without characters that nobody sees", "Type the text anew."),
            (
                pc.fill_null(pc.match_substring_regex(texts, ERRORS), False),
                "a value, not the error of a formula",
                "Correct it.",
            ),
        ):
            rows = np.flatnonzero(found.to_numpy(zero_copy_only=False))
            places, values = frame.index[rows].to_numpy() + 2, frame[name].to_numpy(object)[rows]
            yield Fault(file, places, name, values, expected, remedy)
