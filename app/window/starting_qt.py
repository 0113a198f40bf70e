"""What Qt says when it finds no screen: one sentence and an exit code, in place of its abort."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from PySide6.QtCore import (
    QLibraryInfo,
    QMessageLogContext,
    QtMsgType,
    qInstallMessageHandler,
)

from app.window.screen import WITHOUT, PrintedAside
from safe_files import one_line

NO_SCREEN = 2
"""Exit code, that of every command that cannot be done as it was typed."""
_ASIDE = ("xcb-cursor0",)
"""What Qt says of every failure, needed or not."""


@contextmanager
def no_abort() -> Iterator[None]:
    """While the application is made, let Qt end the program with a sentence and not by abort."""
    said: list[str] = []
    # What libraries below Qt print by themselves is aside as well; the sentence has the reason.
    aside = PrintedAside()

    def hear(kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
        if kind is QtMsgType.QtFatalMsg:
            # Qt aborts when this returns, and what it was called from cannot go on.
            aside.end()
            _leave(sentence(said, text))
        said.append(text)

    before = qInstallMessageHandler(hear)
    try:
        yield
    finally:
        qInstallMessageHandler(before)
        printed = aside.end()
    # It found a screen after all; what was said on the way is not lost.
    with suppress(OSError):
        sys.stderr.write(printed + "".join(f"{text}\n" for text in said))


def sentence(said: list[str], fatal: str) -> str:
    """Return why there is no screen, of what Qt said before it gave up."""
    if "platform plugin" not in fatal:
        return f"The window cannot be opened: {fatal}"
    reasons = [text.strip() for text in said if not any(each in text for each in _ASIDE)]
    named = [text for text in reasons if "even though it was found" not in text]
    lacking = _missing_library()
    if lacking:
        named.insert(0, lacking)
    why = "; ".join(named or reasons or ["Qt finds none"])
    return (
        f"There is no screen that a window could open on ({why}); check DISPLAY, WAYLAND_DISPLAY "
        f"and QT_QPA_PLATFORM. {WITHOUT}"
    )


def _missing_library() -> str:
    """Return which system library Qt's plugin for X lacks, which Qt itself does not say."""
    plugin = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath), "platforms/libqxcb.so")
    if not (sys.platform.startswith("linux") and plugin.exists()):
        return ""
    try:
        ctypes.CDLL(str(plugin))
    except OSError as error:
        library = str(error).split(":")[0]
        return f"the system library {library} is missing"
    return ""


def _leave(text: str) -> None:
    with suppress(OSError, ValueError):
        sys.stderr.write(f"{one_line(f'ckd-studio: {text}')}\n")
        sys.stderr.flush()
    # Nothing runs yet that would have to be ended.
    os._exit(NO_SCREEN)
