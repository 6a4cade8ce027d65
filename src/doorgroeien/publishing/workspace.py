"""The folder ``_build``: one command at a time works there, and what it makes takes its place in one step."""

import ctypes
import os
import shutil
import signal
import sys
import tempfile
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

__all__ = ["STAGING", "WITHHELD", "alone", "private", "staging", "swap", "with_parent"]

WITHHELD = "withheld.csv"  # beside the site: what is withheld under which rule, for the owner of the answers
STAGING, PREVIOUS = ".staging-", ".previous-"
# Of <linux/fs.h> and <sys/prctl.h>, and of macOS's <stdio.h>.
AT_FDCWD, RENAME_EXCHANGE, PR_SET_PDEATHSIG = -100, 2, 1
RENAME_SWAP = 2


@contextmanager
def alone(root: Path, say=print):
    """Let no other command work in ``_build`` below ``root``; where one does, say so and wait for its end.

    The lock ends with its process, however that ends. What a process that was killed left is put right: a
    folder that it had moved away goes back to its place, and what it had not finished is removed.
    """
    folder = root / "_build"
    folder.mkdir(exist_ok=True)
    lock = FileLock(folder / ".lock")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        say("Another command is at work in _build: waiting for it to end")
        lock.acquire()
    try:
        _put_right(folder)
        yield
    finally:
        lock.release()


def _put_right(folder):
    # At most two folders down: _build/<edition>/html holds the PDFs.
    for old in [path for depth in ("", "*/", "*/*/") for path in folder.glob(f"{depth}{PREVIOUS}*")]:
        place = old.with_name(old.name.removeprefix(PREVIOUS))
        if place.exists():
            shutil.rmtree(old)
        else:
            old.rename(place)
    for left in [path for depth in ("", "*/") for path in folder.glob(f"{depth}{STAGING}*")]:
        shutil.rmtree(left)


@contextmanager
def staging(folder: Path):
    """Make a folder within ``folder`` for what is not finished yet; it is gone afterwards.

    So is ``folder``, where nothing came of it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix=STAGING, dir=folder) as path:
            yield Path(path)
    finally:
        if not any(folder.iterdir()):
            folder.rmdir()


@contextmanager
def private(folder: Path):
    """Let nobody but the owner read what is in ``folder``, and what is written meanwhile, also by children.

    What is written for a while goes there too and is gone afterwards: :func:`alone` removes what a process
    that was killed left of it. Folders have the mode 0700 and files 0600, where the system has modes.
    """
    mask, elsewhere = os.umask(0o077), tempfile.tempdir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        with staging(folder) as aside:
            tempfile.tempdir = str(aside)
            yield
    finally:
        tempfile.tempdir = elsewhere
        os.umask(mask)
        for path in [folder, *folder.rglob("*")]:
            if not path.is_symlink() and path.exists():
                path.chmod(0o700 if path.is_dir() else 0o600)


def swap(new: Path, place: Path):
    """Put the folder ``new`` in its ``place``; what stood there is ``new`` afterwards.

    Whoever reads finds the one or the other, whole: both change places in one step. A system that cannot do
    that takes three, and :func:`alone` puts right what is broken off between them.
    """
    if not place.exists():
        new.rename(place)
    elif not _exchange(new, place):
        old = place.with_name(PREVIOUS + place.name)
        place.rename(old)
        new.rename(place)
        old.rename(new)


def _exchange(one, other):
    """Let two folders change places, and tell whether the system could."""
    paths = os.fsencode(one), os.fsencode(other)
    if sys.platform == "linux":
        rename = getattr(ctypes.CDLL(None), "renameat2", None)
        return rename is not None and rename(AT_FDCWD, paths[0], AT_FDCWD, paths[1], RENAME_EXCHANGE) == 0
    return sys.platform == "darwin" and ctypes.CDLL(None).renamex_np(*paths, RENAME_SWAP) == 0


def with_parent():
    """Return a ``preexec_fn`` that ends a child with this process, however; on Linux, else ``None``."""
    return partial(_end_with, os.getpid()) if sys.platform == "linux" else None


def _end_with(parent):
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended in the meantime
        os._exit(1)
