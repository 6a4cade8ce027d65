"""What happens to a page, in order: the one list of what the extension does at each event of Sphinx."""

from collections.abc import Callable
from functools import partial
from typing import Any

from doorgroeien.sphinxext.around import comforts, discovery, downloads, dutch, results_pages, search
from doorgroeien.sphinxext.content import badges, citations, digits, language, notebooks, numbers
from doorgroeien.sphinxext.finish import assets, sitecheck

__all__ = ["STEPS", "connect"]

# Sphinx's priorities: before what other extensions do at an event, among it, after it.
FIRST, AMONG, LAST = 100, 500, 900
STEPS: dict[str, dict[int, list[Callable[..., Any]]]] = {
    "config-inited": {
        FIRST: [discovery.find_address],  # for all that reads the address of the site
        AMONG: [discovery.offer_binder, dutch.add_switch, badges.announce, search.choose],
    },
    "builder-inited": {
        AMONG: [notebooks.prepare],  # from here on the register is known
        LAST: [
            citations.load_record,
            dutch.label_in_dutch,
        ],  # which wraps the theme's writer
    },
    "env-get-outdated": {AMONG: [notebooks.outdated]},
    "env-purge-doc": {AMONG: [numbers.forget]},
    "source-read": {AMONG: [notebooks.use_executed]},
    "doctree-read": {
        # Numbers first: they decide what the page rests on, which digits are bare, and how long it takes.
        LAST: [numbers.write_numbers, badges.add_badge, digits.check_digits, comforts.add_time],
    },
    "env-merge-info": {AMONG: [numbers.join]},
    "env-check-consistency": {AMONG: [numbers.report_unused]},
    "doctree-resolved": {AMONG: [citations.write_forms]},
    "html-page-context": {
        AMONG: [language.set_language, citations.complete_page, discovery.name_icons, dutch.date_page],
        LAST: [assets.without_thebe, discovery.name_notebook],  # when the theme has its scripts and buttons
    },
    "build-finished": {
        # Files beside the pages first, since pages link to them.
        FIRST: [
            notebooks.offer_executed,
            discovery.write_files,
            downloads.write_downloads,
            results_pages.write_pages,
        ],
        # Then the pages are rewritten, and last of all checked.
        LAST: [notebooks.note_inputs, dutch.translate_pages, assets.lighten_site, sitecheck.check_site],
    },
}


def connect(app):
    """Let Sphinx take every step at its event, in the order of :data:`STEPS`."""
    for event, places in STEPS.items():
        for place, steps in places.items():
            for number, step in enumerate(steps):
                handler = partial(_of_a_site, step) if event == "build-finished" else step
                app.connect(event, handler, priority=place if place == AMONG else place + number)


def _of_a_site(step, app, exception):
    """Take a step that needs a whole site, where there is one."""
    if exception is None and app.builder.format == "html":
        step(app)
