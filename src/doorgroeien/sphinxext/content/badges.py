"""The edition on every page that rests on survey answers: a line below its title.

Where the answers come from elsewhere (``SURVEY``), a banner says so on all pages.
"""

from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError

from doorgroeien.data.faults import DataError
from doorgroeien.publishing.real_answers import build_folder, elsewhere
from doorgroeien.results.formats import LANGUAGES
from doorgroeien.results.records import Bilingual, Language, Number
from doorgroeien.results.register import EVIDENCE
from doorgroeien.sphinxext.content.numbers import number

__all__ = ["add_badge", "announce"]

WORDS = {"en": "This page rests on {}: {}.", "nl": "Deze pagina berust op {}: {}."}


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
    english, dutch = map(escape, edition.names)
    kind = ("answers", "antwoorden")
    if edition.synthetic:
        kind = ("synthetic answers", "synthetische antwoorden")
    config.html_theme_options["announcement"] = (
        f'<span class="edition-elsewhere">This copy of the book rests on {kind[0]}: {english}. '
        f'<span lang="nl">Dit exemplaar van het boek berust op {kind[1]}: {dutch}.</span></span>'
    )


def add_badge(app, doctree):
    """Say below the title, and in the metadata of the page, on which editions it rests."""
    metadata = app.env.metadata[app.env.docname]
    lang: Language = metadata.get("language", "en")
    editions: list[Bilingual] = [
        node["edition"] for node in doctree.findall(nodes.Element) if node.get("edition")
    ]
    records: list[Number] = [node["record"] for node in doctree.findall(number) if "record" in node]
    editions += [record["edition"] for record in records if record["edition"]]
    names = {name: "; ".join(sorted({edition[name] for edition in editions})) for name in LANGUAGES}
    title = next(doctree.findall(nodes.title), None)
    if names[lang] and title is not None:
        metadata["edition"] = names
        text = WORDS[lang].format(EVIDENCE["survey answers"][lang], names[lang])
        line = nodes.paragraph(text, text, classes=["edition"], published_data=True)
        title.parent.insert(title.parent.index(title) + 1, line)
