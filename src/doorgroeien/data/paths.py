"""Where the book and the answers that it rests on stand on disk."""

import os
from pathlib import Path

__all__ = ["book_root", "survey_path"]


def book_root(start: Path | str | None = None) -> Path:
    """Return the nearest folder at or above ``start`` that holds ``data/datapackage.json``.

    ``start`` is the working directory by default, so a notebook reads the data of the copy of the
    book it lies in, wherever the package was installed from.
    Raises ``FileNotFoundError`` where no such folder exists.
    """
    start = Path(start or ".").resolve()
    for folder in (start, *start.parents):
        if (folder / "data" / "datapackage.json").is_file():
            return folder
    raise FileNotFoundError(
        f"{start}: expected to lie inside the book, below a folder with data/datapackage.json; "
        "start from the folder that holds the README."
    )


def survey_path(root: Path, path: Path | str | None = None) -> Path | None:
    """Return the package that ``path``, else the variable ``SURVEY``, names; ``None`` for the reference."""
    path = path or os.environ.get("SURVEY")
    return root / path if path else None
