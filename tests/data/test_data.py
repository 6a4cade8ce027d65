"""The evidence itself: an independent validator agrees, sums hold, and rules that no schema can say."""

import re

import pytest
from frictionless import Package

from doorgroeien import bounds
from doorgroeien.data.tables import load_all
from doorgroeien.results.formats import UNITS


@pytest.fixture(scope="module")
def tables(root):
    return load_all(root)


@pytest.fixture(scope="module")
def figures(tables):
    return tables["figures"].set_index("id")


def test_frictionless_agrees(root):
    report = Package(str(root / "data" / "datapackage.json")).validate()
    assert report.valid, report.flatten(["resource_name", "row_number", "field_name", "message"])


def test_the_letter_has_nine_findings_in_two_languages(tables):
    findings = tables["findings"]
    assert findings["finding"].tolist() == list(range(1, 10))
    for column in ("title_en", "title_nl", "paraphrase_en", "paraphrase_nl", "place"):
        assert findings[column].str.len().ge(10).all()


def test_half_years_add_up_to_years_within_rounding(figures):
    known = bounds(figures)
    for year in (2005, 2006, 2007, 2008):
        halves = known.loc[[f"fraud.cases.{year}h1", f"fraud.cases.{year}h2"]]
        total = known.loc[f"fraud.cases.{year}"]
        assert halves["low"].sum() <= total["high"] and halves["high"].sum() >= total["low"]


@pytest.mark.parametrize("part", ["size", "scheme", "province"])
def test_parts_of_2008_add_up_to_the_total_within_rounding(figures, part):
    known = bounds(figures)
    parts = known[known.index.str.startswith(f"fraud.cases.{part}.")]
    total = known.loc["fraud.cases.2008"]
    assert len(parts) in (6, 12)
    assert parts["low"].sum() <= total["high"] and parts["high"].sum() >= total["low"]


def test_the_mean_amount_is_amount_over_cases_within_rounding(figures):
    known = bounds(figures)
    for year in range(2002, 2009):
        cases, amount, mean = (known.loc[f"fraud.{kind}.{year}"] for kind in ("cases", "amount", "mean"))
        assert amount["low"] * 1e6 / cases["high"] <= mean["high"]
        assert amount["high"] * 1e6 / cases["low"] >= mean["low"]


def test_a_figure_is_a_multiple_of_its_rounding_step_and_circa_takes_the_coarsest(figures):
    """In per cent the coarsest is five: "half" does not mean between a quarter and three quarters."""
    rounded = figures[(figures["rounding"] > 0) & (figures["quality"] != "derived")]
    steps = (rounded["value"] / rounded["rounding"]).round(6)
    assert (steps == steps.round()).all(), rounded[steps != steps.round()].index.tolist()
    circa = figures[(figures["qualifier"] == "circa") & (figures["value"] % 1 == 0)]
    assert len(circa) >= 2
    for row in circa.itertuples():
        steps = [step * 10**power for power in range(6) for step in (1, 5)]
        steps = steps[:2] if row.unit == "percent" else steps
        assert row.rounding == max(step for step in steps if row.value % step == 0), row.Index


def test_exact_figures_have_no_rounding_and_others_have(figures):
    assert (figures.loc[figures["qualifier"] == "exact", "rounding"] == 0).all()
    assert (figures.loc[figures["qualifier"].isin(["rounded", "circa"]), "rounding"] > 0).all()
    assert (figures.loc[figures["qualifier"].isin(["lower_bound", "upper_bound"]), "rounding"] == 0).all()


def test_figures_are_written_in_units_that_the_book_knows(figures):
    assert set(figures["unit"]) <= set(UNITS)


def test_no_figure_is_entered_twice(figures):
    told = ["indicator", "category", "period", "population", "source"]
    assert not figures.duplicated(told).any(), figures[figures.duplicated(told, keep=False)].index.tolist()


def test_the_grant_to_the_fraud_platforms_is_that_of_one_times_their_number(figures):
    hosts, amount, total = (figures.loc[f"platforms.{name}.2007"] for name in ("hosts", "amount", "total"))
    assert len(hosts["population"].split(", ")) == hosts["value"]
    known = bounds(figures.loc[[total.name]]).iloc[0]
    assert known["low"] <= hosts["value"] * amount["value"] / 1e6 <= known["high"]


def test_parts_of_a_joint_unit_are_no_more_than_the_whole(figures):
    """Two of its municipalities have more than half of the inquiries, says the source."""
    part = figures.loc[[f"src.noordveluwe.started.{name}.2016" for name in ("elburg", "oldebroek")], "value"]
    whole = figures.at["src.noordveluwe.started.2016", "value"]
    assert whole / 2 < part.sum() <= whole


def test_figures_that_say_who_always_and_who_not_always_reclaims_make_a_whole(figures):
    assert figures.loc[["reclaim.always.2007", "reclaim.notalways.2007"], "value"].sum() == 100


def test_municipal_mergers_balance(figures):
    for year in (2006, 2007):
        before, after = (
            figures.at[f"municipalities.{year - 1}", "value"],
            figures.at[f"municipalities.{year}", "value"],
        )
        gone, new = (figures.at[f"municipalities.{kind}.{year}", "value"] for kind in ("abolished", "new"))
        assert before - gone + new == after


def test_document_codes_follow_from_the_coding(tables):
    documents, coding = tables["documents"].set_index("doc_id"), tables["coding"]
    codes = [name for name in coding.columns if re.match(r"d\d_", name)]
    assert len(codes) == 17
    judged = coding.groupby("doc_id")[codes]
    agreed = judged.max().where(judged.max() == judged.min())
    assert agreed.loc[documents.index].equals(documents[codes])
    assert (coding.groupby("doc_id")["coder"].count().loc[documents.index] == documents["coders"]).all()


def test_document_years_follow_from_their_dates(tables):
    for row in tables["documents"].itertuples():
        date = row.adopted if isinstance(row.adopted, str) else row.valid_from
        if isinstance(date, str):
            assert row.year == int(date[:4]), row.doc_id
            assert row.in_period == int(2003 <= row.year <= 2012)
