from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sessions import SessionLock, SessionLockedError, lock, save
from sessions.owner import process_start
from tests.unit.sessions.building import empty

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "walk.h5"
    save(empty(), place)
    return place


@pytest.fixture
def other_instance(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the session open."""
    code = (
        "import sys\nfrom sessions import SessionLock\n"
        "SessionLock.acquire(sys.argv[1])\nprint('open', flush=True)\nsys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        yield process
        process.kill()


def planted(path: Path, **changes: Any) -> Path:
    values = {
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "process_started": process_start(os.getpid()),
        "time": time.time(),
        "mark": "t",
    }
    place = lock.lock_path(path)
    place.write_text(json.dumps({**values, **changes}))
    return place


def test_a_lock_is_taken_and_given_back(path: Path) -> None:
    with SessionLock.acquire(path) as held:
        assert held.held
        assert lock.lock_path(path).exists()
        save(empty(), path)
    assert not held.held
    assert os.listdir(path.parent) == [path.name]
    held.release()
    SessionLock.acquire(path).release()


def test_another_instance_is_named(path: Path, other_instance: subprocess.Popen[str]) -> None:
    said = (
        rf"^walk.h5 is open in another CKD Studio \(process {other_instance.pid} on "
        rf"{socket.gethostname()}, since .*\); close it there, or save under another name.$"
    )
    before = path.read_bytes()
    with pytest.raises(SessionLockedError, match=said):
        SessionLock.acquire(path)
    with pytest.raises(SessionLockedError, match=said):
        save(empty(), path)
    assert path.read_bytes() == before
    save(empty(), path.with_name("other.h5"))


def test_the_lock_of_a_killed_instance_is_broken(
    path: Path, other_instance: subprocess.Popen[str]
) -> None:
    other_instance.kill()
    other_instance.wait()
    save(empty(), path)
    with SessionLock.acquire(path) as held:
        assert held.held
    assert os.listdir(path.parent) == [path.name]


def test_the_same_instance_opens_a_file_once(path: Path) -> None:
    with (
        SessionLock.acquire(path),
        pytest.raises(SessionLockedError, match="already open in this CKD Studio"),
    ):
        SessionLock.acquire(path)


def test_a_lock_follows_links(path: Path) -> None:
    link = path.with_name("link.h5")
    link.symlink_to(path)
    with SessionLock.acquire(link), pytest.raises(SessionLockedError):
        SessionLock.acquire(path)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the system tells no start times")
def test_a_process_number_that_was_used_again_is_noticed(path: Path) -> None:
    planted(path, process_started="1")
    SessionLock.acquire(path).release()


def test_another_computer_is_believed_for_an_hour(path: Path) -> None:
    place = planted(path, host="elsewhere", pid=1)
    with pytest.raises(SessionLockedError, match="on elsewhere"):
        SessionLock.acquire(path)
    with pytest.raises(SessionLockedError, match="on elsewhere"):
        save(empty(), path)
    os.utime(place, (time.time() - 4000,) * 2)
    save(empty(), path)
    held = SessionLock.acquire(path)
    os.utime(place, (0, 0))
    held.refresh()
    assert time.time() - place.stat().st_mtime < 100
    held.release()


@pytest.mark.parametrize("content", ["", "{", "[]", "7", '{"host": 1}', "x" * 9000, "[" * 4000])
def test_an_unreadable_lock_is_believed_until_it_is_old(path: Path, content: str) -> None:
    place = lock.lock_path(path)
    place.write_text(content)
    with pytest.raises(SessionLockedError, match="unknown computer"):
        SessionLock.acquire(path)
    os.utime(place, (time.time() - 4000,) * 2)
    SessionLock.acquire(path).release()


def test_senseless_times_in_a_lock_do_no_harm(path: Path) -> None:
    planted(path, host="elsewhere", time=1e300)
    with pytest.raises(SessionLockedError):
        SessionLock.acquire(path)


def test_a_lock_that_somebody_took_over_is_left_alone(path: Path) -> None:
    held = SessionLock.acquire(path)
    place = planted(path, mark="theirs")
    held.release()
    assert place.exists()


def test_a_read_only_place_is_opened_without_lock(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(*_: Any) -> None:
        raise OSError(errno.EROFS, "read-only")

    with monkeypatch.context() as patched:
        patched.setattr(lock, "_write_new", read_only)
        held = SessionLock.acquire(path)
    assert not held.held
    held.refresh()
    held.release()
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize("room", [0, 20])
def test_a_full_disk_leaves_no_half_lock(
    path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    real, left = os.write, [room]

    def full(handle: int, data: Any) -> int:
        # A part is taken before it is said that there is no room.
        taken = real(handle, data[: left.pop()]) if left else 0
        if not taken:
            raise OSError(errno.ENOSPC, "full")
        return taken

    with monkeypatch.context() as patched:
        patched.setattr(lock.os, "write", full)
        assert not SessionLock.acquire(path).held
    assert os.listdir(path.parent) == [path.name]


def test_two_that_break_a_lock_at_once_do_not_both_get_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one was faster and already holds a new lock when this one moves it away."""
    place = planted(path, process_started="stale", pid=2**22 + 1, mark="old")
    stale = place.read_text()
    real = Path.rename

    def raced(self: Path, target: Path) -> Path:
        planted(path, mark="theirs")
        return real(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", raced)
        with pytest.raises(SessionLockedError):
            SessionLock.acquire(path)
    assert json.loads(place.read_text())["mark"] == "theirs"
    assert stale != place.read_text()
    assert sorted(os.listdir(path.parent)) == [place.name, path.name]


def test_a_left_over_lock_that_cannot_be_removed_keeps_nobody_out(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on an archive, to which a folder was copied with the lock in it."""
    place = planted(path, process_started="stale", pid=2**22 + 1)

    def refused(*_: Any) -> None:
        raise OSError(errno.EACCES, "no")

    monkeypatch.setattr(Path, "rename", refused)
    held = SessionLock.acquire(path)
    assert not held.held
    held.release()
    assert place.exists()


def test_a_living_lock_in_a_read_only_place_still_counts(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted(path, host="elsewhere", pid=1)

    def read_only(*_: Any) -> None:
        raise OSError(errno.EROFS, "read-only")

    monkeypatch.setattr(lock, "_write_new", read_only)
    with pytest.raises(SessionLockedError, match="on elsewhere"):
        SessionLock.acquire(path)


def test_who_was_there_is_said_when_a_lock_is_taken_over(
    path: Path, other_instance: subprocess.Popen[str]
) -> None:
    other_instance.kill()
    other_instance.wait()
    with SessionLock.acquire(path) as held:
        words = held.taken_over
    assert words.startswith(
        f"walk.h5 was left open by a CKD Studio that runs no more (process {other_instance.pid} on "
    )
    with SessionLock.acquire(path) as held:
        assert held.taken_over == ""


def _folder(place: Path) -> None:
    place.mkdir()


def _pipe(place: Path) -> None:
    os.mkfifo(place)


def _dangling(place: Path) -> None:
    place.symlink_to("nowhere")


def _link(place: Path) -> None:
    precious = place.with_name("precious")
    precious.write_text(json.dumps({"host": socket.gethostname(), "pid": os.getpid()}))
    place.symlink_to(precious)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such pipes")
@pytest.mark.parametrize("plant", [_folder, _pipe, _dangling, _link])
def test_what_is_no_file_is_no_lock_and_is_left_alone(
    path: Path, plant: Callable[[Path], None]
) -> None:
    """Nobody waits for a pipe, writes through a link, or is kept from opening the session."""
    place = lock.lock_path(path)
    plant(place)
    before = sorted(os.listdir(path.parent)), os.lstat(place).st_mode
    held = SessionLock.acquire(path)
    assert not held.held
    held.refresh()
    save(empty(), path)
    held.release()
    assert (sorted(os.listdir(path.parent)), os.lstat(place).st_mode) == before


def test_a_lock_that_only_its_owner_may_read_counts_until_it_is_old(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, real = planted(path, process_started="stale"), os.open

    def theirs(file: Any, flags: int, *more: Any) -> int:
        if place.name in str(file) and not flags & os.O_CREAT:
            raise PermissionError(errno.EACCES, "no")
        return real(file, flags, *more)

    monkeypatch.setattr(lock.os, "open", theirs)
    with pytest.raises(SessionLockedError, match="unknown computer"):
        SessionLock.acquire(path)
    os.utime(place, (time.time() - 4000,) * 2)
    with SessionLock.acquire(path) as held:
        assert held.held


def test_a_lock_that_somebody_removed_comes_back_with_the_next_sign_of_life(path: Path) -> None:
    held = SessionLock.acquire(path)
    lock.lock_path(path).unlink()
    held.refresh()
    with pytest.raises(SessionLockedError):
        SessionLock.acquire(path)
    held.release()
    held.refresh()
    assert os.listdir(path.parent) == [path.name]
