"""The list of a dataset, and what is opened while something else waits for an answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QDialog
from pytestqt.qtbot import QtBot

from app.window.actions.ids import Id
from app.window.main_window import MainWindow
from sessions.worklist import LIST_NAME, read_list
from tests.e2e.at_work import write_walk
from tests.e2e.driving import PATIENCE, open_path, settle

NAMES = ("a", "b", "c", "d")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name in NAMES:
        write_walk(tmp_path / "data" / name, 2)
    return tmp_path / "data"


def open_list(qtbot: QtBot, window: MainWindow, data: Path) -> None:
    window.open_path(data)
    qtbot.waitUntil(lambda: window.workbench.list_shown, timeout=PATIENCE)
    settle(qtbot, window)


def name_of(window: MainWindow) -> str:
    source = window.workspace.source
    return "" if source is None else source.sequence.name


def test_what_opens_while_a_dialog_is_up_waits_for_its_end(
    qtbot: QtBot, window: MainWindow, data: Path
) -> None:
    open_path(qtbot, window, data / "a")
    dialog, seen = QDialog(window), []

    def answered() -> None:
        seen.append((name_of(window), window.workspace.files.held.pending))
        dialog.accept()

    def both() -> None:
        # The newest alone is shown, and the other one let go of.
        window.open_path(data / "b")
        QTimer.singleShot(600, window, lambda: window.open_path(data / "c"))
        QTimer.singleShot(1500, window, answered)

    QTimer.singleShot(0, window, both)
    dialog.exec()
    assert seen == [("a", True)]
    qtbot.waitUntil(lambda: name_of(window) == "c", timeout=PATIENCE)
    settle(qtbot, window)
    assert not window.workspace.files.held.pending


def test_what_waits_outlives_the_sequence_and_gives_way_to_a_newer_wish(
    qtbot: QtBot, window: MainWindow, data: Path, tmp_path: Path
) -> None:
    open_path(qtbot, window, data / "a")
    files = window.workspace.files
    with files.held.holding():
        window.open_path(data / "b")
        qtbot.waitUntil(lambda: files.held.pending, timeout=PATIENCE)
        files.close()
        assert name_of(window) == ""
    qtbot.waitUntil(lambda: name_of(window) == "b", timeout=PATIENCE)
    settle(qtbot, window)
    with files.held.holding():
        window.open_path(data / "c")
        qtbot.waitUntil(lambda: files.held.pending, timeout=PATIENCE)
        # Nobody waits for it any more, whatever comes of the newer one.
        window.open_path(tmp_path / "nowhere")
        assert not files.held.pending
    settle(qtbot, window)
    assert name_of(window) == "b"


def test_a_window_closes_over_what_still_waits(
    qtbot: QtBot, window: MainWindow, data: Path
) -> None:
    open_path(qtbot, window, data / "a")
    files = window.workspace.files
    files.held.waits = lambda: True
    window.open_path(data / "b")
    qtbot.waitUntil(lambda: files.held.pending, timeout=PATIENCE)
    assert files.busy
    window.close()
    assert not files.held.pending


def test_a_state_and_a_long_note_of_ones_own_stay_when_they_are_looked_at(
    qtbot: QtBot, window: MainWindow, data: Path
) -> None:
    words = "word " * 600 + "end"
    (data / LIST_NAME).write_text(f"sequence,state,note\nb,waits for Bob,{words}\n")
    open_list(qtbot, window, data)
    datasets, page = window.workspace.datasets, window.workbench.dataset_page
    qtbot.waitUntil(lambda: datasets.rows[1].state == "waits for Bob", timeout=PATIENCE)
    state = page.model.index(1, 1)
    delegate = page.list.itemDelegateForColumn(1)
    editor = QComboBox(page)
    for text in ("begun", "done"):
        editor.addItem(text, text)
    delegate.setEditorData(editor, state)
    assert editor.currentText() == "waits for Bob"
    delegate.setModelData(editor, page.model, state)
    editor.hidePopup()
    datasets.set_note(1, words)
    settle(qtbot, window)
    row = read_list(data / LIST_NAME).rows["b"]
    assert (row["state"], row["note"]) == ("waits for Bob", words)
    datasets.set_note(1, f"{words}!")
    qtbot.waitUntil(
        lambda: read_list(data / LIST_NAME).rows["b"]["note"] == f"{words}!", timeout=PATIENCE
    )


def test_done_and_next_goes_on_from_the_line_of_the_list(
    qtbot: QtBot, window: MainWindow, data: Path
) -> None:
    open_list(qtbot, window, data)
    page = window.workbench.dataset_page
    page.show_row(2)
    page._select({0})
    assert set(page.selected) == {0, 2}
    with qtbot.waitSignal(window.opened, timeout=PATIENCE):
        window.actions_by_id[Id.SEQUENCE_DONE_NEXT].trigger()
    settle(qtbot, window)
    assert name_of(window) == "d"
    assert [row.state for row in window.workspace.datasets.rows] == ["done", "", "done", ""]


def test_a_row_has_the_problem_of_its_own_sequence_alone(
    qtbot: QtBot, window: MainWindow, data: Path, tmp_path: Path
) -> None:
    open_list(qtbot, window, data)
    datasets = window.workspace.datasets
    broken = tmp_path / "bad.h5"
    broken.write_text("no session")
    datasets.open(2)
    window.open_path(broken)
    settle(qtbot, window)
    assert all(not row.problem for row in datasets.rows)
    # What fails by itself is known to be broken, images that are gone among it.
    with qtbot.waitSignal(window.opened, timeout=PATIENCE):
        datasets.open(0)
    settle(qtbot, window)
    assert window.set_target_box((4.0, 4.0, 20.0, 20.0))
    window.actions_by_id[Id.SAVE].trigger()
    qtbot.waitUntil(lambda: window.workspace.document.clean, timeout=PATIENCE)
    with qtbot.waitSignal(window.opened, timeout=PATIENCE):
        datasets.open(1)
    settle(qtbot, window)
    for picture in (data / "a" / "visible").iterdir():
        picture.unlink()
    with qtbot.waitSignal(window.workspace.files.images_missing, timeout=PATIENCE):
        datasets.open(0)
    assert datasets.rows[0].problem
    QTest.keyClick(window, Qt.Key.Key_Escape)
