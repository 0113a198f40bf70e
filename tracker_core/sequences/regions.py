"""Regions as VOT writes them: rectangle, polygon, mask or special code, as upright boxes."""

from __future__ import annotations

import re
from typing import TypeAlias

import numpy as np

Row: TypeAlias = tuple[float, float, float, float]

NO_BOX: Row = (float("nan"), float("nan"), float("nan"), float("nan"))
_SEPARATOR = re.compile(r"[ \t]*[,;][ \t]*|[ \t]+")
# Narrower than float(): no infinities, underscores or digits of other scripts.
_NUMBER = re.compile(
    r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?|[+-]?nan", re.IGNORECASE | re.ASCII
)
LARGEST = 1e12
"""No position in an image is larger; such numbers are mistakes."""
# Far above any image; a line that says more is damaged.
_LARGEST_MASK_SIDE = 1 << 20


def parse_numbers(line: str) -> list[float]:
    """Read the numbers of one line; ValueError says which part is not one."""
    fields = _SEPARATOR.split(line)
    if len(fields) > 1 and not fields[-1]:
        fields.pop()  # a separator at the end of the line
    numbers = []
    for field in fields:
        if not field:
            raise ValueError("a value is missing between two separators")
        if _NUMBER.fullmatch(field) is None:
            raise ValueError(f"'{_shortened(field)}' is not a number")
        value = float(field)
        if abs(value) > LARGEST:
            raise ValueError(f"'{_shortened(field)}' is too large for a position in an image")
        numbers.append(value)
    return numbers


def bounding_box(points: list[float]) -> Row:
    """Return the upright box around x1, y1, x2, y2, ...; no box when a value is NaN."""
    xs, ys = np.array(points[0::2]), np.array(points[1::2])
    if np.isnan(xs).any() or np.isnan(ys).any():
        return NO_BOX
    left, top = float(xs.min()), float(ys.min())
    return left, top, float(xs.max()) - left, float(ys.max()) - top


def region_box(line: str) -> Row:
    """Return the upright box of one VOT region; NaN for a special code; ValueError when malformed.

    A mask is `m` x0, y0, width, height and run lengths, row by row, of pixels outside, inside,
    outside ... of the target.
    """
    if line[:1] in ("m", "M"):
        return _mask_box(parse_numbers(line[1:].lstrip(", \t")))
    numbers = parse_numbers(line)
    if len(numbers) == 1:
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


def _shortened(field: str) -> str:
    return field if len(field) <= 20 else field[:20] + "..."
