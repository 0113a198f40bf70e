"""What scenes for training pairs are put together from: grounds, actors, occluders, places."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

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
    Matrix,
    Pixels,
    Placement,
    Sprite,
    affine,
    chain,
    render_photo,
    scene_box,
)
from tracker_core.synthetic.drawn_actors import PersonActor, VehicleActor
from tracker_core.synthetic.thermal import (
    Temperature,
    ThermalLook,
    background_temperature,
)
from tracker_core.training.data.assets import Assets, Cutout, Photo


@dataclass(frozen=True, slots=True)
class Visibility:
    """How much of the target each modality shows."""

    rgb: float = 1.0
    heat: float = 1.0


@dataclass(frozen=True, slots=True)
class Chances:
    """How often what else is in a scene, each from 0 to 1; said at `PairConfig`."""

    distractors: float = 0.55
    occluders: float = 0.25
    crossing: float = 0.0
    hidden: float = 0.0
    twins: float = 0.0
    foreign: float = 0.0


class PairScene(ABC):
    """Something to look at twice."""

    @property
    def hidden(self) -> bool:
        """Whether so much stands before the target in the search that nothing should be found."""
        return False

    @abstractmethod
    def box(self, moment: int) -> Box:
        """The target's tight box in frame pixels, hidden parts included."""

    @abstractmethod
    def render(
        self, moment: int, centre: tuple[float, float], side: float, size: int, seen: Visibility
    ) -> tuple[Pixels, Temperature]:
        """Look through a square window: (size, size, 3) colour and (size, size) temperature."""


@dataclass(frozen=True, slots=True)
class Foreign:
    """Another photograph that heat is taken from: cameras do not see the same edges."""

    levels: tuple[Pixels, ...]
    matrices: tuple[Matrix, Matrix]
    """From its pixels to the scene, for each moment; it moves with the ground."""
    share: float
    """0 to 1: how much of the temperature it decides."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Photographs as background, with the temperatures that their colours get."""

    levels: tuple[tuple[Pixels, ...], tuple[Pixels, ...]]
    """The photograph of each moment, mostly one and the same."""
    matrices: tuple[Matrix, Matrix]
    """From photograph pixels to the scene, for each moment."""
    look: ThermalLook
    patches: NDArray[np.float32]
    """(12, 12) extra temperature that no colour shows."""
    patch_matrices: tuple[Matrix, Matrix]
    foreign: Foreign | None = None

    def render(self, moment: int, view: Matrix, size: int) -> tuple[Pixels, Temperature]:
        """See the ground through `view` in one of the moments."""
        rgb = render_photo(self.levels[moment], chain(view, self.matrices[moment]), (size, size))
        warmth = background_temperature(self.look, rgb, float(view[0, 0]))
        if self.foreign is not None:
            there = chain(view, self.foreign.matrices[moment])
            other = render_photo(self.foreign.levels, there, (size, size))
            heat = background_temperature(self.look, other, float(view[0, 0]))
            warmth += np.float32(self.foreign.share) * (heat - warmth)
        if self.patches.any():
            warmth += cv2.warpAffine(
                self.patches,
                chain(view, self.patch_matrices[moment]),
                (size, size),
                flags=cv2.INTER_CUBIC,
                borderMode=cv2.BORDER_REPLICATE,
            )
        return rgb, warmth


def random_ground(
    rng: np.random.Generator, photo: Photo, target_side: float, look: ThermalLook
) -> Ground:
    """Put a photograph behind a target; the place drifts, or jumps, between the moments."""
    width, height = photo.size
    zoom = photo_zoom(rng, photo, target_side)
    angle = float(rng.normal(0, 0.12)) + (np.pi if rng.random() < 0.05 else 0.0)
    first = photo_place(rng, photo, target_side * zoom)
    if rng.random() < 0.35:
        second = photo_place(rng, photo, target_side * zoom)
    else:
        step = rng.normal(0, 0.9 * target_side * zoom, 2)
        second = (first[0] + float(step[0]), first[1] + float(step[1]))
    second = (float(np.clip(second[0], 0, width)), float(np.clip(second[1], 0, height)))
    turned = angle + float(rng.normal(0, 0.03))
    rescaled = float(np.exp(rng.normal(0, 0.06))) / zoom
    flip = (-1.0, 1.0) if rng.random() < 0.5 else (1.0, 1.0)
    return Ground(
        levels=(photo.levels, photo.levels),
        matrices=(
            affine((flip[0] / zoom, 1 / zoom), angle, first, (0.0, 0.0)),
            affine((flip[0] * rescaled, rescaled), turned, second, (0.0, 0.0)),
        ),
        look=look,
        patches=heat_patches(rng),
        patch_matrices=(
            affine(target_side, angle, (6.0, 6.0), (0.0, 0.0)),
            affine(target_side, turned, (6.0, 6.0), (0.0, 0.0)),
        ),
    )


def with_foreign_heat(
    rng: np.random.Generator, ground: Ground, assets: Assets, width: float, height: float
) -> Ground:
    """The same ground with heat from another photograph, which stands out where the target is.

    `width` and `height` are the target's in frame pixels.
    """
    photo = pick_photo(rng, assets)
    zoom = photo_zoom(rng, photo, float(np.sqrt(width * height)))
    place, _ = distinct_place(rng, photo, width * zoom, height * zoom)
    first = affine(1 / zoom, float(rng.uniform(-0.5, 0.5)), place, (0.0, 0.0))
    back = np.asarray(cv2.invertAffineTransform(ground.matrices[0]), np.float64)
    second = chain(chain(ground.matrices[1], back), first)
    share = float(rng.uniform(0.6, 1.0))
    return replace(ground, foreign=Foreign(photo.levels, (first, second), share))


def heat_patches(rng: np.random.Generator) -> NDArray[np.float32]:
    """Extra temperature (12, 12) that no colour shows; zero half of the time."""
    amount = float(rng.uniform(4, 30)) if rng.random() < 0.5 else 0.0
    return (rng.standard_normal((12, 12), np.float32) * np.float32(amount)).astype(np.float32)


def photo_zoom(rng: np.random.Generator, photo: Photo, target_side: float) -> float:
    """Photograph pixels per frame pixel."""
    # The search window, four targets wide, has to fit into the photograph.
    most = max(0.35, 0.9 * min(photo.size) / (4.0 * target_side))
    return float(min(np.exp(rng.uniform(np.log(0.5), np.log(3.5))), most))


def photo_place(rng: np.random.Generator, photo: Photo, margin: float) -> tuple[float, float]:
    """Choose a place in a photograph, `margin` photograph pixels from its edges if it can be."""
    width, height = photo.size
    margin = min(margin, 0.4 * min(width, height))  # small photographs keep a fifth to choose from
    return float(rng.uniform(margin, width - margin)), float(rng.uniform(margin, height - margin))


def pick_photo(rng: np.random.Generator, assets: Assets) -> Photo:
    """Draw any photograph."""
    return assets.photos[int(rng.integers(len(assets.photos)))]


def placed_at(
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
    factor = side / max(float(np.sqrt(w * h)), 1e-3)  # a sprite may be nothing but an edge
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
        return PersonActor(rng, human_heat(rng, heat, look), side), None
    if kind < 0.78:
        return VehicleActor(rng, heat, side), None
    return _random_piece(rng, assets, look, heat, side), None


def human_heat(rng: np.random.Generator, heat: HeatRange, look: ThermalLook) -> HeatRange:
    """Mostly warmer than the background, now and then as `heat` says."""
    if rng.random() < 0.15:
        return heat
    # Skin and clothes are above what surrounds them on most days, and not on hot ones.
    base = look.high + float(rng.uniform(10, 80))
    return HeatRange(float(np.clip(base, 60, 245)), float(rng.uniform(10, 55)))


def _random_piece(
    rng: np.random.Generator, assets: Assets, look: ThermalLook, heat: HeatRange, side: int
) -> PictureActor:
    photo = pick_photo(rng, assets)
    aspect = float(np.exp(rng.normal(0, 0.4)))
    height, width = max(8, round(side / max(aspect, 1.0))), max(8, round(side * min(aspect, 1.0)))
    zoom = float(np.exp(rng.uniform(np.log(0.7), np.log(3.0))))
    place = photo_place(rng, photo, side * zoom / 2)
    turned = affine(1 / zoom, float(rng.uniform(-0.5, 0.5)), place, (width / 2, height / 2))
    rgb = render_photo(photo.levels, turned, (width, height))
    return piece_actor(rng, rgb, background_temperature(look, rgb, 1 / zoom), heat)


def random_occluders(
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
    # The target must stay findable: thin things may cross it, large ones reach in from the side.
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
    return [placed_at(rng, actor.pose(rng), size, centre, float(rng.normal(0, 0.3)))]


def hide(rgb: Pixels, warmth: Temperature, box: Box, view: Matrix, seen: Visibility) -> None:
    """Put what lies beside the box over it, where a modality is not to show the target."""
    if seen.rgb >= 1.0 and seen.heat >= 1.0:
        return
    size = warmth.shape[0]
    scale = float(view[0, 0])
    x = (box[0] + box[2] / 2) * scale + view[0, 2]
    y = (box[1] + box[3] / 2) * scale + view[1, 2]
    # An ellipse a quarter larger than the box, since its soft rim hides only half.
    across = (np.arange(size, dtype=np.float32) + 0.5 - x) / (box[2] * scale * 0.62)
    down = (np.arange(size, dtype=np.float32)[:, None] + 0.5 - y) / (box[3] * scale * 0.62)
    mask = np.clip(1.6 - 1.2 * np.sqrt(across**2 + down**2), 0, 1)
    step = round(box[2] * scale * 1.35)
    # From the side that lies in the picture: `roll` wraps around.
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
    # The coarsest level on which the box has 8 pixels: structure finer than that does not help.
    level = min(int(max(0.0, np.log2(max(min(width, height), 1.0) / 8.0))), len(photo.levels) - 1)
    thumb = photo.levels[level]
    factor = photo.size[0] / thumb.shape[1]
    half_w = max(2, round(width / factor / 2))
    half_h = max(2, round(height / factor / 2))
    best, best_score = (photo.size[0] / 2, photo.size[1] / 2), -1.0
    for _ in range(5):
        x, y = photo_place(rng, photo, 1.3 * max(width, height))
        column, row = int(x / factor), int(y / factor)
        inner = _around_cell(thumb, row, column, half_h, half_w)
        outer = _around_cell(thumb, row, column, 2 * half_h, 2 * half_w)
        mean_in, spread_in = cv2.meanStdDev(inner)
        mean_out, _ = cv2.meanStdDev(outer)
        score = float(spread_in.mean() + 0.8 * np.abs(mean_in - mean_out).mean())
        # Capped and shaken: else the few most striking places of a photograph would always win.
        score = min(score, 45.0) * float(rng.uniform(0.7, 1.0))
        if score > best_score:
            best, best_score = (x, y), score
    return best, best_score


def _around_cell(image: Pixels, row: int, column: int, half_h: int, half_w: int) -> Pixels:
    return image[max(0, row - half_h) : row + half_h, max(0, column - half_w) : column + half_w]
