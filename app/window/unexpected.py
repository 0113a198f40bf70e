"""Errors that nobody thought of: said in the window, written down, survived."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, Signal

from app.state.error_log import report_words, write_details


class UnexpectedErrors(QObject):
    """An exception hook; any thread may fail, the signal is heard in the window's."""

    happened = Signal(str)
    """One sentence for the person."""

    def __init__(self, log_path: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._log_path = log_path

    def __call__(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Write the details down and tell the window; leaving the program stays possible."""
        if issubclass(kind, KeyboardInterrupt | SystemExit):
            sys.__excepthook__(kind, error, trace)
            return
        # A hook gets the traceback beside the error, and the log takes it from the error.
        written = write_details(error.with_traceback(trace), self._log_path)
        self.happened.emit(
            f"Something unexpected went wrong ({kind.__name__}); what you did is still here. "
            f"Save your work, and {report_words(written)}"
        )


@contextmanager
def hooked(errors: UnexpectedErrors) -> Iterator[None]:
    """Let `errors` hear what nobody caught, also inside Qt's event loop."""
    # Tests and debuggers have hooks of their own, which come back afterwards.
    before = sys.excepthook
    sys.excepthook = errors
    try:
        yield
    finally:
        sys.excepthook = before
