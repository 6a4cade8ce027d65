"""The book's tables: ``data/datapackage.json`` is the one schema, and loading validates against it."""

import csv
import hashlib
import io
import json
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pandas as pd
import pandera.pandas as pa
import pyarrow
import pyarrow.compute
from pybtex.database import parse_file, parse_string
from pybtex.exceptions import PybtexError

from doorgroeien.data.paths import book_root

__all__ = [
    "DataError",
    "Problem",
    "among",
    "bibliography",
    "citation_keys",
    "descriptor",
    "joined",
    "load",
    "load_all",
    "loaded",
    "refresh_hashes",
]

ANSWERS = {"edition", "waves", "municipalities", "groups", "respondents", "answers"}
BIBLIOGRAPHY = "book/references.bib"
_LOADED: set[str] = set()
NUMBER = r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?"
INTEGER = r"[+-]?\d+"


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a table, and what to do about it; ``row`` counts the header as row 1."""

    file: str
    row: int | None
    column: str | None
    value: str | None
    expected: str
    remedy: str = "Correct the value; in data/, then run `make hashes`."

    def __str__(self):
        """Say file, row, column, value, expectation and remedy on one line."""
        place = [self.file]
        place += [f"row {self.row}"] if self.row is not None else []
        place += [f"column {self.column}"] if self.column is not None else []
        found = f" found {self.value!r}," if self.value is not None else ""
        return f"{', '.join(place)}:{found} expected {self.expected}. {self.remedy}"


class DataError(Exception):
    """Everything found wrong with the tables, as a list of :class:`Problem` in ``problems``."""

    def __init__(self, problems):
        """Keep the problems, and list them in the message."""
        self.problems = list(problems)
        count = len(self.problems)
        head = f"{count} problem{'s' if count != 1 else ''} in the data:"
        super().__init__("\n".join([head, *(f"  {problem}" for problem in self.problems)]))


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
    problems, tables = [], {}
    resources = descriptor(root)["resources"]
    resources = [resource for resource in resources if only is None or resource["name"] in only]
    for resource in resources:
        table, found = _read(root, resource)
        problems += found
        if table is not None:
            tables[resource["name"]] = table
    keys: frozenset[str] = frozenset()
    try:
        keys = citation_keys(root)
    except (OSError, PybtexError) as error:
        problems.append(
            Problem(BIBLIOGRAPHY, None, None, str(error), "a readable BibTeX file", "Correct the file.")
        )
    for resource in resources:
        if resource["name"] in tables:
            problems += _check_references(resource, tables, keys)
    if problems:
        raise DataError(problems)
    return tables


def bibliography(root: Path | None = None):
    """Return the parsed bibliography of the book (a ``pybtex`` database)."""
    return parse_file(str((root or book_root()) / BIBLIOGRAPHY))


def citation_keys(root: Path | None = None) -> frozenset[str]:
    """Return the keys of the works in the bibliography."""
    path = (root or book_root()) / BIBLIOGRAPHY
    return _keys_in(path.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _keys_in(text):
    """Return the citation keys in a text, which each result that is published asks for."""
    return frozenset(parse_string(text, "bibtex").entries)


def refresh_hashes(root: Path | None = None) -> list[str]:
    """Write the present sha256 and size of each table into the data package; return the changed paths."""
    root = root or book_root()
    package, changed = descriptor(root), []
    for resource in package["resources"]:
        content = (root / "data" / resource["path"]).read_bytes()
        new = {"hash": _sha256(content), "bytes": len(content)}
        if any(resource.get(name) != value for name, value in new.items()):
            resource.update(new)
            changed.append(resource["path"])
    if changed:
        text = json.dumps(package, indent=2, ensure_ascii=False) + "\n"
        (root / "data" / "datapackage.json").write_text(text, encoding="utf-8")
    return changed


def descriptor(root: Path) -> dict:
    """Return the schema of all tables, ``data/datapackage.json``; raise ``DataError`` if it is no JSON."""
    path = root / "data" / "datapackage.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        remedy = "Correct the file; git shows what changed."
        problem = Problem("data/datapackage.json", None, None, str(error), "valid JSON in UTF-8", remedy)
        raise DataError([problem]) from None


def _file(resource):
    return f"data/{resource['path']}"


def _sha256(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def _read(root, resource):
    """Read one table and check it; return it, where that can be, and its problems."""
    try:
        content = (root / _file(resource)).read_bytes()
    except OSError:
        remedy = "Add it, or restore it from git."
        return None, [Problem(_file(resource), None, None, None, "a readable file", remedy)]
    table, problems = _checked(content, json.dumps(resource))
    return table if table is None else table.copy(deep=False), problems


@lru_cache(maxsize=32)
def _checked(content, resource):
    """Check file and header of a table, give its columns their types, check values.

    What was checked once is not checked again: the result follows from the arguments alone.
    """
    resource = json.loads(resource)
    file = _file(resource)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        value = repr(content[error.start : error.end])
        return None, [Problem(file, line, None, value, "UTF-8 text", "Save the file as UTF-8.")]
    problems = []
    if _sha256(content) != resource.get("hash"):
        expected = f"{resource.get('hash')}, the hash in data/datapackage.json"
        remedy = "If the change is meant, run `make hashes`; if not, restore the file from git."
        problems.append(Problem(file, None, None, _sha256(content), expected, remedy))
    names = [field["name"] for field in resource["schema"]["fields"]]
    try:
        header, *rows = list(csv.reader(io.StringIO(text), strict=True)) or [[]]
    except csv.Error as error:
        return None, [*problems, Problem(file, None, None, str(error), "a CSV file", "Correct the quoting.")]
    if header != names:
        remedy = "Restore the header, or change the schema in data/datapackage.json."
        expected = f"the columns {','.join(names)}"
        return None, [*problems, Problem(file, 1, None, ",".join(header), expected, remedy)]
    ragged = [number for number, row in enumerate(rows, start=2) if len(row) != len(names)]
    for number in ragged:
        found = f"{len(rows[number - 2])} fields"
        problems.append(Problem(file, number, None, found, f"{len(names)} fields, as in the header"))
    if ragged:
        return None, problems
    # The index is the row in a spreadsheet, where the header is row 1.
    raw = pd.DataFrame(rows, columns=names, dtype="str", index=range(2, len(rows) + 2))
    frame = pd.DataFrame(index=raw.index)
    for field in resource["schema"]["fields"]:
        frame[field["name"]], found = _typed(raw[field["name"]], field, file)
        problems += found
    problems += _check_values(frame, raw, resource, file)
    return frame.reset_index(drop=True), problems


def _typed(column, field, file):
    """Give a text column the type its schema names; a value that does not fit is a problem."""
    kind = field["type"]
    column = column.mask(column == "")
    if kind == "string":
        return column, []
    pattern, expected = {"number": (NUMBER, "a number"), "integer": (INTEGER, "a whole number")}[kind]
    known = column.dropna()
    fits = known.str.fullmatch(pattern).astype(bool)
    problems = [Problem(file, row, field["name"], value, expected) for row, value in known[~fits].items()]
    kind = "Int64" if kind == "integer" else "float64"
    return pd.to_numeric(known[fits]).astype(kind).reindex(column.index), problems


def _check_values(frame, raw, resource, file):
    """Check constraints and keys, all at once; ``raw`` holds the cells as the file has them."""
    fields = resource["schema"]["fields"]
    problems = []
    try:
        schema = pa.DataFrameSchema({field["name"]: _pandera_column(field) for field in fields})
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        for case in error.failure_cases.itertuples():
            value = raw.at[case.index, case.column]
            if case.check != "not_nullable":
                problems.append(Problem(file, int(case.index), case.column, value, case.check))
            elif value == "":  # otherwise it has the wrong type, which is said already
                problems.append(Problem(file, int(case.index), case.column, None, "a value"))
    primary = resource["schema"].get("primaryKey", [])
    keys = [_listed(primary)]
    keys += [[field["name"]] for field in fields if field.get("constraints", {}).get("unique")]
    for key in {tuple(key): key for key in keys if key}.values():
        joined = raw[key[0]].str.cat([raw[name] for name in key[1:]], sep=", ")
        repeated = joined[joined.duplicated()]
        first = joined[joined.isin(repeated)].drop_duplicates()
        first = pd.Series(first.index, index=first)
        for row, values in repeated.items():
            expected = f"a value that occurs once (first in row {first[values]})"
            problems.append(Problem(file, row, "+".join(key), values, expected))
    return problems


def _pandera_column(field):
    constraints = field.get("constraints", {})
    checks = []
    if "enum" in constraints:
        listed = ", ".join(map(str, constraints["enum"]))
        checks.append(pa.Check.isin(constraints["enum"], error=f"one of {listed}"))
    if "pattern" in constraints:
        pattern = constraints["pattern"]
        checks.append(pa.Check.str_matches(f"^(?:{pattern})$", error=f"text like {pattern}"))
    if "minimum" in constraints:
        low = constraints["minimum"]
        checks.append(pa.Check.ge(low, error=f"{low} or more"))
    if "maximum" in constraints:
        high = constraints["maximum"]
        checks.append(pa.Check.le(high, error=f"{high} or less"))
    return pa.Column(checks=checks, nullable=not constraints.get("required", False))


def _check_references(resource, tables, citation_keys):
    """Check foreign keys and citation keys: every reference must lead somewhere."""
    file, frame = _file(resource), tables[resource["name"]]
    targets = []
    for foreign in resource["schema"].get("foreignKeys", []):
        columns, reference = _listed(foreign["fields"]), foreign["reference"]
        other = tables.get(reference["resource"] or resource["name"])
        if other is not None:
            target = reference["resource"] or resource["name"]
            known = joined(other, _listed(reference["fields"])).dropna()
            targets.append((columns, known, f"a key of table {target}"))
    for field in resource["schema"]["fields"]:
        if field.get("citation"):
            targets.append(([field["name"]], list(citation_keys), f"a citation key of {BIBLIOGRAPHY}"))
    problems = []
    for columns, known, expected in targets:
        values = joined(frame, columns).dropna()
        for row, value in values[~values.isin(known)].items():
            problems.append(Problem(file, int(row) + 2, "+".join(columns), value, expected))
    return problems


def _listed(names):
    return [names] if isinstance(names, str) else names


def among(values: pd.Series, known: pd.Series):
    """Tell of each text whether it is among the known ones; a missing one is not."""
    values, known = (pyarrow.array(texts, pyarrow.string(), from_pandas=True) for texts in (values, known))
    return pyarrow.compute.is_in(values, value_set=known.drop_null()).to_numpy(zero_copy_only=False)


def joined(frame: pd.DataFrame, columns: list[str]) -> pd.Series:
    """Return the values of one or more columns as one text each; missing where any is missing."""
    texts = [pyarrow.array(frame[name].astype("str"), pyarrow.large_string()) for name in columns]
    texts = pyarrow.compute.binary_join_element_wise(*texts, pyarrow.scalar(", ", pyarrow.large_string()))
    return pd.Series(texts.to_pandas().array, index=frame.index, dtype="str")
