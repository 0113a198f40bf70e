from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sessions import (
    AddTarget,
    ChangeKind,
    ClearRange,
    Command,
    CopyBoxes,
    Flag,
    History,
    RemoveTarget,
    RenameTarget,
    SessionError,
    SetBox,
    SetFlags,
    SetNotes,
    SetTargetProperties,
    SetViewState,
    Several,
    Source,
)
from tests.unit.sessions.building import empty, full, state

PAIR = np.tile([1.0, 2.0, 3.0, 4.0], (2, 1))


def absent(frame: int) -> SetFlags:
    return SetFlags("1", np.array([frame]), Flag.ABSENT)


def test_several_changes_of_one_target_are_one_step_and_one_change() -> None:
    session = full()
    history, before = History(session), state(full())
    change = history.do(Several((absent(9), ClearRange("1", 3, 5), absent(4)), "Tidy up"))
    assert change.kind is ChangeKind.FRAMES
    assert change.target_id == "1"
    assert change.frames.tolist() == [3, 4, 9]
    assert change.tracking
    assert history.undo_label == "Tidy up"
    after = state(session)
    history.undo()
    assert state(session) == before
    assert history.redo_label == "Tidy up"
    history.redo()
    assert state(session) == after
    history.undo()
    assert not history.can_undo
    assert state(session) == before


def test_a_later_one_may_stand_on_an_earlier_one() -> None:
    session = full()
    history, before = History(session), state(full())
    several = Several((AddTarget("9", "dog"), SetBox("9", 3, PAIR), RemoveTarget("1")), "Swap")
    change = history.do(several)
    assert change.kind is ChangeKind.SEVERAL
    assert change.target_id is None
    assert change.touches(0)
    assert list(session.targets) == ["car-2", "9"]
    history.undo()
    assert state(session) == before


REFUSED: list[tuple[Command, ...]] = [
    (absent(1), absent(40)),
    (RenameTarget("1", "x"), SetTargetProperties("1", locked=True), absent(2)),
]


@pytest.mark.parametrize("commands", REFUSED)
def test_when_one_is_refused_none_was_done(commands: tuple[Command, ...]) -> None:
    session, several = full(), Several(commands, "No")
    for use in (several.apply, several.inverse, lambda on: History(on).do(several)):
        with pytest.raises(SessionError, match=r"Frame 40|is locked"):
            use(session)
        assert state(session) == state(full())


@pytest.mark.parametrize(
    ("commands", "words", "said"),
    [
        ((), "x", "made of 1 to"),
        ((absent(1),), "", "must not be empty"),
        ((absent(1),), "two\nlines", "single line"),
        ((Several((absent(1),), "x"),), "x", "single commands"),
        (("no command",), "x", "single commands"),
        (absent(1), "x", "a list of commands"),
        ((SetViewState(None),), "x", "no step of undo"),
    ],
)
def test_a_senseless_step_cannot_be_made(commands: Any, words: str, said: str) -> None:
    with pytest.raises(SessionError, match=said):
        Several(commands, words)


def test_it_knows_whom_it_is_about() -> None:
    both: tuple[Command, ...] = (RenameTarget("1", "a"), RenameTarget("car-2", "b"))
    assert Several(both[:1], "x").target_id == "1"
    assert Several(both, "x").target_id == ""
    assert Several(both, "x").target_ids == {"1", "car-2"}
    assert Several((*both, SetNotes("n")), "x").target_ids == {"1", "car-2"}


def test_a_box_is_copied_over_a_range_as_set_by_hand() -> None:
    session = full()
    absent(12).apply(session)
    copy = CopyBoxes.of_range(session, "1", 10, 15)
    change = copy.apply(session)
    target = session.target("1")
    assert change.frames.tolist() == [11, 12, 13, 14]
    assert (target.source[11:15] == Source.MANUAL).all()
    assert target.source[10] == Source.TRACKED, "the frame it comes from stays as it is"
    assert (target.boxes[11:15] == target.boxes[10]).all()
    assert not target.absent()[12], "a box says that the target is there"
    assert np.isnan(target.score[11:15]).all()


def test_a_copied_box_comes_from_before_the_range_where_it_begins_without() -> None:
    session = full()
    SetFlags("1", np.arange(18, 40), Flag.ABSENT).apply(session)
    copy = CopyBoxes.of_range(session, "1", 20, 22)
    assert copy.frames.tolist() == [20, 21]
    assert np.array_equal(copy.boxes, session.target("1").boxes[17]), "absent frames have none"
    with pytest.raises(SessionError, match="walker has no box on frame 3 or before it to copy"):
        CopyBoxes.of_range(empty(), "1", 3, 5)
    with pytest.raises(SessionError, match="no frame to copy it to"):
        CopyBoxes.of_range(full(), "1", 7, 8)


def test_boxed_leaves_absent_frames_out() -> None:
    session = full()
    before = session.target("1").boxed().sum()
    SetFlags("1", np.array([2, 3, 25]), Flag.ABSENT).apply(session)
    assert session.target("1").boxed().sum() == before - 2
    assert session.target("1").absent().nonzero()[0].tolist() == [2, 3, 25]
