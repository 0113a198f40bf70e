from __future__ import annotations

import json

import numpy as np
import pytest

from sessions import (
    AnnotationSession,
    ClearRange,
    Flag,
    History,
    SessionError,
    SetBox,
    SetFlags,
    SetTargetProperties,
    Source,
    command_from_record,
    command_to_record,
    merge_targets,
    split_target,
)
from tests.unit.sessions.building import NANO, TINY, answered, full, run, state

PAIR = np.tile([1.0, 2.0, 3.0, 4.0], (2, 1))


def two() -> AnnotationSession:
    """The walker on 0 to 20 and 30 to 39, the car on 3, 18 to 29 by two models, absent on 33."""
    session = full()
    run("car-2", np.arange(18, 26), TINY, 40, answered).apply(session)
    run("car-2", np.arange(26, 30), NANO, 50, answered).apply(session)
    SetFlags("car-2", np.array([33]), Flag.ABSENT, edited_at=5.0).apply(session)
    SetBox("car-2", 19, PAIR, edited_at=6.0).apply(session)
    return session


def test_merging_takes_what_is_missing_and_what_a_person_decided() -> None:
    session, before = two(), two()
    history = History(session)
    history.do(merge_targets(session, "1", "car-2"))
    assert list(session.targets) == ["1"]
    now, walker, car = session.target("1"), before.target("1"), before.target("car-2")
    from_car = [3, 19, *range(21, 30), 33]
    for frame in range(40):
        origin = car if frame in from_car else walker
        assert np.array_equal(now.boxes[frame], origin.boxes[frame], equal_nan=True), frame
        assert now.source[frame] == origin.source[frame]
        assert now.flags[frame] == origin.flags[frame]
        assert now.tracking.model_of(frame) == origin.tracking.model_of(frame), frame
        seen, known = now.tracking.frame(frame), origin.tracking.frame(frame)
        assert (seen is None) == (known is None)
        if seen is not None and known is not None:
            assert seen.window == known.window
            assert [ids.tolist() for ids in seen.removed] == [ids.tolist() for ids in known.removed]
    assert history.undo_label == "Merge Wagen — blau into walker"
    merged = state(session)
    history.undo()
    assert state(session) == state(before)
    history.redo()
    assert state(session) == merged


def test_splitting_gives_the_rest_to_another_target() -> None:
    session, before = two(), two()
    history = History(session)
    history.do(split_target(session, "1", 10, "9", "walker 2", 4))
    old, new, walker = session.target("1"), session.target("9"), before.target("1")
    assert np.array_equal(old.boxes[:10], walker.boxes[:10], equal_nan=True)
    assert np.array_equal(new.boxes[10:], walker.boxes[10:], equal_nan=True)
    assert not old.boxed()[10:].any()
    assert not new.boxed()[:10].any()
    assert old.tracking.frames.max() == 9
    assert np.array_equal(
        np.concatenate([old.tracking.frames, new.tracking.frames]), walker.tracking.frames
    )
    assert new.source[30] == Source.TRACKED
    split = state(session)
    history.undo()
    assert state(session) == state(before)
    history.redo()
    assert state(session) == split
    history.do(merge_targets(session, "1", "9"))
    now = session.target("1")
    for name in ("boxes", "source", "flags", "score"):
        assert np.array_equal(getattr(now, name), getattr(walker, name), equal_nan=name != "flags")
    assert np.array_equal(now.tracking.frames, walker.tracking.frames)


@pytest.mark.parametrize("which", ["merge", "split"])
def test_both_are_records_for_the_journal(which: str) -> None:
    session, replayed = two(), two()
    if which == "merge":
        command = merge_targets(session, "car-2", "1")
    else:
        command = split_target(session, "car-2", 22, "9", "Wagen 2", 4)
    inverse = command.inverse(session)
    command.apply(session)
    command_from_record(json.loads(json.dumps(command_to_record(command)))).apply(replayed)
    assert state(replayed) == state(session)
    command_from_record(json.loads(json.dumps(command_to_record(inverse)))).apply(replayed)
    assert state(replayed) == state(two())


def test_what_cannot_be_is_said() -> None:
    session = two()
    with pytest.raises(SessionError, match="walker cannot be merged with itself"):
        merge_targets(session, "1", "1")
    with pytest.raises(SessionError, match="walker has nothing before frame 0"):
        split_target(session, "1", 0, "9", "x", 0)
    ClearRange("1", 30, 40).apply(session)
    with pytest.raises(SessionError, match="walker has nothing from frame 25"):
        split_target(session, "1", 25, "9", "x", 0)
    with pytest.raises(SessionError, match="Frame 40 does not exist"):
        split_target(session, "1", 40, "9", "x", 0)
    SetTargetProperties("car-2", locked=True).apply(session)
    for make in (("1", "car-2"), ("car-2", "1")):
        with pytest.raises(SessionError, match="is locked"):
            merge_targets(session, *make)
