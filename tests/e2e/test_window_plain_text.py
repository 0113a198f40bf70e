"""A session full of names that Qt would take for orders: every widget shows them as they are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6 import QtGui
from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLabel,
    QMenu,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.window.main_window import MainWindow
from sessions import AddTarget
from tests.e2e.driving import PATIENCE, open_path, session_of, settle

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="no file may have these names there"),
]
MARK = "missing.png"
HOSTILE = f"<b>x</b>&Zebra [*] <img src='{MARK}'>"
NAMES = [HOSTILE, "&Zebra", "<b>x</b>", "x" * 200, "שלום &", "e" + "\u0301" * 60, "[*]"]


def everything(root: QWidget) -> Iterator[QObject]:
    yield root
    yield from root.findChildren(QObject)
    yield from QApplication.topLevelWidgets()


def is_trap(text: str) -> bool:
    """Whether Qt would take a foreign text for rich text, and load the picture it names."""
    return MARK in text and QtGui.Qt.mightBeRichText(text) and "<img" in text


def marks_key(text: str) -> bool:
    """Whether a foreign & would mark a key."""
    return "&Zebra" in text.replace("&&", "") or "שלום &" in text.replace("&&", "")


def rows(model: QAbstractItemModel, parent: QModelIndex) -> Iterator[QModelIndex]:
    for row in range(model.rowCount(parent)):
        index = model.index(row, 0, parent)
        # Lists keep to themselves how many columns they have.
        yield from (at for column in range(4) if (at := index.siblingAtColumn(column)).isValid())
        yield from rows(model, index)


def faults_of_view(view: QAbstractItemView) -> Iterator[str]:
    for index in rows(view.model(), QModelIndex()):
        if is_trap(str(index.data(Qt.ItemDataRole.ToolTipRole) or "")):
            yield f"tip of {index.data()}"
        if "\n" in str(index.data() or ""):
            yield f"two lines in {index.data()}"


def faults_of(each: QObject) -> Iterator[str]:
    if isinstance(each, QLabel):
        text = each.text()
        if each.textFormat() != Qt.TextFormat.PlainText and (is_trap(text) or "<b>x" in text):
            yield f"label {text}"
    if isinstance(each, QWidget | QAction) and is_trap(each.toolTip()):
        yield f"tip {each.toolTip()}"
    if isinstance(each, QAbstractButton | QAction) and marks_key(each.text()):
        yield f"key of {each.text()}"
    view = each.view() if isinstance(each, QComboBox) else each
    if isinstance(view, QAbstractItemView) and view.model() is not None:
        yield from faults_of_view(view)


def faults(window: QWidget) -> Iterator[str]:
    for menu in window.findChildren(QMenu):
        menu.aboutToShow.emit()
    for each in everything(window):
        yield from faults_of(each)


def shown_texts(window: QWidget) -> str:
    texts = [each.text() for each in window.findChildren(QLabel)]
    texts += [each.text() for each in window.findChildren(QAction)]
    return "\n".join(texts)


def test_no_name_is_taken_for_orders(
    qtbot: QtBot, window: MainWindow, make_clip: Callable[[Path, int], Path], tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / HOSTILE.replace("/", "") / "c<b>x", 4)
    values = window.settings.values
    values.recent = (f"{tmp_path}/{HOSTILE}\n{tmp_path}/b\nc", f"/{'x' * 10_000}/{HOSTILE}")
    values.tracker_folders = (f"/{HOSTILE}",)
    values.model = f"/{HOSTILE}.pth"
    window.workbench.start_page.set_recent(values.recent)
    window.refresh_actions()
    assert list(faults(window)) == []
    open_path(qtbot, window, clip)
    session = session_of(window)
    for name in NAMES:
        window.workspace.document.do(AddTarget(session.new_target_id(), name))
        settle(qtbot, window)
    for target in list(session.targets):
        window.workspace.selection.select(target)
        settle(qtbot, window)
        for tab in range(window.inspector.count()):
            window.inspector.setCurrentIndex(tab)
            settle(qtbot, window)
            window.grab()
        assert list(faults(window)) == []
    window.show_message(f"{HOSTILE} cannot be read.", "error", HOSTILE, lambda: None)
    settle(qtbot, window)
    window.grab()
    assert list(faults(window)) == []
    assert "&&Zebra" in shown_texts(window)
    assert window.workbench.messages.text == f"{HOSTILE} cannot be read."
    saved = tmp_path / f"{HOSTILE.replace('/', '')}.h5"
    with qtbot.waitSignal(window.saved, timeout=PATIENCE):
        window.save_session(saved)
    settle(qtbot, window)
    assert list(faults(window)) == []
    assert "[*][*]" in window.windowTitle()
    assert window.width() <= window.screen().availableSize().width()
