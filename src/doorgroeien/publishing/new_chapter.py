"""A new chapter: a notebook that publishes one number, its words, and its place in the book."""

import re
from importlib.resources import files
from pathlib import Path

__all__ = ["ChapterError", "new_chapter"]

TEMPLATES = files("doorgroeien.publishing") / "templates"
SLUG = re.compile("[a-z][a-z0-9]*(-[a-z0-9]+)*")
ENTRY = re.compile(r"^( *- file: )notebooks/\S+$", re.MULTILINE)


class ChapterError(ValueError):
    """No chapter was made; the message says why."""


def new_chapter(root: Path, name: str) -> list[str]:
    """Write the notebook and the words of a chapter ``name``, and enter it in ``_toc.yml``.

    It comes after the last notebook there. Returns the files written or changed, as paths from ``root``.
    Raises :class:`ChapterError`, and writes nothing, for a name that is no slug or is taken.
    """
    if not SLUG.fullmatch(name):
        raise ChapterError(
            f"The name {name!r} cannot be part of an address: expected lower-case letters and digits, in"
            " words joined by hyphens, such as regional-differences."
        )
    contents = {
        f"notebooks/{name}{ending}": (TEMPLATES / f"chapter{ending}").read_text(encoding="utf-8")
        for ending in (".ipynb", ".toml")
    }
    taken = [file for file in (*contents, f"book/{name}.md") if (root / file).exists()]
    if taken:
        raise ChapterError(f"The name {name!r} is taken by {' and '.join(taken)}. Choose another.")
    toc = root / "_toc.yml"
    order = _with_entry(toc.read_text(encoding="utf-8"), name)
    title = name.replace("-", " ").capitalize()
    for file, text in contents.items():
        (root / file).write_text(text.replace("TITLE", title).replace("NAME", name), encoding="utf-8")
    toc.write_text(order, encoding="utf-8")
    return [*contents, "_toc.yml"]


def _with_entry(toc, name):
    """Return the table of contents, as text, with the chapter after the last notebook."""
    *_, last = ENTRY.finditer(toc)
    return f"{toc[: last.end()]}\n{last[1]}notebooks/{name}{toc[last.end() :]}"
