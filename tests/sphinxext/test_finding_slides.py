"""On a slide: the words of the letter, numbers of the register, and an edition where there is one."""

import json
from types import SimpleNamespace

import pytest
from conftest import ROOT

from doorgroeien.publishing.citation import load_book
from doorgroeien.results.formats import LANGUAGES, write
from doorgroeien.results.register import Register
from doorgroeien.sphinxext.content import slides


@pytest.fixture(scope="module")
def app():
    register = Register()
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        register.read(f"notebooks/{path.stem}", json.loads(path.read_text(encoding="utf-8")))
    env = SimpleNamespace(found_docs={"book/slides", "book/dias"})
    named = {"doorgroeien_register": register, "doorgroeien_book": load_book(ROOT)}
    return SimpleNamespace(srcdir=str(ROOT), env=env, **named)


@pytest.fixture(scope="module")
def pictures(app):
    return {one.name: one for language in LANGUAGES for one in slides._pictures(app, language)}


def test_there_is_a_slide_for_each_finding_and_one_picture_of_all_in_both_languages(pictures):
    names = {f"finding-{number}.{language}" for number in range(1, 10) for language in LANGUAGES}
    assert set(pictures) == names | {f"glance.{language}" for language in LANGUAGES}


def test_numbers_on_a_slide_are_those_of_the_register_in_the_language_of_the_slide(app, pictures):
    names = "triangulation.reclaim.always.2007", "registers-in-context.principle.follow.2007"
    records = [app.doorgroeien_register.records[name] for name in names]
    for language in LANGUAGES:
        (slide,) = pictures[f"finding-7.{language}"].draw.args
        written = [write(record, language) for record in records]
        assert [told.written for told in slide.numbers] == written
        assert all(number in pictures[f"finding-7.{language}"].alt for number in written)
    assert all("{" not in one.alt and "`" not in one.alt for one in pictures.values()), (
        "every role is filled in"
    )


def test_what_was_counted_in_documents_is_a_lower_bound_without_a_bar_and_says_how_many_were_read(
    app, pictures
):
    (slide,) = pictures["finding-1.en"].draw.args
    (told,) = slide.numbers
    count = write(app.doorgroeien_register.records["documents.says.cycle"])
    number = write(app.doorgroeien_register.records["documents.number"])
    assert told.written == f"at least {count}" and told.size is None
    assert told.what.endswith(f"({number} texts were read)")
    assert "convenience sample, openings read" in slide.below[0]
    for one in pictures["finding-3.nl"].draw.args[0].numbers:
        assert one.size is None and one.what.endswith(f"({number} teksten zijn gelezen)")
    for language in LANGUAGES:
        rows = pictures[f"glance.{language}"].draw.args[1]
        assert [row.number for row in rows] == [str(n) for n in range(1, 10)], (
            "no count as if it were support"
        )
        assert f"{number} te" in pictures[f"glance.{language}"].draw.args[2][0]


def test_a_dutch_slide_has_the_letter_in_its_own_words_and_an_english_one_says_that_it_has_not(pictures):
    (dutch,), (english,) = (pictures[f"finding-5.{language}"].draw.args for language in ("nl", "en"))
    assert dutch.parts[0][1].startswith("“De verankering van handhaven")
    assert english.parts[0][0] == "The letter, in other words"


@pytest.mark.slow
def test_every_slide_has_room_for_its_words(pictures):
    for one in pictures.values():
        one.draw()


def test_a_slide_without_survey_answers_says_so_and_one_with_them_has_their_edition(app, pictures):
    (slide,) = pictures["finding-6.nl"].draw.args
    assert slide.edition == "" and "geen enquêteantwoorden" in slide.below[0]
    register = Register(records=dict(app.doorgroeien_register.records))
    edition = {"en": "an edition", "nl": "een editie"}
    register.records["documents.says.goals"] = {
        **register.records["documents.says.goals"],
        "evidence": "survey answers",
        "edition": edition,
    }
    other = SimpleNamespace(**vars(app) | {"doorgroeien_register": register})
    found = {one.name: one for one in slides._pictures(other, "nl")}
    (slide,) = found["finding-6.nl"].draw.args
    assert "een editie" in slide.edition and "geen enquêteantwoorden" not in slide.below[0]
    assert (
        "een editie" in found["glance.nl"].alt
        and found["finding-6.nl"].digest() != pictures["finding-6.nl"].digest()
    )


def test_an_id_that_nobody_publishes_is_named_with_its_file_and_finding(app):
    empty = SimpleNamespace(**vars(app) | {"doorgroeien_register": Register()})
    with pytest.raises(
        ValueError, match=r"data/letter/evidence\.csv, finding 1: no number 'documents\.says\.cycle'"
    ):
        list(slides._pictures(empty, "en"))


@pytest.mark.slow
def test_pictures_are_kept_from_build_to_build_and_drawn_anew_only_when_their_words_change(
    app, tmp_path, monkeypatch
):
    made = []
    drawn = {"svg": b"<svg/>", "png": b"PNG"}
    monkeypatch.setattr(slides.slides, "files", lambda figure: made.append(figure) or drawn)
    out = tmp_path / "html"
    out.mkdir()
    built = SimpleNamespace(**vars(app), outdir=str(out))
    slides.write_slides(built)
    assert len(made) == 20 and (out / "slides" / "finding-9.nl.png").read_bytes() == b"PNG"
    slides.write_slides(built)
    assert len(made) == 20
