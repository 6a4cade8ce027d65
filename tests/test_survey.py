"""Loading gives one object for the analysis, of any folder with the same tables; a wave is rows."""

import pandas as pd
import pytest
from conftest import edit_table, replace

from doorgroeien import publish
from doorgroeien.instrument import load_instrument
from doorgroeien.reference import write_reference
from doorgroeien.register import MIME
from doorgroeien.survey import load_survey
from doorgroeien.tables import DataError


@pytest.fixture(scope="module")
def survey(root):
    return load_survey(root=root)


def test_the_survey_has_its_tables_edition_and_waves(survey):
    assert survey.edition.names[0] == "reference edition - synthetic answers"
    assert (survey.edition.synthetic, survey.edition.scenario, survey.edition.seed) == (True, "letter", 2007)
    assert survey.waves["wave"].tolist() == [2005, 2007]
    assert survey.respondents["respondent"].tolist() == survey.answers["respondent"].tolist()
    assert survey.items["waves"].value_counts().to_dict() == {"2007": 48, "2005;2007": 25}


def test_units_follow_mergers_and_response_is_counted(survey):
    frame = survey.municipalities.set_index(["wave", "municipality"])
    now = frame.loc[2007]
    assert (now.index == now["unit"]).all() and set(frame.loc[2005, "unit"]) == set(now.index)
    assert frame.loc[2005, "unit"].value_counts().max() == 3
    took_part = survey.respondents.drop_duplicates(["wave", "municipality"]).groupby("wave").size()
    assert frame.groupby("wave")["responded"].sum().to_dict() == took_part.to_dict()
    assert (frame["responded"] <= frame["sampled"]).all()
    assert survey.groups["responded"].sum() == len(survey.respondents)
    assert (survey.groups["responded"] <= survey.groups["invited"]).all()


def test_every_question_put_ends_in_one_way(survey):
    endings = survey.endings
    assert list(endings.columns) == ["answer", "dont_know", "not_applicable", "refused", "not_reached"]
    put = survey.respondents.groupby(["wave", "role"]).size()
    for (item, wave), row in endings.iterrows():
        assert row.sum() == put[wave, survey.items.at[item, "role"]], item
    assert len(endings) == len(survey.instrument.asked("full")) + len(survey.instrument.asked("quick_scan"))
    codes = survey.answers["d2d_recovery"]
    both = endings.loc["d2d_recovery"].sum()
    assert both["refused"] == (codes == -9).sum() and both["answer"] == (codes > 0).sum()


def test_a_notebook_passes_evidence_and_edition_without_thinking(survey, root, monkeypatch):
    monkeypatch.chdir(root)
    shown = []
    monkeypatch.setattr("doorgroeien.register.display", lambda bundle, raw: shown.append(bundle))
    pair = ("share", "aandeel")
    publish("a.share", 1.0, unit="percent", definition=pair, population=pair, **survey.provenance)
    ((record,),) = (bundle[MIME]["records"] for bundle in shown)
    assert record["evidence"] == "survey answers" and record["sources"] == []
    assert record["edition"] == {
        "en": "reference edition - synthetic answers",
        "nl": "referentie-editie - synthetische antwoorden",
    }


def test_a_survey_copy_elsewhere_is_named_by_argument_or_environment(root, tmp_path, monkeypatch):
    write_reference(tmp_path / "other", load_instrument(root), "flat", 3)
    assert load_survey(tmp_path / "other", root).edition.scenario == "flat"
    monkeypatch.setenv("SURVEY", str(tmp_path / "other"))
    assert load_survey(root=root).edition.seed == 3
    monkeypatch.setenv("SURVEY", "")
    assert load_survey(root=root).edition.seed == 2007


def test_truth_is_no_part_of_a_survey(survey_copy, root):
    (survey_copy / "truth.csv").unlink()
    assert len(load_survey(survey_copy, root).respondents) > 3000


def test_a_third_wave_is_rows(survey_copy, root, survey):
    keys = {"respondent": lambda value: "q" + value[1:]}

    def later(frame):
        new = frame[frame["wave"] == "2007"].assign(wave="2010")
        return pd.concat([frame, new.assign(**{key: new[key].map(keys[key]) for key in keys if key in new})])

    # Two municipalities merge between 2007 and 2010, and one of them was itself a merger of 2005-2007.
    joined = survey.municipalities.loc[survey.municipalities["unit"].duplicated(keep=False)]
    merged = joined.loc[joined["wave"] == 2005, "unit"].value_counts().index[0]
    other = next(name for name in survey.municipalities["municipality"] if name != merged)
    answered = survey.respondents["wave"] == 2007
    gone = survey.respondents.loc[answered & (survey.respondents["municipality"] == other), "respondent"]
    for table in ("municipalities", "groups", "respondents"):
        edit_table(survey_copy, table, later)
        edit_table(
            survey_copy,
            table,
            lambda frame: frame[(frame["wave"] != "2010") | (frame["municipality"] != other)],
        )

    def merge(frame):
        last = (frame["wave"] == "2007") & (frame["municipality"] == other)
        return frame.assign(successor=frame["successor"].mask(last, merged))

    edit_table(survey_copy, "municipalities", merge)

    def answers(frame):
        new = frame[frame["respondent"].isin(survey.respondents.loc[answered, "respondent"])]
        new = new[~new["respondent"].isin(gone)]
        return pd.concat([frame, new.assign(respondent=new["respondent"].map(keys["respondent"]))])

    edit_table(survey_copy, "answers", answers)
    row = dict.fromkeys(["label_en", "label_nl"], "Third")
    row |= {"wave": "2010", "date": "2010-12-31", "boundaries": "2010-01-01", "form": "full"}
    edit_table(survey_copy, "waves", lambda frame: pd.concat([frame, pd.DataFrame([row])]))
    third = load_survey(survey_copy, root)
    assert third.waves["wave"].tolist() == [2005, 2007, 2010]
    assert set(third.items["waves"]) == {"2005;2007;2010", "2007;2010"}
    units = third.municipalities.set_index(["wave", "municipality"])["unit"]
    assert units[2007, other] == units[2007, merged] == merged
    earlier = joined.loc[(joined["wave"] == 2005) & (joined["unit"] == merged), "municipality"]
    assert len(earlier) > 1 and (units[2005][earlier] == merged).all()


def test_the_shipped_files_are_guarded_by_their_hash(data_copy):
    replace(data_copy / "data" / "survey" / "edition.csv", ",letter,", ",flat,")
    with pytest.raises(DataError, match=r"edition\.csv: found 'sha256"):
        load_survey(root=data_copy)
