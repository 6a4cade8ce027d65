"""What the validation of the method found: rates of its draws, with the error that their number leaves.

The tables are ``validation_coverage`` and ``validation_verdicts`` of the data package, sums over draws as
``synthetic.validation`` stores them.
"""

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from doorgroeien.data.tables import load_all
from doorgroeien.results.disclosure import NOTHING, Resting
from doorgroeien.results.records import Evidence

__all__ = ["ASIDE", "GOAL", "DrawnAnswers", "apart", "decided", "groups", "rates"]

GOAL = (93.5, 96.5)  # per cent of intervals of 95 per cent that hold the truth
SURE = 0.99  # of an interval around a rate that says whether it is outside the goal
# Estimands by what they are about: a pattern of the name, the waves, and whether of all municipalities.
GROUPS = (
    ("finding levels", r"finding\.", ("2007",), "all"),
    ("finding changes", r"finding\.", ("2005-2007",), "all"),
    ("scores", r"score\.", ("2007",), "all"),
    ("scores in a size class", r"score\.", ("2007",), "class"),
    ("quick scores", r"quick\.", ("2005", "2007"), "all"),
    ("score changes", r"quick\.", ("2005-2007",), "all"),
    ("questions", r".*\.(?:mean|share\.\d+)$", ("2005", "2007"), "all"),
    ("question changes", r".*\.mean$", ("2005-2007",), "all"),
    ("coefficients", r"slope\.", ("2007",), "all"),
    ("bounds", r"bounds\.", ("2007",), "all"),
    ("ranks", r"rank\.(?!outside)", ("2007",), "all"),
)
ASIDE = ("bounds", "ranks")  # they hold the truth at least as often as their level says, by what they are


class DrawnAnswers:
    """The evidence of the validation: answers drawn from the model of the reference survey, again and again.

    Their edition is that of the reference survey, also in a book on the answers of somebody.
    """

    @property
    def provenance(self) -> dict[str, object]:
        """Return what ``publish``, ``publish_figure`` and ``publish_table`` need to know of it.

        >>> from doorgroeien.results.validated import DrawnAnswers
        >>> DrawnAnswers().provenance["rules"] is None
        True
        """
        evidence: Evidence = "survey answers"
        reference = load_all(only=("edition",))["edition"].iloc[0]
        edition = (reference["name_en"], reference["name_nl"])
        return {"evidence": evidence, "sources": (), "edition": edition, "rules": None}

    def resting(self, group: str) -> Resting:
        """Return that a result rests on nobody, whatever the ``group``: nobody is to be protected."""
        return NOTHING


def rates(coverage: pd.DataFrame) -> pd.DataFrame:
    """Return what sums over draws say of each estimand in each study.

    ``coverage`` is per cent, between ``low`` and ``high`` as far as the number of draws tells (Wilson 1927),
    ``allowed`` the same of the interval that allows for selection; ``bias`` and ``spread``, the standard
    deviation of the error, are in the unit of the estimand, and ``ratio`` is the mean standard error over
    that spread. ``group`` is the kind of estimand, as in :func:`groups`; what has none is missing.

    >>> from doorgroeien import load
    >>> from doorgroeien.results.validated import rates
    >>> found = rates(load("validation_coverage"))
    >>> bool(found["coverage"].between(found["low"] - 1e-9, found["high"] + 1e-9).all())
    True
    """
    n = coverage["n"]
    low, high = proportion_confint(coverage["covered"], n, alpha=1 - SURE, method="wilson")
    bias = coverage["sum_error"] / n
    spread = np.sqrt((coverage["sum_error2"] / n - bias**2).clip(lower=0) * n / (n - 1).where(n > 1))
    found = coverage[["study", "estimand", "wave", "domain", "per", "n"]].assign(
        coverage=100 * coverage["covered"] / n,
        low=100 * low,
        high=100 * high,
        allowed=100 * coverage["covered_allowed"] / coverage["n_allowed"].where(coverage["n_allowed"] > 0),
        bias=bias,
        spread=spread,
        ratio=coverage["sum_se"] / n / spread.where(spread > 0),
    )
    found["group"] = None
    for name, pattern, waves, domain in GROUPS:
        inside = found["estimand"].str.fullmatch(pattern + ".*") & found["wave"].isin(waves)
        inside &= found["domain"].ne("all") if domain == "class" else found["domain"].eq("all")
        found.loc[inside & found["group"].isna(), "group"] = name
    return found


def groups(found: pd.DataFrame) -> pd.DataFrame:
    """Return for each group of estimands, in each study, what :func:`rates` found.

    Rows are ``study`` and ``group``; columns the number of ``estimands``, the mean, ``least`` and ``most`` of
    their ``coverage``, the means of ``allowed`` and of the ``ratio``, and the least ``n`` of draws.

    >>> from doorgroeien import load
    >>> from doorgroeien.results.validated import groups, rates
    >>> int(groups(rates(load("validation_coverage"))).loc[("letter", "scores"), "estimands"])
    20
    """
    order = [name for name, *_ in GROUPS]
    table = found.dropna(subset="group").assign(group=lambda each: pd.Categorical(each["group"], order))
    return (
        table.groupby(["study", "group"], observed=True, sort=False)
        .agg(
            estimands=("coverage", "size"),
            coverage=("coverage", "mean"),
            least=("coverage", "min"),
            most=("coverage", "max"),
            allowed=("allowed", "mean"),
            ratio=("ratio", "mean"),
            n=("n", "min"),
        )
        .sort_index(level="group", kind="stable")
    )


def apart(found: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of :func:`rates` that are outside the :data:`GOAL`, as surely as the draws can tell.

    >>> from doorgroeien import load
    >>> from doorgroeien.results.validated import apart, rates
    >>> set(apart(rates(load("validation_coverage")))["group"]) & {"bounds", "ranks"}
    set()
    """
    least, most = GOAL
    outside = (found["high"] < least) | (found["low"] > most)
    return found[outside & found["group"].notna() & ~found["group"].isin(ASIDE)]


def decided(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Return the rates of verdicts, per cent of the draws of each study and finding (the index).

    ``false_supported`` is of the draws in which the finding does not hold, ``false_contradicted`` of those in
    which it is not the other way; missing where there are none. ``limit_supported`` and
    ``limit_contradicted`` are of the tests with every limit at the truth, which reject wrongly.

    >>> from doorgroeien import load
    >>> from doorgroeien.results.validated import decided
    >>> decided(load("validation_verdicts")).loc["letter"].index.to_list()
    [1, 2, 3, 4, 5, 6, 8, 9]
    """
    table = verdicts.set_index(["study", "finding"])
    of = {
        "false_supported": table["n"] - table["holds"],
        "false_contradicted": table["n"] - table["opposite"],
    }
    shares = {
        name: 100 * table[name] / of.get(name, table["n"]).where(of.get(name, table["n"]) > 0)
        for name in table.columns.drop(["n", "holds", "opposite"])
    }
    return pd.DataFrame(shares).assign(n=table["n"])
