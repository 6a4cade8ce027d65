"""Read CSV of any Dutch dialect: semicolons or commas, UTF-8 or Windows-1252, with a BOM or without."""

import codecs
import csv
import io
import itertools
import re
from contextlib import suppress

import numpy as np
import pyarrow as pa
import pyarrow.csv

from doorgroeien.data.checking import Block
from doorgroeien.data.faults import Fault, single
from doorgroeien.intake.readers.blocks import Reader, Unreadable, whole

__all__ = ["open_csv"]

BYTES = 1 << 18  # bytes of a block, or of a part: should all lines be blank, as many rows
LINE = csv.field_size_limit()  # bytes of a line: no field of it is longer than the library reads
SAMPLE = 1 << 20  # characters that show the delimiter
ROWS = 50  # rows that do
DELIMITERS = ";,\t|"
WRITTEN = {"utf-8-sig": "UTF-8", "cp1252": "Windows-1252", "utf-16": "UTF-16"}
SIGNATURES = {
    b"PK\3\4": "a workbook of Excel, .xlsx",
    b"PAR1": "a Parquet file, .parquet",
    b"$FL2": "an SPSS file, .sav",
    b"$FL3": "an SPSS file, .zsav",
    b"\xd0\xcf\x11\xe0": "an older workbook of Excel, or one with a password, .xls",
}


def open_csv(path, name):
    """Open a CSV file; encoding and delimiter are found out."""
    encoding, ended, size = _encoding(path, name)
    with path.open(encoding=encoding, newline="") as file:
        sample = file.read(SAMPLE)
        cut = bool(file.read(1))
    hint = re.match(r'"?sep=(.)"?[;,\t]*(\r\n|\r|\n)', sample)  # what Excel writes to itself
    body = sample[hint.end() :] if hint else sample
    delimiter = hint[1] if hint else _delimiter(body, cut)
    header, lines = _header(body, delimiter, name)
    lines += bool(hint)
    header = [head.strip().lstrip("\ufeff") for head in header]
    marks = dict(zip(DELIMITERS, ("semicolons", "commas", "tabs", "bars"), strict=True))
    shown = marks.get(delimiter, f"the delimiter {delimiter}")
    dialect = f"CSV with {shown}, {WRITTEN[encoding]}"
    reader = Reader(header, iter(()), dialect, decimal_comma=delimiter == ";")
    if not ended:
        expected = "the end of a line at the end of the file; the last row may be cut short"
        reader.warnings.append(single(name, expected, "Nothing, if the last row is whole."))
    reader.blocks = _csv_blocks(path, name, reader, (delimiter, encoding, size, lines, 1 + bool(hint)))
    return reader


def _delimiter(sample, cut):
    """Return the delimiter that cuts the first rows into the same number of fields, and into the most.

    Where none does, the one that occurs most in the header counts, outside quotation marks.
    """
    widths = {}
    for delimiter in DELIMITERS:
        lines, rows = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter), []
        with suppress(csv.Error):  # a text without end, after which the rows before it still count
            rows.extend(len(row) for row in itertools.islice(lines, ROWS) if row)
            if cut and len(rows) < ROWS:
                del rows[-1:]
        widths[delimiter] = rows or [0]
    even = {delimiter: rows[0] for delimiter, rows in widths.items() if len(set(rows)) == 1 and len(rows) > 1}
    counted = even if max(even.values(), default=0) > 1 else {mark: rows[0] for mark, rows in widths.items()}
    return max(DELIMITERS, key=lambda delimiter: counted.get(delimiter, 0))


def _header(sample, delimiter, name):
    """Return the fields of the first row, and the number of lines that it takes."""
    lines = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    try:
        return next(lines, []), lines.line_num
    except csv.Error:
        remedy = "Correct the quotation marks."
        raise Unreadable(name, "a CSV file with a header", remedy, row=1) from None


def _encoding(path, name):
    """Return the encoding of a text file, which is read to its end once; then whether its last line ends.

    Third comes how many bytes of it are worth reading: blank lines after that may be millions.
    """
    with path.open("rb") as file:
        start = file.read(4)
        file.seek(0)
        wide = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and start != codecs.BOM_UTF32_LE
        known = ("utf-16",) if wide else ("utf-8-sig", "cp1252")
        decoders = {name: codecs.getincrementaldecoder(name)() for name in known}
        wrong, line, last, size, blank, begun = {}, 1, "", 0, False, 0
        while decoders:
            content = file.read(BYTES)
            if b"\0" in content and not wide:
                _refuse_binary(name, start)
            for encoding, decoder in list(decoders.items()):
                try:
                    last = decoder.decode(content, final=not content)[-1:] or last
                except UnicodeDecodeError as error:
                    row = line + content[: error.start].count(b"\n")
                    wrong[encoding] = (row, repr(error.object[error.start : error.end]))
                    del decoders[encoding]
            if not content and decoders:
                return next(iter(decoders)), last in ("\n", "\r"), size
            if content.replace(b"\0", b"").strip():
                if blank:
                    expected = f"rows without {BYTES:,} blank lines between them"
                    raise Unreadable(name, expected, "Remove the blank lines.", row=line)
                size = file.tell()
            else:
                blank = True
            begun = _begun(content, begun, name, line)
            line += content.count(b"\n")
    return _no_encoding(name, wrong)


def _begun(content, begun, name, line):
    """Return how many bytes the last line of a part has, when the first had ``begun``; refuse a long line."""
    # Something at the end of the part, so that a line that it ends is not its last.
    sizes = [len(text) for text in (content + b"-").splitlines()]
    sizes[0] += begun
    sizes[-1] -= 1
    if max(sizes) > LINE:
        expected = f"lines of no more than {LINE >> 10} KB"
        remedy = "Look whether the ends of lines were lost."
        raise Unreadable(name, expected, remedy, row=line + sizes.index(max(sizes)))
    return sizes[-1]


def _refuse_binary(name, start):
    kind = next((kind for mark, kind in SIGNATURES.items() if start.startswith(mark)), None)
    if kind:
        suffix = kind.rsplit(" ", 1)[1]
        raise Unreadable(name, f"text; this is {kind}", f"Give the file a name that ends in {suffix}.")
    raise Unreadable(name, "text; the file holds NUL bytes", "Export the table as CSV, UTF-8.")


def _no_encoding(name, wrong):
    row, value = next(iter(wrong.values()))
    expected = "text in UTF-16" if "utf-16" in wrong else "text in UTF-8 or Windows-1252"
    raise Unreadable(name, expected, "Save the file as CSV UTF-8.", value=value, row=row)


def _csv_blocks(path, name, reader, dialect):
    delimiter, encoding, size, lines, first = dialect
    width = len(reader.header)
    if not width:
        return
    ragged = []

    def skip(row):
        ragged.append((row.number, row.actual_columns))
        return "skip"

    names = [str(place) for place in range(width)]
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
        source = pa.BufferReader(pa.memory_map(str(path)).read_buffer(size))
        if not encoding.startswith("utf-8"):
            source = pa.transcoding_input_stream(source, encoding, "utf-8")
        done = 0
        try:
            for batch in pa.csv.open_csv(source, *options):
                skipped = np.array([number - lines for number, _ in ragged], dtype=int)
                numbers = _numbers(done, batch.num_rows, skipped)
                done = int(numbers[-1]) if batch.num_rows else done
                yield Block(numbers + first, batch.columns)
        except pa.ArrowInvalid as error:
            if "straddl" in str(error):
                expected = f"rows of no more than {BYTES >> 10} KB"
                remedy = "Look whether a quotation mark lacks its pair."
                row = max([done, *(number - lines for number, _ in ragged)]) + 1 + first
                raise Unreadable(name, expected, remedy, row=row) from None
            if "Empty CSV file" not in str(error):
                raise
    if ragged:
        numbers, counts = zip(*ragged, strict=True)
        found = np.array([f"{count} fields" for count in counts], dtype=object)
        expected = f"{width} fields, as in the header"
        remedy = "Correct the delimiters, or put quotation marks around a text that holds one."
        rows = np.array(numbers) - lines + first
        reader.faults.append(Fault(name, rows, None, found, expected, remedy))


def _numbers(done, count, skipped):
    """Return the places of the next ``count`` rows after place ``done``, leaving out the skipped ones."""
    later = np.sort(skipped[skipped > done])
    places = np.arange(done + 1, done + 1 + count + len(later))
    return np.setdiff1d(places, later, assume_unique=True)[:count]
