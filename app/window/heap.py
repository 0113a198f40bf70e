"""Where the C library takes the memory of the program's threads from."""

from __future__ import annotations

import ctypes
import os
import sys

_ARENA_MAX = -8
"""`M_ARENA_MAX` of the GNU C library's malloc.h."""


def share_one_heap() -> None:
    """Let all threads take memory from one heap; call it before there are any.

    Does nothing where the C library is not GNU's, or a person has said how many heaps there are to
    be (`MALLOC_ARENA_MAX`).
    """
    # Otherwise each thread that decodes, tracks or saves gets one of its own, and in each there are
    # gaps left where pictures came and went: a window that is open all day grows by them.
    if sys.platform != "linux" or "MALLOC_ARENA_MAX" in os.environ:
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_ARENA_MAX, 1)
