"""Decoded frames of sequences kept on the disk, because decoding them takes most of a pair's time.

What is kept is what was decoded, to the last bit: batches are the same with and without it. One
file holds both images of a frame and takes its place whole, so that any number of processes may
share a folder. It says which files it was made of, and whoever reads it compares.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import get_worker_info

from safe_files import FileError, reason, write_bytes
from tracker_core.bounds import Bounds
from tracker_core.errors import CKDError
from tracker_core.frames import FramePair
from tracker_core.sequences import Sequence

GIB = 1 << 30
FRAME_CACHE = Bounds(0, 1_000_000)
"""GiB that a cache of frames may take."""
LEFT_FREE = 4 * GIB
"""Bytes of the disk that a cache leaves to others; checkpoints have to be written, too."""
_FAILURES = 3
"""So many frames in a row that could not be written mean that none can."""
_NAME = re.compile(r"[0-9a-f]{32}\.frame")
_LARGEST = GIB
"""Bytes of a file that is read at all; frames of the largest images take half of it."""
# Magic, stamp of the sources, checksum; rows and columns of RGB; of thermal rows, columns, channels
# and bytes of a value.
_HEAD = struct.Struct("<8s16sQ6I8x")
_MAGIC = b"CKDfram1"


@dataclass(slots=True)
class FrameCache:
    """Frames below one folder, up to a number of bytes; each process has a copy of this."""

    folder: Path
    room: int
    """Bytes that may be added by all processes that get a copy."""
    holds: int
    """Bytes that are there when no more can be added."""
    _process: int = field(default=0, init=False)
    """Whose part of the room `_own` is."""
    _own: int = field(default=0, init=False)
    """Bytes that this process may still add."""
    _failures: int = field(default=0, init=False)

    @classmethod
    def open(cls, folder: Path, most: int, processes: int = 1) -> FrameCache:
        """Count what is there, and remove the oldest frames where that is more than `most` bytes.

        `processes` is the number of trainings that open it at the same time. CKDError where the
        folder cannot be read.
        """
        try:
            kept = _tidied(folder, most)
            free = shutil.disk_usage(_there(folder)).free
        except OSError as error:
            raise CKDError(
                f"The frames kept in {folder} cannot be counted ({reason(error, 'read')}); check "
                "the folder, or go without data.frame_cache."
            ) from error
        room = max(0, min(most - kept, free - LEFT_FREE))
        return cls(folder, room // processes, kept + room)

    def pair(self, sequence: Sequence, frame: int) -> FramePair:
        """Both images of a frame, kept or decoded; CKDError where they cannot be read.

        A thermal image in colour that has none comes with one channel, whether it was kept or not.
        """
        stamp = _stamp(sequence, frame)
        path = self._path(sequence, frame)
        if stamp is not None and (found := _read(path, stamp)) is not None:
            return found
        decoded = sequence.frame(frame).pair()
        found = FramePair(decoded.rgb, _single(decoded.tir))
        if stamp is not None:
            self._keep(path, stamp, found)
        return found

    def _path(self, sequence: Sequence, frame: int) -> Path:
        # Where it lies and how it is paired; what the files are like is compared when it is read.
        name = _digest(f"{sequence.locator!r} {frame}")
        return self.folder / name[:2] / f"{name}.frame"

    def _keep(self, path: Path, stamp: bytes, pair: FramePair) -> None:
        if self._process != os.getpid():
            # Not one count for all: that would have to be locked, and passed to every worker.
            info = get_worker_info()
            self._own = self.room // (1 if info is None else info.num_workers)
            self._process = os.getpid()
        if self._failures >= _FAILURES:
            return
        data = _packed(stamp, pair)
        if len(data) > self._own:
            return
        try:
            # Not synced: a checksum finds what a power cut leaves, and it is all made again.
            write_bytes(path, data, parents=True, sync=False)
        except FileError:
            # A full disk is no reason to stop: what cannot be kept is decoded.
            self._failures += 1
            return
        self._failures = 0
        self._own -= len(data)


def _there(folder: Path) -> Path:
    """The folder, or the first one above it that is there already."""
    return next(each for each in (folder, *folder.absolute().parents) if each.exists())


def _tidied(folder: Path, most: int) -> int:
    """Bytes of the frames in a folder after the oldest ones that are too many have gone."""
    found = sorted(_kept(folder))
    total = sum(size for _, size, _ in found)
    for _, size, path in found:
        if total <= most:
            break
        path.unlink(missing_ok=True)  # another training may be faster
        total -= size
    return total


def _kept(folder: Path) -> Iterator[tuple[int, int, Path]]:
    """When each frame was written, its bytes and its file."""
    # A folder for each of 256: one of half a million files is slow on many file systems.
    for part in folder.glob("[0-9a-f][0-9a-f]"):
        for path in part.iterdir():
            if _NAME.fullmatch(path.name):
                status = path.stat()
                yield status.st_mtime_ns, status.st_size, path


def _stamp(sequence: Sequence, frame: int) -> bytes | None:
    """What the files of a frame are by name, size and time; None where one is missing."""
    files = sequence.files(frame)
    if files is None:
        return None
    words = []
    for path, position in files:
        try:
            status = path.stat()
        except OSError:  # reading it says why
            return None
        words.append(f"{path} {position} {status.st_size} {status.st_mtime_ns}")
    return bytes.fromhex(_digest("\n".join(words)))


def _digest(text: str) -> str:
    # A name on Linux need not be UTF-8.
    return hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()


def _packed(stamp: bytes, pair: FramePair) -> bytes:
    tir = pair.tir
    pixels = _by_eight(pair.rgb) + _by_eight(tir)
    shapes = (*pair.rgb.shape[:2], *tir.shape[:2], 1 if tir.ndim == 2 else 3, tir.itemsize)
    return _HEAD.pack(_MAGIC, stamp, _checksum(pixels), *shapes) + pixels


def _by_eight(image: NDArray[Any]) -> bytes:
    """An image's bytes, little-endian, filled up so that what follows is aligned."""
    data = image.astype(image.dtype.newbyteorder("<"), copy=False).tobytes()
    return data + bytes(-len(data) % 8)


def _single(tir: NDArray[Any]) -> NDArray[Any]:
    """A thermal image without copies of its one channel, as most files in colour hold them."""
    return tir[:, :, 0].copy() if tir.ndim == 3 and (tir == tir[:, :, :1]).all() else tir


def _checksum(pixels: bytes | NDArray[np.uint8]) -> int:
    """A sum that differs where a part never reached the disk; a hash takes longer than all else."""
    return int(np.frombuffer(pixels, "<u8").sum(dtype=np.uint64))


def _read(path: Path, stamp: bytes) -> FramePair | None:
    """A frame that was made of these files; None where there is none, or it is damaged."""
    try:
        # Without a buffer of its own: the bytes go where the images are.
        with path.open("rb", buffering=0) as file:
            size = file.seek(0, 2)
            if not _HEAD.size < size <= _LARGEST:
                return None
            data = np.empty(size, np.uint8)
            file.seek(0)
            if file.readinto(data.data) != size:
                return None
    except OSError:
        return None
    magic, made_of, checksum, *numbers = _HEAD.unpack(data[: _HEAD.size].tobytes())
    pixels = data[_HEAD.size :]
    if magic != _MAGIC or made_of != stamp or pixels.size % 8 or _checksum(pixels) != checksum:
        return None
    return _unpacked(pixels, *numbers)


def _unpacked(
    pixels: NDArray[np.uint8],
    rows: int,
    columns: int,
    height: int,
    width: int,
    channels: int,
    size: int,
) -> FramePair | None:
    end, tir_bytes = rows * columns * 3, height * width * channels * size
    start = end + -end % 8
    # Else it is another version's, or nobody's.
    if not end or not tir_bytes or start + tir_bytes + -tir_bytes % 8 != pixels.size:
        return None
    rgb = pixels[:end].reshape(rows, columns, 3)
    values = pixels[start : start + tir_bytes].view("<u2" if size == 2 else "u1")
    tir = values.reshape((height, width) if channels == 1 else (height, width, channels))
    return FramePair(rgb, tir)
