"""Find the files of a survey package: a folder, a data package or a workbook."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from doorgroeien.data.faults import Fault, single
from doorgroeien.intake.mapping import LARGEST, MAPPING, Mapping
from doorgroeien.intake.readers.blocks import Unreadable
from doorgroeien.intake.readers.opening import FORMATS, check_file, others_of
from doorgroeien.intake.readers.workbook import filled_sheets, sheet_names
from doorgroeien.intake.spelling import same_name

__all__ = ["Source", "digest", "find_sources", "nowhere", "package_folder", "unread", "within"]

DATAPACKAGE = "datapackage.json"
REMEDY = "Start from `doorgroeien template`, or name the file in mapping.toml under [tables]."


@dataclass(frozen=True)
class Source:
    """Where a table stands: a file, and a sheet where the file is a workbook."""

    path: Path
    sheet: str | None = None

    @property
    def name(self):
        """Return the name for messages."""
        return f"{self.path} [{self.sheet}]" if self.sheet else str(self.path)


def package_folder(path: Path) -> Path:
    """Return the folder of a package; raise :class:`Unreadable` where ``path`` cannot be one."""
    if os.path.isdir(path):
        try:
            os.listdir(path)
        except OSError as error:
            remedy = "Give yourself the right to read it."
            raise Unreadable(str(path), f"a readable folder ({error.strerror})", remedy) from None
        return path
    if path.name in (DATAPACKAGE, MAPPING) and os.path.isfile(path):
        return path.parent
    check_file(path, str(path))
    if path.suffix.lower() != ".xlsx":
        remedy = "Put the tables together in a folder and name that; one file may hold several tables."
        raise Unreadable(str(path), "a folder, or a workbook with a sheet for each table", remedy)
    return path.parent


def find_sources(path: Path, tables, mapping: Mapping, spare=()) -> tuple[dict[str, Source], list[Fault]]:
    """Return where each table stands, and faults for those that stand nowhere or twice.

    That a table among ``spare`` stands nowhere is no fault.
    """
    folder = package_folder(path)
    sources = {}
    listed, faults = _described(folder)
    alone = path.is_file() and path.suffix.lower() == ".xlsx"
    files = [path] if alone else sorted(folder.iterdir())
    # Excel leaves a file ~$... beside a workbook that is open.
    files = [file for file in files if file.suffix.lower() in FORMATS and file.name[0] not in "~."]
    sheets, damaged = _sheets(files)
    absent = []
    for table in tables:
        if table in mapping.tables or table in listed:
            name, sheet = mapping.tables.get(table) or (listed[table], None)
            found = [Source(_there(folder, name), sheet)]
        else:
            found = [Source(file) for file in files if file.stem.casefold() == table]
        found = [source for one in found for source in _with_sheet(one, table, sheets)]
        if table not in mapping.tables and table not in listed:
            found += [source for source in _with_name(table, sheets) if source not in found]
        if len(found) > 1:
            remedy = "Keep one, or name it in mapping.toml under [tables]."
            value = ", ".join(source.name for source in found)
            faults.append(single(str(folder), f"one file for the table {table}", remedy, value=value))
        if found:
            sources[table] = found[0]
        elif table != "edition" or not mapping.edition:
            absent.append(table)
    missing = [nowhere(folder, table) for table in absent if table not in spare]
    # A damaged workbook may hold what is missing; where nothing is, it does not matter.
    return sources, faults + (damaged if absent else []) + missing


def unread(path: Path, sources: dict[str, Source]) -> list[Fault]:
    """Return a fault that names the files of tables in a folder from which no table is read, if any."""
    if not os.path.isdir(path):
        return []
    read = {source.path.name for source in sources.values()}
    kinds = set(FORMATS) - {".txt"}
    names = [file.name for file in sorted(path.iterdir()) if file.suffix.lower() in kinds]
    names = [name for name in names if name not in read and name[0] not in "~."]
    expected = "files that hold a table; these are not read"
    remedy = "Nothing, if no answers are in them."
    return [single(str(path), expected, remedy, value=", ".join(names))] if names else []


def within(root: Path, path: Path, sources: Iterable[Source]) -> Iterator[Fault]:
    """Give a fault for each file of the package ``path`` that stands in the folder ``root`` of the book.

    Whichever way it is reached: by a link, a second name of the same file (a hard link) or a folder above.
    """
    files = dict.fromkeys([path, *(source.path for source in sources)])
    linked = [file for file in files if file.is_file() and file.stat().st_nlink > 1]
    names = set(map(_identity, _files_below(root))) if linked else set()
    for file in files:
        if _below(root, file) or (file in linked and _identity(file) in names):
            expected = "real answers outside the folder of the book, in which git or a page could take them"
            remedy = "These are inside the folder of the book: move the package out of it."
            yield single(str(file), expected, remedy)


def _below(root, file):
    """Tell whether a file is ``root`` or stands below it, by the name that is given or where links lead."""
    return any(
        os.path.samefile(folder, root)
        for place in (Path(os.path.abspath(file)), file.resolve())
        for folder in (place, *place.parents)
        if folder.exists()
    )


def _files_below(root):
    for folder, _, names in os.walk(root):
        yield from (Path(folder, name) for name in names)


def _identity(file):
    status = file.lstat()
    return status.st_dev, status.st_ino


def nowhere(folder: Path, table: str) -> Fault:
    """Return the fault of a table that stands in no file."""
    expected = "a readable file, also .parquet, .xlsx or .sav, or a sheet of that name"
    there = others_of(folder / f"{table}.csv")
    remedy = f"There is {', '.join(there)}: save it as one of these. {REMEDY}" if there else REMEDY
    return single(str(folder / f"{table}.csv"), expected, remedy)


def _there(folder, name):
    """Return the path of a file that is named, whichever way its accents are encoded on the disk."""
    path = folder / name
    try:
        if not path.exists():
            return next((file for file in path.parent.iterdir() if same_name(file.name, path.name)), path)
    except (OSError, ValueError):
        pass  # said when it is opened
    return path


def digest(folder: Path, sources: dict[str, Source]) -> str:
    """Return a hash of all that the answers follow from: the tables and what describes them."""
    files = {source.path for source in sources.values()}
    files |= {folder / name for name in (DATAPACKAGE, MAPPING) if (folder / name).is_file()}
    total = hashlib.sha256()
    for table, source in sorted(sources.items()):
        total.update(f"{table} {source.path.name} {source.sheet}\n".encode())
    for path in sorted(files):
        with path.open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()


def _described(folder):
    """Return {table: path} of the folder's ``datapackage.json``, where there is one."""
    path = folder / DATAPACKAGE
    if not os.path.lexists(path):
        return {}, []
    try:
        if not path.is_file() or path.stat().st_size > LARGEST:
            raise ValueError("no regular file, or too large")
        resources = json.loads(path.read_text(encoding="utf-8-sig"))["resources"]
        return {item["name"]: Path(item["path"]).as_posix() for item in resources}, []
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        expected = "a data package: JSON with resources, each with a name and one path"
        return {}, [single(str(path), expected, "Correct the file, or remove it.")]


def _sheets(files):
    sheets, faults = {}, []
    for file in files:
        if file.suffix.lower() == ".xlsx":
            try:
                check_file(file, str(file))
                sheets[file] = sheet_names(file, str(file))
            except Unreadable as error:
                sheets[file] = []
                faults.append(error.fault)
    return sheets, faults


def _with_name(table, sheets):
    return [
        Source(file, sheet)
        for file, names in sheets.items()
        for sheet in names
        if sheet.strip().casefold() == table
    ]


def _with_sheet(source, table, sheets):
    """Name the sheet of a workbook: the given one, those named like the table, or those with values."""
    if source.path.suffix.lower() != ".xlsx" or source.sheet:
        return [source]
    names = sheets.get(source.path)
    if names is None:
        names = _sheets([source.path])[0][source.path]
    same = [name for name in names if name.strip().casefold() == table]
    if not same and len(names) > 1:
        same = filled_sheets(source.path, source.name)
    return [Source(source.path, name) for name in same or names[:1] or [table]]
