"""The role ``{num}``: a published number in a sentence, with a card that says what it is."""

from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from doorgroeien.publishing.words import phrase
from doorgroeien.results.formats import FORMATS, write, write_digits
from doorgroeien.results.records import Language, Number, PlacedNumber
from doorgroeien.results.register import EVIDENCE, INTERVALS, Register
from doorgroeien.sphinxext.content import sentences
from doorgroeien.sphinxext.content.answers import invented
from doorgroeien.sphinxext.content.language import language_of
from doorgroeien.sphinxext.content.sentences import REFERENCE, given, number, read_sentence, replace_lost
from doorgroeien.sphinxext.content.sources import place, short_reference

__all__ = [
    "few_degrees",
    "forget",
    "is_invented",
    "join",
    "pages_of",
    "report_unused",
    "sentences_of",
    "setup",
    "write_numbers",
]

LOGGER = logging.getLogger(__name__)
# What says of answers that they are invented is not invented.
OF_THE_EDITION = {f"data-quality.{name}" for name in ("caution", "edition", "kind")}


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
    sentences.setup(app)
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
    for node in doctree.findall(given):
        for id in {*node["results"]} - {*register.records, REFERENCE}:
            problem = f"nothing {id!r} is published; ids are listed in results.csv"
            LOGGER.warning(problem, location=place(app.env, node), type="doorgroeien", subtype="number")
    replace_lost(doctree, docname.rsplit("/", 1)[-1], register.records)
    for node in doctree.findall(number):
        if node.get("record", {}).get("unit") == "word":
            used[node["result"]] = used[node["result"]] or read_sentence(node)


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


def is_invented(record: Number, root: Path) -> bool:
    """Tell whether a number rests on answers that nobody gave, and does not say just that."""
    edition = record["edition"]
    return edition is not None and record["id"] not in OF_THE_EDITION and invented(edition["en"], root)


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
    if is_invented(record, Path(self.builder.app.srcdir)):
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
