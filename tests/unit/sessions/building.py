"""Sessions to test with, and a way to compare two of them bit by bit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from sessions import (
    AcceptRun,
    AddTarget,
    Alignment,
    AlignmentKind,
    AnnotationSession,
    Flag,
    History,
    MarkSeen,
    ModelInfo,
    PointPair,
    RecolorTarget,
    SeenMark,
    SequenceInfo,
    SetAlignment,
    SetBox,
    SetFlags,
    SetFrameAttribute,
    SetNotes,
    SetTargetProperties,
    SetViewState,
    Target,
    TrackedFrame,
    TrackingRows,
    ViewState,
)

TINY = ModelInfo("tiny", "ab" * 32, '{"depth": 4}', 16, 16, (3, 6))
PLAIN = ModelInfo("plain", "", "{}", 5, 7, ())
"""No elimination, a token grid and a map that are no multiples of anything."""
NANO = ModelInfo("nanotrack", "", "{}", 0, 9, tracker="nanotrack", engine="onnx float32")
"""A score map without tokens."""
STILL = ModelInfo("still", "", "{}", 0, 0, tracker="tests.trackers:Still")
"""Nothing but a box."""


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


def answered(model: ModelInfo, seed: int) -> TrackedFrame:
    """As `tracked`, with the attention and the overlap, and now and then without a part."""
    random = np.random.default_rng(seed)
    frame = tracked(model, seed)
    # Tokens lie in the search window: without one there are none.
    placed = seed % 5 != 1
    attention = random.random((len(model.stage_blocks), model.token_count)).astype(np.float16)
    for stage, gone in enumerate(frame.removed):
        attention[stage + 1 :, gone] = np.nan
    return replace(
        frame,
        window=frame.window if placed else None,
        score=np.nan if seed % 7 == 2 else frame.score,
        score_map=None if seed % 4 == 3 or not model.map_size else frame.score_map,
        removed=frame.removed if placed and seed % 6 != 4 else (),
        attention=None if seed % 3 == 0 or not attention.size else tuple(attention),
        predicted_overlap=np.nan if seed % 4 == 0 else float(np.float32(random.random())),
    )


def run(
    target_id: str,
    frames: Any,
    model: ModelInfo = TINY,
    seed: int = 0,
    say: Callable[[ModelInfo, int], TrackedFrame] = tracked,
) -> AcceptRun:
    frames = np.asarray(frames)
    boxes = np.stack([[seed + i, 2.5, 30.0, 40.5] for i in range(frames.size)])
    rows = TrackingRows.from_frames(model, [say(model, seed + i) for i in range(frames.size)])
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


def everything(frames: int = 40) -> AnnotationSession:
    """As `full`, with every optional part: other trackers, attention, class, locks, seen, view."""
    session = full(frames)
    history = History(session)
    history.do(run("1", np.arange(12, 19), TINY, 70, answered))
    history.do(run("1", np.arange(26, 30), NANO, 80, answered))
    history.do(run("car-2", np.arange(20, 31), STILL, 90, answered))
    history.do(run("car-2", np.arange(31, 35), TINY, 95))
    history.do(SetTargetProperties("1", class_name="Fußgänger", visible=False))
    history.do(SetTargetProperties("car-2", locked=True, linked=False))
    history.do(RecolorTarget("car-2", 3, (0, 128, 255)))
    marks = SeenMark(12, 15, "low score", 20.5), SeenMark(39, 39), SeenMark(12, 15, "größe", 21)
    history.do(MarkSeen("1", marks))
    history.do(SetFrameAttribute("1", "pose", 4, 9, "sitting"))
    history.do(SetFrameAttribute("1", "pose", 8, 39, "größer <b>"))
    history.do(SetFrameAttribute("1", "bag", 0, 0, "no"))
    points = PointPair((1.5, 2), (3, 4), 0.25), PointPair((5, 6), (7, 8.125))
    matrix = (1.5, 0, 2, 0, 1, 0.25, 0, 0, 1)
    history.do(SetAlignment(Alignment(2, matrix, AlignmentKind.HOMOGRAPHY, points, "points")))
    history.do(SetNotes("zwei Zeilen\n— und noch eine"))
    history.do(SetViewState(ViewState.of(17, "car-2", {"panes": "swipe", "overlays": ["ä", 1]})))
    return session


def state(session: AnnotationSession) -> dict[str, Any]:
    """Everything in a session as values that compare bit by bit."""
    return {
        "sequence": session.sequence,
        "alignment": session.alignment,
        "created": session.created,
        "about": (session.notes, session.view),
        "targets": [_target_state(target) for target in session.targets.values()],
    }


def _target_state(target: Target) -> dict[str, Any]:
    arrays = ("boxes", "source", "flags", "score", "edited")
    return {
        "about": (target.id, target.name, target.color, dict(target.attributes)),
        "properties": (target.class_name, target.color_rgb, target.visible, target.locked),
        "linked": target.linked,
        "seen": target.seen,
        "spans": target.spans,
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
        np.float32(frame.score).tobytes(),
        None if frame.score_map is None else frame.score_map.tobytes(),
        [ids.tolist() for ids in frame.removed],
        frame.target_tokens_removed,
        None if frame.attention is None else [stage.tobytes() for stage in frame.attention],
        np.float32(frame.predicted_overlap).tobytes(),
        frame.model,
    )
