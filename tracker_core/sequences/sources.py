"""Where the pixels of one modality come from: a folder, pages of a file, a video or half of it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from tracker_core.errors import CKDError
from tracker_core.imaging import (
    DamageError,
    Image,
    TiffPages,
    open_regular,
    read_reduced,
    read_still,
)
from tracker_core.sequences.listing import FrameList
from tracker_core.sequences.remarks import Remark, info, some, warning

if TYPE_CHECKING:
    from tracker_core.sequences.video import VideoReader

# A recording of 100 000 files has to be known again in a moment, on a network drive, too.
_SAMPLED_FILES = 5
TIFF_SUFFIXES = (".tif", ".tiff")
"""Lower-case endings of files that may hold several pages."""
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

    def file(self, position: int) -> Path:
        """The file that one image comes from."""
        ...

    @property
    def frame_rate(self) -> float | None:
        """Frames per second when the source knows it."""
        ...

    def __len__(self) -> int: ...

    def read(self, position: int) -> Image:
        """Return one image as stored; CKDError, naming the file, when it cannot be read."""
        ...

    def read_reduced(self, position: int, factor: int) -> tuple[Image, tuple[int, int]] | None:
        """Return one image with fewer pixels, and the size of the whole; None if no cheaper.

        See `tracker_core.imaging.read_reduced`.
        """
        ...

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """What reading has shown so far that is no damage."""
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
        # The linter reads on several threads.
        self._lock = threading.Lock()
        self._several: dict[int, int] = {}
        self._oriented: set[int] = set()

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

    def file(self, position: int) -> Path:
        """The file of one image."""
        # Not by `paths`, which keeps one object for every frame there is.
        return self.frames.folder / self.frames.names[position]

    @property
    def frame_rate(self) -> float | None:
        """Image files do not know it."""
        return None

    def read(self, position: int) -> Image:
        """Read one image file."""
        still = read_still(self.frames.folder / self.frames.names[position])
        if still.pictures > 1 or still.orientation > 1:
            with self._lock:
                if still.pictures > 1:
                    self._several[position] = still.pictures
                if still.orientation > 1:
                    self._oriented.add(position)
        return still.pixels

    def read_reduced(self, position: int, factor: int) -> tuple[Image, tuple[int, int]] | None:
        """Read one image file, if it is a JPEG."""
        return read_reduced(self.frames.folder / self.frames.names[position], factor)

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """On files with several pictures or an orientation tag, among those read so far."""
        with self._lock:
            several, oriented = dict(self._several), sorted(self._oriented)
        names, folder = self.frames.names, self.frames.folder.name
        found: list[Remark] = []
        if several:
            shown = [f"{names[k]} holds {count}" for k, count in sorted(several.items())]
            sentence = (
                f"Files in {folder} hold several pictures, of which the first is used: "
                f"{some(shown)}."
            )
            found.append(warning("several-pictures", sentence))
        if oriented:
            sentence = (
                f"Files in {folder} have an orientation tag, which is ignored, for boxes are in "
                f"stored pixels: {some([names[k] for k in oriented])}."
            )
            found.append(info("orientation-tag", sentence))
        return tuple(found)

    def add_to_fingerprint(self, digest: hashlib._Hash) -> None:
        """Feed all names, and the sizes and bytes of a few files."""
        # A name on Linux need not be UTF-8.
        digest.update("\n".join(self.frames.names).encode("utf-8", "surrogateescape"))
        for position in _sample(len(self), _SAMPLED_FILES):
            _add_file(digest, self.frames.folder / self.frames.names[position], (0,))

    def close(self) -> None:
        """Nothing is open."""


class PageSource:
    """The pages of one TIFF file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        # The file has one position.
        self._lock = threading.Lock()
        self._pages: TiffPages | None = None
        self._count = len(self._opened())
        # Opened again to be read: who only looks at a folder leaves no file open.
        self.close()

    def __len__(self) -> int:
        return self._count

    @property
    def paths(self) -> tuple[Path, ...]:
        """The file alone."""
        return (self._path,)

    @property
    def place(self) -> Path:
        """The file."""
        return self._path

    def file(self, position: int) -> Path:  # noqa: ARG002
        """The file."""
        return self._path

    @property
    def frame_rate(self) -> float | None:
        """Pages do not know it."""
        return None

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """That pages are frames."""
        sentence = f"{self._path.name} holds {self._count} pages, which are the frames."
        return (info("pages", sentence),)

    def _opened(self) -> TiffPages:
        if self._pages is None:
            try:
                with ExitStack() as opening:
                    self._pages = TiffPages(opening.enter_context(open_regular(self._path)))
                    opening.pop_all()  # from here on it is closed by `close`
            except OSError as error:
                raise CKDError(
                    f"The image {self._path} cannot be read: {error.strerror}."
                ) from error
            except DamageError as damage:
                raise CKDError(f"The image {self._path} {damage}; replace the file.") from None
        return self._pages

    def read(self, position: int) -> Image:
        """Decode one page."""
        with self._lock:
            try:
                return self._opened().read(position)
            except OSError as error:
                raise CKDError(
                    f"The image {self._path} cannot be read: {error.strerror}."
                ) from error
            except DamageError as damage:
                raise CKDError(
                    f"Page {position + 1} of {self._path} {damage}; replace it or leave it as a "
                    "gap."
                ) from None

    def read_reduced(self, position: int, factor: int) -> None:  # noqa: ARG002
        """Pages are decoded whole."""
        return

    def add_to_fingerprint(self, digest: hashlib._Hash) -> None:
        """Feed the size and some bytes of the file, and the number of pages."""
        _add_spread(digest, self._path, len(self))

    def close(self) -> None:
        """Close the file; the next read opens it again."""
        with self._lock:
            if self._pages is not None:
                self._pages.close()
            self._pages = None


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

    def file(self, position: int) -> Path:  # noqa: ARG002
        """The video file."""
        return self.reader.path

    @property
    def frame_rate(self) -> float | None:
        """The mean rate of the video."""
        return self.reader.index.frame_rate or None

    def read(self, position: int) -> Image:
        """Decode one frame."""
        return self.reader.read(position)

    def read_reduced(self, position: int, factor: int) -> None:  # noqa: ARG002
        """Frames of videos are decoded whole."""
        return

    def add_to_fingerprint(self, digest: hashlib._Hash) -> None:
        """Feed the size and some bytes of the file, and the number of frames."""
        # The first stream is as it was before there could be a second one.
        if self.reader.stream_index:
            digest.update(f"stream {self.reader.stream_index}|".encode())
        _add_spread(digest, self.reader.path, len(self))

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """Nothing that its index has not told."""
        return ()

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


def _add_spread(digest: hashlib._Hash, path: Path, count: int) -> None:
    size = path.stat().st_size
    offsets = [int(p) for p in np.linspace(0, max(0, size - _SAMPLED_BYTES), 3)]
    digest.update(f"{path.name}|{count}".encode("utf-8", "surrogateescape"))
    _add_file(digest, path, offsets)


def _add_file(digest: hashlib._Hash, path: Path, offsets: Iterable[int]) -> None:
    try:
        digest.update(str(path.stat().st_size).encode())
        with open_regular(path) as file:
            for offset in offsets:
                file.seek(offset)
                digest.update(file.read(_SAMPLED_BYTES))
    except (OSError, DamageError):
        # Such a frame is a gap, and a recording with gaps has a fingerprint, too.
        digest.update(b"unreadable")
