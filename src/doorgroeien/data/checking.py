"""Check tables of text, block by block, against the schema of the book; give them their types.

What a text means is worked out once for each different text of a column, not once for each cell.
"""

import re
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from doorgroeien.data.faults import Fault, single
from doorgroeien.data.tables import among, joined

__all__ = ["Meaning", "check_keys", "check_references", "read_blocks", "whole_number"]

WHOLE = re.compile(r"[+-]?\d{1,18}")
DECIMAL_ZEROS = re.compile(r"([+-]?\d{1,18})[.,](0{1,2}|0{4,})")  # three might be thousands
THOUSANDS = re.compile(r"[+-]?\d{1,3}(\.\d{3})+")
EXPONENT = re.compile(r"[+-]?\d(\.\d+)?[eE]\+?\d{1,2}")  # R writes 1e+05
BLANK = "a value"
FREE = {"required", "unique"}  # constraints that do not say what a text may be
REMEDY = ("Correct the value, or map the code in mapping.toml under [codes].", "Fill the cell.")


def whole_number(text: str, decimal_comma: bool = False) -> int | None:
    """Return the whole number a text stands for, or ``None``.

    Decimals that are zero count (``4.0``, ``4,00``); points between thousands (``20.797``) do so only where
    ``decimal_comma`` tells that the file is written the Dutch way.
    """
    if WHOLE.fullmatch(text):
        return int(text)
    zeros = DECIMAL_ZEROS.fullmatch(text)
    if zeros:
        return int(zeros[1])
    if decimal_comma and THOUSANDS.fullmatch(text):
        return int(text.replace(".", ""))
    if EXPONENT.fullmatch(text) and float(text).is_integer() and abs(float(text)) < 1e15:
        return int(float(text))
    return None


@dataclass
class Meaning:
    """What the texts of a column mean: ``of`` gives value (or ``None``) and what was expected instead.

    ``codes`` turns other codes, in lower case, into those of the schema; ``labels`` does so for the words of
    the answer scale, where a text is no code.
    """

    schema: dict
    codes: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    decimal_comma: bool = False

    def __post_init__(self):
        """Keep what was worked out."""
        self.known = {}
        self.constraints = self.schema.get("constraints", {})

    @property
    def free(self) -> bool:
        """Tell whether any text will do."""
        return self.schema["type"] == "string" and not self.codes and set(self.constraints) <= FREE

    def of(self, text: str):
        """Return ``(value, expected)``; a blank is ``(None, None)``."""
        if text not in self.known:
            self.known[text] = self._of(text)
            if len(self.known) > 100_000:
                return self.known.popitem()[1]
        return self.known[text]

    def _of(self, text):
        text = text.strip()
        integer = self.schema["type"] == "integer"
        number = whole_number(text, self.decimal_comma) if integer else None
        for form in {text.casefold(): 0, str(number): 0}:
            if form in self.codes:
                text = self.codes[form]
                number = whole_number(text) if integer else None
                break
        if integer and number is None and text.casefold() in self.labels:
            text = self.labels[text.casefold()]
            number = whole_number(text)
        if not text:
            return None, BLANK if self.constraints.get("required") else None
        if integer and number is None:
            return None, "a whole number"
        value = number if integer else text
        expected = self._broken(value)
        return (None, expected) if expected else (value, None)

    def _broken(self, value):
        rules = self.constraints
        if "enum" in rules and value not in rules["enum"]:
            return f"one of {', '.join(map(str, rules['enum']))}"
        if "pattern" in rules and not re.fullmatch(rules["pattern"], value):
            return f"text like {rules['pattern']}"
        if rules.get("pattern", "").startswith("^[0-9]{4}-") and not _is_date(value):
            return "a date of the calendar, such as 2007-12-31"
        if "minimum" in rules and value < rules["minimum"]:
            return f"{rules['minimum']} or more"
        if "maximum" in rules and value > rules["maximum"]:
            return f"{rules['maximum']} or less"
        return None


def read_blocks(reader, columns, meanings: dict[str, Meaning], file: str, progress=lambda rows: None):
    """Return the table that ``reader`` gives, and faults about single cells.

    ``columns`` says where each column of ``meanings`` stands. A cell that is wrong is blank in the table;
    rows that are blank altogether are left out. The index plus 2 is the row in the file.
    """
    faults, parts, indices = [], {name: [] for name in meanings}, []
    for block in reader.blocks:
        block = _without_blank_rows(block)
        for name, meaning in meanings.items():
            place = columns.places.get(name)
            if place is None:
                texts = pa.array([columns.fill[name]]).take(pa.array(np.zeros(len(block.rows), int)))
            else:
                texts = block.columns[place]
            part, wrong = _typed(texts, meaning)
            parts[name].append(part)
            faults += (
                Fault(file, block.rows[cells], name, values, expected, REMEDY[expected == BLANK])
                for expected, cells, values in wrong
            )
        indices.append(block.rows - 2)
        progress(int(block.rows[-1]) if len(block.rows) else 0)
    index = np.concatenate(indices) if indices else np.arange(0)
    frame = pd.DataFrame(
        {name: _column(parts.pop(name), meaning) for name, meaning in meanings.items()}, copy=False
    )
    frame.index = pd.RangeIndex(len(index)) if np.array_equal(index, np.arange(len(index))) else index
    if not len(frame) and not reader.faults:
        faults.append(single(file, "rows below the header", "Fill the table.", row=2))
    return frame, faults


def check_keys(frame, resource, file) -> list[Fault]:
    """Return the rows that repeat a key, or a value that must occur once."""
    faults = []
    schema = resource["schema"]
    primary = schema.get("primaryKey", [])
    keys = {tuple([primary] if isinstance(primary, str) else primary)} - {()}
    keys |= {(spec["name"],) for spec in schema["fields"] if spec.get("constraints", {}).get("unique")}
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
    """Return values that lead nowhere: an unknown wave, municipality or respondent."""
    faults = []
    for name, frame in tables.items():
        known_wave = pd.Series(True, index=frame.index)
        if "wave" in frame and name != "waves" and "waves" in tables:
            known_wave = frame["wave"].isin(tables["waves"]["wave"].dropna()).to_numpy(bool)
            wrong = frame.loc[~known_wave, "wave"].dropna()
            remedy = "Correct it, or add the wave to the table waves."
            expected = "a key of table waves: a wave that is described there"
            faults.append(_reference(files[name], wrong, "wave", expected, remedy))
        for foreign in resources[name]["schema"].get("foreignKeys", []):
            columns, target = foreign["fields"], foreign["reference"]["resource"]
            columns = [columns] if isinstance(columns, str) else columns
            if columns == ["wave"] or target not in tables:
                continue
            values = joined(frame[known_wave], columns).dropna()
            wrong = values[~among(values, joined(tables[target], columns))]
            remedy = f"Correct it, or add the row to the table {target}."
            faults.append(
                _reference(files[name], wrong, "+".join(columns), f"a key of table {target}", remedy)
            )
    return faults


def _reference(file, wrong, column, expected, remedy):
    values = wrong.astype("str").to_numpy(object)
    return Fault(file, wrong.index.to_numpy() + 2, column, values, expected, remedy)


def _without_blank_rows(block):
    blank = None
    for column in block.columns:
        empty = pc.fill_null(pc.equal(pc.utf8_trim_whitespace(column), ""), True)
        blank = empty if blank is None else pc.and_(blank, empty)
        if not pc.any(blank).as_py():
            return block
    keep = pc.invert(blank)
    rows = block.rows[keep.to_numpy(zero_copy_only=False)]
    return type(block)(rows, [column.filter(keep) for column in block.columns])


def _typed(texts, meaning):
    """Return the values and blanks of a column, and ``(expected, cells, values)`` for what is wrong."""
    if meaning.free:
        texts = pc.utf8_trim_whitespace(texts)
        texts = pc.if_else(pc.equal(texts, ""), None, texts)
        cells = np.flatnonzero(texts.is_null().to_numpy(zero_copy_only=False))
        return texts, [(BLANK, cells, None)] if meaning.constraints.get("required") else []
    encoded = texts.dictionary_encode()
    different = encoded.dictionary.to_pylist()
    # Blank cells point at the last entry.
    place = encoded.indices.fill_null(len(different)).to_numpy(zero_copy_only=False)
    different.append("")
    values, expectations = zip(*map(meaning.of, different), strict=True)
    wrong = []
    for expected in dict.fromkeys(filter(None, expectations)):
        cells = np.flatnonzero(np.array([other == expected for other in expectations])[place])
        shown = np.array([text.strip() for text in different], dtype=object)[place[cells]]
        wrong.append((expected, cells, None if expected == BLANK else shown))
    if meaning.schema["type"] == "integer":
        blank = np.array([value is None for value in values])
        numbers = np.array([value or 0 for value in values])
        return (numbers.astype(_number_type(meaning))[place], blank[place]), wrong
    return pa.array(values, pa.string()).take(pa.array(place)), wrong


def _column(parts, meaning):
    if meaning.schema["type"] == "integer":
        kind = _number_type(meaning)
        numbers = np.concatenate([part[0] for part in parts] or [np.zeros(0, kind)])
        blank = np.concatenate([part[1] for part in parts] or [np.zeros(0, bool)])
        return pd.arrays.IntegerArray(numbers, blank)
    return pd.Series(pa.chunked_array(parts, pa.string()).to_pandas(), dtype="str").array


def _number_type(meaning):
    """Return the type that holds the codes of a column in the least memory."""
    codes = meaning.constraints.get("enum")
    return np.result_type(*(np.min_scalar_type(-abs(code) - 1) for code in codes)) if codes else np.int64


def _is_date(text):
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
