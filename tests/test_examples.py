"""Every example in the docstrings gives what it says, and each public method of the main classes has one."""

import doctest
import importlib
import inspect
import re
from functools import cached_property

import pytest
from conftest import ROOT

import doorgroeien
from doorgroeien.estimation.design import Design
from doorgroeien.results.chapter import Chapter
from doorgroeien.survey.answers import Survey
from doorgroeien.survey.dimension import Dimension
from doorgroeien.survey.instrument import Instrument
from doorgroeien.survey.partners import Partners
from doorgroeien.survey.planning import Planner

CLASSES = (Design, Survey, Instrument, Dimension, Partners, Planner, Chapter)
FOR_OTHER_MODULES = {
    *(f"Design.{name}" for name in ("adjusted", "covariance", "counted", "fraction", "reached")),
    *("Survey.designs", "Instrument.parts"),
}
PAGE = (ROOT / "book" / "interface.md").read_text(encoding="utf-8")
PATHS = re.findall(r"autofunction:: (doorgroeien(?:\.\w+){2,})$", PAGE, re.MULTILINE)
FUNCTIONS = {
    path: getattr(importlib.import_module(path.rpartition(".")[0]), path.split(".")[-1]) for path in PATHS
}
PARSER, OPTIONS = doctest.DocTestParser(), doctest.ELLIPSIS


def members():
    """Give class and name of each method and property that a reader of the book may use."""
    for kind in CLASSES:
        for name, member in vars(kind).items():
            usable = callable(member) or isinstance(member, property | cached_property | staticmethod)
            if usable and not name.startswith("_") and f"{kind.__name__}.{name}" not in FOR_OTHER_MODULES:
                yield pytest.param(kind, name, id=f"{kind.__name__}.{name}")


def follow(docstring, names, place):
    """Run the example in a docstring with ``names``, which take in what it defines."""
    example = PARSER.get_doctest(docstring, names, place, None, 0)
    assert example.examples, f"{place} has no example"
    report = []
    example.globs = names
    result = doctest.DocTestRunner(optionflags=OPTIONS).run(example, out=report.append, clear_globs=False)
    assert not result.failed, "".join(report)


@pytest.fixture(scope="module")
def begun():
    """Return a function that gives the names that the example of a class defines."""
    known = {}

    def names(kind):
        if kind not in known:
            known[kind] = {}
            follow(inspect.getdoc(kind), known[kind], kind.__name__)
        return known[kind].copy()

    return names


@pytest.mark.parametrize(("kind", "name"), list(members()))
def test_a_method_does_what_its_example_says_after_that_of_its_class(begun, kind, name):
    follow(inspect.getdoc(getattr(kind, name)), begun(kind), f"{kind.__name__}.{name}")


@pytest.mark.parametrize("name", doorgroeien.__all__)
def test_a_function_that_the_package_hands_out_does_what_its_example_says(name):
    follow(inspect.getdoc(getattr(doorgroeien, name)), {}, name)


@pytest.mark.parametrize("path", [path for path in PATHS if ">>>" in FUNCTIONS[path].__doc__])
def test_a_function_on_the_page_on_the_interface_does_what_its_example_says(begun, path):
    names = begun(Design) | begun(Dimension) | {path.split(".")[-1]: FUNCTIONS[path]}
    follow(inspect.getdoc(FUNCTIONS[path]), names, path)


def test_the_page_on_the_interface_lists_each_of_them_once():
    listed = re.findall(r"autofunction:: doorgroeien\.(\w+)$", PAGE, re.MULTILINE)
    listed += [
        ".".join(found) for found in re.findall(r"automethod::.*?([A-Z]\w+)\.(\w+)$", PAGE, re.MULTILINE)
    ]
    for kind, names in re.findall(r"autoclass::.*\.(\w+)\n +:members: (.*)", PAGE):
        listed += [f"{kind}.{name}" for name in names.split(", ")]
    expected = [case.id for case in members()] + doorgroeien.__all__
    assert sorted(listed) == sorted(expected)
