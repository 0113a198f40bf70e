"""Replacing a file as a whole or not at all."""

from __future__ import annotations

import atexit
import contextlib
import errno
import os
import re
import secrets
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safe_files.errors import FileError, reason
from safe_files.interrupts import Undisturbed
from safe_files.places import (
    check_replaceable,
    check_stream,
    is_stream_of,
    make_parents,
    own_handle,
    remove_made,
    status_of,
)

# Without it Windows writes two bytes for each line end.
_BINARY = getattr(os, "O_BINARY", 0)
_ABANDONED_SECONDS = 24 * 3600
"""A part file that nobody wrote to for so long was left by a killed program."""
_PIECE = 1 << 24
"""Bytes per system call; some systems refuse more than 2 GiB at once."""
_WAITS = (0.02, 0.05, 0.1, 0.2, 0.4)
"""Seconds between tries to replace a file that another program may have open for a moment."""


class PartFile:
    """A hidden file that takes its target's name when it is complete.

    It lies in the target's folder under a name of its own, so that two programs never share one.
    A link is followed: what it points to is replaced, the link stays. A pipe or device, such as
    /dev/stdout, is never replaced: the part lies in the folder for temporary files, and its bytes
    are copied at the end. With `parents`, folders that are missing are made, and go again with a
    part that is discarded. Raises FileError at once where nothing could be written in the end.
    """

    # Of the class: an object whose making was interrupted early is asked for it, too.
    _open_part = False

    def __init__(self, path: str | os.PathLike[str], *, parents: bool = False) -> None:
        self.name = os.fspath(path)
        """The target as the caller wrote it."""
        self._made: list[Path] = []
        self._handle = -1
        self._pid = os.getpid()
        try:
            with Undisturbed():
                self._open(parents=parents)
                self._open_part = True
        except OSError as error:
            remove_made(self._made)
            raise FileError(self.name, reason(error), "written") from error
        except ValueError:  # a null character
            raise FileError(self.name, "this is not a valid path", "written") from None
        except BaseException:
            self.discard()
            raise

    def __del__(self) -> None:
        # Ctrl+C can come between the moment it is made and the `try` that would discard it. What
        # a forked child has is its parent's.
        if self._open_part and self._pid == os.getpid():
            self.discard()

    def _open(self, *, parents: bool) -> None:
        status = status_of(self.name)
        self.is_stream = is_stream_of(self.name, status)
        """Whether bytes go to a pipe, device or handle, and nothing is replaced."""
        self.target = Path(self.name if self.is_stream else os.path.realpath(self.name))
        """The file to replace, behind all links."""
        if self.is_stream and status is not None:
            check_stream(self.name, status)
        else:
            check_replaceable(self.target, status)
        # Beside the target, because a rename cannot cross from one file system to another.
        folder = Path(tempfile.gettempdir()) if self.is_stream else self.target.parent
        if parents and not self.is_stream:
            self._made = make_parents(folder)
            if self._made:
                # Only now the system looks at the name itself, which may be too long.
                status_of(str(self.target))
        try:
            self.path = _create(folder, self.target.name)
            """Where to write."""
        except FileNotFoundError:
            if not parents or self.is_stream:
                raise
            # Another program that gave up has just removed the folder again.
            self._made = make_parents(folder)
            self.path = _create(folder, self.target.name)
        # Read off a fresh file: the umask can only be asked for by setting it, for all threads.
        self._usual_mode = stat.S_IMODE(self.path.stat().st_mode)
        self._before = None if self.is_stream else status

    @staticmethod
    def start_of(name: str) -> str:
        """Return how the names of all parts of a file begin, up to the last two dots."""
        return f".{name[:40]}"  # the whole name could be as long as names may be

    def append(self, data: bytes) -> None:
        """Write on at the end, at once; after a FileError the part is gone."""
        try:
            if self._handle < 0:
                self._handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | _BINARY)
            write_all(self._handle, data)
        except OSError as error:
            self.discard()
            raise FileError(self.name, reason(error), "written") from error

    def commit(self, *, sync: bool = True) -> None:
        """Put the part in the target's place, to stay through a power cut; FileError if it fails.

        The target keeps its permissions and owner; a new one has those of any new file. After a
        failure the part is gone and the target as it was. Without `sync` a power cut may cost the
        file: for one of many that would all be made again.
        """
        try:
            # Before renaming: Windows does not rename an open file.
            self._close()
            if self.is_stream:
                _copy_into(self.path, self.name)
                self.discard()
                return
            take_over(self.path, self.target, self._before, self._usual_mode)
            # Before the rename: after a power cut the name could otherwise stand for an empty file.
            if sync:
                _sync(self.path)
            with Undisturbed():
                rename_over(self.path, self.target)
                self._is_over()
        except OSError as error:
            self.discard()
            raise FileError(self.name, reason(error), "written") from error
        # Ctrl+C too must leave nothing behind.
        except BaseException:
            self.discard()
            raise
        if sync:
            sync_folder(self.target.parent)

    def placed(self) -> None:
        """Forget the part: whoever wrote it has put it in its place."""
        self._is_over()

    def discard(self) -> None:
        """Remove the part and the folders made for it; a target in its place stays."""
        with Undisturbed():
            if self._open_part:
                with contextlib.suppress(OSError):
                    self._close()
                with contextlib.suppress(OSError):
                    self.path.unlink()
                self._is_over()
            remove_made(self._made)

    def _is_over(self) -> None:
        self._open_part = False
        _left.discard(self.path)

    def _close(self) -> None:
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)


@contextmanager
def replacing(
    path: str | os.PathLike[str], *, parents: bool = False, sync: bool = True
) -> Iterator[Path]:
    """Give a path to write to; what lies there takes the place of `path` when the block ends.

    After an exception, Ctrl+C too, nothing is left of it and `path` is as it was. FileError says
    why it could not be written; errors about other files pass through. `parents` and `sync` are
    those of `PartFile`.
    """
    part = PartFile(path, parents=parents)
    try:
        yield part.path
    except OSError as error:
        part.discard()
        # The caller's own files may fail inside the block; that is not this file's fault.
        if error.filename is not None and str(error.filename) != str(part.path):
            raise
        raise FileError(path, reason(error), "written") from error
    except BaseException:
        part.discard()
        raise
    part.commit(sync=sync)


def write_bytes(
    path: str | os.PathLike[str], data: bytes, *, parents: bool = False, sync: bool = True
) -> None:
    """Put data at `path`, whole or not at all; FileError leaves what was there."""
    with replacing(path, parents=parents, sync=sync) as part:
        fill(part, data)


def write_text(path: str | os.PathLike[str], text: str, *, parents: bool = False) -> None:
    """Put text at `path` as UTF-8, its line ends as they are; whole or not at all."""
    # The name of a file may hold bytes that are no text; so written, JSON with it stays JSON.
    write_bytes(path, text.encode("utf-8", errors="backslashreplace"), parents=parents)


def append_text(path: str | os.PathLike[str], text: str) -> None:
    """Write text at the end of a file that is meant to grow: all of it or nothing; FileError.

    What is there stays in any case. A new file is made where there is none.
    """
    new = not os.path.lexists(path)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | _BINARY, 0o666)
        try:
            end = os.fstat(handle).st_size
            try:
                write_all(handle, text.encode("utf-8"))
            except BaseException:
                # Half a line would spoil what follows it.
                with contextlib.suppress(OSError):
                    os.ftruncate(handle, end)
                raise
        finally:
            os.close(handle)
    except OSError as error:
        if new:
            with contextlib.suppress(OSError):
                os.unlink(path)  # noqa: PTH108 - any path
        raise FileError(path, reason(error), "written") from error


def fill(part: Path, data: bytes) -> None:
    """Write data to a part file that is there already; OSError when it does not fit."""
    # Plain system calls: a full disk fails in the write, not while a buffer is closed.
    handle = os.open(part, os.O_WRONLY | _BINARY)
    try:
        write_all(handle, data)
    finally:
        os.close(handle)


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


def _create(folder: Path, name: str) -> Path:
    """Make an empty file that was not there, not even as a planted link; its name is hidden."""
    start = f"{PartFile.start_of(name)}."
    _sweep(folder, start)
    # Two programs that draw the same name are rare, not impossible.
    while True:
        path = folder / f"{start}{secrets.token_hex(4)}.part"
        _left.add(path)  # first: Ctrl+C may come right after the file is there
        try:
            # Readable as the umask says, like any new file; mkstemp would keep it to its owner.
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o666))
        except FileExistsError:
            _left.discard(path)
            continue
        except OSError:
            _left.discard(path)
            raise
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


def take_over(part: Path, target: Path, before: os.stat_result | None, usual_mode: int) -> None:
    """Give the part the owner and permissions that the file in its place has had."""
    if before is None:
        _change_mode(part, usual_mode)  # safetensors writes files that only their owner may read
        return
    if os.name != "nt":
        now = part.stat()
        # Only root may give a file away, but everyone to another group of their own.
        for owner in (before.st_uid, -1):
            if (now.st_uid, now.st_gid) != (before.st_uid, before.st_gid):
                with contextlib.suppress(PermissionError):
                    os.chown(part, owner, before.st_gid)
                    break
    # After chown, which takes some permissions away.
    _change_mode(part, stat.S_IMODE(before.st_mode))
    _copy_access_list(target, part)


def _change_mode(part: Path, mode: int) -> None:
    # Sticks and shares of other systems have one mode for all files, and refuse to set even that.
    if stat.S_IMODE(part.stat().st_mode) != mode:
        part.chmod(mode)


def _copy_access_list(target: Path, part: Path) -> None:
    """Copy who else may read and write, where the system keeps a list beside the mode."""
    if sys.platform != "linux":
        return
    # Most files have none, and many file systems do not know of such lists.
    with contextlib.suppress(OSError):
        name = "system.posix_acl_access"
        os.setxattr(part, name, os.getxattr(target, name))


def _sync(part: Path) -> None:
    handle = os.open(part, os.O_RDWR | _BINARY)  # Windows syncs only what is open for writing
    try:
        os.fsync(handle)
    except OSError as error:
        # Some network folders have no way to sync; then there is nothing to wait for.
        if error.errno not in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
            raise
    finally:
        os.close(handle)


def rename_over(part: Path, target: Path) -> None:
    """Rename, with some patience on Windows; OSError."""
    # There a file that another program has open cannot be replaced, and scanners open every new
    # file for a moment.
    for wait in _WAITS if os.name == "nt" else ():
        try:
            part.replace(target)
        except PermissionError:
            time.sleep(wait)
        else:
            return
    part.replace(target)


def _copy_into(part: Path, stream: str) -> None:
    own = own_handle(stream)
    # What was printed before comes before it.
    if own == 1 and sys.stdout is not None:
        sys.stdout.flush()
    # Opened again, a file that a shell redirects to would be written from its start.
    handle = os.open(stream, os.O_WRONLY | _BINARY) if own is None else os.dup(own)
    try:
        with part.open("rb") as file:
            while piece := file.read(_PIECE):
                write_all(handle, piece)
    finally:
        os.close(handle)


def write_all(handle: int, data: bytes) -> None:
    """Write all of it; OSError when it does not fit."""
    rest = memoryview(data)
    # A pipe takes what fits, and a disk that fills up may take a part.
    while rest:
        rest = rest[os.write(handle, rest[:_PIECE]) :]


_left: set[Path] = set()
"""Parts that exist now: the last chance to remove one is when the program ends."""


@atexit.register
def _remove_left() -> None:
    for path in tuple(_left):
        with contextlib.suppress(OSError):
            path.unlink()
