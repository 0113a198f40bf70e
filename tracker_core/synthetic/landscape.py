"""Made-up ground seen from above: grass, paths, roads, roofs and trees."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracker_core.imaging import cv2
from tracker_core.synthetic.actors import Actor, random_heat
from tracker_core.synthetic.compositor import Pixels, pyramid
from tracker_core.synthetic.drawn_actors import PersonActor, VehicleActor
from tracker_core.synthetic.textures import Field, cloudy, floats, grain, shape_of, smooth_step
from tracker_core.synthetic.thermal import ThermalLook

SIZE = (1100, 825)
"""Width and height of a landscape in pixels."""

_SURFACES = np.array(
    [
        (86, 104, 58),  # grass
        (112, 108, 72),  # dry grass
        (96, 94, 92),  # asphalt
        (150, 144, 132),  # paving
        (158, 134, 104),  # earth
    ],
    np.float32,
)


def landscape(rng: np.random.Generator) -> tuple[Pixels, ...]:
    """Paint a landscape; returns it at full, half and quarter size, uint8 RGB."""
    width, height = SIZE
    image = _surfaces(rng, height, width)
    for _ in range(int(rng.integers(1, 4))):
        _road(image, rng)
    for _ in range(int(rng.integers(2, 8))):
        _roof(image, rng)
    for _ in range(int(rng.integers(25, 90))):
        _tree(image, rng)
    # Shadows of clouds and grain last: they lie over everything.
    image *= (1 + 0.10 * cloudy(rng, height, width, 400, 3))[:, :, None]
    image += 4.0 * grain(rng, height, width)[:, :, None]
    pixels = np.clip(image, 0, 255).astype(np.uint8)
    return pyramid(pixels)


def _surfaces(rng: np.random.Generator, height: int, width: int) -> Field:
    """Two or three kinds of ground with ragged borders, each with a texture of its own."""
    order = rng.permutation(len(_SURFACES))
    image = np.empty((height, width, 3), np.float32)
    image[:] = _SURFACES[order[0]]
    for number in order[1:3]:
        edge = cloudy(rng, height, width, float(rng.uniform(180, 420)), 6)
        share = smooth_step(edge, 0.05, float(rng.uniform(0.07, 0.3)))
        image += share[:, :, None] * (_SURFACES[number] - image)
    tufts = (
        1 + 0.20 * cloudy(rng, height, width, 46, 5, 0.7) + 0.10 * grain(rng, height, width, 1.0)
    )
    hue = 1 + 0.07 * cloudy(rng, height, width, 130, 3)
    image *= tufts[:, :, None]
    image[:, :, 0] *= hue
    return floats(image)


def _road(image: Field, rng: np.random.Generator) -> None:
    height, width = image.shape[:2]
    turn = float(rng.uniform(0, np.pi))
    middle = np.array([rng.uniform(0.2, 0.8) * width, rng.uniform(0.2, 0.8) * height])
    along = np.linspace(-900, 900, 40)  # past both edges wherever the middle is
    bend = float(rng.normal(0, 90)) * np.sin(along / float(rng.uniform(250, 600)))
    way = np.array([np.cos(turn), np.sin(turn)])
    points = middle + along[:, None] * way + bend[:, None] * np.array([-way[1], way[0]])
    wide = int(rng.integers(16, 70))
    fixed = np.rint(points * 16).astype(np.int32)
    mask = np.zeros((height, width), np.uint8)
    cv2.polylines(mask, [fixed], False, 255, wide, cv2.LINE_AA, 4)  # 4 bits: sixteenths of a pixel
    rim = cv2.dilate(mask, np.ones((5, 5), np.uint8))
    colour = (
        np.array((88, 88, 90), np.float32) if wide > 34 else np.array((165, 152, 128), np.float32)
    )
    tone = 1 + 0.09 * cloudy(rng, height, width, 30, 4) + 0.05 * grain(rng, height, width, 0.8)
    image += (floats(rim) / 255)[:, :, None] * 0.5 * (150 - image)
    image += (floats(mask) / 255)[:, :, None] * (colour * tone[:, :, None] - image)
    if wide > 34:
        for first in range(0, len(points) - 1, 2):
            start, stop = fixed[first] // 16, fixed[first + 1] // 16
            cv2.line(image, start.tolist(), stop.tolist(), (205.0, 205.0, 198.0), 2, cv2.LINE_AA)


def _roof(image: Field, rng: np.random.Generator) -> None:
    """A gabled roof, one side in the light, with its shadow."""
    height, width = image.shape[:2]
    centre = (float(rng.uniform(0, width)), float(rng.uniform(0, height)))
    size = (float(rng.uniform(60, 190)), float(rng.uniform(50, 130)))
    box = cv2.boxPoints((centre, size, float(rng.uniform(0, 180))))
    # Room for the shadow, which falls to the lower right.
    low = np.clip(np.floor(box.min(axis=0)) - 12, 0, (width, height)).astype(int)
    high = np.clip(np.ceil(box.max(axis=0)) + 20, 0, (width, height)).astype(int)
    part = image[low[1] : high[1], low[0] : high[0]]
    if min(part.shape[:2]) < 2:  # beyond the edge
        return
    box = box - low
    shadow = _convex(part, box + 9)
    part *= 1 - 0.5 * floats(cv2.GaussianBlur(shadow, (0, 0), 3))[:, :, None]
    colours = ((150, 88, 66), (122, 112, 104), (96, 100, 110), (168, 160, 150))
    colour = np.array(colours[int(rng.integers(4))], np.float32)
    ridge = ((box[1] + box[2]) / 2, (box[0] + box[3]) / 2)
    halves = ((box[0], box[1], ridge[0], ridge[1]), (ridge[1], ridge[0], box[2], box[3]))
    tone = 1 + 0.1 * cloudy(rng, part.shape[0], part.shape[1], (8, 90), 3)
    for half, light in zip(halves, (1.12, 0.82), strict=True):
        share = _convex(part, np.array(half))[:, :, None]
        part += share * (colour * light * tone[:, :, None] - part)


def _convex(part: Field, points: NDArray[np.float32]) -> Field:
    """(H, W) opacity of a convex polygon."""
    mask = np.zeros(shape_of(part), np.uint8)
    cv2.fillConvexPoly(mask, np.rint(points).astype(np.int32), 255, cv2.LINE_AA)
    return floats(mask / 255)


def _tree(image: Field, rng: np.random.Generator) -> None:
    """A crown lit from the upper left, with its shadow."""
    height, width = image.shape[:2]
    radius = int(rng.integers(9, 40))
    x, y = int(rng.integers(0, width)), int(rng.integers(0, height))
    reach = 2 * radius + 4
    x0, y0, x1, y1 = (
        max(0, x - reach),
        max(0, y - reach),
        min(width, x + reach),
        min(height, y + reach),
    )
    part = image[y0:y1, x0:x1]
    across = (np.arange(x0, x1, dtype=np.float32) - x) / radius
    down = (np.arange(y0, y1, dtype=np.float32)[:, None] - y) / radius
    away = np.hypot(across, down)
    rugged = 0.30 * cloudy(rng, part.shape[0], part.shape[1], max(radius * 0.7, 4), 4)
    shadow = smooth_step(floats(1.05 - np.hypot(across - 0.45, down - 0.45) + rugged), 0.0, 0.25)
    part *= 1 - 0.5 * shadow[:, :, None]
    crown = smooth_step(floats(1 - away + rugged), 0.0, 0.12)
    green = np.array((52, 74, 36), np.float32) * rng.uniform(0.7, 1.4, 3).astype(np.float32)
    light = 0.95 - 0.35 * (across + down) + 1.1 * rugged
    part += crown[:, :, None] * (green * light[:, :, None] - part)


class MadeUp:
    """Grounds and actors out of nothing but numbers."""

    def ground(self, rng: np.random.Generator) -> tuple[Pixels, ...]:
        """A landscape at full, half and quarter size."""
        return landscape(rng)

    def actor(self, rng: np.random.Generator, look: ThermalLook, side: int) -> Actor:
        """A person or a vehicle, at most `side` sprite pixels long."""
        heat = random_heat(rng, look.low, look.high)
        return (
            PersonActor(rng, heat, side) if rng.random() < 0.55 else VehicleActor(rng, heat, side)
        )

    def kin(self, rng: np.random.Generator, actor: Actor, look: ThermalLook, side: int) -> Actor:
        """Another of the same kind."""
        heat = random_heat(rng, look.low, look.high)
        return (
            PersonActor(rng, heat, side)
            if isinstance(actor, PersonActor)
            else VehicleActor(rng, heat, side)
        )


def obstacle(rng: np.random.Generator, side: int) -> NDArray[np.float32]:
    """(side, side, 4) straight RGB (0 to 255) and opacity (0 to 1) of a tree's crown or a post."""
    image = np.zeros((side, side, 4), np.float32)
    if rng.random() < 0.35:
        tone = 1 + 0.25 * cloudy(rng, side, side, (6, side), 4)
        image[:, :, :3] = np.array((92, 88, 84)) * tone[:, :, None]
        image[:, round(side * 0.36) : round(side * 0.64), 3] = 1
        return image
    across = np.linspace(-1.15, 1.15, side, dtype=np.float32)
    away = np.hypot(across, across[:, None])
    rugged = 0.30 * cloudy(rng, side, side, max(side * 0.3, 4), 5)
    image[:, :, 3] = smooth_step(floats(1 - away + rugged), 0.0, 0.1)
    light = 0.95 - 0.35 * (across + across[:, None]) + 1.1 * rugged
    image[:, :, :3] = np.array((56, 78, 40)) * light[:, :, None]
    return image
