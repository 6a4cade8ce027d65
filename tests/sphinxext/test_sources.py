"""References to works: each leads to one work alone."""

from conftest import ROOT

from doorgroeien.sphinxext.content.sources import short_references


def test_no_two_works_are_cited_alike():
    """Works of one author and year have a letter after the year in the bibliography."""
    cited = list(short_references(ROOT, "nl").values())
    assert "Aboutaleb (2008a)" in cited and sorted(set(cited)) == sorted(cited)
