"""What is legal in a survey package and yet suspicious: told apart from problems, and never fatal."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from doorgroeien.data.faults import Fault, single
from doorgroeien.survey.instrument import Instrument

__all__ = ["of"]

SAME = 10  # answers on one scale, all the same, from which a respondent is said to go in a straight line
JUMP = 20  # percentage points between the response of two waves
# Letters that went wrong on the way, what they look like, and what to do.
SPOILT = (
    ("Ã|â€|Â ", "this looks like UTF-8 read as Windows-1252", "Export the table again as UTF-8."),
    (
        r"[a-zà-ÿ][ŠŒŽŸ‘“–—…]\w|[‚ƒ„†‡ˆ‰‹•˜™›¡¢£¤¥]\w|\w[‚ƒ„†‡ˆ‰‹•˜™›¡¢£¤¥]|\w”\w",
        "this looks like a file of DOS or an old Mac read as Windows-1252",
        "Export the table again as UTF-8.",
    ),
    (
        r"\ufffd|\w\?+\w|(?:^|\s)\?|\?\?",
        "this looks like a letter that was lost",
        "Export the table again as UTF-8.",
    ),
    (r"\+[A-Za-z0-9/]{3,}-", "this looks like UTF-7", "Export the table again as UTF-8."),
    (r"&(?:#\d+|#x[0-9a-fA-F]+|[A-Za-z]{2,8});", "this looks like HTML", "Export the table again as text."),
    (r"\\", "this looks like a quotation mark with a backslash", "Double quotation marks inside a text."),
    (
        r"^\d[.,]\d+[eE]\+\d+$",
        "this looks like a long number that a spreadsheet has rounded",
        "Export the table again, with the column as text.",
    ),
)
BLANK = -128  # stands for a blank among codes
# Codes that programs give to a blank in numbers; 99,999 is also the most inhabitants below a size class.
NINES = (999, 9_999, 999_999, 9_999_999)
COMPARED = (2005, 2007)  # the waves that the chapters compare


def of(
    tables: dict[str, pd.DataFrame], instrument: Instrument, routing: pd.DataFrame, files: dict[str, str]
) -> Iterator[Fault]:
    """Give everything suspicious in the tables of a sound package; no answer is shown.

    ``routing`` says which item (index) is not put where the item ``after`` has the answer ``code``.
    """
    for year in COMPARED:
        if not tables["waves"]["wave"].eq(year).any():
            remedy = "Add the wave, or what needs both cannot be estimated: the chapters compare the two."
            yield single(files["waves"], f"a wave {year}", remedy)
    yield from _dated_elsewhere(tables["waves"], files["waves"])
    yield from _routed_away(tables["answers"], instrument, routing, files["answers"])
    yield from _straight_lines(tables, instrument, files["answers"])
    yield from _silent(tables, instrument, files["answers"])
    yield from _two_sizes(tables["municipalities"], files["municipalities"])
    yield from _response_jumps(tables, files["respondents"])
    yield from _nines(tables, files)
    for table, frame in tables.items():
        for name in frame.select_dtypes("str"):
            for pattern, looks, remedy in SPOILT:
                wrong = frame[name].str.contains(pattern, na=False)
                rows = frame.index[wrong].to_numpy() + 2
                values = frame.loc[wrong, name].to_numpy(object)
                yield Fault(
                    files[table], rows, name, values, f"letters as people write them: {looks}", remedy
                )
    for table, name in (("municipalities", "municipality"), ("respondents", "respondent")):
        yield from _nearly_the_same(tables[table][name], files[table])


def _nines(tables, files):
    """Numbers of inhabitants or people that are nothing but nines."""
    for table in ("municipalities", "groups"):
        for name in tables[table].select_dtypes("number"):
            wrong = tables[table][name].astype(float).isin(NINES)
            rows, values = tables[table].index[wrong].to_numpy() + 2, tables[table].loc[wrong, name]
            expected = "a number: nines often stand for one that is not known"
            yield Fault(files[table], rows, name, values.to_numpy(object), expected, "Empty it, if they do.")


def _dated_elsewhere(waves, file):
    """Waves whose date is in another year than their name."""
    wrong = waves["date"].str[:4] != waves["wave"].astype("str")
    for row, wave in waves.loc[wrong, "wave"].items():
        expected = f"a date in {wave}, the year of the wave"
        remedy = "Correct the date or the wave, or nothing if the answers of that wave were given then."
        yield single(file, expected, remedy, row + 2, "date", waves.at[row, "date"])


def _routed_away(answers, instrument, routing, file):
    """Answers to a question that the answer before it skips."""
    if instrument.own:
        return
    for item, after, code in zip(routing.index, routing["after"], routing["code"], strict=True):
        kinds = answers[item].map(instrument.missing_codes[instrument.items.at[item, "scale"]])
        given = answers[item].notna() & kinds.isna()
        rows = answers.index[(given & (answers[after] == code)).fillna(False)].to_numpy() + 2
        expected = f"no answer where {after} is {code}, which skips the question"
        yield Fault(file, rows, item, None, expected, "Look which of the two answers is right.")


def _nearly_the_same(names, file):
    """Names that differ in nothing but capitals, spaces or marks."""
    names = names.drop_duplicates()
    bare = names.str.casefold().str.replace(r"[\W_]+", "", regex=True)
    twice = bare.duplicated(keep=False) & (bare != "")
    expected = "names that differ in more than capitals, spaces and marks"
    remedy = "Write the same name in the same way, or nothing if these are two."
    yield Fault(
        file, names.index[twice].to_numpy() + 2, names.name, names[twice].to_numpy(object), expected, remedy
    )


def _straight_lines(tables, instrument, file):
    """Respondents who gave the same answer to everything they were asked on a scale."""
    answers, items = tables["answers"], instrument.items
    for scale, rows in items.groupby("scale"):
        if len(rows) < SAME:
            continue
        codes = instrument.answer_codes[scale]
        low = np.full(len(answers), 127, dtype=np.int8)
        high, count = np.full(len(answers), BLANK, dtype=np.int8), np.zeros(len(answers), dtype=np.int16)
        for item in rows.index:
            given = answers[item].to_numpy(dtype="int8", na_value=BLANK)
            valid = (given >= codes[0]) & (given <= codes[-1])
            low = np.minimum(low, np.where(valid, given, 127))
            high = np.maximum(high, np.where(valid, given, BLANK))
            count += valid
        found = answers.index[(low == high) & (count >= SAME)].to_numpy() + 2
        expected = f"more than one answer among {SAME} or more on the scale {scale} (straight-lining)"
        yield Fault(file, found, None, None, expected, "Look at how these questionnaires were filled in.")


def _silent(tables, instrument, file):
    """Questionnaires, and items in a wave that asked them, without a single answer."""
    answers, items = tables["answers"], instrument.items
    given = np.zeros(len(answers), dtype=bool)
    where = tables["respondents"].set_index("respondent").reindex(answers["respondent"])
    wave, role = where["wave"].to_numpy(), where["role"].to_numpy(object)
    roles = {name: role == name for name in items["role"].unique()}
    never = {}
    for item, spec in items.iterrows():
        here = answers[item].notna().to_numpy()
        given |= here
        answered = set(np.unique(wave[here & roles[spec["role"]]]))
        for row in tables["waves"].itertuples():
            asked = row.form == "full" or spec["quick_scan"]
            if asked and row.wave not in answered and (roles[spec["role"]] & (wave == row.wave)).any():
                never.setdefault(row.wave, []).append(item)
    rows = answers.index[~given].to_numpy() + 2
    yield Fault(file, rows, None, None, "at least one answer", "Remove questionnaires sent back empty.")
    for year, names in never.items():
        remedy = "Nothing, if that wave left the question out."
        expected = f"an answer in the wave {year}, which asked the item"
        for name in names:
            yield Fault(file, np.array([1]), name, None, expected, remedy)


def _two_sizes(municipalities, file):
    classes = municipalities.groupby("municipality")["size_class"]
    classes = classes.agg(lambda rows: " and ".join(rows.unique()))
    found = classes[classes.str.contains(" and ")]
    last = municipalities.drop_duplicates("municipality", keep="last").set_index("municipality")
    rows = municipalities.index[~municipalities.duplicated("municipality", keep="last")].to_numpy() + 2
    rows = pd.Series(rows, index=last.index)[found.index].to_numpy()
    values = np.array([f"{name}: {text}" for name, text in found.items()], dtype=object)
    expected = "one size class for a municipality in all waves"
    yield Fault(file, rows, "size_class", values, expected, "Nothing, if it grew, shrank or merged.")


def _response_jumps(tables, file):
    """Roles whose response differs much from that in the wave before."""
    keys = ["role", "wave"]
    came = tables["respondents"].groupby(keys).size()
    asked = tables["groups"].groupby(keys)["invited"].sum()
    rate = (100 * came.reindex(asked.index, fill_value=0) / asked.where(asked > 0)).astype("float64")
    for role, rates in rate.groupby(level="role"):
        steps = rates.droplevel("role").sort_index().diff()
        for wave, step in steps[steps.abs() > JUMP].items():
            found = f"{step:+.0f} percentage points in {wave}, role {role}"
            expected = f"a response within {JUMP} points of the wave before"
            remedy = "Look whether everybody invited is in the table groups, and everybody who answered here."
            yield single(file, expected, remedy, value=found)
