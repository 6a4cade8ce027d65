"""What meets a contributor: a map that is right, short recipes, quick checks and forms."""

import re
import shlex
import tomllib

import pytest
import yaml
from bs4 import BeautifulSoup
from conftest import ROOT

GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
RECIPES = (ROOT / "book" / "recipes.md").read_text(encoding="utf-8")
SCREEN, LINES = 60, 10
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


def wings():
    """Return the wings of the package from the top down, as import-linter holds them to it."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = settings["contracts"][0]["layers"]
    return [wing for layer in layers for wing in layer.split(" | ")]


def test_the_guide_fits_on_a_screen_and_maps_every_folder_and_wing():
    assert len(GUIDE.splitlines()) <= SCREEN
    folders, named = re.search(r"\| folder .*?\n\n(\| wing .*?)\n\n", GUIDE, re.DOTALL).group(0, 1)
    first = re.findall(r"^\| (`.*?) \|", named, re.MULTILINE)
    listed = [re.sub(r"\.py|\W", "", name) for row in first for name in row.split(", ")]
    assert listed == wings()
    here = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] not in "._"}
    here -= {"releases", "__pycache__"}
    assert all(f"| `{name}/" in folders for name in here), here


def test_the_drawing_shows_the_wings_in_their_order():
    drawing = BeautifulSoup((ROOT / "book" / "_static" / "wings.svg").read_text("utf-8"), "html.parser")
    assert [text.string for text in drawing.find_all("text", class_="head")] == wings()


def test_links_of_the_guide_lead_somewhere():
    for page, place in re.findall(r"\]\(([^)#]+)#?([^)]*)\)", GUIDE):
        text = (ROOT / page).read_text(encoding="utf-8")
        headings = [
            line.lstrip("# ").lower().replace(" ", "-") for line in text.splitlines() if line[:1] == "#"
        ]
        assert not place or place in headings, f"{page}#{place}"


def test_a_recipe_takes_ten_lines_at_most():
    recipes = re.split(r"^## ", RECIPES, flags=re.MULTILINE)[1:]
    names = [recipe.splitlines()[0] for recipe in recipes]
    assert names[:6] == ["A figure", "A published figure", "An item", "A wave", "A chapter", "A finding"]
    for recipe in recipes:
        lines = [line for line in recipe.splitlines()[1:] if line and not line.startswith(("```", "(", "|"))]
        assert len(lines) <= LINES, f"{recipe.splitlines()[0]}: {len(lines)} lines"
