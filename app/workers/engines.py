"""Measures the engines for weights that are new here, in a program of its own."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from threading import Lock

from PySide6.QtCore import QObject, Signal

from app.workers.base import Request, Worker, WorkerClient


@dataclass(frozen=True, slots=True)
class MeasureRequest(Request):
    """Find the fastest engine for the weights of a model."""

    model: str

    @property
    def failed(self) -> str:
        """See `Request.failed`."""
        return "The engines could not be measured"


class EngineWorker(Worker):
    """Answers a MeasureRequest with the name of the best engine; empty where that is not known."""

    def __init__(self) -> None:
        super().__init__()
        self._process: subprocess.Popen[bytes] | None = None
        self._changing = Lock()
        self._over = False

    def answer(self, request: Request) -> str:
        """Wait for the program."""
        if not isinstance(request, MeasureRequest):
            raise TypeError(f"{type(request).__name__} does not ask for a measurement")
        # Imported late: it brings torch.
        from tracker_core.trackers import first_use

        with self._changing:
            if self._over:
                return ""
            self._process = first_use.start(request.model)
        said, _ = self._process.communicate()
        return said.decode(errors="replace").strip() if self._process.returncode == 0 else ""

    def end(self) -> None:
        """End the program; from any thread."""
        with self._changing:
            self._over = True
            if self._process is not None and self._process.poll() is None:
                self._process.kill()


class EngineClient(WorkerClient):
    """The window's side; it never waits for the answer."""

    measured = Signal(str)
    """The best engine."""

    def __init__(self, parent: QObject | None = None) -> None:
        self._measuring = EngineWorker()
        super().__init__(self._measuring, "engines", parent)
        self._asked: set[str] = set()
        self._requests = self._kind()
        self._requests.finished.connect(self._on_finished)

    @property
    def measuring(self) -> bool:
        """Whether it is under way."""
        return self._requests.pending

    def measure(self, model: str) -> None:
        """Measure for the weights of a model, once while this program runs."""
        if model not in self._asked:
            self._asked.add(model)
            self._requests.send(MeasureRequest(self._requests.next_number(), model))

    def join(self, milliseconds: int | None = None) -> None:
        """End what is under way, which leaves nothing."""
        self._measuring.end()
        super().join(milliseconds)

    def _on_finished(self, best: object) -> None:
        if isinstance(best, str) and best:
            self.measured.emit(best)
