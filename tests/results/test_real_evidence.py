"""The real evidence on each part of a dimension comes from tables; where there is none, that is said."""

import json
import tomllib

import pandas as pd
import pytest

from doorgroeien import load
from doorgroeien.results import real_evidence as module
from doorgroeien.results import register
from doorgroeien.results.real_evidence import ASIDE, real_evidence, subjects
from doorgroeien.results.register import MIME

DIMENSIONS = ("1", "2", "3", "4")


@pytest.fixture
def published(monkeypatch):
    """Return what publishes the real evidence on a dimension, of other tables if given, by id."""

    def publish(dimension, **tables):
        found = {}
        records = lambda bundle: {item["id"]: item for item in bundle[MIME]["records"]}  # noqa: E731
        monkeypatch.setattr(register, "display", lambda bundle, raw: found.update(records(bundle)))
        monkeypatch.setattr(module, "load", lambda name: tables.get(name, load(name)))
        real_evidence("trial", dimension)
        return found

    return publish


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_a_dimension_and_each_part_have_words_on_documents_and_on_figures(published, dimension):
    codes = load("dimensions")["code"]
    expected = {
        f"trial.{kind}.{code}" for kind in ("documents", "figures") for code in codes if code[0] == dimension
    }
    assert {id for id, record in published(dimension).items() if record["kind"] == "number"} == expected


def test_documents_are_counted_as_lower_bounds_of_all_documents(published):
    documents = load("documents")
    seen = int((documents["d2_control"] == 1).sum())
    judged, of = int(documents["d2_control"].notna().sum()), len(documents)
    record = published("2")["trial.documents.2c"]
    rest = of - judged
    assert record["value"] == {
        "en": f"Control (2c): at least {seen} (of {of} read, {rest} of which could not be judged on this)",
        "nl": f"Controle (2c): ten minste {seen} "
        f"(van {of} gelezen, waarvan {rest} hierop niet te beoordelen waren)",
    }
    assert record["period"] == "2001/2016"
    assert record["evidence"] == "municipal documents"


def test_a_part_for_which_no_document_was_read_and_one_that_none_shows_are_told_apart(published):
    documents = load("documents").assign(d4_internal=pd.NA)
    assert published("1")["trial.documents.1c"]["value"]["en"] == "None: the texts were not read for this"
    said = published("4", documents=documents)["trial.documents.4a"]["value"]
    assert said["en"] == "Not seen; no text could be judged on this"
    judged, of = int(load("documents")["d4_internal"].notna().sum()), len(documents)
    said = published("4")["trial.documents.4a"]["value"]
    assert said["en"] == f"Not seen; only {judged} of the {of} texts could be judged on this"
    assert said["nl"] == f"Niet gezien; slechts {judged} van de {of} teksten waren hierop te beoordelen"


@pytest.mark.parametrize(
    ("rows", "english", "dutch"),
    [
        ([], "None found", "Geen gevonden"),
        ([("a", "2007-H1")], "One figure, from 2007", "Eén cijfer, uit 2007"),
        ([("a", "2007"), ("b", "2007")], "Two figures, from 2007", "Twee cijfers, uit 2007"),
        (
            [("a", "2005"), ("b", "2007/2010")],
            "Two figures, from 2005 to 2010",
            "Twee cijfers, van 2005 tot en met 2010",
        ),
        (
            [("a", "2005")] * 3,
            "Three figures on one subject, from 2005",
            "Drie cijfers over één onderwerp, uit 2005",
        ),
        (
            [("a", "2005"), ("a", "2006"), ("b", "2006")],
            "Three figures on two subjects, from 2005 to 2006",
            "Drie cijfers over twee onderwerpen, van 2005 tot en met 2006",
        ),
    ],
)
def test_figures_are_counted_in_whole_clauses(published, rows, english, dutch):
    figures = load("figures")
    kept = figures[figures["dimension"] == "2d"].head(len(rows))
    kept = kept.assign(indicator=[name for name, _ in rows], period=[period for _, period in rows])
    kept["bearing"] = "measure"
    others = figures[figures["dimension"] == "2c"]
    record = published("2", figures=pd.concat([kept, others]))["trial.figures.2d"]
    assert record["value"] == {"en": english, "nl": dutch}
    assert record["sources"] and record["evidence"] == "published figures"


@pytest.mark.parametrize(
    ("bearings", "english", "dutch"),
    [
        (
            ["money"],
            "None found measures this; one touches on it (a sum of money), from 2005",
            "Geen gevonden cijfer meet dit; één gaat over een verwant onderwerp: een geldbedrag, uit 2005",
        ),
        (
            ["rule", "money", "money"],
            "None found measures this; three touch on it (sums of money and a rule), from 2005",
            "Geen gevonden cijfer meet dit; "
            "drie gaan over een verwant onderwerp: geldbedragen en een regel, uit 2005",
        ),
        (
            ["measure", "rule"],
            "One figure, from 2005; one more touches on it (a rule)",
            "Eén cijfer, uit 2005; nog één gaat over een verwant onderwerp: een regel",
        ),
        (
            ["measure", "measure", "rule", "rule"],
            "Two figures on one subject, from 2005; two more touch on it (rules)",
            "Twee cijfers over één onderwerp, uit 2005; nog twee gaan over een verwant onderwerp: regels",
        ),
        (["sample", "ceiling"], "None found measures this", "Geen gevonden cijfer meet dit"),
        (
            ["sample", "measure", "ceiling"],
            "One figure, from 2005",
            "Eén cijfer, uit 2005",
        ),
        (
            ["ceiling", "money"],
            "None found measures this; one touches on it (a sum of money), from 2005",
            "Geen gevonden cijfer meet dit; één gaat over een verwant onderwerp: een geldbedrag, uit 2005",
        ),
    ],
)
def test_figures_that_only_touch_on_a_part_are_not_counted_as_figures_on_it(
    published, bearings, english, dutch
):
    figures = load("figures")
    kept = figures[figures["dimension"] == "2d"].head(len(bearings))
    kept = kept.assign(indicator="a", period="2005", bearing=bearings)
    record = published("2", figures=pd.concat([kept, figures[figures["dimension"] == "2c"]]))
    assert record["trial.figures.2d"]["value"] == {"en": english, "nl": dutch}


def test_every_figure_on_a_dimension_says_how_it_bears_on_it_and_each_way_has_words(root):
    figures = load("figures")
    assert (figures["bearing"].isna() == (figures["dimension"] == "context")).all()
    words = tomllib.loads((root / "notebooks" / "real-evidence.toml").read_text("utf-8"))["words"]
    resources = json.loads((root / "data" / "datapackage.json").read_text("utf-8"))["resources"]
    fields = next(resource for resource in resources if resource["name"] == "figures")["schema"]["fields"]
    ways = next(field for field in fields if field["name"] == "bearing")["constraints"]["enum"]
    assert {*words["one"], "measure", *ASIDE} == {*words["several"], "measure", *ASIDE} == {*ways}


def test_a_total_stands_for_its_categories_and_the_latest_for_earlier_ones():
    figures = load("figures")
    found = subjects(figures[figures["id"].str.startswith("fraud.cases.")])
    assert found["number"].to_list() == [figures["id"].str.startswith("fraud.cases.").sum()]
    assert found[["id", "category", "years"]].to_numpy().tolist() == [
        ["fraud.cases.2008", "total", "2002–2008"]
    ]


def test_places_without_a_total_keep_a_row_each():
    figures = load("figures")
    found = subjects(figures[figures["dimension"] == "3"])
    assert sorted(found["category"]) == sorted(figures.loc[figures["dimension"] == "3", "category"].unique())
    assert found["number"].sum() == (figures["dimension"] == "3").sum()


def test_every_code_of_documents_bears_on_the_dimension_that_its_name_begins_with():
    topics = load("topics")
    assert (topics["topic"].str[1] == topics["dimension"].str[0]).all()
