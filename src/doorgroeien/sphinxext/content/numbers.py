"""The role ``{num}``: a published number in a sentence, with a card that says what it is."""

import re
from html import escape
from itertools import accumulate
from pathlib import Path

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from doorgroeien.publishing.words import phrase
from doorgroeien.results.formats import FORMATS, write, write_digits
from doorgroeien.results.records import Language, Number, PlacedNumber
from doorgroeien.results.register import EVIDENCE, INTERVALS, Register
from doorgroeien.sphinxext.content.answers import invented
from doorgroeien.sphinxext.content.language import language_of
from doorgroeien.sphinxext.content.sources import place, short_reference

__all__ = [
    "few_degrees",
    "forget",
    "join",
    "pages_of",
    "replace_lost",
    "report_unused",
    "sentences_of",
    "setup",
    "write_numbers",
]

LOGGER = logging.getLogger(__name__)
# A line of the source is a sentence; where it holds several, as in key points, each ends in a stop.
# What says of answers that they are invented is not invented.
OF_THE_EDITION = {f"data-quality.{name}" for name in ("caution", "edition", "kind")}
SENTENCE = re.compile(r"\n|(?<=[.!?])\s+(?=[A-Z\"'(\u2018\u201c])")


class number(nodes.Inline, nodes.TextElement):
    """A published number; attributes ``result`` (its id), ``form``, ``lang`` and, once known, ``record``."""


class NumberRole(SphinxRole):
    """``{num}`chapter.id` `` or ``{num}`chapter.id|format` ``."""

    def run(self):
        """Return an empty number; its text is written when the language of its passage is known."""
        result, _, form = self.text.partition("|")
        node = number(result=result.strip(), form=form.strip() or "value")
        self.set_source_info(node)
        return [node], []


def setup(app):
    """Register the role and its node."""
    app.add_role("num", NumberRole())
    app.add_node(number, html=(_visit_html, _depart_html))


def forget(app, env, docname):
    """Forget which ids a page uses."""
    _uses(env).pop(docname, None)


def join(app, env, docnames, other):
    """Take over which ids pages use that another process has read."""
    _uses(env).update(_uses(other))


def _uses(env):
    if not hasattr(env, "doorgroeien_uses"):
        env.doorgroeien_uses = {}
    return env.doorgroeien_uses


def pages_of(env) -> dict[str, list[str]]:
    """Return, for each number that is used, the pages that use it, in the order of their names."""
    return {result: [*pages] for result, pages in sentences_of(env).items()}


def sentences_of(env) -> dict[str, dict[str, str]]:
    """Return, for each number that is used, its pages in the order of their names, with a sentence of each.

    That is the first with words which the numbers choose. For others, and where it names a figure, whose
    number is not known yet, it is empty.
    """
    sentences = {}
    for docname, used in sorted(_uses(env).items()):
        for result, sentence in used.items():
            sentences.setdefault(result, {})[docname] = sentence
    return sentences


def write_numbers(app, doctree):
    """Give every number on the page its text; an unknown id or impossible format is a warning."""
    docname = app.env.docname
    register: Register = app.doorgroeien_register
    used = _uses(app.env).setdefault(docname, {})
    page_language = app.env.metadata[docname].get("language", "en")
    for node in doctree.findall(number):
        record = register.records.get(node["result"])
        node["lang"] = language_of(node, page_language)
        problem = None
        if record is None or record["kind"] != "number":
            problem = f"no number {node['result']!r} is published; ids are listed in results.csv"
        else:
            used[node["result"]] = ""
            node["record"] = record
            try:
                node += nodes.Text(write(record, node["lang"], node["form"]))
            except ValueError as error:
                problem = f"{node['result']}: {error}; formats are {', '.join(FORMATS)}"
        if problem:
            node += nodes.Text("??")
            LOGGER.warning(problem, location=place(app.env, node), type="doorgroeien", subtype="number")
    replace_lost(doctree)
    for node in doctree.findall(number):
        if node.get("record", {}).get("unit") == "word":
            used[node["result"]] = used[node["result"]] or _read(node)


class lost(nodes.inline):  # nodes are named so
    """What takes the place of a sentence until it is written: ``record``, ``lang``, ``what`` as a list."""


def replace_lost(tree: nodes.Element) -> None:
    """Say in the place of each sentence with a number that these answers do not carry that it is so.

    Sentences in a row become one, and a reason that was just given is not given again.
    """
    for node in [*tree.findall(number)]:
        if node.get("record", {}).keys() & {"not_estimable", "withheld"}:
            _replace_sentence(node)
    given: dict[Language, str | None] = {}
    for gap in [*tree.findall(lost)]:
        if gap.parent is None:  # one before it says this too
            continue
        _join_next(gap)
        lang, reason = gap["lang"], _reason(gap)
        before = "".join(part.astext() for part in gap.parent.children[: gap.parent.index(gap)])
        again = reason is not None and (given.get(lang) == reason or f"{reason}." in before)
        given[lang] = reason
        gap.replace_self(nodes.inline("", _said(gap, again), classes=["not-estimable"]))


def _join_next(gap):
    """Take over what the next sentences say, where they give the same reason."""
    while after := gap.parent.children[gap.parent.index(gap) + 1 :]:
        blank = isinstance(after[0], nodes.Text) and not after[0].strip()
        other = after[1] if blank and len(after) > 1 else after[0]
        if not isinstance(other, lost) or (_kind(other), _reason(other)) != (_kind(gap), _reason(gap)):
            return
        gap["what"] += [what for what in other["what"] if what not in gap["what"]]
        for part in after[: after.index(other) + 1]:
            gap.parent.remove(part)
            part.parent = None


def _sentence_with(node):
    """Return the paragraph around a number, where its parts end, and where the sentence begins and ends."""
    part = node
    while part.parent is not None and not isinstance(part.parent, nodes.paragraph | nodes.title | nodes.term):
        part = part.parent
    whole = part.parent
    if whole is None:
        return None, [], 0, 0
    ends = list(accumulate((len(child.astext()) for child in whole), initial=0))
    place, text = whole.index(part), whole.astext()
    gaps = [found.span() for found in SENTENCE.finditer(text)]
    start = max(at for at in (0, *(end for _, end in gaps)) if at <= ends[place])
    stop = min(at for at in (*(begin for begin, _ in gaps), len(text)) if at >= ends[place + 1])
    return whole, ends, start, stop


def _read(node):
    """Return the sentence with a number as readers see it; none where it names a figure by its number."""
    whole, ends, start, stop = _sentence_with(node)
    if whole is None:
        return ""
    parts = [part for part, end in zip(whole, ends, strict=False) if start <= end < stop]
    if any(xref["reftype"] == "numref" for part in parts for xref in part.findall(pending_xref)):
        return ""
    return whole.astext()[start:stop]


def _replace_sentence(node):
    """Say in the place of a sentence what in it cannot be estimated, or shown."""
    if node.get("said"):
        return
    whole, ends, start, stop = _sentence_with(node)
    if whole is None:
        return
    text = whole.astext()
    first = next(number for number, at in enumerate(ends[1:]) if at > start)
    last = max(number for number, at in enumerate(ends[:-1]) if at < stop)
    before = text[ends[first] : start] if isinstance(whole[first], nodes.Text) else ""
    after = text[stop : ends[last + 1]] if isinstance(whole[last], nodes.Text) else ""
    for other in [found for child in whole[first : last + 1] for found in child.findall(number)]:
        other["said"] = True
    gap = lost(record=node["record"], lang=node["lang"], what=[_what(node)])
    gap += nodes.Text(_said(gap, False))  # a sentence, beside which others end
    around = [nodes.Text(text) for text in (before, after)]
    whole[first : last + 1] = [part for part in (around[0], gap, around[1]) if part is gap or part.astext()]


def _what(node):
    """Return what a number is, with its period."""
    what, period = node["record"]["definition"][node["lang"]], node["record"]["period"]
    return f"{what}, {period}" if period and period not in what else what


def _kind(gap):
    """Return the name of the words for a lost number."""
    if "withheld" in gap["record"]:
        return "withheld"
    return "not-estimable"


def _reason(gap):
    """Return why a number cannot be estimated; one that is withheld has its reason in its words."""
    return gap["record"]["not_estimable"][gap["lang"]] if "not_estimable" in gap["record"] else None


def _said(gap, again):
    """Return the sentence that stands where numbers cannot, which gives no reason ``again``."""
    lang, what, reason = gap["lang"], "; ".join(gap["what"]), _reason(gap)
    if again:
        return phrase("number.not-estimable-either", lang, what=what)
    return phrase(f"number.{_kind(gap)}", lang, what=what, **({"reason": reason} if reason else {}))


def report_unused(app, env):
    """Warn of every published number that no page shows."""
    used = set().union(*_uses(env).values())
    register: Register = app.doorgroeien_register
    for record in register.numbers:
        if record["id"] not in used:
            LOGGER.warning(
                f"cell {record['cell']}: number {record['id']!r} is published and never used; "
                "use it in a sentence or do not publish it",
                location=f"{record['page']}.ipynb",
                type="doorgroeien",
                subtype="unused",
            )


def _visit_html(self, node):
    if "record" not in node:
        self.body.append('<span class="num">')
        return
    count = self.doorgroeien_cards = getattr(self, "doorgroeien_cards", 0) + 1
    record: PlacedNumber = node["record"]
    own_page, _ = _addresses(self, node)
    kind = "num word" if record["unit"] == "word" else "num"
    # Search engines quote sentences without their page: not the numbers that rest on answers.
    kind, quiet = (f"{kind} survey", " data-nosnippet") if record["edition"] else (kind, "")
    edition, about = record["edition"], record["id"] in OF_THE_EDITION
    if edition and not about and invented(edition["en"], Path(self.builder.app.srcdir)):
        kind += " invented"
    link = f'<a class="num-value" href="{own_page}" aria-describedby="num-{count}">'
    self.body.append(f'<span class="{kind}"{quiet}>{link}')


def _depart_html(self, node):
    if "record" not in node:
        self.body.append("</span>")
        return
    card = card_html(node["record"], node["lang"], self.builder.app, _addresses(self, node))
    self.body.append(
        f'</a><span class="num-card" role="tooltip" id="num-{self.doorgroeien_cards}">{card}</span></span>'
    )


def few_degrees(df: float, lang: Language) -> str:
    """Return in words how few degrees of freedom a number has."""
    return phrase("number.few", lang, df=write_digits(df, 0, lang))


def _addresses(writer, node) -> tuple[str, str]:
    """Return where a number has its own page and where it was computed, seen from the page being written."""
    record: PlacedNumber = node["record"]
    here, there = writer.builder.current_docname, record["page"]
    part = "#nl" if node["lang"] == "nl" else ""  # the page has a part in each language
    page = "" if here == there else writer.builder.get_relative_uri(here, there)
    return f"{'../' * here.count('/')}numbers/{record['id']}.html{part}", f"{page}#{record['id']}"


def card_html(record: Number, lang: Language, app, addresses: tuple[str, str]) -> str:
    """Return the card of a number: what it is, how sure, of whom and when, on which evidence.

    Its links are for a pointer. The keyboard has the number itself, which leads to the number's own page, and
    so does not stop at each of them.
    """
    rows = []
    if record["interval"] and record["high"] is not None:
        sure = f"{write(record, lang, 'range')}, {INTERVALS[record['interval']][lang]}"
        rows.append((phrase("number.interval", lang), sure))
    if record["n"] is not None:
        rows.append((phrase("number.n", lang), write_digits(record["n"], 0, lang)))
    if "df" in record:
        rows.append((phrase("number.df", lang), few_degrees(record["df"], lang)))
    rows.append((phrase("number.population", lang), record["population"][lang]))
    if record["period"]:
        rows.append((phrase("number.period", lang), record["period"]))
    rows.append((phrase("number.evidence", lang), EVIDENCE[record["evidence"]][lang]))
    if record["edition"]:
        rows.append((phrase("number.edition", lang), record["edition"][lang]))
    if record["sources"]:
        rows.append(
            (
                phrase("number.source", lang),
                "; ".join(short_reference(key, app, lang) for key in record["sources"]),
            )
        )
    lines = [f"<b>{escape(record['definition'][lang])}</b>"]
    lines += [f"<span><em>{name}:</em> {escape(str(text))}</span>" for name, text in rows]
    for key, address in zip(("number.page", "number.link"), addresses, strict=True):
        lines.append(f'<a class="num-link" tabindex="-1" href="{address}">{phrase(key, lang)}</a>')
    return "".join(lines)
