"""pyproject.toml, requirements.lock and environment.yml name the same versions, and no addresses."""

import ast
import os
import re
import shutil
import subprocess
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
    return {canonicalize_name(name): pin for name, pin in pins.items()}, listed[-1]


def test_every_declared_package_is_locked_at_a_version_it_allows(declared, locked):
    for name, item in declared.items():
        assert name in locked, f"{name} is not in requirements.lock"
        assert all(version in item.specifier for version, _ in locked[name]), name


def test_the_conda_environment_has_exactly_the_declared_packages_at_the_locked_versions(
    declared, locked, conda
):
    pins, pip = conda
    python = pins.pop("python")
    local, *others = pip["pip"]
    assert local == "--editable ." and not set(pip) - {"pip"}
    pins |= dict(line.split("==") for line in others)  # what conda-forge does not have
    assert set(pins) == set(declared)
    for name, pin in pins.items():
        here = [
            version
            for version, marker in locked[name]
            if marker is None
            or marker.evaluate({"python_version": python, "python_full_version": f"{python}.0"})
        ]
        assert [Version(pin)] == here, name


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


# What is used without being imported: by its name in a configuration, or as a command.
BY_NAME = {
    "runtime": {"myst-nb", "sphinx-design", "sphinxcontrib-bibtex"},
    "dev": {
        *("codespell", "flit-core", "import-linter", "jupyterlab", "mypy", "pre-commit", "pytest-cov"),
        *("pytest-xdist", "ruff"),
    },
}


def imported(paths):
    """Return the distributions that Python files import: for each module those that may provide it."""
    provided, found = packages_distributions(), set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.level == 0 else []
            found |= {name.partition(".")[0] for name in names}
    here = {"doorgroeien", *(path.stem for path in paths)}
    return {
        canonicalize_name(owner)
        for name in found - sys.stdlib_module_names - here
        for owner in provided[name]
    }


def named(lines):
    return {canonicalize_name(Requirement(line).name) for line in lines}


def test_the_packages_needed_to_run_are_those_that_the_code_imports(root):
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared, used = named(project["dependencies"]), imported(list((root / "src").rglob("*.py")))
    assert used - declared == set(), "imported in src, and not among the dependencies in pyproject.toml"
    assert declared - used == BY_NAME["runtime"], (
        "a dependency that src never imports, or an exception too many"
    )


def test_the_packages_needed_for_tests_are_those_that_tests_import_beyond_these(root):
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    runtime, dev = named(project["dependencies"]), named(project["optional-dependencies"]["dev"])
    paths = [path for place in ("tests", "tools") for path in (root / place).rglob("*.py")]
    used = imported([*paths, *root.glob("*.py")])
    assert used - runtime == dev - BY_NAME["dev"] and not runtime & dev


@pytest.fixture
def without(tmp_path):
    """Return a folder that, first on the path of Python, hides a package named in it."""
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\nfrom importlib import metadata\n"
        "name, module = os.environ['HIDDEN'].split()\n"
        "sys.modules[module] = None\n"
        "found = metadata.Distribution.from_name\n"
        "def from_name(asked):\n"
        "    if asked == name:\n        raise metadata.PackageNotFoundError(name)\n"
        "    return found(asked)\n"
        "metadata.Distribution.from_name = from_name\n",
        encoding="utf-8",
    )
    return tmp_path


def command(root, folder=None, path=None, **variables):
    """Run the command ``doorgroeien where`` and return what it ends with and the lines it says."""
    places = [str(place) for place in (path, root / "src") if place]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(places)} | variables
    line = [sys.executable, "-m", "doorgroeien", "where"]
    done = subprocess.run(line, cwd=folder or root, env=environment, capture_output=True, text=True)
    return done.returncode, (done.stdout + done.stderr).splitlines()


@pytest.mark.slow
@pytest.mark.parametrize(
    "name, module",
    [("beautifulsoup4", "bs4"), ("sphinx-design", "sphinx_design"), ("traitlets", "traitlets")],
)
def test_a_missing_package_is_named_with_what_to_run(root, without, name, module):
    code, (line,) = command(root, path=without, HIDDEN=f"{name} {module}")
    assert code == 1
    assert re.match(rf"Not installed: {name}\.|The module {module} is not installed\.", line)
    assert "make --always-make .venv/.ready" in line


@pytest.mark.slow
@pytest.mark.parametrize("value", ["1700000000000", "abc", "-5"])
def test_a_wrong_source_date_epoch_ends_every_command_with_one_line(root, value):
    code, (line,) = command(root, SOURCE_DATE_EPOCH=value)
    assert code == 1 and line.startswith(f"SOURCE_DATE_EPOCH: found {value!r}, expected whole seconds")


@pytest.mark.slow
def test_an_empty_source_date_epoch_is_none(root, data_copy):
    code, (line,) = command(root, data_copy, SOURCE_DATE_EPOCH="")
    assert code == 1 and line.startswith("No site yet")


@pytest.mark.slow
def test_the_command_of_another_folder_is_refused(root, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(root / "src", copy / "src")
    (copy / "data").mkdir()
    shutil.copy(root / "data" / "datapackage.json", copy / "data")
    code, (line,) = command(root, copy)
    assert (
        code == 1 and line == f"This is the command of {root}; the book here has its own. Run it with make."
    )


@pytest.fixture
def set_up(root, tmp_path):
    """Return a folder, of a name with spaces, with a virtual environment as ``make`` leaves it, but empty."""
    folder = tmp_path / "a folder's name" / "book"
    folder.mkdir(parents=True)
    for name in ("requirements.lock", "pyproject.toml", "Makefile"):
        shutil.copy(root / name, folder)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / ".venv")], check=True)
    line = [".venv/bin/python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    noted = subprocess.run(line, cwd=folder, capture_output=True, text=True, check=True).stdout
    (folder / ".venv" / ".ready").write_text(noted, encoding="utf-8")
    return folder


def make(folder, *arguments, **variables):
    """Run make in a folder, as if no other make ran this, and return what it says."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))
    }
    command = ["make", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment | variables, capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return done.stdout


def sets_up(folder, target="book"):
    """Tell whether make would set up the virtual environment."""
    return "-m venv" in make(folder, "--dry-run", target)


@pytest.mark.slow
def test_make_sets_up_once_and_again_when_the_lock_changes(set_up):
    assert not any(sets_up(set_up, target) for target in ("book", "test", "pdf", "lab", "serve", "release"))
    (set_up.parent / "link").symlink_to(set_up)
    assert not sets_up(set_up.parent / "link")
    os.utime(set_up / ".venv" / ".ready", (1, 1))
    assert sets_up(set_up)


@pytest.mark.slow
def test_make_sets_up_a_folder_that_was_copied_or_renamed(set_up):
    copy = set_up.with_name("copy of it")
    shutil.copytree(set_up, copy, symlinks=True)
    assert all(sets_up(copy, target) for target in ("book", "test", "pdf", "lab", "serve", "release"))
    assert not sets_up(set_up)
    assert sets_up(set_up.rename(set_up.with_name("renamed")))


@pytest.mark.slow
def test_make_sets_up_a_folder_whose_python_has_gone_or_whose_set_up_was_broken_off(set_up):
    ready = set_up / ".venv" / ".ready"
    noted = ready.read_text(encoding="utf-8")
    ready.write_text(noted.replace("lib/python3", "lib/python2"), encoding="utf-8")  # another version
    assert sets_up(set_up)
    ready.unlink()
    assert sets_up(set_up)
    ready.write_text(noted, encoding="utf-8")
    assert not sets_up(set_up)
    for link in (set_up / ".venv" / "bin").glob("python*"):
        link.unlink()
        link.symlink_to("/nowhere/python")
    assert sets_up(set_up)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONSAFEPATH", "PYTHONOPTIMIZE"]
)
def test_make_tells_python_nothing_that_it_is_told_elsewhere(set_up, name):
    command = set_up / ".venv" / "bin" / "doorgroeien"
    command.write_text("#!/bin/sh\nenv\n", encoding="utf-8")
    command.chmod(0o755)
    told = make(set_up, "book", **{name: "/nowhere", "SURVEY": "/some where"}).splitlines()
    assert "SURVEY=/some where" in told and not any(line.startswith(f"{name}=") for line in told)
