"""Ground truth of one sequence: which files hold it, and which row belongs to which frame."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tracker_core.frames import Box
from tracker_core.sequences.boxes import BoxForm, BoxRows, is_box, read_boxes
from tracker_core.sequences.folders import FolderEntries, look_into
from tracker_core.sequences.layouts import table
from tracker_core.sequences.layouts.base import TruthFiles
from tracker_core.sequences.layouts.names import Layout
from tracker_core.sequences.remarks import Remark
from tracker_core.sequences.rows import OUTSIDE, Placement, RowRule, RowSpace, place_rows


@dataclass(frozen=True, slots=True)
class GroundTruth:
    """What is known about the target in each of N frames."""

    rgb: NDArray[np.float64]
    """(N, 4) x, y, w, h in RGB pixels exactly as written; NaN where there is no row."""
    tir: NDArray[np.float64]
    """(N, 4) the same for the thermal frames; the same array when there is one file for both."""
    absent: NDArray[np.bool_]
    """(N,) True where every row for the frame says there is no target (NaN, or w or h <= 0)."""
    annotated: NDArray[np.bool_]
    """(N,) True where a file has a row for the frame, be it a box or not."""
    init: Box | None
    """The box to start from: the first of init.txt, or else the first box there is."""
    init_frame: int
    """The frame index that `init` belongs to."""
    init_boxes: NDArray[np.float64] | None
    """(N, 4) init.txt where it has a row per frame, as the one-box benchmarks score by it."""
    files: tuple[Path, ...]
    remarks: tuple[Remark, ...] = ()
    """On rows that do not fit the frames."""
    rows: NDArray[np.int64] | None = None
    """(R,) the frame of each row of the RGB file, or of the only one; -1: it is not there."""

    def __len__(self) -> int:
        return len(self.rgb)


def find_truth_files(
    entries: FolderEntries, layout: Layout, rgb_stem: str = "", tir_stem: str = ""
) -> TruthFiles:
    """Find the ground-truth files of a layout in a folder.

    The stems are the names of the modality folders or videos; a text file of that name counts too.
    """
    return table.reader_of(layout).truth(entries, rgb_stem, tir_stem)


def truth_layout(entries: FolderEntries) -> Layout | None:
    """Tell from the text files alone whose ground truth a folder holds; None when nobody's."""
    return next((each.layout for each in table.LAYOUTS if each.owns_truth(entries)), None)


def read_ground_truth(path: str | Path, layout: Layout | None = None) -> GroundTruth | None:
    """Read the ground truth of one sequence without its frames: a folder, or a file of boxes.

    As many frames are taken as there are rows. None for a folder that holds no ground truth;
    raises CKDError, with file and line, for one that cannot be read.
    """
    path = Path(path)
    if not path.is_dir():
        form = BoxForm.XYWH if layout is None else table.reader_of(layout).lone_form
        return load_ground_truth(TruthFiles(path, None, None, form))
    entries = look_into(path)
    layout = layout or truth_layout(entries)
    if layout is None:
        return None
    return load_ground_truth(find_truth_files(entries, layout))


def load_ground_truth(
    files: TruthFiles,
    space: RowSpace | None = None,
    rgb_slots: NDArray[np.int64] | None = None,
    tir_slots: NDArray[np.int64] | None = None,
    rule: RowRule | None = None,
) -> GroundTruth | None:
    """Read the files and give every row its frame; None when there is no file.

    `space` says which frames there are, the slots are the frame indices at which a modality has a
    file, and `rule` says how the layout counts. Without `space` the rows decide. Raises
    UndecidedRowsError where nothing says which rows belong to the frames.
    """
    if not files.paths:
        return None
    rule = replace(rule or RowRule(), every=files.every)
    # Always x, y, w, h: GTOT's, too, whose other files are corners.
    init = None if files.init is None else read_boxes(files.init)
    rgb = None if files.rgb is None else read_boxes(files.rgb, files.form)
    tir = None if files.tir is None else read_boxes(files.tir, files.form)
    # With frames, a single row is the box to start from and no ground truth.
    if rgb is None and tir is None and init is not None and (space is None or len(init) > 1):
        rgb = init  # RGBT210: init.txt is the ground truth
    if space is None:
        space = RowSpace(_rows_as_frames([rgb, tir], rule))
    remarks: list[Remark] = []
    placed = [
        _Placed.of(rows, space, slots, rule, remarks)
        for rows, slots in ((rgb, rgb_slots), (tir, tir_slots))
        if rows is not None
    ]
    empty = _Placed.empty(space.length)
    # With one file both are the very same array, by which others can tell.
    first, last = (placed[0], placed[-1]) if placed else (empty, empty)
    annotated = first.annotated | last.annotated
    # One camera may not see what the other does, so all rows that there are have to say so.
    absent = annotated & (first.absent | ~first.annotated) & (last.absent | ~last.annotated)
    start, start_frame = _start(init, first, last)
    return GroundTruth(
        rgb=first.boxes,
        tir=last.boxes,
        absent=absent,
        annotated=annotated,
        init=start,
        init_frame=start_frame,
        init_boxes=_init_boxes(init, space, rgb_slots, rule),
        files=files.paths,
        remarks=tuple(remarks),
        rows=first.frames,
    )


def fitting_rows(
    rows: BoxRows, space: RowSpace, slots: NDArray[np.int64] | None, rule: RowRule
) -> tuple[BoxRows, Placement]:
    """Return the rows with their frames; blank lines stay rows unless only that fits not."""
    compact = rows.without_blanks()
    counts = {space.length} if slots is None else {space.length, len(slots)}
    # Blank lines are frames without a row unless only leaving them out makes the count right.
    if len(rows) not in counts and (len(compact) in counts or rows.is_double_spaced):
        rows = compact
    return rows, place_rows(rows.path.name, len(rows), space, slots, rule)


@dataclass(frozen=True, slots=True)
class _Placed:
    """Rows of one file, each at its frame."""

    boxes: NDArray[np.float64]
    annotated: NDArray[np.bool_]
    absent: NDArray[np.bool_]
    frames: NDArray[np.int64]
    """(R,) the frame of each row."""

    @classmethod
    def empty(cls, length: int) -> _Placed:
        return cls(
            np.full((length, 4), np.nan),
            np.zeros(length, np.bool_),
            np.zeros(length, np.bool_),
            np.zeros(0, np.int64),
        )

    @classmethod
    def of(
        cls,
        rows: BoxRows,
        space: RowSpace,
        slots: NDArray[np.int64] | None,
        rule: RowRule,
        remarks: list[Remark],
    ) -> _Placed:
        rows, placement = fitting_rows(rows, space, slots, rule)
        if placement.remark is not None:
            remarks.append(placement.remark)
        placed = cls.empty(space.length)
        inside = placement.frames != OUTSIDE
        at = placement.frames[inside]
        placed.boxes[at] = rows.boxes[inside]
        placed.annotated[at] = ~rows.blank[inside]
        placed.absent[at] = rows.absent[inside]
        return replace(placed, frames=placement.frames)


def _rows_as_frames(files: list[BoxRows | None], rule: RowRule) -> int:
    counts = [
        len(rows.without_blanks() if rows.is_double_spaced else rows)
        for rows in files
        if rows is not None
    ]
    most = max(counts, default=0)
    return rule.every * (most - 1) + 1 if most else 0


def _start(init: BoxRows | None, rgb: _Placed, tir: _Placed) -> tuple[Box | None, int]:
    # Benchmarks start from init.txt even where their ground truth begins otherwise. Its box is
    # that of the first row, whose frame may be lost.
    first = next((int(each.frames[0]) for each in (rgb, tir) if len(each.frames)), 0)
    if init is not None and len(init) and bool(is_box(init.boxes[0])) and first != OUTSIDE:
        return _as_box(init.boxes[0]), first
    for placed in (rgb, tir):
        valid = np.flatnonzero(is_box(placed.boxes))
        if len(valid):
            return _as_box(placed.boxes[valid[0]]), int(valid[0])
    return None, 0


def _as_box(row: NDArray[np.float64]) -> Box:
    x, y, w, h = (float(value) for value in row)
    return x, y, w, h


def _init_boxes(
    init: BoxRows | None,
    space: RowSpace,
    slots: NDArray[np.int64] | None,
    rule: RowRule,
) -> NDArray[np.float64] | None:
    if init is None or len(init) < 2:  # one row is where to start, not what to score by
        return None
    # Never one in ten: it is the file of benchmarks that have a row for each frame.
    rows, placement = fitting_rows(init, space, slots, replace(rule, every=1))
    boxes = np.full((space.length, 4), np.nan)
    inside = placement.frames != OUTSIDE
    boxes[placement.frames[inside]] = rows.boxes[inside]
    return boxes
