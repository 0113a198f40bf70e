"""Every tracker on every clip, timed, here or in several processes."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic

import numpy as np

from benchmarks.quality.clips import Clip, Footage
from tracker_core.errors import CKDError
from tracker_core.evaluation.benchmarks import LASHER, OVERLAPS
from tracker_core.evaluation.metrics import (
    Boxes,
    Values,
    area_by_mean,
    centre_errors,
    normalised_centre_errors,
    overlaps,
    share_above,
    share_within,
)
from tracker_core.frames import Box, FramePair
from tracker_core.trackers import Result, Tracker, TrackerSource
from tracker_core.trackers.protocol import ResultT
from tracker_core.tracking.loop import follow_pairs
from tracker_core.tracking.pool import ProcessPool, Stop


@dataclass(frozen=True, slots=True)
class Contender:
    """One tracker of the run."""

    name: str
    source: TrackerSource


@dataclass(frozen=True, slots=True)
class Figures:
    """How well boxes fit, the given one left out; fractions."""

    pr: float
    """Share of frames whose centre is at most 20 pixels off."""
    npr: float
    """Share of frames whose centre is at most a fifth of the target's size off."""
    sr: float
    """Area under the success plot, at the 21 thresholds of LasHeR."""
    iou: float
    """Mean overlap."""


JUDGES: Mapping[str, Callable[[Result], float | None]] = {
    "score": lambda result: result.score,
    "overlap": lambda result: result.overlap,
}
"""What a tracker says about how good its own box is; None and NaN where it says nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What came out frame by frame, of the frames that count; (N,) each, but for `said`."""

    iou: Values
    true_size: Values
    """IoU of the tracker's centre with the true width and height: what is lost is place."""
    true_centre: Values
    """IoU of the tracker's width and height about the true centre: what is lost is size."""
    said: Mapping[str, Values]
    """By the names of JUDGES; NaN where the tracker said nothing."""


@dataclass(frozen=True, slots=True)
class ClipScore:
    """One tracker on one clip."""

    tracker: str
    condition: str
    clip: str
    frames: int
    """Frames after the first that have a true box."""
    figures: Figures
    frames_per_second: float
    """Tracking calls only: neither reading, nor the first frame."""
    answers: Answers | None = None
    """What the figures are the mean of; None where nobody keeps it."""


@dataclass(frozen=True, slots=True)
class Task:
    """One clip, and the trackers that are to follow it."""

    clip: Clip
    contenders: tuple[Contender, ...]


@dataclass(frozen=True, slots=True)
class Workers:
    """How much of the machine is used."""

    jobs: int = 1
    """Processes; 1 works in this one."""
    threads: int = 1
    """Threads of each process."""

    def __call__(
        self, clips: Sequence[Clip], contenders: Sequence[Contender], stop: Stop = lambda: False
    ) -> Iterator[list[ClipScore]]:
        """Yield the scores of each clip when it is done; ends early on `stop`.

        Raises CKDError when a clip cannot be read or a tracker not be started.
        """
        tasks = [Task(clip, tuple(contenders)) for clip in clips]
        yield from (scores for _, scores in self.run(tasks, stop))

    def run(
        self, tasks: Sequence[Task], stop: Stop = lambda: False
    ) -> Iterator[tuple[Task, list[ClipScore]]]:
        """Yield each task with its scores, in the order of its trackers, as calling does."""
        work = _Scoring(self.threads)
        # One job works here: a pool would start a process and load everything again for nothing.
        if self.jobs > 1 and tasks:
            for index, scores in ProcessPool(self.jobs, self.threads).run(work, tasks, stop):
                yield tasks[index], scores
            return
        for task in tasks:
            if stop():
                return
            yield task, work(task, stop)


@dataclass(frozen=True, slots=True)
class _Scoring:
    threads: int

    def __call__(self, task: Task, _stop: Stop) -> list[ClipScore]:
        _use_threads(self.threads)
        return score_clip(task.clip, task.contenders)


def score_clip(clip: Clip, contenders: Sequence[Contender]) -> list[ClipScore]:
    """Let each tracker follow one clip, one after the other; raises CKDError."""
    with clip.open() as footage:
        return [_score(clip, footage, contender) for contender in contenders]


def figures(predicted: Boxes, truth: Boxes) -> Figures:
    """Score (N, 4) boxes; frames without a true box do not count, nor does the first, given one."""
    # LasHeR counts the first frame as well; here nothing counts that was given.
    predicted, truth = predicted[1:], truth[1:]
    known = np.isfinite(truth).all(axis=1)
    if not known.any():
        raise CKDError("A clip with one true box only cannot be scored; leave it out.")
    ours, theirs = predicted[known], truth[known]
    lengths = np.array([len(ours)])
    precise, normalised = LASHER.precisions
    errors = ((precise, centre_errors), (normalised, normalised_centre_errors))
    pr, npr = (
        float(
            share_within(measure(ours, theirs), rule.thresholds, lengths, inclusive=True)[
                0, rule.quoted
            ]
        )
        for rule, measure in errors
    )
    overlap = overlaps(ours, theirs)
    sr = float(area_by_mean(share_above(overlap, OVERLAPS, lengths))[0])
    return Figures(pr, npr, sr, float(overlap.mean()))


def answers(predicted: Boxes, truth: Boxes, results: Sequence[Result | None]) -> Answers:
    """What each frame that counts came to; `results` may go on after the truth, None is a gap."""
    known = np.asarray(np.isfinite(truth[1:]).all(axis=1))
    ours, theirs = predicted[1:][known], truth[1:][known]
    middle, true_middle = (rows[:, :2] + rows[:, 2:] / 2 for rows in (ours, theirs))
    sized = np.hstack([middle - theirs[:, 2:] / 2, theirs[:, 2:]])
    placed = np.hstack([true_middle - ours[:, 2:] / 2, ours[:, 2:]])
    counted = [result for result, there in zip(results[1:], known.tolist(), strict=False) if there]
    said = {
        name: np.array([_said(judge, result) for result in counted], np.float64)
        for name, judge in JUDGES.items()
    }
    # A name whose judge never spoke would only lengthen every row.
    said = {name: values for name, values in said.items() if np.isfinite(values).any()}
    return Answers(overlaps(ours, theirs), overlaps(sized, theirs), overlaps(placed, theirs), said)


def _said(judge: Callable[[Result], float | None], result: Result | None) -> float:
    value = None if result is None else judge(result)
    return math.nan if value is None else value


class Stopwatch(Generic[ResultT]):
    """A tracker that remembers how long each of its steps took."""

    def __init__(self, tracker: Tracker[ResultT]) -> None:
        self._tracker = tracker
        self.seconds: list[float] = []

    def start(self, frames: FramePair, box_xywh: Box) -> Any:  # noqa: ANN401 - the tracker's own
        """Begin; this is not timed."""
        return self._tracker.start(frames, box_xywh)

    def step(self, state: Any, frames: FramePair) -> tuple[Any, ResultT]:  # noqa: ANN401
        """Find the target, on the clock."""
        began = time.perf_counter()
        answer = self._tracker.step(state, frames)
        self.seconds.append(time.perf_counter() - began)
        return answer


def _score(clip: Clip, footage: Footage, contender: Contender) -> ClipScore:
    watch: Stopwatch[Result] = Stopwatch(_tracker(contender.source))
    frames = footage.frames()
    start = next(frames)
    if start is None:
        raise CKDError(f"{clip.name} has a gap where its first true box is; leave it out.")
    followed = list(follow_pairs(watch, start, footage.init, frames))
    boxes = np.array([each.box_xywh for each in followed])
    truth = footage.boxes
    boxes = boxes[: len(truth)]  # a sequence may go on after its ground truth
    found = figures(boxes, truth)
    given = answers(boxes, truth, [each.result for each in followed])
    # The median: a first step that builds its kernels, or a busy moment, does not count.
    rate = 1 / max(float(np.median(watch.seconds)), 1e-9)
    counted = len(given.iou)
    return ClipScore(contender.name, clip.condition, clip.name, counted, found, rate, given)


# More than most runs have, so that none is loaded again for each clip.
@lru_cache(maxsize=16)
def _tracker(source: TrackerSource) -> Tracker[Result]:
    """Load a tracker once per process."""
    return source.make()


def _use_threads(threads: int) -> None:
    # Late, in the worker: here it would be loaded by the process that only hands out work.
    import torch

    from tracker_core.imaging import cv2

    # Both: networks compute in torch, crops and peers in OpenCV.
    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)
