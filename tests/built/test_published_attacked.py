"""An attacker on the built site, as it is and as it would be were its answers real."""

import pytest
from attacked import DRAWN, public, published_as_real, secret
from attacker import ATTACKS, Attacker

from doorgroeien.data.tables import load
from doorgroeien.intake.loading import load_survey


@pytest.fixture(scope="module")
def towns(root):
    """Return what is public: the inhabitants of each municipality, by size class, and how many took part."""
    return public(root / "data" / "survey")


@pytest.mark.slow
def test_what_the_table_of_attacks_says_is_found_again(root, results, towns, tmp_path):
    attacker = Attacker(published_as_real(results, tmp_path), *towns, secret=secret(load_survey()))
    attacks = {name: attack for name, attack in ATTACKS.items() if name not in DRAWN}
    recovered = {name: list(attack(attacker)) for name, attack in attacks.items()}
    assert not any(recovered.values()), {name: found[:5] for name, found in recovered.items() if found}
    table = load("validation_attacks", root)
    said = table[table["survey"] == "reference"].set_index("attack")
    assert (table["recovered"] == 0).all() and {"few", "insiders", "quantiles", "contrasts"} <= {*said.index}
    assert {*table["attack"]} <= {*ATTACKS, "editions", "mirrors"} and table["survey"].nunique() == 4
    for name in said.index.difference(["digits"]):  # which change with every chapter
        assert abs(attacker.tried[name] - said.loc[name, "tried"]) <= 0.2 * said.loc[name, "tried"], name


@pytest.mark.slow
@pytest.mark.parametrize(
    "attack",
    ["few", "insiders", "linked", "differencing", "contrasts", "bounds", "verdicts", "quantiles", "rules"],
)
def test_what_does_not_hang_on_digits_holds_in_the_reference_edition_too(site, towns, attack):
    attacker = Attacker(site, *towns, secret=secret(load_survey()))
    assert list(ATTACKS[attack](attacker)) == []
