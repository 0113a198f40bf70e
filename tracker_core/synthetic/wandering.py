"""Scenes in which something wanders about before a moving camera, under chosen conditions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tracker_core.frames import Box, FramePair
from tracker_core.imaging import cv2
from tracker_core.synthetic import degrade
from tracker_core.synthetic.actors import Actor
from tracker_core.synthetic.compositor import (
    Matrix,
    Pixels,
    Placement,
    Sprite,
    affine,
    chain,
    make_sprite,
    paste,
    render_photo,
    scene_box,
)
from tracker_core.synthetic.drawn_actors import PersonActor
from tracker_core.synthetic.landscape import MadeUp, obstacle
from tracker_core.synthetic.scene import SceneFrame, SceneObject
from tracker_core.synthetic.thermal import (
    Sensor,
    Temperature,
    ThermalLook,
    background_temperature,
    expose,
    random_look,
    random_sensor,
    stretch,
)

CONDITIONS = ("day", "night", "crossover", "occlusion", "scale", "fast", "distractor")
"""What makes a wandering scene hard; `day` is the plain one."""


class Material(Protocol):
    """Where grounds and actors come from: made up, or cut from pictures."""

    def ground(self, rng: np.random.Generator) -> tuple[Pixels, ...]:
        """A picture to be the ground, at full, half and quarter size."""
        ...

    def actor(self, rng: np.random.Generator, look: ThermalLook, side: int) -> Actor:
        """Something to follow, at most `side` sprite pixels long."""
        ...

    def kin(self, rng: np.random.Generator, actor: Actor, look: ThermalLook, side: int) -> Actor:
        """Something that is easily taken for `actor`."""
        ...


@dataclass(frozen=True, slots=True)
class Path:
    """A smooth way: a straight line and two swings in each direction."""

    start: NDArray[np.float64]
    """(2,) frame pixels."""
    velocity: NDArray[np.float64]
    """(2,) frame pixels per frame."""
    swings: NDArray[np.float64]
    """(2, 2, 3): for x and y two swings of amplitude, radians per frame and phase."""

    def at(self, time: float) -> NDArray[np.float64]:
        """(2,) the place at a moment, in frames."""
        amplitude, speed, phase = np.moveaxis(self.swings, -1, 0)
        swing = amplitude * (np.sin(speed * time + phase) - np.sin(phase))  # 0 at the start
        place: NDArray[np.float64] = self.start + self.velocity * time + swing.sum(axis=1)
        return place


def random_path(rng: np.random.Generator, start: tuple[float, float], speed: float) -> Path:
    """Draw a way whose mean speed is about `speed` frame pixels per frame."""
    way = float(rng.uniform(0, 2 * np.pi))
    share = float(rng.uniform(0.2, 0.8))
    drift = share * speed * np.array([np.cos(way), np.sin(way)])
    rates = rng.uniform(0.02, 0.07, (2, 2))
    # Over the rate, since the speed of a swing is amplitude times rate.
    amplitude = (1 - share) * speed / rates * rng.uniform(0.5, 1.0, (2, 2))
    phases = rng.uniform(0, 2 * np.pi, (2, 2))
    return Path(np.array(start, np.float64), drift, np.stack([amplitude, rates, phases], axis=-1))


@dataclass(frozen=True, slots=True)
class _Mover:
    """An actor on its way."""

    name: str
    actor: Actor
    path: Path
    side: float
    """Root of its box's area in frame pixels at the start."""
    growth: float
    """Factor on its size by the last frame."""
    angle: float
    turning: float
    """Radians by which it sways."""
    gait: float
    """Radians of its phase per frame."""

    def placed(self, time: float, frames: int, colour: float) -> Placement:
        sprite = self.actor.at_phase(self.gait * time)
        share = time / max(frames - 1, 1)
        side = self.side * self.growth**share
        turn = self.angle + self.turning * float(np.sin(0.07 * time))
        rough = affine(1.0, turn, (0.0, 0.0), (0.0, 0.0))
        x, y, w, h = scene_box(Placement(sprite, rough))
        # By what the pose shows: limbs that swing must not change the size of the target.
        factor = side / max(float(np.sqrt(w * h)), 1e-6)
        centre = self.path.at(time)
        shift = centre - factor * np.array([x + w / 2, y + h / 2])
        matrix = np.concatenate([rough[:, :2] * factor, shift[:, None]], axis=1)
        light = (colour, colour, colour)
        return Placement(sprite, matrix, light=light, softness=0.5)


class WanderingScene:
    """A target, its look-alikes and what hides it, on a ground that passes by."""

    def __init__(
        self,
        seed: int,
        frames: int = 90,
        size: tuple[int, int] = (480, 360),
        condition: str | None = None,
        material: Material | None = None,
    ) -> None:
        """Draw a scene; without a condition, one is drawn as well."""
        # A stream of its own; frames draw from others, so that they can be filmed in any order.
        rng = np.random.default_rng((seed, 0xA11))
        self.size = size
        self.condition = condition or CONDITIONS[int(rng.integers(len(CONDITIONS)))]
        self._seed, self._frames = seed, frames
        self._material: Material = material or MadeUp()
        self._look = random_look(rng)
        self._sensor = replace(random_sensor(rng), coarse=1.0)
        self._levels = self._material.ground(rng)
        self._target = self._draw_target(rng)
        self._camera = self._draw_camera(rng)
        self._ground = self._ground_matrix(rng)
        self._others = self._draw_others(rng)
        self._obstacles = self._draw_obstacles(rng)
        self._darkness = float(rng.uniform(0.10, 0.25))
        self._flicker = float(rng.uniform(0.05, 0.2))
        self._gain = self._settle(rng)  # last: it looks at two frames, which need all of the above

    def _draw_target(self, rng: np.random.Generator) -> _Mover:
        width, height = self.size
        small = min(self.size)
        side = small * float(rng.uniform(0.09, 0.19))
        speed = small * float(rng.uniform(0.004, 0.011))
        growth = float(np.exp(rng.normal(0, 0.15)))
        speed *= {"fast": 4.5, "occlusion": 2.0}.get(self.condition, 1.0)
        if self.condition == "scale":
            growth = float(rng.uniform(2.0, 2.8))
            growth = growth if rng.random() < 0.5 else 1 / growth
            side *= growth**-0.5  # half of the growth before the middle, half after
        start = (width * float(rng.uniform(0.35, 0.65)), height * float(rng.uniform(0.35, 0.65)))
        # With pixels for the largest it gets: growth is at most 2.8.
        actor = self._material.actor(rng, self._look, max(48, round(3.5 * side)))
        return self._mover(rng, "target", actor, start, speed, side, growth)

    def _mover(
        self,
        rng: np.random.Generator,
        name: str,
        actor: Actor,
        start: tuple[float, float],
        speed: float,
        side: float,
        growth: float = 1.0,
    ) -> _Mover:
        upright = isinstance(actor, PersonActor)
        path = random_path(rng, start, speed)
        return _Mover(
            name,
            actor,
            path,
            side,
            growth,
            angle=0.0 if upright else float(rng.uniform(-0.6, 0.6)),
            turning=0.02 if upright else float(rng.uniform(0, 0.35)),
            gait=float(rng.uniform(0.25, 0.5)),
        )

    def _draw_camera(self, rng: np.random.Generator) -> Path:
        """The camera follows the target loosely, so that it stays in the frame."""
        middle = np.array(self.size) / 2
        own = random_path(rng, (0.0, 0.0), min(self.size) * 0.002)
        path = self._target.path
        # Not all of it: a target that stays in the middle would make a still box look good.
        return Path(path.start - middle, 0.75 * path.velocity, own.swings)

    def _view(self, time: float) -> Matrix:
        """Scene to frame; the target's place is bounded to the frame's middle part."""
        corner = self._camera.at(time)
        place = self._target.path.at(time) - corner
        inner = np.array(self.size) * 0.24
        middle = np.array(self.size) / 2
        # tanh: smoothly, where a bound would make the camera jerk.
        corner = corner + (place - middle) - inner * np.tanh((place - middle) / inner)
        return affine(1.0, 0.0, (float(corner[0]), float(corner[1])), (0.0, 0.0))

    def _ground_matrix(self, rng: np.random.Generator) -> Matrix:
        height, width = self._levels[0].shape[:2]
        # Every fourth frame: the camera moves little between.
        ends = [self._view(float(time))[:, 2] for time in range(0, self._frames, 4)]
        reach = np.ptp(np.array(ends), axis=0) + np.array(self.size)
        # The ground has to reach as far as the camera sees in all frames.
        zoom = max(float(rng.uniform(0.8, 1.3)), float((reach / (width, height)).max()))
        middle = np.array(self.size) / 2 - (np.min(ends, axis=0) + np.max(ends, axis=0)) / 2
        return affine(zoom, 0.0, (width / 2, height / 2), (float(middle[0]), float(middle[1])))

    def _draw_others(self, rng: np.random.Generator) -> list[_Mover]:
        count = (
            int(rng.integers(3, 6)) if self.condition == "distractor" else int(rng.integers(0, 3))
        )
        others = []
        for number in range(count):
            near = self._target.path.at(float(rng.uniform(0, self._frames)))
            side = self._target.side * float(np.exp(rng.normal(0, 0.12)))
            away = (
                rng.normal(0, 1.0, 2)
                * self._target.side
                * (1.8 if self.condition == "distractor" else 4.0)
            )
            alike = self.condition == "distractor" or rng.random() < 0.4
            make = self._material
            actor = (
                make.kin(rng, self._target.actor, self._look, max(48, round(3.5 * side)))
                if alike
                else make.actor(rng, self._look, max(48, round(3.5 * side)))
            )
            speed = min(self.size) * float(rng.uniform(0.002, 0.009))
            start = (float(near[0] + away[0]), float(near[1] + away[1]))
            others.append(self._mover(rng, f"other {number + 1}", actor, start, speed, side))
        return others

    def _draw_obstacles(self, rng: np.random.Generator) -> list[Placement]:
        """Things that stand on the target's way, never at its very start."""
        hard = self.condition == "occlusion"
        count = int(rng.integers(2, 4)) if hard else int(rng.random() < 0.25)
        placed = []
        for number in range(count):
            time = self._frames * (number + float(rng.uniform(0.75, 1.2))) / (count + 0.3)
            centre = self._target.path.at(time)
            side = self._target.side * float(
                rng.uniform(0.8, 1.5) if hard else rng.uniform(0.5, 0.9)
            )
            start = self._target.path.at(0.0)
            # The tracker is given this box: what it learns the target by must be the target.
            if float(np.hypot(*(centre - start))) < 0.75 * (side + self._target.side):
                continue
            image = obstacle(rng, 96)
            heat = float(rng.uniform(self._look.low, self._look.high))
            warmth = np.full((96, 96), heat, np.float32) + 0.1 * image[:, :, 1]
            sprite = make_sprite(image[:, :, :3], image[:, :, 3], warmth)
            matrix = affine(
                side / 80,
                float(rng.uniform(-0.2, 0.2)),
                (48.0, 48.0),
                (float(centre[0]), float(centre[1])),
            )
            placed.append(Placement(sprite, matrix, softness=0.5))
        return placed

    def _settle(self, rng: np.random.Generator) -> tuple[float, float]:
        """Let the thermal camera find its range on the first and the last frame."""
        views = [self._layers(float(time))[1] for time in (0, self._frames - 1)]
        # Once for the clip: a range of each frame would flicker with everything that passes.
        return stretch(views, rng, most=3.0)

    def _target_at(self, time: float) -> Placement:
        placed = self._target.placed(time, self._frames, self._light(time))
        if self.condition != "crossover":
            return placed
        share = time / max(self._frames - 1, 1)
        # Gone for the middle three quarters, and fading, as temperatures do.
        gone = float(np.clip((share - 0.12) / 0.1, 0, 1) - np.clip((share - 0.88) / 0.1, 0, 1))
        return replace(placed, heat_opacity=1.0 - 0.92 * gone)

    def _light(self, time: float) -> float:
        return 1.0 + self._flicker * float(np.sin(0.045 * time + self._seed))

    def _layers(self, time: float) -> tuple[Pixels, Temperature]:
        view = self._view(time)
        rgb = render_photo(self._levels, chain(view, self._ground), self.size)
        warmth = background_temperature(self._look, rgb, 1.0)
        for other in self._others:
            paste(rgb, warmth, other.placed(time, self._frames, self._light(time)), view)
        paste(rgb, warmth, self._target_at(time), view)
        for placement in self._obstacles:
            paste(rgb, warmth, placement, view)
        return rgb, warmth

    def render(self, index: int) -> SceneFrame:
        """Film frame `index`: both images, and every mover's box and visible share."""
        time = float(index)
        rng = np.random.default_rng((self._seed, 0xF11, index))  # of the frame, for any order
        rgb, warmth = self._layers(time)
        view = self._view(time)
        light = self._light(time)
        rgb = degrade.tone(rgb, (light, light, light), 1.0)
        if self.condition == "night":
            lit = self._darkness * light
            rgb = degrade.tone(rgb, (lit, lit, lit * 1.1), 1.25, lift=3.0)
            rgb = degrade.grainy(rgb, rng, 6.0)
        else:
            rgb = degrade.grainy(rgb, rng, 2.0)
        tir = expose(self._drifting(time), self._ranged(warmth), rng)
        objects = []
        for mover in (self._target, *self._others):
            placed = mover.placed(time, self._frames, 1.0)
            x, y, w, h = scene_box(placed)
            box: Box = (x + float(view[0, 2]), y + float(view[1, 2]), w, h)
            objects.append(SceneObject(mover.name, box, _visible(placed, self._obstacles)))
        return SceneFrame(FramePair(rgb, tir), tuple(objects))

    def _ranged(self, warmth: Temperature) -> Temperature:
        return warmth * np.float32(self._gain[0]) + np.float32(self._gain[1])

    def _drifting(self, time: float) -> Sensor:
        drift = float(np.sin(0.021 * time + 0.3) - np.sin(0.3))
        return replace(
            self._sensor,
            gain=self._sensor.gain * (1 + 0.06 * drift),
            offset=self._sensor.offset + 6.0 * drift,
            black_hot=self._sensor.black_hot,
        )


def _visible(placed: Placement, obstacles: list[Placement]) -> float:
    """Share of a placement that obstacles leave open."""
    if not obstacles:  # the usual case, and the only cheap one
        return 1.0
    x, y, w, h = scene_box(placed)
    size = 40  # 40 x 40 points tell shares to a percent
    view = affine((size / w, size / h), 0.0, (x, y), (0.0, 0.0))
    mine = _opacity(placed.sprite, chain(view, placed.matrix), size)
    open_part = mine.copy()
    for obstacle_placed in obstacles:
        hidden = _opacity(obstacle_placed.sprite, chain(view, obstacle_placed.matrix), size)
        open_part *= 1 - hidden
    return float(open_part.sum() / max(float(mine.sum()), 1e-6))


def _opacity(sprite: Sprite, matrix: Matrix, size: int) -> NDArray[np.float32]:
    mask = cv2.warpAffine(np.ascontiguousarray(sprite.colour[:, :, 3]), matrix, (size, size))
    return np.asarray(mask, np.float32) / np.float32(255)
