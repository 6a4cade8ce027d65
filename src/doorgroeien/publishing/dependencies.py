"""What a notebook follows from, and one key of all that, so that what is stored is never stale.

While it runs, a kernel notes the modules of this package and the tables that it uses (``kernel.used``). They
stay the same until the notebook's code or one of them changes, so the note of the last run tells what to look
at now. A key covers the notebook's code and that of these modules, without comments and docstrings; these
tables, each with its schema; the citation keys of its results that the bibliography has; and the locked
versions of the packages that all this code imports, with what those require.
"""

import ast
import hashlib
import io
import json
import re
import tokenize
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from doorgroeien.data.paths import survey_path
from doorgroeien.data.tables import citation_keys, descriptor

__all__ = ["Surroundings", "Used", "bare", "digest"]

PACKAGE = Path(__file__).parents[1]
SHOWING = {"ipython"}  # only hands over what is put out, so that what it requires does not matter


@dataclass(frozen=True)
class Used:
    """What a notebook used when it ran, each in alphabetical order."""

    modules: list[str]
    tables: list[str]
    words: list[str]
    packages: list[str]
    sources: list[str]


def digest(value) -> str:
    """Return a hash of a JSON value."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


class Surroundings:
    """The book around its notebooks as it is now: data, package, lock, bibliography, answers elsewhere.

    Each part is read once, and only when asked for.
    """

    def __init__(self, root: Path):
        """Look at the book below ``root``."""
        self.root = root
        self._tables = {resource["name"]: resource for resource in descriptor(root)["resources"]}
        lock = (root / "requirements.lock").read_text(encoding="utf-8")
        self._versions: dict[str, list[str]] = defaultdict(list)  # several where they differ by Python
        for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\\\n]+)", lock, re.MULTILINE):
            self._versions[canonicalize_name(name)].append(version.strip())
        self._known = citation_keys(root)
        self._code, self._content = cache(self._code_of), cache(self._content_of)
        path = survey_path(root)
        self._answers = None
        if path is not None:
            # With readers of all formats, which the book as it ships does without.
            from doorgroeien.intake.check import package_digest

            self._answers = package_digest(path, root)

    def key(self, code: list[str], use: Used) -> str:
        """Return the key of a notebook with these code cells that uses what ``use`` says."""
        return digest(
            {
                "code": [bare(cell) for cell in code],
                "modules": {name: self._code(name) for name in use.modules},
                "tables": {name: self._content(name) for name in use.tables},
                "words": {name: self._words_of(name) for name in use.words},
                "answers": self._answers,
                "sources": [name for name in use.sources if name in self._known],
                "packages": {name: self._versions.get(name) for name in use.packages},
            }
        )

    def packages(self, code: list[str], modules: list[str]) -> list[str]:
        """Return the locked packages that the code cells and the modules import, with what those require."""
        texts = code + [_file(name).read_text(encoding="utf-8") for name in modules]
        tops = {name.partition(".")[0] for text in texts for name in _imports(text)}
        distributions = packages_distributions()
        direct = {canonicalize_name(name) for top in tops for name in distributions.get(top, ())}
        return sorted((_with_requirements(direct - SHOWING) | direct) & set(self._versions))

    def _code_of(self, name):
        path = _file(name)
        return digest(bare(path.read_text(encoding="utf-8"))) if path.is_file() else None

    def _words_of(self, name):
        path = self.root / name
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None

    def _content_of(self, name):
        resource = self._tables.get(name)
        if resource is None:
            return None
        path = self.root / "data" / resource["path"]
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
        schema = {part: value for part, value in resource.items() if part not in ("hash", "bytes")}
        return digest([content, schema])


@cache
def bare(source: str) -> str:
    """Return Python source without comments, docstrings and blank lines."""
    lines = source.splitlines()
    gone = [(token.start, token.end) for token in _tokens(source) if token.type == tokenize.COMMENT]
    gone += [_span(lines, node) for node in _docstrings(ast.parse(source))]
    for (first, start), (last, end) in sorted(gone, reverse=True):
        kept = lines[first - 1][:start] + lines[last - 1][end:]
        lines[first - 1 : last] = [kept]
    return "\n".join(line.rstrip() for line in lines if line.strip())


def _tokens(source):
    return tokenize.generate_tokens(io.StringIO(source).readline)


def _docstrings(tree):
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    for node in ast.walk(tree):
        if isinstance(node, kinds) and ast.get_docstring(node, clean=False) is not None:
            yield node.body[0]


def _span(lines, node):
    """Return where a node begins and ends, in lines and characters; ``ast`` counts bytes."""
    ends = ((node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset))
    return tuple((line, len(lines[line - 1].encode()[:column].decode())) for line, column in ends)


def _file(module):
    path = PACKAGE.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _imports(source):
    """Give the names of the modules that a piece of code imports, at whatever depth."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module


def _with_requirements(names):
    """Return distributions with all that they require, here and now, extras left out."""
    found, ahead = set(), set(names)
    while ahead:
        name = ahead.pop()
        found.add(name)
        try:
            wanted = [Requirement(text) for text in requires(name) or ()]
        except PackageNotFoundError:
            continue
        chosen = (one for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""}))
        ahead |= {canonicalize_name(one.name) for one in chosen} - found
    return found
