"""The key of a notebook covers what it follows from, and nothing else."""

import ast
import json
import re
import shutil

import nbformat
import pytest
from conftest import ROOT

from doorgroeien import HOMES
from doorgroeien.publishing import dependencies
from doorgroeien.publishing.dependencies import PACKAGE, Surroundings, bare
from doorgroeien.publishing.execution import KEYS, Stamp, notebook_paths, stale

BOOKS = {path.stem: nbformat.read(ROOT / path, as_version=4) for path in notebook_paths(ROOT)}
CODE = {
    name: [cell.source for cell in book.cells if cell.cell_type == "code"] for name, book in BOOKS.items()
}
STAMPS = {
    path.stem: Stamp.read(value)
    for path, value in (
        (ROOT / name, value) for name, value in json.loads((ROOT / KEYS).read_text(encoding="utf-8")).items()
    )
}
FILES = {
    ".".join(path.with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))
}


@pytest.fixture
def book(data_copy, monkeypatch):
    """Return a copy of all that keys cover: the data, the bibliography, the lock file and the package."""
    shutil.copy(ROOT / "requirements.lock", data_copy)
    package = data_copy / "package"
    shutil.copytree(dependencies.PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(dependencies, "PACKAGE", package)
    return data_copy


@pytest.fixture
def turned(book):
    """Return a function that makes a change and tells which notebooks' keys that turned."""
    known = [keys(book)]

    def of(change):
        change()
        known.append(keys(book))
        return {name for name in CODE if known[-2][name] != known[-1][name]}

    return of


def keys(book, code=CODE):
    surroundings = Surroundings(book)
    return {name: surroundings.key(code[name], STAMPS[name].used) for name in code}


def edit(path, old, new, count=1):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, count), encoding="utf-8")


def imported(texts, within):
    """Return the modules of the package that code imports, directly or not; ``within`` functions too."""
    found, ahead = set(), list(texts)
    while ahead:
        tree = ast.parse(ahead.pop())
        for node in ast.walk(tree) if within else tree.body:
            modules = _modules(node) - found
            found |= modules
            ahead += [(PACKAGE / FILES[one]).read_text(encoding="utf-8") for one in modules]
    return found


def _modules(node):
    """Return the modules that a statement imports from the package, with the wings that they are in."""
    if not isinstance(node, ast.ImportFrom) or (node.module or "").partition(".")[0] != "doorgroeien":
        return set()
    names = {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    if node.module == "doorgroeien":  # which hands on what its modules define
        names |= {f"doorgroeien.{HOMES.get(alias.name, 'results.register')}" for alias in node.names}
    within = {name.removeprefix("doorgroeien").lstrip(".") for name in names}
    within |= {name.rpartition(".")[0] for name in within} | {"__init__"}
    return within & set(FILES)


def test_every_notebook_has_a_stamp_and_it_fits():
    assert set(STAMPS) == set(CODE)
    assert stale(ROOT) == []


@pytest.mark.slow
def test_a_changed_module_turns_the_keys_of_exactly_the_notebooks_that_import_it(book, turned):
    """What a module imports within a function only counts where it was needed."""
    always = {name: imported(code, within=False) for name, code in CODE.items()}
    perhaps = {name: imported(code, within=True) for name, code in CODE.items()}
    for module, file in FILES.items():
        path = dependencies.PACKAGE / file
        change = lambda path=path: path.write_text(path.read_text("utf-8") + "\nx = 1\n", "utf-8")  # noqa: E731
        found = turned(change)
        assert {name for name in CODE if module in always[name]} <= found, module
        assert found <= {name for name in CODE if module in perhaps[name]}, module
    assert "intake.check" in perhaps["support"] - always["support"]


def test_comments_docstrings_and_other_spacing_turn_no_key(book, turned):
    path = dependencies.PACKAGE / "estimation" / "arrays.py"

    def change():
        edit(path, '"""Sums and products', '"""Other words on sums and products')
        edit(path, "SIDE = 64", "# Why so many.\n\n\nSIDE = 64  # and why not more")
        edit(path, '"""Yield slices', '"""Give slices')

    assert turned(change) == set()
    users = {name for name in CODE if "estimation.arrays" in STAMPS[name].used.modules}
    assert turned(lambda: edit(path, "SIDE = 64", "SIDE = 65")) == users != set()


def test_changed_words_turn_the_keys_of_the_chapters_that_use_them(book, turned):
    shared, evidence = "notebooks/pictures.toml", "notebooks/real-evidence.toml"
    assert {file for stamp in STAMPS.values() for file in stamp.used.words} == {
        *(shared, evidence, "notebooks/selection.toml"),
        *(f"notebooks/{name}.toml" for name in CODE),
    }
    (book / "notebooks").mkdir(exist_ok=True)
    turned(lambda: shutil.copy(ROOT / evidence, book / evidence))
    users = {name for name in CODE if evidence in STAMPS[name].used.words}
    assert turned(lambda: edit(book / evidence, "[", "\n[")) == users != set(CODE)
    turned(lambda: shutil.copy(ROOT / shared, book / shared))
    assert turned(lambda: edit(book / shared, "[", "\n[")) == set(CODE)
    for name in CODE:
        file = f"notebooks/{name}.toml"
        turned(lambda file=file: shutil.copy(ROOT / file, book / file))
        assert turned(lambda file=file: edit(book / file, "[", "\n[")) == {name}


def test_a_changed_table_or_schema_turns_the_keys_of_the_notebooks_that_load_it(book, turned):
    users = lambda table: {name for name in CODE if table in STAMPS[name].used.tables}  # noqa: E731
    package = json.loads((book / "data" / "datapackage.json").read_text(encoding="utf-8"))
    for resource in package["resources"]:
        path = book / "data" / resource["path"]
        assert turned(lambda path=path: edit(path, "\n", "\n\n")) == users(resource["name"])
    assert set() < users("figures") < set(CODE)
    ledger = {name for name in CODE if "survey.ledger" in STAMPS[name].used.modules}
    # One chapter asks the ledger for the items that speak to a finding, another what a panel needs to be one:
    # for no estimand.
    assert users("estimands") == ledger - {"measurable-goals", "answer-quality"} != ledger != set(CODE)
    surveyed = {name for name, cells in CODE.items() if any("load_survey()" in cell for cell in cells)}
    assert users("answers") == surveyed != set(CODE)

    def describe():
        package["resources"][0]["title"] = "Another title"
        (book / "data" / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")

    assert turned(describe) == users(package["resources"][0]["name"])


def test_a_hash_and_the_readme_of_the_data_turn_no_key(book, turned):
    path = book / "data" / "datapackage.json"
    assert turned(lambda: path.write_text(re.sub("sha256:[0-9a-f]+", "sha256:0", path.read_text()))) == set()
    assert turned(lambda: edit(book / "data" / "README.md", "\n", "\n\n")) == set()


def test_a_locked_version_turns_the_keys_of_the_notebooks_it_matters_to(book, turned):
    lock = book / "requirements.lock"
    bump = lambda name: lambda: edit(lock, f"\n{name}==", f"\n{name}==9", -1)  # noqa: E731
    assert turned(bump("numpy")) == set(CODE)
    assert turned(bump("stepmix")) == {"municipality-types"}
    assert turned(bump("patsy")) == {name for name in CODE if "patsy" in STAMPS[name].used.packages} != set()
    for name in ("sphinx", "hypothesis", "jupyterlab", "pypdf"):
        assert turned(bump(name)) == set(), name


def test_a_source_that_leaves_the_bibliography_turns_the_keys_of_the_notebooks_that_cite_it(book, turned):
    path = book / "book" / "references.bib"
    cited = {source for stamp in STAMPS.values() for source in stamp.used.sources}
    source = min(cited)
    assert turned(lambda: edit(path, "title = {", "title = {New: ")) == set()
    assert turned(lambda: edit(path, f"{{{source},", "{Another,")) == {
        name for name in CODE if source in STAMPS[name].used.sources
    }


def test_code_of_a_notebook_turns_its_own_key_and_comments_in_it_do_not():
    before = keys(ROOT)
    changed = {**CODE, "support": [*CODE["support"][:-1], CODE["support"][-1] + "\n# why\n"]}
    assert keys(ROOT, changed) == before
    changed["support"][-1] += "x = 1"
    after = keys(ROOT, changed)
    assert {name for name in CODE if after[name] != before[name]} == {"support"}


def test_tables_reach_a_notebook_through_the_loader_alone():
    """Else a key would miss what they hold."""
    reading = re.compile(r"\b(open|read_csv|read_text|read_bytes|read_parquet|read_excel|loadtxt|fromfile)\(")
    for name, code in CODE.items():
        assert not [cell for cell in code if reading.search(cell)], name
    used = {module for stamp in STAMPS.values() for module in stamp.used.modules} - {"data.tables"}
    used -= {"results.chapter"}  # reads words, which a key covers too
    for module in used:
        assert not reading.search((PACKAGE / FILES[module]).read_text(encoding="utf-8")), module


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ('"""Module."""\nx = 1  # one\n', "x = 1"),
        ("def f():\n    '''Say.\n\n    More.\n    '''\n    return 1\n", "def f():\n    return 1"),
        ("def f():\n    'é' ; return '#'  # é\n", "def f():\n     ; return '#'"),
        (
            "class A:\n    '''A.'''\n\n    b = '''not a docstring'''\n",
            "class A:\n    b = '''not a docstring'''",
        ),
        ("x = '''a # b\n'''\n# c\n", "x = '''a # b\n'''"),
        ("f'{1:#x}'  # c\n", "f'{1:#x}'"),
        ("", ""),
    ],
)
def test_bare_code_has_no_comments_and_docstrings(source, code):
    assert bare(source) == code
