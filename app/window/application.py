"""Starts the Qt program: the application object, its theme, the one window."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication, QWidget

    from app.state.settings import SettingsStore
    from app.window.main_window import MainWindow
    from app.window.unexpected import UnexpectedErrors

SIGNAL_MILLISECONDS = 250
"""How often Python gets a chance to see Ctrl+C while Qt waits."""
START_FAILED = 1
"""Exit code when no window could be built."""


def create_application(settings: SettingsStore, arguments: Sequence[str] = ()) -> QApplication:
    """Return the dressed application object, made once per process."""
    if sys.platform == "win32":
        import torch  # noqa: F401 - its libraries must be loaded before Qt's on Windows
    from PySide6.QtGui import QIcon
    from PySide6.QtWidgets import QApplication

    from app import version
    from app.look.theme import apply_theme
    from app.window.heap import share_one_heap
    from app.window.starting_qt import no_abort

    # Qt allows one in a process: tests and programs that embed the window have theirs already.
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        app = existing
    else:
        share_one_heap()
        with no_abort():
            app = QApplication(["ckd-studio", *arguments])
    app.setApplicationName("ckd-studio")
    app.setApplicationDisplayName("CKD Studio")
    app.setApplicationVersion(version())
    # Under Wayland the icon of a window is that of the desktop file it names.
    app.setDesktopFileName("ckd-studio")
    app.setWindowIcon(QIcon(str(files("resources") / "app_icon.svg")))
    apply_theme(app, settings.values.known_theme)
    return app


def run(
    path: Path | None = None,
    tir: Path | None = None,
    tir_offset: int | None = None,
    swap: bool = False,
    alignment: Path | None = None,
    *,
    first_look: bool = False,
) -> int:
    """Run the window until it is closed; return the exit code of the process.

    With `first_look` it opens the demo, with the first look unless that was ended before.
    """
    from app.state.settings import SettingsStore

    settings = SettingsStore()
    app = create_application(settings)
    # After the application: both bring Qt in, before which Windows wants torch.
    from app.window.ending import ended_by_signals
    from app.window.unexpected import UnexpectedErrors, hooked
    from app.workers.base import WorkerThread

    errors = UnexpectedErrors()
    errors.happened.connect(_say_in_terminal)
    window = None
    try:
        # Before the window: what fails while it is built or opens a path must be heard too.
        with hooked(errors):
            given = (tir_offset, swap, alignment)
            window = _opened_window(settings, errors, path, tir, given, first_look)
            if window is None:
                return START_FAILED
            app.commitDataRequest.connect(window.keep_for_end_of_session)
            app.saveStateRequest.connect(window.keep_for_end_of_session)
            with ended_by_signals(window):
                return app.exec()
    finally:
        # The loop may have ended otherwise than by closing the window, which asks.
        if window is not None:
            window.workspace.join()
        # A window that was built by half has nobody who ends its threads, and Qt waits for them.
        WorkerThread.join_all()


def _opened_window(
    settings: SettingsStore,
    errors: UnexpectedErrors,
    path: Path | None,
    tir: Path | None,
    given: tuple[int | None, bool, Path | None],
    first_look: bool,
) -> MainWindow | None:
    """Return the window, shown; None when it could not be built, which the terminal then says."""
    from app.state.error_log import report_words, write_details
    from app.window.commands.first_look import open_demo
    from app.window.main_window import MainWindow

    try:
        window = MainWindow(settings)
        close_on_interrupt(window)
        # From here on there is a window to say it in.
        errors.happened.disconnect(_say_in_terminal)
        errors.happened.connect(window.show_error)
        window.show()
        if first_look:
            open_demo(window)
        elif path is None:
            window.workspace.recovery.look()
        else:
            window.open_path(path, tir, *given)
    except Exception as error:  # noqa: BLE001 - whatever it was, the person waits for a window
        written = write_details(error)
        _say_in_terminal(
            f"CKD Studio cannot start: something unexpected went wrong ({type(error).__name__}); "
            f"{report_words(written)}"
        )
        return None
    return window


def _say_in_terminal(text: str) -> None:
    # Windows starts a program without a console, and then there is none.
    if sys.stderr is not None:
        # Nor need anybody read it.
        with suppress(OSError):
            sys.stderr.write(f"{text}\n")


def close_on_interrupt(window: QWidget) -> None:
    """Let Ctrl+C in the terminal close the window, as its close button does."""
    from PySide6.QtCore import QTimer

    # Python runs the handler between any two lines, in the midst of painting too: only ask.
    signal.signal(signal.SIGINT, lambda *_: QTimer.singleShot(0, window, window.close))
    ticker = QTimer(window)
    # A timer alone stays within Qt: it takes a slot in Python for Python to see the signal.
    ticker.timeout.connect(lambda: None)
    ticker.start(SIGNAL_MILLISECONDS)
