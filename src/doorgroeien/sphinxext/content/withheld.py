"""What an edition withholds, ``{withheld} LANGUAGE``, and what attacks recover, ``{attacks} LANGUAGE``.

A row for each chapter, of the results that are not shown and of the rows that tables and figures leave out.
It names ids, and neither what was withheld nor the rule, which can tell that; the owner has those in a list.
"""

from pathlib import Path
from typing import Any

import pandas as pd
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from doorgroeien.data.tables import load
from doorgroeien.publishing.gate import withheld
from doorgroeien.publishing.words import phrase
from doorgroeien.results.formats import LANGUAGES, write_digits
from doorgroeien.results.register import Register
from doorgroeien.sphinxext.content.codebook import table

__all__ = ["protocol", "setup"]


def protocol(register: Register) -> pd.DataFrame:
    """Return what was withheld: ``page, id`` and how many ``rows``, which is 0 for a whole result."""
    found = [
        (record["page"], id, rows) for record in register.records.values() for _, id, rows in withheld(record)
    ]
    return pd.DataFrame(found, columns=["page", "id", "rows"])


class WithheldDirective(SphinxDirective):
    """``{withheld} LANGUAGE``: the protocol as a table, or a sentence where nothing was withheld."""

    required_arguments = 1

    def run(self):
        """Return the table or the sentence."""
        (language,) = self.arguments
        if language not in LANGUAGES:
            raise self.error(f"withheld: {language!r} is not one of {', '.join(LANGUAGES)}")
        app: Any = self.env.app
        found = protocol(app.doorgroeien_register)
        self.env.note_reread()  # the register may change where this page does not
        if found.empty:
            return [nodes.paragraph("", phrase("withheld.nothing", language))]
        heads = [phrase(f"withheld.{name}", language) for name in ("page", "numbers", "rows")]
        rows = [
            [
                [nodes.Text(page.rpartition("/")[2])],
                _ids(each.loc[each["rows"] == 0, "id"]),
                _ids(f"{id} ({rows})" for id, rows in each.loc[each["rows"] > 0, ["id", "rows"]].to_numpy()),
            ]
            for page, each in found.groupby("page", sort=False)
        ]
        return [table(phrase("withheld.caption", language), heads, rows, "withheld")]


class AttacksDirective(SphinxDirective):
    """``{attacks} LANGUAGE``: what an attacker tries on published results, and recovers."""

    required_arguments = 1

    def run(self):
        """Return the table."""
        (language,) = self.arguments
        if language not in LANGUAGES:
            raise self.error(f"attacks: {language!r} is not one of {', '.join(LANGUAGES)}")
        root = Path(self.env.app.srcdir)
        self.env.note_dependency(str(root / "data" / "validation" / "attacks.csv"))
        heads = [phrase(f"attacks.{name}", language) for name in ("attack", "survey", "tried", "recovered")]
        rows = [
            [[nodes.Text(text)] for text in (row[f"attack_{language}"], *_counted(row, language))]
            for _, row in load("validation_attacks", root).iterrows()
        ]
        return [table(phrase("attacks.caption", language), heads, rows, "attacks")]


def _counted(row, language):
    """Return the survey, how often an attack was tried on it, and how much it recovered."""
    counts = [write_digits(row[name], 0, language) for name in ("tried", "recovered")]
    return phrase(f"attacks.{row['survey']}", language), *counts


def _ids(names):
    """Return ids with commas between them, or a dash where there is none."""
    return [nodes.Text(", ".join(names) or "–")]


def setup(app):
    """Register the directives."""
    app.add_directive("withheld", WithheldDirective)
    app.add_directive("attacks", AttacksDirective)
