"""A book of one chapter that shows all it loads, and real answers to build it on, with planted values."""

import re
import shutil
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd

from doorgroeien.synthetic.population import write_reference

__all__ = [
    "ACTING",
    "CELLS",
    "NOTEBOOK",
    "PLANTED",
    "SHARED",
    "aside",
    "given",
    "leaks",
    "write_answers",
    "write_book",
    "write_notebook",
]

# What must never leave the package: an identifier, a municipality, a number of inhabitants and a name.
PLANTED = ("q-geheim-4711", "plantdorp-9183", "18734", "Plantsma")
# What would act in HTML, an attribute, a template, Markdown and a link, were it more than a text.
ACTING = (
    "</script></title><script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "{{ 7 * 7 }}",
    "{eval-rst}`x`",
    "[more](javascript:alert%281%29)",
)
SECRET = tuple(value.encode() for value in PLANTED)
NOTEBOOK = "notebooks/door.ipynb"
CELLS = [
    "from doorgroeien import publish, publish_figure, publish_table\n"
    "from doorgroeien.intake.loading import load_survey\n"
    "survey = load_survey()\n"
    "survey.respondents",
    "print(survey.answers.head(3), survey.municipalities)",
    'publish("door.respondents", len(survey.respondents), unit="persons", definition=("people", "mensen"),\n'
    '        population=("everybody asked", "iedereen die is gevraagd"),\n'
    '        resting=survey.resting("everybody"), **survey.provenance)',
    """import matplotlib.pyplot as plt
waves = survey.waves[["label_en", "wave"]].assign(n=99, units=99)
about = {"population": tuple(waves["label_en"]), **survey.provenance}
heads, told = {"label_en": "wave", "wave": "year"}, ("The waves, and their years.", "De metingen, met jaren.")
publish_table("door.waves", waves, columns=heads, caption=told, **about)
figure, axes = plt.subplots()
axes.plot(waves["wave"])
publish_figure("door.years", figure, data=waves, caption=told, alt=tuple(waves["label_en"]), **about)""",
]
# Workers get so much that joblib would write it into a file for all of them, and keep it for a while.
SHARED = """import os, pathlib, time
import numpy as np
from joblib import Parallel, delayed
raw = np.tile(survey.answers["d3c_skills"].to_numpy("float64", na_value=np.nan), 100)
def work(raw, kernel):
    pathlib.Path(os.environ["HOME"], "ready").write_text(str(kernel))
    time.sleep(SECONDS)
Parallel(2)(delayed(work)(raw, os.getpid()) for _ in range(2))"""
PAGE = "# Door\n\nThere are {num}`door.respondents` of them.\n"
MAPPING = """[edition]
edition = "trial"
name_en = '''trial of the door ACTING'''
name_nl = '''proef van de deur ACTING'''
synthetic = 0
[ignore]
respondents = ["name"]
"""
ASKED, ROWS = "d3c_skills", 100  # an item, and of how many respondents in a row the answers are looked for


def write_notebook(book: Path, cells):
    """Write the chapter of the book, with these cells of code."""
    cells = [nbformat.v4.new_markdown_cell("# Chapter"), *map(nbformat.v4.new_code_cell, cells)]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})
    nbformat.write(notebook, book / NOTEBOOK)


def write_book(folder: Path, root: Path) -> Path:
    """Write a book of one page and one chapter, which shows everything that it loads; return its folder."""
    for name in ("src", "data"):
        shutil.copytree(root / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("CITATION.cff", "_config.yml", "pyproject.toml", "requirements.lock"):
        shutil.copy(root / name, folder)
    for name in ("book", "notebooks"):
        (folder / name).mkdir()
    shutil.copy(root / "book" / "references.bib", folder / "book")
    (folder / "book" / "index.md").write_text(PAGE, encoding="utf-8")
    # Every page links to these two.
    (folder / "book" / "how-to-cite.md").write_text("# How to cite\n", encoding="utf-8")
    summary = "---\nlanguage: nl\n---\n\n# Samenvatting\n"
    (folder / "book" / "samenvatting.md").write_text(summary, encoding="utf-8")
    chapters = "{file: notebooks/door}, {file: book/how-to-cite}, {file: book/samenvatting}"
    toc = f"format: jb-book\nroot: book/index\nparts:\n  - {{caption: A, chapters: [{chapters}]}}\n"
    (folder / "_toc.yml").write_text(toc, encoding="utf-8")
    write_notebook(folder, CELLS)
    return folder


def write_answers(folder: Path, root: Path) -> Path:
    """Write real answers of another seed and shape: Dutch CSV, planted values, a mapping."""
    write_reference(folder, root, "flat", 11)
    (folder / "truth.csv").unlink()
    (folder / "edition.csv").unlink()
    tables = {path.stem: pd.read_csv(path, dtype=str, keep_default_na=False) for path in folder.glob("*.csv")}
    respondent = tables["respondents"].iloc[-1]
    for table in tables.values():
        table.replace(
            {respondent["respondent"]: PLANTED[0], respondent["municipality"]: PLANTED[1]}, inplace=True
        )
    small = tables["municipalities"]["size_class"] == "<20k"
    rows = small & (tables["municipalities"]["municipality"] != PLANTED[1])
    tables["municipalities"].loc[rows[rows].index[0], "inhabitants"] = PLANTED[2]
    tables["respondents"]["name"] = PLANTED[3]
    for label in ("label_en", "label_nl"):
        tables["waves"][label] += " " + " ".join(ACTING)
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", sep=";", index=False, encoding="cp1252")
    (folder / "mapping.toml").write_text(MAPPING.replace("ACTING", " ".join(ACTING)), encoding="utf-8")
    return folder


def given(package: Path) -> list[bytes]:
    """Return answers in the package as a file might hold them, which nobody gives by chance.

    As text, those of one respondent, with what may stand between them; as numbers in memory, those of many
    to one item, with what may stand for none.
    """
    answers = pd.read_csv(package / "answers.csv", sep=";", dtype=str, keep_default_na=False)
    person = max(answers.drop(columns="respondent").to_numpy().tolist(), key=lambda row: sum(map(bool, row)))
    texts = [mark.join(row) for row in (person, [*filter(None, person)]) for mark in (*",;\t\n|", ", ")]
    column = pd.to_numeric(answers[ASKED]).to_numpy()[-ROWS:]
    filled = [np.where(np.isnan(column), blank, column) for blank in (0, 1)]
    numbers = [
        column.tobytes(),
        *(row.astype(kind).tobytes() for row in filled for kind in (np.int8, np.int64)),
    ]
    assert np.isfinite(column).sum() > 10
    return [*(text.encode() for text in texts), *numbers]


def aside(home: Path) -> dict[str, str]:
    """Return the variables that send what a process writes for its user or for a while to ``home``."""
    (home / "tmp").mkdir(parents=True, exist_ok=True)
    return {"HOME": str(home), "TMPDIR": str(home / "tmp")}


def leaks(folder: Path, planted: Iterable[bytes] = SECRET, since: float = 0) -> list[tuple[str, str]]:
    """Return the planted values in the files below a folder changed ``since``, also those inside archives.

    Digits in the midst of a longer number are there by chance.
    """
    found = []
    for path in folder.rglob("*"):
        try:
            if not path.is_file() or path.lstat().st_ctime < since:
                continue
            contents = [path.read_bytes(), path.name.encode()]
        except OSError:  # gone in the meantime
            continue
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as file:
                contents += [file.read(name) for name in file.namelist()]
        if path.name == "objects.inv":
            contents.append(zlib.decompress(contents[0].split(b"zlib.\n", 1)[1]))
        found += [
            (path.name, value.decode("latin-1"))
            for value in planted
            for text in contents
            if value in text and (not value.isdigit() or re.search(rb"(?<![\d.])%b(?!\d)" % value, text))
        ]
    return found
