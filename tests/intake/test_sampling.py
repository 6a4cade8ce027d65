"""The sample of municipalities: as many as asked, within strata, seeded, with the weights of its design."""

import csv
import io

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from doorgroeien.cli import main
from doorgroeien.data.faults import DataError
from doorgroeien.data.tables import descriptor
from doorgroeien.intake.fielding.lists import read_list
from doorgroeien.intake.fielding.sampling import (
    ALLOCATIONS,
    FEWEST,
    STRATA,
    allocated,
    drawn,
    frame_of,
    write_sample,
)
from doorgroeien.intake.fielding.writing import FieldingError


@pytest.fixture(scope="module")
def frame():
    return frame_of(ROOT)


def read(path):
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig")), delimiter=";"))


@given(st.lists(st.integers(1, 200), min_size=1, max_size=12), st.data(), st.sampled_from(ALLOCATIONS))
def test_an_allocation_adds_up_and_stays_within_its_bounds(sizes, data, allocation):
    sizes = np.array(sizes)
    least = np.minimum(sizes, FEWEST)
    number = data.draw(st.integers(int(least.sum()), int(sizes.sum())))
    taken = allocated(sizes, number, allocation)
    assert taken.sum() == number and (taken >= least).all() and (taken <= sizes).all()


def test_an_allocation_is_proportional_or_equal_up_to_rounding():
    sizes = np.array([185, 186, 47, 25])
    assert allocated(sizes, 120).tolist() == [50, 50, 13, 7]
    assert np.abs(allocated(sizes, 120) - 120 * sizes / sizes.sum()).max() < 1
    assert allocated(sizes, 80, "equal").tolist() == [20, 20, 20, 20]
    assert allocated(sizes, 120, "equal").tolist() == [32, 32, 31, 25]  # one has no more than 25
    for number in (7, 444):
        with pytest.raises(FieldingError, match="between 8 .* and 443"):
            allocated(sizes, number)


@pytest.mark.parametrize("by", STRATA)
@pytest.mark.parametrize("allocation", ALLOCATIONS)
def test_a_sample_has_the_number_asked_and_weights_that_add_up_to_the_frame(frame, by, allocation):
    sample = drawn(frame, 130, by, allocation, seed=1)
    rows, strata = sample.municipalities, sample.strata.set_index("stratum")
    assert rows["sampled"].sum() == 130 and len(rows) == len(frame) == strata["municipalities"].sum()
    assert (rows.groupby("stratum")["sampled"].sum() == strata["drawn"].sort_index()).all()
    weights = rows.loc[rows["sampled"] == 1, "stratum"].map(strata["weight"])
    assert weights.sum() == pytest.approx(len(frame))
    assert np.allclose(strata["weight"] * strata["inclusion_probability"], 1)
    for _, stratum in rows.groupby("stratum"):
        asked = stratum["sampled"] == 1
        assert (
            stratum.loc[asked, "random_number"].max() < stratum.loc[~asked, "random_number"].min()
            or asked.all()
        )


def test_a_seed_gives_the_same_sample_whatever_the_order_of_the_frame(frame):
    def asked(rows, seed, number=60):
        rows = drawn(rows, number, "size", "proportional", seed).municipalities
        return set(rows.loc[rows["sampled"] == 1, "cbs_code"])

    assert asked(frame, 5) == asked(frame.iloc[::-1], 5) != asked(frame, 6)
    assert asked(frame, 5) < asked(frame, 5, 120)


@pytest.mark.slow
def test_each_municipality_is_drawn_as_often_as_its_inclusion_probability_says(frame):
    draws = [drawn(frame, 60, "size", "equal", seed).municipalities["sampled"] for seed in range(300)]
    sample = drawn(frame, 60, "size", "equal", 0)
    expected = sample.municipalities["stratum"].map(
        sample.strata.set_index("stratum")["inclusion_probability"]
    )
    z = (np.mean(draws, axis=0) - expected) / np.sqrt(expected * (1 - expected) / len(draws))
    assert np.abs(z).max() < 4.5 and 0.9 < z.std() < 1.1


def test_the_command_writes_list_design_and_how_it_was_drawn_and_overwrites_nothing(
    tmp_path, frame, monkeypatch
):
    monkeypatch.chdir(ROOT)
    line = [
        "sample",
        "--municipalities",
        "90",
        "--wave",
        "2008",
        "--seed",
        "3",
        "--out",
        str(tmp_path / "out"),
    ]
    done = CliRunner().invoke(main, line)
    assert done.exit_code == 0, done.output
    rows, strata = read(tmp_path / "out" / "sample.csv"), read(tmp_path / "out" / "strata.csv")
    known = frame.set_index("cbs_code")
    assert len(rows) == 90 and len(strata) == 4
    assert all(known.at[row["cbs_code"], "municipality"] == row["municipality"] for row in rows)
    assert sum(float(row["weight"].replace(",", ".")) for row in rows) == pytest.approx(len(frame), abs=1e-3)
    assert "inhabitants" not in rows[0]  # an estimate, not to be printed beside a name
    told = (tmp_path / "out" / "README.md").read_text("utf-8")
    for word in ("seed 3", "without replacement", "zonder teruglegging", "90", "naar grootteklasse"):
        assert word in told
    before = {path: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert CliRunner().invoke(main, line).exit_code == 1
    assert {path: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    done = CliRunner().invoke(main, ["sample", "--municipalities", "5", "--out", str(tmp_path / "few")])
    assert done.exit_code == 1 and "5 municipalities: expected between 8" in done.output
    assert not (tmp_path / "few").exists()


def test_the_table_of_the_package_is_the_whole_frame_with_the_strata_of_the_design(tmp_path, frame):
    write_sample(tmp_path, ROOT, 100, "size-province", "proportional", 1, 2008)
    rows, strata = read(tmp_path / "municipalities.csv"), read(tmp_path / "strata.csv")
    assert len(rows) == len(frame) and sum(int(row["sampled"]) for row in rows) == 100
    assert {row["stratum"] for row in rows} == {row["stratum"] for row in strata}
    assert all(row["successor"] == row["municipality"] and row["wave"] == "2008" for row in rows)


def test_a_list_of_municipalities_of_ones_own_is_drawn_from_as_well(tmp_path, frame, monkeypatch):
    own = frame.head(100).assign(inhabitants=[19_999, 20_000, 50_000, 100_000] * 25, note="x")
    path = tmp_path / "municipalities.csv"
    own.drop(columns="size_class").to_csv(path, index=False, sep=";")
    found = frame_of(ROOT, path)
    assert found["size_class"].to_list() == ["<20k", "20k-50k", "50k-100k", ">=100k"] * 25
    assert found["cbs_code"].to_list() == own["cbs_code"].to_list()
    monkeypatch.chdir(ROOT)
    line = ["sample", "--municipalities", "40", "--frame", str(path), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(main, line)
    assert done.exit_code == 0, done.output
    assert [row["drawn"] for row in read(tmp_path / "out" / "strata.csv")] == ["10"] * 4
    told = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert "`municipalities.csv`" in told and "2007" not in told.replace("seed 2007", "")


@pytest.mark.parametrize("written", ["GM{:04}", "{}", "gm {:04}"])
def test_codes_may_be_written_in_any_way(tmp_path, frame, written):
    own = frame.drop(columns="size_class")
    own.assign(cbs_code=[written.format(int(code)) for code in own["cbs_code"]]).to_csv(
        tmp_path / "own.csv", index=False
    )
    pd.testing.assert_frame_equal(frame_of(ROOT, tmp_path / "own.csv")[list(own)], own)


def test_all_that_is_wrong_with_a_list_of_ones_own_is_said_at_once(tmp_path, frame):
    own = frame.head(6).drop(columns="size_class").astype(object)
    own.loc[0, "province"], own.loc[1, "inhabitants"] = "Atlantis", "many"
    own.to_csv(tmp_path / "own.csv", index=False)
    with pytest.raises(DataError, match=r"(?s)row 2, column province.*row 3, column inhabitants"):
        frame_of(ROOT, tmp_path / "own.csv")
    frame.head(4).assign(cbs_code="0001").to_csv(tmp_path / "own.csv", index=False)
    with pytest.raises(DataError, match="column cbs_code: found '0001 "):
        frame_of(ROOT, tmp_path / "own.csv")
    frame.drop(columns="province").to_csv(tmp_path / "own.csv", index=False)
    with pytest.raises(DataError, match="also the columns province"):
        frame_of(ROOT, tmp_path / "own.csv")
    with pytest.raises(DataError, match="a readable file"):
        frame_of(ROOT, tmp_path / "gone.csv")


def test_a_name_that_a_workbook_would_compute_or_that_hides_something_is_a_text_or_a_problem(tmp_path, frame):
    own = frame.drop(columns="size_class")
    own.loc[0, "municipality"] = '=HYPERLINK("http://x")'
    own.to_csv(tmp_path / "own.csv", index=False)
    write_sample(tmp_path / "out", ROOT, len(own), "size", "proportional", 1, 2007, tmp_path / "own.csv")
    names = [row["municipality"] for row in read(tmp_path / "out" / "sample.csv")]
    assert '\'=HYPERLINK("http://x")' in names
    again = [
        row | {"inhabitants": 1, "municipality": name}
        for row, name in zip(own.to_dict("records"), names, strict=True)
    ]
    pd.DataFrame(again).to_csv(tmp_path / "again.csv", index=False)
    assert '=HYPERLINK("http://x")' in set(frame_of(ROOT, tmp_path / "again.csv")["municipality"])
    for sign in ("\x1b[31m", "\u202e", "\x07"):
        own.loc[0, "municipality"] = f"Elburg{sign}"
        own.to_csv(tmp_path / "own.csv", index=False)
        with pytest.raises(DataError, match="row 2, column municipality: .* without characters that nobody"):
            frame_of(ROOT, tmp_path / "own.csv")


HEADS = "wave;municipality;size_class;inhabitants;successor;stratum;sampled\n"
ROW = "2007;14;>=100k;180000;14;>=100k;1\n"


def listed(folder, text):
    path = folder / "municipalities.csv"
    path.write_text(text, "utf-8")
    [resource] = [item for item in descriptor(ROOT)["resources"] if item["name"] == "municipalities"]
    return read_list(path, resource)


def test_blank_rows_order_and_other_columns_change_nothing_in_a_list(tmp_path):
    rows = listed(tmp_path, HEADS + ROW)
    assert rows["municipality"].to_list() == rows["successor"].to_list() == ["0014"]
    other = "\n".join(";".join(["x", *reversed(line.split(";"))]) for line in (HEADS + ROW).split())
    pd.testing.assert_frame_equal(listed(tmp_path, f"{other}\n;;;;;;;\n\n"), rows, check_dtype=False)


@pytest.mark.parametrize(
    "change, told",
    [
        (("sampled", "drawn"), "row 1: found 'wave, municipality, .*expected also the columns sampled"),
        (("stratum", "sampled"), "row 1, column sampled: expected each column once"),
        ((ROW, ""), "row 2: expected rows below the header"),
        ((";1\n", "\n"), "row 2: found '6 fields', expected 7 fields"),
        ((";1\n", ";2\n"), "row 2, column sampled: found '2'.*Correct the value"),
        ((";1\n", ";\n"), "row 2, column sampled: expected a value"),
        ((ROW, ROW * 2), "row 3, columns? wave.*municipality.*occur together once"),
    ],
)
def test_what_is_wrong_with_a_list_is_named(tmp_path, change, told):
    with pytest.raises(DataError, match=told):
        listed(tmp_path, (HEADS + ROW).replace(*change))
