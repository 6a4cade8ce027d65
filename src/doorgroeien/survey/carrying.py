"""What the answers of a survey can carry, before a chapter is made of them."""

import pandas as pd

from doorgroeien.data.tables import load_all
from doorgroeien.estimation.estimable import REASONS
from doorgroeien.results.register import LEAST
from doorgroeien.survey.answers import Survey
from doorgroeien.survey.ledger import estimands

__all__ = ["carried"]

YES = ("can be computed", "kan worden berekend")
WAVES = ("there are no answers of both measurements", "er zijn geen antwoorden van beide metingen")


def carried(survey: Survey, before: int, wave: int) -> pd.DataFrame:
    """Return what can be computed of a survey: one row per part and question, and per finding.

    ``what`` is a part or a finding, ``code`` its code and ``name_en, name_nl`` its name; ``question`` is
    ``level`` (the score in the wave), ``change`` (that since ``before``) or ``verdict``; ``can`` tells
    whether the answers carry it, ``reason_en, reason_nl`` why not; ``items`` and ``n`` say on how many items,
    and municipalities or people, it rests. A score asks for
    :data:`~doorgroeien.results.register.LEAST` municipalities or more.

    >>> from doorgroeien.intake.loading import load_survey
    >>> from doorgroeien.survey.carrying import carried
    >>> table = carried(load_survey(), 2005, 2007)
    >>> table.loc[~table["can"], ["what", "code"]].to_numpy().tolist()
    [['finding', '7']]
    """
    tables = load_all(only=("dimensions", "findings"))
    parts = tables["dimensions"][tables["dimensions"]["code"].str.len() == 2].set_index("code")
    rows = [
        {"what": "part", "code": code, "question": question, "name_en": name, "name_nl": dutch}
        | _score(survey, code, waves, quick)
        for code, name, dutch in zip(parts.index, parts["short_en"], parts["short_nl"], strict=True)
        for question, waves, quick in (("level", [wave], False), ("change", [before, wave], True))
    ]
    estimated = estimands(survey, before, wave)
    known = set(survey.waves["wave"])
    for _, row in tables["findings"].iterrows():
        part = estimated[estimated["finding"] == row["finding"]]
        lacking = part["reason"].dropna()
        compares = part["definition_en"].str.contains(str(before)).any() and not known.issuperset(
            {before, wave}
        )
        reason = WAVES if compares else REASONS[lacking.iloc[0]] if len(lacking) else YES
        about = {"what": "finding", "code": str(row["finding"]), "question": "verdict"}
        about |= {name: row[name.replace("name", "title")] for name in ("name_en", "name_nl")}
        rests = {"items": pd.NA, "n": part["n"].min()}
        rows.append(about | _answer(lacking.empty, reason) | rests)
    columns = ["what", "code", "name_en", "name_nl", "question", "can", "reason_en", "reason_nl"]
    return pd.DataFrame(rows)[[*columns, "items", "n"]].astype({"items": "Int64", "n": "Int64"})


def _score(survey, part, waves, quick):
    """Tell whether a part has a score in all waves."""
    items = survey.instrument.scored("quick_scan" if quick else "full")
    items = items.index[items["dimension"] == part]
    given = survey.scored[list(items)].notna().any(axis=1)
    towns = survey.respondents[given].groupby("wave")["municipality"].nunique()
    fewest = min(int(towns.get(wave, 0)) for wave in waves)
    known = set(survey.waves["wave"])
    reason = WAVES if not known.issuperset(waves) else REASONS["absent"] if fewest == 0 else REASONS["few"]
    can = fewest >= LEAST
    return _answer(can, YES if can else reason) | {"items": len(items), "n": fewest}


def _answer(can, reason):
    return {"can": bool(can), "reason_en": reason[0], "reason_nl": reason[1]}
