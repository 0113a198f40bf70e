"""Starts the Qt program: the application object, its theme, the one window."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication, QWidget

    from app.state.settings import SettingsStore

SIGNAL_MILLISECONDS = 250
"""How often Python gets a chance to see Ctrl+C while Qt waits."""


def create_application(settings: SettingsStore, arguments: Sequence[str] = ()) -> QApplication:
    """Return the dressed application object, made once per process."""
    if sys.platform == "win32":
        import torch  # noqa: F401 - its libraries must be loaded before Qt's on Windows
    from PySide6.QtGui import QIcon
    from PySide6.QtWidgets import QApplication

    from app import version
    from app.look.theme import apply_theme

    existing = QApplication.instance()
    app = (
        existing if isinstance(existing, QApplication) else QApplication(["ckd-studio", *arguments])
    )
    app.setApplicationName("ckd-studio")
    app.setApplicationDisplayName("CKD Studio")
    app.setApplicationVersion(version())
    app.setDesktopFileName("ckd-studio")
    app.setWindowIcon(QIcon(str(files("resources") / "app_icon.svg")))
    apply_theme(app, settings.values.known_theme)
    return app


def run(path: Path | None = None, tir: Path | None = None) -> int:
    """Run the window until it is closed; return the exit code of the process."""
    from app.state.settings import SettingsStore

    settings = SettingsStore()
    app = create_application(settings)
    from app.window.main_window import MainWindow
    from app.window.unexpected import UnexpectedErrors, hooked

    window = MainWindow(settings)
    close_on_interrupt(window)
    window.show()
    if path is not None:
        window.open_path(path, tir)
    errors = UnexpectedErrors(parent=window)
    errors.happened.connect(window.show_error)
    with hooked(errors):
        return app.exec()


def close_on_interrupt(window: QWidget) -> None:
    """Let Ctrl+C in the terminal close the window, as its close button does."""
    from PySide6.QtCore import QTimer

    # Python runs the handler between any two lines, in the midst of painting too: only ask.
    signal.signal(signal.SIGINT, lambda *_: QTimer.singleShot(0, window, window.close))
    ticker = QTimer(window)
    ticker.timeout.connect(lambda: None)
    ticker.start(SIGNAL_MILLISECONDS)
