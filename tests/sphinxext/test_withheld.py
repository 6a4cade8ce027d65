"""The protocol of the rules of disclosure: what an edition withholds, and not under which rule."""

import re
from types import SimpleNamespace

import pytest
from conftest import ROOT
from docutils import nodes

from doorgroeien.estimation.estimable import REASONS
from doorgroeien.publishing.words import phrase
from doorgroeien.results.register import Register
from doorgroeien.sphinxext.content.withheld import SURVEYS, AttacksDirective, WithheldDirective, protocol

MEANT = {"en": "share of staff", "nl": "aandeel van de medewerkers"}
NUMBER = {"kind": "number", "page": "notebooks/a", "cell": 1, "definition": MEANT}
FIGURE = {"kind": "figure", "page": "notebooks/b", "cell": 2}
RECORDS = {
    "a.shown": NUMBER,
    "a.never": NUMBER | {"withheld": True, "rule": "telling"},
    "a.ever": NUMBER | {"withheld": True, "rule": "telling"},
    "a.lost": NUMBER | {"not_estimable": {"en": REASONS["few"][0], "nl": "-"}},
    "b.bands": FIGURE | {"left_out": {"telling": 6}},
    "b.all": FIGURE | {"not_estimable": {"en": REASONS["telling"][0], "nl": "-"}},
}


def register(names):
    return Register({name: RECORDS[name] | {"id": name} for name in names})


def shown(names, language):
    """Return what the directive puts into a page, in which links show the page that they lead to."""
    app = SimpleNamespace(doorgroeien_register=register(names))
    env = SimpleNamespace(app=app, note_reread=lambda: None, found_docs={"notebooks/a", "book/nl/a"})
    document = SimpleNamespace(settings=SimpleNamespace(env=env))
    state = SimpleNamespace(
        document=document, inline_text=lambda text, line: ([nodes.Text(text.removeprefix("[]"))], [])
    )
    machine = SimpleNamespace(reporter=None)
    directive = WithheldDirective("withheld", [language], {}, None, 1, 0, "", state, machine)
    return directive.run()


def test_the_protocol_has_what_rules_withhold_and_not_what_answers_do_not_carry():
    found = protocol(register(RECORDS))
    assert found[["id", "rows"]].to_numpy().tolist() == [
        ["a.never", 0],
        ["a.ever", 0],
        ["b.bands", 6],
        ["b.all", 0],
    ]


@pytest.mark.parametrize("language", ["en", "nl"])
def test_it_says_how_much_and_names_chapters_and_numbers_in_words_and_never_ids(language):
    said, folded = shown(RECORDS, language)
    assert re.findall(r"\d+", said.astext()) == ["3", "6", "1"]
    rows = [[entry.astext() for entry in row.findall(nodes.entry)] for row in folded.findall(nodes.row)]
    chapter = "(/notebooks/a)" if language == "en" else "(/book/nl/a)"
    figure = phrase("citation.figure", language).lower()
    assert rows[1:] == [
        [chapter, f"{MEANT[language]} (2)", "–"],
        ["(/notebooks/b)", figure, "6"],
    ]
    text = " ".join(part.astext() for part in (said, folded))
    assert not [id for id in RECORDS if id in text]


def test_what_there_is_none_of_is_no_zero():
    said, _ = shown(["a.shown", "b.bands"], "en")
    assert said.astext().startswith(phrase("withheld.none-whole", "en")) and " 0" not in said.astext()
    said, _ = shown(["a.never"], "nl")
    assert said.astext().endswith(phrase("withheld.none-rows", "nl"))


@pytest.mark.parametrize("language", ["en", "nl"])
def test_where_nothing_is_withheld_it_says_so(language):
    (said,) = shown(["a.shown", "a.lost"], language)
    assert said.astext() == phrase("withheld.nothing", language)


@pytest.mark.parametrize("language", ["en", "nl"])
def test_the_table_of_attacks_says_what_was_tried_and_that_nothing_was_recovered(language):
    app = SimpleNamespace(srcdir=str(ROOT))
    env = SimpleNamespace(app=app, note_dependency=lambda path: None)
    state = SimpleNamespace(document=SimpleNamespace(settings=SimpleNamespace(env=env)))
    machine = SimpleNamespace(reporter=None)
    directive = AttacksDirective("attacks", [language], {}, None, 1, 0, "", state, machine)
    head, *rows = [
        [entry.astext() for entry in row.findall(nodes.entry)]
        for row in directive.run()[0].findall(nodes.row)
    ]
    assert head == [phrase(f"attacks.{name}", language) for name in ("attack", *SURVEYS)]
    counts = [cell for row in rows for cell in row[1:] if cell != "–"]
    none = phrase("attacks.counted", language, recovered="0", tried="")
    assert len(rows) > 10 and len(counts) > 30 and all(cell.startswith(none) for cell in counts)
