"""Whether the addresses of works and documents still answer; the link check of Sphinx asks them."""

import csv
import json
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from doorgroeien.data.tables import BIBLIOGRAPHY, bibliography

__all__ = ["Answer", "addresses", "ask", "report"]

DOCUMENTS = "data/documents/documents.csv"
SETTINGS = {
    "linkcheck_timeout": 30,
    "linkcheck_anchors": 0,
    "linkcheck_allow_unauthorized": 0,
    "linkcheck_report_timeouts_as_broken": 0,
}
FOR_GOOD = (301, 308)
# The host is there, and does not answer programs, or not now.
REFUSED = re.compile(r"(401|403|405|406|429|5\d\d) |unauthorized")
HEADS = {
    "gone": "Leads nowhere",
    "moved": "Moved for good",
    "silent": "Could not be checked: refused, too slow or out of order",
}


@dataclass(frozen=True)
class Answer:
    """What came of asking an address: a state, which is a key of ``HEADS`` or ``there``, and the detail."""

    address: str
    state: str
    detail: str = ""


def addresses(root: Path) -> dict[str, list[str]]:
    """Return the addresses of the works and documents of the book, each with the places that name it."""
    found = {}
    for key, entry in bibliography(root).entries.items():
        named = [
            entry.fields.get("url"),
            f"https://doi.org/{doi}" if (doi := entry.fields.get("doi")) else None,
        ]
        for address in filter(None, named):
            found.setdefault(address, []).append(f"{BIBLIOGRAPHY}, {key}")
    with (root / DOCUMENTS).open(encoding="utf-8", newline="") as file:
        for row, document in enumerate(csv.DictReader(file), start=2):
            found.setdefault(document["url"], []).append(f"{DOCUMENTS}, row {row}")
    return found


def ask(asked, **settings) -> list[Answer]:
    """Ask each of the addresses, and return the answers in their order; ``settings`` are Sphinx's own."""
    with tempfile.TemporaryDirectory(prefix="doorgroeien-links-") as folder:
        lines = ["Addresses", "=========", *(f"* `x <{_escaped(address)}>`__" for address in asked)]
        Path(folder, "index.rst").write_text("\n".join(lines) + "\n", encoding="utf-8")
        options = [f"-D{name}={value}" for name, value in (SETTINGS | settings).items()]
        # In a process of its own, for it sets the time that every connection may take.
        command = [
            sys.executable,
            "-m",
            "sphinx",
            "-C",
            "-q",
            "-b",
            "linkcheck",
            *options,
            folder,
            f"{folder}/out",
        ]
        subprocess.run(command, capture_output=True)
        results = Path(folder, "out", "output.json").read_text(encoding="utf-8").splitlines()
        found = {result["uri"]: _answer(result) for result in map(json.loads, results)}
    return [found[address] for address in asked]


def report(answers: list[Answer], places: dict[str, list[str]]) -> str:
    """Return in Markdown what is to be looked at."""
    lines = [f"{len(answers)} addresses of works and documents were asked."]
    for state, head in HEADS.items():
        here = [answer for answer in answers if answer.state == state]
        lines += ["", f"## {head} ({len(here)})", ""] if here else []
        lines += [
            f"- <{answer.address}>: {answer.detail} ({'; '.join(places[answer.address])})" for answer in here
        ]
    return "\n".join(lines)


def _escaped(address):
    """Return an address for reStructuredText, where an underscore at its end would be the mark of a name."""
    return address.replace("\\", "\\\\").replace("_", "\\_")


def _answer(result):
    address, status, detail = result["uri"], result["status"], result["info"]
    if status == "working" or (status == "redirected" and result["code"] not in FOR_GOOD):
        return Answer(address, "there")
    if status == "redirected":
        return Answer(address, "moved", f"to <{detail}>")
    gone = status == "broken" and not REFUSED.match(detail)
    return Answer(address, "gone" if gone else "silent", detail or status)
