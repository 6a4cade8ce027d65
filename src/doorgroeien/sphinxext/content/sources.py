"""Where things come from: works in the bibliography, places in the book's own files."""

from pathlib import Path

from pybtex.richtext import Text

from doorgroeien.data.tables import bibliography
from doorgroeien.publishing.words import phrase, section
from doorgroeien.results.formats import LANGUAGES
from doorgroeien.results.records import Language

__all__ = ["place", "short_reference", "short_references"]

CELL = 10_000  # myst-nb counts line n of cell c (from 1) as c * 10000 + n


def short_reference(key, app, lang: Language = "en"):
    """Return a work as ``Author (year)``."""
    if not hasattr(app, "doorgroeien_works"):  # all at once: some stand on hundreds of pages
        app.doorgroeien_works = {each: short_references(Path(app.srcdir), each) for each in LANGUAGES}
    return app.doorgroeien_works[lang][key]


def short_references(root: Path, lang: Language) -> dict[str, str]:
    """Return every work as ``Author (year)``, by its key."""
    return {name: _short(entry, lang) for name, entry in bibliography(root).entries.items()}


def _short(entry, lang):
    names = [_plain(" ".join(person.prelast_names + person.last_names)) for person in entry.persons["author"]]
    if len(names) > 2:
        names = [f"{names[0]} {phrase('reference.others', lang)}"]
    year = entry.fields.get("year", phrase("reference.undated", lang))
    if lang == "nl":
        joint = section("reference")["and"]
        return f"{joint['nl'].join(names)} ({year})".replace(joint["en"], joint["nl"])
    return f"{' & '.join(names)} ({year})"


def _plain(latex):
    return str(Text.from_latex(latex))


def place(env, node):
    """Return where ``node`` stands, as ``path:line``, or as notebook, cell and line."""
    path = Path(env.doc2path(env.docname, base=False))
    while node is not None and not node.line:
        node = node.parent
    line = node.line if node is not None else 0
    if path.suffix == ".ipynb" and line >= CELL:
        return f"{path}: cell {line // CELL}, line {line % CELL}"
    return f"{path}:{line}"
