from __future__ import annotations

from pathlib import Path

import numpy as np

from sessions import (
    Alignment,
    ClearRange,
    Flag,
    History,
    RelinkSequence,
    RemoveTarget,
    RenameTarget,
    SetAlignment,
    SetAttributes,
    SetFlags,
    encode_session,
    load,
    mark_written,
    snapshot,
    write_encoded,
)
from tests.unit.sessions.building import full, info, run, state


def edit_everything(history: History) -> None:
    history.do(run("1", np.arange(0, 40), seed=9))
    history.do(SetFlags("1", np.arange(3, 9), Flag.ABSENT))
    history.do(ClearRange("1", 10, 12))
    history.do(RenameTarget("1", "another"))
    history.do(SetAttributes("car-2", {"color": "red"}))
    history.do(SetAlignment(Alignment(3)))
    history.do(RelinkSequence(info(name="elsewhere")))
    history.do(RemoveTarget("car-2"))


def test_nothing_done_later_reaches_a_snapshot() -> None:
    session = full()
    before = state(session)
    taken = snapshot(session)
    edit_everything(History(session))
    assert state(taken) == before
    assert state(session) != before


def test_a_snapshot_is_as_read_only_as_the_session() -> None:
    target = snapshot(full()).target("1")
    assert not target.boxes.flags.writeable
    assert not target.source.flags.writeable


def test_the_file_of_a_snapshot_is_that_of_the_session_then(tmp_path: Path) -> None:
    session = full()
    expected = state(snapshot(session))
    encoded = encode_session(snapshot(session), tmp_path / "walk.h5")
    edit_everything(History(session))
    write_encoded(encoded)
    read = state(load(tmp_path / "walk.h5"))
    assert read["targets"] == expected["targets"]
    assert read["alignment"] == expected["alignment"]


def test_a_sequence_linked_again_while_it_is_saved_stays_linked(tmp_path: Path) -> None:
    session = full()
    encoded = encode_session(snapshot(session), tmp_path / "walk.h5")
    History(session).do(RelinkSequence(info(name="elsewhere")))
    mark_written(session, encoded)
    assert session.sequence.name == "elsewhere"
    assert len(session.sequence.rgb_relative) == session.frame_count
    assert session.save_id == encoded.stamp.save_id


def test_the_paths_made_while_encoding_are_kept(tmp_path: Path) -> None:
    session = full()
    encoded = encode_session(snapshot(session), tmp_path / "walk.h5")
    mark_written(session, encoded)
    assert session.sequence is encoded.sequence
