"""What the window shows of a comparison: lanes, table, curves, boxes of one frame; no Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import inf, isfinite
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.look.palette import Palette, Rgb
from app.resolve.timeline import Pyramid
from sessions import Alignment
from tracker_core.evaluation.comparing import Compared, FrameTruth, worst_frame
from tracker_core.evaluation.comparison import failing
from tracker_core.evaluation.scores import Curve
from tracker_core.frames import Box

TRUTH = "Ground truth"


# Not in slots: what is reduced once is kept with the lane.
@dataclass(frozen=True, eq=False)
class OverlapLane:
    """How well one tracker's boxes lie over all frames."""

    name: str
    colour: Rgb
    overlap: NDArray[np.float32]
    """(N,) IoU with the ground truth, NaN where there is nothing to judge."""

    @cached_property
    def levels(self) -> Pyramid[np.float32]:
        """The same, reduced for whatever zoom; the lowest, or a short loss would not show."""
        return Pyramid(self.overlap, np.fmin)


@dataclass(frozen=True, slots=True, eq=False)
class CompareRow:
    """One line of the table."""

    name: str
    colour: Rgb
    figures: Mapping[str, float]
    """Fractions, NaN where nothing was scored."""
    failing: int
    """Frames on which it fails."""
    scored: int
    worst: int | None
    """The frame of its lowest IoU."""
    overlap: NDArray[np.float64]
    """(N,)"""
    curves: Mapping[str, Curve]
    notes: tuple[str, ...] = ()
    own: bool = False
    """Whether these are the boxes of the session, which may still change."""


class Drawn(Protocol):
    """What has curves to draw."""

    @property
    def colour(self) -> Rgb:
        """Of its curves."""

    @property
    def curves(self) -> Mapping[str, Curve]:
        """By measure; the first row of each is drawn."""


@dataclass(frozen=True, slots=True, eq=False)
class CompareModel:
    """Everything the panel shows."""

    rows: tuple[CompareRow, ...]
    metrics: tuple[str, ...]
    rules: str
    """Whose rules score."""
    has_truth: bool
    with_truth: int
    """Frames that have ground truth."""
    results: bool
    """Whether any result is open."""
    failing: str | None
    """The tracker whose failures are walked through,"""
    other: str | None
    """where this one does not fail."""


@dataclass(frozen=True, slots=True)
class BesideBox:
    """A box on the frame that is only looked at; both boxes in RGB pixels."""

    name: str
    colour: Rgb
    rgb: Box | None
    tir: Box | None
    truth: bool = False
    note: str = ""


def compare_row(
    each: Compared, colour: Rgb, *, own: bool = False, name: str | None = None
) -> CompareRow:
    """Return the line of a tracker."""
    return CompareRow(
        name or each.tracker,
        colour,
        each.figures,
        failing(each),
        each.scored,
        worst_frame(each.overlap),
        each.overlap,
        each.curves,
        each.notes,
        own,
    )


def colour_of(palette: Palette, rank: int) -> Rgb:
    """Return the colour of the result with this rank, from 0; the first target has another one."""
    return palette.target(rank + 1)


def colours_of(palette: Palette, count: int) -> tuple[Rgb, ...]:
    """Return the colours of so many results."""
    return tuple(colour_of(palette, rank) for rank in range(count))


def lanes_of(rows: tuple[CompareRow, ...]) -> tuple[OverlapLane, ...]:
    """Return a lane for each line of the table that anything is to be judged of."""
    return tuple(
        OverlapLane(row.name, row.colour, row.overlap.astype(np.float32))
        for row in rows
        if row.worst is not None
    )


def overlap_words(lane: OverlapLane, frame: int) -> str:
    """Return what a lane says about a frame."""
    value = float(lane.overlap[frame])
    said = "nothing to judge" if np.isnan(value) else f"IoU {value:.2f} with the ground truth"
    return f"{lane.name}: {said}"


def truth_box(
    truth: FrameTruth, alignment: Alignment, shift: int, frame: int, palette: Palette
) -> BesideBox | None:
    """Return the true boxes of a frame that shows thermal frame `frame` + `shift`, if any."""
    row = _row_of(truth, frame)
    tir = rgb = None if row is None else _box(truth.rgb[row])
    if truth.tir is not truth.rgb:
        # A truth of its own is in thermal pixels, and at the moments of the thermal camera.
        row = _row_of(truth, frame + shift)
        tir = None if row is None else _box(alignment.boxes_to_rgb(truth.tir[row]))
    if rgb is None and tir is None:
        return None
    return BesideBox(TRUTH, palette.truth, rgb, tir, truth=True)


def _row_of(truth: FrameTruth, frame: int) -> int | None:
    index = int(np.searchsorted(truth.at, frame))
    return index if index < len(truth) and truth.at[index] == frame else None


def result_box(each: Compared, colour: Rgb, frame: int) -> BesideBox | None:
    """Return what a tracker said about a frame; None where it said nothing that is a box."""
    box = _box(each.boxes[frame])
    overlap = float(each.overlap[frame])
    note = "" if np.isnan(overlap) else f"{overlap:.2f}"
    return None if box is None else BesideBox(each.tracker, colour, box, box, note=note)


def _box(row: NDArray[np.float64]) -> Box | None:
    # One of each tracker at each step: of four numbers, plain ones are the fastest.
    x, y, width, height = row.tolist()
    # Infinity is no place on a picture.
    usable = isfinite(x) and isfinite(y) and 0 < width < inf and 0 < height < inf
    return (x, y, width, height) if usable else None


@dataclass(frozen=True, slots=True, eq=False)
class FilmedComparison:
    """What a film of trackers compared shows."""

    compared: tuple[Compared, ...]
    """Their boxes in RGB pixels, in the order of the legend."""
    colours: tuple[Rgb, ...]
    """One for each."""
    truth: FrameTruth
    """As it was recorded; perhaps of no frame."""
    alignment: Alignment
    shift: int = 0
    """By how many frames thermal is shifted on the frames as they are paired."""

    def beside(self, frame: int, palette: Palette) -> list[tuple[int | None, BesideBox]]:
        """Return the boxes on a frame with the rank of their tracker, the true one first."""
        true = truth_box(self.truth, self.alignment, self.shift, frame, palette)
        found: list[tuple[int | None, BesideBox]] = [] if true is None else [(None, true)]
        for rank, (each, colour) in enumerate(zip(self.compared, self.colours, strict=True)):
            box = result_box(each, colour, frame) if frame < len(each.boxes) else None
            if box is not None:
                found.append((rank, box))
        return found
