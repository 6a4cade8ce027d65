"""Search in two languages: a word is found by its Dutch and by its English forms, on every page.

Sphinx stems the words of all pages with the rules of one language. Here both sets of rules apply, in turn
until neither shortens a word any more, in the index and in the browser: "handhaven" finds "handhaving", and
"policy" finds "policies".
"""

import unicodedata
from functools import cache
from pathlib import Path

import snowballstemmer
import sphinx.search
from sphinx.search import SearchLanguage
from sphinx.search.en import english_stopwords
from sphinx.search.nl import dutch_stopwords

__all__ = ["DutchAndEnglish", "choose", "setup"]

SCRIPTS = Path(sphinx.search.__file__).parent / "minified-js"
LEAST = 4  # letters; what is left of shorter words would be found in too many others
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


def setup(app):
    """Register the language."""
    app.add_search_language(DutchAndEnglish)


def choose(app, config):
    """Let the search be in this language."""
    config.html_search_language = DutchAndEnglish.lang
