"""Disks that are full, folders that are shut or gone, and what a journal does about them."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sessions import (
    AnnotationSession,
    RenameTarget,
    SessionError,
    journal_format,
    journal_keeper,
    journal_path,
    journal_writer,
    left_behind,
    places,
    save,
    state_folder,
)
from tests.unit.sessions.building import full, info, run, state
from tests.unit.sessions.journalling import Work, only_left, recovered

posix_only = pytest.mark.skipif(os.name == "nt", reason="Windows keeps open files where they are")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "folder" / "walk.h5"
    place.parent.mkdir()
    save(full(), place)
    return place


@pytest.fixture(autouse=True)
def state_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(places.STATE_DIR_VARIABLE, str(tmp_path / "state"))
    return tmp_path / "state"


class Disk:
    """Lets os.write of the journals fail: at once, or after some bytes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left: int | None = None
        self.error = errno.ENOSPC
        self._real = os.write
        monkeypatch.setattr("sessions.journal_file.os.write", self.write)

    def write(self, handle: int, data: Any) -> int:
        if self.left is None:
            return self._real(handle, data)
        if not self.left:
            raise OSError(self.error, os.strerror(self.error))
        written = self._real(handle, data[: self.left])
        self.left -= written
        return written


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def quiet(work: Work) -> None:
    """Let nothing happen by itself."""
    keeper = work.journal._writer._keeper
    assert keeper is not None
    keeper.stop()
    work.journal._writer._keeper = _Nobody()  # type: ignore[assignment]


class _Nobody:
    def wake(self) -> None:
        pass

    def stop(self) -> None:
        pass


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EIO, "the disk reports an error"),
        (errno.EROFS, "the folder is read-only"),
        (errno.ESTALE, "the network folder is gone"),
    ],
)
@pytest.mark.parametrize("room", [0, 1, 9, 60])
def test_what_cannot_be_written_waits_and_is_said_once(
    path: Path, disk: Disk, error: int, why: str, room: int
) -> None:
    work = Work(path)
    work.box(1)
    quiet(work)
    before = work.lines()
    disk.left, disk.error = room, error
    with pytest.raises(SessionError, match=f"because {why}; until it can"):
        work.box(2)
    # Said once; the change itself stands.
    work.box(3)
    work.undo()
    assert why in work.journal.problem
    assert work.lines() == before, "nothing half written stays"
    assert work.session.target("1").boxes[2, 0, 0] == 2.5
    disk.left = None
    work.box(4)
    assert work.journal.problem == ""
    disk.left = 0
    with pytest.raises(SessionError, match=why):
        work.box(5)
    disk.left = None
    # The thread beside it tries as well.
    work.journal.settle()
    assert work.journal.problem == ""
    work.kill()
    restored = recovered()
    assert (restored.applied, restored.problem) == (6, "")
    assert state(restored.session) == state(work.session)


def test_a_run_never_raises_in_the_thread_that_tracks(path: Path, disk: Disk) -> None:
    work = Work(path)
    work.box(1)
    quiet(work)
    disk.left, disk.error = 0, errno.EIO
    entry = work.journal.begin_run("1")
    entry.add(run("1", [5, 6]))
    assert work.journal.problem
    with pytest.raises(SessionError):
        work.box(2)
    entry.add(run("1", [7, 8]))
    disk.left = None
    work.journal.settle()
    work.kill()
    assert recovered().applied == 3


def test_the_thread_beside_it_tries_by_itself(path: Path, disk: Disk) -> None:
    work = Work(path)
    work.box(1)
    disk.left, disk.error = 0, errno.EIO
    with pytest.raises(SessionError):
        work.box(2)
    disk.left = None
    waited = threading.Event()
    while work.journal.problem:
        waited.wait(0.05)
    assert len(work.lines()) == 3
    work.journal.remove()


def test_a_full_disk_of_the_session_moves_the_journal(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work(path)
    work.box(1)
    quiet(work)
    real = os.write

    def full_there(handle: int, data: Any) -> int:
        file = work.journal._writer.file
        if file is not None and file._handle == handle and file.path.parent == path.parent:
            raise OSError(errno.ENOSPC, "full")
        return real(handle, data)

    monkeypatch.setattr("sessions.journal_file.os.write", full_there)
    work.box(2)
    assert work.journal.problem == ""
    assert work.journal.path is not None
    assert work.journal.path.parent == state_folder() / "journals"
    assert not journal_path(path).exists()
    work.box(3)
    work.kill()
    restored = recovered(path)
    assert (restored.applied, restored.session_path) == (3, path)
    assert state(restored.session) == state(work.session)


@pytest.mark.parametrize("room", [0, 5, 200])
def test_a_journal_that_cannot_even_begin(path: Path, disk: Disk, room: int) -> None:
    work = Work(path)
    disk.left = room
    with pytest.raises(SessionError, match="the disk is full"):
        work.box(1)
    assert not journal_path(path).exists()
    disk.left = None
    work.box(2)
    assert len(work.lines()) == 3
    work.journal.remove()


def test_where_the_folder_cannot_be_written_it_lies_in_the_state_folder(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def shut(name: Any, flags: int, mode: int = 0o777) -> int:
        if Path(name).parent == path.parent and flags & os.O_CREAT:
            raise OSError(errno.EROFS, "read-only")
        return real(name, flags, mode)

    monkeypatch.setattr("sessions.journal_file.os.open", shut)
    work = Work(path)
    work.box(1)
    assert work.journal.problem == ""
    assert sorted(each.name for each in path.parent.iterdir()) == ["walk.h5"]
    work.kill()
    assert recovered(path).applied == 1


@posix_only
def test_no_place_at_all(path: Path, state_dir: Path) -> None:
    work = Work(path)
    shutil.rmtree(path.parent)
    state_dir.write_text("in the way")
    with pytest.raises(SessionError, match="could not be written because"):
        work.box(1)
    work.box(2)
    state_dir.unlink()
    work.box(3)
    assert work.journal.problem == ""
    assert len(work.lines()) == 4
    work.journal.remove()


@posix_only
@pytest.mark.parametrize("whole_folder", [True, False])
def test_a_journal_that_somebody_removed_is_written_again(path: Path, whole_folder: bool) -> None:
    work = Work(path)
    work.box(1)
    quiet(work)
    if whole_folder:
        kept = path.parent.with_name("kept")
        shutil.copytree(path.parent, kept)
        shutil.rmtree(path.parent)
    else:
        journal_path(path).unlink()
    work.box(2)
    assert work.journal.path is not None
    assert work.journal.path.exists()
    assert (work.journal.path.parent == path.parent) is not whole_folder
    work.kill()
    left = only_left()
    assert left.changes == 2
    if whole_folder:
        assert "is not there any more; put it back" in left.problem
        kept.rename(path.parent)
        journal_path(path).unlink()
    assert state(recovered().session) == state(work.session)


def test_what_the_disk_refuses_to_sync_is_said(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: int) -> None:
        raise OSError(errno.EIO, "broken")

    work = Work(path)
    with monkeypatch.context() as patched:
        patched.setattr("sessions.journal_writer.os.fsync", broken)
        work.box(1)
        quiet(work)
        work.journal.settle()
        assert "the disk reports an error" in work.journal.problem
    work.journal.settle()
    assert work.journal.problem == ""
    work.journal.remove()


def test_what_is_too_large_is_said_and_ends_with_the_next_save(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work(path)
    work.box(1)
    monkeypatch.setattr(journal_format, "MAX_RECORD_BYTES", 2000)
    with pytest.raises(SessionError, match="too large for the journal"):
        work.do(run("1", np.arange(40)))
    work.box(2)
    assert "too large" in work.journal.problem
    work.kill()
    restored = recovered()
    assert restored.applied == 1
    assert "2 changes could not be done again: it was too large" in restored.problem
    restored.left.journal.unlink()

    again = Work(path)
    with pytest.raises(SessionError, match="too large for the journal"):
        again.do(run("1", np.arange(40)))
    again.save(meanwhile=True)
    assert again.journal.problem == ""
    again.kill()
    restored = recovered()
    assert (restored.applied, restored.problem) == (1, "")
    assert state(restored.session)["targets"] == state(again.session)["targets"]


def test_memory_stays_bounded_while_nothing_can_be_written(
    path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_writer, "MAX_WAITING_BYTES", 3000)
    work = Work(path)
    work.box(1)
    quiet(work)
    disk.left, disk.error = 0, errno.EIO
    refused = 0
    for frame in range(30):
        try:
            work.box(frame)
        except SessionError:
            refused += 1
    assert refused >= 1
    assert work.journal._writer._waiting_bytes < 10_000
    disk.left = None
    work.box(3)
    work.kill()
    restored = recovered()
    assert 1 < restored.applied < 31
    assert "too large for the journal" in restored.problem


def test_a_renewal_that_fails_leaves_the_old_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "full")

    work = Work(path)
    work.box(1)
    quiet(work)
    monkeypatch.setattr("sessions.journal_file.Rewriter.copy", refuse)
    other = path.with_name("other.h5")
    for place in (None, other):
        work.save(place, meanwhile=True)
        work.journal.settle()
    assert sorted(each.name for each in path.parent.iterdir()) == [
        ".walk.h5.journal",
        "other.h5",
        "walk.h5",
    ]
    work.box(5)
    work.kill()
    restored = recovered()
    assert (restored.applied, restored.session_path) == (2, other)
    assert state(restored.session)["targets"] == state(work.session)["targets"]


def test_records_that_come_while_it_is_written_anew_are_kept(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work(path)
    work.box(1)
    quiet(work)
    frames = iter(range(10, 30))
    real: Callable[..., None] = journal_writer.Rewriter.sync

    def busy(self: Any) -> None:
        real(self)
        work.box(next(frames))

    monkeypatch.setattr("sessions.journal_file.Rewriter.sync", busy)
    work.save(meanwhile=True)
    work.journal.settle()
    work.box(31)
    work.kill()
    restored = recovered()
    assert (restored.applied, restored.problem) == (7, "")
    assert state(restored.session)["targets"] == state(work.session)["targets"]


# Threads and processes ------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="forks")
def test_a_forked_child_neither_writes_nor_hangs(path: Path) -> None:
    work = Work(path)
    work.box(1)
    work.journal._writer.lock.acquire()
    child = os.fork()
    if not child:
        # In a thread of its own, because the lock of this one could be taken again.
        thread = threading.Thread(target=use_all, args=(work,))
        thread.start()
        thread.join()
        os._exit(0)
    work.journal._writer.lock.release()
    assert os.waitpid(child, 0)[1] == 0
    assert len(work.lines()) == 2
    work.box(2)
    assert left_behind() == ()
    work.kill()
    assert recovered().applied == 2


def use_all(work: Work) -> None:
    work.journal.append(RenameTarget("1", "child"))
    work.journal.begin_run("1").add(run("1", [1]))
    work.journal.note_saving("x")
    work.journal.settle()
    work.journal.heartbeat()
    work.journal.close()
    work.journal.remove()


def test_it_shows_itself_to_other_computers(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_keeper, "HEARTBEAT_SECONDS", 0.01)
    work = Work(path)
    work.box(1)
    work.journal.settle()
    place = journal_path(path)
    os.utime(place, (1, 1))
    waited = threading.Event()
    while place.stat().st_mtime < 2:
        waited.wait(0.02)
    work.journal.remove()


def test_nothing_is_made_for_a_session_that_is_only_saved(tmp_path: Path) -> None:
    work = Work(None, AnnotationSession(info(9)))
    work.save(tmp_path / "new.h5")
    work.save()
    work.journal.settle()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["new.h5"]
    work.journal.remove()


def test_what_cannot_be_opened_again_after_a_save_goes_on_where_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work(path)
    work.box(1)
    work.save(meanwhile=True)
    before = journal_path(path).stat().st_ino
    opened, failed = os.open, []

    def full_table(place: Any, flags: int, *mode: int) -> int:
        # The journal that was written again has its name already.
        if Path(place) == journal_path(path) and journal_path(path).stat().st_ino != before:
            failed.append(place)
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return opened(place, flags, *mode)

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", full_table)
        work.journal.settle()
    assert failed
    work.box(2)
    shown = state(work.session)
    work.kill()
    found = recovered(path)
    assert state(found.session) == shown
    assert found.problem == ""
