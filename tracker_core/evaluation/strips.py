"""Failure strips: frames of a sequence on both cameras with the boxes of all trackers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from tracker_core.drawn_figures import (
    DOTS_PER_INCH,
    FAINT,
    SMALL,
    UNDATED,
    WIDTHS,
    drawn,
    style_for,
)
from tracker_core.errors import CKDError
from tracker_core.evaluation.failures import frame_of, in_view
from tracker_core.evaluation.plot_page import EDGE, key_of, page
from tracker_core.evaluation.plot_style import BEST, look_of
from tracker_core.evaluation.report import Evaluation
from tracker_core.evaluation.result_files import read_result, write_all
from tracker_core.evaluation.result_folders import TrackerFiles
from tracker_core.evaluation.scores import rows_of
from tracker_core.evaluation.truth import SequenceTruth
from tracker_core.imaging import to_display
from tracker_core.lettering import letters_for
from tracker_core.sequences.dataset import open_dataset
from tracker_core.sequences.sequence import Frame

ENDINGS = ("png", "pdf")
FRAMES = 4
"""Frames of a strip."""
NAMES = ("RGB", "Thermal")
SPACE, HEAD = 0.03, 0.14
"""Inches between two pictures, and above them for the number of the frame."""


def save_strips(
    evaluation: Evaluation,
    trackers: Sequence[TrackerFiles],
    sequences: Mapping[str, Sequence[int]],
    folder: Path,
    width: float = WIDTHS["double"],
) -> list[Path]:
    """Write a strip of rows of ground truth of each of these sequences, all or none.

    Returns the paths.

    Raises CKDError where there are no frames.
    """
    dataset = open_dataset(evaluation.truth.folder)
    if not dataset.has_frames:
        raise CKDError(
            f"{evaluation.truth.folder} holds ground truth but no frames; strips need the dataset."
        )
    files = {each.tracker: each for each in trackers}
    truths = {each.name: each for each in evaluation.truth.sequences}
    written: dict[Path, bytes] = {}
    names = (*evaluation.trackers, *sequences)
    with mpl.rc_context(style_for(names)), letters_for(names):
        for name, rows in sequences.items():
            truth = truths[name]
            boxes = [
                rows_of(evaluation.truth.benchmark, truth, read_result(files[each].files[name]))
                for each in evaluation.trackers
            ]
            with dataset.sequence(name) as source:
                pictures = [_pictures(source.frame(frame_of(truth, row))) for row in rows]
            figure = _strip(evaluation, truth, list(rows), boxes, pictures, width)
            for ending in ENDINGS:
                path = folder / f"{evaluation.truth.benchmark.key}_strip_{name}.{ending}"
                written[path] = drawn(figure, ending, DOTS_PER_INCH, UNDATED[ending])
    write_all(folder, written, "strips")
    return list(written)


def worst_rows(evaluation: Evaluation, name: str, count: int = FRAMES) -> list[int]:
    """Return of each part of a sequence the row on which the trackers overlap least, ascending.

    Rows without a target are left out, for there no box is wrong; of a target that is never seen
    there is none.
    """
    begin = 0
    for truth in evaluation.truth.sequences:
        if truth.name == name:
            break
        begin += len(truth)
    seen = np.flatnonzero(in_view(truth))
    overlap = np.mean([each.overlap[begin : begin + len(truth)] for each in evaluation.scores], 0)
    parts = np.array_split(seen, max(1, min(count, len(seen))))
    return [int(part[overlap[part].argmin()]) for part in parts if len(part)]


def rows_at(evaluation: Evaluation, name: str, frames: Sequence[int]) -> list[int]:
    """Return the rows of ground truth of some frames; CKDError where one has no row."""
    truth = next(each for each in evaluation.truth.sequences if each.name == name)
    known = {frame_of(truth, row): row for row in range(len(truth))}
    gone = next((frame for frame in frames if frame not in known), None)
    if gone is not None:
        raise CKDError(f"{name} has no ground truth on frame {gone}; choose another.")
    return [known[frame] for frame in frames]


def _pictures(frame: Frame) -> list[NDArray[np.uint8] | None]:
    # RGB as it is: a stretch would show another light than the tracker saw.
    return [frame.rgb, None if frame.tir is None else to_display(frame.tir)]


def _strip(
    evaluation: Evaluation,
    truth: SequenceTruth,
    rows: list[int],
    boxes: list[NDArray[np.float64]],
    pictures: list[list[NDArray[np.uint8] | None]],
    width: float,
) -> Figure:
    success = evaluation.truth.benchmark.success
    index = evaluation.truth.names.index(truth.name)
    own = [float(each.curves[success].figures[index]) for each in evaluation.scores]
    across = (width - 2 * EDGE - 0.16 - (len(rows) - 1) * SPACE) / len(rows)
    shapes = [image.shape for pair in pictures for image in pair if image is not None]
    up = across * max((shape[0] / shape[1] for shape in shapes), default=0.75)
    title = f"{truth.name}, {evaluation.truth.benchmark.label}; {success} on this sequence"
    made = page(
        width, title, key_of(evaluation.trackers, own), beneath=True, below=0.05, above=0.2 + HEAD,
        height=2 * up + SPACE,
    )  # fmt: skip
    _, bottom, _, _ = made.place
    for column, row in enumerate(rows):
        left = EDGE + 0.16 + column * (across + SPACE)
        base = next((image.shape for image in pictures[column] if image is not None), None)
        for line, image in enumerate(pictures[column]):
            axes = made.add((left, bottom + (1 - line) * (up + SPACE), across, up))
            axes.set(xticks=[], yticks=[])
            if line == 0:
                axes.set_title(f"Frame {frame_of(truth, row)}", fontsize=SMALL, pad=2)
            if column == 0:
                axes.set_ylabel(NAMES[line], fontsize=SMALL, labelpad=2)
            if image is None or base is None:
                axes.text(0.5, 0.5, "gap", transform=axes.transAxes, ha="center", color=FAINT)
                continue
            axes.imshow(image, cmap="gray", aspect="auto")
            axes.set_autoscale_on(False)  # a box beside the picture must not make it smaller
            scale = (image.shape[1] / base[1], image.shape[0] / base[0])
            _draw(axes, (truth.tir if line else truth.rgb)[row], None, (1.0, 1.0))
            # The best last, so that it lies on top.
            for rank in reversed(range(len(boxes))):
                _draw(axes, boxes[rank][row], rank, scale)
    return made.figure


def _draw(
    axes: Axes, box: NDArray[np.float64], rank: int | None, scale: tuple[float, float]
) -> None:
    x, y, w, h = box * np.array([*scale, *scale])
    look = {} if rank is None else look_of(rank)
    corners: dict[str, Any] = {"fill": False, "clip_on": True}
    # Light below dark, or a dark line were not seen on a dark picture.
    axes.add_patch(Rectangle((x, y), w, h, edgecolor="white", linewidth=1.8, alpha=0.8, **corners))
    axes.add_patch(
        Rectangle(
            (x, y), w, h, edgecolor=look.get("color", "black"),
            linestyle=look.get("linestyle", "-"), linewidth=1.0, **corners,
        )
    )  # fmt: skip
    if rank is not None and rank < BEST:
        mark = {key: look[key] for key in ("marker", "markerfacecolor", "color", "markersize")}
        # On a corner of its own where boxes lie on each other.
        right, down = rank % 2, rank // 2 % 2
        axes.plot([x + right * w], [y + down * h], linestyle="", clip_on=True, **mark)
