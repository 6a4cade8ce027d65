"""An item, a wave and a part are a row each: the reference survey is drawn on them, and all else stands."""

import pandas as pd
import pytest
from click.testing import CliRunner
from frictionless import Package

from doorgroeien.cli import main
from doorgroeien.data.faults import DataError
from doorgroeien.data.tables import load_all
from doorgroeien.intake.loading import load_survey
from doorgroeien.survey.dimension import Dimension
from doorgroeien.synthetic.population import write_reference

KEYS = ["estimand", "wave", "domain", "per"]


def read(path):
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def add_row(path, like, **values):
    """Add a row to a table, in which a row that begins with ``like`` is copied but for ``values``."""
    table = read(path)
    row = table[table.iloc[:, 0] == like].assign(**values)
    pd.concat([table, row]).to_csv(path, index=False, lineterminator="\n")


def doorgroeien(*arguments):
    done = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.slow
def test_an_item_a_wave_and_a_part_are_a_row_each(data_copy, root, monkeypatch):
    data, survey = data_copy / "data", load_survey(root=root)
    names = {"label_en": "Rehearsal", "label_nl": "Oefening", "short_en": "rehearsal"}
    add_row(data / "letter/dimensions.csv", "1d", code="1e", phrase_en="rehearsals", **names)
    about = {"dimension": "1e", "short_en": "rehearses", "wording_en": "We rehearse.", "findings": ""}
    add_row(data / "instrument/items.csv", "d1d_goals", item="d1e_rehearsal", **about)
    add_row(data / "survey/waves.csv", "2007", wave="2009", date="2009-12-31", boundaries="2009-01-01")
    monkeypatch.chdir(data_copy)
    assert "survey/answers.csv" in doorgroeien("hashes"), "it has a column more"
    doorgroeien("reference", "--out", "data/survey")
    assert "The package is sound" in doorgroeien("check", "data/survey")
    assert Package(str(data / "datapackage.json")).validate().valid

    grown = load_survey(root=data_copy)
    assert grown.waves["wave"].tolist() == [2005, 2007, 2009]
    assert set(grown.items.loc["d1e_rehearsal", "waves"].split(";")) <= {"2005", "2007", "2009"}
    before, after = (found.answers.set_index("respondent") for found in (survey, grown))
    pd.testing.assert_frame_equal(before, after.loc[before.index, before.columns])
    old, new = (load_all(folder)["truth"].set_index(KEYS)["value"] for folder in (root, data_copy))
    items = old.index.get_level_values("estimand").str.match("d[1-4]")
    pd.testing.assert_series_equal(old[items], new[old.index[items]])

    cycle = Dimension(grown, "1", before=2007, wave=2009)
    assert cycle.parts == ["1a", "1b", "1c", "1d", "1e"] and cycle.labels["1e"] == "rehearsal"
    assert cycle.labels["d1e_rehearsal"] == "rehearses" and cycle.phrases["1e"][0] == "rehearsals"
    levels = cycle.levels().set_index("variable")
    for part in cycle.parts:
        off = levels.at[part, "estimate"] - new[f"score.{part}", "2009", "all", "municipality"]
        # Response depends on embedding: estimates may be three points off by that alone.
        assert abs(off) < 3 * levels.at[part, "se"] + 3, part


@pytest.mark.slow
def test_without_a_wave_that_the_letter_compares_nothing_is_drawn(data_copy, monkeypatch, tmp_path):
    waves = data_copy / "data/survey/waves.csv"
    read(waves)[1:].to_csv(waves, index=False, lineterminator="\n")
    monkeypatch.chdir(data_copy)
    doorgroeien("hashes")
    with pytest.raises(DataError, match=r"waves\.csv: expected a row for the wave 2005\. Restore it"):
        write_reference(tmp_path / "out", data_copy, "letter", 2007)
    assert not (tmp_path / "out").exists()
