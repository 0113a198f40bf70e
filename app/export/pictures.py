"""One frame as a picture to give away: both modalities side by side, boxes, tokens, score."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from app.look.numbers import score_number
from app.look.palette import DARK, Palette, Rgb
from app.resolve.overlay import TokenColours, WindowLike, token_image
from tracker_core.frames import Box

Picture: TypeAlias = NDArray[np.uint8]
"""(H, W, 3) RGB, or (H, W) gray."""
Area: TypeAlias = tuple[int, int, int, int]
"""Left, top, right and bottom, the last two within."""

PANE_HEIGHT = 540
"""About the height of a pane in pixels: from 1 to 4 times, frames grow in steps of a half."""
SPACE = 8
FOOTER = 56
DASH = 5
"""Pixels of a dash, and of the blank after it."""


@dataclass(frozen=True, slots=True)
class Mark:
    """The boxes of one target, both in pixels of the RGB frame."""

    name: str
    colour: Rgb
    rgb_box: Box | None
    tir_box: Box | None
    dashed: bool = False
    """Drawn in dashes, as the truth is."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Which tokens of the search crop were removed on this frame."""

    window: WindowLike
    labels: NDArray[np.uint8]
    """(grid, grid): 0 for kept, k for removed at the k-th stage."""
    stages: int


@dataclass(frozen=True, slots=True)
class AnnotatedFrame:
    """What is drawn of one frame."""

    frame_index: int
    frame_count: int
    rgb: Picture | None
    tir: Picture | None
    """Ready to show: uint8. None is drawn as a gap."""
    marks: Sequence[Mark] = ()
    tokens: Tokens | None = None
    score: float | None = None
    words: str = ""
    """Where the box comes from, for the footer."""
    scores: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    """(N,) score of every frame for the strip, NaN = none."""


class FramePainter:
    """Draws the frames of one sequence, all in one size."""

    def __init__(self, frame_size: tuple[int, int], palette: Palette = DARK) -> None:
        self.frame_size = frame_size
        self.palette = palette
        self.scale = _scale(frame_size[1])
        width, height = (round(side * self.scale) for side in frame_size)
        self.pane = (width, height)
        self._curve: tuple[NDArray[np.float32], Image.Image] | None = None
        # Video codecs want even sides.
        self.size = (even(2 * width + 3 * SPACE), even(height + SPACE + FOOTER))

    def draw(self, frame: AnnotatedFrame) -> NDArray[np.uint8]:
        """Return (height, width, 3) RGB."""
        canvas = Image.new("RGB", self.size, self.palette.background)
        panes = (
            ("RGB", frame.rgb, [mark.rgb_box for mark in frame.marks], self.palette.rgb_box),
            ("Thermal", frame.tir, [mark.tir_box for mark in frame.marks], self.palette.tir_box),
        )
        # On panes of their own, pasted afterwards: boxes and plates that reach outside are cut
        # there.
        for number, (label, picture, boxes, colour) in enumerate(panes):
            pane = self._pane(picture, frame.tokens)
            for mark, box in zip(frame.marks, boxes, strict=True):
                if box is not None:
                    self._box(pane, box, mark)
            _chip(pane, (10, 10), label, colour)
            canvas.paste(pane, (SPACE + number * (self.pane[0] + SPACE), SPACE))
        self.footer(canvas, frame)
        return np.asarray(canvas)

    def _pane(self, picture: Picture | None, tokens: Tokens | None) -> Image.Image:
        if picture is None:
            return self._gap()
        # To the shape of the RGB frame, whatever thermal's own: overlays are in its pixels.
        pane = Image.fromarray(picture).convert("RGB").resize(self.pane, Image.Resampling.BICUBIC)
        if tokens is not None:
            self._tokens(pane, tokens)
        return pane

    def _gap(self) -> Image.Image:
        pane = Image.new("RGB", self.pane, self.palette.canvas)
        middle = (self.pane[0] // 2, self.pane[1] // 2)
        ImageDraw.Draw(pane).text(
            middle, "No frame here", self.palette.muted, font_for(20), anchor="mm"
        )
        return pane

    def _tokens(self, pane: Image.Image, tokens: Tokens) -> None:
        colours = TokenColours(self.palette.kept, self.palette.stage_colours(tokens.stages))
        # Pillow refuses to resize to nothing.
        side = max(1, round(tokens.window.side * self.scale))
        overlay = Image.fromarray(token_image(tokens.labels, colours)).resize((side, side))
        corner = (round(tokens.window.x * self.scale), round(tokens.window.y * self.scale))
        # Twice: the picture is its own mask. Corners outside the pane are fine.
        pane.paste(overlay, corner, overlay)

    def _box(self, pane: Image.Image, box: Box, mark: Mark) -> None:
        x, y, width, height = (value * self.scale for value in box)
        draw = ImageDraw.Draw(pane)
        # Pillow draws the end pixel too, and refuses ends before their start: boxes thinner than a
        # pixel.
        edges = [x, y, max(x, x + width - 1), max(y, y + height - 1)]
        outer = [edges[0] - 1, edges[1] - 1, edges[2] + 1, edges[3] + 1]
        # A dark rim shows the box on a ground of its own colour.
        draw.rectangle(outer, outline=(0, 0, 0), width=1)
        if mark.dashed:
            dashes(draw, edges, mark.colour)
        else:
            draw.rectangle(edges, outline=mark.colour, width=2)
        if mark.name:
            _chip(pane, (round(x), round(y) - 24), mark.name, mark.colour)

    def footer(self, canvas: Image.Image, frame: AnnotatedFrame) -> None:
        """Write what stands below the panes."""
        draw = ImageDraw.Draw(canvas)
        top = SPACE + self.pane[1]
        draw.text(
            (SPACE + 4, top + 8),
            f"Frame {frame.frame_index} of {frame.frame_count - 1}",
            self.palette.text,
            font_for(17),
        )
        words = [frame.words, "" if frame.score is None else f"score {score_number(frame.score)}"]
        line = "   ".join(word for word in words if word)
        draw.text((SPACE + 4, top + 31), line, self.palette.muted, font_for(14, line))
        left = SPACE * 2 + self.pane[0]
        self._strip(canvas, (left, top + 10, left + self.pane[0] - 1, top + FOOTER - 8), frame)

    def _strip(self, canvas: Image.Image, area: Area, frame: AnnotatedFrame) -> None:
        left, top, right, bottom = area
        # A line for each of a thousand columns, which are the same on every frame of a film.
        if self._curve is None or not np.array_equal(self._curve[0], frame.scores, equal_nan=True):
            size = (right - left + 1, bottom - top + 1)
            self._curve = frame.scores, self._curve_of(frame.scores, size)
        curve = self._curve[1]
        canvas.paste(curve, (left, top))
        # A single frame has no length to divide by.
        along = frame.frame_index / max(1, frame.frame_count - 1)
        playhead = left + round(along * (curve.width - 1))
        line = [playhead, top - 3, playhead, bottom + 3]
        ImageDraw.Draw(canvas).line(line, fill=self.palette.playhead, width=2)

    def _curve_of(self, scores: NDArray[np.float32], size: tuple[int, int]) -> Image.Image:
        curve = Image.new("RGB", size, self.palette.panel)
        draw, bottom = ImageDraw.Draw(curve), size[1] - 1
        if scores.size:
            where = np.linspace(0, scores.size - 1, size[0]).round().astype(np.intp)
            for column, score in enumerate(scores[where].tolist()):
                if math.isfinite(score):
                    height = round(min(1.0, max(0.0, score)) * bottom)
                    draw.line([column, bottom - height, column, bottom], fill=self.palette.tracked)
        return curve


def _scale(frame_height: int) -> float:
    wanted = PANE_HEIGHT / max(1, frame_height)
    return wanted if wanted < 1 or wanted > 4 else max(1.0, round(wanted * 2) / 2)


def even(side: int) -> int:
    """Return a side that a video may have."""
    return side + side % 2


def font_for(size: int, text: str = "") -> ImageFont.FreeTypeFont:
    """Return a font for a text that a person wrote, or for words of ours."""
    if text.isascii():
        return _loaded(_plain(), size)
    # Late: it looks at every font that there is.
    from tracker_core.lettering import font_file

    return _loaded(font_file(text), size)


@cache
def _plain() -> str:
    # The font that matplotlib brings: it is on every system, so that pictures are alike everywhere.
    from matplotlib import get_data_path

    return str(Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf")


# A clip has thousands of pictures with the same few names.
@lru_cache(maxsize=32)
def _loaded(file: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(file, size)


def dashes(draw: ImageDraw.ImageDraw, edges: Sequence[float], colour: Rgb) -> None:
    """Draw a box of left, top, right, bottom in dashes on black, two pixels wide."""
    left, top, right, bottom = edges
    draw.rectangle(list(edges), outline=(0, 0, 0), width=2)
    for begin in np.arange(left, right, 2 * DASH).tolist():
        end = min(begin + DASH - 1, right)
        draw.rectangle([begin, top, end, top + 1], fill=colour)
        draw.rectangle([begin, max(top, bottom - 1), end, bottom], fill=colour)
    for begin in np.arange(top, bottom, 2 * DASH).tolist():
        end = min(begin + DASH - 1, bottom)
        draw.rectangle([left, begin, left + 1, end], fill=colour)
        draw.rectangle([max(left, right - 1), begin, right, end], fill=colour)


def _chip(pane: Image.Image, corner: tuple[int, int], text: str, colour: Rgb) -> None:
    """Text on a dark plate, kept inside the pane."""
    draw = ImageDraw.Draw(pane)
    font = font_for(14, text)
    width = round(draw.textlength(text, font)) + 12
    x = max(0, min(corner[0], pane.width - width))
    y = max(0, min(corner[1], pane.height - 22))
    draw.rounded_rectangle([x, y, x + width, y + 21], 4, fill=(16, 18, 22))
    draw.text((x + 6, y + 2), text, colour, font)
