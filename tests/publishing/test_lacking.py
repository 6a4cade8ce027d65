"""Before anything is computed, chapters say what they lack."""

from dataclasses import replace

import pytest

from doorgroeien.intake.loading import load_survey
from doorgroeien.publishing.lacking import chapters_carried, with_chapters
from doorgroeien.survey.carrying import carried


@pytest.mark.slow
def test_chapters_say_beforehand_what_they_lack(root):
    survey = load_survey(root=root)
    table = carried(survey, 2005, 2007)
    whole = chapters_carried(root, survey, table)
    assert whole["can"].all() and len(whole) > 15 and list(whole) == list(table)
    less = replace(survey, absent=frozenset({"d3a_debate", "3c"}), waves=survey.waves.query("wave != 2005"))
    table.loc[table["code"].isin(["2", "7"]) & table["what"].eq("finding"), "can"] = False
    rows = chapters_carried(root, less, table).set_index("code")
    assert rows.at["councillors", "reason_en"] == "lacking: d3a_debate"
    assert rows.at["cooperation", "reason_nl"] == "ontbreekt: de meting van 2005"
    assert rows.at["embedding-index", "reason_en"] == "lacking: the measurement of 2005, 3c"
    assert rows.at["findings", "reason_en"] == "lacking: the measurement of 2005, finding 2"
    reasons = with_chapters(root, survey, table).set_index(["what", "code"])["reason_en"]
    assert reasons["finding", "7"] == "answers show what is reported, and not what is done"
    assert reasons["chapter", "specialists"] == "all it asks for", "not that there are enough answers for it"
