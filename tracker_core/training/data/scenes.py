"""Small scenes for training pairs: one target, two moments, any window onto either.

Moment 0 is the template's, moment 1 the search's. Coordinates are frame pixels with the target's
centre at the origin in both moments, as if the camera followed it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tracker_core.frames import Box
from tracker_core.imaging import cv2
from tracker_core.synthetic.actors import (
    Actor,
    HeatRange,
    PictureActor,
    cutout_actor,
    piece_actor,
    random_heat,
)
from tracker_core.synthetic.compositor import (
    Pixels,
    Placement,
    affine,
    chain,
    paste,
    render_photo,
    scene_box,
    window,
)
from tracker_core.synthetic.drawn_actors import PersonActor, VehicleActor
from tracker_core.synthetic.thermal import (
    Temperature,
    background_temperature,
    cool_ground_look,
    random_look,
)
from tracker_core.training.data.assets import Assets, Cutout, Photo
from tracker_core.training.data.crossing import LEAST_SEEN, crossing_things, seen_share
from tracker_core.training.data.scene_parts import (
    Chances,
    Ground,
    PairScene,
    Visibility,
    distinct_place,
    heat_patches,
    hide,
    human_heat,
    photo_place,
    photo_zoom,
    pick_photo,
    placed_at,
    random_actor,
    random_ground,
    random_occluders,
    with_foreign_heat,
)

_PHOTO_TRIES = 4
_LEAST_STRUCTURE = 20.0
"""Gray levels; below it a patch of a photograph cannot be told from its surroundings."""


class ObjectScene(PairScene):
    """An object on a photograph, with look-alikes around it and things before it."""

    def __init__(
        self,
        rng: np.random.Generator,
        assets: Assets,
        target_side: float,
        sprite_side: int,
        chances: Chances,
    ) -> None:
        """Draw a scene."""
        look = random_look(rng)
        actor, cutout = random_actor(rng, assets, look, sprite_side)
        self._camouflage = 1.0
        # As at night: people who glow before cool ground and are hardly seen in colour.
        if isinstance(actor, PersonActor) and rng.random() < 0.4:
            look = cool_ground_look(rng)
            heat = HeatRange(float(rng.uniform(150, 245)), float(rng.uniform(8, 45)))
            actor = PersonActor(rng, heat, sprite_side)
            self._camouflage = float(rng.uniform(0.1, 1.0))
        self._ground = random_ground(rng, pick_photo(rng, assets), target_side, look)
        if chances.foreign and rng.random() < chances.foreign:
            self._ground = with_foreign_heat(rng, self._ground, assets, target_side, target_side)
        self._side = target_side
        growth = float(np.exp(rng.normal(0, 0.16)))
        upright = isinstance(actor, PersonActor)  # people do not lie on their side
        angle = float(rng.normal(0, 0.04 if upright else 0.3))
        turn = float(rng.normal(0, 0.02 if upright else 0.12))
        first, second = actor.pose(rng), actor.pose(rng)
        if not upright and rng.random() < 0.04:
            turn += float(rng.uniform(-1.0, 1.0))
        self._targets = (
            placed_at(rng, first, target_side, (0.0, 0.0), angle),
            placed_at(rng, second, target_side * growth, (0.0, 0.0), angle + turn),
        )
        around = self._around(rng, assets, actor, cutout, sprite_side, angle, chances)
        self._behind: tuple[Sequence[Placement], Sequence[Placement]] = (
            around[:1] if rng.random() < 0.3 else (),
            around,
        )
        before = random_occluders(rng, assets, look, self.box(1), sprite_side, chances.occluders)
        before += crossing_things(rng, assets, look, self.box(1), sprite_side, chances)
        self._before: tuple[Sequence[Placement], Sequence[Placement]] = ((), before)

    def _around(
        self,
        rng: np.random.Generator,
        assets: Assets,
        actor: Actor,
        cutout: Cutout | None,
        sprite_side: int,
        angle: float,
        chances: Chances,
    ) -> list[Placement]:
        if rng.random() > chances.distractors:
            return []
        placed = []
        for _ in range(int(rng.integers(1, 4))):
            other = self._look_alike(rng, assets, actor, cutout, sprite_side)
            if chances.twins and isinstance(actor, PictureActor) and rng.random() < chances.twins:
                look = self._ground.look
                heat = random_heat(rng, look.low, look.high)
                other = actor.twin(rng, heat, other_colours=bool(rng.random() < 0.5))
            side = self._side * float(np.exp(rng.normal(0, 0.3)))
            distance = self._side * float(rng.uniform(0.9, 3.2))
            way = float(rng.uniform(0, 2 * np.pi))
            centre = (distance * float(np.cos(way)), distance * float(np.sin(way)))
            tilt = angle + float(rng.normal(0, 0.3 if cutout else 0.03))
            placed.append(placed_at(rng, other.pose(rng), side, centre, tilt))
        return placed

    def _look_alike(
        self,
        rng: np.random.Generator,
        assets: Assets,
        actor: Actor,
        cutout: Cutout | None,
        sprite_side: int,
    ) -> Actor:
        look = self._ground.look
        heat = random_heat(rng, look.low, look.high)
        if isinstance(actor, PersonActor) and rng.random() < 0.8:
            return PersonActor(rng, human_heat(rng, heat, look), sprite_side)
        if isinstance(actor, VehicleActor) and rng.random() < 0.8:
            return VehicleActor(rng, heat, sprite_side)
        if cutout is not None and rng.random() < 0.7:
            if rng.random() < 0.5:
                # The same thing in other colours: only its paint and its heat tell it apart.
                return cutout_actor(rng, cutout.rgba, heat, sprite_side, tint=0.4)
            kin = [other for other in assets.cutouts if other.category == cutout.category]
            relative = kin[int(rng.integers(len(kin)))]
            if relative is not cutout:
                return cutout_actor(rng, relative.rgba, heat, sprite_side)
        return random_actor(rng, assets, look, sprite_side)[0]

    @property
    def hidden(self) -> bool:
        """Whether so much stands before the target in the search that nothing should be found."""
        return seen_share(self._before[1], self.box(1)) < LEAST_SEEN

    def box(self, moment: int) -> Box:
        """The target's tight box in frame pixels, hidden parts included."""
        return scene_box(self._targets[moment])

    def render(
        self, moment: int, centre: tuple[float, float], side: float, size: int, seen: Visibility
    ) -> tuple[Pixels, Temperature]:
        """Look through a square window: (size, size, 3) colour and (size, size) temperature."""
        view = window(centre, side, size)
        rgb, warmth = self._ground.render(moment, view, size)
        for placement in self._behind[moment]:
            paste(rgb, warmth, placement, view)
        target = replace(
            self._targets[moment],
            rgb_opacity=seen.rgb * self._camouflage,
            heat_opacity=seen.heat,
        )
        paste(rgb, warmth, target, view)
        for placement in self._before[moment]:
            paste(rgb, warmth, placement, view)
        return rgb, warmth


class PatchScene(PairScene):
    """A part of a photograph itself, seen again under another angle, light or background."""

    def __init__(
        self,
        rng: np.random.Generator,
        assets: Assets,
        target_side: float,
        sprite_side: int,
        chances: Chances,
        parallax: float = 0.35,
    ) -> None:
        """Draw a scene; `parallax` is how often the target moves before another background."""
        look = random_look(rng)
        root = float(np.exp(rng.normal(0, 0.19)))
        self._w, self._h = target_side * root, target_side / root
        for _ in range(_PHOTO_TRIES):
            photo = pick_photo(rng, assets)
            zoom = photo_zoom(rng, photo, target_side)
            place, score = distinct_place(rng, photo, self._w * zoom, self._h * zoom)
            # Else the last one: training must not end for want of better photographs.
            if score > _LEAST_STRUCTURE:
                break
        turn = float(rng.normal(0, 0.09))
        growth = float(np.exp(rng.normal(0, 0.16)))
        stretch = float(np.exp(rng.normal(0, 0.06)))
        self._warp = affine((growth * stretch, growth / stretch), turn, (0.0, 0.0), (0.0, 0.0))
        first = affine(1 / zoom, 0.0, place, (0.0, 0.0))
        second = chain(self._warp, first)
        patches = affine(target_side, 0.0, (6.0, 6.0), (0.0, 0.0))
        self._ground = Ground(
            (photo.levels, photo.levels),
            (first, second),
            look,
            heat_patches(rng),
            (patches, chain(self._warp, patches)),
        )
        self._mover = (
            self._moved(rng, target_side, sprite_side) if rng.random() < parallax else None
        )
        if self._mover is not None:
            # After `_moved`, which cuts the target out of the ground as it was.
            self._ground = self._elsewhere(rng, assets, photo, zoom, place, target_side)
        elif chances.foreign and rng.random() < chances.foreign:
            self._ground = with_foreign_heat(rng, self._ground, assets, self._w, self._h)
        self._around = self._other_pieces(rng, photo, (zoom, place), target_side, chances)
        box = self.box(1)
        self._before = random_occluders(rng, assets, look, box, sprite_side, chances.occluders)
        self._before += crossing_things(rng, assets, look, box, sprite_side, chances)

    def _moved(self, rng: np.random.Generator, side: float, sprite_side: int) -> Placement:
        """Cut the target out of the photograph along a soft outline around its box."""
        margin = 1.0 + float(rng.uniform(0.0, 0.35))
        longest = max(self._w, self._h) * margin
        scale = sprite_side / longest
        size = (
            max(6, round(self._w * margin * scale)),
            max(6, round(self._h * margin * scale)),
        )
        to_sprite = affine(scale, 0.0, (0.0, 0.0), (size[0] / 2, size[1] / 2))
        rgb = render_photo(self._ground.levels[0], chain(to_sprite, self._ground.matrices[0]), size)
        warmth = background_temperature(self._ground.look, rgb, scale)
        sprite = piece_actor(rng, rgb, warmth, None).pose(np.random.default_rng(0))
        pad = (sprite.size[0] - size[0]) / 2
        back = affine(1 / scale, 0.0, (size[0] / 2 + pad, size[1] / 2 + pad), (0.0, 0.0))
        return Placement(
            sprite, chain(self._warp, back), softness=0.6 + 0.02 * side * float(rng.uniform(0, 1))
        )

    def _elsewhere(
        self,
        rng: np.random.Generator,
        assets: Assets,
        photo: Photo,
        zoom: float,
        place: tuple[float, float],
        side: float,
    ) -> Ground:
        """The search's background: another part of the photograph, or another photograph."""
        ground = self._ground
        levels = photo.levels
        centre = photo_place(rng, photo, side * zoom)
        gap = max(abs(centre[0] - place[0]), abs(centre[1] - place[1]))
        if gap < 4.2 * side * zoom:  # the target itself would be seen twice
            other = pick_photo(rng, assets)
            levels, centre = other.levels, photo_place(rng, other, side * zoom)
        moved = affine(1 / zoom, float(rng.normal(0, 0.1)), centre, (0.0, 0.0))
        return replace(
            ground,
            levels=(ground.levels[0], levels),
            matrices=(ground.matrices[0], moved),
            # They belong to the template's ground and have no place in this one.
            patches=np.zeros((12, 12), np.float32),
        )

    def _other_pieces(
        self,
        rng: np.random.Generator,
        photo: Photo,
        looked: tuple[float, tuple[float, float]],
        side: float,
        chances: Chances,
    ) -> list[Placement]:
        """Other parts of the same photograph laid around the target.

        `looked` is the zoom and the place of the target in it.
        """
        if rng.random() > chances.distractors:
            return []
        zoom, place = looked
        placed = []
        for _ in range(int(rng.integers(1, 3))):
            centre, _ = distinct_place(rng, photo, self._w * zoom, self._h * zoom)
            size = (max(8, round(self._w)), max(8, round(self._h)))
            size = (min(size[0], 96), min(size[1], 96))
            rgb, warmth = self._piece(photo, zoom, centre, size)
            if chances.twins and rng.random() < chances.twins:
                # The target once more, but for one modality.
                own = self._piece(photo, zoom, place, size)
                rgb, warmth = (own[0], warmth) if rng.random() < 0.5 else (rgb, own[1])
            distance = side * float(rng.uniform(1.2, 3.0))
            way = float(rng.uniform(0, 2 * np.pi))
            where = (distance * float(np.cos(way)), distance * float(np.sin(way)))
            piece = piece_actor(rng, rgb, warmth, None).pose(rng)
            placed.append(
                replace(
                    placed_at(rng, piece, side, where, float(rng.normal(0, 0.1))),
                    softness=float(rng.uniform(0.5, 1.5)),
                )
            )
        return placed

    def _piece(
        self, photo: Photo, zoom: float, centre: tuple[float, float], size: tuple[int, int]
    ) -> tuple[Pixels, Temperature]:
        """A part of the photograph as large as the target, in colour and temperature."""
        matrix = affine(size[0] / (self._w * zoom), 0.0, centre, (size[0] / 2, size[1] / 2))
        rgb = render_photo(photo.levels, matrix, size)
        return rgb, background_temperature(self._ground.look, rgb, size[0] / self._w)

    @property
    def hidden(self) -> bool:
        """Whether so much stands before the target in the search that nothing should be found."""
        return seen_share(self._before, self.box(1)) < LEAST_SEEN

    def box(self, moment: int) -> Box:
        """The box of the ellipse inside the target's rectangle, turned and scaled with it."""
        if moment == 0:
            return -self._w / 2, -self._h / 2, self._w, self._h
        # A turned rectangle would need a larger box although the thing in it did not grow.
        w = float(np.hypot(self._warp[0, 0] * self._w, self._warp[0, 1] * self._h))
        h = float(np.hypot(self._warp[1, 0] * self._w, self._warp[1, 1] * self._h))
        return -w / 2, -h / 2, w, h

    def render(
        self, moment: int, centre: tuple[float, float], side: float, size: int, seen: Visibility
    ) -> tuple[Pixels, Temperature]:
        """Look through a square window: (size, size, 3) colour and (size, size) temperature."""
        view = window(centre, side, size)
        rgb, warmth = self._ground.render(moment, view, size)
        if moment == 1:
            for placement in self._around:
                paste(rgb, warmth, placement, view)
            if self._mover is not None:
                paste(rgb, warmth, self._mover, view)
        # Before what stands in front: only the target is hidden, not the things before it.
        hide(rgb, warmth, self.box(moment), view, seen)
        if moment == 1:
            for placement in self._before:
                paste(rgb, warmth, placement, view)
        return rgb, warmth


class VideoScene(PairScene):
    """Two frames of a real video in which a patch was followed."""

    def __init__(
        self,
        rng: np.random.Generator,
        assets: Assets,
        sprite_side: int,
        chances: Chances,
        *,
        longest_gap: int = 25,
    ) -> None:
        """Draw a track and two of its frames."""
        track = assets.tracks[int(rng.integers(len(assets.tracks)))]
        count = len(track.frames)
        first = int(rng.integers(count))
        low, high = max(0, first - longest_gap), min(count, first + longest_gap + 1)
        second = int(rng.integers(low, high))
        self._frames = (track.frames[first], track.frames[second])
        self._boxes = (track.boxes[first], track.boxes[second])
        self._look = random_look(rng)
        self._before = crossing_things(rng, assets, self._look, self.box(1), sprite_side, chances)

    @property
    def hidden(self) -> bool:
        """Whether so much stands before the target in the search that nothing should be found."""
        return seen_share(self._before, self.box(1)) < LEAST_SEEN

    def box(self, moment: int) -> Box:
        """The patch's box, with the origin at its centre."""
        w, h = (float(value) for value in self._boxes[moment][2:])
        return -w / 2, -h / 2, w, h

    def render(
        self, moment: int, centre: tuple[float, float], side: float, size: int, seen: Visibility
    ) -> tuple[Pixels, Temperature]:
        """Look through a square window: (size, size, 3) colour and (size, size) temperature."""
        view = window(centre, side, size)
        x, y, w, h = (float(value) for value in self._boxes[moment])
        to_scene = affine(1.0, 0.0, (x + w / 2, y + h / 2), (0.0, 0.0))
        # A film ends at its frame, as crops do when a tracker runs.
        rgb = render_photo(
            (self._frames[moment],), chain(view, to_scene), (size, size), cv2.BORDER_CONSTANT
        )
        warmth = background_temperature(self._look, rgb, float(view[0, 0]))
        hide(rgb, warmth, self.box(moment), view, seen)
        if moment == 1:
            for placement in self._before:
                paste(rgb, warmth, placement, view)
        return rgb, warmth
