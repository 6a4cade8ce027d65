"""The parts of each municipality, against scores computed by another way."""

import numpy as np
import pytest

from doorgroeien.intake.loading import load_survey
from doorgroeien.survey.composite import differing, part_table, towns_of
from doorgroeien.survey.dimension import Dimension


@pytest.fixture(scope="module")
def whole(root):
    return Dimension(load_survey(root=root), "", 2005, 2007)


def test_weights_of_a_wave_add_up_to_its_frame(whole):
    towns = towns_of(whole.municipalities, 2007)
    frame = whole.survey.municipalities.query("wave == 2007")
    assert towns["weight"].sum() == pytest.approx(len(frame))
    assert set(towns.index) == set(frame.loc[frame["responded"].eq(1), "municipality"])


def test_a_part_is_the_mean_over_items_of_the_mean_over_people(whole):
    towns = towns_of(whole.municipalities, 2007)
    found = part_table(whole.design, whole.scored, 2007)
    assert list(found) == whole.parts and set(found.index) <= set(towns.index)
    answered = towns[whole.scored.index[whole.scored["dimension"] == "1d"]].dropna()
    np.testing.assert_allclose(found.loc[answered.index, "1d"], answered.mean(axis="columns"))
    assert found.isna().any(axis=None) and not found.isna().all(axis="columns").any()


def test_other_items_and_the_quick_scan_make_other_parts(whole):
    some = whole.scored[whole.scored["dimension"].isin(["1a", "3c"])]
    assert list(part_table(whole.design, some, 2007)) == ["1a", "3c"]
    quick, full = (part_table(whole.design, whole.quick, 2007, form) for form in ("quick_scan", "full"))
    assert quick["1a"].equals(full["1a"]), "the same answers"
    assert not quick["4d"].equals(full["4d"]), "what does not apply counts as the other items of the form"
    early = part_table(whole.design, whole.quick, 2005, "quick_scan")
    assert len(early) != len(part_table(whole.design, whole.quick, 2007, "quick_scan"))


def test_a_set_of_items_that_changes_nothing_is_no_choice(whole):
    every, none = whole.scored, whole.scored.head(0)
    tried = {"all": every, "quick": whole.quick, "as all": every[::-1], "none": none}
    assert list(differing(tried)) == ["all", "quick"]
