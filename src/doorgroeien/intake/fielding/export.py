"""Read what a survey tool gives back for a questionnaire of this book: items by name, answers by code."""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from doorgroeien.data.checking import Block
from doorgroeien.data.faults import DataError, Fault, Problem, grouped, single
from doorgroeien.data.tables import descriptor
from doorgroeien.intake.fielding.questionnaire import IDENTIFIERS
from doorgroeien.intake.notation import Marks
from doorgroeien.intake.readers.blocks import Unreadable
from doorgroeien.intake.readers.opening import check_file, open_table
from doorgroeien.intake.readers.workbook import filled_sheets, sheet_names
from doorgroeien.intake.spelling import code_of, fold, spelled
from doorgroeien.intake.translation import Unmapped, read_cells
from doorgroeien.survey.frame import with_codes
from doorgroeien.survey.instrument import Instrument, load_instrument, routing_of

__all__ = ["Export", "only_sheet", "read_exports"]

# What tools add: no answer, and of no use here.
ADDED = {
    *("start", "end", "today", "introduction", "thanks", "key", "id", "instanceid", "instancename"),
    *("submissiondate", "submitterid", "submittername", "deviceid", "username", "status", "reviewstate"),
    *("formversion", "formid", "edits", "attachmentspresent", "attachmentsexpected", "version"),
    *("rootuuid", "uuid"),
}
SUBMISSION = ("_uuid", "instanceid", "key")  # by these a tool tells one questionnaire from another
NOT_APPLICABLE = -7
LIKE = 0.85  # how much a head is like an item for it to be one that was misspelt


@dataclass
class Export:
    """What came back, of one file or several.

    ``respondents`` has the columns of that table, ``answers`` one for each item, in the same order.
    ``places`` says of each respondent in which ``file`` and ``row`` it stands. ``left_out`` are the columns
    of each file that were not read, ``routed`` the number of questions that were skipped and do not apply;
    ``warnings`` are worth a look.
    """

    respondents: pd.DataFrame
    answers: pd.DataFrame
    items: list[str]
    places: pd.DataFrame
    left_out: dict[str, list[str]] = field(default_factory=dict)
    routed: int = 0
    warnings: list[Problem] = field(default_factory=list)

    def faults(self, column: str, values: pd.Series, expected: str, remedy: str) -> Iterator[Fault]:
        """Give faults for values of respondents, with the place of each in its file."""
        for file, places in self.places.loc[values.index].groupby("file"):
            cells = values[places.index].to_numpy(object)
            yield Fault(str(file), places["row"].to_numpy(), column, cells, expected, remedy)


def read_exports(paths: list[Path], root: Path) -> Export:
    """Return what stands in the files; raise ``DataError`` with all that is wrong with any of them."""
    instrument = load_instrument(root)
    schema = {item["name"]: item["schema"]["fields"] for item in descriptor(root)["resources"]}
    specs = {spec["name"]: spec for spec in [*schema["respondents"], *schema["answers"]]}
    files = [_File(str(path), instrument, specs) for path in paths]
    for path, file in zip(paths, files, strict=True):
        file.read(path)
    faults = [fault for file in files for fault in file.faults] + list(_twice(files))
    if problems := grouped(faults):
        raise DataError(problems)
    table = pd.concat([file.table for file in files], ignore_index=True)
    answers = table.reindex(columns=list(instrument.items.index)).astype("Int64")
    routed = _route(answers, table["role"], instrument, routing_of(root))
    if "respondent" not in table:
        table["respondent"] = None
    numbers = (f"r-{wave}-{number:05}" for number, wave in enumerate(table["wave"], start=1))
    unnamed = pd.Series(list(numbers), index=table.index)
    table["respondent"] = table["respondent"].fillna(unnamed)
    respondents = table[[spec["name"] for spec in schema["respondents"]]]
    answers.insert(0, "respondent", table["respondent"])
    return Export(
        respondents,
        answers,
        [name for name in instrument.items.index if name in table],
        pd.concat([file.places for file in files], ignore_index=True),
        {file.name: file.left_out for file in files if file.left_out},
        routed,
        grouped(warning for file in files for warning in file.warnings),
    )


class _File:
    """One file as it is read: gathers faults, and keeps its table and the submissions in it."""

    def __init__(self, name, instrument: Instrument, specs):
        self.name, self.instrument, self.specs = name, instrument, specs
        self.faults: list[Fault] = []
        self.warnings: list[Fault] = []
        self.left_out: list[str] = []
        self.table = pd.DataFrame()
        self.submissions = pd.Series(dtype="str")

    @property
    def places(self):
        """Return file and row of each respondent."""
        return pd.DataFrame({"file": self.name, "row": self.table.index + 2})

    def read(self, path):
        """Read the file as far as it can be read."""
        try:
            reader = open_table(path, self.name, only_sheet(path, self.name))
            places = self._places(reader.header)
            if not self.faults:
                self._rows(reader, places)
            self.faults += reader.faults
            self.warnings += reader.warnings
        except Unreadable as error:
            self.faults.append(error.fault)

    def _places(self, header):
        """Return where the columns stand, by name; say what is missing, twice or misspelt."""
        items, places = list(self.instrument.items.index), {}
        for place, head in enumerate(header):
            name = _name(head)
            if name in self.specs:
                if name in places:
                    self._wrong("each column once", "Remove one of them.", row=1, column=name, value=head)
                places[name] = place
            elif fold(head) in SUBMISSION or name in SUBMISSION:
                places.setdefault("submission", place)
            elif close := difflib.get_close_matches(name, items, n=1, cutoff=LIKE):
                remedy = f"Correct the name. Is it {close[0]}?"
                self._wrong("an item of the instrument", remedy, row=1, column=head, value=head)
            elif head and not (head.startswith("_") or name in ADDED or re.fullmatch(r"part_\d[a-d]?", name)):
                self.left_out.append(head)
        remedy = "Add it; the questionnaires of `doorgroeien questionnaire` have it."
        for name in IDENTIFIERS:
            if name not in places:
                self._wrong(f"a column {name}", remedy, row=1)
        if not set(items) & set(places):
            remedy = "Export names and codes (XML values), not labels as heads."
            self._wrong("columns with the names of items", remedy, row=1, value=", ".join(header[:5]))
        return places

    def _rows(self, reader, places):
        reader.wanted = set(places.values())
        names = [name for name in self.specs if name in places]
        meanings = {name: self._meaning(name, reader, places[name]) for name in names}
        kept: list[pa.Array] = []
        blocks = self._blocks(reader, places, names, kept)
        self.table, faults = read_cells(blocks, meanings, self.name)
        self.faults += faults
        if self.table.empty and not reader.faults:
            self._wrong("rows below the header", "Export it again, with the answers.", row=2)
        self.submissions = pd.Series(
            [text for part in kept for text in part.to_pylist()],
            index=self.table.index[: sum(map(len, kept))],
        )
        self.table["municipality"] = with_codes(self.table["municipality"])
        self._unasked()

    def _blocks(self, reader, places, names, kept) -> Iterator[Block]:
        for block in reader.blocks:
            if block.columns:
                yield Block(block.rows, [spelled(block.columns[places[name]]) for name in names])
                if "submission" in places:
                    kept.append(block.columns[places["submission"]])

    def _meaning(self, name, reader, place):
        """Return what the texts of a column mean, after a look at the value labels of SPSS or Stata."""
        labels = {}
        if name in self.instrument.items.index:
            labels = {fold(label): code for label, code in self.instrument.labels(name).items()}
            self._labels(name, reader.labels.get(reader.header[place], {}), labels)
        return Unmapped(self.specs[name], {}, labels, Marks(dutch=reader.decimal_comma), reader.epoch)

    def _labels(self, name, foreign, labels):
        ours = {code: label for label, code in labels.items()}
        for code, label in foreign.items():
            found, _ = code_of(label, labels)
            place = {"row": 1, "column": name, "value": f"{code} = {label}"}
            if found is None and code in ours:
                expected = f"a label of the instrument, in which {code} is {ours[code]}"
                self.warnings.append(single(self.name, expected, "See whether it means the same.", **place))
            elif found is not None and found != code:
                expected = f"the label that the instrument gives to the code, in which this is {found}"
                self._wrong(expected, "Correct the label or the code.", **place)

    def _unasked(self):
        """Tell of answers to items that the role is not asked."""
        for name, role in self.instrument.items["role"].items():
            if name in self.table:
                wrong = self.table[name].notna() & (self.table["role"] != role) & self.table["role"].notna()
                rows = self.table.index[wrong].to_numpy() + 2
                values = self.table.loc[wrong, name].astype("str").to_numpy(object)
                expected = f"blank: the item is asked of the role {role}"
                remedy = "Empty the cell, or correct the role."
                self.faults.append(Fault(self.name, rows, name, values, expected, remedy))

    def _wrong(self, expected, remedy, **place):
        self.faults.append(single(self.name, expected, remedy, **place))


def only_sheet(path: Path, name: str) -> str | None:
    """Return the sheet of a workbook that has values; raise :class:`Unreadable` where several have."""
    if path.suffix.lower() != ".xlsx":
        return None
    check_file(path, name)
    found = filled_sheets(path, name) or sheet_names(path, name)[:1]
    if len(found) > 1:
        remedy = "Remove the others, or save each as a file."
        raise Unreadable(name, "one sheet with values", remedy, value=", ".join(found))
    return found[0]


def _name(head):
    """Return the name of a question without those of its groups, as in ``part_1a/d1a_vision``."""
    return re.split(r"[/.:-]", fold(head))[-1]


def _twice(files) -> Iterator[Fault]:
    """Give the submissions that stand in the files more than once."""
    seen: set[str] = set()
    for file in files:
        texts = file.submissions.fillna("")
        again = (texts != "") & (texts.duplicated() | texts.isin(seen))
        seen |= set(texts)
        rows = file.submissions.index[again].to_numpy() + 2
        expected = "each submission once"
        remedy = "Remove the row, or name the file once."
        yield Fault(file.name, np.asarray(rows), None, texts[again].to_numpy(object), expected, remedy)


def _route(answers, roles, instrument, routing):
    """Write *not applicable* where a question was skipped by the answer before it; return how often."""
    count = 0
    for item, after, code in zip(routing.index, routing["after"], routing["code"], strict=True):
        skipped = answers[item].isna() & (answers[after] == code).fillna(False)
        skipped &= roles == instrument.items.at[item, "role"]
        answers.loc[skipped, item] = NOT_APPLICABLE
        count += int(skipped.sum())
    return count
