"""A sentence with a number that answers do not carry gives way to one that says so; its neighbours stay."""

from types import SimpleNamespace

import pytest
from conftest import ROOT
from docutils import nodes
from docutils.utils import new_document
from sphinx.addnodes import pending_xref

from doorgroeien.results.formats import write
from doorgroeien.sphinxext.content.codebook import without_answer
from doorgroeien.sphinxext.content.folds import fold
from doorgroeien.sphinxext.content.numbers import sentences_of, write_numbers
from doorgroeien.sphinxext.content.sentences import absent, given, mark_headings, number, replace_lost

ABOUT = {"definition": {"en": "score of staff", "nl": "score van medewerkers"}, "unit": "score"}
KNOWN = ABOUT | {"value": 51.0, "period": None}
FEW = {"en": "too few answers", "nl": "te weinig antwoorden"}
LOST = ABOUT | {"value": None, "period": "2005", "not_estimable": FEW}
WITHHELD = ABOUT | {"value": None, "period": None, "withheld": True}
NONE = {"en": "None is refused", "nl": "Geen is geweigerd"}
SILENT = ABOUT | {"value": NONE, "unit": "word", "decimals": None, "period": None, "silent": True}
SAID = "Not estimable on these answers: score of staff, 2005 (too few answers)."


def said(*parts, lang="en"):
    """Return the text of a paragraph of words and numbers, as a reader meets it."""
    paragraph = written(*parts, lang=lang)
    replace_lost(paragraph)
    return paragraph.astext()


def written(*parts, lang="en"):
    """Return a paragraph of words and numbers."""
    paragraph = nodes.paragraph()
    for part in parts:
        if isinstance(part, dict):
            node = number("", write(part, lang), record=part, lang=lang)
            part = nodes.emphasis("", "", node) if part is WITHHELD else node
        elif isinstance(part, str):
            part = nodes.Text(part)
        paragraph += part
    return paragraph


def test_the_sentence_gives_way_and_those_beside_it_stay():
    line = said("It was ", KNOWN, " once. Now it is ", LOST, ", or ", KNOWN, ". Later (we say) more.")
    assert line == f"It was 51.0 once. {SAID} Later (we say) more."
    assert said("One.\nIt is ", LOST, ".\n", KNOWN, " it was.") == f"One.\n{SAID}\n51.0 it was."


def test_a_number_that_is_a_sentence_gives_way_alone():
    assert said(LOST, "\nMore.") == f"{SAID}\nMore."
    assert said(nodes.strong("", "Level."), " It is ", LOST, ".") == f"Level. {SAID}"


def test_what_is_withheld_is_said_in_a_sentence_in_each_language_and_the_same_for_every_rule():
    told = "Not shown, for it rests on few or would tell too much of who answered: score of staff."
    for rule in ("few", "alike", "telling"):
        assert said("On ", WITHHELD | {"rule": rule}, " it rests.") == told
    dutch = "Niet getoond, want het berust op weinig of zou te veel zeggen over wie antwoordde:"
    assert said("Op ", WITHHELD, ".", lang="nl") == f"{dutch} score van medewerkers."


def test_a_sentence_with_a_word_that_tells_nothing_goes_without_a_trace():
    assert said("It was ", KNOWN, ". ", SILENT, ". So it is.") == "It was 51.0. So it is."
    assert said("It was ", KNOWN, ".\n", SILENT, " in ", LOST, ".").strip() == "It was 51.0."
    section = nodes.section("", written(SILENT, "."), written("More."))
    replace_lost(section)
    assert [part.astext() for part in section] == ["More."]


def test_two_lost_numbers_in_a_sentence_are_one_sentence():
    assert said("From ", LOST, " to ", WITHHELD, ". End.") == f"{SAID} End."


def test_a_number_that_is_known_changes_nothing():
    assert said("It is ", KNOWN, ". So it is.") == "It is 51.0. So it is."


def test_sentences_in_a_row_become_one_that_names_each_thing_once():
    other = LOST | {"definition": {"en": "score of managers", "nl": "score van managers"}, "period": None}
    line = said("It is ", LOST, ". That is ", other, ".\nAgain ", LOST, ". End.")
    assert (
        line
        == "Not estimable on these answers: score of staff, 2005; score of managers (too few answers). End."
    )


def test_a_reason_that_was_just_given_is_not_given_again_and_another_is():
    absent = LOST | {"not_estimable": {"en": "not asked", "nl": "niet gevraagd"}}
    page = nodes.section("", *(written("It is ", record, ".") for record in (LOST, LOST, absent, LOST)))
    page += written("Het is ", LOST, ".", lang="nl")
    replace_lost(page)
    either = "Not estimable either: score of staff, 2005."
    assert [paragraph.astext() for paragraph in page] == [
        SAID,
        either,
        SAID.replace("too few answers", "not asked"),
        SAID,
        "Niet te schatten op deze antwoorden: score van medewerkers, 2005 (te weinig antwoorden).",
    ]
    assert said("No verdict: too few answers. It is ", LOST, ".") == f"No verdict: too few answers. {either}"


def uses(language, *paragraphs):
    """Return which sentence stands on the page of each number that a chapter uses."""
    words = {"kind": "number", "unit": "word", "value": {"en": "rose", "nl": "steeg"}}
    records = {"a.verb": words | {"id": "a.verb"}, "a.score": KNOWN | {"kind": "number", "id": "a.score"}}
    env = SimpleNamespace(docname="a", metadata={"a": {"language": language}})
    app = SimpleNamespace(env=env, doorgroeien_register=SimpleNamespace(records=records))
    document = new_document("a")
    for parts in paragraphs:
        document += nodes.paragraph("", "", *(part.deepcopy() for part in parts))
    write_numbers(app, document)
    return sentences_of(env)


def test_words_that_numbers_choose_stand_on_their_page_in_a_sentence_and_numbers_do_not():
    verb, score = number(result="a.verb", form="value"), number(result="a.score", form="value")
    figure = pending_xref("", nodes.literal(text="a.figure"), reftype="numref")
    numbered = [figure, nodes.Text(" shows that it "), verb, nodes.Text(".")]
    plain = [nodes.Text("Before. The score "), verb, nodes.Text(" to "), score, nodes.Text(". After.")]
    assert uses("en", numbered, plain, [verb, nodes.Text(" again.")]) == {
        "a.verb": {"a": "The score rose to 51.0."},
        "a.score": {"a": ""},
    }
    assert uses("nl", [verb, nodes.Text(" weer.")])["a.verb"] == {"a": "steeg weer."}
    assert uses("en", numbered)["a.verb"] == {"a": ""}


def chapter(*paragraphs, title="Levels"):
    """Return a section of chapter ``a``."""
    return nodes.section("", nodes.title("", title), *(written(*parts) for parts in paragraphs))


def own(name, record):
    """Return a record of chapter ``a``."""
    return record | {"id": f"a.{name}"}


def mention(name):
    """Return a reference to a figure of chapter ``a`` by its number."""
    return pending_xref("", nodes.literal(text=f"a.{name}"), reftype="numref", reftarget=f"a.{name}")


FIGURES = {"a.lost": {"id": "a.lost", "not_estimable": FEW}, "a.seen": {"kind": "figure"}}


def left(section):
    """Return the paragraphs that stay of a section of chapter ``a``."""
    replace_lost(section, "a", FIGURES)
    return [paragraph.astext() for paragraph in section.findall(nodes.paragraph)]


HERE = "What belongs here cannot be estimated on these answers: too few answers."
SEVEN = {"id": "findings.7.verdict", "definition": {"en": "verdict", "nl": "oordeel"}, "unit": "word"}
UNTESTED = SEVEN | {"value": {"en": "cannot be tested", "nl": "niet te toetsen"}, "period": None}


def test_a_section_of_which_all_is_lost_says_so_once_at_its_head_and_keeps_its_method():
    first, second = own("first", LOST), own("second", LOST)
    lines = (["So it is done."], ["It is ", first, ". It saves much."], ["Then ", second, "."])
    assert left(chapter(*lines)) == [HERE, "So it is done."]
    known = ["It is ", own("known", KNOWN), "."]
    assert left(chapter(*lines, known)) == [
        "So it is done.",
        f"{SAID} It saves much.",
        "Not estimable either: score of staff, 2005.",
        "It is 51.0.",
    ]
    both = ["It is ", first, ". It saves much. Then ", second, ". More."]
    assert left(chapter(both, known)) == [SAID, "It is 51.0."]
    assert left(chapter([mention("seen"), " shows ", first, ". So ", second, ". It ends."])) == [
        f"{SAID} It ends."
    ]

    lead = nodes.strong("", "Change.")
    change = [nodes.Text(""), lead, " It is ", first, ", ", second, "."]  # quotes leave an empty text
    assert left(chapter(change, known)) == [f"Change. {SAID}", "It is 51.0."]
    assert left(chapter(change)) == [HERE]


def test_a_section_that_shows_something_names_what_else_is_lost():
    first, second = own("first", LOST), own("second", LOST)
    verb = own("verb", {"unit": "word", "value": {"en": "rose", "nl": "steeg"}, "period": None})
    lines = (["It is ", first, "."], ["Then ", second, "."], ["It ", verb, "."])
    named = [SAID, "Not estimable either: score of staff, 2005.", "It rose."]
    assert left(chapter(*lines)) == [HERE, "It rose."]
    seen = chapter(*lines)
    seen += nodes.figure("", ids=["a.seen"])
    assert left(seen) == named
    other = KNOWN | {"id": "documents.read"}
    assert left(chapter(*lines, ["Of ", other, " texts."])) == [*named, "Of 51.0 texts."]


def test_a_verdict_stays_where_all_else_of_a_section_is_lost():
    first, second = own("first", LOST), own("second", LOST)
    parts = ["It is ", first, ", ", second, ". It asks for more. Verdict: ", UNTESTED, "."]
    assert left(chapter(parts)) == [HERE, "It asks for more. Verdict: cannot be tested."]


def test_a_section_gives_each_of_several_reasons_once_and_says_what_is_only_not_shown():
    absent = {"not_estimable": {"en": "not asked", "nl": "niet gevraagd"}}
    lines = [["It is ", own("one", LOST), "."], ["Or ", own("two", LOST | absent), ", ", own("three", LOST)]]
    assert left(chapter(*lines)) == [HERE.replace("answers.", "answers; not asked.")]
    mixed = [["It is ", own("one", LOST | absent), "."], ["Or ", own("two", WITHHELD), "."]]
    told = "not asked; too few answers, or it would tell too much of who answered."
    assert left(chapter(*mixed)) == [HERE.replace("too few answers.", told)]
    away = [["It is ", own(name, WITHHELD), "."] for name in ("one", "two")]
    assert left(chapter(*away)) == [
        "What belongs here is not shown, for it rests on few or would tell too much of who answered."
    ]


def headings(*sections, language="en", page="a"):
    """Return the headings of a page and the lines of its contents, once lost results have given way."""
    title = nodes.section("", nodes.title("", "The page"), *sections, ids=["page"])
    document = new_document(page)
    document += title
    lines = nodes.bullet_list()
    for section in document.findall(nodes.section):
        if not section["ids"]:
            section["ids"] = [f"id-{len(lines)}"]
        text = section.next_node(nodes.title).astext()
        lines += nodes.list_item("", nodes.reference("", text, anchorname=f"#{section['ids'][0]}"))
    env = SimpleNamespace(docname=page, metadata={page: {"language": language}}, tocs={page: lines})
    replace_lost(document, page, FIGURES)
    mark_headings(SimpleNamespace(env=env), document)
    found = [title.astext() for title in document.findall(nodes.title)]
    assert [line.astext() for line in lines.findall(nodes.reference)] == found
    return found[1:]


def test_a_heading_gives_way_where_all_results_of_its_section_are_lost():
    lost, known = own("lost", LOST), own("known", KNOWN)
    picture = nodes.figure("", ids=["a.lost"])
    method = chapter(["So it is done."], title="Method")
    change = chapter(["It rose by ", lost, "."], title="Answers in both waves")
    shown = chapter(["It is ", lost, ". Or ", known, "."])
    assert headings(change, method, shown) == ["Answers in both waves (not estimable)", "Method", "Levels"]
    assert headings(nodes.section("", nodes.title("", "Levels"), picture)) == ["Levels (not estimable)"]
    seen = nodes.section("", nodes.title("", "Levels"), nodes.figure("", ids=["a.seen"]))
    seen += written("It is ", lost, ".")
    assert headings(seen) == ["Levels"]
    away = chapter(["It is ", own("away", WITHHELD), "."])
    assert headings(away) == ["Levels (not shown)"]
    dutch = chapter(["Het is ", lost, "."], title="Niveaus")
    assert headings(dutch, language="nl") == ["Niveaus (niet te schatten)"]


def test_a_heading_stays_where_words_tell_or_where_results_stand_in_a_list():
    lost = own("lost", LOST)
    verb = own("verb", {"unit": "word", "value": {"en": "rose", "nl": "steeg"}, "period": None})
    assert headings(chapter(["It ", verb, ". By ", lost, "."])) == ["Levels"]
    assert headings(chapter(["It ", verb, " by ", lost, "."])) == ["Levels (not estimable)"]
    aside = ["It is ", lost, ". ", given(results=["a.lost"]), "Above ", own("limit", KNOWN), "."]
    assert headings(chapter(aside)) == ["Levels (not estimable)"]
    assert headings(chapter(["It is ", lost, ": ", UNTESTED, "."])) == ["Levels (not estimable)"]
    limits = nodes.section("", nodes.title("", "Limits"))
    limits += nodes.bullet_list("", nodes.list_item("", written("It is ", lost, ".")))
    assert headings(limits) == ["Limits"]
    points = nodes.section("", nodes.title("", "What the survey shows"), nodes.figure("", ids=["a.lost"]))
    points.insert(1, nodes.bullet_list("", nodes.list_item("", written("It is ", KNOWN, "."))))
    assert headings(points) == ["What the survey shows"]


def test_words_are_named_only_where_no_number_is_lost_beside_them():
    word = LOST | {"definition": {"en": "direction of the change", "nl": "richting"}, "unit": "word"}
    assert said("It ", word, " to ", LOST, ". It ", word, ".\nSo ", KNOWN, ".") == f"{SAID}\nSo 51.0."
    assert said("It ", word, ".") == SAID.replace("score of staff", "direction of the change")


def test_sentences_of_one_paragraph_become_one_and_lines_stay_apart():
    line = said("One.", "\n", "Two.", "\n", LOST, "\n", "Three.", "\n", LOST, "\n", "Four ", KNOWN, ".")
    assert line == f"One.\nTwo.\n{SAID}\nThree.\nFour 51.0."


def test_a_sentence_on_a_figure_that_is_not_there_goes_unless_it_tells_more():
    assert left(chapter(["So it is done. ", mention("lost"), " shows all. It ends."])) == [
        "So it is done. It ends."
    ]
    assert left(chapter([mention("lost"), " shows all."], ["More."])) == ["More."]
    assert left(chapter(["All rose (", mention("lost"), ")."])) == ["All rose."]
    for kept in ([mention("seen"), " and ", mention("lost"), "."], [mention("lost"), " has ", KNOWN, "."]):
        assert "a.lost" in left(chapter(kept))[0]
    would = chapter([mention("lost"), " would show."], title="What real answers could show here")
    assert left(would) == ["a.lost would show."]


def test_clearly_is_explained_only_beside_what_is_clear():
    clearly = [nodes.emphasis("", "Clearly"), ": the test says so. "]
    assert said("It is ", LOST, ". ", *clearly, "More.") == f"{SAID} More."
    kept = said("It rose clearly. Now it is ", LOST, ". ", *clearly, "More.")
    assert kept == f"It rose clearly. {SAID} Clearly: the test says so. More."


def test_a_cell_has_a_dash_and_the_table_says_below_it_what_it_lacks():
    cells = [nodes.entry("", written(*parts)) for parts in (["Staff"], [LOST, " of all"], [KNOWN])]
    table = nodes.table("", nodes.tgroup("", nodes.tbody("", nodes.row("", *cells))))
    section = nodes.section("", table, written("More."))
    replace_lost(section)
    assert [cell.astext() for cell in cells] == ["Staff", "\u2013", "51.0"]
    assert [part.astext() for part in section.children[1:]] == [SAID, "More."]


@pytest.mark.slow
def test_the_codebook_names_questions_of_the_book_without_an_answer():
    for own, lacking, unknown, count in (
        (False, {"d1a_plan", "council"}, set(), 1),
        (False, {"d1a_plan", "d1d_goals"}, {"d1d_goals"}, 2),
        (False, {"council"}, set(), 0),
        (True, {"d1a_plan"}, set(), 0),
    ):
        survey = SimpleNamespace(absent=lacking, unknown=unknown, instrument=SimpleNamespace(own=own))
        found = without_answer(survey, ROOT)
        assert len(found) == count
        assert all("d1a_plan (enforcement plan)." in paragraph.astext() for paragraph in found[:1])
        assert all("asked, and nobody" in paragraph.astext() for paragraph in found[1:])
        assert all("d1d_goals (measurable goals)." in paragraph.astext() for paragraph in found[1:])


@pytest.mark.parametrize(
    ("parts", "line"),
    [
        (["It is ", KNOWN, " (", mention("lost"), ", as is said)."], "It is 51.0 (as is said)."),
        (["It is ", KNOWN, " (one test; ", mention("lost"), "). So."], "It is 51.0 (one test). So."),
        (["It is ", KNOWN, " (", mention("lost"), "). So."], "It is 51.0. So."),
        (["It is ", KNOWN, " (up) (", mention("lost"), " has more). So."], "It is 51.0 (up). So."),
        (["It is (", mention("lost"), " has ", KNOWN, "). So."], "It is (a.lost has 51.0). So."),
        (
            [mention("lost"), " shows answers.\n", mention("shown"), " shows scores."],
            "a.shown shows scores.",
        ),
    ],
)
def test_a_figure_that_is_not_there_goes_out_of_brackets_and_takes_its_own_sentence_along(parts, line):
    section = nodes.section("", nodes.paragraph("", "", *(read(part) for part in parts)))
    replace_lost(section, "a", {"a.lost": {"not_estimable": FEW}, "a.shown": {}})
    assert section.astext() == line


def read(part):
    """Return a part of a paragraph as its node."""
    if isinstance(part, dict):
        return number("", write(part, "en"), record=part, lang="en")
    return nodes.Text(part) if isinstance(part, str) else part


@pytest.mark.parametrize(
    ("needs", "line"),
    [
        ("a.lost", "One. More."),
        ("a.shown", "One. Both say so. More."),
        ("a.shown a.lost", "One. More."),
        ("a.withheld", "One. More."),
        ("reference", "One. More."),  # the role leaves no mark beside the answers of the reference survey
    ],
)
def test_a_sentence_that_needs_another_goes_with_it_without_a_trace(needs, line):
    records = {"a.lost": {"not_estimable": FEW}, "a.shown": {}, "a.withheld": {"withheld": True}}
    mark = given(results=needs.split())
    section = nodes.section(
        "", nodes.paragraph("", "", nodes.Text("One. "), mark, nodes.Text("Both say so. More."))
    )
    replace_lost(section, "a", records)
    assert section.astext() == line
    assert not [*section.findall(given)]


def test_an_item_of_a_list_goes_with_its_only_sentence():
    item = nodes.list_item("", nodes.paragraph("", "", given(results=["a.lost"]), nodes.Text("Both say so.")))
    page = nodes.section("", nodes.bullet_list("", item), nodes.paragraph(text="More."))
    replace_lost(page, "a", {"a.lost": {"not_estimable": FEW}})
    assert [part.astext() for part in page] == ["More."]


def test_a_caption_gives_a_reason_once_in_a_section_and_not_that_of_a_fold():
    record = {"kind": "figure", "not_estimable": FEW}

    def figure(title):
        why = absent("", "?", record=record, lang="en")
        return nodes.figure("", nodes.caption("", "", nodes.Text(f"{title} "), why))

    page = nodes.section("", figure("Levels."), figure("Changes."), written("It is ", LOST, "."))
    replace_lost(page)
    assert [part.astext() for part in page] == [
        "Levels. Not estimable on these answers: too few answers.",
        "Changes. Not estimable either.",
        "Not estimable either: score of staff, 2005.",
    ]
    page = nodes.section("", fold("", figure("Levels."), lang="en", line=""), figure("Changes."))
    replace_lost(page)
    assert page[1].astext() == "Changes. Not estimable on these answers: too few answers."


def test_what_is_withheld_gives_its_reason_once_in_a_section():
    page = nodes.section("", written(WITHHELD, "."), written(WITHHELD, "."))
    replace_lost(page)
    assert page[1].astext() == "Not shown either: score of staff."
