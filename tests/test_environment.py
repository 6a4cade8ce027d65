"""pyproject.toml, requirements.lock and environment.yml name the same versions, and no addresses."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version


@pytest.fixture(scope="module")
def declared(root):
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = project["dependencies"] + project["optional-dependencies"]["dev"]
    return {canonicalize_name(item.name): item for item in map(Requirement, lines)}


@pytest.fixture(scope="module")
def locked(root):
    """Return ``{name: [(version, marker)]}`` of the lock file."""
    text = (root / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", "")
    found = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            item = Requirement(line.split("--hash")[0].strip())
            (pin,) = item.specifier
            assert pin.operator == "==", line
            assert re.search(r"--hash=sha256:[0-9a-f]{64}", line), f"{item.name} has no hash"
            found.setdefault(canonicalize_name(item.name), []).append((Version(pin.version), item.marker))
    return found


@pytest.fixture(scope="module")
def conda(root):
    """Return ``{name: version}`` of the conda environment, and apart what pip adds to it."""
    listed = yaml.safe_load((root / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    pins = dict(line.split("=") for line in listed if isinstance(line, str) and "=" in line)
    return pins, listed[-1]


def test_every_declared_package_is_locked_at_a_version_it_allows(declared, locked):
    for name, item in declared.items():
        assert name in locked, f"{name} is not in requirements.lock"
        assert all(version in item.specifier for version, _ in locked[name]), name


def test_the_conda_environment_has_exactly_the_declared_packages_at_the_locked_versions(
    declared, locked, conda
):
    pins, pip = conda
    python = pins.pop("python")
    assert set(pins) == set(declared)
    for name, pin in pins.items():
        here = [
            version
            for version, marker in locked[name]
            if marker is None
            or marker.evaluate({"python_version": python, "python_full_version": f"{python}.0"})
        ]
        assert [Version(pin)] == here, name
    assert pip == {"pip": ["--editable ."]}


def test_the_oldest_python_promised_is_the_one_of_the_conda_environment(root, conda):
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == f">={conda[0].get('python', '3.11')}"


def test_the_lock_file_has_no_address(root):
    text = (root / "requirements.lock").read_text(encoding="utf-8")
    assert not re.search(r"https?://|--index|--find-links|file:|@ ", text)


def test_the_installed_versions_are_the_locked_ones(declared, locked):
    from importlib.metadata import version

    for name in declared:
        here = [pin for pin, marker in locked[name] if marker is None or marker.evaluate()]
        assert [Version(version(name))] == here, name


def test_every_imported_package_is_declared(root, declared):
    provided = packages_distributions()
    beside = {path.stem for path in (root / "tests").glob("*.py")}
    known = {*sys.stdlib_module_names, "doorgroeien", *beside}
    for path in [*(root / "src").rglob("*.py"), *(root / "tests").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.level == 0 else []
            for module in {name.split(".")[0] for name in names} - known:
                owners = {canonicalize_name(owner) for owner in provided[module]}
                assert owners & set(declared), (
                    f"{path.name} imports {module}, which pyproject.toml does not name"
                )
