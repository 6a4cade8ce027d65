"""Read files of SPSS and Stata, with what they say of values: labels, which are missing, which are dates."""

from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyarrow as pa
import pyreadstat

from doorgroeien.data.checking import Block
from doorgroeien.data.faults import Fault
from doorgroeien.intake.readers.blocks import ROWS, Reader, Unreadable, as_text, whole

__all__ = ["STATISTICAL", "open_statistical"]

# What reads them. Not .por, whose user-missing values the library gives as blanks.
STATISTICAL: dict[str, Callable[..., Any]] = {
    ".sav": pyreadstat.read_sav,
    ".zsav": pyreadstat.read_sav,
    ".dta": pyreadstat.read_dta,
}
SPSS_DATES = ("DATE", "ADATE", "EDATE", "SDATE", "JDATE", "DATETIME", "YMDHMS")
DAYS, MILLISECONDS = 86_400_000, 1


def open_statistical(path, name):
    """Open a file of SPSS or Stata."""
    read, kind = STATISTICAL[path.suffix.lower()], _kind(path)
    with _named(name, kind):
        _, meta = read(path, metadataonly=True, user_missing=True)
    if None in meta.column_names:  # as in a file that was damaged
        raise Unreadable(name, "a name for every variable", f"Save it from {kind} again.")
    labels = {
        column: {_number_text(value): label.strip() for value, label in values.items()}
        for column, values in meta.variable_value_labels.items()
    }
    # User-missing values stay what they are; the codes of the instrument say what is missing.
    missing = {
        head: [(part["lo"], part["hi"]) for part in parts] for head, parts in meta.missing_ranges.items()
    }
    reader = Reader(list(meta.column_names), iter(()), kind, labels, missing=missing)
    reader.blocks = _statistical_blocks(path, name, reader, meta)
    return reader


def _kind(path):
    return "Stata" if path.suffix.lower() == ".dta" else "SPSS"


@contextmanager
def _named(name, kind):
    """Say why a file of SPSS or Stata cannot be read, where the library knows."""
    with whole(name, f"{kind} file"):
        try:
            yield
        except pyreadstat.ReadstatError as error:
            if "encoding" not in str(error):
                raise
            expected = "texts in the encoding that the file says it has"
            raise Unreadable(name, expected, f"Save it from {kind} again, in Unicode.") from None


def _statistical_blocks(path, name, reader, meta):
    read, kind = STATISTICAL[path.suffix.lower()], _kind(path)
    wanted = range(len(reader.header)) if reader.wanted is None else sorted(reader.wanted)
    heads = [reader.header[place] for place in wanted]
    done, rows = 0, 0
    with _named(name, kind):
        # Dates stay numbers, because one that no calendar knows would stop the library.
        options = {"usecols": heads, "user_missing": True, "disable_datetime_conversion": True}
        while heads:
            frame, _ = read(path, row_offset=done, row_limit=ROWS, **options)
            rows = len(frame)
            if not rows:
                break
            columns = [pa.nulls(rows, pa.string())] * len(reader.header)
            numbers = np.arange(done, done + rows) + 2
            for place, head in zip(wanted, heads, strict=True):
                values = frame[head].to_numpy()
                form = meta.original_variable_types.get(head) or ""
                if values.dtype.kind == "f" and _unit(form, kind):
                    values = _dates(values, numbers, _unit(form, kind), head, name, reader)
                elif values.dtype == object:
                    values = [
                        None if value is None or value != value else _value_text(value) for value in values
                    ]
                columns[place] = as_text(pa.array(values)).cast(pa.string())
            yield Block(numbers, columns)
            done += rows
            if rows < ROWS:
                break
        if heads and (meta.number_rows or 0) > done:
            expected = f"all {meta.number_rows:,} rows that it says it has, not {done:,}"
            raise Unreadable(name, expected, "Export it, or copy it, again.")


def _unit(form, kind):
    """Return origin and unit, in milliseconds, of a column of dates, ``None`` where it has none."""
    if kind == "SPSS":
        return ("1582-10-14", 1000) if form.rstrip("0123456789.") in SPSS_DATES else None
    if form.startswith(("%tc", "%tC", "%td", "%d")):
        return ("1960-01-01", MILLISECONDS if form[:3].lower() == "%tc" else DAYS)
    return None


def _dates(values, rows, unit, head, name, reader):
    """Return dates as ISO 8601; one that no calendar has is a fault of its own."""
    origin, size = unit
    with np.errstate(invalid="ignore"):
        steps = np.round(values * size)
        wrong = (np.abs(steps) > 3e14) & ~np.isnan(values)
        days = np.datetime64(origin, "ms") + np.where(np.isnan(values) | wrong, 0, steps).astype("int64")
        year = days.astype("datetime64[Y]").astype(int) + 1970
        wrong |= ((year < 1) | (year > 9999)) & ~np.isnan(values)
    if wrong.any():
        expected, remedy = "a date of the calendar", "Correct the value, or leave it blank."
        found = np.array([f"{value:.0f}" for value in values[wrong]], dtype=object)
        reader.faults.append(Fault(name, rows[wrong], head, found, expected, remedy))
    texts = np.char.replace(np.datetime_as_string(days, unit="s"), "T00:00:00", "").astype(object)
    texts[np.isnan(values) | wrong] = None
    return texts


def _value_text(value):
    return _number_text(value) if isinstance(value, float) else str(value)


def _number_text(value):
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
