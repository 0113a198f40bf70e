from __future__ import annotations

from pathlib import Path

import pytest

from sessions import (
    AddTarget,
    AnnotationSession,
    ClearRange,
    Command,
    History,
    Journal,
    SetBox,
    left_behind,
    restore,
    resume,
)
from tests.unit.sessions.building import STILL, info, run, state


@pytest.mark.parametrize("kept", [[], [5], [5, 6]])
def test_a_run_of_which_a_hand_left_nothing_is_nothing_to_miss(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: list[int]
) -> None:
    monkeypatch.setenv("CKD_STUDIO_STATE_DIR", str(tmp_path))
    session = AnnotationSession(info())
    history, journal = History(session), Journal.begin(session)

    def do(command: Command) -> None:
        history.do(command)
        journal.append(command)

    do(AddTarget("1", "walker"))
    do(SetBox.draw(session, "1", 3, (1, 2, 30, 40)))
    tracked = journal.begin_run("1")
    if kept:
        tracked.add(run("1", kept, STILL))
    tracked.leave_out([5, 6])
    do(ClearRange("1", 3, 4))
    journal.close()
    (left,) = left_behind()
    restored = restore(left)
    assert restored.problem == ""
    assert state(restored.session)["targets"] == state(session)["targets"]
    again = resume(restored)
    again.close()
    (left,) = left_behind()
    assert restore(left).problem == ""
