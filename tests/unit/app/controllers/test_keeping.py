"""What is done goes to the journal first, and a journal that fails never stops the work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

import sessions
from app.controllers import keeping as keeping_module
from app.controllers.keeping import KeepingController
from app.resolve.thermal import ThermalPlace
from app.state.document import Document
from sessions import AcceptRun, AddTarget, RenameTarget, SessionError, SetBox, snapshot
from tests.unit.app.controllers.conftest import make_session

PAIR = np.array([[10.0, 20.0, 30.0, 40.0]] * 2)


@pytest.fixture
def fresh(qtbot: QtBot) -> Document:  # noqa: ARG001 - signals need a running Qt
    return Document()


@pytest.fixture
def keeping(fresh: Document) -> KeepingController:
    keeping = KeepingController(fresh)
    session = make_session()
    fresh.replace(session)
    keeping.begin(session, None)
    return keeping


def part(frames: range) -> AcceptRun:
    count = len(frames)
    return AcceptRun("1", np.array(frames), np.stack([PAIR] * count), np.full(count, 0.5))


def come_back() -> Any:
    (left,) = sessions.left_behind()
    return sessions.restore(left)


def test_a_change_is_kept_before_anybody_hears_of_it(
    fresh: Document, keeping: KeepingController
) -> None:
    kept: list[int] = []

    def look(_change: object) -> None:
        journal = keeping._journal
        assert journal is not None
        assert journal.path is not None
        kept.append(len(Path(journal.path).read_bytes().splitlines()))

    fresh.changed.connect(look)
    fresh.do(AddTarget("1", "Walker"))
    fresh.do(RenameTarget("1", "Runner"))
    fresh.undo()
    fresh.redo()
    # The header, and a line for each.
    assert kept == [2, 3, 4, 5]
    assert keeping.end()
    restored = come_back()
    assert restored.session.target("1").name == "Runner"
    assert restored.history.undo_label == fresh.history.undo_label  # type: ignore[union-attr]


def test_what_was_undone_while_its_save_went_on_is_left_behind(
    fresh: Document, keeping: KeepingController, tmp_path: Path
) -> None:
    path, session = tmp_path / "walk.h5", fresh.session
    assert session is not None
    fresh.do(AddTarget("1", "Walker"))
    keeping.saving("first", path)
    # Written, and nobody came to say so.
    sessions.write_encoded(sessions.encode_session(snapshot(session), path, save_id="first"))
    fresh.undo()
    history = fresh.history
    assert history is not None
    history.mark_saved()
    assert fresh.clean
    assert keeping.end()
    assert come_back().session.targets == {}


def test_what_is_clean_or_given_up_leaves_nothing(
    fresh: Document, keeping: KeepingController
) -> None:
    assert not keeping.end()
    keeping.begin(fresh.session, None)  # type: ignore[arg-type]
    fresh.do(AddTarget("1", "Walker"))
    keeping.may_go()
    assert not keeping.end()
    assert sessions.left_behind() == ()


def test_what_was_done_after_it_was_given_up_is_left(
    fresh: Document, keeping: KeepingController
) -> None:
    fresh.do(AddTarget("1", "Walker"))
    keeping.may_go()
    fresh.do(AddTarget("2", "Car"))
    assert keeping.end()
    assert set(come_back().session.targets) == {"1", "2"}


@pytest.mark.parametrize("how", ["cut off", "accepted", "abandoned"])
def test_a_run_is_kept_as_it_ends(fresh: Document, keeping: KeepingController, how: str) -> None:
    fresh.do(AddTarget("1", "Walker"))
    fresh.do(SetBox("1", 3, PAIR))
    session = fresh.session
    assert session is not None
    run = keeping.begin_run("1", ThermalPlace.of(session, "1", 3))
    assert run is not None
    run._journal.add(part(range(4, 9)))
    if how == "accepted":
        command = part(range(4, 9))
        fresh.do(command, lambda: run.accepted(command))
    elif how == "abandoned":
        run.abandoned()
    keeping.end()
    frames = np.flatnonzero(~np.isnan(come_back().session.target("1").boxes[:, 0, 0])).tolist()
    assert frames == ([3] if how == "abandoned" else [3, 4, 5, 6, 7, 8])


def test_what_a_hand_emptied_during_a_run_stays_empty(
    fresh: Document, keeping: KeepingController
) -> None:
    fresh.do(AddTarget("1", "Walker"))
    fresh.do(SetBox("1", 3, PAIR))
    run = keeping.begin_run("1", ThermalPlace.of(fresh.session, "1", 3))  # type: ignore[arg-type]
    assert run is not None
    run._journal.add(part(range(4, 7)))
    run.leave_out([5, 8])
    # A frame that was on its way when a hand decided about it.
    run._journal.add(part(range(7, 10)))
    keeping.end()
    for _ in range(2):
        restored = come_back()
        boxes = restored.session.target("1").boxes
        assert np.flatnonzero(~np.isnan(boxes[:, 0, 0])).tolist() == [3, 4, 6, 7, 9]
        sessions.resume(restored).close()


def failing(why: str) -> Callable[..., None]:
    def append(*_values: object) -> None:
        raise SessionError(why)

    return append


def test_a_journal_that_fails_is_said_once_and_again_when_it_works(
    qtbot: QtBot, fresh: Document, keeping: KeepingController, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[tuple[str, str]] = []
    keeping.message.connect(lambda level, text: said.append((level, text)))
    monkeypatch.setattr(keeping_module, "WATCH_MILLISECONDS", 1)
    keeping._watch.setInterval(1)
    with monkeypatch.context() as patched:
        patched.setattr(sessions.Journal, "append", failing("The disk is full."))
        patched.setattr(sessions.Journal, "problem", "The disk is full.")
        fresh.do(AddTarget("1", "Walker"))
        fresh.do(RenameTarget("1", "Runner"))
        qtbot.wait(20)
    assert fresh.session is not None
    assert fresh.session.target("1").name == "Runner"
    qtbot.waitUntil(lambda: len(said) == 2)
    assert said == [
        ("warning", "The disk is full."),
        ("info", "Changes are kept on disk again."),
    ]
    keeping.end()
