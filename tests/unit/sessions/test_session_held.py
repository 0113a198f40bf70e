"""A session file in hand: shared, kept fresh, given free; and nobody's work is written over."""

from __future__ import annotations

import errno
import gc
import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import pytest

from sessions import (
    AnnotationSession,
    FileChangedError,
    HeldFile,
    History,
    RenameTarget,
    SessionError,
    SessionLockedError,
    encode_session,
    load,
    load_known,
    lock,
    save,
    write_encoded,
)
from sessions import held as held_module
from sessions.names import copy_name
from sessions.on_disk import NOTHING, OnDisk
from tests.unit.sessions.building import empty


def with_target(name: str) -> AnnotationSession:
    session = empty()
    History(session).do(RenameTarget("1", name))
    return session


def names_in(path: Path) -> list[str]:
    return [target.name for target in load(path).targets.values()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "walk.h5"
    save(with_target("before"), place)
    return place


@pytest.fixture
def known(path: Path) -> OnDisk:
    return load_known(path)[1]


def write(path: Path, known: OnDisk | None) -> OnDisk:
    return write_encoded(encode_session(with_target("mine"), path), known)


# --- what lies on the disk


def test_what_was_read_is_written_over_and_what_was_written_again(
    path: Path, known: OnDisk
) -> None:
    for _ in range(2):
        known = write(path, known)
    assert names_in(path) == ["mine"]


def _saved_by_another(path: Path) -> None:
    save(with_target("theirs"), path)


def _back_as_another(path: Path) -> None:
    path.unlink()
    _saved_by_another(path)


def _changed_in_place(path: Path) -> None:
    """By a script, which leaves the `save_id` as it was; same size, same file."""
    with h5py.File(path, "r+") as file:
        file["targets/1"].attrs["name"] = file["targets/1"].attrs["name"].swapcase()


def _same_size_and_time(path: Path) -> None:
    status, data = path.stat(), bytearray(path.read_bytes())
    data[-1] ^= 1
    beside = path.with_name("beside")
    beside.write_bytes(data)
    os.utime(beside, ns=(status.st_atime_ns, status.st_mtime_ns))
    beside.replace(path)


def _no_session_at_all(path: Path) -> None:
    path.write_bytes(b"notes of somebody")


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize(
    "change",
    [_saved_by_another, _back_as_another, _changed_in_place, _same_size_and_time,
     _no_session_at_all, _emptied],
)  # fmt: skip
def test_what_another_program_wrote_is_not_written_over(
    path: Path, known: OnDisk, change: Callable[[Path], None]
) -> None:
    change(path)
    theirs = path.read_bytes()
    with pytest.raises(FileChangedError) as refused:
        write(path, known)
    assert str(refused.value) == (
        f"{path} was changed by another program since it was last read or saved here, and was "
        "left as it is; save under another name, or replace it."
    )
    assert path.read_bytes() == theirs
    assert os.listdir(path.parent) == [path.name]
    # With leave it is replaced, and known from then on.
    write(path, write(path, None))
    assert names_in(path) == ["mine"]


def _touched(path: Path) -> None:
    os.utime(path)


def _copied_back(path: Path) -> None:
    beside = path.with_name("backup")
    shutil.copy(path, beside)
    path.unlink()
    beside.rename(path)


def _gone(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("change", [_touched, _copied_back, _gone])
def test_the_same_content_under_another_number_is_no_change(
    path: Path, known: OnDisk, change: Callable[[Path], None]
) -> None:
    """Network folders may number files differently each time; what is gone is nobody's work."""
    change(path)
    write(path, known)
    assert names_in(path) == ["mine"]


def test_a_file_where_none_was_is_anothers(tmp_path: Path) -> None:
    place = tmp_path / "new.h5"
    write(place, NOTHING)
    with pytest.raises(FileChangedError):
        write(place, NOTHING)


def test_it_is_looked_for_at_the_last_moment(
    path: Path, known: OnDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program saves while this one is writing its part, which may take long."""
    real = os.fsync

    def slow(handle: int) -> None:
        monkeypatch.setattr(os, "fsync", real)
        _saved_by_another(path)
        real(handle)

    monkeypatch.setattr(os, "fsync", slow)
    with pytest.raises(FileChangedError):
        write(path, known)
    assert names_in(path) == ["theirs"]
    assert os.listdir(path.parent) == [path.name]


def test_a_folder_that_vanished_costs_nothing(path: Path, known: OnDisk) -> None:
    away = path.parent.with_name("away")
    path.parent.rename(away)
    with pytest.raises(SessionError, match=r"could not be saved because .*folder") as refused:
        write(path, known)
    assert str(path) in str(refused.value)
    away.rename(path.parent)
    write(path, known)
    assert names_in(path) == ["mine"]


def test_a_folder_that_does_not_answer_is_one_sentence(
    path: Path, known: OnDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.stat

    def stale(self: Path, **options: Any) -> Any:
        if self == path:
            raise OSError(errno.ESTALE, "stale", str(path))
        return real(self, **options)

    before = path.read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(Path, "stat", stale)
        with pytest.raises(SessionError, match="the network folder is gone; save to another place"):
            write(path, known)
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]


# --- the file in hand


def test_the_last_share_gives_it_free(path: Path) -> None:
    held = HeldFile.take(path)
    assert held.share()
    held.release()
    with pytest.raises(SessionLockedError):
        HeldFile.take(path)
    held.release()
    held.release()
    assert not held.share()
    with HeldFile.take(path):
        pass
    assert os.listdir(path.parent) == [path.name]


def test_who_gets_no_share_while_it_is_given_free_can_take_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, refused = threading.Event(), threading.Event()
    give_free = lock.SessionLock.release

    def slowly(self: lock.SessionLock) -> None:
        slow.set()
        # As long as it takes somebody to be refused before it is free, which must not come.
        refused.wait(0.2)
        give_free(self)

    held = HeldFile.take(path)
    monkeypatch.setattr(lock.SessionLock, "release", slowly)
    thread = threading.Thread(target=held.release)
    thread.start()
    assert slow.wait(10)
    assert not held.share()
    refused.set()
    with HeldFile.take(path):
        thread.join()


def test_it_is_of_one_file_whatever_leads_there(path: Path) -> None:
    link = path.with_name("link.h5")
    link.symlink_to(path)
    with HeldFile.take(link) as held:
        assert held.is_of(path)
        assert held.is_of(link)
        assert held.is_of(path.parent / "." / path.name)
        assert not held.is_of(path.with_name("other.h5"))


def test_a_disk_that_knows_no_capitals_is_noticed(path: Path) -> None:
    with HeldFile.take(path) as held:
        # What such a disk makes of another name is imitated by a link to the lock.
        lock.lock_path(path.with_name("Walk.h5")).symlink_to(lock.lock_path(path))
        assert held.is_of(path.with_name("Walk.h5"))


def test_it_shows_that_it_is_alive_from_a_thread_of_its_own(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_module, "REFRESH_SECONDS", 0.01)
    beat = threading.Event()

    def refresh(_lock: lock.SessionLock) -> None:
        assert threading.current_thread().name == "session-lock"
        beat.set()

    monkeypatch.setattr(lock.SessionLock, "refresh", refresh)
    with HeldFile.take(path):
        assert beat.wait(10)


def test_a_network_folder_that_lets_nobody_wait_for_its_lock(path: Path) -> None:
    """A file that is held says so to other computers by its time alone."""
    with HeldFile.take(path) as held:
        os.utime(lock.lock_path(path), (0, 0))
        held._lock.refresh()
        assert time.time() - lock.lock_path(path).stat().st_mtime < 100


def test_what_is_forgotten_is_given_free(path: Path) -> None:
    HeldFile.take(path)
    gc.collect()
    with HeldFile.take(path):
        pass


def test_where_nothing_can_be_locked_a_change_is_noticed_all_the_same(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in network folders that refuse locks: both programs have the file open."""

    def refused(*_: Any) -> None:
        raise OSError(errno.EOPNOTSUPP, "no locks here")

    monkeypatch.setattr(lock, "_write_new", refused)
    with HeldFile.take(path) as mine, HeldFile.take(path) as theirs:
        mine.known = theirs.known = load_known(path)[1]
        mine.known = write(path, mine.known)
        with pytest.raises(FileChangedError):
            write(path, theirs.known)
        mine.known = write(path, mine.known)


def test_copies_have_names_that_nothing_has(tmp_path: Path) -> None:
    path = tmp_path / "walk.h5"
    assert copy_name(path) == tmp_path / "walk copy.h5"
    (tmp_path / "walk copy.h5").touch()
    assert copy_name(path) == tmp_path / "walk copy 2.h5"
