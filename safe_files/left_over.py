"""Removing the mark of a program that runs no more, when several programs want to at once."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform != "win32":
    import fcntl


@contextmanager
def alone_with(file: Path) -> Iterator[bool]:
    """Tell whether no other program is about to remove this very file, and keep them from it.

    Whoever finds a mark left over and removes it some moments later may remove the new one of a
    program that was faster; of those that are alone with it only one ever comes to remove it.
    Where the system or the file system has no such locks, everybody is alone: True.
    """
    if sys.platform == "win32":
        yield True
        return
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        yield False
        return
    except OSError:  # another person's alone to read
        yield True
        return
    try:
        try:
            # Not waited for: whoever has it could be a stopped program.
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        except OSError:
            yield True
            return
        # The name may stand for the file of somebody who was faster by now.
        here = None
        with contextlib.suppress(OSError):
            here = os.lstat(file)
        mine = os.fstat(handle)
        yield here is not None and (here.st_dev, here.st_ino) == (mine.st_dev, mine.st_ino)
    finally:
        os.close(handle)
