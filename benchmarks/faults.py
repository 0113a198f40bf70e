"""Making a disk fail at a chosen moment, for tests and for `benchmarks.full_disk`."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

ERRORS = (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS, errno.EACCES)
"""Full, broken, share used up, gone read-only, forbidden."""
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class FailingDisk:
    """Lets the call number `at` that changes a disk fail with an error; others do what they do.

    Counted are the calls of Python's own `os`: open for writing, write, fsync, rename, replace,
    link, mkdir, chmod, ftruncate and what `open` opens for writing. Libraries that write by
    themselves are met by `least_room`.
    """

    def __init__(self, at: int, error: int, *, short: bool = False) -> None:
        self.at = at
        self.error = error
        self.short = short
        """A write that fails takes half of its bytes first, as a disk does that fills up."""
        self.calls = 0
        self.hit = ""
        """The call that failed."""
        self._ours: set[int] = set()
        self._full = False

    @contextmanager
    def failing(self) -> Iterator[FailingDisk]:
        """Fail while the body runs."""
        names = ("fsync", "rename", "replace", "link", "mkdir", "chmod", "ftruncate")
        with ExitStack() as patches:
            patches.enter_context(mock.patch.object(os, "open", self._open(os.open)))
            patches.enter_context(mock.patch.object(os, "write", self._write(os.write)))
            patches.enter_context(mock.patch("io.open", self._python_open()))
            for name in names:
                call = self._counted(name, getattr(os, name))
                patches.enter_context(mock.patch.object(os, name, call))
            yield self

    def _count(self, name: str, path: object = None) -> None:
        self.calls += 1
        if self.calls == self.at:
            self.hit = name
            # The system names no file in errors of an open one.
            named = path if isinstance(path, str | os.PathLike) else None
            raise OSError(self.error, os.strerror(self.error), named)

    def _counted(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **more: Any) -> Any:  # noqa: ANN401 - as any call
            self._count(name, arguments[0])
            return real(*arguments, **more)

        return call

    def _open(self, real: Callable[..., int]) -> Callable[..., int]:
        def call(path: Any, flags: int, *rest: Any, **more: Any) -> int:  # noqa: ANN401
            writing = bool(flags & _WRITING)
            if writing:
                self._count("open", path)
            handle = real(path, flags, *rest, **more)
            # Numbers are used again: one that was ours may be somebody else's by now.
            (self._ours.add if writing else self._ours.discard)(handle)
            return handle

        return call

    def _write(self, real: Callable[..., int]) -> Callable[..., int]:
        def call(handle: int, data: Any) -> int:  # noqa: ANN401 - anything of bytes
            # Standard output and pipes between threads are no disk.
            if handle not in self._ours:
                return real(handle, data)
            if self._full:
                self._full = False
                raise OSError(self.error, os.strerror(self.error))
            half = len(data) // 2
            if self.short and half and self.calls + 1 == self.at:
                self.calls += 1
                self.hit = "write"
                self._full = True
                return real(handle, data[:half])
            self._count("write")
            return real(handle, data)

        return call

    def _python_open(self) -> Callable[..., Any]:
        real = open

        def call(file: Any, mode: str = "r", *rest: Any, **more: Any) -> Any:  # noqa: ANN401
            writing = bool(set(mode) & set("wax+"))
            if writing:
                self._count("open", file)
            opened = real(file, mode, *rest, **more)
            if writing and hasattr(opened, "fileno"):
                self._ours.add(opened.fileno())
            return opened

        return call


@contextmanager
def least_room(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond so many bytes, whoever writes it, while it runs.

    The system then says EFBIG in the middle of a write, in C libraries too. For POSIX.
    """
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    # Python has the signal ignored that would end the program instead.
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def small_disk(place: Path, size: int) -> Iterator[Path]:
    """Mount a real file system of so many bytes at `place`; OSError where that is not allowed."""
    import subprocess

    if not sys.platform.startswith("linux"):
        raise OSError(errno.ENOTSUP, "only Linux mounts a piece of memory so easily")
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        place.rmdir()
        raise OSError(errno.EPERM, done.stderr.strip() or "mount failed")
    try:
        yield place
    finally:
        # Lazily: a file that somebody still has open must not keep the disk for ever.
        subprocess.run(["umount", "-l", str(place)], check=True)  # noqa: S603, S607
        place.rmdir()


def tree(folder: Path) -> dict[str, bytes | str]:
    """Everything in a folder with its content: what must be the same after a failure."""
    found: dict[str, bytes | str] = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = f"link to {path.readlink()}"
        else:
            found[name] = path.read_bytes() if path.is_file() else "folder"
    return found
