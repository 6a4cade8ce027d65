"""The site's own words, English and Dutch side by side in ``words.toml``, looked up by key."""

import tomllib
from functools import cache
from pathlib import Path
from string import Formatter

from doorgroeien.results.formats import LANGUAGES
from doorgroeien.results.records import Language

__all__ = ["SiteWordsError", "in_dutch", "read_words", "phrase", "section"]

FILE = Path(__file__).with_suffix(".toml")
Pair = dict[Language, str]


class SiteWordsError(ValueError):
    """The words of the site are not in order; the message names the file and every key."""


def phrase(key: str, language: str, **fields: object) -> str:
    """Return the words under ``section.key`` in a language, with their ``fields`` filled in.

    Raises :class:`SiteWordsError` for a key without entry and for fields that the words do not name.
    """
    words = _words()
    if key not in words:
        raise SiteWordsError(f"{FILE.name} has no {key}. Add it, with its English and its Dutch.")
    if language not in LANGUAGES:
        raise SiteWordsError(f"{FILE.name}, {key}: has no language {language!r}, but {', '.join(LANGUAGES)}.")
    text = words[key][language]
    if set(fields) != _fields(text):
        raise SiteWordsError(
            f"{FILE.name}, {key}: asks for {_listed(_fields(text))}, and is given {_listed(set(fields))}."
        )
    return text.format(**fields)


def section(name: str) -> dict[str, Pair]:
    """Return the words of a section by key, each as ``{language: text}``."""
    start = f"{name}."
    return {key.removeprefix(start): pair for key, pair in _words().items() if key.startswith(start)}


def in_dutch(name: str) -> dict[str, str]:
    """Return the words of a section, each in English with its Dutch."""
    return {pair["en"]: pair["nl"] for pair in section(name).values()}


def read_words(file: Path) -> dict[str, Pair]:
    """Return all words by ``section.key``.

    Raises :class:`SiteWordsError` with every key that does not have both halves, each with the same fields.
    """
    try:
        sections = tomllib.loads(file.read_text(encoding="utf-8"))
        pairs = {f"{name}.{key}": pair for name, words in sections.items() for key, pair in words.items()}
    except (tomllib.TOMLDecodeError, AttributeError) as error:
        raise SiteWordsError(f"{file.name}: expected sections of words, and found: {error}") from None
    broken = [f"{file.name}, {key}: {fault}" for key, pair in pairs.items() if (fault := _fault(pair))]
    if broken:
        raise SiteWordsError("\n".join(broken))
    return {key: dict(zip(LANGUAGES, pair, strict=True)) for key, pair in pairs.items()}


def _fault(pair: object) -> str | None:
    """Return what is wrong with an entry, if anything."""
    if not (isinstance(pair, list) and len(pair) == len(LANGUAGES)):
        return f"expected [English, Dutch], and found {pair!r}."
    if not all(isinstance(text, str) and text for text in pair):
        return f"expected English and Dutch, and found {pair!r}."
    try:
        english, dutch = map(_fields, pair)
    except ValueError as error:
        return f"{error}."
    if english != dutch:
        return f"the English asks for {_listed(english)}, the Dutch for {_listed(dutch)}."
    return None


def _fields(text: str) -> set[str]:
    """Return the names in braces."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"


@cache
def _words() -> dict[str, Pair]:
    return read_words(FILE)
