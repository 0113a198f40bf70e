"""What was opened while a dialog is up waits: the answer is meant for what was open before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.workers.store import StoreClient

if TYPE_CHECKING:
    from app.workers.store_requests import Opened

AGAIN_MILLISECONDS = 50
"""How often it is asked whether the dialog is gone."""


class HeldBack(QObject):
    """Hands on what was opened, the newest alone, as soon as it may be shown."""

    released = Signal(object)
    """The `Opened`."""

    def __init__(self, store: StoreClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._opened: Opened | None = None
        self.waits: Callable[[], bool] = lambda: False
        """Asked whether something stands on the screen that is about what is open now."""
        self._holding = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(AGAIN_MILLISECONDS)
        self._timer.timeout.connect(self._release)
        store.opened.connect(self._take)

    @property
    def pending(self) -> bool:
        """Whether something waits."""
        return self._opened is not None

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Hold back also while no dialog is up: what is open now is still being asked about."""
        self._holding += 1
        try:
            yield
        finally:
            self._holding -= 1

    def forget(self) -> None:
        """Let go of what waits."""
        opened, self._opened = self._opened, None
        self._timer.stop()
        if opened is not None:
            self._store.drop(opened)

    def _take(self, opened: Opened) -> None:
        self.forget()
        self._opened = opened
        self._release()

    def _release(self) -> None:
        if self._opened is None:
            return
        if self._holding or self.waits():
            self._timer.start()
            return
        opened, self._opened = self._opened, None
        self.released.emit(opened)
