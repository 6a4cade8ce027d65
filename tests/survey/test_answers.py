"""Loading gives one consistent object, of any package with the same tables; each contradiction is named."""

import dataclasses
import shutil

import numpy as np
import pandas as pd
import pytest
from conftest import replace

from doorgroeien import publish
from doorgroeien.data.faults import DataError
from doorgroeien.data.tables import load_all
from doorgroeien.intake.loading import load_survey
from doorgroeien.results.register import MIME
from doorgroeien.survey import ledger
from doorgroeien.survey.answers import TABLES, survey_of
from doorgroeien.survey.dimension import Dimension
from doorgroeien.survey.instrument import load_instrument
from doorgroeien.survey.weighting import design_of, municipal_design


@pytest.fixture(scope="module")
def survey(root):
    return load_survey(root=root)


@pytest.fixture
def package(root, tmp_path):
    """Return a folder with a copy of the tables, to change."""
    folder = tmp_path / "package"
    shutil.copytree(root / "data" / "survey", folder)
    return folder


def edit(package, table, change):
    """Apply ``change`` to a table as text, and write it back."""
    path = package / f"{table}.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    change(frame).to_csv(path, index=False, lineterminator="\n")


def put(package, table, row, column, value):
    """Write a value in a cell; ``row`` counts the header as 1."""

    def change(frame):
        frame.loc[row - 2, column] = value
        return frame

    edit(package, table, change)


def problems_of(package, root):
    with pytest.raises(DataError) as caught:
        load_survey(package, root)
    return [str(problem).removeprefix(f"{package}/") for problem in caught.value.problems]


def test_the_survey_has_its_tables_edition_and_waves(survey):
    assert survey.edition.names[0] == "reference edition - synthetic answers"
    assert (survey.edition.synthetic, survey.edition.scenario, survey.edition.seed) == (True, "letter", 2007)
    assert survey.waves["wave"].tolist() == [2005, 2007]
    assert survey.respondents["respondent"].tolist() == survey.answers["respondent"].tolist()
    assert survey.items["waves"].value_counts().to_dict() == {"2007": 48, "2005;2007": 25}


@pytest.mark.slow
def test_answers_belong_to_who_gave_them_whatever_the_order_or_the_index(root, survey):
    tables = load_all(root, only=TABLES)
    mixed = {name: table.sample(frac=1, random_state=len(name)) for name, table in tables.items()}
    people = survey.respondents.sample(frac=1, random_state=1)
    others = [
        survey_of(mixed, load_instrument(root)),
        dataclasses.replace(survey, respondents=people),
    ]
    asked, towns = ["d1a_vision", "d3a_defend_answer"], ["1", "quick_total"]
    for other in others:
        for make, columns in ((design_of, asked), (municipal_design, towns)):
            one, again = (make(found).mean(columns, by="wave") for found in (survey, other))
            np.testing.assert_allclose(again["estimate"], one["estimate"], rtol=1e-9)
        pd.testing.assert_frame_equal(other.endings, survey.endings)
    lost = people["respondent"].iloc[0]
    with pytest.raises(ValueError, match=rf"respondent '{lost}': no row of answers \(1 such\)"):
        dataclasses.replace(survey, answers=survey.answers.query("respondent != @lost"))


def test_units_follow_mergers_and_response_is_counted(survey):
    frame = survey.municipalities.set_index(["wave", "municipality"])
    now = frame.loc[2007]
    assert (now.index == now["unit"]).all() and set(frame.loc[2005, "unit"]) == set(now.index)
    made_of = frame.loc[2005, "unit"].value_counts()
    assert made_of.max() == frame.loc[2005, "successor"].value_counts().max() > 1
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


def test_a_group_counts_its_respondents_and_each_of_its_municipalities_once(survey):
    people, towns = survey.respondents, survey.municipalities
    now = people[people["wave"] == 2007]
    assert survey.resting("everybody") == (now["municipality"].nunique(), len(now))
    staff = now[now["role"] == "staff"]
    known = staff["municipality"].nunique(), len(staff)
    assert survey.resting("staff") == survey.resting("2007 staff") == known
    large = towns[(towns["wave"] == 2005) & (towns["size_class"] == ">=100k")]["municipality"]
    then = people[(people["wave"] == 2005) & people["municipality"].isin(large)]
    assert survey.resting("2005 >=100k") == (then["municipality"].nunique(), len(then))
    assert survey.resting("1999") == (0, 0)  # a year that was not measured
    with pytest.raises(ValueError, match="'mayor' is no role"):
        survey.resting("mayor 2007")


def test_a_notebook_passes_evidence_and_edition_without_thinking(survey, root, monkeypatch):
    monkeypatch.chdir(root)
    shown = []
    monkeypatch.setattr("doorgroeien.results.register.display", lambda bundle, raw: shown.append(bundle))
    pair = ("share", "aandeel")
    about = {"population": pair, "resting": survey.resting("everybody"), **survey.provenance}
    publish("a.share", 1.0, unit="percent", definition=pair, **about)
    ((record,),) = (bundle[MIME]["records"] for bundle in shown)
    assert record["evidence"] == "survey answers" and record["sources"] == []
    assert record["edition"] == {
        "en": "reference edition - synthetic answers",
        "nl": "referentie-editie - synthetische antwoorden",
    }


def test_whom_a_result_is_about_is_invented_where_the_answers_are(survey, root, monkeypatch):
    monkeypatch.chdir(root)
    shown = []
    monkeypatch.setattr("doorgroeien.results.register.display", lambda bundle, raw: shown.append(bundle))
    text = {"definition": ("share", "aandeel"), "population": ("municipalities", "gemeenten")}
    edition = dataclasses.replace(survey.edition, synthetic=False)
    given = dataclasses.replace(survey, edition=edition)
    for each in (survey, given):
        about = text | each.provenance | {"resting": each.resting("everybody")}
        publish("a.share", 1.0, unit="percent", **about)
    publish("a.cases", 1, unit="cases", **text, sources="CBS70127")
    said = [bundle[MIME]["records"][0]["population"] for bundle in shown]
    real = {"en": "municipalities", "nl": "gemeenten"}
    assert said == [{"en": "invented municipalities", "nl": "verzonnen gemeenten"}, real, real]


def test_a_package_elsewhere_is_named_by_argument_or_environment(package, root, monkeypatch):
    put(package, "edition", 2, "scenario", "flat")
    put(package, "edition", 2, "seed", "3")
    assert load_survey(package, root).edition.scenario == "flat"
    monkeypatch.setenv("SURVEY", str(package))
    assert load_survey(root=root).edition.seed == 3
    monkeypatch.setenv("SURVEY", "")
    assert load_survey(root=root).edition.seed == 2007


def test_truth_is_no_part_of_a_survey(package, root):
    (package / "truth.csv").unlink()
    assert len(load_survey(package, root).respondents) > 3000


def test_a_third_wave_is_rows(package, root, survey):
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
        edit(package, table, later)
        edit(
            package, table, lambda frame: frame[(frame["wave"] != "2010") | (frame["municipality"] != other)]
        )

    def merge(frame):
        last = (frame["wave"] == "2007") & (frame["municipality"] == other)
        return frame.assign(successor=frame["successor"].mask(last, merged))

    edit(package, "municipalities", merge)

    def answers(frame):
        new = frame[frame["respondent"].isin(survey.respondents.loc[answered, "respondent"])]
        new = new[~new["respondent"].isin(gone)]
        return pd.concat([frame, new.assign(respondent=new["respondent"].map(keys["respondent"]))])

    edit(package, "answers", answers)
    row = dict.fromkeys(["label_en", "label_nl"], "Third")
    row |= {"wave": "2010", "date": "2010-12-31", "boundaries": "2010-01-01", "form": "full"}
    edit(package, "waves", lambda frame: pd.concat([frame, pd.DataFrame([row])]))
    third = load_survey(package, root)
    assert third.waves["wave"].tolist() == [2005, 2007, 2010]
    assert set(third.items["waves"]) == {"2005;2007;2010", "2007;2010"}
    units = third.municipalities.set_index(["wave", "municipality"])["unit"]
    assert units[2007, other] == units[2007, merged] == merged
    earlier = joined.loc[(joined["wave"] == 2005) & (joined["unit"] == merged), "municipality"]
    assert len(earlier) > 1 and (units[2005][earlier] == merged).all()
    # The last wave against the first, past the one between.
    found = Dimension(third, "1", before=2005, wave=2010).changes()
    assert set(found["of"]) == {2010} and set(found["minus"]) == {2005}
    assert ledger.estimands(third, 2005, 2010).set_index("finding").loc[1, "estimate"].notna().all()


CASES = [
    ("municipalities", 5, "inhabitants", "0", "1 or more"),
    ("municipalities", 5, "inhabitants", "-4", "1 or more"),
    ("municipalities", 5, "size_class", "20-50k", "one of <20k"),
    ("municipalities", 5, "size_class", ">=100k", "a size class that fits"),
    ("municipalities", 5, "successor", "syn-999", "a municipality of the next wave"),
    ("municipalities", 900, "successor", "syn-001", "in the last wave the municipality itself"),
    ("municipalities", 5, "wave", "2006", "a key of table waves"),
    ("groups", 2, "invited", "99", "no more invited than there are"),
    ("groups", 6, "role", "mayor", "one of municipality"),
    ("respondents", 5, "municipality", "syn-999", "a key of table municipalities"),
    ("respondents", 5, "municipality", "", "a value"),
    ("respondents", 5, "role", "mayor", "one of municipality"),
    ("answers", 2, "d1a_vision", "6", "one of "),
    ("answers", 2, "d1a_vision", "bijna altijd wel", "a whole number"),
    ("answers", 2, "d1a_vision", "4.5", "a whole number"),
    ("answers", 2, "d3c_priority_staff", "4", "blank: the item is asked of the role staff"),
    ("answers", 2, "d1a_plan", "4", "blank: the item is not in the quick scan"),
    ("answers", 2, "respondent", "nobody", "a key of table respondents"),
    ("edition", 2, "seed", "", "a scenario and a seed"),
    ("waves", 2, "form", "half", "one of quick_scan, full"),
]


@pytest.mark.parametrize(("table", "row", "column", "value", "expected"), CASES)
def test_each_contradiction_is_named_with_its_place(package, root, table, row, column, value, expected):
    put(package, table, row, column, value)
    found = problems_of(package, root)
    place = [line for line in found if line.startswith(f"{table}.csv, row {row}, column")]
    assert any(expected in line for line in place), found


def test_a_respondent_who_occurs_twice_is_named_with_its_place(package, root, survey):
    put(package, "respondents", 5, "respondent", survey.respondents.at[0, "respondent"])
    place = "respondents.csv, row 5, column respondent"
    assert any(
        line.startswith(place) and "a value that occurs once" in line for line in problems_of(package, root)
    )


def test_more_respondents_than_invited_and_invitations_outside_the_sample_are_named(package, root, survey):
    alone = survey.groups[(survey.groups["role"] == "alderman") & (survey.groups["responded"] == 1)].iloc[0]
    same = survey.respondents[["wave", "municipality", "role"]].eq(alone[["wave", "municipality", "role"]])
    row = int(same.all(axis=1).idxmax()) + 2

    def twice(name):
        return lambda frame: pd.concat([frame, frame.iloc[[row - 2]].assign(respondent=name)])

    for table in ("respondents", "answers"):
        edit(package, table, twice("again"))
    outside = int((survey.groups["invited"] == 0).idxmax()) + 2
    put(package, "groups", outside, "invited", "1")
    found = "\n".join(problems_of(package, root))
    assert (
        f"respondents.csv, row {len(survey.respondents) + 2}, column respondent+wave+municipality+role"
        in found
    )
    assert "no more respondents than were invited" in found
    assert f"groups.csv, row {outside}, column invited: found '1', expected 0" in found


def test_tables_that_lack_rows_or_have_too_many_are_named(package, root, survey):
    first = survey.respondents.iloc[0]
    same = (
        survey.groups[["wave", "municipality", "role"]]
        .eq(first[["wave", "municipality", "role"]])
        .all(axis=1)
    )
    edit(package, "groups", lambda frame: frame[~same])
    wave = {
        "wave": "2009",
        "label_en": "x",
        "label_nl": "x",
        "date": "2009-12-31",
        "boundaries": "2009-01-01",
    }
    edit(package, "waves", lambda frame: pd.concat([frame, pd.DataFrame([wave | {"form": "full"}])]))
    edit(package, "answers", lambda frame: frame.iloc[1:])
    edit(package, "edition", lambda frame: pd.concat([frame, frame.assign(edition="second")]))
    found = problems_of(package, root)
    assert "respondents.csv: expected rows for the wave 2009. Add them" in "\n".join(found)
    assert any(line.startswith("respondents.csv, row 2, column respondent:") for line in found)
    assert any("row 2" in line and "expected a row of the table groups" in line for line in found)
    assert any(line.startswith("edition.csv: expected one row, not 2") for line in found)


def test_all_problems_are_reported_at_once_and_nothing_is_changed(package, root):
    put(package, "municipalities", 5, "successor", "syn-999")
    respondents = pd.read_csv(package / "respondents.csv")
    staff = int((respondents["role"] == "staff").argmax()) + 2
    put(package, "respondents", staff, "role", "manager")
    put(package, "answers", 2, "d3c_priority_staff", "4")
    before = {path.name: path.read_bytes() for path in package.iterdir()}
    found = "\n".join(problems_of(package, root))
    for place in ("municipalities.csv, row 5", "answers.csv, rows 2"):
        assert place in found
    assert {path.name: path.read_bytes() for path in package.iterdir()} == before


@pytest.mark.parametrize("table", TABLES)
def test_a_missing_and_an_empty_table_are_named(package, root, table):
    (package / f"{table}.csv").write_text("", encoding="utf-8")
    assert any(line.startswith(f"{table}.csv, row 1") for line in problems_of(package, root))
    (package / f"{table}.csv").unlink()
    assert any(f"{table}.csv: expected a readable file" in line for line in problems_of(package, root))


def test_the_shipped_files_are_guarded_by_their_hash(data_copy):
    replace(data_copy / "data" / "survey" / "edition.csv", ",letter,", ",flat,")
    with pytest.raises(DataError, match=r"edition\.csv: found 'sha256"):
        load_survey(root=data_copy)
