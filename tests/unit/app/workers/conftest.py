"""A sequence in memory, for workers that must not care where frames come from."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tracker_core.errors import CKDError
from tracker_core.sequences import Frame


class MemorySequence:
    """Counts decodings; frame `broken` cannot be read, frame `gap` lacks thermal."""

    def __init__(self, count: int = 40, broken: int = -1, gap: int = -1) -> None:
        self.count = count
        self.broken = broken
        self.gap = gap
        self.decoded: list[int] = []
        self.open_gate = threading.Event()
        self.open_gate.set()
        self.closed = False

    def __len__(self) -> int:
        return self.count

    def frame(self, index: int) -> Frame:
        self.open_gate.wait(10)
        self.decoded.append(index)
        if index == self.broken:
            raise CKDError(f"Frame {index} cannot be read.")
        tir = None if index == self.gap else np.full((8, 10), index % 256, np.uint8)
        problems = ("There is no thermal image.",) if tir is None else ()
        return Frame(index, np.full((8, 10, 3), index % 256, np.uint8), tir, problems)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def memory_sequence() -> Callable[..., Any]:
    return MemorySequence
