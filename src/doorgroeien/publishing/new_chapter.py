"""A new chapter: a notebook that publishes one number, its words and its Dutch page, with their places."""

import re
from importlib.resources import files
from pathlib import Path

__all__ = ["ChapterError", "new_chapter"]

TEMPLATES = files("doorgroeien.publishing") / "templates"
SLUG = re.compile("[a-z][a-z0-9]*(-[a-z0-9]+)*")
PLACES = {".ipynb": "notebooks/", ".toml": "notebooks/", ".md": "book/nl/"}


class ChapterError(ValueError):
    """No chapter was made; the message says why."""


def new_chapter(root: Path, name: str) -> list[str]:
    """Write the notebook, the words and the Dutch page of a chapter ``name``, and enter both in ``_toc.yml``.

    Each comes after the last of its kind there. Returns the files written or changed, as paths from ``root``.
    Raises :class:`ChapterError`, and writes nothing, for a name that is no slug or is taken.
    """
    if not SLUG.fullmatch(name):
        raise ChapterError(
            f"The name {name!r} cannot be part of an address: expected lower-case letters and digits, in"
            " words joined by hyphens, such as regional-differences."
        )
    contents = {
        f"{place}{name}{ending}": (TEMPLATES / f"chapter{ending}").read_text(encoding="utf-8")
        for ending, place in PLACES.items()
    }
    taken = [file for file in (*contents, f"book/{name}.md") if (root / file).exists()]
    if taken:
        raise ChapterError(f"The name {name!r} is taken by {' and '.join(taken)}. Choose another.")
    toc = root / "_toc.yml"
    order = toc.read_text(encoding="utf-8")
    for place in dict.fromkeys(PLACES.values()):
        order = _with_entry(order, place, name)
    title = name.replace("-", " ").capitalize()
    for file, text in contents.items():
        (root / file).parent.mkdir(exist_ok=True)
        (root / file).write_text(text.replace("TITLE", title).replace("NAME", name), encoding="utf-8")
    toc.write_text(order, encoding="utf-8")
    return [*contents, "_toc.yml"]


def _with_entry(toc, place, name):
    """Return the table of contents, as text, with the page after the last one of the folder ``place``."""
    entries = list(re.finditer(rf"^( *- file: )({place}|notebooks/)\S+$", toc, re.MULTILINE))
    last = next((entry for entry in reversed(entries) if entry[2] == place), entries[-1])
    return f"{toc[: last.end()]}\n{last[1]}{place}{name}{toc[last.end() :]}"
