"""Where the book stands on disk."""

from pathlib import Path

__all__ = ["book_root"]


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
