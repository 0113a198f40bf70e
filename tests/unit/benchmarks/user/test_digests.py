from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmarks.user.digests import session_digest
from sessions import (
    AnnotationSession,
    ClearRange,
    Command,
    Flag,
    History,
    MarkSeen,
    RecolorTarget,
    RemoveTarget,
    RenameTarget,
    SeenMark,
    SetAttributes,
    SetBox,
    SetFlags,
    SetNotes,
    SetTargetProperties,
    load,
    save,
)
from tests.unit.sessions.building import PLAIN, everything, run

CHANGES: tuple[Callable[[AnnotationSession], Command], ...] = (
    lambda session: SetBox.draw(session, "1", 5, (1, 2, 30, 40)),
    lambda _session: ClearRange("1", 20, 21),
    lambda _session: SetFlags("1", np.array([9]), add=Flag.ABSENT),
    lambda _session: run("1", [25], PLAIN, 3),
    lambda _session: RenameTarget("1", "other"),
    lambda _session: RecolorTarget("1", 7),
    lambda _session: SetAttributes("1", {"a": "b"}),
    lambda _session: SetTargetProperties("1", class_name="dog"),
    lambda _session: MarkSeen("1", (SeenMark(3, 3, "jump", 2.0),)),
    lambda _session: RemoveTarget("1"),
    lambda _session: SetNotes("other"),
)


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_seen_and_undone(change: Callable[[AnnotationSession], Command]) -> None:
    session = everything()
    before, history = session_digest(session), History(session)
    history.do(change(session))
    after = session_digest(session)
    assert after != before
    history.undo()
    assert session_digest(session) == before
    history.redo()
    assert session_digest(session) == after


def test_a_saved_session_has_the_same_digest(tmp_path: Path) -> None:
    session = everything()
    save(session, tmp_path / "walk.h5")
    assert session_digest(load(tmp_path / "walk.h5")) == session_digest(session)
    assert session_digest(everything(41)) != session_digest(everything(40))
