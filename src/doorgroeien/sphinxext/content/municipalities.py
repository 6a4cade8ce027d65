"""What public evidence there is on each municipality: ``{municipalities}`` writes one table, in Dutch.

A row for each municipality of 2007, each abolished since 2003, and each later or joint body that a document
is of. It holds documents and published figures alone, and never a survey answer or the estimate of a
number of inhabitants, which is good for a class and not for a place.
"""

import re
import unicodedata
from pathlib import Path

import pandas as pd
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from doorgroeien.data.tables import bibliography, load
from doorgroeien.results.formats import write
from doorgroeien.sphinxext.content.codebook import table
from doorgroeien.sphinxext.content.sources import short_reference

__all__ = ["SIZES", "TYPES", "setup"]

CAPTION = "Wat er aan openbaar bewijs is gevonden, per gemeente"
HEADS = ["Gemeente", "Provincie en grootte", "Herindeling", "Gevonden"]
NOTHING = "Niets gevonden."
TABLES = (
    *("municipalities_2007", "municipalities_2003", "mergers", "investigation_grants"),
    *("figures_of_municipalities", "figures", "documents", "topics"),
)
GRANT = "BWBR0027383"
SIZES = {
    "<20k": "minder dan 20.000 inwoners",
    "20k-50k": "20.000 tot 50.000 inwoners",
    "50k-100k": "50.000 tot 100.000 inwoners",
    ">=100k": "100.000 inwoners of meer",
}
# As people call them.
ALSO_CALLED = {"'s-Gravenhage": "Den Haag", "'s-Hertogenbosch": "Den Bosch"}
TYPES = {
    "enforcement_regulation": "handhavingsverordening",
    "reduction_regulation": "maatregelenverordening",
    "combined_regulation": "handhavings- en maatregelenverordening",
    "policy_plan": "beleidsplan",
    "policy_rules": "beleidsregels",
    "report": "verslag",
    "council_paper": "raadsstuk",
    "other": "ander stuk",
}
PARTS = {
    "H1": "eerste half jaar van {}",
    "H2": "tweede half jaar van {}",
    "Q1": "eerste kwartaal van {}",
    "Q2": "tweede kwartaal van {}",
    "Q3": "derde kwartaal van {}",
    "Q4": "vierde kwartaal van {}",
}
QUALIFIED = {"circa": "ongeveer {}", "lower_bound": "meer dan {}", "upper_bound": "hoogstens {}"}


class MunicipalitiesDirective(SphinxDirective):
    """``{municipalities}``: the table of all municipalities and what was found on each."""

    def run(self):
        """Return the table."""
        root = Path(self.env.app.srcdir)
        data = {name: load(name, root) for name in TABLES}
        for file in (*root.glob("data/frame/*.csv"), *root.glob("data/documents/*.csv")):
            self.env.note_dependency(str(file))
        self.env.note_dependency(str(root / "data/evidence/figures.csv"))
        rows = _Rows(data, _links(self.env.app, root)).all()
        return [table(CAPTION, HEADS, rows, "municipalities")]


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
        self.figures = data["figures"].set_index("id").sort_values("period")
        self.named = data["figures_of_municipalities"]
        documents = data["documents"].sort_values(["year", "title"])
        topics = data["topics"].set_index("topic")["phrase_nl"]
        self.topics = topics.str.replace(r" \(\d[a-d]\)$", "", regex=True)  # the code of a part
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
            name += [nodes.Text(" ("), _name(ALSO_CALLED[row.municipality]), nodes.Text(")")]
        place = [[nodes.Text(row.province)], [nodes.Text(f"{SIZES[row.size_class]} (geschat)")]]
        found = [*self._documents(self.documents["cbs_code"] == code), *self._grant(code)]
        found += self._figures(code)
        return [[name], place, self._origin(code), found or [[nodes.Text(NOTHING)]]]

    def _origin(self, code):
        """Return how a municipality came to be, where that was after 2003."""
        if code in self.renamed:
            return [[nodes.Text("Tot in 2003 onder de naam "), _name(self.renamed[code]), nodes.Text(".")]]
        merged = self.mergers[self.mergers["successor_code"] == code]
        if merged.empty:
            return [[nodes.Text("Geen herindeling sinds 2003.")]]
        names = _listed([_name(name) for name in merged["former_municipality"]])
        first = merged.iloc[0]
        start = nodes.Text(f"Ontstaan op 1 januari {first['year']} uit ")
        return [[start, *names, nodes.Text(" ("), self.source(first["merger_law"], "wet"), nodes.Text(").")]]

    def _former(self, row):
        link = nodes.reference("", "", _name(row.successor), refid=f"gemeente-{row.successor_code}")
        link["internal"] = True
        law = self.source(row.merger_law, "wet")
        gone = [nodes.Text(f"Opgeheven op 1 januari {row.year} ("), law, nodes.Text(").")]
        place = [[nodes.Text(self.now.at[row.successor_code, "province"])]]
        name = [_name(row.former_municipality), nodes.Text(f" (tot {row.year})")]
        return [[name], place, [gone], [[nodes.Text("Zie "), link, nodes.Text(".")]]]

    def _other(self, name, found):
        province = [[nodes.Text(found["province"].iloc[0])]]
        later = "Gemeente van na 2007." if found["cbs_code"].notna().all() else "Samenwerkingsverband."
        return [[[_name(name)]], province, [[nodes.Text(later)]], [*self._documents(found.index)]]

    def _documents(self, which):
        for row in self.documents.loc[which].itertuples():
            year = "zonder datum" if pd.isna(row.year) else str(row.year)
            link = nodes.reference("", "", nodes.Text(row.title), refuri=row.url)
            told = [phrase for topic, phrase in self.topics.items() if getattr(row, topic)]
            text = "; ".join(told) if told else "niets wat te coderen was"
            tail = f" ({TYPES[row.doc_type]}, {year}). In de leesbare tekst: {text}."
            yield [nodes.strong(text="Stuk: "), link, nodes.Text(tail)]

    def _grant(self, code):
        if code in self.grants.index:
            amount = write({"value": float(self.grants[code]), "unit": "EUR"}, "nl")
            text = f"{amount} per jaar voor opsporing en controle in de bijstand, 2007-2010 ("
            source = self.source(GRANT, "artikel 25")
            yield [nodes.strong(text="Rijksbijdrage: "), nodes.Text(text), source, nodes.Text(").")]

    def _figures(self, code):
        mine = self.named[self.named["cbs_code"] == code].set_index("figure")["relation"]
        for id, row in _items(self.figures[self.figures.index.isin(mine.index)]):
            text = f"{row.indicator_nl}, {_period(row.period)}: {_written(row)}"
            if mine[id] != "own":
                together = sorted(
                    self.named.loc[self.named["figure"] == id, "municipality"], key=_alphabetical
                )
                text += f"; het gaat om {', '.join(together[:-1])} en {together[-1]}"
            head = nodes.strong(text="Cijfer: " if mine[id] == "own" else "Samen: ")
            yield [head, nodes.Text(f"{text} ("), self.source(row.source), nodes.Text(").")]


def _links(app, root):
    """Return the function that gives the link to a work, under its short reference or other words."""
    works = bibliography(root).entries

    def link(key, words=None):
        return nodes.reference(
            "", "", nodes.Text(words or short_reference(key, app)), refuri=works[key].fields["url"]
        )

    return link


def _items(frame):
    """Return ``(index, row)`` for the rows of a table, columns as attributes."""
    return zip(frame.index, frame.itertuples(), strict=True)


def _name(text, id=None):
    """Return a name that the search field looks in; ``id`` is the anchor of its row."""
    text = text.replace("'", "\u2019")  # or docutils would turn the quote of 's-Gravenhage the wrong way
    return nodes.inline(text, text, classes=["name"], ids=[id] if id else [])


def _listed(names):
    """Return names with commas and "en" between them."""
    if len(names) < 2:
        return names
    between = [nodes.Text(", ") for _ in names[2:]] + [nodes.Text(" en ")]
    return [names[0], *(part for pair in zip(between, names[1:], strict=True) for part in pair)]


def _alphabetical(name):
    """Return what a name sorts by: without case, accents and apostrophes."""
    plain = unicodedata.normalize("NFD", name).casefold()
    return re.sub(r"[^a-z0-9 ]", "", plain)


def _written(row):
    decimals = 0 if float(row.value).is_integer() else None
    text = write({"value": row.value, "unit": row.unit, "decimals": decimals}, "nl")
    return QUALIFIED.get(row.qualifier, "{}").format(text)


def _period(period):
    """Return the period of a figure in words, such as "eerste half jaar van 2010"."""
    year, _, part = period.partition("-")
    if part in PARTS:
        return PARTS[part].format(year)
    return period.replace("/", "-")
