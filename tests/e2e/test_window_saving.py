"""Saving by keys, one upon the other, while closing, and where it fails: nothing is lost."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

import sessions
from app.window.main_window import MainWindow
from sessions import SessionError, load, lock
from tests.e2e.driving import PATIENCE, answered, open_path, press, session_of, settle

Patch = pytest.MonkeyPatch


def move_box(window: MainWindow, x: float) -> None:
    assert window.set_target_box((x, 30.0, 24.0, 32.0))


def x_in(path: Path) -> float:
    (target,) = load(path).targets.values()
    return float(target.boxes[0, 0, 0])


def facts(window: MainWindow) -> str:
    return window.status_line._labels["saved"].text()


@pytest.fixture
def saved(qtbot: QtBot, opened: MainWindow, tmp_path: Path) -> Path:
    """A session in a file."""
    path = tmp_path / "walk.h5"
    move_box(opened, 10.0)
    with qtbot.waitSignal(opened.saved, timeout=PATIENCE):
        opened.save_session(path)
    settle(qtbot, opened)
    return path


class SlowDisk:
    """Writes when it is let; fails as often as `failing` says."""

    def __init__(self, patch: Patch) -> None:
        self.gate = threading.Event()
        self.begun = threading.Event()
        self.failing = 0
        self.places: list[str] = []
        self._write: Callable[..., Any] = sessions.write_encoded
        patch.setattr(sessions, "write_encoded", self)

    def __call__(self, encoded: Any, known: Any) -> Any:
        self.begun.set()
        assert self.gate.wait(30)
        self.places.append(encoded.path.name)
        if self.failing:
            self.failing -= 1
            raise SessionError("The disk is full; make room.")
        return self._write(encoded, known)

    def soon(self) -> None:
        threading.Timer(0.3, self.gate.set).start()


@pytest.fixture
def disk(saved: Path, monkeypatch: Patch) -> SlowDisk:  # noqa: ARG001 - slow only from then on
    return SlowDisk(monkeypatch)


def test_what_is_being_saved_is_not_asked_about(
    qtbot: QtBot, opened: MainWindow, saved: Path, disk: SlowDisk
) -> None:
    move_box(opened, 20.0)
    press(qtbot, opened, "Ctrl+S")
    disk.soon()
    with answered(opened, "Cancel") as asked:
        press(qtbot, opened, "Ctrl+Q")
    assert asked == []
    assert not opened.isVisible()
    assert x_in(saved) == 20.0
    assert sorted(os.listdir(saved.parent / "settings")) == ["settings.json"]
    assert not lock.lock_path(saved).exists()


def test_a_save_that_fails_while_the_window_closes_is_asked_about(
    qtbot: QtBot, opened: MainWindow, saved: Path, disk: SlowDisk
) -> None:
    disk.failing = 1
    move_box(opened, 20.0)
    press(qtbot, opened, "Ctrl+S")
    disk.soon()
    with answered(opened, "Cancel") as asked:
        press(qtbot, opened, "Ctrl+Q")
    assert len(asked) == 1
    assert opened.isVisible()
    assert "The disk is full" in opened.message
    assert x_in(saved) == 10.0
    # The answer Save saves, and then the window closes.
    with answered(opened, "Save") as asked:
        press(qtbot, opened, "Ctrl+Q")
    assert len(asked) == 1
    assert not opened.isVisible()
    assert x_in(saved) == 20.0


def test_what_came_while_it_was_saved_is_asked_about(
    qtbot: QtBot, opened: MainWindow, saved: Path, disk: SlowDisk
) -> None:
    move_box(opened, 20.0)
    press(qtbot, opened, "Ctrl+S")
    move_box(opened, 30.0)
    disk.soon()
    with answered(opened, "Cancel") as asked:
        press(qtbot, opened, "Ctrl+Q")
    assert len(asked) == 1
    assert opened.isVisible()
    assert x_in(saved) == 20.0
    assert facts(opened) == "Unsaved changes"


def test_saved_is_said_only_when_it_is_so(
    qtbot: QtBot, opened: MainWindow, saved: Path, disk: SlowDisk
) -> None:
    assert facts(opened) == "Saved in walk.h5"
    move_box(opened, 20.0)
    assert facts(opened) == "Unsaved changes"
    opened.workbench.messages.clear()
    press(qtbot, opened, "Ctrl+S")
    assert facts(opened) == "Saving…"
    assert opened.message == ""
    assert disk.begun.wait(10)
    # The window goes on meanwhile.
    opened.go_to_frame(3)
    qtbot.waitUntil(lambda: opened.presenter.shown_index() == 3, timeout=PATIENCE)
    assert facts(opened) == "Saving…"
    disk.gate.set()
    settle(qtbot, opened)
    assert facts(opened) == "Saved in walk.h5"
    assert opened.message == f"Saved {saved}."


def test_two_saves_one_upon_the_other_leave_the_newer(
    qtbot: QtBot, opened: MainWindow, saved: Path, disk: SlowDisk
) -> None:
    for x in (20.0, 30.0):
        move_box(opened, x)
        press(qtbot, opened, "Ctrl+S")
    disk.gate.set()
    settle(qtbot, opened)
    assert disk.places == ["walk.h5"] * 2
    assert x_in(saved) == 30.0
    assert opened.workspace.document.clean
    opened.workspace.document.undo()
    assert not opened.workspace.document.clean


@pytest.mark.parametrize(("failing", "left"), [(1, 30.0), (2, 10.0)])
def test_of_two_saves_either_may_fail(
    qtbot: QtBot, opened: MainWindow, saved: Path, disk: SlowDisk, failing: int, left: float
) -> None:
    disk.failing = failing
    errors: list[str] = []
    opened.message_shown.connect(
        lambda level, text: errors.append(text) if level == "error" else None
    )
    for x in (20.0, 30.0):
        move_box(opened, x)
        press(qtbot, opened, "Ctrl+S")
    disk.gate.set()
    settle(qtbot, opened)
    assert len(errors) == failing
    assert x_in(saved) == left
    assert opened.workspace.document.clean == (left == 30.0)


def choose_name(patch: Patch, path: Path) -> list[str]:
    suggested: list[str] = []

    def chosen(_parent: Any, _title: str, name: str, _kinds: str) -> tuple[str, str]:
        suggested.append(name)
        return str(path), ""

    patch.setattr(QFileDialog, "getSaveFileName", chosen)
    return suggested


def test_saving_goes_where_a_save_under_another_name_is_on_its_way(
    qtbot: QtBot, opened: MainWindow, saved: Path, disk: SlowDisk, monkeypatch: Patch
) -> None:
    other = saved.with_name("other.h5")
    choose_name(monkeypatch, other)
    move_box(opened, 20.0)
    press(qtbot, opened, "Ctrl+S")
    move_box(opened, 30.0)
    press(qtbot, opened, "Ctrl+Shift+S")
    move_box(opened, 40.0)
    press(qtbot, opened, "Ctrl+S")
    disk.gate.set()
    settle(qtbot, opened)
    assert disk.places == ["walk.h5", "other.h5", "other.h5"]
    assert (x_in(saved), x_in(other)) == (20.0, 40.0)
    assert opened.workspace.document.path == other
    assert opened.workspace.document.clean
    # The lock has moved with it.
    assert lock.lock_path(other).exists()
    assert not lock.lock_path(saved).exists()


def test_another_name_that_fails_leaves_the_session_where_it_was(
    qtbot: QtBot, opened: MainWindow, saved: Path, disk: SlowDisk, monkeypatch: Patch
) -> None:
    other = saved.with_name("other.h5")
    choose_name(monkeypatch, other)
    move_box(opened, 20.0)
    disk.failing = 1
    press(qtbot, opened, "Ctrl+Shift+S")
    disk.gate.set()
    settle(qtbot, opened)
    assert opened.workspace.document.path == saved
    assert facts(opened) == "Unsaved changes"
    assert sorted(each.name for each in saved.parent.glob(".*.lock")) == [".walk.h5.lock"]
    press(qtbot, opened, "Ctrl+S")
    settle(qtbot, opened)
    assert x_in(saved) == 20.0


def test_what_is_opened_while_a_save_is_under_way_waits_for_it(
    qtbot: QtBot,
    opened: MainWindow,
    saved: Path,
    disk: SlowDisk,
    make_clip: Callable[[Path, int], Path],
    tmp_path: Path,
) -> None:
    move_box(opened, 20.0)
    press(qtbot, opened, "Ctrl+S")
    disk.soon()
    with answered(opened, "Cancel") as asked:
        open_path(qtbot, opened, make_clip(tmp_path / "other", 5))
    assert asked == []
    assert session_of(opened).sequence.name == "other"
    assert x_in(saved) == 20.0
    assert not lock.lock_path(saved).exists()


def test_a_vanished_folder_costs_nothing(
    qtbot: QtBot, opened: MainWindow, saved: Path, clip: Path, monkeypatch: Patch
) -> None:
    there = saved.parent / "share"
    there.mkdir()
    path = there / "walk.h5"
    choose_name(monkeypatch, path)
    press(qtbot, opened, "Ctrl+Shift+S")
    settle(qtbot, opened)
    shutil.move(there, saved.parent / "away")
    move_box(opened, 20.0)
    press(qtbot, opened, "Ctrl+S")
    settle(qtbot, opened)
    assert str(path) in opened.message
    assert "the folder does not exist (any more)" in opened.message
    assert facts(opened) == "Unsaved changes"
    assert clip.is_dir()
    shutil.move(saved.parent / "away", there)
    press(qtbot, opened, "Ctrl+S")
    settle(qtbot, opened)
    assert x_in(path) == 20.0
    assert facts(opened) == "Saved in walk.h5"


def test_a_write_protected_session_opens_as_any_other_and_says_why_it_is_not_saved(
    qtbot: QtBot, opened: MainWindow, saved: Path, monkeypatch: Patch
) -> None:
    saved.chmod(0o444)
    real = os.access

    def access(path: Any, mode: int, **more: Any) -> bool:
        # The account of the tests may write everywhere.
        return real(path, mode, **more) and not (Path(path) == saved and mode & os.W_OK)

    monkeypatch.setattr(os, "access", access)
    open_path(qtbot, opened, saved)
    assert opened.workspace.document.read_only == ""
    move_box(opened, 20.0)
    press(qtbot, opened, "Ctrl+S")
    settle(qtbot, opened)
    assert "writing there is not permitted; what was there is unchanged" in opened.message
    assert facts(opened) == "Unsaved changes"
    assert x_in(saved) == 10.0
    copy = saved.with_name("copy.h5")
    choose_name(monkeypatch, copy)
    press(qtbot, opened, "Ctrl+Shift+S")
    settle(qtbot, opened)
    assert x_in(copy) == 20.0


def leave_change(path: Path) -> sessions.LeftBehind:
    """Leave a change of a session behind, as a program that was killed does."""
    session = sessions.load(path)
    command = sessions.RenameTarget("1", "left")
    journal = sessions.Journal.begin(session, path)
    sessions.History(session).do(command)
    journal.append(command)
    journal.close()
    (left,) = sessions.left_behind_by(path)
    return left


def test_what_was_left_is_not_put_upon_what_is_saved_meanwhile(
    qtbot: QtBot, opened: MainWindow, saved: Path, monkeypatch: Patch
) -> None:
    left = leave_change(saved)
    with qtbot.waitSignal(opened.opened, timeout=PATIENCE):
        opened.workspace.files.restore(left, look=False)
        # The store does one thing after the other: this is written after the other was read.
        move_box(opened, 20.0)
        opened.save_session(saved)
    settle(qtbot, opened)
    assert session_of(opened).target("1").name == "left"
    # The file has what was saved; what was restored stands on what was there before.
    assert x_in(saved) == 20.0
    assert opened.workspace.document.path is None
    assert not opened.workspace.files.saving.saving
    monkeypatch.setattr(sessions.open_journals, "_OPEN", set())
    (again,) = sessions.left_behind_by(saved)
    restored = sessions.restore(again)
    assert restored.session.target("1").name == "left"
    assert "was saved again meanwhile" in restored.problem


def test_what_is_opened_again_while_it_is_saved_is_what_was_saved(
    qtbot: QtBot, opened: MainWindow, saved: Path
) -> None:
    with qtbot.waitSignal(opened.opened, timeout=PATIENCE):
        opened.open_path(saved)
        move_box(opened, 20.0)
        opened.save_session(saved)
    settle(qtbot, opened)
    assert session_of(opened).target("1").boxes[0, 0, 0] == 20.0
    assert opened.workspace.document.path == saved
    move_box(opened, 30.0)
    with qtbot.waitSignal(opened.saved, timeout=PATIENCE):
        opened.save_session(saved)
    assert x_in(saved) == 30.0


def test_what_is_opened_at_once_after_a_save_to_another_name_is_that(
    qtbot: QtBot, opened: MainWindow, saved: Path, disk: SlowDisk
) -> None:
    other = saved.with_name("other.h5")
    move_box(opened, 20.0)
    opened.save_session(other)
    opened.open_path(other)
    with qtbot.waitSignal(opened.opened, timeout=PATIENCE):
        disk.soon()
    settle(qtbot, opened)
    # Not one to be looked at only, which this very window would keep from itself.
    assert opened.workspace.document.read_only == ""
    assert opened.workspace.document.path == other
    move_box(opened, 30.0)
    with qtbot.waitSignal(opened.saved, timeout=PATIENCE):
        opened.save_session(other)
    assert (x_in(other), x_in(saved)) == (30.0, 10.0)


def test_what_is_saved_to_what_is_just_being_opened_is_what_is_opened(
    qtbot: QtBot, opened: MainWindow, saved: Path
) -> None:
    other = saved.with_name("other.h5")
    shutil.copy(saved, other)
    move_box(opened, 20.0)
    with answered(opened, "Cancel") as asked, qtbot.waitSignal(opened.opened, timeout=PATIENCE):
        opened.open_path(other)
        opened.save_session(other)
    settle(qtbot, opened)
    assert asked == []
    assert opened.message == ""
    assert opened.workspace.document.read_only == ""
    assert opened.workspace.document.path == other
    assert session_of(opened).target("1").boxes[0, 0, 0] == 20.0
    move_box(opened, 30.0)
    with qtbot.waitSignal(opened.saved, timeout=PATIENCE):
        opened.save_session(other)
    assert (x_in(other), x_in(saved)) == (30.0, 10.0)


def test_a_save_that_cannot_be_noted_keeps_no_other_from_being_saved(
    qtbot: QtBot, opened: MainWindow, saved: Path, monkeypatch: Patch
) -> None:
    def broken(*_values: object) -> None:
        raise RuntimeError("nobody expected this")

    move_box(opened, 20.0)
    with monkeypatch.context() as patched, qtbot.captureExceptions() as raised:
        patched.setattr(opened.workspace.document, "mark_saved", broken)
        opened.save_session(saved)
        qtbot.waitUntil(lambda: bool(raised), timeout=PATIENCE)
    assert x_in(saved) == 20.0
    assert not opened.workspace.document.clean
    with qtbot.waitSignal(opened.saved, timeout=PATIENCE):
        opened.save_session(saved)
    settle(qtbot, opened)
    assert opened.workspace.document.clean
