"""Everything that works behind the window: document, controllers and workers, without widgets."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtCore import QObject

from app.bridge.engine_items import known_engine
from app.bridge.tracker_items import known_tracker
from app.controllers.autosave import AutosaveController
from app.controllers.comparing import ComparingController
from app.controllers.correction import CorrectionController
from app.controllers.dataset_results import DatasetResultsController
from app.controllers.datasets import DatasetsController
from app.controllers.engines import EngineController
from app.controllers.errand import MakePlan
from app.controllers.exchange import ExchangeController
from app.controllers.features import FeaturesController
from app.controllers.files import FilesController
from app.controllers.keeping import KeepingController
from app.controllers.playback import PlaybackController
from app.controllers.recovery import RecoveryController
from app.controllers.review import ReviewController
from app.controllers.run_plan import plan_ahead
from app.controllers.second_looks import SecondLooksController
from app.controllers.tracking import TrackingController
from app.resolve.effective import EffectiveRows
from app.resolve.overlays import DEFAULT_OVERLAYS
from app.state.document import Document
from app.state.selection import Selection
from app.state.selection_owner import SelectionOwner
from app.state.settings import SettingsStore
from app.state.tracker_choice import CKD, TrackerChoice
from app.workers.comparing import ComparingClient
from app.workers.dataset_results import OverClient
from app.workers.datasets import DatasetClient, NotesClient
from app.workers.engines import EngineClient
from app.workers.exchange import ExchangeClient
from app.workers.frame_source import FrameSource
from app.workers.frames import FrameLoader
from app.workers.one_frame import OneFrameClient
from app.workers.review import ReviewClient
from app.workers.second_looks import SecondLookClient
from app.workers.store import StoreClient
from app.workers.tracker_requests import WeightsUntrained
from app.workers.tracking import TrackerClient
from sessions import Source

SAVE_MILLISECONDS = 2000
"""How long a program that is told to end waits for a save under way."""


class Workspace(QObject):
    """One open sequence with its session, and the workers that serve it."""

    def __init__(self, settings: SettingsStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.settings = settings
        self.document = Document(self)
        # The first to hear of a change: whoever hears of it later reads the selection.
        self.selection = SelectionOwner(self.document, Selection(overlays=DEFAULT_OVERLAYS), self)
        self.frames = FrameLoader(self)
        self.store = StoreClient(self)
        self.tracker = TrackerClient(self)
        self.engines = EngineClient(self)
        self.engine = EngineController(self.tracker, self.engines, lambda: self.choice, self)
        self.playback = PlaybackController(self)
        self.keeping = KeepingController(self.document, self)
        self.files = FilesController(self.document, self.store, settings, self.keeping, self)
        self.dataset_looker, self._dataset_notes = DatasetClient(self), NotesClient(self)
        self.datasets = DatasetsController(
            self.files, self.store, settings, self.dataset_looker, self._dataset_notes, self
        )
        self.recovery = RecoveryController(self.store, self)
        self.autosave = AutosaveController(self.document, self.files, settings, self)
        self.tracking = TrackingController(self.document, self.tracker, self, self.keeping)
        self.correction = CorrectionController(
            self.document, self.selection, self, tracking=self.tracking
        )
        self.correction.size_aware = lambda: settings.values.size_aware
        self.features = FeaturesController(self.document, self.tracker, self)
        self.beside = OneFrameClient(self)
        """Fetches what is shown beside the current frame."""
        # Functions rather than values: each opening brings another session, each start another run.
        self.rows = EffectiveRows(
            lambda: self.document.session,
            self.document.edition_of,
            lambda: self.tracking.run,
        )
        self._build_judging(settings)
        self.refused: WeightsUntrained | None = None
        """Why the last run was refused, where its weights were the reason."""
        self._asked: tuple[FrameSource, list[str], MakePlan] | None = None
        """What the last run was to do."""
        self._untrained: set[str] = set()
        """Models that a person has allowed although they were not trained to track."""
        self.gaps: set[int] = set()
        """Frames known to lack a modality."""
        self._connect()

    def _build_judging(self, settings: SettingsStore) -> None:
        """Make what judges, compares and hands on what was tracked."""
        self._reviewer, self._second_looker = ReviewClient(self), SecondLookClient(self)
        self.second_looks = SecondLooksController(self.document, self._second_looker, self)
        self._writer = ExchangeClient("exports", self)
        self._looker = ExchangeClient("previews of exports", self)
        self.exchange = ExchangeController(self.document, self._writer, self._looker, self)
        self.review = ReviewController(
            self.document,
            self.selection,
            self.rows,
            self.correction,
            self.second_looks,
            settings,
            self._reviewer,
            self,
        )
        self._comparer = ComparingClient(self)
        self.comparing = ComparingController(
            self.document,
            self.files,
            lambda: self.rows.target(self.selection.value.target_id),
            settings,
            self._comparer,
            self,
        )
        self._over = OverClient(self)
        self.dataset_results = DatasetResultsController(
            self.datasets, self.comparing, self._over, self
        )

    def _connect(self) -> None:
        self.tracker.untrained.connect(self._on_untrained)
        self.files.opened.connect(self._on_opened)
        self.files.closing.connect(self._on_closing)
        self.files.aligned.connect(self._on_aligned)
        self.playback.frame_changed.connect(self.frames.request)
        self.playback.frame_changed.connect(lambda _index, _way: self.features.gaps.give_way())
        self.selection.changed.connect(self._on_selection)
        self.playback.frame_changed.connect(lambda at, _way: self.selection.follow_frame(at))

    @property
    def source(self) -> FrameSource | None:
        """The frames of the open sequence."""
        return self.files.source

    @property
    def choice(self) -> TrackerChoice:
        """What the next run uses."""
        return self._chosen(known_tracker(self.settings.values.tracker))

    @property
    def weights(self) -> TrackerChoice:
        """CKD with the chosen weights, whatever the next run uses."""
        return self._chosen(CKD)

    def _chosen(self, tracker: str) -> TrackerChoice:
        values = self.settings.values
        engine, allowed = known_engine(values.engine), values.model in self._untrained
        return TrackerChoice.of(tracker, values.model, values.device, engine, untrained=allowed)

    @property
    def idle(self) -> bool:
        """Whether nothing is being opened, saved, decoded, tracked or looked for."""
        return not (
            self.files.busy
            or self.datasets.busy
            or self.store.recovering
            or self.frames.pending
            or self.beside.pending
            or self.tracking.running
            or self.tracker.computing_features
            or self.review.pending
            or self.second_looks.running
            or self.exchange.running
            or self.exchange.looking
            or self.comparing.pending
            or self.dataset_results.pending
        )

    def track(self, end: int, start: int | None = None) -> None:
        """Follow the selected target from `start`, by default the current frame, towards `end`."""
        first = self.playback.index if start is None else start
        replace = self.settings.values.replace_boxes
        self.run(partial(plan_ahead, start=first, end=end, replace=replace))

    def run(self, make_plan: MakePlan) -> None:
        """Track the selected target as a plan has it."""
        if self.source is None:
            return
        if self.selection.target is None and not self.document.read_only:
            self.tracking.failed.emit("There is no target yet; draw a box around one, then track.")
            return
        target_id = self.selection.value.target_id
        self._run([] if target_id is None else [target_id], make_plan)

    def run_all(self, make_plan: MakePlan) -> None:
        """Track all targets, one after the other."""
        session = self.document.session
        self._run([] if session is None else list(session.targets), make_plan)

    def run_untrained(self, model: str) -> None:
        """Allow a model although it is not trained, and run again what was refused."""
        # Until the program ends, and not in the settings: next week nobody remembers it.
        self._untrained.add(model)
        asked, self._asked = self._asked, None
        if asked is not None and asked[0] is self.source:
            self._run(*asked[1:])

    def _run(self, target_ids: list[str], make_plan: MakePlan) -> None:
        source = self.source
        if source is None:
            return
        self._asked, self.refused = (source, target_ids, make_plan), None
        # A run shows the frames that it tracks; playing would walk away from them.
        self.playback.pause()
        limit = self.settings.values.pause_below_score
        self.tracking.run_all(source, target_ids, make_plan, self.choice, limit)

    def _on_untrained(self, refused: WeightsUntrained) -> None:
        self.refused = refused

    def take_second_looks(self) -> None:
        """Look again at what was tracked of the targets that the review queue lists."""
        source, session = self.source, self.document.session
        if source is not None and session is not None:
            chosen = self.selection.value.target_id
            listed = tuple(session.targets) if self.review.all_targets else (chosen or "",)
            self.second_looks.start(source, listed, self.weights)

    def keep_and_leave(self) -> None:
        """Keep all work; what runs in threads is left to end with the process."""
        self.tracking.stop()
        # What was begun of a film goes, if the thread still comes to it.
        self.exchange.stop()
        # A save that is nearly done is worth a moment; one that is cut off leaves the old file.
        if self.store.saving:
            self.store.join(SAVE_MILLISECONDS)
        self.keeping.end()
        self.datasets.finish()
        self.files.held.forget()
        # Another computer could not tell that the holder has ended. While the file is being written
        # nobody else may have it.
        if not self.store.saving:
            self.files.saving.let_go()

    def join(self) -> None:
        """Stop everything and end every thread."""
        self.playback.pause()
        self.autosave.stop()
        # First: what is left behind must be whole, and what is not needed gone, whatever hangs.
        self.keeping.end()
        self.tracker.join()
        self.engines.join()
        self._second_looker.join()
        self._writer.join()
        self._looker.join()
        self._reviewer.join()
        self.dataset_looker.join()
        self._dataset_notes.join()
        self._comparer.join()
        self._over.join()
        self.beside.join()
        self.frames.join()
        self.store.join()
        # After the threads, which read from it and write the file.
        self.files.held.forget()
        source = self.files.source
        if source is not None:
            source.close()
        self.files.saving.let_go()

    def _on_selection(self, names: frozenset[str]) -> None:
        value = self.selection.value
        if "target_id" in names:
            self.comparing.refresh()
        # One whose end follows the playhead would be played as it grows.
        self.playback.set_range(value.frame_range if value.range_from is None else None)

    def _on_opened(self) -> None:
        source = self.source
        if source is None:
            return
        # A copy: frames that turn out to be damaged are added.
        self.gaps = set(source.sequence.gaps)
        # Before the count, at which playback asks for the first frame.
        self.frames.set_source(source)
        stopped, session = self.files.stopped, self.document.session
        if stopped is None or session is None:
            self.playback.set_count(len(source), self._first_box())
            return
        if stopped.target_id in session.targets:
            self.selection.select(stopped.target_id)
        self.playback.set_count(len(source), stopped.frame_index)

    def _first_box(self) -> int:
        """Return where a reopened session has something to see: its first frame with a box."""
        target = self.selection.target
        # The first of the largest: argmax of nothing but False is frame 0, as for no target.
        return 0 if target is None else int(np.argmax(target.source != Source.NONE))

    def _on_aligned(self) -> None:
        source = self.source
        if source is not None:
            self.gaps = set(source.sequence.gaps)
            self.features.forget()
            # What was asked for of it so far is of the old alignment.
            self.frames.set_source(source)
            self.frames.request(self.playback.index)

    def _on_closing(self) -> None:
        # First, or playing would go on asking for frames that are about to go.
        self.playback.set_count(0)
        self.tracking.abandon()
        self.features.forget()
        self.second_looks.forget()
        self._asked = None
        self.frames.set_source(None)
        self.gaps = set()
