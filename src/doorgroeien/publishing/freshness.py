"""The key of a site: the content of all it follows from, by which a build knows that nothing is to be done.

The site carries it in :data:`KEY`, with a digest of its own files. It covers the files of the book and of
this package, whatever else the pages take in, the installed packages, what git says, and the survey answers.
Times count for nothing but to notice what is written while the site is made.
"""

import hashlib
import json
import os
import sys
from pathlib import Path

from doorgroeien.data.paths import survey_path
from doorgroeien.publishing.repository import changed, commit_of, last_changes, tags

__all__ = ["KEY", "inputs", "is_current", "reseal", "seal", "touched"]

KEY = ".key"
PACKAGE = Path(__file__).parents[1]
# Jupyter Book takes in a folder _static, if there is one.
PLACES = (
    *("book", "notebooks", "data", "_static"),
    *("_config.yml", "_toc.yml", "CITATION.cff", "CHANGELOG.md", "requirements.lock"),
)
CACHES = {"__pycache__", ".ipynb_checkpoints"}


def inputs(root: Path, beside=()) -> dict[str, str]:
    """Return, by name, the digest of everything that the site of the book below ``root`` follows from.

    ``beside`` names files and folders elsewhere that pages take in, as paths from ``root``.
    """
    digests = {name: _digest(path.read_bytes()) for name, path in _files(root, beside).items()}
    clean = [changed(root, untracked) == [] for untracked in (True, False)]
    facts = {
        "Python and packages": [sys.version, _packages()],
        # All that pages and version.json say of the commit.
        "git": [commit_of(root), clean, tags(root)],
        "dates": sorted((name, str(day)) for name, day in last_changes(root).items()),
        "SOURCE_DATE_EPOCH": os.environ.get("SOURCE_DATE_EPOCH"),
        "SURVEY": _answers(root),
    }
    return digests | {name: _digest(json.dumps(fact).encode()) for name, fact in facts.items()}


def touched(root: Path, beside, since: int) -> set[str]:
    """Return the files among :func:`inputs` that were written at the time ``since`` or later.

    The time is in nanoseconds, by the clock of the disk: when the status of something changed there.
    """
    return {name for name, path in _files(root, beside).items() if path.stat().st_ctime_ns >= since}


def is_current(site: Path, root: Path) -> bool:
    """Tell whether a site is that of the book as it stands, and its files are those that were written."""
    carried = _carried(site)
    return carried is not None and carried["inputs"] == inputs(root, carried["beside"])


def seal(site: Path, key: dict[str, str], beside=()):
    """Let a site carry the key of what it follows from."""
    content = {"inputs": key, "beside": sorted(beside), "site": _content(site)}
    (site / KEY).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def reseal(site: Path):
    """Let a site keep its key, if it has one, after something was added to its files."""
    if (site / KEY).is_file():
        carried = json.loads((site / KEY).read_text(encoding="utf-8"))
        seal(site, carried["inputs"], carried["beside"])


def _carried(site):
    try:
        carried = json.loads((site / KEY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return carried if carried["site"] == _content(site) else None


def _content(site):
    """Return the digest of all files of a site."""
    files = ((path.relative_to(site).as_posix(), path) for path in _below(site) if path.name != KEY)
    return _digest(json.dumps([(name, _digest(path.read_bytes())) for name, path in files]).encode())


def _files(root, beside):
    """Return the files that a site follows from, by name."""
    files = {}
    for name in (*PLACES, *beside):
        found = _below(root / name) if (root / name).is_dir() else [root / name]
        files |= {os.path.relpath(path, root): path for path in found if path.is_file()}
    return files | {f"doorgroeien/{path.relative_to(PACKAGE).as_posix()}": path for path in _below(PACKAGE)}


def _below(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file() and not CACHES & set(path.parts))


def _packages():
    """Return what is installed: the names of the folders that describe it have its name and version."""
    return sorted(path.name for folder in sys.path if folder for path in Path(folder).glob("*-info"))


def _answers(root):
    path = survey_path(root)
    if path is None:
        return None
    from doorgroeien.intake.check import package_digest
    from doorgroeien.intake.readers.blocks import Unreadable  # and with it all that reads packages

    try:
        return package_digest(path, root)
    except Unreadable:  # the build says why
        return "unreadable"


def _digest(content):
    return hashlib.sha256(content).hexdigest()
