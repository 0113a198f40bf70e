"""Replace a file as a whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from pathlib import Path

from sessions.errors import SessionError

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your share of the disk is used up",
    errno.EFBIG: "the file would grow larger than this system allows",
    errno.EROFS: "the folder is read-only",
    errno.EACCES: "writing there is not permitted",
    errno.EPERM: "writing there is not permitted",
    errno.ENOENT: "the folder does not exist (any more)",
    errno.ENOTDIR: "a part of its path is a file, not a folder",
    errno.EISDIR: "there is a folder of that name",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ESTALE: "the network folder is gone",
    errno.EIO: "the disk reports an error",
    errno.ENODEV: "the disk is gone",
    errno.ENXIO: "the disk is gone",
    errno.EHOSTDOWN: "the network folder is gone",
    errno.ETIMEDOUT: "the network folder does not answer",
}


def reason(error: OSError) -> str:
    """Say in a few words why the system refused."""
    text = _REASONS.get(error.errno or 0)
    return text or (error.strerror or type(error).__name__).lower()


def real_place(path: str | os.PathLike[str]) -> Path:
    """Return the file behind all links; raises SessionError when no file can have this name."""
    try:
        return Path(os.path.realpath(path))
    except (OSError, ValueError):
        raise SessionError(f"{os.fspath(path)!r} is not a valid path; choose another.") from None


def write_atomically(path: str | os.PathLike[str], data: bytes) -> None:
    """Put data at path: written beside it, synced, then renamed over it.

    Raises SessionError in one sentence; the file that was there is then untouched and nothing
    is left beside it.
    """
    place = real_place(path)
    try:
        _check_replaceable(place)
        _write_beside_and_rename(place, data)
    except OSError as error:
        raise SessionError(
            f"{os.fspath(path)} could not be saved because {reason(error)}; "
            "what was there is unchanged, so save to another place or try again."
        ) from error


def _check_replaceable(place: Path) -> None:
    if place.is_dir():
        raise IsADirectoryError(errno.EISDIR, "a folder")
    if place.exists() and not os.access(place, os.W_OK):
        raise PermissionError(errno.EACCES, "write-protected")


def _write_beside_and_rename(place: Path, data: bytes) -> None:
    beside = place.with_name(f".{place.name}.saving")
    with contextlib.suppress(FileNotFoundError):
        beside.unlink()
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    handle = os.open(beside, flags, 0o666)
    try:
        try:
            _write_all(handle, data)
            os.fsync(handle)
        finally:
            os.close(handle)
        if place.exists():
            shutil.copymode(place, beside)
        beside.replace(place)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise
    sync_folder(place.parent)


def _write_all(handle: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest[: 1 << 24]) :]


def sync_folder(folder: Path) -> None:
    """Make a rename in this folder last through a power cut, where the system can."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)
