"""How a camera fails in the middle of a clip: what its crop shows then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from tracker_core.synthetic.degrade import Pixels, grainy

Camera: TypeAlias = Literal["rgb", "tir"]
Kind: TypeAlias = Literal["dark", "white", "frozen", "fogged"]

_CAMERAS: tuple[Camera, ...] = ("rgb", "tir")
_KINDS: tuple[Kind, ...] = ("dark", "white", "frozen", "fogged")


@dataclass(frozen=True, slots=True)
class Failure:
    """Which camera fails, and how."""

    camera: Camera
    kind: Kind

    def shown(self, image: Pixels, rng: np.random.Generator) -> Pixels:
        """What the camera gives in the place of a crop; of a frozen one that is older already."""
        if self.kind == "frozen":
            return image
        if self.kind == "fogged":
            return _fogged(image, rng)
        level = rng.uniform(0, 14) if self.kind == "dark" else rng.uniform(236, 255)
        even = np.full_like(image, int(level))
        return grainy(even, rng, float(rng.uniform(0.0, 5.0)))


def random_failure(rng: np.random.Generator, probability: float) -> Failure | None:
    """Draw a failure, or none."""
    if rng.random() >= probability:
        return None
    return Failure(_CAMERAS[int(rng.integers(2))], _KINDS[int(rng.integers(len(_KINDS)))])


def frozen_shift(rng: np.random.Generator) -> tuple[float, float]:
    """How far a frozen picture's target is from where a tracker looks by now, in roots of its area.

    Beyond the window: as long as it lies within, no single picture says which camera stands still.
    """
    far, way = float(rng.uniform(2.6, 6.0)), float(rng.uniform(0, 2 * np.pi))
    return far * float(np.cos(way)), far * float(np.sin(way))


def _fogged(image: Pixels, rng: np.random.Generator) -> Pixels:
    share, level = float(rng.uniform(0.86, 0.99)), float(rng.uniform(90, 230))
    fog = image.astype(np.float32) * np.float32(1 - share) + np.float32(level * share)
    return grainy(np.clip(fog, 0, 255).astype(np.uint8), rng, float(rng.uniform(0.5, 4.0)))
