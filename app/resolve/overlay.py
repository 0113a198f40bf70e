"""Geometry and pictures that are laid over frames: tokens, search crops, colour maps; no Qt.

Token t of a search crop stands in row t // grid and column t % grid, row by row from the top left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.look.palette import Rgb, mix
from tracker_core.frames import Box


class WindowLike(Protocol):
    """The square search crop in frame pixels; it may reach outside the frame."""

    @property
    def x(self) -> float:
        """Left edge."""

    @property
    def y(self) -> float:
        """Top edge."""

    @property
    def side(self) -> float:
        """Width and height."""


class StageLike(Protocol):
    """One elimination stage: after attention of `block`, some search tokens were removed."""

    @property
    def block(self) -> int:
        """Block of the network, from 0."""

    @property
    def kept(self) -> NDArray[np.int64]:
        """(k,) indices of the tokens that went on."""

    @property
    def removed(self) -> NDArray[np.int64]:
        """(r,) indices of the tokens that were removed here."""


MAX_CROP_SIDE = 4096
"""Up to here a crop has the pixels of the frame. The window of a box as large as the frame is
larger than that, and a session may hold one of millions."""
STROKES_FROM = 10
"""Pixels of a token from which removed ones carry the stroke of their stage."""


@dataclass(frozen=True, slots=True)
class TokenColours:
    """What tokens are drawn in."""

    kept: Rgb
    """Outline of the region that survives."""
    stages: tuple[Rgb, ...]
    """One colour per elimination stage, in order."""


def token_rects(window: WindowLike, grid: int) -> NDArray[np.float64]:
    """Return (grid * grid, 4) x, y, w, h of every token in frame pixels."""
    rows, columns = np.divmod(np.arange(grid * grid), grid)
    size = window.side / grid
    sides = np.full(grid * grid, size)
    left, top = window.x + columns * size, window.y + rows * size
    return np.stack([left, top, sides, sides], axis=1)  # (grid * grid, 4)


def token_at(point_xy: tuple[float, float], window: WindowLike, grid: int) -> int | None:
    """Return the token under a point of the frame, or None outside the search window."""
    # An empty window has no tokens, and would be divided by.
    if window.side <= 0:
        return None
    # floor, not int alone: that rounds towards zero, and points left of the window would hit column
    # 0.
    column = int(np.floor((point_xy[0] - window.x) / window.side * grid))
    row = int(np.floor((point_xy[1] - window.y) / window.side * grid))
    return row * grid + column if 0 <= row < grid and 0 <= column < grid else None


def token_labels(grid: int, stages: Sequence[StageLike]) -> NDArray[np.uint8]:
    """Return (grid, grid): 0 for tokens kept to the end, k for those the k-th stage removed."""
    # A byte: labels are indices into tables of colours, and nobody has 255 stages.
    labels = np.zeros(grid * grid, np.uint8)
    for number, stage in enumerate(stages, start=1):
        labels[stage.removed] = number
    return labels.reshape(grid, grid)


def removed_by(labels: NDArray[np.uint8], shown: int | None = None) -> NDArray[np.bool_]:
    """Return which tokens are gone after stage `shown`; None means after the last, 0 none."""
    gone = labels > 0
    return gone if shown is None else gone & (labels <= shown)


def target_tokens(box_xywh: Box, window: WindowLike, grid: int) -> NDArray[np.int64]:
    """Return the tokens whose centre lies inside a box of the frame."""
    rects = token_rects(window, grid)
    centre_x = rects[:, 0] + rects[:, 2] / 2
    centre_y = rects[:, 1] + rects[:, 3] / 2
    x, y, width, height = box_xywh
    # Half open, as the tracker counts them, or the warning would disagree with the flag.
    inside = (centre_x >= x) & (centre_x < x + width) & (centre_y >= y) & (centre_y < y + height)
    return np.flatnonzero(inside).astype(np.int64)


def box_in_window(box_xywh: Box, window: WindowLike) -> Box:
    """Return a box of the frame as fractions of the search crop."""
    x, y, width, height = box_xywh
    side = window.side
    return (x - window.x) / side, (y - window.y) / side, width / side, height / side


def kept_outline(labels: NDArray[np.uint8], shown: int | None = None) -> NDArray[np.float64]:
    """Return (M, 4) x0, y0, x1, y1 of the lines round the kept tokens, in token units.

    Neighbouring pieces of one straight line are joined, so M is small.
    """
    # Nothing is kept outside, so that tokens at the border have an outline there too.
    kept = np.pad(~removed_by(labels, shown), 1)
    across = kept[1:, 1:-1] != kept[:-1, 1:-1]  # (grid + 1, grid): edges above each cell
    down = kept[1:-1, 1:] != kept[1:-1, :-1]  # (grid, grid + 1): edges left of each cell
    lines = [(x0, y, x1, y) for y, x0, x1 in _runs(across)]
    lines += [(x, y0, x, y1) for x, y0, y1 in _runs(down.T)]
    return np.asarray(lines, np.float64).reshape(-1, 4)


def _runs(marked: NDArray[np.bool_]) -> list[tuple[int, int, int]]:
    """Row, first and last + 1 column of every run of marks."""
    # Signed: the difference of booleans is their exclusive or, which has no direction.
    steps = np.diff(np.pad(marked.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    rows, starts = np.nonzero(steps == 1)
    _, ends = np.nonzero(steps == -1)
    return list(zip(rows.tolist(), starts.tolist(), ends.tolist(), strict=True))


def token_image(
    labels: NDArray[np.uint8], colours: TokenColours, shown: int | None = None, pixels: int = 12
) -> NDArray[np.uint8]:
    """Return (grid * pixels, grid * pixels, 4) straight RGBA to stretch over the search window.

    Kept tokens are clear and outlined; removed ones are dimmed and tinted, and where there is room
    they carry a stroke that leans by stage, so that the stages differ without colour too.
    """
    gone = removed_by(labels, shown)
    label = np.where(gone, labels, 0).repeat(pixels, 0).repeat(pixels, 1)  # (side, side)
    count = len(colours.stages)
    # One lookup colours all pixels: 0 is clear, then a ground and a stroke per stage.
    inks = np.zeros((2 * count + 1, 4), np.uint8)
    ink = label.copy()
    for number, colour in enumerate(colours.stages, start=1):
        # Dark and not opaque: removed tokens step back, and what lies in them can still be made
        # out.
        inks[number] = (*mix(colour, (0, 0, 0), 0.66), 172)
        inks[count + number] = (*colour, 200)
        # Smaller ones would be filled by their stroke.
        if pixels >= STROKES_FROM:
            here = (label == number) & _strokes(label.shape[0], pixels, number)
            np.copyto(ink, count + number, where=here)
    image: NDArray[np.uint8] = inks[ink]
    _draw_outline(image, kept_outline(labels, shown), pixels, colours.kept)
    return image


@lru_cache(maxsize=16)
def _strokes(side: int, pixels: int, stage: int) -> NDArray[np.bool_]:
    """(side, side) marks: a short stroke in each token, leaning by stage, crossed every third."""
    row, column = np.indices((side, side)) % pixels
    # In proportion, so that tokens look alike at any zoom.
    margin, thick = pixels // 3, pixels // 20
    inner = (np.minimum(row, column) >= margin) & (np.maximum(row, column) < pixels - margin)
    rising = inner & (np.abs(row + column - (pixels - 1)) <= thick)
    falling = inner & (np.abs(row - column) <= thick)
    # Three signs go round: neighbours in order differ, which is what is compared.
    marks: NDArray[np.bool_] = (rising, falling, rising | falling)[(stage - 1) % 3]
    return marks


def _draw_outline(
    image: NDArray[np.uint8], lines: NDArray[np.float64], pixels: int, colour: Rgb
) -> None:
    last = image.shape[0] - 1
    ink = np.array([*colour, 255], np.uint8)
    for x0, y0, x1, y1 in (lines * pixels).astype(int).tolist():
        if y0 == y1:
            # The line below the last row of tokens would lie one pixel beyond the picture.
            image[min(y0, last), x0:x1] = ink
        else:
            image[y0:y1, min(x0, last)] = ink


def search_crop(image: NDArray[Any], window: WindowLike) -> NDArray[Any]:
    """Return (side, side[, channels]) of a frame, zero where the window leaves the frame.

    A window between pixels is rounded to the nearest ones. Of a window larger than
    `MAX_CROP_SIDE` only every so many pixels are taken, so that the crop stays small.
    """
    side = max(1, round(window.side))
    left, top = round(window.x), round(window.y)
    if side > MAX_CROP_SIDE:
        return _thinned_crop(image, left, top, side)
    crop = np.zeros((side, side, *image.shape[2:]), image.dtype)
    height, width = image.shape[:2]
    x0, x1 = max(0, left), min(width, left + side)
    y0, y1 = max(0, top), min(height, top + side)
    # A window beside the frame stays empty; negative stops would index from the far end.
    if x0 < x1 and y0 < y1:
        crop[y0 - top : y1 - top, x0 - left : x1 - left] = image[y0:y1, x0:x1]
    return crop


def _thinned_crop(image: NDArray[Any], left: int, top: int, side: int) -> NDArray[Any]:
    steps = np.arange(MAX_CROP_SIDE) * side // MAX_CROP_SIDE  # (MAX_CROP_SIDE,)
    rows, columns = top + steps, left + steps
    height, width = image.shape[:2]
    down, across = (rows >= 0) & (rows < height), (columns >= 0) & (columns < width)
    crop = np.zeros((MAX_CROP_SIDE, MAX_CROP_SIDE, *image.shape[2:]), image.dtype)
    crop[np.ix_(down, across)] = image[np.ix_(rows[down], columns[across])]
    return crop


COLOUR_MAPS: dict[str, tuple[Rgb, ...]] = {
    "white hot": ((0, 0, 0), (255, 255, 255)),
    "black hot": ((255, 255, 255), (0, 0, 0)),
    "iron": (
        (0, 0, 8),
        (44, 8, 112),
        (140, 12, 140),
        (214, 56, 72),
        (248, 140, 16),
        (255, 214, 72),
        (255, 255, 240),
    ),
    "arctic": ((4, 8, 32), (16, 60, 150), (40, 150, 210), (190, 226, 236), (255, 250, 200)),
    "lava": (
        (8, 8, 24),
        (24, 44, 72),
        (112, 32, 60),
        (220, 56, 24),
        (255, 176, 32),
        (255, 255, 220),
    ),
    "heat": (
        (0, 0, 4),
        (40, 11, 84),
        (101, 21, 110),
        (159, 42, 99),
        (212, 72, 66),
        (245, 125, 21),
        (250, 193, 39),
        (252, 255, 164),
    ),
}
"""Knots of the colour maps, lowest value first; each grows (or falls) in lightness throughout."""


@cache
def colour_map(name: str) -> NDArray[np.uint8]:
    """Return the (256, 3) uint8 table of a colour map; raises ValueError for an unknown name."""
    if name not in COLOUR_MAPS:
        raise ValueError(f"There is no colour map '{name}'; use one of {', '.join(COLOUR_MAPS)}.")
    knots = np.asarray(COLOUR_MAPS[name], np.float64)
    at = np.linspace(0, len(knots) - 1, 256)  # (256,)
    channels = [np.interp(at, np.arange(len(knots)), knots[:, channel]) for channel in range(3)]
    table = np.rint(np.stack(channels, axis=1)).astype(np.uint8)
    # The cache hands the same table to everybody.
    table.setflags(write=False)
    return table


def apply_colour_map(
    values: ArrayLike, name: str, low: float | None = None, high: float | None = None
) -> NDArray[np.uint8]:
    """Return (..., 3) colours of values stretched over low..high, by default their own extent.

    NaN becomes black; values that are all the same take the middle of the map.
    """
    shares = unit_range(values, low, high)
    # NaN has no whole number: casting it is undefined and warns.
    index = np.nan_to_num(np.rint(shares * 255)).astype(np.uint8)
    colours: NDArray[np.uint8] = colour_map(name)[index]
    # NaN was looked up as 0, whose colour need not be black.
    colours[np.isnan(shares)] = 0
    return colours


def heat_image(values: ArrayLike, name: str = "heat", strongest: int = 208) -> NDArray[np.uint8]:
    """Return (..., 4) straight RGBA that hides little where values are low; NaN is clear."""
    shares = unit_range(values)
    image = np.zeros((*shares.shape, 4), np.uint8)
    image[..., :3] = apply_colour_map(shares, name, 0.0, 1.0)
    # A quarter at the least, or the coldest part of the map would look as if there were no map.
    image[..., 3] = np.nan_to_num(np.rint((0.25 + 0.75 * shares) * strongest)).astype(np.uint8)
    return image


def unit_range(
    values: ArrayLike, low: float | None = None, high: float | None = None
) -> NDArray[np.float64]:
    """Return values stretched and clipped to 0..1; NaN and infinities become NaN."""
    # A copy, because infinities are overwritten below.
    numbers = np.array(values, np.float64)
    numbers[~np.isfinite(numbers)] = np.nan
    known = numbers[np.isfinite(numbers)]
    if known.size == 0:
        return numbers
    low = float(known.min()) if low is None else low
    high = float(known.max()) if high is None else high
    # Nothing to stretch, and nothing to divide by.
    if high <= low:
        return np.where(np.isnan(numbers), np.nan, 0.5)
    return np.clip((numbers - low) / (high - low), 0.0, 1.0)
