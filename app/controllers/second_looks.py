"""Second looks at tracked boxes, asked for by a person: their progress, their end, what they gave.

Each camera alone, and a run from the other end: where these part from the box, it is more often
wrong. What they gave is kept while the session is open.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.resolve.review_evidence import Opinions
from app.resolve.second_looks import stretches
from app.resolve.trackers import feature_choice
from app.state.document import Document
from app.state.tracker_choice import TrackerChoice
from app.workers.base import Failure
from app.workers.frame_source import FrameSource
from app.workers.second_looks import Looked, SecondLook, SecondLookClient
from sessions import Target


@dataclass(frozen=True, slots=True)
class LookProgress:
    """How far the looks at one target are."""

    target_name: str
    done: int
    total: int


class SecondLooksController(QObject):
    """Has one target after the other looked at again; results live as long as the session."""

    changed = Signal()
    """Looks began, went on or ended."""
    known = Signal()
    """There are more second opinions."""
    ended = Signal(str)
    """One sentence on how they ended."""
    failed = Signal(str)
    """One sentence on why they ended early, or did not begin; what was seen until then stays."""

    def __init__(
        self, document: Document, client: SecondLookClient, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._client = client
        self._opinions: dict[str, Opinions] = {}
        self._waiting: list[str] = []
        self._source: FrameSource | None = None
        self._weights = TrackerChoice()
        self._progress: LookProgress | None = None
        self._frames = 0
        client.looked.connect(self._on_looked)
        client.finished.connect(self._on_finished)
        client.failed.connect(self._on_failed)
        document.replaced.connect(self.forget)

    @property
    def running(self) -> bool:
        """Whether looks are being taken."""
        return self._client.running

    @property
    def progress(self) -> LookProgress | None:
        """How far they are; None while none are taken."""
        return self._progress if self.running else None

    def opinions(self, target_id: str) -> Opinions | None:
        """Return what second looks at a target gave; None where there were none."""
        return self._opinions.get(target_id)

    def start(
        self, source: FrameSource, target_ids: tuple[str, ...], weights: TrackerChoice
    ) -> None:
        """Look again at these targets, each with the CKD that tracked it.

        Where that is not at hand, or it was no CKD, with `weights`.
        """
        if self.running:
            return
        self._source, self._weights, self._frames = source, weights, 0
        self._waiting = list(target_ids)
        if not self._go_on():
            self.failed.emit("There is no tracked frame to look at again; track a target first.")

    def stop(self) -> None:
        """End after the frame that is looked at; what was seen stays."""
        self._waiting.clear()
        self._client.stop()

    def forget(self) -> None:
        """Stop, and drop everything: another session is here."""
        self._waiting.clear()
        self._client.forget()
        self._opinions.clear()
        self._source = None
        self._progress = None
        self.changed.emit()

    def _go_on(self) -> bool:
        """Begin with the next target that has something to look at."""
        session, source = self._document.session, self._source
        while session is not None and source is not None and self._waiting:
            target = session.targets.get(self._waiting.pop(0))
            if target is None:
                continue
            # A copy: the person may edit them meanwhile.
            boxes = np.array(target.boxes[:, 0])
            found = stretches(target.source, boxes)
            if found:
                self._progress = LookProgress(target.name, 0, 0)
                choice = self._choice(target, found[0].frames[0])
                self._client.look(source, choice, target.id, boxes, found)
                self.changed.emit()
                return True
        return False

    def _choice(self, target: Target, frame_index: int) -> TrackerChoice:
        found = feature_choice(target.tracking.model_of(frame_index), self._weights)
        return found if isinstance(found, TrackerChoice) else self._weights

    def _on_looked(self, looked: Looked) -> None:
        session = self._document.session
        target = None if session is None else session.targets.get(looked.target_id)
        name = "" if target is None else target.name
        self._progress = LookProgress(name, looked.done, looked.total)
        self.changed.emit()

    def _on_finished(self, look: SecondLook) -> None:
        self._keep(look)
        stopped = look.done < look.total
        if stopped or not self._go_on():
            self._end()
            frames = "1 frame" if self._frames == 1 else f"{self._frames} frames"
            if stopped:
                self.ended.emit(f"The second look was stopped; what it found on {frames} counts.")
            else:
                self.ended.emit(f"Took a second look at {frames}.")

    def _on_failed(self, failure: Failure) -> None:
        if isinstance(failure.kept, SecondLook):
            self._keep(failure.kept)
        self._end()
        self.failed.emit(failure.message)

    def _keep(self, look: SecondLook) -> None:
        self._opinions[look.target_id] = look.opinions
        asked = ~np.isnan(look.opinions.alone[:, 0, 0]) | ~np.isnan(look.opinions.back[:, 0])
        self._frames += int(asked.sum())
        self.known.emit()

    def _end(self) -> None:
        self._waiting.clear()
        self._progress = None
        self.changed.emit()
