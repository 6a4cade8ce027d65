"""What is known of a municipality: every name leads somewhere, and nothing is said that no source says."""

import re

import pytest
from conftest import ROOT
from docutils import nodes

from doorgroeien.data.tables import load_all
from doorgroeien.publishing.words import section
from doorgroeien.sphinxext.content import municipalities
from doorgroeien.sphinxext.content.municipalities import TABLES


@pytest.fixture(scope="module")
def tables():
    return load_all(ROOT)


@pytest.fixture(scope="module")
def rows(tables):
    """Return the rows by the name that heads them, in order, each as the texts of its cells."""

    def link(key, words=None):
        return nodes.Text(words or key)

    cells = municipalities._Rows({name: tables[name] for name in TABLES}, link).all()
    texts = [[[_text(inline) for inline in cell] for cell in row] for row in cells]
    return [(row[0][0], row) for row in texts]


def _text(inline):
    return "".join(node.astext() for node in inline)


def row_of(rows, name):
    (found,) = [row for head, row in rows if head == name]
    return found


def test_there_is_a_row_for_every_municipality_of_2007_and_every_one_abolished_since(tables, rows):
    heads = [head for head, _ in rows]
    assert len(heads) == len(set(heads)) == 443 + 73 + 6
    now = tables["municipalities_2007"]["municipality"].str.replace("'", "\u2019")
    assert set(now) <= {head.split(" (Den ")[0] for head in heads}
    gone = tables["mergers"]
    gone = gone["former_municipality"].str.replace("'", "\u2019") + " (tot " + gone["year"].astype(str) + ")"
    assert set(gone) <= set(heads)


def test_names_stand_in_the_order_of_the_alphabet_without_accents_and_apostrophes(rows):
    heads = [head for head, _ in rows]
    at = heads.index("\u2019s-Gravenhage (Den Haag)")
    assert heads[at - 1 : at + 2] == [
        "\u2019s-Gravendeel (tot 2007)",
        heads[at],
        "\u2019s-Gravenzande (tot 2004)",
    ]
    assert heads.index("Rijswijk") < at < heads.index("Slochteren")
    assert heads[0] == "Aa en Hunze" and heads[-1] == "Zwolle"
    assert heads.index("Stichtse Vecht") < heads.index("Súdwest-Fryslân") < heads.index("Swalmen (tot 2007)")


def test_an_abolished_municipality_leads_to_its_successor_which_says_what_it_came_from(rows):
    assert row_of(rows, "Borculo (tot 2005)")[2:] == [
        ["Opgeheven op 1 januari 2005 (wet)."],
        ["Zie Berkelland."],
    ]
    assert row_of(rows, "Berkelland")[2] == [
        "Ontstaan op 1 januari 2005 uit Borculo, Eibergen, Neede en Ruurlo (wet)."
    ]
    assert row_of(rows, "Aalten (tot 2005)")[3] == ["Zie Aalten."]
    assert row_of(rows, "Neder-Betuwe")[2] == ["In 2003 nog Kesteren geheten."]
    assert row_of(rows, "Appingedam")[2] == ["Geen herindeling van 2003 tot en met 1 januari 2007."]


def test_where_nothing_was_found_that_is_all_it_says(tables, rows):
    named = [tables[name]["cbs_code"] for name in ("documents", "investigation_grants")]
    known = set().union(*named, tables["figures_of_municipalities"]["cbs_code"])
    now = tables["municipalities_2007"]
    silent = now[~now["cbs_code"].isin(known)]["municipality"].str.replace("'", "\u2019")
    assert {head for head, row in rows if row[3] == ["Niets gevonden."]} == set(silent)
    assert 200 < len(silent) < 443 - 127


def test_a_document_stands_with_its_type_its_year_and_what_its_text_says(tables, rows):
    found = row_of(rows, "Bunschoten")[3]
    assert found[-1:] == [
        "Tekst: Beleidsregels terugvordering op grond van de Wet werk en bijstand en de Wet investeren in "
        "jongeren gemeente Bunschoten 2010 (beleidsregels, 2010). In de leesbare tekst: sancties of "
        "terugvordering."
    ]
    told = "\n".join(text for _, row in rows for text in row[3])
    documents = tables["documents"]
    assert told.count("Tekst: ") == documents["municipality"].notna().sum()
    placed = documents[documents["municipality"].notna()]
    for code, phrase in tables["topics"].set_index("topic")["phrase_nl"].items():
        words = re.sub(r" \(\d[a-d]\)", "", phrase)
        said = re.findall(rf"(?:: |; ){re.escape(words)}(?=[;.])", told)
        assert len(said) == (placed[code] == 1).sum(), code


def test_codes_types_and_classes_of_the_tables_all_have_words(tables):
    documents = tables["documents"]
    assert set(documents["doc_type"]) <= set(section("document-type"))
    assert set(tables["municipalities_2007"]["size_class"]) == set(section("size-class"))


def test_grants_and_figures_stand_with_their_source(rows):
    found = row_of(rows, "Almere")[3]
    assert (
        "Rijksbijdrage: €\u00a0100.000 per jaar voor opsporing en controle in de bijstand, 2007-2010 "
        "(ministeriële regeling, artikel 25)." in found
    )
    assert (
        "Samen: Gemeenten in de gezamenlijke sociale recherche van Flevoland, 2007: 4; het gaat om Almere, "
        "Lelystad, Noordoostpolder en Urk (BlikOpNieuws2008)." in found
    )
    assert (
        "Cijfer: Aanvragen die met een huisbezoek zijn gecontroleerd, vierde kwartaal van 2007: 20% "
        "(van: aanvragen in Almere; BlikOpNieuws2008)." in found
    )
    assert any("Cijfer: Utrecht, Ondiep: " in said for said in row_of(rows, "Utrecht")[3])
    assert "16,5%" in "".join(row_of(rows, "Amsterdam")[3]) and "ongeveer" in "".join(
        row_of(rows, "Amsterdam")[3]
    )


def test_later_municipalities_and_joint_bodies_of_documents_have_a_row_too(rows):
    assert row_of(rows, "Stichtse Vecht")[2] == ["Gemeente van na 2007."]
    assert row_of(rows, "ISD Kop van Noord-Holland")[2] == ["Samenwerkingsverband."]


def test_the_estimate_of_inhabitants_is_printed_of_no_place(tables, rows):
    for row in tables["municipalities_2007"].itertuples():
        written = f"{row.inhabitants_estimate:,}".replace(",", ".")
        (cells,) = [
            cells
            for head, cells in rows
            if head.split(" (Den ")[0] == row.municipality.replace("'", "\u2019")
        ]
        said = section("size-class")[row.size_class]["nl"]
        assert cells[1] == [row.province, f"{said} (geschat)"]
        if written not in said:
            assert not any(written in text for cell in cells for text in cell), row.municipality


def test_only_tables_of_real_evidence_are_read():
    assert not set(TABLES) & {
        "answers",
        "respondents",
        "municipalities",
        "groups",
        "truth",
        "edition",
        "waves",
    }
