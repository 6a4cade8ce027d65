"""The monitor table of a built edition, written as the files that another program reads."""

from collections.abc import Callable, Mapping
from pathlib import Path

from doorgroeien.publishing.monitor import as_csv, as_workbook, monitor_table
from doorgroeien.publishing.real_answers import BuildError
from doorgroeien.publishing.versions import RESULTS, read_results
from doorgroeien.publishing.workspace import staging, swap

__all__ = ["FORMATS", "export"]


def _as_json(site: Path) -> dict[str, bytes]:
    """Return the results as they lie beside the site, with the schema that says what each field means."""
    names = (RESULTS.name, "results.schema.json")
    return {name: (site / RESULTS).with_name(name).read_bytes() for name in names}


def _as_sdmx(site: Path) -> dict[str, bytes]:
    from doorgroeien.publishing.monitor_sdmx import as_sdmx  # loads lxml and more, which no other form needs

    return as_sdmx(monitor_table(read_results(site)["numbers"]))


FORMATS: Mapping[str, Callable[[Path], dict[str, bytes]]] = {
    "csv": lambda site: {"results.csv": as_csv(monitor_table(read_results(site)["numbers"]))},
    "json": _as_json,
    "xlsx": lambda site: {"results.xlsx": as_workbook(monitor_table(read_results(site)["numbers"]))},
    "sdmx": _as_sdmx,
}


def export(site: Path, form: str, folder: Path) -> list[Path]:
    """Write the published numbers of a built site into ``folder`` as ``form``; return the files.

    ``form`` is a key of :data:`FORMATS`; ``folder`` must be new or empty, and appears whole or not at all.
    Raises :class:`BuildError` where it is not, or ``site`` holds no results.
    """
    if not (site / RESULTS).is_file():
        raise BuildError(
            f"{site}: holds no {RESULTS}. Name the folder of a built site, as `doorgroeien where` does."
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BuildError(f"{folder}: is there already, with something in it. Name a new or an empty folder.")
    files = FORMATS[form](site)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with staging(folder.parent) as aside:
        new = aside / folder.name
        new.mkdir()
        for name, content in files.items():
            (new / name).write_bytes(content)
        swap(new, folder)
    return [folder / name for name in files]
