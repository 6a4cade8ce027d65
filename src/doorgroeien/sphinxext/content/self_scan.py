"""The quick scan to fill in on the page, ``{self-scan} LANGUAGE``: questions, what the letter says, and data.

The questions stand as a list, which ``self_scan.js`` turns into a form; it computes the profile in the
browser, from the scores of answers and the questions of each part given here, and sends nothing. On real
answers it is told what was published of municipalities by their size, and the rule that finds a type: all of
it comes from the register, after the rules of disclosure. On invented answers there is no such yardstick.
"""

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from doorgroeien.data.tables import load_all
from doorgroeien.intake.loading import load_survey
from doorgroeien.publishing.words import Pair, phrase, section
from doorgroeien.results.formats import LANGUAGES, write
from doorgroeien.results.records import Language
from doorgroeien.results.register import Register
from doorgroeien.sphinxext.content.answers import on_real_answers
from doorgroeien.survey.answers import SIZE_CLASSES
from doorgroeien.survey.instrument import ROLES, Instrument
from doorgroeien.survey.mirror import ANSWERED

__all__ = ["block", "compared", "questions", "setup", "type_rule"]

FORM = "quick_scan"
QUARTERS, RULE, ACCURACY, TYPES = (
    "dimensions.quick",
    "municipality-types.quick.rule",
    "municipality-types.quick.accuracy",
    "municipality-types.types.table",
)


def questions(instrument: Instrument, language: Language) -> dict[str, Any]:
    """Return the questions of the quick scan as the script needs them.

    ``items`` by name: the ``role`` that is asked, the ``wording``, the ``short`` name, the ``scale``, and
    under ``worth`` the score of each answer, 0 to 100, in the order of the scale; ``null`` where it counts in
    no score. ``scales`` are the answers to choose from, ``parts`` the scored items of each part.
    """
    asked = [item for role in ROLES for item in instrument.asked(FORM, role)]
    labels = instrument.codes.set_index(["scale", "code"])[f"label_{language}"]
    rows = instrument.rows
    return {
        "items": {
            item: {
                "role": rows[item]["role"],
                "wording": rows[item][f"wording_{language}"],
                "short": rows[item][f"short_{language}"],
                "scale": rows[item]["scale"],
                "worth": instrument.worth(item).tolist() if rows[item]["scored"] == 1 else None,
            }
            for item in asked
        },
        "scales": {
            scale: [labels[scale, code] for code in instrument.answer_codes[scale]]
            for scale in dict.fromkeys(rows[item]["scale"] for item in asked)
        },
        "parts": instrument.parts[FORM],
    }


def compared(register: Register, language: Language) -> list[dict[str, Any]]:
    """Return for each size class, where any is published, its name and the quarters of each dimension.

    ``quarters`` has by dimension the scores below which a quarter, half and three quarters of the
    municipalities lie; a dimension that is withheld is not in it.
    """
    rows = _rows(register, QUARTERS)
    found: dict[str, dict[str, list[float]]] = {name: {} for name in SIZE_CLASSES}
    for row in rows:
        found[row["size_class"]][row["code"]] = [row["lower"], row["middle"], row["upper"]]
    names = section("size-class")
    return [{"name": names[size][language], "quarters": found[size]} for size in found] if rows else []


def type_rule(register: Register, language: Language) -> dict[str, Any] | None:
    """Return the published rule that finds a type from scores on the quick scan, where all of it is.

    ``ways`` are limits, each ``[score, above, at most]`` with ``null`` for none, and the ``type`` within
    them; what is withheld of the rule leaves its place open. ``accuracy`` is how often it is right, in words,
    and ``types`` what each type is like.
    """
    rows, accuracy = _rows(register, RULE), register.records.get(ACCURACY)
    kinds = {row["type"]: row["words_nl" if language == "nl" else "words"] for row in _rows(register, TYPES)}
    if accuracy is None or accuracy["kind"] != "number" or accuracy["value"] is None:
        return None
    ways = [
        {"limits": [*map(_limit, filter(None, row["limits"].split("; ")))], "type": row["type"]}
        for row in rows
        if row["type"] in kinds
    ]
    return {"ways": ways, "types": kinds, "accuracy": write(accuracy, language)} if ways else None


def _limit(text: str) -> list[str | float | None]:
    """Return a limit such as ``total 45 inf``."""
    name, *ends = text.split()
    return [name, *(None if end.endswith("inf") else float(end) for end in ends)]


def _rows(register: Register, id: str) -> list[dict[str, Any]]:
    """Return the rows of a published table, none where there is no such table or it cannot be estimated."""
    record = register.records.get(id)
    if record is None or record["kind"] != "table" or "not_estimable" in record:
        return []
    data = record["data"]
    return [dict(zip(data["columns"], row, strict=True)) for row in data["rows"]]


class SelfScanDirective(SphinxDirective):
    """``{self-scan} LANGUAGE``."""

    required_arguments = 1

    def run(self):
        """Return the questions, what the letter says and the data, in one block."""
        (language,) = self.arguments
        if language not in LANGUAGES:
            raise self.error(f"self-scan: {language!r} is not one of {', '.join(LANGUAGES)}")
        app: Any = self.env.app
        root, register = Path(app.srcdir), app.doorgroeien_register
        for table in ("instrument/items", "instrument/codes", "letter/dimensions", "letter/findings"):
            self.env.note_dependency(str(root / "data" / f"{table}.csv"))
        self.env.note_reread()  # the register may change where this page does not
        instrument = load_survey(root=root).instrument
        if not instrument.parts[FORM]:
            return [nodes.paragraph(text=phrase("self-scan.none", language))]
        tables = load_all(root, only=("dimensions", "findings"))
        real = on_real_answers(root)
        text = block(instrument, tables, register if real else None, language)
        self.env.metadata[self.env.docname].setdefault("evidence", set()).add("letter")
        beside = real and _rows(register, QUARTERS)
        edition = {"edition": register.records[QUARTERS]["edition"]} if beside else {}
        return [nodes.raw("", text, format="html", **edition)]


def block(
    instrument: Instrument, tables: dict[str, pd.DataFrame], register: Register | None, language: Language
) -> str:
    """Return the questions, what the letter says and the data of the script, as HTML.

    ``tables`` has those of ``dimensions`` and ``findings``; ``register`` is that of real answers, ``None``
    where they are invented and nothing is compared.
    """
    asked, dimensions = questions(instrument, language), tables["dimensions"].set_index("code")
    known = {*asked["parts"], *(part[0] for part in asked["parts"])}
    dimensions = dimensions[dimensions.index.isin(known)]
    data = asked | {
        "names": dimensions[f"label_{language}"].to_dict(),
        "short": dimensions[f"short_{language}"].to_dict(),
        "none": phrase("self-scan.unknown", language),
        "least": ANSWERED,
        "words": _in(section("scan"), language)
        | {"locale": phrase("script.locale", language), "joins": phrase("municipality.and", language)},
    }
    if register is not None:
        data |= {"sizes": compared(register, language), "rule": type_rule(register, language)}
        data["words"] |= _in(section("scan-peers"), language)
    html = _listed(asked, language) + _letter(tables["findings"], data["names"], language)
    text = json.dumps(data, ensure_ascii=False).replace("</", "<\\/")
    return f'<div class="self-scan">{html}<script type="application/json">{text}</script></div>'


def _in(words: Mapping[str, Pair], language: Language) -> dict[str, str]:
    """Return words in a language, with their fields left in braces for the script."""
    return {key: pair[language] for key, pair in words.items()}


def _listed(asked: dict[str, Any], language: Language) -> str:
    """Return what a reader sees without scripts: what it takes, and the questions by who is asked."""
    found = [f'<p class="needs-script no-print">{escape(phrase("self-scan.script", language))}</p>']
    place = 1
    for role in ROLES:
        items = {item: row for item, row in asked["items"].items() if row["role"] == role}
        if not items:
            continue
        found.append(f'<h3>{escape(section("scan-role")[role][language])}</h3><ol start="{place}">')
        for item, row in items.items():
            answers = " / ".join(asked["scales"][row["scale"]])
            found.append(
                f'<li data-item="{item}"><span class="wording">{escape(row["wording"])}</span> '
                f'<span class="answers">{escape(answers)}</span></li>'
            )
        found.append("</ol>")
        place += len(items)
    return f'<div class="scan-questions">{"".join(found)}</div>'


def _letter(findings: pd.DataFrame, names: dict[str, str], language: Language) -> str:
    """Return the findings of the letter by dimension, in its own words or, in English, in ours."""
    column = "letter_nl" if language == "nl" else "paraphrase_en"
    parts = []
    for code, name in names.items():
        rows = findings[findings["dimension"].str[0] == code]
        said = zip(rows["finding"], rows[column], strict=True)
        listed = "".join(f'<li value="{number}">{escape(text)}</li>' for number, text in said)
        parts += [f"<dt>{escape(name)}</dt><dd><ol>{listed}</ol></dd>"] if listed else []
    head, about = phrase("self-scan.letter", language), phrase("self-scan.of-all", language)
    head = f"<h3>{escape(head)}</h3><p>{escape(about)}</p>"
    return f'<div class="scan-letter">{head}<dl>{"".join(parts)}</dl></div>'


def setup(app):
    """Register the directive."""
    app.add_directive("self-scan", SelfScanDirective)
