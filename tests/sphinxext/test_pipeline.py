"""What happens to a page stands in one list, and happens in its order."""

import ast
import inspect
from importlib import import_module
from types import SimpleNamespace

from conftest import ROOT
from sphinx.application import Sphinx

from doorgroeien.sphinxext import pipeline
from doorgroeien.sphinxext.pipeline import AMONG, FILES, FIRST, LAST, STEPS, connect

EXTENSION = ROOT / "src" / "doorgroeien" / "sphinxext"
# They take the application too, and are asked by modules.
NOT_A_STEP = {"headline", "own_questions", "page_citation", "plain_caption", "rendering", "result_citation"}
NOT_A_STEP |= {"setup"}


class App:
    """Keeps what is connected, and emits events as Sphinx does: by priority, and then as connected."""

    def __init__(self, name="html"):
        self.builder, self.handlers, self.files = SimpleNamespace(format=name), [], []

    def connect(self, event, handler, priority=500):
        self.handlers.append((event, priority, len(self.handlers), handler))

    def emit(self, event, *arguments):
        for _, _, _, handler in sorted(entry for entry in self.handlers if entry[0] == event):
            handler(self, *arguments)

    def add_css_file(self, name, priority, media="all"):
        self.files.append((name, priority, media))

    def add_js_file(self, name, priority, loading_method):
        self.files.append((name, priority, loading_method))


def test_no_module_hides_a_place_in_the_order():
    """Nothing but the list connects a step, adds a file or names a priority."""
    hiding = {"connect", "add_css_file", "add_js_file"}
    for path in sorted(EXTENSION.parent.rglob("*.py")):
        if path == EXTENSION / "pipeline.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                assert node.attr not in hiding, (path, node.lineno)
            if isinstance(node, ast.Call):
                assert "priority" not in {keyword.arg for keyword in node.keywords}, (path, node.lineno)


def test_every_step_that_a_module_offers_is_in_the_list_once():
    listed = [step for places in STEPS.values() for steps in places.values() for step in steps]
    offered = set()
    for path in sorted(EXTENSION.glob("*/*.py")):
        module = import_module(f"doorgroeien.sphinxext.{path.parent.name}.{path.stem}")
        for thing in (getattr(module, name, None) for name in module.__all__):
            if inspect.isfunction(thing) and [*inspect.signature(thing).parameters][:1] == ["app"]:
                offered.add(thing)
    assert len(listed) == len(set(listed)) and set(listed) <= offered
    assert {step.__name__ for step in offered - set(listed)} == NOT_A_STEP


def test_places_are_listed_as_they_come():
    for lists in (*STEPS.values(), FILES):
        assert [*lists] == sorted(lists)
    assert FIRST < AMONG < LAST and inspect.signature(Sphinx.connect).parameters["priority"].default == AMONG


def test_the_files_that_pages_load_are_there_and_scripts_wait():
    app = App()
    connect(app)
    assert [name for name, _, _ in app.files] == [name for names in FILES.values() for name in names]
    for name, _, how in app.files:
        assert [path.name for path in (EXTENSION / "static").glob(f"{name}*")] in ([name], [f"{name}.jinja"])
        assert how == ("defer" if name.endswith(".js") else "print" if name == "print.css" else "all")


def test_steps_are_taken_in_the_order_of_the_list_and_each_once(monkeypatch):
    taken, listed = [], []

    def named(*name):
        listed.append(name)
        return lambda *arguments: taken.append(name)

    steps = {
        event: {
            place: [named(event, place, number) for number in range(len(found))]
            for place, found in places.items()
        }
        for event, places in STEPS.items()
    }
    monkeypatch.setattr(pipeline, "STEPS", steps)
    app = App()
    connect(app)
    for event in steps:
        app.emit(event, None)
    assert taken == [name for event in steps for name in sorted(listed) if name[0] == event]


def test_nothing_is_done_to_a_site_that_failed_or_is_no_site(monkeypatch):
    taken = []
    monkeypatch.setattr(pipeline, "STEPS", {"build-finished": {AMONG: [taken.append]}})
    for name, exception in (("html", ValueError()), ("latex", None)):
        app = App(name)
        connect(app)
        app.emit("build-finished", exception)
    assert taken == []
    app = App()
    connect(app)
    app.emit("build-finished", None)
    assert taken == [app]
