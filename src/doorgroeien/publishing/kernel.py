"""Kernels for the book's notebooks: its own interpreter and settings, whatever else a machine has installed.

A kernel takes nothing from the kernels, IPython profiles, startup files, Jupyter paths, Python variables and
Matplotlib settings of the user or the machine. Run as ``python -m doorgroeien.publishing.kernel``, this
module is one.
"""

import json
import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

import matplotlib
from ipykernel.kernelapp import IPKernelApp
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager, KernelManager
from traitlets.config import Config

from doorgroeien.data.tables import loaded

__all__ = ["AsyncBookKernel", "BookKernel", "KernelError", "settings", "used"]

FOREIGN = ("PYTHON", "IPYTHON", "JUPYTER", "MPL", "MATPLOTLIB")
SECONDS = 60  # to answer for the first time
# The notebooks themselves run side by side, each on one core.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
TEMPORARY = ("TMPDIR", "TEMP", "TMP", "JOBLIB_TEMP_FOLDER")


def settings(root: Path, own: Path) -> dict[str, str]:
    """Return the environment of a kernel for the book below ``root``.

    ``own`` is a folder of the kernel alone. Of the environment as it is now all variables stay but those that
    tell Python, IPython, Jupyter and Matplotlib what to load.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return (
        kept
        | dict.fromkeys(THREADS, "1")
        | {
            "IPYTHONDIR": str(own),
            # What is written for a while, and the arrays that workers share, is gone with it.
            **dict.fromkeys(TEMPORARY, str(own)),
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # as in JupyterLab
            # Its list of fonts takes seconds to make, so all kernels of the book share it.
            "MPLCONFIGDIR": str(root / "_build" / ".matplotlib"),
            "MATPLOTLIBRC": str(Path(matplotlib.get_data_path(), "matplotlibrc")),
            # Jupyter's name for it; a kernel that starts while its parent dies cannot ask who that was.
            "JPY_PARENT_PID": str(os.getpid()),
            "PYTHONHASHSEED": "0",
            "PYTHONUTF8": "1",  # whatever the locale
            "PYTHONPATH": str(Path(__file__).parents[2]),  # the same package as here
        }
    )


def used() -> str:
    """Return, as JSON, the modules of this package, the tables and words that this process used so far."""
    prefix = __package__.partition(".")[0] + "."
    modules = {name.removeprefix(prefix) for name in sys.modules if name.startswith(prefix)} | {"__init__"}
    modules -= {"publishing", "publishing.kernel"}
    chapter = sys.modules.get(f"{prefix}results.chapter")
    words = chapter.words_read() if chapter else ()
    return json.dumps({"modules": sorted(modules), "tables": sorted(loaded()), "words": sorted(words)})


class KernelError(Exception):
    """No kernel starts."""


class _OneKernel(KernelSpecManager):
    """Knows one kernel, under whatever name it is asked for."""

    def get_kernel_spec(self, kernel_name):
        """Return the kernel of the book, with the interpreter that runs this."""
        command = [sys.executable, "-P", "-m", __name__, "-f", "{connection_file}"]
        return KernelSpec(argv=command, display_name="Python 3", language="python", name=kernel_name)


class _Own(KernelManager):
    """What both kernel managers add: the one kernel, a folder of its own and :func:`settings`."""

    def __init__(self, root: Path, **variables: str):
        """Prepare a kernel for the book below ``root``, with ``variables`` in its environment."""
        self._folder = tempfile.TemporaryDirectory(prefix="doorgroeien-kernel-", ignore_cleanup_errors=True)
        own = Path(self._folder.name)
        super().__init__(connection_file=str(own / "connection.json"), kernel_spec_manager=_OneKernel())
        self._environment = settings(root, own) | variables
        self._log = own / "log"

    async def _async_launch_kernel(self, kernel_cmd, **options):
        with self._log.open("w") as log:
            await super()._async_launch_kernel(kernel_cmd, **options | {"stderr": log})

    async def _async_pre_start_kernel(self, **options):
        return await super()._async_pre_start_kernel(**options | {"env": self._environment})


class BookKernel(_Own):
    """A kernel of the book."""


class AsyncBookKernel(_Own, AsyncKernelManager):
    """A kernel of the book, to be awaited."""

    async def open(self, folder: Path):
        """Start the kernel in ``folder``; return a client once it answers.

        Raises :class:`KernelError` in one line where it does not.
        """
        client = None
        try:
            await self.start_kernel(cwd=str(folder))
            client = self.client()
            client.start_channels()
            await client.wait_for_ready(timeout=SECONDS)
        except (RuntimeError, OSError) as error:
            if client is not None:
                client.stop_channels()
                await self.shutdown_kernel(now=True)
            reason = self._last_line() or str(error)
            remedy = "Remove .venv, and let make set it up again."
            raise KernelError(f"no kernel starts: {reason}. {remedy}") from None
        client.allow_stdin = False
        return client

    def _last_line(self):
        lines = self._log.read_text(encoding="utf-8", errors="replace") if self._log.is_file() else ""
        return (lines.strip().splitlines() or [""])[-1].rstrip(".")


class Kernel(IPKernelApp):
    """IPython's kernel without any configuration file or startup file."""

    ignore_cwd = True
    exec_PYTHONSTARTUP = False
    config = Config({"InteractiveShell": {"colors": "nocolor"}})  # errors are read in a log

    def load_config_file(self, *arguments, **options):
        """Load nothing, neither of the user nor of the machine."""

    def _run_startup_files(self):
        """Run nothing."""

    def init_poller(self):
        """End with the process that started this, and take along the workers that notebooks started."""
        if hasattr(os, "getpgrp") and os.getpgrp() == os.getpid():
            threading.Thread(
                target=_end_group_with, args=(self.parent_handle or os.getppid(),), daemon=True
            ).start()
        else:
            super().init_poller()


def _end_group_with(parent):
    while os.getppid() == parent:
        time.sleep(0.5)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    Kernel.launch_instance(log_level="ERROR")
