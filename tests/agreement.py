"""What R gave and what we give, number by number: ``python tests/agreement.py`` prints the table.

``golden/golden.R`` wrote ``golden/expected.csv``; :func:`ours` computes the same from the same inputs. A
number is named by method, case, quantity and row.
"""

import itertools
from pathlib import Path

import numpy as np
import pandas as pd

from doorgroeien.estimation.design import Design
from doorgroeien.measurement.scores import alpha, icc, item_rest, omega, scale

GOLDEN = Path(__file__).parent / "golden"
SIZES = ["<10k", "10-20k", "20-35k", "35-50k", "50-100k", ">=100k"]
GRADES = ["low", "fair", "good", "high"]
STAGES = {"unit": ["municipality", "respondent"], "population": ["municipalities", "people"]}
DESIGNS = {
    "simple": {"weight": "weight"},
    "stratified": {"weight": "weight", "stratum": "size"},
    "clustered": {"weight": "weight", "stratum": "size", "unit": "municipality"},
    "first": {"weight": "weight", "stratum": "size", "unit": "municipality", "population": "municipalities"},
    "full": {"weight": "weight", "stratum": "size", **STAGES},
    "derived": {"stratum": "size", **STAGES},
}
COUNTS = {"one": 3140, "partners": 8700, "control": 158000}
SIZE_TOTALS = dict(zip(SIZES, [680, 660, 800, 450, 360, 190], strict=True))
ROLE_TOTALS = {"alderman": 640, "manager": 960, "staff": 1540}
CELLS = [120, 200, 340, 185, 270, 400, 165, 250, 380, 150, 255, 425]
CELL_TOTALS = {
    (role, region): total
    for (region, role), total in zip(
        itertools.product(["east", "north", "south", "west"], ROLE_TOTALS), CELLS, strict=True
    )
}
MARGINS = {"size": SIZE_TOTALS, "role": ROLE_TOTALS}
CALIBRATIONS = {
    "poststratify": ({"size": SIZE_TOTALS}, "poststratify", None),
    "poststratify, two columns": ({("role", "region"): CELL_TOTALS}, "poststratify", None),
    "linear": (COUNTS, "linear", None),
    "linear, margins": (MARGINS, "linear", None),
    "linear, bounded": (MARGINS, "linear", (0.75, 1.4)),
    "raking": (MARGINS, "raking", None),
    "raking, bounded": (COUNTS, "raking", (0.5, 2)),
    "logit": (MARGINS, "logit", (0.6, 1.6)),
}


def inputs():
    """Return the respondents of both waves, the small sample and the items."""
    everyone = pd.read_csv(GOLDEN / "respondents.csv")
    everyone["income"] = 18000 + 40 * everyone["vision"]
    everyone["size"] = pd.Categorical(everyone["size"], SIZES)
    everyone["grade"] = pd.cut(everyone["control"], [-1, 35, 50, 65, 101], labels=GRADES)
    return everyone.assign(one=1), pd.read_csv(GOLDEN / "small.csv"), pd.read_csv(GOLDEN / "items.csv")


def expected():
    """Return R's numbers, as one Series per method, case and quantity."""
    frame = pd.read_csv(GOLDEN / "expected.csv")
    return {
        key: rows["value"].to_numpy()
        for key, rows in frame.groupby(["method", "case", "quantity"], sort=False)
    }


def ours():
    """Return our numbers under the names that R's have."""
    everyone, small, items = inputs()
    now, then = everyone[everyone["wave"] == 2007], everyone[everyone["wave"] == 2005]
    designs = {name: Design(now, **arguments) for name, arguments in DESIGNS.items()}
    parts = [
        _estimates(designs),
        _domains(designs),
        _proportions_and_quantiles(now),
        _edges(small, now),
        _waves(everyone, then, now),
        _calibrations(designs),
        _nonresponse(now),
        _replicates(now, designs),
        _regressions(designs),
        _ordinal(designs),
        _tests(designs),
        _scores(items),
    ]
    return {
        key: np.atleast_1d(np.asarray(value, dtype=float)).ravel() for part in parts for key, value in part
    }


def _named(method, case, frame, *quantities):
    """Yield columns of a table of estimates; some have another name in R's output."""
    columns = {"low": "ci_low", "high": "ci_high"}
    for quantity in quantities:
        if quantity == "covariance":
            yield (method, case, quantity), frame.attrs["covariance"]
        else:
            yield (method, case, quantity), frame[columns.get(quantity, quantity)]


def _estimates(designs):
    basic = "estimate", "se"
    for name, design in designs.items():
        yield from _named("mean", name, design.mean("vision"), *basic, "df", "deff", "low", "population_n")
        yield from _named("mean by domain", name, design.mean("vision", by="role"), *basic, "deff", "df")
        yield from _named("total", name, design.total("partners"), *basic, "deff")
        yield from _named("total by domain", name, design.total("partners", by="size"), *basic)
        yield from _named("shares of categories", name, design.mean("role"), *basic, "covariance")
        yield from _named("ratio by domain", name, design.ratio("partners", "control", by="region"), *basic)
        yield from _named("mean with missing", name, design.mean("goals", by="size"), *basic, "df")


def _domains(designs):
    functions = {"logratio": lambda e: np.log(e[0] / e[2]), "product": lambda e: e[0] * e[1] / e[2] ** 2}
    for name, design in designs.items():
        means = design.mean("vision", by="role")
        yield from _named("covariance of domains", name, means, "estimate", "covariance")
        apart = design.difference("vision", {"role": ("alderman", "staff")})
        yield from _named("difference", name, apart, "estimate", "se")
        yield from _named("contrast", name, design.contrast(means, functions), "estimate", "se")


def _proportions_and_quantiles(now):
    design = Design(now, **DESIGNS["full"])
    for method in ("logit", "beta", "mean", "wilson"):
        found = design.proportion("plan", by="size", method=method)
        for size, row in found.groupby("size", observed=True):
            quantities = (
                ("estimate", "low", "high") if method == "wilson" else ("estimate", "se", "low", "high")
            )
            yield from _named(f"proportion, {method}", size, row, *quantities)
    found = design.quantile(["vision", "control"], [0.1, 0.5, 0.9], by="size")
    for (variable, size), rows in found.groupby(["variable", "size"], observed=True):
        yield from _named("quantile", f"{size} {variable}", rows, "estimate", "se", "low", "high")


def _edges(small, now):
    for rule, kind in itertools.product(("remove", "certainty", "adjust"), ("with replacement", "finite")):
        population = "population" if kind == "finite" else None
        design = Design(small, "weight", "stratum", "unit", population, lonely=rule)
        both = pd.concat([design.total("y"), design.mean("y")])
        case = f"{rule} {kind}"
        yield from _named("lonely", case, both, "estimate", "se")
        yield ("lonely", case, "df"), both["df"].iloc[:1]
        yield from _named("lonely by domain", case, design.mean("y", by="domain"), "estimate", "se")
        yield from _named("lonely regression", case, design.regress("y ~ x"), "estimate", "se")
    chosen = sorted(set(now["municipality"]))
    thin = set(sorted(pd.read_csv(GOLDEN / "respondents.csv")["municipality"].unique())[0:400:7])
    lonely = now[~(now["municipality"].isin(thin) & now["municipality"].duplicated())]
    assert thin & set(chosen)
    for rule in ("remove", "adjust"):
        found = Design(lonely, stratum="size", **STAGES, lonely=rule).mean("vision")
        yield from _named("lonely at the second stage", rule, found, "estimate", "se")
    largest = now[now["size"] == ">=100k"]
    found = Design(largest, stratum="size", **STAGES).mean("vision")
    yield from _named("census of municipalities", "largest", found, "estimate", "se")
    whole = largest.assign(people=largest.groupby("municipality")["respondent"].transform("size"))
    found = Design(whole, stratum="size", **STAGES).mean("vision")
    yield from _named("census of everyone", "largest", found, "estimate", "se")


def _waves(everyone, then, now):
    panel = everyone[everyone["municipality"].isin(set(then["municipality"]) & set(now["municipality"]))]
    full, part = "change, full panel", "change, part of a panel and mergers"
    by_wave = everyone["size"].astype(str) + everyone["wave"].astype(str)
    for method, data in ((full, panel), (part, everyone)):
        for case, name in (("with replacement", "clustered"), ("finite", "full")):
            design = Design(data.assign(size=by_wave), **DESIGNS[name])
            yield from _named(method, case, design.change("vision"), "estimate", "se")
    for case, name in (("with replacement", "clustered"), ("finite", "first")):
        design = Design(everyone.assign(size=by_wave), **DESIGNS[name] | {"unit": "predecessor"})
        found = design.change("vision", unit="municipality")
        yield from _named(part, f"predecessors, {case}", found, "estimate", "se")


def _calibrations(designs):
    for base in ("full", "stratified"):
        for name, arguments in CALIBRATIONS.items():
            design, case = designs[base].calibrate(*arguments), f"{name}, {base}"
            both = pd.concat([design.mean("vision"), design.total("partners")])
            yield ("calibrate", case, "weights"), design.weights[::25]
            yield from _named("calibrate", case, both, "estimate", "se")
            yield from _named(
                "calibrate, by domain", case, design.mean("vision", by="region"), "estimate", "se"
            )
            found = design.regress("plan ~ vision + role", "logit")
            yield from _named("calibrate, logit regression", case, found, "estimate", "se")
        design = designs[base].calibrate(MARGINS, "rake")
        yield ("rake", base, "weights"), design.weights[::25]
        yield from _named("rake", base, design.mean("vision"), "estimate", "se")


def _nonresponse(now):
    everyone = now.assign(everyone=now.groupby(["size", "role"], observed=True)["wave"].transform("size"))
    sampled = Design(everyone.assign(all=len(everyone)), population="all").nonresponse(["size", "role"])
    yield from _named("non-response", "everyone sampled", sampled.mean("vision"), "estimate", "se")
    staged = Design(now, **DESIGNS["full"]).nonresponse(["size", "role"])
    yield from _named("non-response", "two stages", staged.mean("vision"), "estimate", "se")


def _replicates(now, designs):
    made = pd.read_csv(GOLDEN / "replicates.csv").set_index("municipality")
    made = made.loc[now["municipality"]].mul(now["weight"].to_numpy(), axis=0).reset_index(drop=True)
    wide = pd.concat([now.reset_index(drop=True), made], axis=1)
    replicated = {
        "given": Design(wide, weight="weight").use_replicates(list(made), 1 / (made.shape[1] - 1)),
        "jackknife, one stratum": Design(now, weight="weight", unit="municipality").replicate("jackknife"),
        "jackknife": designs["clustered"].replicate("jackknife"),
        "jackknife, finite": designs["first"].replicate("jackknife"),
    }
    for name, design in replicated.items():
        yield from _named("replicates", name, design.mean("vision", by="role"), "estimate", "se")
        both = pd.concat([design.total("partners"), design.ratio("partners", "control")])
        yield from _named("replicates, total and ratio", name, both, "estimate", "se")
        calibrated = design.calibrate({"size": SIZE_TOTALS})
        yield from _named("replicates, poststratified", name, calibrated.mean("vision"), "estimate", "se")
        if name in ("given", "jackknife, finite"):
            found = design.regress("plan ~ vision + role", "logit")
            yield from _named("replicates, logit regression", name, found, "estimate", "se")
            found = design.ordinal("grade ~ partners + role")
            yield from _named("replicates, proportional odds", name, found, "estimate", "se")


def _regressions(designs):
    models = {
        "linear": ("vision ~ size + control + role", "linear"),
        "logit": ("plan ~ vision + size", "logit"),
        "poisson": ("partners ~ vision + role", "poisson"),
        "missing": ("vision ~ goals + role", "linear"),
        "income": ("income ~ role", "linear"),
    }
    for name, design in designs.items():
        for model, (formula, family) in models.items():
            found = design.regress(formula, family)
            yield from _named("regression", f"{model} {name}", found, "estimate", "se", "covariance", "low")
            yield ("regression", f"{model} {name}", "df"), found["df"].iloc[:1]


def _ordinal(designs):
    values = "estimate", "se", "covariance"
    models = {"missing": "goals ~ vision + role", "complete": "grade ~ size + partners"}
    for (name, design), (model, formula) in itertools.product(designs.items(), models.items()):
        found, case = design.ordinal(formula), f"{model} {name}"
        yield from _named("proportional odds", case, found, *values)
        yield ("proportional odds", case, "df"), found["df"].iloc[:1]
        found = design.parallel(formula)
        yield from _named("parallel slopes", case, found, "statistic", "df_num", "p_value")
    for base, kind in itertools.product(("full", "stratified"), ("poststratify", "raking")):
        found = designs[base].calibrate(*CALIBRATIONS[kind]).ordinal("grade ~ partners + role")
        yield from _named("calibrate, proportional odds", f"{kind}, {base}", found, *values)
        yield ("calibrate, proportional odds", f"{kind}, {base}", "df"), found["df"].iloc[:1]


def _tests(designs):
    for name, design in designs.items():
        found = design.association("role", "region")
        yield ("association", name, "statistic"), found["statistic"]
        yield ("association", name, "df"), found[["df_num", "df_den"]]
        yield ("association", name, "p_value"), found["p_value"]
        found = design.association("goals", "plan")
        for quantity in ("statistic", "df_num"):
            yield ("association, with missing", name, quantity), found[quantity]
        for column, by, kind, method in (
            ("vision", "plan", "mean", "compare means, two groups"),
            ("control", "plan", "rank", "compare ranks, two groups"),
            ("vision", "role", "mean", "compare means, groups"),
            ("goals", "role", "rank", "compare ranks, groups"),
        ):
            found = design.compare(column, by).set_index("test").loc[[kind]]
            yield from _named(method, name, found, "statistic", "df_den", "p_value")


def _scores(items):
    names = [f"i{number}" for number in range(1, 9)]
    x, weight = items[names].assign(i8=6 - items["i8"]), items["weight"]
    yield from _named("alpha", "items", alpha(x), "estimate", "low", "high")
    yield from _named("alpha, weighted", "items", alpha(x, weight), "estimate")
    yield from _named("item-rest correlation", "items", item_rest(x), "r_rest", "alpha_without")
    standard = (x - x.mean()) / x.std()
    yield from _named("omega", "maximum likelihood, covariances", omega(x), "estimate")
    yield from _named("omega", "maximum likelihood, correlations", omega(standard), "estimate")
    yield from _named("omega", "weighted", omega(x, weight), "estimate")
    yield from _named("omega, psych::fa", "maximum likelihood, correlations", omega(standard), "estimate")
    score = scale(items[names], 1, 5, reverse=["i8"])
    yield ("scale", "items", "score"), score
    yield from _named("icc", "unbalanced", icc(score, items["group"]), "estimate", "low", "high")
    even = items.groupby("group").cumcount() < 2
    found = icc(score[even], items["group"][even])
    yield from _named("icc", "balanced (psych::ICC)", found, "estimate", "low", "high")


def differences():
    """Return a table of every number: both values, and their relative difference.

    Covariances are compared with the largest of their matrix, and numbers at zero (R has less than 1e-10)
    with 1.
    """
    rows, mine = [], ours()
    for (method, case, quantity), theirs in expected().items():
        value = mine.pop((method, case, quantity))
        assert value.shape == theirs.shape, (method, case, quantity, value.shape, theirs.shape)
        base = np.full(len(theirs), np.abs(theirs).max()) if quantity == "covariance" else np.abs(theirs)
        both_missing = np.isnan(value) & np.isnan(theirs)
        apart = np.where(both_missing, 0.0, np.abs(value - theirs) / np.where(base > 1e-10, base, 1))
        rows.append(
            pd.DataFrame(
                {
                    "method": method,
                    "case": case,
                    "quantity": quantity,
                    "ours": value,
                    "r": theirs,
                    "apart": apart,
                }
            )
        )
    assert not mine, f"R has no {sorted(mine)}"
    return pd.concat(rows, ignore_index=True)


def main():
    """Print the largest difference of each method."""
    frame = differences()
    versions = pd.read_csv(GOLDEN / "versions.csv").set_index("name")["version"]
    print(", ".join(f"{name} {version}" for name, version in versions.items()))
    kind = frame["quantity"].where(frame["quantity"] == "estimate", "other")
    table = frame.pivot_table(index="method", columns=kind, values="apart", aggfunc="max", sort=False)
    table["numbers"] = frame.groupby("method").size()
    print(table.to_string(na_rep="-", float_format=lambda value: f"{value:.0e}"))


if __name__ == "__main__":
    main()
