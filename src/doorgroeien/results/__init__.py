"""Published results: numbers, figures and tables with what they mean, how they look and how they are written.

Here lives what a notebook calls to publish, and what reads it back. It knows no survey and no page.

A figure is stored as up to four drawings: as it was drawn, put into Dutch (``dutch``), and both
laid out for a phone (``narrow``), all without what nobody sees (``slim``), and on real answers no finer than
its data (``coarse``).
"""

__all__ = [
    "chapter",
    "coarse",
    "composites",
    "counts",
    "disclosure",
    "dutch",
    "formats",
    "funnel",
    "held",
    "inert",
    "levels",
    "linked",
    "narrow",
    "networks",
    "pictures",
    "real_evidence",
    "records",
    "register",
    "reproduction",
    "size_classes",
    "slides",
    "slim",
    "spread",
    "suppression",
    "timeline",
    "validated",
    "wording",
]
