"""Mirror reports say of others no more than the book leaves open, also when they are laid side by side."""

import json
from dataclasses import replace

import pandas as pd
import pytest
from attacker import ATTACKS, Attacker

from doorgroeien.intake.loading import load_survey
from doorgroeien.publishing.mirror import writing
from doorgroeien.publishing.mirror.peers import giving_away, published
from doorgroeien.publishing.mirror.writing import write_mirrors
from doorgroeien.publishing.real_answers import BuildError
from doorgroeien.results.linked import Numbering

SHARES = {"<20k": 0.4, "20k-50k": 0.4, "50k-100k": 0.14, ">=100k": 0.06}
NUMBERING = Numbering({"4": {"4a": 0.5, "4b": 0.5}}, SHARES, ["2005", "2007"])
NAMES = ["variable", "size_class", "estimate", "ci_low", "ci_high", "n", "units"]
LEVELS = {"<20k": 50.1, "20k-50k": 55.2, "50k-100k": 60.3}  # with 53.4 of all the largest have some 47


def row(variable, size, estimate, table="levels", rule=None):
    known = [estimate - 4, estimate + 4, 30, 30]
    return dict(zip(["table", *NAMES, "rule"], [table, variable, size, estimate, *known, rule], strict=True))


def in_book(*rows, **more):
    """Return a figure of the book with rows of levels."""
    data = {"columns": NAMES, "rows": [[one[name] for name in NAMES] for one in rows]}
    return {"kind": "figure", "id": "cooperation.size", "edition": {"en": "own"}, "data": data} | more


OF_CLASSES = [row("4a", size, level) for size, level in LEVELS.items()]


def test_a_report_does_not_complete_what_the_book_leaves_out():
    compared = pd.DataFrame(
        [row("4a", "all", 53.4), row("4b", "all", 41.2), row("4a", ">=100k", 47.0, rule="few")]
    )
    alone = giving_away(compared, [], NUMBERING)
    assert not alone.any()
    beside = giving_away(compared, [in_book(*OF_CLASSES, left_out={"few": 1})], NUMBERING)
    assert beside.tolist() == [True, False, False]


def test_reports_laid_side_by_side_complete_nothing():
    rows = [row("4a", "all", 53.4), *OF_CLASSES, row("4a", ">=100k", 47.0, rule="alike")]
    away = giving_away(pd.DataFrame(rows), [], NUMBERING)
    assert away.sum() == 1
    assert not giving_away(pd.DataFrame(rows[:-1]), [], NUMBERING).any()  # nothing is withheld there


def test_what_stands_in_the_book_without_its_number_is_in_no_report():
    number = {
        "kind": "number",
        "id": "cooperation.level.4a",
        "edition": {},
        "unit": "score",
        "withheld": True,
    }
    number |= dict.fromkeys(("value", "low", "high", "se", "n", "interval"))
    compared = pd.DataFrame([row("4a", "all", 53.4), row("4b", "all", 41.2)])
    assert giving_away(compared, [number], NUMBERING).tolist() == [True, False]


def test_the_records_of_a_built_book_have_the_rules_of_its_list(tmp_path):
    (tmp_path / "html" / "results").mkdir(parents=True)
    book = {"numbers": [], "tables": [], "figures": [in_book(*OF_CLASSES, left_out={"telling": 3})]}
    (tmp_path / "html" / "results" / "results.json").write_text(json.dumps(book))
    listed = "page,rule,id,rows\nnotebooks/cooperation,few,cooperation.size,1\n"
    (tmp_path / "withheld.csv").write_text(listed + "notebooks/cooperation,linked,cooperation.size,2\n")
    (record,) = published(tmp_path)
    assert record["left_out"] == {"few": 1, "linked": 2}


def test_on_real_answers_the_book_is_built_first(root, tmp_path, monkeypatch):
    survey = load_survey()
    survey = replace(survey, edition=replace(survey.edition, synthetic=False))
    monkeypatch.setattr(writing, "build_folder", lambda root: tmp_path / "not-built")
    with pytest.raises(BuildError, match="is not built yet.*SURVEY=... make book"):
        write_mirrors(survey, root, tmp_path / "out", (), (2005, 2007), print)
    assert not (tmp_path / "out").exists()


def test_an_attacker_with_all_reports_finds_what_they_complete(tmp_path):
    """The attack on mirror reports can succeed: without the gate it does."""
    folder = tmp_path / "results"
    folder.mkdir()
    book = {"numbers": [], "tables": [], "figures": [in_book(*OF_CLASSES, left_out={"telling": 1})]}
    (folder / "results.json").write_text(json.dumps(book))
    towns = {size: [1] * int(100 * share) for size, share in SHARES.items()}
    told = [in_book(row("4a", "all", 53.4), id="mirror.levels", kind="table")]
    secret = {("4a", ">=100k"): 48.0}
    for mirrors, found in (([], 0), (told, 1)):
        attacker = Attacker(tmp_path, towns, mirrors=tuple(mirrors), secret=secret)
        assert len([*ATTACKS["linked"](attacker)]) == found
