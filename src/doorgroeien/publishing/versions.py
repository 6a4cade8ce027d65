"""The public folder: the site as ``latest/`` beside every frozen version, and no address that ever dies.

Archives are what is kept (see :mod:`doorgroeien.publishing.release`); this folder is made anew from them each
time, so a frozen version never changes but for the banner that it gets here once a newer one is out.
"""

import hashlib
import json
import os
import re
import shutil
import zipfile
from html import escape
from pathlib import Path, PurePosixPath

from doorgroeien.data.paths import survey_path
from doorgroeien.data.tables import load_all
from doorgroeien.publishing.freshness import KEY
from doorgroeien.publishing.real_answers import BuildError
from doorgroeien.publishing.words import phrase
from doorgroeien.publishing.workspace import staging, swap
from doorgroeien.results.records import Results

__all__ = [
    "VERSION",
    "archives",
    "foreign",
    "lay_side_by_side",
    "pages_in",
    "read_results",
    "redirect_page",
    "version_address",
]

STATIC = Path(__file__).parents[1] / "sphinxext" / "static"
LATEST = "latest"
RESULTS = Path("results", "results.json")
NAME = "doorgroeien"
VERSION = re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}")
MISSING = "404.html"
MADE = ".made"  # lists the files of the public folder with their digests
AT_ROOT = (MISSING, "favicon.ico", "robots.txt", "sitemap.xml")  # hosts look for these at the root
POLICY = "default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'"


def lay_side_by_side(root: Path, say=print) -> Path:
    """Put the site and the frozen versions below ``releases/`` into ``_build/public``; return that folder.

    It holds the site as ``latest/``, each version under its number with a banner on all but the newest, and
    a page at every address without a version, or that a newer version lost, which leads to where the page
    now is. Raises :class:`BuildError`, and leaves the last good folder alone, where there is no site, the
    site rests on answers from elsewhere, an archive does not have its checksum, or the folder holds anything
    that was not made here.
    """
    site, public = root / "_build" / "html", root / "_build" / "public"
    kept = archives(root)
    wrong = [problem for archive in kept.values() for problem in _damage(archive)]
    if survey_path(root) is not None:
        wrong.append("SURVEY is set: a site on answers from elsewhere is not published here. Unset it.")
    if not (site / "index.html").is_file():
        wrong.append("_build/html holds no site. Run make book first.")
    wrong += [*foreign(site, root), *_strangers(public)]
    if wrong:
        raise BuildError("Nothing was published.\n" + "\n".join(f"  {problem}" for problem in wrong))
    with staging(public.parent) as aside:
        new = aside / public.name
        shutil.copytree(site, new / LATEST, ignore=shutil.ignore_patterns(".buildinfo", KEY))
        for version, archive in kept.items():
            _unpack(archive, new / version)
        for version in [*kept][1:]:
            _add_banners(new, version, newest=next(iter(kept)))
        _lead_on(new, [*kept])
        for name in AT_ROOT:
            if (new / LATEST / name).is_file():
                shutil.copy(new / LATEST / name, new / name)
        for name in ("forward.js", "versions.css"):
            shutil.copy(STATIC / name, new / name)
        (new / MADE).write_text(json.dumps(_digests(new), indent=0) + "\n", encoding="utf-8")
        swap(new, public)
    say(f"Published {LATEST} and {len(kept)} frozen: {', '.join(kept) or 'none'}")
    return public


def archives(root: Path) -> dict[str, Path]:
    """Return ``{version: archive}`` of the frozen versions, the newest first."""
    folders = [path for path in (root / "releases").glob("*") if VERSION.fullmatch(path.name)]
    paths = {
        path.name: path / f"{NAME}-{path.name}.zip" for path in sorted(folders, key=_order, reverse=True)
    }
    return {version: path for version, path in paths.items() if path.is_file()}


def foreign(site: Path, root: Path) -> list[str]:
    """Say on which answers a site rests that are not those of the reference survey, if any."""
    if not (site / RESULTS).is_file():
        return []
    results = read_results(site)
    records = [*results["numbers"], *results["figures"], *results["tables"]]
    ours = load_all(root, only=("edition",))["edition"]["name_en"]
    found = {record["edition"]["en"] for record in records if record["edition"]} - set(ours)
    remedy = "Only the reference edition is published. Run make book without SURVEY."
    return [f"{site}: rests on the answers of {name}. {remedy}" for name in sorted(found)]


def version_address(address: str, version: str) -> str:
    """Return the address of a frozen version beside ``.../latest``; a site elsewhere keeps its own."""
    above, _, last = address.rstrip("/").rpartition("/")
    return f"{above}/{version}" if above and last == LATEST else address


def pages_in(site: Path) -> list[str]:
    """Return the pages of a site, but the one for addresses that do not exist, as paths within it."""
    paths = (path.relative_to(site) for path in site.rglob("*.html"))
    pages = (path.as_posix() for path in paths if path.parts[0] not in ("_static", "_sources"))
    return sorted(page for page in pages if page != MISSING)


def read_results(site: Path) -> Results:
    """Return the results beside a built site."""
    results: Results = json.loads((site / RESULTS).read_text(encoding="utf-8"))
    return results


def redirect_page(target: str, script: str = "") -> str:
    """Return a page that leads on to the relative address ``target``.

    A refresh in HTML drops the part of an address after the hash sign, by which numbers and figures are
    cited; ``script``, the path of ``forward.js``, keeps it in browsers that run scripts.
    """
    place = escape(target.replace("../", ""))
    target, script = escape(target), escape(script)
    link = f'<a href="{target}">{place}</a>'
    refresh = f'<meta http-equiv="refresh" content="0; url={target}">'
    if script:
        refresh = f'<script src="{script}"></script>\n<noscript>{refresh}</noscript>'
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Doorgroeien</title>
<link rel="canonical" href="{target}">
{refresh}
</head>
<body>
<main>
<h1>Doorgroeien</h1>
<p>{phrase("moved.place", "en", link=link)}</p>
<p lang="nl">{phrase("moved.place", "nl", link=link)}</p>
</main>
</body>
</html>
"""


def _order(folder):
    return tuple(map(int, folder.name.split(".")))


def _digests(folder):
    """Return the digests of all files below a folder, but for the list of them."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() or path.is_symlink())
    return {path.relative_to(folder).as_posix(): _digest(path) for path in files if path != folder / MADE}


def _digest(path):
    content = os.readlink(path).encode() if path.is_symlink() else path.read_bytes()
    return hashlib.sha256(content).hexdigest()


def _strangers(public):
    """Say what the public folder holds that was not made here, or was changed since, and would be lost."""
    if public.is_symlink() or public.is_file():
        yield f"{public}: expected a folder, or none. Move it elsewhere."
    elif public.is_dir():
        known = _listed(public / MADE)
        others = [name for name, digest in _digests(public).items() if known.get(name) != digest]
        if others:
            shown = ", ".join(others[:3]) + (f" and {len(others) - 3} more" if len(others) > 3 else "")
            yield f"{public}: holds what was not made here, or changed since: {shown}. Move it elsewhere."


def _listed(made):
    try:
        return dict(json.loads(made.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):  # nothing is known to be made here
        return {}


def _damage(archive):
    """Say what is wrong with an archive, if anything."""
    sums = archive.with_name("SHA256SUMS")
    line = f"{_digest(archive)}  {archive.name}"
    if not sums.is_file() or line not in sums.read_text(encoding="utf-8").splitlines():
        yield (
            f"{archive}: not the file that SHA256SUMS beside it describes, and a frozen version never "
            "changes. Fetch both again from where releases are kept."
        )


def _unpack(archive, folder):
    """Write the site that an archive holds into ``folder``."""
    top = f"{archive.stem}/site/"
    with zipfile.ZipFile(archive) as file:
        for name in file.namelist():
            if name.startswith(top) and ".." not in PurePosixPath(name).parts:
                target = folder / name.removeprefix(top)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(file.read(name))


def _add_banners(public, version, newest):
    """Say on each page of an old version, frozen as it was, that there is a newer one, and lead there."""
    there = set(pages_in(public / newest))
    for page in pages_in(public / version):
        path = public / version / page
        text = path.read_text(encoding="utf-8")
        lang = "nl" if re.search(r'<html[^>]*\blang="nl"', text) else "en"
        up = "../" * (page.count("/") + 1)
        link = f'<a href="{up}{newest}/{page if page in there else "index.html"}">{newest}</a>'
        words = phrase("versions.bar", lang, version=version, newest=link)
        banner = (
            f'<aside class="version-banner" aria-label="{phrase("versions.label", lang)}">{words}</aside>'
        )
        style = f'<link rel="stylesheet" href="{up}versions.css">'
        head, end, rest = text.partition("</head>")
        body = re.search(r"<body\b[^>]*>", rest)
        if body:
            rest = f"{rest[: body.end()]}\n{banner}{rest[body.end() :]}"
        path.write_text(f"{head}{style}\n{end}{rest}", encoding="utf-8")


def _lead_on(public, versions):
    """Write a page at each address that had one: without a version, or lost by the latest version."""
    folders = {}  # page -> the folder that has it, the latest first
    for folder in (LATEST, *versions):
        for page in pages_in(public / folder):
            folders.setdefault(page, folder)
    del folders["index.html"]
    for page, folder in folders.items():
        for place in {"", LATEST} - {folder}:
            path = public / place / page
            up = "../" * len(path.relative_to(public).parent.parts)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(redirect_page(f"{up}{folder}/{page}", f"{up}forward.js"), encoding="utf-8")
    (public / "index.html").write_text(redirect_page(f"{LATEST}/"), encoding="utf-8")
    # A file cannot lead on: the results keep their first address as copies.
    if (public / LATEST / "results").is_dir():
        shutil.copytree(public / LATEST / "results", public / "results", dirs_exist_ok=True)
