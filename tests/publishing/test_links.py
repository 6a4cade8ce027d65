"""The check of addresses: a server here answers as hosts do, and the report says what came of it."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from click.testing import CliRunner

from doorgroeien import cli
from doorgroeien.data.tables import load
from doorgroeien.publishing.links import DOCUMENTS, addresses, ask, report

pytestmark = pytest.mark.slow
ANSWERS = {
    "/there": 200,
    "/no head": 200,
    "/there_": 200,
    "/for now": 302,
    "/moved": 301,
    "/gone": 404,
    "/gone too": 410,
    "/refuses": 403,
    "/broken": 500,
    "/later": 503,
}


class Host(BaseHTTPRequestHandler):
    """A host that knows some addresses, and at one refuses to send the head alone."""

    def do_GET(self):
        self.answer(ANSWERS[self.path.replace("%20", " ")])

    def do_HEAD(self):
        self.answer(405) if self.path == "/no%20head" else self.do_GET()

    def answer(self, code):
        self.send_response(code)
        self.send_header("Location", "/there")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


@pytest.fixture
def host(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def book(host, tmp_path):
    """Return a book of two works and some documents at this host."""
    for folder in ("book", "data/documents"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "data" / "datapackage.json").write_text("{}", encoding="utf-8")
    works = f"@misc{{One2008, url = {{{host}/moved}}}}\n@misc{{Two2009, url = {{{host}/gone}}}}\n"
    (tmp_path / "book" / "references.bib").write_text(works, encoding="utf-8")
    write_documents(tmp_path, host, ["/there", "/gone", "/refuses"])
    return tmp_path


def write_documents(book, host, paths):
    lines = ["doc_id,url", *(f"d,{host}{path}" for path in paths)]
    (book / DOCUMENTS).write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_every_work_and_document_of_the_book_is_asked_for_once(root):
    places = addresses(root)
    assert all(address.startswith(("http://", "https://")) for address in places)
    named = [place for several in places.values() for place in several]
    assert sum(place.startswith(DOCUMENTS) for place in named) == len(load("documents", root))
    assert "https://doi.org/10.2307/1402588" in places and len(places) > 120


def test_what_a_host_answers_is_told_apart(host):
    answers = ask([f"{host}{path.replace(' ', '%20')}" for path in ANSWERS])
    states = dict(zip(ANSWERS, (answer.state for answer in answers), strict=True))
    assert states == {
        **dict.fromkeys(("/there", "/no head", "/there_", "/for now"), "there"),
        "/moved": "moved",
        **dict.fromkeys(("/gone", "/gone too"), "gone"),
        **dict.fromkeys(("/refuses", "/broken", "/later"), "silent"),
    }
    assert f"to <{host}/there>" in [answer.detail for answer in answers]


def test_a_host_that_is_not_there_leads_nowhere_and_one_too_slow_says_nothing(host, monkeypatch):
    monkeypatch.setattr(Host, "do_HEAD", lambda self: threading.Event().wait(4))
    answers = ask(["http://127.0.0.1:1/", f"{host}/there"], linkcheck_timeout=1)
    assert [answer.state for answer in answers] == ["gone", "silent"]


def test_the_report_names_each_place_and_the_command_ends_with_1_where_an_address_leads_nowhere(
    book, host, monkeypatch
):
    monkeypatch.chdir(book)
    done = CliRunner().invoke(cli.main, ["links"])
    assert done.exit_code == 1
    lines = done.output.splitlines()
    assert lines[0] == "4 addresses of works and documents were asked."
    assert [line for line in lines if line.startswith("## ")] == [
        "## Leads nowhere (1)",
        "## Moved for good (1)",
        "## Could not be checked: refused, too slow or out of order (1)",
    ]
    (gone, moved, silent) = [line for line in lines if line.startswith("- ")]
    assert gone.startswith(f"- <{host}/gone>: 404 ")
    assert gone.endswith(f"(book/references.bib, Two2009; {DOCUMENTS}, row 3)")
    assert moved == f"- <{host}/moved>: to <{host}/there> (book/references.bib, One2008)"
    assert silent.startswith(f"- <{host}/refuses>: 403 ") and silent.endswith(f"({DOCUMENTS}, row 4)")


def test_the_command_ends_with_0_where_every_address_leads_somewhere(book, host, monkeypatch):
    (book / "book" / "references.bib").write_text("", encoding="utf-8")
    write_documents(book, host, ["/there", "/refuses", "/moved"])
    monkeypatch.chdir(book)
    assert CliRunner().invoke(cli.main, ["links"]).exit_code == 0


def test_a_report_without_anything_to_look_at_is_one_line(host):
    address = f"{host}/there"
    assert report(ask([address]), {address: ["x"]}) == "1 addresses of works and documents were asked."
