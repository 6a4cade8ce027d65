"""The sentences that numbers stand in, and what takes the place of those that answers do not carry."""

import re
from collections.abc import Iterator, Mapping
from itertools import accumulate
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.util.docutils import SphinxRole

from doorgroeien.estimation.estimable import REASONS
from doorgroeien.publishing.real_answers import elsewhere
from doorgroeien.publishing.words import phrase
from doorgroeien.results.formats import LANGUAGES, write
from doorgroeien.results.records import Language, Number

__all__ = [
    "absent",
    "dated",
    "given",
    "is_untested",
    "mark_headings",
    "number",
    "read_sentence",
    "replace_lost",
    "setup",
]

# A line of the source is a sentence; where it holds several, as in key points, each ends in a stop.
SENTENCE = re.compile(r"\n|(?<=[.!?])\s+(?=[A-Z\"'(\u2018\u201c])")
BLOCKS = (nodes.document, nodes.section, nodes.list_item, nodes.container)  # whose paragraphs may go
LISTS = (nodes.list_item, nodes.bullet_list, nodes.enumerated_list)
HOPES = {phrase("page.hopes", language) for language in LANGUAGES}  # sections on what could be seen
DASH = "\u2013"
BETWEEN = (", ", "; ")  # what stands between things in brackets
REFERENCE = "reference"  # what a sentence needs that is about the reference survey
GONE = "not-estimable"  # the class of what stands for a sentence
LOST = {"not_estimable", "withheld"}  # what a record without a result has


class number(nodes.Inline, nodes.TextElement):  # nodes are named so
    """A published number; attributes ``result`` (its id), ``form``, ``lang`` and, once known, ``record``."""


class given(nodes.Inline, nodes.TextElement):
    """Stands unseen in a sentence that holds only beside others; ``results`` are the ids that these need."""


class absent(nodes.inline):
    """In a caption, or the cell of a table, why there is none; attributes ``record`` and ``lang``."""


class lost(nodes.inline):
    """What takes the place of sentences until it is written.

    Attributes are ``record``, ``lang``, ``what`` as a list of texts, each with whether a word is lost or a
    number, and ``whole`` where all that a section tells is lost; then ``records`` may hold what that is.
    """


class GivenRole(SphinxRole):
    """``{given}`chapter.id` ``: the sentence goes without a trace where that is lost; or one of several.

    It is for words that point at a neighbour, such as "both" or "these", and for what speaks of a role, a
    class or a year that not all answers have. ``{given}`reference` `` stands in a sentence on the reference
    survey, beside its answers.
    """

    def run(self):
        """Return the mark, which is not written."""
        node = given(results=self.text.split())
        if node["results"] == [REFERENCE] and elsewhere(Path(self.env.app.srcdir)) is None:
            return [], []
        self.set_source_info(node)
        return [node], []


def setup(app):
    """Register the role and its node."""
    app.add_role("given", GivenRole())
    app.add_node(given, html=(lambda writer, node: None, lambda writer, node: None))


def is_untested(verdict: Number) -> bool:
    """Tell whether a number is the verdict that something cannot be tested."""
    return write(verdict).startswith(phrase("slide.untested", "en"))


def mark_headings(app, doctree):
    """Let the heading of a section of which all results are lost say so, also in the table of contents."""
    env = app.env
    lang = env.metadata[env.docname].get("language", "en")
    contents = {link["anchorname"]: link for link in env.tocs[env.docname].findall(nodes.reference)}
    for section in doctree.findall(nodes.section):
        if said := section.get("gone"):
            mark = phrase(f"heading.{said}", lang)
            section.next_node(nodes.title).append(nodes.inline("", f" {mark}", classes=[GONE]))
            if link := contents.get(f"#{section['ids'][0]}"):
                link.append(nodes.Text(f" {mark}"))


def replace_lost(
    tree: nodes.Element, chapter: str | None = None, records: Mapping[str, Any] | None = None
) -> None:
    """Say in the place of each sentence with a number that these answers do not carry that it is so.

    A section of a ``chapter`` of which all results are lost says so once, at its head, and is marked as
    ``gone`` for its heading; one whose numbers are all lost for one reason says so once too, and so does a
    paragraph. In others the sentences of a paragraph become one, and a reason that was just given in a
    section is not given again. A sentence on a figure or table of ``records`` that is not estimable goes, and
    so does one with a word that says that there is nothing to tell, and one that is ``given`` what is lost.
    In the cells of a table a dash stands, and below it what they lack.
    """
    for node in [*tree.findall(given)]:
        if any(_goes(id, records or {}) for id in node["results"]):
            _drop_sentence(node)
        if node.parent is not None:
            node.parent.remove(node)
    for node in [*tree.findall(number)]:
        if "silent" in node.get("record", {}):
            _drop_sentence(node)
    if chapter:
        _note_gone(tree, records or {})
    for table in [*tree.findall(nodes.table)]:
        _replace_cells(table)
    if chapter:
        _replace_wholes(tree, f"{chapter}.", records or {})
    for node in [*tree.findall(number)]:
        if node.get("record", {}).keys() & {"not_estimable", "withheld"}:
            _replace_sentence(node)
    _drop_mentions(tree, records or {})
    told: dict[tuple[Language, int], set[str]] = {}
    for gap in [*tree.findall(lambda node: isinstance(node, lost | absent))]:
        if gap.parent is None:  # one before it says this too
            continue
        lang, reasons = gap["lang"], _reasons(gap)
        place = (lang, id(_section(gap)))
        again = reasons <= told.get(place, set())
        if isinstance(gap, absent):
            again = again and (len(gap.parent) > 1 or _is_cell(gap.parent))
            if not _is_closed(gap.parent):
                told[place] = reasons
            gap.replace_self(nodes.inline("", _why(gap, again), classes=[GONE]))
            continue
        _join_later(gap)
        before = "".join(part.astext() for part in gap.parent.children[: gap.parent.index(gap)])
        again = again or all(f"{reason}." in before for reason in reasons)
        told[place] = reasons
        paragraph = gap.parent
        gap.replace_self(nodes.inline("", _said(gap, again), classes=[GONE]))
        _drop_clearly(paragraph, lang)


def _goes(id, records):
    """Tell whether what a sentence needs is lost, or tells nothing."""
    return id == REFERENCE or bool(records.get(id, {}).keys() & {"not_estimable", "withheld", "silent"})


def read_sentence(node: number) -> str:
    """Return the sentence with a number as readers see it; none where it names a figure by its number."""
    whole, ends, start, stop = _sentence_with(node)
    if whole is None:
        return ""
    parts = [part for part, end in zip(whole, ends, strict=False) if start <= end < stop]
    return "" if any([*_mentions(part)] for part in parts) else whole.astext()[start:stop]


def _replace_cells(table):
    """Put a dash in the place of what a table cannot tell, and say below it what that is."""
    gaps: dict[tuple[str, str | None], lost] = {}
    for each in [*table.findall(number)]:
        cell = each.parent
        while cell is not table and not isinstance(cell, nodes.entry):
            cell = cell.parent
        if cell is table or not each.get("record", {}).keys() & {"not_estimable", "withheld"}:
            continue
        each["said"] = True
        cell.children = []
        cell += nodes.paragraph("", DASH)
        gap = lost(record=each["record"], lang=each["lang"], what=[])
        gap = gaps.setdefault((_kind(gap), _reason(gap)), gap)
        gap["what"] += [what for what in [(_what(each), _is_word(each))] if what not in gap["what"]]
    for gap in gaps.values():
        gap += nodes.Text(_said(gap, False))
        table.parent.insert(table.parent.index(table) + 1, nodes.paragraph("", "", gap))


def _note_gone(tree, records):
    """Note on each section below the title of the page whether all its results are lost, or withheld.

    A result is a number whose sentence stays, a figure or a table. So is a word that is known, but for the
    verdict that something cannot be tested. What is lost in a list alone takes no heading away: lists have
    the limits of a chapter, say.
    """
    for section in tree.findall(nodes.section):
        if isinstance(section.parent, nodes.document) or _is_title(section, HOPES):
            continue
        numbers = [each for each in section.findall(number) if "record" in each]
        shown = [records[id] for id in _ids(section) if id in records]
        told = [*(each["record"] for each in numbers if _stays(each)), *shown]
        told = [one for one in told if not one.keys() & LOST]
        told = [one for one in told if "silent" not in one]
        told = [one for one in told if one.get("unit") != "word" or not is_untested(one)]
        gone = [each["record"] for each in numbers if not _is_word(each) and not _in_list(each, section)]
        gone = [one for one in (*gone, *shown) if one.keys() & LOST]
        if gone and not told and not _shows(section, records):
            section["gone"] = "not-estimable" if any("not_estimable" in one for one in gone) else "withheld"
            section["lost"] = list({one["id"]: one for one in gone}.values())


def _stays(node):
    """Tell whether a sentence stays, which has no number that is lost."""
    whole, ends, start, stop = _sentence_with(node)
    if whole is None:
        return True
    parts = [part for part, at in zip(whole, ends, strict=False) if start - len(part.astext()) < at < stop]
    inside = (each for part in parts for each in part.findall(number))
    return not any(each.get("record", {}).keys() & LOST for each in inside)


def _ids(section):
    """Return the ids of figures and tables."""
    for shown in section.findall(lambda node: isinstance(node, nodes.figure | nodes.table)):
        yield from shown["ids"]


def _in_list(node, section):
    while node is not section:
        if isinstance(node, LISTS):
            return True
        node = node.parent
    return False


def _is_title(section, titles):
    title = section.next_node(nodes.title)
    return title is not None and title.astext() in titles


def _say_at_head(section):
    """Say once, below the heading, that all results of a section are lost; a verdict stays in its place."""
    told = [each for each in section.findall(nodes.paragraph) if not isinstance(each.parent, nodes.entry)]
    told = [each for each in told if _has_lost(each)]
    if len(section["lost"]) < 2 or not told:
        return
    lang = next(each["lang"] for each in told[0].findall(lambda node: isinstance(node, number | lost)))
    gap = lost(record=section["lost"][0], records=section["lost"], lang=lang, what=[], whole=True)
    gap += nodes.Text(_said(gap, False))
    for paragraph in told:
        if not _tells_verdict(paragraph):
            _remove(paragraph)
        for each in [*paragraph.findall(number)] if paragraph.parent is not None else ():
            if each.get("record", {}).keys() & LOST:
                _drop_sentence(each)
    section.insert(section.index(section.next_node(nodes.title)) + 1, nodes.paragraph("", "", gap))


def _has_lost(paragraph):
    """Tell whether a paragraph has a number that is lost, or withheld, or says so of those of a table."""
    numbers = any(each.get("record", {}).keys() & LOST for each in paragraph.findall(number))
    return numbers or any(True for _ in paragraph.findall(lost))


def _tells_verdict(paragraph):
    """Tell whether a paragraph has a verdict, which is one also where nothing can be tested."""
    known = [each["record"] for each in paragraph.findall(number) if "record" in each]
    return any(one["unit"] == "word" and not one.keys() & LOST and is_untested(one) for one in known)


def _replace_wholes(tree, chapter, records):
    """Say once of each section, and of each paragraph, that all numbers of the chapter in it are lost."""
    for section in tree.findall(nodes.section):
        if "gone" in section:
            _say_at_head(section)
    if not _lost(tree):
        return
    for section in [tree, *tree.findall(nodes.section)]:
        own = [each for each in tree.findall(nodes.paragraph) if _section(each) is section]
        told = [each for each in own if isinstance(each.parent, nodes.section | nodes.list_item)]
        gone = [each for each in told if _lost(each) and not _tells(each, chapter, records)]
        found = [each for part in own for each in part.findall(number)]
        if gone and _all_lost(found, chapter) and not _has_more(section, found, records):
            _give_way(gone[0], chapter, whole=True)
            for each in gone[1:]:
                _remove(each)
            continue
        for each in gone:
            inside = [*each.findall(number)]
            if all(_is_lost(one) or _is_word(one) for one in inside) and _all_lost(inside, chapter):
                _give_way(each, chapter, whole=False)


def _has_more(section, found, records):
    """Tell whether a section has a number, a figure or a table that is there, of whatever chapter."""
    shown = (records[id] for id in _ids(section) if id in records)
    return any(not _is_lost(each) and not _is_word(each) for each in found) or any(
        not one.keys() & LOST for one in shown
    )


def _all_lost(found, chapter):
    """Tell whether the numbers of a chapter, and words with them, are all lost for one reason."""
    numbers = [each for each in found if _is_own(each, chapter)]
    words = [each for each in found if _is_word(each) and _is_lost(each)] if numbers else []
    own = {each["record"]["id"]: each["record"] for each in (*numbers, *words)}
    reasons = {record.get("not_estimable", {}).get("en") for record in own.values()}
    return len(own) > 1 and len(reasons) == 1 and None not in reasons


def _give_way(paragraph, chapter, whole):
    """Put what is lost in the place of all that a paragraph says."""
    first, *rest = (each for each in paragraph.findall(number) if _is_lost(each))
    named = [each for each in (first, *rest) if _is_own(each, chapter)] or [first]
    what = list(dict.fromkeys((_what(each), False) for each in named))
    gap = lost(record=named[0]["record"], lang=first["lang"], what=what, whole=whole)
    gap += nodes.Text(_said(gap, False))
    filled = [each for each in paragraph.children if each.astext().strip()]
    lead = [each for each in filled[:1] if isinstance(each, nodes.strong)]  # "Change."
    paragraph.children = [*lead, *(nodes.Text(" ") for _ in lead)]
    paragraph += gap


def _is_lost(node):
    return "not_estimable" in node.get("record", {})


def _is_word(node):
    return node.get("record", {}).get("unit") == "word"


def _is_own(node, chapter):
    return not _is_word(node) and node.get("record", {}).get("id", "").startswith(chapter)


def _tells(paragraph, chapter, records):
    """Tell whether a paragraph says what is known: a number or word of the chapter, a figure or table."""
    ids = [each.get("record", {}).get("id", "") for each in paragraph.findall(number) if not _is_lost(each)]
    return any(id.startswith(chapter) for id in ids) or _shows(paragraph, records)


def _lost(paragraph):
    return any(_is_lost(each) for each in paragraph.findall(number))


def _section(node):
    """Return the innermost section around a node, or the whole tree."""
    while node.parent is not None:
        node = node.parent
        if isinstance(node, nodes.section):
            break
    return node


def _mentions(node: nodes.Node) -> Iterator[pending_xref]:
    """Return the references to figures and tables by their number."""
    yield from (each for each in node.findall(pending_xref) if each["reftype"] == "numref")


def _shows(node, records):
    """Tell whether words speak of a figure or table that is there."""
    found = [records.get(each.get("reftarget")) for each in _mentions(node)]
    return any(record is not None and "not_estimable" not in record for record in found)


def _drop_mentions(tree, records):
    """Leave out sentences on figures and tables that are not there, unless they tell more."""
    for mention in [*tree.findall(pending_xref)]:
        target = records.get(mention.get("reftarget")) if mention["reftype"] == "numref" else None
        if target is None or "not_estimable" not in target:
            continue
        whole, ends, start, stop = _sentence_with(mention)
        if not isinstance(whole, nodes.paragraph) or not isinstance(whole.parent, BLOCKS):
            continue
        if mention.parent is not whole:  # within bold words, say
            continue
        title = _section(whole).next_node(nodes.title)
        if title is not None and title.astext() in HOPES:
            continue
        place, text = whole.index(mention), whole.astext()
        before, after = text[: ends[place]], text[ends[place + 1] :]
        aside = before.rfind("(") > before.rfind(")")
        if before.endswith(" (") and after.startswith(")"):
            start, stop = ends[place] - 2, ends[place + 1] + 1
        elif aside and before.endswith("(") and after[:2] in BETWEEN:
            start, stop = ends[place], ends[place + 1] + 2
        elif aside and before[-2:] in BETWEEN:
            start, stop = ends[place] - 2, ends[place + 1]
        elif aside and (found := _bracket(whole, ends, place, records)):
            start, stop = found
        else:
            parts = [part for part, end in zip(whole, ends, strict=False) if start <= end < stop]
            if any([*part.findall(number), *part.findall(lost)] or _shows(part, records) for part in parts):
                continue
            stop = _next(text, stop)
        _cut(whole, ends, start, stop)
        if not whole.astext().strip():
            _remove(whole)


def _bracket(whole, ends, place, records):
    """Return where the brackets around a part of a paragraph begin and end, if they tell nothing else."""
    text = whole.astext()
    start, stop = text.rfind("(", 0, ends[place]), text.find(")", ends[place + 1]) + 1
    parts = [part for part, end in zip(whole, ends, strict=False) if start <= end < stop]
    if not stop or any(
        [*part.findall(number), *part.findall(lost)] or _shows(part, records) for part in parts
    ):
        return None
    return start - (text[start - 1 : start] == " "), stop


def _drop_sentence(node):
    """Leave out the sentence with a number, and a paragraph that is empty without it."""
    whole, ends, start, stop = _sentence_with(node)
    if whole is not None:
        _cut(whole, ends, start, _next(whole.astext(), stop))
        if not whole.astext().strip():
            _remove(whole)


def _drop_clearly(paragraph, lang):
    """Leave out what "clearly" means where a sentence was lost and no other says it."""
    for mark in [*paragraph.findall(nodes.emphasis)]:
        if mark.astext() == phrase("number.clearly", lang) and mark.parent is paragraph:
            _, ends, start, stop = _sentence_with(mark)
            others = "".join(
                part.astext()[: max(0, start - begin)] + part.astext()[max(0, stop - begin) :]
                for part, begin in zip(paragraph, ends, strict=False)
                if GONE not in getattr(part, "attributes", {}).get("classes", [])
            )
            if phrase("number.clear", lang) not in others.lower():
                _cut(paragraph, ends, start, _next(paragraph.astext(), stop))


def _next(text, stop):
    """Return where the next sentence begins."""
    return len(text) - len(text[stop:].lstrip())


def _cut(whole, ends, start, stop, *between):
    """Take what stands from one place to another out of a paragraph, and put nodes ``between``."""
    text = whole.astext()
    first = next(number for number, at in enumerate(ends[1:]) if at > start)
    last = max(number for number, at in enumerate(ends[:-1]) if at < stop)
    before = text[ends[first] : start] if isinstance(whole[first], nodes.Text) else ""
    after = text[stop : ends[last + 1]] if isinstance(whole[last], nodes.Text) else ""
    parts = (nodes.Text(before), *between, nodes.Text(after))
    whole[first : last + 1] = [part for part in parts if part.astext()]


def _remove(node):
    """Take a node away, and a list or item of a list that is empty without it."""
    parent = node.parent
    parent.remove(node)
    node.parent = None
    if not parent.children and isinstance(parent, LISTS):
        _remove(parent)


def _join_later(gap):
    """Take over what later sentences of the paragraph say, where they give the same reason."""
    whole, place = gap.parent, gap.parent.index(gap)
    for other in [each for each in whole.children[place + 1 :] if isinstance(each, lost)]:
        if (_kind(other), _reason(other), other["lang"]) != (_kind(gap), _reason(gap), gap["lang"]):
            continue
        gap["what"] += [what for what in other["what"] if what not in gap["what"]]
        end = whole.index(other)
        blank = isinstance(whole[end - 1], nodes.Text) and not whole[end - 1].strip()
        del whole.children[end - blank : end + 1]  # by its place, for texts that are alike are equal
        other.parent = None


def _sentence_with(node):
    """Return the paragraph around a node, where its parts end, and where the sentence begins and ends."""
    part = node
    while part.parent is not None and not isinstance(part.parent, nodes.paragraph | nodes.title | nodes.term):
        part = part.parent
    whole = part.parent
    if whole is None or part not in whole.children:  # it has gone with a sentence
        return None, [], 0, 0
    ends = list(accumulate((len(child.astext()) for child in whole), initial=0))
    place, text = whole.index(part), "".join(_read_aloud(child) for child in whole)
    gaps = [found.span() for found in SENTENCE.finditer(text)]
    start = max(at for at in (0, *(end for _, end in gaps)) if at <= ends[place])
    stop = min(at for at in (*(begin for begin, _ in gaps), len(text)) if at >= ends[place + 1])
    return whole, ends, start, stop


def _read_aloud(part):
    """Return the text of a part of a paragraph; "Figure 3" begins with a capital, as its id does not."""
    text = part.astext()
    return text[:1].upper() + text[1:] if [*_mentions(part)] else text


def _replace_sentence(node):
    """Say in the place of a sentence what in it cannot be estimated, or shown."""
    if node.get("said"):
        return
    whole, ends, start, stop = _sentence_with(node)
    if whole is None:
        return
    parts = [part for part, at in zip(whole, ends, strict=False) if start - len(part.astext()) < at < stop]
    inside = [found for part in parts for found in part.findall(number)]
    named = [each for each in inside if each.get("record", {}).keys() & {"not_estimable", "withheld"}]
    named = [each for each in named if not _is_word(each)] or [node]
    for other in inside:
        other["said"] = True
    gap = lost(record=named[0]["record"], lang=node["lang"], what=[(_what(named[0]), _is_word(named[0]))])
    gap += nodes.Text(_said(gap, False))  # a sentence, beside which others end
    _cut(whole, ends, start, stop, gap)


def dated(record: Number, language: Language) -> str:
    """Return what a number is, with its period where the words do not name it."""
    what, period = record["definition"][language], record["period"]
    return f"{what}, {period}" if period and period not in what else what


def _what(node):
    """Return what the number of a node is."""
    return dated(node["record"], node["lang"])


def _kind(gap):
    """Return the name of the words for a lost number."""
    if "withheld" in gap["record"]:
        return "withheld"
    return "not-estimable"


def _reason(gap):
    """Return why a number cannot be estimated; one that is withheld has its reason in its words."""
    return gap["record"]["not_estimable"][gap["lang"]] if "not_estimable" in gap["record"] else _kind(gap)


def _reasons(gap):
    """Return why what is lost is so; a whole section may be so for several reasons."""
    if "records" not in gap:
        return {_reason(gap)}
    return {*_each_reason(gap), *(_kind({"record": one}) for one in gap["records"] if "withheld" in one)}


def _each_reason(gap):
    """Return each reason of a whole section once; what is withheld is so for one that tells no more."""
    hidden = REASONS["hidden"][LANGUAGES.index(gap["lang"])]
    reasons = (one.get("not_estimable", {}).get(gap["lang"], hidden) for one in gap["records"])
    return dict.fromkeys(reasons)


def _is_cell(paragraph):
    return isinstance(paragraph.parent, nodes.entry)


def _why(gap, again):
    """Return the words on why nothing is there; ``again`` where the reason was just given.

    They are a sentence in the caption of a figure. A cell stands below a head that says what they are.
    """
    if _is_cell(gap.parent):
        return phrase("result.same-reason", gap["lang"]) if again else _reason(gap)
    if again:
        return phrase("result.cannot-either", gap["lang"])
    return phrase("result.cannot", gap["lang"], reason=_reason(gap))


def _is_closed(node):
    """Tell whether something stands in a fold of its own, where readers may not see it."""
    while node is not None and not isinstance(node, nodes.section):
        if node.tagname == "fold":
            return True
        node = node.parent
    return False


def _said(gap, again):
    """Return the sentence that stands where numbers cannot, which gives no reason ``again``."""
    lang, kind = gap["lang"], _kind(gap)
    reason = {"reason": _reason(gap)} if kind == "not-estimable" else {}
    if gap.get("whole"):
        found = gap.get("records", [gap["record"]])
        if not any("not_estimable" in one for one in found):
            return phrase("number.withheld-here", lang)
        whole = "; ".join(_each_reason(gap)) if "records" in gap else _reason(gap)
        return phrase("number.not-estimable-here", lang, reason=whole)
    what = "; ".join([text for text, word in gap["what"] if not word] or [text for text, _ in gap["what"]])
    if again:
        return phrase(f"number.{kind}-either", lang, what=what)
    return phrase(f"number.{kind}", lang, what=what, **reason)
