"""Regions as VOT writes them: rectangle, polygon, mask or special code, as upright boxes."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from safe_files import row_numbers

Row: TypeAlias = tuple[float, float, float, float]

NO_BOX: Row = (float("nan"), float("nan"), float("nan"), float("nan"))
_CODES = frozenset(range(10))
"""VOT has 0 to 3, and may come to have more."""
# Far above any image; a line that says more is damaged.
_LARGEST_MASK_SIDE = 1 << 20


def bounding_box(points: list[float]) -> Row:
    """Return the upright box around x1, y1, x2, y2, ...; no box when a value is NaN."""
    xs, ys = np.array(points[0::2]), np.array(points[1::2])
    if np.isnan(xs).any() or np.isnan(ys).any():
        return NO_BOX
    left, top = float(xs.min()), float(ys.min())
    return left, top, float(xs.max()) - left, float(ys.max()) - top


def are_outlines(points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(R,) whether (R, 8) corner points go round something without crossing or turning back.

    Rows of whole numbers that do not are boxes with decimal commas: `20,4,60,4,20,4,30,4`.
    """
    around = points.reshape(-1, 4, 2)
    edges = np.roll(around, -1, axis=1) - around  # (R, 4, 2)
    after = np.roll(edges, -1, axis=1)
    turns = edges[..., 0] * after[..., 1] - edges[..., 1] * after[..., 0]  # (R, 4)
    one_way = np.all(turns >= 0, axis=1) | np.all(turns <= 0, axis=1)
    x1, y1, x2, y2, x3, y3, x4, y4 = points.T
    # A box without width or height turns nowhere, and is still written corner by corner.
    flat = (x1 == x4) & (y1 == y2) & (x2 == x3) & (y3 == y4)
    flat |= (x1 == x2) & (y1 == y4) & (x3 == x4) & (y2 == y3)
    return np.asarray((one_way & np.any(turns != 0, axis=1)) | flat, np.bool_)


def region_box(line: str) -> Row:
    """Return the upright box of one VOT region; NaN for a special code; ValueError when malformed.

    A mask is `m` x0, y0, width, height and run lengths, row by row, of pixels outside, inside,
    outside ... of the target.
    """
    if line[:1] in ("m", "M"):
        return _mask_box(row_numbers(line[1:].lstrip(", \t")))
    numbers = row_numbers(line)
    # A row that lost its other values has one as well, but hardly such a one.
    if len(numbers) == 1 and (numbers[0] in _CODES or np.isnan(numbers[0])):
        return NO_BOX
    if len(numbers) == 4:
        x, y, w, h = numbers
        return x, y, w, h
    if len(numbers) >= 6 and len(numbers) % 2 == 0:
        return bounding_box(numbers)
    raise ValueError(
        f"it has {len(numbers)} values where a region has 1 (a code), 4 (a rectangle), "
        "or x and y of at least 3 points"
    )


def _mask_box(numbers: list[float]) -> Row:
    # Asked first, because int() of NaN raises.
    if len(numbers) < 4 or any(n != int(n) if np.isfinite(n) else True for n in numbers):
        raise ValueError("a mask needs whole numbers: x, y, width, height and run lengths")
    x0, y0, width, height = (int(n) for n in numbers[:4])
    runs = [int(n) for n in numbers[4:]]
    if not (0 <= width <= _LARGEST_MASK_SIDE and 0 <= height <= _LARGEST_MASK_SIDE):
        raise ValueError(f"a mask of {width} x {height} pixels cannot be right")
    if any(run < 0 for run in runs) or sum(runs) > width * height:
        raise ValueError(f"the run lengths do not fit a mask of {width} x {height} pixels")
    spans = _inside_spans(runs)
    if not spans:
        return NO_BOX
    top, bottom = spans[0][0] // width, (spans[-1][1] - 1) // width
    left, right = width, -1
    for start, end in spans:
        if start // width != (end - 1) // width:
            left, right = 0, width - 1  # it runs over a line end, so it touches both sides
            break
        left, right = min(left, start % width), max(right, (end - 1) % width)
    return float(x0 + left), float(y0 + top), float(right - left + 1), float(bottom - top + 1)


def _inside_spans(runs: list[int]) -> list[tuple[int, int]]:
    """First and one-past-last pixel of each run inside the target."""
    spans = []
    position = 0
    for index, run in enumerate(runs):
        if index % 2 == 1 and run:
            spans.append((position, position + run))
        position += run
    return spans
