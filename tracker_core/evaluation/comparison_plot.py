"""A figure of a comparison: the overlap of every tracker over the frames, one lane each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from safe_files import FileError, replacing
from safe_files.writing import fill
from tracker_core.drawn_figures import (
    DOTS_PER_INCH,
    FAINT,
    FORMATS,
    INK,
    SIZE,
    SMALL,
    UNDATED,
    WIDTHS,
    drawn,
    style_for,
)
from tracker_core.errors import CKDError
from tracker_core.evaluation.comparing import FAILS_BELOW, Compared
from tracker_core.evaluation.comparison import Comparison
from tracker_core.evaluation.plot_style import COLOURS
from tracker_core.lettering import cut_to, letters_for

POINTS = 72
LEFT, RIGHT, EDGE = 0.22, 0.06, 0.04
"""Inches beside the lanes, and around the figure."""
TITLE, NAME, LANE, GAP, BELOW = 0.17, 0.13, 0.24, 0.05, 0.33
"""Inches of the title, a name, a lane, the blank after it, and the numbers of the frames."""
FAILING = "#F3D9D2"
"""Ground of failing frames: lighter in print than any curve, and than the absences are dark."""
ABSENT = "#E4E4E4"
MOST_LANES = 40


def check_figure(path: Path) -> str:
    """Return the form that the ending of a figure names; CKDError for another one."""
    ending = path.suffix.lower()[1:]
    if ending not in FORMATS:
        raise CKDError(f"A figure cannot be saved as {path.name}; use .png, .svg or .pdf.")
    return ending


def save_comparison(
    made: Comparison,
    path: Path,
    width: float = WIDTHS["single"],
    colours: Sequence[tuple[int, int, int]] | None = None,
) -> None:
    """Draw a comparison and write it whole or not at all; raises CKDError.

    `colours`: red, green and blue to 255 of each tracker, in the order of `made`.
    """
    ending = check_figure(path)
    names = names_of(made)
    with mpl.rc_context(style_for(names)), letters_for(names):
        content = drawn(
            comparison_figure(made, width, colours), ending, DOTS_PER_INCH, UNDATED[ending]
        )
    try:
        with replacing(path, parents=True) as part:
            fill(part, content)
    except FileError as error:
        raise CKDError(f"The figure could not be saved in {path}: {error.reason}.") from error


def names_of(made: Comparison) -> tuple[str, ...]:
    """Return the names that a figure of a comparison holds, in whatever script."""
    return made.truth.name, *(each.tracker for each in made.compared)


def comparison_figure(
    made: Comparison, width: float, colours: Sequence[tuple[int, int, int]] | None = None
) -> Figure:
    """Return a figure with a lane for each tracker, in the order of their success."""
    success = made.truth.benchmark.success
    ranked = sorted(made.compared, key=lambda each: -np.nan_to_num(each.figures[success], nan=-1.0))
    lanes = ranked[:MOST_LANES]
    own = {} if colours is None else _by_tracker(made, colours)
    height = EDGE + TITLE + len(lanes) * (NAME + LANE + GAP) + BELOW
    # Not pyplot, which keeps figures alive and looks for a screen.
    figure = Figure(figsize=(width, height))
    inches = figure.dpi_scale_trans
    title = cut_to(
        f"IoU on {made.truth.name}, {made.truth.frames} frames", (width - 2 * EDGE) * POINTS, SIZE
    )
    figure.text(EDGE, height - EDGE, title, transform=inches, va="top", fontsize=SIZE, color=INK)
    across = width - LEFT - RIGHT
    top = height - EDGE - TITLE
    axes: Axes | None = None
    for rank, each in enumerate(lanes):
        figures = ", ".join(
            f"{name} {100 * value:.1f}" for name, value in each.figures.items() if value == value
        )
        right = figure.text(
            width - RIGHT, top, figures, transform=inches, va="top", ha="right", fontsize=SMALL,
            color=FAINT,
        )  # fmt: skip
        room = across * POINTS - SMALL * 0.55 * len(right.get_text()) - 6
        figure.text(
            LEFT, top, cut_to(each.tracker, max(20.0, room), SMALL), transform=inches, va="top",
            fontsize=SMALL, color=INK,
        )  # fmt: skip
        bottom = top - NAME - LANE
        place = (LEFT / width, bottom / height, across / width, LANE / height)
        axes = figure.add_axes(place)
        _draw_lane(axes, made, each, own.get(each.tracker, COLOURS[rank % len(COLOURS)]))
        if rank < len(lanes) - 1:
            axes.set_xticks([])
        top = bottom - GAP
    if axes is not None:
        axes.set_xlabel("Frame", labelpad=1.5)
        axes.locator_params(axis="x", integer=True, nbins=6)
    return figure


def _by_tracker(made: Comparison, colours: Sequence[tuple[int, int, int]]) -> dict[str, str]:
    names = [each.tracker for each in made.compared]
    return {
        name: "#{:02X}{:02X}{:02X}".format(*colour)
        for name, colour in zip(names, colours, strict=True)
    }


def _draw_lane(axes: Axes, made: Comparison, each: Compared, colour: str) -> None:
    frames = made.truth.frames
    edges = np.arange(frames + 1, dtype=np.float64) - 0.5
    known = ~np.isnan(each.overlap)
    overlap = np.where(known, each.overlap, 0.0)
    _ground(axes, edges, known & (each.overlap < FAILS_BELOW), FAILING)
    _ground(axes, edges, _absent(made), ABSENT)
    axes.stairs(overlap, edges, fill=True, color=colour, alpha=0.35, linewidth=0, rasterized=False)
    line = np.where(known, each.overlap, np.nan)
    axes.step(np.arange(frames), line, where="mid", color=colour, linewidth=0.7)
    axes.axhline(FAILS_BELOW, color=FAINT, linewidth=0.4, linestyle=(0, (2, 2)))
    axes.set(xlim=(-0.5, max(frames, 2) - 0.5), ylim=(0, 1.02))
    axes.set_yticks([0, 1])
    axes.tick_params(axis="both", length=1.8, pad=1.5)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _absent(made: Comparison) -> NDArray[np.bool_]:
    """Return on which frames the ground truth says that there is no target, (N,)."""
    absent = np.zeros(made.truth.frames, np.bool_)
    rows = np.maximum(made.truth.rgb[:, 2:].min(axis=1), made.truth.tir[:, 2:].min(axis=1))
    absent[made.truth.at] = rows <= 0
    return absent


def _ground(axes: Axes, edges: NDArray[np.float64], marks: NDArray[np.bool_], colour: str) -> None:
    if marks.any():
        axes.stairs(
            np.where(marks, 1.02, 0.0), edges, fill=True, color=colour, linewidth=0, zorder=0
        )
