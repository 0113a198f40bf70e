"""Runs the tracker off the GUI thread; torch is imported here, on first use and not before."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from threading import Event
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.bridge.runs import PackedRun, RunPacker
from app.bridge.values import model_info
from app.workers.base import Failure, Request, Worker, WorkerClient
from app.workers.frame_source import FrameSource
from tracker_core.frames import Box

if TYPE_CHECKING:
    from app.resolve.inspection import FeatureModel
    from app.workers.feature_reader import FeatureReader
    from tracker_core.ckd.tracker import CKDTracker, TrackerState, TrackResult
    from tracker_core.trackers import TrackerInfo


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
class TrackRequest(Request):
    """Follow a target from `start` (exclusive) to `end` (inclusive)."""

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
    def failed(self) -> str:
        """See `Request.failed`."""
        return "Tracking stopped"

    @property
    def frames(self) -> range:
        """The frames to track, in order; backwards when `end` lies before `start`."""
        direction = 1 if self.end >= self.start else -1
        return range(self.start + direction, self.end + direction, direction)


@dataclass(frozen=True, slots=True)
class FeatureRequest(Request):
    """Compute the tokens of one frame again."""

    source: FrameSource
    choice: ModelChoice
    anchor: Anchor
    frame_index: int
    previous_box: Box
    """Where the target was before: the middle of the search window."""
    block: int | None
    """The block to show; None for the last one."""

    @property
    def failed(self) -> str:
        """See `Request.failed`."""
        return f"The features of frame {self.frame_index} cannot be shown"

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
    run: PackedRun | None = None
    """What was tracked; None when not a single frame was."""


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """What is known about the model that serves a run."""

    info: TrackerInfo
    device: str


@dataclass(frozen=True, slots=True)
class ModelLoading:
    """The model of a request is not there yet; loading it takes seconds."""

    model: str


@dataclass(frozen=True, slots=True)
class Step:
    """The tracker's answer on one frame of a run."""

    frame_index: int
    result: TrackResult


class TrackerWorker(Worker):
    """Answers a TrackRequest with RunEnd, a FeatureRequest with FeatureAnswer.

    It keeps the last model it loaded. The news of a request are ModelLoading, and of a run also
    LoadedModel and Step.
    """

    def __init__(self) -> None:
        super().__init__()
        self._loaded: tuple[ModelChoice, CKDTracker, LoadedModel] | None = None
        self._reader: FeatureReader | None = None
        self._last: tuple[FeatureRequest, TrackResult] | None = None
        self._packer: RunPacker | None = None
        """What the run under way has tracked."""

    def answer(self, request: Request) -> object:
        """Track until the end, a stop or a low score; or step once with features."""
        match request:
            case TrackRequest():
                return self._track(request)
            case FeatureRequest():
                return self._features(request)
        raise TypeError(f"{type(request).__name__} is neither a run nor a look at features")

    def kept(self, request: Request) -> PackedRun | None:
        """Return what a run tracked until it failed."""
        packer, self._packer = self._packer, None
        return packer.packed() if packer is not None and isinstance(request, TrackRequest) else None

    def _track(self, request: TrackRequest) -> RunEnd:
        self._packer = None
        tracker, loaded = self._tracker(request)
        self.news.emit(request.number, loaded)
        state = self._state(tracker, request.source, request.anchor)
        self._packer = RunPacker(model_info(loaded.info))
        end = self._run(tracker, state.moved_to(request.start_box), request, self._packer)
        self._packer = None
        return end

    def _features(self, request: FeatureRequest) -> FeatureAnswer:
        result = self._tokens(request)
        if self._reader is None:
            from app.workers.feature_reader import FeatureReader

            self._reader = FeatureReader()
        model = self._reader.read(result, request.frame_index, request.block)
        return FeatureAnswer(result, model)

    def _tokens(self, request: FeatureRequest) -> TrackResult:
        if self._last is not None and self._last[0].same_frame(request):
            return self._last[1]
        tracker, _ = self._tracker(request)
        state = self._state(tracker, request.source, request.anchor)
        pair = request.source.frame(request.frame_index).pair()
        _, result = tracker.step(state.moved_to(request.previous_box), pair, features=True)
        self._last = (request, result)
        return result

    def _run(
        self, tracker: CKDTracker, state: TrackerState, request: TrackRequest, packer: RunPacker
    ) -> RunEnd:
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
            # Kept before it is shown: what a person has seen is never lost.
            packer.add(index, result)
            self.news.emit(request.number, Step(index, result))
            if result.score < request.pause_below:
                reason = "paused"
                break
        return RunEnd(reason, tuple(skipped), packer.packed())

    def _state(self, tracker: CKDTracker, source: FrameSource, anchor: Anchor) -> TrackerState:
        return tracker.start(source.frame(anchor.frame_index).pair(), anchor.box_xywh)

    def _tracker(self, request: TrackRequest | FeatureRequest) -> tuple[CKDTracker, LoadedModel]:
        choice = request.choice
        if self._loaded is not None and self._loaded[0] == choice:
            return self._loaded[1], self._loaded[2]
        self.news.emit(request.number, ModelLoading(choice.model))
        from tracker_core.checkpoints.opening import open_model
        from tracker_core.ckd.tracker import CKDTracker
        from tracker_core.engines.threads import use_fitting_threads
        from tracker_core.trackers.ckd import ckd_info

        self._loaded = None
        self._reader = None
        checkpoint = open_model(choice.model)
        use_fitting_threads(checkpoint.model)
        tracker = CKDTracker(checkpoint.model, choice.device or None)
        info = ckd_info(checkpoint.model.config, choice.model, checkpoint.weights_sha256)
        loaded = LoadedModel(info, str(tracker.device))
        self._loaded = (choice, tracker, loaded)
        return tracker, loaded


class TrackerClient(WorkerClient):
    """The window's side of the tracker worker."""

    model_loading = Signal(str)
    model_ready = Signal(object)
    """The LoadedModel that serves the run."""
    stepped = Signal(int, object)
    """Frame index in the sequence and TrackResult."""
    finished = Signal(object)
    """RunEnd."""
    failed = Signal(object)
    """Failure; `kept` is the PackedRun of the frames until then, or None."""
    featured = Signal(object)
    """FeatureAnswer."""
    features_failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(TrackerWorker(), "tracker", parent)
        self._stop = Event()
        self._runs = self._kind()
        self._features = self._kind()
        self._runs.finished.connect(self.finished)
        self._runs.failed.connect(self.failed)
        self._features.finished.connect(self.featured)
        self._features.failed.connect(self._on_features_failed)
        for kind in (self._runs, self._features):
            kind.news.connect(self._on_news)

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return self._runs.pending

    @property
    def computing_features(self) -> bool:
        """Whether tokens of a frame are being computed."""
        return self._features.pending

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
        request = TrackRequest(
            self._runs.next_number(),
            source,
            choice,
            anchor,
            start.frame_index,
            start.box_xywh,
            end,
            pause_below,
        )
        self._stop = request.stop
        self._runs.send(request)

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
        number = self._features.next_number()
        self._features.send(
            FeatureRequest(number, source, choice, anchor, frame_index, previous_box, block)
        )

    def stop(self) -> None:
        """End the run after the frame it is on."""
        self._stop.set()

    def forget(self) -> None:
        """Stop, and drop every answer that is still on its way."""
        self.stop()
        self._runs.forget()
        self._features.forget()

    def join(self) -> None:
        """Stop and end the worker's thread."""
        self.stop()
        super().join()

    @Slot(object)
    def _on_news(self, news: object) -> None:
        match news:
            case ModelLoading():
                self.model_loading.emit(news.model)
            case LoadedModel():
                self.model_ready.emit(news)
            case Step():
                self.stepped.emit(news.frame_index, news.result)

    @Slot(object)
    def _on_features_failed(self, failure: Failure) -> None:
        self.features_failed.emit(failure.message)


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
