"""The real program with a person in it: acts are played in its own process, by mouse and keys.

What an act reports is what was on screen at that moment; the test that started the process may kill
it then, in any way.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from tests.e2e.conftest import BOX

if TYPE_CHECKING:
    from PySide6.QtWidgets import QPushButton

    from app.window.main_window import MainWindow

Act: TypeAlias = "Generator[Callable[[], bool], None, None]"
"""Yields what it waits for."""
LOOK_MILLISECONDS = 20


def child(act: str, *arguments: str) -> None:
    """Run the program as `ckd-studio` does, and play an act in its window."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from app.window import main_window

    class Acted(main_window.MainWindow):
        def __init__(self, *values: Any) -> None:
            super().__init__(*values)
            self._act = ACTS[act](self)
            self._waits_for: Callable[[], bool] = lambda: True
            self._player = QTimer(self)
            self._player.timeout.connect(self._play)
            self._player.start(LOOK_MILLISECONDS)

        def _play(self) -> None:
            # A step may wait in a loop of its own, and this be called from within it.
            if not self._has_keys():
                return
            if self._player.isActive() and self._waits_for():
                self._player.stop()
                try:
                    self._waits_for = next(self._act)
                except StopIteration:
                    return
                self._player.start(LOOK_MILLISECONDS)

        def _has_keys(self) -> bool:
            # Without a window manager nobody gives the keys to a window that opens.
            if self.isVisible() and QApplication.activeWindow() is None:
                self.activateWindow()
            return QApplication.activeWindow() is not None

    # Before the program runs: it takes the class from the module when it opens the window.
    main_window.MainWindow = Acted  # type: ignore[misc]
    from app.cli import main

    sys.argv = ["ckd-studio", *arguments]
    main()


def state_of(window: MainWindow) -> dict[str, Any]:
    """What is there, as JSON."""
    document = window.workspace.document
    session, history = document.session, document.history
    targets: dict[str, Any] = {}
    for target in () if session is None else session.targets.values():
        frames = np.flatnonzero(~np.isnan(target.boxes[:, 0, 0]))
        targets[target.name] = {
            "boxes": {int(frame): target.boxes[frame].round(6).tolist() for frame in frames},
            "source": target.source[frames].tolist(),
            "tokens": target.tracking.frames.tolist(),
        }
    return {
        "targets": targets,
        "undo": None if history is None else history.undo_label,
        "redo": None if history is None else history.redo_label,
        "clean": document.clean,
        "path": None if document.path is None else str(document.path),
        "read_only": document.read_only,
        "message": window.message,
        "buttons": [button.text() for button in window.workbench.messages.buttons],
        "frames_shown": window.workbench.frames_shown,
        "sources": [] if session is None else list(session.sequence.sources),
    }


def report(word: str, window: MainWindow) -> None:
    """Say that this is what the screen shows now."""
    window.repaint()
    sys.stdout.write(json.dumps({"word": word, **state_of(window)}) + "\n")
    sys.stdout.flush()


def button(window: MainWindow, text: str) -> QPushButton:
    """The button of the message bar with this text."""
    return next(each for each in window.workbench.messages.buttons if each.text() == text)


def click(window: MainWindow, text: str) -> None:
    """Click a button of the message bar."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    QTest.mouseClick(button(window, text), Qt.MouseButton.LeftButton)


def _idle(window: MainWindow) -> Callable[[], bool]:
    return lambda: window.is_idle and window.workspace.document.session is not None


def _says(window: MainWindow, words: str) -> Callable[[], bool]:
    return lambda: words in window.message


def _forever() -> bool:
    return False


def _key(window: MainWindow, key: str, *, control: bool = False) -> None:
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    held = Qt.KeyboardModifier.ControlModifier if control else Qt.KeyboardModifier.NoModifier
    QTest.keyClick(window, getattr(Qt.Key, f"Key_{key}"), held)


def _draw(window: MainWindow, frame: int = 0, moved: int = 0) -> None:
    """Draw the target's box on the frame on show, by mouse."""
    from PySide6.QtTest import QTest

    from tests.e2e.driving import drag

    if not window.views.panes.drawing:
        _key(window, "B")
    x, y, w, h = BOX[0] + 4 * frame + moved, *BOX[1:]
    drag(QTest, window.views.panes.tir, (x, y), (x + w, y + h))  # type: ignore[arg-type]


def _drawing(window: MainWindow, *, undone: bool = True) -> Act:
    """Draw on three frames and take the last box back."""
    yield _idle(window)
    for frame in range(3):
        _draw(window, frame)
        yield _idle(window)
        if frame < 2:
            _key(window, "D")
            yield lambda frame=frame: _at(window, frame + 1)
    if undone:
        _key(window, "Z", control=True)
        yield _idle(window)


def _at(window: MainWindow, frame: int) -> bool:
    return window.frame_index == frame and window.is_idle


def draw(window: MainWindow) -> Act:
    """Draw, and wait to be ended."""
    yield from _drawing(window)
    report("drawn", window)
    yield _forever


def draw_and_fail(window: MainWindow) -> Act:
    """Draw, with an exception in a slot and one in a paint event, and go on."""
    from PySide6.QtCore import QTimer

    yield _idle(window)
    _draw(window, 0)
    yield _idle(window)
    QTimer.singleShot(0, window, _raise)
    yield _says(window, "Something unexpected went wrong")
    pane = window.views.panes.rgb
    paint, failed = pane.paintEvent, []

    def broken(event: Any) -> None:
        paint(event)
        if not failed:
            failed.append(True)
            raise ValueError("in a paint event")

    pane.paintEvent = broken  # type: ignore[method-assign]
    pane.update()
    yield lambda: bool(failed)
    _key(window, "D")
    yield lambda: _at(window, 1)
    _draw(window, 1)
    yield _idle(window)
    report("drawn", window)
    yield _forever


def _raise() -> None:
    raise KeyError("in a slot")


def draw_and_end_loop(window: MainWindow) -> Act:
    """Draw, then end the event loop as no person would."""
    from PySide6.QtWidgets import QApplication

    yield from _drawing(window)
    report("drawn", window)
    QApplication.exit(3)
    yield _forever


def ask_in_dialog(window: MainWindow) -> Act:
    """Draw, then open the question about unsaved changes and leave it open."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    yield from _drawing(window)

    def asked() -> None:
        if QApplication.activeModalWidget() is None:
            QTimer.singleShot(LOOK_MILLISECONDS, window, asked)
        else:
            report("asked", window)

    asked()
    window.close()
    yield _forever


def track(window: MainWindow) -> Act:
    """Draw one box and track; every frame takes long enough to be seen."""
    yield from _tracking(window)
    yield _forever


def _tracking(window: MainWindow) -> Act:
    import time

    from tracker_core.ckd.tracker import CKDTracker

    step = CKDTracker.step

    def slowly(*values: Any, **options: Any) -> Any:
        time.sleep(0.3)
        return step(*values, **options)

    CKDTracker.step = slowly  # type: ignore[method-assign]
    yield _idle(window)
    _draw(window)
    yield _idle(window)
    _key(window, "T")
    run = window.workspace.tracking
    yield lambda: len(run.live_frames) >= 4
    row = window.workspace.rows.target(window.workspace.selection.value.target_id)
    assert row is not None
    frames = sorted(run.live_frames)
    boxes = {frame: row.boxes[frame].round(6).tolist() for frame in frames}
    sys.stdout.write(json.dumps({"word": "tracked", "boxes": boxes}) + "\n")
    sys.stdout.flush()


def save(window: MainWindow) -> Act:
    """Draw and save beside the clip; draw once more; report both."""
    path = Path(sys.argv[1]).parent / "walk.h5"
    yield from _drawing(window, undone=False)
    window.save_session(path)
    yield lambda: window.workspace.document.clean and window.is_idle
    report("saved", window)
    _draw(window, 2, moved=9)
    yield _idle(window)
    report("drawn", window)
    yield _forever


def save_and_hang(window: MainWindow) -> Act:
    """Save, draw once more, and let the window's thread come to no end."""
    import threading

    yield from _drawing(window, undone=False)
    window.save_session(Path(sys.argv[1]).parent / "walk.h5")
    yield lambda: window.workspace.document.clean and window.is_idle
    _draw(window, 2, moved=9)
    yield _idle(window)
    report("drawn", window)
    threading.Event().wait()  # Never set.


def save_for_long(window: MainWindow) -> Act:
    """Draw, and report while a save is being written, and a box that was drawn meanwhile."""
    import threading

    import sessions

    write, begun, go_on = sessions.write_encoded, threading.Event(), threading.Event()

    def held_up(*values: Any) -> Any:
        begun.set()
        go_on.wait(20)
        return write(*values)

    sessions.write_encoded = held_up
    yield from _drawing(window, undone=False)
    window.save_session(Path(sys.argv[1]).parent / "walk.h5")
    yield begun.is_set
    _draw(window, 2, moved=9)
    yield lambda: not window.presenter.settled or True
    report("saving", window)
    yield _forever


def save_and_close(window: MainWindow) -> Act:
    """Draw, then Ctrl+S followed at once by Ctrl+Q."""
    yield from _drawing(window, undone=False)
    path = Path(sys.argv[1]).parent / "walk.h5"
    window.save_session(path)
    _key(window, "Q", control=True)
    yield _forever


def wait_for_offer(window: MainWindow) -> Act:
    """Report what is offered at the start."""
    yield lambda: bool(window.workbench.messages.buttons) and window.is_idle
    report("offered", window)
    yield _forever


def restore(window: MainWindow) -> Act:
    """Click Restore in what is offered, and report what came back."""
    yield lambda: len(window.workbench.messages.buttons) == 3 and window.is_idle
    report("offered", window)
    click(window, "Restore")
    yield _says(window, "Restored")
    yield _idle(window)
    report("restored", window)
    yield _forever


def restore_and_draw(window: MainWindow) -> Act:
    """Restore, then draw one more box."""
    yield from _restored(window)
    window.go_to_frame(5)
    yield lambda: _at(window, 5)
    _draw(window, 5)
    yield _idle(window)
    report("drawn", window)
    yield _forever


def _restored(window: MainWindow) -> Act:
    yield lambda: len(window.workbench.messages.buttons) == 3 and window.is_idle
    click(window, "Restore")
    yield _says(window, "Restored")
    yield _idle(window)


def undo_all(window: MainWindow) -> Act:
    """Restore, then take every step back by keys."""
    yield from _restored(window)
    while window.workspace.document.history.can_undo:  # type: ignore[union-attr]
        _key(window, "Z", control=True)
        yield _idle(window)
    report("undone", window)
    yield _forever


def look(window: MainWindow) -> Act:
    """Click Look, try to draw, and report."""
    yield lambda: len(window.workbench.messages.buttons) == 3 and window.is_idle
    click(window, "Look")
    yield _says(window, "only to look at")
    yield _idle(window)
    report("looked", window)
    yield _forever


def discard(window: MainWindow) -> Act:
    """Click Discard, and report what is said then."""
    yield lambda: len(window.workbench.messages.buttons) == 3 and window.is_idle
    click(window, "Discard")
    yield _says(window, "Discarded")
    report("discarded", window)
    yield _forever


def open_only(window: MainWindow) -> Act:
    """Open, look at some frames, and report."""
    yield _idle(window)
    for frame in (1, 2):
        _key(window, "D")
        yield lambda frame=frame: _at(window, frame)
    report("opened", window)
    yield _forever


def ignore_and_save(window: MainWindow) -> Act:
    """Work on beside an offer, save to the same file, and list what is left by the menu."""
    yield lambda: len(window.workbench.messages.buttons) == 3 and window.is_idle
    window.go_to_frame(6)
    yield lambda: _at(window, 6)
    _draw(window, 6)
    yield _idle(window)
    _key(window, "S", control=True)
    yield _says(window, "Saved")
    report("saved", window)
    window.actions_by_id["recover_unsaved"].trigger()
    yield lambda: len(window.workbench.messages.buttons) == 3 and window.is_idle
    report("offered", window)
    yield _forever


ACTS: dict[str, Callable[[MainWindow], Act]] = {
    act.__name__: act
    for act in (
        draw, draw_and_fail, draw_and_end_loop, ask_in_dialog, track, save, save_and_hang,
        save_for_long, save_and_close, wait_for_offer, restore, restore_and_draw, undo_all, look,
        discard, open_only, ignore_and_save,
    )
}  # fmt: skip
