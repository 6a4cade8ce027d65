"""What every chapter on a dimension estimates in the same way, as tables ready to draw and to publish."""

from contextlib import suppress
from dataclasses import replace
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.stats import t as student
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from doorgroeien.data.tables import load_all
from doorgroeien.estimation.arrays import certain, sums
from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.estimation.estimates import FEW_DEGREES, t_quantile
from doorgroeien.estimation.significance import corrected
from doorgroeien.measurement.scores import alpha, item_rest, omega
from doorgroeien.results.disclosure import RULES
from doorgroeien.results.formats import ends_on_scale
from doorgroeien.results.register import enough, few
from doorgroeien.survey.answers import Survey
from doorgroeien.survey.selection import sensitivity
from doorgroeien.survey.weighting import combined, design_of, in_wave, municipal_design, score_columns

__all__ = ["Dimension", "all_pairs", "comparison", "foremost", "holm", "in_percent", "sure", "unseen"]

BALANCED = 1e-9  # what rounding may leave of weights that cancel out


class Dimension:
    """One dimension in one survey: its items and scores, estimated in ``wave`` and against ``before``.

    ``items`` are those that somebody answered; ``put`` has those too that nobody could answer.

    Scores run from 0 to 100, and so do their intervals. ``design`` and ``municipalities`` are the designs of
    respondents and of municipalities (see ``weighting``), each municipality counting once. Tables of
    estimates are those of ``Design``.

    >>> from doorgroeien.intake.loading import load_survey
    >>> from doorgroeien.survey.dimension import Dimension
    >>> support = Dimension(load_survey(), "3", before=2005, wave=2007)
    >>> support.parts
    ['3a', '3b', '3c']
    """

    def __init__(self, survey: Survey, code: str, before: int, wave: int):
        """Take the dimension with the code ``1`` to ``4``, or with ``""`` all of embedding.

        That has the parts, dimensions and phrases of all, and its own score is the ``total``.
        """
        self.survey, self.code, self.before, self.wave = survey, code, before, wave
        self.items, self.put = (
            rows[rows["dimension"].str.startswith(code)] for rows in (survey.items, survey.put)
        )
        self._scored = self.items[self.items["scored"] == 1]
        self.quick = self._scored[self._scored["quick_scan"] == 1]
        self._found = {}  # levels, which are asked for again and again

    @property
    def scored(self) -> pd.DataFrame:
        """Return the scored items; raise ``NotEstimableError`` where none was asked.

        >>> support.scored.loc["d3a_defend", "dimension"]
        '3a'
        """
        if self._scored.empty:
            asked = f"dimension {self.code}" if self.code else "the questionnaire"
            raise NotEstimableError("absent", f"no scored item of {asked} was asked, or answered.")
        return self._scored

    @property
    def parts(self) -> list[str]:
        """Return the codes of the parts that have scored items; raise as :attr:`scored` does.

        >>> support.parts
        ['3a', '3b', '3c']
        """
        return sorted(self.scored["dimension"].unique())

    @cached_property
    def labels(self) -> dict[str, str]:
        """Return the short names of items, subscales, parts and dimension, for the rows of a picture.

        An item that runs against the rest (``direction`` -1) has a star.

        >>> support.labels["3a"], support.labels["d3a_execution"]
        ('board', 'council: execution*')
        """
        items = self.put["short_en"] + np.where(self.put["direction"] == -1, "*", "")
        return {**items, **self._names["short_en"]}

    @cached_property
    def phrases(self) -> dict[str, tuple[str, str]]:
        """Return the names of subscales, parts and dimension inside a sentence, as pairs (English, Dutch).

        >>> support.phrases["3a"]
        ('the board', 'het bestuur')
        """
        names = self._names
        return dict(zip(names.index, zip(names["phrase_en"], names["phrase_nl"], strict=True), strict=True))

    @cached_property
    def _names(self):
        tables = load_all(only=("dimensions", "subscales"))
        parts, subscales = tables["dimensions"].set_index("code"), tables["subscales"].set_index("subscale")
        kept = subscales.loc[self.put["subscale"].dropna().unique()]
        return pd.concat([parts[parts.index.str.startswith(self.code)], kept])

    @cached_property
    def design(self):
        """Return the design of respondents.

        >>> support.design.mean("d3a_defend", by="wave")["wave"].to_list()
        [2005, 2007]
        """
        return design_of(self.survey)

    @cached_property
    def municipalities(self):
        """Return the design of municipalities, with scores on the full form in the wave alone.

        Other waves can have them too; a model of municipalities must not mix them.

        >>> support.municipalities.mean("3", by="wave")["wave"].to_list()
        [2005, 2007]
        """
        design = municipal_design(self.survey)
        scored, data = self.survey.items.query("scored == 1"), design.table.data
        parts = set(scored["dimension"])
        names = [*scored.index, *parts, *{part[0] for part in parts}, "total"]
        return design.assign(**dict(data[names].where(data["wave"] == self.wave).items()))

    def shares(self, items, by=(), design=None):
        """Return the share of each answer to ``items`` in the wave, per cent (keys ``item, category``).

        >>> shares = support.shares("d3a_defend").set_index("category")["estimate"]
        >>> print(round(shares.sum(), 6), shares.index[0])
        100.0 strongly disagree
        """
        names = [f"{item}_answer" for item in ([items] if isinstance(items, str) else items)]
        found = self._now(design or self.design).proportion(names, by=["wave", *by])
        found = found.assign(item=lambda frame: frame["variable"].str.removesuffix("_answer"))
        scaled = found[["estimate", "se", "ci_low", "ci_high"]] * 100
        return found.assign(**scaled).drop(columns="variable").reset_index(drop=True)

    def item_levels(self, by=()):
        """Return the mean score of every scored item in the wave.

        >>> set(support.item_levels()["variable"]) == set(support.scored.index)
        True
        """
        return ends_on_scale(self._now(self.design).mean(list(self.scored.index), by=["wave", *by]), "score")

    def levels(self, by=(), stands_in="class", unknown=None):
        """Return the score of each part and of the dimension in the wave.

        ``stands_in`` says who stands for those who did not take part (see ``weighting.design_of``);
        ``unknown`` is the score that a "don't know" counts as, which is left out without it. With it a
        question counts too to which everybody said so.

        >>> support.levels()["variable"].to_list()
        ['3a', '3b', '3c', '3']
        """
        key = tuple(by), stands_in, unknown
        if key not in self._found:
            self._found[key] = self._levels(*key)
        return self._found[key].copy()

    def _levels(self, by, stands_in, unknown):
        design, columns = self._standing_in(stands_in), self._score_columns("full")
        if unknown is not None:
            said, data = self._dont_know(), design.table.data
            columns = self._score_columns("full", [*self._scored.index, *said])
            filled = {
                f"{item}_full": _column(data, f"{item}_full").mask(flags, unknown)
                for item, flags in said.items()
            }
            design = design.assign(**filled)
        return ends_on_scale(self._now(design).averages(columns, by=["wave", *by]), "score")

    def quick_levels(self):
        """Return the mean score of quick-scan items, and of parts and dimension on them, in each wave.

        Raises ``NotEstimableError``, as ``changes`` does, unless both years were measured.

        >>> scores = support.quick_levels()
        >>> scores.loc[scores["variable"] == "3", "wave"].to_list()
        [2005, 2007]
        """
        self.survey.refuse_unmeasured(self.before, self.wave)
        return ends_on_scale(self._quick_levels("class"), "score")

    def changes(self, stands_in="class"):
        """Return the changes since ``before`` of quick-scan items, parts and dimension (key ``level``).

        ``stands_in`` is as in ``levels``.

        Items and parts are two families: ``p_holm`` is the p-value of a two-sided t test, corrected by Holm
        within each (Holm 1979); the dimension is a test of its own. Of all embedding, the dimensions are a
        family too and the total (level ``whole``) is the test of its own.

        >>> changes = support.changes()
        >>> changes.loc[changes["level"] == "part", "variable"].to_list()
        ['3a', '3b', '3c']
        """
        self.survey.refuse_unmeasured(self.before, self.wave)
        changes = self.design.change(self._quick_levels(stands_in), between=(self.wave, self.before))
        found = ends_on_scale(changes, "points")
        place = found["variable"].str.len().map({1: "dimension", 2: "part"}).fillna("item")
        place = place.mask(found["variable"] == "total", "whole")
        return holm(found.assign(level=place), "level").reset_index(drop=True)

    def at_a_glance(self):
        """Return the levels with the changes since ``before`` beside them (index ``variable``).

        Columns of a change begin with ``change``; they are missing where the answers carry none, or too few.

        >>> found = support.at_a_glance()
        >>> found.index.to_list(), "change estimate" in found
        (['3a', '3b', '3c', '3'], True)
        """
        levels = self.levels().set_index("variable")
        try:
            changes = enough(self.changes()).set_index("variable")
        except NotEstimableError:
            changes = levels.assign(p_holm=np.nan).mask(levels["estimate"].notna())
        shown = ["estimate", "ci_low", "ci_high", "df", "n", "units"]
        return levels[shown].join(changes[[*shown, "p_holm"]].add_prefix("change "))

    def naive_changes(self):
        """Return the changes of the quick-scan items as a comparison without a design would have them.

        Every respondent counts once, waves are independent, and there are no weights, strata or finite
        populations: Welch's t test. ``p_value`` is not corrected.

        >>> list(support.naive_changes()["variable"]) == list(support.quick.index)
        True
        """
        self.survey.refuse_unmeasured(self.before, self.wave)
        data, rows = self.design.table.data, []
        for item in self.quick.index:
            new, old = (
                data.loc[data["wave"] == wave, item].dropna().astype(float)
                for wave in (self.wave, self.before)
            )
            if min(len(new), len(old)) < 2:
                raise NotEstimableError("few", f"{item}: too few answers in one of the waves.")
            low, high, p_value = np.nan, np.nan, np.nan  # where all say the same in both, nothing is tested
            if new.nunique() > 1 or old.nunique() > 1:
                test = CompareMeans(DescrStatsW(new), DescrStatsW(old))
                low, high = test.tconfint_diff(usevar="unequal")
                p_value = test.ttest_ind(usevar="unequal")[1]
            rows.append((item, new.mean() - old.mean(), low, high, p_value, min(len(new), len(old))))
        return pd.DataFrame(rows, columns=["variable", "estimate", "ci_low", "ci_high", "p_value", "n"])

    def reliability(self):
        """Return Cronbach's alpha and McDonald's omega of each part and of the dimension in the wave.

        Municipalities are the cases, the means over their people the items; those that miss an item are left
        out (``n``). Omega needs three items. What the answers do not carry is missing.

        >>> support.reliability().columns.to_list()
        ['part', 'items', 'n', 'alpha', 'ci_low', 'ci_high', 'omega']
        """
        rows = []
        for name in [*self.parts, self.code]:
            items, weights = self._cells(name)
            if items.shape[1] > 1:
                found = _or_nothing(alpha, items, weights, ["items", "n", "estimate", "ci_low", "ci_high"])
                factor = _or_nothing(omega, items, weights, ["estimate"])
                rows.append((name, *found, *factor))
        return pd.DataFrame(rows, columns=["part", "items", "n", "alpha", "ci_low", "ci_high", "omega"])

    def item_analysis(self):
        """Return mean, spread, correlation with the rest and n of each item of a part with two or more.

        >>> support.item_analysis().columns.to_list()
        ['item', 'mean', 'sd', 'r_rest', 'alpha_without', 'n', 'part']
        """
        tables = []
        for part in self.parts:
            items, weights = self._cells(part)
            if items.shape[1] > 1:
                with suppress(NotEstimableError):
                    tables.append(item_rest(items, weights).assign(part=part))
        if not tables:
            raise NotEstimableError("few", "no part has two items or more that enough answered.")
        return pd.concat(tables, ignore_index=True)

    def scales(self):
        """Return the reliability of each part, its items below it, and that of the dimension at the end.

        The columns are those of ``reliability`` and ``item_analysis``, with ``name`` (part or item) and its
        ``label``; ``part`` is that of an item.

        >>> support.scales()["name"].iloc[[0, 1, -1]].to_list()
        ['3a', 'd3a_priority_alderman', '3']
        """
        alphas, items = self.reliability(), self.item_analysis().rename(columns={"item": "name"})
        alphas = alphas.assign(name=alphas.pop("part"))
        pieces = (
            piece
            for part in [*self.parts, self.code]
            for piece in (alphas[alphas["name"] == part], items[items["part"] == part])
        )
        found = pd.concat(pieces, ignore_index=True)
        return found.assign(label=found["name"].map(self.labels))

    def nonresponse(self):
        """Return the scores of parts and dimension under other views of who did not answer.

        ``estimate, ci_low, ci_high, df`` take them to be like those of their response class; ``reluctant`` to
        be like the third that hardly took part (see ``weighting.design_of``). Two pairs of bounds assume less
        (Manski 1989), over all municipalities, each counting once:

        - ``least, most``: what towns without an answer would say is open, from the lowest score to the
          highest; in the others those who answered speak for all. ``answered`` is the share of towns with an
          answer, over the items, per cent; a question that nobody could answer is among them.
        - ``all_least, all_most``: what anybody would say who did not answer is open, also of those who were
          not asked. ``heard`` is the share of people who answered, over the items, per cent.

        >>> found = support.nonresponse()
        >>> bool(((found["all_least"] <= found["least"]) & (found["most"] <= found["all_most"])).all())
        True
        """
        found = self.levels().set_index("variable")
        other = self.levels(stands_in="reluctant").set_index("variable")
        towns, people = self._known()
        columns = self._score_columns("full", self.put.index)
        weights = pd.DataFrame(columns).fillna(0.0).T
        low, reached, all_low, heard = (
            100 * (weights @ table.loc[weights.columns, part])
            for table in (towns, people)
            for part in ("sum", "known")
        )
        bounds = {"answered": reached, "least": low, "most": low + 100 - reached}
        bounds |= {"heard": heard, "all_least": all_low, "all_most": all_low + 100 - heard}
        kept = found[["estimate", "ci_low", "ci_high", "df", "n", "units"]]
        kept = kept.join(other["estimate"].rename("reluctant"))
        return kept.join(pd.DataFrame(bounds)).rename_axis("variable").reset_index()

    def selection(self, **contrasts):
        """Return the levels with the interval that allows for selective response (``selection.sensitivity``).

        Rows (index) are the parts and the dimension, or with ``contrasts`` these instead: each gives weights
        of parts, by their codes.

        >>> found = support.selection().loc["3"]
        >>> bool(found["sens_low"] < found["ci_low"])
        True
        """
        columns, levels = self._score_columns("full"), self.levels()
        if contrasts:
            at = {name: levels["variable"].map(parts).fillna(0) for name, parts in contrasts.items()}
            levels = self.design.contrast(levels, at).rename(columns={"contrast": "variable"})
            columns = {name: combined(parts, columns) for name, parts in contrasts.items()}
        found = sensitivity(self.survey, self.design, self.wave, levels.set_index("variable"), columns)
        return found.assign(label=found.index.map(lambda name: self.labels.get(name, name)))

    def _known(self):
        """Return what is known of towns, and of people, by item as it counts in the score.

        ``known`` is the share of which there is an answer, ``sum`` the same times their score (0 to 1): means
        over the municipalities with people of the role.
        """
        columns = pd.Index(_names(self._score_columns("full", self.put.index)))
        now = self.design.table.data
        now = now[now["wave"] == self.wave]
        codes, towns = pd.factorize(now["municipality"])
        given = now.reindex(columns=columns).to_numpy(dtype=float)
        there = ~np.isnan(given)
        # The last row is that of municipalities where nobody answered.
        total = sums(codes, np.where(there, given, 0.0), len(towns) + 1)
        count = sums(codes, there.astype(float), len(towns) + 1)
        asked = columns.str.removesuffix("_full").map(self.put["role"])
        groups = self.survey.groups.query("wave == @self.wave and population > 0")
        known, people = [], []
        for role, group in groups.groupby("role"):
            at = np.flatnonzero(asked == role)
            cells = np.ix_(towns.get_indexer(group["municipality"]), at)
            said, heard = total[cells] / 100, count[cells]
            everybody = group["population"].to_numpy(dtype=float)[:, None]
            mean = np.divide(said, heard, out=np.zeros_like(said), where=heard > 0)
            for found, parts in ((known, (mean, heard > 0)), (people, (said / everybody, heard / everybody))):
                means = dict(zip(("sum", "known"), (part.mean(axis=0) for part in parts), strict=True))
                found.append(pd.DataFrame(means, columns[at]))
        return pd.concat(known), pd.concat(people)

    def _standing_in(self, stands_in):
        return self.design if stands_in == "class" else design_of(self.survey, stands_in=stands_in)

    def _dont_know(self):
        """Return for each scored item that had such answers who said "don't know" in the wave.

        The flags are in the order of the answers.
        """
        now, codes = self.survey.respondents["wave"] == self.wave, self.survey.instrument.missing_codes
        said = {
            item: now & self.survey.answers[item].map(codes[row["scale"]]).eq("dont_know")
            for item, row in self.put[self.put["scored"] == 1].iterrows()
        }
        return {item: flags for item, flags in said.items() if flags.any()}

    def _now(self, design):
        return self._own_now if design is self.design else in_wave(design, self.wave)

    @cached_property
    def _own_now(self):
        return in_wave(self.design, self.wave)

    def _score_columns(self, form, items=None):
        """Return the columns that make up the scores; with ``items``, of those of them that were put."""
        instrument = self.survey.instrument
        if items is not None:
            instrument = replace(instrument, items=self.put[self.put.index.isin(items)])
        columns = score_columns(instrument, form)
        return {name: weights for name, weights in columns.items() if name.startswith(self.code)}

    def _quick_levels(self, stands_in):
        """Return the levels of quick-scan items, and of the scores on them, in each wave."""
        key = "quick_scan", stands_in
        if key not in self._found:
            columns = {item: {item: 1.0} for item in self.quick.index} | self._score_columns("quick_scan")
            self._found[key] = self._standing_in(stands_in).averages(columns, by="wave")
        return self._found[key]

    def _cells(self, name):
        """Return complete municipal means of the items of a part or of the dimension, and their weights."""
        data = self.municipalities.table.data
        items = list(self.scored.index[self.scored["dimension"].str.startswith(name)])
        kept = (data["wave"] == self.wave) & data[items].notna().all(axis=1)
        return data.loc[kept, items], self.municipalities.weights[kept.to_numpy()]


def _column(data, name):
    """Return a column of the data of a design, which has none of an item that nobody could answer."""
    return data[name] if name in data else pd.Series(np.nan, data.index)


def _or_nothing(coefficient, items, weights, columns):
    """Return columns of a coefficient of reliability, missing where the answers do not carry it."""
    try:
        return coefficient(items, weights).iloc[0][columns].to_list()
    except NotEstimableError:
        return [np.nan] * len(columns)


def _names(columns):
    return list(dict.fromkeys(name for weights in columns.values() for name in weights))


def holm(frame, family=None):
    """Return a table of estimates with ``p_value``, that of a t test against zero, and ``p_holm``.

    ``p_holm`` is corrected for the number of tests (Holm 1979) within each value of the column ``family``,
    or over the whole table. Both are missing where there is no degree of freedom, or too few to publish.
    """
    df = frame["df"].where((frame["df"] >= 1) & ~few(frame.assign(unit="points")))  # differences, not shares
    p_value = 2 * student.sf((frame["estimate"] / frame["se"]).abs(), df)
    found = np.full(len(frame), np.nan)
    for rows in [slice(None)] if family is None else frame.groupby(family).indices.values():
        found[rows] = corrected(p_value[rows])
    return frame.assign(p_value=p_value, p_holm=found)


def comparison(design, table: pd.DataFrame, sides) -> pd.DataFrame:
    """Return comparisons of rows of ``table``, as ``design.contrast`` does; one that lacks a side is missing.

    ``sides`` has by name the weights of the rows, above zero on one side and below it on the other, which
    cancel out. Where a role, a class or a part did not answer they do not, and what is left is no comparison.
    Nor is one of a side that tells what nearly all said, for the other side and the difference give it away.
    """
    whole, hidden = {}, list[bool]()
    alike = RULES.judged(table).eq("alike").to_numpy()
    for name, weights in sides.items():
        weights = np.asarray(weights, dtype=float)
        balanced = weights.any() and abs(weights.sum()) < BALANCED
        hidden.append(bool(balanced and weights[alike].any()))
        whole[name] = weights if balanced and not hidden[-1] else np.full(len(table), np.nan)
    found = design.contrast(table, whole)
    return found.assign(reason=["telling" if one else None for one in hidden]) if any(hidden) else found


def all_pairs(design, table: pd.DataFrame) -> pd.DataFrame:
    """Return the difference of each row of ``table`` from each row below it, with Holm's p-value over all.

    ``table`` holds estimates of ``design``; ``of`` and ``minus`` are labels of its rows.
    """
    one, other = np.triu_indices(len(table), 1)
    apart = np.eye(len(table))[one] - np.eye(len(table))[other]
    tests = holm(design.contrast(table, dict(enumerate(apart))))
    return tests.drop(columns="contrast").assign(of=table.index[one], minus=table.index[other])


def foremost(design, table: pd.DataFrame, sign: int = 1) -> tuple[pd.Series, bool]:
    """Return the row with the highest estimate (``sign`` -1: the lowest), and whether it clearly is so.

    ``table`` holds estimates of ``design``; the row differs clearly where it does from each other row in
    :func:`all_pairs`, at five per cent.
    """
    tests = all_pairs(design, table)
    top = table.iloc[int(certain(sign * table["estimate"]).to_numpy().argmax())]
    its = (tests["of"] == top.name) | (tests["minus"] == top.name)
    return top, bool((tests.loc[its, "p_holm"] < 0.05).all())


def unseen(tests: pd.DataFrame) -> float | None:
    """Return how large a change had to be to show, where one did not and rests on few degrees of freedom.

    ``tests`` is as from :func:`holm`. It is the largest half-width of the intervals of such changes, and
    ``None`` without any.

    >>> import pandas as pd
    >>> from doorgroeien.survey.dimension import unseen
    >>> tests = pd.DataFrame({"se": [2.0, 8.0], "df": [100.0, 3.0], "p_holm": [0.9, 0.9]})
    >>> round(unseen(tests), 1), unseen(tests.head(1))
    (25.5, None)
    """
    hidden = tests[tests["p_holm"].ge(0.05) & tests["df"].lt(FEW_DEGREES)]
    return float((t_quantile(0.95, hidden["df"]) * hidden["se"]).max()) if len(hidden) else None


def sure(table: pd.DataFrame) -> pd.DataFrame:
    """Return changes in shares, without those of which too few answers show how sure they are.

    These have no standard error, and get no estimate either; the column ``reason`` says why, else nothing.
    """
    lost = table["se"].isna()
    return table.assign(estimate=table["estimate"].mask(lost), reason=np.where(lost, "few", ""))


def in_percent(table: pd.DataFrame) -> pd.DataFrame:
    """Return estimates of shares, with their errors and intervals, in per cent."""
    names = [name for name in ("estimate", "se", "ci_low", "ci_high") if name in table]
    return table.assign(**{name: 100 * table[name] for name in names})
