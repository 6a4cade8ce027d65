"""The command that plans the next measurement: what it says, writes and refuses, in both languages."""

import csv
import io
import re

import pytest
from click.testing import CliRunner
from smaller import KINDS, write_smaller

from doorgroeien.cli import main
from doorgroeien.intake.fielding.planned import Plan
from doorgroeien.intake.loading import load_survey
from doorgroeien.survey.answers import SIZE_CLASSES
from doorgroeien.survey.fieldwork import Fieldwork, PlanningError

WAVES = 2005, 2007


@pytest.fixture(scope="module")
def survey():
    return load_survey()


def run(*arguments):
    return CliRunner().invoke(main, ["plan", *arguments])


def test_the_plan_says_how_many_municipalities_a_change_takes_and_that_the_answers_are_invented(survey):
    plan = Plan(survey, "3a", 3.0, Fieldwork(), *WAVES, "en")
    text = plan.text
    assert f"approach {plan.needed} of 443 municipalities" in text and "is invented" in text
    assert plan.table["mdc"].iloc[-1] <= 3.0 < plan.curve["mdc"][plan.needed - 1]
    for row in plan.table.itertuples():
        line = next(
            line
            for line in text.splitlines()
            if re.match(rf".*\b{row.municipalities} .*{row.approached}", line)
        )
        assert f"{row.mdc:.1f}" in line
    assert text.count("as many as in 2007") == 2


def test_a_change_that_no_number_shows_is_said_with_the_smallest_that_shows(survey):
    plan = Plan(survey, "3a", 0.5, Fieldwork(), *WAVES, "nl")
    assert plan.needed is None
    smallest = f"{plan.curve['mdc'].min():.1f}".replace(".", ",")
    assert f"ook met alle 443 gemeenten niet aan te tonen: de kleinste is {smallest}" in plan.text
    assert plan.table["approached"].iloc[-1] == 443


def test_with_costs_it_says_what_is_cheapest(survey):
    work = Fieldwork(people={"alderman": 1}, cost_municipality=20, cost_person=1)
    plan = Plan(survey, "3a", 3.0, work, *WAVES, "en")
    found = re.search(
        r"approach (\d+) municipalities and invite in each .*councillors (\d+), for ([\d,]+)", plan.text
    )
    number, people = int(found[1]), int(found[2])
    assert people > 3 and number < plan.needed
    again = plan.planner.curve(Fieldwork(people={"alderman": 1, "councillor": people}))
    assert again["mdc"][number] <= 3.0


def test_out_holds_the_table_the_picture_and_its_data_with_the_edition(survey, tmp_path):
    plan = Plan(survey, "4", 2.0, Fieldwork(panel=0.5), *WAVES, "nl")
    names = {path.name for path in plan.write(tmp_path / "plan")}
    assert names == {"plan.svg", "plan.png", "plan.txt", "plan.csv", "plan-curve.csv"}
    rows = list(
        csv.DictReader(io.StringIO((tmp_path / "plan/plan.csv").read_text("utf-8-sig")), delimiter=";")
    )
    assert [row["size_class"] for row in rows] == [*SIZE_CLASSES, "all"]
    assert {row["edition"] for row in rows} == {survey.edition.names[1]}
    assert '<g id="edition">' in (tmp_path / "plan/plan.svg").read_text("utf-8")
    assert (tmp_path / "plan/plan.png").read_bytes().startswith(b"\x89PNG")


def test_the_command_prints_the_plan_in_dutch_and_lists_what_there_is_to_plan_for():
    done = run("--indicator", "d3a_role.share.1", "--change", "12", "--people", "councillor=5")
    assert done.exit_code == 0, done.output
    assert "procentpunt" in done.output and "raadsleden 5" in done.output
    unknown = run("--indicator", "5z", "--change", "1")
    assert unknown.exit_code == 1
    for text in ("'5z' is not known", "3a", "finding.9.4a", "d3a_defend", "ITEM.share.CODE"):
        assert text in unknown.output
    wrong = run("--indicator", "3a", "--change", "1", "--people", "staff=x")
    assert wrong.exit_code == 2 and "ROLE=a whole number" in wrong.output


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_small_survey_gives_a_plan_or_says_why_not(kind, root, tmp_path, monkeypatch):
    monkeypatch.setenv("SURVEY", str(write_smaller(tmp_path / "package", root / "data/survey", kind)))
    done = run("--indicator", "1", "--change", "3", "--language", "en")
    assert "Traceback" not in done.output
    if done.exit_code:
        assert re.search(r"expected|not known|nobody|do not differ", done.output), done.output
    else:
        assert "approach" in done.output or "not reachable" in done.output


def test_a_change_of_nothing_is_refused(survey):
    with pytest.raises(PlanningError, match="change 0: expected more than 0"):
        Plan(survey, "3a", 0.0, Fieldwork(), *WAVES, "en")
