"""One training pair, and how its crops are mirrored."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class PairSample:
    """One template and one search crop, registered in both modalities."""

    template_rgb: Pixels
    """(T, T, 3) uint8 RGB."""
    template_tir: Pixels
    """(T, T) uint8, or (T, T, 3) from a camera that stores colours."""
    search_rgb: Pixels
    """(S, S, 3) uint8 RGB."""
    search_tir: Pixels
    """(S, S) uint8, or (S, S, 3) from a camera that stores colours."""
    box_cxcywh: NDArray[np.float32]
    """(4,) the target in fractions of the search crop; of another object when not `present`."""
    template_box_cxcywh: NDArray[np.float32]
    """(4,) the given box in fractions of the template crop."""
    present: bool
    """False when the template shows something that the search crop does not."""
    condition: str
    """`kind/condition`, for example `patch/night`."""


def mirrored(sample: PairSample, *, template: bool, search: bool) -> PairSample:
    """Mirror the crops that are named, with their boxes; both modalities of a crop together."""
    if template:
        sample = replace(
            sample,
            template_rgb=_turned(sample.template_rgb),
            template_tir=_turned(sample.template_tir),
            template_box_cxcywh=_turned_box(sample.template_box_cxcywh),
        )
    if search:
        sample = replace(
            sample,
            search_rgb=_turned(sample.search_rgb),
            search_tir=_turned(sample.search_tir),
            box_cxcywh=_turned_box(sample.box_cxcywh),
        )
    return sample


def flipped_by_chance(
    sample: PairSample, rng: np.random.Generator, joint: bool, template: float, search: float
) -> PairSample:
    """Mirror both crops when `joint`, and then each by itself with its own probability."""
    # Drawn last, and whatever the probabilities: they change nothing else of a pair.
    alone = rng.random(2) < (template, search)
    return mirrored(sample, template=joint != alone[0], search=joint != alone[1])


def _turned(crop: Pixels) -> Pixels:
    # Copied: torch takes no arrays that run backwards.
    return np.ascontiguousarray(crop[:, ::-1])


def _turned_box(box: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.array([1 - box[0], *box[1:]], np.float32)
