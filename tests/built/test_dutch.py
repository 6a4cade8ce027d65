"""Dutch pages as built: Dutch throughout, and linked to each other and to the English ones."""

import re

import pytest
from bs4 import BeautifulSoup

from doorgroeien.data.tables import bibliography

# Words of English sentences, labels and citations that no Dutch sentence holds.
ENGLISH = re.compile(
    r"\b(the|and|with|which|from|figure|table|chapter|number|municipalities|answers|survey|share|per cent|"
    r"amount|year|value|how|what|n\.d\.|et al\.|accessed|version|source|cite)\b",
    re.IGNORECASE,
)
ENGLISH_NOTE = re.compile(r"\b(by|at|of|on|not|year|read|grant)\b [a-z]|inferred", re.IGNORECASE)
# Names, codes and files, and the only book with an English title.
NAMES = "[lang=en], code, pre, cite, .works, .cite-text, .cite-link, .num-card, .bibtex-citation a[title]"


@pytest.fixture(scope="module")
def dutch(pages):
    found = {name: page for name, page in pages.items() if page.html["lang"] == "nl"}
    assert {"book/samenvatting", "book/nl/findings", "book/nl/how-to-cite"} < found.keys()
    return found


def english_words(article):
    """Return the English words in the text of an article and of its pictures, but for those in names."""
    texts = [(text, text.parents) for text in article.find_all(string=ENGLISH)]
    texts += [(tag["alt"], [tag, *tag.parents]) for tag in article.find_all(alt=ENGLISH)]
    return [
        (word, text.strip())
        for text, around in texts
        if not any(parent.css.match(NAMES) for parent in around if parent.name != "[document]")
        for word in ENGLISH.findall(text.replace("The Doorgroeien contributors", ""))
    ]


def test_no_english_word_stands_on_a_dutch_page(dutch):
    found = english_words(BeautifulSoup('<p>Zie de <img alt="a share of votes"></p>', "html.parser"))
    assert found == [("share", "a share of votes")]
    assert {name: found for name, page in dutch.items() if (found := english_words(page.article))} == {}


def test_what_a_note_says_of_a_work_is_dutch_where_a_dutch_sentence_refers_to_it(dutch, root):
    notes = {work.fields["note"] for work in bibliography(root).entries.values() if "note" in work.fields}
    told = {part for note in notes for part in re.split("[;.,:] ", note) if ENGLISH_NOTE.search(part)}
    assert len(told) > 10
    shown = " ".join(a["title"] for page in dutch.values() for a in page.select(".bibtex-citation a[title]"))
    assert "Gelezen in de kopie van wetten op GitHub" in shown
    assert [part for part in told if part in shown] == []


def test_a_reference_in_a_dutch_sentence_is_dutch(dutch):
    cited = [tag.get_text() for page in dutch.values() for tag in page.select(".bibtex-citation")]
    assert len(cited) > 50
    assert not [text for text in cited if re.search(r" and |n\.d\.|et al\.", text)]
    assert any("z.d." in text for text in cited)
    assert any("e.a." in text for text in cited)


def test_a_link_in_a_dutch_sentence_to_an_english_page_says_so(dutch):
    links = [
        link
        for page in dutch.values()
        for link in page.article.select("a.reference.internal[hreflang=en]")
        if not link.find_parent(class_="bibtex-citation")
    ]
    assert links
    silent = [link["href"] for link in links if "Engels" not in f"{link.get_text()}{link.next_sibling}"]
    assert silent == []


def test_the_menu_of_a_dutch_page_has_every_dutch_page_once_and_says_what_is_in_english(pages, dutch):
    versions = {page.select_one("a.language-switch")["href"].rpartition("/")[2] for page in dutch.values()}
    assert {"support.html", "briefing.html"} < versions
    for name, page in dutch.items():
        menu = page.select_one("nav.bd-docs-nav")
        links = [
            link
            for link in menu.select(".toctree-l1 > a")
            if not link.find_parent(class_="bd-sidenav__home-link")
        ]
        own = [link.get_text().strip() for link in links if not link.has_attr("hreflang")]
        assert sorted(own) == sorted(title.h1.find(string=True).strip() for title in dutch.values()), name
        english = [link for link in links if link.get("hreflang") == "en"]
        assert len(english) > 10
        for link in english:
            assert link["href"].rpartition("/")[2] not in versions, (name, link["href"])
            assert link.select_one("[lang=en]") and link.get_text().strip().endswith(" (Engels)"), name
        heads = [head.get_text() for head in menu.select(".caption-text")]
        assert "Echt bewijs" in heads and not {"In het Nederlands", "Real evidence"} & {*heads}
        assert len(menu.select("a.current")) == 1


def test_a_dutch_page_leads_on_to_dutch_pages(dutch):
    ends = 0
    for name, page in dutch.items():
        ways = page.select(".prev-next-area a")
        assert 1 <= len(ways) <= 2 and not any(way.has_attr("hreflang") for way in ways), name
        ends += len(ways) == 1
    assert ends == 2


def test_data_behind_a_figure_are_in_dutch_as_shown(dutch):
    tables = [(name, table) for name, page in dutch.items() for table in page.select("details.data table")]
    assert len(tables) > 30
    for name, table in tables:
        heads = [head.get_text() for head in table.select("th")]
        assert table.select("[lang=en]") == [], name
        assert not [head for head in heads if "_" in head or head in ("estimate", "year", "value")], name
        cells = [cell.get_text() for cell in table.select("td")]
        assert not [cell for cell in cells if re.fullmatch(r"-?\d+\.\d+", cell)], name
    assert any(
        re.fullmatch(r"\d+,\d+", cell.get_text()) for _, table in tables for cell in table.select("td")
    )


def test_the_switch_of_language_leads_both_ways(pages):
    for dutch, english in (
        ("book/nl/findings", "notebooks/findings"),
        ("book/nl/how-to-cite", "book/how-to-cite"),
        ("book/beleidsblad", "book/briefing"),
    ):
        for here, there in ((dutch, english), (english, dutch)):
            switch = pages[here].select_one("a.language-switch")
            assert switch["href"].endswith(f"{there}.html".rpartition("/")[2]), here


def test_the_nine_findings_stand_on_the_dutch_page_in_the_words_of_the_letter(dutch):
    article = dutch["book/nl/findings"].article
    terms = article.select("dl.findings dt")
    assert len(terms) == 9
    assert all("\u201c" in term.find_next_sibling("dd").get_text() for term in terms)
    judged = [
        found for tag in article.select("h4") for found in re.findall(r"^Bevinding (\d): ", tag.get_text())
    ]
    assert judged == [str(number) for number in range(1, 10)]


@pytest.mark.parametrize("name", ["book/beleidsblad", "book/briefing"])
def test_a_sheet_has_five_numbers_one_picture_and_real_evidence_alone(pages, name):
    sheet = pages[name].select_one(".one-sheet")
    assert len(sheet.select("dt .num")) == 5
    assert all(said.select(".bibtex-citation") for said in sheet.select("dd"))
    assert len(sheet.select("figure img")) == 1
    assert sheet.select("p.edition, .evidence-survey") == []
    works = {item["id"] for item in sheet.select("ol.works li")}
    assert {link["href"][1:] for link in sheet.select(".bibtex-citation a")} == works
