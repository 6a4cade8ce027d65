"""A page for every published number, and an index of them: ``numbers/`` beside the pages of the book."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup
from pybtex.backends.html import Backend

from doorgroeien.data.tables import bibliography
from doorgroeien.publishing.citation import csl, head_tags, json_ld, monitor_table
from doorgroeien.publishing.words import phrase
from doorgroeien.results.formats import LANGUAGES, UNITS, write, write_digits
from doorgroeien.results.records import Language, Number, PlacedNumber
from doorgroeien.results.register import EVIDENCE, INTERVALS, Register
from doorgroeien.sphinxext.around.standalone import template
from doorgroeien.sphinxext.content.bibliography import Style
from doorgroeien.sphinxext.content.citations import forms, result_citation
from doorgroeien.sphinxext.content.numbers import few_degrees, is_invented, sentences_of
from doorgroeien.sphinxext.content.sentences import dated

__all__ = ["write_pages"]

FOLDER = "numbers"


def write_pages(app):
    """Write a page for every published number, and an index of them."""
    folder = Path(app.outdir, FOLDER)
    folder.mkdir(exist_ok=True)
    number, index = template("number.html"), template("index.html")
    register: Register = app.doorgroeien_register
    results, used = register.numbers, sentences_of(app.env)
    reference = _references(Path(app.srcdir))
    common = {
        "book": app.doorgroeien_book,
        "name": app.config.project,
        "home": f"{app.config.root_doc}.html",
        "titles": app.env.titles,
        # On other answers than the reference survey every page says so.
        "announcement": Markup(app.config.html_theme_options.get("announcement", "")),
    }
    chapters = {}
    for result in results:
        citation = result_citation(app, result)
        shown = {
            "result": result,
            "value": {lang: write(result, lang) for lang in LANGUAGES},
            "title": citation.title,
            "chapter": app.env.titles[result["page"]].astext(),
            "made_up": is_invented(result, Path(app.srcdir)),
        }
        chapters.setdefault(result["page"], []).append(shown)
        page = number.render(
            **common,
            **shown,
            head=head_tags(citation, _summary(result)),
            canonical=citation.url,
            rows={lang: _rows(result, lang) for lang in LANGUAGES},
            chapters={lang: _chapter(app, result, used.get(result["id"], {}), lang) for lang in LANGUAGES},
            sources=[reference(key) for key in result["sources"]],
            permalink=citation.url or citation.path,
        )
        Path(folder, f"{result['id']}.html").write_text(page, encoding="utf-8")
        data = {**result, "text": shown["value"], "citation": csl(citation)}
        text = json.dumps(data, ensure_ascii=False, indent=1)
        Path(folder, f"{result['id']}.json").write_text(text + "\n", encoding="utf-8")
    page = index.render(
        **common,
        chapters=chapters,
        count=len(results),
        canonical=app.doorgroeien_book.url(f"{FOLDER}/index.html"),
        data=json_ld(monitor_table(app.doorgroeien_book, "../results")),
    )
    Path(folder, "index.html").write_text(page, encoding="utf-8")


def _summary(result: Number) -> str:
    """Return a number in one sentence."""
    population = result["population"]["en"]
    text = f"{write(result)}: {dated(result, 'en')}."
    return f"{text} {population[0].upper()}{population[1:]}."


def _rows(result: Number, lang: Language) -> list[tuple[str, str]]:
    """Return what a page says of its number in one language: labels and texts."""
    row = {"id": result["id"]}
    if result["interval"] and result["high"] is not None:
        row["interval"] = f"{write(result, lang, 'range')}, {INTERVALS[result['interval']][lang]}"
    if result["n"] is not None:
        row["n"] = write_digits(result["n"], 0, lang)
    if "df" in result:
        row["df"] = few_degrees(result["df"], lang)
    row["unit"] = UNITS[result["unit"]].name(lang)
    row["population"] = result["population"][lang]
    if result["period"]:
        row["period"] = result["period"]
    row["evidence"] = EVIDENCE[result["evidence"]][lang]
    return [(phrase(f"number.{name}", lang), text) for name, text in row.items()]


def _chapter(app, result: PlacedNumber, used: dict[str, str], lang: Language) -> dict[str, Any]:
    """Return what leads on from a number in one language: its chapter, the pages that use it, citations.

    The chapter of a number has a Dutch page of its own, or is named as it is.
    """
    titles, languages = app.env.titles, app.env.metadata
    dutch = result["page"].replace("notebooks/", "book/nl/")
    page = dutch if lang == "nl" and dutch in titles else result["page"]
    shown = {at: text for at, text in used.items() if languages[at].get("language", "en") == lang}
    return {
        "page": page,
        "name": titles[page].astext(),
        "used": [(at, titles[at].astext()) for at in shown],
        "sentence": next((text for text in (shown.get(page), *shown.values()) if text), None),
        "forms": forms(result_citation(app, result, lang), lang),
    }


def _references(root):
    """Return a function that gives a work as the list of references has it."""
    entries, style, backend = bibliography(root).entries, Style(), Backend("utf-8")

    @cache
    def reference(key):
        (formatted,) = style.format_entries([entries[key]])
        return Markup(formatted.text.render(backend))

    return reference
