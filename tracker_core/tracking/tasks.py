"""The unit of a run over a dataset: one tracker on one sequence, anywhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tracker_core.errors import CKDError
from tracker_core.evaluation.metrics import Boxes
from tracker_core.sequences.opening import open_sequence
from tracker_core.sequences.registering import check_map, check_shift
from tracker_core.sequences.sequence import Sequence
from tracker_core.trackers.protocol import Result, Tracker, TrackerSource, capabilities_of
from tracker_core.tracking.loop import follow


@dataclass(frozen=True, slots=True)
class SequenceTask:
    """One sequence to follow."""

    name: str
    path: Path
    """Absolute, the same on every machine of a cluster."""
    tir_offset: int | None = None
    """As a person gave it; None where names decide."""
    swap: bool = False
    """The modalities of a single video the other way round than they look."""
    shift: int = 0
    """By how many frames thermal is shifted."""
    tir_to_rgb: tuple[float, ...] | None = None
    """The map from thermal to RGB pixels, row by row; None where thermal fills the RGB frame."""


@dataclass(frozen=True, slots=True, eq=False)
class Tracked:
    """A sequence that was followed to its end."""

    name: str
    boxes: Boxes
    """(N, 4): one row per frame."""
    gaps: int
    """Frames without one of the modalities, which repeat the box before."""
    looked: int
    """Frames that the tracker looked at: not those before its first box, nor gaps."""
    seconds: float
    """That reading and tracking them took; neither opening the sequence nor loading weights."""
    overlaps: NDArray[np.float64] | None = None
    """(N,) overlap with the truth that the tracker expects of each box, NaN where it does not say;
    None from a tracker that never does."""
    engine: str = ""
    """What computed the network in the end, where another engine was asked for and failed."""
    note: str = ""
    """One sentence on that."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A sequence that could not be followed."""

    name: str
    reason: str
    """One sentence."""


class StoppedError(Exception):
    """Somebody asked the run to end."""


def track_sequence(
    source: TrackerSource, task: SequenceTask, stop: Callable[[], bool] | None = None
) -> Tracked | Failed:
    """Follow one sequence from its first ground truth box; what is wrong with it is returned.

    Raises StoppedError when `stop` says so between two frames.
    """
    try:
        tracker = _tracker(source)
        with open_sequence(task.path, None, task.tir_offset, task.swap) as sequence:
            _align(sequence, task)
            return _follow(tracker, sequence, task.name, stop or _never)
    except (CKDError, OSError) as error:
        return Failed(task.name, str(error))


def _align(sequence: Sequence, task: SequenceTask) -> None:
    matrix = None if task.tir_to_rgb is None else np.array(task.tir_to_rgb).reshape(3, 3)
    if task.shift or matrix is not None:
        check_shift(task.shift, len(sequence), sequence.name)
        if matrix is not None:
            check_map(matrix, sequence.rgb_size, sequence.tir_size)
        sequence.align(matrix, task.shift)


# One, because a run has one tracker, and weights of an earlier one only take memory.
@lru_cache(maxsize=1)
def _tracker(source: TrackerSource) -> Tracker[Result]:
    """Load a tracker once per process."""
    return source.make()


def _never() -> bool:
    return False


def _follow(
    tracker: Tracker[Result], sequence: Sequence, name: str, stop: Callable[[], bool]
) -> Tracked:
    """Return one box per frame; frames before the first ground truth box have that box."""
    truth = sequence.ground_truth
    if truth is None or truth.init is None:
        # Notes begin with a capital or not.
        why = next((note for note in sequence.notes if "round truth" in note), "")
        raise CKDError(f"{sequence.name} has no ground truth box to start from. {why}".rstrip())
    first = truth.init_frame
    boxes = np.empty((len(sequence), 4))
    # Toolkits want a row for every frame.
    boxes[: first + 1] = truth.init
    gaps, overlaps = 0, np.full(len(sequence), np.nan)
    began = time.perf_counter()
    for frame in follow(tracker, sequence, truth.init, first, len(sequence) - 1):
        boxes[frame.frame_index] = frame.box_xywh
        gaps += frame.gap
        # Trackers of others may have been written before there was such a thing to say.
        said = getattr(frame.result, "overlap", None)
        overlaps[frame.frame_index] = np.nan if said is None else said
        if stop():
            raise StoppedError  # half a sequence is not a result
    seconds = time.perf_counter() - began
    looked = len(sequence) - first - gaps
    said_any = not np.isnan(overlaps).all()
    able = capabilities_of(tracker)
    found = Tracked(name, boxes, gaps, looked, seconds, overlaps if said_any else None)
    return replace(found, engine=able.engine, note=able.note) if able.note else found
