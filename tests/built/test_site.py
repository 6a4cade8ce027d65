"""The built site: every page, every number with its card, every download, and nobody else's host."""

import json
import re
from datetime import date

import pandas as pd
import pytest
import yaml
from bs4 import BeautifulSoup
from frictionless import Package
from jsonschema import Draft202012Validator
from openpyxl import load_workbook

from doorgroeien.data.tables import load
from doorgroeien.publishing.citation import write_date
from doorgroeien.publishing.gate import WITHHELD
from doorgroeien.sphinxext.finish.sitecheck import broken_links
from doorgroeien.synthetic import population


def test_every_page_of_the_design_is_there_with_a_title(pages):
    assert set(pages) >= {
        *(f"book/{name}" for name in ("index", "samenvatting", "background", "operationalisation")),
        *(f"book/{name}" for name in ("reproduce", "how-to-cite", "glossary", "references", "changelog")),
        "notebooks/documents",
        "notebooks/triangulation",
    }
    for name, page in pages.items():
        assert len(page.find("h1").get_text(strip=True)) > 4, name


def test_no_link_is_broken_and_no_page_asks_another_host(site):
    assert broken_links(site) == []


def id_of(link):
    """Return the id of the number whose own page a link leads to."""
    return link["href"].rsplit("/", 1)[1].partition("#")[0].removesuffix(".html")


def test_every_number_has_a_card_and_leads_to_its_own_page_and_to_its_cell(site, pages, results):
    cells = {record["id"]: record["page"] for record in results["numbers"]}
    places = {name: {tag["id"]: tag for tag in page.find_all(id=True)} for name, page in pages.items()}
    seen = 0
    for name, page in pages.items():
        for number in page.select("span.num"):
            link, card = number.select_one("a.num-value"), number.select_one("span.num-card")
            assert link.get_text(strip=True) not in ("", "??"), name
            assert link["aria-describedby"] == card["id"] and card["role"] == "tooltip"
            target = id_of(link)
            assert target in cells
            own, cell = card.select("a.num-link")  # what it is and how to cite it comes first
            assert (
                own["href"] == link["href"]
                and (site / name).parent.joinpath(own["href"].partition("#")[0]).resolve().is_file()
            )
            assert cell["href"].rsplit("#", 1)[1] == target and own["tabindex"] == cell["tabindex"] == "-1"
            anchor = places[cells[target]].get(target)
            assert anchor is not None and anchor.find_parent("div", class_="cell_output") is not None
            dutch = number.find_parent(lang=True)["lang"] == "nl"
            assert (
                link["href"].endswith("#nl") == dutch == (own.get_text() == "Wat het is en hoe u het citeert")
            )
            words = card.get_text(" ")
            assert re.search(r"Population:|Populatie:", words)
            assert re.search(r"Evidence:|Soort bewijs:", words)
            assert re.search(r"Source:|Bron:|Edition:|Editie:", words)
            seen += 1
    assert seen > 100


def test_every_published_number_that_has_something_to_tell_is_used(pages, results):
    used = {id_of(link) for page in pages.values() for link in page.select("a.num-value")}
    assert used == {record["id"] for record in results["numbers"] if not record.get("silent")}


def test_the_dutch_summary_is_dutch_and_writes_numbers_so(pages, results):
    page = pages["book/samenvatting"]
    assert page.html["lang"] == "nl"
    texts = {id_of(link): link.get_text() for link in page.select("a.num-value")}
    cases = {record["id"]: record for record in results["numbers"]}
    assert "triangulation.cases.2007" in texts
    value = cases["triangulation.cases.2007"]["value"]
    assert texts["triangulation.cases.2007"] == f"{value:,.0f}".replace(",", ".")
    assert pages["book/index"].html["lang"] == "en"


def test_numbers_of_dutch_pages_are_written_in_dutch(pages):
    for name in ("triangulation", "documents", "data-quality"):
        page = pages[f"book/nl/{name}"]
        assert page.html["lang"] == "nl" and page.select("article span.num"), name
        assert "Populatie:" in page.select_one("article span.num-card").get_text(" ")


@pytest.mark.parametrize("name", ["notebooks/triangulation", "notebooks/documents", "notebooks/data-quality"])
def test_a_chapter_has_at_least_three_figures_each_with_words_data_and_evidence(site, pages, name):
    figures = pages[name].select("figure.published-figure")
    assert len(figures) >= 3
    for figure in figures:
        image, caption = figure.img, figure.figcaption.get_text(" ", strip=True)
        assert image["src"].endswith(".svg")
        assert len(image["alt"].split()) >= 8 and image["alt"] not in caption
        below = figure.find_next_sibling("div", class_="published-below")
        assert below.select_one(".evidence").get_text(strip=True)
        download = below.select_one("a[download]")["href"]
        rows = pd.read_csv((site / name).parent / download)
        assert len(rows) == len(below.select("details table tbody tr")) > 0


def test_every_table_has_a_caption_header_cells_and_row_heads(pages, results):
    published = {record["id"] for record in results["tables"]}
    tables = [table for page in pages.values() for table in page.select("table[id]")]
    tables = [table for table in tables if table["id"] in published]
    assert {table["id"] for table in tables} == published
    for table in tables:
        assert table.caption.get_text(strip=True)
        assert all(cell.name == "th" for cell in table.thead.tr.find_all(["td", "th"]))
        assert all(row.find(["td", "th"]).name == "th" for row in table.tbody.find_all("tr"))


def test_all_documents_stand_in_a_searchable_table_with_links(root, pages):
    table = pages["notebooks/documents"].select_one("table.searchable")
    rows = table.tbody.find_all("tr")
    assert len(rows) == len(load("documents", root))
    assert all(row.select_one("a[href^=http]") for row in rows)


def test_code_is_folded_and_all_there(root, pages):
    notebook = json.loads((root / "notebooks" / "triangulation.ipynb").read_text(encoding="utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    folds = pages["notebooks/triangulation"].select("details.above-input")
    assert len(folds) == len(cells)
    assert not any(fold.has_attr("open") for fold in folds)


def test_the_results_table_agrees_in_all_its_forms(site, results):
    table = pd.read_csv(site / "results" / "results.csv")
    sheet = load_workbook(site / "results" / "results.xlsx")["results"]
    numbers = {record["id"]: record for record in results["numbers"]}
    assert list(table["id"]) == list(numbers) == [row[0].value for row in sheet.iter_rows(min_row=2)]
    for row in table.itertuples():
        record = numbers[row.id]
        if record["unit"] == "word":
            assert pd.isna(row.value) and row.text_nl == record["value"]["nl"]
        else:
            assert row.value == record["value"]
    assert table["text_en"].notna().all() and table["text_nl"].notna().all()


def test_the_results_fit_the_schema_that_they_name(site, results):
    schema = json.loads((site / "results" / results["$schema"]).read_text(encoding="utf-8"))
    assert [error.message for error in Draft202012Validator(schema).iter_errors(results)] == []


def test_every_figure_is_drawn_for_a_phone_with_letters_of_eleven_pixels_and_no_box_beside_it(site, pages):
    seen = 0
    for name, page in pages.items():
        for picture in page.select("figure.published-figure[id] picture"):
            source, image = picture.source, picture.img
            assert source["media"].startswith("screen and (max-width:") and image["src"] != source["srcset"]
            assert source["srcset"].endswith(".nl.svg") == image["src"].endswith(".nl.svg"), name
            text = (site / name).parent.joinpath(source["srcset"]).resolve().read_text(encoding="utf-8")
            width, height = (
                float(size) * 4 / 3 for size in re.findall(r'(?:width|height)="([\d.]+)pt"', text)
            )
            assert 345 < width < 355, source["srcset"]
            assert abs(int(source["width"]) - width) < 1 and abs(int(source["height"]) - height) < 1
            letters = [float(size) for size in re.findall(r"scale\((0\.\d+) -", text)]
            assert letters and min(letters) * 100 * 4 / 3 >= 11, source["srcset"]
            seen += 1
    assert seen > 60


def test_every_figure_comes_as_a_drawing_with_its_source_and_id_at_its_foot_and_its_data_as_excel(
    site, pages, results
):
    coded = pd.concat([load("dimensions").rename(columns={"code": "item"}), load("items")])
    names = dict(zip(coded["item"], coded["short_en"], strict=True))
    names |= {f"{item}_answer": name for item, name in names.items()}
    for record in results["figures"]:
        below = pages[record["page"]].find(id=record["id"]).find_next("div", class_="published-below")
        files = [link["href"].split("/")[-1] for link in below.select("a[download]")]
        assert {f"{record['id']}.{ending}" for ending in ("csv", "xlsx", "svg")} <= set(files), record["id"]
        drawing = BeautifulSoup((site / "results" / f"{record['id']}.svg").read_text("utf-8"), "xml")
        foot = " ".join(drawing.find("text").get_text(" ").split())
        assert record["id"] in foot.split(" · "), foot
        assert ("Source: " in foot or "Bron: " in foot) == bool(record["sources"]), foot
        rows = list(load_workbook(site / "results" / f"{record['id']}.xlsx").active.values)
        count = len(record["data"]["rows"])
        edition = told_first(record)
        assert list(rows[0])[len(edition) :] == record["data"]["columns"]
        # A row that is copied or sorted takes along that its answers are invented; codes have names.
        for row, values in zip(rows[1 : count + 1], record["data"]["rows"], strict=True):
            assert list(row[: len(edition)]) == edition
            for name, cell, value in zip(record["data"]["columns"], row[len(edition) :], values, strict=True):
                named = names.get(value, value) if "language" not in record else value
                told = {named} if name in {"dimension", "part", "item"} else {named, value}
                assert cell in told, (record["id"], name, value)
        assert not edition or f"({edition[0].partition(': ')[2]})" in rows[count + 2][0]


def told_first(record):
    """Return what a workbook says in its first column of invented answers, if a record rests on them."""
    lang = record.get("language", "en")
    made_up = "invented answers" if lang == "en" else "verzonnen antwoorden"
    return [f"{made_up}: {record['edition'][lang]}"] if record["edition"] else []


def test_a_dutch_page_offers_the_drawing_with_dutch_words(site, pages):
    seen = 0
    for name, page in pages.items():
        if page.html["lang"] == "nl":
            for image in page.select("figure.published-figure[id] img[src$='.nl.svg']"):
                files = image.find_parent("figure").find_next("p", class_="picture-files")
                drawing = (site / name).parent.joinpath(files.a["href"]).resolve()
                assert drawing.name.endswith(".nl.svg") and "<text" in drawing.read_text("utf-8")
                seen += 1
    assert seen > 20


def test_a_dutch_page_shows_the_data_behind_a_figure_in_dutch_and_offers_them_so(site, pages):
    seen = 0
    for name, page in pages.items():
        if page.html["lang"] != "nl":
            continue
        for shown in page.select("details.data"):
            assert not shown.select("table [lang]"), (name, shown.select("table [lang]"))
            file = next(link["href"] for link in shown.select("a[download]") if "Excel" in link.get_text())
            sheet = list(load_workbook((site / name).parent / file).active.values)
            rows = [[cell.get_text() for cell in row.select("th, td")] for row in shown.select("tr")]
            for row, cells in zip(sheet, rows, strict=False):
                row = row[len(row) - len(cells) :]  # and what the answers are before it
                told = [str(value) for value in row if isinstance(value, str)]
                assert [cell for cell in cells if cell in told] == told, (name, file)
                for text, value in zip(cells, row, strict=True):
                    if isinstance(value, float):
                        # The page rounds what the file has in full.
                        digits = text.replace(".", "").replace(",", ".").replace("\N{MINUS SIGN}", "-")
                        below = digits.startswith("<")
                        figure = float(digits.strip("<\N{NBSP}"))
                        step = 10.0 ** -len(digits.partition(".")[2])
                        assert value < figure if below else abs(value - figure) <= 0.51 * step, (name, file)
            assert sheet[0][0] == "Editie" or not shown.find_parent(class_="survey"), (name, file)
            seen += 1
    assert seen > 40


def test_every_table_comes_as_excel_with_what_it_rests_on(site, results):
    for record in results["tables"]:
        lang = record.get("language", "en")
        rows = list(load_workbook(site / "results" / f"{record['id']}.xlsx").active.values)
        heads = [column["label"] for column in record["columns"]]
        edition = told_first(record)
        assert list(rows[0])[len(edition) :] == heads
        assert all(list(row[: len(edition)]) == edition for row in rows[1 : len(record["data"]["rows"]) + 1])
        below = [row[0] for row in rows[len(record["data"]["rows"]) + 1 :]]
        assert below[0] is None and below[2:] == [record["population"][lang], record["id"]]
        assert record["edition"] is None or f"({record['edition'][lang]})" in below[1]


def test_what_is_published_in_dutch_is_marked_so_and_shown_in_the_dutch_summary(pages, results):
    shown = results["figures"] + results["tables"]
    dutch = {record["id"]: record["page"] for record in shown if "language" in record}
    assert "findings.overview.nl" in dutch
    for id, page in dutch.items():
        assert pages[page].find(id=id).find_parent(attrs={"lang": "nl"}).name == "div"
    summary, index = pages["book/samenvatting"], pages["book/index"]
    assert summary.find(id="findings.overview.nl") and summary.find(id="dimensions.picture")
    assert index.find(id="findings.overview") and index.find(id="dimensions.picture")
    assert "niet te toetsen met deze gegevens" in summary.find(id="findings.overview.nl").get_text(" ")


def test_the_results_have_a_valid_data_package_that_names_the_edition(site, results):
    report = Package(str(site / "results" / "datapackage.json")).validate()
    assert report.valid, report.flatten(["resource_name", "row_number", "field_name", "message"])
    package = json.loads((site / "results" / "datapackage.json").read_text())
    titles = {resource["path"]: resource["title"] for resource in package["resources"]}
    assert titles.keys() == {path.name for path in (site / "results").glob("*.csv")}
    records = [*results["figures"], *results["tables"]]
    edition = next(record["edition"]["en"] for record in records if record["edition"])
    assert edition in package["description"]
    for record in records:
        assert (edition in titles[f"{record['id']}.csv"]) == (record["edition"] is not None), record["id"]


def test_only_cited_works_are_listed(pages):
    listed = {work["id"]: work.p.get_text() for work in pages["book/references"].select("div.citation")}
    cited = {
        link["href"].rsplit("#", 1)[1]
        for page in pages.values()
        for link in page.select("a.reference.internal[href*='references.html#']")
    }
    # A sheet that is printed alone lists its works itself.
    sheets = {work.get_text().strip() for page in pages.values() for work in page.select("ol.works > li")}
    assert len(listed) >= 10
    assert {id: work for id, work in listed.items() if id not in cited and work not in sheets} == {}


def test_whatever_rests_on_survey_answers_carries_its_edition_and_nothing_else_does(site, pages, results):
    records = {record["id"]: record for kind in ("numbers", "figures", "tables") for record in results[kind]}
    survey = {id for id, record in records.items() if record["evidence"] == "survey answers"}
    assert survey and all((record["edition"] is None) == (id not in survey) for id, record in records.items())
    for name, page in pages.items():
        here = set()
        for number in page.select("span.num"):
            id = id_of(number.select_one("a.num-value"))
            card = number.select_one("span.num-card").get_text(" ")
            named = any(label in card for label in ("Edition:", "Editie:"))
            assert named == (id in survey), (name, id)
            if id in survey:
                here.add(id)
                lang = "nl" if number.find_parent(class_="passage") else page.html["lang"]
                assert records[id]["edition"][lang] in card, (name, id)
        for shown in page.select("figure.published-figure[id], table.published-table[id]"):
            if shown["id"] in survey:
                here.add(shown["id"])
                record, holder = records[shown["id"]], shown.find_next("div", class_="published-below")
                lang = record.get("language", page.html["lang"])
                assert record["edition"][lang] in holder.select_one(".evidence").get_text()
                data = pd.read_csv(site / "results" / f"{shown['id']}.csv")
                assert set(data["edition"]) == {record["edition"][record.get("language", "en")]}
        line = page.select_one("p.edition")
        assert (line is not None) == bool(here), name
        if here:
            assert records[here.pop()]["edition"][page.html["lang"]] in line.get_text()


def test_the_results_table_names_the_edition_of_survey_answers(site):
    table = pd.read_csv(site / "results" / "results.csv")
    survey = table["evidence"] == "survey answers"
    assert survey.any() and (table["edition_en"].notna() == survey).all()
    assert (table["edition_nl"].notna() == survey).all()


def test_the_codebook_lists_every_item_and_code_in_two_languages(root, pages):
    page = pages["book/codebook"]
    assert "wording is ours" in page.get_text(" ")
    words = page.get_text(" ", strip=True).replace("’", "'")
    for item in pd.read_csv(root / "data" / "instrument" / "items.csv").itertuples():
        cell = page.find(id=item.item.replace("_", "-"))
        assert cell is not None and cell.get_text(strip=True) == item.item
        row = cell.find_parent("tr")
        assert item.wording_en in row.get_text(" ") and item.role in row.th.get_text(" ")
        assert row.select_one("i[lang=nl]").get_text() == item.wording_nl
        assert ("quick scan" in row.get_text(" ")) == (item.quick_scan == 1)
    for code in pd.read_csv(root / "data" / "instrument" / "codes.csv").itertuples():
        assert code.label_en in words and code.label_nl in words


def test_the_page_on_the_reference_survey_shows_the_parameters_of_the_code(pages):
    words = pages["book/reference-survey"].get_text(" ", strip=True)
    for table in ("LEVELS", "CHANGE", "ANSWERS", "TAKES_PART"):
        for key, value in getattr(population, table).items():
            assert f"{key} {value}" in words, (table, key)
    for name in ("CORRELATION", "STABILITY", "BY_SIZE", "BY_EMBEDDING", "STOPS"):
        assert str(getattr(population, name)) in words


def test_the_page_on_the_reference_survey_is_true_in_every_edition(pages, results):
    from doorgroeien.synthetic.population import EDITION

    page = pages["book/reference-survey"]
    assert EDITION["name_en"] in page.get_text(" ") and EDITION["name_nl"] in page.get_text(" ")
    # What another edition would fill with its own answers.
    own = {record["id"] for record in results["numbers"] if record["edition"]}
    assert not own & {id_of(link) for link in page.select("a.num-value")}


def test_the_previous_site_is_gone_and_nothing_is_left_half_written(built):
    assert {path.name for path in (built / "_build").iterdir()} <= {
        "html",
        ".executed",
        "figures",
        ".lock",
        WITHHELD,
    }


def test_the_settings_of_the_person_who_builds_change_no_page(root, pages):
    assert "Regionaal Coördinatiepunt Fraudebestrijding" in pages["book/glossary"].get_text(" ")
    # A copy without git has the day of the release, on whatever day and in whatever time zone it is built.
    citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    day = date.fromisoformat(str(citation["date-released"]))
    for name, page in pages.items():
        said = page.select_one("p.last-updated").get_text(strip=True)
        written = {"en": "Last updated on {}.", "nl": "Laatste aanpassing op {}."}[page.html["lang"]]
        assert said == written.format(write_date(day, page.html["lang"])), name


def test_nothing_rests_on_more_municipalities_than_there_are_or_than_answered(results):
    counted = [record for kind in ("numbers", "figures", "tables") for record in results[kind]]
    counted = [(record["id"], record["rests"]) for record in counted if "rests" in record]
    assert len(counted) > 400
    for name, rests in counted:
        towns, people = rests["municipalities"], rests["respondents"]
        assert towns is None or towns <= 467, name  # of 2005, the most in a wave
        assert towns is None or people is None or towns <= people, name
