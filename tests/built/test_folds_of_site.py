"""The built site begins without code and with folds closed, and nothing is missing from its pages."""

import json
import re

import nbformat
import pytest

from doorgroeien.results.chapter import folded


def test_every_code_cell_stands_on_its_page_and_the_choice_is_made_before_anything_is_painted(site, pages):
    for name in (name for name in pages if name.startswith("notebooks/")):
        cells = nbformat.read(site / "_sources" / f"{name}.ipynb", as_version=4).cells
        code = [cell for cell in cells if cell.cell_type == "code"]
        assert len(pages[name].select("details.hide.above-input")) == len(code), name
    for name, page in pages.items():
        waits = [script for script in page.head.select("script[src]") if not script.has_attr("defer")]
        assert any("mode.js" in script["src"] for script in waits), name
        first = page.head.find(["script", "link"], attrs={"src": re.compile("mode.js"), "href": False})
        assert first in page.head.select_one("link[rel=stylesheet]").find_all_previous("script"), name
    # Without scripts there is no choice, and nothing is hidden.
    style = (site / "_static" / "site.css").read_text(encoding="utf-8")
    hidden = re.findall(r"([^{}]*details\.(?:hide|published-numbers)\b[^{}]*)\{display:\s*none;?\}", style)
    whole = [rule for rule in hidden if not re.search(r"open\]|>", rule)]
    assert whole == ['html[data-code="hidden"] :is(details.hide, details.published-numbers)']


def test_one_switch_on_every_page_has_its_name_in_the_language_of_the_page(pages):
    names = {"en": "Show the code", "nl": "Toon de code"}
    for name, page in pages.items():
        (switch,) = page.select("button.code-switch")
        assert switch["aria-label"] == names[page.html["lang"]] and switch["aria-pressed"] == "false", name


def test_what_serves_researchers_is_folded_wherever_it_is_shown(pages, results):
    shown = results["figures"] + results["tables"]
    marked = {record["id"] for record in shown if record.get("researchers")}
    assert marked and marked < {record["id"] for record in shown}
    seen = set()
    for name, page in pages.items():
        for fold in page.select("details.fold"):
            assert not fold.has_attr("open"), name
        for result in page.select("figure[id], table.published-table[id]"):
            closed = result.find_parent("details", class_="researchers")
            assert closed or result["id"] not in marked, (name, result["id"])
            seen |= {result["id"]} & marked
    assert seen == marked


def test_a_fold_says_for_whom_it_is_and_which_figure_or_table_it_holds(pages):
    labels, seen = {"en": "For researchers", "nl": "Voor onderzoekers"}, 0
    for page in pages.values():
        for summary in page.select("details.researchers > summary"):
            assert summary.select_one(".fold-label").get_text(strip=True).rstrip(":") in labels.values()
            if summary.find(re.compile("^h[2-4]$")) is None:
                caption = summary.parent.select_one("figcaption, caption")
                number = summary.select_one(".caption-number").get_text(strip=True)
                assert number == caption.select_one(".caption-number").get_text(strip=True)
                seen += 1
    assert seen


def test_folded_sections_are_in_the_contents_of_their_page(root, pages):
    seen = 0
    for name in (name for name in pages if name.startswith("notebooks/")):
        for reason, headings in folded(root, name.rsplit("/", 1)[-1]).items():
            found = pages[name].select(f"section > details.{reason}")
            assert len(found) == len(headings), name
            for fold in found:
                assert pages[name].select_one(f'#pst-page-toc-nav a[href="#{fold.parent["id"]}"]'), name
                seen += 1
    assert seen


@pytest.mark.parametrize(("front", "page"), [("book/index", "en"), ("book/samenvatting", "nl")])
def test_finding_seven_is_one_tap_from_the_front(pages, front, page):
    (jump,) = pages[front].select('.jumps a[href="#finding-7"]')
    assert jump.get_text() == "7" and pages[front].html["lang"] == page
    assert pages[front].find(id="finding-7").find_parent("details") is None


def test_search_finds_what_is_folded(site, pages):
    text = (site / "searchindex.js").read_text(encoding="utf-8")
    index = json.loads(re.fullmatch(r"Search\.setIndex\((.*)\);?\s*", text, re.DOTALL)[1])
    place = index["docnames"].index("notebooks/cooperation")
    found = [index[part].get("alpha", []) for part in ("terms", "titleterms")]
    assert place in sum((at if isinstance(at, list) else [at] for at in found), [])
    closed = pages["notebooks/cooperation"].select("details.researchers")
    assert any("alpha" in fold.get_text() for fold in closed)
