"""What a person gives away in other forms and takes in from them, in the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QPushButton
from pytestqt.qtbot import QtBot

from app.export import film
from app.views.shell.exchange_dialogs import EACH, ExportDialog, ImportDialog
from app.window.actions.ids import Id
from app.window.main_window import MainWindow
from sessions import AddTarget, SetBox, Source
from tests.e2e.at_work import Hands
from tests.e2e.driving import PATIENCE, open_path, press, session_of, settle

KEYS = {ExportDialog: "Ctrl+Shift+E", ImportDialog: "Ctrl+Shift+I"}


def asked(qtbot: QtBot, window: MainWindow, kind: type[QDialog], act: Callable[..., bool]) -> None:
    """Open a dialog by its key, and act on it until that returns true."""
    done: list[BaseException | None] = []
    timer = QTimer()

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, kind) or done:
            return
        try:
            if act(dialog):
                done.append(None)
        except AssertionError as error:
            # A dialog that stays open would keep the test for ever.
            done.append(error)
            dialog.reject()

    timer.timeout.connect(look)
    timer.start(20)
    press(qtbot, window, KEYS[kind])
    qtbot.waitUntil(lambda: bool(done), timeout=PATIENCE)
    timer.stop()
    if done[0] is not None:
        raise done[0]


def choose(dialog: ExportDialog | ImportDialog, form: str) -> None:
    at = dialog.form.findData(form)
    assert at >= 0
    if dialog.form.currentIndex() != at:
        dialog.form.setCurrentIndex(at)


def type_into(field: object, text: str) -> None:
    field.clear()  # type: ignore[attr-defined]
    QTest.keyClicks(field, text)  # type: ignore[call-overload]


@pytest.fixture
def opened(qtbot: QtBot, window: MainWindow, clip: Path) -> MainWindow:
    """A clip of eight frames with two targets, of which the second has an odd name."""
    open_path(qtbot, window, clip)
    document = window.workspace.document
    for target_id, name in (("1", "walker"), ("2", "a/../b")):
        document.do(AddTarget(target_id, name))
        for frame in (0, 3):
            document.do(SetBox(target_id, frame, np.array([[10 + frame, 5, 6, 7]] * 2)))
    window.workspace.selection.select("1")
    return window


def export_to(
    qtbot: QtBot, window: MainWindow, form: str, place: Path, *, replace: bool = False
) -> str:
    """Export by the dialog; returns the text of the preview and what it says below."""
    shown: list[str] = []

    def act(dialog: ExportDialog) -> bool:
        if not shown:
            choose(dialog, form)
            type_into(dialog.place, str(place))
            dialog.replace.setChecked(replace)
            shown.append("")
        if not dialog.accepting.isEnabled():
            return False
        shown[0] = f"{dialog.preview.toPlainText()}\n{dialog.said.text()}"
        dialog.accepting.click()
        return True

    asked(qtbot, window, ExportDialog, act)
    settle(qtbot, window)
    return shown[0]


def refusal(qtbot: QtBot, window: MainWindow, form: str, place: Path) -> str:
    """Choose a place in the dialog, return why it cannot be, and leave."""
    said: list[str] = []

    def act(dialog: ExportDialog) -> bool:
        if not said:
            choose(dialog, form)
            type_into(dialog.place, str(place))
            said.append("")
        if "exists already" not in dialog.said.text():
            return False
        said[0] = dialog.said.text()
        assert not dialog.accepting.isEnabled()
        dialog.replace.setChecked(True)
        assert dialog.accepting.isEnabled()
        dialog.reject()
        return True

    asked(qtbot, window, ExportDialog, act)
    return said[0]


def test_a_preview_shows_what_is_written_then(
    qtbot: QtBot, opened: MainWindow, tmp_path: Path
) -> None:
    place = tmp_path / "new" / "out.txt"
    shown = export_to(qtbot, opened, "mot", place)
    text = place.read_text()
    assert shown.startswith(f"out.txt – 4 lines, {len(text)} bytes\n{text}")
    assert "Not held of this session: the names of targets; where boxes come from" in shown
    assert opened.message.startswith(f"Exported {place}. MOTChallenge does not hold the names")
    # Without leave what is there stays, which is said before anything is done.
    place.write_text("precious")
    assert refusal(qtbot, opened, "mot", place).startswith(
        f"{place} exists already; choose another"
    )
    assert place.read_text() == "precious"
    export_to(qtbot, opened, "mot", place, replace=True)
    assert place.read_text() == text


def test_targets_go_out_into_folders_and_come_back_as_one_step(
    qtbot: QtBot, opened: MainWindow, tmp_path: Path
) -> None:
    place = tmp_path / "truth"

    def look(dialog: ExportDialog) -> bool:
        choose(dialog, "lasher")
        assert [dialog.target.itemText(k) for k in range(dialog.target.count())] == [
            EACH, "walker", "a/../b",
        ]  # fmt: skip
        assert not dialog.modality.isEnabled()
        dialog.reject()
        return True

    asked(qtbot, opened, ExportDialog, look)
    export_to(qtbot, opened, "lasher", place)
    assert opened.message.startswith(f"Exported 6 files in {place}.")
    assert refusal(qtbot, opened, "lasher", place).startswith(f"{place / 'walker'}")
    assert sorted(each.name for each in place.iterdir()) == ["a_.._b", "walker"]
    found: list[str] = []

    def take(dialog: ImportDialog) -> bool:
        if not found:
            choose(dialog, "lasher")
            type_into(dialog.place, str(place))
            found.append("")
        if not dialog.accepting.isEnabled():
            return False
        found[0] = f"{dialog.preview.toPlainText()}\n{dialog.said.text()}"
        dialog.accepting.click()
        return True

    asked(qtbot, opened, ImportDialog, take)
    settle(qtbot, opened)
    assert found == [
        "a_.._b: 8 frames from 0 to 7\nwalker: 8 frames from 0 to 7\n"
        "2 targets with 4 boxes, absent on 12 frames."
    ]
    assert opened.message == "Imported 2 targets with 4 boxes, absent on 12 frames from truth."
    targets = list(session_of(opened).targets.values())
    assert [target.name for target in targets] == ["walker", "a/../b", "a_.._b", "walker"]
    assert opened.workspace.selection.value.target_id == "3"
    assert targets[3].source[3] == Source.IMPORTED
    press(qtbot, opened, "Ctrl+Z")
    assert len(session_of(opened).targets) == 2


def test_the_first_form_offered_is_one_that_can_be_written(
    qtbot: QtBot, opened: MainWindow
) -> None:
    def look(dialog: ExportDialog) -> bool:
        # A result needs a box on every frame, which this session has not.
        if dialog.form.currentData() == "result" or not dialog.accepting.isEnabled():
            return False
        assert dialog.form.currentIndex() == 1
        # What a person chooses stays, and says why it cannot be written.
        choose(dialog, "result")
        dialog.reject()
        return True

    asked(qtbot, opened, ExportDialog, look)


def test_what_cannot_be_taken_in_is_said_before(
    qtbot: QtBot, opened: MainWindow, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.xml"
    wrong.write_text("<annotations/>")
    said: list[str] = []

    def look(dialog: ImportDialog) -> bool:
        if not said:
            choose(dialog, "cvat")
            assert dialog.thermal.isEnabled()
            type_into(dialog.place, str(wrong))
            said.append("")
        if "no track" not in dialog.said.text():
            return False
        said[0] = dialog.said.text()
        assert not dialog.accepting.isEnabled()
        dialog.reject()
        return True

    asked(qtbot, opened, ImportDialog, look)
    assert said[0].startswith("wrong.xml holds no track of boxes; export it from CVAT")
    assert len(session_of(opened).targets) == 2


def test_nothing_to_export_is_said_before(qtbot: QtBot, window: MainWindow, clip: Path) -> None:
    open_path(qtbot, window, clip)

    def look(dialog: ExportDialog) -> bool:
        choose(dialog, "csv")
        if not dialog.said.text().startswith("The session of clip has no"):
            return False
        assert not dialog.accepting.isEnabled()
        dialog.reject()
        return True

    asked(qtbot, window, ExportDialog, look)


def test_a_video_shows_progress_and_is_stopped_without_a_trace(
    qtbot: QtBot, opened: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    exchange = opened.workspace.exchange
    drawn: list[int] = []
    draw = film.annotated

    def wait(*given: object, **named: object) -> object:
        # The third frame is not begun before somebody has stopped the export.
        if len(drawn) >= 2:
            exchange_stopped.wait(PATIENCE / 1000)
        drawn.append(1)
        return draw(*given, **named)  # type: ignore[arg-type]

    exchange_stopped = Event()
    monkeypatch.setattr(film, "annotated", wait)
    export_started(qtbot, opened, folder / "walk.mp4")
    qtbot.waitUntil(lambda: len(drawn) >= 2, timeout=PATIENCE)
    qtbot.waitUntil(
        lambda: opened.status_line.activity.text().startswith("Exporting walk.mp4"),
        timeout=PATIENCE,
    )
    assert opened.actions_by_id[Id.EXPORT].text() == "Stop the ex&port"
    buttons = opened.workbench.messages.findChildren(QPushButton)
    next(each for each in buttons if each.text() == "Stop" and each.isVisible()).click()
    exchange_stopped.set()
    settle(qtbot, opened)
    assert opened.message == "The export was stopped; nothing was written."
    assert list(folder.iterdir()) == []
    assert not exchange.running
    assert opened.actions_by_id[Id.EXPORT].text() == "Ex&port…"
    monkeypatch.setattr(film, "annotated", draw)
    export_started(qtbot, opened, folder / "walk.mp4")
    settle(qtbot, opened)
    assert opened.message == f"Exported {folder / 'walk.mp4'}."
    assert [each.name for each in folder.iterdir()] == ["walk.mp4"]


def test_closing_asks_about_an_export_that_is_under_way(
    qtbot: QtBot, opened: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, draw, place = Event(), film.annotated, tmp_path / "walk.mp4"

    def wait(*given: object) -> object:
        go_on.wait(PATIENCE / 1000)
        return draw(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(film, "annotated", wait)
    export_started(qtbot, opened, place)
    opened.confirm_discard = None
    hands = Hands(opened, qtbot)
    with hands.answering("Go on exporting") as said:
        assert not opened.close()
    assert said == ["walk.mp4 is still being exported. Stop that? Nothing of it will be written."]
    assert opened.workspace.exchange.running
    # Who stops it may still stay for what is not saved.
    with hands.answering("Stop the export", "Cancel"):
        assert not opened.close()
    assert opened.workspace.exchange.running
    with hands.answering("Stop the export", "Discard"):
        press(qtbot, opened, "Ctrl+W")
    go_on.set()
    settle(qtbot, opened)
    assert opened.workspace.document.session is None
    assert not place.exists()


def export_started(qtbot: QtBot, window: MainWindow, place: Path) -> None:
    def act(dialog: ExportDialog) -> bool:
        choose(dialog, "video")
        if dialog.place.text() != str(place):
            type_into(dialog.place, str(place))
        if not dialog.accepting.isEnabled():
            return False
        assert dialog.target.currentText() == "walker"
        dialog.accepting.click()
        return True

    asked(qtbot, window, ExportDialog, act)
