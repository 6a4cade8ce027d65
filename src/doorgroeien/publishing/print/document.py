"""The print document: pages of the built site put together as one HTML page that makes a good PDF.

Nothing here needs a browser. A document holds a title page, a table of contents, the pages themselves with
ids that stay unique and links that lead to a place in the same document, and behind them what a reader of
paper would miss: the works cited, and a list of the numbers, which is where every number in a sentence
leads. Left out are code, data tables, buttons and cards.
"""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, SoupStrainer, Tag

from doorgroeien.publishing.print.hatches import draw_hatches
from doorgroeien.publishing.words import phrase
from doorgroeien.results.formats import NBSP, write, write_digits
from doorgroeien.results.records import Language, Number
from doorgroeien.results.register import EVIDENCE, INTERVALS

__all__ = ["Document", "Imprint", "Page", "assemble", "assemble_sheet", "outside", "read_pages", "slug"]

REFERENCES = "book/references"
# What works on a screen only. A part that must never be printed carries the class no-print.
DROPPED = (
    "a.headerlink, .num-card, .toctree-wrapper, .no-print, .d-print-none, .cell_input, "
    ".reading-time, .language-switch, details.hide, details.published-numbers, "
    "button, dialog, form, input, nav, noscript, script, style, template"
)
SHORT = 12  # a table of so many rows stays on one page
COLUMNS = ("id", "value", "interval", "n", "what")  # of the list of numbers
PLACE = re.compile(r"\{page:([^}]+)\}")


@dataclass(frozen=True)
class Page:
    """A page of the site: its name such as ``notebooks/support``, part, language, article and source file."""

    name: str
    part: str | None
    language: Language
    article: Tag
    source: str

    @property
    def title(self) -> str:
        """Return the title of the page."""
        return self.article.h1.get_text().strip()

    @property
    def rests_on_answers(self) -> bool:
        """Tell whether the page carries an edition of survey answers."""
        return self.article.select_one("p.edition") is not None

    @property
    def one_sheet(self) -> bool:
        """Tell whether the page is made for one sheet of paper."""
        return self.article.select_one(".one-sheet") is not None


@dataclass(frozen=True)
class Imprint:
    """What a title page says; ``edition`` holds the name in English and Dutch, ``citation`` is HTML."""

    title: str
    subtitle: str
    author: str
    version: str
    date: str
    commit: str | None
    edition: Mapping[str, str]
    synthetic: bool
    citation: str
    address: str | None


@dataclass(frozen=True)
class Document:
    """A print document; ``contents`` holds the ids that its table of contents names, in order.

    ``pictures`` counts the images that are made of points, not drawn with lines; a ``sheet`` is one page.
    """

    title: str
    language: str
    contents: tuple[str, ...]
    pictures: int
    source: str
    sheet: bool = False

    def html(self, pages: Mapping[str, int] | None = None) -> str:
        """Return the HTML with the page of each id in the table of contents; with dots where unknown."""
        return PLACE.sub(lambda match: str((pages or {}).get(match[1], "...")), self.source)


def slug(name: str) -> str:
    """Return the name of a page as part of a file name or id."""
    return name.replace("/", "-")


def read_pages(site: Path, toc: Mapping) -> list[Page]:
    """Return the pages of the built site in the order of ``toc`` (``_toc.yml``), ready for print."""
    entries = [(toc["root"], None)]
    entries += [
        (chapter["file"], part["caption"]) for part in toc.get("parts", []) for chapter in part["chapters"]
    ]
    pages = []
    for name, part in entries:
        html = (site / f"{name}.html").read_text(encoding="utf-8")
        (language,) = re.findall(r'<html[^>]*\blang="(\w+)"', html)
        article = BeautifulSoup(html, "html.parser", parse_only=SoupStrainer("article")).article
        source = f"{name}.ipynb" if (site / "_sources" / f"{name}.ipynb").is_file() else f"{name}.md"
        pages.append(Page(name, part, language, _bare(article), source))
    return pages


def assemble(
    pages: Sequence[Page],
    site: Path,
    imprint: Imprint,
    records: Mapping[str, Number],
    css: str,
    base: str = "",
    library: Page | None = None,
) -> Document:
    """Return the print document of ``pages``: the whole book, or one page.

    ``records`` are the published numbers by id; ``base`` is the public address of the site, to which links
    to what is not in the document then lead (without it they become plain text); ``library`` is the page of
    references, from which a document without that page takes the works that it cites.
    """
    work = _Assembly(pages, site, records, base)
    whole = len(pages) > 1
    language = pages[0].language
    title = imprint.title if whole else pages[0].title
    sheets = [_Sheet("front", title, "", "")]
    articles, part = [], None
    for page in pages:
        article = work.printed(page, down=int(whole and page.part is not None))
        if whole and page.part and page.part != part:
            part = page.part
            place = f"part:{len(articles)}"
            article.insert(0, _parsed(f'<h1 class="part" id="{place}">{escape(part)}</h1>'))
        edition = imprint.edition[page.language] if page.rests_on_answers else ""
        sheets.append(_Sheet(slug(page.name), page.title, edition, page.language))
        articles.append(article)
    for place, content in (("references", work.works_cited(library)), ("numbers", work.numbers(language))):
        if content:
            heading = f"<h1>{phrase(f'pdf.{place}', language)}</h1>"
            html = (
                f'<article class="sheet-{place}" id="{place}" lang="{language}">{heading}{content}</article>'
            )
            articles.append(_parsed(html))
            survey = place == "numbers" and any(records[name]["edition"] for name in work.used)
            edition = imprint.edition[language] if survey else ""
            sheets.append(_Sheet(place, phrase(f"pdf.{place}", language), edition, language))
    entries = _contents(articles, 2)
    lines = "".join(
        f'<li class="level-{level}"><a href="#{place}"><span>{escape(text)}</span><span class="dots"></span>'
        f'<span class="place">{{page:{place}}}</span></a></li>'
        for level, place, text in entries
    )
    none = not any(page.rests_on_answers for page in pages)
    front = _title_page(title, imprint, language, whole, none)
    front += (
        f'<section class="contents"><h1>{phrase("pdf.contents", language)}</h1><ol>{lines}</ol></section>'
    )
    head = f"{imprint.title} {imprint.version}"
    body = "\n".join(map(str, articles))
    source = (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{css}\n{''.join(sheet.css(head) for sheet in sheets)}</style></head>\n"
        f'<body class="paper"><div class="sheet-front">{front}</div>\n{body}</body></html>\n'
    )
    return Document(
        title, language, tuple(place for _, place, _ in entries), sum(work.points.values()), source
    )


def assemble_sheet(page: Page, site: Path, css: str, accessed: str, base: str = "") -> Document:
    """Return the print document of a page that is made for one sheet: the page alone, without a title page.

    Its citation says the day (``accessed``, in words) on which it was read.
    """
    work = _Assembly([page], site, {}, base)
    article = work.printed(page, down=0, alone=True)
    ids = {tag["id"] for tag in article.find_all(id=True)}
    for link in article.select('a[href^="#"]'):
        if link["href"][1:] not in ids:
            link.unwrap()
    for cited in article.select(".cite-text:not(pre)"):
        text = cited.find_all(string=True)[-1]
        text.replace_with(f"{text.rstrip().removesuffix('.')}, {accessed}.")
    source = (
        f'<!doctype html>\n<html lang="{page.language}"><head><meta charset="utf-8">'
        f"<title>{escape(page.title)}</title><style>{css}</style></head>\n"
        f'<body class="paper">{article}</body></html>\n'
    )
    return Document(page.title, page.language, (), sum(work.points.values()), source, sheet=True)


def outside(html: str) -> list[str]:
    """Return what the document would fetch from elsewhere than the disk; anything is wrong."""
    soup = BeautifulSoup(html, "html.parser")
    found = [tag[name] for name in ("src", "srcset", "poster") for tag in soup.find_all(attrs={name: True})]
    found += [tag["href"] for tag in soup.select("link[href], image[href], use[href]")]
    found += re.findall(
        r"url\(\s*[\"']?([^\"')]+)", "".join(tag.get_text() for tag in soup.find_all("style"))
    )
    return [address for address in found if urlsplit(address).scheme not in ("file", "data")]


@dataclass(frozen=True)
class _Sheet:
    """A run of pages with one running head (what CSS calls a named page)."""

    name: str
    title: str
    edition: str
    language: str

    def css(self, head: str) -> str:
        name = f"sheet-{self.name}"
        left, foot, right = (_quoted(text) for text in (self.title, self.edition, head))
        boxes = f"@top-left {{ content: {left}; }} @top-right {{ content: {right}; }}"
        boxes += f" @bottom-left {{ content: {foot}; }}"
        if self.name == "front":  # a title page has no running head
            boxes = "@bottom-right { content: none; }"
        return f".{name} {{ page: {name}; }}\n@page {name} {{ {boxes} }}\n"


class _Assembly:
    """What the pages of one document share: which ids exist, which works and numbers are used."""

    def __init__(self, pages, site, records, base):
        self.site, self.records, self.base = site.resolve(), records, base.rstrip("/")
        self.cited, self.used, self.points = {}, {}, {}
        self.articles = {page.name: copy(page.article) for page in pages}
        self.ids = {
            name: {tag["id"] for tag in article.find_all(id=True)} for name, article in self.articles.items()
        }

    def printed(self, page: Page, down: int, alone: bool = False) -> Tag:
        """Return the article of a page, for print; its headings ``down`` levels lower.

        A page made for one sheet is that only where it stands ``alone``; it then keeps its citation.
        """
        article = self.articles[page.name]
        if not alone:
            for tag in article.select(".cite-box"):
                tag.decompose()
            for tag in article.select(".one-sheet"):
                tag.unwrap()
        prefix = slug(page.name)
        for tag in article.find_all(id=True):
            tag["id"] = f"{prefix}:{tag['id']}"
        for link in article.find_all("a", href=True):
            self.lead(link, page)
        for image in article.find_all("img"):
            file = (self.site / page.name).parent.joinpath(unquote(image["src"])).resolve()
            image["src"] = self.picture(file)
            for name in ("loading", "width", "height"):
                image.attrs.pop(name, None)
        for heading in article.find_all(re.compile("^h[1-5]$")):
            heading.name = f"h{int(heading.name[1]) + down}"
        article.attrs = {"class": f"sheet-{prefix}", "id": prefix, "lang": page.language}
        return article

    def picture(self, file: Path) -> str:
        """Return the address of a picture, in lines alone where it can be; count those made of points."""
        if file.suffix != ".svg":
            self.points[file] = 1
            return file.as_uri()
        svg = file.read_text(encoding="utf-8")
        self.points[file] = svg.count("<image")
        if "<pattern" not in svg:
            return file.as_uri()
        return "data:image/svg+xml;base64," + b64encode(draw_hatches(svg).encode()).decode()

    def lead(self, link: Tag, page: Page):
        """Let a link lead to a place in this document, to the public site, or nowhere."""
        number = "num-value" in link.get("class", ())
        if "word" in link.parent.get("class", ()):  # a wording that follows from numbers is none itself
            link.unwrap()
            return
        for name in ("title", "aria-describedby", "rel", "target", "download"):
            link.attrs.pop(name, None)
        parts = urlsplit(link["href"])
        if parts.scheme or parts.netloc:
            return
        fragment = unquote(parts.fragment)
        if number:  # leads to its own page of the site, which is named by its id
            fragment = unquote(parts.path).rsplit("/", 1)[-1].removesuffix(".html")
        file = (self.site / f"{page.name}.html").parent.joinpath(unquote(parts.path)).resolve()
        path = file.relative_to(self.site).as_posix() if parts.path else f"{page.name}.html"
        name = path.removesuffix(".html")
        if fragment in self.records and (number or fragment not in self.ids.get(name, ())):
            self.used[fragment] = True
            link["href"] = f"#number:{fragment}"
        elif name in self.articles:
            inside = fragment in self.ids[name]
            link["href"] = f"#{slug(name)}:{fragment}" if inside else f"#{slug(name)}"
        elif name == REFERENCES and fragment:
            self.cited[fragment] = True
            link["href"] = f"#{slug(name)}:{fragment}"
        elif self.base:
            link["href"] = f"{self.base}/{path}" + (f"#{parts.fragment}" if fragment else "")
        else:
            link.unwrap()

    def works_cited(self, library: Page | None) -> str:
        """Return the works that are cited and not in the document already, in the order of the references."""
        if library is None or not self.cited:
            return ""
        works = []
        for work in library.article.select("div.citation[id]"):
            if work["id"] in self.cited:
                work = copy(work)
                work["id"] = f"{slug(library.name)}:{work['id']}"
                for link in work.find_all("a", href=True):
                    self.lead(link, library)
                works.append(str(work))
        return f'<div class="citation-list">{"".join(works)}</div>'

    def numbers(self, language: Language) -> str:
        """Return the table of the numbers that the document uses."""
        head = "".join(f'<th scope="col">{phrase(f"pdf.{name}", language)}</th>' for name in COLUMNS)
        rows = "".join(_number_row(self.records[name], language) for name in self.used)
        table = f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody>"
        return rows and f'<p>{phrase("pdf.listed", language)}</p><table class="numbers">{table}</table>'


def _number_row(record: Number, language: Language) -> str:
    value = write(record, language).replace(NBSP, " ")  # a narrow cell may break there
    interval = ""
    if record["interval"] and record["high"] is not None:
        interval = write(record, language, "range").replace(NBSP, " ")
    count = "" if record["n"] is None else write_digits(record["n"], 0, language)
    about = [record["population"][language], record["period"], EVIDENCE[record["evidence"]][language]]
    if record["interval"] and record["interval"] != "confidence":
        about.append(f"interval: {INTERVALS[record['interval']][language]}")
    said = "; ".join(escape(str(text)) for text in about if text)
    name = re.sub(r"([.-])", r"\1<wbr>", record["id"])
    return (
        f'<tr id="number:{record["id"]}"><th scope="row">{name}</th>'
        f"<td>{escape(value)}</td><td>{interval}</td><td>{count}</td>"
        f'<td>{escape(record["definition"][language])} <span class="about">({said})</span></td></tr>'
    )


def _bare(article: Tag) -> Tag:
    """Take away what only works on a screen, and say how wide each table is; return the article."""
    dropped = DROPPED if article.select_one(".one-sheet") else f"{DROPPED}, .cite-box"
    for tag in article.select(dropped):
        tag.decompose()
    for picture in article.select("picture"):  # paper has the wide drawing
        picture.replace_with(picture.img)
    for below in article.select(".published-below"):
        _name_files(below)
    for cell in article.select("div.cell"):
        if not cell.get_text(strip=True) and cell.find("img") is None:
            cell.decompose()
        else:
            cell.unwrap()
    for fold in article.select("details.fold"):  # paper holds the whole: a heading or a caption says enough
        heading = fold.summary.find(re.compile("^h[1-6]$"))
        fold.summary.replace_with(*([heading.extract()] if heading else []))
        fold.unwrap()
    for fold in article.select("details"):  # any other fold is printed open
        fold.name = "div"
        if fold.summary:
            fold.summary.name = "p"
    for tag in article.find_all(True):
        for name in [name for name in tag.attrs if name.startswith("on") or name in ("style", "tabindex")]:
            del tag[name]
    for text in article.find_all(string=re.compile("_")):
        # The name of a column or question, too long for a narrow cell.
        if text.find_parent("table") and text.find_parent(["code", "th"]):
            text.replace_with(_parsed(escape(text).replace("_", "_<wbr>")))
    for table in article.select("table"):
        rows = [row.find_all(["th", "td"]) for row in table.find_all("tr")]
        columns = max(map(len, rows), default=0)
        if columns > 6:
            table["class"] = [*table.get("class", []), "wide" if columns < 9 else "widest"]
        if len(rows) <= SHORT:
            table["class"] = [*table.get("class", []), "short"]
        elif table.caption:
            # Browsers tear the caption off a table that goes on to the next page, unless it stands before it.
            caption = table.caption.extract()
            caption.name, caption.attrs = "div", {"class": "caption", "id": table.attrs.pop("id", "")}
            scrolled = "pst-scrollable-table-container" in table.parent.get("class", ())
            (table.parent if scrolled else table).insert_before(caption)
        for head, cell in zip(rows[0], rows[-1], strict=False) if rows else ():
            if "number" in cell.get("class", ()) and head is not cell:
                head["class"] = [*head.get("class", []), "number"]
    return article


def _name_files(below):
    """Say below a figure or table where its data are, in place of links and of the data themselves."""
    head, files = "", []
    for tag in below.select(".data"):
        links = [link["href"] for link in tag.select("a[href]")]
        names = [link for link in links if link.endswith((".csv", ".xlsx"))]
        if names:
            head = (tag.summary or tag).get_text().partition(":")[0].strip()
            files += names
        tag.decompose()
    if files:
        line = ", ".join(f'<a href="{file}">{file.removeprefix("../")}</a>' for file in files)
        below.append(_parsed(f'<p class="files">{escape(head)}: {line}</p>'))


def _contents(articles, depth):
    """Return ``(level, id, text)`` of the headings down to a level, in order."""
    entries = []
    names = [f"h{level}" for level in range(1, depth + 1)]
    for heading in (heading for article in articles for heading in article.find_all(names)):
        holder = heading if heading.get("id") else heading.find_parent(id=True)
        if "rubric" in heading.get("class", ()) or holder is None:
            continue
        entries.append((int(heading.name[1]), holder["id"], heading.get_text().strip()))
    return entries


def _title_page(title, imprint, language, whole, none):
    of = phrase("pdf.chapter", language, title=escape(imprint.title))
    above = "" if whole else f'<p class="of">{of}</p>'
    edition = f"<b>{escape(imprint.edition[language])}</b>"
    edition += f"<br>{phrase('pdf.none', language)}" if none else ""
    version = ", ".join([imprint.version, imprint.date] + ([imprint.commit] if imprint.commit else []))
    licence = "CC BY 4.0; code: MIT"
    rows = [
        ("real", phrase("pdf.synthetic" if imprint.synthetic else "pdf.supplied", language)),
        ("cite", imprint.citation),
        ("version", escape(version)),
        ("licence", licence),
        ("left", phrase("pdf.leaves", language)),
    ]
    if imprint.address:
        rows.insert(2, ("address", f'<a href="{imprint.address}">{escape(imprint.address)}</a>'))
    terms = "".join(f"<dt>{phrase(f'pdf.{name}', language)}</dt><dd>{text}</dd>" for name, text in rows)
    return (
        f'<section class="title-page{"" if whole else " of-chapter"}">{above}'
        f'<p class="title">{escape(title)}</p>'
        f'<p class="subtitle" lang="en">{escape(imprint.subtitle)}</p>'
        f'<p class="author">{escape(imprint.author)}</p>'
        f'<p class="edition">{phrase("pdf.edition", language)}<br>{edition}</p><dl>{terms}</dl></section>'
    )


def _parsed(html):
    return BeautifulSoup(html, "html.parser")


def _quoted(text):
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
