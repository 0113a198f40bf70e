"""A person at the window of the real program: `main()` with a path, then mouse and keyboard.

Mouse and keys go to the window as a whole, as those of the desktop do: Qt finds out which widget
lies under the pointer, what has the keyboard, and what is a right click. Nothing is called that a
person could not reach; what the program knows is only read, to see what came of it.
"""

from __future__ import annotations

import json
import logging
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QPoint, QPointF, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QGuiApplication, QKeySequence, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QFileDialog,
    QLineEdit,
    QMenu,
    QMessageBox,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from app.look.theme import apply_theme
from app.state.settings import default_settings_path
from app.views.frame.view import FrameView
from app.views.timeline.geometry import RANGE, ROW, ROWS_TOP, RULER
from app.views.timeline.timeline import Timeline
from app.window.main_window import MainWindow
from sessions import (
    AcceptRun,
    AnnotationSession,
    Command,
    History,
    SetBox,
    Source,
    Target,
    save,
)
from tracker_core.imaging import write_image

LEFT, RIGHT, MIDDLE = (
    Qt.MouseButton.LeftButton,
    Qt.MouseButton.RightButton,
    Qt.MouseButton.MiddleButton,
)
SHIFT, NONE = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.NoModifier
NOTCH = 120
PATIENCE = 60_000
TRIES = 12
"""Clicks at most on what opens a menu within a menu."""
OPENS = 3_000
"""Milliseconds in which a menu within a menu opens, or none will."""
SETTLES = 1_000
"""Milliseconds in which a menu has the focus, where it gets it at all."""
GLANCE = 15
"""Milliseconds in which a person looks whether the window is there."""
MOST_LOOKS = 300
"""At a dialog that does not go."""
SIZE = (160, 120)
WALKER = (24.0, 32.0)
"""Width and height of what walks through a clip."""
MANUAL, TRACKED, INTERPOLATED, IMPORTED = (
    Source.MANUAL, Source.TRACKED, Source.INTERPOLATED, Source.IMPORTED,
)  # fmt: skip


def place_of(frame: int) -> tuple[float, float, float, float]:
    """Return where the one who walks through a clip is: to and fro, 2 px a frame."""
    along = 2 * frame % 200
    return 20.0 + min(along, 200 - along), 40.0, *WALKER


def write_walk(folder: Path, frames: int) -> Path:
    """Write a clip without ground truth: a patterned thing walks over noise."""
    random = np.random.default_rng(7)
    width, height = SIZE
    ground = random.integers(40, 110, (height // 8, width // 8, 3), np.uint8)
    ground = ground.repeat(8, axis=0).repeat(8, axis=1)
    thing = random.integers(0, 255, (8, 6, 3), np.uint8).repeat(4, axis=0).repeat(4, axis=1)
    for frame in range(frames):
        x, y, w, h = (int(each) for each in place_of(frame))
        rgb = ground.copy()
        rgb[y : y + h, x : x + w] = thing
        tir = ground[:, :, :1] // 2
        tir[y : y + h, x : x + w] = 255 - thing[:, :, :1] // 4
        for name, image in (("visible", rgb), ("infrared", tir[:, :, 0])):
            path = folder / name / f"{frame:04d}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_image(path, image)
    return folder


def write_session(path: Path, clip: Path, *commands: Command) -> Path:
    """Write the session that somebody left: what commands made of a clip."""
    from app.bridge.values import sequence_info
    from tracker_core.sequences import open_sequence

    session = AnnotationSession(sequence_info(open_sequence(clip), (clip,)))
    history = History(session)
    for command in commands:
        history.do(command)
    path.parent.mkdir(exist_ok=True)
    save(session, path)
    return path


def by_hand(target_id: str, frame: int, box: Sequence[float] | None = None) -> SetBox:
    """Return the command that sets a box on both cameras, by default around the one who walks."""
    return SetBox(target_id, frame, np.array([box or place_of(frame)] * 2))


def tracked(
    target_id: str, first: int, last: int, score: float | Sequence[float] = 0.9, down: float = 0.0
) -> AcceptRun:
    """Return the command of a run that followed the one who walks, or somebody below."""
    frames = np.arange(first, last + 1)
    boxes = np.array([place_of(int(frame)) for frame in frames]) + np.array([0, down, 0, 0])
    return AcceptRun(target_id, frames, boxes, np.broadcast_to(score, frames.shape).astype(float))


class Hands:
    """What a person does at the window, and sees there."""

    def __init__(self, window: MainWindow, qtbot: QtBot) -> None:
        self.window = window
        self.qtbot = qtbot

    # --- waiting

    def wait(self, done: Callable[[], object]) -> None:
        """Wait until something is so."""
        self.qtbot.waitUntil(lambda: bool(done()), timeout=PATIENCE)

    def settle(self) -> None:
        """Wait until nothing is under way any more."""
        self.wait(lambda: self.window.is_idle)

    def sit_down(self) -> None:
        """Wait until what was typed behind the program's name is open, and take the keyboard."""
        self.hold_keyboard()
        self.settle()

    def hold_keyboard(self) -> None:
        """Give the keyboard to the window: without a window manager nobody else does."""
        self.window.activateWindow()
        self.wait(self.window.isActiveWindow)

    # --- keys

    def key(self, *keys: str) -> None:
        """Press one key after the other, such as "Ctrl+Z", and wait for what comes of it."""
        for each in keys:
            self.press(each)
            self.settle()

    def press(self, keys: str) -> None:
        """Press a key and wait for nothing."""
        where = QApplication.activeModalWidget() or self.window
        if not where.isActiveWindow():
            where.activateWindow()
            self.wait(where.isActiveWindow)
        combination = QKeySequence(keys)[0]
        QTest.keyClick(where.windowHandle(), combination.key(), combination.keyboardModifiers())

    def write(self, text: str) -> None:
        """Type a text where the keyboard is."""
        where = QApplication.focusWidget()
        assert where is not None
        QTest.keyClicks(where, text)

    def go(self, frame: int) -> None:
        """Go to a frame by typing its number."""
        self.press("Ctrl+G")
        self.wait(self.window.views.transport.frame.hasFocus)
        self.write(str(frame))
        self.press("Return")
        self.wait(lambda: self.frame == frame)

    # --- mouse

    def _at(self, widget: QWidget, point: QPointF | QPoint) -> tuple[Any, QPoint]:
        window = widget.window()
        there = point.toPoint() if isinstance(point, QPointF) else point
        assert widget.isVisible(), f"nobody sees {widget!r}"
        return window.windowHandle(), widget.mapTo(window, there)

    def click(
        self,
        widget: QWidget,
        at: QPointF | QPoint | None = None,
        button: Qt.MouseButton = LEFT,
        modifiers: Qt.KeyboardModifier = NONE,
    ) -> None:
        """Click on a place of the window, by default on the middle of a widget."""
        handle, there = self._at(widget, widget.rect().center() if at is None else at)
        QTest.mouseMove(handle, there)
        QTest.mouseClick(handle, button, modifiers, there)

    def mouse_down(
        self, widget: QWidget, at: QPointF | QPoint,
        button: Qt.MouseButton = LEFT, modifiers: Qt.KeyboardModifier = NONE,
    ) -> None:  # fmt: skip
        """Press a button of the mouse."""
        handle, there = self._at(widget, at)
        QTest.mouseMove(handle, there)
        QTest.mousePress(handle, button, modifiers, there)

    def mouse_to(self, widget: QWidget, at: QPointF | QPoint) -> None:
        """Move the mouse."""
        handle, there = self._at(widget, at)
        QTest.mouseMove(handle, there)
        QApplication.processEvents()

    def mouse_up(
        self, widget: QWidget, at: QPointF | QPoint,
        button: Qt.MouseButton = LEFT, modifiers: Qt.KeyboardModifier = NONE,
    ) -> None:  # fmt: skip
        """Let go of a button."""
        handle, there = self._at(widget, at)
        QTest.mouseRelease(handle, button, modifiers, there)

    def drag(
        self, widget: QWidget, start: QPointF | QPoint, end: QPointF | QPoint,
        button: Qt.MouseButton = LEFT, modifiers: Qt.KeyboardModifier = NONE,
    ) -> None:  # fmt: skip
        """Press, move and let go."""
        first, last = QPointF(start), QPointF(end)
        self.mouse_down(widget, first, button, modifiers)
        for share in (0.3, 0.7, 1.0):
            self.mouse_to(widget, first + (last - first) * share)
        self.mouse_up(widget, last, button, modifiers)

    def wheel(
        self, widget: QWidget, at: QPointF | QPoint, notches: int,
        modifiers: Qt.KeyboardModifier = NONE,
    ) -> None:  # fmt: skip
        """Turn the wheel, away from oneself where it is positive."""
        handle, there = self._at(widget, at)
        for _ in range(abs(notches)):
            event = QWheelEvent(
                QPointF(there), QPointF(handle.mapToGlobal(there)), QPoint(),
                QPoint(0, NOTCH if notches > 0 else -NOTCH), Qt.MouseButton.NoButton, modifiers,
                Qt.ScrollPhase.NoScrollPhase, False,
            )  # fmt: skip
            QApplication.sendEvent(handle, event)

    # --- menus

    def menu(self, *titles: str) -> None:
        """Open a menu of the menu bar by the mouse and click what stands there."""
        bar = self.window.menuBar()
        action = _titled(bar.actions(), titles[0])
        for _ in range(TRIES):
            self.click(bar, bar.actionGeometry(action).center())
            if self._choose(titles[1:]):
                return
        raise AssertionError(f"no menu opens on the way to {titles}")

    def right_click(self, widget: QWidget, at: QPointF | QPoint, *titles: str) -> list[str]:
        """Click with the right button and choose from the menu; return what it offers.

        Without a title the menu is closed again.
        """
        for _ in range(TRIES):
            self.click(widget, at, RIGHT)
            self.wait(lambda: QApplication.activePopupWidget() is not None)
            menu = QApplication.activePopupWidget()
            assert isinstance(menu, QMenu)
            offered = [_plain(each.text()) for each in menu.actions() if each.text()]
            if not titles:
                self.press_popup("Esc")
                self.settle()
                return offered
            if self._choose(titles):
                return offered
        raise AssertionError(f"no menu opens on the way to {titles}")

    def press_popup(self, keys: str) -> None:
        """Press a key while a menu is open."""
        popup = QApplication.activePopupWidget()
        assert popup is not None
        QTest.keyClick(popup, QKeySequence(keys)[0].key())

    def _choose(self, titles: Sequence[str]) -> bool:
        """Click through a menu and those within; False, and all closed, where one does not open.

        On a busy machine one may open by the pointer that rests there, just before the click, which
        then closes it; a person would begin again.
        """
        for depth, title in enumerate(titles):
            self.wait(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
            menu = QApplication.activePopupWidget()
            assert isinstance(menu, QMenu)
            if depth == 0:
                self._settled(menu)
            action = _titled(menu.actions(), title)
            assert action.isEnabled(), f"{title} cannot be chosen"
            self.click(menu, menu.actionGeometry(action).center())
            if depth + 1 < len(titles) and not self._another_opens(menu):
                return False
        self.wait(lambda: QApplication.activePopupWidget() is None)
        self.settle()
        return True

    def _settled(self, menu: QMenu) -> None:
        """Wait until a menu is on the screen and has the focus.

        Focus that comes late, on a busy machine, lifts the menu above one that opened from it, and
        a click on the latter then only closes both.
        """
        self.wait(menu.windowHandle().isExposed)
        with suppress(self.qtbot.TimeoutError):
            self.qtbot.waitUntil(
                lambda: QGuiApplication.focusWindow() is menu.windowHandle(), timeout=SETTLES
            )

    def _another_opens(self, menu: QMenu) -> bool:
        """Wait for a menu within a menu; False, and all closed, where none opens."""
        try:
            self.qtbot.waitUntil(
                lambda: QApplication.activePopupWidget() is not menu, timeout=OPENS
            )
        except self.qtbot.TimeoutError:
            while QApplication.activePopupWidget() is not None:
                self.press_popup("Esc")
            self.settle()
            return False
        return True

    def button(self, text: str) -> None:
        """Click the button in the message bar that is called so."""
        buttons = self.window.workbench.messages.buttons
        self.click(next(each for each in buttons if each.text() == text))

    def pick(self, box: QComboBox, text: str) -> None:
        """Open a chooser and click a line."""
        self.click(box)
        rows = box.view()
        self.wait(rows.isVisible)
        place = rows.visualRect(rows.model().index(box.findText(text), 0)).center()
        # Qt takes a click right after the opening for the one that opened the list.
        self.qtbot.wait(QApplication.doubleClickInterval() + 50)
        # To the list itself: its window is one that Qt makes again whenever it likes.
        QTest.mouseMove(rows.viewport(), place)
        QTest.mouseClick(rows.viewport(), LEFT, NONE, place)
        self.wait(lambda: not rows.isVisible())
        self.settle()

    # --- dialogs

    @contextmanager
    def answering(self, *answers: str | Path) -> Iterator[list[str]]:
        """Answer the dialogs that come up within this; gives what they asked.

        A text is the button to click, a path what is typed into a dialog for files.
        """
        asked: list[str] = []
        left = list(answers)
        typed: list[QDialog] = []
        looks = [0]
        timer = QTimer()

        def look() -> None:
            dialog = QApplication.activeModalWidget()
            if not isinstance(dialog, QDialog) or not dialog.isVisible():
                return
            looks[0] += 1
            if looks[0] > MOST_LOOKS:
                # A test fails, and does not wait for ever.
                dialog.reject()
            elif dialog in typed:
                # A list of what could be meant may have taken the first one.
                QTest.keyClick(_line_of(dialog), Qt.Key.Key_Return)
            elif left:
                answer = left.pop(0)
                if isinstance(dialog, QMessageBox):
                    asked.append(f"{dialog.text()} {dialog.informativeText()}".strip())
                    found = [each for each in dialog.buttons() if _plain(each.text()) == answer]
                    self.click(found[0])
                    return
                asked.append(dialog.windowTitle())
                typed.append(dialog)
                line = _line_of(dialog)
                line.selectAll()
                # Pasted: while one types, Qt's dialog for files completes names as it finds them.
                QApplication.clipboard().setText(str(answer))
                QTest.keyClick(line, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
                QTest.keyClick(line, Qt.Key.Key_Return)

        timer.timeout.connect(look)
        timer.start(20)
        try:
            yield asked
        finally:
            timer.stop()
        assert looks[0] <= MOST_LOOKS, f"{asked} was not answered"
        assert not left, f"nobody asked for {left}"

    # --- the panes

    @property
    def rgb(self) -> FrameView:
        """The pane of RGB."""
        return self.window.views.panes.rgb

    @property
    def tir(self) -> FrameView:
        """The thermal pane."""
        return self.window.views.panes.tir

    def draw(self, box_xywh: Sequence[float], pane: FrameView | None = None) -> None:
        """Draw a box by mouse on the frame that is shown."""
        if not self.window.views.panes.drawing:
            self.press("B")
        view = pane or self.rgb
        x, y, w, h = box_xywh
        self.drag(view, view.pane_point(x, y), view.pane_point(x + w, y + h))
        if not self.running:
            self.settle()

    def colour_on(self, view: FrameView, x: float, y: float) -> QColor:
        """Return the colour that is painted where a frame's pixel is shown."""
        point = view.pane_point(x, y)
        return self.painted(view, point)

    def painted(self, widget: QWidget, at: QPointF) -> QColor:
        """Return the colour that a widget shows at one of its pixels."""
        image = widget.grab().toImage()
        ratio = image.devicePixelRatio()
        return image.pixelColor(int(at.x() * ratio), int(at.y() * ratio))

    # --- the timeline

    @property
    def timeline(self) -> Timeline:
        """The timeline."""
        return self.window.timeline

    def ruler(self, frame: int) -> QPointF:
        """Return where a frame lies on the timeline's ruler."""
        return QPointF(self.timeline.x_of(frame + 0.5), RULER / 2)

    def lane(self, frame: int) -> QPointF:
        """Return where a frame lies in the lane of ranges."""
        return QPointF(self.timeline.x_of(frame + 0.5), RULER + RANGE / 2)

    def strip(self, frame: int, row: int = 0) -> QPointF:
        """Return where a frame lies in the strip of a target."""
        return QPointF(self.timeline.x_of(frame + 0.5), ROWS_TOP + (row + 0.5) * ROW)

    def choose_range(self, first: int, last: int) -> None:
        """Drag a range of frames on the timeline."""
        self.drag(self.timeline, self.lane(first), self.lane(last))
        self.settle()
        assert self.range == (first, last + 1)

    # --- lists

    @property
    def target_list(self) -> QTreeWidget:
        """The list of targets."""
        return _tree(self.window.targets)

    @property
    def queue(self) -> QTreeWidget:
        """The list of what is to be reviewed."""
        return _tree(self.window.queue)

    def click_line(self, tree: QTreeWidget, line: int, column: int = 0) -> None:
        """Click on a line of a list."""
        self.click(tree.viewport(), place_in(tree, line, column))
        if not self.running:
            self.settle()

    def events(self) -> list[tuple[str, str, str]]:
        """Return frames, reason and target of each line of the queue."""
        lines = lines_of(self.queue)
        return [(line.text(0), line.text(1), line.text(3)) for line in lines]

    # --- what there is

    @property
    def frame(self) -> int:
        """The frame on screen."""
        return self.window.presenter.shown_index()

    @property
    def range(self) -> tuple[int, int] | None:
        """The selected range: first frame, one past the last."""
        return self.window.workspace.selection.value.frame_range

    @property
    def session(self) -> AnnotationSession:
        """The open session."""
        session = self.window.workspace.document.session
        assert session is not None
        return session

    @property
    def target(self) -> Target:
        """The selected target."""
        target = self.window.workspace.selection.target
        assert target is not None
        return target

    @property
    def message(self) -> str:
        """What the message bar says."""
        return self.window.message

    @property
    def note(self) -> str:
        """What the status line says in passing."""
        return self.window.status_line.note.text()

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return self.window.workspace.tracking.running

    @property
    def steps(self) -> int:
        """How many steps can be undone."""
        history = self.window.workspace.document.history
        assert history is not None
        return history.undo_count

    def sources(self, first: int, last: int) -> list[int]:
        """Return where the boxes of the selected target come from."""
        return [int(each) for each in self.target.source[first : last + 1]]

    def boxes_shown(self) -> set[str]:
        """Return the targets whose boxes are drawn on the frame."""
        return {item.target_id for item in self.window.views.panes.scene.boxes}


AnyDialog = TypeVar("AnyDialog", bound=QDialog)


@contextmanager
def meeting(kind: type[AnyDialog], act: Callable[[AnyDialog], None]) -> Iterator[None]:
    """Let a person act in the dialog of a kind that comes up within this."""
    met: list[QDialog] = []
    failures: list[BaseException] = []
    timer = QTimer()

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, kind) or not dialog.isVisible() or not dialog.isActiveWindow():
            return
        timer.stop()
        met.append(dialog)
        try:
            act(dialog)
        except BaseException as error:  # noqa: BLE001 - the dialog must go first
            failures.append(error)
            dialog.reject()

    timer.timeout.connect(look)
    timer.start(GLANCE)
    try:
        yield
    finally:
        timer.stop()
    if failures:
        raise failures[0]
    assert met, f"no {kind.__name__} came up"


Person = Callable[[Hands], None]


class Program:
    """`ckd-studio`, started in this process."""

    def __init__(self, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
        self._qtbot = qtbot
        self._monkeypatch = monkeypatch

    def settings(self, **values: Any) -> None:
        """Leave settings as another start would have left them."""
        path = default_settings_path()
        path.parent.mkdir(parents=True, exist_ok=True)
        before = json.loads(path.read_text("utf-8")) if path.exists() else {}
        path.write_text(json.dumps({**before, **values}), "utf-8")

    def __call__(
        self, person: Person, *arguments: str | Path, size: tuple[int, int] | None = (1280, 800)
    ) -> None:
        """Start the program with these arguments and let a person work in its window."""
        if size is not None:
            # As a start before left it: made smaller only then, it would have room for another one.
            self.settings(geometry=_geometry(size))
        failures: list[BaseException] = []
        seen: list[MainWindow] = []
        timer = QTimer()

        def look() -> None:
            window = _window_on_screen()
            if window is None:
                return
            timer.stop()
            seen.append(window)
            try:
                hands = Hands(window, self._qtbot)
                hands.wait(lambda: size is None or window.size() == QSize(*size))
                hands.sit_down()
                person(hands)
            except BaseException as error:  # noqa: BLE001 - the loop of the program must end first
                failures.append(error)
            finally:
                _leave(window)

        timer.timeout.connect(look)
        timer.start(GLANCE)
        code = _left_by(arguments, self._monkeypatch)
        timer.stop()
        for window in seen:
            # As the end of its process would: the next theme would be given to all its widgets.
            delete(window)
        QCoreApplication.sendPostedEvents()
        if failures:
            raise failures[0]
        assert code == 0

    def command(self, *arguments: str | Path) -> None:
        """Run a command that needs no window."""
        assert _left_by(arguments, self._monkeypatch) == 0


def _geometry(size: tuple[int, int]) -> str:
    widget = QWidget()
    widget.setGeometry(QRect(QPoint(4, 4), QSize(*size)))
    return bytes(widget.saveGeometry().toHex().data()).decode()


def _left_by(arguments: Sequence[object], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run `main()` as with these arguments; return with what it ended."""
    from app.cli import main

    monkeypatch.setattr(sys, "argv", ["ckd-studio", *map(str, arguments)])
    with pytest.raises(SystemExit) as left:
        main()
    return left.value.code


def _window_on_screen() -> MainWindow | None:
    windows = (each for each in QApplication.topLevelWidgets() if each.isVisible())
    return next((each for each in windows if isinstance(each, MainWindow)), None)


def _leave(window: MainWindow) -> None:
    """Close what is open, whatever it is: the person goes."""
    if (popup := QApplication.activePopupWidget()) is not None:
        popup.close()
    if (dialog := QApplication.activeModalWidget()) is not None:
        dialog.close()
    window.confirm_discard = lambda: True
    window.close()


@contextmanager
def started_here(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    """Give the program, not started yet, and put back afterwards what it takes of a process."""
    names = ("SIGINT", "SIGTERM", "SIGHUP")
    numbers = [signal.Signals[each] for each in names if each in signal.Signals.__members__]
    before = {each: signal.getsignal(each) for each in numbers}
    monkeypatch.setattr(logging, "raiseExceptions", logging.raiseExceptions)
    monkeypatch.setenv("GOMP_SPINCOUNT", "100")
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    sheet, palette = app.styleSheet(), app.palette()
    made = Program(qtbot, monkeypatch)
    # What is fast: where it matters what a tracker says, the test takes another one.
    made.settings(tracker="correlation", device="cpu")
    yield made
    for each, handler in before.items():
        signal.signal(each, handler)
    # Views of other tests are painted in the colors of the theme that was chosen last.
    apply_theme(app)
    app.setStyleSheet(sheet)
    app.setPalette(palette)


def _line_of(dialog: QDialog) -> QLineEdit:
    name = "fileNameEdit" if isinstance(dialog, QFileDialog) else ""
    line = dialog.findChild(QLineEdit, name) if name else dialog.findChild(QLineEdit)
    assert isinstance(line, QLineEdit)
    return line


def lines_of(tree: QTreeWidget) -> list[QTreeWidgetItem]:
    """Return the lines of a list."""
    found = [tree.topLevelItem(line) for line in range(tree.topLevelItemCount())]
    return [line for line in found if line is not None]


def place_in(tree: QTreeWidget, line: int, column: int = 0) -> QPoint:
    """Return where a line of a list is, within what scrolls."""
    return tree.visualRect(tree.model().index(line, column)).center()


def _tree(panel: QWidget) -> QTreeWidget:
    tree = panel.findChild(QTreeWidget)
    assert isinstance(tree, QTreeWidget)
    return tree


def _plain(text: str) -> str:
    return text.replace("&", "")


def _titled(actions: Sequence[Any], title: str) -> Any:
    found = [each for each in actions if _plain(each.text()).startswith(title)]
    assert found, f"{title} is not among {[_plain(each.text()) for each in actions]}"
    return found[0]
