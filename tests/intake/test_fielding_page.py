"""The page on the next measurement: every command on it does what it says, in both languages."""

import re
import shlex

import pandas as pd
import pytest
from click.testing import CliRunner
from conftest import ROOT
from test_export import fill, filled, reference, tables  # noqa: F401 - fixtures

from doorgroeien.cli import main
from doorgroeien.survey.instrument import ROLES

PAGES = [ROOT / "book" / "fielding.md", ROOT / "book" / "nl" / "fielding.md"]
COMMAND = ".venv/bin/doorgroeien "


def commands(page):
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.replace("\\\n", "").splitlines()]


def test_both_pages_have_the_same_commands():
    english, dutch = map(commands, PAGES)
    assert english == dutch and sum(line.startswith(COMMAND) for line in english) == 7


@pytest.mark.slow
def test_the_commands_lead_from_a_sample_to_a_package_with_only_what_does_not_follow_left(
    reference,  # noqa: F811
    tmp_path,
    monkeypatch,
):
    monkeypatch.chdir(ROOT)
    (tmp_path / "field").mkdir()
    said = {}
    for line in commands(PAGES[0]):
        if not line.startswith(COMMAND):
            assert line == "SURVEY=~/field/answers make book"
            continue
        words = shlex.split(line.removeprefix(COMMAND).replace("~/", f"{tmp_path}/"))
        for word in words:
            if word.endswith(".csv"):
                _, _, name = word.rpartition("/")
                rows = filled(reference, name.removesuffix(".csv")).assign(wave=2007)
                drawn = pd.read_csv(tmp_path / "field/sample/sample.csv", sep=";", dtype="str")["cbs_code"]
                asked = dict(zip(rows["municipality"].unique(), drawn, strict=False))
                rows["municipality"] = rows["municipality"].map(asked)
                rows.to_csv(tmp_path / "field" / name, index=False)
        done = CliRunner().invoke(main, words)
        said[words[0]] = done.output
        assert done.exit_code == (1 if words[0] == "check" else 0), done.output
    forms = [path.suffix for path in (tmp_path / "field" / "forms").iterdir()]
    assert sorted(forms) == [".docx", ".html", *[".xlsx"] * len(ROLES)]
    problems = said["check"].split("problems:")[1].split("warning")[0]
    assert problems.count("expected a value. Fill the cell.") == problems.count("expected") == 3
    for table in ("edition", "waves", "groups"):
        assert f"{table}.csv" in problems
    fill(tmp_path / "field" / "answers")
    done = CliRunner().invoke(main, ["check", str(tmp_path / "field" / "answers")])
    assert done.exit_code == 0 and "The package is sound" in done.output, done.output
