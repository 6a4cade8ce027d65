"""What a municipality may see of itself: its scores beside those of its peers, and its change.

Nothing here is for publication: a mirror is for the eyes of one municipality. It knows its own answers, so
its peers are protected as if one municipality fewer had answered, and none of them is shown. Whoever answers
in office (for the municipality as a whole, as alderman or manager) answers for the municipality. Councillors
and staff answer for themselves: what they answered counts where :data:`PERSONS` or more of them answered that
question. Else it counts in no score, for with all others a score would tell it; the question is then filled
in from the rest of its part, as one that nobody answered.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.stats import t as student

from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.results.disclosure import RULES
from doorgroeien.results.formats import ends_on_scale
from doorgroeien.survey.answers import Survey
from doorgroeien.survey.dimension import Dimension
from doorgroeien.survey.instrument import ROLES
from doorgroeien.survey.weighting import municipal_design, score_columns

__all__ = ["EVERYBODY", "PERSONS", "Mirrors"]

PERSONS = 3  # who answer a question for themselves, below which their mean tells what one of them said
PERSONAL = ("councillor", "staff")
ANSWERED = 0.5  # share of the questions behind a score that a municipality must have answered, as in `scale`
QUARTERS = (0.25, 0.75)
QUARTILES = ["lower", "upper"]
KNOWN = ["variable", "size_class", "estimate", "se", "ci_low", "ci_high", "units", "n"]
EVERYBODY = "all"  # the peers where those of one size class may not be shown

Gate = Callable[[pd.DataFrame], "pd.Series[bool]"]


def nothing(compared: pd.DataFrame) -> "pd.Series[bool]":
    """Hold back nothing: of invented answers, of which nobody can be harmed."""
    return pd.Series(False, compared.index)


class Mirrors:
    """The mirrors of all municipalities that took part in ``wave``, with changes since ``before``.

    ``towns`` are their identifiers. What they are compared with is estimated once.

    >>> from doorgroeien.intake.loading import load_survey
    >>> from doorgroeien.survey.mirror import Mirrors
    >>> mirrors = Mirrors(load_survey(), before=2005, wave=2007)
    >>> len(mirrors.towns), mirrors.scores(mirrors.towns[0]).index[-1]
    (359, 'total')
    """

    def __init__(self, survey: Survey, before: int, wave: int, gate: Gate = nothing):
        """Take the survey; raise ``NotEstimableError`` where ``wave`` was not measured.

        ``gate`` says of the rows of ``compared`` which would give something away beside what else is known.
        """
        self.survey, self.before, self.wave, self._gate = survey, before, wave, gate
        self.frame = survey.frame(wave)
        self.towns = sorted(self.frame.index[self.frame["responded"] == 1])
        self._all = Dimension(survey, "", before=before, wave=wave)
        self._shown = _without_few(survey)

    def scores(self, town: str) -> pd.DataFrame:
        """Return the scores of a municipality, a row for each part, dimension and the ``total`` (index).

        ``own, own_low, own_high``: its score, 0 to 100, with an interval of 95 per cent for the choice of
        people who answered. It is missing where less than half of its questions count, with the reason in
        ``hidden``: too few answered for themselves (``persons``), or at all (``answered``). ``n`` people are
        behind it.
        ``peers``, with their interval ``peers_low, peers_high``, are the municipalities of ``peers_are``: its
        size class, or ``all``. Half of them lie between ``lower`` and ``upper``; ``stands`` is 1 for a score
        that with its whole interval lies above that half, -1 for one below, else 0.

        >>> mirrors.scores(mirrors.towns[0])["stands"].isin([-1, 0, 1]).all()
        True
        """
        own = self._own_of("full", self.wave, town)
        found = own.join(self._peers("levels", town))
        above, below = found["own_low"] > found["upper"], found["own_high"] < found["lower"]
        return found.assign(stands=above.astype(int) - below.astype(int))

    def changes(self, town: str) -> pd.DataFrame:
        """Return the changes since ``before`` on the questions of both waves (rows as in :meth:`scores`).

        ``own, own_low, own_high`` are as there, in points, with ``hidden``: ``apart`` where it, or one of the
        municipalities that went into it, did not take part; its score is then the mean of theirs by
        inhabitants. ``peers, peers_low, peers_high`` are the change of all municipalities, and ``clear``
        tells of each own change whether zero lies outside the interval. Raises ``NotEstimableError`` where
        there was no measurement.

        >>> mirrors.changes(mirrors.towns[0]).columns[:3].to_list()
        ['own', 'own_low', 'own_high']
        """
        now = self._own_of("quick_scan", self.wave, town)
        then = self._before(town)
        change = now["own"] - then["own"]
        error = np.hypot(now["se"], then["se"])
        df = np.fmin(now["df"], then["df"])
        found = pd.DataFrame({"own": change, **_interval(change, error, df)})
        hidden = now["hidden"].where(now["hidden"].notna(), then["hidden"])
        found = ends_on_scale(found.assign(hidden=hidden), "points", "own_low", "own_high")
        found["clear"] = (found["own_low"] > 0) | (found["own_high"] < 0)
        return found.join(self._of_others.loc[("changes", EVERYBODY), ["peers", "peers_low", "peers_high"]])

    def items(self, town: str) -> pd.DataFrame:
        """Return the mean score of each scored item (index): its people's, and that of the peers.

        Columns ``own, n, hidden`` and ``peers, peers_are``, as in :meth:`scores`; ``hidden`` is also
        ``unasked``, where nobody answered the item.

        >>> mirrors.items(mirrors.towns[0]).columns.to_list()
        ['dimension', 'role', 'wording_nl', 'own', 'n', 'hidden', 'peers', 'peers_are']
        """
        items = self._all.scored[["dimension", "role", "wording_nl"]]
        means, counts = self._item_means
        own, n = means.loc[town, items.index], counts.loc[town, items.index]
        hidden = pd.Series(None, items.index, dtype=object)
        hidden[items["role"].isin(PERSONAL) & (n < PERSONS)] = "persons"
        hidden[n == 0] = "unasked"
        peers = self._peers("items", town)[["peers", "peers_are"]]
        return items.assign(own=own.where(hidden.isna()), n=n, hidden=hidden).join(peers)

    def went_into(self, town: str) -> int:
        """Return of how many municipalities of the wave before this one holds the territory.

        >>> mirrors.went_into(mirrors.towns[0]) >= 1
        True
        """
        then = self.survey.frame(self.before)
        return int((then["unit"] == self.frame.at[town, "unit"]).sum())

    @cached_property
    def compared(self) -> pd.DataFrame:
        """All means of others that reports show, or would, for who would compute something from them.

        A row for each ``variable`` in a ``table`` (``levels`` of scores, ``items`` or ``changes``), of the
        municipalities of ``size_class``, or of ``all``: ``estimate, se, ci_low, ci_high``, on ``units``
        municipalities and ``n`` respondents, and of levels the middle half of municipalities, from ``lower``
        to ``upper``; rounded as for publication. ``rule`` is the rule of disclosure that a row breaks, for
        one who knows its own answers in it, or ``class`` where another class breaks one: from the others and
        the whole that would follow, so none is shown.

        >>> mirrors.compared["table"].unique().tolist()
        ['levels', 'items', 'changes']
        """
        variables = self._all.levels()["variable"].to_list()
        tables = {"levels": self._with_classes(lambda by: self._quartered(by, variables))}
        tables["items"] = self._with_classes(lambda by: self._all.item_levels(by=by))
        with suppress(NotEstimableError):  # where there was no measurement before
            tables["changes"] = self._all.changes().assign(size_class=EVERYBODY)
        found = {}
        for name, table in tables.items():
            known = table[[*KNOWN, *QUARTILES]] if name == "levels" else table[KNOWN]
            less_one = known.assign(units=known["units"] - 1, n=known["n"] - 1)
            rule = RULES.judged(less_one, {"estimate": "points" if name == "changes" else "score"})
            digits = RULES.applied(known)
            classes = digits["size_class"] != EVERYBODY
            if name == "levels":
                for end in QUARTILES:
                    each = zip(known[end], known["se"], known["units"], strict=True)
                    digits[end] = [RULES.rounded(*one) for one in each]
                # As many lie beyond a quarter as a quantile asks for; of a class all is shown or nothing.
                few_beyond = less_one["units"] * QUARTERS[0] < RULES.least
                digits[QUARTILES] = digits[QUARTILES].mask(few_beyond, axis=0)
                rule = rule.mask(few_beyond & classes & rule.isna(), "tail")
            broken = digits["variable"].isin(digits.loc[classes & rule.notna(), "variable"])
            found[name] = digits.assign(rule=rule.mask(classes & broken & rule.isna(), "class"))
        return pd.concat(found, names=["table"]).reset_index("table").reset_index(drop=True)

    def _with_classes(self, estimated):
        """Return estimates of all, and of each size class where these can be estimated."""
        found = [estimated([]).assign(size_class=EVERYBODY)]
        with suppress(NotEstimableError):
            found.append(estimated(["size_class"]))
        return pd.concat(found, ignore_index=True)

    def _quartered(self, by, variables):
        """Return the levels of the wave with their middle half, by ``variable`` and domain."""
        levels = self._all.levels(by=by).set_index(["variable", *by])
        towns = municipal_design(self.survey).quantile(variables, QUARTERS, by=["wave", *by])
        around = towns[towns["wave"] == self.wave].set_index(["variable", *by, "quantile"])["estimate"]
        return levels.join(around.unstack("quantile").set_axis(QUARTILES, axis=1)).reset_index()

    @cached_property
    def _of_others(self):
        """Return what reports show of others: ``compared``, with nothing in the rows that are not shown."""
        away = self.compared["rule"].notna() | self._gate(self.compared)
        names = {"estimate": "peers", "ci_low": "peers_low", "ci_high": "peers_high", "units": "peers_n"}
        found = self.compared.rename(columns=names).set_index(["table", "size_class", "variable"])
        found = found[[*names.values(), *QUARTILES]].mask(pd.Series(away.to_numpy(), found.index), axis=0)
        return found.sort_index()

    def _peers(self, table, town):
        """Return what a municipality sees of its peers by ``variable``: those of its size class, or all.

        They are all where one class may not be shown. ``peers_are`` says which they are.
        """
        found = self._of_others.xs(table)
        whole, size = found.xs(EVERYBODY).assign(peers_are=EVERYBODY), self.frame.at[town, "size_class"]
        classes = found.drop(index=EVERYBODY, level="size_class")
        if size not in classes.index:
            return whole
        full = classes["peers"].notna().groupby("variable").all().reindex(whole.index, fill_value=False)
        own = classes.xs(size).reindex(whole.index).assign(peers_are=size)
        return own.where(full, whole, axis=0)

    @cached_property
    def _item_means(self):
        """Return the mean of each item over the people of a municipality, and how many they are."""
        people = self.survey.respondents
        now = (people["wave"] == self.wave).to_numpy()
        inside = self.survey.scored.loc[now, list(self._all.scored.index)].groupby(
            people.loc[now, "municipality"].to_numpy()
        )
        return inside.mean(), inside.count()

    def _own_of(self, form, wave, town):
        return self._own(form, wave).xs(town)

    def _before(self, town):
        """Return what a municipality had in the wave before, or what went into it had, by inhabitants."""
        then = self.survey.frame(self.before)
        parts = then[then["unit"] == self.frame.at[town, "unit"]]
        table = self._own("quick_scan", self.before)
        rows = [table.xs(name) for name, took in parts["responded"].items() if took]
        if not rows or len(rows) < len(parts):
            blank = self._own_of("quick_scan", self.wave, town)
            return blank.assign(own=np.nan, se=np.nan, df=np.nan, hidden="apart")
        share = (parts["inhabitants"] / parts["inhabitants"].sum()).to_numpy(float)
        own = sum(part * row["own"] for part, row in zip(share, rows, strict=True))
        error = np.sqrt(sum((part * row["se"]) ** 2 for part, row in zip(share, rows, strict=True)))
        hidden = pd.concat([row["hidden"] for row in rows], axis=1).bfill(axis=1).iloc[:, 0]
        df = pd.concat([row["df"] for row in rows], axis=1).min(axis=1)
        return rows[0].assign(own=own, se=error, df=df, hidden=hidden)

    def _own(self, form, wave):
        """Return the scores of all municipalities in a wave (index: municipality, score)."""
        if (form, wave) not in self._owns:
            self._owns[form, wave] = self._made(form, wave)
        return self._owns[form, wave]

    @cached_property
    def _owns(self):
        return {}

    def _made(self, form, wave):
        columns = score_columns(self._shown.instrument, form)
        weights = pd.DataFrame(columns).fillna(0.0)  # items x scores
        prefix = "quick_" if form == "quick_scan" else ""
        data = municipal_design(self._shown).table.data
        data = data[data["wave"] == wave].set_index("municipality")
        own = data[[f"{prefix}{name}" for name in columns]].set_axis(list(columns), axis=1).stack()
        own.index.names = ["municipality", "score"]
        found = own.rename("own").to_frame().join(self._errors(weights, wave))
        found["hidden"] = self._hidden(weights, wave).reindex(found.index)
        low = _interval(found["own"], found["se"], found["df"])
        found = ends_on_scale(found.assign(**low), "score", "own_low", "own_high")
        kept = ["own", "own_low", "own_high", "se"]
        found[kept] = found[kept].where(found["hidden"].isna(), axis=0)
        return found

    def _people(self, wave):
        """Return who answered what counts, and their scores."""
        people = self._shown.respondents
        now = (people["wave"] == wave).to_numpy()
        return people[now], self._shown.scored[now]

    def _hidden(self, weights, wave):
        """Return why a score of a municipality is not shown, where it is not."""
        behind = (weights > 0).astype(float)
        now = (self.survey.respondents["wave"] == wave).to_numpy()
        town = self.survey.respondents.loc[now, "municipality"].to_numpy()
        all_of_it, shown = (
            survey.scored.loc[now, weights.index].notna().groupby(town).any().astype(float)
            @ behind
            / behind.sum()
            for survey in (self.survey, self._shown)
        )
        hidden = pd.DataFrame(None, index=shown.index, columns=weights.columns, dtype=object)
        hidden = hidden.mask(shown < ANSWERED, "persons").mask(all_of_it < ANSWERED, "answered")
        hidden.index.name, hidden.columns.name = "municipality", "score"
        return hidden.stack(future_stack=True)

    def _role_of(self, names):
        roles = {item: row["role"] for item, row in self.survey.instrument.rows.items()}
        return pd.Series([roles[_item(name)] for name in names], index=names)

    def _errors(self, weights, wave):
        """Return the standard error of each score, from the choice of people, with ``df`` and ``n``.

        People of a role are a simple random sample of those that the municipality has. Their spread within a
        municipality is pooled over those of its size class, as that of lonely respondents is; where each is
        alone, that between municipalities stands for it, which is rather too large than too small.
        """
        people, scored = self._people(wave)
        role_of = self._role_of(weights.index)
        sizes = self.survey.frame(wave)["size_class"]
        groups = self.survey.groups.query("wave == @wave").set_index(["role", "municipality"])["population"]
        towns = sorted(people["municipality"].unique())
        variance, whole, counts = (pd.DataFrame(0.0, towns, weights.columns) for _ in range(3))
        for role in ROLES:
            of_role = (people["role"] == role).to_numpy()
            names = list(weights.index[(role_of == role).to_numpy()])
            of_role = of_role & scored[names].notna().any(axis=1).to_numpy()  # others have no part in it
            if not of_role.any():
                continue
            town = people.loc[of_role, "municipality"]
            answers = scored.loc[of_role, names]
            filled = answers.fillna(answers.groupby(town.to_numpy()).transform("mean")).fillna(answers.mean())
            gives = pd.DataFrame(
                filled.to_numpy() @ weights.loc[names].to_numpy(), answers.index, weights.columns
            )
            spread, df = _pooled(gives, town, town.map(sizes))
            number = town.groupby(town).size()
            of_all = groups[role].reindex(number.index).astype(float)
            left = (1 - number / of_all).fillna(1.0).clip(lower=0)
            each = spread.loc[sizes.reindex(number.index)].set_axis(number.index)
            part = each.mul(left / number, axis=0).where(left > 0, 0.0, axis=0).reindex(towns, fill_value=0.0)
            degrees = df.loc[sizes.reindex(number.index)].set_axis(number.index).reindex(towns)
            variance = variance + part
            whole = whole + (part**2).div(degrees.clip(lower=1), axis=0).fillna(0.0)
            asked = (weights.loc[names] > 0).any()
            counts = counts + pd.DataFrame(
                np.outer(number.reindex(towns, fill_value=0), asked), towns, weights.columns
            )
        df = (variance**2 / whole.where(whole > 0)).stack(future_stack=True)
        found = pd.DataFrame({"se": np.sqrt(variance).stack(future_stack=True), "df": df})
        found["n"] = counts.stack(future_stack=True)
        found.index.names = ["municipality", "score"]
        return found


def _without_few(survey):
    """Return the survey without answers to a question that too few of a municipality gave for themselves."""
    people = survey.respondents[["wave", "municipality"]]
    answers = survey.answers.copy()
    for item, row in survey.instrument.rows.items():
        if row["role"] in PERSONAL:
            given = survey.instrument.grades(item, answers[item]) >= 0
            number = pd.Series(given).groupby([people["wave"], people["municipality"]]).transform("sum")
            answers[item] = answers[item].mask((number < PERSONS).to_numpy())
    asked = survey.instrument.answered(answers, survey.respondents["wave"])
    return replace(survey, answers=answers, instrument=asked)


def _pooled(gives, town, size):
    """Return the variance of people within municipalities, by size class, and its degrees of freedom."""
    squares = ((gives - gives.groupby(town).transform("mean")) ** 2).groupby(size).sum()
    degrees = size.value_counts().reindex(squares.index) - town.groupby(size).nunique()
    if degrees.sum():
        pool, spare = squares.sum() / degrees.sum(), degrees.sum()
    else:
        pool, spare = gives.groupby(town).mean().var(ddof=1), town.nunique() - 1
    variance = squares.div(degrees.where(degrees > 0), axis=0).fillna(pool)
    return variance, degrees.where(degrees > 0, spare).astype(float)


def _interval(value, se, df):
    half = se * student.ppf(0.975, df.fillna(np.inf))
    return {"own_low": value - half, "own_high": value + half}


def _item(column):
    """Return the item behind a column of scores, such as ``d1a_vision_full``."""
    for form in ("_full", "_quick_scan"):
        column = column.removesuffix(form)
    return column
