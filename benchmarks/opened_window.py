"""A window with a clip in it, for what measures steps: opened, and taken from frame to frame."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

# Before Qt is imported, which reads it once.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from app.state.settings import SettingsStore
from app.window.application import create_application
from app.window.main_window import MainWindow

SIZE = (1680, 1050)
BOX = (240.0, 210.0, 60.0, 60.0)


class Step(NamedTuple):
    """Milliseconds that a step to another frame takes."""

    painted: float
    """Until both panes show it."""
    work: float
    """What the window's thread worked of these."""
    settled: float
    """Until search crop and inspector show it, too."""


def wait(window: MainWindow) -> None:
    """Let the window work until it is idle."""
    loop = QEventLoop()
    window.idle.connect(loop.quit)
    QTimer.singleShot(20_000, loop.quit)  # a window that never rests must not hang the benchmark
    window.watch_idle()
    loop.exec()


def opened(folder: Path, clip: Path) -> MainWindow:
    """Return a window of usual size with a clip in it; `folder` is where its settings lie.

    Raises RuntimeError with what the window says where the clip does not open.
    """
    settings = SettingsStore(folder / "settings.json")
    if QApplication.instance() is None:
        create_application(settings)
    window = MainWindow(settings)
    window.confirm_discard = lambda: True  # nobody is there to answer
    window.resize(*SIZE)
    window.show()
    window.open_path(clip)
    wait(window)
    if window.workspace.source is None:
        raise RuntimeError(window.message)
    return window


def decode(window: MainWindow, frames: Iterable[int]) -> None:
    """Bring frames into the cache: decoding is not what is measured."""
    source = window.workspace.source
    if source is None:
        raise RuntimeError(window.message)
    for index in frames:
        source.frame(index)


class Steps:
    """Goes from frame to frame of a window."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._painted: set[int] = set()
        panes = window.views.panes
        for number, view in enumerate((panes.rgb, panes.tir)):
            view.painted.connect(lambda _index, number=number: self._painted.add(number))

    def over(self, frames: range) -> list[Step]:
        """Rest on the first of some frames, then go to each of the others."""
        self._window.go_to_frame(frames[0])
        wait(self._window)
        return [self.to(index) for index in frames[1:]]

    def to(self, index: int) -> Step:
        """Go to another frame and return what that took."""
        self._painted.clear()
        began, worked = time.perf_counter(), time.thread_time()
        self._window.go_to_frame(index)
        # Painted, not just asked for: what a person waits for is the picture.
        while len(self._painted) < 2:
            QApplication.processEvents()
        painted, work = time.perf_counter() - began, time.thread_time() - worked
        while not self._window.presenter.settled:
            QApplication.processEvents()
        QApplication.processEvents()
        return Step(1000 * painted, 1000 * work, 1000 * (time.perf_counter() - began))
