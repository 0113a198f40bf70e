"""What the contents of two modalities have in common: canonical correlation, and its strength.

Content of RGB and content of thermal need not lie along the same channels, so that comparing
channel by channel, as the content loss does, says little of a network that was not taught to tie
them. Canonical correlation finds the directions along which both go together, whatever they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker_core.ckd.introspection import Floats, normalised_content
from tracker_core.ckd.tracker import BlockFeatures

DIRECTIONS = 3
"""As many as there are colours."""
MOST_PARTS = 8
TOKENS_PER_PART = 5
"""Content is first reduced to its strongest parts, one for so many tokens: with as many directions
as tokens any two things correlate perfectly."""
SHIFTS = 12
"""Pairings of wrong tokens, from which is known what chance alone gives."""
REACH = 2.0
"""Standard deviations to each side of the mean that the colours span."""


@dataclass(frozen=True, slots=True)
class SharedContent:
    """The directions of content that both modalities share, the strongest first."""

    rgb: Floats
    """(N, 3) content of RGB tokens along them, 0 to 1 over two deviations."""
    tir: Floats
    """(N, 3) the same of thermal tokens: where both have one colour, both say the same."""
    strength: float
    """Mean correlation along the three directions, 0 to 1."""
    chance: float
    """The same where tokens are paired with wrong ones: what is no more than this is nothing."""


def shared_content(tokens: BlockFeatures) -> SharedContent | None:
    """Correlate the contents of a block; None where there are too few tokens to tell."""
    rgb, tir = _strongest(tokens.rgb), _strongest(tokens.tir)
    count, parts = rgb.shape
    if parts < DIRECTIONS:
        return None
    left, strengths, right = np.linalg.svd(rgb.T @ tir)
    # In order of tokens, so that neighbours stay neighbours: they are alike, which is no sharing.
    shifts = np.linspace(count / 4, 3 * count / 4, SHIFTS).astype(int)
    chance = [
        np.linalg.svd(rgb.T @ np.roll(tir, shift, axis=0), compute_uv=False)[:DIRECTIONS].mean()
        for shift in shifts
    ]
    return SharedContent(
        _colours(rgb @ left[:, :DIRECTIONS]),
        _colours(tir @ right[:DIRECTIONS].T),
        float(min(strengths[:DIRECTIONS].mean(), 1.0)),
        float(np.mean(chance)),
    )


def _strongest(tokens: Floats) -> NDArray[np.float64]:
    """(N, k) orthonormal columns: the strongest parts of the content of (N, C) tokens."""
    count = len(tokens)
    most = min(MOST_PARTS, count // TOKENS_PER_PART, tokens.shape[1])
    if most < DIRECTIONS:
        return np.empty((count, 0))
    content = normalised_content(tokens).astype(np.float64)
    found, sizes, _ = np.linalg.svd(content - content.mean(axis=0), full_matrices=False)
    # Directions of nothing but rounding would correlate by chance.
    real = int((sizes > 1e-6 * max(float(sizes[0]), 1e-12)).sum())
    columns: NDArray[np.float64] = found[:, : min(most, real)]
    return columns


def _colours(places: NDArray[np.float64]) -> Floats:
    """(N, 3) from columns of mean 0 and length 1."""
    deviations = places * np.sqrt(len(places))
    colours: Floats = np.clip(0.5 + deviations / (2 * REACH), 0.0, 1.0).astype(np.float32)
    return colours
