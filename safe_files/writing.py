"""Replacing a file as a whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safe_files.errors import FileError, reason

# Without it Windows writes two bytes for each line end.
_BINARY = getattr(os, "O_BINARY", 0)
_ABANDONED_SECONDS = 24 * 3600
"""A part file that nobody wrote to for so long was left by a killed program."""
_PIECE = 1 << 24
"""Bytes per system call; some systems refuse more than 2 GiB at once."""


class PartFile:
    """A hidden file that takes its target's name when it is complete.

    It lies in the target's folder under a name of its own, so that two programs never share one.
    A link is followed: what it points to is replaced, the link stays. A pipe or device, such as
    /dev/stdout, is never replaced: the part lies in the folder for temporary files, and its bytes
    are copied at the end. Raises FileError at once where nothing could be written in the end.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.name = os.fspath(path)
        """The target as the caller wrote it."""
        try:
            status = _status(self.name)
            self._stream = _is_stream(self.name, status)
            self.target = Path(self.name if self._stream else os.path.realpath(self.name))
            """The file to replace, behind all links."""
            _check_replaceable(self.target, status)
            # Beside the target, because a rename cannot cross from one file system to another.
            folder = Path(tempfile.gettempdir()) if self._stream else self.target.parent
            self.path = _create(folder, self.target.name)
            """Where to write."""
            # Read off a fresh file: the umask can only be asked for by setting it, for all threads.
            self._usual_mode = stat.S_IMODE(self.path.stat().st_mode)
        except OSError as error:
            raise FileError(self.name, reason(error), "written") from error
        except ValueError:  # a null character
            raise FileError(self.name, "this is not a valid path", "written") from None
        self._before = None if self._stream else status

    def commit(self) -> None:
        """Put the part in the target's place, to stay through a power cut; FileError if it fails.

        The target keeps its permissions and owner; a new one has those of any new file. After a
        failure the part is gone and the target as it was.
        """
        try:
            if self._stream:
                _copy_into(self.path, self.name)
                self.path.unlink()
                return
            _take_over(self.path, self._before, self._usual_mode)
            # Before the rename: after a power cut the name could otherwise stand for an empty file.
            _sync(self.path)
            self.path.replace(self.target)
        except OSError as error:
            self.discard()
            raise FileError(self.name, reason(error), "written") from error
        # Ctrl+C too must leave nothing behind.
        except BaseException:
            self.discard()
            raise
        sync_folder(self.target.parent)

    def discard(self) -> None:
        """Remove the part; the target stays as it was."""
        with contextlib.suppress(OSError):
            self.path.unlink()


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a path to write to; what lies there takes the place of `path` when the block ends.

    After an exception, Ctrl+C too, nothing is left of it and `path` is as it was. FileError says
    why it could not be written; errors about other files pass through.
    """
    part = PartFile(path)
    try:
        yield part.path
    except OSError as error:
        part.discard()
        # The caller's own files may fail inside the block; that is not this file's fault.
        if error.filename not in (None, str(part.path)):
            raise
        raise FileError(path, reason(error), "written") from error
    except BaseException:
        part.discard()
        raise
    part.commit()


def write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Put data at `path`, whole or not at all; FileError leaves what was there."""
    with replacing(path) as part:
        # Plain system calls: a full disk fails in the write, not while a buffer is closed.
        handle = os.open(part, os.O_WRONLY | _BINARY)
        try:
            _write_all(handle, data)
        finally:
            os.close(handle)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Put text at `path` as UTF-8, its line ends as they are; whole or not at all."""
    # The name of a file may hold bytes that are no text; so written, JSON with it stays JSON.
    write_bytes(path, text.encode("utf-8", errors="backslashreplace"))


def sync_folder(folder: Path) -> None:
    """Make a rename in this folder last through a power cut, where the system can."""
    if os.name == "nt":
        return
    # The file is in its place by now: a folder that cannot be synced is no reason to fail.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _status(path: str) -> os.stat_result | None:
    try:
        # Follows links: it is what they lead to that will be replaced.
        return os.stat(path)  # noqa: PTH116 - the path may be none that Path accepts
    except FileNotFoundError:
        return None


def _is_stream(path: str, status: os.stat_result | None) -> bool:
    if status is None or stat.S_ISDIR(status.st_mode):
        return False
    return not stat.S_ISREG(status.st_mode) or _own_handle(path) is not None


def _own_handle(path: str) -> int | None:
    """Return which of this process's handles a path such as /dev/stdout stands for.

    Behind it may be a regular file, when a shell redirects to one; that shell, and this program's
    other output, would go on writing to a file that has been replaced.
    """
    whole = os.path.abspath(path)  # noqa: PTH100 - resolving would lose what is asked for
    folder, name = os.path.split(whole)
    if folder == "/dev" and name in ("stdout", "stderr"):
        return 1 if name == "stdout" else 2
    real = os.path.realpath(folder)
    # A number under another process's folder is that one's handle, not ours.
    own = re.fullmatch(rf"/proc/({os.getpid()}|self)/fd", real)
    return int(name) if own and name.isdecimal() else None


def _check_replaceable(target: Path, status: os.stat_result | None) -> None:
    if status is None:
        return
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, "a folder")
    # A rename would get past the protection of the file, which only the folder's could stop.
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "write-protected")


def _create(folder: Path, name: str) -> Path:
    """Make an empty file that was not there, not even as a planted link; its name is hidden."""
    start = f".{name[:40]}."  # the whole name could be as long as names may be
    _sweep(folder, start)
    # Two programs that draw the same name are rare, not impossible.
    while True:
        path = folder / f"{start}{secrets.token_hex(4)}.part"
        try:
            # Readable as the umask says, like any new file; mkstemp would keep it to its owner.
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o666))
        except FileExistsError:
            continue
        return path


def _sweep(folder: Path, start: str) -> None:
    """Remove what killed programs left of the same target long ago."""
    ours = re.compile(rf"{re.escape(start)}[0-9a-f]{{8}}\.part")
    oldest = time.time() - _ABANDONED_SECONDS
    # Tidying is no reason to fail: another program may be faster, or the folder unreadable.
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            # A link is judged and removed itself, never what it leads to.
            if ours.fullmatch(entry.name) and entry.stat(follow_symlinks=False).st_mtime < oldest:
                Path(entry.path).unlink()


def _take_over(part: Path, before: os.stat_result | None, usual_mode: int) -> None:
    """Give the part the owner and permissions that the file in its place has had."""
    if before is None:
        part.chmod(usual_mode)  # safetensors writes files that only their owner may read
        return
    if os.name != "nt":
        now = part.stat()
        # Only root may give a file away, but everyone to another group of their own.
        for owner in (before.st_uid, -1):
            if (now.st_uid, now.st_gid) != (before.st_uid, before.st_gid):
                with contextlib.suppress(PermissionError):
                    os.chown(part, owner, before.st_gid)
                    break
    part.chmod(stat.S_IMODE(before.st_mode))  # after chown, which takes some permissions away


def _sync(part: Path) -> None:
    handle = os.open(part, os.O_RDWR | _BINARY)  # Windows syncs only what is open for writing
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _copy_into(part: Path, stream: str) -> None:
    own = _own_handle(stream)
    # Opened again, a file that a shell redirects to would be written from its start.
    handle = os.open(stream, os.O_WRONLY | _BINARY) if own is None else os.dup(own)
    try:
        with part.open("rb") as file:
            while piece := file.read(_PIECE):
                _write_all(handle, piece)
    finally:
        os.close(handle)


def _write_all(handle: int, data: bytes) -> None:
    rest = memoryview(data)
    # A pipe takes what fits, and a disk that fills up may take a part.
    while rest:
        rest = rest[os.write(handle, rest[:_PIECE]) :]
