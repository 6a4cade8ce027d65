"""From notebooks to a published book: execution, site, citation, versions, archives, print.

Here lives what runs when somebody builds. It asks the other wings for data and results and computes none.
"""

__all__ = [
    "citation",
    "crate",
    "dependencies",
    "estimability",
    "execution",
    "export",
    "freshness",
    "gate",
    "kernel",
    "lacking",
    "links",
    "mirror",
    "monitor",
    "monitor_sdmx",
    "new_chapter",
    "numbering",
    "pages",
    "print",
    "real_answers",
    "release",
    "repository",
    "site",
    "versions",
    "words",
    "workspace",
]
