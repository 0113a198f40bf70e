"""How long an annotated video takes, beside decoding and encoding its frames and nothing else.

Run with `python -m benchmarks.video_speed [--frames N] [--rounds N]`; exits with 1 where the export
takes more than 1.1 times as long as both together, in the median of rounds. The session is of two
H.264 videos made of the demo; a round decodes all frames, draws them, encodes these pictures, and
exports, one after the other, so that other work on the machine meets all four.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

# Before the libraries are imported: they read it once, and times of many threads vary.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray

from app.bridge.values import sequence_info
from app.export.film import annotated, write_session_video
from app.export.images import shown
from app.export.pictures import FramePainter
from app.export.video_writer import VideoWriter
from app.state.demo_clip import demo_sequence
from benchmarks.bounded import ROUNDS, whole
from benchmarks.machine import processor
from sessions import AcceptRun, AddTarget, AnnotationSession, ModelInfo, TrackedFrame, TrackingRows
from tracker_core.bounds import Bounds
from tracker_core.sequences import Sequence, open_sequence

FRAMES = 100
MOST = Bounds(10, 135)
"""As many as the demo has; all their pictures are in memory, 2 MB each."""
LIMIT = 1.1
GRID, STAGES = 8, (1, 2)


def filmed(folder: Path, frames: int) -> tuple[Path, Path]:
    """Write the first frames of the demo as a video for each camera."""
    paths = folder / "rgb.mp4", folder / "tir.mp4"
    with open_sequence(demo_sequence()) as demo:
        size = demo.rgb_size
        with VideoWriter(paths[0], size) as rgb, VideoWriter(paths[1], size) as tir:
            for index in range(frames):
                frame = demo.frame(index)
                assert frame.rgb is not None
                assert frame.tir is not None
                rgb.write(frame.rgb)
                tir.write(np.dstack([shown(frame.tir)] * 3))
    return paths


def tracked(sequence: Sequence, paths: tuple[Path, Path]) -> AnnotationSession:
    """Return a session whose target has box, score and tokens on every frame but the first."""
    session = AnnotationSession(sequence_info(sequence, paths))
    AddTarget("1", "walker").apply(session)
    frames = np.arange(1, len(sequence))
    gone = tuple(np.arange(first, first + 12) for first in (0, 40))
    rows = TrackingRows.from_frames(
        ModelInfo("tiny", "", "{}", GRID, GRID, STAGES),
        [
            TrackedFrame((60.0 + frame, 120.0, 240.0), 0.5, np.full((GRID, GRID), 0.5), gone, 1)
            for frame in frames.tolist()
        ],
    )
    boxes = np.array([[150.0 + frame, 200.0, 50.0, 90.0] for frame in frames.tolist()])
    AcceptRun("1", frames, boxes, rows.scores, rows).apply(session)
    return session


def seconds(act: Callable[[], object]) -> float:
    """Return how long something takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def decode(sequence: Sequence) -> None:
    """Decode every frame of both cameras."""
    for index in range(len(sequence)):
        sequence.frame(index)


def encode(pictures: list[NDArray[np.uint8]], size: tuple[int, int], path: Path) -> None:
    """Encode these pictures."""
    with VideoWriter(path, size) as video:
        for picture in pictures:
            video.write(picture)


def main() -> int:
    """Measure rounds, and say whether the export keeps up."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.video_speed")
    parser.add_argument("--frames", type=whole(MOST), default=FRAMES)
    parser.add_argument("--rounds", type=whole(ROUNDS), default=5)
    wanted = parser.parse_args()
    print(f"{wanted.frames} frames, {wanted.rounds} rounds, on {processor()}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = filmed(folder, wanted.frames)
        out = folder / "out.mp4"
        with open_sequence(*paths) as sequence:
            session = tracked(sequence, paths)
            painter = FramePainter(sequence.rgb_size)
            given = [annotated(session, sequence, at, "1") for at in range(len(sequence))]
            drawn = [painter.draw(frame) for frame in given]
            parts = {
                "decode": lambda: decode(sequence),
                "draw": lambda: [painter.draw(frame) for frame in given],
                "encode": lambda: encode(drawn, painter.size, out),
                "export": lambda: write_session_video(session, sequence, out, "1"),
            }
            rounds = [
                {part: seconds(act) for part, act in parts.items()} for _ in range(wanted.rounds)
            ]
    for part in parts:
        middle = statistics.median(each[part] for each in rounds) / wanted.frames
        print(f"{part:8} {middle * 1e3:6.1f} ms a frame")
    ratios = [each["export"] / (each["decode"] + each["encode"]) for each in rounds]
    ratio = statistics.median(ratios)
    print(f"export / (decode + encode): {ratio:.2f}, from {min(ratios):.2f} to {max(ratios):.2f}")
    print(f"Within {LIMIT}." if ratio <= LIMIT else f"Too slow: {LIMIT} is wanted.")
    return 0 if ratio <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
