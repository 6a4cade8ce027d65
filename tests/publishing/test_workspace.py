"""One command at a time works in ``_build``, and there is a whole site whenever one of them is killed."""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import ROOT, runs, wait_until

from doorgroeien import cli
from doorgroeien.publishing import workspace
from doorgroeien.publishing.workspace import alone, private, staging, swap

PAGES = 20
# A build that writes one page after the other for a second, and then waits if asked to. It says what it does.
BUILD = f"""
import sys, time
from pathlib import Path
from doorgroeien.publishing.workspace import alone, staging, swap
site, text = Path(sys.argv[1], "_build", "html"), sys.argv[2]
with alone(Path(sys.argv[1]), lambda line: print(line, flush=True)), staging(site.parent) as aside:
    print("writing", flush=True)
    (aside / "html").mkdir()
    for number in range({PAGES}):
        (aside / "html" / f"{{number}}.html").write_text(text)
        time.sleep(0.05)
    if "wait" in sys.argv:
        sys.stdin.read()
    swap(aside / "html", site)
print("done", flush=True)
"""
HOLD = """
import sys
from pathlib import Path
from doorgroeien.publishing.workspace import alone
with alone(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def start(code, *arguments):
    """Start Python on ``code``; return it once it has said its first line, and that line."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    return process, process.stdout.readline().strip()


def texts(site):
    """Return the different texts of the pages of a site, which must all be there."""
    assert sorted(path.name for path in site.iterdir()) == sorted(f"{number}.html" for number in range(PAGES))
    return {path.read_text(encoding="utf-8") for path in site.iterdir()}


def write_site(site, text):
    site.mkdir(parents=True)
    for number in range(PAGES):
        (site / f"{number}.html").write_text(text, encoding="utf-8")


def left(folder):
    return {path.name for path in folder.rglob("*") if path.is_dir() and path.name.startswith(".")}


@pytest.mark.slow
def test_the_second_of_two_builds_waits_says_so_and_then_builds(tmp_path):
    site = tmp_path / "_build" / "html"
    first, line = start(BUILD, tmp_path, "first", "wait")
    assert line == "writing"
    second, line = start(BUILD, tmp_path, "second")
    assert line == "Another command is at work in _build: waiting for it to end"
    assert not site.exists()
    assert first.communicate()[0] == "done\n"
    assert texts(site) == {"first"}
    assert second.communicate()[0] == "writing\ndone\n"
    assert texts(site) == {"second"} and not left(tmp_path / "_build")


@pytest.mark.slow
def test_whenever_a_build_is_killed_there_is_a_whole_site_and_the_next_one_builds(tmp_path):
    site = tmp_path / "_build" / "html"
    write_site(site, "before")
    for moment in (0, 0.3, 0.6, 0.95, 1, 1.05):
        build, _ = start(BUILD, tmp_path, "killed")
        time.sleep(moment)
        build.kill()
        build.communicate()
        assert texts(site) in ({"before"}, {"killed"})
    build, _ = start(BUILD, tmp_path, "after")
    build.communicate()
    assert build.returncode == 0 and texts(site) == {"after"}
    assert not left(tmp_path / "_build")


@pytest.fixture
def no_exchange(monkeypatch):
    """Let the system be one that cannot exchange two folders in one step."""
    monkeypatch.setattr(workspace, "_exchange", lambda one, other: False)


def two_sites(folder):
    write_site(folder / "_build" / "html", "old")
    write_site(folder / "_build" / ".staging-x" / "html", "new")
    return folder / "_build" / ".staging-x" / "html", folder / "_build" / "html"


def test_two_folders_change_places(tmp_path):
    new, site = two_sites(tmp_path)
    swap(new, site)
    assert texts(site) == {"new"} and texts(new) == {"old"}


def test_two_folders_change_places_where_the_system_cannot_do_so_in_one_step(tmp_path, no_exchange):
    new, site = two_sites(tmp_path)
    swap(new, site)
    assert texts(site) == {"new"} and texts(new) == {"old"} and left(tmp_path) == {".staging-x"}


@pytest.mark.parametrize("after", [1, 2, 3])
@pytest.mark.parametrize("place", ["_build/html", "_build/public", "_build/7/html", "_build/7/html/pdf"])
def test_a_death_between_two_renames_is_put_right_at_the_next_start(
    tmp_path, no_exchange, monkeypatch, after, place
):
    new, done, rename = tmp_path / "_build" / ".staging-x" / "html", [], Path.rename
    write_site(tmp_path / place, "old")
    write_site(new, "new")

    def die_after(path, target):
        if len(done) == after:
            raise KeyboardInterrupt
        done.append(target)
        return rename(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", die_after)
        if after == 3:
            swap(new, tmp_path / place)
        else:
            with pytest.raises(KeyboardInterrupt):
                swap(new, tmp_path / place)
    assert (tmp_path / place).exists() == (after > 1)
    with alone(tmp_path):
        assert texts(tmp_path / place) == {"old" if after == 1 else "new"}
        assert not left(tmp_path)


@pytest.mark.skipif(sys.platform not in ("linux", "darwin"), reason="needs an exchange in one step")
def test_a_reader_finds_a_whole_site_at_every_moment(tmp_path):
    new, site = two_sites(tmp_path)
    over = threading.Event()

    def change():
        for _ in range(500):
            swap(new, site)
        over.set()

    writer = threading.Thread(target=change)
    writer.start()
    while not over.is_set():
        assert (site / "0.html").read_text(encoding="utf-8") in ("old", "new")
    writer.join()


def test_what_a_killed_command_had_not_finished_is_removed_and_nothing_else(tmp_path):
    build = tmp_path / "_build"
    for name in (".staging-a/html", "7/.staging-b", ".executed", "html/.staging-like", "figures"):
        (build / name).mkdir(parents=True)
    with alone(tmp_path):
        kept = {str(path.relative_to(build)) for path in build.rglob("*") if path.is_dir()}
    assert kept == {"7", ".executed", "html", "figures"}


def test_a_folder_aside_is_gone_whether_all_went_well_or_not(tmp_path):
    with pytest.raises(ZeroDivisionError), staging(tmp_path / "build") as aside:
        (aside / "page.html").write_text("words", encoding="utf-8")
        raise ZeroDivisionError
    assert not any(tmp_path.iterdir())
    with staging(tmp_path / "build") as aside:
        (aside / "page.html").write_text("words", encoding="utf-8")
        (aside / "page.html").rename(tmp_path / "build" / "page.html")
    assert [path.name for path in tmp_path.rglob("*")] == ["build", "page.html"]


def modes(folder):
    paths = [path for path in [folder, *folder.rglob("*")] if not path.is_symlink()]
    return {(path.is_dir(), oct(path.stat().st_mode & 0o777)) for path in paths}


def test_what_is_private_is_for_its_owner_alone_whether_all_went_well_or_not(tmp_path):
    folder, open_file = tmp_path / "trial", tmp_path / "open.css"
    open_file.write_text("body {}", encoding="utf-8")
    open_file.chmod(0o644)
    write_site(folder / "html", "of an earlier build")
    (folder / "link").symlink_to(open_file)
    before = os.umask(0o022)
    try:
        with pytest.raises(ZeroDivisionError), private(folder):
            assert Path(tempfile.mkdtemp()).is_relative_to(folder)
            os.makedirs(folder / "new" / "deep")
            (folder / "new" / "deep" / "page.html").write_text("words", encoding="utf-8")
            shutil.copy(open_file, folder / "new")
            assert oct(folder.stat().st_mode & 0o777) == "0o700"
            raise ZeroDivisionError
        assert os.umask(0o022) == 0o022 and not Path(tempfile.gettempdir()).is_relative_to(folder)
    finally:
        os.umask(before)
    assert modes(folder) == {(True, "0o700"), (False, "0o600")}
    assert oct(open_file.stat().st_mode & 0o777) == "0o644" and not left(folder)
    with private(tmp_path / "nothing"):
        pass
    assert not (tmp_path / "nothing").exists()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_a_child_ends_with_a_parent_that_is_killed():
    code = (
        "import subprocess, sys, time\nfrom doorgroeien.publishing.workspace import with_parent\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'],"
        " preexec_fn=with_parent())\n"
        "print(child.pid, flush=True)\ntime.sleep(60)"
    )
    command = [sys.executable, "-c", code]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    os.kill(child, 0)
    parent.kill()
    parent.communicate()
    assert wait_until(lambda: not runs(child))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "work"),
    [
        ("build", "cli.build"),
        ("pdf", "publishing.print.pdf.make_pdfs"),
        ("release", "publishing.release.freeze"),
        ("public", "publishing.versions.lay_side_by_side"),
        ("execute", "publishing.execution.store"),
    ],
)
def test_every_command_that_writes_into_the_folder_waits_its_turn(data_copy, monkeypatch, command, work):
    (data_copy / "_toc.yml").write_text("root: book/index\n", encoding="utf-8")
    (data_copy / "requirements.lock").write_text("numpy==1\n", encoding="utf-8")
    monkeypatch.chdir(data_copy)
    monkeypatch.setattr("doorgroeien.publishing.print.pdf.find_browser", lambda: "")
    monkeypatch.setattr("doorgroeien.cli.build", lambda *arguments, **options: None)
    worked = []
    monkeypatch.setattr(f"doorgroeien.{work}", lambda *arguments, **options: worked.append(command) or [])
    holder, _ = start(HOLD, data_copy)
    waited = threading.Event()
    monkeypatch.setattr(cli, "_say", lambda line: waited.set() if "waiting" in line else None)
    results = []
    thread = threading.Thread(target=lambda: results.append(CliRunner().invoke(cli.main, [command])))
    thread.start()
    assert waited.wait(30) and not worked
    holder.communicate()
    thread.join()
    assert results[0].exit_code == 0, results[0].output
    assert worked == [command]
