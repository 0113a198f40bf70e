"""Sessions to test with, and a way to compare two of them bit by bit."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from sessions import (
    AcceptRun,
    AddTarget,
    AnnotationSession,
    Flag,
    History,
    ModelInfo,
    SequenceInfo,
    SetBox,
    SetFlags,
    Target,
    TrackedFrame,
    TrackingRows,
)

TINY = ModelInfo("tiny", "ab" * 32, '{"depth": 4}', 16, 16, (3, 6))
PLAIN = ModelInfo("plain", "", "{}", 5, 7, ())
"""No elimination, a token grid and a map that are no multiples of anything."""


def info(frames: int = 40, **changes: Any) -> SequenceInfo:
    values: dict[str, Any] = {
        "name": "walk",
        "layout": "lasher",
        "rgb_paths": tuple(f"/data/walk/visible/v{i:03d}.jpg" for i in range(frames)),
        "tir_paths": tuple(f"/data/walk/infrared/i{i:03d}.jpg" for i in range(frames)),
        "rgb_count": frames,
        "tir_count": frames,
        "rgb_size": (480, 360),
        "tir_size": (320, 240),
        "sources": ("/data/walk",),
    }
    return SequenceInfo(**{**values, **changes})


def tracked(model: ModelInfo, seed: int) -> TrackedFrame:
    random = np.random.default_rng(seed)
    order = random.permutation(model.token_count)
    parts = np.array_split(order[: model.token_count // 2], max(len(model.stage_blocks), 1))
    return TrackedFrame(
        window=(float(random.normal()), 3.25, 64.0 + seed),
        score=float(np.float32(random.random())),
        score_map=random.random((model.map_size, model.map_size)).astype(np.float16),
        removed=tuple(np.sort(part) for part in parts[: len(model.stage_blocks)]),
        target_tokens_removed=seed % 3,
    )


def run(target_id: str, frames: Any, model: ModelInfo = TINY, seed: int = 0) -> AcceptRun:
    frames = np.asarray(frames)
    boxes = np.stack([[seed + i, 2.5, 30.0, 40.5] for i in range(frames.size)])
    rows = TrackingRows.from_frames(model, [tracked(model, seed + i) for i in range(frames.size)])
    return AcceptRun(target_id, frames, boxes, rows.scores, rows, edited_at=1000.0 + seed)


def empty(frames: int = 40) -> AnnotationSession:
    session = AnnotationSession(info(frames), created=datetime(2025, 1, 2, 3, 4, 5, 6, UTC))
    History(session).do(AddTarget("1", "walker"))
    return session


def full(frames: int = 40) -> AnnotationSession:
    """Two targets, tracked by two models, corrected by hand, flagged."""
    session = empty(frames)
    history = History(session)
    history.do(AddTarget("car-2", "Wagen — blau", 3, {"color": "blue", "type": "car"}))
    history.do(replace(SetBox.draw(session, "1", 0, (10, 20, 30, 40)), edited_at=10.0))
    history.do(run("1", np.arange(1, 21)))
    history.do(run("1", np.arange(30, frames), PLAIN, 5))
    history.do(replace(SetBox.draw(session, "1", 7, (11.5, 20, 30, 44)), edited_at=11.25))
    history.do(SetFlags("1", np.array([7, 8]), Flag.OCCLUDED, edited_at=12.0))
    history.do(replace(SetBox.draw(session, "car-2", 3, (1, 2, 3, 4)), edited_at=13.0))
    return session


def state(session: AnnotationSession) -> dict[str, Any]:
    """Everything in a session as values that compare bit by bit."""
    return {
        "sequence": session.sequence,
        "alignment": session.alignment,
        "created": session.created,
        "targets": [_target_state(target) for target in session.targets.values()],
    }


def _target_state(target: Target) -> dict[str, Any]:
    arrays = ("boxes", "source", "flags", "score", "edited")
    return {
        "about": (target.id, target.name, target.color, dict(target.attributes)),
        **{name: (getattr(target, name).dtype, getattr(target, name).tobytes()) for name in arrays},
        "tracking": [
            (int(frame), frame_state(target.tracking.frame(int(frame))))
            for frame in target.tracking.frames
        ],
        "removed": target.tracking.target_tokens_removed().tobytes(),
        "models": target.tracking.models,
    }


def frame_state(frame: TrackedFrame | None) -> Any:
    assert frame is not None
    return (
        frame.window,
        frame.score,
        frame.score_map.tobytes(),
        [ids.tolist() for ids in frame.removed],
        frame.target_tokens_removed,
        frame.model,
    )
