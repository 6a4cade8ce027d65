"""A figure or table that is not there: its title and why, once, and nothing to download or cite."""

import pytest
from docutils import nodes

from doorgroeien.results.formats import LANGUAGES
from doorgroeien.sphinxext.content.published import _absent, _provenance, _table
from doorgroeien.sphinxext.content.sentences import replace_lost

FEW = {"en": "too few answers", "nl": "te weinig antwoorden"}
ABOUT = {"id": "a.b", "edition": {"en": "a survey", "nl": "een enquête"}, "evidence": "survey answers"}
ABOUT |= {"population": {"en": "all municipalities", "nl": "alle gemeenten"}, "sources": []}


def lost(kind, caption="Levels."):
    said = f"{caption} Not estimable on these answers: {FEW['en']}.".lstrip()
    return ABOUT | {"kind": kind, "caption": {"en": said, "nl": said}, "not_estimable": FEW}


def plain(text):
    return [nodes.Text(text)]


@pytest.mark.parametrize("kind", ["figure", "table"])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_that_is_not_there_is_offered_or_cited(kind, lang):
    below = _provenance(lost(kind), plain, None, "notebooks/a", lang, "")
    assert not [*below.findall(nodes.raw)] and len(below.children) == 1
    assert below.astext().startswith({"en": "survey answers", "nl": "enquêteantwoorden"}[lang])


def test_a_table_that_is_not_there_has_one_cell_and_gives_a_reason_once_in_a_section():
    tables = [_table(lost("table"), "en") for _ in range(2)]
    section = nodes.section("", *tables)
    replace_lost(section, "a", {})
    told = [entry.astext() for entry in section.findall(nodes.entry)]
    assert told == ["Not estimable", "too few answers", "Not estimable", "for the same reason"]


def test_its_caption_is_its_title_or_says_that_there_is_none():
    def caption(record):
        return "".join(part.astext() for part in _absent(record, plain, "en"))

    assert caption(lost("table")) == "Levels."
    assert caption(lost("table", caption="")) == "There is no table here."
    assert caption(lost("figure")) == "Levels. Not estimable on these answers: too few answers."
