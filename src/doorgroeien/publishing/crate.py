"""What an archive says about itself: an RO-Crate and the metadata of Zenodo, both from CITATION.cff."""

import json
from html import escape
from pathlib import Path

import nbformat
from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

from doorgroeien.publishing.citation import LICENCES
from doorgroeien.publishing.versions import read_results

__all__ = ["describe", "editions", "zenodo"]

ORCID = "https://orcid.org/"
FORMATS = {
    ".csv": "text/csv",
    ".ipynb": "application/x-ipynb+json",
    ".json": "application/json",
    ".md": "text/markdown",
    ".pdf": "application/pdf",
    ".toml": "application/toml",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".yml": "application/yaml",
}
FOLDERS = {
    ".ci/": "What a clean checkout must pass",
    ".devcontainer/": "A container to work in",
    ".github/": "Workflow that tests, builds and publishes the book",
    "book/": "Pages of prose and the bibliography",
    "data/": "The evidence as tables, with one schema: a data package",
    "notebooks/": "The analysis: one executed notebook per chapter",
    "site/": "The book as a website: open site/index.html",
    "site/pdf/": "The book and its chapters as PDF",
    "site/results/": "The results: every number, figure and table of the book as data",
    "src/": "The package behind the notebooks and the site",
    "tests/": "The tests",
}
RESULTS = {
    "results.csv": "Every published number, as CSV",
    "results.json": "Every published number, figure and table, as JSON",
    "results.schema.json": "JSON Schema of results.json, which says what each field means",
    "results.xlsx": "Every published number, as a workbook",
}


def describe(folder: Path, citation: dict, address: str = "") -> None:
    """Write ``ro-crate-metadata.json`` about the unpacked archive in ``folder``.

    Every file has an entry or lies in a folder that has one. ``citation`` is the content of CITATION.cff and
    ``address`` the public one of this version, if there is one.
    """
    crate = ROCrate()
    root = crate.root_dataset
    authors = [crate.add(_author(crate, author, at)) for at, author in enumerate(citation["authors"], 1)]
    licences = {
        name: crate.add(ContextEntity(crate, LICENCES[name], {"@type": "CreativeWork", "name": name}))
        for name in citation["license"]
    }
    basis = editions(folder)
    root["name"] = f"{citation['title']} ({citation['version']})"
    root["description"] = " ".join([citation["abstract"].strip(), *map(_rests, basis)])
    root["datePublished"] = str(citation["date-released"])
    root["version"] = citation["version"]
    root["author"] = authors
    root["license"] = list(licences.values())
    root["keywords"] = citation.get("keywords", [])
    root["inLanguage"] = ["en", "nl"]
    if address:
        root["url"] = f"{address}/"
    python = crate.add(
        ContextEntity(crate, "#python", {"@type": "ComputerLanguage", "name": "Python"}),
    )
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            name = f"{path.name}/"
            crate.add_dataset(path, name, properties={"name": FOLDERS.get(name, path.name)})
        else:
            crate.add_file(path, path.name, properties=_file(path))
    for path in sorted((folder / "notebooks").glob("*.ipynb")):
        properties = _file(path, _title(path)) | {"@type": ["File", "SoftwareSourceCode"]}
        notebook = crate.add_file(path, f"notebooks/{path.name}", properties=properties)
        notebook["programmingLanguage"] = python
        notebook["author"] = authors
    for name, properties in _tables(folder / "data"):
        crate.add_file(folder / "data" / name, f"data/{name}", properties=properties)
    crate.add_dataset(
        folder / "data" / "survey",
        "data/survey/",
        properties={"name": f"Survey answers: {_survey(folder)}", "description": _rests(_survey(folder))},
    )
    results = folder / "site" / "results"
    said = " ".join([FOLDERS["site/results/"] + ".", *map(_rests, basis)])
    crate.add_dataset(
        results, "site/results/", properties={"name": "Results of the book", "description": said}
    )
    for name, title in RESULTS.items():
        said = " ".join([title + ".", *map(_rests, basis)])
        properties = _file(results / name, title) | {"description": said}
        crate.add_file(results / name, f"site/results/{name}", properties=properties)
    pdfs = sorted((folder / "site" / "pdf").glob("*.pdf"))
    if pdfs:
        crate.add_dataset(pdfs[0].parent, "site/pdf/", properties={"name": FOLDERS["site/pdf/"]})
    for path in pdfs:
        crate.add_file(path, f"site/pdf/{path.name}", properties=_file(path))
    crate.metadata.write(folder)


def editions(folder: Path) -> list[str]:
    """Return the names of the editions of survey answers on which results in an unpacked archive rest."""
    results = read_results(folder / "site")
    records = (*results["numbers"], *results["figures"], *results["tables"])
    return sorted({record["edition"]["en"] for record in records if record["edition"]})


def zenodo(citation: dict, basis: list[str], address: str = "") -> dict:
    """Return the metadata of a deposit at Zenodo, in the form of ``.zenodo.json``.

    Zenodo takes one licence: the Creative Commons one of text and data; that of the code is in the notes.
    """
    licences = citation["license"]
    creators = []
    for author in citation["authors"]:
        creator = {"name": _inverted(author)}
        creator |= {name: author[name] for name in ("affiliation",) if author.get(name)}
        if author.get("orcid"):
            creator["orcid"] = author["orcid"].removeprefix(ORCID)
        creators.append(creator)
    paragraphs = [citation["abstract"].strip(), *map(_rests, basis)]
    metadata = {
        "title": citation["title"],
        "upload_type": citation["type"],
        "description": "".join(f"<p>{escape(text)}</p>" for text in paragraphs),
        "creators": creators,
        "access_right": "open",
        "license": next(name for name in licences if name.startswith("CC")).lower(),
        "notes": f"Licences: {', '.join(licences)}; README.md says which is for what.",
        "keywords": citation.get("keywords", []),
        "version": citation["version"],
        "publication_date": str(citation["date-released"]),
        "language": "eng",
    }
    related = []
    if address:
        related.append({"identifier": f"{address}/", "relation": "isIdenticalTo", "scheme": "url"})
    if citation.get("repository-code"):
        source = citation["repository-code"]
        related.append({"identifier": source, "relation": "isDerivedFrom", "scheme": "url"})
    return metadata | ({"related_identifiers": related} if related else {})


def _author(crate, author, at):
    if "name" in author:
        return ContextEntity(crate, f"#author-{at}", {"@type": "Organization", "name": author["name"]})
    properties = {"@type": "Person", "name": f"{author['given-names']} {author['family-names']}"}
    return ContextEntity(crate, author.get("orcid", f"#author-{at}"), properties)


def _inverted(author):
    return author.get("name") or f"{author['family-names']}, {author['given-names']}"


def _file(path, name=None):
    properties = {"name": name or path.name, "contentSize": str(path.stat().st_size)}
    if path.suffix in FORMATS:
        properties["encodingFormat"] = FORMATS[path.suffix]
    return properties


def _title(path):
    """Return the title of a notebook: its first heading."""
    cells = nbformat.read(path, as_version=4).cells
    lines = (line for cell in cells if cell.cell_type == "markdown" for line in cell.source.splitlines())
    return next(line.removeprefix("# ") for line in lines if line.startswith("# "))


def _tables(data):
    """Yield path and properties of each table of the data package; synthetic ones are called so."""
    package = json.loads((data / "datapackage.json").read_text(encoding="utf-8"))
    edition = _survey(data.parent)
    for resource in package["resources"]:
        drawn = resource["path"].startswith(("survey/", "validation/"))
        name = f"{resource['title']} ({edition})" if drawn else resource["title"]
        said = f"{resource['description']} {_rests(edition)}" if drawn else resource["description"]
        yield resource["path"], _file(data / resource["path"], name) | {"description": said}


def _survey(folder):
    """Return the name of the edition of the survey answers in ``data/survey``."""
    header, row = (folder / "data" / "survey" / "edition.csv").read_text(encoding="utf-8").splitlines()
    return dict(zip(header.split(","), row.split(","), strict=True))["name_en"]


def _rests(edition):
    return f"What rests on survey answers rests on the {edition}."
