"""What the tracker's answers look like over all frames: one row of numbers per curve; no Qt."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.look.numbers import score_number, short_number
from app.resolve.effective import EffectiveTarget
from app.resolve.inspection import GapHistory
from sessions import Source

Values = NDArray[np.float32]
"""(N,) one number per frame of the sequence, NaN where there is none."""


NO_SCORE = "The tracker gave no score."
NO_TOKENS = "The tracker keeps no tokens."


def _nothing() -> Values:
    return np.empty(0, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class CurvesModel:
    """Everything the curves show of one target; each array is (N,), NaN is a gap."""

    target_name: str
    score: Values
    """0 to 1."""
    removed: Values
    """Tokens of the target that some stage removed."""
    side_rgb: Values
    """Square root of the area of the RGB box, RGB pixels."""
    side_tir: Values
    """Square root of the area of the thermal box, thermal pixels."""
    manual: NDArray[np.bool_]
    """Frames whose box was set by hand."""
    gap: Values = field(default_factory=_nothing)
    """Modality gap after `block`; known where features were computed."""
    gap_mean: Values = field(default_factory=_nothing)
    """Its mean over all blocks."""
    block: int | None = None
    """From 0; None before any features were computed."""
    score_note: str = ""
    """Why there is no score at all; empty where there is one, or nothing was tracked."""
    tokens_note: str = ""
    """Why nothing is known of tokens; likewise."""
    gap_note: str = ""
    """Why the gap cannot be computed; empty where it can."""

    @property
    def frame_count(self) -> int:
        """Frames of the sequence."""
        return len(self.score)


def curves_model(
    row: EffectiveTarget, history: GapHistory | None, block: int | None, gap_note: str = ""
) -> CurvesModel | None:
    """Return the curves of a target; None when it was neither tracked nor has boxes to compare.

    `block` None means the last one; `gap_note` says why no gap will be known.
    """
    # Copies: a model that is drawn must not grow with the run.
    score = np.array(row.score, np.float32)
    removed = np.where(row.removed < 0, np.nan, row.removed).astype(np.float32)
    boxes = row.boxes
    side = np.sqrt(boxes[:, :, 2] * boxes[:, :, 3]).astype(np.float32)  # (N, 2)
    known = np.isfinite(side).any(axis=1)  # (N,)
    # A single box has nothing to be compared with; a drawn target that was not tracked makes no
    # curve.
    if not (np.isfinite(score).any() or np.isfinite(removed).any()) and known.sum() < 2:
        return None
    gap, gap_mean, shown = _gaps(history, block, len(score))
    return CurvesModel(
        target_name=row.name,
        score=score,
        removed=removed,
        side_rgb=side[:, 0],
        side_tir=side[:, 1],
        manual=np.asarray(row.source == Source.MANUAL),
        gap=gap,
        gap_mean=gap_mean,
        block=shown,
        gap_note=gap_note,
        score_note=NO_SCORE if row.tracked and not np.isfinite(score).any() else "",
        tokens_note=NO_TOKENS if row.tracked and not np.isfinite(removed).any() else "",
    )


def same_values(first: Values, second: Values) -> bool:
    """Return whether two curves are equal, gaps included."""
    return first.shape == second.shape and bool(np.array_equal(first, second, equal_nan=True))


def lone_frames(values: Values) -> NDArray[np.int64]:
    """Return the frames with a value whose neighbours have none: a line would not show them."""
    there = np.isfinite(values)
    # The first and the last frame have no neighbour on one side.
    padded = np.pad(there, 1)
    return np.flatnonzero(there & ~padded[:-2] & ~padded[2:]).astype(np.int64)


def limits(*curves: Values, floor: float | None = None, least: float = 1.0) -> tuple[float, float]:
    """Return (low, high) of an axis that shows all curves with some air.

    `floor` is where the axis must begin; `least` is the smallest extent of it, for flat curves.
    """
    # Without the gaps, whose extent is NaN.
    known = [curve[np.isfinite(curve)] for curve in curves]
    values = np.concatenate(known) if known else _nothing()
    if not values.size:
        return (0.0 if floor is None else floor), (0.0 if floor is None else floor) + least
    low, high = float(values.min()), float(values.max())
    if floor is not None:
        return floor, max(floor + least, high + (high - floor) * 0.1)
    # A flat curve lies in the middle of the least extent, on both sides alike.
    missing = max(0.0, least - (high - low)) / 2
    low, high = low - missing, high + missing
    air = (high - low) * 0.1
    # Nothing that is drawn here is negative.
    return max(0.0, low - air), high + air


def score_words(model: CurvesModel, frame_index: int) -> str:
    """Return the score on a frame, "0.83"; empty where there is none."""
    value = _at(model.score, frame_index)
    return "" if value is None else score_number(value)


def removed_words(model: CurvesModel, frame_index: int) -> str:
    """Return how many tokens of the target were removed on a frame, "3 tokens"."""
    value = _at(model.removed, frame_index)
    if value is None:
        return ""
    return "1 token" if value == 1 else f"{value:.0f} tokens"


def side_words(model: CurvesModel, frame_index: int) -> tuple[str, str]:
    """Return the box side on a frame in RGB and in thermal pixels, "42.1 px"."""
    rgb, tir = _at(model.side_rgb, frame_index), _at(model.side_tir, frame_index)
    return (
        "" if rgb is None else f"{rgb:.1f} px",
        "" if tir is None else f"{tir:.1f} px",
    )


def gap_words(model: CurvesModel, frame_index: int) -> tuple[str, str]:
    """Return the modality gap on a frame after the block, and its mean over the blocks."""
    gap, mean = _at(model.gap, frame_index), _at(model.gap_mean, frame_index)
    return (
        "" if gap is None else short_number(gap),
        "" if mean is None else short_number(mean),
    )


def summary(model: CurvesModel) -> str:
    """Return one sentence for those who cannot see the curves."""
    scored = int(np.isfinite(model.score).sum())
    lost = int((model.removed > 0).sum())
    gaps = int(np.isfinite(model.gap).sum())
    lowest = ""
    if scored:
        # nanargmin refuses an array of nothing but NaN.
        worst = int(np.nanargmin(model.score))
        lowest = f", lowest {model.score[worst]:.2f} on frame {worst}"
    return (
        f"{model.target_name}: score on {scored} of {model.frame_count} frames{lowest}; "
        f"tokens in the box removed on {lost}; modality gap known on {gaps}."
    )


def _at(values: Values, frame_index: int) -> float | None:
    if not 0 <= frame_index < len(values) or not np.isfinite(values[frame_index]):
        return None
    return float(values[frame_index])


def _gaps(
    history: GapHistory | None, block: int | None, count: int
) -> tuple[Values, Values, int | None]:
    gap, mean = np.full(count, np.nan, np.float32), np.full(count, np.nan, np.float32)
    if history is None or not len(history.frame_indices):
        return gap, mean, block
    blocks = history.gaps.shape[1]
    # The choice outlives a change of the model, and another one may have fewer blocks.
    shown = blocks - 1 if block is None else min(block, blocks - 1)
    gap[history.frame_indices] = history.gaps[:, shown]  # (M,) into (N,)
    known = np.isfinite(history.gaps)
    # Not nanmean: it warns where a frame knows no block at all.
    total = np.where(known, history.gaps, 0.0).sum(axis=1)
    mean[history.frame_indices] = total / np.where(known.any(axis=1), known.sum(axis=1), np.nan)
    return gap, mean, shown
