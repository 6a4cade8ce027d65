"""On real answers a page does not say what real answers could show."""

import json
from types import SimpleNamespace

import pytest
from conftest import ROOT

from doorgroeien.publishing.execution import notebook_paths
from doorgroeien.publishing.words import phrase
from doorgroeien.sphinxext.content import answers
from doorgroeien.sphinxext.content.answers import AnswersRole, invented, on_real_answers, without_hopes
from doorgroeien.survey.answers import Edition


@pytest.mark.parametrize("synthetic", [True, False])
def test_words_are_those_of_the_edition(monkeypatch, synthetic):
    edition = Edition("test", ("a test", "een proef"), synthetic, None, None)
    monkeypatch.setattr(answers, "elsewhere", lambda root: edition)
    role = AnswersRole()
    role.text = "invented|given by people"
    role.inliner = SimpleNamespace(
        document=SimpleNamespace(
            settings=SimpleNamespace(env=SimpleNamespace(app=SimpleNamespace(srcdir=str(ROOT))))
        )
    )
    (said,), _ = role.run()
    assert said.astext() == ("invented" if synthetic else "given by people")


def test_draws_of_the_method_are_invented_in_a_book_on_real_answers_too(monkeypatch):
    for synthetic in (True, False):
        edition = Edition("test", ("a test", "een proef"), synthetic, None, None)
        monkeypatch.setattr(answers, "elsewhere", lambda root, edition=edition: edition)
        assert invented("a test", ROOT) == synthetic
        assert invented("reference edition - synthetic answers", ROOT)


def test_the_reference_survey_is_not_real(monkeypatch):
    monkeypatch.delenv("SURVEY", raising=False)
    assert not on_real_answers(ROOT)


def test_the_section_on_what_real_answers_could_show_goes_and_what_follows_stays():
    heading = phrase("page.hopes", "en")
    assert (
        without_hopes(f"Before.\n\n## {heading}\n\nMuch.\n\n## Limits\n\nSome.")
        == "Before.\n\n## Limits\n\nSome."
    )
    assert without_hopes(f"## {heading}\nMuch.") == ""
    assert without_hopes("## Other\nMuch.") == "## Other\nMuch."


def test_chapters_have_such_a_section():
    texts = [
        "".join(cell["source"])
        for path in notebook_paths(ROOT)
        for cell in json.loads((ROOT / path).read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "markdown"
    ]
    assert sum(without_hopes(text) != text for text in texts) > 10
    assert not any("real answers could show" in without_hopes(text) for text in texts)
