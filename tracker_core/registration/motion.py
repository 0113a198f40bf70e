"""By how many frames two cameras are apart, from when things move in either.

What is hot is not what is bright, but both cameras see the same things move in the same places: how
much changes from frame to frame, cell by cell of a grid, is correlated over the offsets. Thermal
pictures are to be on RGB pixels before, if only by a guess: what is in another cell is missed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker_core.errors import CKDError
from tracker_core.imaging import Image, cv2, to_display

CELLS = (32, 24)
"""Across and down: coarse enough for a map that is a first guess, fine enough that something that
moves is in other cells some frames later."""
SIDE = (160, 120)
"""Pixels in which change is looked for."""
LEAST_FRAMES = 16
LEAST_OVERLAP = 12
"""Steps from frame to frame that both cameras must have at an offset that counts."""
SURE = 1.5
"""The best offset stands out when it is so many times as good as the best elsewhere; with 1.3 some
were wrong (`python -m benchmarks.alignment --motion`)."""
SURE_FRAMES = 75
"""With fewer frames something else agrees by chance now and then."""


@dataclass(frozen=True, slots=True)
class OffsetGuess:
    """An offset in time, to be judged by eye."""

    offset: int
    """Thermal frame k + offset shows the moment of RGB frame k."""
    agreement: float
    """Correlation of what moves, -1 to 1, of all frames: those without a partner count as 0."""
    sure: bool
    """Whether no other offset comes near."""


def changes(images: Iterable[Image | None]) -> NDArray[np.float64]:
    """Return (N, cells) how much changed from the frame before; NaN where one is missing.

    The first frame of all has none before it.
    """
    before: NDArray[Any] | None = None
    rows = []
    for image in images:
        now = None if image is None else _small(image)
        if now is None or before is None:
            rows.append(np.full(CELLS[0] * CELLS[1], np.nan))
        else:
            moved = np.abs(now - before)
            rows.append(cv2.resize(moved, CELLS, interpolation=cv2.INTER_AREA).ravel())
        before = now
    return np.asarray(rows, np.float64).reshape(len(rows), CELLS[0] * CELLS[1])


def guess_offset(
    rgb: NDArray[np.float64], tir: NDArray[np.float64], largest: int = 60
) -> OffsetGuess:
    """Return the offset at which what `changes` found in both agrees best.

    Raises CKDError where too little is known or nothing moves.
    """
    if min(len(rgb), len(tir)) < LEAST_FRAMES:
        raise CKDError(f"A guess from motion takes at least {LEAST_FRAMES} frames of each camera.")
    own, other = _standing_out(rgb), _standing_out(tir)
    if any(not np.isfinite(each).any() or not np.nanstd(each) > 0 for each in (own, other)):
        raise CKDError("Nothing moves on these frames, so that no offset can be guessed.")
    reach = min(largest, len(rgb) - LEAST_OVERLAP, len(tir) - LEAST_OVERLAP)
    offsets = np.arange(-reach, reach + 1)
    scores = np.array([_score(own, other, int(offset)) for offset in offsets])
    if not np.isfinite(scores).any():
        raise CKDError("Too few frames have both cameras; no offset can be guessed.")
    scores[~np.isfinite(scores)] = -1.0
    best = int(scores.argmax())
    # Neighbours of the best are nearly as good wherever things move evenly.
    elsewhere = scores[np.abs(np.arange(len(scores)) - best) > 3]
    second = float(elsewhere.max()) if elsewhere.size else -1.0
    top = float(scores[best])
    return OffsetGuess(int(offsets[best]), top, _is_sure(len(rgb), top, second))


def _is_sure(frames: int, top: float, second: float) -> bool:
    return frames >= SURE_FRAMES and top > 0.15 and top > SURE * second


def _small(image: Image) -> NDArray[np.float32]:
    shown = to_display(image)
    gray = shown if shown.ndim == 2 else cv2.cvtColor(shown, cv2.COLOR_RGB2GRAY)
    small: Any = cv2.resize(gray, SIDE, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def _standing_out(series: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each cell's change less what is usual there around that time, in its own measure."""
    # The logarithm: a hand before the lens must not outweigh everything else.
    logs = np.log1p(series)
    half = 8
    padded = np.pad(logs, ((half, half), (0, 0)), constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1, axis=0)
    counted = np.isfinite(windows)
    left = logs - np.where(counted, windows, 0).sum(-1) / np.maximum(counted.sum(-1), 1)
    known = np.isfinite(left)
    squares = np.where(known, left, 0) ** 2
    spread = np.sqrt(squares.sum(axis=0) / np.maximum(known.sum(axis=0), 1))
    # Most cells show nothing that moves; their noise must not count like motion.
    least = max(2 * float(np.median(spread)), 1e-6)
    return np.asarray(left / np.maximum(spread, least), np.float64)


def _score(own: NDArray[np.float64], other: NDArray[np.float64], offset: int) -> float:
    first, last = max(0, -offset), min(len(own), len(other) - offset)
    a, b = own[first:last], other[first + offset : last + offset]
    both = np.isfinite(a).all(axis=1) & np.isfinite(b).all(axis=1)
    if int(both.sum()) < LEAST_OVERLAP:
        return float("nan")
    a, b = a[both], b[both]
    length = float(np.sqrt((a * a).sum() * (b * b).sum()))
    # A few frames agree by chance at some far offset; what all of them say weighs more.
    share = int(both.sum()) / min(len(own), len(other))
    return share * float((a * b).sum()) / length if length > 0 else float("nan")
