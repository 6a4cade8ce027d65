"""What git knows of the book: the same in a hook, in a linked worktree and under anybody's settings.

And what the files about it say, which one module reads.
"""

import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from conftest import LEFT_OUT, ROOT, digest, git, run

from doorgroeien.publishing import repository

TOLD = subprocess.run(["git", "rev-parse", "--local-env-vars"], capture_output=True, text=True, check=True)
VARIABLES = sorted({*TOLD.stdout.split(), "GIT_NAMESPACE", "GIT_CEILING_DIRECTORIES", "GIT_ATTR_SOURCE"})


@pytest.fixture
def checkout(tmp_path):
    """Return a checkout of one tagged commit with a file that was changed since, and one that is new."""
    folder = tmp_path / "with spaces" / "checkout"
    (folder / "notebooks").mkdir(parents=True)
    git(folder, "init", "--quiet")
    for name in ("één.ipynb", "two.ipynb"):
        (folder / "notebooks" / name).write_text("words", encoding="utf-8")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "One", "--date", "2030-05-06T12:00:00Z")
    git(folder, "tag", "v1.0.0")
    (folder / "notebooks" / "two.ipynb").write_text("other words", encoding="utf-8")
    (folder / "new.md").write_text("new", encoding="utf-8")
    return folder


def answers(folder):
    """Return all that git is asked."""
    return {
        "commit": repository.commit_of(folder),
        "tag": repository.commit_of(folder, "refs/tags/v1.0.0"),
        "changed": repository.changed(folder),
        "changed, known": repository.changed(folder, untracked=False),
        "tags": repository.tags(folder),
        "days": repository.last_changes(folder),
        "time": repository.commit_time(folder),
    }


def test_git_is_asked_what_changed_and_when(checkout):
    found = answers(checkout)
    assert found["commit"] == found["tag"] == git(checkout, "rev-parse", "HEAD")
    assert found["changed"] == ["notebooks/two.ipynb", "new.md"]
    assert found["changed, known"] == ["notebooks/two.ipynb"]
    assert found["tags"] == ["v1.0.0"]
    day = found["time"].date()
    assert found["days"] == {"notebooks/één.ipynb": day, "notebooks/two.ipynb": day}
    assert day == date.fromisoformat(git(checkout, "log", "-1", "--format=%cs"))


@pytest.mark.parametrize("name", VARIABLES)
def test_a_variable_that_points_at_another_repository_changes_nothing(checkout, tmp_path, monkeypatch, name):
    before = answers(checkout)
    other = tmp_path / "other"
    git(tmp_path, "init", "--quiet", str(other))
    monkeypatch.setenv(name, str(other / ".git"))
    assert answers(checkout) == before
    assert name not in repository.own_environment()


def test_the_settings_of_a_person_change_nothing(checkout, tmp_path, monkeypatch):
    before = answers(checkout)
    settings = tmp_path / "gitconfig"
    settings.write_text(
        "[log]\nshowSignature = true\n[status]\nshowUntrackedFiles = no\nbranch = true\n"
        "[color]\nui = always\n[column]\nui = always\n[core]\nquotePath = true\n[diff]\nrelative = true\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    assert answers(checkout) == before


def test_a_linked_worktree_knows_its_commit_and_a_folder_inside_a_checkout_knows_none(checkout):
    linked = checkout.parent / "linked"
    git(checkout, "worktree", "add", "--quiet", str(linked), "-b", "side")
    assert repository.commit_of(linked) == repository.commit_of(checkout)
    assert repository.changed(linked) == []
    inside = answers(checkout / "notebooks")
    assert not any(inside.values()) and inside["changed"] is None


def test_reading_leaves_the_checkout_alone(checkout):
    index = checkout / ".git" / "index"
    os.utime(checkout / "notebooks" / "één.ipynb", (1, 1))  # git status would note that this is no change
    before = index.read_bytes()
    answers(checkout)
    assert index.read_bytes() == before


@pytest.mark.slow
def test_the_tests_touch_no_repository_of_the_hook_that_runs_them(checkout, tmp_path):
    before = git(checkout, "log", "--all", "--format=%H"), git(checkout, "status", "--porcelain")
    hook = {
        "GIT_DIR": str(checkout / ".git"),
        "GIT_WORK_TREE": str(checkout),
        "GIT_INDEX_FILE": str(checkout / ".git" / "index"),
        "GIT_PREFIX": "",
    }
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--basetemp", str(tmp_path / "run")]
    command += ["tests/publishing/test_citation.py", "-k", "day_of_the_last_commit"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | hook, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    after = git(checkout, "log", "--all", "--format=%H"), git(checkout, "status", "--porcelain")
    assert after == before


@pytest.mark.slow
def test_a_clone_has_the_same_bytes_where_git_turns_line_ends(tmp_path):
    book, clone = tmp_path / "book", tmp_path / "clone"
    shutil.copytree(ROOT, book, ignore=LEFT_OUT)
    git(book, "init", "--quiet")
    git(book, "add", "--all")
    git(book, "commit", "--quiet", "--message", "The book")
    git(tmp_path, "clone", "--quiet", "--config", "core.autocrlf=true", str(book), str(clone))
    shutil.rmtree(clone / ".git")
    shutil.rmtree(book / ".git")
    assert digest(clone).items() <= digest(book).items()
    done = run(clone, "-m", "doorgroeien", "data")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("value", ["", "0", "1577836800", "4354819199"])
def test_source_date_epoch_counts_seconds_since_1970_or_says_nothing(monkeypatch, value):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", value)
    expected = datetime.fromtimestamp(int(value), UTC) if value else None
    assert repository.source_date() == expected


@pytest.mark.parametrize(
    "value", ["1700000000000", "abc", "-5", "1.5", " 1577836800", "1_577", "²", "4354819200"]
)
def test_a_wrong_source_date_epoch_is_named_with_what_is_expected(monkeypatch, value):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", value)
    with pytest.raises(ValueError, match=r"SOURCE_DATE_EPOCH: found '.*', expected whole seconds since 1970"):
        repository.source_date()


def test_one_module_reads_the_files_about_the_book_and_asks_git():
    """Else two may understand them differently."""
    package = Path(repository.__file__).parents[1]
    alone = re.compile(r"^\s*(import|from) yaml\b|\[\"git\"", re.MULTILINE)
    found = [path for path in package.rglob("*.py") if alone.search(path.read_text(encoding="utf-8"))]
    assert found == [Path(repository.__file__)]


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("html:\n  baseurl: https://example.org/book/latest/\n", "https://example.org/book/latest"),
        ('html:\n  baseurl: ""\n', ""),
        ("html:\n  baseurl:\n", ""),
        ("title: none\n", ""),
    ],
)
def test_the_address_of_the_site_has_no_slash_at_its_end_and_may_be_none(tmp_path, written, address):
    (tmp_path / "_config.yml").write_text(written, encoding="utf-8")
    assert repository.site_address(tmp_path) == address
