"""The data behind a figure, as its page shows them."""

from bs4 import BeautifulSoup
from conftest import ROOT

from doorgroeien.estimation.estimable import REASONS
from doorgroeien.sphinxext.content.figure_data import data_table


def shown(columns, rows, lang, id="cooperation.parts", **more):
    """Return the heads and the cells of the table on a page."""
    html = data_table({"id": id, "data": {"columns": columns, "rows": rows}, **more}, lang, ROOT)
    table = BeautifulSoup(html, "html.parser")
    return table.select("th"), [row.select("td") for row in table.select("tbody tr")]


def texts(cells):
    return [cell.get_text() for cell in cells]


def test_an_english_page_has_the_names_and_codes_of_the_file():
    columns, row = ["size_class", "estimate", "label_en", "label_nl"], ["<20k", 50.5, "letter", "brief"]
    heads, (cells,) = shown(columns, [row], "en")
    assert texts(heads) == columns and texts(cells) == ["<20k", "50.5", "letter", "brief"]
    assert [cell.get("lang") for cell in cells] == [None, None, None, "nl"]


def test_a_column_of_whole_numbers_has_no_decimals_and_a_missing_cell_is_empty():
    _, rows = shown(["n", "share"], [[309.0, 50.5], [None, -1.0]], "en")
    assert [texts(cells) for cells in rows] == [["309", "50.5"], ["", "\N{MINUS SIGN}1.0"]]


def test_a_dutch_page_has_words_for_names_and_codes_and_a_comma_before_decimals():
    columns = ["size_class", "role", "variable", "estimate", "label_en", "label_nl", "municipality"]
    row = ["<20k", "alderman", "4a", 50.5, "letter", "brief", "Best"]
    heads, (cells,) = shown(columns, [row], "nl")
    assert texts(heads) == ["inwoners", "rol", "onderdeel of vraag", "schatting", "gebeurtenis", "gemeente"]
    # The code of a part is that of no comparison in the chapter; of two languages the Dutch one is shown.
    assert texts(cells) == ["minder dan 20.000 inwoners", "wethouder", "intern", "50,5", "brief", "Best"]
    assert not [cell for cell in heads + cells if cell.has_attr("lang")]


def test_a_page_shows_digits_that_tell_something():
    columns = ["estimate", "r", "tiny", "p_holm", "wave"]
    data = [[54.58849129, 0.556731, 0.00042, 9.806195642e-13, 2005.0], [-3.0, -0.1, 0.0001, 0.1904, 2007.0]]
    english, dutch = (
        [texts(cells) for cells in shown(columns, data, lang, id="dimensions.picture")[1]]
        for lang in ("en", "nl")
    )
    assert english[0] == ["54.6", "0.56", "0.0004", "<\N{NBSP}0.001", "2005"]
    assert english[1] == ["\N{MINUS SIGN}3.0", "\N{MINUS SIGN}0.10", "0.0001", "0.190", "2007"]
    assert dutch[0] == ["54,6", "0,56", "0,0004", "<\N{NBSP}0,001", "2005"]


def test_dimensions_and_parts_have_their_names_and_findings_their_numbers():
    for lang, names in (("en", ["policy cycle", "organisation"]), ("nl", ["beleidscyclus", "organisatie"])):
        _, rows = shown(["variable", "finding"], [["1", "1"], ["1b", "2"]], lang, id="dimensions.picture")
        assert [texts(cells) for cells in rows] == [[names[0], "1"], [names[1], "2"]]


def test_questions_parts_works_and_classes_have_their_dutch_names():
    columns = ["item", "variable", "source", "place"]
    row = ["d1a_place_alderman_answer", "1a", "Brukman2010", ">=250,000"]
    _, (cells,) = shown(columns, [row], "nl", id="document-history.setting")
    assert texts(cells)[:2] == ["plaats: wethouder", "visie en beleid"]
    assert "(2010)" in texts(cells)[2] and texts(cells)[3] == "250.000 inwoners of meer"


def test_a_dimension_has_its_name_where_something_is_measured_and_a_finding_keeps_its_number():
    columns, rows = ["variable", "finding"], [["1", "1"], ["1a", "2"]]
    for lang, cells in {
        "en": [["policy cycle", "1"], ["vision and policy", "2"]],
        "nl": [["beleidscyclus", "1"], ["visie en beleid", "2"]],
    }.items():
        _, found = shown(columns, rows, lang, id="policy-cycle.size")
        assert [texts(row) for row in found] == cells


def test_what_answers_do_not_carry_says_so_in_dutch():
    heads, (cells,) = shown(["not_estimable"], [[REASONS["absent"][0]]], "nl", id="findings.1.figure")
    assert texts(heads) == ["niet te schatten"] and texts(cells) == [REASONS["absent"][1]]


def test_what_has_no_dutch_is_marked_as_english():
    heads, (cells,) = shown(["zebra_count", "n"], [["three zebras", 3]], "nl")
    assert [head.get("lang") for head in heads] == ["en", None] and heads[0].get_text() == "zebra_count"
    assert [cell.get("lang") for cell in cells] == ["en", None] and cells[0].get_text() == "three zebras"


def test_a_figure_in_dutch_alone_is_shown_as_its_file_is():
    heads, (cells,) = shown(["bevinding"], [["een"]], "nl", language="nl")
    assert texts(heads) == ["bevinding"] and texts(cells) == ["een"]


def test_a_chapter_without_words_of_its_own_has_those_that_all_have():
    heads, (cells,) = shown(["estimate"], [["all"]], "nl", id="no-chapter.x")
    assert texts(heads) == ["schatting"] and texts(cells) == ["alle"]


def test_a_column_of_which_no_row_has_a_value_is_left_out_in_both_languages():
    columns, rows = ["wave", "estimate", "estimate_change"], [[2005.0, 1.5, None], [2007.0, None, None]]
    for lang in ("en", "nl"):
        heads, (first, _) = shown(columns, rows, lang, id="dimensions.picture")
        assert len(heads) == len(first) == 2
