from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.controllers.playback import PlaybackController


@pytest.fixture
def playback(qapp: QApplication) -> PlaybackController:  # noqa: ARG001 - Qt must run
    controller = PlaybackController()
    controller.set_count(10)
    return controller


def test_a_new_sequence_asks_for_its_first_frame(qtbot: QtBot) -> None:
    controller = PlaybackController()
    with qtbot.waitSignal(controller.frame_changed) as moved:
        controller.set_count(5)
    assert moved.args == [0, 1]


def test_stepping_stops_at_both_ends(playback: PlaybackController) -> None:
    playback.step(-3)
    assert playback.index == 0
    playback.step(25)
    assert playback.index == 9
    playback.first()
    assert playback.index == 0
    playback.last()
    assert playback.index == 9


def test_the_direction_is_told(qtbot: QtBot, playback: PlaybackController) -> None:
    playback.go_to(6)
    with qtbot.waitSignal(playback.frame_changed) as moved:
        playback.go_to(2)
    assert moved.args == [2, -1]


def test_playing_waits_for_each_frame_and_skips_none(
    qtbot: QtBot, playback: PlaybackController
) -> None:
    shown: list[int] = []
    playback.frame_changed.connect(lambda index, _way: shown.append(index))
    playback.set_speed(4.0)
    playback.frame_shown()
    playback.play()
    qtbot.waitUntil(lambda: shown == [1])
    qtbot.wait(60)
    assert shown == [1]
    playback.frame_changed.connect(lambda _index, _way: playback.frame_shown())
    playback.frame_shown()
    qtbot.waitUntil(lambda: not playback.playing)
    assert shown == list(range(1, 10))


def test_playing_from_the_end_starts_over(playback: PlaybackController) -> None:
    playback.last()
    playback.toggle()
    assert (playback.index, playback.playing) == (0, True)
    playback.toggle()
    assert not playback.playing


@pytest.mark.usefixtures("qapp")
def test_nothing_moves_without_a_sequence() -> None:
    controller = PlaybackController()
    controller.play()
    controller.step(1)
    controller.last()
    assert (controller.index, controller.playing) == (0, False)
