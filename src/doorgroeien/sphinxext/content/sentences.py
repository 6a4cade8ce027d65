"""The sentences that numbers stand in, and what takes the place of those that answers do not carry."""

import re
from collections.abc import Iterator, Mapping
from itertools import accumulate
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.util.docutils import SphinxRole

from doorgroeien.publishing.real_answers import elsewhere
from doorgroeien.publishing.words import phrase
from doorgroeien.results.formats import LANGUAGES
from doorgroeien.results.records import Language, Number

__all__ = ["absent", "dated", "given", "number", "read_sentence", "replace_lost", "setup"]

# A line of the source is a sentence; where it holds several, as in key points, each ends in a stop.
SENTENCE = re.compile(r"\n|(?<=[.!?])\s+(?=[A-Z\"'(\u2018\u201c])")
BLOCKS = (nodes.document, nodes.section, nodes.list_item, nodes.container)  # whose paragraphs may go
LISTS = (nodes.list_item, nodes.bullet_list, nodes.enumerated_list)
HOPES = {phrase("page.hopes", language) for language in LANGUAGES}  # sections on what could be seen
DASH = "\u2013"
BETWEEN = (", ", "; ")  # what stands between things in brackets
REFERENCE = "reference"  # what a sentence needs that is about the reference survey
GONE = "not-estimable"  # the class of what stands for a sentence


class number(nodes.Inline, nodes.TextElement):  # nodes are named so
    """A published number; attributes ``result`` (its id), ``form``, ``lang`` and, once known, ``record``."""


class given(nodes.Inline, nodes.TextElement):
    """Stands unseen in a sentence that holds only beside others; ``results`` are the ids that these need."""


class absent(nodes.inline):
    """In a caption, why there is no figure or table; attributes ``record`` and ``lang``."""


class lost(nodes.inline):
    """What takes the place of sentences until it is written.

    Attributes are ``record``, ``lang``, ``what`` as a list of texts, each with whether a word is lost or a
    number, and ``whole`` where all that a section tells is lost.
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


def replace_lost(
    tree: nodes.Element, chapter: str | None = None, records: Mapping[str, Any] | None = None
) -> None:
    """Say in the place of each sentence with a number that these answers do not carry that it is so.

    A section of a ``chapter`` whose numbers are all lost for one reason says so once, and so does a
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
    for table in [*tree.findall(nodes.table)]:
        _replace_cells(table)
    if chapter:
        _replace_wholes(tree, f"{chapter}.", records or {})
    for node in [*tree.findall(number)]:
        if node.get("record", {}).keys() & {"not_estimable", "withheld"}:
            _replace_sentence(node)
    _drop_mentions(tree, records or {})
    told: dict[tuple[Language, int], str] = {}
    for gap in [*tree.findall(lambda node: isinstance(node, lost | absent))]:
        if gap.parent is None:  # one before it says this too
            continue
        lang, reason = gap["lang"], _reason(gap)
        place = (lang, id(_section(gap)))
        if isinstance(gap, absent):
            again = told.get(place) == reason and len(gap.parent) > 1
            gap.replace_self(nodes.inline("", _why(gap, again), classes=[GONE]))
            if not _is_closed(gap.parent):
                told[place] = reason
            continue
        _join_later(gap)
        before = "".join(part.astext() for part in gap.parent.children[: gap.parent.index(gap)])
        again = told.get(place) == reason or f"{reason}." in before
        told[place] = reason
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


def _replace_wholes(tree, chapter, records):
    """Say once of each section, and of each paragraph, that all numbers of the chapter in it are lost."""
    if not _lost(tree):
        return
    for section in [tree, *tree.findall(nodes.section)]:
        own = [each for each in tree.findall(nodes.paragraph) if _section(each) is section]
        told = [each for each in own if isinstance(each.parent, nodes.section | nodes.list_item)]
        gone = [each for each in told if _lost(each) and not _tells(each, chapter, records)]
        if gone and _all_lost([each for part in own for each in part.findall(number)], chapter):
            _give_way(gone[0], chapter, whole=True)
            for each in gone[1:]:
                _remove(each)
            continue
        for each in gone:
            inside = [*each.findall(number)]
            if all(_is_lost(one) or _is_word(one) for one in inside) and _all_lost(inside, chapter):
                _give_way(each, chapter, whole=False)


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
    lead = [each for each in paragraph.children[:1] if isinstance(each, nodes.strong)]  # "Change."
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
        else:
            parts = [part for part, end in zip(whole, ends, strict=False) if start <= end < stop]
            if any([*part.findall(number), *part.findall(lost)] or _shows(part, records) for part in parts):
                continue
            stop = _next(text, stop)
        _cut(whole, ends, start, stop)
        if not whole.astext().strip():
            _remove(whole)


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


def _why(gap, again):
    """Return the sentence in a caption on why nothing is there; ``again`` where the reason was just given."""
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
        return phrase("number.not-estimable-here", lang, **reason)
    what = "; ".join([text for text, word in gap["what"] if not word] or [text for text, _ in gap["what"]])
    if again:
        return phrase(f"number.{kind}-either", lang, what=what)
    return phrase(f"number.{kind}", lang, what=what, **reason)
