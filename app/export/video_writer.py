"""Writing pictures as an H.264 video that plays anywhere."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

from app.export.part_file import not_written, part_file, put_in_place
from safe_files import FileError, is_stream, reason
from tracker_core.errors import CKDError

QUALITY = "20"
"""x264's constant rate factor: lower is better and larger."""


class VideoWriter:
    """An MP4 file that grows frame by frame and takes its name only when it is complete."""

    def __init__(self, path: Path, size: tuple[int, int], frames_per_second: float = 25.0) -> None:
        if path.suffix.lower() != ".mp4" and not is_stream(path):
            raise CKDError(f"{path.name} must end in .mp4, the kind of video that is written.")
        # Two pixels share a colour in each direction, see `pix_fmt` below.
        if size[0] % 2 or size[1] % 2:
            raise CKDError(f"A video needs even sides, not {size[0]}x{size[1]}.")
        self.path = path
        self._part = part_file(path)
        try:
            self._container = av.open(
                # The format is said, because the part file need not end in .mp4; the index goes to
                # the front, so that players can begin before they have the whole file.
                self._part.path,
                "w",
                format="mp4",
                options={"movflags": "+faststart"},
            )
            self._stream = self._begin(size, frames_per_second)
        except OSError as error:
            self._part.discard()
            raise self._refused(error) from error
        except BaseException:  # Ctrl+C too, or the hidden file would stay
            self._part.discard()
            raise

    def _begin(self, size: tuple[int, int], frames_per_second: float) -> VideoStream:
        rate = _rate(frames_per_second)
        stream: VideoStream = self._container.add_stream("libx264", rate=rate)
        stream.width, stream.height = size
        # Colours at half resolution are the only kind that browsers and phones are sure to play.
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": QUALITY, "preset": "medium"}
        return stream

    def write(self, picture: NDArray[np.uint8]) -> None:
        """Append one (height, width, 3) RGB picture of the size given at the start."""
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        try:
            for packet in self._stream.encode(frame):
                self._container.mux(packet)
        except OSError as error:
            raise self._refused(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish the file; after an error nothing is left behind."""
        if kind is not None:
            # Closed first: Windows does not delete an open file. A full disk fails here once more.
            with suppress(OSError):
                self._container.close()
            self._part.discard()
            return
        try:
            # The encoder holds frames back to compare them; None makes it give them out.
            for packet in self._stream.encode(None):
                self._container.mux(packet)
            self._container.close()
        except OSError as problem:
            self._part.discard()
            raise self._refused(problem) from problem
        except BaseException:
            self._part.discard()
            raise
        put_in_place(self._part)

    def _refused(self, error: OSError) -> CKDError:
        return not_written(FileError(self.path, reason(error), "written"))


def _rate(frames_per_second: float) -> Fraction:
    # The exact fraction of a float has a denominator of 2 ** 40 and more; FFmpeg holds 32 bits.
    # 1001 is the largest one in use: television of 29.97 frames a second has 30000/1001.
    return Fraction(frames_per_second).limit_denominator(1001)
