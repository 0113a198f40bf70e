"""The ledger finds what is lost, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.user.digests import session_digest
from benchmarks.user.ledger import Ledger, strangers
from sessions import (
    AddTarget,
    AnnotationSession,
    ClearRange,
    Command,
    History,
    Journal,
    SetBox,
    discard,
    left_behind,
    load,
    save,
)
from tests.unit.sessions.building import STILL, info, run


@pytest.fixture(autouse=True)
def state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CKD_STUDIO_STATE_DIR", str(tmp_path / "state"))


class Program:
    """A session with its journal, and what the program tells of it."""

    def __init__(self, path: Path | None = None) -> None:
        self.session = AnnotationSession(info()) if path is None else load(path)
        self.path = path
        self.history = History(self.session)
        self.journal = Journal.begin(self.session, path)
        self.lines: list[str] = []
        where = None if path is None else str(path)
        self.tell("replaced", self.digest, where, False, False, "")

    @property
    def digest(self) -> str:
        return session_digest(self.session)

    def tell(self, kind: str, *what: object, at: float = 0.0) -> None:
        self.lines.append(json.dumps([kind, at, *what]))

    def do(self, command: Command, *, keep: bool = True) -> None:
        self.history.do(command)
        self.tell("pending", self.digest)
        if keep:
            self.journal.append(command)
        self.tell("shown", self.digest, [])

    def box(self, frame: int, *, keep: bool = True) -> None:
        self.do(SetBox.draw(self.session, "1", frame, (frame, 2, 30, 40)), keep=keep)

    def die(self) -> None:
        self.journal.close()


def checked(ledger: Ledger, program: Program, ended: float = 10.0) -> list[str]:
    ledger.begin()
    for line in program.lines:
        ledger.hear(line)
    return ledger.check(ended).faults


def new_work() -> Program:
    program = Program()
    program.do(AddTarget("1", "walker"))
    program.box(3)
    return program


def saved_work(path: Path) -> tuple[Ledger, Program]:
    program = new_work()
    ledger = Ledger()
    program.tell("saving", str(path), program.digest)
    save(program.session, path)
    program.tell("saved", str(path), program.digest)
    program.journal.remove()
    assert checked(ledger, program) == []
    return ledger, Program(path)


def test_work_that_comes_back_is_no_loss() -> None:
    program = new_work()
    program.die()
    ledger = Ledger()
    assert checked(ledger, program) == []
    (digest,) = ledger.undecided.values()
    assert digest == program.digest


def test_a_change_that_was_shown_and_not_kept_is_lost() -> None:
    program = new_work()
    program.box(4, keep=False)
    program.die()
    assert checked(Ledger(), program) == ["what was on the screen does not come back"]


def test_a_change_that_was_kept_and_not_shown_may_come_back_or_not() -> None:
    for keep in (True, False):
        program = new_work()
        program.box(4, keep=keep)
        program.lines.pop()
        program.die()
        assert checked(Ledger(), program) == []
        for left in left_behind():
            discard(left)


def test_what_was_left_before_has_to_stay() -> None:
    first = new_work()
    first.die()
    ledger = Ledger()
    assert checked(ledger, first) == []
    (left,) = left_behind()
    second = Program()
    second.tell("discarding", str(left.journal))
    discard(left)
    assert checked(ledger, second) == []
    third = new_work()
    third.die()
    assert checked(ledger, third) == []
    (left,) = left_behind()
    discard(left)
    assert checked(ledger, Program()) == [f"what {left.journal.name} held before is gone"]


def test_work_that_was_closed_unsaved_has_to_stay_unless_it_was_dropped() -> None:
    for dropped in (True, False):
        program = new_work()
        program.tell("closing", False, dropped)
        program.tell("replaced", "", None, False, False, "")
        program.journal.remove()
        faults = checked(Ledger(), program)
        lost = "changes of a session that was closed meanwhile are gone"
        assert faults == ([] if dropped else [lost])


def test_a_file_holds_what_was_saved_or_what_was_there_before(tmp_path: Path) -> None:
    path = tmp_path / "walk.h5"
    ledger, program = saved_work(path)
    program.box(5)
    program.tell("saving", str(path), program.digest)
    program.die()
    assert checked(ledger, program) == []
    after = Program(path)
    after.history.do(ClearRange("1", 3, 4))
    save(after.session, path)
    assert f"{path.name} holds something that was never saved" in checked(ledger, after)
    path.write_bytes(b"half a file")
    (fault, *_) = checked(ledger, Program())
    assert fault.startswith("a session file cannot be opened")
    path.unlink()
    assert checked(ledger, Program()) == [f"{path} is gone"]


def test_a_first_save_that_came_to_nothing_is_no_loss(tmp_path: Path) -> None:
    program = new_work()
    program.tell("saving", str(tmp_path / "walk.h5"), program.digest)
    program.die()
    ledger = Ledger()
    assert checked(ledger, program) == []
    assert ledger.files == {str(tmp_path / "walk.h5"): [""]}


@pytest.mark.parametrize(
    ("kept", "age", "faults"), [(6, 5.0, 0), (4, 0.5, 0), (4, 1.5, 1), (0, 0.5, 0), (0, 1.5, 1)]
)
def test_frames_of_a_run_come_back_after_a_second(kept: int, age: float, faults: int) -> None:
    program = new_work()
    whole = run("1", range(4, 10), STILL)
    program.tell("run", "1")
    journal = program.journal.begin_run("1")
    if kept:
        part = run("1", range(4, 4 + kept), STILL)
        journal.add(replace(part, boxes=whole.boxes[:kept]))
    for index, frame in enumerate(range(4, 10)):
        program.tell("frame", frame, whole.boxes[index, 0].tolist(), at=10.0 - age)
    program.die()
    ledger = Ledger()
    assert len(checked(ledger, program)) == faults


def test_frames_of_a_run_may_be_kept_before_they_are_shown() -> None:
    program = new_work()
    program.tell("run", "1")
    program.journal.begin_run("1").add(run("1", range(4, 6), STILL))
    program.die()
    assert checked(Ledger(), program) == []


def test_strangers_are_files_that_no_session_has(tmp_path: Path) -> None:
    for name in ("walk.h5", ".walk.h5.journal", ".walk.h5.lock", ".walk.h5.ab12.part"):
        (tmp_path / name).touch()
    assert strangers(tmp_path) == [".walk.h5.ab12.part"]


GONE = "changes of a session that was closed meanwhile are gone"


def closed_while_saved(path: Path) -> tuple[Ledger, Program]:
    """A session that was closed while a save brought it to its file, and whose journal is gone."""
    ledger, program = saved_work(path)
    program.box(5)
    program.tell("saving", str(path), program.digest)
    program.tell("closing", False, False)
    program.tell("replaced", "", None, False, False, "")
    program.journal.remove()
    save(program.session, path)
    return ledger, program


def other_session() -> AnnotationSession:
    other = new_work()
    other.journal.remove()
    return other.session


def test_what_was_closed_while_it_was_saved_is_in_its_file(tmp_path: Path) -> None:
    ledger, program = closed_while_saved(tmp_path / "walk.h5")
    assert checked(ledger, program) == []


def test_what_a_save_of_another_state_replaces_unasked_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "walk.h5"
    ledger, program = closed_while_saved(path)
    # As restored from a state that was there before, and saved over what the file holds by now.
    program.session = other_session()
    program.tell("replaced", program.digest, str(path), False, True, "")
    program.tell("saving", str(path), program.digest)
    save(program.session, path)
    program.tell("saved", str(path), program.digest)
    assert GONE in checked(ledger, program)


@pytest.mark.parametrize("how", ["opened", "asked", "named"])
def test_what_was_closed_and_saved_may_be_worked_on_or_replaced(tmp_path: Path, how: str) -> None:
    path = tmp_path / "walk.h5"
    ledger, program = closed_while_saved(path)
    if how != "opened":
        program.session = other_session()
    # Under another name it is saved over by who was asked for that name.
    where = tmp_path / "other.h5" if how == "named" else path
    program.tell("replaced", program.digest, str(where), False, False, "")
    if how == "asked":
        program.tell("replacing", str(path))
    program.history = History(program.session)
    program.do(ClearRange("1", 3, 4), keep=False)
    program.tell("saving", str(path), program.digest)
    save(program.session, path)
    program.tell("saved", str(path), program.digest)
    assert GONE not in checked(ledger, program)
