from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.workers.frame_source import FrameSource
from app.workers.frames import FrameLoader


@pytest.fixture
def loader(qapp: QApplication) -> Iterator[FrameLoader]:  # noqa: ARG001 - Qt must run
    loader = FrameLoader()
    yield loader
    loader.join()


def test_a_frame_is_delivered_and_neighbours_are_decoded_ahead(
    qtbot: QtBot, loader: FrameLoader, memory_sequence: Callable[..., Any]
) -> None:
    sequence = memory_sequence()
    source = FrameSource(sequence)
    loader.set_source(source)
    with qtbot.waitSignal(loader.loaded) as answer:
        loader.request(10)
    assert answer.args[0].index == 10
    qtbot.waitUntil(lambda: 20 in source.cache and 6 in source.cache)
    assert sequence.decoded[:2] == [10, 11]


def test_a_cached_frame_is_there_at_once(
    loader: FrameLoader, memory_sequence: Callable[..., Any]
) -> None:
    source = FrameSource(memory_sequence())
    source.frame(4)
    loader.set_source(source)
    shown: list[int] = []
    loader.loaded.connect(lambda frame: shown.append(frame.index))
    loader.request(4)
    assert shown == [4]
    assert not loader.pending


def test_only_the_newest_request_is_answered(
    qtbot: QtBot, loader: FrameLoader, memory_sequence: Callable[..., Any]
) -> None:
    sequence = memory_sequence()
    sequence.open_gate.clear()
    loader.set_source(FrameSource(sequence))
    shown: list[int] = []
    loader.loaded.connect(lambda frame: shown.append(frame.index))
    for index in (3, 9, 15, 21, 27):
        loader.request(index)
    sequence.open_gate.set()
    qtbot.waitUntil(lambda: shown == [27])
    # The one that was newest when the worker looked may be decoded too, but none after it.
    assert 27 in sequence.decoded[:2]


def test_answers_of_a_closed_sequence_are_dropped(
    qtbot: QtBot, loader: FrameLoader, memory_sequence: Callable[..., Any]
) -> None:
    old, new = memory_sequence(), memory_sequence()
    old.open_gate.clear()
    loader.set_source(FrameSource(old))
    loader.request(5)
    shown: list[int] = []
    loader.loaded.connect(lambda frame: shown.append(frame.index))
    loader.set_source(FrameSource(new))
    old.open_gate.set()
    loader.request(7)
    qtbot.waitUntil(lambda: shown == [7])
    qtbot.wait(50)
    assert shown == [7]


def test_a_frame_that_cannot_be_read_is_said(
    qtbot: QtBot, loader: FrameLoader, memory_sequence: Callable[..., Any]
) -> None:
    loader.set_source(FrameSource(memory_sequence(broken=5)))
    with qtbot.waitSignal(loader.failed) as failed:
        loader.request(5)
    assert failed.args == ["Frame 5 cannot be read."]
    assert not loader.pending


def test_gaps_found_while_decoding_ahead_are_told(
    qtbot: QtBot, loader: FrameLoader, memory_sequence: Callable[..., Any]
) -> None:
    loader.set_source(FrameSource(memory_sequence(gap=6)))
    with qtbot.waitSignal(loader.damaged) as damaged:
        loader.request(4)
    assert damaged.args[0] == 6


def test_memory_is_bounded_however_far_one_goes(
    qtbot: QtBot, loader: FrameLoader, memory_sequence: Callable[..., Any]
) -> None:
    source = FrameSource(memory_sequence(count=300), budget_bytes=320 * 12)
    loader.set_source(source)
    for index in range(0, 300, 7):
        with qtbot.waitSignal(loader.loaded):
            loader.request(index)
    assert source.cache.used_bytes <= source.cache.budget_bytes
