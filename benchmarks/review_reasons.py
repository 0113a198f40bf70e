"""What predicts a wrong box, and how well the review queue finds them.

    python -m benchmarks.review_reasons [--cache DIR] [--tno DIR] [--fit]

Clips of several scenes are tracked from their first true box with the bundled tracker, which is
never helped again. For each reason: the area under the ROC curve (AUC) for a box that overlaps the
target by less than a half. `--fit` also prints the weights that `app/resolve/review_weights.py`
holds, fitted on the training clips; the queue is measured on the others. Leaves with 1 when a mark
is missed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.resolve import review_evidence as evidence
from app.resolve.review import ReviewEvent, events_of
from app.resolve.review_evidence import mean_around
from app.resolve.review_weights import REASONS, cases
from benchmarks.machine import processor
from benchmarks.quality.passages import PERSON_FRAMES, person_passages
from benchmarks.review.clips import Clip, Watched, watched
from tracker_core.errors import CKDError
from tracker_core.sequences.opening import open_sequence
from tracker_core.trackers.ckd import CKDSource
from tracker_core.tracking.loop import follow

SCENES = (
    "random-occlusion", "random-distractor", "random-crossover", "random-night", "random-fast",
)  # fmt: skip
"""What the bundled tracker fails on; on other scenes it hardly does."""
TRAINING = (
    *(Clip(scene, seed, 160) for seed in (200, 201) for scene in SCENES),
    *(Clip("random", seed, 240) for seed in (100, 101, 112, 1100, 1107)),
    Clip("street", 7, 300),
)
"""What the weights are fitted on."""
VALIDATION = (
    *(Clip(scene, seed, 160) for seed in (1200, 1201) for scene in SCENES),
    *(Clip(scene, 1202, 160) for scene in ("random-occlusion", "random-distractor")),
    *(Clip(scene, 1210, 200) for scene in ("random-occlusion", "random-distractor")),
    Clip("street", 1007, 300),
)
"""What nothing was fitted on, nor chosen by."""
EVENTS = 20 / 1000
"""So many events for each frame are what a person is expected to look at."""
COVERED = 0.9
"""Share of the wrong boxes that those must hold."""
TNO_EVENTS = 3

Measure = Callable[[Watched], NDArray[np.float64]]


def _map_entropy(clip: Watched) -> NDArray[np.float64]:
    flat = np.maximum(clip.maps.astype(np.float64).reshape(len(clip.maps), -1), 1e-6)  # (N, S S)
    share = flat / flat.sum(axis=1, keepdims=True)
    return np.asarray(-(share * np.log(share)).sum(axis=1))


def _second_peak(clip: Watched) -> NDArray[np.float64]:
    found = np.full(len(clip.maps), np.nan)
    for index, map_ in enumerate(clip.maps[1:].astype(np.float64), 1):
        row, column = np.unravel_index(int(map_.argmax()), map_.shape)
        rest = map_.copy()
        # What belongs to the peak itself.
        rest[max(0, row - 2) : row + 3, max(0, column - 2) : column + 3] = 0
        found[index] = rest.max() / max(map_.max(), 1e-6)
    return found


def _of_evidence(
    measure: Callable[[evidence.Evidence], NDArray[np.float64]], clip: Watched
) -> NDArray[np.float64]:
    return measure(clip.evidence(again=True))


MEASURES: dict[str, Measure] = {
    **{reason.name: partial(_of_evidence, reason.measure) for reason in REASONS},
    "score of the frame alone": lambda clip: 1 - clip.score.astype(np.float64),
    "drop": partial(_of_evidence, evidence.drop),
    "tokens of the target removed": partial(_of_evidence, evidence.tokens),
    "of these, at the border": lambda clip: clip.border.astype(np.float64),
    "of these, inside": lambda clip: (clip.removed - clip.border).astype(np.float64),
    "score map: entropy": lambda clip: mean_around(_map_entropy(clip)),
    "score map: second peak": lambda clip: mean_around(_second_peak(clip)),
}
"""What is measured; the reasons of the queue first."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the queue makes of some clips."""

    frames: int
    wrong: int
    looked_at: int
    """Events that a person is expected to look at."""
    held: int
    """Wrong boxes in these."""
    listed: int
    """Frames in these."""
    events: int
    """Of all clips."""

    @property
    def share(self) -> float:
        """Share of the wrong boxes that are held."""
        return self.held / max(self.wrong, 1)

    def __str__(self) -> str:
        return (
            f"first {self.looked_at} of {self.events} events hold {self.held} of {self.wrong} "
            f"wrong boxes ({self.share:.0%}) in {self.listed} of {self.frames} frames"
        )


def auc(values: NDArray[np.float64], wrong: NDArray[np.bool_]) -> float:
    """Return how often a wrong box has the higher value; a half is chance, NaN without both."""
    known = ~np.isnan(values)
    values, wrong = values[known], wrong[known]
    bad = int(wrong.sum())
    if bad in (0, len(wrong)):
        return float("nan")
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    # Equal values share the mean of their ranks.
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    return float((rank[wrong].sum() - bad * (bad + 1) / 2) / (bad * (len(wrong) - bad)))


def fit(clips: Sequence[Watched], case: int) -> tuple[float, NDArray[np.float64]]:
    """Return bias and weights of the reasons where so much is known (see `cases`).

    A ridge keeps reasons that say nothing near zero, and weights are never below it: a reason to
    look is none the other way round.
    """
    rows, wrong = [], []
    for clip in clips:
        known = clip.evidence(again=case == 2)
        if case == 0:
            known = evidence.Evidence(
                known.boxes, np.full_like(known.score, np.nan), known.machine, known.removed
            )
        chosen = known.machine & (cases(known) == case)
        rows.append(
            np.stack([reason.beyond(reason.measure(known))[chosen] for reason in REASONS], axis=1)
        )
        wrong.append(clip.wrong[chosen])
    beyond, bad = np.concatenate(rows), np.concatenate(wrong).astype(np.float64)
    return _logistic(beyond, bad)


def _logistic(
    beyond: NDArray[np.float64], bad: NDArray[np.float64], ridge: float = 1.0
) -> tuple[float, NDArray[np.float64]]:
    free = beyond.std(axis=0) > 0
    while True:
        inputs = np.concatenate([np.ones((len(bad), 1)), beyond[:, free]], axis=1)
        weights = np.zeros(inputs.shape[1])
        hold = ridge * np.eye(len(weights))
        hold[0, 0] = 0
        for _ in range(100):  # Newton's steps; some ten are enough
            share = 1 / (1 + np.exp(-np.clip(inputs @ weights, -50, 50)))
            slope = inputs.T @ (bad - share) - hold @ weights
            curve = (inputs * (share * (1 - share))[:, np.newaxis]).T @ inputs + hold
            weights = weights + np.linalg.solve(curve + 1e-9 * np.eye(len(weights)), slope)
        if (weights[1:] >= 0).all():
            break
        # The most negative one goes, and the others are fitted without it.
        free[np.flatnonzero(free)[int(weights[1:].argmin())]] = False
    full = np.zeros(beyond.shape[1])
    full[free] = weights[1:]
    return float(weights[0]), full


def covered(clips: Sequence[Watched], *, again: bool) -> Found:
    """Return what the first events of clips hold, ordered together as those of many targets."""
    ranked: list[tuple[ReviewEvent, NDArray[np.bool_]]] = []
    for clip in clips:
        found = events_of(clip.evidence(again=again))
        ranked += [(event, clip.wrong[event.first : event.last + 1]) for event in found]
    ranked.sort(key=lambda pair: -pair[0].wrong)
    frames = sum(len(clip.boxes) for clip in clips)
    first = ranked[: round(EVENTS * frames)]
    return Found(
        frames,
        sum(int(clip.wrong.sum()) for clip in clips),
        len(first),
        sum(int(wrong.sum()) for _, wrong in first),
        sum(len(wrong) for _, wrong in first),
        len(ranked),
    )


def tno_events(folder: Path, first: int, last: int, box: tuple[float, float, float, float]) -> int:
    """Return how many events a run over TNO's person has; raises CKDError."""
    with open_sequence(folder) as sequence:
        steps = list(follow(CKDSource.of("tiny", "cpu").make(), sequence, box, first, last))
    boxes = np.array([step.box_xywh for step in steps])
    results = [step.result for step in steps]
    score = np.array([np.nan if each is None else each.score for each in results], np.float32)
    removed = np.array([-1 if each is None else each.target_tokens_removed for each in results])
    machine = np.arange(len(boxes)) > 0
    return len(events_of(evidence.Evidence(boxes, score, machine, removed.astype(np.int32))))


def _print_table(training: Sequence[Watched], validation: Sequence[Watched]) -> None:
    print(f"{'AUC for a box below IoU 0.5':<34}{'training':>10}{'validation':>12}")
    for name, measure in MEASURES.items():
        row = []
        for clips in (training, validation):
            values = np.concatenate([measure(clip)[1:] for clip in clips])
            row.append(auc(values, np.concatenate([clip.wrong[1:] for clip in clips])))
        print(f"{name:<34}{row[0]:>10.3f}{row[1]:>12.3f}")


def _print_fit(training: Sequence[Watched]) -> None:
    fitted = [fit(training, case) for case in range(3)]
    print("BIAS =", tuple(round(bias, 2) for bias, _ in fitted))
    for kind, reason in enumerate(REASONS):
        weights = tuple(round(float(found[kind]), 2) for _, found in fitted)
        right = np.concatenate([_right(clip, reason.measure) for clip in training])
        print(f"{reason.name:<20} usual {np.nanmedian(right):.3f}  weights {weights}")


def _right(
    clip: Watched, measure: Callable[[evidence.Evidence], NDArray[np.float64]]
) -> NDArray[np.float64]:
    values = measure(clip.evidence(again=True))[1:]
    return np.asarray(values[~clip.wrong[1:]])


def main(words: Sequence[str] | None = None) -> int:
    """Measure; 1 when a mark is missed, 2 for bad input."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, help="folder that keeps tracked clips")
    parser.add_argument("--tno", type=Path, help="folder of the TNO clip")
    parser.add_argument("--fit", action="store_true", help="also fit and print the weights")
    chosen = parser.parse_args(words)
    try:
        tracker = CKDSource.of("tiny", "cpu").make()
        sets = [
            [watched(clip, tracker, chosen.cache) for clip in clips]
            for clips in (TRAINING, VALIDATION)
        ]
        print(f"On {processor()}, tracked with tiny {tracker_hash()}")
        _print_table(*sets)
        if chosen.fit:
            _print_fit(sets[0])
        met = _print_queue(sets[1])
        if chosen.tno is not None:
            met &= _print_tno(chosen.tno)
    except CKDError as error:
        print(error, file=sys.stderr)
        return 2
    return 0 if met else 1


def tracker_hash() -> str:
    """Return by which the weights are known."""
    return CKDSource.of("tiny", "cpu").info.weights_sha256[:12]


def _print_queue(validation: Sequence[Watched]) -> bool:
    found = covered(validation, again=False)
    print(f"{len(validation)} validation clips: {found}")
    for clip, name in zip(validation, VALIDATION, strict=True):
        print(f"  {name.name:<26} {covered([clip], again=False)}")
    right = covered([clip for clip in validation if not clip.wrong.any()], again=False)
    print(f"of these, clips without a wrong box: {right}")
    looked = [clip for clip in validation if clip.looked_again]
    print(f"{len(looked)} of them with second looks: {covered(looked, again=True)}")
    print(f"these without second looks: {covered(looked, again=False)}")
    return found.share >= COVERED


def _print_tno(folder: Path) -> bool:
    met = True
    for passage, (first, last) in zip(person_passages(folder), PERSON_FRAMES, strict=True):
        x, y, w, h = passage.boxes[0].tolist()
        for end in (last, 31):
            count = tno_events(folder, first, end, (x, y, w, h))
            print(f"TNO person, frames {first}-{end}: {count} events")
            met &= count <= TNO_EVENTS
    return met


if __name__ == "__main__":
    sys.exit(main())
