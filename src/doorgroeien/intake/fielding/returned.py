"""A package of what came back: all that follows from the answers, and what is left to fill in."""

from importlib.resources import files
from pathlib import Path

import pandas as pd

from doorgroeien.data.faults import DataError, grouped, single
from doorgroeien.data.tables import descriptor
from doorgroeien.intake.fielding.export import Export, read_exports
from doorgroeien.intake.fielding.lists import read_list
from doorgroeien.intake.fielding.questionnaire import words
from doorgroeien.intake.fielding.writing import as_csv, write_new
from doorgroeien.intake.filling import LISTS, called_by_name, misfits
from doorgroeien.survey.answers import TABLES
from doorgroeien.survey.frame import FIRST, LAST, cbs_code, load_frame
from doorgroeien.survey.instrument import ROLES, load_instrument

__all__ = ["write_returned"]

WHOLE = ROLES[0]  # the one questionnaire for the municipality as a whole
FRAMED = range(FIRST, LAST + 1)  # the years whose municipalities the book knows
CHANGED = 2007  # the last of them in which boundaries changed


def write_returned(
    paths: list[Path], out: Path, root: Path, sample: Path | None = None
) -> tuple[list[Path], Export, list[str]]:
    """Write a package of the exports ``paths`` into the new folder ``out``.

    ``sample`` is a folder that ``doorgroeien sample`` wrote; without it, municipalities are those of the
    frame in the years that it holds for, and else those that answered. Returns the files, what was read,
    and what is left to fill in, in English.
    Raises ``DataError`` with all that is wrong, or :class:`FieldingError`, and then writes nothing.
    """
    export = read_exports(paths, root)
    tables = _tables(export, root, sample)
    fields = {item["name"]: item["schema"]["fields"] for item in descriptor(root)["resources"]}
    left = _left(tables, fields)
    contents = {f"{name}.csv": as_csv(tables[name]) for name in TABLES}
    contents["mapping.toml"] = (files("doorgroeien.intake") / "templates" / "mapping.toml").read_bytes()
    contents["README.md"] = _told(export, left, sample is not None).encode()
    return write_new(out, contents, empty=True), export, [pair["en"] for pair in left]


def _tables(export, root, sample):
    instrument = load_instrument(root)
    waves = sorted(int(wave) for wave in export.respondents["wave"].unique())
    full = {name for name in export.items if instrument.items.at[name, "quick_scan"] == 0}
    municipalities = _municipalities(export, waves, root, sample)
    return {
        "edition": _edition(waves),
        "waves": _waves(export, waves, full),
        "municipalities": municipalities,
        "groups": _groups(export, municipalities),
        "respondents": export.respondents,
        "answers": export.answers,
    }


def _edition(waves):
    told, years = words()["package"], "-".join(map(str, waves))
    row = {"edition": f"meting-{years}"}
    row |= {f"name_{language}": told["edition"][language].format(years=years) for language in ("en", "nl")}
    # Whether people gave these answers, or somebody tried the form, only the owner knows.
    return pd.DataFrame([row | {"synthetic": None, "scenario": None, "seed": None}])


def _waves(export, waves, full):
    told, rows = words()["package"]["wave"], []
    for wave in waves:
        there = export.answers.loc[export.respondents["wave"] == wave, sorted(full)].notna().any(axis=None)
        rows.append(
            {
                "wave": wave,
                "label_en": told["en"].format(wave=wave),
                "label_nl": told["nl"].format(wave=wave),
                "date": None,
                "boundaries": f"{min(wave, CHANGED)}-01-01" if wave in FRAMED else None,
                "form": "full" if there else "quick_scan",
            }
        )
    return pd.DataFrame(rows)


def _municipalities(export, waves, root, sample):
    """Return the table of municipalities: those of the sample, of the frame, or those that answered."""
    answered = export.respondents[["wave", "municipality"]].drop_duplicates()
    frame = load_frame(root)
    drawn = _sample(sample, waves, root) if sample else None
    parts, faults = [], []
    for wave in waves:
        there = list(answered.loc[answered["wave"] == wave, "municipality"].dropna())
        if drawn is not None and (drawn["wave"] == wave).any():
            parts.append(drawn[drawn["wave"] == wave])
            continue
        rows = pd.DataFrame(index=sorted(there), columns=["size_class", "inhabitants"])
        if frame and wave in FRAMED:
            faults += _misnamed(export, wave, frame)
            if any(map(cbs_code, there)):
                rows = frame.at(wave)[list(rows)]
        rows = rows.reset_index(names="municipality")
        rows.insert(0, "wave", wave)
        rows["successor"] = rows["municipality"]
        rows["stratum"] = rows["size_class"]
        # Whether one was asked that did not answer does not follow.
        rows["sampled"] = rows["municipality"].isin(there).map({True: 1, False: None})
        parts.append(rows)
    table = pd.concat(parts, ignore_index=True).astype({"sampled": "Int64"})
    if drawn is not None:
        faults += _undrawn(export, table, sample)
    if problems := grouped(faults):
        raise DataError(problems)
    return _succeeded(table, waves)


def _misnamed(export, wave, frame):
    """Give what stands for no municipality of a wave whose municipalities the book knows.

    Identifiers of somebody's own, as in a trial of the form, have no code among them.
    """
    names = export.respondents.loc[export.respondents["wave"] == wave, "municipality"].dropna()
    remedy = f"Correct the code, or name the sample with --sample; {LISTS}."
    found = [*misfits(frame, names, wave), *called_by_name(frame, names)]
    codes = names.map(cbs_code).notna()
    if codes.any():
        told = {place for _, cells in found for place in cells.index}
        found.append(("a CBS code, as other rows have", names[~codes & ~names.index.isin(told)]))
    for expected, cells in found:
        yield from export.faults("municipality", cells, expected, remedy)


def _succeeded(table, waves):
    """Leave the successor blank where it is no municipality of the next wave."""
    there = set(zip(table["wave"], table["municipality"], strict=True))
    following = dict(zip(waves, waves[1:], strict=False))
    keep = [
        wave not in following or (following[wave], code) in there
        for wave, code in zip(table["wave"], table["successor"], strict=True)
    ]
    table["successor"] = table["successor"].where(keep)
    return table


def _sample(folder, waves, root):
    """Return the table of municipalities of a sample."""
    path = folder / "municipalities.csv"
    resources = {item["name"]: item for item in descriptor(root)["resources"]}
    table = read_list(path, resources["municipalities"])
    if not table["wave"].isin(waves).any():
        expected = f"the sample of the wave {' or '.join(map(str, waves))}, as `doorgroeien sample` wrote it"
        found = ", ".join(map(str, sorted(set(table["wave"]))))
        raise DataError(grouped([single(str(path), expected, "Name another folder.", value=found)]))
    return table


def _undrawn(export, table, sample):
    """Give who answers for a municipality that was not drawn."""
    rows = export.respondents
    drawn = table[(table["sampled"] == 1).fillna(False)]
    known = set(zip(drawn["wave"], drawn["municipality"], strict=True))
    pairs = list(zip(rows["wave"], rows["municipality"], strict=True))
    wrong = pd.Series([pair not in known for pair in pairs], index=rows.index)
    expected = f"a municipality that was drawn in that wave, by {sample / 'municipalities.csv'}"
    remedy = "Correct the code, or set sampled to 1 there if it was asked after all."
    yield from export.faults("municipality", rows.loc[wrong, "municipality"].astype("str"), expected, remedy)


def _groups(export, municipalities):
    """Return a row for each role that answered, in each municipality that was sampled or may have been."""
    rows = []
    answered = export.respondents.groupby("wave")["role"].agg(set)
    asked = municipalities[(municipalities["sampled"] != 0).fillna(True)]
    for wave, code in zip(asked["wave"], asked["municipality"], strict=True):
        for role in ROLES:
            if role in answered[wave]:
                one = 1 if role == WHOLE else None
                rows.append(
                    {"wave": wave, "municipality": code, "role": role, "population": one, "invited": one}
                )
    return pd.DataFrame(rows).astype({"population": "Int64", "invited": "Int64"})


def _left(tables, fields):
    """Return what is left to fill in: each column that needs a value, and in how many rows it has none."""
    left = []
    for name, table in tables.items():
        for spec in fields[name]:
            blank = int(table[spec["name"]].isna().sum())
            if blank and spec.get("constraints", {}).get("required"):
                column = f"`{name}.csv`, `{spec['name']}`"
                told = words()["package"]["left"]
                left.append({key: text.format(column=column, rows=blank) for key, text in told.items()})
    return left


def _told(export, left, sampled):
    """Return the text that says what was read and what is left to do, English and Dutch."""
    parts = []
    for language in ("en", "nl"):
        told = {key: pair[language] for key, pair in words()["package"].items()}
        lines = [told["text"].rstrip().format(respondents=len(export.respondents), routed=export.routed), ""]
        lines += [f"- {pair[language]}" for pair in left]
        lines += [] if sampled else [f"- {told['no_sample']}"]
        lines += [
            f"- {told['left_out'].format(file=Path(file).name, columns=', '.join(heads))}"
            for file, heads in export.left_out.items()
        ]
        parts.append("\n".join([*lines, "", told["after"]]))
    return "\n\n".join(parts) + "\n"
