"""Citations: the file agrees with the package, and each form says what the citation says."""

import json
import re
import shutil
import tomllib
from dataclasses import replace
from datetime import date

import cffconvert
import pytest
import rispy
import yaml
from bs4 import BeautifulSoup
from conftest import git
from hypothesis import given
from hypothesis import strategies as st
from pybtex.database import parse_string
from pybtex.richtext import Text

from doorgroeien.publishing import citation
from doorgroeien.publishing.citation import Author, Book, Citation

TITLE = "Doorgroeien: an executable baseline measurement of welfare enforcement in Dutch municipalities"
EDITION = {"en": "reference edition - synthetic answers", "nl": "referentie-editie - synthetische antwoorden"}
ADDRESS = "https://example.org/doorgroeien/latest"
BOOK = Book(
    title=TITLE,
    authors=(Author("The Doorgroeien contributors"),),
    version="1.2.3",
    released=date(2026, 11, 24),
    date=date(2027, 3, 1),
    licences=("MIT", "CC-BY-4.0"),
    keywords=("welfare enforcement",),
    abstract="An executable book on a baseline measurement of the year 2008.",
    commit="0123456789",
)
CHAPTER = Citation(
    book=BOOK,
    kind="chapter",
    id="support",
    titles={"en": "Support at all levels"},
    language="en",
    date=date(2027, 2, 9),
    path="notebooks/support.html",
    edition=EDITION,
)
NUMBER = replace(
    CHAPTER,
    kind="number",
    id="triangulation.cases.change",
    titles={"en": "Registered fraud cases: change", "nl": "Geregistreerde fraudezaken: verandering"},
    path="numbers/triangulation.cases.change.html",
    edition=None,
    basis=dict.fromkeys(("en", "nl"), ("Centraal Bureau voor de Statistiek (2012)",)),
)
WHOLE = replace(
    CHAPTER, kind="book", id="index", titles={"en": TITLE}, date=BOOK.date, path="book/index.html"
)
FIGURE = replace(CHAPTER, kind="figure", id="support.levels", path="notebooks/support.html#support.levels")
DUTCH = replace(CHAPTER, id="samenvatting", titles={"nl": "Samenvatting voor beleid"}, language="nl")
NASTY = [
    "50% of 100 & more_or_less #1 for $2",
    "He said \"no\", she said 'yes' – ‘maybe’ “perhaps”",
    "Braces {open, close} and } alone {",
    "Back\\slash, tilde ~ and caret ^, @author, a = {b}",
    "Één gemeente, coöperatie, naïef, ½ €\u00a012, −6,9%",
    "WWB, MTO and the SIOD: <b>bold</b> & </script>",
    "comma, and, and: and",
    "ER - and TY - in a title",
]


def published(cited, address=ADDRESS):
    """Return the citation on a site with a public address."""
    return replace(cited, book=replace(cited.book, address=address))


def entry(text):
    """Return the one entry of a BibTeX file."""
    entries = parse_string(text, "bibtex").entries
    assert len(entries) == 1
    return next(iter(entries.values()))


def unlatex(text):
    """Return the text that a value of ours in BibTeX stands for."""
    names = {"textbackslash": "\\", "textbraceleft": "\0", "textbraceright": "\1", "textasciitilde": "\2"}
    names |= {"textasciicircum": "^", "textquotedbl": '"'}
    text = re.sub(r"\{\\(text\w+)\}", lambda match: names[match[1]], text)
    text = re.sub(r"\\([&%$#_])", r"\1", text).replace("~", "\u00a0").replace("{", "").replace("}", "")
    return text.replace("\0", "{").replace("\1", "}").replace("\2", "~")


def meta(html):
    """Return the tags as ``{name: [contents]}``."""
    tags = {}
    for tag in BeautifulSoup(html, "html.parser").find_all("meta"):
        tags.setdefault(tag.get("name") or tag["property"], []).append(tag["content"])
    return tags


def test_the_citation_file_is_valid_and_names_the_version_of_the_package(root):
    text = (root / "CITATION.cff").read_text(encoding="utf-8")
    citation = cffconvert.Citation(text)
    citation.validate()
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert citation.cffobj["version"] == project["version"]
    assert [author["name"] for author in citation.cffobj["authors"]] == [project["authors"][0]["name"]]


def test_the_changelog_begins_with_that_version(root):
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert re.findall(r"^## .*?(\d+\.\d+\.\d+)", text, re.MULTILINE)[0] == project["version"]


def test_the_book_is_what_the_citation_file_says(root, monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    cff = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    book = citation.load_book(root, ADDRESS, EDITION)
    assert (book.title, book.version, list(book.licences)) == (cff["title"], cff["version"], cff["license"])
    assert [author.name for author in book.authors] == [author["name"] for author in cff["authors"]]
    assert book.released.isoformat() == str(cff["date-released"])
    assert book.address == ADDRESS and book.edition == EDITION
    assert book.licence.startswith("https://creativecommons.org/licenses/by/4.0")


# Dates and commit


@pytest.fixture
def repository(root, tmp_path, monkeypatch):
    """Return a small repository of two commits, a year apart."""
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    folder = tmp_path / "repository"
    (folder / "notebooks").mkdir(parents=True)
    shutil.copy(root / "CITATION.cff", folder)
    git(folder, "init", "--quiet")
    for year in ("2030", "2031"):
        monkeypatch.setenv("GIT_COMMITTER_DATE", f"{year}-05-06T23:59:00+0200")
        (folder / "notebooks" / f"of {year} é.ipynb").write_text(year, encoding="utf-8")
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "--message", year)
    return folder


def test_a_page_has_the_day_of_the_last_commit_that_touched_it(repository):
    book = citation.load_book(repository)
    assert book.dated("notebooks/of 2030 é.ipynb") == date(2030, 5, 6)
    assert book.dated("notebooks/of 2031 é.ipynb") == book.date == date(2031, 5, 6)
    assert book.dated("notebooks/not in git.ipynb") == book.released
    assert git(repository, "rev-parse", "HEAD").startswith(book.commit) and len(book.commit) >= 10


def test_the_commit_is_left_out_where_files_differ_from_it(repository):
    (repository / "notebooks" / "of 2030 é.ipynb").write_text("changed", encoding="utf-8")
    assert citation.load_book(repository).commit is None


def test_source_date_epoch_takes_the_place_of_all_dates(repository, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1577836800")
    book = citation.load_book(repository)
    assert book.date == book.dated("notebooks/of 2030 é.ipynb") == date(2020, 1, 1)


def test_outside_git_and_in_a_shallow_clone_the_date_is_that_of_the_release(repository, tmp_path):
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--depth", "1", repository.as_uri(), str(shallow))
    book = citation.load_book(shallow)
    assert book.date == book.dated("notebooks/of 2030 é.ipynb") == book.released and book.commit
    # A copy without its own history must not take that of a repository around it.
    inside = repository / "copy"
    inside.mkdir()
    shutil.copy(repository / "CITATION.cff", inside)
    book = citation.load_book(inside)
    assert book.date == book.released and book.commit is None


# Forms


def test_apa_is_that_of_the_seventh_edition():
    assert citation.apa(published(WHOLE)).striptags() == (
        f"The Doorgroeien contributors. (2027). {TITLE} (Version 1.2.3) [{EDITION['en']}]. "
        f"{ADDRESS}/book/index.html"
    )
    assert citation.apa(published(CHAPTER)).striptags() == (
        f"The Doorgroeien contributors. (2027). Support at all levels [{EDITION['en']}]. In {TITLE} "
        f"(Version 1.2.3). {ADDRESS}/notebooks/support.html"
    )
    assert citation.apa(published(NUMBER)).striptags() == (
        f"The Doorgroeien contributors. (2027). Registered fraud cases: change [Number]. In {TITLE} "
        "(Version 1.2.3), triangulation.cases.change. Based on Centraal Bureau voor de Statistiek (2012). "
        f"{ADDRESS}/numbers/triangulation.cases.change.html"
    )
    assert citation.apa(DUTCH).striptags() == (
        f"The Doorgroeien contributors. (2027). Samenvatting voor beleid [{EDITION['nl']}]. In {TITLE} "
        "(Versie 1.2.3)."
    )
    assert f"<cite>{TITLE}</cite>" in citation.apa(CHAPTER)
    asks = replace(CHAPTER, titles={"en": "What changed?"}, edition=None)
    assert "(2027). What changed? In " in citation.apa(asks)


def test_persons_are_cited_by_surname_and_initials():
    people = (Author("De Levita", "Bob"), Author("Oort", "Ferdinand Jan"))
    cited = replace(CHAPTER, book=replace(BOOK, authors=people))
    assert citation.apa(cited).startswith("De Levita, B., &amp; Oort, F. J. (2027). ")
    assert citation.dutch_note(cited).startswith("Bob De Levita en Ferdinand Jan Oort, ")
    persons = entry(citation.bibtex(cited)).persons["author"]
    assert [str(person) for person in persons] == ["De Levita, Bob", "Oort, Ferdinand Jan"]
    assert rispy.loads(citation.ris(cited))[0]["authors"] == ["De Levita, Bob", "Oort, Ferdinand Jan"]
    assert citation.csl(cited)["author"][1] == {"family": "Oort", "given": "Ferdinand Jan"}
    assert meta(citation.head_tags(cited, "x"))["citation_author"] == [
        "De Levita, Bob",
        "Oort, Ferdinand Jan",
    ]


def test_a_parliamentary_note_is_dutch_whatever_the_page():
    assert citation.dutch_note(published(CHAPTER)).striptags() == (
        f"The Doorgroeien contributors, ‘Support at all levels’, in: {TITLE}, versie 1.2.3, 9 februari 2027 "
        f"({EDITION['nl']}), {ADDRESS}/notebooks/support.html."
    )
    assert citation.dutch_note(NUMBER).striptags() == (
        "The Doorgroeien contributors, ‘Geregistreerde fraudezaken: verandering’ "
        f"(getal triangulation.cases.change), in: {TITLE}, versie 1.2.3, 9 februari 2027, "
        "op basis van Centraal Bureau voor de Statistiek (2012)."
    )
    note = citation.dutch_note(WHOLE).striptags()
    assert note.startswith(f"The Doorgroeien contributors, {TITLE}, versie 1.2.3")


def test_in_a_sentence_stand_author_year_version_and_id():
    assert citation.in_text(NUMBER) == (
        "The Doorgroeien contributors, 2027, version 1.2.3, triangulation.cases.change"
    )
    assert citation.in_text(CHAPTER) == "The Doorgroeien contributors, 2027, version 1.2.3"


@pytest.mark.parametrize("cited", [WHOLE, CHAPTER, NUMBER, FIGURE, DUTCH], ids=lambda cited: cited.kind)
def test_bibtex_comes_back_as_the_citation(cited):
    found = entry(citation.bibtex(published(cited)))
    assert found.type == ("book" if cited.kind == "book" else "incollection")
    assert found.key == cited.key and re.fullmatch(r"Doorgroeien2027[\w.-]*", found.key)
    # One organisation, not a person whose surname is its last word.
    assert [str(Text.from_latex(str(person))) for person in found.persons["author"]] == [BOOK.authors[0].name]
    assert found.persons["author"][0].last_names == ["{The Doorgroeien contributors}"]
    fields = found.fields
    assert str(Text.from_latex(fields["title"])) == cited.full_title
    assert str(Text.from_latex(fields.get("booktitle", TITLE))) == TITLE
    assert ("booktitle" in fields) == (cited.kind != "book") and "{Dutch}" in citation.bibtex(cited)
    assert (fields["year"], fields["version"]) == ("2027", "1.2.3")
    assert fields["month"] == f"{cited.date:%B}"
    assert fields["url"] == f"{ADDRESS}/{cited.path}"
    assert str(Text.from_latex(fields["note"])) == cited.note and "commit 0123456789" in cited.note
    assert ("url" in entry(citation.bibtex(cited)).fields) is False


@pytest.mark.parametrize("cited", [WHOLE, CHAPTER, NUMBER, FIGURE, DUTCH], ids=lambda cited: cited.kind)
def test_ris_comes_back_as_the_citation(cited):
    (found,) = rispy.loads(citation.ris(published(cited)))
    assert found.pop("urls") == [f"{ADDRESS}/{cited.path}"]
    expected = {
        "type_of_reference": "BOOK" if cited.kind == "book" else "CHAP",
        "authors": ["The Doorgroeien contributors"],
        "title": cited.full_title,
        "year": "2027",
        "date": f"{cited.date:%Y/%m/%d}/",
        "edition": "Versie 1.2.3" if cited.language == "nl" else "Version 1.2.3",
        "notes": [cited.note],
        "language": cited.language,
    }
    assert found == expected | ({} if cited.kind == "book" else {"secondary_title": TITLE})
    assert "urls" not in rispy.loads(citation.ris(cited))[0]


@pytest.mark.parametrize("cited", [WHOLE, CHAPTER, NUMBER, FIGURE, DUTCH], ids=lambda cited: cited.kind)
def test_csl_has_what_a_style_needs(cited):
    (item,) = json.loads(citation.csl_json(published(cited)))
    assert item["type"] == ("book" if cited.kind == "book" else "chapter")
    assert item.get("container-title") == (None if cited.kind == "book" else TITLE)
    assert item["author"] == [{"literal": "The Doorgroeien contributors"}]
    assert item["issued"] == {"date-parts": [[cited.date.year, cited.date.month, cited.date.day]]}
    assert (item["id"], item["title"], item["language"]) == (cited.key, cited.full_title, cited.language)
    assert item["URL"] == f"{ADDRESS}/{cited.path}" and "URL" not in citation.csl(cited)
    assert (item["version"], item["note"]) == ("1.2.3", cited.note)


@pytest.mark.parametrize("title", NASTY)
def test_no_character_of_a_title_breaks_a_form(title):
    cited = replace(CHAPTER, titles={"en": title}, edition=None)
    assert unlatex(entry(citation.bibtex(cited)).fields["title"]) == title
    (found,) = rispy.loads(citation.ris(cited))
    assert found["title"] == title and found["type_of_reference"] == "CHAP"
    assert json.loads(citation.csl_json(cited))[0]["title"] == title
    tags = meta(citation.head_tags(cited, title))
    assert tags["citation_title"] == tags["DC.title"] == tags["og:title"] == [title]
    shown = BeautifulSoup(citation.apa(cited), "html.parser")
    assert title in shown.get_text() and shown.find_all(["b", "script"]) == []
    block = BeautifulSoup(citation.json_ld(citation.described(cited, title)), "html.parser").find_all(
        "script"
    )
    assert len(block) == 1 and json.loads(block[0].string)["name"] == title


# Letters, marks, digits, punctuation, symbols and the plain space.
WRITTEN = st.characters(codec="utf-8", categories=["L", "M", "N", "P", "S"], include_characters=" ")


@given(st.text(WRITTEN, min_size=1).map(lambda text: " ".join(text.split())).filter(bool))
def test_any_title_comes_back_from_bibtex_and_ris(title):
    cited = replace(CHAPTER, titles={"en": title}, edition=None)
    assert unlatex(entry(citation.bibtex(cited)).fields["title"]) == title
    assert rispy.loads(citation.ris(cited))[0]["title"] == title


def test_pybtex_reads_the_usual_characters_by_itself():
    title = "50% of 100 & more_or_less #1: één coöperatie – WWB"
    cited = replace(CHAPTER, titles={"en": title}, edition=None)
    assert str(Text.from_latex(entry(citation.bibtex(cited)).fields["title"])) == title


@pytest.mark.parametrize("cited", [WHOLE, CHAPTER, FIGURE, DUTCH], ids=lambda cited: cited.kind)
def test_the_edition_stands_in_every_form(cited):
    name = EDITION[cited.language]
    forms = [citation.apa(cited), citation.bibtex(cited), citation.ris(cited), citation.csl_json(cited)]
    forms += [citation.head_tags(cited, "x"), citation.json_ld(citation.described(cited, "x"))]
    assert all(name in form for form in forms)
    assert EDITION["nl"] in citation.dutch_note(cited)
    tags = meta(citation.head_tags(cited, "Of the municipalities, half."))
    for tag in ("citation_title", "DC.title", "og:title", "description", "og:description"):
        assert name.lower() in tags[tag][0].lower(), tag
    without = replace(cited, edition=None)
    assert not any("synthe" in form(without) for form in (citation.apa, citation.bibtex, citation.ris))


# Head tags


def test_without_a_public_address_no_form_has_one_and_all_are_whole():
    for cited in (WHOLE, CHAPTER, NUMBER, DUTCH):
        forms = [form(cited) for form in (citation.apa, citation.dutch_note, citation.bibtex, citation.ris)]
        forms.append(citation.csl_json(cited))
        assert not any("http" in form or cited.path in form for form in forms)
        tags = meta(citation.head_tags(cited, "x"))
        addressed = {"citation_public_url", "citation_fulltext_html_url", "og:url", "og:image"}
        assert not addressed & set(tags)
        assert tags["DC.identifier"] == [cited.key]
        item = json.loads(
            BeautifulSoup(citation.json_ld(citation.described(cited, "x")), "html.parser").script.string
        )
        assert "url" not in item and "url" not in item.get("isPartOf", {})


@pytest.mark.parametrize("address", [ADDRESS, ADDRESS + "/"])
def test_with_a_public_address_it_stands_in_every_tag_that_takes_one(address):
    tags = meta(citation.head_tags(published(CHAPTER, address), "x"))
    page = f"{ADDRESS}/notebooks/support.html"
    for name in ("citation_public_url", "citation_fulltext_html_url", "og:url", "DC.identifier"):
        assert tags[name] == [page], name
    assert tags["og:image"] == [f"{ADDRESS}/_static/card.png"]
    item = citation.described(published(CHAPTER, address), "x")
    assert item["url"] == page and item["isPartOf"]["url"] == f"{ADDRESS}/book/index.html"
    files = citation.monitor_table(published(CHAPTER, address).book, "../results")["distribution"]
    assert [file["contentUrl"] for file in files] == [
        f"{ADDRESS}/results/results.{name}" for name in ("csv", "json", "xlsx")
    ]


def test_a_description_is_short_plain_and_cut_between_words():
    text = "word " * 60
    (description,) = meta(citation.head_tags(replace(CHAPTER, edition=None), text))["description"]
    assert 120 < len(description) <= 160 and description.endswith("word…")
    assert len(citation.shorten("x" * 500)) == 160
    assert citation.shorten("two\n  lines") == "two lines"


def test_the_data_of_search_engines_are_those_of_schema_org():
    item = citation.described(CHAPTER, "What it says.")
    assert (item["@type"], item["name"], item["inLanguage"]) == ("Chapter", CHAPTER.full_title, "en")
    assert item["author"] == [{"@type": "Organization", "name": "The Doorgroeien contributors"}]
    assert (item["datePublished"], item["version"], item["license"]) == ("2027-02-09", "1.2.3", BOOK.licence)
    assert (item["isPartOf"]["@type"], item["isPartOf"]["name"]) == ("Book", TITLE)
    whole = citation.described(WHOLE, "What it says.")
    assert (whole["@type"], whole["description"], "isPartOf" in whole) == ("Book", BOOK.abstract, False)
    data = citation.monitor_table(replace(BOOK, edition=EDITION), "../results")
    assert data["@type"] == "Dataset" and EDITION["en"] in data["name"] and data["license"] == BOOK.licence
    # What search engines ask of a data set: so long a description, a creator, files that can be had.
    assert 50 <= len(data["description"]) <= 5000 and data["creator"] == item["author"]
    assert {file["contentUrl"].rsplit(".", 1)[1] for file in data["distribution"]} == {"csv", "json", "xlsx"}
    assert all(
        file["@type"] == "DataDownload" and "/" in file["encodingFormat"] for file in data["distribution"]
    )
    both = json.loads(BeautifulSoup(citation.json_ld(whole, data), "html.parser").script.string)
    assert [part["@type"] for part in both["@graph"]] == ["Book", "Dataset"]
