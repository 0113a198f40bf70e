from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from sessions import AddTarget, AnnotationSession, History, RenameTarget, SessionError, SetBox
from tests.unit.sessions.building import empty, full, info, run, state


def nudge(session: AnnotationSession, x: float, when: float, frame: int = 5) -> SetBox:
    command = SetBox.draw(session, "1", frame, (x, 2, 3, 4), nudge=True)
    return SetBox("1", frame, command.boxes, nudge=True, edited_at=when)


def test_undo_and_redo_walk_through_the_states() -> None:
    session = empty()
    history = History(session)
    states = [state(session)]
    for frame in range(5):
        history.do(SetBox.draw(session, "1", frame, (frame, 2, 3, 4)))
        states.append(state(session))
    for wanted in reversed(states[:-1]):
        assert history.undo() is not None
        assert state(session) == wanted
    assert history.undo() is None
    assert not history.can_undo
    assert history.undo_label is None
    assert history.undo_command is None
    for wanted in states[1:]:
        assert history.redo() is not None
        assert state(session) == wanted
    assert history.redo() is None
    assert not history.can_redo
    assert history.redo_label is None


def test_labels_follow_their_steps() -> None:
    session = empty()
    history = History(session)
    history.do(AddTarget("2", "car"))
    history.do(RenameTarget("2", "bus"))
    assert history.undo_label == "Rename car to bus"
    history.undo()
    assert (history.undo_label, history.redo_label) == ("Add car", "Rename car to bus")
    assert history.redo_command is not None


def test_a_new_step_ends_the_way_forward() -> None:
    session = empty()
    history = History(session)
    history.do(AddTarget("2", "car"))
    history.undo()
    history.do(AddTarget("3", "bus"))
    assert not history.can_redo
    assert list(session.targets) == ["1", "3"]


def test_nudges_in_quick_succession_are_one_step() -> None:
    session = empty()
    history = History(session)
    history.do(SetBox.draw(session, "1", 5, (0, 2, 3, 4)))
    before = state(session)
    for number in range(10):
        history.do(nudge(session, 0.1 * number + 0.3, 100 + 0.9 * number))
    after = state(session)
    assert history.undo_label == "Move box of walker on frame 5"
    history.undo()
    assert state(session) == before
    history.redo()
    assert state(session) == after


@pytest.mark.parametrize("what", ["pause", "frame", "undo", "saved", "no nudge", "clock"])
def test_other_steps_are_not_joined(what: str) -> None:
    session = empty()
    history = History(session)
    history.do(nudge(session, 1, 100))
    if what == "undo":
        history.undo()
        history.redo()
    if what == "saved":
        history.mark_saved()
    second = {
        "pause": nudge(session, 2, 101.5),
        "clock": nudge(session, 2, 99),
        "frame": nudge(session, 2, 100.1, frame=6),
        "no nudge": SetBox("1", 5, np.ones((2, 4)), edited_at=100.1),
    }.get(what, nudge(session, 2, 100.1))
    history.do(second)
    history.undo()
    assert history.can_undo


def test_clean_means_as_saved() -> None:
    session = empty()
    history = History(session)
    assert history.clean
    history.do(AddTarget("2", "car"))
    assert not history.clean
    history.mark_saved()
    assert history.clean
    history.undo()
    assert not history.clean
    history.redo()
    assert history.clean
    history.undo()
    history.do(AddTarget("3", "bus"))
    history.undo()
    assert not history.clean, "the saved state can no longer be reached"
    history.mark_unsaved()
    history.mark_saved()
    assert history.clean


def test_saving_in_the_background_marks_the_state_that_was_saved() -> None:
    session = empty()
    history = History(session)
    history.do(AddTarget("2", "car"))
    saving = history.state
    history.do(AddTarget("3", "bus"))
    history.mark_saved(saving)
    assert not history.clean
    history.undo()
    assert history.clean


def test_a_refused_command_leaves_no_step() -> None:
    session = full()
    history, before = History(session), state(session)
    with pytest.raises(SessionError):
        history.do(SetBox("1", 999, np.ones((2, 4))))
    assert not history.can_undo
    assert history.clean
    assert state(session) == before


def test_a_tracked_run_is_one_step() -> None:
    session = full()
    history, before = History(session), state(session)
    history.do(run("1", np.arange(0, 40)))
    history.undo()
    assert not history.can_undo
    assert state(session) == before


def test_steps_on_a_long_sequence_cost_what_they_change() -> None:
    session = AnnotationSession(info(1, rgb_count=1_000_000))
    history = History(session)
    history.do(AddTarget("1", "walker"))
    tracemalloc.start()
    try:
        for frame in range(200):
            history.do(SetBox("1", frame * 100, np.ones((2, 4)), edited_at=1.0))
        boxes, _ = tracemalloc.get_traced_memory()
        for frame in range(200):
            history.do(run("1", [frame * 100 + 7]))
        runs, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert boxes < 200 * 4_000
    assert runs - boxes < 200 * 40_000
