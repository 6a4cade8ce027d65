"""What an edition withholds, ``{withheld} LANGUAGE``, and what attacks recover, ``{attacks} LANGUAGE``.

A sentence says how much, and a table, folded, has a row for each chapter: the numbers that are not shown, by
what they are, and how many rows figures and tables leave out. It says neither what was withheld nor under
which rule, which can tell that; the owner has the rules in a list.
"""

from collections import Counter
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
from doorgroeien.sphinxext.content.folds import fold

__all__ = ["protocol", "setup"]

SURVEYS = ("reference", "twenty", "odd", "role")  # that were attacked, as in data/validation/attacks.csv


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
        register: Register = app.doorgroeien_register
        found = protocol(register)
        self.env.note_reread()  # the register may change where this page does not
        if found.empty:
            return [nodes.paragraph("", phrase("withheld.nothing", language))]
        heads = [phrase(f"withheld.{name}", language) for name in ("page", "whole", "rows")]
        whole, left_out = found[found["rows"] == 0], found[found["rows"] > 0]
        rows = [
            [
                self.state.inline_text(f"[](/{_told_on(page, language, self.env)})", self.lineno)[0],
                [
                    nodes.Text(
                        _names([register.records[id] for id in each.loc[each["rows"] == 0, "id"]], language)
                    )
                ],
                [nodes.Text(write_digits(each["rows"].sum(), 0, language) if each["rows"].any() else "–")],
            ]
            for page, each in found.groupby("page", sort=False)
        ]
        # Where nothing is withheld as a whole, or no rows are, there is no column for it.
        shown = [True, not whole.empty, not left_out.empty]
        heads, *rows = (
            [cell for cell, there in zip(row, shown, strict=True) if there] for row in (heads, *rows)
        )
        caption = phrase("withheld.caption", language)
        return [
            nodes.paragraph("", _said(whole, left_out, language), published_data=True),
            fold("", table(caption, heads, rows, "withheld"), lang=language, line=caption.rstrip(".")),
        ]


def _said(whole, left_out, language):
    """Return in sentences how many results are withheld, and how many rows of others are left out."""
    counts = {"whole": {"whole": len(whole)}, "rows": {"results": left_out["id"].nunique()}}
    counts["rows"]["rows"] = left_out["rows"].sum()
    sentences = []
    for name, found in counts.items():
        said = {
            field: write_digits(count, 0, language) for field, count in found.items() if any(found.values())
        }
        sentences.append(phrase(f"withheld.{'some' if said else 'none'}-{name}", language, **said))
    return " ".join(sentences)


def _names(records, language):
    """Return what results are, each once: numbers by their definition, else that one is a figure or table."""
    names = [
        record["definition"][language]
        if record["kind"] == "number"
        else phrase(f"citation.{record['kind']}", language).lower()
        for record in records
    ]
    return (
        "; ".join(
            f"{name} ({write_digits(count, 0, language)})" if count > 1 else name
            for name, count in Counter(names).items()
        )
        or "–"
    )


def _told_on(page, language, env):
    """Return the page that tells a chapter in a language."""
    dutch = page.replace("notebooks/", "book/nl/")
    return dutch if language == "nl" and dutch in env.found_docs else page


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
        heads = [phrase(f"attacks.{name}", language) for name in ("attack", *SURVEYS)]
        tried = load("validation_attacks", root)
        rows = [
            [
                [nodes.Text(text)]
                for text in (attack, *(_counted(own, survey, language) for survey in SURVEYS))
            ]
            for attack, own in tried.groupby(f"attack_{language}", sort=False)
        ]
        return [table(phrase("attacks.caption", language), heads, rows, "attacks")]


def _counted(own, survey, language):
    """Return how much an attack recovered of a survey, and on how many it was tried."""
    rows = own[own["survey"] == survey]
    if rows.empty:
        return "–"
    counts = {name: write_digits(rows[name].iloc[0], 0, language) for name in ("tried", "recovered")}
    return phrase("attacks.counted", language, **counts)


def setup(app):
    """Register the directives."""
    app.add_directive("withheld", WithheldDirective)
    app.add_directive("attacks", AttacksDirective)
