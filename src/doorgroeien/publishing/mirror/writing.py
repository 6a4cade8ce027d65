"""Write mirror reports: one folder for each municipality, with its report as HTML and as PDF."""

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

import matplotlib as mpl
import typst
from markupsafe import Markup

from doorgroeien.publishing.mirror.peers import giving_away, published
from doorgroeien.publishing.mirror.report import FOLDER, Report, environment, report
from doorgroeien.publishing.numbering import numbering_of
from doorgroeien.publishing.real_answers import BuildError, build_folder
from doorgroeien.publishing.workspace import STAGING, private, staging, swap
from doorgroeien.survey.answers import Survey
from doorgroeien.survey.frame import cbs_code, load_frame
from doorgroeien.survey.mirror import Mirrors

__all__ = ["as_page", "as_pdf", "folder_of", "write_mirrors"]

STAMP = "answers.json"  # in the folder of the reports: on which answers they rest
NAME = "spiegelrapport"
EVERY = 50  # reports after which it is said how many there are


def write_mirrors(
    survey: Survey,
    root: Path,
    folder: Path,
    only: Sequence[str] = (),
    years: tuple[int, int] = (2005, 2007),
    say: Callable[[str], None] = print,
) -> list[Path]:
    """Write the report of each municipality that took part, or of those in ``only``; return their folders.

    A folder appears whole or not at all, so what is there already is left, and a run that was broken off goes
    on. Only their owner can read them. Raises :class:`BuildError`, and writes nothing, where one of ``only``
    did not take part, ``folder`` lies in the book, or holds anything but reports on these answers, or where
    real answers have no book yet.
    """
    mirrors = Mirrors(survey, *years, gate=_beside_the_book(survey, root))
    towns = _towns(mirrors, only)
    stamp = _stamp(survey, years)
    _refuse(folder, root, stamp)
    names, book = _names(root), f"Doorgroeien ({survey.edition.names[1]})"
    left = [town for town in towns if not (folder / folder_of(town)).exists()]
    if len(left) < len(towns):
        say(f"{len(towns) - len(left)} of {len(towns)} reports are there already")
    with private(folder):
        (folder / STAMP).write_text(json.dumps(stamp, indent=1) + "\n", encoding="utf-8")
        for place, town in enumerate(left, 1):
            made = report(mirrors, town, names.get(cbs_code(town), town), book)
            with staging(folder) as aside:
                new = aside / folder_of(town)
                new.mkdir()
                (new / f"{NAME}.html").write_bytes(as_page(made))
                (new / f"{NAME}.pdf").write_bytes(as_pdf(made))
                swap(new, folder / folder_of(town))
            if place % EVERY == 0 or place == len(left):
                say(f"{place} of {len(left)} reports written")
    return [folder / folder_of(town) for town in towns]


def _beside_the_book(survey, root):
    """Return the gate of what reports say of others, beside the book on real answers."""
    records = [] if survey.edition.synthetic else published(build_folder(root))
    return lambda compared: giving_away(compared, records, numbering_of(root))


def as_page(made: Report) -> bytes:
    """Return a report as one HTML file, which asks nothing of any other and runs no script."""
    template = environment().get_template("report.html")
    return template.render(**made.texts, drawing=Markup(made.picture)).encode()


def as_pdf(made: Report) -> bytes:
    """Return a report as a tagged PDF on A4.

    Typst sets it, some ten times as fast as a browser prints: hundreds of reports are wanted at once.
    """
    texts = {"texts": json.dumps(made.texts, ensure_ascii=False), "picture": made.picture}
    pdf: bytes = _compiler().compile(sys_inputs=texts)
    return pdf


@cache
def _compiler():
    fonts = Path(mpl.get_data_path(), "fonts", "ttf")  # DejaVu Sans, as in the pictures of the book
    return typst.Compiler(FOLDER / "report.typ", font_paths=[fonts], ignore_system_fonts=True)


def folder_of(town: str) -> str:
    """Return the name of the folder of a municipality, whatever its identifier holds.

    >>> from doorgroeien.publishing.mirror.writing import folder_of
    >>> folder_of("0363"), folder_of("../a b")
    ('0363', '%2E%2E%2Fa%20b')
    """
    return quote(town, safe="").replace(".", "%2E")


def _towns(mirrors, only):
    """Return whose reports to write: those of ``only``, by identifier or CBS code, or of all."""
    asked = {town: cbs_code(town) or town for town in only}
    known = {cbs_code(town) or town: town for town in mirrors.towns}
    absent = [town for town, code in asked.items() if code not in known]
    if absent:
        near = ", ".join(mirrors.towns[:3])
        raise BuildError(
            f"{', '.join(absent)}: nobody there answered in {mirrors.wave}. "
            f"Name one of the {len(mirrors.towns)} that took part, such as {near}."
        )
    return [known[code] for code in asked.values()] if only else mirrors.towns


def _stamp(survey, years):
    """Return what tells reports on these answers from others."""
    digest = hashlib.sha256()
    for name in ("waves", "municipalities", "groups", "respondents", "answers"):
        digest.update(getattr(survey, name).to_csv(index=False).encode())
    return {
        "edition": survey.edition.edition,
        "waves": list(years),
        "answers": digest.hexdigest(),
        "version": version("doorgroeien"),
    }


def _refuse(folder, root, stamp):
    """Raise where the folder is not for reports on these answers, and remove what a killed run left."""
    if folder.resolve().is_relative_to(root.resolve()):
        raise BuildError(
            f"{folder}: lies in the folder of the book, which is published. Name another folder."
        )
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise BuildError(f"{folder}: expected a folder, or a name for one. Name another.")
    if not folder.exists() or not any(folder.iterdir()):
        return
    try:
        found = json.loads((folder / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise BuildError(f"{folder}: is there already, with something else in it. Name another.") from None
    if found != stamp:
        raise BuildError(
            f"{folder}: holds reports on other answers, or of another version. Name another folder."
        )
    for left in folder.glob(f"{STAGING}*"):
        shutil.rmtree(left)


def _names(root):
    """Return the names of municipalities by CBS code."""
    frame = load_frame(root)
    return {} if frame is None else {**frame.then["municipality"], **frame.now["municipality"]}
