"""What public evidence there is on each municipality: ``{municipalities}`` writes one table, in Dutch.

A row for each municipality of 2007, each abolished since 2003, and each later or joint body that a document
is of. It holds documents and published figures alone, and never a survey answer or the estimate of a
number of inhabitants, which is good for a class and not for a place.
"""

import re
import unicodedata
from pathlib import Path
from string import Formatter

import pandas as pd
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from doorgroeien.data.tables import bibliography, load
from doorgroeien.publishing.words import phrase, section
from doorgroeien.results.formats import write
from doorgroeien.results.records import Language
from doorgroeien.sphinxext.content.codebook import table
from doorgroeien.sphinxext.content.sources import short_reference

__all__ = ["setup"]

LANG: Language = "nl"
TABLES = (
    *("municipalities_2007", "municipalities_2003", "mergers", "investigation_grants"),
    *("figures_of_municipalities", "figures", "documents", "topics"),
)
GRANT = "BWBR0027383"
# As people call them.
ALSO_CALLED = {"'s-Gravenhage": "Den Haag", "'s-Hertogenbosch": "Den Bosch"}


class MunicipalitiesDirective(SphinxDirective):
    """``{municipalities}``: the table of all municipalities and what was found on each."""

    def run(self):
        """Return the table."""
        root = Path(self.env.app.srcdir)
        data = {name: load(name, root) for name in TABLES}
        for folder in ("frame", "documents", "evidence"):
            for file in (root / "data" / folder).glob("*.csv"):
                self.env.note_dependency(str(file))
        heads = [
            phrase("municipality.name", LANG),
            phrase("municipality.place", LANG),
            phrase("municipality.merger", LANG),
            phrase("municipality.found", LANG),
        ]
        rows = _Rows(data, _links(self.env.app, root)).all()
        kinds = {"published figures", "municipal documents"}
        self.env.metadata[self.env.docname].setdefault("evidence", set()).update(kinds)
        return [table(phrase("municipality.caption", LANG), heads, rows, "municipalities")]


def setup(app):
    """Register the directive."""
    app.add_directive("municipalities", MunicipalitiesDirective)


class _Rows:
    """Rows of cells; a cell is a list of paragraphs, each a list of inline nodes."""

    def __init__(self, data, source):
        """Index the tables; ``source`` returns the link to a work, by its key."""
        self.now = data["municipalities_2007"].set_index("cbs_code")
        then = data["municipalities_2003"].set_index("cbs_code")
        self.mergers = data["mergers"]
        renamed = then[(then["code_2007"] != then.index) & ~then.index.isin(self.mergers["former_code"])]
        self.renamed = dict(zip(renamed["code_2007"], renamed["municipality"], strict=True))
        self.grants = data["investigation_grants"].set_index("cbs_code")["yearly_eur"]
        self.figures = data["figures"].set_index("id").sort_values("period", kind="stable")
        self.named = data["figures_of_municipalities"]
        topics = data["topics"].set_index("topic")[f"phrase_{LANG}"]
        self.topics = topics.str.replace(r" \(\d[a-d]\)$", "", regex=True)  # the code of a part
        documents = data["documents"].sort_values(["year", "title"])
        self.documents = documents.fillna(dict.fromkeys(self.topics.index, 0))
        self.source = source

    def all(self):
        """Return all rows, by name."""
        rows = [(row.municipality, self._municipality(code, row)) for code, row in _items(self.now)]
        rows += [(row.former_municipality, self._former(row)) for row in self.mergers.itertuples()]
        others = self.documents[~self.documents["cbs_code"].isin(self.now.index)]
        rows += [(name, self._other(name, found)) for name, found in others.groupby("municipality")]
        return [cells for _, cells in sorted(rows, key=lambda row: _alphabetical(row[0]))]

    def _municipality(self, code, row):
        name = [_name(row.municipality, f"gemeente-{code}")]
        if row.municipality in ALSO_CALLED:
            other = _name(ALSO_CALLED[row.municipality])
            name = _said("municipality.also-called", name=name[0], other=other)
        size = _said("municipality.estimated", size=_of_code(section("size-class"), row.size_class))
        found = [*self._documents(self.documents["cbs_code"] == code), *self._grant(code)]
        found += self._figures(code)
        place = [[nodes.Text(row.province)], size]
        return [[name], place, [self._origin(code)], found or [_said("municipality.nothing")]]

    def _origin(self, code):
        """Return how a municipality came to be, where that was after 2003."""
        if code in self.renamed:
            return _said("municipality.renamed", name=_name(self.renamed[code]))
        merged = self.mergers[self.mergers["successor_code"] == code]
        if merged.empty:
            return _said("municipality.unchanged")
        names = _listed([_name(name) for name in merged["former_municipality"]])
        first = merged.iloc[0]
        return _said("municipality.formed", year=first["year"], names=names, law=self._law(first))

    def _former(self, row):
        link = nodes.reference("", "", _name(row.successor), refid=f"gemeente-{row.successor_code}")
        link["internal"] = True
        name = _said("municipality.until", name=_name(row.former_municipality), year=row.year)
        gone = _said("municipality.abolished", year=row.year, law=self._law(row._asdict()))
        place = [[nodes.Text(self.now.at[row.successor_code, "province"])]]
        return [[name], place, [gone], [_said("municipality.see", name=link)]]

    def _law(self, merger):
        return self.source(merger["merger_law"], phrase("municipality.law", LANG))

    def _other(self, name, found):
        what = "municipality.later" if found["cbs_code"].notna().all() else "municipality.joint"
        province = [[nodes.Text(found["province"].iloc[0])]]
        return [[[_name(name)]], province, [_said(what)], [*self._documents(found.index)]]

    def _documents(self, which):
        for row in self.documents.loc[which].itertuples():
            told = [words for topic, words in self.topics.items() if getattr(row, topic)]
            yield _said(
                "municipality.document",
                head=nodes.strong(text=phrase("municipality.document-head", LANG)),
                title=nodes.reference("", "", nodes.Text(row.title), refuri=row.url),
                kind=_of_code(section("document-type"), row.doc_type),
                year=phrase("municipality.undated", LANG) if pd.isna(row.year) else row.year,
                topics="; ".join(told) or phrase("municipality.uncoded", LANG),
            )

    def _grant(self, code):
        if code in self.grants.index:
            yield _said(
                "municipality.grant",
                head=nodes.strong(text=phrase("municipality.grant-head", LANG)),
                amount=write({"value": float(self.grants[code]), "unit": "EUR"}, LANG),
                source=self.source(GRANT, phrase("municipality.article", LANG)),
            )

    def _figures(self, code):
        mine = self.named[self.named["cbs_code"] == code].set_index("figure")["relation"]
        for id, row in _items(self.figures[self.figures.index.isin(mine.index)]):
            told = {
                "indicator": getattr(row, f"indicator_{LANG}"),
                "period": _period(row.period),
                "value": _written(row),
                "source": self.source(row.source),
            }
            if mine[id] == "own":
                head = nodes.strong(text=phrase("municipality.figure-head", LANG))
                population = getattr(row, f"population_{LANG}")
                if "," in row.category:  # a part of the municipality, as "Utrecht, Ondiep"
                    told["indicator"] = f"{row.category}: {told['indicator']}"
                yield _said("municipality.figure", head=head, population=population, **told)
            else:
                names = sorted(self.named.loc[self.named["figure"] == id, "municipality"], key=_alphabetical)
                head = nodes.strong(text=phrase("municipality.together-head", LANG))
                yield _said("municipality.together", head=head, names=_listed([*map(_plain, names)]), **told)


def _links(app, root):
    """Return the function that gives the link to a work, under its short reference or other words."""
    works = bibliography(root).entries

    def link(key, words=None):
        text = nodes.Text(words or short_reference(key, app, LANG))
        return nodes.reference("", "", text, refuri=works[key].fields["url"])

    return link


def _said(key, **parts):
    """Return the words under a key as inline nodes, filled in with nodes, lists of them or texts."""
    said = []
    for text, name, _, _ in Formatter().parse(phrase(key, LANG, **{name: f"{{{name}}}" for name in parts})):
        said += [nodes.Text(text)] if text else []
        if name is not None:
            part = parts[name]
            if isinstance(part, nodes.Node):
                part = [part]
            said += part if isinstance(part, list) else [nodes.Text(str(part))]
    return said


def _of_code(words, code, **fields):
    """Return the words for a code of a table, among those of a section."""
    return words[code][LANG].format(**fields)


def _items(frame):
    """Return ``(index, row)`` for the rows of a table, columns as attributes."""
    return zip(frame.index, frame.itertuples(), strict=True)


def _plain(text):
    # Or docutils would turn the quote of 's-Gravenhage the wrong way.
    return nodes.Text(text.replace("'", "\u2019"))


def _name(text, id=None):
    """Return a name that the search field looks in; ``id`` is the anchor of its row."""
    return nodes.inline("", "", _plain(text), classes=["name"], ids=[id] if id else [])


def _listed(names):
    """Return two names or more with commas and a last "and" between them."""
    between = [nodes.Text(", ") for _ in names[2:]] + [nodes.Text(phrase("municipality.and", LANG))]
    return [names[0], *(part for pair in zip(between, names[1:], strict=True) for part in pair)]


def _alphabetical(name):
    """Return what a name sorts by: without case, accents and apostrophes."""
    plain = unicodedata.normalize("NFD", name).casefold()
    return re.sub(r"[^a-z0-9 ]", "", plain)


def _written(row):
    """Return the value of a figure, whole where it is, with what its source says of it."""
    decimals = 0 if float(row.value).is_integer() else None
    text = write({"value": row.value, "unit": row.unit, "decimals": decimals}, LANG)
    qualifiers = section("qualifier")
    return _of_code(qualifiers, row.qualifier, value=text) if row.qualifier in qualifiers else text


def _period(period):
    """Return the period of a figure in words, such as "first half of 2010"."""
    year, _, part = period.partition("-")
    parts = section("part-of-year")
    return _of_code(parts, part, year=year) if part in parts else period.replace("/", "-")
