"""The attacker finds what there is to find, so that finding nothing means something."""

import json

import numpy as np
import pytest
from attacker import ATTACKS, Attacker, between_editions, half_of, subsets

from doorgroeien.results.disclosure import RULES

FRAME = {"<20k": [9013, 12207, 15461, 7129, 11083, 18301, 6011, 13477], ">=100k": [150123, 210457]}
YES = 100 * (9013 + 7129 + 6011) / sum(FRAME["<20k"])
ROWS = {
    "few": [["<20k", 40.0, 4]],
    "insiders": [["<20k", 87.5, 8]],  # seven of eight: the one that said no knows what all others said
    "sums": [["<20k", round(YES, 8), 8]],
    "linked": [["all", 52.0, 10], ["<20k", 50.0, 8]],
    "differencing": [["all", 60.0, 10], ["<20k", 50.0, 8]],  # the two large ones said yes
    "quantiles": [["<20k", 40.0, 8]],
    "digits": [["<20k", 40.123456, 8]],
    "rules": [["<20k", 40.0, 8]],
}


def site(folder, attack):
    """Write a site with one figure, open to an attack, and return its attacker."""
    columns, rows = ["size_class", "estimate", "units"], ROWS[attack]
    if attack == "quantiles":
        columns, rows = [*columns, "quantile"], [[*row, 0.75] for row in rows]
    figure = {
        "id": "a.b",
        "edition": {"en": "x"},
        "kind": "figure",
        "data": {"columns": columns, "rows": rows},
    }
    if attack in ("linked", "rules"):
        figure["left_out"] = {"alike" if attack == "rules" else "telling": 1}
    (folder / "results").mkdir()
    found = {"numbers": [], "figures": [figure], "tables": []}
    (folder / "results" / "results.json").write_text(json.dumps(found), encoding="utf-8")
    return Attacker(folder, FRAME)


@pytest.mark.parametrize("attack", ROWS)
def test_each_attack_finds_what_is_planted_and_counts_what_it_tries(tmp_path, attack):
    attacker = site(tmp_path, attack)
    assert list(ATTACKS[attack](attacker)) and attacker.tried[attack]


def test_a_table_with_a_column_for_each_class_is_differenced_too(tmp_path):
    attacker = site(tmp_path, "few")
    columns = [{"name": "s", "label": "<20k"}, {"name": "estimate", "label": "All"}]
    data = {"columns": ["label", "estimate", "units", "s"], "rows": [["a", 62.5, 10, 53.125]]}
    table = {"id": "a.c", "edition": {"en": "x"}, "kind": "table", "columns": columns, "data": data}
    attacker.records = [table]
    assert list(ATTACKS["differencing"](attacker)) == ["a.c 0: 100.0 of 2"]


def test_finer_digits_in_a_download_and_in_a_drawing_are_found(tmp_path):
    attacker = site(tmp_path, "linked")
    (tmp_path / "results" / "a.b.csv").write_text("size_class,estimate\n<20k,50.1234\n", encoding="utf-8")
    assert list(ATTACKS["digits"](attacker)) == ["a.b.csv: 50.1234"]
    drawing = '<svg><text>Survey answers</text><path d="M 10.12 3.4"/></svg>'
    (tmp_path / "results" / "a.b.svg").write_text(drawing, encoding="utf-8")
    assert list(ATTACKS["drawings"](attacker)) == ["a.b.svg: 10.12"]


def test_an_exact_share_tells_all_answers_and_a_rounded_one_none():
    towns = FRAME["<20k"]
    assert len(subsets(YES, 1e-9, towns)) == len(towns)
    share = RULES.rounded(YES, 12.0, len(towns))
    assert subsets(share, 2.5, towns) == []


@pytest.mark.parametrize("count", [5, 8, 12, 17, 24, 60, 200])
@pytest.mark.parametrize("answered", [0.5, 0.9, 0.99])
def test_two_editions_do_not_tell_what_one_municipality_answered(count, answered):
    """The means of a group without and with one municipality, rounded as they are published."""
    random, least = np.random.default_rng(count), []
    for _ in range(200):
        answers = random.choice([0.0, 25, 50, 75, 100], count + 1)
        means = answers[:-1].mean(), answers.mean()
        errors = [
            group.std(ddof=1) * np.sqrt((1 - answered) / len(group)) for group in (answers[:-1], answers)
        ]
        said = [
            RULES.rounded(mean, se, count + at)
            for at, (mean, se) in enumerate(zip(means, errors, strict=True))
        ]
        exact = [10.0 ** np.floor(np.log10(se / 2)) for se in errors]
        halves = [max(one, step_of(count + at)) / 2 for at, one in enumerate(exact)]
        assert all(
            abs(mean - one) <= half + 1e-9 for mean, one, half in zip(means, said, halves, strict=True)
        )
        low, high = (count + 1) * said[1] - count * said[0], (count + 1) * halves[1] + count * halves[0]
        least.append(2 * high)
        assert abs(low - answers[-1]) <= high + 1e-6
    assert min(least) >= RULES.step * 0.9


def step_of(count):
    """Return the multiple to which a mean of so many municipalities is rounded at least."""
    steps = [times * 10.0**power for power in range(-3, 2) for times in (1, 2, 5)]
    return next(step for step in steps if step >= RULES.step / (2 * count + 1))


def test_without_rounding_two_editions_tell_it():
    low, high = between_editions(50.0, 1300 / 25, 24, (1e-9, 1e-9))
    assert low == pytest.approx(100, abs=1e-6) and high == pytest.approx(100, abs=1e-6)
    assert half_of(50.12) == pytest.approx(0.005)
