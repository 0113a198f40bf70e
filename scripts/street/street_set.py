"""The street without its people and cars: everything that never moves, painted once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scripts.street.camera import Camera
from scripts.street.dusk import (
    AMBIENT,
    HOUSES,
    SIDE_STREET,
    blur_down,
    ground,
    hazy,
    lamp_light,
    sky,
)
from scripts.street.facades import Front, House, paint_house
from tracker_core.imaging import cv2
from tracker_core.synthetic.textures import Field, cloudy, floats, grain, smooth_step

_SCALE = 80.0
"""Facade pixels per metre."""

_HOUSES = (
    House(-6.4, 5.6, 9.6, (0.50, 0.33, 0.24), "brick", 3, (1.1, 4.35, 7.4), 0.4, 8.0, door=4.5),
    House(-0.8, 5.6, 10.4, (0.56, 0.49, 0.36), "plaster", 3, (1.1, 4.5, 7.7), 0.45, 8.8, shop=True),
    House(4.8, 4.4, 8.9, (0.38, 0.43, 0.46), "plaster", 2, (1.15, 4.4, 7.2), 0.5, 7.6, door=0.95),
    House(12.9, 5.4, 7.3, (0.58, 0.40, 0.30), "plaster", 3, (1.1, 4.2), 0.35, 8.4, door=2.7),
    House(18.3, 6.2, 7.9, (0.42, 0.37, 0.31), "stone", 3, (1.2, 4.5), 0.5, 7.4, door=1.0),
    House(24.5, 7.0, 6.9, (0.47, 0.46, 0.40), "plaster", 4, (1.1, 4.1), 0.4, 8.1),
    House(31.5, 8.0, 8.2, (0.50, 0.35, 0.26), "brick", 4, (1.1, 4.3), 0.3, 8.0),
)


@dataclass(slots=True)
class Picture:
    """Light and temperature of every pixel, before any camera."""

    light: Field
    """(H, W, 3) linear; about 1 is white paper under a lamp."""
    warmth: Field
    """(H, W) degrees Celsius."""

    def copy(self) -> Picture:
        """A picture of its own to draw on."""
        return Picture(self.light.copy(), self.warmth.copy())

    def cover(
        self, where: tuple[slice, slice], light: Field, warmth: Field, opacity: Field
    ) -> None:
        """Lay straight colour and temperature over a part of the picture."""
        self.light[where] += opacity[:, :, None] * (light - self.light[where])
        self.warmth[where] += opacity * (warmth - self.warmth[where])


def paint_set(camera: Camera, rng: np.random.Generator) -> Picture:
    """Paint sky, houses and ground as the camera sees them."""
    light, warmth = sky(camera, rng)
    picture = Picture(light, warmth)
    _far_end(picture, camera, rng)
    front = Front(left=-6.4, width=46.0, height=11.0, scale=_SCALE)
    for house in _HOUSES:
        paint_house(front, house, rng)
    walls = _side_wall(rng)
    lit = _lit_front(front)
    floor = ground(camera, rng)
    seen = floor.visible
    picture.light[seen] = floor.light[seen]
    picture.warmth[seen] = floor.warmth[seen]
    mirrored = Picture(np.zeros_like(picture.light), np.zeros_like(picture.warmth))
    cover = np.zeros(picture.warmth.shape, np.float32)
    # The mirror image first: the ground needs it before the houses are hung in front of it.
    for sign, target in ((-1.0, mirrored), (1.0, picture)):
        if sign > 0:
            _mirror(picture, mirrored, cover, floor.wet, seen)
        _hang(target, camera, walls[0], walls[1], walls[2], walls[3], sign)
        _roofs(target, camera, rng, sign)
        shown = _hang(target, camera, lit, front.warmth, front.solid, _corners(front), sign)
        if sign < 0:
            cover = shown
    return picture


def _corners(front: Front) -> NDArray[np.float64]:
    left, right = front.left, front.left + front.width
    return np.array(
        [
            (left, front.height, HOUSES),
            (right, front.height, HOUSES),
            (right, 0, HOUSES),
            (left, 0, HOUSES),
        ],
        np.float64,
    )


def _lit_front(front: Front) -> Field:
    height, width = front.shade.shape
    x = front.left + (np.arange(width, dtype=np.float32) + 0.5)[None, :] / front.scale
    y = (height - np.arange(height, dtype=np.float32) - 0.5)[:, None] / front.scale
    x, y = np.broadcast_to(x, (height, width)), np.broadcast_to(y, (height, width))
    step = 8  # lamp light has no detail
    small = lamp_light(
        floats(x[::step, ::step]),
        floats(y[::step, ::step]),
        np.full_like(x[::step, ::step], HOUSES - 0.02),
        (0, 0, -1.0),
    )
    fall = floats(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))
    low = 0.62 + 0.38 * smooth_step(floats(y), -0.3, 4.0)
    sky_share = (low * front.shade)[:, :, None]
    spill = 0.012 * np.array((1.0, 0.8, 0.55), np.float32)  # light thrown back by the street
    light = front.albedo * (AMBIENT * sky_share + fall * front.shade[:, :, None] + spill)
    return floats(light + front.glow)


def _hang(
    picture: Picture,
    camera: Camera,
    light: Field,
    warmth: Field,
    solid: Field,
    corners: NDArray[np.float64],
    sign: float,
) -> Field:
    """Hang a painted wall into the picture; `sign` -1 hangs it upside down below the ground."""
    flipped = corners * np.array([1.0, sign, 1.0])
    height, width = warmth.shape
    matrix = camera.plane(flipped, (width, height))
    pixels, distance = camera.project(flipped)
    low = np.clip(np.floor(pixels.min(axis=0)), 0, camera.size).astype(int)
    high = np.clip(np.ceil(pixels.max(axis=0)), 0, camera.size).astype(int)
    opacity = np.zeros((camera.size[1], camera.size[0]), np.float32)
    size = (int(high[0] - low[0]), int(high[1] - low[1]))
    if min(size) < 1:
        return opacity
    where = (slice(low[1], high[1]), slice(low[0], high[0]))
    # Into the wall's own part of the picture: warping all of it would take most of the time.
    local = np.array([[1, 0, -low[0]], [0, 1, -low[1]], [0, 0, 1]]) @ matrix
    layers = np.concatenate([light, warmth[:, :, None]], axis=2)
    seen = floats(cv2.warpPerspective(layers, local, size))
    part = floats(cv2.warpPerspective(solid, local, size))
    across = np.linspace(0, 1, size[0], dtype=np.float32)
    far = float(distance.min()) + across * float(distance.max() - distance.min())
    picture.cover(
        where, hazy(seen[:, :, :3], np.broadcast_to(far, part.shape)), seen[:, :, 3], part
    )
    opacity[where] = part
    return opacity


def _mirror(
    picture: Picture,
    mirrored: Picture,
    cover: Field,
    wet: Field,
    seen: NDArray[np.bool_],
) -> None:
    """Let wet ground reflect the houses."""
    smeared = blur_down(mirrored.light * cover[:, :, None], 9.0)
    # Two widths: rough wet ground has a sharp core and a long tail.
    rough = 0.55 * smeared + 0.45 * blur_down(mirrored.light * cover[:, :, None], 26.0)
    share = (wet * seen)[:, :, None] * 0.34
    picture.light += rough * share


def _side_wall(rng: np.random.Generator) -> tuple[Field, Field, Field, NDArray[np.float64]]:
    """The wall of the house beyond the side street, which runs away from the camera."""
    depth, height = 11.0, 7.3
    ridge, half = 2.1, 2.6
    front = Front(left=0.0, width=depth, height=height + ridge, scale=60.0)
    house = House(
        0.0, 2 * half, height + ridge, (0.58, 0.40, 0.30), "plaster", 2, (1.3, 4.2), 0.5, 8.2
    )
    paint_house(front, house, rng)
    yard = House(2 * half, depth - 2 * half, 3.1, (0.40, 0.30, 0.25), "brick", 3, (9.0,), 0.0, 7.5)
    paint_house(front, yard, rng)
    along = (np.arange(front.shade.shape[1], dtype=np.float32) + 0.5)[None] / 60.0
    above = (
        height + ridge - (np.arange(front.shade.shape[0], dtype=np.float32) + 0.5)[:, None] / 60.0
    )
    gable = height + ridge * np.clip(1 - np.abs(along - half) / half, 0, 1)
    front.solid *= (above < np.where(along < 2 * half, gable, 99.0)).astype(np.float32)
    height = height + ridge
    x = SIDE_STREET[1]
    away = HOUSES + (np.arange(front.shade.shape[1], dtype=np.float32) + 0.5)[None] / 60.0
    up = height - (np.arange(front.shade.shape[0], dtype=np.float32) + 0.5)[:, None] / 60.0
    away, up = np.broadcast_to(away, front.shade.shape), np.broadcast_to(up, front.shade.shape)
    fall = lamp_light(np.full_like(up, x), floats(up), floats(away), (-1.0, 0, 0))
    light = front.albedo * (0.8 * AMBIENT * front.shade[:, :, None] + fall) + front.glow
    corners = np.array(
        [(x, height, HOUSES), (x, height, HOUSES + depth), (x, 0, HOUSES + depth), (x, 0, HOUSES)],
        np.float64,
    )
    return floats(light), front.warmth, front.solid, corners


def _roofs(picture: Picture, camera: Camera, rng: np.random.Generator, sign: float) -> None:
    """Tiled roofs that lean away behind the eaves, and chimneys on them."""
    for house in reversed(_HOUSES):  # farther ones first: near roofs hide them
        rise, back = 2.1, 2.6
        wide, high = round(house.width * 40), round(rise * 55)
        course = np.mod(np.arange(high, dtype=np.float32)[:, None] / 7.0, 1)
        tone = (0.75 + 0.35 * course) * (1 + 0.22 * cloudy(rng, high, wide, 60, 4))
        tone = tone * (1 + 0.12 * grain(rng, high, wide, 1.0))
        tiles = np.array((0.20, 0.125, 0.105), np.float32) * tone[:, :, None]
        light = floats(tiles * AMBIENT * 2.1)
        left, right = house.left, house.left + house.width + 0.7
        corners = np.array(
            [
                (left, house.eaves + rise, HOUSES + back),
                (right, house.eaves + rise, HOUSES + back),
                (right, house.eaves - 0.1, HOUSES),
                (left, house.eaves - 0.1, HOUSES),
            ],
            np.float64,
        )
        warmth = floats(-3.0 + 1.5 * tone)
        _hang(picture, camera, light, warmth, np.ones_like(warmth), corners, sign)
        x = house.left + house.width * float(rng.uniform(0.2, 0.8))
        _chimney(picture, camera, rng, x, house.eaves + rise * 0.55, sign)


def _chimney(
    picture: Picture, camera: Camera, rng: np.random.Generator, x: float, base: float, sign: float
) -> None:
    tone = 1 + 0.3 * cloudy(rng, 80, 44, 14, 3)
    light = floats(np.array((0.24, 0.14, 0.11), np.float32) * AMBIENT * 1.7 * tone[:, :, None])
    warmth = floats(np.linspace(14, 3, 80, dtype=np.float32)[:, None] + 0 * tone)
    z = HOUSES + 1.2
    corners = np.array(
        [
            (x, base + 1.7, z),
            (x + 0.75, base + 1.7, z),
            (x + 0.75, base, z),
            (x, base, z),
        ],
        np.float64,
    )
    _hang(picture, camera, light, warmth, np.ones_like(warmth), corners, sign)


def _far_end(picture: Picture, camera: Camera, rng: np.random.Generator) -> None:
    """Roofs and trees behind the houses and at the end of the side street, in haze."""
    for depth, tall, tone, lights in ((75.0, 11.0, 0.055, 20), (38.0, 7.5, 0.04, 9)):
        wide, high = 1500, 260
        scale = high / (tall * 1.5)
        rooftops = np.zeros((high, wide), np.float32)
        x = 0
        while x < wide:
            step = int(rng.integers(40, 130))
            top = int(high - scale * tall * float(rng.uniform(0.55, 1.0)))
            gable = int(rng.integers(0, 26))
            points = np.array(
                [
                    (x, high),
                    (x, top + gable),
                    (x + step // 2, top),
                    (x + step, top + gable),
                    (x + step, high),
                ],
                np.int32,
            )
            cv2.fillPoly(rooftops, [points], 1.0, cv2.LINE_AA)
            x += step
        crowns = (
            cloudy(rng, high, wide, (70, 60), 5)
            + np.linspace(-1.1, 0.9, high, dtype=np.float32)[:, None]
        )
        rooftops = np.maximum(rooftops, smooth_step(crowns, 0.12, 0.2))
        light = np.full((high, wide, 3), tone, np.float32) * AMBIENT / AMBIENT.mean()
        for _ in range(lights * 6):
            column, row = int(rng.integers(0, wide - 8)), int(rng.integers(high // 3, high - 20))
            if rooftops[row, column] > 0.9:
                light[row : row + 7, column : column + 5] = np.array((1.0, 0.6, 0.28)) * 0.5
        corners = np.array(
            [(-30, tall * 1.5, depth), (70, tall * 1.5, depth), (70, 0, depth), (-30, 0, depth)],
            np.float64,
        )
        warmth = np.full((high, wide), 4.0, np.float32)
        _hang(picture, camera, floats(light), warmth, rooftops, corners, 1.0)
