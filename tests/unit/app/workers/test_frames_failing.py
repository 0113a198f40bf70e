from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.state.error_log import default_log_path
from app.workers.frame_source import FrameSource
from app.workers.frames import FrameLoader
from tests.failing import Kind, every_kind
from tracker_core.sequences import Frame


@pytest.fixture
def loader(qapp: QApplication) -> Iterator[FrameLoader]:  # noqa: ARG001 - Qt must run
    loader = FrameLoader()
    yield loader
    loader.join()


@pytest.fixture
def said(loader: FrameLoader) -> list[str]:
    said: list[str] = []
    loader.failed.connect(said.append)
    return said


def failing_source(sequence: Any, bad: int, kind: Kind) -> FrameSource:
    """Frames of which one raises."""
    decode = sequence.frame

    def frame(index: int) -> Frame:
        if index == bad:
            sequence.decoded.append(index)
            raise kind.make()
        decoded: Frame = decode(index)
        return decoded

    sequence.frame = frame
    return FrameSource(sequence)


@every_kind
def test_a_frame_that_is_asked_for(
    qtbot: QtBot,
    loader: FrameLoader,
    said: list[str],
    memory_sequence: Callable[..., Any],
    kind: Kind,
) -> None:
    loader.set_source(failing_source(memory_sequence(), 30, kind))
    loader.request(30)
    qtbot.waitUntil(lambda: not loader.pending)
    assert len(said) == 1
    assert kind.words in said[0]
    assert said[0].startswith("Frame 30 cannot be shown") == kind.logged
    with qtbot.waitSignal(loader.loaded) as answer:
        loader.request(3)
    assert answer.args[0].index == 3


@every_kind
def test_a_frame_that_is_read_ahead(
    qtbot: QtBot,
    loader: FrameLoader,
    said: list[str],
    memory_sequence: Callable[..., Any],
    kind: Kind,
) -> None:
    sequence = memory_sequence()
    source = failing_source(sequence, 6, kind)
    loader.set_source(source)
    with qtbot.waitSignal(loader.loaded):
        loader.request(5)
    qtbot.waitUntil(lambda: 6 in sequence.decoded)
    with qtbot.waitSignal(loader.loaded):
        loader.request(4)
    # Going on does not try it again, nor say it again, and reads ahead past it.
    qtbot.waitUntil(lambda: 12 in source.cache)
    assert sequence.decoded.count(6) == 1
    assert len(said) == int(kind.logged)
    assert default_log_path().exists() == kind.logged
    if kind.logged:
        assert kind.words in said[0]
    loader.request(6)
    qtbot.waitUntil(lambda: not loader.pending)
    assert kind.words in said[-1]


def test_what_fails_ahead_in_a_closed_sequence_is_not_said(
    qtbot: QtBot,
    loader: FrameLoader,
    said: list[str],
    memory_sequence: Callable[..., Any],
) -> None:
    sequence = memory_sequence()
    loader._worker.ahead_failed.emit(FrameSource(sequence), "Frame 6 cannot be read ahead.")  # type: ignore[attr-defined]
    loader.set_source(FrameSource(memory_sequence()))
    with qtbot.waitSignal(loader.loaded):
        loader.request(1)
    assert said == []
