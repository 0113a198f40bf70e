"""Frames as a TraX tracker is sent them: the cameras it asks for, in a form it can read."""

from __future__ import annotations

import base64
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker_core.errors import CKDError
from tracker_core.frames import FramePair
from tracker_core.imaging import ThermalRange, cv2, thermal_over_rgb

CHANNELS = {"color": "rgb", "ir": "tir"}
"""TraX's word for each camera, in the order in which both are sent."""
FORMS = ("path", "memory", "buffer")
"""Ways to send a picture, best first: a file is what the VOT toolkit sends, so all know it."""


class Pictures:
    """Frames of one tracker; the files of a frame are there until the next one is sent."""

    def __init__(self, channels: tuple[str, ...], form: str) -> None:
        """Send these channels, in TraX's order, in one of `FORMS`."""
        self._channels = channels
        self._form = form
        self._folder: Path | None = None
        self._count = 0
        self._files: list[Path] = []

    def sent(self, frames: FramePair, thermal: ThermalRange | None) -> tuple[str, ...]:
        """Return one argument for each channel; raises CKDError where none can be written."""
        self._forget()
        self._count += 1
        found: list[str] = []
        for channel in self._channels:
            # As trackers on one camera get it: 8 bits, over the RGB frame, stretched as the first.
            seen = frames.rgb if channel == "color" else thermal_over_rgb(frames, thermal)
            found.append(self._argument(channel, seen))
        return tuple(found)

    def close(self) -> None:
        """Remove what was written."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _argument(self, channel: str, seen: NDArray[np.uint8]) -> str:
        match self._form:
            case "memory":
                kind = "gray8" if seen.ndim == 2 else "rgb"
                head = f"image:{seen.shape[1]};{seen.shape[0]};{kind};"
                return head + _base64(seen)
            case "buffer":
                return "data:image/png;" + _base64(_encoded(".png", seen))
        # Without compression: a PNG of a large frame takes longer than many a tracker.
        path = self._place() / f"{channel}-{self._count:08d}.bmp"
        try:
            path.write_bytes(_encoded(".bmp", seen).tobytes())
        except OSError as error:
            raise CKDError(
                f"The frame for the tracker cannot be written to {path}: "
                f"{error.strerror or error}; make room there."
            ) from error
        self._files.append(path)
        return f"file://{path}"

    def _place(self) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="ckd-studio-trax-"))
        return self._folder

    def _forget(self) -> None:
        for path in self._files:
            # A tracker may still hold it open, which Windows minds; the folder goes at the end.
            with suppress(OSError):
                path.unlink()
        self._files.clear()


def _encoded(ending: str, seen: NDArray[np.uint8]) -> NDArray[np.uint8]:
    pixels: NDArray[Any] = seen if seen.ndim == 2 else seen[:, :, ::-1]  # RGB to OpenCV's BGR
    return np.asarray(cv2.imencode(ending, np.ascontiguousarray(pixels))[1], np.uint8)


def _base64(values: NDArray[np.uint8]) -> str:
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode("ascii")
