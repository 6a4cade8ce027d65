"""Answers that name municipalities by CBS code: the book knows the rest, and says where a code is wrong."""

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from test_check import as_text, at_root, check, edit, put, reported, write_csv

from doorgroeien.data.tables import load_all
from doorgroeien.intake.check import read_package
from doorgroeien.intake.loading import load_survey
from doorgroeien.survey.frame import load_frame
from doorgroeien.survey.instrument import load_instrument

__all__ = ["at_root"]  # a fixture that every test here uses as well

BEFORE = ["0014", "0363", "0977", "0933", "1937", "0537", "0619"]  # of 2005: three went into 1641 in 2007
NOW = ["0014", "0363", "1641", "0537", "0003"]
ITEM = "d1a_vision"


@pytest.fixture(scope="module")
def frame():
    return load_frame(ROOT)


@pytest.fixture(scope="module")
def survey(frame):
    """Return the tables of a whole survey that names real municipalities, and asked a few of them."""
    waves = load_all(ROOT, only=("waves",))["waves"]
    towns, groups, respondents = [], [], []
    for wave, later, asked in ((2005, 2007, BEFORE), (2007, 2007, NOW)):
        known = frame.at(wave)
        went = frame.successors(wave, later)
        towns.append(
            pd.DataFrame(
                {
                    "wave": wave,
                    "municipality": known.index,
                    "size_class": known["size_class"].to_numpy(),
                    "inhabitants": known["inhabitants"].to_numpy(),
                    "successor": [went[code] for code in known.index],
                    "stratum": known["size_class"].to_numpy(),
                    "sampled": known.index.isin(asked[:-1]).astype(int),
                }
            )
        )
        for code in asked:
            invited = int(code in asked[:-1])
            groups.append((wave, code, "municipality", 1, invited))
            if invited:
                respondents.append((f"r{len(respondents)}", wave, code, "municipality"))
    keys = ["wave", "municipality", "role"]
    respondents = pd.DataFrame(respondents, columns=["respondent", *keys])
    answers = pd.DataFrame("", index=respondents.index, columns=load_instrument(ROOT).items.index)
    answers[ITEM] = np.where(respondents.index % 2, "4", "2")
    answers.insert(0, "respondent", respondents["respondent"])
    edition = {"edition": "echt", "name_en": "real", "name_nl": "echt", "synthetic": 0}
    return {
        "edition": pd.DataFrame([edition | {"scenario": "", "seed": ""}]),
        "waves": waves,
        "municipalities": pd.concat(towns, ignore_index=True),
        "groups": pd.DataFrame(groups, columns=[*keys, "population", "invited"]),
        "respondents": respondents,
        "answers": answers,
    }


@pytest.fixture
def package(survey, tmp_path):
    write_csv(survey, tmp_path / "package")
    return tmp_path / "package"


def same(one, other):
    for name in ("municipalities", "groups", "respondents", "answers", "waves"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))


def test_the_frame_has_as_many_municipalities_in_each_year_as_there_were(frame):
    counts = {year: len(frame.at(year)) for year in range(2003, 2009)}
    assert counts == {2003: 489, 2004: 483, 2005: 467, 2006: 458, 2007: 443, 2008: 443}
    assert set(frame.at(2003).index) == set(frame.then.index)
    assert set(frame.at(2007).index) == set(frame.now.index)
    total = frame.now["inhabitants_estimate"].sum()
    assert all(abs(frame.at(year)["inhabitants"].sum() - total) < 100 for year in (2003, 2005))
    now = frame.at(2007).sort_index()
    assert (now["size_class"] == frame.now["size_class"].sort_index()).all()


def test_the_frame_follows_territory_from_year_to_year(frame):
    went = frame.successors(2005, 2007)
    assert {code for code, heir in went.items() if heir == "1641"} == {"0977", "0933", "1937"}
    assert went["0014"] == "0014"
    assert frame.successors(2003, 2004)["0258"] == "1740"
    assert frame.at(2005).at["1586", "municipality"] == frame.now.at["1586", "municipality"]
    parts = frame.at(2005).loc[["0977", "0933", "1937"], "inhabitants"]
    assert abs(parts.sum() - frame.now.at["1641", "inhabitants_estimate"]) < 3
    assert parts.idxmin() == "0977" and parts.idxmax() == "0933"


def test_a_package_without_municipalities_builds_the_same_survey_as_one_with_them(package):
    whole = load_survey(package, ROOT)
    (package / "municipalities.csv").unlink()
    code, report = check(package)
    assert code == 0, report
    assert "910 rows   data/frame (the municipalities of 2005 and 2007)" in report
    added = 910 - len(pd.read_csv(package / "groups.csv"))
    assert f"{added} rows   of municipalities that were not asked, filled in by size class" in report
    assert len(whole.groups) == 910
    assert "size class for a municipality in all waves" not in report
    same(load_survey(package, ROOT), whole)


def test_columns_and_cells_that_the_frame_knows_may_be_left_out(package):
    whole = load_survey(package, ROOT)
    edit(package, "municipalities", lambda table: table[["wave", "municipality"]])
    code, report = check(package)
    assert code == 0, report
    assert "data/frame (size_class, inhabitants, successor, stratum, sampled)" in report
    same(load_survey(package, ROOT), whole)
    edit(package, "municipalities", lambda table: table.assign(size_class="", sampled="", stratum="eigen"))
    found = read_package(package, ROOT)
    assert not found.problems
    assert set(found.tables["municipalities"]["stratum"]) == {"eigen"}
    assert (found.tables["municipalities"]["sampled"] == whole.municipalities["sampled"]).all()


@pytest.mark.parametrize("written", ["{}", "GM{}", "gm{}"])
def test_a_code_may_be_written_as_a_number_or_with_gm(package, survey, written):
    whole = load_survey(package, ROOT)
    (package / "municipalities.csv").unlink()
    for table in ("groups", "respondents"):
        codes = survey[table]["municipality"]
        codes = codes.str.lstrip("0") if written == "{}" else codes.map(written.format)
        edit(package, table, lambda frame, codes=codes: frame.assign(municipality=codes))
    same(load_survey(package, ROOT), whole)


def test_a_code_of_another_year_is_named_with_where_it_went(package):
    (package / "municipalities.csv").unlink()
    for table, row in (("groups", 11), ("respondents", 10)):
        put(package, table, row, "municipality", "977")  # of 2007
    put(package, "groups", 2, "municipality", "1641")  # of 2005
    put(package, "groups", 3, "municipality", "0001")
    report = reported(
        package,
        "groups.csv, row 11, column municipality: found '0977', expected a municipality of 2007: "
        "0977 went into 1641 (Maasgouw) in 2007.",
        "respondents.csv, row 10, column municipality: found '0977', expected a municipality of 2007",
        "groups.csv, row 2, column municipality: found '1641', expected a municipality of 2005: "
        "1641 exists from 2007; before, its territory was 0933, 0977, 1937.",
        "found '0001', expected a municipality of 2005: no municipality of 2003 to 2008 has the code 0001.",
        "Correct the code, or the boundaries of the wave",
    )
    assert "a key of table municipalities" not in report


def test_the_table_of_municipalities_is_told_of_a_wrong_year_too(package):
    put(package, "municipalities", 2, "municipality", "1641")
    reported(package, "municipalities.csv, row 2, column municipality: found '1641', expected a municipality")


def test_a_name_is_answered_with_its_code(package, frame):
    put(package, "groups", 2, "municipality", "Groningen")
    put(package, "respondents", 2, "municipality", "groningen ")
    (package / "municipalities.csv").unlink()
    report = reported(
        package,
        "groups.csv, row 2, column municipality: found 'Groningen', expected the CBS code 0014, by which",
        "respondents.csv, row 2, column municipality: found 'groningen', expected the CBS code 0014",
    )
    assert "2 problems" in report
    names = pd.concat([frame.at(2005), frame.at(2007)])["municipality"].to_dict()
    for table in ("groups", "respondents"):
        edit(package, table, lambda rows: rows.assign(municipality=rows["municipality"].replace(names)))
    report = reported(package, "the CBS code 1641")
    assert "a readable file, also .parquet" not in report


def test_names_with_all_that_belongs_to_them_are_identifiers_like_any_other(survey, frame, tmp_path):
    names = pd.concat([frame.at(2005), frame.at(2007)])["municipality"].to_dict()
    named = dict(survey)
    for table in ("municipalities", "groups", "respondents"):
        named[table] = survey[table].replace({"municipality": names})
    named["municipalities"] = named["municipalities"].replace({"successor": names})
    write_csv(named, tmp_path / "package")
    code, report = check(tmp_path / "package")
    assert code == 0, report


def test_own_values_win_over_the_frame_and_are_told_where_they_differ(package, survey):
    towns = survey["municipalities"]
    row = int(towns.index[(towns["wave"] == 2007) & (towns["municipality"] == "0003")][0]) + 2
    put(package, "municipalities", row, "inhabitants", "22000")
    put(package, "municipalities", row, "size_class", "20k-50k")
    thorn = int(towns.index[(towns["wave"] == 2005) & (towns["municipality"] == "0977")][0]) + 2
    put(package, "municipalities", thorn, "successor", "0014")
    code, report = check(package)
    assert code == 0, report
    assert f"row {row}, column size_class: found '0003: 20k-50k', expected the size class <20k" in report
    assert f"row {row}, column inhabitants: found '0003: 22000', expected within 15 per cent" in report
    assert f"row {thorn}, column successor: found '0977: 0014', expected the successor 1641" in report
    assert "12200" not in report and "12,200" not in report  # an estimate of a named place is never printed
    tables = read_package(package, ROOT).tables["municipalities"]
    assert tables.loc[row - 2, ["size_class", "inhabitants"]].to_list() == ["20k-50k", 22000]
    assert tables.loc[thorn - 2, "successor"] == "0014"


def test_an_estimate_gives_way_to_the_owners_size_class(package, survey):
    towns = survey["municipalities"]
    row = int(towns.index[(towns["wave"] == 2007) & (towns["municipality"] == "0003")][0])
    edit(package, "municipalities", lambda table: table.drop(columns=["inhabitants", "stratum"]))
    put(package, "municipalities", row + 2, "size_class", "20k-50k")
    found = read_package(package, ROOT)
    assert not found.problems
    kept = found.tables["municipalities"].loc[row, ["inhabitants", "stratum"]]
    assert kept.to_list() == [20_000, "20k-50k"]


def test_numbers_of_ones_own_are_no_codes(survey, tmp_path):
    own = dict(survey)
    codes = pd.unique(survey["municipalities"]["municipality"])
    numbers = {code: str(number) for number, code in enumerate(codes, start=2000)}
    for table in ("municipalities", "groups", "respondents"):
        own[table] = survey[table].assign(municipality=survey[table]["municipality"].map(numbers))
    own["municipalities"]["successor"] = own["municipalities"]["successor"].map(numbers)
    write_csv(own, tmp_path / "package")
    code, report = check(tmp_path / "package")
    assert code == 0, report
    kept = read_package(tmp_path / "package", ROOT).tables["groups"]["municipality"]
    assert set(kept) <= {*numbers.values()}


def test_synthetic_answers_never_meet_a_real_municipality(package):
    put(package, "edition", 2, "synthetic", "1")
    put(package, "edition", 2, "scenario", "flat")
    put(package, "edition", 2, "seed", "1")
    put(package, "municipalities", 3, "successor", "Groningen")
    report = reported(
        package,
        "expected an invented identifier, such as syn-001, as these answers are synthetic; this one is real.",
        "or, if people gave these answers, say so: synthetic = 0.",
    )
    for table, cells in (("municipalities", 910), ("groups", 12), ("respondents", 10)):
        assert f"{table}.csv, rows 2, 3, 4, 5, 6 and {cells - 5} more" in report, report


def test_a_synthetic_package_still_needs_its_municipalities(tables_of_reference, tmp_path):
    write_csv(tables_of_reference, tmp_path / "package")
    assert check(tmp_path / "package")[0] == 0
    put(tmp_path / "package", "respondents", 2, "municipality", "0014")
    met = "respondents.csv, row 2, column municipality: found '0014', expected an invented identifier"
    reported(tmp_path / "package", met)
    (tmp_path / "package" / "municipalities.csv").unlink()
    reported(tmp_path / "package", "municipalities.csv: expected a readable file", met)


@pytest.fixture
def tables_of_reference():
    from test_check import part_of_the_survey

    return {name: as_text(table) for name, table in part_of_the_survey(6).items()}


def test_boundaries_that_the_frame_does_not_know_need_a_table(package):
    (package / "municipalities.csv").unlink()
    put(package, "waves", 3, "boundaries", "2010-01-01")
    report = reported(
        package,
        "waves.csv, row 3, column boundaries: found '2010-01-01', expected boundaries from 2003-01-01 to "
        "2008-12-31, which the book knows. Correct it, or add a table municipalities.",
    )
    assert "1 problem" in report


def test_what_the_frame_cannot_fill_in_is_still_asked_for(package):
    edit(package, "municipalities", lambda table: table.drop(columns="successor"))
    put(package, "waves", 3, "boundaries", "2010-01-01")
    reported(package, "column successor: expected a value. Fill the cell.")
