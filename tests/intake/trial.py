"""A trial of the door: packages written from known answers, one thing in each made wrong, and read again.

What is read must be what was written, or a problem or warning must name the file; anything else is a silent
misreading. ``python tests/intake/trial.py 600`` tries that many packages and prints a table.
"""

import codecs
import csv
import io
import random
import shutil
import sys
import tempfile
import unicodedata
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pyreadstat
from babel.dates import format_date

from doorgroeien.intake.check import read_package
from doorgroeien.survey.answers import TABLES

NUMBERS = {"wave", "inhabitants", "population", "invited", "sampled", "synthetic"}
NAMES = ("Súdwest-Fryslân", "'s-Gravenhage", "Bergen op Zoom", "Noardeast-Fryslân", "Curaçao ü", "Drachten é")
DATES = ("date", "boundaries")


class Unfit(Exception):
    """A corruption that has no meaning for the package at hand."""


@dataclass
class Plan:
    """A package before it is written: tables as text, and how each is written."""

    tables: dict[str, pd.DataFrame]
    instrument: object
    rng: random.Random
    formats: dict[str, str] = field(default_factory=dict)
    delimiter: str = ","
    encoding: str = "utf-8"
    end: str = "\n"
    quoting: int = csv.QUOTE_MINIMAL
    labels: dict[str, dict[float, str]] = field(default_factory=dict)
    missing: dict[str, list] = field(default_factory=dict)
    mapping: str = ""
    top: dict[str, list[list[str]]] = field(default_factory=dict)
    heads: dict[str, list[str]] = field(default_factory=dict)

    def table(self, *formats, among=TABLES[1:]):
        """Return a table that is written in one of the formats; make it so where none is."""
        table = self.rng.choice(among)
        self.formats[table] = self.rng.choice(formats)
        return table

    def item(self, scale=None):
        """Return an item that was answered, of a scale, and the rows where it was."""
        items = self.instrument.items
        names = [name for name in items.index if scale is None or items.at[name, "scale"] == scale]
        names = [name for name in names if (self.tables["answers"][name] != "").sum() > 1]
        if not names:
            raise Unfit
        name = self.rng.choice(names)
        return name, self.tables["answers"].index[self.tables["answers"][name] != ""]

    def column(self, table, text=False):
        """Return a column of numbers, or of names, of a table."""
        names = [name for name in self.tables[table] if (name in NUMBERS) != text]
        names = [name for name in names if name in NUMBERS or name in ("municipality", "label_nl", "stratum")]
        if not names:
            raise Unfit
        return self.rng.choice(names)

    def change(self, table, column, change, rows=None):
        """Change cells of a column."""
        frame = self.tables[table]
        rows = frame.index if rows is None else rows
        frame.loc[rows, column] = [change(value) if value else value for value in frame.loc[rows, column]]

    def row(self, table):
        """Return one row of a table, in a list."""
        return [self.rng.choice(list(self.tables[table].index))]


def truth(tables):
    """Return the tables that packages are written from, as text, with names as municipalities have them."""
    texts = {
        name: frame.astype("str").astype(object).where(frame.notna(), "") for name, frame in tables.items()
    }
    known = sorted(set(texts["municipalities"]["municipality"]) | set(texts["municipalities"]["successor"]))
    names = {old: NAMES[place] for place, old in enumerate(known[: len(NAMES)])}
    for table, column in (
        ("municipalities", "municipality"),
        ("municipalities", "successor"),
        ("groups", "municipality"),
        ("respondents", "municipality"),
    ):
        texts[table][column] = texts[table][column].replace(names)
    texts["edition"][["edition", "synthetic", "scenario", "seed"]] = ["trial", "0", "", ""]
    texts["edition"][["name_en", "name_nl"]] = ["trial", "proef"]
    texts["waves"]["label_nl"] = ["Meting één; de “eerste”", "Meting twee, café"]
    return texts


def planned(texts, instrument, rng):
    """Draw how a package is written."""
    plan = Plan({name: frame.copy() for name, frame in texts.items()}, instrument, rng)
    plan.formats = {
        name: rng.choice(["csv", "csv", "xlsx", "sav", "zsav", "dta", "parquet"]) for name in texts
    }
    plan.delimiter = rng.choice([",", ";", "\t", "|"])
    plan.encoding = rng.choice(["utf-8", "utf-8-sig", "cp1252", "utf-16"])
    plan.end = rng.choice(["\n", "\r\n"])
    plan.quoting = rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    codes = instrument.codes
    for item in rng.sample(list(instrument.items.index), 20):
        rows = codes[codes["scale"] == instrument.items.at[item, "scale"]]
        language = rng.choice(["label_nl", "label_en"])
        plan.labels[item] = {float(row.code): getattr(row, language) for row in rows.itertuples()}
    return plan


def write(plan, folder):
    """Write a package."""
    folder.mkdir(parents=True)
    for table, frame in plan.tables.items():
        heads = plan.heads.get(table, list(frame))
        path = folder / f"{table}.{plan.formats[table]}"
        writers = {"csv": _csv, "xlsx": _xlsx, "parquet": _parquet}
        writers.get(plan.formats[table], _statistical)(plan, table, frame, heads, path)
    if plan.mapping:
        (folder / "mapping.toml").write_text(plan.mapping, "utf-8")


def _csv(plan, table, frame, heads, path):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=plan.delimiter, lineterminator=plan.end, quoting=plan.quoting)
    writer.writerows([*plan.top.get(table, []), heads, *frame.to_numpy()])
    path.write_bytes(text.getvalue().encode(plan.encoding, "replace"))


def _xlsx(plan, table, frame, heads, path):
    book = openpyxl.Workbook()
    book.active.title = table
    for row in [*plan.top.get(table, []), heads, *frame.to_numpy()]:
        book.active.append([_cell(value) for value in row])
    book.save(path)


def _cell(value):
    if not isinstance(value, str) or not value:
        return value or None if not isinstance(value, bool) else value
    try:
        return int(value) if str(int(value)) == value else value
    except ValueError:
        return value


def _numeric(frame):
    result = {}
    for place, name in enumerate(frame):
        column = frame.iloc[:, place]
        try:
            result[name] = pd.to_numeric(column.replace("", None)).astype("float64")
        except (ValueError, TypeError):
            result[name] = column
    return pd.DataFrame(result)


def _parquet(plan, table, frame, heads, path):
    if len(set(heads)) < len(heads):
        raise Unfit
    numbers = _numeric(frame)
    numbers.columns = heads
    numbers.to_parquet(path)


def _statistical(plan, table, frame, heads, path):
    if path.suffix == ".dta" and any(len(head) > 32 for head in heads):
        raise Unfit
    if any(not head.isidentifier() or not head.isascii() for head in heads) or len(set(heads)) < len(heads):
        raise Unfit
    frame = _numeric(frame)
    frame.columns = heads
    if path.suffix == ".dta":
        pyreadstat.write_dta(frame, path, version=15)
        return
    labels = {name: words for name, words in plan.labels.items() if name in heads}
    labels = {name: words for name, words in labels.items() if frame[name].dtype.kind == "f"}
    missing = {name: ranges for name, ranges in plan.missing.items() if name in heads}
    options = {"variable_value_labels": labels, "missing_ranges": missing}
    pyreadstat.write_sav(frame, path, compress=path.suffix == ".zsav", **options)


# What goes wrong. Each takes a plan, and may return what is done to the folder once it is written.

KINDS = {}


def kind(function):
    """Keep a way to go wrong under its name."""
    KINDS[function.__name__.replace("_", " ")] = function
    return function


@kind
def nothing(plan):
    return None


@kind
def numbers_with_three_decimals(plan):
    table = plan.table("csv", among=("municipalities", "groups"))
    plan.change(table, plan.column(table), lambda value: f"{value}.000")


@kind
def thousands_with_points(plan):
    table = plan.table("csv", among=("municipalities", "groups"))
    plan.change(table, plan.column(table), lambda value: f"{int(value):,}".replace(",", "."))


@kind
def thousands_with_commas(plan):
    table = plan.table("csv", among=("municipalities", "groups"))
    plan.change(table, plan.column(table), lambda value: f"{int(value):,}")


@kind
def both_marks_in_one_column(plan):
    table = plan.table("csv", among=("municipalities", "groups"))
    column = plan.column(table)
    plan.change(table, column, lambda value: plan.rng.choice([f"{value}.0", f"{value},0", f"{value}.000"]))


@kind
def decimals_that_are_zero(plan):
    table = plan.table("csv", "xlsx", among=("answers",))
    mark = plan.rng.choice([".0", ",00", ".000", ",000"])
    for name in plan.tables[table].columns[1:]:
        plan.change(table, name, lambda value: value + mark)


@kind
def numbers_that_a_spreadsheet_rounds(plan):
    plan.formats["municipalities"] = "csv"
    mark = plan.rng.choice(".,")
    plan.change("municipalities", "inhabitants", lambda value: f"{int(value):.2E}".replace(".", mark))


@kind
def numbers_stored_as_text(plan):
    plan.formats["groups"] = "xlsx"
    plan.change("groups", "population", lambda value: f"{value} ")


@kind
def truth_values_among_codes(plan):
    item, rows = plan.item()
    plan.formats["answers"] = plan.rng.choice(["csv", "xlsx"])
    word = plan.rng.choice([True, False, "TRUE", "WAAR", "ONWAAR"])
    chosen = [row for row in rows if plan.tables["answers"].at[row, item] in ("0", "1")][:1] or list(rows[:1])
    plan.tables["answers"].loc[chosen, item] = word
    plan.labels.pop(item, None)


@kind
def truth_values_for_0_and_1(plan):
    plan.formats["municipalities"] = plan.rng.choice(["csv", "xlsx"])
    words = plan.rng.choice(
        [{"0": False, "1": True}, {"0": "ONWAAR", "1": "WAAR"}, {"0": "false", "1": "true"}]
    )
    plan.change("municipalities", "sampled", words.get)


@kind
def dates_in_another_form(plan):
    plan.formats["waves"] = plan.rng.choice(["csv", "xlsx"])
    form = plan.rng.choice(
        ["%d-%m-%Y", "%d/%m/%Y", "%m/%d/%Y", "%m-%d-%Y", "%Y%m%d", "%d.%m.%Y", "%d-%m-%y", "%d-%m-%Y 0:00"]
    )
    day = plan.rng.choice(["2007-12-31", "2007-02-01", "2007-03-03"])
    plan.tables["waves"].loc[1, "date"] = day
    for name in DATES:
        plan.change("waves", name, lambda value: date.fromisoformat(value).strftime(form))
    return None, {"waves": {(1, "date"): day}}


@kind
def dates_in_words(plan):
    plan.formats["waves"] = plan.rng.choice(["csv", "xlsx"])
    form = plan.rng.choice(["d MMMM y", "EEEE d MMMM y", "d-MMM-yy", "d MMM. y", "EE d-MMM-y"])
    language = plan.rng.choice(["nl", "en"])
    day = plan.rng.choice(["2007-12-31", "2007-05-01", "2007-03-03", "2007-10-12"])
    plan.tables["waves"].loc[1, "date"] = day
    for name in DATES:
        plan.change("waves", name, lambda value: format_date(date.fromisoformat(value), form, language))
    return None, {"waves": {(1, "date"): day}}


@kind
def dates_of_a_spreadsheet(plan):
    plan.formats["waves"] = "xlsx"
    serial, old = plan.rng.choice([True, False]), plan.rng.choice([True, False])

    def after(folder):
        book = openpyxl.load_workbook(folder / "waves.xlsx")
        book.epoch = datetime(1904, 1, 1) if old else datetime(1899, 12, 30)
        for row in (2, 3):
            for column in (4, 5):
                cell = book.active.cell(row, column)
                day = datetime.fromisoformat(cell.value)
                cell.value = (day - book.epoch).days if serial else day
        book.save(folder / "waves.xlsx")

    return after


@kind
def labels_for_codes(plan):
    item, _ = plan.item()
    plan.formats["answers"] = plan.rng.choice(["csv", "xlsx", "sav", "parquet"])
    words = _words(plan, item)
    form = plan.rng.choice(["{1}", "{0}. {1}", "{0} {1}", " {1} ", "({0})  {1}", "{0} = {1}"])
    space = plan.rng.choice([" ", "  ", "\u00a0"])
    change = plan.rng.choice([str, str.upper, str.capitalize])
    plan.change(
        "answers", item, lambda code: change(form.format(code, words[float(code)])).replace(" ", space)
    )
    plan.labels.pop(item, None)


def _words(plan, item):
    codes = plan.instrument.codes
    rows = codes[codes["scale"] == plan.instrument.items.at[item, "scale"]]
    return dict(zip(rows["code"].astype(float), rows["label_nl"], strict=True))


@kind
def a_scale_coded_upside_down(plan):
    """The labels say so, in words that are ours, nearly ours, or of others."""
    item, _ = plan.item(plan.rng.choice(["agreement", "frequency", "quality"]))
    plan.formats["answers"] = plan.rng.choice(["sav", "zsav"])
    words = _words(plan, item)
    form = plan.rng.choice(
        ["{1}", "{0}. {1}", "{0} {1}", "  {1}", "{0}) {1}", "{0} {1} (schaal)", "graad {1}"]
    )
    space = plan.rng.choice([" ", "  ", "\u00a0", "\u2009"])
    turn = {code: 6 - code for code in (1.0, 2.0, 3.0, 4.0, 5.0)}
    plan.change("answers", item, lambda code: str(int(turn.get(float(code), float(code)))))
    texts = {turn.get(code, code): text for code, text in words.items()}
    plan.labels[item] = {
        code: form.format(int(code), text).replace(" ", space) for code, text in texts.items()
    }


@kind
def another_code_for_dont_know(plan):
    item, rows = plan.item("agreement")
    plan.formats["answers"] = plan.rng.choice(["sav", "zsav"])
    plan.tables["answers"].loc[rows[0], item] = "-8"
    words = _words(plan, item)
    words[99.0] = plan.rng.choice(["weet niet", "99. Weet niet", " Weet  niet", "geen idee", "3 weet niet"])
    plan.labels[item] = words
    written = {"answers": {(rows[0], item): "-8"}}
    plan.tables["answers"].loc[rows[0], item] = "99"
    return None, written


@kind
def an_answer_declared_missing(plan):
    """What the file calls missing is blank to its owner."""
    item, rows = plan.item("agreement")
    plan.formats["answers"] = plan.rng.choice(["sav", "zsav"])
    plan.missing[item] = [3]
    plan.tables["answers"].loc[rows[0], item] = "3"
    return None, {"answers": {(rows[0], item): ""}}


@kind
def an_impossible_date(plan):
    plan.formats["waves"] = "sav"

    def after(folder):
        frame, _ = pyreadstat.read_sav(folder / "waves.sav")
        seconds = [(date.fromisoformat(day) - date(1582, 10, 14)).days * 86400.0 for day in frame["date"]]
        frame["date"] = seconds
        if plan.rng.choice([True, False]):
            frame.loc[0, "date"] = 9e14
        pyreadstat.write_sav(frame, folder / "waves.sav", variable_format={"date": "DATE11"})

    return after


@kind
def accents_as_characters_of_their_own(plan):
    table = plan.table("csv", "xlsx", "parquet", among=("municipalities", "groups", "respondents"))
    plan.encoding = "utf-8"
    plan.change(table, "municipality", lambda value: unicodedata.normalize("NFD", value))


@kind
def an_unseen_character_in_a_name(plan):
    plan.encoding = "utf-8"
    sign = plan.rng.choice(
        ["\u200b", "\u00ad", "\u202e", "\x1b[31m", "\u2060", "\x07", "\u200d", "\ufeff", "\x85"]
    )
    name = plan.tables["municipalities"]["municipality"][0]
    twin = name[:2] + sign + name[2:]
    if plan.rng.choice([True, False]):
        for table, frame in plan.tables.items():
            plan.formats[table] = plan.rng.choice(["csv", "parquet"])
            plan.tables[table] = frame.replace({name: twin})
    else:
        table = plan.table("csv", "parquet", among=("municipalities", "groups", "respondents"))
        plan.tables[table] = plan.tables[table].replace({name: twin})


@kind
def a_space_of_another_kind_in_a_name(plan):
    plan.encoding = "utf-8"
    table = plan.table("csv", "xlsx", "parquet", among=("municipalities", "groups", "respondents"))
    space = plan.rng.choice(["\u00a0", "\u2009", "  ", "\u202f"])
    plan.change(table, "municipality", lambda value: value.replace(" ", space))


@kind
def another_encoding(plan):
    for table in ("municipalities", "groups", "respondents", "waves"):
        plan.formats[table] = "csv"
    plan.encoding = plan.rng.choice(
        ["cp850", "mac_roman", "iso8859-15", "utf-16-le", "utf-16-be", "utf-32", "ascii", "cp437", "utf-7"]
    )


@kind
def letters_encoded_twice(plan):
    for table in ("municipalities", "groups", "respondents", "waves"):
        plan.formats[table] = "csv"
    plan.encoding = "utf-8"

    def after(folder):
        for path in folder.glob("*.csv"):
            path.write_bytes(path.read_bytes().decode("cp1252", "replace").encode())

    return after


@kind
def letters_as_html_or_with_backslashes(plan):
    old, new = plan.rng.choice(
        [("é", "&eacute;"), ("é", "\\u00e9"), ("é", "?"), ("é", "\ufffd"), ("é", "&#233;")]
    )
    plan.encoding = "utf-8"
    for table in plan.tables:
        plan.formats[table] = "csv"
        plan.tables[table] = plan.tables[table].map(lambda value: value.replace(old, new))


@kind
def other_ends_of_lines(plan):
    plan.table("csv")
    plan.end = plan.rng.choice(["\r", "\r\n", "\n\r", "\n\n", "\u2028"])


@kind
def a_line_break_in_a_name(plan):
    table = plan.table("csv", "xlsx", among=("waves", "municipalities"))
    plan.change(
        table,
        plan.rng.choice({"waves": ["label_nl"], "municipalities": ["stratum"]}[table]),
        lambda value: value[:2] + plan.rng.choice(["\n", "\r\n"]) + value[2:],
        plan.row(table),
    )


@kind
def marks_that_trail(plan):
    table = plan.table("csv")
    where = plan.rng.choice(["all", "head", "rows"])

    def after(folder):
        path = folder / f"{table}.csv"
        lines = path.read_bytes().decode(plan.encoding).split(plan.end)
        for place, line in enumerate(lines):
            if line and (where == "all" or (where == "head") == (place == 0)):
                lines[place] = line + plan.delimiter
        path.write_bytes(plan.end.join(lines).encode(plan.encoding))

    return after


@kind
def heads_that_are_nearly_the_same(plan):
    """A second column whose head differs in case, space or a character that nobody sees."""
    table = plan.table("csv", "xlsx")
    plan.encoding = "utf-8"
    frame = plan.tables[table]
    column = plan.rng.choice(list(frame))
    twin = plan.rng.choice(
        [column, column.upper(), f" {column}", column[:2] + "\u200b" + column[2:], column + "\u00a0"]
    )
    heads = [*frame, twin]
    frame = frame.assign(**{"another": plan.rng.choice([frame[column][::-1].to_numpy(), frame[column]])})
    if plan.rng.choice([True, False]):
        frame = frame[["another", *list(frame)[:-1]]]
        heads = [twin, *heads[:-1]]
    plan.tables[table], plan.heads[table] = frame, heads


@kind
def heads_spelt_in_another_way(plan):
    table = plan.table("csv", "xlsx")
    plan.encoding = "utf-8"
    change = plan.rng.choice(
        [str.upper, lambda head: f" {head} ", lambda head: head[:2] + "\u200b" + head[2:]]
    )
    plan.heads[table] = [change(head) for head in plan.tables[table]]


@kind
def questions_as_heads(plan):
    table = plan.table("csv", among=("respondents", "groups"))
    question = "Wat is uw rol (wethouder, raadslid; manager|medewerker), of\nanders?"
    plan.heads[table] = [question if head == "role" else head for head in plan.tables[table]]
    key = question.replace("\n", " ")
    plan.mapping = f'[columns.{table}]\n"{key}" = "role"\n'


@kind
def a_column_left_out(plan):
    table = plan.table("csv", "xlsx", "sav", "parquet", "dta")
    plan.tables[table] = plan.tables[table].drop(columns=plan.rng.choice(list(plan.tables[table])))


@kind
def rows_lost_at_the_end(plan):
    table = plan.table(
        "csv", "xlsx", "sav", "parquet", among=("municipalities", "groups", "respondents", "answers")
    )
    frame = plan.tables[table]
    plan.tables[table] = frame.iloc[: -plan.rng.randint(1, max(1, len(frame) // 3))]


@kind
def a_file_cut_short(plan):
    table = plan.table("csv", "xlsx", "sav", "zsav", "dta", "parquet")
    part = plan.rng.choice([plan.rng.random(), 1])

    def after(folder):
        path = folder / f"{table}.{plan.formats[table]}"
        content = path.read_bytes()
        path.write_bytes(content[: min(int(part * len(content)), len(content) - plan.rng.randint(1, 9))])

    return after


@kind
def a_row_twice_and_blank_rows(plan):
    table = plan.table("csv", "xlsx", "parquet")
    frame = plan.tables[table]
    extra = frame.loc[plan.row(table)]
    if plan.rng.choice([True, False]):
        extra = extra.map(lambda value: "")
    place = plan.rng.randint(0, len(frame))
    plan.tables[table] = pd.concat([frame.iloc[:place], extra, frame.iloc[place:]])


@kind
def rows_above_the_head(plan):
    table = plan.table("csv", "xlsx")
    width = len(plan.tables[table].columns)
    title = plan.rng.choice(
        [["Overzicht 2007"], [""] * width, ["Overzicht", *[""] * (width - 1)], [str(n) for n in range(width)]]
    )
    plan.top[table] = [title] * plan.rng.randint(1, 2)


@kind
def the_head_again_between_rows(plan):
    """Two exports, one pasted below the other."""
    table = plan.table("csv", "xlsx", "parquet")
    frame = plan.tables[table]
    place = plan.rng.randint(1, len(frame))
    head = pd.DataFrame([dict(zip(frame, frame, strict=True))])
    plan.tables[table] = pd.concat([frame.iloc[:place], head, frame.iloc[place:]], ignore_index=True)


@kind
def columns_in_another_order(plan):
    table = plan.table("csv", "xlsx", "sav", "parquet", "dta")
    frame = plan.tables[table]
    plan.tables[table] = frame[plan.rng.sample(list(frame), len(frame.columns))]


@kind
def cells_that_slipped(plan):
    """In some rows everything from a column on stands one cell further."""
    table = plan.table("csv", "xlsx", among=("municipalities", "groups", "respondents"))
    frame = plan.tables[table].copy()
    for row in plan.rng.sample(list(frame.index), 2):
        cells = list(frame.loc[row])
        place = plan.rng.randint(0, len(cells) - 1)
        frame.loc[row] = [*cells[:place], "", *cells[place:-1]]
    plan.tables[table] = frame


@kind
def groups_without_an_answer_left_out(plan):
    answered = plan.tables["respondents"][["wave", "municipality", "role"]].drop_duplicates()
    plan.tables["groups"] = plan.tables["groups"].merge(answered)


@kind
def words_for_nothing(plan):
    """A blank in the words of a program."""
    table = plan.table("csv", "xlsx", among=("municipalities", "groups", "answers"))
    column = plan.item()[0] if table == "answers" else plan.column(table)
    word = plan.rng.choice(["NA", "NULL", "n.v.t.", ".", "-", "nan", "#NULL!", "None", "999"])
    plan.change(table, column, lambda value: word, plan.row(table))


@kind
def an_unseen_character_in_a_code(plan):
    plan.encoding = "utf-8"
    table = plan.table("csv", "xlsx", "parquet", among=("groups", "answers"))
    column = plan.item()[0] if table == "answers" else plan.column(table)
    sign = plan.rng.choice(["\u200b", "\u2060", "\u00a0", "\ufeff", "'"])
    rows = list(plan.tables[table].index[plan.tables[table][column] != ""][:3])
    plan.change(table, column, lambda value: sign + value, rows)


@kind
def thousands_with_spaces_or_apostrophes(plan):
    table = plan.table("csv", "xlsx", among=("municipalities", "groups"))
    mark = plan.rng.choice([" ", "\u00a0", "\u202f", "'", "\u2019", "_"])
    plan.change(table, plan.column(table), lambda value: f"{int(value):,}".replace(",", mark))


@kind
def a_total_below(plan):
    table = plan.table("csv", "xlsx", among=("groups", "municipalities"))
    frame = plan.tables[table]
    total = dict.fromkeys(frame, "")
    total[frame.columns[0]] = plan.rng.choice(["Totaal", "2007"])
    total[frame.columns[4]] = "999"
    plan.tables[table] = pd.concat([frame, pd.DataFrame([total])], ignore_index=True)


@kind
def quotation_marks_astray(plan):
    table = plan.table("csv")
    plan.quoting = csv.QUOTE_MINIMAL
    count = plan.rng.randint(1, 2)

    def after(folder):
        path = folder / f"{table}.csv"
        lines = path.read_bytes().decode(plan.encoding).split(plan.end)
        rows = plan.rng.sample(range(1, len(lines) - 1), min(count, len(lines) - 2))
        column = plan.rng.randint(0, len(plan.tables[table].columns) - 1)
        for row in rows:
            cells = lines[row].split(plan.delimiter)
            cells[column % len(cells)] = '"' + cells[column % len(cells)]
            lines[row] = plan.delimiter.join(cells)
        path.write_bytes(plan.end.join(lines).encode(plan.encoding))

    return after


@kind
def a_workbook_that_is_changed(plan):
    """Columns or cells of a sheet that are not what they seem."""
    table = plan.table("xlsx")
    what = plan.rng.choice(["column", "merge", "formula", "error", "error as text", "beyond", "hidden rows"])

    def after(folder):
        path = folder / f"{table}.xlsx"
        book = openpyxl.load_workbook(path)
        sheet = book.active
        row, column = plan.rng.randint(2, sheet.max_row), plan.rng.randint(1, sheet.max_column)
        if what == "column":
            sheet.insert_cols(1)
        elif what == "merge":
            sheet.merge_cells(start_row=2, end_row=3, start_column=column, end_column=column)
        elif what == "beyond":
            sheet.cell(row, sheet.max_column + 2).value = "x"
        elif what == "hidden rows":
            sheet.row_dimensions[row].hidden = True
        else:
            texts = {"formula": "=1+1", "error": "#N/A", "error as text": "#N/B"}
            sheet.cell(row, column).value = texts[what]
        book.save(path)

    return after


@kind
def sheets_that_mislead(plan):
    table = plan.table("xlsx", among=("municipalities", "groups", "respondents"))
    state = plan.rng.choice(["visible", "hidden", "veryHidden"])
    named = plan.rng.choice([True, False])

    def after(folder):
        path = folder / f"{table}.xlsx"
        book = openpyxl.load_workbook(path)
        old = book.copy_worksheet(book.active)
        old.delete_rows(old.max_row - 1, 2)
        book.active.title = "Blad1"
        old.title = table if named else "Blad2"
        book.move_sheet(old, -1)
        old.sheet_state = state
        book.active = 1
        book.save(path)

    return after


@kind
def the_xml_of_a_sheet(plan):
    """A size that is too small, and rows out of order or twice."""
    table = plan.table("xlsx", among=("municipalities", "groups", "respondents", "answers"))
    what = plan.rng.choice(["short", "narrow", "disorder", "twice", "strict"])

    def after(folder):
        path = folder / f"{table}.xlsx"
        with zipfile.ZipFile(path) as source:
            parts = {name: source.read(name) for name in source.namelist()}
        name = "xl/worksheets/sheet1.xml"
        text = parts[name].decode()
        rows = text.split("<row ")
        if what in ("short", "narrow"):
            start = text.index('<dimension ref="')
            end = text.index("/>", start)
            text = text[:start] + f'<dimension ref="A1:{"E3" if what == "short" else "B9999"}"' + text[end:]
        elif what == "disorder":
            text = "<row ".join([rows[0], rows[1], rows[3], rows[2], *rows[4:]])
        elif what == "twice":
            text = "<row ".join([*rows[:3], rows[3].replace('r="3"', 'r="2"', 1), *rows[4:]])
        else:
            parts = {
                part: content.replace(
                    b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
                    b"http://purl.oclc.org/ooxml/spreadsheetml/main",
                )
                for part, content in parts.items()
            }
            text = parts[name].decode()
        parts[name] = text.encode()
        with zipfile.ZipFile(path, "w") as target:
            for part, content in parts.items():
                target.writestr(part, content)

    return after


@kind
def a_file_of_another_kind(plan):
    table = plan.table("csv", "xlsx", "sav", "zsav", "parquet", "dta")
    suffix = plan.rng.choice(["csv", "xlsx", "sav", "parquet", "dta", "xls", "ods", "por"])

    def after(folder):
        path = folder / f"{table}.{plan.formats[table]}"
        path.rename(path.with_suffix(f".{suffix}"))

    return after


@kind
def a_password(plan):
    table = plan.table("xlsx")

    def after(folder):
        words = "EncryptedPackage".encode("utf-16-le")
        (folder / f"{table}.xlsx").write_bytes(bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600) + words)

    return after


@kind
def an_older_file_beside(plan):
    """A second file of a table, with fewer rows, or one that holds the rest of its rows."""
    table = plan.table("csv", among=("municipalities", "groups", "respondents", "answers"))
    what = plan.rng.choice(["stale", "sheet", "rest"])

    def after(folder):
        frame = plan.tables[table]
        if what == "stale":
            frame.iloc[:-2].to_parquet(folder / f"{table}.parquet")
        elif what == "sheet":
            frame.iloc[:-2].to_excel(folder / "alles.xlsx", sheet_name=table, index=False)
        else:
            plan.tables[table] = frame.iloc[:-2]
            path = folder / f"{table}.csv"
            _csv(plan, table, plan.tables[table], list(frame), path)
            _csv(plan, table, frame.iloc[-2:], list(frame), folder / f"{table} (2).csv")

    return after


@kind
def settings_that_are_ignored(plan):
    table = plan.table("csv", among=("groups", "respondents"))
    plan.mapping = plan.rng.choice(
        [
            f"[fill.{table}]\nwave = 2005\n",
            '[edition]\nedition = "x"\nname_en = "x"\nname_nl = "x"\nsynthetic = 0\n',
            f'[tables]\n{table} = {{ file = "{table}.csv", sheet = "Blad2" }}\n',
            '[columns.groups]\nWave = "invited"\nwave = "population"\n',
        ]
    )


@kind
def columns_of_another_type(plan):
    plan.formats["answers"] = "parquet"
    item, _ = plan.item()
    what = plan.rng.choice(["decimal", "dictionary", "text", "bool", "int8"])

    def after(folder):
        table = pa.parquet.read_table(folder / "answers.parquet")
        column = table[item].combine_chunks()
        kinds = {"decimal": pa.decimal128(12, 3), "text": pa.string(), "bool": pa.bool_(), "int8": pa.int8()}
        if what == "bool":
            column = pa.array([None if value.as_py() is None else value.as_py() > 2 for value in column])
        column = column.dictionary_encode() if what == "dictionary" else column.cast(kinds[what])
        table = table.set_column(table.schema.get_field_index(item), item, column)
        pa.parquet.write_table(table, folder / "answers.parquet")

    return after


@kind
def a_mark_at_the_beginning(plan):
    table = plan.table("csv")
    plan.encoding = "utf-8"

    def after(folder):
        path = folder / f"{table}.csv"
        wide = [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE]
        marks = [codecs.BOM_UTF8, codecs.BOM_UTF8 * 2, *wide]
        path.write_bytes(plan.rng.choice(marks) + path.read_bytes())

    return after


def attempt(name, seed, texts, instrument, root):
    """Return what came of one corrupted package (``told``, ``equal``, ``misread``), and what was read."""
    folder = Path(tempfile.mkdtemp(prefix="trial-"))
    try:
        plan = planned(texts, instrument, random.Random(seed))
        before = {table: frame.copy() for table, frame in plan.tables.items()}
        result = KINDS[name](plan)
        after, written = result if isinstance(result, tuple) else (result, {})
        write(plan, folder / "p")
        if callable(after):
            after(folder / "p")
        for table, cells in written.items():
            for (row, column), value in cells.items():
                before[table].loc[row, column] = value
        package = read_package(folder / "p", root)
        differing = [] if package.problems else _differences(before, package.tables)
        if package.problems:
            return "told", package
        if not differing:
            return "equal", package
        usual = _usual(seed, texts, instrument, root, folder / "q")
        said = [w for w in package.warnings if (w.expected, w.value) not in usual]
        return ("told" if said else "misread"), (differing, [str(w) for w in said], package)
    finally:
        shutil.rmtree(folder)


def _usual(seed, texts, instrument, root, folder):
    plan = planned(texts, instrument, random.Random(seed))
    write(plan, folder)
    return {(warning.expected, warning.value) for warning in read_package(folder, root).warnings}


def _differences(before, tables):
    found = []
    for table, frame in before.items():
        read = tables[table].astype("str").astype(object).where(tables[table].notna(), "")
        written = frame[list(read)].map(lambda text: " ".join(unicodedata.normalize("NFC", text).split()))
        if len(read) != len(written):
            found.append((table, len(written), len(read)))
        elif not (same := read.to_numpy() == written.to_numpy()).all():
            row, column = next(zip(*(~same).nonzero(), strict=True))
            found.append((table, read.columns[column], written.iat[row, column], read.iat[row, column]))
    return found


def main(count, first=0):
    """Try ``count`` packages from seed ``first`` on, and print how each kind of corruption ended."""
    from conftest import ROOT
    from test_check import part_of_the_survey

    from doorgroeien.survey.instrument import load_instrument

    instrument = load_instrument(ROOT)
    texts = truth(part_of_the_survey(2))
    results = {name: Counter() for name in KINDS}
    for number in range(first, first + count):
        name = list(KINDS)[number % len(KINDS)]
        try:
            end, what = attempt(name, number, texts, instrument, ROOT)
        except Unfit:
            end = "unfit"
        except Exception as error:
            end, what = "traceback", repr(error)
        results[name][end] += 1
        if end in ("misread", "traceback"):
            print(f"{name}, seed {number}: {end} {str(what)[:300]}", flush=True)
    print(f"{'kind':45}  tried  told  equal  misread  traceback")
    total = Counter()
    for name, ends in results.items():
        tried = sum(ends.values()) - ends["unfit"]
        total.update(ends)
        row = [tried, ends["told"], ends["equal"], ends["misread"], ends["traceback"]]
        print(f"{name:45}", *(f"{number:6}" for number in row))
    print("all", sum(total.values()) - total["unfit"], dict(total))


if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]
    main(*map(int, sys.argv[1:]))
