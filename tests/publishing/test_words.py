"""What the site says of itself stands in one table, English and Dutch side by side, and all of it is said."""

import ast
import re
from importlib.util import find_spec
from itertools import chain
from pathlib import Path

import nbformat
import pytest
import sphinx.writers.html5
import yaml
from conftest import ROOT

from doorgroeien.publishing.words import SiteWordsError, in_dutch, phrase, read_words, section
from doorgroeien.results.register import records
from doorgroeien.sphinxext.around.dutch import CATALOGUES, catalogue

SOURCE = ROOT / "src" / "doorgroeien"
WINGS = (SOURCE / "publishing", SOURCE / "sphinxext")
CODE = {path: ast.parse(path.read_text("utf-8")) for wing in WINGS for path in sorted(wing.rglob("*.py"))}
OF_A_PAGE = {
    path: path.read_text("utf-8")
    for path in sorted((SOURCE / "sphinxext").rglob("*"))
    if path.suffix in (".html", ".js", ".jinja")
}
# By language, and no words: the names that BibTeX and Open Graph have for it.
CODES = {"LANGUAGE_NAMES", "LOCALES"}
DUTCH = re.compile(
    r"\b(aan|deze|een|het|met|niet|naar|van|voor|antwoorden|bladzijde|boek|versie)\b", re.IGNORECASE
)
# Of codes in tables, which no code names.
OF_TABLES = {"document-type", "part-of-year", "qualifier", "size-class"}
CALL = re.compile(r"\bphrase\(([^)]*)\)")
JOINED = re.compile(r"\bphrase\(`([\w-]+)\$\{")  # a key that a script puts together
QUOTED = re.compile(r"""["']([\w.-]+)["'](\s*~)?""")
KEYS = {
    f"{name}.{key}"
    for name in re.findall(r"^\[([\w-]+)\]", (SOURCE / "publishing/words.toml").read_text("utf-8"), re.M)
    for key in section(name)
}


def calls(tree, *names):
    """Return the first argument of each call of one of the functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield node.args[0]


def strings(tree):
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def pattern(joined):
    """Return what keys an f-string can give: what is filled in is a string of the code."""
    parts = (
        re.escape(part.value) if isinstance(part, ast.Constant) else r"([\w-]+)" for part in joined.values
    )
    return re.compile("".join(parts))


def said_in_code():
    """Return the keys that the code names, and those that it can put together."""
    texts = set().union(*(strings(tree) for tree in CODE.values()))
    kinds = texts | strings(ast.parse((SOURCE / "results" / "records.py").read_text("utf-8")))
    said = texts & KEYS
    for argument in chain.from_iterable(calls(tree, "phrase") for tree in CODE.values()):
        if isinstance(argument, ast.JoinedStr):
            found = [match for match in map(pattern(argument).fullmatch, KEYS) if match]
            assert found, ast.unparse(argument)
            said |= {match[0] for match in found if set(match.groups()) <= kinds}
    return said


def said_in_pages():
    """Return the keys that templates and scripts name; a script names those of its own section."""
    said = set()
    for path, text in OF_A_PAGE.items():
        start = "script." if path.suffix == ".js" else ""
        for arguments in CALL.findall(text):
            for name, joined in QUOTED.findall(arguments):
                said |= {name + key for key, _ in QUOTED.findall(text)} & KEYS if joined else {start + name}
        quoted = {key for key, _ in QUOTED.findall(text)}
        for start in JOINED.findall(text):
            ends = {
                key: key.removeprefix(f"script.{start}") for key in KEYS if key.startswith(f"script.{start}")
            }
            said |= {key for key, end in ends.items() if {end, end.removesuffix("s")} & quoted}
    return {key for key in said if "." in key}


def test_every_key_that_the_code_or_a_page_names_has_an_entry():
    named = {
        node.value
        for tree in CODE.values()
        for node in calls(tree, "phrase")
        if isinstance(node, ast.Constant)
    }
    assert len(named) > 30 and named <= KEYS
    assert len(said_in_pages()) > 12 and said_in_pages() <= KEYS


def test_every_entry_is_said():
    used = chain.from_iterable(calls(tree, "section", "in_dutch") for tree in CODE.values())
    whole = {argument.value for argument in used if isinstance(argument, ast.Constant)}
    scan = {"scan", "scan-peers", "scan-role"}
    own = {"code", "column", "label", "note", "part", "reference", "script", "theme"}
    assert whole == {*own, *scan, *OF_TABLES}
    kept = {key for key in KEYS if key.split(".")[0] in whole - {"script"}}
    assert KEYS - kept - said_in_code() - said_in_pages() == set()


def test_the_sections_that_are_used_whole_name_what_is_there():
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["sphinx"]["config"]
    assert {f"{label} %s" for label in in_dutch("label")} <= set(config["numfig_format"].values())
    packages = ("sphinx_book_theme", "pydata_sphinx_theme", "jupyter_book")
    folders = [Path(find_spec(name).origin).parent for name in packages]
    files = [path for folder in folders for path in folder.rglob("*") if path.suffix in (".html", ".py")]
    texts = [path.read_text("utf-8") for path in (*files, Path(sphinx.writers.html5.__file__))]
    for words in in_dutch("theme"):
        assert any(words in text for text in texts), words
    works = (ROOT / "book" / "references.bib").read_text("utf-8")
    assert [words for words in in_dutch("note") if words not in works] == []


def test_names_and_codes_of_data_are_those_of_a_figure():
    found = [
        record["data"]
        for path in sorted((ROOT / "notebooks").glob("*.ipynb"))
        for cell in nbformat.read(path, as_version=4).cells
        for record in records(cell.get("outputs", ()))
        if record["kind"] == "figure"
    ]
    columns = {re.sub("_(en|nl)$", "", name) for data in found for name in data["columns"]}
    cells = {cell for data in found for row in data["rows"] for cell in row}
    assert in_dutch("column").keys() <= columns
    assert in_dutch("code").keys() <= cells


def test_no_entry_says_what_a_catalogue_says():
    for domain in CATALOGUES:
        other = catalogue.__wrapped__(domain)
        other._fallback = None
        assert {words for words in in_dutch("theme") if other.gettext(words) != words} == set(), domain


def bilingual(tree):
    """Return the lines of dictionaries that hold words by language, but for those of codes."""
    codes = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and {target.id for target in node.targets if isinstance(target, ast.Name)} & CODES
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict) and node not in codes:
            keys = {key.value for key in node.keys if isinstance(key, ast.Constant)}
            # The end of an address is no word.
            words = any(
                re.search(r"(?<![.\w])[a-z]{2}", text, re.I)
                for value in node.values
                for text in strings(value)
            )
            if keys >= {"en", "nl"} and words:
                yield node.lineno


def dutch(tree):
    """Return the Dutch in the strings of a module; what describes it is English."""
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            if (
                isinstance(child, ast.Constant)
                and isinstance(child.value, str)
                and not isinstance(node, ast.Expr)
            ):
                yield from DUTCH.findall(child.value)


def test_no_words_in_two_languages_are_left_in_the_code():
    assert {str(path): [*bilingual(tree)] for path, tree in CODE.items() if [*bilingual(tree)]} == {}
    assert {str(path): [*dutch(tree)] for path, tree in CODE.items() if [*dutch(tree)]} == {}


def test_no_dutch_is_left_in_templates_and_scripts():
    assert {str(path): DUTCH.findall(text) for path, text in OF_A_PAGE.items() if DUTCH.findall(text)} == {}
    for path, text in OF_A_PAGE.items():
        assert not re.search(r'=== "nl" \? "|\blang="nl"[^<>]*>\s*[^\s<{]', text), path


@pytest.mark.parametrize(
    "code, found",
    [
        ("WORDS = {'en': 'Figure', 'nl': 'Figuur'}", True),
        ("WORDS = {'en': {'a': ('One', 'two')}, 'nl': {'a': ('Een', 'twee')}}", True),
        ("phrase({'nl': f'Tabel {n}', 'en': f'Table {n}'}[lang])", True),
        ("LOCALES = {'en': 'en_GB', 'nl': 'nl_NL'}", False),
        ("pages = {'en': f'{start}.html', 'nl': f'{summary}.html'}", False),
        ("names = {'en': english, 'nl': dutch}", False),
    ],
)
def test_words_by_language_are_told_from_codes_and_addresses(code, found):
    assert bool([*bilingual(ast.parse(code))]) == found


def test_words_are_given_in_their_language_with_their_fields_filled_in():
    assert phrase("label.figure", "en") == "Figure" and phrase("label.figure", "nl") == "Figuur"
    assert phrase("page.time", "nl", minutes=4) == "Ongeveer 4 minuten lezen"
    assert section("label")["table"] == {"en": "Table", "nl": "Tabel"}
    assert in_dutch("label")["Table"] == "Tabel"


@pytest.mark.parametrize(
    "key, language, fields, message",
    [
        ("page.hours", "en", {}, "words.toml has no page.hours. Add it, with its English and its Dutch."),
        ("page.time", "en", {}, "words.toml, page.time: asks for minutes, and is given nothing."),
        ("page.time", "nl", {"hours": 1}, "words.toml, page.time: asks for minutes, and is given hours."),
        ("page.contents", "nl", {"n": 1}, "words.toml, page.contents: asks for nothing, and is given n."),
        ("page.contents", "de", {}, "words.toml, page.contents: has no language 'de', but en, nl."),
    ],
)
def test_what_cannot_be_said_is_named(key, language, fields, message):
    with pytest.raises(SiteWordsError, match=f"^{re.escape(message)}$"):
        phrase(key, language, **fields)


@pytest.mark.parametrize(
    "entry, message",
    [
        ('a = ["One"]', "words.toml, x.a: expected [English, Dutch], and found ['One']."),
        ('a = "One"', "words.toml, x.a: expected [English, Dutch], and found 'One'."),
        ('a = ["One", ""]', "words.toml, x.a: expected English and Dutch, and found ['One', '']."),
        ('a = ["One", 1]', "words.toml, x.a: expected English and Dutch, and found ['One', 1]."),
        ('a = ["{n} one", "{m} één"]', "words.toml, x.a: the English asks for n, the Dutch for m."),
        ('a = ["{n one", "een"]', "words.toml, x.a: expected '}' before end of string."),
        ("a = ", "words.toml: expected sections of words, and found: Invalid value (at end of document)"),
    ],
)
def test_a_broken_entry_is_named(tmp_path, entry, message):
    file = tmp_path / "words.toml"
    file.write_text(f"[x]\n{entry}", encoding="utf-8")
    with pytest.raises(SiteWordsError, match=f"^{re.escape(message)}$"):
        read_words(file)


def test_all_broken_entries_are_named_at_once(tmp_path):
    file = tmp_path / "words.toml"
    file.write_text("a = 1\n", encoding="utf-8")
    with pytest.raises(SiteWordsError, match="expected sections of words"):
        read_words(file)
    file.write_text('[x]\na = ["One"]\nb = ["Two", "Twee"]\nc = []\n', encoding="utf-8")
    with pytest.raises(SiteWordsError, match=r"x\.a.*\n.*x\.c"):
        read_words(file)
