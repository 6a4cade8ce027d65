"""What happens to a page, in order: the one list of what the extension does at each event of Sphinx."""

from collections.abc import Callable
from functools import partial
from typing import Any

from doorgroeien.sphinxext.around import comforts, discovery, downloads, dutch, menu, results_pages, search
from doorgroeien.sphinxext.content import (
    badges,
    bibliography,
    citations,
    digits,
    folds,
    language,
    notebooks,
    numbers,
    sentences,
    slides,
)
from doorgroeien.sphinxext.finish import assets, sitecheck

__all__ = ["FILES", "STEPS", "connect"]

# Sphinx's priorities: before what other extensions do at an event, among it, after it.
FIRST, AMONG, LAST = 100, 500, 900
STEPS: dict[str, dict[int, list[Callable[..., Any]]]] = {
    "config-inited": {
        FIRST: [discovery.find_address],  # before anybody reads the address of the site
        AMONG: [discovery.offer_binder, dutch.add_templates, badges.announce, search.choose],
    },
    "builder-inited": {
        AMONG: [notebooks.prepare],  # from here on the register is known
        LAST: [
            citations.load_cited,  # needs the editions that the register names
            dutch.label_in_dutch,  # wraps the writer of pages that the theme has put in place
        ],
    },
    "env-get-outdated": {AMONG: [notebooks.outdated]},
    # For each page, as it is read.
    "env-purge-doc": {AMONG: [numbers.forget]},
    "source-read": {AMONG: [notebooks.use_executed]},
    "doctree-read": {
        LAST: [  # when Sphinx has noted titles and the table of contents
            numbers.write_numbers,  # before all that reads the words of a page, or what it rests on
            badges.add_badge,  # needs the editions of the numbers
            badges.mark_passages,
            digits.check_digits,
            folds.fold_sections,  # headings have their numbers
            sentences.mark_headings,  # which files name as they were
            comforts.add_time,  # after the badge, to stand above it, and without what is folded
        ],
    },
    "env-merge-info": {AMONG: [numbers.join]},
    # All pages are read: titles and dates are known.
    "env-check-consistency": {AMONG: [numbers.report_unused]},
    # For each page, as it is written.
    "doctree-resolved": {
        AMONG: [citations.write_forms],
        LAST: [
            assets.without_thebe,  # when Jupyter Book has added it
            bibliography.cite_in_dutch,  # when references to works are resolved
            bibliography.list_works,  # as they stand in Dutch
            dutch.name_english,
            folds.write_folds,
        ],
    },
    "html-page-context": {
        FIRST: [
            language.set_language,  # before all that asks for it
            menu.write_menu,  # before the theme writes it
            menu.lead_on,
        ],
        AMONG: [
            citations.complete_page,  # its tags stand above those of the icons
            discovery.name_icons,
            dutch.find_translation,  # needs the language
            dutch.date_page,
        ],
        LAST: [  # when the theme and Jupyter Book have added scripts and buttons
            assets.choose_files,
            discovery.name_notebook,
            dutch.speak_dutch,  # takes the place of the English catalogue that the theme has put there
        ],
    },
    "html-collect-pages": {AMONG: [search.dutch_page]},
    # All pages are written.
    "build-finished": {
        FIRST: [  # files beside the pages, to which pages link
            notebooks.offer_executed,
            discovery.write_files,  # its index.html, before a bare one is written where there is none
            downloads.write_downloads,
            slides.write_slides,
            results_pages.write_pages,
            search.write_findable,
        ],
        LAST: [
            notebooks.note_inputs,
            dutch.mark_pages,
            assets.lighten_site,  # keeps what pages ask for, so these stand as they will be read
            sitecheck.check_site,  # checks what is sent
        ],
    },
}
# The styles and scripts that every page loads, in this order; those of other extensions have AMONG.
FILES = {
    AMONG - 100: ["icons.css", "site.js", "theme.js"],  # what takes the place of the theme's own
    AMONG: [
        "doorgroeien.css",
        "print.css",
        "words.js",
        "doorgroeien.js",
        "reading.js",
        "cite.js",
        "copying.js",
        "figures.js",
        "tables.js",
        "municipalities.js",
        "self_scan.js",
    ],
}


def connect(app):
    """Let Sphinx take every step at its event, and each page load its files, in the order of the lists."""
    for event, places in STEPS.items():
        for place, steps in places.items():
            for step in steps:
                handler = partial(_of_a_site, step) if event == "build-finished" else step
                app.connect(event, handler, priority=place)
    for place, names in FILES.items():
        for name in names:
            if name.endswith(".js"):
                app.add_js_file(name, priority=place, loading_method="defer")
            else:
                app.add_css_file(name, priority=place, **({"media": "print"} if name == "print.css" else {}))


def _of_a_site(step, app, exception):
    """Take a step that needs a whole site, where there is one."""
    if exception is None and app.builder.format == "html":
        step(app)
