"""The page of municipalities as built: a plain table that says what it is, which a script narrows."""

import pytest


@pytest.fixture(scope="module")
def page(pages):
    return pages["book/gemeenten"]


def test_above_the_table_one_sentence_says_that_nothing_found_is_no_judgement(page):
    table = page.select_one("table.municipalities")
    text = page.article.get_text(" ", strip=True)
    at = text.index("is geen oordeel")
    assert at < text.index(table.caption.get_text(" ", strip=True).removesuffix("#").strip())
    assert "Niets gevonden." in table.get_text()


def test_it_rests_on_no_survey_answer(page):
    assert page.select("p.edition, .evidence-survey, span.num") == []


def test_every_row_has_a_head_and_all_names_are_marked_for_the_search(page):
    rows = page.select_one("table.municipalities").tbody.find_all("tr")
    assert len(rows) == 443 + 73 + 6  # and those of later years
    assert all(row.find(["td", "th"]).name == "th" and row.th.select_one(".name") for row in rows)
    assert not any(row.has_attr("hidden") for row in rows), "without scripts the table stands whole"


def test_every_abolished_municipality_links_to_a_row_of_its_own(page):
    anchors = {tag["id"]: tag for tag in page.select("table.municipalities th [id]")}
    assert len(anchors) == 443
    links = page.select("table.municipalities a[href^='#gemeente-']")
    assert len(links) == 73
    for link in links:
        row = anchors[link["href"][1:]].find_parent("tr")
        assert row.th.get_text(" ", strip=True).startswith(link.get_text(" ", strip=True))
        former = link.find_parent("tr").th.select_one(".name").get_text()
        assert former in [name.get_text() for name in row.select("td .name")]


def test_only_this_page_loads_its_script(pages):
    loads = {name for name, page in pages.items() if page.select("script[src*='municipalities.js']")}
    assert loads == {"book/gemeenten"}
