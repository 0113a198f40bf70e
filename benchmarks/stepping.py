"""Time from a key press to the painted frame, for cached 640 x 512 frames with all overlays.

Run with `python -m benchmarks.stepping`; exits with 1 when the 95th percentile exceeds 25 ms.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.window.actions import overlay_id
from app.window.main_window import MainWindow
from benchmarks.opened_window import BOX, Steps, decode, opened, wait
from sessions import AcceptRun, ModelInfo, TrackedFrame, TrackingRows
from tracker_core.imaging import cv2, write_image

WIDTH, HEIGHT, FRAMES = 640, 512, 60
BUDGET_MS = 25.0
GRID = 16
LINES = (
    "to painted frames and overlays",
    "of that, processor time",
    "to search crop and inspector",
)
"""What a `Step` has, in its order."""


def write_clip(folder: Path, seed: int = 7) -> None:
    """Write two folders of textured frames that look and compress like recordings."""
    rng = np.random.default_rng(seed)
    # Enlarged noise: pure noise would be far slower to decode than a recording, flat colour faster.
    base = cv2.resize(rng.integers(0, 256, (HEIGHT // 8, WIDTH // 8, 3), np.uint8), (WIDTH, HEIGHT))
    for name in ("visible", "infrared"):
        (folder / name).mkdir(parents=True)
    for index in range(FRAMES):
        rgb = np.roll(base, 3 * index, axis=1).astype(np.uint8)
        write_image(folder / "visible" / f"{index:04d}.jpg", np.ascontiguousarray(rgb))
        # 16 bits, as thermal cameras write: stretching them is part of a frame's cost.
        tir = np.ascontiguousarray(rgb[..., 1].astype(np.uint16) * 30 + 7000)
        write_image(folder / "infrared" / f"{index:04d}.png", tir)


def fake_run(target_id: str) -> AcceptRun:
    """Return a run over all frames with three elimination stages, as the paper's tracker has."""
    config = "{}"
    model = ModelInfo("benchmark", "", config, GRID, GRID, (3, 6, 9))
    rng = np.random.default_rng(1)
    answers, boxes = [], []
    for index in range(1, FRAMES):
        order = rng.permutation(GRID * GRID)
        removed = (np.sort(order[180:]), np.sort(order[126:180]), np.sort(order[89:126]))
        response = rng.random((GRID, GRID)).astype(np.float32)
        answers.append(TrackedFrame((150.0 + index, 120.0, 240.0), 0.8, response, removed, 3))
        boxes.append((240.0 + index, 210.0, 60.0, 60.0))
    frames = np.arange(1, FRAMES)
    rows = TrackingRows.from_frames(model, answers)
    return AcceptRun(target_id, frames, np.array(boxes), np.full(FRAMES - 1, 0.8), rows)


def measure(window: MainWindow, rounds: int = 4) -> NDArray[np.float64]:
    """Return (steps, 3) milliseconds of cached steps, as in `Step`."""
    steps = Steps(window)
    return np.array([step for _ in range(rounds) for step in steps.over(range(1, FRAMES))])


def main() -> int:
    """Print the percentiles of the step; return 1 when they are over budget."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_clip(folder / "clip")
        window = opened(folder, folder / "clip")
        decode(window, range(FRAMES))
        window.set_target_box(BOX)
        window.workspace.document.do(fake_run(window.workspace.correction.target_id or ""))
        window.workbench.reveal_crop()
        window.actions_by_id[overlay_id("score_map")].trigger()
        wait(window)
        times = measure(window)
        window.close()
    print(f"step, cached {WIDTH} x {HEIGHT}, tokens and score map on, 1680 x 1050 window")
    for column, words in enumerate(LINES):
        p50, p95, worst = np.percentile(times[:, column], [50, 95, 100])
        print(f"  {words:<32} median {p50:.1f} ms   p95 {p95:.1f} ms   worst {worst:.1f} ms")
    return 0 if np.percentile(times[:, 0], 95) < BUDGET_MS else 1


if __name__ == "__main__":
    sys.exit(main())
