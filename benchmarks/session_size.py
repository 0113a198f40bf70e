"""How large a session of 10 000 tracked frames is, and how fast it is saved, opened and read.

Run with `python -m benchmarks.session_size`; exits with 1 when the file exceeds 10 MB, or 20 MB
with attention. One case repeats what `tiny` says on a synthetic scene, the other is noise in the
shape of the paper's model, which nothing can compress.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

# Before the libraries are imported: they read it once, and times of many threads vary.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import h5py
import numpy as np

from sessions import (
    AcceptRun,
    AddTarget,
    AnnotationSession,
    History,
    ModelInfo,
    SequenceInfo,
    TrackedFrame,
    TrackingRows,
    load,
    save,
)

FRAMES = 10_000
LIMIT_BYTES = {False: 10_000_000, True: 20_000_000}
"""Without attention, and with it."""
# Answers made once and repeated: tracking 10 000 frames would take minutes.
SAMPLE = 64


def noise() -> tuple[ModelInfo, list[TrackedFrame]]:
    """Return answers of the shape of `base` that are pure noise."""
    model = ModelInfo("noise", "", "{}", 16, 16, (3, 6, 9))
    rng = np.random.default_rng(0)
    answers = []
    for _ in range(SAMPLE):
        order = rng.permutation(256)
        removed = (order[180:], order[126:180], order[89:126])
        window = tuple(rng.uniform(10, 300, 3).tolist())
        attention = []
        for gone in (order[256:], order[180:], order[126:]):
            row = rng.uniform(0.001, 0.1, 256)
            row[gone] = np.nan
            attention.append(row)
        said = TrackedFrame(window, rng.random(), rng.random((16, 16)), removed, 3)
        answers.append(replace(said, attention=tuple(attention)))
    return model, answers


def tracked() -> tuple[ModelInfo, list[TrackedFrame]]:
    """Return what the bundled model says on a synthetic scene."""
    from app.bridge.values import tracked_frame
    from tracker_core.checkpoints.opening import load_model
    from tracker_core.ckd.tracker import CKDTracker
    from tracker_core.sequences import open_sequence
    from tracker_core.synthetic import write_sequence
    from tracker_core.tracking.loop import follow

    network = load_model("tiny")
    config = network.config
    model = ModelInfo("tiny", "", "{}", config.search_grid, config.map_size, ())
    answers: list[TrackedFrame] = []
    stages: tuple[int, ...] = ()
    with tempfile.TemporaryDirectory() as folder:
        clip = open_sequence(write_sequence(Path(folder) / "clip", frames=SAMPLE + 1, seed=3))
        tracker = CKDTracker(network, "cpu")
        truth = clip.ground_truth
        if truth is None or truth.init is None:
            raise RuntimeError("the synthetic scene has no first box")
        for followed in follow(tracker, clip, truth.init, 0, SAMPLE):
            result = followed.result
            if result is None:
                continue  # the first box, which was given
            stages = tuple(stage.block for stage in result.elimination)
            answers.append(tracked_frame(result))
        clip.close()
    return ModelInfo(model.name, "", "{}", model.search_grid, model.map_size, stages), answers


def session_of(model: ModelInfo, answers: list[TrackedFrame]) -> AcceptRun:
    """Return a run over all frames that repeats the answers."""
    rng = np.random.default_rng(1)
    rows = TrackingRows.from_frames(model, [answers[i % len(answers)] for i in range(FRAMES)])
    steps = rng.normal(0, 2, (FRAMES, 4)).cumsum(axis=0)
    boxes = np.abs(steps) + 20.0
    return AcceptRun("1", np.arange(FRAMES), boxes, rows.scores, rows)


def timed(work: Callable[[], object], repeats: int = 1) -> float:
    """Return seconds that one call takes."""
    start = time.perf_counter()
    for _ in range(repeats):
        work()
    return (time.perf_counter() - start) / repeats


def measure(name: str, model: ModelInfo, answers: list[TrackedFrame], path: Path) -> bool:
    """Print one case and return whether its file is too large."""
    attention = answers[0].attention is not None
    limit = LIMIT_BYTES[attention]
    paths = tuple(f"/data/sequences/evening_walk/visible/{i:06d}.jpg" for i in range(FRAMES))
    session = AnnotationSession(SequenceInfo("walk", "lasher", paths, paths, FRAMES, FRAMES))
    history = History(session)
    history.do(AddTarget("1", "walker"))
    run = session_of(model, answers)
    accepting = timed(lambda: history.do(run))
    saving = timed(lambda: save(session, path))
    opening = timed(lambda: load(path))
    tracking = load(path).target("1").tracking
    frames = iter(range(0, FRAMES, 99))
    reading = timed(lambda: tracking.frame(next(frames)), 100)

    def one_row() -> None:
        with h5py.File(path) as file:
            file["targets/1/tracking/0/score_map"][FRAMES // 2]

    size = path.stat().st_size
    print(
        f"{name}: {FRAMES} frames of {model.map_size} x {model.map_size} maps and "
        f"{len(model.stage_blocks)} stages of {model.token_count} tokens, "
        f"{'with' if attention else 'without'} attention\n"
        f"  file {size / 1e6:.2f} MB ({size / FRAMES:.0f} bytes a frame), limit "
        f"{limit / 1e6:.0f} MB\n"
        f"  accept the run {accepting:.2f} s, save {saving:.2f} s, open {opening:.2f} s\n"
        f"  one frame {reading * 1e3:.2f} ms; by plain h5py, with opening the file, "
        f"{timed(one_row, 20) * 1e3:.2f} ms"
    )
    return size > limit


def main() -> int:
    """Measure all cases; 1 when a file is too large."""
    too_large = False
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "walk.h5"
        for name, (model, answers) in (("tiny", tracked()), ("noise", noise())):
            bare = [replace(answer, attention=None) for answer in answers]
            for said in (bare, answers):
                too_large |= measure(name, model, said, path)
    return int(too_large)


if __name__ == "__main__":
    sys.exit(main())
