"""The menu of a Dutch page: the parts of the book in Dutch, each page by its Dutch version.

What there is in English alone stays in its part and says so. A Dutch page leads on to the next Dutch one.
"""

from html import escape
from pathlib import Path

from sphinx import addnodes

from doorgroeien.publishing.words import in_dutch, phrase, section
from doorgroeien.sphinxext.content.answers import on_real_answers

__all__ = ["dutch_parts", "lead_on", "parts", "translations", "write_menu"]


def parts(env) -> list[tuple[str, list[str]]]:
    """Return each part of the book, its English name and its pages, as ``_toc.yml`` has them."""
    return [(toctree["english"], toctree["includefiles"]) for toctree in _toctrees(env)]


def translations(env) -> dict[str, str]:
    """Return for each page that has one the page that says the same in the other language."""
    named = {page: about["translation"] for page, about in env.metadata.items() if "translation" in about}
    return named | {other: page for page, other in named.items()}


def write_menu(app, pagename, templatename, context, doctree):
    """Give the parts in the table of contents, which the theme is about to write, their names and pages."""
    language = context["language"]
    dutch = language == "nl"
    found = dutch_parts(app.env) if dutch else parts(app.env)
    of_answers, real = phrase("part.survey", language), on_real_answers(Path(app.srcdir))
    for toctree, (name, pages) in zip(_toctrees(app.env), found, strict=True):
        made_up = name == of_answers and not real
        toctree["caption"] = phrase("page.survey", language) if made_up else name
        toctree["entries"] = [(_noted(app.env, page) if dutch else None, page) for page in pages]


def lead_on(app, pagename, templatename, context, doctree):
    """Let a Dutch page lead to the Dutch ones before and after it in its menu."""
    env = app.env
    if context["language"] != "nl":
        return
    dutch = [page for _, pages in dutch_parts(env) for page in pages if _is_dutch(env, page)]
    if pagename not in dutch:
        return
    place = dutch.index(pagename)
    for way, there in (("prev", place - 1), ("next", place + 1)):
        context[way] = None
        if 0 <= there < len(dutch):
            title = escape(env.titles[dutch[there]].astext(), quote=False)
            context[way] = {"link": app.builder.get_relative_uri(pagename, dutch[there]), "title": title}


def dutch_parts(env) -> list[tuple[str, list[str]]]:
    """Return each part for who reads Dutch, its Dutch name and its pages, each page once.

    The part that lists Dutch versions for who reads English keeps those of which no other part has a version.
    """
    others, names, versions = translations(env), in_dutch("part"), section("part")["dutch"]["en"]

    def told(pages):
        return list(dict.fromkeys(page if _is_dutch(env, page) else others.get(page, page) for page in pages))

    placed = {page for name, pages in parts(env) if name != versions for page in told(pages)}
    return [
        (names.get(name, name), [page for page in told(pages) if name != versions or page not in placed])
        for name, pages in parts(env)
    ]


def _noted(env, page):
    """Return what a page is called in the menu, where it says that it is in English; else its own title."""
    english = f"{env.titles[page].astext()} ({phrase('page.english', 'nl')})"
    return None if _is_dutch(env, page) else english


def _is_dutch(env, page):
    return env.metadata[page].get("language", "en") == "nl"


def _toctrees(env):
    for toctree in env.master_doctree.findall(addnodes.toctree):
        toctree.setdefault("english", toctree["caption"] or "")
        yield toctree
