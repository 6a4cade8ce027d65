"""What the tests share: two tiers, the book's root, copies of the book to break, and a built site.

A test is slow where it uses the built site, is a cell of a notebook, or has the mark ``slow``; all others are
unit tests. A unit test that starts a process fails, and one that takes long is named in the summary of
warnings, so that none gets into the wrong tier unnoticed.
"""

import fcntl
import gc
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pandas as pd
import pytest
import yaml
from bs4 import BeautifulSoup

from doorgroeien.intake.loading import load_survey
from doorgroeien.publishing.repository import own_environment
from doorgroeien.results.register import MIME
from doorgroeien.synthetic import population

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
SECONDS = 2  # of processor time for a unit test; most take a tenth
_running = None


def pytest_collection_modifyitems(items):
    """Mark what is slow, and sort files: first one that has the site built, last those that take least.

    So no worker waits for the site while there is other work, and none ends long after the others.
    """
    cells = [item for item in items if not isinstance(item, pytest.Function)]
    site = [item for item in items if "built" in getattr(item, "fixturenames", ())]
    for item in cells + site:
        item.add_marker(pytest.mark.slow)
    slow = [item for item in items if item.get_closest_marker("slow")]
    first, *others = dict.fromkeys(item.path for item in site) or [None]
    later = {*others, *(item.path for item in cells)}
    files = [first, *(item.path for item in slow if item.path not in later), *others]
    files += [item.path for item in cells + items]
    rank = {path: place for place, path in enumerate(dict.fromkeys(files))}
    items.sort(key=lambda item: rank[item.path])


def pytest_collection_finish():
    """Leave what is imported out of garbage collection, which would walk all of it again and again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Note which test runs."""
    global _running
    _running = item
    try:
        return (yield)
    finally:
        _running = None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Name a unit test that takes long."""
    started = time.process_time()
    result = yield
    taken = time.process_time() - started
    if taken > SECONDS and not item.get_closest_marker("slow"):
        advice = "Make it quicker, or mark it slow."
        item.warn(
            pytest.PytestWarning(f"{taken:.1f} s of processor time, expected at most {SECONDS}. {advice}")
        )
    return result


def _forbid_processes(event, arguments):
    if event == "subprocess.Popen" and _running and not _running.get_closest_marker("slow"):
        program = Path(os.fsdecode(arguments[0])).name
        if program != "git":
            raise RuntimeError(f"{program} is started by a test without the mark slow")


sys.addaudithook(_forbid_processes)


def run(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess:
    """Run ``python ARGUMENTS`` in a copy of the book, with the package of that copy.

    Options that pytest was given in the environment are not for tests that run pytest.
    """
    environment = os.environ | {"PYTHONPATH": str(folder / "src"), "PYTEST_ADDOPTS": ""} | variables
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


def small_book(folder):
    """Write a copy of the book with one chapter and a page in each language that shows its numbers.

    It is built in a third of the time of the whole book. Its site is one of an earlier build.
    """
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
    chapters = ("notebooks/triangulation", "notebooks/registers-in-context")  # to which the first one leads
    names = (*chapters, "book/samenvatting", "book/how-to-cite", "book/references")
    part = {"caption": "Evidence", "chapters": [{"file": name} for name in names]}
    toc = {"format": "jb-book", "root": "book/index", "parts": [part]}
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc), encoding="utf-8")
    numbers = "".join(
        f"- {{num}}`{record['id']}`\n"
        for cell in nbformat.read(folder / "notebooks" / "triangulation.ipynb", as_version=4).cells
        for output in cell.get("outputs", [])
        for record in output.get("data", {}).get(MIME, {}).get("records", [])
        if record["kind"] == "number"
    )
    (folder / "book" / "index.md").write_text(f"# Book\n\nFirst.\n\n{numbers}", encoding="utf-8")
    dutch = f"---\nlanguage: nl\n---\n\n# Samenvatting\n\nEerst.\n\n{numbers}"
    (folder / "book" / "samenvatting.md").write_text(dutch, encoding="utf-8")
    (folder / "book" / "how-to-cite.md").write_text("# How to cite\n\nSo.\n", encoding="utf-8")
    site = folder / "_build" / "html"
    site.mkdir(parents=True)
    (site / "index.html").write_text("An earlier build", encoding="utf-8")
    return folder


def without_draws(page: Path) -> str:
    """Return the text of a page without what rests on draws of the method, whatever the answers of the book.

    Those have the edition of the reference survey: the chapter on the validation, and its numbers elsewhere.
    """
    if page.name.startswith("validation."):
        return ""
    text = page.read_text(encoding="utf-8")
    if "validation." not in text:
        return text
    soup, drawn = BeautifulSoup(text, "html.parser"), 'a[href*="numbers/validation."], a[href^="validation."]'
    for table in soup.select("table"):
        below = table.find_next("p", class_="provenance") if table.select(drawn) else None
        if below:
            below.extract()
    for link in soup.select(drawn):
        (link.find_parent("span", class_="num") or link.find_parent(["tr", "li"]) or link).extract()
    return str(soup)


def add_notebook(book, *code):
    """Add a notebook with ``code`` cells to the book, as ``notebooks/extra``."""
    cells = [nbformat.v4.new_markdown_cell("# Extra")]
    cells += [nbformat.v4.new_code_cell(source) for source in code]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), book / "notebooks" / "extra.ipynb")
    path = book / "_toc.yml"
    toc = yaml.safe_load(path.read_text(encoding="utf-8"))
    toc["parts"][0]["chapters"].append({"file": "notebooks/extra"})
    path.write_text(yaml.safe_dump(toc, sort_keys=False), encoding="utf-8")


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


OPENED = "opened.json"
# Builds the book, and lists in a file the files that Python opens to read.
WATCHED = """
import json, os, sys
opened, listed = set(), sys.argv.pop()

def note(event, arguments):
    if event == "open" and not {*(arguments[1] or "w")} & {*"wax+"}:
        if isinstance(arguments[0], (str, bytes)):
            opened.add(os.path.abspath(os.fsdecode(arguments[0])))

sys.addaudithook(note)
from doorgroeien.cli import main
sys.argv = ["doorgroeien", "build"]
try:
    main()
finally:
    with open(listed, "w") as file:
        json.dump(sorted(opened), file)
"""


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """Return a copy of the book with its site built, one for all workers; tests do not change it.

    The person who builds it has odd settings, which no page may show. Which files were opened is listed
    beside it.
    """
    place = tmp_path_factory.getbasetemp()
    place = place.parent if "PYTEST_XDIST_WORKER" in os.environ else place
    folder, done = place / "built" / "the book", place / "built" / "done"
    with (place / "built.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.copytree(ROOT, folder, ignore=LEFT_OUT, dirs_exist_ok=True)
            odd = folder.parent / "docutils.conf"
            odd.write_text("[general]\ninput_encoding: latin-1\nlanguage_code: de\n", encoding="utf-8")
            settings = {"LC_ALL": "C", "LANGUAGE": "nl", "TZ": "Pacific/Kiritimati"}
            listed = str(folder.parent / OPENED)
            finished = run(folder, "-c", WATCHED, listed, DOCUTILSCONFIG=str(odd), **settings)
            assert finished.returncode == 0, finished.stdout + finished.stderr
            done.touch()
    return folder


@pytest.fixture(scope="session")
def site(built):
    """Return the folder of the built site."""
    return built / "_build" / "html"


@pytest.fixture(scope="session")
def pages(root, site):
    """Return ``{name: parsed page}`` for the pages of the table of contents; tests do not change them."""
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    names = [toc["root"], *(chapter["file"] for part in toc["parts"] for chapter in part["chapters"])]
    return {name: BeautifulSoup((site / f"{name}.html").read_text("utf-8"), "html.parser") for name in names}


@pytest.fixture(scope="session")
def results(site):
    """Return the published results of the built site."""
    return json.loads((site / "results" / "results.json").read_text(encoding="utf-8"))


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
    patch.setattr(population, "SAMPLE", dict.fromkeys(population.SAMPLE))
    patch.setattr(population, "INVITED", dict.fromkeys(population.INVITED, 10_000))
    patch.setattr(population, "TAKES_PART", dict.fromkeys(population.TAKES_PART, always))
    patch.setattr(population, "ANSWERS", dict.fromkeys(population.ANSWERS, always))
    patch.setattr(population, "DONT_KNOW", dict.fromkeys(population.DONT_KNOW, never))
    for name in ("REFUSED", "REFUSED_SANCTIONS", "STOPS"):
        patch.setattr(population, name, 0.0)
    population.write_reference(folder, root, "letter", 3)
    patch.undo()
    truth = pd.read_csv(folder / "truth.csv")
    truth = truth[truth["domain"] == "all"].set_index(["estimand", "wave", "per"])["value"]
    return load_survey(folder, root), truth
