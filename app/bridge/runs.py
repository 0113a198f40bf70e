"""A tracked run as one command, and registered cameras of two sizes as an alignment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.bridge.run_parts import RunParts
from app.bridge.values import then_computed, tracked_frame
from app.resolve.thermal import ThermalPlace
from sessions import (
    AcceptRun,
    Alignment,
    AnnotationSession,
    ModelInfo,
    TrackedBlocks,
    TrackedFrame,
    TrackingRows,
)
from sessions.blocks import BLOCK_FRAMES
from sessions.checks import check_boxes

if TYPE_CHECKING:
    from tracker_core.trackers import Result


def scale_alignment(
    rgb_size: tuple[int, int], tir_size: tuple[int, int], time_offset: int = 0
) -> Alignment:
    """Return the alignment of registered cameras of different resolution: scaling only."""
    # A size that nobody knows is 0 x 0, and nothing can be scaled by it.
    if rgb_size == tir_size or 0 in (*rgb_size, *tir_size):
        return Alignment(time_offset)
    across, down = rgb_size[0] / tir_size[0], rgb_size[1] / tir_size[1]
    return Alignment(time_offset, (across, 0.0, 0.0, 0.0, down, 0.0, 0.0, 0.0, 1.0))


@dataclass(frozen=True, slots=True, eq=False)
class PackedRun:
    """A tracked run, packed so that taking it over costs almost nothing; never empty."""

    frames: NDArray[np.int64]
    """(k,) ascending."""
    boxes_xywh: NDArray[np.float64]
    """(k, 4) in RGB pixels."""
    scores: NDArray[np.float32]
    """(k,)."""
    tracking: TrackedBlocks

    def without(self, frames: Iterable[int]) -> PackedRun | None:
        """Return the same run without these frames; None when nothing is left."""
        gone = np.array(sorted(frames), np.int64)
        left = ~np.isin(self.frames, gone)
        if left.all():
            return self
        if not left.any():
            return None
        return PackedRun(
            self.frames[left], self.boxes_xywh[left], self.scores[left], self.tracking.without(gone)
        )


class RunPacker:
    """Packs a run while it is tracked, in the thread that tracks.

    Packing 20 000 frames takes seconds; done frame by frame it vanishes beside the tracking.
    """

    def __init__(self, model: ModelInfo, parts: RunParts | None = None) -> None:
        """Begin a run of `model`; `parts` are given each frame as well, to be kept at once."""
        self._model = model
        self._parts = parts
        self._boxes: dict[int, tuple[float, ...]] = {}
        self._scores: dict[int, float] = {}
        self._open: dict[int, TrackedFrame] = {}
        """Frames of the block that the run is in."""
        self._packed: list[TrackedBlocks] = []

    def add(self, frame_index: int, result: Result, *, part: bool = True) -> None:
        """Keep one answer; frames come in order, ascending or descending.

        Without `part` the parts have been given it already. Raises SessionError for an answer that
        no session can hold, and keeps those before.
        """
        answer = self._checked(frame_index, result)
        if part:
            self._give_part(frame_index, result, answer)
        if self._open and frame_index // BLOCK_FRAMES != next(iter(self._open)) // BLOCK_FRAMES:
            self._close_block()
        self._open[frame_index] = answer
        self._boxes[frame_index] = result.box_xywh
        self._scores[frame_index] = result.score

    def add_part(self, frame_index: int, result: Result) -> None:
        """Give an answer to the parts alone, because a better one may follow.

        Raises SessionError as `add` does.
        """
        self._give_part(frame_index, result, self._checked(frame_index, result))

    def _checked(self, frame_index: int, result: Result) -> TrackedFrame:
        box = np.array(result.box_xywh, np.float64)
        check_boxes(box, f"The tracker's answer on frame {frame_index}", none_allowed=False)
        answer = tracked_frame(result)
        # Made here only to be refused here: later the whole block would be.
        TrackingRows.from_frames(self._model, [answer])
        return answer

    def _give_part(self, frame_index: int, result: Result, answer: TrackedFrame) -> None:
        if self._parts is not None:
            self._parts.add(frame_index, result.box_xywh, result.score, answer)

    def computed_by(self, engine: str) -> None:
        """Say which engine computes by now: another one may have had to take over on the way."""
        self._model = then_computed(self._model, engine)

    def packed(self) -> PackedRun | None:
        """Return what was kept so far; None before the first frame."""
        if not self._boxes:
            return None
        self._close_block()
        # A run backwards ends with its first frame.
        frames = sorted(self._boxes)
        return PackedRun(
            frames=np.array(frames, np.int64),
            boxes_xywh=np.array([self._boxes[index] for index in frames], np.float64),
            scores=np.array([self._scores[index] for index in frames], np.float32),
            tracking=TrackedBlocks.joined(self._model, self._packed),
        )

    def _close_block(self) -> None:
        if self._open:
            frames = np.array(list(self._open), np.int64)
            rows = TrackingRows.from_frames(self._model, list(self._open.values()))
            self._packed.append(TrackedBlocks.pack(frames, rows))
            self._open = {}


def accept_placed(target_id: str, run: PackedRun, place: ThermalPlace) -> AcceptRun:
    """Return the one command that takes a packed run over; `place` says where thermal boxes lie."""
    return AcceptRun(
        target_id=target_id,
        frames=run.frames,
        boxes=place.pairs(run.boxes_xywh),
        scores=run.scores,
        tracking=run.tracking,
    )


def accept_packed(
    session: AnnotationSession, target_id: str, run: PackedRun, start: int | None = None
) -> AcceptRun:
    """Return the same for a session as it is now.

    The tracker finds one box; the thermal one keeps the offset it has on frame `start`, if given.
    """
    return accept_placed(target_id, run, ThermalPlace.of(session, target_id, start))


def accept_run(
    session: AnnotationSession,
    target_id: str,
    results: Mapping[int, Result],
    model: ModelInfo,
    start: int | None = None,
) -> AcceptRun:
    """Return the one command that takes results by frame index over, not empty; see above."""
    packer = RunPacker(model)
    for index in sorted(results):
        packer.add(int(index), results[index])
    run = packer.packed()
    if run is None:
        raise ValueError("A run without frames has nothing to take over.")
    return accept_packed(session, target_id, run, start)
