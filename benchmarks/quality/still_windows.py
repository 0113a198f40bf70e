"""Windows that move over a registered still, what crosses them, and cameras that fail meanwhile."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.stills import StillPair
from tracker_core.frames import Box, FramePair
from tracker_core.imaging import cv2
from tracker_core.synthetic.compositor import Matrix, Pixels, affine, render_photo
from tracker_core.synthetic.wandering import Path

Fault: TypeAlias = Literal["dark", "saturated", "frozen", "fogged"]
FAULTS: tuple[Fault, ...] = "dark", "saturated", "frozen", "fogged"
"""What becomes of a camera."""

NOISE = 2.0
"""Gray levels by which two looks at one place differ: else they would be the same to the bit."""
GROWTH = 2.5
"""Factor on the size of a target that is zoomed at."""
SPEEDS = 0.01, 0.06
"""Of the frame's smaller side per frame, slow to fast, before the frame's bounds squeeze it."""
SLOW = 0.012
"""Speed where the size changes: place is to be no further trouble."""
JERKS = 1.0, 3.0
"""Sides of the target by which a pushed camera is off at once; a search reaches 2 sides far."""
_JERKS_AT = 0.25, 0.5, 0.75
"""Shares of a clip at which the camera is pushed."""
_AWAY = 1 / 3, 0.55
"""Shares of a clip between which the camera looks elsewhere."""
_TURNS = 5.0
"""Frames in which it turns away, and back."""
_TRIED = 16
"""Directions of which the one is taken that the frame's bounds squeeze least."""
_CLEAR = 1.8
"""Sides of the target between the centres by which even a large piece begins beside it."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a window shows at one moment, before noise."""

    rgb: Pixels
    """(H, W, 3)."""
    tir: Pixels
    """(H, W)."""

    def grainy(self, rng: np.random.Generator) -> FramePair:
        """Return it with the noise of both cameras."""
        return FramePair(grain(self.rgb, rng, NOISE), grain(self.tir, rng, NOISE))


@dataclass(frozen=True, slots=True)
class Absence:
    """For a while the camera looks elsewhere."""

    begins: float
    """The frame on which it begins to turn away."""
    ends: float
    """The frame on which it begins to turn back."""
    way: tuple[float, float]
    """Frame pixels by which the target is out of its place meanwhile."""

    def at(self, time: float) -> NDArray[np.float64]:
        """(2,) frame pixels by which the target is out of its place."""
        gone, back = np.clip((time - np.array([self.begins, self.ends])) / _TURNS, 0, 1)
        off: NDArray[np.float64] = np.array(self.way) * (gone - back)
        return off


@dataclass(frozen=True, slots=True, eq=False)
class StillWindow:
    """How a window moves over a still: it follows a part of it, nearer and farther, and sways."""

    target: Box
    """The part, in pixels of the still."""
    size: tuple[int, int]
    """Width and height of the window in frame pixels."""
    zoom: float
    """Frame pixels per pixel of the still on the first frame."""
    growth: float
    """Natural logarithm of the zoom that is gained per frame."""
    swell: tuple[float, float, float]
    """Amplitude (natural logarithm), radians per frame and phase of a zoom to and fro."""
    turn: float
    """Radians by which it sways."""
    path: Path
    """Of the target, from the middle of the frame."""
    jerks: tuple[tuple[float, float, float], ...] = ()
    """Moments from which on it is x and y frame pixels from there."""
    absence: Absence | None = None
    """When it is not to be seen."""

    def scale(self, time: float) -> float:
        """Frame pixels per pixel of the still."""
        amplitude, speed, phase = self.swell
        swelled = amplitude * (math.sin(speed * time + phase) - math.sin(phase))
        return self.zoom * math.exp(self.growth * time + swelled)

    def view(self, time: float) -> Matrix:
        """Still to frame."""
        x, y, w, h = self.target
        turned = self.turn * math.sin(0.06 * time)
        return affine(self.scale(time), turned, (x + w / 2, y + h / 2), self._middle(time))

    def upright(self, time: float) -> Box:
        """The target's box, scaled about its moved centre: how the window sways is left out.

        The box around a turned part is larger than the part, which a tracker that answers with the
        part's size in an upright box would pay for.
        """
        (x, y), scale = self._middle(time), self.scale(time)
        w, h = self.target[2] * scale, self.target[3] * scale
        return x - w / 2, y - h / 2, w, h

    def _middle(self, time: float) -> tuple[float, float]:
        inner = np.array(self.size) * 0.3  # the target never leaves the frame by itself
        place = self.path.at(time)
        for moment, *off in self.jerks:
            place = place + np.array(off) * (time >= moment)
        middle = np.array(self.size) / 2 + inner * np.tanh(place / inner)
        if self.absence is not None:
            middle = middle + self.absence.at(time)
        x, y = middle.tolist()
        return x, y

    def shows(self, time: float) -> bool:
        """Whether all of the target is in the frame."""
        x, y, w, h = self.upright(time)
        return x >= 0 and y >= 0 and x + w <= self.size[0] and y + h <= self.size[1]


def wandering(
    rng: np.random.Generator, target: Box, frames: int, size: tuple[int, int]
) -> StillWindow:
    """Draw a window in which the target begins at 12 to 20 % of the frame's smaller side.

    With every fifth frame its longest jump is mostly about its own side, or twice that at SPEEDS'
    fast end; docs/quality.md has the figures.
    """
    side = math.sqrt(target[2] * target[3])
    return StillWindow(
        target,
        size,
        zoom=min(size) * float(rng.uniform(0.12, 0.2)) / side,
        growth=float(rng.normal(0, 0.35)) / max(frames - 1, 1),
        swell=(float(rng.uniform(0, 0.3)), float(rng.uniform(0.05, 0.15)), _phase(rng)),
        turn=float(rng.normal(0, 0.06)),
        path=_path(rng, min(size) * float(np.exp(rng.uniform(*np.log(SPEEDS))))),
    )


def zooming(
    rng: np.random.Generator, target: Box, frames: int, size: tuple[int, int]
) -> StillWindow:
    """Draw a window that comes nearer, or goes away, by GROWTH; one is the other backwards."""
    drawn = wandering(rng, target, frames, size)
    growth = math.log(GROWTH) / (frames - 1)
    calm = replace(drawn, swell=(0.0, 0.0, 0.0), path=_path(rng, min(size) * SLOW))
    if rng.random() < 0.5:
        return replace(calm, growth=growth)
    return replace(calm, zoom=drawn.zoom * GROWTH, growth=-growth)


def jerking(
    rng: np.random.Generator, target: Box, frames: int, size: tuple[int, int]
) -> StillWindow:
    """Draw a calm window whose camera is pushed three times, each time from one frame to the next.

    The target is then 1 to 3 of its sides from where it was.
    """
    drawn = _calm(wandering(rng, target, frames, size), rng)
    for share in _JERKS_AT:
        moment = float(round(share * frames))
        x, y, w, h = drawn.upright(moment)
        wanted = math.sqrt(w * h) * float(rng.uniform(*JERKS))
        best: tuple[float, StillWindow] | None = None
        # The frame is only so large: a push towards its rim is squeezed.
        for angle in rng.uniform(0, 2 * np.pi, _TRIED).tolist():
            # Longer than wanted, because some of it is squeezed in any case.
            push = moment, 1.3 * wanted * math.cos(angle), 1.3 * wanted * math.sin(angle)
            tried = replace(drawn, jerks=(*drawn.jerks, push))
            left, top, _, _ = tried.upright(moment)
            missed = abs(math.hypot(left - x, top - y) - wanted)
            if best is None or missed < best[0]:
                best = missed, tried
        if best is not None:
            drawn = best[1]
    return drawn


def leaving(
    rng: np.random.Generator, target: Box, frames: int, size: tuple[int, int]
) -> StillWindow:
    """Draw a calm window whose camera looks elsewhere for a fifth of the time.

    The target leaves over the edge that is nearest, wholly, and comes back over the same edge up to
    1.5 of its sides from where it left.
    """
    drawn = _calm(wandering(rng, target, frames, size), rng)
    begins, ends = (float(round(share * frames)) for share in _AWAY)
    x, y, w, h = drawn.upright(begins)
    side = math.sqrt(w * h)
    # How far it has to go to be out by half a side: left, up, right, down.
    ways = x + w, y + h, size[0] - x, size[1] - y
    edge = int(np.argmin(ways))
    far = (ways[edge] + side / 2) * (-1 if edge < 2 else 1)
    along = side * float(rng.uniform(-1.5, 1.5))
    way, slid = ((far, 0.0), (0.0, along)) if edge % 2 == 0 else ((0.0, far), (along, 0.0))
    return replace(drawn, absence=Absence(begins, ends, way), jerks=((ends, *slid),))


def _calm(drawn: StillWindow, rng: np.random.Generator) -> StillWindow:
    return replace(drawn, path=_path(rng, min(drawn.size) * SLOW))


def _path(rng: np.random.Generator, speed: float) -> Path:
    """Draw a way to and fro at about `speed` frame pixels per frame, which never comes to rest."""
    rates = rng.uniform(0.05, 0.2, (2, 2))
    share = rng.uniform(0.3, 0.7, 2)
    # Over the rate, since the speed of a swing is amplitude times rate.
    amplitude = speed * np.stack([share, 1 - share], axis=1) / rates
    phases = rng.uniform(0, 2 * np.pi, (2, 2))
    swings = np.stack([amplitude, rates, phases], axis=-1)  # (2, 2, 3)
    return Path(np.zeros(2), np.zeros(2), swings)


def _phase(rng: np.random.Generator) -> float:
    return float(rng.uniform(0, 2 * np.pi))


def look(pair: StillPair, window: StillWindow, time: float) -> Look:
    """See a still through a window; raises CKDError for one that cannot be read."""
    view = window.view(time)
    # Black beyond the still: mirrored, the target could be seen twice.
    rgb, tir = (
        render_photo(levels, view, window.size, cv2.BORDER_CONSTANT) for levels in pair.levels()
    )
    return Look(rgb, tir)


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A part of another still that passes before the target."""

    rgb: NDArray[np.float32]
    """(S, S, 3)."""
    tir: NDArray[np.float32]
    """(S, S)."""
    opacity: NDArray[np.float32]
    """(S, S) 0 to 1: an ellipse with a soft rim."""
    meets: float
    """The frame on which it lies right before the target, but for `beside`."""
    way: tuple[float, float]
    """Pixels per frame by which it passes the target."""
    beside: tuple[float, float]
    """Pixels by which its centre misses the target's."""

    def over(self, seen: Look, box_xywh: Box, time: float) -> Look:
        """Return the look with the piece where it is at that moment."""
        x, y, w, h = box_xywh
        passed = time - self.meets
        side = len(self.opacity)
        left = x + w / 2 + self.beside[0] + passed * self.way[0] - side / 2
        top = y + h / 2 + self.beside[1] + passed * self.way[1] - side / 2
        height, width = seen.tir.shape
        column, row = int(np.floor(left)), int(np.floor(top))
        x0, x1 = max(column, 0), min(column + side + 1, width)
        y0, y1 = max(row, 0), min(row + side + 1, height)
        if x0 >= x1 or y0 >= y1:  # outside the frame
            return seen
        shift = np.array([[1.0, 0.0, left - x0], [0.0, 1.0, top - y0]])
        room = x1 - x0, y1 - y0
        opacity, rgb, tir = (
            cv2.warpAffine(each, shift, room) for each in (self.opacity, self.rgb, self.tir)
        )
        # Of its own, since its rim fades where its colours do.
        behind = 1 - opacity
        new_rgb, new_tir = seen.rgb.copy(), seen.tir.copy()
        new_rgb[y0:y1, x0:x1] = rgb + behind[:, :, None] * new_rgb[y0:y1, x0:x1]
        new_tir[y0:y1, x0:x1] = tir + behind * new_tir[y0:y1, x0:x1]
        return Look(new_rgb, new_tir)


def piece(
    rng: np.random.Generator,
    still: StillPair,
    part: Box,
    target_side: float,
    meets: float,
) -> Piece:
    """Cut a part of a still, .9 to 1.5 times as large as the target, to pass at frame `meets`.

    At .08 to .2 sides per frame it touches the target for ten frames or more, and hides most of it
    for some. Raises CKDError for a still that cannot be read.
    """
    side = max(8, round(target_side * float(rng.uniform(0.9, 1.5))))
    x, y, w, h = part
    scale = side / float(np.sqrt(w * h))
    view = affine(scale, 0.0, (x + w / 2, y + h / 2), (side / 2, side / 2))
    rgb, tir = (
        render_photo(levels, view, (side, side)).astype(np.float32) for levels in still.levels()
    )
    ramp = (np.arange(side, dtype=np.float32) + 0.5) / side * 2 - 1
    stretch = float(rng.uniform(0.75, 1.0))
    across, down = (1.0, stretch) if rng.random() < 0.5 else (stretch, 1.0)
    distance = np.hypot(ramp / across, ramp[:, None] / down)
    opacity = np.clip((1 - distance) / 0.12, 0, 1).astype(np.float32)
    angle = float(rng.uniform(0, 2 * np.pi))
    # Fast enough to begin beside the target, also in a short clip.
    speed = target_side * max(float(rng.uniform(0.08, 0.2)), _CLEAR / meets)
    off_x, off_y = rng.normal(0, 0.12 * target_side, 2).tolist()
    return Piece(
        rgb * opacity[:, :, None],
        tir * opacity,
        opacity,
        meets,
        (speed * float(np.cos(angle)), speed * float(np.sin(angle))),
        (off_x, off_y),
    )


def failed(image: Pixels, fault: Fault, rng: np.random.Generator, before: Pixels) -> Pixels:
    """What a camera shows that fails; `before` is the last it showed while it worked."""
    if fault == "frozen":
        return before
    gain, lift, noise = {
        "dark": (0.04, 3.0, 3.0),
        "saturated": (4.0, 225.0, 1.0),
        "fogged": (0.12, 165.0, 2.0),
    }[fault]
    dull = np.asarray(cv2.convertScaleAbs(image, alpha=gain, beta=lift), np.uint8)
    return grain(dull, rng, noise)


def grain(image: Pixels, rng: np.random.Generator, sigma: float) -> Pixels:
    """Return the image with noise of `sigma` gray levels, cut from a bank: ten times as fast."""
    height, width = image.shape[:2]
    bank = _bank(width, height, sigma)
    row, column = rng.integers(_SLIDE, size=2).tolist()
    cut = bank[row : row + height, column : column + width]
    # OpenCV adds and saturates in one go.
    added = cv2.add(image, cut[:, :, 0] if image.ndim == 2 else cut[:, :, 1:], dtype=cv2.CV_8U)
    return np.asarray(added, np.uint8)


_SLIDE = 256
"""Pixels by which two cuts of a bank may differ each way."""


@lru_cache(maxsize=8)
def _bank(width: int, height: int, sigma: float) -> NDArray[np.int16]:
    """(H + 256, W + 256, 4) of noise in whole gray levels: thermal, then red, green and blue."""
    rng = np.random.default_rng((width, height))
    drawn = rng.standard_normal((height + _SLIDE, width + _SLIDE, 4), np.float32)
    return np.asarray(np.rint(drawn * np.float32(sigma)), np.int16)
