"""A window that moves over one picture, of which the target is a part."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tracker_core.frames import Box, FramePair
from tracker_core.imaging import cv2
from tracker_core.synthetic import degrade
from tracker_core.synthetic.compositor import Matrix, Pixels, affine, render_photo
from tracker_core.synthetic.scene import SceneFrame, SceneObject
from tracker_core.synthetic.thermal import (
    Temperature,
    background_temperature,
    expose,
    random_look,
    random_sensor,
    stretch,
)
from tracker_core.synthetic.wandering import Path, random_path


@dataclass(frozen=True, slots=True)
class MovingWindow:
    """How a window moves over one picture, zooming and swaying about a part of it."""

    box_xywh: Box
    """The part, in pixels of the picture."""
    size: tuple[int, int]
    """Width and height of the window in frame pixels."""
    frames: int
    zoom: float
    """Frame pixels per pixel of the picture on the first frame."""
    growth: float
    """Factor on the zoom by the last frame."""
    turn: float
    """Radians by which it sways."""
    path: Path

    def view(self, time: float) -> Matrix:
        """Picture to frame."""
        share = time / max(self.frames - 1, 1)
        x, y, w, h = self.box_xywh
        inner = np.array(self.size) * 0.3  # the target never leaves the frame
        place = np.array(self.size) / 2 + inner * np.tanh(self.path.at(time) / inner)
        return affine(
            self.zoom * self.growth**share,
            self.turn * float(np.sin(0.06 * time)),
            (x + w / 2, y + h / 2),
            (float(place[0]), float(place[1])),
        )

    def box(self, time: float) -> Box:
        """Where the part is in the frame: the box of the ellipse inside it, turned with it."""
        view = self.view(time)
        x, y, w, h = self.box_xywh
        centre = view[:, :2] @ np.array([x + w / 2, y + h / 2]) + view[:, 2]
        wide = float(np.hypot(view[0, 0] * w, view[0, 1] * h))
        high = float(np.hypot(view[1, 0] * w, view[1, 1] * h))
        return float(centre[0]) - wide / 2, float(centre[1]) - high / 2, wide, high


def random_window(
    rng: np.random.Generator, box_xywh: Box, frames: int, size: tuple[int, int]
) -> MovingWindow:
    """Draw a way for a window in which the box begins at 12 to 20 % of the frame's smaller side."""
    side = float(np.sqrt(box_xywh[2] * box_xywh[3]))
    return MovingWindow(
        box_xywh,
        size,
        frames,
        zoom=min(size) * float(rng.uniform(0.12, 0.2)) / side,
        growth=float(np.exp(rng.normal(0, 0.25))),
        turn=float(rng.normal(0, 0.06)),
        path=random_path(rng, (0.0, 0.0), min(size) * 0.012),
    )


class WindowScene:
    """A window that moves over one picture; the target is a part of the picture itself."""

    def __init__(
        self,
        seed: int,
        levels: tuple[Pixels, ...],
        box_xywh: Box,
        frames: int = 90,
        size: tuple[int, int] = (480, 360),
    ) -> None:
        """`levels` is the picture at full, half and quarter size, `box_xywh` the target in it."""
        rng = np.random.default_rng((seed, 0xB22))
        self.size = size
        self._seed, self._levels = seed, levels
        self._look = random_look(rng)
        self._sensor = replace(random_sensor(rng), coarse=1.0)
        self._window = random_window(rng, box_xywh, frames, size)
        views = [self._layers(float(time))[1] for time in (0, frames - 1)]
        self._gain = stretch(views, rng, most=3.0)

    def _layers(self, time: float) -> tuple[Pixels, Temperature]:
        view = self._window.view(time)
        scale = float(np.sqrt(abs(np.linalg.det(view[:, :2]))))
        # Black beyond the picture: mirrored, the target could be seen twice.
        rgb = render_photo(self._levels, view, self.size, cv2.BORDER_CONSTANT)
        return rgb, background_temperature(self._look, rgb, scale / self._window.zoom)

    def render(self, index: int) -> SceneFrame:
        """Film frame `index`; the box is that of the ellipse inside the turned target."""
        time = float(index)
        rng = np.random.default_rng((self._seed, 0xF22, index))
        rgb, warmth = self._layers(time)
        warmth = warmth * np.float32(self._gain[0]) + np.float32(self._gain[1])
        pair = FramePair(degrade.grainy(rgb, rng, 2.0), expose(self._sensor, warmth, rng))
        return SceneFrame(pair, (SceneObject("target", self._window.box(time), 1.0),))
