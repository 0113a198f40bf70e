"""The review queue of the open session: kept up to date, walked through, marked as seen."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from app.controllers.correction import CorrectionController
from app.controllers.second_looks import SecondLooksController
from app.resolve.effective import EffectiveRows, EffectiveTarget
from app.resolve.review import NOTHING, ReviewEvent, ReviewQueue
from app.state.document import Document
from app.state.selection_owner import SelectionOwner
from app.state.settings import SettingsStore
from app.workers.review import ReviewClient, Subject
from sessions import MarkSeen, UnmarkSeen

SETTLE_MILLISECONDS = 100
"""Changes within this time are looked at together: a held key nudges 30 times a second."""


class ReviewController(QObject):
    """Asks the worker for the queue whenever something it stands on has changed."""

    changed = Signal()
    """The queue is another one."""
    failed = Signal(str)

    def __init__(
        self,
        document: Document,
        selection: SelectionOwner,
        rows: EffectiveRows,
        correction: CorrectionController,
        second_looks: SecondLooksController,
        settings: SettingsStore,
        client: ReviewClient,
        parent: QObject | None = None,
    ) -> None:
        """Read the targets of `document` as `rows` have them; `correction` marks them as seen."""
        super().__init__(parent)
        self._document = document
        self._selection = selection
        self._rows = rows
        self._correction = correction
        self._second_looks = second_looks
        self._settings = settings
        self._client = client
        self._queue = NOTHING
        self._stale = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MILLISECONDS)
        self._timer.timeout.connect(self._look)
        client.found.connect(self._on_found)
        client.failed.connect(self._on_failed)
        second_looks.known.connect(self.refresh)
        document.replaced.connect(self._on_replaced)

    @property
    def queue(self) -> ReviewQueue:
        """The newest queue there is."""
        return self._queue

    @property
    def pending(self) -> bool:
        """Whether another queue is on its way."""
        return self._stale or self._client.pending or self._timer.isActive()

    @property
    def all_targets(self) -> bool:
        """Whether events of all targets are listed, or of the selected one."""
        return self._settings.values.queue_all_targets

    @property
    def by_time(self) -> bool:
        """Whether events are listed by time, or the worst first."""
        return self._settings.values.queue_by_time

    def list_all_targets(self, on: bool) -> None:
        """List events of all targets, or of the selected one."""
        self._settings.values.queue_all_targets = on
        self._settings.save()
        self.refresh()

    def list_by_time(self, on: bool) -> None:
        """List events by time, or the worst first."""
        self._settings.values.queue_by_time = on
        self._settings.save()
        self.refresh()

    def refresh(self) -> None:
        """Make another queue soon: something that it stands on has changed."""
        self._stale = True
        self._look_soon()

    def mark_seen(self, event: ReviewEvent) -> bool:
        """Remember in the session that a person has seen an event; say whether it was done."""
        if not self._correction.apply(MarkSeen(event.target_id, (event.mark(),))):
            return False
        # At once: who presses Return again must not be sent to the same event.
        self._queue = self._queue.with_seen(event)
        self.changed.emit()
        return True

    def mark_not_seen(self, event: ReviewEvent) -> bool:
        """Take back that an event was seen; say whether it was done."""
        session = self._document.session
        target = None if session is None else session.targets.get(event.target_id)
        if target is None:
            return False
        marks = tuple(m for m in target.seen if m.first <= event.last and m.last >= event.first)
        return bool(marks) and self._correction.apply(UnmarkSeen(event.target_id, marks))

    def _look_soon(self) -> None:
        # Not started again while it runs, or a key held down would put it off until it is let go.
        if self._stale and not self._timer.isActive():
            self._timer.start()

    def _look(self) -> None:
        # One at a time: of a hundred changes the worker looks at the first and the last.
        if self._stale and not self._client.pending:
            self._stale = False
            self._client.look(self._subjects(), by_time=self.by_time)

    def _subjects(self) -> tuple[Subject, ...]:
        if self.all_targets:
            rows = self._rows.targets()
        else:
            chosen = self._rows.target(self._selection.value.target_id)
            rows = () if chosen is None else (chosen,)
        return tuple(map(self._subject, rows))

    def _subject(self, row: EffectiveTarget) -> Subject:
        session = self._document.session
        seen = () if session is None else session.target(row.target_id).seen
        opinions = self._second_looks.opinions(row.target_id)
        named = self._settings.values.queue_from_risk
        return Subject(row, seen, opinions, named, row.live)

    def _on_found(self, queue: ReviewQueue) -> None:
        self._queue = queue
        self.changed.emit()
        self._look_soon()

    def _on_failed(self, message: str) -> None:
        self.failed.emit(message)
        self._look_soon()

    def _on_replaced(self) -> None:
        self._client.forget()
        self._queue = NOTHING
        self.changed.emit()
        self.refresh()
