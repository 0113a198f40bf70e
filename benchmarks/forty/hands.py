"""What the person does: key presses and drags at the real window, each counted and written down."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QPointF, QTimer
from PySide6.QtWidgets import QApplication, QFileDialog

from app.window.main_window import MainWindow
from benchmarks.user import hands
from tracker_core.frames import Box

PATIENCE = 120.0
"""Seconds after which the window is taken to hang."""
BELOW_RULER = 0.6
"""Where the timeline is grabbed, as a share of its height: on the strips, not in the range lane."""


class CountingHands:
    """Keys and mouse; one line for each action."""

    def __init__(self, window: MainWindow, say: Callable[[str], None]) -> None:
        """Act on `window`; `say` is given each line of the log."""
        self._window = window
        self._say = say
        self.count = 0
        self.held = 0
        """Modifier keys that were held, each a press more for who counts so."""

    def key(self, keys: str, why: str) -> None:
        """Press a key, such as "Shift+R"."""
        self._note(f"key {keys}", why)
        self.held += keys.count("+")
        self._take_keyboard()
        hands.keys(self._window, keys)
        self.wait()

    def draw(self, box: Box, why: str) -> None:
        """Draw a box in the RGB pane with one drag."""
        x, y, w, h = box
        pane = self._window.views.panes.rgb
        frame = self._window.views.panes.scene.frame_index
        self._note("draw", f"frame {frame}: {why}")
        start, end = pane.pane_point(x, y), pane.pane_point(x + w, y + h)
        hands.drag(pane, [start, *(start + (end - start) * part for part in (0.3, 0.7, 1.0))])
        self.wait()

    def scrub(self, start: int, go_on: Callable[[], int | None], why: str) -> None:
        """Press on the timeline at a frame, and drag to each that `go_on` says until it says none.

        It is asked when the frame before is on screen.
        """
        self._note("drag timeline", why)
        timeline = self._window.views.timeline
        at = self._on_timeline(start)
        hands.press(timeline, at)
        self._shown(start)
        while (frame := go_on()) is not None:
            at = self._on_timeline(frame)
            hands.move(timeline, at, hands.LEFT)
            self._shown(frame)
        hands.release(timeline, at)
        self.wait()

    def save(self, why: str) -> None:
        """Press Ctrl+S, and Return in the dialog that asks for a name."""
        self._note("key Ctrl+S", why)
        self.held += 1
        timer = QTimer()
        timer.setSingleShot(True)
        timer.timeout.connect(lambda: self._accept(timer))
        timer.start(50)
        self._take_keyboard()
        hands.keys(self._window, "Ctrl+S")
        self.wait()

    def _accept(self, timer: QTimer) -> None:
        dialog = QApplication.activeModalWidget()
        # As a person who waits for the cursor in the field of the name.
        field = QApplication.focusWidget()
        if isinstance(dialog, QFileDialog) and field is not None and dialog.isAncestorOf(field):
            self._note("key Return", "take the suggested name")
            hands.keys(dialog, "Return")
        else:
            timer.start()

    def wait(self) -> None:
        """Wait until nothing is under way, as a person does who looks at the result."""
        self._until(lambda: self._window.is_idle)

    def _take_keyboard(self) -> None:
        # Without a window manager a dialog that is gone leaves the keys to no window.
        self._window.activateWindow()
        self._until(self._window.isActiveWindow)

    def _shown(self, frame: int) -> None:
        self._until(lambda: self._window.views.panes.scene.frame_index == frame)

    def _until(self, done: Callable[[], bool]) -> None:
        began = time.monotonic()
        QApplication.processEvents()
        while not done():
            if time.monotonic() - began > PATIENCE:
                raise TimeoutError(f"The window hangs: {self._window.message}")
            QApplication.processEvents()
            time.sleep(0.002)

    def _on_timeline(self, frame: int) -> QPointF:
        timeline = self._window.views.timeline
        return QPointF(timeline.x_of(frame + 0.5), timeline.height() * BELOW_RULER)

    def _note(self, what: str, why: str) -> None:
        self.count += 1
        self._say(f"{self.count:3}  {what:<15} {why}")
