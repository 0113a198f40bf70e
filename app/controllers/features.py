"""Tokens after each block of the current frame, computed again when somebody looks at them."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.controllers.gap_sweep import GapSweep
from app.resolve.anchors import feature_anchors
from app.resolve.inspection import FeatureModel, GapHistory, Missing
from app.state.document import Document
from app.state.tracker_choice import TrackerChoice
from app.workers.frame_source import FrameSource
from app.workers.tracking import FeatureAnswer, TrackerClient
from sessions import Change

if TYPE_CHECKING:
    from tracker_core.trackers import Result

KEPT = 24
"""Frames whose tokens are remembered."""
SETTLE_MILLISECONDS = 120
"""Scrubbing does not ask for every frame it passes."""


@dataclass(frozen=True, slots=True)
class FeatureKey:
    """Which tokens are meant."""

    target_id: str
    frame_index: int
    choice: TrackerChoice
    """The CKD that looks at the frame again."""
    block: int | None
    """None: the last one."""


class FeaturesController(QObject):
    """Answers from memory when it can; otherwise asks the tracker worker, the newest frame only."""

    ready = Signal(object)
    """The FeatureKey whose answer is here."""
    busy_changed = Signal(bool)
    failed = Signal(str)

    def __init__(
        self, document: Document, client: TrackerClient, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._client = client
        self._known: OrderedDict[FeatureKey, FeatureAnswer] = OrderedDict()
        self.gaps = GapSweep(document, client, self)
        """The modality gap over time."""
        self._wanted: tuple[FrameSource, FeatureKey] | None = None
        self._asked: FeatureKey | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MILLISECONDS)
        self._timer.timeout.connect(self._ask)
        client.featured.connect(self._on_featured)
        client.features_failed.connect(self._on_failed)
        document.changed.connect(self._on_changed)

    def result(self, target_id: str, frame_index: int, choice: TrackerChoice) -> Result | None:
        """Return the fresh answer of the tracker for a frame if it is remembered."""
        wanted = FeatureKey(target_id, frame_index, choice, None)
        for key, answer in self._known.items():
            # Any block will do: the answer on the frame is the same for all of them.
            if replace(key, block=None) == wanted:
                return answer.result
        return None

    def model(self, key: FeatureKey) -> FeatureModel | Missing | None:
        """Return what to show if it is remembered, with the gap over all frames looked at."""
        answer = self._known.get(key)
        if answer is None:
            return None
        if isinstance(answer.model, Missing):
            return answer.model
        history = self.history(key.target_id, key.choice)
        # One point makes no curve.
        if history is None or len(history.frame_indices) < 2:
            return answer.model
        return replace(answer.model, history=history)

    def history(self, target_id: str, choice: TrackerChoice) -> GapHistory | None:
        """Return the modality gap of a target on all frames looked at; None before the first."""
        return self.gaps.history((target_id, choice))

    @property
    def pending(self) -> bool:
        """Whether tokens will come without being asked for again."""
        return self._timer.isActive() or self._client.computing_features

    def request(self, source: FrameSource, key: FeatureKey) -> None:
        """Make the tokens of a frame come, now or soon."""
        if key in self._known:
            self.cancel()
            self.ready.emit(key)
            return
        # It is on its way: asking again would begin it again.
        if self._asked == key and self._client.computing_features:
            return
        self._wanted = (source, key)
        self.busy_changed.emit(True)
        # Starts over with every frame, so that the one on which scrubbing ends is asked for.
        self._timer.start()

    def cancel(self) -> None:
        """Do not ask for what was wanted a moment ago."""
        self._timer.stop()
        self._wanted = None
        self.busy_changed.emit(False)

    def forget(self) -> None:
        """Drop everything remembered."""
        self.cancel()
        self._known.clear()
        self.gaps.forget()
        self._asked = None

    def _ask(self) -> None:
        if self._wanted is None or self._document.session is None:
            return
        source, key = self._wanted
        target = self._document.session.targets.get(key.target_id)
        anchors = None if target is None else feature_anchors(target, key.frame_index)
        if target is None or anchors is None:
            self.busy_changed.emit(False)
            return
        self._asked = key
        made_by = target.tracking.model_of(key.frame_index)
        self._client.compute_features(
            source, key.choice, anchors[0], key.frame_index, anchors[1], key.block, made_by
        )

    def _on_featured(self, answer: FeatureAnswer) -> None:
        self.busy_changed.emit(False)
        # Everything was forgotten while the tracker worked on it.
        if self._asked is None:
            return
        key, self._asked = self._asked, None
        self._known[key] = answer
        if isinstance(answer.model, FeatureModel):
            gap = answer.model.gap_by_block
            self.gaps.add((key.target_id, key.choice), key.frame_index, gap)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        self.ready.emit(key)

    def _on_failed(self, message: str) -> None:
        self._asked = None
        self.busy_changed.emit(False)
        self.failed.emit(message)

    def _on_changed(self, _change: Change) -> None:
        # A corrected box may be a template or move the search window of its neighbours.
        self._known.clear()
