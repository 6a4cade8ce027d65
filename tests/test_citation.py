"""The citation file is valid and agrees with the package and the changelog."""

import re
import tomllib

from cffconvert import Citation


def test_the_citation_file_is_valid_and_names_the_version_of_the_package(root):
    text = (root / "CITATION.cff").read_text(encoding="utf-8")
    citation = Citation(text)
    citation.validate()
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert citation.cffobj["version"] == project["version"]
    assert [author["name"] for author in citation.cffobj["authors"]] == [project["authors"][0]["name"]]


def test_the_changelog_begins_with_that_version(root):
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert re.findall(r"^## .*?(\d+\.\d+\.\d+)", text, re.MULTILINE)[0] == project["version"]
