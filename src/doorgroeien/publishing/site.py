"""Build the site aside, and put it in place only when everything is right; do nothing when it is there."""

import gc
import time
from contextlib import contextmanager
from pathlib import Path

from doorgroeien.publishing.freshness import inputs, is_current, seal, touched
from doorgroeien.publishing.real_answers import BuildError, build_folder, restricted
from doorgroeien.publishing.workspace import WITHHELD, staging, swap

__all__ = ["BuildError", "build"]


def build(root: Path, say=print) -> Path:
    """Build the book below ``root`` and return its first page.

    Data are validated, stale notebooks executed and all pages written aside with every warning an
    error; only then the new site takes the place of ``_build/html``. Where ``SURVEY`` names a
    package of answers, all this happens in ``_build/<edition>``, after the package is checked. A site that
    follows from the book as it stands is left as it is.
    Raises ``DataError``, ``ExecutionError`` or :class:`BuildError`, and leaves the last good site alone.
    """
    started = time.monotonic()
    site = build_folder(root) / "html"
    index = site / "index.html"
    if is_current(site, root):
        say(f"Nothing has changed since the site was built. Open {index}")
        return index
    # From nothing each time: a page that left the book, or a warning of an earlier build, must not be lost.
    with _uncollected(), restricted(root), staging(site.parent) as aside:
        from doorgroeien.publishing.pages import make_pages  # and with it all that reads and writes: seconds

        since, before = aside.stat().st_ctime_ns, inputs(root)
        beside = make_pages(root, aside / "html", say)
        after = inputs(root, beside)
        late = {name for name in before if after.get(name) != before[name]} | touched(root, beside, since)
        if not late:
            seal(aside / "html", after, beside)
        swap(aside / "html", site)
        if (aside / WITHHELD).is_file():
            (aside / WITHHELD).replace(site.parent / WITHHELD)
    say(f"Done in {time.monotonic() - started:.0f} s. Open {index}")
    if late:
        say(f"Changed in the meantime: {', '.join(sorted(late))}. Run make book again.")
    return index


@contextmanager
def _uncollected():
    """Do without the search for cycles, which among the millions of parts of pages takes a third of the time.

    What is left of them goes when the process ends, and is not searched then either.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
