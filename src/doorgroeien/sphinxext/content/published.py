"""Published figures, tables and numbers on the page, rendered from their records."""

import os
import posixpath
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from doorgroeien.publishing.words import phrase
from doorgroeien.results.formats import LANGUAGES, write, write_digits
from doorgroeien.results.records import Figure, Language, Number, Placed, Table, Wording, with_values
from doorgroeien.results.register import (
    EVIDENCE,
    IN_DUTCH,
    MIME,
    NARROW,
    NARROW_IN_DUTCH,
    SVG,
    Register,
    records,
    table_cells,
)
from doorgroeien.sphinxext.content.citations import citation_forms, headline
from doorgroeien.sphinxext.content.figure_data import data_table, scrolling
from doorgroeien.sphinxext.content.folds import fold
from doorgroeien.sphinxext.content.language import foreign_words, language_being_read, language_block
from doorgroeien.sphinxext.content.sentences import absent

__all__ = ["MimeRenderer", "drawings", "picture", "rendering", "setup"]

DATA_FORMATS = (("csv", "CSV"), ("xlsx", "Excel"))
# Where the text of a page is narrower than the drawings for it. Paper is not.
PHONE = "screen and (max-width: 37.5rem)"


# A caption with such words speaks of shades, which a dark page turns over.
SHADES = re.compile(
    r"\b(dark(er)?|light(er)?|pale(r)?|black|white|shade[sd]?|donkere?|donkerder|lichte?|lichter|zwarte?|wit(te)?|tint(en)?)\b",
    re.IGNORECASE,
)


class picture(nodes.General, nodes.Element):  # nodes are named so
    """A drawing and the same one for phones, of which a browser fetches the one that it shows."""


class MimeRenderer:
    """Renders the cell outputs that carry records; the other renderings of such an output are left out."""

    mime_priority_overrides = (("*", MIME, 1),)

    @staticmethod
    def handle_mime(renderer, data, inline):
        """Return the nodes of a published output, or ``None`` where it is not one."""
        markdown = renderer.renderer
        outputs = markdown.nb_client.code_cell_outputs(data.cell_index)[1]
        bundle = outputs[data.output_index].get("data", {})
        if MIME not in bundle:
            return None
        if data.mime_type != MIME:
            return []

        def parse(text):
            holder = nodes.paragraph()
            with markdown.current_node_context(holder):
                markdown.nested_render_text(text, data.line or 0, inline=True)
            return holder.children

        env, document = markdown.sphinx_env, markdown.document
        # One list for all numbers of a cell, where its first ones are.
        numbers = [_number_records(output) for output in outputs]
        first = next((place for place, found in enumerate(numbers) if found), None)
        result = [_numbers(sum(numbers, []), env.docname)] if data.output_index == first else []
        for record in records([outputs[data.output_index]]):
            if record["kind"] != "number":
                lang = record.get("language", "en")
                shown = _shown(record, bundle, parse, env.app, env.docname, lang)
                result_node = next(
                    node for node in shown[0].findall(nodes.Element) if record["id"] in node["ids"]
                )
                result_node["names"].append(nodes.fully_normalize_name(record["id"]))
                document.note_explicit_target(result_node)
                result += _closed(record, _marked(shown, lang, "en"), env.app)
        return result


class PublishedDirective(SphinxDirective):
    """``{published} chapter.id``: shows a figure or table of another page, and says where it comes from."""

    required_arguments = 1

    def run(self):
        """Return the figure or table."""
        env = self.env
        app: Any = env.app
        register: Register = app.doorgroeien_register
        record = register.records.get(self.arguments[0])
        if record is None or record["kind"] == "number":
            raise self.error(f"no figure or table {self.arguments[0]!r} is published")
        env.metadata[env.docname].setdefault("evidence", set()).add(record["evidence"])
        page = language_being_read(env)
        lang = record.get("language", page)

        def parse(text):
            return self.state.inline_text(text, self.lineno)[0]

        chapter = record["page"]
        dutch = chapter.replace("notebooks/", "book/nl/")
        if lang == "nl" and dutch in env.found_docs:
            chapter = dutch
        origin = f"{phrase('result.origin', lang)} [](/{chapter})."
        return _marked(
            _shown(record, rendering(app, record), parse, app, env.docname, lang, origin), lang, page
        )


def setup(app):
    """Register the directive; the MIME renderer is an entry point of the package."""
    app.add_directive("published", PublishedDirective)
    app.add_node(picture, html=(_open_picture, _close_picture))


def _open_picture(writer, node):
    """Write where the drawing for phones is; the other one, its first child, follows as on any page."""
    builder, (_, narrow) = writer.builder, node
    address = posixpath.join(builder.imgpath, quote(builder.images[narrow["uri"]]))
    writer.body.append(f'<picture><source media="{PHONE}" srcset="{address}">')
    node.remove(narrow)


def _close_picture(writer, node):
    writer.body.append("</picture>")


def drawings(record: Figure, bundle: Mapping[str, str], lang: Language) -> tuple[str, str]:
    """Return the drawings of a figure in a language, for a page and for a phone.

    ``bundle`` is the output that holds the record. A figure that is not drawn in Dutch is shown as it is.
    """
    dutch = lang == "nl" and IN_DUTCH in bundle and "language" not in record
    return (bundle[IN_DUTCH], bundle[NARROW_IN_DUTCH]) if dutch else (bundle[SVG], bundle[NARROW])


def rendering(app, record: Placed) -> Mapping[str, str]:
    """Return what the output that holds a record has, by MIME type."""
    notebook = app.doorgroeien_executed[record["page"]]
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if any(other["id"] == record["id"] for other in records([output])):
                return output["data"]
    raise KeyError(record["id"])


def _marked(shown, lang, page):
    """Return the nodes, in a block of their language where that is not the language of the page."""
    return shown if lang == page else [language_block("", *shown, lang=lang)]


def _closed(record: Figure | Table, shown, app):
    """Return the nodes of a chapter, folded where they are in Dutch: a Dutch page shows them open."""
    if "language" not in record or record.get("researchers"):
        return shown
    return [fold("", *shown, lang="en", reason="more", line=headline(app, record["caption"]["en"], "en"))]


def _shown(record: Figure | Table, bundle, parse, app, docname, lang: Language, origin=""):
    """Return the figure or table of a record, and below it evidence, population, sources and data."""
    caption = [*parse(_text(record["caption"], lang))]
    if "not_estimable" in record:
        caption = _absent(record, parse, lang)
    if record["kind"] == "figure":
        shown: nodes.Element = _figure(record, bundle, app, lang)
        shown += nodes.caption("", "", *caption)
    else:
        shown = _table(record, lang)
        shown.insert(0, nodes.title("", "", *caption))
    shown["ids"].append(record["id"])
    shown["edition"] = record["edition"]
    whole = [shown, _provenance(record, parse, app, docname, lang, origin)]
    if record["edition"]:  # for what is copied of them
        for part in whole:
            part["classes"].append("survey")
    if not record.get("researchers"):
        return whole
    return [fold("", *whole, lang=lang, line=headline(app, _text(record["caption"], lang), lang))]


def _absent(record: Figure | Table, parse, lang: Language):
    """Return the caption of what is not there: its title, and why; in a table that stands below it."""
    cannot = phrase("result.cannot", lang, reason=record["not_estimable"][lang])
    title = _text(record["caption"], lang).removesuffix(cannot).rstrip()
    if record["kind"] == "table":
        return [*parse(title or phrase("result.no-title", lang))]
    why = absent(cannot, cannot, record=record, lang=lang)
    return [*parse(title), nodes.Text(" "), why] if title else [why]


def _figure(record: Figure, bundle, app, lang: Language):
    if "not_estimable" in record:
        return nodes.figure("")
    folder = Path(app.outdir).parent / "figures"
    folder.mkdir(parents=True, exist_ok=True)
    images = []
    for svg, width in zip(drawings(record, bundle, lang), ("", ".narrow"), strict=True):
        # Each language has a picture of its own; English has the plain name.
        file = folder / f"{record['id']}{width}{'' if lang == LANGUAGES[0] else f'.{lang}'}.svg"
        file.write_text(svg, encoding="utf-8")
        # Sphinx wants the path from the source folder, also where the file lies outside it.
        uri = "/" + Path(os.path.relpath(file, app.srcdir)).as_posix()
        images.append(nodes.image(uri=uri, alt=_text(record["alt"], lang)))
    return nodes.figure("", picture("", *images), classes=["published-figure"])


def _table(record: Table, lang: Language):
    if "not_estimable" in record:
        return _lost_table(record, lang)
    known = with_values(record["data"])
    columns = [column for column in record["columns"] if column["name"] in known]
    record = {**record, "columns": columns}
    group = nodes.tgroup(cols=len(columns), published_data=True)
    group += [nodes.colspec(colwidth=1, stub=int(column is columns[0])) for column in columns]
    head = nodes.row("", *(nodes.entry("", nodes.paragraph(text=column["label"])) for column in columns))
    group += nodes.thead("", head)
    body = nodes.tbody()
    place = {name: position for position, name in enumerate(record["data"]["columns"])}
    for values, texts in zip(record["data"]["rows"], table_cells(record, lang), strict=True):
        row = nodes.row()
        for column, text in zip(columns, texts, strict=True):
            address = values[place[column["link"]]] if column["link"] else None
            content: nodes.Node = nodes.Text(text)
            if address and record["evidence"] == "municipal documents":  # its own title
                content = foreign_words("", content, lang="nl")
            content = nodes.reference("", "", content, refuri=address) if address else content
            number = column["unit"] is not None
            row += nodes.entry("", nodes.paragraph("", "", content), classes=["number"] if number else [])
        body += row
    group += body
    classes = ["published-table"] + (["searchable"] if record["search"] else [])
    return nodes.table("", group, classes=classes)


def _lost_table(record: Table, lang: Language):
    """Return a table of one cell, which says why there is no other."""
    why = absent("", record["not_estimable"][lang], record=record, lang=lang)
    head = nodes.entry("", nodes.paragraph(text=phrase("result.not-estimable", lang)))
    group = nodes.tgroup(cols=1, published_data=True)
    group += [
        nodes.colspec(colwidth=1, stub=1),
        nodes.thead("", nodes.row("", head)),
        nodes.tbody("", nodes.row("", nodes.entry("", nodes.paragraph("", "", why)))),
    ]
    return nodes.table("", group, classes=["published-table"])


def _provenance(record: Figure | Table, parse, app, docname, lang: Language, origin):
    """Return what stands below every figure and table: evidence, population, sources, data, citation."""
    evidence = EVIDENCE[record["evidence"]][lang]
    badge = f"{evidence}: {record['edition'][lang]}" if record["edition"] else evidence
    line = nodes.paragraph("", "", classes=["provenance"])
    line += nodes.inline(badge, badge, classes=["evidence", "evidence-" + record["evidence"].split()[0]])
    population = record["population"][lang]
    sources = ", ".join(f"{{cite:t}}`{key}`" for key in record["sources"])
    # A text of whoever brought the answers may be among its words, so it is not read as Markdown.
    line += nodes.Text(f" {population[0].upper()}{population[1:]}. ")
    text = f"{phrase('result.few', lang, df=write_digits(record['df'], 0, lang))} " if "df" in record else ""
    text += f"{phrase('result.source', lang)}: {sources}. " if sources else ""
    line += parse(text + origin)
    if "not_estimable" in record:  # no data, and nothing to cite
        return nodes.container("", line, classes=["published-below"], published_data=True)
    head = phrase(f"result.data-{record['kind']}", lang)
    address = "../" * docname.count("/") + f"results/{record['id']}"
    offered = [_download(f"{address}.{ending}", name, lang) for ending, name in DATA_FORMATS]
    if record["kind"] == "figure":
        ending = "" if lang == LANGUAGES[0] or "language" in record else f".{lang}"
        if ending:
            codes = f"CSV ({phrase('result.codes', lang)})"
            offered = [
                _download(f"{address}{ending}.xlsx", "Excel", lang),
                _download(f"{address}.csv", codes, lang),
            ]
        table = data_table(record, lang, Path(app.srcdir))
        content = f"<summary>{head}</summary><p>{', '.join(offered)}</p>{table}"
        data = f'<details class="data">{content}</details>'
        files = [_download(f"{address}{ending}.svg", "SVG", lang)]
        data += f'<p class="data picture-files">{phrase("result.picture", lang)}: {", ".join(files)}</p>'
    else:
        data = f'<p class="data">{head}: {", ".join(offered)}</p>'
    cite = citation_forms(target=record["id"], folded=True, lang=lang)
    turned: list[nodes.Node] = []
    if record["kind"] == "figure" and SHADES.search(_text(record["caption"], lang)):
        said = phrase("result.turned", lang)
        turned.append(nodes.paragraph(said, said, classes=["turned", "no-print"]))
    block = nodes.container(
        "", *turned, line, nodes.raw("", data, format="html"), cite, classes=["published-below"]
    )
    block["published_data"] = True
    return block


def _download(address: str, name: str, lang: Language) -> str:
    return f'<a href="{address}" download>{phrase("result.download", lang, format=name)}</a>'


def _number_records(output) -> list[Number]:
    return [record for record in records([output]) if record["kind"] == "number"]


def _numbers(found: list[Number], docname):
    """Return the list of numbers a cell publishes; each has its id as anchor, and leads to its own page."""
    pages = "../" * docname.count("/") + "numbers"
    rows = "".join(
        f'<tr id="{record["id"]}">'
        f'<th scope="row"><a href="{pages}/{record["id"]}.html">{record["id"]}</a></th>'
        f"<td>{escape(write(record))}</td><td>{escape(record['definition']['en'])}</td></tr>"
        for record in found
    )
    summary = f"<summary>{phrase('number.published', 'en')} ({len(found)})</summary>"
    table = scrolling(f"<tbody>{rows}</tbody>")
    return nodes.raw("", f'<details class="published-numbers">{summary}{table}</details>', format="html")


def _text(texts: Wording, lang: Language) -> str:
    return texts.get(lang, texts["en"])
