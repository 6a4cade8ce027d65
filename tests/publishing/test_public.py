"""What is published: never a site on answers from elsewhere, and never in the place of somebody's files."""

import json

import pytest
from conftest import ROOT, digest

from doorgroeien.data.tables import load_all
from doorgroeien.publishing.real_answers import BuildError
from doorgroeien.publishing.versions import foreign, lay_side_by_side


def write_site(root, name=None, kind="numbers"):
    """Write a site of one page, whose results rest on the answers of an edition."""
    site = root / "_build" / "html"
    (site / "results").mkdir(parents=True)
    (site / "index.html").write_text("<html><body>Words</body></html>", encoding="utf-8")
    results = {"numbers": [{"edition": None}], "figures": [], "tables": []}
    results[kind].append({"edition": name and {"en": name, "nl": name}})
    (site / "results" / "results.json").write_text(json.dumps(results), encoding="utf-8")
    return site


@pytest.fixture
def book(tmp_path):
    """Return a folder with a site of one page, without results."""
    (write_site(tmp_path) / "results" / "results.json").unlink()
    return tmp_path


@pytest.mark.parametrize("kind", ["numbers", "figures", "tables"])
def test_a_site_on_answers_from_elsewhere_is_known_by_its_results(tmp_path, kind):
    (said,) = foreign(write_site(tmp_path, "trial of the door", kind), ROOT)
    assert "trial of the door" in said and "without SURVEY" in said


def test_the_site_of_the_reference_edition_is_published(tmp_path):
    ours = load_all(ROOT, only=("edition",))["edition"]["name_en"].iloc[0]
    assert foreign(write_site(tmp_path, ours), ROOT) == []
    assert foreign(write_site(tmp_path / "no-survey"), ROOT) == []


def test_what_was_made_here_is_made_anew_and_what_was_not_is_left(book):
    public = lay_side_by_side(book, say=list)
    made = digest(public)
    lay_side_by_side(book, say=list)
    assert digest(public) == made
    for name, content in (("CNAME", "example.org"), (".git/HEAD", "ref"), ("index.html", "changed")):
        path = public / name
        before = path.read_bytes() if path.is_file() else None
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
        there = digest(public)
        with pytest.raises(BuildError, match=f"changed since: {name}"):
            lay_side_by_side(book, say=list)
        assert digest(public) == there
        path.unlink() if before is None else path.write_bytes(before)
    lay_side_by_side(book, say=list)


def test_a_folder_whose_maker_is_not_known_is_left(book):
    public = lay_side_by_side(book, say=list)
    for content in (None, "not JSON", "[1]"):
        made = public / ".made"
        made.unlink() if content is None else made.write_text(content, encoding="utf-8")
        with pytest.raises(BuildError, match="and 1 more"):
            lay_side_by_side(book, say=list)


def test_a_link_in_its_place_or_in_it_is_left(book, tmp_path):
    public, mine = book / "_build" / "public", tmp_path / "mine"
    mine.mkdir()
    public.symlink_to(mine)
    with pytest.raises(BuildError, match="expected a folder, or none"):
        lay_side_by_side(book, say=list)
    assert public.is_symlink()
    public.unlink()
    (lay_side_by_side(book, say=list) / "mine").symlink_to(mine)
    with pytest.raises(BuildError, match="changed since: mine"):
        lay_side_by_side(book, say=list)
