"""Whole scenes made of photographs and cut-outs: what held-out clips are drawn from."""

from __future__ import annotations

import numpy as np

from tracker_core.errors import CKDError
from tracker_core.frames import Box
from tracker_core.synthetic.actors import (
    Actor,
    cutout_actor,
    random_heat,
)
from tracker_core.synthetic.compositor import Pixels
from tracker_core.synthetic.drawn_actors import PersonActor, VehicleActor
from tracker_core.synthetic.landscape import MadeUp
from tracker_core.synthetic.moving_window import WindowScene
from tracker_core.synthetic.scene import Scene
from tracker_core.synthetic.thermal import ThermalLook
from tracker_core.synthetic.wandering import CONDITIONS, WanderingScene
from tracker_core.training.data.assets import Assets, Cutout, Photo
from tracker_core.training.data.scene_parts import distinct_place, pick_photo

CLIP_CONDITIONS = (*CONDITIONS, "window")
"""Conditions of clips; in `window` the target is a part of the photograph, no edge is pasted."""


_WINDOW_CHOICE = 3
"""Of so many photographs the one with the clearest target is taken."""


class AssetMaterial:
    """Photographs as ground, cut-outs (and now and then people and vehicles) as actors."""

    def __init__(self, assets: Assets, made_up: float = 0.25) -> None:
        """Use one split of the pictures; `made_up` is the share of drawn actors."""
        self._assets = assets
        self._made_up = made_up if assets.cutouts else 1.0  # someone has to act
        self._drawn = MadeUp()
        self._origins: dict[int, tuple[Actor, Cutout]] = {}

    def ground(self, rng: np.random.Generator) -> tuple[Pixels, ...]:
        """A photograph at full, half and quarter size."""
        return pick_photo(rng, self._assets).levels

    def actor(self, rng: np.random.Generator, look: ThermalLook, side: int) -> Actor:
        """A cut-out, a person or a vehicle, at most `side` sprite pixels long."""
        if rng.random() < self._made_up:
            return self._drawn.actor(rng, look, side)
        cutouts = self._assets.cutouts
        return self._cut(rng, cutouts[int(rng.integers(len(cutouts)))], look, side, 0.12)

    def kin(self, rng: np.random.Generator, actor: Actor, look: ThermalLook, side: int) -> Actor:
        """The same thing in other colours, one of its category, or one of its kind."""
        if isinstance(actor, PersonActor | VehicleActor):
            return self._drawn.kin(rng, actor, look, side)
        origin = self.origin(actor)
        family = [other for other in self._assets.cutouts if other.category == origin.category]
        # The thing itself in other paint is the hardest to tell apart: it shares the outline.
        chosen = family[int(rng.integers(len(family)))] if rng.random() < 0.6 else origin
        return self._cut(rng, chosen, look, side, 0.35)

    def origin(self, actor: Actor) -> Cutout:
        """The cut-out that an actor of this material was made of; KeyError for drawn ones."""
        return self._origins[id(actor)][1]

    def _cut(
        self, rng: np.random.Generator, cutout: Cutout, look: ThermalLook, side: int, tint: float
    ) -> Actor:
        heat = random_heat(rng, look.low, look.high)
        actor = cutout_actor(rng, cutout.rgba, heat, side, tint)
        # The actor is kept too, so that nothing else can get its id.
        self._origins[id(actor)] = (actor, cutout)
        return actor


def clip(
    assets: Assets, seed: int, condition: str, frames: int = 90, size: tuple[int, int] = (480, 360)
) -> Scene:
    """Build clip number `seed` of one condition; the same arguments give the same clip.

    Raises CKDError for a condition that is not one of CLIP_CONDITIONS.
    """
    if condition not in CLIP_CONDITIONS:
        raise CKDError(
            f"There is no condition '{condition}'; choose one of {', '.join(CLIP_CONDITIONS)}."
        )
    if condition != "window":
        return WanderingScene(seed, frames, size, condition, AssetMaterial(assets))
    # A stream of its own: the scene draws from the same seed, and must not repeat these draws.
    rng = np.random.default_rng((seed, 0xC33))
    photos = [pick_photo(rng, assets) for _ in range(_WINDOW_CHOICE)]
    targets = [window_target(rng, photo) for photo in photos]
    best = max(range(_WINDOW_CHOICE), key=lambda number: targets[number][1])
    return WindowScene(seed, photos[best].levels, targets[best][0], frames, size)


def window_target(rng: np.random.Generator, photo: Photo) -> tuple[Box, float]:
    """Choose a part of a photograph that can be told apart, and say how well (gray levels)."""
    side = min(photo.size) * float(rng.uniform(0.06, 0.12))
    root = float(np.exp(rng.normal(0, 0.18)))
    w, h = side * root, side / root
    (x, y), structure = distinct_place(rng, photo, w, h)
    return (x - w / 2, y - h / 2, w, h), structure
