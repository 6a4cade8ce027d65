"""Design-based estimation for stratified, clustered and multi-stage samples from finite populations."""

import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from doorgroeien.estimation import comparison, effects, significance
from doorgroeien.estimation.arrays import Codes, Flags, Floats, cross
from doorgroeien.estimation.calibration import Bounds, Calibration, Response, Totals, calibrate, read_response
from doorgroeien.estimation.columns import Domains, Names, Table, Variables, as_list
from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.estimation.estimates import average, contrast
from doorgroeien.estimation.intervals import proportion_interval
from doorgroeien.estimation.item_nonresponse import ItemNonresponse
from doorgroeien.estimation.ordinal import ordinal, parallel
from doorgroeien.estimation.pooling import lend
from doorgroeien.estimation.quantiles import quantiles
from doorgroeien.estimation.ratios import Groups, averages, ratios
from doorgroeien.estimation.regression import regress
from doorgroeien.estimation.replicates import KINDS, Replicates, bootstrap, jackknife
from doorgroeien.estimation.samples import Shared, between_samples, shared_units
from doorgroeien.estimation.stages import LONELY, Stage, build_stages

__all__ = ["Design"]


class Design:
    """A sample and how it was drawn, from which a population is estimated.

    Args:
        data: one row per respondent.
        weight: column of weights (population units per row). Left out, it follows from ``population`` (the
            product over the stages of population over sample), or is 1 without that. Rows of weight zero
            stay in the sample and outside every estimate.
        stratum: column, or a list of one per stage. A stage without one has one stratum within each unit of
            the stage before. For samples that lie below one another, such as waves, see ``samples``.
        unit: column of sampling units, or a list of one per stage: first-stage units, then the respondents
            in them. Left out, each row is a unit. A label counts within its stratum and within its unit of
            the stage before (R's ``nest=TRUE``).
        population: column, or a list of one per stage, with the number of units that the stratum holds.
            Left out, or infinite, units count as drawn with replacement, and later stages then add nothing
            to the variance.
        lonely: what a stratum does that has one sampled unit out of several, as R's ``survey.lonely.psu``.
            ``fail`` refuses it; ``remove`` and ``certainty`` let it add nothing to the variance; ``adjust``
            adds its squared distance from zero, the mean of linearised values. ``pooled``, which R does not
            have, adds the variance within the other strata of its pool. A stratum sampled in full is not
            lonely and adds nothing.
        pool: column, or a list of them, whose combinations are the pools; left out, all rows are one. A pool
            without a stratum of two units takes the variance of the wider one that the columns but the last
            make, and so on; see ``pooling`` for those of which every unit is alone.

    Estimates are those of Horvitz and Thompson and functions of them. Variances come from linearisation and
    all stages (Särndal, Swensson and Wretman 1992, ch. 4-5; Lumley 2004, 2010), or from replicates once there
    are any. Missing values make a domain, variable by variable: no unit leaves the design. Degrees of freedom
    are first-stage units minus strata, counted where the domain has observations; without any, intervals are
    missing.

    Tables have their keys first (``variable``; ``category`` if a column is categorical; the ``by`` columns),
    then ``estimate, se, ci_low, ci_high`` (95 per cent, Student's t), ``df``, ``n`` (observations),
    ``units`` (first-stage units among them), ``population_n`` (their weight) and ``deff`` (variance over that
    of a simple random sample of ``n`` with replacement). ``attrs["covariance"]`` holds the covariance matrix
    of the estimates in row order. Numbers and booleans are variables as they are; any other column is
    categorical and has a row per category, zero counts included. Domains are the combinations of ``by`` that
    occur.

    Raises ``ValueError``, naming all that is wrong, for columns that are not there or occur twice, missing
    labels, weights that are missing, infinite or negative, and strata whose population is missing, varies or
    is smaller than the sample.

    >>> import pandas as pd
    >>> from doorgroeien.estimation.design import Design
    >>> people = pd.DataFrame(
    ...     {
    ...         "size": ["small"] * 6 + ["large"] * 6,
    ...         "town": list("aabbccddeeff"),
    ...         "towns": [30] * 6 + [6] * 6,
    ...         "score": [40, 50, 60, 80, 55, 45, 70, 80, 50, 75, 90, 65],
    ...         "plan": [0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1],
    ...     }
    ... )
    >>> design = Design(people, stratum="size", unit="town", population="towns")
    >>> design.mean("score")[["variable", "estimate", "se"]].round(2)
      variable  estimate    se
    0    score     57.78  6.06
    """

    def __init__(
        self,
        data: pd.DataFrame,
        weight: str | None = None,
        stratum: Names | None = None,
        unit: Names | None = None,
        population: Names | None = None,
        lonely: str = "fail",
        pool: Names | None = None,
    ) -> None:
        """Read the design; see the class."""
        if lonely not in LONELY:
            raise ValueError(f"lonely={lonely!r} is unknown. Choose one of {', '.join(LONELY)}.")
        if pool is not None and lonely != "pooled":
            raise ValueError(f"pool with lonely={lonely!r}: nothing is pooled. Choose lonely='pooled'.")
        if not len(data):
            raise NotEstimableError(
                "absent", "the data have no rows, expected at least one respondent. Check the selection."
            )
        strata, units, sizes = _listed(stratum), _listed(unit), _listed(population)
        self.table = Table(data.copy(deep=False))
        self.lonely = lonely
        self.adjustments: tuple[Calibration | Response, ...] = ()
        self.items: ItemNonresponse | None = None
        self.replicates: Replicates | None = None
        self.sample: Codes | None = None
        self.shared: list[Shared] = []
        self.same: Codes | None = None  # a code per row, one for what is the same unit in several samples
        self.labels = [self.table.labels(name) for name in units] or [np.arange(len(data))]
        if max(len(strata), len(sizes)) > len(self.labels):
            raise ValueError(
                f"{len(self.labels)} stages of units, {len(strata)} of strata, {len(sizes)} of populations. "
                "Give a column of units for each stage, the respondents' own for the last."
            )
        self._strata = [self.table.labels(name) for name in strata]
        self._sizes = [self.table.sizes(name) for name in sizes]
        self._pools = _pools([self.table.labels(name) for name in _listed(pool)], len(data))
        self._names = strata, units
        self.stages = build_stages(self._strata, self.labels, self._sizes, lonely, self._place)
        self.weights = self._weights_from_population() if weight is None else _weights(self.table, weight)
        self.collapsed: tuple[Stage, ...] = ()
        self._lend()

    def __repr__(self) -> str:
        """Say how large the sample is, and how it was drawn."""
        first = self.stages[0]
        kind = f", {self.replicates.weights.shape[1]} replicates" if self.replicates else ""
        return (
            f"Design of {len(self.table)} rows: {len(first.stratum)} units in {len(first.size)} strata, "
            f"{len(self.stages)} stage{'s' if len(self.stages) > 1 else ''}{kind}"
        )

    def assign(self, **columns: Any) -> "Design":
        """Return this design with columns added to its data, given as in pandas' ``DataFrame.assign``.

        They serve as variables and domains. Strata, units, population sizes and weights stay as they were
        read, even where a column of theirs is replaced.

        >>> design.assign(high=people["score"] > 60).total("high")[["variable", "estimate"]].round(2)
          variable  estimate
        0     high      20.0
        """
        wider = copy.copy(self)
        wider.table = self.table.assign(columns)
        return wider

    def mean(self, columns: Names, by: Names | None = None) -> pd.DataFrame:
        """Return means, or shares of categories, in each domain.

        >>> design.mean(["score", "plan"], by="size")[["variable", "size", "estimate", "n"]].round(2)
          variable   size  estimate    n
        0    score  large     71.67  6.0
        1    score  small     55.00  6.0
        2     plan  large      0.67  6.0
        3     plan  small      0.50  6.0
        """
        return ratios(self, self.table.variables(columns), self.table.domains(by)).frame()

    def averages(self, groups: Groups, by: Names | None = None) -> pd.DataFrame:
        """Return weighted means over groups of variables in each domain.

        ``groups`` is as in ``average``, and so is the result, which is that of ``average`` on ``mean``; of
        many variables in many domains it takes a fraction of the time, for it has no covariance of single
        ones. Raises ``ValueError`` for categories.

        >>> both = {"both": {"score": 0.5, "plan": 0.5}}
        >>> design.averages(both, by="size")[["variable", "size", "estimate", "se"]].round(2)
          variable   size  estimate    se
        0     both  large     36.17  1.66
        1     both  small     27.75  3.62
        """
        columns = _members(groups)
        if self.replicates is not None:
            return average(self.mean(columns, by), groups)
        return averages(self, self.table.variables(columns), self.table.domains(by), groups).frame()

    def total(self, columns: Names, by: Names | None = None) -> pd.DataFrame:
        """Return population totals, or numbers in categories, in each domain.

        >>> design.total("plan")[["estimate", "se", "population_n"]].round(2)
           estimate    se  population_n
        0      38.0  1.41          72.0
        """
        return ratios(self, self.table.variables(columns), self.table.domains(by), total=True).frame()

    def ratio(self, numerator: Names, denominator: Names, by: Names | None = None) -> pd.DataFrame:
        """Return ratios of totals of two columns (or of two lists, in pairs) in each domain.

        The key is ``variable`` with values like ``fraud / benefits``.

        >>> design.ratio("score", "plan")[["variable", "estimate", "se"]].round(2)
               variable  estimate     se
        0  score / plan    109.47  12.06
        """
        above, below = self.table.variables(numerator), self.table.variables(denominator)
        names = above.keys["variable"], below.keys["variable"]
        if len(names[0]) != len(names[1]) or "category" in above.keys | below.keys:
            raise ValueError(
                f"{len(names[0])} numerators, {len(names[1])} denominators, expected numeric pairs."
            )
        pairs = np.array([f"{one} / {other}" for one, other in zip(*names, strict=True)], dtype=object)
        variables = Variables(above.values, {"variable": pairs})
        return ratios(self, variables, self.table.domains(by), denominator=below.values).frame()

    def proportion(
        self, columns: Names, by: Names | None = None, method: str = "logit", level: float = 0.95
    ) -> pd.DataFrame:
        """Return proportions of ones, or of categories, with intervals that stay within 0 and 1.

        Columns hold 0 and 1, booleans or categories; anything else raises ``ValueError``. ``method`` is
        that of the interval, ``logit``, ``beta``, ``wilson`` or ``mean``: see
        ``intervals.proportion_interval``, also for proportions of exactly 0 and 1.

        >>> design.proportion("plan")[["estimate", "ci_low", "ci_high"]].round(2)
           estimate  ci_low  ci_high
        0      0.53    0.47     0.58
        """
        variables, domains = self.table.variables(columns), self.table.domains(by)
        other = ~np.isnan(variables.values) & (variables.values != 0) & (variables.values != 1)
        if other.any():
            name = variables.keys["variable"][np.argmax(other.any(axis=0))]
            raise ValueError(
                f"column {name!r} holds {variables.values[other][0]:g}, expected 0 and 1. Recode it."
            )
        found = ratios(self, variables, domains)
        there = (~np.isnan(variables.values)).astype(float)
        squared = domains.sums(there, self.weights**2).T.ravel()
        with np.errstate(divide="ignore", invalid="ignore"):
            equal = found.population_n**2 / squared
        variance = np.diag(found.covariance)
        low, high = proportion_interval(found.value, variance, found.n, equal, found.df, method, level)
        return found.frame(low=low, high=high)

    def quantile(
        self, columns: Names, q: float | Sequence[float] = 0.5, by: Names | None = None
    ) -> pd.DataFrame:
        """Return quantiles (``q`` one share or a list) in each domain, with the key ``quantile``.

        Standard errors and intervals are Woodruff's; see ``quantiles.quantiles``.

        >>> design.quantile("score", [0.2, 0.5])[["quantile", "estimate"]]
           quantile  estimate
        0       0.2      45.0
        1       0.5      55.0
        """
        return quantiles(
            self,
            self.table.variables(columns),
            self.table.domains(by),
            np.atleast_1d(np.asarray(q, dtype=float)),
        )

    def difference(
        self, columns: Names, between: str | dict[str, tuple[Any, Any]], by: Names | None = None
    ) -> pd.DataFrame:
        """Return differences in means between two domains, with the covariance of units in both.

        ``between`` is a column with two values, or ``{column: (first, second)}``; the difference is first
        minus second, named in the keys ``of`` and ``minus``.

        >>> found = design.difference("score", {"size": ("large", "small")})
        >>> found[["of", "minus", "estimate", "se"]].round(2)
              of  minus  estimate    se
        0  large  small     16.67  7.95
        """
        return comparison.difference(self, self.table.variables(columns), between, by).frame()

    def change(
        self,
        columns: Names | Groups | pd.DataFrame,
        wave: str = "wave",
        by: Names | None = None,
        unit: str | None = None,
        between: tuple[Any, Any] | None = None,
    ) -> pd.DataFrame:
        """Return changes in means between successive waves, named in the keys ``of`` and ``minus``.

        ``between`` is a pair of waves (later, earlier), to have the change between these alone. Without it
        the order in time must be known: that of numbers, dates or ordered categories; waves named in text
        raise ``ValueError``, and fewer than two, or one of the pair missing, ``NotEstimableError``.

        Each wave counts as a sample of its own, as in ``samples``, which also explains ``unit``; where
        ``samples`` was called before, its samples stay. ``columns`` can be groups, as in ``averages``, whose
        weighted means then change; or a whole table of levels by ``wave`` alone, as ``mean`` or ``averages``
        returned it, of which nothing is estimated again.

        >>> later = people.assign(wave=2007, score=people["score"] * 1.1)
        >>> waves = pd.concat([people.assign(wave=2005), later])
        >>> panel = Design(waves, stratum="size", unit="town", population="towns")
        >>> panel.change("score")[["of", "minus", "estimate", "se"]].round(2)
             of  minus  estimate    se
        0  2007   2005      5.78  0.61
        """
        if isinstance(columns, pd.DataFrame):
            return comparison.change_of(columns, wave, between).frame()
        design = self if self.sample is not None or self.replicates is not None else self.samples(wave, unit)
        if not isinstance(columns, Mapping):
            return comparison.change(design, self.table.variables(columns), wave, by, between).frame()
        members = self.table.variables(_members(columns))
        if self.replicates is not None:
            return average(comparison.change(design, members, wave, by, between).frame(), columns)
        return comparison.change(design, members, wave, by, between, columns).frame()

    def samples(self, columns: Names, unit: str | None = None) -> "Design":
        """Return this design with each value of ``columns`` as a sample of its own from one population.

        The data hold the samples one below the other, such as waves, or the roles asked in one wave. Strata
        are counted within each sample. First-stage units with one label are the same, in whatever sample and
        stratum, and give estimates of different samples their covariance (Tam 1984): in a panel, or a part of
        one. ``unit`` is a column with other labels for this, as that of the successor for municipalities that
        merged. Respondents with one label are the same too, so labels of different persons must differ.
        Raises ``ValueError`` with replicates, whose covariance shows what samples share by itself.

        >>> waves = pd.concat([people.assign(wave=2005), people[:9].assign(wave=2007)])
        >>> panel = Design(waves, stratum=None, unit="town").samples("wave")
        >>> panel.mean("score", by="wave")[["wave", "estimate", "df"]].round(2)
           wave  estimate   df
        0  2005     63.33  5.0
        1  2007     58.89  4.0
        """
        if self.replicates is not None:
            raise ValueError(
                "replicates already show what samples share. Name the samples before replicating."
            )
        split = copy.copy(self)
        domains = self.table.domains(columns)
        if not domains.inside.all():
            row = np.argmin(domains.inside)
            raise ValueError(f"row {row} is in no sample. Fill {columns!r}, or leave such rows out.")
        split.sample = domains.codes
        same = [self.table.labels(unit), *self.labels[1:]] if unit else self.labels
        strata = [cross(self._strata[0], split.sample) if self._strata else split.sample, *self._strata[1:]]
        split.stages = build_stages(strata, self.labels, self._sizes, self.lonely, split._place)
        split._lend()
        split.shared = shared_units(split.stages, split.sample, same)
        split.same = same[0]
        return split

    average = staticmethod(average)
    contrast = staticmethod(contrast)

    def regress(self, formula: str, family: str = "linear") -> pd.DataFrame:
        """Return the coefficients of a generalised linear model, by pseudo-maximum likelihood.

        ``formula`` is one of the package formulaic (``score ~ size + np.log(inhabitants)``); ``family`` is
        ``linear``, ``logit`` or ``poisson``, each with its canonical link. Rows that miss a variable are
        outside the domain. The variance is the sandwich over all stages (Binder 1983; Lumley 2010, ch. 5),
        degrees of freedom are units minus strata minus the coefficients but one.

        In a design with population sizes the coefficients are those that all units there are would give. In
        one without, they are those of the model that made these units, of which the population is one draw
        (a superpopulation: Graubard and Korn 2002), given the strata; they are then never known for certain,
        not even from a census. A number that is the same in all rows has no coefficient: it is missing and
        comes last, and the rest is as without it. A coefficient of a category, or of a number of two values,
        compares groups: ``n`` and ``units`` are those of the smaller one, and of the intercept those of the
        smallest base. Raises ``ValueError`` for outcomes outside the family's range, terms that follow from
        others, and estimates without bound.

        >>> design.regress("score ~ plan")[["term", "estimate", "se"]].round(2)
                term  estimate    se
        0  Intercept     53.82  5.28
        1       plan      7.49  6.97
        """
        return regress(self, formula, family).frame()

    def terms(self, formula: str, family: str = "linear") -> pd.DataFrame:
        """Return a joint test of each term of a regression: of whether all its coefficients are zero.

        ``formula`` and ``family`` are as in ``regress``. ``statistic`` is Wald's F, on as many degrees of
        freedom as the term has coefficients (``df_num``) and those of ``regress`` (``df_den``), as in R's
        ``regTermTest`` (Lumley 2010, ch. 5). It is missing where the sample has too few units for so many.
        Raises ``ValueError`` as ``regress`` does, and for a formula without terms.

        >>> design.terms("score ~ size + plan")[["term", "statistic", "df_num", "p_value"]].round(2)
           term  statistic  df_num  p_value
        0  size       3.21       1     0.21
        1  plan       0.66       1     0.50
        """
        return effects.terms(self, formula, family)

    def margins(self, formula: str, family: str = "linear") -> pd.DataFrame:
        """Return average marginal effects of the variables of a regression, in units of the outcome.

        ``formula`` and ``family`` are as in ``regress``; of ``logit`` an effect is a difference in
        probability. The effect of a number is the mean, over the population, of the slope of the expected
        outcome; that of a boolean, or a column of 0 and 1, the mean of its change from 0 to 1; that of a
        category, named as in ``regress``, the mean of its change from the first one. Whatever the formula
        makes of a variable counts: transformations, and terms it shares with others. The variance is that of
        linearised values, of the coefficients and of the mean over the population (Graubard and Korn 1999).
        Raises ``ValueError`` as ``regress`` does, for a formula without variables, and for categories made in
        the formula.

        >>> found = design.margins("plan ~ score + size", family="logit")
        >>> found[["term", "estimate", "se"]].round(3)
                    term  estimate     se
        0          score     0.009  0.008
        1  size[T.small]    -0.019  0.159
        """
        return effects.margins(self, formula, family).frame()

    def ordinal(self, formula: str) -> pd.DataFrame:
        """Return the proportional-odds model of ordered categories, by pseudo-maximum likelihood.

        Args:
            formula: ``outcome ~ terms`` as in ``regress``. The outcome is a column of three or more ordered
                categories (a pandas categorical with ``ordered=True``), or of whole numbers in their order.

        The model is logit P(Y <= k) = cut point k - x'b (McCullagh 1980): a positive slope b goes with higher
        categories, and exp(b) is the ratio of the odds of lying above any cut point. Key ``term`` has the
        slopes, in log-odds per unit of the term, then the cut points, in log-odds, as ``low|high``. Missing
        values, variance (Binder 1983; Lumley 2010, ch. 5) and degrees of freedom are as in ``regress``; the
        information is the observed one, as in R's ``svyolr``. Raises ``ValueError`` for outcomes without
        order, of fewer than three categories or with a category that has no answers (or, with replicates, no
        weight in some replicate), for formulas without intercept, terms that follow from others, and
        estimates without bound.

        >>> grades = pd.cut(people["score"], [0, 55, 70, 100], labels=["low", "middle", "high"])
        >>> graded = Design(people.assign(grade=grades), stratum="size", unit="town", population="towns")
        >>> graded.ordinal("grade ~ plan")[["term", "estimate", "se"]].round(2)
                  term  estimate    se
        0         plan      0.87  0.41
        1   low|middle      0.76  1.03
        2  middle|high      1.72  0.66
        """
        return ordinal(self, formula).frame()

    def parallel(self, formula: str) -> pd.DataFrame:
        """Return tests of whether slopes are the same at each cut point, as ``ordinal`` takes for granted.

        Logit models of lying above each cut point give the slopes, and the design their joint covariance: the
        Wald test of Brant (1990) for a sample of any design. There is a row for each ``term`` of ``ordinal``
        and one named ``all``. ``statistic`` is F, Wald's over ``df_num``, on ``df_num`` and ``df_den`` (those
        of ``ordinal``) degrees of freedom; it is missing when the sample has too few units for so many
        slopes. ``n`` counts the rows that have all variables. A cut point at which a term tells outcomes
        apart has no finite slopes and is left out of the comparison. Raises ``ValueError`` as ``ordinal``
        does, where that leaves fewer than two cut points, and for a formula without terms.

        >>> grades = pd.cut(people["score"], [0, 55, 70, 100], labels=["low", "middle", "high"])
        >>> graded = Design(people.assign(grade=grades), stratum="size", unit="town", population="towns")
        >>> graded.parallel("grade ~ plan")[["term", "statistic", "p_value"]].round(2)
           term  statistic  p_value
        0  plan       1.41     0.32
        1   all       1.41     0.32
        """
        return parallel(self, formula)

    def association(self, row: str, column: str) -> pd.DataFrame:
        """Return the test of association of two categorical columns of Rao and Scott, second order.

        ``statistic`` is Pearson's over the trace of the matrix of design effects, to be compared with F on
        ``df_num`` and ``df_den`` degrees of freedom (Rao and Scott 1984; as R's ``svychisq``).

        >>> design.association("plan", "size")[["statistic", "df_num", "df_den", "p_value"]].round(2)
           statistic  df_num  df_den  p_value
        0       1.75     1.0     4.0     0.26
        """
        return significance.association(self, row, column)

    def compare(self, columns: Names, by: str) -> pd.DataFrame:
        """Return two tests per column of whether groups differ: of means, and of ranks.

        For two groups ``statistic`` is t, second minus first, for more it is Wald's F. Ranks are estimated
        population mid-ranks (Lumley and Scott 2013): Wilcoxon's test for two groups, Kruskal and Wallis's
        for more. Raises ``NotEstimableError`` for a column that varies within no group.

        >>> design.compare("score", "size")[["test", "statistic", "p_value"]].round(3)
           test  statistic  p_value
        0  mean     -2.095    0.127
        1  rank     -1.797    0.170
        """
        return significance.compare(self, self.table.variables(columns), by)

    def calibrate(
        self, totals: Totals, method: str = "poststratify", bounds: Bounds | None = None
    ) -> "Design":
        """Return a design whose weights meet known population totals, and whose variances know about it.

        Args:
            totals: ``{column: {category: total}}``; for combinations ``{(column, column): {(category,
                category): total}}``; for the last three methods also ``{column: total}`` of a numeric
                column. Series serve as well as dictionaries.
            method: ``poststratify`` (one margin), ``rake`` (several), ``linear`` (the general regression
                estimator, which may give negative weights), ``raking`` or ``logit``, the last three with
                ``bounds`` if wanted (Deville and Särndal 1992).
            bounds: lowest and highest ratio of new to old weight, around 1.

        Variances are those of residuals from the regression on the calibration variables. Raises
        ``ValueError`` with the margin that cannot be met.

        >>> known = design.calibrate({"size": {"small": 150, "large": 50}})
        >>> known.total("plan", by="size")[["size", "estimate", "population_n"]].round(2)
            size  estimate  population_n
        0  large     33.33          50.0
        1  small     75.00         150.0
        """
        return self._with_adjustment(calibrate(self.table, self.weights, totals, method, bounds))

    def nonresponse(self, classes: Names, responded: str = "responded") -> "Design":
        """Return a design of the respondents, whose weights stand for all sampled in their response class.

        ``classes`` is a column or a list of them; ``responded`` a column of True and False (1 and 0).
        Within a class response counts as a simple random sample of the sampled rows, a last stage in the
        variance (Särndal, Swensson and Wretman 1992, sec. 15.6). Units of an earlier stage that did not
        respond need no rows: make the response classes their strata. Raises ``ValueError`` for classes
        without respondents, and with replicates.

        >>> asked = people.assign(responded=[True, True, False] * 4)
        >>> answered = Design(asked, stratum="size", unit="town", population="towns").nonresponse("size")
        >>> answered.mean("score")[["estimate", "se", "n", "population_n"]].round(2)
           estimate    se    n  population_n
        0      60.0  8.05  8.0          72.0
        """
        if self.replicates is not None:
            raise ValueError(
                "replicates do not show the variance from non-response. Use the design without them."
            )
        return self._with_adjustment(read_response(self.table, self.weights, classes, responded, self.lonely))

    def item_nonresponse(self, classes: Names, items: Names, exempt: pd.DataFrame | None = None) -> "Design":
        """Return a design in which missing values of items are lost answers, which others might have given.

        ``classes`` is a column or a list of them, within which everyone answers an item with one probability
        (a response homogeneity group: Särndal, Swensson and Wretman 1992, sec. 15.6). ``items`` are columns;
        in all others, missing values make a domain. ``exempt`` has columns of True and False (rows in the
        order of the data) under the names of items that some need not answer, such as one that does not
        apply to them; these lost nothing. An item that nobody in a class has was not asked there.

        Estimates stay as they are. The variance of means, shares and quantiles gains that of the last phase
        (see ``item_nonresponse``), which matters where nearly all were asked; with replacement it is nought.
        Totals, ratios, models and tests of association are of those who answered. Raises ``ValueError`` for
        missing classes, items that are not there, and ``exempt`` that is about others or holds anything else.

        >>> asked = people.assign(answer=people["score"].where(people["score"] < 90), towns=4)
        >>> domain = Design(asked, stratum="size", unit="town", population="towns")
        >>> domain.mean("answer")[["estimate", "se", "n"]].round(2)
           estimate    se     n
        0     60.91  2.36  11.0
        >>> domain.item_nonresponse("size", "answer").mean("answer")[["estimate", "se", "n"]].round(2)
           estimate    se     n
        0     60.91  2.53  11.0
        """
        cells = self.table.domains(classes)
        self.table.refuse_missing(classes, ~cells.inside)
        owed = dict.fromkeys(as_list(items), np.ones(len(self.table), dtype=bool))
        for name in owed:
            self.table.refuse_unknown(name)
        if exempt is not None:
            owed |= {name: ~self._exempt(name, exempt[name], list(owed)) for name in exempt}
        new = copy.copy(self)
        new.items = ItemNonresponse(cells.codes, owed)
        return new

    def replicate(self, kind: str = "bootstrap", replicates: int = 1000, seed: int = 0) -> "Design":
        """Return a design whose variances come from replicate weights, calibrated again if these weights are.

        ``bootstrap`` is that of Rao and Wu (1988) over all stages, ``jackknife`` leaves out one unit at a
        time at each stage; see ``replicates``. Raises ``ValueError`` for lonely units under ``adjust``, for
        one that is alone in its pool, after ``nonresponse``, and for more replicates than memory holds.

        >>> design.replicate("jackknife").mean("score")[["estimate", "se"]].round(2)
           estimate    se
        0     57.78  6.06
        """
        if kind not in KINDS:
            raise ValueError(f"kind {kind!r} is unknown. Choose one of {', '.join(KINDS)}.")
        if any(isinstance(adjustment, Response) for adjustment in self.adjustments):
            raise ValueError(
                "replicates do not show the variance from non-response. Use the design without them."
            )
        rows, stages = len(self.weights), (*self.stages, *self.collapsed)
        made = bootstrap(stages, rows, replicates, seed) if kind == "bootstrap" else jackknife(stages, rows)
        factors, scale = made
        return self._with_replicates(factors * self._first_weights[:, None], scale, self.adjustments)

    def use_replicates(self, columns: Names, scale: npt.ArrayLike) -> "Design":
        """Return a design whose variances come from the replicate weights in ``columns``, as published.

        They are full weights, not factors. ``scale`` is a number, or one per column, by which squared
        deviations from the mean of the replicates are multiplied: R's ``scale * rscales`` with ``mse=FALSE``.

        >>> halves = people.assign(half_1=[2, 0] * 6, half_2=[0, 2] * 6)
        >>> halved = Design(halves).use_replicates(["half_1", "half_2"], scale=1 / 2)
        >>> halved.mean("score")[["estimate", "se"]].round(2)
           estimate   se
        0     63.33  2.5
        """
        weights = self.table.variables(columns).values
        self.table.refuse_missing(columns, np.isnan(weights).any(axis=1))
        scale = np.broadcast_to(np.asarray(scale, dtype=float), weights.shape[1])
        return self._with_replicates(weights, scale, ())

    # What the other modules use.

    def covariance(self, z: Floats, domains: Domains) -> Floats:
        """Return the covariance of the sums of linearised values ``z`` (rows x columns) in each domain.

        The result is ordered by domain, then column.
        """
        extra = None
        if self.adjustments:
            if not all(adjustment.separate(domains) for adjustment in self.adjustments):
                z, domains = domains.spread_out(z), self.table.domains(None)
            z, extra = self.adjusted(z, domains)
        first, *others = (stage.covariance(z, domains) for stage in (*self.stages, *self.collapsed))
        found = sum(others, start=first)
        if extra is not None:
            found = found + extra
        if self.sample is not None:
            found = found + between_samples(self.stages, self.shared, z, domains)
        return found

    def adjusted(self, z: Floats, domains: Domains) -> tuple[Floats, Floats | None]:
        """Return ``z`` (rows x columns) as calibration and response leave it, and what response adds.

        The latter is a covariance matrix, as in ``covariance``, or ``None`` where it adds nothing.
        """
        extra = None
        for adjustment in reversed(self.adjustments):
            z, stage, own = adjustment.linearise(z, self.fraction)
            if stage is not None and own is not None:
                added = stage.covariance(own, domains)
                extra = added if extra is None else extra + added
        return z, extra

    @property
    def fraction(self) -> Floats:
        """Return the product of the sampling fractions of all stages (rows)."""
        last = self.stages[-1]
        return (last.share * last.fraction[last.stratum])[last.rows]

    @property
    def reached(self) -> Floats:
        """Return the share of the population that each row's sampling and response left in (rows)."""
        share = self.fraction
        for adjustment in self.adjustments:
            if isinstance(adjustment, Response):
                share = share * adjustment.rate
        return share

    def counted(self, present: Flags, domains: Domains) -> tuple[Floats, Floats]:
        """Return how many first-stage units have values ``present``, and degrees of freedom.

        Both are domains x columns. A unit that is in several samples counts once, but for degrees of freedom:
        these are units minus strata, or with replicates fewer.
        """
        first, there = self.stages[0], present.astype(float)
        groups = [(first.stratum, len(first.size))]
        if self.same is not None:
            groups.append((self.same[first.first], int(self.same.max()) + 1))
        if first.unit is None:
            units = domains.sums(there)
            strata, *same = (domains.occupied(there, *group)[0] for group in groups)
        else:
            units, strata, *same = domains.occupied(there, first.unit, len(first.stratum), groups)
        degrees, distinct = units - strata, same[0] if same else units
        if self.replicates is not None:
            degrees = np.minimum(degrees, self.replicates.weights.shape[1] - 1)
        return distinct, degrees

    @property
    def _first_weights(self) -> Floats:
        """Return the weights of the rows before any adjustment."""
        return self.adjustments[0].before if self.adjustments else self.weights

    def _exempt(self, name: str, flags: pd.Series, items: list[str]) -> Flags:
        if name not in items:
            raise ValueError(f"exempt {name!r} is none of the items. Name it among them, or leave it out.")
        if flags.dtype != bool or len(flags) != len(self.table):
            raise ValueError(
                f"exempt {name!r}: {len(flags)} values of {flags.dtype}, expected True or False for each of "
                f"{len(self.table)} rows. Give it a column of booleans."
            )
        return flags.to_numpy()

    def _lend(self) -> None:
        """Give lonely units the variance of their pool."""
        if self.lonely == "pooled":
            self.stages, self.collapsed = lend(self.stages, self._first_weights, self._pools)

    def _with_adjustment(self, adjustment: Calibration | Response) -> "Design":
        new = copy.copy(self)
        new.adjustments = (*self.adjustments, adjustment)
        new.weights = adjustment.after
        if self.replicates is not None:
            old = self.replicates
            return new._with_replicates(old.weights, old.scale, [adjustment])
        return new

    def _with_replicates(
        self, weights: Floats, scale: Floats, adjustments: Iterable[Calibration | Response]
    ) -> "Design":
        new = copy.copy(self)
        for adjustment in adjustments:
            weights = np.stack([adjustment.apply(replicate) for replicate in weights.T], axis=1)
        new.replicates = Replicates(weights, scale)
        return new

    def _weights_from_population(self) -> Floats:
        weights = np.ones(len(self.table))
        if not self._sizes:
            return weights
        for stage in self.stages:
            weights *= (stage.population / stage.size)[stage.stratum[stage.rows]]
        if len(self._sizes) < len(self.labels) or not np.isfinite(weights).all():
            raise ValueError("weights do not follow from these population sizes. Give a column of weights.")
        return weights

    def _place(self, number: int, row: int) -> str:
        """Name the stratum of a row at a stage (from 0), for an error."""
        strata, units = self._names
        names = [*strata[: number + 1], *units[:number]]
        where = "".join(f", {name} {self.table.data[name].iloc[row]!r}" for name in names)
        return f"stage {number + 1}{where}"


def _members(groups: Groups) -> list[str]:
    """Return the columns that are in some group."""
    return list(dict.fromkeys(name for members in groups.values() for name in members))


def _listed(names: Names | None) -> list[str]:
    return [] if names is None else as_list(names)


def _pools(labels: Sequence[Codes], rows: int) -> list[Codes]:
    """Return codes of the pools that labels make together, then those of all but the last, and so on."""
    pools: list[Codes] = []
    for label in labels:
        pools.insert(0, cross(pools[0], label) if pools else label)
    return pools or [np.zeros(rows, dtype=np.int64)]


def _weights(table: Table, name: str) -> Floats:
    """Return a column of weights; those that are missing, infinite or negative raise ``ValueError``."""
    weights = table.numbers(name)
    wrong = np.flatnonzero(~(weights >= 0))
    if len(wrong):
        raise ValueError(
            f"weight {name!r}: {len(wrong)} missing or negative, first {weights[wrong[0]]} in row {wrong[0]};"
            " expected 0 or more. Correct it, or leave out who has no weight before making the design."
        )
    return weights
