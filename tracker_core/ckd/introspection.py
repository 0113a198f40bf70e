"""What the feature panel reads: style, content and attention of one frame, as pure functions.

Everything mirrors the losses (paper section 3.2) but works on (N, C) numpy tokens of one frame, so
that showing a frame needs no graph; the tests hold both sides equal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker_core.ckd.tracker import EliminationStage, FrameFeatures
from tracker_core.errors import CKDError

Floats = NDArray[np.float32]

CONTENT_EPS = 1e-5
"""Added to a variance before its root, as in the content loss."""


@dataclass(frozen=True, slots=True)
class StyleStatistics:
    """Style of one modality after one block: how its channels are spread over tokens."""

    mean: Floats
    """(C,) mean over tokens."""
    std: Floats
    """(C,) unbiased standard deviation over tokens."""


def style_statistics(tokens: Floats) -> StyleStatistics:
    """Channel means and unbiased standard deviations of (N, C) tokens."""
    if tokens.ndim != 2 or tokens.shape[0] < 2:
        raise CKDError(f"Style needs at least two tokens in (N, C), not {tokens.shape}.")
    return StyleStatistics(tokens.mean(axis=0), tokens.std(axis=0, ddof=1))


def style_gap(rgb: Floats, tir: Floats) -> float:
    """The modality gap of two (N, C) token sets: the style loss of this frame and block."""
    first, second = style_statistics(rgb), style_statistics(tir)
    mean = np.square(first.mean - second.mean)
    std = np.square(first.std - second.std)
    return float((mean + std).mean())


def modality_gaps(features: FrameFeatures) -> Floats:
    """(blocks,) modality gap after every block of a frame."""
    return np.array([style_gap(b.rgb, b.tir) for b in features.blocks], np.float32)


def normalised_content(tokens: Floats) -> Floats:
    """Content of (N, C) tokens: each channel with zero mean and unit variance over tokens."""
    centred = tokens - tokens.mean(axis=0)
    content: Floats = centred / np.sqrt(np.square(centred).mean(axis=0) + CONTENT_EPS)
    return content


def style_part(tokens: Floats) -> Floats:
    """(N, C) what the channel statistics add back to the content to give the tokens."""
    return tokens - normalised_content(tokens)


def content_gap(rgb: Floats, tir: Floats) -> float:
    """Mean squared distance of the contents of two (N, C) token sets."""
    return float(np.square(normalised_content(rgb) - normalised_content(tir)).mean())


@dataclass(frozen=True, slots=True)
class ContentBasis:
    """Three directions of content that become red, green and blue, the same for all it shows."""

    mean: Floats
    """(C,)"""
    components: Floats
    """(C, 3) orthonormal principal directions, the strongest first."""
    low: Floats
    """(3,) projection that becomes 0."""
    high: Floats
    """(3,) projection that becomes 1."""

    @classmethod
    def fit(cls, contents: Iterable[Floats], spread: float = 2.0) -> ContentBasis:
        """Fit to content tokens (N, C) of both modalities and any number of frames.

        Colours span `spread` standard deviations to each side of the mean.
        """
        # Squares are summed over every token of every frame: single precision would lose the weak
        # directions.
        parts = [np.asarray(part, np.float64) for part in contents]
        if not parts or sum(len(part) for part in parts) < 3 or parts[0].shape[1] < 3:
            raise CKDError("A content basis needs at least three tokens of three channels.")
        stacked = np.concatenate(parts)  # (N, C)
        mean = stacked.mean(axis=0)
        centred = stacked - mean
        # The (C, C) covariance and not the (N, C) tokens: there are far more tokens than channels.
        values, vectors = np.linalg.eigh(centred.T @ centred / len(stacked))
        components = vectors[:, ::-1][:, :3]  # (C, 3): eigh gives the weakest first
        # A direction and its opposite fit equally well. With the largest entry always positive,
        # fitting again does not swap the colours.
        strongest = np.abs(components).argmax(axis=0)
        components = components * np.sign(components[strongest, range(3)])
        # Rounding may make the variance of flat content negative, and colours divide by the reach.
        reach = spread * np.sqrt(np.maximum(values[::-1][:3], 1e-12))
        return cls(
            mean.astype(np.float32),
            components.astype(np.float32),
            (-reach).astype(np.float32),
            reach.astype(np.float32),
        )

    def colours(self, content: Floats) -> Floats:
        """(N, 3) colours in 0..1 of (N, C) content tokens."""
        projected = (content - self.mean) @ self.components
        colours: Floats = np.clip((projected - self.low) / (self.high - self.low), 0.0, 1.0)
        return colours


def content_map(
    tokens: Floats, search_ids: NDArray[np.int64], grid: int, basis: ContentBasis
) -> Floats:
    """(grid, grid, 3) colours of the search tokens, NaN where eliminated.

    `tokens` are all (T + n, C) tokens after a block, the last n rows being `search_ids`; content
    is taken over all of them, as the loss does.
    """
    return on_grid(basis.colours(normalised_content(tokens)), search_ids, grid)


def on_grid(colours: Floats, search_ids: NDArray[np.int64], grid: int) -> Floats:
    """(grid, grid, 3) of (T + n, 3) colours, the last n of `search_ids`; NaN where eliminated."""
    shown = np.full((grid * grid, 3), np.nan, np.float32)
    shown[search_ids] = colours[len(colours) - len(search_ids) :]
    return shown.reshape(grid, grid, 3)  # token t is at row t // grid


def frame_basis(frames: Iterable[FrameFeatures], block: int) -> ContentBasis:
    """One content basis of a block for both modalities of all given frames."""
    contents = [
        normalised_content(tokens)
        for features in frames
        for tokens in (features.blocks[block].rgb, features.blocks[block].tir)
    ]
    return ContentBasis.fit(contents)


def attention_map(stage: EliminationStage, grid: int) -> Floats:
    """(grid, grid) attention that decided a stage, NaN for tokens removed before it."""
    shown = np.full(grid * grid, np.nan, np.float32)
    shown[stage.candidates] = stage.attention
    return shown.reshape(grid, grid)


def removed_at(stages: Iterable[EliminationStage], grid: int) -> NDArray[np.int64]:
    """(grid, grid) number of the stage (1-based) that removed a token, 0 where it was kept."""
    shown = np.zeros(grid * grid, np.int64)
    for number, stage in enumerate(stages, start=1):
        shown[stage.removed] = number
    return shown.reshape(grid, grid)
