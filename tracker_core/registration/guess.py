"""A first guess of how a thermal camera lies to the RGB camera beside it, from one pair of frames.

A coarse search over turns and sizes places the edges of one picture on those of the other, by
correlation; steps of Gauss and Newton then place them finely. Nothing is learned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker_core.errors import CKDError
from tracker_core.imaging import Image, cv2
from tracker_core.registration.pixels import centres, edges
from tracker_core.registration.structure import Floats, Plane, directions, plane_of

COARSE_WIDTH = 128
"""Pixels of the width in which turns and sizes are tried."""
FINE = ((192, 10), (384, 10))
"""Widths in which the steps are done, and how many."""
COARSEST_BLUR, FINEST_BLUR = 3.0, 1.5
"""Pixels by which edges are blurred at the first and the last step."""
TURNS = np.arange(-12.0, 12.1, 3.0)
"""Degrees; steps between the tried ones find the rest."""
SIZES = np.exp(np.arange(-3, 4) * 0.045)
SHIFT_SHARE = 0.15
"""Of the width and height, by which the pictures may be apart at most."""
TRIED = 5
"""Places from which the finer steps set out: the best coarse one is often not the right one."""
APART = 0.05
"""Of the width, by which a corner of two such places lies apart."""
SURE = 0.35
"""Agreement under which a guess is more often wrong than right; benchmarks/alignment counts it."""
LEAST_SIDE = 24
"""Pixels; a smaller picture has no edges to go by."""


@dataclass(frozen=True, slots=True, eq=False)
class Guess:
    """A first guess, to be judged by eye."""

    tir_to_rgb: NDArray[np.float64]
    """(3, 3) from thermal to RGB pixels."""
    agreement: float
    """How well the edges of both lie on each other, 0 to 1."""

    @property
    def sure(self) -> bool:
        """Whether a guess that agrees so well is seldom wrong."""
        return self.agreement >= SURE


def guess_alignment(rgb: Image, tir: Image) -> Guess:
    """Guess the map from thermal to RGB pixels: turned, scaled, moved.

    Starts from thermal stretched to the RGB frame. Raises CKDError for pictures that are too small
    or show nothing.
    """
    if min(*rgb.shape[:2], *tir.shape[:2]) < LEAST_SIDE:
        raise CKDError("The pictures are too small for a guess; set point pairs.")
    still, moving = plane_of(rgb), plane_of(tir)
    if min(float(still.gray.std()), float(moving.gray.std())) < 1.0:
        raise CKDError("One of the pictures shows next to nothing; choose another frame.")
    width, height = still.size
    # In RGB pixels from here on: what is left is a turn about the middle, a size and a shift.
    moving = moving.resized(width, height)
    coarse, fine = (_Level.of(still, moving, min(1.0, side / width), steps) for side, steps in FINE)
    tried = [coarse.refined(start) for start in _search(still, moving)]
    best = max(tried, key=lambda each: each[1])
    found, score = fine.refined(best[0])
    stretch = np.diag([width / tir.shape[1], height / tir.shape[0], 1.0])
    return Guess(edges(found) @ stretch, score)


def _about(size: tuple[int, int], turn: float, scale: float) -> NDArray[np.float64]:
    middle = ((size[0] - 1) / 2, (size[1] - 1) / 2)
    upper: Any = cv2.getRotationMatrix2D(middle, turn, scale)
    return np.vstack([upper, [0.0, 0.0, 1.0]])


def _scaled(matrix: NDArray[np.float64], factor: float) -> NDArray[np.float64]:
    """Return the same map between pictures that are `factor` times as large."""
    grow = centres(np.diag([factor, factor, 1.0]))
    return np.asarray(grow @ matrix @ np.linalg.inv(grow), np.float64)


def _search(still: Plane, moving: Plane) -> list[NDArray[np.float64]]:
    """Return the best turns, sizes and shifts of those tried, between the pixel centres of both."""
    factor = min(1.0, COARSE_WIDTH / still.size[0])
    size = (max(8, round(still.size[0] * factor)), max(8, round(still.size[1] * factor)))
    small, other = still.resized(*size), moving.resized(*size)
    fixed, seen = directions(small, 1.5)
    room = (2 * size[1], 2 * size[0])
    first = _spectrum(fixed, seen, room)
    found: list[tuple[float, NDArray[np.float64]]] = []
    for turn in TURNS:
        for scale in SIZES:
            matrix = _about(size, float(turn), float(scale))
            strengths, kept = directions(other.warped(matrix, size), 1.5)
            scores = _correlated(first, _spectrum(strengths, kept, room), room, size)
            at = np.unravel_index(int(scores.argmax()), scores.shape)
            down, across = (int(i) - n for i, n in zip(at, _reach(size), strict=True))
            moved = np.array([[1.0, 0, across], [0, 1, down], [0, 0, 1]])
            found.append((float(scores[at]), moved @ matrix))
    return [_scaled(matrix, 1 / factor) for matrix in _apart(found, size)]


def _apart(
    found: list[tuple[float, NDArray[np.float64]]], size: tuple[int, int]
) -> list[NDArray[np.float64]]:
    """Return the best few that are not next to each other: one of a hill of the scores will do."""
    corners = np.array([[0, 0, 1], [size[0], 0, 1], [0, size[1], 1], [*size, 1]], np.float64).T
    chosen: list[NDArray[np.float64]] = []
    for _, matrix in sorted(found, key=lambda each: -each[0]):
        far = [np.abs((matrix - other) @ corners)[:2].max() for other in chosen]
        if all(distance > APART * size[0] for distance in far):
            chosen.append(matrix)
        if len(chosen) == TRIED:
            break
    return chosen


def _reach(size: tuple[int, int]) -> tuple[int, int]:
    """Return how far down and across shifts are tried, in pixels."""
    return max(1, round(size[1] * SHIFT_SHARE)), max(1, round(size[0] * SHIFT_SHARE))


def _spectrum(
    strengths: Floats, seen: Floats, room: tuple[int, int]
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    weighed = (strengths - strengths.mean(axis=(0, 1))) * seen[..., None]
    energy = (weighed**2).sum(axis=-1)
    return (
        np.fft.rfft2(weighed, room, axes=(0, 1)),
        np.fft.rfft2(energy, room),
        np.fft.rfft2(seen, room),
    )


def _correlated(
    first: tuple[NDArray[Any], NDArray[Any], NDArray[Any]],
    second: tuple[NDArray[Any], NDArray[Any], NDArray[Any]],
    room: tuple[int, int],
    size: tuple[int, int],
) -> NDArray[np.float64]:
    """Return the normalised correlation over the shifts that are tried, (down, across)."""
    product = (first[0] * np.conj(second[0])).sum(axis=-1)
    down, across = _reach(size)

    def near(spectrum: NDArray[Any]) -> NDArray[np.float64]:
        whole = np.fft.irfft2(spectrum, room)
        rows = np.r_[-down : down + 1] % room[0]
        columns = np.r_[-across : across + 1] % room[1]
        return np.asarray(whole[np.ix_(rows, columns)], np.float64)

    # Of each only what lies over the other counts, or small overlaps would lose.
    own, other = near(first[1] * np.conj(second[2])), near(first[2] * np.conj(second[1]))
    lowest = 1e-3 * float(max(own.max(), other.max(), 1e-9))
    energy = np.sqrt(np.maximum(own, lowest) * np.maximum(other, lowest))
    return np.asarray(near(product) / energy, np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _Level:
    """The RGB picture in one size, its edges blurred more and more finely."""

    factor: float
    moving: Plane
    fixed: tuple[tuple[float, Floats, Floats], ...]
    """For each step the blur, the edges and where they count."""

    @classmethod
    def of(cls, still: Plane, moving: Plane, factor: float, steps: int) -> _Level:
        size = (round(still.size[0] * factor), round(still.size[1] * factor))
        small = still.resized(*size)
        blurs = np.geomspace(COARSEST_BLUR, FINEST_BLUR, steps).tolist()
        fixed = tuple((blur, *directions(small, blur)) for blur in blurs)
        return cls(factor, moving.resized(*size), fixed)

    def refined(self, start: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
        """Return the map after steps of Gauss and Newton, and how well the edges agree by it."""
        begin = matrix = _scaled(start, self.factor)
        for blur, fixed, seen in self.fixed:
            strengths, kept = directions(self.moving.warped(matrix, self.moving.size), blur)
            step = _step(fixed, strengths, seen * kept)
            if step is None:
                break
            matrix = step @ matrix
        # A step may lead away where next to nothing is seen.
        score, best = max(
            ((self._agreement(each), each) for each in (begin, matrix)), key=lambda pair: pair[0]
        )
        return _scaled(best, 1 / self.factor), score

    def _agreement(self, matrix: NDArray[np.float64]) -> float:
        blur, fixed, seen = self.fixed[-1]
        strengths, kept = directions(self.moving.warped(matrix, self.moving.size), blur)
        return _agreement(fixed, strengths, seen * kept)


def _step(fixed: Floats, moving: Floats, weight: Floats) -> NDArray[np.float64] | None:
    """Return the small similarity from places in `moving` to those in `fixed` that look alike."""
    height, width = weight.shape
    scale = width / 2
    # The mean of both slopes: it sees twice as far as one alone.
    both = fixed + moving
    across, down = np.zeros_like(both), np.zeros_like(both)
    across[:, 1:-1] = (both[:, 2:] - both[:, :-2]) / 4
    down[1:-1] = (both[2:] - both[:-2]) / 4
    left = moving - fixed
    # Summed over the directions first: what is left are planes of one number a pixel.
    aa, ad, dd, al, dl = (
        np.einsum("hwk,hwk->hw", one, other) * weight
        for one, other in (
            *((across, across), (across, down), (down, down)),
            *((across, left), (down, left)),
        )
    )
    x = ((np.arange(width) - (width - 1) / 2) / scale)[None]
    y = ((np.arange(height) - (height - 1) / 2) / scale)[:, None]
    # Columns: right, down, larger, turned.
    upper = {
        (0, 0): aa,
        (0, 1): ad,
        (0, 2): aa * x + ad * y,
        (0, 3): ad * x - aa * y,
        (1, 1): dd,
        (1, 2): ad * x + dd * y,
        (1, 3): dd * x - ad * y,
        (2, 2): aa * x * x + 2 * ad * x * y + dd * y * y,
        (2, 3): ad * (x * x - y * y) + (dd - aa) * x * y,
        (3, 3): dd * x * x - 2 * ad * x * y + aa * y * y,
    }
    normal = 1e-6 * np.eye(4)
    for (row, column), plane in upper.items():
        normal[row, column] = normal[column, row] = normal[row, column] + float(plane.sum())
    wanted = [al.sum(), dl.sum(), (al * x + dl * y).sum(), (dl * x - al * y).sum()]
    try:
        dx, dy, grow, turn = np.linalg.solve(normal, np.array(wanted, np.float64)).tolist()
    except np.linalg.LinAlgError:
        return None
    inner = np.array(
        [[1 + grow / scale, -turn / scale, dx], [turn / scale, 1 + grow / scale, dy], [0, 0, 1]]
    )
    middle = np.array([[1, 0, -(width - 1) / 2], [0, 1, -(height - 1) / 2], [0, 0, 1.0]])
    return np.asarray(np.linalg.inv(middle) @ inner @ middle, np.float64)


def _agreement(fixed: Floats, moving: Floats, weight: Floats) -> float:
    if float(weight.sum()) < 1:
        return 0.0
    a = (fixed - np.average(fixed, axis=(0, 1), weights=weight)) * weight[..., None]
    b = (moving - np.average(moving, axis=(0, 1), weights=weight)) * weight[..., None]
    return float((a * b).sum() / (np.sqrt((a * a).sum() * (b * b).sum()) + 1e-9))
