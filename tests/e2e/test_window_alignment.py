"""Cameras that are not aligned are brought together in the window, by hand and by guesses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.state.demo_clip import demo_sequence
from app.views.aligning.dialog import AlignDialog
from app.window.actions.ids import Id
from app.window.commands.aligning import apply_alignment
from app.window.main_window import MainWindow
from sessions import load, read_alignment
from tests.e2e.driving import PATIENCE, answered, open_path, press, session_of, settle
from tracker_core.imaging import cv2, write_image
from tracker_core.registration.guess import Guess
from tracker_core.registration.pixels import centres
from tracker_core.sequences import open_sequence

SIZE = (320, 240)
FRAMES, SHIFT = 46, 7
SPOTS = ((30.0, 30.0), (290.0, 40.0), (280.0, 210.0), (40.0, 200.0), (150.0, 120.0), (210.0, 165.0))


def truth() -> NDArray[np.float64]:
    """From where thermal is registered to where this camera has it: turned, scaled, moved."""
    upper: Any = cv2.getRotationMatrix2D((160, 120), 6, 1.07)
    matrix = np.vstack([upper, [0, 0, 1]])
    matrix[:2, 2] += 7, -5
    return np.asarray(matrix, np.float64)


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A part of the demo, its thermal frames 7 later and not where they belong."""
    root = tmp_path_factory.mktemp("clips") / "street"
    (root / "visible").mkdir(parents=True)
    (root / "infrared").mkdir()
    with open_sequence(demo_sequence()) as demo:
        for k in range(FRAMES + SHIFT):
            frame = demo.frame(60 + k)
            assert frame.rgb is not None
            assert frame.tir is not None
            rgb, tir = (cv2.resize(each, SIZE) for each in (frame.rgb, frame.tir))
            if k >= SHIFT:
                write_image(root / "visible" / f"v{k - SHIFT:03d}.png", rgb)
            if k < FRAMES:
                moved = cv2.warpPerspective(tir, centres(truth()), SIZE)
                write_image(root / "infrared" / f"i{k:03d}.png", moved)
    return root


def in_dialog(window: MainWindow, act: Callable[[AlignDialog], None]) -> None:
    """Wait for the dialog and act on it; what goes wrong in it fails the test."""
    wrong: list[BaseException] = []

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, AlignDialog):
            QTimer.singleShot(20, window, look)
            return
        try:
            act(dialog)
        except BaseException as error:  # noqa: BLE001 - Qt would swallow it and wait for ever
            wrong.append(error)
            dialog.reject()

    QTimer.singleShot(0, window, look)
    press_align(window)
    if wrong:
        raise wrong[0]


def press_align(window: MainWindow) -> None:
    window.actions_by_id[Id.ALIGN_CAMERAS].trigger()


def until(done: Callable[[], bool]) -> None:
    for _ in range(PATIENCE // 20):
        # A loop of its own lets other threads of Python compute meanwhile, as the window's does;
        # `QTest.qWait` holds the interpreter and leaves them almost nothing.
        loop = QEventLoop()
        QTimer.singleShot(20, loop.quit)
        loop.exec()
        if done():
            return
    raise AssertionError("It never came.")


def click_pairs(dialog: AlignDialog) -> None:
    for x, y in SPOTS:
        u, v, _ = truth() @ [x, y, 1]
        for view, point in ((dialog.ui.rgb, (x, y)), (dialog.ui.tir, (float(u), float(v)))):
            place = view.to_view(point).toPoint()
            QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=place)


def farthest(matrix: NDArray[np.float64]) -> float:
    """How far any place of the picture is from where it belongs, by a map of thermal to RGB."""
    corners = np.array([[0.0, 0, 1], [320, 0, 1], [320, 240, 1], [0, 240, 1]]).T
    there = matrix @ truth() @ corners
    return float(np.linalg.norm(there[:2] / there[2] - corners[:2], axis=0).max())


def shifted(window: MainWindow, index: int) -> NDArray[Any]:
    source = window.workspace.source
    assert source is not None
    frame = source.frame(index)
    assert frame.tir is not None
    return np.asarray(frame.tir, np.float64)


def test_two_cameras_are_brought_together(
    qtbot: QtBot, window: MainWindow, street: Path, tmp_path: Path
) -> None:
    open_path(qtbot, window, street)
    assert window.set_target_box((150.0, 100.0, 30.0, 45.0))
    before = shifted(window, 3)

    def align(dialog: AlignDialog) -> None:
        until(lambda: not dialog._client.pending)
        dialog.ui.motion.click()
        until(dialog.ui.motion.isEnabled)
        assert dialog.ui.offset.value() == SHIFT
        until(lambda: not dialog._client.pending)
        dialog.ui.guess.click()
        until(dialog.ui.guess.isEnabled)
        assert farthest(dialog.draft.fitted().matrix) < 4
        click_pairs(dialog)
        assert "6 pairs" in dialog.ui.words.text()
        assert dialog.ui.pairs.rowCount() == 6
        assert dialog.ui.pairs.item(5, 1).text().endswith(" px")
        # A nudge and back, by key; then the blend shows both.
        dialog.ui.rgb.setFocus()
        QTest.keyClick(dialog.ui.rgb, Qt.Key.Key_Right)
        QTest.keyClick(dialog.ui.rgb, Qt.Key.Key_Left)
        dialog.ui.blend.setChecked(True)
        assert not dialog.ui.tir.isVisible()
        # An offset that nothing is left of is said where the pairs still are.
        dialog.ui.offset.setValue(FRAMES)
        dialog.ui.apply.click()
        assert "no frame has both cameras" in dialog.ui.words.text()
        assert dialog.isVisible()
        dialog.ui.offset.setValue(SHIFT)
        dialog.save(tmp_path / "rig.json")
        QTest.keyClick(dialog, Qt.Key.Key_Return)

    in_dialog(window, align)
    settle(qtbot, window)
    session = session_of(window)
    assert session.alignment.time_offset == SHIFT
    assert farthest(session.alignment.matrix) < 1
    assert len(session.alignment.points) == 6
    assert "6 pairs of points, thermal frames 7 later" in window.message
    # Pictures, gaps and boxes are those of the alignment.
    with open_sequence(demo_sequence()) as demo:
        registered: Any = cv2.resize(demo.frame(60 + SHIFT + 3).tir, SIZE)
    inside = (slice(40, 200), slice(50, 270))
    assert np.abs(shifted(window, 3)[inside] - registered[inside]).mean() < 4
    assert {FRAMES - 1, FRAMES - SHIFT} <= window.workspace.gaps
    boxes = session.target("1").boxes[0]
    assert boxes[1] == pytest.approx(session.alignment.boxes_to_tir(boxes[0]))
    # As one step, which goes back and forth.
    press(qtbot, window, "Ctrl+Z")
    settle(qtbot, window)
    assert np.array_equal(shifted(window, 3), before)
    assert not window.workspace.gaps
    assert session.target("1").boxes[0, 1] == pytest.approx([150, 100, 30, 45])
    press(qtbot, window, "Ctrl+Shift+Z")
    settle(qtbot, window)
    aligned = shifted(window, 3)
    # In a file for other sessions of this rig, and in the session.
    assert read_alignment(tmp_path / "rig.json").time_offset == SHIFT
    with qtbot.waitSignal(window.saved, timeout=PATIENCE):
        window.save_session(tmp_path / "street.h5")
    settle(qtbot, window)
    assert load(tmp_path / "street.h5").alignment == session.alignment
    open_path(qtbot, window, tmp_path / "street.h5")
    assert np.array_equal(shifted(window, 3), aligned)

    def look_and_leave(dialog: AlignDialog) -> None:
        assert farthest(dialog.draft.fitted().matrix) < 1
        assert len(dialog.draft.pairs) == 6
        dialog.load(tmp_path / "none.json")
        assert "none.json" in dialog.ui.words.text()
        dialog.ui.reset.click()
        dialog.load(tmp_path / "rig.json")
        assert dialog.draft.alignment().time_offset == SHIFT
        dialog.ui.cancel.click()

    def leave_as_it_was(dialog: AlignDialog) -> None:
        dialog.ui.apply.click()

    in_dialog(window, look_and_leave)
    in_dialog(window, leave_as_it_was)
    assert "aligned like this already" in window.message
    assert session_of(window).alignment == session.alignment
    assert window.workspace.document.clean


def test_a_sequence_is_opened_with_an_alignment(
    qtbot: QtBot, window: MainWindow, street: Path, tmp_path: Path
) -> None:
    file = tmp_path / "rig.json"
    file.write_text('{"time_offset": 7}')
    with qtbot.waitSignal(window.opened, timeout=PATIENCE):
        window.open_path(street, alignment=file)
    settle(qtbot, window)
    session = session_of(window)
    assert session.alignment.time_offset == SHIFT
    assert session.alignment.paired_with == "names"
    assert FRAMES - 1 in window.workspace.gaps
    file.write_text("{}")
    with qtbot.waitSignal(window.message_shown, timeout=PATIENCE) as shown:
        window.open_path(street, alignment=file)
    assert "rig.json" in shown.args[1]


FOREIGN = '{"tir_to_rgb": [[1, 0, 5000], [0, 1, 0], [0, 0, 1]]}'
"""Puts every thermal pixel beside the RGB frame."""


def test_a_map_that_leaves_nothing_of_thermal_is_refused(
    qtbot: QtBot, window: MainWindow, street: Path, tmp_path: Path
) -> None:
    open_path(qtbot, window, street)
    file = tmp_path / "foreign.json"
    file.write_text(FOREIGN)
    before = session_of(window).alignment

    def load_it(dialog: AlignDialog) -> None:
        draft = dialog.draft
        dialog.load(file)
        assert dialog.ui.words.text().startswith("foreign.json was not loaded. The alignment puts")
        assert dialog.draft == draft
        dialog._draft = replace(draft, begin=(1.0, 0, 5000, 0, 1, 0, 0, 0, 1), origin="file")
        dialog.ui.apply.click()
        assert "next to nothing of the thermal frame" in dialog.ui.words.text()
        assert dialog.isVisible()
        dialog.reject()

    in_dialog(window, load_it)
    assert not apply_alignment(window, read_alignment(file))
    assert "next to nothing of the thermal frame" in window.message
    assert session_of(window).alignment == before


def test_a_guess_takes_the_place_of_pairs_only_where_a_person_says_so(
    qtbot: QtBot, window: MainWindow, street: Path
) -> None:
    open_path(qtbot, window, street)
    guess = Guess(np.diag([1.1, 1.1, 1.0]), 1.0)

    def guess_twice(dialog: AlignDialog) -> None:
        until(lambda: not dialog._client.pending)
        click_pairs(dialog)
        draft = dialog.draft
        with answered(window, "Cancel") as asked:
            dialog._on_map(guess)
        assert ["6 pairs" in each for each in asked] == [True]
        assert dialog.draft == draft
        assert "pairs stay" in dialog.ui.words.text()
        with answered(window, "Take it"):
            dialog._on_map(guess)
        assert dialog.draft.pairs == ()
        assert np.array_equal(dialog.draft.fitted().matrix, guess.tir_to_rgb)
        dialog.reject()

    in_dialog(window, guess_twice)


def test_a_guess_from_motion_searches_around_the_offset_in_the_field(
    qtbot: QtBot, window: MainWindow, street: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # From 0 it would not come to 7.
    monkeypatch.setattr("app.workers.aligning.LARGEST_OFFSET", 3)
    open_path(qtbot, window, street)

    def guess(dialog: AlignDialog) -> None:
        until(lambda: not dialog._client.pending)
        dialog.ui.offset.setValue(SHIFT + 2)
        dialog.ui.motion.click()
        until(dialog.ui.motion.isEnabled)
        assert dialog.ui.offset.value() == SHIFT
        dialog.reject()

    in_dialog(window, guess)
