"""Tests of terms and average marginal effects: those of statsmodels where it has them, and of replicates."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.discrete.discrete_model import Logit, Poisson
from statsmodels.formula.api import glm
from statsmodels.genmod.families import Binomial
from statsmodels.tools.tools import add_constant

from doorgroeien.estimation.design import Design
from doorgroeien.estimation.significance import corrected


def sample(rows=300):
    rng = np.random.default_rng(5)
    data = pd.DataFrame({"a": rng.gamma(2, 1, rows), "b": rng.integers(0, 2, rows)})
    data["g"] = rng.choice(list("xyz"), rows)
    level = data["a"] - 1.5 + 0.5 * (data["g"] == "y") + 0.3 * data["b"]
    data["yes"] = (rng.random(rows) < 1 / (1 + np.exp(-level))).astype(int)
    return data.assign(count=rng.poisson(np.exp(0.2 * data["a"])), weight=rng.uniform(0.5, 3, rows))


@pytest.mark.parametrize(
    ("outcome", "family", "peer"), [("yes", "logit", Logit), ("count", "poisson", Poisson)]
)
def test_effects_of_numbers_and_booleans_are_those_of_statsmodels(outcome, family, peer):
    data = sample()
    data["z"] = data["g"] == "z"
    found = Design(data).margins(f"{outcome} ~ a + b + z", family).set_index("term")["estimate"]
    fit = peer(data[outcome], add_constant(data[["a", "b", "z"]].astype(float))).fit(disp=0)
    assert list(found.index) == ["a", "b", "z"]
    np.testing.assert_allclose(found, fit.get_margeff(dummy=True).margeff, rtol=1e-7)


def test_effects_of_categories_and_of_what_a_formula_makes_are_differences_between_predictions():
    data = sample()
    formula = "yes ~ np.log(a) * g + b"
    found = Design(data).margins(formula, "logit").set_index("term")["estimate"]
    fit = glm(formula, data, family=Binomial()).fit(tol=1e-12)
    base = fit.predict(data.assign(g="x"))
    for kind in "yz":
        assert found[f"g[T.{kind}]"] == pytest.approx(
            (fit.predict(data.assign(g=kind)) - base).mean(), rel=1e-6
        )
    step = 1e-5
    up, down = (fit.predict(data.assign(a=data["a"] + way)) for way in (step, -step))
    assert found["a"] == pytest.approx(((up - down) / (2 * step)).mean(), rel=1e-6)


@pytest.mark.parametrize("family", ["linear", "logit"])
def test_errors_of_effects_are_those_of_the_jackknife(family):
    design = Design(sample(), weight="weight", stratum="b")
    formula = "yes ~ np.sqrt(a) * g"
    one, other = (made.margins(formula, family) for made in (design, design.replicate("jackknife")))
    np.testing.assert_allclose(one["estimate"], other["estimate"], rtol=1e-9)
    np.testing.assert_allclose(one["se"], other["se"], rtol=0.04)
    # Of a linear model without transformations an effect is its coefficient.
    effect, fit = design.margins("count ~ a + g"), design.regress("count ~ a + g").set_index("term")
    np.testing.assert_allclose(
        effect[["estimate", "se"]], fit.loc[effect["term"], ["estimate", "se"]], rtol=1e-7
    )


def test_terms_are_tested_as_statsmodels_tests_them():
    data = sample()
    design, formula = Design(data), "yes ~ a * g + b"
    found = design.terms(formula, "logit").set_index("term")
    fit = glm(formula, data, family=Binomial()).fit(tol=1e-12, cov_type="HC0")
    peer = fit.wald_test_terms(scalar=True).table.drop("Intercept")
    scale = (len(data) - 1) / len(data)  # of the variance of a sum over that with n - 1
    for term, row in peer.iterrows():
        assert found.loc[term, "statistic"] == pytest.approx(
            scale * row["statistic"] / row["df_constraint"], rel=1e-6
        )
    one = design.regress(formula, "logit").set_index("term").loc["b"]
    assert found.loc["b", "statistic"] == pytest.approx((one["estimate"] / one["se"]) ** 2)
    assert (found["df_den"] == one["df"]).all() and found["df_num"].to_dict() == {
        "a": 1,
        "g": 2,
        "b": 1,
        "a:g": 2,
    }


def test_a_term_that_makes_groups_is_tested_as_their_means():
    # That test agrees with R's regTermTest: tests/golden.
    design = Design(sample(), weight="weight", stratum="b")
    term, groups = design.terms("a ~ g").iloc[0], design.compare("a", "g").set_index("test").loc["mean"]
    columns = ["statistic", "df_num", "df_den", "p_value", "n"]
    np.testing.assert_allclose(term[columns].astype(float), groups[columns].astype(float), rtol=1e-9)


def test_effects_need_variables_and_categories_of_the_data():
    design = Design(sample().assign(**{"1": lambda data: data["a"]}))
    assert design.margins("yes ~ `1`", "logit")["term"].to_list() == ["1"]
    assert design.terms("yes ~ `1`", "logit")["term"].to_list() == ["1"]
    with pytest.raises(ValueError, match=r"'yes ~ C\(b\)': C\(b\) makes categories of something else"):
        design.margins("yes ~ C(b)", "logit")
    with pytest.raises(ValueError, match="has no variables, expected one or more"):
        design.margins("yes ~ 1", "logit")
    with pytest.raises(ValueError, match="has no terms, expected one or more"):
        design.terms("yes ~ 1", "logit")


def test_a_number_that_is_the_same_in_all_rows_has_no_coefficient_and_changes_none():
    rng = np.random.default_rng(4)
    people = pd.DataFrame(
        {
            "score": rng.normal(50, 10, 120),
            "grade": rng.integers(0, 4, 120),
            "size": pd.Categorical(rng.choice(["small", "large"], 120)),
            "merged": False,
            "country": pd.Categorical(["NL"] * 120),
        }
    )
    design = Design(people)
    for model, outcome in ((design.regress, "score"), (design.ordinal, "grade"), (design.terms, "score")):
        found = model(f"{outcome} ~ merged + size + country").set_index("term")
        without = model(f"{outcome} ~ size").set_index("term")
        pd.testing.assert_frame_equal(found.drop(index="merged", errors="ignore"), without)
    fitted = design.regress("score ~ merged + size").set_index("term")
    assert fitted.loc["merged", ["estimate", "se", "ci_low"]].isna().all()
    assert "merged" not in set(design.margins("score ~ merged + size")["term"])


def test_a_test_that_could_not_be_done_does_not_count_among_those_corrected():
    np.testing.assert_array_equal(corrected([0.01, np.nan, 0.03]), [0.02, np.nan, 0.03])


def towns_of(sizes=(12, 9, 3), each=4):
    """Return answers of towns in classes of these numbers, with ``each`` people in a town."""
    rng = np.random.default_rng(8)
    size = np.repeat(np.repeat(list("abcdef")[: len(sizes)], sizes), each)
    data = pd.DataFrame({"size": size, "town": np.repeat(np.arange(sum(sizes)), each)})
    data["y"], data["z"] = rng.normal(50, 9, len(data)), rng.normal(0, 1, len(data))
    data["merged"] = (data["town"] % 6 == 0).astype(int)
    return data.assign(grade=rng.integers(0, 4, len(data)), code=1 + data["merged"])


def test_a_term_of_a_category_rests_on_the_side_that_has_fewest():
    data = towns_of()
    design = Design(data, unit="town")
    formula, expected = "y ~ size + merged + z", {"size[T.b]": 9, "size[T.c]": 3, "merged": 4, "z": 24}
    fit = design.regress(formula).set_index("term")
    assert fit["units"].to_dict() == expected | {"Intercept": 12}
    assert fit["n"].to_dict() == {term: 4 * units for term, units in (expected | {"Intercept": 12}).items()}
    assert design.margins(formula).set_index("term")["units"].to_dict() == expected
    found = design.ordinal("grade ~ size + merged + z").set_index("term")["units"].to_dict()
    assert {term: found[term] for term in expected} == expected
    assert {units for term, units in found.items() if "|" in term} == {12}
    assert design.terms(formula)["n"].eq(96).all()  # joint tests rest on all
    assert design.regress("y ~ code").set_index("term")["units"].to_dict() == {"Intercept": 20, "code": 4}
    assert design.regress("y ~ 0 + size")["units"].tolist() == [12, 9, 3]
    assert design.regress("y ~ size:z").set_index("term").loc["size[c]:z", "units"] == 3


def test_a_base_with_few_takes_every_comparison_with_it():
    fit = Design(towns_of((3, 9, 12)), unit="town").regress("y ~ size").set_index("term")
    assert fit["units"].tolist() == [3, 3, 3] and fit["n"].tolist() == [12, 12, 12]
