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
    assert rows.at["partners", "can"], "it names the year, and shows nothing of it"
    scales = replace(survey, absent=frozenset({"contact", "d2d_recovery_staff", "3a", "place", "owner"}))
    rows = chapters_carried(root, scales, carried(survey, 2005, 2007)).set_index("code")
    assert rows.at["partners", "reason_en"] == "lacking: contact"
    assert rows.at["sanction-reports", "reason_en"] == "lacking: d2d_recovery_staff", "put together"
    assert rows.at["support", "reason_en"] == "lacking: 3a", "and no scale that is a word of its code"
    reasons = with_chapters(root, survey, table).set_index(["what", "code"])["reason_en"]
    assert reasons["finding", "7"] == "answers show what is reported, and not what is done"
    assert reasons["chapter", "specialists"] == "all it asks for", "not that there are enough answers for it"
