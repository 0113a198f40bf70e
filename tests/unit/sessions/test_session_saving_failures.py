"""Saving where it cannot be saved: one sentence, and what was there is untouched."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sessions import SessionError, atomic, load, save
from tests.unit.sessions.building import empty, full, state


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "walk.h5"
    save(empty(), place)
    return place


def failing(code: int, after: int = 0) -> Callable[..., Any]:
    """A system call that works `after` times and then says no."""
    calls = 0
    real_write = os.write

    def call(*arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > after:
            raise OSError(code, os.strerror(code))
        handle, data = arguments
        return real_write(handle, data[:1000])

    return call


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("write", errno.ENOSPC, "the disk is full"),
        ("write", errno.EDQUOT, "your share of the disk is used up"),
        ("write", errno.EIO, "the disk reports an error"),
        ("write", errno.ESTALE, "the network folder is gone"),
        ("fsync", errno.EIO, "the disk reports an error"),
        ("fsync", errno.ENOSPC, "the disk is full"),
        ("replace", errno.EACCES, "not permitted"),
        ("replace", errno.ENOENT, "does not exist"),
        ("open", errno.EROFS, "the folder is read-only"),
        ("open", errno.EACCES, "not permitted"),
        ("write", errno.EPIPE, "the program that reads it has gone"),
    ],
)
def test_whatever_fails_the_old_file_stays(
    path: Path, monkeypatch: pytest.MonkeyPatch, name: str, code: int, said: str
) -> None:
    before, session = path.read_bytes(), full()
    with monkeypatch.context() as patched:
        if name == "replace":
            patched.setattr(Path, "replace", failing(code))
        else:
            patched.setattr(atomic.os, name, failing(code, after=2 if name == "write" else 0))
        with pytest.raises(SessionError, match=said) as caught:
            save(session, path)
    assert str(path) in str(caught.value)
    assert str(caught.value).count("\n") == 0
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]
    assert session.save_id == "", "the session does not believe that it was saved"
    save(session, path)
    assert state(load(path))["targets"] == state(full())["targets"]


def test_an_interruption_leaves_nothing_beside(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path.read_bytes()

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(atomic.os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save(full(), path)
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]


def test_what_a_killed_program_left_goes_after_a_day(path: Path) -> None:
    beside = path.with_name(".walk.h5.0123abcd.part")
    beside.write_bytes(b"half a file")
    save(full(), path)
    assert beside.exists(), "another program may be writing it"
    os.utime(beside, (0, time.time() - 25 * 3600))
    save(full(), path)
    assert not beside.exists()
    assert state(load(path))["targets"] == state(full())["targets"]


def test_a_planted_link_beside_the_file_is_not_written_through(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marks = iter(["00000000", "11111111"])
    monkeypatch.setattr("secrets.token_hex", lambda _size: next(marks))
    victim = path.with_name("victim")
    victim.write_text("precious")
    path.with_name(".walk.h5.00000000.part").symlink_to(victim)
    save(full(), path)
    assert victim.read_text() == "precious"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gone/walk.h5", "the folder does not exist"),
        ("walk.h5/inside.h5", "a part of its path is a file"),
        ("", "there is a folder of that name"),
        ("x" * 300 + ".h5", "the name is too long"),
        ("a\0b.h5", "not a valid path"),
    ],
)
def test_a_place_where_no_file_can_be(path: Path, name: str, said: str) -> None:
    with pytest.raises(SessionError, match=said):
        save(full(), path.parent / name)
    assert os.listdir(path.parent) == [path.name]


def test_a_folder_that_vanished_while_working(path: Path) -> None:
    session = load(path)
    path.unlink()
    path.parent.rmdir()
    with pytest.raises(SessionError, match="the folder does not exist"):
        save(session, path)
    path.parent.mkdir()
    save(session, path)
    assert load(path).save_id == session.save_id


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_a_read_only_folder_and_a_write_protected_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = path.read_bytes()
    real_access = os.access
    with monkeypatch.context() as patched:  # root may write anywhere, so the system call lies
        patched.setattr(
            atomic.os,
            "access",
            lambda p, mode, **more: mode != os.W_OK and real_access(p, mode, **more),
        )
        with pytest.raises(SessionError, match="not permitted"):
            save(full(), path)
    assert path.read_bytes() == before


@pytest.mark.skipif(not Path("/proc/sys").is_dir(), reason="needs a file system nobody can write")
def test_a_folder_in_which_not_even_root_can_write() -> None:
    with pytest.raises(SessionError, match=r"could not be saved because .*; what was there"):
        save(full(), "/proc/self/walk.h5")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_file_size_limit_of_the_system(path: Path) -> None:
    """A real refusal in the middle of writing, as root too."""
    before = path.read_bytes()
    code = (
        "import resource, sys\n"
        "from sessions import SessionError, save\n"
        "from tests.unit.sessions.building import full\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))\n"
        "try:\n    save(full(), sys.argv[1])\n"
        "except SessionError as error:\n    print(error)\n"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        capture_output=True, text=True, cwd=root, check=True, timeout=60,
    )  # fmt: skip
    assert "could not be saved because the file would grow larger" in done.stdout
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]


def test_sync_of_a_folder_that_cannot_be_synced_is_no_failure(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync

    def only_files(handle: int) -> None:
        if Path(f"/proc/self/fd/{handle}").is_dir():
            raise OSError(errno.EINVAL, "no")
        real(handle)

    monkeypatch.setattr(atomic.os, "fsync", only_files)
    save(full(), path)
    assert state(load(path))["targets"] == state(full())["targets"]
