"""The workflows: actions pinned by commit, no right more than needed, and every Python that is promised."""

import re
import tomllib

import pytest
import yaml

from doorgroeien.publishing.real_answers import build_folder


def workflows(root):
    return {
        path.name: path.read_text(encoding="utf-8") for path in (root / ".github/workflows").glob("*.yml")
    }


def test_every_action_is_pinned_by_its_commit_and_says_its_version_the_same_everywhere(root):
    pins = {}
    for name, text in workflows(root).items():
        used = [line for line in text.splitlines() if re.search(r"\buses:", line)]
        for line in used:
            found = re.fullmatch(r"[ -]*uses: ([\w-]+/[\w-]+)@([0-9a-f]{40})  # (v\d+\.\d+\.\d+)", line)
            assert found, f"{name}: {line.strip()}"
            pins.setdefault(found[1], set()).add(found.groups()[1:])
    assert pins and all(len(several) == 1 for several in pins.values()), pins


def test_a_job_has_no_right_that_it_does_not_name(root):
    rights = {}
    for name, text in workflows(root).items():
        workflow = yaml.safe_load(text)
        assert workflow["permissions"] == {}, name
        rights |= {f"{name}: {job}": content["permissions"] for job, content in workflow["jobs"].items()}
    assert rights == {
        "book.yml: build": {"contents": "read"},
        "book.yml: publish": {"pages": "write", "id-token": "write"},
        "book.yml: release": {"contents": "write", "actions": "write"},
        "links.yml: links": {"contents": "read"},
    }


def test_no_step_leaves_the_credentials_of_the_checkout_to_later_ones(root):
    for name, text in workflows(root).items():
        for job in yaml.safe_load(text)["jobs"].values():
            for step in job["steps"]:
                if step.get("uses", "").startswith("actions/checkout@"):
                    assert step["with"]["persist-credentials"] is False, name


def test_only_the_run_of_a_pull_request_may_be_broken_off(root):
    concurrency = yaml.safe_load(workflows(root)["book.yml"])["concurrency"]
    assert concurrency["cancel-in-progress"] == "${{ github.event_name == 'pull_request' }}"


def test_every_python_that_is_promised_is_tried_and_the_promise_is_the_same_everywhere(root):
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    job = yaml.safe_load(workflows(root)["book.yml"])["jobs"]["build"]
    tried = job["strategy"]["matrix"]["python"]
    assert {"3.11", "3.12", "3.13"} <= set(tried)
    (oldest,) = re.fullmatch(r">=(3\.\d+)", project["requires-python"]).groups()
    assert tried == [f"3.{minor}" for minor in range(int(oldest[2:]), int(tried[-1][2:]) + 1)]
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    assert f"sys.version_info >= ({oldest.replace('.', ', ')})" in makefile
    assert f"Python {oldest} or newer is needed" in makefile
    for name in ("README.md", "book/reproduce.md"):
        text = (root / name).read_text(encoding="utf-8").replace("`", "")
        assert f"Python {oldest} or newer" in text, name


@pytest.mark.parametrize("name", ["book.yml", "links.yml"])
def test_a_workflow_runs_only_commands_of_the_makefile_and_the_proof(root, name):
    targets = set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    used = re.findall(r"\bmake (?:--silent )?([\w./-]+)", re.sub(r"#.*", "", workflows(root)[name]))
    assert used and set(used) <= targets | {".venv/.ready"}


def test_a_pull_request_shows_the_site_that_make_book_builds(root):
    steps = yaml.safe_load(workflows(root)["book.yml"])["jobs"]["build"]["steps"]
    (shown,) = (step for step in steps if "/upload-artifact@" in step.get("uses", ""))
    place = [number for number, step in enumerate(steps) if step.get("run") == ".ci/run"]
    assert steps.index(shown) > place[0]
    assert "github.event_name == 'pull_request'" in shown["if"] and "!cancelled()" in shown["if"]
    assert shown["with"]["path"] == build_folder(root).relative_to(root).as_posix() + "/html"
    says = steps[steps.index(shown) + 1]
    assert says["env"] == {"SITE": f"${{{{ steps.{shown['id']}.outputs.artifact-url }}}}"}
    assert "$SITE" in says["run"] and says["run"].endswith('"$GITHUB_STEP_SUMMARY"')
