"""Windows that move over recorded frames: real pixels of both cameras, and a box that is known."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.quality.clips import MOST_CLIPS, Filmed, check_film
from tracker_core.errors import CKDError
from tracker_core.frames import FramePair
from tracker_core.imaging import cv2, thermal_over_rgb
from tracker_core.sequences.opening import open_sequence
from tracker_core.synthetic.compositor import Pixels, pyramid, render_photo
from tracker_core.synthetic.degrade import grainy
from tracker_core.synthetic.moving_window import random_window
from tracker_core.training.data.assets import Photo
from tracker_core.training.data.material import window_target

REAL_WINDOW = "real window"
"""The condition of these clips."""
SMALLEST = 96
"""Pixels a side that a recorded frame needs."""

_CHOICE = 3
"""Of so many parts of a frame the one that stands out most is followed."""
_STREAM = 0xD44
_NOISE = 2.0
"""Gray levels by which two looks at the same place differ."""


@dataclass(frozen=True, slots=True)
class WindowClip:
    """A clip that a moving window makes of one recorded frame, registered in both modalities."""

    path: Path
    """Of the sequence."""
    sequence: str
    """Its name."""
    frame_index: int
    seed: int
    length: int = 90
    """Frames."""
    size: tuple[int, int] = (480, 360)
    tir_offset: int | None = None
    swap: bool = False
    condition: str = REAL_WINDOW

    @property
    def name(self) -> str:
        """Sequence, frame and seed, which say all about it."""
        return f"{self.sequence}-{self.frame_index}-{self.seed}"

    @contextmanager
    def open(self) -> Iterator[Filmed]:
        """Read the frame and move the window; raises CKDError when it lacks a modality."""
        # One frame only: the window's motion is all that happens, so the box is known exactly.
        with open_sequence(self.path, None, self.tir_offset, self.swap) as sequence:
            seen = sequence.frame(self.frame_index).pair()
        rgb, tir = seen.rgb, thermal_over_rgb(seen)
        tir = np.asarray(tir if tir.ndim == 2 else cv2.cvtColor(tir, cv2.COLOR_RGB2GRAY), np.uint8)
        rng = np.random.default_rng((self.seed, _STREAM))
        both = Photo(self.name, pyramid(_side_by_side(rgb, tir)))
        targets = [window_target(rng, both) for _ in range(_CHOICE)]
        box, _ = max(targets, key=lambda target: target[1])
        window = random_window(rng, box, self.length, self.size)
        levels = pyramid(rgb), pyramid(tir)
        film, rows = [], []
        for index in range(self.length):
            view = window.view(float(index))
            looks = (render_photo(each, view, self.size, cv2.BORDER_CONSTANT) for each in levels)
            # Noise of each look: without it the target would be the same to the bit in every frame.
            film.append(FramePair(*(grainy(look, rng, _NOISE) for look in looks)))
            rows.append(window.box(float(index)))
        yield Filmed(tuple(film), np.array(rows))


def window_clips(
    path: Path,
    count: int,
    length: int,
    size: tuple[int, int],
    given: tuple[int | None, bool] = (None, False),
) -> list[WindowClip]:
    """`count` clips over frames of a sequence, as far from each other as there are.

    `given` is the thermal offset and whether to swap, as for `open_sequence`. Frames known to lack
    a modality are passed over. Raises CKDError for what cannot be opened, and
    for frames that are too small.
    """
    if not 1 <= count <= MOST_CLIPS:
        raise CKDError(f"There can be 1 to {MOST_CLIPS} windows over a sequence, not {count}.")
    check_film(length, size)
    path = path.absolute()
    with open_sequence(path, None, *given) as sequence:
        name, width_height = sequence.name, sequence.rgb_size
        # Only gaps known by now: finding all of them would take reading every frame.
        whole = sorted(set(range(len(sequence))) - sequence.gaps)
    if min(width_height) < SMALLEST:
        raise CKDError(
            "The frames of {} are {} x {} pixels; windows need {} a side.".format(
                path, *width_height, SMALLEST
            )
        )
    positions = np.linspace(0, len(whole) - 1, count).round().astype(int)
    return [
        WindowClip(path, name, whole[position], seed, length, size, *given)
        for seed, position in enumerate(positions.tolist())
    ]


def _side_by_side(rgb: Pixels, tir: Pixels) -> Pixels:
    """(H, W, 2) gray of both modalities: a part may stand out in either."""
    gray = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)
    return np.dstack([gray, tir])
