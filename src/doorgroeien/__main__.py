"""The command ``doorgroeien``, which says in one line what keeps it from starting."""

import os
import re
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from doorgroeien.data.paths import book_root
from doorgroeien.data.terminal import printable
from doorgroeien.publishing.repository import source_date

__all__ = ["main"]

PACKAGE = Path(__file__).parent
REMEDY = "Run `make --always-make .venv/.ready`; with conda, `conda env update --file environment.yml`."


def main():
    """Run the command."""
    _check_folder()
    _check_packages()
    try:
        if source_date() is None:
            os.environ.pop("SOURCE_DATE_EPOCH", None)  # several packages take an empty one for a number
    except ValueError as error:
        sys.exit(str(error))
    try:
        from doorgroeien.cli import main as run
    except ModuleNotFoundError as error:  # a package that others need
        if (error.name or "").startswith(__package__):
            raise
        sys.exit(f"The module {error.name} is not installed. {REMEDY}")
    run()


def _check_folder():
    """End where the book has a package of its own, and this is that of another folder."""
    try:
        own = book_root() / "src" / PACKAGE.name
    except FileNotFoundError:
        return
    if own.is_dir() and not own.samefile(PACKAGE):
        place = printable(str(PACKAGE.parents[1]))
        sys.exit(f"This is the command of {place}; the book here has its own. Run it with make.")


def _check_packages():
    """End where a package is missing that the book names."""
    project = PACKAGE.parents[1] / "pyproject.toml"
    if not project.is_file():
        return
    lines = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["dependencies"]
    names = re.findall(r"^[\w.-]+", "\n".join(lines), re.MULTILINE)
    missing = [name for name in names if not _installed(name)]
    if missing:
        sys.exit(f"Not installed: {', '.join(missing)}. {REMEDY}")


def _installed(name):
    try:
        return bool(version(name))
    except PackageNotFoundError:
        return False


if __name__ == "__main__":
    main()
