"""People and vehicles drawn from nothing, small and plain: actors for training and tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tracker_core.imaging import cv2
from tracker_core.synthetic.actors import Actor, HeatRange
from tracker_core.synthetic.compositor import Sprite, make_sprite
from tracker_core.synthetic.textures import floats
from tracker_core.synthetic.thermal import Temperature

Colour = tuple[float, float, float]
# Labels cannot be smoothed, so they are drawn larger and averaged.
_OVERSAMPLING = 2


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
        # LINE_8: antialiasing would mix labels into other labels.
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
        table[0] = 0  # the background: label 0, neither colour nor opacity
        layers = table.astype(np.float32)[self._labels]  # (2H, 2W, 5)
        first = cv2.resize(layers[:, :, :4], self._size, interpolation=cv2.INTER_AREA)
        opacity = floats(cv2.resize(layers[:, :, 4], self._size, interpolation=cv2.INTER_AREA))
        # The averages at an outline are mixed with the background's zeros; divided, colours are
        # whole.
        straight = floats(first / np.maximum(opacity, 1e-3)[:, :, None])
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
        # Smaller ones are shrunk later: limbs would come out below a pixel.
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
        shade = np.random.default_rng(self._texture)  # the same folds in every pose
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
        # Order is depth: legs, the far arm, bag, coat, the near arm, head.
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
            # Drawn facing one way only, and mirrored.
            rgb, opacity, heat = rgb[:, ::-1], opacity[:, ::-1], heat[:, ::-1]
        return make_sprite(rgb * down, np.ascontiguousarray(opacity), heat)  # lit from above

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
