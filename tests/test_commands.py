"""The commands: what each says of itself."""

import re
import shlex

import click
import pytest
from click.testing import CliRunner
from conftest import ROOT

from doorgroeien.cli import main


def commands(group=main, path=()):
    """Give the path of names and the command itself, of all that do something."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield pytest.param((*path, name), command, id=" ".join((*path, name)))


@pytest.mark.parametrize(("path", "command"), list(commands()))
def test_its_help_says_what_it_needs_gives_an_example_that_can_be_typed_and_how_it_ends(
    path, command, monkeypatch
):
    monkeypatch.chdir(ROOT)
    done = CliRunner().invoke(main, [*path, "--help"], terminal_width=300)
    assert done.exit_code == 0
    text, _, examples = done.output.partition("Example:\n")
    assert re.search(r"\bNeeds \w", text)
    assert re.search(r"Ends with 0 .* with 1 .* with 2 when the line itself is wrong", done.output)
    lines = re.findall(r"doorgroeien (.*)", examples.split("\n\n")[0])
    assert lines
    for line in lines:
        words = shlex.split(line)
        assert tuple(words[: len(path)]) == path
        command.make_context(path[-1], words[len(path) :])


@pytest.mark.parametrize("line", [["template", "--out"], ["check"], ["new", "chapter"]])
def test_what_acts_on_a_screen_never_reaches_it_raw(line, monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    path = tmp_path / "a\x1b[31m\u202e\x07"
    path.write_text("", encoding="utf-8")
    done = CliRunner().invoke(main, [*line, str(path)])
    assert done.exit_code and "\\x1b" in done.output, done.output
    assert not set(done.output) & {"\x1b", "\u202e", "\x07"}


def test_a_notebook_that_is_not_in_the_book_is_not_executed(tmp_path):
    (tmp_path / "mine.ipynb").write_text("{}", encoding="utf-8")
    done = CliRunner().invoke(main, ["execute", str(tmp_path / "mine.ipynb")])
    assert done.exit_code == 1
    assert "mine.ipynb: none of the notebooks that _toc.yml names" in done.output
