"""The package is a house of wings: each has a face that says what lives there, and a place for its tests."""

import ast
from importlib import import_module

import pytest
from conftest import ROOT

SOURCE = ROOT / "src" / "doorgroeien"
WINGS = sorted(path.parent for path in SOURCE.rglob("__init__.py") if path.parent != SOURCE)
# Sphinx loads the whole extension by its one name.
FACES = [wing for wing in WINGS if wing.name != "sphinxext"]


@pytest.mark.parametrize("wing", FACES, ids=lambda wing: wing.relative_to(SOURCE).as_posix())
def test_a_face_says_what_lives_in_its_wing_lists_all_of_it_and_imports_nothing(wing):
    face = import_module(".".join(("doorgroeien", *wing.relative_to(SOURCE).parts)))
    modules = {path.stem for path in wing.glob("*.py")} - {"__init__"}
    modules |= {path.parent.name for path in wing.glob("*/__init__.py")}
    assert face.__all__ == sorted(modules)
    assert len(face.__doc__.split()) >= 10
    docstring, listing = ast.parse((wing / "__init__.py").read_text(encoding="utf-8")).body
    assert isinstance(docstring, ast.Expr) and isinstance(listing, ast.Assign)


def test_every_module_says_what_it_hands_out():
    for path in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), path
        names = [
            target.id
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        ]
        assert "__all__" in names, path


def test_tests_of_a_wing_stand_in_a_folder_of_its_name():
    wings = {path.name for path in SOURCE.iterdir() if (path / "__init__.py").is_file()}
    folders = {path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")}
    assert folders == wings | {"built"}
