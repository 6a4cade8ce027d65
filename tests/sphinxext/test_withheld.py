"""The protocol of the rules of disclosure: what an edition withholds, and under which rule."""

from types import SimpleNamespace

import pytest
from docutils import nodes

from doorgroeien.estimation.estimable import REASONS
from doorgroeien.publishing.words import phrase
from doorgroeien.results.disclosure import RULES
from doorgroeien.results.register import Register
from doorgroeien.sphinxext.content.withheld import WithheldDirective, protocol

NUMBER = {"kind": "number", "page": "notebooks/a", "cell": 1}
FIGURE = {"kind": "figure", "page": "notebooks/b", "cell": 2}
RECORDS = {
    "a.shown": NUMBER,
    "a.never": NUMBER | {"withheld": True, "rule": "alike"},
    "a.lost": NUMBER | {"not_estimable": {"en": REASONS["few"][0], "nl": "-"}},
    "b.bands": FIGURE | {"left_out": {"few": 2, "tail": 4}},
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
    assert found[["id", "rule", "rows"]].to_numpy().tolist() == [
        ["a.never", "alike", 0],
        ["b.bands", "few", 2],
        ["b.bands", "tail", 4],
        ["b.all", "telling", 0],
    ]


@pytest.mark.parametrize("language", ["en", "nl"])
def test_it_names_chapters_rules_and_ids_in_each_language(language):
    rows = [
        [entry.astext() for entry in row.findall(nodes.entry)]
        for row in shown(RECORDS, language).findall(nodes.row)
    ]
    assert rows[1:] == [
        ["a", phrase("withheld.alike", language), "a.never", "–"],
        ["b", phrase("withheld.few", language), "–", "b.bands (2)"],
        ["b", phrase("withheld.tail", language), "–", "b.bands (4)"],
        ["b", phrase("withheld.telling", language), "b.all", "–"],
    ]


@pytest.mark.parametrize("language", ["en", "nl"])
def test_where_nothing_is_withheld_it_says_so(language):
    assert shown(["a.shown", "a.lost"], language).astext() == phrase("withheld.nothing", language)


def test_every_rule_has_words():
    for name in ("few", "alike", "count", "tail", "telling"):
        assert phrase(f"withheld.{name}", "en") != phrase(f"withheld.{name}", "nl")
    assert RULES.least == 5 and "five" in phrase("withheld.few", "en")
