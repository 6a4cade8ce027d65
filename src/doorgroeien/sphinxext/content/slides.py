"""A slide for each finding of the letter, and all of them at a glance, as pictures to take away.

``{finding-slides} LANGUAGE`` shows the slides, ``{findings-at-a-glance} LANGUAGE`` the one picture. Their
words come from ``data/letter/``, their numbers from the register, of all notebooks; so they are drawn with
the site and not in a notebook. What rests on survey answers carries their edition.
"""

import hashlib
import inspect
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from pathlib import Path

from docutils import nodes
from matplotlib.figure import Figure
from sphinx.util.docutils import SphinxDirective

from doorgroeien.data.tables import load
from doorgroeien.publishing.citation import Book
from doorgroeien.publishing.words import phrase
from doorgroeien.results import pictures, slides
from doorgroeien.results.formats import LANGUAGES, write
from doorgroeien.results.records import Language, PlacedNumber
from doorgroeien.results.register import EVIDENCE, Register
from doorgroeien.results.slides import Glance, Slide, Told
from doorgroeien.sphinxext.content.sentences import is_untested
from doorgroeien.sphinxext.content.sources import short_reference

__all__ = ["setup", "write_slides"]

FOLDER = "slides"
PAGES = {"book/slides", "book/dias"}
NUM = re.compile(r"\{num\}`([^`|]+)\|?(\w*)`")
CITE = re.compile(r"\s*\{cite:\w+\}`[^`]*`")  # the slide has its sources below
BRACKETED = re.compile(r"\s*\(\{num\}`[^`]*`\)")  # at a glance it is said once, below all findings
CODES = re.compile(r" \([1-4][a-d]\)")  # of parts, which a slide does not explain
AMONG = ("number", "pieces", "early")
# How many texts were read, and how many municipalities asked, is no evidence on a finding.
WHOLE = "documents.number"
SIZES = {WHOLE, "registers-in-context.baseline.sample.2005"}
LETTER = "SZW2008letter"
# Of the findings that have one of their own.
VERDICTS = {3: "documents.verdict.3", 7: "triangulation.verdict"}


@dataclass(frozen=True)
class Picture:
    """A picture to take away: its name, what it says in words and on what evidence, and how it is drawn."""

    name: str
    title: str
    alt: str
    evidence: frozenset[str]
    draw: partial[Figure]

    def digest(self) -> str:
        """Return what it follows from, in short: its words, and the code that draws it."""
        code = "".join(inspect.getsource(module) for module in (pictures, slides))
        return hashlib.sha256((code + repr(self.draw.args)).encode()).hexdigest()[:24]


class SlidesDirective(SphinxDirective):
    """``{finding-slides} LANGUAGE``."""

    required_arguments = 1
    glance = False

    def run(self):
        """Return the pictures, small, with links to their files."""
        language, root = self.arguments[0], Path(self.env.app.srcdir)
        if language not in LANGUAGES:
            raise self.error(f"{self.name}: {language!r} is not one of {', '.join(LANGUAGES)}")
        for name in ("findings", "evidence"):
            self.env.note_dependency(str(root / "data" / "letter" / f"{name}.csv"))
        up = "../" * self.env.docname.count("/")
        found = [
            one for one in _pictures(self.env.app, language) if one.name.startswith("glance") == self.glance
        ]
        rests = self.env.metadata[self.env.docname].setdefault("evidence", set())
        rests.update(*(one.evidence for one in found))
        items = "".join(_shown(one, up, language) for one in found)
        kind = "glance" if self.glance else "all"
        return [nodes.raw("", f'<ul class="slides slides-{kind}">{items}</ul>', format="html")]


class GlanceDirective(SlidesDirective):
    """``{findings-at-a-glance} LANGUAGE``."""

    glance = True


def _shown(picture: Picture, up: str, language: Language) -> str:
    address = f"{up}{FOLDER}/{picture.name}"
    number = picture.name.split(".")[0].removeprefix("finding-")
    if number == "glance":
        told = phrase("slide.download-all", language)
    else:
        told = phrase("slide.download", language, number=number)
    links = " ".join(
        f'<a href="{address}.{name.lower()}" download aria-label="{escape(told)} {name}">{name}</a>'
        for name in ("PNG", "SVG")
    )
    image = f'<img src="{address}.svg" alt="{escape(picture.alt)}">'
    caption = f'<figcaption><a href="{address}.svg">{escape(picture.title)}</a>: {links}</figcaption>'
    return f"<li><figure>{image}{caption}</figure></li>"


def _pictures(app, language: Language) -> Iterator[Picture]:
    """Give the slides of the findings in a language, and the picture of all at a glance."""
    root, register = Path(app.srcdir), app.doorgroeien_register
    table = load("findings", root).merge(load("evidence", root), on="finding")
    said = [_Said(row, register, language) for row in table.to_dict("records")]
    book = _book(app.doorgroeien_book, language)
    for one in said:
        keys = dict.fromkeys((LETTER, *(key for used in one.used for key in used["sources"])))
        works = dict.fromkeys(short_reference(key, app) for key in keys)
        sources = phrase("slide.sources", language, sources="; ".join(works))
        slide = one.slide((f"{sources} {_evidence(one.used, language)}", book))
        name = f"finding-{one.row['finding']}.{language}"
        yield Picture(name, slide.title, _alt(slide), _kinds(one.used), partial(slides.draw_slide, slide))
    used = [used for one in said for used in one.used]
    below = [part for part in (_edition(used, language), _evidence(used, language), book) if part]
    title, verdict = phrase("slide.glance", language), phrase("slide.verdict", language)
    rows = tuple(one.glance() for one in said)
    among = {name: write(register.records[f"documents.{name}"], language) for name in AMONG}
    below.insert(0, phrase("slide.among", language, **among))
    heads = ("", phrase("finding.real", language), verdict)
    told = [f"{row.number}. {row.title}: {row.text} {verdict}: {row.verdict}." for row in rows]
    draw = partial(slides.draw_glance, heads, rows, tuple(below))
    yield Picture(f"glance.{language}", title, " ".join([f"{title}.", *told, *below]), _kinds(used), draw)


def _alt(slide: Slide) -> str:
    """Return all that a slide says, in the order in which it is read."""
    numbers = "; ".join(f"{told.written}: {told.what}" for told in slide.numbers)
    numbers = f"{slide.beside}: {numbers}"
    parts = [f"{head}: {text}" for head, text in slide.parts]
    return " ".join(
        [f"{slide.above}. {slide.title}.", *parts, f"{numbers}.", *slide.below, slide.edition]
    ).strip()


def _evidence(used: Sequence[PlacedNumber], language: Language) -> str:
    """Return on what kinds of evidence numbers rest, and that they rest on no answers where they do not.

    Texts of municipalities are said to be a convenience sample of which the openings were read.
    """
    names: dict[str, str] = {one["evidence"]: EVIDENCE[one["evidence"]][language] for one in used}
    sampled = {"municipal documents"} & set(names)
    names |= {name: phrase("slide.sample", language, kind=names[name]) for name in sampled}
    kinds = list(dict.fromkeys(names.values()))
    kinds += [] if _edition(used, language) else [phrase("slide.rests", language)]
    return phrase("slide.evidence", language, evidence=", ".join(kinds))


def _kinds(used: Sequence[PlacedNumber]) -> frozenset[str]:
    """Return on what kinds of evidence a picture rests: the letter, and those of its numbers."""
    return frozenset({"letter", *(one["evidence"] for one in used)})


def _edition(used: Sequence[PlacedNumber], language: Language) -> str:
    """Return the edition of the survey answers that numbers rest on, or nothing."""
    editions = sorted({one["edition"][language] for one in used if one["edition"]})
    return phrase("number.answers", language, edition="; ".join(editions)) if editions else ""


def _book(book: Book, language: Language) -> str:
    """Return the reference to the book, in a line."""
    return phrase(
        "slide.book",
        language,
        authors=", ".join(author.inverted for author in book.authors),
        year=book.released.year,
        title=book.title.split(":")[0],
        version=book.version,
    )


class _Said:
    """What the letter and real evidence say of one finding, in one language."""

    def __init__(self, row: dict[str, str], register: Register, language: Language) -> None:
        self.row, self.records, self.language = row, register.records, language
        texts = self.row[f"says_{language}"] + self.row[f"sure_{language}"]
        self.used = [self._number(match[1]) for match in NUM.finditer(texts)]
        self.shown = [one for one in self.used if one["unit"] != "word" and one["id"] not in SIZES]
        own = VERDICTS.get(int(row["finding"]))
        self._verdict = None if own is None else self._number(own)
        self._untested = self._verdict is None or is_untested(self._verdict)

    def slide(self, below: tuple[str, ...]) -> Slide:
        """Return the slide of the finding, with what stands below all."""
        words, language = partial(phrase, language=self.language), self.language
        quoted = f"\u201c{self.row['letter_nl']}\u201d" if language == "nl" else self.row["paraphrase_en"]
        parts = (
            (words("slide.letter"), quoted),
            (words("finding.real"), self._text("says")),
            (words("finding.sure"), self._text("sure")),
        )
        same = len({one["unit"] for one in self.shown}) == 1
        numbers = tuple(
            Told(self._written(one), self._what(one), _size(one) if same and not _is_bound(one) else None)
            for one in self.shown
        )
        above, title = words("slide.above", number=self.row["finding"]), self.row[f"title_{language}"]
        beside = words("slide.beside" if self._untested else "slide.beside-verdict")
        return Slide(above, title, parts, numbers, below, beside, _edition(self.used, language))

    def glance(self) -> Glance:
        """Return the finding as a row among the others."""
        verdict, untested = self._verdict, self._untested
        return Glance(
            str(self.row["finding"]),
            self.row[f"title_{self.language}"],
            self._text("says", without=BRACKETED),
            phrase("slide.untested", self.language)
            if verdict is None or untested
            else write(verdict, self.language),
        )

    def _text(self, column: str, without: re.Pattern[str] = CITE) -> str:
        def written(match: re.Match[str]) -> str:
            return write(self._number(match[1]), self.language, match[2] or "value")

        text = without.sub("", self.row[f"{column}_{self.language}"])
        return CITE.sub("", NUM.sub(written, text))

    def _written(self, record: PlacedNumber) -> str:
        """Return a number; what was counted in documents is a lower bound, and says so."""
        text = write(record, self.language)
        return phrase("slide.least", self.language, number=text) if _is_bound(record) else text

    def _what(self, record: PlacedNumber) -> str:
        """Return what a number is, when and of whom; of a count in documents, how many were read."""
        what = CODES.sub("", record["definition"][self.language])
        if not _is_bound(record):
            period = f", {record['period']}" if str(record["period"]) not in what else ""
            base = record["population"][self.language]
            return phrase("slide.base", self.language, what=what + period, population=base)
        number = write(self._number(WHOLE), self.language)
        return phrase("slide.of", self.language, number=number, what=what)

    def _number(self, id: str) -> PlacedNumber:
        record = self.records.get(id)
        if record is None or record["kind"] != "number":
            file = "data/letter/evidence.csv"
            raise ValueError(
                f"{file}, finding {self.row['finding']}: no number {id!r} is published. Correct the id."
            )
        return record


def _is_bound(record: PlacedNumber) -> bool:
    return record["evidence"] == "municipal documents"


def _size(record: PlacedNumber) -> float | None:
    return None if record["value"] is None or isinstance(record["value"], dict) else float(record["value"])


def write_slides(app):
    """Write the pictures in both languages beside the pages; what was drawn before is not drawn again.

    Where no page shows them, there are none.
    """
    if not PAGES & app.env.found_docs:
        return
    folder, kept = Path(app.outdir, FOLDER), Path(app.outdir).parent / FOLDER
    folder.mkdir(exist_ok=True)
    kept.mkdir(exist_ok=True)
    digests = set()
    for picture in (one for language in LANGUAGES for one in _pictures(app, language)):
        digest = picture.digest()
        digests.add(digest)
        if not (kept / f"{digest}.png").is_file():
            for ending, content in sorted(slides.files(picture.draw()).items(), reverse=True):
                (kept / f"{digest}.{ending}").write_bytes(content)
        for ending in ("svg", "png"):
            (folder / f"{picture.name}.{ending}").write_bytes((kept / f"{digest}.{ending}").read_bytes())
    for old in kept.iterdir():
        if old.stem not in digests:
            old.unlink()


def setup(app):
    """Register the directives."""
    app.add_directive("finding-slides", SlidesDirective)
    app.add_directive("findings-at-a-glance", GlanceDirective)
