"""Smaller surveys made of the reference survey: as others would bring them."""

from pathlib import Path

import numpy as np
import pandas as pd

from doorgroeien.survey.answers import TABLES

__all__ = ["KINDS", "write_smaller"]


def _towns(tables, names):
    """Keep the municipalities ``names`` of the last wave, and those that went into them."""
    towns, last = tables["municipalities"], tables["waves"]["wave"].iloc[-1]
    kept = towns["municipality"].isin(names) | ((towns["wave"] != last) & towns["successor"].isin(names))
    keys = towns.loc[kept, ["wave", "municipality"]]
    for name in ("municipalities", "groups", "respondents"):
        tables[name] = tables[name].merge(keys, on=["wave", "municipality"])


def municipalities(count):
    """Return a change that keeps about ``count`` municipalities, of every size class at least two."""

    def keep(tables):
        last = tables["municipalities"][tables["municipalities"]["wave"] == tables["waves"]["wave"].iloc[-1]]
        names = []
        for _, rows in last.groupby("size_class"):
            size = max(2, round(count * len(rows) / len(last)))
            names += list(rows.sample(size, random_state=3)["municipality"])
        _towns(tables, names)

    return keep


def of_classes(*classes, one_of=None):
    """Return a change that keeps the size classes ``classes``, and one municipality of ``one_of``."""

    def keep(tables):
        towns = tables["municipalities"]
        last = towns[towns["wave"] == tables["waves"]["wave"].iloc[-1]]
        names = list(last.loc[last["size_class"].isin(classes), "municipality"])
        if one_of:
            names.append(last.loc[last["size_class"] == one_of, "municipality"].iloc[0])
        _towns(tables, names)

    return keep


def without_role(*roles):
    """Return a change that takes away all groups and respondents of ``roles``."""

    def keep(tables):
        for name in ("groups", "respondents"):
            tables[name] = tables[name][~tables[name]["role"].isin(roles)]

    return keep


def one_wave(wave):
    """Return a change that keeps one wave."""

    def keep(tables):
        for name in ("waves", "municipalities", "groups", "respondents"):
            tables[name] = tables[name][tables[name]["wave"] == wave]
        tables["municipalities"] = tables["municipalities"].assign(
            successor=tables["municipalities"]["municipality"]
        )

    return keep


def third_wave(tables):
    """Add a wave of 2010: a merger, every tenth person gone, and the answers of others of the same role."""
    tables["waves"] = pd.concat(
        [
            tables["waves"],
            tables["waves"].tail(1).assign(wave="2010", date="2010-12-31", boundaries="2010-01-01"),
        ]
    )
    of = {name: table[table["wave"] == "2007"] for name, table in tables.items() if "municipality" in table}
    gone, into = of["municipalities"]["municipality"].head(2)
    people = of["respondents"].drop(of["respondents"].index[::10])
    new = {name: table.assign(wave="2010") for name, table in (of | {"respondents": people}).items()}
    new = {name: table[table["municipality"] != gone] for name, table in new.items()}
    answers = tables["answers"].set_index("respondent").loc[new["respondents"]["respondent"]]
    shifted = answers.groupby(new["respondents"]["role"].to_numpy()).transform(np.roll, 1)
    names = new["respondents"]["respondent"].str.replace("p-07", "p-10")
    new["respondents"] = new["respondents"].assign(respondent=names)
    new["answers"] = shifted.set_axis(names.to_numpy()).rename_axis("respondent").reset_index()
    for name, table in new.items():
        tables[name] = pd.concat([tables[name], table])
    towns = tables["municipalities"]
    merged = (towns["successor"] == gone) & (towns["wave"] != "2010")
    tables["municipalities"] = towns.assign(
        successor=towns["successor"].mask(merged & (towns["wave"] == "2007"), into)
    )


def one_form(form):
    """Return a change that makes the last wave one of another form, whose other answers go."""

    def keep(tables):
        waves, items = tables["waves"], pd.read_csv(ITEMS, dtype=str)
        tables["waves"] = waves.assign(form=form)
        long = items.loc[items["quick_scan"] == "0", "item"]
        tables["answers"].loc[:, list(long)] = ""

    return keep


def no_overlap(tables):
    """Make the measurements ones of different municipalities."""
    towns = tables["municipalities"]
    first, last = (towns["wave"] == wave for wave in tables["waves"]["wave"])
    both = set(towns.loc[first, "successor"]) & set(towns.loc[last, "municipality"])
    half = set(sorted(both)[::2])
    for name in ("respondents", "groups", "municipalities"):
        table, wave = tables[name], tables[name]["wave"]
        key = table["municipality"]
        old = set(towns.loc[first & towns["successor"].isin(half), "municipality"])
        gone = ((wave == tables["waves"]["wave"].iloc[1]) & key.isin(half)) | (
            (wave == tables["waves"]["wave"].iloc[0]) & ~key.isin(old)
        )
        if name == "respondents":
            tables[name] = table[~gone]
        elif name == "groups":
            tables[name] = table.assign(invited=table["invited"].mask(gone, "0"))
        else:
            tables[name] = table.assign(sampled=table["sampled"].mask(gone, "0"))


def answers(value, *items):
    """Return a change that gives all who were asked ``items`` the same answer, or none."""

    def keep(tables):
        for item in items:
            column = tables["answers"][item]
            tables["answers"][item] = column.where(column == "", value)

    return keep


def one_respondent(tables):
    """Keep one respondent of each municipality and wave."""
    tables["respondents"] = tables["respondents"].drop_duplicates(["wave", "municipality"])


def unknown_population(tables):
    """Let the numbers of people be those who were invited, as where nobody knows how many there are."""
    groups = tables["groups"]
    tables["groups"] = groups.assign(population=groups["invited"].mask(groups["invited"] == "0", "1"))


ITEMS = Path(__file__).parents[1] / "data" / "instrument" / "items.csv"
KINDS = {
    "120 municipalities": [municipalities(120)],
    "45 municipalities": [municipalities(45)],
    "20 municipalities": [municipalities(20)],
    "no councillors": [without_role("councillor")],
    "one role": [without_role("alderman", "councillor", "manager", "staff")],
    "one wave": [one_wave("2007")],
    "third wave": [third_wave],
    "quick scan": [one_form("quick_scan")],
    "no overlap": [no_overlap],
    "not asked": [answers("", "d1a_vision", "d2d_reduction", "d4b_siod_quality", "d3a_incident")],
    "all alike": [answers("4", "d1a_plan", "d3c_skills")],
    "don't know": [answers("-8", "d1d_goals", "d2a_intake")],
    "no large cities": [of_classes("<20k", "20k-50k", "50k-100k")],
    "one large city": [of_classes("<20k", "20k-50k", "50k-100k", one_of=">=100k")],
    "one respondent each": [one_respondent],
    "unknown numbers of people": [unknown_population],
    # All at once: as small and odd as may be met.
    "small and odd": [
        municipalities(30),
        without_role("councillor"),
        answers("", "d1a_vision", "d4b_siod_quality"),
        answers("4", "d1a_plan"),
        answers("-8", "d1d_goals"),
    ],
}


def write_smaller(folder: Path, source: Path, kind: str) -> Path:
    """Write to ``folder`` the survey in ``source``, made one of a kind of :data:`KINDS`; return that."""
    read = {"dtype": str, "keep_default_na": False}
    tables = {name: pd.read_csv(source / f"{name}.csv", **read) for name in TABLES}
    for change in KINDS[kind]:
        change(tables)
    kept = tables["answers"]["respondent"].isin(tables["respondents"]["respondent"])
    tables["answers"] = tables["answers"][kept]
    name = kind.replace(" ", "-").replace("'", "")
    tables["edition"] = tables["edition"].assign(
        edition=name, name_en=f"test of {kind} - synthetic answers", name_nl=f"proef {kind} - synthetisch"
    )
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    return folder
