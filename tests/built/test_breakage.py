"""Break the book in every way it promises to notice; the build must fail for that reason."""

import pytest
from conftest import add_notebook, build, digest, small_book

pytestmark = pytest.mark.slow
FIGURES = "data/evidence/figures.csv"


@pytest.fixture
def book(tmp_path):
    return small_book(tmp_path / "book")


def test_wrong_data_stop_the_build_name_the_row_and_leave_the_old_site(book):
    before = digest(book / "_build" / "html")
    table = (book / FIGURES).read_text(encoding="utf-8").splitlines()
    row = next(number for number, line in enumerate(table, start=1) if line.startswith("fraud.cases.2007,"))
    table[row - 1] = table[row - 1].replace("32520", "many").replace("CBS70127", "CBS99999")
    (book / FIGURES).write_text("\n".join(table) + "\n", encoding="utf-8")
    done = build(book)
    assert done.returncode == 1
    assert f"{FIGURES}, row {row}, column value: found 'many', expected a number" in done.stderr
    assert f"{FIGURES}, row {row}, column source: found 'CBS99999'" in done.stderr
    assert "run `make hashes`" in done.stderr
    assert "Traceback" not in done.stderr
    assert digest(book / "_build" / "html") == before


def test_a_failing_cell_stops_the_build_and_leaves_the_old_site(book):
    before = digest(book / "_build" / "html")
    add_notebook(book, "x = 1", "1 / 0")
    done = build(book)
    assert done.returncode == 1
    assert "notebooks/extra.ipynb: cell 2" in done.stderr and "ZeroDivisionError" in done.stderr
    assert digest(book / "_build" / "html") == before


PUBLISH = (
    "from doorgroeien import publish\n"
    "text = dict(definition=('a', 'b'), population=('c', 'd'), sources='CBS70127', unit='cases')\n"
)
BREAKS = {
    "an unknown id": (
        "No such {num}`triangulation.nothing` here.",
        "no number 'triangulation.nothing' is published",
    ),
    "an unknown format": ("So {num}`triangulation.cases.2007|percent`.", "format 'percent' is not one of"),
    "an interval that is not there": ("So {num}`extra.plain|range`.", "format 'range' needs an interval"),
    "bare digits": ("In all 34,920 cases were found.", "bare digits '34,920' in a sentence"),
    "a bare percentage": ("That is 60% of 2007.", "bare digits '60%' in a sentence"),
    "a page that is not there": ("See [there](nowhere.md).", "nowhere.md"),
    "an anchor that is not there": (
        "See <a href='samenvatting.html#nothing'>there</a>.",
        "'samenvatting.html#nothing' leads to no place",
    ),
    "a file that is not there": (
        "See <a href='../results/none.csv'>there</a>.",
        "'../results/none.csv' leads to no file",
    ),
    "a picture from another host": ("<img src='https://example.org/a.png' alt='a'>", "asks another host"),
    "a drawing for phones from another host": (
        "<picture><source srcset='https://example.org/a.svg'></picture>",
        "asks another host",
    ),
    "an unknown role": ("An {unknown}`x`.", "unknown"),
    "a work that is not in the bibliography": ("So {cite:p}`Nobody2009`.", "Nobody2009"),
    "a figure that is not published": ("```{published} triangulation.nothing\n```", "no figure or table"),
    "a citation of a page that is not there": (
        "```{citation} notebooks/nothing\n```",
        "nothing to cite is called 'notebooks/nothing'",
    ),
    "a number that cannot be cited": ("So ({in-text}`triangulation.none`).", "called 'triangulation.none'"),
    "a language that is not known": ("```{language} fr\nMot\n```", "language 'fr' is not one of"),
}


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """Return what the build of a book broken in all these ways says, and the hashes of the site around it."""
    book = small_book(tmp_path_factory.mktemp("broken") / "book")
    page = book / "book" / "how-to-cite.md"
    lines = page.read_text(encoding="utf-8").rstrip("\n").split("\n")
    places = {}
    for name, (text, _) in BREAKS.items():
        places[name] = len(lines) + 2
        lines += ["", *text.split("\n")]
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")
    add_notebook(
        book,
        PUBLISH + "publish('extra.plain', 1, **text)\npublish('extra.unused', 2, **text)",
        "publish('extra.plain', 1, **text)",
        "publish('other.name', 1, **text)",
        "import sys\nprint('careful', file=sys.stderr)",
    )
    before = digest(book / "_build" / "html")
    done = build(book)
    return done, places, before == digest(book / "_build" / "html")


@pytest.mark.parametrize("name", BREAKS)
def test_the_page_and_line_are_named(broken, name):
    done, places, _ = broken
    message = BREAKS[name][1]
    found = [line for line in done.stderr.splitlines() if message in line]
    assert found, done.stderr
    if "leads to" in message or "another host" in message:  # found in the page that was written
        assert any("book/how-to-cite.html" in line for line in found)
    else:
        assert any(f"book/how-to-cite.md:{places[name]}" in line for line in found), found


@pytest.mark.parametrize(
    "message",
    [
        "number 'extra.unused' is published and never used",
        "id 'extra.plain' is published twice, first in notebooks/extra, cell 1",
        "id 'other.name' must begin with 'extra.'",
        "stderr was found in the cell outputs of cell",
    ],
)
def test_what_a_notebook_publishes_wrongly_is_named(broken, message):
    done, _, _ = broken
    lines = [line for line in done.stderr.splitlines() if message in line]
    assert lines and all("notebooks/extra.ipynb" in line for line in lines), done.stderr


def test_the_broken_book_is_not_published(broken):
    done, _, untouched = broken
    assert done.returncode == 1
    assert "The previous site is untouched" in done.stderr
    assert untouched
