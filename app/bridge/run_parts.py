"""A run handed over in parts while it is tracked, so that a killed program loses none of it.

A thread of its own writes: the tracker never waits for a disk, and a frame whose successor takes
long is kept all the same.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.resolve.thermal import ThermalPlace
from sessions import (
    AcceptRun,
    ModelInfo,
    SessionError,
    TrackedBlocks,
    TrackedFrame,
    TrackingRows,
)
from tracker_core.frames import Box

PART_SECONDS = 0.4
"""A frame on screen is to be kept within a second; what writing takes comes on top of this."""


@dataclass(frozen=True, slots=True, eq=False)
class _Answer:
    frame_index: int
    box: Box
    score: float
    frame: TrackedFrame


class RunParts:
    """Gathers the answers of one run and gives them on twice a second; safe from any thread."""

    def __init__(
        self, target_id: str, place: ThermalPlace, keep: Callable[[AcceptRun], None]
    ) -> None:
        """`keep` is called with each part, in the thread that writes or the one that flushes."""
        self._target_id = target_id
        self._place = place
        self._keep = keep
        self._model: ModelInfo | None = None
        self._waiting: list[_Answer] = []
        self.given = 0
        """How many answers were given on."""
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, model: ModelInfo) -> None:
        """Say who tracks, and begin to write; `end` must follow."""
        self._model = model
        self._thread = threading.Thread(target=self._write_on, name="run parts", daemon=True)
        self._thread.start()

    def add(self, frame_index: int, box: Box, score: float, frame: TrackedFrame) -> None:
        """Take one answer of the tracker; it is given on within half a second."""
        # No lock: appending is one step, and `flush` takes only what it has counted.
        self._waiting.append(_Answer(frame_index, box, score, frame))

    def flush(self) -> None:
        """Give on at once what has come since the last part."""
        with self._lock:
            count = len(self._waiting)
            if count == 0 or self._model is None:
                return
            part = _part(self._target_id, self._place, self._model, self._waiting[:count])
            # What cannot be written waits in the journal, which tells the person itself.
            with contextlib.suppress(SessionError):
                self._keep(part)
            # Only now: what could not even be packed, for want of memory, is tried again.
            del self._waiting[:count]
            self.given += count

    @property
    def complete(self) -> bool:
        """Whether everything that was added has been given on."""
        return not self._waiting

    def end(self) -> None:
        """Give on what is left, and end the thread; `complete` tells whether that went well."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
        self._try_to_flush()

    def _write_on(self) -> None:
        while not self._ended.wait(PART_SECONDS):
            self._try_to_flush()

    def _try_to_flush(self) -> None:
        # Whatever it was, the frames wait on, and the run itself holds them as well.
        with contextlib.suppress(Exception):
            self.flush()


def _part(
    target_id: str, place: ThermalPlace, model: ModelInfo, answers: list[_Answer]
) -> AcceptRun:
    # Between two boxes by hand a frame is answered twice, and the later answer counts.
    latest = {answer.frame_index: answer for answer in answers}
    ordered = [latest[index] for index in sorted(latest)]
    frames = np.array([answer.frame_index for answer in ordered], np.int64)
    rows = TrackingRows.from_frames(model, [answer.frame for answer in ordered])
    return AcceptRun(
        target_id=target_id,
        frames=frames,
        boxes=place.pairs(np.array([answer.box for answer in ordered], np.float64)),
        scores=np.array([answer.score for answer in ordered], np.float32),
        tracking=TrackedBlocks.pack(frames, rows),
    )
