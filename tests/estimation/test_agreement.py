"""Every number that R gave is ours too: see agreement.py. R itself is not needed."""

import agreement
import pandas as pd
import pytest

# Of proportional odds the estimates agree as closely as the rest; R takes the Hessian from differences. Its
# search for unique variances, on which omega rests, stops earlier.
TOLERANCES = {"proportional odds": 1e-8, "omega": 1e-7}
EXACT = 1e-10


@pytest.fixture(scope="module")
def differences():
    return agreement.differences()


def test_r_and_its_packages_are_named():
    versions = pd.read_csv(agreement.GOLDEN / "versions.csv").set_index("name")["version"]
    assert set(versions.index) == {"R", "survey", "psych", "MASS"}


def test_every_number_agrees_with_r(differences):
    allowed = differences["method"].map(
        lambda method: next((size for word, size in TOLERANCES.items() if word in method), EXACT)
    )
    worst = differences[~(differences["apart"] <= allowed)]
    assert worst.empty, worst.to_string()
    assert len(differences) > 4000
    assert differences["ours"].notna().mean() > 0.99


def test_the_inputs_are_those_of_their_script(tmp_path, monkeypatch):
    import importlib.util

    spec = importlib.util.spec_from_file_location("inputs", agreement.GOLDEN / "inputs.py")
    inputs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(inputs)
    monkeypatch.setattr(inputs, "HERE", tmp_path)
    inputs.main()
    for name in ("respondents.csv", "small.csv", "items.csv"):
        assert (tmp_path / name).read_bytes() == (agreement.GOLDEN / name).read_bytes()
