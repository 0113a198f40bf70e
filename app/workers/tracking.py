"""Runs the tracker off the GUI thread; torch is imported here, on first use and not before."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from threading import Event
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.workers.base import WorkerThread
from app.workers.frame_source import FrameSource
from tracker_core.errors import CKDError
from tracker_core.frames import Box

if TYPE_CHECKING:
    from app.resolve.inspection import FeatureModel
    from app.workers.feature_reader import FeatureReader
    from tracker_core.ckd.config import ModelConfig
    from tracker_core.ckd.tracker import CKDTracker, TrackerState, TrackResult


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """Which model on which device."""

    model: str = "tiny"
    """Name of a bundled model or path of a checkpoint."""
    device: str = ""
    """torch device; empty means the best one available."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where the template is cut."""

    frame_index: int
    box_xywh: Box


@dataclass(frozen=True, slots=True)
class TrackRequest:
    """Follow a target from `start` (exclusive) to `end` (inclusive)."""

    number: int
    source: FrameSource
    choice: ModelChoice
    anchor: Anchor
    """What is followed: usually the box set by hand that this run goes back to."""
    start: int
    start_box: Box
    """Where the target is on frame `start`."""
    end: int
    pause_below: float = 0.0
    """Stop after a frame whose score is lower; 0 never stops."""
    stop: Event = field(default_factory=Event)
    """Set from the other thread to end this run after the frame it is on."""

    @property
    def frames(self) -> range:
        """The frames to track, in order; backwards when `end` lies before `start`."""
        direction = 1 if self.end >= self.start else -1
        return range(self.start + direction, self.end + direction, direction)


@dataclass(frozen=True, slots=True)
class FeatureRequest:
    """Compute the tokens of one frame again."""

    number: int
    source: FrameSource
    choice: ModelChoice
    anchor: Anchor
    frame_index: int
    previous_box: Box
    """Where the target was before: the middle of the search window."""
    block: int | None
    """The block to show; None for the last one."""

    def same_frame(self, other: FeatureRequest) -> bool:
        """Whether `other` asks for the same tokens, perhaps behind another block."""
        return replace(self, number=0, block=None) == replace(other, number=0, block=None)


@dataclass(frozen=True, slots=True)
class FeatureAnswer:
    """The tokens of one frame, looked at behind one block."""

    result: TrackResult
    model: FeatureModel


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended."""

    reason: str
    """`finished`, `stopped` or `paused`."""
    skipped: tuple[int, ...]
    """Frames that lack a modality; nothing was tracked there."""


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """What is known about the model that serves a run."""

    config: ModelConfig
    weights_sha256: str
    device: str


class TrackerWorker(QObject):
    """Lives on its own thread and keeps the last model it loaded."""

    model_loading = Signal(str)
    model_ready = Signal(int, object)
    """Number of the request and the LoadedModel that serves it."""
    stepped = Signal(int, int, object)
    """Number, frame index in the sequence, TrackResult."""
    finished = Signal(int, object)
    failed = Signal(int, str)
    featured = Signal(int, object)
    """Number and FeatureAnswer."""

    def __init__(self) -> None:
        super().__init__()
        self.newest_features = 0
        """Older feature requests are dropped."""
        self._loaded: tuple[ModelChoice, CKDTracker, LoadedModel] | None = None
        self._reader: FeatureReader | None = None
        self._last: tuple[FeatureRequest, TrackResult] | None = None

    @Slot(object)
    def track(self, request: TrackRequest) -> None:
        """Track until the end, a stop, or a score below the limit."""
        try:
            tracker, loaded = self._tracker(request.choice)
            self.model_ready.emit(request.number, loaded)
            state = self._state(tracker, request.source, request.anchor)
            self._run(tracker, state.moved_to(request.start_box), request)
        except CKDError as error:
            self.failed.emit(request.number, str(error))

    @Slot(object)
    def compute_features(self, request: FeatureRequest) -> None:
        """Step once with features, unless a newer frame was asked for meanwhile."""
        if request.number < self.newest_features:
            return
        try:
            result = self._tokens(request)
            if self._reader is None:
                from app.workers.feature_reader import FeatureReader

                self._reader = FeatureReader()
            model = self._reader.read(result, request.frame_index, request.block)
        except CKDError as error:
            self.failed.emit(request.number, str(error))
            return
        self.featured.emit(request.number, FeatureAnswer(result, model))

    def _tokens(self, request: FeatureRequest) -> TrackResult:
        if self._last is not None and self._last[0].same_frame(request):
            return self._last[1]
        tracker, _ = self._tracker(request.choice)
        state = self._state(tracker, request.source, request.anchor)
        pair = request.source.frame(request.frame_index).pair()
        _, result = tracker.step(state.moved_to(request.previous_box), pair, features=True)
        self._last = (request, result)
        return result

    def _run(self, tracker: CKDTracker, state: TrackerState, request: TrackRequest) -> None:
        skipped: list[int] = []
        reason = "finished"
        for index in request.frames:
            if request.stop.is_set():
                reason = "stopped"
                break
            frame = request.source.frame(index)
            if frame.rgb is None or frame.tir is None:
                skipped.append(index)
                continue
            state, result = tracker.step(state, frame.pair())
            self.stepped.emit(request.number, index, result)
            if result.score < request.pause_below:
                reason = "paused"
                break
        self.finished.emit(request.number, RunEnd(reason, tuple(skipped)))

    def _state(self, tracker: CKDTracker, source: FrameSource, anchor: Anchor) -> TrackerState:
        return tracker.start(source.frame(anchor.frame_index).pair(), anchor.box_xywh)

    def _tracker(self, choice: ModelChoice) -> tuple[CKDTracker, LoadedModel]:
        if self._loaded is not None and self._loaded[0] == choice:
            return self._loaded[1], self._loaded[2]
        self.model_loading.emit(choice.model)
        from tracker_core.checkpoints.opening import open_model
        from tracker_core.ckd.tracker import CKDTracker
        from tracker_core.engines.threads import use_fitting_threads

        self._loaded = None
        self._reader = None
        checkpoint = open_model(choice.model)
        use_fitting_threads(checkpoint.model)
        tracker = CKDTracker(checkpoint.model, choice.device or None)
        loaded = LoadedModel(
            checkpoint.model.config, checkpoint.weights_sha256, str(tracker.device)
        )
        self._loaded = (choice, tracker, loaded)
        return tracker, loaded


class TrackerClient(QObject):
    """The window's side of the tracker worker: numbers requests and drops late answers."""

    model_loading = Signal(str)
    model_ready = Signal(object)
    stepped = Signal(int, object)
    finished = Signal(object)
    failed = Signal(str)
    featured = Signal(object)
    features_failed = Signal(str)
    _track = Signal(object)
    _features = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._number = 0
        self._running = 0
        self._featuring = 0
        self._stop = Event()
        self._worker = TrackerWorker()
        self._track.connect(self._worker.track)
        self._features.connect(self._worker.compute_features)
        self._worker.model_loading.connect(self.model_loading)
        self._worker.model_ready.connect(self._on_model)
        self._worker.stepped.connect(self._on_stepped)
        self._worker.finished.connect(self._on_finished)
        self._worker.failed.connect(self._on_failed)
        self._worker.featured.connect(self._on_featured)
        self._thread = WorkerThread(self._worker, "tracker")

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return self._running > 0

    @property
    def computing_features(self) -> bool:
        """Whether tokens of a frame are being computed."""
        return self._featuring > 0

    def track(
        self,
        source: FrameSource,
        choice: ModelChoice,
        anchor: Anchor,
        start: Anchor,
        end: int,
        pause_below: float = 0.0,
    ) -> None:
        """Start a run from the box `start` to the frame `end`; one run at a time."""
        self._number += 1
        self._running = self._number
        request = TrackRequest(
            self._number,
            source,
            choice,
            anchor,
            start.frame_index,
            start.box_xywh,
            end,
            pause_below,
        )
        self._stop = request.stop
        self._track.emit(request)

    def compute_features(
        self,
        source: FrameSource,
        choice: ModelChoice,
        anchor: Anchor,
        frame_index: int,
        previous_box: Box,
        block: int | None = None,
    ) -> None:
        """Ask for the tokens of one frame; the newest request wins."""
        self._number += 1
        self._featuring = self._number
        self._worker.newest_features = self._number
        self._features.emit(
            FeatureRequest(self._number, source, choice, anchor, frame_index, previous_box, block)
        )

    def stop(self) -> None:
        """End the run after the frame it is on."""
        self._stop.set()

    def forget(self) -> None:
        """Stop, and drop every answer that is still on its way."""
        self.stop()
        self._running = 0
        self._featuring = 0
        self._number += 1
        self._worker.newest_features = self._number

    def join(self) -> None:
        """Stop and end the worker's thread."""
        self.forget()
        self._thread.join()

    @Slot(int, object)
    def _on_model(self, number: int, model: object) -> None:
        if number == self._running:
            self.model_ready.emit(model)

    @Slot(int, int, object)
    def _on_stepped(self, number: int, frame_index: int, result: TrackResult) -> None:
        if number == self._running:
            self.stepped.emit(frame_index, result)

    @Slot(int, object)
    def _on_finished(self, number: int, end: RunEnd) -> None:
        if number == self._running:
            self._running = 0
            self.finished.emit(end)

    @Slot(int, str)
    def _on_failed(self, number: int, message: str) -> None:
        if number == self._running:
            self._running = 0
            self.failed.emit(message)
        elif number == self._featuring:
            self._featuring = 0
            self.features_failed.emit(message)

    @Slot(int, object)
    def _on_featured(self, number: int, answer: FeatureAnswer) -> None:
        if number == self._featuring:
            self._featuring = 0
            self.featured.emit(answer)


__all__ = [
    "Anchor",
    "FeatureAnswer",
    "FeatureRequest",
    "LoadedModel",
    "ModelChoice",
    "RunEnd",
    "TrackRequest",
    "TrackerClient",
    "TrackerWorker",
]
