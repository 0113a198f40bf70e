"""Takes second looks at tracked frames off the window's thread, with a tracker of its own.

Not with the tracker of runs: these looks take minutes, and a person tracks and edits meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

from app.resolve.review_evidence import Opinions, how_far_from_home
from app.resolve.second_looks import Stretch
from app.state.tracker_choice import TrackerChoice
from app.workers.base import Request, Worker, WorkerClient
from app.workers.frame_source import FrameSource
from tracker_core.frames import FramePair

if TYPE_CHECKING:
    from tracker_core.trackers import Result, Tracker
    from tracker_core.tracking.second_looks import Alone, Back


@dataclass(frozen=True, slots=True, eq=False)
class SecondLookRequest(Request):
    """Look again at the tracked frames of one target."""

    source: FrameSource
    choice: TrackerChoice
    target_id: str
    boxes: NDArray[np.float64]
    """(N, 4) of RGB; a copy, for the looks take long."""
    stretches: tuple[Stretch, ...]
    stop: Event = field(default_factory=Event)
    """Set from the other thread to end after the frame that is looked at."""

    @property
    def failed(self) -> str:
        """See `Request.failed`."""
        return "The second look stopped"

    @property
    def total(self) -> int:
        """How many looks there are to take."""
        return sum(len(each.frames) + len(each.way_back) for each in self.stretches)


@dataclass(frozen=True, slots=True)
class Looked:
    """How far the looks are."""

    target_id: str
    done: int
    total: int


@dataclass(frozen=True, slots=True, eq=False)
class SecondLook:
    """What the looks gave."""

    target_id: str
    opinions: Opinions
    done: int
    total: int
    """More than `done` where somebody stopped them."""


class SecondLookWorker(Worker):
    """Answers a SecondLookRequest with a SecondLook; its news are Looked."""

    def __init__(self) -> None:
        super().__init__()
        self._loaded: tuple[TrackerChoice, Tracker[Result]] | None = None
        self._taken: SecondLook | None = None
        """What the request under way has come to."""

    def answer(self, request: Request) -> SecondLook:
        """Look until the end or a stop."""
        if not isinstance(request, SecondLookRequest):
            raise TypeError(f"{type(request).__name__} does not ask for a second look")
        # Imported late, here and below: it brings OpenCV, which nobody needs before a look.
        from tracker_core.tracking.second_looks import Alone, Back

        self._taken = None
        opinions = Opinions.about(request.boxes)
        tracker = self._tracker(request.choice)
        for done, opinion in enumerate(self._looks(tracker, request, opinions), 1):
            match opinion:
                case Alone():
                    opinions.alone[opinion.frame_index] = opinion.rgb, opinion.tir
                    opinions.likeness[opinion.frame_index] = opinion.likeness
                case Back():
                    opinions.back[opinion.frame_index] = opinion.box_xywh
            self._taken = SecondLook(request.target_id, opinions, done, request.total)
            self.news.emit(request.number, Looked(request.target_id, done, request.total))
            if request.stop.is_set():
                return self._taken
        # Gaps are passed over, so that fewer looks than there were to take may be all of them.
        return SecondLook(request.target_id, opinions, request.total, request.total)

    def kept(self, request: Request) -> SecondLook | None:
        """Return what was seen until a look failed."""
        taken, self._taken = self._taken, None
        return taken if isinstance(request, SecondLookRequest) else None

    def _looks(
        self, tracker: Tracker[Result], request: SecondLookRequest, opinions: Opinions
    ) -> Iterator[Alone | Back]:
        from tracker_core.tracking.second_looks import each_alone, way_back

        def pair_of(frame_index: int) -> FramePair | None:
            frame = request.source.frame(frame_index)
            return None if frame.is_gap else frame.pair()

        for each in request.stretches:
            yield from each_alone(tracker, pair_of, each.start, request.boxes, each.frames)
            yield from way_back(tracker, pair_of, each.far, each.way_back)
            if each.free_end:
                frames = np.array(each.frames, np.int64)
                missed = how_far_from_home(request.boxes, opinions.back, frames)
                opinions.missed[frames] = missed[frames]

    def _tracker(self, choice: TrackerChoice) -> Tracker[Result]:
        from tracker_core.trackers import open_tracker

        if self._loaded is None or self._loaded[0] != choice:
            # Before the new one is there, so that two networks never fill the memory together.
            self._loaded = None
            _, tracker = open_tracker(
                choice.tracker,
                model=choice.model or None,
                device=choice.device or None,
                engine=choice.engine,
                untrained=choice.untrained,
            )
            self._loaded = choice, tracker
        return self._loaded[1]


class SecondLookClient(WorkerClient):
    """The window's side of the worker."""

    looked = Signal(object)
    """Looked."""
    finished = Signal(object)
    """SecondLook."""
    failed = Signal(object)
    """Failure; `kept` is the SecondLook until then, or None."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(SecondLookWorker(), "second looks", parent)
        self._stop = Event()
        self._looks = self._kind()
        self._looks.finished.connect(self.finished)
        self._looks.failed.connect(self.failed)
        self._looks.news.connect(self._on_news)

    @property
    def running(self) -> bool:
        """Whether looks are being taken."""
        return self._looks.pending

    def look(
        self,
        source: FrameSource,
        choice: TrackerChoice,
        target_id: str,
        boxes: NDArray[np.float64],
        stretches: tuple[Stretch, ...],
    ) -> None:
        """Look again at the frames of a target; one after the other."""
        request = SecondLookRequest(
            self._looks.next_number(), source, choice, target_id, boxes, stretches
        )
        self._stop = request.stop
        self._looks.send(request)

    def stop(self) -> None:
        """End after the frame that is looked at; what was seen until then comes."""
        self._stop.set()

    def forget(self) -> None:
        """Stop, and drop the answer."""
        self.stop()
        self._looks.forget()

    def join(self, milliseconds: int | None = None) -> None:
        """Stop and end the worker's thread."""
        self.stop()
        super().join(milliseconds)

    @Slot(object)
    def _on_news(self, news: object) -> None:
        if isinstance(news, Looked):
            self.looked.emit(news)
