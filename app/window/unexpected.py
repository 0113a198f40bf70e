"""Errors that nobody thought of: said in the window, written down, survived."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

import platformdirs
from PySide6.QtCore import QObject, Signal

logger = logging.getLogger(__name__)

MAX_LOG_BYTES = 1_000_000


def default_log_path() -> Path:
    """Where the details of unexpected errors are written on this system."""
    return platformdirs.user_log_path("ckd-studio", False) / "errors.log"


class UnexpectedErrors(QObject):
    """An exception hook; any thread may fail, the signal is heard in the window's."""

    happened = Signal(str)
    """One sentence for the person."""

    def __init__(self, log_path: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._log_path = log_path or default_log_path()

    def __call__(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Write the details down and tell the window; leaving the program stays possible."""
        if issubclass(kind, KeyboardInterrupt | SystemExit):
            sys.__excepthook__(kind, error, trace)
            return
        details = "".join(traceback.format_exception(kind, error, trace))
        words = f"Something unexpected went wrong ({kind.__name__}); what you did is still here. "
        try:
            self._write(details)
        except OSError as problem:
            logger.info("Details could not be written to %s: %s", self._log_path, problem)
            sys.stderr.write(details)
            self.happened.emit(words + "Save your work, and report the error in the terminal.")
            return
        self.happened.emit(words + f"Save your work, and report the details in {self._log_path}.")

    def _write(self, details: str) -> None:
        self._log_path.parent.mkdir(parents=True, exist_ok=True)
        if self._log_path.exists() and self._log_path.stat().st_size > MAX_LOG_BYTES:
            self._log_path.unlink()
        with self._log_path.open("a", encoding="utf-8") as log:
            log.write(f"{datetime.now(UTC).isoformat(timespec='seconds')}\n{details}\n")


@contextmanager
def hooked(errors: UnexpectedErrors) -> Iterator[None]:
    """Let `errors` hear what nobody caught, also inside Qt's event loop."""
    before = sys.excepthook
    sys.excepthook = errors
    try:
        yield
    finally:
        sys.excepthook = before
