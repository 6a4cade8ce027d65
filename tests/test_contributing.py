"""What meets a contributor: quick checks that fetch nothing, and forms that the host can show."""

import re
import shlex

import pytest
import yaml
from conftest import ROOT

FORMS = sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"))


def test_the_checks_before_a_commit_are_those_of_make_check_and_fetch_nothing():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    static = re.search(r"^static:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)[1].replace("$(BIN)", ".venv/bin")
    commands = [shlex.split(line.strip().lstrip("@"))[:2] for line in static.splitlines()]
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert repository["repo"] == "local"
    for hook in repository["hooks"]:
        assert hook["language"] == "system" and "additional_dependencies" not in hook, hook["id"]
        command = shlex.split(hook["entry"])
        assert command[:2] in [*commands, [".venv/bin/doorgroeien", "data"]], hook["id"]


@pytest.mark.parametrize(
    "form", [form for form in FORMS if form.name != "config.yml"], ids=lambda form: form.stem
)
def test_a_form_for_an_issue_has_what_the_host_asks_of_it(form):
    content = yaml.safe_load(form.read_text(encoding="utf-8"))
    assert content.keys() == {"name", "description", "body"}
    ids = [field["id"] for field in content["body"]]
    assert len(set(ids)) == len(ids)
    for field in content["body"]:
        assert field["type"] in {"input", "textarea"} and field["attributes"]["label"]
        assert field.keys() <= {"type", "id", "attributes", "validations"}
    assert any(field.get("validations", {}).get("required") for field in content["body"])
