"""What a figure or table is called where it is cited or folded away."""

from types import SimpleNamespace

from doorgroeien.results.register import Register
from doorgroeien.sphinxext.content.citations import headline

APP = SimpleNamespace(doorgroeien_register=Register())


def test_it_is_the_first_sentence_of_the_caption():
    assert headline(APP, "Who takes part: response by wave. Lines are intervals.", "en") == (
        "Who takes part: response by wave"
    )


def test_of_a_long_first_sentence_it_is_the_first_clause():
    long = " ".join(["and the change since then"] * 5)
    assert headline(APP, f"The four dimensions at a glance: the score, {long}; no line.", "en") == (
        "The four dimensions at a glance"
    )
    assert headline(APP, f"Scores; the score, {long}.", "en") == f"Scores; the score, {long}"
