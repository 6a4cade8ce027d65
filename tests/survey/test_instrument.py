"""The instrument: what the nine findings need is asked, twice where time matters, and scores go one way."""

import pandas as pd
import pytest

from doorgroeien import load
from doorgroeien.survey.instrument import FORMS, ROLES, load_instrument


@pytest.fixture(scope="module")
def instrument(root):
    return load_instrument(root)


def test_every_part_has_items_and_the_whole_has_the_announced_size(root, instrument):
    dimensions = load("dimensions", root)
    parts = set(dimensions.loc[dimensions["kind"] == "part", "code"])
    assert parts <= set(instrument.items["dimension"])
    items = instrument.items
    questions = items["parallel"].fillna(items.index.to_series())
    quick = questions[items["quick_scan"] == 1]
    announced = (root / "data" / "instrument" / "README.md").read_text(encoding="utf-8")
    assert f"{questions.nunique()} questions, put to five roles as {len(items)} items" in announced
    assert f"{quick.nunique()} questions ({len(quick)} items) asked in every wave" in announced
    assert parts <= set(items.loc[items["quick_scan"] == 1, "dimension"]), (
        "every part is comparable over time"
    )


def test_every_role_is_asked_and_the_board_by_itself(instrument):
    assert set(instrument.items["role"]) == set(ROLES)
    board = instrument.items[instrument.items["dimension"] == "3a"]
    assert set(zip(board["role"], board["subscale"], strict=True)) == {
        ("alderman", "alderman"),
        ("councillor", "council"),
    }


@pytest.mark.parametrize(
    ("finding", "dimension", "role", "every_wave"),
    [
        (1, "1", "municipality", True),
        (2, "1a", "alderman", True),
        (2, "1a", "councillor", True),
        (3, "3c", "staff", False),
        (4, "2a", "municipality", False),
        (4, "2d", "municipality", False),
        (5, "1a", "municipality", False),
        (6, "1d", "municipality", False),
        (7, "2d", "municipality", False),
        (8, "3a", "councillor", False),
        (9, "4a", "municipality", False),
        (9, "4b", "municipality", False),
        (9, "4c", "municipality", False),
    ],
)
def test_each_finding_can_be_tested(instrument, finding, dimension, role, every_wave):
    items = instrument.items
    speaks = items["findings"].fillna("").str.split(";").map(lambda listed: str(finding) in listed)
    found = items[speaks & items["dimension"].str.startswith(dimension) & (items["role"] == role)]
    assert len(found)
    assert not every_wave or (found["quick_scan"] == 1).all()


def test_finding_9_asks_quality_and_frequency_of_the_same_partners(instrument):
    partners = instrument.items[instrument.items["dimension"].str.startswith("4")]
    asked = partners.groupby("subscale")["scale"].agg(set)
    assert (asked.map(lambda scales: scales == {"quality", "contact"})).all()
    assert {"police", "siod", "rcf"} <= set(asked.index)


def test_parallel_items_are_the_same_question_to_different_roles(instrument):
    for key, same in instrument.items.groupby("parallel"):
        assert same["role"].is_unique and len(same) > 1, key
        assert same["scale"].nunique() == 1 and same["direction"].nunique() == 1, key
        if key not in ("recovery", "reduction"):  # staff answer these for their own cases
            assert same["wording_en"].nunique() == same["wording_nl"].nunique() == 1, key


def test_scored_items_have_a_direction_and_an_order_and_others_have_not(instrument):
    kind = instrument.items["scale"].map(instrument.scales["kind"])
    scored = instrument.items["scored"] == 1
    assert (scored == (instrument.items["direction"] != 0)).all()
    assert not (scored & (kind == "nominal")).any()
    assert (instrument.items["direction"] == -1).sum() >= 4, "some statements run the other way"


def test_every_scale_is_used_has_labels_and_keeps_the_kinds_of_missing_apart(instrument):
    assert set(instrument.items["scale"]) == set(instrument.scales.index)
    for scale in instrument.scales.index:
        assert set(instrument.missing_codes[scale].values()) == {"dont_know", "not_applicable", "refused"}
        assert len(instrument.answer_codes[scale]) >= 2
        assert not set(instrument.missing_codes[scale]) & set(instrument.answer_codes[scale])


def test_the_schema_of_the_answers_follows_from_the_instrument(root, instrument):
    import json

    package = json.loads((root / "data" / "datapackage.json").read_text(encoding="utf-8"))
    (answers,) = (resource for resource in package["resources"] if resource["name"] == "answers")
    fields = {field["name"]: field for field in answers["schema"]["fields"][1:]}
    assert list(fields) == list(instrument.items.index)
    for item, field in fields.items():
        scale = instrument.items.at[item, "scale"]
        codes = {*instrument.answer_codes[scale], *instrument.missing_codes[scale]}
        assert field["type"] == "integer" and set(field["constraints"]["enum"]) == codes, item
        assert field["description"] == instrument.items.at[item, "wording_en"]


def test_forms_and_roles_select_items(instrument):
    quick, full = (instrument.asked(form) for form in FORMS)
    assert set(quick) < set(full) and len(full) == len(instrument.items)
    assert sum(len(instrument.asked("full", role)) for role in ROLES) == len(full)
    assert instrument.asked("quick_scan", "councillor") == ["d1a_place_councillor", "d3a_priority_councillor"]


def test_scores_run_from_0_to_100_in_the_direction_of_embedding(instrument):
    answers = pd.DataFrame(
        {
            "respondent": ["a", "b", "c", "d"],
            "d1a_vision": pd.array([1, 3, 5, -8], dtype="Int64"),
            "d1b_vulnerable": pd.array([1, 4, 5, None], dtype="Int64"),
            "d1d_target": pd.array([0, 1, -7, -9], dtype="Int64"),
            "d1a_place_alderman": pd.array([1, 2, 3, 4], dtype="Int64"),
        },
        index=[4, 3, 2, 1],
    )
    scores = instrument.score(answers)
    assert list(scores) == ["d1a_vision", "d1b_vulnerable", "d1d_target"], "nominal items have no score"
    assert scores.index.tolist() == [4, 3, 2, 1]
    assert scores["d1a_vision"].tolist()[:3] == [0, 50, 100] and scores["d1a_vision"].isna().tolist()[3]
    assert scores["d1b_vulnerable"].tolist()[:3] == [100, 25, 0]
    assert scores["d1d_target"].tolist()[:2] == [0, 100] and scores["d1d_target"].isna().sum() == 2


def test_the_wording_is_said_to_be_ours_wherever_it_stands(root):
    for path in ("data/instrument/README.md", "book/codebook.md"):
        text = (root / path).read_text(encoding="utf-8")
        assert "ours" in text and "reconstructed" in text, path
