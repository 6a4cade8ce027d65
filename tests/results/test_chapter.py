"""A chapter publishes by id: its words come from the file beside its notebook, and none is missing."""

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from doorgroeien.data.paths import book_root
from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.intake.loading import load_survey
from doorgroeien.publishing.execution import notebook_paths
from doorgroeien.results import register
from doorgroeien.results.chapter import Chapter, WordsError, _problems, folded, unpublished, words_file
from doorgroeien.results.disclosure import UndeclaredError
from doorgroeien.results.register import KEPT, MIME, Register

WORDS = """
[defaults]
population = "all"
sources = ["Kish1965"]

[populations]
all = ["all {many} municipalities", "alle {many} gemeenten"]
some = ["some", "enkele"]

[words.moved]
up = ["rose", "steeg"]
down = ["fell", "daalde"]

[numbers.level]
unit = "score"
en = "the level"
nl = "het niveau"
period = "2007"

[numbers."gap.{part}"]
unit = "points"
en = "gap of {what}"
nl = "verschil van {what}"
population = "some"

[numbers.verb]
unit = "word"
en = "direction"
nl = "richting"
words = "moved"

[numbers.clear]
unit = "word"
en = "whether it is clear"
nl = "of het duidelijk is"
words.yes = ["is clear", "is duidelijk"]
words.no = ["is not clear", "is niet duidelijk"]

[tables.levels]
caption = "The levels in {year} {cite:p}`Kish1965`."
[tables.levels.columns]
name = "Part"
"..." = ""
score = ["Score", "score"]
count = ["Number", "", 0]

[tables.agreed]
caption = "How many of the ways agree."
[tables.agreed.columns]
name = "Part"
score = ["Score", "score"]
agree = ["Ways that agree, %", "percent", 0, "ways"]

[numbers.risen]
unit = "word"
en = "parts that rose"
nl = "onderdelen die stegen"
words.none = ["No part rose", "Geen onderdeel steeg"]
words.one = ["One part of {of} rose", "Eén van de {of} onderdelen steeg"]
words.some = ["{Count} of the {of} parts rose", "{Count} van de {of} onderdelen stegen"]
words.all = ["{All} parts rose", "{All} onderdelen stegen"]

[figures.levels]
caption = ["Look at the levels of {year:.0f}.", "Kijk naar de niveaus van {year:.0f}."]
alt = "Two bars, one for each level: {values}."
"""
ROW = {"estimate": 60.0, "ci_low": 58.0, "ci_high": 62.0, "se": 1.0, "n": 300, "variable": "1"}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / words_file("trial")).write_text(WORDS, encoding="utf-8")
    return tmp_path


@pytest.fixture
def published(monkeypatch):
    """Return the list of records that are published."""
    found = []
    monkeypatch.setattr(register, "display", lambda bundle, raw: found.extend(bundle[MIME]["records"]))
    return found


@pytest.fixture(scope="module")
def survey():
    return load_survey()


@pytest.fixture
def chapter(folder):
    return Chapter("trial", root=folder, many=443)


def changed(folder, old, new):
    file = folder / words_file("trial")
    assert old in file.read_text(encoding="utf-8")
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def test_a_number_takes_its_words_unit_and_population_from_the_file(chapter, published):
    chapter.tell("level", 61.5)
    record = published[0]
    assert (record["id"], record["value"], record["unit"], record["period"]) == (
        "trial.level",
        61.5,
        "score",
        "2007",
    )
    assert record["definition"] == {"en": "the level", "nl": "het niveau"}
    assert record["population"] == {"en": "all 443 municipalities", "nl": "alle 443 gemeenten"}
    assert record["sources"] == ["Kish1965"] and record["edition"] is None


@pytest.mark.parametrize("result", [pd.Series(ROW), pd.DataFrame([ROW], index=["1a"])])
def test_estimates_are_published_with_their_interval(chapter, published, result):
    chapter.tell("level", result, interval="confidence")
    record = published[0]
    assert (record["value"], record["low"], record["high"], record["n"]) == (60, 58, 62, 300)
    assert record["interval"] == "confidence"


def test_fields_fill_the_id_and_each_language_takes_its_half_of_a_pair(chapter, published):
    chapter.tell("gap.{part}", 3.0, part="3a", what=("the board", "het bestuur"))
    record = published[0]
    assert record["id"] == "trial.gap.3a"
    assert record["definition"] == {"en": "gap of the board", "nl": "verschil van het bestuur"}
    assert record["population"] == {"en": "some", "nl": "enkele"}


def test_a_word_is_chosen_by_name_by_truth_or_given(chapter, published):
    chapter.tell("verb", "down")
    chapter.tell("clear", True)
    chapter.tell("clear", np.bool_(False))
    chapter.tell("verb", ("hung", "hing"))
    words = [record["value"]["en"] for record in published]
    assert words == ["fell", "is clear", "is not clear", "hung"]


@pytest.mark.parametrize(
    ("count", "english", "dutch"),
    [
        (0, "No part rose", "Geen onderdeel steeg"),
        (1, "One part of four rose", "Eén van de vier onderdelen steeg"),
        (3, "Three of the four parts rose", "Drie van de vier onderdelen stegen"),
        (4, "All four parts rose", "Alle vier de onderdelen stegen"),
    ],
)
def test_a_count_becomes_a_whole_clause_in_each_language(chapter, published, count, english, dutch):
    chapter.count("risen", count, of=4)
    assert published[0]["value"] == {"en": english, "nl": dutch}


def test_of_two_things_neither_and_both_are_said(folder, published):
    pairs = (
        'words.neither = ["Neither rose", "Geen van beide steeg"]\nwords.both = ["Both rose", "Beide stegen"]'
    )
    changed(folder, 'words.one = ["One part of', f'{pairs}\nwords.one = ["One part of')
    chapter = Chapter("trial", root=folder, many=443)
    for count, of in ((0, 2), (2, 2), (0, 4)):
        chapter.count("risen", count, of=of)
    assert [record["value"]["en"] for record in published] == ["Neither rose", "Both rose", "No part rose"]


def test_a_word_that_tells_nothing_says_so_in_its_record_and_another_does_not(folder, published):
    changed(folder, 'words.none = ["No part rose"', 'silent = ["none"]\nwords.none = ["No part rose"')
    chapter = Chapter("trial", root=folder, many=443)
    for count in (0, 1):
        chapter.count("risen", count, of=4)
    none, one = published
    assert none["silent"] is True and none["value"]["en"] == "No part rose" and "silent" not in one


def test_of_a_single_thing_it_is_said_that_it_is_the_only_one(folder, published):
    own = 'words.only = ["The only part rose", "Het"]\nwords.not = ["The only part did not", "Niet"]'
    changed(folder, 'words.one = ["One part of', f'{own}\nwords.one = ["One part of')
    chapter = Chapter("trial", root=folder, many=443)
    for count, of in ((1, 1), (0, 1), (0, 4)):
        chapter.count("risen", count, of=of)
    said = ["The only part rose", "The only part did not", "No part rose"]
    assert [record["value"]["en"] for record in published] == said


def test_what_is_clear_is_counted_among_the_tests_that_answers_carry(chapter, published):
    chapter.clear("risen", pd.DataFrame({"p_holm": [0.01, 0.04, 0.03, 0.5, np.nan]}))
    assert published[0]["value"]["en"] == "Three of the four parts rose"
    with pytest.raises(NotEstimableError):
        chapter.clear("risen", pd.DataFrame({"p_holm": [np.nan]}))


def test_one_is_some_where_the_words_do_not_tell_them_apart(folder, published):
    changed(folder, 'words.one = ["One part of {of} rose", "Eén van de {of} onderdelen steeg"]\n', "")
    Chapter("trial", root=folder, many=443).count("risen", 1, of=4)
    assert published[0]["value"]["en"] == "One of the four parts rose"


def test_the_notebook_may_say_otherwise(chapter, published):
    chapter.tell("level", 61.5, period="2005", population=("few", "weinig"), sources="CBS2005gem")
    assert (published[0]["period"], published[0]["sources"]) == ("2005", ["CBS2005gem"])
    assert published[0]["population"] == {"en": "few", "nl": "weinig"}


def test_on_a_survey_intervals_are_of_confidence_and_everything_carries_the_edition(
    folder, published, survey
):
    chapter = Chapter("trial", survey, period="2007", root=folder, many=443)
    chapter.tell("gap.{part}", pd.Series({**ROW, "units": 240}), part="1", what=("it", "dat"))
    record = published[0]
    assert record["rests"] == {"municipalities": 240, "respondents": 300}
    assert (record["interval"], record["period"], record["evidence"]) == (
        "confidence",
        "2007",
        "survey answers",
    )
    assert record["edition"] == {"en": survey.edition.names[0], "nl": survey.edition.names[1]}


def test_what_follows_from_estimates_rests_on_them_or_on_a_group(folder, published, survey):
    chapter = Chapter("trial", survey, period="2007", root=folder, many=443)
    about = {"part": "1", "what": ("it", "dat")}
    with pytest.raises(
        UndeclaredError, match=r"trial\.gap\.1, column 'value': .* municipalities and respondents"
    ):
        chapter.tell("gap.{part}", 3.5, **about)
    with pytest.raises(UndeclaredError, match="no column 'units'"):
        chapter.tell("gap.{part}", 3.5, resting=pd.Series({"n": 300}), **about)
    rows = pd.DataFrame({"estimate": [51.0, 62.0], "n": [300, 90], "units": [240, 80]})
    for resting in (rows, "councillor", "nothing", rows.assign(units=4)):
        chapter.tell("gap.{part}", 3.5, resting=resting, **about)
    all_of_them = survey.resting("councillor")
    assert [record.get("rests") for record in published] == [
        {"municipalities": 80, "respondents": 90},
        {"municipalities": all_of_them.units, "respondents": all_of_them.n},
        {"municipalities": None, "respondents": None},
        None,
    ]
    assert published[-1]["withheld"] and published[-1]["rule"] == "few" and published[-1]["value"] is None
    with pytest.raises(ValueError, match="'mayor' is no role, wave or size class"):
        chapter.tell("gap.{part}", 3.5, resting="mayor", **about)


def test_a_word_names_what_it_follows_from_and_keeps_the_estimates_it_rests_on(folder, monkeypatch, survey):
    bundles = []
    monkeypatch.setattr(register, "display", lambda bundle, raw: bundles.append(bundle[MIME]))
    changed(folder, "[numbers.verb]\n", '[numbers."verb.{part}"]\nfollows = ["gap.{part}", "level"]\n')
    chapter = Chapter("trial", survey, period="2007", root=folder, many=443)
    chapter.tell("verb.{part}", "up", part="1")
    row = pd.Series({"estimate": 62.0, "n": 300, "units": 240})
    chapter.tell("clear", True, resting=row)
    assert bundles[0][KEPT] == {"trial.verb.1": {"follows": ["trial.gap.1", "trial.level"]}}
    assert bundles[1][KEPT] == {"trial.clear": {"of": [[62.0, None, 300.0, 240.0, None, None, None]]}}
    problems = [*_problems(chapter.words | {"numbers": {"verb": {"follows": ["gpa.1"]}}}, ())]
    assert any("follows 'gpa.1', which the file does not hold" in problem for problem in problems)


def test_a_column_on_no_answer_takes_no_row_with_it(chapter, published):
    frame = pd.DataFrame({"name": ["a", "b"], "score": [50.0, 99.0], "agree": 100.0, "units": 12, "n": 12})
    edition = {"edition": ("a survey", "een enquête"), "evidence": "survey answers", "sources": ()}
    chapter.common |= edition
    chapter.table("agreed", frame)
    rows = [row[0] for row in published[0]["data"]["rows"]]
    assert rows == ["a"] and published[0]["left_out"] == {"alike": 1}
    assert [column["decimals"] for column in published[0]["columns"]] == [None, None, 0]
    wrong = chapter.words["tables"] | {"agreed": {"columns": {"agree": ["Agree", "percent", 0, "everyone"]}}}
    problems = [*_problems({"tables": wrong}, ())]
    assert any("columns.agree: 'everyone'" in problem for problem in problems)


def test_a_table_has_its_heads_from_the_file_and_further_columns_in_their_place(chapter, published):
    frame = pd.DataFrame({"name": ["a"], "score": [1.0], "count": [2], "<20k": [3.0]})
    chapter.table("levels", frame, columns={"<20k": ("Small", "score")}, year=2007)
    record = published[0]
    assert record["caption"] == {"en": "The levels in 2007 {cite:p}`Kish1965`."}
    assert [column["name"] for column in record["columns"]] == ["name", "<20k", "score", "count"]
    assert [column["unit"] for column in record["columns"]] == [None, "score", "score", None]


def test_a_figure_has_its_caption_and_alternative_text_filled(chapter, published):
    chapter.figure("levels", plt.figure(), pd.DataFrame({"x": [1]}), year=2007.4, values="a 1, b 2")
    assert published[0]["caption"] == {
        "en": "Look at the levels of 2007.",
        "nl": "Kijk naar de niveaus van 2007.",
    }
    assert published[0]["alt"] == {"en": "Two bars, one for each level: a 1, b 2."}


def test_a_dutch_text_is_filled_with_dutch_or_its_english_words_are_named(folder, published):
    alt = '"Two bars, one for each level: {values}."'
    changed(folder, f"alt = {alt}", f'alt = [{alt}, "Twee staven, een voor elk niveau: {{values}}."]')
    chapter, frame = Chapter("trial", root=folder, many=443), pd.DataFrame({"x": [1]})
    chapter.figure("levels", plt.figure(), frame, year=2007, values="supported 37 (36.5 to 38)")
    assert published[0]["alt"]["nl"] == "Twee staven, een voor elk niveau: ondersteund 37 (36,5 tot 38)."
    with pytest.raises(WordsError, match=r"trial.toml, levels: no Dutch for \{values\}: 'unheard 1'"):
        chapter.figure("levels", plt.figure(), frame, year=2007, values="unheard 1")


def test_the_verdicts_are_words_that_every_chapter_may_use(folder, published):
    changed(
        folder,
        "[numbers.clear]",
        '[numbers.held]\nunit = "word"\nen = "is it"\nnl = "is het"\nwords = "verdicts"\n[numbers.clear]',
    )
    Chapter("trial", root=folder, many=443).tell("held", "inconclusive")
    assert published[0]["value"] == {"en": "inconclusive", "nl": "onbeslist"}


def test_each_number_of_a_table_says_which_it_is_by_the_words_for_its_label(folder, published):
    changed(folder, 'en = "the level"\nnl = "het niveau"', 'en = "level of {row}"\nnl = "niveau van {row}"')
    parts = {"1": ("vision", "visie"), "2": ("staff", "medewerkers"), "3": ("chain", "keten")}
    levels = pd.DataFrame({"value": [50.0, 60.0]}, index=["2", "1"])
    Chapter("trial", root=folder, many=443).tell("level", levels, row=parts)
    changed(folder, "[numbers.level]", '[numbers.level]\nnamed.row = "moved"')
    Chapter("trial", root=folder, many=443).tell("level", levels.set_axis(["down", "up"]))
    assert [(record["id"], *record["definition"].values()) for record in published] == [
        ("trial.level.2", "level of staff", "niveau van medewerkers"),
        ("trial.level.1", "level of vision", "niveau van visie"),
        ("trial.level.down", "level of fell", "niveau van daalde"),
        ("trial.level.up", "level of rose", "niveau van steeg"),
    ]
    with pytest.raises(WordsError, match=r"named.row has no words for '1', but for up, down\."):
        Chapter("trial", root=folder, many=443).tell("level", levels.set_axis(["up", "1"]))
    assert len(published) == 4


def test_a_code_in_an_id_is_named_in_what_the_number_is_and_in_its_words(folder, published):
    named = 'named.what.a = ["the east", "het oosten"]\nnamed.what.b = ["the west", "het westen"]'
    changed(folder, 'nl = "verschil van {what}"', f'nl = "verschil van {{what}}"\n{named}')
    changed(folder, '"gap.{part}"', '"gap.{what}"')
    Chapter("trial", root=folder, many=443).tell("gap.{what}", 1, what="b")
    assert published[0]["id"] == "trial.gap.b"
    assert published[0]["definition"] == {"en": "gap of the west", "nl": "verschil van het westen"}


def test_words_of_more_than_one_chapter_are_at_hand_in_each_and_its_own_come_before_them(folder):
    assert Chapter("trial", root=folder).pairs("roles")["staff"] == ("staff", "medewerkers")
    changed(
        folder, "[words.moved]", '[words.roles]\nstaff = ["its staff", "haar medewerkers"]\n[words.moved]'
    )
    assert Chapter("trial", root=folder).pairs("roles") == {"staff": ("its staff", "haar medewerkers")}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            lambda chapter: chapter.tell("gap.{part}", 1, part="1", what="the east"),
            r"no Dutch for \{what\}, which is 'the east'\. Add named\.what, or give a pair\.",
        ),
        (lambda chapter: chapter.tell("level", 1, decimal=2), r"level: nothing takes decimal, which"),
        (lambda chapter: chapter.table("levels", pd.DataFrame(), period="2005", year=1), r"takes period"),
        (lambda chapter: chapter.tell("level", 1, population="al"), r"\[populations\] does not hold 'al'"),
        (lambda chapter: chapter.tell("lvel", 1), r'notebooks/trial.toml has no \[numbers."lvel"\]'),
        (lambda chapter: chapter.table("level", pd.DataFrame()), r'no \[tables."level"\]'),
        (
            lambda chapter: chapter.tell("gap.{part}", 1, part="1"),
            r"gap.\{part\}: \{what\} stands in the words",
        ),
        (
            lambda chapter: chapter.tell("gap.{part}", 1, part=("a", "b"), what="x"),
            r"a pair of words, which no id",
        ),
        (
            lambda chapter: chapter.tell("verb", "sideways"),
            r"no word 'sideways' among its words \(up, down\)",
        ),
    ],
)
def test_an_id_a_field_or_a_word_that_the_file_lacks_is_named_and_nothing_published(
    chapter, published, wrong, message
):
    with pytest.raises(WordsError, match=message):
        wrong(chapter)
    assert published == []


def test_all_that_is_wrong_with_the_words_is_told_at_once(folder):
    changed(folder, 'nl = "het niveau"\n', "")
    changed(folder, 'down = ["fell", "daalde"]', 'down = ["fell"]')
    changed(folder, 'population = "some"', 'population = "none"')
    changed(folder, 'words = "moved"', 'words = "went"\nunits = "word"\nnamed.a = "b"\nnamed.c.d = ["e"]')
    changed(folder, 'alt = "Two bars, one for each level: {values}."', "")
    changed(folder, 'words.none = ["No part rose"', 'silent = ["nobody"]\nwords.none = ["No part rose"')
    with pytest.raises(WordsError) as error:
        Chapter("trial", root=folder)
    lines = str(error.value).splitlines()
    assert all(line.startswith("notebooks/trial.toml, ") for line in lines)
    for told in (
        '[numbers."level"]: nl is missing',
        "[words.moved] down: expected a pair of texts, English and Dutch, and found ['fell']",
        "population is 'none'",
        "words is 'went'",
        "named.a is 'b', which [words] does not hold",
        "named.c.d: expected a pair of texts, English and Dutch, and found ['e']",
        "units is not known",
        "silent is 'nobody', which is none of its words",
        '[figures."levels"]: alt is missing',
    ):
        assert any(told in line for line in lines), told


def test_what_serves_researchers_says_so_in_its_record_and_nothing_else_does(folder, published):
    changed(folder, "[figures.levels]", "[figures.levels]\nresearchers = true")
    chapter = Chapter("trial", root=folder, many=443)
    chapter.figure("levels", plt.figure(), pd.DataFrame({"x": [1]}), year=2007, values="a 1, b 2")
    frame = pd.DataFrame({"name": ["a"], "score": [1.0], "count": [2]})
    chapter.table("levels", frame, {}, year=2007)
    chapter.table("levels", frame, {}, year=2007, researchers=True)
    drawn, table, told = published
    assert drawn["researchers"] is told["researchers"] is True and "researchers" not in table


def test_the_sections_that_a_page_folds_are_told_by_reason(folder):
    assert folded(folder, "trial") == {} == folded(folder, "missing")
    changed(folder, "[defaults]", '[reading]\nresearchers = ["Data"]\n\n[defaults]')
    assert folded(folder, "trial") == {"researchers": ["Data"]}
    changed(folder, 'researchers = ["Data"]', 'researchers = "Data"\nfolded = ["Data"]')
    with pytest.raises(WordsError) as error:
        folded(folder, "trial")
    assert str(error.value).splitlines() == [
        "notebooks/trial.toml, [reading] researchers: expected a list of headings, and found 'Data'",
        "notebooks/trial.toml, [reading]: folded is not known; expected researchers or more",
    ]


def test_words_that_are_no_toml_or_do_not_exist_are_named(folder):
    changed(folder, "[defaults]", "[defaults")
    with pytest.raises(WordsError, match=r"notebooks/trial.toml: .*line 2"):
        Chapter("trial", root=folder)
    with pytest.raises(WordsError, match=r"notebooks/other.toml does not exist"):
        Chapter("other", root=folder)


def test_an_entry_that_is_never_published_is_named(folder):
    ids = {f"trial.{name}" for name in ("level", "gap.3a", "gap.3b", "verb", "risen", "levels", "agreed")}
    assert unpublished(folder, "trial", ids) == [
        'notebooks/trial.toml: [numbers."clear"] is never published. Remove it, or publish it.'
    ]
    assert unpublished(folder, "without-words", set()) == []


def test_every_entry_of_the_book_is_published():
    root, found = book_root(), Register()
    import nbformat

    for path in notebook_paths(root):
        found.read(path.with_suffix("").as_posix(), nbformat.read(root / path, as_version=4))
    for path in notebook_paths(root):
        page = path.with_suffix("").as_posix()
        ids = {id for id, record in found.records.items() if record["page"] == page}
        assert (root / words_file(path.stem)).is_file()
        assert unpublished(root, path.stem, ids) == []
