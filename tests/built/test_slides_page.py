"""The slides on the site: nine in each language, as files that fit a slide; real evidence comes first."""

import pytest
from PIL import Image

PAGES = {"en": "book/slides", "nl": "book/dias"}


@pytest.mark.parametrize("language", PAGES)
def test_each_finding_has_a_slide_as_svg_and_as_png_of_sixteen_to_nine(site, pages, language):
    page = pages[PAGES[language]]
    slides = page.select(".slides-all li")
    assert len(slides) == 9
    for number, slide in enumerate(slides, start=1):
        files = [(site / "book" / link["href"]).resolve() for link in slide.select("a")]
        assert [file.name for file in files] == [
            f"finding-{number}.{language}.{ending}" for ending in ("svg", "png", "svg")
        ]
        with Image.open(files[1]) as picture:
            assert picture.size == (1600, 900)
        assert files[0].read_bytes().startswith(b"<?xml") and slide.img["alt"]


def test_the_two_pages_of_slides_lead_to_each_other(pages):
    for language, other in (("en", "nl"), ("nl", "en")):
        links = {link.get("href") for link in pages[PAGES[language]].select("a[hreflang], a[lang]")}
        assert any(PAGES[other].removeprefix("book/") in (link or "") for link in links)
