"""Relinking, autosave and offers in the real window, in this process."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

import sessions
from app.controllers import autosave as autosave_module
from app.window.main_window import MainWindow
from sessions import AnnotationSession, load
from tests.e2e.driving import PATIENCE, MakeWindow, answered, open_path, session_of, settle

BOX = (40.0, 30.0, 24.0, 32.0)


def click(qtbot: QtBot, window: MainWindow, text: str) -> None:
    button = next(each for each in window.workbench.messages.buttons if each.text() == text)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def saved_session(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    window.set_target_box(BOX)
    with qtbot.waitSignal(window.saved, timeout=PATIENCE):
        window.save_session(path)


def test_relinked_images_are_a_change_that_a_save_keeps(
    qtbot: QtBot,
    opened: MainWindow,
    make_window: MakeWindow,
    make_clip: Callable[[Path, int], Path],
    clip: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "sessions" / "walk.h5"
    path.parent.mkdir()
    saved_session(qtbot, opened, path)
    opened.close()
    moved, wrong = tmp_path / "elsewhere" / "clip", make_clip(tmp_path / "wrong", 5)
    moved.parent.mkdir()
    shutil.move(clip, moved)
    answers = iter([tmp_path, wrong, moved])
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_values: str(next(answers)))
    window = make_window()
    window.open_path(path)
    # What holds no images, and what holds others, is said, and another try is offered.
    for said in ("are not at", str(tmp_path), "has 5 frames but"):
        qtbot.waitUntil(lambda said=said: said in window.message, timeout=PATIENCE)
        assert [button.text() for button in window.workbench.messages.buttons] == ["Show folder…"]
        with (
            qtbot.waitSignal(window.message_shown, timeout=PATIENCE)
            if said != "has 5 frames but"
            else qtbot.waitSignal(window.opened, timeout=PATIENCE)
        ):
            click(qtbot, window, "Show folder…")
    settle(qtbot, window)
    document = window.workspace.document
    assert not document.clean
    assert session_of(window).sequence.sources == (str(moved),)
    document.undo()
    assert document.clean
    document.redo()
    with qtbot.waitSignal(window.saved, timeout=PATIENCE):
        window.save_session(path)
    assert load(path).sequence.sources == (str(moved),)
    window.close()
    again = make_window()
    open_path(qtbot, again, path)
    assert again.workspace.document.clean


def test_images_found_beside_the_session_are_no_change(
    qtbot: QtBot, opened: MainWindow, make_window: MakeWindow, clip: Path, tmp_path: Path
) -> None:
    saved_session(qtbot, opened, clip.parent / "walk.h5")
    opened.close()
    there = tmp_path / "copied"
    there.mkdir()
    shutil.move(clip, there / "clip")
    shutil.move(clip.parent / "walk.h5", there / "walk.h5")
    window = make_window()
    open_path(qtbot, window, there / "walk.h5")
    assert window.workspace.document.clean
    assert session_of(window).sequence.sources == (str(there / "clip"),)
    window.set_target_box((50.0, 30.0, 24.0, 32.0))
    with qtbot.waitSignal(window.saved, timeout=PATIENCE):
        window.save_session(there / "walk.h5")
    (beside,) = load(there / "walk.h5").sequence.sources_relative
    assert Path(beside) == Path("clip")


def test_autosave_saves_quietly_and_says_a_failure_once(
    qtbot: QtBot, opened: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(autosave_module, "MINUTE", 100)
    path = tmp_path / "walk.h5"
    saved_session(qtbot, opened, path)
    opened.actions_by_id["autosave_1"].trigger()
    said: list[str] = []
    opened.message_shown.connect(lambda _level, text: said.append(text))
    with qtbot.waitSignal(opened.saved, timeout=PATIENCE):
        opened.set_target_box((50.0, 30.0, 24.0, 32.0))
    assert load(path).target("1").boxes[0, 0, 0] == 50.0
    assert said == []
    assert opened.status_line.note.text() == "Saved walk.h5 by itself."

    tries: list[bool] = []

    def full(*_values: Any) -> None:
        tries.append(True)
        raise sessions.SessionError("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(sessions, "write_encoded", full)
        opened.set_target_box((60.0, 30.0, 24.0, 32.0))
        qtbot.waitUntil(lambda: len(tries) >= 3, timeout=PATIENCE)
    assert said == ["The disk is full."]
    qtbot.waitUntil(lambda: opened.workspace.document.clean, timeout=PATIENCE)
    opened.actions_by_id["autosave_off"].trigger()
    assert opened.settings.values.autosave_minutes == 0


def leave(session: AnnotationSession, changes: int) -> None:
    history = sessions.History(session)
    journal = sessions.Journal.begin(session)
    for number in range(changes):
        command = sessions.AddTarget(str(number + 1), f"Target {number + 1}", number)
        history.do(command)
        journal.append(command)
    journal.close()


def test_images_of_left_work_can_be_shown_too(
    qtbot: QtBot,
    opened: MainWindow,
    clip: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    leave(AnnotationSession(session_of(opened).sequence), 3)
    opened.commands.close_sequence()
    moved = tmp_path / "moved"
    shutil.move(clip, moved)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_values: str(moved))
    opened.actions_by_id["recover_unsaved"].trigger()
    qtbot.waitUntil(lambda: "3 changes of clip" in opened.message, timeout=PATIENCE)
    click(qtbot, opened, "Restore")
    qtbot.waitUntil(lambda: "are not at" in opened.message, timeout=PATIENCE)
    with qtbot.waitSignal(opened.opened, timeout=PATIENCE):
        click(qtbot, opened, "Show folder…")
    settle(qtbot, opened)
    assert set(session_of(opened).targets) == {"1", "2", "3"}
    assert session_of(opened).sequence.sources == (str(moved),)
    assert "Restored 3 changes of clip" in opened.message


def test_what_is_drawn_while_another_sequence_opens_is_asked_about(
    qtbot: QtBot,
    opened: MainWindow,
    make_clip: Callable[[Path, int], Path],
    tmp_path: Path,
) -> None:
    with (
        answered(opened, "Cancel") as asked,
        qtbot.waitSignal(opened.workspace.files.stayed, timeout=PATIENCE),
    ):
        opened.open_path(make_clip(tmp_path / "other", 5))
        opened.set_target_box(BOX)
    assert "changes that are not saved" in asked[0]
    assert opened.workspace.correction.target is not None
    with (
        answered(opened, "Discard") as asked,
        qtbot.waitSignal(opened.opened, timeout=PATIENCE),
    ):
        opened.open_path(tmp_path / "other")
    assert len(asked) == 1
    assert opened.workspace.correction.target is None
    assert sessions.left_behind() == ()


def test_what_is_being_saved_while_another_sequence_opens_is_not_called_unsaved(
    qtbot: QtBot,
    opened: MainWindow,
    make_clip: Callable[[Path, int], Path],
    tmp_path: Path,
) -> None:
    said: list[str] = []
    opened.message_shown.connect(lambda _level, text: said.append(text))
    with qtbot.waitSignal(opened.opened, timeout=PATIENCE):
        opened.open_path(make_clip(tmp_path / "other", 5))
        opened.set_target_box(BOX)
        # The store does one thing after the other: it comes after the opening.
        opened.save_session(tmp_path / "clip.h5")
    settle(qtbot, opened)
    assert not any("not saved" in text for text in said)
    assert any(f"Saved {tmp_path / 'clip.h5'}" in text for text in said)
    assert sessions.left_behind() == ()
    assert list(sessions.load(tmp_path / "clip.h5").targets) == ["1"]
