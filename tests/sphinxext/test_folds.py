"""What is folded stays on the page: sections by their heading, figures and tables by their record."""

import json
import re
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from conftest import ROOT
from docutils import nodes
from docutils.core import publish_doctree, publish_from_doctree

from doorgroeien.publishing.print.document import _bare
from doorgroeien.sphinxext.around.comforts import words_read
from doorgroeien.sphinxext.content import folds
from doorgroeien.sphinxext.content.folds import fold, fold_sections, write_folds

HEADING = re.compile("^h[1-6]$")
PAGE = """
Title
=====

Opens the page.

What we saw
-----------

Four words of text.

Don't worry
-----------

.. _inside:

Three more words.
"""


@pytest.fixture
def warnings(monkeypatch):
    told = []
    monkeypatch.setattr(folds.LOGGER, "warning", lambda text, **_: told.append(text))
    return told


def application(tmp_path, page="notebooks/example", language="en", head=None):
    env = SimpleNamespace(docname=page, metadata={page: {"language": language} | (head or {})}, noted=[])
    env.note_dependency = env.noted.append
    executed = {"notebooks/example": None}
    builder = SimpleNamespace(format="html")
    return SimpleNamespace(env=env, srcdir=tmp_path, doorgroeien_executed=executed, builder=builder)


def words(tmp_path, text):
    (tmp_path / "notebooks").mkdir(exist_ok=True)
    (tmp_path / "notebooks" / "example.toml").write_text(text, encoding="utf-8")


def document():
    return publish_doctree(PAGE, settings_overrides={"doctitle_xform": False})


def written(app, doctree):
    write_folds(app, doctree, app.env.docname)
    html = publish_from_doctree(doctree, writer_name="html5").decode()
    return BeautifulSoup(html, "html.parser")


def test_a_section_is_folded_below_its_heading_and_stays_an_anchor(tmp_path, warnings):
    words(tmp_path, '[reading]\nresearchers = ["What we saw"]\nmore = ["Don\'t worry"]\n')
    app, doctree = application(tmp_path), document()
    fold_sections(app, doctree)
    assert warnings == [] and app.env.noted == [str(tmp_path / "notebooks" / "example.toml")]
    page = written(app, doctree)
    seen, worry = page.select("section > details.fold")
    assert seen["class"] == ["fold", "researchers"] and worry["class"] == ["fold", "more"]
    assert seen.parent["id"] == "what-we-saw"
    assert seen.summary.find(HEADING).get_text() == "What we saw" and seen.summary.select_one(".fold-label")
    assert worry.summary.get_text().strip() == "Don't worry"
    assert seen.find("p").get_text() == "Four words of text." and not seen.has_attr("open")


def test_what_is_for_researchers_is_folded_once(tmp_path, warnings):
    words(tmp_path, '[reading]\nresearchers = ["What we saw"]\nmore = ["Don\'t worry"]\n')
    doctree = document()
    for section in list(doctree[0].findall(nodes.section, include_self=False)):
        section += fold("", nodes.paragraph("", "a table"))
    fold_sections(application(tmp_path), doctree)
    (kept,) = doctree.findall(fold)
    assert kept.parent["fold"] == "more" and doctree.astext().count("a table") == 2


def test_the_label_is_in_the_language_of_the_page(tmp_path, warnings):
    head = {"researchers": json.dumps(["What we saw"])}
    app, doctree = application(tmp_path, "book/nl/example", "nl", head), document()
    fold_sections(app, doctree)
    (label,) = written(app, doctree).select(".fold-label")
    assert label.get_text() == "Voor onderzoekers"


def test_a_heading_that_the_page_lacks_is_named_with_file_key_and_remedy(tmp_path, warnings):
    words(tmp_path, '[reading]\nresearchers = ["What we say"]\n')
    doctree = document()
    fold_sections(application(tmp_path), doctree)
    (told,) = warnings
    assert told.startswith(
        "notebooks/example.toml, [reading], researchers: 'What we say' is no heading of its page."
    )
    assert "Take it out, or name one of: What we saw; Don't worry." in told
    assert not any(section.get("fold") for section in doctree.findall(nodes.section))


def test_a_heading_of_two_sections_folds_none(tmp_path, warnings):
    words(tmp_path, '[reading]\nmore = ["What we saw"]\n')
    doctree = document()
    doctree[0] += doctree[0][2].deepcopy()
    fold_sections(application(tmp_path), doctree)
    assert "is the heading of 2 sections" in warnings[0]


def test_what_is_folded_costs_no_time_to_read(tmp_path, warnings):
    words(tmp_path, '[reading]\nmore = ["What we saw"]\n')
    doctree = document()
    whole = words_read(doctree)
    fold_sections(application(tmp_path), doctree)
    assert words_read(doctree) == whole - len(["What", "we", "saw", "Four", "words", "of", "text."])
    assert words_read(fold("", nodes.paragraph("", "one two"))) == 0


def test_paper_holds_what_is_folded_in_its_place(tmp_path, warnings):
    words(tmp_path, '[reading]\nresearchers = ["What we saw"]\n')
    app, doctree = application(tmp_path), document()
    fold_sections(app, doctree)
    html = "".join(map(str, written(app, doctree).select("section")))
    html += (
        '<details class="fold researchers"><summary>For researchers: Table 1</summary><p>in it</p></details>'
    )
    article = _bare(BeautifulSoup(f"<article>{html}</article>", "html.parser").article)
    assert article.select("details, summary") == []
    assert article.find(id="what-we-saw").find(HEADING).get_text() == "What we saw"
    text = article.get_text()
    assert "Four words of text." in text and "in it" in text and "For researchers" not in text


def test_scripts_keep_two_choices_and_nothing_else():
    """What a page may keep in the browser is in the list that the check of the site goes by."""
    scripts = sorted((ROOT / "src/doorgroeien/sphinxext/static").glob("*.js"))
    text = "".join(path.read_text(encoding="utf-8") for path in scripts)
    kept = set(re.findall(r'localStorage\.setItem\("(\w+)"', text))
    allowed = (ROOT / "tests/site/check.mjs").read_text(encoding="utf-8")
    assert kept == {"mode", "code"} and text.count("setItem") == 2
    assert kept <= set(json.loads(re.search(r"const KEPT = new Set\((\[.*?\])\)", allowed)[1]))
    assert "sessionStorage" not in text and "document.cookie" not in text
