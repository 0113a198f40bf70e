"""What passes before a target in training pairs, and how much of it is still to be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tracker_core.frames import Box
from tracker_core.imaging import cv2
from tracker_core.synthetic.compositor import Placement, affine, chain
from tracker_core.synthetic.thermal import ThermalLook
from tracker_core.training.data.assets import Assets
from tracker_core.training.data.scene_parts import Chances, placed_at, random_actor

LEAST_SEEN = 0.15
"""With a smaller share of its box to be seen a target counts as hidden."""

_CELLS = 24
_GROWTHS = 4
"""How often what should hide all of the target is made larger; each time by a third."""


def crossing_things(
    rng: np.random.Generator,
    assets: Assets,
    look: ThermalLook,
    box: Box,
    sprite_side: int,
    chances: Chances,
) -> list[Placement]:
    """Draw what is passing before the target: nothing, a thing, or one that hides all of it."""
    if not chances.crossing and not chances.hidden:
        return []  # without a draw: recipes that know neither keep their pairs
    draw = rng.random()
    if draw >= chances.crossing + chances.hidden:
        return []
    thing = random_actor(rng, assets, look, sprite_side)[0].pose(rng)
    longest, side = max(box[2:]), float(np.sqrt(box[2] * box[3]))
    whole = draw < chances.hidden
    size = longest * float(rng.uniform(1.2, 2.2)) if whole else side * float(rng.uniform(0.5, 1.6))
    # Half of its own size and half of the target's: from there on nothing is hidden any more.
    reach = 0.12 * side if whole else 0.5 * (size + side) * float(rng.uniform(0.0, 1.0))
    way = float(rng.uniform(0, 2 * np.pi))
    middle = (box[0] + box[2] / 2, box[1] + box[3] / 2)
    centre = (middle[0] + reach * float(np.cos(way)), middle[1] + reach * float(np.sin(way)))
    placed = placed_at(rng, thing, size, centre, float(rng.normal(0, 0.3)))
    for _ in range(_GROWTHS if whole else 0):
        if seen_share([placed], box) < LEAST_SEEN / 2:
            break
        placed = _larger(placed, centre, 4 / 3)
    return [placed]


def _larger(placed: Placement, about: tuple[float, float], factor: float) -> Placement:
    return replace(placed, matrix=chain(affine(factor, 0.0, about, about), placed.matrix))


def seen_share(before: Sequence[Placement], box: Box) -> float:
    """How much of the ellipse inside a box is to be seen behind what stands before it, 0 to 1."""
    if not before:
        return 1.0
    x, y, w, h = box
    view = affine((_CELLS / w, _CELLS / h), 0.0, (x, y), (0.0, 0.0))
    seen = np.ones((_CELLS, _CELLS), np.float32)
    for placement in before:
        opacity = np.ascontiguousarray(placement.sprite.colour[:, :, 3])
        over = cv2.warpAffine(opacity, chain(view, placement.matrix), (_CELLS, _CELLS))
        seen *= 1.0 - over.astype(np.float32) / 255.0
    steps = (np.arange(_CELLS) + 0.5) / _CELLS * 2 - 1
    # Few things fill the corners of their box.
    inside = steps**2 + steps[:, None] ** 2 <= 1
    return float(seen[inside].mean())
