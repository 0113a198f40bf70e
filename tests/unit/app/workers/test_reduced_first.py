"""A frame comes reduced first where the pane is small, and whole when the person rests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.workers.frame_source import FrameSource
from app.workers.frames import FrameLoader
from tracker_core.sequences import Frame, ReducedFrame

SHOWN = (4, 3)


class Pane:
    """A pane of a given size, for which nothing has to be made."""

    def __init__(self, shown: tuple[int, int] | None = SHOWN) -> None:
        self.shown = shown
        self.prepared: list[Frame | ReducedFrame] = []

    def prepare(self, frame: Frame | ReducedFrame) -> None:
        self.prepared.append(frame)

    def has(self, _frame: Frame) -> bool:
        return True


class Heard:
    """What a loader has said, in order."""

    def __init__(self, loader: FrameLoader) -> None:
        self.said: list[tuple[str, int]] = []
        loader.loaded.connect(lambda frame: self.said.append(("whole", frame.index)))
        loader.reduced.connect(lambda frame: self.said.append(("reduced", frame.index)))


@pytest.fixture
def loader(qapp: QApplication) -> Iterator[FrameLoader]:  # noqa: ARG001 - Qt must run
    loader = FrameLoader()
    yield loader
    loader.join()


@pytest.fixture
def sequence(memory_sequence: Callable[..., Any]) -> Any:
    made = memory_sequence()
    made.looked = []

    def reduced(index: int, shown: tuple[int, int]) -> ReducedFrame | None:
        made.looked.append((index, shown))
        # As a real one: frames of 10 x 8 pixels.
        if shown[0] * 2 > 10 or index == made.broken:
            return None
        gray = np.full((4, 5), index, np.uint8)
        return ReducedFrame(index, np.repeat(gray[..., None], 3, 2), gray, (10, 8), (10, 8))

    made.reduced = reduced
    return made


def test_a_small_pane_gets_the_reduced_one_first(
    qtbot: QtBot, loader: FrameLoader, sequence: Any
) -> None:
    source, pane, heard = FrameSource(sequence), Pane(), Heard(loader)
    loader.set_preparer(pane)
    loader.set_source(source)
    loader.request(10)
    assert loader.pending
    qtbot.waitUntil(lambda: ("whole", 10) in heard.said)
    assert heard.said == [("reduced", 10), ("whole", 10)]
    assert isinstance(pane.prepared[0], ReducedFrame), "made ready in the worker's thread"
    # Decoded ahead whole: who goes on slowly sees no reduced ones.
    qtbot.waitUntil(lambda: 12 in source.cache)
    loader.request(11)
    assert heard.said[-1] == ("whole", 11)
    assert len(sequence.looked) == 1


@pytest.mark.parametrize("shown", [(6, 5), (300, 200), None], ids=["large", "zoomed in", "unknown"])
def test_who_looks_closely_gets_the_whole_at_once(
    qtbot: QtBot, loader: FrameLoader, sequence: Any, shown: tuple[int, int] | None
) -> None:
    heard = Heard(loader)
    loader.set_preparer(Pane(shown))
    loader.set_source(FrameSource(sequence))
    loader.request(3)
    qtbot.waitUntil(lambda: ("whole", 3) in heard.said)
    assert heard.said == [("whole", 3)]


def test_a_key_held_down_shows_reduced_ones_until_it_is_let_go(
    qtbot: QtBot, loader: FrameLoader, sequence: Any
) -> None:
    heard = Heard(loader)
    loader.set_preparer(Pane())
    loader.set_source(FrameSource(sequence))
    loader._worker_of_frames.seconds = 60.0  # no hand is slower than this decoder
    loader._asked_at = 1e12
    for index in range(20, 30):
        loader.request(index)
        qtbot.waitUntil(lambda index=index: ("reduced", index) in heard.said)  # type: ignore[misc]
        assert loader.pending
    assert sequence.decoded == [], "nobody waits for a frame that is left already"
    qtbot.waitUntil(lambda: not loader.pending)
    assert heard.said == [*(("reduced", index) for index in range(20, 30)), ("whole", 29)]


def test_a_slow_hand_does_not_wait_for_rest(
    qtbot: QtBot, loader: FrameLoader, sequence: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = Heard(loader)
    loader.set_preparer(Pane())
    loader.set_source(FrameSource(sequence))
    waits: list[int] = []
    start = loader._rest.start
    monkeypatch.setattr(loader._rest, "start", lambda wait: (waits.append(wait), start(wait)))
    for index in (5, 35):
        loader._worker_of_frames.seconds = 0.0
        loader.request(index)
        qtbot.waitUntil(lambda index=index: ("whole", index) in heard.said)  # type: ignore[misc]
    assert heard.said == [("reduced", 5), ("whole", 5), ("reduced", 35), ("whole", 35)]
    assert waits == [0, 0], "until the first look is painted, and no longer"


def test_what_cannot_be_looked_at_is_said_once_by_the_whole(
    qtbot: QtBot, loader: FrameLoader, memory_sequence: Callable[..., Any], sequence: Any
) -> None:
    assert memory_sequence
    sequence.broken = 5
    said: list[str] = []
    loader.failed.connect(said.append)
    loader.set_preparer(Pane())
    loader.set_source(FrameSource(sequence))
    loader.request(5)
    qtbot.waitUntil(lambda: not loader.pending)
    assert said == ["Frame 5 cannot be read."]


def test_any_failure_of_a_first_look_leaves_the_whole(
    qtbot: QtBot, loader: FrameLoader, sequence: Any
) -> None:
    def fail(_index: int, _shown: tuple[int, int]) -> None:
        raise MemoryError("too large")

    sequence.reduced = fail
    heard = Heard(loader)
    loader.set_preparer(Pane())
    loader.set_source(FrameSource(sequence))
    loader.request(7)
    qtbot.waitUntil(lambda: not loader.pending)
    assert heard.said == [("whole", 7)]


def test_closing_ends_the_wait_for_rest(qtbot: QtBot, loader: FrameLoader, sequence: Any) -> None:
    heard = Heard(loader)
    loader.set_preparer(Pane())
    loader.set_source(FrameSource(sequence))
    loader._worker_of_frames.seconds, loader._asked_at = 60.0, 1e12
    loader.request(7)
    qtbot.waitUntil(lambda: ("reduced", 7) in heard.said)
    loader.set_source(None)
    assert not loader.pending
    qtbot.wait(200)
    assert heard.said == [("reduced", 7)]


def test_the_two_are_kept_apart(sequence: Any) -> None:
    source = FrameSource(sequence)
    first = source.reduced(4, SHOWN)
    assert isinstance(first, ReducedFrame)
    assert source.cached(4) is None
    assert source.reduced(4, SHOWN) is first
    # A larger pane asks again: what is kept would be coarse in it.
    assert source.reduced(4, (5, 4)) is first
    assert source.reduced(4, (6, 4)) is None
    whole = source.frame(4)
    assert isinstance(whole, Frame)
    assert source.frame(4) is whole
    assert source.reduced(4, SHOWN) is None, "with the whole here nobody needs it"


def test_both_share_one_budget(sequence: Any) -> None:
    source = FrameSource(sequence, budget_bytes=320 * 16)
    for index in range(40):
        source.reduced(index, SHOWN)
        source.frame(index)
    assert source.reduced_cache.used_bytes <= 320
    assert source.cache.used_bytes + source.reduced_cache.used_bytes <= 320 * 16
    assert source.cache.budget_bytes + source.reduced_cache.budget_bytes == 320 * 16


def test_nothing_is_asked_for_after_the_end(
    qtbot: QtBot, loader: FrameLoader, sequence: Any
) -> None:
    heard = Heard(loader)
    loader.set_preparer(Pane())
    loader.set_source(FrameSource(sequence))
    loader._worker_of_frames.seconds, loader._asked_at = 60.0, 1e12
    loader.request(7)
    qtbot.waitUntil(lambda: ("reduced", 7) in heard.said)
    loader.join()
    qtbot.wait(200)
    assert not loader.pending
