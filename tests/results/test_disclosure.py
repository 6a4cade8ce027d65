"""What may be published of real answers: rounding, and what is left of an attack on exact shares."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.results import register
from doorgroeien.results.disclosure import (
    EACH,
    NOTHING,
    RULES,
    UNANSWERED,
    Resting,
    UndeclaredError,
    between,
    least,
)
from doorgroeien.results.pictures import new_figure
from doorgroeien.results.register import KEPT, LEFT_OUT, MIME, enough, publish, publish_figure, publish_table

ABOUT = {
    "population": ("all", "alle"),
    "evidence": "survey answers",
    "sources": (),
    "edition": ("a survey", "een enquête"),
    "resting": Resting(99, 999),
}
PAIR = ("a share", "een aandeel")


@pytest.fixture
def published(monkeypatch):
    """Return the list to which what is published comes, as bundles."""
    found = []
    register._LEFT_OUT.clear()
    register._HELD.clear()
    monkeypatch.setattr(register, "display", lambda bundle, raw: found.append(bundle))
    return found


def answers_that_fit(weight, share, written):
    """Return how many sets of yes and no give a share of the weight that is ``written`` alike."""
    kinds = np.array(np.meshgrid(*[[0, 1]] * len(weight))).reshape(len(weight), -1)
    shares = 100 * weight @ kinds / weight.sum()
    return sum(written(one) == written(share) for one in shares)


@pytest.mark.parametrize("count", [6, 10, 16])
def test_a_rounded_share_leaves_many_sets_of_answers_where_ten_digits_leave_one(count):
    random = np.random.default_rng(count)
    weight = np.exp(random.normal(11.5, 0.6, count))  # inhabitants of large municipalities, known to anybody
    yes = random.random(count) < 0.4
    share = 100 * weight @ yes / weight.sum()
    among = weight / weight.sum()
    se = 100 * np.sqrt((among**2 * (yes - share / 100) ** 2).sum())
    assert answers_that_fit(weight, share, lambda one: round(one, 8)) == 1
    assert answers_that_fit(weight, share, lambda one: RULES.rounded(one, se)) > 2


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e3))
def test_rounding_moves_a_number_by_less_than_its_standard_error_and_keeps_their_order(value, se):
    assert abs(RULES.rounded(value, se) - value) <= se / 2
    assert RULES.rounded(value - se, se) <= RULES.rounded(value, se) <= RULES.rounded(value + se, se)


def test_numbers_tables_and_figures_are_rounded_in_every_form(published):
    row = pd.Series({"value": 51.36914233, "low": 47.70216, "high": 55.0361, "se": 1.83112, "n": 160})
    publish("a.level", row, unit="score", definition=PAIR, interval="confidence", rules=RULES, **ABOUT)
    frame = pd.DataFrame({"class": ["x", "y"], "share": [33.33333333, 12.5678], "n": [160, 35]})
    told = {"caption": "Shares in two classes.", "rules": RULES, **ABOUT}
    publish_table("a.table", frame, columns={"class": "Class", "share": ("Share", "percent")}, **told)
    figure, axes = new_figure()
    axes.plot(frame["class"], frame["share"], "o")
    alt = "Two points, the second is lower."
    publish_figure("a.figure", figure, data=frame, alt=alt, **told)
    level, table, drawn = (bundle[MIME]["records"][0] for bundle in published)
    assert [level[name] for name in ("value", "low", "high", "se", "n")] == [51.4, 47.8, 55.0, 1.8, 160]
    assert table["data"]["rows"] == drawn["data"]["rows"] == [["x", 33.4, 160], ["y", 12.6, 35]]
    for form, text in published[2].items():
        if form.startswith("image/svg"):
            assert not re.search(r"\d\.\d{2,}", re.sub(r"scale\([^)]*\)", "", text)), form
    everything = json.dumps(published)
    assert not re.search(r"51\.36|47\.70|33\.33|12\.56", everything)


def test_without_rules_nothing_is_rounded(published):
    publish("a.level", 51.36914233, unit="score", definition=PAIR, **ABOUT)
    assert published[0][MIME]["records"][0]["value"] == 51.36914233


def test_counts_stay_and_what_is_missing_stays_missing():
    frame = pd.DataFrame({"n": [1234.0, 5.0], "estimate": [51.369, np.nan], "se": [22.4, np.nan]})
    found = RULES.applied(frame)
    assert found["n"].tolist() == [1234, 5]
    assert found.loc[0, "estimate"] == 50 and found.loc[0, "se"] == 22
    assert found.loc[1].drop("n").isna().all()


def test_numbers_among_texts_are_rounded_too_and_by_the_interval_where_there_is_no_standard_error():
    frame = pd.DataFrame(
        {"value": [5.411231884, None, "none"], "estimate": 51.369, "ci_low": 44.4, "ci_high": 58.3},
        dtype=object,
    )
    found = RULES.applied(frame)
    assert found["value"].tolist() == [5, None, "none"]
    assert found["estimate"].tolist() == [51, 51, 51]
    assert RULES.applied(frame[["value"]])["value"].tolist() == [5.41, None, "none"]


def test_a_mean_that_counts_no_municipalities_is_rounded_by_its_respondents_or_the_fewest_of_its_table():
    frame = pd.DataFrame({"mean": [55.13, 47.06], "n": [11, 40], "r_rest": 0.123})
    assert RULES.applied(frame, {"mean": "score"}, 18)["mean"].tolist() == [56, 47]
    assert RULES.applied(frame[["mean"]], {}, 5)["mean"].tolist() == [55, 45]
    assert RULES.applied(frame, {"mean": "ratio"}, 18)["mean"].tolist() == [55.1, 47.1]


@given(
    st.floats(-60, 60),
    st.floats(0.5, 30),
    st.integers(5, 500),
    st.sampled_from(["estimate", "value", "18 estimate"]),
)
def test_an_end_is_as_far_from_the_estimate_as_before_so_that_three_numbers_tell_no_more_than_one(
    value, reach, units, name
):
    stem = name.rpartition(" ")[0] + " " if " " in name else ""
    frame = pd.DataFrame(
        {
            name: [value],
            f"{stem}ci_low": value - reach,
            f"{stem}ci_high": value + reach,
            f"{stem}units": units,
        }
    )
    said, low, high, _ = RULES.applied(frame).iloc[0]
    assert (low + high) / 2 == pytest.approx(said, abs=1e-6) and low <= said <= high
    step = max(RULES.coarsest(units), 10 ** np.floor(np.log10(reach / 3.92)))
    assert max(abs(said - value), abs(high - said - reach)) <= step / 2 + 1e-9 or abs(value) <= 2
    record = {
        "value": value,
        "low": value - reach,
        "high": value + reach,
        "se": reach / 1.96,
        "unit": "points",
    }
    RULES.record(record | {"rests": {"municipalities": units}})
    number = record | {"rests": {"municipalities": units}}
    RULES.record(number)
    assert (number["low"] + number["high"]) / 2 == pytest.approx(number["value"], abs=1e-6)


def test_changes_beside_levels_are_differences_also_where_none_is_below_nought():
    levels = pd.DataFrame({"estimate": [51.0, 62.0], "n": 23, "units": 23})
    changes = pd.DataFrame({"change estimate": [7.7, 2.8], "change units": 10, "change p_holm": [0.6, 1.0]})
    assert RULES.judged(levels.join(changes)).isna().all()
    assert RULES.judged(levels.join(changes.drop(columns="change p_holm"))).eq("alike").all()


def test_a_column_of_words_is_no_middle_of_an_interval():
    frame = pd.DataFrame({"estimate": ["4.8 (1.9 to 7.6)"], "value": [4.774], "low": 1.941, "high": 7.607})
    assert RULES.applied(frame.assign(units=137))[["value", "low", "high"]].iloc[0].tolist() == [
        4.8,
        2.0,
        7.6,
    ]


def test_a_p_value_keeps_its_side_of_five_per_cent_and_tells_an_estimate_no_finer_than_it_is_published():
    for units, se, df in ((5, 8.0, 3), (10, 6.7, 18), (18, 2.0, 15), (60, 1.4, 58)):
        for value in np.linspace(0.05, 3 * se, 25):
            p = 2 * stats.t.sf(value / se, df)
            same = [
                each
                for each in np.geomspace(p / 3, min(3 * p, 1), 400)
                if RULES.p_value(each) == RULES.p_value(p)
            ]
            assert (min(same) < 0.05) == (max(same) < 0.05) == (p < 0.05)
            wide = se * (stats.t.isf(min(same) / 2, df) - stats.t.isf(max(same) / 2, df))
            assert wide > RULES.coarsest(units) / 3, (units, value, p)
    frame = pd.DataFrame({"p_holm": [0.837], "naive_p_value": [0.00723], "parallel": [0.19], "p": [0.3141]})
    assert RULES.applied(frame, {"parallel": "p-value"}).iloc[0].tolist() == [1.0, 0.005, 0.2, 0.314]
    record = {"value": 0.0214, "low": None, "high": None, "se": None, "unit": "p-value"}
    RULES.record(record)
    assert record["value"] == 0.02


def test_a_column_that_does_not_end_in_what_it_holds_is_refused(published):
    frame = pd.DataFrame(
        {"name": ["a"], "estimate": [51.3], "estimate_change": [0.00829], "n": 9, "units": 9}
    )
    told = {"columns": {"name": "Name"}, "caption": "A score and its change.", **ABOUT}
    with pytest.raises(UndeclaredError, match=r"a\.table, column 'estimate_change': .* comes last"):
        publish_table("a.table", frame, **told)
    assert not published


MANY, FEW = Resting(400, 900), Resting(20, 60)


@pytest.mark.parametrize(
    ("value", "unit", "resting", "rule"),
    [
        (51.0, "score", Resting(4, 90), "few"),  # four municipalities, however many respondents
        (51.0, "score", Resting(5, 4), "few"),
        (50.0, "score", Resting(5, 5), None),
        (51.0, "score", Resting(5, 5), "alike"),  # two of five at nought, and the rest would be known
        (0.0, "percent", FEW, "alike"),  # nobody of twenty: what each answered is known
        (100.0, "percent", FEW, "alike"),
        (9.9, "percent", FEW, "alike"),
        (90.1, "percent", FEW, "alike"),
        (12.4, "percent", FEW, "alike"),  # two of twenty and a half, which is what they know of themselves
        (87.6, "percent", FEW, "alike"),
        (12.6, "percent", FEW, None),
        (87.4, "percent", FEW, None),
        (9.9, "percent", Resting(29, 60), "alike"),
        (0.0, "percent", Resting(30, 60), None),
        (100.0, "score", FEW, "alike"),
        (0.0, "score", FEW, "alike"),
        (99.0, "score", FEW, "alike"),
        (87.4, "score", FEW, None),
        (-12.0, "points", FEW, None),
        (0.0, "points", FEW, None),
        (100.0, "percent", NOTHING, None),
        (3, "municipalities", MANY, "count"),
        (4, "persons", MANY, "count"),
        (0, "municipalities", MANY, None),
        (5, "municipalities", MANY, None),
        (3, "count", MANY, None),  # of questions, or of ways to compute
        (3, "municipalities", NOTHING, None),  # that merged, or were asked
    ],
)
def test_each_rule_withholds_what_it_should_and_no_more(published, value, unit, resting, rule):
    publish("a.share", value, unit=unit, definition=PAIR, **ABOUT | {"resting": resting})
    (record,) = published[0][MIME]["records"]
    assert record.get("rule") == rule and record.get("withheld", False) == (rule is not None)
    assert (record["value"] is None) == (rule is not None) and ("rests" in record) == (rule is None)


@settings(deadline=None)
@given(
    st.integers(1, 400),
    st.lists(st.floats(0.01, 0.99), min_size=1, max_size=6),
)
def test_beyond_every_quantile_that_is_shown_lie_five_municipalities_or_more(units, shares):
    frame = pd.DataFrame({"quantile": shares, "estimate": 50.0, "units": units, "n": 2 * units})
    shown = enough(frame)
    assert (np.minimum(shown["quantile"], 1 - shown["quantile"]) * units >= 5 - 1e-6).all()
    left = frame.drop(shown.index)
    assert (np.minimum(left["quantile"], 1 - left["quantile"]) * units < 5 + 1e-6).all()


def test_no_smallest_and_no_largest_value_is_shown():
    ends = pd.DataFrame({"quantile": [0.0, 0.5, 1.0], "estimate": [1.0, 2, 3], "units": 400, "n": 400})
    assert enough(ends)["quantile"].tolist() == [0.5]


def test_of_answers_that_part_a_whole_only_the_highest_share_tells():
    frame = pd.DataFrame(
        {
            "item": ["a", "a", "a", "b", "b", "b"],
            "category": ["never", "yearly", "weekly"] * 2,
            "estimate": [0.0, 40.0, 60.0, 0.0, 100.0, 0.0],
            "units": 20,
            "n": 20,
        }
    )
    shown = enough(frame)  # all of b chose one answer, and so nobody another
    assert shown["item"].unique().tolist() == ["a"] and len(shown) == 3
    assert len(enough(frame.assign(units=30))) == 6


def test_of_few_municipalities_no_answer_is_shown_that_fewer_than_five_gave():
    shares = {"a": [0.0, 40.0, 60.0], "b": [4.0, 46.0, 50.0]}
    frame = pd.DataFrame(
        [
            (item, part, share)
            for item, each in shares.items()
            for part, share in zip("xyz", each, strict=True)
        ],
        columns=["item", "category", "estimate"],
    ).assign(units=24, n=24)
    assert RULES.judged(frame).tolist() == [None] * 3 + ["count"] * 3  # one of 24 gave it
    assert RULES.judged(frame.assign(estimate=frame["estimate"] / 100))[3:].eq("count").all()
    assert RULES.judged(frame.assign(units=30)).isna().all()
    assert RULES.judged(frame.drop(columns="category")).ne("count").all()


def test_shares_that_stand_beside_one_another_are_held_to_the_same_rules():
    rows = [("a", 0.0, 100.0, 0.0), ("b", 4.0, 46.0, 50.0), ("c", 30.0, 30.0, 40.0), ("d", 1.0, 2.0, 3.0)]
    frame = pd.DataFrame(rows, columns=["item", "never", "yearly", "weekly"])
    assert RULES.judged(frame, resting=Resting(24, 60)).tolist() == ["alike", "count", None, None]
    assert RULES.judged(frame, resting=Resting(30, 60)).isna().all()


def test_every_count_in_a_row_counts_and_ends_of_intervals_are_nobodys_answer():
    wide = pd.DataFrame({"monthly_n": [9, 9], "quality_n": [4, 9], "monthly_units": 9, "quality_units": 9})
    assert enough(wide.assign(monthly_estimate=50.0)).index.tolist() == [1]
    units = {"share": "percent", "ci_low": "percent", "ci_high": "percent"}
    row = pd.DataFrame({"share": [40.0], "ci_low": [0.0], "ci_high": [100.0], "units": [20], "n": [20]})
    assert RULES.judged(row, units).tolist() == [None]
    assert RULES.judged(row.assign(share=4.0), units).tolist() == ["alike"]


def test_a_difference_near_nought_is_nobodys_answer_where_its_row_names_its_unit():
    rows = pd.DataFrame({"unit": ["points", "percentage points", "score"], "estimate": 10.1}).assign(
        units=18, n=18
    )
    assert RULES.judged(rows).tolist() == [None, None, "alike"]


@pytest.mark.parametrize("name", ["p_value", "p_holm", "change p_value"])
def test_a_p_value_of_nearly_nought_is_no_share_of_nearly_nobody(name):
    rows = pd.DataFrame({"estimate": [-12.0, 9.0], name: [1e-14, 0.2], "units": [20, 20], "n": [20, 20]})
    assert RULES.judged(rows, {"estimate": "points"}).isna().all()
    shares = rows.rename(columns={name: "mean"}).drop(columns="estimate")
    assert RULES.judged(shares).tolist() == ["alike", None]


def test_errors_limits_and_differences_are_nobodys_answer():
    frame = pd.DataFrame({"unit": ["score", "points", "percent"], "estimate": 50.0, "se": 2.0, "limit": 5.0})
    frame = frame.assign(units=20, n=20)
    units = {"estimate": "score", "se": "score", "limit": UNANSWERED}
    assert RULES.judged(frame, units).isna().all()
    assert RULES.judged(frame, units | {"limit": "score"}).notna().tolist() == [True, False, True]
    assert RULES.judged(frame.assign(estimate=8.0), units).tolist() == ["alike", None, "alike"]
    near = frame.assign(estimate=91.0, units=29)
    assert RULES.judged(near, units).tolist() == [None, None, "alike"]


def test_what_declares_nothing_is_refused_with_id_column_and_remedy(published):
    bare = {**ABOUT, "resting": None}
    with pytest.raises(
        UndeclaredError, match=r"a\.share, column 'value': .*municipalities and respondents.*Keep"
    ):
        publish("a.share", 50.0, unit="percent", definition=PAIR, **bare)
    frame = pd.DataFrame({"class": ["x", "y"], "share": [33.3, 12.5], "n": [160, 35]})
    told = {"caption": "Shares in two classes.", **bare}
    with pytest.raises(
        UndeclaredError, match=r"a\.table, column 'share': nothing .* municipalities it rests\. Keep"
    ):
        publish_table("a.table", frame, columns={"class": "Class", "share": ("Share", "percent")}, **told)
    figure, axes = new_figure()
    axes.plot(frame["class"], frame["share"], "o")
    with pytest.raises(UndeclaredError, match=r"a\.figure, column 'share'.*resting"):
        publish_figure("a.figure", figure, data=frame, alt="Two points, the second is lower.", **told)
    assert not published


def test_a_column_of_a_size_class_says_on_how_many_it_rests_itself_and_is_rounded_so(published):
    frame = pd.DataFrame({"item": ["a", "b"], "estimate": [51.37, 62.13], "n": 160, "units": 160})
    frame = frame.assign(**{"<20k estimate": [46.31, 58.33], "<20k ci_low": 22.2, "<20k ci_high": 69.4})
    heads = {"item": "Item", "estimate": ("All", "score"), "<20k estimate": ("<20k", "score")}
    told = {"caption": "Scores of two items.", **ABOUT, "resting": None, "rules": RULES}
    with pytest.raises(UndeclaredError, match=r"a\.table: column '<20k estimate', of a size class"):
        publish_table("a.table", frame, columns=heads, **told)
    publish_table("a.table", frame.assign(**{"<20k units": 6}), columns=heads, **told)
    data = published[0][MIME]["records"][0]["data"]
    assert [row[data["columns"].index("<20k estimate")] for row in data["rows"]] == [46.0, 58.0]


def test_bounds_and_shares_of_an_answer_tell_a_mean_no_better_than_it_is_published():
    """From two bounds the mean of who answered follows, and shares of all answers give it too."""
    frame = pd.DataFrame({"estimate": [67.71], "units": 11, "n": 11, "least": [43.42], "most": [79.31]})
    told = RULES.applied(frame).iloc[0]
    assert told[["least", "most"]].to_list() == [44.0, 80.0]
    assert between(43.42, 79.31) == pytest.approx(67.7, abs=0.1)  # which the estimate has in steps of two
    shares = pd.DataFrame({"item": ["a"], "no": [12.34], "perhaps": [37.66], "yes": [50.0]})
    assert RULES.applied(shares, towns=11).iloc[0, 1:].to_list() == [12.0, 38.0, 50.0]
    # By its unit or its name, where it is on a scale of 100; and what is not stays.
    other = pd.DataFrame({"reluctant": [66.66], "mdc": [7.717], "odds": [3.517], "share": [0.617]})
    told = RULES.applied(other, {"mdc": "points"}, towns=11).iloc[0]
    assert told.to_list() == [66.0, 8.0, 3.52, 0.617]


def test_shares_of_answers_are_judged_also_where_a_figure_calls_them_per_cent():
    shares = pd.DataFrame({"item": "a", "answer": ["no", "perhaps", "yes"], "per cent": [63.0, 31.3, 5.7]})
    assert RULES.judged(shares, resting=Resting(12, 12)).eq("count").all()  # one of twelve said yes
    assert RULES.judged(shares, resting=Resting(400, 900)).isna().all()


def test_no_row_says_where_it_stood_among_those_that_are_left_out(published):
    frame = pd.DataFrame({"item": ["a", "b", "c"], "estimate": [51.0, 100.0, 40.0], "n": 20, "units": 20})
    told = {"caption": "Scores of three items.", **ABOUT}
    publish_table("a.table", frame, columns={"item": "Item", "estimate": ("All", "score")}, **told)
    (table,) = published[0][MIME]["records"]
    assert table["data"]["columns"] == [*frame] and len(table["data"]["rows"]) == 2


def test_a_count_of_municipalities_declares_itself(published):
    frame = pd.DataFrame({"class": ["x", "y"], "share": [33.3, 12.5], "n": [160, 4]})
    told = {"caption": "Shares in two classes.", **ABOUT, "resting": EACH}
    publish_table("a.table", frame, columns={"class": "Class", "share": ("Share", "percent")}, **told)
    (table,) = published[0][MIME]["records"]
    assert table["rests"] == {"municipalities": 160, "respondents": 160} and table["left_out"] == {"few": 1}


def test_a_table_leaves_out_what_tells_and_says_so_and_a_figure_of_it_is_refused(published):
    frame = pd.DataFrame(
        {"class": ["x", "y", "z"], "estimate": [50.0, 0.0, 40.0], "n": [99, 20, 3], "units": 20}
    )
    told = {"caption": "Shares in three classes.", **ABOUT}
    heads = {"class": "Class", "estimate": ("Share", "percent")}
    publish_table("a.table", frame, columns=heads, **told)
    (table,) = published[0][MIME]["records"]
    assert [row[0] for row in table["data"]["rows"]] == ["x"] and table["left_out"] == {"alike": 1, "few": 1}
    assert table["caption"]["en"].endswith(LEFT_OUT["en"])  # and not which rule it was
    figure, axes = new_figure()
    axes.plot([1, 2, 3], frame["estimate"], "o")
    alt = "Three points, one of them at nought."
    with pytest.raises(NotEstimableError, match="alike, few"):
        publish_figure("a.figure", figure, data=frame, alt=alt, **told)
    drawn = enough(frame)
    publish_figure("a.figure", figure, data=drawn, alt=alt, **told)
    assert published[1][MIME]["records"][0]["left_out"] == {"alike": 1, "few": 1}
    with pytest.raises(NotEstimableError) as told_of:
        publish_table("a.other", frame[1:2], columns=heads, **told)
    assert told_of.value.reason == "telling"


def test_what_is_withheld_is_kept_for_the_last_gate_and_not_in_the_record(published):
    row = {"value": 95.5, "se": 2.0, "n": 60, "units": 20}
    publish("a.share", row, unit="percent", definition=PAIR, **ABOUT | {"resting": None})
    assert published[0][MIME][KEPT] == {"a.share": {"held": [[95.5, 2.0, 60.0, 20.0, "alike", None, None]]}}
    assert "95.5" not in str(published[0][MIME]["records"])
    rows = pd.DataFrame({"class": ["x", "y"], "estimate": [50.0, 98.5], "n": 20, "units": 20})
    told = {"caption": "Shares in two classes.", **ABOUT, "resting": None}
    publish_table("a.table", rows, columns={"class": "Class", "estimate": ("Share", "percent")}, **told)
    assert published[1][MIME][KEPT] == {"a.table": {"held": [[98.5, None, 20.0, 20.0, "alike", None, None]]}}
    publish("a.after", 50.0, unit="percent", definition=PAIR, **ABOUT)
    assert KEPT not in published[2][MIME]


def test_a_share_of_questions_is_nobodys_answer_but_enough_people_must_carry_it(published):
    for units, rule in ((20, None), (4, "few")):
        resting = {"resting": Resting(units, 60)}
        publish("a.share", 3.6, unit="percent", definition=PAIR, unanswered=True, **ABOUT | resting)
        assert published[-1][MIME]["records"][0].get("rule") == rule


def test_the_data_of_a_table_have_no_column_with_reasons_unless_it_shows_them(published):
    rows = pd.DataFrame({"class": ["x"], "estimate": [50.0], "n": 60, "units": 40, "reason": "few"})
    told = {"caption": "Shares in a class.", **ABOUT, "resting": None}
    heads = {"class": "Class", "estimate": ("Share", "percent")}
    publish_table("a.table", rows, columns=heads, **told)
    publish_table("a.other", rows, columns=heads | {"reason": "Reason"}, **told)
    said = ["reason" in bundle[MIME]["records"][0]["data"]["columns"] for bundle in published]
    assert said == [False, True]


def test_what_follows_from_several_rests_on_the_fewest():
    rows = pd.DataFrame({"estimate": [1.0, 2.0], "units": [40, 25], "n": [31, 90]})
    assert least(rows) == Resting(25, 31) and least(rows.iloc[0]) == Resting(40, 31)
    with pytest.raises(UndeclaredError, match="no column 'units'"):
        least(rows.drop(columns="units"))


BOUNDED = ["variable", "estimate", "n", "units", "least", "most"]


@pytest.mark.parametrize(
    ("least", "most", "rule"),
    [
        (16.4, 85.8, None),  # the upper bound is high for few were heard: who were heard had 54 on average
        (60.0, 65.0, None),
        (88.0, 95.0, "alike"),  # who were heard had 95
        (0.9, 61.0, "alike"),  # and these two and a half
        (0.0, 100.0, None),  # nobody was heard
    ],
)
def test_two_bounds_are_judged_by_what_they_tell_of_who_answered(least, most, rule):
    frame = pd.DataFrame([["3", 51.0, 17, 17, least, most]], columns=BOUNDED)
    assert RULES.judged(frame, dict.fromkeys(["estimate", "least", "most"], "score")).tolist() == [rule]
    assert RULES.judged(frame).tolist() == [rule]


def test_what_a_table_or_figure_follows_from_is_kept_row_by_row(published):
    about = {name: ABOUT[name] for name in ABOUT if name != "resting"}
    behind = [pd.DataFrame({"estimate": [value], "n": 30, "units": 25}) for value in (51.0, 62.0, 73.0)]
    frame = pd.DataFrame(
        {"name": ["a", "b", "c"], "score": [50.0, 60.0, 70.0], "n": [30, 4, 30], "units": 25}
    )
    captions = {"caption": ("A table of some rows", "Een tabel van enkele rijen")}
    publish_table(
        "a.b", frame, columns={"name": "Name", "score": ("Score", "score")}, **captions, **about, of=behind
    )
    rows = published[0][MIME][KEPT]["a.b"]["rows"]
    assert [row[0][0] for row in rows] == [51.0, 73.0]  # the second is left out, and so is what is behind it
    with pytest.raises(ValueError, match="3 rows, and estimates behind 2"):
        publish_table("a.c", frame, columns={"name": "Name"}, **captions, **about, of=behind[1:])
    fig, axes = new_figure()
    axes.plot([1, 2], [51.0, 73.0], "o")
    told = {"alt": ("A picture of three rows", "Een beeld van drie rijen")}
    publish_figure("a.d", fig, data=frame.drop(1), **captions, **told, **about, of=behind[0])
    assert published[-1][MIME][KEPT]["a.d"] == {"of": [[51.0, None, 30.0, 25.0, None, None, None]]}


@pytest.mark.parametrize("whole", [100, 1])
def test_of_parts_of_a_whole_none_is_left_out_alone(whole):
    shares = whole * np.array([0.5, 0.3, 0.15, 0.05])
    parts = pd.DataFrame({"type": list("ABCD"), "n": [60, 36, 18, 4], "share": shares})
    assert RULES.judged(parts, {}, EACH).tolist() == [None, None, "count", "few"]
    fewer = parts.assign(n=[60, 36, 3, 4])
    assert RULES.judged(fewer, {}, EACH).tolist() == [None, None, "few", "few"]  # two are left out as it is
    assert RULES.judged(parts[1:], {}, EACH).tolist() == [None, None, "few"]  # which are no whole
    assert RULES.judged(parts[:3], {}, EACH).isna().all()
