"""Releases: archives that never change, versions side by side, old addresses that still lead somewhere."""

import hashlib
import json
import shutil
import subprocess
import zipfile
from types import SimpleNamespace

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup
from click.testing import CliRunner
from conftest import LEFT_OUT, git, replace
from rocrate.rocrate import ROCrate

from doorgroeien import cli
from doorgroeien.publishing.crate import zenodo
from doorgroeien.publishing.execution import notebook_paths, stale
from doorgroeien.publishing.real_answers import BuildError
from doorgroeien.publishing.release import check, freeze, version_of_site
from doorgroeien.publishing.versions import lay_side_by_side, redirect_page, version_address
from doorgroeien.sphinxext.around import discovery
from doorgroeien.sphinxext.finish.sitecheck import broken_links

pytestmark = pytest.mark.slow
PAGE = (
    '<!doctype html><html lang="{lang}"><head><title>{name}</title></head>\n<body id="x">{text}</body></html>'
)


def commit(folder, tag=None):
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", "A version")
    if tag:
        git(folder, "tag", tag)


def set_version(folder, old, new, day="3 May 2030", iso="2030-05-03"):
    replace(folder / "pyproject.toml", f'version = "{old}"', f'version = "{new}"')
    path = folder / "CITATION.cff"
    citation = yaml.safe_load(path.read_text(encoding="utf-8")) | {"version": new, "date-released": iso}
    path.write_text(yaml.safe_dump(citation, allow_unicode=True, sort_keys=False), encoding="utf-8")
    heading = f"# Changelog\n\n## Unreleased\n\n## `{new}` – {day}\n\nWords.\n"
    (folder / "CHANGELOG.md").write_text(heading, encoding="utf-8")


def small_site(folder, pages, text="Words."):
    """Write a site of a few pages, as of the present commit."""
    site = folder / "_build" / "html"
    shutil.rmtree(site, ignore_errors=True)
    for name, lang in {"index": "en", **pages}.items():
        path = site / f"{name}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PAGE.format(lang=lang, name=name, text=text), encoding="utf-8")
    (site / "results").mkdir()
    edition = {"en": "reference edition - synthetic answers", "nl": "referentie-editie"}
    results = {"numbers": [{"edition": edition}, {"edition": None}], "figures": [], "tables": []}
    (site / "results" / "results.json").write_text(json.dumps(results), encoding="utf-8")
    for name in ("results.csv", "results.schema.json", "results.xlsx"):
        (site / "results" / name).write_text("id,value\n", encoding="utf-8")
    for name in ("404.html", "robots.txt"):
        (site / name).write_text(f"{name} of the site", encoding="utf-8")
    (site / "version.json").write_text(json.dumps(version_of_site(folder)), encoding="utf-8")
    return site


@pytest.fixture(scope="module")
def original(root, tmp_path_factory):
    """Return a copy of the book as a git checkout of version 1.0.0, ready for release, with a small site."""
    folder = tmp_path_factory.mktemp("release") / "book"
    shutil.copytree(root, folder, ignore=LEFT_OUT)
    shutil.rmtree(folder / "releases", ignore_errors=True)
    version = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))["version"]
    set_version(folder, version, "1.0.0")
    git(folder, "init", "-q", "-b", "main")
    commit(folder, "v1.0.0")
    small_site(folder, {"book/samenvatting": "nl", "notebooks/support": "en", "notebooks/old": "en"})
    return folder


@pytest.fixture
def book(original, tmp_path):
    """Return a copy of the checkout to release and to break."""
    shutil.copytree(original, tmp_path / "book", symlinks=True)
    return tmp_path / "book"


@pytest.fixture
def two(book):
    """Return the checkout after two releases and their publication; the second lost a page."""
    freeze(book, say=list)
    first = (book / "releases" / "1.0.0" / "doorgroeien-1.0.0.zip").read_bytes()
    lay_side_by_side(book, say=list)
    set_version(book, "1.0.0", "1.1.0")
    commit(book, "v1.1.0")
    small_site(book, {"book/samenvatting": "nl", "notebooks/support": "en"}, "Newer words.")
    freeze(book, say=list)
    lay_side_by_side(book, say=list)
    return book, first


def text(path):
    return path.read_text(encoding="utf-8")


def target(path):
    """Return where a page leads, as all of its ways of leading on say it."""
    page = BeautifulSoup(text(path), "html.parser")
    places = {page.find("link", rel="canonical")["href"], *(link["href"] for link in page.select("a"))}
    places.add(page.find("meta", attrs={"http-equiv": "refresh"})["content"].removeprefix("0; url="))
    assert len(places) == 1, places
    return (path.parent / places.pop()).resolve()


def test_the_archive_holds_repository_site_and_descriptions_and_is_what_its_checksum_says(book):
    archive = freeze(book, say=list)
    assert archive == book / "releases" / "1.0.0" / "doorgroeien-1.0.0.zip"
    assert sorted(path.name for path in archive.parent.iterdir()) == ["SHA256SUMS", archive.name]
    line = text(archive.with_name("SHA256SUMS"))
    assert line == f"{hashlib.sha256(archive.read_bytes()).hexdigest()}  {archive.name}\n"
    with zipfile.ZipFile(archive) as file:
        assert file.testzip() is None
        top = "doorgroeien-1.0.0/"
        names = {name.removeprefix(top) for name in file.namelist()}
        assert names == {name for name in names if f"{top}{name}" in file.namelist()}
        sources = set(git(book, "ls-files").splitlines())
        site = {path.relative_to(book / "_build" / "html").as_posix() for path in files(book / "_build/html")}
        made = {"ro-crate-metadata.json", ".zenodo.json"}
        assert names == sources | {f"site/{name}" for name in site} | made
        for name in sources:
            assert file.read(top + name) == (book / name).read_bytes(), name
        assert {entry.date_time[:3] for entry in file.infolist()} != {(1980, 1, 1)}
        assert len({entry.date_time for entry in file.infolist()}) == 1


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_sha256sum_accepts_the_checksum(book):
    archive = freeze(book, say=list)
    done = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=archive.parent, capture_output=True)
    assert done.returncode == 0, done.stderr


def test_the_notebooks_in_the_archive_are_the_executed_ones(book, tmp_path):
    with zipfile.ZipFile(freeze(book, say=list)) as file:
        file.extractall(tmp_path / "out")
    out = tmp_path / "out" / "doorgroeien-1.0.0"
    assert len(notebook_paths(out)) >= 9
    assert stale(out) == []


def test_the_same_site_gives_the_same_bytes_at_any_time_and_place(book, tmp_path, monkeypatch):
    first = freeze(book, say=list).read_bytes()
    other = tmp_path / "elsewhere" / "copy"
    shutil.copytree(book, other)
    shutil.rmtree(other / "releases")
    for path in files(other / "_build"):
        path.touch()
    assert freeze(other, say=list).read_bytes() == first
    shutil.rmtree(other / "releases")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1900000000")
    archive = freeze(other, say=list)
    assert archive.read_bytes() != first
    with zipfile.ZipFile(archive) as file:
        assert {entry.date_time for entry in file.infolist()} == {(2030, 3, 17, 17, 46, 40)}


def test_freezing_again_changes_nothing_and_other_content_is_refused(book):
    archive = freeze(book, say=list)
    before = archive.read_bytes(), archive.stat().st_mtime_ns
    said = []
    freeze(book, say=said.append)
    assert "frozen before, with the same content" in said[0]
    page = book / "_build" / "html" / "notebooks" / "support.html"
    page.write_text(text(page).replace("Words", "Other words"), encoding="utf-8")
    with pytest.raises(BuildError, match="never changes"):
        freeze(book, say=list)
    assert (archive.read_bytes(), archive.stat().st_mtime_ns) == before
    assert not (book / "_build" / ".release").exists()


def test_the_crate_describes_every_file_and_names_none_that_is_not_there(book, tmp_path):
    with zipfile.ZipFile(freeze(book, say=list)) as file:
        file.extractall(tmp_path / "out")
    folder = tmp_path / "out" / "doorgroeien-1.0.0"
    crate = ROCrate(folder)
    named = {entity.id for entity in crate.data_entities}
    for name in named:
        assert (folder / name).is_dir() if name.endswith("/") else (folder / name).is_file(), name
    for path in files(folder):
        name = path.relative_to(folder).as_posix()
        within = any(part.endswith("/") and name.startswith(part) for part in named)
        assert name in named or within or name == "ro-crate-metadata.json", name
    assert set(part.id for part in crate.root_dataset["hasPart"]) == named
    citation = yaml.safe_load(text(book / "CITATION.cff"))
    root = crate.root_dataset
    assert root["name"] == f"{citation['title']} (1.0.0)" and root["version"] == "1.0.0"
    assert root["datePublished"] == "2030-05-03" and citation["abstract"].strip() in root["description"]
    assert [author["name"] for author in root["author"]] == [author["name"] for author in citation["authors"]]
    assert {licence["name"] for licence in root["license"]} == {"MIT", "CC-BY-4.0"}
    assert crate.metadata["conformsTo"].startswith("https://w3id.org/ro/crate/")


def test_the_crate_says_what_is_synthetic_and_what_a_notebook_is(book, tmp_path):
    with zipfile.ZipFile(freeze(book, say=list)) as file:
        file.extractall(tmp_path / "out")
    crate = ROCrate(tmp_path / "out" / "doorgroeien-1.0.0")
    survey = [entity for entity in crate.data_entities if entity.id.startswith("data/survey/")]
    assert len(survey) == 8  # the folder and its seven tables
    rest = ("./", "site/results/", "site/results/results.csv", "site/results/results.xlsx")
    for entity in [*survey, *map(crate.get, rest)]:
        assert "synthetic" in entity["description"], entity.id
    assert all("synthetic" in entity["name"] for entity in survey)
    assert not any(
        "synthetic" in entity["name"] for entity in crate.data_entities if "evidence/" in entity.id
    )
    notebooks = [entity for entity in crate.data_entities if entity.id.endswith(".ipynb")]
    assert len(notebooks) == len(list((book / "notebooks").glob("*.ipynb")))
    for entity in notebooks:
        assert set(entity.type) == {"File", "SoftwareSourceCode"}
        assert entity["programmingLanguage"]["name"] == "Python"
        cells = nbformat.read(book / entity.id, as_version=4).cells
        assert f"# {entity['name']}" in cells[0].source.splitlines()


def test_zenodo_gets_what_the_citation_file_says(book):
    archive = freeze(book, say=list)
    with zipfile.ZipFile(archive) as file:
        metadata = json.loads(file.read("doorgroeien-1.0.0/.zenodo.json"))
    citation = yaml.safe_load(text(book / "CITATION.cff"))
    assert metadata["title"] == citation["title"] and metadata["keywords"] == citation["keywords"]
    assert metadata["version"] == "1.0.0" and metadata["publication_date"] == "2030-05-03"
    assert metadata["creators"] == [{"name": author["name"]} for author in citation["authors"]]
    assert metadata["license"] == "cc-by-4.0" and "MIT" in metadata["notes"]
    assert metadata["upload_type"] in ("software", "dataset", "publication")
    assert "synthetic answers" in metadata["description"]
    assert "related_identifiers" not in metadata


def test_zenodo_writes_people_and_related_addresses_in_its_own_way():
    person = {"family-names": "Ünal", "given-names": "A.", "orcid": "https://orcid.org/0000-0002-1825-0097"}
    citation = {
        "title": "T",
        "type": "software",
        "abstract": "A < B",
        "version": "1.0.0",
        "date-released": "2030-05-03",
        "authors": [person],
        "license": ["MIT", "CC-BY-4.0"],
        "repository-code": "https://example.org/code",
    }
    metadata = zenodo(citation, [], "https://example.org/book/1.0.0")
    assert metadata["creators"] == [{"name": "Ünal, A.", "orcid": "0000-0002-1825-0097"}]
    assert metadata["description"] == "<p>A &lt; B</p>"
    relations = {item["relation"]: item["identifier"] for item in metadata["related_identifiers"]}
    assert relations == {
        "isIdenticalTo": "https://example.org/book/1.0.0/",
        "isDerivedFrom": "https://example.org/code",
    }


def test_after_two_releases_the_old_one_has_a_banner_and_nothing_else_changed(two):
    book, first = two
    public = book / "_build" / "public"
    assert (book / "releases" / "1.0.0" / "doorgroeien-1.0.0.zip").read_bytes() == first
    for page, words in {
        "notebooks/support": "You are reading version 1.0.0; the newest is 1.1.0.",
        "book/samenvatting": "U leest versie 1.0.0; de nieuwste is 1.1.0.",
        "notebooks/old": "You are reading version 1.0.0; the newest is 1.1.0.",
    }.items():
        old = BeautifulSoup(text(public / "1.0.0" / f"{page}.html"), "html.parser")
        (banner,) = old.select("body > aside.version-banner")
        assert banner.get_text(" ", strip=True).replace(" .", ".") == words
        there = (public / "1.1.0" / f"{page}.html").is_file()
        assert banner.a["href"] == f"../../1.1.0/{page if there else 'index'}.html"
        banner.decompose()
        style = old.find("link", rel="stylesheet")
        assert (public / "1.0.0" / "book" / style["href"]).resolve() == (public / "versions.css").resolve()
        style.decompose()
        with zipfile.ZipFile(book / "releases" / "1.0.0" / "doorgroeien-1.0.0.zip") as file:
            frozen = BeautifulSoup(file.read(f"doorgroeien-1.0.0/site/{page}.html"), "html.parser")
        assert "".join(str(old).split()) == "".join(str(frozen).split())
    with zipfile.ZipFile(book / "releases" / "1.1.0" / "doorgroeien-1.1.0.zip") as file:
        for name in file.namelist():
            if name.startswith("doorgroeien-1.1.0/site/"):
                newest = public / "1.1.0" / name.removeprefix("doorgroeien-1.1.0/site/")
                assert newest.read_bytes() == file.read(name), name
    assert "Newer words." in text(public / "latest" / "notebooks" / "support.html")
    assert "version-banner" not in text(public / "latest" / "notebooks" / "support.html")


def test_publishing_again_gives_the_same_folder(two):
    book, _ = two
    public = book / "_build" / "public"
    before = {path.relative_to(public): path.read_bytes() for path in files(public)}
    lay_side_by_side(book, say=list)
    assert {path.relative_to(public): path.read_bytes() for path in files(public)} == before
    assert not (book / "_build" / ".public").exists()


def test_every_old_address_leads_to_a_page_and_no_link_is_broken(two):
    book, _ = two
    public = (book / "_build" / "public").resolve()
    assert broken_links(public) == []
    assert target(public / "index.html") == public / "latest"
    assert "<script" not in text(public / "index.html")
    assert target(public / "notebooks" / "support.html") == public / "latest" / "notebooks" / "support.html"
    assert target(public / "book" / "samenvatting.html") == public / "latest" / "book" / "samenvatting.html"
    # The page that version 1.1.0 lost.
    for place in (public, public / "latest"):
        assert target(place / "notebooks" / "old.html") == public / "1.0.0" / "notebooks" / "old.html"
    forward = BeautifulSoup(text(public / "notebooks" / "old.html"), "html.parser").script["src"]
    assert (public / "notebooks" / forward).resolve() == public / "forward.js"
    results = text(public / "results" / "results.csv")
    assert results == text(public / "latest" / "results" / "results.csv")
    for name in ("404.html", "robots.txt"):
        assert text(public / name) == f"{name} of the site"


def test_the_banner_names_the_highest_version_not_the_last_frozen(two):
    book, _ = two
    for old, new in (("1.1.0", "1.10.0"), ("1.10.0", "1.9.0")):
        set_version(book, old, new)
        commit(book, f"v{new}")
        small_site(book, {"notebooks/support": "en"})
        freeze(book, say=list)
    public = lay_side_by_side(book, say=list)
    for version in ("1.0.0", "1.1.0", "1.9.0"):
        assert "the newest is" in text(public / version / "index.html")
        assert "../1.10.0/index.html" in text(public / version / "index.html")
    assert "version-banner" not in text(public / "1.10.0" / "index.html")


def test_an_archive_that_is_not_what_its_checksum_says_is_not_published(two):
    book, _ = two
    public = book / "_build" / "public"
    before = {path: path.stat().st_mtime_ns for path in files(public)}
    archive = book / "releases" / "1.0.0" / "doorgroeien-1.0.0.zip"
    archive.write_bytes(archive.read_bytes() + b"x")
    with pytest.raises(BuildError, match=r"doorgroeien-1\.0\.0\.zip: not the file"):
        lay_side_by_side(book, say=list)
    archive.with_name("SHA256SUMS").unlink()
    with pytest.raises(BuildError, match=r"doorgroeien-1\.0\.0\.zip: not the file"):
        lay_side_by_side(book, say=list)
    assert {path: path.stat().st_mtime_ns for path in files(public)} == before


def test_the_book_as_it_is_built_can_be_frozen_and_published(book, site):
    shutil.rmtree(book / "_build" / "html")
    shutil.copytree(site, book / "_build" / "html")
    here = json.dumps(version_of_site(book))
    (book / "_build" / "html" / "version.json").write_text(here, encoding="utf-8")
    freeze(book, say=list)
    set_version(book, "1.0.0", "2.0.0")
    commit(book, "v2.0.0")
    small_site(book, {})
    freeze(book, say=list)
    shutil.rmtree(book / "_build" / "html")
    shutil.copytree(site, book / "_build" / "html")
    public = lay_side_by_side(book, say=list).resolve()
    assert broken_links(public) == []
    names = {
        path.relative_to(site).as_posix() for path in site.rglob("*.html") if "_static" not in path.parts
    }
    for name in names - {"404.html", "index.html"}:
        assert target(public / name) == public / "latest" / name
        page = BeautifulSoup(text(public / "1.0.0" / name), "html.parser")
        assert page.body.find(recursive=False)["class"] == ["version-banner"], name
        dutch = page.html["lang"] == "nl"
        assert page.aside.get_text().startswith("U leest versie" if dutch else "You are reading"), name


def test_everything_that_stands_in_the_way_is_said_at_once(book, monkeypatch):
    assert check(book) == []
    replace(book / "pyproject.toml", 'version = "1.0.0"', 'version = "1.0"')
    replace(book / "CHANGELOG.md", "## Unreleased\n", "## Unreleased\n\n- A change.\n")
    notebook = nbformat.read(book / "notebooks" / "support.ipynb", as_version=4)
    notebook.cells[-1]["source"] += "\nWords."
    next(cell for cell in notebook.cells if cell.cell_type == "code")["source"] += "\n1 + 1"
    nbformat.write(notebook, book / "notebooks" / "support.ipynb")
    with pytest.raises(BuildError) as raised:
        freeze(book, say=list)
    message = str(raised.value)
    for part in (
        "version '1.0'; expected three numbers",
        "CITATION.cff: version 1.0.0, pyproject.toml: 1.0.",
        "lists changes as unreleased",
        "expected the heading: ## `1.0` –",
        "not committed",
        "expected the tag v1.0 at this commit; there is none",
        "tagged v1.0.0, but its version is 1.0",
        "notebooks/support.ipynb: stored outputs are not current",
        "holds no site of this commit",
    ):
        assert part in message, part
    assert not (book / "releases").exists()
    monkeypatch.chdir(book)
    done = CliRunner().invoke(cli.main, ["release", "--check"])
    assert done.exit_code == 1 and "expected the tag v1.0" in done.output


def test_a_book_on_answers_from_elsewhere_is_neither_frozen_nor_published(book, monkeypatch):
    monkeypatch.setenv("SURVEY", str(book / "data" / "survey"))
    (problem,) = check(book)
    assert problem.startswith("SURVEY is set")
    for command in (freeze, lay_side_by_side):
        with pytest.raises(BuildError, match="SURVEY is set"):
            command(book, say=list)
    assert not (book / "releases").exists() and not (book / "_build" / "public").exists()


def test_a_version_with_another_day_or_a_tag_elsewhere_is_refused(book):
    replace(book / "CHANGELOG.md", "3 May 2030", "4 May 2030")
    commit(book)
    (day, tag) = check(book)
    assert "1.0.0 is of 2030-05-04, CITATION.cff of 2030-05-03" in day
    first = git(book, "rev-parse", "--short=9", "v1.0.0")
    assert f"expected the tag v1.0.0 at this commit; it stands at {first}" in tag


def test_a_site_of_another_commit_is_refused(book):
    git(book, "tag", "-d", "v1.0.0")
    commit(book, "v1.0.0")
    assert check(book) == []
    with pytest.raises(BuildError, match="no site of this commit"):
        freeze(book, say=list)


def test_a_folder_that_is_no_checkout_is_refused(book):
    shutil.rmtree(book / ".git")
    (problem,) = check(book)
    assert "not a git checkout" in problem


def test_a_frozen_version_has_its_own_address():
    assert version_address("https://example.org/book/latest/", "1.2.0") == "https://example.org/book/1.2.0"
    assert version_address("https://example.org/book", "1.2.0") == "https://example.org/book"
    assert version_address("", "1.2.0") == ""


def test_a_site_of_a_tagged_commit_knows_itself_by_the_address_of_its_version(book):
    def address(of):
        config = SimpleNamespace(html_baseurl=of)
        discovery.find_address(SimpleNamespace(srcdir=str(book)), config)
        return config.html_baseurl

    assert address("https://example.org/book/latest/") == "https://example.org/book/1.0.0"
    assert address("") == ""
    commit(book)
    assert address("https://example.org/book/latest/") == "https://example.org/book/latest"


def test_a_page_that_leads_on_escapes_its_target():
    page = BeautifulSoup(redirect_page('../a"b&c.html', "x.js"), "html.parser")
    assert page.a["href"] == '../a"b&c.html' and page.script["src"] == "x.js"
