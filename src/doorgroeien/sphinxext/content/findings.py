"""The nine findings of the letter, each in its own words, with what real evidence says of it.

``{nine-findings} en`` (or ``nl``) lists them all; ``{finding-jumps} en``, on the same page, leads to each.
``{letter} 5 6``, on a Dutch page, quotes the letter on some of them.
The words of the letter and the paraphrase come from ``data/letter/findings.csv``, what real evidence says
from ``data/letter/evidence.csv``.
"""

from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from doorgroeien.data.tables import load
from doorgroeien.publishing.words import phrase
from doorgroeien.results.formats import LANGUAGES
from doorgroeien.sphinxext.content.language import foreign_words

__all__ = ["setup"]


class FindingsDirective(SphinxDirective):
    """``{nine-findings} LANGUAGE``."""

    required_arguments = 1

    def run(self):
        """Return a list of findings, each with an anchor of its own (``finding-7``)."""
        language, root = _language(self), Path(self.env.app.srcdir)
        for name in ("findings", "evidence"):
            self.env.note_dependency(str(root / "data" / "letter" / f"{name}.csv"))
        self.env.metadata[self.env.docname].setdefault("evidence", set()).add("letter")
        table = load("findings", root).merge(load("evidence", root), on="finding")
        found = nodes.definition_list(classes=["findings"])
        for _, row in table.iterrows():
            number = row["finding"]
            term = nodes.term(text=f"{number}. {row[f'title_{language}']}", ids=[f"finding-{number}"])
            term["published_data"] = True
            parts = [nodes.paragraph("", "", *said) for said in self._parts(row, language)]
            found += nodes.definition_list_item("", term, nodes.definition("", *parts))
        return [found]

    def _parts(self, row, language):
        """Give what stands in each paragraph."""
        quoted = f"\u201c{row['letter_nl']}\u201d"
        dutch = language == "nl"
        letter = nodes.Text(quoted) if dutch else foreign_words(text=quoted, lang="nl")
        yield [_head("letter", language), letter]
        if not dutch:
            yield [_head("plain", language), nodes.Text(row["paraphrase_en"])]
        yield [_head("real", language), *self._inline(row[f"says_{language}"])]
        pages = row["pages"].split(";")
        if dutch:  # each chapter has a Dutch page
            pages = [page.replace("notebooks/", "book/nl/").replace(".ipynb", ".md") for page in pages]
        links = self._inline(", ".join(f"[](/{page})" for page in pages))
        sure = self._inline(row[f"sure_{language}"])
        yield [_head("sure", language), *sure, nodes.Text(" "), _head("more", language), *links]

    def _inline(self, text):
        found, messages = self.parse_inline(text)
        return [*found, *messages]


class JumpsDirective(SphinxDirective):
    """``{finding-jumps} LANGUAGE``."""

    required_arguments = 1

    def run(self):
        """Return a line with a link to each finding."""
        language = _language(self)
        links = [
            nodes.reference("", str(number), internal=True, refid=f"finding-{number}")
            for number in load("findings", Path(self.env.app.srcdir))["finding"]
        ]
        parts = [part for link in links for part in (nodes.Text(" "), link)]
        words = phrase("finding.jump", language)
        return [nodes.paragraph("", words, *parts, classes=["jumps"], published_data=True)]


class LetterDirective(SphinxDirective):
    """``{letter} NUMBER ...``."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self):
        """Return a paragraph with the words of the letter for each finding."""
        root = Path(self.env.app.srcdir)
        self.env.note_dependency(str(root / "data" / "letter" / "findings.csv"))
        self.env.metadata[self.env.docname].setdefault("evidence", set()).add("letter")
        words = {str(row.finding): row.letter_nl for row in load("findings", root).itertuples()}
        (argument,) = self.arguments
        if unknown := [number for number in argument.split() if number not in words]:
            raise self.error(
                f"letter: {', '.join(unknown)} is no finding; expected some of {' '.join(words)}"
            )
        found = []
        for number in argument.split():
            head = nodes.strong(text=phrase("finding.said", "nl", number=number))
            said = nodes.Text(f": \u201c{words[number]}\u201d")
            found.append(nodes.paragraph("", "", head, said, classes=["letter"], published_data=True))
        return found


def _head(key, language):
    return nodes.strong(text=f"{phrase(f'finding.{key}', language)}: ")


def _language(directive):
    (language,) = directive.arguments
    if language not in LANGUAGES:
        raise directive.error(f"{directive.name}: {language!r} is not one of {', '.join(LANGUAGES)}")
    return language


def setup(app):
    """Register the directives."""
    app.add_directive("nine-findings", FindingsDirective)
    app.add_directive("finding-jumps", JumpsDirective)
    app.add_directive("letter", LetterDirective)
