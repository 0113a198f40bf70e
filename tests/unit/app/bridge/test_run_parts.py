"""A run handed over in parts: all of it, with the boxes that taking it over has."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np
import pytest

from app.bridge.run_parts import RunParts
from app.bridge.runs import RunPacker, accept_placed
from app.resolve.thermal import ThermalPlace
from sessions import AcceptRun, Alignment, ModelInfo, SessionError
from sessions.journal_runs import _Boxes, accepted_record, joined_run
from tracker_core.ckd.crop import SearchWindow

MODEL = ModelInfo("tiny", "", "{}", 4, 4, ())
PAIR = np.array([[10.0, 20.0, 30.0, 40.0], [14.0, 25.0, 28.0, 38.0]])
PLACE = ThermalPlace(Alignment(), PAIR)


class Kept:
    """Stands in for a journal."""

    def __init__(self) -> None:
        self.parts: list[AcceptRun] = []
        self.threads: set[str] = set()
        self.came = threading.Event()
        self.problem: BaseException | None = None

    def add(self, part: AcceptRun) -> None:
        self.threads.add(threading.current_thread().name)
        if self.problem is not None:
            problem, self.problem = self.problem, None
            raise problem
        self.parts.append(part)
        self.came.set()

    @property
    def frames(self) -> list[int]:
        return [int(frame) for part in self.parts for frame in part.frames]


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def parts(kept: Kept) -> Iterator[RunParts]:
    parts = RunParts("1", PLACE, kept.add)
    yield parts
    parts.end()


def result(frame_index: int) -> SimpleNamespace:
    return SimpleNamespace(
        box_xywh=(10.0 + frame_index, 20.0, 30.0, 40.0),
        score=0.5,
        score_map=np.full((4, 4), 0.25, np.float32),
        search_window=SearchWindow(0, 0, 100),
        elimination=(),
        target_tokens_removed=0,
    )


def test_a_frame_is_given_on_though_no_other_follows(parts: RunParts, kept: Kept) -> None:
    parts.begin(MODEL)
    RunPacker(MODEL, parts).add(4, result(4))
    # The tracker is busy with the next frame for as long as it likes.
    assert kept.came.wait(10)
    assert kept.frames == [4]
    assert kept.threads == {"run parts"}


@pytest.mark.parametrize("order", [range(3, 40), range(39, 2, -1)], ids=["forward", "backward"])
def test_the_parts_are_the_run_that_is_taken_over(
    parts: RunParts, kept: Kept, order: range
) -> None:
    packer = RunPacker(MODEL, parts)
    parts.begin(MODEL)
    for index in order:
        packer.add(index, result(index))
        if index % 7 == 0:
            parts.flush()
    parts.end()
    run = packer.packed()
    assert run is not None
    whole = accept_placed("1", run, PLACE)
    assert len(kept.parts) > 3
    assert parts.complete
    assert sorted(kept.frames) == whole.frames.tolist() == sorted(order)
    for part in kept.parts:
        rows = np.searchsorted(whole.frames, part.frames)
        assert np.array_equal(part.boxes, whole.boxes[rows])
        assert np.array_equal(part.scores, whole.scores[rows])
        assert part.tracking is not None
        assert part.tracking.model == MODEL
    # The thermal box keeps its offset to the RGB one.
    assert whole.boxes[0, 1].tolist() == pytest.approx([PAIR[1, 0] + 3, *PAIR[1, 1:].tolist()])


def test_what_the_journal_could_not_write_is_not_given_twice(parts: RunParts, kept: Kept) -> None:
    kept.problem = SessionError("The disk is full.")
    parts.begin(MODEL)
    RunPacker(MODEL, parts).add(4, result(4))
    parts.end()
    # It waits in the journal.
    assert kept.parts == []
    assert parts.complete


def test_what_failed_otherwise_is_tried_again(parts: RunParts, kept: Kept) -> None:
    kept.problem = MemoryError()
    parts.begin(MODEL)
    packer = RunPacker(MODEL, parts)
    packer.add(4, result(4))
    with pytest.raises(MemoryError):
        parts.flush()
    assert not parts.complete
    packer.add(5, result(5))
    parts.end()
    assert kept.frames == [4, 5]


def test_a_run_without_a_frame_writes_nothing(parts: RunParts, kept: Kept) -> None:
    parts.begin(MODEL)
    parts.end()
    assert kept.parts == []
    assert parts.given == 0
    assert parts.complete


@pytest.mark.parametrize("flushed_between", [False, True])
def test_of_a_frame_that_is_answered_from_both_ends_the_later_answer_counts(
    parts: RunParts, kept: Kept, flushed_between: bool
) -> None:
    parts.begin(MODEL)
    packer = RunPacker(MODEL, parts)
    for index in range(5, 9):
        packer.add_part(index, result(index))
    if flushed_between:
        parts.flush()
    for index in range(8, 4, -1):
        packer.add(index, result(index + 10))
    parts.end()
    packed = packer.packed()
    assert packed is not None
    joined = joined_run(kept.parts)
    assert joined.frames.tolist() == packed.frames.tolist() == [5, 6, 7, 8]
    assert joined.boxes[:, 0].tolist() == packed.boxes_xywh.tolist()
    assert joined.boxes[:, 0, 0].tolist() == [25, 26, 27, 28]
    # What stands in the journal is the whole run: a short record ends it.
    command = accept_placed("1", packed, PLACE)
    assert "run" not in accepted_record(1, [_Boxes(part) for part in kept.parts], command)
