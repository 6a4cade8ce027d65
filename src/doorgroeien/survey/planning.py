"""The next measurement, planned on the last: how small a change it can show, and what that takes.

An indicator is a sum over roles of means over people. How much municipalities differ, and the people of a
role within one, is estimated from the survey in hand; what another number of municipalities or people would
give follows from the variance of two-stage sampling from finite populations.
"""

from dataclasses import replace
from functools import cached_property
from itertools import product

import numpy as np
import pandas as pd
from scipy.stats import t as student

from doorgroeien.estimation.arrays import Floats, certain
from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.survey.answers import Survey
from doorgroeien.survey.components import Components
from doorgroeien.survey.fieldwork import Fieldwork, PlanningError, Rate
from doorgroeien.survey.indicators import Indicator

__all__ = ["OVERLAP", "Planner", "showing", "smallest"]

FEWEST = 2  # municipalities approached in a size class, for a variance inside it
OVERLAP = 10  # municipalities in both waves, for how their scores go together
SURE = 8  # degrees of freedom, below which a standard error is easily more than a quarter off
MOST = 15  # people of a role in a municipality among which the cheapest number is sought


class Planner:
    """The next measurement of one indicator, on what the waves ``before`` and ``after`` tell.

    Args:
        survey: the survey in hand.
        indicator: one of :func:`indicators`.
        before, after: years. What is planned is compared with ``after``.

    The mean of a municipality is that of the people it has, and its variance among municipalities of a size
    class is that of the observed means less what the choice of people adds (two-stage sampling: Cochran 1977,
    ch. 10). People of a role differ within a municipality as they do where two or more answered, over all
    municipalities; of a role of which nowhere two answered, such as managers, it is supposed that half of the
    variance between people lies within. A size class with fewer than ten municipalities takes the variance of
    all classes. Roles and waves go together as the means of municipalities do, within size classes; a wave
    that asked nothing of the indicator is taken to be independent.

    In the next measurement a municipality takes part as often as in its size class in ``after``, and a person
    who is invited there answers as often as in that role. Of every number the expectation is taken.

    Raises :class:`NotEstimableError` where the answers of ``after`` do not carry it.

    >>> from doorgroeien.intake.loading import load_survey
    >>> from doorgroeien.survey.fieldwork import Fieldwork
    >>> from doorgroeien.survey.indicators import indicators
    >>> from doorgroeien.survey.planning import Planner
    >>> survey = load_survey()
    >>> planner = Planner(survey, indicators(survey)["3a"], 2005, 2007)
    >>> planner.at(planner.needed(3.0, Fieldwork()), Fieldwork())["size_class"].to_list()
    ['<20k', '20k-50k', '50k-100k', '>=100k', 'all']
    """

    def __init__(self, survey: Survey, indicator: Indicator, before: int, after: int) -> None:
        """Estimate how much differs, between municipalities and within."""
        self.last = Components(survey, indicator.later, indicator.per, after)
        self._held = survey, indicator, (after, before)

    @cached_property
    def _pair(self) -> tuple[Components, Components] | None:
        """What both waves asked, as the later and the earlier measured it; nothing where one did not."""
        survey, indicator, (after, before) = self._held
        try:
            later = Components(survey, indicator.both, indicator.per, after)
            return later, Components(survey, indicator.both, indicator.per, before)
        except NotEstimableError:
            return None

    @cached_property
    def correlation(self) -> float:
        """Return how the scores of municipalities in both waves go together, within size classes.

        It is the covariance of their means over what the choice of people leaves of their variance, from 0 to
        1; 0 without both waves, or with fewer than :data:`OVERLAP` municipalities in both.

        >>> 0 <= planner.correlation <= 1
        True
        """
        if self._pair is None:
            return 0.0
        later, earlier = (wave.apart.groupby(wave.units).mean() for wave in self._pair)
        units = later.index.intersection(earlier.index)
        later, earlier = later.loc[units], earlier.loc[units]
        pairs = product(later, earlier)
        shared = [later[role].cov(earlier[was], min_periods=OVERLAP) for role, was in pairs]
        spread = np.prod([wave.covariance(wave.pooled).sum() for wave in self._pair])
        if np.isnan(shared).any() or spread <= 0:
            return 0.0
        return float(np.clip(np.sum(shared) / np.sqrt(spread), 0, 1))

    def held(self) -> pd.Series:
        """Return what the formula gives for what was held: standard errors of ``level`` and ``change``.

        They can be set beside those of the estimates: ``level`` in ``after``, ``change`` since ``before`` on
        what both waves asked; missing where there is nothing.

        >>> planner.held().index.to_list()
        ['level', 'change']
        """
        level = self.last.shares**2 @ self.last.variance
        if self._pair is None:
            return pd.Series({"level": np.sqrt(level), "change": np.nan})
        later, earlier = self._pair
        change = later.shares**2 @ later.variance + earlier.shares**2 @ earlier.variance
        for name in later.classes.intersection(earlier.classes):
            one, other = (wave.answered(name) for wave in self._pair)
            units = one.index.intersection(other.index)
            overlap = one.loc[units].T.to_numpy() @ other.loc[units].to_numpy()
            numbers = np.outer(later.number.loc[name], earlier.number.loc[name])
            frame = np.sqrt(later.sizes[name] * earlier.sizes[name])
            spread = later.covariance(np.sqrt(later.between.loc[name] * earlier.between.loc[name]))
            shared = spread * (overlap / numbers - 1 / frame)
            change -= 2 * later.shares[name] * earlier.shares[name] * self.correlation * shared.sum()
        return pd.Series({"level": np.sqrt(level), "change": np.sqrt(max(change, 0))})

    def at(self, municipalities: int, fieldwork: Fieldwork) -> pd.DataFrame:
        """Return what a measurement that approaches so many municipalities takes, and what it can show.

        There is a row per ``size_class`` and one for ``all``: its ``municipalities``, those ``approached``
        and ``taking_part``, people ``invited`` and ``respondents``, ``cost``, ``se`` of a change, ``df``, and
        ``mdc``, the smallest change that is found with the wanted power by a two-sided t test:
        ``(t(1 - alpha / 2) + t(power)) * se`` (Bloom 1995). Only roles that the indicator asks count.

        Raises :class:`PlanningError` for a number that cannot be allocated.

        >>> print(planner.at(120, Fieldwork())["approached"].iloc[-1])
        120
        """
        curve, rates = self.curve(fieldwork), self.last.rates(fieldwork)
        if municipalities not in curve.index:
            raise PlanningError(
                f"{municipalities} municipalities: expected from {curve.index[0]} to {curve.index[-1]}."
            )
        chosen = curve.loc[municipalities]
        rows = []
        for name, rate in rates.items():
            number = int(chosen[name])
            counts = number * np.array([rate.response, rate.invited, rate.respondents, rate.cost(fieldwork)])
            variance = self._variance(name, rate, fieldwork)[number - 1]
            df = min(number * rate.number.min(), self.last.number.loc[name].min()) - 1
            rows.append((name, self.last.sizes[name], number, *counts, np.sqrt(variance), df))
        columns = ["size_class", "municipalities", "approached", "taking_part", "invited", "respondents"]
        table = pd.DataFrame(rows, columns=[*columns, "cost", "se", "df"])
        whole = {**table.iloc[:, 1:].sum(), "size_class": "all", "se": chosen["se"], "df": chosen["df"]}
        table = pd.concat([table, pd.DataFrame([whole])], ignore_index=True)
        whole_numbers = {"municipalities": int, "approached": int}
        return table.assign(mdc=smallest(table["se"], table["df"], fieldwork)).astype(whole_numbers)

    def curve(self, fieldwork: Fieldwork) -> pd.DataFrame:
        """Return for each number of municipalities, from the fewest to all, what their best allocation gives.

        Columns: those approached of each size class, then ``cost, se, df, mdc`` as in :meth:`at`. Each next
        municipality comes from the size class where it takes away most variance for its cost: Neyman's
        allocation in whole numbers, with no class beyond its size (Wright 2012; Cochran 1977, sec. 5.5, 5.8).

        >>> print(planner.curve(Fieldwork()).index[-1])
        443
        """
        table = self._path(fieldwork)
        return table.set_index(pd.Index(table[list(self.last.classes)].sum(axis=1), name="approached"))

    def _path(self, fieldwork: Fieldwork) -> pd.DataFrame:
        """Return the columns of :meth:`curve`, a row for each number of municipalities."""
        last, rates = self.last, self.last.rates(fieldwork)
        fewest = np.minimum(last.sizes, FEWEST).to_numpy()
        prices = np.array([rate.cost(fieldwork) for rate in rates.values()])
        start, gains = 0.0, []
        for least, (name, rate) in zip(fewest, rates.items(), strict=True):
            path = last.shares[name] ** 2 * self._variance(name, rate, fieldwork)[least - 1 :]
            start, gains = start + path[0], [*gains, -np.diff(path)]
        # Within a class municipalities come one after the other, also where a later one gains more.
        worth = [np.minimum.accumulate(gain / price) for gain, price in zip(gains, prices, strict=True)]
        order = np.argsort(-certain(np.concatenate(worth)), kind="stable")
        place = np.repeat(np.arange(len(gains)), [len(gain) for gain in gains])[order]
        steps = np.vstack([fewest, np.eye(len(gains), dtype=int)[place]]).cumsum(axis=0)
        variance = np.concatenate([[start], -np.concatenate(gains)[order]]).cumsum()
        if certain(variance)[0] <= 0:
            raise NotEstimableError("alike", "municipalities and people do not differ.")
        number = steps @ np.array([rate.number for rate in rates.values()])
        df = np.minimum(number.min(axis=1), last.number.sum().min()) - len(gains)
        table = pd.DataFrame(steps, columns=list(rates)).assign(
            cost=steps @ prices, se=np.sqrt(np.maximum(variance, 0)), df=df
        )
        return table.assign(mdc=smallest(table["se"], table["df"], fieldwork))

    def needed(self, change: float, fieldwork: Fieldwork) -> int | None:
        """Return the fewest municipalities that show a change, ``None`` where not even all do.

        >>> planner.needed(3.0, Fieldwork()) < planner.needed(2.5, Fieldwork())
        True
        >>> planner.needed(0.1, Fieldwork())
        """
        curve = self.curve(fieldwork)
        enough = curve.index[curve["mdc"] <= change]
        return int(enough[0]) if len(enough) else None

    def frontier(self, fieldwork: Fieldwork) -> pd.DataFrame:
        """Return the cheapest ways to show ever smaller changes, in the order of their ``cost``.

        All numbers of people up to fifteen of a role are compared, but for roles in ``fieldwork.people``; so
        it is the optimum of two-stage sampling (Cochran 1977, sec. 10.6) in whole numbers. Beside the columns
        of :meth:`curve` there are ``approached`` and a column of people for each role.

        >>> found = planner.frontier(Fieldwork(cost_municipality=10, cost_person=1))
        >>> bool(found["mdc"].is_monotonic_decreasing)
        True
        """
        most = self.last.groups.groupby("role")["population"].max().clip(upper=MOST)
        ranges = [
            [fieldwork.people[role]] if role in fieldwork.people else range(1, int(most[role]) + 1)
            for role in self.last.roles
        ]
        found = []
        for numbers in product(*ranges):
            people = dict(zip(self.last.roles, numbers, strict=True))
            found.append(self._path(replace(fieldwork, people=people)).assign(**people))
        table = pd.concat(found, ignore_index=True).dropna(subset="mdc")
        table = table.sort_values(["cost", "mdc"], kind="stable", ignore_index=True)
        best = certain(table["mdc"]).cummin()
        table = table[best.diff().fillna(-1.0) < 0].reset_index(drop=True)
        return table.assign(approached=table[list(self.last.classes)].sum(axis=1))

    def _variance(self, name: str, rate: Rate, fieldwork: Fieldwork) -> Floats:
        """Return the variance of a change in a size class, for 1, 2, ... to all municipalities approached."""
        last, size = self.last, self.last.sizes[name]
        approached = np.arange(1, size + 1)
        spread = last.covariance(last.between.loc[name])
        per_unit = (spread * rate.pairs / np.outer(rate.number, rate.number)).sum()
        per_unit += (last.within.to_numpy() * rate.inverse / rate.number).sum()
        taking_part, before = approached * rate.response, last.taking_part[name]
        by_chance = taking_part * before / size
        wanted = by_chance if fieldwork.panel is None else fieldwork.panel * taking_part
        both = wanted.clip(taking_part + before - size, np.minimum(taking_part, before))
        covariance = self.correlation * spread.sum() * (both / (taking_part * before) - 1 / size)
        found = per_unit / approached - spread.sum() / size + last.variance[name] - 2 * covariance
        return np.maximum(found, 0)  # rounding may leave less of a class that is asked in full


def showing(curve: pd.DataFrame, most: float = 100.0) -> pd.DataFrame:
    """Return a curve without the smallest changes that so few municipalities do not show.

    Missing is what is more than ``most``, beyond which a scale goes no further, or rests on so few degrees of
    freedom that it is easily more than a quarter off.

    >>> import pandas as pd
    >>> from doorgroeien.survey.planning import showing
    >>> showing(pd.DataFrame({"mdc": [120.0, 58.4, 4.3], "df": [14, 1, 14]}))["mdc"].to_list()
    [nan, nan, 4.3]
    """
    return curve.assign(mdc=curve["mdc"].where((curve["df"] >= SURE) & (curve["mdc"] <= most)))


def smallest(se: pd.Series, df: pd.Series, fieldwork: Fieldwork) -> pd.Series:
    """Return the smallest change that a two-sided t test finds with the wanted power, missing without ``df``.

    >>> import pandas as pd
    >>> from doorgroeien.survey.fieldwork import Fieldwork
    >>> from doorgroeien.survey.planning import smallest
    >>> smallest(pd.Series([1.0]), pd.Series([100.0]), Fieldwork()).round(2).to_list()
    [2.83]
    """
    df = df.where(df >= 1)
    return se * (student.ppf(1 - fieldwork.alpha / 2, df) + student.ppf(fieldwork.power, df))
