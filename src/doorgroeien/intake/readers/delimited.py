"""Read CSV of any Dutch dialect: semicolons or commas, UTF-8 or Windows-1252, with a BOM or without."""

import codecs
import csv
import re

import numpy as np
import pyarrow as pa
import pyarrow.csv

from doorgroeien.data.checking import Block
from doorgroeien.data.faults import single
from doorgroeien.intake.readers.blocks import Reader, Unreadable, whole

__all__ = ["open_csv"]

BYTES = 1 << 24  # bytes of a block
DELIMITERS = ";,\t|"


def open_csv(path, name):
    """Open a CSV file; encoding and delimiter are found out."""
    encoding = _encoding(path, name)
    with path.open(encoding=encoding, newline="") as file:
        first = file.readline(1 << 20)
        hint = re.fullmatch(r"sep=(.)\s*", first)  # what Excel writes to itself
        first = file.readline(1 << 20) if hint else first
        delimiter = hint[1] if hint else max(DELIMITERS, key=first.count)
        file.seek(0)
        lines = csv.reader(file, delimiter=delimiter)
        try:
            header = next(lines, [])
            header = next(lines, []) if hint else header
        except csv.Error:
            raise Unreadable(
                name, "a CSV file with a header", "Correct the quotation marks.", row=1
            ) from None
    header = [head.strip().lstrip("\ufeff") for head in header]
    marks = dict(zip(DELIMITERS, ("semicolons", "commas", "tabs", "bars"), strict=True))
    shown = marks.get(delimiter, f"the delimiter {delimiter}")
    written = {"utf-8-sig": "UTF-8", "cp1252": "Windows-1252", "utf-16": "UTF-16"}[encoding]
    reader = Reader(header, iter(()), f"CSV with {shown}, {written}", decimal_comma=delimiter == ";")
    reader.blocks = _csv_blocks(path, name, reader, (delimiter, encoding, lines.line_num, 1 + bool(hint)))
    return reader


def _encoding(path, name):
    """Return the encoding of a text file, which is read to its end once."""
    with path.open("rb") as file:
        start = file.read(4)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        file.seek(0)
        decoders = {name: codecs.getincrementaldecoder(name)() for name in ("utf-8-sig", "cp1252")}
        wrong, offset, line = {}, 0, 1
        while decoders:
            content = file.read(1 << 22)
            if b"\0" in content:
                remedy = "Export the table as CSV, UTF-8."
                raise Unreadable(name, "text; the file holds NUL bytes", remedy)
            for encoding, decoder in list(decoders.items()):
                try:
                    decoder.decode(content, final=not content)
                except UnicodeDecodeError as error:
                    row = line + content[: error.start].count(b"\n")
                    wrong[encoding] = (row, repr(error.object[error.start : error.end]))
                    del decoders[encoding]
            if not content:
                return next(iter(decoders), None) or _no_encoding(name, wrong)
            offset, line = offset + len(content), line + content.count(b"\n")
    return _no_encoding(name, wrong)


def _no_encoding(name, wrong):
    row, value = wrong["utf-8-sig"]
    raise Unreadable(
        name, "text in UTF-8 or Windows-1252", "Save the file as CSV UTF-8.", value=value, row=row
    )


def _csv_blocks(path, name, reader, dialect):
    delimiter, encoding, lines, first = dialect
    width = len(reader.header)
    if not width:
        return
    ragged = []

    def skip(row):
        ragged.append((row.number, row.actual_columns))
        return "skip"

    names = [str(place) for place in range(width)]
    source = path if encoding.startswith("utf-8") else None
    options = (
        pa.csv.ReadOptions(column_names=names, skip_rows=lines, block_size=BYTES, use_threads=False),
        pa.csv.ParseOptions(
            delimiter=delimiter,
            newlines_in_values=True,
            ignore_empty_lines=False,
            invalid_row_handler=skip,
        ),
        pa.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
        ),
    )
    with whole(name, "CSV file, with its quotation marks in pairs"):
        if source is None:
            codec = "utf-16" if encoding == "utf-16" else "cp1252"
            source = pa.transcoding_input_stream(pa.OSFile(str(path)), codec, "utf-8")
        done = 0
        try:
            batches = pa.csv.open_csv(source, *options)
        except pa.ArrowInvalid as error:
            if "Empty CSV file" in str(error):
                return
            raise
        for batch in batches:
            skipped = np.array([number - lines for number, _ in ragged], dtype=int)
            numbers = _numbers(done, batch.num_rows, skipped)
            done = int(numbers[-1]) if batch.num_rows else done
            yield Block(numbers + first, batch.columns)
    for number, count in ragged:
        expected = f"{width} fields, as in the header"
        remedy = "Correct the delimiters, or put quotation marks around a text that holds one."
        row = number - lines + first
        reader.faults.append(single(name, expected, remedy, row, value=f"{count} fields"))


def _numbers(done, count, skipped):
    """Return the places of the next ``count`` rows after place ``done``, leaving out the skipped ones."""
    later = np.sort(skipped[skipped > done])
    places = np.arange(done + 1, done + 1 + count + len(later))
    return np.setdiff1d(places, later, assume_unique=True)[:count]
