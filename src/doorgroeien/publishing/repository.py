"""The repository that holds the book: what git knows of it, what its own files say, the date of what is made.

``CITATION.cff``, ``_toc.yml`` and ``_config.yml`` are read here alone. Git is asked here alone, and told
where the repository lies. So a folder within another checkout, such as a copy of the book, has none; and
variables that point at another repository, as every git hook sets them, say nothing.
"""

import os
import re
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path

__all__ = [
    "changed",
    "citation_file",
    "commit_of",
    "commit_time",
    "committed_files",
    "contents",
    "last_changes",
    "own_environment",
    "site_address",
    "source_date",
    "tags",
]

# Of git's own variables these alone tell nothing of a repository, but where git and its settings are.
KEPT = {"GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_SYSTEM", "GIT_EXEC_PATH"}
LATEST = 4354819199  # the end of 2107, after which no ZIP file can be dated


def own_environment() -> dict[str, str]:
    """Return the environment without the variables by which git takes another repository, index or commit."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name in KEPT}


def commit_of(root: Path, name: str = "HEAD") -> str | None:
    """Return the commit that the checkout at ``root`` stands at, or that ``name`` stands for, if any."""
    return _git(root, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")


def changed(root: Path, untracked: bool = True) -> list[str] | None:
    """Return the files that differ from the commit, also new ones if ``untracked``; ``None`` without one."""
    status = _git(root, "status", "--porcelain", f"--untracked-files={'normal' if untracked else 'no'}")
    return None if status is None else [line[3:] for line in status.split("\n") if line]


def tags(root: Path) -> list[str]:
    """Return the tags of the commit that are those of a version."""
    return [name for name in (_git(root, "tag", "--points-at", "HEAD") or "").split() if name[0] == "v"]


def last_changes(root: Path) -> dict[str, date]:
    """Return for each file of the repository the day of the last commit that touched it.

    Nothing without a checkout, and in a shallow clone, which does not know.
    """
    if _git(root, "rev-parse", "--is-shallow-repository") != "false":
        return {}
    log = _git(root, "log", "--format=%x00%cs", "--name-only", "--no-renames", "--no-show-signature")
    dates = {}
    for entry in (log or "").split("\0")[1:]:
        day, *files = entry.split("\n")
        for name in filter(None, files):
            dates.setdefault(name, date.fromisoformat(day))
    return dates


def commit_time(root: Path) -> datetime | None:
    """Return the time of the commit that the checkout at ``root`` stands at."""
    seconds = _git(root, "log", "-1", "--format=%ct", "--no-show-signature")
    return datetime.fromtimestamp(int(seconds), UTC) if seconds else None


def committed_files(root: Path) -> bytes:
    """Return all files of the commit as a tar file. Raises ``CalledProcessError`` where there is none."""
    return _run(root, "archive", "--format=tar", "HEAD")


def source_date() -> datetime | None:
    """Return the time that ``SOURCE_DATE_EPOCH`` gives to all that is made; ``None`` where it gives none.

    The variable counts seconds since 1970 (reproducible-builds.org). Raises ``ValueError`` for anything else.
    """
    value = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not value:
        return None
    if not re.fullmatch("[0-9]{1,10}", value) or int(value) > LATEST:
        raise ValueError(
            f"SOURCE_DATE_EPOCH: found {value!r}, expected whole seconds since 1970, at most {LATEST}, "
            "such as `git log -1 --format=%ct` gives. Correct or unset it."
        )
    return datetime.fromtimestamp(int(value), UTC)


def citation_file(root: Path) -> dict:
    """Return what ``CITATION.cff`` says."""
    return _read(root / "CITATION.cff")


def contents(root: Path) -> dict:
    """Return the table of contents, ``_toc.yml``."""
    return _read(root / "_toc.yml")


def site_address(root: Path) -> str:
    """Return the public address in ``_config.yml``, without a slash at its end, or nothing."""
    return (_read(root / "_config.yml").get("html", {}).get("baseurl") or "").rstrip("/")


def _read(path):
    import yaml  # the command asks this module for a date before it knows that any package is installed

    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _git(root, *arguments):
    """Return what git says, or ``None`` where there is no git, no checkout, or it refuses."""
    try:
        return _run(root, *arguments).decode().strip("\n")
    except (OSError, subprocess.CalledProcessError):
        return None


def _run(root, *arguments):
    command = ["git", f"--git-dir={root / '.git'}", f"--work-tree={root}", "-c", "core.quotePath=false"]
    # Reading must not write: by default git status renews the index.
    environment = own_environment() | {"GIT_OPTIONAL_LOCKS": "0"}
    done = subprocess.run([*command, *arguments], cwd=root, env=environment, check=True, capture_output=True)
    return done.stdout
