"""What engines cost in quality: success and boxes of each beside those of eager, on held-out clips.

The clips are those of `benchmarks.quality` for choosing, not for publishing. Leaves with 1 where an
engine loses more success than it may, or gives other boxes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.bounded import whole
from benchmarks.quality.clips import Clip, Footage, made_clips
from benchmarks.quality.runner import figures
from tracker_core.bounds import Bounds
from tracker_core.checkpoints.opening import open_model
from tracker_core.ckd.engine import Engine
from tracker_core.ckd.model.ckd import CKD
from tracker_core.ckd.tracker import CKDTracker
from tracker_core.engines.table import DEFAULT, ENGINES, engine_named
from tracker_core.errors import CKDError
from tracker_core.evaluation.metrics import overlaps
from tracker_core.trackers.ckd import given_for
from tracker_core.tracking.loop import follow_pairs
from tracker_core.training.data.material import CLIP_CONDITIONS

MOST_LOSS = 0.003
"""Of success, against eager."""
LEAST_IOU = 0.95
"""Mean over all frames, of the boxes with those of eager."""
CLIPS, FRAMES = Bounds(1, 100), Bounds(10, 10_000)


@dataclass(slots=True)
class Tally:
    """What one engine has come to."""

    success: list[float] = field(default_factory=list)
    """Of each clip."""
    shared: list[float] = field(default_factory=list)
    """Mean IoU with eager's boxes, of each clip."""


def boxes_of(tracker: CKDTracker, footage: Footage) -> np.ndarray:
    """(N, 4) boxes of the whole clip."""
    frames = footage.frames()
    start = next(frames)
    if start is None:
        raise CKDError("A clip has a gap where it begins.")
    followed = follow_pairs(tracker, start, footage.init, frames)
    return np.array([each.box_xywh for each in followed])


def opened(weights: str, names: Sequence[str]) -> dict[str, CKDTracker]:
    """A tracker for each engine that there is here; the others are said."""
    found: dict[str, CKDTracker] = {}
    for name in dict.fromkeys((DEFAULT, *names)):
        loaded = open_model(weights)
        try:
            engine = engine_named(name).make(loaded.model, given_for(loaded, weights))
        except CKDError as error:
            print(f"{name} is left out: {error}.")
            continue
        found[name] = CKDTracker(loaded.model, "cpu", engine=partial(_as_made, engine))
    return found


def _as_made(engine: Engine, _model: CKD) -> Engine:
    return engine


def compare(trackers: dict[str, CKDTracker], clips: Sequence[Clip]) -> dict[str, Tally]:
    """Let each engine follow each clip."""
    found = {name: Tally() for name in trackers}
    for clip in clips:
        with clip.open() as footage:
            eager = None
            for name, tracker in trackers.items():
                boxes = boxes_of(tracker, footage)
                eager = boxes if eager is None else eager
                found[name].success.append(figures(boxes, footage.boxes).sr)
                found[name].shared.append(float(overlaps(boxes, eager).mean()))
        print(f"{clip.name}: " + ", ".join(f"{n} {t.success[-1]:.4f}" for n, t in found.items()))
    return found


def report(found: dict[str, Tally]) -> bool:
    """Print the table; whether every engine is within its limits."""
    base = float(np.mean(found[DEFAULT].success))
    print(f"\n{'engine':14} {'SR':>7} {'loss':>8} {'IoU with eager':>15} {'worst clip':>11}")
    held = True
    for name, tally in found.items():
        loss = base - float(np.mean(tally.success))
        shared = float(np.mean(tally.shared))
        good = loss <= MOST_LOSS and shared >= LEAST_IOU
        held = held and good
        print(
            f"{name:14} {np.mean(tally.success):7.4f} {loss:8.4f} {shared:15.4f} "
            f"{min(tally.shared):11.4f}{'' if good else '   missed'}"
        )
    print(f"Allowed: a loss of {MOST_LOSS}, a mean IoU of {LEAST_IOU} at least.")
    return held


def main() -> int:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--weights", default="tiny", metavar="NAME|FILE")
    parser.add_argument("--assets", type=Path, default=Path("runs/assets/cache"), metavar="DIR")
    parser.add_argument("--engine", action="append", choices=tuple(ENGINES))
    parser.add_argument("--condition", action="append", choices=CLIP_CONDITIONS)
    parser.add_argument("--clips", type=whole(CLIPS), default=3, help="of each condition")
    parser.add_argument("--frames", type=whole(FRAMES), default=90)
    asked = parser.parse_args()
    try:
        conditions = tuple(asked.condition or CLIP_CONDITIONS)
        clips = made_clips(
            asked.assets, "validation", asked.clips, asked.frames, (480, 360), conditions
        )
        trackers = opened(asked.weights, asked.engine or tuple(ENGINES))
        return int(not report(compare(trackers, clips)))
    except CKDError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
