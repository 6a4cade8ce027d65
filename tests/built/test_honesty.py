"""Nobody can take what rests on synthetic answers for a finding: on every page, in every picture and text."""

import json
import re

import nbformat
from bs4 import BeautifulSoup

ADVICE = re.compile(r"\b(safe to quote|what a municipality can do|what it means for municipalities)\b", re.I)


def shown(pages):
    """Give each published picture with the name of its page."""
    for name, page in pages.items():
        for figure in page.select("figure.published-figure[id]"):
            yield name, figure


def test_every_picture_on_answers_carries_their_edition_in_the_file_and_its_alternative_text(
    site, pages, results
):
    editions = {record["id"]: record["edition"] for record in results["figures"]}
    seen = set()
    for name, figure in shown(pages):
        if figure["id"] not in editions:  # a diagram of the page itself
            continue
        edition = editions[figure["id"]]
        image = figure.find("img")
        ending = ".nl.svg" if image["src"].endswith(".nl.svg") else ".svg"
        download = f"{'../' * name.count('/')}results/{figure['id']}{ending}"
        for address in (image["src"], figure.find("source")["srcset"], download):
            text = (site / name).parent.joinpath(address).resolve().read_text(encoding="utf-8")
            assert ('<g id="edition">' in text) == (edition is not None), (name, address)
        if edition is not None:
            assert edition["nl" if pages[name].html["lang"] == "nl" else "en"] in image["alt"], name
            seen.add(figure["id"])
    assert seen == {id for id, edition in editions.items() if edition} != set()


def _head(page):
    """Return all that the head of a page says of it in words, which is read without the page."""
    named = [{"name": "description"}, {"property": "og:title"}, {"property": "og:description"}]
    said = [page.title.get_text(), *(page.find("meta", attrs=attrs)["content"] for attrs in named)]
    for script in page.select("script[type='application/ld+json']"):
        about = json.loads(script.string)
        for item in about.get("@graph", [about]):
            said += [item["name"]] + ([item["description"]] if item["@type"] == "Chapter" else [])
    return said


def test_title_description_and_data_of_a_page_on_answers_carry_their_edition_and_of_no_other(
    site, pages, results
):
    edition = next(record["edition"] for record in results["numbers"] if record["edition"])
    named = re.compile("|".join(map(re.escape, edition.values())), re.I)
    for name, page in pages.items():
        rests = page.select_one("article p.edition") is not None
        for text in _head(page) if name != "book/how-to-cite" else []:  # describes the table of all numbers
            assert (named.search(text) is not None) == rests, (name, text)
    some = results["numbers"][:: len(results["numbers"]) // 60]
    assert {record["edition"] is None for record in some} == {True, False}
    for record in some:
        page = BeautifulSoup((site / "numbers" / f"{record['id']}.html").read_text("utf-8"), "html.parser")
        for text in _head(page):
            assert (named.search(text) is not None) == (record["edition"] is not None), (record["id"], text)


def test_invented_numbers_stand_on_a_ground_of_their_own_and_real_ones_never(pages):
    seen = {True: 0, False: 0}
    for name, page in pages.items():
        own = [number for number in page.select(".num:has(.num-card)") if not _of_the_edition(number)]
        for number in own:
            assert ("invented" in number["class"]) == ("survey" in number["class"]), (name, number)
            seen["survey" in number["class"]] += 1
        legend = page.select_one("article p.legend .invented") is not None
        assert legend == bool(page.select(".num.survey:has(.num-card)")), name
    assert min(seen.values()) > 200


def _of_the_edition(number):
    return number.a["href"].split("#")[0].endswith(("caution.html", "edition.html", "kind.html"))


def test_what_is_taken_away_carries_its_edition(site, pages, results):
    """Notebooks say it below the title, data in a column, and search engines quote no number on answers."""
    for name, page in pages.items():
        badge = page.select_one("article p.edition")
        if name.startswith("notebooks/"):
            cell = nbformat.read(site / "_sources" / f"{name}.ipynb", as_version=4).cells[0].source
            assert badge is None or f"**{badge.get_text()}**" in cell, name
        for number in page.select(".num:has(.num-card)"):
            assert number.has_attr("data-nosnippet") == ("survey" in number["class"]), name
    for record in [*results["figures"], *results["tables"]]:
        head = (site / "results" / f"{record['id']}.csv").read_text("utf-8").splitlines()[0]
        assert head.endswith(",edition") == (record["edition"] is not None), record["id"]


def test_a_caption_that_speaks_of_dark_and_light_says_on_a_dark_screen_that_they_changed_places(pages):
    found = 0
    for name, figure in shown(pages):
        dark = re.search(r"\b(darker|dark|donkerder|donker)\b", figure.figcaption.get_text(" "), re.I)
        said = figure.find_next_sibling().find("p", class_="turned") if figure.picture else None
        assert dark is None or said is not None, (name, figure["id"])
        found += said is not None
    assert found > 5


def test_every_passage_with_an_invented_number_says_so_by_its_first_such_sentence(pages):
    """Whoever retypes the sentence leaves the ground of the number behind, not its words."""
    found = 0
    for name, page in pages.items():
        for passage in page.select("article.bd-article p"):
            if passage.find_parent(["td", "th", "figcaption", "caption"]):
                continue
            parts = [part for part in passage.strings if not part.find_parent(class_="num-card")]
            told = [
                part.find_parent(class_="invented") is not None
                and not part.startswith(("cannot be tested", "niet te toetsen"))
                for part in parts
            ]
            if True not in told:
                continue
            first = told.index(True)
            before, after = "".join(parts[:first]), "".join(parts[first:])
            text = before + re.split(r"(?<=[.!?])\s", after, maxsplit=1)[0]
            assert re.search(r"invented|verzonnen|reference edition|referentie-editie", text, re.I), (
                name,
                text,
            )
            found += bool(passage.select_one(".made-up"))
    assert found > 100


def test_no_page_gives_advice_or_calls_a_sentence_safe(pages):
    for name, page in pages.items():
        found = ADVICE.search(page.select_one("article.bd-article").get_text(" "))
        assert found is None, (name, found)


def test_what_to_cite_is_said_once_beside_the_citation(pages):
    for name, page in pages.items():
        heads = [head.get_text() for head in page.select("article.bd-article h2, article.bd-article h3")]
        assert not any(head.startswith("What to cite") for head in heads), name
        if name.startswith("notebooks/"):
            said = page.select_one(".cite-box").get_text(" ")
            assert "Cite the letter for a finding" in said
            assert ("invented answers" in said) == bool(page.select("p.edition")), name


def test_among_key_points_on_answers_the_caution_stands_first(pages, results):
    cautions = {
        record["value"]["en"]
        for record in results["numbers"]
        if record["id"] in ("data-quality.caution", "validation.caution")
    }
    for name, page in pages.items():
        if not name.startswith("notebooks/") or not page.select("p.edition"):
            continue
        firsts = [points.li.get_text(" ") for points in page.find(id="key-points").select("ul")]
        assert any(caution in first for caution in cautions for first in firsts), name


def test_the_first_sentence_of_the_front_pages_follows_from_the_verdicts_on_real_evidence(pages, results):
    """They say that no public evidence confirms or refutes a finding: no verdict on it may say otherwise."""
    said = {record["id"]: record["value"]["en"] for record in results["numbers"] if record["unit"] == "word"}
    verdicts = {said["documents.verdict.3"], said["triangulation.verdict"]}
    assert verdicts <= {"inconclusive", "cannot be tested with these data"}
    for name, words in (
        ("book/index", "confirms or refutes any of the nine"),
        ("book/samenvatting", "bevestigt of weerlegt een van de negen"),
        ("book/beleidsblad", "bevestigt of weerlegt een van de negen"),
        ("book/briefing", "confirms or refutes any of the nine"),
    ):
        assert words in " ".join(pages[name].select_one("article.bd-article").get_text(" ").split()), name


def test_real_evidence_stands_before_the_survey_on_the_front_pages(pages):
    for name, survey in (
        ("book/index", "What the method would see"),
        ("book/samenvatting", "Wat de methode zou zien"),
    ):
        text = pages[name].select_one("article.bd-article").get_text(" ")
        words = ("real evidence", survey) if name == "book/index" else ("echt bewijs", survey)
        assert 0 < text.find(words[0]) < text.find(words[1])
        assert len(pages[name].select("dl.findings > dt")) == 9
        jumps = [link["href"] for link in pages[name].select("p.jumps a")]
        assert jumps == [f"#finding-{number}" for number in range(1, 10)]
