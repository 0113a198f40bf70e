"""Listens for everything that must not happen: warnings, exceptions, errors said in the window."""

from __future__ import annotations

import logging
import re
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

MOST = 50
"""Problems that are kept: a fault at every frame must not fill memory."""

EXPECTED = tuple(
    re.compile(words)
    for words in (
        r"has no box on frame \d+; draw one, then track\.",
        r"is at the end of the sequence; there is nothing to track\.",
        r"(is set by hand|is marked absent) on .+; there is nothing to track\.",
        r"has interpolated or imported boxes on .+, which are kept; switch on Track > ",
        r"is marked absent on frame \d+; track from a frame where it is to be seen,",
        r"has no box to start from; draw one, then track to here\.",
        r"has no box on frame \d+ or right before it, and none set by hand on ",
        r"needs a box set by hand before and after frame \d+; draw both first\.",
        r"are both set by hand; there is nothing between them\.",
        r"There is no target yet; draw a box around one, then track\.",
        r"There is no session .+; check the path\.",
        r"is not there any more\.",
        r"Frame \d+ cannot be tracked\. The image .+ is not an image or is damaged;",
        r"lies outside the \d+x\d+ frame; draw it over the target\.",
    )
)
"""What a person does wrong and is told; any other error that the window says is a fault."""
OPEN_HERE = re.compile(r"^(.+) is already open in this CKD Studio; ")
"""Right where the file is open or on its way, which it was not when it was chosen to save to."""


OF_THE_PLATFORM = ("This plugin does not support propagateSizeHints()",)
"""What Qt says of its platform without a screen, whoever uses it."""


class Watch(logging.Handler):
    """Collects what went wrong, as sentences."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.problems: list[str] = []
        self.has_open: Callable[[str], bool] = lambda _name: False
        """Whether the window has a file of this name open, or is opening one."""
        self.meant: tuple[str, ...] = ()
        """Parts of problems that are provoked on purpose."""

    def add(self, problem: str) -> None:
        """Keep one problem."""
        if len(self.problems) < MOST and not any(part in problem for part in self.meant):
            self.problems.append(problem)

    def take(self) -> list[str]:
        """Return the problems since the last time, and forget them."""
        problems, self.problems = self.problems, []
        return problems

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a warning of the log."""
        # It says that it makes its list of fonts, once for each home.
        if record.name != "matplotlib.font_manager":
            self.add(f"log {record.levelname} {record.name}: {record.getMessage()}")

    def said(self, level: str, text: str) -> None:
        """Judge a message of the window."""
        if level != "error" or any(words.search(text) for words in EXPECTED):
            return
        here = OPEN_HERE.search(text)
        if here is None or not self.has_open(here[1]):
            self.add(f"the window says: {text}")

    def raised(
        self,
        kind: type[BaseException],
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Keep an exception that nobody caught."""
        self.add("".join(traceback.format_exception(kind, error, trace)))

    def of_qt(self, kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
        """Keep a warning of Qt."""
        quiet = kind in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg)
        if not quiet and text not in OF_THE_PLATFORM:
            self.add(f"Qt: {text}")

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear everything while this lasts."""
        hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
        logger = logging.getLogger()
        logger.addHandler(self)
        logging.captureWarnings(True)
        warnings.simplefilter("always")
        before = qInstallMessageHandler(self.of_qt)
        sys.excepthook = self.raised

        def in_thread(args: Any) -> None:  # noqa: ANN401 - a type without a public name
            self.raised(args.exc_type, args.exc_value, args.exc_traceback)

        threading.excepthook = in_thread
        sys.unraisablehook = in_thread
        try:
            yield
        finally:
            sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
            qInstallMessageHandler(before)
            logging.captureWarnings(False)
            logger.removeHandler(self)
