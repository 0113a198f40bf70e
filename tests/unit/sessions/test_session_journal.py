from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sessions import (
    AddTarget,
    AnnotationSession,
    Command,
    History,
    RenameTarget,
    SessionError,
    SetBox,
    encode_session,
    journal,
    load,
    mark_written,
    save,
    write_encoded,
)
from sessions.journal import Journal, journal_path, read_journal, replay
from tests.unit.sessions.building import full, info, run, state


class Work:
    """A session with its history and journal, as the program holds them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.session = load(path)
        self.history = History(self.session)
        self.journal = Journal(journal_path(path), self.session)

    def do(self, command: Command) -> None:
        self.history.do(command)
        self.journal.append(command)

    def undo(self) -> None:
        command = self.history.undo_command
        assert command is not None
        self.history.undo()
        self.journal.append(command)

    def redo(self) -> None:
        command = self.history.redo_command
        assert command is not None
        self.history.redo()
        self.journal.append(command)

    def box(self, frame: int) -> None:
        self.do(SetBox.draw(self.session, "1", frame, (frame, 2, 3, 4)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "walk.h5"
    save(full(), place)
    return place


def recovered(path: Path) -> tuple[AnnotationSession, History, journal.Recovery]:
    session = load(path)
    history = History(session)
    contents = read_journal(journal_path(path))
    assert contents is not None
    return session, history, replay(contents, session, history)


def test_everything_since_the_last_save_comes_back(path: Path) -> None:
    work = Work(path)
    work.box(1)
    work.do(run("1", np.arange(5, 15)))
    work.do(AddTarget("7", "dog"))
    work.undo()
    work.undo()
    work.redo()
    work.do(RenameTarget("1", "läufer"))
    session, history, recovery = recovered(path)
    assert state(session) == state(work.session)
    assert (recovery.applied, recovery.problem) == (7, "")
    assert not history.clean
    for _ in range(7):
        history.undo()
    assert state(session) == state(load(path))
    work.journal.remove()
    assert read_journal(journal_path(path)) is None


def test_undoing_past_a_save_is_journalled_too(path: Path) -> None:
    work = Work(path)
    work.box(1)
    save_with_journal(work)
    work.undo()
    assert state(recovered(path)[0]) == state(work.session)
    work.journal.close()


def save_with_journal(work: Work, *, crash: bool = False, meanwhile: bool = False) -> None:
    encoded = encode_session(work.session, work.path)
    work.journal.note_saving(encoded.stamp.save_id)
    if meanwhile:
        work.box(30)
    write_encoded(encoded)
    if not crash:
        mark_written(work.session, encoded)
        work.journal.note_saved(work.session)


@pytest.mark.parametrize("meanwhile", [True, False])
@pytest.mark.parametrize("crash", [True, False])
def test_saving_begins_again_and_loses_nothing_on_the_way(
    path: Path, crash: bool, meanwhile: bool
) -> None:
    work = Work(path)
    work.box(1)
    save_with_journal(work, crash=crash, meanwhile=meanwhile)
    session, _, recovery = recovered(path)
    assert state(session)["targets"] == state(work.session)["targets"]
    assert recovery.applied == int(meanwhile)
    work.box(31)
    assert state(recovered(path)[0])["targets"] == state(work.session)["targets"]
    work.journal.close()


def test_a_failed_save_changes_nothing_about_the_journal(path: Path) -> None:
    work = Work(path)
    work.box(1)
    work.journal.note_saving("never written")
    work.box(2)
    session, _, recovery = recovered(path)
    assert recovery.applied == 2
    assert state(session) == state(work.session)
    save_with_journal(work)
    assert recovered(path)[2].applied == 0
    work.journal.close()


def test_saving_under_another_name_moves_the_journal(path: Path) -> None:
    work = Work(path)
    work.box(1)
    other = path.with_name("other.h5")
    encoded = encode_session(work.session, other)
    work.journal.note_saving(encoded.stamp.save_id)
    write_encoded(encoded)
    mark_written(work.session, encoded)
    work.journal.note_saved(work.session, journal_path(other))
    work.box(2)
    assert not journal_path(path).exists()
    assert state(recovered(other)[0])["targets"] == state(work.session)["targets"]
    work.journal.close()


def test_a_session_that_was_never_saved_is_recovered_from_its_journal(tmp_path: Path) -> None:
    session = AnnotationSession(info(12))
    place = tmp_path / "unsaved.journal"
    written = Journal(place, session)
    history = History(session)
    for command in (AddTarget("1", "walker"), run("1", [1, 2, 3])):
        history.do(command)
        written.append(command)
    written.close()
    contents = read_journal(place)
    assert contents is not None
    assert contents.sequence == session.sequence
    again = AnnotationSession(contents.sequence, created=session.created)
    assert replay(contents, again, History(again)).problem == ""
    assert state(again) == state(session)


def test_a_journal_of_another_state_is_refused(path: Path) -> None:
    work = Work(path)
    work.box(1)
    work.journal.close()
    save(full(), path)
    with pytest.raises(SessionError, match="belongs to another state"):
        recovered(path)


# Damage -------------------------------------------------------------------------------------


def test_every_torn_end_is_dropped_and_said(path: Path) -> None:
    work = Work(path)
    states = [state(work.session)]
    lengths = [journal_path(path).stat().st_size]
    for frame in (1, 2, 3):
        work.box(frame)
        states.append(state(work.session))
        lengths.append(journal_path(path).stat().st_size)
    work.journal.close()
    data = journal_path(path).read_bytes()
    edges = {end + by for end in lengths for by in (-1, 0, 1, 8, 9, 10)}
    for length in sorted(edges | set(range(lengths[0], len(data), 61))):
        if not lengths[0] <= length <= len(data):
            continue
        journal_path(path).write_bytes(data[:length])
        whole = sum(length >= end for end in lengths) - 1
        session, _, recovery = recovered(path)
        assert recovery.applied == whole
        assert state(session) == states[whole]
        if length in lengths:
            assert recovery.problem == ""
        else:
            assert recovery.problem.endswith("the last record was cut off and left out.")


def test_a_record_that_was_changed_removed_or_moved_ends_the_journal(path: Path) -> None:
    work = Work(path)
    for frame in (1, 2, 3):
        work.box(frame)
    work.journal.close()
    head, *boxes = journal_path(path).read_bytes().splitlines(keepends=True)
    for lines, good in (
        ([boxes[0], boxes[2]], 1),
        ([boxes[1], boxes[0], boxes[2]], 0),
        ([boxes[0], boxes[1].replace(b'"nudge":false', b'"nudge":true'), boxes[2]], 1),
        ([boxes[0], b"\n", boxes[1]], 1),
        ([boxes[0], b"\0" * 50 + b"\n", boxes[1]], 1),
    ):
        journal_path(path).write_bytes(head + b"".join(lines))
        _, _, recovery = recovered(path)
        assert recovery.applied == good
        assert "is damaged and was left out" in recovery.problem


def with_records(path: Path, *records: Any) -> None:
    data, checksum = b"", 0
    for record in records:
        line, checksum = journal._line(record, checksum)
        data += line
    journal_path(path).write_bytes(data)


def test_records_that_are_not_understood_end_the_journal(path: Path) -> None:
    head = {"journal": 1, "base": load(path).save_id, "sequence": None}
    for record in ({"other": 1}, {"command": {"type": "System", "fields": {}}}, {"command": None}):
        with_records(path, head, record)
        _, _, recovery = recovered(path)
        assert recovery.applied == 0
        assert "record 2 and what follows was left out" in recovery.problem
    with_records(path, head, [1])
    assert "is damaged" in recovered(path)[2].problem


def test_a_command_that_does_not_fit_ends_the_recovery(path: Path) -> None:
    work = Work(path)
    work.box(1)
    work.journal.append(RenameTarget("nobody", "x"))
    work.journal.append(RenameTarget("1", "x"))
    work.journal.close()
    _, _, recovery = recovered(path)
    assert recovery.applied == 1
    assert "2 changes could not be done again: There is no target" in recovery.problem


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is not a journal"),
        (b"hello\n", "is not a journal"),
        (b"\xff" * 100, "is not a journal"),
    ],
)
def test_other_files_are_no_journals(path: Path, content: bytes, said: str) -> None:
    journal_path(path).write_bytes(content)
    with pytest.raises(SessionError, match=said):
        read_journal(journal_path(path))


def test_heads_that_make_no_sense(path: Path) -> None:
    for head, said in (
        ({"journal": 2, "base": "", "sequence": None}, "newer CKD Studio"),
        ({"journal": 1, "base": "", "sequence": 7}, "which sequence"),
        ({"journal": 1, "base": 7, "sequence": None}, "not a journal"),
        ({"base": "", "sequence": None}, "not a journal"),
    ):
        with_records(path, head)
        with pytest.raises(SessionError, match=said):
            read_journal(journal_path(path))


def test_a_journal_that_cannot_be_read(path: Path) -> None:
    journal_path(path).mkdir()
    with pytest.raises(SessionError, match="could not be read"):
        read_journal(journal_path(path))
    journal_path(path).rmdir()
    with journal_path(path).open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(SessionError, match="too large"):
        read_journal(journal_path(path))


def test_a_full_disk_is_said_and_the_journal_stays_sound(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work(path)
    work.box(1)
    real = os.write

    def half(handle: int, data: Any) -> int:
        if len(data) < 50:
            raise OSError(errno.ENOSPC, "full")
        return real(handle, data[: len(data) - 20])

    with monkeypatch.context() as patched:
        patched.setattr(journal.os, "write", half)
        with pytest.raises(SessionError, match="because the disk is full; save the session to"):
            work.journal.append(RenameTarget("1", "lost"))
    work.box(2)
    session, _, recovery = recovered(path)
    assert (recovery.applied, recovery.problem) == (2, "")
    assert state(session) == state(work.session)
    work.journal.close()


def test_a_journal_where_none_can_be(path: Path) -> None:
    with pytest.raises(SessionError, match="could not be saved because the folder"):
        Journal(path.parent / "gone" / "j", load(path))


def test_a_killed_program_loses_nothing(path: Path) -> None:
    """kill -9 in the middle of the work."""
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from tests.unit.sessions.test_session_journal import Work\n"
        "work = Work(Path(sys.argv[1]))\n"
        "for frame in range(20, 30):\n    work.box(frame)\n"
        "os.kill(os.getpid(), getattr(signal, 'SIGKILL', signal.SIGTERM))\n"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], cwd=root, check=False, timeout=60
    )
    assert done.returncode != 0
    session, _, recovery = recovered(path)
    assert (recovery.applied, recovery.problem) == (10, "")
    assert session.target("1").boxes[29, 0].tolist() == [29, 2, 3, 4]


def test_the_journal_is_plain_text(path: Path) -> None:
    work = Work(path)
    work.box(1)
    work.journal.close()
    lines = journal_path(path).read_text("ascii").splitlines()
    assert [json.loads(line[9:]).keys() for line in lines] == [
        {"journal", "base", "sequence"},
        {"command"},
    ]
