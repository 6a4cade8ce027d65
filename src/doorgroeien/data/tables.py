"""The book's tables: ``data/datapackage.json`` is their one schema, and loading checks them against it.

The check is that of :mod:`doorgroeien.data.checking`, to the letter: what the door forgives the tables of
others, such as spaces, other delimiters and blank rows, is wrong here.
"""

import csv
import hashlib
import io
import json
import os
from collections.abc import Container
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pybtex.database import parse_string
from pybtex.exceptions import PybtexError

from doorgroeien.data.answer_fields import answer_fields
from doorgroeien.data.checking import (
    Block,
    Meaning,
    among,
    check_keys,
    check_references,
    read_blocks,
    widened,
)
from doorgroeien.data.faults import DataError, Fault, grouped, single
from doorgroeien.data.paths import book_root

__all__ = [
    "bibliography",
    "citation_keys",
    "descriptor",
    "load",
    "load_all",
    "loaded",
    "refresh_hashes",
]

ANSWERS = {"edition", "waves", "municipalities", "groups", "respondents", "answers"}
INSTRUMENT = ("scales", "codes", "items")
PACKAGE = "data/datapackage.json"
BIBLIOGRAPHY = "book/references.bib"
FEW = 5  # columns that a message names
_LOADED: set[str] = set()


def load(name: str, root: Path | None = None) -> pd.DataFrame:
    """Return the table ``name`` of the data package, validated, with its types.

    Text columns hold strings, numbers float64, integers Int64; a blank cell is missing.
    Raises :class:`DataError` with *all* problems of the data package, not only of this table,
    because tables refer to each other.

    >>> from doorgroeien import load
    >>> load("figures").set_index("id").loc["fraud.cases.2007", ["unit", "source"]].to_list()
    ['cases', 'CBS70127']
    """
    if os.environ.get("SURVEY") and name in ANSWERS:
        raise ValueError(f"{name!r} is the reference survey's; load_survey() gives the answers of SURVEY.")
    tables = _load(root or book_root())
    if name not in tables:
        raise KeyError(f"{name!r} is not a table of the data package; choose from {sorted(tables)}.")
    _LOADED.add(name)
    return tables[name]


def load_all(root: Path | None = None, only=None) -> dict[str, pd.DataFrame]:
    """Return every table of the data package by name; raise :class:`DataError` if anything is wrong.

    ``only`` names the tables to read; references to others are then not checked.
    """
    tables = _load(root or book_root(), only)
    _LOADED.update(tables)
    return tables


def loaded() -> frozenset[str]:
    """Return the names of the tables that were handed out since this process began."""
    return frozenset(_LOADED)


def _load(root, only=None):
    package = (root / PACKAGE).read_bytes()
    described = _resources(package)
    names = tuple(name for name in described if only is None or name in only)
    contents = tuple(_content(root / _file(described[name])) for name in names)
    tables, problems = _judged(package, names, contents, _content(root / BIBLIOGRAPHY))
    if problems:
        raise DataError(list(problems))
    return {name: table.copy(deep=False) for name, table in tables.items()}


@lru_cache(maxsize=4)
def _judged(package, names, contents, works):
    """Return the tables ``names`` of a data package by name, and all problems in and between them.

    What was checked once is not checked again: the result follows from the contents of the files alone.
    """
    described = _resources(package)
    resources = {name: described[name] for name in names}
    tables, faults = _read_all(resources, dict(zip(names, contents, strict=True)))
    if not any(faults) and "answers" in described and {"items", "codes"} <= tables.keys():
        faults += _check_answer_fields(described["answers"]["schema"]["fields"], tables)
    if works is None:
        faults.append(single(BIBLIOGRAPHY, "a readable file", "Add it, or restore it from git."))
        return tables, grouped(faults)
    try:
        known = pd.Series(list(_parsed(works.decode("utf-8")).entries), dtype="str")
    except (UnicodeDecodeError, PybtexError) as error:
        faults.append(single(BIBLIOGRAPHY, "a readable BibTeX file", "Correct the file.", value=str(error)))
    else:
        for name, table in tables.items():
            faults += _check_citations(table, resources[name], known)
    return tables, grouped(faults)


def _content(path):
    """Return the bytes of a file, or ``None`` if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError:
        return None


def _read_all(resources, contents):
    """Return the tables that can be read, and what is wrong in and between them."""
    faults, tables = [], {}
    for name, resource in resources.items():
        table, wrong = _read(resource, contents[name])
        faults += wrong
        if table is not None:
            tables[name] = table
    files = {name: _file(resource) for name, resource in resources.items()}
    return tables, [*faults, *check_references(tables, resources, files)]


def bibliography(root: Path | None = None):
    """Return the parsed bibliography of the book (a ``pybtex`` database), to be read and not changed."""
    return _parsed(((root or book_root()) / BIBLIOGRAPHY).read_text(encoding="utf-8"))


def citation_keys(root: Path | None = None) -> frozenset[str]:
    """Return the keys of the works in the bibliography."""
    return frozenset(bibliography(root).entries)


@lru_cache(maxsize=1)
def _parsed(text):
    """Return a bibliography by its text: each result that is published and each page asks for it."""
    return parse_string(text, "bibtex")


def refresh_hashes(root: Path | None = None, only: Container[str] | None = None) -> list[str]:
    """Write what follows from the tables into the data package; return the paths whose entries changed.

    That is the sha256 and size of each table, or of those named in ``only``; and the columns of the table
    ``answers``, which follow from the items and their codes. Raises :class:`DataError` where those two are
    wrong, and then writes nothing.
    """
    root = root or book_root()
    package = descriptor(root)
    before = json.dumps(package)
    resources = {resource["name"]: resource for resource in package["resources"]}
    for name, resource in resources.items():
        if only is None or name in only:
            content = (root / _file(resource)).read_bytes()
            resource |= {"hash": _sha256(content), "bytes": len(content)}
    if {"answers", *INSTRUMENT} <= resources.keys():
        instrument = {name: resources[name] for name in INSTRUMENT}
        contents = {name: _content(root / _file(resource)) for name, resource in instrument.items()}
        tables, faults = _read_all(instrument, contents)
        if problems := grouped(faults):
            raise DataError(problems)
        schema = resources["answers"]["schema"]
        schema["fields"] = [schema["fields"][0], *answer_fields(tables["items"], tables["codes"])]
    pairs = zip(json.loads(before)["resources"], package["resources"], strict=True)
    changed = [new["path"] for old, new in pairs if new != old]
    if changed:
        text = json.dumps(package, indent=2, ensure_ascii=False) + "\n"
        (root / PACKAGE).write_text(text, encoding="utf-8")
    return changed


def descriptor(root: Path) -> dict:
    """Return the schema of all tables, ``data/datapackage.json``; raise ``DataError`` if it is no JSON."""
    return _parsed_package((root / PACKAGE).read_bytes())


def _parsed_package(content):
    try:
        return json.loads(content.decode("utf-8"))
    except ValueError as error:
        remedy = "Correct the file; git shows what changed."
        fault = single(PACKAGE, "valid JSON in UTF-8", remedy, value=str(error))
        raise DataError(grouped([fault])) from None


@lru_cache(maxsize=4)
def _resources(package):
    """Return the schemas of the tables by name, from the content of the schema of all, to be read only."""
    return {resource["name"]: resource for resource in _parsed_package(package)["resources"]}


def _file(resource):
    return f"data/{resource['path']}"


def _sha256(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def _read(resource, content):
    """Check the content of one table; return the table, where that can be, and what is wrong with it."""
    if content is None:
        return None, [single(_file(resource), "a readable file", "Add it, or restore it from git.")]
    table, faults = _checked(content, json.dumps(resource))
    return table if table is None else table.copy(deep=False), faults


# Places for several times the tables there are: with fewer places than tables it would keep none.
@lru_cache(maxsize=256)
def _checked(content, resource):
    """Check hash, form, values and keys of a table, and give its columns their types.

    Where one table of a package changed, the others are not checked again.
    """
    resource = json.loads(resource)
    file, fields = _file(resource), resource["schema"]["fields"]
    faults = []
    if _sha256(content) != resource.get("hash"):
        expected = f"{resource.get('hash')}, the hash in data/datapackage.json"
        remedy = "If the change is meant, run `make hashes`; if not, restore the file from git."
        faults.append(single(file, expected, remedy, value=_sha256(content)))
    columns, wrong = _columns(content, [field["name"] for field in fields], file)
    faults += wrong
    if columns is None:
        return None, faults
    rows = np.arange(len(columns[0])) + 2
    meanings = {field["name"]: Meaning(field) for field in fields}
    table, wrong = read_blocks([Block(rows, columns)], meanings, file)
    return widened(table), [*faults, *wrong, *check_keys(table, resource, file)]


def _columns(content, names, file):
    """Return the columns of a CSV file as Arrow text, or ``None``, and what is wrong with its form."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        value = repr(content[error.start : error.end])
        return None, [single(file, "UTF-8 text", "Save the file as UTF-8.", row, value=value)]
    try:
        header, *rows = list(csv.reader(io.StringIO(text), strict=True)) or [[]]
    except csv.Error as error:
        return None, [single(file, "a CSV file", "Correct the quoting.", value=str(error))]
    if header != names:
        return None, [_other_columns(header, names, file)]
    expected = f"{len(names)} fields, as in the header"
    remedy = "Correct the commas, or put quotation marks around a text that holds one."
    ragged = [
        single(file, expected, remedy, number, value=f"{len(row)} fields")
        for number, row in enumerate(rows, start=2)
        if len(row) != len(names)
    ]
    if ragged:
        return None, ragged
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    return [pa.array(column, pa.string()) for column in columns], []


def _other_columns(header, names, file):
    """Return the fault of a table that has other columns than ``names``."""
    lacking = [name for name in names if name not in header]
    surplus = [name for name in header if name not in names]
    expected = f"the columns {','.join(lacking or names)}"
    if lacking and surplus:
        expected += f" instead of {','.join(surplus)}"
    elif lacking and header:
        expected = f"also {expected}"
    elif surplus:
        expected = f"no columns {','.join(surplus)}"
    remedy = f"Restore the header, or change the schema in {PACKAGE}."
    if file == "data/survey/answers.csv":
        remedy = "Each item has a column: draw the answers with `doorgroeien reference --out data/survey`."
    return single(file, expected, remedy, 1, value=f"{len(header)} columns")


def _check_answer_fields(fields, tables):
    """Give the columns of the answers that are not as the items and their codes have them."""
    here = {field["name"]: field for field in fields[1:]}
    right = {field["name"]: field for field in answer_fields(tables["items"], tables["codes"])}
    wrong = [name for name in right | here if here.get(name) != right.get(name)]
    if wrong or list(here) != list(right):
        expected = "for each row of data/instrument/items.csv a column of the table answers, in that order"
        found = f"another column {', '.join(wrong[:FEW])}" if wrong else "another order"
        yield single(PACKAGE, expected, "Run `make hashes`.", value=found)


def _check_citations(table, resource, known):
    """Give the cells that ought to name a work of the bibliography, and do not."""
    for field in resource["schema"]["fields"]:
        if field.get("citation"):
            cited = table[field["name"]].dropna()
            wrong = cited[~among(cited, known)]
            expected = f"a citation key of {BIBLIOGRAPHY}"
            remedy = "Correct it, or add the work to the bibliography."
            rows, values = wrong.index.to_numpy() + 2, wrong.to_numpy(object)
            yield Fault(_file(resource), rows, field["name"], values, expected, remedy)
