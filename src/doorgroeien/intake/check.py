"""The door: read the package of whoever owns survey answers, and say all that is wrong with it.

Nothing is changed and nothing is kept. The tables that come out are those of the reference survey in
shape, names and codes, whatever they were in the package.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from doorgroeien.data.checking import BLANK, Block, check_keys, check_references, key_of, widened
from doorgroeien.data.faults import DataError, Fault, Problem, grouped, single, withheld
from doorgroeien.data.paths import book_root
from doorgroeien.data.tables import descriptor, load_all
from doorgroeien.intake import suspicions
from doorgroeien.intake.files import digest, find_sources, nowhere, package_folder, unread, within
from doorgroeien.intake.filling import FILLED, Filling
from doorgroeien.intake.mapping import MAPPING, Columns, choose_columns, lacking, read_mapping
from doorgroeien.intake.notation import Marks
from doorgroeien.intake.own_items import (
    OWN,
    answers_resource,
    own_instrument,
    own_resource,
    serving,
    spare,
)
from doorgroeien.intake.readers.blocks import Reader, Unreadable
from doorgroeien.intake.readers.opening import open_table
from doorgroeien.intake.spelling import acts_or_hides, code_of, fold, spelled
from doorgroeien.intake.translation import Translation, read_cells
from doorgroeien.intake.unasked import with_unasked
from doorgroeien.survey.answers import TABLES, Edition, contradictions, edition_in
from doorgroeien.survey.frame import FRAME, load_frame
from doorgroeien.survey.instrument import Instrument, load_instrument, routing_of
from doorgroeien.survey.ledger import SERVES

__all__ = ["Package", "edition_of", "package_digest", "read_package"]

YESNO = {"no": "0", "nee": "0", "yes": "1", "ja": "1"}  # labels of columns with 0 and 1
SECONDS = 2  # between two lines of progress
SPARE = {"municipalities": FILLED}  # columns that may be left out where the frame knows them
ON_ITEMS = ("codes.answers", "codes.scales", "columns.answers", "fill.answers")  # sections of mapping.toml
RESERVED = {"html", "public"}  # folders of the book's own site, beside those of editions
# What Windows takes for a device, in any folder.
DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
REAL = "a name of its own; this is that of the reference survey, whose answers are synthetic"
NOTHING = pd.DataFrame(columns=["synthetic"])


@dataclass
class Package:
    """A package as far as it could be read; it is sound when ``problems`` is empty.

    ``summary`` says of each table where it stands, in which format, and how many rows it has.
    """

    path: Path
    instrument: Instrument
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    summary: list[str] = field(default_factory=list)


def read_package(
    path: Path,
    root: Path | None = None,
    say: Callable[[str], None] = lambda line: None,
    warn: bool = True,
) -> Package:
    """Return the :class:`Package` at ``path``, checked against the schema and instrument of the book.

    ``say`` gets a line now and then while long files are read; ``warn`` looks for what is legal and
    suspicious. Never raises for what is in the package.
    """
    root = root or book_root()
    package = Package(path, load_instrument(root))
    check = _Check(package, root, say, warn)
    try:
        folder = package_folder(path)
        check.run(folder)
    except Unreadable as error:
        check.faults.append(error.fault)
    package.problems = grouped(check.faults)
    package.warnings = grouped(check.warnings)
    return package


def edition_of(path: Path, root: Path) -> Edition:
    """Return the edition of a package; raise ``DataError``, without values, where it does not say."""
    check = _Check(Package(path, load_instrument(root)), root)
    try:
        check.run(package_folder(path), only=("edition",))
    except Unreadable as error:
        check.faults.append(error.fault)
    rows = check.package.tables.get("edition", ())
    if any(check.faults) or len(rows) != 1:
        found = grouped(check.faults) or grouped([single(str(path), "one row in the table edition", "")])
        raise DataError(map(withheld, found))
    return edition_in(rows)


def package_digest(path: Path, root: Path) -> str:
    """Return a hash of the content of a package; raise :class:`Unreadable` where it cannot be read."""
    folder = package_folder(path)
    resources = _resources(root)
    mapping, _ = read_mapping(folder, _names(resources), {})
    sources, _ = find_sources(path, (*TABLES, *OWN), mapping)
    return digest(folder, sources)


class _Check:
    """One check of a package: gathers faults and warnings while it goes from table to table."""

    def __init__(self, package, root, say=lambda line: None, warn=False):
        self.package, self.root, self.say, self.warn = package, root, say, warn
        self.resources = _resources(root)
        self.faults, self.warnings, self.files, self.labels, self.lacking = [], [], {}, {}, {}
        self.questions, self.unsure = {}, False

    def run(self, folder, only=TABLES):
        """Read all tables, or some, and check them, alone and together."""
        path, tables = self.package.path, self.package.tables
        self._own_questionnaire(folder)
        # What follows from wrong questions is not said as well.
        self.unsure = any(self.faults)
        self.mapping, wrong = self._mapping(folder)
        self.faults += (fault for fault in wrong if not (self.unsure and fault.column.startswith(ON_ITEMS)))
        if not self.unsure:
            self._serving(folder)
        self.sources, wrong = find_sources(path, only, self.mapping, SPARE)
        self.faults += wrong
        if self.warn:
            self.warnings += unread(path, self.sources | self.questions)
        complete = only == TABLES
        for table in only:
            frame, whole = None, False
            if table == "answers" and self.unsure:
                self.package.summary.append(f"{table:15} not read before the questions are right")
            elif table in self.sources or (table == "edition" and self.mapping.edition):
                frame, whole = self._table(table, folder)
            if frame is not None:
                tables[table] = frame
            if table in self.sources or table not in SPARE:
                complete = complete and whole and frame is not None and len(frame) > 0
        if only == TABLES:
            complete = self._known(folder) and complete
        self._together(complete)
        if only == TABLES and not (tables.get("edition", NOTHING)["synthetic"] == 1).any():
            self.faults += within(self.root, path, (self.sources | self.questions).values())
        if complete and not any(self.faults):
            if self.warn:
                found = suspicions.of(tables, self.package.instrument, routing_of(self.root), self.files)
                self.warnings += (fault for fault in found if fault.file != FRAME)
            for table, frame in tables.items():
                tables[table] = widened(frame)
            count = len(tables["groups"])
            tables["groups"] = with_unasked(tables["groups"], tables["municipalities"])
            if added := len(tables["groups"]) - count:
                told = "of municipalities that were not asked, filled in by size class"
                self.package.summary.append(f"{'groups':15} {added:9,} rows   {told}")

    def _mapping(self, folder):
        """Read ``mapping.toml`` for the items that there are."""
        items = self.package.instrument.items
        scales = {scale: list(rows.index) for scale, rows in items.groupby("scale")}
        return read_mapping(folder, _names(self.resources), scales)

    def _own_questionnaire(self, folder):
        """Read the items, scales and codes that the package brings, in the place of the book's."""
        self.resources |= {table: own_resource(self.resources[table]) for table in OWN}
        self.mapping, _ = self._mapping(folder)  # what is wrong with it is told when the items are known
        self.sources, _ = find_sources(self.package.path, OWN, self.mapping, OWN)
        self.questions = dict(self.sources)
        if "items" in self.sources:
            tables = {table: self._table(table, folder)[0] for table in OWN if table in self.sources}
            book = self.package.instrument
            about = load_all(self.root, only=("dimensions", "subscales"))
            known = {
                "dimensions": set(about["dimensions"]["code"]),
                "subscales": set(about["subscales"]["subscale"]),
            }
            if all(table is not None and {"item", "scale"} & set(table) for table in tables.values()):
                instrument, wrong = own_instrument(tables, self.files, self.resources, known, book)
                self.faults += _Seen(self.faults).fresh(wrong)
                self.package.instrument = instrument
                self.resources["answers"] = answers_resource(self.resources["answers"], instrument)
        elif self.sources:
            expected = "also a table items, whose scales these are"
            name = next(iter(self.sources.values())).name
            self.faults.append(single(name, expected, "Add it, or remove this table."))

    def _serving(self, folder):
        """Take up which items serve which estimand of a finding."""

        def complain(place, value, expected):
            remedy = "Correct mapping.toml; `doorgroeien check` says which findings can be tested."
            shown = value if isinstance(value, str) else repr(value)
            self.faults.append(single(str(folder / MAPPING), expected, remedy, column=place, value=shown))

        if self.mapping.estimands:
            instrument = self.package.instrument
            found = serving(self.mapping.estimands, instrument, complain)
            base = SERVES if instrument.serves is None else instrument.serves
            self.package.instrument = replace(instrument, serves=base | found)

    def _table(self, table, folder):
        """Return a table as far as it can be read, and whether it has all columns."""
        source = self.sources.get(table)
        name = self.files[table] = source.name if source else str(folder / MAPPING)
        if source and table == "edition" and self.mapping.edition:
            expected = "the edition in a table or in mapping.toml under [edition], not in both"
            self.faults.append(single(str(folder / MAPPING), expected, "Remove one.", value=source.name))
        resource = self.resources[table]
        fields = [spec["name"] for spec in resource["schema"]["fields"]]
        if source is None:
            reader, columns = _reader_of(self.mapping.edition), None
        else:
            try:
                reader = open_table(source.path, name, source.sheet)
            except Unreadable as error:
                self.faults.append(error.fault)
                return None, False
        columns, wrong = choose_columns(
            reader.header,
            table,
            name,
            self.mapping,
            fields,
            self._elsewhere(table, reader),
            self._spare(table),
        )
        if source is None:
            optional = {"scenario", "seed"} - set(columns.places)
            columns = Columns(columns.places, columns.fill | dict.fromkeys(optional, ""))
            wrong = []
        self.faults += [*wrong, *_unseen_heads(reader.header, columns, name)]
        reader.wanted = set(columns.places.values())
        present = [field for field in fields if field in columns.places or field in columns.fill]
        meanings = self._meanings(table, reader, columns, present)
        try:
            frame, wrong = read_cells(self._blocks(table, reader, columns, present), meanings, name)
        except Unreadable as error:
            self.faults += [*reader.faults, error.fault]
            return None, False
        self._doubts(meanings, name)
        self.warnings += reader.warnings
        if not len(frame) and not reader.faults:
            wrong.append(single(name, "rows below the header", "Fill the table.", row=2))
        # A cell that could not be read is blank, which need not be said as well.
        self.faults += [*reader.faults, *_Seen(reader.faults).fresh(wrong)]
        self.package.summary.append(f"{table:15} {len(frame):9,} rows   {name} ({reader.dialect})")
        lacks = [name for name in fields if name not in present]
        if lacks and table in SPARE and set(lacks) <= set(SPARE[table]):
            self.lacking[table] = (reader.header, lacks)
            return frame, True
        whole = set(lacks) <= set(self._spare(table))
        return frame.reindex(columns=fields) if lacks else frame, whole

    def _spare(self, table):
        """Return the columns of a table that may be left out."""
        return spare(self.resources[table]) if table in OWN else SPARE.get(table, ())

    def _known(self, folder):
        """Let the frame fill in what it knows of the municipalities; tell whether all of it is there now."""
        table, tables = "municipalities", self.package.tables
        given = table in self.sources
        header, lacks = self.lacking.get(table, ((), ()))
        self.files.setdefault(table, FRAME)
        frame = load_frame(self.root) if table in tables or not given else None
        filling = None if frame is None else Filling(frame, tables, self.files, lacks)
        if filling is not None:
            self.faults += filling.faults
            self.warnings += filling.warnings
            if filling.said:
                rows = f"{len(tables[table]):9,} rows" if not given else " " * 14
                self.package.summary.append(f"{table:15} {rows}   {FRAME} ({filling.said})")
        if table not in tables:
            if not given and not (filling and filling.keyed):
                self.faults.append(nowhere(folder, table))
            return False
        towns = tables[table]
        if left := [name for name in lacks if name not in towns]:
            self.faults.append(lacking(header, left, self.files[table]))
        seen = _Seen(self.faults)
        for name in FILLED:
            if name in towns:
                rows = towns.index[towns[name].isna()].to_numpy() + 2
                remedy = Translation.remedies[1]
                self.faults += seen.fresh([Fault(self.files[table], rows, name, None, BLANK, remedy)])
        fields = [spec["name"] for spec in self.resources[table]["schema"]["fields"]]
        tables[table] = towns.reindex(columns=fields)
        return not left

    def _elsewhere(self, table, reader):
        """Return the heads that other tables take from the file of this table."""
        heads = []
        if self.unsure and self.sources.get(table) == self.sources.get("answers"):
            return reader.header
        for other, source in self.sources.items():
            if other != table and source == self.sources.get(table):
                heads += _names(self.resources)[other]
                heads += [*self.mapping.columns.get(other, {}), *self.mapping.ignore.get(other, [])]
        return heads

    def _meanings(self, table, reader, columns, present):
        """Return what the texts of each column mean, by the schema, mapping.toml and labels."""
        specs = {spec["name"]: spec for spec in self.resources[table]["schema"]["fields"]}
        meanings = {}
        for name in present:
            codes = dict(self.mapping.codes.get(table, {}).get(name, {}))
            labels = {fold(label): code for label, code in self._labels(name, specs[name]).items()}
            if labels and name in columns.places:
                head = reader.header[columns.places[name]]
                self._codes_by_label(reader.labels.get(head, {}), labels, codes, specs[name], table)
                self._missing_by_design(reader.missing.get(head, []), codes, specs[name], table)
            marks = Marks(self.mapping.decimal, dutch=reader.decimal_comma)
            spec = specs[name]
            if name in SPARE.get(table, ()):
                spec = spec | {"constraints": spec["constraints"] | {"required": False}}
            meanings[name] = Translation(spec, codes, labels, marks, reader.epoch)
        return meanings

    def _labels(self, name, spec):
        """Return the codes of an item, or of a column of 0 and 1, by their labels."""
        instrument = self.package.instrument
        if name in instrument.items.index:
            scale = instrument.items.at[name, "scale"]
            if scale not in self.labels:
                self.labels[scale] = instrument.labels(name)
            return self.labels[scale]
        return YESNO if spec["constraints"].get("enum") == [0, 1] else {}

    def _doubts(self, meanings, file):
        """Tell of numbers and dates that could be read in more than one way."""
        for name, meaning in meanings.items():
            if meaning.kind != "string":
                for wrong, expected, found in meaning.marks.doubts():
                    remedy = 'Say in mapping.toml: [numbers] decimal = "," or ".".'
                    told = self.faults if wrong else self.warnings
                    told.append(single(file, expected, remedy, row=1, column=name, value=found))
            for found in meaning.twofold:
                expected = "a date that can be read in one way only; it was read as day, month, year"
                remedy = "Nothing, if that is right; else write 2007-12-31."
                self.warnings.append(single(file, expected, remedy, row=1, column=name, value=found))

    def _codes_by_label(self, foreign, labels, codes, spec, table):
        """Add the codes that value labels explain; tell of labels that contradict theirs or say nothing."""
        legal = {str(code): [] for code in spec["constraints"]["enum"]}
        for label, code in labels.items():
            legal[code].append(label)

        def tell(told, expected, remedy):
            told.append(
                single(
                    self.files[table], expected, remedy, row=1, column=spec["name"], value=f"{code} = {label}"
                )
            )

        for code, label in foreign.items():
            ours, led = code_of(label, labels)
            if ours is None and fold(label) in legal:
                ours = fold(label)
            if code.casefold() in codes:
                continue
            if acts_or_hides(label):
                tell(self.faults, "a label without characters that nobody sees", "Correct the label.")
            elif code in legal and ours is None:
                expected = f"a label of the instrument, in which {code} is {' or '.join(legal[code])}"
                tell(self.warnings, expected, "Look whether it means the same; else map it under [codes].")
            elif code in legal and ours is not None and (ours != code or led not in (None, code)):
                expected = (
                    "the label that the instrument gives to the code, in which "
                    f"{code} is {' or '.join(legal[code])} and {' or '.join(legal[ours])} is {ours}"
                )
                remedy = f"Map the codes in mapping.toml under [codes.{table}], or correct the label."
                tell(self.faults, expected, remedy)
            elif code not in legal and ours is not None and led in (None, code, ours):
                codes[code.casefold()] = ours
                expected = "a code of the instrument; this one was read by its label"
                tell(self.warnings, expected, "Nothing, if the label is right.")

    def _missing_by_design(self, ranges, codes, spec, table):
        """Tell of codes that are answers here and missing values in the file."""
        for code in spec["constraints"]["enum"]:
            inside = any(low <= code <= high for low, high in ranges if not isinstance(low, str))
            if code >= 0 and inside and str(code) not in codes:
                expected = "an answer; the file declares this code as missing"
                remedy = f"Map it in mapping.toml under [codes.{table}], or undo the declaration."
                self.faults.append(
                    single(self.files[table], expected, remedy, row=1, column=spec["name"], value=str(code))
                )

    def _blocks(self, table, reader, columns, present):
        """Give the rows that are not blank, with the columns ``present``; say now and then how far it is."""
        last = time.monotonic()
        for block in reader.blocks:
            texts = [
                block.columns[columns.places[name]]
                if name in columns.places
                else pa.repeat(pa.scalar(columns.fill[name], pa.string()), len(block.rows))
                for name in present
            ]
            yield Block(block.rows, [spelled(column) for column in texts])
            if len(block.rows) and time.monotonic() - last > SECONDS:
                last = time.monotonic()
                self.say(f"  {table}: {block.rows[-1]:,} rows read")

    def _together(self, complete):
        """Check keys and references, and the tables against each other where all could be read."""
        tables, files = self.package.tables, self.files
        for table, frame in tables.items():
            self.faults += check_keys(frame, self.resources[table], files[table])
        filled = {table: frame for table, frame in tables.items() if len(frame)}
        seen = _Seen(self.faults)
        self.faults += seen.fresh(check_references(filled, self.resources, files))
        if "edition" in filled:
            self.faults += _reserved(filled["edition"], files["edition"], self.root)
        if "waves" in filled and not filled["waves"]["wave"].isin(suspicions.COMPARED).any():
            expected = f"{' or '.join(map(str, suspicions.COMPARED))}, the years that the chapters read"
            remedy = "Correct the year; the page on fielding says how a copy of the book reads another one."
            rows, found = np.arange(len(filled["waves"])) + 2, filled["waves"]["wave"].astype("str")
            self.faults.append(Fault(files["waves"], rows, "wave", found.to_numpy(object), expected, remedy))
        if complete:
            unique = {}
            for table, frame in filled.items():
                key = key_of(self.resources[table]) or list(frame)
                unique[table] = frame[frame[key].notna().all(axis=1) & ~frame.duplicated(key)]
            seen = _Seen(self.faults)
            self.faults += seen.fresh(contradictions(unique, self.package.instrument, files))


class _Seen:
    """The cells that have a fault already: what follows from them is not said again."""

    def __init__(self, faults):
        self.rows = {}
        for fault in faults:
            if fault.rows is not None and fault.column:
                for column in fault.column.split("+"):
                    self.rows.setdefault((fault.file, column), []).append(fault.rows)
        self.rows = {cell: np.unique(np.concatenate(rows)) for cell, rows in self.rows.items()}

    def fresh(self, faults):
        """Give the faults without the rows that have one in the same column."""
        for fault in faults:
            if fault.rows is None:
                yield fault
                continue
            cells = [(fault.file, column) for column in (fault.column or "").split("+")]
            known = [self.rows[cell] for cell in cells if cell in self.rows]
            keep = ~np.isin(fault.rows, np.concatenate(known)) if known else slice(None)
            values = None if fault.values is None else fault.values[keep]
            yield Fault(fault.file, fault.rows[keep], fault.column, values, fault.expected, fault.remedy)


def _unseen_heads(header, columns, file):
    for name, place in columns.places.items():
        if acts_or_hides(header[place]):
            expected, remedy = "a head without characters that nobody sees", "Type the head anew."
            yield single(file, expected, remedy, row=1, column=name, value=header[place])


def _reserved(edition, file, root):
    """Give the short names that are no name for a folder, and the names of the reference survey."""
    names = edition["edition"]
    expected = "a name of its own, not of a folder of the book, as html and public, or a device, as con"
    yield from _taken(names[names.isin(RESERVED | DEVICES)], file, expected)
    ours = load_all(root, only=("edition",))["edition"].iloc[0]
    for column in ("edition", "name_en", "name_nl"):
        taken = (edition["synthetic"].fillna(1) == 0) & (edition[column] == ours[column])
        yield from _taken(edition.loc[taken.fillna(False).astype(bool), column], file, REAL)


def _taken(values, file, expected):
    for row, value in values.items():
        yield single(file, expected, "Choose another name.", row + 2, values.name, value)


def _reader_of(row):
    columns = [pa.array([value], pa.string()) for value in row.values()]
    return Reader(list(row), iter([Block(np.array([2]), columns)]), "mapping.toml")


def _resources(root):
    tables = (*TABLES, *OWN)
    return {item["name"]: item for item in descriptor(root)["resources"] if item["name"] in tables}


def _names(resources):
    return {table: [spec["name"] for spec in item["schema"]["fields"]] for table, item in resources.items()}
