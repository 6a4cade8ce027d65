"""Answers to the quick scan with the scores that the package gives them, for the check of the page.

    python tests/self_scans.py

writes `tests/site/self-scan.json`: answers as places in their scale, -1 for "don't know", and each score as
the book writes it in Dutch; and what the page says on real answers, of a table and a rule made up here.
The unit tests compare the file with the package, and `make site-check` the page with the file.
"""

import json
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
from conftest import ROOT

from doorgroeien.intake.loading import load_survey
from doorgroeien.measurement.scores import two_way
from doorgroeien.results.formats import LANGUAGES, write_digits
from doorgroeien.results.register import Register
from doorgroeien.sphinxext.content import self_scan
from doorgroeien.survey.mirror import ANSWERED
from doorgroeien.survey.weighting import municipal_design, score_columns

__all__ = ["FILE", "REGISTER", "as_text", "made"]

FILE = ROOT / "tests" / "site" / "self-scan.json"
FORM = "quick_scan"
WHOLE, GAPS = 30, 60  # how many cases answer everything, and how many leave questions out
COLUMNS = ["dimension", "code", "size_class", "lower", "middle", "upper", "n", "units"]
QUARTERS = [
    ["policy cycle", "1", "<20k", 40.0, 52.5, 61.25, 90.0, 90.0],
    ["vision elements", "2", "<20k", 47.0, 56.0, 72.0, 90.0, 90.0],
    ["cooperation", "4", "<20k", 43.0, 56.0, 62.0, 80.0, 80.0],
    ["policy cycle", "1", "20k-50k", 47.0, 59.0, 66.0, 80.0, 80.0],
]
WAYS = [["total -inf 45; 1 -inf 40", "A"], ["total 45 60", "B"], ["total 60 inf", "C"]]
# As long as they come, for the page must fit one sheet.
STRONG = "strong in cooperation with other municipalities and the Work and Income chain; weak in the board"
STERK = "sterk in de samenwerking met andere gemeenten en de keten Werk en Inkomen; zwak in het bestuur"
KINDS = [["A", "weak", "zwak"], ["B", "middling", "gemiddeld"], ["C", STRONG, STERK]]


def _table(columns, rows):
    return {"kind": "table", "page": "p", "data": {"columns": columns, "rows": rows}, "edition": None}


REGISTER = Register(
    {
        self_scan.QUARTERS: _table(COLUMNS, QUARTERS),
        self_scan.RULE: _table(["limits", "type"], WAYS),
        self_scan.TYPES: _table(["type", "words", "words_nl"], KINDS),
        self_scan.ACCURACY: {"kind": "number", "value": 78.26, "unit": "percent", "decimals": 0},
    }
)


def made():
    """Return what the file holds: the cases, and for each language what real answers add to the data."""
    survey, random = load_survey(), np.random.default_rng(17)
    dimensions = pd.read_csv(ROOT / "data" / "letter" / "dimensions.csv", dtype=str)
    findings = pd.read_csv(ROOT / "data" / "letter" / "findings.csv")
    tables = {"dimensions": dimensions, "findings": findings}
    real = {}
    for language in LANGUAGES:
        block = self_scan.block(survey.instrument, tables, REGISTER, language)
        data = json.loads(block.partition('<script type="application/json">')[2].partition("</script>")[0])
        real[language] = {name: data[name] for name in ("sizes", "rule", "words")}
    return {"cases": [*_whole(survey, random), *_with_gaps(survey.instrument, random)], "real": real}


def _case(places, scores):
    written = {
        name: "–" if np.isnan(score) else write_digits(score, 1, "nl") for name, score in scores.items()
    }
    return {"answers": {item: int(place) for item, place in places.items()}, "scores": written}


def _whole(survey, random):
    """Return cases of municipalities that answer everything, one person of each role, at random."""
    instrument, asked = survey.instrument, survey.instrument.asked(FORM)
    people = survey.respondents[survey.respondents["wave"] == survey.waves["wave"].max()]
    people = people.drop_duplicates(["municipality", "role"])
    answers = survey.answers[survey.answers["respondent"].isin(people["respondent"])].copy()
    answers = answers.set_index("respondent").loc[people["respondent"]].reset_index()
    for item in asked:
        codes = instrument.answer_codes[instrument.rows[item]["scale"]]
        own = (people["role"] == instrument.rows[item]["role"]).to_numpy()
        given = pd.Series(random.choice(codes, len(people)), answers.index, dtype="Int64")
        answers[item] = given.where(own)
    found = municipal_design(replace(survey, respondents=people, answers=answers)).table.data
    found = found[found["wave"] == people["wave"].max()].set_index("municipality")
    towns = people["municipality"].to_numpy()
    roles = people.groupby("municipality")["role"].nunique()
    for town in roles.index[roles == roles.max()][:WHOLE]:
        mine = answers[towns == town]
        places = {item: max(instrument.grades(item, mine[item].reset_index(drop=True))) for item in asked}
        scores = {name: found.at[town, f"quick_{name}"] for name in score_columns(instrument, FORM)}
        yield _case(places, {name: score for name, score in scores.items() if name != "total"})


def _with_gaps(instrument, random):
    """Return cases that leave out questions, which are filled in from their part where that may be shown."""
    asked, parts = instrument.asked(FORM), instrument.parts[FORM]
    columns = score_columns(instrument, FORM)
    for case in range(GAPS):
        gaps = random.random(len(asked)) < (0.05, 0.2, 0.5)[case % 3]
        places = {
            item: random.integers(len(instrument.answer_codes[instrument.rows[item]["scale"]]))
            for item in asked
        }
        places = {item: -1 if gap else place for (item, place), gap in zip(places.items(), gaps, strict=True)}
        filled = {}
        for names in parts.values():
            row = {name: np.append(instrument.worth(name), np.nan)[places[name]] for name in names}
            known = pd.DataFrame([row])
            shown = known.notna().to_numpy().mean() >= ANSWERED
            values = two_way(known, 0.0) if shown else known * np.nan
            filled |= {f"{name}_{FORM}": values[name].iloc[0] for name in names}
        scores = {
            name: sum(weight * filled[item] for item, weight in weights.items())
            for name, weights in columns.items()
        }
        yield _case(places, {name: score for name, score in scores.items() if name != "total"})


def as_text(found):
    """Return what the file holds as JSON, a case a line."""
    cases = ",\n".join(json.dumps(case, ensure_ascii=False) for case in found["cases"])
    return f'{{"cases": [\n{cases}\n],\n"real": {json.dumps(found["real"], ensure_ascii=False)}}}\n'


if __name__ == "__main__":
    FILE.write_text(as_text(made()), encoding="utf-8")
    print(FILE.relative_to(ROOT), file=sys.stderr)
