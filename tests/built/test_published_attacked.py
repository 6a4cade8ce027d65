"""An attacker on the built site, as it is and as it would be were its answers real."""

import json

import pandas as pd
import pytest
from attacker import ATTACKS, Attacker

from doorgroeien.data.tables import load
from doorgroeien.results.disclosure import RULES

DRAWN = ("drawings", "pictures", "told")  # made coarse when they are published as real, and not here


@pytest.fixture(scope="module")
def frame(root):
    """Return what is public: the inhabitants of each municipality, by size class."""
    towns = load("municipalities", root)
    towns = towns[towns["wave"].astype(str) == "2007"]
    return {size: rows["inhabitants"].tolist() for size, rows in towns.groupby("size_class")}


def published_as_real(results, folder):
    """Write the results of the reference edition as those of real answers are published: rounded."""
    found = json.loads(json.dumps(results))
    for record in (one for kind in ("numbers", "figures", "tables") for one in found[kind] if one["edition"]):
        if record["kind"] == "number":
            RULES.record(record)
            continue
        data = record["data"]
        units = {column["name"]: column["unit"] for column in record.get("columns", [])}
        towns = record["rests"]["municipalities"] or float("inf")
        frame = pd.DataFrame(data["rows"], columns=data["columns"])
        rounded = RULES.applied(frame, units, towns).astype(object)
        data["rows"] = rounded.where(rounded.notna(), None).to_numpy().tolist()
    (folder / "results").mkdir()
    (folder / "results" / "results.json").write_text(json.dumps(found), encoding="utf-8")
    return folder


@pytest.mark.slow
def test_what_the_table_of_attacks_says_is_found_again(root, results, frame, tmp_path):
    attacker = Attacker(published_as_real(results, tmp_path), frame)
    attacks = {name: attack for name, attack in ATTACKS.items() if name not in DRAWN}
    recovered = {name: list(attack(attacker)) for name, attack in attacks.items()}
    assert not any(recovered.values()), {name: found[:5] for name, found in recovered.items() if found}
    table = load("validation_attacks", root)
    said = table[table["survey"] == "reference"].set_index("attack")
    assert (table["recovered"] == 0).all() and {"few", "insiders", "quantiles", "contrasts"} <= {*said.index}
    assert {*table["attack"]} <= {*ATTACKS, "editions"} and table["survey"].nunique() == 4
    for name in said.index.difference(["digits"]):  # which change with every chapter
        assert abs(attacker.tried[name] - said.loc[name, "tried"]) <= 0.2 * said.loc[name, "tried"], name


@pytest.mark.slow
@pytest.mark.parametrize(
    "attack",
    ["few", "insiders", "linked", "differencing", "contrasts", "bounds", "verdicts", "quantiles", "rules"],
)
def test_what_does_not_hang_on_digits_holds_in_the_reference_edition_too(site, frame, attack):
    assert list(ATTACKS[attack](Attacker(site, frame))) == []
