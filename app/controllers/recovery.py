"""Unsaved work that killed programs left behind: what there is, and what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.workers.store import StoreClient
from app.workers.store_requests import Opened

if TYPE_CHECKING:
    from sessions import LeftBehind


class RecoveryController(QObject):
    """Knows what was left behind and not yet decided about."""

    offered = Signal(object)
    """A `sessions.LeftBehind` that a person should hear of."""
    discarded = Signal(object)
    """One that is gone."""
    listed = Signal(object)
    """All of them, newest first, because a person asked."""

    def __init__(self, store: StoreClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._asked = False
        self._waiting: tuple[LeftBehind, ...] = ()
        store.left_found.connect(self._on_found)
        store.discarded.connect(self._on_discarded)

    def look(self) -> None:
        """Look at what was left anywhere, and offer the newest of it."""
        self._asked = False
        self._store.look_for_left()

    def list(self) -> None:
        """Look at what was left anywhere, and list all of it."""
        self._asked = True
        self._store.look_for_left()

    def offer_of(self, opened: Opened) -> None:
        """Offer what was left of a sequence or session that was just opened."""
        self._waiting = opened.left
        self._offer_next()

    def discard(self, left: LeftBehind) -> None:
        """Throw it away, and offer the next."""
        self._store.discard(left)

    def _on_found(self, found: tuple[LeftBehind, ...]) -> None:
        self._waiting = found
        if self._asked:
            self.listed.emit(found)
            return
        self._offer_next()

    def _on_discarded(self, gone: LeftBehind) -> None:
        self.discarded.emit(gone)
        # After that: what is offered next is what the person should see.
        self._waiting = tuple(left for left in self._waiting if left.journal != gone.journal)
        self._offer_next()

    def _offer_next(self) -> None:
        if self._waiting:
            self.offered.emit(self._waiting[0])
