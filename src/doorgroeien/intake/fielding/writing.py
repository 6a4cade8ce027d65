"""Write new files, all of them or none, and never over somebody's."""

import csv
import io
from pathlib import Path

import pandas as pd

from doorgroeien.results.inert import inert

__all__ = ["FieldingError", "as_csv", "write_new"]


class FieldingError(Exception):
    """Nothing was written; the message says why, and what to do."""


def write_new(out: Path, contents: dict[str, bytes], empty: bool = False) -> list[Path]:
    """Write ``contents`` by name into the folder ``out``, made where it is not there; return the paths.

    Raises :class:`FieldingError`, and writes nothing, where ``out`` is no folder, one of the files is there
    already, or, with ``empty``, anything is.
    """
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise FieldingError(f"{out}: expected a folder, or a name for one. Name another.")
    if empty and out.is_dir() and any(out.iterdir()):
        raise FieldingError(f"{out}: expected a new or empty folder; nothing is overwritten. Name another.")
    paths = {out / name: content for name, content in contents.items()}
    there = [str(path) for path in paths if path.exists() or path.is_symlink()]
    if there:
        raise FieldingError(
            f"{', '.join(there)}: there already; nothing is overwritten. Name another folder."
        )
    out.mkdir(parents=True, exist_ok=True)
    for path, content in paths.items():
        with path.open("xb") as file:
            file.write(content)
    return list(paths)


def as_csv(table: pd.DataFrame) -> bytes:
    """Return a table as CSV as a Dutch Excel opens it: UTF-8 with a mark, semicolons, decimal commas.

    A text that Excel would compute has an apostrophe before it, which the door takes off again.
    """
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(map(inert, table.columns))
    for row in table.astype(object).where(table.notna(), "").to_numpy():
        cells = (str(cell).replace(".", ",") if isinstance(cell, float) else inert(cell) for cell in row)
        writer.writerow(cells)
    return text.getvalue().encode("utf-8-sig")
