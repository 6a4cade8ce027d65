"""Open the tables of others, of any format, as text in blocks.

Nothing here knows what a table means. A reader gives the header and then blocks of text columns with
the numbers of their rows, so that a file of any length passes through a fixed amount of memory.
"""

import os
import stat
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from doorgroeien.data.checking import Block
from doorgroeien.data.faults import single
from doorgroeien.intake.readers.blocks import ROWS, Reader, Unreadable, as_text, whole
from doorgroeien.intake.readers.delimited import open_csv
from doorgroeien.intake.readers.statistical import STATISTICAL, open_statistical
from doorgroeien.intake.readers.workbook import open_sheet
from doorgroeien.intake.spelling import fold

__all__ = ["FORMATS", "check_file", "open_table", "others_of"]

LARGEST = 1 << 29  # bytes of a column in a row group of Parquet, which is read as a whole
LAST_ROW = 1 << 24  # of a file: a row for all who live in the Netherlands
CELLS = 1 << 27  # of the columns in use, in rows that are not blank; some bytes of memory each
FORMATS = (".csv", ".tsv", ".txt", ".parquet", ".xlsx", *STATISTICAL)


def open_table(path: Path, name: str, sheet: str | None = None) -> Reader:
    """Open the table in a file (``name`` in messages), or in a sheet of a workbook.

    Rows that are blank are left out. Raises :class:`Unreadable`; taking blocks may raise it too, also where
    a small file unpacks to more than memory holds.
    """
    check_file(path, name)
    reader = _open(path, name, sheet)
    reader.blocks = _filled_rows(reader, reader.blocks, name)
    return reader


def _filled_rows(reader, blocks, name):
    """Give blocks without their blank rows; refuse a table that is too large."""
    cells = 0
    for block in blocks:
        filled = _without_blank_rows(block)
        cells += len(filled.rows) * len(reader.header if reader.wanted is None else reader.wanted)
        if cells > CELLS or (len(block.rows) and block.rows[-1] > LAST_ROW):
            expected = f"a table of no more than {LAST_ROW:,} rows and {CELLS:,} cells"
            raise Unreadable(name, expected, "Leave out what is no answer, such as blank rows.")
        yield filled


def _open(path, name, sheet):
    if path.suffix.lower() == ".xlsx":
        return open_sheet(path, name, sheet)
    if path.suffix.lower() in STATISTICAL:
        return open_statistical(path, name)
    return (_open_parquet if path.suffix.lower() == ".parquet" else open_csv)(path, name)


def _without_blank_rows(block):
    if not block.columns:  # not even a header
        return block
    blank = pa.array(np.ones(len(block.rows), dtype=bool))
    for column in block.columns:
        if column.null_count == len(column):
            continue
        empty = pc.fill_null(pc.equal(pc.utf8_trim_whitespace(column), ""), True)
        blank = pc.and_(blank, empty)
        if not pc.any(blank).as_py():
            return block
    keep = pc.invert(blank)
    rows = block.rows[keep.to_numpy(zero_copy_only=False)]
    return Block(rows, [column.filter(keep) for column in block.columns])


def check_file(path: Path, name: str):
    """Raise :class:`Unreadable` unless ``path`` is a regular file that may be read and is not empty."""
    remedy = "Correct the path, or restore the file."
    try:
        str(path).encode()
        status = path.stat()
    except OSError as error:
        expected = "a readable file, not a link that leads nowhere"
        expected = expected if os.path.islink(path) else "a readable file"
        there = others_of(path)
        remedy = f"There is {', '.join(there)}: name that." if there else remedy
        raise Unreadable(name, f"{expected} ({error.strerror})", remedy) from None
    except ValueError:  # NUL or half a letter in the name
        raise Unreadable(name, "a name that a file can have, in UTF-8", remedy) from None
    if not stat.S_ISREG(status.st_mode):
        raise Unreadable(name, "a readable file, not a folder or a device", remedy)
    if path.suffix.lower() not in FORMATS:
        expected = f"a file of one of the formats {', '.join(FORMATS)}"
        raise Unreadable(name, expected, "Save it in one of these formats.")
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


def others_of(path: Path) -> list[str]:
    """Return the names of files beside ``path`` that have its name but for the format or capitals."""
    try:
        names = sorted(os.listdir(path.parent))
    except (OSError, ValueError):
        return []
    stem = fold(path.stem)
    return [name for name in names if fold(Path(name).stem) == stem and name != path.name][:3]


def _open_parquet(path, name):
    with whole(name, "Parquet file"):
        file = pa.parquet.ParquetFile(path)
        groups = [file.metadata.row_group(place).to_dict() for place in range(file.num_row_groups)]
        sizes = [column["total_uncompressed_size"] for group in groups for column in group["columns"]]
        if max(sizes, default=0) > LARGEST:
            expected = f"columns of no more than {LARGEST >> 20} MB in a row group"
            raise Unreadable(name, expected, "Write it in smaller row groups.")
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
