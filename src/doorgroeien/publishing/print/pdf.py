"""The book and each chapter as PDF: tagged, with bookmarks, printed by Chromium from the built site.

A document (see :mod:`doorgroeien.publishing.print.document`) is printed twice: the first print tells on which
page everything stands, the second has those pages in its table of contents. All are checked before any takes
its place.
"""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import matplotlib
from pypdf import PdfReader, PdfWriter
from pypdf.generic import BooleanObject, NameObject
from pypdf.xmp import XmpInformation

from doorgroeien.data.paths import survey_path
from doorgroeien.intake.check import edition_of
from doorgroeien.publishing.citation import Book, Citation, apa, dutch_note, load_book, name_of, write_date
from doorgroeien.publishing.freshness import reseal
from doorgroeien.publishing.print.document import (
    REFERENCES,
    Document,
    Imprint,
    Page,
    assemble,
    assemble_sheet,
    outside,
    read_pages,
    slug,
)
from doorgroeien.publishing.real_answers import build_folder, restricted
from doorgroeien.publishing.repository import contents, site_address, source_date
from doorgroeien.publishing.versions import read_results
from doorgroeien.publishing.words import phrase
from doorgroeien.publishing.workspace import staging, swap, with_parent

__all__ = [
    "Expected",
    "PdfError",
    "find_browser",
    "link_pdfs",
    "make_pdfs",
    "print_style",
    "problems",
]

WHOLE = "doorgroeien"  # the name of the PDF of the whole book
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OLDEST = 131  # the first version that draws running heads, which CSS calls margin boxes
SECONDS = 300
PRINTS = 4  # a table of contents that still moves after so many prints never settles
STYLES = ("sphinxext/static/print.css", "publishing/print/paper.css")
# The fonts that matplotlib brings, and the figures use: a PDF looks the same wherever it is made.
FONTS = {
    "Book Serif": ("STIXGeneral.ttf", "STIXGeneralBol.ttf", "STIXGeneralItalic.ttf", "STIXGeneralBolIta.ttf"),
    "Book Sans": (
        "DejaVuSans.ttf",
        "DejaVuSans-Bold.ttf",
        "DejaVuSans-Oblique.ttf",
        "DejaVuSans-BoldOblique.ttf",
    ),
    "Book Mono": (
        "DejaVuSansMono.ttf",
        "DejaVuSansMono-Bold.ttf",
        "DejaVuSansMono-Oblique.ttf",
        "DejaVuSansMono-BoldOblique.ttf",
    ),
}
# How Chromium places the text on a page: at this scale, or at a smaller one where something does not fit.
SCALE = re.compile(rb"^q\n(\S+) 0 0 \1 (?!0 0 cm)\S+ \S+ cm", re.MULTILINE)
FULL = 3.125
WAYS = '<p class="sheet-ways no-print">'  # on paper, of a page that is made for one sheet
MENU = re.compile(r'<div class="dropdown dropdown-download-buttons">.*?(?=\s*</ul>)', re.DOTALL)


class PdfError(Exception):
    """The PDFs could not be made; those that stood still stand."""


@dataclass(frozen=True)
class Expected:
    """What a finished PDF must have; ``contents`` says on which page each id of its contents stands.

    A ``sheet`` has one page.
    """

    title: str
    language: str
    contents: Mapping[str, int]
    pictures: int = 0
    sheet: bool = False


def make_pdfs(root: Path, say=print) -> Path:
    """Print the built site below ``root`` and return the folder of the PDFs, ``pdf/`` in the site.

    The site then links them. Raises :class:`PdfError`, and changes nothing, where there is no browser, a
    print fails, or a PDF does not hold what it must.
    """
    started = time.monotonic()
    browser = find_browser()
    folder = build_folder(root)
    site = folder / "html"
    base = site_address(root)
    pages = read_pages(site, contents(root))
    numbers = {number["id"]: number for number in read_results(site)["numbers"]}
    edition = edition_of(survey_path(root) or root / "data" / "survey", root)
    names = dict(zip(("en", "nl"), edition.names, strict=True))
    book = load_book(root, base, names)
    library = next(page for page in pages if page.name == REFERENCES)
    target = site / "pdf"
    with restricted(root), staging(folder) as aside:
        new = aside / target.name
        new.mkdir()
        # The first page stands for the book, as in its citation.
        for name, chosen in [(WHOLE, pages)] + [(_name(page), [page]) for page in pages if page.part]:
            citation = _citation(book, chosen)
            if len(chosen) == 1 and chosen[0].one_sheet:
                document = assemble_sheet(chosen[0], site, print_style(), _today(citation.language), base)
            else:
                document = assemble(
                    chosen,
                    site,
                    _imprint(citation, edition.synthetic),
                    numbers,
                    print_style(),
                    base,
                    None if library in chosen else library,
                )
            path = new / f"{name}.pdf"
            count = _finished(document, path, browser, citation)
            say(f"  {path.name}: {count} pages, {path.stat().st_size / 1e6:.1f} MB")
        swap(new, target)
        link_pdfs(site, pages, base)
        reseal(site)
    say(f"Done in {time.monotonic() - started:.0f} s: {len(pages)} PDFs in {target}")
    return target


def find_browser() -> str:
    """Return the browser: what ``CHROMIUM`` names, or a Chromium on the path; it must be recent enough."""
    named = os.environ.get("CHROMIUM")
    found = next(filter(None, map(shutil.which, [named] if named else BROWSERS)), None)
    if found is None:
        where = f"CHROMIUM names {named}, which does not run" if named else "no Chromium is on the path"
        raise PdfError(
            f"PDFs are printed by Chromium, and {where}. On Debian: apt install chromium. "
            "Elsewhere name one with CHROMIUM=/path/to/chrome."
        )
    done = subprocess.run([found, "--version"], capture_output=True, text=True)
    version = re.search(r"(\d+)\.", done.stdout)
    if version is None or int(version[1]) < OLDEST:
        raise PdfError(
            f"{found} is {done.stdout.strip() or 'of an unknown version'}; expected {OLDEST} or newer."
        )
    return found


def _name(page: Page) -> str:
    """Return the name of the PDF of a page, which is that of the book for the first page."""
    return slug(page.name) if page.part else WHOLE


def _citation(book: Book, pages) -> Citation:
    """Return what is cited: the book, or the one chapter."""
    page = pages[0]
    if len(pages) > 1:
        return Citation(
            book, "book", WHOLE, {"en": book.title}, "en", book.date, f"pdf/{WHOLE}.pdf", book.edition
        )
    return Citation(
        book,
        "chapter",
        name_of(page.name),
        {page.language: page.title},
        page.language,
        book.dated(page.source),
        f"{page.name}.html",
        book.edition if page.rests_on_answers else None,
    )


def _today(language) -> str:
    """Return in words when the site is read for print: today, or what ``SOURCE_DATE_EPOCH`` says."""
    day = (source_date() or datetime.now(UTC)).date()
    return f"{phrase('script.accessed', language)} {write_date(day, language)}"


def _imprint(citation: Citation, synthetic: bool) -> Imprint:
    book, (title, _, subtitle) = citation.book, citation.book.title.partition(": ")
    return Imprint(
        title=title,
        subtitle=f"{subtitle[:1].upper()}{subtitle[1:]}",
        author=" · ".join(f"{author.given} {author.name}".strip() for author in book.authors),
        version=book.version,
        date=write_date(citation.date, citation.language),
        commit=book.commit,
        edition=book.edition or {},
        synthetic=synthetic,
        citation=str((dutch_note if citation.language == "nl" else apa)(citation)),
        address=citation.url or None,
    )


def print_style() -> str:
    """Return the style sheet of the print documents: fonts, ``print.css`` and ``paper.css``."""
    faces = ""
    folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
    for family, files in FONTS.items():
        for place, file in enumerate(files):
            weight, style = ("normal", "bold")[place % 2], ("normal", "italic")[place // 2]
            faces += (
                f'@font-face {{ font-family: "{family}"; font-weight: {weight}; font-style: {style}; '
                f'src: url("{(folder / file).as_uri()}"); }}\n'
            )
    here = Path(__file__).parents[2]
    return faces + "".join((here / name).read_text(encoding="utf-8") for name in STYLES)


def _finished(document: Document, path: Path, browser: str, citation: Citation) -> int:
    """Print a document until its table of contents is right, complete and check it; return its pages."""
    wrong = outside(document.html())
    if wrong:
        raise PdfError(
            f"{path.name}: the print document fetches {', '.join(wrong)}; it may read local files only."
        )
    pages = {}
    for _ in range(PRINTS):
        _print(document.html(pages), path, browser)
        found = {name: number for name, number in _places(path).items() if name in document.contents}
        if found == pages:
            break
        pages = found
    else:
        raise PdfError(f"{path.name}: the pages in the table of contents do not settle.")
    _complete(path, document, citation)
    wrong = problems(
        path, Expected(document.title, document.language, pages, document.pictures, document.sheet)
    )
    wrong += [
        f"{name} in the table of contents leads nowhere" for name in document.contents if name not in pages
    ]
    if wrong:
        raise PdfError("\n".join(f"{path.name}: {problem}" for problem in wrong))
    return len(PdfReader(path).pages)


def _print(html: str, path: Path, browser: str):
    with tempfile.TemporaryDirectory(prefix="doorgroeien-") as folder:
        source = Path(folder, "document.html")
        source.write_text(html, encoding="utf-8")
        command = [browser, "--headless", "--disable-gpu", "--no-first-run", "--disable-extensions"]
        command += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
        # The document is our own, without scripts; containers and root have no sandbox to offer.
        command += ["--no-sandbox", f"--user-data-dir={folder}/profile", "--no-pdf-header-footer"]
        command += ["--generate-pdf-document-outline", f"--print-to-pdf={path}", source.as_uri()]
        path.unlink(missing_ok=True)
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                timeout=SECONDS,
                preexec_fn=with_parent(),
            )
        except subprocess.TimeoutExpired:
            raise PdfError(f"{path.name}: Chromium did not end in {SECONDS} s.") from None
    if done.returncode != 0 or not path.is_file():
        raise PdfError(f"{path.name}: Chromium printed nothing and says:\n{done.stderr[-2000:]}")


def _places(path: Path) -> dict[str, int]:
    """Return the page, counted from 1, of every named destination."""
    reader = PdfReader(path)
    numbers = {page.indirect_reference.idnum: place for place, page in enumerate(reader.pages, 1)}
    return {
        name.removeprefix("/"): numbers[goal.raw_get("/Page").idnum]
        for name, goal in reader.named_destinations.items()
    }


def _complete(path: Path, document: Document, citation: Citation):
    """Say in the PDF what it is; the structure and the bookmarks stay as Chromium wrote them."""
    book = citation.book
    writer = PdfWriter(clone_from=path)
    day = datetime.combine(citation.date, datetime.min.time(), UTC)
    authors = [f"{author.given} {author.name}".strip() for author in book.authors]
    edition = citation.edition[citation.language] if citation.edition else ""
    writer.metadata = None
    writer.add_metadata(
        {
            "/Title": document.title,
            "/Author": "; ".join(authors),
            "/Subject": edition or book.title,
            "/Keywords": ", ".join(book.keywords),
            "/Creator": f"Doorgroeien {book.version}",
            "/Producer": "Chromium, pypdf",
            "/CreationDate": day.strftime("D:%Y%m%d%H%M%SZ"),
            "/ModDate": day.strftime("D:%Y%m%d%H%M%SZ"),
        }
    )
    about = XmpInformation.create()
    about.dc_title = {"x-default": document.title}
    about.dc_creator = authors
    about.dc_description = {"x-default": edition or book.title}
    about.dc_subject = list(book.keywords)
    about.dc_language = [document.language]
    about.dc_rights = {"x-default": book.licence}
    about.dc_date = [day]
    about.xmp_create_date = about.xmp_modify_date = about.xmp_metadata_date = day
    about.pdf_keywords = ", ".join(book.keywords)
    writer.xmp_metadata = about
    metadata = writer.root_object["/Metadata"]
    metadata[NameObject("/Type")] = NameObject("/Metadata")
    metadata[NameObject("/Subtype")] = NameObject("/XML")
    writer.write(path)


def problems(path: Path, expected: Expected) -> list[str]:
    """Return what is wrong with a PDF: tags, bookmarks, language, links, contents, pictures, scale."""
    reader = PdfReader(path)
    root, found = reader.trailer["/Root"], []
    if not reader.pages:
        found.append("it has no page")
    if expected.sheet and len(reader.pages) != 1:
        found.append(f"it has {len(reader.pages)} pages, expected one sheet: shorten the page")
    if root.get("/MarkInfo", {}).get("/Marked") != BooleanObject(True) or not root.get(
        "/StructTreeRoot", {}
    ).get("/K"):
        found.append("it is not tagged")
    if not reader.outline:
        found.append("it has no bookmarks")
    if root.get("/Lang") != expected.language:
        found.append(f"its language is {root.get('/Lang')}, expected {expected.language}")
    title = reader.metadata.title if reader.metadata else None
    if title != expected.title:
        found.append(f"its title is {title!r}, expected {expected.title!r}")
    places = _places(path)
    for name, page in expected.contents.items():
        if places.get(name) != page:
            found.append(f"its contents put {name} on page {page}, and it is on page {places.get(name)}")
    pictures = set()
    for number, page in enumerate(reader.pages, 1):
        for annotation in page.get("/Annots", ()):
            problem = _link_problem(annotation.get_object(), places)
            if problem:
                found.append(f"page {number}: {problem}")
        pictures |= set(_pictures(page.get("/Resources", {})))
        drawn = SCALE.search(page.get_contents().get_data())
        if drawn and float(drawn[1]) < 0.999 * FULL:
            found.append(f"page {number} is shrunk, for something on it is wider than the page")
    if len(pictures) > expected.pictures:
        found.append(f"it holds {len(pictures)} pictures made of points, expected {expected.pictures}")
    return found


def _link_problem(annotation, places):
    """Return what is wrong with a link: it leads nowhere, or to a file of the machine that printed it."""
    if annotation.get("/Subtype") != "/Link":
        return None
    action = annotation.get("/A", {})
    goal = annotation.get("/Dest", action.get("/D"))
    if isinstance(goal, str) and goal.removeprefix("/") not in places:
        return f"the link to {goal} leads nowhere"
    if goal is None and not str(action.get("/URI", "")).startswith(("https://", "http://", "mailto:")):
        return f"the link to {action.get('/URI', 'nothing')} is no public address"
    return None


def _pictures(resources):
    """Yield the pictures made of points in the resources of a page, and of its forms and patterns."""
    kinds = [resources.get(name, {}) for name in ("/XObject", "/Pattern")]
    for drawn in (item.get_object() for kind in kinds for item in kind.values()):
        if drawn.get("/Subtype") == "/Image":
            yield drawn.indirect_reference.idnum
        else:
            yield from _pictures(drawn.get("/Resources", {}))


def link_pdfs(site: Path, pages: list[Page], base: str = ""):
    """Let each page of the site link its PDF and that of the book, in its head and its download menu.

    It is printed from the finished site, when no template writes pages any more. A page that has the links
    already stays as it is.
    """
    for page in pages:
        file = site / f"{page.name}.html"
        html = file.read_text(encoding="utf-8")
        if 'type="application/pdf"' in html:
            continue
        up = "../" * page.name.count("/")
        files = {_name(page): "pdf.page"} | {WHOLE: "pdf.book"}
        items = {f"pdf/{name}.pdf": phrase(key, page.language) for name, key in files.items()}
        menu = "".join(
            f'\n<li><a href="{up}{path}" class="btn btn-sm dropdown-item" type="application/pdf">'
            f'<span class="btn__text-container">{text}</span></a></li>'
            for path, text in items.items()
        )
        path, text = next(iter(items.items()))
        head = f'<link rel="alternate" type="application/pdf" href="{up}{path}" title="{text}" />\n'
        if base:
            head += f'<meta name="citation_pdf_url" content="{base.rstrip("/")}/{path}" />\n'
        end = MENU.search(html)
        if end is None:
            raise PdfError(f"{file}: expected the menu of downloads in the header, to link the PDF in.")
        html = html[: end.end()] + menu + html[end.end() :]
        link = f'{WAYS}<a href="{up}{path}" type="application/pdf">{phrase("sheet.pdf", page.language)}</a> '
        html = html.replace(WAYS, link, 1)
        aside = file.with_suffix(".part")
        aside.write_text(html.replace("</head>", head + "</head>", 1), encoding="utf-8")
        aside.replace(file)
