"""The stored notebooks: executed, current, quiet, and no number typed where it should be computed.

nbval runs them as well and compares every output (see conftest.py in the root).
"""

import ast
import re
import tomllib

import nbformat
import pytest
from conftest import ROOT
from lettering import faults

from doorgroeien.data.tables import load
from doorgroeien.publishing.execution import notebook_paths, stale
from doorgroeien.results.register import DEGREES, IN_DUTCH, MIME, NARROW, NARROW_IN_DUTCH, SVG, records
from doorgroeien.sphinxext.content.digits import bare_digits

PATHS = notebook_paths(ROOT)


@pytest.fixture(params=PATHS, ids=str)
def notebook(request):
    return nbformat.read(ROOT / request.param, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_every_notebook_in_the_folder_is_in_the_book():
    assert {path.name for path in (ROOT / "notebooks").glob("*.ipynb")} == {path.name for path in PATHS}
    assert PATHS


@pytest.mark.slow
def test_the_stored_outputs_follow_from_code_data_package_and_lock_as_they_are():
    assert stale(ROOT) == [], "run `make notebooks`"


def test_every_code_cell_was_executed_in_order(notebook):
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))


def test_no_cell_wrote_a_warning_or_failed(notebook):
    for cell in code_cells(notebook):
        for output in cell.outputs:
            assert output.output_type != "error"
            assert output.get("name") != "stderr", output


def test_the_reference_survey_carries_all_that_is_published(notebook):
    for cell in code_cells(notebook):
        for record in records(cell.outputs):
            assert "not_estimable" not in record, record["id"]


def test_the_words_of_pictures_stand_apart_and_within_them_wide_or_narrow_and_in_both_languages(notebook):
    found = {}
    for output in (output for cell in code_cells(notebook) for output in cell.get("outputs", ())):
        for form in (SVG, NARROW, IN_DUTCH, NARROW_IN_DUTCH):
            if svg := output.get("data", {}).get(form):
                (record,) = output["data"][MIME]["records"]
                found[record["id"], form] = faults(svg)
    assert {place: told for place, told in found.items() if told} == {}


@pytest.mark.parametrize("language", ["en", "nl"])
def test_no_two_numbers_say_the_same_of_themselves(notebook, language):
    told = {}
    for cell in code_cells(notebook):
        for record in records(cell.outputs):
            if record["kind"] == "number":
                said = record["definition"][language], record["population"][language], record["period"]
                told.setdefault(said, []).append(record["id"])
    assert [ids for ids in told.values() if len(ids) > 1] == [], "say which is which: `named` in the words"


# What is in per cent and no share.
NO_SHARE = re.compile(r"^(change in|lowest coverage|by how much|yearly trend|limit|\w+ limit)|: change$")


def test_every_share_says_of_what_it_is_one(notebook):
    """A published figure has the words of its source, and names those it is about as its population."""
    published = set(load("figures")["id"])
    for cell in code_cells(notebook):
        for record in records(cell.outputs):
            if record["kind"] == "number" and record["unit"] == "percent":
                said, own = record["definition"], record["id"].partition(".")[2] not in published
                if own and not NO_SHARE.search(said["en"]):
                    assert re.search(r"\bshare of \w", said["en"]), (record["id"], said["en"])
                    assert re.search(r"\baandeel van \w", said["nl"]), (record["id"], said["nl"])


def test_a_chapter_on_a_finding_gives_its_verdict_where_it_speaks_of_it_in_both_languages():
    """Else its own words, such as that something rose clearly, can be read as another verdict."""
    ledger = nbformat.read(ROOT / "notebooks" / "findings.ipynb", as_version=4)
    prose = "\n".join(cell.source for cell in ledger.cells if cell.cell_type == "markdown")
    tested = load("findings").query("survey == 1")["finding"]
    for number in tested:
        part = prose.partition(f"### Finding {number}:")[2]
        (chapter,) = re.findall(r"\]\((.*)\.ipynb\)", re.search("^More in (.*)$", part, re.MULTILINE)[1])
        first = nbformat.read(ROOT / "notebooks" / f"{chapter}.ipynb", as_version=4).cells[0].source
        points = first.partition("## Key points")[2].partition("\n## ")[0]
        dutch = (ROOT / "book" / "nl" / f"{chapter}.md").read_text(encoding="utf-8")
        for text in (points, dutch):
            assert f"{{num}}`findings.{number}.verdict`" in text, (chapter, number)
    assert len(tested) == 8


def test_no_sentence_takes_all_answers_for_those_of_the_reference_survey(notebook):
    prose = " ".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert not re.search(r"answers (here )?are (synthetic|drawn from)|reference survey cannot", prose)


def test_no_sentence_takes_it_that_nearly_all_took_part(notebook):
    prose = [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    claim = r"\b(because|by|with|and) (nearly all|so many) (of these )?(municip|took|having)"
    assert not [found for text in prose for found in re.findall(claim, text)]


def test_no_cell_is_hidden_from_readers_or_from_nbval(notebook):
    forbidden = {
        "remove-input",
        "remove-output",
        "remove-cell",
        "nbval-skip",
        "nbval-ignore-output",
        "skip-execution",
    }
    for cell in notebook.cells:
        assert not forbidden & set(cell.metadata.get("tags", []))
        assert "NBVAL" not in cell.source


def test_no_output_carries_a_path_of_the_machine(notebook):
    for cell in code_cells(notebook):
        for output in cell.outputs:
            texts = [value for name, value in output.get("data", {}).items() if name.startswith("text/")]
            assert not any(str(ROOT) in text or "/home/" in text for text in texts)


def test_every_figure_and_table_is_published(notebook):
    for number, cell in enumerate(code_cells(notebook), start=1):
        for output in cell.outputs:
            pictures = [name for name in output.get("data", {}) if name.startswith("image/")]
            assert not pictures or MIME in output["data"], (
                f"cell {number} shows a picture that is not published"
            )


# What a caption calls a part of a picture by, where its parts stand beside each other; not a place in one.
BESIDE = re.compile(
    r"(?<!to the )(?<!at the )\b(left|right) (?!of\b)\w|(?<!en )\b(links|rechts) (?!van\b)\w"
    r"|[,(] ?(left|right|links|rechts)\b(?! of| van)|\b(beside it|ernaast|daarnaast)\b",
    re.IGNORECASE,
)


def test_a_caption_holds_on_a_phone_where_the_parts_of_a_picture_stand_below_each_other(notebook):
    for cell in code_cells(notebook):
        for record in records(cell.outputs):
            for caption in record["caption"].values() if record["kind"] == "figure" else ():
                assert not BESIDE.search(caption), (record["id"], caption)


def test_no_number_is_typed_in_a_caption_or_an_alternative_text(notebook):
    for number, cell in enumerate(code_cells(notebook), start=1):
        for call in ast.walk(ast.parse(cell.source)):
            if not isinstance(call, ast.Call):
                continue
            for keyword in call.keywords:
                if keyword.arg in ("caption", "alt"):
                    typed = [part for part in _texts(keyword.value) if bare_digits(_without_roles(part))]
                    assert not typed, f"cell {number}, {keyword.arg}: {typed}"


def _texts(node):
    """Yield the texts typed in an expression; what an f-string computes, and its format, is not typed."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif not isinstance(node, ast.FormattedValue):
        for child in ast.iter_child_nodes(node):
            yield from _texts(child)


def _without_roles(text):
    return "".join(part for place, part in enumerate(text.split("`")) if place % 2 == 0)


def silent_on_what_it_follows(words, cells):
    """Return the words on answers of which neither the file nor the notebook says what they follow from."""
    said = [id for id, entry in words.get("numbers", {}).items() if {"follows", "resting"} & {*entry}]
    lacking = [id for id, entry in words.get("numbers", {}).items() if entry["unit"] == "word"]
    told = dict.fromkeys(lacking, False)
    for source in cells:
        for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            if name in ("tell", "count", "clear") and call.args:
                id = ast.unparse(call.args[0]).removeprefix("f").strip("'\"")
                pattern = re.sub(r"\\{\w+\\}", "[^.]+", re.escape(id))
                given = {keyword.arg for keyword in call.keywords}
                declares = name == "clear" or {"follows", "resting"} & given
                declares = declares or (None in given and '"follows"' in source)
                for each in lacking:
                    told[each] |= bool(declares and (each == id or re.fullmatch(pattern, each)))
    return [id for id in lacking if id not in said and not told[id]]


def test_every_word_on_answers_says_what_it_follows_from():
    """So that it goes where that is withheld: who sees three of four rows has the fourth from a count."""
    found = {}
    for path in PATHS:
        cells = [cell.source for cell in code_cells(nbformat.read(ROOT / path, as_version=4))]
        if any("load_survey()" in source for source in cells):
            words = tomllib.loads((ROOT / path).with_suffix(".toml").read_text(encoding="utf-8"))
            found[path.stem] = silent_on_what_it_follows(words, cells)
    assert len(found) > 15 and not {name: ids for name, ids in found.items() if ids}
    words = {"numbers": {id: {"unit": "word"} for id in ("a", "b.{x}", "c", "d", "e")}}
    words["numbers"]["d"]["follows"] = ["f"]
    cells = [
        'chapter.count("a", 3, of=4)',
        'chapter.tell(f"b.{one}", 1, follows=rows)',
        'chapter.clear("c", t)',
    ]
    assert silent_on_what_it_follows(words, cells) == ["a", "e"]


def test_prose_and_code_have_the_size_of_a_chapter(notebook):
    words = sum(len(cell.source.split()) for cell in notebook.cells if cell.cell_type == "markdown")
    lines = sum(len(cell.source.splitlines()) for cell in code_cells(notebook))
    assert 150 <= words <= 4500, f"{words} words: a chapter tells what it asks, finds and cannot say"
    assert lines <= 250, f"{lines} lines of code: split the chapter, or move mechanics into the package"
    longest = max(len(cell.source.splitlines()) for cell in code_cells(notebook))
    assert longest <= 15, f"a cell of {longest} lines: one idea per cell"


def sources():
    """Give each piece of code that a published result may follow from, with its name."""
    for path in PATHS:
        for number, cell in enumerate(code_cells(nbformat.read(ROOT / path, as_version=4)), start=1):
            yield f"{path}, cell {number}", cell.source
    for path in sorted((ROOT / "src" / "doorgroeien").rglob("*.py")):
        yield path.name, path.read_text(encoding="utf-8")


def test_every_sort_keeps_the_order_of_equal_rows():
    """numpy's default sort orders equal rows as the vector instructions of the processor do."""
    unstable = []
    for name, source in sources():
        for call in ast.walk(ast.parse(source)):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                given = {keyword.arg: keyword.value for keyword in call.keywords}
                several = call.func.attr == "sort_values" and call.args and isinstance(call.args[0], ast.List)
                stable = isinstance(given.get("kind"), ast.Constant) and given["kind"].value == "stable"
                if call.func.attr in ("sort_values", "argsort") and not stable and not several:
                    unstable.append(f"{name}: {ast.unparse(call)[:80]}")
    assert unstable == [], "say kind='stable'"


# Intervals of another kind: of alpha, omega and ICC, of what answered, of draws, and words.
NOT_BY_T = {
    *("answer-quality.know", "cooperation.reliability", "data-quality.response.figure", "data-quality.roles"),
    *("embedding-index.reliability", "findings.overview", "findings.overview.nl", "index-multiverse.ranks"),
    *("index-multiverse.shifts", "levels-together.icc.table", "municipality-types.classes"),
    *("policy-cycle.parts", "specialists.most", "validation.furthest", "vision-elements.reliability"),
}


def test_data_with_intervals_have_their_degrees_of_freedom():
    """Without them no note below a figure or table can say that they are few."""
    lacking = set()
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in code_cells(nbformat.read(path, as_version=4)):
            for record in records(cell.get("outputs", [])):
                if record["kind"] == "number" or record["edition"] is None:
                    continue
                columns = record["data"]["columns"]
                ends = [name for name in columns if name == "low" or name.endswith("ci_low")]
                if ends and not any(map(DEGREES.search, columns)):
                    lacking.add(record["id"])
    assert lacking == NOT_BY_T
