"""Write the sample session of the present format; run once, when the format number is raised.

The files of earlier formats are never written again: they are what people have on their disks.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path

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
    TrackedFrame,
    TrackingRows,
    ViewState,
    save,
    schema,
)

FRAMES = 60
CONFIG = '{"depth": 6, "elimination_blocks": [1, 3]}'
MODEL = ModelInfo("tiny", "5e" * 32, CONFIG, 16, 16, (1, 3), engine="eager float32")
NANO = ModelInfo("nanotrack", "", "{}", 0, 15, tracker="nanotrack")
MIL = ModelInfo("mil", "", "{}", 0, 0, tracker="mil")


def tracked(frame: int) -> TrackedFrame:
    order = np.random.default_rng(frame).permutation(256)
    score_map = np.zeros((16, 16), np.float32)
    score_map.ravel()[frame] = 0.75
    window = (80.0, 40.0, 128.0)
    removed = (order[:77], order[77:131])
    attention = np.zeros((2, 256), np.float16)
    attention[:, order] = np.arange(256) // 16 / 2048
    attention[1, removed[0]] = np.nan
    return TrackedFrame(
        window,
        0.75,
        score_map,
        removed if frame != 48 else (),
        frame % 4,
        # Not on the frames of a block, so that a part of a dataset is missing, too.
        attention=None if 16 <= frame < 32 else tuple(attention),
        predicted_overlap=0.5 + frame / 128 if frame % 8 else math.nan,
    )


def without_tokens(frame: int) -> TrackedFrame:
    score_map = None if frame == 30 else np.full((15, 15), frame / 64)
    return TrackedFrame((250.0, 150.0, 160.0), frame / 64, score_map, ())


def without_anything(_: int) -> TrackedFrame:
    return TrackedFrame(None, math.nan, None, ())


def sample() -> AnnotationSession:
    sequence = SequenceInfo(
        name="street_dusk",
        layout="lasher",
        rgb_paths=tuple(f"/data/street_dusk/visible/v{i:03d}.jpg" for i in range(FRAMES)),
        tir_paths=tuple(f"/data/street_dusk/infrared/i{i:03d}.jpg" for i in range(FRAMES)),
        rgb_count=FRAMES,
        tir_count=FRAMES,
        rgb_size=(480, 360),
        tir_size=(480, 360),
        fingerprint="sha256-samples:" + "0" * 64,
        sources=("/data/street_dusk",),
    )
    session = AnnotationSession(sequence, created=datetime(2025, 11, 23, 1, 0, tzinfo=UTC))
    history = History(session)
    history.do(AddTarget("1", "walker"))
    history.do(AddTarget("2", "parked car", 1, {"type": "car"}))
    pair = np.array([[100.0, 80.0, 18.0, 41.0], [102.0, 79.0, 18.0, 41.0]])
    history.do(SetBox("1", 0, pair, edited_at=1_763_860_000.0))
    frames = np.arange(1, 50)
    rows = TrackingRows.from_frames(MODEL, [tracked(frame) for frame in frames])
    boxes = np.stack([pair[0] + [frame / 2, 0, 0, 0] for frame in frames])
    history.do(AcceptRun("1", frames, boxes, rows.scores, rows, 1_763_860_100.0))
    moved = np.array([[106.0, 80.5, 18.0, 41.0], [108.0, 79.5, 18.0, 41.0]])
    history.do(SetBox("1", 12, moved, edited_at=1_763_860_200.0))
    history.do(SetFlags("1", np.arange(20, 25), Flag.OCCLUDED, edited_at=1_763_860_300.0))
    history.do(SetBox("2", 5, np.tile([300.0, 200.0, 60.0, 30.0], (2, 1)), edited_at=1.0))
    for model, say, where in (
        (NANO, without_tokens, np.arange(6, 40)),
        (MIL, without_anything, np.arange(40, 45)),
    ):
        answers = TrackingRows.from_frames(model, [say(frame) for frame in where])
        car = np.tile([300.0, 200.0, 60.0, 30.0], (where.size, 1))
        history.do(AcceptRun("2", where, car, answers.scores, answers, 1_763_860_400.0))
    history.do(SetTargetProperties("1", class_name="person", linked=False))
    history.do(RecolorTarget("2", 1, (255, 128, 0)))
    history.do(SetTargetProperties("2", class_name="car", visible=False, locked=True))
    seen = SeenMark(20, 24, "low score", 1_763_860_500.0), SeenMark(30, 30, "", 1_763_860_501.0)
    history.do(MarkSeen("1", seen))
    history.do(SetFrameAttribute("1", "pose", 0, 19, "walking"))
    history.do(SetFrameAttribute("1", "pose", 20, 30, "sitting"))
    history.do(SetNotes("Dusk, wipers on.\nThermal lags by a frame."))
    history.do(SetViewState(ViewState.of(17, "1", {"panes": "both", "overlays": ["tokens"]})))
    points = (
        PointPair((12.0, 9.0), (10.0, 10.0), 0.0),
        PointPair((102.5, 49.0), (100.0, 50.0), 0.5),
        PointPair((202.0, 99.0), (200.0, 100.0)),
    )
    shifted = (1.0, 0.0, 2.0, 0.0, 1.0, -1.0, 0.0, 0.0, 1.0)
    history.do(SetAlignment(Alignment(1, shifted, AlignmentKind.AFFINE, points, "points", "names")))
    return session


if __name__ == "__main__":
    save(sample(), Path(__file__).with_name(f"v{schema.FORMAT_VERSION}.h5"))
