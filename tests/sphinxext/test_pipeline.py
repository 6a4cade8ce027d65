"""What happens to a page stands in one list, and happens in its order."""

from types import SimpleNamespace

from conftest import ROOT

from doorgroeien.sphinxext import pipeline
from doorgroeien.sphinxext.pipeline import AMONG, STEPS, connect

EXTENSION = ROOT / "src" / "doorgroeien" / "sphinxext"


class App:
    """Keeps what is connected, and emits events as Sphinx does."""

    def __init__(self, name="html"):
        self.builder, self.handlers = SimpleNamespace(format=name), []

    def connect(self, event, handler, priority=500):
        self.handlers.append((event, priority, len(self.handlers), handler))

    def emit(self, event, *arguments):
        for _, _, _, handler in sorted(entry for entry in self.handlers if entry[0] == event):
            handler(self, *arguments)


def test_no_module_but_the_pipeline_connects_anything():
    for path in EXTENSION.rglob("*.py"):
        if path.name != "pipeline.py":
            assert ".connect(" not in path.read_text(encoding="utf-8"), path.name


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
