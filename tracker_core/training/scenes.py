"""Small scenes for training pairs: one target, two moments, any window onto either.

Moment 0 is the template's, moment 1 the search's. Coordinates are frame pixels with the target's
centre at the origin in both moments, as if the camera followed it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tracker_core.frames import Box
from tracker_core.imaging import cv2
from tracker_core.synthetic.actors import (
    Actor,
    HeatRange,
    PersonActor,
    PictureActor,
    VehicleActor,
    cutout_actor,
    piece_actor,
    random_heat,
)
from tracker_core.synthetic.compositor import (
    Matrix,
    Pixels,
    Placement,
    Sprite,
    affine,
    chain,
    paste,
    render_photo,
    scene_box,
    window,
)
from tracker_core.synthetic.thermal import (
    Temperature,
    ThermalLook,
    background_temperature,
    cool_ground_look,
    random_look,
)
from tracker_core.training.assets import Assets, Cutout, Photo

_PHOTO_TRIES = 4
_LEAST_STRUCTURE = 20.0
"""Gray levels; below it a patch of a photograph cannot be told from its surroundings."""


@dataclass(frozen=True, slots=True)
class Visibility:
    """How much of the target each modality shows."""

    rgb: float = 1.0
    heat: float = 1.0


class PairScene(ABC):
    """Something to look at twice."""

    @abstractmethod
    def box(self, moment: int) -> Box:
        """The target's tight box in frame pixels, hidden parts included."""

    @abstractmethod
    def render(
        self, moment: int, centre: tuple[float, float], side: float, size: int, seen: Visibility
    ) -> tuple[Pixels, Temperature]:
        """Look through a square window: (size, size, 3) colour and (size, size) temperature."""


@dataclass(frozen=True, slots=True)
class _Ground:
    """Photographs as background, with the temperatures that their colours get."""

    levels: tuple[tuple[Pixels, ...], tuple[Pixels, ...]]
    """The photograph of each moment, mostly one and the same."""
    matrices: tuple[Matrix, Matrix]
    """From photograph pixels to the scene, for each moment."""
    look: ThermalLook
    patches: NDArray[np.float32]
    """(12, 12) extra temperature that no colour shows."""
    patch_matrices: tuple[Matrix, Matrix]

    def render(self, moment: int, view: Matrix, size: int) -> tuple[Pixels, Temperature]:
        rgb = render_photo(self.levels[moment], chain(view, self.matrices[moment]), (size, size))
        warmth = background_temperature(self.look, rgb, float(view[0, 0]))
        if self.patches.any():
            warmth += cv2.warpAffine(
                self.patches,
                chain(view, self.patch_matrices[moment]),
                (size, size),
                flags=cv2.INTER_CUBIC,
                borderMode=cv2.BORDER_REPLICATE,
            )
        return rgb, warmth


def _random_ground(
    rng: np.random.Generator, photo: Photo, target_side: float, look: ThermalLook
) -> _Ground:
    """Put a photograph behind a target; the place drifts, or jumps, between the moments."""
    width, height = photo.size
    zoom = _photo_zoom(rng, photo, target_side)
    angle = float(rng.normal(0, 0.12)) + (np.pi if rng.random() < 0.05 else 0.0)
    first = _photo_place(rng, photo, target_side * zoom)
    if rng.random() < 0.35:
        second = _photo_place(rng, photo, target_side * zoom)
    else:
        step = rng.normal(0, 0.9 * target_side * zoom, 2)
        second = (first[0] + float(step[0]), first[1] + float(step[1]))
    second = (float(np.clip(second[0], 0, width)), float(np.clip(second[1], 0, height)))
    turned = angle + float(rng.normal(0, 0.03))
    rescaled = float(np.exp(rng.normal(0, 0.06))) / zoom
    flip = (-1.0, 1.0) if rng.random() < 0.5 else (1.0, 1.0)
    return _Ground(
        levels=(photo.levels, photo.levels),
        matrices=(
            affine((flip[0] / zoom, 1 / zoom), angle, first, (0.0, 0.0)),
            affine((flip[0] * rescaled, rescaled), turned, second, (0.0, 0.0)),
        ),
        look=look,
        patches=_heat_patches(rng),
        patch_matrices=(
            affine(target_side, angle, (6.0, 6.0), (0.0, 0.0)),
            affine(target_side, turned, (6.0, 6.0), (0.0, 0.0)),
        ),
    )


def _heat_patches(rng: np.random.Generator) -> NDArray[np.float32]:
    amount = float(rng.uniform(4, 30)) if rng.random() < 0.5 else 0.0
    return (rng.standard_normal((12, 12), np.float32) * np.float32(amount)).astype(np.float32)


def _photo_zoom(rng: np.random.Generator, photo: Photo, target_side: float) -> float:
    """Photograph pixels per frame pixel."""
    most = max(0.35, 0.9 * min(photo.size) / (4.0 * target_side))
    return float(min(np.exp(rng.uniform(np.log(0.5), np.log(3.5))), most))


def _photo_place(rng: np.random.Generator, photo: Photo, margin: float) -> tuple[float, float]:
    width, height = photo.size
    margin = min(margin, 0.4 * min(width, height))
    return float(rng.uniform(margin, width - margin)), float(rng.uniform(margin, height - margin))


def pick_photo(rng: np.random.Generator, assets: Assets) -> Photo:
    """Draw any photograph."""
    return assets.photos[int(rng.integers(len(assets.photos)))]


def _place(
    rng: np.random.Generator,
    sprite: Sprite,
    side: float,
    centre: tuple[float, float],
    angle: float,
    stretch: float = 0.08,
) -> Placement:
    """Place a sprite so that its box has an area of `side` squared around `centre`."""
    aspect = float(np.exp(rng.normal(0, stretch)))
    matrix = affine((aspect, 1 / aspect), angle, (0.0, 0.0), (0.0, 0.0))
    x, y, w, h = scene_box(Placement(sprite, matrix))
    factor = side / max(float(np.sqrt(w * h)), 1e-3)
    linear = matrix[:, :2] * factor
    shift = np.array(centre) - factor * np.array([x + w / 2, y + h / 2])
    light = float(np.exp(rng.normal(0, 0.12)))
    colour = np.exp(rng.normal(0, 0.04, 3)) * light
    return Placement(
        sprite,
        np.concatenate([linear, shift[:, None]], axis=1),
        light=(float(colour[0]), float(colour[1]), float(colour[2])),
        warmer=float(rng.normal(0, 4)),
        softness=0.0 if rng.random() < 0.6 else float(rng.uniform(0.4, 1.2)),
    )


def random_actor(
    rng: np.random.Generator, assets: Assets, look: ThermalLook, side: int
) -> tuple[Actor, Cutout | None]:
    """Draw something to follow, at most `side` sprite pixels long, and the cut-out it came from."""
    heat = random_heat(rng, look.low, look.high)
    kind = rng.random()
    if kind < 0.45 and assets.cutouts:
        cutout = assets.cutouts[int(rng.integers(len(assets.cutouts)))]
        return cutout_actor(rng, cutout.rgba, heat, side), cutout
    if kind < 0.64:
        return PersonActor(rng, _human_heat(rng, heat, look), side), None
    if kind < 0.78:
        return VehicleActor(rng, heat, side), None
    return _random_piece(rng, assets, look, heat, side), None


def _human_heat(rng: np.random.Generator, heat: HeatRange, look: ThermalLook) -> HeatRange:
    if rng.random() < 0.15:
        return heat
    base = look.high + float(rng.uniform(10, 80))
    return HeatRange(float(np.clip(base, 60, 245)), float(rng.uniform(10, 55)))


def _random_piece(
    rng: np.random.Generator, assets: Assets, look: ThermalLook, heat: HeatRange, side: int
) -> PictureActor:
    photo = pick_photo(rng, assets)
    aspect = float(np.exp(rng.normal(0, 0.4)))
    height, width = max(8, round(side / max(aspect, 1.0))), max(8, round(side * min(aspect, 1.0)))
    zoom = float(np.exp(rng.uniform(np.log(0.7), np.log(3.0))))
    place = _photo_place(rng, photo, side * zoom / 2)
    turned = affine(1 / zoom, float(rng.uniform(-0.5, 0.5)), place, (width / 2, height / 2))
    rgb = render_photo(photo.levels, turned, (width, height))
    return piece_actor(rng, rgb, background_temperature(look, rgb, 1 / zoom), heat)


class ObjectScene(PairScene):
    """An object on a photograph, with look-alikes around it and things before it."""

    def __init__(
        self,
        rng: np.random.Generator,
        assets: Assets,
        target_side: float,
        sprite_side: int,
        distractors: float = 0.55,
        occluders: float = 0.25,
    ) -> None:
        """Draw a scene; the last two are probabilities."""
        look = random_look(rng)
        actor, cutout = random_actor(rng, assets, look, sprite_side)
        self._camouflage = 1.0
        if isinstance(actor, PersonActor) and rng.random() < 0.4:
            look = cool_ground_look(rng)
            heat = HeatRange(float(rng.uniform(150, 245)), float(rng.uniform(8, 45)))
            actor = PersonActor(rng, heat, sprite_side)
            self._camouflage = float(rng.uniform(0.1, 1.0))
        self._ground = _random_ground(rng, pick_photo(rng, assets), target_side, look)
        self._side = target_side
        growth = float(np.exp(rng.normal(0, 0.16)))
        upright = isinstance(actor, PersonActor)
        angle = float(rng.normal(0, 0.04 if upright else 0.3))
        turn = float(rng.normal(0, 0.02 if upright else 0.12))
        first, second = actor.pose(rng), actor.pose(rng)
        if not upright and rng.random() < 0.04:
            turn += float(rng.uniform(-1.0, 1.0))
        self._targets = (
            _place(rng, first, target_side, (0.0, 0.0), angle),
            _place(rng, second, target_side * growth, (0.0, 0.0), angle + turn),
        )
        around = self._around(rng, assets, actor, cutout, sprite_side, angle, distractors)
        self._behind: tuple[Sequence[Placement], Sequence[Placement]] = (
            around[:1] if rng.random() < 0.3 else (),
            around,
        )
        before = _occluders(rng, assets, look, self.box(1), sprite_side, occluders)
        self._before: tuple[Sequence[Placement], Sequence[Placement]] = ((), before)

    def _around(
        self,
        rng: np.random.Generator,
        assets: Assets,
        actor: Actor,
        cutout: Cutout | None,
        sprite_side: int,
        angle: float,
        probability: float,
    ) -> list[Placement]:
        if rng.random() > probability:
            return []
        placed = []
        for _ in range(int(rng.integers(1, 4))):
            other = self._look_alike(rng, assets, actor, cutout, sprite_side)
            side = self._side * float(np.exp(rng.normal(0, 0.3)))
            distance = self._side * float(rng.uniform(0.9, 3.2))
            way = float(rng.uniform(0, 2 * np.pi))
            centre = (distance * float(np.cos(way)), distance * float(np.sin(way)))
            tilt = angle + float(rng.normal(0, 0.3 if cutout else 0.03))
            placed.append(_place(rng, other.pose(rng), side, centre, tilt))
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
            return PersonActor(rng, _human_heat(rng, heat, look), sprite_side)
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


def _occluders(
    rng: np.random.Generator,
    assets: Assets,
    look: ThermalLook,
    box: Box,
    sprite_side: int,
    probability: float,
) -> list[Placement]:
    """Something before a part of the target, never before most of it."""
    if rng.random() > probability:
        return []
    heat = random_heat(rng, look.low, look.high)
    x, y, w, h = box
    side = float(np.sqrt(w * h))
    if rng.random() < 0.4:  # a pole, a trunk, a fence post
        thin = side * float(rng.uniform(0.12, 0.35))
        piece = _random_piece(rng, assets, look, heat, max(12, sprite_side // 2)).pose(rng)
        across = x + w * float(rng.uniform(0.05, 0.95))
        wide, high = piece.size
        matrix = affine(
            (thin / wide, 5.0 * side / high),
            float(rng.normal(0, 0.06)),
            (wide / 2, high / 2),
            (across, y + h / 2),
        )
        return [Placement(piece, matrix)]
    actor = random_actor(rng, assets, look, sprite_side)[0]
    size = side * float(rng.uniform(0.4, 1.0))
    way = float(rng.uniform(0, 2 * np.pi))
    reach = float(rng.uniform(0.45, 0.7))
    centre = (
        x + w / 2 + (w * reach + size * 0.2) * float(np.cos(way)),
        y + h / 2 + (h * reach + size * 0.2) * float(np.sin(way)),
    )
    return [_place(rng, actor.pose(rng), size, centre, float(rng.normal(0, 0.3)))]


class PatchScene(PairScene):
    """A part of a photograph itself, seen again under another angle, light or background."""

    def __init__(
        self,
        rng: np.random.Generator,
        assets: Assets,
        target_side: float,
        sprite_side: int,
        distractors: float = 0.4,
        occluders: float = 0.25,
        parallax: float = 0.35,
    ) -> None:
        """Draw a scene; the last three are probabilities."""
        look = random_look(rng)
        root = float(np.exp(rng.normal(0, 0.19)))
        self._w, self._h = target_side * root, target_side / root
        for _ in range(_PHOTO_TRIES):
            photo = pick_photo(rng, assets)
            zoom = _photo_zoom(rng, photo, target_side)
            place, score = distinct_place(rng, photo, self._w * zoom, self._h * zoom)
            if score > _LEAST_STRUCTURE:
                break
        turn = float(rng.normal(0, 0.09))
        growth = float(np.exp(rng.normal(0, 0.16)))
        stretch = float(np.exp(rng.normal(0, 0.06)))
        self._warp = affine((growth * stretch, growth / stretch), turn, (0.0, 0.0), (0.0, 0.0))
        first = affine(1 / zoom, 0.0, place, (0.0, 0.0))
        second = chain(self._warp, first)
        patches = affine(target_side, 0.0, (6.0, 6.0), (0.0, 0.0))
        self._ground = _Ground(
            (photo.levels, photo.levels),
            (first, second),
            look,
            _heat_patches(rng),
            (patches, chain(self._warp, patches)),
        )
        self._mover = (
            self._moved(rng, target_side, sprite_side) if rng.random() < parallax else None
        )
        if self._mover is not None:
            self._ground = self._elsewhere(rng, assets, photo, zoom, place, target_side)
        self._around = self._other_pieces(rng, photo, zoom, target_side, distractors)
        self._before = _occluders(rng, assets, look, self.box(1), sprite_side, occluders)

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
    ) -> _Ground:
        """The search's background: another part of the photograph, or another photograph."""
        ground = self._ground
        levels = photo.levels
        centre = _photo_place(rng, photo, side * zoom)
        gap = max(abs(centre[0] - place[0]), abs(centre[1] - place[1]))
        if gap < 4.2 * side * zoom:  # the target itself would be seen twice
            other = pick_photo(rng, assets)
            levels, centre = other.levels, _photo_place(rng, other, side * zoom)
        moved = affine(1 / zoom, float(rng.normal(0, 0.1)), centre, (0.0, 0.0))
        return replace(
            ground,
            levels=(ground.levels[0], levels),
            matrices=(ground.matrices[0], moved),
            patches=np.zeros((12, 12), np.float32),
        )

    def _other_pieces(
        self,
        rng: np.random.Generator,
        photo: Photo,
        zoom: float,
        side: float,
        probability: float,
    ) -> list[Placement]:
        """Other parts of the same photograph laid around the target."""
        if rng.random() > probability:
            return []
        placed = []
        for _ in range(int(rng.integers(1, 3))):
            centre, _ = distinct_place(rng, photo, self._w * zoom, self._h * zoom)
            size = (max(8, round(self._w)), max(8, round(self._h)))
            size = (min(size[0], 96), min(size[1], 96))
            matrix = affine(size[0] / (self._w * zoom), 0.0, centre, (size[0] / 2, size[1] / 2))
            rgb = render_photo(photo.levels, matrix, size)
            warmth = background_temperature(self._ground.look, rgb, size[0] / self._w)
            distance = side * float(rng.uniform(1.2, 3.0))
            way = float(rng.uniform(0, 2 * np.pi))
            where = (distance * float(np.cos(way)), distance * float(np.sin(way)))
            piece = piece_actor(rng, rgb, warmth, None).pose(rng)
            placed.append(
                replace(
                    _place(rng, piece, side, where, float(rng.normal(0, 0.1))),
                    softness=float(rng.uniform(0.5, 1.5)),
                )
            )
        return placed

    def box(self, moment: int) -> Box:
        """The box of the ellipse inside the target's rectangle, turned and scaled with it."""
        if moment == 0:
            return -self._w / 2, -self._h / 2, self._w, self._h
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
        hide(rgb, warmth, self.box(moment), view, seen)
        if moment == 1:
            for placement in self._before:
                paste(rgb, warmth, placement, view)
        return rgb, warmth


def hide(rgb: Pixels, warmth: Temperature, box: Box, view: Matrix, seen: Visibility) -> None:
    """Put what lies beside the box over it, where a modality is not to show the target."""
    if seen.rgb >= 1.0 and seen.heat >= 1.0:
        return
    size = warmth.shape[0]
    scale = float(view[0, 0])
    x = (box[0] + box[2] / 2) * scale + view[0, 2]
    y = (box[1] + box[3] / 2) * scale + view[1, 2]
    across = (np.arange(size, dtype=np.float32) + 0.5 - x) / (box[2] * scale * 0.62)
    down = (np.arange(size, dtype=np.float32)[:, None] + 0.5 - y) / (box[3] * scale * 0.62)
    mask = np.clip(1.6 - 1.2 * np.sqrt(across**2 + down**2), 0, 1)
    step = round(box[2] * scale * 1.35)
    step = step if x - step > 0 else -step
    if seen.heat < 1.0:
        beside = cv2.GaussianBlur(np.roll(warmth, step, axis=1), (0, 0), 0.04 * size)
        warmth += (1.0 - seen.heat) * mask * (beside - warmth)
    if seen.rgb < 1.0:
        share = ((1.0 - seen.rgb) * mask)[:, :, None]
        rgb[:] = rgb + share * (np.roll(rgb, step, axis=1).astype(np.float32) - rgb)


def distinct_place(
    rng: np.random.Generator, photo: Photo, width: float, height: float
) -> tuple[tuple[float, float], float]:
    """Choose where a box of this size (photograph pixels) has structure and stands out.

    Returns its centre and how much structure it has, in gray levels.
    """
    level = min(int(max(0.0, np.log2(max(min(width, height), 1.0) / 8.0))), len(photo.levels) - 1)
    thumb = photo.levels[level]
    factor = photo.size[0] / thumb.shape[1]
    half_w = max(2, round(width / factor / 2))
    half_h = max(2, round(height / factor / 2))
    best, best_score = (photo.size[0] / 2, photo.size[1] / 2), -1.0
    for _ in range(5):
        x, y = _photo_place(rng, photo, 1.3 * max(width, height))
        column, row = int(x / factor), int(y / factor)
        inner = _around_cell(thumb, row, column, half_h, half_w)
        outer = _around_cell(thumb, row, column, 2 * half_h, 2 * half_w)
        mean_in, spread_in = cv2.meanStdDev(inner)
        mean_out, _ = cv2.meanStdDev(outer)
        score = float(spread_in.mean() + 0.8 * np.abs(mean_in - mean_out).mean())
        score = min(score, 45.0) * float(rng.uniform(0.7, 1.0))
        if score > best_score:
            best, best_score = (x, y), score
    return best, best_score


def _around_cell(image: Pixels, row: int, column: int, half_h: int, half_w: int) -> Pixels:
    return image[max(0, row - half_h) : row + half_h, max(0, column - half_w) : column + half_w]


class VideoScene(PairScene):
    """Two frames of a real video in which a patch was followed."""

    def __init__(self, rng: np.random.Generator, assets: Assets, *, longest_gap: int = 25) -> None:
        """Draw a track and two of its frames."""
        track = assets.tracks[int(rng.integers(len(assets.tracks)))]
        count = len(track.frames)
        first = int(rng.integers(count))
        low, high = max(0, first - longest_gap), min(count, first + longest_gap + 1)
        second = int(rng.integers(low, high))
        self._frames = (track.frames[first], track.frames[second])
        self._boxes = (track.boxes[first], track.boxes[second])
        self._look = random_look(rng)

    @property
    def side(self) -> float:
        """Root of the template box's area in frame pixels."""
        return float(np.sqrt(self._boxes[0][2] * self._boxes[0][3]))

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
        return rgb, warmth
