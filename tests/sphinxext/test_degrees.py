"""What rests on few degrees of freedom says so wherever a reader meets it."""

import pytest

from doorgroeien.publishing.monitor import monitor_table
from doorgroeien.results.formats import LANGUAGES
from doorgroeien.sphinxext.around.results_pages import _rows
from doorgroeien.sphinxext.content.numbers import card_html
from doorgroeien.sphinxext.content.published import _provenance

SAID = {"en": "Degrees of freedom", "nl": "Vrijheidsgraden"}
WIDTH = {"en": "16, so few that the width", "nl": "16, zo weinig dat ook de breedte"}
BOTH = {"en": "all municipalities", "nl": "alle gemeenten"}
NUMBER = {
    **{"kind": "number", "id": "a.share", "value": 51.0, "unit": "percent", "decimals": None, "low": 40.0},
    **{"high": 62.0, "interval": "confidence", "se": 5.0, "n": 20, "period": "2007", "definition": BOTH},
    **{"population": BOTH, "evidence": "survey answers", "sources": [], "edition": BOTH},
    **{"page": "notebooks/a", "cell": 1},
}
TABLE = {name: NUMBER[name] for name in ("id", "population", "evidence", "sources", "edition")}
TABLE |= {"kind": "table", "caption": BOTH, "columns": [], "data": {"columns": ["df"], "rows": [[16]]}}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_card_of_a_number_states_them_only_where_they_are_few(lang):
    assert SAID[lang] not in card_html(NUMBER, lang, None, ("#", "#"))
    card = card_html(NUMBER | {"df": 16}, lang, None, ("#", "#"))
    assert SAID[lang] in card and WIDTH[lang] in card


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_of_a_number_states_them_in_each_language(lang):
    assert SAID[lang] not in dict(_rows(NUMBER, lang))
    assert dict(_rows(NUMBER | {"df": 16}, lang))[SAID[lang]].startswith(WIDTH[lang])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_note_below_a_table_states_the_fewest(lang):
    from docutils import nodes

    def note(record):
        return _provenance(record, lambda text: [nodes.Text(text)], None, "notebooks/a", lang, "").astext()

    few = {
        "en": "Few degrees of freedom (the smallest number is 16)",
        "nl": "Weinig vrijheidsgraden (het kleinste aantal is 16)",
    }[lang]
    assert few not in note(TABLE)
    assert few in note(TABLE | {"df": 16})


def test_the_file_of_all_numbers_has_them_where_they_are_few():
    table = monitor_table([NUMBER | {"df": 16}, NUMBER])
    assert table["df"].iloc[0] == 16 and table["df"].isna().iloc[1]
