"""One object for the analysis: the survey answers with their design, whoever gave them and whenever.

Waves are rows: nothing here knows a year.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from doorgroeien.data.checking import among, joined, places
from doorgroeien.data.faults import DataError, Fault, grouped, single
from doorgroeien.estimation.arrays import known_mean
from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.results.disclosure import RULES, Resting
from doorgroeien.survey.instrument import FORMS, ROLES, Instrument, whole_codes

__all__ = [
    "ENDINGS",
    "SIZE_CLASSES",
    "TABLES",
    "Edition",
    "Survey",
    "assembled",
    "contradictions",
    "edition_in",
    "size_class_of",
    "survey_of",
]

TABLES = ("edition", "waves", "municipalities", "groups", "respondents", "answers")
ENDINGS = ("answer", "dont_know", "not_applicable", "refused", "not_reached")
# Upper limits of the size classes, in inhabitants.
SIZE_CLASSES = {"<20k": 20_000, "20k-50k": 50_000, "50k-100k": 100_000, ">=100k": np.inf}


def size_class_of(inhabitants: ArrayLike) -> np.ndarray:
    """Return the size class of each number of inhabitants, of which none may be missing."""
    limits = list(SIZE_CLASSES.values())[:-1]
    return np.array(list(SIZE_CLASSES))[np.searchsorted(limits, inhabitants, side="right")]


@dataclass(frozen=True)
class Edition:
    """What the answers are; ``names`` (English, Dutch) stands wherever a result rests on them."""

    edition: str
    names: tuple[str, str]
    synthetic: bool
    scenario: str | None
    seed: int | None


@dataclass(frozen=True)
class Survey:
    """The survey: its edition, instrument and tables, all consistent with each other.

    ``waves``: one row per wave, in order. ``municipalities``: one row per wave and municipality, with
    ``unit``, the municipality that holds its territory in the last wave, and ``responded``, whether anybody
    there answered. ``groups``: one row per wave, municipality and role, with ``population``, ``invited`` and
    ``responded`` in persons. ``respondents`` and ``answers``: one row per respondent, put in the same order
    by the column ``respondent``, never by an index; answers hold integer codes (missing codes included), and
    are blank where an item was not asked or reached. The instrument has the items that somebody answered, and
    ``asked`` all that were put to somebody, also where nobody knew an answer (the same, unless given);
    ``absent`` has the codes of other items, of parts, dimensions and scales without an item, and of roles,
    size classes and waves without a respondent.

    >>> from doorgroeien.intake.loading import load_survey
    >>> survey = load_survey()
    >>> survey.waves["wave"].to_list()
    [2005, 2007]
    """

    edition: Edition
    instrument: Instrument
    waves: pd.DataFrame
    municipalities: pd.DataFrame
    groups: pd.DataFrame
    respondents: pd.DataFrame
    answers: pd.DataFrame
    absent: frozenset[str] = frozenset()
    asked: Instrument | None = None  # the instrument, unless given

    def __post_init__(self) -> None:
        """Put answers in the order of the respondents, whatever index or order the tables come in."""
        for name in ("waves", "municipalities", "groups", "respondents", "answers"):
            object.__setattr__(self, name, getattr(self, name).reset_index(drop=True))
        object.__setattr__(self, "answers", _in_order(self.answers, self.respondents))

    def frame(self, wave: int) -> pd.DataFrame:
        """Return the municipalities of a wave, by their code (index).

        Raises ``NotEstimableError`` where that wave was not measured.

        >>> len(survey.frame(2007))
        443
        """
        self.refuse_unmeasured(wave)
        towns = self.municipalities
        return towns[towns["wave"] == wave].set_index("municipality")

    def refuse_unmeasured(self, *waves: int) -> None:
        """Raise ``NotEstimableError`` where one of these waves was not measured.

        >>> survey.refuse_unmeasured(2005, 2007)
        """
        for wave in waves:
            if wave not in set(self.waves["wave"]):
                raise NotEstimableError("unmeasured", f"there is no measurement of {wave}.")

    @property
    def items(self) -> pd.DataFrame:
        """Return the items that somebody answered, with the waves in which (``waves``: ``2005;2007``).

        >>> survey.items.loc["d1a_vision", "waves"]
        '2005;2007'
        """
        return self._with_waves(self.instrument)

    @property
    def put(self) -> pd.DataFrame:
        """Return the items that were put to somebody, with the waves in which, as ``items`` has them.

        Those that nobody could answer are among them.

        >>> set(survey.items.index) <= set(survey.put.index)
        True
        """
        return self._with_waves(self.asked or self.instrument)

    @property
    def unknown(self) -> frozenset[str]:
        """Return the codes in ``absent`` of what was put, and got nothing but missing codes.

        >>> survey.unknown
        frozenset()
        """
        return self.absent & _codes(self.put)

    def _with_waves(self, instrument):
        """Return the items of an instrument with the waves whose form has them."""
        form = self.waves.set_index("wave")["form"]
        asked = {wave: set(instrument.asked(form[wave])) for wave in form.index}
        items = instrument.items
        return items.assign(
            waves=[";".join(str(wave) for wave in asked if item in asked[wave]) for item in items.index]
        )

    @property
    def endings(self) -> pd.DataFrame:
        """Return how each question put ended, as counts by ``item`` and ``wave`` (index) and kind (columns).

        The kinds are ``answer``, the missing codes ``dont_know``, ``not_applicable`` and ``refused``, and
        ``not_reached`` for a question that the respondent should have got and left blank.

        >>> put = survey.endings.loc["d1a_vision", 2007]
        >>> put.index.to_list()
        ['answer', 'dont_know', 'not_applicable', 'refused', 'not_reached']
        """
        forms = self.respondents["wave"].map(self.waves.set_index("wave")["form"])
        counts = {}
        for item, spec in self.put.iterrows():
            put = self.respondents["role"] == spec["role"]
            put &= (forms == "full") | (spec["quick_scan"] == 1)
            codes = self.answers.loc[put, item]
            kinds = codes.map(self.instrument.missing_codes[spec["scale"]]).fillna("answer")
            kinds = kinds.mask(codes.isna(), "not_reached")
            counts[item] = kinds.groupby(self.respondents.loc[put, "wave"]).value_counts()
        table = pd.concat(counts, names=["item", "wave", "kind"]).unstack("kind", fill_value=0)
        return table.reindex(columns=list(ENDINGS), fill_value=0)

    @cached_property
    def designs(self) -> dict:
        """Return the designs that ``weighting`` made of these answers, and their frames, each once.

        >>> isinstance(survey.designs, dict)
        True
        """
        return {}

    @cached_property
    def scored(self) -> pd.DataFrame:
        """Return the scores of items, as they are and as they count in their part on each form.

        Respondents x items, 0 to 100. A column with ``_full`` or ``_quick_scan`` after its name holds, where
        the item does not apply, the mean of what does in its part and role.

        >>> [float(score) for score in sorted(survey.scored["d3c_everyone"].dropna().unique())]
        [0.0, 25.0, 50.0, 75.0, 100.0]
        """
        rows = self.instrument.rows
        found = {
            item: np.append(self.instrument.worth(item), np.nan)[grades]
            for item, grades in self._grades.items()
            if rows[item]["scored"] == 1
        }
        for form, parts in self.instrument.parts.items():
            for item in self.instrument.scored(form).index:
                row, column = rows[item], found[item]
                if item in self._spared:
                    alike = [name for name in parts[row["dimension"]] if rows[name]["role"] == row["role"]]
                    beside = known_mean(np.array([found[name] for name in alike]), axis=0)
                    column = np.where(self._spared[item], beside, column)
                found[f"{item}_{form}"] = column
        return pd.DataFrame(found, index=self.answers.index)

    @cached_property
    def _grades(self):
        """Return the answers as places in their scale (``Instrument.grades``), by item."""
        return self.instrument.all_grades(self._given)

    @cached_property
    def _given(self):
        """Return the codes of the answers to the items, respondents x items."""
        return _coded(self.answers, self.instrument)

    @cached_property
    def _spared(self):
        """Return to whom items do not apply, as flags by item, of those that do not apply to somebody."""
        found = {}
        for item, row in self.instrument.rows.items():
            kinds = self.instrument.missing_codes[row["scale"]]
            codes = [code for code, kind in kinds.items() if kind == "not_applicable"]
            given = self._given[item].to_numpy()
            said = np.any([given == code for code in codes], axis=0)
            if said.any():
                found[item] = said
        return found

    @cached_property
    def not_applicable(self) -> pd.DataFrame:
        """Tell to whom an item does not apply, under the names it has in ``scored`` and ``labelled``.

        Respondents x columns, with those items that do not apply to somebody.

        >>> nobody = survey.not_applicable["d4b_police_quality"]
        >>> int(survey.scored.loc[nobody, "d4b_police_quality"].count())
        0
        """
        known, found = {*self.scored, *self.labelled}, {}
        for item, said in self._spared.items():
            names = (item, *(f"{item}_{form}" for form in FORMS), f"{item}_answer")
            found |= {name: said for name in names if name in known}
        return pd.DataFrame(found, index=self.answers.index)

    @cached_property
    def labelled(self) -> pd.DataFrame:
        """Return the answers as ordered categories with English labels; missing codes are left out.

        Columns are the items' names with ``_answer`` after them.

        >>> survey.labelled["d1a_vision_answer"].cat.categories.to_list()
        ['strongly disagree', 'disagree', 'neither agree nor disagree', 'agree', 'strongly agree']
        """
        labels = self.instrument.code_labels
        kinds = {
            scale: pd.CategoricalDtype([labels[scale, code] for code in codes], ordered=True)
            for scale, codes in self.instrument.answer_codes.items()
        }
        found = {
            f"{item}_answer": pd.Categorical.from_codes(self._grades[item], dtype=kinds[row["scale"]])
            for item, row in self.instrument.rows.items()
        }
        return pd.DataFrame(found, index=self.answers.index)

    def resting(self, group: str) -> Resting:
        """Return how many municipalities and respondents of a group answered.

        ``group`` is ``everybody``, or names a role, a wave and a size class, or some of these, with a space
        between them; without a wave it is the last one. Raises ``ValueError`` for anything else.

        >>> survey.resting("everybody")
        Resting(units=359, n=2543)
        >>> survey.resting("councillor 2005 >=100k").units
        23
        """
        people = self.respondents.merge(self.municipalities[["wave", "municipality", "unit", "size_class"]])
        waves = [*map(str, self.waves["wave"])]
        known = {"role": ROLES, "wave": waves, "size_class": SIZE_CLASSES}
        named = dict.fromkeys(group.replace("everybody", "").split())
        for name in [*named, *(waves[-1:] if not any(name.isdecimal() for name in named) else [])]:
            column = next((column for column, names in known.items() if name in names), None)
            if column is None and not name.isdecimal():  # a year that was not measured has no answers
                raise ValueError(f"group {group!r}: {name!r} is no role, wave or size class.")
            people = people[people[column or "wave"].astype("str") == name]
        return Resting(people["unit"].nunique(), len(people))

    @property
    def provenance(self) -> dict:
        """Return what ``publish``, ``publish_figure`` and ``publish_table`` need to know of the evidence.

        Answers that somebody gave come with the rules of disclosure; those that were drawn need none.

        >>> survey.provenance["evidence"]
        'survey answers'
        """
        rules = None if self.edition.synthetic else RULES
        return {"evidence": "survey answers", "sources": (), "edition": self.edition.names, "rules": rules}


def survey_of(tables: dict[str, pd.DataFrame], instrument: Instrument, file: str = "{}") -> Survey:
    """Return the survey made of tables that fit the schema; raise ``DataError`` where they are inconsistent.

    ``file`` turns the name of a table into the name of its file in messages.
    """
    problems = grouped(contradictions(tables, instrument, {name: file.format(name) for name in TABLES}))
    if problems:
        raise DataError(problems)
    return assembled(tables, instrument)


def edition_in(table: pd.DataFrame) -> Edition:
    """Return the edition that the one row of the table ``edition`` describes."""
    edition = table.iloc[0]
    known = edition.where(edition.notna(), None)
    return Edition(
        edition["edition"],
        (edition["name_en"], edition["name_nl"]),
        bool(edition["synthetic"]),
        known["scenario"],
        None if known["seed"] is None else int(known["seed"]),
    )


def assembled(tables: dict[str, pd.DataFrame], instrument: Instrument) -> Survey:
    """Return the survey made of tables that fit the schema and do not contradict each other."""
    # Rows belong together by their keys, never by an index.
    tables = {name: table.reset_index(drop=True) for name, table in tables.items()}
    edition = edition_in(tables["edition"])
    respondents, answers = tables["respondents"], tables["answers"]
    municipalities, groups = tables["municipalities"].copy(), tables["groups"]
    groups = groups[groups["population"] > 0]  # a role that nobody has there is no part of its population
    municipalities["unit"] = _units(municipalities)
    keys = ["wave", "municipality", "role"]
    groups = groups.reset_index(drop=True).assign(responded=_counted(respondents, groups, keys))
    municipalities["responded"] = np.minimum(_counted(respondents, municipalities, keys[:2]), 1)
    waves = tables["waves"].sort_values("wave", kind="stable", ignore_index=True)
    given = _coded(_in_order(answers, respondents), instrument)
    asked, known = (find(given, respondents["wave"]) for find in (instrument.put, instrument.answered))
    absent = (_codes(instrument.items) | instrument.lost) - _codes(known.items)
    absent |= {*ROLES} - {*respondents["role"].unique()}
    absent |= {*SIZE_CLASSES} - {*municipalities.loc[municipalities["responded"] == 1, "size_class"]}
    absent = frozenset(map(str, absent))
    return Survey(edition, known, waves, municipalities, groups, respondents, answers, absent, asked)


def _in_order(answers, respondents):
    """Return the answers in the order of the respondents; raise ``ValueError`` where somebody has none."""
    if answers["respondent"].equals(respondents["respondent"]):
        return answers
    place = pd.Index(answers["respondent"]).get_indexer(respondents["respondent"])
    if (place < 0).any():
        lost = respondents["respondent"][place < 0]
        raise ValueError(
            f"respondent {lost.iloc[0]!r}: no row of answers ({len(lost)} such), expected one each. "
            "Take the same respondents out of both tables."
        )
    return answers.take(place).reset_index(drop=True)


def _coded(answers, instrument):
    """Return the answers to the items of an instrument that have a column, as whole numbers."""
    items = [item for item in instrument.rows if item in answers]
    return pd.DataFrame(whole_codes(answers[items]), columns=items, copy=False)


def _codes(items):
    """Return the codes of items, of what they measure, and of their scales and groups."""
    parts = items.loc[items["scored"] == 1, "dimension"]
    others = {code for name in ("scale", "subscale", "parallel") for code in items[name].dropna()}
    return {*items.index, *parts, *parts.str[0], *others}


def contradictions(tables, instrument: Instrument, files: dict[str, str]) -> Iterator[Fault]:
    """Give what no schema can say: all contradictions inside and between the tables of a survey.

    ``tables`` hold every table of :data:`TABLES`, with the types of the schema and unique keys; a cell that
    is blank against the schema contradicts nothing. Their index plus 2 is the row in the file, which
    ``files`` names.
    """
    keys = ["wave", "municipality", "role"]
    waves, edition = tables["waves"], tables["edition"]
    municipalities, groups = tables["municipalities"], tables["groups"]
    respondents, answers = tables["respondents"], tables["answers"]

    def report(table, wrong, columns, expected, remedy):
        wrong = np.asarray(pd.array(wrong, dtype="boolean").fillna(False), dtype=bool)
        rows = tables[table].loc[wrong, columns]
        rows = rows.dropna()
        texts = (
            rows[columns[0]].astype("str").str.cat([rows[name].astype("str") for name in columns[1:]], ", ")
        )
        column = "+".join(columns)
        yield Fault(files[table], rows.index.to_numpy() + 2, column, texts.to_numpy(object), expected, remedy)

    if len(edition) != 1:
        remedy = "Say in one row what these answers are."
        yield single(files["edition"], f"one row, not {len(edition)}", remedy)
    lacks = (edition["synthetic"] == 1) & (edition["scenario"].isna() | edition["seed"].isna())
    remedy = "Give both, or 0 for real answers."
    yield from report("edition", lacks, ["synthetic"], "a scenario and a seed", remedy)
    for wave in waves["wave"].dropna():
        for table in ("municipalities", "groups", "respondents"):
            if not (tables[table]["wave"] == wave).any():
                remedy = "Add them, or remove the wave from the table waves."
                yield single(files[table], f"rows for the wave {wave}", remedy)

    inhabitants = municipalities["inhabitants"].to_numpy(dtype="float64", na_value=0)
    wrong = municipalities["size_class"] != size_class_of(inhabitants)
    expected = "a size class that fits"
    yield from report(
        "municipalities", wrong, ["size_class", "inhabitants"], expected, "Correct one of them."
    )
    order = sorted(waves["wave"].dropna())
    following = municipalities["wave"].map(dict(zip(order, order[1:], strict=False))).astype("Int64")
    later = municipalities.assign(wave=following, municipality=municipalities["successor"])
    wrong = pd.Series(~_within(later, municipalities, keys[:2]), index=later.index)
    # Nothing follows the last wave.
    wrong = wrong.where(following.notna(), municipalities["successor"] != municipalities["municipality"])
    expected = "a municipality of the next wave, and in the last wave the municipality itself"
    remedy = "Name the one that holds the territory; of a split, the one with most of the inhabitants."
    yield from report("municipalities", wrong, ["successor"], expected, remedy)

    wrong = groups["invited"] > groups["population"]
    expected = "no more invited than there are"
    yield from report("groups", wrong, ["invited", "population"], expected, "Correct one of them.")
    outside = _within(groups, municipalities[municipalities["sampled"] == 0], keys[:2])
    wrong = (groups["invited"] > 0) & outside
    expected = "0 where the municipality is not sampled"
    yield from report("groups", wrong, ["invited"], expected, "Correct it, or sampled.")

    yield from _roles_that_lack(municipalities, groups, files["groups"])
    wrong = ~_within(respondents, groups, keys)
    remedy = "Add the group: how many people, how many invited."
    yield from report("respondents", wrong, keys, "a row of the table groups", remedy)
    number = respondents.groupby(keys).cumcount() + 1
    invited = respondents[keys].merge(groups[[*keys, "invited"]], how="left", on=keys)["invited"]
    wrong = number.to_numpy() > invited.to_numpy(dtype="float64", na_value=np.inf)
    expected = "no more respondents than were invited"
    remedy = "Remove a duplicate, or correct the table groups."
    yield from report("respondents", wrong, ["respondent", *keys], expected, remedy)
    wrong = ~among(respondents["respondent"], answers["respondent"])
    remedy = "Add it, or remove the respondent."
    yield from report("respondents", wrong, ["respondent"], "a row of the table answers", remedy)
    yield from _unasked(tables, instrument, files["answers"])


def _roles_that_lack(municipalities, groups, file):
    """Give the municipalities that were asked and lack a role that others have in that wave."""
    asked = municipalities.loc[municipalities["sampled"] == 1, ["wave", "municipality"]]
    roles = groups[["wave", "role"]].dropna().drop_duplicates()
    needed = asked.dropna().merge(roles, on="wave")
    needed = needed.merge(groups[["wave", "municipality", "role"]], how="left", indicator=True)
    for (wave, role), rows in needed[needed["_merge"] == "left_only"].groupby(["wave", "role"]):
        names = rows["municipality"]
        found = ", ".join(names[:5]) + (f" and {len(names) - 5:,} more" if len(names) > 5 else "")
        expected = f"the role {role} in {wave} for each municipality that was asked, as others have it"
        remedy = (
            "Add the rows, also where nobody answered; population and invited 0 where nobody has the role."
        )
        yield single(file, expected, remedy, value=found)


def _unasked(tables, instrument, file):
    """Give the answers to items that the respondent's role, or the form of the wave, does not have."""
    respondents, answers = tables["respondents"], tables["answers"]
    forms = respondents["wave"].map(tables["waves"].set_index("wave")["form"])
    place = pd.Index(respondents["respondent"]).get_indexer(answers["respondent"])
    role = pd.Categorical(respondents["role"], categories=ROLES).codes[place]
    form = pd.Categorical(forms, categories=FORMS).codes[place]
    unknown = place < 0
    remedy = "Empty the cell, or correct the table respondents."
    for item, spec in instrument.items.iterrows():
        given = answers[item].notna().to_numpy() & ~unknown
        others = given & (role != ROLES.index(spec["role"])) & (role >= 0)
        cases = {f"blank: the item is asked of the role {spec['role']}": others}
        if not spec["quick_scan"]:
            short = given & (form == FORMS.index("quick_scan"))
            cases["blank: the item is not in the quick scan, the form of that wave"] = short
        for expected, wrong in cases.items():
            if wrong.any():
                cells = answers.loc[wrong, item]
                values = cells.astype("str").to_numpy(object)
                yield Fault(file, cells.index.to_numpy() + 2, item, values, expected, remedy)


def _counted(frame, other, columns):
    """Return for each row of ``other`` how many rows of ``frame`` have its values of ``columns``."""
    place = places(frame, other, columns)
    return np.bincount(place[place >= 0], minlength=len(other))


def _within(frame, other, columns):
    """Tell of each row of ``frame`` whether its values of ``columns`` are those of a row of ``other``."""
    return among(joined(frame, columns), joined(other, columns))


def _units(municipalities):
    """Follow each municipality from wave to wave to the one that holds its territory in the last."""
    unit = municipalities["successor"].copy()
    later = None
    for _, rows in sorted(municipalities.groupby("wave"), reverse=True):
        if later is not None:
            unit[rows.index] = rows["successor"].map(later)
        later = dict(zip(rows["municipality"], unit[rows.index], strict=True))
    return unit
