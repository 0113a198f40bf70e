"""A scene whose objects follow boxes that people have drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tracker_core.frames import Box, FramePair
from tracker_core.synthetic import degrade
from tracker_core.synthetic.actors import Actor
from tracker_core.synthetic.compositor import (
    Matrix,
    Pixels,
    Placement,
    affine,
    paste,
    render_photo,
    scene_box,
)
from tracker_core.synthetic.landscape import MadeUp
from tracker_core.synthetic.scene import SceneFrame, SceneObject
from tracker_core.synthetic.thermal import (
    Temperature,
    background_temperature,
    expose,
    random_look,
    random_sensor,
    stretch,
)

Trajectory = NDArray[np.float64]
"""(N, 4) x, y, w, h in frame pixels; zeros where nothing is to be seen."""
NOWHERE: Box = (0.0, 0.0, 0.0, 0.0)

GAIT = 0.35
"""Radians of an actor's phase per frame."""


class FollowedScene:
    """A target and passers-by on a still ground, each exactly in its given box on every frame.

    Where a box has no area its object is not there.
    """

    def __init__(
        self, seed: int, size: tuple[int, int], target: Trajectory, others: tuple[Trajectory, ...]
    ) -> None:
        rng = np.random.default_rng((seed, 0xC33))
        self.size = size
        self._seed = seed
        self._night = bool(rng.random() < 0.4)
        self._look = random_look(rng)
        self._sensor = replace(random_sensor(rng), coarse=1.0)
        material = MadeUp()
        self._levels: tuple[Pixels, ...] = material.ground(rng)
        self._ground = self._covering()
        sides = [round(float(2 * way[:, 2:].max())) for way in (target, *others)]
        first = material.actor(rng, self._look, max(48, sides[0]))
        # Each second passer-by is easily taken for the target.
        rest = [
            material.kin(rng, first, self._look, max(48, side))
            if number % 2
            else material.actor(rng, self._look, max(48, side))
            for number, side in enumerate(sides[1:])
        ]
        self._movers: list[tuple[Actor, Trajectory]] = [
            (first, target),
            *zip(rest, others, strict=True),
        ]
        views = [self._layers(index)[1] for index in (0, len(target) - 1)]
        self._gain = stretch(views, rng, most=3.0)

    def _covering(self) -> Matrix:
        height, width = self._levels[0].shape[:2]
        scale = max(self.size[0] / width, self.size[1] / height)
        middle = (self.size[0] / 2, self.size[1] / 2)
        return affine(scale, 0.0, (width / 2, height / 2), middle)

    def _placed(self, actor: Actor, box: Box, index: int) -> Placement:
        """Stretch a pose into its box: people's boxes say how large it looks."""
        sprite = actor.at_phase(GAIT * index)
        x, y, w, h = scene_box(Placement(sprite, affine(1.0, 0.0, (0.0, 0.0), (0.0, 0.0))))
        scale = (box[2] / w, box[3] / h)
        matrix = affine(scale, 0.0, (x, y), (box[0], box[1]))
        return Placement(sprite, matrix, softness=0.5)

    def _layers(self, index: int) -> tuple[Pixels, Temperature]:
        rgb = render_photo(self._levels, self._ground, self.size)
        warmth = background_temperature(self._look, rgb, 1.0)
        view = affine(1.0, 0.0, (0.0, 0.0), (0.0, 0.0))
        # The target last: nobody can draw a box around what is hidden.
        for actor, way in reversed(self._movers):
            box = _box(way, index)
            if box != NOWHERE:
                paste(rgb, warmth, self._placed(actor, box, index), view)
        return rgb, warmth

    def render(self, index: int) -> SceneFrame:
        """Film frame `index`, counted from 0."""
        rng = np.random.default_rng((self._seed, 0xF33, index))
        rgb, warmth = self._layers(index)
        if self._night:
            rgb = degrade.tone(rgb, (0.2, 0.2, 0.22), 1.25, lift=3.0)
        rgb = degrade.grainy(rgb, rng, 5.0 if self._night else 2.0)
        warmth = warmth * np.float32(self._gain[0]) + np.float32(self._gain[1])
        tir = expose(self._sensor, warmth, rng)
        boxes = [_box(way, index) for _, way in self._movers]
        objects = tuple(
            SceneObject(f"other {number}" if number else "target", box, float(box != NOWHERE))
            for number, box in enumerate(boxes)
        )
        return SceneFrame(FramePair(rgb, tir), objects)


def _box(way: Trajectory, index: int) -> Box:
    x, y, w, h = (float(value) for value in way[index])
    return (x, y, w, h) if w > 0 and h > 0 else NOWHERE
