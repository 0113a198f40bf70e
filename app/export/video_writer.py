"""Writing pictures as an H.264 video that plays anywhere."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from io import SEEK_SET, FileIO
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

from app.export.part_file import not_written, part_file, put_in_place
from safe_files import FileError, is_stream, reason
from safe_files.writing import write_all
from tracker_core.errors import CKDError

QUALITY = "20"
"""x264's constant rate factor: lower is better and larger."""


def check_film(path: Path) -> None:
    """Refuse the name of a video that does not end as one; CKDError."""
    if path.suffix.lower() != ".mp4" and not is_stream(path):
        raise CKDError(f"{path.name} must end in .mp4, the kind of video that is written.")


class VideoWriter:
    """An MP4 file that grows frame by frame and takes its name only when it is complete."""

    def __init__(self, path: Path, size: tuple[int, int], frames_per_second: float = 25.0) -> None:
        check_film(path)
        # Two pixels share a colour in each direction, see `pix_fmt` below.
        if size[0] % 2 or size[1] % 2:
            raise CKDError(f"A video needs even sides, not {size[0]}x{size[1]}.")
        self.path = path
        self._part = part_file(path)
        self._file: _PlainFile | None = None
        try:
            self._file = _PlainFile(self._part.path)
            self._container = av.open(
                self._file,
                "w",
                # Said, because the part file need not end in .mp4. The index goes to the front, so
                # that players can begin before they have the whole file.
                format="mp4",
                options={"movflags": "+faststart"},
                io_open=self._file.again,
            )
            self._stream = self._begin(size, frames_per_second)
        except OSError as error:
            self._drop()
            raise self._refused(error) from error
        except BaseException:  # Ctrl+C too, or the hidden file would stay
            self._drop()
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
            # A full disk fails here once more.
            with suppress(OSError):
                self._container.close()
            self._drop()
            return
        try:
            # The encoder holds frames back to compare them; None makes it give them out.
            for packet in self._stream.encode(None):
                self._container.mux(packet)
            self._container.close()
        except OSError as problem:
            self._drop()
            raise self._refused(problem) from problem
        except BaseException:
            self._drop()
            raise
        self._close()
        put_in_place(self._part)

    def _drop(self) -> None:
        self._close()
        self._part.discard()

    def _close(self) -> None:
        # Before renaming and deleting, which Windows does to no open file.
        if self._file is not None:
            self._file.close()

    def _refused(self, error: OSError) -> CKDError:
        return not_written(FileError(self.path, reason(error), "written"))


class _PlainFile:
    """The file of a video in our own hands.

    FFmpeg's own is never closed after a write that failed: it would keep its room on the full disk
    until the program ends.
    """

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._file = path.open("r+b", buffering=0)
        self._readers: list[FileIO] = []

    def write(self, data: bytes) -> int:
        """Write all of it; OSError when the disk is full."""
        write_all(self._file.fileno(), data)
        return len(data)

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        """Go to a place."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the place."""
        return self._file.tell()

    def again(self, _url: str, _flags: int, _options: object) -> FileIO:
        """Open it once more to be read: that is how the index gets to the front."""
        reader = FileIO(self.name)
        self._readers.append(reader)
        return reader

    def close(self) -> None:
        """Let go of all of it."""
        for each in (*self._readers, self._file):
            each.close()


def _rate(frames_per_second: float) -> Fraction:
    # The exact fraction of a float has a denominator of 2 ** 40 and more; FFmpeg holds 32 bits.
    # 1001 is the largest one in use: television of 29.97 frames a second has 30000/1001.
    return Fraction(frames_per_second).limit_denominator(1001)
