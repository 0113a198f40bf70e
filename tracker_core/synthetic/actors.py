"""Things that can be followed: cut-outs and pieces of photographs.

An actor keeps its looks and its temperatures; every pose of it is a new sprite.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker_core.imaging import cv2
from tracker_core.synthetic.compositor import Pixels, Sprite, make_sprite
from tracker_core.synthetic.textures import floats
from tracker_core.synthetic.thermal import Temperature

# Beyond its edge a picture goes on in colour and heat but not in opacity: no dark rim when it
# bends.
_BORDERS = (cv2.BORDER_REPLICATE, cv2.BORDER_CONSTANT, cv2.BORDER_REPLICATE)


class Actor(ABC):
    """Something whose appearance is fixed and whose pose changes."""

    @abstractmethod
    def pose(self, rng: np.random.Generator) -> Sprite:
        """Draw the actor in a pose of its own choice."""

    @abstractmethod
    def at_phase(self, phase: float) -> Sprite:
        """Draw the moment `phase` (radians) of its movement; near phases look alike."""


@dataclass(frozen=True, slots=True)
class HeatRange:
    """Temperatures an actor may take in a scene, in gray levels before the camera."""

    base: float
    spread: float
    """How far parts of the actor differ from `base`."""


def random_heat(rng: np.random.Generator, low: float, high: float) -> HeatRange:
    """Draw temperatures before a background between `low` and `high`: warmer, colder or alike."""
    kind = rng.random()
    if kind < 0.58:
        base = high + rng.uniform(0, 90)
    elif kind < 0.80:
        base = low - rng.uniform(0, 70)
    else:
        base = rng.uniform(low, high)
    spread = rng.uniform(10, 75)
    # Room at both ends for parts that are warmer and colder.
    return HeatRange(float(np.clip(base, 8, 250)), float(spread))


class PictureActor(Actor):
    """A picture with an outline that bends a little from pose to pose."""

    def __init__(
        self,
        rgb: NDArray[np.float32],
        opacity: NDArray[np.float32],
        heat: Temperature,
        bend: float = 0.04,
    ) -> None:
        """Take straight colour (H, W, 3), opacity (H, W), temperature, and how far it bends."""
        pad = 1 + int(np.ceil(bend * 1.5 * max(opacity.shape)))  # nothing bends out of it
        self._layers = tuple(
            floats(cv2.copyMakeBorder(layer, pad, pad, pad, pad, border))
            for layer, border in zip((rgb, opacity, heat), _BORDERS, strict=True)
        )
        self._bend = bend

    def pose(self, rng: np.random.Generator) -> Sprite:
        """Bend the picture smoothly."""
        height, width = self._layers[1].shape
        amount = self._bend * max(height, width) * float(rng.uniform(0, 1))
        if amount < 0.5:  # less than half a pixel shows nothing
            return make_sprite(*self._layers)
        return self._bent(rng.normal(0, amount * 0.7, (4, 4, 2)).astype(np.float32))

    def at_phase(self, phase: float) -> Sprite:
        """Sway between two bends that belong to this picture."""
        opacity = self._layers[1]
        # Seeded by the picture itself: near phases must look alike, whenever they are asked for.
        rng = np.random.default_rng(int(float(opacity.sum()) * 1000))
        ways = rng.normal(0, 0.4 * self._bend * max(opacity.shape), (2, 4, 4, 2))
        return self._bent(floats(ways[0] * np.sin(phase) + ways[1] * np.cos(phase)))

    def twin(
        self, rng: np.random.Generator, heat: HeatRange, *, other_colours: bool
    ) -> PictureActor:
        """The same picture as only one modality tells it apart: in other colours, or other heat."""
        rgb, opacity, warmth = self._layers
        if other_colours:
            # Strongly: the other modality says nothing, so that this one has to.
            swapped = rgb[:, :, rng.permutation(3)] if rng.random() < 0.5 else rgb
            rgb = floats(
                np.clip(swapped * np.exp(rng.normal(0, 0.5, 3)).astype(np.float32), 0, 255)
            )
        else:
            warmth = structured_heat(rng, rgb, heat)
        return PictureActor(rgb, opacity, warmth, self._bend)

    def _bent(self, coarse: NDArray[np.float32]) -> Sprite:
        height, width = self._layers[1].shape
        shift = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)  # (H, W, 2)
        grid_x = shift[:, :, 0] + np.arange(width, dtype=np.float32)
        grid_y = shift[:, :, 1] + np.arange(height, dtype=np.float32)[:, None]
        bent = [
            floats(cv2.remap(layer, grid_x, grid_y, cv2.INTER_LINEAR, borderMode=border))
            for layer, border in zip(self._layers, _BORDERS, strict=True)
        ]
        return make_sprite(*bent)


def cutout_actor(
    rng: np.random.Generator, rgba: Pixels, heat: HeatRange, side: int, tint: float = 0.12
) -> PictureActor:
    """Make an actor of a cut-out (H, W, 4), retinted and at most `side` pixels long."""
    scale = min(1.0, side / max(rgba.shape[:2]))
    # At least 6 pixels: thin things would vanish.
    size = (max(6, round(rgba.shape[1] * scale)), max(6, round(rgba.shape[0] * scale)))
    small = cv2.resize(rgba, size, interpolation=cv2.INTER_AREA)
    rgb = small[:, :, :3].astype(np.float32)
    opacity = small[:, :, 3].astype(np.float32) / 255.0
    warmth = structured_heat(rng, rgb, heat)
    return PictureActor(_retinted(rng, rgb, tint), opacity, warmth)


def piece_actor(
    rng: np.random.Generator, rgb: Pixels, warmth: Temperature, heat: HeatRange | None
) -> PictureActor:
    """Make an actor of a rectangular piece of a photograph, cut out along a soft random outline.

    Keeps the piece's own temperatures unless `heat` gives others.
    """
    height, width = warmth.shape
    opacity = blob(rng, height, width)
    colour = rgb.astype(np.float32)
    if heat is not None:
        warmth = structured_heat(rng, colour, heat)
        colour = _retinted(rng, colour, 0.15)
    return PictureActor(colour, opacity, warmth, bend=0.03)


def blob(rng: np.random.Generator, height: int, width: int) -> NDArray[np.float32]:
    """(height, width) opacity of a random round-to-angular shape that touches all four sides."""
    angles = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    power = float(rng.uniform(0.45, 1.0))
    ray = np.ones_like(angles)
    for order in (2, 3, 4, 5):
        ray += rng.normal(0, 0.22 / order) * np.cos(order * angles + rng.uniform(0, 2 * np.pi))
    ray = np.maximum(ray, 0.35)  # no notch to the middle, which would make two pieces of one
    x = np.sign(np.cos(angles)) * np.abs(np.cos(angles)) ** power * ray
    y = np.sign(np.sin(angles)) * np.abs(np.sin(angles)) ** power * ray
    x = (x - x.min()) / np.ptp(x) * (width - 1.2)
    y = (y - y.min()) / np.ptp(y) * (height - 1.2)
    points = np.stack([x, y], axis=1)
    mask = np.zeros((height, width), np.uint8)
    # Sixteenths of a pixel (4 bits): OpenCV draws whole pixels otherwise.
    cv2.fillPoly(mask, [np.rint(points * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return mask.astype(np.float32) / 255.0


def structured_heat(
    rng: np.random.Generator, rgb: NDArray[np.float32], heat: HeatRange
) -> Temperature:
    """Temperatures inside an object (H, W): from its colours, a gradient and a hot or cold part."""
    height, width = rgb.shape[:2]
    # (H, W); any mixture of colours: none of them says how warm a thing is.
    gray = rgb @ rng.dirichlet((1.0, 1.0, 1.0)).astype(np.float32)
    sigma = 0.02 * max(height, width) * float(rng.uniform(0.3, 2.0))
    gray = floats(cv2.GaussianBlur(gray, (0, 0), max(sigma, 0.3))) / 127.5 - 1.0
    across = np.linspace(-1, 1, width, dtype=np.float32)
    down = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    slope = across * np.float32(rng.normal(0, 0.4)) + down * np.float32(rng.normal(0, 0.5))
    centre_x, centre_y = rng.uniform(-0.7, 0.7, 2)
    reach = float(rng.uniform(0.15, 0.5))
    spot = np.exp(-((across - centre_x) ** 2 + (down - centre_y) ** 2) / (2 * reach**2))
    mixed = gray * np.float32(rng.normal(0, 0.7)) + slope + spot * np.float32(rng.normal(0, 1.0))
    warmth = heat.base + heat.spread * 0.7 * mixed
    return floats(np.clip(warmth, 0, 255))


def _retinted(
    rng: np.random.Generator, rgb: NDArray[np.float32], amount: float
) -> NDArray[np.float32]:
    gain = np.exp(rng.normal(0, amount, 3)).astype(np.float32)
    # Other paint on the same structure, which is what has to be matched.
    swapped = rgb[:, :, rng.permutation(3)] if rng.random() < amount else rgb
    return floats(np.clip(swapped * gain, 0, 255))
