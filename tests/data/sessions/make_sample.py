"""Write the sample session of the present format; run once, when the format number is raised.

The files of earlier formats are never written again: they are what people have on their disks.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from sessions import (
    AcceptRun,
    AddTarget,
    Alignment,
    AnnotationSession,
    Flag,
    History,
    ModelInfo,
    SequenceInfo,
    SetAlignment,
    SetBox,
    SetFlags,
    TrackedFrame,
    TrackingRows,
    save,
    schema,
)

FRAMES = 60
MODEL = ModelInfo("tiny", "5e" * 32, '{"depth": 6, "elimination_blocks": [1, 3]}', 16, 16, (1, 3))


def tracked(frame: int) -> TrackedFrame:
    order = np.random.default_rng(frame).permutation(256)
    score_map = np.zeros((16, 16), np.float32)
    score_map.ravel()[frame] = 0.75
    window = (80.0, 40.0, 128.0)
    return TrackedFrame(window, 0.75, score_map, (order[:77], order[77:131]), frame % 4)


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
    history.do(SetAlignment(Alignment(1, (1.0, 0.0, 2.0, 0.0, 1.0, -1.0, 0.0, 0.0, 1.0))))
    return session


if __name__ == "__main__":
    save(sample(), Path(__file__).with_name(f"v{schema.FORMAT_VERSION}.h5"))
