"""From questionnaire to package: what a survey tool gives back needs no mapping, and is what was answered."""

import csv
import io

import pandas as pd
import pyreadstat
import pytest
from click.testing import CliRunner
from conftest import ROOT

from doorgroeien.cli import main
from doorgroeien.data.faults import DataError
from doorgroeien.data.tables import load_all
from doorgroeien.intake.check import read_package
from doorgroeien.intake.fielding.export import read_exports
from doorgroeien.intake.fielding.questionnaire import questionnaires
from doorgroeien.intake.fielding.returned import write_returned
from doorgroeien.intake.fielding.sampling import write_sample
from doorgroeien.intake.fielding.writing import FieldingError
from doorgroeien.survey.instrument import ROLES, load_instrument


@pytest.fixture(scope="module")
def tables():
    return load_all(ROOT, only=("respondents", "answers", "municipalities", "groups", "codes", "items"))


@pytest.fixture(scope="module")
def reference(tables):
    """Return answers of the reference survey of 2007, as if of sixty municipalities with CBS codes."""
    rows = tables["respondents"].merge(tables["answers"], on="respondent")
    rows = rows[rows["wave"] == 2007]
    codes = load_all(ROOT, only=("municipalities_2007",))["municipalities_2007"]["cbs_code"]
    names = sorted(rows["municipality"].unique())[:60]
    rows = rows[rows["municipality"].isin(names)].reset_index(drop=True)
    rows["municipality"] = rows["municipality"].map(dict(zip(names, codes, strict=False)))
    return rows


def filled(reference, role, form="full", group="/"):
    """Return the export of a role's questionnaire: a column for each of its questions, in groups."""
    [asked] = questionnaires(ROOT, (role,), "nl", form, 2007)
    rows = reference[reference["role"] == role].reset_index(drop=True)
    export = rows[["wave", "role", "municipality"]].copy()
    for part in asked.parts:
        for question in part.questions:
            answers = rows[question.item]
            if question.after:  # a survey tool does not put it, so the cell is blank
                answers = answers.mask((rows[question.after.item] == question.when.code).fillna(False))
            export[f"part_{part.code}{group}{question.item}" if group else question.item] = answers
    export.insert(0, "start", "2007-12-01T10:00:00.000+01:00")
    export["_uuid"] = [f"{role}-{number}" for number in range(len(export))]
    return export


@pytest.fixture(scope="module")
def exports(reference, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exports")
    paths = []
    for role in ROLES:
        paths.append(folder / f"{role}.csv")
        filled(reference, role).to_csv(paths[-1], index=False)
    return paths


@pytest.fixture(scope="module")
def expected(reference, tables):
    """Return the answers as they were given: a quality that was not asked does not apply."""
    answers = reference.copy()
    items = tables["items"].set_index("item")
    for item in items.index[items["scale"] == "quality"]:
        answers[item] = answers[item].mask(
            (answers[item.replace("quality", "contact")] == 1).fillna(False), -7
        )
    return answers.sort_values(
        "role", key=lambda roles: roles.map(ROLES.index), kind="stable", ignore_index=True
    )


def read(path):
    text = path.read_text("utf-8-sig")
    return pd.DataFrame(csv.DictReader(io.StringIO(text), delimiter=";"))


def fill(folder):
    """Fill in what does not follow from answers."""
    values = {
        "edition": {"synthetic": "0"},  # municipalities have their own codes, as only real answers do
        "waves": {"date": "2007-12-31", "boundaries": "2007-01-01"},
        "municipalities": {"sampled": "1"},
        "groups": {"population": "400", "invited": "400"},
    }
    for name, columns in values.items():
        table = read(folder / f"{name}.csv")
        for column, value in columns.items():
            table[column] = table[column].replace("", value)
        table.to_csv(folder / f"{name}.csv", index=False, sep=";")


def test_what_comes_back_is_what_was_answered_once_the_rest_is_filled_in(exports, expected, tmp_path):
    done = CliRunner().invoke(
        main, ["template", "--out", str(tmp_path / "p"), *(f"--from-export={path}" for path in exports)]
    )
    assert done.exit_code == 0, done.output
    problems = [str(problem) for problem in read_package(tmp_path / "p", ROOT).problems]
    assert problems and all("expected a value. Fill the cell." in problem for problem in problems), problems
    for table, column in (("edition", "synthetic"), ("waves", "date"), ("groups", "population")):
        assert f"`{table}.csv`, `{column}`:" in done.output
        assert f"`{table}.csv`, `{column}`:" in (tmp_path / "p" / "README.md").read_text("utf-8")
    fill(tmp_path / "p")
    package = read_package(tmp_path / "p", ROOT)
    assert [str(problem) for problem in package.problems] == []
    answers, respondents = package.tables["answers"], package.tables["respondents"]
    assert answers["respondent"].to_list() == respondents["respondent"].to_list()
    for column in ("wave", "municipality", "role"):
        assert respondents[column].to_list() == expected[column].to_list()
    items = load_instrument(ROOT).items.index
    pd.testing.assert_frame_equal(answers[items], expected[items].astype("Int64"))


def test_a_sample_gives_the_municipalities_their_strata_and_who_was_asked(exports, expected, tmp_path):
    write_sample(tmp_path / "s", ROOT, 443, "size-province", "proportional", 1, 2007)
    _, _, left = write_returned(exports, tmp_path / "p", ROOT, tmp_path / "s")
    assert not [line for line in left if "municipalities" in line]
    there, sample = read(tmp_path / "p" / "municipalities.csv"), read(tmp_path / "s" / "municipalities.csv")
    pd.testing.assert_frame_equal(there, sample)
    fill(tmp_path / "p")
    assert [str(problem) for problem in read_package(tmp_path / "p", ROOT).problems] == []
    write_sample(tmp_path / "other", ROOT, 443, "size", "proportional", 1, 2008)
    with pytest.raises(DataError, match="the sample of the wave 2007"):
        write_returned(exports, tmp_path / "q", ROOT, tmp_path / "other")


def test_a_code_that_the_sample_does_not_have_is_named(reference, tmp_path):
    write_sample(tmp_path / "s", ROOT, 443, "size", "proportional", 1, 2007)
    export = filled(reference, "staff")
    export.loc[4, "municipality"] = "9999"
    export.to_csv(tmp_path / "staff.csv", index=False)
    with pytest.raises(DataError, match=r"row 6, column municipality: found '9999'"):
        write_returned([tmp_path / "staff.csv"], tmp_path / "p", ROOT, tmp_path / "s")
    assert not (tmp_path / "p").exists()


def test_a_code_that_no_municipality_has_is_named_without_a_sample_too(reference, tmp_path):
    export = filled(reference, "staff")
    export.loc[4, "municipality"], export.loc[5, "municipality"] = "9999", "Groningen"
    export.loc[6, "municipality"] = "elders"
    export.to_csv(tmp_path / "staff.csv", index=False)
    filled(reference, "municipality").to_csv(tmp_path / "towns.csv", index=False)
    with pytest.raises(DataError) as caught:
        write_returned([tmp_path / "towns.csv", tmp_path / "staff.csv"], tmp_path / "p", ROOT)
    for told in (
        "row 6, column municipality: found '9999', expected a municipality of 2007: no municipality of",
        "row 7, column municipality: found 'Groningen', expected the CBS code 0014",
        "row 8, column municipality: found 'elders', expected a CBS code, as other rows have",
    ):
        assert f"{tmp_path / 'staff.csv'}, {told}" in str(caught.value)
    assert len(caught.value.problems) == 3 and not (tmp_path / "p").exists()


def test_a_trial_of_the_form_may_have_invented_municipalities(reference, tmp_path):
    export = filled(reference, "staff").assign(municipality=lambda rows: "syn-" + rows["municipality"])
    export.to_csv(tmp_path / "staff.csv", index=False)
    write_returned([tmp_path / "staff.csv"], tmp_path / "p", ROOT)
    assert {row["municipality"][:4] for _, row in read(tmp_path / "p" / "municipalities.csv").iterrows()} == {
        "syn-"
    }


def test_a_sample_that_excel_took_the_zeros_from_is_the_same(exports, tmp_path):
    write_sample(tmp_path / "s", ROOT, 443, "size", "proportional", 1, 2007)
    write_returned(exports, tmp_path / "p", ROOT, tmp_path / "s")
    table = read(tmp_path / "s" / "municipalities.csv")
    for column in ("municipality", "successor"):
        table[column] = table[column].str.lstrip("0")
    table.to_csv(tmp_path / "s" / "municipalities.csv", sep=";", index=False)
    write_returned(exports, tmp_path / "q", ROOT, tmp_path / "s")
    for path in (tmp_path / "p").iterdir():
        assert path.read_bytes() == (tmp_path / "q" / path.name).read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("group", ["/", "-", "."])
@pytest.mark.parametrize("kind", ["csv", "xlsx", "sav", "labels"])
def test_every_form_in_which_a_tool_exports_says_the_same(reference, tables, tmp_path, group, kind):
    export = filled(reference, "municipality", group=group)
    path = tmp_path / f"export.{'csv' if kind == 'labels' else kind}"
    if kind == "csv":
        export.to_csv(path, index=False, sep=";")
    elif kind == "xlsx":
        export.assign(municipality=export["municipality"].astype(int)).to_excel(path, index=False)
    else:
        items = {head: head.split(group)[-1] for head in export}
        labels = {head: _labels(tables, item) for head, item in items.items() if item.startswith("d")}
        if kind == "sav":
            plain = export.rename(columns=lambda head: head.split(group)[-1])
            plain = plain.rename(columns={"_uuid": "instanceID"}).astype(
                {name: "float64" for name in plain if name.startswith("d")} | {"wave": "float64"}
            )
            named = {head.split(group)[-1]: codes for head, codes in labels.items()}
            pyreadstat.write_sav(plain, str(path), variable_value_labels=named)
        else:
            for head, codes in labels.items():
                export[head] = export[head].map(codes)
            export.to_csv(path, index=False)
    read = read_exports([path], ROOT)
    filled(reference, "municipality").to_csv(tmp_path / "plain.csv", index=False)
    plain = read_exports([tmp_path / "plain.csv"], ROOT)
    pd.testing.assert_frame_equal(read.answers, plain.answers)
    pd.testing.assert_frame_equal(read.respondents, plain.respondents)
    assert read.routed == plain.routed > 0 and read.left_out == {}


def _labels(tables, item):
    scale = tables["items"].set_index("item").at[item, "scale"]
    codes = tables["codes"][tables["codes"]["scale"] == scale]
    return dict(zip(map(int, codes["code"]), codes["label_nl"], strict=True))


def test_all_that_is_wrong_is_said_at_once_with_file_row_and_column(reference, tmp_path):
    bad = filled(reference, "alderman", group="").drop(columns="wave")
    bad = bad.rename(columns={"d3a_meeting": "d3a_meetings"})
    bad.to_csv(tmp_path / "heads.csv", index=False)
    cells = filled(reference, "staff", group="")
    cells.loc[0, "role"] = "king"
    cells.loc[1, "d3c_everyone"] = 7
    cells.loc[2, "municipality"] = None
    cells["d1a_vision"] = pd.Series([None, None, None, 4], dtype="Int64")
    cells.loc[5, "_uuid"] = cells.loc[4, "_uuid"]
    cells.to_csv(tmp_path / "cells.csv", index=False)
    paths = [tmp_path / name for name in ("heads.csv", "cells.csv", "gone.csv")]
    with pytest.raises(DataError) as caught:
        write_returned(paths, tmp_path / "p", ROOT)
    told = str(caught.value)
    for said in (
        "heads.csv, row 1: expected a column wave",
        "heads.csv, row 1, column d3a_meetings: found 'd3a_meetings', expected an item of the instrument",
        "Is it d3a_meeting?",
        "cells.csv, row 2, column role: found 'king'",
        "cells.csv, row 3, column d3c_everyone: found '7', expected one of 1, 2, 3, 4, 5",
        "cells.csv, row 4, column municipality: expected a value",
        "cells.csv, row 5, column d1a_vision: found '4', expected blank: the item is asked of the role",
        "cells.csv, row 7: found 'staff-4', expected each submission once",
        "gone.csv: expected a readable file",
    ):
        assert said in told, told
    assert not (tmp_path / "p").exists()


def test_a_label_that_belongs_to_another_code_is_a_problem_and_an_unknown_one_a_warning(
    reference, tables, tmp_path
):
    export = filled(reference, "staff", group="").astype({"wave": "float64"})
    export = export.astype({name: "float64" for name in export if name.startswith("d")})
    export = export.rename(columns={"_uuid": "instanceID"})
    codes = _labels(tables, "d3c_everyone")
    for changed, told in (
        ({1: codes[5], 5: codes[1]}, "expected the label that the instrument gives to the code"),
        ({3: "geen idee"}, None),
    ):
        path = tmp_path / "staff.sav"
        pyreadstat.write_sav(export, str(path), variable_value_labels={"d3c_everyone": codes | changed})
        if told:
            with pytest.raises(DataError, match=told):
                read_exports([path], ROOT)
        else:
            [warning] = read_exports([path], ROOT).warnings
            assert "geen idee" in str(warning)


def test_what_is_no_question_of_ours_is_left_out_and_named(reference, tmp_path):
    export = filled(reference, "staff", group="")
    export["naam"], export["end"] = "somebody", "2007-12-01"
    export.to_csv(tmp_path / "staff.csv", index=False)
    read = read_exports([tmp_path / "staff.csv"], ROOT)
    assert read.left_out == {str(tmp_path / "staff.csv"): ["naam"]}
    paths, _, _ = write_returned([tmp_path / "staff.csv"], tmp_path / "p", ROOT)
    assert not any("somebody" in path.read_text("utf-8") for path in paths)
    assert "(naam)" in (tmp_path / "p" / "README.md").read_text("utf-8")


def test_nothing_is_overwritten_and_a_sample_goes_with_an_export(exports, tmp_path, monkeypatch):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(FieldingError, match="nothing is overwritten"):
        write_returned(exports[:1], tmp_path, ROOT)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    monkeypatch.chdir(ROOT)
    done = CliRunner().invoke(main, ["template", "--out", str(tmp_path / "p"), "--sample", str(tmp_path)])
    assert done.exit_code == 2 and "goes with" in done.output


def test_a_wave_of_which_only_the_quick_scan_was_asked_has_that_form(reference, tmp_path):
    for role in ("municipality", "staff"):
        filled(reference, role, form="quick_scan").to_csv(tmp_path / f"{role}.csv", index=False)
    paths = [tmp_path / f"{role}.csv" for role in ("municipality", "staff")]
    write_returned(paths, tmp_path / "p", ROOT)
    assert read(tmp_path / "p" / "waves.csv")["form"].to_list() == ["quick_scan"]
    assert set(read(tmp_path / "p" / "groups.csv")["role"]) == {"municipality", "staff"}
    fill(tmp_path / "p")
    assert [str(problem) for problem in read_package(tmp_path / "p", ROOT).problems] == []


def test_names_that_a_workbook_would_compute_are_texts_in_the_package_and_themselves_once_read(
    reference, tmp_path
):
    rows = filled(reference, "staff").head(3)
    rows["municipality"], rows["respondent"] = ["=1+1", "@SUM(1)", "-a"], ["+a", "=b", "c"]
    rows.to_csv(tmp_path / "staff.csv", index=False)
    write_returned([tmp_path / "staff.csv"], tmp_path / "p", ROOT)
    for name in ("municipalities", "groups", "respondents", "answers"):
        cells = read(tmp_path / "p" / f"{name}.csv").to_numpy().ravel()
        assert not [cell for cell in cells if cell[:1] in tuple("=+@") or cell == "-a"], name
    package = read_package(tmp_path / "p", ROOT)
    assert package.tables["respondents"]["municipality"].to_list() == ["=1+1", "@SUM(1)", "-a"]
    assert package.tables["answers"]["respondent"].to_list() == ["+a", "=b", "c"]
    assert set(package.tables["groups"]["municipality"]) == {"=1+1", "@SUM(1)", "-a"}


@pytest.mark.parametrize("sign", ["\x1b[31m", "\u202e", "\x07"])
def test_a_name_that_hides_something_is_a_problem(reference, tmp_path, sign):
    rows = filled(reference, "staff").head(3)
    rows["respondent"] = ["a", f"b{sign}", "c"]
    rows.to_csv(tmp_path / "staff.csv", index=False)
    with pytest.raises(
        DataError, match="row 3, column respondent: .* without characters that nobody"
    ) as told:
        write_returned([tmp_path / "staff.csv"], tmp_path / "p", ROOT)
    assert sign not in str(told.value) and not (tmp_path / "p").exists()
