"""No estimate depends on units, on the order of rows and columns, on an index, or on how numbers are kept."""

from functools import cache, partial

import numpy as np
import pandas as pd
import pytest

from doorgroeien.data.tables import load_all
from doorgroeien.estimation.design import Design
from doorgroeien.estimation.ranking import rank_intervals
from doorgroeien.measurement.multilevel import beta_binomial, intraclass
from doorgroeien.measurement.multiverse import normal
from doorgroeien.measurement.scores import alpha, icc, item_rest, omega, one_factor
from doorgroeien.measurement.typology import accuracy, latent_classes
from doorgroeien.survey.answers import TABLES, survey_of
from doorgroeien.survey.dimension import holm
from doorgroeien.survey.instrument import load_instrument
from doorgroeien.survey.weighting import design_of, municipal_design

SCALES, WEIGHTS, FAR = [1e-6, 1e-3, 1e3, 1e6], [1e-6, 1e6], 1e6
LEVELS = ["estimate", "se", "ci_low", "ci_high"]
ROLES, GRADES = ["alderman", "manager", "staff"], ["poor", "fair", "good"]
STAGES = {"stratum": "stratum", "unit": ["unit", "person"], "population": ["units", "people"]}


def sample():
    """Return two waves of a two-stage sample; numbers are whole eighths, which stay exact beside FAR."""
    rng = np.random.default_rng(12)
    unit = np.tile(np.arange(36).repeat(3), 2)
    count = len(unit)
    frame = pd.DataFrame({"unit": unit, "wave": np.arange(2).repeat(count // 2) * 2 + 2005})
    frame["person"], frame["units"], frame["people"] = np.arange(count), 20, 7
    frame["stratum"] = np.array(list("abc"))[unit % 3]
    frame["x"] = np.round(rng.gamma(3, 2, count) * 8) / 8
    frame["z"] = np.round(rng.normal(0, 3, count) * 8) / 8
    level = 50 + frame["x"] + rng.normal(0, 5, 36)[unit] + rng.normal(0, 8, count)
    frame["y"] = (np.round(level * 8) / 8).mask(rng.uniform(size=count) < 0.1)
    frame["yes"] = level + rng.normal(0, 15, count) > 55
    frame["cases"] = rng.poisson(np.exp(frame["x"] / 12))
    frame["role"] = rng.choice(ROLES, count)
    frame["grade"] = pd.Categorical.from_codes(np.digitize(level, [50, 60]), GRADES, ordered=True)
    frame["weight"] = rng.uniform(0.5, 4, count)
    frame["responded"] = rng.uniform(size=count) < 0.8
    frame["one"] = 1
    return frame.assign(
        **{f"r{number}": frame["weight"] * rng.uniform(0.5, 1.5, count) for number in range(8)}
    )


DATA = sample()
MASS = DATA["weight"].sum()
ROLE_TOTALS = {role: MASS * share for role, share in zip(ROLES, (0.3, 0.3, 0.4), strict=True)}
MARGINS = {"role": ROLE_TOTALS, "stratum": {name: MASS / 3 for name in "abc"}}


def made(data):
    return Design(data, weight="weight", **STAGES)


def calibrated(method, bounds=None, numeric=False):
    """Return an estimator on weights that meet totals in the units of the data."""

    def estimate(data, column="y"):
        unit = data["weight"].sum() / MASS
        margins = {"role": ROLE_TOTALS} if numeric or method == "poststratify" else MARGINS
        totals = {
            name: {key: unit * total for key, total in known.items()} for name, known in margins.items()
        }
        if numeric:
            x = data["x"].to_numpy(dtype=float)
            totals["x"] = data["weight"].sum() * (np.average(x, weights=data["weight"]) + 0.1 * x.std())
        return made(data).calibrate(totals, method, bounds).mean(column, by="stratum")

    return estimate


CALIBRATED = {
    "poststratify": calibrated("poststratify"),
    "rake": calibrated("rake"),
    "linear": calibrated("linear", numeric=True),
    "raking": calibrated("raking", numeric=True),
    "raking, bounded": calibrated("raking", (0.4, 2.5), numeric=True),
    "logit": calibrated("logit", (0.4, 2.5), numeric=True),
}
# Estimates in the unit of y, which move with its nought.
LOCATIONS = CALIBRATED | {
    "mean": lambda data: made(data).mean("y", by="role"),
    "quantile": lambda data: made(data).quantile("y", [0.1, 0.5, 0.8], by="role"),
    "non-response": lambda data: made(data).nonresponse(["stratum"]).mean("y", by="role"),
    "jackknife": lambda data: made(data).replicate("jackknife").mean("y", by="role"),
    "given replicates": lambda data: (
        made(data).use_replicates([f"r{number}" for number in range(8)], 1 / 7).mean("y", by="role")
    ),
    "samples": lambda data: made(data).samples("wave", unit="unit").mean("y", by="wave"),
}
# Estimates in the unit of y, which do not.
DIFFERENCES = {
    "difference": lambda data: made(data).difference("y", {"role": ("staff", "manager")}, by="wave"),
    "change": lambda data: made(data).change("y", by="role", unit="unit"),
}
# Estimates in the unit of y that add it up, or divide it.
AMOUNTS = {
    "total": lambda data: made(data).total("y", by="role"),
    "ratio": lambda data: made(data).ratio("y", "x", by="role"),
}
TESTS = {
    "compare": lambda data: pd.concat([made(data).compare("y", by) for by in ("role", "stratum")]),
}
LINEAR = {
    "linear": lambda data: made(data).regress("y ~ x + z + role"),
    "linear, replicated": lambda data: made(data).replicate("jackknife").regress("y ~ x + z + role"),
}
MODELS = LINEAR | {
    "logit": lambda data: made(data).regress("yes ~ x + z + role", "logit"),
    "poisson": lambda data: made(data).regress("cases ~ x + z + role", "poisson"),
    "proportional odds": lambda data: made(data).ordinal("grade ~ x + z + role"),
}
OTHERS = {
    "proportion": lambda data: made(data).proportion("yes", by="role"),
    "categories": lambda data: made(data).mean("role", by="wave"),
    "parallel slopes": lambda data: made(data).parallel("grade ~ x + z"),
    "association": lambda data: made(data).association("role", "yes"),
}
ALL = LOCATIONS | DIFFERENCES | AMOUNTS | TESTS | MODELS | OTHERS


@cache
def as_it_is(estimator):
    """Return an estimate from the data without a change."""
    return estimator(DATA)


def same(found, expected, rtol=1e-9):
    """Compare two tables of estimates: keys, numbers, and covariances by their standard errors."""
    for name in expected:
        if pd.api.types.is_float_dtype(expected[name]):
            one, other = (frame[name].to_numpy(dtype=float) for frame in (found, expected))
            np.testing.assert_allclose(one, other, rtol=rtol, atol=1e-300, err_msg=name)
        else:
            assert found[name].astype(str).tolist() == expected[name].astype(str).tolist(), name
    if "covariance" in expected.attrs:
        se = expected["se"].to_numpy()
        found, expected = (np.asarray(frame.attrs["covariance"]) for frame in (found, expected))
        np.testing.assert_allclose(found, expected, rtol=rtol, atol=rtol * np.nanmax(se) ** 2)


def plain(table):
    """Return a table without its covariance."""
    table = table.copy()
    table.attrs = {}
    return table


def scaled(table, factor, columns=LEVELS):
    """Return a table of estimates in another unit."""
    result = table.assign(**{name: table[name] * factor for name in columns})
    result.attrs["covariance"] = np.asarray(table.attrs["covariance"]) * factor**2
    return result


def shifted(table, by):
    return table.assign(**{name: table[name] + by for name in LEVELS if name != "se"})


def each(estimators):
    return pytest.mark.parametrize(
        "estimator", [pytest.param(one, id=name) for name, one in estimators.items()]
    )


@pytest.mark.parametrize("factor", SCALES)
@each(LOCATIONS | DIFFERENCES | AMOUNTS | LINEAR)
def test_estimates_take_the_unit_of_the_outcome(estimator, factor):
    expected = scaled(as_it_is(estimator), factor)
    same(estimator(DATA.assign(y=DATA["y"] * factor)), expected)


@pytest.mark.parametrize("factor", SCALES)
@each(TESTS)
def test_tests_do_not_see_the_unit_of_the_outcome(estimator, factor):
    same(estimator(DATA.assign(y=DATA["y"] * factor)), as_it_is(estimator))


@each(LOCATIONS)
def test_levels_move_with_the_nought_of_the_outcome(estimator):
    found = estimator(DATA.assign(y=DATA["y"] + FAR))
    same(shifted(found, -FAR), as_it_is(estimator), rtol=1e-8)


@each(DIFFERENCES | TESTS)
def test_differences_and_tests_do_not_see_the_nought_of_the_outcome(estimator):
    same(estimator(DATA.assign(y=DATA["y"] + FAR)), as_it_is(estimator), rtol=1e-8)


@pytest.mark.parametrize("method", ["total", "ratio"])
def test_totals_and_ratios_grow_by_what_the_nought_adds_to_each_answer(method):
    data = DATA.assign(one=DATA["one"].where(DATA["y"].notna()), same=DATA["x"])
    below = ([], []) if method == "total" else (["x", "same"], ["x"])
    parts = getattr(made(data), method)(["y", "one"], *filter(None, below[:1]))
    found = getattr(made(data.assign(y=DATA["y"] + FAR)), method)("y", *filter(None, below[1:]))
    same(plain(found[LEVELS[:2]]), plain(Design.contrast(parts, {"y": [1, FAR]})[LEVELS[:2]]))


def test_the_design_effect_of_a_total_keeps_its_digits_far_from_nought():
    found = made(DATA.assign(y=DATA["y"] + FAR)).total("y").iloc[0]
    y, weight = (DATA.loc[DATA["y"].notna(), name].to_numpy() for name in ("y", "weight"))
    spread = (weight * (y - np.average(y, weights=weight)) ** 2).sum() * weight.sum() / (len(y) - 1)
    assert found["deff"] == pytest.approx(found["se"] ** 2 / spread, rel=1e-9)


@each(LINEAR)
def test_only_the_intercept_of_a_linear_regression_moves_with_the_nought_of_the_outcome(estimator):
    expected, found = as_it_is(estimator), estimator(DATA.assign(y=DATA["y"] + FAR))
    first = np.arange(len(found)) == 0
    same(found.assign(**{name: found[name] - FAR * first for name in LEVELS if name != "se"}), expected, 1e-8)


@pytest.mark.parametrize("factor", SCALES)
def test_counts_in_another_unit_move_the_intercept_of_a_poisson_model_by_its_logarithm(factor):
    expected = MODELS["poisson"](DATA)
    found = MODELS["poisson"](DATA.assign(cases=DATA["cases"] * factor))
    first = np.log(factor) * (np.arange(len(found)) == 0)
    back = found.assign(**{name: found[name] - first for name in LEVELS if name != "se"})
    same(back, expected)


@pytest.mark.parametrize("factor", SCALES)
@each(MODELS)
def test_slopes_take_the_unit_of_their_term(estimator, factor):
    expected, found = as_it_is(estimator), estimator(DATA.assign(x=DATA["x"] * factor))
    turn = np.where(expected["term"] == "x", 1 / factor, 1.0)
    back = expected.assign(**{name: expected[name] * turn for name in LEVELS})
    same(plain(found), plain(back))
    np.testing.assert_allclose(
        found.attrs["covariance"], expected.attrs["covariance"] * np.outer(turn, turn), rtol=1e-8
    )


@each(MODELS)
def test_slopes_do_not_see_the_nought_of_a_term_and_levels_follow(estimator):
    expected, found = as_it_is(estimator), estimator(DATA.assign(x=DATA["x"] + FAR))
    levels = expected["term"].eq("Intercept") | expected["term"].str.contains("|", regex=False)
    slopes = expected.index[~levels]
    same(plain(found.loc[slopes]), plain(expected.loc[slopes]), rtol=1e-8)
    place = np.ix_(slopes, slopes)
    covariance = expected.attrs["covariance"][place]
    np.testing.assert_allclose(
        found.attrs["covariance"][place], covariance, rtol=1e-7, atol=1e-9 * covariance.max()
    )
    sign = np.where(expected["term"].eq("Intercept"), -1, 1)[levels]
    moved = expected.loc[levels, "estimate"] + sign * FAR * expected.set_index("term").at["x", "estimate"]
    np.testing.assert_allclose(found.loc[levels, "estimate"], moved, rtol=1e-8)


@pytest.mark.parametrize("change", [*SCALES, FAR], ids=str)
def test_a_test_of_parallel_slopes_does_not_see_units_or_nought_of_a_term(change):
    x = DATA["x"] + FAR if change == FAR else DATA["x"] * change
    same(OTHERS["parallel slopes"](DATA.assign(x=x)), OTHERS["parallel slopes"](DATA), rtol=1e-7)


@pytest.mark.parametrize("change", [*SCALES, "far"])
@each({name: one for name, one in CALIBRATED.items() if name not in ("poststratify", "rake")})
def test_calibration_does_not_see_units_or_nought_of_a_number(estimator, change):
    x = DATA["x"] + FAR if change == "far" else DATA["x"] * change
    same(estimator(DATA.assign(x=x)), as_it_is(estimator), rtol=1e-7)


@pytest.mark.parametrize("factor", WEIGHTS)
@each(ALL)
def test_the_unit_of_weights_changes_totals_and_numbers_of_the_population_alone(estimator, factor):
    expected = as_it_is(estimator)
    names = ["weight", *(f"r{number}" for number in range(8))]
    found = estimator(DATA.assign(**DATA[names] * factor))
    if estimator is AMOUNTS["total"]:
        expected = scaled(expected, factor)
    if "population_n" in expected:
        expected = expected.assign(population_n=expected["population_n"] * factor)
    same(found, expected)


def duplicated(data):
    return data.set_axis(np.arange(len(data)) % 5)


def in_objects(data):
    return data.drop(columns="grade").astype(object).where(data.notna(), None).assign(grade=data["grade"])


def with_unused(data):
    wider = {
        name: pd.Categorical(data[name], [*sorted(data[name].unique()), "nobody"])
        for name in ("role", "stratum")
    }
    return data.assign(**wider)


LAYOUTS = {
    "columns permuted": lambda data: data[data.columns[::-1]],
    "rows permuted": lambda data: data.sample(frac=1, random_state=3).reset_index(drop=True),
    "index of the rows permuted": lambda data: data.sample(frac=1, random_state=3),
    "index of text": lambda data: data.set_axis([f"row {number}" for number in range(len(data))][::-1]),
    "index duplicated": duplicated,
    "nullable": lambda data: data.convert_dtypes(),
    "Arrow": lambda data: data.convert_dtypes(dtype_backend="pyarrow"),
    "objects": in_objects,
    "unused levels": with_unused,
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=list(LAYOUTS))
@each(ALL)
def test_the_layout_of_the_data_changes_nothing(estimator, layout):
    found, expected = estimator(layout(DATA)), as_it_is(estimator)
    if "category" in found:
        assert (found.loc[found["category"] == "nobody", ["estimate", "se"]] == 0).all(axis=None)
        found, expected = plain(found[found["category"] != "nobody"]), plain(expected)
    if layout is LAYOUTS["unused levels"] and "role" in found:
        assert found["role"].cat.categories[-1] == "nobody"
    same(found.reset_index(drop=True), expected)


# --- scores, groups, ranks and types


def answers():
    """Return five questions with one thing in common, a weight and a group."""
    rng = np.random.default_rng(5)
    items = np.round((rng.normal(size=(90, 1)) * [1, 0.8, 0.9, 0.6, 0.7] + rng.normal(size=(90, 5))) * 8) / 8
    frame = pd.DataFrame(items, columns=list("abcde"))
    return frame.assign(weight=rng.uniform(1, 3, 90), group=np.arange(90) // 4, kind=np.arange(90) % 3 == 0)


def kept_otherwise(frame):
    """Yield a frame as it may come: rows in another order, another index, other types."""
    yield frame.sample(frac=1, random_state=1)
    yield frame.set_axis([f"row {number}" for number in range(len(frame))])
    yield frame.convert_dtypes()
    yield frame.convert_dtypes(dtype_backend="pyarrow")


ITEMS = answers()
RELIABILITY = [alpha, omega, item_rest]


@pytest.mark.parametrize("measure", RELIABILITY)
def test_reliability_does_not_see_units_nought_or_layout(measure):
    names = list("abcde")
    expected, numbers = measure(ITEMS[names], ITEMS["weight"]), ["mean", "sd"]
    for factor in SCALES:
        found = measure(ITEMS[names] * factor, ITEMS["weight"])
        same(found, scaled_columns(expected, factor, numbers))
    found = measure(ITEMS[names] + FAR, ITEMS["weight"])
    same(found.drop(columns="mean", errors="ignore"), expected.drop(columns="mean", errors="ignore"), 1e-8)
    for factor in WEIGHTS:
        same(measure(ITEMS[names], ITEMS["weight"] * factor), expected)
    turned = measure(ITEMS[names[::-1]], ITEMS["weight"])
    same(turned.iloc[::-1].reset_index(drop=True), expected)
    for frame in kept_otherwise(ITEMS):
        same(measure(frame[names], frame["weight"]), expected)
    weight = ITEMS["weight"].sample(frac=1, random_state=2)
    same(measure(ITEMS[names], weight), expected)


def scaled_columns(table, factor, columns):
    return table.assign(**{name: table[name] * factor for name in columns if name in table})


def test_weights_of_other_respondents_are_refused():
    with pytest.raises(
        ValueError, match="label 0: no value, or several, expected one. Give both the same index"
    ):
        alpha(ITEMS[list("abc")], ITEMS["weight"].set_axis(np.arange(90) + 1))


def test_the_fit_of_one_factor_does_not_see_the_order_of_items():
    correlation, order = np.corrcoef(ITEMS[list("abcde")], rowvar=False), [3, 0, 4, 2, 1]
    found = one_factor(correlation[np.ix_(order, order)], 90)
    np.testing.assert_allclose(found, one_factor(correlation, 90), rtol=1e-9)


def test_intraclass_correlations_do_not_see_units_nought_or_layout():
    def both(frame):
        by_groups = icc(frame["a"], frame["group"]).assign(method="anova")
        model = intraclass(frame[["a", "b", "kind", "group"]], "a ~ b + kind", "group")
        return by_groups, pd.DataFrame([model]).astype({"n": float})

    shared = ITEMS.assign(
        a=ITEMS["a"] + np.round(np.random.default_rng(1).normal(size=23) * 8)[ITEMS["group"]] / 8
    )
    expected = both(shared)
    assert expected[1]["refused"].tolist() == [""]
    others = [shared.assign(a=shared["a"] * factor, b=shared["b"] / factor) for factor in SCALES]
    others += [shared.assign(a=shared["a"] + FAR), shared.assign(b=shared["b"] + FAR), duplicated(shared)]
    others += [shared.assign(group=pd.Categorical(shared["group"], range(30)))]
    for frame in [*others, *kept_otherwise(shared)]:
        for found, one in zip(both(frame), expected, strict=True):
            same(found, one, 1e-8)
    apart = shared["group"].sample(frac=1, random_state=2)
    same(icc(shared["a"], apart), icc(shared["a"], shared["group"]))


def test_a_spread_of_shares_does_not_see_the_unit_of_weights_or_the_order_of_groups():
    rng = np.random.default_rng(3)
    asked = rng.integers(1, 6, 60)
    yes, weight = rng.binomial(asked, rng.beta(2, 3, 60)), rng.uniform(1, 4, 60)
    expected, order = beta_binomial(yes, asked, weight), rng.permutation(60)
    for factor in WEIGHTS:
        np.testing.assert_allclose(beta_binomial(yes, asked, weight * factor), expected, rtol=1e-9)
    found = beta_binomial(yes[order], asked[order], weight[order], start=(-2.0, 3.0))
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_ranks_do_not_see_units_nought_or_order():
    columns, numbers = [f"r{number}" for number in range(5)], ["rank", "rank_low", "rank_high"]
    data = DATA.assign(**{name: DATA["z"] + place * DATA["x"] / 8 for place, name in enumerate(columns)})
    data = data.assign(r3=data["r4"], r0=data["r1"] - 2)

    def ranked(data):
        frame = rank_intervals(made(data).mean(columns), draws=2000)
        return frame.set_index("variable")[numbers], frame.attrs["critical"]

    expected, critical = ranked(data)
    assert expected["rank"].tolist() == [5, 4, 3, 1, 1]
    others = [data.assign(**data[columns] * factor) for factor in SCALES]
    others += [data.assign(**data[columns] + FAR), data.assign(weight=data["weight"] * 1e6)]
    others += [layout(data) for name, layout in LAYOUTS.items() if name != "objects"]
    for frame in others:
        found = ranked(frame)
        assert found[0].equals(expected)
        assert found[1] == pytest.approx(critical, rel=1e-8)
    columns = columns[::-1]
    assert ranked(data)[0].loc[expected.index].equals(expected)


@pytest.mark.parametrize("factor", SCALES)
def test_corrected_tests_do_not_see_units(factor):
    changes = DIFFERENCES["change"]
    expected, found = (holm(changes(DATA.assign(y=DATA["y"] * one))) for one in (1, factor))
    same(plain(found[["p_value", "p_holm"]]), plain(expected[["p_value", "p_holm"]]))


def test_a_normal_distribution_with_gaps_does_not_see_units_nought_or_order():
    rng = np.random.default_rng(8)
    values = ITEMS[list("abcde")].to_numpy() + 0.0
    values[rng.uniform(size=values.shape) < 0.15] = np.nan
    values, weight = values[~np.isnan(values).all(axis=1)], ITEMS["weight"].to_numpy()
    weight = weight[: len(values)]
    mean, covariance = normal(values, weight)
    rows, columns = rng.permutation(len(values)), [4, 2, 0, 1, 3]
    unit = np.array([1e-6, 1e-3, 1.0, 1e3, 1e6])
    cases = [(values, weight * factor, mean, covariance) for factor in WEIGHTS]
    cases += [(values[rows], weight[rows], mean, covariance), (values + FAR, weight, mean + FAR, covariance)]
    cases += [(values * unit, weight, mean * unit, covariance * np.outer(unit, unit))]
    cases += [(values[:, columns], weight, mean[columns], covariance[np.ix_(columns, columns)])]
    for data, weights, centre, spread in cases:
        found = normal(data, weights)
        size = np.sqrt(np.diag(spread))
        np.testing.assert_allclose((found[0] - centre) / size, 0, atol=1e-9)
        np.testing.assert_allclose((found[1] - spread) / np.outer(size, size), 0, atol=1e-9)


def test_types_do_not_see_the_nought_of_scores_the_unit_of_weights_or_the_layout():
    """Not the unit of scores: what is added to a variance is in squared points."""
    rng = np.random.default_rng(4)
    centres = np.repeat([[20, 30, 40], [60, 40, 70]], 30, axis=0)
    values = pd.DataFrame(np.round((centres + rng.normal(0, 6, centres.shape)) * 8) / 8, columns=list("abc"))
    weight = pd.Series(rng.uniform(1, 3, 60))

    def types(values, weight):
        table, labels, _ = latent_classes(values, weight, most=2, starts=2, draws=0, jobs=1)
        right = accuracy(values, labels[2], weight, step=1)
        return table[["bic", "smallest"]], labels[2].to_numpy(), right

    table, labels, right = types(values, weight)
    assert 40 < right <= 100
    cases = [(values, weight * factor) for factor in WEIGHTS]
    cases += [
        (values + FAR / 1024, weight),
        (values[["c", "a", "b"]], weight),
        (duplicated(values), duplicated(weight)),
    ]
    cases += [(values.convert_dtypes(dtype_backend="pyarrow"), weight.sample(frac=1, random_state=1))]
    for case in cases:
        found = types(*case)
        same(found[0], table, 1e-8)
        assert (found[1] == labels).all()
        assert found[2] == pytest.approx(right)
    order = rng.permutation(60)
    found = types(values.iloc[order], weight)
    same(found[0], table, 1e-8)
    assert (found[1] == labels[order]).all()


@pytest.fixture(scope="module")
def surveys(root):
    """Return the reference survey, and the same with the rows of every table shuffled."""
    instrument, tables = load_instrument(root), load_all(root, only=("scales", "codes", "items", *TABLES))
    mixed = {name: table.sample(frac=1, random_state=7) for name, table in tables.items() if name in TABLES}
    return survey_of(tables, instrument), survey_of(mixed, instrument)


@pytest.mark.parametrize(
    ("make", "columns"),
    [
        (design_of, ["d1a_clear_staff", "d3b_agenda"]),
        (partial(design_of, per="person", stands_in="reluctant"), ["d1a_clear_staff", "d3b_agenda"]),
        (municipal_design, ["1", "2a", "total"]),
    ],
)
def test_a_survey_does_not_see_the_order_of_its_rows_or_their_index(surveys, make, columns):
    one, other = map(make, surveys)
    same(other.mean(columns, by=["wave", "size_class"]), one.mean(columns, by=["wave", "size_class"]))
