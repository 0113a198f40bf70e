from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions import (
    AcceptRun,
    History,
    ModelInfo,
    SessionError,
    TrackedBlocks,
    TrackingRecord,
    TrackingRows,
    command_from_record,
    command_to_record,
)
from sessions.blocks import Block
from tests.unit.sessions.building import (
    PLAIN,
    TINY,
    answered,
    frame_state,
    full,
    run,
    state,
    tracked,
)

COUNT = 40
SOME_FRAMES = st.lists(st.integers(0, COUNT - 1), min_size=1, max_size=COUNT, unique=True)


def rows_of(frames: Any, model: ModelInfo = TINY, seed: int = 50) -> TrackingRows:
    return TrackingRows.from_frames(model, [tracked(model, seed + int(i)) for i in frames])


def packed(command: AcceptRun) -> AcceptRun:
    """The same command with its tracker output packed beforehand."""
    assert isinstance(command.tracking, TrackingRows)
    blocks = TrackedBlocks.pack(command.frames, command.tracking)
    return replace(command, tracking=blocks)


def record_state(record: TrackingRecord) -> Any:
    return [(int(index), frame_state(record.frame(int(index)))) for index in record.frames]


@given(SOME_FRAMES, SOME_FRAMES, st.sampled_from([TINY, PLAIN]), st.data())
def test_blocks_in_place_say_what_rows_would(
    before: list[int], now: list[int], model: ModelInfo, data: st.DataObject
) -> None:
    wanted = np.array(sorted(data.draw(st.sets(st.sampled_from(now), min_size=1))), np.int64)
    was, frames = np.array(before, np.int64), np.array(now, np.int64)
    old = TrackingRecord(COUNT).with_rows(was, rows_of(was, model, 7))
    blocks = TrackedBlocks.pack(frames, rows_of(frames))
    expected = old.with_rows(wanted, rows_of(wanted))

    assert record_state(blocks.placed_in(old, wanted)) == record_state(expected)


@given(SOME_FRAMES)
def test_a_packed_run_knows_its_frames(now: list[int]) -> None:
    frames = np.array(now, np.int64)
    blocks = TrackedBlocks.pack(frames, rows_of(frames))
    assert blocks.frames.tolist() == sorted(now)
    assert blocks.target_tokens_removed.tolist() == [(50 + i) % 3 for i in sorted(now)]


@pytest.mark.parametrize("frames", [np.arange(0, 40), np.arange(5, 33)[::-1], np.array([3, 25])])
def test_accepting_blocks_or_rows_is_the_same_one_step(frames: Any) -> None:
    given_rows, given_blocks = full(), full()
    before = state(given_rows)
    command = run("1", frames, seed=3)
    histories = History(given_rows), History(given_blocks)
    changes = [
        history.do(each)
        for history, each in zip(histories, (command, packed(command)), strict=True)
    ]
    assert state(given_rows) == state(given_blocks)
    assert changes[0].frames.tolist() == changes[1].frames.tolist()
    assert changes[0].kept.tolist() == changes[1].kept.tolist()
    after = state(given_blocks)
    histories[1].undo()
    assert state(given_blocks) == before
    histories[1].redo()
    assert state(given_blocks) == after


def test_accepting_blocks_compresses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    session = full(64)
    command = packed(run("car-2", np.arange(10, 60), seed=3))
    monkeypatch.setattr("sessions.blocks.pack", pytest.fail)
    monkeypatch.setattr("sessions.blocks.unpack", pytest.fail)
    History(session).do(command)
    assert session.target("car-2").tracking.frames.size == 50


def test_parts_of_a_run_become_one() -> None:
    whole = np.arange(0, COUNT)
    parts = [TrackedBlocks.pack(part, rows_of(part)) for part in (whole[32:], whole[:16])]
    joined = TrackedBlocks.joined(TINY, parts)
    assert joined.indices == (0, 2)
    assert joined.frames.tolist() == [*range(16), *range(32, 40)]


@pytest.mark.parametrize("cuts", [(1,), (5, 7), (3, 16, 20, 33)])
@pytest.mark.parametrize("backward", [False, True])
def test_parts_that_share_a_block_become_one(cuts: tuple[int, ...], backward: bool) -> None:
    whole = np.arange(0, COUNT)[:: -1 if backward else 1]
    frames = np.split(whole, cuts)
    answers = [answered(TINY, 50 + int(i)) for i in range(COUNT)]

    def rows(part: Any) -> TrackingRows:
        return TrackingRows.from_frames(TINY, [answers[int(i)] for i in part])

    joined = TrackedBlocks.joined(TINY, [TrackedBlocks.pack(part, rows(part)) for part in frames])
    at_once = TrackedBlocks.pack(whole, rows(whole))
    nothing = TrackingRecord(COUNT)
    assert record_state(joined.placed_in(nothing, whole)) == record_state(
        at_once.placed_in(nothing, whole)
    )
    assert joined.frames.tolist() == list(range(COUNT))


def test_of_a_frame_in_two_parts_the_later_one_counts() -> None:
    frames = np.array([3, 4])
    parts = [TrackedBlocks.pack(frames, rows_of(frames, seed=seed)) for seed in (1, 9)]
    joined = TrackedBlocks.joined(TINY, parts).placed_in(TrackingRecord(COUNT), frames)
    assert record_state(joined) == record_state(parts[1].placed_in(TrackingRecord(COUNT), frames))


def test_a_packed_run_comes_back_from_its_record() -> None:
    one, other = full(), full()
    command = packed(run("1", np.arange(5, 33), seed=3))
    again = command_from_record(command_to_record(command))
    History(one).do(command)
    History(other).do(again)
    assert state(one) == state(other)


def test_blocks_of_other_frames_or_sizes_are_refused() -> None:
    command = packed(run("1", np.arange(5, 33), seed=3))
    blocks = command.tracking
    assert isinstance(blocks, TrackedBlocks)
    with pytest.raises(SessionError, match="one row for each frame"):
        replace(command, frames=command.frames + 1)
    with pytest.raises(SessionError, match="does not fit the model"):
        TrackedBlocks(PLAIN, blocks.indices, blocks.blocks)
    with pytest.raises(SessionError, match="ascending order"):
        TrackedBlocks(TINY, blocks.indices[:1], blocks.blocks)
    none: Any = (None,)
    with pytest.raises(SessionError, match="needs a ModelInfo and blocks"):
        TrackedBlocks(TINY, (0,), none)
    assert all(isinstance(block, Block) for block in blocks.blocks)


def test_blocks_past_the_end_are_refused_and_nothing_changes() -> None:
    session = full()
    before = state(session)
    with pytest.raises(SessionError, match="does not exist"):
        History(session).do(packed(run("1", np.arange(30, 50), seed=3)))
    assert state(session) == before
