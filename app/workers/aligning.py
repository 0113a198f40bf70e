"""Pictures of both cameras as recorded, and guesses of how these lie to each other."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.workers.base import Request, Worker, WorkerClient
from app.workers.frame_source import FrameSource
from tracker_core.errors import CKDError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tracker_core.imaging import Image
    from tracker_core.registration.guess import Guess
    from tracker_core.registration.motion import OffsetGuess
    from tracker_core.sequences.registering import Registration

MOST_FRAMES = 240
"""Frames of each camera that a guess from motion looks at: more take long and tell little more."""
LARGEST_OFFSET = 60


@dataclass(frozen=True, slots=True)
class PicturesRequest(Request):
    """Read the RGB picture of one frame and the thermal one of another."""

    source: FrameSource
    rgb: int
    tir: int

    @property
    def failed(self) -> str:
        """See `Request.failed`."""
        return f"Frame {self.rgb} cannot be read"


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """What was read, each None where there is none."""

    rgb: NDArray[np.uint8] | None
    tir: Image | None


@dataclass(frozen=True, slots=True)
class MapRequest(Request):
    """Guess the map between the pictures of two frames."""

    source: FrameSource
    rgb: int
    tir: int

    @property
    def failed(self) -> str:
        """See `Request.failed`."""
        return "No map could be guessed"


@dataclass(frozen=True, slots=True)
class TimeRequest(Request):
    """Guess the offset in time around a frame, from what moves."""

    source: FrameSource
    frame_index: int
    tir_to_rgb: NDArray[np.float64] | None = field(default=None, compare=False)
    """The map where one is known; without it, one is guessed."""
    shift: int = 0
    """By how many frames more thermal is shifted than the frames are: the search is around it."""
    stop: Event = field(default_factory=Event, compare=False)

    @property
    def failed(self) -> str:
        """See `Request.failed`."""
        return "No offset could be guessed"


class AligningWorker(Worker):
    """Answers with Pictures, a Guess or an OffsetGuess; news are pairs of done and total."""

    def answer(self, request: Request) -> Pictures | Guess | OffsetGuess:
        """Read or guess."""
        match request:
            case PicturesRequest():
                return _pictures(request.source, request.rgb, request.tir)
            case MapRequest():
                return _guess_map(request)
            case TimeRequest():
                return self._guess_time(request)
        raise TypeError(f"{type(request).__name__} asks for nothing that is known here")

    def _guess_time(self, request: TimeRequest) -> OffsetGuess:
        from tracker_core.registration.motion import changes, guess_offset

        source = request.source
        registration = _registration(request)
        count = min(MOST_FRAMES, len(source))
        whose = _looked_at(request, count)
        indexes = sorted({*whose[0], *whose[1]})
        rgb, tir = [], []
        before = Pictures(None, None)
        for done, index in enumerate(indexes):
            if request.stop.is_set():
                raise CKDError("The guess was stopped.")
            now = _recorded(source, index)
            if registration is not None and now.tir is not None:
                now = Pictures(now.rgb, registration.on_rgb(now.tir))
            if done and index != indexes[done - 1] + 1:
                before = Pictures(None, None)
            # Two at a time: the pictures of hundreds of frames would fill the memory.
            if index in whose[0]:
                rgb.append(changes([before.rgb, now.rgb])[1])
            if index in whose[1]:
                tir.append(changes([before.tir, now.tir])[1])
            before = now
            self.news.emit(request.number, (done + 1, len(indexes)))
        import numpy as np

        return guess_offset(np.array(rgb), np.array(tir), LARGEST_OFFSET)


def _looked_at(request: TimeRequest, count: int) -> tuple[range, range]:
    """Return of which frames RGB is looked at, and of which thermal; some may not be there."""
    last, shift = len(request.source) - count, request.shift
    # Near an end rather further in, where both are.
    first = max(min(request.frame_index - count // 2, last - shift), -shift)
    first = max(0, min(first, last))
    return range(first, first + count), range(first + shift, first + shift + count)


def _registration(request: TimeRequest) -> Registration | None:
    from tracker_core.registration.guess import guess_alignment
    from tracker_core.sequences.registering import Registration

    source, matrix = request.source, request.tir_to_rgb
    if matrix is None:
        index = request.frame_index
        pictures = _pictures(source, index, index + request.shift)
        if pictures.rgb is not None and pictures.tir is not None:
            # Where too little is seen, thermal that fills the frame has to do.
            with contextlib.suppress(CKDError):
                guess = guess_alignment(pictures.rgb, pictures.tir)
                matrix = guess.tir_to_rgb if guess.sure else None
    return Registration.of(matrix, source.sequence.tir_size, source.sequence.rgb_size)


def _pictures(source: FrameSource, rgb: int, tir: int) -> Pictures:
    first = _recorded(source, rgb)
    second = first if tir == rgb else _recorded(source, tir)
    return Pictures(first.rgb, second.tir)


def _recorded(source: FrameSource, index: int) -> Pictures:
    frame = source.recorded(index)
    return Pictures(None, None) if frame is None else Pictures(frame.rgb, frame.tir)


def _guess_map(request: MapRequest) -> Guess:
    from tracker_core.registration.guess import guess_alignment

    pictures = _pictures(request.source, request.rgb, request.tir)
    if pictures.rgb is None or pictures.tir is None:
        raise CKDError("A picture is missing on this frame; choose another one.")
    return guess_alignment(pictures.rgb, pictures.tir)


class AligningClient(WorkerClient):
    """The window's side of the worker."""

    pictured = Signal(object)
    """Pictures."""
    mapped = Signal(object)
    """Guess."""
    timed = Signal(object)
    """OffsetGuess."""
    progressed = Signal(int, int)
    failed = Signal(str)

    def __init__(self, source: FrameSource, parent: QObject | None = None) -> None:
        super().__init__(AligningWorker(), "alignment", parent)
        self._source = source
        self._stop = Event()
        self._pictures, self._maps, self._times = self._kind(), self._kind(), self._kind()
        self._pictures.finished.connect(self.pictured)
        self._maps.finished.connect(self.mapped)
        self._times.finished.connect(self.timed)
        self._times.news.connect(lambda news: self.progressed.emit(*news))
        for kind in (self._pictures, self._maps, self._times):
            kind.failed.connect(lambda failure: self.failed.emit(failure.message))

    @property
    def pending(self) -> bool:
        """Whether anything is still to come."""
        return self._pictures.pending or self.guessing

    @property
    def guessing(self) -> bool:
        """Whether a guess is under way."""
        return self._maps.pending or self._times.pending

    def picture(self, rgb: int, tir: int) -> None:
        """Ask for two pictures; the newest request counts."""
        number = self._pictures.next_number()
        self._pictures.send(PicturesRequest(number, self._source, rgb, tir))

    def guess_map(self, rgb: int, tir: int) -> None:
        """Ask for the map between two pictures."""
        self._maps.send(MapRequest(self._maps.next_number(), self._source, rgb, tir))

    def guess_time(
        self, frame_index: int, tir_to_rgb: NDArray[np.float64] | None, shift: int = 0
    ) -> None:
        """Ask for the offset in time around a frame, beside `shift` more than the frames have."""
        number = self._times.next_number()
        request = TimeRequest(number, self._source, frame_index, tir_to_rgb, shift)
        self._stop = request.stop
        self._times.send(request)

    def join(self, milliseconds: int | None = None) -> None:
        """Stop and end the worker's thread."""
        self._stop.set()
        super().join(milliseconds)
