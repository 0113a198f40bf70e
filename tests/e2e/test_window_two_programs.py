"""Two programs at one session: one works, the other looks or works on a copy; nobody loses."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QTreeWidgetItem
from pytestqt.qtbot import QtBot

from app.cli import entry as cli
from app.window.actions import ACTIONS, Id
from app.window.commands import history
from app.window.main_window import MainWindow
from sessions import HeldFile, History, RenameTarget, SessionLockedError, load, lock, save
from tests.e2e.driving import (
    PATIENCE,
    MakeWindow,
    another_program,
    answered,
    drag,
    open_path,
    press,
    session_of,
    settle,
    target_of,
)

Patch = pytest.MonkeyPatch


@pytest.fixture
def path(clip: Path, tmp_path: Path) -> Path:
    place = tmp_path / "walk.h5"
    form = ["--form", "boxes", "--out", str(place), "--target", "Walker"]
    assert cli.run(["import", str(clip), str(clip / "visible.txt"), *form]) == 0
    return place


@pytest.fixture
def other(path: Path) -> Iterator[subprocess.Popen[str]]:
    with another_program(path) as process:
        yield process


def state_of(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in sorted(folder.iterdir()) if each.is_file()}


def shown(window: MainWindow) -> tuple[str, str]:
    return window.windowTitle(), window.status_line._labels["saved"].text()


def is_free(path: Path) -> bool:
    try:
        HeldFile.take(path).release()
    except SessionLockedError:
        return False
    return True


def boxes_of(window: MainWindow) -> list[Any]:
    return [each.boxes.tolist() for each in session_of(window).targets.values()]


def name_in_list(window: MainWindow) -> QTreeWidgetItem:
    item = window.views.targets._tree.topLevelItem(0)
    assert item is not None
    return item


def click(qtbot: QtBot, window: MainWindow, text: str) -> None:
    (button,) = (each for each in window.workbench.messages.buttons if each.text() == text)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def choose_name(patch: Patch, path: Path | None = None) -> list[str]:
    """Answer the dialog with `path`, or with what it suggests."""
    suggested: list[str] = []

    def chosen(_parent: Any, _title: str, name: str, _kinds: str) -> tuple[str, str]:
        suggested.append(name)
        return str(path or name), ""

    patch.setattr(QFileDialog, "getSaveFileName", chosen)
    return suggested


# --- looking


def test_what_another_program_holds_is_looked_at(
    qtbot: QtBot, window: MainWindow, path: Path, other: subprocess.Popen[str]
) -> None:
    before = state_of(path.parent)
    open_path(qtbot, window, path)
    assert window.message.startswith(
        f"walk.h5 is open in another CKD Studio (process {other.pid} on "
    )
    assert window.message.endswith(
        "), so it can only be looked at here; work on a copy to change it."
    )
    assert [each.text() for each in window.workbench.messages.buttons] == [
        "Work on a copy", "Open again",
    ]  # fmt: skip
    assert shown(window) == ("clip – walk.h5 (looking only)[*] – CKD Studio", "Looking only")
    press(qtbot, window, "End")
    settle(qtbot, window)
    assert window.frame_index == window.frame_count - 1
    assert window.close()
    assert state_of(path.parent) == before


def test_nothing_changes_what_is_looked_at(
    qtbot: QtBot, window: MainWindow, path: Path, other: subprocess.Popen[str]
) -> None:
    assert other.poll() is None
    before = state_of(path.parent)
    open_path(qtbot, window, path)
    why, boxes = window.workspace.document.read_only, boxes_of(window)
    for row in ACTIONS:
        action = window.actions_by_id[row.id]
        if row.changes:
            assert not action.isEnabled(), row.id
            assert action.toolTip() == why
    assert sum(row.changes for row in ACTIONS) >= 15
    # Ways that are no actions: the mouse, the arrows, the list, programs that drive the window.
    attempts: list[Callable[[], object]] = [
        lambda: drag(qtbot, window.views.panes.rgb, (50, 40), (80, 60)),
        lambda: qtbot.keyClick(window.views.panes.rgb, Qt.Key.Key_Right),
        lambda: name_in_list(window).setText(0, "Runner"),
        lambda: window.set_target_box((1.0, 1.0, 9.0, 9.0)),
        lambda: window.add_target("More"),
        window.track_forward,
        lambda: history.undo(window),
        lambda: window.save_session(path),
        lambda: window.save_session(path.with_name("elsewhere.h5")),
        lambda: press(qtbot, window, "Ctrl+S"),
    ]
    for attempt in attempts:
        window.workbench.messages.clear()
        attempt()
        settle(qtbot, window)
        assert window.message == why
        assert boxes_of(window) == boxes
        assert target_of(window).name == name_in_list(window).text(0) == "Walker"
    assert window.workspace.document.clean
    assert state_of(path.parent) == before
    assert window.workbench.messages.buttons[0].text() == "Work on a copy"


def test_a_copy_is_worked_on(
    qtbot: QtBot,
    window: MainWindow,
    path: Path,
    other: subprocess.Popen[str],
    monkeypatch: Patch,
) -> None:
    assert other.poll() is None
    before = path.read_bytes()
    open_path(qtbot, window, path)
    click(qtbot, window, "Work on a copy")
    settle(qtbot, window)
    assert shown(window) == ("clip[*] – CKD Studio", "Not saved yet")
    assert window.isWindowModified()
    assert window.message == (
        "You work on a copy now, which is not saved yet; Save suggests walk copy.h5."
    )
    assert window.actions_by_id[Id.TRACK_FORWARD].isEnabled()
    assert "walk.h5 is open" not in window.actions_by_id[Id.TRACK_FORWARD].toolTip()
    assert window.set_target_box((1.0, 1.0, 9.0, 9.0))
    with answered(window, "Cancel") as asked:
        press(qtbot, window, "Ctrl+Q")
    assert len(asked) == 1
    suggested = choose_name(monkeypatch)
    press(qtbot, window, "Ctrl+S")
    settle(qtbot, window)
    copy = path.with_name("walk copy.h5")
    assert suggested == [str(copy)]
    assert load(copy).target(target_of(window).id).boxes[0, 0].tolist() == [1, 1, 9, 9]
    assert path.read_bytes() == before
    assert not is_free(copy)
    assert shown(window)[1] == "Saved in walk copy.h5"


def test_saving_what_is_looked_at_under_another_name_makes_a_copy(
    qtbot: QtBot,
    window: MainWindow,
    path: Path,
    other: subprocess.Popen[str],
    monkeypatch: Patch,
) -> None:
    assert other.poll() is None
    open_path(qtbot, window, path)
    copy = path.with_name("mine.h5")
    choose_name(monkeypatch, copy)
    press(qtbot, window, "Ctrl+Shift+S")
    settle(qtbot, window)
    assert load(copy).targets
    assert window.workspace.document.path == copy
    assert window.set_target_box((1.0, 1.0, 9.0, 9.0))
    # Over the file that the other holds it is refused, and the copy stays where it is.
    choose_name(monkeypatch, path)
    press(qtbot, window, "Ctrl+Shift+S")
    settle(qtbot, window)
    assert "close it there, or save under another name" in window.message
    assert window.workspace.document.path == copy


def test_when_the_other_has_ended_it_is_opened_again(
    qtbot: QtBot, window: MainWindow, path: Path, other: subprocess.Popen[str]
) -> None:
    open_path(qtbot, window, path)
    click(qtbot, window, "Open again")
    settle(qtbot, window)
    assert window.workspace.document.read_only
    other.kill()
    other.wait()
    with qtbot.waitSignal(window.opened, timeout=PATIENCE):
        click(qtbot, window, "Open again")
    settle(qtbot, window)
    assert window.workspace.document.read_only == ""
    assert window.message.startswith(
        f"walk.h5 was left open by a CKD Studio that runs no more (process {other.pid} on "
    )
    assert window.workbench.messages.level == "info"
    # Reopened by the same window, there is nothing to say.
    open_path(qtbot, window, path)
    assert "left open" not in window.message
    assert window.set_target_box((1.0, 1.0, 9.0, 9.0))


def test_two_windows_of_one_program(qtbot: QtBot, make_window: MakeWindow, path: Path) -> None:
    one, two = make_window(), make_window()
    open_path(qtbot, one, path)
    open_path(qtbot, two, path)
    assert one.workspace.document.read_only == ""
    assert two.message.startswith("walk.h5 is open in this CKD Studio, since ")
    one.commands.close_sequence()
    settle(qtbot, one)
    open_path(qtbot, two, path)
    assert two.workspace.document.read_only == ""


# --- taking and giving back


def _close(window: MainWindow) -> None:
    window.commands.close_sequence()


def _quit(window: MainWindow) -> None:
    assert window.close()


@pytest.mark.parametrize("end", [_close, _quit])
def test_the_file_is_held_until_it_is_closed(
    qtbot: QtBot, window: MainWindow, path: Path, end: Callable[[MainWindow], None]
) -> None:
    names = sorted(os.listdir(path.parent))
    open_path(qtbot, window, path)
    assert not is_free(path)
    end(window)
    assert is_free(path)
    assert sorted({*os.listdir(path.parent)} - {"settings"}) == sorted({*names} - {"settings"})


def test_what_cannot_be_opened_is_not_held(
    qtbot: QtBot, window: MainWindow, path: Path, clip: Path
) -> None:
    shutil.rmtree(clip)
    with qtbot.waitSignal(window.message_shown, timeout=PATIENCE):
        window.open_path(path)
    settle(qtbot, window)
    assert is_free(path)
    broken = path.with_name("broken.h5")
    broken.write_bytes(path.read_bytes()[:900])
    with qtbot.waitSignal(window.message_shown, timeout=PATIENCE):
        window.open_path(broken)
    settle(qtbot, window)
    assert is_free(broken)
    assert not list(path.parent.glob(".*.lock"))


def test_what_fails_to_open_leaves_the_open_one_held(
    qtbot: QtBot, window: MainWindow, path: Path
) -> None:
    open_path(qtbot, window, path)
    with qtbot.waitSignal(window.message_shown, timeout=PATIENCE):
        window.open_path(path.with_name("nothing.h5"))
    settle(qtbot, window)
    assert not is_free(path)
    open_path(qtbot, window, path)
    assert window.workspace.document.read_only == ""
    assert not is_free(path)


def test_a_read_only_place_opens_as_any_other(
    qtbot: QtBot, window: MainWindow, path: Path, monkeypatch: Patch
) -> None:
    def read_only(*_: Any) -> None:
        raise OSError(30, "read-only")

    monkeypatch.setattr(lock, "_write_new", read_only)
    open_path(qtbot, window, path)
    assert window.workspace.document.read_only == ""
    assert window.set_target_box((1.0, 1.0, 9.0, 9.0))


# --- a file that another program has written


def saved_by_another(path: Path, name: str = "Theirs") -> bytes:
    """As where locks do not reach: another computer of a network folder."""
    session = load(path)
    History(session).do(RenameTarget(next(iter(session.targets)), name))
    beside = path.with_name("beside.h5")
    save(session, beside)
    beside.replace(path)
    return path.read_bytes()


@pytest.fixture
def changed(qtbot: QtBot, window: MainWindow, path: Path) -> bytes:
    open_path(qtbot, window, path)
    theirs = saved_by_another(path)
    assert window.set_target_box((1.0, 1.0, 9.0, 9.0))
    return theirs


def test_a_changed_file_is_left_when_the_person_says_so(
    qtbot: QtBot, window: MainWindow, path: Path, changed: bytes
) -> None:
    with answered(window, "Cancel") as asked:
        press(qtbot, window, "Ctrl+S")
        settle(qtbot, window)
    assert len(asked) == 1
    assert asked[0].startswith("walk.h5 was changed by another program.")
    assert path.read_bytes() == changed
    assert shown(window)[1] == "Unsaved changes"
    assert "was changed by another program" in window.message


def test_a_changed_file_is_replaced_when_the_person_says_so(
    qtbot: QtBot, window: MainWindow, path: Path, changed: bytes
) -> None:
    with answered(window, "Replace it"):
        press(qtbot, window, "Ctrl+S")
        qtbot.waitUntil(lambda: window.workspace.document.clean, timeout=PATIENCE)
    assert path.read_bytes() != changed
    assert load(path).target(target_of(window).id).boxes[0, 0].tolist() == [1, 1, 9, 9]
    assert window.set_target_box((2.0, 2.0, 9.0, 9.0))
    with answered(window, "Cancel") as asked:
        press(qtbot, window, "Ctrl+S")
        settle(qtbot, window)
    assert asked == []


def test_a_changed_file_stays_beside_the_copy(
    qtbot: QtBot, window: MainWindow, path: Path, changed: bytes, monkeypatch: Patch
) -> None:
    suggested = choose_name(monkeypatch)
    with answered(window, "Save as a copy…"):
        press(qtbot, window, "Ctrl+S")
        qtbot.waitUntil(lambda: window.workspace.document.clean, timeout=PATIENCE)
    copy = path.with_name("walk copy.h5")
    assert suggested == [str(copy)]
    assert path.read_bytes() == changed
    assert load(copy).target(target_of(window).id).name == "Walker"
    assert window.workspace.document.path == copy
    assert is_free(path)


def test_a_window_that_closes_asks_about_a_changed_file_too(
    qtbot: QtBot, window: MainWindow, path: Path, changed: bytes
) -> None:
    press(qtbot, window, "Ctrl+S")
    settle(qtbot, window)
    # Nobody answers a program that drives the window: it is said, and nothing written.
    assert "was changed by another program" in window.message
    assert path.read_bytes() == changed
    with answered(window, "Cancel"):
        assert not window.close()
    assert path.read_bytes() == changed


def test_looking_again_makes_the_change_known(
    qtbot: QtBot, window: MainWindow, path: Path, changed: bytes
) -> None:
    assert changed
    open_path(qtbot, window, path)
    assert target_of(window).name == "Theirs"
    assert window.set_target_box((1.0, 1.0, 9.0, 9.0))
    with qtbot.waitSignal(window.saved, timeout=PATIENCE):
        press(qtbot, window, "Ctrl+S")
    assert load(path).target(target_of(window).id).name == "Theirs"


# --- the program itself


@pytest.mark.slow
def test_a_killed_window_keeps_nobody_out_and_one_that_is_interrupted_gives_free(
    path: Path, tmp_path: Path
) -> None:
    program = [sys.executable, "-m", "app", str(path)]
    for end, left in ((signal.SIGINT, False), (signal.SIGKILL, True)):
        with subprocess.Popen(program, cwd=tmp_path, stderr=subprocess.PIPE) as process:
            deadline = time.monotonic() + 120
            while not lock.lock_path(path).exists():
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
            assert not is_free(path)
            # Qt's loop must run before it can be asked to end.
            time.sleep(3)
            process.send_signal(end)
            process.communicate(timeout=60)
        assert lock.lock_path(path).exists() == left
        assert is_free(path)
