"""A book on answers from elsewhere: where it is built, and what must hold before anybody may read it."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from doorgroeien.data.paths import survey_path
from doorgroeien.publishing.workspace import private

# Whoever asks for the folder of the book's own site need not wait for all that reads packages.
if TYPE_CHECKING:
    from collections.abc import Iterable

    from doorgroeien.intake.check import Package
    from doorgroeien.results.records import Bilingual, Record
    from doorgroeien.survey.answers import Edition

__all__ = [
    "BuildError",
    "build_folder",
    "checked_package",
    "elsewhere",
    "named_after",
    "refuse_identifiers",
    "restricted",
]


class BuildError(Exception):
    """The site could not be built; the previous one still stands."""


def elsewhere(root: Path) -> Edition | None:
    """Return the edition of the package that ``SURVEY`` names; ``None`` for the reference survey."""
    path = survey_path(root)
    if path is None:
        return None
    files = [path, *sorted(path.iterdir())] if path.is_dir() else [path]
    return _edition(path, root, tuple((file, file.stat().st_mtime_ns) for file in files if file.exists()))


@lru_cache(maxsize=1)
def _edition(path, root, changed):
    """Return the edition of a package that was ``changed`` then: every number on every page asks for it."""
    from doorgroeien.intake.check import edition_of

    return edition_of(path, root)


def named_after(editions: Iterable[Bilingual], root: Path) -> list[Bilingual]:
    """Return those of ``editions`` that what rests on them is named after.

    That is the edition of the answers which ``SURVEY`` names, where it is among them: draws of the method
    have that of the reference survey, and a page that quotes how often they are right is not named after it.
    """
    listed, own = list(editions), elsewhere(root)
    mine = [edition for edition in listed if own and (edition["en"], edition["nl"]) == own.names]
    return mine or listed


def build_folder(root: Path) -> Path:
    """Return the folder of the site and of what is kept for it; each edition has its own."""
    edition = elsewhere(root)
    return root / "_build" if edition is None else root / "_build" / edition.edition


def restricted(root: Path) -> AbstractContextManager[None]:
    """Return a context in which what is built on real answers is for their owner's eyes alone."""
    edition = elsewhere(root)
    return nullcontext() if edition is None or edition.synthetic else private(build_folder(root))


def checked_package(root: Path, say) -> Package:
    """Return the package that ``SURVEY`` names; raise :class:`BuildError` unless it is sound and safe.

    The error shows no value: a build log may be read by others than the owner of the answers.
    """
    from doorgroeien.data.faults import withheld
    from doorgroeien.intake.check import read_package

    path = survey_path(root)
    assert path is not None, "SURVEY is set"
    package = read_package(path, root, say)
    if package.problems:
        lines = "\n".join(f"  {withheld(problem)}" for problem in package.problems)
        count = len(package.problems)
        raise BuildError(
            f"The survey package has {count} problem{'s' if count > 1 else ''}; nothing was built.\n{lines}\n"
            f"Values are left out here; `doorgroeien check {path}` shows them."
        )
    edition = package.tables["edition"].iloc[0]
    count = len(package.tables["respondents"])
    say(f"Survey: edition {edition['edition']}, {count:,} respondents, sound")
    if package.warnings:
        many = "s" if len(package.warnings) > 1 else ""
        say(f"  {len(package.warnings)} warning{many}; `doorgroeien check` shows what is worth a look")
    return package


def refuse_identifiers(executed: dict, package: Package):
    """Raise :class:`BuildError` where a result names a respondent, or has a row for a municipality.

    Identifiers of respondents that are numbers cannot be told from results, and pass. Names of
    municipalities may stand in a text, and not in the data of a result on survey answers.
    """
    from doorgroeien.results.register import Register

    known = package.tables["respondents"]["respondent"]
    known = set(known[~known.str.fullmatch(r"[\d.,-]+")])
    frame = package.tables["municipalities"]
    towns = set(frame["municipality"]) - set(frame["stratum"])
    register = Register()
    for path, notebook in executed.items():
        register.read(path.with_suffix("").as_posix(), notebook)
    named = [name for name, record in register.records.items() if _words(record) & known]
    named += [
        name for name, record in register.records.items() if record["edition"] and _cells(record) & towns
    ]
    if named:
        raise BuildError(
            f"These results name a respondent or a municipality: {', '.join(dict.fromkeys(named))}. "
            "Publish totals, never single answers."
        )


def _cells(record: Record) -> set[str]:
    """Return the texts in the data of a figure or table, and the words that complete the id of a number."""
    rows = [] if record["kind"] == "number" else record["data"]["rows"]
    parts = {part for part in record["id"].split(".")[1:] if not part.isdecimal()}
    return parts | {cell for row in rows for cell in row if isinstance(cell, str)}


def _words(value: object) -> set[str]:
    """Return the texts in a record, and the words in them."""
    if isinstance(value, str):
        return {value, *re.split(r"[\s,;:()]+", value)}
    if isinstance(value, dict):
        value = [*value, *value.values()]
    return set().union(*map(_words, value)) if isinstance(value, list) else set()
