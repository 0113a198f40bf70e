"""Errors that nobody thought of: said in the window, written down, survived."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from traceback import walk_tb
from types import TracebackType
from typing import TypeAlias

from PySide6.QtCore import QObject, Signal

from app.state.error_log import report_words, write_details, write_line

_Place: TypeAlias = tuple[object, ...]
MOST_PLACES = 1_000
"""Errors that are told apart."""


class UnexpectedErrors(QObject):
    """An exception hook; any thread may fail, the signal is heard in the window's."""

    happened = Signal(str)
    """One sentence for the person."""

    def __init__(self, log_path: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._log_path = log_path
        self._counts: Counter[_Place] = Counter()
        # Workers fail in threads of their own.
        self._counting = Lock()

    def __call__(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Write the details down and tell the window; leaving the program stays possible.

        An error that comes again from the same place, as one in painting does at every paint, is
        counted: said and written at 1, 10, 100 and so on.
        """
        if issubclass(kind, KeyboardInterrupt | SystemExit):
            sys.__excepthook__(kind, error, trace)
            return
        count = self._counted(kind, trace)
        if not _is_power_of_ten(count):
            return
        if count == 1:
            # A hook gets the traceback beside the error, and the log takes it from the error.
            written = write_details(error.with_traceback(trace), self._log_path)
        else:
            written = write_line(f"{kind.__name__} as above, {count} times so far", self._log_path)
        times = f", {count} times" if count > 1 else ""
        self.happened.emit(
            f"Something unexpected went wrong ({kind.__name__}{times}); what you did is still "
            f"here. Save your work, and {report_words(written)}"
        )

    def _counted(self, kind: type[BaseException], trace: TracebackType | None) -> int:
        # Not by its words, which may name another frame each time.
        place = (kind, *((frame.f_code, line) for frame, line in walk_tb(trace)))
        with self._counting:
            # What never comes again need not be remembered for ever.
            if len(self._counts) > MOST_PLACES:
                self._counts.clear()
            self._counts[place] += 1
            return self._counts[place]


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


def _is_power_of_ten(count: int) -> bool:
    return str(count).strip("0") == "1"
