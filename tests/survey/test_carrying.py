"""What answers can carry is known before a chapter is made of them."""

import pytest
from smaller import KINDS, answers, municipalities, write_smaller

from doorgroeien.estimation.estimable import REASONS
from doorgroeien.estimation.estimates import FEW_DEGREES
from doorgroeien.intake.loading import load_survey
from doorgroeien.results.register import LEAST
from doorgroeien.survey.carrying import WAVES, carried
from doorgroeien.survey.dimension import Dimension
from doorgroeien.survey.ledger import UNTESTED, estimands, verdicts

PARTS = ["1a", "1b", "1c", "1d", "2a", "2b", "2c", "2d", "3a", "3b", "3c", "4a", "4b", "4c", "4d", *"1234"]
CHANGES = [f"{part} change" for part in PARTS]
# What each survey cannot carry, with finding 7, which no item asks.
LACKING = {
    "no councillors": ["finding 2", "finding 8"],
    "one role": [f"3{part} {question}" for part in ("", *"abc") for question in ("level", "change")]
    + ["finding 2", "finding 3", "finding 8"],
    "one wave": [*CHANGES, "finding 1", "finding 2"],
    "no overlap": [],
    "120 municipalities": [],
}


def lacking(table):
    """Return what the answers do not carry, and why in English."""
    rows = table[~table["can"]]
    names = [
        f"finding {row.code}" if row.what == "finding" else f"{row.code} {row.question}"
        for row in rows.itertuples()
    ]
    return dict(zip(names, rows["reason_en"], strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_the_report_agrees_with_the_ledger(kind, tmp_path, root):
    survey = load_survey(write_smaller(tmp_path, root / "data/survey", kind), root)
    found = lacking(carried(survey, 2005, 2007))
    untested = verdicts(estimands(survey, 2005, 2007))["verdict"].eq(UNTESTED)
    assert {name for name in found if name.startswith("finding")} == {
        f"finding {number}" for number in untested.index[untested]
    }
    if kind in LACKING:
        assert set(found) == {*LACKING[kind], "finding 7"}
    assert set(found.values()) <= {WAVES[0], *(reason[0] for reason in REASONS.values())}
    if kind == "one wave":
        assert found["1a change"] == found["finding 1"] == WAVES[0]
        assert found["finding 7"] == REASONS["absent"][0]


@pytest.mark.slow
def test_a_part_that_everybody_was_asked_about_and_nobody_knew_says_so(tmp_path, root, monkeypatch):
    part = [item for item in load_survey(root=root).items.index if item.startswith("d1d_")]
    unknown = [municipalities(24), answers("-8", *part), answers("", "d1c_review")]
    monkeypatch.setitem(KINDS, "a part unknown", unknown)
    survey = load_survey(write_smaller(tmp_path, root / "data/survey", "a part unknown"), root)
    found = lacking(carried(survey, 2005, 2007))
    assert found["1d level"] == found["1d change"] == REASONS["unknown"][0]
    assert "1 level" not in found


@pytest.mark.slow
def test_scores_that_can_be_computed_are_those_of_the_chapters(tmp_path, root):
    survey = load_survey(write_smaller(tmp_path, root / "data/survey", "20 municipalities"), root)
    table = carried(survey, 2005, 2007).set_index(["code", "question"])
    for code in "1234":
        dimension = Dimension(survey, code, 2005, 2007)
        for question, found in (("level", dimension.levels()), ("change", dimension.changes())):
            for row in found.itertuples():
                if (row.variable, question) in table.index:
                    told = table.loc[(row.variable, question)]
                    assert told["can"] == (row.n >= LEAST and row.df >= 1 and row.se == row.se)
                    assert (told["n"], told["df"]) == (row.n, row.df)
    assert table["df"].min() < FEW_DEGREES


@pytest.mark.slow
def test_the_reference_survey_carries_all_but_the_finding_that_no_item_asks():
    assert lacking(carried(load_survey(), 2005, 2007)) == {"finding 7": REASONS["absent"][0]}


@pytest.mark.slow
def test_without_weights_a_role_that_one_municipality_answered_stops_no_other(tmp_path, root):
    survey = load_survey(write_smaller(tmp_path, root / "data/survey", "one respondent each"), root)
    found = estimands(survey, 2005, 2007, weighted=False).set_index("finding")
    assert found.loc[[1, 4, 9], "se"].gt(0).all()
