"""Whatever is added to the reference survey, or left out, changes no other answer."""

import hashlib
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

from doorgroeien.survey.frame import load_frame
from doorgroeien.survey.instrument import Instrument, load_instrument
from doorgroeien.synthetic import population
from doorgroeien.synthetic.population import draw_population, draw_survey

SEEDS = (0, 2008, 2**32 - 1, 2**32, 2**64 - 1, 2**128 + 7)
WAVES = {2005: "quick_scan", 2007: "full"}


def drawn(instrument: Instrument, waves=None):
    """Return the tables of the survey by name, each with its key as index, answers with wave and role."""
    people = draw_population(instrument, load_frame(ROOT), waves or WAVES, "letter", 2007)
    tables = draw_survey(people, instrument, 2007)
    keys = {"municipalities": ["wave", "municipality"], "groups": ["wave", "municipality", "role"]}
    keys |= {"respondents": ["respondent"], "answers": ["respondent"]}
    return {name: table.set_index(keys[name]) for name, table in tables.items()}


def assert_within(part, whole):
    """Assert that every cell of a table stands in another, under the same row and column."""
    pd.testing.assert_frame_equal(part, whole.loc[part.index, part.columns])


@pytest.fixture(scope="module")
def instrument(root):
    return load_instrument(root)


@pytest.fixture(scope="module")
def survey(instrument):
    return drawn(instrument)


def with_item(instrument, name, like="d1b_responsible", **values):
    """Return the instrument with one item more, at its beginning."""
    row = instrument.items.loc[[like]].rename(index={like: name}).assign(**values)
    return replace(instrument, items=pd.concat([row, instrument.items]).rename_axis("item"))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("d1b_rehearsal", {}),
        ("d1b_rehearsal", {"quick_scan": 0, "scale": "frequency", "direction": -1}),
        ("d1e_rehearsal", {"dimension": "1e"}),
        ("d4a_rehearsal", {"dimension": "4a", "role": "councillor"}),
        ("d2d_rehearsal", {"dimension": "2d", "role": "manager", "findings": "7"}),
        ("d4a_rehearsal_quality", {"dimension": "4a", "scale": "quality"}),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(map(str, value.values())),
)
def test_another_item_changes_no_answer_and_no_respondent(instrument, survey, name, values):
    found = drawn(with_item(instrument, name, **values))
    for table in survey:
        assert_within(survey[table], found[table])
        assert len(survey[table]) == len(found[table])
    codes = instrument.answer_codes[values.get("scale", "agreement")]
    assert found["answers"][name].isin(codes).sum() > 50


@pytest.mark.parametrize("item", ["d1a_vision", "d2_emphasis_staff", "d3a_role", "d4b_siod_quality"])
def test_an_item_less_changes_no_other_answer(instrument, survey, item):
    found = drawn(replace(instrument, items=instrument.items.drop(item)))
    assert_within(found["answers"], survey["answers"])
    assert list(survey["answers"].columns.difference(found["answers"].columns)) == [item]
    assert len(found["answers"]) == len(survey["answers"])


def test_items_in_another_order_have_the_same_answers(instrument, survey):
    found = drawn(replace(instrument, items=instrument.items[::-1]))
    assert_within(survey["answers"], found["answers"])


@pytest.mark.parametrize("wave", [2003, 2006, 2009])
@pytest.mark.parametrize("form", ["quick_scan", "full"])
def test_another_wave_changes_nothing_in_the_others(instrument, survey, wave, form):
    found = drawn(instrument, WAVES | {wave: form})
    for table in ("groups", "respondents", "answers"):
        assert_within(survey[table], found[table])
    # Only a wave between two others comes between a municipality and its successor.
    between = ["successor"] if min(WAVES) < wave < max(WAVES) else []
    assert_within(survey["municipalities"].drop(columns=between), found["municipalities"])
    added = found["respondents"]["wave"] == wave
    assert len(found["respondents"]) == len(survey["respondents"]) + added.sum() and added.sum() > 1000
    asked = found["answers"][added].notna().any()
    assert set(asked.index[asked]) == set(instrument.asked(form))


def test_a_role_less_changes_nothing_in_the_others(instrument, survey, monkeypatch):
    monkeypatch.setattr(population, "ROLES", [role for role in population.ROLES if role != "councillor"])
    found = drawn(replace(instrument, items=instrument.items[instrument.items["role"] != "councillor"]))
    for table in survey:
        assert_within(found[table], survey[table])
    others = survey["respondents"]["role"] != "councillor"
    assert found["respondents"].equals(survey["respondents"][others]) and not others.all()


def test_what_is_drawn_for_one_item_says_nothing_about_another(instrument):
    people = draw_population(instrument, load_frame(ROOT), WAVES, "flat", 2007)
    staff = people.answers[people.people["role"] == "staff"]
    answers = staff[["d1a_clear_staff", "d3c_everyone", "d3c_skills"]]
    answers = answers[(answers != population.NOT_ASKED).all(axis=1)].astype(float)
    shared = population.SHARE_PART**2 + population.SHARE_PERSON**2  # of part and person; noise is not shared
    correlations = answers.corr().to_numpy()[[0, 0, 1], [1, 2, 2]]
    assert (correlations > 0.1).all() and (correlations < shared).all(), correlations


@pytest.mark.parametrize("seed", SEEDS)
def test_a_stream_is_the_one_that_numpy_spawns_with_the_digest_of_its_name(seed):
    digest = hashlib.sha256(b"item/d1a_vision/2007 staff").digest()
    key = [int.from_bytes(digest[place : place + 4], "big") for place in range(0, len(digest), 4)]
    spawned = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))
    own = population._stream(seed, "item/d1a_vision", "2007 staff")
    assert own.random(3).tolist() == spawned.random(3).tolist()
