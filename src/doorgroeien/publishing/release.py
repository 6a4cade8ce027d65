"""Freeze the version of the book: one archive with its checksum, which never changes afterwards.

The archive is the repository as committed, with the site, an RO-Crate and the metadata of Zenodo: unpacked,
it opens in a browser and builds again. It lies in ``releases/<version>/``, to be kept where releases are
kept; :mod:`doorgroeien.publishing.versions` makes the public folder from all of them.
"""

import hashlib
import io
import json
import os
import re
import shutil
import tarfile
import tomllib
import zipfile
from datetime import date, datetime
from pathlib import Path

from doorgroeien.data.paths import survey_path
from doorgroeien.publishing.execution import stale
from doorgroeien.publishing.freshness import KEY
from doorgroeien.publishing.real_answers import BuildError
from doorgroeien.publishing.repository import (
    changed,
    citation_file,
    commit_of,
    commit_time,
    committed_files,
    site_address,
    source_date,
    tags,
)
from doorgroeien.publishing.versions import NAME, VERSION, foreign, version_address
from doorgroeien.publishing.workspace import staging, swap

__all__ = ["check", "freeze", "tagged", "version_of_site"]


def freeze(root: Path, say=print) -> Path:
    """Write ``releases/<version>/``: the archive of the version and ``SHA256SUMS``; return the archive.

    The site is the one in ``_build/html``. Its times are those of ``SOURCE_DATE_EPOCH`` or the commit, its
    order is fixed, so the same site gives the same bytes. Raises :class:`BuildError` with every problem of
    :func:`check`, where the site is not of this commit, or where the version was frozen with other content.
    """
    problems = check(root)
    site = root / "_build" / "html"
    here = version_of_site(root)
    shown = site / "version.json"
    if not shown.is_file() or json.loads(shown.read_text(encoding="utf-8")) != here:
        problems.append("_build/html: holds no site of this commit. Run make book after the commit and tag.")
    problems += foreign(site, root)
    if problems:
        raise BuildError("Nothing was frozen.\n" + "\n".join(f"  {problem}" for problem in problems))
    version = here["version"]
    kept = root / "releases" / version / f"{NAME}-{version}.zip"
    with staging(root / "_build") as aside:
        new = aside / version
        new.mkdir()
        archive = _zip(_content(root, site, aside / kept.stem), new / kept.name, _time(root))
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
        if not kept.is_file():
            (new / "SHA256SUMS").write_text(f"{digest}  {kept.name}\n", encoding="utf-8")
            kept.parent.parent.mkdir(exist_ok=True)
            swap(new, kept.parent)
            say(f"Frozen: {kept.relative_to(root)}, {kept.stat().st_size / 1e6:.1f} MB")
        elif hashlib.sha256(kept.read_bytes()).hexdigest() == digest:
            say(f"{kept.relative_to(root)} was frozen before, with the same content")
        else:
            raise BuildError(
                f"{kept.relative_to(root)} was frozen before with other content, and a frozen version never "
                "changes. Give the change a new version."
            )
    return kept


def _content(root, site, folder):
    """Write what a version consists of into ``folder``, and return that."""
    from doorgroeien.publishing.crate import describe, editions, zenodo  # slow to load, and no build needs it

    folder.mkdir()
    with tarfile.open(fileobj=io.BytesIO(committed_files(root))) as sources:
        sources.extractall(folder, filter="data")
    shutil.copytree(site, folder / "site", ignore=shutil.ignore_patterns(".buildinfo", KEY))
    citation = citation_file(root)
    address = version_address(site_address(root), folder.name.removeprefix(f"{NAME}-"))
    metadata = zenodo(citation, editions(folder), address)
    (folder / ".zenodo.json").write_text(json.dumps(metadata, ensure_ascii=False, indent=1) + "\n", "utf-8")
    describe(folder, citation, address)
    return folder


def check(root: Path) -> list[str]:
    """Return what keeps the repository at ``root`` from being released as it is."""
    problems = []
    if survey_path(root) is not None:
        problems.append("SURVEY is set: a release rests on the answers in data/survey. Unset it.")
    citation, version = citation_file(root), _version(root)
    if not VERSION.fullmatch(version):
        problems.append(f"pyproject.toml: version {version!r}; expected three numbers, such as 1.2.0.")
    if str(citation.get("version")) != version:
        problems.append(
            f"CITATION.cff: version {citation.get('version')}, pyproject.toml: {version}. Make them the same."
        )
    problems += _changelog(root, version, str(citation.get("date-released")))
    if commit_of(root) is None:
        return [*problems, f"{root}: not a git checkout with a commit; a release is made of one."]
    files = changed(root)
    if files:
        shown = ", ".join(files[:5]) + (" and more" if len(files) > 5 else "")
        problems.append(f"git: {shown} not committed. Commit or undo it.")
    tag = f"v{version}"
    others = [name for name in tags(root) if name != tag]
    if tag not in tags(root):
        place = commit_of(root, f"refs/tags/{tag}")
        where = f"it stands at {place[:9]}" if place else "there is none"
        remedy = "Give the change a new version." if place else f"Set it: git tag {tag}"
        problems.append(f"git: expected the tag {tag} at this commit; {where}. {remedy}")
    if others:
        problems.append(f"git: this commit is tagged {', '.join(others)}, but its version is {version}.")
    old = [] if survey_path(root) else stale(root)  # keys are about the answers in use
    if old:
        problems.append(f"{', '.join(map(str, old))}: stored outputs are not current. Run make notebooks.")
    return problems


def tagged(root: Path) -> str:
    """Return the version of the book where its commit is tagged as that version, else nothing."""
    version = str(citation_file(root)["version"])
    return version if f"v{version}" in tags(root) else ""


def version_of_site(root: Path) -> dict:
    """Return which version and commit a site built here is of; no commit where files differ from it."""
    return {
        "version": str(citation_file(root)["version"]),
        "commit": commit_of(root) if changed(root) == [] else None,
    }


def _version(root):
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def _changelog(root, version, released):
    """Say what is wrong with the changelog: the version needs a heading with its day, and no change waits."""
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    waiting = re.search(r"^## Unreleased\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    if waiting and waiting[1].strip():
        yield "CHANGELOG.md: lists changes as unreleased. Move them below the heading of the version."
    heading = re.search(rf"^## `{re.escape(version)}` – (.+)$", text, re.MULTILINE)
    try:
        day = datetime.strptime(heading[1], "%d %B %Y").date() if heading else None
    except ValueError:
        day = None
    if day is None:
        yield f"CHANGELOG.md: expected the heading: ## `{version}` – day month year, such as 1 May 2026."
    elif day != date.fromisoformat(released):
        yield f"CHANGELOG.md: {version} is of {day}, CITATION.cff of {released}. Make them the same."


def _time(root):
    time = source_date() or commit_time(root)
    assert time is not None, "a version has a commit"
    return max(time.timetuple()[:6], (1980, 1, 1, 0, 0, 0))  # where the dates of ZIP files begin


def _zip(folder, path, time):
    """Write a folder as a ZIP file that depends on nothing but its content, and return its path."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                entry = zipfile.ZipInfo(file.relative_to(folder.parent).as_posix(), time)
                entry.create_system = 3  # Unix, whose file modes follow
                entry.external_attr = (0o100755 if os.access(file, os.X_OK) else 0o100644) << 16
                archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED, 9)
    return path
