"""Open the tables of others, of any format, as text in blocks.

Nothing here knows what a table means. A reader gives the header and then blocks of text columns with
the numbers of their rows, so that a file of any length passes through a fixed amount of memory.
"""

import stat
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pyreadstat

from doorgroeien.data.checking import Block
from doorgroeien.data.faults import single
from doorgroeien.intake.readers.blocks import ROWS, Reader, Unreadable, as_text, whole
from doorgroeien.intake.readers.delimited import open_csv
from doorgroeien.intake.readers.workbook import open_sheet

__all__ = ["FORMATS", "check_file", "open_table"]

FORMATS = (".csv", ".tsv", ".txt", ".parquet", ".xlsx", ".sav")


def open_table(path: Path, name: str, sheet: str | None = None) -> Reader:
    """Open the table in a file (``name`` in messages), or in a sheet of a workbook.

    Raises :class:`Unreadable`; taking blocks may raise it too.
    """
    check_file(path, name)
    if path.suffix.lower() == ".xlsx":
        return open_sheet(path, name, sheet)
    openers = {".parquet": _open_parquet, ".sav": _open_sav}
    return openers.get(path.suffix.lower(), open_csv)(path, name)


def check_file(path: Path, name: str):
    """Raise :class:`Unreadable` unless ``path`` is a regular file that may be read and is not empty."""
    remedy = "Correct the path, or restore the file."
    try:
        status = path.stat()
    except OSError as error:
        expected = (
            "a readable file, not a link that leads nowhere" if path.is_symlink() else "a readable file"
        )
        raise Unreadable(name, f"{expected} ({error.strerror})", remedy) from None
    if not stat.S_ISREG(status.st_mode):
        raise Unreadable(name, "a readable file, not a folder or a device", remedy)
    if path.suffix.lower() not in FORMATS:
        formats = ", ".join(FORMATS)
        raise Unreadable(name, f"a file of one of the formats {formats}", "Save it in one of these formats.")
    try:
        with path.open("rb") as file:
            beginning = file.read(4)
    except OSError as error:
        remedy = "Give yourself the right to read it."
        raise Unreadable(name, f"a readable file ({error.strerror})", remedy) from None
    if not beginning.strip():
        raise Unreadable(
            name, "a header; the file is empty", "Export it again, or start from the template.", row=1
        )


def _open_parquet(path, name):
    with whole(name, "Parquet file"):
        file = pa.parquet.ParquetFile(path)
    reader = Reader(file.schema_arrow.names, iter(()), "Parquet")
    reader.blocks = _parquet_blocks(path, name, file, reader)
    return reader


def _parquet_blocks(path, name, file, reader):
    done = 0
    wrong = set()
    with whole(name, "Parquet file"):
        for batch in file.iter_batches(batch_size=ROWS):
            columns = []
            for head, column in zip(reader.header, batch.columns, strict=True):
                # Damage can leave bytes in a text that are no letters.
                column.validate(full=True)
                try:
                    columns.append(as_text(column))
                except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError):
                    columns.append(pa.nulls(len(column), pa.string()))
                    wrong.add((head, str(column.type)))
            yield Block(np.arange(done, done + batch.num_rows) + 2, columns)
            done += batch.num_rows
    for head, kind in sorted(wrong):
        remedy = "Store plain text and numbers."
        expected = "a column of text or numbers"
        reader.faults.append(single(name, expected, remedy, column=head, value=kind))


def _open_sav(path, name):
    with whole(name, "SPSS file"):
        _, meta = pyreadstat.read_sav(path, metadataonly=True)
    labels = {
        column: {_number_text(value): label.strip() for value, label in values.items()}
        for column, values in meta.variable_value_labels.items()
    }
    reader = Reader(list(meta.column_names), iter(()), "SPSS", labels)
    reader.blocks = _sav_blocks(path, name)
    return reader


def _sav_blocks(path, name):
    done = 0
    with whole(name, "SPSS file"):
        for frame, _ in pyreadstat.read_file_in_chunks(
            pyreadstat.read_sav, path, chunksize=ROWS, user_missing=True
        ):
            columns = []
            for head in frame.columns:
                values = frame[head].to_numpy()
                if values.dtype == object:
                    values = [None if value is None or value != value else str(value) for value in values]
                columns.append(as_text(pa.array(values)).cast(pa.string()))
            yield Block(np.arange(done, done + len(frame)) + 2, columns)
            done += len(frame)


def _number_text(value):
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
