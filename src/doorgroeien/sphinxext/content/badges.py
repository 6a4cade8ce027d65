"""The edition on every page that rests on survey answers: a line below its title, and below written tables.

Where the answers come from elsewhere (``SURVEY``), a banner says so on all pages, and where they are to other
questions than the book's, that line does.
"""

import re
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError

from doorgroeien.data.faults import DataError
from doorgroeien.publishing.real_answers import build_folder, elsewhere, named_after
from doorgroeien.publishing.words import phrase
from doorgroeien.results.formats import LANGUAGES
from doorgroeien.results.records import Bilingual, Language, Number
from doorgroeien.results.register import EVIDENCE
from doorgroeien.sphinxext.content.answers import invented
from doorgroeien.sphinxext.content.codebook import own_questions
from doorgroeien.sphinxext.content.numbers import is_invented
from doorgroeien.sphinxext.content.sentences import is_untested, number

__all__ = ["add_badge", "announce", "mark_passages"]

SAID = re.compile(r"\b(invented|verzonnen|reference edition|referentie-editie)\b", re.IGNORECASE)


def announce(app, config):
    """Say on every page on which answers this copy of the book rests, where they come from elsewhere."""
    try:
        edition = elsewhere(Path(app.srcdir))
    except DataError as error:
        raise ExtensionError(str(error)) from None
    if edition is None:
        return
    if build_folder(Path(app.srcdir)) not in Path(app.outdir).parents:
        raise ExtensionError("SURVEY is set: use `make book`, which keeps its answers out of other sites.")
    key = "copy.synthetic" if edition.synthetic else "copy.answers"
    english, dutch = (
        phrase(key, lang, edition=escape(name)) for lang, name in zip(LANGUAGES, edition.names, strict=True)
    )
    config.html_theme_options["announcement"] = (
        f'<span class="edition-elsewhere">{english} <span lang="nl">{dutch}</span></span>'
    )


def add_badge(app, doctree):
    """Say below the title, and in the metadata of the page, on which editions it rests, or a part of it."""
    metadata = app.env.metadata[app.env.docname]
    lang: Language = metadata.get("language", "en")
    editions: list[Bilingual] = [
        node["edition"] for node in doctree.findall(nodes.Element) if node.get("edition")
    ]
    records: list[Number] = [node["record"] for node in doctree.findall(number) if "record" in node]
    editions += [record["edition"] for record in records if record["edition"]]
    _name_below_tables(doctree, lang)
    editions = named_after(editions, Path(app.srcdir))
    names = {name: "; ".join(sorted({edition[name] for edition in editions})) for name in LANGUAGES}
    title = next(doctree.findall(nodes.title), None)
    if names[lang] and title is not None:
        partly = not all(record["edition"] for record in records)
        key = "page.partly" if partly else "page.edition"
        own = elsewhere(Path(app.srcdir))
        drawn = own is not None and own.names[0] != names["en"]  # draws of the method, whoever answered
        made_up = invented(names["en"], Path(app.srcdir))
        evidence = phrase("page.invented", lang) if made_up else EVIDENCE["survey answers"][lang]
        text = phrase(key, lang, evidence=evidence, edition=names[lang])
        if own_questions(app) and not drawn:
            text += f" {phrase('page.questions', lang)}"
        metadata |= {"edition": names, "partly": partly, "badge": text}
        line = nodes.paragraph(
            text, text, classes=["edition", *(["partly"] if partly else [])], published_data=True
        )
        below = [line]
        if made_up and any(record["edition"] for record in records):
            legend = nodes.inline("", phrase("page.tinted", lang), classes=["invented"])
            below.append(nodes.paragraph("", "", legend, classes=["legend"], published_data=True))
        title.parent.insert(title.parent.index(title) + 1, below)


def mark_passages(app, doctree):
    """Begin each passage with invented numbers with those words, unless its own say so by the first of them.

    A number has a ground that tells it apart, which whoever retypes the sentence leaves behind.
    """
    lang: Language = app.env.metadata[app.env.docname].get("language", "en")
    for passage in doctree.findall(nodes.paragraph):
        ends = [_end_of_sentence(passage, node) for node in passage.findall(number) if _claims(node, app)]
        if not ends or isinstance(passage.parent, nodes.entry) or SAID.search(passage.astext()[: ends[0]]):
            continue
        mark = nodes.inline("", f"{phrase('page.invented', lang).capitalize()}:", classes=["made-up"])
        passage.insert(0, [mark, nodes.Text(" ")])


def _claims(node: number, app) -> bool:
    """Tell whether a number says something of invented answers; that it cannot be tested is nothing."""
    record: Number | None = node.get("record")
    return record is not None and is_invented(record, Path(app.srcdir)) and not is_untested(record)


def _end_of_sentence(passage: nodes.paragraph, node: number) -> int:
    """Return where, in the text of a passage, the sentence ends in which a number stands."""
    child: nodes.Node = node
    while child.parent is not passage:
        child = child.parent
    before = "".join(other.astext() for other in passage.children[: passage.index(child)])
    end = re.search(r"[.!?](?=\s|$)", passage.astext()[len(before) :])
    return len(before) + end.end() if end else len(passage.astext())


def _name_below_tables(doctree, lang: Language):
    """Say below each table written by hand on which editions its numbers rest, as published ones do."""
    for table in list(doctree.findall(nodes.table)):
        records: list[Number] = [node["record"] for node in table.findall(number) if "record" in node]
        names = sorted({record["edition"][lang] for record in records if record["edition"]})
        if names:
            text = f"{EVIDENCE['survey answers'][lang]}: {'; '.join(names)}"
            badge = nodes.inline(text, text, classes=["evidence", "evidence-survey"])
            line = nodes.paragraph("", "", badge, classes=["provenance"], published_data=True)
            table.parent.insert(table.parent.index(table) + 1, line)
