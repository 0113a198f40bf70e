"""Frames of one sequence behind a memory budget, readable from any thread."""

from __future__ import annotations

from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from tracker_core.sequences import Frame, ReducedFrame, Sequence

DEFAULT_BUDGET = 512 * 1024 * 1024
"""Bytes of decoded pixels."""
REDUCED_SHARE = 16
"""One part in so many of the budget is for reduced frames, which have a quarter of the pixels."""

AnyFrame = TypeVar("AnyFrame", Frame, ReducedFrame)


class FrameCache(Generic[AnyFrame]):
    """Decoded frames of one kind by index; the least recently used leave over the budget."""

    def __init__(self, budget_bytes: int = DEFAULT_BUDGET) -> None:
        self.budget_bytes = budget_bytes
        self._frames: OrderedDict[int, AnyFrame] = OrderedDict()
        self._used = 0
        # The window, the frame worker and the tracker read at the same time.
        self._lock = Lock()

    def get(self, index: int) -> AnyFrame | None:
        """Return the frame if it is here, and mark it as recently used."""
        with self._lock:
            frame = self._frames.get(index)
            if frame is not None:
                self._frames.move_to_end(index)
            return frame

    def peek(self, index: int) -> AnyFrame | None:
        """Return the frame if it is here, without a mark."""
        return self._frames.get(index)

    def put(self, frame: AnyFrame) -> None:
        """Keep `frame`; older ones leave until the budget holds (the newest always stays)."""
        with self._lock:
            old = self._frames.pop(frame.index, None)
            if old is not None:
                self._used -= frame_bytes(old)
            self._frames[frame.index] = frame
            self._used += frame_bytes(frame)
            self._let_go()

    def set_budget(self, budget_bytes: int) -> None:
        """Keep within another budget from now on."""
        with self._lock:
            self.budget_bytes = budget_bytes
            self._let_go()

    def _let_go(self) -> None:
        while self._used > self.budget_bytes and len(self._frames) > 1:
            _, leaving = self._frames.popitem(last=False)
            self._used -= frame_bytes(leaving)

    def clear(self) -> None:
        """Let go of all frames."""
        with self._lock:
            self._frames.clear()
            self._used = 0

    @property
    def used_bytes(self) -> int:
        """Bytes of pixels held now."""
        return self._used

    def __len__(self) -> int:
        # Without the lock, here and around: a single look into a dict is whole by itself.
        return len(self._frames)

    def __contains__(self, index: int) -> bool:
        return index in self._frames


class FrameSource:
    """A sequence and its cache; decoding is serialised, cached frames are free."""

    def __init__(self, sequence: Sequence, budget_bytes: int = DEFAULT_BUDGET) -> None:
        self.sequence = sequence
        self.footage = object()
        """Another one from the moment on at which frames are aligned otherwise: what was made of
        frames of before is of other pixels."""
        self.cache: FrameCache[Frame] = FrameCache()
        # Apart: who asks for a frame to compute with must never be given a reduced one.
        self.reduced_cache: FrameCache[ReducedFrame] = FrameCache()
        self.set_budget(budget_bytes)
        # A reader of videos has one position in one open file. Not the lock of the cache: the
        # window must not wait for a frame to be decoded when it asks for one that is there.
        self._decoding = Lock()
        self._closed = False
        # The decoders of stills and videos leave Python's lock, so that two cameras cost one.
        self._beside = sequence.beside = ThreadPoolExecutor(1, "decode")

    def set_budget(self, budget_bytes: int) -> None:
        """Keep at most so many bytes of decoded pixels from now on."""
        reduced = budget_bytes // REDUCED_SHARE
        self.cache.set_budget(budget_bytes - reduced)
        self.reduced_cache.set_budget(reduced)

    def __len__(self) -> int:
        return len(self.sequence)

    def cached(self, index: int) -> Frame | None:
        """Return the frame if no decoding is needed."""
        return self.cache.get(index)

    def frame(self, index: int) -> Frame:
        """Return the frame, decoding it when needed; raises CKDError for a bad index."""
        frame = self.cache.get(index)
        if frame is not None:
            return frame
        with self._decoding:
            frame = self.cache.get(index)
            # Looked up again: another thread may have decoded it while this one waited.
            if frame is None:
                frame = self.sequence.frame(index)
                self.cache.put(frame)
        return frame

    def reduced(self, index: int, shown: tuple[int, int]) -> ReducedFrame | None:
        """Return a first look at a frame that is shown in so many pixels, for the eye alone.

        None where the frame itself is here or costs no more; see `Sequence.reduced`.
        """
        with self._decoding:
            if index in self.cache:
                return None
            known = self.reduced_cache.get(index)
            # Of a smaller pane, it would be coarse in this one.
            if known is not None and _is_enough(known, shown):
                return known
            found = self.sequence.reduced(index, shown)
            if found is not None:
                self.reduced_cache.put(found)
        return found

    def recorded(self, index: int) -> Frame | None:
        """Read a frame as it was recorded, aligned or not; None beyond either end, or once closed.

        Nothing of it is kept: who looks through a whole sequence must not push out what is shown.
        """
        if not 0 <= index < len(self):
            return None
        with self._decoding:
            return None if self._closed else self.sequence.recorded(index)

    def align(self, tir_to_rgb: NDArray[np.float64] | None, shift: int) -> None:
        """Give other thermal frames, or elsewhere, from now on; see `Sequence.align`."""
        with self._decoding:
            self.sequence.align(tir_to_rgb, shift)
            self.footage = object()
            self.cache.clear()
            self.reduced_cache.clear()

    def close(self) -> None:
        """Release the files; waits for a frame that is being decoded."""
        with self._decoding:
            if not self._closed:
                self._closed = True
                self.sequence.beside = None
                self._beside.shutdown()
                self.sequence.close()


def _is_enough(frame: ReducedFrame, shown: tuple[int, int]) -> bool:
    images = (frame.rgb, frame.rgb_size), (frame.tir, frame.tir_size)
    return all(
        (image.shape[1], image.shape[0]) == size
        or (image.shape[1] >= shown[0] and image.shape[0] >= shown[1])
        for image, size in images
    )


def frame_bytes(frame: Frame | ReducedFrame) -> int:
    """Bytes of pixels in `frame`."""
    return sum(image.nbytes for image in (frame.rgb, frame.tir) if image is not None)


def prefetch_order(
    index: int, direction: int, count: int, ahead: int, behind: int
) -> tuple[int, ...]:
    """Return the indices worth decoding next, nearest first, more of them in `direction`.

    Both ends are clipped to 0 .. count - 1; `direction` is +1 or -1.
    """
    forward = [index + direction * step for step in range(1, ahead + 1)]
    backward = [index - direction * step for step in range(1, behind + 1)]
    order: list[int] = []
    while forward or backward:
        order += forward[:2]
        order += backward[:1]
        del forward[:2], backward[:1]
    return tuple(item for item in order if 0 <= item < count)
