"""What the person sees: of the frame on screen alone, never of another one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.window.main_window import MainWindow
from sessions import Modality
from tracker_core.evaluation.metrics import overlaps
from tracker_core.frames import Box

RIGHT = 0.5
"""A box that overlaps the target by as much is right."""
OFF = 2.0
"""Pixels by which each edge of a drawn box is off at most."""
SMALLEST = 1.0
"""Pixels of a side within the frame; a hand draws no box without an area."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What a person sees on one frame."""

    frame: int
    visible: bool
    """Whether the target is in the frame."""
    boxed: bool
    """Whether the window draws its box."""
    overlap: float
    """Of box and target; 0 without one of them."""

    @property
    def right(self) -> bool:
        """Whether the frame may stay as it is."""
        return self.overlap >= RIGHT if self.visible else not self.boxed

    def __str__(self) -> str:
        if not self.visible:
            return f"{self.frame}: target not in sight, {'a box' if self.boxed else 'no box'}"
        return f"{self.frame}: {f'IoU {self.overlap:.2f}' if self.boxed else 'no box'}"


class Eyes:
    """Holds the truth, and says of it what is on screen just now."""

    def __init__(self, window: MainWindow, truth: NDArray[np.float64], seed: int) -> None:
        """Look at `window`; `truth` (N, 4) has zeros where the target is not in the frame."""
        self._window = window
        self._truth = truth
        self._chance = np.random.default_rng(seed)

    def look(self) -> Sight:
        """Say what the frame on screen and the box drawn on it are like."""
        frame, true = self._here()
        item = self._window.views.panes.scene.selected_box
        box = None if item is None else item.box(Modality.RGB)
        overlap = 0.0 if box is None else float(overlaps(np.array([box]), true[np.newaxis])[0])
        return Sight(frame, bool(true[2] > 0), box is not None, overlap)

    def box_to_draw(self) -> Box:
        """Return the target's box on the frame on screen as a hand draws it."""
        _, (x, y, w, h) = self._here()
        width, height = self._window.views.panes.scene.size
        while True:
            off = self._chance.uniform(-OFF, OFF, 4)
            left, top, right, bottom = (np.array([x, y, x + w, y + h]) + off).tolist()
            # The window cuts off what is outside the frame.
            inside = min(right, width) - max(left, 0), min(bottom, height) - max(top, 0)
            if min(inside) >= SMALLEST:
                return left, top, right - left, bottom - top

    def _here(self) -> tuple[int, NDArray[np.float64]]:
        frame = self._window.views.panes.scene.frame_index
        return frame, self._truth[frame]
