"""A tracked run as one command, and registered cameras of two sizes as an alignment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from app.bridge.values import tracked_frame
from app.resolve.thermal import thermal_boxes
from sessions import (
    AcceptRun,
    Alignment,
    AnnotationSession,
    ModelInfo,
    TrackingRows,
)

if TYPE_CHECKING:
    from tracker_core.ckd.tracker import TrackResult


def scale_alignment(rgb_size: tuple[int, int], tir_size: tuple[int, int]) -> Alignment:
    """Return the alignment of registered cameras of different resolution: scaling only."""
    if rgb_size == tir_size or 0 in (*rgb_size, *tir_size):
        return Alignment()
    across, down = rgb_size[0] / tir_size[0], rgb_size[1] / tir_size[1]
    return Alignment(0, (across, 0.0, 0.0, 0.0, down, 0.0, 0.0, 0.0, 1.0))


def accept_run(
    session: AnnotationSession,
    target_id: str,
    results: Mapping[int, TrackResult],
    model: ModelInfo,
    start: int | None = None,
) -> AcceptRun:
    """Return the one command that takes a run over; `results` is by frame index, not empty.

    The tracker finds one box; the thermal one keeps the offset it has on frame `start`, if given.
    """
    frames = np.array(sorted(results), np.int64)
    rgb = np.array([results[int(index)].box_xywh for index in frames], np.float64)
    pair = None if start is None else session.target(target_id).boxes[start]
    boxes = np.stack([rgb, thermal_boxes(session.alignment, pair, rgb)], axis=1)
    answers = [tracked_frame(results[int(index)]) for index in frames]
    return AcceptRun(
        target_id=target_id,
        frames=frames,
        boxes=boxes,
        scores=np.array([answer.score for answer in answers], np.float32),
        tracking=TrackingRows.from_frames(model, answers),
    )
