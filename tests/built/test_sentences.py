"""The sentences of the site, as a reader meets them: numbers and words filled in."""

import re
from copy import copy

MOST = 6  # words in a row that a paragraph may not say twice
MADE = ("book/interface", "book/references")  # of the code, and of the bibliography
BRACKETS = re.compile(r"\([^()]*\)")  # hold intervals, which have one form
WORD = re.compile(r"\w[\w'’-]*")  # or a number


def paragraphs(page):
    """Give the text of each paragraph and point, without intervals, works cited and cards of numbers."""
    for part in page.select("article.bd-article p:not(.provenance), article.bd-article li"):
        if part.find_parent(["li", "td", "th", "aside"]) or part.find(["p", "li"]):
            continue
        if part.find_parent(lambda tag: tag.name == "details" and "fold" not in tag.get("class", [])):
            continue  # such as the forms of a citation
        part = copy(part)
        for aside in part.select(".num-card, code, a[href*='references.html']"):
            aside.extract()
        yield BRACKETS.sub("", part.get_text())


def repeated(text):
    """Return the runs of words that a text says twice."""
    words = [word.lower() for word in WORD.findall(text)]
    runs = [tuple(words[at : at + MOST]) for at in range(len(words) - MOST + 1)]
    return {" ".join(run) for at, run in enumerate(runs) if run in runs[at + MOST :]}


def test_no_paragraph_says_the_same_words_twice(pages):
    found = {}
    written = {name: page for name, page in pages.items() if name not in MADE}
    for name, page in written.items():
        for text in paragraphs(page):
            if runs := repeated(text):
                found.setdefault(name, set()).update(runs)
    assert found == {}
