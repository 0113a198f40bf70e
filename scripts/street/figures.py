"""People who walk: limbs with volume, clothes with folds, skin that is warm.

A figure is drawn upright, seen from the side, in metres: x forward, y up from the ground.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker_core.synthetic.textures import Field, cloudy, floats

Colour = tuple[float, float, float]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Clothes:
    """What somebody wears; colours are shares of the light that come back."""

    coat: Colour
    trousers: Colour
    shoes: Colour = (0.03, 0.03, 0.03)
    skin: Colour = (0.46, 0.29, 0.21)
    hair: Colour = (0.06, 0.04, 0.03)
    scarf: Colour | None = None
    hat: Colour | None = None
    bag: Colour | None = None
    hem: float = 0.78
    """Height of the coat's lower edge as a share of the height of the hip."""
    backpack: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """One person's build, clothes and way of walking."""

    height: float
    """Metres."""
    clothes: Clothes
    stout: float = 1.0
    swing: float = 1.0
    """How far arms and legs swing."""
    coat_warmth: float = 15.5
    """Degrees Celsius on the outside of the coat."""
    trouser_warmth: float = 19.5
    seed: int = 0
    """Of the folds in the clothes."""


@dataclass(frozen=True, slots=True)
class Lighting:
    """Light at the place where a person stands."""

    ambient: NDArray[np.float32]
    """(3,) from the sky."""
    keys: tuple[tuple[tuple[float, float, float], NDArray[np.float32]], ...]
    """Direction (forward, up, to the camera; unit length) and light (3,) of every lamp."""


@dataclass(slots=True)
class Drawing:
    """Straight light, temperature and opacity of something, and where its foot point is."""

    light: Field
    """(H, W, 3)."""
    warmth: Field
    """(H, W) degrees Celsius."""
    opacity: Field
    """(H, W) 0 to 1."""
    foot: Point
    """Pixel of the drawing that stands on the ground below the hip."""


class _Body:
    """A canvas on which parts with volume are laid over one another."""

    def __init__(self, person: Person, scale: float, facing: float, lighting: Lighting) -> None:
        margin = 0.12
        self._scale = scale
        self._facing = facing
        self._lighting = lighting
        half = 0.62 * person.height
        width = max(8, round(2 * half * scale))
        height = max(12, round((person.height * 1.06 + margin) * scale))
        self._origin = (half, person.height * 1.06)
        column = (np.arange(width, dtype=np.float32) + 0.5) / scale - half
        row = self._origin[1] - (np.arange(height, dtype=np.float32) + 0.5) / scale
        self._x = np.broadcast_to(column * np.float32(facing), (height, width))
        self._y = np.broadcast_to(row[:, None], (height, width))
        self.light = np.zeros((height, width, 3), np.float32)
        self.warmth = np.zeros((height, width), np.float32)
        self.opacity = np.zeros((height, width), np.float32)
        # The person's own: folds must be the same in every frame.
        rng = np.random.default_rng(person.seed)
        folds = cloudy(rng, 240, 160, (26, 60), 4)
        rows = np.clip((self._y / person.height * 235).astype(np.int64), 0, 239)
        columns = np.clip(((self._x / person.height + 0.4) * 190).astype(np.int64), 0, 159)
        self._folds = folds[rows, columns]

    @property
    def foot(self) -> Point:
        return self._origin[0] * self._scale, self._origin[1] * self._scale

    def limb(
        self,
        points: list[Point],
        radii: list[float],
        colour: Colour,
        warmth: float,
        folds: float = 0.0,
        dim: float = 1.0,
    ) -> None:
        """Lay a chain of tapered round pieces."""
        best = np.full(self._x.shape, 1e3, np.float32)
        side_x, side_y = np.zeros_like(best), np.zeros_like(best)
        for (x0, y0), (x1, y1), r0, r1 in zip(points, points[1:], radii, radii[1:], strict=False):
            dx, dy = x1 - x0, y1 - y0
            square = max(dx * dx + dy * dy, 1e-9)
            along = np.clip(((self._x - x0) * dx + (self._y - y0) * dy) / square, 0, 1)
            radius = r0 + (r1 - r0) * along
            off_x, off_y = self._x - (x0 + along * dx), self._y - (y0 + along * dy)
            away = np.sqrt(off_x * off_x + off_y * off_y)
            distance = away - radius
            nearer = distance < best  # pieces of a chain overlap at their joints
            best = np.where(nearer, distance, best)
            side_x = np.where(nearer, off_x / radius, side_x)
            side_y = np.where(nearer, off_y / radius, side_y)
        self._lay(floats(best), floats(side_x), floats(side_y), colour, warmth, folds, dim)

    def shape(
        self,
        levels: list[tuple[float, float, float]],
        colour: Colour,
        warmth: float,
        folds: float = 0.0,
        dim: float = 1.0,
    ) -> None:
        """Lay a standing shape given by (height, back, front) from its top to its bottom."""
        heights = np.array([level[0] for level in levels])[::-1]
        backs = np.array([level[1] for level in levels])[::-1]
        fronts = np.array([level[2] for level in levels])[::-1]
        rows = self._y[:, 0]
        back = np.interp(rows, heights, backs)[:, None]
        front = np.interp(rows, heights, fronts)[:, None]
        middle, half = (back + front) / 2, np.maximum((front - back) / 2, 1e-4)
        across = (self._x - middle) / half
        beyond = np.maximum(heights[0] - self._y, self._y - heights[-1])
        distance = np.maximum((np.abs(across) - 1) * half, beyond)
        self._lay(
            floats(distance), floats(across), floats(0.15 + 0 * across), colour, warmth, folds, dim
        )

    def _lay(
        self,
        distance: Field,
        side_x: Field,
        side_y: Field,
        colour: Colour,
        warmth: float,
        folds: float,
        dim: float,
    ) -> None:
        cover = np.clip(0.5 - distance * self._scale, 0, 1)  # a soft edge one pixel wide
        side_x, side_y = np.clip(side_x, -1, 1), np.clip(side_y, -1, 1)
        side_x = side_x + folds * 0.9 * self._folds
        facing = np.sqrt(np.clip(1 - side_x**2 - side_y**2, 0.02, 1))
        sky = 0.62 + 0.30 * side_y + 0.08 * facing
        light = sky[:, :, None] * self._lighting.ambient
        for (forward, up, near), strength in self._lighting.keys:
            # The lamp's side is given in the picture; the body may face the other way.
            cosine = side_x * forward * self._facing + side_y * up + facing * near
            light = light + np.clip(0.18 + 0.9 * cosine, 0, None)[:, :, None] * strength
        rim = 0.8 + 0.2 * facing
        tone = (1 + 0.55 * folds * self._folds) * rim * dim
        painted = light * (np.array(colour, np.float32) * tone[:, :, None])
        heat = warmth + 2.2 * (facing - 0.75) + 4.5 * folds * self._folds
        share = cover[:, :, None]
        self.light += share * (painted - self.light)
        self.warmth += cover * (heat - self.warmth)
        self.opacity += cover * (1 - self.opacity)


def draw_person(
    person: Person, phase: float, scale: float, facing: float, lighting: Lighting
) -> Drawing:
    """Draw one moment of the gait.

    `phase` runs through 2 pi in two steps, `scale` is pixels per metre, `facing` is 1 for walking
    to the right and -1 to the left.
    """
    body = _Body(person, scale, facing, lighting)
    tall, wear = person.height, person.clothes
    bob = 0.016 * tall * np.cos(2 * phase)  # twice for two steps
    hip = (0.0, 0.515 * tall + bob)
    lean = 0.045 * person.swing
    neck = (lean * 0.32 * tall, 0.835 * tall + bob)
    shoulder = (neck[0] - 0.005 * tall, 0.805 * tall + bob)
    # From far to near, and darker where far: that is what tells left from right.
    _arm(body, person, shoulder, phase, -1.0, dim=0.62)
    # Legs half a cycle apart, and each arm against the leg of its side.
    _leg(body, person, hip, phase + np.pi, dim=0.66)
    _leg(body, person, hip, phase, dim=1.0)
    if wear.backpack and wear.bag is not None:
        body.shape(
            [
                (shoulder[1] + 0.01, shoulder[0] - 0.13 * tall, shoulder[0] - 0.03 * tall),
                (shoulder[1] - 0.1 * tall, shoulder[0] - 0.155 * tall, shoulder[0]),
                (hip[1] + 0.06 * tall, hip[0] - 0.13 * tall, hip[0]),
            ],
            wear.bag,
            12.5,
            0.2,
        )
    _coat(body, person, hip, shoulder, phase)
    _arm(body, person, shoulder, phase + np.pi, 1.0, dim=1.0)
    if wear.bag is not None and not wear.backpack:
        swing = 0.02 * tall * np.sin(phase)
        x, y = hip[0] - 0.055 * tall + swing, hip[1] - 0.015 * tall
        body.limb([(shoulder[0], shoulder[1]), (x, y + 0.06 * tall)], [0.007, 0.007], wear.bag, 13)
        body.shape(
            [
                (y + 0.065 * tall, x - 0.07 * tall, x + 0.07 * tall),
                (y - 0.07 * tall, x - 0.08 * tall, x + 0.075 * tall),
            ],
            wear.bag,
            12.8,
            0.15,
        )
    _head(body, person, neck)
    return Drawing(body.light, body.warmth, body.opacity, body.foot)


def _leg(body: _Body, person: Person, hip: Point, phase: float, dim: float) -> None:
    tall, wear = person.height, person.clothes
    thigh, shin = 0.245 * tall, 0.25 * tall
    swing = 0.40 * person.swing
    lift = np.sin(phase)
    angle = swing * np.cos(phase) + 0.04
    bend = 0.12 + 0.95 * person.swing * max(0.0, -lift) ** 1.3
    knee = (hip[0] + thigh * np.sin(angle), hip[1] - thigh * np.cos(angle))
    lower = angle - bend
    ankle = (knee[0] + shin * np.sin(lower), knee[1] - shin * np.cos(lower))
    ankle = (ankle[0], max(ankle[1], 0.035 * tall))  # never into the ground
    girth = 0.047 * tall * person.stout
    points = [hip, knee, (ankle[0], ankle[1] + 0.012 * tall)]
    body.limb(
        points,
        [girth * 1.25, girth * 0.86, girth * 0.62],
        wear.trousers,
        person.trouser_warmth,
        0.35,
        dim,
    )
    tip = -0.55 * max(0.0, -lift) + 0.12 * max(0.0, np.cos(phase)) * max(0.0, lift + 0.3)
    toe = (
        ankle[0] + 0.088 * tall * np.cos(tip),
        ankle[1] - 0.018 * tall + 0.09 * tall * np.sin(tip),
    )
    toe = (toe[0], max(toe[1], 0.016 * tall))
    heel = (ankle[0] - 0.02 * tall, max(ankle[1] - 0.016 * tall, 0.018 * tall))
    body.limb(
        [heel, ankle, toe], [0.020 * tall, 0.024 * tall, 0.014 * tall], wear.shoes, 13.5, 0.0, dim
    )


def _arm(
    body: _Body, person: Person, shoulder: Point, phase: float, side: float, dim: float
) -> None:
    tall, wear = person.height, person.clothes
    upper, fore = 0.17 * tall, 0.15 * tall
    angle = 0.42 * person.swing * np.cos(phase) - 0.03
    elbow = (
        shoulder[0] + upper * np.sin(angle),
        shoulder[1] - 0.02 * tall - upper * np.cos(angle),
    )
    bent = angle + 0.30 + 0.22 * max(0.0, np.cos(phase))
    hand = (elbow[0] + fore * np.sin(bent), elbow[1] - fore * np.cos(bent))
    girth = 0.036 * tall * person.stout
    darker = 0.93 if side > 0 else 0.9
    cloth = (wear.coat[0] * darker, wear.coat[1] * darker, wear.coat[2] * darker)
    end = (hand[0] + 0.032 * tall * np.sin(bent), hand[1] - 0.032 * tall * np.cos(bent))
    # The hand first: the sleeve ends over it.
    body.limb([hand, end], [0.021 * tall, 0.019 * tall], wear.skin, 28.5, 0.0, dim)
    body.limb(
        [(shoulder[0], shoulder[1] - 0.02 * tall), elbow, hand],
        [girth * 1.18, girth, girth * 0.74],
        cloth,
        person.coat_warmth - 0.4,
        0.45,
        dim,
    )


def _coat(body: _Body, person: Person, hip: Point, shoulder: Point, phase: float) -> None:
    tall, wear, stout = person.height, person.clothes, person.stout
    hem = wear.hem * hip[1]
    kick = 0.03 * tall * person.swing * abs(np.cos(phase))
    back, front = -0.078 * tall * stout, 0.082 * tall * stout
    sx = shoulder[0]
    body.shape(
        [
            (shoulder[1] + 0.035 * tall, sx - 0.03 * tall, sx + 0.028 * tall),
            (shoulder[1] + 0.012 * tall, sx + back * 0.72, sx + front * 0.66),
            (shoulder[1] - 0.03 * tall, sx + back * 1.0, sx + front * 0.9),
            (shoulder[1] - 0.13 * tall, sx * 0.8 + back * 1.08, sx * 0.8 + front * 1.05),
            (hip[1] + 0.09 * tall, back * 0.98, front * 0.98),
            (hip[1], back * 1.10, front * 1.02),
            (hem, back * 1.12 - kick, front * 1.06 + kick),
        ],
        wear.coat,
        person.coat_warmth,
        0.55,
    )
    if wear.scarf is not None:
        body.limb(
            [
                (sx - 0.035 * tall, shoulder[1] + 0.038 * tall),
                (sx + 0.042 * tall, shoulder[1] + 0.028 * tall),
            ],
            [0.026 * tall, 0.028 * tall],
            wear.scarf,
            20.0,
            0.4,
        )


def _head(body: _Body, person: Person, neck: Point) -> None:
    tall, wear = person.height, person.clothes
    x, y = neck[0] + 0.012 * tall, neck[1] + 0.088 * tall
    body.limb(
        [(neck[0], neck[1] + 0.005 * tall), (x, y - 0.02 * tall)],
        [0.03 * tall, 0.032 * tall],
        wear.skin,
        30.5,
    )
    body.limb(
        [(x - 0.012 * tall, y + 0.012 * tall), (x - 0.010 * tall, y + 0.020 * tall)],
        [0.062 * tall, 0.060 * tall],
        wear.hair,
        22.5,
        0.3,
    )
    body.limb(
        [(x + 0.012 * tall, y - 0.008 * tall), (x + 0.018 * tall, y - 0.036 * tall)],
        [0.046 * tall, 0.034 * tall],
        wear.skin,
        33.0,
    )
    body.limb(
        [(x + 0.055 * tall, y - 0.014 * tall), (x + 0.060 * tall, y - 0.02 * tall)],
        [0.009 * tall, 0.009 * tall],
        wear.skin,
        30.0,
    )
    if wear.hat is not None:
        body.limb(
            [(x - 0.028 * tall, y + 0.036 * tall), (x + 0.026 * tall, y + 0.040 * tall)],
            [0.046 * tall, 0.044 * tall],
            wear.hat,
            17.5,
            0.3,
        )
        body.limb(
            [(x - 0.055 * tall, y + 0.016 * tall), (x + 0.052 * tall, y + 0.026 * tall)],
            [0.018 * tall, 0.016 * tall],
            wear.hat,
            17.0,
            0.2,
        )
