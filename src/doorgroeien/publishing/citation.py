"""How the book, a page, a figure, a table or a number is cited, in every form.

What a citation says comes from ``CITATION.cff``, the page and git; nothing is typed twice. All functions
are pure but :func:`load_book`, which reads the file and asks git.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from babel.dates import format_date
from markupsafe import Markup

from doorgroeien.publishing.repository import changed, citation_file, commit_of, last_changes, source_date
from doorgroeien.publishing.words import phrase

__all__ = [
    "Author",
    "Book",
    "Citation",
    "apa",
    "bibtex",
    "csl",
    "csl_json",
    "described",
    "dutch_note",
    "head_tags",
    "in_text",
    "json_ld",
    "load_book",
    "monitor_table",
    "name_of",
    "ris",
    "shorten",
    "write_date",
]

LANGUAGE_NAMES = {"en": "english", "nl": "dutch"}
SHORT = 10  # digits by which a commit is cited
LOCALES = {"en": "en_GB", "nl": "nl_NL"}
LICENCES = {
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "MIT": "https://opensource.org/license/mit",
}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A search engine shows about so many characters of a description.
DESCRIPTION = 160
LATEX = {
    "\\": r"{\textbackslash}",
    "{": r"{\textbraceleft}",
    "}": r"{\textbraceright}",
    "~": r"{\textasciitilde}",
    "^": r"{\textasciicircum}",
    '"': r"{\textquotedbl}",
    **{character: f"\\{character}" for character in "&%$#_"},
    "\u00a0": "~",
}


Day = date  # where a field is called date


@dataclass(frozen=True)
class Author:
    """A person, or with no ``given`` name an organisation."""

    name: str
    given: str = ""

    @property
    def inverted(self) -> str:
        """The name, surname first; that of an organisation as it is."""
        return f"{self.name}, {self.given}" if self.given else self.name


@dataclass(frozen=True)
class Book:
    """What all citations share. ``edition`` is that of the survey answers, per language."""

    title: str
    authors: tuple[Author, ...]
    version: str
    released: date
    date: date
    licences: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    abstract: str = ""
    commit: str | None = None
    dates: dict[str, Day] = field(default_factory=dict)
    edition: dict[str, str] | None = None
    address: str = ""

    @property
    def licence(self) -> str:
        """The address of the licence of text and data, which is the Creative Commons one."""
        return next(LICENCES[name] for name in self.licences if name.startswith("CC"))

    def url(self, path: str) -> str:
        """The public address of a place on the site, or nothing where the site has none."""
        return f"{self.address.rstrip('/')}/{path}" if self.address else ""

    def dated(self, source: str) -> Day:
        """The day on which the file of a page last changed, as far as known; else that of the release."""
        return self.dates.get(source, self.date if not self.dates else self.released)


@dataclass(frozen=True)
class Citation:
    """One thing to cite, of the ``kind`` book, chapter, figure, table or number, at ``path`` on the site.

    ``titles`` and ``edition`` are per language, ``language`` is that of the thing itself; ``id`` completes
    the key, and is what figures, tables and numbers are known by; ``basis`` names works that it rests on,
    per language; ``partly`` says that real evidence stands beside the answers of the edition.
    """

    book: Book
    kind: str
    id: str
    titles: dict[str, str]
    language: str
    date: date
    path: str
    edition: dict[str, str] | None = None
    basis: dict[str, tuple[str, ...]] = field(default_factory=dict)
    partly: bool = False

    @property
    def url(self) -> str:
        """The public address, or nothing where the site has none."""
        return self.book.url(self.path)

    @property
    def key(self) -> str:
        """The citation key, such as ``Doorgroeien2026-triangulation``."""
        name = re.sub(r"\W", "", self.book.title.split(":")[0]) + str(self.date.year)
        return name if self.kind == "book" else f"{name}-{self.id}"

    @property
    def has_id(self) -> bool:
        """Whether the thing is known by its id: all but the book and its chapters."""
        return self.kind not in ("book", "chapter")

    def title(self, language: str = "") -> str:
        """The title alone."""
        language = language or self.language
        return self.titles.get(language) or self.titles[self.language]

    def remark(self, language: str = "") -> str:
        """What stands between brackets after the title: what kind of thing it is, and its edition."""
        language = language or self.language
        parts = [phrase(f"citation.{self.kind}", language)] if self.has_id else []
        parts += [self.edition[language]] if self.edition else []
        return "; ".join(parts)

    @property
    def full_title(self) -> str:
        """The title with the remark, for reference managers: every citation style prints a title."""
        remark = self.remark()
        return f"{self.title()} [{remark}]" if remark else self.title()

    def labelled(self, text: str) -> str:
        """Return a description in one short line, with the edition before it: it is read without the page."""
        if self.edition:
            name = self.edition[self.language]
            label = phrase("citation.partly", self.language, edition=name) if self.partly else name
            text = f"{label[0].upper()}{label[1:]}: {text}"
        return shorten(text)

    @property
    def note(self) -> str:
        """Version, commit, id, edition and basis in one line."""
        lang = self.language
        parts = [phrase("citation.version", lang, version=self.book.version)]
        parts += [f"commit {self.book.commit}"] if self.book.commit else []
        parts += [f"{phrase(f'citation.{self.kind}', lang).lower()} {self.id}"] if self.has_id else []
        parts += [self.edition[lang]] if self.edition else []
        basis = self.rests_on(lang)
        parts += [basis[0].lower() + basis[1:]] if basis else []
        return ", ".join(parts)

    def rests_on(self, language: str) -> str:
        """Return in words which works it rests on, or nothing."""
        works = self.basis.get(language)
        return f"{phrase('citation.basis', language)} {'; '.join(works)}" if works else ""


def load_book(root: Path, address: str = "", edition: dict[str, str] | None = None) -> Book:
    """Return what ``CITATION.cff`` below ``root`` says, with the dates of the files as git knows them.

    ``SOURCE_DATE_EPOCH`` takes the place of all dates. Outside git, and in a shallow clone, which does not
    know when a file changed, the date is that of the release. The commit is left out where files differ
    from it.
    """
    cff = citation_file(root)
    released = date.fromisoformat(str(cff["date-released"]))
    licences = cff.get("license", [])
    commit = commit_of(root) if changed(root, untracked=False) == [] else None
    fixed = source_date()
    dates = {} if fixed else last_changes(root)
    today = fixed.date() if fixed else max(dates.values(), default=released)
    return Book(
        title=cff["title"],
        authors=tuple(
            Author(entry["name"]) if "name" in entry else Author(entry["family-names"], entry["given-names"])
            for entry in cff["authors"]
        ),
        version=str(cff["version"]),
        released=released,
        date=today,
        licences=tuple([licences] if isinstance(licences, str) else licences),
        keywords=tuple(cff.get("keywords", [])),
        abstract=cff.get("abstract", "").strip(),
        commit=commit and commit[:SHORT],
        dates=dates,
        edition=edition,
        address=address,
    )


def name_of(page: str) -> str:
    """Return the name by which a page is cited: ``support`` of ``notebooks/support``, ``nl-support``."""
    return page.partition("/")[2].replace("/", "-") or page


def write_date(day: date, language: str) -> str:
    """Return a date as it is written: ``24 November 2026``, ``24 november 2026``."""
    return format_date(day, "d MMMM y", locale=language)


def shorten(text: str, limit: int = DESCRIPTION) -> str:
    """Return ``text`` in one line of at most ``limit`` characters, cut between words."""
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"


def apa(citation: Citation) -> Markup:
    """Return the citation in APA style (7th edition): HTML in which only the title of the book is marked."""
    lang, remark = citation.language, citation.remark()
    version = phrase("citation.version", lang, version=citation.book.version)
    bracket = f" [{remark}]" if remark else ""
    name = _names_apa(citation.book.authors)
    start = f"{name}{'' if name.endswith('.') else '.'} ({citation.date.year}). "
    if citation.kind == "book":
        text = Markup("{}<cite>{}</cite> ({}){}.").format(start, citation.book.title, version, bracket)
    else:
        title = citation.title() + bracket
        end = "" if title.endswith(("?", "!")) else "."
        id = f", {citation.id}" if citation.has_id else ""
        text = Markup("{}{}{} {} <cite>{}</cite> ({}){}.").format(
            start, title, end, phrase("citation.in", lang), citation.book.title, version, id
        )
    basis = citation.rests_on(lang)
    text += f" {basis}." if basis else ""
    return text + (Markup(" ") + _link(citation.url) if citation.url else "")


def _names_apa(authors):
    names = [
        f"{author.name}, {' '.join(f'{part[0]}.' for part in author.given.split())}"
        if author.given
        else author.name
        for author in authors
    ]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])}, & {names[-1]}"


def _link(url):
    return Markup('<a href="{}">{}</a>').format(url, url)


def dutch_note(citation: Citation) -> Markup:
    """Return the citation as a footnote in a Dutch parliamentary paper has it, always in Dutch, as HTML."""
    book = citation.book
    names = " en ".join(filter(None, [", ".join(map(_name, book.authors[:-1])), _name(book.authors[-1])]))
    title = Markup("<cite>{}</cite>").format(book.title)
    if citation.kind != "book":
        kind = (
            f" ({phrase(f'citation.{citation.kind}', 'nl').lower()} {citation.id})" if citation.has_id else ""
        )
        title = Markup("‘{}’{}, in: {}").format(citation.title("nl"), kind, title)
    version = phrase("citation.version", "nl", version=book.version).lower()
    text = Markup("{}, {}, {}, {}").format(names, title, version, write_date(citation.date, "nl"))
    text += f" ({citation.edition['nl']})" if citation.edition else ""
    basis = citation.rests_on("nl")
    text += f", {basis[0].lower()}{basis[1:]}" if basis else ""
    return text + (Markup(", ") + _link(citation.url) if citation.url else "") + "."


def _name(author):
    return f"{author.given} {author.name}".strip()


def in_text(citation: Citation) -> str:
    """Return what stands between brackets in a sentence: authors, year, version and id."""
    joint = " & " if citation.language == "en" else " en "
    names = joint.join(author.name for author in citation.book.authors)
    version = phrase("citation.version", citation.language, version=citation.book.version).lower()
    return ", ".join([names, str(citation.date.year), version] + ([citation.id] if citation.has_id else []))


def bibtex(citation: Citation) -> str:
    """Return the citation in BibTeX: ``@book`` for the book, ``@incollection`` for what is in it."""
    remark = citation.remark()
    fields = {
        # Double braces: the name of an organisation is not to be taken apart.
        "author": " and ".join(
            _latex(author.inverted) if author.given else f"{{{_latex(author.name)}}}"
            for author in citation.book.authors
        ),
        "title": _latex(citation.title(), titled=True) + (f" [{_latex(remark)}]" if remark else ""),
    }
    if citation.kind != "book":
        fields["booktitle"] = _latex(citation.book.title, titled=True)
    fields["year"] = str(citation.date.year)
    fields["month"] = format_date(citation.date, "MMM", locale="en").lower()
    fields["version"] = _latex(citation.book.version)
    fields["note"] = _latex(citation.note)
    fields["language"] = LANGUAGE_NAMES[citation.language]
    if citation.url:
        fields["url"] = citation.url
    width = max(map(len, fields))
    # A month is one of BibTeX's own words.
    values = {name: value if name == "month" else f"{{{value}}}" for name, value in fields.items()}
    lines = [f"  {name:{width}} = {value}," for name, value in values.items()]
    kind = "book" if citation.kind == "book" else "incollection"
    return f"@{kind}{{{citation.key},\n" + "\n".join(lines) + "\n}\n"


def _latex(text, titled=False):
    """Return text for BibTeX; in a title, words with capitals are kept from styles that lower-case it."""
    words = _line(text).split(" ")
    made = ["".join(LATEX.get(character, character) for character in word) for word in words]
    if titled:
        made = [
            f"{{{new}}}" if place and any(map(str.isupper, word)) else new
            for place, (word, new) in enumerate(zip(words, made, strict=True))
        ]
    return " ".join(made)


def _line(text):
    """Return text in one line; a space that may not break stays one."""
    return re.sub(r"[ \t\r\n]+", " ", text).strip(" ")


def ris(citation: Citation) -> str:
    """Return the citation in RIS: ``BOOK`` for the book, ``CHAP`` for what is in it."""
    book = citation.book
    # A name without a comma is one name, which is what an organisation has.
    lines = [("TY", "BOOK" if citation.kind == "book" else "CHAP")]
    lines += [("AU", author.inverted) for author in book.authors]
    lines.append(("TI", citation.full_title))
    if citation.kind != "book":
        lines.append(("T2", book.title))
    lines += [("PY", str(citation.date.year)), ("DA", f"{citation.date:%Y/%m/%d}/")]
    lines += [
        ("ET", phrase("citation.version", citation.language, version=book.version)),
        ("N1", citation.note),
    ]
    lines.append(("LA", citation.language))
    if citation.url:
        lines.append(("UR", citation.url))
    return "".join(f"{tag}  - {_line(value)}\n" for tag, value in lines) + "ER  - \n"


def csl(citation: Citation) -> dict:
    """Return the citation as an item of CSL JSON."""
    book = citation.book
    item = {
        "id": citation.key,
        "type": "book" if citation.kind == "book" else "chapter",
        "title": citation.full_title,
        "author": [
            {"family": author.name, "given": author.given} if author.given else {"literal": author.name}
            for author in book.authors
        ],
        "issued": {"date-parts": [[citation.date.year, citation.date.month, citation.date.day]]},
        "version": book.version,
        "language": citation.language,
        "note": citation.note,
    }
    if citation.kind != "book":
        item["container-title"] = book.title
    if citation.url:
        item["URL"] = citation.url
    return item


def csl_json(citation: Citation) -> str:
    """Return the citation as a file of CSL JSON, which is a list of items."""
    return json.dumps([csl(citation)], ensure_ascii=False, indent=1) + "\n"


def head_tags(citation: Citation, description: str) -> Markup:
    """Return the tags in the head of a page by which reference managers, libraries and networks know it.

    Addresses stand in them only where the site has a public one, for they must be absolute.
    """
    book, url = citation.book, citation.url
    day = citation.date.isoformat()
    description = citation.labelled(description)
    tags = [("name", "description", description), ("name", "citation_title", citation.full_title)]
    for author in book.authors:
        # Zotero splits a name without a comma at its last space; one that ends in a comma stays whole.
        tags.append(("name", "citation_author", author.inverted + ("" if author.given else ",")))
    if citation.kind != "book":
        # The tag by which Zotero saves a book section.
        tags.append(("name", "citation_book_title", book.title))
    tags.append(("name", "citation_publication_date", f"{citation.date:%Y/%m/%d}"))
    tags.append(("name", "citation_language", citation.language))
    if url:
        tags += [("name", "citation_public_url", url), ("name", "citation_fulltext_html_url", url)]
    tags.append(("name", "DC.title", citation.full_title))
    tags += [("name", "DC.creator", author.inverted) for author in book.authors]
    tags += [("name", "DC.date", day), ("name", "DC.language", citation.language)]
    tags.append(("name", "DC.identifier", url or citation.key))
    tags.append(("name", "DC.rights", book.licence))
    tags.append(("name", "DC.type", "book" if citation.kind == "book" else "Text"))
    if citation.kind != "book":
        tags.append(("name", "DC.isPartOf", book.title))
    tags += [("property", "og:type", "article"), ("property", "og:title", citation.full_title)]
    tags += [
        ("property", "og:description", description),
        ("property", "og:locale", LOCALES[citation.language]),
    ]
    if url:
        tags += [("property", "og:url", url), ("property", "og:image", book.url("_static/card.png"))]
    tags.append(("property", "article:published_time", day))
    return Markup("\n").join(Markup('<meta {}="{}" content="{}" />').format(*tag) for tag in tags)


def described(citation: Citation, description: str) -> dict:
    """Return the citation as search engines read it: a ``Book``, or a ``Chapter`` that is part of it."""
    book = citation.book
    whole = _described(book, "Book", book.title, book.url("book/index.html"), book.date)
    if citation.kind == "book":
        item = whole | {"name": citation.full_title, "description": book.abstract}
    else:
        item = _described(book, "Chapter", citation.full_title, citation.url, citation.date)
        item |= {"description": citation.labelled(description), "isPartOf": whole}
    return item | {"inLanguage": citation.language}


def monitor_table(book: Book, results: str) -> dict:
    """Return the table of all published numbers as a ``Dataset``.

    ``results`` is its folder as seen from the page, for a site without a public address.
    """
    kinds = {"csv": "text/csv", "json": "application/json", "xlsx": XLSX}
    folder = book.url("results") or results
    name = f"{book.title.split(':')[0]}: every published number (monitor table)"
    name += f" [{book.edition['en']}]" if book.edition else ""
    item = _described(book, "Dataset", name, book.url("numbers/index.html"), book.date)
    return item | {
        "description": "Every number that the book publishes, with its interval, number of observations, "
        f"population, period, kind of evidence, edition of the survey answers and sources. {book.abstract}",
        "keywords": list(book.keywords),
        "inLanguage": ["en", "nl"],
        "isAccessibleForFree": True,
        "distribution": [
            {"@type": "DataDownload", "encodingFormat": kind, "contentUrl": f"{folder}/results.{ending}"}
            for ending, kind in kinds.items()
        ],
    }


def json_ld(*items: dict) -> Markup:
    """Return items for search engines as one block of data, which no angle bracket can end early."""
    data = {"@context": "https://schema.org"} | (items[0] if len(items) == 1 else {"@graph": list(items)})
    text = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    return Markup('<script type="application/ld+json">{}</script>').format(Markup(text))


def _described(book, kind, name, url, day):
    authors = [
        {"@type": "Person", "familyName": author.name, "givenName": author.given, "name": _name(author)}
        if author.given
        else {"@type": "Organization", "name": author.name}
        for author in book.authors
    ]
    item = {
        "@type": kind,
        "name": name,
        "creator" if kind == "Dataset" else "author": authors,
        "datePublished": day.isoformat(),
        "version": book.version,
        "license": book.licence,
    }
    return item | ({"url": url} if url else {})
