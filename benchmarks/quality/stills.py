"""Registered still pairs in a folder, and the parts of them that a tracker can follow."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from tracker_core.errors import CKDError
from tracker_core.frames import Box, FramePair
from tracker_core.imaging import IMAGE_SUFFIXES, cv2, read_rgb, read_tir, thermal_over_rgb
from tracker_core.synthetic.compositor import Pixels, pyramid
from tracker_core.training.data.assets import Photo
from tracker_core.training.data.scene_parts import distinct_place, photo_place

FOLDERS = "visible", "infrared"
"""Of the RGB and the thermal stills; the two of a pair have one name."""
LEAST_SIDE = 96
"""Pixels that a still needs each way."""
LEAST_TEXTURE = 2.0
"""Gray levels per pixel, see `texture`: a lawn has 1, a car or a person 2 and more."""

Choice: TypeAlias = Literal["thermal", "RGB", "random"]
CHOICES: tuple[Choice, ...] = "thermal", "RGB", "random"
"""By what a target is chosen: it stands out in that camera, or it lies anywhere."""

_TRIES = 60
"""Draws before a still counts as one without such a target."""
_SMALLEST_TARGET = 16.0
"""Pixels of the still: a smaller part would be mostly interpolation when it is enlarged."""


@dataclass(frozen=True, slots=True)
class StillPair:
    """One moment in both cameras, registered, as two files."""

    name: str
    """Of both files, without their endings."""
    # Not a part of what it is: the same files elsewhere are the same pair.
    rgb: Path = field(repr=False)
    tir: Path = field(repr=False)
    sha256: str
    """Of both files' contents."""

    def read(self) -> FramePair:
        """Return RGB and gray thermal of one size; raises CKDError for what cannot be read."""
        return _read(self.rgb, self.tir)

    def levels(self) -> tuple[tuple[Pixels, ...], tuple[Pixels, ...]]:
        """Return RGB and thermal at full, half and quarter size; raises CKDError."""
        return _levels(self.rgb, self.tir)


def still_pairs(folder: Path) -> list[StillPair]:
    """Return the pairs of a folder by name; raises CKDError that names what is wrong with it."""
    rgb, tir = (_stills(folder / name) for name in FOLDERS)
    alone = sorted(rgb.keys() ^ tir.keys())
    if alone:
        lacking = FOLDERS[1] if alone[0] in rgb else FOLDERS[0]
        raise CKDError(
            f"{folder} has no {alone[0]} in {lacking}; the two stills of a pair have one name."
        )
    if not rgb:
        raise CKDError(f"There are no stills in {folder / FOLDERS[0]}; name a folder of pairs.")
    pairs = []
    for name in sorted(rgb):
        pair = StillPair(name, rgb[name], tir[name], _digest(rgb[name], tir[name]))
        width, height = pair.read().size
        if min(width, height) < LEAST_SIDE:
            raise CKDError(
                f"{rgb[name]} is {width} x {height} pixels; exams need {LEAST_SIDE} a side."
            )
        pairs.append(pair)
    return pairs


def texture(gray: Pixels, box_xywh: Box) -> float:
    """How well a part can be told from itself moved a little, in gray levels per pixel.

    The root of the smaller eigenvalue of the mean structure tensor: along a plain surface or an
    edge it is 0, since there a box could slide.
    """
    x, y, w, h = (round(value) for value in box_xywh)
    part = gray[max(0, y) : max(0, y + h), max(0, x) : max(0, x + w)]
    if min(part.shape) < 3:
        return 0.0
    # Blurred: the blocks of JPEG and the grain of a sensor are no texture.
    smooth = cv2.GaussianBlur(part.astype(np.float32), (0, 0), 1.0)
    down, across = np.gradient(smooth)
    xx, yy, xy = (
        float((a * b).mean()) for a, b in ((across, across), (down, down), (across, down))
    )
    smaller = (xx + yy) / 2 - math.hypot((xx - yy) / 2, xy)
    return math.sqrt(max(smaller, 0.0))


def find_target(
    rng: np.random.Generator, pair: StillPair, choice: Choice, *, both: bool = False
) -> Box | None:
    """Draw a part to follow that has texture; None when the still has none.

    It has texture in the camera that it is chosen in, at random in one of them, `both` in both.
    """
    rgb, tir = _gray(pair.rgb, pair.tir)
    photos = {"thermal": Photo(pair.name, pyramid(tir)), "RGB": Photo(pair.name, pyramid(rgb))}
    for _ in range(_TRIES):
        w, h = _size(rng, photos["RGB"].size)
        if choice == "random":
            x, y = photo_place(rng, photos["RGB"], 1.3 * max(w, h))
        else:
            (x, y), _ = distinct_place(rng, photos[choice], w, h)
        box = x - w / 2, y - h / 2, w, h
        seen = {"thermal": texture(tir, box), "RGB": texture(rgb, box)}
        least = min(seen.values()) if both else seen.get(choice, max(seen.values()))
        if least >= LEAST_TEXTURE:
            return box
    return None


def _size(rng: np.random.Generator, size: tuple[int, int]) -> tuple[float, float]:
    # The root of the area: panoramas, cut to where both cameras saw, are a third as high as wide.
    side = max(_SMALLEST_TARGET, math.sqrt(size[0] * size[1]) * float(rng.uniform(0.05, 0.1)))
    root = float(np.exp(rng.normal(0, 0.18)))
    return side * root, side / root


def _stills(folder: Path) -> dict[str, Path]:
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES)
    except OSError as error:
        raise CKDError(
            f"{folder} cannot be read: {error.strerror}; stills lie in the folders "
            f"{' and '.join(FOLDERS)}."
        ) from error
    found: dict[str, Path] = {}
    for path in paths:
        if path.stem in found:
            raise CKDError(f"{path} has a namesake, {found[path.stem].name}; keep one of them.")
        found[path.stem] = path.absolute()  # workers may have another folder of their own
    return found


def _digest(*paths: Path) -> str:
    known = hashlib.sha256()
    for path in paths:
        try:
            known.update(hashlib.sha256(path.read_bytes()).digest())
        except OSError as error:
            raise CKDError(f"{path} cannot be read: {error.strerror}.") from error
    return known.hexdigest()


# A few hundred stills of the size of a camera's frame would not fit; exams follow each other by
# pair, and pieces come from a few others.
@lru_cache(maxsize=32)
def _read(rgb: Path, tir: Path) -> FramePair:
    seen = FramePair(read_rgb(rgb), read_tir(tir))
    thermal = thermal_over_rgb(seen)
    gray = thermal if thermal.ndim == 2 else cv2.cvtColor(thermal, cv2.COLOR_RGB2GRAY)
    return FramePair(seen.rgb, np.asarray(gray, np.uint8))


@lru_cache(maxsize=32)
def _levels(rgb: Path, tir: Path) -> tuple[tuple[Pixels, ...], tuple[Pixels, ...]]:
    seen = _read(rgb, tir)
    return pyramid(seen.rgb), pyramid(np.asarray(seen.tir, np.uint8))


@lru_cache(maxsize=32)
def _gray(rgb: Path, tir: Path) -> tuple[Pixels, Pixels]:
    seen = _read(rgb, tir)
    gray = np.asarray(cv2.cvtColor(seen.rgb, cv2.COLOR_RGB2GRAY), np.uint8)
    return gray, np.asarray(seen.tir, np.uint8)
