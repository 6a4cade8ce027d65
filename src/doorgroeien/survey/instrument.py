"""The instrument: which items are asked of whom, with which codes, and how an answer becomes a score."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from doorgroeien.data.tables import load_all

__all__ = ["FORMS", "NO_CODE", "ROLES", "Instrument", "load_instrument", "routing_of", "whole_codes"]

NO_CODE = -(2**31)  # no scale has it
ROLES = ("municipality", "alderman", "councillor", "manager", "staff")
FORMS = ("quick_scan", "full")


@dataclass(frozen=True)
class Instrument:
    """Items (index ``item``), scales and codes, as ``data/instrument`` has them or a package brings them.

    ``serves`` says which items serve which estimand of a finding, where that is not as in the book;
    ``lost`` has what the book's questionnaire has and this one has not: items, parts, scales and the like.

    >>> from doorgroeien.survey.instrument import load_instrument
    >>> instrument = load_instrument()
    >>> instrument.items.loc["d1a_vision", ["dimension", "role", "scale"]].to_list()
    ['1a', 'municipality', 'agreement']
    """

    items: pd.DataFrame
    scales: pd.DataFrame
    codes: pd.DataFrame
    serves: dict[tuple[int, str], dict[str, Any]] | None = None
    lost: frozenset[str] = frozenset()

    @property
    def own(self) -> bool:
        """Tell whether these are the questions of a package, and not those of the book.

        >>> instrument.own
        False
        """
        return self.serves is not None

    @cached_property
    def answer_codes(self) -> dict[str, list[int]]:
        """Return the codes of each scale that are answers, in ascending order.

        >>> [int(code) for code in instrument.answer_codes["agreement"]]
        [1, 2, 3, 4, 5]
        """
        answers = self.codes[self.codes["missing"].isna()]
        return {scale: sorted(codes) for scale, codes in answers.groupby("scale")["code"].agg(list).items()}

    @cached_property
    def missing_codes(self) -> dict[str, dict[int, str]]:
        """Return, for each scale, its missing codes and what each means (``dont_know`` ...).

        >>> {int(code): kind for code, kind in instrument.missing_codes["agreement"].items()}
        {-7: 'not_applicable', -8: 'dont_know', -9: 'refused'}
        """
        missing = self.codes[self.codes["missing"].notna()]
        return {
            scale: dict(zip(rows["code"], rows["missing"], strict=True))
            for scale, rows in missing.groupby("scale")
        }

    @cached_property
    def code_labels(self) -> dict[tuple[str, int], str]:
        """Return the English label of each scale and code.

        >>> instrument.code_labels["agreement", 5]
        'strongly agree'
        """
        codes = self.codes
        return dict(zip(zip(codes["scale"], codes["code"], strict=True), codes["label_en"], strict=True))

    def asked(self, form: str, role: str | None = None) -> list[str]:
        """Return the items of a form, ``quick_scan`` or ``full``, of all roles or of one, in their order.

        >>> "d3a_priority_alderman" in instrument.asked("quick_scan", "alderman")
        True
        """
        return [
            item
            for item, row in self.rows.items()
            if (form == "full" or row["quick_scan"] == 1) and role in (None, row["role"])
        ]

    def scored(self, form: str) -> pd.DataFrame:
        """Return the items of a form that count in a score.

        >>> instrument.scored("full").loc["d1a_vision", ["direction", "quick_scan"]].to_dict()
        {'direction': 1, 'quick_scan': 1}
        """
        return self._scored[form].copy()

    @cached_property
    def _scored(self) -> dict[str, pd.DataFrame]:
        """Return the items of each form that count in a score."""
        asked = {
            form: [item for item in self.asked(form) if self.rows[item]["scored"] == 1] for form in FORMS
        }
        return {form: self.items.loc[items] for form, items in asked.items()}

    @cached_property
    def parts(self) -> dict[str, dict[str, list[str]]]:
        """Return the scored items of each part, in order, by form.

        >>> instrument.parts["quick_scan"]["3a"][0]
        'd3a_priority_alderman'
        """
        found: dict[str, dict[str, list[str]]] = {}
        for form, items in self._scored.items():
            found[form] = {part: [] for part in sorted(set(items["dimension"]))}
            for item, part in items["dimension"].items():
                found[form][part].append(str(item))
        return found

    def put(self, answers: pd.DataFrame, waves: pd.Series) -> "Instrument":
        """Return the instrument with the items that were put to somebody: that have any code, missing or not.

        It takes the same as :meth:`answered`, which leaves out items that have missing codes alone.

        >>> import pandas as pd
        >>> answers = pd.DataFrame({"d1a_vision": [4, 5], "d1a_policy": [-8, 2], "d1a_plan": [-8, -9]})
        >>> list(instrument.put(answers, pd.Series([2005, 2007])).items.index)
        ['d1a_vision', 'd1a_policy', 'd1a_plan']
        """
        items = [item for item in self.rows if item in answers]
        put = whole_codes(answers[items]).T != NO_CODE
        return self._where(dict(zip(items, put, strict=True)), waves)

    def answered(self, answers: pd.DataFrame, waves: pd.Series) -> "Instrument":
        """Return the instrument with the items that somebody answered.

        ``answers`` has a row per respondent and a column per item, with codes; ``waves`` is the wave of each
        row. An item of the quick scan without an answer in some wave is one of the full form alone.

        >>> import pandas as pd
        >>> answers = pd.DataFrame({"d1a_vision": [4, 5], "d1a_policy": [-8, 2], "d1a_plan": [-8, -9]})
        >>> left = instrument.answered(answers, pd.Series([2005, 2007]))
        >>> left.items["quick_scan"].to_dict()
        {'d1a_vision': 1, 'd1a_policy': 0}
        """
        answered = {item: grades >= 0 for item, grades in self.all_grades(answers).items()}
        return self._where(answered, waves)

    def _where(self, there: dict[str, np.ndarray], waves: pd.Series) -> "Instrument":
        """Return the instrument with the items that are ``there`` for somebody; see :meth:`answered`."""
        wave, flags = waves.to_numpy(), np.array(list(there.values())).reshape(len(there), len(waves))
        rows = [np.flatnonzero(wave == one) for one in np.unique(wave)]
        given: Any = np.array([flags.take(some, axis=1).any(axis=1) for some in rows])
        kept = given.any(axis=0)
        items = self.items.loc[[item for item, some in zip(there, kept, strict=True) if some]].copy()
        items["quick_scan"] = items["quick_scan"].where(given.all(axis=0)[kept], 0)
        return self if items.equals(self.items) else replace(self, items=items)

    def labels(self, item: str) -> dict[str, str]:
        """Return the codes of an item, as text, by their labels in English and Dutch, in lower case.

        >>> instrument.labels("d1a_vision")["helemaal mee eens"]
        '5'
        """
        codes = self.codes[self.codes["scale"] == self.items.at[item, "scale"]]
        names = codes["code"].astype("str")
        labels = [zip(codes[label].str.casefold(), names, strict=True) for label in ("label_en", "label_nl")]
        return dict(labels[0]) | dict(labels[1])

    def score(self, answers: pd.DataFrame) -> pd.DataFrame:
        """Return the answers to scored items as scores from 0 to 100; a missing code gives ``NaN``.

        ``answers`` has one row per respondent and one column per item, with codes; other columns are
        left out. 0 is the least embedded answer of the item's scale and 100 the most (``direction``);
        the grades between are equally far apart.

        >>> import pandas as pd
        >>> answers = pd.DataFrame({"d1a_vision": [1, 4, 5, -9]})
        >>> instrument.score(answers)["d1a_vision"].to_list()
        [0.0, 75.0, 100.0, nan]
        """
        scored = {}
        for item, grades in self.all_grades(answers).items():
            if self.rows[item]["scored"] == 1:
                scored[item] = np.append(self.worth(item), np.nan)[grades]
        return pd.DataFrame(scored, index=answers.index)

    def grades(self, item: str, given: pd.Series) -> np.ndarray:
        """Return the places of codes among the answers to an item, from 0; -1 for what is no answer.

        >>> import pandas as pd
        >>> instrument.grades("d1a_vision", pd.Series([1, 5, -9, None])).tolist()
        [0, 4, -1, -1]
        """
        return _places(whole_codes(given), self._codes[item])

    def all_grades(self, answers: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return the ``grades`` of every item that has a column among the answers, by item.

        >>> import pandas as pd
        >>> answers = pd.DataFrame({"d1a_vision": [1, 5, -9], "d1a_policy": [2, None, 3]})
        >>> {item: grades.tolist() for item, grades in instrument.all_grades(answers).items()}
        {'d1a_vision': [0, 4, -1], 'd1a_policy': [1, -1, 2]}
        """
        items = [item for item in self.rows if item in answers]
        given = whole_codes(answers[items]).T
        found, scales = np.empty_like(given), np.array([self.rows[item]["scale"] for item in items])
        for scale in set(scales):
            found[scales == scale] = _places(given[scales == scale], np.array(self.answer_codes[scale]))
        return dict(zip(items, found, strict=True))

    def worth(self, item: str) -> np.ndarray:
        """Return the score of each answer to a scored item, in the order of the codes.

        >>> instrument.worth("d1a_vision").tolist()
        [0.0, 25.0, 50.0, 75.0, 100.0]
        """
        last = len(self._codes[item]) - 1
        scores = 100 * np.arange(last + 1) / last
        return scores if self.rows[item]["direction"] == 1 else 100 - scores

    @cached_property
    def rows(self) -> dict[str, dict[str, Any]]:
        """Return what the items say by item, with its name under ``item``.

        >>> instrument.rows["d1a_vision"]["role"]
        'municipality'
        """
        return {row["item"]: row for row in self.items.reset_index(names="item").to_dict("records")}

    @cached_property
    def _codes(self) -> dict[str, np.ndarray]:
        """Return the codes of the answers to each item, in ascending order."""
        return {item: np.array(self.answer_codes[row["scale"]]) for item, row in self.rows.items()}


def whole_codes(given: pd.Series | pd.DataFrame) -> np.ndarray:
    """Return codes, of a column or of a table, as whole numbers, :data:`NO_CODE` for what is missing or none.

    >>> import pandas as pd
    >>> from doorgroeien.survey.instrument import NO_CODE, whole_codes
    >>> (whole_codes(pd.Series([4, -8, None, 2.5])) == NO_CODE).tolist()
    [False, False, True, True]
    """
    kinds = set(given.dtypes) if isinstance(given, pd.DataFrame) else {given.dtype}
    if all(map(pd.api.types.is_integer_dtype, kinds)):
        return given.to_numpy(dtype=np.int64, na_value=NO_CODE)
    values = given.to_numpy(dtype=float, na_value=np.nan)
    whole = (values == np.round(values)) & (np.abs(values) < -NO_CODE)
    return np.where(whole, values, NO_CODE).astype(np.int64)


def _places(values: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Return the places of whole numbers among codes, which ascend; -1 for what is none of them."""
    below = codes[0] - 1
    place = np.full(codes[-1] - below + 2, -1)  # nought and the last are for what lies outside
    place[codes - below] = np.arange(len(codes))
    return place.take(values - below, mode="clip")


def load_instrument(root: Path | None = None, tables: dict[str, pd.DataFrame] | None = None) -> Instrument:
    """Return the instrument of the book below ``root``; raise ``DataError`` if its tables are wrong.

    ``tables`` are the tables of the data package where they are loaded already.
    """
    tables = tables or load_all(root, only=("scales", "codes", "items"))
    items = tables["items"].set_index("item")
    return Instrument(items, tables["scales"].set_index("scale"), tables["codes"])


def routing_of(root: Path | None = None) -> pd.DataFrame:
    """Return the routing of the instrument of the book: an item (index), and the answer that skips it.

    Where the item ``after`` has the answer ``code``, the item is not put and does not apply.

    >>> routing_of().at["d4b_police_quality", "after"]
    'd4b_police_contact'
    """
    return load_all(root, only=("routing",))["routing"].set_index("item")
