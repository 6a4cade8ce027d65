"""What the tests share: the book's root, copies of the book to break, and a built site."""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from doorgroeien import reference
from doorgroeien.instrument import load_instrument
from doorgroeien.repository import own_environment
from doorgroeien.survey import load_survey

# The tests are about the book as it ships: whatever the owner of answers has set, whichever git hook runs
# them, and whatever git does for the person who does.
for name in ("SURVEY", "SOURCE_DATE_EPOCH"):
    os.environ.pop(name, None)
for name in os.environ.keys() - own_environment().keys():
    del os.environ[name]
os.environ |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
ROOT = Path(__file__).resolve().parents[1]
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "_build", "node_modules", "__pycache__", ".*_cache", ".hypothesis"
)


def run(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess:
    """Run ``python ARGUMENTS`` in a copy of the book, with the package of that copy."""
    environment = os.environ | {"PYTHONPATH": str(folder / "src")} | variables
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def build(folder: Path, **variables: str) -> subprocess.CompletedProcess:
    """Build a copy of the book as ``make book`` does."""
    return run(folder, "-m", "doorgroeien", "build", **variables)


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder, as nobody in particular, and return what it says."""
    command = ["git", "-C", str(folder), "-c", "user.name=Nobody", "-c", "user.email=nobody@example.org"]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def runs(pid):
    """Tell whether a process runs; one that nobody has waited for yet does not."""
    try:
        return Path("/proc", str(pid), "stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until(true, seconds=60):
    """Wait until something is true, and tell whether it became so in time."""
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.1)
    return true()


def replace(path: Path, old: str, new: str):
    """Replace ``old``, which must occur once, in a file."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{path}: {old!r} occurs {text.count(old)} times"
    path.write_text(text.replace(old, new), encoding="utf-8")


def digest(folder):
    """Return the hashes of all files below ``folder``."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def add_notebook(book, *code):
    """Add a notebook with ``code`` cells to the book, as ``notebooks/extra``."""
    cells = [nbformat.v4.new_markdown_cell("# Extra")]
    cells += [nbformat.v4.new_code_cell(source) for source in code]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), book / "notebooks" / "extra.ipynb")
    replace(
        book / "_toc.yml",
        "      - file: notebooks/documents\n",
        "      - file: notebooks/documents\n      - file: notebooks/extra\n",
    )


@pytest.fixture(scope="session")
def root():
    """Return the folder of the book."""
    return ROOT


@pytest.fixture
def data_copy(tmp_path):
    """Return a folder with a copy of the data and the bibliography."""
    shutil.copytree(ROOT / "data", tmp_path / "data")
    (tmp_path / "book").mkdir()
    shutil.copy(ROOT / "book" / "references.bib", tmp_path / "book")
    return tmp_path


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """Return a copy of the book with its site built; tests read it and do not change it.

    The person who builds it has odd settings, which no page may show.
    """
    folder = tmp_path_factory.mktemp("built") / "the book"
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
    odd = folder.parent / "docutils.conf"
    odd.write_text("[general]\ninput_encoding: latin-1\nlanguage_code: de\n", encoding="utf-8")
    done = build(folder, DOCUTILSCONFIG=str(odd), LC_ALL="C", LANGUAGE="nl", TZ="Pacific/Kiritimati")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="session")
def site(built):
    """Return the folder of the built site."""
    return built / "_build" / "html"


@pytest.fixture
def book_copy(built, tmp_path):
    """Return a copy of the book, with its site, to break."""
    folder = tmp_path / "book"
    shutil.copytree(built, folder)
    return folder


@pytest.fixture(scope="session")
def complete(root, tmp_path_factory):
    """Return a survey in which everybody is asked and answers everything, and its truth."""
    folder, patch = tmp_path_factory.mktemp("complete"), pytest.MonkeyPatch()
    always, never = 60.0, -60.0
    patch.setattr(reference, "SAMPLE_2005", dict.fromkeys(reference.SAMPLE_2005))
    patch.setattr(reference, "INVITED", dict.fromkeys(reference.INVITED, 10_000))
    patch.setattr(reference, "TAKES_PART", dict.fromkeys(reference.TAKES_PART, always))
    patch.setattr(reference, "ANSWERS", dict.fromkeys(reference.ANSWERS, always))
    patch.setattr(reference, "DONT_KNOW", dict.fromkeys(reference.DONT_KNOW, never))
    for name in ("REFUSED", "REFUSED_SANCTIONS", "STOPS"):
        patch.setattr(reference, name, 0.0)
    reference.write_reference(folder, load_instrument(root), "letter", 3)
    patch.undo()
    truth = pd.read_csv(folder / "truth.csv")
    truth = truth[truth["domain"] == "all"].set_index(["estimand", "wave", "per"])["value"]
    return load_survey(folder, root), truth
