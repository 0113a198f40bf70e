"""What a tracker says of its boxes against how good they were, as a figure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.quality.by_pair import calibration_error, mean_over
from benchmarks.quality.exam_summary import ExamSummary, Judged
from benchmarks.quality.runner import JUDGES
from safe_files import FileError, replacing
from safe_files.writing import fill
from tracker_core.drawn_figures import DOTS_PER_INCH, FAINT, FORMATS, UNDATED, drawn, style_for
from tracker_core.errors import CKDError
from tracker_core.evaluation.plot_style import COLOURS
from tracker_core.lettering import letters_for

SIDE, SHARES = 2.4, 0.8
"""Inches of a panel each way, and of the shares of frames below it."""
_SAID = {"overlap": "Predicted overlap"}
"""What stands at an axis where the judge's own name would be taken for the truth."""


def check_plot(path: Path) -> None:
    """Raise CKDError for an ending that no figure has, before anything is tracked."""
    if path.suffix.lower()[1:] not in FORMATS:
        raise CKDError(f"A figure cannot be saved as {path.name}; use .png, .svg or .pdf.")


def save_reliability(summary: ExamSummary, path: Path) -> bool:
    """Draw a panel for all that the first tracker says; False where it says nothing.

    Raises CKDError for a file that cannot be written.
    """
    check_plot(path)
    ours, ending = summary.trackers[0], path.suffix.lower()[1:]
    judged = {name: summary.judged(ours, name, summary.exams) for name in JUDGES}
    known = {name: each for name, each in judged.items() if each is not None}
    if not known:
        return False
    with mpl.rc_context(style_for((ours,))), letters_for((ours,)):
        figure = reliability_figure(known, ours)
        content = drawn(figure, ending, DOTS_PER_INCH, UNDATED[ending])
    try:
        with replacing(path, parents=True) as part:
            fill(part, content)
    except FileError as error:
        raise CKDError(f"The figure could not be saved in {path}: {error.reason}.") from error
    return True


def reliability_figure(judged: Mapping[str, Judged], tracker: str) -> Figure:
    """Return a figure with a panel for each judge: the better calibrated, the nearer the line."""
    # Not pyplot, which keeps figures alive and looks for a screen.
    figure = Figure(figsize=(SIDE * len(judged), SIDE + SHARES), layout="constrained")
    rows = figure.subplots(
        2, len(judged), squeeze=False, sharex=True, sharey="row", height_ratios=(SIDE, SHARES)
    )
    for column, (name, each) in enumerate(judged.items()):
        _draw_worth(rows[0, column], each, name, COLOURS[column % len(COLOURS)])
        _draw_shares(rows[1, column], each, COLOURS[column % len(COLOURS)])
        rows[1, column].set_xlabel(_SAID.get(name, name.capitalize()))
    rows[0, 0].set_ylabel("Mean IoU")
    rows[1, 0].set_ylabel("Frames")
    figure.suptitle(tracker, parse_math=False)
    return figure


def _draw_worth(axes: Axes, judged: Judged, name: str, colour: str) -> None:
    axes.plot([0, 1], [0, 1], color=FAINT, linewidth=0.6, linestyle=(0, (2, 2)))
    said, means, ends = [], [], []
    for each in judged.bins:
        own = judged.in_bin(each)
        found = mean_over(judged.iou[own].tolist(), judged.pairs[own].tolist())
        said.append(each.said)
        means.append(found.value)
        ends.append((found.value - found.low, found.high - found.value))
    # Over few pairs the percentiles may lie on the mean, and past it by a rounding.
    reach = np.maximum(np.array(ends).T, 0)
    axes.errorbar(said, means, yerr=reach, color=colour, marker="o", markersize=2.5, linewidth=0.9)
    axes.set(xlim=(0, 1), ylim=(0, 1))
    off, area = calibration_error(judged.bins), judged.auc.value
    said_area = "" if np.isnan(area) else f", AUC {area:.3f}"
    axes.set_title(f"{name}: {off:.3f} off{said_area}")


def _draw_shares(axes: Axes, judged: Judged, colour: str) -> None:
    for each in judged.bins:
        share = 100 * each.frames / len(judged.iou)
        axes.bar(each.low, share, each.high - each.low, align="edge", color=colour, alpha=0.5)
    axes.yaxis.set_major_formatter("{x:.0f} %")
