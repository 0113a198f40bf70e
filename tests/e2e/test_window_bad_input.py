"""Bad input in the window: one sentence, nothing lost, and the window goes on."""

from __future__ import annotations

import threading
from pathlib import Path

import h5py
import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.window.actions import Id
from app.window.main_window import MainWindow
from app.window.unexpected import UnexpectedErrors
from sessions import Source
from tests.e2e.conftest import BOX, FRAMES
from tests.e2e.driving import PATIENCE, open_path, settle, target_of


def refused(qtbot: QtBot, window: MainWindow, *paths: Path) -> str:
    """Open something that cannot be opened; return what the window says."""
    with qtbot.waitSignal(window.message_shown, timeout=PATIENCE) as shown:
        window.open_path(*paths)
    settle(qtbot, window)
    level, text = shown.args
    assert level == "error"
    assert window.message == text
    assert text.endswith(".")
    assert "Traceback" not in text
    return str(text)


@pytest.mark.parametrize("name", ["missing", "missing.h5", "missing.mp4"])
def test_no_such_path(qtbot: QtBot, window: MainWindow, tmp_path: Path, name: str) -> None:
    assert name in refused(qtbot, window, tmp_path / name)
    assert not window.workbench.frames_shown


def test_an_empty_folder(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    assert str(folder) in refused(qtbot, window, folder)


def test_a_text_file_as_video(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    for name in ("visible.mp4", "infrared.mp4"):
        (tmp_path / name).write_text("These are words, not frames.\n" * 50, encoding="ascii")
    said = refused(qtbot, window, tmp_path / "visible.mp4", tmp_path / "infrared.mp4")
    assert "visible.mp4" in said


def test_what_is_open_stays_open_when_the_next_thing_fails(
    qtbot: QtBot, opened: MainWindow, tmp_path: Path
) -> None:
    opened.set_target_box((40.0, 30.0, 24.0, 32.0))
    refused(qtbot, opened, tmp_path / "missing")
    assert opened.frame_count == FRAMES
    assert target_of(opened).source[0] == Source.MANUAL
    opened.go_to_frame(3)
    settle(qtbot, opened)
    assert opened.presenter.shown_index() == 3


def test_unequal_counts_are_said_and_shown_as_gaps(
    qtbot: QtBot, window: MainWindow, clip: Path
) -> None:
    for index in (FRAMES - 2, FRAMES - 1):
        (clip / "infrared" / f"i{index:03d}.jpg").unlink()
    open_path(qtbot, window, clip)
    assert window.workbench.messages.level == "warning"
    assert str(FRAMES) in window.message
    assert str(FRAMES - 2) in window.message
    assert window.timeline.model.gaps == {FRAMES - 2, FRAMES - 1}
    window.go_to_frame(FRAMES - 1)
    settle(qtbot, window)
    scene = window.views.panes.scene
    assert scene.tir is None
    assert scene.tir_missing
    assert scene.rgb is not None


def test_a_truncated_jpeg_is_a_gap(qtbot: QtBot, window: MainWindow, clip: Path) -> None:
    damaged = clip / "visible" / "v003.jpg"
    damaged.write_bytes(damaged.read_bytes()[:200])
    open_path(qtbot, window, clip)
    window.go_to_frame(3)
    settle(qtbot, window)
    assert window.views.panes.scene.rgb is None
    assert "v003.jpg" in window.views.panes.scene.rgb_missing
    assert 3 in window.timeline.model.gaps
    window.go_to_frame(0)
    settle(qtbot, window)
    window.set_target_box(tuple(map(float, BOX)))  # type: ignore[arg-type]
    with qtbot.waitSignal(window.run_ended, timeout=PATIENCE) as ended:
        window.track_forward()
    assert "1 frame lacks a modality" in ended.args[0]
    assert target_of(window).source[3] == Source.NONE
    assert target_of(window).source[4] == Source.TRACKED


@pytest.mark.parametrize(
    "box", [(500.0, 10.0, 20.0, 20.0), (10.0, 10.0, 0.0, 20.0), (10.0, 10.0, 5.0, -5.0)]
)
def test_a_box_outside_the_frame_or_of_no_size(
    opened: MainWindow, box: tuple[float, float, float, float]
) -> None:
    assert not opened.set_target_box(box)
    assert opened.workbench.messages.level == "warning"
    assert opened.workspace.document.clean


def test_tracking_without_a_box_says_what_to_do(opened: MainWindow) -> None:
    opened.track_forward()
    assert "draw a box" in opened.message


def test_a_model_that_is_not_there(qtbot: QtBot, opened: MainWindow, tmp_path: Path) -> None:
    opened.set_target_box(tuple(map(float, BOX)))  # type: ignore[arg-type]
    opened.commands.set_model(str(tmp_path / "gone.safetensors"))
    with qtbot.waitSignal(opened.run_ended, timeout=PATIENCE) as ended:
        opened.track_forward()
    assert "gone.safetensors" in ended.args[0]
    assert opened.actions_by_id[Id.TRACK_FORWARD].isEnabled()


def test_a_model_that_answers_without_numbers(
    qtbot: QtBot, opened: MainWindow, numberless_model: Path
) -> None:
    opened.set_target_box(tuple(map(float, BOX)))  # type: ignore[arg-type]
    opened.commands.set_model(str(numberless_model))
    with qtbot.waitSignal(opened.run_ended, timeout=PATIENCE) as ended:
        opened.track_forward()
    assert "gave no box 1 frames after its start" in ended.args[0]
    assert target_of(opened).source[1] == Source.NONE
    assert opened.actions_by_id[Id.TRACK_FORWARD].isEnabled()


def test_a_session_that_is_none(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "words.h5"
    path.write_text("not HDF5", encoding="ascii")
    assert "words.h5" in refused(qtbot, window, path)


@pytest.fixture
def saved(qtbot: QtBot, opened: MainWindow, tmp_path: Path) -> Path:
    opened.set_target_box((40.0, 30.0, 24.0, 32.0))
    path = tmp_path / "walk.h5"
    with qtbot.waitSignal(opened.saved, timeout=PATIENCE):
        opened.save_session(path)
    opened.commands.close_sequence()
    return path


def test_a_session_that_lacks_parts(qtbot: QtBot, opened: MainWindow, saved: Path) -> None:
    with h5py.File(saved, "r+") as file:
        del file["sequence"]
    assert "walk.h5" in refused(qtbot, opened, saved)


def test_a_session_of_a_newer_version(qtbot: QtBot, opened: MainWindow, saved: Path) -> None:
    with h5py.File(saved, "r+") as file:
        file.attrs["format_version"] = np.int64(99)
    said = refused(qtbot, opened, saved)
    assert "newer" in said
    assert "99" in said


def test_a_session_whose_images_have_gone_can_be_shown_where_they_are(
    qtbot: QtBot, opened: MainWindow, saved: Path, clip: Path
) -> None:
    moved = clip.with_name("elsewhere")
    clip.rename(moved)
    said = refused(qtbot, opened, saved)
    assert "walk.h5" in said
    with qtbot.waitSignal(opened.opened, timeout=PATIENCE):
        opened.commands.open_paths((saved,), relink=(moved,))
    assert target_of(opened).source[0] == Source.MANUAL


def test_a_read_only_folder_loses_nothing(
    qtbot: QtBot, opened: MainWindow, read_only_folder: Path
) -> None:
    opened.set_target_box((40.0, 30.0, 24.0, 32.0))
    with qtbot.waitSignal(opened.message_shown, timeout=PATIENCE) as shown:
        opened.save_session(read_only_folder / "walk.h5")
    assert shown.args[0] == "error"
    assert "walk.h5" in shown.args[1]
    settle(qtbot, opened)
    assert not opened.workspace.document.clean
    assert target_of(opened).source[0] == Source.MANUAL


def test_an_error_nobody_thought_of_is_said_in_the_window(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    errors = UnexpectedErrors(tmp_path / "errors.log", window)
    errors.happened.connect(window.show_error)
    thread = threading.Thread(target=lambda: errors(ValueError, ValueError("odd"), None))
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: "ValueError" in window.message)
    assert window.workbench.messages.level == "error"
