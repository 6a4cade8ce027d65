"""A table written by hand names the edition of the survey answers in it, as published tables do."""

from types import SimpleNamespace

import pytest
from docutils import nodes
from docutils.utils import new_document

from doorgroeien.sphinxext.content import badges
from doorgroeien.sphinxext.content.sentences import number

EDITION = {"en": "trial - synthetic answers", "nl": "proef - synthetische antwoorden"}


def table(*editions):
    cells = [nodes.entry("", nodes.paragraph("", "", number("", record={"edition": of}))) for of in editions]
    return nodes.table("", nodes.tgroup("", nodes.tbody("", nodes.row("", *cells))))


@pytest.mark.parametrize("lang", ["en", "nl"])
def test_the_edition_stands_below_a_table_of_survey_answers_and_no_other(monkeypatch, lang):
    monkeypatch.setattr(badges, "own_questions", lambda app: False)
    monkeypatch.setattr(badges, "invented", lambda edition, root: True)
    real, survey = table(None, None), table(None, EDITION)
    section = nodes.section("", nodes.title(text="A chapter"), real, survey)
    doctree = new_document("chapter")
    doctree += section
    metadata = {"chapter": {"language": lang}}
    environment = SimpleNamespace(docname="chapter", metadata=metadata)
    badges.add_badge(SimpleNamespace(srcdir=".", env=environment), doctree)
    assert section.index(survey) == section.index(real) + 1
    (below,) = section[section.index(survey) + 1 :]
    assert below["classes"] == ["provenance"]
    assert below.astext().endswith(EDITION[lang])
