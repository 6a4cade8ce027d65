"""How far municipalities differ on an indicator, and people within them, and who takes part when asked."""

from functools import cache, cached_property

import numpy as np
import pandas as pd
from scipy.stats import binom

from doorgroeien.estimation.arrays import Floats
from doorgroeien.estimation.estimable import NotEstimableError, at_least
from doorgroeien.results.register import LEAST
from doorgroeien.survey.answers import SIZE_CLASSES, Survey
from doorgroeien.survey.fieldwork import Fieldwork, Rate
from doorgroeien.survey.indicators import Columns, contributions
from doorgroeien.survey.instrument import ROLES
from doorgroeien.survey.weighting import PER

__all__ = ["Components"]

OWN = 10  # municipalities from which a size class has a variance of its own; with fewer, that of all classes
HALF = 0.5  # of the variance of a person that is supposed to lie within where nowhere two answered


class Components:
    """How far an indicator differs in one wave, by size class and role.

    Attributes:
        roles: those that are asked.
        sizes, shares: municipalities in each size class, and their share; ``classes`` is its index.
        taking_part, response: municipalities in each size class that took part, and their share of those
            sampled.
        means: of the people of a role in a municipality (municipalities x roles).
        units, place: who holds the territory of a municipality later, and its size class.
        number: municipalities with an answer, size classes x roles; of a class where nobody of a role
            answered, one.
    """

    def __init__(self, survey: Survey, columns: Columns, per: str, wave: int) -> None:
        """Take the indicator that ``columns`` make, in a wave.

        Raises :class:`NotEstimableError` where fewer than five municipalities have an answer of a role.
        """
        towns = survey.municipalities[survey.municipalities["wave"] == wave].set_index("municipality")
        at_least(LEAST, towns["responded"].sum(), f"municipalities with answers of {wave}")
        self.sizes = towns["size_class"].value_counts().reindex(list(SIZE_CLASSES)).dropna().astype(int)
        self.classes, self.shares = self.sizes.index, self.sizes / self.sizes.sum()
        sampled = towns[towns["sampled"] == 1].groupby("size_class")["responded"]
        self.taking_part = sampled.sum().reindex(self.classes, fill_value=0).clip(lower=1)
        response = sampled.mean().replace(0, np.nan).reindex(self.classes)
        self.response = response.fillna(towns["responded"].sum() / towns["sampled"].sum())
        asked = {survey.instrument.items.at[item, "role"] for item, _ in columns}
        if not asked:
            raise NotEstimableError("absent", f"nothing of it was asked in {wave} too.")
        self.roles = [role for role in ROLES if role in asked]
        groups = survey.groups[(survey.groups["wave"] == wave) & survey.groups["role"].isin(self.roles)]
        self.groups = groups.join(towns["responded"].rename("takes_part"), on="municipality")
        self._frame = towns.index
        self._inside = {name: (towns["size_class"] == name).to_numpy(dtype=bool) for name in self.classes}
        self._known: dict[tuple[str, int | None, float | None], Floats] = {}
        people = self._scored(survey, columns, per, wave)
        cells = people.groupby(["municipality", "role"])
        self.means, number, population = (
            found.unstack("role").reindex(columns=self.roles)
            for found in (cells["score"].mean(), cells.size(), cells["population"].first())
        )
        for role in self.roles:
            at_least(LEAST, self.means[role].count(), f"municipalities with answers of the role {role}")
        self.units, self.place = (towns[name].reindex(self.means.index) for name in ("unit", "size_class"))
        there = self.means.notna().groupby(self.place).sum()
        self.number = there.reindex(self.classes, fill_value=0).clip(lower=1)
        # Sums of squares within municipalities, and what the variance within counts for in that of a mean.
        squares = (people["score"] - cells["score"].transform("mean")) ** 2
        self._squares = squares.groupby(people["role"]).sum()
        self._spare = (number - 1).sum()
        self._fewer = (1 / number - 1 / population).astype(float)

    def _scored(self, survey: Survey, columns: Columns, per: str, wave: int) -> pd.DataFrame:
        """Return the respondents of the wave with their group, and what they add to the indicator."""
        people = survey.respondents.loc[survey.respondents["wave"] == wave, ["municipality", "role"]]
        people = people.reset_index().merge(self.groups, on=["municipality", "role"]).set_index("index")
        counts = people["population"] if per != PER[0] else pd.Series(1, people.index)
        score = contributions(survey, columns, people["role"], counts / people["responded"])
        if per != PER[0]:  # each person counts once, so a municipality for how many it has
            score *= counts / people["role"].map(self.groups.groupby("role")["population"].mean())
        return people.assign(score=score)

    @cached_property
    def apart(self) -> pd.DataFrame:
        """Means of municipalities, less the mean of their size class."""
        return self.means - self.means.groupby(self.place).transform("mean")

    @cached_property
    def within(self) -> pd.Series:
        """Variance between people of a role in a municipality, by role."""
        found = self._squares.reindex(self.roles) / self._spare.where(self._spare > 0)
        # Where nowhere two answered, half of the variance of a person lies within: V (1 - half (1 - fewer)).
        single = self._spread() / (1 - HALF * (1 - self._fewer.mean()))
        return found.fillna(HALF * single)

    @property
    def supposed(self) -> list[str]:
        """Roles of which nowhere two answered, and there are two to answer."""
        several = self.groups.groupby("role")["population"].max() > 1
        return [role for role in self.roles if self._spare[role] == 0 and several[role]]

    def _spread(self) -> pd.Series:
        """Variance of the means of municipalities within size classes, by role."""
        spare = self.means.count() - (self.means.groupby(self.place).count() > 0).sum()
        return (self.apart**2).sum() / spare.where(spare > 0)

    @cached_property
    def pooled(self) -> pd.Series:
        """Variance between municipalities of one size class, over all classes, by role."""
        found = (self._spread() - self.within * self._fewer.mean()).clip(lower=0)
        if found.isna().any():
            raise NotEstimableError("few", "no size class has two municipalities with answers of one role.")
        return found

    @cached_property
    def between(self) -> pd.DataFrame:
        """Variance between municipalities, size classes x roles."""
        groups = self.means.groupby(self.place)
        own = (groups.var() - self._fewer.groupby(self.place).mean() * self.within).clip(lower=0)
        own = own.where(groups.count() >= OWN).reindex(self.classes)
        return own.fillna(self.pooled)

    @cached_property
    def together(self) -> Floats:
        """Correlation of roles over municipalities, roles x roles."""
        scale = np.sqrt(self.pooled.replace(0, np.nan))
        found = (self.apart.cov(min_periods=LEAST) / np.outer(scale, scale)).clip(-1, 1).fillna(0.0)
        matrix = found.to_numpy().copy()
        np.fill_diagonal(matrix, 1.0)
        return matrix

    @cached_property
    def variance(self) -> pd.Series:
        """Variance of the level in each size class, as the wave was held."""
        fewer = self._fewer.groupby(self.place).mean().reindex(self.classes).fillna(self._fewer.mean())
        found = {}
        for name in self.classes:
            there, number = self.answered(name).to_numpy(), self.number.loc[name].to_numpy()
            pairs = there.T @ there / np.outer(number, number)
            np.fill_diagonal(pairs, 1 / number)
            between = (self.covariance(self.between.loc[name]) * (pairs - 1 / self.sizes[name])).sum()
            found[name] = between + (self.within * fewer.loc[name] / number).sum()
        return pd.Series(found)

    def covariance(self, variance: pd.Series) -> Floats:
        """Return the covariance of roles over municipalities, roles x roles, from their variances."""
        spread = np.sqrt(variance.to_numpy())
        return self.together * np.outer(spread, spread)

    def answered(self, name: str) -> pd.DataFrame:
        """Return 1 where a municipality of a size class has an answer of a role (later holders x roles)."""
        inside = self.place == name
        return self.means[inside].notna().groupby(self.units[inside]).any().astype(float)

    def rates(self, fieldwork: Fieldwork) -> dict[str, Rate]:
        """Return what follows from approaching one municipality, by size class."""
        tables = np.stack([self._asked(role, fieldwork) for role in self.roles], axis=2)
        found = {}
        for name, inside in self._inside.items():
            chance, asked, answer, fewer = tables[:, inside]
            number = chance.mean(axis=0)
            if lacking := [role for role, there in zip(self.roles, number, strict=True) if there == 0]:
                raise NotEstimableError("absent", f"{name}: there is nobody to ask of {', '.join(lacking)}.")
            pairs = chance.T @ chance / len(chance)
            np.fill_diagonal(pairs, number)
            response = self.response[name] if fieldwork.response is None else fieldwork.response
            found[name] = Rate(
                response,
                response * number,
                response * pairs,
                (chance * fewer).mean(axis=0) / number,
                asked.mean(axis=0).sum(),
                response * answer.mean(axis=0).sum(),
            )
        return found

    def _asked(self, role: str, fieldwork: Fieldwork) -> Floats:
        """Return what is expected of a role in each municipality that takes part (4 x municipalities).

        That is the chance that anybody answers, how many are asked and how many answer, and, where anybody
        does, the mean of 1/respondents - 1/people.
        """
        key = role, fieldwork.people.get(role), fieldwork.people_response.get(role)
        if key not in self._known:
            rows = self.groups[self.groups["role"] == role].set_index("municipality")
            approached = rows[(rows["takes_part"] > 0) & (rows["invited"] > 0)]
            usual = max(round(approached["invited"].median()), 1)
            share = float(approached["responded"].sum() / approached["invited"].sum())
            invited = rows["invited"].where(rows["invited"] > 0, usual)
            number, share = invited if key[1] is None else key[1], share if key[2] is None else key[2]
            asked = np.minimum(number, rows["population"]).astype(int)
            inverse = asked.map({n: _mean_inverse(n, share) for n in asked.unique()})
            fewer = inverse - 1 / rows["population"].where(asked > 0)
            found = pd.DataFrame([1 - (1 - share) ** asked, asked, asked * share, fewer])
            self._known[key] = found.reindex(columns=self._frame).fillna(0.0).to_numpy(dtype=float)
        return self._known[key]


@cache
def _mean_inverse(asked: int, answers: float) -> float:
    """Return the mean of one over the number who answer, where anybody does, if each does independently."""
    if asked == 0:
        return 0.0
    numbers = np.arange(1, asked + 1)
    chances = binom.pmf(numbers, asked, answers)
    return float((chances / numbers).sum() / chances.sum())
