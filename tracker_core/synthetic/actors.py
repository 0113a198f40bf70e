"""Things that can be followed: cut-outs, pieces of photographs, people and vehicles.

An actor keeps its looks and its temperatures; every pose of it is a new sprite.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker_core.imaging import cv2
from tracker_core.synthetic.compositor import Pixels, Sprite, make_sprite
from tracker_core.synthetic.thermal import Temperature

Colour = tuple[float, float, float]
_OVERSAMPLING = 2
_BORDERS = (cv2.BORDER_REPLICATE, cv2.BORDER_CONSTANT, cv2.BORDER_REPLICATE)


def _floats(image: NDArray[Any]) -> NDArray[np.float32]:
    return np.asarray(image, np.float32)


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
        pad = 1 + int(np.ceil(bend * 1.5 * max(opacity.shape)))
        self._layers = tuple(
            _floats(cv2.copyMakeBorder(layer, pad, pad, pad, pad, border))
            for layer, border in zip((rgb, opacity, heat), _BORDERS, strict=True)
        )
        self._bend = bend

    def pose(self, rng: np.random.Generator) -> Sprite:
        """Bend the picture smoothly."""
        height, width = self._layers[1].shape
        amount = self._bend * max(height, width) * float(rng.uniform(0, 1))
        if amount < 0.5:
            return make_sprite(*self._layers)
        return self._bent(rng.normal(0, amount * 0.7, (4, 4, 2)).astype(np.float32))

    def at_phase(self, phase: float) -> Sprite:
        """Sway between two bends that belong to this picture."""
        opacity = self._layers[1]
        rng = np.random.default_rng(int(float(opacity.sum()) * 1000))
        ways = rng.normal(0, 0.4 * self._bend * max(opacity.shape), (2, 4, 4, 2))
        return self._bent(_floats(ways[0] * np.sin(phase) + ways[1] * np.cos(phase)))

    def _bent(self, coarse: NDArray[np.float32]) -> Sprite:
        height, width = self._layers[1].shape
        shift = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        grid_x = shift[:, :, 0] + np.arange(width, dtype=np.float32)
        grid_y = shift[:, :, 1] + np.arange(height, dtype=np.float32)[:, None]
        bent = [
            _floats(cv2.remap(layer, grid_x, grid_y, cv2.INTER_LINEAR, borderMode=border))
            for layer, border in zip(self._layers, _BORDERS, strict=True)
        ]
        return make_sprite(*bent)


def cutout_actor(
    rng: np.random.Generator, rgba: Pixels, heat: HeatRange, side: int, tint: float = 0.12
) -> PictureActor:
    """Make an actor of a cut-out (H, W, 4), retinted and at most `side` pixels long."""
    scale = min(1.0, side / max(rgba.shape[:2]))
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
    ray = np.maximum(ray, 0.35)
    x = np.sign(np.cos(angles)) * np.abs(np.cos(angles)) ** power * ray
    y = np.sign(np.sin(angles)) * np.abs(np.sin(angles)) ** power * ray
    x = (x - x.min()) / np.ptp(x) * (width - 1.2)
    y = (y - y.min()) / np.ptp(y) * (height - 1.2)
    points = np.stack([x, y], axis=1)
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [np.rint(points * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return mask.astype(np.float32) / 255.0


def structured_heat(
    rng: np.random.Generator, rgb: NDArray[np.float32], heat: HeatRange
) -> Temperature:
    """Temperatures inside an object (H, W): from its colours, a gradient and a hot or cold part."""
    height, width = rgb.shape[:2]
    gray = rgb @ rng.dirichlet((1.0, 1.0, 1.0)).astype(np.float32)
    sigma = 0.02 * max(height, width) * float(rng.uniform(0.3, 2.0))
    gray = _floats(cv2.GaussianBlur(gray, (0, 0), max(sigma, 0.3))) / 127.5 - 1.0
    across = np.linspace(-1, 1, width, dtype=np.float32)
    down = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    slope = across * np.float32(rng.normal(0, 0.4)) + down * np.float32(rng.normal(0, 0.5))
    centre_x, centre_y = rng.uniform(-0.7, 0.7, 2)
    reach = float(rng.uniform(0.15, 0.5))
    spot = np.exp(-((across - centre_x) ** 2 + (down - centre_y) ** 2) / (2 * reach**2))
    mixed = gray * np.float32(rng.normal(0, 0.7)) + slope + spot * np.float32(rng.normal(0, 1.0))
    warmth = heat.base + heat.spread * 0.7 * mixed
    return _floats(np.clip(warmth, 0, 255))


def _retinted(
    rng: np.random.Generator, rgb: NDArray[np.float32], amount: float
) -> NDArray[np.float32]:
    gain = np.exp(rng.normal(0, amount, 3)).astype(np.float32)
    swapped = rgb[:, :, rng.permutation(3)] if rng.random() < amount else rgb
    return _floats(np.clip(swapped * gain, 0, 255))


def muted_colour(rng: np.random.Generator, brightest: float = 230.0) -> Colour:
    """A colour of clothes or paint: mostly dull, now and then strong."""
    value = float(rng.uniform(15, brightest))
    strength = float(rng.uniform(0.0, 0.25) if rng.random() < 0.7 else rng.uniform(0.3, 0.8))
    hue = rng.dirichlet((1.0, 1.0, 1.0)) * 3.0
    mixed = value * (1 - strength + strength * hue)
    return (float(mixed[0]), float(mixed[1]), float(mixed[2]))


class _Canvas:
    """Antialiased parts, each with its own colour and temperature."""

    def __init__(self, width: int, height: int) -> None:
        self._scale = _OVERSAMPLING
        shape = (height * self._scale, width * self._scale)
        self._labels = np.zeros(shape, np.uint8)
        self._size = (width, height)

    def polygon(self, label: int, points: Sequence[tuple[float, float]]) -> None:
        cv2.fillPoly(self._labels, [self._fixed(points)], label, cv2.LINE_8, 4)

    def limb(self, label: int, points: Sequence[tuple[float, float]], thick: float) -> None:
        width = max(1, round(thick * self._scale))
        cv2.polylines(self._labels, [self._fixed(points)], False, label, width, cv2.LINE_8, 4)
        # Round ends, which thick lines have and short ones lack.
        for point in points:
            self.disc(label, point, thick / 2, thick / 2)

    def disc(self, label: int, centre: tuple[float, float], rx: float, ry: float) -> None:
        x, y = self._fixed([centre])[0]
        axes = (max(1, round(rx * self._scale * 16)), max(1, round(ry * self._scale * 16)))
        cv2.ellipse(self._labels, (int(x), int(y)), axes, 0, 0, 360, label, -1, cv2.LINE_8, 4)

    def finish(
        self, colours: NDArray[np.float32], heats: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], Temperature]:
        """Straight colour, opacity and temperature at the size asked for."""
        table = np.concatenate([colours, heats[:, None], np.ones((len(heats), 1))], axis=1)
        table[0] = 0
        layers = table.astype(np.float32)[self._labels]
        first = cv2.resize(layers[:, :, :4], self._size, interpolation=cv2.INTER_AREA)
        opacity = _floats(cv2.resize(layers[:, :, 4], self._size, interpolation=cv2.INTER_AREA))
        straight = _floats(first / np.maximum(opacity, 1e-3)[:, :, None])
        return straight[:, :, :3], opacity, straight[:, :, 3]

    def _fixed(self, points: Sequence[tuple[float, float]]) -> NDArray[np.int32]:
        fixed: NDArray[np.int32] = np.rint(np.array(points) * (self._scale * 16) - 8).astype(
            np.int32
        )
        return fixed


class PersonActor(Actor):
    """A person who stands or walks: coat, trousers, head, perhaps a hat or a bag."""

    def __init__(self, rng: np.random.Generator, heat: HeatRange, side: int) -> None:
        """Choose build, clothes and temperatures; `side` is the height in pixels."""
        self._side = max(24, side)
        self._coat_length = float(rng.uniform(0.0, 0.22))
        self._build = float(rng.uniform(0.85, 1.25))
        self._bag = bool(rng.random() < 0.35)
        self._facing = 1.0 if rng.random() < 0.5 else -1.0
        self._stride = float(rng.uniform(0.0, 0.34))
        self._view = float(rng.uniform(0.0, 1.0))
        skin = np.array((205, 160, 130)) * rng.uniform(0.35, 1.1)
        coat, trousers = muted_colour(rng), muted_colour(rng, 140)
        colours = [(0, 0, 0), skin, muted_colour(rng, 120), coat, np.array(coat) * 0.86]
        colours += [trousers, np.array(trousers) * 0.8, muted_colour(rng, 110), muted_colour(rng)]
        self._colours = np.clip(np.array(colours, np.float32), 0, 255)
        base, spread = heat.base, heat.spread
        offsets = np.array([0, 0.6, 0.1, 0.0, -0.05, -0.15, -0.2, -0.6, -0.7]) * spread
        offsets += rng.normal(0, 0.12 * spread, 9)
        self._heats = np.clip(base + offsets, 0, 255).astype(np.float32)
        self._texture = int(rng.integers(1 << 30))

    def pose(self, rng: np.random.Generator) -> Sprite:
        """Draw one moment of the gait."""
        return self.at_phase(float(rng.uniform(0, 2 * np.pi)))

    def at_phase(self, phase: float) -> Sprite:
        """Draw the moment `phase` (radians) of the gait."""
        tall = float(self._side)
        canvas = _Canvas(round(tall * 0.62), round(tall * 1.02))
        self._draw(canvas, tall, phase)
        rgb, opacity, heat = canvas.finish(self._colours, self._heats)
        shade = np.random.default_rng(self._texture)
        folds = cv2.resize(
            shade.normal(1.0, 0.12, (9, 6)).astype(np.float32),
            (opacity.shape[1], opacity.shape[0]),
            interpolation=cv2.INTER_CUBIC,
        )
        heat = np.clip(heat + (folds - 1.0) * 60.0, 0, 255).astype(np.float32)
        return make_sprite(rgb * folds[:, :, None], opacity, heat)

    def _draw(self, canvas: _Canvas, tall: float, phase: float) -> None:
        skin, hair, coat, coat_back, leg, leg_back, shoe, bag = range(1, 9)
        middle = 0.31 * tall
        width = self._build * (0.085 + 0.03 * self._view) * tall
        hip, shoulder, neck = 0.52 * tall, 0.19 * tall, 0.15 * tall
        swing = self._stride * np.sin(phase)
        for side, cloth in ((-1.0, leg_back), (1.0, leg)):
            angle = side * swing * self._facing
            start = middle + side * width * 0.45 * self._view
            knee = (start + np.sin(angle) * 0.24 * tall, hip + np.cos(angle) * 0.24 * tall)
            back = angle - self._facing * max(0.0, -side * np.cos(phase)) * self._stride * 1.3
            foot = (knee[0] + np.sin(back) * 0.22 * tall, knee[1] + np.cos(back) * 0.22 * tall)
            canvas.limb(cloth, [(start, hip), knee, foot], 0.085 * tall * self._build)
            toe = (foot[0] + self._facing * 0.045 * tall * (1 - 0.5 * self._view), foot[1])
            canvas.limb(shoe, [foot, toe], 0.05 * tall)
        self._arm(canvas, coat_back, tall, -swing * self._facing, -1.0)
        if self._bag:
            x = middle - self._facing * width * 1.1
            canvas.disc(bag, (x, 0.36 * tall), 0.055 * tall, 0.1 * tall)
        low = hip + self._coat_length * tall
        flare = width * (1.0 + self._coat_length)
        canvas.polygon(
            coat,
            [
                (middle - width * 0.75, neck),
                (middle + width * 0.75, neck),
                (middle + width * 1.05, shoulder + 0.05 * tall),
                (middle + flare, low),
                (middle - flare, low),
                (middle - width * 1.05, shoulder + 0.05 * tall),
            ],
        )
        self._arm(canvas, coat_back, tall, swing * self._facing, 1.0)
        head = (middle + self._facing * 0.012 * tall, 0.085 * tall)
        canvas.limb(skin, [head, (middle, neck + 0.01 * tall)], 0.05 * tall)
        canvas.disc(
            hair,
            (head[0] - self._facing * 0.012 * tall, head[1] - 0.012 * tall),
            0.056 * tall,
            0.068 * tall,
        )
        canvas.disc(
            skin,
            (head[0] + self._facing * 0.012 * tall, head[1] + 0.012 * tall),
            0.045 * tall,
            0.058 * tall,
        )

    def _arm(self, canvas: _Canvas, label: int, tall: float, angle: float, side: float) -> None:
        width = self._build * (0.085 + 0.03 * self._view) * tall
        start = (0.31 * tall + side * width * 0.9 * self._view, 0.2 * tall)
        elbow = (start[0] + np.sin(angle) * 0.16 * tall, start[1] + np.cos(angle) * 0.16 * tall)
        bent = angle + self._facing * 0.35
        hand = (elbow[0] + np.sin(bent) * 0.14 * tall, elbow[1] + np.cos(bent) * 0.14 * tall)
        canvas.limb(label, [start, elbow, hand], 0.055 * tall * self._build)
        canvas.disc(1, hand, 0.026 * tall, 0.03 * tall)


class VehicleActor(Actor):
    """A car, van or lorry from the side or from above."""

    def __init__(self, rng: np.random.Generator, heat: HeatRange, side: int) -> None:
        """Choose shape, paint and temperatures; `side` is the length in pixels."""
        self._side = max(24, side)
        self._from_above = bool(rng.random() < 0.55)
        self._van = bool(rng.random() < 0.35)
        self._length = float(rng.uniform(0.85, 1.0))
        self._facing = bool(rng.random() < 0.5)
        paint = np.array(muted_colour(rng, 245))
        glass = np.array((40, 50, 60)) * rng.uniform(0.4, 1.8)
        lamp = (255, 245, 215) if rng.random() < 0.6 else (200, 190, 170)
        colours = [(0, 0, 0), paint, glass, (25, 25, 27), lamp, paint * 0.8, (190, 30, 25)]
        self._colours = np.clip(np.array(colours, np.float32), 0, 255)
        base, spread = heat.base, heat.spread
        # paint, glass, wheels, lamps, bonnet, rear lamps
        offsets = np.array([0, 0.0, -0.8, 0.7, 0.5, 0.9, 0.1]) * spread
        offsets += rng.normal(0, 0.3 * spread, 7)
        self._heats = np.clip(base + offsets, 0, 255).astype(np.float32)

    def pose(self, rng: np.random.Generator) -> Sprite:
        """Draw the vehicle, hardly changed: vehicles are stiff."""
        return self.draw(stretch=float(rng.uniform(0.94, 1.06)))

    def at_phase(self, phase: float) -> Sprite:
        """Draw the vehicle; it looks the same at every moment."""
        del phase
        return self.draw()

    def draw(self, stretch: float = 1.0) -> Sprite:
        """Draw the vehicle with its length changed by `stretch`."""
        long = self._side * self._length * stretch
        height = round(self._side * 0.5)
        canvas = _Canvas(round(long), height)
        if self._from_above:
            self._draw_top(canvas, long, float(height))
        else:
            self._draw_side(canvas, long, float(height))
        rgb, opacity, heat = canvas.finish(self._colours, self._heats)
        down = np.linspace(1.12, 0.82, height, dtype=np.float32)[:, None, None]
        if self._facing:
            rgb, opacity, heat = rgb[:, ::-1], opacity[:, ::-1], heat[:, ::-1]
        return make_sprite(rgb * down, np.ascontiguousarray(opacity), heat)

    def _draw_side(self, canvas: _Canvas, long: float, height: float) -> None:
        paint, glass, wheel, lamp, bonnet, rear = range(1, 7)
        top = 0.05 if self._van else 0.12
        front = 0.12 if self._van else 0.3
        belt, floor = 0.45 * height, 0.84 * height
        roof = [(front + 0.12, top), (0.9 if self._van else 0.72, top)]
        body = [(0.0, 0.55), (front * 0.6, 0.47), (front, 0.45), *roof]
        body += [(0.97, 0.45), (1.0, 0.55), (0.99, 0.84), (0.01, 0.84)]
        canvas.polygon(paint, [(x * long, y * height) for x, y in body])
        canvas.polygon(
            bonnet,
            [
                (0.01 * long, 0.56 * height),
                (front * long, 0.47 * height),
                (front * long, floor * 0.8),
                (0.02 * long, floor * 0.85),
            ],
        )
        panes = [(front + 0.05, 0.44), (front + 0.14, top + 0.06)]
        panes += [(0.86 if self._van else 0.7, top + 0.06), (0.88, 0.44)]
        canvas.polygon(glass, [(x * long, y * height) for x, y in panes])
        canvas.limb(paint, [(0.55 * long, top * height), (0.55 * long, belt)], 0.02 * long)
        radius = 0.16 * height
        for x in (0.2, 0.8):
            canvas.disc(wheel, (x * long, floor), radius, radius)
            canvas.disc(bonnet, (x * long, floor), radius * 0.45, radius * 0.45)
        canvas.disc(lamp, (0.03 * long, 0.6 * height), 0.03 * long, 0.06 * height)
        canvas.disc(rear, (0.975 * long, 0.58 * height), 0.022 * long, 0.07 * height)

    def _draw_top(self, canvas: _Canvas, long: float, height: float) -> None:
        paint, glass, _wheel, lamp, bonnet, rear = range(1, 7)
        low, high = 0.06 * height, 0.94 * height
        corner = 0.06 * long
        canvas.polygon(
            paint,
            [
                (0.02 * long, low + corner),
                (corner, low),
                (long - corner, low),
                (0.99 * long, low + corner),
                (0.99 * long, high - corner),
                (long - corner, high),
                (corner, high),
                (0.02 * long, high - corner),
            ],
        )
        front = 0.14 if self._van else 0.28
        canvas.polygon(
            bonnet,
            [
                (0.04 * long, low * 2),
                (front * long, low * 1.6),
                (front * long, high - low * 0.6),
                (0.04 * long, high - low),
            ],
        )
        canvas.polygon(
            glass,
            [
                (front * long, 0.14 * height),
                ((front + 0.14) * long, 0.2 * height),
                ((front + 0.14) * long, 0.8 * height),
                (front * long, 0.86 * height),
            ],
        )
        if not self._van:
            canvas.polygon(
                glass,
                [
                    (0.78 * long, 0.2 * height),
                    (0.86 * long, 0.15 * height),
                    (0.86 * long, 0.85 * height),
                    (0.78 * long, 0.8 * height),
                ],
            )
        for y in (0.2, 0.8):
            canvas.disc(lamp, (0.03 * long, y * height), 0.03 * long, 0.08 * height)
            canvas.disc(rear, (0.97 * long, y * height), 0.022 * long, 0.08 * height)
