"""Runs any tracker off the GUI thread; it is imported here, on first use and not before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, Unpack

from PySide6.QtCore import QObject, Signal, Slot

from app.bridge.run_parts import RunParts
from app.bridge.runs import PackedRun, RunPacker
from app.bridge.values import computed_now, model_info
from app.resolve.anchors import Anchor, Look
from app.resolve.inspection import Missing
from app.resolve.trackers import no_tokens, other_weights, tracker_name
from app.state.tracker_choice import AUTO, TrackerChoice
from app.workers.base import Failure, Request, Worker, WorkerClient
from app.workers.frame_source import FrameSource
from app.workers.run_loop import RunLoop
from app.workers.tracker_requests import (
    FeatureAnswer,
    FeatureRequest,
    GapAnswer,
    GapRequest,
    Leg,
    Replaced,
    RunEnd,
    Step,
    TrackerLoading,
    TrackerReady,
    TrackOptions,
    TrackRequest,
    Unmeasured,
    WeightsUntrained,
)
from tracker_core.errors import UntrainedError
from tracker_core.frames import Box, FramePair
from tracker_core.trackers import capabilities_of, open_tracker, tracker_entry
from tracker_core.trackers.trax.process import Conversation

if TYPE_CHECKING:
    from app.bridge.feature_reader import FeatureReader
    from sessions import ModelInfo
    from tracker_core.trackers import Result, Tracker
    from tracker_core.tracking.loop import LastTemplate

_PATIENCE = 2000
"""Milliseconds for the frame under way when the window closes."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A tracker that is ready, and what a session keeps of it."""

    choice: TrackerChoice
    tracker: Tracker[Result]
    info: ModelInfo
    best: str = ""
    """The fastest engine of CKD, as far as it was known when this was loaded."""


class TrackerWorker(Worker):
    """Answers a TrackRequest with RunEnd, a FeatureRequest with FeatureAnswer.

    The news of a request are TrackerLoading, and of a run also TrackerReady, WeightsUntrained and
    Step.
    """

    def __init__(self) -> None:
        super().__init__()
        self._loaded: dict[bool, _Loaded] = {}
        """One CKD (True) and one other: who tracks with another still looks at CKD's features."""
        self._reader: FeatureReader | None = None
        self._last: tuple[FeatureRequest, object, Result] | None = None
        """With the footage that it was looked at in."""
        self._template: LastTemplate | None = None
        """Of the frames whose features were asked for."""
        self._packer: RunPacker | None = None
        """What the run under way has tracked."""
        self._said: set[str] = set()

    def answer(self, request: Request) -> object:
        """Track until the end, a stop or a low score; or step once with features."""
        match request:
            case TrackRequest():
                return self._track(request)
            case FeatureRequest():
                return self._features(request)
            case GapRequest():
                return self._gap(request.look)
        raise TypeError(f"{type(request).__name__} is neither a run nor a look at a frame")

    def kept(self, request: Request) -> PackedRun | None:
        """Return what a run tracked until it failed."""
        packer, self._packer = self._packer, None
        return packer.packed() if packer is not None and isinstance(request, TrackRequest) else None

    def _track(self, request: TrackRequest) -> RunEnd:
        self._packer = None
        loaded = self._tracker(request)
        # In a run before another engine may have had to take over.
        info = computed_now(loaded.info, capabilities_of(loaded.tracker).engine)
        self.news.emit(request.number, TrackerReady(info))
        parts = request.parts
        self._packer = RunPacker(info, parts)
        loop = RunLoop(
            loaded.tracker, request, self._packer, partial(self.news.emit, request.number)
        )
        try:
            if parts is not None:
                parts.begin(info)
            end = loop.run()
        finally:
            # Before the answer, which has the whole run taken over: no part comes after that.
            if parts is not None:
                parts.end()
            self._say(request, capabilities_of(loaded.tracker).note)
        self._packer = None
        return end

    def _features(self, request: FeatureRequest) -> FeatureAnswer:
        result = self._tokens(request)
        if isinstance(result, Missing):
            return FeatureAnswer(None, result)
        if self._reader is None:
            from app.bridge.feature_reader import FeatureReader

            self._reader = FeatureReader()
        model = self._reader.read(result, request.frame_index, request.block)
        return FeatureAnswer(result, model)

    def _gap(self, request: FeatureRequest) -> GapAnswer:
        result = self._looked(request)
        if isinstance(result, Missing) or result.features is None:
            return GapAnswer(None)
        from tracker_core.ckd.introspection import modality_gaps

        return GapAnswer(modality_gaps(result.features))

    def _tokens(self, request: FeatureRequest) -> Result | Missing:
        footage = request.source.footage
        if self._last is not None and self._last[0].same_frame(request):
            _, seen, result = self._last
            if seen is footage:
                return result
        looked = self._looked(request)
        if not isinstance(looked, Missing):
            self._last = (request, footage, looked)
        return looked

    def _looked(self, request: FeatureRequest) -> Result | Missing:
        from tracker_core.tracking.loop import LastTemplate

        loaded = self._tracker(request)
        if not capabilities_of(loaded.tracker).features:
            return no_tokens(tracker_name(loaded.info))
        missing = other_weights(request.made_by, loaded.info)
        if missing is not None:
            return missing
        pair_of = _pairs_of(request.source)
        template = request.anchor.frame_index, request.anchor.box_xywh
        place = request.frame_index, request.previous_box
        if self._template is None:
            self._template = LastTemplate()
        state = self._template.state_at(
            loaded.tracker, request.source.footage, pair_of, template, place
        )
        # Only trackers with this capability take `features`, so that the protocol has none of it.
        tracker: Any = loaded.tracker
        _, result = tracker.step(state, pair_of(request.frame_index), features=True)
        return result  # type: ignore[no-any-return]

    def _tracker(self, request: TrackRequest | FeatureRequest) -> _Loaded:
        choice = request.choice
        loaded = self._loaded.get(choice.is_ckd)
        if loaded is not None and loaded.choice == choice and not self._outrun(loaded, request):
            return loaded
        name = choice.model if choice.is_ckd else tracker_entry(choice.tracker).title
        self.news.emit(request.number, TrackerLoading(Path(name).name))
        # Before the new one is there, so that two large networks never fill the memory together.
        self._loaded.pop(choice.is_ckd, None)
        self._said.clear()
        if choice.is_ckd:
            self._reader = None
            self._last = self._template = None
        try:
            source, tracker = open_tracker(
                choice.tracker,
                model=choice.model or None,
                device=choice.device or None,
                engine=choice.engine,
                untrained=choice.untrained,
            )
        except UntrainedError as error:
            # Features only say so where they would be.
            if isinstance(request, TrackRequest):
                refused = WeightsUntrained(choice.model, error.name, error.why)
                self.news.emit(request.number, refused)
            raise
        info = model_info(source.info)
        loaded = _Loaded(choice, tracker, info, self._best(choice, info))
        self._loaded[choice.is_ckd] = loaded
        self._say(request, source.info.note)
        if not loaded.best:
            self.news.emit(request.number, Unmeasured(choice.model))
        return loaded

    def _outrun(self, loaded: _Loaded, request: Request) -> bool:
        """Whether a faster engine was found since; frames with features are computed by eager."""
        return isinstance(request, TrackRequest) and loaded.best != self._best(
            loaded.choice, loaded.info
        )

    def _best(self, choice: TrackerChoice, info: ModelInfo) -> str:
        """The fastest engine where `auto` is to find it: empty as long as nobody has measured."""
        if choice.engine != AUTO:
            return choice.engine
        from tracker_core.trackers.first_use import best_now

        return best_now(info.weights_sha256, choice.device or None)

    def _say(self, request: Request, note: str) -> None:
        """Say what is not as it was asked for, once for each tracker that is loaded."""
        if note and note not in self._said:
            self._said.add(note)
            self.news.emit(request.number, Replaced(note))


def _pairs_of(source: FrameSource) -> Callable[[int], FramePair]:
    return lambda index: source.frame(index).pair()


class TrackerClient(WorkerClient):
    """The window's side of the tracker worker."""

    loading = Signal(str)
    """Name of the tracker that is being loaded."""
    ready = Signal(object)
    """The ModelInfo of the tracker that serves the run."""
    untrained = Signal(object)
    """WeightsUntrained: a run is refused until a person allows them; `failed` follows."""
    unmeasured = Signal(str)
    """The model for whose weights no engine was ever measured here."""
    replaced = Signal(str)
    """One sentence on what is not as it was asked for."""
    stepped = Signal(int, object)
    """Frame index in the sequence and Result."""
    finished = Signal(object)
    """RunEnd."""
    failed = Signal(object)
    """Failure; `kept` is the PackedRun of the frames until then, or None."""
    featured = Signal(object)
    """FeatureAnswer."""
    features_failed = Signal(str)
    gap_found = Signal(object)
    """GapAnswer."""
    gap_failed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(TrackerWorker(), "tracker", parent)
        self._stop = Event()
        self._runs = self._kind()
        self._features = self._kind()
        self._gaps = self._kind()
        self._gaps.finished.connect(self.gap_found)
        self._gaps.failed.connect(lambda _failure: self.gap_failed.emit())
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
        choice: TrackerChoice,
        legs: tuple[Leg, ...],
        parts: RunParts | None = None,
        **options: Unpack[TrackOptions],
    ) -> None:
        """Start a run along these legs; one run at a time."""
        number = self._runs.next_number()
        request = TrackRequest(number, source, choice, legs, parts=parts, **options)
        self._stop = request.stop
        self._runs.send(request)

    def compute_features(
        self,
        source: FrameSource,
        choice: TrackerChoice,
        anchor: Anchor,
        frame_index: int,
        previous_box: Box,
        block: int | None = None,
        made_by: ModelInfo | None = None,
    ) -> None:
        """Ask for the tokens of one frame; the newest request wins."""
        number = self._features.next_number()
        self._features.send(
            FeatureRequest(
                number, source, choice, anchor, frame_index, previous_box, block, made_by
            )
        )

    def compute_gap(
        self,
        source: FrameSource,
        choice: TrackerChoice,
        look: Look,
        frame_index: int,
        made_by: ModelInfo | None,
    ) -> None:
        """Ask for the modality gap of one frame, of which nobody is told that it is on its way."""
        number = self._gaps.next_number()
        anchor, previous = look.anchor, look.previous
        wanted = FeatureRequest(
            number, source, choice, anchor, frame_index, previous, None, made_by
        )
        self._gaps.send(GapRequest(number, wanted))

    def forget_gap(self) -> None:
        """Drop the answer that is on its way."""
        self._gaps.forget()

    def stop(self) -> None:
        """End the run after the frame it is on."""
        self._stop.set()

    def forget_run(self) -> None:
        """Stop the run and drop its answer; whatever else was asked for comes all the same."""
        self.stop()
        self._runs.forget()

    def forget(self) -> None:
        """Stop, and drop every answer that is still on its way."""
        self.stop()
        self._runs.forget()
        self._features.forget()

    def join(self, milliseconds: int | None = None) -> None:
        """Stop and end the worker's thread."""
        self.stop()
        if milliseconds is None:
            super().join(_PATIENCE)
            # A program that hangs would hold the window until its time is up.
            Conversation.end_all()
        super().join(milliseconds)

    @Slot(object)
    def _on_news(self, news: object) -> None:
        match news:
            case TrackerLoading():
                self.loading.emit(news.name)
            case TrackerReady():
                self.ready.emit(news.info)
            case WeightsUntrained():
                self.untrained.emit(news)
            case Unmeasured():
                self.unmeasured.emit(news.model)
            case Replaced():
                self.replaced.emit(news.note)
            case Step():
                self.stepped.emit(news.frame_index, news.result)

    @Slot(object)
    def _on_features_failed(self, failure: Failure) -> None:
        self.features_failed.emit(failure.message)


__all__ = [
    "Anchor",
    "FeatureAnswer",
    "FeatureRequest",
    "GapAnswer",
    "Leg",
    "RunEnd",
    "TrackRequest",
    "TrackerChoice",
    "TrackerClient",
    "TrackerWorker",
]
