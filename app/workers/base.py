"""One long-lived thread per job."""

from __future__ import annotations

from PySide6.QtCore import QObject, QThread


class WorkerThread:
    """A QThread and the one worker that lives on it."""

    def __init__(self, worker: QObject, name: str) -> None:
        self.worker = worker
        self._thread = QThread()
        self._thread.setObjectName(name)
        worker.moveToThread(self._thread)
        self._thread.start()

    def join(self) -> None:
        """End the event loop of the thread and wait for it; safe to call twice."""
        if self._thread.isRunning():
            self._thread.quit()
            self._thread.wait()
