"""The protocol of the rules of disclosure: what an edition withholds, and not under which rule."""

from types import SimpleNamespace

import pytest
from conftest import ROOT
from docutils import nodes

from doorgroeien.estimation.estimable import REASONS
from doorgroeien.publishing.words import phrase
from doorgroeien.results.register import Register
from doorgroeien.sphinxext.content.withheld import AttacksDirective, WithheldDirective, protocol

NUMBER = {"kind": "number", "page": "notebooks/a", "cell": 1}
FIGURE = {"kind": "figure", "page": "notebooks/b", "cell": 2}
RECORDS = {
    "a.shown": NUMBER,
    "a.never": NUMBER | {"withheld": True, "rule": "telling"},
    "a.lost": NUMBER | {"not_estimable": {"en": REASONS["few"][0], "nl": "-"}},
    "b.bands": FIGURE | {"left_out": {"telling": 6}},
    "b.all": FIGURE | {"not_estimable": {"en": REASONS["telling"][0], "nl": "-"}},
}


def register(names):
    return Register({name: RECORDS[name] | {"id": name} for name in names})


def shown(names, language):
    """Return what the directive puts into a page."""
    app = SimpleNamespace(doorgroeien_register=register(names))
    env = SimpleNamespace(app=app, note_reread=lambda: None)
    state = SimpleNamespace(document=SimpleNamespace(settings=SimpleNamespace(env=env)))
    machine = SimpleNamespace(reporter=None)
    directive = WithheldDirective("withheld", [language], {}, None, 1, 0, "", state, machine)
    return directive.run()[0]


def test_the_protocol_has_what_rules_withhold_and_not_what_answers_do_not_carry():
    found = protocol(register(RECORDS))
    assert found[["page", "id", "rows"]].to_numpy().tolist() == [
        ["notebooks/a", "a.never", 0],
        ["notebooks/b", "b.bands", 6],
        ["notebooks/b", "b.all", 0],
    ]


@pytest.mark.parametrize("language", ["en", "nl"])
def test_it_names_chapters_and_ids_in_each_language(language):
    rows = [
        [entry.astext() for entry in row.findall(nodes.entry)]
        for row in shown(RECORDS, language).findall(nodes.row)
    ]
    assert rows[1:] == [
        ["a", "a.never", "–"],
        ["b", "b.all", "b.bands (6)"],
    ]


@pytest.mark.parametrize("language", ["en", "nl"])
def test_where_nothing_is_withheld_it_says_so(language):
    assert shown(["a.shown", "a.lost"], language).astext() == phrase("withheld.nothing", language)


@pytest.mark.parametrize("language", ["en", "nl"])
def test_the_table_of_attacks_says_what_was_tried_and_that_nothing_was_recovered(language):
    app = SimpleNamespace(srcdir=str(ROOT))
    env = SimpleNamespace(app=app, note_dependency=lambda path: None)
    state = SimpleNamespace(document=SimpleNamespace(settings=SimpleNamespace(env=env)))
    machine = SimpleNamespace(reporter=None)
    directive = AttacksDirective("attacks", [language], {}, None, 1, 0, "", state, machine)
    _, *rows = [
        [entry.astext() for entry in row.findall(nodes.entry)]
        for row in directive.run()[0].findall(nodes.row)
    ]
    assert len(rows) > 8 and {row[-1] for row in rows} == {"0"}
    assert {row[1] for row in rows} == {
        phrase(f"attacks.{name}", language) for name in ("reference", "twenty")
    }
