"""A person says in the window which frames belong together, where their names do not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from app.controllers.files import FilesController
from app.views.shell.offset_dialog import OffsetDialog
from app.window.actions.ids import Id
from app.window.commands.aligning import apply_alignment
from app.window.commands.files import open_recent
from app.window.main_window import MainWindow
from sessions import Alignment, PointPair, load
from tests.media import number_of, numbered, write_streams
from tracker_core.imaging import write_image
from tracker_core.sequences import Sequence

PATIENCE = 60_000
FRAMES = 12


def record(root: Path, *, lost: int = 5) -> Path:
    """RGB counts from 0 and lost a frame, thermal counts from 1: nothing is certain."""
    for folder, first in (("visible", 0), ("infrared", 1)):
        (root / folder).mkdir(parents=True)
        for k in range(FRAMES):
            if folder == "visible" and k == lost:
                continue
            image = numbered(k, colour=folder == "visible")
            write_image(root / folder / f"{k + first:04d}.png", image)
    return root


def answer(window: MainWindow, act: Callable[[OffsetDialog], None]) -> None:
    """Wait for the dialog and act on it, as a person would."""

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, OffsetDialog):
            act(dialog)
        else:
            QTimer.singleShot(20, window, look)

    QTimer.singleShot(0, window, look)


def typed(text: str, *, exchange: bool = False) -> Callable[[OffsetDialog], None]:
    def act(dialog: OffsetDialog) -> None:
        dialog.offset.selectAll()
        QTest.keyClicks(dialog.offset, text)
        dialog.exchange.setChecked(exchange)
        dialog.accepting.click()

    return act


def button_of(window: MainWindow, text: str) -> QPushButton:
    buttons = window.workbench.messages.findChildren(QPushButton)
    return next(each for each in buttons if each.text() == text and each.isVisible())


def sequence_of(window: MainWindow) -> Sequence:
    files: FilesController = window.workspace.files
    assert files.source is not None
    return files.source.sequence


def pairs(sequence: Sequence) -> set[int]:
    """By how much thermal is ahead of RGB, over all frames with both."""
    frames = [sequence.frame(k) for k in range(len(sequence))]
    return {
        number_of(each.tir) - number_of(each.rgb)
        for each in frames
        if each.rgb is not None and each.tir is not None
    }


def refused(qtbot: QtBot, window: MainWindow, root: Path) -> None:
    with qtbot.waitSignal(window.message_shown, timeout=PATIENCE) as shown:
        window.open_path(root)
    assert shown.args[0] == "error"
    assert "not certain which belong together" in shown.args[1]
    # There is a field for it; the option is for the command line.
    assert "--tir-offset" not in shown.args[1]
    qtbot.waitUntil(lambda: window.is_idle, timeout=PATIENCE)


def test_what_is_refused_is_opened_with_an_offset(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    root = record(tmp_path / "walk")
    refused(qtbot, window, root)
    began: list[str] = []

    def accept(dialog: OffsetDialog) -> None:
        began.append(dialog.offset.text())
        assert str(root) in dialog.words.text()
        assert not dialog.exchange.isVisible()
        dialog.accepting.click()

    answer(window, accept)
    with qtbot.waitSignal(window.opened, timeout=PATIENCE):
        button_of(window, "Give the offset…").click()
    # The first of each, which is what it mostly is.
    assert began == ["1"]
    assert pairs(sequence_of(window)) == {0}
    session = window.workspace.document.session
    assert session is not None
    assert session.alignment.time_offset == 1
    assert "offset 1 as given" in window.message
    # The recent list knows it too, and asks nothing when it is chosen.
    entry = window.settings.values.recent[0]
    with qtbot.waitSignal(window.opened, timeout=PATIENCE):
        open_recent(window, entry)
    assert pairs(sequence_of(window)) == {0}


def test_a_refused_offset_can_be_given_once_more(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    refused(qtbot, window, record(tmp_path / "walk"))
    answer(window, typed("5000"))
    with qtbot.waitSignal(window.message_shown, timeout=PATIENCE) as shown:
        button_of(window, "Give the offset…").click()
    assert "offset of 5000, no frame" in shown.args[1]
    qtbot.waitUntil(lambda: window.is_idle, timeout=PATIENCE)
    answer(window, lambda dialog: dialog.reject())
    button_of(window, "Give the offset…").click()
    assert window.workspace.files.source is None
    answer(window, typed("1"))
    with qtbot.waitSignal(window.opened, timeout=PATIENCE):
        button_of(window, "Give the offset…").click()
    assert pairs(sequence_of(window)) == {0}


def test_the_offset_of_an_open_sequence_is_changed_and_kept(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    action = window.actions_by_id[Id.THERMAL_OFFSET]
    assert not action.isEnabled()
    root = record(tmp_path / "walk")
    with qtbot.waitSignal(window.opened, timeout=PATIENCE):
        window.open_path(root, tir_offset=0)
    qtbot.waitUntil(lambda: window.is_idle and action.isEnabled(), timeout=PATIENCE)
    # 0 takes the numbers as they stand, and thermal is one behind.
    assert pairs(sequence_of(window)) == {-1}
    assert window.set_target_box((20.0, 60.0, 20.0, 30.0))
    answer(window, typed("5000"))
    action.trigger()
    assert "no frame has both cameras" in window.message
    answer(window, typed("1"))
    action.trigger()
    qtbot.waitUntil(lambda: window.is_idle, timeout=PATIENCE)
    assert pairs(sequence_of(window)) == {0}
    session = window.workspace.document.session
    assert session is not None
    assert session.alignment.time_offset == 1
    # The box stays, and undo reaches over the change.
    assert session.target("1").boxes[0, 0] == pytest.approx([20, 60, 20, 30])
    window.actions_by_id[Id.UNDO].trigger()
    qtbot.waitUntil(lambda: window.is_idle, timeout=PATIENCE)
    assert pairs(sequence_of(window)) == {-1}
    window.actions_by_id[Id.REDO].trigger()
    qtbot.waitUntil(lambda: window.is_idle, timeout=PATIENCE)
    assert pairs(sequence_of(window)) == {0}
    with qtbot.waitSignal(window.saved, timeout=PATIENCE):
        window.save_session(tmp_path / "walk.h5")
    assert load(tmp_path / "walk.h5").alignment.time_offset == 1
    with qtbot.waitSignal(window.opened, timeout=PATIENCE):
        window.open_path(tmp_path / "walk.h5")
    assert pairs(sequence_of(window)) == {0}


@pytest.mark.parametrize("exchange", [False, True])
def test_two_videos_are_moved_and_exchanged(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, exchange: bool
) -> None:
    first = write_streams(tmp_path / "a.mkv", FRAMES, numbered)
    second = write_streams(tmp_path / "b.mkv", FRAMES, lambda k: numbered(k + 2))
    with qtbot.waitSignal(window.opened, timeout=PATIENCE):
        window.open_path(first, second)
    qtbot.waitUntil(lambda: window.is_idle, timeout=PATIENCE)
    assert pairs(sequence_of(window)) == {2}
    answer(window, typed("2" if exchange else "-2", exchange=exchange))
    if exchange:
        with qtbot.waitSignal(window.opened, timeout=PATIENCE):
            window.actions_by_id[Id.THERMAL_OFFSET].trigger()
    else:
        window.actions_by_id[Id.THERMAL_OFFSET].trigger()
    qtbot.waitUntil(lambda: window.is_idle, timeout=PATIENCE)
    sequence = sequence_of(window)
    assert pairs(sequence) == {0}
    assert sequence.rgb_paths == ((second,) if exchange else (first,))
    # The other way round, and what was found so far stays.
    with qtbot.waitSignal(window.opened, timeout=PATIENCE):
        window.actions_by_id[Id.EXCHANGE_MODALITIES].trigger()
    sequence = sequence_of(window)
    assert pairs(sequence) == {0}
    assert sequence.rgb_paths == ((first,) if exchange else (second,))


def test_the_map_between_the_cameras_is_exchanged_as_well(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    first = write_streams(tmp_path / "a.mkv", FRAMES, numbered)
    second = write_streams(tmp_path / "b.mkv", FRAMES, lambda k: numbered(k + 2))
    with qtbot.waitSignal(window.opened, timeout=PATIENCE):
        window.open_path(first, second)
    qtbot.waitUntil(lambda: window.is_idle, timeout=PATIENCE)
    turned = (1.1, 0.02, 4.0, -0.01, 0.9, -3.0, 1e-4, 0.0, 1.0)
    points = (PointPair((10, 20), (8, 24)),)
    assert apply_alignment(window, Alignment(-2, turned, points=points, origin="points"))

    def exchanged() -> Alignment:
        with qtbot.waitSignal(window.opened, timeout=PATIENCE):
            window.actions_by_id[Id.EXCHANGE_MODALITIES].trigger()
        qtbot.waitUntil(lambda: window.is_idle, timeout=PATIENCE)
        # What cannot be read from the paths must not be lost unasked.
        assert not window.workspace.document.clean
        return alignment()

    def alignment() -> Alignment:
        session = window.workspace.document.session
        assert session is not None
        return session.alignment

    there = exchanged()
    assert "turned round" in window.message
    assert sequence_of(window).rgb_paths == (second,)
    product = there.matrix @ np.reshape(turned, (3, 3))
    assert product / product[2, 2] == pytest.approx(np.eye(3), abs=1e-9)
    assert there.points[0].rgb == (8, 24)
    assert (there.time_offset, there.origin) == (2, "points")
    # The pictures are shown through it, until undo takes that one change away.
    aligned = sequence_of(window).frame(0).tir
    window.actions_by_id[Id.UNDO].trigger()
    qtbot.waitUntil(lambda: window.is_idle, timeout=PATIENCE)
    assert alignment().is_identity
    assert not np.array_equal(sequence_of(window).frame(0).tir, aligned)
    window.actions_by_id[Id.REDO].trigger()
    assert exchanged().matrix == pytest.approx(np.reshape(turned, (3, 3)))


def test_the_field_takes_whole_numbers_within_bounds(qtbot: QtBot) -> None:
    dialog = OffsetDialog("<b>Which?</b>", 3, 10**12, exchangeable=True)
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.words.text() == "<b>Which?</b>"
    assert dialog.exchange.isVisible()
    for text, fits in {
        "": False,
        "-": False,
        "7": True,
        "-12": True,
        "1000000000000": True,
        "1000000000001": False,
        "1.5": False,
        "99999999999999999": False,
    }.items():
        dialog.offset.setText(text)
        assert dialog.accepting.isEnabled() is fits, text
