"""Slides: all that is said is drawn, in its column, and what has no room is an error."""

from dataclasses import replace

import pytest
from matplotlib.text import Text

from doorgroeien.results.slides import (
    FOOT,
    Glance,
    Slide,
    Told,
    TooLongError,
    broken,
    draw_glance,
    draw_slide,
    files,
)

SLIDE = Slide(
    above="Finding 7",
    title="Recovery looks better than expected",
    parts=(
        ("The letter", "A more positive picture than other signals. " * 5),
        ("How sure", "It cannot be tested."),
    ),
    numbers=(Told("at least 12", "documents on special functions", 12), Told("at least 7", "on staff", 7)),
    below=("Sources: a letter.", "The book, CC BY 4.0."),
    beside="Cannot be tested; beside it stands",
)


def texts(figure):
    return [text for text in figure.findobj(Text) if text.get_text().strip() and text.get_visible()]


def boxes(figure):
    """Return the box of each text in inches."""
    figure.canvas.draw()
    scale = figure.dpi_scale_trans.inverted()
    return {text.get_text(): text.get_window_extent().transformed(scale) for text in texts(figure)}


def test_a_slide_is_sixteen_to_nine_and_says_all_its_words():
    figure = draw_slide(SLIDE)
    assert figure.get_figwidth() / figure.get_figheight() == pytest.approx(16 / 9)
    said = " ".join(text.get_text() for text in texts(figure))
    for words in (
        SLIDE.above,
        SLIDE.title,
        SLIDE.beside,
        *SLIDE.below,
        *(told.written for told in SLIDE.numbers),
    ):
        assert words in said
    for _, text in SLIDE.parts:
        assert text.strip() in said


def test_nothing_on_a_slide_lies_over_anything_else_or_beyond_its_edge():
    figure = draw_slide(replace(SLIDE, edition="Survey answers: an edition"))
    found = list(boxes(figure).values())
    for box in found:
        assert box.x0 >= 0.4 and box.x1 <= 9.7 and box.y0 > 0 and box.y1 < 5.5
    for place, one in enumerate(found):
        for other in found[place + 1 :]:
            apart = (
                one.x1 <= other.x0
                or other.x1 <= one.x0
                or one.y1 <= other.y0 + 0.06
                or other.y1 <= one.y0 + 0.06
            )
            assert apart, "no text touches another"


def test_longer_texts_are_smaller_and_what_has_no_room_at_all_is_refused():
    def size(figure):
        return next(text.get_fontsize() for text in texts(figure) if text.get_text().startswith("It cannot"))

    longer = replace(SLIDE, parts=(("The letter", "What the letter says. " * 30), SLIDE.parts[1]))
    assert size(draw_slide(longer)) < size(draw_slide(SLIDE))
    with pytest.raises(TooLongError, match="Finding 7: texts too long"):
        draw_slide(replace(SLIDE, parts=(("The letter", "What the letter says. " * 90),)))
    with pytest.raises(TooLongError, match="Finding 7: title too long"):
        draw_slide(replace(SLIDE, title="A title that goes on " * 5))


def test_what_numbers_are_is_smaller_where_it_is_long_and_refused_where_it_has_no_room():
    def lowest(words):
        figure = draw_slide(replace(SLIDE, numbers=(Told("60%", words, 60), Told("100%", words, 100))))
        return min(box.y0 for text, box in boxes(figure).items() if text and text in words)

    assert lowest("of the municipalities in a study, of which the number is not known. " * 3) > FOOT - 0.1
    with pytest.raises(TooLongError, match="too long for a slide. Shorten it"):
        lowest("of the municipalities in a study, of which the number is not known. " * 9)


def test_numbers_that_compare_stand_over_bars_from_the_same_edge_and_one_alone_has_none():
    (axes,) = draw_slide(SLIDE).axes
    bars = [
        bar.get_width()
        for bar in axes.patches
        if bar.get_facecolor()[:3] != pytest.approx((0.89, 0.91, 0.92), abs=0.01)
    ]
    assert len(bars) == 2 and bars[1] / bars[0] == pytest.approx(7 / 12)
    (alone,) = draw_slide(replace(SLIDE, numbers=SLIDE.numbers[:1])).axes
    assert not alone.patches


def test_lines_are_broken_by_their_width_and_no_word_is_lost():
    text = "Better than other signals lead one to expect"
    lines = broken(text, 1.5, 11)
    assert " ".join(lines) == text and len(lines) > 2
    assert len(broken("WWW WWW WWW", 1.0, 11)) > len(broken("iii iii iii", 1.0, 11))


def test_at_a_glance_every_row_has_its_number_text_and_verdict_on_a_phone_in_type_of_eleven_pixels():
    rows = [Glance("14", "1. A finding", "At least 14 documents say so.", "cannot be tested")] * 2
    figure = draw_glance(("", "Real evidence", "Verdict"), rows, ("No answers.",))
    said = [text.get_text() for text in texts(figure)]
    assert said.count("14") == 2 and said.count("1. A finding") == 2 and said[-1] == "No answers."
    phone = 350 / (72 * figure.get_figwidth())
    assert min(text.get_fontsize() for text in texts(figure)) * phone >= 11
    for box in boxes(figure).values():
        assert box.x0 >= 0 and box.x1 <= figure.get_figwidth() and box.y0 >= 0


def test_the_same_slide_is_the_same_file_twice():
    first, second = (files(draw_slide(SLIDE)) for _ in range(2))
    assert first == second and first["png"].startswith(b"\x89PNG") and b"<svg" in first["svg"]
