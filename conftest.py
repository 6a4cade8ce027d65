"""Notebooks as tests: nbval executes them, and every output must say what the stored one says.

nbval finds and runs the cells; here they get a kernel of the book, and numbers a tolerance (see
``doorgroeien.publishing.kernel`` and ``doorgroeien.results.reproduction``).
"""

from pathlib import Path

from nbval.kernel import RunningKernel
from nbval.plugin import IPyNbCell, IPyNbFile

from doorgroeien.publishing.kernel import BookKernel
from doorgroeien.results.reproduction import differences

ROOT = Path(__file__).parent


def pytest_collect_file(file_path, parent):
    """Collect notebooks; without ``--nbval`` the plugin itself leaves them alone."""
    return Notebook.from_parent(parent, path=file_path) if file_path.suffix == ".ipynb" else None


class Kernel(RunningKernel):
    """What nbval talks to, with a kernel of the book."""

    def __init__(self, folder):
        """Start the kernel in ``folder``."""
        self.km = BookKernel(ROOT)
        self.km.start_kernel(cwd=str(folder))
        self.kc = self.km.client()
        self.kc.start_channels()
        self.kc.wait_for_ready(timeout=60)
        self._ensure_iopub_up()


class Notebook(IPyNbFile):
    """A notebook whose cells are tests."""

    def setup(self):
        """Start its kernel."""
        self.kernel = Kernel(self.path.parent)

    def collect(self):
        """Give the cells."""
        for cell in super().collect():
            yield Cell.from_parent(
                self, name=cell.name, cell_num=cell.cell_num, cell=cell.cell, options=cell.options
            )


class Cell(IPyNbCell):
    """A cell whose outputs are compared with the stored ones."""

    def compare_outputs(self, test, ref, skip_compare=None):
        """Tell whether they say the same; note each difference for the report."""
        self.comparison_traceback = [str(difference) for difference in differences(ref, test)]
        return not self.comparison_traceback
