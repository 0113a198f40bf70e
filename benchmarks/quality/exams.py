"""The exams over registered stills: what each of them is, and the clips that it is made of."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from benchmarks.quality.clips import FIRST_SEEDS, Filmed, Purpose, check_film
from benchmarks.quality.still_windows import (
    FAULTS,
    Fault,
    Look,
    Piece,
    StillWindow,
    failed,
    jerking,
    leaving,
    look,
    piece,
    wandering,
    zooming,
)
from benchmarks.quality.stills import CHOICES, Choice, StillPair, find_target
from benchmarks.quality.twins import Twin, switching_twins
from tracker_core.errors import CKDError
from tracker_core.frames import Box, FramePair
from tracker_core.synthetic.compositor import Pixels

Camera: TypeAlias = Literal["rgb", "tir"]

PLAIN, CROSSED, FAILING, ZOOMING = "plain", "crossed", "failing", "zooming"
THIRD, FIFTH = "every 3rd", "every 5th"
STRIDES = {THIRD: 3, FIFTH: 5}
"""Every how manieth frame is shown."""
EXAMS = (PLAIN, CROSSED, THIRD, FIFTH, FAILING, ZOOMING)
JERKS, LEAVING, SWITCHING = "jerks", "leaving", "switching"
FURTHER = (JERKS, LEAVING, SWITCHING)
"""Exams that are held only where they are named."""
ZOOM_FRAMES = 40
MOST_PER_PAIR = 100
"""Windows over one pair that have seeds of their own."""
VERSION = 1
"""Of what is drawn and how: rows of another are not taken for these."""

_CROSSINGS = 0.33, 0.67
"""Shares of a clip at which something is right before the target."""
_STREAM, _LOOKS, _TARGETS = 0xE01, 0xE02, 0xE03
_WAYS = {ZOOMING: zooming, JERKS: jerking, LEAVING: leaving}
"""How a window moves where it does not wander."""


@dataclass(frozen=True, slots=True)
class StillClip:
    """One window over one still."""

    condition: str
    """Which of EXAMS or FURTHER."""
    pair: StillPair
    target: Box
    """The part that is followed, in pixels of the still."""
    choice: Choice
    """By what it was chosen."""
    seed: int
    length: int
    """Frames of the window's way; fewer are shown where frames are left out."""
    size: tuple[int, int]
    fault: Fault | None = None
    """What becomes of one camera in the middle third."""
    failing: Camera | None = None
    """Which camera that is; in SWITCHING the one that begins to see twins of the target."""
    crossing: tuple[tuple[StillPair, Box], ...] = ()
    """Parts of other stills that pass before the target."""
    version: int = VERSION

    @property
    def name(self) -> str:
        """Exam, pair and seed."""
        return f"{self.condition}-{self.pair.name}-{self.seed}"

    @property
    def kind(self) -> str:
        """What is compared within the exam: the fault, or by what the target was chosen."""
        if self.condition == SWITCHING:
            return f"{_CAMERAS[self.failing]} first"
        return self.choice if self.fault is None else f"{_CAMERAS[self.failing]} {self.fault}"

    @property
    def times(self) -> range:
        """The frames of the window's way that are shown."""
        return range(0, self.length, STRIDES.get(self.condition, 1))

    @contextmanager
    def open(self) -> Iterator[Filmed]:
        """Move the window; raises CKDError when a still cannot be read."""
        window = self._window()
        boxes = [window.upright(float(time)) for time in self.times]
        pieces: list[Piece | Twin] = [*self._pieces(boxes), *self._twins(window)]
        film: list[FramePair] = []
        for time, box in zip(self.times, boxes, strict=True):
            seen = look(self.pair, window, float(time))
            for each in pieces:
                seen = each.over(seen, box, float(time))
            film.append(self._filmed(seen, time, film))
        truth = np.array(boxes)
        if self.condition == LEAVING:
            # What is partly outside has no box that all would agree on.
            truth[[not window.shows(float(time)) for time in self.times]] = np.nan
        yield Filmed(tuple(film), truth)

    def _window(self) -> StillWindow:
        draw = _WAYS.get(self.condition, wandering)
        return draw(self._random(_STREAM), self.target, self.length, self.size)

    def _pieces(self, boxes: Sequence[Box]) -> list[Piece]:
        rng = self._random(_STREAM, 1)
        side = float(np.sqrt(boxes[0][2] * boxes[0][3]))
        return [
            piece(rng, still, part, side, share * self.length)
            for (still, part), share in zip(self.crossing, _CROSSINGS, strict=False)
        ]

    def _twins(self, window: StillWindow) -> list[Twin]:
        if self.condition != SWITCHING or self.failing is None:
            return []
        rng = self._random(_STREAM, 2)
        return switching_twins(rng, self.pair, window, self.length, self.failing)

    def _filmed(self, seen: Look, time: int, before: Sequence[FramePair]) -> FramePair:
        # By frame, so that every third frame is the plain exam's, to the bit.
        rng = self._random(_LOOKS, time)
        shown = seen.grainy(rng)
        third = self.length // 3
        if self.fault is None or not third <= time < 2 * third:
            return shown
        last = before[third - 1]
        if self.failing == "rgb":
            return FramePair(failed(seen.rgb, self.fault, rng, last.rgb), shown.tir)
        return FramePair(shown.rgb, failed(seen.tir, self.fault, rng, _narrow(last)))

    def _random(self, *stream: int) -> np.random.Generator:
        return np.random.default_rng((self.seed, zlib.crc32(self.pair.name.encode()), *stream))


_CAMERAS: dict[Camera | None, str] = {"rgb": "RGB", "tir": "thermal"}
_BOTH: tuple[Camera, ...] = "rgb", "tir"
_FAILURES = tuple(itertools.product(_BOTH, FAULTS))


def exam_clips(
    pairs: Sequence[StillPair],
    exams: Sequence[str],
    purpose: Purpose,
    each: int,
    length: int,
    size: tuple[int, int],
) -> list[StillClip]:
    """Return `each` windows over every pair for every exam, the first of all pairs first.

    Pairs without a target are left out. Raises CKDError for an unknown exam, and for what cannot be
    made.
    """
    if not 1 <= each <= MOST_PER_PAIR:
        raise CKDError(f"There can be 1 to {MOST_PER_PAIR} windows over a pair, not {each}.")
    every = (*EXAMS, *FURTHER)
    unknown = [name for name in exams if name not in every]
    if unknown:
        raise CKDError(f"There is no exam {unknown[0]!r}; choose from {', '.join(every)}.")
    if CROSSED in exams and len(pairs) < 1 + len(_CROSSINGS):
        raise CKDError(
            f"Something of other pairs crosses in the exam {CROSSED}: it needs at least "
            f"{1 + len(_CROSSINGS)} pairs, not {len(pairs)}."
        )
    for lasts in {_length(name, length) for name in exams}:
        check_film(lasts, size)
    # In no order of time or scene: a run that ends early has seen some of each.
    mixed = sorted(range(len(pairs)), key=lambda position: pairs[position].sha256)
    made = [
        clip
        for number in range(each)
        for position in mixed
        for clip in _over(pairs, position, number, exams, purpose, (length, size))
    ]
    if not made:
        raise CKDError("No still has a part with enough texture to follow; name other stills.")
    return made


def _over(
    pairs: Sequence[StillPair],
    position: int,
    number: int,
    exams: Sequence[str],
    purpose: Purpose,
    shape: tuple[int, tuple[int, int]],
) -> Iterator[StillClip]:
    """Yield the clips of one window over one pair: the same target and way in all exams."""
    pair = pairs[position]
    length, size = shape
    seed = FIRST_SEEDS[purpose] + number
    # By position, too: with few windows over each pair, all choices and faults come up as often.
    turn = position + number
    choice = CHOICES[turn % len(CHOICES)]
    key = seed, zlib.crc32(pair.name.encode())
    target = find_target(np.random.default_rng((*key, _TARGETS)), pair, choice)
    for exam in exams:
        lasts = _length(exam, length)
        # Each draw by a stream of its own: an exam is the same with and without the others.
        rng = np.random.default_rng((*key, _TARGETS, (*EXAMS, *FURTHER).index(exam)))
        if exam in (FAILING, SWITCHING):
            # Another target, seen by both cameras, so that either may fail.
            both = find_target(rng, pair, choice, both=True)
            what = _FAILURES[turn % len(_FAILURES)] if exam == FAILING else (_BOTH[turn % 2], None)
            failing, fault = what
            if both is not None:
                yield StillClip(exam, pair, both, choice, seed, lasts, size, fault, failing)
        elif target is not None:
            crossing = _crossing(rng, pairs, position) if exam == CROSSED else ()
            yield StillClip(exam, pair, target, choice, seed, lasts, size, crossing=crossing)


def _crossing(
    rng: np.random.Generator, pairs: Sequence[StillPair], position: int
) -> tuple[tuple[StillPair, Box], ...]:
    others = [each for number, each in enumerate(pairs) if number != position]
    chosen = rng.permutation(len(others))
    parts = ((others[index], find_target(rng, others[index], "random")) for index in chosen)
    found = ((still, part) for still, part in parts if part is not None)
    return tuple(itertools.islice(found, len(_CROSSINGS)))


def _length(exam: str, length: int) -> int:
    return ZOOM_FRAMES if exam == ZOOMING else length


def _narrow(frames: FramePair) -> Pixels:
    return np.asarray(frames.tir, np.uint8)
