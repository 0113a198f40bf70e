"""How many boxes a person draws with the tracker, and how many interpolation alone would need.

    python -m benchmarks.annotator [--seeds FIRST-LAST] [--frames N] [--truths DIR] [--every N]
                                   [--second-looks] [--tracker NAME]

Each clip is made of its seed: the target moves as something in LasHeR has moved. A simulated person
annotates it with what the program offers, and sees the truth of no frame but those that are looked
at. Leaves with 1 when more than a third of the boxes were drawn that interpolation needs at least,
or when a frame is left on which the box is wrong.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.state.tracker_choice import CKD, TrackerChoice
from app.workers.frame_source import FrameSource
from benchmarks.annotator.clips import Ways, film_clip
from benchmarks.annotator.desk import Desk
from benchmarks.annotator.keyframes import ENOUGH, fewest_keyframes
from benchmarks.annotator.person import Annotator, Eye, Habits
from benchmarks.bounded import whole
from benchmarks.machine import processor
from tracker_core.bounds import LARGEST_SEED, Bounds
from tracker_core.errors import CKDError
from tracker_core.evaluation.metrics import overlaps
from tracker_core.sequences.opening import open_sequence
from tracker_core.trackers import tracker_source

SEEDS = "121-140"
"""Of the clips that count; none of them was made while this was built."""
FRAMES = 300
SHARE = 1 / 3
"""Of the boxes that interpolation needs."""
LONGEST = 100_000


@dataclass(frozen=True, slots=True)
class Score:
    """What came of one clip."""

    seed: int
    sequence: str
    """By which the target moved."""
    keyframes: int
    """The fewest boxes that interpolation needs."""
    drawn: int
    looks: int
    tracked: int
    """Frames that the tracker was asked about."""
    wrong_first: int
    """Frames with a wrong box after the first run."""
    wrong: int
    """Frames left in the end whose box is wrong, or that should have had none."""
    seconds: float

    def line(self) -> str:
        """Return its row of the table."""
        return (
            f"{self.seed:>5} {self.keyframes:>9} {self.drawn:>5} {self.looks:>6} "
            f"{self.tracked:>7} {self.wrong_first:>11} {self.wrong:>9} {self.seconds:>7.0f}"
            f"  {self.sequence}"
        )


HEADING = " seed keyframes drawn  looks tracked wrong first wrong end seconds  moves as"


def annotate(seed: int, frames: int, ways: Ways, choice: TrackerChoice, habits: Habits) -> Score:
    """Film the clip of a seed, have it annotated, and compare."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="annotator-") as folder:
        name = film_clip(Path(folder) / "clip", ways, seed, frames)
        sequence = open_sequence(Path(folder) / "clip")
        known = sequence.ground_truth
        assert known is not None, "it was filmed with its truth"
        truth = np.where(known.absent[:, np.newaxis], np.nan, known.rgb)
        source = FrameSource(sequence)
        try:
            desk = Desk(source, choice)
            eye = Eye(truth, np.random.default_rng((seed, 0xE7E)))
            Annotator(desk, eye, habits).work()
            boxes, first = desk.boxes, desk.boxes_at_first
        finally:
            source.close()
    return Score(
        seed,
        name,
        len(fewest_keyframes(truth)),
        eye.drawn,
        eye.looks,
        desk.tracked,
        wrong_frames(boxes if first is None else first, truth),
        wrong_frames(boxes, truth),
        time.monotonic() - began,
    )


def wrong_frames(boxes: NDArray[np.float64], truth: NDArray[np.float64]) -> int:
    """Return on how many frames a box is wrong, missing, or there without a target."""
    shown, there = ~np.isnan(boxes[:, 0]), ~np.isnan(truth[:, 0])
    right = overlaps(np.nan_to_num(boxes), np.nan_to_num(truth)) >= ENOUGH
    return int((shown != there).sum() + (shown & there & ~right).sum())


def report(scores: Sequence[Score]) -> bool:
    """Print what came of all clips, and say whether the promise was kept."""
    keyframes, drawn = (sum(getattr(s, name) for s in scores) for name in ("keyframes", "drawn"))
    wrong = sum(score.wrong for score in scores)
    clean = sum(not score.wrong for score in scores)
    above = [score.seed for score in scores if score.drawn > SHARE * score.keyframes]
    share = drawn / max(keyframes, 1)
    print(
        f"{drawn} boxes drawn where interpolation needs {keyframes}: {share:.3f} of them "
        f"(the mark: at most {SHARE:.3f})."
    )
    print(f"{wrong} wrong frames are left; {clean} of {len(scores)} clips have none.")
    if above:
        print(f"Above the mark by themselves: clips {', '.join(map(str, above))}.")
    return share <= SHARE and not wrong


def seeds(text: str) -> range:
    """Read `101-120`, or one number; the `type` of an option of argparse."""
    first, dash, last = text.partition("-")
    read = whole(Bounds(0, LARGEST_SEED))
    found = range(read(first), read(last if dash else first) + 1)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} ends before it begins")
    return found


def main(arguments: list[str] | None = None) -> int:
    """Annotate every clip and print what it took."""
    parser = argparse.ArgumentParser(prog="benchmarks.annotator", description=__doc__)
    parser.add_argument("--seeds", type=seeds, default=seeds(SEEDS), metavar="FIRST-LAST")
    parser.add_argument("--frames", type=whole(Bounds(2, LONGEST)), default=FRAMES)
    parser.add_argument("--truths", type=Path, default=None, metavar="DIR")
    parser.add_argument("--every", type=whole(Bounds(0, LONGEST)), default=Habits().every)
    parser.add_argument("--second-looks", action="store_true")
    parser.add_argument("--tracker", default=CKD, metavar="NAME")
    chosen = parser.parse_args(arguments)
    choice = TrackerChoice.of(chosen.tracker, TrackerChoice().model, "cpu")
    try:
        ways = Ways(chosen.truths)
        info = tracker_source(choice.tracker, model=choice.model or None, device="cpu").info
        print(f"On {processor()}, tracked with {info.name} {info.weights_sha256[:12]}".rstrip())
        print(HEADING, flush=True)
        scores = []
        for seed in chosen.seeds:
            habits = Habits(chosen.every, chosen.second_looks)
            scores.append(annotate(seed, chosen.frames, ways, choice, habits))
            print(scores[-1].line(), flush=True)
    except CKDError as error:
        print(error, file=sys.stderr)
        return 2
    return 0 if report(scores) else 1


if __name__ == "__main__":
    sys.exit(main())
