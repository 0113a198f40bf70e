"""What the benchmark of tracking quality tracks on: made-up clips, and recorded sequences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

import numpy as np

from tracker_core.errors import CKDError
from tracker_core.evaluation.metrics import Boxes
from tracker_core.frames import Box, FramePair
from tracker_core.sequences.ground_truth import GroundTruth
from tracker_core.sequences.opening import open_sequence
from tracker_core.sequences.sequence import Sequence
from tracker_core.synthetic.sequence import truth
from tracker_core.tracking.loop import pairs
from tracker_core.training.data.assets import Assets
from tracker_core.training.data.material import CLIP_CONDITIONS, clip

Purpose: TypeAlias = Literal["report", "validation"]

FIRST_SEEDS: dict[Purpose, int] = {"validation": 10_000, "report": 20_000}
"""Clips that choose weights and clips that are reported never share a seed."""
MOST_CLIPS = 100
"""Clips per condition that have seeds of their own."""
RECORDED = "recorded"
"""The condition of a clip that a camera took."""
LEAST_FRAMES = 10
MOST_FRAMES = 10_000
"""Of a made-up clip: five minutes, which lie in memory."""
MOST_FILM = 8 << 30
"""Bytes of such a clip's frames; each process has one."""
MOST_PAIRS = 1_000_000


def check_film(length: int, size: tuple[int, int]) -> None:
    """Refuse a made-up clip that does not fit in memory; CKDError."""
    if length < LEAST_FRAMES:
        raise CKDError(f"A clip needs at least {LEAST_FRAMES} frames, not {length}.")
    each = size[0] * size[1] * 6  # both modalities, three channels
    if length > MOST_FRAMES or length * each > MOST_FILM:
        most = min(MOST_FRAMES, MOST_FILM // each)
        raise CKDError(
            "A clip of {} x {} pixels can have at most {} frames, not {}.".format(
                *size, most, length
            )
        )


class Footage(Protocol):
    """A clip that is open."""

    @property
    def boxes(self) -> Boxes:
        """(N, 4) true x, y, w, h in frame pixels, from the first tracked frame on; NaN: none."""

    @property
    def init(self) -> Box:
        """The box that trackers are given on the first frame."""

    def frames(self) -> Iterator[FramePair | None]:
        """Yield all N frames, None for a gap; every call begins again."""


class Clip(Protocol):
    """How a worker gets footage: small and picklable."""

    @property
    def name(self) -> str:
        """Unlike that of any other clip of the run."""

    @property
    def condition(self) -> str:
        """One of CLIP_CONDITIONS, or RECORDED."""

    def open(self) -> AbstractContextManager[Footage]:
        """Make or open the clip; raises CKDError."""


@dataclass(frozen=True, slots=True)
class MadeClip:
    """A clip of held-out pictures."""

    cache: Path
    """Of the pictures, see training.assets."""
    condition: str
    seed: int
    length: int = 90
    """Frames."""
    size: tuple[int, int] = (480, 360)

    @property
    def name(self) -> str:
        """Condition and seed, which say all about it."""
        return f"{self.condition}-{self.seed}"

    @contextmanager
    def open(self) -> Iterator[Filmed]:
        """Film all of it; raises CKDError when the pictures cannot be read."""
        scene = clip(held_out(self.cache), self.seed, self.condition, self.length, self.size)
        moments = [scene.render(index) for index in range(self.length)]
        rows = np.array(truth([moment.objects[0] for moment in moments], self.size))
        rows[rows[:, 2] <= 0] = np.nan  # the files' mark of absence is zeros
        yield Filmed(tuple(moment.frames for moment in moments), rows)


@dataclass(frozen=True, slots=True, eq=False)
class Filmed:
    """A clip in memory."""

    film: tuple[FramePair, ...]
    boxes: Boxes
    """(N, 4); NaN where the target is out of sight for long."""

    @property
    def init(self) -> Box:
        """The true box on the first frame."""
        x, y, w, h = self.boxes[0].tolist()
        return x, y, w, h

    def frames(self) -> Iterator[FramePair]:
        """Yield all frames."""
        yield from self.film


@dataclass(frozen=True, slots=True)
class RecordedClip:
    """A sequence on disk with ground truth."""

    path: Path
    name: str
    tir_offset: int | None = None
    swap: bool = False
    condition: str = RECORDED

    @classmethod
    def of(cls, path: Path, tir_offset: int | None = None, swap: bool = False) -> RecordedClip:
        """Look whether a sequence can be used; raises CKDError when it has no ground truth.

        `tir_offset` and `swap` are those of `open_sequence`.
        """
        path = path.absolute()  # workers may have another folder of their own
        with open_sequence(path, None, tir_offset, swap) as sequence:
            name = sequence.name
        # Opened once here: a person hears of a missing ground truth before hours of tracking.
        found = cls(path, name, tir_offset, swap)
        with found.open():
            return found

    @contextmanager
    def open(self) -> Iterator[Recorded]:
        """Open the sequence; frames are read when they are tracked."""
        with open_sequence(self.path, None, self.tir_offset, self.swap) as sequence:
            known = sequence.ground_truth
            if known is None or known.init is None:
                raise CKDError(
                    f"{self.path} has no ground truth box to start from; name sequences with "
                    "ground truth."
                )
            yield Recorded(sequence, known.init, known.init_frame, _rows(sequence, known))


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """A sequence that is open."""

    sequence: Sequence
    init: Box
    first: int
    """The frame index that `init` belongs to."""
    boxes: Boxes
    """(N, 4) from frame `first` on; NaN where there is no box."""

    def frames(self) -> Iterator[FramePair | None]:
        """Read all frames from the first with a box on."""
        return pairs(self.sequence, self.first, len(self.sequence) - 1)


def made_clips(
    cache: Path,
    purpose: Purpose,
    count: int,
    length: int,
    size: tuple[int, int],
    conditions: tuple[str, ...] = CLIP_CONDITIONS,
) -> list[MadeClip]:
    """`count` clips of each condition; raises CKDError for what cannot be made."""
    if not 1 <= count <= MOST_CLIPS:
        raise CKDError(f"There can be 1 to {MOST_CLIPS} clips of each condition, not {count}.")
    if min(size) < 96 or max(size) > 2048:
        raise CKDError(f"Clips can be 96 to 2048 pixels a side, not {size[0]} x {size[1]}.")
    check_film(length, size)
    unknown = [name for name in conditions if name not in CLIP_CONDITIONS]
    if unknown:
        raise CKDError(
            f"There is no condition '{unknown[0]}'; choose from {', '.join(CLIP_CONDITIONS)}."
        )
    held_out(cache.absolute())  # raises now rather than in a worker
    first = FIRST_SEEDS[purpose]
    return [
        MadeClip(cache.absolute(), name, _seed(first, name, number), length, size)
        for name in conditions
        for number in range(count)
    ]


def _seed(first: int, condition: str, number: int) -> int:
    """A seed that no other clip has, whatever conditions and counts are asked for."""
    return first + MOST_CLIPS * CLIP_CONDITIONS.index(condition) + number


def _rows(sequence: Sequence, known: GroundTruth) -> Boxes:
    """(N, 4) true boxes from the first one on, NaN where there is none."""
    rows = np.array(known.rgb, dtype=np.float64)
    rows[~(rows[:, 2:] > 0).all(axis=1)] = np.nan
    rows[known.init_frame] = known.init  # `init.txt` differs from the rows in some sequences
    return rows[known.init_frame : len(sequence)]


@lru_cache(maxsize=1)
def held_out(cache: Path) -> Assets:
    """Pictures that training never sees, opened once per process."""
    if not cache.is_dir():
        raise CKDError(
            f"There is no picture cache {cache}; make one with benchmarks/fetch_assets.py, or from "
            "pictures of your own by training on them."
        )
    found = Assets.load(cache, "held_out")
    if not found.photos:
        raise CKDError(f"The picture cache {cache} holds back no photographs; add more pictures.")
    return found
