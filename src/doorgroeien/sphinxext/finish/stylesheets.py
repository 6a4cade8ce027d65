"""One style sheet for the site: what its pages use of the theme, the extensions and the book."""

import posixpath
import re
from collections.abc import Callable
from itertools import groupby
from typing import NamedTuple

import tinycss2

__all__ = ["bundle", "words_of_pages"]

ADDRESS = re.compile(r"url\(\s*[\"']?(?!data:|#|[a-z]+://)([^\"')]+)[\"']?\s*\)")
NESTED = {"media", "supports", "layer", "container"}
VARIABLE = re.compile(r"var\(\s*(--[\w-]+)")


def words_of_pages(html: str) -> set[str]:
    """Return the tags, classes and ids of a page: what the selectors of a style sheet can name."""
    words = {tag.lower() for tag in re.findall(r"<([a-zA-Z][\w-]*)", html)}
    for value in re.findall(r'\s(?:class|id)="([^"]*)"', html):
        words.update(value.split())
    return words


class Rule(NamedTuple):
    """A rule: its head, and in it rules, declarations with their names, or else a text with its braces."""

    head: str
    rules: list["Rule"] = []
    declarations: list[tuple[str, str]] = []
    text: str = ""


def bundle(
    sheets: list[tuple[str, str]],
    read: Callable[[str], str],
    folder: str,
    used: set[str],
    unwanted: re.Pattern,
) -> str:
    """Return in one text those rules of ``sheets``, each ``(path, media)``, that name only ``used`` words.

    ``read`` gives the text of a path; addresses in it are written anew, relative to ``folder``. Left out as
    well are selectors and declarations that are ``unwanted``, and animations and custom properties that
    nothing reads.
    """
    rules = []
    for path, media in sheets:
        found = _rules(_text(path, read, folder), used, unwanted)
        rules += found if media in ("", "all") else [Rule(f"@media {media}", rules=found)]
    text = _written(rules)
    idle = {
        f"@keyframes {name}"
        for name in re.findall(r"@keyframes ([\w-]+)", text)
        if not re.search(rf"animation[\w-]*:[^;]*\b{re.escape(name)}\b", text)
    }
    before = None
    while text != before:  # a property that goes may leave others unread
        before, text = text, _written(rules, {*VARIABLE.findall(text), *used}, idle)
    return text


def _text(path, read, folder):
    """Return a style sheet with its imports in place and its addresses relative to ``folder``."""
    here = posixpath.dirname(path)

    def imported(found):
        return _text(posixpath.normpath(posixpath.join(here, found[1].split("?")[0])), read, folder)

    def moved(found):
        target = posixpath.normpath(posixpath.join(here, found[1]))
        return f'url("{posixpath.relpath(target, folder)}")'

    text = re.sub(r"/\*.*?\*/", "", read(path), flags=re.S)
    before, text = _imports(text)
    return "".join(map(imported, before)) + ADDRESS.sub(moved, text)


def _imports(text):
    pattern = re.compile(r"@import\s+(?:url\()?\s*[\"']([^\"']+)[\"']\s*\)?\s*;")
    return list(pattern.finditer(text)), pattern.sub("", text)


def _rules(css, used, unwanted):
    """Return the rules that the site uses."""
    rules = []
    for node in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True):
        if node.type == "qualified-rule":
            selectors = [_compact(part) for part in _split(node.prelude) if _names(part) <= used]
            selectors = [selector for selector in selectors if not unwanted.search(selector)]
            if selectors:
                rules.append(_ruleset(",".join(selectors), node.content))
        elif node.type == "at-rule" and node.lower_at_keyword in NESTED and node.content is not None:
            inside = _rules(node.content, used, unwanted)
            rules.append(Rule(f"@{node.at_keyword} {_compact(node.prelude)}", rules=inside))
        elif node.type == "at-rule" and node.lower_at_keyword != "charset":
            text = ";" if node.content is None else f"{{{_compact(node.content)}}}"
            rules.append(Rule(f"@{node.at_keyword} {_compact(node.prelude)}", text=text))
        elif node.type == "error":
            raise ValueError(f"line {node.source_line}: {node.message}")
    return [rule for rule in rules if not unwanted.search(_written([rule._replace(head="", rules=())]))]


def _written(rules, read=None, without=()):
    """Return rules as text, ``without`` some, and with the custom properties in ``read`` if that is given."""
    written = []
    for rule in rules:
        if rule.head in without:
            continue
        inside = _written(rule.rules, read, without) + "".join(
            text
            for name, text in rule.declarations
            if read is None or not name.startswith("--") or name in read
        )
        if rule.text or inside:
            written.append(rule.head + (rule.text or f"{{{inside}}}"))
    return "".join(written)


def _split(tokens):
    """Split the tokens of a selector list at its commas."""
    return [list(part) for comma, part in groupby(tokens, lambda token: token == ",") if not comma]


def _names(selector):
    """Return the tags, classes and ids an element must have; what :not(), :is() and others list, may miss."""
    names, before = set(), None
    for token in selector:
        if token.type == "hash":
            names.add(token.value)
        elif token.type == "ident" and before != ":":
            names.add(token.value if before == "." else token.lower_value)
        before = token.value if token.type == "literal" else None
    return names


def _ruleset(selectors, tokens):
    parts = tinycss2.parse_blocks_contents(tokens, skip_comments=True, skip_whitespace=True)
    if any(part.type != "declaration" for part in parts):
        return Rule(selectors, text=f"{{{_compact(tokens)}}}")
    important = {True: "!important", False: ""}
    texts = (f"{part.name}:{_compact(part.value)}{important[part.important]};" for part in parts)
    return Rule(selectors, declarations=[(part.name, text) for part, text in zip(parts, texts, strict=True)])


def _compact(tokens):
    kept = (token for token in tokens if token.type != "comment")
    return re.sub(r"\s+", " ", tinycss2.serialize(kept)).strip()
