"""What was withheld in this edition, and under which rule: ``{withheld} LANGUAGE`` writes the protocol.

A row for each chapter and rule of :class:`doorgroeien.results.disclosure.Rules`, of the numbers that are not
shown and of the rows that tables and figures leave out. It names ids, and never what was withheld.
"""

from collections.abc import Iterator
from typing import Any

import pandas as pd
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from doorgroeien.estimation.estimable import REASONS
from doorgroeien.publishing.words import phrase
from doorgroeien.results.formats import LANGUAGES
from doorgroeien.results.register import Register
from doorgroeien.sphinxext.content.codebook import table

__all__ = ["protocol", "setup"]

COLUMNS = ["page", "rule", "id", "rows"]
NAMES = ("few", "alike", "count", "tail", "telling")  # the last of a result of which nothing may be shown
TELLING = REASONS["telling"][0]


def protocol(register: Register) -> pd.DataFrame:
    """Return what was withheld: ``page, rule, id`` and how many ``rows``, which is 0 for a whole result."""
    return pd.DataFrame(_withheld(register), columns=COLUMNS)


def _withheld(register: Register) -> Iterator[tuple[str, str, str, int]]:
    for record in register.records.values():
        place = record["page"], record["id"]
        if record["kind"] == "number":
            if "withheld" in record:
                yield place[0], record["rule"], place[1], 0
        else:
            for rule, rows in record.get("left_out", {}).items():
                yield place[0], rule, place[1], rows
        if record.get("not_estimable", {}).get("en") == TELLING:
            yield place[0], "telling", place[1], 0


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
        if unknown := {*found["rule"]} - {*NAMES}:
            raise self.error(f"withheld: no words for the rule {', '.join(sorted(unknown))}")
        heads = [phrase(f"withheld.{name}", language) for name in ("page", "rule", "numbers", "rows")]
        rows = [
            [
                [nodes.Text(page.rpartition("/")[2])],
                [nodes.Text(phrase(f"withheld.{rule}", language))],
                _ids(each.loc[each["rows"] == 0, "id"]),
                _ids(f"{id} ({rows})" for id, rows in each.loc[each["rows"] > 0, ["id", "rows"]].to_numpy()),
            ]
            for (page, rule), each in found.groupby(["page", "rule"], sort=False)
        ]
        return [table(phrase("withheld.caption", language), heads, rows, "withheld")]


def _ids(names):
    """Return ids with commas between them, or a dash where there is none."""
    return [nodes.Text(", ".join(names) or "–")]


def setup(app):
    """Register the directive."""
    app.add_directive("withheld", WithheldDirective)
