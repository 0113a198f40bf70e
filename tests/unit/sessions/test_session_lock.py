from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sessions import SessionError, SessionLock, SessionLockedError, lock, save
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


def test_a_full_disk_leaves_no_half_lock(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "full")

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


def test_a_left_over_lock_that_cannot_be_removed_is_named(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted(path, process_started="stale", pid=2**22 + 1)

    def refused(*_: Any) -> None:
        raise OSError(errno.EACCES, "no")

    monkeypatch.setattr(Path, "rename", refused)
    with pytest.raises(SessionError, match=r"left-over lock .* cannot be removed"):
        SessionLock.acquire(path)
