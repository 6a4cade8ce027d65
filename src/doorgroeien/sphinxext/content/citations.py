"""Citations on the site: a box on every page, a fold at every figure and table, head tags, downloads."""

import re
from dataclasses import replace
from pathlib import Path

from docutils import nodes
from markupsafe import Markup, escape
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from doorgroeien.publishing.citation import (
    Citation,
    apa,
    bibtex,
    csl_json,
    described,
    dutch_note,
    head_tags,
    in_text,
    json_ld,
    load_book,
    monitor_table,
    name_of,
    ris,
    write_date,
)
from doorgroeien.publishing.real_answers import named_after
from doorgroeien.publishing.words import phrase
from doorgroeien.results.formats import LANGUAGES, write
from doorgroeien.results.records import Language, Placed
from doorgroeien.results.register import Register
from doorgroeien.sphinxext.content.language import language_being_read, language_block
from doorgroeien.sphinxext.content.sentences import dated, number
from doorgroeien.sphinxext.content.sources import short_reference

__all__ = [
    "WITHOUT_BOX",
    "citation_forms",
    "complete_page",
    "forms",
    "headline",
    "load_cited",
    "page_citation",
    "plain_caption",
    "result_citation",
    "sheet",
    "setup",
    "write_forms",
]

LOGGER = logging.getLogger(__name__)
HOW_TO_CITE = dict(zip(LANGUAGES, ("book/how-to-cite", "book/nl/how-to-cite"), strict=True))
# No box: what they hold is cited from elsewhere.
WITHOUT_BOX = {*HOW_TO_CITE.values(), "book/references", "book/changelog"}
FILES = {"bib": ("BibTeX", bibtex), "ris": ("RIS", ris), "csl.json": ("CSL JSON", csl_json)}
NUMBER = re.compile(r"\{num\}`([^`|]+)(?:\|([^`]+))?`")
LONGEST, SHORTEST = 25, 4  # words of a title
ROLE = re.compile(r"\s*\{[\w:-]+\}`[^`]*`")


class citation_forms(nodes.General, nodes.Element):
    """How a page or result (``target``) is cited, in the language ``lang``; ``folded`` beside a figure."""


class CiteDirective(SphinxDirective):
    """``{citation} notebooks/triangulation`` or ``{citation} triangulation.index``: its citation."""

    required_arguments = 1

    def run(self):
        """Return the citation; it is written when all pages are known."""
        node = citation_forms(target=self.arguments[0], folded=False)
        self.set_source_info(node)
        node["lang"] = language_being_read(self.env)
        return [node]


class InTextRole(SphinxRole):
    """``{in-text}`triangulation.cases.change` ``: what stands between brackets after a sentence."""

    def run(self):
        """Return the words."""
        citation = _citation(self.env.app, self.text, language_being_read(self.env))
        if citation is None:
            problem = f"nothing to cite is called {self.text!r}"
            return [], [self.inliner.reporter.error(problem, line=self.lineno)]
        return [nodes.raw("", escape(in_text(citation)), format="html")], []


def setup(app):
    """Register node, directive and role."""
    app.add_node(citation_forms)
    app.add_directive("citation", CiteDirective)
    app.add_role("in-text", InTextRole())


def load_cited(app):
    """Load what is cited of the book, with the editions that its results rest on."""
    register: Register = app.doorgroeien_register
    found = [result["edition"] for result in register.records.values() if result["edition"]]
    editions = named_after(found, Path(app.srcdir))
    names: dict[str, str] = {
        lang: "; ".join(sorted({edition[lang] for edition in editions})) for lang in LANGUAGES
    }
    app.doorgroeien_book = load_book(Path(app.srcdir), app.config.html_baseurl, names if editions else None)
    app.config.html_context["edition_names"] = app.doorgroeien_book.edition  # for scripts


def page_citation(app, docname: str) -> Citation:
    """Return the citation of a page: the book for the first one, and a chapter for each other."""
    env, book = app.env, app.doorgroeien_book
    metadata = env.metadata[docname]
    language, whole = metadata.get("language", "en"), docname == app.config.root_doc
    return Citation(
        book=book,
        kind="book" if whole else "chapter",
        id=name_of(docname),
        titles={language: book.title if whole else env.titles[docname].astext()},
        language=language,
        date=book.date if whole else book.dated(env.doc2path(docname, base=False)),
        path=f"{docname}.html",
        edition=metadata.get("edition"),
        partly=metadata.get("partly", False),
    )


def result_citation(app, result: Placed, language: str = "en") -> Citation:
    """Return the citation of a published figure, table or number: it is dated as the page that publishes it.

    A figure or table is found at its anchor, a number on its own page.
    """
    page, id, titles, edition = result["page"], result["id"], _titles(app, result), result["edition"]
    authors = {author.name for author in app.doorgroeien_book.authors}
    basis = {lang: [short_reference(key, app, lang) for key in result["sources"]] for lang in LANGUAGES}
    return Citation(
        book=app.doorgroeien_book,
        kind=result["kind"],
        id=id,
        titles=titles,
        language=language if language in titles else "en",
        date=app.doorgroeien_book.dated(app.env.doc2path(page, base=False)),
        path=f"numbers/{id}.html" if result["kind"] == "number" else f"{page}.html#{id}",
        edition=edition and {lang: edition[lang] for lang in LANGUAGES},
        # What the contributors made themselves is this book.
        basis={
            lang: tuple(work for work in dict.fromkeys(works) if work.rsplit(" (", 1)[0] not in authors)
            for lang, works in basis.items()
        },
    )


def _titles(app, result: Placed) -> dict[str, str]:
    """Return what a result is called, in each language that it has."""
    if result["kind"] == "number":
        texts = {lang: dated(result, lang) for lang in LANGUAGES}
        return {lang: f"{text[0].upper()}{text[1:]}" for lang, text in texts.items()}
    caption = result["caption"]
    return {lang: headline(app, caption[lang], lang) for lang in LANGUAGES if lang in caption}


def headline(app, caption: str, language: Language) -> str:
    """Return the first sentence of a caption as plain text; of a long one its first clause, if it has any."""
    sentence = re.split(r"(?<=[.!?])\s+", plain_caption(app, caption, language))[0].removesuffix(".")
    if len(sentence.split()) <= LONGEST:
        return sentence
    clause = re.split(r"[:;]\s+", sentence)[0]
    return clause if len(clause.split()) >= SHORTEST else sentence


def plain_caption(app, caption: str, language: Language) -> str:
    """Return a caption as plain text, with its numbers."""
    register: Register = app.doorgroeien_register
    numbers = {number["id"]: number for number in register.numbers}

    def number(match: re.Match[str]) -> str:
        return write(numbers[match[1]], language, match[2] or "value")

    return ROLE.sub("", NUMBER.sub(number, caption)).replace("*", "").replace("`", "").strip()


def _citation(app, target, language):
    """Return the citation of a page or of a published result, or ``None``."""
    register: Register = app.doorgroeien_register
    result = register.records.get(target)
    if result is not None:
        return result_citation(app, result, language)
    return page_citation(app, target) if target in app.env.titles else None


def forms(citation: Citation, language: str, first: bool = False) -> Markup:
    """Return the citation in APA, as a footnote in the Dutch style, and in BibTeX.

    With ``first`` the ones after the first are folded away.
    Each form has a button that copies it; without JavaScript there are none, and the text can be selected.
    """
    shown: list[tuple[str, str, str, str]] = [
        ("APA", apa(citation), citation.language, "p"),
        (phrase("cite.note", language), dutch_note(citation), "nl", "p"),
        ("BibTeX", bibtex(citation), "", "pre"),
    ]
    html = Markup("")
    for place, (name, text, lang, tag) in enumerate(shown):
        marked = Markup(' lang="{}"').format(lang) if lang and lang != language else ""
        box, head = ("details", "summary") if first and place else ("div", "span")
        html += Markup(
            '<{box} class="cite-form"><{head} class="cite-name">{}</{head}>'
            '<{tag} class="cite-text"{}>{}</{tag}>'
            '<button type="button" class="cite-copy" hidden>{} {}</button></{box}>\n'
        ).format(name, marked, text, phrase("cite.copy", language), name, tag=tag, box=box, head=head)
    return html


def write_forms(app, doctree, docname):
    """Write the citations on a page, now that the titles and dates of all pages are known."""
    for node in list(doctree.findall(citation_forms)):
        citation = _citation(app, node["target"], node["lang"])
        if citation is None:
            LOGGER.warning(
                f"nothing to cite is called {node['target']!r}; name a page or the id of a result",
                location=(docname, node.line),
                type="doorgroeien",
                subtype="citation",
            )
            node.parent.remove(node)
            continue
        if citation.kind == "book":  # its one title in the language of whoever reads
            citation = replace(citation, titles={node["lang"]: citation.title()}, language=node["lang"])
        if node["folded"] and app.env.metadata.get(docname, {}).get("language") == "nl":
            # A figure or table that is read in Dutch is found there.
            citation = replace(citation, path=f"{docname}.html#{citation.id}")
        lang, (page, mark, anchor) = node["lang"], citation.path.partition("#")
        page = page.removesuffix(".html")
        link = ("" if page == docname else app.builder.get_relative_uri(docname, page)) + mark + anchor
        permalink = Markup('<p class="cite-link">{}: <a href="{}">{}</a></p>')
        html = forms(citation, lang)
        html += permalink.format(phrase("cite.link", lang), link, citation.url or citation.path)
        if node["folded"]:
            fold = Markup('<details class="cite no-print"><summary>{}</summary>{}</details>')
            html = fold.format(phrase(f"cite.{citation.kind}", lang), html)
        else:
            html = Markup('<div class="cite-forms">{}</div>').format(html)
        node.replace_self(nodes.raw("", str(html), format="html"))


def complete_page(app, pagename, templatename, context, doctree):
    """Give a page of the book its head tags and its box, and write its downloads."""
    if doctree is None or app.builder.format != "html":
        return
    citation = page_citation(app, pagename)
    description = app.env.metadata[pagename].get("description") or _description(doctree)
    up = "../" * pagename.count("/")
    items = [described(citation, description)]
    if pagename in (app.config.root_doc, HOW_TO_CITE["en"]):
        items.append(monitor_table(citation.book, f"{up}results"))
    tags = head_tags(citation, description) + "\n" + json_ld(*items)
    context["metatags"] = f"{context.get('metatags', '')}\n{tags}\n"
    context["remark"] = citation.remark()
    for ending, (_, write_form) in FILES.items():
        file = Path(app.outdir, "citations", f"{pagename}.{ending}")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(write_form(citation), encoding="utf-8")
    if pagename not in WITHOUT_BOX:
        context["body"] += str(_box(citation, pagename, up, app.env.found_docs))
    if "sheet" in app.env.metadata[pagename]:
        context["body"] = sheet(context["body"], citation.language)


def sheet(body: str, language: str) -> str:
    """Return the body of a page that prints on one A4 (front matter ``sheet: true``), with a button for it.

    Where there is a PDF, a link to it takes its place beside the button.
    """
    words = phrase("sheet.print", language)
    button = f'<button type="button" class="sheet-print" data-do="print" hidden>{words}</button>'
    way = f'<p class="sheet-ways no-print">{button}</p>'
    return f'<div class="one-sheet">{body.replace("</h1>", f"</h1>{way}", 1)}</div>'


def _box(citation, pagename, up, pages):
    lang = citation.language
    facts = [phrase("citation.version", lang, version=citation.book.version), write_date(citation.date, lang)]
    facts += [f"commit {citation.book.commit}"] if citation.book.commit else []
    facts += [citation.edition[lang]] if citation.edition else []
    what = [phrase("cite.sources", lang)]
    what += [phrase("cite.answers", lang, edition=citation.edition[lang])] if citation.edition else []
    downloads = Markup(", ").join(
        Markup('<a href="{}citations/{}.{}" download>{}</a>').format(up, pagename, ending, name)
        for ending, (name, _) in FILES.items()
    )
    return Markup(
        '<section class="cite-box" aria-labelledby="cite-this">\n<h2 id="cite-this">{title}</h2>\n'
        '<p>{what}</p>\n<p class="cite-facts">{facts}.</p>\n{forms}'
        '<p class="cite-downloads no-print">{label}: {downloads}. '
        '<a href="{up}{how}.html">{more}</a>.</p>\n</section>\n'
    ).format(
        title=phrase(f"cite.{citation.kind}", lang),
        what=" ".join(what),
        facts=", ".join(facts),
        forms=forms(citation, lang, first=True),
        label=phrase("cite.downloads", lang),
        downloads=downloads,
        up=up,
        how=HOW_TO_CITE[lang] if HOW_TO_CITE[lang] in pages else HOW_TO_CITE["en"],
        more=phrase("cite.more", lang),
    )


def _cautions(paragraph):
    """Return whether a paragraph says on which answers a page rests, as on many others."""
    return any(node.get("result", "").endswith(".caution") for node in paragraph.findall(number))


def _description(doctree):
    """Return the text of the first paragraph that belongs to the argument of a page."""
    outside = (nodes.Admonition, nodes.table, nodes.figure, nodes.footnote, language_block)
    for paragraph in doctree.findall(nodes.paragraph):
        parent, inside = paragraph.parent, True
        while parent is not None and inside:
            inside = not isinstance(parent, outside) and not parent.get("published_data")
            parent = parent.parent
        own = inside and not paragraph.get("published_data") and not _cautions(paragraph)
        if own and paragraph.astext().strip():
            return paragraph.astext()
    return ""
