"""Comforts for who reads on a screen: the time a page asks, figures that enlarge, tables that sort."""

from docutils import nodes

from doorgroeien.publishing.words import phrase
from doorgroeien.sphinxext.content.citations import WITHOUT_BOX
from doorgroeien.sphinxext.content.folds import fold

__all__ = ["add_time", "minutes", "words_read"]

# The mean for English non-fiction in Brysbaert's review of 190 studies (2019).
WORDS_A_MINUTE = 238
# Shown only from here: nobody needs to plan a page of one minute.
SHORTEST = 2
# Tables and code are looked up, not read through; figures are looked at; folds are opened by few.
NOT_READ = (
    nodes.comment,
    nodes.literal_block,
    nodes.math_block,
    nodes.raw,
    nodes.tgroup,
    nodes.doctest_block,
    fold,
)


def words_read(node) -> int:
    """Count the words below ``node`` that a reader meets without opening anything."""
    if isinstance(node, nodes.Text):
        return len(node.astext().split())
    if isinstance(node, NOT_READ) or node.get("fold"):
        return 0
    return sum(map(words_read, node.children))


def minutes(words: int) -> int:
    """Return the time that ``words`` ask, in whole minutes."""
    return round(words / WORDS_A_MINUTE)


def add_time(app, doctree):
    """Write below the title how long a page takes to read, where it is long, and lead to its citation."""
    title = next(doctree.findall(nodes.title), None)
    docname, time = app.env.docname, minutes(words_read(doctree))
    lang = app.env.metadata[docname].get("language", "en")
    parts: list[nodes.Node] = []
    if time >= SHORTEST:
        parts.append(nodes.Text(phrase("page.time", lang, minutes=time)))
    if docname not in WITHOUT_BOX:
        cite = phrase("cite.book" if docname == app.config.root_doc else "cite.chapter", lang)
        parts += [nodes.Text(" · ")] * len(parts)
        parts.append(nodes.reference("", cite, refuri="#cite-this"))
    if title is not None and parts:
        line = nodes.paragraph("", "", *parts, classes=["reading-time"], published_data=True)
        title.parent.insert(title.parent.index(title) + 1, line)
