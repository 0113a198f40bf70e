"""Every number that the window shows says in a tooltip what it is.

The numbers are looked for, not listed: labels, fields, progress and cells of lists with a digit in
them, in all that is on show. Sentences explain themselves.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QHeaderView,
    QLabel,
    QProgressBar,
    QScrollBar,
    QToolTip,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.views.aligning.dialog import AlignDialog
from app.window.actions import Id
from app.window.main_window import MainWindow
from tests.e2e.conftest import BOX
from tests.e2e.driving import PATIENCE, open_path, press, settle, track

TIP, TEXT = Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.DisplayRole
FEWEST_WORDS = 4
"""A tip that says what something is has at least so many."""


def explains(tip: str | None) -> bool:
    return len(re.findall(r"[A-Za-z]{2,}", tip or "")) >= FEWEST_WORDS


def tip_of(widget: QWidget | None) -> str:
    """What Qt shows over a widget: its own tip, or that of what it lies in."""
    while widget is not None and not widget.isWindow():
        if widget.toolTip():
            return widget.toolTip()
        widget = widget.parentWidget()
    return ""


def text_of(widget: QWidget) -> str:
    match widget:
        case QLabel():
            words = widget.text()
            return "" if widget.wordWrap() and words.rstrip().endswith((".", "…")) else words
        case QComboBox():
            return widget.currentText()
        case QAbstractSpinBox():
            return widget.text() + "0"
        case QScrollBar():
            return ""
        case QProgressBar() | QAbstractSlider():
            return str(widget.value())
    return ""


def unexplained_cells(view: QAbstractItemView) -> Iterator[str]:
    model = view.model()
    assert model is not None
    for column in range(model.columnCount()):
        # A column that is left out for want of room comes back in a wider window.
        cells = [model.index(row, column) for row in range(model.rowCount())]
        numbers = [cell for cell in cells if re.search(r"\d", str(cell.data(TEXT) or ""))]
        name = model.headerData(column, Qt.Orientation.Horizontal, TEXT)
        title = f"{view.objectName() or view.accessibleName()}, {name}"
        if numbers and not explains(model.headerData(column, Qt.Orientation.Horizontal, TIP)):
            yield f"heading of {title}"
        for cell in numbers:
            if not explains(cell.data(TIP)):
                yield f"{title}: {cell.data(TEXT)}"


def unexplained(root: QWidget) -> list[str]:
    """Return each number on show that no tooltip explains."""
    found: list[str] = []
    for widget in root.findChildren(QWidget):
        if not widget.isVisibleTo(root):
            continue
        if isinstance(widget, QHeaderView):
            continue
        if isinstance(widget, QAbstractItemView):
            # Those of a closed list of choices are not on show.
            found += unexplained_cells(widget) if widget.isVisible() else ()
        elif re.search(r"\d", text_of(widget)) and not explains(tip_of(widget)):
            found.append(f"{type(widget).__name__} {widget.accessibleName()}: {text_of(widget)}")
    return found


def hovered(window: MainWindow, x: int, y: int) -> str:
    timeline = window.views.timeline
    at = QPoint(x, y)
    event = QHelpEvent(QEvent.Type.ToolTip, at, timeline.mapToGlobal(at))
    QApplication.sendEvent(timeline, event)
    return QToolTip.text()


def test_every_number_of_the_window_says_what_it_is(
    qtbot: QtBot, window: MainWindow, clip: Path
) -> None:
    window.resize(1600, 1000)
    open_path(qtbot, window, clip)
    assert window.set_target_box(BOX)
    track(qtbot, window)
    press(qtbot, window, "I")
    window.go_to_frame(5)
    window.actions_by_id[Id.SHOW_TRUTH].trigger()
    window.workspace.comparing.open((clip / "infrared.txt",))
    qtbot.waitUntil(lambda: "compared" in window.message, timeout=PATIENCE)
    settle(qtbot, window)
    assert unexplained(window) == []
    seen = 0
    for index in range(window.inspector.count()):
        window.inspector.setCurrentIndex(index)
        settle(qtbot, window)
        page = window.inspector.currentWidget()
        assert unexplained(page) == [], window.inspector.tabText(index)
        seen += any(re.search(r"\d", text_of(each)) for each in page.findChildren(QWidget))
    assert seen >= 3, "or nothing was looked at"
    # Each lane of the timeline, on its name and on a frame.
    timeline = window.views.timeline
    middle = timeline.width() // 2
    for x, frame in ((20, ""), (middle, f"Frame {timeline.frame_at(middle)}")):
        said = [hovered(window, x, y) for y in range(2, timeline.height(), 5)]
        assert [tip for tip in said if not explains(tip) or frame not in tip] == []
        whole = "\n".join(said)
        for words in ("counted from 0", "perhaps lost", "Who placed the boxes", "counts as a fail"):
            assert words in whole
    assert "IoU 1.00 with the ground truth" in whole
    assert "score 0." in whole


def test_every_number_of_the_alignment_and_of_a_dataset_says_what_it_is(
    qtbot: QtBot, window: MainWindow, clip: Path, tmp_path: Path
) -> None:
    open_path(qtbot, window, clip)
    missing: list[str] = ["never looked"]

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, AlignDialog) or dialog._client.pending:
            QTimer.singleShot(20, window, look)
            return
        try:
            for place in ((30, 30), (120, 40), (60, 90)):
                for view in (dialog.ui.rgb, dialog.ui.tir):
                    QTest.mouseClick(
                        view, Qt.MouseButton.LeftButton, pos=view.to_view(place).toPoint()
                    )
            missing[:] = unexplained(dialog)
            assert dialog.ui.pairs.rowCount() == 3
            dialog.ui.blend.setChecked(True)
            missing.extend(unexplained(dialog))
        except BaseException as error:  # noqa: BLE001 - Qt would swallow it and wait for ever
            missing.append(str(error))
        dialog.reject()

    QTimer.singleShot(0, window, look)
    window.actions_by_id[Id.ALIGN_CAMERAS].trigger()
    assert missing == []
    data = tmp_path / "data"
    for name in ("walk-1", "walk-2"):
        shutil.copytree(clip, data / name)
    window.open_path(data)
    space, page = window.workspace.datasets, window.workbench.dataset_page
    qtbot.waitUntil(
        lambda: len(space.rows) == 2 and all(row.glance for row in space.rows), timeout=PATIENCE
    )
    settle(qtbot, window)
    window.workspace.datasets.open(0)
    qtbot.waitUntil(lambda: not window.workbench.list_shown, timeout=PATIENCE)
    settle(qtbot, window)
    shown = [each for each in window.status_line.findChildren(QLabel) if "Frame 0" in each.text()]
    assert shown
    # The list in front is of many sequences, and has no frame.
    press(qtbot, window, "Ctrl+Shift+D")
    assert window.workbench.list_shown
    assert page.isVisible()
    assert not any("Frame" in each.text() for each in window.status_line.findChildren(QLabel))
    assert unexplained(window) == []
    press(qtbot, window, "Ctrl+Shift+D")
    assert shown[0].text().startswith("Frame 0")
    assert shown[0].isVisible()
