"""Load the survey that the book rests on: the reference survey, or a package of whoever owns answers."""

from pathlib import Path

from doorgroeien.data.faults import DataError
from doorgroeien.data.paths import book_root, survey_path
from doorgroeien.data.tables import load_all
from doorgroeien.results.dutch import brought
from doorgroeien.survey.answers import TABLES, Survey, assembled, survey_of
from doorgroeien.survey.instrument import load_instrument

__all__ = ["load_survey"]


def load_survey(path: Path | str | None = None, root: Path | None = None) -> Survey:
    """Return the survey in the package ``path``, else in the one ``SURVEY`` names, else the reference survey.

    A package holds the tables of :data:`TABLES`, with the schema of ``data/datapackage.json``, in any form
    that ``doorgroeien check`` reads; a relative path counts from the root of the book.
    Raises ``DataError`` with all problems.
    """
    root = root or book_root()
    path = survey_path(root, path)
    if path is None:
        tables = load_all(root, only=("scales", "codes", "items", *TABLES))
        return survey_of(tables, load_instrument(tables=tables), "data/survey/{}.csv")
    # With readers of all formats, which the reference survey does without.
    from doorgroeien.intake.check import read_package

    package = read_package(path, root, warn=False)
    if package.problems:
        raise DataError(package.problems)
    _say_in_dutch(package.instrument)
    return assembled(package.tables, package.instrument)


def _say_in_dutch(instrument):
    """Let pictures say the names of items and answers in Dutch, which the package may have brought."""
    for table, name in ((instrument.items, "short"), (instrument.codes, "label")):
        brought(dict(zip(table[f"{name}_en"], table[f"{name}_nl"], strict=True)))
