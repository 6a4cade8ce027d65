"""A sentence that names a figure or table on answers by its number can go where that is not there."""

import json
import re

import pytest
from conftest import ROOT

from doorgroeien.publishing.words import phrase
from doorgroeien.results.formats import LANGUAGES
from doorgroeien.results.register import records

MENTION = re.compile(r"\{numref\}`([^`]+)`")
SENTENCE = re.compile(r"\n|(?<=[.!?])\s+(?=[A-Z\"'({*])")
HOPES = {f"## {phrase('page.hopes', language)}" for language in LANGUAGES}  # of what is not there yet


def texts():
    """Return by page its texts, and the ids of figures and tables on survey answers."""
    found, on_answers = {}, set()
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        found[path.name] = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
        each = [record for cell in cells for record in records(cell.get("outputs", []))]
        on_answers |= {record["id"] for record in each if record["edition"] and record["kind"] != "number"}
    for path in sorted((ROOT / "book").rglob("*.md")):
        found[path.name] = [path.read_text(encoding="utf-8")]
    return found, on_answers


TEXTS, ON_ANSWERS = texts()


def entangled(text):
    """Return the sentences that tell of a figure or table on answers, and of something else that may stay."""
    hopes = False
    for sentence in SENTENCE.split(text):
        hopes = sentence in HOPES if sentence.startswith("#") else hopes
        for found in MENTION.finditer(sentence) if not hopes else ():
            before, after = sentence[: found.start()], sentence[found.end() :]
            aside = before.rfind("(") > before.rfind(")") and ")" in after
            if found[1] in ON_ANSWERS and not aside and re.search(r"\{num(ref)?\}`", before + after):
                yield sentence


@pytest.mark.parametrize("page", TEXTS)
def test_a_sentence_on_a_figure_tells_of_nothing_else_or_has_it_in_brackets(page):
    assert [sentence for text in TEXTS[page] for sentence in entangled(text)] == []


def test_a_sentence_on_two_figures_is_found():
    two = "{numref}`cooperation.answers` shows answers, and {numref}`cooperation.parts` the parts."
    one = "Few are high ({num}`cooperation.level.4`; {numref}`cooperation.parts`)."
    assert {*entangled(f"{two}\n{one}")} == {two}
