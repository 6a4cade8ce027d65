"""Latent classes and the rules by which a municipality finds its own."""

import warnings

import numpy as np
import pandas as pd
import pytest

from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.measurement import typology
from doorgroeien.measurement.typology import accuracy, elevation, grow, latent_classes, meets, outstanding


@pytest.fixture
def blobs():
    random = np.random.default_rng(1)
    centres = np.repeat([[20, 30, 40], [60, 40, 70]], [40, 60], axis=0)
    values = pd.DataFrame(centres + random.normal(0, 5, centres.shape), columns=list("abc"))
    return values, pd.Series(random.uniform(1, 3, 100))


def test_two_kinds_far_apart_are_found_and_stable(blobs):
    values, weight = blobs
    table, labels, means = latent_classes(values, weight, most=3, starts=3, draws=4, jobs=1)
    row = table.set_index("classes").loc[2]
    assert table["classes"][table["bic"].idxmin()] == 2
    assert row[["rand", "low", "high"]].to_list() == pytest.approx([1, 1, 1])
    assert labels[2].to_list() == [0] * 40 + [1] * 60  # from the lowest mean upwards
    assert row["smallest"] == pytest.approx(100 * weight[:40].sum() / weight.sum())
    assert (labels[1] == 0).all() and table["rand"][0] == 1
    assert means.loc[2].groupby("class").size().to_list() == [4, 4]
    expected = values.groupby(labels[2]).apply(
        lambda part: part.mul(weight[part.index], axis=0).sum() / weight[part.index].sum()
    )
    between = means.loc[2].groupby("class").agg(["min", "max"]).swaplevel(axis=1)
    assert ((between["min"] - 1 < expected) & (expected < between["max"] + 1)).all(axis=None)
    assert (means.loc[2].groupby("class").std() > 0.2).all(axis=None), "each sample has means of its own"


def test_one_class_has_the_likelihood_of_a_normal_distribution(blobs):
    values, weight = blobs
    table, *_ = latent_classes(values, pd.Series(1.0, values.index), most=1, starts=1, draws=0, jobs=1)
    variance = values.var(ddof=0) + 1
    fit = -0.5 * (np.log(2 * np.pi * variance) * 100 + 100 * values.var(ddof=0) / variance).sum()
    assert table["bic"][0] == pytest.approx(-2 * fit + 6 * np.log(100), rel=1e-6)


def test_the_same_seed_gives_the_same_with_any_number_of_workers(blobs):
    one, two = (latent_classes(*blobs, most=2, starts=2, draws=3, jobs=jobs) for jobs in (1, 2))
    pd.testing.assert_frame_equal(one[0], two[0])
    pd.testing.assert_frame_equal(one[1], two[1])
    pd.testing.assert_frame_equal(one[2], two[2])


@pytest.mark.parametrize("better", [1e-2, 1e-4, 1e-8])
def test_classes_do_not_depend_on_where_the_first_search_stops(blobs, monkeypatch, better):
    values, weight = blobs
    near = values * [0.3, 0.3, 0.3] + 50  # classes that overlap
    expected = latent_classes(near, weight, most=3, starts=1, draws=2, jobs=1)
    monkeypatch.setattr(typology, "BETTER", better)
    found = latent_classes(near, weight, most=3, starts=1, draws=2, jobs=1)
    pd.testing.assert_frame_equal(found[0], expected[0], rtol=1e-9)
    pd.testing.assert_frame_equal(found[1], expected[1])
    pd.testing.assert_frame_equal(found[2], expected[2], rtol=1e-9)


def test_a_row_between_two_classes_belongs_to_the_one_with_the_lower_mean():
    classes = np.array([0.5, 0.5]), np.array([[40.0, 40], [60, 60]]), np.full((2, 2), 25.0)
    sample = np.array([[50.0, 50], [50 - 1e-13, 50 + 2e-13], [50 + 3e-13, 50 - 1e-13], [40, 61], [50.1, 50]])
    assert typology._class(sample, classes).tolist() == [0, 0, 0, 1, 1]


def test_the_last_digits_of_weights_do_not_choose_between_rules_that_divide_equally_well():
    random = np.random.default_rng(1)
    x = np.repeat([10.0, 90.0], 40)
    scores = pd.DataFrame({"x": x, "y": 100 - x, "z": x / 2})
    kinds, weight = pd.Series(np.where(x > 50, "B", "A")), pd.Series(random.uniform(1, 3, 80))
    rules = grow(scores, kinds, weight)
    for _ in range(20):
        noise = 1 + 1e-12 * random.normal(size=(2, 80))
        assert grow(scores.mul(noise[0], axis=0), kinds, weight * noise[1]) == rules


def test_a_column_without_differences_gives_no_warning(blobs):
    values, weight = blobs
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        latent_classes(values.assign(d=50.0), weight, most=2, starts=2, draws=2, jobs=1)


def ladder():
    scores = pd.DataFrame({"x": np.arange(100.0), "y": np.tile([10.0, 90.0], 50)})
    kinds = pd.Series(np.where(scores["x"] <= 41, "A", np.where(scores["y"] > 50, "C", "B")))
    return scores, kinds, pd.Series(1.0, scores.index)


def test_rules_have_rounded_limits_and_divide_everybody():
    scores, kinds, weight = ladder()
    rules = grow(scores, kinds, weight)
    inf = np.inf
    assert sorted(rules, key=lambda rule: rule[1]) == [
        ({"x": (-inf, 40)}, "A"),
        ({"x": (40, inf), "y": (-inf, 50)}, "B"),
        ({"x": (40, inf), "y": (50, inf)}, "C"),
    ]
    assert (sum(meets(limits, scores).astype(int) for limits, _ in rules) == 1).all()


def test_rules_of_one_kind_become_one():
    scores, kinds, weight = ladder()
    assert grow(scores, kinds.mask(kinds == "C", "B"), weight) == [
        ({"x": (-np.inf, 40)}, "A"),
        ({"x": (40, np.inf)}, "B"),
    ]
    assert grow(scores, pd.Series("A", kinds.index), weight) == [({}, "A")]


def test_limits_that_rounding_makes_impossible_are_left_out():
    scores = pd.DataFrame({"x": np.repeat([0.0, 51.0, 52.0, 100.0], 20)})
    kinds = pd.Series(np.repeat(["A", "B", "C", "D"], 20))
    rules = grow(scores, kinds, pd.Series(1.0, kinds.index), step=25)
    assert all(low < high for limits, _ in rules for low, high in limits.values())
    assert (sum(meets(limits, scores).astype(int) for limits, _ in rules) == 1).all()


def test_accuracy_counts_unseen_rows_with_their_weights():
    scores, kinds, weight = ladder()
    assert accuracy(scores, kinds, weight) == pytest.approx(99)  # row 41, by rounding
    assert accuracy(scores, kinds, weight.mask(weight.index == 41, 0)) == pytest.approx(100)
    noise = pd.Series(np.random.default_rng(2).choice(["A", "B"], 100))
    assert accuracy(scores, noise, weight) < 75


def test_types_that_differ_by_a_constant_differ_in_level_and_types_that_cross_in_shape():
    mass = pd.Series({"A": 0.25, "B": 0.75})
    level = pd.DataFrame({"A": [20.0, 40, 30], "B": [50.0, 70, 60]})
    assert elevation(level, mass) == pytest.approx(100)
    crossed = pd.DataFrame({"A": [20.0, 40], "B": [40.0, 20]})
    assert elevation(crossed, mass) == pytest.approx(0)
    mixed = pd.DataFrame({"A": [0.0, 0.0], "B": [10.0, 0.0]})
    assert elevation(mixed, mass) == pytest.approx(50)
    assert elevation(level[["A"]], pd.Series({"A": 1.0})) == 100


def test_what_stands_out_is_far_enough_from_zero_and_the_furthest_comes_first():
    values = pd.Series({"1a": 3.0, "1b": -8.0, "2a": 5.0, "2b": 4.0, "3a": -2.9})
    assert outstanding(values, least=3, most=2) == (["2a", "2b"], ["1b"])
    assert outstanding(values, least=3, most=5) == (["2a", "2b", "1a"], ["1b"])
    assert outstanding(values / 10, least=3, most=2) == ([], [])


def test_types_of_municipalities_that_miss_a_part_are_not_estimable():
    values = pd.DataFrame({"1a": [1.0, 2.0, 3.0], "3b": [np.nan] * 3})
    with pytest.raises(NotEstimableError, match="3b: values are missing"):
        latent_classes(values, np.ones(3), most=2)
