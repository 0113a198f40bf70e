"""Large JPEGs in small panes: reduced while a key is held, whole at rest, and nothing moves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QMetaObject, QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from app.window.main_window import MainWindow
from sessions import Modality
from tests.e2e.driving import PATIENCE, MakeWindow, drag, move, open_path, settle, target_of
from tracker_core.imaging import cv2, write_image
from tracker_core.sequences import ReducedFrame

WIDTH, HEIGHT, FRAMES = 1281, 961, 6
"""Odd, so that no factor divides them."""


@pytest.fixture
def large(qtbot: QtBot, make_window: MakeWindow, tmp_path: Path) -> MainWindow:
    rng = np.random.default_rng(5)
    coarse = rng.integers(0, 256, (30, 40, 3), np.uint8)
    ground = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    for name in ("visible", "infrared"):
        (tmp_path / "large" / name).mkdir(parents=True)
        for index in range(FRAMES):
            pixels = np.ascontiguousarray(np.roll(ground, 40 * index, axis=1))
            if name == "infrared":
                pixels = np.repeat(pixels[..., :1], 3, 2)
            write_image(tmp_path / "large" / name / f"{index:03d}.jpg", pixels)
    window = make_window()
    window.resize(QSize(1024, 700))
    open_path(qtbot, window, tmp_path / "large")
    return window


def forget_frames(window: MainWindow) -> None:
    """As if nothing had been decoded ahead, by a decoder that is slower than any hand."""
    frames, source = window.workspace.frames, window.workspace.source
    assert source is not None
    frames.set_source(source)
    # What is under way ends first, and nothing is planned any more.
    queued = Qt.ConnectionType.BlockingQueuedConnection
    QMetaObject.invokeMethod(frames._worker, "forget", queued)
    source.cache.clear()
    source.reduced_cache.clear()
    frames._worker_of_frames.seconds = 60.0
    frames._asked_at = 1e12


def hold_right(qtbot: QtBot, window: MainWindow, index: int) -> None:
    """Press the key of the next frame, and wait only until something of it is on the panes."""
    before = window.presenter.shown_index()
    qtbot.keyClick(window, Qt.Key.Key_Period)
    qtbot.waitUntil(lambda: window.presenter.shown_index() == index, timeout=PATIENCE)
    assert before == index - 1


def reduced(window: MainWindow) -> bool:
    return isinstance(window.presenter.maker.shown, ReducedFrame)


def grabbed(window: MainWindow, modality: Modality) -> NDArray[np.float32]:
    panes = window.views.panes
    view = panes.rgb if modality is Modality.RGB else panes.tir
    image = view.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    whole = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    # Without the heading, which is the same on both.
    return whole[40:, : image.width()].astype(np.float32)


def test_a_held_key_shows_reduced_frames_and_rest_the_whole_one_without_a_jump(
    qtbot: QtBot, large: MainWindow
) -> None:
    forget_frames(large)
    for index in (1, 2, 3):
        hold_right(qtbot, large, index)
        assert reduced(large)
        assert large.views.panes.scene.size == (WIDTH, HEIGHT)
        forget_frames_ahead(large)
    coarse = {modality: grabbed(large, modality) for modality in Modality}
    assert reduced(large)
    settle(qtbot, large)
    assert not reduced(large)
    assert large.presenter.shown_index() == 3
    for modality, before in coarse.items():
        after = grabbed(large, modality)
        (right, down), sure = cv2.phaseCorrelate(before, after)
        assert sure > 0.5
        assert abs(right) < 0.3
        assert abs(down) < 0.3
        assert np.abs(before - after).mean() < 3.0


def forget_frames_ahead(window: MainWindow) -> None:
    window.workspace.frames._worker_of_frames.seconds = 60.0
    window.workspace.frames._asked_at = 1e12


def test_nothing_is_read_off_a_reduced_frame(qtbot: QtBot, large: MainWindow) -> None:
    view, readout = large.views.panes.rgb, large.views.transport.info
    move(view, view.pane_point(600, 400).toPoint())
    assert "RGB" in readout.text()
    forget_frames(large)
    hold_right(qtbot, large, 1)
    assert reduced(large)
    assert readout.text().startswith("x ")
    assert "RGB" not in readout.text()
    assert "thermal" not in readout.text()
    settle(qtbot, large)
    frame = large.presenter.maker.frame
    assert frame is not None
    assert frame.rgb is not None
    x, y = (int(word) for word in readout.text().split()[1:4:2])
    red, green, blue = frame.rgb[y, x]
    assert f"RGB {red} {green} {blue}" in readout.text()


def test_who_zooms_in_sees_every_pixel(qtbot: QtBot, large: MainWindow) -> None:
    forget_frames(large)
    hold_right(qtbot, large, 1)
    view = large.views.panes.rgb
    there = view.pane_point(900, 300).toPoint()
    # Of the very pixel: zoomed in, a part of one is several.
    below = view._map().to_frame(QPointF(there))
    wheel(qtbot, view.mapTo(large, there), large, 14)
    # The reduced one lies where the whole one will.
    moved = view.pane_point(below.x(), below.y()) - QPointF(there)
    assert moved.manhattanLength() < 0.01
    settle(qtbot, large)
    picture = large.views.panes.scene.picture(Modality.RGB)
    assert picture is not None
    assert picture.whole().width() == WIDTH
    forget_frames(large)
    qtbot.keyClick(large, Qt.Key.Key_Period)
    seen: list[bool] = []
    large.workspace.frames.reduced.connect(lambda _frame: seen.append(True))
    settle(qtbot, large)
    assert large.presenter.shown_index() == 2
    assert not seen, "a reduced frame was shown in more pixels than it has"


def wheel(qtbot: QtBot, point: QPoint, window: MainWindow, notches: int) -> None:
    from PySide6.QtGui import QWheelEvent
    from PySide6.QtWidgets import QApplication

    widget = window.childAt(point)
    assert widget is not None
    for _ in range(notches):
        event = QWheelEvent(
            QPointF(widget.mapFrom(window, point)), QPointF(window.mapToGlobal(point)), QPoint(),
            QPoint(0, 120), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(widget, event)
    qtbot.wait(1)


def test_a_box_drawn_on_a_reduced_frame_is_in_pixels_of_the_whole(
    qtbot: QtBot, large: MainWindow
) -> None:
    forget_frames(large)
    hold_right(qtbot, large, 1)
    assert reduced(large)
    drag(qtbot, large.views.panes.rgb, (400, 300), (640, 520))
    settle(qtbot, large)
    box = target_of(large).boxes[1, 0]
    # Within a pixel of the screen.
    assert np.abs(box - (400, 300, 240, 220)).max() <= 1.0 / large.views.panes.viewport.scale
