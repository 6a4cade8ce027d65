"""What stands in a mirror report: the texts, tables and picture of one municipality."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
import pandas as pd

from doorgroeien.data.tables import load_all
from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.results.formats import write_digits
from doorgroeien.survey.mirror import EVERYBODY, PERSONS, Mirrors

__all__ = ["Report", "environment", "report"]

FOLDER = Path(__file__).parent
LEFT, RIGHT, ROW, TOP = 250, 665, 20, 46  # of the picture, in its own units


class Report(NamedTuple):
    """A report: its texts by place, which the templates lay out, and its picture as SVG."""

    texts: dict[str, Any]
    picture: str


def report(mirrors: Mirrors, town: str, name: str, book: str) -> Report:
    """Return the report for a municipality, called ``name``; ``book`` names the book that says how.

    All texts are Dutch and final: the templates add none.
    """
    words = _words()
    fields = {"town": name, "wave": mirrors.wave, "before": mirrors.before, "book": book}
    edition = mirrors.survey.edition
    scores = _ordered(mirrors.scores(town))
    changes = _changes_of(mirrors, town)
    texts = {
        "title": words["title"].format(**fields),
        "about": words["about"].format(**fields),
        "confidential": words["confidential"].format(**fields),
        "edition": words["edition"].format(edition=edition.names[1]),
        "invented": words["invented"] if edition.synthetic else None,
        "page": words["page"],
        "striking": {"heading": words["striking"]["heading"], "lines": _striking(scores, changes, fields)},
        "picture": {
            "heading": words["picture"]["heading"],
            "alt": words["picture"]["alt"].format(rows=len(scores), **fields),
        },
        "scores": _scores(scores, fields),
        "changes": _changes(mirrors, town, changes, fields),
        "items": _items(mirrors.items(town), fields),
        "reading": {
            "heading": words["reading"]["heading"],
            "lines": [text.format(persons=PERSONS, **fields) for text in words["reading"]["paragraphs"]],
        },
    }
    return Report(texts, _picture(scores, texts, fields))


@cache
def environment() -> jinja2.Environment:
    """Return where the templates of HTML and of the picture are; both escape what they are given."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads((FOLDER / "words.toml").read_text(encoding="utf-8"))


@cache
def _names() -> dict[str, str]:
    rows = load_all(only=("dimensions",))["dimensions"].set_index("code")
    return {**rows["label_nl"], "total": _words()["scores"]["total"]}


@cache
def _phrases() -> dict[str, str]:
    return dict(load_all(only=("dimensions",))["dimensions"].set_index("code")["phrase_nl"])


def _ordered(table):
    """Return all of it first, then each dimension with its parts below it."""
    return table.loc[["total", *sorted(name for name in table.index if name != "total")]]


def _changes_of(mirrors, town):
    """Return the changes of a municipality; ``None`` where there was no measurement before."""
    try:
        return _ordered(mirrors.changes(town))
    except NotEstimableError:
        return None


def _striking(scores, changes, fields):
    """Return in sentences where a municipality differs clearly, from its peers and from before."""
    words, total = _words()["striking"], scores.loc["total"]
    lines = []
    if pd.notna(total["own"]):
        known = pd.notna(total["peers"])
        of = _words()["peers"][total["peers_are"]] if known else ""
        said = {"own": _digits(total["own"]), "peers": _digits(total["peers"]), "of": of}
        lines.append(words["whole" if known else "alone"].format(**said, **fields))
    parts = scores[scores.index.str.len() == 2]
    sides = {"higher": parts.index[parts["stands"] == 1], "lower": parts.index[parts["stands"] == -1]}
    if parts[["own", "upper"]].notna().all(axis=1).any():
        lines += _named(sides, "between", fields)
    if changes is not None:
        rows = changes[(changes.index.str.len() == 2) & changes["own_low"].notna()]
        clear = rows[rows["clear"]]
        sides = {"rose": clear.index[clear["own"] > 0], "fell": clear.index[clear["own"] < 0]}
        if len(rows):
            lines += _named(sides, "stayed", fields)
    return lines


def _named(sides, none, fields):
    """Return a sentence for each side that has parts, or the one for none."""
    words = _words()["striking"]
    lines = []
    for side, found in sides.items():
        names = [_phrases()[part] for part in found]
        listed = f" {words['and']} ".join(", ".join(names).rsplit(", ", 1))
        if names:
            lines.append(words[side].format(names=listed, **fields))
    return lines or [words[none].format(**fields)]


def _scores(scores, fields):
    """Return the table of scores."""
    words, rows = _words(), []
    for name, row in scores.iterrows():
        cells = [
            _own(row, fields),
            _range(row["own_low"], row["own_high"]),
            _digits(row["peers"]),
            _range(row["lower"], row["upper"]),
            _beside(row),
            _digits(row["n"], 0),
        ]
        rows.append({"level": _level(name), "name": _names()[name], "cells": cells})
    return {"heading": words["scores"]["heading"], "columns": words["scores"]["columns"], "rows": rows}


def _beside(row):
    """Return of which municipalities the mean in a row is."""
    words = _words()
    if pd.isna(row["peers"]):
        return words["hidden"]["none"]
    return words["beside"]["all" if row["peers_are"] == EVERYBODY else "class"]


def _changes(mirrors, town, changes, fields):
    """Return the table of changes, or in its place why there is none."""
    words = _words()["changes"]
    found = {
        "heading": words["heading"].format(**fields),
        "columns": words["columns"],
        "notes": [],
        "rows": [],
    }
    if changes is None:
        return found | {"notes": [words["unmeasured"].format(**fields)]}
    if changes["own"].isna().all() and (changes["hidden"] == "apart").any():
        return found | {"notes": [words["apart"].format(**fields)]}
    rows = [
        {
            "level": _level(name),
            "name": _names()[name],
            "cells": [
                _own(row, fields),
                _range(row["own_low"], row["own_high"]),
                _digits(row["peers"]),
                _range(row["peers_low"], row["peers_high"]),
            ],
        }
        for name, row in changes.iterrows()
    ]
    notes = [words["note"].format(**fields)]
    if (count := mirrors.went_into(town)) > 1:
        notes.append(words["merged"].format(count=count, **fields))
    return found | {"notes": notes, "rows": rows}


def _items(items, fields):
    """Return a table of questions for each part."""
    words, parts = _words(), []
    for part, rows in items.groupby("dimension"):
        cells = [
            [
                row["wording_nl"],
                words["roles"][row["role"]],
                _own(row, fields),
                _digits(row["peers"]),
                _beside(row),
                _digits(row["n"], 0),
            ]
            for _, row in rows.iterrows()
        ]
        parts.append({"name": _names()[part], "rows": cells})
    said = {name: words["items"][name] for name in ("heading", "note", "columns")}
    return said | {"parts": parts}


def _picture(scores, texts, fields):
    """Return the scores as a drawing, with the edition in it."""
    words, rows = _words()["picture"], []
    for place, (name, row) in enumerate(scores.iterrows()):
        ends = ("own", "own_low", "own_high", "peers", "lower", "upper")
        at = {end: None if pd.isna(row[end]) else round(_across(row[end]), 1) for end in ends}
        rows.append({"name": _names()[name], "level": _level(name), "y": TOP + ROW * place, **at})
    legend = {name: words[name].format(**fields) for name in ("own", "mean", "half")}
    return (
        environment()
        .get_template("picture.svg")
        .render(
            rows=rows,
            legend=legend,
            axis=[(value, _across(value)) for value in range(0, 101, 20)],
            height=TOP + ROW * len(rows) + 44,
            edge=LEFT,
            row=ROW,
            top=TOP,
            alt=texts["picture"]["alt"],
            edition=texts["edition"],
        )
    )


def _across(value):
    return LEFT + (RIGHT - LEFT) * value / 100


def _level(name):
    return {"total": "total"}.get(name, "dimension" if len(name) == 1 else "part")


def _own(row, fields):
    """Return an own score, or why it is not shown."""
    hidden = row["hidden"]
    if isinstance(hidden, str):
        return _words()["hidden"][hidden].format(**fields)
    return _digits(row["own"])


def _digits(value, decimals=1):
    return _words()["hidden"]["none"] if pd.isna(value) else write_digits(float(value), decimals, "nl")


def _range(low, high):
    if pd.isna(low) or pd.isna(high) or low == high:
        return _words()["hidden"]["none"]
    return _words()["scores"]["range"].format(low=_digits(low), high=_digits(high))
