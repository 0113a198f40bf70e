"""How the thermal camera lies to the RGB camera: an offset in time and a homography."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sessions.checks import as_int, as_line, as_number, sound_boxes
from sessions.errors import SessionError
from sessions.records import recordable

IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
# Thirty years in milliseconds, for names that are times of clocks which nobody set.
MAX_OFFSET = 10**12
# A homography needs four pairs; a person clicks some ten, an automatic first guess keeps hundreds.
MAX_POINTS = 1_000
MAX_ORIGIN = 200
# A homography means the same times any number. Within these its inverse is finite, and the largest
# box times the largest entry too.
LEAST_ENTRY, MOST_ENTRY = 1e-12, 1e12
LEAST_SHARE = 0.01
"""Of the area beside its side, which a box that was never mapped may ask for even less of."""
BY_NAMES = "names"
_PAIRED_WITH = re.compile(rf"|{BY_NAMES}|-?[0-9]{{1,13}}")


class AlignmentKind(StrEnum):
    """How free the homography was when it was found, from the least to the most."""

    IDENTITY = "identity"
    SCALE = "scale"
    """Both axes scaled, nothing moved: registered cameras of two resolutions."""
    AFFINE = "affine"
    HOMOGRAPHY = "homography"


@recordable
@dataclass(frozen=True, slots=True)
class PointPair:
    """The same spot as a person clicked it in both cameras."""

    rgb: tuple[float, float]
    """x, y in RGB pixels."""
    tir: tuple[float, float]
    """x, y in thermal pixels."""
    residual: float | None = None
    """Distance in RGB pixels between `rgb` and the mapped `tir`; None = not worked out."""

    def __post_init__(self) -> None:
        for name in ("rgb", "tir"):
            object.__setattr__(self, name, _as_point(getattr(self, name)))
        if self.residual is not None:
            residual = as_number(self.residual, "The residual of a point pair")
            if residual < 0:
                raise SessionError("The residual of a point pair is a distance, 0 or more.")
            object.__setattr__(self, "residual", residual)


def _as_point(value: object) -> tuple[float, float]:
    try:
        numbers = [float(x) for x in np.asarray(value, np.float64).ravel()]
    except (TypeError, ValueError):
        raise SessionError("A point of the alignment must be two numbers.") from None
    if len(numbers) != 2 or not all(math.isfinite(number) for number in numbers):
        raise SessionError("A point of the alignment must be two finite numbers.")
    return numbers[0], numbers[1]


@recordable
@dataclass(frozen=True, slots=True)
class Alignment:
    """Thermal frame `i + time_offset` shows the moment of RGB frame `i`."""

    time_offset: int = 0
    tir_to_rgb: tuple[float, ...] = IDENTITY
    """3x3 homography row by row, from thermal pixels to RGB pixels."""
    kind: AlignmentKind = AlignmentKind.IDENTITY
    """How free it was when it was found; never less than what the matrix is."""
    points: tuple[PointPair, ...] = ()
    """The point pairs it was made from, if any."""
    origin: str = ""
    """Where it comes from: "sizes", "points", "guess", "file NAME"; empty when not known."""
    paired_with: str = ""
    """How the frames of the session were paired: by "names", or with an offset, a whole number.

    `time_offset` then says how thermal frames stand beside these. Empty where nobody says it: the
    frames tell which it is.
    """

    def __post_init__(self) -> None:
        offset = as_int(self.time_offset, "The time offset", -MAX_OFFSET, MAX_OFFSET)
        object.__setattr__(self, "time_offset", offset)
        try:
            numbers = tuple(float(x) for x in np.asarray(self.tir_to_rgb, np.float64).ravel())
        except (TypeError, ValueError):
            raise SessionError("The alignment must be a matrix of 3 x 3 numbers.") from None
        if len(numbers) != 9 or not all(math.isfinite(number) for number in numbers):
            raise SessionError("The alignment must be a matrix of 3 x 3 finite numbers.")
        object.__setattr__(self, "tir_to_rgb", numbers)
        largest = max(abs(number) for number in numbers)
        if largest and not LEAST_ENTRY <= largest <= MOST_ENTRY:
            raise SessionError(
                f"The alignment holds {largest:g}, far from any pixel; choose other points."
            )
        # Boxes are mapped both ways, so that the matrix must have an inverse.
        if np.linalg.matrix_rank(self.matrix) < 3:
            raise SessionError("The alignment folds the image onto a line; choose other points.")
        self._check_details()

    def _check_details(self) -> None:
        try:
            kinds = AlignmentKind(self.kind), _least_kind(self.tir_to_rgb)
        except ValueError:
            raise SessionError(f"{str(self.kind)[:80]!r} is no kind of alignment.") from None
        # The members stand in order of freedom.
        object.__setattr__(self, "kind", max(kinds, key=list(AlignmentKind).index))
        points = tuple(self.points)
        if len(points) > MAX_POINTS or not all(isinstance(pair, PointPair) for pair in points):
            raise SessionError(f"An alignment is made from at most {MAX_POINTS} point pairs.")
        object.__setattr__(self, "points", points)
        if not isinstance(self.paired_with, str) or not _PAIRED_WITH.fullmatch(self.paired_with):
            raise SessionError('Frames are paired with an offset, a whole number, or by "names".')
        as_line(self.origin, "The origin of the alignment", limit=MAX_ORIGIN)

    @property
    def matrix(self) -> NDArray[np.float64]:
        """(3, 3) homography from thermal pixels to RGB pixels."""
        return np.array(self.tir_to_rgb, np.float64).reshape(3, 3)

    @property
    def is_identity(self) -> bool:
        """True when thermal and RGB pixels are the same."""
        return self.tir_to_rgb == IDENTITY

    def boxes_to_tir(self, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (..., 4) boxes of RGB pixels as upright boxes in thermal pixels."""
        return boxes if self.is_identity else _map_boxes(self.matrix, boxes, back=True)

    def boxes_to_rgb(self, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (..., 4) boxes of thermal pixels as upright boxes in RGB pixels."""
        return boxes if self.is_identity else _map_boxes(self.matrix, boxes, back=False)


def _least_kind(numbers: tuple[float, ...]) -> AlignmentKind:
    """Return the least free kind of homography that these nine numbers are."""
    if numbers == IDENTITY:
        return AlignmentKind.IDENTITY
    # The last row bends parallel lines towards each other; without it the map is affine.
    if numbers[6:] != IDENTITY[6:]:
        return AlignmentKind.HOMOGRAPHY
    moved = any(numbers[index] for index in (1, 2, 3, 5))
    return AlignmentKind.AFFINE if moved else AlignmentKind.SCALE


def _map_boxes(
    tir_to_rgb: NDArray[np.float64], boxes: NDArray[Any], *, back: bool
) -> NDArray[np.float64]:
    """Return upright boxes around what fills the given ones, in RGB pixels or `back` in thermal.

    The middle goes where the map has it. A target fills its box about as an ellipse does, and the
    box around the turned ellipse is the mapped one: the box around all four turned corners would be
    larger, and larger still on its way back. There and back gives the same box again.
    """
    given = np.asarray(boxes, np.float64)
    matrix = np.asarray(np.linalg.inv(tir_to_rgb) if back else tir_to_rgb, np.float64)
    middle = given[..., :2] + given[..., 2:] / 2
    depth = _depths(matrix, given)
    # On the horizon a point divides by zero; such boxes are taken out below.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        centre, slopes = _around(matrix, middle)
        sides = _sides(slopes, given[..., 2:] ** 2, back=back)
        mapped = np.concatenate([centre - sides / 2, sides], axis=-1)
    # Corners on both sides of it would span a box that holds everything but the target.
    beside_horizon = depth.min(axis=-1) * depth.max(axis=-1) > 0
    mapped[~(beside_horizon & sound_boxes(mapped))] = np.nan
    return np.asarray(mapped, np.float64)


def _depths(matrix: NDArray[np.float64], boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    left, top, width, height = np.moveaxis(boxes, -1, 0)
    x = np.stack([left, left + width, left + width, left], axis=-1)
    y = np.stack([top, top, top + height, top + height], axis=-1)
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2], np.float64)


def _around(
    matrix: NDArray[np.float64], points: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where (..., 2) points go, and (..., 2, 2) how the map turns and scales there."""
    mapped = points @ matrix[:, :2].T + matrix[:, 2]  # (..., 3)
    depth = mapped[..., 2:]
    centre = mapped[..., :2] / depth
    slopes = matrix[:2, :2] - centre[..., None] * matrix[2, :2]
    return centre, slopes / depth[..., None]


def _sides(
    slopes: NDArray[np.float64], squares: NDArray[np.float64], *, back: bool
) -> NDArray[np.float64]:
    """Return the (..., 2) sides of the boxes around mapped ellipses in boxes of squared sides."""
    plain = (slopes**2 * squares[..., None, :]).sum(axis=-1)
    if back:
        return np.asarray(np.sqrt(plain))
    # From RGB to thermal it is so; the other way is what takes that back, where anything does.
    a, b, c, d = (slopes[..., i, j] for i in (0, 1) for j in (0, 1))
    area = (a * d - b * c) ** 2
    e, f, g, h = (each**2 / area for each in (d, b, c, a))
    wide, high = squares[..., 0], squares[..., 1]
    solved = np.stack([h * wide - f * high, e * high - g * wide], -1) / (e * h - f * g)[..., None]
    good = np.isfinite(solved).all(axis=-1) & (solved > LEAST_SHARE * plain).all(axis=-1)
    return np.asarray(np.sqrt(np.where(good[..., None], solved, plain)))
