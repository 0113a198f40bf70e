"""Clips whose cameras are apart in time, and how often a guess from motion finds by how much."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.clips import FIRST_SEEDS
from benchmarks.quality.exams import PLAIN, exam_clips
from benchmarks.quality.stills import still_pairs
from tracker_core.errors import CKDError
from tracker_core.imaging import Image, cv2
from tracker_core.registration.motion import LEAST_FRAMES, changes, guess_offset
from tracker_core.registration.pixels import centres
from tracker_core.sequences import open_sequence
from tracker_core.synthetic.sequence import make_scene

MOST_OFFSET = 12
"""Frames by which thermal is later or earlier."""
LENGTHS = 120, 90, 60, 30
"""Frames of each camera that are looked at, where a clip has as many."""
SHORTEST = min(LENGTHS)
SCENES = (
    "random-day", "random-night", "random-fast", "random-occlusion", "random-crossover", "street",
)  # fmt: skip
SIZE = (320, 240)
"""Changes are looked for in half of it."""
FILMED = max(LENGTHS) + MOST_OFFSET
LEFT_OVER = 0.5, 0.01, 0.008
"""Degrees, a share, and shares of the width by which a first guess of the map is off."""


@dataclass(frozen=True, slots=True, eq=False)
class Moving:
    """What changed from frame to frame in a clip, as `changes` has it, both cameras in step."""

    kind: str
    name: str
    rgb: NDArray[np.float64]
    tir: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tally:
    """How guesses of one kind and length came out."""

    tried: int
    exact: int
    near: int
    """By one frame at most."""
    sure: int
    wrong_and_sure: int
    failed: int
    """Too little moved or was known."""

    def __str__(self) -> str:
        share = self.exact / max(self.tried, 1), self.near / max(self.tried, 1)
        return (
            f"{self.tried:4d} guesses, to the frame {share[0]:.0%}, by one at most {share[1]:.0%}, "
            f"sure {self.sure}, wrong though sure {self.wrong_and_sure}, none {self.failed}"
        )


def synthetic(each: int) -> Iterator[Moving]:
    """Film `each` clips of every scene."""
    for scene in SCENES:
        for seed in range(FIRST_SEEDS["validation"], FIRST_SEEDS["validation"] + each):
            made = make_scene(scene, seed, FILMED, SIZE)
            frames = [made.render(index).frames for index in range(FILMED)]
            pairs = [(frame.rgb, frame.tir) for frame in frames]
            yield _moving("synthetic", f"{scene}-{seed}", pairs, seed)


def over_stills(folder: Path, count: int) -> Iterator[Moving]:
    """Move windows over real pixels; raises CKDError."""
    clips = exam_clips(still_pairs(folder), [PLAIN], "validation", 1, FILMED, SIZE)
    for clip in clips[:count]:
        with clip.open() as footage:
            pairs = [(frame.rgb, frame.tir) for frame in footage.frames()]
        yield _moving("windows", clip.name, pairs, clip.seed)


def recorded(folder: Path) -> Moving:
    """Read a registered sequence as it was filmed; raises CKDError."""
    with open_sequence(folder) as sequence:
        frames = [sequence.frame(index) for index in range(min(len(sequence), 2 * FILMED))]
        name = sequence.name
    # Registered already, and no map of ours is to make it worse.
    return Moving("recorded", name, changes(f.rgb for f in frames), changes(f.tir for f in frames))


def _moving(kind: str, name: str, pairs: Sequence[tuple[Image, Image]], seed: int) -> Moving:
    rng = np.random.default_rng(seed)
    turn, scale, shift = LEFT_OVER
    height, width = pairs[0][0].shape[:2]
    upper = cv2.getRotationMatrix2D(
        (width / 2, height / 2), rng.uniform(-turn, turn), 1 + rng.uniform(-scale, scale)
    )
    matrix = np.vstack([np.asarray(upper, np.float64), [0.0, 0.0, 1.0]])
    matrix[:2, 2] += rng.uniform(-shift, shift, 2) * width
    over = [cv2.warpPerspective(tir, centres(matrix), (width, height)) for _, tir in pairs]
    return Moving(kind, name, changes(rgb for rgb, _ in pairs), changes(map(np.asarray, over)))


def tally(clips: Sequence[Moving], length: int) -> Tally:
    """Guess every offset from -12 to 12 of every clip that is long enough."""
    found = np.zeros(6, np.int64)
    for clip in clips:
        for offset in range(-MOST_OFFSET, MOST_OFFSET + 1):
            # Thermal frame k + offset shows the moment of RGB frame k.
            first, second = max(0, offset), max(0, -offset)
            count = min(length, len(clip.rgb) - abs(offset))
            # What is too short for a length is tried at the shortest one alone.
            if count < (length if length > SHORTEST else LEAST_FRAMES):
                continue
            rgb, tir = (each.copy() for each in (clip.rgb[first:], clip.tir[second:]))
            rgb, tir = rgb[:count], tir[:count]
            # As in a clip that begins there: the first frame has none before it.
            rgb[0] = tir[0] = np.nan
            found += _guessed(rgb, tir, offset)
    return Tally(*found.tolist())


def _guessed(rgb: NDArray[np.float64], tir: NDArray[np.float64], offset: int) -> NDArray[np.int64]:
    try:
        guess = guess_offset(rgb, tir)
    except CKDError:
        return np.array([1, 0, 0, 0, 0, 1])
    off = abs(guess.offset - offset)
    return np.array([1, off == 0, off <= 1, guess.sure, guess.sure and off > 1, 0], np.int64)
