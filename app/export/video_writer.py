"""Writing pictures as an H.264 video that plays anywhere."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

from tracker_core.errors import CKDError

QUALITY = "20"
"""x264's constant rate factor: lower is better and larger."""


class VideoWriter:
    """An MP4 file that grows frame by frame and takes its name only when it is complete."""

    def __init__(self, path: Path, size: tuple[int, int], frames_per_second: float = 25.0) -> None:
        if path.suffix.lower() != ".mp4":
            raise CKDError(f"{path.name} must end in .mp4, the kind of video that is written.")
        if size[0] % 2 or size[1] % 2:
            raise CKDError(f"A video needs even sides, not {size[0]}x{size[1]}.")
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._part = path.with_name(f".{path.stem}.part.mp4")
        self._container = av.open(self._part, "w", options={"movflags": "+faststart"})
        rate = Fraction(frames_per_second).limit_denominator(1000)
        stream = self._container.add_stream("libx264", rate=rate)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": QUALITY, "preset": "medium"}
        self._stream: VideoStream = stream

    def write(self, picture: NDArray[np.uint8]) -> None:
        """Append one (height, width, 3) RGB picture of the size given at the start."""
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        for packet in self._stream.encode(frame):
            self._container.mux(packet)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish the file; after an error nothing is left behind."""
        if kind is None:
            for packet in self._stream.encode(None):
                self._container.mux(packet)
        self._container.close()
        if kind is None:
            self._part.replace(self.path)
        else:
            self._part.unlink(missing_ok=True)
