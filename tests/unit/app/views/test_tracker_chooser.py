"""The chooser says which row was picked, and shows what is in use."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.bridge.tracker_items import tracker_items
from app.resolve.trackers import Pick
from app.state.tracker_choice import TrackerChoice
from app.views.shell.tracker_chooser import DEVICE_TIP, NO_DEVICE_TIP, TrackerChooser


@pytest.fixture
def chooser(qtbot: QtBot) -> TrackerChooser:
    made = TrackerChooser()
    qtbot.addWidget(made)
    return made


def show(chooser: TrackerChooser, spec: str, model: str = "tiny", device: str = "") -> None:
    choice = TrackerChoice.of(spec, model, device)
    items = tracker_items(choice, model)
    chooser.show_choice(items, device, has_device=choice.is_ckd)


def row(chooser: TrackerChooser, text: str) -> int:
    found = chooser.tracker.findText(text)
    assert found >= 0
    return found


@pytest.mark.parametrize(
    ("text", "pick", "value"),
    [
        ("CKD tiny", Pick.WEIGHTS, "tiny"),
        ("CKD base.pth.tar", Pick.WEIGHTS, "/models/base.pth.tar"),
        ("CKD from a file…", Pick.FILE, ""),
        ("MIL", Pick.TRACKER, "mil"),
        ("NanoTrack RGB…", Pick.TRACKER, "nanotrack"),
        ("Other…", Pick.OTHER, ""),
    ],
)
def test_each_row_says_what_it_stands_for(
    qtbot: QtBot, chooser: TrackerChooser, text: str, pick: Pick, value: str
) -> None:
    show(chooser, "still", "/models/base.pth.tar")
    assert chooser.tracker.currentText() == "Still box"
    with qtbot.waitSignal(chooser.picked) as emitted:
        chooser.tracker.activated.emit(row(chooser, text))
    assert (emitted.args[0].pick, emitted.args[0].value) == (pick, value)


def test_only_ckd_has_a_device(chooser: TrackerChooser) -> None:
    show(chooser, "ckd", device="cpu")
    assert chooser.device.isEnabled()
    assert chooser.device.currentText() == "CPU"
    assert chooser.device.toolTip() == DEVICE_TIP
    show(chooser, "mil", device="cpu")
    assert not chooser.device.isEnabled()
    assert chooser.device.toolTip() == NO_DEVICE_TIP


def test_the_tip_says_what_is_in_use(chooser: TrackerChooser) -> None:
    show(chooser, "nanotrack:/nano")
    assert "NanoTrack RGB" in chooser.tracker.toolTip()
    assert chooser.tracker.toolTip().endswith("Folder: /nano")
    place = row(chooser, "MIL")
    tip = chooser.tracker.itemData(place, Qt.ItemDataRole.ToolTipRole)
    assert tip == "OpenCV's multiple instance learning on RGB."


def test_the_wheel_chooses_nothing(qtbot: QtBot, chooser: TrackerChooser) -> None:
    show(chooser, "mil")
    chooser.show()
    qtbot.waitExposed(chooser)
    emitted: list[object] = []
    chooser.picked.connect(emitted.append)
    none = Qt.KeyboardModifier.NoModifier
    there = QPointF(chooser.tracker.rect().center())
    turned = QWheelEvent(
        there, chooser.tracker.mapToGlobal(there), QPoint(), QPoint(0, -120),
        Qt.MouseButton.NoButton, none, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(chooser.tracker, turned)
    assert emitted == []
    assert chooser.tracker.currentText() == "MIL"
