"""The light of the street at dusk: sky, lamps, and what the ground looks like under them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scripts.street.camera import Camera
from tracker_core.imaging import cv2
from tracker_core.synthetic.textures import Field, cloudy, floats, grain, smooth_step, tiled

AMBIENT = np.array((0.060, 0.082, 0.140), np.float32)
"""Light of the evening sky on a wall."""
HAZE = np.array((0.26, 0.20, 0.21), np.float32)
"""What far things fade into."""
HAZE_REACH = 320.0
"""Metres after which two thirds of a thing are haze."""
KERB, GUTTER, ROAD_MARK, HOUSES = 9.6, 9.1, 6.35, 13.0
"""Metres across the street."""
SIDE_STREET = (9.2, 12.9)
"""Metres along the street between which a side street opens."""


@dataclass(frozen=True, slots=True)
class Lamp:
    """A street lamp: where its head hangs, how strong it is and of which colour."""

    x: float
    y: float
    z: float
    power: float
    colour: tuple[float, float, float] = (1.0, 0.72, 0.40)


LAMPS = (
    Lamp(-3.4, 4.5, 8.95, 6.5),
    Lamp(7.6, 4.5, 8.95, 7.0),
    Lamp(18.6, 4.5, 8.95, 7.0),
    Lamp(29.6, 4.5, 8.95, 7.0),
)
SHOP_LIGHT = Lamp(2.6, 1.6, 13.2, 2.6, (1.0, 0.62, 0.28))
"""What falls out of the shop onto the pavement; it shines towards the street only."""


def lamp_light(x: Field, y: Field, z: Field, facing: tuple[float, float, float]) -> Field:
    """Light (..., 3) that the lamps throw on surfaces at x, y, z that face one way."""
    total = np.zeros((*np.broadcast(x, y, z).shape, 3), np.float32)
    for lamp in (*LAMPS, SHOP_LIGHT):
        dx, dy, dz = lamp.x - x, lamp.y - y, lamp.z - z
        square = dx * dx + dy * dy + dz * dz + 0.35  # a lamp is no point: near it light is finite
        reach = np.sqrt(square)
        cosine = np.clip((dx * facing[0] + dy * facing[1] + dz * facing[2]) / reach, 0, 1)
        beam = np.clip(dz / reach, 0, 1) if lamp is SHOP_LIGHT else np.clip(dy / reach, 0, 1) ** 0.5
        strength = np.float32(lamp.power) * (0.12 + 0.88 * cosine) * beam / square
        total += strength[..., None] * np.array(lamp.colour, np.float32)
    return floats(total)


def hazy(light: Field, distance: Field | float) -> Field:
    """Fade light (..., 3) into the haze with distance in metres."""
    share = np.exp(-np.asarray(distance, np.float32) / HAZE_REACH)[..., None]
    return floats(light * share + HAZE * (1 - share))


def sky(camera: Camera, rng: np.random.Generator) -> tuple[Field, Field]:
    """Light (H, W, 3) and temperature (H, W) of the sky in every pixel."""
    width, height = camera.size
    horizon = camera.size[1] / 2 - np.tan(camera.pitch) * camera.focal
    up = (horizon - np.arange(height, dtype=np.float32)[:, None]) / camera.focal
    stops = np.array([-0.05, 0.03, 0.12, 0.24, 0.42], np.float32)
    colours = np.array(
        [
            (1.05, 0.52, 0.24),
            (0.98, 0.56, 0.33),
            (0.62, 0.47, 0.46),
            (0.30, 0.35, 0.50),
            (0.13, 0.19, 0.35),
        ]
    )
    light = np.stack([np.interp(up[:, 0], stops, colours[:, c]) for c in range(3)], axis=1)
    # The sun went down at the far end of the street.
    side = np.linspace(0.72, 1.25, width, dtype=np.float32)
    field = light[:, None, :].astype(np.float32) * side[None, :, None]
    # Wider than high: seen from below, clouds are flat.
    veil = smooth_step(cloudy(rng, height, width, (420, 90), 6, 0.58), -0.1, 0.45)
    cloud = np.array((0.78, 0.46, 0.40), np.float32) * (0.4 + 0.75 * side)[None, :, None]
    field = field * (1 - 0.5 * veil[:, :, None]) + cloud * (0.5 * veil[:, :, None])
    warmth = -28 + 16 * np.exp(-np.maximum(up, 0) / 0.12) + 9 * veil
    return floats(field), floats(np.broadcast_to(warmth, (height, width)))


@dataclass(frozen=True, slots=True)
class Ground:
    """The street's surface in every pixel."""

    light: Field
    """(H, W, 3)."""
    warmth: Field
    """(H, W) degrees Celsius."""
    wet: Field
    """(H, W) 0 to 1: how much it mirrors."""
    visible: NDArray[np.bool_]
    """(H, W) where there is ground at all."""


def ground(camera: Camera, rng: np.random.Generator) -> Ground:
    """Asphalt, gutter, kerb and paving stones with the light that falls on them."""
    x, z, distance = camera.ground()
    visible = np.isfinite(distance) & (distance < 400)
    x, z = np.where(visible, x, 0), np.where(visible, z, 0)
    far = floats(np.where(visible, distance, 400))
    # Metres that a pixel covers: finer texture fades out there, or it would shimmer.
    texel = np.maximum(far / camera.focal, 0.004)
    fine = tiled(grain(rng, 512, 512, 0.7), x / 0.011, z / 0.011) * np.clip(0.012 / texel, 0, 1)
    coarse = tiled(cloudy(rng, 512, 512, 90, 6), x / 0.035, z / 0.035)
    side = (x > SIDE_STREET[0]) & (x < SIDE_STREET[1]) & (z > KERB - 0.5)
    road = (z < GUTTER) | side
    albedo = np.where(
        road[:, :, None], _asphalt(x, z, fine, coarse, rng), _paving(x, z, fine, coarse, texel)
    )
    kerb = (z > KERB - 0.5) & (z < KERB) & ~side
    albedo = np.where(kerb[:, :, None], _kerb(x, z, fine, texel), albedo)
    puddles = smooth_step(
        coarse + 0.25 * tiled(cloudy(rng, 256, 256, 40, 4), x / 0.2, z / 0.1), 0.05, 0.5
    )
    gutter = np.exp(-(((z - GUTTER) / 0.35) ** 2)) * ~side
    wet = np.where(road, 0.30 + 0.5 * puddles, 0.08 + 0.22 * puddles) + 0.35 * gutter
    fall = AMBIENT * 1.35 * _corner(z, side)[:, :, None]
    small = lamp_light(
        x[::4, ::4], np.zeros_like(x[::4, ::4]), z[::4, ::4], (0.0, 1.0, 0.0)
    )  # it has no detail
    fall = fall + cv2.resize(small, camera.size, interpolation=cv2.INTER_LINEAR)
    light = albedo * fall * (1 - 0.35 * np.clip(wet, 0, 1))[:, :, None]
    warmth = np.where(road, 12.4, 10.6) + 0.7 * coarse + 0.25 * fine
    warmth += 0.8 * np.exp(-np.maximum(HOUSES - z, 0) / 0.5) - 1.2 * puddles * road
    return Ground(hazy(floats(light), far), floats(warmth), floats(np.clip(wet, 0, 1)), visible)


def _corner(z: Field, side: NDArray[np.bool_]) -> Field:
    """Less sky is seen near the walls."""
    near = 1 - 0.55 * np.exp(-np.maximum(HOUSES - z, 0) / 0.45)
    return floats(np.where(side, 0.8, near))


def _asphalt(x: Field, z: Field, fine: Field, coarse: Field, rng: np.random.Generator) -> Field:
    tone = 0.085 * (1 + 0.30 * fine + 0.28 * coarse)
    patch = tiled(cloudy(rng, 256, 256, 70, 2), x / 0.08, z / 0.05)
    tone = tone * np.where(patch > 0.3, 0.72, 1.0)
    for centre in (4.2, 5.6, 7.2, 8.3):  # where tyres run
        tone = tone * (1 - 0.17 * np.exp(-(((z - centre) / 0.28) ** 2)))
    crack = np.abs(tiled(cloudy(rng, 512, 512, 120, 5), x / 0.016, z / 0.016))
    tone = tone * np.where(crack < 0.012, 0.55, 1.0)
    dash = (np.abs(z - ROAD_MARK) < 0.065) & (np.mod(x + 1.1, 6.0) < 3.0)
    worn = 0.5 * smooth_step(coarse + 0.5 * fine, -0.7, 0.6)
    tone = np.where(dash, tone + 0.32 * worn, tone)
    hole = np.hypot(x - 5.3, z - 7.7)
    tone = np.where(hole < 0.34, tone * (0.55 + 0.3 * (np.mod(x * 22, 1) < 0.5)), tone)
    tone = np.where(np.abs(hole - 0.34) < 0.03, tone * 0.4, tone)
    return floats(tone[:, :, None] * np.array((1.0, 1.0, 1.03), np.float32))


def _paving(x: Field, z: Field, fine: Field, coarse: Field, texel: Field) -> Field:
    row = np.floor(z / 0.42)
    along = x / 0.62 + 0.5 * np.mod(row, 2)
    seam = np.minimum(
        np.minimum(np.mod(along, 1), 1 - np.mod(along, 1)) * 0.62,
        np.minimum(np.mod(z / 0.42, 1), 1 - np.mod(z / 0.42, 1)) * 0.42,
    )
    # As wide as a pixel at least, but fainter the farther: thin dark lines would flicker.
    joint = 1 - np.clip(1 - seam / (0.010 + texel), 0, 1) * np.clip(0.02 / texel, 0.12, 1)
    # A number from 0 to 1 for each stone that its place decides; the usual hash of shaders.
    stone = np.mod(np.sin(np.floor(along) * 12.9898 + row * 78.233) * 43758.5453, 1)
    tone = 0.24 * (0.86 + 0.24 * stone + 0.14 * fine + 0.22 * coarse) * (0.35 + 0.65 * joint)
    return floats(tone[:, :, None] * np.array((1.02, 1.0, 0.96), np.float32))


def _kerb(x: Field, z: Field, fine: Field, texel: Field) -> Field:
    top = z > KERB - 0.16
    seam = np.minimum(np.mod(x, 1.0), 1 - np.mod(x, 1.0))
    joint = np.clip(seam / (0.008 + texel), 0.3, 1)
    tone = np.where(top, 0.34, np.where(z > KERB - 0.2, 0.10, 0.07)) * (1 + 0.12 * fine) * joint
    return floats(tone[:, :, None] * np.array((1.0, 0.99, 0.96), np.float32))


def blur_down(image: Field, reach: float) -> Field:
    """Smear an image (H, W, C) along its columns, as rough wet ground does."""
    return floats(cv2.GaussianBlur(image, (0, 0), sigmaX=max(reach * 0.12, 0.6), sigmaY=reach))
