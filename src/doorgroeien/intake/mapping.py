"""``mapping.toml``: the names and codes of a package, turned into those of the instrument."""

import difflib
import json
import os
import reprlib
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from doorgroeien.data.faults import Fault, single
from doorgroeien.intake.spelling import fold

__all__ = ["Columns", "Mapping", "choose_columns", "lacking", "read_mapping"]

MAPPING = "mapping.toml"
SECTIONS = ("edition", "estimands", "tables", "columns", "codes", "fill", "ignore", "numbers")
LARGEST = 1 << 20  # bytes of a file that describes a package
DEEPEST = 100  # points in a line of mapping.toml
REMEDY = "Correct mapping.toml; the one that `doorgroeien template` writes explains each section."


@dataclass(frozen=True)
class Mapping:
    """What ``mapping.toml`` says; all empty where there is none.

    ``edition`` is the row of that table, as text. ``tables``: table to (file, sheet or ``None``).
    ``columns``: table to {foreign name: name}. ``codes``: table to {column: {foreign code: code}}.
    ``fill``: table to {column: value in every row}. ``ignore``: table to the columns left out.
    ``estimands``: estimand of a finding, such as ``3.staff``, to what serves it, as it stands there.
    ``decimal`` is the mark before decimals in all tables, ``None`` where it is left to be found out.
    """

    edition: dict[str, str] = field(default_factory=dict)
    tables: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    codes: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    fill: dict[str, dict[str, str]] = field(default_factory=dict)
    ignore: dict[str, list[str]] = field(default_factory=dict)
    decimal: str | None = None
    estimands: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Columns:
    """Where the columns of a table stand in its file: place by name, and what fills the others."""

    places: dict[str, int]
    fill: dict[str, str]


def read_mapping(folder: Path, schema: dict[str, list[str]], scales: dict[str, list[str]]):
    """Return the :class:`Mapping` of a package, and what is wrong with it as faults.

    ``schema`` has the columns of each table, ``scales`` the items of each answer scale.
    """
    path = folder / MAPPING
    if not os.path.lexists(path):
        return Mapping(), []
    try:
        content = tomllib.loads(_content(path))
        json.dumps(content, default=str)  # fails where a number is too long to be shown
    except (OSError, ValueError, RecursionError) as error:
        return Mapping(), [single(str(path), "a readable TOML file in UTF-8", REMEDY, value=_reason(error))]
    wrong = []

    def complain(place, value, expected):
        shown = value if isinstance(value, str) else reprlib.repr(value)
        wrong.append(single(str(path), expected, REMEDY, column=place, value=shown))

    for section, value in content.items():
        if section not in SECTIONS:
            complain(section, section, f"one of the sections {', '.join(SECTIONS)}")
        elif not isinstance(value, dict):
            complain(section, value, f"a section [{section}]")
    sections = {name: content[name] if isinstance(content.get(name), dict) else {} for name in SECTIONS}
    for section in SECTIONS[2:-1]:
        known = {*schema, "scales"} if section == "codes" else set(schema)
        for table in set(sections[section]) - known:
            complain(f"{section}.{table}", table, f"one of the tables {', '.join(schema)}")
            del sections[section][table]
    for section in ("columns", "codes", "fill"):
        for table, value in list(sections[section].items()):
            if not isinstance(value, dict):
                complain(f"{section}.{table}", value, f"a section [{section}.{table}]")
                del sections[section][table]
    mapping = Mapping(
        edition=_edition(sections["edition"], schema["edition"], complain),
        tables=_tables(sections["tables"], complain),
        columns=_names(sections["columns"], "columns", schema, complain, lambda key, value: value),
        fill=_names(sections["fill"], "fill", schema, complain, lambda key, value: key),
        codes=_codes(sections["codes"], schema, scales, complain),
        ignore=_ignored(sections["ignore"], complain),
        decimal=_decimal(sections["numbers"], complain),
        estimands=sections["estimands"],
    )
    _conflicts(mapping, complain)
    return mapping, wrong


def choose_columns(
    header, table, file, mapping: Mapping, fields, elsewhere=(), spare=()
) -> tuple[Columns, list[Fault]]:
    """Return where the columns ``fields`` of a table stand under ``header``, and faults.

    ``elsewhere`` are heads that other tables take from the same file. That nothing but columns among
    ``spare`` are missing is no fault.
    """
    wrong = []
    renamed = {fold(name): ours for name, ours in mapping.columns.get(table, {}).items()}
    ours = {fold(name): name for name in [*elsewhere, *fields]}
    ignored = {fold(name) for name in mapping.ignore.get(table, [])}
    heads = [fold(head) for head in header]
    for named in {*renamed, *ignored} - set(heads):
        expected = "a column of the file, which mapping.toml names"
        wrong.append(single(file, expected, REMEDY, row=1, column=named))
    places = {}
    for place, head in enumerate(heads):
        if head in ignored:
            continue
        name = renamed.get(head) or ours.get(head)
        if not head or name is None:
            wrong.append(_unknown(header[place], table, file, place, fields))
        elif name in places:
            remedy = "Remove one, or list it in mapping.toml under [ignore]."
            wrong.append(single(file, "each column once", remedy, row=1, column=name, value=header[place]))
        else:
            places[name] = place
    fill = mapping.fill.get(table, {})
    for twice in set(fill) & set(places):
        expected = "either a column of the file or [fill] in mapping.toml, not both"
        found = header[places[twice]]
        wrong.append(single(file, expected, "Remove one of them.", row=1, column=twice, value=found))
    missing = [name for name in fields if name not in places and name not in fill]
    if set(missing) - set(spare):
        wrong.append(lacking(header, missing, file, set(places) & set(fields)))
    return Columns({name: place for name, place in places.items() if name in fields}, fill), wrong


def lacking(header, missing, file, found=True) -> Fault:
    """Return the fault of a table without the columns ``missing``; ``found`` tells whether it has others."""
    remedy = (
        "Add the columns, or say in mapping.toml which columns they are ([columns]) "
        "or what stands in every row of them ([fill]; blank for an item that was not asked)."
    )
    if not found:
        remedy = f"Remove what stands above the header, if that is not the first row. {remedy}"
    names = ", ".join(missing[:8]) + (f" and {len(missing) - 8} more" if len(missing) > 8 else "")
    shown = f"{len(header)} columns: {', '.join(header[:8])}{' ...' if len(header) > 8 else ''}"
    return single(file, f"also the columns {names}", remedy, row=1, value=shown)


def _unknown(head, table, file, place, fields):
    close = difflib.get_close_matches(head, fields, n=1)
    hint = f" Is it {close[0]}?" if close else ""
    remedy = (
        f"Correct the name, map it in mapping.toml under [columns.{table}], "
        f"or list it there under [ignore].{hint}"
    )
    kind = "an item of the instrument" if table == "answers" else f"a column of the table {table}"
    return single(file, kind, remedy, row=1, column=head or f"number {place + 1}", value=head)


def _edition(section, columns, complain):
    row = {}
    for name, value in section.items():
        if name not in columns or isinstance(value, (dict, list)):
            complain(f"edition.{name}", value, f"one of {', '.join(columns)}, with a text or number")
        else:
            row[name] = _text(value)
    return row


def _tables(section, complain):
    tables = {}
    for table, value in section.items():
        parts = {"file": value} if isinstance(value, str) else value
        if not isinstance(parts, dict) or not parts.get("file") or set(parts) - {"file", "sheet"}:
            complain(f"tables.{table}", value, 'a file name, or { file = "...", sheet = "..." }')
        elif not all(isinstance(part, str) for part in parts.values()):
            complain(f"tables.{table}", value, "text")
        else:
            tables[table] = (parts["file"], parts.get("sheet"))
            if parts.get("sheet") and Path(parts["file"]).suffix.lower() != ".xlsx":
                complain(f"tables.{table}.sheet", parts["sheet"], "no sheet: only a workbook (.xlsx) has any")
    return tables


def _names(section, kind, schema, complain, column):
    """Return {table: {key: value}}, where ``column`` tells which of the two names a column of ours."""
    result = {}
    for table, pairs in section.items():
        for key, value in pairs.items():
            if isinstance(value, (dict, list)) or column(key, value) not in schema[table]:
                place = f"{kind}.{table}.{key}"
                close = difflib.get_close_matches(str(column(key, value)), schema[table], n=1)
                complain(place, value, "a column of that table" + (f" such as {close[0]}" if close else ""))
            else:
                result.setdefault(table, {})[key] = _text(value)
    return result


def _decimal(section, complain):
    for name in set(section) - {"decimal"}:
        complain(f"numbers.{name}", name, "only decimal")
    decimal = section.get("decimal")
    if decimal not in (None, ".", ","):
        complain("numbers.decimal", decimal, 'the mark before decimals, "." or ","')
        return None
    return decimal


def _conflicts(mapping, complain):
    """Complain of names that are one and the same, so that one setting would silently win."""
    for table, names in mapping.columns.items():
        ignored = [fold(name) for name in mapping.ignore.get(table, [])]
        folded = [fold(name) for name in names]
        for name in names:
            if folded.count(fold(name)) > 1:
                complain(f"columns.{table}", name, "each column of the file once")
            if fold(name) in ignored:
                complain(f"columns.{table}", name, "a column that is not under [ignore] as well")


def _codes(section, schema, scales, complain):
    result = {}
    for table, columns in sorted(section.items(), key=lambda pair: pair[0] != "scales"):
        known = scales if table == "scales" else {name: [name] for name in schema[table]}
        if table == "answers":
            known = known | {"*": [name for name in schema[table] if name != "respondent"]}
        # A column of its own goes before all of a kind.
        for column, pairs in sorted(columns.items(), key=lambda pair: pair[0] != "*"):
            if column not in known or not isinstance(pairs, dict):
                expected = f"one of {', '.join(list(known)[:12])} ..., with codes"
                complain(f"codes.{table}.{column}", column, expected)
                continue
            codes = {}
            for key, value in pairs.items():
                if codes.setdefault(key.strip().casefold(), _text(value)) != _text(value):
                    complain(f"codes.{table}.{column}", key, "each code once, whatever its capitals")
            for name in known[column]:
                codes_of = result.setdefault("answers" if table == "scales" else table, {})
                codes_of[name] = codes_of.get(name, {}) | codes
    return result


def _ignored(section, complain):
    result = {}
    for table, names in section.items():
        if isinstance(names, list) and all(isinstance(name, str) for name in names):
            result[table] = names
        else:
            complain(f"ignore.{table}", names, 'a list of columns, such as ["remarks"]')
    return result


def _text(value):
    return str(value).casefold() if isinstance(value, bool) else str(value)


def _content(path):
    if not path.is_file():
        raise ValueError("it is no regular file")
    if path.stat().st_size > LARGEST:
        raise ValueError("it is larger than 1 MB")
    text = path.read_text(encoding="utf-8-sig")
    # The time that a key takes grows with the square of its parts.
    if any(line.count(".") > DEEPEST for line in text.splitlines()):
        raise ValueError(f"a line has more than {DEEPEST} points")
    return text


def _reason(error):
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return error.strerror if isinstance(error, OSError) else str(error)
