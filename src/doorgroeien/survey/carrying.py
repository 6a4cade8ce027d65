"""What the answers of a survey can carry, before a chapter is made of them."""

import pandas as pd

from doorgroeien.data.tables import load_all
from doorgroeien.estimation.estimable import REASONS, NotEstimableError
from doorgroeien.results.register import LEAST
from doorgroeien.survey.answers import Survey
from doorgroeien.survey.dimension import Dimension
from doorgroeien.survey.ledger import estimands

__all__ = ["WAVES", "YES", "carried"]

YES = ("can be computed", "kan worden berekend")
WAVES = REASONS["unmeasured"]


def carried(survey: Survey, before: int, wave: int) -> pd.DataFrame:
    """Return what can be computed of a survey: one row per dimension or part and question, and per finding.

    ``what`` is a dimension, a part or a finding, ``code`` its code and ``name_en, name_nl`` its name;
    ``question`` is ``level`` (the score in the wave), ``change`` (that since ``before``) or ``verdict``;
    ``can`` tells whether the answers carry it, with an interval, ``reason_en, reason_nl`` why not; ``items``,
    ``n`` and ``df`` say on how many items, municipalities or people, and degrees of freedom it rests. Scores
    are those of the chapters, from the same estimates, and so ask for
    :data:`~doorgroeien.results.register.LEAST` observations or more.

    >>> from doorgroeien.intake.loading import load_survey
    >>> from doorgroeien.survey.carrying import carried
    >>> table = carried(load_survey(), 2005, 2007)
    >>> table.loc[~table["can"], ["what", "code"]].to_numpy().tolist()
    [['finding', '7']]
    """
    tables = load_all(only=("dimensions", "findings"))
    names = tables["dimensions"].set_index("code")
    known = set(survey.waves["wave"])
    found = []
    for code in names.index[names.index.str.len() == 1]:
        dimension = Dimension(survey, code, before, wave)
        scored = dimension.items[dimension.items["scored"] == 1]
        scores = {"level": _estimates(dimension.levels), "change": _estimates(dimension.changes)}
        for part in names.index[names.index.str.startswith(code)]:
            for question, waves in (("level", {wave}), ("change", {before, wave})):
                about = {"what": "part" if len(part) > 1 else "dimension", "code": part, "question": question}
                about |= {
                    name: names.at[part, name.replace("name", "short")] for name in ("name_en", "name_nl")
                }
                asked = scored if question == "level" else dimension.quick
                about["items"] = int(asked["dimension"].str.startswith(part).sum())
                lacks = REASONS["unknown"] if part in survey.unknown else None
                lacks = lacks if known.issuperset(waves) else WAVES
                found.append(about | _score(scores[question], part, lacks))
    found += _findings(tables["findings"], estimands(survey, before, wave), before, wave, known)
    columns = ["what", "code", "name_en", "name_nl", "question", "can", "reason_en", "reason_nl"]
    counts = {"items": "Int64", "n": "Int64", "df": "Int64"}
    return pd.DataFrame(found)[[*columns, *counts]].astype(counts)


def _estimates(estimate):
    """Return estimates by variable, or the name of the reason why these answers carry none."""
    try:
        return estimate().set_index("variable")
    except NotEstimableError as error:
        return error.reason


def _score(found, part, lacks):
    """Tell whether a score was found, as the chapters publish it."""
    if isinstance(found, str) or part not in found.index:
        name = found if isinstance(found, str) else "absent"
        return _answer(False, lacks or REASONS[name]) | {"n": pd.NA, "df": pd.NA}
    row = found.loc[part]
    few = row["n"] < LEAST or row["df"] < 1
    can = not few and row[["estimate", "se"]].notna().all()
    reason = YES if can else lacks or REASONS["few" if few else "undefined"]
    return _answer(can, reason) | {"n": round(row["n"]), "df": round(max(row["df"], 0))}


def _findings(findings, estimated, before, wave, known):
    """Give a row for each finding."""
    for _, row in findings.iterrows():
        part = estimated[estimated["finding"] == row["finding"]]
        lacking = part["reason"].dropna()
        compares = part["definition_en"].str.contains(str(before)).any() and not known.issuperset(
            {before, wave}
        )
        reason = WAVES if compares else REASONS[lacking.iloc[0]] if len(lacking) else YES
        about = {"what": "finding", "code": str(row["finding"]), "question": "verdict", "items": pd.NA}
        about |= {name: row[name.replace("name", "title")] for name in ("name_en", "name_nl")}
        yield about | _answer(lacking.empty, reason) | {"n": part["n"].min(), "df": part["df"].min()}


def _answer(can, reason):
    return {"can": bool(can), "reason_en": reason[0], "reason_nl": reason[1]}
