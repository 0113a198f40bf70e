"""Single files that a person asks for beside a session, for `benchmarks.full_disk`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from unittest import mock

from matplotlib.figure import Figure

from sessions import Alignment, write_alignment
from tracker_core.evaluation import comparison_plot
from tracker_core.evaluation.benchmarks import LASHER
from tracker_core.evaluation.comparing import FrameTruth
from tracker_core.evaluation.comparison import Comparison


def _alignment(folder: Path) -> None:
    write_alignment(Alignment(7, (2.0, 0, 10, 0, 2, -4, 0, 0, 1)), folder / "rig.json")


def _comparison(folder: Path) -> None:
    made = Comparison(FrameTruth.of_sequence("walk", 4, LASHER, None), ())
    # Next to nothing: a trial writes hundreds of times, and only the writing is tried.
    with mock.patch.object(comparison_plot, "comparison_figure", return_value=Figure((1, 1))):
        comparison_plot.save_comparison(made, folder / "c.pdf")


SMALL: dict[str, tuple[Callable[[Path], None], str]] = {
    "alignment": (_alignment, "rig.json"),
    "comparison": (_comparison, "c.pdf"),
}
"""By the name of its case: what writes a file into a folder, and the name of the file."""
