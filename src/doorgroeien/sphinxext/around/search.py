"""Search in two languages: a word is found by its Dutch and by its English forms, on every page.

Sphinx's index holds the words of pages. Beside it stand, in :data:`FILE`, the kinds of evidence of each page,
the findings of the letter, and every published figure, table and number (words that numbers choose are found
on their pages): the browser (``static/search.js``) finds those too. It shows real evidence first, then what
rests on synthetic answers, then pages that explain, which are no evidence of anything, and of those the
changelog last.

Sphinx stems the words of all pages with the rules of one language. Here both sets of rules apply, in turn
until neither shortens a word any more, in the index and in the browser: "handhaven" finds "handhaving", and
"policy" finds "policies". What the glossary holds for the same is found too: "recovery" finds "reclaims".
A number is one word however it is grouped, "17 050" or "17.050" or "17050", and so are "63.4" and "63,4".
"""

import json
import re
import unicodedata
from functools import cache
from pathlib import Path

import snowballstemmer
import sphinx.search
from docutils import nodes
from sphinx import addnodes
from sphinx.search import SearchLanguage
from sphinx.search.en import english_stopwords
from sphinx.search.nl import dutch_stopwords

from doorgroeien.data.tables import load
from doorgroeien.publishing.real_answers import elsewhere
from doorgroeien.publishing.words import phrase, section
from doorgroeien.results.formats import LANGUAGES, write
from doorgroeien.results.records import Bilingual, Placed
from doorgroeien.results.register import EVIDENCE, Register
from doorgroeien.sphinxext.around.menu import parts, translations
from doorgroeien.sphinxext.content.citations import plain_caption, result_citation
from doorgroeien.sphinxext.content.language import SEARCH_PAGES, foreign_words
from doorgroeien.sphinxext.content.numbers import pages_of

__all__ = ["FILE", "PLACES", "DutchAndEnglish", "choose", "dutch_page", "plainly", "setup", "write_findable"]

FILE = "searchresults.js"  # beside Sphinx's searchindex.js
KINDS: list[str] = [*EVIDENCE]
PLACES = ("evidence", "explanation", "history")  # of a page among what is found, first to last
GLOSSARY = "book/glossary"
CHANGELOG = "book/changelog"

SCRIPTS = Path(sphinx.search.__file__).parent / "minified-js"
LEAST = 4  # letters; what is left of shorter words would be found in too many others
# As in plainly() of static/words.js.jinja: groups of three digits, and the comma before decimals.
SPACE = "[ \u00a0\u2009\u202f]"
GROUPED = re.compile(
    rf"(?<![\d.,])([1-9]\d{{0,2}}(?:(?:{SPACE}\d{{3}})+|(?:\.\d{{3}})+|(?:,\d{{3}})+))(?!\d)"
)
COMMA = re.compile(r"(?<=\d),(?=\d)")
TOKEN = re.compile(r"\d+(?:\.\d+)*(?!\w)|\w+")
LONGEST = 9  # characters of a number that anybody looks for; data behind figures have longer ones
# The same as stem() below, for the browser.
BOTH = f"""
var Stemmer = function () {{
  const rules = [new PorterStemmer(), new DutchStemmer()];
  this.stemWord = (word) => {{
    let stem = word.toLowerCase().normalize("NFD").replace(/\\p{{M}}/gu, ""), before;
    do {{
      before = stem;
      for (const rule of rules) {{
        const shorter = rule.stemWord(stem);
        if (shorter.length >= {LEAST}) stem = shorter;
      }}
    }} while (stem !== before);
    return stem;
  }};
}};
"""


class DutchAndEnglish(SearchLanguage):
    """Words without accents, as far as the rules of both languages shorten them."""

    lang = "nl-en"
    language_name = "Dutch and English"
    stopwords = dutch_stopwords | english_stopwords

    def init(self, options):
        """Take the rules that Sphinx's browser scripts follow: snowball's newer "dutch" has others."""
        self.rules = [snowballstemmer.stemmer(name).stemWord for name in ("porter", "dutch_porter")]
        files = ("base-stemmer.js", "dutch-stemmer.js", "porter-stemmer.js")
        scripts = [(SCRIPTS / file).read_text("utf-8") for file in files]
        self.js_stemmer_code = "\n".join([*scripts, BOTH])
        # Sphinx remembers the stems of one page; most words stand on many, or shorten to the same.
        self.shortened = cache(self._shorten)

    def split(self, input):
        """Return the words and numbers of a text."""
        return [
            word
            for word in TOKEN.findall(plainly(input))
            if not (word.replace(".", "").isdigit() and len(word) > LONGEST)
        ]

    def stem(self, word):
        """Return what the index holds for a word."""
        letters = unicodedata.normalize("NFD", word.lower())
        stem = "".join(letter for letter in letters if not unicodedata.category(letter).startswith("M"))
        return self.shortened(stem)

    def _shorten(self, stem):
        """Apply both sets of rules until neither shortens any more."""
        before = stem
        for rule in self.rules:
            shorter = rule(stem)
            stem = shorter if len(shorter) >= LEAST else stem
        return stem if stem == before else self.shortened(stem)


def plainly(text: str) -> str:
    """Return a text with its numbers in one form, whichever language wrote them.

    >>> plainly("17,050 and 17.050,5 of 17 050; 63,4")
    '17050 and 17050.5 of 17050; 63.4'
    """
    return COMMA.sub(".", GROUPED.sub(lambda number: re.sub(r"\D", "", number[0]), text))


def setup(app):
    """Register the language."""
    app.add_search_language(DutchAndEnglish)


def choose(app, config):
    """Let the search be in this language."""
    config.html_search_language = DutchAndEnglish.lang


def dutch_page(app):
    """Write the Dutch page of the search; Sphinx writes the English one."""
    return [(name, {}, "search.html") for name, lang in SEARCH_PAGES.items() if lang == "nl"]


def write_findable(app):
    """Write what the search finds beside the words of pages, and the kinds of evidence of each page."""
    register: Register = app.doorgroeien_register
    edition = elsewhere(Path(app.srcdir))
    editions: list[Bilingual | None] = []
    found = {
        "kinds": [*EVIDENCE.values()],
        "synthetic": edition is None or edition.synthetic,
        "pages": _pages(app, register, editions),
        "synonyms": _synonyms(app),
        "results": [
            *_findings(Path(app.srcdir), editions),
            *(
                _findable(app, result, editions)
                for result in register.records.values()
                if not _is_word(result)
            ),
        ],
        "editions": editions,
    }
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    Path(app.outdir, FILE).write_text(f"const FOUND = {text};\n", encoding="utf-8")


def _place_of(edition, editions):
    """Return the place of an edition in a list, to which it is added where it is new."""
    if edition not in editions:
        editions.append(edition)
    return editions.index(edition)


def _pages(app, register, editions):
    """Return of every page its language, kinds of evidence as numbers, translation, place and edition.

    A page that explains may quote a published figure in passing, and is no evidence for it; but it says where
    it rests on survey answers. Words that numbers choose, such as "none found", show no evidence either.
    """
    kinds: dict[str, set[str]] = {page: set() for page in app.env.found_docs}
    used = pages_of(app.env)
    for id, result in register.records.items():
        if not _is_word(result):
            for page in (result["page"], *used.get(id, ())):
                kinds[page].add(result["evidence"])
    for page, rests in kinds.items():
        about = app.env.metadata[page]
        rests.update({"survey answers"} if "edition" in about else set(), about.get("evidence", ()))
    other = translations(app.env)
    # The last part of the book is on its method and on how it is made.
    last = section("part")["appendices"]["en"]
    appendices = {page for name, pages in parts(app.env) if name == last for page in pages}
    found = {}
    for page, rests in sorted(kinds.items()):
        explains = not rests or {page, other.get(page)} & appendices
        place = "history" if page == CHANGELOG else "explanation" if explains else "evidence"
        shown = rests & {"survey answers"} if explains else rests
        language = app.env.metadata[page].get("language", "en")
        kinds_shown, edition = sorted(map(KINDS.index, shown)), app.env.metadata[page].get("edition")
        found[page] = [
            language,
            kinds_shown,
            other.get(page, ""),
            PLACES.index(place),
            _place_of(edition, editions),
        ]
    return found


def _is_word(result: Placed) -> bool:
    """Tell whether a result is a word or a clause that numbers choose, which is no number to look for."""
    return result["kind"] == "number" and result["unit"] == "word"


def _synonyms(app) -> list[list[str]]:
    """Return the words, shortened, that the glossary holds for the same.

    Those are a term, the Dutch in its definition, and the terms whose entry only leads to it.
    """
    if GLOSSARY not in app.env.found_docs:
        return []
    stem, found = DutchAndEnglish({}).stem, {}
    for item in app.env.get_doctree(GLOSSARY).findall(nodes.definition_list_item):
        *terms, meaning = item.children
        names = [term.astext() for term in terms if isinstance(term, nodes.term)]
        names += [words.astext() for words in meaning.findall(foreign_words)]
        leads = [link.astext() for link in meaning.findall(addnodes.pending_xref)]
        alone = len(leads) == 1 and len(meaning.astext().split()) == len(leads[0].split()) + 1
        found.setdefault(leads[0] if alone else names[0], []).extend(names)
    groups = [{stem(name) for name in (term, *names) if name.isalpha()} for term, names in found.items()]
    return sorted(sorted(group) for group in groups if len(group) > 1)


def _findings(root: Path, editions):
    """Give each finding of the letter as :func:`_findable` gives results, with the words of the letter."""
    for _, row in load("findings", root).iterrows():
        name = {lang: phrase("script.find-finding", lang).capitalize() for lang in LANGUAGES}
        said = {lang: f"{name[lang]} {row['finding']}: {row[f'title_{lang}']}. " for lang in LANGUAGES}
        yield [
            "finding",
            f"book/index.html#finding-{row['finding']}",
            f"book/samenvatting.html#finding-{row['finding']}",
            KINDS.index("letter"),
            _place_of(None, editions),
            said["en"] + row["paraphrase_en"],
            said["nl"] + row["letter_nl"],
        ]


def _findable(app, result: Placed, editions):
    """Return a result as a list: kind, address, address in Dutch, evidence, edition, English and Dutch words.

    Those are the title and all that is searched, and for a number its value and period too.
    """
    here = result_citation(app, result).path
    if result["kind"] == "number":
        titles = [result["definition"][lang] for lang in LANGUAGES]
        more = [write(result, lang) for lang in LANGUAGES] + [result["period"] or ""]
    else:
        titles = [plain_caption(app, result["caption"].get(lang, ""), lang) for lang in LANGUAGES]
        more = []
    return [
        result["kind"],
        here,
        _shown_in_dutch(app, result),
        KINDS.index(result["evidence"]),
        _place_of(result["edition"], editions),
        *titles,
        *more,
    ]


def _shown_in_dutch(app, result):
    """Return where a number, figure or table is shown in Dutch, or an empty text."""
    if result["kind"] == "number":
        return f"{result_citation(app, result).path}#nl"
    page = translations(app.env).get(result["page"])
    if page is None:
        return ""
    shown = f'id="{result["id"]}"' in Path(app.builder.get_outfilename(page)).read_text("utf-8")
    return f"{page}.html#{result['id']}" if shown else ""
