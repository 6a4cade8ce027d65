"""The instrument: which items are asked of whom, with which codes, and how an answer becomes a score."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from doorgroeien.data.tables import load_all

__all__ = ["FORMS", "ROLES", "Instrument", "load_instrument", "routing_of"]

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

    def asked(self, form: str, role: str | None = None) -> list[str]:
        """Return the items of a form, ``quick_scan`` or ``full``, of all roles or of one, in their order.

        >>> "d3a_priority_alderman" in instrument.asked("quick_scan", "alderman")
        True
        """
        chosen = self.items if form == "full" else self.items[self.items["quick_scan"] == 1]
        return list(chosen.index if role is None else chosen.index[chosen["role"] == role])

    def scored(self, form: str) -> pd.DataFrame:
        """Return the items of a form that count in a score.

        >>> instrument.scored("full").loc["d1a_vision", ["direction", "quick_scan"]].to_dict()
        {'direction': 1, 'quick_scan': 1}
        """
        items = self.items.loc[self.asked(form)]
        return items[items["scored"] == 1]

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
        given = {
            item: answers[item].isin(self.answer_codes[scale]).groupby(waves).any()
            for item, scale in self.items["scale"].items()
            if item in answers
        }
        kept = self.items.loc[[item for item, found in given.items() if found.any()]].copy()
        always = [bool(given[item].all()) for item in kept.index]
        kept["quick_scan"] = kept["quick_scan"].where(always, 0)
        return replace(self, items=kept)

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
        for item in self.items.index[self.items["scored"] == 1]:
            if item in answers:
                codes = np.array(self.answer_codes[self.items.at[item, "scale"]])
                given = answers[item].to_numpy(dtype="float64", na_value=np.nan)
                grade = np.searchsorted(codes, given).clip(max=len(codes) - 1)
                score = np.where(codes[grade] == given, 100 * grade / (len(codes) - 1), np.nan)
                scored[item] = score if self.items.at[item, "direction"] == 1 else 100 - score
        return pd.DataFrame(scored, index=answers.index)


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
