"""What is to be seen on one frame, resolved from session, run and sequence; no Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.resolve.inspection import CropWindow, TokenStage, token_stages
from sessions import AnnotationSession, Flag, Source, Target
from tracker_core.frames import Box

if TYPE_CHECKING:
    from tracker_core.ckd.tracker import TrackResult

SOURCE_WORDS = {
    Source.NONE: "no box",
    Source.MANUAL: "set by hand",
    Source.TRACKED: "tracked",
    Source.INTERPOLATED: "interpolated",
    Source.IMPORTED: "imported",
}


@dataclass(frozen=True, slots=True, eq=False)
class FrameAnswer:
    """What the tracker said about one frame, whether just now or long ago."""

    frame_index: int
    window: CropWindow
    grid: int
    stages: tuple[TokenStage, ...]
    score: float
    score_map: NDArray[np.float32]
    box_xywh: Box | None
    """The box on the frame now, in RGB pixels."""
    model: str = ""


def answer_of_result(result: TrackResult, frame_index: int, model: str = "") -> FrameAnswer:
    """Return a fresh answer of the tracker."""
    window = result.search_window
    return FrameAnswer(
        frame_index,
        CropWindow(float(window.x), float(window.y), float(window.side)),
        result.search_grid,
        token_stages(result.elimination),
        result.score,
        result.score_map,
        result.box_xywh,
        model,
    )


def answer_of_session(target: Target, frame_index: int) -> FrameAnswer | None:
    """Return the recorded answer for a frame; None where the tracker has not been."""
    record = target.tracking.frame(frame_index)
    # A tracker without search window and score map leaves nothing to draw but its box.
    if record is None or record.model is None or record.window is None or record.score_map is None:
        return None
    grid = record.model.search_grid
    present = np.ones(grid * grid, np.bool_)
    stages = []
    known_stages = record.model.stage_blocks if record.removed else ()
    for block, removed in zip(known_stages, record.removed, strict=True):
        present[removed] = False
        stages.append(TokenStage(block, np.flatnonzero(present).astype(np.int64), removed))
    return FrameAnswer(
        frame_index,
        CropWindow(*record.window),
        grid,
        tuple(stages),
        record.score,
        record.score_map.astype(np.float32),
        rgb_box(target, frame_index),
        record.model.name,
    )


def with_attention(recorded: FrameAnswer, fresh: FrameAnswer) -> FrameAnswer:
    """Return `recorded` with the attention of `fresh`, which a session does not keep.

    Only where both looked at the same window and removed the same tokens: what is recorded is
    what happened, and another model or template must not overwrite it.
    """
    same = recorded.window == fresh.window and len(recorded.stages) == len(fresh.stages)
    if same and all(
        old.block == new.block and set(old.removed.tolist()) == set(new.removed.tolist())
        for old, new in zip(recorded.stages, fresh.stages, strict=True)
    ):
        return replace(recorded, stages=fresh.stages)
    return recorded


def rgb_box(target: Target, frame_index: int) -> Box | None:
    """Return the RGB box of a target on a frame."""
    return _as_box(target.boxes[frame_index, 0])


def boxes_on_panes(
    session: AnnotationSession, target: Target, frame_index: int
) -> tuple[Box | None, Box | None]:
    """Return both boxes of a target in RGB pixels, the ones that the panes are drawn in."""
    thermal = session.alignment.boxes_to_rgb(target.boxes[frame_index, 1])
    return rgb_box(target, frame_index), _as_box(thermal)


def _as_box(row: NDArray[np.float64]) -> Box | None:
    x, y, w, h = (float(value) for value in row)
    return None if np.isnan(x) else (x, y, w, h)


def flag_words(flags: int) -> str:
    """Return the flags a person sets, as words."""
    words = {Flag.ABSENT: "absent", Flag.OCCLUDED: "occluded", Flag.TRUNCATED: "truncated"}
    return ", ".join(word for flag, word in words.items() if flags & flag)
