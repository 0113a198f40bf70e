"""Where the pixels of one modality come from: a folder, a video, or half of a video."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from tracker_core.imaging import Image, read_image
from tracker_core.sequences.listing import FrameList

if TYPE_CHECKING:
    from tracker_core.sequences.video import VideoReader

# A recording of 100 000 files has to be known again in a moment, on a network drive, too.
_SAMPLED_FILES = 5
_SAMPLED_BYTES = 1 << 16


class FrameSource(Protocol):
    """The images of one modality, by position."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files that the images come from: one per image, or one video."""
        ...

    @property
    def place(self) -> Path:
        """The folder or video, for sentences."""
        ...

    @property
    def frame_rate(self) -> float | None:
        """Frames per second when the source knows it."""
        ...

    def __len__(self) -> int: ...

    def read(self, position: int) -> Image:
        """Return one image as stored; CKDError, naming the file, when it cannot be read."""
        ...

    def add_to_fingerprint(self, digest: hashlib._Hash) -> None:
        """Feed names, sizes and a few samples of the bytes."""
        ...

    def close(self) -> None:
        """Let go of open files."""
        ...


class FolderSource:
    """One image file per frame."""

    def __init__(self, frames: FrameList) -> None:
        self.frames = frames

    def __len__(self) -> int:
        return len(self.frames)

    @cached_property
    def paths(self) -> tuple[Path, ...]:
        """Every image file, in order."""
        return tuple(self.frames.folder / name for name in self.frames.names)

    @property
    def place(self) -> Path:
        """The folder."""
        return self.frames.folder

    @property
    def frame_rate(self) -> float | None:
        """Image files do not know it."""
        return None

    def read(self, position: int) -> Image:
        """Read one image file."""
        return read_image(self.frames.folder / self.frames.names[position])

    def add_to_fingerprint(self, digest: hashlib._Hash) -> None:
        """Feed all names, and the sizes and bytes of a few files."""
        # A name on Linux need not be UTF-8.
        digest.update("\n".join(self.frames.names).encode("utf-8", "surrogateescape"))
        for position in _sample(len(self), _SAMPLED_FILES):
            _add_file(digest, self.frames.folder / self.frames.names[position], (0,))

    def close(self) -> None:
        """Nothing is open."""


class VideoSource:
    """One video file."""

    def __init__(self, reader: VideoReader) -> None:
        self.reader = reader

    def __len__(self) -> int:
        return len(self.reader)

    @property
    def paths(self) -> tuple[Path, ...]:
        """The video file alone."""
        return (self.reader.path,)

    @property
    def place(self) -> Path:
        """The video file."""
        return self.reader.path

    @property
    def frame_rate(self) -> float | None:
        """The mean rate of the video."""
        return self.reader.index.frame_rate or None

    def read(self, position: int) -> Image:
        """Decode one frame."""
        return self.reader.read(position)

    def add_to_fingerprint(self, digest: hashlib._Hash) -> None:
        """Feed the size and some bytes of the file, and the number of frames."""
        size = self.reader.path.stat().st_size
        offsets = [int(p) for p in np.linspace(0, max(0, size - _SAMPLED_BYTES), 3)]
        digest.update(f"{self.reader.path.name}|{len(self)}".encode("utf-8", "surrogateescape"))
        _add_file(digest, self.reader.path, offsets)

    def close(self) -> None:
        """Close the decoder."""
        self.reader.close()


class HalfSource(VideoSource):
    """The left or right half of each frame of a side-by-side video; both halves are equally wide.

    The two halves share one reader, which decodes each frame once.
    """

    def __init__(self, reader: VideoReader, side: Literal["left", "right"]) -> None:
        super().__init__(reader)
        self.side = side

    def read(self, position: int) -> Image:
        """Decode one frame and cut out the half."""
        image = self.reader.read(position)
        half = image.shape[1] // 2
        if self.side == "left":
            # A view would keep the other half in memory, and is not contiguous.
            return image[:, :half].copy()
        # From the right, so that both are equally wide where the width is odd.
        return image[:, image.shape[1] - half :].copy()

    def add_to_fingerprint(self, digest: hashlib._Hash) -> None:
        """Feed the video and the side."""
        digest.update(self.side.encode())
        super().add_to_fingerprint(digest)


def _sample(count: int, wanted: int) -> list[int]:
    return sorted({int(k) for k in np.linspace(0, max(0, count - 1), wanted)}) if count else []


def _add_file(digest: hashlib._Hash, path: Path, offsets: Iterable[int]) -> None:
    try:
        digest.update(str(path.stat().st_size).encode())
        with path.open("rb") as file:
            for offset in offsets:
                file.seek(offset)
                digest.update(file.read(_SAMPLED_BYTES))
    except OSError:
        # Such a frame is a gap, and a recording with gaps has a fingerprint, too.
        digest.update(b"unreadable")
