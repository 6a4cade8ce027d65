"""The one validator of ``data/datapackage.json``: tables of text in, typed tables and all that is wrong out.

The book's own tables pass through it and so do the packages at the door. It is our own because no library
takes text in blocks, so that a file of any length and format needs a fixed amount of memory, and gives for
each cell file, row, value, expectation and remedy. frictionless is its independent witness in the tests.

What a text means is worked out once for each different text of a column, not once for each cell.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from doorgroeien.data.faults import Fault

__all__ = [
    "Block",
    "Meaning",
    "among",
    "check_keys",
    "check_references",
    "joined",
    "key_of",
    "places",
    "read_blocks",
    "widened",
]

# How a value is written in the schema's own way, how it is read, and what else is expected.
WRITTEN = {
    "integer": (re.compile(r"[+-]?\d{1,18}"), int, "a whole number"),
    "number": (re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?"), float, "a number"),
    "string": (re.compile(r".*", re.DOTALL), str, "text"),
}
BLANK = "a value"
FREE = {"required", "unique"}  # constraints that do not say what a text may be


@dataclass(frozen=True)
class Block:
    """Some rows of a table: their numbers, the header being row 1, and the columns as Arrow text."""

    rows: np.ndarray
    columns: list[pa.Array]


@dataclass
class Meaning:
    """What the texts of a column mean by its ``schema``, one of the fields in ``data/datapackage.json``.

    ``trims`` tells whether spaces around a text are no part of it. ``remedies`` are those for a value that
    is wrong and for one that is missing, ``day`` is an example of a date.
    """

    schema: dict
    trims: ClassVar[bool] = False
    day: ClassVar[str] = "2007-12-31"
    remedies: ClassVar[tuple[str, str]] = (
        "Correct the value, then run `make hashes`.",
        "Fill the cell, then run `make hashes`.",
    )

    def __post_init__(self):
        """Keep what was worked out."""
        self.known = {}
        self.kind = self.schema["type"]
        self.constraints = self.schema.get("constraints", {})
        self.dates = self.constraints.get("pattern", "").startswith("^[0-9]{4}-")

    @property
    def free(self) -> bool:
        """Tell whether any text will do."""
        return self.kind == "string" and set(self.constraints) <= FREE

    def of(self, text: str):
        """Return ``(value, expected)``: the value or ``None``, and what was expected instead or ``None``."""
        if text not in self.known:
            self.known[text] = self._of(text)
            if len(self.known) > 100_000:
                return self.known.popitem()[1]
        return self.known[text]

    def _of(self, text):
        if not text:
            return None, BLANK if self.constraints.get("required") else None
        form, read, expected = WRITTEN[self.kind]
        if not form.fullmatch(text):
            return None, expected
        value = read(text)
        expected = self._broken(value)
        return (None, expected) if expected else (value, None)

    def _broken(self, value):
        rules = self.constraints
        if "enum" in rules and value not in rules["enum"]:
            return f"one of {', '.join(map(str, rules['enum']))}"
        if "pattern" in rules and not re.fullmatch(rules["pattern"], value):
            form = f"text like {self.schema.get('example', rules['pattern'])}"
            return f"a date, such as {self.day}" if self.dates else form
        if self.dates and not _is_date(value):
            return f"a date of the calendar, such as {self.day}"
        if "minimum" in rules and value < rules["minimum"]:
            return f"{rules['minimum']} or more"
        if "maximum" in rules and value > rules["maximum"]:
            return f"{rules['maximum']} or less"
        return None


def read_blocks(blocks: Iterable[Block], meanings: dict[str, Meaning], file: str):
    """Return the table in ``blocks``, whose columns are those of ``meanings``, and faults about single cells.

    A cell that is wrong is blank in the table. The index plus 2 is the row in the file.
    """
    faults, parts, indices = [], {name: [] for name in meanings}, []
    for block in blocks:
        for (name, meaning), texts in zip(meanings.items(), block.columns, strict=True):
            part, wrong = _typed(texts, meaning)
            parts[name].append(part)
            faults += (
                Fault(file, block.rows[cells], name, values, expected, meaning.remedies[expected == BLANK])
                for expected, cells, values in wrong
            )
        indices.append(block.rows - 2)
    index = np.concatenate(indices) if indices else np.arange(0)
    frame = pd.DataFrame(
        {name: _column(parts.pop(name), meaning) for name, meaning in meanings.items()}, copy=False
    )
    frame.index = pd.RangeIndex(len(index)) if np.array_equal(index, np.arange(len(index))) else index
    return frame, faults


def widened(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table that is sound as it is handed out: whole numbers as Int64, rows counted from 0."""
    integers = {name: "Int64" for name in frame if pd.api.types.is_integer_dtype(frame[name].dtype)}
    return frame.astype(integers).reset_index(drop=True)


def key_of(resource: dict) -> list[str]:
    """Return the columns of the primary key of a table, none where it has none."""
    return _names(resource["schema"].get("primaryKey", []))


def check_keys(frame, resource, file) -> list[Fault]:
    """Return the rows that repeat a key, or a value that must occur once."""
    faults = []
    fields = resource["schema"]["fields"]
    keys = {tuple(key_of(resource))} - {()}
    keys |= {(spec["name"],) for spec in fields if spec.get("constraints", {}).get("unique")}
    for key in sorted(keys):
        texts = joined(frame, list(key)).dropna()
        again = texts.duplicated()
        if again.any():
            first = pd.Series(texts.index[~again] + 2, index=texts[~again].to_numpy(object))
            values = np.array([f"{text} (first in row {first[text]})" for text in texts[again]], object)
            expected = f"{'a value that occurs' if len(key) == 1 else 'values that occur together'} once"
            remedy = "Remove the row, or give it an identifier of its own."
            if resource["name"] == "municipalities":
                remedy = "Remove the row; a municipality that was split goes where most inhabitants went."
            rows = texts.index[again].to_numpy() + 2
            faults.append(Fault(file, rows, "+".join(key), values, expected, remedy))
    return faults


def check_references(tables, resources, files) -> list[Fault]:
    """Return values that lead nowhere in ``tables``: foreign keys that are no key of the table they name.

    Where the wave is unknown that is said, and not that nothing is known of that wave.
    """
    faults = []
    for name, frame in tables.items():
        keys = resources[name]["schema"].get("foreignKeys", [])
        known_wave = pd.Series(True, index=frame.index)
        if "waves" in tables and any("wave" in _names(key["fields"]) for key in keys):
            known_wave = frame["wave"].isin(tables["waves"]["wave"].dropna()).to_numpy(bool)
            wrong = frame.loc[~known_wave, "wave"].dropna()
            remedy = "Correct it, or add the wave to the table waves."
            expected = "a key of table waves: a wave that is described there"
            faults.append(_reference(files[name], wrong, "wave", expected, remedy))
        for key in keys:
            columns, reference = _names(key["fields"]), key["reference"]
            target = reference["resource"] or name
            if columns == ["wave"] or target not in tables:
                continue
            values = joined(frame[known_wave], columns).dropna()
            wrong = values[~among(values, joined(tables[target], _names(reference["fields"])))]
            remedy = f"Correct it, or add the row to the table {target}."
            faults.append(
                _reference(files[name], wrong, "+".join(columns), f"a key of table {target}", remedy)
            )
    return faults


def among(values: pd.Series, known: pd.Series):
    """Tell of each text whether it is among the known ones; a missing one is not."""
    values, known = (pa.array(texts, pa.string(), from_pandas=True) for texts in (values, known))
    return pc.is_in(values, value_set=known.drop_null()).to_numpy(zero_copy_only=False)


def places(frame: pd.DataFrame, other: pd.DataFrame, columns: list[str]) -> npt.NDArray[np.int64]:
    """Return for each row of ``frame`` the place of the row of ``other`` with the same values of ``columns``.

    It is -1 where there is none; of several rows it is that of the last.
    """
    code, size = np.zeros(len(other) + len(frame), dtype=np.int64), 1
    for name in columns:
        part, values = pd.factorize(pd.concat([other[name], frame[name]], ignore_index=True))
        code, size = np.where((code < 0) | (part < 0), -1, code * len(values) + part), size * len(values)
    found = np.full(size + 1, -1)  # the last is of rows in which something is missing
    found[code[: len(other)]] = np.arange(len(other))
    found[-1] = -1
    return found[code[len(other) :]]


def joined(frame: pd.DataFrame, columns: list[str]) -> pd.Series:
    """Return the values of one or more columns as one text each; missing where any is missing."""
    texts = [pa.array(frame[name].astype("str"), pa.large_string()) for name in columns]
    texts = pc.binary_join_element_wise(*texts, pa.scalar(", ", pa.large_string()))
    return pd.Series(texts.to_pandas().array, index=frame.index, dtype="str")


def _names(names):
    return [names] if isinstance(names, str) else names


def _reference(file, wrong, column, expected, remedy):
    values = wrong.astype("str").to_numpy(object)
    return Fault(file, wrong.index.to_numpy() + 2, column, values, expected, remedy)


def _typed(texts, meaning):
    """Return the values and blanks of a column, and ``(expected, cells, values)`` for what is wrong."""
    if meaning.free:
        texts = pc.utf8_trim_whitespace(texts) if meaning.trims else texts
        texts = pc.if_else(pc.equal(texts, ""), None, texts)
        cells = np.flatnonzero(texts.is_null().to_numpy(zero_copy_only=False))
        return texts, [(BLANK, cells, None)] if meaning.constraints.get("required") else []
    encoded = texts.dictionary_encode()
    different = encoded.dictionary.to_pylist()
    if meaning.trims:
        different = [text.strip() for text in different]
    # Blank cells point at the last entry.
    place = encoded.indices.fill_null(len(different)).to_numpy(zero_copy_only=False)
    different.append("")
    values, expectations = zip(*map(meaning.of, different), strict=True)
    wrong = []
    for expected in dict.fromkeys(filter(None, expectations)):
        cells = np.flatnonzero(np.array([other == expected for other in expectations])[place])
        shown = np.array(different, dtype=object)[place[cells]]
        wrong.append((expected, cells, None if expected == BLANK else shown))
    if meaning.kind == "string":
        return pa.array(values, pa.string()).take(pa.array(place)), wrong
    blank = np.array([value is None for value in values])
    numbers = np.array([value or 0 for value in values]).astype(_number_type(meaning))
    return (numbers[place], blank[place]), wrong


def _column(parts, meaning):
    if meaning.kind == "string":
        return pd.Series(pa.chunked_array(parts, pa.string()).to_pandas(), dtype="str").array
    kind = _number_type(meaning)
    numbers = np.concatenate([part[0] for part in parts] or [np.zeros(0, kind)])
    blank = np.concatenate([part[1] for part in parts] or [np.zeros(0, bool)])
    return np.where(blank, np.nan, numbers) if kind is float else pd.arrays.IntegerArray(numbers, blank)


def _number_type(meaning):
    """Return the type that holds the numbers of a column, of codes the one that takes the least memory."""
    if meaning.kind == "number":
        return float
    codes = meaning.constraints.get("enum")
    return np.result_type(*(np.min_scalar_type(-abs(code) - 1) for code in codes)) if codes else np.int64


def _is_date(text):
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
